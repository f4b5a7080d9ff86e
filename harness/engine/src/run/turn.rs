//! One flow or table at work on its system: skips, control, cases, and what is undone afterwards.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::Instant;

use super::case::{CaseRun, Judged, interrupted};
use super::control::{Context, End, Part, Walk, perform};
use super::engine::Exchanges;
use super::hush::{hush, mask_of};
use super::plan::{PlannedCase, PlannedFlow, PlannedTable, Skip, Unit, steps_of};
use super::record::{CaseKind, CaseRecord, Evidence};
use super::traffic;
use super::verdict::Verdict;
use crate::diagnosis::{Suspicion, Symptom, suspects};
use crate::expect::FindingVerdict;
use crate::flow::{Drive, Exchange};
use crate::scenario::model::{Action, Effect, Flow, Level, Outcome, Step};
use crate::system::{Stop, System};
use crate::token::Mask;

/// Which cases run now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Round {
    /// All of them: each has a fork of its own.
    All,
    /// Those that leave things as they are.
    Harmless,
    /// Those that do not.
    Disturbing,
}

impl Round {
    fn runs(self, disturbs: bool) -> bool {
        match self {
            Self::All => true,
            Self::Harmless => !disturbs,
            Self::Disturbing => disturbs,
        }
    }

    /// Whether any of a unit runs now.
    pub(super) fn has(self, unit: &Unit<'_>) -> bool {
        match unit {
            Unit::Flow(flow) => self.runs(disturbs(flow.flow)),
            Unit::Table(table) => table.cases.iter().any(|case| self.runs(case.disturbs())),
        }
    }
}

/// Whether a flow leaves a mark on the landscape: it has something to undo, or changes it.
fn disturbs(flow: &Flow) -> bool {
    let is_admin = |step: &Step| matches!(&step.action, Action::Call(call) if *call.effect == Effect::Admin);
    !flow.finally.is_empty() || flow.steps.iter().any(is_admin)
}

/// One flow or table at work.
pub(super) struct Turn<'a> {
    context: Context<'a>,
    round: Round,
}

impl<'a> Turn<'a> {
    /// A turn in a round.
    pub(super) fn new(context: Context<'a>, round: Round) -> Self {
        Self { context, round }
    }

    /// Runs all of a unit that is due in this round; each case is handed out once, with its place in the record.
    pub(super) fn unit(&self, unit: &'a Unit<'a>, system: &dyn System, emit: &mut dyn FnMut(usize, CaseRecord)) {
        match unit {
            Unit::Flow(flow) => {
                let began = Instant::now();
                let mut record = self.blank_flow(flow);
                if let Some(skip) = self.interruption().as_ref().or(flow.skip.as_ref()) {
                    Self::skip(&mut record, skip);
                } else {
                    self.flow(flow, system, &mut record);
                }
                self.finish(record, began, flow.index, emit);
            }
            Unit::Table(table) => self.table(table, system, emit),
        }
    }

    fn flow(&self, planned: &PlannedFlow<'_>, system: &dyn System, record: &mut CaseRecord) {
        let flow = planned.flow;
        let context = self.context;
        let mut mask = None;
        let judged = if let Err(error) = context.arrange(flow.arrange.iter(), &planned.names, system) {
            Judged::stuck(&error)
        } else {
            let part = Part {
                id: planned.id,
                names: &planned.names,
                change: None,
                each: None,
                control: None,
            };
            let mut walk = Walk::through(context, context.drive(system, &part), flow.steps.iter(), record.level);
            self.undo(&mut walk.drive, flow);
            self.note_exchanges(record, &walk.drive, flow);
            mask = self.mask(&walk.drive.exchanges);
            if walk.reason().is_some() {
                record.suspicions = self.suspicions(&walk.drive);
            }
            let is_attested = planned.is_attested;
            judge_flow(
                walk,
                if is_attested {
                    Evidence::Attested
                } else {
                    Evidence::Answered
                },
            )
        };
        fill(record, judged);
        if let Some(mask) = mask {
            hush(&mask, record);
        }
    }

    fn table(&self, planned: &'a PlannedTable<'a>, system: &dyn System, emit: &mut dyn FnMut(usize, CaseRecord)) {
        let (skipped, due): (Vec<_>, Vec<_>) = planned
            .cases
            .iter()
            .filter(|case| self.round.runs(case.disturbs()))
            .partition(|case| case.skip.is_some());
        for case in skipped {
            let mut record = self.blank_case(case);
            Self::skip(
                &mut record,
                case.skip.as_ref().expect("the cases without were set apart"),
            );
            self.finish(record, Instant::now(), case.index, emit);
        }
        if due.is_empty() {
            return;
        }
        if let Some(skip) = self.interruption() {
            for case in due {
                let mut record = self.blank_case(case);
                Self::skip(&mut record, &skip);
                self.finish(record, Instant::now(), case.index, emit);
            }
            return;
        }
        let context = self.context;
        let arrangements = planned.control.arrange.iter().chain(&planned.table.arrange);
        let mut end_all = |suspicions: &[Suspicion], judged: &dyn Fn() -> Judged, mask: Option<&Mask>| {
            for case in &due {
                let mut record = self.blank_case(case);
                fill(&mut record, judged());
                record.suspicions = suspicions.to_vec();
                if let Some(mask) = mask {
                    hush(mask, &mut record);
                }
                self.finish(record, Instant::now(), case.index, emit);
            }
        };
        if let Err(error) = context.arrange(arrangements, &planned.names, system) {
            return end_all(&[], &|| Judged::stuck(&error), None);
        }
        let id = match self.round {
            Round::Disturbing => format!("{}/control again", planned.id),
            Round::All | Round::Harmless => format!("{}/control", planned.id),
        };
        let part = Part {
            id: &id,
            names: &planned.names,
            change: None,
            each: None,
            control: None,
        };
        let steps = steps_of(planned.control, planned.table);
        let level = planned.control.level.unwrap_or(Level::Must);
        let mut control = Walk::through(context, context.drive(system, &part), steps, level);
        let mask = self.mask(&control.drive.exchanges);
        let hushed = |record: &mut CaseRecord| {
            if let Some(mask) = &mask {
                hush(mask, record);
            }
        };
        if let Some(reason) = control.reason() {
            let suspicions = self.suspicions(&control.drive);
            let findings = control
                .findings
                .iter()
                .filter(|finding| finding.verdict == FindingVerdict::Fail);
            let findings: Vec<_> = findings.cloned().collect();
            let judged = || match &control.end {
                End::Stuck(error) => Judged::stuck(error),
                _ => Judged {
                    findings: findings.clone(),
                    ..Judged::without(Verdict::Inconclusive, format!("the control did not pass: {reason}"))
                },
            };
            end_all(&suspicions, &judged, mask.as_ref());
        } else {
            let (inspected, sent): (Vec<_>, Vec<_>) = due
                .into_iter()
                .partition(|case| matches!(case.outcome, Outcome::Inspected { .. }));
            for case in inspected {
                let began = Instant::now();
                let run = CaseRun {
                    context,
                    table: planned,
                    case,
                };
                let mut record = self.blank_case(case);
                fill(&mut record, run.inspect(&mut control));
                // Of what is read again here nothing is recorded twice; who compares has no other record of it.
                if context.settings.exchanges == Exchanges::Observed {
                    self.note_exchanges(&mut record, &control.drive, planned.control);
                }
                hushed(&mut record);
                self.finish(record, began, case.index, emit);
            }
            for case in sent {
                self.case(planned, case, &control, system, emit);
            }
        }
        self.undo(&mut control.drive, planned.control);
    }

    fn case(
        &self,
        table: &PlannedTable<'_>,
        case: &PlannedCase<'_>,
        control: &Walk<'_>,
        system: &dyn System,
        emit: &mut dyn FnMut(usize, CaseRecord),
    ) {
        let began = Instant::now();
        let mut record = self.blank_case(case);
        if let Some(skip) = self.interruption() {
            Self::skip(&mut record, &skip);
        } else {
            let fork = system.fork();
            let is_forked = fork.is_some();
            let system = fork.as_deref().unwrap_or(system);
            let run = CaseRun {
                context: self.context,
                table,
                case,
            };
            let (judged, mut drive) = run.run(control, system);
            fill(&mut record, judged);
            self.note_exchanges(&mut record, &drive, table.control);
            let wanted_success = matches!(case.outcome, Outcome::Accepted { .. });
            if record.verdict == Verdict::Fail && wanted_success || record.verdict == Verdict::Inconclusive {
                record.suspicions = self.suspicions(&drive);
            }
            if let Some(mask) = self.mask(&drive.exchanges) {
                hush(&mask, &mut record);
            }
            // A fork is thrown away with all that was done to it.
            if !is_forked {
                self.undo(&mut drive, table.control);
            }
        }
        self.finish(record, began, case.index, emit);
    }

    /// Carries out what undoes lasting effects, as far as it can be done; what it finds is not judged.
    fn undo(&self, drive: &mut Drive<'_>, flow: &Flow) {
        let _undoing = self.context.settings.stop.map(Stop::undoing);
        for step in &flow.finally {
            if perform(drive, step).is_ok() {
                // What a later step of these wants to read and is not there stops that step alone.
                let _ = drive.keep(step);
            }
        }
    }

    /// What may be wrong with the set-up, going by the last exchange.
    fn suspicions(&self, drive: &Drive<'_>) -> Vec<Suspicion> {
        let target = self.context.settings.cast.target();
        let symptom = drive
            .exchanges
            .last()
            .and_then(|exchange| Symptom::of(&exchange.request, &exchange.answer, target, drive.scope.now));
        symptom.map_or_else(Vec::new, |symptom| {
            suspects(self.context.plan.library.misconfigurations(), &symptom)
        })
    }

    fn interruption(&self) -> Option<Skip> {
        let why = self.context.settings.stop?.reason()?;
        Some(Skip::not_here(interrupted(why)))
    }

    /// Skips a case.
    fn skip(record: &mut CaseRecord, skip: &Skip) {
        record.verdict = Verdict::Skipped;
        record.reason = Some(skip.reason.clone());
        record.missing.clone_from(&skip.missing);
    }

    /// Hands a case out; one that was skipped for what is required fails.
    fn finish(&self, mut record: CaseRecord, began: Instant, index: usize, emit: &mut dyn FnMut(usize, CaseRecord)) {
        record.insist(self.context.settings.require);
        if self.context.settings.exchanges.are_kept() {
            hush(self.context.settings.cast.mask(), &mut record);
        }
        record.duration_us = u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX);
        emit(index, record);
    }

    /// A record of each case of the plan that nothing has happened to yet, in order.
    pub(super) fn blanks(&self) -> impl Iterator<Item = CaseRecord> {
        self.context.plan.units.iter().flat_map(|unit| match unit {
            Unit::Flow(flow) => vec![self.blank_flow(flow)],
            Unit::Table(table) => table.cases.iter().map(|case| self.blank_case(case)).collect(),
        })
    }

    /// What hides secrets in records; nothing where nobody reads them.
    fn mask(&self, exchanges: &[Exchange]) -> Option<Mask> {
        let settings = self.context.settings;
        settings
            .exchanges
            .are_kept()
            .then(|| mask_of(settings.cast.mask(), exchanges))
    }

    fn note_exchanges(&self, record: &mut CaseRecord, drive: &Drive<'_>, flow: &Flow) {
        let how = self.context.settings.exchanges;
        if how.are_kept() {
            record.exchanges = traffic::exchanges(drive, flow, how);
            record.tokens = traffic::tokens(&drive.exchanges);
        }
    }

    fn blank_flow(&self, planned: &PlannedFlow<'_>) -> CaseRecord {
        let flow = planned.flow;
        let expectations = flow.steps.iter().flat_map(|step| &step.expect);
        let mut covers: Vec<String> = Vec::new();
        for row in expectations.flat_map(|expectation| &expectation.covers) {
            if !covers.iter().any(|known| *known == **row) {
                covers.push(row.to_string());
            }
        }
        CaseRecord {
            title: flow.title.clone(),
            kind: CaseKind::Flow,
            level: flow.level.unwrap_or(Level::Must),
            covers,
            ..self.blank(planned.id)
        }
    }

    fn blank_case(&self, planned: &PlannedCase<'_>) -> CaseRecord {
        CaseRecord {
            title: planned.case.title.clone(),
            kind: planned.kind(),
            level: planned.level,
            covers: planned.case.covers.iter().map(ToString::to_string).collect(),
            ..self.blank(&planned.id)
        }
    }

    fn blank(&self, id: &str) -> CaseRecord {
        let settings = self.context.settings;
        let plan = self.context.plan;
        let mut reproduce = format!("{} '{id}' --profile {}", settings.command, plan.profile);
        for (name, value) in &plan.switches {
            let _ = write!(reproduce, " --switch {name}={value}");
        }
        let _ = write!(reproduce, " --seed {}", settings.seed);
        CaseRecord {
            id: id.to_owned(),
            title: String::new(),
            kind: CaseKind::Flow,
            verdict: Verdict::Broken,
            level: Level::Must,
            covers: Vec::new(),
            evidence: Evidence::Answered,
            findings: Vec::new(),
            exchanges: Vec::new(),
            tokens: Vec::new(),
            known: None,
            suspicions: Vec::new(),
            duration_us: 0,
            reason: None,
            missing: None,
            reproduce,
        }
    }
}

fn judge_flow(walk: Walk<'_>, evidence: Evidence) -> Judged {
    match walk.end {
        End::Stuck(error) => Judged {
            findings: walk.findings,
            ..Judged::stuck(&error)
        },
        End::Unreachable(why) => Judged::without(Verdict::Inconclusive, why),
        End::Passed | End::Failed => {
            let mut judged = Judged::over(walk.findings, evidence);
            let system = walk.drive.system();
            if system.levers().witness && judged.verdict != Verdict::Fail {
                let is_granted =
                    |exchange: &&Exchange| exchange.answer.as_ref().is_ok_and(|answer| answer.status < 400);
                for exchange in walk.drive.exchanges.iter().filter(is_granted) {
                    judged.hold_against(&BTreeSet::new(), exchange, system);
                }
            }
            judged
        }
    }
}

fn fill(record: &mut CaseRecord, judged: Judged) {
    record.verdict = judged.verdict;
    record.reason = judged.reason;
    record.missing = judged.missing;
    record.evidence = judged.evidence;
    record.findings = judged.findings;
}
