//! The reference landscape: the one of the article series (seeds 000 and 001), with a neighbour for every mistake.
//!
//! Two domains, one pod for each, a backend that does everything right, clients that differ from it in one thing, and users who do.

use crate::jose::key::SigningKey;
use crate::keys;
use crate::landscape::builder::{LandscapeBuilder, certificate, trust};
use crate::landscape::profile::Profile;
use crate::landscape::{
    AGENT_RUNTIME_ROLE, AgentOutcome, App, CLIENT_CREDENTIALS, ClientType, Domain, JWT_BEARER, Landscape, Pod,
    UserStatus,
};

/// Issuer text of the key that embedded servers lend.
pub const LENT_ISSUER: &str = "https://lent-issuer.example/";
/// Issuer text of a second issuer that the pod trusts.
pub const SECOND_ISSUER: &str = "https://second-issuer.example/";
/// The agent of the flows.
pub const AGENT: &str = "EXPENSE_HELPER";
/// An agent whose jobs end in an error.
pub const FAILING_AGENT: &str = "ALWAYS_FAILS";
/// An agent whose jobs wait for a person.
pub const WAITING_AGENT: &str = "ASKS_A_PERSON";
/// An agent that only the colleague may use.
pub const COLLEAGUES_AGENT: &str = "PAYROLL_HELPER";

/// The keys of everybody who signs.
#[derive(Clone, Debug)]
pub struct ReferenceKeys {
    /// Signs the tokens of the home domain.
    pub home: SigningKey,
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
}

impl ReferenceKeys {
    /// Published keys, for tests and embedded runs.
    pub fn published() -> Self {
        Self {
            home: keys::rfc9500(),
            second: keys::rfc7516_a2(),
            backend: keys::rfc7515(),
            other: keys::rfc7516_a1(),
            lent: keys::rfc7517(),
            second_issuer: keys::rfc7520(),
        }
    }

    /// Fresh keys, for servers that others can reach. Costs about a second.
    pub fn fresh() -> Self {
        let [home, second, backend, other, lent, second_issuer] = std::array::from_fn(|_| SigningKey::generate());
        Self {
            home,
            second,
            backend,
            other,
            lent,
            second_issuer,
        }
    }
}

/// The secrets of the reference clients.
#[derive(Clone, Debug)]
pub struct ReferenceSecrets {
    /// Makes the secret of the client of this name.
    pub secret_of: fn(&str) -> String,
}

/// Published secrets for embedded runs: nothing that anybody would keep.
pub const PUBLISHED_SECRETS: ReferenceSecrets = ReferenceSecrets {
    secret_of: published_secret,
};

fn published_secret(client: &str) -> String {
    // Characters that must be form-encoded inside Basic credentials (IDCS-OAUTH-004) stand in every secret.
    format!("published+secret%of:{client}/1")
}

/// The reference landscape.
pub fn reference(profile: Profile, keys: &ReferenceKeys, secret_of: &dyn Fn(&str) -> String) -> Landscape {
    let agents = [AGENT, FAILING_AGENT, WAITING_AGENT];
    let colleague_roles = Pod::roles_for(&[AGENT, COLLEAGUES_AGENT]);
    let employee_roles = Pod::roles_for(&agents);
    let roles = |roles: &[String]| roles.to_vec();
    let with_roles = |pod: Pod, name: &str, display: &str, granted: &[String]| {
        let granted: Vec<&str> = granted.iter().map(String::as_str).collect();
        pod.user_named(name, display, &granted)
    };

    let mut pod = Pod::new("DEV5", 1_234_567)
        .agent(AGENT, AgentOutcome::Complete)
        .agent(FAILING_AGENT, AgentOutcome::Error)
        .agent(WAITING_AGENT, AgentOutcome::Waiting)
        .agent(COLLEAGUES_AGENT, AgentOutcome::Complete)
        .agent("DRAFT_HELPER", AgentOutcome::Complete)
        .user_named("newcomer.example", "Nora Newcomer", &[AGENT_RUNTIME_ROLE]);
    if let Some(draft) = pod.agents.get_mut("DRAFT_HELPER") {
        draft.published = false;
        draft.role = format!("{AGENT}_USER");
    }
    pod = with_roles(pod, "ada.example", "Ada Employee", &roles(&employee_roles));
    pod = with_roles(pod, "grace.example", "Grace Colleague", &roles(&colleague_roles));
    pod = with_roles(pod, "Mary Ann Two-Names", "Mary Ann Two-Names", &roles(&employee_roles));
    pod = with_roles(pod, "left.example", "Lee Former", &roles(&employee_roles));
    if let Some(former) = pod.users.get_mut("left.example") {
        former.active = false;
    }
    pod.trusted
        .push(trust(LENT_ISSUER, "issuer-1", &certificate("lent issuer", &keys.lent)));
    pod.trusted.push(trust(
        SECOND_ISSUER,
        "issuer-2",
        &certificate("second issuer", &keys.second_issuer),
    ));

    let other_pod = Pod::new("TEST1", 7_654_321).agent(AGENT, AgentOutcome::Complete);

    let both = [CLIENT_CREDENTIALS, JWT_BEARER];
    let agent_scope = pod.agent_scope();
    let pages_scope = pod.pages_scope();
    let other_scope = other_pod.agent_scope();
    let backend_certificate = || certificate("backend-2026", &keys.backend);
    let app = |name: &str| {
        App::new(name)
            .secret(&secret_of(name))
            .grants(&both)
            .scopes(&[agent_scope.as_str()])
    };

    let mut home = Domain::new("home", keys.home.clone())
        .user_named("ada.example", "Ada Employee")
        .user_named("grace.example", "Grace Colleague")
        .user_named("newcomer.example", "Nora Newcomer")
        .user_named("Mary Ann Two-Names", "Mary Ann Two-Names")
        .user_named("left.example", "Lee Former")
        .user_named("domain-only.example", "Dora Domain")
        .user_with_status("locked.example", "Lou Locked", UserStatus::Locked)
        .user_with_status("deactivated.example", "Dan Deactivated", UserStatus::Deactivated)
        .app(app("backend").certificate(backend_certificate()))
        .app(app("other-client").certificate(certificate("other-2026", &keys.other)))
        .app(
            App {
                client_type: ClientType::Trusted,
                ..app("no-assertions").grants(&[CLIENT_CREDENTIALS])
            }
            .certificate(backend_certificate()),
        )
        .app(
            app("assertions-only")
                .grants(&[JWT_BEARER])
                .certificate(backend_certificate()),
        )
        .app(
            App {
                active: false,
                ..app("inactive")
            }
            .certificate(backend_certificate()),
        )
        .app(app("no-certificate"))
        .app(
            App {
                secret_allowed: false,
                ..app("key-only")
            }
            .certificate(backend_certificate()),
        )
        .app(App {
            client_type: ClientType::Public,
            secret: None,
            ..app("public")
        })
        .app(
            app("pages")
                .scopes(&[&agent_scope, &pages_scope])
                .certificate(backend_certificate()),
        );
    for resource in pod.resources().into_iter().chain(other_pod.resources()) {
        home = home.resource(resource);
    }
    let _ = &other_scope;
    let second = Domain::new("second", keys.second.clone())
        .user_named("ada.example", "Ada Elsewhere")
        .app(
            App::new("backend-of-second")
                .secret(&secret_of("backend-of-second"))
                .grants(&both)
                .certificate(certificate("backend-2026", &keys.other)),
        );

    LandscapeBuilder::default()
        .profile(profile)
        .domain(home)
        .domain(second)
        .pod(pod, "home")
        .pod(other_pod, "home")
        .build()
        .expect("the reference landscape holds together")
}
