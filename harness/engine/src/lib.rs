//! Placeholder.

pub mod token;
