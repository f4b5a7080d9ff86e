//! Walks the members of a JSON value: which there are and of which types, the words of protocols in them, and the lifetimes.

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::word::{is_word, name, word};
use super::{MEMBER, Observed, Seen};
use crate::token::decode;

/// Members below this depth are not looked at.
const DEEPEST: usize = 6;
/// More points of one answer are not kept.
const MOST_POINTS: usize = 400;
/// The most words of a list that are told.
const MOST_WORDS: usize = 40;

/// Members whose values are words of a protocol, and are compared as they stand.
const WORDS: [&str; 17] = [
    "active",
    "alg",
    "error",
    "errorCode",
    "key_ops",
    "kty",
    "messageId",
    "o:errorCode",
    "schemas",
    "scimType",
    "status",
    "sub_type",
    "tok_type",
    "token_type",
    "tokenType",
    "typ",
    "use",
];
/// What the names of lists end in that say what a server can do.
const CAPABILITIES: &str = "_supported";
/// Members that say for how long something is good.
const LIFETIMES: [&str; 3] = ["expires_in", "refresh_expires_in", "interval"];
/// Members that count the elements of a list beside them: what they count is compared, the number is not.
const COUNTS: [(&str, &str); 2] = [("itemsPerPage", "Resources"), ("count", "items")];

/// Notes every member of a value under `what`, such as [`MEMBER`]; places are JSON pointers in which `*` stands for the elements of lists.
pub(super) fn members(value: &Value, what: &str, seen: &mut Observed) {
    walk(value, what, &mut String::new(), 0, seen);
}

/// The type of a value, in a word.
pub(super) fn type_of(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(number) if number.is_f64() => "number",
        Value::Number(_) => "integer",
        Value::String(text) if decode(text).is_ok() => "JWT",
        Value::String(_) => "text",
        Value::Array(_) => "list",
        Value::Object(_) => "object",
    }
}

fn walk(value: &Value, what: &str, at: &mut String, depth: usize, seen: &mut Observed) {
    if depth >= DEEPEST {
        return;
    }
    let prefix = if what == MEMBER {
        String::new()
    } else {
        format!("{what} ")
    };
    let mut below = |part: &str, value: &Value, seen: &mut Observed| {
        let length = at.len();
        at.push('/');
        at.push_str(part);
        note(&format!("{what} {at}"), type_of(value), seen);
        walk(value, what, at, depth + 1, seen);
        at.truncate(length);
    };
    match value {
        Value::Array(elements) => {
            for element in elements {
                below("*", element, seen);
            }
        }
        Value::Object(members) => {
            for (member, value) in members {
                below(name(member), value, seen);
            }
            for (member, value) in members {
                told(member, value, members, &format!("{prefix}{at}/{}", name(member)), seen);
            }
        }
        _ => {}
    }
}

/// Notes what a member says, where two servers can say the same.
fn told(member: &str, value: &Value, beside: &Map<String, Value>, at: &str, seen: &mut Observed) {
    if LIFETIMES.contains(&member)
        && let Some(seconds) = value.as_i64()
    {
        seen.insert(format!("lifetime {at}"), Seen::Seconds(seconds));
    }
    if (WORDS.contains(&member) || member.ends_with(CAPABILITIES))
        && let Some(words) = words(value)
    {
        note(&format!("word {at}"), &words, seen);
    }
    let counted = COUNTS.iter().find(|(name, _)| *name == member);
    if let Some((_, list)) = counted
        && let (Some(count), Some(Value::Array(elements))) = (value.as_u64(), beside.get(*list))
    {
        let counts = if usize::try_from(count) == Ok(elements.len()) {
            "as many as there are"
        } else {
            "another number than there are"
        };
        note(&format!("word {at}"), counts, seen);
    }
}

/// A value as words; none where it is no text, number, boolean or list of texts.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(word(text).to_owned()),
        Value::Bool(_) | Value::Number(_) => {
            let text = value.to_string();
            Some(word(&text).to_owned())
        }
        Value::Array(elements) => {
            let words: BTreeSet<&str> = elements.iter().filter_map(Value::as_str).collect();
            if words.len() > MOST_WORDS || !words.iter().all(|text| is_word(text)) {
                return Some(format!("{} texts", words.len()));
            }
            Some(words.into_iter().collect::<Vec<_>>().join(" "))
        }
        Value::Null | Value::Object(_) => None,
    }
}

/// Notes a point; what differs between the elements of a list is told together.
fn note(point: &str, what: &str, seen: &mut Observed) {
    let has_room = seen.len() < MOST_POINTS;
    match seen.get_mut(point) {
        None if has_room => {
            seen.insert(point.to_owned(), Seen::from(what));
        }
        Some(Seen::Words(known)) if !known.split(" or ").any(|one| one == what) => {
            let mut all: BTreeSet<&str> = known.split(" or ").collect();
            all.insert(what);
            *known = all.into_iter().collect::<Vec<_>>().join(" or ");
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn points(value: &Value) -> Vec<String> {
        let mut seen = Observed::new();
        members(value, MEMBER, &mut seen);
        seen.iter().map(|(point, seen)| format!("{point} = {seen}")).collect()
    }

    #[test]
    fn members_are_seen_by_name_and_type_and_words_as_they_stand() {
        let answer = json!({ "error": "invalid_grant", "error_description": "no user ada.example", "expires_in": 3600, "note": null });
        assert_eq!(
            points(&answer),
            [
                "lifetime /expires_in = 3600 s",
                "member /error = text",
                "member /error_description = text",
                "member /expires_in = integer",
                "member /note = null",
                "word /error = invalid_grant",
            ]
        );
    }

    #[test]
    fn the_elements_of_a_list_are_seen_together() {
        let answer = json!({ "Resources": [{ "id": "a" }, { "id": 1 }, { "id": "b" }], "itemsPerPage": 3 });
        assert_eq!(
            points(&answer),
            [
                "member /Resources = list",
                "member /Resources/* = object",
                "member /Resources/*/id = integer or text",
                "member /itemsPerPage = integer",
                "word /itemsPerPage = as many as there are",
            ]
        );
    }

    #[test]
    fn what_names_one_thing_only_is_not_told() {
        let answer = json!({ "ada@acme.example": { "error": "no user ada" }, "scopes_supported": ["b", "a"], "key_ops": ["a b"] });
        let told = points(&answer);
        assert_eq!(
            told,
            [
                "member /key_ops = list",
                "member /key_ops/* = text",
                "member /scopes_supported = list",
                "member /scopes_supported/* = text",
                "member /{} = object",
                "member /{}/error = text",
                "word /key_ops = 1 texts",
                "word /scopes_supported = a b",
                "word /{}/error = (a text)",
            ]
        );
    }

    #[test]
    fn no_answer_is_seen_without_end() {
        let wide: Map<String, Value> = (0..2_000).map(|number| (format!("m{number}"), json!(1))).collect();
        let mut deep = json!(1);
        for _ in 0..50 {
            deep = json!([deep]);
        }
        assert!(points(&Value::Object(wide)).len() <= MOST_POINTS);
        assert!(points(&deep).len() <= DEEPEST);
    }
}
