//! The members of a domain's users and groups.

use std::borrow::Cow;

use super::Reading;
use super::holder::{Holder, RoleName};
use super::table::{Entry, Row, Written as _, row};
use super::tree::Node;
use crate::landscape::directory::{Group, Meta};
use crate::landscape::{User, UserStatus, builder};

/// A user, with the roles that the directory gives them.
pub(super) struct UserEntry {
    pub(super) user: User,
    pub(super) roles: Vec<RoleName>,
}

impl Entry for UserEntry {
    const WHAT: &'static str = "user";

    fn rows() -> &'static [Row<Self>] {
        USER
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.user.name)
    }

    fn plain(&self, _: usize) -> Self {
        let user = &self.user;
        let named = User::named(&user.name, &user.display_name, UserStatus::Active);
        Self {
            user: User {
                display_name: user.name.clone(),
                ..named
            },
            roles: Vec::new(),
        }
    }

    fn begin(name: &str, _: usize, _: &Node, _: &mut Reading) -> Option<Self> {
        Some(Self {
            user: User::named(name, name, UserStatus::Active),
            roles: Vec::new(),
        })
    }
}

impl Holder for UserEntry {
    fn id(&self) -> &str {
        &self.user.guid
    }

    fn roles(&mut self) -> &mut Vec<RoleName> {
        &mut self.roles
    }
}

static USER: &[Row<UserEntry>] = &[
    Row {
        read: |entry, node, reading| {
            if let Some(display_name) = String::read(node, reading) {
                // Given and family name follow from it; members of their own, further down, have the last word.
                entry.user = User::named(&entry.user.name, &display_name, UserStatus::Active);
            }
        },
        ..row!(
            UserEntry,
            "display-name",
            user.display_name,
            "The display name; the user name unless said."
        )
    },
    row!(
        UserEntry,
        "id",
        user.guid,
        "The id of the record; follows from the user name unless said."
    ),
    row!(
        UserEntry,
        "status",
        user.status,
        "Whether they may sign in; active unless said."
    ),
    row!(UserEntry, "password", user.password, "The password; none unless said."),
    row!(
        UserEntry,
        "second-factor",
        user.second_factor,
        "Whether they sign in with a second factor, so that a password alone opens no integration; false unless said."
    ),
    row!(
        UserEntry,
        "email",
        user.email,
        "The first mail address; follows from the user name unless said."
    ),
    row!(
        UserEntry,
        "given-name",
        user.names.0,
        "The given name; follows from the display name unless said."
    ),
    row!(
        UserEntry,
        "family-name",
        user.names.1,
        "The family name; follows from the display name unless said."
    ),
    row!(UserEntry, "roles", roles, "The roles that they were given."),
    row!(UserEntry, "meta", user.meta, "When the record was made and changed."),
    row!(
        UserEntry,
        "more",
        user.more,
        "Attributes of the record that nothing goes by."
    ),
];

/// A group, with the roles that the directory gives it. Its members are ids in a landscape, and may be user names in a file.
pub(super) struct GroupEntry {
    pub(super) group: Group,
    pub(super) roles: Vec<RoleName>,
}

impl GroupEntry {
    fn named(name: &str) -> Self {
        let group = Group {
            id: builder::id_of(&format!("group {name}")),
            name: name.to_owned(),
            members: Vec::new(),
            meta: Meta::default(),
            more: serde_json::Map::new(),
        };
        Self {
            group,
            roles: Vec::new(),
        }
    }
}

impl Entry for GroupEntry {
    const WHAT: &'static str = "group";

    fn rows() -> &'static [Row<Self>] {
        GROUP
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.group.name)
    }

    fn plain(&self, _: usize) -> Self {
        Self::named(&self.group.name)
    }

    fn begin(name: &str, _: usize, _: &Node, _: &mut Reading) -> Option<Self> {
        Some(Self::named(name))
    }
}

impl Holder for GroupEntry {
    fn id(&self) -> &str {
        &self.group.id
    }

    fn roles(&mut self) -> &mut Vec<RoleName> {
        &mut self.roles
    }
}

static GROUP: &[Row<GroupEntry>] = &[
    row!(
        GroupEntry,
        "id",
        group.id,
        "The id of its record; follows from its name unless said."
    ),
    row!(
        GroupEntry,
        "members",
        group.members,
        "The user names of its members, or the ids of their records."
    ),
    row!(
        GroupEntry,
        "roles",
        roles,
        "The roles that its members were given by it."
    ),
    row!(GroupEntry, "meta", group.meta, "When its record was made and changed."),
    row!(
        GroupEntry,
        "more",
        group.more,
        "Attributes of its record that nothing goes by."
    ),
];
