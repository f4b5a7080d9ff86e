//! What can be known about a token request: its form, the client behind it, the assertions in it, the scopes it asks for.
//!
//! Facts are read through faults: "no such client" and "no such key" are facts, and the rules say which of them matter.

use crate::form::Form;
use crate::idcs::Context;
use crate::idcs::assertion_facts::Assertion;
use crate::idcs::client_facts::{ClientFacts, client_facts};
use crate::idcs::exchange_facts::{Exchange, Wanted};
use crate::idcs::presented::{PresentedCode, PresentedDevice, PresentedPassword, PresentedRefresh, PresentedSecret};
use crate::idcs::request_signature::RequestSignature;
use crate::idcs::scopes::{self, Requested, Target};
use crate::landscape::profile::switch;
use crate::landscape::{
    AUTHORIZATION_CODE, App, CLIENT_CREDENTIALS, DEVICE_CODE, JWT_BEARER, PASSWORD, REFRESH_TOKEN, SAML_BEARER,
    TLS_CLIENT, TOKEN_EXCHANGE, User,
};
use crate::rule::Kind;
use crate::state::{self, Code, Device, DeviceDecision, Family, Key, Session};
use crate::wire::{BODY_LIMIT, Request};

/// The kind of request that the token endpoint takes.
#[derive(Debug)]
pub struct TokenEndpoint;

impl Kind for TokenEndpoint {
    type Facts<'a> = TokenRequest<'a>;
}

/// Everything that can be known about one token request.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// What is asked, where and when.
    pub context: Context<'a>,
    /// The parameters of the body.
    pub form: Form,
    /// The parameters of the query, where none belong.
    pub query: Form,
    /// The grant type, where one is given.
    pub grant: Option<Grant>,
    /// Who asks.
    pub client: ClientFacts<'a>,
    /// What is known of wrong secrets of that client, where a secret is presented.
    pub guesses: Option<PresentedSecret>,
    /// The user assertion, where there is one.
    pub assertion: Option<Assertion<'a>>,
    /// The authorization code, where the grant wants one.
    pub code: Option<PresentedCode<'a>>,
    /// The refresh token, where the grant wants one.
    pub refresh: Option<PresentedRefresh<'a>>,
    /// User name and password, where the grant wants them.
    pub password: Option<PresentedPassword<'a>>,
    /// The code of a device, where the grant wants one.
    pub device: Option<PresentedDevice<'a>>,
    /// What is to be exchanged for what, where the grant is for that.
    pub exchange: Option<Exchange<'a>>,
    /// The signature over the request, where it counts.
    pub signature: Option<RequestSignature<'a>>,
    /// The service that is named beside the scopes, where one is.
    pub target: Option<Target<'a>>,
    /// The scopes that are asked for, here or when the grant was allowed.
    pub scopes: Vec<Requested<'a>>,
}

/// Which grant is asked for. A name in other letter case is read as the grant that a careless server would take it for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grant {
    /// For the client itself.
    ClientCredentials,
    /// For the user of an assertion.
    JwtBearer,
    /// For the person who allowed it at the authorization endpoint.
    AuthorizationCode,
    /// For whom an earlier token was.
    RefreshToken,
    /// For the user whose password is sent.
    Password,
    /// For the person who allowed it to a device.
    DeviceCode,
    /// For the user of a SAML assertion.
    SamlBearer,
    /// For the client whose certificate the channel shows.
    TlsClient,
    /// For the principal of a signed request, or for a foreign token.
    TokenExchange,
    /// None that is known here.
    Unknown,
}

impl Grant {
    /// Every grant that is known, with its name, and how tokens name it (IDCS-OAUTH-337, IDCS-OAUTH-731).
    const ALL: [(Self, &'static str, Option<&'static str>); 9] = [
        (Self::ClientCredentials, CLIENT_CREDENTIALS, Some("cc")),
        (Self::JwtBearer, JWT_BEARER, Some("jwt")),
        (Self::AuthorizationCode, AUTHORIZATION_CODE, Some("azc")),
        (Self::RefreshToken, REFRESH_TOKEN, None),
        (Self::Password, PASSWORD, None),
        (Self::DeviceCode, DEVICE_CODE, None),
        (Self::SamlBearer, SAML_BEARER, None),
        (Self::TlsClient, TLS_CLIENT, None),
        (Self::TokenExchange, TOKEN_EXCHANGE, None),
    ];

    fn of(name: &str) -> Self {
        let known = Self::ALL.iter().find(|(_, known, _)| known.eq_ignore_ascii_case(name));
        known.map_or(Self::Unknown, |(grant, ..)| *grant)
    }

    /// Its exact name.
    pub fn name(self) -> &'static str {
        let known = Self::ALL.iter().find(|(grant, ..)| *grant == self);
        known.map_or("", |(_, name, _)| name)
    }

    /// How tokens name it, where they do.
    pub fn code(self) -> Option<&'static str> {
        Self::ALL.iter().find(|(grant, ..)| *grant == self)?.2
    }

    /// Whether a client that keeps no secret may use it, by its id alone (IDCS-OAUTH-002).
    pub fn is_for_public_clients(self) -> bool {
        matches!(self, Self::AuthorizationCode | Self::RefreshToken | Self::DeviceCode)
    }
}

impl<'a> TokenRequest<'a> {
    /// Reads a request.
    pub fn read(context: &Context<'a>) -> Self {
        let Context {
            landscape,
            state,
            env,
            domain,
            request,
        } = *context;
        let query = Form::read(request.query.as_deref().unwrap_or_default().as_bytes());
        let form = form_of(request);
        let mut client = client_facts(landscape, env, domain, request, &form, &query);
        let grant = form.value("grant_type").map(Grant::of);
        // A certificate counts for something only where it is asked for.
        client.shows_certificate = grant == Some(Grant::TlsClient) && request.client_certificate.is_some();
        let guesses = PresentedSecret::read(state, env, domain, &client);
        let assertion = (grant == Some(Grant::JwtBearer))
            .then(|| form.value("assertion"))
            .flatten()
            .map(|text| Assertion::read_for_user(landscape, env, domain, client.app, text));
        let asks_by = |wanted| (grant == Some(wanted)).then_some(&form);
        let code = asks_by(Grant::AuthorizationCode).and_then(|form| PresentedCode::read(state, env, domain, form));
        let refresh = asks_by(Grant::RefreshToken).and_then(|form| PresentedRefresh::read(state, env, domain, form));
        let device = asks_by(Grant::DeviceCode).and_then(|form| PresentedDevice::read(state, env, domain, form));
        let password = asks_by(Grant::Password).and_then(|form| {
            let (name, password) = (form.value("username")?, form.value("password")?);
            Some(PresentedPassword::read(state, env, domain, name, password))
        });
        let exchange = asks_by(Grant::TokenExchange).map(|form| Exchange::read(env, domain, form));
        let signature = client
            .shows_signature
            .then(|| RequestSignature::read(env, domain, request))
            .flatten();
        let target = form.value("resource").map(|text| Target {
            text: text.to_owned(),
            resource: domain.resources().find(|resource| resource.audience == text),
        });
        let mut facts = Self {
            context: *context,
            form,
            query,
            grant,
            client,
            guesses,
            assertion,
            code,
            refresh,
            password,
            device,
            exchange,
            signature,
            target,
            scopes: Vec::new(),
        };
        facts.scopes = scopes::read_of(domain, facts.scope_text(), facts.target.as_ref());
        facts
    }

    /// The application that the grant is for: the authenticated one, else the one whose assertion it is.
    pub fn app(&self) -> Option<&'a App> {
        self.client
            .app
            .or_else(|| self.assertion.as_ref().and_then(|assertion| assertion.issuer))
    }

    /// Whether the grant gives tokens for a user, not for the client itself.
    pub fn is_for_user(&self) -> bool {
        !matches!(
            self.grant,
            None | Some(Grant::ClientCredentials | Grant::TlsClient | Grant::Unknown)
        )
    }

    /// Whether a user assertion is what the request stands on.
    pub fn stands_on_assertion(&self) -> bool {
        self.grant == Some(Grant::JwtBearer)
    }

    /// Whether a session token of the cloud is asked for, which no client of the domain reads.
    pub fn wants_session_token(&self) -> bool {
        self.exchange
            .as_ref()
            .is_some_and(|exchange| exchange.wanted == Wanted::SessionToken)
    }

    /// Where the id of the user assertion is remembered; `None` where it has none.
    pub fn token_id_key(&self) -> Option<Key> {
        let assertion = self.assertion.as_ref()?;
        let id = assertion.token.text("jti")?;
        let client = self.app().map(|app| app.client_id.clone()).unwrap_or_default();
        Some(Key::of_two(
            state::Kind::TokenId,
            &self.context.domain.host,
            &client,
            &id,
        ))
    }

    /// The audiences that an assertion may name here, by the switch `assertion-audience`.
    pub fn accepted_audiences(&self) -> Vec<String> {
        let url = self.context.domain.url();
        let issuer = self.context.domain.issuer.clone();
        match self.context.landscape.profile.value(switch::ASSERTION_AUDIENCE) {
            "constant-only" => vec![issuer],
            "issuer-or-token-endpoint" => vec![issuer, self.token_endpoint()],
            _ => vec![issuer.trim_end_matches('/').to_owned(), issuer, format!("{url}/"), url],
        }
    }

    /// The address of this endpoint by the domain's own name.
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth2/v1/token", self.context.domain.url())
    }

    /// The scopes as text: those sent, and where they were settled earlier, those.
    fn scope_text(&self) -> &str {
        let sent = self.form.value("scope");
        let settled = match self.grant {
            Some(Grant::AuthorizationCode) => self.settled_code().map(|code| code.asked.scope.as_str()),
            Some(Grant::DeviceCode) => self.waiting_device().map(|device| device.scope.as_str()),
            Some(Grant::RefreshToken) => sent.or_else(|| self.family().map(|family| family.scope.as_str())),
            _ => sent,
        };
        settled.unwrap_or_default()
    }

    /// What is kept of the code.
    pub fn settled_code(&self) -> Option<&'a Code> {
        self.code.as_ref()?.code.map(|(code, _)| code)
    }

    /// The family of the refresh token.
    pub fn family(&self) -> Option<&'a Family> {
        self.refresh.as_ref()?.family.map(|(family, _)| family)
    }

    /// The device that waits.
    pub fn waiting_device(&self) -> Option<&'a Device> {
        self.device.as_ref()?.device.map(|(device, _)| device)
    }

    /// The session of the person who allowed the grant, where one did.
    pub fn session(&self) -> Option<&'a Session> {
        match self.grant? {
            Grant::AuthorizationCode => self.settled_code().map(|code| &code.session),
            Grant::RefreshToken => self.family().and_then(|family| family.session.as_ref()),
            Grant::DeviceCode => match &self.waiting_device()?.decision {
                DeviceDecision::Allowed(session) => Some(session),
                _ => None,
            },
            _ => None,
        }
    }

    /// The user of the token, where it is for one and they exist.
    pub fn user(&self) -> Option<&'a User> {
        match self.grant? {
            Grant::JwtBearer => self.assertion.as_ref()?.user,
            Grant::Password => self.password.as_ref()?.user,
            Grant::TokenExchange => match &self.signature {
                Some(signature) => signature.user,
                None => self.exchange.as_ref()?.subject.as_ref()?.user,
            },
            Grant::RefreshToken => self.context.domain.user(&self.family()?.user, false),
            _ => self.context.domain.user(&self.session()?.user, false),
        }
    }
}

/// The parameters, wherever a careless server would take them from: the body, a JSON body, the query of a GET.
fn form_of(request: &Request) -> Form {
    if request.body.len() > BODY_LIMIT {
        // Read as far as the limit goes: that it was passed is another fact.
        return Form::read(&request.body[..BODY_LIMIT]);
    }
    if request.method != "POST" && request.body.is_empty() {
        return Form::read(request.query.as_deref().unwrap_or_default().as_bytes());
    }
    if request.media_type().as_deref() == Some("application/json") {
        return Form::of_json(&request.body);
    }
    Form::read(&request.body)
}
