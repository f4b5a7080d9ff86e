//! A small target in memory and a system out of a closure, shared by the tests of flow, expectations, runs and the proof.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use serde_json::Value;

use super::cast::{Cast, Nature};
use super::value::Names;
use crate::system::{ArrangeError, Arranged, Levers, Request, Response, System, TransportError, Witnessed};
use crate::target::{Api, ApiKind, Client, Domain, Likeness, Pem, Secret, SecretReference, Target, User};
use crate::token::key::testing::{certificate_der, key, private_der};

/// A target with one of each kind; clients sign with the key of the tests.
pub(crate) fn target() -> Target {
    let pem = rcgen::KeyPair::try_from(private_der(&key())).unwrap().serialize_pem();
    let client = |id: &str| Client {
        id: id.to_owned(),
        domain: "home".to_owned(),
        secret: Some(SecretReference::Given(Secret::from_text("open sesame"))),
        key: Some(SecretReference::Given(Secret::from_text(pem.clone()))),
        certificate: Some(Pem::Text(certificate_pem())),
        certificate_alias: Some("alias-1".to_owned()),
        redirect_uri: Some("https://app.example/cb".to_owned()),
        ..Client::default()
    };
    let keyless = Client {
        id: "client-3".to_owned(),
        ..Client::default()
    };
    let user = |name: &str| User {
        name: name.to_owned(),
        ..User::default()
    };
    let employee = User {
        password: Some(SecretReference::Given(Secret::from_text("correct horse"))),
        ..user("ada")
    };
    let locked = User {
        likeness: Some(Likeness {
            like: "employee".to_owned(),
            but: "locked".to_owned(),
        }),
        ..user("eve")
    };
    let home = Domain {
        url: "https://domain.example".to_owned(),
        assertion_audience: "https://audience.example/".to_owned(),
        leeway: Some(10),
        ..Domain::default()
    };
    let agents = Api {
        likeness: None,
        kind: ApiKind::FusionAi,
        domain: "home".to_owned(),
        url: "https://api.example".to_owned(),
        audience: "agents".to_owned(),
        scope: "agents".to_owned(),
        agent: Some("HELPER".to_owned()),
        prompt: None,
        integration: None,
        instance: None,
    };
    let named = |name: &str| name.to_owned();
    Target {
        name: "a target".to_owned(),
        domains: [(named("home"), home)].into(),
        clients: [
            (named("backend"), client("client-1")),
            (named("partner"), client("client-2")),
            (named("keyless"), keyless),
        ]
        .into(),
        users: [(named("employee"), employee), (named("locked"), locked)].into(),
        apis: [(named("agents"), agents)].into(),
        ..Target::default()
    }
}

fn certificate_pem() -> String {
    use base64::Engine;
    let base64 = base64::engine::general_purpose::STANDARD.encode(certificate_der(&key()));
    format!("-----BEGIN CERTIFICATE-----\n{base64}\n-----END CERTIFICATE-----\n")
}

/// The cast of [`target`], as mocks of ours, with the key of the tests published.
pub(crate) fn cast() -> Cast {
    cast_of(Nature::Embedded)
}

/// The cast of [`target`], whosever it is.
pub(crate) fn cast_of(nature: Nature) -> Cast {
    let jwk = serde_json::from_str(&key().public_jwk()).unwrap();
    Cast::new(target(), nature).with_signing_keys("home", &[jwk])
}

/// Names with their players.
pub(crate) fn names(names: &[(&str, &str)]) -> Names {
    let names = names
        .iter()
        .map(|(name, player)| ((*name).to_owned(), (*player).to_owned()));
    names.collect()
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
