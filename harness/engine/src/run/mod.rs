//! Runs scenarios: a plan is made, controls run first, cases are judged, and everything goes into one record.
//!
//! [`plan`] says what will run and what is skipped; [`engine`] spreads it over threads; `turn`, `control` and `case` do the work,
//! `arrange` the landscape; [`record`] and [`verdict`] are what comes out. Reports only read the record.

mod arrange;
pub mod budget;
mod case;
mod control;
pub mod engine;
#[cfg(test)]
pub(crate) mod for_tests;
pub mod plan;
pub mod record;
pub mod rehearse;
pub mod select;
#[cfg(test)]
mod tests;
mod turn;
pub mod verdict;

pub use engine::{Event, Exchanges, Settings, partial, run, run_quietly};
pub use plan::{Plan, PlanError, Skip, Unit, Wanted};
pub use record::{CaseKind, CaseRecord, Evidence, ExchangeRecord, INTERRUPTED, RunRecord, SCHEMA, Summary};
pub use rehearse::{Rehearsed, rehearse};
pub use verdict::{EXIT_CODES, Strictness, Verdict, exit_code};
