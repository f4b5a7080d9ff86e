//! What can be known about an authorization request (IDCS-OAUTH-501).

use crate::env::Env;
use crate::form::Form;
use crate::idcs::Context;
use crate::idcs::loopback;
use crate::idcs::person::browser::Browser;
use crate::idcs::scopes::{self, Requested};
use crate::landscape::profile::ProfileName;
use crate::landscape::{App, Domain};
use crate::rule::Kind;
use crate::state::{self, Authorization, Challenge, Key, Session, State, Thing};
use crate::wire::BODY_LIMIT;

/// The kind of request that the authorization endpoint takes.
#[derive(Debug)]
pub struct AuthorizationEndpoint;

impl Kind for AuthorizationEndpoint {
    type Facts<'a> = AuthorizationRequest<'a>;
}

/// Everything that can be known about one authorization request.
#[derive(Debug)]
pub struct AuthorizationRequest<'a> {
    /// What is asked, where and when.
    pub context: Context<'a>,
    /// Its parameters.
    pub parameters: Form,
    /// The application that `client_id` names.
    pub app: Option<&'a App>,
    /// The scopes that are asked for.
    pub scopes: Vec<Requested<'a>>,
    /// The browser that it comes from.
    pub browser: Browser<'a>,
}

impl<'a> AuthorizationRequest<'a> {
    /// Reads a request: parameters of the query, or of the body of a POST (RFC 6749 section 3.1).
    pub fn read(context: &Context<'a>) -> Self {
        let Context { domain, request, .. } = *context;
        let parameters = match request.method.as_str() {
            "POST" => Form::read(&request.body[..request.body.len().min(BODY_LIMIT)]),
            _ => Form::read(request.query.as_deref().unwrap_or_default().as_bytes()),
        };
        let app = parameters.value("client_id").and_then(|id| domain.apps.get(id));
        let scopes = scopes::read(domain, parameters.value("scope").unwrap_or_default());
        Self {
            app: app.filter(|app| app.is_client),
            scopes,
            browser: Browser::read(context),
            context: *context,
            parameters,
        }
    }

    /// The redirect URI, where it was sent and is registered; the only one that is registered, where none was sent.
    pub fn redirect_uri(&self) -> Option<&str> {
        let registered = &self.app?.redirect_uris;
        match self.parameters.value("redirect_uri") {
            Some(sent) => registered
                .iter()
                .any(|uri| uri == sent || self.is_same_program(uri, sent))
                .then_some(sent),
            None => match registered.as_slice() {
                [only] => Some(only),
                _ => None,
            },
        }
    }

    /// Whether two addresses are of one program on the person's own machine, which listens on whatever port is free (RFC 8252 section 7.3). No
    /// document lets the port vary where the product is followed.
    fn is_same_program(&self, registered: &str, sent: &str) -> bool {
        let program = loopback::without_port(registered);
        self.context.landscape.profile.name == ProfileName::Rfc
            && program.is_some()
            && program == loopback::without_port(sent)
    }

    /// Whether the redirect URI is registered but for its port.
    pub fn is_on_another_port(&self) -> bool {
        let sent = self.parameters.value("redirect_uri");
        let is_registered = |sent: &str| {
            self.app
                .is_some_and(|app| app.redirect_uris.iter().any(|uri| uri == sent))
        };
        self.redirect_uri().is_some() && sent.is_some_and(|sent| !is_registered(sent))
    }

    /// The words of `response_type`, in alphabetical order.
    pub fn response_types(&self) -> Vec<&str> {
        let mut words: Vec<&str> = self
            .parameters
            .value("response_type")
            .unwrap_or_default()
            .split(' ')
            .filter(|word| !word.is_empty())
            .collect();
        words.sort_unstable();
        words
    }

    /// Whether a code is asked for. Where no type is named a careless server takes a code for granted.
    pub fn wants_code(&self) -> bool {
        let words = self.response_types();
        words.contains(&"code") || !self.wants_tokens()
    }

    /// Whether tokens are asked for at once: implicit and hybrid answers (IDCS-OAUTH-503).
    pub fn wants_tokens(&self) -> bool {
        let words = self.response_types();
        words.contains(&"token") || words.contains(&"id_token")
    }

    /// The words of `prompt`.
    pub fn prompts(&self) -> Vec<&str> {
        self.parameters.value("prompt").unwrap_or_default().split(' ').collect()
    }

    /// The session that serves the request: none where the person must sign in again.
    pub fn session(&self) -> Option<&'a Session> {
        self.browser.session.filter(|_| !self.prompts().contains(&"login"))
    }

    /// Whether the person must be asked before the application gets what it wants.
    pub fn wants_consent(&self, user: &str) -> bool {
        self.prompts().contains(&"consent")
            || lacks_consent(
                self.context.state,
                self.context.env,
                self.context.domain,
                self.app,
                user,
                &self.scopes,
            )
    }

    /// The PKCE challenge.
    pub fn challenge(&self) -> Option<Challenge> {
        let text = self.parameters.value("code_challenge")?.to_owned();
        let is_hashed = self.parameters.value("code_challenge_method") == Some("S256");
        Some(Challenge { text, is_hashed })
    }

    /// The request as it is kept, for the steps that follow.
    pub fn asked(&self) -> Authorization {
        let text = |name: &str| self.parameters.value(name).map(str::to_owned);
        Authorization {
            client: text("client_id").unwrap_or_default(),
            redirect_uri: self
                .redirect_uri()
                .or_else(|| self.parameters.value("redirect_uri"))
                .unwrap_or_default()
                .to_owned(),
            scope: text("scope").unwrap_or_default(),
            response_type: self.response_types().join(" "),
            state: text("state"),
            nonce: text("nonce"),
            challenge: self.challenge(),
        }
    }
}

/// Whether a person must be asked: a scope wants consent, and it was not given before (IDCS-OAUTH-505).
pub fn lacks_consent(
    state: &State,
    env: &Env,
    domain: &Domain,
    app: Option<&App>,
    user: &str,
    scopes: &[Requested],
) -> bool {
    let Some(app) = app.filter(|app| !app.consent_bypassed) else {
        return false;
    };
    let given = consent_of(state, env, domain, app, user);
    scopes
        .iter()
        .filter(|scope| needs_consent(scope))
        .any(|scope| !given.contains(&scope.text))
}

/// Whether a scope is given only by a person who was asked: those that say so, and those about a person beyond `openid`.
pub fn needs_consent(scope: &Requested) -> bool {
    match (&scope.resource, scope.special) {
        (Some((resource, value)), _) => resource.consent_scopes.contains(value),
        (None, Some(scopes::Special::Identity)) => scope.text != "openid",
        _ => false,
    }
}

/// What a person allowed to an application before.
pub fn consent_of(state: &State, env: &Env, domain: &Domain, app: &App, user: &str) -> Vec<String> {
    let key = consent_key(domain, app, user);
    match state.get(&key, env.now).map(|kept| &kept.thing) {
        Some(Thing::Consent(scopes)) => scopes.clone(),
        _ => Vec::new(),
    }
}

/// Where a consent is kept.
pub fn consent_key(domain: &Domain, app: &App, user: &str) -> Key {
    Key::of_two(state::Kind::Consent, &domain.host, user, &app.client_id)
}
