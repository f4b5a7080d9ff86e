//! The token endpoint: judges a request by all tables that apply to one, and answers it.

use crate::answer::Answer;
use crate::decide::Decision;
use crate::env::Env;
use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::idcs::{
    Context, assertion_rules, certificate_rules, claim_promises, client_assertion_rules, client_rules, code_rules,
    error, exchange_promises, exchange_rules, grant, no_store, person_rules, promises, refresh_rules, refusal_promises,
    request_rules, resource_rules, scope_rules,
};
use crate::landscape::profile::switch;
use crate::rule::defect::Active;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Denial, Rule, Tables};
use crate::state::{Effect, Thing};

/// Its path (IDCS-OAUTH-001, IDCS-OAUTH-009).
pub const PATH: &str = "/oauth2/v1/token";

/// The tables that judge a token request, in the order in which a violation answers.
pub static TOKEN_TABLES: Tables<TokenEndpoint> = &[
    request_rules::REQUEST_RULES,
    client_rules::CLIENT_RULES,
    client_assertion_rules::CLIENT_ASSERTION_RULES,
    certificate_rules::CERTIFICATE_RULES,
    assertion_rules::form::FORM_RULES,
    assertion_rules::issuer::ISSUER_RULES,
    assertion_rules::subject::SUBJECT_RULES,
    assertion_rules::audience::AUDIENCE_RULES,
    assertion_rules::validity::VALIDITY_RULES,
    code_rules::CODE_RULES,
    person_rules::PERSON_RULES,
    exchange_rules::EXCHANGE_RULES,
    scope_rules::SCOPE_RULES,
    resource_rules::RESOURCE_RULES,
    refresh_rules::REFRESH_RULES,
];

/// What a refusal changes all the same, by the rule that refused.
static REFUSAL_EFFECTS: &[(&str, fn(&TokenRequest) -> Vec<Effect>)] = &[
    ("code.once", refresh_rules::ended_by_code),
    ("refresh.current", refresh_rules::ended_family),
    ("client.secret", client_rules::counted_secret),
    ("password.right", person_rules::counted_guess),
    ("device.pace", person_rules::noted_question),
    ("device.allowed", person_rules::noted_question),
];

/// Decides a token request.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let facts = TokenRequest::read(context);
    let promises = Promises {
        refused: &[refusal_promises::REFUSAL_PROMISES],
        granted: if facts.wants_session_token() {
            &[exchange_promises::EXCHANGE_PROMISES]
        } else {
            &[promises::GRANT_PROMISES, claim_promises::CLAIM_PROMISES]
        },
    };
    let refuse = |rule: &Rule<TokenEndpoint>, effects: &mut Vec<Effect>| {
        let mut denial = *rule.denial.under(&context.landscape.profile);
        let effect = REFUSAL_EFFECTS.iter().find(|(id, _)| *id == rule.info.id);
        effects.extend(effect.into_iter().flat_map(|(_, effects)| effects(&facts)));
        if rule.info.id == "scope.allowed" {
            denial.error = scope_rules::code_for_ungranted(&facts);
        }
        refusal(&denial, context.env)
    };
    let grant = |effects: &mut Vec<Effect>| {
        let guesses = facts.guesses.as_ref();
        effects.extend(guesses.and_then(|guesses| guesses.settled(context.env.now)));
        let mut answer = grant::grant(&facts, effects);
        no_store(&mut answer);
        answer
    };
    let mut ruling = settle(TOKEN_TABLES, &facts, active, promises, refuse, grant);
    ruling
        .answer
        .headers
        .push(("X-Content-Type-Options", "nosniff".to_owned()));
    let asserted = || {
        facts
            .assertion
            .as_ref()
            .and_then(|assertion| assertion.token.text("sub"))
    };
    let user = asserted().or_else(|| facts.user().map(|user| user.name.clone()));
    Decision::of("token", ruling, facts.client.claimed.clone(), user)
}

/// An assertion's id is remembered only when all else held: else anybody could burn the ids of others.
pub(crate) fn spent_assertion(facts: &TokenRequest) -> Option<Effect> {
    if !facts.context.landscape.profile.has(switch::SINGLE_USE_ASSERTIONS) {
        return None;
    }
    let key = facts.token_id_key()?;
    let expiry = facts.assertion.as_ref()?.token.time("exp")?;
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "negative and huge values saturate, which is what is wanted"
    )]
    let until = (expiry as u64).saturating_add(facts.context.domain.leeway);
    Some(Effect::keep(key, Thing::Mark, until))
}

/// A refusal in the form of the token endpoint (IDCS-OAUTH-101), with a challenge wherever the status is 401 (RFC 9110 section 15.5.2).
pub(crate) fn refusal(denial: &Denial, env: &Env) -> Answer {
    let mut answer = error(denial, env);
    no_store(&mut answer);
    match denial.status {
        401 => answer.header("WWW-Authenticate", "Basic realm=\"token endpoint\""),
        405 => answer.header("Allow", "POST"),
        _ => answer,
    }
}
