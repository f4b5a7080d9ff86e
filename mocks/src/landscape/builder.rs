//! Building a landscape that holds together.
//!
//! The builder takes what a test cares about, fills in the rest, and refuses what could not exist: two apps of one id, a scope that no
//! resource has, a pod of an unknown domain.

use std::collections::BTreeMap;
use std::sync::Arc;

use aws_lc_rs::digest;
use serde_json::Map;
use thiserror::Error;

use crate::env::hex;
use crate::jose::key::{Certificate, SigningKey};
use crate::keys;
use crate::landscape::directory::{Directory, Grant, Grantee, Meta};
use crate::landscape::domain_roles::{DOMAIN_APP, Role};
use crate::landscape::profile::{Profile, ProfileName};
use crate::landscape::trust_list::{TRUST_SERVICE_KEY_ID, TrustList, TrustService, TrustedIssuer};
use crate::landscape::{
    AGENT_RUNTIME_ROLE, AUTHENTICATED_USER_ROLE, AUTHORIZATION_CODE, Agent, AgentOutcome, App, ClientType, Domain,
    Instance, Landscape, Pod, PodUser, Resource, SELF_DETAILS_PRIVILEGE, SHARED_ISSUER, Secret, Signing, TrustScope,
    User, UserStatus,
};

/// The first second at which certificates made here are valid: 2025-01-01.
pub(crate) const CERTIFICATES_FROM: u64 = 1_735_689_600;
/// The last one: 2045-01-01.
pub(crate) const CERTIFICATES_UNTIL: u64 = 2_366_841_600;

/// Why a landscape does not hold together.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum LandscapeError {
    /// Two things of one name.
    #[error("there are two {what} named `{name}`")]
    Twice {
        /// The kind of thing.
        what: &'static str,
        /// Its name.
        name: String,
    },
    /// A name that nothing has.
    #[error("{by} names the {what} `{name}`, which does not exist")]
    Unknown {
        /// The kind of thing.
        what: &'static str,
        /// The name.
        name: String,
        /// What names it.
        by: String,
    },
}

/// Collects a landscape and checks it at the end.
#[derive(Debug, Default)]
pub struct LandscapeBuilder {
    profile: Profile,
    domains: Vec<Domain>,
    pods: Vec<(Pod, String)>,
    instances: Vec<Instance>,
}

impl LandscapeBuilder {
    /// Starts an empty landscape under a whole profile.
    pub fn new(profile: ProfileName) -> Self {
        Self {
            profile: Profile::whole(profile),
            ..Self::default()
        }
    }

    /// Replaces the profile.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.profile = profile;
        self
    }

    /// Adds an identity domain.
    #[must_use]
    pub fn domain(mut self, domain: Domain) -> Self {
        self.domains.push(domain);
        self
    }

    /// Adds a pod that takes the tokens of the domain of this label out of the box (FUSION-215).
    #[must_use]
    pub fn pod(mut self, pod: Pod, domain: &str) -> Self {
        self.pods.push((pod, domain.to_owned()));
        self
    }

    /// Adds an integration instance. Its domain must have its application (`Domain::instance`).
    #[must_use]
    pub fn instance(mut self, instance: Instance) -> Self {
        self.instances.push(instance);
        self
    }

    /// Checks the whole and gives it out.
    pub fn build(self) -> Result<Landscape, LandscapeError> {
        let mut landscape = Landscape {
            profile: self.profile,
            ..Landscape::default()
        };
        for domain in self.domains {
            check_scopes(&domain)?;
            let host = domain.host.clone();
            if landscape.domains.insert(host.clone(), Arc::new(domain)).is_some() {
                return Err(LandscapeError::Twice {
                    what: "sites",
                    name: host,
                });
            }
        }
        for (mut pod, label) in self.pods {
            let domain = landscape
                .domains
                .values_mut()
                .find(|domain| domain.label == label)
                .ok_or_else(|| LandscapeError::Unknown {
                    what: "domain",
                    name: label.clone(),
                    by: format!("pod `{}`", pod.name),
                })?;
            pod.domain.clone_from(&domain.host);
            let gateway = pod.gateway_app();
            Arc::make_mut(domain).apps.insert(gateway.client_id.clone(), gateway);
            let host = pod.host.clone();
            if landscape.domains.contains_key(&host) || landscape.pods.insert(host.clone(), Arc::new(pod)).is_some() {
                return Err(LandscapeError::Twice {
                    what: "sites",
                    name: host,
                });
            }
        }
        for instance in self.instances {
            let domain = landscape.domains.get(&instance.domain);
            if domain.is_none_or(|domain| domain.app_by_guid(&instance.app).is_none()) {
                return Err(LandscapeError::Unknown {
                    what: "domain with the application",
                    name: instance.domain.clone(),
                    by: format!("instance `{}`", instance.name),
                });
            }
            let host = instance.host.clone();
            if landscape.site(&host).is_some() {
                return Err(LandscapeError::Twice {
                    what: "sites",
                    name: host,
                });
            }
            landscape.instances.insert(host, Arc::new(instance));
        }
        Ok(landscape)
    }
}

fn check_scopes(domain: &Domain) -> Result<(), LandscapeError> {
    for app in domain.apps.values() {
        for scope in &app.allowed_scopes {
            if !domain.resources().any(|resource| resource.value_of(scope).is_some()) {
                let by = format!("client `{}`", app.client_id);
                return Err(LandscapeError::Unknown {
                    what: "scope",
                    name: scope.clone(),
                    by,
                });
            }
        }
    }
    Ok(())
}

/// An authorization server that a pod or an instance trusts.
pub fn trust(issuer: &str, key_id: &str, certificate: &Certificate) -> TrustedIssuer {
    TrustedIssuer {
        issuer: issuer.to_owned(),
        key_id: key_id.to_owned(),
        key: certificate.key.clone(),
        thumbprints: [certificate.x5t.clone(), certificate.x5t_s256.clone()],
    }
}

/// An id of 32 hexadecimal digits that follows from a text, for things that are named but not numbered.
pub fn id_of(text: &str) -> String {
    hex(&digest::digest(&digest::SHA256, text.as_bytes()).as_ref()[..16])
}

/// A certificate over `key`, valid for as long as tests care.
pub fn certificate(alias: &str, key: &SigningKey) -> Certificate {
    Certificate::self_signed(alias, key, alias, CERTIFICATES_FROM, CERTIFICATES_UNTIL)
}

/// What signs the tokens that the pod of this name makes itself: this key, and a certificate that the key signs for itself.
pub fn trust_service(pod: &str, key: SigningKey) -> TrustService {
    let name = format!("trust service of {pod}");
    TrustService {
        certificate: Certificate::self_signed(TRUST_SERVICE_KEY_ID, &key, &name, CERTIFICATES_FROM, CERTIFICATES_UNTIL),
        key,
    }
}

/// What signs the tokens of a domain: a key, the certificate over it, and that of the authority which signed it (IDCS-ADMIN-037,
/// IDCS-ADMIN-038).
pub fn signing(stripe: &str, key: SigningKey, authority: &SigningKey) -> Signing {
    Signing {
        certificate: Certificate::issued(stripe, &key, authority, CERTIFICATES_FROM, CERTIFICATES_UNTIL),
        authority: Certificate::authority(authority, CERTIFICATES_FROM, CERTIFICATES_UNTIL),
        key,
    }
}

/// A grant of a role that says no more than who holds what; its id follows from that.
pub fn plain_grant(grantee: Grantee, to: &str, app: &str, role: &str) -> Grant {
    let mechanism = match grantee {
        Grantee::User => "ADMINISTRATOR_TO_USER",
        Grantee::Group => "ADMINISTRATOR_TO_GROUP",
        Grantee::App => "ADMINISTRATOR_TO_APP",
    };
    Grant {
        id: id_of(&format!("grant {to} {role}")),
        mechanism: mechanism.to_owned(),
        grantee,
        to: to.to_owned(),
        app: app.to_owned(),
        role: Some(role.to_owned()),
        meta: Meta::default(),
        more: Map::new(),
    }
}

impl Domain {
    /// A domain of this label, with an id that follows from it and nobody in it.
    pub fn new(label: &str, key: SigningKey) -> Self {
        let stripe = Self::stripe_named(label);
        Self {
            label: label.to_owned(),
            host: Self::host_named(label),
            published_at: None,
            issuer: SHARED_ISSUER.to_owned(),
            leeway: 300,
            limited_as: None,
            signing: signing(&stripe, key, &keys::rfc9421_b12()),
            next_signing: None,
            stripe,
            apps: BTreeMap::new(),
            users: BTreeMap::new(),
            directory: Directory::default(),
            custom_claims: Vec::new(),
        }
    }

    /// Changes the key at this second (IDCS-ADMIN-042).
    #[must_use]
    pub fn next_key(mut self, from: u64, key: SigningKey) -> Self {
        self.next_signing = Some((from, signing(&self.stripe, key, &keys::rfc9421_b12())));
        self
    }

    /// The tenant name of the domain of this label.
    fn stripe_named(label: &str) -> String {
        format!("idcs-{}", id_of(label))
    }

    /// The host name of the domain of this label, known before there are keys for one.
    pub fn host_named(label: &str) -> String {
        format!("{}.identity.example", Self::stripe_named(label))
    }

    /// Adds an application.
    #[must_use]
    pub fn app(mut self, app: App) -> Self {
        self.apps.insert(app.client_id.clone(), app);
        self
    }

    /// Adds a resource, as an application of its name that asks for nothing itself.
    #[must_use]
    pub fn resource(self, resource: Resource) -> Self {
        let named = App::new(&resource.name);
        self.app(App {
            is_client: false,
            client_type: ClientType::Public,
            resource: Some(resource),
            ..named
        })
    }

    /// Gives every user a password.
    #[must_use]
    pub fn passwords(mut self, password_of: &dyn Fn(&str) -> String) -> Self {
        for user in self.users.values_mut() {
            user.password = Some(Secret::new(&password_of(&user.name)));
        }
        self
    }

    /// Gives an application one of the domain's own roles (IDCS-ADMIN-333).
    ///
    /// # Panics
    ///
    /// Where there is no such role, or no application of this display name.
    #[must_use]
    pub fn role_of_app(mut self, display_name: &str, role: &str) -> Self {
        let app = self.apps.values().find(|app| app.display_name == display_name);
        let app = app.expect("the application was added before its role").guid.clone();
        let role = Role::named(role).expect("the role is one of the domain's own");
        let grant = plain_grant(Grantee::App, &app, DOMAIN_APP, role.id);
        self.directory.grants.insert(grant.id.clone(), grant);
        self
    }

    /// Adds an active user.
    #[must_use]
    pub fn user_named(self, name: &str, display_name: &str) -> Self {
        self.user_with_status(name, display_name, UserStatus::Active)
    }

    /// Adds a user.
    #[must_use]
    pub fn user_with_status(mut self, name: &str, display_name: &str, status: UserStatus) -> Self {
        let user = User::named(name, display_name, status);
        self.users.insert(name.to_owned(), user);
        self
    }
}

impl User {
    /// A user without a password, whose id and mail address follow from the name.
    pub fn named(name: &str, display_name: &str, status: UserStatus) -> Self {
        let names = match display_name.rsplit_once(' ') {
            Some((given, family)) => (given.to_owned(), family.to_owned()),
            None => (String::new(), display_name.to_owned()),
        };
        Self {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            guid: id_of(name),
            status,
            password: None,
            second_factor: false,
            email: format!("{}@mail.example", id_of(name)),
            names,
            meta: Meta::default(),
            more: Map::new(),
        }
    }
}

impl App {
    /// An active confidential application whose ids follow from its name, without secret, grants or scopes.
    pub fn new(display_name: &str) -> Self {
        Self {
            client_id: id_of(&format!("client {display_name}")),
            display_name: display_name.to_owned(),
            guid: id_of(&format!("app {display_name}")),
            is_client: true,
            secret: None,
            client_type: ClientType::Confidential,
            active: true,
            grants: Vec::new(),
            allowed_scopes: Vec::new(),
            trust_scope: TrustScope::Explicit,
            certificates: Vec::new(),
            on_behalf_of: false,
            limited_to_networks: false,
            may_introspect: false,
            secret_allowed: true,
            secret_version: 0,
            redirect_uris: Vec::new(),
            plain_http_allowed: false,
            post_logout_redirect_uris: Vec::new(),
            consent_bypassed: false,
            resource: None,
            meta: Meta::default(),
            more: Map::new(),
        }
    }

    /// Gives it a secret.
    #[must_use]
    pub fn secret(mut self, secret: &str) -> Self {
        self.secret = Some(Secret::new(secret));
        self
    }

    /// Ticks grants.
    #[must_use]
    pub fn grants(mut self, grants: &[&str]) -> Self {
        self.grants = grants.iter().map(|grant| (*grant).to_owned()).collect();
        self
    }

    /// Allows fully qualified scopes.
    #[must_use]
    pub fn scopes(mut self, scopes: &[&str]) -> Self {
        self.allowed_scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
        self
    }

    /// Registers redirect URIs.
    #[must_use]
    pub fn redirects(mut self, uris: &[&str]) -> Self {
        self.redirect_uris = uris.iter().map(|uri| (*uri).to_owned()).collect();
        self
    }

    /// Imports a certificate.
    #[must_use]
    pub fn certificate(mut self, certificate: Certificate) -> Self {
        self.client_type = ClientType::Trusted;
        self.certificates.push(certificate);
        self
    }
}

impl Pod {
    /// A pod of this name, with the scopes and audiences that follow from it, and nobody in it.
    pub fn new(name: &str, instance: u64) -> Self {
        let host = Self::host_named(name);
        Self {
            name: name.to_owned(),
            spectra_audience: format!("urn:opc:resource:fusion:{name}:fusion-ai"),
            boss_audience: format!("urn:opc:resource:fusion:{name}:boss"),
            spectra_scope: "/".to_owned(),
            adf_audiences: vec![
                format!("urn:opc:resource:fa:instanceid={instance}"),
                format!("https://{host}:443"),
                format!("https://{host}"),
            ],
            adf_scope: "urn:opc:resource:consumer::all".to_owned(),
            host,
            domain: String::new(),
            trusted: Vec::new(),
            trust: TrustList::default(),
            trust_service: None,
            gateway: id_of(&format!("client {}", Self::gateway_name(name))),
            published_at: None,
            users: BTreeMap::new(),
            agents: BTreeMap::new(),
            rows: BTreeMap::new(),
            leeway: 60,
        }
    }

    /// The host name of the pod of this name.
    pub fn host_named(name: &str) -> String {
        format!("fa-{}.fa.example", name.to_lowercase())
    }

    /// Adds an active user who may use what every signed-in user may, and these roles.
    #[must_use]
    pub fn user_named(mut self, name: &str, display_name: &str, roles: &[&str]) -> Self {
        let person_id = 300_000_000_000_000 + self.users.len() as u64;
        let granted = [AUTHENTICATED_USER_ROLE, SELF_DETAILS_PRIVILEGE];
        let roles = granted.iter().chain(roles).map(|role| (*role).to_owned()).collect();
        let user = PodUser::new(name, display_name, person_id, roles);
        self.users.insert(name.to_owned(), user);
        self
    }

    /// Gives it the key by which it signs tokens of its own (FUSION-204).
    #[must_use]
    pub fn trust_service(mut self, key: SigningKey) -> Self {
        self.trust_service = Some(trust_service(&self.name, key));
        self
    }

    /// The display name of its gateway's application in the domain.
    fn gateway_name(name: &str) -> String {
        format!("Fusion gateway of {name}")
    }

    /// The application of its gateway, which its domain needs for people to sign in (FUSION-513). Nobody is asked for consent.
    fn gateway_app(&self) -> App {
        App {
            consent_bypassed: true,
            plain_http_allowed: true,
            ..App::new(&Self::gateway_name(&self.name))
                .grants(&[AUTHORIZATION_CODE])
                .redirects(&[&self.callback()])
        }
    }

    /// Adds a published agent that wants a role of its own.
    #[must_use]
    pub fn agent(mut self, code: &str, outcome: AgentOutcome) -> Self {
        let agent = Agent {
            code: code.to_owned(),
            role: format!("{code}_USER"),
            published: true,
            version: 13,
            outcome,
            output: format!("I am {code} and can answer questions about what you are allowed to see."),
        };
        self.agents.insert(code.to_owned(), agent);
        self
    }

    /// The roles that open these agents.
    pub fn roles_for(agents: &[&str]) -> Vec<String> {
        std::iter::once(AGENT_RUNTIME_ROLE.to_owned())
            .chain(agents.iter().map(|code| format!("{code}_USER")))
            .collect()
    }

    /// The Spectra scope in full, as a client asks for it.
    pub fn agent_scope(&self) -> String {
        format!("{}{}", self.spectra_audience, self.spectra_scope)
    }

    /// The ADF scope in full.
    pub fn pages_scope(&self) -> String {
        let audience = self.adf_audiences.first().map(String::as_str).unwrap_or_default();
        format!("{audience}{}", self.adf_scope)
    }

    /// The scope of business objects in full.
    pub fn objects_scope(&self) -> String {
        format!("{}{}", self.boss_audience, self.spectra_scope)
    }

    /// The resource applications that the pod's domain holds for it: for agents, for classic REST, for business objects.
    pub fn resources(&self) -> [Resource; 3] {
        [
            Resource {
                name: format!("Fusion AI Services of {}", self.name),
                audience: self.spectra_audience.clone(),
                scopes: vec![self.spectra_scope.clone()],
                offline_allowed: true,
                ..Resource::default()
            },
            Resource {
                name: format!("Oracle Applications Cloud (Fusion) of {}", self.name),
                audience: self.adf_audiences[0].clone(),
                secondary_audiences: vec![self.adf_audiences[1].clone()],
                scopes: vec![self.adf_scope.clone()],
                offline_allowed: true,
                ..Resource::default()
            },
            Resource {
                name: format!("Fusion Business Objects of {}", self.name),
                audience: self.boss_audience.clone(),
                scopes: vec![self.spectra_scope.clone()],
                ..Resource::default()
            },
        ]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scope_that_no_resource_has_is_refused() {
        let domain = Domain::new("home", keys::rfc9500()).app(App::new("backend").scopes(&["urn:nobody/"]));
        let error = LandscapeBuilder::new(ProfileName::Oracle)
            .domain(domain)
            .build()
            .expect_err("the scope exists nowhere");
        assert!(matches!(error, LandscapeError::Unknown { what: "scope", .. }));
    }

    #[test]
    fn a_pod_trusts_its_own_domain_out_of_the_box() {
        let landscape = LandscapeBuilder::new(ProfileName::Oracle)
            .domain(Domain::new("home", keys::rfc9500()))
            .pod(Pod::new("DEV5", 1), "home")
            .build()
            .expect("the landscape holds together");
        let pod = landscape.pods.values().next().expect("one pod");
        assert_eq!(landscape.domains[&pod.domain].label, "home");
    }

    #[test]
    fn a_pod_of_an_unknown_domain_is_refused() {
        let built = LandscapeBuilder::new(ProfileName::Oracle)
            .pod(Pod::new("DEV5", 1), "home")
            .build();
        assert!(matches!(built, Err(LandscapeError::Unknown { what: "domain", .. })));
    }
}
