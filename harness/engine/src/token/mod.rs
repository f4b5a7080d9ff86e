//! JSON Web Tokens as the harness needs them: made well or badly ([`forge`]), checked strictly ([`verify`]) and kept out
//! of records ([`redact`]).
//!
//! Nothing here reads a clock, opens a connection or shares code with the servers under test. Templates and places of a
//! scenario are resolved before; start reading at [`forge`].

pub mod alteration;
pub(crate) mod der;
pub mod draft;
pub mod forge;
pub mod key;
pub mod redact;
pub mod text_edit;

pub use alteration::{Alteration, ByteAt, Bytes, MacKey, Say, SignatureEdit, Unsigned};
pub use draft::{Draft, Edit, JsonType, Members, Part, RawJson};
pub use forge::{ForgeError, Forged, encrypted_looking, forge};
pub use key::{Algorithm, ClientKey, SigningKey};
pub use redact::redact;
pub use text_edit::{Segment, TextEdit};
