//! What a decision may not fetch for itself: the time and randomness of one request, and what was heard of others.
//!
//! Clocks and generators live in the carriers and in `mock`; the core sees only these values.

use std::fmt::Write as _;

use aws_lc_rs::hmac;

use crate::outbound::Heard;

/// The time and the entropy of one request, and the answers to the calls that it caused so far.
#[derive(Clone, Debug)]
pub struct Env {
    /// Seconds since 1970 by the mock's own clock.
    pub now: u64,
    /// What was heard so far of the calls that the request caused (`crate::outbound`).
    pub heard: Vec<Heard>,
    seed: hmac::Key,
}

impl Env {
    /// An environment at `now` whose draws all follow from `seed`.
    pub fn new(now: u64, seed: [u8; 32]) -> Self {
        Self {
            now,
            heard: Vec::new(),
            seed: hmac::Key::new(hmac::HMAC_SHA256, &seed),
        }
    }

    /// Thirty-two bytes that depend only on the seed and the label.
    ///
    /// Each use draws under a label of its own, so adding one use never changes another.
    pub fn draw(&self, label: &str) -> [u8; 32] {
        let tag = hmac::sign(&self.seed, label.as_bytes());
        tag.as_ref().try_into().expect("an HMAC-SHA-256 tag has 32 bytes")
    }

    /// Thirty-two hexadecimal digits, the form of ids in an identity domain (IDCS-OAUTH-335).
    pub fn draw_id(&self, label: &str) -> String {
        hex(&self.draw(label)[..16])
    }

    /// A random (version 4) UUID in its dashed form.
    pub fn draw_uuid(&self, label: &str) -> String {
        let mut bytes = self.draw(label);
        bytes[6] = (bytes[6] & 0x0f) | 0x40;
        bytes[8] = (bytes[8] & 0x3f) | 0x80;
        let digits = hex(&bytes[..16]);
        format!(
            "{}-{}-{}-{}-{}",
            &digits[..8],
            &digits[8..12],
            &digits[12..16],
            &digits[16..20],
            &digits[20..]
        )
    }

    /// An execution context id: seventeen characters, a mixed-case head and then zeros (IDCS-OAUTH-059).
    pub fn draw_ecid(&self) -> String {
        const ALPHABET: &[u8; 64] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz^P";
        let bytes = self.draw("ecid");
        let head: String = bytes[..10]
            .iter()
            .map(|byte| char::from(ALPHABET[usize::from(byte & 63)]))
            .collect();
        format!("{head}0000000")
    }
}

/// Lower-case hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn draws_depend_on_seed_and_label_only() {
        let env = Env::new(1, [7; 32]);
        let later = Env::new(2, [7; 32]);
        assert_eq!(env.draw("jti"), later.draw("jti"));
        assert_ne!(env.draw("jti"), env.draw("ecid"));
        assert_ne!(env.draw("jti"), Env::new(1, [8; 32]).draw("jti"));
    }

    #[test]
    fn ids_have_the_forms_of_the_real_ones() {
        let env = Env::new(1, [7; 32]);
        assert_eq!(env.draw_id("jti").len(), 32);
        assert_eq!(env.draw_ecid().len(), 17);
        let uuid = env.draw_uuid("job");
        assert_eq!(uuid.len(), 36);
        assert_eq!(&uuid[14..15], "4");
    }
}
