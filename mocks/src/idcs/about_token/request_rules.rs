//! Rules on every request that names a token: its form, and the client that sends it.

use crate::idcs::about_token::facts::AboutToken;
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_code, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

/// The words that a hint may be (RFC 7009 section 2.1).
const HINTS: [&str; 2] = ["access_token", "refresh_token"];

/// The table.
pub static REQUEST_RULES: &[Rule<AboutToken>] = &[
    guard::<AboutToken>(
        "about-token.method",
        "A token is named in the body of a POST.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-511", "IDCS-OAUTH-514"]),
        &[],
        &[Defect::skip(
            "other-method",
            &["ITR-012"],
            "takes the token by any method",
        )],
        |facts| {
            if facts.asked.context.request.method == "POST" {
                Verdict::Held
            } else {
                Verdict::violated("other-method", "the method is not POST")
            }
        },
        Denials::same(405, "invalid_request", "The method is not allowed."),
    ),
    guard::<AboutToken>(
        "about-token.form",
        "One token is named, once, in a form; a hint about its kind changes nothing.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-511", "IDCS-OAUTH-514"]),
        &["about-token.method"],
        &[
            Defect::skip("not-a-form", &["ITR-012"], "takes the token out of a JSON body"),
            Defect::skip("missing", &["ITR-012"], "answers although no token is named"),
            Defect::skip("twice", &["ITR-012"], "takes the first of two tokens"),
            Defect::overreach("wrong-hint", &["ITR-005"], "believes a wrong hint"),
            Defect::overreach("unknown-hint", &["ITR-010"], "refuses hints that it does not know"),
            other_code(&["ITR-012"]),
            other_status(&["ITR-012"]),
        ],
        |facts| {
            let asked = &facts.asked;
            let media_type = asked.context.request.media_type();
            if media_type.is_some_and(|label| label != "application/x-www-form-urlencoded") {
                Verdict::violated("not-a-form", "the body is no form")
            } else if asked.form.doubled().is_some() {
                Verdict::violated("twice", "a parameter stands twice")
            } else if asked.form.value("token").is_none() || asked.form.is_malformed {
                Verdict::violated("missing", "`token` is missing or not to be read")
            } else {
                Verdict::Held
            }
        },
        Denials::same(
            400,
            "invalid_request",
            "The request contains invalid parameters or values.",
        ),
    )
    .beside(&[
        neighbour("wrong-hint", |facts| {
            let hint = facts.asked.form.value("token_type_hint");
            let is_access = matches!(facts.subject, super::facts::Subject::Access(_));
            hint == Some(HINTS[usize::from(is_access)])
        }),
        neighbour("unknown-hint", |facts| {
            let hint = facts.asked.form.value("token_type_hint");
            hint.is_some_and(|hint| !HINTS.contains(&hint))
        }),
    ]),
    guard::<AboutToken>(
        "about-token.client",
        "The client shows who it is, in the ways of the token endpoint.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-511", "IDCS-OAUTH-514", "IDCS-OAUTH-002"],
        ),
        &["about-token.method"],
        &[
            Defect::skip("none", &["ITR-001"], "answers everybody"),
            Defect::skip("wrong", &["ITR-006"], "takes any credentials"),
            Defect::skip("unknown", &["ITR-006"], "answers clients that nobody registered"),
            Defect::skip("inactive", &["ITR-006"], "answers clients that were switched off"),
            other_code(&["ITR-006"]),
            other_status(&["ITR-006"]),
            no_challenge(&["ITR-006"]),
        ],
        |facts| match facts.doubt() {
            None => Verdict::Held,
            Some(cause) => Verdict::violated(cause, "the client did not show who it is"),
        },
        Denials::same(401, "invalid_client", "Client authentication failed."),
    ),
];
