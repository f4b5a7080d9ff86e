//! What an answer shows of how its server behaves, point by point: [`answer`] looks, [`word`] decides what may be told, `member` walks JSON.
//!
//! A point has a name and a value that two servers can share: a status, a media type, a word of a protocol, the type of a member, a lifetime.
//! What is secret, unique or a time is seen by its type at most. Nothing here compares; that is for [`crate::compare`].

pub mod answer;
mod member;
pub mod word;

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

pub use answer::observed;

/// The points of one answer, by their names.
pub type Observed = BTreeMap<String, Seen>;

/// What the members of a body are noted under.
pub const MEMBER: &str = "member";
/// What stands in a place for the elements of a list.
pub const ELEMENTS: &str = "/*";

/// How far two lifetimes may be apart and still be the same: clocks tick while an answer is made.
const TOLERANCE_SECONDS: i64 = 5;

/// What was seen at a point.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum Seen {
    /// A lifetime.
    Seconds(i64),
    /// A word or a few.
    Words(String),
}

impl Seen {
    /// Whether two servers that show these two behave alike here.
    pub fn is_like(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Seconds(one), Self::Seconds(other)) => one.abs_diff(*other) <= TOLERANCE_SECONDS.unsigned_abs(),
            (Self::Words(one), Self::Words(other)) => one == other,
            _ => false,
        }
    }
}

impl std::fmt::Display for Seen {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Seconds(seconds) => write!(formatter, "{seconds} s"),
            Self::Words(words) => formatter.write_str(words),
        }
    }
}

impl From<&str> for Seen {
    fn from(words: &str) -> Self {
        Self::Words(words.to_owned())
    }
}

impl From<String> for Seen {
    fn from(words: String) -> Self {
        Self::Words(words)
    }
}

#[cfg(test)]
mod tests {
    use super::Seen;

    #[test]
    fn lifetimes_are_alike_within_the_ticking_of_clocks_and_words_only_as_they_stand() {
        let like = |one: &Seen, other: &Seen| one.is_like(other);
        assert!(like(&Seen::Seconds(3600), &Seen::Seconds(3597)));
        assert!(!like(&Seen::Seconds(3600), &Seen::Seconds(3500)));
        assert!(!like(&Seen::from("3600"), &Seen::Seconds(3600)));
        assert!(!like(&Seen::from("no-store"), &Seen::from("no-cache")));
    }
}
