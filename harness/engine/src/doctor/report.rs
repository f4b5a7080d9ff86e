//! What the doctor says in the end, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::finding::{Call, Finding, State};
use super::paper::date;

/// The name and version of the report for programs.
pub const SCHEMA: &str = "tenantproof/doctor/1";

/// Everything that was found.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Report {
    /// [`SCHEMA`].
    pub schema: &'static str,
    /// The name of the target.
    pub target: String,
    /// When, in seconds since 1970.
    pub at: u64,
    /// How many findings there are of each state, from worst to best.
    pub summary: Vec<(&'static str, usize)>,
    /// The findings, in the order of the checks.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Sums findings up.
    pub fn new(target: &str, at: u64, findings: Vec<Finding>) -> Self {
        let states = [State::Bad, State::Warn, State::Unknown, State::Note, State::Good];
        let count = |state| findings.iter().filter(|finding| finding.state == state).count();
        Self {
            schema: SCHEMA,
            target: target.to_owned(),
            at,
            summary: states.map(|state| (state.as_str(), count(state))).to_vec(),
            findings,
        }
    }

    /// The calls that failed, each once, ready for a support request.
    pub fn failed_calls(&self) -> Vec<&Call> {
        let mut calls: Vec<&Call> = Vec::new();
        for call in self.findings.iter().filter_map(|finding| finding.call.as_ref()) {
            if !calls.contains(&call) {
                calls.push(call);
            }
        }
        calls
    }

    /// The exit code: 1 where something is wrong, 3 where a domain or an API could not be reached, else 0.
    pub fn exit_code(&self) -> u8 {
        let bad = || self.findings.iter().filter(|finding| finding.state == State::Bad);
        let is_unreached = |finding: &Finding| finding.call.as_ref().is_some_and(|call| call.status.is_none());
        match () {
            () if bad().any(|finding| !is_unreached(finding)) => 1,
            () if bad().next().is_some() => 3,
            () => 0,
        }
    }
}

/// For programs.
pub fn json(report: &Report) -> String {
    serde_json::to_string_pretty(report).expect("texts and numbers are JSON") + "\n"
}

/// For people: what is wrong first, then what else was found, then the calls for a support request.
///
/// Whatever a server said is escaped: no control character of it survives.
pub fn human(report: &Report) -> String {
    let mut text = format!("{}\n\n", report.target);
    for state in [State::Bad, State::Warn, State::Unknown, State::Note, State::Good] {
        for (finding, others) in alike(report.findings.iter().filter(|finding| finding.state == state)) {
            let _ = writeln!(text, "{:<8}{}  {}", state.as_str(), finding.about, finding.what);
            if state == State::Good {
                continue;
            }
            let mut line = |name: &str, value: &str| {
                if !value.is_empty() {
                    let _ = writeln!(text, "        {name:<8}{value}");
                }
            };
            for other in others {
                line("also", &other.about);
            }
            line("why", finding.why.as_deref().unwrap_or_default());
            line("do", finding.todo.as_deref().unwrap_or_default());
            line("source", &finding.sources.join(", "));
            for (index, suspicion) in finding.suspicions.iter().enumerate() {
                line(
                    if index == 0 { "perhaps" } else { "or" },
                    &format!("{} ({})", suspicion.cause, suspicion.id),
                );
                line("", &format!("because {}", suspicion.because.join("; ")));
                // What is the likeliest is what to do, and stands above.
                if finding.todo.as_ref() != Some(&suspicion.fix) {
                    line("", &suspicion.fix);
                }
            }
            text.push('\n');
        }
    }
    let calls = report.failed_calls();
    if !calls.is_empty() {
        text += "\nFor a support request\n";
        for call in calls {
            let at = date(i64::try_from(call.at).unwrap_or(i64::MAX));
            let status = call
                .status
                .map_or_else(|| "no answer".to_owned(), |status| status.to_string());
            let ecid = call.ecid.as_ref().map_or_else(|| "none".to_owned(), Clone::clone);
            let _ = writeln!(text, "  {at}  {} {}  {status}  ecid {ecid}", call.method, call.url);
            if let Some(error) = &call.error {
                let _ = writeln!(text, "      {}", error.replace(['\r', '\n'], " "));
            }
        }
    }
    let counts: Vec<String> = report
        .summary
        .iter()
        .filter(|(_, count)| *count > 0)
        .map(|(state, count)| format!("{count} {state}"))
        .collect();
    let _ = writeln!(text, "\n{}", counts.join(", "));
    let has = |wanted: State| report.findings.iter().any(|finding| finding.state == wanted);
    match (has(State::Bad), has(State::Unknown)) {
        (true, _) => text += "Mend what is BAD from the top, and ask again: later ones often follow from the first.\n",
        (false, true) => {
            text += "Nothing wrong was found. What is unknown was not tried, and is neither right nor wrong.\n"
        }
        (false, false) => text += "Nothing wrong was found.\n",
    }
    text.chars()
        .map(|character| {
            if character.is_control() && character != '\n' {
                ' '
            } else {
                character
            }
        })
        .collect()
}

/// Findings that say the same of several entries, told together. Good ones say it in a line of their own each.
fn alike<'a>(findings: impl Iterator<Item = &'a Finding>) -> Vec<(&'a Finding, Vec<&'a Finding>)> {
    let says = |finding: &'a Finding| {
        (
            &finding.what,
            &finding.why,
            &finding.todo,
            &finding.sources,
            &finding.suspicions,
        )
    };
    let mut all: Vec<(&Finding, Vec<&Finding>)> = Vec::new();
    for finding in findings {
        let known = all
            .iter_mut()
            .find(|(first, _)| finding.state != State::Good && says(first) == says(finding));
        match known {
            Some((_, others)) => others.push(finding),
            None => all.push((finding, Vec::new())),
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn call(status: Option<u16>) -> Call {
        Call {
            method: "POST".to_owned(),
            url: "https://domain.example/oauth2/v1/token".to_owned(),
            at: 0,
            status,
            ecid: Some("abc^0".to_owned()),
            error: Some("invalid_scope\u{1b}[31m: no\n\nreally".to_owned()),
        }
    }

    fn report(findings: Vec<Finding>) -> Report {
        Report::new("a tenant", 0, findings)
    }

    #[test]
    fn what_is_wrong_decides_the_exit_code() {
        let bad = |status| Finding::new(State::Bad, "x", "y").seen_in(&call(status), &[]);
        assert_eq!(report(vec![Finding::new(State::Warn, "x", "y")]).exit_code(), 0);
        assert_eq!(report(vec![bad(Some(401)), bad(None)]).exit_code(), 1);
        assert_eq!(report(vec![bad(None)]).exit_code(), 3);
        assert_eq!(report(vec![Finding::new(State::Bad, "x", "y")]).exit_code(), 1);
    }

    #[test]
    fn what_is_the_same_of_several_is_said_once() {
        let bad = |about: &str, why: &str| Finding::new(State::Bad, about, "no token").why(why).todo("mend it");
        let report = report(vec![bad("one", "x"), bad("two", "y"), bad("three", "x")]);
        let text = human(&report);
        assert!(
            text.contains("BAD     one  no token\n        also    three\n        why     x\n"),
            "{text}"
        );
        assert_eq!(text.matches("mend it").count(), 2, "{text}");
        assert!(
            text.ends_with(
                "3 BAD\nMend what is BAD from the top, and ask again: later ones often follow from the first.\n"
            ),
            "{text}"
        );
    }

    #[test]
    fn what_was_not_tried_is_not_called_right() {
        let good = || Finding::new(State::Good, "g", "fine");
        assert!(human(&report(vec![good()])).ends_with("\nNothing wrong was found.\n"));
        let text = human(&report(vec![good(), Finding::new(State::Unknown, "u", "not asked")]));
        assert!(
            text.ends_with("is unknown was not tried, and is neither right nor wrong.\n"),
            "{text}"
        );
    }

    #[test]
    fn each_failed_call_stands_once_with_its_ecid_and_without_control_characters() {
        let bad = || Finding::new(State::Bad, "x", "y").seen_in(&call(Some(401)), &[]);
        let report = report(vec![Finding::new(State::Good, "g", "fine"), bad(), bad()]);
        let text = human(&report);
        assert_eq!(text.matches("ecid abc^0").count(), 1, "{text}");
        assert!(!text.contains('\u{1b}') && text.contains("really"), "{text}");
        assert!(text.find("BAD").unwrap() < text.find("ok ").unwrap(), "{text}");
        assert!(text.contains("\n2 BAD, 1 ok\n"), "{text}");
        assert!(json(&report).contains("\"state\": \"bad\""));
    }
}
