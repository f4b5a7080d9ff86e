//! Places: which part of which step a change touches, written `step.part.name`.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, de};
use serde_json::Value;

/// The parts of steps.
const PARTS: [(&str, Part); 14] = [
    ("header", Part::Header),
    ("claims", Part::Claims),
    ("form", Part::Form),
    ("query", Part::Query),
    ("headers", Part::Headers),
    ("cookies", Part::Cookies),
    ("authenticate", Part::Authenticate),
    ("signature", Part::Signature),
    ("json", Part::Json),
    ("bearer", Part::Bearer),
    ("method", Part::Method),
    ("path", Part::Path),
    ("verifier", Part::Verifier),
    ("challenge", Part::Challenge),
];

/// A part of a step that a change can touch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Part {
    /// The JOSE header of a token that is signed.
    Header,
    /// The claims of a token that is signed.
    Claims,
    /// The form of a request.
    Form,
    /// The query of a request.
    Query,
    /// The header fields of a request.
    Headers,
    /// The cookies of a call that a browser makes.
    Cookies,
    /// How the client shows who it is.
    Authenticate,
    /// The signature over a request.
    Signature,
    /// The JSON body of a call.
    Json,
    /// The access token of a call.
    Bearer,
    /// The HTTP method of a call.
    Method,
    /// The path of a call.
    Path,
    /// The verifier of a proof key; its challenge follows.
    Verifier,
    /// The challenge of a proof key.
    Challenge,
}

impl Part {
    /// The name as it stands in files.
    pub fn as_str(self) -> &'static str {
        PARTS
            .iter()
            .find(|(_, part)| *part == self)
            .expect("every part is in the table")
            .0
    }

    /// Whether the part is one value and has no members.
    pub fn is_single(self) -> bool {
        matches!(
            self,
            Self::Bearer | Self::Method | Self::Path | Self::Verifier | Self::Challenge
        )
    }
}

/// A part of a step, or one member of it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Place {
    /// The step.
    pub step: String,
    /// The part.
    pub part: Part,
    /// The member; none where the whole part is meant. It is one name, dots included: no claim is looked for in a claim.
    pub name: Option<String>,
}

impl Place {
    /// The place with `${each}` in its name filled in.
    #[must_use]
    pub fn filled(&self, each: &Value) -> Self {
        let text = each.as_str().map_or_else(|| each.to_string(), str::to_owned);
        let name = self.name.as_ref().map(|name| name.replace("${each}", &text));
        Self { name, ..self.clone() }
    }
}

impl FromStr for Place {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut words = text.splitn(3, '.');
        let step = words.next().filter(|step| !step.is_empty());
        let (Some(step), Some(part)) = (step, words.next()) else {
            return Err(format!(
                "`{text}` is no place: expected `step.part.name`, such as `assertion.claims.aud`"
            ));
        };
        let Some((_, part)) = PARTS.iter().find(|(name, _)| *name == part) else {
            let known = PARTS.map(|(name, _)| format!("`{name}`")).join(", ");
            return Err(format!("unknown part `{part}`, expected one of {known}"));
        };
        let name = words.next().map(str::to_owned);
        if name.as_deref() == Some("") {
            return Err(format!("`{text}` is no place: expected a name at its end"));
        }
        if part.is_single() && name.is_some() {
            return Err(format!(
                "`{text}` is no place: expected `{step}.{}`, which has no members",
                part.as_str()
            ));
        }
        Ok(Self {
            step: step.to_owned(),
            part: *part,
            name,
        })
    }
}

impl fmt::Display for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}.{}", self.step, self.part.as_str())?;
        self.name.iter().try_for_each(|name| write!(formatter, ".{name}"))
    }
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(de::Error::custom)
    }
}

impl JsonSchema for Place {
    fn schema_name() -> Cow<'static, str> {
        "Place".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        let parts = PARTS.map(|(name, _)| name).join("|");
        json_schema!({ "type": "string", "pattern": format!("^[^.]+\\.({parts})(\\..+)?$") })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_is_written_as_it_was_read() {
        for text in [
            "assertion.claims.aud",
            "assertion.header",
            "invoke.method",
            "token.headers.Content-Type",
        ] {
            assert_eq!(text.parse::<Place>().expect(text).to_string(), text);
        }
    }

    #[test]
    fn dots_in_a_claim_belong_to_its_name() {
        let place: Place = "assertion.claims.https://x.example/a".parse().expect("a place");
        assert_eq!(place.name.as_deref(), Some("https://x.example/a"));
    }

    #[test]
    fn what_is_no_place_is_refused() {
        for text in [
            "",
            "assertion",
            "assertion.claim.aud",
            ".claims.aud",
            "assertion.claims.",
            "invoke.method.x",
        ] {
            assert!(text.parse::<Place>().is_err(), "{text}");
        }
    }

    #[test]
    fn each_is_filled_into_the_name() {
        let place: Place = "assertion.claims.${each}".parse().expect("a place");
        assert_eq!(place.filled(&Value::from("iss")).to_string(), "assertion.claims.iss");
    }
}
