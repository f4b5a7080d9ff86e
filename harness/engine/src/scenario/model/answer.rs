//! Answers: how a refusal looks under each profile.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::Sureness;
use crate::scenario::Located;

/// The answer that needs no form: a clean 4xx without a token.
pub const ANY_REFUSAL: &str = "any-refusal";

/// The profile whose form stands in for profiles that are not listed.
pub const FALLBACK_PROFILE: &str = "rfc";

/// The forms of one answer, by profile.
pub type Answer = IndexMap<String, Located<AnswerForm>>;

/// Answers by name.
pub type Answers = IndexMap<String, Answer>;

/// The file of answers that several tables use.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AnswersFile {
    /// The version of the format; 1.
    pub format: Located<u32>,
    /// What these answers have in common, in a line.
    pub title: Option<String>,
    /// The answers.
    pub answers: Answers,
}

/// How one profile words a refusal.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct AnswerForm {
    /// The statuses that are fine.
    pub status: Vec<u16>,
    /// Members that the JSON body must have, with their values; a name that begins with `/` is a JSON pointer.
    pub json: Option<IndexMap<String, Value>>,
    /// Parameters that the query of `Location` must have, with their values. Only with this or `fragment` may a refusal be a redirect.
    pub redirect: Option<IndexMap<String, String>>,
    /// The same in the fragment of `Location`, where clients that ask for tokens there are told (OAuth 2.0 Multiple Response Types section 5).
    pub fragment: Option<IndexMap<String, String>>,
    /// What `WWW-Authenticate` must say.
    pub challenge: Option<Challenge>,
    /// How sure we are that it looks so.
    pub sure: Sureness,
    /// Where that is from.
    pub basis: Vec<Located<String>>,
}

impl AnswerForm {
    /// Whether the refusal may be a redirect.
    pub fn may_redirect(&self) -> bool {
        self.redirect.is_some() || self.fragment.is_some()
    }
}

/// What a `WWW-Authenticate` header must say.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Challenge {
    /// The scheme; letter case does not matter.
    pub scheme: String,
    /// The `error` attribute; not looked at if left out.
    pub error: Option<String>,
}
