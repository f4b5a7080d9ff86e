//! Reads conformance scenarios, drives a target through them and judges every answer.
//!
//! [`scenario`] holds the format that people write, [`target`] what they say about the servers under test; neither knows HTTP. [`token`]
//! forges assertions and verifies what servers issue, [`system`] is what a scenario is run against. [`flow`] makes requests of steps,
//! [`doctor`] looks at a set-up before, [`diagnosis`] says what is probably wrong with it, [`reading`] what a pasted token says,
//! [`handover`] makes tokens for people. [`expect`] judges the answers, [`run`] plans and runs whole libraries into a record, and [`proof`] shows that the cases can fail.
//! [`observe`] says what an answer shows of its server, and [`compare`] where two servers differ in it.

pub mod compare;
pub mod diagnosis;
pub mod doctor;
pub mod expect;
pub mod export;
pub mod flow;
pub mod handover;
pub mod observe;
pub mod proof;
pub mod reading;
pub mod report;
pub mod run;
pub mod scenario;
pub mod system;
pub mod target;
pub mod token;
