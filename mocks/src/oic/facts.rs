//! What can be known about a request to an integration instance: what is asked, which instance is meant, which credentials it brings, and
//! who is behind them.

use crate::bearer::Bearer;
use crate::env::Env;
use crate::form::Form;
use crate::jose::object::Object;
use crate::landscape::connection::{Connection, Trigger, TriggerPolicy};
use crate::landscape::instance::{Holder, INSTANCE_ROLES, Integration, Operation, Power};
use crate::landscape::{App, Domain, Instance, Landscape, User};
use crate::oic::route::{Place, Route};
use crate::oic::token::AccessToken;
use crate::rule::Kind;
use crate::state::{State, Thing};
use crate::wire::{BODY_LIMIT, Request};

/// The kind of request that an instance takes, on either of its hosts.
#[derive(Debug)]
pub struct InstanceEndpoint;

impl Kind for InstanceEndpoint {
    type Facts<'a> = InstanceRequest<'a>;
}

/// What a decision about a request to an instance rests on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Everything there is.
    pub landscape: &'a Landscape,
    /// What happened before.
    pub state: &'a State,
    /// The time and entropy of the request, and what was heard from others already.
    pub env: &'a Env,
    /// The request.
    pub request: &'a Request,
    /// Which host was asked.
    pub place: Place,
    /// The instance that is meant: the host's own, or the one that the query names; none where it names none.
    pub instance: Option<&'a Instance>,
}

/// Everything that can be known about one request to an instance.
#[derive(Debug)]
pub struct InstanceRequest<'a> {
    /// What it rests on.
    pub context: Context<'a>,
    /// The domain of the instance.
    pub domain: Option<&'a Domain>,
    /// What is asked.
    pub route: Route,
    /// The query.
    pub query: Form,
    /// The bearer token, read through faults.
    pub bearer: Bearer,
    /// Basic credentials, where there are any.
    pub basic: Option<Basic<'a>>,
    /// The token in the request, where there is one.
    pub token: Option<AccessToken<'a>>,
    /// The body, where it is a JSON object.
    pub body: Option<Object>,
}

/// A user's name and password.
#[derive(Debug)]
pub struct Basic<'a> {
    /// The user of that name.
    pub user: Option<&'a User>,
    /// Whether the password is theirs.
    pub is_right: bool,
}

impl<'a> Basic<'a> {
    fn read(domain: &'a Domain, request: &Request) -> Option<Self> {
        let (scheme, rest) = request.header("authorization")?.split_once(' ')?;
        if !scheme.eq_ignore_ascii_case("basic") {
            return None;
        }
        let plain = crate::jose::from_base64(rest.trim()).and_then(|bytes| String::from_utf8(bytes).ok());
        let plain = plain.unwrap_or_default();
        let (name, password) = plain.split_once(':').unwrap_or((&plain, ""));
        let user = domain.user(name, true);
        // A missing password is compared too, so that time tells nothing.
        let known = user.and_then(|user| user.password.as_ref());
        let is_right = known.map_or_else(
            || {
                crate::landscape::constant_time_equal(b"", password.as_bytes());
                false
            },
            |secret| secret.is(password),
        );
        Some(Self { user, is_right })
    }
}

impl<'a> InstanceRequest<'a> {
    /// Reads a request.
    pub fn read(context: Context<'a>) -> Self {
        let request = context.request;
        let domain = context
            .instance
            .and_then(|instance| context.landscape.domains.get(&instance.domain));
        let domain = domain.map(AsRef::as_ref);
        let bearer = Bearer::read(request);
        let token = match (&bearer.text, context.instance, domain) {
            (Some(text), Some(instance), Some(domain)) => Some(AccessToken::read(instance, domain, context.env, text)),
            _ => None,
        };
        let body = (request.body.len() <= BODY_LIMIT).then(|| Object::read(&request.body).0);
        Self {
            context,
            domain,
            route: Route::of(context.place, &request.path),
            query: Form::read(request.query.as_deref().unwrap_or_default().as_bytes()),
            bearer,
            basic: domain.and_then(|domain| Basic::read(domain, request)),
            token,
            body: body.flatten(),
        }
    }

    /// The application behind the token.
    pub fn client(&self) -> Option<&'a App> {
        self.token.as_ref().and_then(|token| token.client)
    }

    /// The user behind the credentials.
    pub fn user(&self) -> Option<&'a User> {
        let by_token = self.token.as_ref().and_then(|token| token.user);
        by_token.or_else(|| self.basic.as_ref().and_then(|basic| basic.user))
    }

    /// The integration that is called, or that the path of the API for developers names.
    pub fn integration(&self) -> Option<&'a Integration> {
        let instance = self.context.instance?;
        match &self.route {
            Route::Run {
                project, code, version, ..
            } => instance.find(project.as_deref(), code, version),
            Route::Integration { project, id } => instance
                .integrations
                .iter()
                .find(|integration| integration.id() == *id && integration.project == *project),
            _ => None,
        }
    }

    /// The operation of the integration at the path that is called, by its method where there are several.
    pub fn operation(&self) -> Option<&'a Operation> {
        let method = match self.context.request.method.as_str() {
            "HEAD" => "GET",
            other => other,
        };
        let mut operations = self.operations();
        let first = operations.next();
        first
            .filter(|operation| operation.method == method)
            .or_else(|| operations.find(|operation| operation.method == method))
    }

    /// The operations of the integration at the path that is called.
    pub fn operations(&self) -> impl Iterator<Item = &'a Operation> + use<'a> {
        let path = match &self.route {
            Route::Run { path, .. } => path.clone(),
            _ => String::new(),
        };
        let operations = self.integration().map(|integration| integration.operations.as_slice());
        operations
            .unwrap_or_default()
            .iter()
            .filter(move |operation| operation.path == path)
    }

    /// The trigger of the integration that is called.
    pub fn trigger(&self) -> Option<&'a Trigger> {
        let instance = self.context.instance?;
        instance.connections.get(&self.integration()?.trigger)?.as_trigger()
    }

    /// Whether this is a token of a third party at a trigger that checks such tokens itself. They name no client, audience or scope that the
    /// instance would know (OIC-030); which further claims an adapter looks at is for whoever builds it. A token of the instance's own domain
    /// is judged there as anywhere.
    pub fn is_by_third_party(&self) -> bool {
        let is_for_them = self
            .trigger()
            .is_some_and(|trigger| trigger.policy == TriggerPolicy::ThirdParty);
        let issuer = self.token.as_ref().and_then(|access| access.token.text("iss"));
        is_for_them && issuer.as_deref() != self.domain.map(|domain| domain.issuer.as_str())
    }

    /// The connection that the path names.
    pub fn connection(&self) -> Option<&'a Connection> {
        let (id, project) = match &self.route {
            Route::Connection { id, project } | Route::Test { id, project } => (id.as_str(), project.as_ref()),
            Route::Consent => (self.query.value("connection")?, None),
            _ => return None,
        };
        let connection = self.context.instance?.connections.get(id)?;
        (connection.project.as_ref() == project).then_some(connection)
    }

    /// The power that is wanted of whoever asks; none where nobody needs to have any.
    pub fn power(&self) -> Option<Power> {
        self.route.power(&self.context.request.method)
    }

    /// Whether this is one of the requests that credentials are wanted for.
    pub fn is_guarded(&self) -> bool {
        !matches!(self.route, Route::SentOn | Route::Callback)
    }

    /// Whether an integration is activated, as it stands now.
    pub fn is_active(&self, integration: &Integration) -> bool {
        let key = crate::oic::developer::activation_key(self, integration);
        match self
            .context
            .state
            .get(&key, self.context.env.now)
            .map(|kept| &kept.thing)
        {
            Some(Thing::Activated(activated)) => *activated,
            _ => integration.active,
        }
    }

    /// The methods that the path takes; none where nothing is there.
    pub fn allowed_methods(&self) -> Vec<&'static str> {
        match &self.route {
            Route::Run { .. } => self.operations().map(|operation| operation.method).collect(),
            route => route.methods().to_vec(),
        }
    }

    /// The roles on the instance that somebody holds.
    pub fn roles_of(&self, holder: Holder<'a>) -> Vec<&'a str> {
        match (self.domain, self.context.instance) {
            (Some(domain), Some(instance)) => domain.roles_on(&instance.app, holder),
            _ => Vec::new(),
        }
    }
}

/// Whether one of these roles opens what is asked.
pub fn opens(roles: &[&str], power: Power) -> bool {
    let known = INSTANCE_ROLES.iter().filter(|role| roles.contains(&role.name));
    known.clone().any(|role| role.opens.contains(&power))
}
