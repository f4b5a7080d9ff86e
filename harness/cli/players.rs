//! Who is who in the reference landscape, by the names that scenarios bind: the table behind embedded targets and served ones.

use indexmap::IndexMap;
use tenantproof_harness::scenario::model::Lever;
use tenantproof_harness::target::{
    Api, ApiKind, Client, Domain, Levers, Likeness, Pem, Secret, SecretReference, Target, User,
};
use tenantproof_mocks::landscape::reference::{self, ReferenceKeys};
use tenantproof_mocks::landscape::{Landscape, Pod};

use crate::integration_players;

/// A user: target name, user name, and how they differ from `employee`.
const USERS: [(&str, &str, Option<&str>); 20] = [
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
];

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
    ("pages-backend", "pages", Some("may ask for the pages too")),
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

/// The target that describes a reference landscape, reached under its own names.
pub fn target_of(landscape: &Landscape, keys: &ReferenceKeys) -> Target {
    let domain = |label: &str| {
        landscape
            .domains
            .values()
            .find(|domain| domain.label == label)
            .expect("the reference has both domains")
    };
    let pod = |name: &str| {
        landscape
            .pods
            .values()
            .find(|pod| pod.name == name)
            .expect("the reference has both pods")
    };
    let (home, second) = (domain("home"), domain("second"));
    let (dev, test) = (pod("DEV5"), pod("TEST1"));
    let like = |name: &str, but: Option<&str>| {
        but.map(|but| Likeness {
            like: name.to_owned(),
            but: but.to_owned(),
        })
    };

    let domains = [home, second].map(|domain| {
        let entity = Domain {
            likeness: None,
            url: domain.url(),
            issuer: domain.issuer.clone(),
            assertion_audience: domain.issuer.clone(),
            leeway: u32::try_from(domain.leeway).ok(),
            signing_certificate: Some(Pem::Text(domain.signing.certificate.to_pem())),
        };
        (domain.label.clone(), entity)
    });
    let clients = CLIENTS.into_iter().chain(integration_players::CLIENTS);
    let clients = clients.map(|(name, display_name, but)| {
        let app = home
            .apps
            .values()
            .find(|app| app.display_name == display_name)
            .expect("the table names clients of the reference");
        let is_other = ["other-client", "other-certificate-bearer"].contains(&name);
        let key = if is_other { &keys.other } else { &keys.backend };
        let certificate = app.certificates.first();
        let entity = Client {
            likeness: like("backend", but),
            domain: "home".to_owned(),
            display_name: Some(app.display_name.clone()),
            id: app.client_id.clone(),
            secret: app.secret.as_ref().map(|secret| given(secret.expose())),
            key: Some(given(&key.to_pem())),
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
        };
        (name.to_owned(), entity)
    });
    let mut clients: IndexMap<String, Client> = clients.collect();
    let unregistered = Client {
        likeness: like("backend", Some("is not registered")),
        id: "0000000000000000000000000000dead".to_owned(),
        ..clients["backend"].clone()
    };
    clients.insert("unregistered".to_owned(), unregistered);
    for (name, but) in [
        ("backend-of-second", "is one of the second domain"),
        ("administrator-of-second", "administers the second domain"),
    ] {
        let app = second.apps.values().find(|app| app.display_name == name);
        let app = app.expect("the second domain of the reference has both clients");
        let entity = Client {
            likeness: like("backend", Some(but)),
            domain: "second".to_owned(),
            display_name: Some(app.display_name.clone()),
            id: app.client_id.clone(),
            secret: app.secret.as_ref().map(|secret| given(secret.expose())),
            key: Some(given(&keys.other.to_pem())),
            certificate: app
                .certificates
                .first()
                .map(|certificate| Pem::Text(certificate.to_pem())),
            certificate_alias: app.certificates.first().map(|certificate| certificate.alias.clone()),
            redirect_uri: None,
            post_logout_uri: None,
            grants: app.grants.clone(),
            ..clients["backend"].clone()
        };
        clients.insert(name.to_owned(), entity);
    }
    let users = USERS.map(|(name, user, but)| {
        let entity = User {
            likeness: like("employee", but),
            name: user.to_owned(),
            domain: "home".to_owned(),
            password: home
                .users
                .get(user)
                .and_then(|user| user.password.as_ref())
                .map(|password| given(password.expose())),
        };
        (name.to_owned(), entity)
    });
    let agent = |pod: &Pod, code: &str, but: Option<&str>| Api {
        agent: Some(code.to_owned()),
        prompt: Some("What can you do?".to_owned()),
        ..api(
            ApiKind::FusionAi,
            pod,
            &pod.spectra_audience,
            &pod.agent_scope(),
            like("agents", but),
        )
    };
    let mut apis: IndexMap<String, Api> = AGENTS
        .iter()
        .map(|(name, code, but)| ((*name).to_owned(), agent(dev, code, *but)))
        .collect();
    apis.insert(
        "other-agents".to_owned(),
        agent(test, reference::AGENT, Some("it is on another pod")),
    );
    let field_service = Api {
        scope: reference::FIELD_SERVICE_SCOPES.join(" "),
        audience: reference::FIELD_SERVICE_AUDIENCE.to_owned(),
        ..agent(dev, reference::AGENT, Some("it has two scopes"))
    };
    apis.insert("field-service".to_owned(), field_service);
    let platform = ["platform", "platform-below", "platform-beside"];
    for (name, scope) in platform.into_iter().zip(reference::PLATFORM_SCOPES) {
        let api = Api {
            scope: format!("{}{scope}", reference::PLATFORM_AUDIENCE),
            audience: reference::PLATFORM_AUDIENCE.to_owned(),
            ..api(ApiKind::Plain, dev, "", "", None)
        };
        apis.insert(name.to_owned(), api);
    }
    apis.insert(
        "objects".to_owned(),
        api(ApiKind::FusionAi, dev, &dev.boss_audience, &dev.objects_scope(), None),
    );
    apis.insert(
        "pages".to_owned(),
        api(ApiKind::FusionAdf, dev, &dev.adf_audiences[0], &dev.pages_scope(), None),
    );
    apis.extend(integration_players::apis(landscape));
    let elsewhere = Api {
        domain: "second".to_owned(),
        ..api(
            ApiKind::FusionAdf,
            dev,
            &dev.host_audience(),
            &format!("{}/", dev.host_audience()),
            Some(Likeness {
                like: "pages".to_owned(),
                but: "the second domain's token is for it".to_owned(),
            }),
        )
    };
    apis.insert("pages-from-elsewhere".to_owned(), elsewhere);
    for client in clients.values_mut() {
        let app = home.apps.values().find(|app| app.client_id == client.id);
        let given = |api: &&Api| {
            app.is_some_and(|app| {
                api.scope
                    .split(' ')
                    .all(|scope| app.allowed_scopes.iter().any(|known| known == scope))
            })
        };
        let may_ask = apis.iter().filter(|(_, api)| api.kind != ApiKind::Plain && given(api));
        client.scopes = may_ask.map(|(name, _)| name.clone()).collect();
    }
    Target {
        name: "embedded servers".to_owned(),
        profile: landscape.profile.name.name().to_owned(),
        hosts: landscape.hosts().map(str::to_owned).collect(),
        domains: domains.into_iter().collect(),
        clients,
        users: users.into_iter().collect(),
        apis,
        levers: Levers::default(),
        ..Target::default()
    }
}

fn api(kind: ApiKind, pod: &Pod, audience: &str, scope: &str, likeness: Option<Likeness>) -> Api {
    Api {
        likeness,
        kind,
        domain: "home".to_owned(),
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
