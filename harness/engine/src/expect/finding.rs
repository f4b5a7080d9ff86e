//! Findings: what came of one expectation. One expectation, one finding; nothing here decides what a finding weighs.

use serde::{Deserialize, Serialize};

use crate::scenario::model::Sureness;
use crate::token::redact;

/// The longest text of a server that is kept.
const LONGEST: usize = 200;

/// What came of one expectation.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// The step whose answer was looked at.
    pub step: String,
    /// What was looked at, such as `json /token_type`.
    pub what: String,
    /// What would have been right.
    pub expected: String,
    /// What was there instead, or there as it should be; no token and no secret.
    pub actual: String,
    /// The requirement rows that it judges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// How sure we are that a server does so.
    #[serde(with = "sureness")]
    pub sure: Sureness,
    /// What came of it.
    pub verdict: FindingVerdict,
}

/// What came of one expectation, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum FindingVerdict {
    /// It holds.
    Pass,
    /// Worth writing down; nobody has to do anything.
    Note,
    /// It could not be judged.
    Skipped,
    /// It does not hold, and only should.
    Warn,
    /// Refused as it must be, in another form.
    RefusedOtherwise,
    /// It does not hold.
    Fail,
}

/// Makes a text of a server fit for a record: tokens taken out, and cut to a bearable length.
pub fn shown(text: &str) -> String {
    let text = redact(text);
    match text.char_indices().nth(LONGEST) {
        Some((end, _)) => format!("{}...", &text[..end]),
        None => text,
    }
}

/// The words of [`Sureness`] in a record.
pub(crate) mod sureness {
    use serde::{Deserialize, Deserializer, Serializer};

    use super::Sureness;

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(crate) fn serialize<S: Serializer>(sure: &Sureness, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match sure {
            Sureness::Specified => "specified",
            Sureness::Documented => "documented",
            Sureness::Observed => "observed",
            Sureness::Inferred => "inferred",
            Sureness::Assumed => "assumed",
        })
    }

    pub(crate) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Sureness, D::Error> {
        Sureness::deserialize(deserializer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shown_holds_no_token_and_is_not_long() {
        let token = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
        assert!(!shown(token).contains("eyJ"));
        assert!(shown(&"ü".repeat(1000)).chars().count() < 210);
    }
}
