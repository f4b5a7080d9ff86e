//! Carries out a plan: forks, order, threads and events. What one flow or table does is in [`super::turn`].
//!
//! Where the target can fork, every flow and table works on a fork of its own, and every case on a fork of what its control left.
//! Elsewhere everything runs on the one system, one after the other, and what disturbs others runs last.

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::case::interrupted;
use super::control::Context;
use super::plan::Plan;
use super::record::{CaseRecord, RunRecord, SCHEMA, Summary};
use super::turn::{Round, Turn};
use super::verdict::Verdict;
use crate::flow::{Cast, Forgeries};
use crate::system::{Stop, System};

/// How a plan is run.
#[derive(Clone, Copy)]
pub struct Settings<'a> {
    /// The players of the target.
    pub cast: &'a Cast,
    /// What fresh values are made from. A target that remembers what it has seen wants a new one each time.
    pub seed: &'a str,
    /// How many threads work.
    pub jobs: usize,
    /// Names of what must not be missing: a case that is skipped for one of them fails.
    pub require: &'a [String],
    /// The beginning of the command line that runs a case again.
    pub command: &'a str,
    /// How an embedded target is reached, for the record.
    pub carrier: Option<&'a str>,
    /// When it began, for the record.
    pub started: Option<&'a str>,
    /// The plan that limits it, for the record.
    pub plan: Option<&'a str>,
    /// The tokens made so far; runs that follow each other may share them.
    pub forgeries: &'a Forgeries,
    /// Whether the record lists what went over the wire.
    pub exchanges: Exchanges,
    /// Told by whoever wants the run to end early: what has begun is undone, the rest is skipped.
    pub stop: Option<&'a Stop>,
}

/// Whether the record lists what went over the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exchanges {
    /// It does.
    Recorded,
    /// It does, with what each answer shows of its server, for comparing. Whoever observes does not judge: what was answered with a success
    /// goes on also where something else was expected of it.
    Observed,
    /// It does not.
    Dropped,
}

impl Exchanges {
    /// Whether anybody reads what went over the wire.
    pub(super) fn are_kept(self) -> bool {
        self != Self::Dropped
    }
}

/// What happens in a run.
#[derive(Clone, Copy, Debug)]
pub enum Event<'a> {
    /// A flow or table begins.
    Started(&'a str),
    /// A case came to its end.
    Finished(&'a CaseRecord),
}

/// Runs a plan. Events come as things happen, the record in the order of the plan.
pub fn run(
    plan: &Plan<'_>,
    settings: &Settings<'_>,
    system: &dyn System,
    on_event: &mut dyn FnMut(Event<'_>),
) -> RunRecord {
    let cases = if system.fork().is_some() {
        on_forks(plan, settings, system, on_event)
    } else {
        in_sequence(plan, settings, system, on_event)
    };
    record(plan, settings, cases)
}

/// The record of some cases of a plan.
fn record(plan: &Plan<'_>, settings: &Settings<'_>, cases: Vec<CaseRecord>) -> RunRecord {
    let switches = plan.switches.iter().map(|(name, value)| format!("{name}={value}"));
    RunRecord {
        schema: SCHEMA.to_owned(),
        version: env!("CARGO_PKG_VERSION").to_owned(),
        digest: plan.library.digest().to_owned(),
        target: settings.cast.mask().hide(&settings.cast.target().name),
        profile: settings.cast.mask().hide(&plan.profile),
        switches: switches.collect(),
        seed: settings.seed.to_owned(),
        carrier: settings.carrier.map(str::to_owned),
        started: settings.started.map(str::to_owned),
        plan: settings.plan.map(str::to_owned),
        // Where somebody signs for it, they sign for these.
        hosts: match settings.started {
            Some(_) => settings
                .cast
                .target()
                .hosts
                .iter()
                .map(|host| settings.cast.mask().hide(host))
                .collect(),
            None => Vec::new(),
        },
        shard: plan.shard.clone(),
        summary: Summary::of(&cases),
        stale: Vec::new(),
        cases,
    }
}

/// The record of a run that has come so far: cases that are still to come count as interrupted.
///
/// `done` are the cases that came to their end, from this run and from one that it resumes. `whole` is the plan before anything was taken
/// out of it; its order is that of the record.
pub fn partial(whole: &Plan<'_>, settings: &Settings<'_>, done: &[CaseRecord]) -> RunRecord {
    let found: HashMap<&str, &CaseRecord> = done.iter().map(|case| (case.id.as_str(), case)).collect();
    let context = Context { plan: whole, settings };
    let turn = Turn::new(context, Round::All);
    let cases = turn.blanks().map(|mut blank| {
        if let Some(case) = found.get(blank.id.as_str()) {
            return (*case).clone();
        }
        blank.verdict = Verdict::Skipped;
        blank.reason = Some(interrupted("the run has not come to it"));
        blank
    });
    record(whole, settings, cases.collect())
}

/// Runs a plan on this thread, without events or a record around it.
pub fn run_quietly(plan: &Plan<'_>, settings: &Settings<'_>, system: &dyn System) -> Vec<CaseRecord> {
    let mut slots = Slots::new(plan.count);
    let context = Context { plan, settings };
    for unit in &plan.units {
        let fork = system.fork();
        let system = fork.as_deref().unwrap_or(system);
        Turn::new(context, Round::All).unit(unit, system, &mut |index, case| slots.fill(index, case));
    }
    slots.into_cases()
}

/// The cases of a record, some of which are still to come.
struct Slots(Vec<Option<CaseRecord>>);

impl Slots {
    fn new(count: usize) -> Self {
        Self((0..count).map(|_| None).collect())
    }

    fn fill(&mut self, index: usize, case: CaseRecord) {
        self.0[index] = Some(case);
    }

    fn into_cases(self) -> Vec<CaseRecord> {
        let cases = self.0.into_iter();
        cases
            .map(|case| case.expect("every planned case comes to its end once"))
            .collect()
    }
}

enum Message<'a> {
    Started(&'a str),
    Finished(usize, Box<CaseRecord>),
}

fn on_forks(
    plan: &Plan<'_>,
    settings: &Settings<'_>,
    system: &dyn System,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Vec<CaseRecord> {
    let context = Context { plan, settings };
    let mut slots = Slots::new(plan.count);
    let next = AtomicUsize::new(0);
    let (sender, receiver) = mpsc::channel();
    thread::scope(|scope| {
        for _ in 0..settings.jobs.max(1) {
            let (sender, next) = (sender.clone(), &next);
            scope.spawn(move || {
                while let Some(unit) = plan.units.get(next.fetch_add(1, Ordering::Relaxed)) {
                    // The receiver outlives all senders, so nothing is lost.
                    let _ = sender.send(Message::Started(unit.id()));
                    let fork = system.fork();
                    let system = fork.as_deref().unwrap_or(system);
                    Turn::new(context, Round::All).unit(unit, system, &mut |index, case| {
                        let _ = sender.send(Message::Finished(index, Box::new(case)));
                    });
                }
            });
        }
        drop(sender);
        for message in receiver {
            match message {
                Message::Started(id) => on_event(Event::Started(id)),
                Message::Finished(index, case) => {
                    on_event(Event::Finished(&case));
                    slots.fill(index, *case);
                }
            }
        }
    });
    slots.into_cases()
}

fn in_sequence(
    plan: &Plan<'_>,
    settings: &Settings<'_>,
    system: &dyn System,
    on_event: &mut dyn FnMut(Event<'_>),
) -> Vec<CaseRecord> {
    let context = Context { plan, settings };
    let mut slots = Slots::new(plan.count);
    for round in [Round::Harmless, Round::Disturbing] {
        for unit in plan.units.iter().filter(|unit| round.has(unit)) {
            on_event(Event::Started(unit.id()));
            Turn::new(context, round).unit(unit, system, &mut |index, case| {
                on_event(Event::Finished(&case));
                slots.fill(index, case);
            });
        }
    }
    slots.into_cases()
}
