//! The tokens that were asked for: whether they came, and whether they say what they must.

use serde_json::{Map, Value};

use super::domain_checks::unreached;
use super::finding::{Finding, State};
use super::paper::date;
use super::visit::{TokenProbe, Visit, is_ordinary};
use crate::diagnosis::fact::JWT_BEARER;
use crate::handover::CLIENT_CREDENTIALS;

/// A token that lives shorter than this is renewed all the time. The doctor's own assertions live five minutes, and no token outlives its
/// assertion (IDCS-OAUTH-607), so this is less.
const SHORT_LIFE: u64 = 240;

fn about(token: &TokenProbe) -> String {
    let grant = if token.grant == JWT_BEARER {
        "jwt-bearer"
    } else {
        token.grant
    };
    let whom = token
        .user
        .as_ref()
        .map_or_else(String::new, |user| format!(" as users.{user}"));
    format!("clients.{} for apis.{} by {grant}{whom}", token.client, token.api)
}

pub(super) fn granted(visit: &Visit<'_>) -> Vec<Finding> {
    let each = visit.tokens.iter().map(|token| {
        let about = about(token);
        let probe = match &token.probe {
            Ok(probe) => probe,
            Err(why) => {
                return Finding::new(State::Unknown, about, "no token was asked for")
                    .why(why)
                    .todo("complete the target file and what it refers to, or take the grant out of the client's `grants`");
            }
        };
        match (&probe.answer, &token.token) {
            (Err(error), _) => unreached(&about, error, probe),
            (Ok(_), Some(_)) => Finding::new(State::Good, about, "a token was granted"),
            (Ok(answer), None) if answer.status == 200 => Finding::new(
                State::Bad,
                about,
                "the answer is a success without a token that can be read",
            )
            .todo("check the address of the domain: something else may answer there")
            .seen_in(&probe.call, &probe.suspicions),
            (Ok(answer), None) => {
                let why = probe
                    .call
                    .error
                    .clone()
                    .unwrap_or_else(|| "it says nothing about why".to_owned());
                let todo = probe.suspicions.first().map_or_else(
                    || "look the answer's ecid up with the domain's administrator".to_owned(),
                    |suspicion| suspicion.fix.clone(),
                );
                Finding::new(
                    State::Bad,
                    about,
                    format!("no token was granted: the answer is {}", answer.status),
                )
                .why(why)
                .todo(todo)
                .seen_in(&probe.call, &probe.suspicions)
            }
        }
    });
    each.collect()
}

/// What the claims of one token get wrong.
pub(super) fn claims(visit: &Visit<'_>) -> Vec<Finding> {
    let target = visit.cast.target();
    let mut findings = Vec::new();
    for token in &visit.tokens {
        let (Some(decoded), Some(api), Some(client)) = (
            &token.token,
            target.apis.get(&token.api),
            target.clients.get(&token.client),
        ) else {
            continue;
        };
        let claims = &decoded.claims;
        let about = about(token);
        let mut wrong = |what: String, why: String, todo: &str| {
            findings.push(Finding::new(State::Bad, about.clone(), what).why(why).todo(todo));
        };
        let audiences = texts(claims, "aud");
        if !audiences.contains(&api.audience) {
            wrong(
                "the token is for another audience".to_owned(),
                format!("`aud` says {}, the target file {}", audiences.join(", "), api.audience),
                "copy audience and scope again from the resource's page in the console; one request is for one resource",
            );
        }
        let value = api.scope.strip_prefix(&api.audience).unwrap_or(&api.scope);
        let scopes = texts(claims, "scope");
        if !scopes.iter().any(|scope| scope == value || *scope == api.scope) {
            wrong(
                "the token does not hold the scope".to_owned(),
                format!("`scope` says {}, and {value} was asked for", scopes.join(" ")),
                "add the resource's scope to the client, and activate the client again",
            );
        }
        let of_client = claims.get("client_id").and_then(Value::as_str);
        if of_client.is_some_and(|found| found != client.id) {
            wrong(
                "the token names another client".to_owned(),
                format!("`client_id` says {}", of_client.unwrap_or_default()),
                "check the client's id in the target file",
            );
        }
        let user = token.user.as_ref().and_then(|user| target.users.get(user));
        let subject = claims.get("sub").and_then(Value::as_str).unwrap_or_default();
        if let Some(user) = user
            && subject != user.name
        {
            wrong(
                "the token names another user".to_owned(),
                format!("`sub` says {subject}, the target file {}", user.name),
                "write the user's name as the domain has it, byte for byte",
            );
        }
        let end = claims.get("exp").and_then(Value::as_u64);
        let life = end.map(|end| end.saturating_sub(visit.now));
        match (end, life) {
            (Some(_), Some(life)) if life < SHORT_LIFE => findings.push(
                Finding::new(State::Warn, about.clone(), format!("the token holds for {life} s only"))
                    .why("clients that keep it for the usual hour are refused")
                    .todo("renew tokens by their `expires_in`, never by a number of your own")
                    .source("MISCONF-024"),
            ),
            (None, _) => findings.push(Finding::new(
                State::Warn,
                about.clone(),
                "the token does not say when it ends",
            )),
            _ => {}
        }
        if !findings
            .iter()
            .any(|finding| finding.about == about && finding.state > State::Note)
        {
            let end = end
                .and_then(|end| i64::try_from(end).ok())
                .map(date)
                .unwrap_or_default();
            let what = format!("it says {} for {subject}, until {end}", audiences.join(", "));
            findings.push(Finding::new(State::Good, about, what));
        }
    }
    findings
}

/// The texts of a claim that may be one, several in one, or a list.
fn texts(claims: &Map<String, Value>, name: &str) -> Vec<String> {
    match claims.get(name) {
        Some(Value::String(text)) => text.split(' ').map(str::to_owned).collect(),
        Some(Value::Array(elements)) => elements
            .iter()
            .filter_map(|text| text.as_str().map(str::to_owned))
            .collect(),
        _ => Vec::new(),
    }
}

/// The grants that take a person, and were left alone.
pub(super) fn untried(visit: &Visit<'_>) -> Vec<Finding> {
    let clients = visit.cast.target().clients.iter();
    let clients = clients.filter(|(_, client)| is_ordinary(client.likeness.as_ref()));
    let each = clients.flat_map(|(name, client)| {
        let others = client
            .grants
            .iter()
            .filter(|grant| ![CLIENT_CREDENTIALS, JWT_BEARER].contains(&grant.as_str()));
        others.map(move |grant| {
            let mut finding = Finding::new(
                State::Unknown,
                format!("clients.{name} by {grant}"),
                "not tried: it takes a person",
            );
            finding.check = "token";
            finding
        })
    });
    each.collect()
}
