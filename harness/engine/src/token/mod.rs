//! JSON Web Tokens as the harness needs them: made well or badly ([`mod@forge`]), checked strictly ([`mod@verify`]) and kept out
//! of records ([`mod@redact`]).
//!
//! Nothing here reads a clock, opens a connection or shares code with the servers under test. Templates and places of a
//! scenario are resolved before; start reading at [`forge()`].

pub mod alteration;
pub mod credential;
pub(crate) mod der;
pub mod draft;
pub mod forge;
pub mod key;
pub mod key_file;
pub mod mask;
pub mod public_key;
pub mod redact;
pub mod strict_json;
pub mod text_edit;
pub mod verify;

pub use alteration::{Alteration, ByteAt, Bytes, MacKey, Say, SignatureEdit, Unsigned};
pub use credential::is_credential;
pub use draft::{Draft, Edit, JsonType, Members, Part, RawJson};
pub use forge::{ForgeError, Forged, encrypted_looking, forge};
pub use key::{Algorithm, ClientKey, SigningKey, certificate_pem, x5t, x5t_s256};
pub use key_file::{KeyFileError, KeyForm, KeyMaterial, read_key};
pub use mask::Mask;
pub use public_key::{PublicKey, PublicKeyError};
pub use redact::{redact, token_digest, tokens_in};
pub use text_edit::{Segment, TextEdit};
pub use verify::{ClaimFault, Decoded, Malformed, Refusal, check_claims, decode, verify};
