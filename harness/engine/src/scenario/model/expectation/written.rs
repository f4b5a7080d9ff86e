//! How expectations are read: one flat map below the kind, checked against a table of what each kind has.

use std::borrow::Cow;

use indexmap::IndexMap;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{CharacterSet, Check, CookieAttribute, Expectation, KeyQuality, Matcher, Recorded, ValueType};
use crate::scenario::Located;
use crate::scenario::model::{Level, Sureness};

/// What a kind of expectation asks for beside its grounds: the members that it must have, those that it may, and the ways in which it compares.
struct Kind {
    name: &'static str,
    required: &'static [&'static str],
    optional: &'static [&'static str],
    matchers: &'static [&'static str],
}

const KINDS: [Kind; 15] = [
    Kind {
        name: "status",
        required: &[],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "header",
        required: &["name"],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "json",
        required: &["at"],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "claim",
        required: &["in", "at"],
        optional: &[],
        matchers: &MATCHERS_OF_CLAIMS,
    },
    Kind {
        name: "jose-header",
        required: &["in", "at"],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "location",
        required: &[],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "redirect",
        required: &["at"],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "fragment",
        required: &["at"],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "field",
        required: &["name"],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "html",
        required: &[],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "cookie",
        required: &["name", "attribute"],
        optional: &[],
        matchers: &MATCHERS,
    },
    Kind {
        name: "signed",
        required: &["in", "by"],
        optional: &[],
        matchers: &[],
    },
    Kind {
        name: "keys",
        required: &["quality"],
        optional: &[],
        matchers: &[],
    },
    Kind {
        name: "recorded",
        required: &["of"],
        optional: &["by", "user", "client", "token-id", "outcome", "because"],
        matchers: &[],
    },
    Kind {
        name: "no-token",
        required: &[],
        optional: &[],
        matchers: &[],
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

/// The same, and what only claims are compared with.
const MATCHERS_OF_CLAIMS: [&str; 13] = {
    let mut all = ["is-half-hash-of"; 13];
    let mut index = 0;
    while index < MATCHERS.len() {
        all[index] = MATCHERS[index];
        index += 1;
    }
    all
};

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
    Location(Body),
    Redirect(Body),
    Fragment(Body),
    Field(Body),
    Html(Body),
    Cookie(Body),
    Signed(Body),
    Keys(Body),
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
    token_id: Option<String>,
    outcome: Option<String>,
    because: Option<String>,
    attribute: Option<CookieAttribute>,
    quality: Option<KeyQuality>,
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
    is_half_hash_of: Option<String>,
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
            ("token-id", self.token_id.is_some()),
            ("outcome", self.outcome.is_some()),
            ("because", self.because.is_some()),
            ("attribute", self.attribute.is_some()),
            ("quality", self.quality.is_some()),
            ("is-half-hash-of", self.is_half_hash_of.is_some()),
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
            .find(|member| ![kind.required, kind.optional, kind.matchers].concat().contains(member));
        if let Some(stranger) = stranger {
            let own = kind.required.iter().chain(kind.optional);
            let known = own.chain(kind.matchers).chain(&["covers", "basis", "sure", "level"]);
            let known: Vec<String> = known.map(|member| format!("`{member}`")).collect();
            return Err(format!(
                "unknown field `{stranger}`, expected one of {}",
                known.join(", ")
            ));
        }
        Ok(())
    }

    /// The one way of comparing that was written.
    fn matcher(&mut self, kind: &Kind) -> Result<Matcher, String> {
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
            self.is_half_hash_of.take().map(Matcher::IsHalfHashOf),
        ];
        let mut matchers = written.into_iter().flatten();
        match (matchers.next(), matchers.next()) {
            (Some(matcher), None) => Ok(matcher),
            (None, _) => Err(format!(
                "nothing is compared: expected one of {}",
                kind.matchers.join(", ")
            )),
            (Some(_), Some(_)) => Err(format!(
                "two comparisons in one expectation: expected one of {}",
                kind.matchers.join(", ")
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
            Self::Location(body) => (5, body),
            Self::Redirect(body) => (6, body),
            Self::Fragment(body) => (7, body),
            Self::Field(body) => (8, body),
            Self::Html(body) => (9, body),
            Self::Cookie(body) => (10, body),
            Self::Signed(body) => (11, body),
            Self::Keys(body) => (12, body),
            Self::Recorded(body) => (13, body),
            Self::NoToken(body) => (14, body),
        };
        let kind = &KINDS[index];
        body.fits(kind)?;
        let matcher = match (kind.matchers.is_empty(), body.matcher(kind)) {
            (false, matcher) => Some(matcher?),
            (true, Err(_)) => None,
            (true, Ok(_)) => return Err(format!("`{}` compares nothing", kind.name)),
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
            "location" => Check::Location(matcher.expect(COMPARES)),
            "redirect" => Check::Redirect {
                at: body.at.expect(REQUIRED),
                matcher: matcher.expect(COMPARES),
            },
            "fragment" => Check::Fragment {
                at: body.at.expect(REQUIRED),
                matcher: matcher.expect(COMPARES),
            },
            "field" => Check::Field {
                name: body.name.expect(REQUIRED),
                matcher: matcher.expect(COMPARES),
            },
            "html" => Check::Html(matcher.expect(COMPARES)),
            "cookie" => Check::Cookie {
                name: body.name.expect(REQUIRED),
                attribute: body.attribute.expect(REQUIRED),
                matcher: matcher.expect(COMPARES),
            },
            "signed" => Check::Signed {
                token: body.r#in.expect(REQUIRED),
                by: body.by.expect(REQUIRED),
            },
            "keys" => Check::Keys(body.quality.expect(REQUIRED)),
            "recorded" => Check::Recorded {
                of: body.of.expect(REQUIRED),
                by: body.by,
                wanted: Box::new(Recorded {
                    user: body.user,
                    client: body.client,
                    token_id: body.token_id,
                    outcome: body.outcome,
                    because: body.because,
                }),
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
            "is-ignoring-case" | "is-half-hash-of" => text.clone(),
            "one-of" => values.clone(),
            "type" => generator.subschema_for::<ValueType>(),
            "absent" | "present" => flag.clone(),
            "matches-only" => generator.subschema_for::<CharacterSet>(),
            _ => anything.clone(),
        };
        let mut kinds = Vec::new();
        for kind in &KINDS {
            let own = kind.required.iter().chain(kind.optional);
            let mut members: IndexMap<&str, Schema> = own
                .map(|name| match *name {
                    "attribute" => ("attribute", generator.subschema_for::<CookieAttribute>()),
                    "quality" => ("quality", generator.subschema_for::<KeyQuality>()),
                    name => (name, text.clone()),
                })
                .collect();
            members.extend(kind.matchers.iter().map(|name| (*name, matcher(name, generator))));
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
