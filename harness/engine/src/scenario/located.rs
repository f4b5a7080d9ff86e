//! Values that remember where they stood in their file.
//!
//! The YAML reader hands out the spots; this module hides that reader, so that everybody else sees a plain value that
//! happens to know its line. A spot takes no part in comparisons: two files that say the same are equal.

use std::borrow::Cow;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;

use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::{Deserialize, Deserializer};

/// Where a value stands in its file: line and column, both counted from one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The line, from one; zero where the value never stood in a file.
    pub line: u32,
    /// The column in characters, from one; zero where the value never stood in a file.
    pub column: u32,
}

impl Spot {
    /// Whether this is a place in a file, and not a value that was made in code.
    pub fn is_known(self) -> bool {
        self.line > 0
    }
}

/// A value together with the spot where it was written.
///
/// Derefs to the value, so that a reader who does not report mistakes need not know about it.
#[derive(Clone, Copy, Debug, Default)]
pub struct Located<T> {
    value: T,
    spot: Spot,
}

impl<T> Located<T> {
    /// Pairs a value with the spot where it stood.
    pub fn new(value: T, spot: Spot) -> Self {
        Self { value, spot }
    }

    /// Where the value was written.
    pub fn spot(&self) -> Spot {
        self.spot
    }

    /// The value alone.
    pub fn into_value(self) -> T {
        self.value
    }
}

impl<T> From<T> for Located<T> {
    /// A value that never stood in a file.
    fn from(value: T) -> Self {
        Self::new(value, Spot::default())
    }
}

impl<T> Deref for Located<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl<T: Eq> Eq for Located<T> {}

impl<T: Hash> Hash for Located<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.value.hash(state);
    }
}

impl<T: fmt::Display> fmt::Display for Located<T> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.value.fmt(formatter)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = serde_saphyr::Spanned::<T>::deserialize(deserializer)?;
        let count = |position: u64| u32::try_from(position).unwrap_or(u32::MAX);
        let spot = Spot {
            line: count(spanned.referenced.line()),
            column: count(spanned.referenced.column()),
        };
        Ok(Self::new(spanned.value, spot))
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        generator.subschema_for::<T>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_remembers_its_line_and_column() {
        let words: Vec<Located<String>> = serde_saphyr::from_str("- one\n-  two\n").expect("two words");
        assert_eq!(words[1].spot(), Spot { line: 2, column: 4 });
        assert_eq!(*words[1], "two");
    }

    #[test]
    fn a_spot_takes_no_part_in_comparisons() {
        let there = Located::new(7, Spot { line: 3, column: 1 });
        assert_eq!(there, Located::from(7));
    }

    #[test]
    fn a_value_from_elsewhere_has_no_spot() {
        let word: Located<String> = serde_json::from_str("\"one\"").expect("a word");
        assert!(!word.spot().is_known());
    }
}
