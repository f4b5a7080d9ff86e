//! What happens over time, and how a decision changes it.
//!
//! A decision reads a snapshot and lists [`Effect`]s; `mock` commits them. An effect names one key and what it expects there, so that two
//! decisions conflict only when they want the same key. Nothing is scheduled: what is due follows from `env.now`. What an effect writes
//! into the directory of a domain is in `landscape::directory`.

use rpds::HashTrieMapSync;

use crate::landscape::directory::{Record, RecordKey};
use crate::landscape::pod_records::{PodKey, PodRecord};

/// How long an agent's job runs, in seconds.
pub const JOB_SECONDS: u64 = 3;

/// What is kept, by the kind that its keys have. Each kind has a store of its own, with a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kind {
    /// Ids of assertions that were used; the key is the client and the `jti`.
    TokenId,
    /// Jobs of agents, by their id.
    Job,
    /// Authorization requests that wait for a person, by their id.
    Pending,
    /// Sessions of people who signed in, by the digest of their cookie.
    Session,
    /// Authorization codes, by their digest.
    Code,
    /// Families of refresh tokens, by their id.
    Family,
    /// What people allowed to applications, by user and client.
    Consent,
    /// Requests of devices, by the digest of their code.
    Device,
    /// User codes of devices: the digest of the device's code behind each.
    UserCode,
    /// Wrong passwords, by user name.
    Guesses,
    /// Wrong secrets, by client id.
    SecretGuesses,
    /// Requests that were taken, by group of endpoints and span of time.
    Requests,
    /// People of a pod who are signing in at its domain, by the digest of `state`.
    SignIn,
    /// Changes of audited records of a pod, by their number.
    Audit,
    /// Conversations with agents, by their id.
    Conversation,
    /// Whether integrations are activated, once somebody changed that; by project and id.
    Activated,
    /// Tokens that connections hold, by the connection's id.
    ConnectionTokens,
    /// Secrets that were set on connections, by the connection's id.
    ConnectionSecret,
    /// Connections whose consent a person went to give, by the digest of the state.
    ConnectionConsent,
}

/// The most entries of each kind; more are refused until some are past their time.
pub const LIMITS: [(Kind, usize); 19] = [
    (Kind::TokenId, 100_000),
    (Kind::Job, 100_000),
    (Kind::Pending, 20_000),
    (Kind::Session, 20_000),
    (Kind::Code, 20_000),
    (Kind::Family, 100_000),
    (Kind::Consent, 100_000),
    (Kind::Device, 20_000),
    (Kind::UserCode, 20_000),
    (Kind::Guesses, 100_000),
    (Kind::SecretGuesses, 20_000),
    (Kind::Requests, 1_000),
    (Kind::SignIn, 20_000),
    (Kind::Audit, 10_000),
    (Kind::Conversation, 100_000),
    (Kind::Activated, 10_000),
    (Kind::ConnectionTokens, 10_000),
    (Kind::ConnectionSecret, 10_000),
    (Kind::ConnectionConsent, 10_000),
];

/// Where something is kept.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Key {
    /// Which store.
    pub kind: Kind,
    /// The site that it belongs to.
    pub site: String,
    /// Its id within the site; ids of several parts are joined by a line feed, which no part holds.
    pub id: String,
}

impl Key {
    /// A key of one part.
    pub fn new(kind: Kind, site: &str, id: &str) -> Self {
        let (site, id) = (site.to_owned(), id.to_owned());
        Self { kind, site, id }
    }

    /// A key of two parts.
    pub fn of_two(kind: Kind, site: &str, first: &str, second: &str) -> Self {
        // The length in front keeps parts apart whatever they hold.
        Self::new(kind, site, &format!("{}\n{first}\n{second}", first.len()))
    }
}

/// What is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Thing {
    /// That there was something of this id, and no more.
    Mark,
    /// An agent's job.
    Job(Job),
    /// An authorization request that waits for a person.
    Pending(Pending),
    /// A session.
    Session(Session),
    /// An authorization code.
    Code(Code),
    /// A family of refresh tokens.
    Family(Family),
    /// The scopes that a person allowed to an application.
    Consent(Vec<String>),
    /// A device that waits for a person.
    Device(Device),
    /// The digest of a device's code.
    UserCode(String),
    /// How many wrong passwords there were, and since when.
    Guesses(Guesses),
    /// How many requests were taken.
    Requests(u32),
    /// Somebody who is signing in.
    SignIn(SignIn),
    /// A change of an audited record.
    Audit(Audited),
    /// Whether an integration is activated.
    Activated(bool),
    /// The tokens of a connection.
    ConnectionTokens(ConnectionTokens),
    /// The secret of a connection.
    ConnectionSecret(Hidden),
    /// The id of the connection that a person gives consent for.
    ConnectionConsent(String),
}

/// A text that a server keeps because it must send it again, and never shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Hidden(String);

impl Hidden {
    /// Keeps a text.
    pub fn new(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// The text, for sending it.
    pub fn text(&self) -> String {
        self.0.clone()
    }
}

impl std::fmt::Debug for Hidden {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("Hidden(..)")
    }
}

/// The tokens that a connection of an integration instance holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConnectionTokens {
    /// The access token.
    pub access: Hidden,
    /// The second at which it ends.
    pub until: u64,
    /// The refresh token.
    pub refresh: Option<Hidden>,
}

/// Somebody of a pod who was sent to its domain to sign in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignIn {
    /// Where they wanted to go: path with query.
    pub to: String,
    /// The browser in which it began: the digest of its cookie.
    pub browser: String,
    /// What ties the code to this sign-in.
    pub nonce: String,
}

/// A change of an audited record of a pod (FUSION-410).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Audited {
    /// The second of it.
    pub at: u64,
    /// The user name of who made it.
    pub user: String,
    /// Their display name.
    pub display_name: String,
    /// The client whose token it was. Fusion is not known to show it (FUSION-U-26), and neither do we.
    pub client: Option<String>,
    /// `INSERT`, `UPDATE` or `DELETE`.
    pub event: &'static str,
    /// The product code.
    pub product: &'static str,
    /// The type of the business object.
    pub object: &'static str,
    /// Which attributes changed: name, value before, value after.
    pub attributes: Vec<(String, String, String)>,
    /// Whether auditing was switched on for the object. What was not is kept for defects alone, and never shown (FUSION-413).
    pub is_switched_on: bool,
}

/// Wrong passwords of one user, or wrong secrets of one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guesses {
    /// How many.
    pub count: u32,
    /// The second of the first one.
    pub since: u64,
}

/// An agent's job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Job {
    /// The agent that runs it.
    pub agent: String,
    /// The user who asked.
    pub user: String,
    /// The conversation it belongs to.
    pub conversation: String,
    /// When it was started.
    pub started: u64,
}

/// What a client asked at the authorization endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization {
    /// The client id.
    pub client: String,
    /// The redirect URI that was sent and is registered.
    pub redirect_uri: String,
    /// The scopes that were asked for, as sent.
    pub scope: String,
    /// `response_type`.
    pub response_type: String,
    /// `state`, given back untouched.
    pub state: Option<String>,
    /// `nonce`, copied into the ID token.
    pub nonce: Option<String>,
    /// The PKCE challenge and whether it is hashed (`S256`).
    pub challenge: Option<Challenge>,
}

/// A PKCE challenge (RFC 7636 section 4.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// Its text.
    pub text: String,
    /// Whether it is the SHA-256 of the verifier; else the verifier itself.
    pub is_hashed: bool,
}

/// An authorization request that waits for a person. Its id is the anti-forgery token of the pages.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pending {
    /// What was asked; `None` where a person came to type the code of a device.
    pub asked: Option<Authorization>,
    /// The device that it is for: the digest of its code.
    pub device: Option<String>,
    /// The browser that it belongs to: the digest of its cookie.
    pub browser: String,
    /// Whether consent is asked although it was given.
    pub must_consent: bool,
}

/// A session of a person who signed in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// The user name.
    pub user: String,
    /// When they signed in.
    pub since: u64,
    /// The session's id in tokens.
    pub id: String,
}

/// An authorization code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Code {
    /// What was asked.
    pub asked: Authorization,
    /// Who allowed it, and since when they are signed in.
    pub session: Session,
    /// Whether it was redeemed.
    pub is_used: bool,
    /// The family of refresh tokens that came of it.
    pub family: Option<String>,
}

/// A family of refresh tokens: those that follow one another from one grant.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Family {
    /// The client that they were given to.
    pub client: String,
    /// The user they are for.
    pub user: String,
    /// The scopes that were granted, as asked.
    pub scope: String,
    /// The scopes that were asked for last, which may be fewer. Nobody goes by them but a defect (RFC 6749 section 6).
    pub asked_last: String,
    /// The digest of the token that is valid now.
    pub current: String,
    /// The session that it came from, where a person signed in.
    pub session: Option<Session>,
    /// When the first token of it was given, in seconds.
    pub since: u64,
    /// Which secret of the client it was given under, counted from 0 (IDCS-OAUTH-050).
    pub secret_version: u64,
    /// Whether it was revoked.
    pub is_revoked: bool,
}

/// A device that waits for a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Device {
    /// The client id.
    pub client: String,
    /// The scopes that were asked for.
    pub scope: String,
    /// What a person decided: nothing yet, who allowed it, or that it was denied.
    pub decision: DeviceDecision,
    /// When the device asked last.
    pub polled: Option<u64>,
}

/// What a person decided about a device.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DeviceDecision {
    /// Nothing yet.
    Open,
    /// It may act for the user of this session.
    Allowed(Session),
    /// It may not.
    Denied,
}

/// What an effect expects at its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expects {
    /// Nothing, or what is past its time.
    Absent,
    /// What was there when it was read, unchanged since.
    Version(u64),
    /// Whatever.
    Anything,
}

/// A change, with what it expects to find.
#[expect(clippy::large_enum_variant, reason = "a decision has a few of them at most")]
#[derive(Clone, Debug)]
pub enum Effect {
    /// Keeps something until a second, or forgets it.
    Keep {
        /// Where.
        key: Key,
        /// What it expects there.
        expects: Expects,
        /// What, and the last second at which it must be remembered; `None` forgets it.
        thing: Option<(Thing, u64)>,
    },
    /// Writes a record of a domain's directory, or removes it.
    Write {
        /// Where.
        key: RecordKey,
        /// What it expects there.
        expects: Expects,
        /// What; `None` removes it.
        record: Option<Box<Record>>,
    },
    /// Writes a record of a pod, or removes it.
    WriteInPod {
        /// The host name of the pod.
        host: String,
        /// Where.
        key: PodKey,
        /// What it expects there.
        expects: Expects,
        /// What; `None` removes it.
        record: Option<Box<PodRecord>>,
    },
}

impl Effect {
    /// Keeps something new.
    pub fn keep(key: Key, thing: Thing, until: u64) -> Self {
        Self::Keep {
            key,
            expects: Expects::Absent,
            thing: Some((thing, until)),
        }
    }

    /// Changes what was read.
    pub fn change(key: Key, version: u64, thing: Thing, until: u64) -> Self {
        Self::Keep {
            key,
            expects: Expects::Version(version),
            thing: Some((thing, until)),
        }
    }
}

/// Why effects were not committed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CommitError {
    /// Something else stands where an effect looked: decide again.
    Conflict,
    /// A store is full and forgets nothing before its time.
    Full,
}

/// Something that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// What.
    pub thing: Thing,
    /// Which writing of its key it is, counted from 1.
    pub version: u64,
    /// The last second at which it must be remembered.
    pub until: u64,
}

/// Everything that happened and still matters. Cloning it is cheap: clones share what they have in common.
#[derive(Clone, Debug, Default)]
pub struct State {
    stores: [HashTrieMapSync<(String, String), Kept>; LIMITS.len()],
}

impl State {
    /// What is kept at `key` and not past its time.
    pub fn get(&self, key: &Key, now: u64) -> Option<&Kept> {
        let place = (key.site.clone(), key.id.clone());
        self.stores[key.kind as usize]
            .get(&place)
            .filter(|kept| kept.until >= now)
    }

    /// All that is kept of a kind, with site and id, in no order.
    pub fn all(&self, kind: Kind) -> impl Iterator<Item = (&(String, String), &Kept)> {
        self.stores[kind as usize].iter()
    }

    /// Applies the effects that keep something, all or none. Those that write into a directory are not its business.
    ///
    /// # Errors
    ///
    /// Where an effect does not find what it expects, or a store is full.
    pub fn commit(&self, effects: &[Effect], now: u64) -> Result<Self, CommitError> {
        let mut state = self.clone();
        for effect in effects {
            if let Effect::Keep { key, expects, thing } = effect {
                state.keep(key, *expects, thing.as_ref(), now)?;
            }
        }
        Ok(state)
    }

    fn keep(&mut self, key: &Key, expects: Expects, thing: Option<&(Thing, u64)>, now: u64) -> Result<(), CommitError> {
        let found = self.get(key, now).map(|kept| kept.version);
        let is_expected = match expects {
            Expects::Anything => true,
            Expects::Absent => found.is_none(),
            Expects::Version(version) => found == Some(version),
        };
        if !is_expected {
            return Err(CommitError::Conflict);
        }
        let place = (key.site.clone(), key.id.clone());
        let Some((thing, until)) = thing else {
            self.stores[key.kind as usize].remove_mut(&place);
            return Ok(());
        };
        let (_, limit) = LIMITS[key.kind as usize];
        if found.is_none() && self.stores[key.kind as usize].size() >= limit {
            self.forget(key.kind, now);
            if self.stores[key.kind as usize].size() >= limit {
                return Err(CommitError::Full);
            }
        }
        let kept = Kept {
            thing: thing.clone(),
            version: found.unwrap_or_default() + 1,
            until: *until,
        };
        self.stores[key.kind as usize].insert_mut(place, kept);
        Ok(())
    }

    /// Forgets what is past its time.
    fn forget(&mut self, kind: Kind, now: u64) {
        let store = &mut self.stores[kind as usize];
        let past: Vec<(String, String)> = store
            .iter()
            .filter(|(_, kept)| kept.until < now)
            .map(|(place, _)| place.clone())
            .collect();
        for place in &past {
            store.remove_mut(place);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(id: &str) -> Key {
        Key::new(Kind::Pending, "domain", id)
    }

    fn mark(id: &str, until: u64) -> Effect {
        Effect::keep(key(id), Thing::Mark, until)
    }

    #[test]
    fn limits_stand_in_the_order_of_their_kinds() {
        for (index, (kind, _)) in LIMITS.iter().enumerate() {
            assert_eq!(*kind as usize, index);
        }
    }

    #[test]
    fn a_key_is_taken_once_and_free_again_after_its_time() {
        let state = State::default().commit(&[mark("a", 100)], 50).expect("the key is free");
        assert_eq!(state.commit(&[mark("a", 200)], 100).err(), Some(CommitError::Conflict));
        assert!(state.commit(&[mark("a", 200)], 101).is_ok());
    }

    #[test]
    fn effects_hold_all_or_not_at_all() {
        let state = State::default().commit(&[mark("a", 100)], 50).expect("the key is free");
        let both = state.commit(&[mark("b", 100), mark("a", 100)], 50);
        assert_eq!(both.err(), Some(CommitError::Conflict));
        assert!(state.get(&key("b"), 50).is_none());
    }

    #[test]
    fn of_two_who_read_the_same_one_changes_it() {
        let state = State::default().commit(&[mark("a", 100)], 50).expect("the key is free");
        let version = state.get(&key("a"), 50).expect("it was just kept").version;
        let change = Effect::change(key("a"), version, Thing::Mark, 200);
        let state = state
            .commit(std::slice::from_ref(&change), 50)
            .expect("nobody else changed it");
        assert_eq!(state.commit(&[change], 50).err(), Some(CommitError::Conflict));
    }

    #[test]
    fn a_full_store_refuses_and_forgets_nothing_early() {
        let (kind, limit) = LIMITS[Kind::Pending as usize];
        let mut state = State::default();
        for id in 0..limit {
            let kept = Kept {
                thing: Thing::Mark,
                version: 1,
                until: 100,
            };
            state.stores[kind as usize].insert_mut(("domain".into(), id.to_string()), kept);
        }
        assert_eq!(
            state.commit(&[mark("one more", 100)], 50).err(),
            Some(CommitError::Full)
        );
        assert!(state.get(&key("0"), 100).is_some());
        assert!(state.commit(&[mark("one more", 300)], 101).is_ok());
    }

    #[test]
    fn parts_of_a_key_stay_apart() {
        let of = |first, second| Key::of_two(Kind::Consent, "domain", first, second);
        assert_ne!(of("a\nb", "c"), of("a", "b\nc"));
    }
}
