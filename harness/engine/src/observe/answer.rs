//! Looks at one answer: status, media type, named header fields, redirects, body and the tokens in it.

use std::collections::BTreeSet;

use serde_json::Value;

use super::member::members;
use super::word::{TEXT, is_word, name, word};
use super::{MEMBER, Observed, Seen};
use crate::flow::Exchange;
use crate::flow::location::{Location, Parameters};
use crate::system::Response;
use crate::token::{Decoded, decode};

/// The point at which an answer that did not come is noted.
pub const ANSWER: &str = "answer";
/// The point of the status.
pub const STATUS: &str = "status";
/// The point that says what kind of body there is.
pub const BODY: &str = "body";

/// Header fields that list words.
const LISTING: [&str; 11] = [
    "Accept-Ranges",
    "Allow",
    "Cache-Control",
    "Content-Language",
    "Content-Security-Policy-Report-Only",
    "Pragma",
    "REST-Framework-Version",
    "Referrer-Policy",
    "Strict-Transport-Security",
    "X-Content-Type-Options",
    "X-Frame-Options",
];
/// Header fields whose values are unique: only whether they are there is seen.
const PRESENT: [&str; 6] = [
    "ETag",
    "Last-Modified",
    "Location",
    "Retry-After",
    "Set-Cookie",
    "X-ORACLE-DMS-ECID",
];

/// What an exchange shows of its server.
pub fn observed(exchange: &Exchange) -> Observed {
    let mut seen = Observed::new();
    let Ok(answer) = &exchange.answer else {
        // What exactly went wrong may be the network's doing.
        seen.insert(ANSWER.to_owned(), Seen::from("none"));
        return seen;
    };
    seen.insert(STATUS.to_owned(), Seen::from(answer.status.to_string()));
    fields(answer, &mut seen);
    redirect(answer, &mut seen);
    seen.insert(
        BODY.to_owned(),
        Seen::from(kind_of_body(answer, exchange.json.as_ref())),
    );
    if let Some(json) = &exchange.json {
        members(json, MEMBER, &mut seen);
        tokens(json, &mut String::new(), &mut seen);
    }
    seen
}

fn fields(answer: &Response, seen: &mut Observed) {
    if let Some(field) = answer.header("Content-Type") {
        let essence = field.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        seen.insert("media type".to_owned(), Seen::from(word(&essence)));
    }
    for field in LISTING {
        let values: Vec<&str> = answer.headers(field).collect();
        if !values.is_empty() {
            let words: BTreeSet<String> = values
                .iter()
                .flat_map(|value| value.split([',', ';']))
                .map(directive)
                .collect();
            let words: Vec<String> = words.into_iter().collect();
            seen.insert(format!("header {field}"), Seen::from(words.join(", ")));
        }
    }
    for field in PRESENT {
        if answer.header(field).is_some() {
            seen.insert(format!("header {field}"), Seen::from("there"));
        }
    }
    let challenges: Vec<String> = answer.headers("WWW-Authenticate").map(challenge).collect();
    if !challenges.is_empty() {
        seen.insert("header WWW-Authenticate".to_owned(), Seen::from(challenges.join("; ")));
    }
}

/// A directive such as `max-age=0`, in lower case.
fn directive(text: &str) -> String {
    let text = text.trim().to_ascii_lowercase();
    let is_told = text
        .split_once('=')
        .map_or_else(|| is_word(&text), |(name, value)| is_word(name) && is_word(value));
    if is_told { text } else { TEXT.to_owned() }
}

/// The schemes and attributes of a challenge; of the values only that of `error`.
fn challenge(field: &str) -> String {
    let mut words = Vec::new();
    for piece in outside_quotes(field) {
        let piece = piece.trim();
        let (before, value) = piece.split_once('=').unwrap_or((piece, ""));
        let mut names = before.split_whitespace();
        let attribute = names.next_back().unwrap_or_default();
        words.extend(names.map(|scheme| name(scheme).to_owned()));
        let value = value.trim().trim_matches('"');
        words.push(match attribute {
            "error" => format!("error={}", word(value)),
            other => name(other).to_owned(),
        });
    }
    words.join(" ")
}

/// A field, split at the commas that stand in no quotes.
fn outside_quotes(field: &str) -> Vec<&str> {
    let mut is_quoted = false;
    field
        .split(|character: char| {
            is_quoted ^= character == '"';
            character == ',' && !is_quoted
        })
        .collect()
}

/// Which parameters a redirect brings, and the error in them.
fn redirect(answer: &Response, seen: &mut Observed) {
    let Some(location) = Location::of(answer) else { return };
    for (what, of) in [("query", Parameters::Query), ("fragment", Parameters::Fragment)] {
        let mut names = BTreeSet::new();
        for (parameter, value) in location.parameters(of) {
            names.insert(name(&parameter).to_owned());
            if parameter == "error" {
                seen.insert(format!("word {what} of Location: error"), Seen::from(word(&value)));
            }
            if let Ok(token) = decode(&value) {
                say(&token, &format!("{what} of Location: {}", name(&parameter)), seen);
            }
        }
        if !names.is_empty() {
            let names: Vec<String> = names.into_iter().collect();
            seen.insert(format!("{what} of Location"), Seen::from(names.join(" ")));
        }
    }
}

fn kind_of_body(answer: &Response, json: Option<&Value>) -> &'static str {
    let is_html = || {
        let media = answer.header("Content-Type").unwrap_or_default();
        media.to_ascii_lowercase().contains("html")
    };
    match json {
        _ if answer.body.iter().all(u8::is_ascii_whitespace) => "empty",
        Some(Value::Object(_)) => "JSON object",
        Some(Value::Array(_)) => "JSON list",
        Some(_) => "JSON value",
        None if is_html() => "page",
        None => "text",
    }
}

/// Every token in a JSON value, with its place.
fn tokens(value: &Value, at: &mut String, seen: &mut Observed) {
    let mut below = |part: &str, value: &Value, seen: &mut Observed| {
        let length = at.len();
        at.push('/');
        at.push_str(part);
        tokens(value, at, seen);
        at.truncate(length);
    };
    match value {
        Value::String(text) => {
            if let Ok(token) = decode(text) {
                say(&token, at, seen);
            }
        }
        Value::Array(elements) => elements.iter().for_each(|element| below("*", element, seen)),
        Value::Object(members) => {
            for (member, value) in members {
                below(name(member), value, seen);
            }
        }
        _ => {}
    }
}

/// What a token shows: the members of header and claims by their types, and how long it lives.
fn say(token: &Decoded, at: &str, seen: &mut Observed) {
    members(
        &Value::Object(token.header.clone()),
        &format!("token {at}: header"),
        seen,
    );
    members(
        &Value::Object(token.claims.clone()),
        &format!("token {at}: claim"),
        seen,
    );
    let time = |claim: &str| token.claims.get(claim).and_then(Value::as_i64);
    if let (Some(from), Some(until)) = (time("iat"), time("exp")) {
        seen.insert(
            format!("lifetime token {at}"),
            Seen::Seconds(until.saturating_sub(from)),
        );
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::system::{Request, TransportError};
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    fn exchange(status: u16, headers: &[(&str, &str)], body: &str) -> Exchange {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Exchange {
            step: "token".to_owned(),
            request: Request {
                method: "GET".to_owned(),
                url: String::new(),
                headers: Vec::new(),
                body: Vec::new(),
                identity: None,
            },
            answer: Ok(Response {
                status,
                headers: headers.collect(),
                body: body.as_bytes().to_vec(),
            }),
            json: serde_json::from_str(body).ok(),
        }
    }

    fn points(exchange: &Exchange) -> Vec<String> {
        let seen = observed(exchange);
        seen.iter().map(|(point, seen)| format!("{point} = {seen}")).collect()
    }

    fn jwt(header: &Value, claims: &Value) -> String {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
        format!("{header}.{claims}.c2lnbmF0dXJl")
    }

    #[test]
    fn header_fields_are_seen_as_far_as_two_servers_can_share_them() {
        let fields = [
            ("content-type", "Application/JSON; charset=utf-8"),
            ("Cache-Control", "no-store, Max-Age=0"),
            ("ETag", "W/\"1\""),
            ("X-Unheard-Of", "something"),
            (
                "WWW-Authenticate",
                "Bearer realm=\"a, b\", error=\"invalid_token\", error_description=\"ada is gone\"",
            ),
        ];
        assert_eq!(
            points(&exchange(401, &fields, "")),
            [
                "body = empty",
                "header Cache-Control = max-age=0, no-store",
                "header ETag = there",
                "header WWW-Authenticate = Bearer realm error=invalid_token error_description",
                "media type = application/json",
                "status = 401",
            ]
        );
    }

    #[test]
    fn tokens_are_seen_by_their_shape_and_life() {
        let token = jwt(
            &json!({ "alg": "RS256", "kid": "key-1" }),
            &json!({ "sub": "ada", "iat": 100, "exp": 3700, "aud": ["a"] }),
        );
        let seen = points(&exchange(200, &[], &json!({ "access_token": token }).to_string()));
        assert_eq!(
            seen,
            [
                "body = JSON object",
                "lifetime token /access_token = 3600 s",
                "member /access_token = JWT",
                "status = 200",
                "token /access_token: claim /aud = list",
                "token /access_token: claim /aud/* = text",
                "token /access_token: claim /exp = integer",
                "token /access_token: claim /iat = integer",
                "token /access_token: claim /sub = text",
                "token /access_token: header /alg = text",
                "token /access_token: header /kid = text",
                "word token /access_token: header /alg = RS256",
            ]
        );
    }

    #[test]
    fn a_redirect_is_seen_by_what_it_brings() {
        let location = "https://app.example/cb?error=access_denied&state=s#x=1";
        let seen = points(&exchange(302, &[("Location", location)], "<p>moved"));
        assert_eq!(
            seen,
            [
                "body = text",
                "fragment of Location = x",
                "header Location = there",
                "query of Location = error state",
                "status = 302",
                "word query of Location: error = access_denied",
            ]
        );
    }

    #[test]
    fn an_answer_that_did_not_come_is_seen_as_none() {
        let mut exchange = exchange(200, &[], "");
        exchange.answer = Err(TransportError::Reset {
            site: "a.example:443".to_owned(),
        });
        assert_eq!(points(&exchange), ["answer = none"]);
    }

    #[test]
    fn nothing_that_opens_something_or_names_somebody_is_seen() {
        let body =
            json!({ "access_token": "hush-1", "error": "hush 2", "hush 3": 1, "code": "hush-4", "user": "hush-5" });
        let fields = [
            ("WWW-Authenticate", "Bearer hush=\"hush 6\", error=\"hush 7\""),
            ("Set-Cookie", "session=hush-8"),
            ("Location", "https://hush.example/hush?code=hush-9"),
            ("Cache-Control", "hush=hush 10"),
        ];
        let seen = points(&exchange(302, &fields, &body.to_string())).join("\n");
        let shown = seen.replace("Bearer hush error", "");
        assert!(!shown.contains("hush"), "{seen}");
    }
}
