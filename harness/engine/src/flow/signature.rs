//! Signs a request, as principals of the cloud do (IDCS-OAUTH-002): version 1 of its request signatures, over header fields and the digest of
//! the body.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::draft::signing_key;
use super::error::FlowError;
use super::pairs::{Casing, Pairs};
use super::value::{Scope, Secrets};
use crate::scenario::model::RequestSignature;
use crate::system::Request;
use crate::token::{Algorithm, SigningKey};

/// What a signature over a request with a body covers.
const COVERED: &str = "date (request-target) host content-length content-type x-content-sha256";

/// A signature before it is made: the key, and the parameters as a change of a case may leave them.
pub struct SignatureDraft {
    key: SigningKey,
    /// `version`, `keyId`, `algorithm` and `headers`, by the names of the header field.
    pub parameters: Pairs,
}

impl SignatureDraft {
    /// Evaluates what a step says of its signature.
    pub fn of(signature: &RequestSignature, scope: &Scope<'_>) -> Result<Self, FlowError> {
        let (key, _) = signing_key(&signature.key, scope)?;
        let mut parameters = Pairs::new(Casing::Exact);
        parameters.push("version", "1");
        parameters.push("keyId", scope.text(&signature.key_id, Secrets::Allowed)?);
        parameters.push("algorithm", "rsa-sha256");
        parameters.push("headers", COVERED);
        Ok(Self { key, parameters })
    }

    /// Signs a finished request. What a signature covers and the request lacks is added; what a change has put there stays, and so does an
    /// `Authorization` that somebody else wrote.
    pub fn sign(&self, request: &mut Request) {
        let added = [
            ("Host", authority(&request.url).to_owned()),
            ("Content-Length", request.body.len().to_string()),
            ("X-Content-SHA256", STANDARD.encode(digest(&SHA256, &request.body))),
        ];
        for (name, value) in added {
            if field(request, name).is_none() {
                request.headers.push((name.to_owned(), value));
            }
        }
        if field(request, "Authorization").is_some() {
            return;
        }
        let covered = self.parameters.get("headers").unwrap_or_default().split(' ');
        let lines = covered.map(|name| match name {
            "(request-target)" => format!("{name}: {} {}", request.method.to_lowercase(), target(&request.url)),
            _ => format!("{name}: {}", field(request, name).unwrap_or_default()),
        });
        let text = lines.collect::<Vec<_>>().join("\n");
        let signature = STANDARD.encode(self.key.sign(Algorithm::Rs256, text.as_bytes()));
        let parameters = self.parameters.iter().chain([("signature", signature.as_str())]);
        let parameters = parameters.map(|(name, value)| format!("{name}=\"{value}\""));
        let value = format!("Signature {}", parameters.collect::<Vec<_>>().join(","));
        request.headers.push(("Authorization".to_owned(), value));
    }
}

/// A second as the date of a message (RFC 9110 section 5.6.7).
pub fn date_of_message(second: u64) -> Option<String> {
    let instant = jiff::Timestamp::from_second(i64::try_from(second).ok()?).ok()?;
    Some(instant.strftime("%a, %d %b %Y %H:%M:%S GMT").to_string())
}

fn field<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut fields = request.headers.iter().filter(|(key, _)| key.eq_ignore_ascii_case(name));
    fields.next().map(|(_, value)| value.as_str())
}

/// Host and port of an address.
fn authority(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?']).map_or(rest, |end| &rest[..end])
}

/// Path and query of an address.
fn target(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    rest.find(['/', '?']).map_or("/", |start| &rest[start..])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_falls_into_authority_and_target() {
        let url = "https://idcs.example:8443/oauth2/v1/token?a=b";
        assert_eq!(
            (authority(url), target(url)),
            ("idcs.example:8443", "/oauth2/v1/token?a=b")
        );
        assert_eq!((authority("http://a"), target("http://a")), ("a", "/"));
    }

    #[test]
    fn a_date_is_the_one_of_messages() {
        assert_eq!(
            date_of_message(1_795_827_126).as_deref(),
            Some("Sat, 28 Nov 2026 00:52:06 GMT")
        );
    }
}
