//! An Oracle Integration instance: its hosts, its application in a domain, its integrations and connections, and who holds which of its
//! roles.
//!
//! Roles are grants in the directory of the domain, so whoever administers the domain gives and takes them (OIC-147). What an outbound
//! connection needs to get tokens is in [`super::connection`].

use std::collections::BTreeMap;
use std::sync::Arc;

use serde_json::{Map, Value};

use crate::landscape::builder::{id_of, plain_grant};
use crate::landscape::connection::Connection;
use crate::landscape::directory::{AppRole, Directory, Grant, Grantee, Meta};
use crate::landscape::{App, ClientType, Domain, Landscape, Resource, TrustedIssuer, User};

/// The scope value that runs integrations (OIC-110, OIC-112).
pub const RUN_SCOPE: &str = "urn:opc:resource:consumer::all";
/// The scope value that opens the API for developers (OIC-110, OIC-112).
pub const DEVELOPER_SCOPE: &str = "/ic/api/";

/// An Oracle Integration instance of the third generation.
#[derive(Clone, Debug)]
pub struct Instance {
    /// The name by which the design host tells instances apart (OIC-003).
    pub name: String,
    /// The host name that people see, where integrations are called (OIC-001).
    pub host: String,
    /// The host name that its region shares, where integrations are made (OIC-003).
    pub design_host: String,
    /// The host name in its audiences and scopes, and nowhere else (OIC-007).
    pub permanent_host: String,
    /// The host name of the domain whose tokens it takes.
    pub domain: String,
    /// The id of its application there, whose roles and scopes are its own.
    pub app: String,
    /// Where carriers make its two hosts reachable, when that is not under their names: the instance, the design host.
    pub published_at: [Option<String>; 2],
    /// Issuers that it takes tokens from beside its domain: third parties, at triggers for them (OIC-030). At other triggers no real instance
    /// takes such tokens; there tests make some that no domain would issue.
    pub trusted: Vec<TrustedIssuer>,
    /// The codes of its projects.
    pub projects: Vec<String>,
    /// Its integrations.
    pub integrations: Vec<Integration>,
    /// Its connections, by id.
    pub connections: BTreeMap<String, Connection>,
    /// Seconds of clock skew that it allows (OIC-209).
    pub leeway: u64,
}

/// An integration: code, version, and what calls of it do.
#[derive(Clone, Debug)]
pub struct Integration {
    /// Its code.
    pub code: String,
    /// Its version in full, such as `01.00.0000` (OIC-022).
    pub version: String,
    /// Its name for people.
    pub name: String,
    /// The project that it is in.
    pub project: Option<String>,
    /// Whether it was activated, unless somebody changed that since (`state`).
    pub active: bool,
    /// Whether somebody is working on it.
    pub locked: bool,
    /// The id of its trigger connection.
    pub trigger: String,
    /// What can be called (OIC-023).
    pub operations: Vec<Operation>,
}

/// A method and path of an integration, and what a call of it does.
#[derive(Clone, Debug)]
pub struct Operation {
    /// The method.
    pub method: &'static str,
    /// The path below the version, without a slash in front.
    pub path: String,
    /// What it does.
    pub does: Step,
}

/// What an integration does when it is called.
#[derive(Clone, Debug)]
pub enum Step {
    /// Answers this (OIC-031).
    Answer(Value),
    /// Answers what it was sent.
    Echo,
    /// Raises a fault of this status on purpose (OIC-034).
    Fault(u16),
    /// Asks through a connection, with GET, and answers what came back.
    Ask {
        /// The id of the connection.
        connection: String,
        /// The path at its target.
        path: String,
    },
}

impl Integration {
    /// The id in the API for developers, `CODE|VERSION` (OIC-075).
    pub fn id(&self) -> String {
        format!("{}|{}", self.code, self.version)
    }

    /// The version as it stands in addresses of calls: `1.0` for `01.00.0000` (OIC-022).
    pub fn short_version(&self) -> String {
        let mut parts = self.version.split('.').map(|part| part.trim_start_matches('0'));
        let mut next = || parts.next().filter(|part| !part.is_empty()).unwrap_or("0").to_owned();
        format!("{}.{}", next(), next())
    }
}

/// What a role of an instance opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Power {
    /// Call integrations (OIC-141).
    Run,
    /// See integrations and connections (OIC-142).
    View,
    /// Test connections. Not in the table of roles; the role that opens the API for developers is taken for it (OIC-145).
    Test,
    /// Activate, deactivate and edit (OIC-143).
    Change,
}

/// A role of an instance.
#[derive(Debug)]
pub struct InstanceRole {
    /// Its name.
    pub name: &'static str,
    /// What it opens.
    pub opens: &'static [Power],
}

/// The roles of an instance (OIC-140), with what they open (OIC-141 to OIC-143, OIC-145).
pub static INSTANCE_ROLES: &[InstanceRole] = &[
    role(
        "ServiceAdministrator",
        &[Power::Run, Power::View, Power::Test, Power::Change],
    ),
    role(
        "ServiceDeveloper",
        &[Power::Run, Power::View, Power::Test, Power::Change],
    ),
    role("ServiceMonitor", &[]),
    role("ServiceDeployer", &[]),
    role("ServiceUser", &[Power::Run, Power::View, Power::Test]),
    role("ServiceEndUser", &[]),
    role("ServiceInvoker", &[Power::Run]),
    role("ServiceViewer", &[Power::View]),
];

const fn role(name: &'static str, opens: &'static [Power]) -> InstanceRole {
    InstanceRole { name, opens }
}

impl Instance {
    /// Where clients reach it.
    pub fn published_url(&self) -> String {
        let [own, _] = &self.published_at;
        own.clone().unwrap_or_else(|| format!("https://{}", self.host))
    }

    /// An instance of this name in a region, in the domain of this label, with nothing in it.
    pub fn new(name: &str, region: &str, domain: &str) -> Self {
        let permanent = id_of(&format!("integration instance {name}"));
        Self {
            name: name.to_owned(),
            host: Self::host_named(name, region),
            design_host: Self::design_host_of(region),
            permanent_host: format!("{permanent}.integration.{region}.ocp.example"),
            domain: Domain::host_named(domain),
            app: App::new(&Self::app_named(name)).guid,
            published_at: [None, None],
            trusted: Vec::new(),
            projects: Vec::new(),
            integrations: Vec::new(),
            connections: BTreeMap::new(),
            leeway: 60,
        }
    }

    /// The host name of the instance of this name.
    pub fn host_named(name: &str, region: &str) -> String {
        format!("{name}.integration.{region}.ocp.example")
    }

    /// The design host of a region.
    pub fn design_host_of(region: &str) -> String {
        format!("design.integration.{region}.ocp.example")
    }

    /// The display name of the application of the instance of this name.
    pub(crate) fn app_named(name: &str) -> String {
        format!("Oracle Integration {name}")
    }

    /// Adds a connection.
    #[must_use]
    pub fn connection(mut self, connection: Connection) -> Self {
        self.connections.insert(connection.id.clone(), connection);
        self
    }

    /// Adds an integration.
    #[must_use]
    pub fn integration(mut self, integration: Integration) -> Self {
        self.integrations.push(integration);
        self
    }

    /// The audiences of its tokens, the primary one first (OIC-131).
    pub fn audiences(&self) -> [String; 3] {
        let (id, _) = self.permanent_host.split_once('.').expect("a host name has labels");
        [
            format!("https://{}:443", self.permanent_host),
            format!("https://{}:443", self.host),
            format!("urn:opc:lbaas:logicalguid={id}"),
        ]
    }

    /// A scope in full, as a client asks for it: no separator between the port and `urn:` (OIC-110).
    pub fn scope(&self, value: &str) -> String {
        format!("{}{value}", self.audiences()[0])
    }

    /// Its application in the domain (OIC-116, OIC-153).
    fn application(&self) -> App {
        let name = Self::app_named(&self.name);
        let [primary, secondary @ ..] = self.audiences();
        App {
            is_client: false,
            client_type: ClientType::Public,
            resource: Some(Resource {
                name: name.clone(),
                audience: primary,
                secondary_audiences: secondary.to_vec(),
                scopes: vec![RUN_SCOPE.to_owned(), DEVELOPER_SCOPE.to_owned()],
                offline_allowed: true,
                ..Resource::default()
            }),
            ..App::new(&name)
        }
    }

    /// The id of one of its roles in the directory.
    fn role_id(&self, role: &str) -> String {
        id_of(&format!("role {role} of {}", self.app))
    }

    /// An integration by code, version as in addresses, and project.
    pub fn find(&self, project: Option<&str>, code: &str, version: &str) -> Option<&Integration> {
        self.integrations.iter().find(|integration| {
            integration.project.as_deref() == project
                && integration.code == code
                && integration.short_version() == version
        })
    }
}

/// Whose roles on an instance are asked for.
#[derive(Clone, Copy, Debug)]
pub enum Holder<'a> {
    /// An application's.
    App(&'a App),
    /// A user's, by themselves or by a group.
    User(&'a User),
}

impl Domain {
    /// Adds the application of an instance, with its roles.
    #[must_use]
    pub fn instance(self, instance: &Instance) -> Self {
        let mut domain = self.app(instance.application());
        for role in INSTANCE_ROLES {
            let record = AppRole {
                id: instance.role_id(role.name),
                name: role.name.to_owned(),
                app: instance.app.clone(),
                meta: Meta::default(),
                more: Map::new(),
            };
            domain.directory.app_roles.insert(record.id.clone(), record);
        }
        domain
    }

    /// Gives an application a role on an instance (OIC-147).
    ///
    /// # Panics
    ///
    /// Where there is no application of this display name.
    #[must_use]
    pub fn instance_role_of_app(self, instance: &Instance, display_name: &str, role: &str) -> Self {
        let app = self.apps.values().find(|app| app.display_name == display_name);
        let guid = app.expect("the application was added before its role").guid.clone();
        self.instance_role(instance, (Grantee::App, &guid), role)
    }

    /// Gives a user a role on an instance.
    ///
    /// # Panics
    ///
    /// Where there is no user of this name.
    #[must_use]
    pub fn instance_role_of_user(self, instance: &Instance, name: &str, role: &str) -> Self {
        let guid = self
            .users
            .get(name)
            .expect("the user was added before their role")
            .guid
            .clone();
        self.instance_role(instance, (Grantee::User, &guid), role)
    }

    fn instance_role(mut self, instance: &Instance, (grantee, to): (Grantee, &str), role: &str) -> Self {
        let grant = plain_grant(grantee, to, &instance.app, &instance.role_id(role));
        self.directory.grants.insert(grant.id.clone(), grant);
        self
    }

    /// The names of the roles that somebody holds on an application, as the directory has them now (OIC-134).
    pub fn roles_on(&self, app: &str, holder: Holder) -> Vec<&str> {
        let Directory {
            groups,
            app_roles,
            grants,
            ..
        } = &self.directory;
        let holds = |grant: &Grant| match (grant.grantee, holder) {
            (Grantee::App, Holder::App(holder)) => grant.to == holder.guid,
            (Grantee::User, Holder::User(holder)) => grant.to == holder.guid,
            (Grantee::Group, Holder::User(holder)) => {
                let group = groups.get(&grant.to);
                group.is_some_and(|group| group.members.contains(&holder.guid))
            }
            _ => false,
        };
        let granted = grants.values().filter(|grant| grant.app == app && holds(grant));
        granted
            .filter_map(|grant| app_roles.get(grant.role.as_deref()?))
            .filter(|role| role.app == app)
            .map(|role| role.name.as_str())
            .collect()
    }
}

impl Landscape {
    /// The instance behind a host name of its own.
    pub fn instance_mut(&mut self, name: &str) -> Option<&mut Instance> {
        let instance = self.instances.values_mut().find(|instance| instance.name == name)?;
        Some(Arc::make_mut(instance))
    }

    /// The instance of this name whose region's design host this is.
    pub fn instance_designed_at(&self, host: &str, name: &str) -> Option<&Instance> {
        let mut instances = self.instances.values();
        instances
            .find(|instance| instance.design_host == host && instance.name == name)
            .map(Arc::as_ref)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;

    #[test]
    fn versions_are_short_in_addresses() {
        let of = |version: &str| {
            let integration = Integration {
                code: "A".to_owned(),
                version: version.to_owned(),
                name: String::new(),
                project: None,
                active: true,
                locked: false,
                trigger: String::new(),
                operations: Vec::new(),
            };
            integration.short_version()
        };
        assert_eq!(of("01.00.0000"), "1.0");
        assert_eq!(of("12.03.0001"), "12.3");
    }

    #[test]
    fn scopes_have_no_separator_behind_the_port() {
        let instance = Instance::new("dev", "eu-frankfurt-1", "home");
        assert!(instance.scope(RUN_SCOPE).contains(":443urn:opc:"));
        assert!(instance.scope(DEVELOPER_SCOPE).ends_with(":443/ic/api/"));
    }

    #[test]
    fn a_role_at_one_instance_is_none_at_another() {
        let (dev, test) = (
            Instance::new("dev", "eu-frankfurt-1", "home"),
            Instance::new("test", "eu-frankfurt-1", "home"),
        );
        let domain = Domain::new("home", keys::rfc9500())
            .app(App::new("backend"))
            .instance(&dev)
            .instance(&test)
            .instance_role_of_app(&dev, "backend", "ServiceInvoker");
        let backend = domain.apps.values().find(|app| app.display_name == "backend");
        let holder = Holder::App(backend.expect("it was added"));
        assert_eq!(domain.roles_on(&dev.app, holder), ["ServiceInvoker"]);
        assert!(domain.roles_on(&test.app, holder).is_empty());
    }
}
