//! `keygen`: a private key and a self-signed certificate, as the OpenSSL step of the seed series makes them.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::path::Path;

use rcgen::{CertificateParams, DistinguishedName, DnType, KeyPair, PKCS_RSA_SHA256, RsaKeySize};

use super::{CommandError, print};
use crate::arguments::KeygenArguments;
use crate::exit::Exit;

/// The attributes that a subject may have, by their usual abbreviations.
const ATTRIBUTES: [(&str, DnType); 6] = [
    ("CN", DnType::CommonName),
    ("O", DnType::OrganizationName),
    ("OU", DnType::OrganizationalUnitName),
    ("L", DnType::LocalityName),
    ("ST", DnType::StateOrProvinceName),
    ("C", DnType::CountryName),
];

pub(super) fn keygen(arguments: &KeygenArguments) -> Result<Exit, CommandError> {
    let mut parameters = CertificateParams::default();
    parameters.distinguished_name = subject(&arguments.subject)?;
    if arguments.days == 0 {
        return Err(CommandError::Usage("--days must be at least 1".to_owned()));
    }
    let now = time::OffsetDateTime::now_utc();
    parameters.not_before = now - time::Duration::minutes(5);
    parameters.not_after = now + time::Duration::days(i64::from(arguments.days));
    let key =
        KeyPair::generate_rsa_for(&PKCS_RSA_SHA256, RsaKeySize::_2048).expect("the generator makes 2048-bit keys");
    let certificate = parameters
        .self_signed(&key)
        .expect("a certificate of sound parameters is signed");

    let out = &arguments.out;
    fs::create_dir_all(out).map_err(CommandError::world(format!("{} cannot be made", out.display())))?;
    let (key_path, certificate_path) = (out.join("private-key.pem"), out.join("certificate.pem"));
    for path in [&key_path, &certificate_path] {
        if path.exists() {
            return Err(CommandError::Usage(format!(
                "{} exists already and is not overwritten",
                path.display()
            )));
        }
    }
    write_new(&key_path, &key.serialize_pem(), 0o600)?;
    write_new(&certificate_path, &certificate.pem(), 0o644)?;
    print(&format!(
        "{}\n{}\n\nImport the certificate into the client application under an alias; the alias becomes `kid` of assertions.\n",
        key_path.display(),
        certificate_path.display()
    ));
    Ok(Exit::Success)
}

fn subject(text: &str) -> Result<DistinguishedName, CommandError> {
    let mut name = DistinguishedName::new();
    for part in text.split(',') {
        let known = part.split_once('=').and_then(|(attribute, value)| {
            let (_, kind) = ATTRIBUTES
                .iter()
                .find(|(known, _)| known.eq_ignore_ascii_case(attribute.trim()))?;
            Some((kind.clone(), value.trim()))
        });
        let Some((kind, value)) = known else {
            let attributes = ATTRIBUTES.map(|(name, _)| name).join(", ");
            return Err(CommandError::Usage(format!(
                "--subject is like `CN=backend,O=Example`, with the attributes {attributes}; found `{part}`"
            )));
        };
        name.push(kind, value);
    }
    Ok(name)
}

/// Writes a file that must not exist yet, with its mode from the start.
pub(super) fn write_new(path: &Path, text: &str, mode: u32) -> Result<(), CommandError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(mode);
    }
    #[cfg(not(unix))]
    let _ = mode;
    let write = |mut file: fs::File| -> io::Result<()> { file.write_all(text.as_bytes()) };
    options
        .open(path)
        .and_then(write)
        .map_err(CommandError::world(format!("{} cannot be written", path.display())))
}
