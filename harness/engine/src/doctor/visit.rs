//! The calls that the doctor makes, each once, and what came back. Nothing here is judged.
//!
//! Per domain the discovery document; per client, grant and API one token; per API one call that changes nothing. Entries that are like
//! another one but for a fault are fixtures for refusals, and are left alone.

use super::probe::Probe;
use crate::diagnosis::fact::JWT_BEARER;
use crate::flow::Cast;
use crate::handover::{CLIENT_CREDENTIALS, assertion, token_request};
use crate::scenario::Library;
use crate::system::{Request, System};
use crate::target::{Api, ApiKind, Client, Likeness};
use crate::token::{Decoded, decode};

/// The page of Fusion that names its caller (FUSION-320).
pub const ECHO_PATH: &str = "/hcmRestApi/resources/11.13.18.05/selfDetails";
/// Where OpenID Connect has the discovery document.
pub const DISCOVERY_PATH: &str = "/.well-known/openid-configuration";

/// A job that nobody ever started: asking for it changes nothing, and whoever may ask is told that there is no such job.
const NO_JOB: &str = "00000000-0000-0000-0000-000000000000";

/// One attempt at a token. There is no `Debug`: it holds the token.
pub struct TokenProbe {
    /// The client, by name.
    pub client: String,
    /// The API whose scope was asked for, by name.
    pub api: String,
    /// The grant.
    pub grant: &'static str,
    /// The user, by name.
    pub user: Option<String>,
    /// The call; the error says why there was none.
    pub probe: Result<Probe, String>,
    /// The token, taken apart.
    pub token: Option<Decoded>,
    /// The token itself.
    bearer: Option<String>,
}

/// One call of an API.
pub struct ApiProbe {
    /// The API, by name.
    pub api: String,
    /// Whose token was used: client, grant and user.
    pub with: Option<(String, &'static str, Option<String>)>,
    /// The call; the error says why there was none.
    pub probe: Result<Probe, String>,
}

/// Everything that was asked and answered.
pub struct Visit<'a> {
    /// The target and its credentials.
    pub cast: &'a Cast,
    /// Seconds since 1970 by our clock.
    pub now: u64,
    /// The discovery document of each domain, by name.
    pub discovery: Vec<(String, Probe)>,
    /// The tokens.
    pub tokens: Vec<TokenProbe>,
    /// The calls of APIs.
    pub calls: Vec<ApiProbe>,
}

/// Makes the calls.
pub fn visit<'a>(cast: &'a Cast, library: &Library, system: &dyn System) -> Visit<'a> {
    let visitor = Visitor { cast, library, system };
    let target = cast.target();
    let domains = target
        .domains
        .iter()
        .filter(|(_, domain)| is_ordinary(domain.likeness.as_ref()));
    let discovery = domains
        .map(|(name, domain)| (name.clone(), visitor.get(&domain.url, DISCOVERY_PATH, None)))
        .collect();
    let mut tokens = Vec::new();
    for (api_name, api) in target.apis.iter().filter(|(_, api)| is_ordinary(api.likeness.as_ref())) {
        for (client_name, client) in clients_for(cast, api_name) {
            tokens.extend(visitor.tokens(client_name, client, api_name, api));
        }
    }
    let apis = target.apis.iter().filter(|(_, api)| is_ordinary(api.likeness.as_ref()));
    let calls = apis.map(|(name, api)| visitor.call(name, api, &tokens)).collect();
    Visit {
        cast,
        now: system.now(),
        discovery,
        tokens,
        calls,
    }
}

/// Whether an entry is no fixture for a refusal.
pub fn is_ordinary(likeness: Option<&Likeness>) -> bool {
    likeness.is_none()
}

/// The clients that list an API under `scopes` and are no fixtures.
pub fn clients_for<'a>(cast: &'a Cast, api: &str) -> Vec<(&'a str, &'a Client)> {
    let lists = |client: &Client| client.scopes.iter().any(|name| name == api);
    let all = cast.target().clients.iter();
    let ordinary = all.filter(|(_, client)| is_ordinary(client.likeness.as_ref()) && lists(client));
    ordinary.map(|(name, client)| (name.as_str(), client)).collect()
}

struct Visitor<'a, 'b> {
    cast: &'a Cast,
    library: &'b Library,
    system: &'b dyn System,
}

impl Visitor<'_, '_> {
    fn send(&self, request: &Request) -> Probe {
        Probe::of(self.cast, self.library, self.system, request)
    }

    fn get(&self, base: &str, path: &str, bearer: Option<&str>) -> Probe {
        let headers = bearer.map(|token| ("Authorization".to_owned(), format!("Bearer {token}")));
        self.send(&Request {
            method: "GET".to_owned(),
            url: format!("{}{path}", base.trim_end_matches('/')),
            headers: headers
                .into_iter()
                .chain([("Accept".to_owned(), "application/json".to_owned())])
                .collect(),
            body: Vec::new(),
            identity: None,
        })
    }

    /// A token by each grant of a client that needs no person.
    fn tokens(&self, client_name: &str, client: &Client, api_name: &str, api: &Api) -> Vec<TokenProbe> {
        let has = |grant: &str| client.grants.is_empty() || client.grants.iter().any(|known| known == grant);
        let mut probes = Vec::new();
        if has(CLIENT_CREDENTIALS) {
            let form = vec![
                ("grant_type", CLIENT_CREDENTIALS.to_owned()),
                ("scope", api.scope.clone()),
            ];
            let probe = token_request(self.cast, client_name, &form).map(|request| self.send(&request));
            probes.push(made(client_name, api_name, CLIENT_CREDENTIALS, None, probe));
        }
        if has(JWT_BEARER) {
            let mut users = self.cast.target().users.iter();
            let user = users
                .find(|(_, user)| is_ordinary(user.likeness.as_ref()) && user.domain == client.domain)
                .map(|(name, user)| (name.clone(), user.name.clone()));
            let probe = match &user {
                None => Err("the target file names no user in the client's domain".to_owned()),
                Some((_, user)) => assertion(self.cast, client_name, user, self.system.now()).and_then(|assertion| {
                    let form = vec![
                        ("grant_type", JWT_BEARER.to_owned()),
                        ("assertion", assertion),
                        ("scope", api.scope.clone()),
                    ];
                    token_request(self.cast, client_name, &form).map(|request| self.send(&request))
                }),
            };
            probes.push(made(
                client_name,
                api_name,
                JWT_BEARER,
                user.map(|(name, _)| name),
                probe,
            ));
        }
        probes
    }

    /// Calls an API in a way that changes nothing, with a user's token where there is one.
    fn call(&self, name: &str, api: &Api, tokens: &[TokenProbe]) -> ApiProbe {
        let granted = || {
            tokens
                .iter()
                .filter(move |token| token.api == name && token.bearer.is_some())
        };
        let of_user = granted().find(|token| token.user.is_some());
        let Some(token) = of_user.or_else(|| granted().next()) else {
            return ApiProbe {
                api: name.to_owned(),
                with: None,
                probe: Err("there is no token for it".to_owned()),
            };
        };
        let path = match (api.kind, &api.agent, &api.integration) {
            (ApiKind::FusionAi, Some(agent), _) => {
                Ok(format!("/api/fusion-ai/orchestrator/agent/v2/{agent}/status/{NO_JOB}"))
            }
            (ApiKind::FusionAi, None, _) => Err("the target file names no agent".to_owned()),
            (ApiKind::FusionAdf, ..) => Ok(ECHO_PATH.to_owned()),
            (ApiKind::Oic, _, Some(integration)) => Ok(format!(
                "/ic/api/integration/v1/flows/rest/{}/{}/metadata/swagger",
                integration.code, integration.version
            )),
            (ApiKind::Oic, _, None) => Err("the target file names no integration".to_owned()),
            (ApiKind::Plain, ..) => Ok(String::new()),
        };
        ApiProbe {
            api: name.to_owned(),
            with: Some((token.client.clone(), token.grant, token.user.clone())),
            probe: path.map(|path| self.get(&api.url, &path, token.bearer.as_deref())),
        }
    }
}

fn made(
    client: &str,
    api: &str,
    grant: &'static str,
    user: Option<String>,
    probe: Result<Probe, String>,
) -> TokenProbe {
    let granted = probe.as_ref().ok().filter(|probe| probe.call.status == Some(200));
    let bearer = granted.and_then(|probe| Some(probe.json.as_ref()?.get("access_token")?.as_str()?.to_owned()));
    TokenProbe {
        client: client.to_owned(),
        api: api.to_owned(),
        grant,
        user,
        token: bearer.as_deref().and_then(|token| decode(token).ok()),
        bearer,
        probe,
    }
}
