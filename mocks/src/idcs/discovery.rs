//! The documents in which a domain tells about itself (IDCS-OAUTH-521 to IDCS-OAUTH-526, IDCS-ADMIN-101 to IDCS-ADMIN-134).
//!
//! One table of members for all of them. Under `oracle` they are those of the live documents, whether or not these servers do all that the
//! platform does; under `rfc` they are what these servers really have.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Slot};
use crate::decide::Decision;
use crate::idcs::{Context, about_token, error, person, protected, token_endpoint};
use crate::landscape::profile::{ProfileName, switch};
use crate::landscape::{
    AUTHORIZATION_CODE, CLIENT_CREDENTIALS, DEVICE_CODE, Domain, JWT_BEARER, PASSWORD, REFRESH_TOKEN,
};
use crate::rule::defect::{Active, Defect};
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Confidence, Denials, Kind, Rule, RuleInfo, Tables, Verdict, grounds, guard, promise};
use crate::state::Effect;
use crate::wire::Request;

/// The path of the `OpenID` document (IDCS-OAUTH-521).
pub const PATH: &str = "/.well-known/openid-configuration";
/// The path of the document of RFC 8414 (IDCS-OAUTH-525).
pub const OAUTH_PATH: &str = "/.well-known/oauth-authorization-server";
/// The path of the platform's own document (IDCS-OAUTH-526).
pub const PLATFORM_PATH: &str = "/.well-known/idcs-configuration";

/// Which of the two documents a member stands in.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Document {
    OpenId,
    OAuth,
}

/// Where a member stands.
#[derive(Clone, Copy)]
enum Stands {
    Everywhere,
    In(Document),
    Under(ProfileName),
    InUnder(Document, ProfileName),
}

impl Stands {
    fn covers(self, document: Document, profile: ProfileName) -> bool {
        match self {
            Self::Everywhere => true,
            Self::In(own) => own == document,
            Self::Under(own) => own == profile,
            Self::InUnder(own, under) => own == document && under == profile,
        }
    }
}

/// What a member holds.
#[derive(Clone, Copy)]
enum Holds {
    Issuer,
    /// The address of this path.
    At(&'static str),
    /// The same at the twin for mutual TLS (IDCS-ADMIN-103).
    SecurelyAt(&'static str),
    List(&'static [&'static str]),
    Flag(bool),
    Text(&'static str),
}

use Document::{OAuth, OpenId};
use Holds::{At, Flag, Issuer, List, SecurelyAt, Text};
use ProfileName::{Oracle, Rfc};
use Stands::{Everywhere, In, InUnder, Under};

/// The members, in their order (IDCS-ADMIN-102 to IDCS-ADMIN-105, IDCS-ADMIN-121).
static MEMBERS: &[(&str, Stands, Holds)] = &[
    ("issuer", Everywhere, Issuer),
    ("authorization_endpoint", Everywhere, At(person::authorize::PATH)),
    ("token_endpoint", Everywhere, At(token_endpoint::PATH)),
    ("userinfo_endpoint", Everywhere, At(protected::user_info::PATH)),
    ("revocation_endpoint", Everywhere, At(about_token::revocation::PATH)),
    (
        "introspection_endpoint",
        Everywhere,
        At(about_token::introspection::PATH),
    ),
    ("end_session_endpoint", In(OpenId), At(person::sign_out::PATH)),
    ("device_authorization_endpoint", Under(Rfc), At(person::device::PATH)),
    ("jwks_uri", Everywhere, At(protected::key_set::PATH)),
    (
        "secure_authorization_endpoint",
        Under(Oracle),
        SecurelyAt(person::authorize::PATH),
    ),
    ("secure_token_endpoint", Under(Oracle), SecurelyAt(token_endpoint::PATH)),
    (
        "secure_userinfo_endpoint",
        Under(Oracle),
        SecurelyAt(protected::user_info::PATH),
    ),
    (
        "secure_revocation_endpoint",
        Under(Oracle),
        SecurelyAt(about_token::revocation::PATH),
    ),
    (
        "secure_introspection_endpoint",
        Under(Oracle),
        SecurelyAt(about_token::introspection::PATH),
    ),
    (
        "secure_end_session_endpoint",
        InUnder(OpenId, Oracle),
        SecurelyAt(person::sign_out::PATH),
    ),
    ("secure_jwks_uri", Under(Oracle), SecurelyAt(protected::key_set::PATH)),
    (
        "scopes_supported",
        Everywhere,
        List(&[
            "openid",
            "profile",
            "offline_access",
            "email",
            "address",
            "phone",
            "groups",
            "get_groups",
            "approles",
            "get_approles",
        ]),
    ),
    (
        "response_types_supported",
        Under(Oracle),
        List(&[
            "code",
            "token",
            "id_token",
            "code token",
            "code id_token",
            "token id_token",
            "code token id_token",
        ]),
    ),
    ("response_types_supported", Under(Rfc), List(&["code"])),
    ("subject_types_supported", In(OpenId), List(&["public"])),
    ("id_token_signing_alg_values_supported", Everywhere, List(&["RS256"])),
    (
        "claims_supported",
        In(OpenId),
        List(&["aud", "exp", "iat", "iss", "jti", "sub"]),
    ),
    (
        "grant_types_supported",
        Under(Oracle),
        List(&[
            CLIENT_CREDENTIALS,
            PASSWORD,
            REFRESH_TOKEN,
            AUTHORIZATION_CODE,
            JWT_BEARER,
            "tls_cert_auth",
        ]),
    ),
    (
        "grant_types_supported",
        Under(Rfc),
        List(&[
            CLIENT_CREDENTIALS,
            REFRESH_TOKEN,
            AUTHORIZATION_CODE,
            JWT_BEARER,
            DEVICE_CODE,
        ]),
    ),
    (
        "token_endpoint_auth_methods_supported",
        InUnder(OpenId, Oracle),
        List(&["client_secret_basic", "private_key_jwt", "client_secret_post"]),
    ),
    (
        "token_endpoint_auth_methods_supported",
        InUnder(OAuth, Oracle),
        List(&["client_secret_basic", "private_key_jwt", "client_secret_post", "none"]),
    ),
    (
        "token_endpoint_auth_methods_supported",
        Under(Rfc),
        List(&["client_secret_basic", "private_key_jwt", "client_secret_post", "none"]),
    ),
    (
        "token_endpoint_auth_signing_alg_values_supported",
        Everywhere,
        List(&["RS256"]),
    ),
    ("code_challenge_methods_supported", Under(Rfc), List(&["S256"])),
    (
        "code_challenge_methods_supported",
        InUnder(OAuth, Oracle),
        List(&["S256"]),
    ),
    ("userinfo_signing_alg_values_supported", Under(Oracle), List(&["none"])),
    ("ui_locales_supported", Everywhere, List(&["en"])),
    ("claims_parameter_supported", Everywhere, Flag(false)),
    ("http_logout_supported", InUnder(OpenId, Oracle), Flag(true)),
    ("logout_session_supported", InUnder(OpenId, Oracle), Flag(false)),
    ("request_parameter_supported", Everywhere, Flag(false)),
    ("request_uri_parameter_supported", Everywhere, Flag(false)),
    ("require_request_uri_registration", Everywhere, Flag(false)),
    ("idcs_id_token", Under(Oracle), Text("supported")),
    ("idcs_logout_v3", InUnder(OpenId, Oracle), Text("supported")),
];

/// The kind of request that asks for a document.
#[derive(Debug)]
pub struct DiscoveryEndpoint;

impl Kind for DiscoveryEndpoint {
    type Facts<'a> = &'a Request;
}

/// The table.
pub static DISCOVERY_TABLES: Tables<DiscoveryEndpoint> = &[&[METHOD]];

const METHOD: Rule<DiscoveryEndpoint> = guard::<DiscoveryEndpoint>(
    "discovery.method",
    "The documents are read by GET, by anybody.",
    grounds(Confidence::Documented, &["IDCS-ADMIN-101", "IDCS-ADMIN-111"]),
    &[],
    &[Defect::skip(
        "other-method",
        &["DSC-002"],
        "gives the documents by any method",
    )],
    |request| match request.method.as_str() {
        "GET" | "HEAD" => Verdict::Held,
        _ => Verdict::violated("other-method", "the documents are read by GET"),
    },
    Denials::same(405, "invalid_request", "The method is not allowed."),
);

/// What is promised of the documents.
pub static DISCOVERY_PROMISES: &[RuleInfo] = &[
    promise(
        "discovery.members",
        "A document is JSON, names the issuer of the domain's tokens and its endpoints, and lists what can be asked for.",
        grounds(
            Confidence::Observed,
            &[
                "IDCS-OAUTH-521",
                "IDCS-OAUTH-522",
                "IDCS-ADMIN-102",
                "IDCS-ADMIN-104",
                "IDCS-ADMIN-131",
            ],
        ),
        &[
            Defect::reshape(
                "as-text",
                &["DSC-002"],
                "labels the documents as plain text",
                |answer| {
                    answer.set_header("Content-Type", "text/plain");
                },
            ),
            Defect::reshape(
                "issuer-with-query",
                &["DSC-003"],
                "puts a query behind the issuer",
                |answer| {
                    answer.set_member_if_there("issuer", json!("https://identity.oraclecloud.com/?domain=home"));
                },
            ),
            Defect::reshape("no-endpoint", &["DSC-005"], "leaves out the token endpoint", |answer| {
                answer.remove_member("token_endpoint");
            }),
            Defect::reshape("empty-list", &["DSC-006"], "writes a list without members", |answer| {
                answer.set_member_if_there("scopes_supported", json!([]));
            }),
            Defect::reshape(
                "unsigned",
                &["DSC-007"],
                "offers to take unsigned assertions",
                |answer| {
                    answer.set_member_if_there(
                        "token_endpoint_auth_signing_alg_values_supported",
                        json!(["RS256", "none"]),
                    );
                },
            ),
            Defect::reshape(
                "every-grant",
                &["ORA-125"],
                "lists every grant that there is",
                |answer| {
                    if answer.has_member("userinfo_signing_alg_values_supported") {
                        answer.set_member_if_there(
                            "grant_types_supported",
                            json!([CLIENT_CREDENTIALS, AUTHORIZATION_CODE, DEVICE_CODE]),
                        );
                    }
                },
            ),
            Defect::reshape(
                "no-algorithms",
                &["DSC-008"],
                "does not say how assertions of clients are signed",
                |answer| answer.remove_member("token_endpoint_auth_signing_alg_values_supported"),
            ),
        ],
    ),
    promise(
        "discovery.agreement",
        "The documents do not contradict each other; the one of RFC 8414 says that proof keys are hashed.",
        grounds(
            Confidence::Observed,
            &["IDCS-OAUTH-525", "IDCS-ADMIN-113", "IDCS-ADMIN-121"],
        ),
        &[
            Defect::reshape(
                "other-issuer",
                &["DSC-011", "ORA-126"],
                "names another issuer in the OAuth document",
                |answer| {
                    if !answer.has_member("subject_types_supported") {
                        answer.set_member_if_there("issuer", json!("https://elsewhere.example/"));
                    }
                },
            ),
            Defect::reshape(
                "other-keys",
                &["DSC-011", "ORA-126"],
                "names other keys in the OAuth document",
                |answer| {
                    if !answer.has_member("subject_types_supported") {
                        answer.set_member_if_there("jwks_uri", json!("https://elsewhere.example/keys"));
                    }
                },
            ),
            Defect::reshape(
                "no-proof-key",
                &["PKC-002", "ORA-126"],
                "does not say which proof keys are taken",
                |answer| answer.remove_member("code_challenge_methods_supported"),
            ),
        ],
    ),
];

/// Decides a request for a document.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let promises = Promises {
        refused: &[],
        granted: &[DISCOVERY_PROMISES],
    };
    let (domain, profile) = (context.domain, &context.landscape.profile);
    let refuse =
        |rule: &Rule<_>, _: &mut Vec<Effect>| error(rule.denial.under(profile), context.env).header("Allow", "GET");
    let is_older = profile.is(switch::DISCOVERY_DOCUMENT, "documented");
    let grant = |_: &mut Vec<Effect>| match context.request.path.as_str() {
        PLATFORM_PATH => Answer::object(200, platform_document(domain, profile.name)),
        OAUTH_PATH => Answer::object(200, slots(document(OAuth, domain, profile.name))),
        _ if is_older => Answer::object(200, slots(older(&document(OpenId, domain, profile.name)))),
        _ => Answer::object(200, slots(document(OpenId, domain, profile.name))),
    };
    let ruling = settle(DISCOVERY_TABLES, &context.request, active, promises, refuse, grant);
    Decision::of("discovery", ruling, None, None)
}

type Members = Vec<(&'static str, Value)>;

/// One of the two documents.
fn document(document: Document, domain: &Domain, profile: ProfileName) -> Members {
    let base = base(domain, profile);
    let secure = domain.published_at.clone().unwrap_or_else(|| domain.secure_url());
    let value = |holds: Holds| match holds {
        Issuer => json!(domain.issuer),
        At(path) => json!(format!("{base}{path}")),
        SecurelyAt(path) => json!(format!("{secure}{path}")),
        List(values) => json!(values),
        Flag(flag) => json!(flag),
        Text(text) => json!(text),
    };
    let members = MEMBERS.iter().filter(|(_, stands, _)| stands.covers(document, profile));
    members.map(|(name, _, holds)| (*name, value(*holds))).collect()
}

/// The members of the document as the vendor's pages print it, in their order (IDCS-ADMIN-106).
const OLDER_MEMBERS: [&str; 24] = [
    "response_types_supported",
    "id_token_signing_alg_values_supported",
    "scopes_supported",
    "issuer",
    "userinfo_signing_alg_values_supported",
    "revocation_endpoint",
    "claims_supported",
    "token_endpoint_auth_signing_alg_values_supported",
    "request_parameter_supported",
    OLDER_INTROSPECTION,
    "subject_types_supported",
    "authorization_endpoint",
    OLDER_METHODS,
    "request_uri_parameter_supported",
    "claims_parameter_supported",
    "end_session_endpoint",
    "ui_locales_supported",
    "userinfo_endpoint",
    "token_endpoint",
    "jwks_uri",
    "logout_session_supported",
    "require_request_uri_registration",
    "http_logout_supported",
    "grant_types_supported",
];
/// How introspection was called before (IDCS-OAUTH-523).
const OLDER_INTROSPECTION: &str = "introspect_endpoint";
/// The member whose values were others.
const OLDER_METHODS: &str = "token_endpoint_auth_methods_supported";

/// The `OpenID` document as it was before: relative addresses, another name, other methods (IDCS-OAUTH-523, IDCS-ADMIN-106).
fn older(live: &Members) -> Members {
    let of = |name: &'static str| {
        let today = if name == OLDER_INTROSPECTION {
            "introspection_endpoint"
        } else {
            name
        };
        let (_, value) = live.iter().find(|(own, _)| *own == today)?;
        let relative = value
            .as_str()
            .filter(|_| name.ends_with("_endpoint") || name == "jwks_uri");
        let path = relative.and_then(|address| address.splitn(4, '/').nth(3));
        Some(match path {
            Some(path) => (name, json!(format!("/{path}"))),
            None if name == OLDER_METHODS => (name, json!(["client_secret_basic", "client_secret_jwt"])),
            None => (name, value.clone()),
        })
    };
    OLDER_MEMBERS.into_iter().filter_map(of).collect()
}

/// The platform's own document, which holds the `OpenID` one (IDCS-ADMIN-111 to IDCS-ADMIN-114).
fn platform_document(domain: &Domain, profile: ProfileName) -> Vec<(&'static str, Slot)> {
    let base = base(domain, profile);
    let at = |path: &str| format!("{base}{path}");
    let inner: Map<String, Value> = document(OpenId, domain, profile)
        .into_iter()
        .map(|(name, value)| (name.to_owned(), value))
        .collect();
    slots(vec![
        (
            "configuration",
            json!({ "version": "1", "service_release_version": "mock" }),
        ),
        (
            "access-configuration",
            json!({
                "http_authentication_endpoint": at("/admin/v1/HTTPAuthenticator"),
                "encryption_keys_endpoint": at("/admin/v1/EncryptionKeys"),
                "password_authenticator_endpoint": at("/admin/v1/PasswordAuthenticator"),
                "asserter_endpoint": at("/admin/v1/Asserter"),
            }),
        ),
        ("openid-configuration", Value::Object(inner)),
    ])
}

/// Where the endpoints are: where a carrier makes them reachable, else under the domain's own name, which the platform writes with its port
/// (IDCS-ADMIN-102).
fn base(domain: &Domain, profile: ProfileName) -> String {
    match (&domain.published_at, profile) {
        (None, Oracle) => format!("{}:443", domain.url()),
        _ => domain.published_url(),
    }
}

fn slots(members: Members) -> Vec<(&'static str, Slot)> {
    members
        .into_iter()
        .map(|(name, value)| (name, Slot::Value(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;

    fn names(members: &Members) -> Vec<&'static str> {
        members.iter().map(|(name, _)| *name).collect()
    }

    #[test]
    fn under_its_own_name_a_domain_writes_its_port() {
        let domain = Domain::new("home", keys::rfc9500());
        let address = |profile| {
            let members = document(OpenId, &domain, profile);
            let found = members.into_iter().find(|(name, _)| *name == "token_endpoint");
            found.unwrap().1.as_str().unwrap().to_owned()
        };
        assert_eq!(address(Oracle), format!("https://{}:443/oauth2/v1/token", domain.host));
        assert_eq!(address(Rfc), format!("https://{}/oauth2/v1/token", domain.host));
    }

    #[test]
    fn where_a_domain_was_published_its_addresses_lead_there() {
        let mut domain = Domain::new("home", keys::rfc9500());
        domain.published_at = Some("http://127.0.0.1:8080".to_owned());
        for profile in ProfileName::ALL {
            let members = document(OpenId, &domain, profile);
            let leads = |(name, value): &(&str, Value)| {
                !name.ends_with("_endpoint") || value.as_str().unwrap().starts_with("http://127.0.0.1:8080/")
            };
            assert!(members.iter().all(leads));
        }
    }

    #[test]
    fn the_older_document_has_all_its_members_and_no_whole_address() {
        let domain = Domain::new("home", keys::rfc9500());
        let older = older(&document(OpenId, &domain, Oracle));
        assert_eq!(names(&older), OLDER_MEMBERS);
        let address = |wanted: &str| older.iter().find(|(name, _)| *name == wanted).unwrap().1.clone();
        assert_eq!(address("introspect_endpoint"), "/oauth2/v1/introspect");
        assert_eq!(address("jwks_uri"), "/admin/v1/SigningCert/jwk");
    }

    #[test]
    fn no_member_stands_twice() {
        let domain = Domain::new("home", keys::rfc9500());
        for profile in ProfileName::ALL {
            for kind in [OpenId, OAuth] {
                let mut names = names(&document(kind, &domain, profile));
                let count = names.len();
                names.sort_unstable();
                names.dedup();
                assert_eq!(names.len(), count);
            }
        }
    }

    #[test]
    fn the_live_openid_document_is_silent_about_proof_keys_and_devices() {
        let domain = Domain::new("home", keys::rfc9500());
        let names = names(&document(OpenId, &domain, Oracle));
        assert!(!names.contains(&"code_challenge_methods_supported"));
        assert!(!names.contains(&"device_authorization_endpoint"));
    }
}
