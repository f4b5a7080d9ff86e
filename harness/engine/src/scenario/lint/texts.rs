//! Finds the texts that may hold templates, each with the nearest spot that is known.

use serde_json::Value;

use crate::scenario::Spot;
use crate::scenario::model::{Action, Authenticate, Change, Check, Expectation, Fill, Matcher, Members, Step};
use crate::scenario::template::visit_texts;

/// Texts with their spots.
pub(super) type Texts<'a> = Vec<(Spot, &'a str)>;

/// The texts of what a step does.
pub(super) fn of_action(step: &Step) -> Texts<'_> {
    let mut texts = Texts::new();
    match &step.action {
        Action::Sign(sign) => {
            add_members(&mut texts, &sign.header);
            add_members(&mut texts, &sign.claims);
        }
        Action::Pkce(_) => {}
        Action::TokenRequest(request) => {
            for members in [&request.form, &request.query, &request.headers] {
                add_members(&mut texts, members);
            }
            add_assertion(&mut texts, request.authenticate.as_ref());
            let key_id = request.signature.as_ref().map(|signature| &signature.key_id);
            texts.extend(key_id.map(|text| (text.spot(), text.as_str())));
        }
        Action::Call(call) => {
            texts.push((call.path.spot(), &call.path));
            for members in [Some(&call.query), Some(&call.headers), call.form.as_ref()]
                .into_iter()
                .flatten()
            {
                add_members(&mut texts, members);
            }
            texts.extend(call.bearer.iter().map(|bearer| (bearer.spot(), bearer.as_str())));
            if let Some(json) = &call.json {
                add_value(&mut texts, json.spot(), json);
            }
            add_assertion(&mut texts, call.authenticate.as_ref());
            if let Some(repeat) = &call.repeat {
                texts.extend(of_expectation(repeat.until.spot(), &repeat.until));
            }
        }
    }
    texts
}

/// The texts of an expectation.
pub(super) fn of_expectation(spot: Spot, expectation: &Expectation) -> Texts<'_> {
    let mut texts = Texts::new();
    if let Check::Recorded { wanted, .. } = &expectation.check {
        texts.extend(wanted.texts().map(|(_, text)| (spot, text)));
    }
    match expectation.check.matcher() {
        Some(
            Matcher::Is(value)
            | Matcher::IsNot(value)
            | Matcher::Has(value)
            | Matcher::HasNot(value)
            | Matcher::AtMost(value)
            | Matcher::AtLeast(value),
        ) => {
            add_value(&mut texts, spot, value);
        }
        Some(Matcher::OneOf(values)) => values.iter().for_each(|value| add_value(&mut texts, spot, value)),
        Some(Matcher::IsIgnoringCase(text)) => texts.push((spot, text)),
        Some(
            Matcher::Type(_) | Matcher::Absent | Matcher::Present | Matcher::MatchesOnly(_) | Matcher::IsHalfHashOf(_),
        )
        | None => {}
    }
    texts
}

/// The texts of a change, `${each}` in settings and names of members left out.
pub(super) fn of_change(spot: Spot, change: &Change) -> Texts<'_> {
    let mut texts = Texts::new();
    match change {
        Change::Set { to, .. } | Change::Tamper { to, .. } => add_value(&mut texts, spot, to),
        Change::Raw { json, .. } => texts.push((spot, json)),
        Change::Twice { first, last, .. } => {
            add_value(&mut texts, spot, first);
            add_value(&mut texts, spot, last);
        }
        Change::Signature { text: Some(text), .. } => texts.push((spot, text)),
        Change::Text {
            prepend,
            append,
            replace,
            insert,
            ..
        } => {
            let insert = insert.as_ref().map(|insertion| &insertion.text);
            let all = [prepend.as_ref(), append.as_ref(), replace.as_ref(), insert];
            texts.extend(all.into_iter().flatten().map(|text| (spot, text.as_str())));
        }
        Change::Body { raw, content_type, .. } => {
            texts.extend(
                [raw, content_type]
                    .into_iter()
                    .flatten()
                    .map(|text| (spot, text.as_str())),
            );
        }
        Change::Sign { algorithm, say, .. } => {
            texts.extend([algorithm, say].into_iter().flatten().map(|text| (spot, text.as_str())));
        }
        Change::Unsigned { algorithm, .. } => texts.push((spot, algorithm)),
        Change::Bytes { hex, prefix, .. } => {
            texts.extend([hex, prefix].into_iter().flatten().map(|text| (spot, text.as_str())));
        }
        Change::Authenticate { with: Some(with), .. } => texts.push((with.spot(), with)),
        _ => {}
    }
    texts
}

/// Whether a setting of the change, or the name of a member, comes from the variant.
pub(super) fn change_uses_each(change: &Change) -> bool {
    fn each<T>(fill: Option<&Fill<T>>) -> bool {
        matches!(fill, Some(Fill::Each))
    }
    let in_name = change
        .place()
        .and_then(|at| at.name.as_ref())
        .is_some_and(|name| name.contains("${each}"));
    in_name
        || match change {
            Change::Retype { form, .. } => each(Some(form)),
            Change::Bytes { form, .. } => each(form.as_ref()),
            Change::Sign { hash, .. } => each(hash.as_ref()),
            Change::Mac { keyed_by, .. } => each(Some(keyed_by)),
            Change::Signature {
                flip_bit_of_byte, cut, ..
            } => each(flip_bit_of_byte.as_ref()) || each(cut.as_ref()),
            Change::Text {
                pad,
                parts,
                form,
                insert,
                ..
            } => {
                each(pad.as_ref())
                    || each(parts.as_ref())
                    || each(form.as_ref())
                    || each(insert.as_ref().map(|insertion| &insertion.after_part))
            }
            Change::Body { form, size, .. } => each(form.as_ref()) || each(size.as_ref()),
            Change::Authenticate { by, and, .. } => each(by.as_ref()) || each(and.as_ref()),
            Change::Pass(time) => each(Some(time)),
            _ => false,
        }
}

/// Why a value of a variant is of no use for the settings of the change, if it is not.
pub(super) fn each_fits(change: &Change, value: &Value) -> Result<(), String> {
    fn fits<T: Clone + serde::de::DeserializeOwned>(fill: Option<&Fill<T>>, value: &Value) -> Result<(), String> {
        fill.map_or(Ok(()), |fill| fill.resolve(Some(value)).map(drop))
    }
    match change {
        Change::Retype { form, .. } => fits(Some(form), value),
        Change::Bytes { form, .. } => fits(form.as_ref(), value),
        Change::Sign { hash, .. } => fits(hash.as_ref(), value),
        Change::Mac { keyed_by, .. } => fits(Some(keyed_by), value),
        Change::Signature {
            flip_bit_of_byte, cut, ..
        } => fits(flip_bit_of_byte.as_ref(), value).and_then(|()| fits(cut.as_ref(), value)),
        Change::Text {
            pad,
            parts,
            form,
            insert,
            ..
        } => fits(pad.as_ref(), value)
            .and_then(|()| fits(parts.as_ref(), value))
            .and_then(|()| fits(form.as_ref(), value))
            .and_then(|()| fits(insert.as_ref().map(|insertion| &insertion.after_part), value)),
        Change::Body { form, size, .. } => fits(form.as_ref(), value).and_then(|()| fits(size.as_ref(), value)),
        Change::Authenticate { by, and, .. } => fits(by.as_ref(), value).and_then(|()| fits(and.as_ref(), value)),
        Change::Pass(time) => fits(Some(time), value),
        _ => Ok(()),
    }
}

fn add_members<'a>(texts: &mut Texts<'a>, members: &'a Members) {
    members.values().for_each(|value| add_value(texts, value.spot(), value));
}

fn add_value<'a>(texts: &mut Texts<'a>, spot: Spot, value: &'a Value) {
    visit_texts(value, &mut |text| texts.push((spot, text)));
}

fn add_assertion<'a>(texts: &mut Texts<'a>, authenticate: Option<&'a Authenticate>) {
    let with = authenticate.and_then(|authenticate| authenticate.with.as_ref());
    texts.extend(with.map(|with| (with.spot(), with.as_str())));
}
