//! Reads conformance scenarios, drives a target through them and judges every answer.
//!
//! [`scenario`] holds the format that people write, [`target`] what they say about the servers under test; neither knows HTTP. [`token`]
//! forges assertions and verifies what servers issue.

pub mod scenario;
pub mod target;
pub mod token;
