//! The baseline: deviations that are known, each with a reason and a last day. What is known fails no run; what is stale does.
//!
//! ```toml
//! format = 1
//!
//! [[deviation]]
//! case = "jwt-bearer/assertion-audience#somebody-else"
//! reason = "reported to the vendor as 3-0000000001"
//! until = 2026-12-31
//! instead = { verdict = "fail", actual = "status 200: not refused" }
//! ```

use std::collections::HashSet;
use std::ops::Range;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::Deserialize;
use toml::Spanned;
use toml::value::Datetime;

use super::record::{CaseRecord, Known, RunRecord, Stale};
use super::verdict::Verdict;
use crate::expect::FindingVerdict;
use crate::scenario::{Diagnostic, Library, Spot};

/// The version of the format.
const FORMAT: u32 = 1;
/// The verdicts that a deviation can come to.
const DEVIATIONS: [Verdict; 3] = [Verdict::Warn, Verdict::Fail, Verdict::RefusedOtherwise];

/// Deviations that are known.
#[derive(Clone, Debug, Default)]
pub struct Baseline {
    deviations: Vec<Deviation>,
}

/// A deviation that is known.
#[derive(Clone, Debug)]
struct Deviation {
    case: String,
    reason: String,
    until: Date,
    verdict: Verdict,
    actual: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Written {
    format: Spanned<u32>,
    #[serde(default)]
    deviation: Vec<WrittenDeviation>,
}

#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct WrittenDeviation {
    case: Spanned<String>,
    reason: Spanned<String>,
    until: Spanned<Datetime>,
    instead: Instead,
}

/// What comes of the case instead of what must.
#[derive(Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
struct Instead {
    verdict: Spanned<Verdict>,
    actual: Option<String>,
}

impl Baseline {
    /// Reads a baseline from the text of its file.
    pub fn load(file: &str, text: &str) -> Result<Self, Vec<Diagnostic>> {
        let mistake = |span: Option<Range<usize>>, what: &str| {
            Diagnostic::new(
                file,
                span.map_or(Spot::default(), |span| spot_at(text, span.start)),
                what,
            )
        };
        let written: Written = toml::from_str(text).map_err(|error| vec![mistake(error.span(), error.message())])?;
        let mut found = Vec::new();
        if *written.format.as_ref() != FORMAT {
            let unknown = mistake(Some(written.format.span()), "this format is not known");
            found.push(unknown.expected(FORMAT.to_string()));
        }
        let mut names = HashSet::new();
        let mut deviations = Vec::new();
        for entry in written.deviation {
            if !names.insert(entry.case.as_ref().clone()) {
                found.push(mistake(Some(entry.case.span()), "this case is listed twice"));
            }
            if entry.reason.as_ref().trim().is_empty() {
                found.push(mistake(Some(entry.reason.span()), "a reason is wanted"));
            }
            let verdict = *entry.instead.verdict.as_ref();
            if !DEVIATIONS.contains(&verdict) {
                let known = DEVIATIONS.map(Verdict::as_str).join(", ");
                let wrong = mistake(Some(entry.instead.verdict.span()), "this is no deviation");
                found.push(wrong.expected(format!("one of {known}")));
            }
            let Some(until) = day(entry.until.as_ref()) else {
                found.push(mistake(Some(entry.until.span()), "wrong value").expected("a day, such as 2026-12-31"));
                continue;
            };
            deviations.push(Deviation {
                case: entry.case.into_inner(),
                reason: entry.reason.into_inner(),
                until,
                verdict,
                actual: entry.instead.actual,
            });
        }
        if found.is_empty() {
            Ok(Self { deviations })
        } else {
            Err(found)
        }
    }

    /// Keeps the entries about some cases.
    ///
    /// Whoever sees a part of a run must say nothing of entries about the rest: all parts together do.
    pub fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.deviations.retain(|deviation| is_kept(&deviation.case));
    }

    /// Marks in a record what is known, and lists what is stale. `now` is seconds since 1970 by the clock that the target goes by;
    /// days are those of UTC.
    pub fn apply(&self, record: &mut RunRecord, library: &Library, now: u64) {
        let now = i64::try_from(now).unwrap_or(i64::MAX);
        let now = Timestamp::from_second(now).unwrap_or(Timestamp::MAX);
        let today = now.to_zoned(TimeZone::UTC).date();
        for deviation in &self.deviations {
            let case = record.cases.iter_mut().find(|case| case.id == deviation.case);
            let is_here = case.is_some() || library.has_case(&deviation.case);
            let why = if !is_here {
                Some("there is no such case".to_owned())
            } else if today > deviation.until {
                Some(format!("it was to end by {}, and it is {today}", deviation.until))
            } else {
                case.and_then(|case| deviation.mark(case))
            };
            if let Some(why) = why {
                record.stale.push(Stale {
                    case: deviation.case.clone(),
                    why,
                });
            }
        }
    }
}

impl Deviation {
    /// Marks the case as known, or says why it is another one.
    fn mark(&self, case: &mut CaseRecord) -> Option<String> {
        if case.verdict == Verdict::Pass {
            return Some("the case passes by now".to_owned());
        }
        // What was not judged says nothing about the deviation.
        if !case.verdict.is_judgement() {
            return None;
        }
        if case.verdict != self.verdict {
            let (expected, actual) = (self.verdict.as_str(), case.verdict.as_str());
            return Some(format!("the case came to `{actual}`, and not to `{expected}`"));
        }
        let missed = || {
            let findings = case.findings.iter();
            findings.filter(|finding| finding.verdict >= FindingVerdict::Warn)
        };
        if let Some(actual) = &self.actual
            && !missed().any(|finding| finding.actual.contains(actual))
        {
            return Some(format!("nothing that was found holds `{actual}`"));
        }
        case.known = Some(Known {
            reason: self.reason.clone(),
            until: self.until.to_string(),
        });
        None
    }
}

/// A day, if it is one and nothing more.
fn day(written: &Datetime) -> Option<Date> {
    let Datetime {
        date: Some(date),
        time: None,
        offset: None,
    } = written
    else {
        return None;
    };
    let [month, day] = [date.month, date.day].map(|part| i8::try_from(part).ok());
    Date::new(i16::try_from(date.year).ok()?, month?, day?).ok()
}

fn spot_at(text: &str, start: usize) -> Spot {
    let before = text.get(..start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let count = |position: usize| u32::try_from(position + 1).unwrap_or(u32::MAX);
    Spot {
        line: count(before.matches('\n').count()),
        column: count(before[line_start..].chars().count()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::record::testing::{self, case};
    use super::super::verdict::{Strictness, exit_code_of};
    use super::*;
    use crate::expect::Finding;
    use crate::scenario::model::Sureness;

    /// 2026-11-20, noon.
    const NOW: u64 = 1_795_176_000;

    fn record(verdict: Verdict, actual: &str) -> RunRecord {
        let finding = Finding {
            step: "token".to_owned(),
            what: "status".to_owned(),
            expected: "401".to_owned(),
            actual: actual.to_owned(),
            covers: Vec::new(),
            sure: Sureness::Specified,
            verdict: FindingVerdict::Fail,
        };
        let cases = vec![CaseRecord {
            findings: vec![finding],
            ..case("a#b", verdict)
        }];
        testing::record(cases)
    }

    fn written(case: &str, until: &str, instead: &str) -> String {
        format!(
            "format = 1\n[[deviation]]\ncase = \"{case}\"\nreason = \"known to us\"\nuntil = {until}\ninstead = {{ {instead} }}\n"
        )
    }

    fn applied(text: &str, mut record: RunRecord) -> RunRecord {
        let baseline = Baseline::load("baseline.toml", text).expect("a baseline");
        baseline.apply(&mut record, &Library::default(), NOW);
        record
    }

    #[test]
    fn what_is_known_fails_no_run_until_its_last_day_is_over() {
        for (until, code, stale) in [
            ("2026-11-20", 0, ""),
            ("2027-01-01", 0, ""),
            ("2026-11-19", 1, "it was to end by 2026-11-19, and it is 2026-11-20"),
        ] {
            let text = written("a#b", until, "verdict = \"fail\"");
            let record = applied(&text, record(Verdict::Fail, "200"));
            assert_eq!(exit_code_of(&record, Strictness::Strict), code, "{until}");
            assert_eq!(record.stale.first().map_or("", |stale| &stale.why), stale, "{until}");
            assert_eq!(record.cases[0].known.is_some(), code == 0);
        }
    }

    #[test]
    fn what_is_no_longer_true_fails() {
        let fail = "verdict = \"fail\", actual = \"status 2\"";
        for (case, instead, verdict, actual, why) in [
            ("a#b", fail, Verdict::Pass, "", "the case passes by now"),
            (
                "a#b",
                fail,
                Verdict::Warn,
                "",
                "the case came to `warn`, and not to `fail`",
            ),
            (
                "a#b",
                fail,
                Verdict::Fail,
                "status 500",
                "nothing that was found holds `status 2`",
            ),
            ("a#c", fail, Verdict::Fail, "status 200", "there is no such case"),
        ] {
            let record = applied(&written(case, "2026-12-31", instead), record(verdict, actual));
            assert_eq!(record.stale.len(), 1, "{why}");
            assert_eq!(record.stale[0].why, why);
            assert_eq!(exit_code_of(&record, Strictness::Lenient), 1, "{why}");
        }
    }

    #[test]
    fn what_was_not_judged_is_not_stale() {
        for verdict in [Verdict::Skipped, Verdict::Inconclusive, Verdict::Broken] {
            let record = applied(&written("a#b", "2026-12-31", "verdict = \"fail\""), record(verdict, ""));
            assert!(record.stale.is_empty() && record.cases[0].known.is_none());
        }
    }

    #[test]
    fn mistakes_are_told_with_their_place() {
        let good = written("a#b", "2026-12-31", "verdict = \"fail\"");
        let twice = format!("{good}{}", &good["format = 1\n".len()..]);
        for (text, line, what) in [
            (good.replace("format = 1", "format = 2"), 1, "this format is not known"),
            (good.replace("2026-12-31", "2026-12-31T10:00:00Z"), 5, "wrong value"),
            (good.replace("known to us", " "), 4, "a reason is wanted"),
            (good.replace("\"fail\"", "\"pass\""), 6, "this is no deviation"),
            (good.replace("reason", "because"), 4, "unknown field"),
            (twice, 8, "this case is listed twice"),
        ] {
            let found = Baseline::load("baseline.toml", &text).expect_err(what);
            assert!(found[0].what.starts_with(what), "{}", found[0].what);
            assert_eq!(found[0].spot.line, line, "{what}");
        }
    }
}
