//! Rules on what a request of administration wants: its body, the record that it is about, and what would become of that.
//!
//! What planning the request ran into is a fact with the rule that judges it; the rules here ask for theirs.

use crate::idcs::protected::admin::access_rules::routed;
use crate::idcs::protected::admin::routes::{Behind, Place};
use crate::idcs::protected::admin::writing::version_of;
use crate::idcs::protected::facts::{ProtectedEndpoint, ProtectedRequest};
use crate::landscape::directory::Record;
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denial, Denials, Rule, Verdict, grounds, guard, neighbour};
use crate::wire::BODY_LIMIT;

/// What a body may be labelled as (IDCS-ADMIN-202, IDCS-ADMIN-605).
const MEDIA_TYPES: [&str; 2] = ["application/json", "application/scim+json"];

/// What must hold before it is asked what would be written.
const PREMISES: &[&str] = &["admin.role", "admin.me", "admin.media-type", "admin.size", "scim.known"];

/// A refusal with the code that RFC 7644 section 3.12 has for it; the product was not seen sending one (IDCS-ADMIN-251).
const fn refused(status: u16, scim_type: &'static str, description: &'static str) -> Denials {
    Denials {
        rfc: Denial {
            status,
            error: scim_type,
            description,
        },
        oracle: Denial {
            status,
            error: "",
            description,
        },
    }
}

/// The table.
pub static REQUEST_RULES: &[Rule<ProtectedEndpoint>] = &[
    guard::<ProtectedEndpoint>(
        "admin.media-type",
        "A body is labelled as JSON or SCIM.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-202", "IDCS-ADMIN-241", "IDCS-ADMIN-605"]),
        &["admin.role"],
        &[
            Defect::skip("other-type", &["ADM-023"], "reads bodies that are labelled as something else"),
            Defect::overreach("scim-json", &["ADM-023"], "refuses bodies that are labelled as SCIM"),
            other_status(&["ADM-023"]),
        ],
        |facts| match (writes(facts), facts.context.request.media_type()) {
            (false, _) => Verdict::NotApplicable,
            (true, Some(media_type)) if MEDIA_TYPES.contains(&media_type.as_str()) => Verdict::Held,
            (true, _) => Verdict::violated("other-type", "a body must be application/json or application/scim+json"),
        },
        Denials::same(415, "", "The content type is not supported."),
    )
    .beside(&[neighbour("scim-json", |facts| {
        writes(facts) && facts.context.request.media_type().is_some_and(|media_type| media_type == MEDIA_TYPES[1])
    })]),
    guard::<ProtectedEndpoint>(
        "admin.size",
        "A body has 1,048,576 bytes at most.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-241"]),
        &["admin.role"],
        &[
            Defect::skip("too-large", &["ADM-023"], "takes bodies over the limit"),
            Defect::overreach("at-the-limit", &["ADM-023"], "refuses the largest body that it must take"),
            other_status(&["ADM-023"]),
        ],
        |facts| match facts.context.request.body.len() > BODY_LIMIT {
            _ if !writes(facts) => Verdict::NotApplicable,
            false => Verdict::Held,
            true => Verdict::violated("too-large", "the body has more than 1,048,576 bytes"),
        },
        Denials::same(413, "", "The request is too large."),
    )
    .beside(&[neighbour("at-the-limit", |facts| {
        writes(facts) && facts.context.request.body.len() == BODY_LIMIT
    })]),
    guard::<ProtectedEndpoint>(
        "scim.known",
        "The record that the path names is there.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-201", "IDCS-ADMIN-241"]),
        &["admin.role"],
        &[
            Defect::skip("no-record", &["ADM-027"], "answers for records that there are not"),
            other_status(&["ADM-027"]),
        ],
        |facts| match (routed(facts), facts.admin.as_ref().and_then(|admin| admin.current.as_ref())) {
            (Some(route), _) if !matches!(route.place, Place::One(_)) => Verdict::NotApplicable,
            (None, _) => Verdict::NotApplicable,
            (Some(_), Some(_)) => Verdict::Held,
            (Some(_), None) => Verdict::violated("no-record", "no record of this kind has this id"),
        },
        Denials::same(404, "", "The resource does not exist."),
    ),
    guard::<ProtectedEndpoint>(
        "scim.version",
        "A record is changed only in the version that `If-Match` names, where it names one; the status is the switch `stale-version`.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-228", "IDCS-ADMIN-242", "IDCS-ADMIN-905", "IDCS-ADMIN-C-5"]),
        &["admin.role", "scim.known"],
        &[
            Defect::skip("stale", &["ADM-024"], "writes over a version that the caller never saw"),
            Defect::overreach("current", &["ADM-024"], "refuses the version that it gave out itself"),
            other_status(&["ADM-024"]),
        ],
        |facts| match (facts.context.request.header("if-match"), current(facts)) {
            (Some(_), Some(_)) if is_current(facts) => Verdict::Held,
            (Some(_), Some(_)) => Verdict::violated("stale", "the record was changed since this version"),
            _ => Verdict::NotApplicable,
        },
        refused(412, "", "The resource was changed meanwhile."),
    )
    .beside(&[neighbour("current", |facts| {
        facts.context.request.header("if-match").is_some_and(|tags| tags.trim() != "*") && is_current(facts)
    })]),
    guard::<ProtectedEndpoint>(
        "app.delete",
        "An application that is activated is not deleted.",
        grounds(Confidence::Observed, &["IDCS-ADMIN-306"]),
        &["admin.role", "scim.known"],
        &[Defect::skip("active", &["ADM-013"], "deletes applications that are in use")],
        |facts| match (facts.context.request.method.as_str(), current(facts)) {
            ("DELETE", Some(Record::App(app))) if app.active => {
                Verdict::violated("active", "the application must be switched off first")
            }
            ("DELETE", Some(Record::App(_))) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        refused(400, "invalidValue", "An active application cannot be deleted."),
    ),
    guard::<ProtectedEndpoint>(
        "scim.filter",
        "A search can be read: its filter, its numbers, its order.",
        grounds(Confidence::Specified, &["IDCS-ADMIN-215", "IDCS-ADMIN-908"]),
        PREMISES,
        &[
            Defect::skip("unreadable", &["ADM-020"], "passes over a filter that it cannot read"),
            Defect::overreach("other-case", &["ADM-020"], "wants names of attributes in one letter case"),
            other_status(&["ADM-020"]),
        ],
        |facts| found(facts, "scim.filter"),
        refused(400, "invalidFilter", "The search cannot be read."),
    )
    .beside(&[neighbour("other-case", |facts| {
        let query = facts.context.request.query.as_deref().unwrap_or_default();
        routed(facts).is_some() && query.contains("filter=USERNAME")
    })]),
    guard::<ProtectedEndpoint>(
        "scim.body",
        "A body is the JSON object that the endpoint wants, its values of the types that the schema has; of a patch, operations that there are.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-231", "IDCS-ADMIN-232", "IDCS-ADMIN-241"]),
        PREMISES,
        &[
            Defect::skip("malformed", &["ADM-016", "ADM-025"], "makes something of bodies that it cannot read"),
            Defect::overreach("capitals", &["ADM-025"], "refuses operations in upper case"),
            other_status(&["ADM-016", "ADM-025"]),
        ],
        |facts| found(facts, "scim.body"),
        refused(400, "invalidSyntax", "The body is not what is wanted here."),
    )
    .beside(&[neighbour("capitals", |facts| {
        let body = String::from_utf8_lossy(&facts.context.request.body);
        routed(facts).is_some() && facts.context.request.method == "PATCH" && body.contains("\"REPLACE\"")
    })]),
    guard::<ProtectedEndpoint>(
        "scim.required",
        "A resource has all attributes that it must have; a user a primary mail address too, where the product is followed.",
        grounds(
            Confidence::Documented,
            &["IDCS-ADMIN-254", "IDCS-ADMIN-301", "IDCS-ADMIN-341", "IDCS-ADMIN-342"],
        ),
        PREMISES,
        &[
            Defect::skip("missing", &["ADM-010"], "makes resources that lack what they must have"),
            Defect::skip("no-mail", &["ADM-010"], "makes users whom no mail reaches"),
            other_status(&["ADM-010"]),
        ],
        |facts| found(facts, "scim.required"),
        refused(400, "invalidValue", "A required attribute is missing."),
    ),
    guard::<ProtectedEndpoint>(
        "scim.read-only",
        "Nobody changes what only the server writes, or what has its value for good.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-226", "IDCS-ADMIN-302"]),
        PREMISES,
        &[
            Defect::skip("read-only", &["ADM-012"], "takes changes of what only the server writes"),
            Defect::skip("immutable", &["ADM-012"], "takes changes of what has its value for good"),
            other_status(&["ADM-012"]),
        ],
        |facts| found(facts, "scim.read-only"),
        refused(400, "mutability", "The attribute cannot be changed."),
    ),
    guard::<ProtectedEndpoint>(
        "app.redirect-uri",
        "A redirect address is protected by TLS, unless a setting of its application allows others; where the standards are followed, one on the \
         person's own machine needs neither.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-506", "IDCS-ADMIN-302"]),
        PREMISES,
        &[
            Defect::skip("unprotected", &["ACG-048", "ORA-129"], "registers addresses without TLS"),
            Defect::overreach("after-the-switch", &["ORA-129"], "refuses plain HTTP though the application's setting allows it"),
            Defect::overreach("loopback", &["ACG-048"], "wants TLS on the person's own machine"),
            other_status(&["ACG-048", "ORA-129"]),
        ],
        |facts| found(facts, "app.redirect-uri"),
        refused(400, "invalidValue", "The redirect address is not protected."),
    )
    .beside(&[
        neighbour("after-the-switch", |facts| {
            let body = String::from_utf8_lossy(&facts.context.request.body);
            routed(facts).is_some() && body.contains("allUrlSchemesAllowed") && body.contains("http://")
        }),
        neighbour("loopback", |facts| {
            let body = String::from_utf8_lossy(&facts.context.request.body);
            routed(facts).is_some() && body.contains("http://127.0.0.1") && !body.contains("allUrlSchemesAllowed")
        }),
    ]),
    guard::<ProtectedEndpoint>(
        "grant.app",
        "A grant names the application that it is of.",
        grounds(Confidence::Observed, &["IDCS-ADMIN-335", "IDCS-ADMIN-C-7"]),
        PREMISES,
        &[Defect::skip("no-app", &["ADM-015"], "grants roles of no application")],
        |facts| found(facts, "grant.app"),
        refused(400, "invalidValue", "A grant needs an application."),
    ),
    guard::<ProtectedEndpoint>(
        "scim.reference",
        "What a resource refers to is there, and is named by its id, not by its OCID.",
        grounds(
            Confidence::Documented,
            &["IDCS-ADMIN-254", "IDCS-ADMIN-255", "IDCS-ADMIN-405", "IDCS-ADMIN-C-8"],
        ),
        PREMISES,
        &[
            Defect::skip("nobody", &["ADM-026"], "takes references to nothing"),
            Defect::skip("too-long", &["ADM-026"], "takes an OCID for an id"),
            other_status(&["ADM-026"]),
        ],
        |facts| found(facts, "scim.reference"),
        refused(400, "invalidValue", "A reference is to nothing."),
    ),
    guard::<ProtectedEndpoint>(
        "certificate.form",
        "A certificate is one over an RSA key, as the base64 of its DER form.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-362"]),
        PREMISES,
        &[Defect::skip("unreadable", &["ADM-030"], "imports what is no certificate")],
        |facts| found(facts, "certificate.form"),
        refused(400, "invalidValue", "The certificate cannot be read."),
    ),
    guard::<ProtectedEndpoint>(
        "scim.unique",
        "No two resources share what is unique: names, aliases, grants.",
        grounds(
            Confidence::Documented,
            &["IDCS-ADMIN-241", "IDCS-ADMIN-307", "IDCS-ADMIN-333", "IDCS-ADMIN-406"],
        ),
        PREMISES,
        &[
            Defect::skip("taken", &["ADM-011"], "makes a second resource of the same name"),
            other_status(&["ADM-011"]),
        ],
        |facts| found(facts, "scim.unique"),
        refused(409, "uniqueness", "There is such a resource already."),
    ),
];

/// Whether a request of administration brings a body that is read.
fn writes(facts: &ProtectedRequest) -> bool {
    routed(facts).is_some() && matches!(facts.context.request.method.as_str(), "POST" | "PUT" | "PATCH")
}

/// The record that a changing request is about.
fn current<'a>(facts: &'a ProtectedRequest) -> Option<&'a Record> {
    let is_change = matches!(facts.context.request.method.as_str(), "PUT" | "PATCH" | "DELETE");
    let is_of_records = routed(facts).is_some_and(|route| route.collection.behind != Behind::StatusChanger);
    facts
        .admin
        .as_ref()
        .filter(|_| is_change && is_of_records)?
        .current
        .as_ref()
}

/// Whether `If-Match` names the version that the record has. It may be written as the tag that was given out, or bare (IDCS-ADMIN-225).
fn is_current(facts: &ProtectedRequest) -> bool {
    let Some(record) = current(facts) else { return false };
    let version = version_of(record.id(), record.meta());
    let mut tags = facts
        .context
        .request
        .header_values("if-match")
        .flat_map(|tags| tags.split(','))
        .map(str::trim);
    tags.any(|tag| tag == "*" || tag.trim_start_matches("W/").trim_matches('"') == version)
}

/// What planning the request ran into, as far as this rule judges it.
fn found(facts: &ProtectedRequest, rule: &'static str) -> Verdict {
    match facts.admin.as_ref().map(|admin| &admin.plan) {
        None => Verdict::NotApplicable,
        Some(Err(fault)) if fault.rule == rule => Verdict::violated(fault.cause, fault.detail.clone()),
        Some(_) => Verdict::Held,
    }
}
