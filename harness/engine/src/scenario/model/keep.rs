//! What a step keeps of its answer for later steps: a JSON pointer, or one of the other places where an answer holds a value.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::value::MapAccessDeserializer;
use serde::{Deserialize, Deserializer, de};

/// Where a value stands in an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    /// In the JSON body: a pointer, or one to a token and, behind `#`, one to a claim in it.
    Json(String),
    /// Anywhere else.
    Elsewhere(Elsewhere),
}

/// Where a value stands in an answer beside its JSON body.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Elsewhere {
    /// A parameter of the query of `Location`.
    Redirect(String),
    /// A parameter of the fragment of `Location`.
    Fragment(String),
    /// `Location` itself.
    Location(Extent),
    /// The value of the first HTML input of this name.
    Field(String),
    /// Where the HTML form of this id goes, as path with query.
    Action(String),
    /// A header field.
    Header(String),
    /// The base64 of a certificate in the JSON body, as in `x5c`, by JSON pointer: kept as the PEM file that it makes (RFC 7468 section 5).
    Pem(String),
}

impl Elsewhere {
    /// The name that the value has in the answer; none where it needs none.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Redirect(name)
            | Self::Fragment(name)
            | Self::Field(name)
            | Self::Action(name)
            | Self::Header(name)
            | Self::Pem(name) => Some(name),
            Self::Location(_) => None,
        }
    }
}

/// How much of an address is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Extent {
    /// All of it.
    Whole,
    /// Path with query, for a call that follows it within the site.
    Path,
}

impl fmt::Display for Source {
    /// Says the place in the words of findings.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Json(pointer) => write!(formatter, "json {pointer}"),
            Self::Elsewhere(elsewhere) => match elsewhere {
                Elsewhere::Redirect(name) => write!(formatter, "redirect {name}"),
                Elsewhere::Fragment(name) => write!(formatter, "fragment {name}"),
                Elsewhere::Location(_) => formatter.write_str("location"),
                Elsewhere::Field(name) => write!(formatter, "field {name}"),
                Elsewhere::Action(id) => write!(formatter, "action of form {id}"),
                Elsewhere::Header(name) => write!(formatter, "header {name}"),
                Elsewhere::Pem(pointer) => write!(formatter, "the certificate at json {pointer}"),
            },
        }
    }
}

impl<'de> Deserialize<'de> for Source {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct TextOrMap;

        impl<'de> de::Visitor<'de> for TextOrMap {
            type Value = Source;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a JSON pointer, or a map such as { redirect: code }")
            }

            fn visit_str<E: de::Error>(self, text: &str) -> Result<Source, E> {
                Ok(Source::Json(text.to_owned()))
            }

            fn visit_map<A: de::MapAccess<'de>>(self, map: A) -> Result<Source, A::Error> {
                Elsewhere::deserialize(MapAccessDeserializer::new(map)).map(Source::Elsewhere)
            }
        }

        deserializer.deserialize_any(TextOrMap)
    }
}

impl JsonSchema for Source {
    fn schema_name() -> Cow<'static, str> {
        "Source".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let elsewhere = generator.subschema_for::<Elsewhere>();
        json_schema!({ "anyOf": [{ "type": "string" }, elsewhere] })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Source, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn a_text_is_a_pointer_and_a_map_says_where_else() {
        assert_eq!(
            read("/access_token#/jti"),
            Ok(Source::Json("/access_token#/jti".to_owned()))
        );
        assert_eq!(
            read("{ location: path }"),
            Ok(Source::Elsewhere(Elsewhere::Location(Extent::Path)))
        );
        for text in [
            "{ redirect: code }",
            "{ fragment: a }",
            "{ field: a }",
            "{ action: a }",
            "{ header: ETag }",
            "{ pem: /x5c/0 }",
        ] {
            assert!(matches!(read(text), Ok(Source::Elsewhere(_))), "{text}");
        }
        for text in [
            "7",
            "[]",
            "{}",
            "{ cookie: a }",
            "{ location: host }",
            "{ redirect: a, field: b }",
        ] {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
