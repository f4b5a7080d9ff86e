//! A plan: a named selection of scenarios and cases, with the most that it may cost a target.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::scenario::Located;

/// A plan file.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PlanFile {
    /// The version of the format; 1.
    pub format: Located<u32>,
    /// The name by which it is asked for.
    pub plan: Located<String>,
    /// What it is, in a line.
    pub title: String,
    /// What it is for, and why it holds what it holds.
    pub about: Option<String>,
    /// The most requests that it may send.
    pub requests: u64,
    /// The most token requests that may be refused.
    pub refused_token_requests: u64,
    /// What it holds: ids, beginnings of ids and patterns.
    pub select: Vec<Located<String>>,
}
