//! Placeholder.

pub mod system;
pub mod token;
