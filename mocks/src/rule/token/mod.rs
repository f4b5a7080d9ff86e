//! Checks on a signed token, the same whether it is a user assertion, a client assertion or an access token.
//!
//! The tables in `idcs` and `fusion` say which of them apply, under which ids, and with which rows. A check answers the *cause* of a
//! violation; the tables name a `skip` defect for each cause.

mod claims;
mod reading;
mod signing;

pub use claims::{
    audience, claim_types, expiry, has_several_audiences, has_unknown_claim, issued_at, not_before, percent_decoded,
    present, resemblance,
};
pub use reading::{claims_object, claims_once, critical, form, header_object, header_once};
pub use signing::{algorithm, key, key_names, signature};

use crate::jose::compact::Compact;
use crate::jose::key::{Certificate, PublicKey};
use crate::jose::object::Object;
use crate::landscape::Secret;

/// The largest whole number that a double holds exactly: beyond it, nothing is a time.
const LARGEST_TIME: f64 = 9_007_199_254_740_992.0;

/// A token, with what its judge knows about it.
#[derive(Debug)]
pub struct SignedToken<'a> {
    /// The token, taken apart.
    pub compact: Compact,
    /// The judge's time.
    pub now: u64,
    /// Seconds of clock skew that it allows.
    pub leeway: u64,
    /// The key that should have signed.
    pub key: KeyFound<'a>,
    /// A secret that an attacker could key a MAC by.
    pub shared_secret: Option<&'a Secret>,
}

/// Which key should have signed a token.
#[derive(Debug)]
pub enum KeyFound<'a> {
    /// This one, and the certificate over it where there is one.
    Found(&'a PublicKey, Option<&'a Certificate>),
    /// One of these; the token does not say which.
    AnyOf(Vec<&'a PublicKey>),
    /// None, for this cause.
    NotFound(&'static str, String),
    /// Nobody is known whose key it could be.
    Nobody,
}

impl KeyFound<'_> {
    fn keys(&self) -> Vec<&PublicKey> {
        match self {
            Self::Found(key, _) => vec![key],
            Self::AnyOf(keys) => keys.iter().take(4).copied().collect(),
            Self::NotFound(..) | Self::Nobody => Vec::new(),
        }
    }
}

impl SignedToken<'_> {
    /// The header, or nothing of it.
    pub fn header(&self) -> Option<&Object> {
        self.compact.header.as_ref()
    }

    /// The claims, or nothing of them.
    pub fn claims(&self) -> Option<&Object> {
        self.compact.claims.as_ref()
    }

    /// A claim that must be a text, where it is one.
    pub fn text(&self, name: &str) -> Option<String> {
        self.claims()?.text(name).value()
    }

    /// A claim that must be a time in seconds, where it is one.
    pub fn time(&self, name: &str) -> Option<f64> {
        self.claims()?
            .number(name)
            .value()
            .filter(|seconds| seconds.abs() <= LARGEST_TIME)
    }

    /// The audiences, where they are a text or a list of texts.
    pub fn audiences(&self) -> Option<Vec<String>> {
        self.claims()?.texts("aud").value()
    }

    /// Whether the claims could be read and hold this one.
    pub fn has_claim(&self, name: &str) -> bool {
        self.claims().is_some_and(|claims| claims.has(name))
    }

    /// Whether the claims could be read and do not hold this one.
    pub fn lacks_claim(&self, name: &str) -> bool {
        self.claims().is_some_and(|claims| !claims.has(name))
    }

    /// Whether the header could be read and does not hold this member.
    pub fn lacks_header(&self, name: &str) -> bool {
        self.header().is_some_and(|header| !header.has(name))
    }
}

/// Seconds as a double; times stay far below where this loses anything.
#[expect(clippy::cast_precision_loss, reason = "a clock shows less than 2^53 seconds")]
pub fn seconds(whole: u64) -> f64 {
    whole as f64
}
