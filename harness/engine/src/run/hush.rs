//! Hides secrets in what is recorded of a case: those of the target, and whatever credentials went over the wire, wherever a server
//! repeats them.

use std::fmt::Write as _;

use serde_json::{Map, Value};

use super::record::CaseRecord;
use crate::flow::Exchange;
use crate::observe::{Observed, Seen};
use crate::system::{Request, Response};
use crate::token::{Mask, is_credential};

/// Shorter values of the wire are passed over: some are words, such as `password`.
const SHORTEST: usize = 12;
/// Longer values are tokens, which are known by their shape, or noise.
const LONGEST: usize = 4096;

/// A mask that also hides the credentials in some exchanges.
pub(super) fn mask_of(known: &Mask, exchanges: &[Exchange]) -> Mask {
    exchanges.iter().fold(known.clone(), |mask, exchange| {
        mask_of_one(
            &mask,
            &exchange.request,
            exchange.answer.as_ref().ok(),
            exchange.json.as_ref(),
        )
    })
}

/// A mask that also hides the credentials of one request and its answer.
pub(crate) fn mask_of_one(known: &Mask, request: &Request, answer: Option<&Response>, json: Option<&Value>) -> Mask {
    let mut found = Vec::new();
    in_request(request, &mut found);
    if let Some(answer) = answer {
        in_answer(answer, json, &mut found);
    }
    found.retain(|value| (SHORTEST..=LONGEST).contains(&value.len()));
    let mut mask = known.clone();
    mask.extend(found.iter().map(String::as_str));
    mask
}

fn in_request(request: &Request, found: &mut Vec<String>) {
    for (name, value) in &request.headers {
        if is_credential(name) {
            in_header(value, found);
        }
    }
    let query = request.url.split_once('?').map_or("", |(_, query)| query);
    in_pairs(query, found);
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(json) => in_json(&json, found),
        Err(_) => in_pairs(&String::from_utf8_lossy(&request.body), found),
    }
}

fn in_answer(answer: &Response, json: Option<&Value>, found: &mut Vec<String>) {
    for cookie in answer.headers("Set-Cookie") {
        in_header(cookie.split(';').next().unwrap_or_default(), found);
    }
    if let Some(location) = answer.header("Location") {
        let parameters = location.split_once(['?', '#']).map_or("", |(_, parameters)| parameters);
        parameters.split('#').for_each(|parameters| in_pairs(parameters, found));
    }
    if let Some(json) = json {
        in_json(json, found);
    }
}

/// The credentials of a header field: behind a scheme, or as values of cookies.
fn in_header(value: &str, found: &mut Vec<String>) {
    let (_, credential) = value.split_once(' ').unwrap_or(("", value));
    found.push(credential.to_owned());
    let cookies = value.split("; ").filter_map(|cookie| cookie.split_once('='));
    found.extend(cookies.map(|(_, value)| value.to_owned()));
}

fn in_pairs(text: &str, found: &mut Vec<String>) {
    for (name, value) in url::form_urlencoded::parse(text.as_bytes()) {
        if is_credential(&name) {
            found.push(value.into_owned());
        }
    }
}

fn in_json(value: &Value, found: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, member) in members {
                match member {
                    // In JSON, a code is that of an error; those that open something come in redirects and forms.
                    Value::String(text) if is_credential(name) && name != "code" => found.push(text.clone()),
                    member => in_json(member, found),
                }
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| in_json(element, found)),
        _ => {}
    }
}

/// Hides secrets in everything that others may have written into a record.
pub(super) fn hush(mask: &Mask, record: &mut CaseRecord) {
    let hide = |text: &mut String| *text = mask.hide(text);
    record.reason.iter_mut().for_each(hide);
    hide(&mut record.reproduce);
    for finding in &mut record.findings {
        [&mut finding.expected, &mut finding.actual, &mut finding.what]
            .into_iter()
            .for_each(hide);
    }
    for exchange in &mut record.exchanges {
        hide(&mut exchange.url);
        hide(&mut exchange.method);
        let more = [&mut exchange.location, &mut exchange.ecid, &mut exchange.error];
        more.into_iter().flatten().for_each(hide);
        hush_observed(mask, &mut exchange.observed);
    }
    for token in &mut record.tokens {
        token.seen.iter_mut().for_each(hide);
        token.header = hidden(mask, std::mem::take(&mut token.header));
        token.claims = hidden(mask, std::mem::take(&mut token.claims));
    }
}

/// Hides secrets in what was observed. Nearly always there are none in any of it, and one look at the whole shows that.
fn hush_observed(mask: &Mask, observed: &mut Observed) {
    let mut whole = String::new();
    for (point, seen) in observed.iter() {
        let _ = write!(whole, "{point}\u{1}{seen}\u{1}");
    }
    if mask.hide(&whole) == whole {
        return;
    }
    let points = std::mem::take(observed).into_iter();
    *observed = points
        .map(|(point, seen)| {
            let seen = match seen {
                Seen::Words(words) => Seen::Words(mask.hide(&words)),
                seconds @ Seen::Seconds(_) => seconds,
            };
            (mask.hide(&point), seen)
        })
        .collect();
}

fn hidden(mask: &Mask, members: Map<String, Value>) -> Map<String, Value> {
    let members = members.into_iter();
    members
        .map(|(name, value)| (mask.hide(&name), hidden_value(mask, value)))
        .collect()
}

fn hidden_value(mask: &Mask, value: Value) -> Value {
    match value {
        Value::String(text) => Value::from(mask.hide(&text)),
        Value::Array(elements) => elements
            .into_iter()
            .map(|element| hidden_value(mask, element))
            .collect(),
        Value::Object(members) => Value::Object(hidden(mask, members)),
        other => other,
    }
}
