//! Takes a compact token apart, as far as it goes.
//!
//! A strict reader would stop at the first fault. This one notes the fault and reads on as the lenient server would that has just this
//! weakness, so that every rule can be judged, and so that each leniency can be switched on alone as a defect.

use crate::jose::object::{Object, ObjectFault};
use crate::jose::{base64url, from_base64url};
use crate::wire::TOKEN_LIMIT;

/// What is wrong with the outer form of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FormFault {
    /// Longer than [`TOKEN_LIMIT`].
    TooLong,
    /// The JSON serialization in place of the compact one (RFC 7519 section 1).
    JsonSerialization,
    /// Two tokens in one parameter (RFC 7523 section 2.1).
    Several,
    /// Blanks or line breaks (RFC 7515 section 2).
    Blanks,
    /// Five parts: an encrypted token (RFC 7516).
    Encrypted,
    /// Two parts: the signature and its dot are missing.
    NoSignaturePart,
    /// Another number of parts than three.
    Parts,
    /// No dots at all.
    NotAToken,
    /// `=` at the end of a part (RFC 7515 section 2).
    Padding,
    /// `+` or `/` in a part (RFC 4648 section 5).
    Alphabet,
    /// Unused low bits that are not zero (RFC 4648 section 3.5).
    UnusedBits,
    /// A part that is no base64url for another reason.
    NotBase64,
}

/// A token, taken apart.
#[derive(Debug, Default)]
pub struct Compact {
    /// The first fault of the outer form.
    pub fault: Option<FormFault>,
    /// The header's members, where they could be read.
    pub header: Option<Object>,
    /// What is wrong with the text of the header.
    pub header_fault: Option<ObjectFault>,
    /// The claims, where they could be read.
    pub claims: Option<Object>,
    /// What is wrong with the text of the claims.
    pub claims_fault: Option<ObjectFault>,
    /// What the signature is over. Blanks, padding and a foreign alphabet are taken back, so that a lenient reader is shown whole.
    pub signing_input: String,
    /// The signature; `None` where its part is missing.
    pub signature: Option<Vec<u8>>,
}

impl Compact {
    /// Takes `text` apart. Never fails: what cannot be read is absent, and the fault says why.
    pub fn read(text: &str) -> Self {
        if text.len() > TOKEN_LIMIT {
            return Self {
                fault: Some(FormFault::TooLong),
                ..Self::default()
            };
        }
        let trimmed = text.trim_start();
        if trimmed.starts_with('{') {
            let compact = compact_of_json(trimmed).unwrap_or_default();
            return Self {
                fault: Some(FormFault::JsonSerialization),
                ..Self::of_parts(&compact)
            };
        }
        if let Some(first) = first_of_several(text) {
            return Self {
                fault: Some(FormFault::Several),
                ..Self::of_parts(first)
            };
        }
        if text.contains(|character: char| character.is_whitespace()) {
            let joined: String = text.split_whitespace().collect();
            return Self {
                fault: Some(FormFault::Blanks),
                ..Self::of_parts(&joined)
            };
        }
        Self::of_parts(text)
    }

    fn of_parts(text: &str) -> Self {
        let parts: Vec<&str> = text.split('.').collect();
        let fault = match parts.len() {
            3 => None,
            1 => Some(FormFault::NotAToken),
            2 => Some(FormFault::NoSignaturePart),
            5 => Some(FormFault::Encrypted),
            _ => Some(FormFault::Parts),
        };
        if matches!(fault, Some(FormFault::NotAToken | FormFault::Encrypted)) {
            return Self {
                fault,
                ..Self::default()
            };
        }
        let mut compact = Self {
            fault,
            ..Self::default()
        };
        let (header, header_text) = compact.part(parts[0]);
        let (claims, claims_text) = compact.part(parts[1]);
        compact.signature = parts.get(2).map(|part| compact.part(part).0);
        if compact.fault == Some(FormFault::NotBase64) {
            // Nothing of it can be trusted to mean anything.
            return Self {
                fault: compact.fault,
                ..Self::default()
            };
        }
        compact.signing_input = format!("{header_text}.{claims_text}");
        (compact.header, compact.header_fault) = Object::read(&header);
        (compact.claims, compact.claims_fault) = Object::read(&claims);
        compact
    }

    /// The bytes of one part and the text that a strict writer would have written for them.
    fn part(&mut self, text: &str) -> (Vec<u8>, String) {
        if let Some(bytes) = from_base64url(text) {
            return (bytes, text.to_owned());
        }
        let mut plain = text.to_owned();
        let mut fault = FormFault::NotBase64;
        if plain.contains('=') {
            fault = FormFault::Padding;
            plain = plain.trim_end_matches('=').to_owned();
        }
        if plain.contains(['+', '/']) {
            fault = FormFault::Alphabet;
            plain = plain.replace('+', "-").replace('/', "_");
        }
        if from_base64url(&plain).is_none()
            && let Some(bytes) = without_unused_bits(&plain)
        {
            fault = FormFault::UnusedBits;
            // The signature is over the text that was sent, odd bits and all.
            self.fault.get_or_insert(fault);
            return (bytes, plain);
        }
        self.fault.get_or_insert(fault);
        let bytes = from_base64url(&plain).unwrap_or_default();
        (bytes, plain)
    }
}

/// Decodes a part whose last character has bits that belong to no byte.
fn without_unused_bits(text: &str) -> Option<Vec<u8>> {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let last = *text.as_bytes().last()?;
    let value = ALPHABET.iter().position(|character| *character == last)?;
    let kept = match text.len() % 4 {
        2 => value & 0b11_0000,
        3 => value & 0b11_1100,
        _ => return None,
    };
    let mut mended = text[..text.len() - 1].to_owned();
    mended.push(char::from(ALPHABET[kept]));
    from_base64url(&mended)
}

/// The first of several tokens joined by a blank or a comma.
fn first_of_several(text: &str) -> Option<&str> {
    let mut pieces = text.split([' ', ',']).filter(|piece| !piece.is_empty());
    let first = pieces.next()?;
    (first.contains('.') && pieces.next().is_some_and(|second| second.matches('.').count() >= 2)).then_some(first)
}

/// The compact form of a flattened or general JSON serialization (RFC 7515 section 7.2).
fn compact_of_json(text: &str) -> Option<String> {
    let value: serde_json::Value = serde_json::from_str(text).ok()?;
    let payload = value.get("payload")?.as_str()?;
    let signature = value.get("signatures").and_then(|list| list.get(0)).unwrap_or(&value);
    let (protected, signature) = (
        signature.get("protected")?.as_str()?,
        signature.get("signature")?.as_str()?,
    );
    Some(format!("{protected}.{payload}.{signature}"))
}

/// Joins parts that are already text into the input of a signature.
pub fn signing_input(header: &str, claims: &str) -> String {
    format!("{}.{}", base64url(header.as_bytes()), base64url(claims.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn token() -> String {
        format!(
            "{}.{}",
            signing_input(r#"{"alg":"RS256"}"#, r#"{"sub":"ada"}"#),
            base64url(&[1, 2, 3, 4])
        )
    }

    fn fault_of(text: &str) -> Option<FormFault> {
        Compact::read(text).fault
    }

    #[test]
    fn a_sound_token_has_no_fault() {
        let compact = Compact::read(&token());
        assert_eq!(compact.fault, None);
        assert!(compact.header.expect("a header").has("alg"));
        assert_eq!(compact.signature.as_deref(), Some(&[1_u8, 2, 3, 4][..]));
    }

    #[test]
    fn every_leniency_is_named_and_read_through() {
        let token = token();
        let parts: Vec<&str> = token.split('.').collect();
        let cases = [
            (format!("{token} {token}"), FormFault::Several),
            (format!("{token},{token}"), FormFault::Several),
            (format!("{token}\r\n"), FormFault::Blanks),
            (format!("{}=.{}.{}", parts[0], parts[1], parts[2]), FormFault::Padding),
            (format!("{token}.x.y.z"), FormFault::Parts),
            (
                format!(
                    r#"{{"protected":"{}","payload":"{}","signature":"{}"}}"#,
                    parts[0], parts[1], parts[2]
                ),
                FormFault::JsonSerialization,
            ),
        ];
        for (text, fault) in cases {
            let compact = Compact::read(&text);
            assert_eq!(compact.fault, Some(fault), "{text}");
            assert_eq!(compact.signing_input, format!("{}.{}", parts[0], parts[1]));
            assert!(compact.claims.is_some(), "{text}");
        }
    }

    #[test]
    fn what_is_no_token_is_named() {
        assert_eq!(fault_of("abc"), Some(FormFault::NotAToken));
        assert_eq!(fault_of("a.b.c.d.e"), Some(FormFault::Encrypted));
        assert_eq!(fault_of(&"a".repeat(TOKEN_LIMIT + 1)), Some(FormFault::TooLong));
        assert_eq!(Compact::read("..").header_fault, Some(ObjectFault::NotAnObject));
    }
}
