//! The proof that the judge sees: cases are run against servers with one defect each, and must notice it on the wire.
//!
//! [`workshop`] is what the front door supplies: servers, sound and broken. [`evidence`] says what counts as noticing; [`prover`] runs
//! the cases, one mutant at a time or all of them; [`result`] is what comes out.

pub mod evidence;
pub mod prover;
pub mod result;
#[cfg(test)]
mod tests;
pub mod workshop;

pub use prover::Prover;
pub use result::{Alarm, Compound, Crosstalk, Examination, Idle, Proof, Sighting, Survivor, Unobservable};
pub use workshop::{Bench, Broken, Consulted, Mutant, MutantKind, Workshop};
