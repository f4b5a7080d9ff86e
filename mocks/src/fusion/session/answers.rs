//! What a session gives: pages, the token against forged requests, and tokens.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, CustomClaims, SignatureForm, Slot, UnsignedToken};
use crate::fusion::pages::{Refusal, Welcome};
use crate::fusion::session::facts::{Route, SessionRequest};
use crate::fusion::session::{CONSOLE_PATH, HOME_PATH, console_page, sign_in};
use crate::idcs::person::browser::page;
use crate::idcs::tokens::{Audience, Terms, access_token};
use crate::landscape::trust_list::{TRUST_SERVICE_ISSUER, TRUST_SERVICE_KEY_ID, TrustService};
use crate::landscape::{IT_SECURITY_MANAGER_ROLE, PodUser};
use crate::rule::Denial;
use crate::state::Effect;

/// How long a trust token lives, in seconds (FUSION-206).
pub const TRUST_TOKEN_LIFE: u64 = 14_400;
/// How long a token lives that is relayed for a scope, in seconds (FUSION-U-21).
pub const SCOPED_TOKEN_LIFE: u64 = 3_600;

/// A refusal by this rule: a page, or nothing but a status, by who asks.
pub fn refusal(facts: &SessionRequest, rule: &str, denial: &Denial) -> Answer {
    let answer = match rule {
        "console-page.input" => console_page::page_again(facts, denial.status),
        _ if facts.route.is_page() && denial.status != 405 => page(
            denial.status,
            &Refusal {
                pod: &facts.context.pod.name,
                sentence: denial.description,
                home: HOME_PATH,
                ecid: &facts.context.env.draw_ecid(),
            },
        ),
        // As the classic stack answers a session without a token (FUSION-311).
        _ => Answer::empty(denial.status),
    };
    let answer = if denial.status == 405 {
        answer.header("Allow", facts.route.method())
    } else {
        answer
    };
    private(answer)
}

/// The answer to a request that nothing is against.
pub fn grant(facts: &SessionRequest, effects: &mut Vec<Effect>) -> Answer {
    private(match facts.route {
        _ if facts.begins_sign_in() => sign_in::begin(facts, effects),
        Route::Home => home(facts),
        Route::Callback => sign_in::finish(facts, effects),
        Route::AntiForgery => Answer::object(
            200,
            vec![(
                "xsrftoken",
                Slot::Value(json!(facts.anti_forgery().unwrap_or_default())),
            )],
        ),
        Route::Relay => relayed(facts),
        Route::TrustToken => match trust_token(facts) {
            Some(token) => Answer::object(200, vec![("access_token", token)]),
            None => Answer::empty(503),
        },
        Route::Console => console_page::page_of(facts),
        Route::ConsoleForm => console_page::done(facts, effects),
    })
}

/// An answer that no cache keeps.
fn private(mut answer: Answer) -> Answer {
    answer.set_header("Cache-Control", "no-store");
    answer
}

fn home(facts: &SessionRequest) -> Answer {
    let user = facts.user();
    page(
        200,
        &Welcome {
            pod: &facts.context.pod.name,
            person: user.map_or("nobody", |user| user.display_name.as_str()),
            user: facts.name().unwrap_or("nobody"),
            console: user.filter(|user| is_security_manager(user)).map(|_| CONSOLE_PATH),
        },
    )
}

/// Whether a user sees the Security Console (FUSION-407).
pub fn is_security_manager(user: &PodUser) -> bool {
    user.roles.iter().any(|role| role == IT_SECURITY_MANAGER_ROLE)
}

/// The answer of the token relay (FUSION-502), with a token of the pod itself, or with one of the domain where a scope is asked for.
fn relayed(facts: &SessionRequest) -> Answer {
    let scoped = scoped_token(facts);
    let (token, life) = match scoped {
        Some(token) => (Some(token), SCOPED_TOKEN_LIFE),
        None => (trust_token(facts), TRUST_TOKEN_LIFE),
    };
    let Some(token) = token else {
        return Answer::empty(503);
    };
    Answer::object(
        200,
        vec![
            ("principal", Slot::Value(json!(facts.name().unwrap_or("stand-in")))),
            // Milliseconds, as the documented pair of this number and the token's life shows (FUSION-503).
            ("expires_in", Slot::Value(json!(life * 1000))),
            ("token_type", Slot::Value(json!("JWT"))),
            ("access_token", token),
        ],
    )
}

/// A token that the pod makes itself: exactly five claims, and a header that names the trust service (FUSION-204, FUSION-205).
fn trust_token(facts: &SessionRequest) -> Option<Slot> {
    let TrustService { key, certificate } = facts.context.pod.trust_service.as_ref()?;
    let (now, name) = (facts.context.env.now, facts.name().unwrap_or("stand-in"));
    let object = |members: Vec<(&str, Value)>| -> Map<String, Value> {
        members
            .into_iter()
            .map(|(name, value)| (name.to_owned(), value))
            .collect()
    };
    let token = UnsignedToken {
        header: object(vec![
            ("alg", json!("RS256")),
            ("typ", json!("JWT")),
            ("x5t", json!(certificate.x5t)),
            ("kid", json!(TRUST_SERVICE_KEY_ID)),
        ]),
        claims: object(vec![
            ("exp", json!(now + TRUST_TOKEN_LIFE)),
            ("sub", json!(name)),
            ("iss", json!(TRUST_SERVICE_ISSUER)),
            ("prn", json!(name)),
            ("iat", json!(now)),
        ]),
        key: key.clone(),
        escape_slashes: false,
        signature: SignatureForm::Sound,
        hashes_access_token: None,
        custom: CustomClaims::default(),
    };
    Some(Slot::Token(Box::new(token)))
}

/// A token of the domain for the scope that the relay is asked for (FUSION-511, FUSION-U-21).
fn scoped_token(facts: &SessionRequest) -> Option<Slot> {
    let (domain, wanted) = (facts.domain()?, facts.wanted_scope()?);
    let (resource, value) = wanted.iter().find_map(|scope| scope.resource.as_ref())?;
    let name = facts.name()?;
    let token = access_token(
        domain,
        &facts.context.landscape.profile,
        facts.context.env,
        &Terms {
            app: domain.apps.get(&facts.context.pod.gateway),
            claimed_client: None,
            user: domain.user(name, false),
            claimed_user: Some(name.to_owned()),
            is_for_user: true,
            session: facts.session,
            grant: None,
            scopes: vec![value.clone()],
            life: SCOPED_TOKEN_LIFE,
            label: String::new(),
            audience: Audience::Resource(resource),
        },
    );
    Some(Slot::Token(Box::new(token)))
}
