//! The identity domain: its endpoints, and how each decides.

pub mod assertion_rules;
pub mod client_assertion_rules;
pub mod client_rules;
pub mod discovery;
pub mod facts;
pub mod form;
pub mod grant;
pub mod promises;
pub mod request_rules;
pub mod scim;
pub mod scope_rules;

use serde_json::Value;

use crate::answer::{Answer, Slot};
use crate::decide::Decision;
use crate::env::Env;
use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::landscape::profile::switch;
use crate::landscape::{Domain, Landscape};
use crate::rule::defect::Active;
use crate::rule::{Denial, RuleInfo, Tables, denying_rule, judge, reshape};
use crate::state::{Effect, State};
use crate::wire::Request;

/// The path of the token endpoint (IDCS-OAUTH-001, IDCS-OAUTH-009).
pub const TOKEN_PATH: &str = "/oauth2/v1/token";

/// The tables that judge a token request, in the order in which a violation answers.
pub static TOKEN_TABLES: Tables<TokenEndpoint> = &[
    request_rules::REQUEST_RULES,
    client_rules::CLIENT_RULES,
    client_assertion_rules::CLIENT_ASSERTION_RULES,
    assertion_rules::ASSERTION_RULES,
    scope_rules::SCOPE_RULES,
];

/// What can be told about every rule of the domain.
pub fn catalogue() -> impl Iterator<Item = &'static RuleInfo> {
    let guards = TOKEN_TABLES.iter().copied().flatten().map(|rule| &rule.info);
    guards.chain(promises::GRANT_PROMISES).chain(promises::REFUSAL_PROMISES)
}

/// Decides a request to a domain.
pub fn decide(
    landscape: &Landscape,
    state: &State,
    env: &Env,
    domain: &Domain,
    request: &Request,
    active: &Active,
) -> Decision {
    match request.path.as_str() {
        TOKEN_PATH => token(landscape, state, env, domain, request, active),
        discovery::PATH => discovery::decide(domain, request),
        _ => Decision::plain(
            "nowhere",
            error(
                &Denial {
                    status: 404,
                    error: "invalid_request",
                    description: "There is nothing here.",
                },
                env,
            ),
        ),
    }
}

fn token(
    landscape: &Landscape,
    state: &State,
    env: &Env,
    domain: &Domain,
    request: &Request,
    active: &Active,
) -> Decision {
    let facts = TokenRequest::read(landscape, state, env, domain, request);
    let judgement = judge(TOKEN_TABLES, &facts, active);
    let client = facts.client.claimed.clone();
    let user = facts
        .assertion
        .as_ref()
        .and_then(|assertion| assertion.token.text("sub"));
    let mut effects = Vec::new();
    let mut answer = match denying_rule(TOKEN_TABLES, &judgement) {
        Some(rule) => {
            let mut denial = *rule.denial.under(&landscape.profile);
            if rule.info.id == "scope.allowed" {
                denial.error = scope_rules::code_for_ungranted(&facts);
            }
            let mut answer = refusal(&denial, env);
            reshape(
                &mut answer,
                std::iter::once(&rule.info).chain(promises::REFUSAL_PROMISES),
                active,
            );
            answer
        }
        None => {
            effects.extend(spent_assertion(&facts));
            let mut answer = grant::grant(&facts);
            no_store(&mut answer);
            reshape(&mut answer, promises::GRANT_PROMISES, active);
            answer
        }
    };
    answer.headers.push(("X-Content-Type-Options", "nosniff".to_owned()));
    Decision {
        endpoint: "token",
        judgement,
        effects,
        answer,
        client,
        user,
    }
}

/// An assertion's id is remembered only when all else held: else anybody could burn the ids of others.
fn spent_assertion(facts: &TokenRequest) -> Option<Effect> {
    if !facts.landscape.profile.has(switch::SINGLE_USE_ASSERTIONS) {
        return None;
    }
    let key = facts.token_id_key()?;
    let expiry = facts.assertion.as_ref()?.token.time("exp")?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negative and huge values saturate, which is what is wanted"
    )]
    let until = (expiry as u64).saturating_add(facts.domain.leeway);
    Some(Effect::SpendTokenId { key, until })
}

/// A refusal in the form of the token endpoint (IDCS-OAUTH-101), with a challenge wherever the status is 401 (RFC 9110 section 15.5.2).
fn refusal(denial: &Denial, env: &Env) -> Answer {
    let mut answer = error(denial, env);
    no_store(&mut answer);
    match denial.status {
        401 => answer.header("WWW-Authenticate", "Basic realm=\"token endpoint\""),
        405 => answer.header("Allow", "POST"),
        _ => answer,
    }
}

fn error(denial: &Denial, env: &Env) -> Answer {
    Answer::object(
        denial.status,
        vec![
            ("error", Slot::Value(Value::from(denial.error))),
            ("error_description", Slot::Value(Value::from(denial.description))),
            ("ecid", Slot::Value(Value::from(env.draw_ecid()))),
        ],
    )
}

fn no_store(answer: &mut Answer) {
    answer.set_header("Cache-Control", "no-cache, no-store, must-revalidate");
    answer.set_header("Pragma", "no-cache");
    answer.set_header("Expires", "Sat, 01 Jan 2000 00:00:00 GMT");
}
