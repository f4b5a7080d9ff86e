//! The preflight: what is wrong with a set-up, before scenarios run and people depend on it.
//!
//! First [`visit`] makes the few calls that are harmless and keeps what came back, each as a [`probe`]; then every check of [`checks::CHECKS`] looks at that and
//! at the target file, and says what it found. Checks are pure. [`report`] writes it down for people and for programs.

pub mod api_checks;
pub mod checks;
pub mod domain_checks;
pub mod finding;
pub mod paper;
pub mod paper_checks;
pub mod probe;
pub mod report;
pub mod token_checks;
pub mod visit;

pub use checks::{CHECKS, Check, examine};
pub use finding::{Call, Finding, State};
pub use report::{Report, human, json};
pub use visit::Visit;
