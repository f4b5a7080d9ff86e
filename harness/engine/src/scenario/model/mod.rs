//! What scenario files say, as plain types.
//!
//! [`flow`] and [`table`] are the two kinds of file; [`change`], [`expectation`] and [`arrangement`] are what they are made of;
//! [`keep`] is what a step keeps of an answer;
//! [`answer`] is how a refusal looks, [`requirement`] what is required and known. Unknown keys are refused everywhere. What is written wrong *between* the parts (a name
//! that nothing has, a step that is not there) is found by the lint and not here.

pub mod answer;
pub mod arrangement;
pub mod change;
pub mod diagnosis;
pub mod expectation;
pub mod flow;
pub mod keep;
pub mod place;
pub mod plan;
pub mod requirement;
pub mod table;

pub use answer::{Answer, AnswerForm, Answers, AnswersFile, Challenge};
pub use arrangement::{Arrangement, ClaimMode, ClaimTokens, Lever};
pub use change::{
    BodyForm, Brought, ByteForm, Change, Fill, FlippedByte, Hash, Insertion, MacKey, Serialization, TokenPart,
    ValueForm,
};
pub use diagnosis::{DiagnosisFile, Misconfiguration, Place as SymptomPlace, When};
pub use expectation::{CharacterSet, Check, CookieAttribute, Expectation, KeyQuality, Matcher, Recorded, ValueType};
pub use flow::{
    Action, Authenticate, AuthenticationMethod, Bindings, Call, ChallengeMethod, Effect, Flow, FreshKey, KeySource,
    Members, Method, PasswordOf, Pkce, Repeat, RequestSignature, Role, Sign, Step, TokenRequest,
};
pub use keep::{Elsewhere, Extent, Source};
pub use place::{Part, Place};
pub use plan::PlanFile;
pub use requirement::{Applies, Checked, Fact, FactsFile, RequirementsFile, Row, Subject};
pub use table::{Case, Outcome, Table};

use schemars::JsonSchema;
use serde::Deserialize;

/// The version of the format that this build reads.
pub const FORMAT: u32 = 1;

/// One scenario file.
#[derive(Clone, Debug, PartialEq)]
pub enum Scenario {
    /// Steps that must succeed.
    Flow(Box<Flow>),
    /// Cases that share a control.
    Table(Box<Table>),
}

/// How much a requirement weighs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// Required; a miss fails.
    Must,
    /// Recommended; a miss warns.
    Should,
    /// Permitted; noted only.
    May,
    /// Must be accepted: a server that refuses it fails.
    Ok,
    /// True under a named profile only; fails there.
    Prof,
    /// Hardening that no text requires of the party; warns.
    Hard,
    /// No longer judged; kept so that its id is never reused.
    Retired,
}

/// How sure we are that a server does as we say, from best to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Sureness {
    /// A standard says so.
    Specified,
    /// The vendor's documents say so.
    Documented,
    /// It was seen on the wire.
    Observed,
    /// It follows from what was documented or seen.
    Inferred,
    /// Nobody knows; this is our default.
    Assumed,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_flow_parses_as_it_stands() {
        let flow: Flow =
            serde_saphyr::from_str(include_str!("../../../tests/fixtures/flow.yaml")).expect("the example");
        let names: Vec<&str> = flow.steps.iter().map(|step| step.step.as_str()).collect();
        assert_eq!(names, ["assertion", "token", "invoke", "answer"]);
        assert_eq!(flow.steps[0].step.spot().line, 35);
        let Action::Sign(sign) = &flow.steps[0].action else {
            panic!("the first step signs")
        };
        assert_eq!(sign.claims["exp"].as_str(), Some("${now+300}"));
        assert_eq!(flow.steps[1].expect.len(), 9);
    }

    #[test]
    fn the_example_table_parses_as_it_stands() {
        let table: Table =
            serde_saphyr::from_str(include_str!("../../../tests/fixtures/refusals.yaml")).expect("the example");
        assert_eq!(table.cases.len(), 18);
        assert_eq!(table.answers["key-unknown"]["oracle"].status, [400, 401]);
        let changes = table.cases.iter().filter(|case| case.change.is_some()).count();
        assert_eq!(changes, 17, "every case but the inspected one makes a change");
    }
}
