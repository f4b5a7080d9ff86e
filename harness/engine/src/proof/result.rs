//! What a proof comes to. The names of the members are a promise to whoever reads them.

use serde::{Deserialize, Serialize};

use super::workshop::{Mutant, MutantKind};
use crate::run::{CaseKind, Verdict};

/// The proof over all mutants.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proof {
    /// How many mutants there are, without those that nobody can see.
    pub mutants: usize,
    /// How many of them were caught.
    pub caught: usize,
    /// Those that were not.
    pub survivors: Vec<Survivor>,
    /// Cases that no mutant turned red.
    pub idle: Vec<Idle>,
    /// Mutants that turned a case red which does not name their rule.
    pub crosstalk: Vec<Crosstalk>,
    /// Mutants that nobody can see on the wire, with the reason.
    pub unobservable: Vec<Unobservable>,
    /// Cases that break several rules, run with all of these skipped together.
    pub compound: Vec<Compound>,
    /// Cases that do not pass on the sound server.
    pub alarms: Vec<Alarm>,
    /// Whether only some mutants were tried, so that nothing is said of idle cases and compounds.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_partial: bool,
}

impl Proof {
    /// Whether every mutant was caught, every case is of use, and nothing else turned red.
    pub fn holds(&self) -> bool {
        let is_stale = |unobservable: &Unobservable| unobservable.caught_by.is_some();
        self.mutants > 0
            && self.survivors.is_empty()
            && self.idle.is_empty()
            && self.crosstalk.is_empty()
            && self.alarms.is_empty()
            && !self.unobservable.iter().any(is_stale)
            && self.compound.iter().all(|compound| compound.caught)
    }
}

/// A mutant that was not caught.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(missing_docs, reason = "the fields are those of the mutant")]
pub struct Survivor {
    pub rule: String,
    pub defect: String,
    pub kind: MutantKind,
    pub rows: Vec<String>,
}

impl From<&Mutant> for Survivor {
    fn from(mutant: &Mutant) -> Self {
        Self {
            rule: mutant.rule.clone(),
            defect: mutant.defect.clone(),
            kind: mutant.kind,
            rows: mutant.rows.clone(),
        }
    }
}

/// A mutant that nobody can see on the wire.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unobservable {
    /// The rule.
    pub rule: String,
    /// The defect.
    pub defect: String,
    /// Why nobody can.
    pub why: String,
    /// A case that caught it all the same: then the reason is stale.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_by: Option<String>,
}

/// A case that no mutant turned red.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Idle {
    /// The case.
    pub case: String,
    /// The profiles under which it passed on the sound server.
    pub profiles: Vec<String>,
}

/// A mutant that turned a case red which does not name its rule.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Crosstalk {
    /// The rule.
    pub rule: String,
    /// The defect.
    pub defect: String,
    /// The case.
    pub case: String,
    /// The profile.
    pub profile: String,
    /// What the case came to.
    pub verdict: Verdict,
    /// What it missed, each with the rows that it covers; empty where the case came to no finding.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub missed: Vec<String>,
}

/// A case that breaks several rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Compound {
    /// The case.
    pub case: String,
    /// The profile.
    pub profile: String,
    /// The rules that were skipped together.
    pub rules: Vec<String>,
    /// Whether it turned red.
    pub caught: bool,
}

/// A case that does not pass on the sound server.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alarm {
    /// The case.
    pub case: String,
    /// The profile.
    pub profile: String,
    /// What it came to.
    pub verdict: Verdict,
    /// Why.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// A case that a mutant turned red.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Sighting {
    /// The case.
    pub case: String,
    /// The profile.
    pub profile: String,
    /// What kind of case it is.
    pub kind: CaseKind,
    /// What it came to.
    pub verdict: Verdict,
}

/// What all cases made of one mutant.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Examination {
    /// The cases that caught it.
    pub caught_by: Vec<Sighting>,
    /// The cases that it turned red, whether or not that counts as catching it.
    pub turned: Vec<Sighting>,
    /// The cases that it should not have turned red.
    pub crosstalk: Vec<Crosstalk>,
}
