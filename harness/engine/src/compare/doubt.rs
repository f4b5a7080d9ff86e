//! Which cases say nothing of how a server behaves, since a mistake in its set-up would explain them as well as a switch would.
//!
//! A flow is what people depend on: every step of it succeeds where all is set up as it should be. Where one of its steps is refused, and a known
//! mistake would show just so, nobody can tell from outside whether the server is of another mind or the set-up is wrong. Mistakes are by far
//! the likelier, and a profile that was made to show one would show it for ever.

use std::collections::BTreeSet;

use serde::Serialize;

use crate::diagnosis::Suspicion;
use crate::run::{CaseKind, CaseRecord, Verdict};

/// Cases that the same mistakes would explain.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Doubt {
    /// The cases, by id.
    pub cases: Vec<String>,
    /// The mistakes, the likeliest first.
    pub suspicions: Vec<Suspicion>,
}

impl Doubt {
    /// The ids of the mistakes, the likeliest first.
    pub fn ids(&self) -> Vec<String> {
        self.suspicions.iter().map(|suspicion| suspicion.id.clone()).collect()
    }
}

/// The cases of a record that a mistake in the set-up would explain, those together that the same mistakes would.
pub fn doubts(cases: &[CaseRecord]) -> Vec<Doubt> {
    let mut doubts: Vec<Doubt> = Vec::new();
    for case in cases.iter().filter(|case| is_doubtful(case)) {
        let ids: Vec<&str> = case.suspicions.iter().map(|suspicion| suspicion.id.as_str()).collect();
        match doubts.iter_mut().find(|doubt| doubt.ids() == ids) {
            Some(doubt) => doubt.cases.push(case.id.clone()),
            None => doubts.push(Doubt {
                cases: vec![case.id.clone()],
                suspicions: case.suspicions.clone(),
            }),
        }
    }
    doubts
}

/// The ids of all cases that are doubted.
pub fn doubted(doubts: &[Doubt]) -> BTreeSet<String> {
    doubts.iter().flat_map(|doubt| doubt.cases.iter().cloned()).collect()
}

/// A case of a table that is refused is what switches are about. A flow is not, and neither is the way to what a case judges. Of cases whose
/// control failed elsewhere nothing was observed, so that there is nothing to doubt.
fn is_doubtful(case: &CaseRecord) -> bool {
    let is_of_what_must_work = match case.verdict {
        Verdict::Fail | Verdict::RefusedOtherwise => case.kind == CaseKind::Flow,
        Verdict::Inconclusive => !case.exchanges.is_empty(),
        Verdict::Pass | Verdict::Warn | Verdict::Skipped | Verdict::Broken => false,
    };
    is_of_what_must_work && !case.suspicions.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::record::testing::case;

    fn suspected(id: &str, kind: CaseKind, verdict: Verdict, causes: &[&str]) -> CaseRecord {
        let suspicion = |cause: &&str| Suspicion {
            id: (*cause).to_owned(),
            cause: String::new(),
            fix: String::new(),
            because: Vec::new(),
            sure: String::new(),
            sources: Vec::new(),
        };
        CaseRecord {
            kind,
            suspicions: causes.iter().map(suspicion).collect(),
            ..case(id, verdict)
        }
    }

    #[test]
    fn flows_are_doubted_where_a_mistake_would_explain_them_and_cases_are_not() {
        let cases = [
            suspected("flow", CaseKind::Flow, Verdict::Fail, &["ONE", "OTHER"]),
            suspected("table#case", CaseKind::Accepted, Verdict::Fail, &["ONE", "OTHER"]),
            suspected("unexplained", CaseKind::Flow, Verdict::Fail, &[]),
            suspected("sound", CaseKind::Flow, Verdict::Pass, &["ONE"]),
            suspected("nothing-seen", CaseKind::Refused, Verdict::Inconclusive, &["ONE"]),
            suspected("another", CaseKind::Flow, Verdict::Fail, &["OTHER"]),
            suspected("once-more", CaseKind::Flow, Verdict::Fail, &["ONE", "OTHER"]),
        ];
        let doubts = doubts(&cases);
        let told: Vec<_> = doubts
            .iter()
            .map(|doubt| (doubt.ids().join(" "), doubt.cases.join(" ")))
            .collect();
        let expected = [("ONE OTHER", "flow once-more"), ("OTHER", "another")];
        assert_eq!(told, expected.map(|(ids, cases)| (ids.to_owned(), cases.to_owned())));
        assert_eq!(doubted(&doubts).len(), 3);
    }
}
