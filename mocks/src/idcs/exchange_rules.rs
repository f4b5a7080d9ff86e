//! Rules on grants that stand on what somebody else vouches for: exchanges of tokens, and SAML assertions.
//!
//! A domain exchanges the tokens of issuers that it was told to trust for session tokens of the cloud, and gives its own tokens to whoever
//! signs a request with the key that such a session token is bound to. No partner for SAML is imitated; what is asked of that grant before is
//! judged as documented.

use crate::idcs::exchange_facts::{SubjectToken, Wanted};
use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::idcs::request_signature::RequestSignature;
use crate::idcs::session_token;
use crate::landscape::{ForeignToken, UserStatus};
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

const INVALID_REQUEST: Denials = Denials::same(
    400,
    "invalid_request",
    "The request contains invalid parameters or values.",
);

/// How many seconds the date of a signed request may be off: the cloud documents five minutes.
const SIGNATURE_AGE: u64 = 300;

/// Why nobody sees that an assertion is not looked for.
const NO_PARTNER: &str = "no landscape has a partner for SAML, so the next rule gives no token either";

/// The table.
pub static EXCHANGE_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "exchange.form",
        "An exchange says what it wants, and for a session token brings key, token, kind and where needed issuer.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-033", "IDCS-OAUTH-034", "IDCS-OAUTH-727"],
        ),
        &["grant.known"],
        &[
            Defect::skip("kind", &["TXC-002"], "exchanges for whatever is asked"),
            Defect::skip(
                "incomplete",
                &["TXC-003"],
                "exchanges without a token, a key or an issuer",
            ),
            Defect::skip("subject-kind", &["TXC-003"], "takes any kind of foreign token"),
            other_code(&["TXC-002", "TXC-003"]),
        ],
        exchange_form,
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "exchange.key",
        "The key of an exchange is an RSA key of 2048 bits or more, in base64 without markers.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-034", "IDCS-OAUTH-727"]),
        &["exchange.form"],
        &[
            Defect::skip("unreadable", &["TXC-003"], "takes any text for a key"),
            other_code(&["TXC-003"]),
        ],
        |facts| match &facts.exchange {
            Some(exchange) if exchange.wanted == Wanted::SessionToken && facts.form.value("public_key").is_some() => {
                match exchange.key {
                    Some(_) => Verdict::Held,
                    None => Verdict::violated("unreadable", "`public_key` is no RSA key of 2048 bits or more"),
                }
            }
            _ => Verdict::NotApplicable,
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "exchange.signed",
        "An exchange for a token of the domain is signed, by the key that a session token of the domain is bound to.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-002", "IDCS-OAUTH-033", "IDCS-OAUTH-727"],
        ),
        &["exchange.form", "client.one-method"],
        &[
            Defect::skip(
                "unsigned",
                &["TXC-001"],
                "gives a token for an exchange that nobody signed",
            ),
            Defect::skip("unreadable", &["TXC-016"], "takes anything for a signature"),
            Defect::skip(
                "unknown-principal",
                &["TXC-017"],
                "takes signatures by keys that it knows nothing of",
            ),
            Defect::skip("ended", &["TXC-018"], "takes session tokens that have ended"),
            Defect::skip(
                "uncovered",
                &["TXC-019"],
                "takes signatures that leave out what they must cover",
            ),
            Defect::skip("stale", &["TXC-020"], "takes requests that were signed long ago"),
            Defect::skip("other-body", &["TXC-021"], "does not look at the digest of the body"),
            Defect::skip("mismatch", &["TXC-022"], "does not verify signatures over requests"),
            other_code(&["TXC-001"]),
        ],
        |facts| match facts.exchange.as_ref().map(|exchange| exchange.wanted) {
            Some(Wanted::AccessToken) => match &facts.signature {
                Some(signature) => by_principal(signature, facts.context.env.now),
                None => Verdict::violated("unsigned", "the request is not signed"),
            },
            _ => Verdict::NotApplicable,
        },
        Denials::same(401, "invalid_client", "Client authentication failed."),
    ),
    guard::<TokenEndpoint>(
        "exchange.subject",
        "A foreign token is of an issuer that the domain was told to trust, for this kind of tokens and this client.",
        grounds(
            Confidence::Assumed,
            &["IDCS-OAUTH-034", "IDCS-OAUTH-606", "IDCS-OAUTH-727"],
        ),
        &["exchange.form"],
        &[
            Defect::skip(
                "untrusted",
                &["TXC-004"],
                "exchanges the tokens of issuers that nobody trusts",
            ),
            Defect::skip("switched-off", &["TXC-004"], "goes by a trust that was switched off"),
            Defect::skip(
                "other-client",
                &["TXC-010"],
                "exchanges for clients that the trust does not name",
            ),
            other_code(&["TXC-004", "TXC-010"]),
            other_status(&["TXC-004", "TXC-010"]),
        ],
        |facts| subject(facts).map_or(Verdict::NotApplicable, |subject| trusted(facts, subject)),
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "exchange.subject-signature",
        "A foreign token is signed by RS256 with the key that the trust has a certificate over.",
        grounds(
            Confidence::Assumed,
            &["IDCS-OAUTH-034", "IDCS-OAUTH-606", "IDCS-OAUTH-727"],
        ),
        &["exchange.subject"],
        &[
            Defect::skip("unsigned", &["TXC-011"], "takes foreign tokens that nobody signed"),
            Defect::skip("other-algorithm", &["TXC-011"], "takes foreign tokens by any algorithm"),
            Defect::skip(
                "mismatch",
                &["TXC-011"],
                "does not look at the signature of foreign tokens",
            ),
            Defect::skip(
                "no-certificate",
                &["TXC-011"],
                "takes foreign tokens that it has no certificate for",
            ),
            other_code(&["TXC-011"]),
            other_status(&["TXC-011"]),
        ],
        |facts| subject(facts).map_or(Verdict::NotApplicable, signed),
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "exchange.subject-times",
        "A foreign token has begun and not ended, give or take the skew of the trust.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-606", "IDCS-OAUTH-727"]),
        &["exchange.subject"],
        &[
            Defect::skip("endless", &["TXC-012"], "takes foreign tokens that never end"),
            Defect::skip("expired", &["TXC-012"], "takes foreign tokens that have ended"),
            Defect::skip(
                "in-the-future",
                &["TXC-012"],
                "takes foreign tokens that have not begun",
            ),
            Defect::overreach("within-skew", &["TXC-012"], "allows no skew"),
            other_code(&["TXC-012"]),
            other_status(&["TXC-012"]),
        ],
        |facts| subject(facts).map_or(Verdict::NotApplicable, in_time),
        INVALID_REQUEST,
    )
    .beside(&[neighbour("within-skew", |facts| {
        let expiry = subject(facts).and_then(|subject| subject.token.time("exp"));
        expiry.is_some_and(|expiry| expiry <= token::seconds(facts.context.env.now))
    })]),
    guard::<TokenEndpoint>(
        "exchange.subject-user",
        "A foreign token is about a user of this domain who may sign in.",
        grounds(
            Confidence::Assumed,
            &["IDCS-OAUTH-034", "IDCS-OAUTH-606", "IDCS-OAUTH-727"],
        ),
        &["exchange.subject"],
        &[
            Defect::skip(
                "unknown",
                &["TXC-013"],
                "gives session tokens for users that nobody knows",
            ),
            Defect::skip(
                "not-active",
                &["TXC-013"],
                "gives session tokens for users who may not sign in",
            ),
            other_code(&["TXC-013"]),
            other_status(&["TXC-013"]),
        ],
        |facts| subject(facts).map_or(Verdict::NotApplicable, of_user),
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "saml.present",
        "The grant for SAML assertions brings one.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-024", "IDCS-OAUTH-706"]),
        &["grant.known"],
        &[
            Defect::skip("missing", &["SAM-001"], "gives a token without an assertion").unobservable(NO_PARTNER),
            other_code(&["SAM-001"]),
        ],
        |facts| match (facts.grant, facts.form.value("assertion")) {
            (Some(Grant::SamlBearer), None) => Verdict::violated("missing", "`assertion` is missing"),
            (Some(Grant::SamlBearer), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        INVALID_REQUEST,
    ),
    guard::<TokenEndpoint>(
        "saml.trusted",
        "A SAML assertion is signed by a partner whose certificate the domain holds, which these servers know none of.",
        grounds(
            Confidence::Assumed,
            &["IDCS-OAUTH-024", "IDCS-OAUTH-231", "IDCS-OAUTH-701"],
        ),
        &["saml.present"],
        &[
            Defect::skip(
                "untrusted",
                &["SAM-002"],
                "takes SAML assertions that nobody it trusts has signed",
            ),
            other_code(&["SAM-002"]),
            other_status(&["SAM-002"]),
        ],
        |facts| match facts.grant {
            Some(Grant::SamlBearer) => Verdict::violated("untrusted", "no trusted partner signed the assertion"),
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "invalid_grant", "The assertion is not valid."),
    ),
];

/// Whether a principal that the domain knows signed the request, just now and as it was sent.
fn by_principal(signature: &RequestSignature, now: u64) -> Verdict {
    if !signature.is_readable {
        return Verdict::violated("unreadable", "the signature has not the form of one");
    }
    let session = signature.session.as_ref();
    let is_known = session.is_some_and(|session| {
        session.text("iss").as_deref() == Some(session_token::ISSUER) && token::signature(session) == Verdict::Held
    });
    let may_sign_in = signature.user.is_some_and(|user| user.status == UserStatus::Active);
    let (Some(session), true) = (session, is_known && may_sign_in) else {
        return Verdict::violated(
            "unknown-principal",
            "the name of the key is no session token of a user who may sign in",
        );
    };
    if token::expiry(session) != Verdict::Held {
        return Verdict::violated("ended", "the session token has ended");
    }
    if let Some(name) = signature.uncovered {
        return Verdict::violated("uncovered", format!("the signature does not cover `{name}`"));
    }
    match signature.signed_at {
        Some(at) if now.abs_diff(at) <= SIGNATURE_AGE => {}
        _ => return Verdict::violated("stale", "the request was not signed within five minutes of now"),
    }
    if !signature.is_of_body {
        return Verdict::violated("other-body", "the digest is not the one of the body");
    }
    if signature.verifies {
        Verdict::Held
    } else {
        Verdict::violated(
            "mismatch",
            "the signature does not verify under the key of the session token",
        )
    }
}

/// The foreign token of an exchange for a session token.
fn subject<'a, 'f>(facts: &'f TokenRequest<'a>) -> Option<&'f SubjectToken<'a>> {
    let exchange = facts.exchange.as_ref()?;
    (exchange.wanted == Wanted::SessionToken).then_some(exchange.subject.as_ref()?)
}

fn exchange_form(facts: &TokenRequest) -> Verdict {
    let Some(exchange) = &facts.exchange else {
        return Verdict::NotApplicable;
    };
    match exchange.wanted {
        Wanted::AccessToken => return Verdict::Held,
        Wanted::Unknown => return Verdict::violated("kind", "no such kind of token can be had by an exchange"),
        Wanted::SessionToken => {}
    }
    let sent = |name: &str| facts.form.value(name);
    if ["public_key", "subject_token", "subject_token_type"]
        .iter()
        .any(|name| sent(name).is_none())
    {
        return Verdict::violated("incomplete", "a parameter of the exchange is missing");
    }
    match sent("subject_token_type").and_then(ForeignToken::of_parameter) {
        Some(ForeignToken::Spnego) if sent("issuer").is_none() => {
            Verdict::violated("incomplete", "`issuer` is missing, which this kind of token needs")
        }
        Some(_) => Verdict::Held,
        None => Verdict::violated("subject-kind", "no such kind of foreign token is taken"),
    }
}

fn trusted(facts: &TokenRequest, subject: &SubjectToken) -> Verdict {
    let kind = facts
        .form
        .value("subject_token_type")
        .and_then(ForeignToken::of_parameter);
    let trust = subject.trust.filter(|trust| kind.is_none_or(|kind| kind == trust.kind));
    let Some(trust) = trust else {
        return Verdict::violated("untrusted", "nobody told the domain to trust this token");
    };
    let client = facts.app().map(|app| &app.client_id);
    if !trust.active {
        Verdict::violated("switched-off", "the trust in its issuer is switched off")
    } else if !client.is_some_and(|client| trust.clients.contains(client)) {
        Verdict::violated("other-client", "the trust in its issuer does not name this client")
    } else {
        Verdict::Held
    }
}

fn signed(subject: &SubjectToken) -> Verdict {
    let algorithm = called(token::algorithm(&subject.token), |cause| {
        if cause.starts_with("unsigned") {
            "unsigned"
        } else {
            "other-algorithm"
        }
    });
    algorithm
        .and_then(|| token::key(&subject.token))
        .and_then(|| called(token::signature(&subject.token), |_| "mismatch"))
}

fn in_time(subject: &SubjectToken) -> Verdict {
    if subject.token.time("exp").is_none() {
        return Verdict::violated("endless", "`exp` is missing, or no time");
    }
    called(token::expiry(&subject.token), |_| "expired")
        .and_then(|| begun(token::not_before(&subject.token)))
        .and_then(|| begun(token::issued_at(&subject.token)))
}

/// A token that does not say when it begins has begun.
fn begun(verdict: Verdict) -> Verdict {
    match verdict {
        Verdict::NotApplicable => Verdict::Held,
        verdict => verdict,
    }
}

/// A verdict with the cause called as these rules call it.
fn called(verdict: Verdict, name: impl FnOnce(&str) -> &'static str) -> Verdict {
    match verdict {
        Verdict::Violated(violation) => Verdict::violated(name(violation.cause), violation.detail),
        verdict => verdict,
    }
}

fn of_user(subject: &SubjectToken) -> Verdict {
    match subject.user.map(|user| user.status) {
        None => Verdict::violated("unknown", "the foreign token names no user of this domain"),
        Some(UserStatus::Active) => Verdict::Held,
        Some(_) => Verdict::violated("not-active", "the user is locked or deactivated"),
    }
}
