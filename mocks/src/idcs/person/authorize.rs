//! The authorization endpoint: signs a person in, asks for consent, and sends the browser back with what it asked for.

use serde_json::Value;

use crate::answer::{Answer, Slot};
use crate::decide::Decision;
use crate::idcs::Context;
use crate::idcs::pages::{Consent, Scope, SignIn};
use crate::idcs::person::authorize_facts::{AuthorizationEndpoint, AuthorizationRequest, needs_consent};
use crate::idcs::person::authorize_rules::{AUTHORIZATION_RULES, REDIRECTED};
use crate::idcs::person::browser::{self, REQUEST_COOKIE, REQUEST_LIFE, draw_value, set_cookie};
use crate::idcs::person::{forms, front_channel};
use crate::idcs::person_promises::PROMISES_TO_PEOPLE;
use crate::idcs::presented::digest_of;
use crate::idcs::scopes::Requested;
use crate::landscape::profile::ProfileName;
use crate::landscape::{App, Domain};
use crate::rule::defect::Active;
use crate::rule::ruling::settle;
use crate::rule::{Denial, Rule, Tables};
use crate::state::{Authorization, Effect, Key, Kind, Pending, Thing};

/// Its path (IDCS-OAUTH-501).
pub const PATH: &str = "/oauth2/v1/authorize";

/// The tables that judge an authorization request.
pub static AUTHORIZATION_TABLES: Tables<AuthorizationEndpoint> = &[AUTHORIZATION_RULES];

/// Decides an authorization request.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let facts = AuthorizationRequest::read(context);
    let refuse = |rule: &Rule<AuthorizationEndpoint>, _: &mut Vec<Effect>| {
        let denial = rule.denial.under(&context.landscape.profile);
        if judges_after_redirect(rule.info.id) {
            redirected_error(&facts.asked(), denial)
        } else {
            shown_error(&facts, denial)
        }
    };
    let grant = |effects: &mut Vec<Effect>| next(&facts, effects);
    let ruling = settle(AUTHORIZATION_TABLES, &facts, active, PROMISES_TO_PEOPLE, refuse, grant);
    let client = facts.parameters.value("client_id").map(str::to_owned);
    let user = facts.session().map(|session| session.user.clone());
    Decision::of("authorize", ruling, client, user)
}

/// Whether a rule is judged only once it is certain whom a redirect would tell.
fn judges_after_redirect(rule: &str) -> bool {
    let mut ids = AUTHORIZATION_RULES.iter().map(|rule| rule.info.id);
    let first = ids.clone().position(|id| id == REDIRECTED);
    ids.position(|id| id == rule) >= first
}

/// What comes next: what was asked for, or the page on which the person goes on.
fn next(facts: &AuthorizationRequest, effects: &mut Vec<Effect>) -> Answer {
    let asked = facts.asked();
    let (domain, env) = (facts.context.domain, facts.context.env);
    let session = facts.session();
    if let Some(session) = session
        && !facts.wants_consent(&session.user)
    {
        return front_channel::allowed(&facts.context, asked, session.clone(), effects);
    }
    let application = facts.app.map_or("an application", |app| app.display_name.as_str());
    let mark = facts
        .browser
        .mark
        .clone()
        .unwrap_or_else(|| draw_value(env, "request cookie"));
    let request = draw_value(env, "request");
    let pending = Pending {
        asked: Some(asked),
        device: None,
        browser: digest_of(&mark),
        must_consent: facts.prompts().contains(&"consent"),
    };
    let key = Key::new(Kind::Pending, &domain.host, &request);
    effects.push(Effect::keep(key, Thing::Pending(pending), env.now + REQUEST_LIFE));
    let answer = match session {
        None => sign_in_page(domain, application, &request),
        Some(session) => consent_page(domain, application, &request, &session.user, &facts.scopes),
    };
    answer.header("Set-Cookie", set_cookie(REQUEST_COOKIE, &mark, REQUEST_LIFE))
}

/// The page on which a person signs in.
fn sign_in_page(domain: &Domain, application: &str, request: &str) -> Answer {
    browser::page(
        200,
        &SignIn {
            domain: &domain.label,
            application,
            action: forms::SIGN_IN_PATH,
            request,
            username: "",
            error: None,
            pause: None,
        },
    )
}

/// The page on which a person allows or denies.
pub fn consent_page(domain: &Domain, application: &str, request: &str, user: &str, scopes: &[Requested]) -> Answer {
    let wanted: Vec<Scope> = scopes
        .iter()
        .filter(|scope| needs_consent(scope))
        .map(|scope| Scope::known(&scope.text))
        .collect();
    let all: Vec<Scope> = scopes.iter().map(|scope| Scope::known(&scope.text)).collect();
    browser::page(
        200,
        &Consent {
            domain: &domain.label,
            application,
            action: forms::CONSENT_PATH,
            request,
            user,
            scopes: if wanted.is_empty() { &all } else { &wanted },
        },
    )
}

/// Tells the client about a refusal, where its tokens would stand (RFC 6749 sections 4.1.2.1, 4.2.2.1, IDCS-OAUTH-723).
pub fn redirected_error(asked: &Authorization, denial: &Denial) -> Answer {
    let mut parameters = vec![
        ("error", Slot::Value(Value::from(denial.error))),
        ("error_description", Slot::Value(Value::from(denial.description))),
    ];
    if let Some(state) = &asked.state {
        parameters.push(("state", Slot::Value(Value::from(state.as_str()))));
    }
    let place = front_channel::place(&asked.response_type);
    private(Answer::redirect(&asked.redirect_uri, place, parameters))
}

/// An answer that no cache keeps and no page behind it learns of.
pub(super) fn private(answer: Answer) -> Answer {
    answer
        .header("Cache-Control", "no-cache, no-store, must-revalidate")
        .header("Referrer-Policy", "no-referrer")
}

/// Shows the person a refusal: as JSON with the domain's own code where the platform does so (IDCS-OAUTH-116), else as a page.
fn shown_error(facts: &AuthorizationRequest, denial: &Denial) -> Answer {
    let is_own = denial.error == "invalid_redirect_uri";
    if !is_own || facts.context.landscape.profile.name == ProfileName::Rfc {
        return browser::error_page(facts.context.domain, facts.context.env, denial);
    }
    let client = facts.parameters.value("client_id").unwrap_or_default();
    let uri = facts.parameters.value("redirect_uri").unwrap_or_default();
    let description = format!(
        "Client {client} requested an invalid redirect URL: {uri}. ECID: {}",
        facts.context.env.draw_ecid()
    );
    Answer::object(
        denial.status,
        vec![
            ("error", Slot::Value(Value::from(denial.error))),
            ("error_description", Slot::Value(Value::from(description))),
        ],
    )
    .header("Cache-Control", "no-cache, no-store, must-revalidate")
}

/// The application that a pending request is for.
pub fn app_of<'a>(domain: &'a Domain, asked: Option<&Authorization>) -> Option<&'a App> {
    domain.apps.get(&asked?.client)
}
