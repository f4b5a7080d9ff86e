//! Whom a user assertion is about.

use crate::idcs::assertion_rules::{REFUSED, on};
use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::landscape::UserStatus;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::token;
use crate::rule::{Confidence, Rule, Verdict, grounds, guard, neighbour};

/// Whom the assertion is about.
pub static SUBJECT_RULES: &[Rule<TokenEndpoint>] = &[
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
];

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
    let cause = if facts.context.domain.apps.contains_key(&subject) {
        "client"
    } else if facts
        .context
        .domain
        .users
        .keys()
        .any(|name| plain(name) == plain(&subject))
    {
        "other-spelling"
    } else {
        "unknown"
    };
    Verdict::violated(cause, "`sub` is no user of this domain")
}
