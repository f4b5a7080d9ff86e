//! Secrets that are compared, never shown.

use std::sync::Arc;

/// A secret: of a client, or the password of a user. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text, for whoever plays the client.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is this secret, compared in a time that does not depend on where they differ.
    pub fn is(&self, presented: &str) -> bool {
        constant_time_equal(self.0.as_bytes(), presented.as_bytes())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// Compares digests of both, so that neither length nor place of a difference shows in the time.
pub(crate) fn constant_time_equal(left: &[u8], right: &[u8]) -> bool {
    let digest = |bytes| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    aws_lc_rs::constant_time::verify_slices_are_equal(digest(left).as_ref(), digest(right).as_ref()).is_ok()
}
