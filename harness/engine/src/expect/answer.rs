//! Judges refusals: a refusal is a clean 4xx without a token, and has the form that its answer has under the profile.

use serde_json::Value;

use super::finding::shown;
use crate::flow::Exchange;
use crate::scenario::model::{AnswerForm, Challenge};
use crate::system::Response;

/// Members that hold a token wherever they stand.
const TOKEN_MEMBERS: [&str; 3] = ["access_token", "refresh_token", "id_token"];

/// The rows that every refusal is judged by, whatever else its case covers: it holds no token, and does not repeat the one it was sent.
pub const TOKEN_ROWS: [&str; 2] = ["TKN-024", "RSV-058"];
/// The row that every refusal is judged by whose answer names an error code: there is one.
const CODE_ROW: &str = "TKN-018";
/// The rows that every Bearer challenge is judged by: it has a parameter, each of them once, in the characters that are allowed.
const CHALLENGE_ROWS: [(&str, fn(&str) -> bool); 3] = [
    ("RSV-004", is_bare),
    ("RSV-005", is_repetitive),
    ("RSV-066", has_odd_characters),
];

/// What became of a request that must be refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// Refused in the form that was expected.
    AsExpected,
    /// Refused cleanly, in another form.
    Otherwise {
        /// The form.
        expected: String,
        /// What differs.
        actual: String,
        /// The rows that were missed, beyond those of the case.
        rows: Vec<&'static str>,
    },
    /// Refused, but with a token in the answer: where it stands.
    WithToken(String),
    /// Not refused, or not cleanly: what happened instead.
    Not(String),
}

/// Judges the answer to a request that must be refused. Without a form any clean refusal will do.
pub fn refusal(exchange: &Exchange, form: Option<&AnswerForm>) -> Refusal {
    let answer = match &exchange.answer {
        Ok(answer) => answer,
        Err(error) => return Refusal::Not(error.to_string()),
    };
    match answer.status {
        400..=499 => {}
        500.. => return Refusal::Not(format!("status {}: the server failed", answer.status)),
        status => return Refusal::Not(format!("status {status}: not refused")),
    }
    if let Some(token) = token_in(answer, exchange.json.as_ref()) {
        return Refusal::WithToken(format!("status {}, and {token}", answer.status));
    }
    let mut differences = form
        .map(|form| differences(form, answer, exchange.json.as_ref()))
        .unwrap_or_default();
    let rows = form
        .map(|form| missed_rows(form, answer, exchange.json.as_ref()))
        .unwrap_or_default();
    if differences.is_empty() && !rows.is_empty() {
        differences.extend(
            answer
                .headers("WWW-Authenticate")
                .map(|field| format!("challenge {}", shown(field))),
        );
    }
    match form {
        Some(form) if !differences.is_empty() => Refusal::Otherwise {
            expected: spelt(form),
            actual: differences.join(", "),
            rows,
        },
        _ => Refusal::AsExpected,
    }
}

/// The rows of every refusal that this one misses.
fn missed_rows(form: &AnswerForm, answer: &Response, json: Option<&Value>) -> Vec<&'static str> {
    let wants_code = form.json.iter().flatten().any(|(name, _)| name == "error");
    let is_nameless = wants_code && json.is_none_or(|json| json.get("error").is_none());
    let mut rows: Vec<&str> = is_nameless.then_some(CODE_ROW).into_iter().collect();
    let wants_bearer = form
        .challenge
        .as_ref()
        .is_some_and(|challenge| challenge.scheme.eq_ignore_ascii_case("bearer"));
    let is_bearer = |field: &&str| {
        field
            .split(' ')
            .next()
            .is_some_and(|scheme| scheme.eq_ignore_ascii_case("bearer"))
    };
    if wants_bearer {
        let fields: Vec<&str> = answer.headers("WWW-Authenticate").filter(is_bearer).collect();
        let missed = CHALLENGE_ROWS
            .iter()
            .filter(|(_, is_missed)| fields.iter().any(|field| is_missed(field)));
        rows.extend(missed.map(|(row, _)| row));
    }
    rows
}

/// The attributes of a challenge that stands alone in its field, in order.
fn attributes(field: &str) -> Vec<&str> {
    let (_, rest) = field.split_once(' ').unwrap_or((field, ""));
    let names = split_outside_quotes(rest)
        .into_iter()
        .filter_map(|piece| piece.split_once('='));
    names.map(|(name, _)| name.trim()).collect()
}

fn is_bare(field: &str) -> bool {
    attributes(field).is_empty()
}

fn is_repetitive(field: &str) -> bool {
    let names = attributes(field);
    names
        .iter()
        .enumerate()
        .any(|(index, name)| names[..index].iter().any(|before| before.eq_ignore_ascii_case(name)))
}

fn has_odd_characters(field: &str) -> bool {
    field
        .chars()
        .any(|character| !matches!(character, ' '..='~') || character == '\\')
}

/// Where an answer holds a token, if it does.
pub(super) fn token_in(answer: &Response, json: Option<&Value>) -> Option<String> {
    if let Some(name) = json.and_then(token_member) {
        return Some(format!("a member `{name}` in the body"));
    }
    if has_compact_token(&String::from_utf8_lossy(&answer.body)) {
        return Some("a token in the body".to_owned());
    }
    let field = answer.headers.iter().find(|(_, value)| has_compact_token(value));
    field.map(|(name, _)| format!("a token in the header field {name}"))
}

fn token_member(json: &Value) -> Option<&'static str> {
    match json {
        Value::Object(members) => {
            let own = TOKEN_MEMBERS
                .into_iter()
                .find(|name| members.get(*name).is_some_and(|token| !token.is_null()));
            own.or_else(|| members.values().find_map(token_member))
        }
        Value::Array(elements) => elements.iter().find_map(token_member),
        _ => None,
    }
}

/// Whether three parts of base64url stand in a text, the first of which begins like a JSON object.
fn has_compact_token(text: &str) -> bool {
    let ends = |character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character));
    text.match_indices("eyJ").any(|(start, _)| {
        let rest = &text[start..];
        let candidate = &rest[..rest.find(ends).unwrap_or(rest.len())];
        let mut parts = candidate.split('.');
        let is_long = |part: Option<&str>| part.is_some_and(|part| part.len() >= 4);
        is_long(parts.next()) && is_long(parts.next()) && parts.next().is_some()
    })
}

/// What of an answer differs from a form.
fn differences(form: &AnswerForm, answer: &Response, json: Option<&Value>) -> Vec<String> {
    let mut differences = Vec::new();
    if !form.status.contains(&answer.status) {
        differences.push(format!("status {}", answer.status));
    }
    for (name, wanted) in form.json.iter().flatten() {
        let found = json.and_then(|json| json.get(name));
        if found != Some(wanted) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| shown(&found.to_string()));
            differences.push(format!("{name} {found}"));
        }
    }
    if let Some(challenge) = &form.challenge
        && !answer
            .headers("WWW-Authenticate")
            .any(|field| has_challenge(field, challenge))
    {
        let fields: Vec<&str> = answer.headers("WWW-Authenticate").collect();
        let found = if fields.is_empty() {
            "none".to_owned()
        } else {
            shown(&fields.join(", "))
        };
        differences.push(format!("challenge {found}"));
    }
    differences
}

/// Whether a field has the challenge among its own.
fn has_challenge(field: &str, wanted: &Challenge) -> bool {
    let mut is_within = false;
    for piece in split_outside_quotes(field) {
        let (word, rest) = piece.split_once(' ').unwrap_or((piece, ""));
        // A piece that begins with a bare word opens a challenge; the others are its attributes.
        let attribute = if word.contains('=') {
            piece
        } else {
            is_within = word.eq_ignore_ascii_case(&wanted.scheme);
            if is_within && wanted.error.is_none() {
                return true;
            }
            rest.trim()
        };
        let error = attribute
            .split_once('=')
            .filter(|(name, _)| name.trim().eq_ignore_ascii_case("error"));
        let error = error.map(|(_, value)| value.trim().trim_matches('"'));
        if is_within && error.is_some() && error == wanted.error.as_deref() {
            return true;
        }
    }
    false
}

fn split_outside_quotes(field: &str) -> Vec<&str> {
    let mut is_quoted = false;
    let pieces = field.split(|character| {
        is_quoted ^= character == '"';
        character == ',' && !is_quoted
    });
    pieces.map(str::trim).collect()
}

/// A form in words.
fn spelt(form: &AnswerForm) -> String {
    let status = form
        .status
        .iter()
        .map(ToString::to_string)
        .collect::<Vec<_>>()
        .join(" or ");
    let mut words = vec![format!("status {status}")];
    words.extend(
        form.json
            .iter()
            .flatten()
            .map(|(name, value)| format!("{name} {value}")),
    );
    words.extend(form.challenge.iter().map(|challenge| match &challenge.error {
        Some(error) => format!("challenge {} with error {error}", challenge.scheme),
        None => format!("challenge {}", challenge.scheme),
    }));
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::for_tests::answer;
    use crate::system::{Request, TransportError};
    use serde_json::json;

    const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";

    fn exchange(answer: Result<Response, TransportError>) -> Exchange {
        Exchange {
            step: "token".to_owned(),
            request: Request {
                method: "GET".to_owned(),
                url: String::new(),
                headers: Vec::new(),
                body: Vec::new(),
            },
            json: answer
                .as_ref()
                .ok()
                .and_then(|answer| serde_json::from_slice(&answer.body).ok()),
            answer,
        }
    }

    fn form() -> AnswerForm {
        serde_saphyr::from_str(
            "{ status: [400, 401], json: { error: invalid_grant }, challenge: { scheme: Bearer, error: invalid_token }, \
             sure: specified, basis: [] }",
        )
        .unwrap()
    }

    fn refused(status: u16, error: &str, challenge: &str) -> Exchange {
        let mut answer = answer(status, &json!({ "error": error }));
        answer
            .headers
            .push(("www-authenticate".to_owned(), challenge.to_owned()));
        exchange(Ok(answer))
    }

    #[test]
    fn a_refusal_is_as_expected_or_otherwise() {
        let right = "Basic realm=\"a, b\", bearer realm=\"x\", error=\"invalid_token\"";
        assert_eq!(
            refusal(&refused(401, "invalid_grant", right), Some(&form())),
            Refusal::AsExpected
        );
        for (status, error, challenge) in [
            (403, "invalid_grant", right),
            (400, "invalid_request", right),
            (400, "invalid_grant", "Basic error=\"invalid_token\""),
            (400, "invalid_grant", "Bearer error=\"other\""),
            (400, "invalid_grant", "Bearer realm=\"a, error=invalid_token\""),
        ] {
            let refused = refused(status, error, challenge);
            let judged = refusal(&refused, Some(&form()));
            assert!(
                matches!(judged, Refusal::Otherwise { .. }),
                "{status} {error} {challenge}: {judged:?}"
            );
            assert_eq!(refusal(&refused, None), Refusal::AsExpected, "any refusal will do");
        }
    }

    #[test]
    fn what_only_looks_like_a_refusal_is_none() {
        let reset = TransportError::Reset {
            site: "x.example:443".to_owned(),
        };
        let mut leaking = answer(400, &json!({}));
        leaking.headers.push(("Location".to_owned(), format!("/x#{TOKEN}")));
        for (name, exchange) in [
            ("a success", exchange(Ok(answer(200, &json!({}))))),
            ("a redirect", exchange(Ok(answer(302, &json!({}))))),
            (
                "a failure of the server",
                exchange(Ok(answer(503, &json!({ "error": "invalid_grant" })))),
            ),
            ("no answer", exchange(Err(reset))),
            (
                "a member",
                exchange(Ok(answer(400, &json!({ "a": [{ "access_token": "opaque" }] })))),
            ),
            (
                "a token in a text",
                exchange(Ok(answer(400, &json!({ "error_description": format!("no {TOKEN}") })))),
            ),
            ("a token in a header", exchange(Ok(leaking))),
        ] {
            for form in [None, Some(&form())] {
                assert!(matches!(refusal(&exchange, form), Refusal::Not(_)), "{name}");
            }
        }
    }

    #[test]
    fn words_that_begin_like_a_token_are_none() {
        for text in ["eyJ", "keyJar.of.honey", "eyJhbGciOiJub25lIn0", "eyJhbGci.x"] {
            assert!(!has_compact_token(text), "{text}");
        }
        for text in [
            TOKEN,
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.",
            "a \"eyJhbGci.eyJz.\" b",
        ] {
            assert!(has_compact_token(text), "{text}");
        }
    }
}
