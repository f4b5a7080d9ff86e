//! A small target in memory and a system out of a closure, shared by the tests of flow, expectations, runs and the proof.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use secrecy::SecretString;
use serde_json::{Value, json};

use super::players::{Missing, Players};
use super::value::Names;
use crate::scenario::model::{Arrangement, Effect};
use crate::system::{ArrangeError, Arranged, Levers, Request, Response, System, TransportError, Witnessed};
use crate::token::ClientKey;
use crate::token::key::testing::{certificate_der, key};

/// A target with one of each kind; clients sign with the key of the tests.
pub(crate) struct Troupe {
    players: HashMap<&'static str, Value>,
    pub(crate) is_sound: bool,
    pub(crate) effects: Vec<Effect>,
}

impl Troupe {
    pub(crate) fn new() -> Self {
        let jwk: Value = serde_json::from_str(&key().public_jwk()).unwrap();
        let client = |id: &str| json!({ "id": id, "certificate-alias": "alias-1", "secret": true, "key": true });
        let players = [
            (
                "home",
                json!({ "url": "https://domain.example", "assertion-audience": "https://audience.example/", "leeway": 10,
                        "signing-keys": [jwk] }),
            ),
            ("backend", client("client-1")),
            ("partner", client("client-2")),
            ("keyless", json!({ "id": "client-3" })),
            ("employee", json!({ "name": "ada" })),
            ("locked", json!({ "name": "eve" })),
            (
                "agents",
                json!({ "url": "https://api.example", "scope": "agents", "audience": "agents", "agent": "HELPER" }),
            ),
        ];
        Self {
            players: players.into(),
            is_sound: true,
            effects: vec![Effect::Read, Effect::Token, Effect::Invoke, Effect::Admin],
        }
    }
}

impl Players for Troupe {
    fn target(&self) -> &'static str {
        "troupe"
    }

    fn is_sound(&self) -> bool {
        self.is_sound
    }

    fn has(&self, player: &str) -> bool {
        self.players.contains_key(player)
    }

    fn attribute(&self, player: &str, name: &str) -> Option<Value> {
        self.players.get(player)?.get(name).cloned()
    }

    fn secret(&self, client: &str) -> Result<SecretString, Missing> {
        let secret = self.attribute(client, "secret").map(|_| "open sesame".into());
        secret.ok_or_else(|| Missing::new(client, "secret"))
    }

    fn key(&self, client: &str) -> Result<ClientKey, Missing> {
        let client_key = self.attribute(client, "key").map(|_| ClientKey {
            key: key(),
            certificate_der: Some(certificate_der(&key())),
            alias: "alias-1".to_owned(),
        });
        client_key.ok_or_else(|| Missing::new(client, "key"))
    }

    fn allows(&self, effect: Effect, _: &str) -> bool {
        self.effects.contains(&effect)
    }

    fn attests(&self, arrangement: &Arrangement, _: &Names) -> bool {
        matches!(arrangement, Arrangement::TrustedCertificate { .. })
    }
}

/// What a fake system answers with.
pub(crate) type Answering = dyn Fn(&Fake, &Request) -> Result<Response, TransportError> + Send + Sync;

/// A system that answers as a closure says. A fork has a clock, an arrangement and a journal of its own.
pub(crate) struct Fake {
    answering: Arc<Answering>,
    levers: Levers,
    pub(crate) clock: AtomicU64,
    pub(crate) arranged: Mutex<Vec<Arranged>>,
    /// What the journal holds, by ecid.
    pub(crate) journal: Mutex<HashMap<String, Witnessed>>,
    /// What all forks together were sent.
    pub(crate) sent: Arc<Mutex<Vec<Request>>>,
    pub(crate) can_fork: bool,
}

impl Fake {
    pub(crate) fn new(
        levers: Levers,
        answering: impl Fn(&Fake, &Request) -> Result<Response, TransportError> + Send + Sync + 'static,
    ) -> Self {
        Self {
            answering: Arc::new(answering),
            levers,
            clock: AtomicU64::new(1_000),
            arranged: Mutex::default(),
            journal: Mutex::default(),
            sent: Arc::default(),
            can_fork: true,
        }
    }
}

impl System for Fake {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.sent.lock().unwrap().push(request.clone());
        (self.answering)(self, request)
    }

    fn fork(&self) -> Option<Box<dyn System>> {
        self.can_fork.then(|| {
            Box::new(Self {
                answering: Arc::clone(&self.answering),
                levers: self.levers.clone(),
                clock: AtomicU64::new(self.now()),
                arranged: Mutex::new(self.arranged.lock().unwrap().clone()),
                journal: Mutex::new(self.journal.lock().unwrap().clone()),
                sent: Arc::clone(&self.sent),
                can_fork: true,
            }) as Box<dyn System>
        })
    }

    fn now(&self) -> u64 {
        self.clock.load(Ordering::Relaxed)
    }

    fn pass(&self, time: Duration) {
        self.clock.fetch_add(time.as_secs(), Ordering::Relaxed);
    }

    fn levers(&self) -> &Levers {
        &self.levers
    }

    fn arrange(&self, what: &Arranged) -> Result<(), ArrangeError> {
        self.arranged.lock().unwrap().push(what.clone());
        Ok(())
    }

    fn witness(&self, ecid: &str) -> Option<Witnessed> {
        self.journal.lock().unwrap().get(ecid).cloned()
    }
}

/// A JSON answer with an ecid.
pub(crate) fn answer(status: u16, json: &Value) -> Response {
    let headers = [
        ("Content-Type", "application/json"),
        ("Cache-Control", "no-cache, no-store"),
        ("X-ORACLE-DMS-ECID", "ecid-1"),
    ];
    Response {
        status,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .to_vec(),
        body: json.to_string().into_bytes(),
    }
}

/// The parameters of a form body or a query.
pub(crate) fn parameters(text: &str) -> Vec<(String, String)> {
    let url = reqwest::Url::parse(&format!("https://x.example/?{text}")).unwrap();
    url.query_pairs()
        .map(|(name, value)| (name.into_owned(), value.into_owned()))
        .collect()
}
