//! The consent of a person for a connection: the way to the domain, and the way back with a code (OIC-180 to OIC-182).
//!
//! How the page of a connection begins it is not documented: here a developer asks `/icsapis/agent/oauth/consent`, at the instance's own
//! host, and is sent to the domain. What comes back is judged by its `state`, which is good once.

use serde_json::json;

use crate::answer::{Answer, Place, Slot};
use crate::idcs::presented::digest_of;
use crate::landscape::Instance;
use crate::landscape::connection::{Connection, Outbound, Policy};
use crate::oic::client::{self, Failure};
use crate::oic::facts::{InstanceEndpoint, InstanceRequest};
use crate::oic::route::Route;
use crate::outbound::{Line, Pending};
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};
use crate::state::{Effect, Expects, Key, Kind, Thing};

/// How long a person has, in seconds.
const PATIENCE: u64 = 600;
/// Where a person comes back to (OIC-181).
const CALLBACK: &str = "/icsapis/agent/oauth/callback";

/// The table.
pub static CONSENT_RULES: &[Rule<InstanceEndpoint>] = &[
    guard::<InstanceEndpoint>(
        "oic.consent-policy",
        "Consent is given for connections by authorization code.",
        grounds(Confidence::Documented, &["OIC-180"]),
        &["oic.record-known"],
        &[
            Defect::skip("other", &["INT-050"], "asks for consent where nobody needs it"),
            other_status(&["INT-050"]),
        ],
        |facts| match (&facts.route, facts.connection().and_then(Connection::as_outbound)) {
            (Route::Consent, Some(outbound)) if matches!(outbound.policy, Policy::AuthorizationCode(_)) => {
                Verdict::Held
            }
            (Route::Consent, _) => Verdict::violated("other", "the policy of the connection needs no consent"),
            _ => Verdict::NotApplicable,
        },
        Denials::same(409, "", "The policy of this connection needs no consent."),
    ),
    guard::<InstanceEndpoint>(
        "oic.callback-state",
        "Who comes back with a code brings the state that was given, and it is good once.",
        grounds(Confidence::Assumed, &["OIC-181", "OIC-182", "OIC-C-04"]),
        &["oic.path-known"],
        &[
            Defect::skip("missing", &["INT-051"], "takes codes that nobody asked for"),
            Defect::skip("unknown", &["INT-051"], "takes a state that was not given, or was used"),
            Defect::overreach(
                "other-callback",
                &["INT-054"],
                "waits for nobody at the second of its callbacks",
            ),
            other_status(&["INT-051"]),
        ],
        |facts| match (&facts.route, facts.query.value("state")) {
            (Route::Callback, None) => Verdict::violated("missing", "`state` is missing"),
            (Route::Callback, Some(_)) if awaited(facts).is_none() => {
                Verdict::violated("unknown", "`state` was not given, was used, or is past its time")
            }
            (Route::Callback, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "", "Nobody waits for this."),
    )
    .beside(&[neighbour("other-callback", |facts| {
        facts.route == Route::Callback && facts.context.request.path != CALLBACK
    })]),
    guard::<InstanceEndpoint>(
        "oic.callback-code",
        "Who comes back brings a code.",
        grounds(Confidence::Specified, &["OIC-181"]),
        &["oic.callback-state"],
        &[
            Defect::skip("missing", &["INT-053"], "takes an error of the domain for consent"),
            other_status(&["INT-053"]),
        ],
        |facts| match (&facts.route, facts.query.value("code")) {
            (Route::Callback, None) => Verdict::violated("missing", "`code` is missing: consent was not given"),
            (Route::Callback, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "", "Consent was not given."),
    ),
];

/// Sends a developer to the domain, to give consent.
pub fn begin(
    facts: &InstanceRequest,
    connection: &Connection,
    outbound: &Outbound,
    effects: &mut Vec<Effect>,
) -> Answer {
    let state = facts.context.env.draw_id("consent state");
    let thing = Thing::ConnectionConsent(connection.id.clone());
    effects.push(Effect::keep(
        key(facts, &state),
        thing,
        facts.context.env.now + PATIENCE,
    ));
    let parameter = |value: &str| Slot::Value(json!(value));
    let domain = facts
        .domain
        .map(crate::landscape::Domain::published_url)
        .unwrap_or_default();
    Answer::redirect(
        &format!("{domain}/oauth2/v1/authorize"),
        Place::Query,
        vec![
            ("response_type", parameter("code")),
            ("client_id", parameter(&outbound.client_id)),
            ("redirect_uri", parameter(&redirect_uri(facts))),
            ("scope", parameter(&format!("{} offline_access", outbound.scope))),
            ("state", parameter(&state)),
            ("prompt", parameter("consent")),
        ],
    )
}

/// Takes the code that a person came back with.
///
/// # Errors
///
/// [`Pending`], while the call to the domain is still to be made.
pub fn finish(facts: &InstanceRequest, line: &mut Line, effects: &mut Vec<Effect>) -> Result<Answer, Pending> {
    let state = facts.query.value("state").unwrap_or_default();
    let code = facts.query.value("code").unwrap_or_default();
    let found = awaited(facts).zip(facts.context.instance).and_then(|(id, instance)| {
        let connection = instance.connections.get(&id)?;
        Some((connection, connection.as_outbound()?))
    });
    let Some((connection, outbound)) = found.filter(|_| !code.is_empty()) else {
        return Ok(page(200, "Consent was given."));
    };
    let redeemed = client::redeem(
        facts,
        (connection, outbound),
        (code, &redirect_uri(facts)),
        line,
        effects,
    )?;
    effects.push(Effect::Keep {
        key: key(facts, state),
        expects: Expects::Anything,
        thing: None,
    });
    Ok(match redeemed {
        Ok(()) => page(
            200,
            "Consent was given. You can close this window and test the connection.",
        ),
        Err(Failure::NoToken(status, _)) => page(400, &format!("The domain did not take the code (status {status}).")),
        Err(failure) => page(400, &failure.text(outbound)),
    })
}

/// The connection that a state was given for.
fn awaited(facts: &InstanceRequest) -> Option<String> {
    let state = facts.query.value("state")?;
    let kept = facts.context.state.get(&key(facts, state), facts.context.env.now)?;
    match &kept.thing {
        Thing::ConnectionConsent(id) => Some(id.clone()),
        _ => None,
    }
}

fn key(facts: &InstanceRequest, state: &str) -> Key {
    let host = facts.context.instance.map_or("", |instance| instance.host.as_str());
    Key::new(Kind::ConnectionConsent, host, &digest_of(state))
}

fn redirect_uri(facts: &InstanceRequest) -> String {
    let instance = facts.context.instance.map(Instance::published_url);
    format!("{}{CALLBACK}", instance.unwrap_or_default())
}

/// A page of one sentence, which holds nothing that anybody sent.
fn page(status: u16, sentence: &str) -> Answer {
    let html = format!("<!doctype html><html lang=\"en\"><title>Consent</title><p>{sentence}</p></html>");
    Answer::page(status, html).header("Content-Type", "text/html; charset=utf-8")
}
