//! The usual ways to misreport a refusal: reshapings that any guard may list among its defects.

use serde_json::Value;

use crate::rule::defect::Defect;

/// Answers the right status with a code that means something else.
pub const fn other_code(rows: &'static [&'static str]) -> Defect {
    Defect::reshape(
        "other-code",
        rows,
        "refuses with an error code that means something else",
        |answer| {
            if answer.member("error").is_some() {
                answer.set_member("error", Value::from("unsupported_response_type"));
            }
            if let Some(challenge) = answer.header_value("WWW-Authenticate") {
                let misread = challenge
                    .replace("invalid_token", "insufficient_user_authentication")
                    .replace("insufficient_scope", "invalid_request");
                answer.set_header("WWW-Authenticate", misread);
            }
        },
    )
}

/// Answers another status than the refusal has.
pub const fn other_status(rows: &'static [&'static str]) -> Defect {
    Defect::reshape(
        "other-status",
        rows,
        "refuses with a status that means something else",
        |answer| {
            answer.status = 422;
        },
    )
}

/// Answers success around a refusal.
pub const fn success_status(rows: &'static [&'static str]) -> Defect {
    Defect::reshape("status-of-success", rows, "says 200 while its body refuses", |answer| {
        answer.status = 200;
    })
}

/// Leaves out the challenge.
pub const fn no_challenge(rows: &'static [&'static str]) -> Defect {
    Defect::reshape(
        "no-challenge",
        rows,
        "answers 401 without saying how to authenticate",
        |answer| {
            answer.remove_header("WWW-Authenticate");
        },
    )
}
