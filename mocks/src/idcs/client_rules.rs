//! Rules on who asks for a token, and on what that client may use.

use crate::idcs::facts::{Basic, Grant, TokenEndpoint, TokenRequest};
use crate::landscape::profile::switch;
use crate::landscape::{CLIENT_CREDENTIALS, Secret};
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_code, other_status};
use crate::rule::{Confidence, Denial, Denials, Neighbour, Rule, RuleInfo, RuleKind, Verdict};

const INVALID_CLIENT: Denials = Denials::same(401, "invalid_client", "Client authentication failed.");

/// The table.
pub static CLIENT_RULES: &[Rule<TokenEndpoint>] = &[
    Rule {
        info: RuleInfo {
            id: "client.one-method",
            says: "A client authenticates in one way only.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-709"],
            confidence: Confidence::Specified,
            premises: &["request.media-type"],
            defects: &[
                Defect::skip("secret-twice", &["CAU-006"], "takes Basic and body credentials together"),
                Defect::skip("secret-and-assertion", &["CAU-007"], "takes a secret beside a client assertion"),
                other_code(&["CAU-006"]),
                other_status(&["CAU-006"]),
            ],
        },
        check: |facts| {
            if facts.client.methods() <= 1 {
                Verdict::Held
            } else if facts.client.assertion.is_some() {
                Verdict::violated("secret-and-assertion", "a secret and a client assertion are sent together")
            } else {
                Verdict::violated("secret-twice", "Basic and body credentials are sent together")
            }
        },
        neighbours: &[],
        denial: Denials::same(400, "invalid_request", "More than one client authentication method was used."),
    },
    Rule {
        info: RuleInfo {
            id: "client.present",
            says: "The client authenticates.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-002", "IDCS-OAUTH-021"],
            confidence: Confidence::Documented,
            premises: &["request.media-type"],
            defects: &[
                Defect::skip("none", &["CAU-001", "ASR-091"], "takes a client by its id alone"),
                other_code(&["CAU-001"]),
                other_status(&["CAU-001"]),
            ],
        },
        check: |facts| if facts.client.methods() > 0 { Verdict::Held } else { Verdict::violated("none", "no client credentials are sent") },
        neighbours: &[],
        denial: INVALID_CLIENT,
    },
    Rule {
        info: RuleInfo {
            id: "client.basic",
            says: "Basic credentials are base64 of two form-encoded halves with a colon between.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-004"],
            confidence: Confidence::Documented,
            premises: &["client.present"],
            defects: &[
                Defect::skip("no-colon", &["CAU-010"], "takes credentials without a colon"),
                Defect::skip("not-base64", &["CAU-010"], "takes credentials that are not base64"),
                Defect::skip("not-utf8", &["CAU-010"], "takes credentials that are not UTF-8"),
                Defect::skip("too-long", &["CAU-010"], "reads credentials of any length"),
                Defect::skip("other-scheme", &["CAU-010"], "takes another scheme for client authentication"),
                Defect::skip("no-credentials", &["CAU-010"], "takes a scheme without credentials"),
                Defect::skip("malformed-escape", &["CAU-010"], "takes malformed escapes inside credentials"),
                Defect::overreach("encoded", &["CAU-004", "ORA-034"], "compares the halves without form-decoding them"),
                Defect::overreach("scheme-in-other-case", &["CAU-053"], "knows the scheme in one letter case only"),
                other_code(&["CAU-010"]),
                other_status(&["CAU-010"]),
            ],
        },
        check: |facts| match facts.client.basic {
            None => Verdict::NotApplicable,
            Some(Basic::Pair { .. }) => Verdict::Held,
            Some(Basic::Malformed(cause)) => Verdict::violated(cause, "the Basic credentials cannot be read"),
        },
        neighbours: &[
            Neighbour {
                defect: "encoded",
                refuses: |facts| matches!(&facts.client.basic, Some(Basic::Pair { was_encoded: true, .. })),
            },
            Neighbour {
                defect: "scheme-in-other-case",
                refuses: |facts| facts.request.header("authorization").is_some_and(|value| !value.starts_with("Basic ")),
            },
        ],
        denial: INVALID_CLIENT,
    },
    Rule {
        info: RuleInfo {
            id: "client.known",
            says: "The client is registered here.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-110", "IDCS-OAUTH-012"],
            confidence: Confidence::Documented,
            premises: &["client.present", "client.basic"],
            defects: &[
                Defect::skip("unknown", &["CAU-012"], "gives tokens to clients that nobody registered"),
                other_code(&["CAU-012"]),
                other_status(&["CAU-012"]),
                Defect::reshape("says-unknown", &["CAU-013"], "tells an unknown client from a wrong secret", |answer| {
                    answer.set_member("error_description", "The client is unknown.".into());
                }),
            ],
        },
        check: |facts| match facts.client.app {
            Some(_) => Verdict::Held,
            // Whose client assertion it is, is judged there.
            None if facts.client.assertion.is_some() && facts.client.basic.is_none() => Verdict::NotApplicable,
            None => Verdict::violated("unknown", "no application of this domain has this client id"),
        },
        neighbours: &[],
        denial: INVALID_CLIENT,
    },
    Rule {
        info: RuleInfo {
            id: "client.secret",
            says: "The secret is the client's.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-110"],
            confidence: Confidence::Documented,
            premises: &["client.known"],
            defects: &[
                Defect::skip("wrong", &["CAU-002", "ASR-090", "ORA-048"], "takes any secret"),
                Defect::skip("empty", &["CAU-009"], "takes an empty secret"),
                other_code(&["CAU-002", "ORA-048"]),
                other_status(&["CAU-003", "ORA-048"]),
                no_challenge(&["CAU-003", "CAU-052"]),
                Defect::reshape("other-challenge", &["CAU-003"], "challenges for Bearer where Basic failed", |answer| {
                    answer.set_header("WWW-Authenticate", "Bearer realm=\"token\"");
                }),
            ],
        },
        check: client_secret,
        neighbours: &[],
        denial: INVALID_CLIENT,
    },
    Rule {
        info: RuleInfo {
            id: "client.method",
            says: "The client authenticates by a method that it is registered for.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-002", "IDCS-OAUTH-003"],
            confidence: Confidence::Assumed,
            premises: &["client.known"],
            defects: &[
                Defect::skip("secret-of-a-key-client", &["CAU-008"], "takes the secret of a client that registered a key"),
                Defect::overreach("secret-in-body", &["ORA-035", "CAU-053"], "knows Basic only"),
                other_code(&["CAU-008"]),
            ],
        },
        check: |facts| match facts.client.app {
            Some(app) if !app.secret_allowed && facts.client.presented_secret().is_some() => {
                Verdict::violated("secret-of-a-key-client", "the client is registered for assertions only")
            }
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        neighbours: &[Neighbour { defect: "secret-in-body", refuses: |facts| facts.client.body_secret.is_some() }],
        denial: INVALID_CLIENT,
    },
    Rule {
        info: RuleInfo {
            id: "client.same-id",
            says: "A `client_id` in the body names the client that authenticates.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-006"],
            confidence: Confidence::Specified,
            premises: &["client.known"],
            defects: &[
                Defect::skip("other-client", &["CAU-023", "ORA-036"], "passes over a client id that contradicts the credentials"),
                Defect::overreach("id-missing", &["CAU-054", "ORA-036"], "wants a client id beside a client assertion"),
                other_code(&["CAU-023"]),
            ],
        },
        check: |facts| match (&facts.client.body_id, &facts.client.claimed) {
            (Some(sent), Some(claimed)) if sent != claimed => {
                Verdict::violated("other-client", "`client_id` names another client than the credentials do")
            }
            _ => Verdict::Held,
        },
        neighbours: &[Neighbour {
            defect: "id-missing",
            refuses: |facts| facts.client.assertion.is_some() && facts.client.body_id.is_none(),
        }],
        denial: INVALID_CLIENT,
    },
    Rule {
        info: RuleInfo {
            id: "client.active",
            says: "The client's application is activated.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-011", "IDCS-OAUTH-135", "IDCS-OAUTH-708"],
            confidence: Confidence::Documented,
            premises: &["client.known"],
            defects: &[
                Defect::skip("inactive", &["CAU-014", "ORA-010"], "gives tokens to applications that nobody activated"),
                other_code(&["CAU-014"]),
                other_status(&["CAU-014"]),
            ],
        },
        check: |facts| match facts.client.app {
            Some(app) if !app.active => Verdict::violated("inactive", "the application is not activated"),
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        neighbours: &[],
        denial: Denials {
            rfc: INVALID_CLIENT.rfc,
            oracle: Denial { status: 401, error: "invalid_client", description: "OAuth Client app is inactive" },
        },
    },
    Rule {
        info: RuleInfo {
            id: "grant.allowed",
            says: "The grant is ticked on the client's application.",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-013", "IDCS-OAUTH-704"],
            confidence: Confidence::Documented,
            premises: &["client.known", "grant.known"],
            defects: &[
                Defect::skip("client-credentials", &["TKN-011"], "gives client credentials to every client"),
                Defect::skip("jwt-bearer", &["TKN-011", "ORA-009"], "takes user assertions of every client"),
                other_code(&["TKN-011"]),
                other_status(&["TKN-011"]),
            ],
        },
        check: |facts| match (facts.app(), facts.grant) {
            (Some(app), Some(grant @ (Grant::ClientCredentials | Grant::JwtBearer))) if !app.may_use(grant.name()) => {
                let cause = if grant == Grant::JwtBearer { "jwt-bearer" } else { "client-credentials" };
                Verdict::violated(cause, "the grant is not ticked on the application")
            }
            (Some(_), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        neighbours: &[],
        denial: Denials::same(400, "unauthorized_client", "Client authorization failed."),
    },
    Rule {
        info: RuleInfo {
            id: "grant.two-assertions",
            says: "A client that sends two assertions has the client credentials grant too (switch `two-assertions-need-client-credentials`).",
            kind: RuleKind::Guard,
            facts: &["IDCS-OAUTH-037", "IDCS-OAUTH-136"],
            confidence: Confidence::Observed,
            premises: &["client.known", "grant.allowed"],
            defects: &[Defect::skip("without-client-credentials", &["ORA-033"], "does not couple the two grants")],
        },
        check: |facts| {
            let coupled = facts.landscape.profile.has(switch::TWO_ASSERTIONS_NEED_CLIENT_CREDENTIALS);
            if !coupled || facts.client.assertion.is_none() || !facts.is_for_user() {
                return Verdict::NotApplicable;
            }
            match facts.client.app {
                Some(app) if !app.may_use(CLIENT_CREDENTIALS) => {
                    Verdict::violated("without-client-credentials", "the application lacks the client credentials grant")
                }
                Some(_) => Verdict::Held,
                None => Verdict::NotApplicable,
            }
        },
        neighbours: &[],
        denial: Denials::same(401, "invalid_client", "A system error has occurred."),
    },
];

fn client_secret(facts: &TokenRequest) -> Verdict {
    let Some(presented) = facts.client.presented_secret() else { return Verdict::NotApplicable };
    // A client that has no secret is compared with a dummy, so that its absence does not show in the time.
    let registered = facts.client.app.and_then(|app| app.secret.clone());
    let is_registered = registered.is_some();
    let is_equal = registered.unwrap_or_else(|| Secret::new("a dummy that no client has")).is(presented);
    if is_equal && is_registered {
        return Verdict::Held;
    }
    let cause = if presented.is_empty() { "empty" } else { "wrong" };
    Verdict::violated(cause, "the secret is not the client's")
}
