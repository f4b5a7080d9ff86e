//! What may be wrong with the set-up: each cause once, with how many cases speak for it.

use super::escape;
use super::sheet::count;
use crate::diagnosis::Suspicion;
use crate::run::{CaseRecord, RunRecord};

/// What the part about it is called in every report.
pub(super) const TITLE: &str = "What may be wrong with the set-up";

/// Each cause once, in the order in which they came up, with the number of cases that it would explain.
pub(super) fn causes(cases: &[CaseRecord]) -> Vec<(&Suspicion, usize)> {
    let mut found: Vec<(&Suspicion, usize)> = Vec::new();
    for suspicion in cases.iter().flat_map(|case| &case.suspicions) {
        match found.iter_mut().find(|(known, _)| known.id == suspicion.id) {
            Some((_, number)) => *number += 1,
            None => found.push((suspicion, 1)),
        }
    }
    found
}

/// Which cause it is, and how many cases speak for it: `MISCONF-030; 11 cases`.
pub(super) fn which(suspicion: &Suspicion, number: usize) -> String {
    format!("{}; {}", suspicion.id, count(number, "case", "cases"))
}

/// Why we think so, in one sentence.
pub(super) fn because(suspicion: &Suspicion) -> String {
    format!("because {}", suspicion.because.join("; "))
}

/// All of it for a terminal; empty where nothing is suspected. A record may be somebody else's, so every text of it is escaped.
pub fn suspected(record: &RunRecord) -> String {
    let causes = causes(&record.cases);
    if causes.is_empty() {
        return String::new();
    }
    let mut text = format!("\n{TITLE}\n");
    for (suspicion, number) in causes {
        let cause = format!("{} ({})", suspicion.cause, which(suspicion, number));
        for (indent, line) in [(2, &cause), (6, &because(suspicion)), (6, &suspicion.fix)] {
            text += &format!("{:indent$}{}\n", "", escape::terminal(line));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::Verdict;
    use crate::run::record::testing::case;

    #[test]
    fn each_cause_stands_once_with_its_cases() {
        let suspicion = |id: &str| Suspicion {
            id: id.to_owned(),
            cause: format!("the cause of {id}\u{1b}[31m"),
            fix: "mend it".to_owned(),
            because: vec!["one".to_owned(), "other".to_owned()],
            sure: String::new(),
            sources: Vec::new(),
        };
        let suspected = |ids: &[&str]| CaseRecord {
            suspicions: ids.iter().map(|id| suspicion(id)).collect(),
            ..case("a#b", Verdict::Fail)
        };
        let cases = [suspected(&["ONE", "OTHER"]), suspected(&[]), suspected(&["OTHER"])];
        let told: Vec<_> = causes(&cases)
            .iter()
            .map(|(cause, number)| which(cause, *number))
            .collect();
        assert_eq!(told, ["ONE; 1 case", "OTHER; 2 cases"]);
        assert_eq!(because(&suspicion("ONE")), "because one; other");
    }
}
