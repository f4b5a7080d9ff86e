//! What can be known about a request to a pod: which stack and endpoint it is for, the token it brings, the user behind that.

use crate::bearer::Bearer;
use crate::env::Env;
use crate::fusion::Context;
use crate::fusion::adf;
use crate::fusion::console;
use crate::fusion::session::facts::session_of;
use crate::fusion::spectra;
use crate::fusion::trust::{self, Found};
use crate::jose::compact::Compact;
use crate::jose::object::Object;
use crate::landscape::profile::switch;
use crate::landscape::{Agent, Landscape, Pod, PodUser};
use crate::rule::Kind;
use crate::rule::token::{KeyFound, SignedToken};
use crate::state::{self, Job, Key, Session, State, Thing};
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
#[derive(Clone, Debug)]
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
    /// Whom the pod trusts.
    Console,
    /// Something of the classic stack.
    Adf(adf::Asked),
    /// Something else of the newer stack.
    Spectra(spectra::Asked),
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
                "v1" | "v2",
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
                "v1" | "v2",
                agent,
                "status",
                job,
            ] => Self::Status {
                agent: (*agent).to_owned(),
                job: (*job).to_owned(),
            },
            _ if console::calls::Place::of(path).is_some() => Self::Console,
            _ => spectra::Asked::of(&parts)
                .map(Self::Spectra)
                .or_else(|| adf::Asked::of(&parts).map(Self::Adf))
                .unwrap_or(Self::Nowhere),
        }
    }

    /// The name that the journal shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Invoke { .. } => "invokeAsync",
            Self::Status { .. } => "status",
            Self::Console => "security console",
            Self::Adf(asked) => asked.name(),
            Self::Spectra(asked) => asked.name(),
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
    /// The session that its cookie opens.
    pub session: Option<&'a Session>,
}

/// An access token and whose it says it is.
#[derive(Debug)]
pub struct AccessToken<'a> {
    /// The token.
    pub token: SignedToken<'a>,
    /// What was found of its issuer and key; the key itself is in the token.
    pub found: Found<'a>,
    /// The user name that counts: of `sub` and `prn`, whichever is there; where both are, by the switch `two-names`.
    pub named: Option<String>,
    /// The user of this name.
    pub user: Option<&'a PodUser>,
}

impl<'a> PodRequest<'a> {
    /// Reads a request.
    pub fn read(context: &Context<'a>) -> Self {
        let Context {
            landscape,
            state,
            env,
            pod,
            request,
        } = *context;
        let stack = if request.path.starts_with("/api/") {
            Stack::Spectra
        } else {
            Stack::Adf
        };
        let bearer = Bearer::read(request);
        let token = bearer
            .text
            .as_deref()
            .map(|text| AccessToken::read(landscape, env, pod, stack, text));
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
            session: session_of(context),
        }
    }

    /// The user behind the token.
    pub fn user(&self) -> Option<&'a PodUser> {
        self.token.as_ref().and_then(|token| token.user)
    }

    /// The methods that the path takes.
    pub fn methods(&self) -> &'static [&'static str] {
        match &self.route {
            Route::Invoke { .. } => &["POST"],
            Route::Adf(asked) => asked.methods(),
            Route::Spectra(asked) => asked.methods(),
            Route::Console => console::calls::Place::of(&self.request.path).map_or(&[], |place| place.methods()),
            _ => &["GET"],
        }
    }

    /// Whether the method is one that it takes, or one that it refuses in a way of its own (FUSION-314).
    pub fn takes(&self, method: &str) -> bool {
        let is_refused_otherwise = match &self.route {
            Route::Adf(adf::Asked::Collection(resource)) => method == "POST" && resource.is_written(),
            _ => false,
        };
        is_refused_otherwise || self.methods().contains(&method)
    }

    /// The code of the agent that the path names.
    pub fn agent_code(&self) -> Option<&str> {
        match &self.route {
            Route::Invoke { agent } | Route::Status { agent, .. } => Some(agent),
            Route::Spectra(asked) => asked.agent(),
            _ => None,
        }
    }

    /// The agent that the path names.
    pub fn agent(&self) -> Option<&'a Agent> {
        self.pod.agents.get(self.agent_code()?)
    }

    /// Whether the older path of agents is asked (FUSION-015).
    pub fn is_older_path(&self) -> bool {
        self.request.path.starts_with("/api/fusion-ai/orchestrator/agent/v1/")
    }

    /// The audiences of which a token must have one (FUSION-U-02, FUSION-U-03): on the newer stack that of the service that is asked.
    pub fn audiences(&self) -> Vec<String> {
        let pod = self.pod;
        match (self.stack, &self.route) {
            (Stack::Adf, _) => pod.adf_audiences.clone(),
            (Stack::Spectra, Route::Spectra(asked)) if asked.is_about_objects() => vec![pod.boss_audience.clone()],
            // Where nothing is, no service can say whose the token would have to be.
            (Stack::Spectra, Route::Nowhere) => vec![pod.spectra_audience.clone(), pod.boss_audience.clone()],
            (Stack::Spectra, _) => vec![pod.spectra_audience.clone()],
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
    fn read(landscape: &'a Landscape, env: &Env, pod: &'a Pod, stack: Stack, text: &str) -> Self {
        let compact = Compact::read(text);
        let mut found = trust::find(landscape, pod, env.now, &compact);
        let key = std::mem::replace(&mut found.key, KeyFound::Nobody);
        let claim = |name: &str| compact.claims.as_ref().and_then(|claims| claims.text(name).value());
        let named = match (claim("sub"), claim("prn")) {
            (Some(_), Some(principal)) if landscape.profile.is(switch::TWO_NAMES, "prn") => Some(principal),
            // Agents are asked with tokens of a domain, which have no such claim.
            (None, Some(principal)) if stack == Stack::Adf => Some(principal),
            (subject, _) => subject,
        };
        let user = named.as_deref().and_then(|name| pod.user(name));
        let token = SignedToken {
            compact,
            now: env.now,
            leeway: pod.leeway,
            key,
            shared_secret: None,
        };
        Self {
            token,
            found,
            named,
            user,
        }
    }

    /// Whether the token stands for a client rather than a person (IDCS-OAUTH-322).
    pub fn is_for_client(&self) -> bool {
        self.token.text("sub_type").as_deref() == Some("client")
    }
}
