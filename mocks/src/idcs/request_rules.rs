//! Rules on the form of a token request: method, body, parameters, grant type.

use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denial, Denials, Neighbour, Rule, Verdict, grounds, guard};
use crate::wire::BODY_LIMIT;

const INVALID_REQUEST: Denials = Denials::same(
    400,
    "invalid_request",
    "The request contains invalid parameters or values.",
);

/// The table.
pub static REQUEST_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "request.method",
        "A token request uses POST.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-001", "IDCS-OAUTH-725"]),
        &[],
        &[
            Defect::skip("other-method", &["TKN-001"], "takes the parameters of a GET"),
            Defect::reshape(
                "no-allow",
                &["TKN-030"],
                "answers 405 without naming the methods that it takes",
                |answer| {
                    answer.remove_header("Allow");
                },
            ),
        ],
        |facts| {
            if facts.context.request.method == "POST" {
                Verdict::Held
            } else {
                Verdict::violated("other-method", "the method is not POST")
            }
        },
        Denials::same(405, "invalid_request", "The method is not allowed."),
    ),
    guard::<TokenEndpoint>(
        "request.size",
        "A body has at most 1 MiB and 1000 parameters.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-103"]),
        &["request.method"],
        &[
            Defect::skip("body", &["TKN-023"], "reads a body of any size"),
            Defect::skip("parameters", &["TKN-023"], "reads any number of parameters"),
        ],
        |facts| {
            if facts.context.request.body.len() > BODY_LIMIT {
                Verdict::violated("body", "the body is larger than 1 MiB")
            } else if facts.form.is_too_long {
                Verdict::violated("parameters", "there are more than 1000 parameters")
            } else {
                Verdict::Held
            }
        },
        Denials::same(413, "invalid_request", "The request is too large."),
    ),
    guard::<TokenEndpoint>(
        "request.media-type",
        "The body is form-encoded and labelled so.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-001", "IDCS-OAUTH-103"]),
        &["request.method"],
        &[
            Defect::skip("json", &["TKN-007"], "takes the parameters out of a JSON body"),
            Defect::skip("other", &["TKN-008"], "takes a form under any label"),
        ],
        |facts| match facts.context.request.media_type().as_deref() {
            // Without a body there is nothing to label.
            None if facts.context.request.body.is_empty() => Verdict::NotApplicable,
            Some("application/x-www-form-urlencoded") => Verdict::Held,
            Some("application/json") => Verdict::violated("json", "the body is JSON; a form is wanted"),
            _ => Verdict::violated("other", "the body is not labelled application/x-www-form-urlencoded"),
        },
        Denials {
            rfc: INVALID_REQUEST.rfc,
            oracle: Denial {
                status: 415,
                error: "invalid_request",
                description: "The content type is not supported.",
            },
        },
    ),
    guard::<TokenEndpoint>(
        "request.encoding",
        "Percent escapes are whole and decode to UTF-8.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-007", "IDCS-OAUTH-706"]),
        &["request.media-type"],
        &[
            Defect::skip("malformed", &["TKN-022"], "reads malformed escapes as they stand"),
            Defect::overreach("plain", &["ORA-037"], "wants colons and slashes escaped"),
        ],
        |facts| {
            if facts.form.is_malformed {
                Verdict::violated("malformed", "a percent escape is malformed or not UTF-8")
            } else {
                Verdict::Held
            }
        },
        INVALID_REQUEST,
    )
    .beside(&[Neighbour {
        defect: "plain",
        refuses: |facts| facts.context.request.body.contains(&b':'),
    }]),
    guard::<TokenEndpoint>(
        "request.once",
        "No parameter stands twice.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-706"]),
        &["request.media-type"],
        &[
            Defect::skip("grant-type", &["TKN-004"], "takes the first of two grant types"),
            Defect::skip("scope", &["TKN-005"], "takes the first of two scopes"),
            Defect::skip("assertion", &["TKN-006"], "takes the first of two assertions"),
            Defect::skip(
                "other",
                &["TKN-006", "CAU-022"],
                "takes the first of two client assertions or other parameters",
            ),
            other_code(&["TKN-004"]),
            other_status(&["TKN-004"]),
        ],
        |facts| match facts.form.doubled() {
            None => Verdict::Held,
            Some("grant_type") => Verdict::violated("grant-type", "`grant_type` stands twice"),
            Some("scope") => Verdict::violated("scope", "`scope` stands twice"),
            Some("assertion") => Verdict::violated("assertion", "`assertion` stands twice"),
            Some(_) => Verdict::violated("other", "a parameter stands twice"),
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "request.query",
        "No credential stands in the address.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-001"]),
        &["request.method"],
        &[Defect::skip(
            "credentials",
            &["TKN-021"],
            "takes client credentials out of the query",
        )],
        |facts| {
            if ["client_secret", "client_assertion", "assertion"]
                .iter()
                .any(|name| facts.query.mentions(name))
            {
                Verdict::violated("credentials", "a credential stands in the query")
            } else {
                Verdict::Held
            }
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "request.parameters",
        "Parameters that mean nothing here are passed over.",
        grounds(Confidence::Specified, &[]),
        &["request.media-type"],
        &[
            Defect::overreach(
                "unknown-parameter",
                &["TKN-003"],
                "refuses a parameter that it does not know",
            ),
            Defect::overreach(
                "parameters-of-other-grants",
                &["CCG-005"],
                "refuses client credentials with a user name beside them",
            ),
        ],
        |_| Verdict::Held,
        INVALID_REQUEST,
    )
    .beside(&[
        Neighbour {
            defect: "unknown-parameter",
            refuses: |facts| facts.form.names().any(|name| name.starts_with("x_")),
        },
        Neighbour {
            defect: "parameters-of-other-grants",
            refuses: |facts| facts.grant == Some(Grant::ClientCredentials) && facts.form.mentions("username"),
        },
    ]),
    guard::<TokenEndpoint>(
        "grant.present",
        "A grant type is given.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-706"]),
        &["request.media-type"],
        &[
            Defect::skip(
                "missing",
                &["TKN-009"],
                "takes client credentials for granted where no grant type is named",
            ),
            Defect::skip(
                "empty",
                &["TKN-002"],
                "takes client credentials for granted where the grant type is empty",
            ),
            other_code(&["TKN-009"]),
            other_status(&["TKN-009"]),
        ],
        |facts| match facts.grant {
            Some(_) => Verdict::Held,
            None if facts.form.mentions("grant_type") => {
                Verdict::violated("empty", "`grant_type` is empty, which counts as absent")
            }
            None => Verdict::violated("missing", "`grant_type` is missing"),
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "grant.known",
        "The grant type is one that this server has, by its exact name.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-705"]),
        &["grant.present"],
        &[
            Defect::skip("unknown", &["TKN-010"], "takes any grant type for client credentials"),
            Defect::skip(
                "other-case",
                &["TKN-012"],
                "reads grant types without regard to letter case",
            ),
            other_code(&["TKN-010"]),
            other_status(&["TKN-010"]),
        ],
        known_grant,
        Denials::same(400, "unsupported_grant_type", "The grant type is not supported."),
    ),
];

fn known_grant(facts: &TokenRequest) -> Verdict {
    match facts.grant {
        None => Verdict::NotApplicable,
        Some(Grant::Unknown) => Verdict::violated("unknown", "no such grant type is known here"),
        Some(grant) if facts.form.value("grant_type") == Some(grant.name()) => Verdict::Held,
        Some(_) => Verdict::violated("other-case", "the grant type is known, but in other letter case"),
    }
}
