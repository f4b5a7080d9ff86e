//! Judges refusals: a refusal is a clean 4xx without a token (or a 5xx, where its answer names that), and has the form that its answer has under the profile. Where that form
//! says so, it may be a redirect that tells the client why, as from an authorization endpoint (RFC 6749 section 4.1.2.1).

use serde_json::Value;

use super::finding::shown;
use crate::flow::Exchange;
use crate::flow::location::{Doubled, Location, Parameters};
use crate::scenario::model::{AnswerForm, Challenge};
use crate::system::Response;

/// Members that hold a token wherever they stand.
const TOKEN_MEMBERS: [&str; 3] = ["access_token", "refresh_token", "id_token"];
/// Parameters of a redirect that grant something.
const GRANTING_PARAMETERS: [&str; 4] = ["code", "access_token", "refresh_token", "id_token"];
/// The statuses by which people are sent on with GET.
const REDIRECTS: [u16; 2] = [302, 303];

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
        status if REDIRECTS.contains(&status) && form.is_some_and(AnswerForm::may_redirect) => {}
        // A gateway that tells of a refusal elsewhere may do so by a 5xx; nobody else may fail.
        status if status >= 500 && form.is_some_and(|form| form.status.contains(&status)) => {}
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
    let granted = granted_by_redirect(answer);
    if let Some(name) = granted {
        return Some(format!("a parameter `{name}` in Location"));
    }
    let field = answer.headers.iter().find(|(_, value)| has_compact_token(value));
    field.map(|(name, _)| format!("a token in the header field {name}"))
}

/// The parameter of a redirect that grants something, if one does.
fn granted_by_redirect(answer: &Response) -> Option<&'static str> {
    let location = Location::of(answer)?;
    let in_query = location.parameters(Parameters::Query);
    let names = in_query
        .chain(location.parameters(Parameters::Fragment))
        .map(|(name, _)| name);
    names
        .into_iter()
        .find_map(|name| GRANTING_PARAMETERS.into_iter().find(|known| *known == name))
}

/// Whether an answer refuses, by its status or by a redirect that tells of an error.
pub fn is_refused(answer: &Response) -> bool {
    let error = |of| Location::of(answer)?.parameter(of, "error").ok()?;
    let tells = || {
        [Parameters::Query, Parameters::Fragment]
            .into_iter()
            .any(|of| error(of).is_some())
    };
    answer.status >= 400 || (REDIRECTS.contains(&answer.status) && tells())
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
        let found = json.and_then(|json| match name.strip_prefix('/') {
            Some(_) => json.pointer(name),
            None => json.get(name),
        });
        if found != Some(wanted) {
            let found = found.map_or_else(|| "nothing".to_owned(), |found| shown(&found.to_string()));
            differences.push(format!("{name} {found}"));
        }
    }
    for (place, of, name, wanted) in redirected(form) {
        let location = Location::of(answer);
        let found = location.map_or(Ok(None), |location| location.parameter(of, name));
        if !matches!(&found, Ok(Some(found)) if found == wanted) {
            let found = match found {
                Ok(Some(found)) => shown(&found),
                Ok(None) => "nothing".to_owned(),
                Err(Doubled) => "more than once".to_owned(),
            };
            differences.push(format!("{place} with {name} {found}"));
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

/// The parameters that a form wants in `Location`: the word for their place, the place, name and value.
fn redirected(form: &AnswerForm) -> impl Iterator<Item = (&'static str, Parameters, &String, &String)> {
    let places = [
        ("redirect", Parameters::Query, &form.redirect),
        ("fragment", Parameters::Fragment, &form.fragment),
    ];
    places.into_iter().flat_map(|(word, place, wanted)| {
        let wanted = wanted.iter().flatten();
        wanted.map(move |(name, value)| (word, place, name, value))
    })
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
    words.extend(redirected(form).map(|(place, _, name, value)| format!("{place} with {name} {value}")));
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
                identity: None,
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

    fn redirected(status: u16, location: &str) -> Exchange {
        let mut answer = answer(status, &json!({}));
        answer.headers.push(("location".to_owned(), location.to_owned()));
        exchange(Ok(answer))
    }

    #[test]
    fn a_refusal_may_be_a_redirect_where_its_form_says_so() {
        let text = "{ status: [302], redirect: { error: invalid_scope }, sure: specified, basis: [] }";
        let redirecting: AnswerForm = serde_saphyr::from_str(text).unwrap();
        let judged = |status, location: &str| refusal(&redirected(status, location), Some(&redirecting));
        assert_eq!(
            judged(302, "https://a.example/cb?state=x&error=invalid_scope"),
            Refusal::AsExpected
        );
        for (status, location) in [
            (303, "/cb?error=invalid_scope"),
            (302, "/cb?error=invalid_request"),
            (302, "/cb?error=invalid_scope&error=invalid_scope"),
            (302, "/cb#error=invalid_scope"),
            (400, "/cb"),
        ] {
            assert!(
                matches!(judged(status, location), Refusal::Otherwise { .. }),
                "{status} {location}"
            );
        }
        for location in [
            "/cb?error=invalid_scope&code=c",
            "/cb?error=invalid_scope#access_token=t",
            "/cb?id_token=",
        ] {
            assert!(matches!(judged(302, location), Refusal::WithToken(_)), "{location}");
        }
        assert!(matches!(judged(301, "/cb?error=invalid_scope"), Refusal::Not(_)));
        let text = "{ status: [302], fragment: { error: invalid_scope }, sure: specified, basis: [] }";
        let telling: AnswerForm = serde_saphyr::from_str(text).unwrap();
        let judged = |location: &str| refusal(&redirected(302, location), Some(&telling));
        assert_eq!(judged("/cb#error=invalid_scope&state=x"), Refusal::AsExpected);
        assert!(matches!(judged("/cb?error=invalid_scope"), Refusal::Otherwise { .. }));
        for form in [None, Some(&form())] {
            let judged = refusal(&redirected(302, "/cb?error=invalid_scope"), form);
            assert!(matches!(judged, Refusal::Not(_)), "any refusal is a clean 4xx");
        }
    }

    #[test]
    fn a_redirect_refuses_if_it_tells_of_an_error() {
        for (status, location, expected) in [
            (302, "/cb?error=access_denied&state=x", true),
            (303, "/cb?error=access_denied", true),
            (302, "/cb#error=access_denied", true),
            (302, "/cb#state=error", false),
            (302, "/cb?code=c&state=error", false),
            (307, "/cb?error=access_denied", false),
            (400, "/cb", true),
            (200, "/cb?error=access_denied", false),
        ] {
            let exchange = redirected(status, location);
            assert_eq!(
                is_refused(exchange.answer.as_ref().unwrap()),
                expected,
                "{status} {location}"
            );
        }
    }

    #[test]
    fn a_form_looks_at_nested_members_by_pointer() {
        let text =
            "{ status: [400], json: { '/urn:a:Error/messageId': error.x, status: '400' }, sure: specified, basis: [] }";
        let form: AnswerForm = serde_saphyr::from_str(text).unwrap();
        let judged = |id: &str| {
            let body = json!({ "urn:a:Error": { "messageId": id }, "status": "400" });
            refusal(&exchange(Ok(answer(400, &body))), Some(&form))
        };
        assert_eq!(judged("error.x"), Refusal::AsExpected);
        assert!(matches!(judged("error.y"), Refusal::Otherwise { .. }));
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
                assert!(
                    matches!(refusal(&exchange, form), Refusal::Not(_) | Refusal::WithToken(_)),
                    "{name}"
                );
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
