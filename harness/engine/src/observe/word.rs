//! Which texts of a server may be told as they stand: words of a protocol may, what looks like an id, a secret or a sentence may not.

/// Words of protocols are shorter.
const LONGEST: usize = 100;
/// As many digits in a row are a number of something.
const MOST_DIGITS: usize = 5;
/// As many letters and digits, mixed in a row, are an id.
const MOST_MIXED: usize = 15;

/// What stands in the place of a text that is no word.
pub const TEXT: &str = "(a text)";
/// What stands in the place of a member's name that is no word.
pub const NAME: &str = "{}";

/// A text as it stands where it is a word of a protocol, and a stand-in elsewhere.
pub fn word(text: &str) -> &str {
    if is_word(text) { text } else { TEXT }
}

/// The name of a member as it stands where it is a word, and a stand-in where it looks like the name of one thing or person.
pub fn name(text: &str) -> &str {
    if is_word(text.strip_prefix('@').unwrap_or(text)) {
        text
    } else {
        NAME
    }
}

/// Whether a text is a word of a protocol: short, made of letters, digits and marks of names, and no id.
pub fn is_word(text: &str) -> bool {
    let is_mark = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:/+*-#".contains(&byte);
    !text.is_empty() && text.len() <= LONGEST && text.bytes().all(is_mark) && !is_unique(text)
}

/// Whether a text holds what looks like an id.
fn is_unique(text: &str) -> bool {
    let mut runs = text.split(|character: char| !character.is_ascii_alphanumeric());
    runs.any(|run| {
        let digits = run.split(|character: char| !character.is_ascii_digit());
        let has_both = |run: &str| {
            run.bytes().any(|byte| byte.is_ascii_digit()) && run.bytes().any(|byte| byte.is_ascii_alphabetic())
        };
        digits.map(str::len).max() > Some(MOST_DIGITS) || run.len() > MOST_MIXED && has_both(run)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_protocols_are_told_and_nothing_else_is() {
        for text in [
            "invalid_grant",
            "urn:ietf:params:scim:schemas:core:2.0:User",
            "application/json",
            "RS256",
            "at+jwt",
            "no-store",
        ] {
            assert_eq!(word(text), text);
        }
        for text in [
            "",
            "the user ada is unknown",
            "ada@acme.example",
            "20261120120000",
            "4f1c2a9b8d7e6f5a4b3c",
            "x=y",
            "canary-client-secret/7d1f+\"é",
        ] {
            assert_eq!(word(text), TEXT, "{text}");
            assert_eq!(name(text), NAME, "{text}");
        }
        assert_eq!(name("@context"), "@context");
    }
}
