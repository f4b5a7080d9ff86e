//! Judges answers: one expectation, one finding.
//!
//! [`judge`] holds one expectation against one exchange, by way of [`matcher`]; [`answer`] tells refusals from what only looks like
//! one; [`weight`] says how much a miss weighs. What several findings make of a case is decided in the run.

pub mod answer;
pub mod finding;
pub mod judge;
mod key_set;
pub mod matcher;
mod sight;
pub mod weight;

pub use answer::{Refusal, TOKEN_ROWS, is_refused, refusal};
pub use finding::{Finding, FindingVerdict, shown};
pub use judge::Judge;
pub use weight::{Standing, Weight, level_name, level_of_rows, standing};
