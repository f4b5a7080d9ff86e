//! The vocabulary of [`mod@super::forge`]: what can be done to a token on its way from draft to text.
//!
//! Edits of members are in [`super::draft`], those of the finished text in [`super::text_edit`].

use secrecy::{ExposeSecret, SecretString};

use super::draft::{Edit, Part};
use super::key::{self, Algorithm, SigningKey};
use super::text_edit::TextEdit;

/// One thing that is done to a token on its way from draft to text.
///
/// The variants stand in the order of the stages in which they take effect.
#[derive(Debug, Clone)]
pub enum Alteration {
    /// Edits one member before it is signed.
    Member {
        /// Where the member is.
        part: Part,
        /// Its name.
        name: String,
        /// What happens to it.
        edit: Edit,
    },
    /// Signs otherwise.
    Sign {
        /// Another key; `None` for the right one.
        key: Option<SigningKey>,
        /// Another algorithm; `None` for the draft's.
        algorithm: Option<Algorithm>,
        /// What the header says about it.
        say: Say,
    },
    /// Signs with HS256, and says so.
    Mac(MacKey),
    /// Says that there is no signature.
    Unsigned {
        /// The `alg` to write: `none` in any casing.
        say: String,
        /// What stands in the third part.
        signature: Unsigned,
    },
    /// Replaces or transforms the bytes of a whole part before it is signed.
    Whole(Part, Bytes),
    /// Changes the signature.
    Signature(SignatureEdit),
    /// Edits one member after signing and keeps the old signature.
    Tamper {
        /// Where the member is.
        part: Part,
        /// Its name.
        name: String,
        /// What happens to it.
        edit: Edit,
    },
    /// Changes the finished text.
    Text(TextEdit),
}

/// What the header says about the algorithm of [`Alteration::Sign`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Say {
    /// The algorithm that was used.
    TheAlgorithm,
    /// What the draft said: the signature then has the wrong hash or padding.
    AsBefore,
    /// This.
    Text(String),
}

/// What stands in the third part of a token that says it is unsigned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unsigned {
    /// Nothing.
    Empty,
    /// The signature that the right key makes over this very header.
    Kept,
}

/// The secret of an HMAC: mostly things that are no secret.
#[derive(Debug, Clone)]
pub enum MacKey {
    /// The public key as PEM, as `openssl` writes it.
    PublicPem,
    /// The same without the newline at the end.
    PublicPemNoNewline,
    /// The public key as `SubjectPublicKeyInfo` in DER.
    PublicDer,
    /// The public key as JWK text.
    PublicJwk,
    /// This certificate (DER) as PEM.
    CertificatePem(Vec<u8>),
    /// The secret of the client.
    ClientSecret(SecretString),
    /// No bytes at all.
    Empty,
    /// A text that could be guessed.
    Text(String),
}

/// The bytes of a whole part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// These bytes instead.
    Exactly(Vec<u8>),
    /// The same text in UTF-16, big-endian with a byte order mark.
    Utf16,
    /// These bytes in front, such as a byte order mark.
    Prefix(Vec<u8>),
}

/// A change of the signature. Bytes are those of the decoded value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SignatureEdit {
    /// Flips the lowest bit of one byte.
    FlipBit(ByteAt),
    /// Leaves out the third part and the dot before it.
    Drop,
    /// Leaves the third part empty.
    Empty,
    /// Takes this many bytes off the end.
    Cut(usize),
    /// Puts a zero byte in front.
    PrependZero,
    /// Writes this text as third part, unencoded.
    Text(String),
}

/// Names one byte of a value.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ByteAt {
    /// The first one.
    First,
    /// The one at half the length.
    Middle,
    /// The last one.
    Last,
}

/// The signature has too few bytes for an alteration: the scenario is at fault, not the target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the signature has only {0} bytes, too few for this alteration")]
pub struct SignatureTooShort(usize);

impl MacKey {
    pub(super) fn bytes(&self, key: &SigningKey) -> Vec<u8> {
        match self {
            Self::PublicPem => key.public_pem().into_bytes(),
            Self::PublicPemNoNewline => key.public_pem().trim_end().as_bytes().to_vec(),
            Self::PublicDer => key.public_der(),
            Self::PublicJwk => key.public_jwk().into_bytes(),
            Self::CertificatePem(der) => key::pem("CERTIFICATE", der).into_bytes(),
            Self::ClientSecret(secret) => secret.expose_secret().as_bytes().to_vec(),
            Self::Empty => Vec::new(),
            Self::Text(text) => text.as_bytes().to_vec(),
        }
    }
}

impl Bytes {
    pub(super) fn apply(&self, part: &mut Vec<u8>) {
        match self {
            Self::Exactly(bytes) => part.clone_from(bytes),
            Self::Prefix(bytes) => drop(part.splice(..0, bytes.iter().copied())),
            Self::Utf16 => {
                let text = format!("\u{feff}{}", String::from_utf8_lossy(part));
                *part = text.encode_utf16().flat_map(u16::to_be_bytes).collect();
            }
        }
    }
}

impl SignatureEdit {
    pub(super) fn apply(&self, signature: &mut Vec<u8>) -> Result<(), SignatureTooShort> {
        let length = signature.len();
        let too_short = || SignatureTooShort(length);
        match self {
            Self::FlipBit(at) => {
                let last = length.checked_sub(1).ok_or_else(too_short)?;
                signature[match at {
                    ByteAt::First => 0,
                    ByteAt::Middle => length / 2,
                    ByteAt::Last => last,
                }] ^= 1;
            }
            Self::Cut(bytes) => signature.truncate(length.checked_sub(*bytes).ok_or_else(too_short)?),
            Self::PrependZero => signature.insert(0, 0),
            Self::Empty => signature.clear(),
            // Both are about the segment, not about its bytes: `forge` sees to them.
            Self::Drop | Self::Text(_) => {}
        }
        Ok(())
    }
}
