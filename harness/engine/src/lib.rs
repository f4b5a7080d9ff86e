//! Reads conformance scenarios, drives a target through them and judges every answer.
//!
//! [`scenario`] holds the format that people write, [`target`] what they say about the servers under test; neither knows HTTP. [`token`]
//! forges assertions and verifies what servers issue, [`system`] is what a scenario is run against.

pub mod expect;
pub mod flow;
pub mod report;
pub mod run;
pub mod scenario;
pub mod system;
pub mod target;
pub mod token;
