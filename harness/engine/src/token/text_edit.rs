//! Changes of the finished text of a compact JWT: blanks, padding, other alphabets, other numbers of parts.
//!
//! The signature is made by then and stays as it is; what comes before is in [`mod@super::forge`].

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

/// A change of the finished text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TextEdit {
    /// Puts text in front.
    Prepend(String),
    /// Puts text behind.
    Append(String),
    /// Puts text directly behind a segment, before the dot that follows.
    Insert {
        /// Behind which one.
        after: Segment,
        /// What is put there.
        text: String,
    },
    /// Fills a segment up with `=` to a multiple of four characters; a segment that needs none gets one.
    Pad(Segment),
    /// Writes `+` for `-` and `/` for `_`.
    StandardAlphabet,
    /// Flips an unused bit in the last character of a segment: the same bytes, written otherwise.
    UnusedBits(Segment),
    /// Cuts the text to this many segments, or adds segments that hold `{}`.
    Parts(usize),
    /// Writes the flattened JSON serialization.
    Flattened,
    /// Writes the general JSON serialization.
    General,
    /// Writes the token twice with this text between, such as a blank or a comma.
    JoinTwice(String),
    /// Writes this instead.
    Replace(String),
}

/// Names a segment of the compact text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Segment {
    /// The first.
    Header,
    /// The second.
    Claims,
    /// The third.
    Signature,
}

/// The text would be the same as before: the scenario is at fault, not the target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the alteration of the text would change nothing: {0}")]
pub struct NothingToChange(&'static str);

impl TextEdit {
    pub(super) fn apply(&self, segments: &mut Vec<String>) -> Result<(), NothingToChange> {
        let before = segments.join(".");
        let replaced = match self {
            Self::Prepend(text) => format!("{text}{before}"),
            Self::Append(text) => format!("{before}{text}"),
            Self::JoinTwice(text) => format!("{before}{text}{before}"),
            Self::Replace(text) => text.clone(),
            Self::StandardAlphabet => before.replace('-', "+").replace('_', "/"),
            Self::Flattened => json_serialization(segments).to_string(),
            Self::General => {
                let mut flat = json_serialization(segments);
                let payload = flat["payload"].take();
                flat.as_object_mut()
                    .expect("it was written as an object")
                    .shift_remove("payload");
                json!({ "payload": payload, "signatures": [flat] }).to_string()
            }
            Self::Parts(number) => {
                segments.resize(*number, URL_SAFE_NO_PAD.encode("{}"));
                return changed(&before, segments);
            }
            Self::Insert { after, text } => {
                after.of(segments)?.push_str(text);
                return changed(&before, segments);
            }
            Self::Pad(segment) => {
                let segment = segment.of(segments)?;
                let missing = segment.len().next_multiple_of(4) - segment.len();
                segment.push_str(&"=".repeat(missing.max(1)));
                return Ok(());
            }
            Self::UnusedBits(segment) => return flip_unused_bit(segment.of(segments)?),
        };
        *segments = vec![replaced];
        changed(&before, segments)
    }
}

impl Segment {
    fn of(self, segments: &mut [String]) -> Result<&mut String, NothingToChange> {
        segments
            .get_mut(self as usize)
            .ok_or(NothingToChange("the segment is not there"))
    }
}

fn changed(before: &str, segments: &[String]) -> Result<(), NothingToChange> {
    if segments.join(".") == before {
        Err(NothingToChange("it says the same"))
    } else {
        Ok(())
    }
}

/// The flattened JSON serialization of what may be fewer than three segments.
fn json_serialization(segments: &[String]) -> serde_json::Value {
    let segment = |at: usize| segments.get(at).map_or("", String::as_str);
    json!({ "payload": segment(1), "protected": segment(0), "signature": segment(2) })
}

/// Base64 fills up with zero bits; a strict reader refuses any others, a sloppy one does not see them.
fn flip_unused_bit(segment: &mut String) -> Result<(), NothingToChange> {
    const ALPHABET: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let has_unused_bits = matches!(segment.len() % 4, 2 | 3);
    let value = segment
        .chars()
        .next_back()
        .and_then(|last| ALPHABET.find(last))
        .filter(|_| has_unused_bits);
    let Some(value) = value else {
        return Err(NothingToChange("the segment has no unused bits"));
    };
    segment.pop();
    segment.push(char::from(ALPHABET.as_bytes()[value ^ 1]));
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Segments of lengths with unused bits (`QR`), without (`-_AB`), and with (`abc`).
    const TOKEN: &str = "QR.-_AB.abc";

    fn edited(edit: &TextEdit) -> Result<String, NothingToChange> {
        let mut segments = TOKEN.split('.').map(str::to_owned).collect();
        edit.apply(&mut segments)?;
        Ok(segments.join("."))
    }

    #[test]
    fn each_edit_does_what_it_says() {
        let insert = |after, text: &str| TextEdit::Insert {
            after,
            text: text.to_owned(),
        };
        let table = [
            (TextEdit::Prepend(" ".to_owned()), " QR.-_AB.abc"),
            (TextEdit::Append("\n".to_owned()), "QR.-_AB.abc\n"),
            (insert(Segment::Header, " "), "QR .-_AB.abc"),
            (insert(Segment::Signature, "!"), "QR.-_AB.abc!"),
            (TextEdit::Pad(Segment::Header), "QR==.-_AB.abc"),
            (TextEdit::Pad(Segment::Claims), "QR.-_AB=.abc"),
            (TextEdit::Pad(Segment::Signature), "QR.-_AB.abc="),
            (TextEdit::StandardAlphabet, "QR.+/AB.abc"),
            (TextEdit::UnusedBits(Segment::Header), "QQ.-_AB.abc"),
            (TextEdit::UnusedBits(Segment::Signature), "QR.-_AB.abd"),
            (TextEdit::Parts(1), "QR"),
            (TextEdit::Parts(2), "QR.-_AB"),
            (TextEdit::Parts(5), "QR.-_AB.abc.e30.e30"),
            (
                TextEdit::Flattened,
                r#"{"payload":"-_AB","protected":"QR","signature":"abc"}"#,
            ),
            (
                TextEdit::General,
                r#"{"payload":"-_AB","signatures":[{"protected":"QR","signature":"abc"}]}"#,
            ),
            (TextEdit::JoinTwice(",".to_owned()), "QR.-_AB.abc,QR.-_AB.abc"),
            (TextEdit::Replace("x".to_owned()), "x"),
        ];
        for (edit, wanted) in table {
            assert_eq!(edited(&edit).as_deref(), Ok(wanted), "{edit:?}");
        }
    }

    #[test]
    fn unused_bits_do_not_change_the_bytes() {
        use base64::engine::{GeneralPurpose, general_purpose};
        let sloppy = general_purpose::NO_PAD.with_decode_allow_trailing_bits(true);
        let sloppy = GeneralPurpose::new(&base64::alphabet::URL_SAFE, sloppy);
        for good in ["QQ", "abc", "e30"] {
            let mut other = good.to_owned();
            flip_unused_bit(&mut other).unwrap();
            assert_ne!(good, other);
            assert_eq!(sloppy.decode(good), sloppy.decode(&other));
        }
    }

    #[test]
    fn an_edit_that_changes_nothing_is_an_error() {
        let idle = [
            TextEdit::Append(String::new()),
            TextEdit::Parts(3),
            TextEdit::UnusedBits(Segment::Claims),
        ];
        for edit in idle {
            assert!(edited(&edit).is_err(), "{edit:?}");
        }
    }
}
