//! The rows that a resource has, whatever they are kept as, and which of them a user's data access covers.

use serde_json::{Map, Value, json};

use crate::fusion::adf::resources::Resource;
use crate::fusion::adf::timestamp;
use crate::landscape::builder::id_of;
use crate::landscape::pod_records::{Row, Trace};
use crate::landscape::{Pod, PodUser};

/// A row as it is shown.
#[derive(Clone, Debug)]
pub struct Item {
    /// Its attributes, in the order of the resource.
    pub values: Map<String, Value>,
    /// The rows below it.
    pub lines: Vec<Map<String, Value>>,
    /// Which writing of it this is.
    pub version: u64,
}

impl Item {
    /// What stands in its address.
    pub fn id(&self, resource: &Resource) -> String {
        match self.values.get(resource.key) {
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
            None => String::new(),
        }
    }

    /// Its entity tag (FUSION-308).
    pub fn etag(&self, resource: &Resource) -> String {
        format!("\"{}-{}\"", self.id(resource), self.version)
    }

    /// Whether data roles show this row to a user (FUSION-401).
    pub fn is_shown_to(&self, user: &PodUser, resource: &Resource) -> bool {
        resource.secured_by.is_none_or(|attribute| {
            let unit = self.values.get(attribute).and_then(Value::as_str);
            unit.is_some_and(|unit| user.data.iter().any(|shown| shown == unit))
        })
    }
}

/// All rows of a resource, as this user would see them if nothing were narrowed; `None` for nobody, who is no person.
pub fn all(pod: &Pod, resource: &'static Resource, user: Option<&PodUser>) -> Vec<Item> {
    match resource.name {
        "selfDetails" => user.into_iter().map(self_details).collect(),
        "userAccounts" => pod.users.values().map(account).collect(),
        name => pod.rows_of(name).map(|row| of_row(row, resource)).collect(),
    }
}

/// A row that is kept, as it is shown.
pub fn of_row(row: &Row, resource: &Resource) -> Item {
    let mut values = Map::new();
    values.insert(resource.key.to_owned(), json!(row.id));
    let kept = resource.attributes.iter();
    let kept = kept.filter_map(|attribute| Some((attribute.name.to_owned(), row.values.get(attribute.name)?.clone())));
    values.extend(kept);
    if resource.is_traced() {
        trace(&mut values, &row.trace);
    }
    Item {
        values,
        lines: row.lines.clone(),
        version: row.trace.version,
    }
}

/// The page that names the user of the token (FUSION-320, FUSION-U-18).
fn self_details(user: &PodUser) -> Item {
    item(
        json!({
            "PersonId": user.person_id,
            "PersonNumber": person_number(user),
            "Username": user.name,
            "DisplayName": user.display_name,
            "selfDetailsUniqID": user.person_id.to_string(),
        }),
        user,
    )
}

/// A user's account (FUSION-322).
pub fn account(user: &PodUser) -> Item {
    let mut account = item(
        json!({
            "UserId": user.person_id + ACCOUNT_OFFSET,
            "Username": user.name,
            "SuspendedFlag": !user.active,
            "PersonId": user.person_id,
            "PersonNumber": person_number(user),
            "CredentialsEmailSentFlag": true,
            "GUID": id_of(&format!("account {}", user.name)).to_uppercase(),
        }),
        user,
    );
    trace(&mut account.values, &user.trace);
    account
}

/// Accounts and persons are numbered apart.
const ACCOUNT_OFFSET: u64 = 500_000;

fn person_number(user: &PodUser) -> String {
    (user.person_id % 1_000_000).to_string()
}

fn item(values: Value, user: &PodUser) -> Item {
    let Value::Object(values) = values else {
        unreachable!("a row is written as an object")
    };
    Item {
        values,
        lines: Vec::new(),
        version: user.trace.version,
    }
}

/// Who made a row and who changed it (FUSION-409).
fn trace(values: &mut Map<String, Value>, trace: &Trace) {
    let members = [
        ("CreatedBy", json!(trace.created_by)),
        ("CreationDate", json!(timestamp(trace.created))),
        ("LastUpdatedBy", json!(trace.last_updated_by)),
        ("LastUpdateDate", json!(timestamp(trace.last_updated))),
    ];
    values.extend(members.map(|(name, value)| (name.to_owned(), value)));
}
