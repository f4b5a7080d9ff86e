//! What was observed in a run: by case, and in it by step. Records are read here and nowhere else in comparing.

use std::collections::BTreeMap;
use std::sync::Arc;

use indexmap::IndexMap;

use crate::observe::Observed;
use crate::observe::answer::ANSWER;
use crate::run::{CaseRecord, Verdict};

/// What was observed in a run, by the ids of its cases. Runs of a model are alike in nearly all cases, and share what is the same.
pub type Sightings = BTreeMap<String, Arc<Sighting>>;

/// What was observed in a case.
#[derive(Clone, Debug, PartialEq)]
pub enum Sighting {
    /// What each step was answered, in order. Of a step that was made several times the last answer counts, as in verdicts: how often a
    /// server had to be asked is a matter of time.
    Steps(IndexMap<String, Observed>),
    /// Nothing, and why.
    Nothing(String),
}

impl Sighting {
    /// What was observed at a step.
    pub fn step(&self, step: &str) -> Option<&Observed> {
        match self {
            Self::Steps(steps) => steps.get(step),
            Self::Nothing(_) => None,
        }
    }

    /// Whether anything was observed.
    pub fn is_something(&self) -> bool {
        matches!(self, Self::Steps(_))
    }
}

/// What was observed in some cases.
pub fn sightings(cases: &[CaseRecord]) -> Sightings {
    cases
        .iter()
        .map(|case| (case.id.clone(), Arc::new(sighting(case))))
        .collect()
}

fn sighting(case: &CaseRecord) -> Sighting {
    let mut steps = IndexMap::new();
    for exchange in &case.exchanges {
        steps.insert(exchange.step.clone(), exchange.observed.clone());
    }
    let is_unanswered = |observed: &Observed| observed.is_empty() || observed.contains_key(ANSWER);
    if steps.values().all(is_unanswered) {
        return Sighting::Nothing(why_nothing(case, !steps.is_empty()));
    }
    Sighting::Steps(steps)
}

/// Why nothing was observed in a case.
fn why_nothing(case: &CaseRecord, was_sent: bool) -> String {
    match (&case.reason, case.verdict) {
        (Some(reason), _) => reason.clone(),
        (None, _) if was_sent => "there was no answer, or the record does not say what answers showed".to_owned(),
        (None, Verdict::Skipped) => "it was skipped".to_owned(),
        (None, _) => "nothing was sent".to_owned(),
    }
}
