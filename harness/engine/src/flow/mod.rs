//! Makes requests of steps and sends them.
//!
//! [`value`] evaluates templates, [`draft`] turns a step into a draft, [`change`] makes the one change of a case to a draft, and
//! [`drive`] signs, sends and keeps. Nothing here judges an answer.

pub mod browser;
pub mod cast;
pub mod change;
pub mod cookie;
pub mod draft;
pub mod drive;
pub mod error;
#[cfg(test)]
pub(crate) mod for_tests;
pub mod forgery;
pub mod keep;
pub mod location;
pub mod markup;
pub mod pairs;
pub mod pkce;
pub mod request;
pub mod signature;
#[cfg(test)]
mod tests;
pub mod value;

pub use cast::{Cast, Missing, Nature};
pub use drive::{Drive, Exchange, Stage, Until};
pub use error::FlowError;
pub use forgery::Forgeries;

pub use value::{Kept, Kepts, Names, Scope, Secrets};
