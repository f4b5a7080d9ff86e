//! Rules on the access token of a request to an instance: whether it is one that the instance takes.

use crate::landscape::profile::switch;
use crate::oic::facts::{InstanceEndpoint, InstanceRequest};
use crate::oic::token::ACCOUNT_AUDIENCE;
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_code, other_status};
use crate::rule::token::{self, SignedToken, resemblance};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

const INVALID_TOKEN: Denials = Denials::same(401, "invalid_token", "The token is not acceptable.");

fn on(facts: &InstanceRequest, check: fn(&SignedToken) -> Verdict) -> Verdict {
    match &facts.token {
        Some(access) if facts.is_guarded() => check(&access.token),
        _ => Verdict::NotApplicable,
    }
}

fn has(facts: &InstanceRequest, what: impl Fn(&SignedToken) -> bool) -> bool {
    facts.token.as_ref().is_some_and(|access| what(&access.token))
}

/// The table.
pub static TOKEN_RULES: &[Rule<InstanceEndpoint>] = &[
    guard::<InstanceEndpoint>(
        "oic.token-form",
        "The token is one compact signed token: three base64url parts without padding or blanks.",
        grounds(Confidence::Specified, &["OIC-201"]),
        &["oic.credential-present", "oic.credential-form"],
        &[
            Defect::skip("not-a-token", &["RSV-047"], "takes any text for a token"),
            Defect::skip(
                "two-parts",
                &["RSV-050", "RSV-032"],
                "takes a token whose signature part is missing",
            ),
            Defect::skip("more-parts", &["RSV-050"], "passes over superfluous parts"),
            Defect::skip("padding", &["RSV-050"], "takes padded parts"),
            Defect::skip("json-serialization", &["RSV-050"], "takes the JSON serialization"),
            other_code(&["RSV-013"]),
        ],
        |facts| on(facts, token::form),
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-header",
        "The header is a UTF-8 JSON object that no member stands in twice.",
        grounds(Confidence::Specified, &["OIC-130", "OIC-201"]),
        &["oic.token-form"],
        &[
            Defect::skip("not-an-object", &["RSV-050"], "goes on without a header"),
            Defect::skip("first-wins", &["RSV-049"], "acts on the first of two header members"),
            other_code(&["RSV-065"]),
        ],
        |facts| {
            on(facts, |token| {
                token::header_object(token).and_then(|| token::header_once(token))
            })
        },
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-algorithm",
        "The algorithm is RS256.",
        grounds(Confidence::Observed, &["OIC-130", "OIC-201"]),
        &["oic.token-header"],
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
            Defect::skip("mac-by-guess", &["RSV-035"], "accepts HMAC keyed by nothing or a guess"),
            Defect::skip("other-algorithm", &["RSV-037", "ORA-141"], "accepts other algorithms"),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        |facts| on(facts, token::algorithm),
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-critical",
        "Nothing critical stands in the header that is not understood.",
        grounds(Confidence::Specified, &["OIC-201"]),
        &["oic.token-header"],
        &[Defect::skip(
            "unknown-extension",
            &["RSV-048"],
            "passes over critical extensions",
        )],
        |facts| on(facts, token::critical),
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-claims",
        "The claims are a UTF-8 JSON object that no member stands in twice.",
        grounds(Confidence::Specified, &["OIC-133", "OIC-201"]),
        &["oic.token-form"],
        &[
            Defect::skip("not-an-object", &["RSV-050"], "goes on without claims"),
            Defect::skip("first-wins", &["RSV-049"], "acts on the first of two claims"),
            Defect::overreach(
                "escaped-slashes",
                &["ORA-109", "RSV-001", "INT-004"],
                "cannot read escaped slashes",
            ),
        ],
        |facts| {
            on(facts, |token| {
                token::claims_object(token).and_then(|| token::claims_once(token))
            })
        },
        INVALID_TOKEN,
    )
    .beside(&[neighbour("escaped-slashes", |facts| {
        has(facts, |token| {
            token
                .claims()
                .is_some_and(|claims| claims.raw("iss").is_some_and(|raw| raw.contains("\\/")))
        })
    })]),
    guard::<InstanceEndpoint>(
        "oic.token-claim-types",
        "Every claim has the type of its definition; unknown claims are passed over.",
        grounds(Confidence::Specified, &["OIC-133"]),
        &["oic.token-claims"],
        &[
            Defect::skip("expiry", &["RSV-040"], "passes over an expiry that is no number"),
            Defect::skip("audience", &["RSV-028"], "passes over an audience that is no text"),
            Defect::skip("subject", &["RSV-044"], "passes over a subject that is no text"),
            Defect::overreach("unknown-claim", &["RSV-056"], "refuses claims that it does not know"),
        ],
        |facts| on(facts, token::claim_types),
        INVALID_TOKEN,
    )
    .beside(&[neighbour("unknown-claim", |facts| has(facts, token::has_unknown_claim))]),
    guard::<InstanceEndpoint>(
        "oic.token-issuer",
        "The issuer is that of the domain of the instance, byte for byte.",
        grounds(Confidence::Inferred, &["OIC-132", "OIC-137", "OIC-C-09"]),
        &["oic.token-claims", "oic.token-claim-types"],
        &[
            Defect::skip("missing", &["RSV-026"], "takes tokens of nobody in particular"),
            Defect::skip("unknown", &["RSV-024"], "takes tokens of anybody"),
            Defect::skip(
                "other-spelling",
                &["RSV-025", "ORA-093"],
                "compares issuers without regard to spelling",
            ),
            other_code(&["RSV-013"]),
        ],
        |facts| match on(facts, |token| token::present(token, "iss")) {
            Verdict::Held if !has(facts, |token| token.text("iss").is_some()) => Verdict::NotApplicable,
            Verdict::Held => match facts.token.as_ref().map(|access| access.issuer) {
                Some(Err(cause)) => Verdict::violated(cause, "`iss` is not the issuer of the instance's domain"),
                Some(Ok(())) => Verdict::Held,
                None => Verdict::NotApplicable,
            },
            Verdict::Violated(_) => Verdict::violated("missing", "`iss` is missing"),
            verdict => verdict,
        },
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-key",
        "The header names a key of the domain, by thumbprint or id.",
        grounds(Confidence::Inferred, &["OIC-130", "OIC-149", "OIC-219"]),
        &["oic.token-issuer", "oic.token-header"],
        &[
            Defect::skip(
                "unknown-key-id",
                &["RSV-051"],
                "falls back to another key where the id is unknown",
            ),
            Defect::skip("key-of-another-issuer", &["RSV-027"], "looks keys up among all issuers"),
            Defect::skip(
                "unknown-thumbprint",
                &["ORA-094", "INT-005"],
                "takes tokens of every domain that shares the issuer",
            ),
            other_code(&["RSV-013"]),
        ],
        |facts| on(facts, |token| token::key_names(token).and_then(|| token::key(token))),
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-signature",
        "The signature is by the domain's key, over header and claims as sent.",
        grounds(Confidence::Inferred, &["OIC-137", "OIC-201"]),
        &[
            "oic.token-algorithm",
            "oic.token-critical",
            "oic.token-key",
            "oic.token-claims",
        ],
        &[
            Defect::skip(
                "mismatch",
                &["RSV-032", "RSV-034"],
                "accepts a signature that does not verify",
            ),
            Defect::skip("empty", &["RSV-032"], "accepts an empty signature"),
            Defect::skip("length", &["SIG-007"], "accepts a signature of another length"),
            Defect::skip("key-from-header", &["RSV-036"], "takes the key out of the header"),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
            no_challenge(&["RSV-013"]),
        ],
        |facts| on(facts, token::signature),
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-kind",
        "It is an access token, not an ID token, and bound to no key.",
        grounds(Confidence::Inferred, &["OIC-133"]),
        &["oic.token-claims"],
        &[
            Defect::skip("id-token", &["RSV-045", "ORA-100"], "takes ID tokens for access tokens"),
            Defect::skip("bound", &["RSV-053"], "takes bound tokens from anybody"),
        ],
        |facts| {
            if has(facts, |token| token.text("tok_type").is_some_and(|kind| kind != "AT")) {
                Verdict::violated("id-token", "`tok_type` is not AT")
            } else if has(facts, |token| token.has_claim("cnf")) {
                Verdict::violated("bound", "the token is bound to a key (`cnf`)")
            } else {
                Verdict::Held
            }
        },
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-expiry",
        "The token says when it ends and has not ended, give or take a minute.",
        grounds(Confidence::Assumed, &["OIC-058", "OIC-201", "OIC-209"]),
        &["oic.token-claims", "oic.token-claim-types"],
        &[
            Defect::skip("missing", &["RSV-039"], "takes tokens that never end"),
            Defect::skip("expired", &["RSV-038"], "takes tokens that have ended"),
            Defect::skip("just-expired", &["RSV-041"], "allows twice the skew that it states"),
            Defect::overreach("no-skew", &["INT-006"], "allows no skew between clocks"),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        |facts| {
            on(facts, |token| {
                token::present(token, "exp").and_then(|| token::expiry(token))
            })
        },
        INVALID_TOKEN,
    )
    .beside(&[neighbour("no-skew", |facts| {
        has(facts, |token| {
            token.time("exp").is_some_and(|end| end < token::seconds(token.now))
        })
    })]),
    guard::<InstanceEndpoint>(
        "oic.token-begun",
        "The token has begun, and was not issued in the future, give or take a minute.",
        grounds(Confidence::Assumed, &["OIC-209"]),
        &["oic.token-claims", "oic.token-claim-types"],
        &[Defect::skip(
            "in-the-future",
            &["RSV-042", "RSV-043"],
            "takes tokens that have not begun",
        )],
        |facts| match on(facts, token::not_before) {
            Verdict::Held | Verdict::NotApplicable => on(facts, token::issued_at),
            violated => violated,
        },
        INVALID_TOKEN,
    ),
    guard::<InstanceEndpoint>(
        "oic.token-audience",
        "One audience of the token is this instance, exactly, or the whole account.",
        grounds(
            Confidence::Inferred,
            &["OIC-007", "OIC-051", "OIC-116", "OIC-131", "OIC-202", "OIC-208"],
        ),
        &["oic.token-claims", "oic.token-claim-types"],
        &[
            Defect::skip("missing", &["RSV-028"], "takes tokens for nobody in particular"),
            Defect::skip("elsewhere", &["RSV-029"], "takes tokens made out to somebody else"),
            Defect::skip(
                "other-instance",
                &["RSV-029", "ORA-017", "INT-007"],
                "takes tokens of a sibling instance",
            ),
            Defect::skip("fusion", &["RSV-029", "ORA-017", "INT-007"], "takes tokens for Fusion"),
            Defect::skip("part-of-it", &["RSV-031"], "compares a part of the audience"),
            Defect::skip(
                "other-spelling",
                &["RSV-031"],
                "compares audiences without regard to spelling",
            ),
            Defect::overreach(
                "list",
                &["RSV-030", "ORA-105", "INT-004"],
                "refuses lists of several audiences",
            ),
            other_code(&["RSV-013"]),
            other_status(&["RSV-064"]),
        ],
        audience,
        INVALID_TOKEN,
    )
    .beside(&[neighbour("list", |facts| has(facts, token::has_several_audiences))]),
    guard::<InstanceEndpoint>(
        "oic.account-wide",
        "A token for the whole account opens the instance, or does not (switch `oic-account-wide`).",
        grounds(Confidence::Documented, &["OIC-119", "OIC-208"]),
        &["oic.token-audience"],
        &[
            Defect::skip(
                "account",
                &["INT-008"],
                "takes tokens for the whole account where they are refused",
            ),
            Defect::overreach(
                "accepted",
                &["INT-009"],
                "refuses tokens for the whole account where they are taken",
            ),
        ],
        |facts| {
            if !is_account_wide(facts) || facts.context.landscape.profile.is(switch::OIC_ACCOUNT_WIDE, "accepted") {
                return Verdict::Held;
            }
            Verdict::violated(
                "account",
                "the token is for the whole account, and this instance is not named in it",
            )
        },
        INVALID_TOKEN,
    )
    .beside(&[neighbour("accepted", |facts| is_account_wide(facts))]),
];

/// Whether a token is good for everything of its account.
pub fn is_account_wide(facts: &InstanceRequest) -> bool {
    has(facts, |token| {
        token
            .audiences()
            .is_some_and(|named| named.iter().any(|audience| audience == ACCOUNT_AUDIENCE))
    })
}

fn audience(facts: &InstanceRequest) -> Verdict {
    let (Some(access), Some(instance)) = (&facts.token, facts.context.instance) else {
        return Verdict::NotApplicable;
    };
    if !facts.is_guarded() || facts.is_by_third_party() {
        return Verdict::NotApplicable;
    }
    if access.token.lacks_claim("aud") {
        return Verdict::violated("missing", "`aud` is missing");
    }
    let mut accepted = instance.audiences().to_vec();
    accepted.push(ACCOUNT_AUDIENCE.to_owned());
    let landscape = facts.context.landscape;
    let of_sibling = |audience: &String| {
        let mut instances = landscape.instances.values();
        instances.any(|other| other.host != instance.host && other.audiences().contains(audience))
    };
    let of_fusion = |audience: &String| {
        let mut pods = landscape.pods.values();
        pods.any(|pod| pod.spectra_audience == *audience || pod.adf_audiences.contains(audience))
    };
    token::audience(&access.token, &accepted, |named| {
        if named.iter().any(of_sibling) {
            return "other-instance";
        }
        if named.iter().any(of_fusion) {
            return "fusion";
        }
        match named.iter().find_map(|audience| resemblance(audience, &accepted)) {
            Some("pattern") | None => "elsewhere",
            Some(cause) => cause,
        }
    })
}
