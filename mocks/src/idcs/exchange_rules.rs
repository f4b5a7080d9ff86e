//! Rules on grants that stand on what somebody else vouches for: exchanges of tokens, and SAML assertions.
//!
//! A domain grants them to principals of the cloud who sign their requests, and to whoever brings a token of an issuer that it was told to
//! trust. No landscape has either, so the rules end in a refusal; what comes before that is judged as documented.

use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

const INVALID_REQUEST: Denials = Denials::same(
    400,
    "invalid_request",
    "The request contains invalid parameters or values.",
);

/// What asks for a token of the domain (IDCS-OAUTH-033).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// What asks for a session token of the cloud (IDCS-OAUTH-034).
const SESSION_TOKEN: &str = "urn:oci:token-type:oci-upst";
/// The kinds of foreign tokens that are taken for one.
const SUBJECT_TOKEN_TYPES: [&str; 4] = ["jwt", "spnego", "saml", "aws-credential"];

/// Why nobody sees that the form of a foreign token is not looked at.
const NOBODY_IS_TRUSTED: &str = "no landscape trusts a foreign issuer, so the next rule gives no token either";

/// The table.
pub static EXCHANGE_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "exchange.form",
        "An exchange says what it wants, and for a session token brings key, token, kind and where needed issuer.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-033", "IDCS-OAUTH-034", "IDCS-OAUTH-727"],
        ),
        &["grant.known"],
        &[
            Defect::skip("kind", &["TXC-002"], "exchanges for whatever is asked").unobservable(NOBODY_IS_TRUSTED),
            Defect::skip(
                "incomplete",
                &["TXC-003"],
                "exchanges without a token, a key or an issuer",
            )
            .unobservable(NOBODY_IS_TRUSTED),
            Defect::skip("subject-kind", &["TXC-003"], "takes any kind of foreign token")
                .unobservable(NOBODY_IS_TRUSTED),
            other_code(&["TXC-002", "TXC-003"]),
        ],
        exchange_form,
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "exchange.signed",
        "An exchange for a token of the domain stands on a signed request of a cloud principal, which these servers know none of.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-033", "IDCS-OAUTH-727"]),
        &["exchange.form"],
        &[Defect::skip(
            "unsigned",
            &["TXC-001"],
            "gives a token for an exchange that nobody signed",
        )],
        |facts| match wanted(facts) {
            Some(SESSION_TOKEN) | None => Verdict::NotApplicable,
            Some(_) => Verdict::violated("unsigned", "the request is signed by no known principal"),
        },
        Denials::same(401, "invalid_client", "Client authentication failed."),
    ),
    guard::<TokenEndpoint>(
        "exchange.subject",
        "A foreign token is of an issuer that the domain was told to trust, which these servers know none of.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-034", "IDCS-OAUTH-727"]),
        &["exchange.form"],
        &[
            Defect::skip(
                "untrusted",
                &["TXC-004"],
                "exchanges the tokens of issuers that nobody trusts",
            ),
            other_code(&["TXC-004"]),
            other_status(&["TXC-004"]),
        ],
        |facts| match wanted(facts) {
            Some(SESSION_TOKEN) => Verdict::violated("untrusted", "nobody told the domain to trust this token"),
            _ => Verdict::NotApplicable,
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "saml.present",
        "The grant for SAML assertions brings one.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-024", "IDCS-OAUTH-706"]),
        &["grant.known"],
        &[
            Defect::skip("missing", &["SAM-001"], "gives a token without an assertion").unobservable(NOBODY_IS_TRUSTED),
            other_code(&["SAM-001"]),
        ],
        |facts| match (facts.grant, facts.form.value("assertion")) {
            (Some(Grant::SamlBearer), None) => Verdict::violated("missing", "`assertion` is missing"),
            (Some(Grant::SamlBearer), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "saml.trusted",
        "A SAML assertion is signed by a partner whose certificate the domain holds, which these servers know none of.",
        grounds(
            Confidence::Assumed,
            &["IDCS-OAUTH-024", "IDCS-OAUTH-231", "IDCS-OAUTH-701"],
        ),
        &["saml.present"],
        &[
            Defect::skip(
                "untrusted",
                &["SAM-002"],
                "takes SAML assertions that nobody it trusts has signed",
            ),
            other_code(&["SAM-002"]),
            other_status(&["SAM-002"]),
        ],
        |facts| match facts.grant {
            Some(Grant::SamlBearer) => Verdict::violated("untrusted", "no trusted partner signed the assertion"),
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "invalid_grant", "The assertion is not valid."),
    ),
];

/// What an exchange asks for; a token of the domain where it does not say.
fn wanted<'a>(facts: &'a TokenRequest) -> Option<&'a str> {
    let is_exchange = facts.grant == Some(Grant::TokenExchange);
    is_exchange.then(|| facts.form.value("requested_token_type").unwrap_or(ACCESS_TOKEN))
}

fn exchange_form(facts: &TokenRequest) -> Verdict {
    let sent = |name: &str| facts.form.value(name);
    match wanted(facts) {
        None => Verdict::NotApplicable,
        Some(ACCESS_TOKEN) => Verdict::Held,
        Some(SESSION_TOKEN) => {
            if ["public_key", "subject_token", "subject_token_type"]
                .iter()
                .any(|name| sent(name).is_none())
            {
                return Verdict::violated("incomplete", "a parameter of the exchange is missing");
            }
            match sent("subject_token_type") {
                Some("spnego") if sent("issuer").is_none() => {
                    Verdict::violated("incomplete", "`issuer` is missing, which this kind of token needs")
                }
                Some(kind) if SUBJECT_TOKEN_TYPES.contains(&kind) => Verdict::Held,
                _ => Verdict::violated("subject-kind", "no such kind of foreign token is taken"),
            }
        }
        Some(_) => Verdict::violated("kind", "no such kind of token can be had by an exchange"),
    }
}
