//! Hides known secrets in texts of others, however they come back: as they are, in base64, percent-encoded, JSON-escaped, or broken over
//! lines.
//!
//! [`redact()`](super::redact::redact) knows credentials by their shape and by the names they go by. This is for those that a server
//! repeats under no name at all.

use std::collections::HashSet;
use std::ops::Range;

use base64::Engine;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// What stands in the place of a secret.
const HIDDEN: &str = "(hidden)";
/// What stands at the end of a text that was cut.
const CUT: &str = "...";
/// Shorter secrets are passed over: they would be found in every other word.
const SHORTEST: usize = 6;
/// The least of a secret at the end of a cut text that is taken for its beginning.
const SHORTEST_BEGINNING: usize = 6;

/// Known secrets in all their disguises.
#[derive(Clone, Default)]
pub struct Mask {
    /// By their first byte; lower case, without blanks.
    needles: Vec<Vec<Vec<u8>>>,
    known: HashSet<Vec<u8>>,
}

impl Mask {
    /// A mask that hides some secrets.
    pub fn of<'a>(secrets: impl IntoIterator<Item = &'a str>) -> Self {
        let mut mask = Self::default();
        mask.extend(secrets);
        mask
    }

    /// Hides more secrets.
    pub fn extend<'a>(&mut self, secrets: impl IntoIterator<Item = &'a str>) {
        for secret in secrets {
            self.add_disguises(secret);
            // Header fields and old software lose or mangle what is not ASCII; the rest of the secret is then all that comes back.
            if !secret.is_ascii() {
                secret
                    .split(|character: char| !character.is_ascii())
                    .for_each(|part| self.add_disguises(part));
            }
        }
    }

    fn add_disguises(&mut self, secret: &str) {
        if secret.trim().len() < SHORTEST {
            return;
        }
        self.add(secret.as_bytes());
        self.add(&percent_encoded(secret, b"*-._").replace("%20", "+").into_bytes());
        self.add(percent_encoded(secret, b"-._~").as_bytes());
        self.add(every_byte_encoded(secret).as_bytes());
        let escaped = serde_json::to_string(secret).expect("a text is JSON");
        self.add(escaped.trim_matches('"').as_bytes());
        for offset in 0..3 {
            let padded = [&[0; 2][..offset], secret.as_bytes()].concat();
            // The characters at the ends also depend on what is beside the secret.
            let begin = [0, 2, 3][offset];
            let whole = padded.len() / 3 * 4;
            for encoded in [STANDARD_NO_PAD.encode(&padded), URL_SAFE_NO_PAD.encode(&padded)] {
                self.add(&encoded.as_bytes()[begin..whole]);
            }
        }
    }

    fn add(&mut self, needle: &[u8]) {
        let squeezed: Vec<u8> = squeezed(needle).map(|(byte, _)| byte).collect();
        if squeezed.len() < SHORTEST || !self.known.insert(squeezed.clone()) {
            return;
        }
        if self.needles.is_empty() {
            self.needles = vec![Vec::new(); 256];
        }
        self.needles[usize::from(squeezed[0])].push(squeezed);
    }

    /// A text without the secrets.
    pub fn hide(&self, text: &str) -> String {
        if self.needles.is_empty() {
            return text.to_owned();
        }
        let (bytes, places): (Vec<u8>, Vec<Range<usize>>) = squeezed(text.as_bytes()).unzip();
        let mut hidden: Vec<Range<usize>> = Vec::new();
        let mut hide = |from: usize, to: usize| {
            let range = places[from].start..places[to - 1].end;
            match hidden.last_mut() {
                Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
                _ => hidden.push(range),
            }
        };
        let cut = bytes.len() - if text.ends_with(CUT) { CUT.len() } else { 0 };
        for from in 0..bytes.len() {
            let rest = &bytes[from..];
            let at_end = &bytes[from.min(cut)..cut];
            let longest = self.needles[usize::from(bytes[from])].iter().filter_map(|needle| {
                let is_whole = rest.starts_with(needle);
                let is_beginning =
                    cut < bytes.len() && at_end.len() >= SHORTEST_BEGINNING && needle.starts_with(at_end);
                is_whole
                    .then_some(needle.len())
                    .or(is_beginning.then_some(at_end.len()))
            });
            if let Some(length) = longest.max() {
                hide(from, from + length);
            }
        }
        let mut shown = String::with_capacity(text.len());
        let mut kept = 0;
        for range in hidden {
            // What is hidden begins and ends with whole characters: a secret is UTF-8, and so are its disguises.
            shown.push_str(text.get(kept..range.start).unwrap_or_default());
            shown.push_str(HIDDEN);
            kept = range.end;
        }
        shown.push_str(text.get(kept..).unwrap_or_default());
        shown
    }
}

/// The bytes of a text in lower case, each with its place, without blanks and line breaks, be they written as such or as escapes, and
/// without the backslashes of escapes, however often a text was escaped.
fn squeezed(text: &[u8]) -> impl Iterator<Item = (u8, Range<usize>)> {
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = text.get(at..).filter(|rest| !rest.is_empty())?;
            let skipped = blank(rest);
            if skipped == 0 {
                at += 1;
                return Some((rest[0].to_ascii_lowercase(), at - 1..at));
            }
            at += skipped;
        }
    })
}

/// How many bytes at the beginning of a text say nothing.
fn blank(text: &[u8]) -> usize {
    let backslashes = text.iter().take_while(|byte| **byte == b'\\').count();
    if backslashes > 0 {
        let is_break = text.get(backslashes).is_some_and(|byte| b"rnt".contains(byte));
        return backslashes + usize::from(is_break);
    }
    let is_break = text.len() >= 3
        && [b"%0a", b"%0d", b"%20"]
            .iter()
            .any(|code| text[..3].eq_ignore_ascii_case(*code));
    if is_break {
        3
    } else {
        usize::from(text[0].is_ascii_whitespace())
    }
}

fn every_byte_encoded(text: &str) -> String {
    let bytes = text.bytes().map(|byte| format!("%{byte:02x}"));
    bytes.collect::<Vec<_>>().concat()
}

fn percent_encoded(text: &str, unreserved: &[u8]) -> String {
    let bytes = text.bytes().map(|byte| {
        if byte.is_ascii_alphanumeric() || unreserved.contains(&byte) {
            char::from(byte).to_string()
        } else {
            format!("%{byte:02X}")
        }
    });
    bytes.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "s3cr3t+with/odd \"signs\"&more";

    #[test]
    fn a_secret_is_hidden_in_every_disguise() {
        let mask = Mask::of([SECRET]);
        let id = STANDARD_NO_PAD.encode(format!("client:{SECRET}"));
        for disguised in [
            SECRET.to_owned(),
            SECRET.to_uppercase(),
            "s3cr3t%2Bwith%2Fodd%20%22signs%22%26more".to_owned(),
            "s3cr3t%2bwith%2fodd+%22signs%22%26more".to_owned(),
            "s3cr3t+with/odd \\\"signs\\\"&more".to_owned(),
            "s3cr3t+wi\r\nth/odd \"sig\\nns\"&m%0Aore".to_owned(),
            "s3cr3t+with/odd \\\\\\\"si\\\\ngns\\\\\\\"&more".to_owned(),
            every_byte_encoded(SECRET).to_ascii_uppercase(),
            STANDARD_NO_PAD.encode(SECRET),
            URL_SAFE_NO_PAD.encode(SECRET),
        ] {
            let shown = mask.hide(&format!("before {disguised} after"));
            assert!(
                shown.starts_with("before (hidden)") && shown.ends_with(" after"),
                "{disguised}: {shown}"
            );
            assert!(shown.len() < 30, "{disguised}: {shown}");
        }
        let shown = mask.hide(&format!("Basic {id}"));
        assert!(
            shown.starts_with("Basic ") && shown.contains(HIDDEN) && shown.len() < 30,
            "{shown}"
        );
    }

    #[test]
    fn the_beginning_of_a_secret_in_a_cut_text_is_hidden() {
        let mask = Mask::of([SECRET]);
        assert_eq!(mask.hide("it said s3cr3t+wit..."), "it said (hidden)...");
        assert_eq!(mask.hide("it said s3cr3t+wit"), "it said s3cr3t+wit");
    }

    #[test]
    fn what_a_header_leaves_of_a_secret_is_hidden() {
        let mask = Mask::of(["pass-phrase-\u{e9}-more"]);
        for mangled in [
            "pass-phrase--more",
            "pass-phrase-?-more",
            "pass-phrase-\u{c3}\u{a9}-more",
        ] {
            assert!(!mask.hide(mangled).contains("pass-phrase"), "{mangled}");
        }
    }

    #[test]
    fn other_text_stays_and_short_secrets_are_passed_over() {
        let mask = Mask::of([SECRET, "abc"]);
        for text in ["", "abc", "ümlaut 東京", "s3cr3t", "..."] {
            assert_eq!(mask.hide(text), text);
        }
        assert_eq!(Mask::default().hide(SECRET), SECRET);
    }

    proptest! {
        #[test]
        fn nothing_of_a_secret_is_left_whatever_is_around_it(
            before in ".{0,20}", secret in "[a-zA-Z0-9éß +/=\"\\\\]{8,30}", after in ".{0,20}", offset in 0..3_usize,
        ) {
            prop_assume!(squeezed(secret.as_bytes()).count() >= SHORTEST);
            let mask = Mask::of([secret.as_str()]);
            let encoded = STANDARD_NO_PAD.encode(format!("{}{secret}{after}", "x".repeat(offset)));
            let shown = mask.hide(&format!("{before} {secret} {encoded}{after}"));
            prop_assert!(!shown.contains(&secret), "{shown}");
            // Of the encoded form at most the ends are left, which are of what is beside it too.
            prop_assert!(shown.matches(HIDDEN).count() >= 1);
            prop_assert!(!shown.contains(&encoded), "{shown}");
        }
    }
}
