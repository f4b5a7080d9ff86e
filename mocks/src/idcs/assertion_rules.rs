//! Rules on a user assertion: the JWT that stands for the user in the JWT bearer grant (RFC 7523 section 3).

use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::landscape::profile::switch;
use crate::landscape::{SHARED_ISSUER, UserStatus};
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token::{self, SignedToken, resemblance};
use crate::rule::{Confidence, Denial, Denials, Rule, Verdict, grounds, guard, neighbour};

const INVALID_GRANT: Denial = Denial {
    status: 400,
    error: "invalid_grant",
    description: "The assertion is not acceptable.",
};
const REFUSED: Denials = Denials {
    rfc: INVALID_GRANT,
    oracle: INVALID_GRANT,
};
/// Parse and signature faults were seen as `invalid_request` (IDCS-OAUTH-134).
const UNREADABLE: Denials = Denials {
    rfc: INVALID_GRANT,
    oracle: Denial {
        status: 400,
        error: "invalid_request",
        description: "The assertion or its signature cannot be verified.",
    },
};
/// Faults of the key look-up were seen as `invalid_client` (IDCS-OAUTH-124).
const NO_KEY: Denials = Denials {
    rfc: INVALID_GRANT,
    oracle: Denial {
        status: 401,
        error: "invalid_client",
        description: "A system error has occurred.",
    },
};

/// The longest life of an assertion under the switch `assertion-lifetime-cap`, in seconds.
const LIFETIME_CAP: f64 = 3600.0;

fn on(facts: &TokenRequest, check: fn(&SignedToken) -> Verdict) -> Verdict {
    facts
        .assertion
        .as_ref()
        .map_or(Verdict::NotApplicable, |assertion| check(&assertion.token))
}

fn has(facts: &TokenRequest, what: impl Fn(&SignedToken) -> bool) -> bool {
    facts.assertion.as_ref().is_some_and(|assertion| what(&assertion.token))
}

/// The table.
pub static ASSERTION_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "assertion.present",
        "The JWT bearer grant brings an assertion.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-021"]),
        &["grant.known"],
        &[
            Defect::skip("missing", &["ASR-002"], "gives tokens without an assertion"),
            other_code(&["ASR-002"]),
            other_status(&["ASR-002"]),
        ],
        |facts| match (facts.stands_on_assertion(), &facts.assertion) {
            (false, _) => Verdict::NotApplicable,
            (true, None) => Verdict::violated("missing", "`assertion` is missing"),
            (true, Some(_)) => Verdict::Held,
        },
        Denials::same(400, "invalid_request", "The assertion is missing."),
    ),
    guard::<TokenEndpoint>(
        "assertion.form",
        "The assertion is one compact signed token: three base64url parts without padding or blanks.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-134"]),
        &["assertion.present"],
        &[
            Defect::skip("not-a-token", &["ASR-004"], "takes any text for an assertion"),
            Defect::skip("several-tokens", &["ASR-003"], "takes the first of several assertions"),
            Defect::skip(
                "two-parts",
                &["ASR-047", "ASR-080"],
                "takes a token whose signature part is missing",
            ),
            Defect::skip("more-parts", &["ASR-080"], "passes over superfluous parts"),
            Defect::skip("encrypted", &["ASR-081"], "takes an encrypted token for a signed one"),
            Defect::skip("padding", &["ASR-075"], "takes padded parts"),
            Defect::skip("alphabet", &["ASR-076"], "takes the standard base64 alphabet"),
            Defect::skip("blanks", &["ASR-077"], "passes over blanks and line breaks"),
            Defect::skip("json-serialization", &["ASR-079"], "takes the JSON serialization"),
            Defect::skip("unused-bits", &["ASR-078"], "passes over bits that belong to no byte")
                .unobservable("taking such bits is a choice (RFC 4648 section 3.5), so either answer passes"),
            Defect::skip("too-long", &["ASR-085"], "reads assertions of any length"),
            Defect::skip("not-base64", &["ASR-076"], "passes over parts that are not base64url"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::form),
        UNREADABLE,
    ),
    guard::<TokenEndpoint>(
        "assertion.header",
        "The header is a UTF-8 JSON object.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-134"]),
        &["assertion.form"],
        &[
            Defect::skip("not-an-object", &["ASR-073", "ASR-004"], "goes on without a header"),
            Defect::skip("not-utf8", &["ASR-073"], "goes on without a header that is not UTF-8"),
            Defect::skip(
                "trailing-text",
                &["ASR-073"],
                "passes over text behind the header's object",
            ),
            Defect::skip("byte-order-mark", &["ASR-073"], "takes a byte order mark")
                .unobservable("a parser may take it or refuse it (RFC 8259 section 8.1), so no answer is wrong"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::header_object),
        UNREADABLE,
    ),
    guard::<TokenEndpoint>(
        "assertion.header-once",
        "No header member stands twice, or the last one counts.",
        grounds(Confidence::Specified, &[]),
        &["assertion.header"],
        &[
            Defect::skip("first-wins", &["ASR-071"], "acts on the first of two header members"),
            other_code(&["ASR-093"]),
        ],
        |facts| on(facts, token::header_once),
        UNREADABLE,
    ),
    guard::<TokenEndpoint>(
        "assertion.algorithm",
        "The algorithm is RS256.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-201", "IDCS-OAUTH-701"]),
        &["assertion.header"],
        &[
            Defect::skip("unsigned", &["ASR-043"], "accepts unsigned assertions"),
            Defect::skip(
                "unsigned-in-other-case",
                &["ASR-044"],
                "accepts unsigned assertions whose `none` is spelt otherwise",
            ),
            Defect::skip(
                "unsigned-with-leftover",
                &["ASR-045"],
                "accepts unsigned assertions with a leftover signature",
            ),
            Defect::skip(
                "mac-by-public-key",
                &["ASR-059"],
                "accepts HMAC keyed by the public key as PEM",
            ),
            Defect::skip(
                "mac-by-public-key-in-other-encodings",
                &["ASR-060"],
                "accepts HMAC keyed by the public key or certificate in another encoding",
            ),
            Defect::skip("mac-by-guess", &["ASR-061"], "accepts HMAC keyed by nothing or a guess"),
            Defect::skip(
                "mac-by-client-secret",
                &["ASR-062"],
                "accepts HMAC keyed by the client secret",
            ),
            Defect::skip("other-algorithm", &["ASR-062", "ORA-002"], "accepts other algorithms"),
            Defect::skip(
                "other-case",
                &["ASR-063"],
                "reads algorithm names without regard to letter case",
            ),
            Defect::skip(
                "missing",
                &["ASR-064"],
                "takes RS256 for granted where no algorithm is named",
            ),
            Defect::skip(
                "not-text",
                &["ASR-064"],
                "takes RS256 for granted where the algorithm is no text",
            ),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::algorithm),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.critical",
        "Nothing critical stands in the header that is not understood.",
        grounds(Confidence::Specified, &[]),
        &["assertion.header"],
        &[
            Defect::skip("unknown-extension", &["ASR-068"], "passes over critical extensions"),
            Defect::skip("unencoded-payload", &["ASR-070"], "takes unencoded payloads"),
            Defect::skip("malformed", &["ASR-069"], "passes over a malformed `crit`").unobservable(
                "refusing a malformed `crit` is a choice (RFC 7515 section 4.1.11), so no answer is wrong",
            ),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::critical),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.type",
        "Any `typ` is taken, and none.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-207"]),
        &["assertion.header"],
        &[Defect::overreach(
            "type-missing",
            &["ORA-044", "ASR-001"],
            "wants `typ` in an assertion",
        )],
        |_| Verdict::Held,
        REFUSED,
    )
    .beside(&[neighbour("type-missing", |facts| {
        has(facts, |token| token.lacks_header("typ"))
    })]),
    guard::<TokenEndpoint>(
        "assertion.claims",
        "The claims are a UTF-8 JSON object of bounded depth and size.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-134"]),
        &["assertion.form"],
        &[
            Defect::skip("not-an-object", &["ASR-074"], "goes on without claims"),
            Defect::skip("not-utf8", &["ASR-074"], "goes on without claims that are not UTF-8"),
            Defect::skip("trailing-text", &["ASR-074"], "passes over text behind the claims"),
            Defect::skip("too-deep", &["ASR-074"], "reads claims of any depth")
                .unobservable("deep claims may be read or refused, so no clean answer is wrong"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::claims_object),
        UNREADABLE,
    ),
    guard::<TokenEndpoint>(
        "assertion.members-once",
        "No claim stands twice, or the last one counts.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-134"]),
        &["assertion.claims"],
        &[
            Defect::skip("first-wins", &["ASR-072"], "acts on the first of two claims"),
            other_code(&["ASR-093"]),
        ],
        |facts| on(facts, token::claims_once),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.claim-types",
        "Every claim has the type of its definition; unknown claims are passed over.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-223"]),
        &["assertion.claims"],
        &[
            Defect::skip("issuer", &["ASR-009"], "passes over an issuer that is no text"),
            Defect::skip("subject", &["ASR-015"], "passes over a subject that is no text"),
            Defect::skip("audience", &["ASR-025"], "passes over an audience that is no text"),
            Defect::skip("expiry", &["ASR-031"], "passes over an expiry that is no number"),
            Defect::skip("number-range", &["ASR-033"], "passes over times beyond any clock"),
            Defect::skip("not-before", &["ASR-036"], "passes over a not-before that is no number"),
            Defect::skip("issued-at", &["ASR-037"], "passes over an issue time that is no number"),
            Defect::skip("token-id", &["ASR-041"], "passes over a `jti` that is no text"),
            Defect::overreach("unknown-claim", &["ASR-042"], "refuses claims that it does not know"),
            Defect::overreach("fraction", &["ASR-032"], "refuses times with a fraction"),
            Defect::overreach("optional-claims", &["ORA-058"], "refuses `prn` and `user.tenant.name`"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::claim_types),
        REFUSED,
    )
    .beside(&[
        neighbour("unknown-claim", |facts| has(facts, token::has_unknown_claim)),
        neighbour("fraction", |facts| {
            has(facts, |token| token.time("exp").is_some_and(|time| time.fract() != 0.0))
        }),
        neighbour("optional-claims", |facts| has(facts, |token| token.has_claim("prn"))),
    ]),
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
        "The issuer is the client that asks, by its exact id.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-210", "IDCS-OAUTH-718"]),
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
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        issuer,
        REFUSED,
    ),
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
            &["IDCS-OAUTH-202", "IDCS-OAUTH-203", "IDCS-OAUTH-124", "IDCS-OAUTH-208"],
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
                &["ORA-001", "ORA-040"],
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
    guard::<TokenEndpoint>(
        "assertion.subject-present",
        "The assertion names its subject.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-211"]),
        &["assertion.claims"],
        &[
            Defect::skip("missing", &["ASR-010"], "gives tokens without a subject"),
            Defect::skip("blank", &["ASR-011"], "takes a blank subject"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, |token| token::present(token, "sub")),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.subject-known",
        "The subject is a user of this domain.",
        grounds(
            Confidence::Observed,
            &["IDCS-OAUTH-133", "IDCS-OAUTH-225", "IDCS-OAUTH-703"],
        ),
        &["assertion.subject-present", "assertion.claim-types"],
        &[
            Defect::skip(
                "unknown",
                &["ASR-012", "ORA-006", "ORA-061"],
                "gives tokens for users that nobody knows",
            ),
            Defect::skip(
                "other-spelling",
                &["ASR-014"],
                "compares user names more loosely than the directory does",
            ),
            Defect::skip("client", &["ASR-089"], "takes a client for a user of that name"),
            Defect::overreach("name-with-blanks", &["ORA-060"], "refuses user names that hold blanks"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        subject_known,
        REFUSED,
    )
    .beside(&[neighbour("name-with-blanks", |facts| {
        facts
            .assertion
            .as_ref()
            .and_then(|assertion| assertion.user)
            .is_some_and(|user| user.name.contains(' '))
    })]),
    guard::<TokenEndpoint>(
        "assertion.subject-active",
        "The subject may sign in: neither locked nor deactivated.",
        grounds(Confidence::Observed, &["IDCS-OAUTH-133", "IDCS-OAUTH-703"]),
        &["assertion.subject-known"],
        &[
            Defect::skip("locked", &["ASR-013"], "gives tokens for locked users"),
            Defect::skip(
                "deactivated",
                &["ASR-013", "ORA-061"],
                "gives tokens for deactivated users",
            ),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| match facts
            .assertion
            .as_ref()
            .and_then(|assertion| assertion.user)
            .map(|user| user.status)
        {
            None => Verdict::NotApplicable,
            Some(UserStatus::Active) => Verdict::Held,
            Some(UserStatus::Locked) => Verdict::violated("locked", "the user is locked"),
            Some(UserStatus::Deactivated) => Verdict::violated("deactivated", "the user is deactivated"),
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.audience-present",
        "The assertion says whom it is for.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-212"]),
        &["assertion.claims"],
        &[
            Defect::skip("missing", &["ASR-017"], "takes assertions for nobody in particular"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| match on(facts, |token| token::present(token, "aud")) {
            // A blank audience names nobody, which is for the next rule to say.
            Verdict::Violated(violation) if violation.cause == "blank" => Verdict::Held,
            verdict => verdict,
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.audience",
        "One audience of the assertion is this domain, exactly (switch `assertion-audience`).",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-212", "IDCS-OAUTH-220", "IDCS-OAUTH-221", "IDCS-OAUTH-222"],
        ),
        &["assertion.audience-present", "assertion.claim-types"],
        &[
            Defect::skip(
                "elsewhere",
                &["ASR-018", "ORA-003"],
                "takes assertions made out to somebody else",
            ),
            Defect::skip("empty", &["ASR-019"], "takes an audience that names nobody"),
            Defect::skip("part-of-it", &["ASR-022"], "compares a part of the audience"),
            Defect::skip(
                "other-spelling",
                &["ASR-023"],
                "compares audiences without regard to spelling",
            ),
            Defect::skip("pattern", &["ASR-022"], "reads audiences as patterns"),
            Defect::skip("api", &["ASR-024", "ORA-003"], "takes the audience of an API"),
            Defect::skip(
                "token-endpoint",
                &["ORA-056"],
                "takes the address of the token endpoint",
            ),
            Defect::skip(
                "other-domain",
                &["ASR-026", "ORA-003"],
                "takes the address of another domain",
            ),
            Defect::overreach("list", &["ASR-020", "ORA-057"], "refuses lists of several audiences"),
            Defect::overreach("list-of-one", &["ASR-021"], "refuses a list of one audience"),
            Defect::overreach("domain-address", &["ORA-055"], "knows only the service-wide constant")
                .unobservable("documents and samples contradict each other (IDCS-OAUTH-C-13), so either answer passes"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        audience,
        REFUSED,
    )
    .beside(&[
        neighbour("list", |facts| has(facts, token::has_several_audiences)),
        neighbour("list-of-one", |facts| {
            has(facts, |token| {
                token.claims().is_some_and(|claims| claims.is_list("aud"))
                    && token.audiences().is_some_and(|list| list.len() == 1)
            })
        }),
        neighbour("domain-address", |facts| {
            has(facts, |token| {
                token
                    .text("aud")
                    .is_some_and(|audience| audience.starts_with(&facts.domain.url()))
            })
        }),
    ]),
    guard::<TokenEndpoint>(
        "assertion.expiry-present",
        "The assertion says when it ends.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-213"]),
        &["assertion.claims"],
        &[
            Defect::skip("missing", &["ASR-027", "ORA-007"], "takes assertions that never end"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, |token| token::present(token, "exp")),
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.expiry",
        "The assertion has not ended, give or take the allowed skew.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-701", "IDCS-OAUTH-717"]),
        &["assertion.expiry-present", "assertion.claim-types"],
        &[
            Defect::skip("expired", &["ASR-028"], "takes assertions that have ended"),
            Defect::skip("just-expired", &["ASR-030"], "allows twice the skew that it states"),
            Defect::overreach("within-skew", &["ASR-029"], "allows no skew")
                .unobservable("allowing skew is a choice (RFC 7523 section 3), so either answer passes"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::expiry),
        REFUSED,
    )
    .beside(&[neighbour("within-skew", |facts| {
        has(facts, |token| {
            token
                .time("exp")
                .is_some_and(|time| time <= token::seconds(facts.env.now))
        })
    })]),
    guard::<TokenEndpoint>(
        "assertion.not-before",
        "The assertion has begun, give or take the allowed skew.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-701", "IDCS-OAUTH-216"]),
        &["assertion.claims", "assertion.claim-types"],
        &[
            Defect::skip("in-the-future", &["ASR-035"], "takes assertions that have not begun"),
            Defect::overreach("past", &["ASR-001"], "refuses any `nbf`"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::not_before),
        REFUSED,
    )
    .beside(&[neighbour("past", |facts| {
        has(facts, |token| token.time("nbf").is_some())
    })]),
    guard::<TokenEndpoint>(
        "assertion.issued-at",
        "The assertion was not issued in the future; it need not say when.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-214", "IDCS-OAUTH-701"]),
        &["assertion.claims", "assertion.claim-types"],
        &[
            Defect::skip("in-the-future", &["ASR-037"], "takes assertions issued in the future"),
            Defect::overreach("missing", &["ORA-007"], "wants an issue time").unobservable(
                "the issue time is listed but not marked required (IDCS-OAUTH-214), so either answer passes",
            ),
            Defect::overreach("old", &["ORA-064"], "refuses assertions that live for an hour"),
            other_code(&["ASR-093"]),
            other_status(&["ASR-093"]),
        ],
        |facts| on(facts, token::issued_at),
        REFUSED,
    )
    .beside(&[
        neighbour("missing", |facts| has(facts, |token| token.lacks_claim("iat"))),
        neighbour("old", |facts| {
            has(facts, |token| life(token).is_some_and(|life| life > 600.0))
        }),
    ]),
    guard::<TokenEndpoint>(
        "assertion.lifetime",
        "The assertion lives for an hour at most (switch `assertion-lifetime-cap`).",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-717"]),
        &["assertion.expiry-present", "assertion.claim-types"],
        &[Defect::skip(
            "too-long",
            &["ASR-034", "ASR-039"],
            "takes assertions of any life",
        )],
        |facts| {
            if !facts.landscape.profile.has(switch::ASSERTION_LIFETIME_CAP) {
                return Verdict::NotApplicable;
            }
            let life = facts.assertion.as_ref().and_then(|assertion| life(&assertion.token));
            match life {
                Some(life) if life > LIFETIME_CAP => Verdict::violated("too-long", "it lives longer than an hour"),
                Some(_) => Verdict::Held,
                None => Verdict::NotApplicable,
            }
        },
        REFUSED,
    ),
    guard::<TokenEndpoint>(
        "assertion.token-id",
        "The assertion has an id of its own (switch `token-id-required`).",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-215"]),
        &["assertion.claims"],
        &[
            Defect::skip(
                "missing",
                &["ASR-041"],
                "takes assertions without an id under the switch",
            ),
            Defect::overreach("without-id", &["ORA-029"], "wants an id though nobody asked for one"),
        ],
        |facts| {
            if !facts.landscape.profile.has(switch::TOKEN_ID_REQUIRED) {
                return Verdict::NotApplicable;
            }
            on(facts, |token| token::present(token, "jti"))
        },
        REFUSED,
    )
    .beside(&[neighbour("without-id", |facts| {
        has(facts, |token| token.lacks_claim("jti"))
    })]),
    guard::<TokenEndpoint>(
        "assertion.single-use",
        "The assertion was not used before (switch `single-use-assertions`).",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-716"]),
        &["assertion.signature", "assertion.expiry", "assertion.claim-types"],
        &[Defect::skip(
            "replayed",
            &["ASR-040"],
            "takes an assertion a second time",
        )],
        |facts| match (
            facts.landscape.profile.has(switch::SINGLE_USE_ASSERTIONS),
            facts.token_id_key(),
        ) {
            (true, Some(key)) if facts.state.get(&key, facts.env.now).is_some() => {
                Verdict::violated("replayed", "this assertion was used before")
            }
            (true, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        REFUSED,
    ),
];

fn life(token: &SignedToken) -> Option<f64> {
    let start = token.time("iat").unwrap_or_else(|| token::seconds(token.now));
    Some(token.time("exp")? - start)
}

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

fn subject_known(facts: &TokenRequest) -> Verdict {
    let Some(assertion) = &facts.assertion else {
        return Verdict::NotApplicable;
    };
    let Some(subject) = assertion.token.text("sub").filter(|named| !named.trim().is_empty()) else {
        return Verdict::NotApplicable;
    };
    if assertion.user.is_some() {
        return Verdict::Held;
    }
    let plain = |name: &str| name.trim().to_lowercase();
    let cause = if facts.domain.apps.contains_key(&subject) {
        "client"
    } else if facts.domain.users.keys().any(|name| plain(name) == plain(&subject)) {
        "other-spelling"
    } else {
        "unknown"
    };
    Verdict::violated(cause, "`sub` is no user of this domain")
}

fn audience(facts: &TokenRequest) -> Verdict {
    let Some(assertion) = &facts.assertion else {
        return Verdict::NotApplicable;
    };
    let endpoint = facts.token_endpoint();
    let is_api = |audience: &String| facts.domain.resources().any(|resource| resource.audience == *audience);
    let is_domain = |audience: &String| {
        facts
            .landscape
            .domains
            .values()
            .any(|domain| domain.url() == audience.trim_end_matches('/'))
    };
    let accepted = facts.accepted_audiences();
    token::audience(&assertion.token, &accepted, |named| {
        if named.iter().all(|audience| audience.trim().is_empty()) {
            "empty"
        } else if named.contains(&endpoint) {
            "token-endpoint"
        } else if named.iter().any(is_api) {
            "api"
        } else if named.iter().any(is_domain) {
            "other-domain"
        } else {
            named
                .iter()
                .find_map(|audience| resemblance(audience, &accepted))
                .unwrap_or("elsewhere")
        }
    })
}
