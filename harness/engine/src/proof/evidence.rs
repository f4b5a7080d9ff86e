//! What counts as noticing a mutant. Pure: records in, yes or no out.

use super::workshop::{Mutant, MutantKind};
use crate::expect::{Finding, FindingVerdict};
use crate::run::{CaseKind, CaseRecord, Verdict};

/// One case under one mutant, of which we know that it passed on the sound server.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    /// The mutant.
    pub mutant: &'a Mutant,
    /// What came of the case.
    pub record: &'a CaseRecord,
    /// The rules that the case names; none for a flow.
    pub catches: &'a [&'a str],
}

impl Seen<'_> {
    /// Whether the case is red: something about the target is not as it should be.
    pub fn is_red(&self) -> bool {
        self.has_missed() || self.record.verdict == Verdict::RefusedOtherwise
    }

    /// Whether the mutant is caught: by an isolating case that names its rule, or, where it breaks a promise, by any finding that
    /// covers one of its rows, be it in the control of a table.
    pub fn is_catch(&self) -> bool {
        let is_isolating = matches!(self.catches, [only] if *only == self.mutant.rule);
        match (self.mutant.kind, self.record.kind) {
            (MutantKind::Skip, CaseKind::Refused | CaseKind::Reported | CaseKind::Inspected) => {
                is_isolating && self.has_missed()
            }
            (MutantKind::Misreport, CaseKind::Refused) => is_isolating && self.is_red(),
            (MutantKind::Overreach, CaseKind::Accepted) => is_isolating && self.has_missed(),
            (MutantKind::Break, _) => (is_isolating && self.has_missed()) || self.touches_row(),
            _ => false,
        }
    }

    /// Whether the case is red and should not be: it neither names the rule nor missed something that the mutant breaks.
    pub fn is_crosstalk(&self) -> bool {
        let is_named = self.catches.contains(&self.mutant.rule.as_str());
        // A refusal goes by rules alone; its rows are often those of its neighbours.
        let counts_rows = self.mutant.kind == MutantKind::Break || self.record.kind != CaseKind::Refused;
        self.is_red() && !is_named && !(counts_rows && self.touches_row())
    }

    /// Whether something failed, or warned because that is all that its row weighs.
    fn has_missed(&self) -> bool {
        matches!(self.record.verdict, Verdict::Fail | Verdict::Warn)
    }

    /// The findings of which something was missed.
    pub fn missed(&self) -> impl Iterator<Item = &Finding> {
        self.record
            .findings
            .iter()
            .filter(|finding| finding.verdict >= FindingVerdict::Warn)
    }

    /// Whether something that was missed covers a row that the mutant breaks.
    fn touches_row(&self) -> bool {
        self.missed()
            .flat_map(|finding| &finding.covers)
            .any(|row| self.mutant.rows.contains(row))
    }
}
