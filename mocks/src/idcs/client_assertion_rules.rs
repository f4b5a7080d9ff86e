//! Rules on a client assertion: the JWT by which a client authenticates (RFC 7523 section 2.2).
//!
//! The questions are those of a user assertion, the rows and the refusal are not: whatever is wrong, it is `invalid_client`.

use crate::idcs::client_facts::CLIENT_ASSERTION_TYPE;
use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_code, other_status};
use crate::rule::token::{self, SignedToken, resemblance};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

const REFUSED: Denials = Denials::same(401, "invalid_client", "Client authentication failed.");

fn on(facts: &TokenRequest, check: fn(&SignedToken) -> Verdict) -> Verdict {
    facts
        .client
        .assertion
        .as_ref()
        .map_or(Verdict::NotApplicable, |assertion| check(&assertion.token))
}

/// The table.
pub static CLIENT_ASSERTION_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "client-assertion.declared",
        "A client assertion comes with its registered type.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-005"]),
        &["client.present"],
        &[
            Defect::skip(
                "other-type",
                &["CAU-020"],
                "takes client assertions of any declared type",
            ),
            Defect::skip(
                "undeclared",
                &["CAU-021"],
                "takes client assertions without a declared type",
            ),
            other_code(&["CAU-020"]),
        ],
        |facts| match (&facts.client.assertion, facts.client.assertion_type.as_deref()) {
            (None, _) => Verdict::NotApplicable,
            (Some(_), Some(CLIENT_ASSERTION_TYPE)) => Verdict::Held,
            (Some(_), Some(_)) => Verdict::violated("other-type", "`client_assertion_type` is not the registered one"),
            (Some(_), None) => Verdict::violated("undeclared", "`client_assertion_type` is missing"),
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.form",
        "The client assertion is one compact signed token.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-702"]),
        &["client.present"],
        &[
            Defect::skip(
                "several-tokens",
                &["CAU-022"],
                "takes the first of several client assertions",
            ),
            Defect::skip("not-a-token", &["CAU-041"], "takes any text for a client assertion"),
            other_code(&["CAU-048"]),
        ],
        |facts| on(facts, token::form),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.header",
        "The header is a UTF-8 JSON object without doubled members or unknown critical ones.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-702"]),
        &["client-assertion.form"],
        &[
            Defect::skip("not-an-object", &["CAU-041"], "goes on without a header"),
            Defect::skip("unknown-extension", &["CAU-048"], "passes over critical extensions"),
            Defect::skip("first-wins", &["CAU-048"], "acts on the first of two header members"),
        ],
        |facts| {
            on(facts, |token| {
                token::header_object(token)
                    .and_then(|| token::header_once(token))
                    .and_then(|| token::critical(token))
            })
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.algorithm",
        "The algorithm is RS256.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-201", "IDCS-OAUTH-702"]),
        &["client-assertion.header"],
        &[
            Defect::skip("unsigned", &["CAU-041"], "accepts unsigned client assertions"),
            Defect::skip(
                "mac-by-public-key",
                &["CAU-044"],
                "accepts HMAC keyed by the public key as PEM",
            ),
            Defect::skip(
                "mac-by-public-key-in-other-encodings",
                &["CAU-044"],
                "accepts HMAC keyed by the public key in another encoding",
            ),
            Defect::skip(
                "mac-by-client-secret",
                &["CAU-045"],
                "accepts HMAC keyed by the client secret",
            ),
            Defect::skip("other-algorithm", &["ORA-002", "CAU-044"], "accepts other algorithms"),
            other_code(&["CAU-048"]),
        ],
        |facts| on(facts, token::algorithm),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.claims",
        "The claims are a UTF-8 JSON object whose members have the types of their definitions and stand once.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-702"]),
        &["client-assertion.form"],
        &[
            Defect::skip("not-an-object", &["CAU-048"], "goes on without claims"),
            Defect::skip("first-wins", &["CAU-048"], "acts on the first of two claims"),
            Defect::skip("expiry", &["CAU-034"], "passes over an expiry that is no number"),
            Defect::skip("audience", &["CAU-029"], "passes over an audience that is no text"),
            Defect::skip("number-range", &["CAU-035"], "passes over times beyond any clock"),
        ],
        |facts| {
            on(facts, |token| {
                token::claims_object(token)
                    .and_then(|| token::claims_once(token))
                    .and_then(|| token::claim_types(token))
            })
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.issuer-present",
        "The client assertion names its issuer.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-210"]),
        &["client-assertion.claims"],
        &[
            Defect::skip(
                "missing",
                &["CAU-024"],
                "takes the subject or `client_id` for the issuer",
            ),
            other_code(&["CAU-048"]),
        ],
        |facts| on(facts, |token| token::present(token, "iss")),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.issuer",
        "The issuer is a client of this domain, by its exact id.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-210", "IDCS-OAUTH-132"]),
        &["client-assertion.issuer-present"],
        &[
            Defect::skip("unknown", &["CAU-012", "CAU-047"], "takes client assertions of anybody"),
            Defect::skip(
                "other-spelling",
                &["CAU-027"],
                "compares issuers without regard to spelling",
            ),
            other_code(&["CAU-048"]),
        ],
        |facts| match &facts.client.assertion {
            None => Verdict::NotApplicable,
            Some(assertion) if assertion.token.text("iss").is_none() => Verdict::NotApplicable,
            Some(assertion) => match (assertion.issuer, assertion.nearly) {
                (_, Some(cause)) => Verdict::violated(cause, "`iss` resembles a client id, but is none"),
                (Some(_), None) => Verdict::Held,
                (None, None) => Verdict::violated("unknown", "`iss` is no client id of this domain"),
            },
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.subject",
        "The subject is the client itself.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-211", "IDCS-OAUTH-227"]),
        &["client-assertion.claims"],
        &[
            Defect::skip("missing", &["CAU-025"], "takes client assertions without a subject"),
            Defect::skip("blank", &["CAU-025"], "takes client assertions with a blank subject"),
            Defect::skip(
                "user",
                &["CAU-026", "CAU-046", "ORA-005"],
                "takes an assertion about a user",
            ),
            Defect::skip(
                "other-client",
                &["CAU-026", "ORA-005"],
                "takes an assertion about another client",
            ),
            Defect::skip("somebody", &["CAU-026", "CAU-047"], "takes an assertion about anybody"),
            other_code(&["CAU-048"]),
        ],
        subject,
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.key",
        "The header names a certificate of the issuer, by alias or thumbprint.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-202", "IDCS-OAUTH-203", "IDCS-OAUTH-132"],
        ),
        &["client-assertion.header", "client-assertion.issuer"],
        &[
            Defect::skip(
                "unknown-alias",
                &["CAU-043", "ORA-043"],
                "falls back to another key where the alias is unknown",
            ),
            Defect::skip(
                "alias-of-another-client",
                &["CAU-043", "CAU-027"],
                "looks aliases up among all clients",
            ),
            Defect::skip(
                "unnamed",
                &["ORA-001"],
                "falls back to the only certificate where none is named",
            ),
            Defect::skip(
                "no-certificate",
                &["ORA-011"],
                "takes client assertions without any registered key",
            ),
            Defect::skip("not-text", &["CAU-048"], "passes over a key id that is no text"),
            other_code(&["CAU-048"]),
        ],
        |facts| on(facts, |token| token::key_names(token).and_then(|| token::key(token))),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.signature",
        "The signature is by the client's key, over header and claims as sent.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-132"]),
        &[
            "client-assertion.algorithm",
            "client-assertion.key",
            "client-assertion.claims",
        ],
        &[
            Defect::skip(
                "mismatch",
                &["CAU-042", "CAU-043"],
                "accepts a signature that does not verify",
            ),
            Defect::skip("empty", &["CAU-041"], "accepts an empty signature"),
            Defect::skip("other-padding", &["SIG-005"], "accepts a PSS value for RS256"),
            Defect::skip("other-hash", &["SIG-006"], "accepts another hash for RS256"),
            Defect::skip("key-from-header", &["CAU-043"], "takes the key out of the header"),
            other_code(&["CAU-048"]),
            other_status(&["CAU-048"]),
            no_challenge(&["CAU-052"]),
        ],
        |facts| on(facts, token::signature),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.audience",
        "One audience of the client assertion is this domain, exactly (switch `assertion-audience`).",
        grounds(Confidence::Documented, &["IDCS-OAUTH-212", "IDCS-OAUTH-220"]),
        &["client-assertion.claims"],
        &[
            Defect::skip(
                "missing",
                &["CAU-028"],
                "takes client assertions for nobody in particular",
            ),
            Defect::skip(
                "elsewhere",
                &["CAU-029"],
                "takes client assertions made out to somebody else",
            ),
            Defect::skip(
                "other-spelling",
                &["CAU-030"],
                "compares audiences without regard to spelling",
            ),
            Defect::skip(
                "token-endpoint",
                &["ORA-056"],
                "takes the address of the token endpoint",
            ),
            other_code(&["CAU-048"]),
        ],
        audience,
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.expiry",
        "The client assertion says when it ends, and has not ended.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-213", "IDCS-OAUTH-702"]),
        &["client-assertion.claims"],
        &[
            Defect::skip("missing", &["CAU-034"], "takes client assertions that never end"),
            Defect::skip("expired", &["CAU-035"], "takes client assertions that have ended"),
            Defect::skip("just-expired", &["CAU-035"], "allows twice the skew that it states"),
            other_code(&["CAU-048"]),
        ],
        |facts| {
            on(facts, |token| {
                token::present(token, "exp").and_then(|| token::expiry(token))
            })
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.not-before",
        "The client assertion has begun and was not issued in the future.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-216", "IDCS-OAUTH-702"]),
        &["client-assertion.claims"],
        &[
            Defect::skip("not-begun", &["CAU-037"], "takes client assertions that have not begun"),
            Defect::skip(
                "in-the-future",
                &["CAU-038"],
                "takes client assertions issued in the future",
            ),
            other_code(&["CAU-048"]),
        ],
        |facts| match on(facts, token::not_before) {
            Verdict::Violated(violation) => Verdict::violated("not-begun", violation.detail),
            _ => on(facts, token::issued_at),
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "client-assertion.claims-of-others",
        "Claims that nobody knows are passed over, and the ids of both assertions of a request may be the same.",
        grounds(Confidence::Observed, &["IDCS-OAUTH-229"]),
        &["client-assertion.claims"],
        &[
            Defect::overreach("unknown-claim", &["CAU-053"], "refuses claims that it does not know"),
            Defect::overreach(
                "same-id-twice",
                &["ORA-029"],
                "refuses one `jti` in both assertions of a request",
            ),
        ],
        |_| Verdict::Held,
        REFUSED,
    )
    .beside(&[
        neighbour("unknown-claim", |facts| {
            facts
                .client
                .assertion
                .as_ref()
                .is_some_and(|assertion| token::has_unknown_claim(&assertion.token))
        }),
        neighbour("same-id-twice", |facts| {
            let (Some(user), Some(client)) = (&facts.assertion, &facts.client.assertion) else {
                return false;
            };
            let same = |claim| user.token.text(claim) == client.token.text(claim);
            user.token.text("jti").is_some() && same("jti") && !same("sub")
        }),
    ]),
];

fn subject(facts: &TokenRequest) -> Verdict {
    let Some(assertion) = &facts.client.assertion else {
        return Verdict::NotApplicable;
    };
    match token::present(&assertion.token, "sub") {
        Verdict::Held => {}
        verdict => return verdict,
    }
    let (Some(subject), Some(issuer)) = (assertion.token.text("sub"), assertion.token.text("iss")) else {
        return Verdict::NotApplicable;
    };
    // Whom a careless reader took for the issuer is good enough here: how the issuer is spelt is judged elsewhere.
    if subject == issuer || assertion.issuer.is_some_and(|app| app.client_id == subject) {
        return Verdict::Held;
    }
    let cause = if assertion.user.is_some() {
        "user"
    } else if facts.context.domain.apps.contains_key(&subject) {
        "other-client"
    } else {
        "somebody"
    };
    Verdict::violated(cause, "`sub` is not the client that issued the assertion")
}

fn audience(facts: &TokenRequest) -> Verdict {
    let Some(assertion) = &facts.client.assertion else {
        return Verdict::NotApplicable;
    };
    if assertion.token.lacks_claim("aud") {
        return Verdict::violated("missing", "`aud` is missing");
    }
    let accepted = facts.accepted_audiences();
    token::audience(&assertion.token, &accepted, |named| {
        if named.contains(&facts.token_endpoint()) {
            return "token-endpoint";
        }
        match named.iter().find_map(|audience| resemblance(audience, &accepted)) {
            Some("other-spelling") => "other-spelling",
            _ => "elsewhere",
        }
    })
}
