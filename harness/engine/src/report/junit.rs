//! The report for build servers: one test suite for each file, one test case for each case.
//!
//! What is wrong with the target is a failure, what kept us from judging it an error. A warning is a success that says something.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::escape::xml as escaped;
use super::file_of;
use crate::expect::{FindingVerdict, level_name};
use crate::run::{CaseRecord, RunRecord, Stale, Verdict};

/// The record as JUnit XML.
pub fn junit(record: &RunRecord) -> String {
    let mut report = Report::new("tenantproof");
    report.set_time(time(&record.cases));
    for cases in record.cases.chunk_by(|one, next| file_of(&one.id) == file_of(&next.id)) {
        report.add_test_suite(suite(record, cases));
    }
    if !record.stale.is_empty() {
        let mut suite = TestSuite::new("baseline");
        suite.add_test_cases(record.stale.iter().map(stale));
        report.add_test_suite(suite);
    }
    report.to_string().expect("text is written to memory as UTF-8")
}

fn suite(record: &RunRecord, cases: &[CaseRecord]) -> TestSuite {
    let mut suite = TestSuite::new(escaped(file_of(&cases[0].id)));
    suite.set_time(time(cases));
    if let Some(started) = &record.started {
        suite.extra.insert("timestamp".into(), escaped(started).into());
    }
    let facts = [
        ("version", &record.version),
        ("digest", &record.digest),
        ("target", &record.target),
        ("profile", &record.profile),
        ("seed", &record.seed),
    ];
    suite.add_properties(facts.map(|(name, value)| (name.to_owned(), escaped(value))));
    let switches = record
        .switches
        .iter()
        .map(|switch| ("switch".to_owned(), escaped(switch)));
    suite.add_properties(switches);
    let shard = record
        .shard
        .iter()
        .map(|shard| ("shard".to_owned(), shard.shard().to_string()));
    suite.add_properties(shard);
    suite.add_test_cases(cases.iter().map(test_case));
    suite
}

/// An entry of the baseline that is no longer true.
fn stale(stale: &Stale) -> TestCase {
    let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
    status.set_message(escaped(&stale.why));
    status.set_type("stale");
    let mut test = TestCase::new(escaped(&stale.case), status);
    test.set_classname("baseline");
    test
}

fn test_case(case: &CaseRecord) -> TestCase {
    let status = match case.verdict {
        _ if case.known.is_some() => TestCaseStatus::success(),
        Verdict::Pass | Verdict::Warn => TestCaseStatus::success(),
        Verdict::Fail | Verdict::RefusedOtherwise => TestCaseStatus::non_success(NonSuccessKind::Failure),
        Verdict::Inconclusive | Verdict::Broken => TestCaseStatus::non_success(NonSuccessKind::Error),
        Verdict::Skipped => TestCaseStatus::skipped(),
    };
    let mut test = TestCase::new(escaped(&case.id), status);
    test.set_classname(escaped(file_of(&case.id)));
    test.set_time(Duration::from_micros(case.duration_us));
    match case.verdict {
        _ if case.known.is_some() => {
            test.set_system_out(format!("known deviation: {}\n{}", message(case), story(case)));
        }
        Verdict::Pass => {}
        Verdict::Warn => {
            test.set_system_out(format!("warn: {}\n{}", message(case), story(case)));
        }
        Verdict::Skipped => {
            test.status.set_message(message(case));
        }
        _ => {
            test.status.set_message(message(case));
            test.status.set_type(case.verdict.as_str());
            test.status.set_description(story(case));
        }
    }
    test
}

/// What it is about, in a line: the reason, or the worst finding.
fn message(case: &CaseRecord) -> String {
    let worst = case.findings.iter().max_by_key(|finding| finding.verdict);
    match (&case.reason, worst) {
        (Some(reason), _) => escaped(reason),
        (None, Some(finding)) => {
            let [what, expected, actual] =
                [&finding.what, &finding.expected, &finding.actual].map(|text| escaped(text));
            format!("{what}: expected {expected}, found {actual}")
        }
        (None, None) => escaped(&case.title),
    }
}

/// All that one needs to act on it; each line is ours, and what others wrote cannot begin one.
fn story(case: &CaseRecord) -> String {
    let mut lines = vec![("title", case.title.clone())];
    lines.extend(case.reason.iter().map(|reason| ("reason", reason.clone())));
    for finding in case
        .findings
        .iter()
        .filter(|finding| finding.verdict != FindingVerdict::Pass)
    {
        lines.push(("where", format!("{}: {}", finding.step, finding.what)));
        lines.push(("expected", finding.expected.clone()));
        lines.push(("actual", finding.actual.clone()));
    }
    if !case.covers.is_empty() {
        lines.push((
            "rows",
            format!("{} ({})", case.covers.join(", "), level_name(case.level)),
        ));
    }
    if let Some(known) = &case.known {
        lines.push(("known", format!("until {}: {}", known.until, known.reason)));
    }
    if !case.reproduce.is_empty() {
        lines.push(("again", case.reproduce.clone()));
    }
    let lines = lines
        .iter()
        .map(|(label, text)| format!("{label:<8}  {}", escaped(text)));
    lines.collect::<Vec<_>>().join("\n")
}

fn time(cases: &[CaseRecord]) -> Duration {
    cases.iter().map(|case| Duration::from_micros(case.duration_us)).sum()
}
