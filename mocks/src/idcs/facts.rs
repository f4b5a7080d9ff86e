//! What can be known about a token request: its form, the client behind it, the assertions in it, the scopes it asks for.
//!
//! Facts are read through faults: "no such client" and "no such key" are facts, and the rules say which of them matter.

use crate::env::Env;
use crate::idcs::form::{Form, decode};
use crate::idcs::presented::{PresentedCode, PresentedDevice, PresentedPassword, PresentedRefresh};
use crate::idcs::scopes::{self, Requested};
use crate::jose::compact::Compact;
use crate::jose::from_base64;
use crate::landscape::profile::switch;
use crate::landscape::{
    AUTHORIZATION_CODE, App, CLIENT_CREDENTIALS, DEVICE_CODE, Domain, JWT_BEARER, Landscape, PASSWORD, REFRESH_TOKEN,
    TOKEN_EXCHANGE, User,
};
use crate::rule::Kind;
use crate::rule::token::{KeyFound, SignedToken};
use crate::state::{self, Code, Device, DeviceDecision, Family, Key, Session, State};
use crate::wire::{AUTHORIZATION_LIMIT, BODY_LIMIT, Request};

/// The type that a JWT client assertion must be declared as (RFC 7523 section 2.2).
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The kind of request that the token endpoint takes.
#[derive(Debug)]
pub struct TokenEndpoint;

impl Kind for TokenEndpoint {
    type Facts<'a> = TokenRequest<'a>;
}

/// Everything that can be known about one token request.
#[derive(Debug)]
pub struct TokenRequest<'a> {
    /// The landscape that it is sent into.
    pub landscape: &'a Landscape,
    /// What happened before.
    pub state: &'a State,
    /// Its time and entropy.
    pub env: &'a Env,
    /// The request itself.
    pub request: &'a Request,
    /// The domain that is asked.
    pub domain: &'a Domain,
    /// The parameters of the body.
    pub form: Form,
    /// The parameters of the query, where none belong.
    pub query: Form,
    /// The grant type, where one is given.
    pub grant: Option<Grant>,
    /// Who asks.
    pub client: ClientFacts<'a>,
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
    /// For the principal of a signed request, or for a foreign token.
    TokenExchange,
    /// None that is known here.
    Unknown,
}

impl Grant {
    /// Every grant that is known, with its name, and how tokens name it (IDCS-OAUTH-337, IDCS-OAUTH-731).
    const ALL: [(Self, &'static str, Option<&'static str>); 7] = [
        (Self::ClientCredentials, CLIENT_CREDENTIALS, Some("cc")),
        (Self::JwtBearer, JWT_BEARER, Some("jwt")),
        (Self::AuthorizationCode, AUTHORIZATION_CODE, Some("azc")),
        (Self::RefreshToken, REFRESH_TOKEN, None),
        (Self::Password, PASSWORD, None),
        (Self::DeviceCode, DEVICE_CODE, None),
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

/// Who asks, and how that was shown.
#[derive(Debug)]
pub struct ClientFacts<'a> {
    /// How many `Authorization` header fields were sent; the first of them is read.
    pub fields: usize,
    /// Basic credentials, where the `Authorization` header field was sent.
    pub basic: Option<Basic>,
    /// `client_id` of the body.
    pub body_id: Option<String>,
    /// `client_secret` of the body; `Some("")` where it was sent empty.
    pub body_secret: Option<String>,
    /// `client_assertion_type` of the body.
    pub assertion_type: Option<String>,
    /// `client_assertion` of the body.
    pub assertion: Option<Assertion<'a>>,
    /// The client id that the request stands on.
    pub claimed: Option<String>,
    /// The application of that id.
    pub app: Option<&'a App>,
}

impl ClientFacts<'_> {
    /// How many ways of authentication were used at once.
    pub fn methods(&self) -> usize {
        usize::from(self.basic.is_some())
            + usize::from(self.body_secret.is_some())
            + usize::from(self.assertion.is_some())
    }

    /// The secret that was presented, by whichever way.
    pub fn presented_secret(&self) -> Option<&str> {
        match &self.basic {
            Some(Basic::Pair { secret, .. }) => Some(secret),
            Some(Basic::Malformed(_)) => None,
            None => self.body_secret.as_deref(),
        }
    }
}

/// The credentials of an `Authorization` header field.
#[derive(Debug, PartialEq, Eq)]
pub enum Basic {
    /// Read, both halves form-decoded (IDCS-OAUTH-004).
    Pair {
        /// The client id.
        id: String,
        /// The secret.
        secret: String,
        /// Whether decoding changed either half.
        was_encoded: bool,
    },
    /// Not to be read, for this cause.
    Malformed(&'static str),
}

/// An assertion and whose it says it is.
#[derive(Debug)]
pub struct Assertion<'a> {
    /// The token.
    pub token: SignedToken<'a>,
    /// The application that `iss` names.
    pub issuer: Option<&'a App>,
    /// How `iss` nearly names an application, where it does not.
    pub nearly: Option<&'static str>,
    /// The user that `sub` names.
    pub user: Option<&'a User>,
}

impl<'a> TokenRequest<'a> {
    /// Reads a request.
    pub fn read(
        landscape: &'a Landscape,
        state: &'a State,
        env: &'a Env,
        domain: &'a Domain,
        request: &'a Request,
    ) -> Self {
        let query = Form::read(request.query.as_deref().unwrap_or_default().as_bytes());
        let form = form_of(request);
        let client = client_facts(landscape, env, domain, request, &form, &query);
        let grant = form.value("grant_type").map(Grant::of);
        let assertion = (grant == Some(Grant::JwtBearer))
            .then(|| form.value("assertion"))
            .flatten()
            .map(|text| Assertion::read(landscape, env, domain, client.app, text));
        let asks_by = |wanted| (grant == Some(wanted)).then_some(&form);
        let code = asks_by(Grant::AuthorizationCode).and_then(|form| PresentedCode::read(state, env, domain, form));
        let refresh = asks_by(Grant::RefreshToken).and_then(|form| PresentedRefresh::read(state, env, domain, form));
        let device = asks_by(Grant::DeviceCode).and_then(|form| PresentedDevice::read(state, env, domain, form));
        let password = asks_by(Grant::Password).and_then(|form| {
            let (name, password) = (form.value("username")?, form.value("password")?);
            Some(PresentedPassword::read(state, env, domain, name, password))
        });
        let mut facts = Self {
            landscape,
            state,
            env,
            request,
            domain,
            form,
            query,
            grant,
            client,
            assertion,
            code,
            refresh,
            password,
            device,
            scopes: Vec::new(),
        };
        facts.scopes = scopes::read(domain, facts.scope_text());
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
            None | Some(Grant::ClientCredentials | Grant::TokenExchange | Grant::Unknown)
        )
    }

    /// Whether a user assertion is what the request stands on.
    pub fn stands_on_assertion(&self) -> bool {
        self.grant == Some(Grant::JwtBearer)
    }

    /// Where the id of the user assertion is remembered; `None` where it has none.
    pub fn token_id_key(&self) -> Option<Key> {
        let assertion = self.assertion.as_ref()?;
        let id = assertion.token.text("jti")?;
        let client = self.app().map(|app| app.client_id.clone()).unwrap_or_default();
        Some(Key::of_two(state::Kind::TokenId, &self.domain.host, &client, &id))
    }

    /// The audiences that an assertion may name here, by the switch `assertion-audience`.
    pub fn accepted_audiences(&self) -> Vec<String> {
        let url = self.domain.url();
        let issuer = self.domain.issuer.clone();
        match self.landscape.profile.value(switch::ASSERTION_AUDIENCE) {
            "constant-only" => vec![issuer],
            "issuer-or-token-endpoint" => vec![issuer, self.token_endpoint()],
            _ => vec![issuer.trim_end_matches('/').to_owned(), issuer, format!("{url}/"), url],
        }
    }

    /// The address of this endpoint by the domain's own name.
    pub fn token_endpoint(&self) -> String {
        format!("{}/oauth2/v1/token", self.domain.url())
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
            Grant::RefreshToken => self.domain.user(&self.family()?.user, false),
            _ => self.domain.user(&self.session()?.user, false),
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

fn client_facts<'a>(
    landscape: &'a Landscape,
    env: &'a Env,
    domain: &'a Domain,
    request: &Request,
    form: &Form,
    query: &Form,
) -> ClientFacts<'a> {
    let basic = request.header("authorization").map(read_basic);
    let assertion = form
        .value("client_assertion")
        .map(|text| Assertion::read(landscape, env, domain, None, text));
    // Credentials in the query count for nothing, but that is for a rule to say.
    let holder = if form.mentions("client_secret") || basic.is_some() {
        form
    } else {
        query
    };
    let body_id = form
        .value("client_id")
        .or_else(|| holder.value("client_id"))
        .map(str::to_owned);
    let body_secret = holder
        .mentions("client_secret")
        .then(|| holder.value("client_secret").unwrap_or_default().to_owned());
    let claimed = match (&basic, &assertion) {
        (Some(Basic::Pair { id, .. }), _) => Some(id.clone()),
        (Some(Basic::Malformed(_)), _) => None,
        (None, Some(assertion)) => assertion
            .issuer
            .map(|app| app.client_id.clone())
            .or_else(|| assertion.token.text("iss"))
            .or_else(|| body_id.clone()),
        (None, None) => body_id.clone(),
    };
    let app = claimed.as_deref().and_then(|id| domain.apps.get(id));
    ClientFacts {
        fields: request.header_values("authorization").count(),
        basic,
        body_id,
        body_secret,
        assertion_type: form.value("client_assertion_type").map(str::to_owned),
        assertion,
        claimed,
        app,
    }
}

fn read_basic(value: &str) -> Basic {
    if value.len() > AUTHORIZATION_LIMIT {
        return Basic::Malformed("too-long");
    }
    let Some((scheme, credentials)) = value.split_once(' ') else {
        return Basic::Malformed("no-credentials");
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Basic::Malformed("other-scheme");
    }
    let Some(bytes) = from_base64(credentials.trim()) else {
        return Basic::Malformed("not-base64");
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return Basic::Malformed("not-utf8");
    };
    let Some((id, secret)) = text.split_once(':') else {
        return Basic::Malformed("no-colon");
    };
    let ((id, malformed_id), (secret, malformed_secret)) = (decode(id.as_bytes()), decode(secret.as_bytes()));
    if malformed_id || malformed_secret {
        return Basic::Malformed("malformed-escape");
    }
    let was_encoded = text != format!("{id}:{secret}");
    Basic::Pair {
        id,
        secret,
        was_encoded,
    }
}

impl<'a> Assertion<'a> {
    /// Reads an assertion; `client` is who sends it, where somebody else than its issuer is known to.
    fn read(landscape: &'a Landscape, env: &Env, domain: &'a Domain, client: Option<&'a App>, text: &str) -> Self {
        let compact = Compact::read(text);
        let claim = |name: &str| compact.claims.as_ref().and_then(|claims| claims.text(name).value());
        let issuer_text = claim("iss");
        let issuer = issuer_text.as_deref().and_then(|id| domain.apps.get(id));
        let nearly = issuer_text
            .as_deref()
            .filter(|_| issuer.is_none())
            .and_then(|id| nearly_a_client(domain, client, id));
        // A server that compares carelessly goes on with the client that it took for the issuer.
        let issuer = issuer.or_else(|| {
            nearly
                .and(client)
                .or_else(|| nearly.and_then(|_| careless_issuer(domain, issuer_text.as_deref())))
        });
        let ignoring_case = landscape.profile.is(switch::SUBJECT_MATCH, "ignoring-case");
        let user = claim("sub").and_then(|name| domain.user(&name, ignoring_case));
        let key = match (issuer, &compact.header) {
            (Some(app), Some(header)) => {
                let name = |member: &str| header.text(member).value();
                find_key(
                    landscape,
                    domain,
                    app,
                    name("kid").as_deref(),
                    name("x5t").as_deref(),
                    name("x5t#S256").as_deref(),
                )
            }
            _ => KeyFound::Nobody,
        };
        let shared_secret = issuer.and_then(|app| app.secret.as_ref());
        let token = SignedToken {
            compact,
            now: env.now,
            leeway: domain.leeway,
            key,
            shared_secret,
        };
        Self {
            token,
            issuer,
            nearly,
            user,
        }
    }
}

fn careless_issuer<'a>(domain: &'a Domain, issuer: Option<&str>) -> Option<&'a App> {
    let plain = issuer?.trim().trim_end_matches('/').to_lowercase();
    domain.apps.values().find(|app| app.client_id.to_lowercase() == plain)
}

/// How a text that is no client id still resembles one.
fn nearly_a_client(domain: &Domain, client: Option<&App>, id: &str) -> Option<&'static str> {
    let plain = id.trim().trim_end_matches('/').to_lowercase();
    if domain.apps.values().any(|app| app.client_id.to_lowercase() == plain) {
        return Some("other-spelling");
    }
    let names = |app: &App| app.display_name == id || app.guid == id;
    client.is_some_and(names).then_some("other-name")
}

/// The key of this application that the header names (IDCS-OAUTH-203, IDCS-OAUTH-205, IDCS-OAUTH-208).
fn find_key<'a>(
    landscape: &Landscape,
    domain: &Domain,
    app: &'a App,
    key_id: Option<&str>,
    thumbprint: Option<&str>,
    thumbprint_s256: Option<&str>,
) -> KeyFound<'a> {
    let not_found = |cause, detail: &str| KeyFound::NotFound(cause, detail.to_owned());
    if app.certificates.is_empty() {
        return not_found("no-certificate", "no certificate is imported on the application");
    }
    let by_thumbprint = app.certificates.iter().find(|certificate| {
        thumbprint.is_some_and(|print| print == certificate.x5t)
            || thumbprint_s256.is_some_and(|print| print == certificate.x5t_s256)
    });
    let has_thumbprint = thumbprint.is_some() || thumbprint_s256.is_some();
    let Some(key_id) = key_id else {
        return match by_thumbprint {
            Some(certificate) if landscape.profile.is(switch::THUMBPRINT_ALONE, "accepted") => {
                KeyFound::Found(&certificate.key, Some(certificate))
            }
            _ if has_thumbprint => not_found(
                "unknown-thumbprint",
                "no certificate of the application has this thumbprint",
            ),
            _ if landscape.profile.has(switch::KEY_ID_REQUIRED) => not_found(
                "unnamed",
                "neither `kid` nor `x5t` names a certificate of the application",
            ),
            _ => KeyFound::AnyOf(app.certificates.iter().map(|certificate| &certificate.key).collect()),
        };
    };
    let Some(certificate) = app.certificates.iter().find(|certificate| certificate.alias == key_id) else {
        let same_alias =
            |certificate: &&crate::jose::key::Certificate| certificate.alias.eq_ignore_ascii_case(key_id.trim());
        let cause = if app.certificates.iter().any(|certificate| same_alias(&certificate)) {
            "alias-in-other-spelling"
        } else if domain
            .apps
            .values()
            .flat_map(|other| &other.certificates)
            .any(|certificate| certificate.alias == key_id)
        {
            "alias-of-another-client"
        } else if app
            .certificates
            .iter()
            .any(|certificate| [&certificate.x5t, &certificate.x5t_s256].contains(&&key_id.to_owned()))
        {
            "thumbprint-as-alias"
        } else {
            "unknown-alias"
        };
        return not_found(cause, "`kid` is not the alias of a certificate of the application");
    };
    let agrees = |print: Option<&str>, of: &str| print.is_none_or(|print| print == of);
    if !agrees(thumbprint, &certificate.x5t) || !agrees(thumbprint_s256, &certificate.x5t_s256) {
        return not_found(
            "alias-and-thumbprint-disagree",
            "`kid` and the thumbprint name different certificates",
        );
    }
    KeyFound::Found(&certificate.key, Some(certificate))
}
