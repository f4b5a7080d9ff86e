//! A JWT before it is signed: header and claims as ordered lists of raw members, so that what no JSON library would
//! write (a doubled member, `1e400`) can be written.
//!
//! Edits of single members live here; everything that happens from the bytes of a part onwards is in [`mod@super::forge`].

use serde_json::{Number, Value};

use super::key::Algorithm;

/// A piece of text that stands where JSON is expected, and may be none.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RawJson(pub String);

impl From<Value> for RawJson {
    fn from(value: Value) -> Self {
        Self(value.to_string())
    }
}

impl From<&str> for RawJson {
    /// Writes the JSON string with this text.
    fn from(text: &str) -> Self {
        Self(Value::from(text).to_string())
    }
}

/// The kinds of JSON value that a member can be turned into.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JsonType {
    /// A string.
    Text,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// `null`.
    Null,
    /// An array.
    List,
    /// An object.
    Object,
}

impl RawJson {
    /// Says the same as another type, as far as that can be done.
    ///
    /// A text of digits becomes that number, other texts and values become `1`; a boolean says whether the value is
    /// anything but empty; list and object hold the value, the object under `value`.
    #[must_use]
    pub fn retyped(&self, to: JsonType) -> Self {
        let raw = &self.0;
        let value: Option<Value> = serde_json::from_str(raw).ok();
        match to {
            JsonType::Text if matches!(value, Some(Value::String(_))) => self.clone(),
            JsonType::Text => Self::from(raw.as_str()),
            JsonType::Number => match value {
                Some(Value::Number(_)) => self.clone(),
                Some(Value::String(text)) if text.parse::<Number>().is_ok() => Self(text),
                _ => Self("1".to_owned()),
            },
            JsonType::Boolean => {
                Self((!matches!(raw.as_str(), "false" | "null" | "0" | "\"\"" | "[]" | "{}")).to_string())
            }
            JsonType::Null => Self("null".to_owned()),
            JsonType::List => Self(format!("[{raw}]")),
            JsonType::Object => Self(format!(r#"{{"value":{raw}}}"#)),
        }
    }
}

/// Names a part of a JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Part {
    /// The first part, the JOSE header.
    Header,
    /// The second part, the claims set.
    Claims,
}

/// The members of a JSON object in the order in which they are written; names may occur more than once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Members(Vec<(String, RawJson)>);

/// What happens to one member, or to all of its name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Edit {
    /// Replaces the value in its place, or adds the member at the end. The value is written as it stands.
    Set(RawJson),
    /// Takes the member out.
    Remove,
    /// Says the same value as another type.
    Retype(JsonType),
    /// Writes the member twice, in its place or at the end.
    Twice {
        /// The value that is read first.
        first: RawJson,
        /// The value that is read last.
        last: RawJson,
    },
}

/// There is no member of this name to be edited.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no member `{0}` to change")]
pub struct NoSuchMember(pub String);

impl Members {
    /// Looks a value up; the first one where there are several.
    pub fn get(&self, name: &str) -> Option<&RawJson> {
        self.0.iter().find(|(known, _)| known == name).map(|(_, value)| value)
    }

    /// Replaces a value in its place, or adds the member at the end.
    pub fn set(&mut self, name: &str, value: RawJson) {
        self.replace(name, vec![value]);
    }

    /// Applies an edit to the members of one name.
    pub fn edit(&mut self, name: &str, edit: &Edit) -> Result<(), NoSuchMember> {
        let missing = || NoSuchMember(name.to_owned());
        match edit {
            Edit::Set(value) => self.set(name, value.clone()),
            Edit::Twice { first, last } => self.replace(name, vec![first.clone(), last.clone()]),
            Edit::Retype(to) => {
                let value = self.get(name).ok_or_else(missing)?.retyped(*to);
                self.set(name, value);
            }
            Edit::Remove => {
                self.get(name).ok_or_else(missing)?;
                self.0.retain(|(known, _)| known != name);
            }
        }
        Ok(())
    }

    /// The object as JSON text without blanks.
    pub fn to_json(&self) -> String {
        let members: Vec<_> = self
            .0
            .iter()
            .map(|(name, RawJson(value))| format!("{}:{value}", Value::from(name.as_str())))
            .collect();
        format!("{{{}}}", members.join(","))
    }

    /// Puts values where the first member of this name stood, or at the end, and drops the others of the name.
    fn replace(&mut self, name: &str, values: Vec<RawJson>) {
        let place = self
            .0
            .iter()
            .position(|(known, _)| known == name)
            .unwrap_or(self.0.len());
        self.0.retain(|(known, _)| known != name);
        self.0
            .splice(place..place, values.into_iter().map(|value| (name.to_owned(), value)));
    }
}

impl<N: Into<String>, V: Into<RawJson>> FromIterator<(N, V)> for Members {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(members: I) -> Self {
        Self(
            members
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// A JWT that waits to be signed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The JOSE header. Its `alg` is what is said, not what is done.
    pub header: Members,
    /// The claims set.
    pub claims: Members,
    /// How it is signed unless an alteration says otherwise.
    pub algorithm: Algorithm,
}

impl Draft {
    /// The members of a part.
    pub fn part(&self, part: Part) -> &Members {
        match part {
            Part::Header => &self.header,
            Part::Claims => &self.claims,
        }
    }

    /// The members of a part, to be changed.
    pub fn part_mut(&mut self, part: Part) -> &mut Members {
        match part {
            Part::Header => &mut self.header,
            Part::Claims => &mut self.claims,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn members() -> Members {
        [("iss", json!("a")), ("exp", json!(9)), ("sub", json!("b"))]
            .into_iter()
            .collect()
    }

    fn edited(name: &str, edit: &Edit) -> String {
        let mut members = members();
        members.edit(name, edit).unwrap();
        members.to_json()
    }

    #[test]
    fn edits_keep_the_order() {
        let table = [
            (
                "exp",
                Edit::Set(json!([1]).into()),
                r#"{"iss":"a","exp":[1],"sub":"b"}"#,
            ),
            (
                "new",
                Edit::Set("x\"".into()),
                r#"{"iss":"a","exp":9,"sub":"b","new":"x\""}"#,
            ),
            (
                "exp",
                Edit::Set(RawJson("1e400".to_owned())),
                r#"{"iss":"a","exp":1e400,"sub":"b"}"#,
            ),
            ("iss", Edit::Remove, r#"{"exp":9,"sub":"b"}"#),
            (
                "exp",
                Edit::Retype(JsonType::Text),
                r#"{"iss":"a","exp":"9","sub":"b"}"#,
            ),
            (
                "exp",
                Edit::Twice {
                    first: json!(1).into(),
                    last: json!(2).into(),
                },
                r#"{"iss":"a","exp":1,"exp":2,"sub":"b"}"#,
            ),
        ];
        for (name, edit, wanted) in table {
            assert_eq!(edited(name, &edit), wanted, "{edit:?}");
        }
    }

    #[test]
    fn a_doubled_member_is_set_and_removed_as_one() {
        let twice = Edit::Twice {
            first: json!(1).into(),
            last: json!(2).into(),
        };
        for (edit, wanted) in [
            (Edit::Set(json!(3).into()), r#"{"iss":"a","exp":3,"sub":"b"}"#),
            (Edit::Remove, r#"{"iss":"a","sub":"b"}"#),
        ] {
            let mut members = members();
            members.edit("exp", &twice).unwrap();
            members.edit("exp", &edit).unwrap();
            assert_eq!(members.to_json(), wanted);
        }
    }

    #[test]
    fn a_member_that_is_not_there_cannot_be_removed_or_retyped() {
        for edit in [Edit::Remove, Edit::Retype(JsonType::Null)] {
            assert_eq!(members().edit("aud", &edit), Err(NoSuchMember("aud".to_owned())));
        }
    }

    #[test]
    fn retyping_says_the_same_in_another_type() {
        use JsonType::{Boolean, List, Null, Number, Object, Text};
        let table = [
            ("300", Text, r#""300""#),
            (r#""ada""#, Text, r#""ada""#),
            ("true", Text, r#""true""#),
            (r#""300""#, Number, "300"),
            (r#""ada""#, Number, "1"),
            ("1.5", Number, "1.5"),
            ("300", Boolean, "true"),
            (r#""""#, Boolean, "false"),
            ("300", Null, "null"),
            (r#""ada""#, List, r#"["ada"]"#),
            (r#""ada""#, Object, r#"{"value":"ada"}"#),
        ];
        for (from, to, wanted) in table {
            assert_eq!(RawJson(from.to_owned()).retyped(to).0, wanted, "{from} as {to:?}");
        }
    }
}
