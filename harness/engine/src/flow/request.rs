//! Writes a finished draft as an HTTP request: authentication, encoding and the disguises of a body.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use secrecy::{ExposeSecret, SecretString};
use serde_json::{Map, Value};

use super::draft::{Body, Disguise, JSON, RequestDraft, Way};
use super::pairs::Pairs;
use crate::scenario::model::AuthenticationMethod;
use crate::system::Request;

/// The type of a client assertion that is a JWT.
const JWT_ASSERTION: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

impl RequestDraft {
    /// Writes who the client is, its access token and its cookies into header fields and parameters, where single changes can find them.
    pub fn settle(&mut self) {
        if let Some(bearer) = self.bearer.take() {
            self.headers.push("Authorization", format!("Bearer {bearer}"));
        }
        let cookies = std::mem::take(&mut self.cookies);
        if !cookies.is_empty() {
            let cookies = cookies.iter().map(|(name, value)| format!("{name}={value}"));
            self.headers.push("Cookie", cookies.collect::<Vec<_>>().join("; "));
        }
        for mut way in std::mem::take(&mut self.ways) {
            self.identity = way.identity.take().or(self.identity.take());
            let (header, parameters) = way.written();
            if let Some(header) = header {
                self.headers.push("Authorization", header);
            }
            if let Body::Form(form) = &mut self.body {
                for (name, value) in parameters {
                    form.push(name, value);
                }
            }
        }
    }

    /// Where the request goes, as far as its path.
    pub fn address(&self) -> String {
        format!("{}{}", self.base.trim_end_matches('/'), self.path)
    }

    /// Writes the request.
    pub fn into_request(mut self) -> Request {
        self.settle();
        let body = disguised(&self.body, self.disguise.as_ref(), &mut self.headers);
        let mut url = self.address();
        if !self.query.is_empty() {
            url.push(if self.path.contains('?') { '&' } else { '?' });
            url.push_str(&form_text(&self.query));
        }
        let headers = self
            .headers
            .iter()
            .map(|(name, value)| (name.to_owned(), value.to_owned()));
        let mut request = Request {
            headers: headers.collect(),
            method: self.method,
            url,
            body,
            identity: self.identity,
        };
        if let Some(signature) = &self.signature {
            signature.sign(&mut request);
        }
        request
    }
}

impl Way {
    /// What stands in `Authorization`, and which parameters join the form.
    fn written(&self) -> (Option<String>, Vec<(&'static str, String)>) {
        let secret = self.secret.as_ref().map(|secret| secret.expose_secret().to_owned());
        let id = self.id.clone().map(|id| ("client_id", id));
        match self.by {
            AuthenticationMethod::Basic => {
                let secret = SecretString::from(secret.unwrap_or_default());
                (Some(basic(self.id.as_deref().unwrap_or_default(), &secret)), Vec::new())
            }
            AuthenticationMethod::Body => {
                let secret = secret.map(|secret| ("client_secret", secret));
                (None, id.into_iter().chain(secret).collect())
            }
            AuthenticationMethod::Assertion => {
                let assertion = self.assertion.clone().map(|assertion| ("client_assertion", assertion));
                let kind = ("client_assertion_type", JWT_ASSERTION.to_owned());
                (None, [kind].into_iter().chain(assertion).collect())
            }
            // A certificate is shown on the channel, which only the id joins.
            AuthenticationMethod::Certificate | AuthenticationMethod::None => (None, id.into_iter().collect()),
        }
    }
}

/// The value of `Authorization` by which a client shows who it is.
///
/// RFC 6749 section 2.3.1 wants both halves encoded as in a form before they are joined.
pub fn basic(id: &str, secret: &SecretString) -> String {
    let joined = format!("{}:{}", encode(id), encode(secret.expose_secret()));
    format!("Basic {}", STANDARD.encode(joined))
}

/// The bytes of a body, disguised if that is asked for.
fn disguised(body: &Body, disguise: Option<&Disguise>, headers: &mut Pairs) -> Vec<u8> {
    let plain = match body {
        Body::Nothing => String::new(),
        Body::Form(form) => form_text(form),
        Body::Object(members) => members.to_json(),
        Body::Json(json) => json.0.clone(),
    };
    let text = match (disguise, body) {
        (Some(Disguise::Json), Body::Form(form)) => {
            headers.set("Content-Type", JSON.to_owned());
            let members: Map<String, Value> = form
                .iter()
                .map(|(name, value)| (name.to_owned(), Value::from(value)))
                .collect();
            Value::Object(members).to_string()
        }
        (None | Some(Disguise::Json), _) => plain,
        (Some(Disguise::Other { raw, content_type }), _) => {
            if let Some(content_type) = content_type {
                headers.set("Content-Type", content_type.clone());
            }
            raw.clone().unwrap_or(plain)
        }
        (Some(Disguise::Parameters(count)), _) => {
            let more = (0..*count).map(|number| format!("&unknown-{number}=1"));
            more.fold(plain, |text, parameter| text + &parameter)
        }
        (Some(Disguise::Size(size)), body) => {
            let size = usize::try_from(*size).unwrap_or(usize::MAX);
            // A form grows by a parameter that nobody knows, JSON by blanks: both still say the same.
            let (lead, filler) = match body {
                Body::Form(form) if form.is_empty() => ("padding=", "x"),
                Body::Form(_) => ("&padding=", "x"),
                _ => ("", " "),
            };
            let missing = size.saturating_sub(plain.len() + lead.len());
            format!("{plain}{lead}{}", filler.repeat(missing))
        }
    };
    text.into_bytes()
}

/// Parameters as in a form or query.
fn form_text(pairs: &Pairs) -> String {
    let pairs = pairs
        .iter()
        .map(|(name, value)| format!("{}={}", encode(name), encode(value)));
    pairs.collect::<Vec<_>>().join("&")
}

/// `application/x-www-form-urlencoded`, byte by byte.
fn encode(text: &str) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'*' | b'-' | b'.' | b'_' => encoded.push(char::from(byte)),
            b' ' => encoded.push('+'),
            _ => {
                encoded.push('%');
                encoded.extend([byte >> 4, byte & 15].map(|digit| char::from(DIGITS[usize::from(digit)])));
            }
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_encoded_byte_by_byte() {
        assert_eq!(encode("a b+c/d=e&é:~*"), "a+b%2Bc%2Fd%3De%26%C3%A9%3A%7E*");
    }
}
