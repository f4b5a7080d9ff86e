//! What a person's browser carries back to the application: a code, tokens, or both, and where they stand (IDCS-OAUTH-502, IDCS-OAUTH-503).
//!
//! Implicit and hybrid answers put everything into the fragment, which no server sees. Whether a request may have them is judged in
//! `authorize_rules`; how tokens look is in [`crate::idcs::tokens`].

use serde_json::{Value, json};

use crate::answer::{Answer, Body, Place, SignatureForm, Slot, UnsignedToken, half_hash};
use crate::idcs::Context;
use crate::idcs::grant::{scopes_in_token, token_life};
use crate::idcs::person::authorize::private;
use crate::idcs::presented::{CODE_LIFE, digest_of, draw_opaque};
use crate::idcs::scopes::{self, Requested};
use crate::idcs::tokens::{Audience, Terms, access_token, id_token};
use crate::landscape::App;
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};
use crate::state::{Authorization, Code, Effect, Key, Kind, Session, Thing};

/// The response types that there are, their words in alphabetical order: the order in which they are sent means nothing (IDCS-OAUTH-502).
pub const RESPONSE_TYPES: [&str; 7] = [
    "code",
    "token",
    "id_token",
    "code token",
    "code id_token",
    "id_token token",
    "code id_token token",
];

/// Whether a response type has this word.
pub fn asks_for(response_type: &str, word: &str) -> bool {
    response_type.split(' ').any(|own| own == word)
}

/// Whether a response type asks for a token from the authorization endpoint itself.
pub fn asks_for_tokens(response_type: &str) -> bool {
    asks_for(response_type, "token") || asks_for(response_type, "id_token")
}

/// Where an answer to a request of this type stands, errors included (OAuth 2.0 Multiple Response Types section 5).
pub fn place(response_type: &str) -> Place {
    if asks_for_tokens(response_type) {
        Place::Fragment
    } else {
        Place::Query
    }
}

/// Sends the browser back with what was asked for and allowed.
pub fn allowed(context: &Context, asked: Authorization, session: Session, effects: &mut Vec<Effect>) -> Answer {
    // Only a defect gets here with a type that there is not: it gives a code.
    let wanted = RESPONSE_TYPES
        .into_iter()
        .find(|known| *known == asked.response_type)
        .unwrap_or("code");
    let app = context.domain.apps.get(&asked.client);
    let scopes = scopes::read(context.domain, &asked.scope);
    let code = asks_for(wanted, "code").then(|| draw_opaque(context.env, "code"));
    let mut parameters = Vec::new();
    if let Some(code) = &code {
        parameters.push(("code", Slot::Value(Value::from(code.as_str()))));
    }
    if asks_for(wanted, "token") {
        parameters.extend(access_parameters(context, app, &scopes, &session));
    }
    if asks_for(wanted, "id_token") {
        let token = id_parameter(context, app, &asked, &session, code.as_deref());
        parameters.extend(token.map(|token| ("id_token", token)));
    }
    if let Some(state) = &asked.state {
        parameters.push(("state", Slot::Value(Value::from(state.as_str()))));
    }
    let answer = Answer::redirect(&asked.redirect_uri, place(wanted), parameters);
    if let Some(code) = code {
        let key = Key::new(Kind::Code, &context.domain.host, &digest_of(&code));
        let kept = Code {
            asked,
            session,
            is_used: false,
            family: None,
        };
        effects.push(Effect::keep(key, Thing::Code(kept), context.env.now + CODE_LIFE));
    }
    private(answer)
}

/// An access token for the person who is signed in. How tokens name this grant is not known (IDCS-OAUTH-731), so they do not.
fn access_parameters(
    context: &Context,
    app: Option<&App>,
    scopes: &[Requested],
    session: &Session,
) -> Vec<(&'static str, Slot)> {
    let (domain, env) = (context.domain, context.env);
    let user = domain.user(&session.user, false);
    let resource = scopes::resources(scopes).first().copied();
    let audience = resource.map_or(Audience::Domain, Audience::Resource);
    let life = token_life(scopes, resource, Some(session), env.now);
    let terms = Terms {
        app,
        claimed_client: None,
        user,
        claimed_user: Some(session.user.clone()),
        is_for_user: true,
        session: Some(session),
        grant: None,
        scopes: scopes_in_token(domain, app, user, true, scopes, &audience),
        life,
        label: "front channel".to_owned(),
        audience,
    };
    let token = access_token(domain, &context.landscape.profile, env, &terms);
    vec![
        ("access_token", Slot::Token(Box::new(token))),
        ("token_type", Slot::Value(Value::from("Bearer"))),
        ("expires_in", Slot::Value(Value::from(life))),
    ]
}

/// The ID token, with the half hash of the code beside it (OpenID Connect Core section 3.3.2.11).
fn id_parameter(
    context: &Context,
    app: Option<&App>,
    asked: &Authorization,
    session: &Session,
    code: Option<&str>,
) -> Option<Slot> {
    let user = context.domain.user(&session.user, false)?;
    let nonce = asked.nonce.clone();
    let scopes = scopes::read(context.domain, &asked.scope);
    let mut token = id_token(context.domain, context.env, app?, user, Some(session), nonce, &scopes);
    if let Some(code) = code {
        token.claims.insert("c_hash".to_owned(), json!(half_hash(code)));
    }
    Some(Slot::Token(Box::new(token)))
}

fn carries_tokens(answer: &Answer) -> bool {
    let is_redirect = matches!(answer.body, Body::Redirect { .. });
    is_redirect && (answer.has_member("access_token") || answer.has_member("id_token"))
}

fn each(answer: &mut Answer, name: &str, change: impl Fn(&mut UnsignedToken)) {
    let tokens = answer.tokens_mut().filter(|(own, _)| *own == name);
    tokens.for_each(|(_, token)| change(token));
}

/// What is promised of implicit and hybrid answers.
pub static FRONT_CHANNEL_PROMISES: &[RuleInfo] = &[
    promise(
        "front-channel.fragment",
        "Tokens come back in the fragment, with their type and life, and never with a refresh token.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-036", "IDCS-OAUTH-503"]),
        &[
            Defect::reshape("query", &["IMP-001"], "puts tokens into the query", |answer| {
                if carries_tokens(answer)
                    && let Body::Redirect { place, .. } = &mut answer.body
                {
                    *place = Place::Query;
                }
            }),
            Defect::reshape(
                "refresh-token",
                &["IMP-002"],
                "adds a refresh token to the fragment",
                |answer| {
                    if carries_tokens(answer) {
                        answer.set_member("refresh_token", json!("AQIDBAUnaskedForRefreshToken="));
                    }
                },
            ),
            Defect::reshape("no-token-type", &["IMP-003"], "leaves out `token_type`", |answer| {
                if carries_tokens(answer) {
                    answer.remove_member("token_type");
                }
            }),
            Defect::reshape("no-life", &["IMP-003"], "leaves out `expires_in`", |answer| {
                if carries_tokens(answer) {
                    answer.remove_member("expires_in");
                }
            }),
        ],
    ),
    promise(
        "front-channel.access-token",
        "An access token in the fragment is signed by the domain and names the person and the application.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-301", "IDCS-OAUTH-321"]),
        &[
            Defect::reshape(
                "damaged",
                &["ATI-010"],
                "signs tokens in the fragment wrongly",
                |answer| {
                    if carries_tokens(answer) {
                        each(answer, "access_token", |token| token.signature = SignatureForm::Damaged);
                    }
                },
            ),
            Defect::reshape(
                "other-subject",
                &["IMP-004"],
                "names the application where the person belongs",
                |answer| {
                    if carries_tokens(answer) {
                        each(answer, "access_token", |token| {
                            let client = token.claims.get("client_id").cloned().unwrap_or_default();
                            token.claims.insert("sub".to_owned(), client);
                        });
                    }
                },
            ),
        ],
    ),
    promise(
        "front-channel.id-token",
        "An ID token in the fragment is signed, made out to the application, holds the nonce, and the hashes of the token and the code beside it.",
        grounds(Confidence::Specified, &["IDCS-OAUTH-390", "IDCS-OAUTH-503"]),
        &[
            Defect::reshape("damaged", &["IDT-001"], "signs ID tokens wrongly", |answer| {
                if carries_tokens(answer) {
                    each(answer, "id_token", |token| token.signature = SignatureForm::Damaged);
                }
            }),
            Defect::reshape(
                "other-audience",
                &["IDT-002"],
                "makes ID tokens out to the domain alone",
                |answer| {
                    if carries_tokens(answer) {
                        each(answer, "id_token", |token| {
                            let issuer = token.claims.get("iss").cloned().unwrap_or_default();
                            token.claims.insert("aud".to_owned(), issuer);
                        });
                    }
                },
            ),
            Defect::reshape("no-nonce", &["IDT-003"], "leaves out the nonce", |answer| {
                if carries_tokens(answer) {
                    each(answer, "id_token", |token| {
                        token.claims.remove("nonce");
                    });
                }
            }),
            Defect::reshape("no-token-hash", &["IMP-005"], "leaves out `at_hash`", |answer| {
                if carries_tokens(answer) {
                    each(answer, "id_token", |token| token.hashes_access_token = None);
                }
            }),
            Defect::reshape(
                "other-code-hash",
                &["IMP-006"],
                "hashes something else than the code",
                |answer| {
                    if carries_tokens(answer) && answer.has_member("code") {
                        each(answer, "id_token", |token| {
                            token
                                .claims
                                .insert("c_hash".to_owned(), json!("AAAAAAAAAAAAAAAAAAAAAA"));
                        });
                    }
                },
            ),
        ],
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whatever_holds_a_token_stands_in_the_fragment() {
        for response_type in RESPONSE_TYPES {
            let expected = if response_type == "code" {
                Place::Query
            } else {
                Place::Fragment
            };
            assert_eq!(place(response_type), expected, "{response_type}");
        }
        assert_eq!(place("token_id code"), Place::Query);
    }
}
