//! The OpenID discovery document (IDCS-OAUTH-521, IDCS-OAUTH-522).

use serde_json::{Value, json};

use crate::answer::{Answer, Slot};
use crate::decide::Decision;
use crate::idcs::Context;
use crate::landscape::{CLIENT_CREDENTIALS, Domain, JWT_BEARER};

/// Its path.
pub const PATH: &str = "/.well-known/openid-configuration";

/// Decides a request for the document.
pub fn decide(context: &Context) -> Decision {
    let answer = match context.request.method.as_str() {
        "GET" | "HEAD" => Answer::object(200, document(context.domain)),
        _ => Answer::empty(405).header("Allow", "GET"),
    };
    Decision::plain("discovery", answer)
}

/// The members, limited to the endpoints and grants that this server has.
fn document(domain: &Domain) -> Vec<(&'static str, Slot)> {
    let at = |path: &str| json!(format!("{}{path}", domain.published_url()));
    let members: [(&'static str, Value); 9] = [
        ("issuer", json!(domain.issuer)),
        ("token_endpoint", at(crate::idcs::token_endpoint::PATH)),
        ("response_types_supported", json!(["code"])),
        ("subject_types_supported", json!(["public"])),
        ("id_token_signing_alg_values_supported", json!(["RS256"])),
        ("claims_supported", json!(["aud", "exp", "iat", "iss", "jti", "sub"])),
        ("grant_types_supported", json!([CLIENT_CREDENTIALS, JWT_BEARER])),
        (
            "token_endpoint_auth_methods_supported",
            json!(["client_secret_basic", "private_key_jwt", "client_secret_post"]),
        ),
        ("token_endpoint_auth_signing_alg_values_supported", json!(["RS256"])),
    ];
    members
        .into_iter()
        .map(|(name, value)| (name, Slot::Value(value)))
        .collect()
}
