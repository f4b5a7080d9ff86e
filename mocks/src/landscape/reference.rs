//! The reference landscape: the one of the article series (seeds 000 and 001), with a neighbour for every mistake.
//!
//! Two domains, one pod for each, a backend that does everything right, clients that differ from it in one thing, and users who do.

use std::sync::Arc;

use crate::jose::key::{Signatures, SigningKey};
use crate::keys;
use crate::landscape::builder::{LandscapeBuilder, certificate, trust};
use crate::landscape::file::Keyring;
use crate::landscape::profile::Profile;
use crate::landscape::reference_connections;
use crate::landscape::reference_instances::{Instances, instance_hosts};
use crate::landscape::reference_rows;
use crate::landscape::{
    AGENT_RUNTIME_ROLE, AUTHORIZATION_CODE, AgentOutcome, App, CLIENT_CREDENTIALS, ClientType, DEVICE_CODE, Domain,
    IMPLICIT, IT_SECURITY_MANAGER_ROLE, JWT_BEARER, Landscape, PASSWORD, Pod, REFRESH_TOKEN, Resource, SAML_BEARER,
    SELF_DETAILS_PRIVILEGE, TLS_CLIENT, TOKEN_EXCHANGE, TrustScope, UserStatus,
};

/// Issuer text of the key that embedded servers lend.
pub const LENT_ISSUER: &str = "https://lent-issuer.example/";
/// The key id of that key.
pub const LENT_KEY_ID: &str = "issuer-1";
/// Issuer text of a second issuer that the pod trusts.
pub const SECOND_ISSUER: &str = "https://second-issuer.example/";
/// The agent of the flows.
pub const AGENT: &str = "EXPENSE_HELPER";
/// An agent whose jobs end in an error.
pub const FAILING_AGENT: &str = "ALWAYS_FAILS";
/// An agent whose jobs wait for a person.
pub const WAITING_AGENT: &str = "ASKS_A_PERSON";
/// The audience of a resource with two scopes.
pub const FIELD_SERVICE_AUDIENCE: &str = "urn:opc:resource:fusion:DEV5:field-service-common";
/// Its scopes.
pub const FIELD_SERVICE_SCOPES: [&str; 2] = [
    "urn:opc:resource:fusion:DEV5:field-service-common/use",
    "urn:opc:resource:fusion:DEV5:field-service-common/view",
];
/// An agent that was not published.
pub const DRAFT_AGENT: &str = "DRAFT_HELPER";
/// An agent that only the colleague may use.
pub const COLLEAGUES_AGENT: &str = "PAYROLL_HELPER";

/// When the home domain changes its key: thirty days after the time at which embedded servers stand, 2026-12-20 12:00 UTC.
pub const NEXT_KEY_FROM: u64 = 1_797_768_000;

/// The keys of everybody who signs.
#[derive(Clone, Debug)]
pub struct ReferenceKeys {
    /// Signs the tokens of the home domain.
    pub home: SigningKey,
    /// Signs them from [`NEXT_KEY_FROM`] on.
    pub next_home: SigningKey,
    /// Signs the tokens of the second domain.
    pub second: SigningKey,
    /// The backend's.
    pub backend: SigningKey,
    /// Another client's.
    pub other: SigningKey,
    /// Of the issuer that is lent.
    pub lent: SigningKey,
    /// Of the second issuer that the pod trusts.
    pub second_issuer: SigningKey,
    /// Of the tokens that the two pods make themselves.
    pub trust_services: [SigningKey; 2],
}

impl ReferenceKeys {
    /// Published keys, for tests and embedded runs.
    pub fn published() -> Self {
        Self {
            home: keys::rfc9500(),
            next_home: keys::rfc9421_b11(),
            second: keys::rfc7516_a2(),
            backend: keys::rfc7515(),
            other: keys::rfc7516_a1(),
            lent: keys::rfc7517(),
            second_issuer: keys::rfc7520(),
            trust_services: [keys::rfc9421_b12(), keys::rfc9421_b11()],
        }
    }

    /// The same keys, all of which keep their signatures here ([`SigningKey::keeping`]).
    #[must_use]
    pub fn keeping(self, signatures: &Arc<dyn Signatures>) -> Self {
        let keeping = |key: SigningKey| key.keeping(signatures.clone());
        Self {
            home: keeping(self.home),
            next_home: keeping(self.next_home),
            second: keeping(self.second),
            backend: keeping(self.backend),
            other: keeping(self.other),
            lent: keeping(self.lent),
            second_issuer: keeping(self.second_issuer),
            trust_services: self.trust_services.map(keeping),
        }
    }

    /// The keys by the names that landscape files give them.
    pub fn keyring(self) -> Keyring {
        let Self {
            home,
            next_home,
            second,
            backend,
            other,
            lent,
            second_issuer,
            trust_services: [of_pod, of_other_pod],
        } = self;
        let named = [
            ("home", home),
            ("next-home", next_home),
            ("second", second),
            ("backend", backend),
            ("other", other),
            ("lent", lent),
            ("second-issuer", second_issuer),
            ("pod", of_pod),
            ("other-pod", of_other_pod),
        ];
        named.map(|(name, key)| (name.to_owned(), key)).into()
    }

    /// Fresh keys, for servers that others can reach. Costs about a second.
    pub fn fresh() -> Self {
        let [
            home,
            next_home,
            second,
            backend,
            other,
            lent,
            second_issuer,
            of_pod,
            of_other_pod,
        ] = std::array::from_fn(|_| SigningKey::generate());
        Self {
            home,
            next_home,
            second,
            backend,
            other,
            lent,
            second_issuer,
            trust_services: [of_pod, of_other_pod],
        }
    }
}

/// The secret of a client in tests and embedded runs: nothing that anybody would keep.
///
/// That of `coded-secret` holds characters that must be form-encoded inside Basic credentials (IDCS-OAUTH-004).
pub fn published_secret(client: &str) -> String {
    match client {
        "coded-secret" => "published+secret%of:us/1".to_owned(),
        _ => format!("published-secret-of-{client}"),
    }
}

/// The host names of the reference landscape, in its order. They need no keys, so a server can listen before it has any.
pub fn hosts() -> Vec<String> {
    let mut domains = ["home", "second"].map(Domain::host_named);
    let mut pods = ["DEV5", "TEST1"].map(Pod::host_named);
    domains.sort();
    pods.sort();
    domains.into_iter().chain(pods).chain(instance_hosts()).collect()
}

/// The reference landscape, with the secrets that `secret_of` gives to clients and users, each by its name in the landscape.
pub fn reference(profile: Profile, keys: &ReferenceKeys, secret_of: &dyn Fn(&str) -> String) -> Landscape {
    let pod = reference_connections::with_accounts(pod(keys));
    let other_pod = Pod::new("TEST1", 7_654_321)
        .agent(AGENT, AgentOutcome::Complete)
        .trust_service(keys.trust_services[1].clone());
    let second = second(&pod, keys, secret_of);
    let other_pod = reference_connections::trusting(other_pod, &second);
    let home = home(&pod, &other_pod, keys, secret_of);
    let instances = Instances::new(keys, [&pod, &other_pod], secret_of);
    LandscapeBuilder::default()
        .profile(profile)
        .domain(instances.people(home, &pod, keys, secret_of))
        .domain(reference_connections::second_applications(
            second,
            &instances.edge,
            [&pod, &other_pod],
            (&keys.other, &keys.backend),
            secret_of,
        ))
        .pod(pod, "home")
        .pod(other_pod, "home")
        .instance(instances.dev)
        .instance(instances.test)
        .instance(instances.edge)
        .build()
        .expect("the reference landscape holds together")
}

/// The domain of somebody who wants to reach the pod from elsewhere: a resource that was made by hand for it (FUSION-105), a client that may
/// ask for it, and an administrator.
fn second(pod: &Pod, keys: &ReferenceKeys, secret_of: &dyn Fn(&str) -> String) -> Domain {
    let resource = Resource {
        name: "Fusion, from elsewhere".to_owned(),
        audience: pod.host_audience(),
        scopes: vec!["/".to_owned()],
        ..Resource::default()
    };
    let app = |name: &str| {
        App::new(name)
            .secret(&secret_of(name))
            .grants(&[CLIENT_CREDENTIALS, JWT_BEARER])
    };
    let backend = app("backend-of-second")
        .scopes(&[&format!("{}/", resource.audience)])
        .certificate(certificate("backend-2026", &keys.other));
    Domain::new("second", keys.second.clone())
        .user_named("ada.example", "Ada Elsewhere")
        .resource(resource)
        .app(backend)
        .app(app("administrator-of-second"))
        .role_of_app("administrator-of-second", "Identity Domain Administrator")
}

fn home(pod: &Pod, other_pod: &Pod, keys: &ReferenceKeys, secret_of: &dyn Fn(&str) -> String) -> Domain {
    let agents = pod.agent_scope();
    let known = || certificate("backend-2026", &keys.backend);
    let app = |name: &str| {
        App::new(name)
            .secret(&secret_of(name))
            .grants(&[CLIENT_CREDENTIALS, JWT_BEARER])
            .scopes(&[agents.as_str(), FIELD_SERVICE_SCOPES[0], FIELD_SERVICE_SCOPES[1]])
    };
    // A certificate of its own for each, so that whose it is can be told.
    let shows_certificate = |name: &str, key: &SigningKey| {
        app(name)
            .grants(&[CLIENT_CREDENTIALS, TLS_CLIENT])
            .certificate(certificate(&format!("{name}-2026"), key))
    };
    let home = Domain::new("home", keys.home.clone())
        .next_key(NEXT_KEY_FROM, keys.next_home.clone())
        .user_named("ada.example", "Ada Employee")
        .user_named("grace.example", "Grace Colleague")
        .user_named("newcomer.example", "Nora Newcomer")
        .user_named("no-runtime.example", "Rita Roleless")
        .user_named("no-page.example", "Nat Nopage")
        .user_named("Mary Ann Two-Names", "Mary Ann Two-Names")
        .user_named("left.example", "Lee Former")
        .user_named("reader.example", "Rex Reader")
        .user_named("no-data.example", "Dina Nodata")
        .user_named("specialist.example", "Ines Specialist")
        .user_named("security.example", "Sven Security")
        .user_named("auditor.example", "Ahmed Auditor")
        .user_named("agents-admin.example", "Agatha Agents")
        .user_named("no-groups.example", "Noel Nogroups")
        .user_named("domain-only.example", "Dora Domain")
        .user_named("ingrid.example", "Ingrid Itsecurity")
        .user_named("locked-in-pod.example", "Luc Lockedout")
        .user_with_status("locked.example", "Lou Locked", UserStatus::Locked)
        .user_with_status("deactivated.example", "Dan Deactivated", UserStatus::Deactivated)
        .app(app("backend").certificate(known()))
        .app(app("other-client").certificate(certificate("other-2026", &keys.other)))
        .app(app("no-assertions").grants(&[CLIENT_CREDENTIALS]).certificate(known()))
        .app(app("assertions-only").grants(&[JWT_BEARER]).certificate(known()))
        .app(App {
            may_introspect: true,
            ..app("inspector")
                .grants(&[CLIENT_CREDENTIALS, JWT_BEARER, REFRESH_TOKEN])
                .certificate(known())
        })
        .app(App {
            active: false,
            may_introspect: true,
            ..app("inactive").certificate(known())
        })
        .app(shows_certificate("certificate-bearer", &keys.backend))
        .app(shows_certificate("other-certificate-bearer", &keys.other))
        .app(app("no-certificate"))
        .app(app("coded-secret"))
        .app(App {
            secret_allowed: false,
            ..app("key-only").certificate(known())
        })
        .app(App {
            client_type: ClientType::Public,
            secret: None,
            ..app("public")
        })
        .app(app(reference_rows::SERVICE_ACCOUNT).scopes(&[&agents, &pod.pages_scope(), &pod.objects_scope()]))
        .app(app("pages").scopes(&[&agents, &pod.pages_scope()]).certificate(known()));
    let home = home.passwords(&|user| secret_of(user));
    let home = applications_of_the_platform(home, secret_of);
    let home = applications_of_people(home, pod, keys, secret_of);
    let home = administrators(home, &agents, keys, secret_of);
    pod.resources()
        .into_iter()
        .chain(other_pod.resources())
        .chain([field_service()])
        .fold(home, Domain::resource)
}

/// Where the applications of people send them back to.
pub const CALLBACK: &str = "https://app.example/callback";
/// The other address of an application that has two.
pub const OTHER_CALLBACK: &str = "https://app.example/other-callback";
/// The address of an application on a person's own machine.
pub const LOOPBACK_CALLBACK: &str = "http://127.0.0.1:8765/callback";
/// Where people are sent after they signed out.
pub const SIGNED_OUT: &str = "https://app.example/signed-out";

/// Applications that people sign in to, each different in one thing from `portal`.
fn applications_of_people(home: Domain, pod: &Pod, keys: &ReferenceKeys, secret_of: &dyn Fn(&str) -> String) -> Domain {
    let portal = |name: &str| App {
        post_logout_redirect_uris: vec![SIGNED_OUT.to_owned()],
        ..App::new(name)
            .secret(&secret_of(name))
            .grants(&[AUTHORIZATION_CODE, REFRESH_TOKEN])
            .redirects(&[CALLBACK])
            .scopes(&[
                pod.agent_scope().as_str(),
                FIELD_SERVICE_SCOPES[0],
                FIELD_SERVICE_SCOPES[1],
            ])
    };
    let public = |name: &str| App {
        client_type: ClientType::Public,
        secret: None,
        ..portal(name)
    };
    home.app(portal("portal"))
        .app(portal("other-portal"))
        .app(portal("portal-of-two-addresses").redirects(&[CALLBACK, OTHER_CALLBACK]))
        .app(portal("portal-without-refresh").grants(&[AUTHORIZATION_CODE]))
        .app(portal("portal-without-codes").grants(&[CLIENT_CREDENTIALS]))
        .app(App {
            active: false,
            ..portal("sleeping-portal")
        })
        .app(App {
            consent_bypassed: true,
            ..portal("trusted-portal")
        })
        .app(
            portal("hybrid-portal")
                .grants(&[AUTHORIZATION_CODE, IMPLICIT, JWT_BEARER, REFRESH_TOKEN])
                .certificate(certificate("backend-2026", &keys.backend)),
        )
        .app(public("single-page"))
        .app(App {
            plain_http_allowed: true,
            ..public("native").redirects(&[LOOPBACK_CALLBACK])
        })
        .app(public("television").grants(&[DEVICE_CODE, REFRESH_TOKEN]))
        .app(public("other-television").grants(&[DEVICE_CODE, REFRESH_TOKEN]))
        .app(portal("password-taker").grants(&[
            CLIENT_CREDENTIALS,
            PASSWORD,
            REFRESH_TOKEN,
            SAML_BEARER,
            TOKEN_EXCHANGE,
        ]))
}

/// The audience of a resource whose scopes stand one below the other (IDCS-OAUTH-409).
pub const PLATFORM_AUDIENCE: &str = "https://platform.example:443";
/// Its scopes: one, one below it, and one beside that.
pub const PLATFORM_SCOPES: [&str; 3] = [
    "urn:opc:resource:consumer:paas::read",
    "urn:opc:resource:consumer:paas:analytics::read",
    "urn:opc:resource:consumer:paas:analytics::write",
];

/// A resource with a tree of scopes, a client that was given the root of it, and one that trusts the whole account (IDCS-OAUTH-407).
fn applications_of_the_platform(home: Domain, secret_of: &dyn Fn(&str) -> String) -> Domain {
    let client = |name: &str| App::new(name).secret(&secret_of(name)).grants(&[CLIENT_CREDENTIALS]);
    home.resource(Resource {
        name: "Platform Services".to_owned(),
        audience: PLATFORM_AUDIENCE.to_owned(),
        scopes: PLATFORM_SCOPES.map(str::to_owned).to_vec(),
        ..Resource::default()
    })
    .app(client("platform-reader").scopes(&[&format!("{PLATFORM_AUDIENCE}{}", PLATFORM_SCOPES[0])]))
    .app(App {
        trust_scope: TrustScope::Account,
        ..client("account-wide")
    })
}

/// Applications that administer the domain, each with a role of its own.
fn administrators(home: Domain, agents: &str, keys: &ReferenceKeys, secret_of: &dyn Fn(&str) -> String) -> Domain {
    let roles = [
        ("domain-administrator", "Identity Domain Administrator"),
        ("application-administrator", "Application Administrator"),
        ("security-administrator", "Security Administrator"),
        ("user-administrator", "User Administrator"),
    ];
    let home = roles.into_iter().fold(home, |home, (name, role)| {
        let app = App::new(name).secret(&secret_of(name)).grants(&[CLIENT_CREDENTIALS]);
        home.app(app).role_of_app(name, role)
    });
    // A client through which people see to their own: it may do more than they may.
    let name = "self-service";
    let app = App::new(name)
        .secret(&secret_of(name))
        .grants(&[CLIENT_CREDENTIALS, JWT_BEARER])
        .scopes(&[agents])
        .certificate(certificate("backend-2026", &keys.backend));
    home.app(app)
        .role_of_app(name, "Me")
        .role_of_app(name, "Application Administrator")
}

/// A resource with two scopes (FUSION-109), for requests that ask for both.
fn field_service() -> Resource {
    Resource {
        name: "Fusion Field Service".to_owned(),
        audience: FIELD_SERVICE_AUDIENCE.to_owned(),
        scopes: vec!["/use".to_owned(), "/view".to_owned()],
        offline_allowed: true,
        ..Resource::default()
    }
}

fn pod(keys: &ReferenceKeys) -> Pod {
    let employee = Pod::roles_for(&[AGENT, FAILING_AGENT, WAITING_AGENT, DRAFT_AGENT]);
    let colleague = Pod::roles_for(&[AGENT, COLLEAGUES_AGENT]);
    let role_of_agent = format!("{AGENT}_USER");
    let users: [(&str, &str, Vec<String>); 9] = [
        ("ada.example", "Ada Employee", employee.clone()),
        ("grace.example", "Grace Colleague", colleague),
        ("newcomer.example", "Nora Newcomer", vec![AGENT_RUNTIME_ROLE.to_owned()]),
        ("no-runtime.example", "Rita Roleless", vec![role_of_agent]),
        ("no-page.example", "Nat Nopage", employee.clone()),
        ("Mary Ann Two-Names", "Mary Ann Two-Names", employee.clone()),
        ("left.example", "Lee Former", employee.clone()),
        (
            "ingrid.example",
            "Ingrid Itsecurity",
            vec![IT_SECURITY_MANAGER_ROLE.to_owned()],
        ),
        ("locked-in-pod.example", "Luc Lockedout", employee),
    ];
    let mut pod = Pod::new("DEV5", 1_234_567)
        .agent(AGENT, AgentOutcome::Complete)
        .agent(FAILING_AGENT, AgentOutcome::Error)
        .agent(WAITING_AGENT, AgentOutcome::Waiting)
        .agent(COLLEAGUES_AGENT, AgentOutcome::Complete)
        .agent(DRAFT_AGENT, AgentOutcome::Complete);
    for (name, display_name, roles) in users {
        pod = pod.user_named(
            name,
            display_name,
            &roles.iter().map(String::as_str).collect::<Vec<_>>(),
        );
    }
    if let Some(pageless) = pod.users.get_mut("no-page.example") {
        pageless.roles.retain(|role| role != SELF_DETAILS_PRIVILEGE);
    }
    if let Some(former) = pod.users.get_mut("left.example") {
        former.active = false;
    }
    if let Some(locked) = pod.users.get_mut("locked-in-pod.example") {
        locked.locked = true;
    }
    let mut pod = reference_rows::people_and_rows(pod);
    if let Some(draft) = pod.agents.get_mut(DRAFT_AGENT) {
        draft.published = false;
    }
    pod.trusted
        .push(trust(LENT_ISSUER, LENT_KEY_ID, &certificate(LENT_KEY_ID, &keys.lent)));
    pod.trusted.push(trust(
        SECOND_ISSUER,
        "issuer-2",
        &certificate("issuer-2", &keys.second_issuer),
    ));
    pod.trust_service(keys.trust_services[0].clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_known_before_the_landscape_is() {
        let landscape = reference(Profile::default(), &ReferenceKeys::published(), &published_secret);
        assert_eq!(hosts(), landscape.hosts().collect::<Vec<_>>());
    }
}
