//! Promises of an instance: what its answers look like, and the named ways to break that.

use crate::answer::Answer;
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
