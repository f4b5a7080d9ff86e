//! Rules on people at the token endpoint: their passwords, and the devices that they allowed to act for them.

use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::idcs::presented::DEVICE_INTERVAL;
use crate::landscape::UserStatus;
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};
use crate::state::{Device, DeviceDecision, Effect, Thing};

const INVALID_REQUEST: Denials = Denials::same(
    400,
    "invalid_request",
    "The request contains invalid parameters or values.",
);
const INVALID_GRANT: Denials = Denials::same(400, "invalid_grant", "You entered an incorrect username or password.");

/// The table.
pub static PERSON_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "password.offered",
        "Users' passwords are exchanged for tokens (switch `password-grant`).",
        grounds(Confidence::Specified, &["IDCS-OAUTH-029"]),
        &["grant.known"],
        &[
            Defect::skip("not-offered", &["ACG-029"], "exchanges passwords where nobody may"),
            other_status(&["ACG-029"]),
        ],
        |facts| match facts.grant {
            Some(Grant::Password) if facts.context.landscape.profile.is(switch::PASSWORD_GRANT, "refused") => {
                Verdict::violated("not-offered", "passwords are not exchanged for tokens here")
            }
            Some(Grant::Password) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "unsupported_grant_type", "The grant type is not supported."),
    ),
    guard::<TokenEndpoint>(
        "password.present",
        "The password grant brings a user name and a password.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-029", "IDCS-OAUTH-706"]),
        &["password.offered"],
        &[Defect::skip(
            "missing",
            &["TKN-018"],
            "gives a token without user name or password",
        )],
        |facts| match (facts.grant, &facts.password) {
            (Some(Grant::Password), None) => Verdict::violated("missing", "`username` or `password` is missing"),
            (Some(Grant::Password), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "password.guesses",
        "After five wrong passwords nobody is let in under that name for a while.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-128"]),
        &["password.present"],
        &[Defect::skip(
            "too-many",
            &["SGN-002"],
            "lets passwords be guessed without end",
        )],
        |facts| match &facts.password {
            None => Verdict::NotApplicable,
            Some(password) if password.pause(facts.context.env.now).is_some() => {
                Verdict::violated("too-many", "there were too many wrong passwords")
            }
            Some(_) => Verdict::Held,
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "password.right",
        "The password is that of an active user.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-029", "IDCS-OAUTH-703"]),
        &["password.present"],
        &[
            Defect::skip("wrong", &["SGN-001"], "takes any password"),
            Defect::skip("not-active", &["SGN-003"], "lets locked and deactivated users in"),
            other_code(&["SGN-001"]),
            other_status(&["SGN-001"]),
        ],
        |facts| match &facts.password {
            None => Verdict::NotApplicable,
            Some(password) if !password.is_right => {
                Verdict::violated("wrong", "there is no such user, or the password is another")
            }
            Some(password) => match password.user.map(|user| user.status) {
                Some(UserStatus::Active) => Verdict::Held,
                _ => Verdict::violated("not-active", "the user is locked or deactivated"),
            },
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "device.known",
        "The device code was issued here to this client, and is not past its time.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-031", "IDCS-OAUTH-719"]),
        &["grant.known", "client.known"],
        &[
            Defect::skip("unknown", &["DVC-001"], "takes any text for the code of a device"),
            Defect::skip(
                "other-client",
                &["DVC-002"],
                "gives a client the tokens of another one's device",
            ),
            other_code(&["DVC-001"]),
        ],
        |facts| match (facts.grant, facts.waiting_device(), facts.app()) {
            (Some(Grant::DeviceCode), None, _) => Verdict::violated(
                "unknown",
                "no such device code is waiting here: it was never issued, was used, or is too old",
            ),
            (Some(Grant::DeviceCode), Some(device), Some(app)) if device.client != app.client_id => {
                Verdict::violated("other-client", "the device code was issued to another client")
            }
            (Some(Grant::DeviceCode), ..) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "expired_token", "The device code is not valid any more."),
    ),
    guard::<TokenEndpoint>(
        "device.denied",
        "The person did not say no.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-719"]),
        &["device.known"],
        &[
            Defect::skip(
                "denied",
                &["DVC-003"],
                "gives a device a token although the person said no",
            ),
            other_code(&["DVC-003"]),
        ],
        |facts| match decision(facts) {
            Some(DeviceDecision::Denied) => Verdict::violated("denied", "the person denied it"),
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        Denials::same(400, "access_denied", "The user denied the request."),
    ),
    guard::<TokenEndpoint>(
        "device.pace",
        "A device waits five seconds between two questions.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-719"]),
        &["device.known"],
        &[
            Defect::skip("too-fast", &["DVC-004"], "lets devices ask as often as they like")
                .unobservable("a device that asks too often is refused all the same, for being early"),
            other_code(&["DVC-004"]),
        ],
        |facts| {
            let asked = facts.waiting_device().map(|device| device.polled);
            match asked {
                None => Verdict::NotApplicable,
                Some(Some(last)) if facts.context.env.now < last + DEVICE_INTERVAL => {
                    Verdict::violated("too-fast", "the device asked less than five seconds ago")
                }
                Some(_) => Verdict::Held,
            }
        },
        Denials::same(400, "slow_down", "The device asks too often."),
    ),
    guard::<TokenEndpoint>(
        "device.allowed",
        "A person allowed it.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-719"]),
        &["device.known", "device.denied", "device.pace"],
        &[
            Defect::skip(
                "pending",
                &["DVC-005"],
                "gives a device a token before anybody allowed it",
            ),
            other_code(&["DVC-005"]),
        ],
        |facts| match decision(facts) {
            None => Verdict::NotApplicable,
            Some(DeviceDecision::Open) => Verdict::violated("pending", "nobody has allowed it yet"),
            Some(_) => Verdict::Held,
        },
        Denials::same(400, "authorization_pending", "The user has not decided yet."),
    ),
];

fn decision<'a>(facts: &TokenRequest<'a>) -> Option<&'a DeviceDecision> {
    facts.waiting_device().map(|device| &device.decision)
}

/// What a wrong password changes: it is counted.
pub fn counted_guess(facts: &TokenRequest) -> Vec<Effect> {
    let counted = facts
        .password
        .as_ref()
        .map(|password| password.counted(facts.context.env.now));
    counted.into_iter().collect()
}

/// What a question that came too early or too fast changes: when the device asked last.
pub fn noted_question(facts: &TokenRequest) -> Vec<Effect> {
    let noted = facts.device.as_ref().and_then(|presented| {
        let (device, kept) = presented.device?;
        let device = Device {
            polled: Some(facts.context.env.now),
            ..device.clone()
        };
        Some(Effect::change(
            presented.key.clone(),
            kept.version,
            Thing::Device(device),
            kept.until,
        ))
    });
    noted.into_iter().collect()
}
