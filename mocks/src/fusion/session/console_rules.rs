//! Rules on the pages of the Security Console: who sees them, which forms are taken, and what can be done.

use crate::fusion::console::wish;
use crate::fusion::session::answers::is_security_manager;
use crate::fusion::session::facts::{Route, SessionEndpoint};
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

/// The table.
pub static CONSOLE_PAGE_RULES: &[Rule<SessionEndpoint>] = &[
    guard::<SessionEndpoint>(
        "console-page.role",
        "Only an IT Security Manager sees the Security Console.",
        grounds(Confidence::Documented, &["FUSION-208", "FUSION-407"]),
        &["pod-session.present"],
        &[
            Defect::skip(
                "no-role",
                &["TRU-001"],
                "shows the Security Console to everybody who is signed in",
            ),
            other_status(&["TRU-001"]),
        ],
        |facts| match (facts.route, facts.user()) {
            (Route::Console | Route::ConsoleForm, Some(user)) if is_security_manager(user) => Verdict::Held,
            (Route::Console | Route::ConsoleForm, Some(_)) => {
                Verdict::violated("no-role", "the user is no IT Security Manager")
            }
            _ => Verdict::NotApplicable,
        },
        Denials::same(403, "", "The Security Console is for IT Security Managers."),
    ),
    guard::<SessionEndpoint>(
        "console-page.form",
        "A form of the console holds the token against forged requests of the session.",
        grounds(Confidence::Assumed, &["FUSION-506"]),
        &["pod-session.present"],
        &[
            Defect::skip("forged", &["TRU-017"], "takes forms that other sites made"),
            other_status(&["TRU-017"]),
        ],
        |facts| match (facts.route, facts.form.value("request")) {
            (Route::ConsoleForm, _) if facts.session.is_none() => Verdict::NotApplicable,
            (Route::ConsoleForm, Some(value)) if facts.is_anti_forgery(value) => Verdict::Held,
            (Route::ConsoleForm, _) => Verdict::violated("forged", "`request` is not the token of this session"),
            _ => Verdict::NotApplicable,
        },
        Denials::same(
            403,
            "",
            "This form was not made for your session. Open the console again.",
        ),
    ),
    guard::<SessionEndpoint>(
        "console-page.input",
        "What is typed into a form can be done; else the page says what is wrong.",
        grounds(Confidence::Documented, &["FUSION-208", "FUSION-209"]),
        &["console-page.role", "console-page.form"],
        &[
            Defect::skip("unusable", &["TRU-003"], "says that it did what it could not do"),
            other_status(&["TRU-003"]),
        ],
        |facts| match facts.wish() {
            _ if facts.session.is_none() => Verdict::NotApplicable,
            Some(wish) => match wish::plan(facts.context.pod, facts.context.env, &wish) {
                Ok(_) => Verdict::Held,
                Err(fault) => Verdict::violated("unusable", fault.detail),
            },
            None => Verdict::NotApplicable,
        },
        Denials::same(400, "", "This cannot be done."),
    ),
];
