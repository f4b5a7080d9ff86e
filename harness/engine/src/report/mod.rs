//! Reports: pure functions of what a run or a proof came to. They print nothing, read no clock, and look at no environment.
//!
//! [`terminal()`], [`html()`] and [`markdown()`] are for people, [`json()`] and [`junit()`] are for programs, [`proof()`] tells of a
//! proof. Whatever a server sent goes through [`escape`]; `sheet` lays lines out, `mark` says how a verdict looks, `summary` is the end
//! of the terminal report, `suspected` what may be wrong with the set-up, `references` is what is told of rows beside the record.

pub mod escape;
mod html;
mod json;
mod junit;
mod mark;
mod markdown;
mod proof;
mod references;
mod sheet;
mod summary;
mod suspected;
mod terminal;

pub use html::html;
pub use json::json;
pub use junit::junit;
pub use markdown::markdown;
pub use proof::proof;
pub use references::{References, RowReference, SourceReference};
pub use suspected::suspected;
pub use terminal::{Options, Titles, line, terminal};

/// The file that a case is from: its id up to the `#`.
fn file_of(id: &str) -> &str {
    id.split_once('#').map_or(id, |(file, _)| file)
}
