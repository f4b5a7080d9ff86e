//! The endpoints of a domain that want one of its own tokens: who am I, the signing keys, administration.
//!
//! One kind of request with one set of facts; each endpoint adds a table and an answer of its own.

pub mod admin;
pub mod answers;
pub mod facts;
pub mod key_set;
pub mod promises;
pub mod token_rules;
pub mod user_info;

use crate::decide::Decision;
use crate::idcs::Context;
use crate::idcs::protected::facts::{ProtectedEndpoint, ProtectedRequest, Route};
use crate::rule::{RuleInfo, Tables, denying_rule, judge, reshape};

/// The tables that judge a request to one of these endpoints, in the order in which a violation answers.
pub static PROTECTED_TABLES: Tables<ProtectedEndpoint> = &[
    token_rules::TOKEN_RULES,
    key_set::KEY_SET_RULES,
    user_info::USER_INFO_RULES,
    admin::access_rules::ACCESS_RULES,
    admin::request_rules::REQUEST_RULES,
];

/// Decides a request to one of them.
pub fn decide(context: &Context) -> Decision {
    let Context {
        landscape,
        state,
        env,
        domain,
        request,
        active,
    } = *context;
    let facts = ProtectedRequest::read(landscape, state, env, domain, request);
    let mut effects = Vec::new();
    let judgement = judge(PROTECTED_TABLES, &facts, active);
    let answer = match denying_rule(PROTECTED_TABLES, &judgement) {
        Some(rule) => {
            let mut answer = answers::refusal(&facts, rule.info.id, rule.denial.under(&landscape.profile));
            reshape(&mut answer, std::iter::once(&rule.info).chain(promises()), active);
            answer
        }
        None => {
            let mut answer = match &facts.route {
                Route::Administration => {
                    let plan = admin::answers::planned(&facts);
                    let answer = admin::answers::answer(&facts, &plan);
                    effects = plan.effects;
                    answer
                }
                Route::KeySet => key_set::answer(&facts),
                Route::UserInfo => user_info::answer(&facts),
            };
            reshape(&mut answer, promises(), active);
            answer
        }
    };
    Decision {
        endpoint: facts.route.name(),
        judgement,
        effects,
        answer,
        client: facts.claim("client_id"),
        user: facts.user().map(|user| user.name.clone()),
    }
}

/// What all of them promise.
pub fn promises() -> impl Iterator<Item = &'static RuleInfo> {
    promises::PROTECTED_PROMISES
        .iter()
        .chain(admin::promises::ADMIN_PROMISES)
}
