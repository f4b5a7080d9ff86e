//! The Oracle Integration instance: calls of integrations at its own host, the API for developers at that of its region.
//!
//! What it asks of other servers is a value like everything else (`crate::outbound`): nothing here opens a connection.

pub mod access_rules;
pub mod answers;
pub mod credential_rules;
pub mod facts;
pub mod operation_rules;
pub mod promises;
pub mod route;
pub mod token;
pub mod token_rules;

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::decide::Decision;
use crate::landscape::instance::Step;
use crate::landscape::profile::switch;
use crate::oic::facts::{Context, InstanceEndpoint, InstanceRequest};
use crate::oic::route::Route;
use crate::rule::defect::Active;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Rule, RuleInfo, Tables};
use crate::state::Effect;

/// The tables that judge a request to an instance, in the order in which a violation answers.
pub static INSTANCE_TABLES: Tables<InstanceEndpoint> = &[
    credential_rules::CREDENTIAL_RULES,
    token_rules::TOKEN_RULES,
    access_rules::ACCESS_RULES,
    operation_rules::OPERATION_RULES,
];

/// What can be told about every rule of an instance.
pub fn catalogue() -> impl Iterator<Item = &'static RuleInfo> {
    let guards = INSTANCE_TABLES.iter().copied().flatten().map(|rule| &rule.info);
    guards.chain(promises::GRANT_PROMISES).chain(promises::REFUSAL_PROMISES)
}

/// Decides a request to an instance.
pub fn decide(context: Context, active: &Active) -> Decision {
    let facts = InstanceRequest::read(context);
    let promises = Promises {
        refused: &[promises::REFUSAL_PROMISES],
        granted: &[promises::GRANT_PROMISES],
    };
    let refuse = |rule: &Rule<InstanceEndpoint>, _: &mut Vec<Effect>| {
        let mut denial = *rule.denial.under(&context.landscape.profile);
        if access_rules::ROLE_HELD_RULES.contains(&rule.info.id) {
            denial.status = match context.landscape.profile.value(switch::OIC_NO_ROLE) {
                "403" => 403,
                _ => 401,
            };
        }
        let mut answer = answers::refusal(&facts, &denial);
        if let Some(text) = &facts.bearer.text {
            answer.hearsay.insert("token".to_owned(), Value::from(text.as_str()));
        }
        answer
    };
    let grant = |effects: &mut Vec<Effect>| {
        let mut answer = grant(&facts, effects);
        answer.set_header("Cache-Control", "no-store");
        answer
    };
    let ruling = settle(INSTANCE_TABLES, &facts, active, promises, refuse, grant);
    let claim = |name: &str| facts.token.as_ref().and_then(|access| access.token.text(name));
    let user = match &facts.token {
        Some(access) if access.is_for_client() => None,
        Some(_) => claim("sub"),
        None => facts.user().map(|user| user.name.clone()),
    };
    Decision::of(facts.route.name(), ruling, claim("client_id"), user)
}

/// The answer to a request that violates nothing.
fn grant(facts: &InstanceRequest, _effects: &mut Vec<Effect>) -> Answer {
    match (&facts.route, facts.operation()) {
        (Route::SentOn, _) => answers::sent_on(facts),
        (Route::Run { .. }, Some(operation)) => match &operation.does {
            Step::Answer(value) => answers::json(200, value.clone()),
            Step::Echo => {
                let sent: Option<Value> = serde_json::from_slice(&facts.context.request.body).ok();
                answers::json(200, json!({ "received": sent }))
            }
            Step::Fault(status) => answers::fault(facts, *status, "The integration raised this fault.", Vec::new()),
            Step::Ask { .. } => answers::stand_in(&facts.route),
        },
        (route, _) => answers::stand_in(route),
    }
}
