//! An answer before it is signed, and how it becomes a response.
//!
//! A decision holds an [`Answer`]; [`render`] signs the tokens in it. Between the two, state is committed: a token never leaves before its
//! effects hold, and who loses a race costs no signature.

use serde_json::{Map, Value};

use crate::jose::base64url;
use crate::jose::key::SigningKey;
use crate::wire::Response;

/// What is to be answered, unsigned.
#[derive(Clone, Debug)]
pub struct Answer {
    /// The status code.
    pub status: u16,
    /// Header fields, in their order.
    pub headers: Vec<(&'static str, String)>,
    /// The body.
    pub body: Body,
    /// What the caller claimed without proof. Never rendered: only a defect copies from here.
    pub hearsay: Map<String, Value>,
}

/// The body of an answer.
#[derive(Clone, Debug)]
pub enum Body {
    /// Nothing.
    Empty,
    /// A JSON object, in the order of its members.
    Object(Vec<(&'static str, Slot)>),
}

/// A member of a body.
#[derive(Clone, Debug)]
pub enum Slot {
    /// A value as it stands.
    Value(Value),
    /// A token that is still to be signed.
    Token(Box<UnsignedToken>),
}

/// A token before its signature.
#[derive(Clone, Debug)]
pub struct UnsignedToken {
    /// The header's members, in their order.
    pub header: Map<String, Value>,
    /// The claims, in their order.
    pub claims: Map<String, Value>,
    /// The key that signs.
    pub key: SigningKey,
    /// Whether slashes are written as `\/`, as identity domains do (IDCS-OAUTH-304).
    pub escape_slashes: bool,
    /// What stands in place of a sound signature, in a defect.
    pub signature: SignatureForm,
}

/// How the signature part of an issued token comes about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SignatureForm {
    /// An RS256 signature.
    Sound,
    /// An RS256 signature with its first bit flipped.
    Damaged,
    /// None.
    Missing,
}

impl Answer {
    /// An answer whose body is a JSON object.
    pub fn object(status: u16, members: Vec<(&'static str, Slot)>) -> Self {
        Self {
            status,
            headers: vec![("Content-Type", "application/json;charset=utf-8".to_owned())],
            body: Body::Object(members),
            hearsay: Map::new(),
        }
    }

    /// An answer without a body.
    pub fn empty(status: u16) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Empty,
            hearsay: Map::new(),
        }
    }

    /// Adds a header field at the end.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The value of a header field.
    pub fn header_value(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }

    /// Takes out every header field of this name.
    pub fn remove_header(&mut self, name: &str) {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
    }

    /// Sets a header field in place of those of its name.
    pub fn set_header(&mut self, name: &'static str, value: impl Into<String>) {
        self.remove_header(name);
        self.headers.push((name, value.into()));
    }

    /// Sets a member of the body, in its place or at the end.
    pub fn set_member(&mut self, name: &'static str, value: Value) {
        if let Body::Object(members) = &mut self.body {
            match members.iter_mut().find(|(key, _)| *key == name) {
                Some((_, slot)) => *slot = Slot::Value(value),
                None => members.push((name, Slot::Value(value))),
            }
        }
    }

    /// Sets a member of the body only where it stands already.
    pub fn set_member_if_there(&mut self, name: &'static str, value: Value) {
        if self.member(name).is_some() {
            self.set_member(name, value);
        }
    }

    /// The value of a member of the body, tokens apart.
    pub fn member(&self, name: &str) -> Option<&Value> {
        match &self.body {
            Body::Object(members) => members
                .iter()
                .find(|(key, _)| *key == name)
                .and_then(|(_, slot)| match slot {
                    Slot::Value(value) => Some(value),
                    Slot::Token(_) => None,
                }),
            Body::Empty => None,
        }
    }

    /// Takes a member out of the body.
    pub fn remove_member(&mut self, name: &str) {
        if let Body::Object(members) = &mut self.body {
            members.retain(|(key, _)| *key != name);
        }
    }

    /// The tokens that are still to be signed.
    pub fn tokens_mut(&mut self) -> impl Iterator<Item = &mut UnsignedToken> {
        let members = match &mut self.body {
            Body::Object(members) => members.as_mut_slice(),
            Body::Empty => &mut [],
        };
        members.iter_mut().filter_map(|(_, slot)| match slot {
            Slot::Token(token) => Some(token.as_mut()),
            Slot::Value(_) => None,
        })
    }
}

impl UnsignedToken {
    /// Signs the token and gives its compact form.
    pub fn sign(&self) -> String {
        let claims = Value::Object(self.claims.clone()).to_string();
        // A slash never stands outside a string in JSON, so this touches no grammar.
        let claims = if self.escape_slashes {
            claims.replace('/', "\\/")
        } else {
            claims
        };
        let header = Value::Object(self.header.clone()).to_string();
        let input = crate::jose::compact::signing_input(&header, &claims);
        let signature = match self.signature {
            SignatureForm::Sound => self.key.sign(input.as_bytes()),
            SignatureForm::Damaged => {
                let mut signature = self.key.sign(input.as_bytes());
                signature[0] ^= 0x80;
                signature
            }
            SignatureForm::Missing => Vec::new(),
        };
        format!("{input}.{}", base64url(&signature))
    }
}

/// Makes a response of an answer: signs its tokens, writes its body. Pure, and the only place where the mocks sign.
pub fn render(answer: &Answer) -> Response {
    let body = match &answer.body {
        Body::Empty => Vec::new(),
        Body::Object(members) => {
            let object: Map<String, Value> = members
                .iter()
                .map(|(name, slot)| {
                    let value = match slot {
                        Slot::Value(value) => value.clone(),
                        Slot::Token(token) => Value::String(token.sign()),
                    };
                    ((*name).to_owned(), value)
                })
                .collect();
            Value::Object(object).to_string().into_bytes()
        }
    };
    let headers = answer
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    Response {
        status: answer.status,
        headers,
        body,
    }
}
