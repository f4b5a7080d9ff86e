//! When, for how long and how often a user assertion may be used.

use crate::idcs::assertion_rules::{REFUSED, has, on};
use crate::idcs::facts::TokenEndpoint;
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token::{self, SignedToken};
use crate::rule::{Confidence, Rule, Verdict, grounds, guard, neighbour};

/// The longest life of an assertion under the switch `assertion-lifetime-cap`, in seconds.
const LIFETIME_CAP: f64 = 3600.0;

/// When, for how long and how often the assertion may be used.
pub static VALIDITY_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "assertion.expiry-present",
        "The assertion says when it ends.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-213"]),
        &["assertion.claims"],
        &[
            Defect::skip("missing", &["ASR-027", "ORA-007"], "takes assertions that never end"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, |token| token::present(token, "exp")),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.expiry",
        "The assertion has not ended, give or take the allowed skew.",
        grounds(
            Confidence::Assumed,
            &["IDCS-OAUTH-606", "IDCS-OAUTH-701", "IDCS-OAUTH-717"],
        ),
        &["assertion.expiry-present", "assertion.claim-types"],
        &[
            Defect::skip("expired", &["ASR-028"], "takes assertions that have ended"),
            Defect::skip("just-expired", &["ASR-030"], "allows twice the skew that it states"),
            Defect::overreach("within-skew", &["ASR-029"], "allows no skew")
                .unobservable("allowing skew is a choice (RFC 7523 section 3), so either answer passes"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::expiry),
        REFUSED,
    )
    .beside(&[neighbour("within-skew", |facts| {
        has(facts, |token| {
            token
                .time("exp")
                .is_some_and(|time| time <= token::seconds(facts.context.env.now))
        })
    })]),
    guard::<TokenEndpoint>(
        "assertion.not-before",
        "The assertion has begun, give or take the allowed skew.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-701", "IDCS-OAUTH-216"]),
        &["assertion.claims", "assertion.claim-types"],
        &[
            Defect::skip("in-the-future", &["ASR-035"], "takes assertions that have not begun"),
            Defect::overreach("past", &["ASR-001"], "refuses any `nbf`"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::not_before),
        REFUSED,
    )
    .beside(&[neighbour("past", |facts| {
        has(facts, |token| token.time("nbf").is_some())
    })]),
    guard::<TokenEndpoint>(
        "assertion.issued-at",
        "The assertion was not issued in the future; it need not say when.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-214", "IDCS-OAUTH-701"]),
        &["assertion.claims", "assertion.claim-types"],
        &[
            Defect::skip("in-the-future", &["ASR-037"], "takes assertions issued in the future"),
            Defect::overreach("missing", &["ORA-007"], "wants an issue time").unobservable(
                "the issue time is listed but not marked required (IDCS-OAUTH-214), so either answer passes",
            ),
            Defect::overreach("old", &["ORA-064"], "refuses assertions that live for an hour"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::issued_at),
        REFUSED,
    )
    .beside(&[
        neighbour("missing", |facts| has(facts, |token| token.lacks_claim("iat"))),
        neighbour("old", |facts| {
            has(facts, |token| life(token).is_some_and(|life| life > 600.0))
        }),
    ]),
    guard::<TokenEndpoint>(
        "assertion.lifetime",
        "The assertion lives for an hour at most (switch `assertion-lifetime-cap`).",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-717"]),
        &["assertion.expiry-present", "assertion.claim-types"],
        &[Defect::skip(
            "too-long",
            &["ASR-034", "ASR-039"],
            "takes assertions of any life",
        )],
        |facts| {
            if !facts.context.landscape.profile.has(switch::ASSERTION_LIFETIME_CAP) {
                return Verdict::NotApplicable;
            }
            let life = facts.assertion.as_ref().and_then(|assertion| life(&assertion.token));
            match life {
                Some(life) if life > LIFETIME_CAP => Verdict::violated("too-long", "it lives longer than an hour"),
                Some(_) => Verdict::Held,
                None => Verdict::NotApplicable,
            }
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.token-id",
        "The assertion has an id of its own (switch `token-id-required`).",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-215"]),
        &["assertion.claims"],
        &[
            Defect::skip(
                "missing",
                &["ASR-041"],
                "takes assertions without an id under the switch",
            ),
            Defect::overreach("without-id", &["ORA-029"], "wants an id though nobody asked for one"),
        ],
        |facts| {
            if !facts.context.landscape.profile.has(switch::TOKEN_ID_REQUIRED) {
                return Verdict::NotApplicable;
            }
            on(facts, |token| token::present(token, "jti"))
        },
        REFUSED,
    )
    .beside(&[neighbour("without-id", |facts| {
        has(facts, |token| token.lacks_claim("jti"))
    })]),
    guard::<TokenEndpoint>(
        "assertion.single-use",
        "The assertion was not used before (switch `single-use-assertions`).",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-716"]),
        &["assertion.signature", "assertion.expiry", "assertion.claim-types"],
        &[Defect::skip(
            "replayed",
            &["ASR-040"],
            "takes an assertion a second time",
        )],
        |facts| match (
            facts.context.landscape.profile.has(switch::SINGLE_USE_ASSERTIONS),
            facts.token_id_key(),
        ) {
            (true, Some(key)) if facts.context.state.get(&key, facts.context.env.now).is_some() => {
                Verdict::violated("replayed", "this assertion was used before")
            }
            (true, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        REFUSED,
    ),
];

fn life(token: &SignedToken) -> Option<f64> {
    let start = token.time("iat").unwrap_or_else(|| token::seconds(token.now));
    Some(token.time("exp")? - start)
}
