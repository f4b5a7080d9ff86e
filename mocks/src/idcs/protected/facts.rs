//! What can be known about a request that brings one of the domain's own tokens.

use crate::bearer::Bearer;
use crate::env::Env;
use crate::idcs::Context;
use crate::idcs::protected::admin::plan::Caller;
use crate::idcs::protected::admin::{AdminRequest, routes};
use crate::jose::compact::Compact;
use crate::jose::key::PublicKey;
use crate::landscape::domain_roles::DOMAIN_APP;
use crate::landscape::{App, Domain, User};
use crate::rule::Kind;
use crate::rule::token::{KeyFound, SignedToken};

/// The kind of request that wants one of the domain's own tokens.
#[derive(Debug)]
pub struct ProtectedEndpoint;

impl Kind for ProtectedEndpoint {
    type Facts<'a> = ProtectedRequest<'a>;
}

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// The keys that verify the domain's tokens.
    KeySet,
    /// What is known about the token's user.
    UserInfo,
    /// Something of administration.
    Administration,
}

impl Route {
    /// The route of a path.
    fn of(path: &str) -> Self {
        match path {
            super::key_set::PATH => Self::KeySet,
            path if path.starts_with(routes::PREFIX) => Self::Administration,
            _ => Self::UserInfo,
        }
    }

    /// The name that the journal shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::KeySet => "key set",
            Self::UserInfo => "userinfo",
            Self::Administration => "administration",
        }
    }

    /// Whether refusals have the form of the administrative endpoints (IDCS-ADMIN-251), not of the OAuth ones.
    pub fn is_administrative(&self) -> bool {
        !matches!(self, Self::UserInfo)
    }
}

/// Everything that can be known about one such request.
#[derive(Debug)]
pub struct ProtectedRequest<'a> {
    /// What is asked, where and when.
    pub context: Context<'a>,
    /// Which endpoint.
    pub route: Route,
    /// The credentials.
    pub bearer: Bearer,
    /// The token in them, where there is one.
    pub token: Option<SignedToken<'a>>,
    /// What administration is asked for, where it is asked.
    pub admin: Option<AdminRequest>,
}

impl<'a> ProtectedRequest<'a> {
    /// Reads a request.
    pub fn read(context: &Context<'a>) -> Self {
        let Context {
            landscape,
            state: _,
            env,
            domain,
            request,
        } = *context;
        let bearer = Bearer::read(request);
        let token = bearer.text.as_deref().map(|text| read_token(env, domain, text));
        let mut facts = Self {
            context: *context,
            route: Route::of(&request.path),
            bearer,
            token,
            admin: None,
        };
        if facts.route == Route::Administration {
            let caller = Caller {
                app: facts.app(),
                user: facts.user(),
            };
            facts.admin = Some(AdminRequest::read(landscape, domain, env, request, caller));
        }
        facts
    }

    /// A claim of the token that is a text.
    pub fn claim(&self, name: &str) -> Option<String> {
        self.token.as_ref()?.text(name)
    }

    /// Whether the token has this scope.
    pub fn has_scope(&self, scope: &str) -> bool {
        let scopes = self.claim("scope").unwrap_or_default();
        scopes.split(' ').any(|held| held == scope)
    }

    /// The application that the token was given to.
    pub fn app(&self) -> Option<&'a App> {
        self.context.domain.apps.get(&self.claim("client_id")?)
    }

    /// Whether the token was given to a principal that named no client.
    pub fn is_of_principal(&self) -> bool {
        self.claim("client_id").as_deref() == Some(DOMAIN_APP)
    }

    /// The user that the token stands for; nobody, where it stands for a client.
    pub fn user(&self) -> Option<&'a User> {
        if self.claim("sub_type").as_deref() != Some("user") {
            return None;
        }
        self.context.domain.user(&self.claim("sub")?, false)
    }

    /// The names of the domain's own roles that the caller acts by: those of the client, and of the user where there is one the roles that
    /// both hold; with On behalf of the user's alone (IDCS-OAUTH-410). They are looked up, not read off the token, so that a role that was
    /// taken away opens nothing any more.
    pub fn roles(&self) -> Vec<&'static str> {
        let domain = self.context.domain;
        let Some(app) = self.app() else {
            // A principal that named no client acts by the roles of its own (IDCS-OAUTH-033).
            let user = self.user().filter(|_| self.is_of_principal());
            return user.map(|user| domain.roles_of_user(user)).unwrap_or_default();
        };
        let of_client = domain.roles_of_app(app);
        let Some(user) = self.user() else { return of_client };
        let of_user = domain.roles_of_user(user);
        if app.on_behalf_of {
            return of_user;
        }
        of_user.into_iter().filter(|role| of_client.contains(role)).collect()
    }
}

/// Reads a token that this domain may have issued: the keys are its own, now and before its last rollover.
pub fn read_token<'a>(env: &Env, domain: &'a Domain, text: &str) -> SignedToken<'a> {
    let keys: Vec<&PublicKey> = domain
        .signing_keys_at(env.now)
        .map(|signing| signing.key.public())
        .collect();
    SignedToken {
        compact: Compact::read(text),
        now: env.now,
        leeway: 0,
        key: KeyFound::AnyOf(keys),
        shared_secret: None,
    }
}
