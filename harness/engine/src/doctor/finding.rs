//! What the doctor finds: what, why it thinks so, what to do, and where that is from.

use serde::Serialize;

use crate::diagnosis::Suspicion;
use crate::expect::shown;

/// How something stands, from best to worst.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// As it should be.
    Good,
    /// Worth knowing.
    Note,
    /// Could not be looked at.
    Unknown,
    /// Will hurt some day, or looks wrong.
    Warn,
    /// Is wrong.
    Bad,
}

impl State {
    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Good => "ok",
            Self::Note => "note",
            Self::Unknown => "unknown",
            Self::Warn => "warn",
            Self::Bad => "BAD",
        }
    }
}

/// A call that was made, as a support request names it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Call {
    /// The method.
    pub method: String,
    /// The address, without its query.
    pub url: String,
    /// When, in seconds since 1970 by our clock.
    pub at: u64,
    /// The status; none where there was no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// What the answer is called in the target's own records.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ecid: Option<String>,
    /// What the answer says of the error, without what is secret; or why there was none.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// One thing that was looked at.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Finding {
    /// The id of the check.
    pub check: &'static str,
    /// Whom of the target it is about: `clients.backend`.
    pub about: String,
    /// How it stands.
    pub state: State,
    /// What was found.
    pub what: String,
    /// Why we think so.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub why: Option<String>,
    /// What to do about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub todo: Option<String>,
    /// Where that is from: facts and sections of standards.
    pub sources: Vec<String>,
    /// The call that showed it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub call: Option<Call>,
    /// What may be behind it, the likeliest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub suspicions: Vec<Suspicion>,
}

impl Finding {
    /// A finding; the check that made it is filled in by whoever walks the table.
    pub fn new(state: State, about: impl Into<String>, what: impl AsRef<str>) -> Self {
        Self {
            check: "",
            about: about.into(),
            state,
            what: shown(what.as_ref()),
            why: None,
            todo: None,
            sources: Vec::new(),
            call: None,
            suspicions: Vec::new(),
        }
    }

    /// Says why.
    #[must_use]
    pub fn why(self, why: impl AsRef<str>) -> Self {
        Self {
            why: Some(shown(why.as_ref())),
            ..self
        }
    }

    /// Says what to do.
    #[must_use]
    pub fn todo(self, todo: impl Into<String>) -> Self {
        Self {
            todo: Some(todo.into()),
            ..self
        }
    }

    /// Adds a source besides those of the check.
    #[must_use]
    pub fn source(mut self, source: &str) -> Self {
        self.sources.push(source.to_owned());
        self
    }

    /// Says which call showed it, and what may be behind it.
    #[must_use]
    pub fn seen_in(self, call: &Call, suspicions: &[Suspicion]) -> Self {
        Self {
            call: Some(call.clone()),
            suspicions: suspicions.to_vec(),
            ..self
        }
    }
}
