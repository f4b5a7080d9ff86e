//! An answer before it is signed, and how it becomes a response.
//!
//! A decision holds an [`Answer`]; [`render`] signs the tokens in it. Between the two, state is committed: a token never leaves before its
//! effects hold, and who loses a race costs no signature.

use aws_lc_rs::digest;
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
    /// Another JSON text.
    Json(Value),
    /// A page for a person.
    Page(String),
    /// None, but parameters that are carried on in `Location`.
    Redirect {
        /// The address without them.
        to: String,
        /// Where they stand.
        place: Place,
        /// The parameters, in their order.
        parameters: Vec<(&'static str, Slot)>,
    },
}

/// Where a redirect carries its parameters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// In the query.
    Query,
    /// In the fragment, which no server sees.
    Fragment,
}

/// A member of a body, or a parameter of a redirect.
#[derive(Clone, Debug)]
pub enum Slot {
    /// A value as it stands.
    Value(Value),
    /// A token that is still to be signed.
    Token(Box<UnsignedToken>),
    /// Several objects, each with tokens of its own (IDCS-OAUTH-045).
    Objects(Vec<Vec<(&'static str, Slot)>>),
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
    /// The claim that holds the half hash of the access token beside it (OpenID Connect Core section 3.1.3.6); not for access tokens.
    pub hashes_access_token: Option<&'static str>,
    /// What administrators want in it beside.
    pub custom: CustomClaims,
}

/// The claims of the administrators' own that concern a token, for defects that get them wrong (IDCS-OAUTH-356).
#[derive(Clone, Debug, Default)]
pub struct CustomClaims {
    /// The names of those that stand in it.
    pub shown: Vec<String>,
    /// Those that do not, being for other tokens, other scopes or no token at all.
    pub withheld: Map<String, Value>,
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

    /// A page for a person.
    pub fn page(status: u16, html: String) -> Self {
        Self {
            status,
            headers: Vec::new(),
            body: Body::Page(html),
            hearsay: Map::new(),
        }
    }

    /// A redirect that carries parameters on.
    pub fn redirect(to: &str, place: Place, parameters: Vec<(&'static str, Slot)>) -> Self {
        Self {
            status: 302,
            headers: Vec::new(),
            body: Body::Redirect {
                to: to.to_owned(),
                place,
                parameters,
            },
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

    /// The members of the body, or the parameters of a redirect.
    pub fn members(&self) -> &[(&'static str, Slot)] {
        match &self.body {
            Body::Object(members)
            | Body::Redirect {
                parameters: members, ..
            } => members,
            Body::Empty | Body::Json(_) | Body::Page(_) => &[],
        }
    }

    /// The same, for changing them; `None` where the body has none.
    pub fn members_mut(&mut self) -> Option<&mut Vec<(&'static str, Slot)>> {
        match &mut self.body {
            Body::Object(members)
            | Body::Redirect {
                parameters: members, ..
            } => Some(members),
            Body::Empty | Body::Json(_) | Body::Page(_) => None,
        }
    }

    /// Sets a member of the body, in its place or at the end.
    pub fn set_member(&mut self, name: &'static str, value: Value) {
        if let Some(members) = self.members_mut() {
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
        self.members()
            .iter()
            .find(|(key, _)| *key == name)
            .and_then(|(_, slot)| match slot {
                Slot::Value(value) => Some(value),
                Slot::Token(_) | Slot::Objects(_) => None,
            })
    }

    /// Whether there is a member of this name, token or not.
    pub fn has_member(&self, name: &str) -> bool {
        self.members().iter().any(|(key, _)| *key == name)
    }

    /// Takes a member out of the body.
    pub fn remove_member(&mut self, name: &str) {
        if let Some(members) = self.members_mut() {
            members.retain(|(key, _)| *key != name);
        }
    }

    /// The tokens that are still to be signed, with the names of their members.
    pub fn tokens_mut(&mut self) -> impl Iterator<Item = (&'static str, &mut UnsignedToken)> {
        let members = self.members_mut().map(Vec::as_mut_slice).unwrap_or_default();
        tokens_of(members).into_iter()
    }
}

fn tokens_of<'a>(members: &'a mut [(&'static str, Slot)]) -> Vec<(&'static str, &'a mut UnsignedToken)> {
    let mut tokens = Vec::new();
    for (name, slot) in members {
        match slot {
            Slot::Token(token) => tokens.push((*name, token.as_mut())),
            Slot::Objects(objects) => tokens.extend(objects.iter_mut().flat_map(|members| tokens_of(members))),
            Slot::Value(_) => {}
        }
    }
    tokens
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

/// Makes a response of an answer: signs its tokens, writes its body. Pure; apart from calls (`crate::outbound`) the only place where the mocks sign.
pub fn render(answer: &Answer) -> Response {
    let mut headers: Vec<(String, String)> = answer
        .headers
        .iter()
        .map(|(name, value)| ((*name).to_owned(), value.clone()))
        .collect();
    let body = match &answer.body {
        Body::Empty => Vec::new(),
        Body::Object(members) => Value::Object(signed(members)).to_string().into_bytes(),
        Body::Json(value) => value.to_string().into_bytes(),
        Body::Page(html) => html.clone().into_bytes(),
        Body::Redirect { to, place, parameters } => {
            headers.insert(0, ("Location".to_owned(), location(to, *place, &signed(parameters))));
            Vec::new()
        }
    };
    Response {
        status: answer.status,
        headers,
        body,
    }
}

/// Parameters as the text of a form, their tokens signed.
pub(crate) fn form_text(parameters: &[(&'static str, Slot)]) -> String {
    pairs_of(&signed(parameters)).join("&")
}

fn pairs_of(parameters: &Map<String, Value>) -> Vec<String> {
    let pairs = parameters.iter().map(|(name, value)| {
        let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
        format!("{}={}", encode(name), encode(&text))
    });
    pairs.collect()
}

/// The members with their tokens signed. Whatever hashes the access token is signed after it.
fn signed(members: &[(&'static str, Slot)]) -> Map<String, Value> {
    let mut access_token: Option<String> = None;
    let mut sign = |name: &str, token: &UnsignedToken| {
        let text = match (token.hashes_access_token, &access_token) {
            (Some(claim), Some(access_token)) => {
                let mut token = token.clone();
                token
                    .claims
                    .insert(claim.to_owned(), Value::from(half_hash(access_token)));
                token.sign()
            }
            _ => token.sign(),
        };
        if name == "access_token" {
            access_token = Some(text.clone());
        }
        Value::String(text)
    };
    let values = members.iter().map(|(name, slot)| {
        let value = match slot {
            Slot::Value(value) => value.clone(),
            Slot::Token(token) => sign(name, token),
            Slot::Objects(objects) => objects.iter().map(|members| Value::Object(signed(members))).collect(),
        };
        ((*name).to_owned(), value)
    });
    values.collect()
}

/// The left half of the SHA-256 of a token or a code (OpenID Connect Core sections 3.1.3.6, 3.3.2.11).
pub(crate) fn half_hash(token: &str) -> String {
    base64url(&digest::digest(&digest::SHA256, token.as_bytes()).as_ref()[..16])
}

fn location(to: &str, place: Place, parameters: &Map<String, Value>) -> String {
    let pairs = pairs_of(parameters);
    if pairs.is_empty() {
        return to.to_owned();
    }
    let joint = match place {
        Place::Fragment => '#',
        Place::Query if to.contains('?') => '&',
        Place::Query => '?',
    };
    format!("{to}{joint}{}", pairs.join("&"))
}

/// A parameter's name or value, form-encoded (RFC 6749 appendix B), so that nothing in it can end a header field or start another one.
pub fn encode(text: &str) -> String {
    use std::fmt::Write as _;
    text.bytes()
        .fold(String::with_capacity(text.len()), |mut encoded, byte| {
            match byte {
                b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => encoded.push(char::from(byte)),
                _ => {
                    let _ = write!(encoded, "%{byte:02X}");
                }
            }
            encoded
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_cannot_be_made_to_say_more_than_one_line() {
        let answer = Answer::redirect(
            "https://app.example/back?page=1",
            Place::Query,
            vec![("state", Slot::Value("a b&c=d\r\nSet-Cookie: e".into()))],
        );
        let response = render(&answer);
        assert_eq!(
            response.header("Location"),
            Some("https://app.example/back?page=1&state=a%20b%26c%3Dd%0D%0ASet-Cookie%3A%20e")
        );
    }
}
