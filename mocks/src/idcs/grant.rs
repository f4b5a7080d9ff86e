//! What is granted when nothing is violated: the access token and the answer around it.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, SignatureForm, Slot, UnsignedToken};
use crate::idcs::facts::{Grant, TokenRequest};
use crate::landscape::profile::{ProfileName, switch};
use crate::landscape::{App, Resource, User};

/// How long an access token lives where nothing says otherwise, in seconds (IDCS-OAUTH-601).
pub const DEFAULT_TOKEN_LIFE: u64 = 3600;

/// The name of whoever does not exist, when a defect lets a request through that names nobody.
pub const STAND_IN: &str = "stand-in";

/// Whom and what a token is for.
struct Terms<'a> {
    app: Option<&'a App>,
    user: Option<&'a User>,
    /// The user as the assertion named them, where nobody of that name exists.
    claimed_user: Option<String>,
    resource: Option<&'a Resource>,
    scopes: Vec<String>,
    life: u64,
}

/// The answer to a request that violates nothing.
pub fn grant(facts: &TokenRequest) -> Answer {
    let terms = terms(facts);
    let token = access_token(facts, &terms);
    let mut members = vec![
        ("access_token", Slot::Token(Box::new(token))),
        ("token_type", Slot::Value(Value::from("Bearer"))),
        ("expires_in", Slot::Value(Value::from(terms.life))),
    ];
    if facts.landscape.profile.has(switch::SCOPE_IN_ANSWER) {
        let asked: Vec<&str> = facts.scopes.iter().map(|scope| scope.text.as_str()).collect();
        members.push(("scope", Slot::Value(Value::from(asked.join(" ")))));
    }
    Answer {
        hearsay: facts.assertion.as_ref().map(asserted_claims).unwrap_or_default(),
        ..Answer::object(200, members)
    }
}

fn terms<'a>(facts: &TokenRequest<'a>) -> Terms<'a> {
    let app = facts.app();
    let assertion = facts.assertion.as_ref().filter(|_| facts.is_for_user());
    let user = assertion.and_then(|assertion| assertion.user);
    let claimed_user = assertion.map(|assertion| assertion.token.text("sub").unwrap_or_else(|| STAND_IN.to_owned()));
    let allowed = || {
        let scope = app.and_then(|app| app.allowed_scopes.first())?;
        facts
            .domain
            .resources()
            .find_map(|resource| Some((resource, resource.value_of(scope)?.to_owned())))
    };
    let mut granted: Vec<(&Resource, String)> =
        facts.scopes.iter().filter_map(|scope| scope.resource.clone()).collect();
    if granted.is_empty() {
        granted.extend(allowed());
    }
    let resource = granted.first().map(|(resource, _)| *resource);
    let mut scopes: Vec<String> = Vec::new();
    for (_, value) in granted {
        if !scopes.contains(&value) {
            scopes.push(value);
        }
    }
    let mut life = resource
        .and_then(|resource| resource.token_life)
        .unwrap_or(DEFAULT_TOKEN_LIFE);
    if facts.landscape.profile.has(switch::TOKEN_LIFE_FOLLOWS_ASSERTION)
        && let Some(expiry) = assertion.and_then(|assertion| assertion.token.time("exp"))
    {
        life = life.min(whole_seconds_until(expiry, facts.env.now).max(1));
    }
    Terms {
        app,
        user,
        claimed_user,
        resource,
        scopes,
        life,
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "negative and huge values saturate, which is what is wanted"
)]
fn whole_seconds_until(expiry: f64, now: u64) -> u64 {
    (expiry as u64).saturating_sub(now)
}

fn access_token(facts: &TokenRequest, terms: &Terms) -> UnsignedToken {
    let signing = &facts.domain.signing;
    let mut header = Map::new();
    if facts.landscape.profile.is(switch::ACCESS_TOKEN_TYPE, "at+jwt") {
        header.insert("typ".to_owned(), Value::from("at+jwt"));
    }
    for (name, value) in [
        ("x5t#S256", signing.certificate.x5t_s256.as_str()),
        ("x5t", signing.certificate.x5t.as_str()),
        ("kid", "SIGNING_KEY"),
        ("alg", "RS256"),
    ] {
        header.insert(name.to_owned(), Value::from(value));
    }
    UnsignedToken {
        header,
        claims: claims(facts, terms),
        key: signing.key.clone(),
        escape_slashes: facts.landscape.profile.name == ProfileName::Oracle,
        signature: SignatureForm::Sound,
    }
}

/// What the assertion claimed, kept beside the answer for defects that copy too much of it.
fn asserted_claims(assertion: &crate::idcs::facts::Assertion) -> Map<String, Value> {
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

/// The claims of an access token: those of a client token, and those of a user on top (IDCS-OAUTH-320 to IDCS-OAUTH-354).
fn claims(facts: &TokenRequest, terms: &Terms) -> Map<String, Value> {
    let domain = facts.domain;
    let client_id = terms.app.map_or_else(
        || facts.client.claimed.clone().unwrap_or_else(|| STAND_IN.to_owned()),
        |app| app.client_id.clone(),
    );
    let is_user = facts.grant == Some(Grant::JwtBearer);
    let subject = match (terms.user, &terms.claimed_user) {
        (Some(user), _) => user.name.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) => client_id.clone(),
    };
    let audience = match terms.resource {
        Some(resource) if resource.secondary_audiences.is_empty() => json!(resource.audience),
        // Secondary audiences come first, the primary one last (IDCS-OAUTH-380).
        Some(resource) => json!([&resource.secondary_audiences[..], &[resource.audience.clone()]].concat()),
        None => json!(STAND_IN),
    };
    let now = facts.env.now;
    let mut claims = Map::new();
    let mut put = |name: &str, value: Value| {
        claims.insert(name.to_owned(), value);
    };
    put("sub", json!(subject));
    put("user.tenant.name", json!(domain.stripe));
    put("sub_mappingattr", json!("userName"));
    put("iss", json!(domain.issuer));
    put("tok_type", json!("AT"));
    put("client_id", json!(client_id));
    put("aud", audience);
    put("sub_type", json!(if is_user { "user" } else { "client" }));
    put("scope", json!(terms.scopes.join(" ")));
    put("client_tenantname", json!(domain.stripe));
    put("exp", json!(now + terms.life));
    put("iat", json!(now));
    put(
        "client_guid",
        json!(terms.app.map_or(STAND_IN, |app| app.guid.as_str())),
    );
    put(
        "client_name",
        json!(terms.app.map_or(STAND_IN, |app| app.display_name.as_str())),
    );
    put("tenant", json!(domain.stripe));
    put("jti", json!(facts.env.draw_id("jti")));
    put("gtp", json!(if is_user { "jwt" } else { "cc" }));
    if is_user {
        put("user_tenantname", json!(domain.stripe));
        put("tenant_iss", json!(format!("{}:443", domain.url())));
        put("user_id", json!(terms.user.map_or(STAND_IN, |user| user.guid.as_str())));
        put(
            "user_displayname",
            json!(terms.user.map_or(STAND_IN, |user| user.display_name.as_str())),
        );
        put("user_lang", json!("en"));
        put("user_locale", json!("en"));
    }
    claims
}
