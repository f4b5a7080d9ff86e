//! Runs one case of a table whose control has passed, and comes to a verdict.

use std::collections::BTreeSet;

use super::arrange::arrange;
use super::control::{Context, Part, Walk, judged, perform, plain, sentence};
use super::plan::{PlannedCase, PlannedTable, steps_of};
use super::record::{Evidence, INTERRUPTED};
use super::verdict::Verdict;
use crate::expect::weight::is_certain;
use crate::expect::{Finding, FindingVerdict, Refusal, TOKEN_ROWS, Weight, is_refused, refusal};
use crate::flow::change::touched;
use crate::flow::{Drive, Exchange, FlowError};
use crate::scenario::Located;
use crate::scenario::model::answer::ANY_REFUSAL;
use crate::scenario::model::{Change, Check, Expectation, Level, Outcome, Step, Sureness};
use crate::system::System;

/// The reason of a case that the end of its run came before. A run that is resumed runs it.
pub(super) fn interrupted(why: &str) -> String {
    format!("{INTERRUPTED}: {why}")
}

/// What came of a case.
pub(super) struct Judged {
    pub(super) verdict: Verdict,
    pub(super) reason: Option<String>,
    pub(super) missing: Option<String>,
    pub(super) evidence: Evidence,
    pub(super) findings: Vec<Finding>,
}

impl Judged {
    /// A case that did not come to a judgement.
    pub(super) fn without(verdict: Verdict, reason: impl Into<String>) -> Self {
        Self {
            verdict,
            reason: Some(reason.into()),
            missing: None,
            evidence: Evidence::Answered,
            findings: Vec::new(),
        }
    }

    /// A case in which a step could not be carried out.
    pub(super) fn stuck(error: &FlowError) -> Self {
        let verdict = match error {
            FlowError::Missing(_) | FlowError::Held(_) | FlowError::Forbidden(_) => Verdict::Skipped,
            FlowError::Scenario(_) => Verdict::Broken,
            FlowError::Lever(_) => Verdict::Inconclusive,
        };
        let missing = match error {
            FlowError::Missing(missing) => Some(missing.player.clone()),
            _ => None,
        };
        let reason = match error {
            FlowError::Held(why) => interrupted(why),
            _ => error.to_string(),
        };
        Self {
            missing,
            ..Self::without(verdict, reason)
        }
    }

    /// The verdict that some findings come to.
    pub(super) fn over(findings: Vec<Finding>, evidence: Evidence) -> Self {
        let verdict = Verdict::over(findings.iter().map(|finding| finding.verdict));
        let skipped = (verdict == Verdict::Skipped).then(|| {
            findings
                .iter()
                .map(|finding| finding.actual.as_str())
                .collect::<Vec<_>>()
                .join("; ")
        });
        Self {
            verdict,
            reason: skipped,
            missing: None,
            evidence,
            findings,
        }
    }
}

/// A case at work on a system.
pub(super) struct CaseRun<'a> {
    pub(super) context: Context<'a>,
    pub(super) table: &'a PlannedTable<'a>,
    pub(super) case: &'a PlannedCase<'a>,
}

impl<'a> CaseRun<'a> {
    /// Reads more from the exchanges of the control.
    pub(super) fn inspect(&self, control: &mut Walk<'a>) -> Judged {
        let at = self.case.outcome.at();
        control.drive.scope.each = self.case.each;
        control.drive.scope.names.clone_from(&self.case.names);
        let Some(exchange) = control.drive.exchange(at) else {
            return Judged::without(
                Verdict::Broken,
                format!("the step `{}` of the control sends nothing", **at),
            );
        };
        let findings = self.extras(&control.drive, exchange);
        findings.map_or_else(
            |error| Judged::stuck(&error),
            |findings| self.witnessed(findings, exchange, control.drive.system()),
        )
    }

    /// Makes the change, carries out the steps, and judges the one that the outcome names.
    pub(super) fn run(&self, control: &'a Walk<'a>, system: &'a dyn System) -> (Judged, Drive<'a>) {
        let part = Part {
            id: &self.case.id,
            names: &self.case.names,
            change: self.case.case.change.as_deref(),
            each: self.case.each,
            control: Some(&control.drive.scope.kept),
        };
        let mut drive = self.context.drive(system, &part);
        let judged = self.try_run(&mut drive).unwrap_or_else(|error| Judged::stuck(&error));
        (judged, drive)
    }

    fn try_run(&self, drive: &mut Drive<'a>) -> Result<Judged, FlowError> {
        let change = self.case.case.change.as_deref();
        let at = self.case.outcome.at();
        if let Some(Change::Arrange(arrangement)) = change {
            arrange(
                arrangement,
                &self.case.names,
                self.context.settings.cast,
                drive.system(),
            )?;
        }
        for step in steps_of(self.table.control, self.table.table) {
            let is_judged = *step.step == **at;
            if matches!(change, Some(Change::LeaveOut(left)) if **left == *step.step) && !is_judged {
                drive.is_changed = true;
                continue;
            }
            if let (true, Some(Change::Pass(time))) = (is_judged, change) {
                let time = time.resolve(self.case.each).map_err(FlowError::Scenario)?;
                drive.system().pass(*time);
            }
            perform(drive, step)?;
            if is_judged {
                if change.and_then(touched).is_some() && !drive.is_changed {
                    return Err(FlowError::scenario("the change touches no step that was carried out"));
                }
                return self.judge(drive, step);
            }
            if let Some(why) = self.stumbled(drive, step)? {
                return Ok(Judged::without(Verdict::Inconclusive, why));
            }
        }
        Err(FlowError::scenario(format!("the step `{}` is not run", **at)))
    }

    /// Why a step before the judged one is not as in the control, if it is not: its status, or what it should have kept.
    fn stumbled(&self, drive: &mut Drive<'a>, step: &Step) -> Result<Option<String>, FlowError> {
        let Some(exchange) = drive.exchange(&step.step) else {
            return Ok(None);
        };
        if let Err(error) = &exchange.answer {
            return Ok(Some(format!("step `{}`: {error}", *step.step)));
        }
        let of_status = |expectation: &&Located<Expectation>| matches!(expectation.check, Check::Status(_));
        let expectations: Vec<_> = step.expect.iter().filter(of_status).cloned().collect();
        let findings = judged(self.context.judge(), &expectations, drive, exchange, self.case.level)?;
        if let Some(finding) = findings
            .iter()
            .find(|finding| finding.verdict > FindingVerdict::Skipped && !self.context.observes(exchange))
        {
            return Ok(Some(sentence(finding)));
        }
        let kept = drive.keep(step);
        Ok(kept
            .err()
            .map(|place| format!("step `{}`: nothing to keep at {place}", *step.step)))
    }

    fn judge(&self, drive: &Drive<'a>, step: &Step) -> Result<Judged, FlowError> {
        let exchange = drive.exchange(&step.step);
        let exchange =
            exchange.ok_or_else(|| FlowError::scenario(format!("the step `{}` sends nothing", *step.step)))?;
        let findings = match self.case.outcome {
            Outcome::Refused { answer, .. } => self.refused(answer, drive, exchange)?,
            Outcome::Accepted { .. } => self.accepted(drive, step, exchange)?,
            Outcome::Reported { fails_under, .. } => vec![self.reported(fails_under, exchange)],
            Outcome::Inspected { .. } => {
                return Err(FlowError::scenario("nothing is sent where the control is inspected"));
            }
        };
        Ok(self.witnessed(findings, exchange, drive.system()))
    }

    fn refused(&self, answer: &str, drive: &Drive<'a>, exchange: &Exchange) -> Result<Vec<Finding>, FlowError> {
        let plan = self.context.plan;
        let form = plan.library.form(self.table.table, answer, &plan.profile);
        if form.is_none() && answer != ANY_REFUSAL {
            return Err(FlowError::scenario(format!("there is no answer `{answer}`")));
        }
        let sure = form.map_or(Sureness::Specified, |form| form.sure);
        let mut finding = self.finding(exchange, &format!("refusal as `{answer}`"), "refused");
        finding.sure = sure;
        (finding.verdict, finding.actual) = match refusal(exchange, form) {
            Refusal::AsExpected => (FindingVerdict::Pass, "refused".to_owned()),
            Refusal::Otherwise { expected, actual, rows } => {
                finding.expected = expected;
                finding.covers.extend(rows.into_iter().map(str::to_owned));
                let is_known = self.context.settings.cast.is_embedded() || is_certain(sure);
                let verdict = match Weight::of(self.case.level) {
                    Weight::Note => FindingVerdict::Note,
                    _ if is_known => FindingVerdict::RefusedOtherwise,
                    _ => FindingVerdict::Warn,
                };
                (verdict, actual)
            }
            Refusal::WithToken(actual) => {
                finding.covers.extend(TOKEN_ROWS.map(str::to_owned));
                (self.missed(), actual)
            }
            Refusal::Not(actual) => (self.missed(), actual),
        };
        let is_refused = finding.verdict < FindingVerdict::Fail;
        let mut findings = vec![finding];
        if is_refused {
            findings.extend(self.extras(drive, exchange)?);
        }
        Ok(findings)
    }

    fn accepted(&self, drive: &Drive<'a>, step: &Step, exchange: &Exchange) -> Result<Vec<Finding>, FlowError> {
        if let Err(error) = &exchange.answer {
            let mut finding = self.finding(exchange, "acceptance", "an answer");
            (finding.verdict, finding.actual) = (self.missed(), error.to_string());
            return Ok(vec![finding]);
        }
        let mut findings = judged(self.context.judge(), &step.expect, drive, exchange, self.case.level)?;
        // Whether it was accepted at all is what the case is about, and weighs as the case.
        for finding in findings.iter_mut().filter(|finding| finding.what == "status") {
            if finding.verdict > FindingVerdict::Skipped {
                finding.verdict = self.missed();
            }
        }
        findings.extend(self.extras(drive, exchange)?);
        Ok(findings)
    }

    fn reported(&self, fails_under: &[Located<String>], exchange: &Exchange) -> Finding {
        let is_forbidden = self.context.plan.forbids(fails_under);
        let expected = if is_forbidden { "refused" } else { "refused or accepted" };
        let mut finding = self.finding(exchange, "outcome", expected);
        let is_accepted = exchange.answer.as_ref().is_ok_and(|answer| answer.status < 400);
        let is_told_so = exchange.answer.as_ref().is_ok_and(is_refused);
        // What is neither, or forbidden here, fails however lightly the permission itself weighs.
        let level = self.case.case.level.unwrap_or(Level::Must);
        (finding.verdict, finding.actual) = match refusal(exchange, None) {
            Refusal::Not(_) if is_accepted && is_told_so => (FindingVerdict::Note, "refused".to_owned()),
            Refusal::Not(actual) if !is_accepted || is_forbidden => {
                (self.context.judge().missed(level, Sureness::Specified), actual)
            }
            Refusal::Not(_) => (FindingVerdict::Note, "accepted".to_owned()),
            Refusal::WithToken(actual) => (self.context.judge().missed(level, Sureness::Specified), actual),
            Refusal::AsExpected | Refusal::Otherwise { .. } => (FindingVerdict::Note, "refused".to_owned()),
        };
        finding
    }

    /// What the outcome wants beyond itself.
    fn extras(&self, drive: &Drive<'a>, exchange: &Exchange) -> Result<Vec<Finding>, FlowError> {
        let judge = self.context.judge();
        let expectations = self.case.outcome.expectations().iter();
        expectations
            .map(|expectation| judge.judge(expectation, exchange, drive, self.case.level))
            .collect()
    }

    fn finding(&self, exchange: &Exchange, what: &str, expected: &str) -> Finding {
        let mut finding = plain(&exchange.step, what, expected, String::new(), FindingVerdict::Pass);
        finding.covers = self.case.case.covers.iter().map(ToString::to_string).collect();
        finding
    }

    fn missed(&self) -> FindingVerdict {
        self.context.judge().missed(self.case.level, Sureness::Specified)
    }

    /// Comes to a verdict, and holds it against the target's journal where there is one.
    fn witnessed(&self, findings: Vec<Finding>, exchange: &Exchange, system: &dyn System) -> Judged {
        let swaps = matches!(self.case.case.change.as_deref(), Some(Change::With(_)));
        let evidence = if swaps || self.table.is_attested {
            Evidence::Attested
        } else {
            Evidence::Answered
        };
        let mut judged = Judged::over(findings, evidence);
        if !system.levers().witness || !judged.verdict.is_judgement() {
            return judged;
        }
        let is_refused = exchange.answer.as_ref().is_ok_and(is_refused);
        let catches = match self.case.outcome {
            Outcome::Refused { .. } => self.case.case.catches.as_slice(),
            Outcome::Reported { .. } if is_refused => self.case.case.catches.as_slice(),
            _ => &[],
        };
        let catches = catches.iter().map(ToString::to_string).collect();
        judged.hold_against(&catches, exchange, system);
        judged
    }
}

impl Judged {
    /// Compares the rules that should have been violated with those in the target's journal.
    pub(super) fn hold_against(&mut self, catches: &BTreeSet<String>, exchange: &Exchange, system: &dyn System) {
        let Some(witnessed) = exchange.ecid().and_then(|ecid| system.witness(ecid)) else {
            self.verdict = Verdict::Inconclusive;
            self.reason = Some(format!(
                "the target's journal has nothing of the answer to `{}`",
                exchange.step
            ));
            return;
        };
        self.evidence = Evidence::Witnessed;
        let violated: BTreeSet<String> = witnessed.violated.into_iter().collect();
        if violated != *catches {
            let [expected, found] = [catches, &violated].map(|rules| {
                let rules: Vec<&str> = rules.iter().map(String::as_str).collect();
                if rules.is_empty() {
                    "nothing".to_owned()
                } else {
                    rules.join(", ")
                }
            });
            // A failure says more than the mistake about it.
            if self.verdict != Verdict::Fail {
                self.verdict = Verdict::Broken;
            }
            self.reason = Some(format!("expected to violate {expected}; the journal says {found}"));
        }
    }
}
