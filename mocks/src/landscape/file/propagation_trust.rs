//! The members of a trust in somebody else's tokens.

use super::kinds::choices;
use super::table::{Row, named_entry, row};
use crate::landscape::{ForeignToken, PropagationTrust};

choices!(
    ForeignToken,
    [Jwt = "jwt", Saml = "saml", Spnego = "spnego", Aws = "aws-credential"]
);

named_entry!(
    PropagationTrust,
    "propagation trust",
    name,
    PropagationTrust::new,
    PROPAGATION_TRUST
);

static PROPAGATION_TRUST: &[Row<PropagationTrust>] = &[
    row!(
        PropagationTrust,
        "issuer",
        issuer,
        "The `iss` of the tokens, compared byte for byte."
    ),
    row!(
        PropagationTrust,
        "kind",
        kind,
        "The kind of tokens; `jwt` unless said, and no other kind can be exchanged here."
    ),
    row!(
        PropagationTrust,
        "active",
        active,
        "Whether it counts; false unless said."
    ),
    row!(
        PropagationTrust,
        "certificate",
        certificate,
        "The certificate over the issuer's key."
    ),
    row!(
        PropagationTrust,
        "clients",
        clients,
        "The client ids of those who may exchange such tokens."
    ),
    row!(
        PropagationTrust,
        "subject-claim",
        subject_claim,
        "The claim that names the user; `sub` unless said."
    ),
    row!(
        PropagationTrust,
        "clock-skew",
        clock_skew,
        "Seconds of clock skew that it allows; the domain's unless said."
    ),
    row!(
        PropagationTrust,
        "id",
        id,
        "The id of its record; follows from the name unless said."
    ),
    row!(PropagationTrust, "meta", meta, "When its record was made and changed."),
    row!(PropagationTrust, "more", more, "Attributes that nothing here reads."),
];
