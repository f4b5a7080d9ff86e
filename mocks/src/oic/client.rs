//! An instance as a client: how a connection gets a token and asks its target with it.
//!
//! Tokens come by three of the policies (OIC-170): an assertion for a user, client credentials, and the consent of a person. Nothing of the
//! token that opened the instance goes on (OIC-187): the target sees whom the connection stands for.

use serde_json::{Map, Value, json};

use crate::answer::{CustomClaims, SignatureForm, Slot, UnsignedToken};
use crate::landscape::connection::{Adapter, Connection, Outbound, Policy, Rotation, Subject};
use crate::landscape::{CLIENT_CREDENTIALS, JWT_BEARER, REFRESH_TOKEN, Secret};
use crate::oic::facts::InstanceRequest;
use crate::outbound::{Call, Line, Pending};
use crate::state::{ConnectionTokens, Effect, Expects, Hidden, Key, Kind, Thing};
use crate::wire::Response;

/// The token endpoint of a domain.
const TOKEN_PATH: &str = "/oauth2/v1/token";
/// How long an assertion is good for, in seconds (OIC-264).
const ASSERTION_LIFE: u64 = 300;
/// So long before its end a token is no longer used, in seconds.
const MARGIN: u64 = 30;

/// What came of asking a target.
#[derive(Debug)]
pub enum Outcome {
    /// The target answered with success.
    Answered(Value),
    /// It did not, or was not asked.
    Failed(Failure),
}

/// Why a target did not answer with success.
#[derive(Debug)]
pub enum Failure {
    /// Nobody called in whose name the connection could act.
    NoUser,
    /// Nobody gave consent yet.
    NoConsent,
    /// The domain gave no token: status and body.
    NoToken(u16, Value),
    /// The domain did not take the refresh token: status and body.
    NotRefreshed(u16, Value),
    /// The target refused: its status.
    Refused(u16),
    /// Nobody answers at that host.
    Unreachable(String),
}

/// Asks the target of a connection for these paths in turn, with GET, and one token of the connection. The answer to the last one counts,
/// unless one before it fails.
///
/// # Errors
///
/// [`Pending`], while a call is still to be made.
pub fn ask(
    facts: &InstanceRequest,
    (connection, outbound): (&Connection, &Outbound),
    paths: &[&str],
    line: &mut Line,
    effects: &mut Vec<Effect>,
) -> Result<Outcome, Pending> {
    let outbound = &as_it_stands(facts, connection, outbound);
    let token = match token(facts, connection, outbound, line, effects)? {
        Ok(token) => token,
        Err(failure) => return Ok(Outcome::Failed(failure)),
    };
    let mut last = Value::Null;
    for path in paths {
        let call = Call::get(&outbound.target, path)
            .header("authorization", format!("Bearer {token}"))
            .header("accept", "application/json".to_owned())
            .header("rest-framework-version", "4".to_owned());
        match line.ask(call)? {
            None => return Ok(Outcome::Failed(Failure::Unreachable(outbound.target.clone()))),
            Some(answer) if answer.status < 300 => last = body_of(answer),
            Some(answer) => return Ok(Outcome::Failed(Failure::Refused(answer.status))),
        }
    }
    Ok(Outcome::Answered(last))
}

/// An access token of a connection.
fn token(
    facts: &InstanceRequest,
    connection: &Connection,
    outbound: &Outbound,
    line: &mut Line,
    effects: &mut Vec<Effect>,
) -> Result<Result<String, Failure>, Pending> {
    let scope = ("scope", Slot::Value(json!(outbound.scope)));
    let grant = |name: &str| ("grant_type", Slot::Value(json!(name)));
    match &outbound.policy {
        Policy::ClientCredentials => {
            Ok(given(request(outbound, vec![grant(CLIENT_CREDENTIALS), scope], line)?)
                .map(|tokens| tokens.access.text()))
        }
        Policy::UserAssertion { subject, .. } => {
            let caller = facts.user().map(|user| user.name.clone());
            let subject = match (subject, facts.route.is_for_developers(), caller) {
                (Subject::Caller, false, None) => return Ok(Err(Failure::NoUser)),
                (Subject::Caller, false, caller) => caller,
                _ => None,
            };
            let Some(assertion) = assertion(facts, outbound, subject) else {
                return Ok(Err(Failure::NoToken(400, Value::Null)));
            };
            let form = vec![
                grant(JWT_BEARER),
                ("assertion", Slot::Token(Box::new(assertion))),
                scope,
            ];
            Ok(given(request(outbound, form, line)?).map(|tokens| tokens.access.text()))
        }
        Policy::AuthorizationCode(rotation) => kept(facts, (connection, outbound, *rotation), line, effects),
    }
}

/// The token that a person's consent brought, refreshed where it is about to end (OIC-179, OIC-180).
fn kept(
    facts: &InstanceRequest,
    (connection, outbound, rotation): (&Connection, &Outbound, Rotation),
    line: &mut Line,
    effects: &mut Vec<Effect>,
) -> Result<Result<String, Failure>, Pending> {
    let key = key_of(facts, connection);
    let now = facts.context.env.now;
    let kept = facts.context.state.get(&key, now);
    let Some((tokens, version)) = kept.and_then(|kept| match &kept.thing {
        Thing::ConnectionTokens(tokens) => Some((tokens, kept.version)),
        _ => None,
    }) else {
        return Ok(Err(Failure::NoConsent));
    };
    if tokens.until > now + MARGIN {
        return Ok(Ok(tokens.access.text()));
    }
    let Some(refresh) = &tokens.refresh else {
        return Ok(Err(Failure::NoConsent));
    };
    let form = vec![
        ("grant_type", Slot::Value(json!(REFRESH_TOKEN))),
        ("refresh_token", Slot::Value(json!(refresh.text()))),
    ];
    Ok(match given(request(outbound, form, line)?) {
        Ok(fresh) => {
            let new = fresh.refresh.filter(|_| rotation == Rotation::Followed);
            let refresh = new.or_else(|| Some(refresh.clone()));
            let fresh = ConnectionTokens {
                refresh,
                until: now + fresh.life,
                access: fresh.access,
            };
            let access = fresh.access.text();
            effects.push(Effect::change(key, version, Thing::ConnectionTokens(fresh), u64::MAX));
            Ok(access)
        }
        Err(Failure::NoToken(status, body)) => Err(Failure::NotRefreshed(status, body)),
        Err(failure) => Err(failure),
    })
}

/// Redeems the code that a person came back with, and keeps the tokens.
///
/// # Errors
///
/// [`Pending`], while the call is still to be made.
pub fn redeem(
    facts: &InstanceRequest,
    (connection, outbound): (&Connection, &Outbound),
    (code, redirect_uri): (&str, &str),
    line: &mut Line,
    effects: &mut Vec<Effect>,
) -> Result<Result<(), Failure>, Pending> {
    let form = vec![
        ("grant_type", Slot::Value(json!(crate::landscape::AUTHORIZATION_CODE))),
        ("code", Slot::Value(json!(code))),
        ("redirect_uri", Slot::Value(json!(redirect_uri))),
    ];
    Ok(given(request(outbound, form, line)?).map(|given| {
        let tokens = ConnectionTokens {
            until: facts.context.env.now + given.life,
            access: given.access,
            refresh: given.refresh,
        };
        effects.push(Effect::Keep {
            key: key_of(facts, connection),
            expects: Expects::Anything,
            thing: Some((Thing::ConnectionTokens(tokens), u64::MAX)),
        });
    }))
}

/// Where the tokens of a connection are kept.
fn key_of(facts: &InstanceRequest, connection: &Connection) -> Key {
    Key::new(Kind::ConnectionTokens, host_of(facts), &connection.id)
}

fn host_of<'a>(facts: &InstanceRequest<'a>) -> &'a str {
    facts.context.instance.map_or("", |instance| instance.host.as_str())
}

/// Where the secret of a connection is kept, once somebody changed it.
pub fn secret_key(facts: &InstanceRequest, connection: &Connection) -> Key {
    Key::new(Kind::ConnectionSecret, host_of(facts), &connection.id)
}

/// A connection as it stands now: with the secret that was set last.
fn as_it_stands(facts: &InstanceRequest, connection: &Connection, outbound: &Outbound) -> Outbound {
    let kept = facts
        .context
        .state
        .get(&secret_key(facts, connection), facts.context.env.now);
    match kept.map(|kept| &kept.thing) {
        Some(Thing::ConnectionSecret(secret)) => Outbound {
            secret: Secret::new(&secret.text()),
            ..outbound.clone()
        },
        _ => outbound.clone(),
    }
}

/// What a domain gave.
struct Given {
    access: Hidden,
    refresh: Option<Hidden>,
    life: u64,
}

/// Asks the domain of a connection for a token.
fn request<'a>(
    outbound: &Outbound,
    form: Vec<(&'static str, Slot)>,
    line: &mut Line<'a>,
) -> Result<Result<&'a Response, Failure>, Pending> {
    let call = Call::post(&outbound.domain, TOKEN_PATH, form).basic(&outbound.client_id, &outbound.secret);
    let answer = line.ask(call)?;
    Ok(answer.ok_or_else(|| Failure::Unreachable(outbound.domain.clone())))
}

fn given(answer: Result<&Response, Failure>) -> Result<Given, Failure> {
    let answer = answer?;
    let body = body_of(answer);
    let text = |name: &str| body.get(name).and_then(Value::as_str).map(Hidden::new);
    match text("access_token") {
        Some(access) if answer.status == 200 => Ok(Given {
            access,
            refresh: text("refresh_token"),
            life: body.get("expires_in").and_then(Value::as_u64).unwrap_or_default(),
        }),
        _ => Err(Failure::NoToken(answer.status, body)),
    }
}

fn body_of(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// The two files of an assertion, where both can be read as JSON objects.
pub fn files(outbound: &Outbound) -> Option<(Map<String, Value>, Map<String, Value>)> {
    let Policy::UserAssertion { header, payload, .. } = &outbound.policy else {
        return None;
    };
    Some((serde_json::from_str(header).ok()?, serde_json::from_str(payload).ok()?))
}

/// The assertion of a connection: as its files say, but for times and id, which are worked out anew where they stand there (OIC-173), and
/// for the subject, where the caller's name goes in (OIC-188).
fn assertion(facts: &InstanceRequest, outbound: &Outbound, subject: Option<String>) -> Option<UnsignedToken> {
    let Policy::UserAssertion { key, .. } = &outbound.policy else {
        return None;
    };
    let (header, mut claims) = files(outbound)?;
    let env = facts.context.env;
    let anew = [
        ("iat", json!(env.now)),
        ("nbf", json!(env.now)),
        ("exp", json!(env.now + ASSERTION_LIFE)),
        ("jti", json!(env.draw_uuid("assertion jti"))),
    ];
    for (name, value) in anew {
        if let Some(member) = claims.get_mut(name) {
            *member = value;
        }
    }
    if let Some(subject) = subject {
        claims.insert("sub".to_owned(), json!(subject));
    }
    Some(UnsignedToken {
        header,
        claims,
        key: key.clone(),
        escape_slashes: false,
        signature: SignatureForm::Sound,
        hashes_access_token: None,
        custom: CustomClaims::default(),
    })
}

impl Failure {
    /// What the adapter says of it. The text is the same for everything that the target or the domain refuses (OIC-090): the causes are
    /// told apart in the journal alone.
    pub fn text(&self, outbound: &Outbound) -> String {
        let target = format!("https://{}", outbound.target);
        match self {
            Self::NotRefreshed(status, body) => {
                format!(
                    "Failed retrieving access token using refresh token flow with error code [{status}] body: {body}."
                )
            }
            Self::NoConsent => {
                "No access token is there: somebody must provide consent for this connection.".to_owned()
            }
            Self::NoUser => "The integration was called by no user, and the connection acts for its caller.".to_owned(),
            Self::Unreachable(host) => format!("Nobody answers at https://{host}."),
            Self::Refused(status) if !matches!(status, 401 | 403) => {
                format!("The target {target} answered with status {status}.")
            }
            Self::NoToken(..) | Self::Refused(_) => format!(
                "CASDK-0004 : Unauthorized [401] Error while connecting to the URL - {target} Authentication Failure. Please check if the \
                 credentials provided are valid."
            ),
        }
    }

    /// The first detail of a fault over it: of adapters of the adapter builder with the domain's JSON word for word (OIC-096).
    pub fn detail(&self, outbound: &Outbound) -> Value {
        match (self, outbound.adapter) {
            (Self::NotRefreshed(status, body), Adapter::Built) => json!({
                "status": status,
                "message": format!(
                    "[DefaultAuthSecurityHandler] Could not refresh the access token. The access token response returned an unsuccessful status [{status}]."
                ),
                "Error": body,
            }),
            _ => json!({
                "type": "http://www.w3.org/Protocols/rfc2616/rfc2616-sec10.html#sec10.4.2",
                "instance": "",
                "title": self.text(outbound),
                "errorPath": format!("https://{}", outbound.target),
                "errorCode": "401",
            }),
        }
    }
}
