//! Says what is probably wrong with a set-up when something fails: known misconfigurations, matched against one exchange and ranked.
//!
//! Sends nothing: a request, its answer and the target with its key files go in, suspicions come out. [`symptom`] is what one exchange shows, [`fact`] what can be
//! said about it, and the misconfigurations themselves are data below `scenarios/diagnosis`.

pub mod fact;
pub mod matching;
pub mod symptom;

pub use fact::{FACTS, FactName};
pub use matching::{Suspicion, suspects};
pub use symptom::Symptom;
