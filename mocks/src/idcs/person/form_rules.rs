//! Rules on the forms that a person sends: sign-in, consent, and the code of a device.
//!
//! No standard says how a person signs in; the rows are our own (SGN, DVC), and rest on what every server with a password form must do.

use crate::idcs::person::form_facts::PageForm;
use crate::landscape::UserStatus;
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, Tables, Verdict, grounds, guard};
use crate::state::DeviceDecision;

const EXPIRED: Denials = Denials::same(
    400,
    "invalid_request",
    "This page is too old, or belongs to another browser. Go back to the application and start again.",
);

/// All tables of forms, for the catalogue; each form is judged by the first and its own.
pub static ALL_FORM_TABLES: Tables<PageForm> = &[FORM_RULES, SIGN_IN_RULES, CONSENT_RULES, DEVICE_FORM_RULES];

/// The table of what holds for every form.
pub static FORM_RULES: &[Rule<PageForm>] = &[
    guard::<PageForm>(
        "form.method",
        "A form is sent by POST.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-103"]),
        &[],
        &[Defect::skip("other-method", &["SGN-009"], "takes forms by any method")],
        |facts| {
            if facts.context.request.method == "POST" {
                Verdict::Held
            } else {
                Verdict::violated("other-method", "the method is not POST")
            }
        },
        Denials::same(405, "invalid_request", "Forms are sent by POST."),
    ),
    guard::<PageForm>(
        "form.request",
        "The form belongs to a request that is still waiting: not longer than fifteen minutes, and not gone on with before.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-508", "IDCS-OAUTH-604"]),
        &["form.method"],
        &[
            Defect::skip("unknown", &["SGN-005"], "goes on with requests that nobody made"),
            other_status(&["SGN-005"]),
        ],
        |facts| match facts.pending {
            Some(_) => Verdict::Held,
            None => Verdict::violated(
                "unknown",
                "no such request is waiting: it is too old, was used, or never was",
            ),
        },
        EXPIRED,
    ),
    guard::<PageForm>(
        "form.browser",
        "The form comes from the browser that the request belongs to.",
        grounds(Confidence::Inferred, &["IDCS-OAUTH-508"]),
        &["form.request"],
        &[
            Defect::skip(
                "other-browser",
                &["SGN-004"],
                "takes forms of one browser for the request of another",
            ),
            other_status(&["SGN-004"]),
        ],
        |facts| {
            if facts.pending.is_none() {
                Verdict::NotApplicable
            } else if facts.is_same_browser() {
                Verdict::Held
            } else {
                Verdict::violated("other-browser", "the request cookie is missing, or of another request")
            }
        },
        EXPIRED,
    ),
];

/// The table of the sign-in form.
pub static SIGN_IN_RULES: &[Rule<PageForm>] = &[
    guard::<PageForm>(
        "sign-in.guesses",
        "After five wrong passwords nobody is let in under that name for a while.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-128"]),
        &["form.request"],
        &[
            Defect::skip("too-many", &["SGN-002"], "lets passwords be guessed without end"),
            other_status(&["SGN-002"]),
        ],
        |facts| match &facts.password {
            Some(password) if password.pause(facts.context.env.now).is_some() => {
                Verdict::violated("too-many", "there were too many wrong passwords")
            }
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        Denials::same(403, "access_denied", ""),
    ),
    guard::<PageForm>(
        "sign-in.password",
        "User name and password are those of an active user; what is said of a wrong one tells nobody which users there are.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-128"]),
        &["form.request"],
        &[
            Defect::skip("wrong", &["SGN-001"], "lets anybody in under any password"),
            Defect::skip("not-active", &["SGN-003"], "lets locked and deactivated users in"),
            Defect::reshape(
                "says-which",
                &["SGN-001"],
                "says whether it was the name or the password",
                |answer| {
                    if let crate::answer::Body::Page(html) = &mut answer.body {
                        *html = html.replace(crate::idcs::pages::SIGN_IN_REFUSED, "There is no such user here.");
                    }
                },
            ),
            other_status(&["SGN-001"]),
        ],
        |facts| match (&facts.password, facts.decision()) {
            (_, Some("cancel")) => Verdict::NotApplicable,
            (None, _) => Verdict::violated("wrong", "user name or password is missing"),
            (Some(password), _) if !password.is_right => {
                Verdict::violated("wrong", "there is no such user, or the password is another")
            }
            (Some(password), _) => match password.user.map(|user| user.status) {
                Some(UserStatus::Active) => Verdict::Held,
                _ => Verdict::violated("not-active", "the user is locked or deactivated"),
            },
        },
        Denials::same(403, "access_denied", ""),
    ),
];

/// The table of the consent form.
pub static CONSENT_RULES: &[Rule<PageForm>] = &[
    guard::<PageForm>(
        "consent.session",
        "Who allows or denies is signed in.",
        grounds(Confidence::Inferred, &["IDCS-OAUTH-505"]),
        &["form.request"],
        &[
            Defect::skip(
                "nobody",
                &["SGN-006"],
                "takes the consent of somebody who is not signed in",
            ),
            other_status(&["SGN-006"]),
        ],
        |facts| match facts.browser.session {
            Some(_) => Verdict::Held,
            None => Verdict::violated("nobody", "nobody is signed in"),
        },
        EXPIRED,
    ),
    guard::<PageForm>(
        "consent.decision",
        "The person says yes or no.",
        grounds(Confidence::Inferred, &["IDCS-OAUTH-505"]),
        &["form.request"],
        &[Defect::skip("none", &["SGN-006"], "takes silence for a yes")],
        |facts| match facts.decision() {
            Some("allow" | "deny" | "another-account") => Verdict::Held,
            _ => Verdict::violated("none", "`decision` says neither `allow` nor `deny`"),
        },
        Denials::same(400, "invalid_request", "Say whether you allow it. Go back and choose."),
    ),
];

/// The table of the form for the code of a device.
pub static DEVICE_FORM_RULES: &[Rule<PageForm>] = &[guard::<PageForm>(
    "device-form.code",
    "The code is one that a device shows now, and that nobody decided about.",
    grounds(Confidence::Documented, &["IDCS-OAUTH-030", "IDCS-OAUTH-719"]),
    &["form.request"],
    &[
        Defect::skip("unknown", &["DVC-006"], "goes on with codes that no device shows"),
        other_status(&["DVC-006"]),
    ],
    |facts| match facts.device() {
        Some((_, device, _)) if device.decision == DeviceDecision::Open => Verdict::Held,
        _ => Verdict::violated("unknown", "no device shows this code, or it was decided about"),
    },
    Denials::same(400, "invalid_request", ""),
)];
