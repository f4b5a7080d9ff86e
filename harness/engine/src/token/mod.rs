//! JSON Web Tokens as the harness needs them: made well or badly ([`forge`]), checked strictly ([`verify`]) and kept out
//! of records ([`redact`]).
//!
//! Nothing here reads a clock, opens a connection or shares code with the servers under test. Templates and places of a
//! scenario are resolved before; start reading at [`forge`].

pub(crate) mod der;
pub mod key;

pub use key::{Algorithm, ClientKey, SigningKey};
