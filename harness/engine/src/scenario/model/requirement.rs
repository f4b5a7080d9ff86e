//! What is required and what is known: requirement rows and wire facts.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::{Level, Sureness};
use crate::scenario::Located;

/// A group of requirement rows.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequirementsFile {
    /// The version of the format; 1.
    pub format: Located<u32>,
    /// The letters with which the ids of its rows begin.
    pub group: Located<String>,
    /// What the rows have in common.
    pub title: String,
    /// The rows.
    pub rows: Vec<Row>,
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Row {
    /// Its id; never reused.
    pub id: Located<String>,
    /// Who is judged.
    pub on: Vec<Subject>,
    /// How much it weighs.
    pub level: Level,
    /// What it requires, in a sentence.
    pub says: String,
    /// Who requires it.
    #[serde(default)]
    pub source: Vec<Located<String>>,
    /// What counts as meeting it.
    pub expect: Option<String>,
    /// How it was checked against its source.
    pub checked: Checked,
    /// How sure we are that the product does it, where no standard asks for it.
    pub sure: Option<Sureness>,
    /// Why it is no longer judged.
    pub reason: Option<String>,
    /// Why no case shows it. Left out where one does, and where it applies nowhere or is about clients alone.
    pub unshown: Option<String>,
    /// What becomes of it under a profile; it applies under those that are not listed.
    #[serde(default)]
    pub under: IndexMap<String, Applies>,
}

/// Who is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum Subject {
    /// The authorization server.
    #[serde(rename = "AS")]
    AuthorizationServer,
    /// The resource server.
    #[serde(rename = "RS")]
    ResourceServer,
    /// The client.
    #[serde(rename = "CL")]
    Client,
}

impl Subject {
    /// The letters as they stand in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AuthorizationServer => "AS",
            Self::ResourceServer => "RS",
            Self::Client => "CL",
        }
    }
}

/// How a row was checked against its source.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Checked {
    /// The source was read.
    Read,
    /// The source was read as quoted elsewhere.
    Quoted,
    /// There is no source but us.
    Own,
    /// Not checked.
    Unread,
}

/// What becomes of a row under a profile.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Applies {
    /// It holds.
    Applies,
    /// It is not judged.
    Off {
        /// Why.
        because: String,
    },
    /// Facts about the product stand in its place.
    Replaced {
        /// The facts.
        by: Vec<Located<String>>,
        /// Why.
        because: String,
    },
}

/// A sheet of wire facts.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct FactsFile {
    /// The version of the format; 1.
    pub format: Located<u32>,
    /// The letters with which the ids of its facts begin.
    pub sheet: Located<String>,
    /// What the facts are about.
    pub title: String,
    /// What the short names of sources stand for.
    #[serde(default)]
    pub source_keys: IndexMap<String, String>,
    /// The facts.
    pub facts: Vec<Fact>,
}

/// One thing that is known, or taken for granted, about the wire.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Fact {
    /// Its id; never reused.
    pub id: Located<String>,
    /// What it says.
    pub says: String,
    /// How sure we are.
    pub sure: Sureness,
    /// Where it is from.
    #[serde(default)]
    pub sources: Vec<Located<String>>,
    /// Whether it says how sources contradict each other, and whom we follow.
    #[serde(default)]
    pub contradiction: bool,
    /// What we do as long as nobody knows.
    pub default: Option<String>,
    /// Why no server that is put in the place of the real one can show it. Left out where it is shown.
    pub unshown: Option<String>,
}
