//! Changing a part of a resource: the operations of a patch (RFC 7644 section 3.5.2; IDCS-ADMIN-231, IDCS-ADMIN-232), all of them or none.
//!
//! How a place inside a resource is found and written is `place`.

mod place;

use serde_json::Value;

use super::change::{
    ChangeError, is_read_only, member_path, refuse_changed, refuse_missing, refuse_read_only, settled,
};
use super::filter::Target;
use super::list::has_schema;
use super::schema::{Path, ResourceType};
use super::value::member;
use place::{Verb, at, leave_one_primary, write, write_elements};

/// The schema of a patch (IDCS-ADMIN-231).
pub const PATCH_OP: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
/// The most operations in one request (IDCS-ADMIN-241).
pub const OPERATION_LIMIT: usize = 1000;

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
        let is_element = filter.is_some() && part.is_none();
        if is_element && self.value.is_array() {
            return Err(ChangeError::InvalidValue {
                path: whole.to_string(),
                expected: "one element of the list",
            });
        }
        let attribute = resource_type.attribute(&whole);
        // A single value may be given for a list.
        let mut value = match &self.value {
            Value::Array(_) | Value::Null => self.value.clone(),
            single if attribute.is_some_and(|known| known.is_multi_valued) => Value::Array(vec![single.clone()]),
            single => single.clone(),
        };
        value = settled(resource_type, &whole, &value)?;
        refuse_read_only(resource_type, &whole, &value, original)?;
        let is_none = value.is_null() || value == Value::Array(Vec::new());
        let verb = match self.verb {
            Verb::Add if is_none => return Ok(()),
            Verb::Replace if is_none => Verb::Remove,
            verb => verb,
        };
        if let (true, Value::Array(elements)) = (is_element, &mut value) {
            value = elements.pop().unwrap_or_default();
        }
        let found = match filter {
            None => at(resource_type, changed, path, 0, verb, &mut |object, name| {
                write(object, name, verb, &value);
                true
            }),
            Some(filter) => at(resource_type, changed, path, 0, verb, &mut |object, name| {
                let Some(Value::Array(elements)) = object.get_mut(name) else {
                    return false;
                };
                let found = write_elements(elements, filter, part.as_deref(), verb, &value);
                if elements.is_empty() {
                    object.shift_remove(name);
                }
                found
            }),
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
        let element = json!({"op": "replace", "path": "emails[type pr]", "value": [{"value": "c", "type": "home"}]});
        assert!(matches!(refused(element), ChangeError::InvalidValue { .. }));
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
