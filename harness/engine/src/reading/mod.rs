//! Reads pasted tokens to a person: what they say, what kind they look like, and what is likely wrong with them.
//!
//! Nothing is sent and no signature is checked; whoever asks brings the text and the time. [`pasted`](mod@pasted) finds tokens in a text, [`legible`]
//! takes one apart, `kind` and `trouble` are tables of what may be said of it, `time` writes times, [`report`] prints.

mod kind;
pub mod legible;
pub mod pasted;
pub mod report;
mod time;
mod trouble;

pub use kind::Kind;
pub use legible::{Legible, TimeClaim};
pub use pasted::{Pasted, pasted};
pub use report::{human, json};
pub use time::{distance, moment};
pub use trouble::Trouble;
