//! The Oracle Integration instance: calls of integrations at its own host, the API for developers at that of its region.
//!
//! What it asks of other servers is a value like everything else (`crate::outbound`): nothing here opens a connection.

pub mod access_rules;
pub mod answers;
pub mod client;
pub mod consent;
pub mod credential_rules;
pub mod developer;
pub mod developer_rules;
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
use crate::oic::client::Outcome;
use crate::oic::facts::{Context, InstanceEndpoint, InstanceRequest};
use crate::oic::route::Route;
use crate::outbound::{Line, Pending};
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
    developer_rules::DEVELOPER_RULES,
    consent::CONSENT_RULES,
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
    let mut line = Line::new(&context.env.heard);
    let grant = |effects: &mut Vec<Effect>| {
        // Of a decision that waits for an answer nothing is used but the call that it wants.
        let granted = grant(&facts, &mut line, effects);
        let mut answer = granted.unwrap_or_else(|Pending| answers::json(200, Value::Null));
        answer.set_header("Cache-Control", "no-store");
        let is_new = access_rules::is_role_newer_than_token(&facts);
        answer.hearsay.insert("role-newer-than-token".to_owned(), json!(is_new));
        answer
    };
    let ruling = settle(INSTANCE_TABLES, &facts, active, promises, refuse, grant);
    let claim = |name: &str| facts.token.as_ref().and_then(|access| access.token.text(name));
    let user = match &facts.token {
        Some(access) if access.is_for_client() => None,
        Some(_) => claim("sub"),
        None => facts.user().map(|user| user.name.clone()),
    };
    let remarks = if token_rules::is_account_wide(&facts) {
        vec!["the token is for the whole account: it would open every service of the domain (OIC-208)"]
    } else {
        Vec::new()
    };
    Decision {
        wanted: line.wanted(),
        remarks,
        ..Decision::of(facts.route.name(), ruling, claim("client_id"), user)
    }
}

/// The answer to a request that violates nothing.
fn grant(facts: &InstanceRequest, line: &mut Line, effects: &mut Vec<Effect>) -> Result<Answer, Pending> {
    Ok(match (&facts.route, facts.integration(), facts.connection()) {
        (Route::SentOn, ..) => answers::sent_on(facts),
        (Route::Callback, ..) => consent::finish(facts, line, effects)?,
        (Route::Run { .. }, ..) => match facts.operation() {
            Some(operation) => run(facts, &operation.does, line, effects)?,
            None => answers::stand_in(&facts.route),
        },
        (Route::Integrations { project }, ..) => developer::integrations(facts, project.as_deref()),
        (Route::Connections { project }, ..) => developer::connections(facts, project.as_deref()),
        (Route::Listed { what }, ..) => developer::listed(facts, what),
        (Route::Folders, ..) => developer::folders(facts),
        (Route::Integration { .. }, Some(integration), _) if facts.context.request.method == "POST" => {
            developer::change_integration(facts, integration, effects)
        }
        (Route::Integration { .. }, Some(integration), _) => {
            answers::json(200, developer::integration_item(facts, integration))
        }
        (Route::Test { .. }, _, Some(connection)) => developer::test(facts, connection, line, effects)?,
        (Route::Consent, _, Some(connection)) => match connection.as_outbound() {
            Some(outbound) => consent::begin(facts, connection, outbound, effects),
            None => answers::stand_in(&facts.route),
        },
        (Route::Connection { .. }, _, Some(connection)) if facts.context.request.method == "POST" => {
            developer::change_connection(facts, connection, effects)
        }
        (Route::Connection { .. }, _, Some(connection)) => answers::json(200, developer::connection_item(connection)),
        (route, ..) => answers::stand_in(route),
    })
}

/// What an integration does.
fn run(facts: &InstanceRequest, step: &Step, line: &mut Line, effects: &mut Vec<Effect>) -> Result<Answer, Pending> {
    let (connection, path) = match step {
        Step::Answer(value) => return Ok(answers::json(200, value.clone())),
        Step::Echo => {
            let sent: Option<Value> = serde_json::from_slice(&facts.context.request.body).ok();
            return Ok(answers::json(200, json!({ "received": sent })));
        }
        Step::Fault(status) => {
            let answer = answers::fault(facts, *status, "The integration raised this fault.", Vec::new());
            return Ok(answer);
        }
        Step::Ask { connection, path } => (connection, path),
    };
    let connection = facts
        .context
        .instance
        .and_then(|instance| instance.connections.get(connection));
    let Some((connection, outbound)) = connection.and_then(|known| Some((known, known.as_outbound()?))) else {
        return Ok(answers::stand_in(&facts.route));
    };
    Ok(
        match client::ask(facts, (connection, outbound), &[path.as_str()], line, effects)? {
            Outcome::Answered(value) => answers::json(200, value),
            // What a failed call becomes inside an integration (OIC-043), as the trigger reports it (OIC-040).
            Outcome::Failed(failure) => answers::fault(
                facts,
                500,
                "An internal error occurred while processing the request. Please see the fault details for the nested error details.",
                vec![failure.detail(outbound)],
            ),
        },
    )
}
