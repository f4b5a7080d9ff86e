//! The integration instances of the reference landscape: one that does everything, a sibling in the same domain, and one in the other
//! domain; and whoever calls them, each different in one thing.

use serde_json::{Map, json};

use crate::landscape::builder::{certificate, id_of, plain_grant, trust};
use crate::landscape::connection::{Connection, ConnectionRole, Trigger, TriggerPolicy};
use crate::landscape::directory::{AppRole, Grantee, Meta};
use crate::landscape::instance::{DEVELOPER_SCOPE, Instance, Integration, Operation, RUN_SCOPE, Step};
use crate::landscape::reference::{CALLBACK, LENT_ISSUER, LENT_KEY_ID, ReferenceKeys, SECOND_ISSUER};
use crate::landscape::reference_connections;
use crate::landscape::{AUTHORIZATION_CODE, App, CLIENT_CREDENTIALS, Domain, JWT_BEARER, Pod, REFRESH_TOKEN, Secret};

/// The instance of the flows: name and region.
pub const INSTANCE: (&str, &str) = ("dev-integration", "eu-frankfurt-1");
/// Its sibling in the same domain and region.
pub const SIBLING_INSTANCE: (&str, &str) = ("test-integration", "eu-frankfurt-1");
/// The instance in the second domain.
pub const SECOND_INSTANCE: (&str, &str) = ("edge-integration", "us-ashburn-1");

/// An application that calls the instance of the flows, and the role that it holds there.
const CALLERS: [(&str, Option<&str>); 9] = [
    ("integration-caller", Some("ServiceInvoker")),
    ("integration-without-role", None),
    ("integration-user", Some("ServiceUser")),
    ("integration-developer", Some("ServiceDeveloper")),
    ("integration-administrator", Some("ServiceAdministrator")),
    ("integration-monitor", Some("ServiceMonitor")),
    ("integration-viewer", Some("ServiceViewer")),
    ("integration-elsewhere", None),
    ("integration-misplaced", None),
];

/// The users who call the instance of the flows, and the roles that they hold there.
const PEOPLE: [(&str, &str); 6] = [
    ("ada.example", "ServiceInvoker"),
    ("grace.example", "ServiceDeveloper"),
    ("no-runtime.example", "ServiceMonitor"),
    ("no-page.example", "ServiceViewer"),
    ("locked.example", "ServiceInvoker"),
    ("domain-only.example", "ServiceUser"),
];

/// The host names of the instances and of their design hosts, in the order of the landscape.
pub fn instance_hosts() -> Vec<String> {
    let all = [INSTANCE, SIBLING_INSTANCE, SECOND_INSTANCE];
    let mut hosts = all.map(|(name, region)| Instance::host_named(name, region)).to_vec();
    hosts.sort();
    let mut design = all.map(|(_, region)| Instance::design_host_of(region)).to_vec();
    design.sort();
    design.dedup();
    hosts.into_iter().chain(design).collect()
}

/// The instances.
#[derive(Debug)]
pub struct Instances {
    /// That of the flows.
    pub dev: Instance,
    /// Its sibling.
    pub test: Instance,
    /// That of the second domain.
    pub edge: Instance,
}

impl Instances {
    /// All of them, with what is in them.
    pub fn new(keys: &ReferenceKeys, [pod, other_pod]: [&Pod; 2], secret_of: &dyn Fn(&str) -> String) -> Self {
        let instance = |(name, region): (&str, &str), domain| Instance {
            trusted: vec![
                trust(LENT_ISSUER, LENT_KEY_ID, &certificate(LENT_KEY_ID, &keys.lent)),
                trust(SECOND_ISSUER, "issuer-2", &certificate("issuer-2", &keys.second_issuer)),
            ],
            ..Instance::new(name, region, domain)
        };
        Self {
            dev: reference_connections::connections(
                integrations(instance(INSTANCE, "home")),
                pod,
                (&keys.other, &keys.backend),
                secret_of,
            ),
            test: hello(instance(SIBLING_INSTANCE, "home")),
            edge: reference_connections::second_connections(
                hello(instance(SECOND_INSTANCE, "second")),
                other_pod,
                pod,
                &keys.other,
                secret_of,
            ),
        }
    }

    /// Puts the applications of the instances and those who call them into their home domain.
    pub fn people(&self, home: Domain, pod: &Pod, keys: &ReferenceKeys, secret_of: &dyn Fn(&str) -> String) -> Domain {
        let scopes = [RUN_SCOPE, DEVELOPER_SCOPE].map(|value| self.dev.scope(value));
        let scopes = scopes.each_ref().map(String::as_str);
        let caller = |name: &str| {
            App::new(name)
                .secret(&secret_of(name))
                .grants(&[CLIENT_CREDENTIALS, JWT_BEARER])
                .scopes(&scopes)
                .certificate(certificate("backend-2026", &keys.backend))
        };
        let home = reference_connections::home_applications(home, &self.dev, pod, &keys.other, secret_of);
        let home = home.instance(&self.dev).instance(&self.test);
        let home = CALLERS.iter().fold(home, |home, (name, role)| {
            let home = home.app(caller(name));
            match role {
                Some(role) => home.instance_role_of_app(&self.dev, name, role),
                None => home,
            }
        });
        let portal = App {
            client_type: crate::landscape::ClientType::Confidential,
            certificates: Vec::new(),
            ..caller("integration-portal")
                .grants(&[AUTHORIZATION_CODE, REFRESH_TOKEN])
                .redirects(&[CALLBACK])
        };
        let home = home
            .app(portal)
            .instance_role_of_app(&self.dev, "integration-portal", "ServiceInvoker")
            .instance_role_of_app(&self.dev, "account-wide", "ServiceInvoker")
            .instance_role_of_app(&self.dev, "inactive", "ServiceInvoker")
            .instance_role_of_app(&self.test, "integration-elsewhere", "ServiceInvoker")
            .instance_role_of_user(&self.test, "Mary Ann Two-Names", "ServiceInvoker");
        let home = PEOPLE.iter().fold(home, |home, (name, role)| {
            home.instance_role_of_user(&self.dev, name, role)
        });
        let home =
            with_second_factor(home, secret_of).instance_role_of_user(&self.dev, SECOND_FACTOR, "ServiceInvoker");
        role_on_itself(home, "integration-misplaced", "ServiceInvoker")
    }
}

/// A user who signs in with a second factor.
const SECOND_FACTOR: &str = "second-factor.example";

/// Adds the user who signs in with a second factor, and a password that is right (OIC-055).
fn with_second_factor(home: Domain, secret_of: &dyn Fn(&str) -> String) -> Domain {
    let mut home = home.user_named(SECOND_FACTOR, "Sue Secondfactor");
    if let Some(user) = home.users.get_mut(SECOND_FACTOR) {
        user.second_factor = true;
        user.password = Some(Secret::new(&secret_of(SECOND_FACTOR)));
    }
    home
}

/// Gives an application a role of this name on itself, where it opens nothing (OIC-148).
fn role_on_itself(mut home: Domain, display_name: &str, role: &str) -> Domain {
    let app = home.apps.values().find(|app| app.display_name == display_name);
    let guid = app.expect("the application was added before its role").guid.clone();
    let id = id_of(&format!("role {role} of {guid}"));
    let record = AppRole {
        id: id.clone(),
        name: role.to_owned(),
        app: guid.clone(),
        meta: Meta::default(),
        more: Map::new(),
    };
    home.directory.app_roles.insert(id.clone(), record);
    let grant = plain_grant(Grantee::App, &guid, &guid, &id);
    home.directory.grants.insert(grant.id.clone(), grant);
    home
}

fn integration(code: &str, version: &str, trigger: &str) -> Integration {
    Integration {
        code: code.to_owned(),
        version: version.to_owned(),
        name: code.to_lowercase().replace('_', " "),
        project: None,
        active: true,
        locked: false,
        trigger: trigger.to_owned(),
        operations: vec![
            operation("GET", "greeting", Step::Answer(json!({ "message": "hello" }))),
            operation("POST", "greeting", Step::Echo),
            operation("GET", "fault", Step::Fault(409)),
        ],
    }
}

fn operation(method: &'static str, path: &str, does: Step) -> Operation {
    Operation {
        method,
        path: path.to_owned(),
        does,
    }
}

/// The least that an instance can have.
fn hello(instance: Instance) -> Instance {
    instance
        .connection(Connection::trigger("HELLO_TRIGGER", TriggerPolicy::OAuth))
        .integration(integration("HELLO", "01.00.0000", "HELLO_TRIGGER"))
}

/// What the instance of the flows has: an integration for every answer.
fn integrations(instance: Instance) -> Instance {
    let old_trigger = Trigger {
        policy: TriggerPolicy::OAuth,
        prefixed_errors: true,
    };
    let mut instance = hello(instance)
        .connection(Connection::trigger("EITHER_TRIGGER", TriggerPolicy::Either))
        .connection(Connection::trigger("BASIC_TRIGGER", TriggerPolicy::Basic))
        .connection(Connection::trigger("PARTNERS_TRIGGER", TriggerPolicy::ThirdParty))
        .connection(Connection {
            role: ConnectionRole::Trigger(old_trigger),
            ..Connection::trigger("OLD_TRIGGER", TriggerPolicy::OAuth)
        })
        .integration(Integration {
            active: false,
            ..integration("HELLO", "02.00.0000", "HELLO_TRIGGER")
        })
        .integration(Integration {
            locked: true,
            active: false,
            ..integration("IN_THE_WORKS", "01.00.0000", "HELLO_TRIGGER")
        })
        .integration(integration("STATUS", "01.00.0000", "EITHER_TRIGGER"))
        .integration(integration("PASSWORDS", "01.00.0000", "BASIC_TRIGGER"))
        .integration(integration("PARTNERS", "01.00.0000", "PARTNERS_TRIGGER"))
        .integration(integration("LEGACY", "01.00.0000", "OLD_TRIGGER"))
        .integration(Integration {
            project: Some("SALES".to_owned()),
            ..integration("ORDERS", "01.00.0000", "HELLO_TRIGGER")
        });
    instance.projects.push("SALES".to_owned());
    instance
}
