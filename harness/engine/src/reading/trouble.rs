//! What is likely wrong with a token: a table of signs, each with what to do and where that is from.

use serde::Serialize;
use serde_json::Value;

use super::kind::Kind;
use super::legible::Sight;
use super::time::distance;

/// The most seconds by which clocks differ without anybody minding.
const SKEW: f64 = 60.0;
/// Seconds since 1970 are fewer than this until the year 5138; milliseconds are more.
pub(super) const MILLISECONDS: f64 = 1e11;
/// The length of a SHA-1 thumbprint in base64url.
const THUMBPRINT: usize = 27;

/// Something that is likely wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Trouble {
    /// What it is called.
    pub id: &'static str,
    /// What is wrong.
    pub what: String,
    /// What to do.
    #[serde(rename = "do")]
    pub todo: &'static str,
    /// Where that is from, as `explain` takes it or as the name of a standard.
    pub source: &'static str,
}

/// Finds out whether there is a trouble, and words it.
type Check = fn(&Sight<'_>) -> Option<String>;

/// Everything that is likely wrong with a token, the gravest first.
pub(super) fn troubles(sight: &Sight<'_>) -> Vec<Trouble> {
    let found = TROUBLES
        .iter()
        .filter_map(|(id, check, todo, source)| check(sight).map(|what| Trouble { id, what, todo, source }));
    found.collect()
}

/// The trouble, how it is found, what to do, and where that is from.
const TROUBLES: &[(&str, Check, &str, &str)] = &[
    (
        "not-a-token",
        |sight| {
            let why = match sight.parts {
                0 => "it is longer than any token".to_owned(),
                1 => "there is no dot in it".to_owned(),
                3 => "neither header nor claims can be read".to_owned(),
                parts => format!("it has {parts} parts, and a signed token has 3"),
            };
            let has_parts = matches!(sight.parts, 2 | 3) || sight.kind == Kind::Encrypted;
            let is_none = sight.is_opaque() || !has_parts;
            is_none.then(|| format!("it is no signed token: {why}"))
        },
        "copy the whole token; one that is opaque is explained by the introspection endpoint of its domain alone",
        "RFC 7519 s3",
    ),
    (
        "encrypted",
        |sight| {
            (sight.kind == Kind::Encrypted)
                .then(|| "it is encrypted: nobody but its receiver can read the claims".to_owned())
        },
        "ask its receiver what it says, or switch the encryption of tokens off for the resource",
        "RFC 7516 s3",
    ),
    (
        "damaged",
        |sight| (!sight.faults.is_empty()).then(|| sight.faults.join("; ")),
        "take it from the program that made or got it once more; line breaks and padding do not belong into it",
        "RFC 7515 s3.1",
    ),
    (
        "unsigned",
        |sight| {
            let algorithm = sight.algorithm()?;
            algorithm
                .eq_ignore_ascii_case("none")
                .then(|| "`alg` is none: nobody signed it".to_owned())
        },
        "sign it, and never take one like it",
        "RFC 8725 s3.2",
    ),
    (
        "no-signature",
        |sight| {
            let is_none = sight
                .algorithm()
                .is_some_and(|algorithm| algorithm.eq_ignore_ascii_case("none"));
            (sight.is_without_signature && !is_none && sight.parts == 3).then(|| "the signature is missing".to_owned())
        },
        "copy the token whole: it has a part behind the second dot",
        "RFC 7515 s3.1",
    ),
    (
        "algorithm",
        |sight| {
            let algorithm = sight
                .algorithm()
                .filter(|algorithm| !algorithm.eq_ignore_ascii_case("none"))?;
            (sight.kind.is_assertion() && algorithm != "RS256")
                .then(|| format!("`alg` is {algorithm}, and an identity domain takes RS256 alone"))
        },
        "sign with RS256",
        "MISCONF-033",
    ),
    (
        "expired",
        |sight| {
            let end = sight.seconds("exp")?;
            (end <= sight.now_seconds()).then(|| format!("it expired {}", distance(whole(end), sight.now)))
        },
        "get a new one; if it is new, set the clock of the machine that made it",
        "RFC 7519 s4.1.4",
    ),
    (
        "not-yet-valid",
        |sight| {
            let begin = sight.seconds("nbf").filter(|begin| *begin > sight.now_seconds())?;
            Some(format!(
                "it is valid from `nbf` on: {}",
                distance(whole(begin), sight.now)
            ))
        },
        "wait, or set the clock of the machine that made it",
        "RFC 7519 s4.1.5",
    ),
    (
        "from-the-future",
        |sight| {
            let made = sight.seconds("iat").filter(|made| *made > sight.now_seconds() + SKEW)?;
            Some(format!("it says that it was made {}", distance(whole(made), sight.now)))
        },
        "set the clocks by NTP: that of the machine that made it is fast, or ours is slow",
        "CLOCK-001",
    ),
    (
        "milliseconds",
        |sight| {
            let is_long = |name: &&str| sight.number(name).is_some_and(|time| time >= MILLISECONDS);
            let named: Vec<&str> = ["exp", "nbf", "iat"].into_iter().filter(|name| is_long(name)).collect();
            (!named.is_empty()).then(|| format!("times are in milliseconds: {}", named.join(", ")))
        },
        "write seconds since 1970",
        "RFC 7519 s2",
    ),
    (
        "time-is-no-number",
        |sight| {
            let is_wrong = |name: &&str| sight.claims.get(*name).is_some_and(|time| !time.is_number());
            let named: Vec<&str> = ["exp", "nbf", "iat"].into_iter().filter(is_wrong).collect();
            (!named.is_empty()).then(|| format!("times are no numbers: {}", named.join(", ")))
        },
        "write seconds since 1970, without quotation marks",
        "RFC 7519 s2",
    ),
    (
        "no-expiry",
        |sight| (sight.is_legible() && !sight.claims.contains_key("exp")).then(|| "it has no `exp`".to_owned()),
        "say until when it holds; an identity domain takes no assertion without",
        "RFC 7523 s3(4)",
    ),
    (
        "no-audience",
        |sight| (sight.is_legible() && sight.audiences().is_empty()).then(|| "it has no `aud`".to_owned()),
        "say whom it is for",
        "RFC 7523 s3(3)",
    ),
    (
        "no-key-named",
        |sight| {
            let names = ["kid", "x5t", "x5t#S256"];
            let is_named = names.iter().any(|name| sight.header.contains_key(*name));
            (sight.kind.is_assertion() && !is_named).then(|| "its header names no key".to_owned())
        },
        "put the certificate's alias into `kid`",
        "MISCONF-031",
    ),
    (
        "thumbprint-miscased",
        |sight| {
            let known = ["x5t", "x5t#S256"];
            let is_miscased = |name: &&String| {
                known.iter().any(|known| known.eq_ignore_ascii_case(name)) && !known.contains(&name.as_str())
            };
            let name = sight.header.keys().find(is_miscased)?;
            Some(format!(
                "`{name}` stands in the header, and names are compared letter by letter"
            ))
        },
        "write x5t and x5t#S256",
        "MISCONF-032",
    ),
    (
        "thumbprint-badly-written",
        |sight| {
            let thumbprint = sight.header.get("x5t")?;
            let is_good = |text: &str| text.len() == THUMBPRINT && !text.contains(['+', '/', '=']);
            (!thumbprint.as_str().is_some_and(is_good))
                .then(|| format!("`x5t` is not {THUMBPRINT} letters of base64url"))
        },
        "encode the 20 bytes of the SHA-1 fingerprint, not their hexadecimal text, as base64url without padding",
        "MISCONF-044",
    ),
    (
        "audience-is-an-address",
        |sight| {
            let is_token_url = |audience: &String| audience.ends_with("/oauth2/v1/token");
            (sight.kind.is_assertion() && sight.audiences().iter().any(is_token_url))
                .then(|| "`aud` is the address of the token endpoint, which identity domains do not take".to_owned())
        },
        "set `aud` to https://identity.oraclecloud.com/, with the slash at its end",
        "MISCONF-034",
    ),
    (
        "audience-lacks-the-slash",
        |sight| {
            let is_bare = |audience: &String| audience == "https://identity.oraclecloud.com";
            (sight.kind.is_assertion() && sight.audiences().iter().any(is_bare))
                .then(|| "`aud` lacks the slash at its end".to_owned())
        },
        "set `aud` to https://identity.oraclecloud.com/, with the slash at its end",
        "MISCONF-034",
    ),
    (
        "assertion-sent-as-token",
        |sight| {
            let is_called = sight
                .called
                .is_some_and(|called| matches!(called, "bearer" | "access_token"));
            (sight.kind.is_assertion() && is_called)
                .then(|| "an assertion stands where an access token belongs".to_owned())
        },
        "exchange it at the token endpoint first",
        "MISCONF-045",
    ),
    (
        "id-token-sent-as-token",
        |sight| {
            let is_called = sight
                .called
                .is_some_and(|called| matches!(called, "bearer" | "access_token"));
            (sight.kind == Kind::IdToken && is_called)
                .then(|| "an ID token stands where an access token belongs".to_owned())
        },
        "send the access token that came with it",
        "IDCS-OAUTH-336",
    ),
];

#[expect(
    clippy::cast_possible_truncation,
    reason = "a cast of a float to an integer ends at its limits"
)]
pub(super) fn whole(seconds: f64) -> i64 {
    seconds as i64
}

impl Sight<'_> {
    /// The algorithm that the header names.
    fn algorithm(&self) -> Option<&str> {
        self.header.get("alg").and_then(Value::as_str)
    }
}
