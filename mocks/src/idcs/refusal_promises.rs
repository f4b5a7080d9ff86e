//! Promises of the token endpoint about its refusals, and the named ways to break them.

use serde_json::json;

use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

/// What is promised of every refusal.
pub static REFUSAL_PROMISES: &[RuleInfo] = &[
    promise(
        "refusal.body",
        "A refusal is JSON with a registered `error`, in the characters that the standard allows.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-101"]),
        &[
            Defect::reshape(
                "no-code",
                &["TKN-018", "ORA-049"],
                "refuses without an error code",
                |answer| {
                    if answer.status != 405 {
                        answer.remove_member("error");
                    }
                },
            ),
            Defect::reshape(
                "characters",
                &["TKN-019", "ORA-048", "CAU-013"],
                "writes quotes and line breaks into the description",
                |answer| {
                    answer.set_member_if_there("error_description", json!("refused: \"scope\"\n\u{fc}"));
                },
            ),
            Defect::reshape(
                "no-description",
                &["ORA-049", "ORA-048", "CAU-013", "TKN-019"],
                "refuses without a description",
                |answer| answer.remove_member("error_description"),
            ),
        ],
    ),
    promise(
        "refusal.no-token",
        "A refusal holds no token.",
        grounds(Confidence::Specified, &[]),
        &[Defect::reshape(
            "token",
            &["TKN-024"],
            "hands out a token with the refusal",
            |answer| {
                answer.set_member(
                    "access_token",
                    json!("eyJhbGciOiJub25lIn0.eyJzdWIiOiJhIn0.c2lnbmF0dXJl"),
                );
            },
        )],
    ),
];
