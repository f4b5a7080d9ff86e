//! What is granted when nothing is violated: the answer of the token endpoint, and what the grant changes.
//!
//! Which tokens there are, for whom and for how long; what stands in them is in [`super::tokens`].

use serde_json::{Map, Value};

use crate::answer::{Answer, Slot};
use crate::idcs::assertion_facts::Assertion;
use crate::idcs::facts::{Grant, TokenRequest};
use crate::idcs::presented::{REFRESH_LIFE, digest_of, draw_refresh_token, family_of, revoked};
use crate::idcs::scopes::{self, OFFLINE_ACCESS, Requested, Special};
use crate::idcs::session_token;
use crate::idcs::tokens::{Audience, SESSION_LIFE, Terms, access_token, id_token};
use crate::landscape::domain_roles::DOMAIN_APP;
use crate::landscape::profile::{ProfileName, switch};
use crate::landscape::{App, Domain, REFRESH_TOKEN, Resource, User};
use crate::state::{Code, Effect, Family, Key, Kind, Session, Thing};

/// How long an access token lives where nothing says otherwise, in seconds (IDCS-OAUTH-601).
pub const DEFAULT_TOKEN_LIFE: u64 = 3600;
/// The shortest life that can be asked for, in seconds (IDCS-OAUTH-601). Whether less is refused is not said; here it is lengthened.
const SHORTEST_TOKEN_LIFE: u64 = 60;
/// The longest life that can be asked for, in seconds (IDCS-OAUTH-601).
const LONGEST_TOKEN_LIFE: u64 = 31_556_952;

/// What a person's token for the domain gains although nobody asked for it (IDCS-OAUTH-374). It is for show: what opens is looked up.
const GAINED: [&str; 2] = ["urn:opc:idm:t.security.client", "urn:opc:idm:t.user.me"];

/// The answer to a request that violates nothing; what changes with it joins `effects`.
pub fn grant(facts: &TokenRequest, effects: &mut Vec<Effect>) -> Answer {
    if facts.wants_session_token() {
        return session_token::answer(facts);
    }
    let mut members = access_members(facts);
    let refresh = refresh_token(facts, effects);
    effects.extend(settled(facts, refresh.as_deref()));
    if let Some(refresh) = refresh {
        members.push(("refresh_token", Slot::Value(Value::from(refresh))));
    }
    if let Some(token) = id_token_of(facts) {
        members.push(("id_token", token));
    }
    if facts.context.landscape.profile.has(switch::SCOPE_IN_ANSWER) {
        members.push(("scope", Slot::Value(Value::from(granted_as_asked(facts).join(" ")))));
    }
    Answer {
        hearsay: facts.assertion.as_ref().map(asserted_claims).unwrap_or_default(),
        ..Answer::object(200, members)
    }
}

/// The scopes as they were asked for, with those of the domain that were granted in the place of those that were wished (RFC 6749
/// section 5.1): of the latter there may be fewer (IDCS-OAUTH-412).
fn granted_as_asked(facts: &TokenRequest) -> Vec<String> {
    let is_wish = |scope: &&Requested| scope.special == Some(Special::Domain);
    let asked = facts
        .scopes
        .iter()
        .filter(|scope| !is_wish(scope))
        .map(|scope| scope.text.clone());
    let granted = scopes::of_domain(facts.context.domain, facts.app(), facts.user(), &facts.scopes);
    asked.chain(granted).collect()
}

/// The access tokens: one, or one for each resource where several may be asked for (IDCS-OAUTH-045).
fn access_members(facts: &TokenRequest) -> Vec<(&'static str, Slot)> {
    let resources = scopes::resources(&facts.scopes);
    if scopes::has(&facts.scopes, Special::SeveralResources) && resources.len() > 1 {
        let each = resources
            .iter()
            .map(|resource| one(facts, Some(resource), &resource.audience));
        return vec![("tokenResponses", Slot::Objects(each.collect()))];
    }
    one(facts, resources.first().copied(), "")
}

fn one(facts: &TokenRequest, resource: Option<&Resource>, label: &str) -> Vec<(&'static str, Slot)> {
    let terms = terms(facts, resource, label);
    vec![
        (
            "access_token",
            Slot::Token(Box::new(access_token(
                facts.context.domain,
                &facts.context.landscape.profile,
                facts.context.env,
                &terms,
            ))),
        ),
        ("token_type", Slot::Value(Value::from("Bearer"))),
        ("expires_in", Slot::Value(Value::from(terms.life))),
    ]
}

/// Whom and what a token is for.
fn terms<'a>(facts: &TokenRequest<'a>, resource: Option<&'a Resource>, label: &str) -> Terms<'a> {
    let app = facts.app();
    let audience = match resource {
        Some(resource) => Audience::Resource(resource),
        None if scopes::has(&facts.scopes, Special::WholeAccount) => Audience::Account,
        None if facts.scopes.iter().any(|scope| scope.special.is_some()) => Audience::Domain,
        // Only a defect gets here with nothing to go by: it gives what the client may have.
        None => first_allowed(facts).map_or(Audience::Nobody, Audience::Resource),
    };
    Terms {
        app,
        claimed_client: facts
            .client
            .claimed
            .clone()
            .or_else(|| facts.signature.as_ref().map(|_| DOMAIN_APP.to_owned())),
        user: facts.user(),
        claimed_user: claimed_user(facts),
        is_for_user: facts.is_for_user(),
        session: facts.session(),
        grant: facts.grant.and_then(Grant::code),
        scopes: granted_scopes(facts, &audience),
        life: life(facts, resource),
        label: label.to_owned(),
        audience,
    }
}

/// The user as the request named them, for tokens that only a defect gives: nobody of that name exists.
fn claimed_user(facts: &TokenRequest) -> Option<String> {
    match facts.grant? {
        Grant::JwtBearer => facts.assertion.as_ref()?.token.text("sub"),
        Grant::Password => facts.form.value("username").map(str::to_owned),
        _ => facts.session().map(|session| session.user.clone()),
    }
}

fn first_allowed<'a>(facts: &TokenRequest<'a>) -> Option<&'a Resource> {
    let scope = facts.app()?.allowed_scopes.first()?;
    facts
        .context
        .domain
        .resources()
        .find(|resource| resource.value_of(scope).is_some())
}

/// The scopes as the token shows them; where none was asked for, which only a defect lets through, the first one of the resource.
fn granted_scopes(facts: &TokenRequest, audience: &Audience) -> Vec<String> {
    if let (Audience::Resource(resource), true) = (audience, facts.scopes.is_empty()) {
        return resource.scopes.first().cloned().into_iter().collect();
    }
    let (domain, is_for_user) = (facts.context.domain, facts.is_for_user());
    let mut granted = scopes_in_token(domain, facts.app(), facts.user(), is_for_user, &facts.scopes, audience);
    let is_oracle = facts.context.landscape.profile.name == ProfileName::Oracle;
    let names_none = !scopes::has(&facts.scopes, Special::Domain);
    if matches!(audience, Audience::Domain) && is_oracle && names_none && facts.session().is_some() {
        granted.extend(GAINED.map(str::to_owned));
    }
    granted
}

/// The scopes that a token shows: without the audience, each once (IDCS-OAUTH-325), those about a person as they were asked for
/// (IDCS-OAUTH-376), and those of the domain that follow from the roles (IDCS-OAUTH-371).
pub fn scopes_in_token(
    domain: &Domain,
    app: Option<&App>,
    user: Option<&User>,
    is_for_user: bool,
    scopes: &[Requested],
    audience: &Audience,
) -> Vec<String> {
    let mut granted: Vec<String> = Vec::new();
    let mut grant = |scope: String| {
        if !granted.contains(&scope) {
            granted.push(scope);
        }
    };
    for scope in scopes {
        match (&scope.resource, scope.special) {
            (Some((resource, value)), _) if audience.is(resource) => grant(value.clone()),
            (None, Some(Special::Identity)) => grant(scope.text.clone()),
            // A person's token does not show it (IDCS-OAUTH-406).
            (None, Some(Special::WholeAccount)) if !is_for_user => grant(scope.text.clone()),
            _ => {}
        }
    }
    if matches!(audience, Audience::Domain) {
        let of_domain = scopes::of_domain(domain, app, user, scopes);
        of_domain.into_iter().for_each(&mut grant);
    }
    granted
}

/// How long a token lives: no longer than its assertion, where the switch says so (IDCS-OAUTH-607).
fn life(facts: &TokenRequest, resource: Option<&Resource>) -> u64 {
    let now = facts.context.env.now;
    let follows = facts
        .context
        .landscape
        .profile
        .has(switch::TOKEN_LIFE_FOLLOWS_ASSERTION);
    let assertion = facts
        .assertion
        .as_ref()
        .filter(|_| follows)
        .and_then(|assertion| assertion.token.time("exp"))
        .map(|expiry| whole_seconds_until(expiry, now));
    let life = token_life(&facts.scopes, resource, facts.session(), now);
    life.min(assertion.unwrap_or(u64::MAX)).max(1)
}

/// The shortest of what is set for a token's life, else an hour (IDCS-OAUTH-601, IDCS-OAUTH-414).
pub fn token_life(scopes: &[Requested], resource: Option<&Resource>, session: Option<&Session>, now: u64) -> u64 {
    let wanted = scopes.iter().find_map(|scope| match scope.special {
        Some(Special::Expiry(seconds)) => Some(seconds.clamp(SHORTEST_TOKEN_LIFE, LONGEST_TOKEN_LIFE)),
        _ => None,
    });
    let session = session.map(|session| (session.since + SESSION_LIFE).saturating_sub(now));
    let set = [resource.and_then(|resource| resource.token_life), wanted, session];
    set.into_iter().flatten().min().unwrap_or(DEFAULT_TOKEN_LIFE).max(1)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative and huge values saturate, which is what is wanted"
)]
fn whole_seconds_until(expiry: f64, now: u64) -> u64 {
    (expiry as u64).saturating_sub(now)
}

/// A refresh token, where one is due (IDCS-OAUTH-044): the first of a family, or the next one under rotation (IDCS-OAUTH-049).
fn refresh_token(facts: &TokenRequest, effects: &mut Vec<Effect>) -> Option<String> {
    if let Some(presented) = &facts.refresh {
        let (family, kept) = presented.family?;
        if presented.digest != family.current {
            // Only a defect gets here: what an old token ends, it ends all the same.
            effects.push(revoked(&presented.key, family, kept));
            return None;
        }
        if !facts.context.landscape.profile.has(switch::REFRESH_ROTATION) {
            return None;
        }
        let next = draw_refresh_token(facts.context.env, facts.form.value("refresh_token"));
        let family = Family {
            current: digest_of(&next),
            asked_last: scopes_as_asked(facts),
            ..family.clone()
        };
        let until = kept.until;
        effects.push(Effect::change(
            presented.key.clone(),
            kept.version,
            Thing::Family(family),
            until,
        ));
        return Some(next);
    }
    let app = facts.app()?;
    let resources = scopes::resources(&facts.scopes);
    let is_due = facts.is_for_user()
        && scopes::mention(&facts.scopes, OFFLINE_ACCESS)
        && app.may_use(REFRESH_TOKEN)
        && resources.iter().all(|resource| resource.offline_allowed);
    if !is_due {
        return None;
    }
    let token = draw_refresh_token(facts.context.env, None);
    let life = resources.iter().find_map(|resource| resource.refresh_life);
    let scope = scopes_as_asked(facts);
    let family = Family {
        client: app.client_id.clone(),
        user: facts.user()?.name.clone(),
        asked_last: scope.clone(),
        scope,
        current: digest_of(&token),
        is_revoked: false,
        session: facts.session().cloned(),
        since: facts.context.env.now,
        secret_version: app.secret_version,
    };
    let key = Key::new(Kind::Family, &facts.context.domain.host, &family_of(&token));
    let until = facts.context.env.now + life.unwrap_or(REFRESH_LIFE);
    effects.push(Effect::keep(key, Thing::Family(family), until));
    Some(token)
}

fn scopes_as_asked(facts: &TokenRequest) -> String {
    let scopes: Vec<&str> = facts.scopes.iter().map(|scope| scope.text.as_str()).collect();
    scopes.join(" ")
}

/// What the grant itself uses up: the id of an assertion, the code, the wish of a device.
fn settled(facts: &TokenRequest, refresh: Option<&str>) -> Option<Effect> {
    match facts.grant? {
        Grant::JwtBearer => super::token_endpoint::spent_assertion(facts),
        Grant::Password => facts
            .password
            .as_ref()
            .map(|password| password.settled(facts.context.env.now)),
        Grant::AuthorizationCode => {
            let presented = facts.code.as_ref()?;
            let (code, kept) = presented.code?;
            let used = Code {
                is_used: true,
                family: refresh.map(family_of),
                ..code.clone()
            };
            Some(Effect::change(
                presented.key.clone(),
                kept.version,
                Thing::Code(used),
                kept.until,
            ))
        }
        Grant::DeviceCode => {
            let presented = facts.device.as_ref()?;
            let (_, kept) = presented.device?;
            Some(Effect::Keep {
                key: presented.key.clone(),
                expects: crate::state::Expects::Version(kept.version),
                thing: None,
            })
        }
        _ => None,
    }
}

fn id_token_of(facts: &TokenRequest) -> Option<Slot> {
    let (app, user) = (facts.app()?, facts.user()?);
    if !scopes::mention(&facts.scopes, "openid") {
        return None;
    }
    let nonce = facts.settled_code().and_then(|code| code.asked.nonce.clone());
    let token = id_token(
        facts.context.domain,
        facts.context.env,
        app,
        user,
        facts.session(),
        nonce,
        &facts.scopes,
    );
    Some(Slot::Token(Box::new(token)))
}

/// What the assertion claimed, kept beside the answer for defects that copy too much of it.
fn asserted_claims(assertion: &Assertion) -> Map<String, Value> {
    let claims = assertion.token.claims();
    claims
        .map(|claims| {
            claims
                .names()
                .filter_map(|name| Some((name.to_owned(), claims.json(name)?)))
                .collect()
        })
        .unwrap_or_default()
}
