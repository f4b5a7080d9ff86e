//! Whether there is a user assertion that can be read: its form, its header, its claims.

use crate::idcs::assertion_rules::{REFUSED, UNREADABLE, has, on};
use crate::idcs::facts::TokenEndpoint;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

/// Whether there is an assertion that can be read.
pub static FORM_RULES: &[Rule<TokenEndpoint>] = &[
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
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-201", "IDCS-OAUTH-701", "IDCS-OAUTH-C-09"],
        ),
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
        grounds(Confidence::Documented, &["IDCS-OAUTH-207", "IDCS-OAUTH-C-12"]),
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
        grounds(Confidence::Specified, &["IDCS-OAUTH-223", "IDCS-OAUTH-C-14"]),
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
];
