//! The landscape: which domains, clients, users, pods and integration instances there are, and what each may do.
//!
//! Plain values, built by [`builder`] and checked there. What happens over time (jobs, spent assertions) is in `state`.

pub mod builder;
pub mod connection;
pub mod directory;
mod domain;
pub mod domain_roles;
pub mod file;
pub mod instance;
mod pod;
pub mod pod_records;
pub mod profile;
mod propagation_trust;
pub mod reference;
pub mod reference_connections;
pub mod reference_instances;
pub mod reference_rows;
mod secret;
pub mod trust_list;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

pub use self::domain::{
    App, ClaimMode, ClaimTokens, ClientType, CustomClaim, Domain, DomainType, Resource, Signing, TrustScope, User,
    UserStatus,
};
pub use self::instance::Instance;
pub use self::pod::{
    ACCOUNTS_PRIVILEGE, AGENT_ADMINISTRATOR_ROLES, AGENT_RUNTIME_ROLE, AUDIT_HISTORY_PRIVILEGE,
    AUDIT_POLICIES_PRIVILEGE, AUTHENTICATED_USER_ROLE, Agent, AgentOutcome, ERP_INTEGRATION_PRIVILEGE, EVENTS_ROLE,
    INTEGRATION_SPECIALIST_ROLE, INVOICES_PRIVILEGE, INVOICES_READ_PRIVILEGE, IT_SECURITY_MANAGER_ROLE, Pod, PodUser,
    SELF_DETAILS_PRIVILEGE, SERVICE_CATALOGUE_PRIVILEGE, USER_ACCOUNTS_PRIVILEGE, USER_ACCOUNTS_READ_PRIVILEGE,
};
pub use self::propagation_trust::{ForeignToken, PropagationTrust};
pub use self::secret::Secret;
pub(crate) use self::secret::constant_time_equal;
pub use self::trust_list::TrustedIssuer;
use crate::landscape::profile::Profile;

/// The issuer text that every identity domain shares unless it sets its own (IDCS-OAUTH-311).
pub const SHARED_ISSUER: &str = "https://identity.oraclecloud.com/";
/// The id of the key of every identity domain, whichever it is (IDCS-OAUTH-303).
pub const SIGNING_KEY_ID: &str = "SIGNING_KEY";
/// The grant for clients acting for themselves.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";
/// The grant for user assertions (RFC 7523 section 2.1).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/// The grant for codes that a person allowed (RFC 6749 section 4.1).
pub const AUTHORIZATION_CODE: &str = "authorization_code";
/// The grant for tokens that the authorization endpoint itself gives (RFC 6749 section 4.2).
pub const IMPLICIT: &str = "implicit";
/// The grant for refresh tokens (RFC 6749 section 6).
pub const REFRESH_TOKEN: &str = "refresh_token";
/// The grant for a user's own password (RFC 6749 section 4.3).
pub const PASSWORD: &str = "password";
/// The grant for devices (RFC 8628 section 3.4).
pub const DEVICE_CODE: &str = "urn:ietf:params:oauth:grant-type:device_code";
/// The grant for SAML assertions about users (RFC 7522 section 2.1; IDCS-OAUTH-024).
pub const SAML_BEARER: &str = "urn:ietf:params:oauth:grant-type:saml2-bearer";
/// The grant for clients that show a certificate, which is a grant here and no mere login (IDCS-OAUTH-032).
pub const TLS_CLIENT: &str = "tls_client_auth";
/// The grant that exchanges one token for another (RFC 8693 section 2.1).
pub const TOKEN_EXCHANGE: &str = "urn:ietf:params:oauth:grant-type:token-exchange";

/// Everything there is.
#[derive(Clone, Debug, Default)]
pub struct Landscape {
    /// Which behaviour it shows.
    pub profile: Profile,
    /// The identity domains, by host name.
    pub domains: BTreeMap<String, Arc<Domain>>,
    /// The Fusion pods, by host name.
    pub pods: BTreeMap<String, Arc<Pod>>,
    /// The integration instances, by host name.
    pub instances: BTreeMap<String, Arc<Instance>>,
}

/// What answers at a host name.
#[derive(Clone, Copy, Debug)]
pub enum Site<'a> {
    /// An identity domain.
    Domain(&'a Domain),
    /// A Fusion pod.
    Pod(&'a Pod),
    /// An integration instance.
    Instance(&'a Instance),
    /// The design host of a region, which its instances share (OIC-003).
    DesignHost,
}

impl Landscape {
    /// What answers at this host name.
    pub fn site(&self, host: &str) -> Option<Site<'_>> {
        let domain = self.domains.get(host).map(|domain| Site::Domain(domain));
        let pod = || self.pods.get(host).map(|pod| Site::Pod(pod));
        let instance = || self.instances.get(host).map(|instance| Site::Instance(instance));
        let is_design_host = || self.instances.values().any(|instance| instance.design_host == host);
        domain
            .or_else(pod)
            .or_else(instance)
            .or_else(|| is_design_host().then_some(Site::DesignHost))
    }

    /// All host names: of domains, pods, instances, and design hosts.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        let design: BTreeSet<&String> = self.instances.values().map(|instance| &instance.design_host).collect();
        let named = self.domains.keys().chain(self.pods.keys()).chain(self.instances.keys());
        named.chain(design).map(String::as_str)
    }

    /// The domain of this label.
    pub fn domain_labelled(&self, label: &str) -> Option<&Domain> {
        let domain = self.domains.values().find(|domain| domain.label == label);
        domain.map(Arc::as_ref)
    }

    /// The domain that holds this client, for changing it.
    pub fn app_mut(&mut self, client_id: &str) -> Option<&mut App> {
        let domain = self
            .domains
            .values_mut()
            .find(|domain| domain.apps.contains_key(client_id))?;
        Arc::make_mut(domain).apps.get_mut(client_id)
    }
}
