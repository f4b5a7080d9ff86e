//! The format in which people write scenarios: the types of flows and tables, and how they are read.
//!
//! [`model`] is what a file says, [`located`] keeps where it said it. Nothing here knows HTTP or evaluates a template.

pub mod located;
pub mod model;
pub mod period;
pub mod template;

pub use located::{Located, Spot};
pub use period::Period;
pub use template::Template;
