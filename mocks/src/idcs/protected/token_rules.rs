//! Rules on the token of a request to a domain: whether it is one of the domain's own, for the domain itself, and still good.

use crate::idcs::protected::facts::{ProtectedEndpoint, ProtectedRequest, Route};
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token::{self, SignedToken};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

/// The refusal of a request without a sound token (IDCS-ADMIN-050, IDCS-ADMIN-903).
const UNAUTHORIZED: Denials = Denials::same(401, "invalid_token", "Operation failed due to unauthorized access.");

/// Whether anybody may ask, by the switch `signing-keys` and the setting of the domain.
pub fn is_open(facts: &ProtectedRequest) -> bool {
    let public = facts.context.landscape.profile.is(switch::SIGNING_KEYS, "public");
    facts.route == Route::KeySet && (public || facts.context.domain.directory.settings.signing_keys_public)
}

/// The table.
pub static TOKEN_RULES: &[Rule<ProtectedEndpoint>] = &[
    guard::<ProtectedEndpoint>(
        "domain-token.present",
        "A bearer token stands in the one Authorization header field, unless the signing keys are open to anybody.",
        grounds(
            Confidence::Observed,
            &["IDCS-ADMIN-010", "IDCS-ADMIN-013", "IDCS-ADMIN-050", "IDCS-OAUTH-516"],
        ),
        &[],
        &[
            Defect::skip("none", &["ORA-026", "ORA-114", "ADM-001"], "answers without any token"),
            Defect::skip(
                "elsewhere",
                &["ORA-026", "ADM-001"],
                "takes tokens out of other places than the header",
            ),
            Defect::skip(
                "several",
                &["ADM-001"],
                "takes whichever of two Authorization fields works",
            ),
            other_code(&["ORA-114", "ADM-001"]),
            other_status(&["ORA-114", "ADM-001"]),
        ],
        |facts| match (facts.bearer.absent, facts.bearer.fault) {
            _ if is_open(facts) => Verdict::NotApplicable,
            _ if facts.bearer.is_doubled => Verdict::violated("several", "there are two Authorization header fields"),
            (Some("none"), _) => Verdict::violated("none", "no bearer token is sent"),
            (Some(_), _) | (_, Some(_)) => {
                Verdict::violated("elsewhere", "no bearer token stands in the Authorization header field")
            }
            (None, None) => Verdict::Held,
        },
        UNAUTHORIZED,
    ),
    guard::<ProtectedEndpoint>(
        "domain-token.signature",
        "The token is one that this domain signed, by its key of today or the one before.",
        grounds(Confidence::Inferred, &["IDCS-ADMIN-903", "IDCS-ADMIN-911"]),
        &["domain-token.present"],
        &[
            Defect::skip(
                "unsound",
                &["ORA-115", "ADM-002"],
                "takes tokens that this domain did not sign",
            ),
            other_code(&["ADM-002"]),
        ],
        |facts| on(facts, signed),
        UNAUTHORIZED,
    ),
    guard::<ProtectedEndpoint>(
        "domain-token.expiry",
        "The token is not past its time.",
        grounds(Confidence::Inferred, &["IDCS-ADMIN-903"]),
        &["domain-token.signature"],
        &[
            Defect::skip("expired", &["ORA-115", "ADM-002"], "takes tokens whose time is over"),
            other_code(&["ADM-002"]),
        ],
        |facts| {
            on(facts, |token| {
                match token::present(token, "exp").and_then(|| token::expiry(token)) {
                    Verdict::Violated(violation) => Verdict::violated("expired", violation.detail),
                    other => other,
                }
            })
        },
        UNAUTHORIZED,
    ),
    guard::<ProtectedEndpoint>(
        "domain-token.audience",
        "The token is an access token for the domain itself; one for another resource opens nothing here.",
        grounds(
            Confidence::Inferred,
            &["IDCS-ADMIN-515", "IDCS-ADMIN-503", "IDCS-OAUTH-405", "IDCS-ADMIN-903"],
        ),
        &["domain-token.signature"],
        &[
            Defect::skip("another", &["ORA-115", "ADM-002"], "takes tokens for other resources"),
            Defect::skip(
                "no-access-token",
                &["ORA-115", "ADM-002"],
                "takes ID tokens for access tokens",
            ),
        ],
        |facts| match (&facts.route, facts.token.as_ref()) {
            (_, None) => Verdict::NotApplicable,
            _ if is_open(facts) => Verdict::NotApplicable,
            (_, Some(token)) if token.text("tok_type").is_some_and(|kind| kind != "AT") => {
                Verdict::violated("no-access-token", "the token is no access token")
            }
            // Who am I is answered to every access token with `openid` (IDCS-OAUTH-515).
            (Route::UserInfo, _) => Verdict::Held,
            (_, Some(token)) => {
                let own = facts.context.domain.audiences();
                let named = token.audiences().unwrap_or_default();
                if named.iter().any(|audience| own.contains(audience)) {
                    Verdict::Held
                } else {
                    Verdict::violated("another", "the token is for another resource than the domain itself")
                }
            }
        },
        UNAUTHORIZED,
    ),
    guard::<ProtectedEndpoint>(
        "domain-token.client-active",
        "The application that the token was given to is still there and activated.",
        grounds(Confidence::Assumed, &["IDCS-ADMIN-920"]),
        &["domain-token.signature"],
        &[Defect::skip(
            "gone",
            &["ADM-002"],
            "takes tokens of applications that were switched off",
        )],
        |facts| match (facts.token.is_some(), facts.app()) {
            (false, _) => Verdict::NotApplicable,
            (true, Some(app)) if app.active => Verdict::Held,
            (true, None) if facts.is_of_principal() => Verdict::Held,
            (true, _) if is_open(facts) => Verdict::NotApplicable,
            (true, _) => Verdict::violated("gone", "the application of the token is gone or not activated"),
        },
        UNAUTHORIZED,
    ),
];

/// Asks a question about the token, where one is wanted and sent.
fn on(facts: &ProtectedRequest, check: impl Fn(&SignedToken) -> Verdict) -> Verdict {
    match &facts.token {
        Some(token) if !is_open(facts) => check(token),
        _ => Verdict::NotApplicable,
    }
}

/// All that must hold of a token's form and signature, as one question.
pub fn signed(token: &SignedToken) -> Verdict {
    let verdict = token::form(token)
        .and_then(|| token::header_object(token))
        .and_then(|| token::claims_object(token))
        .and_then(|| token::algorithm(token))
        .and_then(|| token::critical(token))
        .and_then(|| token::signature(token));
    match verdict {
        Verdict::Violated(violation) => Verdict::violated("unsound", violation.detail),
        other => other,
    }
}
