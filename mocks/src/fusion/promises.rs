//! Promises of a pod: what its answers look like, and the named ways to break that.

use serde_json::json;

use crate::answer::Answer;
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

fn change_challenge(answer: &mut Answer, change: impl Fn(&str) -> String) {
    if let Some(challenge) = answer
        .header_value("WWW-Authenticate")
        .filter(|challenge| challenge.starts_with("Bearer"))
    {
        let changed = change(challenge);
        answer.set_header("WWW-Authenticate", changed);
    }
}

/// Whether this is the page that names the user of the token.
fn names_its_caller(answer: &Answer) -> bool {
    let items = answer.member("items");
    items.is_some_and(|items| items.pointer("/0/selfDetailsUniqID").is_some())
}

/// What is promised of an answer that grants.
pub static GRANT_PROMISES: &[RuleInfo] = &[
    promise(
        "page.identity",
        "The page names the user of the token, whatever else the request says.",
        grounds(Confidence::Documented, &["FUSION-320", "FUSION-321"]),
        &[
            Defect::reshape(
                "one-for-all",
                &["ORA-146"],
                "shows everybody the same person",
                |answer| {
                    if names_its_caller(answer) {
                        answer.set_member(
                            "items",
                            json!([{ "Username": "ada.example", "DisplayName": "Ada Employee" }]),
                        );
                    }
                },
            ),
            Defect::reshape(
                "from-header",
                &["ROL-016"],
                "believes a header field that names a user",
                |answer| {
                    if let Some(user) = answer.hearsay.get("user").cloned().filter(|_| names_its_caller(answer)) {
                        answer.set_member("items", json!([{ "Username": user }]));
                    }
                },
            ),
        ],
    ),
    promise(
        "agent.outcome",
        "A job runs, and then says how it ended: COMPLETE, ERROR or WAITING.",
        grounds(Confidence::Observed, &["FUSION-013", "FUSION-014"]),
        &[
            Defect::reshape("completed", &["AGT-009"], "says COMPLETED for COMPLETE", |answer| {
                if answer.member("status") == Some(&json!("COMPLETE")) {
                    answer.set_member("status", json!("COMPLETED"));
                }
            }),
            Defect::reshape(
                "error-as-complete",
                &["AGT-010"],
                "says COMPLETE of a job that failed",
                |answer| {
                    if answer.member("status") == Some(&json!("ERROR")) {
                        answer.set_member("status", json!("COMPLETE"));
                    }
                },
            ),
            Defect::reshape(
                "waiting-as-complete",
                &["AGT-011"],
                "says COMPLETE of a job that waits for a person",
                |answer| {
                    if answer.member("status") == Some(&json!("WAITING")) {
                        answer.set_member("status", json!("COMPLETE"));
                    }
                },
            ),
            Defect::reshape(
                "no-job-id",
                &["AGT-012"],
                "takes an agent call on without naming the job",
                |answer| answer.remove_member("jobId"),
            ),
        ],
    ),
    promise(
        "answer.private",
        "Answers to bearer requests are not kept by shared caches.",
        grounds(Confidence::Observed, &["FUSION-309"]),
        &[Defect::reshape(
            "public",
            &["RSV-059"],
            "lets any cache keep the answer",
            |answer| {
                answer.set_header("Cache-Control", "public, max-age=3600");
            },
        )],
    ),
];

/// What is promised of every refusal.
pub static REFUSAL_PROMISES: &[RuleInfo] = &[
    promise(
        "challenge.form",
        "A Bearer challenge has a parameter, each once, and names an error only where a token was sent.",
        grounds(Confidence::Specified, &["FUSION-U-29"]),
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
            Defect::reshape("twice", &["RSV-005"], "writes a parameter twice", |answer| {
                change_challenge(answer, |challenge| {
                    if challenge.contains("error=") {
                        challenge.to_owned()
                    } else {
                        format!("{challenge}, realm=\"again\"")
                    }
                });
            }),
            Defect::reshape(
                "characters",
                &["RSV-066"],
                "writes a backslash and an umlaut into the error",
                |answer| {
                    change_challenge(answer, |challenge| {
                        challenge.replace(
                            "error=\"invalid_token\"",
                            "error=\"invalid_token\", error_description=\"f\u{fc}r \\\"du\\\"\"",
                        )
                    });
                },
            ),
        ],
    ),
    promise(
        "refusal.no-echo",
        "A refusal does not repeat the token.",
        grounds(Confidence::Specified, &[]),
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
];
