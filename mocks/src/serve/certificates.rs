//! The authority that vouches for TLS servers: made anew each time, for a day, its key never leaving memory.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ECDSA_P256_SHA256,
};
use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::{WebPkiSupportedAlgorithms, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{DigitallySignedStruct, ServerConfig, SignatureScheme};

use crate::jose::key::date;

/// How long the authority and its certificates are valid.
const DAY: u64 = 86_400;

/// A certificate authority for test servers.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
    now: u64,
}

impl Authority {
    /// An authority that is valid for a day from `now`, and only for loopback and the reserved names of examples.
    pub fn new(now: u64) -> Self {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("the generator makes P-256 keys");
        let mut parameters = CertificateParams::default();
        parameters.distinguished_name = name("tenantproof test authority: trust it in tests only");
        parameters.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let permitted = ["localhost", "example"]
            .map(|domain| GeneralSubtree::DnsName(domain.to_owned()))
            .to_vec();
        parameters.name_constraints = Some(NameConstraints {
            permitted_subtrees: permitted,
            excluded_subtrees: Vec::new(),
        });
        (parameters.not_before, parameters.not_after) = (date(now.saturating_sub(300)), date(now + DAY));
        let issuer =
            CertifiedIssuer::self_signed(parameters, key).expect("a certificate of sound parameters is signed");
        Self { issuer, now }
    }

    /// The authority's certificate.
    pub fn to_pem(&self) -> String {
        self.issuer.pem()
    }

    /// What a TLS server for this site needs: a certificate for the site's name and for loopback.
    pub(super) fn server_config(&self, site: &str) -> ServerConfig {
        let key = KeyPair::generate_for(&PKCS_ECDSA_P256_SHA256).expect("the generator makes P-256 keys");
        let names = vec![site.to_owned(), "localhost".to_owned()];
        let mut parameters = CertificateParams::new(names).expect("the names of a landscape are DNS names");
        parameters.distinguished_name = name(site);
        parameters.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        (parameters.not_before, parameters.not_after) = (date(self.now.saturating_sub(300)), date(self.now + DAY));
        let certificate = parameters
            .signed_by(&key, &self.issuer)
            .expect("a certificate of sound parameters is signed");
        let private = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let algorithms = provider.signature_verification_algorithms;
        ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider speaks the usual versions")
            .with_client_cert_verifier(std::sync::Arc::new(AnyCertificate(algorithms)))
            .with_single_cert(vec![certificate.der().clone()], private)
            .expect("the key is the certificate's")
    }
}

/// Takes whatever certificate a client shows, or none, so long as the client holds its key: nobody vouches for it, and the core of the
/// mocks says whether it is one that was imported (RFC 8705 section 2.2).
#[derive(Debug)]
struct AnyCertificate(WebPkiSupportedAlgorithms);

impl ClientCertVerifier for AnyCertificate {
    fn root_hint_subjects(&self) -> &[rustls::DistinguishedName] {
        &[]
    }

    fn client_auth_mandatory(&self) -> bool {
        false
    }

    fn verify_client_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        Ok(ClientCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls12_signature(message, certificate, signature, &self.0)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        verify_tls13_signature(message, certificate, signature, &self.0)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_schemes()
    }
}

fn name(text: &str) -> DistinguishedName {
    let mut name = DistinguishedName::new();
    name.push(DnType::CommonName, text);
    name
}
