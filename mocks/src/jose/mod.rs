//! Taking tokens apart, judging their form and signature, and signing new ones.
//!
//! `object` reads JSON as the rules need it (doubled members and raw numbers kept), `compact` takes a token apart as far as it goes,
//! `key` holds parsed keys and certificates. Which faults matter, and to whom, is decided by the rules, not here.

pub mod compact;
pub mod key;
pub mod object;

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Base64url without padding (RFC 7515 section 2).
pub fn base64url(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Strict base64url: no padding, no other alphabet, unused bits zero.
pub fn from_base64url(text: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text).ok()
}

/// Standard base64 with padding, as in PEM files, `x5c` and Basic credentials.
pub fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Strict standard base64.
pub fn from_base64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
