//! Keys that check signatures, read from what servers publish: JWKs and certificates.
//!
//! Whether a certificate is to be trusted is not asked here. Keys that sign are in [`super::key`].

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::der::{self, RsaNumbers};
use super::key;

/// Shorter keys are not accepted.
const FEWEST_BITS: usize = 2048;

/// An RSA key that servers sign with, and the names that it goes by.
#[derive(Debug)]
pub struct PublicKey {
    parsed: ParsedPublicKey,
    /// Header member and the value that it must have, for each name that the key has.
    names: Vec<(&'static str, String)>,
}

/// Why something is no key to verify with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PublicKeyError {
    /// A JWK of another kind, or without its numbers.
    #[error("the JWK is not an RSA key with `n` and `e` in base64url")]
    NotAnRsaJwk,
    /// A certificate that cannot be read, or for a key of another kind.
    #[error("the certificate has no RSA key that can be read")]
    NotAnRsaCertificate,
    /// The key is too short.
    #[error("the key has {0} bits, fewer than {FEWEST_BITS}")]
    TooShort(usize),
    /// The numbers are no RSA key.
    #[error("the modulus and the exponent are no usable RSA key")]
    Unusable,
}

impl PublicKey {
    /// Reads a JWK with its names, of which there may be none.
    ///
    /// Leading zeros of the numbers are forgiven: the key is the same.
    pub fn from_jwk(jwk: &Value) -> Result<Self, PublicKeyError> {
        let text = |member: &str| jwk.get(member).and_then(Value::as_str);
        let number = |member| {
            let bytes = URL_SAFE_NO_PAD.decode(text(member)?).ok()?;
            Some(der::without_leading_zeros(&bytes).to_vec())
        };
        let (Some("RSA"), Some(modulus), Some(exponent)) = (text("kty"), number("n"), number("e")) else {
            return Err(PublicKeyError::NotAnRsaJwk);
        };
        let names = ["kid", "x5t", "x5t#S256"]
            .into_iter()
            .filter_map(|name| Some((name, text(name)?.to_owned())));
        Self::new(&RsaNumbers { modulus, exponent }, names.collect())
    }

    /// Takes the key out of a certificate, which is not checked otherwise; its thumbprints are the key's names.
    pub fn from_certificate_der(certificate: &[u8]) -> Result<Self, PublicKeyError> {
        let numbers = der::rsa_numbers_of_certificate(certificate).ok_or(PublicKeyError::NotAnRsaCertificate)?;
        let names = vec![("x5t", key::x5t(certificate)), ("x5t#S256", key::x5t_s256(certificate))];
        Self::new(&numbers, names)
    }

    /// Tells whether this key made an RS256 signature.
    pub(super) fn has_signed(&self, message: &str, signature: &[u8]) -> bool {
        self.parsed.verify_sig(message.as_bytes(), signature).is_ok()
    }

    fn new(numbers: &RsaNumbers, names: Vec<(&'static str, String)>) -> Result<Self, PublicKeyError> {
        let unused = numbers
            .modulus
            .first()
            .map_or(0, |first| first.leading_zeros() as usize);
        let bits = numbers.modulus.len() * 8 - unused;
        if bits < FEWEST_BITS {
            return Err(PublicKeyError::TooShort(bits));
        }
        let components = RsaPublicKeyComponents {
            n: &numbers.modulus,
            e: &numbers.exponent,
        };
        let parsed = components.to_parsed_public_key(&RSA_PKCS1_2048_8192_SHA256);
        Ok(Self {
            parsed: parsed.map_err(|_| PublicKeyError::Unusable)?,
            names,
        })
    }

    /// Tells whether a header, going by the names in it, can mean this key.
    pub(super) fn may_be(&self, header: &Map<String, Value>) -> bool {
        self.names
            .iter()
            .all(|(name, value)| header.get(*name).is_none_or(|said| said.as_str() == Some(value)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::key::Algorithm;
    use super::super::key::testing::{certificate_der, key};
    use super::*;
    use serde_json::json;

    #[test]
    fn jwk_and_certificate_hold_the_same_key() {
        let signature = key().sign(Algorithm::Rs256, b"message");
        let mut jwk: Value = serde_json::from_str(&key().public_jwk()).unwrap();
        let from_jwk = PublicKey::from_jwk(&jwk).unwrap();
        let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
        jwk["n"] = URL_SAFE_NO_PAD.encode([&[0], &modulus[..]].concat()).into();
        let with_leading_zero = PublicKey::from_jwk(&jwk).unwrap();
        let from_certificate = PublicKey::from_certificate_der(&certificate_der(&key())).unwrap();
        for key in [from_jwk, with_leading_zero, from_certificate] {
            assert!(
                key.has_signed("message", &signature) && !key.has_signed("massage", &signature),
                "{key:?}"
            );
        }
    }

    #[test]
    fn weak_and_foreign_keys_are_no_keys() {
        let short = json!({ "kty": "RSA", "n": URL_SAFE_NO_PAD.encode([0x80; 128]), "e": "AQAB" });
        let table = [
            (
                json!({ "kty": "EC", "n": "AQAB", "e": "AQAB" }),
                PublicKeyError::NotAnRsaJwk,
            ),
            (
                json!({ "kty": "RSA", "n": "AQ==", "e": "AQAB" }),
                PublicKeyError::NotAnRsaJwk,
            ),
            (json!([]), PublicKeyError::NotAnRsaJwk),
            (
                json!({ "kty": "RSA", "n": "", "e": "AQAB" }),
                PublicKeyError::TooShort(0),
            ),
            (short, PublicKeyError::TooShort(1024)),
        ];
        for (jwk, error) in table {
            assert_eq!(PublicKey::from_jwk(&jwk).err(), Some(error), "{jwk}");
        }
        assert_eq!(
            PublicKey::from_certificate_der(b"no").err(),
            Some(PublicKeyError::NotAnRsaCertificate)
        );
    }
}
