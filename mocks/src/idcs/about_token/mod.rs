//! The endpoints that are told a token: what is it worth (introspection), and end it (revocation).
//!
//! One kind of request with one set of facts and one table on who asks and how; each endpoint adds a table and an answer of its own.

pub mod facts;
pub mod introspection;
pub mod request_rules;
pub mod revocation;

use crate::decide::Decision;
use crate::idcs::about_token::facts::{AboutToken, Question, Route};
use crate::idcs::{Context, no_store, token_endpoint};
use crate::rule::defect::Active;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Rule, RuleInfo, Tables};
use crate::state::Effect;

/// All tables, for the catalogue; each endpoint is judged by the first and its own.
pub static ALL_TABLES: Tables<AboutToken> = &[
    request_rules::REQUEST_RULES,
    introspection::INTROSPECTION_RULES,
    revocation::REVOCATION_RULES,
];

static INTROSPECTION_TABLES: Tables<AboutToken> = &[request_rules::REQUEST_RULES, introspection::INTROSPECTION_RULES];
static REVOCATION_TABLES: Tables<AboutToken> = &[request_rules::REQUEST_RULES, revocation::REVOCATION_RULES];

/// Decides a request to one of them.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let facts = Question::read(context);
    let (tables, granted): (_, &[&[RuleInfo]]) = match facts.route {
        Route::Introspection => (INTROSPECTION_TABLES, &[introspection::INTROSPECTION_PROMISES]),
        Route::Revocation => (REVOCATION_TABLES, &[]),
    };
    let promises = Promises { refused: &[], granted };
    let refuse = |rule: &Rule<AboutToken>, _: &mut Vec<Effect>| {
        token_endpoint::refusal(rule.denial.under(&context.landscape.profile), context.env)
    };
    let grant = |effects: &mut Vec<Effect>| {
        let mut answer = match facts.route {
            Route::Introspection => introspection::answer(&facts),
            Route::Revocation => {
                effects.extend(revocation::effect(&facts));
                revocation::answer()
            }
        };
        no_store(&mut answer);
        answer
    };
    let mut ruling = settle(tables, &facts, active, promises, refuse, grant);
    ruling
        .answer
        .headers
        .push(("X-Content-Type-Options", "nosniff".to_owned()));
    Decision::of(facts.route.name(), ruling, facts.asked.client.claimed.clone(), None)
}
