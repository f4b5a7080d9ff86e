//! Signatures that were made before: a proof has the same tokens signed thousands of times, and a signature is what costs most.
//!
//! A key asks for them through [`Signatures`], so that what decides and renders holds no lock. None is held while a signature is made either:
//! two threads that ask at once both make it.

use std::collections::HashMap;
use std::sync::PoisonError;

use crate::jose::key::Signatures;

/// More signatures than this are not kept; one takes about 300 bytes.
const MOST: usize = 65_536;

#[expect(
    clippy::disallowed_types,
    reason = "held while a signature is looked up or put away, and never while one is made"
)]
type Lock<T> = std::sync::Mutex<T>;

/// Signatures in memory, for keys that several threads sign with.
#[derive(Debug, Default)]
pub struct KeptSignatures(Lock<HashMap<[u8; 32], Vec<u8>>>);

impl Signatures for KeptSignatures {
    fn find(&self, print: &[u8; 32]) -> Option<Vec<u8>> {
        let kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        kept.get(print).cloned()
    }

    fn keep(&self, print: [u8; 32], signature: &[u8]) {
        let mut kept = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if kept.len() < MOST {
            kept.insert(print, signature.to_vec());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::keys;

    #[test]
    fn a_signature_that_is_kept_is_the_one_that_would_be_made() {
        let kept = Arc::new(KeptSignatures::default());
        let (plain, other) = (keys::rfc9500(), keys::rfc7515());
        let [keeping, other_keeping] = [&plain, &other].map(|key| key.clone().keeping(kept.clone()));
        for _ in 0..2 {
            assert_eq!(keeping.sign(b"input"), plain.sign(b"input"));
            assert_eq!(other_keeping.sign(b"input"), other.sign(b"input"));
        }
        assert_eq!(kept.0.lock().unwrap().len(), 2);
    }

    #[test]
    fn what_is_kept_is_what_is_given() {
        let kept = Arc::new(KeptSignatures::default());
        let key = keys::rfc9500().keeping(kept.clone());
        let made = key.sign(b"input");
        for signature in kept.0.lock().unwrap().values_mut() {
            signature[0] ^= 1;
        }
        assert_ne!(key.sign(b"input"), made);
    }
}
