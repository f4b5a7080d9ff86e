//! Who holds which role, as a file says it: at the application, user or group that holds it.
//!
//! In a landscape a grant is a record of its own. One that says no more than who holds what is written at its holder; every other one
//! stands in the list `grants` of its domain, as it is.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::app::AppEntry;
use super::mistake::Slip;
use super::table::{Row, Written, read_rows, row, schema_of_rows, write_rows};
use super::tree::{Kind, Node};
use super::{Reading, Writing};
use crate::landscape::Domain;
use crate::landscape::builder::plain_grant;
use crate::landscape::directory::{AppRole, Grant, Grantee, Meta};
use crate::landscape::domain_roles::{DOMAIN_APP, ROLES, Role};

/// A role by its name: one of the domain itself, or one of an application.
#[derive(Clone, Debug)]
pub(super) struct RoleName {
    /// The display name of the application; `None` for the domain's own roles.
    of: Option<String>,
    role: String,
    /// Where the file says it.
    at: usize,
}

/// Whoever may hold roles.
pub(super) trait Holder {
    /// The id of their record.
    fn id(&self) -> &str;
    /// The roles that the file gives them.
    fn roles(&mut self) -> &mut Vec<RoleName>;
}

impl Written for RoleName {
    fn schema() -> Value {
        let own: Vec<&str> = ROLES.iter().map(|role| role.name).collect();
        let of_app = json!({
            "type": "object",
            "properties": {
                "of": { "type": "string", "description": "The display name of the application." },
                "role": { "type": "string", "description": "The name of one of its own roles." }
            },
            "required": ["of", "role"],
            "additionalProperties": false
        });
        json!({ "anyOf": [{ "enum": own }, of_app] })
    }

    fn write(&self, _: &Writing) -> Value {
        match &self.of {
            None => json!(self.role),
            Some(of) => json!({ "of": of, "role": self.role }),
        }
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let (of, role) = match (&node.kind, node.member("of"), node.member("role")) {
            (Kind::Text(role), ..) => (None, role.clone()),
            (Kind::Object(members), Some(of), Some(role)) => {
                reading.know(members, &["of", "role"]);
                (Some(String::read(of, reading)?), String::read(role, reading)?)
            }
            _ => {
                return reading.wrong(
                    node,
                    "the name of a role of the domain, or { \"of\": APPLICATION, \"role\": NAME }",
                );
            }
        };
        Some(Self {
            of,
            role,
            at: node.from,
        })
    }
}

/// The roles that a domain knows, for finding them by name and by id.
pub(super) struct Known {
    /// Display name and id of each application.
    apps: Vec<(String, String)>,
    roles: Vec<AppRole>,
}

impl Known {
    pub(super) fn of(domain: &Domain) -> Self {
        let apps = domain
            .apps
            .values()
            .map(|app| (app.display_name.clone(), app.guid.clone()));
        Self {
            apps: apps.collect(),
            roles: domain.directory.app_roles.values().cloned().collect(),
        }
    }

    /// The name of the role that a grant is of, where the grant says no more than that.
    fn name_of(&self, grant: &Grant) -> Option<RoleName> {
        let id = grant.role.as_deref()?;
        let is_plain = *grant == plain_grant(grant.grantee, &grant.to, &grant.app, id);
        let name = if grant.app == DOMAIN_APP {
            RoleName {
                of: None,
                role: Role::of(id)?.name.to_owned(),
                at: 0,
            }
        } else {
            let (of, app) = self.apps.iter().find(|(_, id)| *id == grant.app)?;
            let role = self.roles.iter().find(|role| role.id == id && role.app == *app)?;
            RoleName {
                of: Some(of.clone()),
                role: role.name.clone(),
                at: 0,
            }
        };
        // A name that two things have would be read as the first of them.
        let is_clear = self
            .find(&name)
            .is_some_and(|(app, role)| app == grant.app && role == id);
        (is_plain && is_clear).then_some(name)
    }

    /// The ids of application and role.
    fn find(&self, name: &RoleName) -> Option<(String, String)> {
        let Some(of) = &name.of else {
            let role = ROLES.iter().find(|role| role.name == name.role)?;
            return Some((DOMAIN_APP.to_owned(), role.id.to_owned()));
        };
        let (_, app) = self.apps.iter().find(|(display_name, _)| display_name == of)?;
        let role = self
            .roles
            .iter()
            .find(|role| role.app == *app && role.name == name.role)?;
        Some((app.clone(), role.id.clone()))
    }
}

/// Moves plain grants from the directory to those who hold them.
pub(super) fn take_grants<H: Holder>(
    grants: &mut BTreeMap<String, Grant>,
    known: &Known,
    grantee: Grantee,
    holders: &mut [H],
) {
    for holder in holders {
        let mut taken = Vec::new();
        grants.retain(|_, grant| {
            let is_theirs = grant.grantee == grantee && grant.to == holder.id();
            let name = if is_theirs { known.name_of(grant) } else { None };
            let is_taken = name.is_some();
            taken.extend(name);
            !is_taken
        });
        taken.sort_by(|one, other| (&one.of, &one.role).cmp(&(&other.of, &other.role)));
        *holder.roles() = taken;
    }
}

/// Makes the grants that holders are said to have.
pub(super) fn give_grants<H: Holder>(
    grants: &mut BTreeMap<String, Grant>,
    known: &Known,
    grantee: Grantee,
    holders: &mut [H],
    reading: &mut Reading,
) {
    for holder in holders {
        for name in std::mem::take(holder.roles()) {
            let Some((app, role)) = known.find(&name) else {
                not_found(known, &name, reading);
                continue;
            };
            let grant = plain_grant(grantee, holder.id(), &app, &role);
            if grants.insert(grant.id.clone(), grant).is_some() {
                reading.note(Slip::new(name.at, "every role once", "one that was given already"));
            }
        }
    }
}

fn not_found(known: &Known, name: &RoleName, reading: &mut Reading) {
    let Some(of) = &name.of else {
        let names = ROLES.iter().map(|role| role.name);
        reading.unknown::<()>(name.at, "a role of the domain", &name.role, names);
        return;
    };
    match known.apps.iter().find(|(display_name, _)| display_name == of) {
        None => {
            let names = known.apps.iter().map(|(display_name, _)| display_name.as_str());
            reading.unknown::<()>(name.at, "the display name of an application", of, names);
        }
        Some((_, app)) => {
            let names = known
                .roles
                .iter()
                .filter(|role| role.app == *app)
                .map(|role| role.name.as_str());
            reading.unknown::<()>(name.at, "one of the application's own roles", &name.role, names);
        }
    }
}

/// Takes the roles that applications have to give out of the directory.
pub(super) fn take_roles(roles: &mut BTreeMap<String, AppRole>, apps: &mut [AppEntry]) {
    for entry in apps {
        let own: Vec<String> = roles
            .values()
            .filter(|role| role.app == entry.app.guid)
            .map(|role| role.id.clone())
            .collect();
        for id in own {
            let is_taken = entry
                .own_roles
                .0
                .iter()
                .any(|taken| roles.get(&id).is_some_and(|role| role.name == taken.name));
            if is_taken {
                continue;
            }
            if let Some(role) = roles.remove(&id) {
                entry.own_roles.0.push(super::app::OwnRole {
                    name: role.name,
                    app: role.app,
                    id: Some(role.id),
                    meta: role.meta,
                    more: role.more,
                });
            }
        }
        entry.own_roles.0.sort_by(|one, other| one.name.cmp(&other.name));
    }
}

/// Puts the roles that applications have to give into the directory.
pub(super) fn give_roles(roles: &mut BTreeMap<String, AppRole>, apps: &mut [AppEntry]) {
    for entry in apps {
        for own in std::mem::take(&mut entry.own_roles.0) {
            let app = entry.app.guid.clone();
            let id = own.id.unwrap_or_else(|| super::app::OwnRole::id_of(&app, &own.name));
            roles.insert(
                id.clone(),
                AppRole {
                    id,
                    name: own.name,
                    app,
                    meta: own.meta,
                    more: own.more,
                },
            );
        }
    }
}

impl Written for Grant {
    fn schema() -> Value {
        schema_of_rows(GRANT)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(GRANT, self, &nothing_granted(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut grant = nothing_granted();
        read_rows(GRANT, &mut grant, node, reading);
        Some(grant)
    }
}

fn nothing_granted() -> Grant {
    Grant {
        id: String::new(),
        mechanism: String::new(),
        grantee: Grantee::User,
        to: String::new(),
        app: DOMAIN_APP.to_owned(),
        role: None,
        meta: Meta::default(),
        more: Map::new(),
    }
}

static GRANT: &[Row<Grant>] = &[
    row!(Grant, "id", id, "The id of its record."),
    row!(
        Grant,
        "mechanism",
        mechanism,
        "How it came about, as `grantMechanism` names it."
    ),
    row!(
        Grant,
        "grantee",
        grantee,
        "What kind of thing it is to; a user unless said."
    ),
    row!(Grant, "to", to, "The id of that."),
    row!(
        Grant,
        "app",
        app,
        "The id of the application; the domain's own unless said."
    ),
    row!(Grant, "role", role, "The id of the role, where it is of one."),
    row!(Grant, "meta", meta, "When its record was made and changed."),
    row!(Grant, "more", more, "Attributes of its record that nothing goes by."),
];

impl Written for AppRole {
    fn schema() -> Value {
        schema_of_rows(APP_ROLE)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(APP_ROLE, self, &no_role(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut role = no_role();
        read_rows(APP_ROLE, &mut role, node, reading);
        Some(role)
    }
}

fn no_role() -> AppRole {
    AppRole {
        id: String::new(),
        name: String::new(),
        app: String::new(),
        meta: Meta::default(),
        more: Map::new(),
    }
}

static APP_ROLE: &[Row<AppRole>] = &[
    row!(AppRole, "id", id, "The id of its record."),
    row!(AppRole, "name", name, "Its name."),
    row!(AppRole, "app", app, "The id of the application."),
    row!(AppRole, "meta", meta, "When its record was made and changed."),
    row!(AppRole, "more", more, "Attributes of its record that nothing goes by."),
];
