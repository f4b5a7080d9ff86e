//! Changing a part of a resource: the operations of a patch (RFC 7644 section 3.5.2; IDCS-ADMIN-231, IDCS-ADMIN-232), all of them or none.

use serde_json::{Map, Value};

use super::change::{
    ChangeError, is_read_only, member_path, refuse_changed, refuse_missing, refuse_read_only, settled,
};
use super::filter::{Filter, Target};
use super::list::has_schema;
use super::schema::{Path, ResourceType};
use super::value::{is_assigned, member};

/// The schema of a patch (IDCS-ADMIN-231).
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The most operations in one request (IDCS-ADMIN-241).
pub const OPERATION_LIMIT: usize = 1000;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verb {
    Add,
    Replace,
    Remove,
}

/// The names of the operations; the product's clients write them in upper case (IDCS-ADMIN-232).
const VERBS: &[(&str, Verb)] = &[("add", Verb::Add), ("replace", Verb::Replace), ("remove", Verb::Remove)];

/// One operation on one attribute. Without a value it can only remove.
struct Operation {
    verb: Verb,
    target: Target,
    value: Value,
}

/// Applies a patch to a copy of a resource.
pub fn apply(resource_type: &ResourceType, resource: &Value, request: &Value) -> Result<Value, ChangeError> {
    let operations = request.as_object().filter(|_| has_schema(request, PATCH_OP));
    let operations = operations
        .and_then(|body| member(body, "Operations")?.as_array())
        .filter(|list| !list.is_empty());
    let operations = operations.ok_or(ChangeError::Malformed {
        expected: "the schema PatchOp and a list `Operations`",
    })?;
    if operations.len() > OPERATION_LIMIT {
        return Err(ChangeError::TooMany {
            limit: OPERATION_LIMIT,
            found: operations.len(),
        });
    }
    let mut changed = resource.clone();
    for operation in operations {
        for operation in Operation::read(resource_type, operation)? {
            operation.apply(resource_type, resource, &mut changed)?;
        }
    }
    leave_one_primary(resource, &mut changed);
    refuse_changed(resource_type, resource, &changed)?;
    let lacked = resource_type.missing(resource);
    let mut missing = resource_type.missing(&changed);
    missing.retain(|path| !lacked.contains(path));
    refuse_missing(&missing)?;
    Ok(changed)
}

impl Operation {
    /// Reads one operation. Without a path it is one for each member of its value.
    fn read(resource_type: &ResourceType, text: &Value) -> Result<Vec<Self>, ChangeError> {
        let part = |name: &str| {
            text.as_object()
                .and_then(|object| member(object, name))
                .filter(|part| !part.is_null())
        };
        let verb = part("op").and_then(Value::as_str);
        let verb = VERBS
            .iter()
            .find(|(name, _)| verb.is_some_and(|verb| verb.eq_ignore_ascii_case(name)));
        let verb = verb
            .ok_or(ChangeError::Malformed {
                expected: "`op` to be add, remove or replace",
            })?
            .1;
        let given = text.as_object().and_then(|object| member(object, "value")).cloned();
        let value = match given {
            _ if verb == Verb::Remove => Value::Null,
            Some(value) => value,
            None => {
                return Err(ChangeError::Malformed {
                    expected: "`value` in an operation that adds or replaces",
                });
            }
        };
        match (part("path"), value) {
            (Some(Value::String(path)), value) => {
                let target = Target::read(resource_type, path).map_err(|reason| ChangeError::InvalidPath {
                    path: path.chars().take(200).collect(),
                    reason,
                })?;
                Ok(vec![Self { verb, target, value }])
            }
            (Some(_), _) => Err(ChangeError::Malformed {
                expected: "`path` to be a text",
            }),
            (None, _) if verb == Verb::Remove => Err(ChangeError::NoTarget { path: String::new() }),
            (None, Value::Object(members)) => members
                .into_iter()
                .map(|(name, value)| {
                    Ok(Self {
                        verb,
                        target: Target::of_member(resource_type, &name, &value)?,
                        value,
                    })
                })
                .collect(),
            (None, _) => Err(ChangeError::Malformed {
                expected: "`value` to be an object where there is no `path`",
            }),
        }
    }

    fn apply(&self, resource_type: &ResourceType, original: &Value, changed: &mut Value) -> Result<(), ChangeError> {
        let Target { path, filter, part } = &self.target;
        let whole = part.as_ref().map_or_else(|| path.clone(), |part| path.join(part));
        if is_read_only(resource_type, &whole) {
            return Err(ChangeError::ReadOnly {
                path: whole.to_string(),
            });
        }
        let is_list = resource_type
            .attribute(&whole)
            .is_some_and(|attribute| attribute.is_multi_valued);
        // A single value may be given for a list, and must be for an element of one.
        let value = match &self.value {
            value if is_list && !value.is_array() && !value.is_null() => Value::Array(vec![value.clone()]),
            value => value.clone(),
        };
        let mut value = settled(resource_type, &whole, &value)?;
        refuse_read_only(resource_type, &whole, &value, original)?;
        let verb = match self.verb {
            Verb::Add if !is_assigned(&value) && (value.is_null() || value.is_array()) => return Ok(()),
            Verb::Replace if value.is_null() || value == Value::Array(Vec::new()) => Verb::Remove,
            verb => verb,
        };
        let found = match filter {
            None => at(resource_type, changed, path, 0, verb, &mut |object, name| {
                write(object, name, verb, &value);
                true
            }),
            Some(filter) => {
                if let (true, None, Value::Array(elements)) = (is_list, part, &mut value) {
                    value = elements.pop().unwrap_or_default();
                }
                at(resource_type, changed, path, 0, verb, &mut |object, name| {
                    let Some(Value::Array(elements)) = object.get_mut(name) else {
                        return false;
                    };
                    let found = write_elements(elements, filter, part.as_deref(), verb, &value);
                    if elements.is_empty() {
                        object.shift_remove(name);
                    }
                    found
                })
            }
        };
        if found {
            Ok(())
        } else {
            Err(ChangeError::NoTarget {
                path: whole.to_string(),
            })
        }
    }
}

impl Target {
    /// What a member of a value without a path is about: an attribute, or one of an extension; an object under a URN is the whole extension.
    fn of_member(resource_type: &ResourceType, name: &str, value: &Value) -> Result<Self, ChangeError> {
        let path = match resource_type.path(name) {
            Some(path) if !value.is_object() => path,
            _ => member_path(resource_type, &Path::default(), name)?,
        };
        Ok(Self {
            path,
            filter: None,
            part: None,
        })
    }
}

/// Works on the object that holds the last name of a path, or on each of them where the path leads through a list, and says whether there was one.
/// Adding makes the objects on the way; removing takes away those that it empties.
fn at(
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
fn write(object: &mut Map<String, Value>, name: &str, verb: Verb, value: &Value) {
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
fn write_elements(elements: &mut Vec<Value>, filter: &Filter, part: Option<&str>, verb: Verb, value: &Value) -> bool {
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
fn leave_one_primary(original: &Value, changed: &mut Value) {
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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STATE: &str = "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User";

    fn user() -> Value {
        json!({
            "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "id": "1", "userName": "b",
            "name": {"familyName": "Jensen", "givenName": "Barbara"},
            "emails": [{"value": "a", "type": "work", "primary": true}, {"value": "b", "type": "home"}]
        })
    }

    fn patched(operations: &Value) -> Result<Value, ChangeError> {
        let user_type = ResourceType::named("User").expect("users are in the tables");
        apply(
            user_type,
            &user(),
            &json!({"schemas": [PATCH_OP], "Operations": operations}),
        )
    }

    /// Patches with one operation, and compares one member of what comes out.
    #[track_caller]
    fn makes(operation: &Value, name: &str, expected: &Value) {
        let changed = patched(&json!([operation])).expect("the operation is fine");
        assert_eq!(changed.get(name).unwrap_or(&Value::Null), expected, "{operation}");
        let others = |resource: &Value| {
            resource
                .as_object()
                .unwrap()
                .iter()
                .filter(|(key, _)| *key != name)
                .count()
        };
        assert_eq!(others(&changed), others(&user()), "{operation}");
    }

    #[test]
    fn attributes_are_set_in_the_spelling_of_the_schema() {
        makes(
            &json!({"op": "ADD", "path": "TITLE", "value": "Dr"}),
            "title",
            &json!("Dr"),
        );
        makes(
            &json!({"op": "Replace", "path": "title", "value": "Dr"}),
            "title",
            &json!("Dr"),
        );
        makes(
            &json!({"op": "replace", "value": {"TITLE": "Dr"}}),
            "title",
            &json!("Dr"),
        );
        makes(&json!({"op": "remove", "path": "Emails"}), "emails", &Value::Null);
        makes(
            &json!({"op": "replace", "path": "emails", "value": []}),
            "emails",
            &Value::Null,
        );
        makes(
            &json!({"op": "replace", "path": "emails", "value": null}),
            "emails",
            &Value::Null,
        );
        makes(&json!({"op": "remove", "path": "title"}), "title", &Value::Null);
    }

    #[test]
    fn parts_are_set_and_the_rest_stays() {
        let name = json!({"familyName": "Smith", "givenName": "Barbara"});
        makes(
            &json!({"op": "replace", "path": "name.FAMILYNAME", "value": "Smith"}),
            "name",
            &name,
        );
        makes(
            &json!({"op": "replace", "path": "name", "value": {"FamilyName": "Smith"}}),
            "name",
            &name,
        );
        makes(
            &json!({"op": "add", "value": {"name": {"familyName": "Smith"}}}),
            "name",
            &name,
        );
        makes(
            &json!({"op": "remove", "path": "name.givenName"}),
            "name",
            &json!({"familyName": "Jensen"}),
        );
        makes(
            &json!({"op": "add", "path": "shoe.size", "value": 42}),
            "shoe",
            &json!({"size": 42}),
        );
    }

    #[test]
    fn extensions_are_written_by_path_and_as_a_member() {
        let locked = json!({"locked": {"on": true}});
        makes(
            &json!({"op": "add", "path": format!("{STATE}:locked.on"), "value": true}),
            STATE,
            &locked,
        );
        makes(
            &json!({"op": "add", "path": STATE, "value": {"LOCKED": {"ON": true}}}),
            STATE,
            &locked,
        );
        makes(
            &json!({"op": "replace", "value": {STATE.to_uppercase(): {"locked": {"on": true}}}}),
            STATE,
            &locked,
        );
        makes(
            &json!({"op": "replace", "value": {format!("{STATE}:locked"): {"on": true}}}),
            &format!("{STATE}:locked"),
            &json!({"on": true}),
        );
    }

    #[test]
    fn lists_grow_without_doubles_and_are_replaced_whole() {
        let (work, home, other) = (
            user()["emails"][0].clone(),
            user()["emails"][1].clone(),
            json!({"value": "c", "type": "other"}),
        );
        let grown = json!([work, home, other]);
        makes(
            &json!({"op": "add", "path": "emails", "value": [home, other]}),
            "emails",
            &grown,
        );
        makes(
            &json!({"op": "add", "path": "emails", "value": other}),
            "emails",
            &grown,
        );
        makes(
            &json!({"op": "replace", "path": "emails", "value": [other]}),
            "emails",
            &json!([other]),
        );
        makes(
            &json!({"op": "add", "path": "emails", "value": []}),
            "emails",
            &json!([work, home]),
        );
    }

    #[test]
    fn filters_choose_elements_and_parts_of_them() {
        let (work, home) = (user()["emails"][0].clone(), user()["emails"][1].clone());
        let changed = json!([work, {"value": "c", "type": "home"}]);
        makes(
            &json!({"op": "replace", "path": "emails[TYPE eq \"home\"].VALUE", "value": "c"}),
            "emails",
            &changed,
        );
        makes(
            &json!({"op": "replace", "path": "emails[type eq \"home\"]", "value": {"value": "c", "type": "home"}}),
            "emails",
            &changed,
        );
        makes(
            &json!({"op": "add", "path": "emails[type eq \"home\"]", "value": {"value": "c"}}),
            "emails",
            &changed,
        );
        makes(
            &json!({"op": "remove", "path": "emails[type eq \"home\"]"}),
            "emails",
            &json!([work]),
        );
        makes(
            &json!({"op": "remove", "path": "emails[value pr]"}),
            "emails",
            &Value::Null,
        );
        makes(
            &json!({"op": "remove", "path": "emails[type eq \"work\"].primary"}),
            "emails",
            &json!([{"value": "a", "type": "work"}, home]),
        );
        makes(
            &json!({"op": "replace", "path": "emails.verified", "value": true}),
            "emails",
            &json!([
                {"value": "a", "type": "work", "primary": true, "verified": true}, {"value": "b", "type": "home", "verified": true}
            ]),
        );
    }

    #[test]
    fn a_new_primary_takes_the_place_of_the_old_one() {
        let operation = json!({"op": "replace", "path": "emails[type eq \"home\"].primary", "value": true});
        let expected =
            json!([{"value": "a", "type": "work", "primary": false}, {"value": "b", "type": "home", "primary": true}]);
        makes(&operation, "emails", &expected);
    }

    #[test]
    fn what_cannot_be_done_is_refused_by_name() {
        let refused = |operation: Value| patched(&json!([operation])).expect_err("it cannot be done");
        let path = |path: &str| path.to_owned();
        assert_eq!(
            refused(json!({"op": "remove"})),
            ChangeError::NoTarget { path: path("") }
        );
        let other = json!({"op": "replace", "path": "emails[type eq \"other\"].value", "value": "c"});
        assert_eq!(
            refused(other),
            ChangeError::NoTarget {
                path: path("emails.value")
            }
        );
        assert_eq!(
            refused(json!({"op": "add", "path": "addresses.type", "value": "x"})),
            ChangeError::NoTarget {
                path: path("addresses.type")
            }
        );
        assert_eq!(
            refused(json!({"op": "add", "path": "id", "value": "1"})),
            ChangeError::ReadOnly { path: path("id") }
        );
        assert_eq!(
            refused(json!({"op": "remove", "path": "META.version"})),
            ChangeError::ReadOnly {
                path: path("meta.version")
            }
        );
        assert_eq!(
            refused(json!({"op": "add", "value": {"groups": [{"value": "g"}]}})),
            ChangeError::ReadOnly { path: path("groups") }
        );
        let display =
            json!({"op": "add", "path": "phoneNumbers", "value": {"value": "1", "type": "work", "display": "x"}});
        assert_eq!(
            refused(display),
            ChangeError::ReadOnly {
                path: path("phoneNumbers.display")
            }
        );
        assert_eq!(
            refused(json!({"op": "remove", "path": "userName"})),
            ChangeError::Missing {
                paths: vec![path("userName")]
            }
        );
        assert!(matches!(
            refused(json!({"op": "add", "path": "active", "value": "True"})),
            ChangeError::InvalidValue { .. }
        ));
        assert!(matches!(
            refused(json!({"op": "add", "path": "a b", "value": 1})),
            ChangeError::InvalidPath { .. }
        ));
        for malformed in [
            json!({"op": "move"}),
            json!({}),
            json!(1),
            json!({"op": "add", "path": "title"}),
            json!({"op": "add", "value": 1}),
            json!({"op": "add", "path": 1, "value": 1}),
        ] {
            assert!(matches!(refused(malformed), ChangeError::Malformed { .. }));
        }
    }

    #[test]
    fn what_has_a_value_for_good_keeps_it() {
        let role = ResourceType::named("AppRole").unwrap();
        let resource = json!({"schemas": ["x"], "displayName": "R", "app": {"value": "a"}});
        let patch = |operation: Value| {
            apply(
                role,
                &resource,
                &json!({"schemas": [PATCH_OP], "Operations": [operation]}),
            )
        };
        assert_eq!(
            patch(json!({"op": "replace", "path": "displayName", "value": "S"})),
            Err(ChangeError::Immutable {
                path: "displayName".to_owned()
            })
        );
        assert_eq!(
            patch(json!({"op": "remove", "path": "app"})),
            Err(ChangeError::Immutable {
                path: "app.value".to_owned()
            })
        );
        assert!(patch(json!({"op": "add", "path": "adminRole", "value": true})).is_ok());
    }

    #[test]
    fn a_request_has_the_schema_and_some_operations_but_not_too_many() {
        let operation = json!({"op": "add", "path": "title", "value": "Dr"});
        let user_type = ResourceType::named("User").unwrap();
        let without = apply(user_type, &user(), &json!({"Operations": [operation]}));
        assert!(matches!(without, Err(ChangeError::Malformed { .. })));
        assert!(matches!(patched(&json!([])), Err(ChangeError::Malformed { .. })));
        assert!(patched(&json!(vec![operation.clone(); OPERATION_LIMIT])).is_ok());
        let too_many = Err(ChangeError::TooMany {
            limit: 1000,
            found: 1001,
        });
        assert_eq!(patched(&json!(vec![operation; OPERATION_LIMIT + 1])), too_many);
    }
}
