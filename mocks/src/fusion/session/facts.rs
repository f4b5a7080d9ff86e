//! What can be known about a request of a person's browser to a pod: the session that its cookie opens, the token against forged requests,
//! and what comes back from the domain.

use aws_lc_rs::digest;

use crate::form::Form;
use crate::fusion::Context;
use crate::fusion::session::{self, console_page};
use crate::idcs::person::browser::cookie;
use crate::idcs::presented::digest_of;
use crate::idcs::scopes::{self, Requested};
use crate::jose::base64url;
use crate::landscape::profile::switch;
use crate::landscape::{Domain, PodUser, constant_time_equal};
use crate::rule::Kind;
use crate::state::{self, Code, Kept, Key, Session, SignIn, State, Thing};
use crate::wire::BODY_LIMIT;

/// The kind of request that a person's browser makes of a pod.
#[derive(Debug)]
pub struct SessionEndpoint;

impl Kind for SessionEndpoint {
    type Facts<'a> = SessionRequest<'a>;
}

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Route {
    /// The home of the pod.
    Home,
    /// A person comes back from the domain.
    Callback,
    /// The token against forged requests.
    AntiForgery,
    /// The token relay.
    Relay,
    /// The trust token of a script.
    TrustToken,
    /// The Security Console.
    Console,
    /// A form of it.
    ConsoleForm,
}

impl Route {
    fn of(path: &str) -> Self {
        match path {
            session::CALLBACK_PATH => Self::Callback,
            session::ANTI_FORGERY_PATH => Self::AntiForgery,
            session::RELAY_PATH => Self::Relay,
            session::TRUST_TOKEN_PATH => Self::TrustToken,
            session::CONSOLE_PATH => Self::Console,
            session::HOME_PATH => Self::Home,
            _ => Self::ConsoleForm,
        }
    }

    /// The name that the journal shows.
    pub fn name(self) -> &'static str {
        match self {
            Self::Home => "home",
            Self::Callback => "sign-in callback",
            Self::AntiForgery => "anticsrf",
            Self::Relay => "tokenrelay",
            Self::TrustToken => "trust token",
            Self::Console | Self::ConsoleForm => "security console",
        }
    }

    /// The method that it takes.
    pub fn method(self) -> &'static str {
        match self {
            Self::TrustToken | Self::ConsoleForm => "POST",
            _ => "GET",
        }
    }

    /// Whether a person looks at what it answers.
    pub fn is_page(self) -> bool {
        matches!(self, Self::Home | Self::Callback | Self::Console | Self::ConsoleForm)
    }
}

/// Everything that can be known about one such request.
#[derive(Debug)]
pub struct SessionRequest<'a> {
    /// What is asked, where and when.
    pub context: Context<'a>,
    /// Which endpoint.
    pub route: Route,
    /// The parameters of the query.
    pub query: Form,
    /// The fields of a form.
    pub form: Form,
    /// The value of the session cookie.
    cookie: Option<String>,
    /// The session that it opens.
    pub session: Option<&'a Session>,
    /// The sign-in that a callback belongs to, where it is waiting, and where it is kept.
    pub sign_in: Option<(Key, &'a SignIn)>,
    /// The code that it brings, where it is kept, and what is kept of it.
    pub code: Option<(Key, &'a Code, &'a Kept)>,
}

/// The session that a cookie of a request to a pod opens.
pub fn session_of<'a>(context: &Context<'a>) -> Option<&'a Session> {
    let value = cookie(context.request, &session_cookie(&context.pod.name))?;
    let key = session_key(&context.pod.host, &value);
    match &context.state.get(&key, context.env.now)?.thing {
        Thing::Session(session) => Some(session),
        _ => None,
    }
}

/// The name of the session cookie of a pod (FUSION-512).
pub fn session_cookie(pod: &str) -> String {
    format!("ORA_FND_SESSION_{pod}_F")
}

/// The name of the cookie that repeats the token against forged requests; of the real one the beginning is known (FUSION-508).
pub fn anti_forgery_cookie(pod: &str) -> String {
    format!("XSRF-TOKEN-{pod}")
}

/// The cookie that ties a sign-in to the browser in which it began. The real name is not known.
pub const SIGN_IN_COOKIE: &str = "POD_SIGN_IN";

/// Where a session is kept.
pub fn session_key(host: &str, cookie: &str) -> Key {
    Key::new(state::Kind::Session, host, &digest_of(cookie))
}

/// The token against forged requests that goes with a session cookie: nobody can compute it who has not the cookie.
pub fn anti_forgery_of(cookie: &str) -> String {
    base64url(digest::digest(&digest::SHA256, format!("anti-forgery {cookie}").as_bytes()).as_ref())
}

impl<'a> SessionRequest<'a> {
    /// Reads a request.
    pub fn read(context: &Context<'a>) -> Self {
        let Context {
            state,
            env,
            pod,
            request,
            ..
        } = *context;
        let query = Form::read(request.query.as_deref().unwrap_or_default().as_bytes());
        let sign_in = query.value("state").and_then(|text| {
            let key = Key::new(state::Kind::SignIn, &pod.host, &digest_of(text));
            match &state.get(&key, env.now)?.thing {
                Thing::SignIn(sign_in) => Some((key, sign_in)),
                _ => None,
            }
        });
        let code = query
            .value("code")
            .and_then(|text| code_at(state, env.now, &pod.domain, text));
        Self {
            context: *context,
            route: Route::of(&request.path),
            form: Form::read(&request.body[..request.body.len().min(BODY_LIMIT)]),
            cookie: cookie(request, &session_cookie(&pod.name)),
            session: session_of(context),
            sign_in,
            code,
            query,
        }
    }

    /// The domain that people of this pod sign in at.
    pub fn domain(&self) -> Option<&'a Domain> {
        self.context
            .landscape
            .domains
            .get(&self.context.pod.domain)
            .map(|domain| &**domain)
    }

    /// The name of the person: of the session, or for a callback of who signed in.
    pub fn name(&self) -> Option<&'a str> {
        match (self.route, &self.code) {
            (Route::Callback, Some((_, code, _))) => Some(&code.session.user),
            (Route::Callback, None) => None,
            _ => self.session.map(|session| session.user.as_str()),
        }
    }

    /// The user of the pod with this name.
    pub fn user(&self) -> Option<&'a PodUser> {
        self.context.pod.user(self.name()?)
    }

    /// The token against forged requests of the session.
    pub fn anti_forgery(&self) -> Option<String> {
        self.cookie.as_deref().map(anti_forgery_of)
    }

    /// Whether a value is the token against forged requests of the session.
    pub fn is_anti_forgery(&self, value: &str) -> bool {
        self.anti_forgery()
            .is_some_and(|own| constant_time_equal(own.as_bytes(), value.as_bytes()))
    }

    /// Whether the browser is the one in which the sign-in began.
    pub fn is_same_browser(&self) -> bool {
        let mark = cookie(self.context.request, SIGN_IN_COOKIE);
        let began = self.sign_in.as_ref().map(|(_, sign_in)| &sign_in.browser);
        mark.is_some_and(|mark| began == Some(&digest_of(&mark)))
    }

    /// Whether the code is one that the domain gave to this pod's gateway for this sign-in, and that was not used.
    pub fn has_own_code(&self) -> bool {
        let Some((_, code, _)) = &self.code else { return false };
        let pod = self.context.pod;
        let nonce = self.sign_in.as_ref().map(|(_, sign_in)| &sign_in.nonce);
        !code.is_used
            && code.asked.client == pod.gateway
            && code.asked.redirect_uri == pod.callback()
            // Where no sign-in is known, another rule has refused, or was to.
            && nonce.is_none_or(|nonce| code.asked.nonce.as_ref() == Some(nonce))
    }

    /// The scope that the relay is asked for, read as the domain reads it.
    pub fn wanted_scope(&self) -> Option<Vec<Requested<'a>>> {
        let text = self.query.value("scopesfq")?;
        self.domain().map(|domain| scopes::read(domain, text))
    }

    /// Whether nobody is signed in, and whoever asks is sent to sign in (FUSION-C-08, switch `token-relay-sign-in`).
    pub fn begins_sign_in(&self) -> bool {
        if self.session.is_some() || self.route == Route::Callback {
            return false;
        }
        let takes_pages = self
            .context
            .request
            .header("accept")
            .is_some_and(|types| types.split(',').any(|one| one.trim().starts_with("text/html")));
        match (
            self.route,
            self.context.landscape.profile.value(switch::TOKEN_RELAY_SIGN_IN),
        ) {
            (Route::Relay, "always") => true,
            (Route::Relay, "never") => false,
            _ => takes_pages,
        }
    }

    /// What a form of the console wants.
    pub fn wish(&self) -> Option<crate::fusion::console::wish::Wish> {
        (self.route == Route::ConsoleForm).then(|| console_page::wish_of(&self.context.request.path, &self.form))
    }
}

fn code_at<'a>(state: &'a State, now: u64, domain: &str, text: &str) -> Option<(Key, &'a Code, &'a Kept)> {
    let key = Key::new(state::Kind::Code, domain, &digest_of(text));
    let kept = state.get(&key, now)?;
    match &kept.thing {
        Thing::Code(code) => Some((key, code, kept)),
        _ => None,
    }
}
