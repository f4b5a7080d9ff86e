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
use crate::rule::{RuleInfo, Tables, denying_rule, judge, reshape};

/// All tables, for the catalogue; each endpoint is judged by the first and its own.
pub static ALL_TABLES: Tables<AboutToken> = &[
    request_rules::REQUEST_RULES,
    introspection::INTROSPECTION_RULES,
    revocation::REVOCATION_RULES,
];

static INTROSPECTION_TABLES: Tables<AboutToken> = &[request_rules::REQUEST_RULES, introspection::INTROSPECTION_RULES];
static REVOCATION_TABLES: Tables<AboutToken> = &[request_rules::REQUEST_RULES, revocation::REVOCATION_RULES];

/// Decides a request to one of them.
pub fn decide(context: &Context) -> Decision {
    let facts = Question::read(context);
    let (tables, promises): (_, &[RuleInfo]) = match facts.route {
        Route::Introspection => (INTROSPECTION_TABLES, introspection::INTROSPECTION_PROMISES),
        Route::Revocation => (REVOCATION_TABLES, &[]),
    };
    let judgement = judge(tables, &facts, context.active);
    let mut effects = Vec::new();
    let mut answer = if let Some(rule) = denying_rule(tables, &judgement) {
        let denial = rule.denial.under(&context.landscape.profile);
        let mut answer = token_endpoint::refusal(denial, context.env);
        reshape(&mut answer, [&rule.info], context.active);
        answer
    } else {
        let mut answer = match facts.route {
            Route::Introspection => introspection::answer(&facts),
            Route::Revocation => {
                effects.extend(revocation::effect(&facts));
                revocation::answer()
            }
        };
        no_store(&mut answer);
        reshape(&mut answer, promises, context.active);
        answer
    };
    answer.headers.push(("X-Content-Type-Options", "nosniff".to_owned()));
    Decision {
        endpoint: facts.route.name(),
        judgement,
        effects,
        answer,
        client: facts.asked.client.claimed.clone(),
        user: None,
    }
}
