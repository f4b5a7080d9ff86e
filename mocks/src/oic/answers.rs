//! The forms of an instance's answers: faults in both spellings, challenges, what integrations answer, and the way to the design host.

use serde_json::{Value, json};

use crate::answer::{Answer, Body, Slot};
use crate::oic::facts::InstanceRequest;
use crate::oic::route::Route;
use crate::rule::Denial;

/// The media type of answers (OIC-072).
const JSON: &str = "application/json; charset=utf-8";

/// A refusal: a fault, with a challenge where it is about the credentials (OIC-200 to OIC-205).
pub fn refusal(facts: &InstanceRequest, denial: &Denial) -> Answer {
    let answer = fault(facts, denial.status, denial.description, Vec::new());
    let answer = match denial.status {
        405 => answer.header("Allow", facts.allowed_methods().join(", ")),
        _ => answer,
    };
    match challenge(facts, denial) {
        Some(challenge) => answer.header("WWW-Authenticate", challenge),
        None => answer,
    }
}

fn challenge(facts: &InstanceRequest, denial: &Denial) -> Option<String> {
    let is_about_the_token = denial.status == 401 || !denial.error.is_empty();
    let realm = format!("Bearer realm=\"{}\"", facts.context.request.site);
    is_about_the_token.then(|| match denial.error {
        "" => realm,
        error => format!("{realm}, error=\"{error}\""),
    })
}

/// A fault in the form of a trigger, its members prefixed where the trigger is old or the API for developers answers (OIC-040 to
/// OIC-044). `errorCode` is the status, since no other code is known (OIC-262).
pub fn fault(facts: &InstanceRequest, status: u16, detail: &str, details: Vec<Value>) -> Answer {
    let is_prefixed = match facts.trigger() {
        Some(trigger) => trigger.prefixed_errors,
        None => facts.route.is_for_developers(),
    };
    let (code, list) = if is_prefixed {
        ("o:errorCode", "o:errorDetails")
    } else {
        ("errorCode", "errorDetails")
    };
    let kind = format!(
        "http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec{}",
        section(status)
    );
    let members = vec![
        ("type", Slot::Value(json!(kind))),
        ("title", Slot::Value(json!(title(status)))),
        ("detail", Slot::Value(json!(detail))),
        (code, Slot::Value(json!(status.to_string()))),
        (list, Slot::Value(Value::Array(details))),
    ];
    let mut answer = Answer::object(status, members);
    answer.set_header("Content-Type", JSON);
    answer
}

/// The section of RFC 2616 that mirrors a status (OIC-042): 10.5.1 for 500, 10.4.5 for 404.
fn section(status: u16) -> String {
    format!("10.{}.{}", status / 100, status % 100 + 1)
}

fn title(status: u16) -> &'static str {
    match status {
        400 => "Bad Request",
        401 => "Unauthorized",
        403 => "Forbidden",
        404 => "Not Found",
        405 => "Method Not Allowed",
        409 => "Conflict",
        412 => "Precondition Failed",
        413 => "Request Entity Too Large",
        414 => "Request-URI Too Long",
        500 => "Internal Server Error",
        502 => "Bad Gateway",
        503 => "Service Unavailable",
        _ => "Error",
    }
}

/// An answer of JSON.
pub fn json(status: u16, value: Value) -> Answer {
    let mut answer = Answer::object(status, Vec::new());
    answer.body = Body::Json(value);
    answer.set_header("Content-Type", JSON);
    answer
}

/// The way to the design host, for a call that came to the instance's own (OIC-005).
pub fn sent_on(facts: &InstanceRequest) -> Answer {
    let request = facts.context.request;
    let instance = facts.context.instance;
    let base = instance.map_or_else(String::new, |instance| {
        let [_, design] = &instance.published_at;
        design
            .clone()
            .unwrap_or_else(|| format!("https://{}", instance.design_host))
    });
    let query = request
        .query
        .as_ref()
        .map(|query| format!("?{query}"))
        .unwrap_or_default();
    Answer::empty(307).header(
        "Location",
        format!("{base}{}", in_address(&format!("{}{query}", request.path))),
    )
}

/// What was sent as part of an address, as part of one that is told: nothing in it ends a header field, whatever a carrier let through.
fn in_address(sent: &str) -> String {
    let mut told = String::with_capacity(sent.len());
    for byte in sent.bytes() {
        if byte.is_ascii_graphic() {
            told.push(char::from(byte));
        } else {
            told += &format!("%{byte:02X}");
        }
    }
    told
}

/// The answer where a defect let something through that names nothing that exists.
pub fn stand_in(route: &Route) -> Answer {
    let body = if route.is_for_developers() {
        json!({ "items": [], "id": "stand-in", "status": "stand-in" })
    } else {
        json!({ "message": "stand-in" })
    };
    json(200, body)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_header_field_ends_inside_an_address() {
        assert_eq!(
            in_address("/a?b=%20c&d=e\r\nSet-Cookie: x\u{7f}\u{e9}"),
            "/a?b=%20c&d=e%0D%0ASet-Cookie:%20x%7F%C3%A9"
        );
    }
}
