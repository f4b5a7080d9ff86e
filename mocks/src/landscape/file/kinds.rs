//! The written forms of plain values: texts, numbers, choices, lists, what may be absent.

use serde_json::{Map, Value, json};

use super::mistake::Slip;
use super::table::{Row, Written, quoted, read_rows, row, schema_of_rows, write_rows};
use super::tree::{Kind, Node, members_of};
use super::{Reading, Writing};
use crate::landscape::directory::{Grantee, Meta};
use crate::landscape::{AgentOutcome, ClaimMode, ClaimTokens, ClientType, DomainType, TrustScope, UserStatus};

/// The largest whole number: what every JSON reader can hold exactly (RFC 8259 section 6).
const NUMBER_LIMIT: u64 = (1 << 53) - 1;

impl Written for String {
    fn schema() -> Value {
        json!({ "type": "string" })
    }

    fn write(&self, _: &Writing) -> Value {
        json!(self)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        match &node.kind {
            Kind::Text(text) => Some(text.clone()),
            _ => reading.wrong(node, "a text"),
        }
    }
}

impl Written for bool {
    fn schema() -> Value {
        json!({ "type": "boolean" })
    }

    fn write(&self, _: &Writing) -> Value {
        json!(self)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        match node.kind {
            Kind::Boolean(is) => Some(is),
            _ => reading.wrong(node, "true or false"),
        }
    }
}

impl Written for u64 {
    fn schema() -> Value {
        json!({ "type": "integer", "minimum": 0, "maximum": NUMBER_LIMIT })
    }

    fn write(&self, _: &Writing) -> Value {
        json!(self)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let expected = "a whole number from 0 to 9007199254740991";
        match (&node.kind, node.whole_number()) {
            (_, Some(number)) if number <= NUMBER_LIMIT => Some(number),
            (Kind::Number(_), _) => {
                reading.note(Slip::new(node.from, expected, "another number"));
                None
            }
            _ => reading.wrong(node, expected),
        }
    }
}

impl<T: Written> Written for Option<T> {
    fn schema() -> Value {
        json!({ "anyOf": [T::schema(), { "type": "null" }] })
    }

    fn write(&self, writing: &Writing) -> Value {
        self.as_ref().map_or(Value::Null, |value| value.write(writing))
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        match node.kind {
            Kind::Null => Some(None),
            _ => T::read(node, reading).map(Some),
        }
    }
}

impl<T: Written> Written for Vec<T> {
    fn schema() -> Value {
        json!({ "type": "array", "items": T::schema() })
    }

    fn write(&self, writing: &Writing) -> Value {
        self.iter().map(|item| item.write(writing)).collect()
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let Kind::List(items) = &node.kind else {
            return reading.wrong(node, "a list");
        };
        Some(items.iter().filter_map(|item| T::read(item, reading)).collect())
    }
}

impl<const N: usize> Written for [String; N] {
    fn schema() -> Value {
        json!({ "type": "array", "items": String::schema(), "minItems": N, "maxItems": N })
    }

    fn write(&self, _: &Writing) -> Value {
        json!(self.as_slice())
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let texts: Vec<String> = Written::read(node, reading)?;
        let count = texts.len();
        let array = Self::try_from(texts);
        if array.is_err() {
            reading.note(Slip::new(
                node.from,
                format!("a list of {N}"),
                format!("one of {count}"),
            ));
        }
        array.ok()
    }
}

/// What a record holds beside its members, as it is.
impl Written for Map<String, Value> {
    fn schema() -> Value {
        json!({ "type": "object" })
    }

    fn write(&self, _: &Writing) -> Value {
        Value::Object(self.clone())
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        reading.object(node).map(members_of)
    }
}

impl Written for Meta {
    fn schema() -> Value {
        schema_of_rows(META)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(META, self, &Self::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut meta = Self::default();
        read_rows(META, &mut meta, node, reading);
        Some(meta)
    }
}

static META: &[Row<Meta>] = &[
    row!(Meta, "created", created, "The second since 1970 at which it was made."),
    row!(Meta, "modified", modified, "The second of its last change."),
    row!(Meta, "version", version, "How often it was written since it was made."),
];

/// Gives the variants of an enumeration their names in files.
macro_rules! choices {
    ($type:ty, [$($variant:ident = $name:literal),* $(,)?]) => {
        impl $crate::landscape::file::table::Written for $type {
            fn schema() -> serde_json::Value {
                serde_json::json!({ "enum": [$($name),*] })
            }

            fn write(&self, _: &$crate::landscape::file::Writing) -> serde_json::Value {
                serde_json::json!(match self { $(Self::$variant => $name),* })
            }

            fn read(
                node: &$crate::landscape::file::tree::Node,
                reading: &mut $crate::landscape::file::Reading,
            ) -> Option<Self> {
                const NAMES: &[&str] = &[$($name),*];
                match &node.kind {
                    $crate::landscape::file::tree::Kind::Text(text) => match text.as_str() {
                        $($name => Some(Self::$variant),)*
                        other => reading.unknown(node.from, &$crate::landscape::file::kinds::one_of(NAMES), other, NAMES.iter().copied()),
                    },
                    _ => reading.wrong(node, &$crate::landscape::file::kinds::one_of(NAMES)),
                }
            }
        }
    };
}

pub(super) use choices;

/// What is expected where one of a few texts must stand.
pub(super) fn one_of(names: &[&str]) -> String {
    format!("one of {}", quoted(names))
}

choices!(
    ClientType,
    [Confidential = "confidential", Trusted = "trusted", Public = "public"]
);
choices!(ClaimTokens, [Access = "access", Identity = "identity", Both = "both"]);
choices!(ClaimMode, [Always = "always", Request = "request", Never = "never"]);
choices!(TrustScope, [Explicit = "explicit", Account = "account", Tags = "tags"]);
choices!(
    UserStatus,
    [Active = "active", Locked = "locked", Deactivated = "deactivated"]
);
choices!(Grantee, [User = "user", Group = "group", App = "app"]);
choices!(
    AgentOutcome,
    [Complete = "complete", Error = "error", Waiting = "waiting"]
);
choices!(
    DomainType,
    [
        Free = "free",
        OracleApps = "oracle-apps",
        OracleAppsPremium = "oracle-apps-premium",
        Premium = "premium",
        ExternalUser = "external-user",
    ]
);
