//! The browser behind a request: its cookies, and the session that one of them opens.

use crate::answer::Answer;
use crate::env::Env;
use crate::idcs::Context;
use crate::idcs::pages::{ErrorPage, Page};
use crate::idcs::presented::digest_of;
use crate::idcs::tokens::SESSION_LIFE;
use crate::jose::base64url;
use crate::landscape::Domain;
use crate::rule::Denial;
use crate::state::{Effect, Expects, Key, Kind, Session, Thing};
use crate::wire::Request;

/// The cookie that ties a request to the browser it came from; it lives for 15 minutes (IDCS-OAUTH-508).
pub const REQUEST_COOKIE: &str = "IDCS_REQUEST";
/// The cookie of a session. The real name is not known.
pub const SESSION_COOKIE: &str = "DOMAIN_SESSION";
/// How long a person may take to sign in and allow, in seconds (IDCS-OAUTH-508).
pub const REQUEST_LIFE: u64 = 900;

/// What is known of the browser.
#[derive(Debug)]
pub struct Browser<'a> {
    /// What the request cookie says.
    pub mark: Option<String>,
    /// Where the session of the session cookie is kept.
    pub session_key: Option<Key>,
    /// The session, where there is one and it is not over.
    pub session: Option<&'a Session>,
}

impl<'a> Browser<'a> {
    /// Reads the cookies of a request.
    pub fn read(context: &Context<'a>) -> Self {
        let Context {
            state,
            env,
            domain,
            request,
            ..
        } = *context;
        let session_key =
            cookie(request, SESSION_COOKIE).map(|value| Key::new(Kind::Session, &domain.host, &digest_of(&value)));
        let kept = session_key.as_ref().and_then(|key| state.get(key, env.now));
        let session = kept.and_then(|kept| match &kept.thing {
            Thing::Session(session) => Some(session),
            _ => None,
        });
        Self {
            mark: cookie(request, REQUEST_COOKIE),
            session_key,
            session,
        }
    }
}

/// The value of a cookie; the first one where several have the name.
pub fn cookie(request: &Request, name: &str) -> Option<String> {
    request
        .header_values("cookie")
        .flat_map(|field| field.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}

/// `Set-Cookie` for a cookie that only this server reads.
pub fn set_cookie(name: &str, value: &str, seconds: u64) -> String {
    format!("{name}={value}; Path=/; Max-Age={seconds}; Secure; HttpOnly; SameSite=Lax")
}

/// A random value for a cookie or a form.
pub fn draw_value(env: &Env, label: &str) -> String {
    base64url(&env.draw(label))
}

/// A fresh session of a user, the cookie that opens it, and the effect that keeps it.
pub fn begin_session(env: &Env, domain: &Domain, user: &str) -> (Session, String, Effect) {
    let value = draw_value(env, "session cookie");
    let session = Session {
        user: user.to_owned(),
        since: env.now,
        id: env.draw_id("session id"),
    };
    let key = Key::new(Kind::Session, &domain.host, &digest_of(&value));
    let effect = Effect::keep(key, Thing::Session(session.clone()), env.now + SESSION_LIFE);
    (session, set_cookie(SESSION_COOKIE, &value, SESSION_LIFE), effect)
}

/// Forgets what stands at `key`.
pub fn forget(key: Key) -> Effect {
    Effect::Keep {
        key,
        expects: Expects::Anything,
        thing: None,
    }
}

/// A page as an answer.
pub fn page(status: u16, page: &impl Page) -> Answer {
    let mut answer = Answer::page(status, page.html());
    answer.headers.extend(page.headers());
    answer
}

/// A refusal that is shown to the person and not told to anybody by a redirect (RFC 6749 section 4.1.2.1).
pub fn error_page(domain: &Domain, env: &Env, denial: &Denial) -> Answer {
    page(
        denial.status,
        &ErrorPage {
            domain: &domain.label,
            heading: "This request cannot go on",
            sentence: denial.description,
            code: denial.error,
            ecid: &env.draw_ecid(),
        },
    )
}
