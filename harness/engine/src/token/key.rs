//! Keys that sign: parsed once, shared cheaply, and never shown.
//!
//! What verifies is in [`mod@super::verify`]. There is no signature over a SHA-1 digest: the cryptography underneath can
//! check one but refuses to make one.

use std::fmt;
use std::sync::{Arc, OnceLock};

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{self, KeyPair as _, RsaEncoding};
use base64::Engine;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject;

use super::der;

/// The RSA algorithms of JSON Web Signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Algorithm {
    /// PKCS#1 v1.5 with SHA-256.
    Rs256,
    /// PKCS#1 v1.5 with SHA-384.
    Rs384,
    /// PKCS#1 v1.5 with SHA-512.
    Rs512,
    /// PSS with SHA-256.
    Ps256,
    /// PSS with SHA-384.
    Ps384,
    /// PSS with SHA-512.
    Ps512,
}

impl Algorithm {
    /// All of them.
    pub const ALL: [Self; 6] = [
        Self::Rs256,
        Self::Rs384,
        Self::Rs512,
        Self::Ps256,
        Self::Ps384,
        Self::Ps512,
    ];

    /// The name as `alg` says it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rs256 => "RS256",
            Self::Rs384 => "RS384",
            Self::Rs512 => "RS512",
            Self::Ps256 => "PS256",
            Self::Ps384 => "PS384",
            Self::Ps512 => "PS512",
        }
    }

    /// Finds an algorithm by its exact name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|algorithm| algorithm.name() == name)
    }

    fn encoding(self) -> &'static dyn RsaEncoding {
        match self {
            Self::Rs256 => &signature::RSA_PKCS1_SHA256,
            Self::Rs384 => &signature::RSA_PKCS1_SHA384,
            Self::Rs512 => &signature::RSA_PKCS1_SHA512,
            Self::Ps256 => &signature::RSA_PSS_SHA256,
            Self::Ps384 => &signature::RSA_PSS_SHA384,
            Self::Ps512 => &signature::RSA_PSS_SHA512,
        }
    }
}

/// An RSA private key that was parsed once; clones share it.
#[derive(Clone)]
pub struct SigningKey(Arc<KeyPair>);

/// Why bytes are no key to sign with. Says nothing about the bytes themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no PEM section with a private key.
    #[error("no unencrypted private key in PEM form was found")]
    NoPrivateKey,
    /// The key is of another kind, too short, or damaged.
    #[error("the key is not an RSA private key of at least 2048 bits in PKCS#1 or PKCS#8 form")]
    NotRsa,
}

impl SigningKey {
    /// Reads the first private key of a PEM text, PKCS#1 or PKCS#8.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        match PrivateKeyDer::from_pem_slice(pem.as_bytes()) {
            Ok(key) => Self::from_der(key.secret_der()),
            Err(_) => Err(KeyError::NoPrivateKey),
        }
    }

    /// Reads a private key in DER, PKCS#8 or PKCS#1.
    pub fn from_der(der: &[u8]) -> Result<Self, KeyError> {
        KeyPair::from_pkcs8(der)
            .or_else(|_| KeyPair::from_der(der))
            .map(|pair| Self(Arc::new(pair)))
            .map_err(|_| KeyError::NotRsa)
    }

    /// The stranger: a key of 2048 bits that nobody else knows, made when first asked for and then kept by the process.
    pub fn fresh() -> Self {
        static STRANGER: OnceLock<SigningKey> = OnceLock::new();
        STRANGER.get_or_init(Self::generate).clone()
    }

    fn generate() -> Self {
        let pair = KeyPair::generate(KeySize::Rsa2048).expect("the operating system gives randomness for a key");
        Self(Arc::new(pair))
    }

    /// Signs a message.
    pub fn sign(&self, algorithm: Algorithm, message: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.0.public_modulus_len()];
        self.0
            .sign(algorithm.encoding(), &SystemRandom::new(), message, &mut signature)
            .expect("a parsed key of 2048 bits or more signs with every listed algorithm");
        signature
    }

    /// The private half in DER (PKCS#8), for the one who must hand it on to a TLS library. Never to be shown or kept.
    pub(crate) fn private_der(&self) -> Vec<u8> {
        let der: Pkcs8V1Der<'_> = self.0.as_der().expect("a parsed key has a DER form");
        der.as_ref().to_vec()
    }

    /// The public half as `RSAPublicKey` (PKCS#1) in DER.
    pub fn public_pkcs1_der(&self) -> Vec<u8> {
        self.0.public_key().as_ref().to_vec()
    }

    /// The public half as `SubjectPublicKeyInfo` in DER.
    pub fn public_der(&self) -> Vec<u8> {
        let der = self
            .0
            .public_key()
            .as_der()
            .expect("the public half of a parsed key has a DER form");
        der.as_ref().to_vec()
    }

    /// The public half as a PEM text that ends with a newline.
    pub fn public_pem(&self) -> String {
        pem("PUBLIC KEY", &self.public_der())
    }

    /// Whether a certificate, in DER, is over this key.
    pub fn belongs_to(&self, certificate_der: &[u8]) -> bool {
        let certified = der::rsa_numbers_of_certificate(certificate_der);
        certified.is_some() && certified == der::rsa_numbers(self.0.public_key().as_ref())
    }

    /// The public half as the text of a JWK with the members `kty`, `n` and `e`, in this order.
    pub fn public_jwk(&self) -> String {
        let numbers = der::rsa_numbers(self.0.public_key().as_ref()).expect("the public half is an RSAPublicKey");
        let [n, e] = [numbers.modulus, numbers.exponent].map(|number| URL_SAFE_NO_PAD.encode(number));
        format!(r#"{{"kty":"RSA","n":"{n}","e":"{e}"}}"#)
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digest = hex(digest::digest(&SHA256, self.0.public_key().as_ref()).as_ref());
        write!(
            formatter,
            "SigningKey({} bits, public {})",
            self.0.public_modulus_len() * 8,
            &digest[..8]
        )
    }
}

/// The key of a client with what the domain knows it by.
#[derive(Debug, Clone)]
pub struct ClientKey {
    /// The private key.
    pub key: SigningKey,
    /// The certificate that was imported for it.
    pub certificate_der: Option<Vec<u8>>,
    /// The alias under which it was imported; becomes `kid`.
    pub alias: String,
}

impl ClientKey {
    /// The certificate's thumbprint for the header member `x5t`.
    pub fn x5t(&self) -> Option<String> {
        self.certificate_der.as_deref().map(x5t)
    }

    /// The certificate's thumbprint for the header member `x5t#S256`.
    pub fn x5t_s256(&self) -> Option<String> {
        self.certificate_der.as_deref().map(x5t_s256)
    }
}

/// The SHA-1 thumbprint of a certificate.
pub fn x5t(certificate_der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&SHA1_FOR_LEGACY_USE_ONLY, certificate_der))
}

/// The SHA-256 thumbprint of a certificate.
pub fn x5t_s256(certificate_der: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&SHA256, certificate_der))
}

/// A certificate as a PEM text that ends with a newline.
pub fn certificate_pem(certificate_der: &[u8]) -> String {
    pem("CERTIFICATE", certificate_der)
}

/// A PEM text that ends with a newline.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let base64 = STANDARD.encode(der);
    let mut text = format!("-----BEGIN {label}-----\n");
    for line in base64.as_bytes().chunks(64) {
        text.extend(line.iter().copied().map(char::from));
        text.push('\n');
    }
    text + &format!("-----END {label}-----\n")
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

/// Keys and certificates that the tests of this crate share.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// The signer of the tests; [`SigningKey::fresh`] is the stranger.
    pub(crate) fn key() -> SigningKey {
        static KEY: OnceLock<SigningKey> = OnceLock::new();
        KEY.get_or_init(SigningKey::generate).clone()
    }

    /// The private half in PKCS#8.
    pub(crate) fn private_der(key: &SigningKey) -> Vec<u8> {
        let der: Pkcs8V1Der<'_> = key.0.as_der().unwrap();
        der.as_ref().to_vec()
    }

    /// A self-signed certificate.
    pub(crate) fn certificate_der(key: &SigningKey) -> Vec<u8> {
        let pair = rcgen::KeyPair::try_from(private_der(key)).unwrap();
        let parameters = rcgen::CertificateParams::new(["signer.example".to_owned()]).unwrap();
        parameters.self_signed(&pair).unwrap().der().to_vec()
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{certificate_der, key, private_der};
    use super::*;
    use aws_lc_rs::signature::{RsaParameters, UnparsedPublicKey};

    /// The PKCS#1 form is the octet string at the end of the PKCS#8 form, 26 bytes in for 2048 bits.
    fn private_pkcs1(key: &SigningKey) -> Vec<u8> {
        private_der(key)[26..].to_vec()
    }

    #[test]
    fn every_algorithm_makes_a_signature_of_its_own_kind() {
        let kinds: [&'static RsaParameters; 6] = [
            &signature::RSA_PKCS1_2048_8192_SHA256,
            &signature::RSA_PKCS1_2048_8192_SHA384,
            &signature::RSA_PKCS1_2048_8192_SHA512,
            &signature::RSA_PSS_2048_8192_SHA256,
            &signature::RSA_PSS_2048_8192_SHA384,
            &signature::RSA_PSS_2048_8192_SHA512,
        ];
        for (made, algorithm) in Algorithm::ALL.into_iter().enumerate() {
            let signature = key().sign(algorithm, b"message");
            for (checked, kind) in kinds.into_iter().enumerate() {
                let verdict = UnparsedPublicKey::new(kind, key().public_pkcs1_der()).verify(b"message", &signature);
                assert_eq!(
                    verdict.is_ok(),
                    made == checked,
                    "{} checked as {kind:?}",
                    algorithm.name()
                );
            }
            assert_eq!(Algorithm::named(algorithm.name()), Some(algorithm));
        }
        assert_eq!(Algorithm::named("rs256"), None);
    }

    #[test]
    fn both_forms_of_a_private_key_are_read() {
        let (pkcs1, pkcs8) = (private_pkcs1(&key()), private_der(&key()));
        let forms = [
            SigningKey::from_der(&pkcs1),
            SigningKey::from_der(&pkcs8),
            SigningKey::from_pem(&pem("RSA PRIVATE KEY", &pkcs1)),
            SigningKey::from_pem(&pem("PRIVATE KEY", &pkcs8)),
        ];
        for form in forms {
            assert_eq!(form.unwrap().public_der(), key().public_der());
        }
    }

    #[test]
    fn what_is_no_private_key_is_refused() {
        assert_eq!(SigningKey::from_pem("rubbish").unwrap_err(), KeyError::NoPrivateKey);
        assert_eq!(
            SigningKey::from_pem(&key().public_pem()).unwrap_err(),
            KeyError::NoPrivateKey
        );
        assert_eq!(
            SigningKey::from_pem(&pem("PRIVATE KEY", b"rubbish")).unwrap_err(),
            KeyError::NotRsa
        );
        assert_eq!(SigningKey::from_der(&key().public_der()).unwrap_err(), KeyError::NotRsa);
    }

    #[test]
    fn the_public_forms_agree() {
        let pem = key().public_pem();
        assert!(
            pem.starts_with("-----BEGIN PUBLIC KEY-----\n") && pem.ends_with("\n-----END PUBLIC KEY-----\n"),
            "{pem}"
        );
        assert!(pem.lines().all(|line| line.len() <= 64), "{pem}");
        assert!(key().public_der().ends_with(&key().public_pkcs1_der()));

        let jwk: serde_json::Value = serde_json::from_str(&key().public_jwk()).unwrap();
        let modulus = URL_SAFE_NO_PAD.decode(jwk["n"].as_str().unwrap()).unwrap();
        assert_eq!((modulus.len(), jwk["e"].as_str()), (256, Some("AQAB")));
        assert!(key().public_pkcs1_der().windows(256).any(|window| window == modulus));
    }

    #[test]
    fn the_stranger_stays_the_same_and_is_not_the_signer() {
        assert_eq!(SigningKey::fresh().public_der(), SigningKey::fresh().public_der());
        assert_ne!(SigningKey::fresh().public_der(), key().public_der());
    }

    #[test]
    fn debug_shows_nothing_private() {
        let shown = format!("{:?}", key());
        assert!(
            shown.len() < 50 && shown.starts_with("SigningKey(2048 bits, public "),
            "{shown}"
        );
    }

    #[test]
    fn thumbprints_are_those_of_the_certificate() {
        let mut client = ClientKey {
            key: key(),
            certificate_der: None,
            alias: "backend".to_owned(),
        };
        assert_eq!((client.x5t(), client.x5t_s256()), (None, None));
        client.certificate_der = Some(certificate_der(&key()));
        assert_eq!(
            (client.x5t().unwrap().len(), client.x5t_s256().unwrap().len()),
            (27, 43)
        );
        // SHA-1 and SHA-256 of nothing, by the book.
        assert_eq!(x5t(b""), "2jmj7l5rSw0yVb_vlWAYkK_YBwk");
        assert_eq!(x5t_s256(b""), "47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU");
    }
}
