//! How administration answers: what was planned, and how what it refuses is worded.

use serde_json::{Map, Value};

use crate::answer::{Answer, Body};
use crate::form::Form;
use crate::idcs::protected::admin::plan::{self, Plan};
use crate::idcs::protected::admin::routes::{Behind, Place};
use crate::idcs::protected::answers::scim_error;
use crate::idcs::protected::facts::ProtectedRequest;
use crate::landscape::profile::{ProfileName, switch};
use crate::rule::Denial;

/// The answer to a request that nothing is against.
pub fn answer(facts: &ProtectedRequest, plan: &Plan) -> Answer {
    let is_rfc = facts.context.landscape.profile.name == ProfileName::Rfc;
    let mut headers = Vec::new();
    let body = match &plan.body {
        Some(_) if facts.context.request.method == "HEAD" => Body::Empty,
        Some(body) => {
            // Both are legal (IDCS-ADMIN-605); the product was seen sending the plain one (IDCS-ADMIN-601).
            let media_type = if is_rfc {
                "application/scim+json"
            } else {
                "application/json;charset=utf-8"
            };
            headers.push(("Content-Type", media_type.to_owned()));
            Body::Json(body.clone())
        }
        None => Body::Empty,
    };
    if let Some(location) = &plan.location {
        headers.push(("Location", location.clone()));
    }
    if let Some(version) = &plan.version {
        headers.push(("ETag", format!("W/\"{version}\"")));
    }
    if facts.context.request.method == "OPTIONS"
        && let Some(route) = facts.admin.as_ref().and_then(|admin| admin.route.as_ref())
    {
        headers.push(("Allow", route.allowed()));
    }
    headers.push(("Cache-Control", "no-cache, no-store, must-revalidate".to_owned()));
    headers.push(("Pragma", "no-cache".to_owned()));
    headers.push(("X-ORACLE-DMS-RID", "0".to_owned()));
    Answer {
        status: plan.status,
        headers,
        body,
        hearsay: hearsay(facts),
    }
}

/// What a creation says itself of what only the server writes; and whether the answer is about who asks.
fn hearsay(facts: &ProtectedRequest) -> Map<String, Value> {
    let Some(route) = facts.admin.as_ref().and_then(|admin| admin.route.as_ref()) else {
        return Map::new();
    };
    match (
        route.collection.behind,
        &route.place,
        facts.context.request.method.as_str(),
    ) {
        (Behind::Me, ..) => std::iter::once(("Me".to_owned(), Value::Bool(true))).collect(),
        (Behind::Records(_), Place::All, "GET") if is_sorted(facts) => {
            std::iter::once(("sorted".to_owned(), Value::Bool(true))).collect()
        }
        (Behind::Records(_), Place::All, "POST") => {
            serde_json::from_slice(&facts.context.request.body).unwrap_or_default()
        }
        _ => Map::new(),
    }
}

/// Whether a list is asked for in an order.
fn is_sorted(facts: &ProtectedRequest) -> bool {
    let query = facts.context.request.query.as_deref().unwrap_or_default();
    Form::read(query.as_bytes()).value("sortBy").is_some()
}

/// What a request would do; a stand-in where a rule that was switched off let something through that cannot be done.
pub fn planned(facts: &ProtectedRequest) -> Plan {
    match facts.admin.as_ref().map(|admin| &admin.plan) {
        Some(Ok(plan)) => plan.clone(),
        Some(Err(_)) | None => plan::stand_in(&facts.context.request.method),
    }
}

/// A refusal by this rule: with the status that switches choose, and with what planning ran into as its text.
pub fn refusal(facts: &ProtectedRequest, rule: &str, denial: &Denial) -> Answer {
    let profile = &facts.context.landscape.profile;
    let status = match rule {
        "admin.role" | "admin.me" => profile.value(switch::ADMIN_NO_ROLE).parse().unwrap_or(denial.status),
        "scim.version" => profile.value(switch::STALE_VERSION).parse().unwrap_or(denial.status),
        _ => denial.status,
    };
    let plan = facts.admin.as_ref().map(|admin| &admin.plan);
    let fault = plan
        .and_then(|plan| plan.as_ref().err())
        .filter(|fault| fault.rule == rule);
    let detail = fault.map_or(denial.description, |fault| fault.detail.as_str());
    let code = match fault.and_then(|fault| fault.message) {
        Some(message) if profile.name == ProfileName::Oracle => message,
        _ => denial.error,
    };
    let mut answer = scim_error(status, code, detail);
    if profile.name == ProfileName::Rfc {
        answer.set_header("Content-Type", "application/scim+json");
    }
    let route = facts.admin.as_ref().and_then(|admin| admin.route.as_ref());
    if let (405, Some(route)) = (status, route) {
        answer = answer.header("Allow", route.allowed());
    }
    answer
}
