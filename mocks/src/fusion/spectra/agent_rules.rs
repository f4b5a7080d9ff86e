//! Rules and promises on calls of agents, beside those on roles and jobs: the pod's own switch, versions, modes and conversations.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::form::Form;
use crate::fusion::facts::{PodEndpoint, PodRequest, Route};
use crate::fusion::spectra::Asked;
use crate::fusion::spectra::a2a::Call;
use crate::landscape::AGENT_ADMINISTRATOR_ROLES;
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, RuleInfo, Verdict, grounds, guard, neighbour, promise};
use crate::state::{Job, Key, Kind, Thing};

/// Where a conversation is kept.
pub fn conversation_key(facts: &PodRequest, id: &str) -> Key {
    Key::new(Kind::Conversation, &facts.pod.host, id)
}

/// The invocation mode that a request names, in its body or, where it asks for a job, in its query (FUSION-002, FUSION-009).
pub fn mode(facts: &PodRequest) -> Option<Value> {
    match &facts.route {
        Route::Invoke { .. } => facts.body.as_ref()?.json("invocationMode"),
        Route::Status { .. } => {
            let form = Form::read(facts.request.query.as_deref().unwrap_or_default().as_bytes());
            form.pairs()
                .find(|(name, _)| *name == "invocationMode")
                .map(|(_, mode)| json!(mode))
        }
        _ => None,
    }
}

/// The conversation that a request goes on: by its id, and what is known of it.
fn conversation<'a>(facts: &PodRequest<'a>) -> Option<(String, Option<&'a Job>)> {
    let id = match &facts.route {
        Route::Invoke { .. } => facts.body.as_ref()?.text("conversationId").value()?,
        Route::Spectra(Asked::Call { .. }) => Call::read(facts).conversation()?.to_owned(),
        _ => return None,
    };
    let kept = facts.state.get(&conversation_key(facts, &id), facts.env.now);
    let known = kept.and_then(|kept| match &kept.thing {
        Thing::Job(job) => Some(job),
        _ => None,
    });
    Some((id, known))
}

/// Whether the request runs an agent.
fn is_run(facts: &PodRequest) -> bool {
    match &facts.route {
        Route::Invoke { .. } => true,
        Route::Spectra(Asked::Call { .. }) => Call::read(facts).is_send(),
        _ => false,
    }
}

/// The table.
pub static AGENT_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "agent.enabled",
        "Agents run only where the pod's profile option for the authorization service is switched on (switch `agent-authorization`).",
        grounds(Confidence::Documented, &["FUSION-025"]),
        &["agent.known", "access.user-known"],
        &[
            Defect::skip(
                "switched-off",
                &["AGT-013"],
                "runs agents in a pod that was not set up for them",
            ),
            other_status(&["AGT-013"]),
        ],
        |facts| {
            if !is_run(facts) {
                Verdict::NotApplicable
            } else if facts.landscape.profile.is(switch::AGENT_AUTHORIZATION, "off") {
                Verdict::violated(
                    "switched-off",
                    "the profile option ORA_ASE_SAS_INTEGRATION_ENABLED is not Yes",
                )
            } else {
                Verdict::Held
            }
        },
        Denials::same(403, "", "Agents are not set up here."),
    ),
    guard::<PodEndpoint>(
        "agent.version",
        "A version of an agent that is asked for is one that there is; without one it is the latest.",
        grounds(Confidence::Assumed, &["FUSION-006", "FUSION-007", "FUSION-U-08"]),
        &["agent.known", "invoke.body"],
        &[
            Defect::skip("unknown", &["AGT-014"], "runs another version than it was asked for"),
            Defect::overreach("named", &["AGT-014"], "refuses calls that name the version"),
            other_status(&["AGT-014"]),
        ],
        |facts| match (&facts.route, facts.agent()) {
            (Route::Invoke { .. }, Some(agent)) => {
                let named = facts.body.as_ref().and_then(|body| body.json("version"));
                match named {
                    None | Some(Value::Null) => Verdict::Held,
                    Some(version) if version.as_u64() == Some(agent.version) => Verdict::Held,
                    Some(_) => Verdict::violated("unknown", "there is no such version of the agent"),
                }
            }
            _ => Verdict::NotApplicable,
        },
        Denials::same(404, "", "There is no such version."),
    )
    .beside(&[neighbour("named", |facts| {
        matches!(facts.route, Route::Invoke { .. })
            && facts
                .body
                .as_ref()
                .and_then(|body| body.json("version"))
                .is_some_and(|version| version.is_u64())
    })]),
    guard::<PodEndpoint>(
        "invoke.mode",
        "The invocation mode is END_USER or ADMIN.",
        grounds(Confidence::Assumed, &["FUSION-002", "FUSION-009"]),
        &["agent.known"],
        &[
            Defect::skip("unknown", &["AGT-015"], "passes over modes that it does not know"),
            other_status(&["AGT-015"]),
        ],
        |facts| match mode(facts) {
            None | Some(Value::Null) => Verdict::NotApplicable,
            Some(mode) if mode == "END_USER" || mode == "ADMIN" => Verdict::Held,
            Some(_) => Verdict::violated("unknown", "the invocation mode is neither END_USER nor ADMIN"),
        },
        Denials::same(400, "", "The invocation mode is not known."),
    ),
    guard::<PodEndpoint>(
        "agent.administrator",
        "Only who administers agents calls them as ADMIN.",
        grounds(Confidence::Inferred, &["FUSION-009", "FUSION-024"]),
        &["invoke.mode", "access.user-known"],
        &[
            Defect::skip("no-role", &["AGT-016"], "shows traces to everybody"),
            other_status(&["AGT-016"]),
        ],
        |facts| match (mode(facts), facts.user()) {
            (Some(mode), Some(user)) if mode == "ADMIN" => {
                if AGENT_ADMINISTRATOR_ROLES.iter().any(|role| user.has(role)) {
                    Verdict::Held
                } else {
                    Verdict::violated("no-role", "the user administers no agents")
                }
            }
            _ => Verdict::NotApplicable,
        },
        Denials::same(403, "", "The user may not do this."),
    ),
    guard::<PodEndpoint>(
        "conversation.known",
        "A conversation that goes on is one that the pod began with this user and this agent.",
        grounds(Confidence::Observed, &["FUSION-010"]),
        &["agent.known", "access.user-known"],
        &[
            Defect::skip("unknown", &["AGT-017"], "takes ids of conversations from clients"),
            Defect::skip(
                "of-another-user",
                &["AGT-017"],
                "lets one user into the conversation of another",
            ),
            other_status(&["AGT-017"]),
        ],
        |facts| match (conversation(facts), facts.user()) {
            (None, _) => Verdict::NotApplicable,
            (Some((_, None)), _) => Verdict::violated("unknown", "the pod began no such conversation"),
            (Some((_, Some(job))), Some(user)) if job.user != user.name => {
                Verdict::violated("of-another-user", "the conversation is another user's")
            }
            (Some((_, Some(job))), _) if facts.agent().is_some_and(|agent| agent.code != job.agent) => {
                Verdict::violated("unknown", "the conversation is with another agent")
            }
            _ => Verdict::Held,
        },
        Denials::same(400, "", "There is no such conversation."),
    ),
];

/// What is promised of an answer that grants.
pub static GRANT_PROMISES: &[RuleInfo] = &[promise(
    "agent.trace",
    "A job is traced only where it is asked for as ADMIN, and what its nodes said is null.",
    grounds(Confidence::Observed, &["FUSION-009"]),
    &[
        Defect::reshape(
            "outputs",
            &["AGT-020"],
            "shows in the trace what the nodes said",
            |answer| {
                if answer.has_member("trace") {
                    answer.set_member("trace", json!([{ "node": "agent", "output": "what was said" }]));
                }
            },
        ),
        Defect::reshape("untraced", &["AGT-020"], "gives no trace", |answer| {
            answer.remove_member("trace")
        }),
    ],
)];

/// What is promised of every refusal.
pub static REFUSAL_PROMISES: &[RuleInfo] = &[promise(
    "spectra.errors",
    "An error of the newer stack is a problem document whose status is a number.",
    grounds(Confidence::Assumed, &["FUSION-U-05"]),
    &[
        Defect::reshape("unlabelled", &["AGT-022"], "labels its errors as any JSON", |answer| {
            if is_problem(answer) {
                answer.set_header("Content-Type", "application/json");
            }
        }),
        Defect::reshape(
            "status-as-text",
            &["AGT-022"],
            "writes the status as a text",
            |answer| {
                if is_problem(answer) {
                    let status = answer.status.to_string();
                    answer.set_member_if_there("status", json!(status));
                }
            },
        ),
    ],
)];

fn is_problem(answer: &Answer) -> bool {
    answer.header_value("Content-Type") == Some("application/problem+json")
}
