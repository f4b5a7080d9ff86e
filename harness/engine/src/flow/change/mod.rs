//! Makes the one change of a case to the draft of the step that it touches, and to nothing else.
//!
//! [`token`] changes what a step signs, [`request`] what a step sends. A change at a signed token reaches the request through the
//! template `${step.jwt}`. Other players and another landscape are not drafts: the run sees to them, and to time that passes. A
//! request that is sent again is for [`super::drive`].

pub mod request;
#[cfg(test)]
mod tests;
pub mod token;

use serde_json::Value;

use super::error::FlowError;
use super::value::{Scope, Secrets};
use crate::scenario::model::{Change, Fill, Place, ValueForm};
use crate::token::{Edit, JsonType, RawJson};

/// The step whose draft a change touches; none for changes of players, landscape and time.
pub fn touched(change: &Change) -> Option<&str> {
    let place = change.place().map(|at| at.step.as_str());
    place.or_else(|| change.step().map(|step| step.as_str()))
}

/// The edit of a JSON member that a change is, and where; none for other changes.
fn edit_of(change: &Change, scope: &Scope<'_>) -> Result<Option<(Place, Edit)>, FlowError> {
    let value = |value: &Value| Ok::<RawJson, FlowError>(scope.value(value, Secrets::Refused)?.into());
    let Some(at) = change
        .place()
        .map(|at| filled(at, scope))
        .filter(|at| at.name.is_some())
    else {
        return Ok(None);
    };
    let edit = match change {
        Change::Set { to, .. } => Edit::Set(value(to)?),
        Change::Remove(_) => Edit::Remove,
        Change::Retype { form, .. } => Edit::Retype(match resolve(form, scope.each)? {
            ValueForm::Text => JsonType::Text,
            ValueForm::Number => JsonType::Number,
            ValueForm::Boolean => JsonType::Boolean,
            ValueForm::Null => JsonType::Null,
            ValueForm::List => JsonType::List,
            ValueForm::Object => JsonType::Object,
        }),
        Change::Raw { json, .. } => Edit::Set(RawJson(scope.text(json, Secrets::Refused)?)),
        Change::Twice { first, last, .. } => Edit::Twice {
            first: value(first)?,
            last: value(last)?,
        },
        _ => return Ok(None),
    };
    Ok(Some((at, edit)))
}

fn filled(at: &Place, scope: &Scope<'_>) -> Place {
    scope.each.map_or_else(|| at.clone(), |each| at.filled(each))
}

fn resolve<T: Clone + serde::de::DeserializeOwned>(fill: &Fill<T>, each: Option<&Value>) -> Result<T, FlowError> {
    fill.resolve(each).map_err(FlowError::Scenario)
}

pub(super) fn unfit(why: &str) -> FlowError {
    FlowError::scenario(format!("the change does not fit: {why}"))
}
