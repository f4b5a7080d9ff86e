//! Finding a place inside a resource and writing there (RFC 7644 section 3.5.2).
//!
//! Nothing is refused here: whether a client may write, and whether what it writes is fit, was settled before.

use serde_json::{Map, Value};

use crate::idcs::scim::filter::Filter;
use crate::idcs::scim::schema::{Path, ResourceType};

/// What an operation does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verb {
    Add,
    Replace,
    Remove,
}

/// Works on the object that holds the last name of a path, or on each of them where the path leads through a list, and says whether there was one.
/// Adding makes the objects on the way; removing takes away those that it empties.
pub(super) fn at(
    resource_type: &ResourceType,
    place: &mut Value,
    path: &Path,
    depth: usize,
    verb: Verb,
    work: &mut impl FnMut(&mut Map<String, Value>, &str) -> bool,
) -> bool {
    let Value::Object(object) = place else { return false };
    let name = spelled(object, &path.0[depth]);
    if depth + 1 == path.0.len() {
        return work(object, &name);
    }
    let is_list = resource_type
        .attribute(&path.prefix(depth + 1))
        .is_some_and(|known| known.is_multi_valued);
    if !object.contains_key(&name) {
        if verb == Verb::Remove || is_list {
            return verb == Verb::Remove;
        }
        object.insert(name.clone(), Value::Object(Map::new()));
    }
    let inner = &mut object[&name];
    let found = match inner {
        Value::Array(elements) => {
            let mut found = false;
            for element in elements.iter_mut() {
                found |= at(resource_type, element, path, depth + 1, verb, work);
            }
            if verb == Verb::Remove {
                elements.retain(|element| element.as_object().is_none_or(|object| !object.is_empty()));
            }
            found
        }
        _ => at(resource_type, inner, path, depth + 1, verb, work),
    };
    let is_empty = inner.as_object().is_some_and(Map::is_empty) || inner.as_array().is_some_and(Vec::is_empty);
    if verb == Verb::Remove && is_empty {
        object.shift_remove(&name);
    }
    found
}

/// Writes one member. Objects are written member by member, and what is added to a list comes after what it has.
pub(super) fn write(object: &mut Map<String, Value>, name: &str, verb: Verb, value: &Value) {
    match (verb, object.get_mut(name), value) {
        (Verb::Remove, ..) => {
            object.shift_remove(name);
        }
        (_, Some(Value::Object(present)), Value::Object(members)) => merge(present, verb, members),
        (Verb::Add, Some(Value::Array(present)), value) => {
            for element in value.as_array().map_or(std::slice::from_ref(value), Vec::as_slice) {
                if !present.contains(element) {
                    present.push(element.clone());
                }
            }
        }
        _ => {
            object.insert(name.to_owned(), value.clone());
        }
    }
}

fn merge(present: &mut Map<String, Value>, verb: Verb, members: &Map<String, Value>) {
    for (name, value) in members {
        let name = spelled(present, name);
        write(present, &name, verb, value);
    }
}

/// Writes the elements that match, or a part of each, and says whether any did.
pub(super) fn write_elements(
    elements: &mut Vec<Value>,
    filter: &Filter,
    part: Option<&str>,
    verb: Verb,
    value: &Value,
) -> bool {
    let matched: Vec<bool> = elements.iter().map(|element| filter.matches(element)).collect();
    for (element, _) in elements.iter_mut().zip(&matched).filter(|(_, matched)| **matched) {
        match (part, element) {
            (Some(part), Value::Object(object)) => {
                let part = spelled(object, part);
                write(object, &part, verb, value);
            }
            (None, element) if verb == Verb::Remove => *element = Value::Object(Map::new()),
            (None, Value::Object(object)) if verb == Verb::Add => {
                merge(object, verb, value.as_object().unwrap_or(&Map::new()));
            }
            (None, element) => *element = value.clone(),
            (Some(_), _) => {}
        }
    }
    if verb == Verb::Remove {
        elements.retain(|element| element.as_object().is_none_or(|object| !object.is_empty()));
    }
    matched.contains(&true)
}

/// The name under which an object has a member, whatever its letter case; else the name as it is.
fn spelled(object: &Map<String, Value>, name: &str) -> String {
    let same = |key: &&String| key.eq_ignore_ascii_case(name);
    object.keys().find(same).map_or(name, String::as_str).to_owned()
}

/// Where a list got a new primary element, the old one is primary no more (RFC 7644 section 3.5.2).
pub(super) fn leave_one_primary(original: &Value, changed: &mut Value) {
    let is_primary = |element: &Value| element.get("primary") == Some(&Value::Bool(true));
    for (name, value) in changed.as_object_mut().into_iter().flatten() {
        let (Some(before), Value::Array(elements)) = (original.get(name).and_then(Value::as_array), value) else {
            continue;
        };
        if elements.iter().filter(|element| is_primary(element)).count() > 1 {
            let old = elements
                .iter_mut()
                .filter(|element| is_primary(element) && before.contains(element));
            old.for_each(|element| element["primary"] = Value::Bool(false));
        }
    }
}
