//! Takes tokens out of text before it is kept or shown.

use aws_lc_rs::digest::{SHA256, digest};

use super::key::hex;

/// What a JSON object that begins with a member looks like in base64.
const START: &str = "eyJ";
/// Anything shorter holds no claim worth hiding.
const SHORTEST: usize = 12;

/// Replaces every JWT in a text by `jwt:` and the first eight hexadecimal digits of its SHA-256.
///
/// Equal tokens get equal digests, so that a reader still sees which is which. It rather takes too much than too little:
/// a token ends where no character of base64, of its percent-encoding or dot follows, and tokens that are damaged or
/// hold only one part are taken out too.
pub fn redact(text: &str) -> String {
    let mut redacted = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(START) {
        let (before, from_start) = rest.split_at(start);
        let length = from_start
            .find(|character| !belongs_to_token(character))
            .unwrap_or(from_start.len());
        let (token, behind) = from_start.split_at(length);
        redacted.push_str(before);
        if token.len() < SHORTEST {
            redacted.push_str(token);
        } else {
            redacted.push_str("jwt:");
            redacted.push_str(&hex(&digest(&SHA256, token.as_bytes()).as_ref()[..4]));
        }
        rest = behind;
    }
    redacted.push_str(rest);
    redacted
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
