//! A session token of the cloud, bound to a key that its holder signs requests with (IDCS-OAUTH-034).
//!
//! Nothing is published of what stands in one. What the vendor's own SDK reads of it is here (`exp` and `iat`, IDCS-ADMIN-731); the rest is
//! assumed. It is no access token: it names another issuer and another key, and opens nothing as a bearer token.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, CustomClaims, SignatureForm, Slot, UnsignedToken};
use crate::env::Env;
use crate::idcs::facts::TokenRequest;
use crate::idcs::tokens::STAND_IN;
use crate::jose::key::PublicKey;
use crate::landscape::builder::id_of;
use crate::landscape::{Domain, User};

/// Who issues session tokens. Assumed.
pub const ISSUER: &str = "authService.oracle.com";
/// What the name of a user begins with in the cloud.
const USER: &str = "ocid1.user.oc1..";
/// How long a session token lives, in seconds. Assumed.
const LIFE: u64 = 3600;

/// The answer to an exchange for one: not as RFC 8693 section 2.2.1 has it, but a single member (IDCS-OAUTH-034).
pub fn answer(facts: &TokenRequest) -> Answer {
    let key = facts.exchange.as_ref().and_then(|exchange| exchange.key.as_ref());
    let token = session_token(facts.context.domain, facts.context.env, facts.user(), key);
    Answer::object(200, vec![("token", Slot::Token(Box::new(token)))])
}

/// The user whom the subject of a session token names.
pub fn user_of<'a>(domain: &'a Domain, subject: &str) -> Option<&'a User> {
    domain.user_by_guid(subject.strip_prefix(USER)?)
}

/// A session token, unsigned; one for nobody, or bound to no key, is what only a defect gives.
fn session_token(domain: &Domain, env: &Env, user: Option<&User>, key: Option<&PublicKey>) -> UnsignedToken {
    let signing = domain.signing_at(env.now);
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| drop(claims.insert(name.to_owned(), value));
    put(
        "sub",
        json!(format!("{USER}{}", user.map_or(STAND_IN, |user| user.guid.as_str()))),
    );
    put("iss", json!(ISSUER));
    put("aud", json!("oci"));
    put("ptype", json!("user"));
    put("tenant", json!(format!("ocid1.tenancy.oc1..{}", id_of("mock-tenancy"))));
    put("iat", json!(env.now));
    put("exp", json!(env.now + LIFE));
    put("jti", json!(env.draw_id("session token jti")));
    if let Some(key) = key {
        put("jwk", json!(key.to_jwk()));
    }
    let header = json!({ "kid": "asw_mock", "alg": "RS256" });
    UnsignedToken {
        header: header.as_object().cloned().unwrap_or_default(),
        claims,
        key: signing.key.clone(),
        escape_slashes: false,
        signature: SignatureForm::Sound,
        hashes_access_token: None,
        custom: CustomClaims::default(),
    }
}
