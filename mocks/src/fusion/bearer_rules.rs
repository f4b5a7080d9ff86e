//! Rules on how a request to a pod passes its token (RFC 6750 section 2).

use crate::fusion::facts::PodEndpoint;
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

const NO_TOKEN: Denials = Denials::same(401, "", "A token is needed.");

/// The table.
pub static BEARER_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "bearer.present",
        "The token is passed as a bearer token in the Authorization header field, and nowhere else.",
        grounds(
            Confidence::Documented,
            &[
                "FUSION-003",
                "FUSION-202",
                "FUSION-027",
                "FUSION-028",
                "FUSION-311",
                "FUSION-C-06",
                "FUSION-C-18",
                "FUSION-U-28",
                "FUSION-U-29",
            ],
        ),
        &[],
        &[
            Defect::skip("none", &["RSV-002", "RSV-057", "ORA-160"], "answers without any token"),
            Defect::skip("other-scheme", &["RSV-007"], "takes other schemes for bearer"),
            Defect::skip("query", &["RSV-009"], "takes a token out of the query"),
            Defect::skip("form-body", &["RSV-010"], "takes a token out of a form body"),
            no_challenge(&["RSV-002"]),
            other_status(&["RSV-002", "ORA-160"]),
            Defect::overreach(
                "scheme-in-other-case",
                &["RSV-006"],
                "knows the scheme in one letter case only",
            ),
        ],
        |facts| match facts.bearer.absent {
            None => Verdict::Held,
            Some(cause) => Verdict::violated(cause, "no bearer token stands in the Authorization header field"),
        },
        NO_TOKEN,
    )
    .beside(&[neighbour("scheme-in-other-case", |facts| {
        facts
            .request
            .header("authorization")
            .is_some_and(|value| !value.starts_with("Bearer"))
    })]),
    guard::<PodEndpoint>(
        "bearer.once",
        "There is one Authorization header field.",
        grounds(Confidence::Specified, &["FUSION-U-27"]),
        &[],
        &[
            Defect::skip(
                "several",
                &["RSV-011"],
                "takes whichever of two Authorization fields works",
            ),
            other_status(&["RSV-011"]),
        ],
        |facts| {
            if facts.bearer.is_doubled {
                Verdict::violated("several", "there are two Authorization header fields")
            } else {
                Verdict::Held
            }
        },
        Denials::same(
            400,
            "invalid_request",
            "There is more than one Authorization header field.",
        ),
    ),
    guard::<PodEndpoint>(
        "bearer.form",
        "The field holds the scheme, a blank and one token of bounded length.",
        grounds(Confidence::Specified, &["FUSION-202"]),
        &["bearer.present"],
        &[
            Defect::skip("tab", &["RSV-012"], "takes a tab for a blank"),
            Defect::skip("comma", &["RSV-012"], "passes over a trailing comma"),
            Defect::skip("empty", &["RSV-012"], "takes an empty token"),
            Defect::skip("too-long", &["RSV-055"], "reads tokens of any length"),
            Defect::overreach("seven-kilobytes", &["RSV-055"], "refuses tokens of seven kilobytes"),
        ],
        |facts| match facts.bearer.fault {
            None => Verdict::Held,
            Some(cause) => Verdict::violated(
                cause,
                "the Authorization header field is not a scheme, a blank and a token",
            ),
        },
        Denials::same(400, "invalid_request", "The Authorization header field cannot be read."),
    )
    .beside(&[neighbour("seven-kilobytes", |facts| {
        facts.bearer.text.as_ref().is_some_and(|text| text.len() > 4096)
    })]),
];
