//! The Security Console of a pod, as far as it is about trust: who may say whom the pod trusts, and how it is said.
//!
//! `wish` plans what an administrator wants; `calls` takes it from programs.

pub mod calls;
pub mod wish;
