//! Servers that enforce the rules of an OCI identity domain, a Fusion pod and an Oracle Integration instance, and say which rule refused.
//!
//! The core is pure: [`decide::decide`] takes a landscape, a state, an environment and a request, and gives a decision with all verdicts,
//! effects and an unsigned answer. [`mock::Mock`] holds state around it. Carriers (in process, `serve`, `wiremock`) only move bytes.

pub mod answer;
pub mod bearer;
pub mod catalogue;
pub mod decide;
pub mod env;
pub mod fault;
pub mod form;
pub mod fusion;
pub mod idcs;
pub mod jose;
pub mod journal;
pub mod kept_signatures;
pub mod keys;
pub mod landscape;
pub mod mock;
pub mod oic;
pub mod outbound;
pub mod rule;
#[cfg(feature = "server")]
pub mod serve;
pub mod state;
pub mod wire;
#[cfg(feature = "wiremock")]
pub mod wiremock;
