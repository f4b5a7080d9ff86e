//! What a target file says: whom we test, and what we may do there. Knows no HTTP, and no text of a secret until it is used.
//!
//! [`model`] holds the file as it is written, [`entity`] the players that scenarios bind to, [`load`](mod@load) reads a file, [`secret`]
//! keeps what must not be shown.

pub mod entity;
pub mod load;
pub mod model;
pub mod secret;

pub use entity::{Api, Client, Control, Domain, Entity, Levers, Likeness, Mint, Pem, Target, User, is_loopback};
pub use load::load;
pub use model::{Allow, ApiKind, Integration, Limits};
pub use secret::{Secret, SecretBytes, SecretError, SecretReference, without_line_break};
