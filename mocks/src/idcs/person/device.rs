//! The device authorization endpoint (RFC 8628, IDCS-OAUTH-030): a device asks for a code that a person will type elsewhere.

use serde_json::Value;

use crate::answer::{Answer, Slot};
use crate::decide::Decision;
use crate::env::Env;
use crate::form::Form;
use crate::idcs::presented::{DEVICE_LIFE, digest_of};
use crate::idcs::scopes::{self, Requested};
use crate::idcs::{Context, error, no_store};
use crate::landscape::{App, DEVICE_CODE, Domain};
use crate::rule::defect::{Active, Defect};
use crate::rule::misreport::{other_code, other_status};
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Confidence, Denials, Rule, Tables, Verdict, grounds, guard};
use crate::state::{Device, DeviceDecision, Effect, Key, Kind, Thing};
use crate::wire::{BODY_LIMIT, Request};

/// Its path (IDCS-OAUTH-030).
pub const PATH: &str = "/oauth2/v1/device";

/// The kind of request that the device authorization endpoint takes.
#[derive(Debug)]
pub struct DeviceEndpoint;

impl crate::rule::Kind for DeviceEndpoint {
    type Facts<'a> = DeviceRequest<'a>;
}

/// What can be known about a request of a device.
#[derive(Debug)]
pub struct DeviceRequest<'a> {
    request: &'a Request,
    domain: &'a Domain,
    form: Form,
    app: Option<&'a App>,
    scopes: Vec<Requested<'a>>,
}

impl<'a> DeviceRequest<'a> {
    fn read(domain: &'a Domain, request: &'a Request) -> Self {
        let form = Form::read(&request.body[..request.body.len().min(BODY_LIMIT)]);
        let app = form.value("client_id").and_then(|id| domain.apps.get(id));
        let scopes = scopes::read(domain, form.value("scope").unwrap_or_default());
        Self {
            request,
            domain,
            form,
            app: app.filter(|app| app.is_client),
            scopes,
        }
    }
}

/// The tables that judge a request of a device.
pub static DEVICE_TABLES: Tables<DeviceEndpoint> = &[DEVICE_RULES];

static DEVICE_RULES: &[Rule<DeviceEndpoint>] = &[
    guard::<DeviceEndpoint>(
        "device-request.form",
        "A device asks by POST, for `device_code`, with no parameter twice.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-030", "IDCS-OAUTH-706"]),
        &[],
        &[
            Defect::skip("method", &["DVC-007"], "takes any method"),
            Defect::skip("twice", &["DVC-007"], "takes the first of two parameters"),
            Defect::skip("response-type", &["DVC-007"], "takes any response type"),
            other_status(&["DVC-007"]),
        ],
        |facts| {
            if facts.request.method != "POST" {
                Verdict::violated("method", "the method is not POST")
            } else if facts.form.doubled().is_some() {
                Verdict::violated("twice", "a parameter stands twice")
            } else if facts.form.value("response_type") != Some("device_code") {
                Verdict::violated("response-type", "`response_type` is not `device_code`")
            } else {
                Verdict::Held
            }
        },
        Denials::same(
            400,
            "invalid_request",
            "The request contains invalid parameters or values.",
        ),
    ),
    guard::<DeviceEndpoint>(
        "device-request.client",
        "The client is registered here, is active, and may use codes of devices.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-030", "IDCS-OAUTH-011", "IDCS-OAUTH-013"],
        ),
        &["device-request.form"],
        &[
            Defect::skip("unknown", &["DVC-008"], "gives codes to clients that nobody registered"),
            Defect::skip(
                "inactive",
                &["DVC-008"],
                "gives codes to applications that nobody activated",
            ),
            Defect::skip("not-ticked", &["DVC-008"], "gives codes to every client"),
            other_code(&["DVC-008"]),
        ],
        |facts| match facts.app {
            None => Verdict::violated("unknown", "no client of this domain has this id"),
            Some(app) if !app.active => Verdict::violated("inactive", "the application is not activated"),
            Some(app) if !app.may_use(DEVICE_CODE) => {
                Verdict::violated("not-ticked", "the grant is not ticked on the application")
            }
            Some(_) => Verdict::Held,
        },
        Denials::same(400, "unauthorized_client", "Client authorization failed."),
    ),
    guard::<DeviceEndpoint>(
        "device-request.scope",
        "Scopes are asked for, are known, and were given to the client.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-030", "IDCS-OAUTH-112", "IDCS-OAUTH-123"],
        ),
        &["device-request.client"],
        &[
            Defect::skip("unknown", &["DVC-009"], "goes on with scopes that nobody knows"),
            Defect::skip(
                "not-given",
                &["DVC-009"],
                "lets devices ask for what their client was not given",
            ),
            other_code(&["DVC-009"]),
        ],
        |facts| {
            let is_known = !facts.scopes.is_empty()
                && scopes::are_well_formed(&facts.scopes)
                && scopes::first_fault(&facts.scopes).is_none()
                && scopes::are_of_one_resource(&facts.scopes);
            match facts.app {
                _ if !is_known => Verdict::violated("unknown", "a scope is missing, or is none that is known here"),
                Some(app) if !scopes::are_given(facts.domain, app, &facts.scopes) => {
                    Verdict::violated("not-given", "the client was not given a scope that it asks for")
                }
                _ => Verdict::Held,
            }
        },
        Denials::same(400, "invalid_scope", "Invalid scope."),
    ),
];

/// Decides a request of a device.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let facts = DeviceRequest::read(context.domain, context.request);
    let refuse = |rule: &Rule<DeviceEndpoint>, _: &mut Vec<Effect>| {
        error(rule.denial.under(&context.landscape.profile), context.env)
    };
    let grant = |effects: &mut Vec<Effect>| granted(&facts, context.env, effects);
    let mut ruling = settle(DEVICE_TABLES, &facts, active, Promises::NONE, refuse, grant);
    no_store(&mut ruling.answer);
    let client = facts.form.value("client_id").map(str::to_owned);
    Decision::of("device", ruling, client, None)
}

fn granted(facts: &DeviceRequest, env: &Env, effects: &mut Vec<Effect>) -> Answer {
    let (code, user_code) = (env.draw_uuid("device code"), draw_user_code(env));
    let until = env.now + DEVICE_LIFE;
    let device = Device {
        client: facts.form.value("client_id").unwrap_or_default().to_owned(),
        scope: facts.form.value("scope").unwrap_or_default().to_owned(),
        decision: DeviceDecision::Open,
        polled: None,
    };
    let digest = digest_of(&code);
    let host = &facts.domain.host;
    effects.push(Effect::keep(
        Key::new(Kind::Device, host, &digest),
        Thing::Device(device),
        until,
    ));
    effects.push(Effect::keep(
        Key::new(Kind::UserCode, host, &user_code),
        Thing::UserCode(digest),
        until,
    ));
    let address = format!("{}{}", facts.domain.published_url(), super::forms::DEVICE_PATH);
    let value = |text: &str| Slot::Value(Value::from(text));
    Answer::object(
        200,
        vec![
            ("expires_in", Slot::Value(Value::from(DEVICE_LIFE))),
            ("device_code", value(&code)),
            ("user_code", value(&user_code)),
            ("verification_uri", value(&address)),
        ],
    )
}

/// Eight capital letters, without vowels, so that they make no words (RFC 8628 section 6.1, IDCS-OAUTH-030).
fn draw_user_code(env: &Env) -> String {
    const LETTERS: &[u8; 20] = b"BCDFGHJKLMNPQRSTVWXZ";
    let bytes = env.draw("user code");
    // Each letter from two bytes, so that none is noticeably likelier than another.
    bytes[..16]
        .chunks_exact(2)
        .map(|pair| {
            let number = usize::from(u16::from_be_bytes([pair[0], pair[1]]));
            char::from(LETTERS[number % LETTERS.len()])
        })
        .collect()
}
