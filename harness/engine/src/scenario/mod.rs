//! The format in which people write scenarios: the types of flows and tables, and how they are read.
//!
//! [`model`] is what a file says, [`located`] keeps where it said it, [`load`] reads it, and [`diagnostic`] says what is wrong with it;
//! [`citation`] finds which scenarios show which facts.
//! Nothing here knows HTTP or evaluates a template.

pub mod citation;
pub mod diagnostic;
pub mod library;
pub mod lint;
pub mod load;
pub mod located;
pub(crate) mod mistake;
pub mod model;
pub mod period;
pub mod schema;
pub mod template;

pub use diagnostic::{Colour, Diagnostic};
pub use library::Library;
pub use lint::lint;
pub use located::{Located, Spot};
pub use period::Period;
pub use template::Template;
