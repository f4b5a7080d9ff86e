//! Who issued a user assertion, and whether it was signed by a key of theirs.

use crate::idcs::assertion_rules::{NO_KEY, REFUSED, UNREADABLE, has, on};
use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::landscape::SHARED_ISSUER;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token;
use crate::rule::{Confidence, Rule, Verdict, grounds, guard, neighbour};

/// Who issued the assertion, and whether they signed it.
pub static ISSUER_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "assertion.issuer-present",
        "The assertion names its issuer.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-210"]),
        &["assertion.claims"],
        &[
            Defect::skip(
                "missing",
                &["ASR-005"],
                "takes the client for the issuer where none is named",
            ),
            Defect::skip(
                "blank",
                &["ASR-005"],
                "takes the client for the issuer where it is blank",
            ),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, |token| token::present(token, "iss")),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.issuer",
        "The issuer is the client that asks, by its exact id; an ID token that the client was given may stand in (switch `id-token-as-assertion`).",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-210", "IDCS-OAUTH-718", "IDCS-OAUTH-023"],
        ),
        &["assertion.issuer-present", "client.known"],
        &[
            Defect::skip("unknown", &["ASR-006"], "takes assertions of anybody"),
            Defect::skip(
                "another-client",
                &["ASR-092", "ORA-004"],
                "takes the assertions of one client from another",
            ),
            Defect::skip(
                "other-spelling",
                &["ASR-008"],
                "compares issuers without regard to case, blanks or a final slash",
            ),
            Defect::skip(
                "other-name",
                &["ORA-004"],
                "takes the display name or the id of the application for the client id",
            ),
            Defect::skip("id-token", &["ASR-088"], "takes its own ID tokens for assertions"),
            Defect::overreach("own-id-token", &["ORA-051"], "refuses its own ID tokens"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        issuer,
        REFUSED,
    )
    .beside(&[neighbour("own-id-token", |facts| {
        facts.assertion.as_ref().is_some_and(|assertion| assertion.is_id_token)
    })]),
    guard::<TokenEndpoint>(
        "assertion.key-names",
        "What names the key is a text.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-203"]),
        &["assertion.header"],
        &[
            Defect::skip(
                "not-text",
                &["ASR-104", "ASR-053"],
                "passes over a key id that is no text",
            ),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::key_names),
        UNREADABLE,
    ),
    guard::<TokenEndpoint>(
        "assertion.key",
        "The header names a certificate of the issuer, by alias or thumbprint.",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-OAUTH-202",
                "IDCS-OAUTH-203",
                "IDCS-OAUTH-124",
                "IDCS-OAUTH-208",
                "IDCS-OAUTH-C-10",
                "IDCS-OAUTH-C-11",
                "IDCS-ADMIN-C-9",
            ],
        ),
        &[
            "assertion.key-names",
            "assertion.header-once",
            "assertion.issuer",
            "assertion.claim-types",
        ],
        &[
            Defect::skip(
                "unknown-alias",
                &["ASR-051", "ASR-053", "ORA-008", "ORA-043"],
                "falls back to another key where the alias is unknown",
            ),
            Defect::skip(
                "alias-of-another-client",
                &["ASR-007", "ORA-008"],
                "looks aliases up among all clients",
            ),
            Defect::skip(
                "alias-in-other-spelling",
                &["ORA-042"],
                "compares aliases without regard to case or blanks",
            ),
            Defect::skip("thumbprint-as-alias", &["ORA-008"], "takes a thumbprint for an alias"),
            Defect::skip(
                "unnamed",
                &["ASR-052", "ORA-001", "ORA-040"],
                "falls back to the only certificate where none is named",
            ),
            Defect::skip(
                "unknown-thumbprint",
                &["ORA-041"],
                "passes over a thumbprint that it does not know",
            ),
            Defect::skip(
                "alias-and-thumbprint-disagree",
                &["ASR-058", "ORA-039"],
                "passes over a thumbprint that contradicts the alias",
            ),
            Defect::skip(
                "no-certificate",
                &["ORA-011"],
                "takes assertions without any registered key",
            ),
            Defect::overreach("thumbprint-alone", &["ORA-038"], "wants an alias beside the thumbprint").unobservable(
                "whether a thumbprint alone is enough is contradictory (IDCS-OAUTH-715), so either answer passes",
            ),
            other_code(&["ASR-093", "ORA-008"]),
            other_status(&["ASR-093", "ORA-008"]),
        ],
        |facts| on(facts, token::key),
        NO_KEY,
    )
    .beside(&[neighbour("thumbprint-alone", |facts| {
        has(facts, |token| token.lacks_header("kid"))
    })]),
    guard::<TokenEndpoint>(
        "assertion.signature",
        "The signature is by the issuer's key, over header and claims as sent.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-134", "IDCS-OAUTH-712"]),
        &[
            "assertion.algorithm",
            "assertion.critical",
            "assertion.key",
            "assertion.claims",
        ],
        &[
            Defect::skip(
                "mismatch",
                &[
                    "ASR-046", "ASR-048", "ASR-049", "ASR-050", "ASR-052", "ASR-055", "ASR-056", "ASR-058", "ASR-066",
                ],
                "accepts a signature that does not verify",
            ),
            Defect::skip("empty", &["ASR-047"], "accepts an empty signature"),
            Defect::skip("length", &["SIG-007"], "accepts a signature of another length"),
            Defect::skip("other-padding", &["SIG-005"], "accepts a PSS value for RS256"),
            Defect::skip("other-hash", &["SIG-006"], "accepts another hash for RS256"),
            Defect::skip(
                "key-from-header",
                &["ASR-054", "ASR-057"],
                "takes the key out of the header",
            ),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::signature),
        UNREADABLE,
    ),
];

fn issuer(facts: &TokenRequest) -> Verdict {
    let Some(assertion) = &facts.assertion else {
        return Verdict::NotApplicable;
    };
    let Some(named) = assertion.token.text("iss").filter(|named| !named.trim().is_empty()) else {
        return Verdict::NotApplicable;
    };
    if let Some(cause) = assertion.nearly {
        return Verdict::violated(cause, "`iss` resembles a client id, but is none");
    }
    let Some(issuer) = assertion.issuer else {
        if assertion.is_id_token {
            return Verdict::violated("id-token", "an ID token of the domain is no assertion of the client");
        }
        if facts.client.app.is_none() && facts.client.claimed.as_deref() == Some(named.as_str()) {
            // The client itself, though nobody knows it: that is for another rule to say.
            return Verdict::Held;
        }
        let detail = if named == SHARED_ISSUER {
            "`iss` is the domain; it must be the client id"
        } else {
            "`iss` is no client id of this domain"
        };
        return Verdict::violated("unknown", detail);
    };
    match facts.client.app {
        Some(client) if client.client_id != issuer.client_id => {
            Verdict::violated("another-client", "`iss` is another client than the one that asks")
        }
        _ => Verdict::Held,
    }
}
