//! Who is who in a landscape, by the names that scenarios bind: the table behind embedded targets and served ones.
//!
//! The tables name everybody of the reference landscape. Of another landscape they name whom it has of them; the rest goes by its own names.

use indexmap::IndexMap;
use tenantproof_harness::scenario::model::Lever;
use tenantproof_harness::target::{
    Api, ApiKind, Client, Domain, Levers, Likeness, Pem, Secret, SecretReference, Target, User,
};
use tenantproof_mocks::landscape::file::Keyring;
use tenantproof_mocks::landscape::{App, Landscape, Pod, User as DomainUser, reference, reference_connections};

use crate::integration_players;

/// A user: target name, user name, and how they differ from `employee`.
const USERS: [(&str, &str, Option<&str>); 22] = [
    ("employee", "ada.example", None),
    ("colleague", "grace.example", Some("may use other agents")),
    ("newcomer", "newcomer.example", Some("has no role on the agent")),
    (
        "no-runtime-role",
        "no-runtime.example",
        Some("may not run agents at all"),
    ),
    (
        "no-page-privilege",
        "no-page.example",
        Some("may not see the page that names its caller"),
    ),
    ("two-names", "Mary Ann Two-Names", Some("has a name with blanks")),
    ("locked", "locked.example", Some("is locked in the domain")),
    (
        "deactivated",
        "deactivated.example",
        Some("is deactivated in the domain"),
    ),
    ("former", "left.example", Some("is deactivated in the pod")),
    ("domain-only", "domain-only.example", Some("is unknown to the pod")),
    (
        "it-security-manager",
        "ingrid.example",
        Some("sees to the Security Console and has no role on the agent"),
    ),
    ("locked-in-pod", "locked-in-pod.example", Some("is locked in the pod")),
    ("nobody-but-named", "nobody.example", Some("exists nowhere")),
    (
        "in-capitals",
        "ADA.EXAMPLE",
        Some("is spelled in other letters than in the domain"),
    ),
    ("reader", "reader.example", Some("may read invoices and not write them")),
    ("no-data", "no-data.example", Some("has no data access")),
    ("specialist", "specialist.example", Some("integrates")),
    ("security-manager", "security.example", Some("manages users")),
    ("auditor", "auditor.example", Some("reads what was audited")),
    (
        "agent-administrator",
        "agents-admin.example",
        Some("administers agents"),
    ),
    (
        "no-permission-groups",
        "no-groups.example",
        Some("has a job role whose permission groups are off"),
    ),
    (
        "integration-account",
        reference_connections::ACCOUNT,
        Some("is the account of connections"),
    ),
];

/// Users by whose names nobody stands in the domain, on purpose.
const IN_NO_DIRECTORY: [&str; 2] = ["nobody-but-named", "in-capitals"];

/// A client: target name, display name in the landscape, and how it differs from `backend`.
const CLIENTS: [(&str, &str, Option<&str>); 34] = [
    ("backend", "backend", None),
    (
        "other-client",
        "other-client",
        Some("is another client with a key of its own"),
    ),
    ("no-assertions", "no-assertions", Some("lacks the grant for assertions")),
    (
        "assertions-only",
        "assertions-only",
        Some("lacks the grant for client credentials"),
    ),
    ("inactive", "inactive", Some("is not activated")),
    (
        "certificate-bearer",
        "certificate-bearer",
        Some("shows its certificate on the channel"),
    ),
    (
        "other-certificate-bearer",
        "other-certificate-bearer",
        Some("is another one of those, with a key of its own"),
    ),
    ("no-certificate", "no-certificate", Some("has no certificate imported")),
    (
        "coded-secret",
        "coded-secret",
        Some("has a secret that must be encoded"),
    ),
    ("key-only", "key-only", Some("may authenticate by assertion only")),
    ("public", "public", Some("keeps no secret")),
    ("service-account", "service-account", Some("is a user of the pod too")),
    ("pages-backend", "pages", None),
    ("portal", "portal", Some("is an application that people sign in to")),
    ("other-portal", "other-portal", Some("is another one of those")),
    (
        "portal-of-two-addresses",
        "portal-of-two-addresses",
        Some("is one that registered two redirect URIs"),
    ),
    (
        "portal-without-refresh",
        "portal-without-refresh",
        Some("is one that lacks the grant for refresh tokens"),
    ),
    (
        "portal-without-codes",
        "portal-without-codes",
        Some("is one that lacks the grant for codes"),
    ),
    (
        "sleeping-portal",
        "sleeping-portal",
        Some("is one that is not activated"),
    ),
    (
        "trusted-portal",
        "trusted-portal",
        Some("is one that asks nobody for consent"),
    ),
    (
        "hybrid-portal",
        "hybrid-portal",
        Some("is one that may have tokens at once"),
    ),
    ("single-page", "single-page", Some("is one that keeps no secret")),
    (
        "native",
        "native",
        Some("is one on a person's own machine, and keeps no secret"),
    ),
    ("television", "television", Some("is a device, and keeps no secret")),
    ("other-television", "other-television", Some("is another device")),
    (
        "password-taker",
        "password-taker",
        Some("takes users' passwords itself"),
    ),
    ("inspector", "inspector", Some("may ask what a token is")),
    (
        "platform-reader",
        "platform-reader",
        Some("was given one scope of a tree"),
    ),
    ("account-wide", "account-wide", Some("trusts the whole account")),
    (
        "domain-administrator",
        "domain-administrator",
        Some("administers the whole domain"),
    ),
    (
        "application-administrator",
        "application-administrator",
        Some("administers applications"),
    ),
    (
        "security-administrator",
        "security-administrator",
        Some("administers settings and certificates"),
    ),
    ("user-administrator", "user-administrator", Some("administers users")),
    (
        "self-service",
        "self-service",
        Some("is one through which people see to their own records"),
    ),
];

/// An agent API: target name, agent code, and how it differs from `agents`.
const AGENTS: [(&str, &str, Option<&str>); 6] = [
    ("agents", reference::AGENT, None),
    (
        "failing-agent",
        reference::FAILING_AGENT,
        Some("its jobs end in an error"),
    ),
    (
        "waiting-agent",
        reference::WAITING_AGENT,
        Some("its jobs wait for a person"),
    ),
    (
        "colleagues-agent",
        reference::COLLEAGUES_AGENT,
        Some("only the colleague may use it"),
    ),
    ("draft-agent", reference::DRAFT_AGENT, Some("it was not published")),
    ("unknown-agent", "NOBODY_MADE_THIS", Some("it does not exist")),
];

/// The target that describes a landscape, reached under its own names; `keys` are those of its clients, among others.
pub fn target_of(landscape: &Landscape, keys: &Keyring) -> Target {
    let pod = |name: &str| landscape.pods.values().find(|pod| pod.name == name);
    let mut target = Target {
        name: "embedded servers".to_owned(),
        profile: landscape.profile.name.name().to_owned(),
        hosts: landscape.hosts().map(str::to_owned).collect(),
        domains: domains(landscape),
        clients: clients(landscape, keys),
        users: users(landscape),
        levers: Levers::default(),
        ..Target::default()
    };
    let mut named = Vec::new();
    if let Some(dev) = pod("DEV5") {
        named.push(dev.host.as_str());
        apis_of_the_pod(dev, landscape, &mut target.apis);
    }
    if let Some(test) = pod("TEST1").filter(|pod| pod.agents.contains_key(reference::AGENT)) {
        named.push(test.host.as_str());
        let other = agent(test, landscape, reference::AGENT, Some("it is on another pod"));
        target.apis.insert("other-agents".to_owned(), other);
        let other = Api {
            likeness: like("pages", Some("it is on another pod")),
            ..pages(test, landscape)
        };
        target.apis.insert("other-pages".to_owned(), other);
    }
    for pod in landscape
        .pods
        .values()
        .filter(|pod| !named.contains(&pod.host.as_str()))
    {
        for code in pod.agents.keys() {
            put(
                &mut target.apis,
                &format!("{}-{code}", pod.name),
                agent(pod, landscape, code, None),
            );
        }
        put(&mut target.apis, &format!("{}-pages", pod.name), pages(pod, landscape));
    }
    target.apis.extend(integration_players::apis(landscape));
    if let Some(dev) = pod("DEV5")
        && landscape.domain_labelled("second").is_some()
    {
        target
            .apis
            .insert("pages-from-elsewhere".to_owned(), from_elsewhere(dev, landscape));
    }
    give_scopes(landscape, &mut target);
    compare(&mut target.clients, |client| &mut client.likeness);
    compare(&mut target.users, |user| &mut user.likeness);
    compare(&mut target.apis, |api| &mut api.likeness);
    target
}

/// The pages of a pod for tokens of the second domain.
fn from_elsewhere(dev: &Pod, landscape: &Landscape) -> Api {
    let likeness = like("pages", Some("the second domain's token is for it"));
    let (audience, scope) = (dev.host_audience(), format!("{}/", dev.host_audience()));
    Api {
        domain: "second".to_owned(),
        ..api(ApiKind::FusionAdf, dev, landscape, &audience, &scope, likeness)
    }
}

/// Says of every client which APIs it may ask tokens for.
fn give_scopes(landscape: &Landscape, target: &mut Target) {
    let Target { clients, apis, .. } = target;
    for client in clients.values_mut() {
        let mut apps = landscape.domains.values().flat_map(|domain| domain.apps.values());
        let Some(app) = apps.find(|app| app.client_id == client.id) else {
            continue;
        };
        let is_allowed = |scope: &str| app.allowed_scopes.iter().any(|known| known == scope);
        let may_ask = apis
            .iter()
            .filter(|(_, api)| api.kind != ApiKind::Plain && api.scope.split(' ').all(is_allowed));
        client.scopes = may_ask.map(|(name, _)| name.clone()).collect();
    }
}

/// Says only of whom it is there that somebody is like them.
fn compare<T>(entries: &mut IndexMap<String, T>, likeness: impl Fn(&mut T) -> &mut Option<Likeness>) {
    let names: Vec<String> = entries.keys().cloned().collect();
    for entry in entries.values_mut() {
        likeness(entry).take_if(|likeness| !names.contains(&likeness.like));
    }
}

/// Adds an entry under a name that may stand in files: small letters, digits and hyphens. One that is taken stays.
fn put<T>(entries: &mut IndexMap<String, T>, name: &str, entry: T) {
    let plain = |each: char| {
        if each.is_ascii_alphanumeric() {
            each.to_ascii_lowercase()
        } else {
            '-'
        }
    };
    let name: String = name.chars().take(60).map(plain).collect();
    let mut numbered = (2..).map(|number| format!("{name}-{number}"));
    let free = if entries.contains_key(&name) {
        numbered.find(|name| !entries.contains_key(name)).unwrap_or_default()
    } else {
        name
    };
    entries.insert(free, entry);
}

fn like(name: &str, but: Option<&str>) -> Option<Likeness> {
    but.map(|but| Likeness {
        like: name.to_owned(),
        but: but.to_owned(),
    })
}

/// The domains under their labels, `home` first.
fn domains(landscape: &Landscape) -> IndexMap<String, Domain> {
    let mut domains: Vec<_> = landscape.domains.values().collect();
    domains.sort_by_key(|domain| (domain.label != "home", domain.label.clone()));
    let mut entries = IndexMap::new();
    for domain in domains {
        let entity = Domain {
            likeness: None,
            url: domain.url(),
            issuer: domain.issuer.clone(),
            assertion_audience: domain.issuer.clone(),
            leeway: u32::try_from(domain.leeway).ok(),
            signing_certificate: Some(Pem::Text(domain.signing.certificate.to_pem())),
        };
        entries.insert(domain.label.clone(), entity);
    }
    entries
}

/// The clients of both tables.
fn named_clients() -> impl Iterator<Item = (&'static str, &'static str, Option<&'static str>)> {
    CLIENTS.into_iter().chain(integration_players::CLIENTS)
}

fn clients(landscape: &Landscape, keys: &Keyring) -> IndexMap<String, Client> {
    let mut clients = IndexMap::new();
    let client = |app: &App, domain: &str, but: Option<&str>| {
        let certificate = app.certificates.first();
        let own = certificate.and_then(|certificate| {
            let thumbprint = certificate.key.thumbprint();
            keys.values().find(|key| key.public().thumbprint() == thumbprint)
        });
        Client {
            likeness: like("backend", but),
            domain: domain.to_owned(),
            display_name: Some(app.display_name.clone()),
            id: app.client_id.clone(),
            secret: app.secret.as_ref().map(|secret| given(secret.expose())),
            key: own.or(keys.get("backend")).map(|key| given(&key.to_pem())),
            key_passphrase: None,
            certificate: certificate.map(|certificate| Pem::Text(certificate.to_pem())),
            certificate_alias: Some(
                certificate
                    .map_or("backend-2026", |certificate| &certificate.alias)
                    .to_owned(),
            ),
            redirect_uri: app.redirect_uris.first().cloned(),
            post_logout_uri: app.post_logout_redirect_uris.first().cloned(),
            grants: app.grants.clone(),
            scopes: Vec::new(),
        }
    };
    let home = landscape.domain_labelled("home");
    for (name, display_name, but) in named_clients() {
        let app = home.and_then(|home| home.apps.values().find(|app| app.display_name == display_name));
        if let Some(app) = app {
            clients.insert(name.to_owned(), client(app, "home", but));
        }
    }
    if let Some(backend) = clients.get("backend") {
        let unregistered = Client {
            likeness: like("backend", Some("is not registered")),
            id: "0000000000000000000000000000dead".to_owned(),
            ..backend.clone()
        };
        clients.insert("unregistered".to_owned(), unregistered);
    }
    let is_named = |label: &str, app: &App| {
        label == "home" && named_clients().any(|(_, display_name, _)| display_name == app.display_name)
    };
    for domain in landscape.domains.values() {
        let others = domain
            .apps
            .values()
            .filter(|app| app.is_client && !is_named(&domain.label, app));
        let mut others: Vec<&App> = others.collect();
        others.sort_by_key(|app| &app.display_name);
        for app in others {
            put(&mut clients, &app.display_name, client(app, &domain.label, None));
        }
    }
    clients
}

fn users(landscape: &Landscape) -> IndexMap<String, User> {
    let mut users = IndexMap::new();
    let of_domain = |user: &DomainUser, domain: &str, but: Option<&str>| User {
        likeness: like("employee", but),
        name: user.name.clone(),
        domain: domain.to_owned(),
        password: user.password.as_ref().map(|password| given(password.expose())),
    };
    if let Some(home) = landscape.domain_labelled("home") {
        for (name, user, but) in USERS {
            match home.users.get(user) {
                Some(user) => drop(users.insert(name.to_owned(), of_domain(user, "home", but))),
                None if IN_NO_DIRECTORY.contains(&name) && users.contains_key("employee") => {
                    let unlisted = User {
                        likeness: like("employee", but),
                        name: user.to_owned(),
                        domain: "home".to_owned(),
                        password: None,
                    };
                    users.insert(name.to_owned(), unlisted);
                }
                None => {}
            }
        }
    }
    for domain in landscape.domains.values() {
        for user in domain.users.values() {
            let is_named = domain.label == "home" && USERS.iter().any(|(_, name, _)| *name == user.name);
            if !is_named {
                put(&mut users, &user.name, of_domain(user, &domain.label, None));
            }
        }
    }
    users
}

/// What scenarios ask of the pod of the flows.
fn apis_of_the_pod(dev: &Pod, landscape: &Landscape, apis: &mut IndexMap<String, Api>) {
    for (name, code, but) in AGENTS {
        if dev.agents.contains_key(code) || name == "unknown-agent" {
            apis.insert(name.to_owned(), agent(dev, landscape, code, but));
        }
    }
    let field_service = Api {
        scope: reference::FIELD_SERVICE_SCOPES.join(" "),
        audience: reference::FIELD_SERVICE_AUDIENCE.to_owned(),
        ..agent(dev, landscape, reference::AGENT, Some("it has two scopes"))
    };
    apis.insert("field-service".to_owned(), field_service);
    let platform = ["platform", "platform-below", "platform-beside"];
    for (name, scope) in platform.into_iter().zip(reference::PLATFORM_SCOPES) {
        let api = Api {
            scope: format!("{}{scope}", reference::PLATFORM_AUDIENCE),
            audience: reference::PLATFORM_AUDIENCE.to_owned(),
            ..api(ApiKind::Plain, dev, landscape, "", "", None)
        };
        apis.insert(name.to_owned(), api);
    }
    apis.insert(
        "objects".to_owned(),
        api(
            ApiKind::FusionAi,
            dev,
            landscape,
            &dev.boss_audience,
            &dev.objects_scope(),
            None,
        ),
    );
    apis.insert("pages".to_owned(), pages(dev, landscape));
    for code in dev
        .agents
        .keys()
        .filter(|code| !AGENTS.iter().any(|(_, known, _)| known == code))
    {
        put(apis, &format!("{}-{code}", dev.name), agent(dev, landscape, code, None));
    }
}

fn agent(pod: &Pod, landscape: &Landscape, code: &str, but: Option<&str>) -> Api {
    let (audience, scope) = (&pod.spectra_audience, pod.agent_scope());
    Api {
        agent: Some(code.to_owned()),
        prompt: Some("What can you do?".to_owned()),
        ..api(ApiKind::FusionAi, pod, landscape, audience, &scope, like("agents", but))
    }
}

fn pages(pod: &Pod, landscape: &Landscape) -> Api {
    let audience = pod.adf_audiences.first().map(String::as_str).unwrap_or_default();
    api(ApiKind::FusionAdf, pod, landscape, audience, &pod.pages_scope(), None)
}

fn api(
    kind: ApiKind,
    pod: &Pod,
    landscape: &Landscape,
    audience: &str,
    scope: &str,
    likeness: Option<Likeness>,
) -> Api {
    let domain = landscape.domains.get(&pod.domain).map(|domain| domain.label.clone());
    Api {
        likeness,
        kind,
        domain: domain.unwrap_or_default(),
        url: format!("https://{}", pod.host),
        audience: audience.to_owned(),
        scope: scope.to_owned(),
        agent: None,
        prompt: None,
        integration: None,
        instance: None,
    }
}

fn given(text: &str) -> SecretReference {
    SecretReference::Given(Secret::from_text(text))
}

/// The levers that embedded servers lend.
pub const EMBEDDED_LEVERS: [Lever; 5] = [
    Lever::Clock,
    Lever::Registration,
    Lever::Witness,
    Lever::Mint,
    Lever::ClientCertificate,
];

#[cfg(test)]
mod tests {
    use tenantproof_mocks::landscape::profile::Profile;

    use super::*;
    use crate::landscapes::published_reference;

    #[test]
    fn the_reference_landscape_has_everybody_of_the_tables() {
        let loaded = published_reference(Profile::default());
        let target = target_of(&loaded.landscape, &loaded.keys);
        for (name, ..) in named_clients() {
            assert!(target.clients.contains_key(name), "{name}");
        }
        for (name, ..) in USERS {
            assert!(target.users.contains_key(name), "{name}");
        }
        for (name, ..) in AGENTS {
            assert!(target.apis.contains_key(name), "{name}");
        }
    }

    #[test]
    fn a_name_that_is_taken_gets_a_number_and_no_name_leaves_its_folder() {
        let mut entries = IndexMap::new();
        for name in ["../A b", "../a b", "x"] {
            put(&mut entries, name, ());
        }
        assert_eq!(entries.keys().collect::<Vec<_>>(), ["---a-b", "---a-b-2", "x"]);
    }
}
