//! A dry run: every request that a plan would send, in order, and nothing is sent.
//!
//! What a later request takes from an earlier answer is not known yet; in its place stands where it will be from: `{token.access-token}`.

use std::collections::HashMap;
use std::sync::Mutex;
use std::time::Duration;

use serde_json::Value;

use super::control::{Context, Part, perform};
use super::engine::Settings;
use super::plan::{Plan, PlannedCase, PlannedFlow, PlannedTable, Unit, steps_of};
use crate::flow::{Drive, FlowError, Kept, Kepts};
use crate::scenario::model::{Outcome, Step};
use crate::system::{
    ArrangeError, Arranged, Levers, Request, Response, System, TransportError, Witnessed, shown_request,
};

/// What one flow, control or case would do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rehearsed {
    /// The id; that of a control ends in `/control`.
    pub id: String,
    /// The requests, as people may see them.
    pub requests: Vec<String>,
    /// Why there may be more, where that depends on answers.
    pub open_end: Option<String>,
    /// Why it would not run at all.
    pub skipped: Option<String>,
}

/// Goes through a plan without a target. `now` is the time that assertions would be made at.
pub fn rehearse(plan: &Plan<'_>, settings: &Settings<'_>, levers: &Levers, now: u64) -> Vec<Rehearsed> {
    let stage = Silence {
        levers: levers.clone(),
        now,
        heard: Mutex::default(),
    };
    let rehearsal = Rehearsal {
        context: Context { plan, settings },
        stage: &stage,
    };
    plan.units.iter().flat_map(|unit| rehearsal.unit(unit)).collect()
}

/// Answers nothing worth reading, and remembers what it was sent.
struct Silence {
    levers: Levers,
    now: u64,
    heard: Mutex<Vec<String>>,
}

impl System for Silence {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let mut heard = self.heard.lock().expect("nobody panics while remembering");
        heard.push(shown_request(request));
        // An error ends repeated calls, which would wait for an answer that never comes.
        Ok(Response {
            status: 503,
            headers: Vec::new(),
            body: Vec::new(),
        })
    }

    fn fork(&self) -> Option<Box<dyn System>> {
        None
    }

    fn now(&self) -> u64 {
        self.now
    }

    fn pass(&self, _: Duration) {}

    fn levers(&self) -> &Levers {
        &self.levers
    }

    fn arrange(&self, _: &Arranged) -> Result<(), ArrangeError> {
        Ok(())
    }

    fn witness(&self, _: &str) -> Option<Witnessed> {
        None
    }
}

struct Rehearsal<'a> {
    context: Context<'a>,
    stage: &'a Silence,
}

impl<'a> Rehearsal<'a> {
    fn unit(&self, unit: &'a Unit<'a>) -> Vec<Rehearsed> {
        match unit {
            Unit::Flow(flow) => vec![self.flow(flow)],
            Unit::Table(table) => self.table(table),
        }
    }

    fn flow(&self, planned: &'a PlannedFlow<'a>) -> Rehearsed {
        if let Some(skip) = &planned.skip {
            return skipped(planned.id, &skip.reason);
        }
        let part = Part {
            id: planned.id,
            names: &planned.names,
            change: None,
            each: None,
            control: None,
        };
        let steps = planned.flow.steps.iter().chain(&planned.flow.finally);
        self.walk(&part, steps).0
    }

    fn table(&self, planned: &'a PlannedTable<'a>) -> Vec<Rehearsed> {
        let id = format!("{}/control", planned.id);
        let part = Part {
            id: &id,
            names: &planned.names,
            change: None,
            each: None,
            control: None,
        };
        let steps = steps_of(planned.control, planned.table);
        let runs = planned.cases.iter().any(|case| case.skip.is_none());
        let (control, kept) = self.walk(&part, steps);
        let mut all = if runs { vec![control] } else { Vec::new() };
        all.extend(planned.cases.iter().map(|case| self.case(planned, case, &kept)));
        all
    }

    fn case(&self, table: &'a PlannedTable<'a>, case: &'a PlannedCase<'a>, control: &Kepts) -> Rehearsed {
        if let Some(skip) = &case.skip {
            return skipped(&case.id, &skip.reason);
        }
        let at = case.outcome.at();
        let is_inspected = matches!(case.outcome, Outcome::Inspected { .. });
        let part = Part {
            id: &case.id,
            names: &case.names,
            change: case.case.change.as_deref(),
            each: case.each,
            control: Some(control),
        };
        let steps = steps_of(table.control, table.table);
        let last = steps.clone().position(|step| *step.step == **at);
        let number = match last {
            _ if is_inspected => 0,
            Some(last) => last + 1,
            None => usize::MAX,
        };
        self.walk(&part, steps.take(number)).0
    }

    fn walk<'b>(&self, part: &Part<'b>, steps: impl Iterator<Item = &'b Step>) -> (Rehearsed, Kepts)
    where
        'a: 'b,
    {
        let context: Context<'b> = self.context;
        let mut drive = context.drive(self.stage, part);
        let mut open_end = None;
        for step in steps {
            if let Err(error) = perform(&mut drive, step) {
                open_end = Some(reason(&error, step));
                break;
            }
            stand_in(&mut drive, step);
        }
        let mut heard = self.stage.heard.lock().expect("nobody panics while remembering");
        let rehearsed = Rehearsed {
            id: part.id.to_owned(),
            requests: std::mem::take(&mut *heard),
            open_end,
            skipped: None,
        };
        (rehearsed, drive.scope.kept)
    }
}

fn skipped(id: &str, reason: &str) -> Rehearsed {
    Rehearsed {
        id: id.to_owned(),
        requests: Vec::new(),
        open_end: None,
        skipped: Some(reason.to_owned()),
    }
}

fn reason(error: &FlowError, step: &Step) -> String {
    format!(
        "what follows from the step `{}` on depends on answers: {error}",
        *step.step
    )
}

/// Puts the name of each value that a step would keep in that value's place.
fn stand_in(drive: &mut Drive<'_>, step: &Step) {
    let kept: HashMap<String, Kept> = step
        .keep
        .keys()
        .map(|name| {
            let value = Value::from(format!("{{{}.{name}}}", *step.step));
            (name.clone(), Kept::Plain(value))
        })
        .collect();
    if !kept.is_empty() {
        drive.scope.kept.insert(step.step.to_string(), kept);
    }
}
