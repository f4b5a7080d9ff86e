//! What is often wrong with a set-up: symptom, cause and fix, as data.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::Sureness;
use crate::diagnosis::fact::FactName;
use crate::scenario::Located;

/// A file of misconfigurations.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DiagnosisFile {
    /// The version of the format; 1.
    pub format: Located<u32>,
    /// What these entries are about, in a line.
    pub title: String,
    /// What is known of the subject as a whole.
    pub about: Option<String>,
    /// The entries.
    pub misconfigurations: Vec<Misconfiguration>,
}

/// One thing that is often wrong.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Misconfiguration {
    /// Its id; never reused.
    pub id: Located<String>,
    /// Where it shows.
    #[serde(rename = "where")]
    pub places: Vec<Place>,
    /// What is seen, in a sentence.
    pub symptom: String,
    /// By what it is recognised: one of these must hold. Without any it is explained and never offered.
    #[serde(default)]
    pub when: Vec<When>,
    /// What is behind it.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// How sure we are.
    pub sure: Sureness,
    /// Where it is from.
    pub sources: Vec<String>,
}

/// Where something shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// The token endpoint of a domain.
    Token,
    /// The authorization endpoint and the pages behind it.
    Authorize,
    /// Administration of a domain, and its keys.
    Admin,
    /// AI agents of Fusion.
    FusionAi,
    /// Pages and services of Fusion.
    FusionAdf,
    /// An integration that is called.
    Oic,
    /// The developer API of Integration.
    OicFactory,
    /// Integration as a client of something else; never seen from outside.
    OicOutbound,
    /// Any other API.
    Plain,
    /// On the way: no answer at all.
    Transport,
}

/// By what a misconfiguration is recognised: all that is said must hold.
#[derive(Clone, Debug, Default, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct When {
    /// The answer has one of these statuses.
    pub status: Vec<u16>,
    /// The member `error` of the answer is one of these.
    pub error: Vec<String>,
    /// The answer's body, or a challenge in its head, holds one of these texts; letter case is ignored.
    pub text: Vec<String>,
    /// All of these hold of request, token and target.
    pub facts: Vec<FactName>,
    /// None of these holds.
    pub not: Vec<FactName>,
}
