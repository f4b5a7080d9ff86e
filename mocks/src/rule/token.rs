//! Checks on a signed token, the same whether it is a user assertion, a client assertion or an access token.
//!
//! The tables in `idcs` and `fusion` say which of them apply, under which ids, and with which rows. A check answers the *cause* of a
//! violation; the tables name a `skip` defect for each cause.

use crate::jose::compact::{Compact, FormFault};
use crate::jose::key::{OtherSignature, PublicKey, mac_verifies, pem};
use crate::jose::object::{Object, ObjectFault, Typed};
use crate::jose::{from_base64, key::Certificate};
use crate::landscape::Secret;
use crate::rule::Verdict;

/// The largest whole number that a double holds exactly: beyond it, nothing is a time.
const LARGEST_TIME: f64 = 9_007_199_254_740_992.0;

/// A token, with what its judge knows about it.
#[derive(Debug)]
pub struct SignedToken<'a> {
    /// The token, taken apart.
    pub compact: Compact,
    /// The judge's time.
    pub now: u64,
    /// Seconds of clock skew that it allows.
    pub leeway: u64,
    /// The key that should have signed.
    pub key: KeyFound<'a>,
    /// A secret that an attacker could key a MAC by.
    pub shared_secret: Option<&'a Secret>,
}

/// Which key should have signed a token.
#[derive(Debug)]
pub enum KeyFound<'a> {
    /// This one, and the certificate over it where there is one.
    Found(&'a PublicKey, Option<&'a Certificate>),
    /// One of these; the token does not say which.
    AnyOf(Vec<&'a PublicKey>),
    /// None, for this cause.
    NotFound(&'static str, String),
    /// Nobody is known whose key it could be.
    Nobody,
}

impl KeyFound<'_> {
    fn keys(&self) -> Vec<&PublicKey> {
        match self {
            Self::Found(key, _) => vec![key],
            Self::AnyOf(keys) => keys.iter().take(4).copied().collect(),
            Self::NotFound(..) | Self::Nobody => Vec::new(),
        }
    }
}

impl SignedToken<'_> {
    /// The header, or nothing of it.
    pub fn header(&self) -> Option<&Object> {
        self.compact.header.as_ref()
    }

    /// The claims, or nothing of them.
    pub fn claims(&self) -> Option<&Object> {
        self.compact.claims.as_ref()
    }

    /// A claim that must be a text, where it is one.
    pub fn text(&self, name: &str) -> Option<String> {
        self.claims()?.text(name).value()
    }

    /// A claim that must be a time in seconds, where it is one.
    pub fn time(&self, name: &str) -> Option<f64> {
        self.claims()?
            .number(name)
            .value()
            .filter(|seconds| seconds.abs() <= LARGEST_TIME)
    }

    /// The audiences, where they are a text or a list of texts.
    pub fn audiences(&self) -> Option<Vec<String>> {
        self.claims()?.texts("aud").value()
    }

    /// Whether the claims could be read and hold this one.
    pub fn has_claim(&self, name: &str) -> bool {
        self.claims().is_some_and(|claims| claims.has(name))
    }

    /// Whether the claims could be read and do not hold this one.
    pub fn lacks_claim(&self, name: &str) -> bool {
        self.claims().is_some_and(|claims| !claims.has(name))
    }

    /// Whether the header could be read and does not hold this member.
    pub fn lacks_header(&self, name: &str) -> bool {
        self.header().is_some_and(|header| !header.has(name))
    }
}

/// The outer form: three base64url parts with dots between.
pub fn form(token: &SignedToken) -> Verdict {
    let Some(fault) = token.compact.fault else {
        return Verdict::Held;
    };
    let (cause, detail) = match fault {
        FormFault::TooLong => ("too-long", "the token is longer than 64 KiB"),
        FormFault::JsonSerialization => (
            "json-serialization",
            "the token is in the JSON serialization, not the compact one",
        ),
        FormFault::Several => ("several-tokens", "there are several tokens where exactly one belongs"),
        FormFault::Blanks => ("blanks", "there are blanks or line breaks in the token"),
        FormFault::Encrypted => ("encrypted", "the token has five parts: it is encrypted, not signed"),
        FormFault::NoSignaturePart => ("two-parts", "the token has two parts: its signature is missing"),
        FormFault::Parts => ("more-parts", "the token does not have three parts"),
        FormFault::NotAToken => ("not-a-token", "there is no dot in it: it is no signed token"),
        FormFault::Padding => (
            "padding",
            "a part ends in `=`, which base64url without padding does not",
        ),
        FormFault::Alphabet => ("alphabet", "a part holds `+` or `/`, which base64url does not"),
        FormFault::UnusedBits => (
            "unused-bits",
            "the last character of a part holds bits that belong to no byte",
        ),
        FormFault::NotBase64 => ("not-base64", "a part is not base64url"),
    };
    Verdict::violated(cause, detail)
}

/// The header's text: a UTF-8 JSON object.
pub fn header_object(token: &SignedToken) -> Verdict {
    object(token.compact.header_fault)
}

/// The claims' text: a UTF-8 JSON object.
pub fn claims_object(token: &SignedToken) -> Verdict {
    object(token.compact.claims_fault)
}

fn object(fault: Option<ObjectFault>) -> Verdict {
    let Some(fault) = fault else { return Verdict::Held };
    let (cause, detail) = match fault {
        ObjectFault::NotUtf8 => ("not-utf8", "it is not UTF-8"),
        ObjectFault::ByteOrderMark => ("byte-order-mark", "it starts with a byte order mark"),
        ObjectFault::NotAnObject => ("not-an-object", "it is not a JSON object"),
        ObjectFault::TrailingText => ("trailing-text", "there is text behind the JSON object"),
        ObjectFault::TooDeep => ("too-deep", "it nests deeper than 64 levels"),
        ObjectFault::TooManyMembers => ("too-many-members", "it has more than 10000 members"),
    };
    Verdict::violated(cause, detail)
}

/// No header member stands twice.
pub fn header_once(token: &SignedToken) -> Verdict {
    once(token.header())
}

/// No claim stands twice.
pub fn claims_once(token: &SignedToken) -> Verdict {
    once(token.claims())
}

fn once(object: Option<&Object>) -> Verdict {
    match object.map(Object::doubled) {
        None => Verdict::NotApplicable,
        Some(None) => Verdict::Held,
        Some(Some(_)) => Verdict::violated("first-wins", "a member stands twice"),
    }
}

/// `alg` is RS256, exactly.
pub fn algorithm(token: &SignedToken) -> Verdict {
    let Some(header) = token.header() else {
        return Verdict::NotApplicable;
    };
    let algorithm = match header.text("alg") {
        Typed::Absent => return Verdict::violated("missing", "`alg` is missing; RS256 is wanted"),
        Typed::WrongType => return Verdict::violated("not-text", "`alg` is not a text; RS256 is wanted"),
        Typed::Is(algorithm) => algorithm,
    };
    let cause = match algorithm.as_str() {
        "RS256" => return Verdict::Held,
        "none"
            if token
                .compact
                .signature
                .as_ref()
                .is_some_and(|signature| !signature.is_empty()) =>
        {
            "unsigned-with-leftover"
        }
        "none" => "unsigned",
        other if other.eq_ignore_ascii_case("none") => "unsigned-in-other-case",
        other if other.eq_ignore_ascii_case("RS256") => "other-case",
        other if other.starts_with("HS") => mac_cause(token),
        _ => "other-algorithm",
    };
    Verdict::violated(cause, "`alg` is not RS256")
}

/// What a MAC was keyed by, as far as anybody but the sender can know it.
fn mac_cause(token: &SignedToken) -> &'static str {
    let (Some(tag), input) = (&token.compact.signature, token.compact.signing_input.as_bytes()) else {
        return "mac";
    };
    let keyed_by = |secret: &[u8]| mac_verifies(secret, input, tag);
    for key in token.key.keys() {
        let public = key.to_pem();
        if keyed_by(public.as_bytes()) || keyed_by(public.trim_end().as_bytes()) {
            return "mac-by-public-key";
        }
        if keyed_by(&key.to_der()) || keyed_by(key.to_jwk().as_bytes()) || keyed_by(jwk_by_type_first(key).as_bytes()) {
            return "mac-by-public-key-in-other-encodings";
        }
    }
    if let KeyFound::Found(_, Some(certificate)) = &token.key {
        let text = pem("CERTIFICATE", &certificate.der);
        if keyed_by(text.as_bytes()) || keyed_by(text.trim_end().as_bytes()) || keyed_by(&certificate.der) {
            return "mac-by-public-key-in-other-encodings";
        }
    }
    if keyed_by(b"") || keyed_by(b"secret") {
        return "mac-by-guess";
    }
    if token
        .shared_secret
        .is_some_and(|secret| keyed_by(secret.expose().as_bytes()))
    {
        return "mac-by-client-secret";
    }
    "mac"
}

/// The other usual order of a JWK's members.
fn jwk_by_type_first(key: &PublicKey) -> String {
    let jwk: serde_json::Value = serde_json::from_str(&key.to_jwk()).expect("our own JWK is JSON");
    format!(r#"{{"kty":"RSA","n":{},"e":{}}}"#, jwk["n"], jwk["e"])
}

/// Nothing critical that is not understood (RFC 7515 section 4.1.11); nothing is understood here.
pub fn critical(token: &SignedToken) -> Verdict {
    let Some(header) = token.header() else {
        return Verdict::NotApplicable;
    };
    let Some(critical) = header.json("crit") else {
        return if header.has("crit") {
            Verdict::violated("malformed", "`crit` cannot be read")
        } else {
            Verdict::Held
        };
    };
    let names: Option<Vec<&str>> = critical
        .as_array()
        .map(|list| list.iter().filter_map(|name| name.as_str()).collect());
    match names {
        Some(names) if names.contains(&"b64") => {
            Verdict::violated("unencoded-payload", "`crit` asks for an unencoded payload")
        }
        Some(names) if !names.is_empty() && !names.contains(&"alg") && all_distinct(&names) => Verdict::violated(
            "unknown-extension",
            "`crit` names an extension that is not understood here",
        ),
        _ => Verdict::violated("malformed", "`crit` is not a list of names of extensions"),
    }
}

fn all_distinct(names: &[&str]) -> bool {
    names
        .iter()
        .enumerate()
        .all(|(index, name)| !names[..index].contains(name))
}

/// `kid` and the thumbprints are texts, where they are there.
pub fn key_names(token: &SignedToken) -> Verdict {
    let Some(header) = token.header() else {
        return Verdict::NotApplicable;
    };
    let wrong = ["kid", "x5t", "x5t#S256"]
        .iter()
        .any(|name| header.text(name).is_wrong());
    if wrong {
        Verdict::violated("not-text", "a name of the key is not a text")
    } else {
        Verdict::Held
    }
}

/// The key is known.
pub fn key(token: &SignedToken) -> Verdict {
    match &token.key {
        KeyFound::Found(..) | KeyFound::AnyOf(_) => Verdict::Held,
        KeyFound::NotFound(cause, detail) => Verdict::violated(cause, detail.clone()),
        KeyFound::Nobody => Verdict::NotApplicable,
    }
}

/// The signature is the key's, over what was sent.
pub fn signature(token: &SignedToken) -> Verdict {
    let keys = token.key.keys();
    // With another algorithm let through, or no third part, there is nothing that this rule could verify.
    let algorithm_is_ours = token
        .header()
        .and_then(|header| header.text("alg").value())
        .is_some_and(|name| name == "RS256");
    let (Some(signature), true, false) = (&token.compact.signature, algorithm_is_ours, keys.is_empty()) else {
        return Verdict::NotApplicable;
    };
    let input = token.compact.signing_input.as_bytes();
    if keys.iter().any(|key| key.verifies(input, signature)) {
        return Verdict::Held;
    }
    if signature.is_empty() {
        return Verdict::violated("empty", "the signature is empty");
    }
    if signature.len() != keys[0].signature_length() {
        return Verdict::violated("length", "the signature has not the length of the key");
    }
    let cause = match keys.iter().find_map(|key| key.other_signature(input, signature)) {
        Some(OtherSignature::OtherPadding) => "other-padding",
        Some(OtherSignature::OtherHash) => "other-hash",
        None if header_key(token).is_some_and(|key| key.verifies(input, signature)) => "key-from-header",
        None => "mismatch",
    };
    Verdict::violated(cause, "the signature does not verify under the key that was found")
}

/// A key that the token brings along itself.
fn header_key(token: &SignedToken) -> Option<PublicKey> {
    let header = token.header()?;
    if let Some(jwk) = header.json("jwk") {
        return PublicKey::from_jwk(&jwk);
    }
    let chain = header.json("x5c")?;
    let der = from_base64(chain.get(0)?.as_str()?)?;
    key_of_certificate(&der)
}

/// The RSA key inside a certificate: found by its encoding, which is enough to name a cause after the refusal stands.
fn key_of_certificate(der: &[u8]) -> Option<PublicKey> {
    // SEQUENCE { INTEGER of 257 bytes with a leading zero, INTEGER 65537 } is how a 2048-bit key is written.
    const START: [u8; 9] = [0x30, 0x82, 0x01, 0x0a, 0x02, 0x82, 0x01, 0x01, 0x00];
    let at = der.windows(START.len()).position(|window| window == START)? + START.len();
    PublicKey::from_components(der.get(at..at + 256)?, &[1, 0, 1])
}

/// Every claim has the type of its definition (RFC 7519 section 4.1), and times are numbers that a clock could show.
pub fn claim_types(token: &SignedToken) -> Verdict {
    let Some(claims) = token.claims() else {
        return Verdict::NotApplicable;
    };
    for (name, cause) in [("iss", "issuer"), ("sub", "subject"), ("jti", "token-id")] {
        if claims.text(name).is_wrong() {
            return Verdict::violated(cause, format!("`{name}` is not a text"));
        }
    }
    if claims.texts("aud").is_wrong() {
        return Verdict::violated("audience", "`aud` is not a text or a list of texts");
    }
    for (name, cause) in [("exp", "expiry"), ("nbf", "not-before"), ("iat", "issued-at")] {
        let is_number = claims
            .raw(name)
            .is_some_and(|raw| raw.starts_with(|first: char| first == '-' || first.is_ascii_digit()));
        match claims.number(name) {
            Typed::WrongType if !is_number => return Verdict::violated(cause, format!("`{name}` is not a number")),
            Typed::WrongType => return Verdict::violated("number-range", format!("`{name}` is beyond any number")),
            Typed::Is(seconds) if seconds.abs() > LARGEST_TIME => {
                return Verdict::violated("number-range", format!("`{name}` is beyond any time"));
            }
            Typed::Absent | Typed::Is(_) => {}
        }
    }
    Verdict::Held
}

/// A claim is there and says something.
pub fn present(token: &SignedToken, name: &'static str) -> Verdict {
    let Some(claims) = token.claims() else {
        return Verdict::NotApplicable;
    };
    if !claims.has(name) {
        return Verdict::violated("missing", format!("`{name}` is missing"));
    }
    if claims.text(name).value().is_some_and(|text| text.trim().is_empty()) {
        return Verdict::violated("blank", format!("`{name}` is blank"));
    }
    Verdict::Held
}

/// Not past its time, give or take the leeway.
pub fn expiry(token: &SignedToken) -> Verdict {
    let Some(expiry) = token.time("exp") else {
        return Verdict::NotApplicable;
    };
    let (now, leeway) = (seconds(token.now), seconds(token.leeway));
    if now < expiry + leeway {
        return Verdict::Held;
    }
    let cause = if now < expiry + 2.0 * leeway {
        "just-expired"
    } else {
        "expired"
    };
    Verdict::violated(
        cause,
        format!("it expired {} s ago; {} s are allowed", now - expiry, token.leeway),
    )
}

/// Not before its time, give or take the leeway.
pub fn not_before(token: &SignedToken) -> Verdict {
    starts(token, "nbf")
}

/// Not issued in the future, give or take the leeway.
pub fn issued_at(token: &SignedToken) -> Verdict {
    starts(token, "iat")
}

fn starts(token: &SignedToken, name: &'static str) -> Verdict {
    let Some(start) = token.time(name) else {
        return Verdict::NotApplicable;
    };
    if start <= seconds(token.now) + seconds(token.leeway) {
        Verdict::Held
    } else {
        Verdict::violated(
            "in-the-future",
            format!(
                "`{name}` lies {} s ahead; {} s are allowed",
                start - seconds(token.now),
                token.leeway
            ),
        )
    }
}

/// Whether there is a claim that nobody has defined.
pub fn has_unknown_claim(token: &SignedToken) -> bool {
    token
        .claims()
        .is_some_and(|claims| claims.names().any(|name| name.starts_with("x-")))
}

/// Whether it is made out to several.
pub fn has_several_audiences(token: &SignedToken) -> bool {
    token.audiences().is_some_and(|list| list.len() > 1)
}

/// One audience is among those that are `accepted`, exactly. Where none is, `cause` says how it misses.
pub fn audience(token: &SignedToken, accepted: &[String], cause: impl FnOnce(&[String]) -> &'static str) -> Verdict {
    let Some(named) = token.audiences() else {
        return Verdict::NotApplicable;
    };
    if named.iter().any(|audience| accepted.contains(audience)) {
        return Verdict::Held;
    }
    Verdict::violated(cause(&named), format!("`aud` names none of: {}", accepted.join(", ")))
}

/// How a value that is not one of `accepted` still resembles one: the cause of an audience or issuer that nearly fits.
pub fn resemblance(value: &str, accepted: &[String]) -> Option<&'static str> {
    if accepted.iter().any(|wanted| plain(wanted) == plain(value)) {
        return Some("other-spelling");
    }
    let part =
        |wanted: &String| !value.is_empty() && (wanted.contains(value) || value.contains(wanted.trim_end_matches('/')));
    if accepted.iter().any(part) {
        return Some("part-of-it");
    }
    value.contains(['*', '^', '$']).then_some("pattern")
}

/// What careless comparison takes for the same: case, blanks, final slash, default port, percent-encoding, scheme.
fn plain(text: &str) -> String {
    let lower = percent_decoded(text.trim()).to_lowercase();
    let bare = lower
        .strip_prefix("https://")
        .or_else(|| lower.strip_prefix("http://"))
        .unwrap_or(&lower);
    bare.replace(":443", "").trim_end_matches('/').to_owned()
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        match escape.and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

/// Seconds as a double; times stay far below where this loses anything.
#[expect(clippy::cast_precision_loss, reason = "a clock shows less than 2^53 seconds")]
pub fn seconds(whole: u64) -> f64 {
    whole as f64
}
