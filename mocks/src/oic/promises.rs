//! Promises of an instance: what its answers look like, and the named ways to break that.

use serde_json::{Value, json};

use crate::answer::{Answer, Body, Slot};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

fn change_challenge(answer: &mut Answer, change: impl Fn(&str) -> String) {
    if let Some(challenge) = answer.header_value("WWW-Authenticate") {
        let changed = change(challenge);
        answer.set_header("WWW-Authenticate", changed);
    }
}

fn change_location(answer: &mut Answer, change: impl Fn(&str) -> String) {
    if answer.status == 307
        && let Some(location) = answer.header_value("Location")
    {
        let changed = change(location);
        answer.set_header("Location", changed);
    }
}

fn change_json(answer: &mut Answer, change: impl Fn(&mut Value)) {
    if let Body::Json(body) = &mut answer.body
        && answer.status == 200
        && body.is_object()
    {
        change(body);
    }
}

fn list_in<'a>(body: &'a mut Value, name: &str) -> impl Iterator<Item = &'a mut Value> {
    body.get_mut(name).and_then(Value::as_array_mut).into_iter().flatten()
}

fn set_if_there(body: &mut Value, name: &str, value: Value) {
    if let Some(member) = body.get_mut(name) {
        *member = value;
    }
}

/// What is promised of an answer that grants.
pub static GRANT_PROMISES: &[RuleInfo] = &[
    promise(
        "oic.answer-private",
        "Answers to requests with credentials are not kept by shared caches.",
        grounds(Confidence::Assumed, &["OIC-031"]),
        &[Defect::reshape(
            "public",
            &["RSV-059"],
            "lets any cache keep the answer",
            |answer| answer.set_header("Cache-Control", "public, max-age=3600"),
        )],
    ),
    promise(
        "oic.run-answer",
        "What an integration answers reaches the caller as it stands, as JSON in UTF-8.",
        grounds(Confidence::Observed, &["OIC-031", "OIC-072"]),
        &[
            Defect::reshape("other-label", &["INT-032"], "labels it as plain text", |answer| {
                if answer.status == 200 && matches!(answer.body, Body::Json(_)) {
                    answer.set_header("Content-Type", "text/plain");
                }
            }),
            Defect::reshape("other-words", &["INT-032"], "changes what was said", |answer| {
                change_json(answer, |body| set_if_there(body, "message", json!("HELLO")));
            }),
        ],
    ),
    promise(
        "oic.roles-now",
        "A role opens what it opens as soon as it is granted, to tokens that are out already.",
        grounds(Confidence::Assumed, &["OIC-134", "OIC-260"]),
        &[Defect::reshape(
            "at-issue",
            &["ORA-174"],
            "knows the roles that a client had when its token was made",
            |answer| {
                if answer.hearsay.get("role-newer-than-token") == Some(&json!(true)) {
                    answer.status = 401;
                }
            },
        )],
    ),
    promise(
        "oic.sent-on",
        "A call of the API for developers at the instance's own host is sent on to the design host, as it is.",
        grounds(Confidence::Observed, &["OIC-005"]),
        &[
            Defect::reshape(
                "other-status",
                &["INT-029"],
                "sends on by a status that changes the method",
                |answer| {
                    if answer.status == 307 {
                        answer.status = 302;
                    }
                },
            ),
            Defect::reshape("no-query", &["INT-029"], "loses the query on the way", |answer| {
                change_location(answer, |location| {
                    location.split('?').next().unwrap_or_default().to_owned()
                });
            }),
            Defect::reshape(
                "to-itself",
                &["INT-029"],
                "sends on to where the call came from",
                |answer| {
                    change_location(answer, |location| location.replace("//design.", "//nowhere."));
                },
            ),
        ],
    ),
    promise(
        "oic.records",
        "Lists and records are those that were asked for, as they stand now.",
        grounds(
            Confidence::Observed,
            &["OIC-073", "OIC-074", "OIC-075", "OIC-077", "OIC-082"],
        ),
        &[
            Defect::reshape("no-total", &["INT-033"], "does not say how many there are", |answer| {
                change_json(answer, |body| {
                    if let Some(members) = body.as_object_mut() {
                        members.remove("totalResults");
                    }
                });
            }),
            Defect::reshape(
                "endless",
                &["INT-033"],
                "says that nothing follows where more does",
                |answer| {
                    change_json(answer, |body| set_if_there(body, "hasMore", json!(false)));
                },
            ),
            Defect::reshape(
                "one-status",
                &["INT-034", "INT-035", "INT-036"],
                "shows every integration as failed",
                |answer| {
                    change_json(answer, |body| {
                        if body.get("code").is_some() {
                            set_if_there(body, "status", json!("FAILEDACTIVATION"));
                        }
                        for item in list_in(body, "items") {
                            set_if_there(item, "status", json!("FAILEDACTIVATION"));
                        }
                    });
                },
            ),
            Defect::reshape(
                "shows-secrets",
                &["INT-037"],
                "shows the secrets of connections",
                |answer| {
                    change_json(answer, |body| {
                        for property in list_in(body, "securityProperties") {
                            if property["propertyName"] == "clientSecret" {
                                property["propertyValue"] = json!("not so secret");
                            }
                        }
                    });
                },
            ),
        ],
    ),
    promise(
        "oic.outbound-identity",
        "A target sees whom the connection stands for: the caller where it propagates, its account elsewhere.",
        grounds(Confidence::Inferred, &["OIC-187", "OIC-188"]),
        &[
            Defect::reshape(
                "one-for-all",
                &["INT-060", "INT-061"],
                "shows everybody somebody else's answer",
                |answer| {
                    change_json(answer, |body| {
                        for item in list_in(body, "items") {
                            set_if_there(item, "Username", json!("somebody.else"));
                        }
                    });
                },
            ),
            Defect::reshape(
                "swallowed",
                &["INT-062"],
                "answers nothing of what the target said",
                |answer| {
                    if matches!(&answer.body, Body::Json(body) if body["items"][0]["Username"].is_string()) {
                        answer.status = 500;
                    }
                },
            ),
        ],
    ),
    promise(
        "oic.outbound-fault",
        "What a target or a domain refuses is reported: as a fault of the integration, or as the result of a connection test.",
        grounds(
            Confidence::Observed,
            &["OIC-043", "OIC-090", "OIC-095", "OIC-096", "OIC-206", "OIC-222"],
        ),
        &[
            Defect::reshape(
                "always-green",
                &["INT-063", "INT-064"],
                "says that all is well where the target refused",
                |answer| {
                    if answer.status == 500 {
                        answer.status = 200;
                    }
                },
            ),
            Defect::reshape(
                "other-text",
                &["INT-064"],
                "reports the failed test of a connection by another text",
                |answer| {
                    if answer.status == 500 {
                        answer.set_member_if_there("detail", json!("Something went wrong."));
                    }
                },
            ),
            Defect::reshape(
                "swallowed-refresh",
                &["INT-065"],
                "says that no token could be refreshed, and not what the domain said of it",
                |answer| {
                    let details = answer
                        .members_mut()
                        .into_iter()
                        .flatten()
                        .filter(|(name, _)| matches!(*name, "errorDetails" | "o:errorDetails"));
                    for (_, slot) in details {
                        if let Slot::Value(Value::Array(list)) = slot {
                            list.retain(|detail| !detail.to_string().contains("invalid_grant"));
                        }
                    }
                },
            ),
            Defect::reshape(
                "always-red",
                &["INT-066"],
                "reports a failure of connections that work",
                |answer| {
                    if matches!(&answer.body, Body::Json(body) if body["status"] == "CONFIGURED" && body.get("name").is_none())
                    {
                        answer.status = 409;
                    }
                },
            ),
        ],
    ),
    promise(
        "oic.consent",
        "Consent leads to the domain with a state, and back to the callback of the instance.",
        grounds(Confidence::Observed, &["OIC-180", "OIC-181"]),
        &[
            Defect::reshape(
                "stateless",
                &["INT-053"],
                "asks for consent without a state",
                |answer| answer.remove_member("state"),
            ),
            Defect::reshape(
                "unfinished",
                &["INT-053"],
                "does not thank a person who consented",
                |answer| {
                    if matches!(answer.body, Body::Page(_)) {
                        answer.status = 204;
                    }
                },
            ),
        ],
    ),
];

/// What is promised of every refusal.
pub static REFUSAL_PROMISES: &[RuleInfo] = &[
    promise(
        "oic.challenge-form",
        "A challenge has a parameter, each once, and names an error only where a token was sent.",
        grounds(Confidence::Assumed, &["OIC-200", "OIC-201", "OIC-243"]),
        &[
            Defect::reshape(
                "error-without-token",
                &["RSV-003"],
                "names an error where no token was sent",
                |answer| {
                    change_challenge(answer, |challenge| {
                        if challenge.contains("error=") {
                            challenge.to_owned()
                        } else {
                            format!("{challenge}, error=\"invalid_token\"")
                        }
                    });
                },
            ),
            Defect::reshape("bare", &["RSV-004"], "challenges without any parameter", |answer| {
                change_challenge(answer, |challenge| {
                    if challenge.contains("error=") {
                        challenge.to_owned()
                    } else {
                        "Bearer".to_owned()
                    }
                });
            }),
        ],
    ),
    promise(
        "oic.refusal-no-echo",
        "A refusal does not repeat the token.",
        grounds(Confidence::Specified, &["OIC-201"]),
        &[Defect::reshape(
            "echoes",
            &["RSV-058"],
            "repeats the token in the refusal",
            |answer| {
                if let Some(token) = answer.hearsay.get("token").cloned() {
                    answer.set_member_if_there("detail", token);
                }
            },
        )],
    ),
    promise(
        "oic.fault-form",
        "A fault says what happened in `title` and `detail`, and its further members are prefixed where the trigger is old.",
        grounds(Confidence::Documented, &["OIC-040", "OIC-041", "OIC-042"]),
        &[
            Defect::reshape("untitled", &["INT-030"], "leaves out the title", |answer| {
                answer.remove_member("title");
            }),
            Defect::reshape(
                "other-prefix",
                &["INT-031"],
                "prefixes where it should not, and the reverse",
                |answer| {
                    let pairs = [("errorCode", "o:errorCode"), ("errorDetails", "o:errorDetails")];
                    for member in answer.members_mut().into_iter().flatten() {
                        for (plain, prefixed) in pairs {
                            if member.0 == plain {
                                member.0 = prefixed;
                            } else if member.0 == prefixed {
                                member.0 = plain;
                            }
                        }
                    }
                },
            ),
        ],
    ),
];
