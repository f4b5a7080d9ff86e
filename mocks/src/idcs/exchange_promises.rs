//! Promises of an exchange for a session token: what the answer looks like, and the named ways to break that.

use serde_json::{Value, json};

use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

/// What is promised of an exchange for a session token.
pub static EXCHANGE_PROMISES: &[RuleInfo] = &[
    promise(
        "exchange.no-store",
        "A session token is not kept by caches.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-055", "IDCS-OAUTH-714"]),
        &[Defect::reshape(
            "cacheable",
            &["TXC-008"],
            "leaves out Cache-Control",
            |answer| {
                answer.remove_header("Cache-Control");
            },
        )],
    ),
    promise(
        "exchange.answer",
        "A session token is the one member of its answer, `token`.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-034", "IDCS-ADMIN-731"]),
        &[
            Defect::reshape(
                "as-access-token",
                &["TXC-005"],
                "gives the session token as `access_token`",
                |answer| {
                    let members = answer.members_mut().into_iter().flatten();
                    members.for_each(|(name, _)| *name = "access_token");
                },
            ),
            Defect::reshape("missing", &["TXC-005"], "gives no token", |answer| {
                answer.remove_member("token")
            }),
            Defect::reshape(
                "not-a-text",
                &["TXC-005"],
                "wraps the session token in an object",
                |answer| answer.set_member("token", json!({ "value": "" })),
            ),
        ],
    ),
    promise(
        "exchange.bound",
        "A session token holds the key that came with the exchange.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-034"]),
        &[Defect::reshape(
            "unbound",
            &["TXC-007"],
            "binds session tokens to no key",
            |answer| {
                answer
                    .tokens_mut()
                    .for_each(|(_, token)| drop(token.claims.remove("jwk")));
            },
        )],
    ),
    promise(
        "exchange.session",
        "A session token ends within the hour.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-034", "IDCS-ADMIN-731"]),
        &[
            Defect::reshape(
                "endless",
                &["TXC-009"],
                "gives session tokens that never end",
                |answer| {
                    answer
                        .tokens_mut()
                        .for_each(|(_, token)| drop(token.claims.remove("exp")));
                },
            ),
            Defect::reshape(
                "days",
                &["TXC-009"],
                "gives session tokens that live for a month",
                |answer| {
                    for (_, token) in answer.tokens_mut() {
                        let issued = token.claims.get("iat").and_then(Value::as_u64);
                        let month = issued.unwrap_or_default() + 30 * 86_400;
                        token.claims.insert("exp".to_owned(), json!(month));
                    }
                },
            ),
        ],
    ),
];
