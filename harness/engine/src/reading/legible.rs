//! One token taken apart for people: header and claims as far as they can be read, times, audiences, kind and troubles.
//!
//! Unlike [`decode`](crate::token::decode()) this reads on where something is wrong, and says what: a person wants to see what there is.

use base64::Engine as _;
use base64::alphabet;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use serde::Serialize;
use serde_json::{Map, Value};

use super::kind::Kind;
use super::pasted::Pasted;
use super::time::{distance, moment};
use super::trouble::{MILLISECONDS, Trouble, troubles, whole};
use crate::token::strict_json::{self, JsonFault};
use crate::token::{redact, token_digest};

/// Longer tokens are not looked at.
const LONGEST: usize = 256 * 1024;
/// Base64 with stray bits at its end or not.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::URL_SAFE,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireNone),
);
/// Members of the header that say which key it is.
const KEY_NAMES: [&str; 3] = ["kid", "x5t", "x5t#S256"];
/// Claims that are times, and what each says.
const TIMES: [(&str, &str); 5] = [
    ("iat", "made"),
    ("auth_time", "signed in"),
    ("nbf", "valid from"),
    ("exp", "expires"),
    ("session_exp", "session ends"),
];

/// What a token says. Its signature is left out, and so is that of any token within it.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Legible {
    /// What the text calls it.
    pub called: Option<String>,
    /// What stands for it elsewhere: `jwt:` and eight hexadecimal digits. None for what says nothing: it may be a password, which can be
    /// guessed from its digest.
    pub digest: Option<String>,
    /// What kind it looks like.
    pub kind: Kind,
    /// Why it looks so.
    pub because: &'static str,
    /// How many parts it has.
    pub parts: usize,
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The claims.
    pub claims: Map<String, Value>,
    /// Which key signed it, by the names that the header gives.
    pub key: Map<String, Value>,
    /// Whom it is for.
    pub audiences: Vec<String>,
    /// Its times.
    pub times: Vec<TimeClaim>,
    /// What is likely wrong with it, the gravest first.
    pub troubles: Vec<Trouble>,
}

/// A claim that is a time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct TimeClaim {
    /// Its name.
    pub claim: &'static str,
    /// What happens then.
    pub says: &'static str,
    /// The moment in UTC.
    pub at: String,
    /// How far that is from now.
    pub distance: String,
}

/// What is looked at to find kind and troubles.
pub(super) struct Sight<'a> {
    pub(super) header: &'a Map<String, Value>,
    pub(super) claims: &'a Map<String, Value>,
    pub(super) called: Option<&'a str>,
    pub(super) parts: usize,
    pub(super) is_without_signature: bool,
    pub(super) faults: &'a [String],
    pub(super) kind: Kind,
    /// Seconds since 1970.
    pub(super) now: i64,
}

impl Legible {
    /// Takes a token apart. `now` is seconds since 1970.
    pub fn of(pasted: &Pasted, now: i64) -> Self {
        let token = pasted.token.as_str();
        let mut faults = Vec::new();
        let segments: Vec<&str> = if token.len() > LONGEST {
            Vec::new()
        } else {
            token.split('.').collect()
        };
        let parts = segments.len();
        let is_signed = matches!(parts, 2 | 3);
        let mut part = |name: &str, at: usize, is_there: bool| match segments.get(at).filter(|_| is_there) {
            Some(segment) => read(name, segment, &mut faults),
            None => Map::new(),
        };
        let header = part("the header", 0, is_signed || parts == 5);
        let claims = part("the claims set", 1, is_signed);
        if parts == 2 {
            faults.push("the signature is cut off with its dot".to_owned());
        }
        // A text with dots in it is no damaged token.
        if header.is_empty() && claims.is_empty() {
            faults.clear();
        }
        let called = pasted.called.as_deref();
        let mut sight = Sight {
            header: &header,
            claims: &claims,
            called,
            parts,
            is_without_signature: segments.get(2).is_some_and(|signature| signature.is_empty()),
            faults: &faults,
            kind: Kind::Signed,
            now,
        };
        let (kind, because) = Kind::of(&sight);
        sight.kind = kind;
        let key = KEY_NAMES
            .iter()
            .filter_map(|name| Some(((*name).to_owned(), without_tokens(header.get(*name)?))));
        Self {
            called: pasted.called.clone(),
            digest: (!sight.is_opaque()).then(|| token_digest(token)),
            kind,
            because,
            parts,
            key: key.collect(),
            audiences: sight.audiences(),
            times: TIMES
                .iter()
                .filter_map(|(claim, says)| sight.time(claim, says))
                .collect(),
            troubles: troubles(&sight),
            header: members_without_tokens(&header),
            claims: members_without_tokens(&claims),
        }
    }
}

impl Sight<'_> {
    /// Whether nothing in it can be read.
    pub(super) fn is_opaque(&self) -> bool {
        self.header.is_empty() && self.claims.is_empty()
    }

    /// Whether claims can be read.
    pub(super) fn is_legible(&self) -> bool {
        !self.claims.is_empty()
    }

    pub(super) fn text(&self, claim: &str) -> Option<&str> {
        self.claims.get(claim).and_then(Value::as_str)
    }

    pub(super) fn has_scope(&self) -> bool {
        ["scope", "scp"].iter().any(|name| self.claims.contains_key(*name))
    }

    /// A time as it is written.
    pub(super) fn number(&self, claim: &str) -> Option<f64> {
        self.claims.get(claim).and_then(Value::as_f64)
    }

    /// A time in seconds, also where it was written in milliseconds or as a text.
    pub(super) fn seconds(&self, claim: &str) -> Option<f64> {
        let of_text = || self.text(claim).and_then(|text| text.trim().parse().ok());
        let number: f64 = self
            .number(claim)
            .or_else(of_text)
            .filter(|number: &f64| number.is_finite())?;
        Some(if number >= MILLISECONDS {
            number / 1000.0
        } else {
            number
        })
    }

    #[expect(clippy::cast_precision_loss, reason = "times of this geological age are exact")]
    pub(super) fn now_seconds(&self) -> f64 {
        self.now as f64
    }

    /// Whom it is for.
    pub(super) fn audiences(&self) -> Vec<String> {
        match self.claims.get("aud") {
            Some(Value::String(only)) => vec![redact_token(only)],
            Some(Value::Array(several)) => several
                .iter()
                .map(|one| one.as_str().map_or_else(|| one.to_string(), redact_token))
                .collect(),
            _ => Vec::new(),
        }
    }

    fn time(&self, claim: &'static str, says: &'static str) -> Option<TimeClaim> {
        let seconds = whole(self.seconds(claim)?);
        Some(TimeClaim {
            claim,
            says,
            at: moment(seconds),
            distance: distance(seconds, self.now),
        })
    }
}

/// Reads header or claims as far as it can be done; what is wrong is noted.
fn read(name: &str, segment: &str, faults: &mut Vec<String>) -> Map<String, Value> {
    let bytes = URL_SAFE_NO_PAD.decode(segment).or_else(|error| {
        let bytes = LENIENT
            .decode(segment.trim_end_matches('=').replace('+', "-").replace('/', "_"))
            .map_err(|_| error)?;
        faults.push(format!("{name} is base64, but not the kind for URLs without padding"));
        Ok::<_, base64::DecodeError>(bytes)
    });
    let Ok(bytes) = bytes else {
        faults.push(format!("{name} is no base64"));
        return Map::new();
    };
    match strict_json::parse(&bytes) {
        Ok(Value::Object(members)) => members,
        Ok(_) => {
            faults.push(format!("{name} is no JSON object"));
            Map::new()
        }
        Err(fault) => {
            faults.push(format!("{name} is {fault}"));
            // Of doubled members the last one is shown, as most readers have it.
            match serde_json::from_slice(&bytes) {
                Ok(Value::Object(members)) if fault == JsonFault::Doubled => members,
                _ => Map::new(),
            }
        }
    }
}

/// A text without the tokens in it: they have signatures too.
fn redact_token(text: &str) -> String {
    if crate::token::tokens_in(text).next().is_some() {
        redact(text)
    } else {
        text.to_owned()
    }
}

fn without_tokens(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::from(redact_token(text)),
        Value::Array(elements) => elements.iter().map(without_tokens).collect(),
        Value::Object(members) => Value::Object(members_without_tokens(members)),
        other => other.clone(),
    }
}

fn members_without_tokens(members: &Map<String, Value>) -> Map<String, Value> {
    let members = members.iter();
    members
        .map(|(name, value)| (redact_token(name), without_tokens(value)))
        .collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::pasted::pasted;
    use super::*;

    const NOW: i64 = 1_795_176_000;

    fn token(header: &str, claims: &str, signature: &str) -> String {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        format!("{header}.{claims}.{signature}")
    }

    fn legible(text: &str) -> Legible {
        Legible::of(&pasted(text)[0], NOW)
    }

    fn of(header: &Value, claims: &Value) -> Legible {
        legible(&token(&header.to_string(), &claims.to_string(), "c2lnbmF0dXJl"))
    }

    fn ids(legible: &Legible) -> Vec<&str> {
        legible.troubles.iter().map(|trouble| trouble.id).collect()
    }

    fn signed() -> Value {
        json!({ "alg": "RS256", "kid": "alias" })
    }

    fn assertion() -> Value {
        json!({ "iss": "client", "sub": "ada", "aud": ["https://identity.oraclecloud.com/"], "iat": NOW, "exp": NOW + 300 })
    }

    #[test]
    fn kinds_are_told_by_their_signs() {
        let with = |claims: Value| of(&signed(), &claims).kind;
        assert_eq!(with(assertion()), Kind::UserAssertion);
        assert_eq!(
            with(json!({ "iss": "a", "sub": "a", "aud": "b" })),
            Kind::ClientAssertion
        );
        assert_eq!(with(json!({ "tok_type": "AT", "sub": "a" })), Kind::AccessToken);
        assert_eq!(with(json!({ "scope": "x", "sub": "a", "iss": "a" })), Kind::AccessToken);
        assert_eq!(with(json!({ "tok_type": "IT", "sub": "a" })), Kind::IdToken);
        assert_eq!(with(json!({ "nonce": "x", "sub": "a" })), Kind::IdToken);
        assert_eq!(with(json!({ "typ": "Refresh" })), Kind::RefreshToken);
        assert_eq!(with(json!({ "jti": "a" })), Kind::Signed);
        assert_eq!(
            of(&json!({ "alg": "RS256", "typ": "at+JWT" }), &json!({ "sub": "a" })).kind,
            Kind::AccessToken
        );
        assert_eq!(legible(r#"{"refresh_token":"AgAgMjA2"}"#).kind, Kind::RefreshToken);
        assert_eq!(legible("0123456789abcdef0123").kind, Kind::Opaque);
        let encrypted = format!(
            "{}.a.b.c.d",
            URL_SAFE_NO_PAD.encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#)
        );
        let encrypted = legible(&encrypted);
        assert_eq!((encrypted.kind, ids(&encrypted)), (Kind::Encrypted, vec!["encrypted"]));
        assert_eq!(encrypted.header["enc"], "A256GCM");
    }

    #[test]
    fn a_sound_token_has_no_trouble_and_its_times_are_told() {
        let sound = of(&signed(), &assertion());
        assert_eq!(sound.troubles, []);
        assert_eq!(sound.audiences, ["https://identity.oraclecloud.com/"]);
        assert_eq!(sound.key["kid"], "alias");
        let end = sound.times.iter().find(|time| time.claim == "exp").unwrap();
        assert_eq!(
            (end.at.as_str(), end.distance.as_str()),
            ("2026-11-20 12:05:00 UTC", "in 5 min")
        );
    }

    #[test]
    fn each_trouble_is_found_alone() {
        let changed = |name: &str, value: Value| {
            let mut claims = assertion();
            claims[name] = value;
            of(&signed(), &claims)
        };
        let without = |name: &str| {
            let mut claims = assertion();
            claims.as_object_mut().unwrap().remove(name);
            of(&signed(), &claims)
        };
        let headed = |header: Value| of(&header, &assertion());
        let called = |called: &str, claims: Value| {
            let token = token(&signed().to_string(), &claims.to_string(), "c2ln");
            legible(&json!({ called: token }).to_string())
        };
        let text = |header: &str, signature: &str| legible(&token(header, &assertion().to_string(), signature));
        for (found, id) in [
            (changed("exp", json!(NOW)), "expired"),
            (changed("nbf", json!(NOW + 1)), "not-yet-valid"),
            (changed("iat", json!(NOW + 61)), "from-the-future"),
            (changed("exp", json!((NOW + 300) * 1000)), "milliseconds"),
            (changed("exp", json!((NOW + 300).to_string())), "time-is-no-number"),
            (
                changed("aud", json!("https://identity.oraclecloud.com")),
                "audience-lacks-the-slash",
            ),
            (
                changed("aud", json!("https://idcs.example/oauth2/v1/token")),
                "audience-is-an-address",
            ),
            (changed("aud", json!([])), "no-audience"),
            (without("exp"), "no-expiry"),
            (headed(json!({ "alg": "none", "kid": "a" })), "unsigned"),
            (headed(json!({ "alg": "PS256", "kid": "a" })), "algorithm"),
            (headed(json!({ "alg": "RS256" })), "no-key-named"),
            (
                headed(json!({ "alg": "RS256", "kid": "a", "X5T": "b" })),
                "thumbprint-miscased",
            ),
            (
                headed(json!({ "alg": "RS256", "x5t": "QUJD" })),
                "thumbprint-badly-written",
            ),
            (called("access_token", assertion()), "assertion-sent-as-token"),
            (
                called("access_token", json!({ "tok_type": "IT", "aud": "a", "exp": NOW + 1 })),
                "id-token-sent-as-token",
            ),
            (text(r#"{"alg":"RS256","kid":"a"}"#, ""), "no-signature"),
            (text(r#"{"alg":"RS256","kid":"a","kid":"b"}"#, "c2ln"), "damaged"),
            (legible("0123456789abcdef0123"), "not-a-token"),
            (legible("eyJhbGciOiJSUzI1NiJ9.a.b.c.d"), "not-a-token"),
            (legible("www.some.where.example.com"), "not-a-token"),
        ] {
            assert_eq!(ids(&found), [id]);
        }
    }

    #[test]
    fn what_is_damaged_is_read_as_far_as_it_goes() {
        let sound = token(
            &signed().to_string(),
            &json!({ "sub": "adä?~", "aud": "a", "exp": NOW + 9 }).to_string(),
            "c2ln",
        );
        let (header, rest) = sound.split_once('.').unwrap();
        let padded = legible(&format!("{header}==.{rest}"));
        assert_eq!(
            (ids(&padded), padded.header["kid"].as_str()),
            (vec!["damaged"], Some("alias"))
        );
        let (unsigned, _) = sound.rsplit_once('.').unwrap();
        let cut = legible(unsigned);
        assert_eq!(
            (ids(&cut), cut.claims["sub"].as_str()),
            (vec!["damaged"], Some("adä?~"))
        );
    }

    #[test]
    fn a_token_within_a_token_is_not_shown() {
        let inner = token(&signed().to_string(), &assertion().to_string(), "aW5uZXItc2lnbmF0dXJl");
        let outer = of(&signed(), &json!({ "act": [inner], "aud": inner, &inner: 1 }));
        let text = serde_json::to_string(&outer).unwrap();
        assert!(
            !text.contains("aW5uZXItc2lnbmF0dXJl") && text.contains("jwt:"),
            "{text}"
        );
    }
}
