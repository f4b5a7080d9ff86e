//! Rules on what is asked of an instance: that it is there, is active, takes the method, and is of bounded size.

use crate::oic::facts::InstanceEndpoint;
use crate::oic::route::{Place, Route};
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denial, Denials, Rule, Verdict, grounds, guard, neighbour};
use crate::wire::BODY_LIMIT;

/// The longest address that is taken, in characters (OIC-033).
pub const ADDRESS_LIMIT: usize = 8251;

const NOT_FOUND: Denials = Denials::same(404, "", "There is nothing here.");

/// The table.
pub static OPERATION_RULES: &[Rule<InstanceEndpoint>] = &[
    guard::<InstanceEndpoint>(
        "oic.address-length",
        "The address has at most 8251 characters.",
        grounds(Confidence::Documented, &["OIC-033"]),
        &[],
        &[
            Defect::skip("too-long", &["INT-020"], "takes addresses of any length"),
            other_status(&["INT-020"]),
        ],
        |facts| {
            let request = facts.context.request;
            let query = request.query.as_ref().map_or(0, |query| query.len() + 1);
            let host = "https://".len() + request.site.len();
            if host + request.path.len() + query > ADDRESS_LIMIT {
                Verdict::violated(
                    "too-long",
                    format!("the address has more than {ADDRESS_LIMIT} characters"),
                )
            } else {
                Verdict::Held
            }
        },
        Denials::same(414, "", "The address is too long."),
    ),
    guard::<InstanceEndpoint>(
        "oic.path-known",
        "The path is one that is served at this host; those of projects are called at version 2.",
        grounds(
            Confidence::Inferred,
            &["OIC-020", "OIC-021", "OIC-057", "OIC-083", "OIC-204", "OIC-C-07"],
        ),
        &["oic.instance-named"],
        &[
            Defect::skip("unknown", &["ROL-010", "INT-021"], "answers where nothing is"),
            Defect::skip("project-at-version-one", &["INT-022"], "serves projects at version 1"),
            Defect::overreach(
                "further-list",
                &["INT-071"],
                "serves no lists but those of integrations and connections",
            ),
            other_status(&["ROL-010", "INT-021"]),
        ],
        |facts| {
            if facts.route != Route::Nowhere {
                return Verdict::Held;
            }
            let path = facts.context.request.path.as_str();
            match facts.context.place {
                Place::Runtime if path.starts_with("/ic/api/integration/v1/flows/rest/project/") => Verdict::violated(
                    "project-at-version-one",
                    "integrations in projects are called at /ic/api/integration/v2/flows/rest/project",
                ),
                _ => Verdict::violated("unknown", "nothing is served at this path of this host"),
            }
        },
        NOT_FOUND,
    )
    .beside(&[neighbour("further-list", |facts| {
        matches!(facts.route, Route::Listed { .. })
    })]),
    guard::<InstanceEndpoint>(
        "oic.integration-known",
        "There is an integration of this code, version and project.",
        grounds(Confidence::Inferred, &["OIC-022", "OIC-057", "OIC-204"]),
        &["oic.path-known"],
        &[
            Defect::skip(
                "unknown-code",
                &["INT-024"],
                "answers for integrations that there are not",
            ),
            Defect::skip(
                "unknown-version",
                &["INT-024"],
                "takes any version for the one that there is",
            ),
            Defect::skip(
                "long-version",
                &["INT-025"],
                "takes the long version in addresses of calls",
            ),
            Defect::skip(
                "other-project",
                &["INT-024"],
                "looks integrations up without regard to projects",
            ),
            other_status(&["INT-024"]),
        ],
        |facts| {
            let (
                Route::Run {
                    project, code, version, ..
                },
                Some(instance),
            ) = (&facts.route, facts.context.instance)
            else {
                return Verdict::NotApplicable;
            };
            if facts.integration().is_some() {
                return Verdict::Held;
            }
            let mut named = instance
                .integrations
                .iter()
                .filter(|known| known.code == *code)
                .peekable();
            if named.peek().is_none() {
                return Verdict::violated("unknown-code", "there is no integration of this code");
            }
            if named.clone().any(|known| known.version == *version) {
                return Verdict::violated(
                    "long-version",
                    "the version is written short in addresses of calls: 1.0",
                );
            }
            if named.any(|known| known.short_version() == *version && known.project != *project) {
                return Verdict::violated("other-project", "the integration is not in this project");
            }
            Verdict::violated("unknown-version", "the integration has no such version")
        },
        NOT_FOUND,
    ),
    guard::<InstanceEndpoint>(
        "oic.integration-active",
        "The integration that is called was activated.",
        grounds(Confidence::Inferred, &["OIC-057", "OIC-204"]),
        &["oic.integration-known"],
        &[
            Defect::skip("inactive", &["INT-026"], "runs integrations that were not activated"),
            other_status(&["INT-026"]),
        ],
        |facts| match (&facts.route, facts.integration()) {
            (Route::Run { .. }, Some(integration)) if !facts.is_active(integration) => {
                Verdict::violated("inactive", "the integration is not activated")
            }
            (Route::Run { .. }, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        NOT_FOUND,
    ),
    guard::<InstanceEndpoint>(
        "oic.operation-known",
        "The integration has an operation at this path.",
        grounds(Confidence::Inferred, &["OIC-023", "OIC-057", "OIC-204"]),
        &["oic.integration-known"],
        &[Defect::skip(
            "unknown",
            &["INT-024"],
            "answers at paths that the integration does not have",
        )],
        |facts| match &facts.route {
            Route::Run { .. } if facts.integration().is_none() => Verdict::NotApplicable,
            Route::Run { .. } if facts.operations().next().is_none() => {
                Verdict::violated("unknown", "the integration has no operation at this path")
            }
            Route::Run { .. } => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        NOT_FOUND,
    ),
    guard::<InstanceEndpoint>(
        "oic.method",
        "The method is one that the path takes.",
        grounds(Confidence::Inferred, &["OIC-023", "OIC-059", "OIC-205"]),
        &["oic.path-known", "oic.operation-known"],
        &[
            Defect::skip("other-method", &["INT-027"], "takes any method"),
            Defect::reshape(
                "no-allow",
                &["INT-027"],
                "answers 405 without naming the methods that it takes",
                |answer| answer.remove_header("Allow"),
            ),
        ],
        |facts| {
            let method = match facts.context.request.method.as_str() {
                "HEAD" => "GET",
                other => other,
            };
            match facts.allowed_methods() {
                methods if methods.is_empty() => Verdict::NotApplicable,
                methods if methods.contains(&method) => Verdict::Held,
                _ => Verdict::violated("other-method", "the path does not take this method"),
            }
        },
        Denials::same(405, "", "The method is not allowed."),
    ),
    guard::<InstanceEndpoint>(
        "oic.payload",
        "The body is of bounded size: 1 MiB here, 50 or 10 MB of real instances.",
        grounds(Confidence::Inferred, &["OIC-032", "OIC-092"]),
        &[],
        &[
            Defect::skip("too-large", &["INT-028"], "reads a body of any size"),
            other_status(&["INT-028"]),
        ],
        |facts| {
            if facts.context.request.body.len() > BODY_LIMIT {
                Verdict::violated("too-large", "the body is larger than 1 MiB")
            } else {
                Verdict::Held
            }
        },
        Denials {
            rfc: Denial {
                status: 413,
                error: "",
                description: TOO_LARGE,
            },
            oracle: Denial {
                status: 500,
                error: "",
                description: TOO_LARGE,
            },
        },
    ),
];

/// What the adapter says of a payload above its limit (OIC-092).
const TOO_LARGE: &str = "CASDK-0059: Unable to process the response received from the client application.";
