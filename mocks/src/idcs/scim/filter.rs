//! Filters of a search (RFC 7644 section 3.4.2.2; IDCS-ADMIN-215): what they are made of, and whether a resource matches one.
//!
//! Reading them from text is `parse`. Everything that depends on a schema is settled there, so that matching needs the resource only.

mod parse;

use serde_json::Value;

use super::schema::{Attribute, Path};
use super::value::{Scalar, is_assigned, values_at};

pub use parse::{DEPTH_LIMIT, FilterError, LENGTH_LIMIT, Target};

/// A condition on a resource, or on an element of one of its lists.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// All of these hold.
    And(Vec<Filter>),
    /// One of these holds.
    Or(Vec<Filter>),
    /// This does not hold.
    Not(Box<Filter>),
    /// There is a value, and it is not empty.
    Present(Path),
    /// Some value compares like this.
    Compare(Comparison),
    /// Some single element of this list matches.
    Element(Path, Box<Filter>),
}

/// A comparison of an attribute with a value.
#[derive(Clone, Debug, PartialEq)]
pub struct Comparison {
    path: Path,
    attribute: Option<&'static Attribute>,
    operator: Operator,
    /// `None` is null: no value at all (RFC 7643 section 2.5).
    operand: Option<Scalar>,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Contains,
    StartsWith,
    EndsWith,
    Greater,
    GreaterOrEqual,
    Less,
    LessOrEqual,
}

const OPERATORS: &[(&str, Operator)] = &[
    ("eq", Operator::Equal),
    ("ne", Operator::NotEqual),
    ("co", Operator::Contains),
    ("sw", Operator::StartsWith),
    ("ew", Operator::EndsWith),
    ("gt", Operator::Greater),
    ("ge", Operator::GreaterOrEqual),
    ("lt", Operator::Less),
    ("le", Operator::LessOrEqual),
];

impl Filter {
    /// Whether a resource matches. Of an attribute with many values one is enough.
    pub fn matches(&self, resource: &Value) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(resource)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(resource)),
            Self::Not(part) => !part.matches(resource),
            Self::Present(path) => values_at(resource, path.segments()).into_iter().any(is_assigned),
            Self::Compare(comparison) => comparison.matches(resource),
            Self::Element(path, filter) => {
                let mut elements = values_at(resource, path.segments()).into_iter();
                elements.any(|element| filter.matches(element))
            }
        }
    }
}

impl Comparison {
    /// An attribute without a value differs from every value, and compares with none.
    fn matches(&self, resource: &Value) -> bool {
        let mut values = values_at(resource, self.path.segments());
        values.retain(|value| is_assigned(value));
        let Some(operand) = &self.operand else {
            return values.is_empty() == (self.operator == Operator::Equal);
        };
        if values.is_empty() {
            return self.operator == Operator::NotEqual;
        }
        values.into_iter().any(|value| {
            let found = match value {
                // A part of a time, such as its year, is compared as text.
                Value::String(text) if self.operator.is_textual() => Some(Scalar::text(text, self.attribute)),
                value => Scalar::of(value, self.attribute),
            };
            match found {
                Some(found) if std::mem::discriminant(&found) == std::mem::discriminant(operand) => {
                    self.operator.holds(&found, operand)
                }
                _ => self.operator == Operator::NotEqual,
            }
        })
    }
}

impl Operator {
    /// Whether it looks for a part of a text.
    fn is_textual(self) -> bool {
        matches!(self, Self::Contains | Self::StartsWith | Self::EndsWith)
    }

    /// Whether it asks for (in)equality only, as all that can be asked of a boolean or of null.
    fn is_equality(self) -> bool {
        matches!(self, Self::Equal | Self::NotEqual)
    }

    /// Compares two values of the same kind.
    fn holds(self, found: &Scalar, wanted: &Scalar) -> bool {
        match (self, found, wanted) {
            (Self::Equal, ..) => found == wanted,
            (Self::NotEqual, ..) => found != wanted,
            (Self::Greater, ..) => found > wanted,
            (Self::GreaterOrEqual, ..) => found >= wanted,
            (Self::Less, ..) => found < wanted,
            (Self::LessOrEqual, ..) => found <= wanted,
            (Self::Contains, Scalar::Text(found), Scalar::Text(wanted)) => found.contains(wanted),
            (Self::StartsWith, Scalar::Text(found), Scalar::Text(wanted)) => found.starts_with(wanted),
            (Self::EndsWith, Scalar::Text(found), Scalar::Text(wanted)) => found.ends_with(wanted),
            (Self::Contains | Self::StartsWith | Self::EndsWith, ..) => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::idcs::scim::ResourceType;

    fn matches(text: &str) -> bool {
        let resource = json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"],
            "id": "2819c223",
            "ocid": "ocid1.User.x",
            "userName": "Bjensen",
            "active": true,
            "name": {"familyName": "Jensen"},
            "title": "",
            "emails": [{"type": "work", "value": "b@example.com", "primary": true}, {"type": "home", "value": "b@home.example"}],
            "phoneNumbers": [{"type": "home", "value": "555-503-1"}, {"type": "work", "value": "555-111-2"}],
            "meta": {"lastModified": "2026-11-20T12:00:00.000Z"},
            "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User": {"locked": {"on": true, "reason": 3}},
            "shoe": {"size": 42.5},
            "plain": ["x", "y"]
        });
        let user = ResourceType::named("User").expect("users are in the tables");
        Filter::read(user, text).expect(text).matches(&resource)
    }

    #[track_caller]
    fn all_match(texts: &[&str]) {
        for text in texts {
            assert!(matches(text), "{text}");
            assert!(!matches(&format!("not ({text})")), "not ({text})");
        }
    }

    #[track_caller]
    fn none_match(texts: &[&str]) {
        for text in texts {
            assert!(!matches(text), "{text}");
            assert!(matches(&format!("not ({text})")), "not ({text})");
        }
    }

    #[test]
    fn letter_case_matters_where_the_schema_says_so() {
        all_match(&[
            "userName eq \"bJENSEN\"",
            "USERNAME Eq \"bjensen\"",
            "ocid eq \"ocid1.User.x\"",
            "ocid sw \"ocid1.User\"",
        ]);
        none_match(&["ocid eq \"ocid1.user.x\"", "ocid co \"user\""]);
    }

    #[test]
    fn every_operator_compares() {
        all_match(&[
            "userName ne \"x\"",
            "userName co \"ENS\"",
            "userName sw \"bj\"",
            "userName ew \"SEN\"",
            "userName gt \"a\"",
        ]);
        all_match(&[
            "userName ge \"bjensen\"",
            "userName le \"bjensen\"",
            "userName lt \"c\"",
            "active eq true",
            "active ne false",
        ]);
        all_match(&[
            "shoe.size gt 42",
            "shoe.size eq 4.25e1",
            "shoe.size le 42.5",
            "shoe.size lt 100",
            "name pr",
            "plain eq \"y\"",
        ]);
        none_match(&[
            "userName gt \"bjensen\"",
            "userName lt \"bjensen\"",
            "active eq false",
            "shoe.size eq \"42.5\"",
            "shoe.size gt 42.5",
        ]);
        none_match(&[
            "userName eq 5",
            "nothing gt \"\"",
            "nothing eq \"\"",
            "nothing co \"\"",
            "title pr",
        ]);
    }

    #[test]
    fn what_has_no_value_is_null_and_differs_from_every_value() {
        all_match(&[
            "nothing eq null",
            "title eq null",
            "userName ne null",
            "nothing ne \"x\"",
            "nothing ne true",
            "userName ne 5",
        ]);
        none_match(&["nothing ne null", "userName eq null"]);
    }

    #[test]
    fn times_are_instants_and_their_parts_are_text() {
        all_match(&[
            "meta.lastModified eq \"2026-11-20T13:00:00+01:00\"",
            "meta.lastModified ge \"2026-11-20T12:00:00Z\"",
        ]);
        all_match(&[
            "meta.lastModified sw \"2026-11\"",
            "meta.lastModified lt \"2026-11-20T12:00:00.001Z\"",
        ]);
        none_match(&["meta.lastModified gt \"2026-11-20T11:00:00-01:00\""]);
    }

    #[test]
    fn brackets_speak_of_one_element_and_bare_lists_of_any() {
        all_match(&[
            "phoneNumbers[type eq \"home\"].value co \"503\"",
            "phoneNumbers[type eq \"home\" and value co \"503\"]",
        ]);
        all_match(&[
            "phoneNumbers.type eq \"home\" and phoneNumbers.value co \"111\"",
            "emails co \"home.example\"",
            "emails[not (type pr)] or id pr",
        ]);
        all_match(&[
            "emails[type eq \"work\"].primary eq true",
            "emails.value eq \"B@home.example\"",
            "emails[type eq \"home\"].value pr",
        ]);
        none_match(&[
            "phoneNumbers[type eq \"home\"].value co \"111\"",
            "emails[type eq \"home\"].primary pr",
            "emails[type eq \"other\"]",
        ]);
        all_match(&["plain[value eq \"x\"]"]);
    }

    #[test]
    fn and_binds_tighter_than_or_and_not_tightest() {
        all_match(&[
            "id pr or title pr and nothing pr",
            "(id pr or title pr) and id pr",
            "title pr and nothing pr or id pr",
        ]);
        none_match(&[
            "(id pr or title pr) and nothing pr",
            "not (title pr) and nothing pr",
            "not(id pr)",
        ]);
    }

    #[test]
    fn extensions_are_named_by_their_urn() {
        let urn = "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User";
        all_match(&[
            &format!("{urn}:locked.on eq true"),
            &format!("{urn}:locked[on eq true and reason ge 3]"),
            &format!("{urn} pr"),
        ]);
        all_match(&["urn:ietf:params:scim:schemas:core:2.0:User:name.familyName eq \"jensen\""]);
        none_match(&[&format!("{urn}:locked.on eq false")]);
    }
}
