//! Compares one value with what is expected of it.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use crate::flow::{FlowError, Scope, Secrets};
use crate::scenario::model::{CharacterSet, Matcher, ValueType};

/// What `has` looks for in a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Words {
    /// A whole word.
    Whole,
    /// A whole word in any letter case: directives in header fields.
    Directives,
    /// Anything within it: the text of a page.
    Within,
}

/// The outcome of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Whether the value is as expected.
    pub holds: bool,
    /// What was expected, in words.
    pub expected: String,
}

/// Compares a value, or the lack of one, with what is expected. `text_at` finds other texts of the same answer.
pub fn compare(
    matcher: &Matcher,
    actual: Option<&Value>,
    text_at: &dyn Fn(&str) -> Option<String>,
    words: Words,
    scope: &Scope<'_>,
) -> Result<Compared, FlowError> {
    let fill = |value: &Value| scope.value(value, Secrets::Refused);
    let (holds, expected) = match matcher {
        Matcher::Is(value) => {
            let value = fill(value)?;
            (actual == Some(&value), value.to_string())
        }
        Matcher::IsNot(value) => {
            let value = fill(value)?;
            (
                actual.is_some_and(|actual| *actual != value),
                format!("another value than {value}"),
            )
        }
        Matcher::IsIgnoringCase(text) => {
            let text = scope.text(text, Secrets::Refused)?;
            let said = actual.and_then(Value::as_str);
            let holds = said.is_some_and(|said| said.to_lowercase() == text.to_lowercase());
            (holds, format!("`{text}` in any letter case"))
        }
        Matcher::OneOf(values) => {
            let values = values.iter().map(fill).collect::<Result<Vec<_>, _>>()?;
            let holds = actual.is_some_and(|actual| values.contains(actual));
            (holds, format!("one of {}", Value::Array(values)))
        }
        Matcher::Has(value) => {
            let value = fill(value)?;
            (has(actual, &value, words), format!("something with {value}"))
        }
        Matcher::HasNot(value) => {
            let value = fill(value)?;
            (!has(actual, &value, words), format!("nothing with {value}"))
        }
        Matcher::Type(kind) => (
            actual.is_some_and(|actual| is_of(actual, *kind)),
            type_name(*kind).to_owned(),
        ),
        Matcher::Absent => (actual.is_none(), "nothing".to_owned()),
        Matcher::Present => (actual.is_some(), "anything".to_owned()),
        Matcher::AtMost(value) => {
            let value = fill(value)?;
            (
                number(actual) <= number(Some(&value)) && number(actual).is_some(),
                format!("at most {value}"),
            )
        }
        Matcher::AtLeast(value) => {
            let value = fill(value)?;
            (
                number(actual) >= number(Some(&value)) && number(actual).is_some(),
                format!("at least {value}"),
            )
        }
        Matcher::MatchesOnly(CharacterSet::OauthError) => {
            let is_fine = |byte: u8| matches!(byte, 0x20..=0x21 | 0x23..=0x5b | 0x5d..=0x7e);
            let holds = actual
                .and_then(Value::as_str)
                .is_some_and(|text| text.bytes().all(is_fine));
            (holds, "printable ASCII without `\"` and `\\`".to_owned())
        }
        Matcher::IsHalfHashOf(token) => {
            let hash = text_at(token).map(|text| half_hash(&text));
            let holds = hash.is_some() && actual.and_then(Value::as_str) == hash.as_deref();
            let expected = hash.map_or_else(
                || format!("the half hash of a text at {token}"),
                |hash| format!("\"{hash}\""),
            );
            (holds, expected)
        }
    };
    Ok(Compared { holds, expected })
}

/// The left half of the SHA-256 of a token, in base64url (OpenID Connect Core section 3.1.3.6, for tokens signed with RS256).
fn half_hash(token: &str) -> String {
    let hash = digest(&SHA256, token.as_bytes());
    URL_SAFE_NO_PAD.encode(&hash.as_ref()[..16])
}

/// A list with this element, or a text with this word. Words end at blanks, commas and semicolons.
fn has(actual: Option<&Value>, wanted: &Value, words: Words) -> bool {
    match (actual, wanted) {
        (Some(Value::Array(elements)), _) => elements.contains(wanted),
        (Some(Value::String(text)), Value::String(word)) => {
            let is_same = |found: &str| match words {
                Words::Whole | Words::Within => found == word,
                Words::Directives => found.eq_ignore_ascii_case(word),
            };
            if words == Words::Within {
                return text.contains(word.as_str());
            }
            text == word || text.split([' ', ',', ';', '\t']).any(is_same)
        }
        _ => false,
    }
}

fn is_of(actual: &Value, kind: ValueType) -> bool {
    match kind {
        ValueType::Text => actual.is_string(),
        ValueType::Integer => actual.is_i64() || actual.is_u64(),
        ValueType::Number => actual.is_number(),
        ValueType::Boolean => actual.is_boolean(),
        ValueType::List => actual.is_array(),
        ValueType::Object => actual.is_object(),
    }
}

fn type_name(kind: ValueType) -> &'static str {
    match kind {
        ValueType::Text => "a text",
        ValueType::Integer => "a whole number",
        ValueType::Number => "a number",
        ValueType::Boolean => "true or false",
        ValueType::List => "a list",
        ValueType::Object => "an object",
    }
}

fn number(value: Option<&Value>) -> Option<f64> {
    value.and_then(Value::as_f64)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::flow::Names;
    use crate::flow::for_tests::cast;
    use serde_json::json;

    fn holds(matcher: &Matcher, actual: &Value) -> bool {
        let cast = cast();
        let mut scope = Scope::new(&cast, Names::new(), "", "");
        scope.now = 100;
        let actual = Some(actual).filter(|actual| **actual != json!("(nothing)"));
        // The half hash of this text was worked out with another program.
        let json = json!({ "token": "abc" });
        let text_at = |place: &str| json.pointer(place)?.as_str().map(str::to_owned);
        compare(matcher, actual, &text_at, Words::Whole, &scope).unwrap().holds
    }

    #[test]
    fn every_matcher_tells_right_from_wrong() {
        let nothing = json!("(nothing)");
        let table = [
            (Matcher::Is(json!(200)), json!(200), json!("200")),
            (Matcher::Is(json!(null)), json!(null), nothing.clone()),
            (Matcher::Is(json!("${now+1}")), json!(101), json!(100)),
            (
                Matcher::IsIgnoringCase("bearer".to_owned()),
                json!("Bearer"),
                json!("MAC"),
            ),
            (Matcher::OneOf(vec![json!(200), json!(202)]), json!(202), json!(201)),
            (
                Matcher::Has(json!("no-store")),
                json!("no-cache, no-store"),
                json!("no-storehouse"),
            ),
            (Matcher::Has(json!("a")), json!(["b", "a"]), json!(["b"])),
            (Matcher::Has(json!("a b")), json!("a b"), json!("a  b")),
            (Matcher::HasNot(json!("a")), nothing.clone(), json!("b a")),
            (Matcher::Type(ValueType::Integer), json!(1), json!(1.5)),
            (Matcher::Type(ValueType::Number), json!(1.5), json!("1.5")),
            (Matcher::Type(ValueType::Object), json!({}), json!([])),
            (Matcher::Absent, nothing.clone(), json!(null)),
            (Matcher::Present, json!(null), nothing.clone()),
            (Matcher::AtMost(json!("${now}")), json!(100), json!(101)),
            (Matcher::AtMost(json!(1)), json!(0.5), nothing.clone()),
            (Matcher::AtLeast(json!(1)), json!(1), nothing),
            (
                Matcher::MatchesOnly(CharacterSet::OauthError),
                json!("a b!"),
                json!("a \"b\""),
            ),
            (Matcher::MatchesOnly(CharacterSet::OauthError), json!(""), json!("ü")),
            (
                Matcher::IsHalfHashOf("/token".to_owned()),
                json!("ungWv48Bz-pBQUDeXa4iIw"),
                json!("ungWv48Bz-pBQUDeXa4iI7AD"),
            ),
        ];
        for (matcher, right, wrong) in table {
            assert!(holds(&matcher, &right), "{matcher:?} {right}");
            assert!(!holds(&matcher, &wrong), "{matcher:?} {wrong}");
        }
    }
}
