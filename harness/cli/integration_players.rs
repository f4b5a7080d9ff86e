//! Who is who around the integration instances of the reference landscape: rows for the tables of `players`.

use tenantproof_harness::target::{Api, ApiKind, Integration, Likeness};
use tenantproof_mocks::landscape::Landscape;
use tenantproof_mocks::landscape::instance::{DEVELOPER_SCOPE, Instance, RUN_SCOPE};
use tenantproof_mocks::landscape::reference_instances::{INSTANCE, SECOND_INSTANCE, SIBLING_INSTANCE};

/// A client of an instance: target name, display name in the landscape, and how it differs from `backend`.
pub(super) const CLIENTS: [(&str, &str, Option<&str>); 11] = [
    (
        "connection-by-client",
        "connection-by-client",
        Some("is the application of a connection by client credentials"),
    ),
    ("integration-caller", "integration-caller", None),
    (
        "integration-without-role",
        "integration-without-role",
        Some("may ask for the scopes of the instance and has no role there"),
    ),
    (
        "integration-user",
        "integration-user",
        Some("holds ServiceUser on the instance"),
    ),
    (
        "integration-developer",
        "integration-developer",
        Some("holds ServiceDeveloper on the instance"),
    ),
    (
        "integration-administrator",
        "integration-administrator",
        Some("holds ServiceAdministrator on the instance"),
    ),
    (
        "integration-monitor",
        "integration-monitor",
        Some("holds ServiceMonitor on the instance"),
    ),
    (
        "integration-viewer",
        "integration-viewer",
        Some("holds ServiceViewer on the instance"),
    ),
    (
        "integration-elsewhere",
        "integration-elsewhere",
        Some("holds its role on the sibling instance"),
    ),
    (
        "integration-misplaced",
        "integration-misplaced",
        Some("holds its role on its own application"),
    ),
    (
        "integration-portal",
        "integration-portal",
        Some("is an application that people sign in to and call integrations through"),
    ),
];

/// The integrations of the instance of the flows: target name, code, version and path; how it differs from `integration`.
const INTEGRATIONS: [(&str, &str, &str, &str, Option<&str>); 14] = [
    ("integration", "HELLO", "1.0", "greeting", None),
    (
        "inactive-integration",
        "HELLO",
        "2.0",
        "greeting",
        Some("it is not activated"),
    ),
    (
        "other-integration",
        "STATUS",
        "1.0",
        "greeting",
        Some("its trigger takes passwords too"),
    ),
    (
        "password-integration",
        "PASSWORDS",
        "1.0",
        "greeting",
        Some("its trigger takes passwords only"),
    ),
    (
        "partners-integration",
        "PARTNERS",
        "1.0",
        "greeting",
        Some("its trigger takes tokens that third parties sign"),
    ),
    (
        "old-integration",
        "LEGACY",
        "1.0",
        "greeting",
        Some("its trigger was made before release 20.4.2"),
    ),
    (
        "project-integration",
        "ORDERS",
        "1.0",
        "greeting",
        Some("it is in the project SALES"),
    ),
    (
        "who-am-i-as-caller",
        "WHO_AM_I_AS_CALLER",
        "1.0",
        "me",
        Some("it asks Fusion in the name of its caller"),
    ),
    (
        "who-am-i-as-account",
        "WHO_AM_I_AS_ACCOUNT",
        "1.0",
        "me",
        Some("it asks Fusion in the name of an account"),
    ),
    (
        "who-am-i-as-client",
        "WHO_AM_I_AS_CLIENT",
        "1.0",
        "me",
        Some("it asks Fusion in the name of a client"),
    ),
    (
        "who-am-i-by-consent",
        "WHO_AM_I_BY_CONSENT",
        "1.0",
        "me",
        Some("it asks Fusion in the name of whoever consented"),
    ),
    (
        "refreshing-integration",
        "REFRESHING",
        "1.0",
        "me",
        Some("it asks Fusion in the name of whoever consented, and refreshes each time"),
    ),
    (
        "refreshing-twice",
        "REFRESHING_TWICE",
        "1.0",
        "me",
        Some("it uses one refresh token again and again"),
    ),
    (
        "refreshing-twice-built",
        "REFRESHING_TWICE_BUILT",
        "1.0",
        "me",
        Some("it does so through an adapter of the adapter builder"),
    ),
];

/// The integrations of the second domain's instance that ask Fusion: target name, code, and how they differ.
const ACROSS: [(&str, &str, &str); 3] = [
    (
        "second-who-am-i-as-caller",
        "WHO_AM_I_AS_CALLER",
        "it asks Fusion across domains, in the name of its caller",
    ),
    (
        "second-who-am-i-as-account",
        "WHO_AM_I_AS_ACCOUNT",
        "it asks Fusion across domains, in the name of an account",
    ),
    (
        "second-who-am-i-untrusted",
        "WHO_AM_I_UNTRUSTED",
        "it asks a pod that does not trust its domain",
    ),
];

/// The APIs of the instances; those that a landscape lacks are left out.
pub(super) fn apis(landscape: &Landscape) -> Vec<(String, Api)> {
    let instance = |(name, _): (&str, &str)| {
        let mut instances = landscape.instances.values();
        instances.find(|instance| instance.name == name)
    };
    let called =
        |instance: &Instance, domain: &str, (code, version, path): (&str, &str, &str), but: Option<&str>| Api {
            integration: Some(Integration {
                code: code.to_owned(),
                version: version.to_owned(),
                path: path.to_owned(),
            }),
            ..api(instance, &instance.host, domain, RUN_SCOPE, ("integration", but))
        };
    let made = |instance: &Instance, domain: &str, but: Option<&str>| {
        api(
            instance,
            &instance.design_host,
            domain,
            DEVELOPER_SCOPE,
            ("integration-design", but),
        )
    };
    let hello = ("HELLO", "1.0", "greeting");
    let mut apis: Vec<(String, Api)> = Vec::new();
    if let Some(dev) = instance(INSTANCE) {
        for (name, code, version, path, but) in INTEGRATIONS {
            apis.push((name.to_owned(), called(dev, "home", (code, version, path), but)));
        }
        apis.push(("integration-design".to_owned(), made(dev, "home", None)));
    }
    if let Some(test) = instance(SIBLING_INSTANCE) {
        let but = Some("it is on another instance of the domain");
        apis.push(("sibling-integration".to_owned(), called(test, "home", hello, but)));
    }
    if let Some(edge) = instance(SECOND_INSTANCE) {
        let but = Some("it is on an instance of the second domain");
        apis.push(("second-integration".to_owned(), called(edge, "second", hello, but)));
        for (name, code, but) in ACROSS {
            apis.push((name.to_owned(), called(edge, "second", (code, "1.0", "me"), Some(but))));
        }
        let but = Some("it is that of the second domain's instance");
        apis.push(("second-integration-design".to_owned(), made(edge, "second", but)));
    }
    apis
}

fn api(instance: &Instance, host: &str, domain: &str, scope: &str, (like, but): (&str, Option<&str>)) -> Api {
    let [audience, ..] = instance.audiences();
    Api {
        likeness: but.map(|but| Likeness {
            like: like.to_owned(),
            but: but.to_owned(),
        }),
        kind: ApiKind::Oic,
        domain: domain.to_owned(),
        url: format!("https://{host}"),
        audience,
        scope: instance.scope(scope),
        agent: None,
        prompt: None,
        integration: None,
        instance: Some(instance.name.clone()),
    }
}
