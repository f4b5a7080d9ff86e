//! Rules on the access token of a request to a pod: whether it is one that the pod takes.

use crate::fusion::facts::{PodEndpoint, PodRequest, Stack};
use crate::fusion::trust::IssuerFound;
use crate::jose::object::Object;
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_code, other_status};
use crate::rule::token::{self, KeyFound, SignedToken, resemblance};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

const INVALID_TOKEN: Denials = Denials::same(401, "invalid_token", "The token is not acceptable.");

fn on(facts: &PodRequest, check: fn(&SignedToken) -> Verdict) -> Verdict {
    facts
        .token
        .as_ref()
        .map_or(Verdict::NotApplicable, |access| check(&access.token))
}

fn has(facts: &PodRequest, what: impl Fn(&SignedToken) -> bool) -> bool {
    facts.token.as_ref().is_some_and(|access| what(&access.token))
}

/// Seconds.
const A_DAY: f64 = 86_400.0;

/// Whether a token that its issuer made for Fusion alone names its certificate in such a way.
fn directly_named(facts: &PodRequest, how: impl Fn(&Object) -> bool) -> bool {
    facts
        .token
        .as_ref()
        .is_some_and(|access| access.found.is_direct() && access.token.header().is_some_and(how))
}

/// The table.
pub static TOKEN_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "token.form",
        "The token is one compact signed token: three base64url parts without padding or blanks.",
        grounds(Confidence::Specified, &["FUSION-115"]),
        &["bearer.present", "bearer.form"],
        &[
            Defect::skip("not-a-token", &["RSV-047"], "takes any text for a token"),
            Defect::skip(
                "two-parts",
                &["RSV-050", "RSV-032"],
                "takes a token whose signature part is missing",
            ),
            Defect::skip("more-parts", &["RSV-050"], "passes over superfluous parts"),
            Defect::skip("encrypted", &["RSV-050"], "takes an encrypted token for a signed one"),
            Defect::skip("padding", &["RSV-050"], "takes padded parts"),
            Defect::skip("blanks", &["RSV-050"], "passes over blanks in a token"),
            Defect::skip("json-serialization", &["RSV-050"], "takes the JSON serialization"),
            other_code(&["RSV-013"]),
        ],
        |facts| on(facts, token::form),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.header",
        "The header is a UTF-8 JSON object.",
        grounds(Confidence::Specified, &[]),
        &["token.form"],
        &[
            Defect::skip("not-an-object", &["RSV-050"], "goes on without a header"),
            other_code(&["RSV-065"]),
        ],
        |facts| on(facts, token::header_object),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.header-once",
        "No header member stands twice, or the last one counts.",
        grounds(Confidence::Specified, &[]),
        &["token.header"],
        &[Defect::skip(
            "first-wins",
            &["RSV-049"],
            "acts on the first of two header members",
        )],
        |facts| on(facts, token::header_once),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.algorithm",
        "The algorithm is RS256.",
        grounds(Confidence::Documented, &["FUSION-213", "FUSION-U-15"]),
        &["token.header"],
        &[
            Defect::skip("unsigned", &["RSV-033"], "accepts unsigned tokens"),
            Defect::skip(
                "unsigned-in-other-case",
                &["RSV-033"],
                "accepts unsigned tokens whose `none` is spelt otherwise",
            ),
            Defect::skip(
                "mac-by-public-key",
                &["RSV-035"],
                "accepts HMAC keyed by the public key as PEM",
            ),
            Defect::skip(
                "mac-by-public-key-in-other-encodings",
                &["RSV-035"],
                "accepts HMAC keyed by the public key in another encoding",
            ),
            Defect::skip("mac-by-guess", &["RSV-035"], "accepts HMAC keyed by nothing or a guess"),
            Defect::skip("other-algorithm", &["RSV-037", "ORA-141"], "accepts other algorithms"),
            Defect::skip(
                "other-case",
                &["RSV-037"],
                "reads algorithm names without regard to letter case",
            ),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        |facts| on(facts, token::algorithm),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.critical",
        "Nothing critical stands in the header that is not understood.",
        grounds(Confidence::Specified, &[]),
        &["token.header"],
        &[
            Defect::skip("unknown-extension", &["RSV-048"], "passes over critical extensions"),
            other_code(&["RSV-065"]),
        ],
        |facts| on(facts, token::critical),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.type",
        "The token is typed `at+jwt`, short or long, where the domain types its tokens (switch `access-token-type`).",
        grounds(Confidence::Specified, &["IDCS-OAUTH-301"]),
        &["token.header"],
        &[
            Defect::skip("missing", &["RSV-020"], "takes untyped tokens where tokens are typed"),
            Defect::skip("other", &["RSV-021"], "takes tokens of another type"),
            Defect::overreach(
                "untyped",
                &["ORA-091", "RSV-001"],
                "wants a type where the platform's tokens have none",
            ),
            Defect::overreach("long-form", &["RSV-022"], "knows the short form of the type only"),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        |facts| {
            // Agents take no other tokens than a domain's, so there a stranger's is held to the same.
            let is_agent = facts.stack == Stack::Spectra;
            let is_typed = facts
                .token
                .as_ref()
                .is_some_and(|access| access.found.is_typed(is_agent));
            if !is_typed || facts.landscape.profile.is(switch::ACCESS_TOKEN_TYPE, "none") {
                return Verdict::NotApplicable;
            }
            let Some(header) = facts.token.as_ref().and_then(|access| access.token.header()) else {
                return Verdict::NotApplicable;
            };
            match header
                .text("typ")
                .value()
                .map(|text| text.to_ascii_lowercase())
                .as_deref()
            {
                Some("at+jwt" | "application/at+jwt") => Verdict::Held,
                Some(_) => Verdict::violated("other", "`typ` is not `at+jwt`"),
                None => Verdict::violated("missing", "`typ` is missing"),
            }
        },
        INVALID_TOKEN,
    )
    .beside(&[
        neighbour("untyped", |facts| has(facts, |token| token.lacks_header("typ"))),
        neighbour("long-form", |facts| {
            has(facts, |token| {
                token.header().is_some_and(|header| {
                    header
                        .text("typ")
                        .value()
                        .is_some_and(|text| text.starts_with("application/"))
                })
            })
        }),
    ]),
    guard::<PodEndpoint>(
        "token.claims",
        "The claims are a UTF-8 JSON object.",
        grounds(Confidence::Specified, &[]),
        &["token.form"],
        &[
            Defect::skip("not-an-object", &["RSV-050"], "goes on without claims"),
            Defect::overreach(
                "escaped-slashes",
                &["ORA-109", "RSV-001"],
                "cannot read escaped slashes",
            ),
        ],
        |facts| on(facts, token::claims_object),
        INVALID_TOKEN,
    )
    .beside(&[neighbour("escaped-slashes", |facts| {
        has(facts, |token| {
            token.claims().is_some_and(|claims| {
                ["iss", "scope"]
                    .iter()
                    .any(|name| claims.raw(name).is_some_and(|raw| raw.contains("\\/")))
            })
        })
    })]),
    guard::<PodEndpoint>(
        "token.members-once",
        "No claim stands twice, or the last one counts.",
        grounds(Confidence::Specified, &[]),
        &["token.claims"],
        &[
            Defect::skip("first-wins", &["RSV-049"], "acts on the first of two claims"),
            other_code(&["RSV-065"]),
        ],
        |facts| on(facts, token::claims_once),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.claim-types",
        "Every claim has the type of its definition; unknown claims are passed over.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-334"]),
        &["token.claims"],
        &[
            Defect::skip("expiry", &["RSV-040"], "passes over an expiry that is no number"),
            Defect::skip("audience", &["RSV-028"], "passes over an audience that is no text"),
            Defect::skip("issuer", &["RSV-026"], "passes over an issuer that is no text"),
            Defect::skip("subject", &["RSV-044"], "passes over a subject that is no text"),
            Defect::skip("number-range", &["RSV-040"], "passes over times beyond any clock"),
            Defect::overreach("unknown-claim", &["RSV-056"], "refuses claims that it does not know"),
            other_code(&["RSV-013"]),
        ],
        |facts| on(facts, token::claim_types),
        INVALID_TOKEN,
    )
    .beside(&[neighbour("unknown-claim", |facts| has(facts, token::has_unknown_claim))]),
    guard::<PodEndpoint>(
        "token.issuer",
        "The issuer is one that the pod trusts, byte for byte.",
        grounds(
            Confidence::Documented,
            &["FUSION-209", "FUSION-215", "FUSION-C-11", "FUSION-C-12"],
        ),
        &["token.claims", "token.claim-types"],
        &[
            Defect::skip("missing", &["RSV-026"], "takes tokens of nobody in particular"),
            Defect::skip("unknown", &["RSV-024", "ORA-020"], "takes tokens of anybody"),
            Defect::skip(
                "other-spelling",
                &["RSV-025", "ORA-093", "ORA-138"],
                "compares issuers without regard to spelling",
            ),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        |facts| match on(facts, |token| token::present(token, "iss")) {
            Verdict::Held if !has(facts, |token| token.text("iss").is_some()) => Verdict::NotApplicable,
            Verdict::Held => match facts.token.as_ref().map(|access| access.found.issuer) {
                Some(IssuerFound::Trusted) => Verdict::Held,
                Some(IssuerFound::Not(cause)) => Verdict::violated(cause, "`iss` is no trusted issuer of this pod"),
                None => Verdict::NotApplicable,
            },
            Verdict::Violated(_) => Verdict::violated("missing", "`iss` is missing"),
            verdict => verdict,
        },
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.key",
        "The header names a key of the issuer, by thumbprint or id.",
        grounds(Confidence::Assumed, &["FUSION-217", "FUSION-U-13", "FUSION-U-14"]),
        &["token.issuer", "token.header", "token.header-once"],
        &[
            Defect::skip(
                "unknown-key-id",
                &["RSV-051"],
                "falls back to another key where the id is unknown",
            ),
            Defect::skip("key-of-another-issuer", &["RSV-027"], "looks keys up among all issuers"),
            Defect::skip(
                "unknown-thumbprint",
                &["ORA-094", "ORA-025"],
                "falls back to another key where the thumbprint is unknown",
            ),
            Defect::skip("not-text", &["RSV-051"], "passes over a key id that is no text"),
            Defect::overreach("standard-alphabet", &["ORA-142"], "reads thumbprints in base64url only"),
            Defect::overreach("by-alias", &["TRU-009"], "finds certificates by thumbprint only"),
            Defect::overreach("by-sha-256", &["TRU-009"], "knows SHA-1 thumbprints only"),
            Defect::overreach("unnamed", &["TRU-009"], "wants a token to name its certificate"),
            Defect::overreach(
                "former-key",
                &["ROT-002"],
                "forgets the key of its domain as soon as there is a new one",
            ),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        |facts| on(facts, |token| token::key_names(token).and_then(|| token::key(token))),
        INVALID_TOKEN,
    )
    .beside(&[
        neighbour("standard-alphabet", |facts| {
            directly_named(facts, |header| {
                header
                    .text("x5t")
                    .value()
                    .is_some_and(|print| print.contains(['+', '/', '=']))
            })
        }),
        neighbour("by-alias", |facts| {
            directly_named(facts, |header| {
                header.has("kid") && !header.has("x5t") && !header.has("x5t#S256")
            })
        }),
        neighbour("by-sha-256", |facts| {
            directly_named(facts, |header| header.has("x5t#S256") && !header.has("x5t"))
        }),
        neighbour("unnamed", |facts| {
            directly_named(facts, |header| {
                !["kid", "x5t", "x5t#S256"].iter().any(|name| header.has(name))
            })
        }),
        neighbour("former-key", |facts| {
            let key = facts.token.as_ref().map(|token| &token.token.key);
            match (key, facts.landscape.domains.get(&facts.pod.domain)) {
                (Some(KeyFound::Found(key, _)), Some(domain)) => domain.is_former_key(key, facts.env.now),
                _ => false,
            }
        }),
    ]),
    guard::<PodEndpoint>(
        "token.signature",
        "The signature is by the issuer's key, over header and claims as sent.",
        grounds(Confidence::Specified, &["FUSION-203"]),
        &["token.algorithm", "token.critical", "token.key", "token.claims"],
        &[
            Defect::skip(
                "mismatch",
                &["RSV-032", "RSV-034", "RSV-036"],
                "accepts a signature that does not verify",
            ),
            Defect::skip("empty", &["RSV-032"], "accepts an empty signature"),
            Defect::skip("length", &["SIG-007"], "accepts a signature of another length"),
            Defect::skip("other-padding", &["SIG-005"], "accepts a PSS value for RS256"),
            Defect::skip("other-hash", &["SIG-006"], "accepts another hash for RS256"),
            Defect::skip("key-from-header", &["RSV-036"], "takes the key out of the header"),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
            no_challenge(&["RSV-013"]),
        ],
        |facts| on(facts, token::signature),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.kind",
        "It is an access token, not an ID token.",
        grounds(Confidence::Inferred, &["IDCS-OAUTH-336", "IDCS-OAUTH-390"]),
        &["token.claims"],
        &[
            Defect::skip("id-token", &["RSV-045", "ORA-100"], "takes ID tokens for access tokens"),
            other_code(&["RSV-013"]),
        ],
        |facts| {
            if has(facts, |token| token.text("tok_type").is_some_and(|kind| kind != "AT")) {
                Verdict::violated("id-token", "`tok_type` is not AT")
            } else {
                Verdict::Held
            }
        },
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.unbound",
        "A token that is bound to a key is not taken from a bearer.",
        grounds(Confidence::Specified, &[]),
        &["token.claims"],
        &[Defect::skip("bound", &["RSV-053"], "takes bound tokens from anybody")],
        |facts| {
            if has(facts, |token| token.has_claim("cnf")) {
                Verdict::violated("bound", "the token is bound to a key (`cnf`)")
            } else {
                Verdict::Held
            }
        },
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.expiry-present",
        "The token says when it ends.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-334"]),
        &["token.claims"],
        &[
            Defect::skip("missing", &["RSV-039"], "takes tokens that never end"),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        |facts| on(facts, |token| token::present(token, "exp")),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.expiry",
        "The token has not ended, give or take a minute.",
        grounds(Confidence::Assumed, &["FUSION-U-11"]),
        &["token.expiry-present", "token.claim-types"],
        &[
            Defect::skip("expired", &["RSV-038"], "takes tokens that have ended"),
            Defect::skip("just-expired", &["RSV-041"], "allows twice the skew that it states"),
            Defect::overreach(
                "long-life",
                &["TRU-011"],
                "wants tokens of third parties to be short-lived",
            ),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        |facts| on(facts, token::expiry),
        INVALID_TOKEN,
    )
    .beside(&[neighbour("long-life", |facts| {
        facts.token.as_ref().is_some_and(|access| {
            let times = access.token.time("exp").zip(access.token.time("iat"));
            access.found.is_direct() && times.is_some_and(|(end, start)| end - start > A_DAY)
        })
    })]),
    guard::<PodEndpoint>(
        "token.not-before",
        "The token has begun, give or take a minute.",
        grounds(Confidence::Assumed, &["FUSION-U-11"]),
        &["token.claims", "token.claim-types"],
        &[
            Defect::skip("in-the-future", &["RSV-042"], "takes tokens that have not begun"),
            other_code(&["RSV-065"]),
        ],
        |facts| on(facts, token::not_before),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.issued-at",
        "The token was not issued in the future.",
        grounds(Confidence::Assumed, &["FUSION-U-11"]),
        &["token.claims", "token.claim-types"],
        &[Defect::skip(
            "in-the-future",
            &["RSV-043"],
            "takes tokens issued in the future",
        )],
        |facts| on(facts, token::issued_at),
        INVALID_TOKEN,
    ),
    guard::<PodEndpoint>(
        "token.audience",
        "One audience of the token is this stack of this pod, exactly; the ADF stack takes tokens without any.",
        grounds(
            Confidence::Assumed,
            &[
                "FUSION-104",
                "FUSION-108",
                "FUSION-114",
                "FUSION-U-02",
                "FUSION-U-03",
                "FUSION-102",
            ],
        ),
        &["token.claims", "token.claim-types"],
        &[
            Defect::skip("missing", &["RSV-028"], "takes tokens for nobody in particular"),
            Defect::skip("elsewhere", &["RSV-029"], "takes tokens made out to somebody else"),
            Defect::skip(
                "other-stack",
                &["SCP-020", "ORA-154", "ORA-155"],
                "takes tokens of the other stack",
            ),
            Defect::skip(
                "other-pod",
                &["RSV-029", "RSV-031", "ORA-025"],
                "takes tokens of another pod",
            ),
            Defect::skip("part-of-it", &["RSV-031"], "compares a part of the audience"),
            Defect::skip(
                "other-spelling",
                &["RSV-031"],
                "compares audiences without regard to spelling",
            ),
            Defect::overreach(
                "list",
                &["RSV-030", "ORA-105", "RSV-001"],
                "refuses lists of several audiences",
            ),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        audience,
        INVALID_TOKEN,
    )
    .beside(&[neighbour("list", |facts| has(facts, token::has_several_audiences))]),
];

fn audience(facts: &PodRequest) -> Verdict {
    let Some(access) = &facts.token else {
        return Verdict::NotApplicable;
    };
    if access.token.lacks_claim("aud") {
        return match facts.stack {
            Stack::Spectra => Verdict::violated("missing", "`aud` is missing"),
            Stack::Adf => Verdict::NotApplicable,
        };
    }
    let accepted = facts.audiences();
    let of_other_pod = |audience: &String| {
        let pods = facts.landscape.pods.values();
        pods.filter(|pod| pod.host != facts.pod.host)
            .any(|pod| pod.audiences().any(|own| own == audience))
    };
    token::audience(&access.token, &accepted, |named| {
        if named
            .iter()
            .any(|audience| facts.pod.audiences().any(|own| own == audience))
        {
            return "other-stack";
        }
        if named.iter().any(of_other_pod) {
            return "other-pod";
        }
        match named.iter().find_map(|audience| resemblance(audience, &accepted)) {
            Some("pattern") | None => "elsewhere",
            Some(cause) => cause,
        }
    })
}
