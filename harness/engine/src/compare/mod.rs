//! Where two servers differ in what they show, and which setting of a model of them would explain it.
//!
//! [`sighting`] takes out of a record what was observed, case by case; [`difference`] compares two of them. [`model`] is what this module
//! knows of the mocks: something that can be set and watched, handed over by who knows them. [`explain()`] ends each difference in a setting of
//! the model or in "not modelled", and [`calibrate()`] looks for the settings under which the model shows what a target showed. Both go by
//! evidence: a setting counts only if the model was run with it and showed the same. [`doubt`] says which cases are no evidence. [`report`]
//! tells of all that.
//!
//! Everything here is a function of records. No request is sent but by the model.

pub mod calibrate;
pub mod difference;
pub mod doubt;
pub mod explain;
pub mod model;
pub mod report;
pub mod sighting;
#[cfg(test)]
mod tests;

pub use calibrate::{Calibration, Key, Standing, calibrate};
pub use difference::{Comparison, Difference, NotCompared, compare};
pub use doubt::{Doubt, doubted, doubts};
pub use explain::{Explained, Explanation, explain};
pub use model::{Assignment, Model, Setting, Switch, Watch};
pub use sighting::{Sighting, Sightings, sightings};
