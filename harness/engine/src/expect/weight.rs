//! How much a miss weighs: from the level that is written, or from the rows that are covered and apply.

use crate::scenario::Library;
use crate::scenario::Located;
use crate::scenario::model::{Applies, Level, Sureness};

use super::finding::FindingVerdict;

/// How much a miss weighs, from least to most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Weight {
    /// It is written down.
    Note,
    /// It warns.
    Warn,
    /// It fails.
    Fail,
}

impl Weight {
    /// The weight of a level.
    pub fn of(level: Level) -> Self {
        match level {
            Level::Must | Level::Ok | Level::Prof => Self::Fail,
            Level::Should | Level::Hard => Self::Warn,
            Level::May | Level::Retired => Self::Note,
        }
    }

    /// What a miss of this weight makes of a finding.
    pub fn of_miss(self) -> FindingVerdict {
        match self {
            Self::Note => FindingVerdict::Note,
            Self::Warn => FindingVerdict::Warn,
            Self::Fail => FindingVerdict::Fail,
        }
    }
}

/// Whether real servers are known well enough to be failed for this.
pub fn is_certain(sure: Sureness) -> bool {
    sure <= Sureness::Observed
}

/// What is known of the rows that something covers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing<'a> {
    /// It covers none.
    Uncovered,
    /// At least one applies; the strongest level of those.
    Applies(Level),
    /// None applies; the first one stands for all.
    Off(&'a str),
}

/// Looks the covered rows up under a profile. A row that the library lacks applies: the lint has told about it.
pub fn standing<'a>(library: &Library, covers: &'a [Located<String>], profile: &str) -> Standing<'a> {
    let Some(first) = covers.first() else {
        return Standing::Uncovered;
    };
    let levels = covers.iter().filter_map(|id| match library.row(id) {
        None => Some(Level::Must),
        Some(row) if row.level == Level::Retired => None,
        Some(row) => matches!(library.applies(row, profile), Applies::Applies).then_some(row.level),
    });
    match levels.max_by_key(|level| Weight::of(*level)) {
        Some(level) => Standing::Applies(level),
        None => Standing::Off(first),
    }
}

/// The strongest level of the covered rows that apply.
pub fn level_of_rows(library: &Library, covers: &[Located<String>], profile: &str) -> Option<Level> {
    match standing(library, covers, profile) {
        Standing::Applies(level) => Some(level),
        Standing::Uncovered | Standing::Off(_) => None,
    }
}

/// The word for a level in records and files.
pub fn level_name(level: Level) -> &'static str {
    match level {
        Level::Must => "must",
        Level::Should => "should",
        Level::May => "may",
        Level::Ok => "ok",
        Level::Prof => "prof",
        Level::Hard => "hard",
        Level::Retired => "retired",
    }
}
