//! The report for summaries of build servers, in GitHub's flavour of Markdown: short, with all that did not go well.
//!
//! What others wrote stands in code spans, where nothing is a link, an image or markup. Only our own words stand in the table.

use std::fmt::Write as _;

use super::escape::markdown as escaped;
use super::mark::mark;
use super::summary::{outcome, skip_reasons};
use super::suspected;
use super::terminal::number_of;
use crate::expect::FindingVerdict;
use crate::run::{CaseRecord, RunRecord, Strictness, Verdict};

/// More cases than this are counted, not told: build servers cut long summaries.
const MOST_CASES: usize = 50;
/// More reasons for skips than this are counted, not told.
const MOST_REASONS: usize = 50;

/// The record as Markdown.
pub fn markdown(record: &RunRecord, strictness: Strictness) -> String {
    let (verdict, sentence) = outcome(record, strictness, escaped);
    let mut text = format!("## {} {sentence}\n\n", mark(verdict).sign);
    let switches = record
        .switches
        .iter()
        .fold(String::new(), |text, switch| text + ", switch " + &escaped(switch));
    let shard = record.shard.iter().map(|shard| format!(", shard {}", shard.shard()));
    let shard: String = shard.collect();
    let _ = writeln!(
        text,
        "tenantproof {}, target {}, profile {}{switches}, seed {}{shard}\n",
        escaped(&record.version),
        escaped(&record.target),
        escaped(&record.profile),
        escaped(&record.seed)
    );
    counts(&mut text, record);
    causes(&mut text, &record.cases);
    let loud = record
        .cases
        .iter()
        .filter(|case| case.known.is_none() && !matches!(case.verdict, Verdict::Pass | Verdict::Skipped));
    let mut loud: Vec<&CaseRecord> = loud.collect();
    // What fails comes before what only warns.
    loud.sort_by_key(|case| case.verdict == Verdict::Warn);
    for case in loud.iter().take(MOST_CASES) {
        told(&mut text, case);
    }
    if loud.len() > MOST_CASES {
        let _ = writeln!(
            text,
            "And {} more, which the other reports tell.\n",
            loud.len() - MOST_CASES
        );
    }
    baseline(&mut text, record);
    skips(&mut text, &record.cases);
    text
}

fn counts(text: &mut String, record: &RunRecord) {
    text.push_str("| Verdict | Cases |\n| --- | ---: |\n");
    for verdict in Verdict::ALL {
        let (number, look) = (number_of(&record.summary, verdict), mark(verdict));
        if number > 0 {
            let _ = writeln!(text, "| {} {} | {number} |", look.sign, look.counted);
        }
    }
    text.push('\n');
}

/// What may be wrong with the set-up.
fn causes(text: &mut String, cases: &[CaseRecord]) {
    let found = suspected::causes(cases);
    if found.is_empty() {
        return;
    }
    let _ = writeln!(text, "### {}\n", suspected::TITLE);
    for (suspicion, number) in found.into_iter().take(MOST_REASONS) {
        let which = suspected::which(suspicion, number);
        let _ = writeln!(text, "- {} ({})", escaped(&suspicion.cause), escaped(&which));
        let _ = writeln!(text, "  - {}", escaped(&suspected::because(suspicion)));
        let _ = writeln!(text, "  - {}", escaped(&suspicion.fix));
    }
    text.push('\n');
}

fn told(text: &mut String, case: &CaseRecord) {
    let look = mark(case.verdict);
    let _ = writeln!(
        text,
        "### {} {}: {}\n",
        look.sign,
        case.verdict.as_str(),
        escaped(&case.id)
    );
    let _ = writeln!(text, "- {}", escaped(&case.title));
    if let Some(reason) = &case.reason {
        let _ = writeln!(text, "- reason: {}", escaped(reason));
    }
    let missed = case
        .findings
        .iter()
        .filter(|finding| finding.verdict >= FindingVerdict::Warn);
    for finding in missed {
        let place = escaped(&format!("{}: {}", finding.step, finding.what));
        let _ = writeln!(text, "- {place}");
        let _ = writeln!(text, "  - expected: {}", escaped(&finding.expected));
        let _ = writeln!(text, "  - actual: {}", escaped(&finding.actual));
    }
    if !case.covers.is_empty() {
        let _ = writeln!(text, "- rows: {}", escaped(&case.covers.join(", ")));
    }
    if !case.reproduce.is_empty() {
        let _ = writeln!(text, "- again: {}", escaped(&case.reproduce));
    }
    text.push('\n');
}

fn baseline(text: &mut String, record: &RunRecord) {
    let known: Vec<_> = record
        .cases
        .iter()
        .filter_map(|case| Some((&case.id, case.known.as_ref()?)))
        .collect();
    if !known.is_empty() {
        text.push_str("### Known deviations\n\n");
        for (id, known) in known {
            let _ = writeln!(
                text,
                "- {} until {}: {}",
                escaped(id),
                escaped(&known.until),
                escaped(&known.reason)
            );
        }
        text.push('\n');
    }
    if !record.stale.is_empty() {
        text.push_str("### Stale entries of the baseline\n\n");
        for stale in &record.stale {
            let _ = writeln!(text, "- {}: {}", escaped(&stale.case), escaped(&stale.why));
        }
        text.push('\n');
    }
}

fn skips(text: &mut String, cases: &[CaseRecord]) {
    let reasons = skip_reasons(cases);
    if reasons.is_empty() {
        return;
    }
    text.push_str("### Skipped, by reason\n\n");
    for ((reason, _), number) in reasons.iter().take(MOST_REASONS) {
        let _ = writeln!(text, "- {number}: {}", escaped(reason));
    }
    if reasons.len() > MOST_REASONS {
        let _ = writeln!(text, "- and for {} more reasons", reasons.len() - MOST_REASONS);
    }
    text.push('\n');
}
