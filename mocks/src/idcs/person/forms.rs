//! The forms that a person sends, and what comes of each: signing in, allowing or denying, typing the code of a device.

use crate::answer::Answer;
use crate::decide::Decision;
use crate::idcs::Context;
use crate::idcs::pages::{Device as DevicePage, DeviceDone, DeviceOutcome, SIGN_IN_REFUSED, SignIn, USER_CODE_REFUSED};
use crate::idcs::person::authorize::{consent_page, redirected_error};
use crate::idcs::person::authorize_facts::{consent_key, consent_of, lacks_consent};
use crate::idcs::person::browser::{
    self, Browser, REQUEST_COOKIE, REQUEST_LIFE, begin_session, draw_value, error_page, forget, set_cookie,
};
use crate::idcs::person::form_facts::{FormRequest, PageForm};
use crate::idcs::person::form_rules::{CONSENT_RULES, DEVICE_FORM_RULES, FORM_RULES, SIGN_IN_RULES};
use crate::idcs::person::front_channel;
use crate::idcs::person_promises::PROMISES_TO_PEOPLE;
use crate::idcs::presented::digest_of;
use crate::idcs::scopes;
use crate::landscape::profile::ProfileName;
use crate::rule::defect::Active;
use crate::rule::ruling::settle;
use crate::rule::{Denial, Rule, Tables};
use crate::state::{Device, DeviceDecision, Effect, Expects, Key, Kind, Pending, Session, Thing};

/// Where the sign-in form goes.
pub const SIGN_IN_PATH: &str = "/ui/v1/signin";
/// Where the consent form goes (IDCS-OAUTH-505).
pub const CONSENT_PATH: &str = "/ui/v1/myconsole/consent";
/// Where a person types the code of a device (IDCS-OAUTH-030).
pub const DEVICE_PATH: &str = "/ui/v1/device";
/// How long a consent is remembered, in seconds: as long as anybody cares.
const CONSENT_LIFE: u64 = 10 * 31_556_952;

const DENIED: Denial = Denial {
    status: 302,
    error: "access_denied",
    description: "The user denied the request.",
};

static SIGN_IN_TABLES: Tables<PageForm> = &[FORM_RULES, SIGN_IN_RULES];
static CONSENT_TABLES: Tables<PageForm> = &[FORM_RULES, CONSENT_RULES];
static DEVICE_FORM_TABLES: Tables<PageForm> = &[FORM_RULES, DEVICE_FORM_RULES];

type Granted = fn(&FormRequest, &mut Vec<Effect>) -> Answer;

/// Decides about a sign-in.
pub fn decide_sign_in(context: &Context, active: &Active) -> Decision {
    decide(context, active, "sign-in", SIGN_IN_TABLES, signed_in)
}

/// Decides about a consent.
pub fn decide_consent(context: &Context, active: &Active) -> Decision {
    decide(context, active, "consent", CONSENT_TABLES, consented)
}

/// Decides about the code of a device; a GET shows the form for it.
pub fn decide_device(context: &Context, active: &Active) -> Decision {
    if context.request.method == "GET" {
        return device_form(context);
    }
    decide(context, active, "device form", DEVICE_FORM_TABLES, device_named)
}

fn decide(
    context: &Context,
    active: &Active,
    endpoint: &'static str,
    tables: Tables<PageForm>,
    granted: Granted,
) -> Decision {
    let facts = FormRequest::read(context);
    let profile = &context.landscape.profile;
    let refuse = |rule: &Rule<PageForm>, effects: &mut Vec<Effect>| {
        let denial = rule.denial.under(profile);
        match rule.info.id {
            "sign-in.guesses" | "sign-in.password" => {
                let is_wrong = rule.info.id == "sign-in.password";
                let counted = facts.password.as_ref().filter(|_| is_wrong);
                effects.extend(counted.map(|password| password.counted(context.env.now)));
                sign_in_again(&facts, denial.status, Some(SIGN_IN_REFUSED))
            }
            "device-form.code" => device_form_again(&facts, denial.status),
            _ => error_page(context.domain, context.env, denial),
        }
    };
    let grant = |effects: &mut Vec<Effect>| {
        let mut answer = granted(&facts, effects);
        // RFC 9700 section 4.12 wants 303 after a form; the platform is thought to answer 302 (IDCS-OAUTH-723).
        if answer.status == 302 && profile.name == ProfileName::Rfc {
            answer.status = 303;
        }
        answer
    };
    let ruling = settle(tables, &facts, active, PROMISES_TO_PEOPLE, refuse, grant);
    let client = facts.app().map(|app| app.client_id.clone());
    let user = facts.browser.session.map(|session| session.user.clone());
    Decision::of(endpoint, ruling, client, user)
}

/// The sign-in page for a request that is waiting, which may say that something was wrong, or how long to wait.
fn sign_in_again(facts: &FormRequest, status: u16, error: Option<&str>) -> Answer {
    let pause = facts
        .password
        .as_ref()
        .and_then(|password| password.pause(facts.context.env.now));
    browser::page(
        status,
        &SignIn {
            domain: &facts.context.domain.label,
            application: facts.app().map_or("an application", |app| app.display_name.as_str()),
            action: SIGN_IN_PATH,
            request: facts.form.value("request").unwrap_or_default(),
            username: facts.form.value("username").unwrap_or_default(),
            error: error.filter(|_| pause.is_none()),
            pause,
        },
    )
}

/// A person signed in, or would rather not.
fn signed_in(facts: &FormRequest, effects: &mut Vec<Effect>) -> Answer {
    if facts.decision() == Some("cancel") {
        return denied(facts, effects);
    }
    let typed = facts.form.value("username").unwrap_or_default();
    let user = facts.password.as_ref().and_then(|password| password.user);
    let user = user.map_or(typed, |user| user.name.as_str());
    let (session, cookie, kept) = begin_session(facts.context.env, facts.context.domain, user);
    effects.push(kept);
    // A browser that had another session has this one from now on.
    effects.extend(facts.browser.session_key.clone().map(forget));
    effects.extend(
        facts
            .password
            .as_ref()
            .map(|password| password.settled(facts.context.env.now)),
    );
    go_on(facts, session, effects).header("Set-Cookie", cookie)
}

/// The next thing for somebody who is signed in: a question, or what was wanted.
fn go_on(facts: &FormRequest, session: Session, effects: &mut Vec<Effect>) -> Answer {
    let asked = facts.pending.and_then(|(pending, _)| pending.asked.as_ref());
    let must_consent = facts.pending.is_some_and(|(pending, _)| pending.must_consent);
    let device = facts.device().map(|(_, device, _)| device.scope.clone());
    let text = asked.map(|asked| asked.scope.clone()).or_else(|| device.clone());
    let wanted = scopes::read(facts.context.domain, &text.unwrap_or_default());
    let app = facts.app();
    let lacks = lacks_consent(
        facts.context.state,
        facts.context.env,
        facts.context.domain,
        app,
        &session.user,
        &wanted,
    );
    if device.is_some() || must_consent || lacks {
        let request = facts.form.value("request").unwrap_or_default();
        let application = app.map_or("an application", |app| app.display_name.as_str());
        return consent_page(facts.context.domain, application, request, &session.user, &wanted);
    }
    effects.push(settled(facts));
    match asked {
        Some(asked) => front_channel::allowed(&facts.context, asked.clone(), session, effects),
        None => device_form_again(facts, 200),
    }
}

/// A person allowed or denied, or wants to be somebody else.
fn consented(facts: &FormRequest, effects: &mut Vec<Effect>) -> Answer {
    match facts.decision() {
        Some("deny") => denied(facts, effects),
        Some("another-account") => {
            effects.extend(facts.browser.session_key.clone().map(forget));
            sign_in_again(facts, 200, None)
        }
        _ => allowed(facts, effects),
    }
}

fn allowed(facts: &FormRequest, effects: &mut Vec<Effect>) -> Answer {
    let session = facts.browser.session.cloned().unwrap_or_else(|| Session {
        user: crate::idcs::tokens::STAND_IN.to_owned(),
        since: facts.context.env.now,
        id: String::new(),
    });
    let asked = facts.pending.and_then(|(pending, _)| pending.asked.clone());
    effects.push(settled(facts));
    if let (Some(asked), Some(app)) = (asked, facts.app()) {
        let mut scopes = consent_of(
            facts.context.state,
            facts.context.env,
            facts.context.domain,
            app,
            &session.user,
        );
        for scope in asked.scope.split(' ').filter(|scope| !scope.is_empty()) {
            if !scopes.iter().any(|known| known == scope) {
                scopes.push(scope.to_owned());
            }
        }
        effects.push(Effect::Keep {
            key: consent_key(facts.context.domain, app, &session.user),
            expects: Expects::Anything,
            thing: Some((Thing::Consent(scopes), facts.context.env.now + CONSENT_LIFE)),
        });
        return front_channel::allowed(&facts.context, asked, session, effects);
    }
    decide_device_request(facts, DeviceDecision::Allowed(session), effects)
}

/// A person would rather not: the client learns it, and so does the device.
fn denied(facts: &FormRequest, effects: &mut Vec<Effect>) -> Answer {
    effects.push(settled(facts));
    match facts.pending.and_then(|(pending, _)| pending.asked.as_ref()) {
        Some(asked) => redirected_error(asked, &DENIED),
        None => decide_device_request(facts, DeviceDecision::Denied, effects),
    }
}

fn decide_device_request(facts: &FormRequest, decision: DeviceDecision, effects: &mut Vec<Effect>) -> Answer {
    let outcome = match decision {
        DeviceDecision::Allowed(_) => DeviceOutcome::Allowed,
        _ => DeviceOutcome::Denied,
    };
    if let Some((key, device, kept)) = facts.device() {
        let decided = Device {
            decision,
            ..device.clone()
        };
        effects.push(Effect::change(key, kept.version, Thing::Device(decided), kept.until));
    }
    browser::page(
        200,
        &DeviceDone {
            domain: &facts.context.domain.label,
            application: facts.app().map_or("an application", |app| app.display_name.as_str()),
            outcome,
        },
    )
}

/// The request is settled: nobody goes on with it again.
fn settled(facts: &FormRequest) -> Effect {
    let version = facts.pending.map(|(_, kept)| kept.version);
    Effect::Keep {
        key: facts.key.clone(),
        expects: version.map_or(Expects::Anything, Expects::Version),
        thing: None,
    }
}

/// The form for the code of a device, for whoever comes.
fn device_form(context: &Context) -> Decision {
    let Context {
        state: _,
        env,
        domain,
        request,
        ..
    } = *context;
    let browser = Browser::read(context);
    let mark = browser.mark.unwrap_or_else(|| draw_value(env, "request cookie"));
    let token = draw_value(env, "request");
    let pending = Pending {
        asked: None,
        device: None,
        browser: digest_of(&mark),
        must_consent: false,
    };
    let key = Key::new(Kind::Pending, &domain.host, &token);
    let parameters = crate::form::Form::read(request.query.as_deref().unwrap_or_default().as_bytes());
    let answer = browser::page(
        200,
        &DevicePage {
            domain: &domain.label,
            action: DEVICE_PATH,
            request: &token,
            user_code: parameters.value("user_code").unwrap_or_default(),
            error: None,
        },
    );
    let mut decision = Decision::plain(
        "device form",
        answer.header("Set-Cookie", set_cookie(REQUEST_COOKIE, &mark, REQUEST_LIFE)),
    );
    decision
        .effects
        .push(Effect::keep(key, Thing::Pending(pending), env.now + REQUEST_LIFE));
    decision
}

fn device_form_again(facts: &FormRequest, status: u16) -> Answer {
    browser::page(
        status,
        &DevicePage {
            domain: &facts.context.domain.label,
            action: DEVICE_PATH,
            request: facts.form.value("request").unwrap_or_default(),
            user_code: facts.form.value("user_code").unwrap_or_default(),
            error: (status != 200).then_some(USER_CODE_REFUSED),
        },
    )
}

/// A person typed the code of a device: they sign in, or are asked at once.
fn device_named(facts: &FormRequest, effects: &mut Vec<Effect>) -> Answer {
    let (Some((pending, kept)), Some((key, ..))) = (facts.pending, facts.device()) else {
        return device_form_again(facts, 200);
    };
    let named = Pending {
        device: Some(key.id),
        ..pending.clone()
    };
    effects.push(Effect::change(
        facts.key.clone(),
        kept.version,
        Thing::Pending(named),
        kept.until,
    ));
    match facts.browser.session {
        Some(session) => go_on(facts, session.clone(), effects),
        None => sign_in_again(facts, 200, None),
    }
}
