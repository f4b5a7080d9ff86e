//! Verdicts of cases, and what they make of the exit code.

use serde::{Deserialize, Serialize};

use super::record::{CaseRecord, RunRecord};
use crate::expect::{FindingVerdict, Weight};

/// What came of one case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// All that was expected holds.
    Pass,
    /// Something that should hold does not, or something that we are not sure of.
    Warn,
    /// Something that must hold does not.
    Fail,
    /// Refused as it must be, in another form than expected. Weighs as its row.
    RefusedOtherwise,
    /// Could not be judged: the control did not pass, or a lever did not do what it promised.
    Inconclusive,
    /// Not run, for a reason that is named.
    Skipped,
    /// The scenario or the harness is at fault.
    Broken,
}

impl Verdict {
    /// Every verdict, in the order in which they are counted.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Warn,
        Self::Fail,
        Self::RefusedOtherwise,
        Self::Inconclusive,
        Self::Skipped,
        Self::Broken,
    ];

    /// The word for it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::RefusedOtherwise => "refused-otherwise",
            Self::Inconclusive => "inconclusive",
            Self::Skipped => "skipped",
            Self::Broken => "broken",
        }
    }

    /// Whether the case ran to the end and the target was judged.
    pub fn is_judgement(self) -> bool {
        matches!(self, Self::Pass | Self::Warn | Self::Fail | Self::RefusedOtherwise)
    }

    /// The verdict over several findings: that of the worst. Where all were skipped there is no verdict on the target.
    pub fn over(findings: impl IntoIterator<Item = FindingVerdict>) -> Self {
        let (mut worst, mut is_judged, mut is_empty) = (FindingVerdict::Pass, false, true);
        for verdict in findings {
            is_empty = false;
            is_judged |= verdict != FindingVerdict::Skipped;
            worst = worst.max(verdict);
        }
        match worst {
            _ if !is_judged && !is_empty => Self::Skipped,
            FindingVerdict::Pass | FindingVerdict::Note | FindingVerdict::Skipped => Self::Pass,
            FindingVerdict::Warn => Self::Warn,
            FindingVerdict::RefusedOtherwise => Self::RefusedOtherwise,
            FindingVerdict::Fail => Self::Fail,
        }
    }
}

/// What the command line ends with, and when. The first row that holds decides.
pub const EXIT_CODES: [(u8, &str); 5] = [
    (2, "a case is broken, or the input is wrong"),
    (
        1,
        "a case failed that the baseline does not know, or the baseline is stale",
    ),
    (3, "a case is inconclusive, or the target cannot be reached"),
    (4, "no case ran to a verdict"),
    (0, "every case that ran passed"),
];

/// Whether a warning counts as a failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It does not.
    #[default]
    Lenient,
    /// It does.
    Strict,
}

/// The exit code that a run comes to; see [`EXIT_CODES`].
pub fn exit_code_of(record: &RunRecord, strictness: Strictness) -> u8 {
    match exit_code(&record.cases, strictness) {
        2 => 2,
        _ if !record.stale.is_empty() => 1,
        code => code,
    }
}

/// The exit code that some cases come to, whatever the baseline is like beside them.
pub fn exit_code(cases: &[CaseRecord], strictness: Strictness) -> u8 {
    let any = |verdict| cases.iter().any(|case| case.verdict == verdict);
    let fails = |case: &CaseRecord| match (case.verdict, Weight::of(case.level)) {
        _ if case.known.is_some() => false,
        (Verdict::Fail, _) | (Verdict::RefusedOtherwise, Weight::Fail) => true,
        (Verdict::Warn, _) | (Verdict::RefusedOtherwise, Weight::Warn) => strictness == Strictness::Strict,
        _ => false,
    };
    match () {
        () if any(Verdict::Broken) => 2,
        () if cases.iter().any(fails) => 1,
        () if any(Verdict::Inconclusive) => 3,
        () if !cases.iter().any(|case| case.verdict.is_judgement()) => 4,
        () => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::testing::case;
    use super::*;
    use crate::scenario::model::Level;

    #[test]
    fn the_first_row_that_holds_is_the_exit_code() {
        use Verdict::{Broken, Fail, Inconclusive, Pass, RefusedOtherwise, Skipped, Warn};
        let table: [(&[Verdict], u8); 10] = [
            (&[], 4),
            (&[Skipped], 4),
            (&[Pass, Skipped], 0),
            (&[Pass, Warn], 0),
            (&[Pass, Inconclusive], 3),
            (&[Inconclusive], 3),
            (&[Pass, Inconclusive, Fail], 1),
            (&[RefusedOtherwise], 1),
            (&[Fail, Broken], 2),
            (&[Pass, Inconclusive, Broken], 2),
        ];
        for (verdicts, code) in table {
            let cases: Vec<_> = verdicts.iter().map(|verdict| case("a", *verdict)).collect();
            assert_eq!(exit_code(&cases, Strictness::Lenient), code, "{verdicts:?}");
            assert!(EXIT_CODES.iter().any(|(listed, _)| *listed == code));
        }
    }

    #[test]
    fn a_warning_counts_when_one_is_strict() {
        let warned = [case("a", Verdict::Warn)];
        assert_eq!(exit_code(&warned, Strictness::Lenient), 0);
        assert_eq!(exit_code(&warned, Strictness::Strict), 1);
    }

    #[test]
    fn refused_otherwise_weighs_as_its_row() {
        for (level, lenient, strict) in [(Level::Must, 1, 1), (Level::Should, 0, 1), (Level::May, 0, 0)] {
            let cases = [CaseRecord {
                level,
                ..case("a", Verdict::RefusedOtherwise)
            }];
            assert_eq!(exit_code(&cases, Strictness::Lenient), lenient, "{level:?}");
            assert_eq!(exit_code(&cases, Strictness::Strict), strict, "{level:?}");
        }
    }

    #[test]
    fn the_worst_finding_decides_and_nothing_but_skips_is_a_skip() {
        use FindingVerdict::{Fail, Note, Pass, RefusedOtherwise, Skipped, Warn};
        assert_eq!(Verdict::over([Pass, Warn, Note]), Verdict::Warn);
        assert_eq!(Verdict::over([RefusedOtherwise, Fail]), Verdict::Fail);
        assert_eq!(Verdict::over([Pass, Skipped]), Verdict::Pass);
        assert_eq!(Verdict::over([Skipped]), Verdict::Skipped);
        assert_eq!(Verdict::over([]), Verdict::Pass);
    }
}
