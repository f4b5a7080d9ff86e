//! Promises of administration, and the named ways to break them.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Body};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

/// Changes the JSON object of a SCIM answer.
fn change(answer: &mut Answer, change: impl Fn(&mut Map<String, Value>)) {
    if let Body::Json(Value::Object(members)) = &mut answer.body
        && members.contains_key("schemas")
    {
        change(members);
    }
}

/// Changes a list of results.
fn change_list(answer: &mut Answer, how: impl Fn(&mut Map<String, Value>)) {
    change(answer, |members| {
        if members.contains_key("Resources") {
            how(members);
        }
    });
}

/// Changes an error.
fn change_error(answer: &mut Answer, how: impl Fn(&mut Map<String, Value>)) {
    change(answer, |members| {
        if members.contains_key("detail") {
            how(members);
        }
    });
}

/// Changes every user that is shown, alone or in a list.
fn change_users(answer: &mut Answer, how: impl Fn(&mut Map<String, Value>)) {
    change(answer, |members| {
        if members.contains_key("userName") {
            how(members);
        }
        let listed = members
            .get_mut("Resources")
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten();
        for user in listed
            .filter_map(Value::as_object_mut)
            .filter(|user| user.contains_key("userName"))
        {
            how(user);
        }
    });
}

/// What is promised.
pub static ADMIN_PROMISES: &[RuleInfo] = &[
    promise(
        "scim.returned",
        "Nobody is shown a password, and what is shown on request is shown on request only.",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-ADMIN-211",
                "IDCS-ADMIN-212",
                "IDCS-ADMIN-216",
                "IDCS-ADMIN-226",
                "IDCS-ADMIN-341",
            ],
        ),
        &[
            Defect::reshape("password", &["ADM-014"], "shows a digest of the password", |answer| {
                change_users(answer, |user| {
                    user.insert("password".to_owned(), json!("{SSHA512}c3RhbmQtaW4"));
                });
            }),
            Defect::reshape(
                "listed-password",
                &["ADM-014"],
                "lists users with a digest of their passwords",
                |answer| {
                    change_list(answer, |list| {
                        let listed = list
                            .get_mut("Resources")
                            .and_then(Value::as_array_mut)
                            .into_iter()
                            .flatten();
                        for user in listed.filter_map(Value::as_object_mut) {
                            user.insert("password".to_owned(), json!("{SSHA512}c3RhbmQtaW4"));
                        }
                    });
                },
            ),
            Defect::reshape("unasked", &["ADM-014"], "shows the groups of users unasked", |answer| {
                change_users(answer, |user| {
                    user.insert("groups".to_owned(), json!([]));
                });
            }),
        ],
    ),
    promise(
        "scim.chosen",
        "What only the server writes is drawn by the server, whatever a creation says.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-226"]),
        &[Defect::reshape(
            "takes-it",
            &["ADM-012"],
            "takes ids and secrets from who makes a resource",
            |answer| {
                let chosen = answer.hearsay.clone();
                change(answer, |members| {
                    for name in ["id", "clientSecret"] {
                        if let (Some(value), true) = (chosen.get(name), members.contains_key(name)) {
                            members.insert(name.to_owned(), value.clone());
                        }
                    }
                });
            },
        )],
    ),
    promise(
        "me.identity",
        "Who asks about themselves is told about the user of their token.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-344"]),
        &[Defect::reshape(
            "first-user",
            &["ADM-004"],
            "tells everybody about the same user",
            |answer| {
                if answer.hearsay.contains_key("Me") {
                    change(answer, |members| {
                        members.insert("userName".to_owned(), json!("ada.example"));
                    });
                }
            },
        )],
    ),
    promise(
        "scim.envelope",
        "A list says how many there are, where the page begins and how large pages are.",
        grounds(
            Confidence::Documented,
            &["IDCS-ADMIN-213", "IDCS-ADMIN-221", "IDCS-ADMIN-222", "IDCS-ADMIN-C-15"],
        ),
        &[
            Defect::reshape("no-total", &["ADM-021"], "does not say how many there are", |answer| {
                change_list(answer, |list| drop(list.shift_remove("totalResults")));
            }),
            Defect::reshape("from-zero", &["ADM-021"], "counts results from 0", |answer| {
                change_list(answer, |list| {
                    list.insert("startIndex".to_owned(), json!(0));
                });
            }),
            Defect::reshape("over-limit", &["ADM-021"], "gives pages of any size", |answer| {
                change_list(answer, |list| {
                    if list.get("itemsPerPage").and_then(Value::as_u64) == Some(1000) {
                        list.insert("itemsPerPage".to_owned(), json!(1001));
                    }
                });
            }),
        ],
    ),
    promise(
        "scim.search",
        "A search finds those that match, sent as a query or as a body, and no others.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-204", "IDCS-ADMIN-215"]),
        &[Defect::reshape(
            "everything",
            &["ADM-020", "ADM-022"],
            "finds more than what matches",
            |answer| {
                change_list(answer, |list| {
                    list.insert("totalResults".to_owned(), json!(999));
                });
            },
        )],
    ),
    promise(
        "scim.common",
        "Every resource says who made and changed it, whether it is being deleted, and where in the cloud it is.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-224"]),
        &[
            Defect::reshape(
                "by-nobody",
                &["ADM-032"],
                "does not say who made a resource",
                |answer| {
                    change(answer, |members| {
                        drop(members.shift_remove("idcsCreatedBy"));
                        drop(members.shift_remove("idcsLastModifiedBy"));
                    });
                },
            ),
            Defect::reshape(
                "nowhere",
                &["ADM-032"],
                "does not say where in the cloud it is",
                |answer| {
                    change(answer, |members| {
                        for name in ["deleteInProgress", "domainOcid", "compartmentOcid", "tenancyOcid"] {
                            drop(members.shift_remove(name));
                        }
                    });
                },
            ),
        ],
    ),
    promise(
        "scim.order",
        "A list comes in the order that was asked for, ascending where nothing else was said.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-214"]),
        &[Defect::reshape(
            "other-order",
            &["ADM-031"],
            "gives lists in the other order",
            |answer| {
                if answer.hearsay.contains_key("sorted") {
                    change_list(answer, |list| {
                        if let Some(found) = list.get_mut("Resources").and_then(Value::as_array_mut) {
                            found.reverse();
                        }
                    });
                }
            },
        )],
    ),
    promise(
        "scim.created",
        "Who makes a resource is told that it was made, and where it is.",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-ADMIN-225",
                "IDCS-ADMIN-227",
                "IDCS-ADMIN-241",
                "IDCS-ADMIN-906",
                "IDCS-ADMIN-C-11",
            ],
        ),
        &[
            Defect::reshape(
                "no-location",
                &["ADM-029"],
                "does not say where a new resource is",
                |answer| {
                    answer.remove_header("Location");
                },
            ),
            Defect::reshape(
                "status-200",
                &["ADM-029"],
                "answers a creation as if something were read",
                |answer| {
                    if answer.status == 201 {
                        answer.status = 200;
                    }
                },
            ),
        ],
    ),
    promise(
        "scim.tag",
        "Whoever reads a record is told its version as a tag.",
        grounds(Confidence::Assumed, &["IDCS-ADMIN-225", "IDCS-ADMIN-905"]),
        &[Defect::reshape(
            "no-tag",
            &["ADM-024"],
            "gives no tag with a record",
            |answer| {
                answer.remove_header("ETag");
            },
        )],
    ),
    promise(
        "scim.error",
        "An error is a SCIM error: its schema, a text, and the status as a text.",
        grounds(
            Confidence::Observed,
            &["IDCS-ADMIN-050", "IDCS-ADMIN-251", "IDCS-ADMIN-C-6"],
        ),
        &[
            Defect::reshape(
                "no-schema",
                &["ADM-028"],
                "does not say that an error is one",
                |answer| {
                    change_error(answer, |error| {
                        error.insert("schemas".to_owned(), json!([]));
                    });
                },
            ),
            Defect::reshape(
                "status-number",
                &["ADM-028", "ORA-026", "ORA-114", "ORA-115"],
                "writes the status of an error as a number",
                |answer| {
                    let status = answer.status;
                    change_error(answer, |error| {
                        error.insert("status".to_owned(), json!(status));
                    });
                },
            ),
        ],
    ),
];
