//! How refusals of the protected endpoints look: SCIM errors for administration, bearer challenges for the others.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Body};
use crate::idcs::error;
use crate::idcs::protected::admin;
use crate::idcs::protected::facts::ProtectedRequest;
use crate::landscape::profile::ProfileName;
use crate::rule::Denial;

/// The schema of SCIM errors (IDCS-ADMIN-050).
const ERROR_SCHEMA: &str = "urn:ietf:params:scim:api:messages:2.0:Error";
/// The extension that carries the message id.
const MESSAGE_SCHEMA: &str = "urn:ietf:params:scim:api:oracle:idcs:extension:messages:Error";

/// The message ids that are known (IDCS-ADMIN-254), by our own code of the refusal.
const MESSAGES: [(&str, &str); 2] = [
    ("invalid_token", "error.common.exception.unauthorizedAccess"),
    ("access_denied", "error.common.common.accessDenied"),
];

/// The codes of RFC 7644 section 3.12 that are used.
const SCIM_TYPES: [&str; 5] = [
    "invalidFilter",
    "invalidSyntax",
    "invalidValue",
    "mutability",
    "uniqueness",
];

/// A refusal by this rule.
pub fn refusal(facts: &ProtectedRequest, rule: &str, denial: &Denial) -> Answer {
    let answer = if facts.admin.is_some() {
        admin::answers::refusal(facts, rule, denial)
    } else if facts.route.is_administrative() {
        scim_error(denial.status, denial.error, denial.description)
    } else {
        error(denial, facts.context.env)
    };
    let is_rfc = facts.context.landscape.profile.name == ProfileName::Rfc;
    match answer.status {
        // The administrative endpoints were not seen sending a challenge (IDCS-ADMIN-603, IDCS-ADMIN-902).
        401 | 403 if is_rfc || !facts.route.is_administrative() => {
            let challenge = match facts.bearer.absent {
                Some(_) => "Bearer realm=\"domain\"".to_owned(),
                None => format!("Bearer realm=\"domain\", error=\"{}\"", denial.error),
            };
            answer.header("WWW-Authenticate", challenge)
        }
        405 if facts.admin.is_none() => answer.header("Allow", "GET"),
        _ => answer,
    }
}

/// An error of the administrative endpoints (IDCS-ADMIN-251): with a message id where one is known for `code`.
pub fn scim_error(status: u16, code: &str, detail: &str) -> Answer {
    let message = MESSAGES.iter().find(|(known, _)| *known == code).map(|(_, id)| *id);
    let id = message.or_else(|| code.starts_with("error.").then_some(code));
    let mut body = Map::new();
    let schemas = if id.is_some() {
        json!([ERROR_SCHEMA, MESSAGE_SCHEMA])
    } else {
        json!([ERROR_SCHEMA])
    };
    body.insert("schemas".to_owned(), schemas);
    body.insert("detail".to_owned(), json!(detail));
    body.insert("status".to_owned(), json!(status.to_string()));
    if SCIM_TYPES.contains(&code) {
        body.insert("scimType".to_owned(), json!(code));
    }
    if let Some(id) = id {
        body.insert(MESSAGE_SCHEMA.to_owned(), json!({ "messageId": id }));
    }
    Answer {
        status,
        headers: vec![("Content-Type", "application/json;charset=utf-8".to_owned())],
        body: Body::Json(Value::Object(body)),
        hearsay: Map::new(),
    }
}
