//! The keys that verify the domain's tokens (IDCS-ADMIN-001 to IDCS-ADMIN-052).

use serde_json::{Value, json};

use crate::answer::{Answer, Slot};
use crate::idcs::protected::facts::{ProtectedEndpoint, ProtectedRequest, Route};
use crate::idcs::protected::token_rules::is_open;
use crate::jose::base64;
use crate::landscape::profile::switch;
use crate::landscape::{SIGNING_KEY_ID, Signing};
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

/// Its path (IDCS-ADMIN-001).
pub const PATH: &str = "/admin/v1/SigningCert/jwk";

/// The roles that open it under `signing-keys = admin-role` (IDCS-ADMIN-014, IDCS-ADMIN-017).
const ADMINISTRATORS: [&str; 3] = [
    "Identity Domain Administrator",
    "Application Administrator",
    "Security Administrator",
];

/// The methods that it takes (IDCS-ADMIN-001, IDCS-ADMIN-002).
const METHODS: &str = "GET, HEAD, OPTIONS";

/// The table.
pub static KEY_SET_RULES: &[Rule<ProtectedEndpoint>] = &[
    guard::<ProtectedEndpoint>(
        "keys.method",
        "The keys are read by GET.",
        grounds(
            Confidence::Documented,
            &["IDCS-ADMIN-001", "IDCS-ADMIN-002", "IDCS-ADMIN-241"],
        ),
        &[],
        &[Defect::skip(
            "other-method",
            &["ORA-114"],
            "gives the keys by any method",
        )],
        |facts| match (&facts.route, facts.context.request.method.as_str()) {
            (Route::KeySet, "GET" | "HEAD" | "OPTIONS") => Verdict::Held,
            (Route::KeySet, _) => Verdict::violated("other-method", "the keys are read by GET"),
            _ => Verdict::NotApplicable,
        },
        Denials::same(405, "invalid_request", "The method is not supported."),
    ),
    guard::<ProtectedEndpoint>(
        "keys.role",
        "Who may read the keys is a switch (`signing-keys`): any client of the domain, only those with an administrator's role, or anybody.",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-ADMIN-014",
                "IDCS-ADMIN-015",
                "IDCS-ADMIN-017",
                "IDCS-ADMIN-051",
                "IDCS-ADMIN-C-1",
            ],
        ),
        &[
            "domain-token.present",
            "domain-token.signature",
            "domain-token.audience",
        ],
        &[
            Defect::skip("no-role", &["ORA-115"], "gives the keys to clients without the role"),
            other_status(&["ORA-115"]),
        ],
        |facts| {
            if facts.route != Route::KeySet || is_open(facts) || facts.token.is_none() {
                return Verdict::NotApplicable;
            }
            let roles = facts.roles();
            let is_opened = match facts.context.landscape.profile.value(switch::SIGNING_KEYS) {
                "admin-role" => ADMINISTRATORS.iter().any(|role| roles.contains(role)),
                _ => !roles.is_empty(),
            };
            if is_opened {
                Verdict::Held
            } else {
                Verdict::violated("no-role", "the client has no role that opens the signing keys")
            }
        },
        Denials::same(
            401,
            "access_denied",
            "You are not authorized to perform this operation.",
        ),
    ),
];

/// The set of keys: one, as far as anybody has seen (IDCS-ADMIN-032); the one before too, for as long as its tokens live.
pub fn answer(facts: &ProtectedRequest) -> Answer {
    if facts.context.request.method == "OPTIONS" {
        return Answer::empty(200)
            .header("Allow", METHODS)
            .header("Access-Control-Allow-Methods", METHODS);
    }
    let operations: &[&str] = match facts.context.landscape.profile.value(switch::KEY_OPERATIONS) {
        "verify" => &["verify"],
        _ => &["sig", "encrypt"],
    };
    let signing = facts.context.domain.signing_keys_at(facts.context.env.now);
    let keys: Vec<Value> = signing.map(|signing| key(signing, operations)).collect();
    Answer::object(200, vec![("keys", Slot::Value(Value::from(keys)))])
}

/// A key, its members in the order in which they were seen (IDCS-ADMIN-031).
fn key(signing: &Signing, operations: &[&str]) -> Value {
    let jwk: Value = serde_json::from_str(&signing.key.public().to_jwk()).expect("our own JWK is JSON");
    let chain = [&signing.certificate, &signing.authority].map(|certificate| base64(&certificate.der));
    json!({
        "kty": "RSA",
        "x5t#S256": signing.certificate.x5t_s256,
        "e": jwk["e"],
        "x5t": signing.certificate.x5t,
        "kid": SIGNING_KEY_ID,
        "x5c": chain,
        "key_ops": operations,
        "alg": "RS256",
        "n": jwk["n"],
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landscape::profile::{Profile, ProfileName};
    use crate::landscape::reference::{ReferenceKeys, published_secret, reference};
    use crate::mock::Mock;
    use crate::wire::{Channel, Request};

    fn operations_under(name: ProfileName) -> Value {
        let mut landscape = reference(Profile::whole(name), &ReferenceKeys::published(), &published_secret);
        let is_set = landscape.profile.set(switch::SIGNING_KEYS, "public");
        is_set.expect("anybody may be let in");
        let site = landscape.hosts().next().expect("the reference has hosts").to_owned();
        let answer = Mock::fixed(landscape, 1_795_176_000, [7; 32]).answer(&Request {
            method: "GET".to_owned(),
            site,
            path: PATH.to_owned(),
            query: None,
            headers: Vec::new(),
            body: Vec::new(),
            channel: Channel::Protected,
            client_certificate: None,
        });
        let mut set: Value = serde_json::from_slice(&answer.body).expect("the answer is JSON");
        set["keys"][0]["key_ops"].take()
    }

    #[test]
    fn keys_say_that_they_check_signatures_only_where_the_standard_speaks() {
        assert_eq!(operations_under(ProfileName::Rfc), json!(["verify"]));
        assert_eq!(operations_under(ProfileName::Oracle), json!(["sig", "encrypt"]));
    }
}
