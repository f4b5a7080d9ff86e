//! The written forms of secrets, keys and certificates.
//!
//! A key stands in the file as text, is a published test key, or is made when the file is read; so is a secret. What makes them is handed
//! in ([`Maker`]). A certificate stands there as text, or is made over a key of the file.

use serde_json::{Value, json};

use super::mistake::Slip;
use super::table::{Row, Written, read_rows, row, schema_of_rows, write_rows};
use super::tree::{Kind, Node};
use super::{Keyring, Reading, Style, Writing};
use crate::jose::key::{Certificate, PublicKey, SigningKey, read_pem};
use crate::keys;
use crate::landscape::builder::{CERTIFICATES_FROM, CERTIFICATES_UNTIL};
use crate::landscape::directory::{Meta, StoredCertificate};
use crate::landscape::{Secret, builder};

/// The most keys that are made for one file: each costs a tenth of a second and more.
const FRESH_LIMIT: usize = 64;

/// Makes what a file leaves to be made. Called for each key and secret once, in the order in which they are read.
pub trait Maker {
    /// A private key; `name` is that of the key or of what it is for.
    fn key(&self, name: &str) -> SigningKey;
    /// The secret of a client or the password of a user.
    fn secret(&self, name: &str) -> String;
}

/// Makes the same everywhere: the published key of RFC 9500, and secrets that follow from names.
#[derive(Clone, Copy, Debug, Default)]
pub struct Published;

impl Maker for Published {
    fn key(&self, _: &str) -> SigningKey {
        keys::rfc9500()
    }

    fn secret(&self, name: &str) -> String {
        crate::landscape::reference::published_secret(name)
    }
}

impl Written for Secret {
    fn schema() -> Value {
        let drawn = json!({
            "type": "object", "properties": { "drawn": { "const": true } }, "required": ["drawn"], "additionalProperties": false
        });
        json!({ "anyOf": [{ "type": "string", "minLength": 1 }, drawn] })
    }

    fn write(&self, writing: &Writing) -> Value {
        match writing.style {
            Style::AsItIs => json!(self.expose()),
            Style::MadeAnew => json!({ "drawn": true }),
        }
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let expected = "a secret as text, or { \"drawn\": true }";
        match &node.kind {
            Kind::Text(text) if !text.is_empty() => Some(Self::new(text)),
            Kind::Text(_) => {
                reading.note(Slip::new(node.from, expected, "an empty text"));
                None
            }
            Kind::Object(_) if is_only_true(node, "drawn") => Some(Self::new(&reading.maker.secret(&reading.name))),
            _ => reading.wrong(node, expected),
        }
    }
}

/// Whether an object is `{ "NAME": true }`.
fn is_only_true(node: &Node, name: &str) -> bool {
    let Kind::Object(members) = &node.kind else {
        return false;
    };
    members.len() == 1
        && node
            .member(name)
            .is_some_and(|node| matches!(node.kind, Kind::Boolean(true)))
}

const KEY_FORMS: &str =
    "the name of a key in `keys`, { \"published\": NAME }, { \"pem\": TEXT } or { \"fresh\": true }";

impl Written for SigningKey {
    fn schema() -> Value {
        json!({ "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/key" }] })
    }

    fn write(&self, writing: &Writing) -> Value {
        match writing.name_of(self.public()) {
            Some(name) => json!(name),
            None => write_key(self, writing.style),
        }
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        match &node.kind {
            // A key pasted where a name belongs is not repeated.
            Kind::Text(text) if text.contains("-----") => reading.wrong(node, KEY_FORMS),
            Kind::Text(name) => match reading.keys.get(name) {
                Some(key) => Some(key.clone()),
                None => {
                    let known: Vec<String> = reading.keys.keys().cloned().collect();
                    let known = known.iter().map(String::as_str);
                    reading.unknown(node.from, "the name of a key in `keys`", name, known)
                }
            },
            Kind::Object(_) => read_key(node, reading),
            _ => reading.wrong(node, KEY_FORMS),
        }
    }
}

impl Reading<'_> {
    /// A key that is made now, for whatever is being read.
    pub(super) fn fresh_key(&mut self, at: usize) -> Option<SigningKey> {
        self.fresh += 1;
        if self.fresh > FRESH_LIMIT {
            self.note(Slip::new(at, format!("at most {FRESH_LIMIT} fresh keys"), "more"));
            return None;
        }
        Some(self.maker.key(&self.name))
    }
}

/// The schema of a key that is not named.
pub(super) fn schema_of_key() -> Value {
    let names: Vec<&str> = keys::PUBLISHED.iter().map(|(name, _)| *name).collect();
    json!({
        "description": "A private RSA key: one that a document prints, PEM text (PKCS #8 or PKCS #1), or one made when the file is read.",
        "type": "object",
        "minProperties": 1,
        "maxProperties": 1,
        "additionalProperties": false,
        "properties": { "published": { "enum": names }, "pem": { "type": "string" }, "fresh": { "const": true } }
    })
}

/// The form of a key that has no name.
fn write_key(key: &SigningKey, style: Style) -> Value {
    if style == Style::MadeAnew {
        return json!({ "fresh": true });
    }
    let thumbprint = key.public().thumbprint();
    let published = keys::PUBLISHED
        .iter()
        .find(|(_, published)| published().public().thumbprint() == thumbprint);
    match published {
        Some((name, _)) => json!({ "published": name }),
        None => json!({ "pem": key.to_pem() }),
    }
}

/// Reads the form of a key that has no name.
fn read_key(node: &Node, reading: &mut Reading) -> Option<SigningKey> {
    let Kind::Object(members) = &node.kind else {
        return reading.wrong(node, KEY_FORMS);
    };
    let [member] = members.as_slice() else {
        let found = format!("an object of {} members", members.len());
        reading.note(Slip::new(node.from, KEY_FORMS, found));
        return None;
    };
    match (member.name.as_str(), &member.node.kind) {
        ("published", Kind::Text(name)) => {
            let known = keys::PUBLISHED.iter().map(|(name, _)| *name);
            match keys::PUBLISHED.iter().find(|(published, _)| published == name) {
                Some((_, key)) => Some(key()),
                None => reading.unknown(member.node.from, "the name of a published key", name, known),
            }
        }
        ("pem", Kind::Text(text)) => {
            let key = read_pem(text).and_then(|(label, der)| SigningKey::from_der(&label, &der));
            if key.is_none() {
                let expected = "an unencrypted private RSA key of 2048 bits or more, as PEM";
                reading.note(Slip::new(member.node.from, expected, "a text that is none"));
            }
            key
        }
        ("fresh", Kind::Boolean(true)) => reading.fresh_key(member.node.from),
        ("published" | "pem" | "fresh", _) => reading.wrong(&member.node, KEY_FORMS),
        _ => {
            reading.know(members, &["published", "pem", "fresh"]);
            None
        }
    }
}

impl Written for Keyring {
    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/key" } })
    }

    fn write(&self, writing: &Writing) -> Value {
        let named = self
            .iter()
            .map(|(name, key)| (name.clone(), write_key(key, writing.style)));
        Value::Object(named.collect())
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut keyring = Self::new();
        for member in reading.object(node)? {
            reading.name.clone_from(&member.name);
            if let Some(key) = read_key(&member.node, reading) {
                keyring.insert(member.name.clone(), key);
            }
        }
        Some(keyring)
    }
}

/// A public key: the name of a private one in the file, or PEM.
impl Written for PublicKey {
    fn schema() -> Value {
        json!({ "anyOf": [{ "type": "string" }, { "$ref": "#/$defs/key" }] })
    }

    fn write(&self, writing: &Writing) -> Value {
        match writing.name_of(self) {
            Some(name) => json!(name),
            None => json!({ "pem": self.to_pem() }),
        }
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        if let Some(Kind::Text(text)) = node.member("pem").map(|pem| &pem.kind)
            && let Some((label, der)) = read_pem(text)
            && label == "PUBLIC KEY"
            && let Some(key) = Self::from_der(&der)
        {
            return Some(key);
        }
        SigningKey::read(node, reading).map(|key| key.public().clone())
    }
}

/// A certificate as a file says it: as PEM, or over which key and for how long.
struct Certified {
    alias: String,
    pem: Option<String>,
    over: Option<SigningKey>,
    name: Option<String>,
    from: u64,
    until: u64,
}

impl Certified {
    fn plain() -> Self {
        Self {
            alias: String::new(),
            pem: None,
            over: None,
            name: None,
            from: CERTIFICATES_FROM,
            until: CERTIFICATES_UNTIL,
        }
    }

    fn of(certificate: &Certificate, writing: &Writing) -> Self {
        let plain = Self {
            alias: certificate.alias.clone(),
            ..Self::plain()
        };
        let key = writing.private(&certificate.key);
        let made = key.map(|key| Self {
            over: Some(key.clone()),
            name: certificate.common_name().filter(|name| *name != certificate.alias),
            from: certificate.not_before,
            until: certificate.not_after,
            ..Self::plain()
        });
        let made = made.map(|made| Self {
            alias: certificate.alias.clone(),
            ..made
        });
        let is_the_same = |made: &Self| made.certificate().is_some_and(|again| again.der == certificate.der);
        made.filter(is_the_same).unwrap_or_else(|| Self {
            pem: Some(certificate.to_pem()),
            ..plain
        })
    }

    fn certificate(&self) -> Option<Certificate> {
        if let Some(pem) = &self.pem {
            let (label, der) = read_pem(pem)?;
            return (label == "CERTIFICATE").then(|| Certificate::read(&self.alias, &der))?;
        }
        let name = self.name.as_deref().unwrap_or(&self.alias);
        let key = self.over.as_ref()?;
        Some(Certificate::self_signed(&self.alias, key, name, self.from, self.until))
    }
}

static CERTIFIED: &[Row<Certified>] = &[
    row!(
        Certified,
        "alias",
        alias,
        "The alias under which it was imported: what `kid` of an assertion names."
    ),
    row!(
        Certified,
        "pem",
        pem,
        "The certificate as PEM; every other member but `alias` is for one that is made."
    ),
    row!(Certified, "over", over, "The key that it is over, and signed by."),
    row!(Certified, "name", name, "Its common name; the alias unless said."),
    row!(
        Certified,
        "from",
        from,
        "The first second since 1970 at which it is valid; 2025-01-01 unless said."
    ),
    row!(
        Certified,
        "until",
        until,
        "The last second at which it is valid; 2045-01-01 unless said."
    ),
];

impl Written for Certificate {
    fn schema() -> Value {
        json!({ "$ref": "#/$defs/certificate" })
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(CERTIFIED, &Certified::of(self, writing), &Certified::plain(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut certified = Certified::plain();
        let before = reading.slips.len();
        read_rows(CERTIFIED, &mut certified, node, reading);
        if reading.slips.len() > before {
            return None;
        }
        let certificate = match (certified.pem.is_some(), certified.over.is_some()) {
            _ if certified.from > certified.until => None,
            (true, true) | (false, false) => None,
            _ => certified.certificate(),
        };
        if certificate.is_none() {
            let expected =
                "a certificate: an RSA one in `pem`, or one `over` a key, `from` a second `until` a later one";
            reading.note(Slip::new(node.from, expected, "what makes none"));
        }
        certificate
    }
}

/// The schema of a certificate.
pub(super) fn schema_of_certificate() -> Value {
    let mut schema = schema_of_rows(CERTIFIED);
    schema["description"] = json!("A certificate: as PEM, or made over a key of the file when it is read.");
    schema
}

impl Written for StoredCertificate {
    fn schema() -> Value {
        schema_of_rows(STORED)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(STORED, &Stored::of(self), &Stored::of(self).plain(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut stored = Stored {
            id: None,
            certificate: None,
            meta: Meta::default(),
        };
        read_rows(STORED, &mut stored, node, reading);
        let Some(certificate) = stored.certificate else {
            return reading.wrong(node, "an object with a `certificate`");
        };
        let id = stored.id.unwrap_or_else(|| Stored::id_of(&certificate));
        Some(Self {
            id,
            certificate,
            meta: stored.meta,
        })
    }
}

/// A stored certificate whose id may be left out.
struct Stored {
    id: Option<String>,
    certificate: Option<Certificate>,
    meta: Meta,
}

impl Stored {
    fn of(stored: &StoredCertificate) -> Self {
        Self {
            id: Some(stored.id.clone()),
            certificate: Some(stored.certificate.clone()),
            meta: stored.meta,
        }
    }

    fn plain(self) -> Self {
        Self {
            id: self.certificate.as_ref().map(Self::id_of),
            certificate: None,
            meta: Meta::default(),
        }
    }

    fn id_of(certificate: &Certificate) -> String {
        builder::id_of(&format!("certificate {}", certificate.alias))
    }
}

static STORED: &[Row<Stored>] = &[
    row!(
        Stored,
        "id",
        id,
        "The id of its record; follows from the alias unless said."
    ),
    row!(Stored, "certificate", certificate, "The certificate."),
    row!(Stored, "meta", meta, "When the record was made."),
];
