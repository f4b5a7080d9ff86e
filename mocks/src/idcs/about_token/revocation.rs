//! Ends refresh tokens (IDCS-OAUTH-514, RFC 7009). Access tokens live until their time is over.

use crate::answer::Answer;
use crate::idcs::about_token::facts::{AboutToken, Question, Subject};
use crate::idcs::presented::revoked;
use crate::idcs::protected::token_rules::signed;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};
use crate::state::Effect;

/// Its path (IDCS-OAUTH-514).
pub const PATH: &str = "/oauth2/v1/revoke";

/// The table.
pub static REVOCATION_RULES: &[Rule<AboutToken>] = &[
    guard::<AboutToken>(
        "revocation.kind",
        "What can be ended is a refresh token; what nobody knows is ended already.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-514", "IDCS-OAUTH-721"]),
        &["about-token.method", "about-token.form", "about-token.client"],
        &[
            Defect::skip("access-token", &["ORA-135"], "says that it ended an access token"),
            Defect::overreach("unknown-token", &["ITR-007"], "refuses tokens that nobody knows"),
            other_code(&["ORA-135"]),
            other_status(&["ORA-135"]),
        ],
        |facts| match &facts.subject {
            Subject::Access(token) if signed(token) == Verdict::Held => {
                Verdict::violated("access-token", "an access token lives until its time is over")
            }
            _ => Verdict::Held,
        },
        Denials::same(400, "unsupported_token_type", "Tokens of this type are not revoked."),
    )
    .beside(&[neighbour("unknown-token", |facts| match &facts.subject {
        Subject::Refresh(presented) => presented.family.is_none_or(|(family, _)| family.is_revoked),
        _ => false,
    })]),
    guard::<AboutToken>(
        "revocation.owner",
        "A client ends its own tokens and no others.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-721"]),
        &["about-token.method", "about-token.client"],
        &[
            Defect::skip("other-client", &["ITR-008"], "ends the tokens of other clients"),
            other_code(&["ITR-008"]),
            other_status(&["ITR-008"]),
        ],
        |facts| match (&facts.subject, facts.app()) {
            (Subject::Refresh(presented), Some(app)) => match presented.family {
                Some((family, _)) if family.client != app.client_id => {
                    Verdict::violated("other-client", "the refresh token was given to another client")
                }
                _ => Verdict::Held,
            },
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "invalid_grant", "The token was given to another client."),
    ),
];

/// That it is done.
pub fn answer() -> Answer {
    Answer::empty(200)
}

/// The end of the refresh token's family, where there is one to end.
pub fn effect(facts: &Question) -> Option<Effect> {
    match &facts.subject {
        Subject::Refresh(presented) => {
            let (family, kept) = presented.family.filter(|(family, _)| !family.is_revoked)?;
            Some(revoked(&presented.key, family, kept))
        }
        _ => None,
    }
}
