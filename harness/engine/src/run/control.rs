//! Walks a flow from its first step and judges everything on the way: as a scenario of its own, or as the control of a table.

use serde_json::Value;

use super::arrange::arrange;
use super::engine::{Exchanges, Settings};
use super::plan::Plan;
use crate::expect::judge::holds;
use crate::expect::{Finding, FindingVerdict, Judge};
use crate::flow::{Drive, Exchange, FlowError, Kepts, Names, Scope, Stage};
use crate::scenario::Located;
use crate::scenario::model::{Action, Arrangement, Change, Check, Expectation, Level, Step, Sureness};
use crate::system::{System, TransportError};

/// What all work of a run shares.
#[derive(Clone, Copy)]
pub(super) struct Context<'a> {
    /// The plan.
    pub(super) plan: &'a Plan<'a>,
    /// How it is run.
    pub(super) settings: &'a Settings<'a>,
}

/// Who plays in a walk, and what it may read.
pub(super) struct Part<'a> {
    /// The id from which fresh values are made.
    pub(super) id: &'a str,
    /// Who plays whom.
    pub(super) names: &'a Names,
    /// The change of the case.
    pub(super) change: Option<&'a Change>,
    /// The value of the variant.
    pub(super) each: Option<&'a Value>,
    /// What the control has kept.
    pub(super) control: Option<&'a Kepts>,
}

impl<'a> Context<'a> {
    /// What judges a single expectation.
    pub(super) fn judge(&self) -> Judge<'a> {
        Judge {
            library: self.plan.library,
            profile: &self.plan.profile,
            is_embedded: self.settings.cast.is_embedded(),
        }
    }

    /// Whether it is enough that an exchange came to a success, since nothing is judged.
    pub(super) fn observes(&self, exchange: &Exchange) -> bool {
        let is_granted = exchange.answer.as_ref().is_ok_and(|answer| answer.status < 400);
        self.settings.exchanges == Exchanges::Observed && is_granted
    }

    /// A drive before its first step.
    pub(super) fn drive(&self, system: &'a dyn System, part: &Part<'a>) -> Drive<'a> {
        let stage = Stage {
            system,
            forgeries: self.settings.forgeries,
        };
        let mut scope = Scope::new(self.settings.cast, part.names.clone(), self.settings.seed, part.id);
        scope.each = part.each;
        scope.control = part.control;
        Drive::new(stage, scope, part.change)
    }

    /// Makes the landscape as a scenario wants it, where that can be done; elsewhere the target has attested that it is so.
    pub(super) fn arrange<'b>(
        &self,
        arrangements: impl Iterator<Item = &'b Located<Arrangement>>,
        names: &Names,
        system: &dyn System,
    ) -> Result<(), FlowError> {
        if !system.levers().registration {
            return Ok(());
        }
        arrangements
            .into_iter()
            .try_for_each(|what| arrange(what, names, self.settings.cast, system))
    }
}

/// How a walk ended.
pub(super) enum End {
    /// Every step was carried out, and nothing failed.
    Passed,
    /// Something failed; the steps after it were not carried out.
    Failed,
    /// The target could not be reached.
    Unreachable(String),
    /// A step could not be carried out.
    Stuck(FlowError),
}

/// A flow, as far as it came.
pub(super) struct Walk<'a> {
    /// What was kept and exchanged.
    pub(super) drive: Drive<'a>,
    /// What was found.
    pub(super) findings: Vec<Finding>,
    /// How it ended.
    pub(super) end: End,
}

impl<'a> Walk<'a> {
    /// Carries out steps until one fails. `default` is the level where neither expectation nor rows say one.
    pub(super) fn through<'b>(
        context: Context<'a>,
        mut drive: Drive<'a>,
        steps: impl Iterator<Item = &'b Step>,
        default: Level,
    ) -> Self {
        let mut findings = Vec::new();
        let mut end = End::Passed;
        for step in steps {
            end = match take(context, &mut drive, step, default, &mut findings) {
                Ok(end) => end,
                Err(error) => End::Stuck(error),
            };
            if !matches!(end, End::Passed) {
                break;
            }
        }
        Self { drive, findings, end }
    }

    /// Why the walk did not pass, in a sentence.
    pub(super) fn reason(&self) -> Option<String> {
        match &self.end {
            End::Passed => None,
            End::Failed => self
                .findings
                .iter()
                .find(|finding| finding.verdict == FindingVerdict::Fail)
                .map(sentence),
            End::Unreachable(why) => Some(why.clone()),
            End::Stuck(error) => Some(error.to_string()),
        }
    }
}

/// A miss in a sentence.
pub(super) fn sentence(finding: &Finding) -> String {
    let Finding {
        step,
        what,
        expected,
        actual,
        ..
    } = finding;
    format!("step `{step}`: {what}: expected {expected}, found {actual}")
}

/// Carries out one step of a walk and judges it.
fn take(
    context: Context<'_>,
    drive: &mut Drive<'_>,
    step: &Step,
    default: Level,
    findings: &mut Vec<Finding>,
) -> Result<End, FlowError> {
    perform(drive, step)?;
    let exchange = match (drive.exchange(&step.step), &step.action) {
        (Some(exchange), _) => exchange,
        (None, Action::Sign(_) | Action::Pkce(_)) => return Ok(End::Passed),
        (None, _) => return Err(FlowError::scenario(format!("the step `{}` sent nothing", *step.step))),
    };
    if let Err(error) = &exchange.answer {
        let finding = plain(
            &step.step,
            "answer",
            "an answer",
            error.to_string(),
            FindingVerdict::Fail,
        );
        return Ok(match error {
            TransportError::Timeout { .. } | TransportError::Reset { .. } | TransportError::TooLarge { .. } => {
                findings.push(finding);
                End::Failed
            }
            _ => End::Unreachable(error.to_string()),
        });
    }
    let first = findings.len();
    findings.extend(judged(context.judge(), &step.expect, drive, exchange, default)?);
    let has_failed = findings[first..]
        .iter()
        .any(|finding| finding.verdict == FindingVerdict::Fail);
    // Nobody judges where somebody only observes.
    let has_failed = has_failed && !context.observes(exchange);
    if let (false, Err(place)) = (has_failed, drive.keep(step)) {
        findings.push(plain(
            &step.step,
            &place,
            "a value to keep",
            "nothing".to_owned(),
            FindingVerdict::Fail,
        ));
        return Ok(End::Failed);
    }
    Ok(if has_failed { End::Failed } else { End::Passed })
}

/// Judges an exchange by the expectations of its step. Where none speaks of the status, an error fails.
pub(super) fn judged(
    judge: Judge<'_>,
    expectations: &[Located<Expectation>],
    drive: &Drive<'_>,
    exchange: &Exchange,
    default: Level,
) -> Result<Vec<Finding>, FlowError> {
    let mut findings = Vec::with_capacity(expectations.len());
    let speaks_of_status = expectations
        .iter()
        .any(|expectation| matches!(expectation.check, Check::Status(_)));
    if let (false, Ok(answer)) = (speaks_of_status, &exchange.answer)
        && answer.status >= 400
    {
        let verdict = judge.missed(default, Sureness::Specified);
        findings.push(plain(
            &exchange.step,
            "status",
            "a success",
            answer.status.to_string(),
            verdict,
        ));
        return Ok(findings);
    }
    for expectation in expectations {
        let finding = judge.judge(expectation, exchange, drive, default)?;
        let is_other_answer = finding.verdict == FindingVerdict::Fail && matches!(expectation.check, Check::Status(_));
        findings.push(finding);
        // The body of an error has nothing to say about what a success should hold.
        if is_other_answer {
            break;
        }
    }
    Ok(findings)
}

/// Carries out one step, and calls again where the step says so.
pub(super) fn perform(drive: &mut Drive<'_>, step: &Step) -> Result<(), FlowError> {
    drive.perform(step, &|until, exchange, scope| holds(&until.check, exchange, scope))
}

/// A finding that no expectation of the scenario has asked for.
pub(super) fn plain(step: &str, what: &str, expected: &str, actual: String, verdict: FindingVerdict) -> Finding {
    Finding {
        step: step.to_owned(),
        what: what.to_owned(),
        expected: expected.to_owned(),
        actual,
        covers: Vec::new(),
        sure: Sureness::Specified,
        verdict,
    }
}
