//! Reads JSON without the leniency that lets two readers see two different things: no doubled members at any depth, and
//! no more than 64 levels.

use std::cell::Cell;
use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

/// Lists and objects may stand in each other this deep.
pub const DEPTH: usize = 64;

/// Why bytes were not read as JSON. Names nothing of what they say.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum JsonFault {
    /// The bytes are not UTF-8.
    #[error("not UTF-8")]
    NotUtf8,
    /// The text is not JSON, or holds a number that nothing can hold.
    #[error("not JSON")]
    NotJson,
    /// An object has two members of one name.
    #[error("an object with a doubled member")]
    Doubled,
    /// Lists and objects are nested too deep.
    #[error("nested deeper than {DEPTH} levels")]
    TooDeep,
}

/// Reads one JSON value and nothing behind it.
pub fn parse(bytes: &[u8]) -> Result<Value, JsonFault> {
    let text = std::str::from_utf8(bytes).map_err(|_| JsonFault::NotUtf8)?;
    let fault = Cell::new(JsonFault::NotJson);
    let mut reader = serde_json::Deserializer::from_str(text);
    let value = Strict {
        depth: 0,
        fault: &fault,
    }
    .deserialize(&mut reader)
    .map_err(|_| fault.get())?;
    reader.end().map_err(|_| JsonFault::NotJson)?;
    Ok(value)
}

/// Reads a value, counting levels on the way down; says in `fault` what it refused itself.
#[derive(Clone, Copy)]
struct Strict<'a> {
    depth: usize,
    fault: &'a Cell<JsonFault>,
}

impl Strict<'_> {
    fn inside<E: Error>(self) -> Result<Self, E> {
        if self.depth == DEPTH {
            Err(self.refuse(JsonFault::TooDeep))
        } else {
            Ok(Self {
                depth: self.depth + 1,
                ..self
            })
        }
    }

    fn refuse<E: Error>(self, fault: JsonFault) -> E {
        self.fault.set(fault);
        E::custom(fault)
    }
}

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, reader: D) -> Result<Value, D::Error> {
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value)
            .map(Value::Number)
            .ok_or_else(|| self.refuse(JsonFault::NotJson))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut list = Vec::new();
        while let Some(element) = elements.next_element_seed(inside)? {
            list.push(element);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let inside = self.inside()?;
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            if object.insert(name, members.next_value_seed(inside)?).is_some() {
                return Err(self.refuse(JsonFault::Doubled));
            }
        }
        Ok(object.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn good_json_reads_as_it_always_does() {
        let text = r#"{"a":[1,-2,1.5,true,null,"\u00e4"],"b":{"a":1},"c":18446744073709551615}"#;
        assert_eq!(parse(text.as_bytes()), Ok(serde_json::from_str(text).unwrap()));
    }

    #[test]
    fn bad_json_is_refused_with_the_reason() {
        let table: [(&[u8], JsonFault); 9] = [
            (b"\xff", JsonFault::NotUtf8),
            (b"\xef\xbb\xbf{}", JsonFault::NotJson),
            (b"", JsonFault::NotJson),
            (b"{} {}", JsonFault::NotJson),
            (b"{'a':1}", JsonFault::NotJson),
            (b"[1e400]", JsonFault::NotJson),
            (br#"{"a":1,"a":1}"#, JsonFault::Doubled),
            (br#"{"a":1,"\u0061":2}"#, JsonFault::Doubled),
            (br#"[{"b":{"a":1,"a":2}}]"#, JsonFault::Doubled),
        ];
        for (bytes, fault) in table {
            assert_eq!(parse(bytes), Err(fault), "{}", bytes.escape_ascii());
        }
    }

    #[test]
    fn depth_is_bounded() {
        let nested = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
        assert!(parse(nested(DEPTH).as_bytes()).is_ok());
        assert_eq!(parse(nested(DEPTH + 1).as_bytes()), Err(JsonFault::TooDeep));
        assert_eq!(parse(nested(10_000).as_bytes()), Err(JsonFault::TooDeep));
    }
}
