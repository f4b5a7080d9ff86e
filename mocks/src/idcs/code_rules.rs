//! Rules on authorization codes at the token endpoint, and on the proof of who asked for them (RFC 6749 section 4.1.3, RFC 7636).

use aws_lc_rs::digest;

use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::jose::base64url;
use crate::landscape::UserStatus;
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denial, Denials, Neighbour, Rule, Verdict, grounds, guard};
use crate::state::Code;

const INVALID_GRANT: Denials = Denials::same(400, "invalid_grant", "The authorization code is invalid.");
const INVALID_REQUEST: Denials = Denials::same(
    400,
    "invalid_request",
    "The request contains invalid parameters or values.",
);

/// The table.
pub static CODE_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "code.present",
        "The code grant brings a code.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-025", "IDCS-OAUTH-706"]),
        &["grant.known"],
        &[
            Defect::skip("missing", &["TKN-018"], "gives a token without a code"),
            other_code(&["TKN-018"]),
        ],
        |facts| match (facts.grant, &facts.code) {
            (Some(Grant::AuthorizationCode), None) => Verdict::violated("missing", "`code` is missing"),
            (Some(Grant::AuthorizationCode), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "code.known",
        "The code was issued here, not longer ago than it lives.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-604", "IDCS-OAUTH-710"]),
        &["code.present"],
        &[
            Defect::skip("unknown", &["ACG-025", "ACG-022"], "takes any text for a code"),
            other_code(&["ACG-025"]),
            other_status(&["ACG-025"]),
        ],
        |facts| match &facts.code {
            None => Verdict::NotApplicable,
            Some(presented) if presented.code.is_none() => Verdict::violated(
                "unknown",
                "no such code is waiting here: it was never issued, or it is too old",
            ),
            Some(_) => Verdict::Held,
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "code.once",
        "A code is redeemed once; a second try ends what the first one gave.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-710"]),
        &["code.known"],
        &[
            Defect::skip("reused", &["ACG-019", "ACG-021"], "redeems a code again"),
            other_code(&["ACG-019"]),
        ],
        |facts| match settled(facts) {
            Some(code) if code.is_used => Verdict::violated("reused", "the code was redeemed before"),
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "code.client",
        "The client that redeems a code is the one it was issued to.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-710"]),
        &["code.known", "client.known", "client.present"],
        &[
            Defect::skip("other-client", &["ACG-023"], "redeems the codes of other clients"),
            other_code(&["ACG-023"]),
        ],
        |facts| match (settled(facts), facts.app()) {
            (Some(code), Some(app)) if code.asked.client != app.client_id => {
                Verdict::violated("other-client", "the code was issued to another client")
            }
            (Some(_), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "code.redirect-uri",
        "The redirect URI is the one of the authorization request; whether it may be left out is a switch (`redirect-uri-at-redemption`).",
        grounds(
            Confidence::Observed,
            &["IDCS-OAUTH-117", "IDCS-OAUTH-025", "IDCS-OAUTH-C-04", "IDCS-OAUTH-712"],
        ),
        &["code.known"],
        &[
            Defect::skip("other", &["ACG-024", "ORA-130"], "redeems a code with any redirect URI"),
            Defect::skip("missing", &["ACG-024"], "redeems a code without its redirect URI"),
            other_code(&["ACG-024", "ORA-130"]),
        ],
        |facts| {
            let Some(code) = settled(facts) else {
                return Verdict::NotApplicable;
            };
            match facts.form.value("redirect_uri") {
                Some(sent) if sent != code.asked.redirect_uri => {
                    Verdict::violated("other", "`redirect_uri` is not the one of the authorization request")
                }
                None if facts
                    .context
                    .landscape
                    .profile
                    .is(switch::REDIRECT_URI_AT_REDEMPTION, "required") =>
                {
                    Verdict::violated(
                        "missing",
                        "`redirect_uri` is missing, and the authorization request had one",
                    )
                }
                _ => Verdict::Held,
            }
        },
        Denials {
            rfc: INVALID_GRANT.rfc,
            oracle: Denial {
                status: 400,
                error: "invalid_request",
                description: "The request contains invalid parameters or values.",
            },
        },
    ),
    guard::<TokenEndpoint>(
        "code.scope",
        "A scope beside a code means nothing: what a person allowed is settled.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-025"]),
        &["code.known"],
        &[Defect::overreach(
            "scope-beside",
            &["ACG-032"],
            "refuses a scope beside a code",
        )],
        |facts| settled(facts).map_or(Verdict::NotApplicable, |_| Verdict::Held),
        INVALID_GRANT,
    )
    .beside(&[Neighbour {
        defect: "scope-beside",
        refuses: |facts| settled(facts).is_some() && facts.form.mentions("scope"),
    }]),
    guard::<TokenEndpoint>(
        "code.user-active",
        "Who allowed the code may still sign in.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-703"]),
        &["code.known"],
        &[Defect::skip(
            "gone",
            &["ASR-028"],
            "redeems codes of users who may not sign in any more",
        )
        .unobservable("no lever switches a user off between two steps of a scenario")],
        |facts| match (settled(facts), facts.user()) {
            (None, _) => Verdict::NotApplicable,
            (Some(_), Some(user)) if user.status == UserStatus::Active => Verdict::Held,
            _ => Verdict::violated("gone", "the user may not sign in any more"),
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "pkce.verifier-present",
        "A code that was asked for with a challenge is redeemed with a verifier.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-026", "IDCS-OAUTH-710"]),
        &["code.known"],
        &[
            Defect::skip(
                "missing",
                &["PKC-003"],
                "redeems a code with a challenge without its verifier",
            ),
            other_code(&["PKC-003"]),
        ],
        |facts| {
            let wants = settled(facts).map(|code| code.asked.challenge.is_some());
            match (wants, facts.form.value("code_verifier")) {
                (Some(true), None) => Verdict::violated("missing", "`code_verifier` is missing"),
                (Some(true), Some(_)) => Verdict::Held,
                _ => Verdict::NotApplicable,
            }
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "pkce.unasked",
        "A verifier belongs to a challenge.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-710"]),
        &["code.known"],
        &[Defect::skip(
            "no-challenge",
            &["PKC-006"],
            "passes over a verifier for a code without a challenge",
        )],
        |facts| {
            let has_challenge = settled(facts).map(|code| code.asked.challenge.is_some());
            match (has_challenge, facts.form.value("code_verifier")) {
                (Some(false), Some(_)) => Verdict::violated(
                    "no-challenge",
                    "a verifier is sent, but the authorization request had no challenge",
                ),
                (Some(_), _) => Verdict::Held,
                _ => Verdict::NotApplicable,
            }
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "pkce.verifier-form",
        "A verifier has 43 to 128 unreserved characters.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-710"]),
        &["pkce.verifier-present"],
        &[
            Defect::skip("length", &["PKC-011"], "takes verifiers of any length"),
            Defect::skip("characters", &["PKC-012"], "takes any characters in a verifier"),
            Defect::overreach(
                "longest",
                &["PKC-011", "PKC-020"],
                "refuses a verifier of 128 characters",
            ),
        ],
        |facts| {
            let Some(verifier) = verifier(facts) else {
                return Verdict::NotApplicable;
            };
            let unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
            if !verifier.bytes().all(unreserved) {
                return Verdict::violated("characters", "the verifier holds a character that none may hold");
            }
            if (43..=128).contains(&verifier.len()) {
                Verdict::Held
            } else {
                Verdict::violated("length", "the verifier does not have 43 to 128 characters")
            }
        },
        INVALID_GRANT,
    )
    .beside(&[Neighbour {
        defect: "longest",
        refuses: |facts| verifier(facts).is_some_and(|verifier| verifier.len() == 128),
    }]),
    guard::<TokenEndpoint>(
        "pkce.verifier",
        "The verifier is the one behind the challenge.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-026", "IDCS-OAUTH-710"]),
        &["pkce.verifier-present"],
        &[
            Defect::skip("other", &["PKC-004", "PKC-005", "PKC-014"], "takes any verifier"),
            Defect::skip("challenge", &["PKC-007"], "takes the challenge for the verifier"),
            other_code(&["PKC-004"]),
            other_status(&["PKC-004"]),
        ],
        fitting_verifier,
        INVALID_GRANT,
    ),
];

fn settled<'a>(facts: &TokenRequest<'a>) -> Option<&'a Code> {
    facts.settled_code()
}

/// The verifier, where one is wanted and sent.
fn verifier<'a>(facts: &'a TokenRequest) -> Option<&'a str> {
    settled(facts)?.asked.challenge.as_ref()?;
    facts.form.value("code_verifier")
}

fn fitting_verifier(facts: &TokenRequest) -> Verdict {
    let challenge = settled(facts).and_then(|code| code.asked.challenge.as_ref());
    let (Some(challenge), Some(verifier)) = (challenge, verifier(facts)) else {
        return Verdict::NotApplicable;
    };
    let hashed = base64url(digest::digest(&digest::SHA256, verifier.as_bytes()).as_ref());
    let wanted = if challenge.is_hashed { hashed.as_str() } else { verifier };
    if crate::landscape::constant_time_equal(wanted.as_bytes(), challenge.text.as_bytes()) {
        return Verdict::Held;
    }
    let cause = if verifier == challenge.text {
        "challenge"
    } else {
        "other"
    };
    Verdict::violated(cause, "the verifier does not fit the challenge")
}
