//! Expectations: what must hold of one exchange.
//!
//! In a file, an expectation is one flat map below its kind: what is looked at, how it is compared and what that covers stand
//! side by side. Here they are taken apart, so that a reader of the model meets only what can be.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Level, Sureness};
use crate::scenario::Located;

/// One thing that must hold of an exchange: one expectation, one finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What is looked at, and how it is compared.
    pub check: Check,
    /// The requirement rows that it judges.
    pub covers: Vec<Located<String>>,
    /// Where it is from.
    pub basis: Vec<Located<String>>,
    /// How sure we are that it holds; as its rows say if left out.
    pub sure: Option<Sureness>,
    /// How much a miss weighs; as its rows say if left out.
    pub level: Option<Level>,
}

/// What is looked at, and how it is compared. Texts may hold templates.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// The status code.
    Status(Matcher),
    /// A header field.
    Header {
        /// Its name, in any letter case.
        name: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A value in the JSON body.
    Json {
        /// The JSON pointer to it.
        at: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A claim of a token in the JSON body.
    Claim {
        /// The JSON pointer to the token in the body.
        token: String,
        /// The JSON pointer to the claim in its claims.
        at: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A member of the JOSE header of a token in the JSON body.
    JoseHeader {
        /// The JSON pointer to the token in the body.
        token: String,
        /// The JSON pointer to the member in its header.
        at: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A token in the body is signed by a published key of a domain.
    Signed {
        /// The JSON pointer to the token in the body.
        token: String,
        /// The domain, by its bound name.
        by: Located<String>,
    },
    /// The target's own journal says who acted.
    Recorded {
        /// The step whose answer is looked up.
        of: Located<String>,
        /// The user that must stand there.
        user: Option<String>,
        /// The client that must stand there.
        client: Option<String>,
    },
    /// Nothing in the answer looks like a token.
    NoToken,
}

impl Check {
    /// How it is compared, for the kinds that compare a value.
    pub fn matcher(&self) -> Option<&Matcher> {
        match self {
            Self::Status(matcher)
            | Self::Header { matcher, .. }
            | Self::Json { matcher, .. }
            | Self::Claim { matcher, .. }
            | Self::JoseHeader { matcher, .. } => Some(matcher),
            Self::Signed { .. } | Self::Recorded { .. } | Self::NoToken => None,
        }
    }
}

/// How a value is compared. Values may hold templates.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// Equal, type included.
    Is(Value),
    /// There, and not equal to this.
    IsNot(Value),
    /// Equal as text, letter case aside.
    IsIgnoringCase(String),
    /// Equal to one of these.
    OneOf(Vec<Value>),
    /// A list with this element, or a text with this word.
    Has(Value),
    /// A list without this element, or a text without this word.
    HasNot(Value),
    /// Of this type.
    Type(ValueType),
    /// Not there.
    Absent,
    /// There, whatever it is.
    Present,
    /// A number no greater than this.
    AtMost(Value),
    /// A number no less than this.
    AtLeast(Value),
    /// A text whose every character is of this set.
    MatchesOnly(CharacterSet),
}

/// The types of JSON values, with whole numbers told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueType {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
}

/// Sets of characters that a standard names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CharacterSet {
    /// What `error` and `error_description` may hold: printable ASCII without `"` and `\`.
    OauthError,
}

/// What a kind of expectation asks for beside its grounds: the members that it must have, those that it may, whether it compares.
struct Kind {
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    compares: bool,
}

const KINDS: [Kind; 8] = [
    Kind {
        name: "status",
        required: &[],
        optional: &[],
        compares: true,
    },
    Kind {
        name: "header",
        required: &["name"],
        optional: &[],
        compares: true,
    },
    Kind {
        name: "json",
        required: &["at"],
        optional: &[],
        compares: true,
    },
    Kind {
        name: "claim",
        required: &["in", "at"],
        optional: &[],
        compares: true,
    },
    Kind {
        name: "jose-header",
        required: &["in", "at"],
        optional: &[],
        compares: true,
    },
    Kind {
        name: "signed",
        required: &["in", "by"],
        optional: &[],
        compares: false,
    },
    Kind {
        name: "recorded",
        required: &["of"],
        optional: &["user", "client"],
        compares: false,
    },
    Kind {
        name: "no-token",
        required: &[],
        optional: &[],
        compares: false,
    },
];

/// The members that say how a value is compared.
const MATCHERS: [&str; 12] = [
    "is",
    "is-not",
    "is-ignoring-case",
    "one-of",
    "has",
    "has-not",
    "type",
    "absent",
    "present",
    "at-most",
    "at-least",
    "matches-only",
];

/// Why the members below are there when they are taken.
const REQUIRED: &str = "required members were checked";
const COMPARES: &str = "kinds that compare have a matcher";

/// An expectation as it is written.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Written {
    Status(Body),
    Header(Body),
    Json(Body),
    Claim(Body),
    JoseHeader(Body),
    Signed(Body),
    Recorded(Body),
    NoToken(Body),
}

/// Every member that any kind has.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Body {
    name: Option<String>,
    at: Option<String>,
    r#in: Option<String>,
    by: Option<Located<String>>,
    of: Option<Located<String>>,
    user: Option<String>,
    client: Option<String>,
    #[serde(default, deserialize_with = "given")]
    is: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    is_not: Option<Value>,
    is_ignoring_case: Option<String>,
    one_of: Option<Vec<Value>>,
    #[serde(default, deserialize_with = "given")]
    has: Option<Value>,
    #[serde(default, deserialize_with = "given")]
    has_not: Option<Value>,
    r#type: Option<ValueType>,
    absent: Option<bool>,
    present: Option<bool>,
    at_most: Option<Value>,
    at_least: Option<Value>,
    matches_only: Option<CharacterSet>,
    #[serde(default)]
    covers: Vec<Located<String>>,
    #[serde(default)]
    basis: Vec<Located<String>>,
    sure: Option<Sureness>,
    level: Option<Level>,
}

/// Reads a value so that a written `null` is a value, and not the lack of one.
fn given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Value>, D::Error> {
    Value::deserialize(deserializer).map(Some)
}

impl Body {
    /// The members that were written and belong to some kinds only.
    fn written(&self) -> Vec<&'static str> {
        let members = [
            ("name", self.name.is_some()),
            ("at", self.at.is_some()),
            ("in", self.r#in.is_some()),
            ("by", self.by.is_some()),
            ("of", self.of.is_some()),
            ("user", self.user.is_some()),
            ("client", self.client.is_some()),
        ];
        members
            .into_iter()
            .filter_map(|(name, is_there)| is_there.then_some(name))
            .collect()
    }

    /// Checks the members against what the kind asks for.
    fn fits(&self, kind: &Kind) -> Result<(), String> {
        let written = self.written();
        if let Some(missing) = kind.required.iter().find(|member| !written.contains(member)) {
            return Err(format!("missing field `{missing}`"));
        }
        let stranger = written
            .iter()
            .find(|member| !kind.required.contains(member) && !kind.optional.contains(member));
        if let Some(stranger) = stranger {
            let own = kind.required.iter().chain(kind.optional);
            let matchers = if kind.compares { MATCHERS.as_slice() } else { &[] };
            let known = own.chain(matchers).chain(&["covers", "basis", "sure", "level"]);
            let known: Vec<String> = known.map(|member| format!("`{member}`")).collect();
            return Err(format!(
                "unknown field `{stranger}`, expected one of {}",
                known.join(", ")
            ));
        }
        Ok(())
    }

    /// The one way of comparing that was written.
    fn matcher(&mut self) -> Result<Matcher, String> {
        let written = [
            self.is.take().map(Matcher::Is),
            self.is_not.take().map(Matcher::IsNot),
            self.is_ignoring_case.take().map(Matcher::IsIgnoringCase),
            self.one_of.take().map(Matcher::OneOf),
            self.has.take().map(Matcher::Has),
            self.has_not.take().map(Matcher::HasNot),
            self.r#type.take().map(Matcher::Type),
            self.absent
                .take()
                .map(|absent| if absent { Matcher::Absent } else { Matcher::Present }),
            self.present
                .take()
                .map(|present| if present { Matcher::Present } else { Matcher::Absent }),
            self.at_most.take().map(Matcher::AtMost),
            self.at_least.take().map(Matcher::AtLeast),
            self.matches_only.take().map(Matcher::MatchesOnly),
        ];
        let mut matchers = written.into_iter().flatten();
        match (matchers.next(), matchers.next()) {
            (Some(matcher), None) => Ok(matcher),
            (None, _) => Err(format!("nothing is compared: expected one of {}", MATCHERS.join(", "))),
            (Some(_), Some(_)) => Err(format!(
                "two comparisons in one expectation: expected one of {}",
                MATCHERS.join(", ")
            )),
        }
    }
}

impl Written {
    fn into_expectation(self) -> Result<Expectation, String> {
        let (index, mut body) = match self {
            Self::Status(body) => (0, body),
            Self::Header(body) => (1, body),
            Self::Json(body) => (2, body),
            Self::Claim(body) => (3, body),
            Self::JoseHeader(body) => (4, body),
            Self::Signed(body) => (5, body),
            Self::Recorded(body) => (6, body),
            Self::NoToken(body) => (7, body),
        };
        let kind = &KINDS[index];
        body.fits(kind)?;
        let matcher = match (kind.compares, body.matcher()) {
            (true, matcher) => Some(matcher?),
            (false, Err(_)) => None,
            (false, Ok(_)) => return Err(format!("`{}` compares nothing", kind.name)),
        };
        let check = match kind.name {
            "status" => Check::Status(matcher.expect(COMPARES)),
            "header" => Check::Header {
                name: body.name.expect(REQUIRED),
                matcher: matcher.expect(COMPARES),
            },
            "json" => Check::Json {
                at: body.at.expect(REQUIRED),
                matcher: matcher.expect(COMPARES),
            },
            "claim" => Check::Claim {
                token: body.r#in.expect(REQUIRED),
                at: body.at.expect(REQUIRED),
                matcher: matcher.expect(COMPARES),
            },
            "jose-header" => Check::JoseHeader {
                token: body.r#in.expect(REQUIRED),
                at: body.at.expect(REQUIRED),
                matcher: matcher.expect(COMPARES),
            },
            "signed" => Check::Signed {
                token: body.r#in.expect(REQUIRED),
                by: body.by.expect(REQUIRED),
            },
            "recorded" => Check::Recorded {
                of: body.of.expect(REQUIRED),
                user: body.user,
                client: body.client,
            },
            _ => Check::NoToken,
        };
        Ok(Expectation {
            check,
            covers: body.covers,
            basis: body.basis,
            sure: body.sure,
            level: body.level,
        })
    }
}

impl<'de> Deserialize<'de> for Expectation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Written::deserialize(deserializer)?
            .into_expectation()
            .map_err(D::Error::custom)
    }
}

impl JsonSchema for Expectation {
    fn schema_name() -> Cow<'static, str> {
        "Expectation".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let text = json_schema!({ "type": "string" });
        let texts = json_schema!({ "type": "array", "items": { "type": "string" } });
        let anything = json_schema!(true);
        let values = json_schema!({ "type": "array" });
        let flag = json_schema!({ "type": "boolean" });
        let grounds = [
            ("covers", texts.clone()),
            ("basis", texts),
            ("sure", generator.subschema_for::<Sureness>()),
            ("level", generator.subschema_for::<Level>()),
        ];
        let matcher = |name: &str, generator: &mut SchemaGenerator| match name {
            "is-ignoring-case" => text.clone(),
            "one-of" => values.clone(),
            "type" => generator.subschema_for::<ValueType>(),
            "absent" | "present" => flag.clone(),
            "matches-only" => generator.subschema_for::<CharacterSet>(),
            _ => anything.clone(),
        };
        let mut kinds = Vec::new();
        for kind in &KINDS {
            let mut members: IndexMap<&str, Schema> = kind
                .required
                .iter()
                .chain(kind.optional)
                .map(|name| (*name, text.clone()))
                .collect();
            if kind.compares {
                members.extend(MATCHERS.map(|name| (name, matcher(name, generator))));
            }
            members.extend(grounds.clone());
            kinds.push(json_schema!({
                "type": "object",
                "properties": { kind.name: {
                    "type": "object", "properties": members, "required": kind.required, "additionalProperties": false,
                } },
                "required": [kind.name],
                "additionalProperties": false,
            }));
        }
        json_schema!({ "oneOf": kinds })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Expectation, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_and_matcher_is_read() {
        let texts = [
            "status: { one-of: [200, 202] }",
            "header: { name: Cache-Control, has: no-store }",
            "json: { at: /error_description, matches-only: oauth-error }",
            "json: { at: /x, is: null }",
            "json: { at: /x, at-most: '${now+3600}' }",
            "json: { at: /x, has-not: y, level: hard }",
            "claim: { in: /access_token, at: /aud, type: list }",
            "jose-header: { in: /access_token, at: /alg, is: RS256 }",
            "signed: { in: /access_token, by: domain }",
            "recorded: { of: invoke, user: x }",
            "no-token: { covers: [TKN-001] }",
            "no-token: {}",
        ];
        for text in texts {
            read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }

    #[test]
    fn a_written_null_is_compared() {
        assert_eq!(
            read("json: { at: /x, is: null }").expect("an expectation").check,
            Check::Json {
                at: "/x".to_owned(),
                matcher: Matcher::Is(Value::Null)
            }
        );
    }

    #[test]
    fn what_a_kind_does_not_have_is_refused() {
        let texts = [
            "status: {}",
            "status: { is: 200, one-of: [200] }",
            "status: { at: /x, is: 200 }",
            "json: { is: 200 }",
            "signed: { in: /x, by: domain, is: 3 }",
            "body: { is: 200 }",
        ];
        for text in texts {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
