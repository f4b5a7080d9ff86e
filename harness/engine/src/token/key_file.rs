//! Private keys as people have them: PEM in its forms, with a passphrase or without, and PKCS#12 files.
//!
//! Bytes in, a key out. Where the bytes are from, and who may read that file, is told in `target`. What is no key that can be read is
//! named, with the command that makes one of it; no part of the bytes is ever in an error.

use p12_keystore::Pkcs12Archive;
use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::SecretDocument;
use rustls_pki_types::PrivateKeyDer;
use rustls_pki_types::pem::PemObject as _;

use super::key::SigningKey;

/// The first bytes of a Java key store, and of its older relative JCEKS.
const JAVA_MAGIC: [[u8; 4]; 2] = [[0xfe, 0xed, 0xfe, 0xed], [0xce, 0xce, 0xce, 0xce]];

/// The first byte of anything in DER that is a sequence.
const DER_SEQUENCE: u8 = 0x30;

/// In which form a key was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyForm {
    /// `BEGIN RSA PRIVATE KEY`, or the same in DER.
    Pkcs1,
    /// `BEGIN PRIVATE KEY`, or the same in DER.
    Pkcs8,
    /// `BEGIN ENCRYPTED PRIVATE KEY`.
    EncryptedPkcs8,
    /// A PKCS#12 file, such as `keytool` and browsers write.
    Pkcs12,
}

impl KeyForm {
    /// What people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Pkcs1 => "PKCS#1",
            Self::Pkcs8 => "PKCS#8",
            Self::EncryptedPkcs8 => "PKCS#8 with a passphrase",
            Self::Pkcs12 => "PKCS#12",
        }
    }
}

/// A private key and what stood beside it.
#[derive(Clone, Debug)]
pub struct KeyMaterial {
    /// The key.
    pub key: SigningKey,
    /// The form that it had.
    pub form: KeyForm,
    /// The certificates over it in the same PKCS#12 file, DER; those with this key come first.
    pub certificates: Vec<Vec<u8>>,
    /// The name that the PKCS#12 file gives it.
    pub name: Option<String>,
}

/// Why no key could be read. Says nothing about the bytes but what kind they are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum KeyFileError {
    /// Nothing that we know.
    #[error("no private key was found: expected PEM (PKCS#1 or PKCS#8) or PKCS#12")]
    NoPrivateKey,
    /// The key is of another kind, too short, or damaged.
    #[error(
        "the key is not an RSA private key of at least 2048 bits: only RS256 is taken by the domain, so make an RSA key"
    )]
    NotRsa,
    /// A passphrase is needed and none is given.
    #[error("the key is protected by a passphrase: say where it is with `key-passphrase`")]
    PassphraseMissing,
    /// The passphrase does not open it, or the cipher is not known.
    #[error(
        "the passphrase does not open the key, or its cipher is unknown: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem` writes one that is known"
    )]
    WrongPassphrase,
    /// PEM as OpenSSL encrypted it before PKCS#8.
    #[error(
        "the key is encrypted in the old way of OpenSSL: `openssl pkcs8 -topk8 -v2 aes-256-cbc -in OLD.pem -out NEW.pem` converts it"
    )]
    OldEncryption,
    /// A Java key store.
    #[error(
        "the file is a Java key store: `keytool -importkeystore -srckeystore OLD.jks -destkeystore NEW.p12 -deststoretype PKCS12` converts it"
    )]
    JavaKeyStore,
    /// A key of SSH's own form.
    #[error("the key is in the form of OpenSSH: `ssh-keygen -p -m PKCS8 -f KEY` converts it in place")]
    SshKey,
    /// Something public.
    #[error("the file holds a certificate or a public key, and the private key is wanted")]
    Public,
    /// More than one private key.
    #[error("the PKCS#12 file holds several private keys: export the one that is meant")]
    SeveralKeys,
}

/// Reads the private key out of the bytes of a file or variable.
pub fn read_key(bytes: &[u8], passphrase: Option<&str>) -> Result<KeyMaterial, KeyFileError> {
    if JAVA_MAGIC.iter().any(|magic| bytes.starts_with(magic)) {
        return Err(KeyFileError::JavaKeyStore);
    }
    match std::str::from_utf8(bytes) {
        Ok(text) if text.contains("-----BEGIN ") => of_pem(text, passphrase),
        _ if bytes.first() == Some(&DER_SEQUENCE) => of_der(bytes, passphrase),
        _ => Err(KeyFileError::NoPrivateKey),
    }
}

fn of_pem(text: &str, passphrase: Option<&str>) -> Result<KeyMaterial, KeyFileError> {
    let has = |label: &str| text.contains(&format!("-----BEGIN {label}-----"));
    if has("ENCRYPTED PRIVATE KEY") {
        return decrypted(text, passphrase.ok_or(KeyFileError::PassphraseMissing)?);
    }
    if text.contains("Proc-Type: 4,ENCRYPTED") {
        return Err(KeyFileError::OldEncryption);
    }
    if has("OPENSSH PRIVATE KEY") {
        return Err(KeyFileError::SshKey);
    }
    let Ok(found) = PrivateKeyDer::from_pem_slice(text.as_bytes()) else {
        let is_public = has("CERTIFICATE") || has("PUBLIC KEY") || has("RSA PUBLIC KEY");
        return Err(if is_public {
            KeyFileError::Public
        } else {
            KeyFileError::NoPrivateKey
        });
    };
    let form = match found {
        PrivateKeyDer::Pkcs1(_) => KeyForm::Pkcs1,
        _ => KeyForm::Pkcs8,
    };
    plain(found.secret_der(), form)
}

fn decrypted(text: &str, passphrase: &str) -> Result<KeyMaterial, KeyFileError> {
    let start = text.find("-----BEGIN ENCRYPTED").unwrap_or_default();
    let (_, sealed) = SecretDocument::from_pem(&text[start..]).map_err(|_| KeyFileError::NoPrivateKey)?;
    let sealed = EncryptedPrivateKeyInfoRef::try_from(sealed.as_bytes()).map_err(|_| KeyFileError::NoPrivateKey)?;
    let opened = sealed.decrypt(passphrase).map_err(|_| KeyFileError::WrongPassphrase)?;
    plain(opened.as_bytes(), KeyForm::EncryptedPkcs8)
}

/// DER has no label: what it is, is found by trying.
fn of_der(bytes: &[u8], passphrase: Option<&str>) -> Result<KeyMaterial, KeyFileError> {
    if SigningKey::from_der(bytes).is_ok() {
        let is_pkcs8 = pkcs8::PrivateKeyInfoRef::try_from(bytes).is_ok();
        return plain(bytes, if is_pkcs8 { KeyForm::Pkcs8 } else { KeyForm::Pkcs1 });
    }
    if let Ok(sealed) = EncryptedPrivateKeyInfoRef::try_from(bytes) {
        let passphrase = passphrase.ok_or(KeyFileError::PassphraseMissing)?;
        let opened = sealed.decrypt(passphrase).map_err(|_| KeyFileError::WrongPassphrase)?;
        return plain(opened.as_bytes(), KeyForm::EncryptedPkcs8);
    }
    if !is_pkcs12(bytes) {
        return Err(KeyFileError::NoPrivateKey);
    }
    let Ok(archive) = Pkcs12Archive::from_pkcs12(bytes, passphrase.unwrap_or_default()) else {
        return Err(if passphrase.is_none() {
            KeyFileError::PassphraseMissing
        } else {
            KeyFileError::WrongPassphrase
        });
    };
    let [bag] = archive.keys.as_slice() else {
        return Err(if archive.keys.is_empty() {
            KeyFileError::NoPrivateKey
        } else {
            KeyFileError::SeveralKeys
        });
    };
    let mut material = plain(bag.key.as_der(), KeyForm::Pkcs12)?;
    material.name.clone_from(&bag.friendly_name);
    material.certificates = archive.certs.iter().map(|bag| bag.cert.as_der().to_vec()).collect();
    let key = material.key.clone();
    material
        .certificates
        .sort_by_key(|certificate| !key.belongs_to(certificate));
    Ok(material)
}

/// A PKCS#12 file begins with a sequence and the version 3.
fn is_pkcs12(bytes: &[u8]) -> bool {
    let length_bytes = match bytes.get(1) {
        Some(length) if length & 0x80 == 0 => 0,
        Some(length) => usize::from(length & 0x7f),
        None => return false,
    };
    bytes
        .get(2 + length_bytes..)
        .is_some_and(|inner| inner.starts_with(&[2, 1, 3]))
}

fn plain(der: &[u8], form: KeyForm) -> Result<KeyMaterial, KeyFileError> {
    Ok(KeyMaterial {
        key: SigningKey::from_der(der).map_err(|_| KeyFileError::NotRsa)?,
        form,
        certificates: Vec::new(),
        name: None,
    })
}

#[cfg(test)]
mod tests {
    use super::super::key::pem;
    use super::super::key::testing::{certificate_der, key, private_der};
    use super::*;
    use p12_keystore::{Certificate, EncryptionAlgorithm, KeyStore, KeyStoreEntry, PrivateKey, PrivateKeyChain};

    /// The RSA key that RFC 9500 section 2.1 publishes, sealed with `openssl pkcs8 -topk8`; the passphrase is `open sesame`.
    const SEALED: [(&str, &str); 3] = [
        ("aes-256-cbc", include_str!("../../tests/fixtures/keys/aes256.pem")),
        (
            "des3 with SHA-1",
            include_str!("../../tests/fixtures/keys/des3-sha1.pem"),
        ),
        ("scrypt", include_str!("../../tests/fixtures/keys/scrypt.pem")),
    ];

    fn pkcs12(algorithm: EncryptionAlgorithm) -> Vec<u8> {
        let certificate = Certificate::from_der(&certificate_der(&key())).unwrap();
        let chain = PrivateKeyChain::new(
            "1".to_owned(),
            PrivateKey::from_der(&private_der(&key())).unwrap(),
            [certificate],
        );
        let mut store = KeyStore::new();
        store.add_entry("backend-2026", KeyStoreEntry::PrivateKeyChain(chain));
        store
            .writer("open sesame")
            .encryption_algorithm(algorithm)
            .encryption_iterations(10)
            .mac_iterations(10)
            .write()
            .unwrap()
    }

    #[test]
    fn keys_under_a_passphrase_are_opened_by_it_alone() {
        for (cipher, text) in SEALED {
            let opened = read_key(text.as_bytes(), Some("open sesame"));
            let opened = opened.unwrap_or_else(|error| panic!("{cipher}: {error}"));
            assert_eq!(opened.form, KeyForm::EncryptedPkcs8);
            let jwk = opened.key.public_jwk();
            assert!(jwk.contains("\"n\":\"sPnoGUOnrpiSqt4XynxA-HRP"), "{cipher}: {jwk}");
            assert_eq!(
                read_key(text.as_bytes(), Some("sesame")).unwrap_err(),
                KeyFileError::WrongPassphrase
            );
            assert_eq!(
                read_key(text.as_bytes(), None).unwrap_err(),
                KeyFileError::PassphraseMissing
            );
        }
    }

    #[test]
    fn a_pkcs12_file_brings_its_certificate_and_name() {
        for algorithm in [
            EncryptionAlgorithm::PbeWithHmacSha256AndAes256,
            EncryptionAlgorithm::PbeWithShaAnd3KeyTripleDesCbc,
        ] {
            let bytes = pkcs12(algorithm);
            let material = read_key(&bytes, Some("open sesame")).unwrap();
            assert_eq!(material.key.public_der(), key().public_der());
            assert_eq!(material.certificates, [certificate_der(&key())]);
            assert_eq!(material.name.as_deref(), Some("backend-2026"));
            assert_eq!(
                read_key(&bytes, Some("sesame")).unwrap_err(),
                KeyFileError::WrongPassphrase
            );
            assert_eq!(read_key(&bytes, None).unwrap_err(), KeyFileError::PassphraseMissing);
        }
    }

    #[test]
    fn unprotected_keys_are_read_in_every_form() {
        let der = private_der(&key());
        // The PKCS#1 form is the octet string at the end of the PKCS#8 form, 26 bytes in for 2048 bits.
        let pkcs1 = &der[26..];
        for (bytes, form) in [
            (pem("PRIVATE KEY", &der).into_bytes(), KeyForm::Pkcs8),
            (pem("RSA PRIVATE KEY", pkcs1).into_bytes(), KeyForm::Pkcs1),
            (der.clone(), KeyForm::Pkcs8),
            (pkcs1.to_vec(), KeyForm::Pkcs1),
        ] {
            let material = read_key(&bytes, None).unwrap();
            assert_eq!((material.form, material.key.public_der()), (form, key().public_der()));
        }
    }

    #[test]
    fn what_is_no_key_is_named_with_what_to_do() {
        let elliptic = rcgen::KeyPair::generate().unwrap();
        let table: [(&[u8], KeyFileError, &str); 8] = [
            (
                b"\xfe\xed\xfe\xed\0\0\0\x02",
                KeyFileError::JavaKeyStore,
                "keytool -importkeystore",
            ),
            (b"\xce\xce\xce\xce\0\0\0\x02", KeyFileError::JavaKeyStore, "keytool"),
            (
                b"-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n",
                KeyFileError::SshKey,
                "ssh-keygen",
            ),
            (
                b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n",
                KeyFileError::OldEncryption,
                "openssl pkcs8",
            ),
            (
                &pem("CERTIFICATE", &certificate_der(&key())).into_bytes(),
                KeyFileError::Public,
                "private key",
            ),
            (&elliptic.serialize_pem().into_bytes(), KeyFileError::NotRsa, "RSA"),
            (b"rubbish", KeyFileError::NoPrivateKey, "PEM"),
            (
                b"\x30\x03\x02\x01\x03",
                KeyFileError::PassphraseMissing,
                "key-passphrase",
            ),
        ];
        for (bytes, error, hint) in table {
            let found = read_key(bytes, None).unwrap_err();
            assert_eq!(found, error);
            assert!(found.to_string().contains(hint), "{found}");
        }
    }

    #[test]
    fn no_bytes_make_it_panic() {
        let whole = pkcs12(EncryptionAlgorithm::PbeWithHmacSha256AndAes256);
        for length in 0..64 {
            assert!(read_key(&whole[..length], Some("x")).is_err(), "{length}");
        }
    }
}
