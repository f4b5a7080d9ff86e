//! Rules on what is asked of the classic REST stack: framework version, privilege, query, body, row and data access.

use crate::fusion::adf::Asked;
use crate::fusion::adf::items::{self, Item};
use crate::fusion::adf::query::Query;
use crate::fusion::adf::resources::{FRAMEWORK_VERSIONS, Resource, Type};
use crate::fusion::facts::{PodEndpoint, PodRequest, Route};
use crate::jose::object::Object;
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};
use crate::wire::BODY_LIMIT;

const FORBIDDEN: Denials = Denials::same(403, "", "The user may not do this.");
const NOT_FOUND: Denials = Denials::same(404, "", "There is nothing here.");

/// What is asked of the classic stack, where that stack is asked for something that there is.
fn asked<'a>(facts: &'a PodRequest) -> Option<&'a Asked> {
    match &facts.route {
        Route::Adf(asked) => Some(asked),
        _ => None,
    }
}

impl PodRequest<'_> {
    /// The query, as a request about this resource.
    pub fn adf_query(&self, resource: &'static Resource) -> Query {
        Query::read(self.request.query.as_deref().unwrap_or_default(), resource)
    }

    /// The method, HEAD taken for GET.
    pub fn method(&self) -> &str {
        match self.request.method.as_str() {
            "HEAD" => "GET",
            method => method,
        }
    }

    /// The row that the address names, whether or not the user may see it.
    pub fn adf_item(&self, resource: &'static Resource, id: &str) -> Option<Item> {
        let items = items::all(self.pod, resource, self.user());
        items.into_iter().find(|item| item.id(resource) == id)
    }

    /// The framework version that is asked for, or the pod's own where none is (FUSION-305, FUSION-C-14).
    pub fn framework_version(&self) -> u8 {
        let asked = self.request.header("rest-framework-version");
        asked
            .and_then(|version| version.parse().ok())
            .filter(|version| FRAMEWORK_VERSIONS.contains(version))
            .unwrap_or_else(|| self.default_framework_version())
    }

    /// The framework version of requests that name none.
    pub fn default_framework_version(&self) -> u8 {
        let value = self.landscape.profile.value(switch::FRAMEWORK_VERSION);
        value.parse().expect("the switch has numbers for values")
    }
}

/// The resource and the body of a request that writes.
fn written<'a>(facts: &'a PodRequest) -> Option<(&'static Resource, Option<&'a Object>)> {
    let asked = asked(facts)?;
    let is_write = matches!(facts.method(), "POST" | "PATCH") && asked.methods().contains(&facts.method());
    let resource = asked.resource().filter(|_| is_write)?;
    Some((resource, facts.body.as_ref()))
}

/// The table.
pub static ADF_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "page.privilege",
        "The user has a privilege that opens the resource for the method.",
        grounds(
            Confidence::Documented,
            &[
                "FUSION-221",
                "FUSION-317",
                "FUSION-321",
                "FUSION-401",
                "FUSION-402",
                "FUSION-403",
                "FUSION-404",
                "FUSION-405",
                "FUSION-407",
                "FUSION-413",
                "FUSION-U-16",
            ],
        ),
        &["path.known", "path.method", "access.user-known"],
        &[
            Defect::skip(
                "none",
                &["ROL-001", "ORA-024"],
                "shows pages to users without their privilege",
            ),
            Defect::skip(
                "read-only",
                &["ADF-021"],
                "lets users write who have the privilege to read",
            ),
            other_status(&["ROL-002", "ORA-024"]),
        ],
        |facts| {
            let (Some(asked), Some(user)) = (asked(facts), facts.user()) else {
                return Verdict::NotApplicable;
            };
            let method = if asked.methods().contains(&facts.method()) {
                facts.method()
            } else {
                "GET"
            };
            let openings = asked.openings();
            let held: Vec<_> = openings.iter().filter(|opening| user.has(opening.privilege)).collect();
            if openings.is_empty() {
                Verdict::NotApplicable
            } else if held.is_empty() {
                Verdict::violated("none", "the user has not the privilege of this resource")
            } else if held.iter().any(|opening| opening.methods.contains(&method)) {
                Verdict::Held
            } else {
                Verdict::violated("read-only", "the user has only the privilege to read this resource")
            }
        },
        FORBIDDEN,
    ),
    guard::<PodEndpoint>(
        "adf.framework-version",
        "The framework version is one that the pod knows.",
        grounds(Confidence::Assumed, &["FUSION-305", "FUSION-306"]),
        &["path.known"],
        &[
            Defect::skip(
                "unknown",
                &["ADF-008"],
                "passes over framework versions that it does not know",
            ),
            Defect::overreach("newest", &["ADF-007"], "knows fewer framework versions than it says"),
        ],
        |facts| {
            let named = facts.request.header("rest-framework-version");
            match (asked(facts), named) {
                (None, _) => Verdict::NotApplicable,
                (_, Some(named))
                    if named
                        .parse()
                        .is_ok_and(|version: u8| FRAMEWORK_VERSIONS.contains(&version)) =>
                {
                    Verdict::Held
                }
                (_, Some(_)) => Verdict::violated("unknown", "the framework version is not one of 1 to 9"),
                (_, None) => Verdict::Held,
            }
        },
        Denials::same(400, "", "The framework version is not known."),
    )
    .beside(&[neighbour("newest", |facts| {
        asked(facts).is_some() && facts.request.header("rest-framework-version") == Some("8")
    })]),
    guard::<PodEndpoint>(
        "adf.operation",
        "Rows are made only where a resource lets rows be made.",
        grounds(Confidence::Observed, &["FUSION-314"]),
        &["path.known", "path.method", "page.privilege"],
        &[
            Defect::skip("create", &["ADF-020"], "makes rows where none can be made"),
            other_status(&["ADF-020"]),
        ],
        |facts| match asked(facts) {
            Some(Asked::Collection(resource)) if facts.method() == "POST" && !resource.collection.contains(&"POST") => {
                Verdict::violated("create", "no row of this resource can be made")
            }
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        Denials::same(400, "", "Invalid operation create for the specified resource."),
    ),
    guard::<PodEndpoint>(
        "adf.paging",
        "`limit` is a whole number of at least one and `offset` a whole number; a limit that is too large is cut.",
        grounds(Confidence::Assumed, &["FUSION-302", "FUSION-303"]),
        &["path.known", "page.privilege"],
        &[
            Defect::skip("no-number", &["ADF-030"], "passes over a limit that is no number"),
            Defect::overreach("above-limit", &["ADF-003"], "refuses a limit above the largest one"),
            other_status(&["ADF-030"]),
        ],
        |facts| match asked(facts) {
            Some(Asked::Collection(resource)) if facts.adf_query(resource).has_bad_number => {
                Verdict::violated("no-number", "`limit` or `offset` is no number that can be used")
            }
            Some(Asked::Collection(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "", "The page cannot be read."),
    )
    .beside(&[neighbour("above-limit", |facts| {
        let resource = asked(facts).and_then(Asked::resource);
        resource.is_some_and(|resource| {
            let query = facts.adf_query(resource);
            query.asked_limit.is_some_and(|asked| asked > query.limit())
        })
    })]),
    guard::<PodEndpoint>(
        "adf.criteria",
        "Left of every operator of `q` stands an attribute, and a finder is one that there is.",
        grounds(Confidence::Observed, &["FUSION-315", "FUSION-322"]),
        &["path.known", "page.privilege"],
        &[
            Defect::skip("empty", &["ADF-013"], "takes an empty `q` for none"),
            Defect::skip(
                "no-attribute",
                &["ADF-013"],
                "passes over conditions on nothing that there is",
            ),
            Defect::skip(
                "no-operator",
                &["ADF-013"],
                "passes over conditions without an operator",
            ),
            Defect::skip("no-finder", &["ADF-026"], "passes over finders that there are not"),
            other_status(&["ADF-013"]),
        ],
        |facts| match asked(facts) {
            Some(Asked::Collection(resource)) => match facts.adf_query(resource).fault {
                Some(cause) => Verdict::violated(
                    cause,
                    "left of an operator stands no attribute, or there is no such finder",
                ),
                None => Verdict::Held,
            },
            _ => Verdict::NotApplicable,
        },
        Denials::same(
            400,
            "",
            "No ViewCriteria can be built: left of the operator belongs a searchable attribute.",
        ),
    ),
    guard::<PodEndpoint>(
        "adf.media-type",
        "What is written is labelled as JSON, or as an item.",
        grounds(Confidence::Documented, &["FUSION-304"]),
        &["path.known", "path.method", "page.privilege"],
        &[
            Defect::skip("other", &["ADF-028"], "reads a row under any label"),
            Defect::overreach("item", &["ADF-006"], "does not know the stack's own label of an item"),
            other_status(&["ADF-028"]),
        ],
        |facts| match (written(facts), facts.request.media_type().as_deref()) {
            (None, _) => Verdict::NotApplicable,
            (Some(_), Some("application/json" | ITEM)) => Verdict::Held,
            (Some(_), _) => Verdict::violated("other", "the body is labelled neither as JSON nor as an item"),
        },
        Denials::same(415, "", "The content type is not supported."),
    )
    .beside(&[neighbour("item", |facts| {
        written(facts).is_some() && facts.request.media_type().as_deref() == Some(ITEM)
    })]),
    guard::<PodEndpoint>(
        "adf.body",
        "What is written is a JSON object of attributes that may be set, each of its type, with those that must be there.",
        grounds(Confidence::Assumed, &["FUSION-316"]),
        &["adf.media-type"],
        &[
            Defect::skip("too-large", &["ADF-029"], "reads a body of any size"),
            Defect::skip("not-an-object", &["ADF-029"], "takes a body that is no JSON object"),
            Defect::skip(
                "unknown-attribute",
                &["ADF-029"],
                "passes over attributes that there are not",
            ),
            Defect::skip(
                "fixed-attribute",
                &["ADF-033"],
                "passes over attributes that nobody sets",
            ),
            Defect::skip("wrong-type", &["ADF-029"], "takes values of another type"),
            Defect::skip("missing", &["ADF-029"], "makes rows that lack what they must have"),
            other_status(&["ADF-029"]),
        ],
        body,
        Denials::same(400, "", "The body cannot be used."),
    ),
    guard::<PodEndpoint>(
        "data.access",
        "Rows are written only where the user has data access; under the switch `no-data-access`, without any there is no reading either.",
        grounds(Confidence::Observed, &["FUSION-318", "FUSION-401"]),
        &["page.privilege", "adf.body"],
        &[
            Defect::skip(
                "none",
                &["ADF-024"],
                "answers a user without data access as if there were no rows",
            ),
            Defect::skip("other-unit", &["ADF-035"], "lets users write where they may not see"),
            other_status(&["ADF-035"]),
        ],
        |facts| {
            let (Some(Asked::Collection(resource)), Some(user)) = (asked(facts), facts.user()) else {
                return Verdict::NotApplicable;
            };
            let Some(attribute) = resource.secured_by else {
                return Verdict::NotApplicable;
            };
            if facts.method() == "POST" {
                let unit = facts.body.as_ref().and_then(|body| body.text(attribute).value());
                let is_seen = unit.is_none_or(|unit| user.data.contains(&unit));
                return if is_seen {
                    Verdict::Held
                } else {
                    Verdict::violated("other-unit", "the user has no data access where the row belongs")
                };
            }
            if user.data.is_empty() && facts.landscape.profile.is(switch::NO_DATA_ACCESS, "forbidden") {
                Verdict::violated("none", "the user has the privilege, and no data role")
            } else {
                Verdict::Held
            }
        },
        FORBIDDEN,
    ),
    guard::<PodEndpoint>(
        "adf.row-known",
        "The row is there, and the user's data access covers it.",
        grounds(Confidence::Assumed, &["FUSION-316", "FUSION-U-17", "FUSION-401"]),
        &["path.known", "access.user-known", "page.privilege"],
        &[
            Defect::skip("unknown", &["ADF-014"], "answers for rows that are not there"),
            Defect::skip("out-of-sight", &["ADF-015"], "shows a row to users who may not see it"),
            other_status(&["ADF-014"]),
        ],
        |facts| {
            let Some((resource, id)) = asked(facts).and_then(|asked| asked.resource().zip(asked.id())) else {
                return Verdict::NotApplicable;
            };
            match (facts.adf_item(resource, id), facts.user()) {
                (None, _) => Verdict::violated("unknown", "there is no such row"),
                (Some(item), Some(user)) if !item.is_shown_to(user, resource) => {
                    Verdict::violated("out-of-sight", "the user's data access does not cover the row")
                }
                _ => Verdict::Held,
            }
        },
        NOT_FOUND,
    ),
    guard::<PodEndpoint>(
        "adf.version-matched",
        "Where a change names the version that it is of, that is the one that stands there.",
        grounds(Confidence::Documented, &["FUSION-308"]),
        &["adf.row-known", "path.method"],
        &[
            Defect::skip("stale", &["ADF-016"], "overwrites what somebody else changed meanwhile"),
            Defect::overreach("any", &["ADF-016"], "wants a version of every change"),
            other_status(&["ADF-016"]),
        ],
        |facts| {
            let (Some(Asked::Item(resource, id)), "PATCH" | "DELETE") = (asked(facts), facts.method()) else {
                return Verdict::NotApplicable;
            };
            let named = facts.request.header("if-match");
            match (named, facts.adf_item(resource, id)) {
                (Some(named), Some(item)) if named != "*" && named != item.etag(resource) => {
                    Verdict::violated("stale", "the row was changed since that version")
                }
                _ => Verdict::Held,
            }
        },
        Denials::same(412, "", "The row was changed meanwhile."),
    )
    .beside(&[neighbour("any", |facts| {
        let is_change = matches!(asked(facts), Some(Asked::Item(..))) && facts.method() == "PATCH";
        is_change && facts.request.header("if-match").is_none()
    })]),
];

/// The stack's own label of an item (FUSION-304).
const ITEM: &str = "application/vnd.oracle.adf.resourceitem+json";

fn body(facts: &PodRequest) -> Verdict {
    let Some((resource, body)) = written(facts) else {
        return Verdict::NotApplicable;
    };
    if facts.request.body.len() > BODY_LIMIT {
        return Verdict::violated("too-large", "the body is larger than 1 MiB");
    }
    let Some(body) = body else {
        return Verdict::violated("not-an-object", "the body is not a JSON object");
    };
    for name in body.names() {
        let Some(attribute) = resource.attribute(name) else {
            return Verdict::violated("unknown-attribute", "an attribute is not one of the resource");
        };
        if !attribute.writable {
            return Verdict::violated("fixed-attribute", "an attribute cannot be set by a request");
        }
        let value = body.json(name).unwrap_or_default();
        let is_of_type = match attribute.kind {
            Type::Text => value.is_string(),
            Type::Number => value.is_number(),
            Type::Boolean => value.is_boolean(),
        };
        let may_lack_it = value.is_null() && !attribute.required;
        if !is_of_type && !may_lack_it {
            return Verdict::violated("wrong-type", "an attribute is of another type");
        }
    }
    let lacks = resource
        .attributes
        .iter()
        .any(|attribute| attribute.required && !body.has(attribute.name));
    if facts.method() == "POST" && lacks {
        return Verdict::violated("missing", "an attribute is missing that every row must have");
    }
    Verdict::Held
}
