//! Writing whole resources, and what every change has to respect: kinds of values, who may write what, what must be there
//! (RFC 7643 sections 2.2 and 7; RFC 7644 section 3.5; IDCS-ADMIN-226).
//!
//! Changes of a part are `patch`. Whether a value is unique is for those to say who know all resources.

use serde_json::{Map, Value};

use super::filter::FilterError;
use super::schema::{Attribute, Kind, Mutability, Path, ResourceType, is_name};
use super::value::{instant, is_assigned, member, values_at};

/// Why a resource is not written.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ChangeError {
    /// The body, or an operation in it, has not the form that it must have.
    #[error("expected {expected}")]
    Malformed {
        /// What is missing or wrong.
        expected: &'static str,
    },
    /// There are more operations than one request may have (IDCS-ADMIN-241).
    #[error("expected at most {limit} operations, found {found}")]
    TooMany {
        /// The most that there may be.
        limit: usize,
        /// How many there are.
        found: usize,
    },
    /// A path cannot be read.
    #[error("path `{path}`: {reason}")]
    InvalidPath {
        /// The path.
        path: String,
        /// What is wrong with it.
        reason: FilterError,
    },
    /// A member cannot be the name of an attribute.
    #[error("expected the name of an attribute, found `{name}`")]
    InvalidName {
        /// The member.
        name: String,
    },
    /// There is nothing where an operation wants to work, or it names nothing.
    #[error("nothing at `{path}` to work on")]
    NoTarget {
        /// The path.
        path: String,
    },
    /// Only the server writes this.
    #[error("`{path}` is read-only")]
    ReadOnly {
        /// The attribute.
        path: String,
    },
    /// This has a value, which stays.
    #[error("`{path}` is immutable")]
    Immutable {
        /// The attribute.
        path: String,
    },
    /// A value does not suit its attribute.
    #[error("`{path}`: expected {expected}")]
    InvalidValue {
        /// The attribute.
        path: String,
        /// What it holds.
        expected: &'static str,
    },
    /// Required attributes have no value.
    #[error("missing required attributes: {}", paths.join(","))]
    Missing {
        /// The attributes.
        paths: Vec<String>,
    },
}

/// Reads a new resource: in the spelling of the schema, without what only the server writes (IDCS-ADMIN-226).
pub fn create(resource_type: &ResourceType, body: &Value) -> Result<Value, ChangeError> {
    let mut resource = settled(resource_type, &Path::default(), body)?;
    drop_read_only(resource_type, &Path::default(), &mut resource);
    refuse_missing(&resource_type.missing(&resource))?;
    Ok(resource)
}

/// Replaces a resource (RFC 7644 section 3.5.1). What the client may not write it may leave out or repeat; it cannot read passwords, so leaving
/// one out keeps it.
pub fn replace_whole(resource_type: &ResourceType, old: &Value, body: &Value) -> Result<Value, ChangeError> {
    let mut new = settled(resource_type, &Path::default(), body)?;
    refuse_missing(&resource_type.missing(&new))?;
    refuse_read_only(resource_type, &Path::default(), &new, old)?;
    for (path, attribute) in resource_type.attributes() {
        if attribute.mutability != Mutability::ReadWrite && !is_in_list(resource_type, &path) {
            keep(&path.0, &mut new, old);
        }
    }
    refuse_changed(resource_type, old, &new)?;
    Ok(new)
}

/// A value in the spelling of the schema and without empty members, if it suits the attribute at `path` (the whole resource, if that is empty).
pub(super) fn settled(resource_type: &ResourceType, path: &Path, value: &Value) -> Result<Value, ChangeError> {
    let attribute = resource_type.attribute(path);
    let invalid = |expected| {
        Err(ChangeError::InvalidValue {
            path: path.to_string(),
            expected,
        })
    };
    match (value, attribute) {
        (Value::Null, _) => Ok(Value::Null),
        (Value::Array(elements), Some(attribute)) if attribute.is_multi_valued => {
            let elements = elements
                .iter()
                .map(|element| settled_single(resource_type, path, element));
            elements.collect()
        }
        (_, Some(attribute)) if attribute.is_multi_valued => invalid("a list"),
        _ => settled_single(resource_type, path, value),
    }
}

fn settled_single(resource_type: &ResourceType, path: &Path, value: &Value) -> Result<Value, ChangeError> {
    let expected = match resource_type.attribute(path) {
        Some(attribute) => fault(attribute, value),
        None if path.is_whole() && !value.is_object() => Some("an object"),
        None => None,
    };
    if let Some(expected) = expected {
        return Err(ChangeError::InvalidValue {
            path: path.to_string(),
            expected,
        });
    }
    let Value::Object(object) = value else {
        return Ok(value.clone());
    };
    let mut settled_object = Map::new();
    for (name, value) in object {
        let inner = member_path(resource_type, path, name)?;
        let value = settled(resource_type, &inner, value)?;
        if !value.is_null() && value != Value::Array(Vec::new()) {
            settled_object.insert(inner.0.last().expect("a member has a name").clone(), value);
        }
    }
    Ok(Value::Object(settled_object))
}

/// What a single value should have been, if it does not suit.
fn fault(attribute: &Attribute, value: &Value) -> Option<&'static str> {
    let (suits, expected) = match attribute.kind {
        Kind::Text | Kind::Reference => (value.is_string(), "a text"),
        Kind::Number => match (attribute.range, value.as_f64()) {
            (Some((least, largest)), Some(number)) => (
                (f64::from(least)..=f64::from(largest)).contains(&number),
                "a number within its limits",
            ),
            (_, number) => (number.is_some(), "a number"),
        },
        Kind::Boolean => (value.is_boolean(), "true or false"),
        Kind::DateTime => (value.as_str().and_then(instant).is_some(), "a date and time"),
        Kind::Complex => (value.is_object(), "an object"),
    };
    (!suits).then_some(expected)
}

/// The path of a member of the object at `parent`. Only a whole resource has members that are named by a URN.
pub(super) fn member_path(resource_type: &ResourceType, parent: &Path, name: &str) -> Result<Path, ChangeError> {
    if is_name(name) || (parent.0.is_empty() && name.contains(':')) {
        Ok(resource_type.canonical(parent.join(name)))
    } else {
        Err(ChangeError::InvalidName {
            name: name.chars().take(40).collect(),
        })
    }
}

/// Refuses values that only the server writes, except those that stand there already: clients send back what they read.
pub(super) fn refuse_read_only(
    resource_type: &ResourceType,
    path: &Path,
    given: &Value,
    old: &Value,
) -> Result<(), ChangeError> {
    match given {
        Value::Array(elements) => elements
            .iter()
            .try_for_each(|one| refuse_read_only(resource_type, path, one, old)),
        Value::Object(object) => object
            .iter()
            .try_for_each(|(name, value)| refuse_read_only(resource_type, &path.join(name), value, old)),
        simple if is_read_only(resource_type, path) && !values_at(old, &path.0).contains(&simple) => {
            Err(ChangeError::ReadOnly { path: path.to_string() })
        }
        _ => Ok(()),
    }
}

/// Whether only the server writes this, or what it is a part of.
pub(super) fn is_read_only(resource_type: &ResourceType, path: &Path) -> bool {
    wholes(resource_type, path).any(|attribute| attribute.mutability == Mutability::ReadOnly)
}

/// Refuses a change of what has a value for good. Elements of lists come and go as wholes.
pub(super) fn refuse_changed(resource_type: &ResourceType, old: &Value, new: &Value) -> Result<(), ChangeError> {
    for (path, attribute) in resource_type.attributes() {
        let before = values_at(old, &path.0);
        let is_fixed = attribute.mutability == Mutability::Immutable && before.iter().any(|value| is_assigned(value));
        if is_fixed && !is_in_list(resource_type, &path) && before != values_at(new, &path.0) {
            return Err(ChangeError::Immutable { path: path.to_string() });
        }
    }
    Ok(())
}

pub(super) fn refuse_missing(missing: &[Path]) -> Result<(), ChangeError> {
    let paths: Vec<String> = missing.iter().map(Path::to_string).collect();
    if paths.is_empty() {
        Ok(())
    } else {
        Err(ChangeError::Missing { paths })
    }
}

/// Whether a path leads into a list.
fn is_in_list(resource_type: &ResourceType, path: &Path) -> bool {
    wholes(resource_type, &path.prefix(path.0.len() - 1)).any(|attribute| attribute.is_multi_valued)
}

/// What is known of the attribute at a path and of those around it.
fn wholes(resource_type: &ResourceType, path: &Path) -> impl Iterator<Item = &'static Attribute> {
    (1..=path.0.len()).filter_map(|length| resource_type.attribute(&path.prefix(length)))
}

fn drop_read_only(resource_type: &ResourceType, path: &Path, value: &mut Value) {
    match value {
        Value::Array(elements) => elements
            .iter_mut()
            .for_each(|one| drop_read_only(resource_type, path, one)),
        Value::Object(object) => {
            object.retain(|name, _| !is_read_only(resource_type, &path.join(name)));
            object
                .iter_mut()
                .for_each(|(name, value)| drop_read_only(resource_type, &path.join(name), value));
        }
        _ => {}
    }
}

/// Copies what stands at a path to a resource that has nothing there.
fn keep(names: &[String], new: &mut Value, old: &Value) {
    let (Some((first, rest)), Value::Object(new), Value::Object(old)) = (names.split_first(), new, old) else {
        return;
    };
    let Some(old) = member(old, first).filter(|value| is_assigned(value)) else {
        return;
    };
    if rest.is_empty() {
        new.entry(first.clone()).or_insert_with(|| old.clone());
    } else if !values_at(old, rest).is_empty() {
        keep(
            rest,
            new.entry(first.clone()).or_insert_with(|| Value::Object(Map::new())),
            old,
        );
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const APP_URN: &str = "urn:ietf:params:scim:schemas:oracle:idcs:App";

    fn app() -> &'static ResourceType {
        ResourceType::named("App").expect("apps are in the tables")
    }

    fn stored() -> Value {
        json!({
            "schemas": [APP_URN], "id": "1", "name": "client", "displayName": "A", "clientSecret": "s",
            "basedOnTemplate": {"value": "T", "lastModified": "2026-11-20T12:00:00.000Z"},
            "certificates": [{"certAlias": "a", "x5t": "x"}], "meta": {"version": "v"}
        })
    }

    /// Replaces the stored app with itself and these members.
    fn replaced(members: &Value) -> Result<Value, ChangeError> {
        let mut body = stored();
        for (name, value) in members.as_object().unwrap() {
            body[name] = value.clone();
        }
        replace_whole(app(), &stored(), &body)
    }

    #[test]
    fn a_new_resource_has_the_spelling_of_the_schema_and_nothing_that_only_the_server_writes() {
        let body = json!({
            "SCHEMAS": [APP_URN], "DisplayName": "A", "ID": "mine", "basedontemplate": {"Value": "T", "lastModified": "2026-11-20T12:00:00Z"},
            "certificates": [{"certalias": "a", "X5T": "x"}], "meta": {"version": "v"}, "Custom": {"Some": null}, "redirectUris": []
        });
        let expected = json!({
            "schemas": [APP_URN], "displayName": "A", "basedOnTemplate": {"value": "T"}, "certificates": [{"certAlias": "a"}], "Custom": {}
        });
        assert_eq!(create(app(), &body), Ok(expected));
    }

    #[test]
    fn what_is_required_must_be_there() {
        let missing = |paths: &[&str]| {
            Err(ChangeError::Missing {
                paths: paths.iter().map(|path| (*path).to_owned()).collect(),
            })
        };
        assert_eq!(
            create(app(), &json!({"schemas": [APP_URN], "displayName": null})),
            missing(&["displayName", "basedOnTemplate"])
        );
        assert_eq!(replaced(&json!({"displayName": ""})), missing(&["displayName"]));
    }

    #[test]
    fn values_must_suit_their_attributes() {
        let invalid = |members: &Value| match replaced(members) {
            Err(ChangeError::InvalidValue { path, expected }) => (path, expected),
            other => panic!("{other:?}"),
        };
        assert_eq!(
            invalid(&json!({"active": "true"})),
            ("active".to_owned(), "true or false")
        );
        assert_eq!(
            invalid(&json!({"accessTokenExpiry": "1"})),
            ("accessTokenExpiry".to_owned(), "a number")
        );
        assert_eq!(
            invalid(&json!({"displayName": ["A"]})),
            ("displayName".to_owned(), "a text")
        );
        assert_eq!(
            invalid(&json!({"allowedGrants": "implicit"})),
            ("allowedGrants".to_owned(), "a list")
        );
        assert_eq!(
            invalid(&json!({"allowedGrants": [1]})),
            ("allowedGrants".to_owned(), "a text")
        );
        assert_eq!(
            invalid(&json!({"certificates": ["a"]})),
            ("certificates".to_owned(), "an object")
        );
        assert_eq!(
            invalid(&json!({"scopes": [{"requiresConsent": 1}]})),
            ("scopes.requiresConsent".to_owned(), "true or false")
        );
        assert_eq!(
            invalid(&json!({"meta": {"created": "now"}})),
            ("meta.created".to_owned(), "a date and time")
        );
        assert!(matches!(
            create(app(), &json!([])),
            Err(ChangeError::InvalidValue { .. })
        ));
        assert!(matches!(
            replaced(&json!({"no name": 1})),
            Err(ChangeError::InvalidName { .. })
        ));
    }

    #[test]
    fn what_was_read_may_be_sent_back_whole_or_without_what_the_server_writes() {
        assert_eq!(replaced(&json!({})), Ok(stored()));
        let body = json!({"schemas": [APP_URN], "displayName": "B", "basedOnTemplate": {"value": "T"}});
        let mut expected = stored();
        expected["displayName"] = json!("B");
        expected.as_object_mut().unwrap().remove("certificates");
        assert_eq!(replace_whole(app(), &stored(), &body), Ok(expected));
    }

    #[test]
    fn nobody_replaces_what_only_the_server_writes_or_what_is_there_for_good() {
        let read_only = |path: &str| Err(ChangeError::ReadOnly { path: path.to_owned() });
        let immutable = |path: &str| Err(ChangeError::Immutable { path: path.to_owned() });
        assert_eq!(replaced(&json!({"clientSecret": "mine"})), read_only("clientSecret"));
        assert_eq!(
            replaced(&json!({"meta": {"location": "here"}})),
            read_only("meta.location")
        );
        assert_eq!(
            replaced(&json!({"certificates": [{"certAlias": "b", "x5t": "y"}]})),
            read_only("certificates.x5t")
        );
        assert_eq!(replaced(&json!({"name": "other"})), immutable("name"));
        assert_eq!(
            replaced(&json!({"basedOnTemplate": {"value": "U"}})),
            immutable("basedOnTemplate.value")
        );
        assert!(
            replaced(&json!({"isAliasApp": true})).is_ok(),
            "what had no value may get one"
        );
    }

    #[test]
    fn a_password_that_is_left_out_stays() {
        let user = ResourceType::named("User").unwrap();
        let old = json!({"schemas": [user.schema.urn], "userName": "b", "title": "Dr", "password": "secret"});
        let body = json!({"schemas": [user.schema.urn], "userName": "b"});
        let expected = json!({"schemas": [user.schema.urn], "userName": "b", "password": "secret"});
        assert_eq!(replace_whole(user, &old, &body), Ok(expected));
    }
}
