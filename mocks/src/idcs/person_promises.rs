//! Promises of the endpoints that a person's browser comes to, and the named ways to break them.

use serde_json::json;

use crate::answer::{Answer, Body, Place};
use crate::idcs::person::front_channel::FRONT_CHANNEL_PROMISES;
use crate::rule::defect::Defect;
use crate::rule::ruling::Promises;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

fn each_cookie(answer: &mut Answer, change: impl Fn(&str) -> String) {
    for (name, value) in &mut answer.headers {
        if *name == "Set-Cookie" {
            *value = change(value);
        }
    }
}

fn only_pages(answer: &mut Answer, change: impl Fn(&mut Answer)) {
    if matches!(answer.body, Body::Page(_)) {
        change(answer);
    }
}

fn carries_code_alone(answer: &Answer) -> bool {
    let is_in_query = matches!(
        answer.body,
        Body::Redirect {
            place: Place::Query,
            ..
        }
    );
    is_in_query && answer.has_member("code")
}

/// The same of every answer to a browser, refusal or not; of one that grants something also how its tokens stand there.
pub const PROMISES_TO_PEOPLE: Promises = Promises {
    refused: &[PERSON_PROMISES],
    granted: &[PERSON_PROMISES, FRONT_CHANNEL_PROMISES],
};

/// What is promised to a browser.
pub static PERSON_PROMISES: &[RuleInfo] = &[
    promise(
        "session.cookie",
        "Cookies are sent over TLS only, are out of reach for scripts, and do not go along with requests from other sites' forms.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-508"]),
        &[
            Defect::reshape("readable", &["SGN-008"], "lets scripts read its cookies", |answer| {
                each_cookie(answer, |cookie| cookie.replace("; HttpOnly", ""));
            }),
            Defect::reshape(
                "plain",
                &["SGN-008"],
                "sends its cookies over plain HTTP too",
                |answer| {
                    each_cookie(answer, |cookie| cookie.replace("; Secure", ""));
                },
            ),
            Defect::reshape(
                "cross-site",
                &["SGN-008"],
                "sends its cookies along from every site",
                |answer| {
                    each_cookie(answer, |cookie| cookie.replace("SameSite=Lax", "SameSite=None"));
                },
            ),
        ],
    ),
    promise(
        "page.protected",
        "Pages are not shown inside other sites, run no script, are not kept, and tell nobody where the person came from.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-055"]),
        &[
            Defect::reshape(
                "framed",
                &["ACG-017"],
                "lets other sites show its pages inside their own",
                |answer| {
                    only_pages(answer, |answer| {
                        answer.remove_header("X-Frame-Options");
                        answer.remove_header("Content-Security-Policy");
                    });
                },
            ),
            Defect::reshape("kept", &["SGN-007"], "lets pages be kept by caches", |answer| {
                only_pages(answer, |answer| answer.remove_header("Cache-Control"));
            }),
            Defect::reshape(
                "strangers",
                &["ACG-018"],
                "lets its pages load from strangers",
                |answer| {
                    only_pages(answer, |answer| {
                        answer.set_header("Content-Security-Policy", "frame-ancestors 'none'");
                    });
                },
            ),
            Defect::reshape(
                "readable",
                &["ACG-049"],
                "lets the scripts of every site read its answers",
                |answer| answer.set_header("Access-Control-Allow-Origin", "*"),
            ),
            Defect::reshape(
                "referred",
                &["SGN-007"],
                "tells the next site where the person came from",
                |answer| {
                    only_pages(answer, |answer| answer.remove_header("Referrer-Policy"));
                },
            ),
        ],
    ),
    promise(
        "authorize.state",
        "`state` comes back as it was sent, with a code and with an error.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-503", "IDCS-OAUTH-723"]),
        &[
            Defect::reshape("lost", &["ACG-013", "ACG-014"], "leaves out `state`", |answer| {
                answer.remove_member("state")
            }),
            Defect::reshape(
                "altered",
                &["ACG-013", "ACG-014"],
                "gives `state` back in small letters",
                |answer| {
                    let state = answer
                        .member("state")
                        .and_then(|state| state.as_str())
                        .map(str::to_lowercase);
                    answer.set_member_if_there("state", json!(state));
                },
            ),
        ],
    ),
    promise(
        "authorize.answer",
        "A code that was asked for alone comes back in the query, and nothing but `state` beside it.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-503"]),
        &[
            Defect::reshape("fragment", &["SGN-011"], "puts the code into the fragment", |answer| {
                if carries_code_alone(answer)
                    && let Body::Redirect { place, .. } = &mut answer.body
                {
                    *place = Place::Fragment;
                }
            }),
            Defect::reshape(
                "token-beside",
                &["SGN-011"],
                "adds an access token that nobody asked for",
                |answer| {
                    if carries_code_alone(answer) {
                        answer.set_member("access_token", json!("unasked.for.token"));
                    }
                },
            ),
        ],
    ),
    promise(
        "form.redirect-status",
        "The redirect after a form does not make the browser send the form again, to somebody else.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-723"]),
        &[
            Defect::reshape(
                "same-method",
                &["ACG-016", "ACG-050"],
                "redirects by 307, which sends the password on",
                |answer| {
                    if matches!(answer.status, 302 | 303) && answer.has_member("code") {
                        answer.status = 307;
                    }
                },
            ),
            Defect::reshape(
                "found",
                &["ACG-050"],
                "redirects by 302, which leaves the method to the browser",
                |answer| {
                    if answer.status == 303 {
                        answer.status = 302;
                    }
                },
            ),
        ],
    ),
];
