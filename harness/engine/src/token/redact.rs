//! Takes tokens and other credentials out of text before it is kept or shown.

use aws_lc_rs::digest::{SHA256, digest};

use super::credential::is_credential;
use super::key::hex;

/// What a JSON object that begins with a member looks like in base64.
const START: &str = "eyJ";
/// Anything shorter holds no claim worth hiding.
const SHORTEST: usize = 12;

/// What stands in the place of a credential that is no JWT. No digest: a password could be guessed from it.
const HIDDEN: &str = "(hidden)";

/// Takes every credential out of a text: JWTs wherever they stand, and what is called like a credential.
pub fn redact(text: &str) -> String {
    without_named(&without_tokens(text))
}

/// Replaces the value of every `name=value` and `"name":"value"` by a word, where the name is a credential's.
fn without_named(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(sign) = rest.find(['=', ':']) {
        let (before, from_sign) = rest.split_at(sign);
        let (opening, value_and_rest) = from_sign.split_at(1);
        let quoted = value_and_rest.trim_start().strip_prefix('"');
        let (name, value, ends): (_, _, &[char]) = match (opening, before.strip_suffix('"'), quoted) {
            (":", Some(name), Some(value)) => (name, value, &['"']),
            ("=", _, Some(value)) => (before, value, &['"']),
            ("=", _, None) => (
                before,
                value_and_rest,
                &['&', '#', ';', ',', ' ', '"', '\'', '<', '\r', '\n'],
            ),
            _ => ("", value_and_rest, &[]),
        };
        let start = text.len() - value.len();
        redacted.push_str(&rest[..start - (text.len() - rest.len())]);
        rest = value;
        let length = value.find(ends).unwrap_or(value.len());
        if length > 0 && !ends.is_empty() && is_credential(last_word(name)) && !is_stand_in(&value[..length]) {
            redacted.push_str(HIDDEN);
            rest = &value[length..];
        }
    }
    redacted.push_str(rest);
    redacted
}

/// The name that a text ends in.
fn last_word(text: &str) -> &str {
    let start = text.rfind(|character: char| !(character.is_ascii_alphanumeric() || "-_".contains(character)));
    start.map_or(text, |start| {
        text[start..].trim_start_matches(|character: char| !character.is_ascii_alphanumeric())
    })
}

/// Whether a text already stands in the place of a credential: the digest of a JWT, or words about a length.
fn is_stand_in(text: &str) -> bool {
    let between = |start: &str, end: &str| text.strip_prefix(start)?.strip_suffix(end);
    let is_digest = |digest: &str| digest.len() == 8 && digest.bytes().all(|byte| byte.is_ascii_hexdigit());
    let is_number = |number: &str| number.bytes().all(|byte| byte.is_ascii_digit());
    between("jwt:", "").is_some_and(is_digest) || between("a text of ", " characters").is_some_and(is_number)
}

/// Replaces every JWT in a text by `jwt:` and the first eight hexadecimal digits of its SHA-256.
///
/// Equal tokens get equal digests, so that a reader still sees which is which. It rather takes too much than too little:
/// a token ends where no character of base64, of its percent-encoding or dot follows, and tokens that are damaged or
/// hold only one part are taken out too.
fn without_tokens(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, token, behind)) = next_token(rest) {
        redacted.push_str(before);
        redacted.push_str(&token_digest(token));
        rest = behind;
    }
    redacted.push_str(rest);
    redacted
}

/// What stands in the place of a JWT in everything that is kept.
pub fn token_digest(token: &str) -> String {
    format!("jwt:{}", hex(&digest(&SHA256, token.as_bytes()).as_ref()[..4]))
}

/// The JWTs in a text, also damaged ones, as [`redact`] takes them out.
pub fn tokens_in(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        let (_, token, behind) = next_token(rest)?;
        rest = behind;
        Some(token)
    })
}

/// The first JWT of a text, with what is before and behind it.
fn next_token(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let start = from + text[from..].find(START)?;
        let length = text[start..].find(|character| !belongs_to_token(character));
        let end = length.map_or(text.len(), |length| start + length);
        if end - start >= SHORTEST {
            return Some((&text[..start], &text[start..end], &text[end..]));
        }
        from = end;
    }
}

fn belongs_to_token(character: char) -> bool {
    character.is_ascii_alphanumeric() || "-_.+/=%".contains(character)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
    const REDACTED: &str = "jwt:373987f3";

    #[test]
    fn tokens_are_found_wherever_they_stand() {
        for (before, after) in [
            ("", ""),
            ("Authorization: Bearer ", "\r\n"),
            ("grant_type=x&assertion=", "&scope=y"),
            ("{\"access_token\":\"", "\",\"expires_in\":3600}"),
            ("ümlaut ", " ümlaut"),
        ] {
            let text = format!("{before}{TOKEN}{after}");
            assert_eq!(redact(&text), format!("{before}{REDACTED}{after}"));
        }
        assert_eq!(redact(&format!("{TOKEN},{TOKEN}")), format!("{REDACTED},{REDACTED}"));
    }

    #[test]
    fn what_is_called_like_a_credential_is_hidden() {
        for (text, expected) in [
            (
                "https://a.example/cb?code=abc%20d&state=x",
                "https://a.example/cb?code=(hidden)&state=x",
            ),
            (
                "/cb#access_token=a.b:c&token_type=bearer",
                "/cb#access_token=(hidden)&token_type=bearer",
            ),
            ("code=a", "code=(hidden)"),
            ("code=", "code="),
            (
                "password=p=q client_secret=\"a b\"",
                "password=(hidden) client_secret=\"(hidden)\"",
            ),
            (
                r#"{"refresh_token": "a","id_token":"a text of 9 characters","error":"code","code":7,"client_assertion":"b"}"#,
                r#"{"refresh_token": "(hidden)","id_token":"a text of 9 characters","error":"code","code":7,"client_assertion":"(hidden)"}"#,
            ),
            (
                "response_type=code&x-code=1&é_code=2",
                "response_type=code&x-code=1&é_code=(hidden)",
            ),
        ] {
            assert_eq!(redact(text), expected);
            assert_eq!(redact(expected), expected);
        }
    }

    #[test]
    fn damaged_tokens_are_tokens() {
        for token in [
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ",
            "eyJhbGciOiJub25lIn0",
            "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ==.c2ln%2BmF0dXJl",
        ] {
            let redacted = redact(token);
            assert!(redacted.starts_with("jwt:") && redacted.len() == 12, "{redacted}");
        }
    }

    #[test]
    fn other_text_stays() {
        for text in [
            "",
            "eyJ",
            "keyJar",
            "https://identity.example/oauth2/v1/token",
            "jwt:01234567",
        ] {
            assert_eq!(redact(text), text);
        }
    }

    proptest! {
        #[test]
        fn nothing_of_claims_and_signature_survives(
            before in "[^%]{0,20}", claims in "[A-Za-z0-9_-]{20,40}", signature in "[A-Za-z0-9_-]{20,40}", after in "[ &\",;].{0,20}",
        ) {
            let redacted = redact(&format!("{before}eyJhbGciOiJub25lIn0.eyJ{claims}.{signature}{after}"));
            prop_assert!(!redacted.contains(&claims) && !redacted.contains(&signature));
            prop_assert_eq!(redact(&redacted), redacted);
        }
    }
}
