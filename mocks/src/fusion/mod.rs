//! The Fusion pod: its endpoints on both stacks, and how each decides.

pub mod access_rules;
pub mod answers;
pub mod bearer_rules;
pub mod facts;
pub mod promises;
pub mod token_rules;

use serde_json::Value;

use crate::answer::Answer;
use crate::decide::Decision;
use crate::env::Env;
use crate::fusion::facts::{PodEndpoint, PodRequest, Route};
use crate::landscape::{Landscape, Pod};
use crate::rule::defect::Active;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Rule, RuleInfo, Tables};
use crate::state::{Effect, Job, Key, Kind, State, Thing};
use crate::wire::Request;

/// The tables that judge a request to a pod, in the order in which a violation answers.
pub static POD_TABLES: Tables<PodEndpoint> = &[
    bearer_rules::BEARER_RULES,
    token_rules::TOKEN_RULES,
    access_rules::ACCESS_RULES,
];

/// What can be told about every rule of a pod.
pub fn catalogue() -> impl Iterator<Item = &'static RuleInfo> {
    let guards = POD_TABLES.iter().copied().flatten().map(|rule| &rule.info);
    guards.chain(promises::GRANT_PROMISES).chain(promises::REFUSAL_PROMISES)
}

/// Decides a request to a pod.
pub fn decide(
    landscape: &Landscape,
    state: &State,
    env: &Env,
    pod: &Pod,
    request: &Request,
    active: &Active,
) -> Decision {
    let facts = PodRequest::read(landscape, state, env, pod, request);
    let promises = Promises {
        refused: &[promises::REFUSAL_PROMISES],
        granted: &[promises::GRANT_PROMISES],
    };
    let refuse = |rule: &Rule<PodEndpoint>, _: &mut Vec<Effect>| {
        let mut answer = answers::refusal(&facts, rule.denial.under(&landscape.profile));
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
    let claim = |name: &str| facts.token.as_ref().and_then(|access| access.token.text(name));
    Decision::of(facts.route.name(), ruling, claim("client_id"), claim("sub"))
}

/// The answer to a request that violates nothing.
fn grant(facts: &PodRequest, effects: &mut Vec<Effect>) -> Answer {
    match (&facts.route, facts.agent(), facts.job(), facts.user()) {
        (Route::Invoke { .. }, Some(agent), _, user) => {
            let sent = facts.body.as_ref().and_then(|body| body.text("conversationId").value());
            let id = facts.env.draw_uuid("job");
            let job = Job {
                agent: agent.code.clone(),
                user: user.map(|user| user.name.clone()).unwrap_or_default(),
                conversation: sent.unwrap_or_else(|| facts.env.draw_uuid("conversation")),
                started: facts.env.now,
            };
            let answer = answers::job_started(facts, &id, &job);
            let key = Key::new(Kind::Job, &facts.pod.host, &id);
            effects.push(Effect::keep(key, Thing::Job(job), u64::MAX));
            answer
        }
        (Route::Status { .. }, Some(agent), Some(job), _) => answers::job_status(facts, agent, job),
        (Route::SelfDetails, _, _, Some(user)) => answers::self_details(facts, user),
        (route, ..) => answers::stand_in(route),
    }
}
