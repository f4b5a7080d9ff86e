//! Rules on the scopes that a token is asked for.

use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::idcs::scopes::{self, Special};
use crate::landscape::TrustScope;
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Neighbour, Rule, Verdict, grounds, guard};

const INVALID_SCOPE: Denials = Denials::same(400, "invalid_scope", "Invalid scope.");

/// The table.
pub static SCOPE_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "scope.present",
        "A scope is asked for.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-020", "IDCS-OAUTH-707"]),
        &["grant.known"],
        &[
            Defect::skip(
                "missing",
                &["SCP-002", "ORA-066", "ORA-089"],
                "gives everything that the client may have where nothing is asked for",
            ),
            other_code(&["SCP-002"]),
            other_status(&["SCP-002"]),
        ],
        |facts| match facts.grant {
            // What was granted before has its scopes already.
            Some(Grant::AuthorizationCode | Grant::RefreshToken | Grant::DeviceCode | Grant::TokenExchange) => {
                Verdict::NotApplicable
            }
            _ if facts.scopes.is_empty() => Verdict::violated("missing", "`scope` is missing"),
            _ => Verdict::Held,
        },
        INVALID_SCOPE,
    ),
    guard::<TokenEndpoint>(
        "scope.grammar",
        "A scope holds only the characters that the grammar allows.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-706"]),
        &["scope.present"],
        &[
            Defect::skip(
                "characters",
                &["TKN-020"],
                "passes over forbidden characters in a scope",
            ),
            other_code(&["TKN-020"]),
        ],
        |facts| {
            if scopes::are_well_formed(&facts.scopes) {
                Verdict::Held
            } else {
                Verdict::violated(
                    "characters",
                    "a scope holds a character that the grammar does not allow",
                )
            }
        },
        INVALID_SCOPE,
    ),
    guard::<TokenEndpoint>(
        "scope.known",
        "Every scope is one that a resource has, character by character; order and repetition mean nothing.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-112", "IDCS-OAUTH-401", "IDCS-OAUTH-113", "OIC-121"],
        ),
        &["scope.grammar"],
        &[
            Defect::skip(
                "unknown",
                &["SCP-001", "ORA-078", "ORA-151"],
                "grants scopes that no resource has",
            ),
            Defect::skip(
                "other-case",
                &["SCP-004", "ORA-084"],
                "reads scopes without regard to letter case",
            ),
            Defect::skip(
                "other-separator",
                &["SCP-005"],
                "splits scopes at other characters than a blank",
            ),
            Defect::skip("wildcard", &["SCP-012"], "reads a wildcard as every scope"),
            Defect::skip("half-of-it", &["ORA-014"], "takes half of a scope for the whole"),
            Defect::skip(
                "secondary-audience",
                &["ORA-080"],
                "takes a secondary audience for the first half of a scope",
            ),
            Defect::overreach("repeated", &["SCP-006"], "refuses a scope that is asked for twice"),
            Defect::overreach("other-order", &["SCP-003"], "wants scopes in one order"),
            Defect::overreach("expiry", &["ORA-074"], "knows no scope for a lifetime"),
            Defect::overreach(
                "without-audience",
                &["ORA-089"],
                "wants the audience before a scope though the resource is named",
            ),
            other_code(&["SCP-001", "ORA-078"]),
            other_status(&["SCP-001", "ORA-078"]),
        ],
        |facts| match scopes::first_fault(&facts.scopes) {
            None => Verdict::Held,
            Some(cause) => Verdict::violated(cause, "a scope is none of any resource; scopes are copied, never typed"),
        },
        INVALID_SCOPE,
    )
    .beside(&[
        Neighbour {
            defect: "repeated",
            refuses: |facts| {
                facts
                    .scopes
                    .iter()
                    .enumerate()
                    .any(|(index, scope)| facts.scopes[..index].iter().any(|before| before.text == scope.text))
            },
        },
        Neighbour {
            defect: "expiry",
            refuses: |facts| {
                facts
                    .scopes
                    .iter()
                    .any(|scope| matches!(scope.special, Some(Special::Expiry(_))))
            },
        },
        Neighbour {
            defect: "without-audience",
            refuses: |facts| {
                let is_bare = |scope: &scopes::Requested| {
                    let (resource, _) = scope.resource.as_ref()?;
                    Some(!scope.text.starts_with(resource.audience.as_str()))
                };
                facts.target.is_some() && facts.scopes.iter().any(|scope| is_bare(scope) == Some(true))
            },
        },
        Neighbour {
            defect: "other-order",
            refuses: |facts| facts.scopes.windows(2).any(|pair| pair[0].text > pair[1].text),
        },
    ]),
    guard::<TokenEndpoint>(
        "scope.allowed",
        "Every scope is among those that the client was given.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-123", "IDCS-OAUTH-125", "IDCS-OAUTH-407"],
        ),
        &["scope.known", "client.known"],
        &[
            Defect::skip(
                "not-given",
                &["SCP-001", "ASR-094", "ORA-079", "ORA-089"],
                "grants scopes of resources that the client was not given",
            ),
            Defect::overreach(
                "below",
                &["ORA-013"],
                "wants every scope given by itself, not by the one above it",
            ),
            Defect::overreach(
                "whole-account",
                &["ORA-012"],
                "knows no client that the whole account trusts",
            ),
            other_code(&["SCP-001", "ASR-094", "ORA-079"]),
            other_status(&["SCP-001"]),
        ],
        |facts| {
            let Some(app) = facts.app() else {
                // A principal that names no client is given nothing but what its own roles allow.
                return match (&facts.signature, scopes::resources(&facts.scopes).as_slice()) {
                    (Some(_), [_, ..]) => Verdict::violated("not-given", "no client is named that was given a scope"),
                    _ => Verdict::NotApplicable,
                };
            };
            if scopes::are_given(facts.context.domain, app, &facts.scopes) {
                Verdict::Held
            } else {
                Verdict::violated("not-given", "the client was not given a scope that it asks for")
            }
        },
        INVALID_SCOPE,
    )
    .beside(&[
        Neighbour {
            defect: "below",
            refuses: |facts| {
                let given = |scope: &str| {
                    facts
                        .app()
                        .is_some_and(|app| app.allowed_scopes.iter().any(|own| own == scope))
                };
                let trusts_all = facts.app().is_some_and(|app| app.trust_scope == TrustScope::Account);
                !trusts_all
                    && facts
                        .scopes
                        .iter()
                        .filter_map(|scope| scope.resource.as_ref())
                        .any(|(resource, value)| !given(&format!("{}{value}", resource.audience)))
            },
        },
        Neighbour {
            defect: "whole-account",
            refuses: |facts| scopes::has(&facts.scopes, Special::WholeAccount),
        },
    ]),
    guard::<TokenEndpoint>(
        "scope.alone",
        "What asks for the whole account asks for nothing else, a refresh token apart.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-405", "IDCS-OAUTH-114", "IDCS-ADMIN-503"],
        ),
        &["scope.known"],
        &[
            Defect::skip(
                "in-company",
                &["ORA-012"],
                "takes the scope for the whole account beside others",
            ),
            other_code(&["ORA-012"]),
        ],
        |facts| {
            if scopes::stand_alone(&facts.scopes) {
                Verdict::Held
            } else {
                Verdict::violated(
                    "in-company",
                    "the scope for the whole account stands beside another one",
                )
            }
        },
        INVALID_SCOPE,
    ),
    guard::<TokenEndpoint>(
        "scope.one-resource",
        "All scopes of a request are of one resource.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-115", "IDCS-OAUTH-413"]),
        &["scope.known"],
        &[
            Defect::skip(
                "several",
                &["SCP-007", "ATI-006", "ORA-016"],
                "mixes scopes of several resources in one token",
            ),
            Defect::overreach(
                "with-the-word",
                &["ORA-016"],
                "refuses scopes of several resources although they may be",
            ),
            other_code(&["SCP-007"]),
            other_status(&["SCP-007"]),
        ],
        one_resource,
        INVALID_SCOPE,
    )
    .beside(&[Neighbour {
        defect: "with-the-word",
        refuses: |facts| scopes::has(&facts.scopes, Special::SeveralResources),
    }]),
];

fn one_resource(facts: &TokenRequest) -> Verdict {
    if scopes::are_of_one_resource(&facts.scopes) {
        Verdict::Held
    } else {
        Verdict::violated("several", "the scopes are of several resources")
    }
}

/// The error code for a scope that exists and was not given, by the switch `ungranted-scope`.
pub(super) fn code_for_ungranted(facts: &TokenRequest) -> &'static str {
    facts.context.landscape.profile.value(switch::UNGRANTED_SCOPE)
}
