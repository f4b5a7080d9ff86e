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
use crate::rule::defect::Active;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Rule, RuleInfo, Tables};
use crate::state::Effect;

/// The tables that judge a request to one of these endpoints, in the order in which a violation answers.
pub static PROTECTED_TABLES: Tables<ProtectedEndpoint> = &[
    token_rules::TOKEN_RULES,
    key_set::KEY_SET_RULES,
    user_info::USER_INFO_RULES,
    admin::access_rules::ACCESS_RULES,
    admin::request_rules::REQUEST_RULES,
];

/// What all of them promise, table by table.
pub static PROMISES: &[&[RuleInfo]] = &[promises::PROTECTED_PROMISES, admin::promises::ADMIN_PROMISES];

/// Decides a request to one of them.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let facts = ProtectedRequest::read(context);
    let promises = Promises {
        refused: PROMISES,
        granted: PROMISES,
    };
    let refuse = |rule: &Rule<ProtectedEndpoint>, _: &mut Vec<Effect>| {
        answers::refusal(&facts, rule.info.id, rule.denial.under(&context.landscape.profile))
    };
    let grant = |effects: &mut Vec<Effect>| match &facts.route {
        Route::Administration => {
            let plan = admin::answers::planned(&facts);
            let answer = admin::answers::answer(&facts, &plan);
            effects.extend(plan.effects);
            answer
        }
        Route::KeySet => key_set::answer(&facts),
        Route::UserInfo => user_info::answer(&facts),
    };
    let ruling = settle(PROTECTED_TABLES, &facts, active, promises, refuse, grant);
    let user = facts.user().map(|user| user.name.clone());
    Decision::of(facts.route.name(), ruling, facts.claim("client_id"), user)
}
