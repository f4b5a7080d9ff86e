//! The way through the domain: sending a browser there, and beginning a session when it comes back (FUSION-505, FUSION-513).

use serde_json::Value;

use crate::answer::{Answer, Place, Slot};
use crate::fusion::session::facts::{
    SIGN_IN_COOKIE, SessionRequest, anti_forgery_cookie, anti_forgery_of, session_cookie, session_key,
};
use crate::fusion::session::{CALLBACK_PATH, HOME_PATH};
use crate::idcs::person::authorize;
use crate::idcs::person::browser::{draw_value, forget, set_cookie};
use crate::idcs::presented::digest_of;
use crate::idcs::tokens::SESSION_LIFE;
use crate::landscape::Pod;
use crate::state::{Code, Effect, Key, Kind, Session, SignIn, Thing};

/// How long a person may take to sign in, in seconds: as long as the domain waits (IDCS-OAUTH-508).
const SIGN_IN_LIFE: u64 = 900;

impl Pod {
    /// The redirect URI of its gateway.
    pub fn callback(&self) -> String {
        format!("{}{CALLBACK_PATH}", self.url())
    }
}

/// Sends the browser to the domain, to come back to where it wanted to go (FUSION-U-19).
pub fn begin(facts: &SessionRequest, effects: &mut Vec<Effect>) -> Answer {
    let (pod, env, request) = (facts.context.pod, facts.context.env, facts.context.request);
    let Some(domain) = facts.domain() else {
        return Answer::empty(503);
    };
    let [mark, state, nonce] = ["sign-in cookie", "sign-in state", "sign-in nonce"].map(|label| draw_value(env, label));
    // What stands in a header field later holds nothing that could end it.
    let query = request.query.as_ref();
    let query = query.filter(|query| query.bytes().all(|byte| byte.is_ascii_graphic()));
    let to = match (request.method.as_str(), query) {
        ("GET", Some(query)) => format!("{}?{query}", request.path),
        ("GET", None) => request.path.clone(),
        // What a form held is gone by then.
        _ => HOME_PATH.to_owned(),
    };
    let sign_in = SignIn {
        to,
        browser: digest_of(&mark),
        nonce: nonce.clone(),
    };
    let key = Key::new(Kind::SignIn, &pod.host, &digest_of(&state));
    effects.push(Effect::keep(key, Thing::SignIn(sign_in), env.now + SIGN_IN_LIFE));
    let parameters = [
        ("response_type", "code".to_owned()),
        ("client_id", pod.gateway.clone()),
        ("redirect_uri", pod.callback()),
        ("scope", "openid".to_owned()),
        ("state", state),
        ("nonce", nonce),
    ];
    let parameters = parameters.map(|(name, value)| (name, Slot::Value(Value::from(value))));
    let address = format!("{}{}", domain.published_url(), authorize::PATH);
    Answer::redirect(&address, Place::Query, parameters.to_vec())
        .header("Set-Cookie", set_cookie(SIGN_IN_COOKIE, &mark, SIGN_IN_LIFE))
}

/// Begins a session for whoever came back, and sends the browser to where it wanted to go.
pub fn finish(facts: &SessionRequest, effects: &mut Vec<Effect>) -> Answer {
    let (pod, env) = (facts.context.pod, facts.context.env);
    let value = draw_value(env, "session cookie");
    let session = Session {
        user: facts.name().unwrap_or("stand-in").to_owned(),
        since: env.now,
        id: env.draw_id("session id"),
    };
    let key = session_key(&pod.host, &value);
    effects.push(Effect::keep(key, Thing::Session(session), env.now + SESSION_LIFE));
    if let Some((key, code, kept)) = &facts.code {
        let used = Code {
            is_used: true,
            ..(*code).clone()
        };
        effects.push(Effect::change(key.clone(), kept.version, Thing::Code(used), kept.until));
    }
    let mut to = HOME_PATH;
    if let Some((key, sign_in)) = &facts.sign_in {
        effects.push(forget(key.clone()));
        to = &sign_in.to;
    }
    let readable = set_cookie(&anti_forgery_cookie(&pod.name), &anti_forgery_of(&value), SESSION_LIFE);
    Answer::redirect(&format!("{}{to}", pod.url()), Place::Query, Vec::new())
        .header(
            "Set-Cookie",
            set_cookie(&session_cookie(&pod.name), &value, SESSION_LIFE),
        )
        // Scripts of the pages read this one (FUSION-508).
        .header("Set-Cookie", readable.replace("; HttpOnly", ""))
}
