//! One JSON object as the rules on tokens need it: members in order, doubled ones kept, values still as they were written.
//!
//! The grammar is `serde_json`'s; what is ours is that nothing is thrown away before a rule has looked at it.

use serde::de::{Deserializer as _, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::wire::{JSON_DEPTH_LIMIT, JSON_MEMBER_LIMIT};

/// What is wrong with the text of an object.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ObjectFault {
    /// Bytes that are not UTF-8 (RFC 7515 section 5.2).
    NotUtf8,
    /// A byte order mark in front, which a parser may ignore (RFC 8259 section 8.1).
    ByteOrderMark,
    /// Valid JSON that is not an object, or no JSON at all.
    NotAnObject,
    /// Something behind the object.
    TrailingText,
    /// Nested deeper than [`JSON_DEPTH_LIMIT`].
    TooDeep,
    /// More than [`JSON_MEMBER_LIMIT`] members.
    TooManyMembers,
}

/// The members of a JSON object, in order, doubled ones included.
#[derive(Debug, Default)]
pub struct Object {
    members: Vec<(String, Box<RawValue>)>,
}

/// A member's value, as far as a definition asks for its type.
#[derive(Clone, Debug, PartialEq)]
pub enum Typed<T> {
    /// There is no such member.
    Absent,
    /// There is one, of another type or beyond what the type can hold.
    WrongType,
    /// There is one of the right type.
    Is(T),
}

impl<T> Typed<T> {
    /// The value, where it is there and of its type.
    pub fn value(self) -> Option<T> {
        match self {
            Self::Is(value) => Some(value),
            Self::Absent | Self::WrongType => None,
        }
    }

    /// Whether a member is there that its definition does not allow.
    pub fn is_wrong(&self) -> bool {
        matches!(self, Self::WrongType)
    }
}

impl Object {
    /// Reads as much of an object as can be read, and says what is wrong with the rest.
    ///
    /// A fault and an object can come together: an object behind a byte order mark, or before trailing text, is still read, so that a
    /// server with that one leniency can be shown.
    pub fn read(bytes: &[u8]) -> (Option<Self>, Option<ObjectFault>) {
        let Ok(text) = std::str::from_utf8(bytes) else {
            return (None, Some(ObjectFault::NotUtf8));
        };
        let (text, mark) = match text.strip_prefix('\u{feff}') {
            Some(rest) => (rest, Some(ObjectFault::ByteOrderMark)),
            None => (text, None),
        };
        if depth(text) > JSON_DEPTH_LIMIT {
            return (None, Some(ObjectFault::TooDeep));
        }
        let mut deserializer = serde_json::Deserializer::from_str(text);
        let Ok(members) = deserializer.deserialize_map(Members) else {
            return (None, Some(ObjectFault::NotAnObject));
        };
        if members.len() > JSON_MEMBER_LIMIT {
            return (None, Some(ObjectFault::TooManyMembers));
        }
        let trailing = deserializer.end().is_err().then_some(ObjectFault::TrailingText);
        (Some(Self { members }), mark.or(trailing))
    }

    /// The raw text of the first member of this name.
    pub fn raw(&self, name: &str) -> Option<&str> {
        self.members
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.get())
    }

    /// Whether a member of this name is there.
    pub fn has(&self, name: &str) -> bool {
        self.raw(name).is_some()
    }

    /// The first name that stands twice.
    pub fn doubled(&self) -> Option<&str> {
        let mut seen = std::collections::HashSet::new();
        self.members
            .iter()
            .map(|(name, _)| name.as_str())
            .find(|name| !seen.insert(*name))
    }

    /// The names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.members.iter().map(|(name, _)| name.as_str())
    }

    /// A member that must be a text.
    pub fn text(&self, name: &str) -> Typed<String> {
        self.typed(name, |raw| serde_json::from_str(raw).ok())
    }

    /// A member that must be a number; whole or not, but one that a double can hold (RFC 7519 section 2, NumericDate).
    pub fn number(&self, name: &str) -> Typed<f64> {
        self.typed(name, |raw| {
            serde_json::from_str::<f64>(raw)
                .ok()
                .filter(|number| number.is_finite())
        })
    }

    /// A member that must be a text or a list of texts.
    pub fn texts(&self, name: &str) -> Typed<Vec<String>> {
        self.typed(name, |raw| {
            serde_json::from_str::<String>(raw)
                .map(|one| vec![one])
                .or_else(|_| serde_json::from_str(raw))
                .ok()
        })
    }

    /// Whether a member is written as a list.
    pub fn is_list(&self, name: &str) -> bool {
        self.raw(name).is_some_and(|raw| raw.starts_with('['))
    }

    /// A member as a value, for what is looked at but not judged.
    pub fn json(&self, name: &str) -> Option<serde_json::Value> {
        self.raw(name).and_then(|raw| serde_json::from_str(raw).ok())
    }

    fn typed<T>(&self, name: &str, read: impl FnOnce(&str) -> Option<T>) -> Typed<T> {
        match self.raw(name) {
            None => Typed::Absent,
            Some(raw) => read(raw).map_or(Typed::WrongType, Typed::Is),
        }
    }
}

/// Reads a map into pairs, so that doubled members survive.
struct Members;

impl<'de> Visitor<'de> for Members {
    type Value = Vec<(String, Box<RawValue>)>;

    fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("an object")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
        let mut members = Vec::new();
        while let Some(member) = map.next_entry()? {
            // One past the limit is enough to know that it was passed.
            if members.len() <= JSON_MEMBER_LIMIT {
                members.push(member);
            }
        }
        Ok(members)
    }
}

/// How deep brackets nest outside strings.
pub fn depth(text: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0_usize, 0, false, false);
    for byte in text.bytes() {
        match (in_string, byte) {
            (true, _) if escaped => escaped = false,
            (true, b'\\') => escaped = true,
            (true, b'"') => in_string = false,
            (false, b'"') => in_string = true,
            (false, b'{' | b'[') => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            (false, b'}' | b']') => depth = depth.saturating_sub(1),
            _ => {}
        }
    }
    deepest
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> (Option<Object>, Option<ObjectFault>) {
        Object::read(text.as_bytes())
    }

    #[test]
    fn doubled_members_are_seen_and_the_first_is_read() {
        let object = read(r#"{"a":1,"b":2,"a":3}"#).0.expect("an object");
        assert_eq!(object.doubled(), Some("a"));
        assert_eq!(object.number("a"), Typed::Is(1.0));
    }

    #[test]
    fn a_name_written_with_escapes_is_the_same_name() {
        assert_eq!(read(r#"{"a":1,"\u0061":2}"#).0.expect("an object").doubled(), Some("a"));
    }

    #[test]
    fn numbers_beyond_doubles_are_of_the_wrong_type() {
        let object = read(r#"{"exp":1e400,"ok":9007199254740993}"#).0.expect("an object");
        assert_eq!(object.number("exp"), Typed::WrongType);
        assert!(object.number("ok").value().is_some());
        assert_eq!(object.number("none"), Typed::Absent);
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(Object::read(&[0xff, b'{', b'}']).1, Some(ObjectFault::NotUtf8));
        assert_eq!(read("[]").1, Some(ObjectFault::NotAnObject));
        assert_eq!(read("{\"a\":1,}").1, Some(ObjectFault::NotAnObject));
        assert_eq!(read("{} x").1, Some(ObjectFault::TrailingText));
        assert_eq!(read("\u{feff}{}").1, Some(ObjectFault::ByteOrderMark));
        let deep = format!("{{\"a\":{}1{}}}", "[".repeat(2000), "]".repeat(2000));
        assert_eq!(read(&deep).1, Some(ObjectFault::TooDeep));
        let wide = format!("{{{}\"z\":1}}", "\"a\":1,".repeat(JSON_MEMBER_LIMIT));
        assert_eq!(read(&wide).1, Some(ObjectFault::TooManyMembers));
    }
}
