//! The calls of APIs: whether the token was let in, and whose it was taken for.

use serde_json::Value;

use super::domain_checks::unreached;
use super::finding::{Finding, State};
use super::visit::{ApiProbe, Visit};
use crate::target::ApiKind;

fn about(call: &ApiProbe) -> String {
    let with = call.with.as_ref().map_or_else(String::new, |(client, _, user)| {
        let user = user
            .as_ref()
            .map_or_else(String::new, |user| format!(" as users.{user}"));
        format!(" with a token of clients.{client}{user}")
    });
    format!("apis.{}{with}", call.api)
}

pub(super) fn reached_api(visit: &Visit<'_>) -> Vec<Finding> {
    let each = visit.calls.iter().map(|call| {
        let about = about(call);
        let probe = match &call.probe {
            Ok(probe) => probe,
            Err(why) => return Finding::new(State::Unknown, about, "it was not called").why(why),
        };
        let answer = match &probe.answer {
            Ok(answer) => answer,
            Err(error) => return unreached(&about, error, probe),
        };
        let said = probe.call.error.clone().unwrap_or_default();
        match answer.status {
            401 | 403 => {
                let what = format!("it does not let the token in: the answer is {}", answer.status);
                let todo = probe.suspicions.first().map_or_else(
                    || "look the answer's ecid up with the API's administrator".to_owned(),
                    |suspicion| suspicion.fix.clone(),
                );
                Finding::new(State::Bad, about, what)
                    .why(if said.is_empty() {
                        "it says nothing about why".to_owned()
                    } else {
                        said
                    })
                    .todo(todo)
                    .seen_in(&probe.call, &probe.suspicions)
            }
            300..=399 => Finding::new(
                State::Warn,
                about,
                format!("the answer is the redirect {}", answer.status),
            )
            .why("a client that follows it loses its token, or hands it to another host")
            .todo("use the address that the redirect leads to, if that host is the API's own")
            .seen_in(&probe.call, &probe.suspicions),
            500..=599 => Finding::new(
                State::Warn,
                about,
                format!("it has a fault of its own: {}", answer.status),
            )
            .why(said)
            .todo("try again later; then hand the call below to support")
            .seen_in(&probe.call, &probe.suspicions),
            status => Finding::new(
                State::Good,
                about,
                format!("it lets the token in (answer {status} to a call that changes nothing)"),
            ),
        }
    });
    each.collect()
}

pub(super) fn echo(visit: &Visit<'_>) -> Vec<Finding> {
    let target = visit.cast.target();
    let each = visit.calls.iter().filter_map(|call| {
        let api = target
            .apis
            .get(&call.api)
            .filter(|api| api.kind == ApiKind::FusionAdf)?;
        let probe = call.probe.as_ref().ok()?;
        let answer = probe.answer.as_ref().ok().filter(|answer| answer.status == 200)?;
        let about = format!("apis.{} at {}", call.api, api.url);
        let (_, _, user) = call.with.as_ref()?;
        let Some(user) = user.as_ref().and_then(|user| target.users.get(user)) else {
            return Some(Finding::new(
                State::Unknown,
                about,
                "there was no token of a user to ask with",
            ));
        };
        let name = probe
            .json
            .as_ref()
            .and_then(|json| json.pointer("/items/0/Username")?.as_str());
        Some(match name {
            Some(name) if name == user.name => {
                Finding::new(State::Good, about, format!("Fusion says that the caller is {name}"))
            }
            Some(name) => Finding::new(State::Bad, about, format!("Fusion says that the caller is {name}"))
                .why(format!("the token was got for {}", user.name))
                .todo("check how Fusion maps user names; calls would be recorded under the wrong name")
                .seen_in(&probe.call, &probe.suspicions),
            None => Finding::new(
                State::Unknown,
                about,
                format!("the answer {} names nobody", answer.status),
            )
            .why(
                Value::to_string(probe.json.as_ref().unwrap_or(&Value::Null))
                    .chars()
                    .take(120)
                    .collect::<String>(),
            )
            .seen_in(&probe.call, &[]),
        })
    });
    each.collect()
}
