//! What is known about the token's user (IDCS-OAUTH-515).

use serde_json::{Value, json};

use crate::answer::{Answer, Slot};
use crate::idcs::protected::facts::{ProtectedEndpoint, ProtectedRequest, Route};
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

/// Its path (IDCS-OAUTH-515).
pub const PATH: &str = "/oauth2/v1/userinfo";

/// The table.
pub static USER_INFO_RULES: &[Rule<ProtectedEndpoint>] = &[guard::<ProtectedEndpoint>(
    "user-info.scope",
    "The token stands for a user who is still there, and holds `openid`.",
    grounds(Confidence::Documented, &["IDCS-OAUTH-515", "IDCS-OAUTH-722"]),
    &[
        "domain-token.present",
        "domain-token.signature",
        "domain-token.audience",
    ],
    &[
        Defect::skip(
            "no-openid",
            &["UIN-001"],
            "tells about the user to tokens without `openid`",
        ),
        Defect::skip("nobody", &["UIN-001"], "makes up a user for a client's token"),
        other_status(&["UIN-001"]),
        no_challenge(&["UIN-001"]),
    ],
    |facts| match (&facts.route, facts.user()) {
        (Route::UserInfo, _) if !facts.has_scope("openid") => {
            Verdict::violated("no-openid", "the token does not hold `openid`")
        }
        (Route::UserInfo, None) => Verdict::violated("nobody", "the token stands for no user of this domain"),
        (Route::UserInfo, Some(_)) => Verdict::Held,
        _ => Verdict::NotApplicable,
    },
    Denials::same(403, "insufficient_scope", "The token does not hold the scope openid."),
)];

/// What the scopes of the token open; what is not known is an empty text (IDCS-OAUTH-515).
pub fn answer(facts: &ProtectedRequest) -> Answer {
    let user = facts.user();
    let text = |value: Option<&str>| Slot::Value(json!(value.unwrap_or_default()));
    let mut members = vec![("sub", text(user.map(|user| user.name.as_str())))];
    if facts.has_scope("profile") {
        members.push(("name", text(user.map(|user| user.display_name.as_str()))));
        members.push(("given_name", text(user.map(|user| user.names.0.as_str()))));
        members.push(("family_name", text(user.map(|user| user.names.1.as_str()))));
        members.push(("preferred_username", text(user.map(|user| user.name.as_str()))));
        members.push((
            "updated_at",
            Slot::Value(json!(user.map_or(0, |user| user.meta.modified))),
        ));
        members.extend(["birthdate", "gender", "website"].map(|name| (name, text(None))));
    }
    if facts.has_scope("email") {
        members.push(("email", text(user.map(|user| user.email.as_str()))));
        members.push(("email_verified", Slot::Value(json!(true))));
    }
    if facts.has_scope("approles") || facts.has_scope("get_approles") {
        let roles: Vec<Value> = user
            .map(|user| facts.context.domain.roles_of_user(user))
            .unwrap_or_default()
            .into_iter()
            .map(|role| json!({"name": role}))
            .collect();
        members.push(("appRoles", Slot::Value(Value::from(roles))));
    }
    Answer::object(200, members).header("Cache-Control", "no-cache, no-store, must-revalidate")
}
