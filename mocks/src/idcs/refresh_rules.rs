//! Rules on refresh tokens (RFC 6749 section 6, RFC 9700 section 4.14).

use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::landscape::UserStatus;
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Neighbour, Rule, Verdict, grounds, guard};
use crate::state::{Effect, Family};

const INVALID_GRANT: Denials = Denials::same(400, "invalid_grant", "The refresh token is invalid.");
/// What clients report of a refresh token that was used before (OIC-095, OIC-096).
const CONSUMED: Denials = Denials::same(400, "invalid_grant", "The token has already been consumed.");

/// The table.
pub static REFRESH_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "refresh.present",
        "The refresh grant brings a refresh token.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-028", "IDCS-OAUTH-706"]),
        &["grant.known"],
        &[
            Defect::skip("missing", &["TKN-018"], "gives a token without a refresh token"),
            other_code(&["TKN-018"]),
        ],
        |facts| match (facts.grant, &facts.refresh) {
            (Some(Grant::RefreshToken), None) => Verdict::violated("missing", "`refresh_token` is missing"),
            (Some(Grant::RefreshToken), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(
            400,
            "invalid_request",
            "The request contains invalid parameters or values.",
        ),
    ),
    guard::<TokenEndpoint>(
        "refresh.known",
        "The refresh token is of a family that was begun here, is not past its time and was not revoked.",
        grounds(
            Confidence::Specified,
            &["IDCS-OAUTH-050", "IDCS-OAUTH-603", "IDCS-OAUTH-711", "IDCS-OAUTH-C-20"],
        ),
        &["refresh.present"],
        &[
            Defect::skip(
                "unknown",
                &["RTR-003", "RTR-013", "RTR-014"],
                "takes any text for a refresh token",
            ),
            Defect::skip(
                "revoked",
                &["RTR-015", "RTR-009", "ORA-135", "ACG-020"],
                "goes on with a family that was revoked",
            ),
            other_code(&["RTR-003"]),
            other_status(&["RTR-003"]),
        ],
        |facts| match (&facts.refresh, facts.family()) {
            (None, _) => Verdict::NotApplicable,
            (Some(_), None) => Verdict::violated(
                "unknown",
                "no such refresh token is known here: it was never issued, or it is too old",
            ),
            (Some(_), Some(family)) if family.is_revoked => {
                Verdict::violated("revoked", "the refresh token was revoked")
            }
            (Some(_), Some(family)) if is_of_former_secret(facts, family) => Verdict::violated(
                "revoked",
                "the client was made a new secret since the refresh token was given",
            ),
            (Some(_), Some(_)) => Verdict::Held,
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "refresh.current",
        "Under rotation only the newest refresh token of a family is good; another one ends the family (switches `refresh-rotation`, `refresh-reuse`).",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-OAUTH-049",
                "IDCS-OAUTH-C-07",
                "IDCS-OAUTH-711",
                "OIC-095",
                "OIC-096",
            ],
        ),
        &["refresh.known"],
        &[
            Defect::skip(
                "replaced",
                &["RTR-008", "RTR-010", "ORA-067"],
                "takes a refresh token that was replaced",
            ),
            other_code(&["RTR-008"]),
        ],
        |facts| match (&facts.refresh, facts.family()) {
            (Some(presented), Some(family)) if presented.digest != family.current => Verdict::violated(
                "replaced",
                "the refresh token was replaced by a newer one, or was altered",
            ),
            (Some(_), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        CONSUMED,
    ),
    guard::<TokenEndpoint>(
        "refresh.client",
        "The client that refreshes is the one that the refresh token was given to.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-711"]),
        &["refresh.known", "client.known", "client.present"],
        &[
            Defect::skip(
                "other-client",
                &["RTR-001", "RTR-002"],
                "refreshes the tokens of other clients",
            ),
            other_code(&["RTR-001"]),
        ],
        |facts| match (facts.family(), facts.app()) {
            (Some(family), Some(app)) if family.client != app.client_id => {
                Verdict::violated("other-client", "the refresh token was given to another client")
            }
            (Some(_), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "refresh.user-active",
        "Whom the refresh token is for may still sign in.",
        grounds(Confidence::Assumed, &["IDCS-OAUTH-703"]),
        &["refresh.known"],
        &[Defect::skip(
            "gone",
            &["RTR-017"],
            "refreshes tokens of users who may not sign in any more",
        )
        .unobservable(
            "a server may go on with the tokens of an account that ended (RTR-017), so either answer passes",
        )],
        |facts| match (facts.family(), facts.user()) {
            (None, _) => Verdict::NotApplicable,
            (Some(_), Some(user)) if user.status == UserStatus::Active => Verdict::Held,
            _ => Verdict::violated("gone", "the user may not sign in any more"),
        },
        INVALID_GRANT,
    ),
    guard::<TokenEndpoint>(
        "refresh.scope",
        "A refresh asks for no more than was granted; it may ask for less.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-028", "IDCS-OAUTH-711"]),
        &["refresh.known", "scope.known"],
        &[
            Defect::skip("wider", &["RTR-004"], "adds scopes when a token is refreshed"),
            Defect::overreach("narrower", &["RTR-005"], "refuses a refresh for fewer scopes"),
            Defect::overreach(
                "after-narrower",
                &["RTR-006"],
                "keeps to the fewer scopes that were asked for last",
            ),
            other_code(&["RTR-004"]),
        ],
        |facts| {
            let Some(family) = facts.family() else {
                return Verdict::NotApplicable;
            };
            let granted: Vec<&str> = family.scope.split(' ').collect();
            if facts.scopes.iter().all(|scope| granted.contains(&scope.text.as_str())) {
                Verdict::Held
            } else {
                Verdict::violated("wider", "a scope is asked for that was not granted before")
            }
        },
        Denials::same(400, "invalid_scope", "Invalid scope."),
    )
    .beside(&[
        Neighbour {
            defect: "narrower",
            refuses: |facts| {
                let granted = facts.family().map(|family| family.scope.split(' ').count());
                granted.is_some_and(|granted| facts.form.mentions("scope") && facts.scopes.len() < granted)
            },
        },
        Neighbour {
            defect: "after-narrower",
            refuses: |facts| {
                let Some(family) = facts.family() else { return false };
                let last: Vec<&str> = family.asked_last.split(' ').collect();
                !facts.scopes.iter().all(|scope| last.contains(&scope.text.as_str()))
            },
        },
    ]),
];

/// Whether the client was made a new secret after the family began (IDCS-OAUTH-050).
fn is_of_former_secret(facts: &TokenRequest, family: &Family) -> bool {
    let app = facts.context.domain.apps.get(&family.client);
    app.is_some_and(|app| app.secret_version != family.secret_version)
}

/// What the use of a replaced refresh token brings: the end of its family (IDCS-OAUTH-049).
pub fn ended_family(facts: &TokenRequest) -> Vec<Effect> {
    let (Some(presented), true) = (
        &facts.refresh,
        facts.context.landscape.profile.is(switch::REFRESH_REUSE, "revokes"),
    ) else {
        return Vec::new();
    };
    let Some((family, kept)) = presented.family else {
        return Vec::new();
    };
    vec![super::presented::revoked(&presented.key, family, kept)]
}

/// What a second try with a code brings: the end of the family that came of the first one (IDCS-OAUTH-710).
pub fn ended_by_code(facts: &TokenRequest) -> Vec<Effect> {
    let family = facts.settled_code().and_then(|code| code.family.as_deref());
    let revoked = family.and_then(|id| {
        super::presented::revoked_by_id(facts.context.state, facts.context.env, facts.context.domain, id)
    });
    revoked.into_iter().collect()
}
