//! Rules on what the user behind a sound token may do: scope, identity, roles, agents, jobs, pages.

use serde_json::Value;

use crate::fusion::facts::{PodEndpoint, PodRequest, Route, Stack};
use crate::fusion::spectra;
use crate::landscape::profile::switch;
use crate::landscape::{AGENT_RUNTIME_ROLE, PodUser};
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_code, other_status};
use crate::rule::{Confidence, Denials, Neighbour, Rule, Verdict, grounds, guard, neighbour};
use crate::wire::BODY_LIMIT;

const FORBIDDEN: Denials = Denials::same(403, "", "The user may not do this.");
const NOT_FOUND: Denials = Denials::same(404, "", "There is nothing here.");
const BAD_BODY: Denials = Denials::same(400, "", "The body cannot be used.");

/// The table.
pub static ACCESS_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "access.scope",
        "The token's scope opens the stack: a whole word of it, in its letter case.",
        grounds(
            Confidence::Assumed,
            &["FUSION-003", "FUSION-103", "FUSION-105", "FUSION-109", "FUSION-C-13", "FUSION-U-03", "IDCS-OAUTH-325"],
        ),
        &["token.claims"],
        &[
            Defect::skip("missing", &["SCP-016"], "takes tokens without a scope"),
            Defect::skip("empty", &["SCP-016", "ORA-103"], "takes tokens with an empty scope"),
            Defect::skip("other", &["SCP-013"], "takes any scope"),
            Defect::skip(
                "part-of-it",
                &["SCP-014"],
                "takes a scope that only begins or ends right",
            ),
            Defect::skip("other-case", &["SCP-015"], "reads scopes without regard to letter case"),
            Defect::skip("not-text", &["SCP-017"], "looks for the scope inside other types"),
            Defect::overreach(
                "several",
                &["SCP-003", "ORA-102"],
                "wants no other scope beside its own",
            ),
            other_code(&["SCP-018"]),
            other_status(&["SCP-018"]),
            no_challenge(&["SCP-018"]),
        ],
        scope,
        Denials::same(403, "insufficient_scope", "The token's scope does not open this."),
    )
    .beside(&[Neighbour {
        defect: "several",
        refuses: |facts| {
            facts
                .token
                .as_ref()
                .is_some_and(|access| access.token.text("scope").is_some_and(|scope| scope.contains(' ')))
        },
    }]),
    guard::<PodEndpoint>(
        "access.one-identity",
        "`sub` and `prn` name the same user, where both stand there (switch `two-names`).",
        grounds(Confidence::Assumed, &["FUSION-U-10", "FUSION-205"]),
        &["token.claims"],
        &[Defect::skip("different", &["ROL-017"], "acts on one of two identities")],
        |facts| {
            if !facts.landscape.profile.is(switch::TWO_NAMES, "refused") {
                return Verdict::NotApplicable;
            }
            let claim = |name: &str| facts.token.as_ref().and_then(|access| access.token.text(name));
            match (claim("sub"), claim("prn")) {
                (Some(subject), Some(principal)) if subject != principal => {
                    Verdict::violated("different", "`sub` and `prn` name different users")
                }
                _ => Verdict::Held,
            }
        },
        Denials::same(401, "invalid_token", "The token names two users."),
    ),
    guard::<PodEndpoint>(
        "access.user-known",
        "The subject is a user of this pod.",
        grounds(Confidence::Documented, &["FUSION-218", "FUSION-219", "FUSION-U-04"]),
        &["token.claims", "token.claim-types"],
        &[
            Defect::skip("missing", &["RSV-044"], "takes tokens of nobody"),
            Defect::skip(
                "unknown",
                &["ROL-014", "ORA-023"],
                "lets users in that the pod does not have",
            ),
            Defect::skip(
                "client",
                &["ROL-015", "ORA-144"],
                "lets clients in that are no users of the pod",
            ),
            Defect::overreach("principal-alone", &["TRU-010"], "wants `sub` where `prn` names the user"),
            Defect::overreach("subject-alone", &["TRU-010"], "wants `prn` where `sub` names the user"),
            other_code(&["ROL-014"]),
            other_status(&["ROL-014"]),
        ],
        |facts| {
            let Some(access) = &facts.token else {
                return Verdict::NotApplicable;
            };
            match (&access.named, access.user) {
                (None, _) if access.token.claims().is_none_or(|claims| claims.has("sub")) => Verdict::NotApplicable,
                (None, _) => Verdict::violated("missing", "`sub` is missing"),
                (Some(_), Some(_)) => Verdict::Held,
                (Some(_), None) if access.is_for_client() => {
                    Verdict::violated("client", "the client is not modelled as a user of this pod")
                }
                (Some(_), None) => Verdict::violated("unknown", "the token names no user of this pod"),
            }
        },
        Denials::same(401, "invalid_token", "The user is not known here."),
    )
    .beside(&[
        neighbour("principal-alone", |facts| is_directly_named_by(facts, "prn", "sub")),
        neighbour("subject-alone", |facts| is_directly_named_by(facts, "sub", "prn")),
    ]),
    guard::<PodEndpoint>(
        "access.user-active",
        "The user may work here.",
        grounds(Confidence::Assumed, &["FUSION-U-04"]),
        &["access.user-known"],
        &[
            Defect::skip(
                "inactive",
                &["RSV-054", "ADF-032"],
                "lets users in who were deactivated",
            ),
            other_status(&["RSV-054"]),
        ],
        |facts| match facts.user() {
            Some(user) if !user.active => Verdict::violated("inactive", "the user is deactivated in this pod"),
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        Denials::same(401, "invalid_token", "The user is not active here."),
    ),
    guard::<PodEndpoint>(
        "access.user-unlocked",
        "The user is not locked; whether that counts for tokens that a third party signed itself is a switch (`locked-users`).",
        grounds(Confidence::Assumed, &["FUSION-203", "FUSION-U-04"]),
        &["access.user-known", "token.key"],
        &[
            Defect::skip("locked", &["TRU-006"], "lets locked users in by whichever token"),
            Defect::overreach(
                "by-third-parties",
                &["TRU-006"],
                "keeps locked users out even where a third party signed for them",
            ),
            other_status(&["TRU-006"]),
        ],
        |facts| {
            let is_direct = facts.token.as_ref().is_some_and(|access| access.found.is_direct());
            let is_let_in = is_direct && facts.landscape.profile.is(switch::LOCKED_USERS, "let-in-by-third-parties");
            match facts.user() {
                Some(user) if user.locked && !is_let_in => Verdict::violated("locked", "the user is locked in this pod"),
                Some(_) => Verdict::Held,
                None => Verdict::NotApplicable,
            }
        },
        Denials::same(401, "invalid_token", "The user is locked."),
    )
    .beside(&[neighbour("by-third-parties", |facts| {
        facts.user().is_some_and(|user| user.locked)
    })]),
    guard::<PodEndpoint>(
        "path.known",
        "The path is one that is served; everything else is refused.",
        grounds(Confidence::Assumed, &["FUSION-316", "FUSION-C-03", "FUSION-C-10", "FUSION-U-17"]),
        &[],
        &[
            Defect::skip("unknown", &["ROL-010"], "answers where nothing is"),
            other_status(&["ROL-010"]),
        ],
        |facts| {
            if matches!(facts.route, Route::Nowhere) {
                Verdict::violated("unknown", "nothing is served at this path")
            } else {
                Verdict::Held
            }
        },
        NOT_FOUND,
    ),
    guard::<PodEndpoint>(
        "path.method",
        "The method is the one that the path takes.",
        grounds(Confidence::Specified, &["FUSION-U-23"]),
        &["path.known"],
        &[
            Defect::skip("other-method", &["AGT-008", "RSV-057"], "takes any method"),
            Defect::reshape(
                "no-allow",
                &["TKN-030"],
                "answers 405 without naming the methods that it takes",
                |answer| answer.remove_header("Allow"),
            ),
        ],
        |facts| {
            if facts.takes(facts.method()) {
                Verdict::Held
            } else {
                Verdict::violated("other-method", "the path does not take this method")
            }
        },
        Denials::same(405, "", "The method is not allowed."),
    ),
    guard::<PodEndpoint>(
        "agent.known",
        "The agent exists.",
        grounds(Confidence::Assumed, &["FUSION-U-08"]),
        &["path.known"],
        &[
            Defect::skip("unknown", &["AGT-001"], "runs agents that do not exist"),
            other_status(&["AGT-001"]),
        ],
        |facts| match (facts.agent_code(), facts.agent()) {
            (Some(_), None) => Verdict::violated("unknown", "there is no agent of this code"),
            (Some(_), Some(_)) => Verdict::Held,
            (None, _) => Verdict::NotApplicable,
        },
        NOT_FOUND,
    ),
    guard::<PodEndpoint>(
        "agent.published",
        "The agent was published.",
        grounds(Confidence::Assumed, &["FUSION-006", "FUSION-U-08"]),
        &["agent.known"],
        &[
            Defect::skip("draft", &["AGT-002"], "runs agents that were not published"),
            other_status(&["AGT-002"]),
        ],
        |facts| match facts.agent() {
            Some(agent) if !agent.published => Verdict::violated("draft", "the agent was not published"),
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        FORBIDDEN,
    ),
    guard::<PodEndpoint>(
        "agent.role",
        "The user has the role of the agent and the one for running agents, with permission groups switched on; reading its card wants neither.",
        grounds(Confidence::Documented, &["FUSION-017", "FUSION-023", "FUSION-U-06"]),
        &["agent.known", "access.user-known"],
        &[
            Defect::skip(
                "no-role",
                &["ROL-001", "ROL-007", "ORA-158"],
                "runs agents for users without their role",
            ),
            Defect::skip(
                "no-runtime-role",
                &["ROL-001"],
                "runs agents for users who may run none",
            ),
            Defect::skip(
                "no-permission-groups",
                &["AGT-019"],
                "runs agents for users whose permission groups are off",
            ),
            Defect::overreach("card", &["A2A-003"], "shows cards only to those who may run the agent"),
            other_status(&["ROL-001", "ROL-002"]),
            Defect::reshape(
                "invalid-token",
                &["ROL-002"],
                "takes a missing role for a bad token",
                |answer| {
                    answer.status = 401;
                    answer.set_header("WWW-Authenticate", "Bearer realm=\"fusion\", error=\"invalid_token\"");
                },
            ),
        ],
        |facts| {
            let (Some(agent), Some(user)) = (facts.agent(), facts.user()) else {
                return Verdict::NotApplicable;
            };
            if is_card(facts) {
                return Verdict::Held;
            }
            if !user.has(AGENT_RUNTIME_ROLE) {
                Verdict::violated("no-runtime-role", "the user may not run agents")
            } else if !user.has(&agent.role) {
                Verdict::violated("no-role", "the user has not the role of this agent")
            } else if !user.permission_groups {
                Verdict::violated("no-permission-groups", "the permission groups of the user's job role are off")
            } else {
                Verdict::Held
            }
        },
        FORBIDDEN,
    )
    .beside(&[Neighbour {
        defect: "card",
        refuses: |facts| {
            let may_run = |user: &PodUser| facts.agent().is_some_and(|agent| user.has(&agent.role));
            is_card(facts) && !facts.user().is_some_and(may_run)
        },
    }]),
    guard::<PodEndpoint>(
        "job.known",
        "The job exists, and is this agent's.",
        grounds(Confidence::Assumed, &["FUSION-002", "FUSION-U-07", "FUSION-U-24"]),
        &["agent.known"],
        &[
            Defect::skip("unknown", &["AGT-003"], "answers for jobs that do not exist"),
            Defect::skip(
                "of-another-agent",
                &["AGT-003"],
                "answers for the jobs of another agent",
            ),
            Defect::overreach("long-ago", &["AGT-023"], "forgets jobs after a day"),
        ],
        |facts| match (&facts.route, facts.job()) {
            (Route::Status { .. }, None) => Verdict::violated("unknown", "there is no such job"),
            (Route::Status { agent, .. }, Some(job)) if job.agent != *agent => {
                Verdict::violated("of-another-agent", "the job is another agent's")
            }
            (Route::Status { .. }, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        NOT_FOUND,
    )
    .beside(&[neighbour("long-ago", |facts| {
        facts
            .job()
            .is_some_and(|job| facts.env.now > job.started + 24 * 60 * 60)
    })]),
    guard::<PodEndpoint>(
        "job.owner",
        "The job was started by the user who asks for it.",
        grounds(Confidence::Documented, &["FUSION-022", "FUSION-U-07"]),
        &["job.known", "access.user-known"],
        &[
            Defect::skip("of-another-user", &["ORA-159"], "shows jobs to other users"),
            other_status(&["ORA-159"]),
        ],
        |facts| match (facts.job(), facts.user()) {
            (Some(job), Some(user)) if job.user != user.name => {
                Verdict::violated("of-another-user", "the job was started by another user")
            }
            (Some(_), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        NOT_FOUND,
    ),
    guard::<PodEndpoint>(
        "invoke.media-type",
        "An agent call is labelled as JSON.",
        grounds(Confidence::Documented, &["FUSION-004", "FUSION-U-09"]),
        &["path.known", "path.method"],
        &[
            Defect::skip("other", &["AGT-004"], "takes an agent call under any label"),
            other_status(&["AGT-004"]),
        ],
        |facts| {
            let is_call = match &facts.route {
                Route::Invoke { .. } => true,
                Route::Spectra(asked) => matches!(asked, spectra::Asked::Call { .. } | spectra::Asked::Search),
                _ => false,
            };
            match facts.request.media_type().as_deref() {
                _ if !is_call => Verdict::NotApplicable,
                Some("application/json") => Verdict::Held,
                _ => Verdict::violated("other", "the body is not labelled application/json"),
            }
        },
        Denials::same(415, "", "The content type is not supported."),
    ),
    guard::<PodEndpoint>(
        "invoke.body",
        "An agent call is a JSON object with a message; members that mean nothing here are passed over.",
        grounds(
            Confidence::Documented,
            &["FUSION-005", "FUSION-007", "FUSION-008", "FUSION-U-09"],
        ),
        &["invoke.media-type"],
        &[
            Defect::skip("too-large", &["AGT-005"], "reads a body of any size"),
            Defect::skip("not-an-object", &["AGT-005"], "takes a body that is no JSON object"),
            Defect::skip("other-type", &["AGT-018"], "passes over members of another type than the schema has"),
            Defect::skip("no-message", &["AGT-006"], "takes an agent call without a message"),
            Defect::overreach(
                "unknown-member",
                &["AGT-007"],
                "refuses members that the schema does not list",
            ),
            other_status(&["AGT-005"]),
        ],
        |facts| {
            if !matches!(facts.route, Route::Invoke { .. }) {
                return Verdict::NotApplicable;
            }
            if facts.request.body.len() > BODY_LIMIT {
                return Verdict::violated("too-large", "the body is larger than 1 MiB");
            }
            let Some(body) = &facts.body else {
                return Verdict::violated("not-an-object", "the body is not a JSON object");
            };
            if SCHEMA.iter().any(|(name, is_of_type)| {
                let value = body.json(name).filter(|value| !value.is_null());
                value.is_some_and(|value| !is_of_type(&value))
            }) {
                return Verdict::violated("other-type", "a member is of another type than the schema has");
            }
            match body.text("message").value() {
                Some(message) if !message.trim().is_empty() => Verdict::Held,
                _ => Verdict::violated("no-message", "`message` is missing or empty"),
            }
        },
        BAD_BODY,
    )
    .beside(&[Neighbour {
        defect: "unknown-member",
        refuses: |facts| facts.body.as_ref().is_some_and(|body| body.has("useInternalConfig")),
    }]),
];

/// Whether a token that its issuer made for Fusion alone names its user by the one claim and not by the other.
fn is_directly_named_by(facts: &PodRequest, one: &str, other: &str) -> bool {
    facts.token.as_ref().is_some_and(|access| {
        access.found.is_direct() && access.token.has_claim(one) && access.token.lacks_claim(other)
    })
}

/// Whether the card of an agent is asked for, which opens to those who may not run it (FUSION-022).
fn is_card(facts: &PodRequest) -> bool {
    matches!(facts.route, Route::Spectra(spectra::Asked::Card { .. }))
}

/// Whether a value is of the type that the schema has.
type IsOfType = fn(&Value) -> bool;

/// The members of an agent call and their types (FUSION-005); `message` and `version` are judged by themselves.
static SCHEMA: &[(&str, IsOfType)] = &[
    ("agentCodes", Value::is_array),
    ("architecture", Value::is_string),
    ("conversational", Value::is_boolean),
    ("conversationId", Value::is_string),
    ("invocationMode", Value::is_string),
    ("jobId", Value::is_string),
    ("parameters", Value::is_object),
    ("progressMessage", Value::is_boolean),
    ("resumeNodeInput", Value::is_object),
    ("status", Value::is_string),
    ("streamOutput", Value::is_boolean),
    ("toolCodes", Value::is_array),
    ("workflowName", Value::is_string),
];

fn scope(facts: &PodRequest) -> Verdict {
    let Some(claims) = facts.token.as_ref().and_then(|access| access.token.claims()) else {
        return Verdict::NotApplicable;
    };
    let wanted = match facts.stack {
        Stack::Spectra => &facts.pod.spectra_scope,
        Stack::Adf => &facts.pod.adf_scope,
    };
    if !claims.has("scope") {
        // Tokens that a third party makes for the ADF stack have no scope (FUSION-211).
        return match facts.stack {
            Stack::Spectra => Verdict::violated("missing", "`scope` is missing"),
            Stack::Adf => Verdict::NotApplicable,
        };
    }
    let Some(scope) = claims.text("scope").value() else {
        return Verdict::violated("not-text", "`scope` is not a text");
    };
    let mut words = scope.split(' ').filter(|word| !word.is_empty());
    // Where somebody made the resource by hand, its audience is the host and its scope a slash (FUSION-105).
    let is_made_by_hand = facts.stack == Stack::Adf
        && facts
            .token
            .as_ref()
            .and_then(|access| access.token.audiences())
            .is_some_and(|named| named.iter().any(|audience| *audience == facts.pod.host_audience()));
    if words
        .clone()
        .any(|word| word == wanted || (is_made_by_hand && word == "/"))
    {
        return Verdict::Held;
    }
    let cause = if words.clone().next().is_none() {
        "empty"
    } else if words.clone().any(|word| word.eq_ignore_ascii_case(wanted)) {
        "other-case"
    } else if words.any(|word| word.starts_with(wanted.as_str()) || word.ends_with(wanted.as_str())) {
        "part-of-it"
    } else {
        "other"
    };
    Verdict::violated(cause, format!("`scope` does not hold the word `{wanted}`"))
}
