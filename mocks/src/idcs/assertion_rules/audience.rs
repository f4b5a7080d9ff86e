//! Whom a user assertion is for.

use crate::idcs::assertion_rules::{REFUSED, has, on};
use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token::{self, resemblance};
use crate::rule::{Confidence, Rule, Verdict, grounds, guard, neighbour};

/// Whom the assertion is for.
pub static AUDIENCE_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "assertion.audience-present",
        "The assertion says whom it is for.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-212"]),
        &["assertion.claims"],
        &[
            Defect::skip("missing", &["ASR-017"], "takes assertions for nobody in particular"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| match on(facts, |token| token::present(token, "aud")) {
            // A blank audience names nobody, which is for the next rule to say.
            Verdict::Violated(violation) if violation.cause == "blank" => Verdict::Held,
            verdict => verdict,
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.audience",
        "One audience of the assertion is this domain, exactly (switch `assertion-audience`).",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-212", "IDCS-OAUTH-220", "IDCS-OAUTH-221", "IDCS-OAUTH-222"],
        ),
        &["assertion.audience-present", "assertion.claim-types"],
        &[
            Defect::skip(
                "elsewhere",
                &["ASR-018", "ORA-003"],
                "takes assertions made out to somebody else",
            ),
            Defect::skip("empty", &["ASR-019"], "takes an audience that names nobody"),
            Defect::skip("part-of-it", &["ASR-022"], "compares a part of the audience"),
            Defect::skip(
                "other-spelling",
                &["ASR-023"],
                "compares audiences without regard to spelling",
            ),
            Defect::skip("pattern", &["ASR-022"], "reads audiences as patterns"),
            Defect::skip("api", &["ASR-024", "ORA-003"], "takes the audience of an API"),
            Defect::skip(
                "token-endpoint",
                &["ORA-056"],
                "takes the address of the token endpoint",
            ),
            Defect::skip(
                "other-domain",
                &["ASR-026", "ORA-003"],
                "takes the address of another domain",
            ),
            Defect::overreach("list", &["ASR-020", "ORA-057"], "refuses lists of several audiences"),
            Defect::overreach("list-of-one", &["ASR-021"], "refuses a list of one audience"),
            Defect::overreach("domain-address", &["ORA-055"], "knows only the service-wide constant")
                .unobservable("documents and samples contradict each other (IDCS-OAUTH-C-13), so either answer passes"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        audience,
        REFUSED,
    )
    .beside(&[
        neighbour("list", |facts| has(facts, token::has_several_audiences)),
        neighbour("list-of-one", |facts| {
            has(facts, |token| {
                token.claims().is_some_and(|claims| claims.is_list("aud"))
                    && token.audiences().is_some_and(|list| list.len() == 1)
            })
        }),
        neighbour("domain-address", |facts| {
            has(facts, |token| {
                token
                    .text("aud")
                    .is_some_and(|audience| audience.starts_with(&facts.context.domain.url()))
            })
        }),
    ]),
];

fn audience(facts: &TokenRequest) -> Verdict {
    let Some(assertion) = &facts.assertion else {
        return Verdict::NotApplicable;
    };
    let endpoint = facts.token_endpoint();
    let is_api = |audience: &String| {
        facts
            .context
            .domain
            .resources()
            .any(|resource| resource.audience == *audience)
    };
    let is_domain = |audience: &String| {
        facts
            .context
            .landscape
            .domains
            .values()
            .any(|domain| domain.url() == audience.trim_end_matches('/'))
    };
    let accepted = facts.accepted_audiences();
    token::audience(&assertion.token, &accepted, |named| {
        if named.iter().all(|audience| audience.trim().is_empty()) {
            "empty"
        } else if named.contains(&endpoint) {
            "token-endpoint"
        } else if named.iter().any(is_api) {
            "api"
        } else if named.iter().any(is_domain) {
            "other-domain"
        } else {
            named
                .iter()
                .find_map(|audience| resemblance(audience, &accepted))
                .unwrap_or("elsewhere")
        }
    })
}
