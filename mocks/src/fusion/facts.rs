//! What can be known about a request to a pod: which stack and endpoint it is for, the token it brings, the user behind that.

use crate::bearer::Bearer;
use crate::env::Env;
use crate::jose::compact::Compact;
use crate::jose::key::PublicKey;
use crate::jose::object::Object;
use crate::landscape::{Agent, Landscape, Pod, PodUser, SIGNING_KEY_ID};
use crate::rule::Kind;
use crate::rule::token::{KeyFound, SignedToken};
use crate::state::{self, Job, Key, State, Thing};
use crate::wire::{BODY_LIMIT, Request};

/// The kind of request that a pod takes.
#[derive(Debug)]
pub struct PodEndpoint;

impl Kind for PodEndpoint {
    type Facts<'a> = PodRequest<'a>;
}

/// Which of the two stacks behind a pod's host name is asked (FUSION-102).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stack {
    /// `/api/...`: agents.
    Spectra,
    /// Everything else: classic REST.
    Adf,
}

/// What is asked of a pod.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Route {
    /// Start a job of an agent (FUSION-001).
    Invoke {
        /// The agent's code.
        agent: String,
    },
    /// Ask for a job (FUSION-002).
    Status {
        /// The agent's code.
        agent: String,
        /// The job's id.
        job: String,
    },
    /// Who am I (FUSION-320).
    SelfDetails,
    /// Nothing that is served.
    Nowhere,
}

impl Route {
    /// The route of a path.
    fn of(path: &str) -> Self {
        let parts: Vec<&str> = path.split('/').collect();
        match parts.as_slice() {
            [
                "",
                "api",
                "fusion-ai",
                "orchestrator",
                "agent",
                "v2",
                agent,
                "invokeAsync",
            ] => Self::Invoke {
                agent: (*agent).to_owned(),
            },
            [
                "",
                "api",
                "fusion-ai",
                "orchestrator",
                "agent",
                "v2",
                agent,
                "status",
                job,
            ] => Self::Status {
                agent: (*agent).to_owned(),
                job: (*job).to_owned(),
            },
            ["", "hcmRestApi", "resources", "11.13.18.05" | "latest", "selfDetails"] => Self::SelfDetails,
            _ => Self::Nowhere,
        }
    }

    /// The method that it takes.
    pub fn method(&self) -> &'static str {
        match self {
            Self::Invoke { .. } => "POST",
            _ => "GET",
        }
    }

    /// The name that the journal shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Invoke { .. } => "invokeAsync",
            Self::Status { .. } => "status",
            Self::SelfDetails => "selfDetails",
            Self::Nowhere => "nowhere",
        }
    }
}

/// Everything that can be known about one request to a pod.
#[derive(Debug)]
pub struct PodRequest<'a> {
    /// The landscape that it is sent into.
    pub landscape: &'a Landscape,
    /// What happened before.
    pub state: &'a State,
    /// Its time and entropy.
    pub env: &'a Env,
    /// The request itself.
    pub request: &'a Request,
    /// The pod that is asked.
    pub pod: &'a Pod,
    /// Which stack.
    pub stack: Stack,
    /// Which endpoint.
    pub route: Route,
    /// The credentials.
    pub bearer: Bearer,
    /// The token in them, where there is one.
    pub token: Option<AccessToken<'a>>,
    /// The body, where it is a JSON object.
    pub body: Option<Object>,
}

/// An access token and whose it says it is.
#[derive(Debug)]
pub struct AccessToken<'a> {
    /// The token.
    pub token: SignedToken<'a>,
    /// Whether `iss` is trusted.
    pub issuer: IssuerFound,
    /// The user that `sub` names.
    pub user: Option<&'a PodUser>,
}

/// Whether an issuer is on the trust list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerFound {
    /// It is.
    Trusted,
    /// It is not, for this cause.
    Not(&'static str),
}

impl<'a> PodRequest<'a> {
    /// Reads a request.
    pub fn read(landscape: &'a Landscape, state: &'a State, env: &'a Env, pod: &'a Pod, request: &'a Request) -> Self {
        let stack = if request.path.starts_with("/api/") {
            Stack::Spectra
        } else {
            Stack::Adf
        };
        let bearer = Bearer::read(request);
        let token = bearer
            .text
            .as_deref()
            .map(|text| AccessToken::read(landscape, env, pod, text));
        let body = if request.body.len() > BODY_LIMIT {
            None
        } else {
            Object::read(&request.body).0
        };
        Self {
            landscape,
            state,
            env,
            request,
            pod,
            stack,
            route: Route::of(&request.path),
            bearer,
            token,
            body,
        }
    }

    /// The user behind the token.
    pub fn user(&self) -> Option<&'a PodUser> {
        self.token.as_ref().and_then(|token| token.user)
    }

    /// The agent that the path names.
    pub fn agent(&self) -> Option<&'a Agent> {
        match &self.route {
            Route::Invoke { agent } | Route::Status { agent, .. } => self.pod.agents.get(agent),
            _ => None,
        }
    }

    /// The job that the path names.
    pub fn job(&self) -> Option<&'a Job> {
        match &self.route {
            Route::Status { job, .. } => {
                let key = Key::new(state::Kind::Job, &self.pod.host, job);
                self.state.get(&key, self.env.now).and_then(|kept| match &kept.thing {
                    Thing::Job(job) => Some(job),
                    _ => None,
                })
            }
            _ => None,
        }
    }
}

impl<'a> AccessToken<'a> {
    fn read(landscape: &'a Landscape, env: &Env, pod: &'a Pod, text: &str) -> Self {
        let all = trusted_at(landscape, pod, env.now);
        let compact = Compact::read(text);
        let claim = |name: &str| compact.claims.as_ref().and_then(|claims| claims.text(name).value());
        let named = claim("iss").unwrap_or_default();
        let plain = |issuer: &str| issuer.trim().trim_end_matches('/').replace(":443", "").to_lowercase();
        let trusted: Vec<&Trusted> = all.iter().filter(|trusted| trusted.issuer == named).collect();
        let resembling: Vec<&Trusted> = all
            .iter()
            .filter(|trusted| plain(trusted.issuer) == plain(&named))
            .collect();
        let (issuer, of_issuer) = if !trusted.is_empty() {
            (IssuerFound::Trusted, trusted)
        } else if !resembling.is_empty() {
            (IssuerFound::Not("other-spelling"), resembling)
        } else {
            (IssuerFound::Not("unknown"), Vec::new())
        };
        let key = match &compact.header {
            Some(header) => find_key(&all, &of_issuer, header),
            None => KeyFound::Nobody,
        };
        let user = claim("sub").and_then(|name| pod.user(&name));
        let token = SignedToken {
            compact,
            now: env.now,
            leeway: pod.leeway,
            key,
            shared_secret: None,
        };
        Self { token, issuer, user }
    }

    /// Whether the token stands for a client rather than a person (IDCS-OAUTH-322).
    pub fn is_for_client(&self) -> bool {
        self.token.text("sub_type").as_deref() == Some("client")
    }
}

/// An issuer that a pod takes tokens from, with one key.
struct Trusted<'a> {
    issuer: &'a str,
    key_id: &'a str,
    key: &'a PublicKey,
    thumbprints: [&'a str; 2],
}

/// Whom a pod trusts at this second: its own domain by the keys that are good then, and those on its list.
fn trusted_at<'a>(landscape: &'a Landscape, pod: &'a Pod, now: u64) -> Vec<Trusted<'a>> {
    let own = landscape.domains.get(&pod.domain).into_iter().flat_map(|domain| {
        domain.signing_keys_at(now).map(|signing| Trusted {
            issuer: &domain.issuer,
            key_id: SIGNING_KEY_ID,
            key: &signing.certificate.key,
            thumbprints: [&signing.certificate.x5t, &signing.certificate.x5t_s256],
        })
    });
    let listed = pod.trusted.iter().map(|trusted| Trusted {
        issuer: &trusted.issuer,
        key_id: &trusted.key_id,
        key: &trusted.key,
        thumbprints: trusted.thumbprints.each_ref().map(String::as_str),
    });
    own.chain(listed).collect()
}

/// The key of this issuer that the header names: by thumbprint, else by key id, else any of the issuer's (FUSION-U-13, FUSION-U-14).
fn find_key<'a>(all: &[Trusted<'a>], of_issuer: &[&Trusted<'a>], header: &Object) -> KeyFound<'a> {
    if of_issuer.is_empty() {
        return KeyFound::Nobody;
    }
    let prints: Vec<String> = ["x5t", "x5t#S256"]
        .iter()
        .filter_map(|name| header.text(name).value())
        .collect();
    if !prints.is_empty() {
        // Some write SHA-1 thumbprints in standard base64 (FUSION-C-09).
        let same =
            |print: &String, known: &&str| print.trim_end_matches('=').replace('+', "-").replace('/', "_") == *known;
        let found = |trusted: &&&Trusted| {
            prints
                .iter()
                .all(|print| trusted.thumbprints.iter().any(|known| same(print, known)))
        };
        return match of_issuer.iter().find(found) {
            Some(trusted) => KeyFound::Found(trusted.key, None),
            None => KeyFound::NotFound(
                "unknown-thumbprint",
                "no imported certificate of this issuer has this thumbprint".to_owned(),
            ),
        };
    }
    match header.text("kid").value() {
        Some(key_id) => match of_issuer.iter().find(|trusted| trusted.key_id == key_id) {
            Some(trusted) => KeyFound::Found(trusted.key, None),
            None if all.iter().any(|trusted| trusted.key_id == key_id) => KeyFound::NotFound(
                "key-of-another-issuer",
                "the key that `kid` names belongs to another issuer".to_owned(),
            ),
            None => KeyFound::NotFound("unknown-key-id", "no key of this issuer has this id".to_owned()),
        },
        None => KeyFound::AnyOf(of_issuer.iter().map(|trusted| trusted.key).collect()),
    }
}
