//! Rules on the right by which the key of a token is trusted: what was imported for its issuer, and what was switched on.

use crate::fusion::facts::{PodEndpoint, PodRequest, Stack};
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

const INVALID_TOKEN: Denials = Denials::same(401, "invalid_token", "The token is not acceptable.");

/// The table.
pub static TRUST_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "trust.chain",
        "The certificate of the authority that signed the key's certificate was imported too (switch `certificate-chain`).",
        grounds(Confidence::Documented, &["FUSION-216"]),
        &["token.key"],
        &[
            Defect::skip(
                "no-authority",
                &["ORA-021"],
                "takes tokens of domains whose authority was not imported",
            ),
            other_status(&["ORA-021"]),
            Defect::overreach(
                "whatever-is-set",
                &["ORA-025"],
                "wants that of the authority also where the first is enough",
            ),
        ],
        |facts| {
            if goes_by_the_first(facts) {
                return Verdict::NotApplicable;
            }
            match has_chain(facts) {
                Some(false) => Verdict::violated(
                    "no-authority",
                    "the certificate was imported, and that of the authority which signed it was not",
                ),
                Some(true) => Verdict::Held,
                None => Verdict::NotApplicable,
            }
        },
        INVALID_TOKEN,
    )
    .beside(&[neighbour("whatever-is-set", |facts| {
        goes_by_the_first(facts) && has_chain(facts) == Some(false)
    })]),
    guard::<PodEndpoint>(
        "trust.token-type",
        "Signed JSON tokens are switched on for the issuer.",
        grounds(Confidence::Documented, &["FUSION-208"]),
        &["token.key"],
        &[
            Defect::skip("not-ticked", &["ORA-022"], "takes every kind of token of every issuer"),
            other_status(&["ORA-022"]),
        ],
        |facts| match facts.token.as_ref().and_then(|access| access.found.takes_jwt()) {
            Some(false) => Verdict::violated("not-ticked", "the token type JWT is not ticked for this issuer"),
            Some(true) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "trust.relayed",
        "A token that was relayed for a scope opens agents together with the session that it was relayed to (switch `relayed-token`).",
        grounds(
            Confidence::Observed,
            &["FUSION-511", "FUSION-514", "FUSION-515", "FUSION-C-05"],
        ),
        &["token.claims", "token.signature"],
        &[
            Defect::skip("no-session", &["ORA-167"], "takes relayed tokens from whoever has them"),
            Defect::skip("relayed", &["ORA-167"], "takes relayed tokens where none is taken"),
            other_code(&["ORA-167"]),
            other_status(&["ORA-167"]),
        ],
        |facts| {
            let claim = |name: &str| facts.token.as_ref().and_then(|access| access.token.text(name));
            if facts.stack != Stack::Spectra || claim("client_id").as_ref() != Some(&facts.pod.gateway) {
                return Verdict::NotApplicable;
            }
            if facts.landscape.profile.is(switch::RELAYED_TOKEN, "refused") {
                return Verdict::violated("relayed", "the token was relayed");
            }
            match facts.session {
                Some(session) if claim("sid").as_ref() == Some(&session.id) => Verdict::Held,
                _ => Verdict::violated("no-session", "the session is missing that the token was relayed to"),
            }
        },
        INVALID_TOKEN,
    ),
];

/// Whether the pod asks for the certificate of the key alone.
fn goes_by_the_first(facts: &PodRequest) -> bool {
    facts.landscape.profile.is(switch::CERTIFICATE_CHAIN, "leaf")
}

/// Whether that of the authority was imported as well.
fn has_chain(facts: &PodRequest) -> Option<bool> {
    facts.token.as_ref()?.found.has_chain(facts.pod)
}
