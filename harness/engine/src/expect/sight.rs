//! Finds in an answer what an expectation looks at. Compares nothing: that is for [`super::matcher`].

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::matcher::Words;
use crate::flow::Exchange;
use crate::flow::cookie::SetCookie;
use crate::flow::location::{Doubled, Location, Parameters};
use crate::flow::markup::Page;
use crate::scenario::model::{Check, CookieAttribute, Matcher};
use crate::system::Response;
use crate::token::decode;

/// What an expectation looks at.
pub(super) struct Sight<'a> {
    /// How it is compared.
    pub(super) matcher: &'a Matcher,
    /// The value, if there is one; an error where there is something that cannot be compared.
    pub(super) value: Result<Option<Value>, Unfit>,
    /// The name by which a credential is known as one.
    pub(super) name: &'a str,
    /// What `has` looks for in a text.
    pub(super) words: Words,
}

/// What stands in an answer and cannot be compared.
pub(super) struct Unfit {
    /// What would have been right.
    pub(super) expected: &'static str,
    /// What is there.
    pub(super) actual: String,
}

/// Finds what a check looks at; none for the kinds that compare no value.
pub(super) fn sight<'a>(check: &'a Check, answer: &Response, exchange: &Exchange) -> Option<Sight<'a>> {
    let json = exchange.json.as_ref();
    let text = |text: Option<&str>| Ok(text.map(Value::from));
    let parameter = |of, name: &str| parameter(answer, of, name).map(|value| value.map(Value::from));
    let (value, name) = match check {
        Check::Status(_) => (Ok(Some(Value::from(answer.status))), ""),
        Check::Header { name, .. } => {
            let fields: Vec<&str> = answer.headers(name).collect();
            (
                Ok((!fields.is_empty()).then(|| Value::from(fields.join(", ")))),
                name.as_str(),
            )
        }
        Check::Json { at, .. } => (Ok(json.and_then(|json| json.pointer(at)).cloned()), at.as_str()),
        Check::Claim { token, at, .. } => (part(exchange, token, at, |(_, claims)| claims), at.as_str()),
        Check::JoseHeader { token, at, .. } => (part(exchange, token, at, |(header, _)| header), at.as_str()),
        Check::Location(_) => (text(Location::of(answer).map(Location::place)), ""),
        Check::Redirect { at, .. } => (parameter(Parameters::Query, at), at.as_str()),
        Check::Fragment { at, .. } => (parameter(Parameters::Fragment, at), at.as_str()),
        Check::Field { name, .. } => (text(Page::read(&answer.body).field(name)), name.as_str()),
        Check::Html(_) => (Ok(Some(Value::from(Page::read(&answer.body).text))), ""),
        Check::Cookie { name, attribute, .. } => {
            // The value of a cookie opens a session, whatever its name.
            let shown_as = if *attribute == CookieAttribute::Value {
                "cookie"
            } else {
                ""
            };
            (Ok(cookie(answer, name, *attribute)), shown_as)
        }
        Check::Signed { .. } | Check::Keys(_) | Check::Recorded { .. } | Check::NoToken => return None,
    };
    Some(Sight {
        matcher: check.matcher()?,
        value,
        name,
        words: match check {
            Check::Header { .. } => Words::Directives,
            Check::Html(_) => Words::Within,
            _ => Words::Whole,
        },
    })
}

fn parameter(answer: &Response, of: Parameters, name: &str) -> Result<Option<String>, Unfit> {
    let location = Location::of(answer);
    let value = location.map_or(Ok(None), |location| location.parameter(of, name));
    value.map_err(|Doubled| Unfit {
        expected: "the parameter once",
        actual: "the parameter more than once".to_owned(),
    })
}

/// What an answer says of a cookie; of several of its name the last one, as browsers do.
fn cookie(answer: &Response, name: &str, attribute: CookieAttribute) -> Option<Value> {
    let set = answer.headers("Set-Cookie").filter_map(SetCookie::read);
    let cookie = set.filter(|cookie| cookie.name == name).last()?;
    let text = |text: &str| Value::from(text);
    match attribute {
        CookieAttribute::Value => Some(text(cookie.value)),
        CookieAttribute::Secure => Some(Value::from(cookie.has("Secure"))),
        CookieAttribute::HttpOnly => Some(Value::from(cookie.has("HttpOnly"))),
        CookieAttribute::SameSite => cookie.attribute("SameSite").map(text),
        CookieAttribute::Path => cookie.attribute("Path").map(text),
        CookieAttribute::MaxAge => {
            let age = cookie.attribute("Max-Age")?;
            Some(age.parse::<i64>().map_or_else(|_| text(age), Value::from))
        }
    }
}

/// A member of the header or the claims of a token in the answer.
fn part(exchange: &Exchange, token: &str, at: &str, of: fn((Value, Value)) -> Value) -> Result<Option<Value>, Unfit> {
    let parts = decoded(exchange, token).map_err(|actual| Unfit {
        expected: "a token that can be read",
        actual,
    })?;
    Ok(of(parts).pointer(at).cloned())
}

/// Header and claims of a token in the answer, or what stands there instead.
fn decoded(exchange: &Exchange, token: &str) -> Result<(Value, Value), String> {
    let compact = text_at(exchange, token)?;
    let decoded = decode(&compact).map_err(|fault| fault.to_string())?;
    let object = |members: Map<String, Value>| Value::Object(members);
    Ok((object(decoded.header), object(decoded.claims)))
}

/// The text at a place, or why there is none: a pointer into the body, or, behind `#`, a parameter of the fragment of `Location`.
pub(super) fn text_at<'a>(exchange: &'a Exchange, place: &str) -> Result<Cow<'a, str>, String> {
    let Some(name) = place.strip_prefix('#') else {
        let json = exchange.json.as_ref().ok_or_else(|| "no JSON body".to_owned())?;
        let text = json.pointer(place).and_then(Value::as_str);
        return text.map(Cow::Borrowed).ok_or_else(|| format!("no text at {place}"));
    };
    let location = exchange.answer.as_ref().ok().and_then(Location::of);
    let value = location.map_or(Ok(None), |location| location.parameter(Parameters::Fragment, name));
    match value {
        Ok(Some(text)) => Ok(Cow::Owned(text)),
        Ok(None) => Err(format!("no `{name}` in the fragment")),
        Err(Doubled) => Err(format!("`{name}` more than once in the fragment")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::expect::judge::holds;
    use crate::flow::for_tests::{answer, cast};
    use crate::flow::{Names, Scope};
    use crate::scenario::model::Expectation;
    use crate::system::Request;
    use serde_json::json;

    /// A redirect with cookies, and a page and JSON beside each other.
    fn exchange(body: &[u8]) -> Exchange {
        let mut answer = answer(302, &json!({}));
        for (name, value) in [
            (
                "Location",
                "https://app.example/cb?state=a%2520b&error=x&error=y#id_token=t",
            ),
            ("Set-Cookie", "session=old; Path=/old"),
            ("Set-Cookie", "session=s-1; path=/; HTTPONLY; SameSite=lax; Max-Age=60"),
            ("Set-Cookie", "other=1; Max-Age=soon"),
        ] {
            answer.headers.push((name.to_owned(), value.to_owned()));
        }
        answer.body = body.to_vec();
        Exchange {
            step: "call".to_owned(),
            request: Request {
                method: "GET".to_owned(),
                url: "https://domain.example/a".to_owned(),
                headers: Vec::new(),
                body: Vec::new(),
                identity: None,
            },
            json: serde_json::from_slice(body).ok(),
            answer: Ok(answer),
        }
    }

    fn is_true(expectation: &str, exchange: &Exchange) -> bool {
        let expectation: Expectation =
            serde_saphyr::from_str(expectation).unwrap_or_else(|error| panic!("{expectation}: {error}"));
        let cast = cast();
        holds(&expectation.check, exchange, &Scope::new(&cast, Names::new(), "", "")).unwrap()
    }

    #[test]
    fn redirects_pages_and_cookies_are_looked_at() {
        let exchange = exchange(b"<p>Sign <b>in</b>, Ada</p><input name=csrf value=c-1>");
        for (right, wrong) in [
            ("location: { is: 'https://app.example/cb' }", "location: { has: error }"),
            ("redirect: { at: state, is: a%20b }", "redirect: { at: state, is: a b }"),
            (
                "redirect: { at: code, absent: true }",
                "redirect: { at: id_token, present: true }",
            ),
            (
                "fragment: { at: id_token, is: t }",
                "fragment: { at: state, present: true }",
            ),
            (
                "field: { name: csrf, is: c-1 }",
                "field: { name: csrf2, present: true }",
            ),
            ("html: { has: 'gn in, A' }", "html: { has: csrf }"),
            ("html: { has-not: '<p>' }", "html: { has-not: Ada }"),
            (
                "cookie: { name: session, attribute: value, is: s-1 }",
                "cookie: { name: session, attribute: value, is: old }",
            ),
            (
                "cookie: { name: session, attribute: http-only, is: true }",
                "cookie: { name: session, attribute: secure, is: true }",
            ),
            (
                "cookie: { name: session, attribute: same-site, is-ignoring-case: Lax }",
                "cookie: { name: other, attribute: same-site, present: true }",
            ),
            (
                "cookie: { name: session, attribute: path, is: / }",
                "cookie: { name: SESSION, attribute: path, is: / }",
            ),
            (
                "cookie: { name: session, attribute: max-age, at-most: 60 }",
                "cookie: { name: other, attribute: max-age, at-most: 60 }",
            ),
        ] {
            assert!(is_true(right, &exchange), "{right}");
            assert!(!is_true(wrong, &exchange), "{wrong}");
        }
    }

    #[test]
    fn a_doubled_parameter_is_neither_there_nor_absent() {
        let exchange = exchange(b"");
        for matcher in ["is: x", "has-not: z", "absent: true", "present: true"] {
            assert!(
                !is_true(&format!("redirect: {{ at: error, {matcher} }}"), &exchange),
                "{matcher}"
            );
        }
    }

    #[test]
    fn a_claim_is_the_half_hash_of_a_token_in_the_same_body() {
        // {"alg":"none"}.{"at_hash":"ungWv48Bz-pBQUDeXa4iIw"}, the half hash of `abc`.
        let id_token = "eyJhbGciOiJub25lIn0.eyJhdF9oYXNoIjoidW5nV3Y0OEJ6LXBCUVVEZVhhNGlJdyJ9.";
        for (access_token, expected) in [("abc", true), ("abd", false)] {
            let body = json!({ "id_token": id_token, "access_token": access_token }).to_string();
            let expectation = "claim: { in: /id_token, at: /at_hash, is-half-hash-of: /access_token }";
            assert_eq!(is_true(expectation, &exchange(body.as_bytes())), expected);
        }
    }

    #[test]
    fn tokens_are_found_in_the_fragment_too() {
        // The half hash of `abc`, as above.
        let id_token = "eyJhbGciOiJub25lIn0.eyJhdF9oYXNoIjoidW5nV3Y0OEJ6LXBCUVVEZVhhNGlJdyJ9.";
        let mut exchange = exchange(b"");
        let location = |code: &str| {
            let location = format!("https://app.example/cb#code={code}&id_token={id_token}&x=1&x=1");
            ("Location".to_owned(), location)
        };
        for (code, expected) in [("abc", true), ("abd", false)] {
            exchange.answer.as_mut().expect("an answer").headers = vec![location(code)];
            let hash = "claim: { in: '#id_token', at: /at_hash, is-half-hash-of: '#code' }";
            assert_eq!(is_true(hash, &exchange), expected, "{code}");
            assert!(is_true(
                "jose-header: { in: '#id_token', at: /alg, is: none }",
                &exchange
            ));
            for missing in ["#access_token", "#x", "/id_token"] {
                let claim = format!("claim: {{ in: '{missing}', at: /at_hash, absent: true }}");
                assert!(!is_true(&claim, &exchange), "{missing}");
            }
        }
    }
}
