//! Promises of sessions: what their cookies, pages and tokens are like, and the named ways to break that.

use serde_json::json;

use crate::answer::{Answer, Body};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

fn each_cookie(answer: &mut Answer, change: impl Fn(&str) -> String) {
    for (name, value) in &mut answer.headers {
        if *name == "Set-Cookie" {
            *value = change(value);
        }
    }
}

fn trust_token(answer: &mut Answer, change: impl Fn(&mut crate::answer::UnsignedToken)) {
    let token = answer.tokens_mut().map(|(_, token)| token);
    for token in token.filter(|token| token.claims.contains_key("prn")) {
        change(token);
    }
}

/// What is promised of every answer to a browser, refusal or not.
pub static SESSION_PROMISES: &[RuleInfo] = &[
    promise(
        "pod-session.cookie",
        "The cookie of a session is sent over TLS only, is out of reach for scripts, and does not go along with other sites' forms.",
        grounds(Confidence::Assumed, &["FUSION-512"]),
        &[
            Defect::reshape(
                "readable",
                &["TRU-018"],
                "lets scripts read the cookie of a session",
                |answer| {
                    each_cookie(answer, |cookie| cookie.replace("; HttpOnly", ""));
                },
            ),
            Defect::reshape(
                "plain",
                &["TRU-018"],
                "sends its cookies over plain HTTP too",
                |answer| {
                    each_cookie(answer, |cookie| cookie.replace("; Secure", ""));
                },
            ),
            Defect::reshape(
                "cross-site",
                &["TRU-018"],
                "sends its cookies along from every site",
                |answer| {
                    each_cookie(answer, |cookie| cookie.replace("SameSite=Lax", "SameSite=None"));
                },
            ),
        ],
    ),
    promise(
        "pod-session.sign-in",
        "A browser without a session is sent to the domain, and comes back to where it wanted to go.",
        grounds(
            Confidence::Observed,
            &["FUSION-505", "FUSION-513", "FUSION-C-08", "FUSION-U-19"],
        ),
        &[Defect::reshape(
            "no-redirect",
            &["ORA-166", "TRU-013"],
            "tells a browser no",
            |answer| {
                if answer.has_member("response_type") {
                    *answer = Answer::empty(401);
                }
            },
        )],
    ),
    promise(
        "pod-session.private",
        "What a session gives is kept by no cache, and pages are shown inside no other site.",
        grounds(Confidence::Assumed, &["FUSION-309"]),
        &[
            Defect::reshape(
                "kept",
                &["TRU-019"],
                "lets caches keep what a session gives",
                |answer| {
                    answer.set_header("Cache-Control", "public, max-age=3600");
                },
            ),
            Defect::reshape(
                "framed",
                &["TRU-019"],
                "lets other sites show its pages inside their own",
                |answer| {
                    if matches!(answer.body, Body::Page(_)) {
                        answer.remove_header("X-Frame-Options");
                        answer.remove_header("Content-Security-Policy");
                    }
                },
            ),
        ],
    ),
    promise(
        "trust-token.claims",
        "The token that a pod makes itself has exactly five claims and a life of four hours, and its header names the trust service.",
        grounds(
            Confidence::Documented,
            &["FUSION-204", "FUSION-205", "FUSION-206", "FUSION-207", "FUSION-504"],
        ),
        &[
            Defect::reshape("audience", &["ORA-164"], "adds an audience", |answer| {
                trust_token(answer, |token| {
                    token
                        .claims
                        .insert("aud".to_owned(), json!("https://somewhere.example"));
                });
            }),
            Defect::reshape("token-id", &["ORA-164"], "adds an id", |answer| {
                trust_token(answer, |token| {
                    token.claims.insert("jti".to_owned(), json!("one"));
                });
            }),
            Defect::reshape("no-principal", &["ORA-164"], "leaves out `prn`", |answer| {
                trust_token(answer, |token| {
                    token.claims.shift_remove("prn");
                });
            }),
            Defect::reshape("an-hour", &["ORA-164"], "lets the token live for an hour", |answer| {
                trust_token(answer, |token| {
                    let start = token.claims["iat"].as_u64().unwrap_or_default();
                    token.claims.insert("exp".to_owned(), json!(start + 3600));
                });
            }),
            Defect::reshape("other-key-id", &["ORA-164"], "names another key", |answer| {
                trust_token(answer, |token| {
                    token.header.insert("kid".to_owned(), json!("SIGNING_KEY"));
                });
            }),
        ],
    ),
    promise(
        "relay.answer",
        "The relay names the user, counts the token's life in milliseconds, and calls it a JWT.",
        grounds(
            Confidence::Documented,
            &["FUSION-502", "FUSION-503", "FUSION-506", "FUSION-U-21"],
        ),
        &[
            Defect::reshape("seconds", &["TRU-020"], "counts the life in seconds", |answer| {
                let life = answer.member("expires_in").and_then(serde_json::Value::as_u64);
                if let Some(life) = life {
                    answer.set_member("expires_in", json!(life / 1000));
                }
            }),
            Defect::reshape(
                "one-for-all",
                &["TRU-020"],
                "names the same person to everybody",
                |answer| {
                    answer.set_member_if_there("principal", json!("nobody.example"));
                },
            ),
            Defect::reshape("bearer", &["TRU-020"], "calls the token Bearer", |answer| {
                answer.set_member_if_there("token_type", json!("Bearer"));
            }),
            Defect::reshape(
                "unnamed",
                &["TRU-021"],
                "gives the token against forged requests another name",
                |answer| {
                    if let Some(token) = answer.member("xsrftoken").cloned() {
                        answer.remove_member("xsrftoken");
                        answer.set_member("token", token);
                    }
                },
            ),
        ],
    ),
];
