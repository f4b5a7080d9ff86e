//! The forms of the classic stack's answers: collections, items, descriptions, errors, and the header fields of each.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Body, Slot};
use crate::fusion::adf::items::{self, Item};
use crate::fusion::adf::resources::{FRAMEWORK_VERSIONS, Resource, Type, VERSIONS};
use crate::fusion::adf::{Asked, adapter, audit, scim, writing};
use crate::fusion::answers::title;
use crate::fusion::facts::{PodRequest, Route};
use crate::landscape::PodUser;
use crate::rule::Denial;
use crate::state::Effect;

/// The framework version from which errors have a body (FUSION-313).
const STRUCTURED_ERRORS: u8 = 4;
/// The framework version from which rows below rows come as collections (FUSION-307).
const NESTED_COLLECTIONS: u8 = 3;

/// The answer to a request that violates nothing; `None` where a defect let through what does not exist.
pub fn grant(facts: &PodRequest, asked: &Asked, effects: &mut Vec<Effect>) -> Option<Answer> {
    let user = facts.user()?;
    let answer = match (asked, facts.method()) {
        (Asked::Root(context), _) => root(facts, context),
        (Asked::Describe(resource), _) => describe(resource),
        (Asked::Collection(resource), "POST") if resource.collection.contains(&"POST") => {
            created(facts, resource, &writing::create(facts, resource, user, effects))
        }
        (Asked::Collection(_), "POST") | (Asked::SignInAudit, _) => return None,
        (Asked::Collection(resource), _) => collection(facts, resource, user),
        (Asked::Item(resource, id), "PATCH") => {
            item(facts, resource, &writing::change(facts, resource, id, user, effects)?)
        }
        (Asked::Item(resource, id), "DELETE") => {
            writing::remove(facts, resource, id, user, effects);
            Answer::empty(204)
        }
        (Asked::Item(resource, id), _) => item(facts, resource, &facts.adf_item(resource, id)?),
        (Asked::Children(resource, id), _) => children(facts, resource, &facts.adf_item(resource, id)?),
        (Asked::Users | Asked::User(_) | Asked::Roles | Asked::Role(_), _) => scim::grant(facts, asked, user, effects)?,
        (Asked::AuditHistory | Asked::AuditSetup | Asked::AuditStatus, _) => audit::grant(facts, asked),
        (Asked::ServiceCatalogue | Asked::EventCatalogue, _) => adapter::catalogue(asked),
    };
    Some(dressed(facts, answer))
}

/// A refusal: from framework version 4 on an object whose status is a text, if the client takes JSON; before that a text or nothing
/// (FUSION-313, FUSION-314, FUSION-U-16, FUSION-U-17).
pub fn refusal(facts: &PodRequest, denial: &Denial) -> Answer {
    if matches!(facts.route, Route::Adf(Asked::AuditHistory)) && denial.status == 400 {
        return audit::failed(denial.status, denial.description);
    }
    let members = || {
        let details = match denial.status {
            403 | 404 => json!([]),
            status => json!([{
                "detail": denial.description,
                "o:errorCode": format!("EXAMPLE-{status}"),
                "o:errorPath": "",
            }]),
        };
        vec![
            ("title", Slot::Value(json!(title(denial.status)))),
            ("status", Slot::Value(json!(denial.status.to_string()))),
            ("o:errorDetails", Slot::Value(details)),
        ]
    };
    let mut answer = if facts.framework_version() >= STRUCTURED_ERRORS && takes_errors(facts) {
        let mut answer = Answer::object(denial.status, members());
        answer.set_header("Content-Type", "application/vnd.oracle.adf.error+json");
        answer
    } else if matches!(denial.status, 403 | 404) {
        Answer::empty(denial.status)
    } else {
        Answer::page(denial.status, denial.description.to_owned()).header("Content-Type", "text/plain;charset=utf-8")
    };
    // For the defect that answers everybody alike.
    let structured: Map<String, Value> = members()
        .into_iter()
        .filter_map(|(name, slot)| match slot {
            Slot::Value(value) => Some((name.to_owned(), value)),
            _ => None,
        })
        .collect();
    answer
        .hearsay
        .insert("structured".to_owned(), Value::Object(structured));
    answer
}

/// Whether the client takes errors as JSON; one that says nothing takes everything.
fn takes_errors(facts: &PodRequest) -> bool {
    let Some(accepted) = facts.request.header("accept") else {
        return true;
    };
    accepted.split(',').any(|one| {
        let media_type = one.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        matches!(
            media_type.as_str(),
            "*/*" | "application/*" | "application/json" | "application/vnd.oracle.adf.error+json"
        )
    })
}

/// Which versions there are (FUSION-306).
fn root(facts: &PodRequest, context: &str) -> Answer {
    let allowed: Vec<String> = FRAMEWORK_VERSIONS.map(|version| version.to_string()).collect();
    let version = json!({
        "version": VERSIONS[0],
        "isLatest": true,
        "links": [link(&format!("{}/{context}/resources/{}", base(facts), VERSIONS[0]), "self", VERSIONS[0], "item")],
        "adf:extension": {
            "defaultFrameworkVersion": facts.default_framework_version().to_string(),
            "allowedFrameworkVersions": allowed,
        },
    });
    labelled(
        Answer::object(200, vec![("items", Slot::Value(json!([version])))]),
        "application/vnd.oracle.adf.resourcecollection+json",
    )
}

/// What a resource is like.
fn describe(resource: &Resource) -> Answer {
    let attributes: Vec<Value> = resource
        .attributes
        .iter()
        .map(|attribute| {
            let kind = match attribute.kind {
                Type::Text => "string",
                Type::Number => "number",
                Type::Boolean => "boolean",
            };
            json!({ "name": attribute.name, "type": kind, "updatable": attribute.writable, "mandatory": attribute.required })
        })
        .collect();
    let resources = json!({ resource.name: { "attributes": attributes } });
    labelled(
        Answer::object(200, vec![("Resources", Slot::Value(resources))]),
        "application/vnd.oracle.adf.description+json",
    )
}

/// The rows that a user sees of a resource (FUSION-302).
fn collection(facts: &PodRequest, resource: &'static Resource, user: &PodUser) -> Answer {
    let query = facts.adf_query(resource);
    let all: Vec<Item> = items::all(facts.pod, resource, Some(user))
        .into_iter()
        .filter(|item| query.matches(item))
        .collect();
    let seen: Vec<&Item> = all.iter().filter(|item| item.is_shown_to(user, resource)).collect();
    let version = facts.framework_version();
    let page: Vec<&Item> = seen.iter().skip(query.offset).take(query.limit()).copied().collect();
    let shown = |items: &[&Item], version: u8| -> Value {
        items
            .iter()
            .map(|item| shown(facts, resource, item, version, query.is_expanded, !query.only_data))
            .collect()
    };
    let has_more = query.offset + page.len() < seen.len();
    let address = format!("{}/{}", resources_of(facts, resource), resource.name);
    let members = vec![
        ("items", Slot::Value(shown(&page, version))),
        ("count", Slot::Value(json!(page.len()))),
        ("hasMore", Slot::Value(json!(has_more))),
        ("limit", Slot::Value(json!(query.limit()))),
        ("offset", Slot::Value(json!(query.offset))),
        (
            "links",
            Slot::Value(json!([link(&address, "self", resource.name, "collection")])),
        ),
    ];
    let mut answer = labelled(
        Answer::object(200, members),
        "application/vnd.oracle.adf.resourcecollection+json",
    );
    // What a careless server would show instead.
    let everything: Vec<&Item> = all.iter().collect();
    let otherwise = if version < NESTED_COLLECTIONS {
        NESTED_COLLECTIONS
    } else {
        1
    };
    let hearsay = [
        ("all-items", shown(&everything, version)),
        (
            "nested-otherwise",
            if query.is_expanded {
                shown(&page, otherwise)
            } else {
                Value::Null
            },
        ),
        ("asked-limit", json!(query.asked_limit)),
    ];
    answer
        .hearsay
        .extend(hearsay.map(|(name, value)| (name.to_owned(), value)));
    answer
}

/// One row.
fn item(facts: &PodRequest, resource: &'static Resource, item: &Item) -> Answer {
    let query = facts.adf_query(resource);
    let shown = shown(
        facts,
        resource,
        item,
        facts.framework_version(),
        query.is_expanded,
        !query.only_data,
    );
    let mut answer = Answer::empty(200);
    answer.body = Body::Json(shown);
    let answer = labelled(answer, "application/vnd.oracle.adf.resourceitem+json");
    let mut answer = answer.header("ETag", item.etag(resource));
    let client = facts.token.as_ref().and_then(|access| access.token.text("client_id"));
    answer.hearsay.insert("client".to_owned(), json!(client));
    answer
}

/// A row that was just made: 201 with its address, port and all (FUSION-309).
fn created(facts: &PodRequest, resource: &'static Resource, made: &Item) -> Answer {
    let address = address(facts, resource, made);
    let mut answer = item(facts, resource, made);
    answer.status = 201;
    answer.header("Location", address.clone()).header(
        "Link",
        format!("<{address}>;rel=\"self\";kind=\"item\";name=\"{}\"", resource.name),
    )
}

/// The rows below one row.
fn children(facts: &PodRequest, resource: &'static Resource, parent: &Item) -> Answer {
    let name = resource.child.unwrap_or_default();
    let address = format!("{}/child/{name}", address(facts, resource, parent));
    let members = vec![
        ("items", Slot::Value(json!(parent.lines))),
        ("count", Slot::Value(json!(parent.lines.len()))),
        ("hasMore", Slot::Value(json!(false))),
        ("limit", Slot::Value(json!(facts.adf_query(resource).limit()))),
        ("offset", Slot::Value(json!(0))),
        (
            "links",
            Slot::Value(json!([link(&address, "self", name, "collection")])),
        ),
    ];
    labelled(
        Answer::object(200, members),
        "application/vnd.oracle.adf.resourcecollection+json",
    )
}

/// A row with its links and, if wanted, the rows below it: a bare list before framework version 3, a collection from then on (FUSION-307).
fn shown(
    facts: &PodRequest,
    resource: &Resource,
    item: &Item,
    version: u8,
    is_expanded: bool,
    has_links: bool,
) -> Value {
    let mut values = item.values.clone();
    if let Some(child) = resource.child.filter(|_| is_expanded) {
        let lines = if version < NESTED_COLLECTIONS {
            json!(item.lines)
        } else {
            json!({
                "items": item.lines,
                "count": item.lines.len(),
                "hasMore": false,
                "limit": item.lines.len(),
                "offset": 0,
            })
        };
        values.insert(child.to_owned(), lines);
    }
    if has_links {
        let address = address(facts, resource, item);
        let mut links = vec![
            link(&address, "self", resource.name, "item"),
            link(&address, "canonical", resource.name, "item"),
        ];
        links.extend(
            resource
                .child
                .map(|child| link(&format!("{address}/child/{child}"), "child", child, "collection")),
        );
        values.insert("links".to_owned(), Value::from(links));
    }
    Value::Object(values)
}

fn link(address: &str, relation: &str, name: &str, kind: &str) -> Value {
    json!({ "rel": relation, "href": address, "name": name, "kind": kind })
}

/// Absolute addresses name the port (FUSION-309).
fn base(facts: &PodRequest) -> String {
    format!("https://{}:443", facts.pod.host)
}

fn resources_of(facts: &PodRequest, resource: &Resource) -> String {
    format!("{}/{}/resources/{}", base(facts), resource.context, VERSIONS[0])
}

fn address(facts: &PodRequest, resource: &Resource, item: &Item) -> String {
    format!(
        "{}/{}/{}",
        resources_of(facts, resource),
        resource.name,
        item.id(resource)
    )
}

fn labelled(mut answer: Answer, media_type: &str) -> Answer {
    answer.set_header("Content-Type", media_type);
    answer
}

/// The header fields that a live answer was seen to have (FUSION-309), the carrier's and the edge's own apart.
fn dressed(facts: &PodRequest, answer: Answer) -> Answer {
    answer
        .header("Referrer-Policy", "origin")
        .header("X-ORACLE-DMS-RID", "0")
        .header("REST-Framework-Version", facts.framework_version().to_string())
        .header("X-XSS-Protection", "1; mode=block")
        .header("Pragma", "no-cache")
        .header("Content-Language", "en")
        .header("X-Request-ID", facts.env.draw_id("request"))
        .header("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
}
