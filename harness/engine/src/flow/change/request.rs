//! Changes a request before it is written: parameters, header fields, JSON members, body, and who the client is.

use serde_json::Value;

use super::{edit_of, filled, resolve, unfit};
use crate::flow::draft::{Body, Disguise, RequestDraft, Way};
use crate::flow::error::FlowError;
use crate::flow::pairs::Pairs;
use crate::flow::value::{Scope, Secrets, spelt};
use crate::scenario::model::{AuthenticationMethod, BodyForm, Change, Part as Named};
use crate::token::RawJson;
use crate::token::draft::NoSuchMember;

/// Changes a request before it is written.
pub fn change_request(change: &Change, draft: &mut RequestDraft, scope: &Scope<'_>) -> Result<(), FlowError> {
    let each = scope.each;
    let fill = |text: &str| scope.text(text, Secrets::Allowed);
    match change {
        Change::Body {
            form,
            content_type,
            raw,
            size,
            parameters,
            ..
        } => {
            if let Some(parameters) = parameters {
                draft.disguise = Some(Disguise::Parameters(resolve(parameters, each)?));
                return Ok(());
            }
            draft.disguise = Some(match (form, size) {
                (Some(form), _) => match resolve(form, each)? {
                    BodyForm::Json => Disguise::Json,
                },
                (None, Some(size)) => Disguise::Size(resolve(size, each)?),
                (None, None) => Disguise::Other {
                    raw: raw.as_deref().map(fill).transpose()?,
                    content_type: content_type.as_deref().map(fill).transpose()?,
                },
            });
            Ok(())
        }
        Change::Authenticate {
            by, client, with, and, ..
        } => {
            let old = draft.ways.first();
            let player = match (client, old) {
                (Some(client), _) => scope.player(client)?.to_owned(),
                (None, Some(way)) => way.player.clone(),
                (None, None) => return Err(unfit("the step has no client that could show who it is")),
            };
            let by = by.as_ref().map(|by| resolve(by, each)).transpose()?;
            let by = by.or(old.map(|way| way.by)).ok_or_else(|| unfit("it names no way"))?;
            let with = with.as_ref().map(|with| fill(with)).transpose()?;
            let with = with.or_else(|| old.and_then(|way| way.assertion.clone()));
            let and: Option<AuthenticationMethod> = and.as_ref().map(|and| resolve(and, each)).transpose()?;
            let ways = [Some(by), and].into_iter().flatten();
            draft.ways = ways
                .map(|by| Way::new(by, &player, with.clone(), scope))
                .collect::<Result<_, _>>()?;
            Ok(())
        }
        Change::Resend(_) => Ok(()),
        _ => edit_request(change, draft, scope),
    }
}

/// Edits a member, parameter, header field or single part of a request.
fn edit_request(change: &Change, draft: &mut RequestDraft, scope: &Scope<'_>) -> Result<(), FlowError> {
    let at = change.place().ok_or_else(|| unfit("the step sends a request"))?;
    let at = filled(at, scope);
    let fill = |value: &Value| Ok::<_, FlowError>(spelt(scope.value(value, Secrets::Allowed)?));
    match (at.part, at.name.as_deref(), change) {
        (Named::Form | Named::Query | Named::Headers | Named::Cookies, Some(name), _) => {
            if matches!(at.part, Named::Form | Named::Headers) {
                draft.settle();
            }
            let pairs = match (at.part, &mut draft.body) {
                (Named::Query, _) => &mut draft.query,
                (Named::Cookies, _) => &mut draft.cookies,
                (Named::Headers, _) => &mut draft.headers,
                (_, Body::Form(form)) => form,
                _ => return Err(unfit("the step has no form")),
            };
            edit_pairs(change, pairs, name, fill)
        }
        (Named::Signature, Some(name), _) => match &mut draft.signature {
            Some(signature) => edit_pairs(change, &mut signature.parameters, name, fill),
            None => Err(unfit("the step signs no request")),
        },
        (Named::Json, Some(name), _) => match &mut draft.body {
            Body::Object(members) => {
                let (_, edit) = edit_of(change, scope)?.ok_or_else(|| unfit("the part is JSON"))?;
                Ok(members.edit(name, &edit)?)
            }
            _ => Err(unfit("the step has no JSON object")),
        },
        (Named::Json, None, Change::Raw { json, .. }) => {
            draft.body = Body::Json(RawJson(scope.text(json, Secrets::Refused)?));
            Ok(())
        }
        (Named::Json, None, Change::Set { to, .. }) => {
            draft.body = Body::Json(scope.value(to, Secrets::Refused)?.into());
            Ok(())
        }
        (Named::Json, None, Change::Remove(_)) => {
            draft.body = Body::Nothing;
            Ok(draft.headers.remove("Content-Type")?)
        }
        (Named::Bearer, _, Change::Set { to, .. }) => {
            draft.bearer = Some(fill(to)?);
            Ok(())
        }
        (Named::Bearer, _, Change::Remove(_)) => {
            let bearer = draft.bearer.take();
            bearer.map(drop).ok_or_else(|| NoSuchMember("bearer".to_owned()).into())
        }
        (Named::Method, _, Change::Set { to, .. }) => {
            draft.method = fill(to)?;
            Ok(())
        }
        (Named::Path, _, Change::Set { to, .. }) => {
            draft.path = fill(to)?;
            Ok(())
        }
        (Named::Authenticate, name, _) => {
            let value = match change {
                Change::Set { to, .. } => Some(fill(to)?),
                Change::Remove(_) => None,
                _ => return Err(unfit("who the client is can be set and removed")),
            };
            edit_ways(&mut draft.ways, name, value)
        }
        _ => Err(unfit(&format!("nothing of the kind can be done at `{at}`"))),
    }
}

fn edit_pairs(
    change: &Change,
    pairs: &mut Pairs,
    name: &str,
    fill: impl Fn(&Value) -> Result<String, FlowError>,
) -> Result<(), FlowError> {
    match change {
        Change::Set { to, .. } => pairs.set(name, fill(to)?),
        Change::Remove(_) => pairs.remove(name)?,
        Change::SwapCase(_) => pairs.swap_case(name)?,
        Change::Twice { first, last, .. } => pairs.twice(name, fill(first)?, fill(last)?),
        _ => return Err(unfit("parameters, cookies and header fields are texts")),
    }
    Ok(())
}

fn edit_ways(ways: &mut Vec<Way>, name: Option<&str>, value: Option<String>) -> Result<(), FlowError> {
    let way = ways
        .first_mut()
        .ok_or_else(|| NoSuchMember("authenticate".to_owned()))?;
    match (name, value) {
        (None, None) => ways.clear(),
        (Some("id"), value) => way.id = value,
        (Some("secret"), value) => way.secret = value.map(Into::into),
        (Some("assertion"), value) => way.assertion = value,
        _ => return Err(unfit("of `authenticate` there are `id`, `secret` and `assertion`")),
    }
    Ok(())
}
