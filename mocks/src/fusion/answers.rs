//! The forms of a pod's answers: refusals of both stacks, and jobs. Those of the classic stack are in `adf::answers`.

use serde_json::{Value, json};

use crate::answer::{Answer, Slot};
use crate::fusion::adf;
use crate::fusion::facts::{PodRequest, Route, Stack};
use crate::fusion::spectra::agent_rules;
use crate::landscape::profile::switch;
use crate::landscape::{Agent, AgentOutcome};
use crate::rule::Denial;
use crate::state::{JOB_SECONDS, Job};

/// A refusal in the form of the stack that is asked.
pub fn refusal(facts: &PodRequest, denial: &Denial) -> Answer {
    let answer = match facts.stack {
        Stack::Spectra => problem(denial),
        Stack::Adf if denial.status == 401 => Answer::empty(401),
        Stack::Adf => adf::answers::refusal(facts, denial),
    };
    let answer = if denial.status == 405 {
        answer.header("Allow", facts.methods().join(", "))
    } else {
        answer
    };
    match challenge(facts, denial) {
        Some(challenge) => answer.header("WWW-Authenticate", challenge),
        None => answer,
    }
}

/// The body of a refusal by the Spectra stack (FUSION-U-05, RFC 9457).
fn problem(denial: &Denial) -> Answer {
    let mut answer = Answer::object(
        denial.status,
        vec![
            ("type", Slot::Value(json!("about:blank"))),
            ("title", Slot::Value(json!(title(denial.status)))),
            ("status", Slot::Value(json!(denial.status))),
            ("detail", Slot::Value(json!(denial.description))),
        ],
    );
    answer.set_header("Content-Type", "application/problem+json");
    answer
}

/// The words of a status.
pub fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        412 => "Precondition Failed",
        415 => "Unsupported Media Type",
        _ => "Refused",
    }
}

/// The challenge of a refusal, where it has one: Bearer, or what OWSM was seen to send (switch `challenge`, FUSION-310).
fn challenge(facts: &PodRequest, denial: &Denial) -> Option<String> {
    let is_about_the_token = denial.status == 401 || !denial.error.is_empty();
    if !is_about_the_token {
        return None;
    }
    if facts.stack == Stack::Adf && facts.landscape.profile.is(switch::CHALLENGE, "owsm") {
        return (denial.status == 401).then(|| "Basic realm=\"owsm\"".to_owned());
    }
    let realm = format!("Bearer realm=\"{}\"", facts.pod.host);
    Some(match denial.error {
        "" => realm,
        error => format!("{realm}, error=\"{error}\""),
    })
}

/// The answer to an agent call that was taken on (FUSION-011).
pub fn job_started(facts: &PodRequest, id: &str, job: &Job) -> Answer {
    let status = if facts.landscape.profile.is(switch::INVOKE_STATUS, "202") {
        202
    } else {
        200
    };
    let mut members = vec![
        ("jobId", Slot::Value(json!(id))),
        ("conversationId", Slot::Value(json!(job.conversation))),
        ("status", Slot::Value(json!("RUNNING"))),
    ];
    if facts.is_older_path() {
        members.push(("requestId", Slot::Value(json!(id))));
    }
    Answer::object(status, members)
}

/// How a job stands: running for three seconds, then as its agent ends (FUSION-012 to FUSION-014).
pub fn job_status(facts: &PodRequest, agent: &Agent, job: &Job) -> Answer {
    let output = facts.landscape.profile.value(switch::AGENT_OUTPUT);
    let is_running = facts.env.now < job.started + JOB_SECONDS;
    let (status, said, error) = match agent.outcome {
        _ if is_running => ("RUNNING", Value::Null, Value::Null),
        AgentOutcome::Complete => ("COMPLETE", json!(agent.output), Value::Null),
        AgentOutcome::Error => ("ERROR", Value::Null, json!("The agent could not finish.")),
        AgentOutcome::Waiting => ("WAITING", Value::Null, Value::Null),
    };
    let mut members = vec![
        ("status", Slot::Value(json!(status))),
        (output, Slot::Value(said)),
        ("error", Slot::Value(error)),
        ("conversationId", Slot::Value(json!(job.conversation))),
    ];
    // What nodes said is reported to be always null (FUSION-009).
    if agent_rules::mode(facts).is_some_and(|mode| mode == "ADMIN") {
        members.push(("trace", Slot::Value(json!([{ "node": agent.code, "output": null }]))));
    }
    Answer::object(200, members)
}

/// The answer where a defect let something through that names nothing that exists.
pub fn stand_in(route: &Route) -> Answer {
    let body = match route {
        Route::Invoke { .. } => vec![
            ("jobId", Slot::Value(json!("stand-in"))),
            ("status", Slot::Value(json!("RUNNING"))),
        ],
        Route::Status { .. } => vec![
            ("status", Slot::Value(json!("COMPLETE"))),
            ("output", Slot::Value(json!("stand-in"))),
        ],
        Route::Adf(_) | Route::Spectra(_) | Route::Console | Route::Nowhere => {
            vec![("items", Slot::Value(json!([{ "Username": "stand-in" }])))]
        }
    };
    Answer::object(200, body)
}
