//! Users and roles of a pod over SCIM, in the draft form that Fusion speaks (FUSION-323): how they are shown, found and changed.
//!
//! What is written takes effect at once: a user who was made is known to the next token, one who was switched off is not. The filter's grammar
//! is that of the domain's SCIM service; names of attributes are compared without regard to letter case (FUSION-C-19).

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::answer::{Answer, Body, Slot};
use crate::form::Form;
use crate::fusion::adf::resources::USERS_AUDITED;
use crate::fusion::adf::writing::audit;
use crate::fusion::adf::{Asked, timestamp};
use crate::fusion::facts::PodRequest;
use crate::idcs::scim::filter::Filter;
use crate::idcs::scim::schema::ResourceType;
use crate::jose::object::Object;
use crate::landscape::builder::id_of;
use crate::landscape::pod_records::{PodKey, PodRecord, Trace};
use crate::landscape::{AUTHENTICATED_USER_ROLE, Pod, PodUser, SELF_DETAILS_PRIVILEGE};
use crate::state::{Effect, Expects};

/// The schema of a user (FUSION-323).
const USER_SCHEMA: &str = "urn:scim:schemas:core:2.0:User";
/// That of a role, by analogy.
const ROLE_SCHEMA: &str = "urn:scim:schemas:core:2.0:Role";

/// The id of a user's record: the GUID of the account.
pub fn id_of_user(name: &str) -> String {
    id_of(&format!("account {name}")).to_uppercase()
}

/// The id of a role.
pub fn id_of_role(code: &str) -> String {
    id_of(&format!("role {code}")).to_uppercase()
}

/// The user whose record has this id.
pub fn user_of<'a>(pod: &'a Pod, id: &str) -> Option<&'a PodUser> {
    pod.users.values().find(|user| id_of_user(&user.name) == id)
}

/// The codes of all roles that anybody or any agent has to do with.
pub fn roles(pod: &Pod) -> BTreeSet<String> {
    let held = pod.users.values().flat_map(|user| user.roles.iter().cloned());
    held.chain(pod.agents.values().map(|agent| agent.role.clone()))
        .collect()
}

/// The role whose record has this id.
pub fn role_of(pod: &Pod, id: &str) -> Option<String> {
    roles(pod).into_iter().find(|code| id_of_role(code) == id)
}

/// The filter of a search; none where nobody wants one.
pub fn filter(facts: &PodRequest, asked: &Asked) -> Option<Result<Filter, ()>> {
    let form = Form::read(facts.request.query.as_deref().unwrap_or_default().as_bytes());
    let text = form.pairs().find(|(name, _)| *name == "filter")?.1.to_owned();
    let name = if matches!(asked, Asked::Users) { "User" } else { "Group" };
    let resource_type = ResourceType::named(name).expect("the directory has users and groups");
    Some(Filter::read(resource_type, &text).map_err(|_| ()))
}

/// The answer to a request that violates nothing; `None` where a defect let through what does not exist.
pub fn grant(facts: &PodRequest, asked: &Asked, caller: &PodUser, effects: &mut Vec<Effect>) -> Option<Answer> {
    let body = facts.body.as_ref();
    let answer = match (asked, facts.method()) {
        (Asked::Users, "POST") => {
            let body = body?;
            let name = body.text("userName").value().unwrap_or_else(|| "stand-in".to_owned());
            let persons = facts.pod.users.values().map(|user| user.person_id).max();
            let roles = [AUTHENTICATED_USER_ROLE, SELF_DETAILS_PRIVILEGE]
                .map(str::to_owned)
                .to_vec();
            let mut user = PodUser::new(&name, &name, persons.unwrap_or(300_000_000_000_000) + 1, roles);
            set(&mut user, body);
            user.trace = Trace::made(&caller.name, facts.env.now);
            // Where a defect lets a taken name through, the new user takes the place of the other.
            let expects = if facts.pod.users.contains_key(&name) {
                Expects::Anything
            } else {
                Expects::Absent
            };
            write(facts, caller, "INSERT", expects, &user, effects);
            resource(201, shown(facts.pod, &user))
        }
        (Asked::Users, _) => list(
            facts,
            asked,
            facts.pod.users.values().map(|user| shown(facts.pod, user)),
        ),
        (Asked::User(id), method) => {
            let user = user_of(facts.pod, id)?;
            match method {
                "DELETE" => {
                    effects.push(written(facts, user, None));
                    audit(facts, Some(USERS_AUDITED), caller, "DELETE", named(user), effects);
                    Answer::empty(204)
                }
                "PUT" | "PATCH" => {
                    let mut changed = user.clone();
                    set(&mut changed, body?);
                    changed.trace = changed.trace.changed(&caller.name, facts.env.now);
                    let expects = Expects::Version(user.trace.version);
                    write(facts, caller, "UPDATE", expects, &changed, effects);
                    resource(200, shown(facts.pod, &changed))
                }
                _ => resource(200, shown(facts.pod, user)),
            }
        }
        (Asked::Roles, _) => list(
            facts,
            asked,
            roles(facts.pod).iter().map(|code| shown_role(facts.pod, code)),
        ),
        (Asked::Role(id), method) => {
            let code = role_of(facts.pod, id)?;
            if method == "PATCH" {
                grant_role(facts, caller, &code, body?, effects);
                Answer::empty(204)
            } else {
                resource(200, shown_role(facts.pod, &code))
            }
        }
        _ => return None,
    };
    Some(answer)
}

/// Gives a role to users, or takes it away: members with `operation` `delete` lose it, as in the draft.
fn grant_role(facts: &PodRequest, caller: &PodUser, code: &str, body: &Object, effects: &mut Vec<Effect>) {
    let mut seen = BTreeSet::new();
    for member in members(body) {
        // Named twice, the first counts.
        if !seen.insert(member["value"].to_string()) {
            continue;
        }
        let Some(user) = member["value"].as_str().and_then(|id| user_of(facts.pod, id)) else {
            continue;
        };
        let mut changed = user.clone();
        changed.roles.retain(|held| held != code);
        if member["operation"] != json!("delete") {
            changed.roles.push(code.to_owned());
        }
        changed.trace = changed.trace.changed(&caller.name, facts.env.now);
        let expects = Expects::Version(user.trace.version);
        write(facts, caller, "UPDATE", expects, &changed, effects);
    }
}

/// The members that a change of a role names.
pub fn members(body: &Object) -> Vec<Value> {
    match body.json("members") {
        Some(Value::Array(members)) => members,
        _ => Vec::new(),
    }
}

/// Sets what a request may set of a user. What it says of anything else is passed over.
fn set(user: &mut PodUser, body: &Object) {
    if let Some(Value::Bool(active)) = body.json("active") {
        user.active = active;
    }
    let name = body.json("name").unwrap_or_default();
    let part = |part: &str| name[part].as_str().unwrap_or_default().to_owned();
    let whole = format!("{} {}", part("givenName"), part("familyName"));
    if let Some(display_name) = body.text("displayName").value() {
        user.display_name = display_name;
    } else if !whole.trim().is_empty() {
        whole.trim().clone_into(&mut user.display_name);
    }
}

fn written(facts: &PodRequest, user: &PodUser, record: Option<PodRecord>) -> Effect {
    Effect::WriteInPod {
        host: facts.pod.host.clone(),
        key: PodKey::User(user.name.clone()),
        expects: Expects::Anything,
        record: record.map(Box::new),
    }
}

fn write(
    facts: &PodRequest,
    caller: &PodUser,
    event: &'static str,
    expects: Expects,
    user: &PodUser,
    effects: &mut Vec<Effect>,
) {
    effects.push(Effect::WriteInPod {
        host: facts.pod.host.clone(),
        key: PodKey::User(user.name.clone()),
        expects,
        record: Some(Box::new(PodRecord::User(user.clone()))),
    });
    audit(facts, Some(USERS_AUDITED), caller, event, named(user), effects);
}

/// What the audit record says of a user: who it is, and whether they may work.
fn named(user: &PodUser) -> Vec<(String, String, String)> {
    vec![
        ("userName".to_owned(), String::new(), user.name.clone()),
        ("active".to_owned(), String::new(), user.active.to_string()),
    ]
}

fn shown(pod: &Pod, user: &PodUser) -> Value {
    let (given, family) = user.display_name.rsplit_once(' ').unwrap_or(("", &user.display_name));
    let roles: Vec<Value> = user
        .roles
        .iter()
        .map(|code| json!({ "id": id_of_role(code), "value": code, "displayName": code }))
        .collect();
    let id = id_of_user(&user.name);
    json!({
        "id": id,
        "meta": {
            "location": format!("https://{}:443/hcmRestApi/scim/Users/{id}", pod.host),
            "resourceType": "User",
            "created": timestamp(user.trace.created),
            "lastModified": timestamp(user.trace.last_updated),
        },
        "schemas": [USER_SCHEMA],
        "userName": user.name,
        "name": { "familyName": family, "givenName": given },
        "displayName": user.display_name,
        "active": user.active,
        "roles": roles,
    })
}

fn shown_role(pod: &Pod, code: &str) -> Value {
    let members: Vec<Value> = pod
        .users
        .values()
        .filter(|user| user.roles.iter().any(|held| held == code))
        .map(|user| json!({ "value": id_of_user(&user.name), "display": user.name }))
        .collect();
    json!({
        "id": id_of_role(code),
        "schemas": [ROLE_SCHEMA],
        "name": code,
        "displayName": code,
        "members": members,
    })
}

fn resource(status: u16, value: Value) -> Answer {
    let mut answer = Answer::empty(status).header("Content-Type", "application/json;charset=utf-8");
    answer.body = Body::Json(value);
    answer
}

/// A page of what a search finds.
fn list(facts: &PodRequest, asked: &Asked, all: impl Iterator<Item = Value>) -> Answer {
    let form = Form::read(facts.request.query.as_deref().unwrap_or_default().as_bytes());
    let number = |name: &str| form.value(name).and_then(|value| value.parse::<usize>().ok());
    let start = number("startIndex").unwrap_or(1).max(1);
    let all: Vec<Value> = all.collect();
    let filter = filter(facts, asked).and_then(Result::ok);
    let found: Vec<&Value> = all
        .iter()
        .filter(|value| filter.as_ref().is_none_or(|filter| filter.matches(value)))
        .collect();
    let page: Vec<Value> = found
        .iter()
        .skip(start - 1)
        .take(number("count").unwrap_or(20))
        .map(|value| (*value).clone())
        .collect();
    let mut answer = Answer::object(
        200,
        vec![
            (
                "schemas",
                Slot::Value(json!(["urn:scim:schemas:core:2.0:ListResponse"])),
            ),
            ("totalResults", Slot::Value(json!(found.len()))),
            ("startIndex", Slot::Value(json!(start))),
            ("itemsPerPage", Slot::Value(json!(page.len()))),
            ("Resources", Slot::Value(Value::from(page))),
        ],
    );
    answer.hearsay.insert("everybody".to_owned(), Value::from(all));
    answer
}
