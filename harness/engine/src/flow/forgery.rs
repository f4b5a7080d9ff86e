//! Tokens made of drafts, each only once: thousands of cases of a proof sign the same text, and a signature is what costs most.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::draft::SignDraft;
use crate::token::{Alteration, ForgeError, Forged, MacKey, Part, forge};

/// More tokens than this are not kept; a token takes about two kilobytes.
const MOST: usize = 8_192;

/// The tokens that were made in a run.
#[derive(Default)]
pub struct Forgeries {
    made: Mutex<HashMap<[u8; 32], Forged>>,
}

impl Forgeries {
    /// Makes the token of a draft, or finds it.
    pub fn make(&self, draft: &SignDraft) -> Result<Forged, ForgeError> {
        let mut forged = match fingerprint(draft) {
            None => forge(&draft.draft, &draft.key, &draft.alterations)?,
            Some(print) => {
                let known = self
                    .made
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .get(&print)
                    .cloned();
                if let Some(forged) = known {
                    forged
                } else {
                    let forged = forge(&draft.draft, &draft.key, &draft.alterations)?;
                    let mut made = self.made.lock().unwrap_or_else(PoisonError::into_inner);
                    if made.len() >= MOST {
                        made.clear();
                    }
                    made.insert(print, forged.clone());
                    forged
                }
            }
        };
        if let Some((part, bytes)) = &draft.swapped {
            swap(&mut forged, *part, bytes);
        }
        Ok(forged)
    }
}

/// Tells drafts apart; none for those whose description leaves out a secret.
fn fingerprint(draft: &SignDraft) -> Option<[u8; 32]> {
    let has_secret = |alteration: &Alteration| matches!(alteration, Alteration::Mac(MacKey::ClientSecret(_)));
    if draft.alterations.iter().any(has_secret) {
        return None;
    }
    let mut context = Context::new(&SHA256);
    for part in [
        draft.key.public_pkcs1_der(),
        draft.draft.header.to_json().into_bytes(),
        draft.draft.claims.to_json().into_bytes(),
        format!("{:?}{:?}", draft.draft.algorithm, draft.alterations).into_bytes(),
    ] {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(&part);
    }
    context.finish().as_ref().try_into().ok()
}

/// Puts bytes in the place of a part, under the old signature.
fn swap(forged: &mut Forged, part: Part, bytes: &[u8]) {
    let mut segments: Vec<String> = forged.compact.split('.').map(str::to_owned).collect();
    segments[part as usize] = URL_SAFE_NO_PAD.encode(bytes);
    forged.compact = segments.join(".");
    let text = String::from_utf8_lossy(bytes).into_owned();
    match part {
        Part::Header => forged.header_text = text,
        Part::Claims => forged.claims_text = text,
    }
}
