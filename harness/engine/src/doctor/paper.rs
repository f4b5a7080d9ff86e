//! What keys and certificates say about themselves. Reads files, asks nobody.

use x509_parser::prelude::{FromDer as _, X509Certificate};

use crate::flow::cast::key_material;
use crate::target::Client;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;

/// The certificate of a client in DER: its own file, else the one beside the key.
pub fn certificate(client: &Client) -> Result<Option<Vec<u8>>, String> {
    let Some(certificate) = &client.certificate else {
        let beside = key_material(client)
            .ok()
            .and_then(|material| material.certificates.into_iter().next());
        return Ok(beside);
    };
    let text = certificate
        .read()
        .map_err(|error| format!("it cannot be read: {error}"))?;
    let der = CertificateDer::from_pem_slice(text.as_bytes())
        .map_err(|_| "it is no PEM text with `-----BEGIN CERTIFICATE-----`".to_owned())?;
    Ok(Some(der.to_vec()))
}

/// What a certificate says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certified {
    /// The subject.
    pub subject: String,
    /// From when it is valid, in seconds since 1970.
    pub from: i64,
    /// Until when.
    pub until: i64,
}

/// Reads a certificate.
pub fn certified(der: &[u8]) -> Option<Certified> {
    let (_, certificate) = X509Certificate::from_der(der).ok()?;
    Some(Certified {
        subject: certificate.subject().to_string(),
        from: certificate.validity().not_before.timestamp(),
        until: certificate.validity().not_after.timestamp(),
    })
}

/// Whether key and certificate of a client are a pair; none where one of them is not there or cannot be read.
pub fn pair(client: &Client) -> Option<bool> {
    let material = key_material(client).ok()?;
    let der = certificate(client).ok()??;
    Some(material.key.belongs_to(&der))
}

/// Until when the certificate of a client is valid.
pub fn expiry(client: &Client) -> Option<i64> {
    Some(certified(&certificate(client).ok()??)?.until)
}

/// A day and a time for people, UTC.
pub fn date(seconds: i64) -> String {
    jiff::Timestamp::from_second(seconds)
        .map_or_else(|_| "a day beyond all calendars".to_owned(), |time| time.to_string())
}

/// The first second of a day that is written `YYYY-MM-DD`, UTC.
pub fn day(text: &str) -> Option<i64> {
    format!("{text}T00:00:00Z")
        .parse::<jiff::Timestamp>()
        .ok()
        .map(jiff::Timestamp::as_second)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::token::key::testing::{certificate_der, key};

    #[test]
    fn a_certificate_tells_its_subject_and_times() {
        let certified = certified(&certificate_der(&key())).unwrap();
        assert!(certified.subject.contains("rcgen"), "{certified:?}");
        assert!(certified.from < certified.until);
        assert_eq!(super::certified(b"rubbish"), None);
    }

    #[test]
    fn days_become_seconds_and_back() {
        assert_eq!(day("2026-12-01"), Some(1_796_083_200));
        assert_eq!(date(1_796_083_200), "2026-12-01T00:00:00Z");
        assert_eq!(day("soon"), None);
    }

    #[test]
    fn key_and_certificate_are_compared() {
        let target = crate::flow::for_tests::target();
        assert_eq!(pair(&target.clients["backend"]), Some(true));
        assert_eq!(pair(&target.clients["keyless"]), None);
        let other = rcgen::generate_simple_self_signed(["other.example".to_owned()]).unwrap();
        let mut client = target.clients["backend"].clone();
        client.certificate = Some(crate::target::Pem::Text(other.cert.pem()));
        assert_eq!(pair(&client), Some(false));
    }
}
