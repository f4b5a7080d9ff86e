//! A table: cases that share one control, each with one change and one outcome.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Answers, Arrangement, Bindings, Change, Expectation, Level, Lever};
use crate::scenario::Located;

/// Cases that share a control.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Table {
    /// The version of the format; 1.
    pub format: Located<u32>,
    /// What the cases have in common, in a line.
    pub title: String,
    /// The story behind it.
    pub about: Option<String>,
    /// Where the cases come from.
    #[serde(default)]
    pub sources: Vec<Located<String>>,
    /// How much a failure weighs where no row says.
    pub level: Option<Level>,
    /// Bindings that replace or join those of the control.
    #[serde(default)]
    pub with: Bindings,
    /// What must be true beyond what the control arranges.
    #[serde(default)]
    pub arrange: Vec<Located<Arrangement>>,
    /// Levers without which the whole table is skipped.
    #[serde(default)]
    pub needs: Vec<Located<Lever>>,
    /// The profiles under which it runs; every profile if empty.
    #[serde(default)]
    pub only_under: Vec<Located<String>>,
    /// The flow that must pass before any case counts.
    pub control: Located<String>,
    /// The last step of the control that is run.
    pub up_to: Option<Located<String>>,
    /// Steps of the control that are not run: those that judge on their own what a case is about, so that the control stands while a server
    /// has the fault that the case is to show.
    #[serde(default)]
    pub without: Vec<Located<String>>,
    /// Answers that only this table uses.
    #[serde(default)]
    pub answers: Answers,
    /// The outcome of every case that does not say otherwise.
    pub outcome: Option<Located<Outcome>>,
    /// The cases.
    pub cases: Vec<Case>,
}

/// One change to the control, and what must come of it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Case {
    /// Its name within the table.
    pub case: Located<String>,
    /// What is tried, in a line.
    pub title: String,
    /// What else a reader wants to know.
    pub says: Option<String>,
    /// The requirement rows that it judges.
    #[serde(default)]
    pub covers: Vec<Located<String>>,
    /// Variants: each makes the change once, with its value for `${each}`.
    #[serde(default)]
    pub each: IndexMap<String, Value>,
    /// The one change; none if the case only reads more from the control's exchange.
    pub change: Option<Located<Change>>,
    /// Further players that the change or the outcome speaks of.
    #[serde(default)]
    pub with: Bindings,
    /// Levers that no step implies.
    #[serde(default)]
    pub needs: Vec<Located<Lever>>,
    /// Names of APIs that the client must not have been given: a target whose client may ask for one of them skips the case.
    #[serde(default)]
    pub not_given: Vec<Located<String>>,
    /// What must come of it; the table's outcome if left out.
    pub outcome: Option<Located<Outcome>>,
    /// The exact set of rules that this request violates on the sound mock.
    #[serde(default)]
    pub catches: Vec<Located<String>>,
    /// Why the request cannot help breaking several rules.
    pub compound: Option<String>,
    /// How much a failure weighs, if not as its rows.
    pub level: Option<Level>,
    /// The profiles under which it runs; every profile if empty.
    #[serde(default)]
    pub only_under: Vec<Located<String>>,
}

impl Case {
    /// The variants as name and value for `${each}`; one without either where the case has none.
    pub fn variants(&self) -> Vec<(Option<&str>, Option<&Value>)> {
        if self.each.is_empty() {
            return vec![(None, None)];
        }
        self.each
            .iter()
            .map(|(name, value)| (Some(name.as_str()), Some(value)))
            .collect()
    }

    /// The outcome of this case in its table.
    pub fn outcome_in<'a>(&'a self, table: &'a Table) -> Option<&'a Located<Outcome>> {
        self.outcome.as_ref().or(table.outcome.as_ref())
    }
}

/// What must come of a case.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Outcome {
    /// The step is refused.
    Refused {
        /// The step.
        at: Located<String>,
        /// The answer by name.
        #[serde(rename = "as")]
        answer: Located<String>,
        /// What else must hold of the refusal.
        #[serde(default)]
        expect: Vec<Located<Expectation>>,
    },
    /// The step succeeds, with all that the control expects of it.
    Accepted {
        /// The step.
        at: Located<String>,
        /// What else must hold.
        #[serde(default)]
        expect: Vec<Located<Expectation>>,
    },
    /// Either is allowed; what happened is written down.
    Reported {
        /// The step.
        at: Located<String>,
        /// The profiles under which success fails the case.
        #[serde(default)]
        fails_under: Vec<Located<String>>,
    },
    /// Nothing is sent; more is read from the control's exchange.
    Inspected {
        /// The step.
        at: Located<String>,
        /// What must hold.
        expect: Vec<Located<Expectation>>,
    },
}

impl Outcome {
    /// The step that is judged.
    pub fn at(&self) -> &Located<String> {
        match self {
            Self::Refused { at, .. }
            | Self::Accepted { at, .. }
            | Self::Reported { at, .. }
            | Self::Inspected { at, .. } => at,
        }
    }

    /// The expectations beyond those of the control.
    pub fn expectations(&self) -> &[Located<Expectation>] {
        match self {
            Self::Refused { expect, .. } | Self::Accepted { expect, .. } | Self::Inspected { expect, .. } => expect,
            Self::Reported { .. } => &[],
        }
    }
}
