//! Which secrets of a target's own clients were taken and which refused, so that one that was refused is not sent again and again: that
//! shuts the client out, and a secret that was made anew meanwhile with it.
//!
//! Secrets that a scenario makes up are wrong on purpose, and nobody remembers them. No secret is kept, only its digest.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use url::form_urlencoded;

use super::{Request, Response};
use crate::flow::draft::TOKEN_PATH;

/// What a client id and a secret are remembered by.
pub fn digest_of_secret(client_id: &str, secret: &str) -> [u8; 32] {
    let text = format!("{}:{client_id}{secret}", client_id.len());
    let digest = digest(&SHA256, text.as_bytes());
    digest.as_ref().try_into().expect("SHA-256 has 32 bytes")
}

/// The secrets of the target's own clients, and what became of them.
#[derive(Debug, Default)]
pub(super) struct ClientSecrets(Mutex<Shown>);

#[derive(Debug, Default)]
struct Shown {
    /// Digests of those that opened the token endpoint once.
    accepted: BTreeSet<[u8; 32]>,
    /// Of those that it refused, in a request that stood on nothing else.
    refused: BTreeSet<[u8; 32]>,
}

impl ClientSecrets {
    /// Whether the secret in a request, where it is one of these, was refused before and never taken.
    pub(super) fn is_refused(&self, request: &Request, own: &[[u8; 32]]) -> bool {
        let shown = self.shown();
        watched(request, own).is_some_and(|secret| shown.refused.contains(&secret) && !shown.accepted.contains(&secret))
    }

    /// Remembers what became of the secret in a request, where it is one of these.
    pub(super) fn note(&self, request: &Request, own: &[[u8; 32]], answer: &Response) {
        let Some(secret) = watched(request, own) else { return };
        let mut shown = self.shown();
        if answer.status < 300 {
            shown.accepted.insert(secret);
        } else if stands_on_secret(request) && is_invalid_client(answer) {
            shown.refused.insert(secret);
        }
    }

    fn shown(&self) -> MutexGuard<'_, Shown> {
        // Both sets are whole after every statement, so a panic elsewhere leaves nothing half done.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn watched(request: &Request, own: &[[u8; 32]]) -> Option<[u8; 32]> {
    secret_of(request).filter(|secret| own.contains(secret))
}

/// The digest of the client's id and secret in a token request, by Basic or in the body.
fn secret_of(request: &Request) -> Option<[u8; 32]> {
    let path = request.url.split(['?', '#']).next().unwrap_or_default();
    if !path.ends_with(TOKEN_PATH) {
        return None;
    }
    let (id, secret) = basic(request).or_else(|| {
        let parameters: BTreeMap<String, String> = form_urlencoded::parse(&request.body).into_owned().collect();
        Some((
            parameters.get("client_id")?.clone(),
            parameters.get("client_secret")?.clone(),
        ))
    })?;
    Some(digest_of_secret(&id, &secret))
}

/// Whether nothing but the client can be to blame for a refusal of the client: with an assertion in the request that may be at fault, too.
fn stands_on_secret(request: &Request) -> bool {
    let mut names = form_urlencoded::parse(&request.body);
    !names.any(|(name, _)| matches!(name.as_ref(), "assertion" | "client_assertion"))
}

fn is_invalid_client(answer: &Response) -> bool {
    let body: Option<serde_json::Value> = serde_json::from_slice(&answer.body).ok();
    body.is_some_and(|body| body["error"] == "invalid_client")
}

/// Both halves of a Basic header field.
pub(super) fn basic(request: &Request) -> Option<(String, String)> {
    let fields = request.headers.iter();
    let mut fields = fields.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let value = fields.find_map(|(_, value)| value.strip_prefix("Basic "))?;
    let text = String::from_utf8(STANDARD.decode(value.trim()).ok()?).ok()?;
    let (user, password) = text.split_once(':')?;
    let decoded = |half: &str| {
        let decoded = form_urlencoded::parse(half.as_bytes()).next();
        decoded.map_or_else(|| half.to_owned(), |(name, _)| name.into_owned())
    };
    Some((decoded(user), decoded(password)))
}

/// The user half of a Basic header field, which is no secret.
pub(super) fn basic_user(request: &Request) -> Option<String> {
    basic(request).map(|(user, _)| user)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::super::{ArrangeError, Arranged, GuardRules, Guarded, Levers, System, TransportError, Witnessed};
    use super::*;

    /// A domain that knows one secret.
    struct Domain(Levers, Arc<Mutex<usize>>);

    impl System for Domain {
        fn send(&self, request: &Request) -> Result<Response, TransportError> {
            *self.1.lock().unwrap() += 1;
            let is_right = basic(request).is_some_and(|(_, secret)| secret == "right");
            Ok(Response {
                status: if is_right { 200 } else { 401 },
                headers: Vec::new(),
                body: br#"{"error":"invalid_client"}"#.to_vec(),
            })
        }
        fn fork(&self) -> Option<Box<dyn System>> {
            None
        }
        fn now(&self) -> u64 {
            0
        }
        fn pass(&self, _: Duration) {}
        fn levers(&self) -> &Levers {
            &self.0
        }
        fn arrange(&self, _: &Arranged) -> Result<(), ArrangeError> {
            Err(ArrangeError::NoLever)
        }
        fn witness(&self, _: &str) -> Option<Witnessed> {
            None
        }
    }

    #[test]
    fn a_secret_that_was_refused_is_not_sent_again_and_one_that_was_taken_is() {
        let ask = |secret: &str, body: &str| {
            let credentials = STANDARD.encode(format!("backend:{secret}"));
            Request {
                method: "POST".to_owned(),
                url: "https://domain.example/oauth2/v1/token".to_owned(),
                headers: vec![("Authorization".to_owned(), format!("Basic {credentials}"))],
                body: body.as_bytes().to_vec(),
                identity: None,
            }
        };
        let guarded = |own: &str| {
            let sent = Arc::new(Mutex::new(0));
            let rules = GuardRules {
                secrets: vec![digest_of_secret("backend", own)],
                hosts: vec!["domain.example".to_owned()],
                ..GuardRules::default()
            };
            let stop = Box::leak(Box::default());
            let domain = Domain(Levers::default(), Arc::clone(&sent));
            (Guarded::new(domain, rules, stop, None), sent)
        };
        let (system, sent) = guarded("stale");
        // What an assertion may be to blame for says nothing of the secret.
        for body in ["grant_type=x&assertion=y", "grant_type=client_credentials"] {
            assert_eq!(system.send(&ask("stale", body)).map(|answer| answer.status), Ok(401));
        }
        let again = system.send(&ask("stale", "grant_type=client_credentials"));
        assert!(matches!(again, Err(TransportError::Forbidden { .. })));
        // Secrets that a scenario makes up are wrong on purpose.
        for _ in 0..2 {
            assert!(system.send(&ask("made-up", "grant_type=client_credentials")).is_ok());
        }
        assert_eq!(*sent.lock().unwrap(), 4);

        let (system, _) = guarded("right");
        assert!(system.send(&ask("right", "grant_type=client_credentials")).is_ok());
        assert_eq!(system.send(&ask("right", "")).map(|answer| answer.status), Ok(200));
    }
}
