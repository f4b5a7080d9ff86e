//! What can be known about the signature over a request by which a principal of the cloud shows who it is (IDCS-OAUTH-002).
//!
//! The form is the one of the cloud's documentation on request signatures, version 1. Of the names that a key can have, only a session token
//! (`ST$`, IDCS-ADMIN-731) is known here: no domain keeps the keys of its users.

use aws_lc_rs::digest::{SHA256, digest};
use time::{Date, Month};

use crate::env::Env;
use crate::form::Form;
use crate::idcs::exchange_facts::Wanted;
use crate::idcs::session_token;
use crate::jose::compact::Compact;
use crate::jose::key::PublicKey;
use crate::jose::{base64, from_base64};
use crate::landscape::{Domain, TOKEN_EXCHANGE, User};
use crate::rule::token::{KeyFound, SignedToken};
use crate::wire::{AUTHORIZATION_LIMIT, Request};

/// The scheme of the `Authorization` header field.
const SCHEME: &str = "Signature";
/// What the name of a key begins with where it is a session token.
const SESSION_TOKEN: &str = "ST$";
/// What a signature over a request with a body covers, whatever else it does; `date` may be `x-date`.
const COVERED: [&str; 6] = [
    "date",
    "(request-target)",
    "host",
    "content-length",
    "content-type",
    "x-content-sha256",
];

/// The most things that a signature covers; each is written into the text that it is over.
const COVERED_LIMIT: usize = 32;

/// The signature over a request, read through its faults.
#[derive(Debug)]
pub struct RequestSignature<'a> {
    /// Whether it has the form of one: version, algorithm, the name of a key, what it covers, and the signature.
    pub is_readable: bool,
    /// The session token that names the key.
    pub session: Option<SignedToken<'a>>,
    /// The user whom the session token is about.
    pub user: Option<&'a User>,
    /// What it had to cover and does not.
    pub uncovered: Option<&'static str>,
    /// The second that the request says it was signed at.
    pub signed_at: Option<u64>,
    /// Whether the digest that it covers is the one of the body.
    pub is_of_body: bool,
    /// Whether it verifies under the key that the session token is bound to.
    pub verifies: bool,
}

/// Whether a form asks for what stands on a signature.
pub fn is_asked_for(form: &Form) -> bool {
    form.value("grant_type") == Some(TOKEN_EXCHANGE) && Wanted::of(form) == Wanted::AccessToken
}

/// Whether a request to a token endpoint shows a signature where one counts: its `Authorization` is of that scheme.
pub fn is_shown(request: &Request) -> bool {
    let scheme = request
        .header("authorization")
        .and_then(|value| value.split(' ').next());
    scheme.is_some_and(|scheme| scheme.eq_ignore_ascii_case(SCHEME))
}

impl<'a> RequestSignature<'a> {
    /// Reads the signature of a request that shows one.
    pub fn read(env: &Env, domain: &'a Domain, request: &Request) -> Option<Self> {
        let value = request.header("authorization").filter(|_| is_shown(request))?;
        let parameters = parameters(value);
        let parameter = |name: &str| {
            parameters
                .iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        let covered: Vec<&str> = parameter("headers").unwrap_or_default().split(' ').collect();
        let signature = parameter("signature").and_then(from_base64);
        let session = parameter("keyId")
            .and_then(|id| id.strip_prefix(SESSION_TOKEN))
            .map(|text| session_of(env, domain, text));
        let claim = |name: &str| session.as_ref().and_then(|token| token.text(name));
        let key = claim("jwk").and_then(|text| PublicKey::from_jwk(&serde_json::from_str(&text).ok()?));
        let verifies = match (&key, &signature, text_of(request, &covered)) {
            (Some(key), Some(signature), Some(text)) => key.verifies(text.as_bytes(), signature),
            _ => false,
        };
        let is_covered = |name: &&str| covered.contains(name) || (*name == "date" && covered.contains(&"x-date"));
        Some(Self {
            is_readable: parameter("version") == Some("1")
                && parameter("algorithm") == Some("rsa-sha256")
                && parameter("keyId").is_some()
                && parameter("headers").is_some()
                && covered.len() <= COVERED_LIMIT
                && signature.is_some(),
            user: claim("sub").and_then(|sub| session_token::user_of(domain, &sub)),
            uncovered: COVERED.into_iter().find(|name| !is_covered(name)),
            // Only the date that is covered says anything: the other one could be written by whoever sends the request again.
            signed_at: ["x-date", "date"]
                .into_iter()
                .find(|name| covered.contains(name))
                .and_then(|name| seconds_of(request.header(name)?)),
            is_of_body: request.header("x-content-sha256")
                == Some(base64(digest(&SHA256, &request.body).as_ref()).as_str()),
            verifies,
            session,
        })
    }
}

/// A session token, with the keys of the domain that could have signed it.
fn session_of<'a>(env: &Env, domain: &'a Domain, text: &str) -> SignedToken<'a> {
    let keys = domain.signing_keys_at(env.now).map(|signing| signing.key.public());
    SignedToken {
        compact: Compact::read(text),
        now: env.now,
        leeway: domain.leeway,
        key: KeyFound::AnyOf(keys.collect()),
        shared_secret: None,
    }
}

/// `name="value"` pairs behind the scheme, with commas between; what is no such pair is passed over.
fn parameters(value: &str) -> Vec<(String, String)> {
    if value.len() > AUTHORIZATION_LIMIT {
        return Vec::new();
    }
    let (_, pairs) = value.split_once(' ').unwrap_or_default();
    let pairs = pairs.split(',').filter_map(|pair| {
        let (name, value) = pair.trim().split_once('=')?;
        let value = value.strip_prefix('"')?.strip_suffix('"')?;
        Some((name.to_owned(), value.to_owned()))
    });
    pairs.collect()
}

/// The text that was signed: a line for each thing that is covered. `None` where one of them is not in the request, and where they are too many.
fn text_of(request: &Request, covered: &[&str]) -> Option<String> {
    if covered.len() > COVERED_LIMIT {
        return None;
    }
    let lines = covered.iter().map(|name| match *name {
        "(request-target)" => {
            let query = request
                .query
                .as_ref()
                .map(|query| format!("?{query}"))
                .unwrap_or_default();
            Some(format!(
                "{name}: {} {}{query}",
                request.method.to_lowercase(),
                request.path
            ))
        }
        name => Some(format!("{name}: {}", request.header(name)?)),
    });
    Some(lines.collect::<Option<Vec<String>>>()?.join("\n"))
}

/// The second of a date as HTTP writes it (RFC 9110 section 5.6.7): `Sat, 28 Nov 2026 00:52:06 GMT`.
fn seconds_of(text: &str) -> Option<u64> {
    const MONTHS: [&str; 12] = [
        "Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec",
    ];
    let (_, rest) = text.split_once(", ")?;
    let parts: Vec<&str> = rest.split(' ').collect();
    let [day, month, year, time, "GMT"] = parts[..] else {
        return None;
    };
    let month = MONTHS.iter().position(|name| *name == month)?;
    let month = Month::try_from(u8::try_from(month + 1).ok()?).ok()?;
    let date = Date::from_calendar_date(year.parse().ok()?, month, day.parse().ok()?).ok()?;
    let clock: Vec<u8> = time.split(':').map(str::parse).collect::<Result<_, _>>().ok()?;
    let [hour, minute, second] = clock[..] else {
        return None;
    };
    let instant = date.with_hms(hour, minute, second).ok()?.assume_utc();
    u64::try_from(instant.unix_timestamp()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_read_as_http_writes_it() {
        assert_eq!(seconds_of("Sat, 28 Nov 2026 00:52:06 GMT"), Some(1_795_827_126));
        for text in [
            "",
            "Sat, 28 Nov 2026",
            "Sat, 28 Nov 2026 24:00:00 GMT",
            "Sat, 31 Feb 2026 00:00:00 GMT",
            "1795827126",
        ] {
            assert_eq!(seconds_of(text), None, "{text}");
        }
    }

    #[test]
    fn parameters_are_quoted_and_stand_between_commas() {
        let read =
            parameters(r#"Signature version="1",keyId="ST$a.b=c",headers="date (request-target)", signature="A+/=""#);
        let value = |name: &str| {
            read.iter()
                .find(|(key, _)| key == name)
                .map(|(_, value)| value.as_str())
        };
        assert_eq!(value("keyId"), Some("ST$a.b=c"));
        assert_eq!(value("headers"), Some("date (request-target)"));
        assert_eq!(value("signature"), Some("A+/="));
        assert!(parameters("Signature version=1,,=").is_empty());
        assert!(parameters("Signature").is_empty());
    }

    #[test]
    fn what_is_covered_is_bounded() {
        let request = Request {
            method: "POST".to_owned(),
            site: String::new(),
            path: "/oauth2/v1/token".to_owned(),
            query: None,
            headers: vec![("host".to_owned(), "idcs.example".to_owned())],
            body: Vec::new(),
            channel: crate::wire::Channel::Protected,
            client_certificate: None,
        };
        let text = text_of(&request, &["(request-target)", "host"]);
        assert_eq!(
            text.as_deref(),
            Some("(request-target): post /oauth2/v1/token\nhost: idcs.example")
        );
        assert_eq!(text_of(&request, &["date"]), None);
        assert!(text_of(&request, &["host"; COVERED_LIMIT]).is_some());
        assert!(text_of(&request, &["host"; COVERED_LIMIT + 1]).is_none());
    }

    #[test]
    fn a_date_that_is_not_covered_says_nothing() {
        let signed_at = |covered: &str| {
            let authorization = format!("Signature version=\"1\",headers=\"{covered}\"");
            let request = Request {
                method: "POST".to_owned(),
                site: String::new(),
                path: "/oauth2/v1/token".to_owned(),
                query: None,
                headers: [
                    ("authorization", authorization.as_str()),
                    ("date", "Sat, 28 Nov 2026 00:52:06 GMT"),
                    ("x-date", "Sat, 28 Nov 2026 00:52:07 GMT"),
                ]
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .into(),
                body: Vec::new(),
                channel: crate::wire::Channel::Protected,
                client_certificate: None,
            };
            let domain = Domain::new("home", crate::keys::rfc9500());
            let env = Env::new(1_795_827_126, [7; 32]);
            RequestSignature::read(&env, &domain, &request)?.signed_at
        };
        assert_eq!(signed_at("date host"), Some(1_795_827_126));
        assert_eq!(signed_at("x-date host"), Some(1_795_827_127));
        assert_eq!(signed_at("host"), None);
    }
}
