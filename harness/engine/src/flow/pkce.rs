//! Proof keys for code exchanges (RFC 7636): made, and changed where a case says so.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::change::unfit;
use super::error::FlowError;
use super::value::{Kept, Scope, Secrets, spelt};
use crate::scenario::model::{ChallengeMethod, Change, Part};

/// The names under which a step keeps the halves of a proof key.
pub const HALVES: [&str; 2] = ["verifier", "challenge"];

/// A proof key. There is no `Debug`: who has the verifier can redeem the code.
#[derive(Clone)]
pub struct ProofKey {
    verifier: String,
    challenge: String,
}

impl ProofKey {
    /// Makes a proof key with this verifier.
    pub fn new(verifier: String, method: ChallengeMethod) -> Self {
        let challenge = match method {
            ChallengeMethod::S256 => URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes())),
            ChallengeMethod::Plain => verifier.clone(),
        };
        Self { verifier, challenge }
    }

    /// Makes the change of a case. Another verifier has its own challenge; another challenge leaves the verifier.
    pub fn change(&mut self, change: &Change, method: ChallengeMethod, scope: &Scope<'_>) -> Result<(), FlowError> {
        let Change::Set { at, to } = change else {
            return Err(unfit("verifier and challenge can be set"));
        };
        let text = spelt(scope.value(to, Secrets::Allowed)?);
        match at.part {
            Part::Verifier => *self = Self::new(text, method),
            Part::Challenge => self.challenge = text,
            _ => return Err(unfit("of a proof key there are `verifier` and `challenge`")),
        }
        Ok(())
    }

    /// What later steps read.
    pub fn kept(&self) -> [(String, Kept); 2] {
        let [verifier, challenge] = HALVES.map(str::to_owned);
        // A plain challenge is the verifier.
        let is_plain = self.challenge == self.verifier;
        let public = if is_plain {
            Kept::Secret
        } else {
            |text: String| Kept::Plain(text.into())
        };
        [
            (verifier, Kept::Secret(self.verifier.clone())),
            (challenge, public(self.challenge.clone())),
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_challenge_follows_from_the_verifier() {
        // RFC 7636 appendix B.
        let verifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
        let key = ProofKey::new(verifier.to_owned(), ChallengeMethod::S256);
        assert_eq!(key.challenge, "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM");
        assert_eq!(
            ProofKey::new(verifier.to_owned(), ChallengeMethod::Plain).challenge,
            verifier
        );
    }

    #[test]
    fn a_plain_challenge_is_as_secret_as_its_verifier() {
        for (method, is_secret) in [(ChallengeMethod::S256, false), (ChallengeMethod::Plain, true)] {
            let [(_, verifier), (_, challenge)] = ProofKey::new("v".to_owned(), method).kept();
            assert!(matches!(verifier, Kept::Secret(_)));
            assert_eq!(matches!(challenge, Kept::Secret(_)), is_secret);
        }
    }
}
