//! What stands between a run and a system on which people live: it sends only where that is allowed, slowly, and only so often.
//!
//! The rules are those of a target file. What is held back is an error of its own, so that it is never taken for an answer.

use std::collections::BTreeMap;
use std::fmt::Display;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use url::{Url, form_urlencoded};

use super::client_secrets::{ClientSecrets, basic_user};
use super::ledger::Ledger;
use super::{ArrangeError, Arranged, Levers, Request, Response, System, TransportError, Witnessed};
use crate::flow::draft::TOKEN_PATH;
use crate::target::is_loopback;
use crate::token::decode;

/// What may be sent.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GuardRules {
    /// The only hosts that are spoken to, exact names.
    pub hosts: Vec<String>,
    /// The time between two calls.
    pub pause: Duration,
    /// The most requests.
    pub requests: Option<u64>,
    /// The most refused token requests, for each client and for each user.
    pub refused_of_one: Option<u64>,
    /// The most refused token requests of all.
    pub refused: Option<u64>,
    /// The secrets of the target's own clients, by [`super::digest_of_secret`]: one that is refused is not sent again.
    pub secrets: Vec<[u8; 32]>,
}

/// Ends a run early, and says why. The first reason stays.
#[derive(Debug, Default)]
pub struct Stop {
    why: OnceLock<String>,
    undoing: AtomicUsize,
}

impl Stop {
    /// Asks for the end.
    pub fn say(&self, why: impl Into<String>) {
        // A second reason changes nothing.
        let _ = self.why.set(why.into());
    }

    /// Why the run ends, if it does.
    pub fn reason(&self) -> Option<&str> {
        self.why.get().map(String::as_str)
    }

    /// While this lives, what is sent undoes something, and is neither stopped nor counted against a budget.
    pub fn undoing(&self) -> Undoing<'_> {
        self.undoing.fetch_add(1, Ordering::Relaxed);
        Undoing(self)
    }

    fn is_undoing(&self) -> bool {
        self.undoing.load(Ordering::Relaxed) > 0
    }
}

/// See [`Stop::undoing`].
#[derive(Debug)]
pub struct Undoing<'a>(&'a Stop);

impl Drop for Undoing<'_> {
    fn drop(&mut self) {
        self.0.undoing.fetch_sub(1, Ordering::Relaxed);
    }
}

/// What was sent so far.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spent {
    /// Requests.
    pub requests: u64,
    /// Refused token requests.
    pub refused: u64,
    /// Refused token requests by `client ID` and `user NAME`.
    pub refused_of: BTreeMap<String, u64>,
}

/// A system behind rules.
pub struct Guarded<'a, S> {
    inner: S,
    rules: GuardRules,
    stop: &'a Stop,
    ledger: Option<&'a Ledger>,
    spent: Mutex<Spent>,
    client_secrets: ClientSecrets,
}

impl<'a, S: System> Guarded<'a, S> {
    /// Puts a system behind rules. What is made on it is written to the ledger, where there is one.
    pub fn new(inner: S, rules: GuardRules, stop: &'a Stop, ledger: Option<&'a Ledger>) -> Self {
        Self {
            inner,
            rules,
            stop,
            ledger,
            spent: Mutex::default(),
            client_secrets: ClientSecrets::default(),
        }
    }

    /// What was sent so far.
    pub fn spent(&self) -> Spent {
        self.counts().clone()
    }

    /// Goes on counting where an earlier run ended.
    pub fn go_on_from(&self, spent: Spent) {
        *self.counts() = spent;
    }

    fn check_secret(&self, request: &Request) -> Result<(), TransportError> {
        if !self.client_secrets.is_refused(request, &self.rules.secrets) {
            return Ok(());
        }
        let url = Url::parse(&request.url).ok();
        Err(TransportError::Forbidden {
            site: url
                .and_then(|url| url.host_str().map(str::to_owned))
                .unwrap_or_default(),
            why: "it refused this client with this secret before, and may shut the client out if that goes on"
                .to_owned(),
        })
    }

    fn counts(&self) -> MutexGuard<'_, Spent> {
        // Counters are whole after every statement, so a panic elsewhere leaves nothing half done.
        self.spent.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the address may be spoken to at all.
    fn check_address(&self, address: &str) -> Result<(), TransportError> {
        let forbidden = |site: &str, why: &str| {
            Err(TransportError::Forbidden {
                site: site.to_owned(),
                why: why.to_owned(),
            })
        };
        let url = Url::parse(address).map_err(|_| TransportError::Unsendable("its address".to_owned()))?;
        let Some(host) = url.host_str() else {
            return forbidden("an address without a host", "nothing is sent there");
        };
        let bare = host.trim_start_matches('[').trim_end_matches(']');
        let is_named = |known: &String| known.eq_ignore_ascii_case(host) || known.eq_ignore_ascii_case(bare);
        if !self.rules.hosts.iter().any(is_named) {
            return forbidden(host, "it does not stand under `hosts`");
        }
        if url.scheme() != "https" && !is_loopback(host) {
            return forbidden(host, "beyond this machine only https is spoken");
        }
        Ok(())
    }

    /// Whether the budgets have room for one more. The run ends where they have not.
    fn check_budgets(&self, asking: &[String]) -> Result<(), TransportError> {
        if self.stop.is_undoing() {
            return Ok(());
        }
        let held = |why: String| {
            self.stop.say(why);
            let why = self.stop.reason().unwrap_or_default().to_owned();
            Err(TransportError::Held { why })
        };
        if let Some(why) = self.stop.reason() {
            return Err(TransportError::Held { why: why.to_owned() });
        }
        let spent = self.counts().clone();
        if let Some(limit) = self.rules.requests.filter(|limit| spent.requests >= *limit) {
            return held(format!("the budget of {limit} requests is spent"));
        }
        if asking.is_empty() {
            return Ok(());
        }
        if let Some(limit) = self.rules.refused.filter(|limit| spent.refused >= *limit) {
            return held(format!("the budget of {limit} refused token requests is spent"));
        }
        let over = |who: &&String| {
            let count = spent.refused_of.get(*who).copied().unwrap_or_default();
            self.rules.refused_of_one.is_some_and(|limit| count >= limit)
        };
        match (asking.iter().find(over), self.rules.refused_of_one) {
            (Some(who), Some(limit)) => held(format!("{who} was refused {limit} times, which is all that is allowed")),
            _ => Ok(()),
        }
    }

    fn failed_ledger(error: &dyn Display) -> TransportError {
        TransportError::Held {
            why: format!("the ledger cannot be written, so nothing is made: {error}"),
        }
    }
}

impl<S: System> System for Guarded<'_, S> {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.check_address(&request.url)?;
        let asking = askers(request);
        self.check_budgets(&asking)?;
        self.check_secret(request)?;
        let is_first = {
            let mut spent = self.counts();
            spent.requests += 1;
            spent.requests == 1
        };
        if !is_first && !self.rules.pause.is_zero() {
            self.inner.pass(self.rules.pause);
        }
        let noted = self
            .ledger
            .map(|ledger| ledger.before(request))
            .transpose()
            .map_err(|error| Self::failed_ledger(&error))?;
        let answer = self.inner.send(request);
        if let Ok(answer) = &answer {
            self.client_secrets.note(request, &self.rules.secrets, answer);
        }
        if let (Some(ledger), Some(number)) = (self.ledger, noted.flatten()) {
            ledger
                .after(number, &answer)
                .map_err(|error| Self::failed_ledger(&error))?;
        }
        if answer.as_ref().is_ok_and(|answer| (400..500).contains(&answer.status)) && !asking.is_empty() {
            let mut spent = self.counts();
            spent.refused += 1;
            for who in asking {
                *spent.refused_of.entry(who).or_default() += 1;
            }
        }
        answer
    }

    fn fork(&self) -> Option<Box<dyn System>> {
        // A copy would have budgets of its own.
        None
    }

    fn now(&self) -> u64 {
        self.inner.now()
    }

    fn pass(&self, time: Duration) {
        self.inner.pass(time);
    }

    fn levers(&self) -> &Levers {
        self.inner.levers()
    }

    fn arrange(&self, what: &Arranged) -> Result<(), ArrangeError> {
        self.inner.arrange(what)
    }

    fn witness(&self, ecid: &str) -> Option<Witnessed> {
        self.inner.witness(ecid)
    }
}

/// In whose name a token is asked for: the client and the user, as far as the request says. Nobody, where it is no token request.
fn askers(request: &Request) -> Vec<String> {
    let path = request.url.split(['?', '#']).next().unwrap_or_default();
    if !path.ends_with(TOKEN_PATH) {
        return Vec::new();
    }
    let parameters: BTreeMap<String, String> = form_urlencoded::parse(&request.body).into_owned().collect();
    let subject = |name: &str| {
        let decoded = decode(parameters.get(name)?).ok()?;
        Some(decoded.claims.get("sub")?.as_str()?.to_owned())
    };
    let client = basic_user(request)
        .or_else(|| parameters.get("client_id").cloned())
        .or_else(|| subject("client_assertion"))
        .unwrap_or_else(|| "without a name".to_owned());
    let user = parameters.get("username").cloned().or_else(|| subject("assertion"));
    let client = format!("the client {client}");
    [client]
        .into_iter()
        .chain(user.map(|user| format!("the user {user}")))
        .collect()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    /// Answers everything with one status, and knows what it was asked and how long it was made to wait.
    struct Fake {
        status: u16,
        levers: Levers,
        seen: Arc<Mutex<Vec<String>>>,
    }

    impl System for Fake {
        fn send(&self, request: &Request) -> Result<Response, TransportError> {
            self.seen.lock().unwrap().push(request.url.clone());
            Ok(Response {
                status: self.status,
                headers: Vec::new(),
                body: Vec::new(),
            })
        }
        fn fork(&self) -> Option<Box<dyn System>> {
            None
        }
        fn now(&self) -> u64 {
            0
        }
        fn pass(&self, time: Duration) {
            self.seen.lock().unwrap().push(format!("{time:?}"));
        }
        fn levers(&self) -> &Levers {
            &self.levers
        }
        fn arrange(&self, _: &Arranged) -> Result<(), ArrangeError> {
            Err(ArrangeError::NoLever)
        }
        fn witness(&self, _: &str) -> Option<Witnessed> {
            None
        }
    }

    fn rules() -> GuardRules {
        GuardRules {
            hosts: vec!["domain.example".to_owned(), "127.0.0.1".to_owned()],
            ..GuardRules::default()
        }
    }

    fn fake(status: u16) -> (Fake, Arc<Mutex<Vec<String>>>) {
        let seen = Arc::new(Mutex::new(Vec::new()));
        let fake = Fake {
            status,
            levers: Levers::default(),
            seen: Arc::clone(&seen),
        };
        (fake, seen)
    }

    fn get(url: &str) -> Request {
        Request {
            method: "GET".to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            body: Vec::new(),
            identity: None,
        }
    }

    fn token_request(client: &str, form: &str) -> Request {
        let basic = STANDARD.encode(format!("{client}:hush"));
        Request {
            method: "POST".to_owned(),
            url: "https://domain.example/oauth2/v1/token".to_owned(),
            headers: vec![("authorization".to_owned(), format!("Basic {basic}"))],
            body: form.as_bytes().to_vec(),
            identity: None,
        }
    }

    #[test]
    fn only_named_hosts_are_spoken_to_and_only_over_https() {
        let (fake, seen) = fake(200);
        let stop = Stop::default();
        let guarded = Guarded::new(fake, rules(), &stop, None);
        for url in [
            "https://other.example/",
            "https://domain.example.evil.example/",
            "https://sub.domain.example/",
            "http://domain.example/",
            "https://domain.example@evil.example/",
        ] {
            let error = guarded.send(&get(url)).unwrap_err();
            assert!(matches!(error, TransportError::Forbidden { .. }), "{url}: {error}");
        }
        assert!(seen.lock().unwrap().is_empty(), "nothing was sent");
        for url in [
            "https://domain.example/",
            "https://DOMAIN.example:8443/",
            "http://127.0.0.1:1/",
        ] {
            assert!(guarded.send(&get(url)).is_ok(), "{url}");
        }
    }

    #[test]
    fn there_is_a_pause_between_two_calls_and_none_before_the_first() {
        let (fake, seen) = fake(200);
        let stop = Stop::default();
        let pause = Duration::from_millis(500);
        let guarded = Guarded::new(fake, GuardRules { pause, ..rules() }, &stop, None);
        for _ in 0..2 {
            guarded.send(&get("https://domain.example/")).unwrap();
        }
        assert_eq!(
            *seen.lock().unwrap(),
            ["https://domain.example/", "500ms", "https://domain.example/"]
        );
    }

    #[test]
    fn a_spent_budget_stops_the_run_but_not_what_undoes_it() {
        let (fake, seen) = fake(200);
        let stop = Stop::default();
        let limits = GuardRules {
            requests: Some(1),
            ..rules()
        };
        let guarded = Guarded::new(fake, limits, &stop, None);
        guarded.send(&get("https://domain.example/1")).unwrap();
        let error = guarded.send(&get("https://domain.example/2")).unwrap_err();
        assert_eq!(error.to_string(), "the budget of 1 requests is spent");
        assert_eq!(stop.reason(), Some("the budget of 1 requests is spent"));
        {
            let _undoing = stop.undoing();
            guarded.send(&get("https://domain.example/3")).unwrap();
        }
        assert!(guarded.send(&get("https://domain.example/4")).is_err());
        assert_eq!(
            *seen.lock().unwrap(),
            ["https://domain.example/1", "https://domain.example/3"]
        );
    }

    #[test]
    fn refused_token_requests_are_counted_for_each_client_and_each_user() {
        let assertion = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2ln";
        let of_ada = format!("grant_type=x&assertion={assertion}");
        let run = |status: u16, requests: &[Request], limits: GuardRules| {
            let (fake, _) = fake(status);
            let stop = Stop::default();
            let guarded = Guarded::new(fake, limits, &stop, None);
            let sent = requests
                .iter()
                .take_while(|request| guarded.send(request).is_ok())
                .count();
            (sent, stop.reason().map(str::to_owned))
        };
        let of_one = || GuardRules {
            refused_of_one: Some(2),
            ..rules()
        };
        let same = [(); 3].map(|()| token_request("c1", "grant_type=client_credentials"));
        let (sent, why) = run(401, &same, of_one());
        assert_eq!(sent, 2);
        assert!(why.unwrap().starts_with("the client c1 was refused 2 times"));
        let other = ["c1", "c2", "c3"].map(|client| token_request(client, &of_ada));
        let (sent, why) = run(400, &other, of_one());
        assert_eq!(sent, 2);
        assert!(why.unwrap().starts_with("the user ada"));
        assert_eq!(run(200, &same, of_one()), (3, None), "granted requests cost nothing");
        assert_eq!(run(503, &same, of_one()), (3, None), "an outage is no refusal");
        let of_all = GuardRules {
            refused: Some(1),
            ..rules()
        };
        assert_eq!(run(400, &other, of_all).0, 1);
    }

    #[test]
    fn an_interruption_stops_what_is_sent() {
        let (fake, _) = fake(200);
        let stop = Stop::default();
        let guarded = Guarded::new(fake, rules(), &stop, None);
        stop.say("interrupted");
        stop.say("for another reason");
        let error = guarded.send(&get("https://domain.example/")).unwrap_err();
        assert_eq!(
            error,
            TransportError::Held {
                why: "interrupted".to_owned()
            }
        );
        assert_eq!(guarded.spent(), Spent::default());
    }
}
