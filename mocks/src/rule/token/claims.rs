//! Checks on what a token claims: types, times, audiences.

use crate::jose::object::Typed;
use crate::rule::Verdict;
use crate::rule::token::{LARGEST_TIME, SignedToken, seconds};

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

/// A text with its percent escapes read; malformed ones stay as they are.
pub fn percent_decoded(text: &str) -> String {
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
