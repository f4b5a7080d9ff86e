//! What a token is worth (IDCS-OAUTH-511 to IDCS-OAUTH-513, RFC 7662).

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Body};
use crate::idcs::about_token::facts::{AboutToken, Question, Subject};
use crate::landscape::profile::ProfileName;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Rule, RuleInfo, Verdict, grounds, guard, promise};

/// Its path (IDCS-OAUTH-511).
pub const PATH: &str = "/oauth2/v1/introspect";

/// The table.
pub static INTROSPECTION_RULES: &[Rule<AboutToken>] = &[guard::<AboutToken>(
    "introspection.allowed",
    "Only a client that has the operation may ask what a token is worth.",
    grounds(Confidence::Documented, &["IDCS-OAUTH-511", "IDCS-OAUTH-720"]),
    &["about-token.method", "about-token.client"],
    &[
        Defect::skip("not-allowed", &["ORA-133"], "tells every client about every token"),
        other_code(&["ORA-133"]),
        other_status(&["ORA-133"]),
    ],
    |facts| match facts.app() {
        Some(app) if !app.may_introspect => {
            Verdict::violated("not-allowed", "the application lacks the operation `introspect`")
        }
        Some(_) => Verdict::Held,
        None => Verdict::NotApplicable,
    },
    Denials::same(403, "unauthorized_client", "Client authorization failed."),
)];

/// The member of what is kept beside the answer that says why a token is not active.
const WHY: &str = "why";

/// What is promised of the answer.
pub static INTROSPECTION_PROMISES: &[RuleInfo] = &[
    promise(
        "introspection.active",
        "`active` is a boolean: true for a token that the domain gave, that is in its time, was not revoked, and whose client and user are \
         still there; of any other nothing more is told.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-511", "IDCS-OAUTH-513", "IDCS-OAUTH-720", "IDCS-OAUTH-C-18"],
        ),
        &[
            Defect::reshape(
                "expired",
                &["ITR-002"],
                "calls tokens active whose time is over",
                |answer| call_active(answer, "expired"),
            ),
            Defect::reshape(
                "unsound",
                &["ITR-002"],
                "calls tokens active without a look at the signature",
                |answer| call_active(answer, "unsound"),
            ),
            Defect::reshape(
                "unknown",
                &["ITR-002", "ORA-134"],
                "calls any text an active token",
                |answer| call_active(answer, "unknown"),
            ),
            Defect::reshape("revoked", &["ITR-002"], "calls revoked tokens active", |answer| {
                call_active(answer, "revoked");
            }),
            Defect::reshape(
                "text",
                &["ITR-003", "ORA-134"],
                "writes `active` as a text, as the documented schema has it",
                |answer| {
                    change(answer, |told, _| {
                        let active = told.get("active").and_then(Value::as_bool).unwrap_or_default();
                        told.insert("active".to_owned(), json!(active.to_string()));
                    });
                },
            ),
            Defect::reshape(
                "tells-more",
                &["ITR-004"],
                "tells what stands in tokens that are not active",
                |answer| {
                    change(answer, |told, hearsay| {
                        let more = hearsay.iter().filter(|(name, _)| *name != WHY);
                        told.extend(more.map(|(name, value)| (name.clone(), value.clone())));
                    });
                },
            ),
        ],
    ),
    promise(
        "introspection.members",
        "What is told of an active token is what stands in it.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-512"]),
        &[Defect::reshape(
            "other-client",
            &["ITR-011"],
            "names the client that asks for the one that the token was given to",
            |answer| {
                change(answer, |told, _| {
                    if told.contains_key("client_id") {
                        told.insert("client_id".to_owned(), json!("who-asks"));
                    }
                });
            },
        )],
    ),
];

/// What a token is worth: the claims of an access token and what is known of a refresh token, with `active`.
pub fn answer(facts: &Question) -> Answer {
    let told = told(facts);
    let is_rfc = facts.asked.context.landscape.profile.name == ProfileName::Rfc;
    let (body, hearsay) = match facts.fault() {
        Some(why) => {
            let mut hearsay = told;
            hearsay.insert(WHY.to_owned(), json!(why));
            (Map::from_iter([("active".to_owned(), json!(false))]), hearsay)
        }
        None => {
            let mut body = Map::from_iter([("active".to_owned(), json!(true))]);
            if matches!(facts.subject, Subject::Access(_)) {
                // The platform names the form of the token, the standard its use (IDCS-OAUTH-512).
                body.insert("token_type".to_owned(), json!(if is_rfc { "Bearer" } else { "JWT" }));
            }
            body.extend(told);
            (body, Map::new())
        }
    };
    Answer {
        body: Body::Json(Value::Object(body)),
        hearsay,
        ..Answer::object(200, Vec::new())
    }
}

/// What the token says, whether or not it is to be believed.
fn told(facts: &Question) -> Map<String, Value> {
    match &facts.subject {
        Subject::Nothing => Map::new(),
        Subject::Access(token) => {
            let claims = token.claims();
            let claims = claims.map(|claims| {
                let named = claims
                    .names()
                    .filter_map(|name| Some((name.to_owned(), claims.json(name)?)));
                named.collect()
            });
            claims.unwrap_or_default()
        }
        Subject::Refresh(presented) => presented.family.map_or_else(Map::new, |(family, kept)| {
            let members = [
                ("client_id", json!(family.client)),
                ("sub", json!(family.user)),
                ("scope", json!(family.scope)),
                ("iat", json!(family.since)),
                ("exp", json!(kept.until)),
            ];
            members
                .map(|(name, value)| (name.to_owned(), value))
                .into_iter()
                .collect()
        }),
    }
}

/// Changes what is told, in a defect.
fn change(answer: &mut Answer, how: impl Fn(&mut Map<String, Value>, &Map<String, Value>)) {
    if let Body::Json(Value::Object(told)) = &mut answer.body {
        how(told, &answer.hearsay);
    }
}

/// Calls a token active that is not, for this cause.
fn call_active(answer: &mut Answer, cause: &str) {
    change(answer, |told, hearsay| {
        if hearsay.get(WHY).and_then(Value::as_str) == Some(cause) {
            told.insert("active".to_owned(), json!(true));
        }
    });
}
