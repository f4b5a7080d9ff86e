//! Signatures that were made before: a proof has the same tokens signed thousands of times, and a signature is what costs most.
//!
//! Only sound for RS256, where the same key and input always make the same signature (RFC 8017 section 8.2). Nothing is locked while a
//! signature is made: two threads that ask at once both make it.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{self, SHA256};

/// More signatures than this are not kept by one key; a signature takes about 300 bytes.
const MOST: usize = 65_536;

/// The signatures of one key, by the hash of what was signed.
#[derive(Default)]
pub(super) struct SignatureCache {
    made: Mutex<HashMap<[u8; 32], Box<[u8]>>>,
}

impl SignatureCache {
    /// The signature over `input`: the one that is kept, or the one that `make` makes.
    pub(super) fn get_or_make(&self, input: &[u8], make: impl FnOnce() -> Vec<u8>) -> Vec<u8> {
        let print = digest::digest(&SHA256, input);
        let print: [u8; 32] = print.as_ref().try_into().expect("SHA-256 has 32 bytes");
        if let Some(known) = self.lock().get(&print) {
            return known.to_vec();
        }
        let signature = make();
        let mut made = self.lock();
        if made.len() < MOST {
            made.insert(print, signature.as_slice().into());
        }
        signature
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<[u8; 32], Box<[u8]>>> {
        self.made.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signature_is_made_once_for_each_input() {
        let cache = SignatureCache::default();
        assert_eq!(cache.get_or_make(b"one", || vec![1]), [1]);
        assert_eq!(cache.get_or_make(b"two", || vec![2]), [2]);
        assert_eq!(cache.get_or_make(b"one", || unreachable!("it is kept")), [1]);
    }
}
