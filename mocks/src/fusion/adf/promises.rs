//! What the classic stack's answers are promised to be like, and the named ways to break that.

use serde_json::{Value, json};

use crate::answer::{Answer, Body, Slot};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

/// Whether an answer is a page of rows.
fn is_collection(answer: &Answer) -> bool {
    answer.has_member("items") && answer.has_member("hasMore")
}

/// Changes the rows of a collection.
fn with_items(answer: &mut Answer, change: fn(&mut Value)) {
    if let Some(mut items) = answer.member("items").cloned().filter(|_| is_collection(answer)) {
        if let Some(items) = items.as_array_mut() {
            items.iter_mut().for_each(change);
        }
        answer.set_member("items", items);
    }
}

/// Changes a single row.
fn with_item(answer: &mut Answer, change: impl FnOnce(&mut serde_json::Map<String, Value>)) {
    if let Body::Json(Value::Object(item)) = &mut answer.body {
        change(item);
    }
}

fn without_header(answer: &mut Answer, name: &str) {
    answer.remove_header(name);
}

/// What is promised of an answer that grants.
pub static GRANT_PROMISES: &[RuleInfo] = &[
    promise(
        "adf.collection",
        "A collection says how many rows it holds, whether there are more, and which page it is.",
        grounds(Confidence::Observed, &["FUSION-302", "FUSION-303", "FUSION-C-17"]),
        &[
            Defect::reshape(
                "bare",
                &["ADF-001"],
                "gives the rows and nothing about them",
                |answer| {
                    if is_collection(answer) {
                        for name in ["count", "hasMore", "limit", "offset"] {
                            answer.remove_member(name);
                        }
                    }
                },
            ),
            Defect::reshape(
                "larger-page",
                &["ADF-002"],
                "has a larger page where nobody says",
                |answer| {
                    if is_collection(answer) && answer.hearsay.get("asked-limit") == Some(&Value::Null) {
                        answer.set_member("limit", json!(100));
                    }
                },
            ),
            Defect::reshape(
                "limit-as-asked",
                &["ADF-003"],
                "says the limit that was asked for, not the one that was used",
                |answer| {
                    if let Some(asked) = answer.hearsay.get("asked-limit").cloned().filter(Value::is_number) {
                        answer.set_member_if_there("limit", asked);
                    }
                },
            ),
            Defect::reshape("no-more", &["ADF-004"], "never says that there is more", |answer| {
                answer.set_member_if_there("hasMore", json!(false));
            }),
            Defect::reshape(
                "always-more",
                &["ADF-004"],
                "always says that there is more",
                |answer| {
                    answer.set_member_if_there("hasMore", json!(true));
                },
            ),
            Defect::reshape(
                "no-links",
                &["ADF-005"],
                "gives rows without their addresses",
                |answer| {
                    with_items(answer, |item| {
                        if let Some(item) = item.as_object_mut() {
                            item.remove("links");
                        }
                    });
                },
            ),
        ],
    ),
    promise(
        "adf.nested",
        "Rows below rows are a bare list before framework version 3, and a collection from then on.",
        grounds(Confidence::Documented, &["FUSION-307"]),
        &[Defect::reshape(
            "otherwise",
            &["ADF-010"],
            "gives rows below rows in the form of the other versions",
            |answer| {
                if let Some(items) = answer.hearsay.get("nested-otherwise").cloned().filter(Value::is_array) {
                    answer.set_member_if_there("items", items);
                }
            },
        )],
    ),
    promise(
        "adf.media-types",
        "Collections, items and descriptions are labelled as what they are.",
        grounds(Confidence::Documented, &["FUSION-304"]),
        &[Defect::reshape(
            "plain",
            &["ADF-006"],
            "labels everything as plain text",
            |answer| {
                let is_own = answer
                    .header_value("Content-Type")
                    .is_some_and(|label| label.starts_with("application/vnd.oracle.adf"));
                if is_own {
                    answer.set_header("Content-Type", "text/plain");
                }
            },
        )],
    ),
    promise(
        "adf.framework-version-said",
        "An answer says its framework version: the one that was asked for, or the pod's own.",
        grounds(Confidence::Documented, &["FUSION-305", "FUSION-C-14"]),
        &[
            Defect::reshape("unsaid", &["ADF-007"], "does not say the framework version", |answer| {
                without_header(answer, "REST-Framework-Version");
            }),
            Defect::reshape("always-one", &["ADF-007"], "says 1 whatever was asked for", |answer| {
                if answer.header_value("REST-Framework-Version").is_some() {
                    answer.set_header("REST-Framework-Version", "1");
                }
            }),
        ],
    ),
    promise(
        "adf.versions",
        "A context root lists its versions, with the framework versions that it takes.",
        grounds(Confidence::Documented, &["FUSION-306"]),
        &[Defect::reshape(
            "unlisted",
            &["ADF-009"],
            "does not list the framework versions",
            |answer| {
                if answer.has_member("items") && !is_collection(answer) {
                    answer.set_member("items", json!([]));
                }
            },
        )],
    ),
    promise(
        "adf.entity",
        "A row comes with its entity tag; one that was made, with its address, port and all.",
        grounds(Confidence::Observed, &["FUSION-308", "FUSION-309"]),
        &[
            Defect::reshape(
                "no-etag",
                &["ADF-017"],
                "gives a row without its entity tag",
                |answer| {
                    without_header(answer, "ETag");
                },
            ),
            Defect::reshape(
                "no-location",
                &["ADF-018"],
                "makes a row without saying where",
                |answer| {
                    if answer.status == 201 {
                        without_header(answer, "Location");
                    }
                },
            ),
            Defect::reshape("no-link", &["ADF-018"], "makes a row without a link to it", |answer| {
                without_header(answer, "Link");
            }),
        ],
    ),
    promise(
        "adf.header-fields",
        "Answers carry the protective header fields that live ones were seen to have.",
        grounds(Confidence::Observed, &["FUSION-309"]),
        &[
            Defect::reshape("no-hsts", &["ADF-019"], "does not insist on TLS", |answer| {
                without_header(answer, "Strict-Transport-Security");
            }),
            Defect::reshape("no-language", &["ADF-019"], "does not say its language", |answer| {
                without_header(answer, "Content-Language");
            }),
            Defect::reshape(
                "no-referrer-policy",
                &["ADF-019"],
                "lets addresses leak to others",
                |answer| {
                    without_header(answer, "Referrer-Policy");
                },
            ),
        ],
    ),
    promise(
        "data.narrowed",
        "A user sees the rows that their data access covers, and no others.",
        grounds(Confidence::Documented, &["FUSION-401", "FUSION-318"]),
        &[Defect::reshape(
            "all-rows",
            &["ADF-023"],
            "shows all rows to everybody",
            |answer| {
                if let Some(items) = answer.hearsay.get("all-items").cloned() {
                    answer.set_member_if_there("items", items);
                }
            },
        )],
    ),
    promise(
        "adf.trace",
        "A change stands under the name of the user whose token it was, not of the client.",
        grounds(Confidence::Documented, &["FUSION-408", "FUSION-409"]),
        &[Defect::reshape(
            "client",
            &["ADF-034"],
            "puts the client's name under changes",
            |answer| {
                let client = answer.hearsay.get("client").cloned().unwrap_or_default();
                with_item(answer, |item| {
                    if let Some(by) = item.get_mut("LastUpdatedBy") {
                        *by = client;
                    }
                });
            },
        )],
    ),
    promise(
        "adf.accounts",
        "An account's numbers are numbers, its flags are flags, and its GUID has 32 hexadecimal digits.",
        grounds(Confidence::Documented, &["FUSION-322"]),
        &[
            Defect::reshape("ids-as-text", &["ADF-025"], "writes numbers as texts", |answer| {
                with_items(answer, |item| {
                    if let Some(id) = item.get_mut("UserId") {
                        *id = json!(id.to_string());
                    }
                });
            }),
            Defect::reshape("flags-as-text", &["ADF-025"], "writes flags as texts", |answer| {
                with_items(answer, |item| {
                    if let Some(flag) = item.get_mut("SuspendedFlag") {
                        *flag = json!("N");
                    }
                });
            }),
        ],
    ),
];

/// What is promised of every refusal.
pub static REFUSAL_PROMISES: &[RuleInfo] = &[promise(
    "adf.errors",
    "From framework version 4 on an error is an object whose status is a text, for clients that take JSON; else a text or nothing.",
    grounds(
        Confidence::Observed,
        &["FUSION-313", "FUSION-314", "FUSION-U-16", "FUSION-U-17"],
    ),
    &[
        Defect::reshape(
            "status-as-number",
            &["ADF-011"],
            "writes the status as a number",
            |answer| {
                if answer.member("status").is_some_and(Value::is_string) && answer.hearsay.contains_key("structured") {
                    answer.set_member("status", json!(answer.status));
                }
            },
        ),
        Defect::reshape(
            "never-structured",
            &["ADF-011", "ADF-012"],
            "never says what was wrong as an object",
            |answer| {
                if answer.hearsay.contains_key("structured") {
                    answer.body = Body::Page("Refused.".to_owned());
                    answer.set_header("Content-Type", "text/plain");
                }
            },
        ),
        Defect::reshape(
            "always-structured",
            &["ADF-012"],
            "gives errors as objects to those who do not take them",
            |answer| {
                if let Some(Value::Object(structured)) = answer.hearsay.get("structured").cloned() {
                    let member =
                        |name: &'static str| (name, Slot::Value(structured.get(name).cloned().unwrap_or_default()));
                    answer.body = Body::Object(vec![member("title"), member("status"), member("o:errorDetails")]);
                    answer.set_header("Content-Type", "application/vnd.oracle.adf.error+json");
                }
            },
        ),
    ],
)];
