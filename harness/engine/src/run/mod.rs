//! Runs scenarios: a plan is made, controls run first, cases are judged, and everything goes into one record.
//!
//! [`plan`] says what will run and what is skipped; [`engine`] spreads it over threads; `turn`, `control` and `case` do the work,
//! `arrange` the landscape, `traffic` notes what went over the wire, `hush` hides secrets in what is noted,
//! [`baseline`] knows what deviates; [`shard`] makes parts of a plan for parallel jobs and [`merge`](mod@merge) one record of theirs; [`record`] and [`verdict`] are what comes out. Reports only read the record.

mod arrange;
pub mod baseline;
pub mod budget;
mod case;
mod control;
pub mod engine;
#[cfg(test)]
pub(crate) mod for_tests;
pub(crate) mod hush;
pub mod merge;
pub mod plan;
pub mod record;
pub mod rehearse;
pub mod select;
pub mod shard;
#[cfg(test)]
mod tests;
mod traffic;
mod turn;
pub mod verdict;

pub use baseline::Baseline;
pub use engine::{Event, Exchanges, Settings, partial, run, run_quietly};
pub use merge::{MergeError, Merged, Part, merge};
pub use plan::{Plan, PlanError, Skip, Unit, Wanted};
pub use record::{
    CaseKind, CaseRecord, Evidence, ExchangeRecord, INTERRUPTED, Known, Party, RunRecord, SCHEMA, Stale, Summary,
    TokenRecord,
};
pub use rehearse::{Rehearsed, rehearse};
pub use shard::{NoShard, Shard, ShardRecord, UnitShare};
pub use verdict::{EXIT_CODES, Strictness, Verdict, exit_code, exit_code_of};
