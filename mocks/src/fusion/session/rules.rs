//! Rules on sessions: who has one, how it began, and what keeps other sites from using it.

use crate::fusion::session::facts::{Route, SessionEndpoint, SessionRequest};
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

const NO_SESSION: Denials = Denials::same(401, "", "Nobody is signed in.");
const OLD_SIGN_IN: Denials = Denials::same(
    400,
    "",
    "This sign-in is too old, was used already, or belongs to another browser.",
);

/// The table.
pub static SESSION_RULES: &[Rule<SessionEndpoint>] = &[
    guard::<SessionEndpoint>(
        "pod-session.method",
        "What a session gives is asked for by the method of its endpoint.",
        grounds(Confidence::Documented, &["FUSION-501", "FUSION-502", "FUSION-506"]),
        &[],
        &[Defect::skip("other-method", &["TRU-012"], "gives tokens by any method")],
        |facts| {
            let sent = match facts.context.request.method.as_str() {
                "HEAD" => "GET",
                method => method,
            };
            if sent == facts.route.method() {
                Verdict::Held
            } else {
                Verdict::violated("other-method", "the path does not take this method")
            }
        },
        Denials::same(405, "", "The method is not allowed."),
    ),
    guard::<SessionEndpoint>(
        "pod-session.present",
        "Somebody is signed in, or is sent to sign in now, which is for those who take pages (switch `token-relay-sign-in`).",
        grounds(
            Confidence::Observed,
            &[
                "FUSION-311",
                "FUSION-505",
                "FUSION-509",
                "FUSION-513",
                "FUSION-C-08",
                "FUSION-U-19",
            ],
        ),
        &["pod-session.method"],
        &[
            Defect::skip("none", &["ORA-165", "TRU-013"], "gives to anybody what a session gives"),
            Defect::reshape(
                "redirects-programs",
                &["ORA-166", "TRU-013"],
                "sends programs to a page",
                |answer| {
                    if answer.status == 401 {
                        answer.status = 302;
                        answer.set_header("Location", "/");
                    }
                },
            ),
        ],
        |facts| match (facts.route, facts.session) {
            (Route::Callback, _) => Verdict::NotApplicable,
            _ if facts.begins_sign_in() => Verdict::NotApplicable,
            (_, Some(_)) => Verdict::Held,
            (_, None) => Verdict::violated("none", "no cookie opens a session: nobody signed in, or it ended"),
        },
        NO_SESSION,
    ),
    guard::<SessionEndpoint>(
        "pod-session.anti-forgery",
        "A token is given to whoever sends the token against forged requests in `X-XSRF-TOKEN` (switch `token-relay-header`).",
        grounds(
            Confidence::Observed,
            &["FUSION-507", "FUSION-508", "FUSION-509", "FUSION-C-07", "FUSION-U-20"],
        ),
        &["pod-session.present"],
        &[
            Defect::skip(
                "missing",
                &["ORA-165"],
                "gives tokens to requests that other sites forge",
            ),
            Defect::skip(
                "other",
                &["ORA-165"],
                "takes any text for the token against forged requests",
            ),
            other_status(&["ORA-165"]),
        ],
        |facts| {
            let is_asked_for = match facts.route {
                Route::Relay => {
                    let profile = &facts.context.landscape.profile;
                    profile.is(switch::TOKEN_RELAY_HEADER, "required")
                }
                Route::TrustToken => true,
                _ => false,
            };
            match facts.context.request.header("x-xsrf-token") {
                _ if !is_asked_for || facts.session.is_none() => Verdict::NotApplicable,
                None => Verdict::violated("missing", "`X-XSRF-TOKEN` is missing"),
                Some(value) if facts.is_anti_forgery(value) => Verdict::Held,
                Some(_) => Verdict::violated("other", "`X-XSRF-TOKEN` is not the token of this session"),
            }
        },
        NO_SESSION,
    ),
    guard::<SessionEndpoint>(
        "relay.scope",
        "A scope that the relay is asked for is one of the pod's domain.",
        grounds(Confidence::Assumed, &["FUSION-511", "FUSION-U-21"]),
        &["pod-session.present"],
        &[
            Defect::skip("unknown", &["TRU-014"], "passes over scopes that do not exist"),
            other_status(&["TRU-014"]),
        ],
        |facts| match (facts.route, facts.wanted_scope()) {
            (Route::Relay, Some(scopes)) if facts.session.is_some() => {
                let is_known = scopes
                    .iter()
                    .all(|scope| scope.resource.is_some() && scope.fault.is_none());
                if is_known && !scopes.is_empty() {
                    Verdict::Held
                } else {
                    Verdict::violated("unknown", "`scopesfq` is no scope of a resource")
                }
            }
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "", "The scope is not known."),
    ),
    guard::<SessionEndpoint>(
        "sign-in-callback.request",
        "Who comes back from the domain began here, in the same browser, and not too long ago.",
        grounds(Confidence::Inferred, &["FUSION-513", "FUSION-U-19"]),
        &["pod-session.method"],
        &[
            Defect::skip("unknown", &["TRU-015"], "goes on with sign-ins that nobody began"),
            Defect::skip(
                "other-browser",
                &["TRU-015"],
                "signs one browser in by the request of another",
            ),
            other_status(&["TRU-015"]),
        ],
        |facts| match (facts.route, &facts.sign_in) {
            (Route::Callback, None) => Verdict::violated("unknown", "`state` is of no sign-in that waits"),
            (Route::Callback, Some(_)) if !facts.is_same_browser() => Verdict::violated(
                "other-browser",
                "the cookie of the sign-in is missing, or of another one",
            ),
            (Route::Callback, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        OLD_SIGN_IN,
    ),
    guard::<SessionEndpoint>(
        "sign-in-callback.code",
        "The code is the domain's own, for this pod and this sign-in, and not used before.",
        grounds(Confidence::Inferred, &["FUSION-513", "FUSION-U-19"]),
        &["sign-in-callback.request"],
        &[
            Defect::skip("unknown", &["TRU-015"], "signs people in by any code"),
            other_status(&["TRU-015"]),
        ],
        |facts| match facts.route {
            Route::Callback if facts.has_own_code() => Verdict::Held,
            Route::Callback => Verdict::violated("unknown", "`code` is none that the domain gave for this sign-in"),
            _ => Verdict::NotApplicable,
        },
        OLD_SIGN_IN,
    ),
    guard::<SessionEndpoint>(
        "sign-in-callback.user",
        "Whoever signed in at the domain is an active user of this pod.",
        grounds(Confidence::Documented, &["FUSION-218", "FUSION-U-04"]),
        &["sign-in-callback.code"],
        &[
            Defect::skip(
                "unknown",
                &["TRU-016"],
                "begins sessions for users that the pod does not have",
            ),
            Defect::skip(
                "not-active",
                &["TRU-016"],
                "begins sessions for users who may not work here",
            ),
            other_status(&["TRU-016"]),
        ],
        |facts| match (facts.route, has_code(facts), facts.user()) {
            (Route::Callback, true, None) => Verdict::violated("unknown", "the pod has no user of this name"),
            (Route::Callback, true, Some(user)) if !user.active || user.locked => {
                Verdict::violated("not-active", "the user is deactivated or locked in this pod")
            }
            (Route::Callback, true, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(
            403,
            "",
            "You signed in, and this pod does not know you or does not let you work.",
        ),
    ),
];

fn has_code(facts: &SessionRequest) -> bool {
    facts.code.is_some()
}
