//! What a token request presents beside an assertion: a code, a refresh token, a password, the code of a device.
//!
//! What is opaque is kept under its digest, so a copy of the state opens nothing, and looking something up takes the same time whatever
//! was sent. Facts only: which of them matter is for the rules.

use aws_lc_rs::digest;

use crate::env::{Env, hex};
use crate::form::Form;
use crate::idcs::client_facts::ClientFacts;
use crate::jose::base64url;
use crate::landscape::{Domain, Secret, User};
use crate::state::{Code, Device, Effect, Expects, Family, Guesses, Kept, Key, Kind, State, Thing};

/// How long a code may be redeemed, in seconds (IDCS-OAUTH-604).
pub const CODE_LIFE: u64 = 180;
/// How long a device may ask, in seconds (IDCS-OAUTH-604).
pub const DEVICE_LIFE: u64 = 300;
/// How many seconds a device waits between two questions (IDCS-OAUTH-719).
pub const DEVICE_INTERVAL: u64 = 5;
/// How long a refresh token lives where its resource does not say, in seconds (IDCS-OAUTH-603).
pub const REFRESH_LIFE: u64 = 604_800;
/// How many wrong passwords are taken before the user must wait.
pub const GUESS_LIMIT: u32 = 5;
/// How long the wait is, in seconds.
pub const GUESS_PAUSE: u64 = 900;
/// How many wrong secrets of a client are taken before it must wait. Nothing is documented; a client that guesses is fast and not a person.
pub const SECRET_GUESS_LIMIT: u32 = 10;
/// How long that wait is, in seconds, from the first wrong one on.
pub const SECRET_GUESS_PAUSE: u64 = 60;

/// The name under which an opaque value is kept.
pub fn digest_of(opaque: &str) -> String {
    hex(digest::digest(&digest::SHA256, opaque.as_bytes()).as_ref())
}

/// A fresh opaque value, of the length and alphabet that codes and refresh tokens have (IDCS-OAUTH-027, IDCS-OAUTH-046).
pub fn draw_opaque(env: &Env, label: &str) -> String {
    let mut bytes = vec![1, 2, 3, 4, 5];
    for part in 0..3 {
        bytes.extend(env.draw(&format!("{label} {part}")));
    }
    bytes.truncate(95);
    format!("{}=", base64url(&bytes))
}

/// A code that was presented, with what is kept of it.
#[derive(Debug)]
pub struct PresentedCode<'a> {
    /// Where it would be kept.
    pub key: Key,
    /// What is kept there; nothing for an unknown code and one that is past its time.
    pub code: Option<(&'a Code, &'a Kept)>,
}

/// A refresh token that was presented, with the family that it names.
#[derive(Debug)]
pub struct PresentedRefresh<'a> {
    /// Where its family would be kept.
    pub key: Key,
    /// The family; nothing for an unknown token and for one that is past its time.
    pub family: Option<(&'a Family, &'a Kept)>,
    /// The digest of the token.
    pub digest: String,
}

/// A user name and password that were presented.
#[derive(Debug)]
pub struct PresentedPassword<'a> {
    /// The user of this name.
    pub user: Option<&'a User>,
    /// Whether the password is theirs.
    pub is_right: bool,
    /// Where wrong guesses of this name are counted.
    pub key: Key,
    /// What was counted so far: how many, since when, and which writing of it.
    pub guesses: Option<(Guesses, u64)>,
}

/// A client's secret that was presented, and the wrong ones before it.
///
/// Only clients that exist are counted: others are refused in the same words whatever they send, and could fill the store.
#[derive(Debug)]
pub struct PresentedSecret {
    is_right: bool,
    key: Key,
    guesses: Option<(Guesses, u64)>,
}

/// The code of a device that was presented.
#[derive(Debug)]
pub struct PresentedDevice<'a> {
    /// Where its request would be kept.
    pub key: Key,
    /// The request.
    pub device: Option<(&'a Device, &'a Kept)>,
}

impl<'a> PresentedCode<'a> {
    /// Reads `code`.
    pub fn read(state: &'a State, env: &Env, domain: &Domain, form: &Form) -> Option<Self> {
        let key = Key::new(Kind::Code, &domain.host, &digest_of(form.value("code")?));
        let code = state.get(&key, env.now).and_then(|kept| match &kept.thing {
            Thing::Code(code) => Some((code, kept)),
            _ => None,
        });
        Some(Self { key, code })
    }
}

impl<'a> PresentedRefresh<'a> {
    /// Reads `refresh_token`: the id of its family stands before the last dot.
    pub fn read(state: &'a State, env: &Env, domain: &Domain, form: &Form) -> Option<Self> {
        Some(Self::of_text(state, env, domain, form.value("refresh_token")?))
    }

    /// Reads a text that may be a refresh token.
    pub fn of_text(state: &'a State, env: &Env, domain: &Domain, text: &str) -> Self {
        let digest = digest_of(text);
        let key = Key::new(Kind::Family, &domain.host, &family_of(text));
        let family = state.get(&key, env.now).and_then(|kept| match &kept.thing {
            Thing::Family(family) => Some((family, kept)),
            _ => None,
        });
        Self { key, family, digest }
    }
}

/// The id of the family that a refresh token belongs to: the digest of its first half, which all its tokens share.
pub fn family_of(token: &str) -> String {
    let half = token.get(..FAMILY_CHARACTERS).unwrap_or(token);
    digest_of(half)
}

/// How many characters of a refresh token say which family it is of: 45 bytes, none of them shared with the rest.
const FAMILY_CHARACTERS: usize = 60;

/// A refresh token: of a new family, or following `before` in its family.
pub fn draw_refresh_token(env: &Env, before: Option<&str>) -> String {
    let fresh = draw_opaque(env, "refresh token");
    match before.and_then(|before| before.get(..FAMILY_CHARACTERS)) {
        Some(family) => format!("{family}{}", &fresh[FAMILY_CHARACTERS..]),
        None => fresh,
    }
}

impl<'a> PresentedPassword<'a> {
    /// Compares a password with the user's, or with a dummy where there is no such user, so that the time tells nothing.
    pub fn read(state: &State, env: &Env, domain: &'a Domain, name: &str, password: &str) -> Self {
        let user = domain.user(name, true);
        let kept = user.and_then(|user| user.password.clone());
        let has_one = kept.is_some();
        let is_equal = kept
            .unwrap_or_else(|| Secret::new("a dummy that no user has"))
            .is(password);
        // Counted under the name that was sent, so that nothing tells names that exist from others.
        let key = Key::new(Kind::Guesses, &domain.host, &name.to_lowercase());
        let guesses = state.get(&key, env.now).and_then(|kept| match &kept.thing {
            Thing::Guesses(guesses) => Some((*guesses, kept.version)),
            _ => None,
        });
        Self {
            user,
            is_right: is_equal && has_one,
            key,
            guesses,
        }
    }

    /// For how many seconds more no password is taken.
    pub fn pause(&self, now: u64) -> Option<u64> {
        let (guesses, _) = self.guesses?;
        (guesses.count >= GUESS_LIMIT).then(|| (guesses.since + GUESS_PAUSE).saturating_sub(now).max(1))
    }

    /// What somebody's getting in changes: who had the right password may be wrong again as often as before. A wrong one counts although it
    /// was let through, which only a defect does.
    pub fn settled(&self, now: u64) -> Effect {
        if !self.is_right {
            return self.counted(now);
        }
        Effect::Keep {
            key: self.key.clone(),
            expects: Expects::Anything,
            thing: None,
        }
    }

    /// What a wrong password changes.
    pub fn counted(&self, now: u64) -> Effect {
        let guesses = match self.guesses {
            Some((guesses, _)) => Guesses {
                count: guesses.count.saturating_add(1),
                ..guesses
            },
            None => Guesses { count: 1, since: now },
        };
        let until = guesses.since + GUESS_PAUSE;
        match self.guesses {
            Some((_, version)) => Effect::change(self.key.clone(), version, Thing::Guesses(guesses), until),
            None => Effect::keep(self.key.clone(), Thing::Guesses(guesses), until),
        }
    }
}

impl PresentedSecret {
    /// Looks up what was counted for the client whose secret is presented.
    pub fn read(state: &State, env: &Env, domain: &Domain, client: &ClientFacts) -> Option<Self> {
        let is_right = client.is_secret_right()?;
        let key = Key::new(Kind::SecretGuesses, &domain.host, &client.app?.client_id);
        let guesses = state.get(&key, env.now).and_then(|kept| match &kept.thing {
            Thing::Guesses(guesses) => Some((*guesses, kept.version)),
            _ => None,
        });
        Some(Self { is_right, key, guesses })
    }

    /// How many wrong ones came before it.
    pub fn wrong_before(&self) -> u32 {
        self.guesses.map_or(0, |(guesses, _)| guesses.count)
    }

    /// Whether no secret is taken for now, not even the right one.
    pub fn is_paused(&self, now: u64) -> bool {
        let too_many = |(guesses, _): (Guesses, u64)| {
            guesses.count >= SECRET_GUESS_LIMIT && now < guesses.since + SECRET_GUESS_PAUSE
        };
        self.guesses.is_some_and(too_many)
    }

    /// What a client's getting in changes: nothing, or it may be wrong again as often as before.
    pub fn settled(&self, now: u64) -> Option<Effect> {
        if !self.is_right {
            // Only a defect gets here, and counts all the same.
            return Some(self.counted(now));
        }
        self.guesses.map(|_| Effect::Keep {
            key: self.key.clone(),
            expects: Expects::Anything,
            thing: None,
        })
    }

    /// What a wrong secret changes.
    pub fn counted(&self, now: u64) -> Effect {
        match self.guesses {
            Some((guesses, version)) => {
                let count = guesses.count.saturating_add(1);
                let thing = Thing::Guesses(Guesses { count, ..guesses });
                Effect::change(self.key.clone(), version, thing, guesses.since + SECRET_GUESS_PAUSE)
            }
            None => {
                let thing = Thing::Guesses(Guesses { count: 1, since: now });
                Effect::keep(self.key.clone(), thing, now + SECRET_GUESS_PAUSE)
            }
        }
    }
}

impl<'a> PresentedDevice<'a> {
    /// Reads `device_code`.
    pub fn read(state: &'a State, env: &Env, domain: &Domain, form: &Form) -> Option<Self> {
        let key = Key::new(Kind::Device, &domain.host, &digest_of(form.value("device_code")?));
        let device = state.get(&key, env.now).and_then(|kept| match &kept.thing {
            Thing::Device(device) => Some((device, kept)),
            _ => None,
        });
        Some(Self { key, device })
    }
}

/// Ends a family: none of its tokens is good any more.
pub fn revoked(key: &Key, family: &Family, kept: &Kept) -> Effect {
    let family = Family {
        is_revoked: true,
        ..family.clone()
    };
    Effect::change(key.clone(), kept.version, Thing::Family(family), kept.until)
}

/// The same for the family of this id, where it is there.
pub fn revoked_by_id(state: &State, env: &Env, domain: &Domain, id: &str) -> Option<Effect> {
    let key = Key::new(Kind::Family, &domain.host, id);
    let kept = state.get(&key, env.now)?;
    match &kept.thing {
        Thing::Family(family) => Some(revoked(&key, family, kept)),
        _ => None,
    }
}
