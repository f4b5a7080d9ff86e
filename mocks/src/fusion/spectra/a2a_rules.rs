//! Rules and promises on the agent-to-agent surface.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::fusion::facts::{PodEndpoint, PodRequest, Route};
use crate::fusion::spectra::Asked;
use crate::fusion::spectra::a2a::{self, Call, METHODS};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, Denials, Rule, RuleInfo, Verdict, grounds, guard, neighbour, promise};
use crate::wire::BODY_LIMIT;

/// The call, where the request is one.
fn call(facts: &PodRequest) -> Option<Call> {
    match &facts.route {
        Route::Spectra(Asked::Call { .. }) => Some(Call::read(facts)),
        _ => None,
    }
}

/// Whether the body is JSON of bounded size, be it an object or not.
fn is_json(facts: &PodRequest) -> bool {
    let body = &facts.request.body;
    facts.body.is_some() || (body.len() <= BODY_LIMIT && serde_json::from_slice::<Value>(body).is_ok())
}

/// Answers the error with a code that means something else.
const fn other_rpc_code(rows: &'static [&'static str]) -> Defect {
    Defect::reshape(
        "other-rpc-code",
        rows,
        "refuses with a code that means something else",
        |answer| {
            if let Some(mut error) = answer.member("error").cloned().filter(Value::is_object) {
                error["code"] = json!(-32603);
                answer.set_member("error", error);
            }
        },
    )
}

/// The table.
pub static A2A_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "a2a.parse",
        "A call of an agent is JSON of bounded size.",
        grounds(Confidence::Assumed, &["FUSION-020"]),
        &["path.method", "invoke.media-type"],
        &[
            Defect::skip("too-large", &["A2A-008"], "reads a call of any size"),
            Defect::skip("not-json", &["A2A-008"], "takes a call that is no JSON"),
            other_rpc_code(&["A2A-008"]),
        ],
        |facts| {
            if call(facts).is_none() {
                Verdict::NotApplicable
            } else if facts.request.body.len() > BODY_LIMIT {
                Verdict::violated("too-large", "the body is larger than 1 MiB")
            } else if !is_json(facts) {
                Verdict::violated("not-json", "the body is no JSON")
            } else {
                Verdict::Held
            }
        },
        Denials::same(400, "", "Parse error"),
    ),
    guard::<PodEndpoint>(
        "a2a.request",
        "A call of an agent is a JSON-RPC 2.0 request with a method and an id.",
        grounds(Confidence::Documented, &["FUSION-020"]),
        &["a2a.parse"],
        &[
            Defect::skip(
                "version",
                &["A2A-008"],
                "takes calls of another version of the protocol",
            ),
            Defect::skip("no-method", &["A2A-008"], "takes calls that call nothing"),
            Defect::skip("no-id", &["A2A-008"], "takes calls that want no answer"),
            Defect::overreach("number-as-id", &["A2A-006"], "knows ids that are texts only"),
            other_rpc_code(&["A2A-008"]),
        ],
        |facts| {
            let Some(call) = call(facts).filter(|_| is_json(facts)) else {
                return Verdict::NotApplicable;
            };
            if call.version != "2.0" {
                Verdict::violated("version", "`jsonrpc` is not 2.0")
            } else if call.method.is_empty() {
                Verdict::violated("no-method", "`method` is missing or no text")
            } else if !(call.id.is_string() || call.id.is_number()) {
                Verdict::violated("no-id", "`id` is neither a text nor a number")
            } else {
                Verdict::Held
            }
        },
        Denials::same(400, "", "Invalid request"),
    )
    .beside(&[neighbour("number-as-id", |facts| {
        call(facts).is_some_and(|call| call.id.is_number())
    })]),
    guard::<PodEndpoint>(
        "a2a.method",
        "The method is one of three.",
        grounds(Confidence::Documented, &["FUSION-020"]),
        &["a2a.request"],
        &[
            Defect::skip("unknown", &["A2A-009"], "takes any method for a message"),
            other_rpc_code(&["A2A-009"]),
        ],
        |facts| match call(facts).filter(|call| !call.method.is_empty()) {
            Some(call) if METHODS.contains(&call.method.as_str()) => Verdict::Held,
            Some(_) => Verdict::violated("unknown", "there is no such method"),
            None => Verdict::NotApplicable,
        },
        Denials::same(404, "", "Method not found"),
    ),
    guard::<PodEndpoint>(
        "a2a.params",
        "A message has the role `user` and a text part; a task is asked for by its id.",
        grounds(Confidence::Documented, &["FUSION-020", "FUSION-030"]),
        &["a2a.method"],
        &[
            Defect::skip("no-text", &["A2A-010"], "takes messages that say nothing"),
            Defect::skip("other-role", &["A2A-010"], "takes messages in the name of the agent"),
            Defect::skip("no-id", &["A2A-010"], "answers for no task in particular"),
            other_rpc_code(&["A2A-010"]),
        ],
        |facts| {
            let Some(call) = call(facts) else {
                return Verdict::NotApplicable;
            };
            if call.is_send() && call.text().is_none() {
                Verdict::violated("no-text", "the message has no text part that says something")
            } else if call.is_send() && call.params["message"]["role"] != "user" {
                Verdict::violated("other-role", "the role of the message is not `user`")
            } else if call.method == "tasks/get" && call.task().is_none() {
                Verdict::violated("no-id", "`id` of the task is missing or no text")
            } else {
                Verdict::Held
            }
        },
        Denials::same(400, "", "Invalid params"),
    ),
    guard::<PodEndpoint>(
        "a2a.task",
        "The task exists, is this agent's and was started by the user who asks for it.",
        grounds(Confidence::Documented, &["FUSION-022", "FUSION-U-07"]),
        &["a2a.params", "agent.known", "access.user-known"],
        &[
            Defect::skip("unknown", &["A2A-011"], "answers for tasks that do not exist"),
            Defect::skip(
                "of-another-agent",
                &["A2A-011"],
                "answers for the tasks of another agent",
            ),
            Defect::skip("of-another-user", &["A2A-011", "ORA-159"], "shows tasks to other users"),
            other_rpc_code(&["A2A-011"]),
        ],
        |facts| {
            let Some(call) = call(facts).filter(|call| call.method == "tasks/get") else {
                return Verdict::NotApplicable;
            };
            let Some(id) = call.task() else {
                return Verdict::NotApplicable;
            };
            let job = a2a::task_of(facts, id);
            match (job, facts.agent(), facts.user()) {
                (None, ..) => Verdict::violated("unknown", "there is no such task"),
                (Some(job), Some(agent), _) if job.agent != agent.code => {
                    Verdict::violated("of-another-agent", "the task is another agent's")
                }
                (Some(job), _, Some(user)) if job.user != user.name => {
                    Verdict::violated("of-another-user", "the task was started by another user")
                }
                _ => Verdict::Held,
            }
        },
        Denials::same(404, "", "Task not found"),
    ),
    guard::<PodEndpoint>(
        "a2a.search",
        "A search for agents is a JSON object; `skip` and `top` are whole numbers.",
        grounds(Confidence::Assumed, &["FUSION-020"]),
        &["path.method", "invoke.media-type"],
        &[
            Defect::skip("not-an-object", &["A2A-012"], "takes a search that is no JSON object"),
            Defect::skip("no-number", &["A2A-012"], "passes over pages that it cannot read"),
        ],
        |facts| {
            if !matches!(facts.route, Route::Spectra(Asked::Search)) {
                return Verdict::NotApplicable;
            }
            let Some(body) = &facts.body else {
                return Verdict::violated("not-an-object", "the body is not a JSON object");
            };
            let is_number = |name: &str| body.json(name).is_none_or(|value| value.is_u64() || value.is_null());
            if is_number("skip") && is_number("top") {
                Verdict::Held
            } else {
                Verdict::violated("no-number", "`skip` or `top` is no whole number")
            }
        },
        Denials::same(400, "", "The search cannot be read."),
    ),
];

/// Changes the task of an answer.
fn with_task(answer: &mut Answer, change: impl FnOnce(&mut Value)) {
    if let Some(mut task) = answer.member("result").cloned().filter(Value::is_object) {
        change(&mut task);
        answer.set_member("result", task);
    }
}

/// What is promised of an answer that grants.
pub static GRANT_PROMISES: &[RuleInfo] = &[
    promise(
        "a2a.card",
        "The card of an agent says where it is called and that it wants a bearer token.",
        grounds(Confidence::Documented, &["FUSION-020", "FUSION-022"]),
        &[
            Defect::reshape(
                "no-security",
                &["A2A-001"],
                "does not say how to authenticate",
                |answer| {
                    answer.remove_member("securitySchemes");
                },
            ),
            Defect::reshape(
                "no-address",
                &["A2A-001"],
                "does not say where the agent is",
                |answer| {
                    if answer.has_member("securitySchemes") {
                        answer.remove_member("url");
                    }
                },
            ),
        ],
    ),
    promise(
        "a2a.found",
        "A search finds the agents of that name that were published.",
        grounds(Confidence::Assumed, &["FUSION-020"]),
        &[
            Defect::reshape(
                "drafts",
                &["A2A-004"],
                "shows agents that were not published",
                |answer| {
                    if let Some(agents) = answer.hearsay.get("agents-with-drafts").cloned() {
                        answer.set_member_if_there("agents", agents);
                    }
                },
            ),
            Defect::reshape(
                "any-name",
                &["A2A-004"],
                "finds every agent whatever is searched",
                |answer| {
                    if let Some(agents) = answer.hearsay.get("agents-of-any-name").cloned() {
                        answer.set_member_if_there("agents", agents);
                    }
                },
            ),
        ],
    ),
    promise(
        "a2a.task-shown",
        "A call is answered by its own id with a task, whose states are the words of the protocol.",
        grounds(Confidence::Documented, &["FUSION-020", "FUSION-021"]),
        &[
            Defect::reshape("other-id", &["A2A-006"], "answers another call", |answer| {
                if answer.has_member("jsonrpc") {
                    answer.set_member("id", json!("another-id"));
                }
            }),
            Defect::reshape(
                "no-task-id",
                &["A2A-005"],
                "takes a message on without naming the task",
                |answer| {
                    with_task(answer, |task| {
                        if let Some(task) = task.as_object_mut() {
                            task.remove("id");
                        }
                    });
                },
            ),
            Defect::reshape(
                "job-words",
                &["A2A-007"],
                "says of tasks what is said of jobs",
                |answer| {
                    with_task(answer, |task| {
                        if task["status"]["state"] == "completed" {
                            task["status"]["state"] = json!("COMPLETE");
                        }
                    });
                },
            ),
            Defect::reshape(
                "no-artifact",
                &["A2A-007"],
                "completes a task without a word",
                |answer| {
                    with_task(answer, |task| {
                        if let Some(task) = task.as_object_mut() {
                            task.remove("artifacts");
                        }
                    });
                },
            ),
        ],
    ),
];
