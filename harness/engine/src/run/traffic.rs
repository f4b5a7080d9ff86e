//! Notes what went over the wire for the record: who spoke to whom, and what the tokens say. Nothing that opens anything is kept.

use serde_json::{Map, Value};

use super::engine::Exchanges;
use super::record::{ExchangeRecord, Party, TokenRecord};
use crate::expect::shown;
use crate::flow::{Drive, Exchange};
use crate::observe::{Observed, observed};
use crate::scenario::model::{Action, Flow};
use crate::system::{Request, Response};
use crate::target::{ApiKind, Entity};
use crate::token::{decode, is_credential, token_digest, tokens_in};

/// More tokens than this are not kept for one case.
const MOST_TOKENS: usize = 16;
/// A token whose header and claims take more JSON than this is not kept whole.
const MOST_BYTES: usize = 8 * 1024;
/// What stands in the place of a member that may open something.
const HIDDEN: &str = "(hidden)";

/// What went over the wire in a drive through a flow, without what is secret.
pub(super) fn exchanges(drive: &Drive<'_>, flow: &Flow, how: Exchanges) -> Vec<ExchangeRecord> {
    let noted = drive.exchanges.iter().map(|exchange| {
        let (from, to) = parties(drive, flow, &exchange.step);
        let observed = match how {
            Exchanges::Observed => observed(exchange),
            Exchanges::Recorded | Exchanges::Dropped => Observed::new(),
        };
        ExchangeRecord {
            from,
            to,
            observed,
            ..noted(exchange)
        }
    });
    noted.collect()
}

fn noted(exchange: &Exchange) -> ExchangeRecord {
    let answer = exchange.answer.as_ref().ok();
    ExchangeRecord {
        step: exchange.step.clone(),
        from: None,
        to: None,
        method: shown(&exchange.request.method),
        url: shown(exchange.request.url.split('?').next().unwrap_or_default()),
        status: answer.map(|answer| answer.status),
        location: answer.and_then(|answer| answer.header("Location")).map(shown),
        ecid: exchange.ecid().map(shown),
        error: exchange.answer.as_ref().err().map(ToString::to_string),
        observed: Observed::new(),
    }
}

/// Who makes the request of a step, and to whom.
fn parties(drive: &Drive<'_>, flow: &Flow, step: &str) -> (Option<Party>, Option<Party>) {
    match flow.step(step).map(|step| &step.action) {
        Some(Action::TokenRequest(_)) => (Some(Party::Client), Some(Party::Domain)),
        Some(Action::Call(call)) => {
            let from = if call.browser.is_some() {
                Party::User
            } else {
                Party::Client
            };
            let scope = &drive.scope;
            let player = scope.names.get(call.to.as_str());
            let to = player.and_then(|player| scope.cast.player(call.to.as_str(), player));
            let to = to.and_then(|to| match to {
                Entity::Domain(_) => Some(Party::Domain),
                Entity::Api(api) => Some(match api.kind {
                    ApiKind::FusionAi | ApiKind::FusionAdf => Party::Fusion,
                    ApiKind::Oic => Party::Integration,
                    ApiKind::Plain => Party::Api,
                }),
                _ => None,
            });
            (Some(from), to)
        }
        _ => (None, None),
    }
}

/// What the tokens in some exchanges say; each is listed once, with the places where it was seen.
pub(super) fn tokens(exchanges: &[Exchange]) -> Vec<TokenRecord> {
    let mut tokens: Vec<TokenRecord> = Vec::new();
    for exchange in exchanges {
        let step = &exchange.step;
        let mut see = |how: &str, text: &str| {
            for token in tokens_in(text) {
                let (digest, place) = (token_digest(token), format!("{step}: {how}"));
                match tokens.iter().position(|known| known.digest == digest) {
                    Some(known) if tokens[known].seen.contains(&place) => {}
                    Some(known) => tokens[known].seen.push(place),
                    None if tokens.len() < MOST_TOKENS => tokens.push(told(token, digest, place)),
                    None => {}
                }
            }
        };
        in_request(&exchange.request, &mut see);
        if let Ok(answer) = &exchange.answer {
            in_answer(answer, exchange.json.as_ref(), &mut see);
        }
    }
    tokens
}

fn in_request(request: &Request, see: &mut dyn FnMut(&str, &str)) {
    for (name, value) in &request.headers {
        see(&format!("sent as header {}", shown(name)), value);
    }
    let pairs = |text: &str, what: &str, see: &mut dyn FnMut(&str, &str)| {
        for pair in text.split('&') {
            let (name, value) = pair.split_once('=').unwrap_or(("", pair));
            see(&format!("sent as {what} {}", shown(name)), value);
        }
    };
    if let Some((_, query)) = request.url.split_once('?') {
        pairs(query, "query", see);
    }
    match serde_json::from_slice::<Value>(&request.body) {
        Ok(json) => leaves(&json, &mut String::new(), &mut |at, text| {
            see(&format!("sent at {at}"), text);
        }),
        Err(_) => pairs(&String::from_utf8_lossy(&request.body), "form", see),
    }
}

fn in_answer(answer: &Response, json: Option<&Value>, see: &mut dyn FnMut(&str, &str)) {
    for (name, value) in &answer.headers {
        see(&format!("answered in header {}", shown(name)), value);
    }
    if let Some(json) = json {
        leaves(json, &mut String::new(), &mut |at, text| {
            see(&format!("answered at {at}"), text);
        });
    }
}

/// Every text in a JSON value, with its JSON pointer.
fn leaves(value: &Value, at: &mut String, see: &mut dyn FnMut(&str, &str)) {
    let mut below = |name: &str, value: &Value, see: &mut dyn FnMut(&str, &str)| {
        let length = at.len();
        at.push('/');
        at.push_str(&shown(name));
        leaves(value, at, see);
        at.truncate(length);
    };
    match value {
        Value::String(text) => see(at, text),
        Value::Array(elements) => {
            for (index, element) in elements.iter().enumerate() {
                below(&index.to_string(), element, see);
            }
        }
        Value::Object(members) => {
            for (name, member) in members {
                below(name, member, see);
            }
        }
        _ => {}
    }
}

/// What a token says, as far as it can be read and shown.
fn told(token: &str, digest: String, place: String) -> TokenRecord {
    let mut record = TokenRecord {
        digest,
        seen: vec![place],
        header: Map::new(),
        claims: Map::new(),
        fault: None,
    };
    match decode(token) {
        Ok(decoded) => {
            let (header, claims) = (disclosed(decoded.header), disclosed(decoded.claims));
            let size = |members: &Map<String, Value>| serde_json::to_string(members).map_or(0, |text| text.len());
            if size(&header) + size(&claims) > MOST_BYTES {
                record.fault = Some(format!("it says more than the {MOST_BYTES} bytes that are kept"));
            } else {
                (record.header, record.claims) = (header, claims);
            }
        }
        Err(fault) => record.fault = Some(fault.to_string()),
    }
    record
}

/// Members with long texts cut, tokens in them taken out, and the values of what may open something hidden.
fn disclosed(members: Map<String, Value>) -> Map<String, Value> {
    let disclosed = members.into_iter().map(|(name, value)| {
        let value = if is_credential(&name) && !value.is_null() {
            Value::from(HIDDEN)
        } else {
            disclosed_value(value)
        };
        (shown(&name), value)
    });
    disclosed.collect()
}

fn disclosed_value(value: Value) -> Value {
    match value {
        Value::String(text) => Value::from(shown(&text)),
        Value::Array(elements) => elements.into_iter().map(disclosed_value).collect(),
        Value::Object(members) => Value::Object(disclosed(members)),
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::for_tests::answer;
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    fn token(claims: &Value) -> String {
        let [header, claims] =
            [&json!({ "alg": "RS256" }), claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        format!("{header}.{claims}.c2lnbmF0dXJl")
    }

    fn exchange(step: &str, headers: &[(&str, &str)], body: &str, answered: &Value) -> Exchange {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Exchange {
            step: step.to_owned(),
            request: Request {
                method: "POST".to_owned(),
                url: "https://domain.example/token?login_hint=ada".to_owned(),
                headers: headers.collect(),
                body: body.as_bytes().to_vec(),
                identity: None,
            },
            answer: Ok(answer(200, answered)),
            json: Some(answered.clone()),
        }
    }

    #[test]
    fn a_record_says_where_a_redirect_leads_and_hides_what_it_grants() {
        let mut exchange = exchange("authorize", &[("Cookie", "session=hush")], "password=hush", &json!({}));
        let location = "https://app.example/cb?code=open-sesame&state=s#access_token=opaque";
        let Ok(redirect) = &mut exchange.answer else {
            unreachable!()
        };
        redirect.headers.push(("Location".to_owned(), location.to_owned()));
        let record = noted(&exchange);
        assert_eq!(record.url, "https://domain.example/token");
        assert_eq!(
            record.location.as_deref(),
            Some("https://app.example/cb?code=(hidden)&state=s#access_token=(hidden)")
        );
        assert!(!format!("{record:?}").contains("hush"));
    }

    #[test]
    fn each_token_is_told_once_with_the_places_where_it_was_seen() {
        let (assertion, access) = (
            token(&json!({ "sub": "ada" })),
            token(&json!({ "sub": "ada", "aud": ["x"] })),
        );
        let told = tokens(&[
            exchange(
                "token",
                &[],
                &format!("assertion={assertion}&scope=x"),
                &json!({ "access_token": access }),
            ),
            exchange(
                "call",
                &[("Authorization", &format!("Bearer {access}"))],
                "{}",
                &json!({ "a": [assertion] }),
            ),
        ]);
        let seen: Vec<_> = told.iter().map(|token| token.seen.join("; ")).collect();
        assert_eq!(
            seen,
            [
                "token: sent as form assertion; call: answered at /a/0",
                "token: answered at /access_token; call: sent as header Authorization"
            ]
        );
        assert_eq!(
            Value::Object(told[1].claims.clone()),
            json!({ "sub": "ada", "aud": ["x"] })
        );
        assert_eq!(Value::Object(told[1].header.clone()), json!({ "alg": "RS256" }));
    }

    #[test]
    fn what_is_told_opens_nothing() {
        let inner = token(&json!({ "sub": "inner-subject" }));
        let outer =
            token(&json!({ "note": inner, "act": { "client_secret": "hush" }, "code": "hush", inner.as_str(): 1 }));
        let told = tokens(&[exchange("token", &[], &format!("assertion={outer}"), &json!({}))]);
        let text = serde_json::to_string(&told).unwrap();
        assert!(
            !text.contains("hush") && !text.contains("eyJ") && !text.contains("c2lnbmF0dXJl"),
            "{text}"
        );
        assert!(text.contains("jwt:") && text.contains("(hidden)"), "{text}");
    }

    #[test]
    fn what_cannot_be_read_says_why_and_what_is_too_much_is_left_out() {
        let long: Vec<String> = (0..100).map(|number| format!("{number}{}", "x".repeat(150))).collect();
        let body = format!(
            "assertion=eyJhbGciOiJub25lIn0.eyJhIjoxfQ&other={}",
            token(&json!({ "a": long }))
        );
        let told = tokens(&[exchange("token", &[], &body, &json!({}))]);
        let faults: Vec<_> = told.iter().filter_map(|token| token.fault.as_deref()).collect();
        assert_eq!(
            faults,
            [
                "the token has 2 parts instead of 3",
                "it says more than the 8192 bytes that are kept"
            ]
        );
        assert!(told[1].claims.is_empty());
    }
}
