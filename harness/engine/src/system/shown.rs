//! A request as people may see it: everything that the server would see, but for what opens something.
//!
//! For dry runs and support requests. Whatever is written is escaped: no control character survives.

use std::fmt::Write as _;

use url::form_urlencoded;

use super::Request;
use crate::token::{decode, is_credential, redact};

/// What stands in the place of a credential.
const HIDDEN: &str = "(hidden)";

/// The longest text of a body that is shown.
const LONGEST: usize = 4096;

/// Fields that hold no credential though their name ends like one's.
const HARMLESS: [&str; 1] = ["client_assertion_type"];

/// Writes a request line by line: method and address, header fields, and the body a parameter a line.
///
/// An assertion is taken apart, without its signature: its claims are what people want to check. Other credentials are hidden.
pub fn shown_request(request: &Request) -> String {
    let mut text = format!("{} {}\n", request.method, redact(&request.url));
    for (name, value) in &request.headers {
        let _ = writeln!(text, "  {name}: {}", field(name, value));
    }
    let body = String::from_utf8_lossy(&request.body);
    let is_form = request
        .headers
        .iter()
        .any(|(name, value)| name.eq_ignore_ascii_case("content-type") && value.contains("form-urlencoded"));
    if is_form {
        for (name, value) in form_urlencoded::parse(&request.body) {
            let _ = writeln!(text, "  {name} = {}", parameter(&name, &value));
        }
    } else if !body.is_empty() {
        let cut: String = redact(&body).chars().take(LONGEST).collect();
        let _ = writeln!(text, "  {cut}");
    }
    text.chars()
        .map(|character| {
            if character.is_control() && character != '\n' {
                ' '
            } else {
                character
            }
        })
        .collect()
}

fn field(name: &str, value: &str) -> String {
    if !is_credential(name) {
        return redact(value);
    }
    match value.split_once(' ') {
        Some((scheme, rest)) if is_stand_in(rest) => format!("{scheme} {rest}"),
        Some((scheme, _)) if name.eq_ignore_ascii_case("authorization") => format!("{scheme} {HIDDEN}"),
        _ => HIDDEN.to_owned(),
    }
}

fn parameter(name: &str, value: &str) -> String {
    if let Some(claims) = is_credential(name).then(|| taken_apart(value)).flatten() {
        return claims;
    }
    if is_credential(name) && !HARMLESS.contains(&name) && !is_stand_in(value) {
        return HIDDEN.to_owned();
    }
    redact(value)
}

/// Header and claims of a JWT.
fn taken_apart(token: &str) -> Option<String> {
    let decoded = decode(token).ok()?;
    let [header, claims] = [decoded.header, decoded.claims].map(|part| serde_json::Value::Object(part).to_string());
    Some(format!("a JWT: header {header}, claims {claims}"))
}

/// Whether a value says from which step it will be: `{token.access-token}`.
fn is_stand_in(value: &str) -> bool {
    let inner = value.strip_prefix('{').and_then(|value| value.strip_suffix('}'));
    inner.is_some_and(|inner| {
        inner
            .chars()
            .all(|character| character.is_ascii_alphanumeric() || "-._".contains(character))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_opens_something_is_hidden_and_the_rest_is_not() {
        let request = Request {
            method: "POST".to_owned(),
            url: "https://domain.example/oauth2/v1/token?code=hush".to_owned(),
            headers: vec![
                ("Authorization".to_owned(), "Basic aHVzaDpodXNo".to_owned()),
                ("Cookie".to_owned(), "session=hush".to_owned()),
                (
                    "Content-Type".to_owned(),
                    "application/x-www-form-urlencoded".to_owned(),
                ),
            ],
            body:
                b"grant_type=x&client_secret=hush&assertion=eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.aHVzaA&scope=a%20b\
                &refresh_token={token.refresh}&client_assertion_type=urn%3Ax"
                    .to_vec(),
            identity: None,
        };
        let shown = shown_request(&request);
        assert!(!shown.contains("hush") && !shown.contains("aHVzaA"), "{shown}");
        for line in [
            "POST https://domain.example/oauth2/v1/token?code=(hidden)",
            "  Authorization: Basic (hidden)",
            "  grant_type = x",
            "  client_secret = (hidden)",
            "  assertion = a JWT: header {\"alg\":\"none\"}, claims {\"sub\":\"ada\"}",
            "  scope = a b",
            "  refresh_token = {token.refresh}",
            "  client_assertion_type = urn:x",
        ] {
            assert!(shown.lines().any(|found| found == line), "{line}\n{shown}");
        }
    }

    #[test]
    fn a_body_of_json_is_shown_without_credentials_and_control_characters() {
        let request = Request {
            method: "POST".to_owned(),
            url: "https://api.example/".to_owned(),
            headers: vec![("Authorization".to_owned(), "Bearer {token.access-token}".to_owned())],
            body: "{\"clientSecret\":\"hush\",\"name\":\"a\u{1b}[31m\"}"
                .as_bytes()
                .to_vec(),
            identity: None,
        };
        let shown = shown_request(&request);
        assert!(
            shown.contains("Bearer {token.access-token}") && shown.contains("\"name\":\"a [31m\""),
            "{shown}"
        );
        assert!(!shown.contains("hush") && !shown.contains('\u{1b}'), "{shown}");
    }
}
