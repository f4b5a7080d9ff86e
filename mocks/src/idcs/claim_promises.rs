//! Promises about the claims by which a token names who is behind it: client, user, domain, session (IDCS-OAUTH-326 to IDCS-OAUTH-355).
//!
//! What an API must judge a token by (issuer, audience, times, scopes) is in [`super::promises`].

use serde_json::Value;

use crate::answer::{Answer, UnsignedToken};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

/// Changes every access token in an answer for which a claim stands.
fn where_there(answer: &mut Answer, claim: &str, change: impl Fn(&mut UnsignedToken)) {
    let access_tokens = answer.tokens_mut().filter(|(name, _)| *name == "access_token");
    for (_, token) in access_tokens {
        if token.claims.contains_key(claim) {
            change(token);
        }
    }
}

fn without(answer: &mut Answer, claims: &[&str]) {
    for claim in claims {
        where_there(answer, claim, |token| drop(token.claims.shift_remove(*claim)));
    }
}

/// What is promised.
pub static CLAIM_PROMISES: &[RuleInfo] = &[
    promise(
        "issued.client",
        "A token names the application that asked by its display name and its id, and the domain of both by its stripe.",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-OAUTH-326",
                "IDCS-OAUTH-327",
                "IDCS-OAUTH-328",
                "IDCS-OAUTH-330",
                "IDCS-OAUTH-331",
            ],
        ),
        &[
            Defect::reshape("no-client-name", &["CLM-001"], "leaves out `client_name`", |answer| {
                without(answer, &["client_name"]);
            }),
            Defect::reshape("no-application", &["CLM-001"], "leaves out `client_guid`", |answer| {
                without(answer, &["client_guid"]);
            }),
            Defect::reshape(
                "no-tenant",
                &["CLM-001"],
                "leaves out the names of the domain",
                |answer| {
                    without(answer, &["client_tenantname", "tenant", "user.tenant.name"]);
                },
            ),
        ],
    ),
    promise(
        "issued.user",
        "A token for a user names their domain, by stripe and by address, and says how they are called and what they speak.",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-OAUTH-313",
                "IDCS-OAUTH-332",
                "IDCS-OAUTH-333",
                "IDCS-OAUTH-340",
                "IDCS-OAUTH-341",
                "IDCS-ADMIN-133",
            ],
        ),
        &[
            Defect::reshape(
                "no-display-name",
                &["CLM-002"],
                "leaves out `user_displayname`",
                |answer| {
                    without(answer, &["user_displayname"]);
                },
            ),
            Defect::reshape(
                "no-domain",
                &["CLM-002", "ORA-095"],
                "leaves out the user's domain",
                |answer| {
                    without(answer, &["tenant_iss", "user_tenantname"]);
                },
            ),
            Defect::reshape(
                "no-language",
                &["CLM-002"],
                "leaves out language and time zone",
                |answer| {
                    without(answer, &["user_lang", "user_locale", "user_tz"]);
                },
            ),
        ],
    ),
    promise(
        "issued.cloud",
        "A token for a user names user, application, domain, tenancy and region as the cloud around the domain does.",
        grounds(
            Confidence::Observed,
            &[
                "IDCS-OAUTH-329",
                "IDCS-OAUTH-339",
                "IDCS-OAUTH-351",
                "IDCS-OAUTH-352",
                "IDCS-OAUTH-353",
                "IDCS-OAUTH-354",
                "IDCS-OAUTH-373",
            ],
        ),
        &[
            Defect::reshape("no-ids", &["CLM-003"], "leaves out the ids of the cloud", |answer| {
                without(answer, &["client_ocid", "user_ocid", "domain_id", "ca_ocid"]);
            }),
            Defect::reshape(
                "no-places",
                &["CLM-003"],
                "leaves out the names of domain, tenancy and region",
                |answer| {
                    without(
                        answer,
                        &["domain", "domain_home", "ca_name", "region_name", "opc", "primTenant"],
                    );
                },
            ),
        ],
    ),
    promise(
        "issued.session",
        "A token for a person who signed in names their session and how they signed in.",
        grounds(
            Confidence::Observed,
            &[
                "IDCS-OAUTH-347",
                "IDCS-OAUTH-348",
                "IDCS-OAUTH-349",
                "IDCS-OAUTH-350",
                "IDCS-OAUTH-355",
            ],
        ),
        &[
            Defect::reshape("no-session", &["CLM-004"], "leaves out the session", |answer| {
                without(answer, &["sid", "sidle"]);
            }),
            Defect::reshape(
                "no-method",
                &["CLM-004"],
                "does not say how the person signed in",
                |answer| {
                    without(answer, &["amr", "idp_name", "idp_guid", "idp_type"]);
                },
            ),
            Defect::reshape(
                "no-resource",
                &["CLM-004"],
                "does not name the application that it is for",
                |answer| {
                    without(answer, &["resource_app_id"]);
                },
            ),
        ],
    ),
    promise(
        "issued.gained",
        "A token for the domain that a person signed in for shows domain scopes that nobody asked for, where the product is followed.",
        grounds(Confidence::Observed, &["IDCS-OAUTH-374"]),
        &[Defect::reshape(
            "nothing",
            &["CLM-006"],
            "shows no more than what was asked for",
            |answer| {
                where_there(answer, "sid", |token| {
                    let scopes = token.claims.get("scope").and_then(Value::as_str).unwrap_or_default();
                    let asked: Vec<&str> = scopes
                        .split(' ')
                        .filter(|scope| !scope.starts_with("urn:opc:idm:"))
                        .collect();
                    token.claims.insert("scope".to_owned(), Value::from(asked.join(" ")));
                });
            },
        )],
    ),
    promise(
        "issued.custom-claims",
        "Claims of the administrators' own stand at the top level of the tokens that they are meant for, and a list without members is an empty text.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-356", "IDCS-OAUTH-360"]),
        &[
            Defect::reshape("left-out", &["CLM-007"], "leaves them out", |answer| {
                for (_, token) in answer.tokens_mut() {
                    for name in std::mem::take(&mut token.custom.shown) {
                        token.claims.shift_remove(&name);
                    }
                }
            }),
            Defect::reshape(
                "everywhere",
                &["CLM-008"],
                "puts those for other tokens, and those that are switched off, in every token",
                |answer| {
                    for (_, token) in answer.tokens_mut() {
                        let withheld = std::mem::take(&mut token.custom.withheld);
                        token.claims.extend(withheld);
                    }
                },
            ),
            Defect::reshape("empty-list", &["CLM-009"], "writes a list without members", |answer| {
                for (_, token) in answer.tokens_mut() {
                    for name in &token.custom.shown {
                        if let Some(value) = token.claims.get_mut(name).filter(|value| **value == "") {
                            *value = Value::Array(Vec::new());
                        }
                    }
                }
            }),
        ],
    ),
    promise(
        "issued.roles",
        "A token for the domain itself shows the roles of the client, and those of the user where there is one.",
        grounds(
            Confidence::Observed,
            &[
                "IDCS-OAUTH-343",
                "IDCS-OAUTH-345",
                "IDCS-OAUTH-346",
                "IDCS-OAUTH-371",
                "IDCS-ADMIN-514",
            ],
        ),
        &[
            Defect::reshape("of-nobody", &["CLM-005", "ORA-107"], "leaves out the roles", |answer| {
                without(answer, &["clientAppRoles", "userAppRoles"]);
            }),
            Defect::reshape(
                "of-anybody",
                &["CLM-005"],
                "says of everybody that they administer",
                |answer| {
                    where_there(answer, "user_isAdmin", |token| {
                        token.claims.insert("user_isAdmin".to_owned(), Value::Bool(true));
                    });
                },
            ),
        ],
    ),
];
