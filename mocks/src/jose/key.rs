//! Parsed keys and certificates: made once, then used without parsing again.
//!
//! Only RS256 is signed and accepted (IDCS-OAUTH-201, FUSION-213); other algorithms are tried after a refusal, to say what was sent.

use std::fmt;
use std::sync::Arc;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der, PublicKeyX509Der};
use aws_lc_rs::rsa::{KeyPair, KeyPairComponents, PublicKeyComponents};
use aws_lc_rs::signature::{self, ParsedPublicKey, RsaParameters};
use aws_lc_rs::{digest, hmac, rand};
use x509_parser::prelude::{ASN1Time, FromDer as _};
use x509_parser::public_key::PublicKey as X509PublicKey;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::jose::{base64, base64url, from_base64, from_base64url};

/// Signatures that were made before, by the hash of key and input. Only sound for RS256, where the same two always make the same signature
/// (RFC 8017 section 8.2).
pub trait Signatures: Send + Sync {
    /// The signature of this hash, where it is kept.
    fn find(&self, print: &[u8; 32]) -> Option<Vec<u8>>;

    /// Keeps a signature, or does not.
    fn keep(&self, print: [u8; 32], signature: &[u8]);
}

/// A private RSA key, parsed, with its public half.
#[derive(Clone)]
pub struct SigningKey {
    pair: Arc<KeyPair>,
    public: PublicKey,
    signatures: Option<Arc<dyn Signatures>>,
}

impl SigningKey {
    /// A fresh 2048-bit key. Costs a tenth of a second and more.
    pub fn generate() -> Self {
        let pair = KeyPair::generate(aws_lc_rs::rsa::KeySize::Rsa2048).expect("the generator makes 2048-bit keys");
        Self::of_pair(pair)
    }

    /// Reads a private JWK (RFC 7517, RFC 7518 section 6.3); `None` where a member is missing or the numbers do not fit together.
    pub fn from_jwk(text: &str) -> Option<Self> {
        let jwk: serde_json::Value = serde_json::from_str(text).ok()?;
        let number = |name: &str| from_base64url(jwk.get(name)?.as_str()?);
        let pair = KeyPair::from_components(&KeyPairComponents {
            public_key: PublicKeyComponents {
                n: number("n")?,
                e: number("e")?,
            },
            d: number("d")?,
            p: number("p")?,
            q: number("q")?,
            dP: number("dp")?,
            dQ: number("dq")?,
            qInv: number("qi")?,
        })
        .ok()?;
        Some(Self::of_pair(pair))
    }

    /// Reads the DER form of a private key of 2048 bits or more, under its PEM label: PKCS #8 or PKCS #1.
    pub fn from_der(label: &str, der: &[u8]) -> Option<Self> {
        let pair = match label {
            "PRIVATE KEY" => KeyPair::from_pkcs8(der).ok()?,
            "RSA PRIVATE KEY" => KeyPair::from_der(der).ok()?,
            _ => return None,
        };
        (pair.public_modulus_len() >= 256).then(|| Self::of_pair(pair))
    }

    fn of_pair(pair: KeyPair) -> Self {
        use aws_lc_rs::signature::KeyPair as _;
        let key = pair.public_key();
        let public = PublicKey::from_components(
            key.modulus().big_endian_without_leading_zero(),
            key.exponent().big_endian_without_leading_zero(),
        )
        .expect("the public half of a parsed key parses");
        Self {
            pair: Arc::new(pair),
            public,
            signatures: None,
        }
    }

    /// The same key, which looks here for signatures that were made before, and puts away those that it makes: for proofs and tests, which ask
    /// for the same ones thousands of times. Never for keys whose speed is measured.
    #[must_use]
    pub fn keeping(self, signatures: Arc<dyn Signatures>) -> Self {
        Self {
            signatures: Some(signatures),
            ..self
        }
    }

    /// The RS256 signature (RFC 7518 section 3.3) over `input`.
    pub fn sign(&self, input: &[u8]) -> Vec<u8> {
        let Some(signatures) = &self.signatures else {
            return self.make_signature(input);
        };
        let mut print = digest::Context::new(&digest::SHA256);
        print.update(&self.public.inner.components.n);
        print.update(input);
        let print = print.finish();
        let print: [u8; 32] = print.as_ref().try_into().expect("SHA-256 has 32 bytes");
        signatures.find(&print).unwrap_or_else(|| {
            let signature = self.make_signature(input);
            signatures.keep(print, &signature);
            signature
        })
    }

    fn make_signature(&self, input: &[u8]) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        // PKCS #1 v1.5 needs no randomness; the library ignores this argument.
        #[expect(
            clippy::disallowed_methods,
            reason = "named only because the signature of the function wants it"
        )]
        let unused = rand::SystemRandom::new();
        self.pair
            .sign(&signature::RSA_PKCS1_SHA256, &unused, input, &mut signature)
            .expect("a parsed key of 2048 bits or more signs");
        signature
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    /// The key as an unencrypted PKCS #8 document, for whoever plays the client.
    pub fn to_pkcs8(&self) -> Vec<u8> {
        let der: Pkcs8V1Der = self.pair.as_der().expect("a parsed key can be written");
        der.as_ref().to_vec()
    }

    /// The key as PEM, for whoever plays the client.
    pub fn to_pem(&self) -> String {
        pem("PRIVATE KEY", &self.to_pkcs8())
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.public.thumbprint())
    }
}

/// A public RSA key, parsed.
#[derive(Clone)]
pub struct PublicKey {
    inner: Arc<PublicKeyInner>,
}

struct PublicKeyInner {
    components: PublicKeyComponents<Vec<u8>>,
    rs256: ParsedPublicKey,
}

/// Which other signature a refused one turned out to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OtherSignature {
    /// Sound, but by PSS padding (RFC 7518 section 3.5).
    OtherPadding,
    /// Sound, but over another hash.
    OtherHash,
}

impl PublicKey {
    /// A key of modulus and exponent, big-endian; `None` below 2048 bits or where they make no key.
    pub fn from_components(modulus: &[u8], exponent: &[u8]) -> Option<Self> {
        let components = PublicKeyComponents {
            n: modulus.to_vec(),
            e: exponent.to_vec(),
        };
        let rs256 = components
            .to_parsed_public_key(&signature::RSA_PKCS1_2048_8192_SHA256)
            .ok()?;
        Some(Self {
            inner: Arc::new(PublicKeyInner { components, rs256 }),
        })
    }

    /// Reads a SubjectPublicKeyInfo document (RFC 5280 section 4.1) over an RSA key.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        let (rest, info) = SubjectPublicKeyInfo::from_der(der).ok()?;
        let X509PublicKey::RSA(key) = info.parsed().ok()? else {
            return None;
        };
        let key = Self::from_components(without_leading_zero(key.modulus), without_leading_zero(key.exponent));
        key.filter(|_| rest.is_empty())
    }

    /// A key out of the members `n` and `e` of a JWK.
    pub fn from_jwk(jwk: &serde_json::Value) -> Option<Self> {
        let number = |name: &str| from_base64url(jwk.get(name)?.as_str()?);
        Self::from_components(&number("n")?, &number("e")?)
    }

    /// Whether `signature` is this key's RS256 signature over `input`.
    pub fn verifies(&self, input: &[u8], signature: &[u8]) -> bool {
        self.inner.rs256.verify_sig(input, signature).is_ok()
    }

    /// The length of a signature by this key, in bytes.
    pub fn signature_length(&self) -> usize {
        self.inner.components.n.len()
    }

    /// Which signature by this key it is, though not RS256.
    pub fn other_signature(&self, input: &[u8], signature: &[u8]) -> Option<OtherSignature> {
        const OTHERS: [(&RsaParameters, OtherSignature); 6] = [
            (&signature::RSA_PSS_2048_8192_SHA256, OtherSignature::OtherPadding),
            (&signature::RSA_PSS_2048_8192_SHA384, OtherSignature::OtherPadding),
            (&signature::RSA_PSS_2048_8192_SHA512, OtherSignature::OtherPadding),
            (&signature::RSA_PKCS1_2048_8192_SHA384, OtherSignature::OtherHash),
            (&signature::RSA_PKCS1_2048_8192_SHA512, OtherSignature::OtherHash),
            (
                &signature::RSA_PKCS1_2048_8192_SHA1_FOR_LEGACY_USE_ONLY,
                OtherSignature::OtherHash,
            ),
        ];
        let verifies = |parameters: &RsaParameters| self.inner.components.verify(parameters, input, signature).is_ok();
        OTHERS
            .iter()
            .find(|(parameters, _)| verifies(parameters))
            .map(|(_, which)| *which)
    }

    /// The key as a SubjectPublicKeyInfo document.
    pub fn to_der(&self) -> Vec<u8> {
        let der: PublicKeyX509Der = self.inner.components.as_der().expect("a parsed key can be written");
        der.as_ref().to_vec()
    }

    /// The key as PEM, with a last newline.
    pub fn to_pem(&self) -> String {
        pem("PUBLIC KEY", &self.to_der())
    }

    /// The key as a JWK with the members that its thumbprint is made of, in their order (RFC 7638 section 3).
    pub fn to_jwk(&self) -> String {
        let PublicKeyComponents { n, e } = &self.inner.components;
        format!(r#"{{"e":"{}","kty":"RSA","n":"{}"}}"#, base64url(e), base64url(n))
    }

    /// The JWK thumbprint (RFC 7638).
    pub fn thumbprint(&self) -> String {
        base64url(digest::digest(&digest::SHA256, self.to_jwk().as_bytes()).as_ref())
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.thumbprint())
    }
}

/// An X.509 certificate under an alias, with the key that it is for.
#[derive(Clone, Debug)]
pub struct Certificate {
    /// The alias under which it was imported; `kid` of an assertion names it (IDCS-OAUTH-203).
    pub alias: String,
    /// The certificate itself.
    pub der: Arc<[u8]>,
    /// Its public key.
    pub key: PublicKey,
    /// SHA-1 over the certificate, base64url (IDCS-OAUTH-205).
    pub x5t: String,
    /// SHA-256 over the certificate, base64url.
    pub x5t_s256: String,
    /// The first second at which it is valid.
    pub not_before: u64,
    /// The last second at which it is valid.
    pub not_after: u64,
}

impl Certificate {
    /// A certificate that `key` signs for itself. The same key, name and dates always give the same certificate.
    pub fn self_signed(alias: &str, key: &SigningKey, common_name: &str, not_before: u64, not_after: u64) -> Self {
        let parameters = parameters(&[common_name], not_before, not_after);
        let signed = parameters.self_signed(&pair_of(key));
        let certificate = signed.expect("a certificate of sound parameters is signed");
        Self::of(alias, certificate.der(), key, (not_before, not_after))
    }

    /// The certificate of an authority over signing certificates, with the faults that the real ones have: it may not sign certificates by
    /// its own key usage (IDCS-ADMIN-038).
    pub fn authority(key: &SigningKey, not_before: u64, not_after: u64) -> Self {
        let signed = authority_parameters(not_before, not_after).self_signed(&pair_of(key));
        let certificate = signed.expect("a certificate of sound parameters is signed");
        Self::of("authority", certificate.der(), key, (not_before, not_after))
    }

    /// The signing certificate of a domain, under an authority (IDCS-ADMIN-037).
    pub fn issued(stripe: &str, key: &SigningKey, authority: &SigningKey, not_before: u64, not_after: u64) -> Self {
        let issuer = rcgen::Issuer::new(authority_parameters(not_before, not_after), pair_of(authority));
        // The real ones have a third common name between these two, which the library cannot write.
        let mut parameters = parameters(&["sslDomains", stripe], not_before, not_after);
        parameters.key_usages = KEY_USAGES.to_vec();
        let signed = parameters.signed_by(&pair_of(key), &issuer);
        let certificate = signed.expect("a certificate of sound parameters is signed");
        Self::of("SIGNING_KEY", certificate.der(), key, (not_before, not_after))
    }

    /// Reads the DER form of one certificate over an RSA key; `None` where it is something else.
    pub fn read(alias: &str, der: &[u8]) -> Option<Self> {
        let (rest, certificate) = x509_parser::parse_x509_certificate(der).ok()?;
        let X509PublicKey::RSA(key) = certificate.public_key().parsed().ok()? else {
            return None;
        };
        let key = PublicKey::from_components(without_leading_zero(key.modulus), without_leading_zero(key.exponent))?;
        let second = |time: ASN1Time| u64::try_from(time.timestamp()).unwrap_or_default();
        let valid = (
            second(certificate.validity().not_before),
            second(certificate.validity().not_after),
        );
        rest.is_empty().then(|| Self::over(alias, der, &key, valid))
    }

    /// Whether it names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        x509_parser::parse_x509_certificate(&self.der)
            .is_ok_and(|(_, own)| own.issuer().as_raw() == own.subject().as_raw())
    }

    /// Whether the key of `authority` signed it under the authority's name (RFC 5280 section 6.1.3).
    pub fn is_signed_by(&self, authority: &Self) -> bool {
        let parsed = (
            x509_parser::parse_x509_certificate(&self.der),
            x509_parser::parse_x509_certificate(&authority.der),
        );
        let (Ok((_, own)), Ok((_, other))) = parsed else {
            return false;
        };
        let (input, signature) = (own.tbs_certificate.as_ref(), own.signature_value.data.as_ref());
        own.issuer().as_raw() == other.subject().as_raw()
            && (authority.key.verifies(input, signature) || authority.key.other_signature(input, signature).is_some())
    }

    fn of(alias: &str, der: &[u8], key: &SigningKey, valid: (u64, u64)) -> Self {
        Self::over(alias, der, key.public(), valid)
    }

    fn over(alias: &str, der: &[u8], key: &PublicKey, (not_before, not_after): (u64, u64)) -> Self {
        Self {
            alias: alias.to_owned(),
            x5t: base64url(digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, der).as_ref()),
            x5t_s256: base64url(digest::digest(&digest::SHA256, der).as_ref()),
            der: der.into(),
            key: key.clone(),
            not_before,
            not_after,
        }
    }

    /// The certificate as PEM, with a last newline.
    pub fn to_pem(&self) -> String {
        pem("CERTIFICATE", &self.der)
    }

    /// The first common name of its subject.
    pub fn common_name(&self) -> Option<String> {
        let (_, certificate) = x509_parser::parse_x509_certificate(&self.der).ok()?;
        let name = certificate.subject().iter_common_name().next()?;
        name.as_str().ok().map(str::to_owned)
    }
}

/// An integer of DER has a zero in front where its first bit is set.
fn without_leading_zero(number: &[u8]) -> &[u8] {
    match number {
        [0, rest @ ..] if !rest.is_empty() => rest,
        number => number,
    }
}

fn pair_of(key: &SigningKey) -> rcgen::KeyPair {
    rcgen::KeyPair::try_from(key.to_pkcs8().as_slice()).expect("a PKCS #8 key that was just written is read")
}

fn parameters(common_names: &[&str], not_before: u64, not_after: u64) -> rcgen::CertificateParams {
    let mut parameters = rcgen::CertificateParams::default();
    parameters.distinguished_name = rcgen::DistinguishedName::new();
    for (index, name) in common_names.iter().enumerate() {
        // The library keeps one part of a type; a second one is written as a custom type with the same number.
        let kind = match index {
            0 => rcgen::DnType::CommonName,
            _ => rcgen::DnType::CustomDnType(vec![2, 5, 4, 3]),
        };
        parameters.distinguished_name.push(kind, *name);
    }
    parameters.not_before = date(not_before);
    parameters.not_after = date(not_after);
    parameters.serial_number = Some(rcgen::SerialNumber::from(1_u64));
    parameters
}

fn authority_parameters(not_before: u64, not_after: u64) -> rcgen::CertificateParams {
    let mut parameters = parameters(&["Mock Cloud CA"], not_before, not_after);
    parameters.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Constrained(0));
    parameters.key_usages = KEY_USAGES.to_vec();
    parameters
}

/// What both certificates of a domain say that their keys are for (IDCS-ADMIN-037, IDCS-ADMIN-038). Signing certificates is not among it.
const KEY_USAGES: [rcgen::KeyUsagePurpose; 4] = [
    rcgen::KeyUsagePurpose::DigitalSignature,
    rcgen::KeyUsagePurpose::ContentCommitment,
    rcgen::KeyUsagePurpose::DataEncipherment,
    rcgen::KeyUsagePurpose::KeyAgreement,
];

/// The whole second `seconds` after 1970, as the certificate library wants it.
pub(crate) fn date(seconds: u64) -> time::OffsetDateTime {
    let seconds = i64::try_from(seconds).unwrap_or(i64::MAX);
    time::OffsetDateTime::from_unix_timestamp(seconds).unwrap_or(time::OffsetDateTime::UNIX_EPOCH)
}

/// An HMAC-SHA-256 over `input`, for telling apart what an attacker keyed it by.
pub fn mac_verifies(secret: &[u8], input: &[u8], tag: &[u8]) -> bool {
    hmac::verify(&hmac::Key::new(hmac::HMAC_SHA256, secret), input, tag).is_ok()
}

/// Label and content of the only PEM document (RFC 7468) of a text; `None` where there is none, or more than one.
pub fn read_pem(text: &str) -> Option<(String, Vec<u8>)> {
    let (label, rest) = text.trim().strip_prefix("-----BEGIN ")?.split_once("-----")?;
    let body = rest.strip_suffix(&format!("-----END {label}-----"))?;
    let body: String = body.split_ascii_whitespace().collect();
    Some((label.to_owned(), from_base64(&body)?))
}

/// A PEM document (RFC 7468).
pub fn pem(label: &str, der: &[u8]) -> String {
    let mut text = format!("-----BEGIN {label}-----\n");
    let body = base64(der);
    for line in body.as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).expect("base64 is ASCII"));
        text.push('\n');
    }
    text.push_str(&format!("-----END {label}-----\n"));
    text
}
