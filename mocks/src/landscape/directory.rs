//! What the administrators of a domain keep beside its applications and users, and how a record of any kind is read and written.
//!
//! Records are plain values here; their SCIM form is in `idcs::admin`. A write names what it expects to find, as every effect does.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::jose::key::Certificate;
use crate::landscape::domain_roles::{AUTHENTICATED_CLIENT, DOMAIN_APP, ROLES, Role};
use crate::landscape::{App, Domain, Landscape, PropagationTrust, User};
use crate::state::{CommitError, Expects};

/// The most records of one kind in a domain; more are refused until some are taken out.
pub const RECORD_LIMIT: usize = 10_000;

/// When a record was made and changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Meta {
    /// The second it was made.
    pub created: u64,
    /// The second of its last change.
    pub modified: u64,
    /// Which writing of it this is, counted from 0.
    pub version: u64,
}

/// What administrators keep, beside applications and users.
#[derive(Clone, Debug, Default)]
pub struct Directory {
    /// Groups, by id.
    pub groups: BTreeMap<String, Group>,
    /// Roles of applications, by id; the domain's own are in [`ROLES`] and not here.
    pub app_roles: BTreeMap<String, AppRole>,
    /// Grants, by id.
    pub grants: BTreeMap<String, Grant>,
    /// Certificates of clients, by id (IDCS-ADMIN-361).
    pub client_certificates: BTreeMap<String, StoredCertificate>,
    /// Certificates of trusted partners, by id (IDCS-ADMIN-361).
    pub partner_certificates: BTreeMap<String, StoredCertificate>,
    /// Those of a third store, of which nothing is known but how it is written (IDCS-ADMIN-363).
    pub trusted_partner_certificates: BTreeMap<String, StoredCertificate>,
    /// Whose tokens it exchanges, by id (IDCS-OAUTH-034).
    pub propagation_trusts: BTreeMap<String, PropagationTrust>,
    /// Settings of the domain (IDCS-ADMIN-351).
    pub settings: Settings,
    /// Settings for staying signed in (IDCS-ADMIN-352).
    pub staying_signed_in: StayingSignedIn,
}

/// A group of users (IDCS-ADMIN-346).
#[derive(Clone, Debug)]
pub struct Group {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The ids of its members.
    pub members: Vec<String>,
    /// When it was made and changed.
    pub meta: Meta,
    /// Attributes that nothing here reads.
    pub more: Map<String, Value>,
}

/// A role of an application (IDCS-ADMIN-331).
#[derive(Clone, Debug)]
pub struct AppRole {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The id of the application.
    pub app: String,
    /// When it was made and changed.
    pub meta: Meta,
    /// Attributes that nothing here reads.
    pub more: Map<String, Value>,
}

/// What kind of thing a grant is to (IDCS-ADMIN-333).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Grantee {
    /// A user.
    User,
    /// A group.
    Group,
    /// An application.
    App,
}

impl Grantee {
    /// All, with their names in the directory.
    pub const ALL: [(Self, &'static str); 3] = [(Self::User, "User"), (Self::Group, "Group"), (Self::App, "App")];
}

/// A grant: of a role, or of an application as such (IDCS-ADMIN-333).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    /// 32 hexadecimal digits.
    pub id: String,
    /// How it came about, as `grantMechanism` names it.
    pub mechanism: String,
    /// What kind of thing it is to.
    pub grantee: Grantee,
    /// The id of that.
    pub to: String,
    /// The id of the application.
    pub app: String,
    /// The id of the role, where it is of one.
    pub role: Option<String>,
    /// When it was made and changed.
    pub meta: Meta,
    /// Attributes that nothing here reads.
    pub more: Map<String, Value>,
}

/// A certificate in one of the stores (IDCS-ADMIN-362).
#[derive(Clone, Debug)]
pub struct StoredCertificate {
    /// 32 hexadecimal digits.
    pub id: String,
    /// The certificate, under its alias.
    pub certificate: Certificate,
    /// When it was made.
    pub meta: Meta,
}

/// Settings of a domain that the servers go by (IDCS-ADMIN-351).
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Whether anybody may read the signing keys.
    pub signing_keys_public: bool,
    /// Whether every client may ask for the scopes of every resource (IDCS-OAUTH-408).
    pub account_always_trusted: bool,
    /// The issuer before the last change.
    pub previous_issuer: Option<String>,
    /// When they were changed.
    pub meta: Meta,
    /// Attributes that nothing here reads.
    pub more: Map<String, Value>,
}

/// For how long and how often people stay signed in (IDCS-ADMIN-352). Nothing here goes by it.
#[derive(Clone, Debug, Default)]
pub struct StayingSignedIn {
    /// When it was changed.
    pub meta: Meta,
    /// Its attributes.
    pub attributes: Map<String, Value>,
}

/// The kinds of records.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum RecordKind {
    /// Applications, by the id of their record.
    App,
    /// Users, by the id of their record.
    User,
    /// Groups.
    Group,
    /// Roles of applications.
    AppRole,
    /// Grants.
    Grant,
    /// Certificates of clients.
    ClientCertificate,
    /// Certificates of partners.
    PartnerCertificate,
    /// Certificates of the third store.
    TrustedPartnerCertificate,
    /// Trusts in somebody else's tokens.
    PropagationTrust,
    /// The one record of settings.
    Settings,
    /// The one record of settings for staying signed in.
    StayingSignedIn,
}

/// Where a record is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RecordKey {
    /// The host name of the domain.
    pub domain: String,
    /// Its kind.
    pub kind: RecordKind,
    /// Its id.
    pub id: String,
}

/// A record of any kind.
#[derive(Clone, Debug)]
pub enum Record {
    /// An application.
    App(App),
    /// A user.
    User(User),
    /// A group.
    Group(Group),
    /// A role of an application.
    AppRole(AppRole),
    /// A grant.
    Grant(Grant),
    /// A certificate of a client.
    ClientCertificate(StoredCertificate),
    /// A certificate of a partner.
    PartnerCertificate(StoredCertificate),
    /// A certificate of the third store.
    TrustedPartnerCertificate(StoredCertificate),
    /// A trust in somebody else's tokens.
    PropagationTrust(PropagationTrust),
    /// The settings, with the issuer of the domain.
    Settings(Settings, String),
    /// The settings for staying signed in.
    StayingSignedIn(StayingSignedIn),
}

impl Record {
    /// When it was made and changed.
    pub fn meta(&self) -> Meta {
        match self {
            Self::App(app) => app.meta,
            Self::User(user) => user.meta,
            Self::Group(group) => group.meta,
            Self::AppRole(role) => role.meta,
            Self::Grant(grant) => grant.meta,
            Self::ClientCertificate(stored)
            | Self::PartnerCertificate(stored)
            | Self::TrustedPartnerCertificate(stored) => stored.meta,
            Self::PropagationTrust(trust) => trust.meta,
            Self::Settings(settings, _) => settings.meta,
            Self::StayingSignedIn(settings) => settings.meta,
        }
    }

    /// Its id.
    pub fn id(&self) -> &str {
        match self {
            Self::App(app) => &app.guid,
            Self::User(user) => &user.guid,
            Self::Group(group) => &group.id,
            Self::AppRole(role) => &role.id,
            Self::Grant(grant) => &grant.id,
            Self::ClientCertificate(stored)
            | Self::PartnerCertificate(stored)
            | Self::TrustedPartnerCertificate(stored) => &stored.id,
            Self::PropagationTrust(trust) => &trust.id,
            Self::Settings(..) => "Settings",
            Self::StayingSignedIn(_) => "KmsiSettings",
        }
    }

    /// What no two records of its kind may share, as the directory compares it.
    fn unique(&self) -> Vec<String> {
        match self {
            Self::App(app) => vec![app.client_id.to_lowercase(), app.display_name.to_lowercase()],
            Self::User(user) => vec![user.name.to_lowercase()],
            Self::Group(group) => vec![group.name.to_lowercase()],
            Self::AppRole(role) => vec![format!("{}\n{}", role.app, role.name.to_lowercase())],
            Self::Grant(grant) => vec![format!(
                "{}\n{}\n{}",
                grant.app,
                grant.to,
                grant.role.as_deref().unwrap_or_default()
            )],
            Self::ClientCertificate(stored)
            | Self::PartnerCertificate(stored)
            | Self::TrustedPartnerCertificate(stored) => {
                vec![stored.certificate.alias.to_lowercase()]
            }
            Self::PropagationTrust(trust) => vec![trust.issuer.clone()],
            Self::Settings(..) | Self::StayingSignedIn(_) => Vec::new(),
        }
    }

    /// Whether another record of the kind has something that this one may not share with it.
    pub fn collides_in(&self, domain: &Domain) -> bool {
        let unique = self.unique();
        domain
            .records(self.kind())
            .any(|other| other.id() != self.id() && other.unique().iter().zip(&unique).any(|(other, own)| other == own))
    }

    /// Its kind.
    pub fn kind(&self) -> RecordKind {
        match self {
            Self::App(_) => RecordKind::App,
            Self::User(_) => RecordKind::User,
            Self::Group(_) => RecordKind::Group,
            Self::AppRole(_) => RecordKind::AppRole,
            Self::Grant(_) => RecordKind::Grant,
            Self::ClientCertificate(_) => RecordKind::ClientCertificate,
            Self::PartnerCertificate(_) => RecordKind::PartnerCertificate,
            Self::TrustedPartnerCertificate(_) => RecordKind::TrustedPartnerCertificate,
            Self::PropagationTrust(_) => RecordKind::PropagationTrust,
            Self::Settings(..) => RecordKind::Settings,
            Self::StayingSignedIn(_) => RecordKind::StayingSignedIn,
        }
    }
}

impl Domain {
    /// All records of a kind, as copies.
    pub fn records(&self, kind: RecordKind) -> Box<dyn Iterator<Item = Record> + '_> {
        let directory = &self.directory;
        match kind {
            RecordKind::App => Box::new(self.apps.values().cloned().map(Record::App)),
            RecordKind::User => Box::new(self.users.values().cloned().map(Record::User)),
            RecordKind::Group => Box::new(directory.groups.values().cloned().map(Record::Group)),
            RecordKind::AppRole => {
                let kept = directory.app_roles.values().cloned();
                Box::new(ROLES.iter().map(Role::record).chain(kept).map(Record::AppRole))
            }
            RecordKind::Grant => Box::new(directory.grants.values().cloned().map(Record::Grant)),
            RecordKind::ClientCertificate => Box::new(
                directory
                    .client_certificates
                    .values()
                    .cloned()
                    .map(Record::ClientCertificate),
            ),
            RecordKind::PartnerCertificate => Box::new(
                directory
                    .partner_certificates
                    .values()
                    .cloned()
                    .map(Record::PartnerCertificate),
            ),
            RecordKind::TrustedPartnerCertificate => Box::new(
                directory
                    .trusted_partner_certificates
                    .values()
                    .cloned()
                    .map(Record::TrustedPartnerCertificate),
            ),
            RecordKind::PropagationTrust => Box::new(
                directory
                    .propagation_trusts
                    .values()
                    .cloned()
                    .map(Record::PropagationTrust),
            ),
            RecordKind::Settings => Box::new(std::iter::once(Record::Settings(
                directory.settings.clone(),
                self.issuer.clone(),
            ))),
            RecordKind::StayingSignedIn => Box::new(std::iter::once(Record::StayingSignedIn(
                directory.staying_signed_in.clone(),
            ))),
        }
    }

    /// The record of this kind and id.
    pub fn record(&self, kind: RecordKind, id: &str) -> Option<Record> {
        let directory = &self.directory;
        match kind {
            RecordKind::App => self.app_by_guid(id).cloned().map(Record::App),
            RecordKind::User => self.user_by_guid(id).cloned().map(Record::User),
            RecordKind::Group => directory.groups.get(id).cloned().map(Record::Group),
            RecordKind::Grant => directory.grants.get(id).cloned().map(Record::Grant),
            _ => self.records(kind).find(|record| record.id() == id),
        }
    }

    /// How many records of a kind there are.
    fn count(&self, kind: RecordKind) -> usize {
        let directory = &self.directory;
        match kind {
            RecordKind::App => self.apps.len(),
            RecordKind::User => self.users.len(),
            RecordKind::Group => directory.groups.len(),
            RecordKind::AppRole => directory.app_roles.len(),
            RecordKind::Grant => directory.grants.len(),
            RecordKind::ClientCertificate => directory.client_certificates.len(),
            RecordKind::PartnerCertificate => directory.partner_certificates.len(),
            RecordKind::TrustedPartnerCertificate => directory.trusted_partner_certificates.len(),
            RecordKind::PropagationTrust => directory.propagation_trusts.len(),
            RecordKind::Settings | RecordKind::StayingSignedIn => 1,
        }
    }

    /// The application whose record has this id.
    pub fn app_by_guid(&self, guid: &str) -> Option<&App> {
        self.apps.values().find(|app| app.guid == guid)
    }

    /// The user whose record has this id.
    pub fn user_by_guid(&self, guid: &str) -> Option<&User> {
        self.users.values().find(|user| user.guid == guid)
    }

    /// The names of the domain's own roles that an application holds (IDCS-ADMIN-333).
    pub fn roles_of_app(&self, app: &App) -> Vec<&'static str> {
        let granted = self.granted_roles(|grant| grant.grantee == Grantee::App && grant.to == app.guid);
        let own = (app.client_type != crate::landscape::ClientType::Public).then_some(AUTHENTICATED_CLIENT);
        own.into_iter().chain(granted).collect()
    }

    /// The names of the domain's own roles that a user holds, directly or by a group.
    pub fn roles_of_user(&self, user: &User) -> Vec<&'static str> {
        let is_member = |group: &str| {
            let group = self.directory.groups.get(group);
            group.is_some_and(|group| group.members.contains(&user.guid))
        };
        let granted = self.granted_roles(|grant| match grant.grantee {
            Grantee::User => grant.to == user.guid,
            Grantee::Group => is_member(&grant.to),
            Grantee::App => false,
        });
        ["Authenticated", "Me"].into_iter().chain(granted).collect()
    }

    fn granted_roles(&self, is_theirs: impl Fn(&Grant) -> bool) -> Vec<&'static str> {
        let grants = self.directory.grants.values();
        grants
            .filter(|grant| grant.app == DOMAIN_APP && is_theirs(grant))
            .filter_map(|grant| Role::of(grant.role.as_deref()?))
            .map(|role| role.name)
            .collect()
    }

    /// Puts a record in its place, or takes out the one at `kind` and `id`.
    fn put(&mut self, kind: RecordKind, id: &str, record: Option<Record>) {
        // Applications and users are found by other names than those of their records, which may have changed.
        match kind {
            RecordKind::App => self.apps.retain(|_, app| app.guid != id),
            RecordKind::User => self.users.retain(|_, user| user.guid != id),
            _ => {}
        }
        let directory = &mut self.directory;
        match record {
            Some(Record::App(app)) => drop(self.apps.insert(app.client_id.clone(), app)),
            Some(Record::User(user)) => drop(self.users.insert(user.name.clone(), user)),
            Some(Record::Group(group)) => drop(directory.groups.insert(group.id.clone(), group)),
            Some(Record::AppRole(role)) => drop(directory.app_roles.insert(role.id.clone(), role)),
            Some(Record::Grant(grant)) => drop(directory.grants.insert(grant.id.clone(), grant)),
            Some(Record::ClientCertificate(stored)) => {
                drop(directory.client_certificates.insert(stored.id.clone(), stored));
            }
            Some(Record::PartnerCertificate(stored)) => {
                drop(directory.partner_certificates.insert(stored.id.clone(), stored));
            }
            Some(Record::TrustedPartnerCertificate(stored)) => {
                drop(directory.trusted_partner_certificates.insert(stored.id.clone(), stored));
            }
            Some(Record::PropagationTrust(trust)) => {
                drop(directory.propagation_trusts.insert(trust.id.clone(), trust));
            }
            Some(Record::Settings(settings, issuer)) => {
                directory.settings = settings;
                self.issuer = issuer;
            }
            Some(Record::StayingSignedIn(settings)) => directory.staying_signed_in = settings,
            None => match kind {
                RecordKind::Group => drop(directory.groups.remove(id)),
                RecordKind::AppRole => drop(directory.app_roles.remove(id)),
                RecordKind::Grant => drop(directory.grants.remove(id)),
                RecordKind::ClientCertificate => drop(directory.client_certificates.remove(id)),
                RecordKind::PartnerCertificate => drop(directory.partner_certificates.remove(id)),
                RecordKind::TrustedPartnerCertificate => drop(directory.trusted_partner_certificates.remove(id)),
                RecordKind::PropagationTrust => drop(directory.propagation_trusts.remove(id)),
                RecordKind::App | RecordKind::User | RecordKind::Settings | RecordKind::StayingSignedIn => {}
            },
        }
    }
}

impl Landscape {
    /// Writes a record, or removes it.
    ///
    /// # Errors
    ///
    /// A conflict, where the domain is gone, something else stands there than expected, or a name was taken meanwhile; `Full`, where there
    /// are as many records of the kind as there may be.
    pub fn write(&mut self, key: &RecordKey, expects: Expects, record: Option<&Record>) -> Result<(), CommitError> {
        let domain = self.domains.get_mut(&key.domain).ok_or(CommitError::Conflict)?;
        let found = domain.record(key.kind, &key.id).map(|record| record.meta().version);
        let is_expected = match expects {
            Expects::Anything => true,
            Expects::Absent => found.is_none(),
            Expects::Version(version) => found == Some(version),
        };
        if !is_expected || record.is_some_and(|record| record.collides_in(domain)) {
            return Err(CommitError::Conflict);
        }
        if record.is_some() && found.is_none() && domain.count(key.kind) >= RECORD_LIMIT {
            return Err(CommitError::Full);
        }
        Arc::make_mut(domain).put(key.kind, &key.id, record.cloned());
        Ok(())
    }
}
