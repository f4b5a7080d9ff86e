//! The Fusion pod: its endpoints on both stacks, and how each decides.

pub mod access_rules;
pub mod adf;
pub mod answers;
pub mod bearer_rules;
pub mod console;
pub mod facts;
pub mod location_rules;
pub mod pages;
pub mod promises;
pub mod session;
pub mod spectra;
pub mod token_rules;
pub mod trust;
pub mod trust_rules;

use serde_json::Value;

use crate::answer::Answer;
use crate::decide::Decision;
use crate::env::Env;
use crate::fusion::facts::{PodEndpoint, PodRequest, Route};
use crate::landscape::{Landscape, Pod};
use crate::rule::defect::Active;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Rule, RuleInfo, Tables};
use crate::state::{Effect, State};
use crate::wire::Request;

/// What a decision about a request to a pod rests on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Everything there is.
    pub landscape: &'a Landscape,
    /// What happened before.
    pub state: &'a State,
    /// The time and entropy of the request.
    pub env: &'a Env,
    /// The pod that is asked.
    pub pod: &'a Pod,
    /// The request.
    pub request: &'a Request,
}

/// An endpoint of a pod, or several of one kind.
#[derive(Debug)]
pub struct Endpoint {
    /// Its path: whole, or what all of them begin with where it ends in a slash.
    pub path: &'static str,
    /// How it decides.
    pub decide: fn(&Context, &Active) -> Decision,
}

impl Endpoint {
    /// Whether a path is this endpoint's.
    fn takes(&self, path: &str) -> bool {
        path == self.path || (self.path.ends_with('/') && path.starts_with(self.path))
    }
}

/// The endpoints of a pod; the first that takes a path decides. What none of them takes wants a bearer token before anything else.
pub static ENDPOINTS: &[Endpoint] = &[
    session(session::HOME_PATH),
    session(session::CALLBACK_PATH),
    session(session::ANTI_FORGERY_PATH),
    session(session::RELAY_PATH),
    session(session::TRUST_TOKEN_PATH),
    session(session::CONSOLE_PATH),
    session(session::ADD_PROVIDER_PATH),
    session(session::REMOVE_PROVIDER_PATH),
    session(session::ADD_CERTIFICATE_PATH),
    session(session::REMOVE_CERTIFICATE_PATH),
    Endpoint {
        path: "/",
        decide: decide_bearer,
    },
];

/// An endpoint that a person's browser comes to.
const fn session(path: &'static str) -> Endpoint {
    Endpoint {
        path,
        decide: session::decide,
    }
}

/// The tables that judge a request that wants a bearer token, in the order in which a violation answers.
pub static POD_TABLES: Tables<PodEndpoint> = &[
    bearer_rules::BEARER_RULES,
    token_rules::TOKEN_RULES,
    trust_rules::TRUST_RULES,
    access_rules::ACCESS_RULES,
    console::calls::CONSOLE_RULES,
    location_rules::LOCATION_RULES,
    spectra::agent_rules::AGENT_RULES,
    spectra::a2a_rules::A2A_RULES,
    spectra::boss_rules::BOSS_RULES,
    adf::rules::ADF_RULES,
    adf::scim_rules::SCIM_RULES,
    adf::audit_rules::AUDIT_RULES,
    adf::adapter::ADAPTER_RULES,
];

static GRANT_PROMISES: &[&[RuleInfo]] = &[
    promises::GRANT_PROMISES,
    spectra::agent_rules::GRANT_PROMISES,
    spectra::a2a_rules::GRANT_PROMISES,
    spectra::boss_rules::GRANT_PROMISES,
    adf::promises::GRANT_PROMISES,
    adf::scim_rules::GRANT_PROMISES,
    adf::audit_rules::GRANT_PROMISES,
];
static REFUSAL_PROMISES: &[&[RuleInfo]] = &[
    promises::REFUSAL_PROMISES,
    spectra::agent_rules::REFUSAL_PROMISES,
    adf::promises::REFUSAL_PROMISES,
];

/// What can be told about every rule of a pod.
pub fn catalogue() -> impl Iterator<Item = &'static RuleInfo> {
    let guards = POD_TABLES.iter().copied().flatten().map(|rule| &rule.info);
    let of_sessions = session::SESSION_TABLES.iter().copied().flatten().map(|rule| &rule.info);
    let promises = GRANT_PROMISES.iter().chain(REFUSAL_PROMISES).copied().flatten();
    guards
        .chain(promises)
        .chain(of_sessions)
        .chain(session::promises::SESSION_PROMISES)
}

/// Decides a request to a pod.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let endpoint = ENDPOINTS.iter().find(|endpoint| endpoint.takes(&context.request.path));
    match endpoint {
        Some(endpoint) => (endpoint.decide)(context, active),
        None => decide_bearer(context, active),
    }
}

/// Decides a request that wants a bearer token.
fn decide_bearer(context: &Context, active: &Active) -> Decision {
    let Context { request, .. } = *context;
    let facts = PodRequest::read(context);
    let promises = Promises {
        refused: REFUSAL_PROMISES,
        granted: GRANT_PROMISES,
    };
    let refuse = |rule: &Rule<PodEndpoint>, _: &mut Vec<Effect>| {
        let denial = location_rules::denial(&facts, rule);
        let mut answer = match spectra::a2a::error_code(rule.info.id) {
            Some(code) => spectra::a2a::error(&facts, denial.status, code, denial.description),
            None => answers::refusal(&facts, &denial),
        };
        if let Some(text) = &facts.bearer.text {
            answer.hearsay.insert("token".to_owned(), Value::from(text.as_str()));
        }
        answer
    };
    let grant = |effects: &mut Vec<Effect>| {
        let mut answer = grant(&facts, effects);
        answer.set_header("Cache-Control", "no-cache, no-store, must-revalidate");
        if let Some(user) = request.header("x-remote-user") {
            answer.hearsay.insert("user".to_owned(), Value::from(user));
        }
        answer
    };
    let mut ruling = settle(POD_TABLES, &facts, active, promises, refuse, grant);
    ruling
        .answer
        .headers
        .push(("X-Content-Type-Options", "nosniff".to_owned()));
    let token = facts.token.as_ref();
    let claim = |name: &str| token.and_then(|access| access.token.text(name));
    let user = token.and_then(|access| access.named.clone());
    Decision::of(facts.route.name(), ruling, claim("client_id"), user).with_token_id(claim("jti"))
}

/// The answer to a request that violates nothing.
fn grant(facts: &PodRequest, effects: &mut Vec<Effect>) -> Answer {
    match (&facts.route, facts.agent(), facts.job(), facts.user()) {
        (Route::Invoke { .. }, Some(agent), ..) => {
            let sent = facts.body.as_ref().and_then(|body| body.text("conversationId").value());
            let id = facts.env.draw_uuid("job");
            let job = spectra::a2a::start(facts, agent, sent.as_deref(), &id, effects);
            answers::job_started(facts, &id, &job)
        }
        (Route::Status { .. }, Some(agent), Some(job), _) => answers::job_status(facts, agent, job),
        (Route::Console, ..) => console::calls::answer(facts, effects),
        (route @ Route::Spectra(asked), ..) => {
            spectra::grant(facts, asked, effects).unwrap_or_else(|| answers::stand_in(route))
        }
        (route @ Route::Adf(asked), ..) => {
            adf::answers::grant(facts, asked, effects).unwrap_or_else(|| answers::stand_in(route))
        }
        (route, ..) => answers::stand_in(route),
    }
}
