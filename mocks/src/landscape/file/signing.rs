//! The members of what signs the tokens of a domain, now and from a second on.

use serde_json::Value;

use super::mistake::Slip;
use super::table::{Row, Written, read_rows, row, schema_of_rows, write_rows};
use super::tree::{Kind, Node};
use super::{Reading, Writing};
use crate::jose::key::{Certificate, SigningKey, read_pem};
use crate::keys;
use crate::landscape::Signing;
use crate::landscape::builder::signing;

/// What signs, as a file says it: certificates may be left out where they are the ones that a domain makes itself.
#[derive(Clone, Default)]
pub(super) struct SigningForm {
    pub(super) key: Option<SigningKey>,
    certificate: Option<Certificate>,
    authority: Option<Certificate>,
}

impl SigningForm {
    pub(super) fn of(stripe: &str, given: &Signing) -> Self {
        let made = signing(stripe, given.key.clone(), &keys::rfc9421_b12());
        let other = |given: &Certificate, made: &Certificate| (given.der != made.der).then(|| given.clone());
        Self {
            key: Some(given.key.clone()),
            certificate: other(&given.certificate, &made.certificate),
            authority: other(&given.authority, &made.authority),
        }
    }

    /// Whether certificates are those that a domain makes itself.
    pub(super) fn is_plain(&self) -> bool {
        self.certificate.is_none() && self.authority.is_none()
    }

    pub(super) fn signing(self, stripe: &str) -> Option<Signing> {
        let made = signing(stripe, self.key?, &keys::rfc9421_b12());
        Some(Signing {
            certificate: self.certificate.unwrap_or(made.certificate),
            authority: self.authority.unwrap_or(made.authority),
            key: made.key,
        })
    }
}

pub(super) static SIGNING: &[Row<SigningForm>] = &[
    // Where a domain is begun its key is read already, so it is read once more only elsewhere.
    Row {
        read: |form, node, reading| {
            if form.key.is_none() {
                form.key = Written::read(node, reading);
            }
        },
        ..row!(SigningForm, "key", key, "The private key.")
    },
    certificate_row(
        "certificate",
        "The certificate over it, as PEM; one that the domain makes unless said.",
        false,
    ),
    certificate_row(
        "authority",
        "That of the authority that signed it, as PEM; one that the domain makes unless said.",
        true,
    ),
];

const fn certificate_row(name: &'static str, says: &'static str, is_authority: bool) -> Row<SigningForm> {
    let plain = Row {
        name,
        says,
        schema: String::schema,
        write: |_, _| Value::Null,
        read: |_, _, _| {},
    };
    if is_authority {
        Row {
            write: |form, _| pem_of(form.authority.as_ref()),
            read: |form, node, reading| form.authority = read_certificate("authority", node, reading),
            ..plain
        }
    } else {
        Row {
            write: |form, _| pem_of(form.certificate.as_ref()),
            read: |form, node, reading| {
                form.certificate = read_certificate("SIGNING_KEY", node, reading);
                let certified = form
                    .certificate
                    .as_ref()
                    .map(|certificate| certificate.key.thumbprint());
                let own = form.key.as_ref().map(|key| key.public().thumbprint());
                if certified.is_some() && certified != own {
                    reading.note(Slip::new(node.from, "a certificate over `key`", "one over another key"));
                }
            },
            ..plain
        }
    }
}

fn pem_of(certificate: Option<&Certificate>) -> Value {
    certificate.map_or(Value::Null, |certificate| Value::String(certificate.to_pem()))
}

fn read_certificate(alias: &str, node: &Node, reading: &mut Reading) -> Option<Certificate> {
    let Kind::Text(text) = &node.kind else {
        return reading.wrong(node, "a certificate as PEM");
    };
    let read = read_pem(text)
        .filter(|(label, _)| label == "CERTIFICATE")
        .and_then(|(_, der)| Certificate::read(alias, &der));
    if read.is_none() {
        reading.note(Slip::new(node.from, "an RSA certificate as PEM", "a text that is none"));
    }
    read
}

impl Written for SigningForm {
    fn schema() -> Value {
        schema_of_rows(SIGNING)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(SIGNING, self, &Self::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut form = Self::default();
        read_rows(SIGNING, &mut form, node, reading);
        Some(form)
    }
}

/// What signs from a second on.
pub(super) struct NextSigning {
    pub(super) from: u64,
    pub(super) signing: SigningForm,
}

static NEXT_SIGNING: &[Row<NextSigning>] = &[
    row!(
        NextSigning,
        "from",
        from,
        "The first second since 1970 at which it signs."
    ),
    row!(NextSigning, "signing", signing, "What signs then."),
];

impl Written for NextSigning {
    fn schema() -> Value {
        schema_of_rows(NEXT_SIGNING)
    }

    fn write(&self, writing: &Writing) -> Value {
        let plain = Self {
            from: 0,
            signing: SigningForm::default(),
        };
        write_rows(NEXT_SIGNING, self, &plain, writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut next = Self {
            from: 0,
            signing: SigningForm::default(),
        };
        read_rows(NEXT_SIGNING, &mut next, node, reading);
        if next.signing.key.is_none() {
            reading.note(Slip::new(node.from, "a `signing` with a `key`", "none"));
            return None;
        }
        Some(next)
    }
}
