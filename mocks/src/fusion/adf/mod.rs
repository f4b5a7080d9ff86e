//! The classic REST stack of a pod: what is asked of it, and the tables that judge that.
//!
//! Which token the stack takes is not decided here, and neither is how a refusal without a body looks (`fusion::answers`).

pub mod adapter;
pub mod answers;
pub mod audit;
pub mod audit_rules;
pub mod items;
pub mod promises;
pub mod query;
pub mod resources;
pub mod rules;
pub mod scim;
pub mod scim_rules;
pub mod writing;

use self::resources::{AUDIT_OPENINGS, CONTEXTS, Opening, Resource, SCIM_OPENINGS, VERSIONS};

/// What is asked of the classic stack.
#[derive(Clone, Debug)]
pub enum Asked {
    /// Which versions there are, at a context root (FUSION-306).
    Root(&'static str),
    /// What a resource is like.
    Describe(&'static Resource),
    /// The rows of a resource.
    Collection(&'static Resource),
    /// One row, by its key as it stands in the address.
    Item(&'static Resource, String),
    /// The rows below one row.
    Children(&'static Resource, String),
    /// The users, over SCIM (FUSION-323).
    Users,
    /// One of them, by id.
    User(String),
    /// The roles, over SCIM.
    Roles,
    /// One of them, by id.
    Role(String),
    /// Who changed what (FUSION-410).
    AuditHistory,
    /// What is audited (FUSION-414).
    AuditSetup,
    /// Whether one object is audited (FUSION-414).
    AuditStatus,
    /// Who signed in: gone (FUSION-416).
    SignInAudit,
    /// Which services there are, for the adapter of an integration instance (FUSION-406).
    ServiceCatalogue,
    /// Which events can be received, for the same adapter.
    EventCatalogue,
}

/// What is asked at paths that hold nothing else.
static FIXED: &[(&str, Asked)] = &[
    ("/hcmRestApi/scim/Users", Asked::Users),
    ("/hcmRestApi/scim/Roles", Asked::Roles),
    (
        "/fscmRestApi/fndAuditRESTService/audittrail/getaudithistory",
        Asked::AuditHistory,
    ),
    (
        "/fscmRestApi/fndAuditRESTService/audittrail/get-auditsetup",
        Asked::AuditSetup,
    ),
    (
        "/fscmRestApi/fndAuditRESTService/audittrail/check-auditstatus",
        Asked::AuditStatus,
    ),
    ("/oam/services/rest/access/api/v1/audit/events", Asked::SignInAudit),
    (
        "/oam/services/rest/access/api/v1/audit/events/stats",
        Asked::SignInAudit,
    ),
    (adapter::SERVICES_PATH, Asked::ServiceCatalogue),
    (adapter::EVENTS_PATH, Asked::EventCatalogue),
];

impl Asked {
    /// What a path asks for; `None` where the stack serves nothing.
    pub fn of(parts: &[&str]) -> Option<Self> {
        let ["", context, rest @ ..] = parts else {
            return None;
        };
        let whole = parts.join("/");
        if let Some((_, asked)) = FIXED.iter().find(|(path, _)| *path == whole) {
            return Some(asked.clone());
        }
        let context = CONTEXTS.iter().find(|known| *known == context)?;
        match rest {
            [] | ["" | "resources"] | ["resources", ""] => Some(Self::Root(context)),
            ["resources", version, name, rest @ ..] if VERSIONS.contains(version) => {
                let resource = Resource::of(context, name)?;
                match rest {
                    [] => Some(Self::Collection(resource)),
                    ["describe"] => Some(Self::Describe(resource)),
                    [id] if !id.is_empty() => Some(Self::Item(resource, (*id).to_owned())),
                    [id, "child", child] if resource.child == Some(*child) => {
                        Some(Self::Children(resource, (*id).to_owned()))
                    }
                    _ => None,
                }
            }
            ["scim", "Users", id] if *context == "hcmRestApi" && !id.is_empty() => Some(Self::User((*id).to_owned())),
            ["scim", "Roles", id] if *context == "hcmRestApi" && !id.is_empty() => Some(Self::Role((*id).to_owned())),
            _ => None,
        }
    }

    /// The methods that it takes.
    pub fn methods(&self) -> &'static [&'static str] {
        match self {
            Self::Root(_)
            | Self::Describe(_)
            | Self::Children(..)
            | Self::Roles
            | Self::SignInAudit
            | Self::ServiceCatalogue
            | Self::EventCatalogue => &["GET"],
            Self::Users => &["GET", "POST"],
            Self::User(_) => &["GET", "PUT", "PATCH", "DELETE"],
            Self::Role(_) => &["GET", "PATCH"],
            Self::AuditHistory | Self::AuditSetup | Self::AuditStatus => &["POST"],
            Self::Collection(resource) => resource.collection,
            Self::Item(resource, _) => resource.item,
        }
    }

    /// The name that the journal shows.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Root(_) => "rest versions",
            Self::Users | Self::User(_) => "scim users",
            Self::Roles | Self::Role(_) => "scim roles",
            Self::AuditHistory | Self::AuditSetup | Self::AuditStatus => "audit history",
            Self::SignInAudit => "sign-in audit",
            Self::ServiceCatalogue => "service catalogue",
            Self::EventCatalogue => "event catalogue",
            Self::Describe(resource)
            | Self::Collection(resource)
            | Self::Item(resource, _)
            | Self::Children(resource, _) => resource.name,
        }
    }

    /// The resource that it is about.
    pub fn resource(&self) -> Option<&'static Resource> {
        match self {
            Self::Describe(resource)
            | Self::Collection(resource)
            | Self::Item(resource, _)
            | Self::Children(resource, _) => Some(resource),
            _ => None,
        }
    }

    /// The privileges that open it; none where every user may ask.
    pub fn openings(&self) -> &'static [Opening] {
        match self {
            Self::Users | Self::User(_) | Self::Roles | Self::Role(_) => SCIM_OPENINGS,
            Self::AuditHistory | Self::AuditSetup | Self::AuditStatus => AUDIT_OPENINGS,
            _ => self.resource().map_or(&[], |resource| resource.openings),
        }
    }

    /// The key of the row that it is about.
    pub fn id(&self) -> Option<&str> {
        match self {
            Self::Item(_, id) | Self::Children(_, id) => Some(id),
            _ => None,
        }
    }
}

/// A second as the stack writes it.
pub fn timestamp(seconds: u64) -> String {
    let date = i64::try_from(seconds)
        .ok()
        .and_then(|seconds| time::OffsetDateTime::from_unix_timestamp(seconds).ok())
        .unwrap_or(time::OffsetDateTime::UNIX_EPOCH);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}+00:00",
        date.year(),
        u8::from(date.month()),
        date.day(),
        date.hour(),
        date.minute(),
        date.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str) -> Option<Asked> {
        Asked::of(&path.split('/').collect::<Vec<_>>())
    }

    #[test]
    fn a_version_is_one_of_two_words() {
        assert!(asked("/hcmRestApi/resources/11.13.18.05/userAccounts").is_some());
        assert!(asked("/hcmRestApi/resources/latest/userAccounts").is_some());
        assert!(asked("/hcmRestApi/resources/11.13.18.02/userAccounts").is_none());
        assert!(asked("/hcmRestApi/resources/userAccounts").is_none());
    }

    #[test]
    fn a_resource_stands_below_its_own_context_only() {
        assert!(asked("/fscmRestApi/resources/latest/invoices").is_some());
        assert!(asked("/hcmRestApi/resources/latest/invoices").is_none());
        assert!(asked("/fscmRestApi/resources/latest/invoices/1/child/userAccounts").is_none());
    }

    #[test]
    fn seconds_are_written_with_their_offset() {
        assert_eq!(timestamp(1_795_176_000), "2026-11-20T12:00:00+00:00");
    }
}
