//! The end of the terminal report: skips by reason, totals, what was proved and how, and one sentence.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use super::escape::terminal as escaped;
use super::mark::{PLAIN, STRONG, mark};
use super::sheet::{Sheet, count};
use super::terminal::counts;
use crate::expect::FindingVerdict;
use crate::run::{CaseRecord, Evidence, RunRecord, Strictness, Verdict, exit_code, exit_code_of};

/// Why cases were skipped, with the name of what is missing and how many cases it met; the most frequent reason first.
pub(super) fn skip_reasons(cases: &[CaseRecord]) -> Vec<((&str, Option<&str>), usize)> {
    let mut reasons: BTreeMap<(&str, Option<&str>), usize> = BTreeMap::new();
    for case in cases.iter().filter(|case| case.verdict == Verdict::Skipped) {
        let reason = case.reason.as_deref().unwrap_or("for no reason that was recorded");
        *reasons.entry((reason, case.missing.as_deref())).or_default() += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, number)| Reverse(*number));
    reasons
}

/// Why cases were skipped, the most frequent reason first.
pub(super) fn skipped(sheet: &mut Sheet, cases: &[CaseRecord]) {
    let reasons = skip_reasons(cases);
    if reasons.is_empty() {
        return;
    }
    sheet.gap();
    sheet.text(0, (STRONG, "Skipped, by reason"));
    for ((reason, missing), number) in reasons {
        let reason = match missing {
            Some(missing) => format!("{} (to insist on it: --require {})", escaped(reason), escaped(missing)),
            None => escaped(reason),
        };
        let number = format!("{number:>5}");
        sheet.entry(2, 9, &[(mark(Verdict::Skipped).style, &number)], (PLAIN, &reason));
    }
}

/// How many cases came to what, and what that says about the requirement rows.
pub(super) fn totals(sheet: &mut Sheet, record: &RunRecord) {
    sheet.gap();
    sheet.text(0, (STRONG, "Summary"));
    counts(sheet, 2, &record.summary);
    let proved = Proved::by(&record.cases);
    if proved.witnessed + proved.answered > 0 {
        let how = format!(
            "{} by {}: {} also by the target's journal, {} by the answers alone",
            count(proved.rows.len(), "row", "rows"),
            count(proved.witnessed + proved.answered, "case", "cases"),
            proved.witnessed,
            proved.answered,
        );
        sheet.row(2, "proved", (PLAIN, &how));
    }
    if proved.attested > 0 {
        let rows = count(proved.attested_rows.len(), "further row", "further rows");
        let cases = count(proved.attested, "case", "cases");
        let how = format!("{rows} by {cases}, on the word of the target file");
        sheet.row(2, "attested", (PLAIN, &how));
    }
    if !proved.missed.is_empty() {
        let rows: Vec<_> = proved.missed.into_iter().map(escaped).collect();
        sheet.row(2, "missed", (PLAIN, &rows.join(", ")));
    }
}

/// What the cases that passed prove. A row that any case missed is proved by none.
#[derive(Default)]
pub(super) struct Proved<'a> {
    /// Cases that passed by the target's journal too.
    pub(super) witnessed: usize,
    /// Cases that passed by the answers alone.
    pub(super) answered: usize,
    /// Cases that passed on the word of the target file.
    pub(super) attested: usize,
    /// Rows that are proved.
    pub(super) rows: BTreeSet<&'a str>,
    /// Rows that are proved on the word of the target file only.
    pub(super) attested_rows: BTreeSet<&'a str>,
    /// Rows that a case missed.
    pub(super) missed: BTreeSet<&'a str>,
}

impl<'a> Proved<'a> {
    pub(super) fn by(cases: &'a [CaseRecord]) -> Self {
        let mut proved = Self::default();
        for case in cases {
            let covers = case.covers.iter().map(String::as_str);
            match (case.verdict, case.evidence) {
                (Verdict::Pass, Evidence::Attested) => {
                    proved.attested += 1;
                    proved.attested_rows.extend(covers);
                }
                (Verdict::Pass, evidence) => {
                    match evidence {
                        Evidence::Witnessed => proved.witnessed += 1,
                        _ => proved.answered += 1,
                    }
                    proved.rows.extend(covers);
                }
                (Verdict::Warn | Verdict::Fail | Verdict::RefusedOtherwise, _) => {
                    proved.missed.extend(rows_missed(case));
                }
                (Verdict::Inconclusive | Verdict::Skipped | Verdict::Broken, _) => {}
            }
        }
        proved.rows.retain(|row| !proved.missed.contains(row));
        let is_news = |row: &&str| !proved.missed.contains(row) && !proved.rows.contains(row);
        proved.attested_rows.retain(is_news);
        proved
    }
}

/// The rows of the findings that do not hold; those of the case, where no finding names any.
fn rows_missed(case: &CaseRecord) -> impl Iterator<Item = &str> {
    let findings = case
        .findings
        .iter()
        .filter(|finding| finding.verdict >= FindingVerdict::Warn);
    let rows: Vec<_> = findings.flat_map(|finding| &finding.covers).collect();
    let rows = if rows.is_empty() {
        case.covers.iter().collect()
    } else {
        rows
    };
    rows.into_iter().map(String::as_str)
}

/// What it all comes to, in line with the exit code.
pub(super) fn sentence(sheet: &mut Sheet, record: &RunRecord, strictness: Strictness) {
    let (verdict, text) = outcome(record, strictness, escaped);
    let look = mark(verdict);
    sheet.gap();
    sheet.entry(0, 3, &[(look.style.bold(), look.sign)], (look.style.bold(), &text));
}

/// What it all comes to, as a verdict and a sentence in which what others named has gone through `escape`.
pub(super) fn outcome(record: &RunRecord, strictness: Strictness, escape: fn(&str) -> String) -> (Verdict, String) {
    let RunRecord { cases, summary, .. } = record;
    let comes_to = |code| {
        let of_case = move |case: &&CaseRecord| exit_code(std::slice::from_ref(*case), strictness) == code;
        cases.iter().filter(of_case).count()
    };
    let (target, profile) = (escape(&record.target), escape(&record.profile));
    let judged = cases.iter().filter(|case| case.verdict.is_judgement()).count();
    let stale = match record.stale.len() {
        0 => String::new(),
        number => format!(
            " Mend the baseline: {} no longer true.",
            count(number, "entry is", "entries are")
        ),
    };
    let (verdict, text) = match exit_code_of(record, strictness) {
        2 => {
            let broken = count(summary.broken, "case is", "cases are");
            let failed = match comes_to(1) {
                0 => String::new(),
                failed => format!(" Beside that, {}.", count(failed, "case failed", "cases failed")),
            };
            let text = format!("{broken} broken: mend the scenario or the harness before you judge {target}.{failed}");
            (Verdict::Broken, text)
        }
        1 => match comes_to(1) {
            0 => {
                let text = format!("{target} gives no new reason to fail, but the baseline is stale.");
                (Verdict::Fail, text)
            }
            failed => {
                let failed = count(failed, "case", "cases");
                let text = format!("{target} does not keep to profile {profile}: {failed} of {judged} came out wrong.");
                (Verdict::Fail, text)
            }
        },
        3 => {
            let open = count(summary.inconclusive, "case", "cases");
            let text = format!("{target} is neither cleared nor convicted: {open} could not be judged.");
            (Verdict::Inconclusive, text)
        }
        4 => (
            Verdict::Skipped,
            format!("Nothing is known of {target}: no case ran to a verdict."),
        ),
        _ if cases.iter().any(CaseRecord::is_interrupted) => {
            let all = count(cases.len(), "case", "cases");
            let text =
                format!("The run was interrupted: {judged} of {all} ran. Nothing is settled about {target} yet.");
            (Verdict::Inconclusive, text)
        }
        _ => {
            let known = cases.iter().filter(|case| case.known.is_some()).count();
            let ran = match (judged, known) {
                (1, 0) => "the one case that ran".to_owned(),
                (_, 0) => format!("all {judged} cases that ran"),
                _ => format!("{} of {judged} cases that ran", judged - known),
            };
            let remarks = cases.iter().filter(|case| {
                case.known.is_none() && matches!(case.verdict, Verdict::Warn | Verdict::RefusedOtherwise)
            });
            let remarks = match remarks.count() {
                0 => String::new(),
                remarks => format!("; {remarks} of them with a remark"),
            };
            let known = match known {
                0 => String::new(),
                _ => format!("; the baseline knows of {}", count(known, "deviation", "deviations")),
            };
            // Whoever reads no further must see how little was tried.
            let little = if summary.skipped > judged {
                format!(" Most of the plan was skipped: {} of {}.", summary.skipped, cases.len())
            } else {
                String::new()
            };
            (
                Verdict::Pass,
                format!("{target} keeps to profile {profile} in {ran}{remarks}{known}.{little}"),
            )
        }
    };
    (verdict, text + &stale)
}

/// What the baseline puts up with, and what is wrong with it.
pub(super) fn baseline(sheet: &mut Sheet, record: &RunRecord) {
    let known: Vec<_> = record
        .cases
        .iter()
        .filter_map(|case| Some((&case.id, case.known.as_ref()?)))
        .collect();
    if !known.is_empty() {
        sheet.gap();
        sheet.text(0, (STRONG, "Known deviations"));
        for (id, known) in known {
            let why = format!("until {}: {}", escaped(&known.until), escaped(&known.reason));
            sheet.entry(2, 6, &[(STRONG, &escaped(id))], (PLAIN, &why));
        }
    }
    if !record.stale.is_empty() {
        sheet.gap();
        sheet.text(0, (STRONG, "Stale entries of the baseline"));
        for stale in &record.stale {
            let style = mark(Verdict::Fail).style;
            sheet.entry(2, 6, &[(style, &escaped(&stale.case))], (PLAIN, &escaped(&stale.why)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::run::record::INTERRUPTED;
    use crate::run::record::testing::{case, record};

    fn outcome_of(cases: Vec<CaseRecord>) -> (Verdict, String) {
        let record = RunRecord {
            target: "a tenant".to_owned(),
            profile: "oracle".to_owned(),
            ..record(cases)
        };
        outcome(&record, Strictness::Lenient, str::to_owned)
    }

    fn skipped(why: &str) -> CaseRecord {
        CaseRecord {
            reason: Some(why.to_owned()),
            ..case("b#c", Verdict::Skipped)
        }
    }

    #[test]
    fn a_run_that_was_interrupted_clears_nobody() {
        let (verdict, text) = outcome_of(vec![case("a", Verdict::Pass), skipped(INTERRUPTED)]);
        assert_eq!(verdict, Verdict::Inconclusive);
        assert!(text.contains("1 of 2 cases ran"), "{text}");
    }

    #[test]
    fn a_run_that_skipped_most_of_its_plan_says_so_beside_its_verdict() {
        let (verdict, text) = outcome_of(vec![case("a", Verdict::Pass), skipped("x"), skipped("y")]);
        assert_eq!(verdict, Verdict::Pass);
        assert!(text.ends_with(" Most of the plan was skipped: 2 of 3."), "{text}");
        let (_, text) = outcome_of(vec![case("a", Verdict::Pass), skipped("x")]);
        assert!(!text.contains("Most"), "{text}");
    }
}
