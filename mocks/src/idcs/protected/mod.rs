//! The endpoints of a domain that want one of its own tokens: who am I, the signing keys, administration.
//!
//! One kind of request with one set of facts; each endpoint adds a table and an answer of its own.

pub mod answers;
pub mod facts;
pub mod key_set;
pub mod promises;
pub mod token_rules;
pub mod user_info;

use crate::decide::Decision;
use crate::idcs::Context;
use crate::idcs::protected::facts::{ProtectedEndpoint, ProtectedRequest, Route};
use crate::rule::{Tables, denying_rule, judge, reshape};

/// The tables that judge a request to one of these endpoints, in the order in which a violation answers.
pub static PROTECTED_TABLES: Tables<ProtectedEndpoint> = &[
    token_rules::TOKEN_RULES,
    key_set::KEY_SET_RULES,
    user_info::USER_INFO_RULES,
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
    let judgement = judge(PROTECTED_TABLES, &facts, active);
    let answer = match denying_rule(PROTECTED_TABLES, &judgement) {
        Some(rule) => {
            let mut answer = answers::refusal(&facts, rule.denial.under(&landscape.profile));
            reshape(
                &mut answer,
                std::iter::once(&rule.info).chain(promises::PROTECTED_PROMISES),
                active,
            );
            answer
        }
        None => {
            let mut answer = match &facts.route {
                Route::KeySet => key_set::answer(&facts),
                Route::UserInfo => user_info::answer(&facts),
            };
            reshape(&mut answer, promises::PROTECTED_PROMISES, active);
            answer
        }
    };
    Decision {
        endpoint: facts.route.name(),
        judgement,
        effects: Vec::new(),
        answer,
        client: facts.claim("client_id"),
        user: facts.user().map(|user| user.name.clone()),
    }
}
