//! Whom a pod trusts beside its own domain, as its administrators set it up in the Security Console (FUSION-208): providers, each with the
//! text of an issuer and the kinds of tokens that are taken of it, and public certificates, each of one provider and under an alias.

use std::collections::BTreeMap;

use crate::jose::key::{Certificate, PublicKey, SigningKey};
use crate::landscape::directory::Meta;

/// The most providers, and the most certificates, that a pod keeps. Nothing is known of a real limit.
pub const TRUST_LIMIT: usize = 100;

/// The issuer text of the tokens that a pod makes itself (FUSION-205).
pub const TRUST_SERVICE_ISSUER: &str = "www.oracle.com";
/// The id of the key that signs them (FUSION-204).
pub const TRUST_SERVICE_KEY_ID: &str = "trustservice";

/// Providers and certificates.
#[derive(Clone, Debug, Default)]
pub struct TrustList {
    /// The providers, by id.
    pub providers: BTreeMap<String, Provider>,
    /// The certificates, by id.
    pub certificates: BTreeMap<String, InboundCertificate>,
}

impl TrustList {
    /// The certificates of a provider.
    pub fn certificates_of(&self, provider: &str) -> impl Iterator<Item = &InboundCertificate> {
        let provider = provider.to_owned();
        self.certificates
            .values()
            .filter(move |certificate| certificate.provider == provider)
    }

    /// Whether the authority that signed a certificate was imported beside it, or none is needed since it signed itself.
    pub fn has_chain_of(&self, certificate: &InboundCertificate) -> bool {
        let own = &certificate.certificate;
        own.is_self_issued()
            || self
                .certificates_of(&certificate.provider)
                .any(|other| own.is_signed_by(&other.certificate))
    }
}

/// An issuer that tokens are taken of.
#[derive(Clone, Debug)]
pub struct Provider {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The issuer text, compared byte for byte (FUSION-209).
    pub issuer: String,
    /// The kinds of tokens that are switched on.
    pub token_types: Vec<TokenType>,
    /// When it was made and changed.
    pub meta: Meta,
}

/// The kinds of tokens that can be switched on for a provider (FUSION-208). Only the first is served here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TokenType {
    /// Signed JSON tokens.
    Jwt,
    /// SAML assertions.
    Saml,
    /// Tokens of a security token service.
    Sts,
}

impl TokenType {
    /// All, with the names that the console shows.
    pub const ALL: [(Self, &'static str); 3] = [(Self::Jwt, "JWT"), (Self::Saml, "SAML"), (Self::Sts, "STS")];

    /// The name that the console shows.
    pub fn name(self) -> &'static str {
        Self::ALL[self as usize].1
    }

    /// The kind of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(_, known)| *known == name)
            .map(|(kind, _)| kind)
    }
}

/// A public certificate that was imported.
#[derive(Clone, Debug)]
pub struct InboundCertificate {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The id of the provider.
    pub provider: String,
    /// The certificate, under its alias.
    pub certificate: Certificate,
    /// When it was imported.
    pub meta: Meta,
}

/// An authorization server that a pod or an integration instance trusts since it was set up, with its key. Its access tokens are typed where
/// those of domains are (RFC 9068 section 2.1); whoever is listed in the console signs tokens for Fusion alone, in the form of FUSION-210.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// The issuer text, compared byte for byte (FUSION-209).
    pub issuer: String,
    /// The key id under which its key is looked up when no thumbprint names it (FUSION-U-13).
    pub key_id: String,
    /// The key.
    pub key: PublicKey,
    /// Thumbprints of the certificate over the key: SHA-1 and SHA-256.
    pub thumbprints: [String; 2],
}

/// What signs the tokens that a pod makes itself (FUSION-204).
#[derive(Clone, Debug)]
pub struct TrustService {
    /// The private key.
    pub key: SigningKey,
    /// The certificate over it.
    pub certificate: Certificate,
}
