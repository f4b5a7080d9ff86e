//! What a request to the classic stack changes: rows and accounts, with the trace and the audit record that each change leaves.

use serde_json::{Map, Value};

use crate::fusion::adf::items::{self, Item};
use crate::fusion::adf::resources::{Auditing, Resource};
use crate::fusion::facts::PodRequest;
use crate::landscape::PodUser;
use crate::landscape::pod_records::{PodKey, PodRecord, Row, Trace};
use crate::state::{Audited, Effect, Expects, Key, Kind, Thing};

/// The number of the first row that is made where there was none.
const FIRST_ROW: u64 = 3_000_001;

/// The attributes of a body that a request may set.
fn sent(facts: &PodRequest, resource: &Resource) -> Map<String, Value> {
    let Some(body) = &facts.body else {
        return Map::new();
    };
    let writable = resource.attributes.iter().filter(|attribute| attribute.writable);
    writable
        .filter_map(|attribute| Some((attribute.name.to_owned(), body.json(attribute.name)?)))
        .collect()
}

/// Makes a row, and gives it as it stands then.
pub fn create(facts: &PodRequest, resource: &'static Resource, user: &PodUser, effects: &mut Vec<Effect>) -> Item {
    let values = sent(facts, resource);
    let last = facts.pod.rows_of(resource.name).map(|row| row.id).max();
    let id = last.map_or(FIRST_ROW, |last| last + 1);
    let row = Row {
        id,
        values,
        lines: Vec::new(),
        trace: Trace::made(&user.name, facts.env.now),
    };
    let changed = changes(&Map::new(), &row.values);
    audit(facts, resource.audited, user, "INSERT", changed, effects);
    let item = items::of_row(&row, resource);
    effects.push(Effect::WriteInPod {
        host: facts.pod.host.clone(),
        key: PodKey::Row(resource.name.to_owned(), id),
        expects: Expects::Absent,
        record: Some(Box::new(PodRecord::Row(row))),
    });
    item
}

/// Changes a row or an account, and gives it as it stands then; `None` where it is not there.
pub fn change(
    facts: &PodRequest,
    resource: &'static Resource,
    id: &str,
    user: &PodUser,
    effects: &mut Vec<Effect>,
) -> Option<Item> {
    let before = facts.adf_item(resource, id)?;
    let sent = sent(facts, resource);
    let (key, record, item) = if resource.name == "userAccounts" {
        let account = facts.pod.users.get(before.values.get("Username")?.as_str()?)?;
        let mut account = account.clone();
        if let Some(Value::Bool(suspended)) = sent.get("SuspendedFlag") {
            account.active = !suspended;
        }
        account.trace = account.trace.changed(&user.name, facts.env.now);
        let item = items::account(&account);
        (PodKey::User(account.name.clone()), PodRecord::User(account), item)
    } else {
        let mut row = facts
            .pod
            .rows_of(resource.name)
            .find(|row| row.id.to_string() == id)?
            .clone();
        row.values.extend(sent.clone());
        row.trace = row.trace.changed(&user.name, facts.env.now);
        let item = items::of_row(&row, resource);
        (PodKey::Row(resource.name.to_owned(), row.id), PodRecord::Row(row), item)
    };
    audit(
        facts,
        resource.audited,
        user,
        "UPDATE",
        changes(&before.values, &sent),
        effects,
    );
    effects.push(Effect::WriteInPod {
        host: facts.pod.host.clone(),
        key,
        expects: Expects::Version(before.version),
        record: Some(Box::new(record)),
    });
    Some(item)
}

/// Takes a row out.
pub fn remove(facts: &PodRequest, resource: &'static Resource, id: &str, user: &PodUser, effects: &mut Vec<Effect>) {
    let Some(row) = facts.pod.rows_of(resource.name).find(|row| row.id.to_string() == id) else {
        return;
    };
    let gone = row
        .values
        .iter()
        .map(|(name, value)| (name.clone(), plain(value), String::new()))
        .collect();
    audit(facts, resource.audited, user, "DELETE", gone, effects);
    effects.push(Effect::WriteInPod {
        host: facts.pod.host.clone(),
        key: PodKey::Row(resource.name.to_owned(), row.id),
        expects: Expects::Version(row.trace.version),
        record: None,
    });
}

/// Which of the attributes that were sent differ from before.
fn changes(before: &Map<String, Value>, sent: &Map<String, Value>) -> Vec<(String, String, String)> {
    sent.iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| {
            (
                name.clone(),
                before.get(name).map_or_else(String::new, plain),
                plain(value),
            )
        })
        .collect()
}

fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Records a change, where changes of its kind are recorded (FUSION-408, FUSION-413).
pub fn audit(
    facts: &PodRequest,
    auditing: Option<Auditing>,
    user: &PodUser,
    event: &'static str,
    attributes: Vec<(String, String, String)>,
    effects: &mut Vec<Effect>,
) {
    let Some(auditing) = auditing else {
        return;
    };
    let Auditing { product, object, is_on } = auditing;
    // Numbered, so that records keep their order; who loses the number decides again.
    let is_record = |effect: &&Effect| matches!(effect, Effect::Keep { key, .. } if key.kind == Kind::Audit);
    let number = facts.audit_records().len() + effects.iter().filter(is_record).count();
    let client = facts.token.as_ref().and_then(|access| access.token.text("client_id"));
    let record = Audited {
        at: facts.env.now,
        user: user.name.clone(),
        display_name: user.display_name.clone(),
        client,
        event,
        product,
        object,
        attributes,
        is_switched_on: is_on,
    };
    let key = Key::new(Kind::Audit, &facts.pod.host, &format!("{number:010}"));
    effects.push(Effect::keep(key, Thing::Audit(record), u64::MAX));
}

impl PodRequest<'_> {
    /// What was audited in this pod, oldest first.
    pub fn audit_records(&self) -> Vec<&Audited> {
        let mut found: Vec<(&str, &Audited)> = self
            .state
            .all(Kind::Audit)
            .filter(|((site, _), _)| *site == self.pod.host)
            .filter_map(|((_, id), kept)| match &kept.thing {
                Thing::Audit(record) => Some((id.as_str(), record)),
                _ => None,
            })
            .collect();
        found.sort_unstable_by_key(|(id, _)| *id);
        found.into_iter().map(|(_, record)| record).collect()
    }
}
