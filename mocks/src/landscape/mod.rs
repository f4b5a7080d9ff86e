//! The landscape: which domains, clients, users and pods there are, and what each may do.
//!
//! Plain values, built by [`builder`] and checked there. What happens over time (jobs, spent assertions) is in `state`.

pub mod builder;
pub mod profile;
pub mod reference;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::jose::key::{Certificate, PublicKey, SigningKey};
use crate::landscape::profile::Profile;

/// The issuer text that every identity domain shares unless it sets its own (IDCS-OAUTH-311).
pub const SHARED_ISSUER: &str = "https://identity.oraclecloud.com/";
/// The grant for clients acting for themselves.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";
/// The grant for user assertions (RFC 7523 section 2.1).
pub const JWT_BEARER: &str = "urn:ietf:params:oauth:grant-type:jwt-bearer";

/// Everything there is.
#[derive(Clone, Debug, Default)]
pub struct Landscape {
    /// Which behaviour it shows.
    pub profile: Profile,
    /// The identity domains, by host name.
    pub domains: BTreeMap<String, Arc<Domain>>,
    /// The Fusion pods, by host name.
    pub pods: BTreeMap<String, Arc<Pod>>,
}

/// What answers at a host name.
#[derive(Clone, Copy, Debug)]
pub enum Site<'a> {
    /// An identity domain.
    Domain(&'a Domain),
    /// A Fusion pod.
    Pod(&'a Pod),
}

impl Landscape {
    /// What answers at this host name.
    pub fn site(&self, host: &str) -> Option<Site<'_>> {
        let domain = self.domains.get(host).map(|domain| Site::Domain(domain));
        domain.or_else(|| self.pods.get(host).map(|pod| Site::Pod(pod)))
    }

    /// All host names, domains first.
    pub fn hosts(&self) -> impl Iterator<Item = &str> {
        self.domains.keys().chain(self.pods.keys()).map(String::as_str)
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

/// An identity domain.
#[derive(Clone, Debug)]
pub struct Domain {
    /// The short name that targets and scenarios use.
    pub label: String,
    /// `idcs-` and 32 hexadecimal digits: the tenant name in tokens (IDCS-OAUTH-330).
    pub stripe: String,
    /// The host name.
    pub host: String,
    /// Where a carrier makes it reachable, when that is not its host name.
    pub published_at: Option<String>,
    /// The `iss` of its tokens.
    pub issuer: String,
    /// Seconds of clock skew that it allows (IDCS-OAUTH-606).
    pub leeway: u64,
    /// What signs its tokens.
    pub signing: Signing,
    /// The applications that may ask for tokens, by client id.
    pub apps: BTreeMap<String, App>,
    /// The applications that tokens are for.
    pub resources: Vec<Resource>,
    /// The users, by user name.
    pub users: BTreeMap<String, User>,
}

impl Domain {
    /// Its address, without a final slash.
    pub fn url(&self) -> String {
        format!("https://{}", self.host)
    }

    /// Where clients reach it.
    pub fn published_url(&self) -> String {
        self.published_at.clone().unwrap_or_else(|| self.url())
    }

    /// A user by name, with or without regard to letter case.
    pub fn user(&self, name: &str, ignoring_case: bool) -> Option<&User> {
        self.users.get(name).or_else(|| {
            ignoring_case
                .then(|| {
                    self.users
                        .values()
                        .find(|user| user.name.to_lowercase() == name.to_lowercase())
                })
                .flatten()
        })
    }
}

/// What signs the tokens of a domain.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The private key.
    pub key: SigningKey,
    /// The certificate over it; its thumbprints stand in the header of every token (IDCS-OAUTH-301).
    pub certificate: Certificate,
}

/// Which kind of client an application is (IDCS-OAUTH-014).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClientType {
    /// Keeps a secret.
    Confidential,
    /// Keeps a secret and may sign its own user assertions.
    Trusted,
    /// Keeps no secret.
    Public,
}

/// An application that may ask for tokens.
#[derive(Clone, Debug)]
pub struct App {
    /// The client id: the attribute `name` (IDCS-OAUTH-012).
    pub client_id: String,
    /// The display name.
    pub display_name: String,
    /// The id of the application, 32 hexadecimal digits.
    pub guid: String,
    /// The secret, where it has one.
    pub secret: Option<Secret>,
    /// Its kind.
    pub client_type: ClientType,
    /// Whether it was activated (IDCS-OAUTH-011).
    pub active: bool,
    /// The grants that it may use (IDCS-OAUTH-013).
    pub grants: Vec<String>,
    /// The fully qualified scopes that it may ask for (IDCS-OAUTH-401).
    pub allowed_scopes: Vec<String>,
    /// The certificates that verify its assertions (IDCS-OAUTH-203).
    pub certificates: Vec<Certificate>,
    /// Whether it may act on behalf of users (IDCS-OAUTH-232).
    pub on_behalf_of: bool,
    /// Whether its secret opens the token endpoint; without, only assertions do.
    pub secret_allowed: bool,
}

impl App {
    /// Whether this grant is ticked.
    pub fn may_use(&self, grant: &str) -> bool {
        self.grants.iter().any(|allowed| allowed == grant)
    }
}

/// A client secret. Its `Debug` shows nothing of it.
#[derive(Clone)]
pub struct Secret(Arc<str>);

impl Secret {
    /// Keeps `text`.
    pub fn new(text: &str) -> Self {
        Self(text.into())
    }

    /// The text, for whoever plays the client.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Whether `presented` is this secret, compared in a time that does not depend on where they differ.
    pub fn is(&self, presented: &str) -> bool {
        constant_time_equal(self.0.as_bytes(), presented.as_bytes())
    }
}

impl std::fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter.write_str("Secret(..)")
    }
}

/// Compares digests of both, so that neither length nor place of a difference shows in the time.
pub(crate) fn constant_time_equal(left: &[u8], right: &[u8]) -> bool {
    let digest = |bytes| aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, bytes);
    aws_lc_rs::constant_time::verify_slices_are_equal(digest(left).as_ref(), digest(right).as_ref()).is_ok()
}

/// An application that tokens are for.
#[derive(Clone, Debug)]
pub struct Resource {
    /// Its display name.
    pub name: String,
    /// The primary audience: the first half of its scopes (IDCS-OAUTH-401).
    pub audience: String,
    /// Further audiences of its tokens, which open no scope (IDCS-OAUTH-380, IDCS-OAUTH-383).
    pub secondary_audiences: Vec<String>,
    /// The second halves of its scopes.
    pub scopes: Vec<String>,
    /// How long tokens for it live, in seconds; a default of 3600 where it says nothing (IDCS-OAUTH-601).
    pub token_life: Option<u64>,
}

impl Resource {
    /// The half behind the audience, where `scope` is a scope of this resource.
    pub fn value_of<'a>(&self, scope: &'a str) -> Option<&'a str> {
        let value = scope.strip_prefix(self.audience.as_str())?;
        self.scopes.iter().any(|known| known == value).then_some(value)
    }
}

/// Whether a user may sign in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UserStatus {
    /// Yes.
    Active,
    /// Not until unlocked.
    Locked,
    /// Not any more.
    Deactivated,
}

/// A user of a domain.
#[derive(Clone, Debug)]
pub struct User {
    /// The user name.
    pub name: String,
    /// The display name.
    pub display_name: String,
    /// 32 hexadecimal digits.
    pub guid: String,
    /// Whether they may sign in.
    pub status: UserStatus,
}

/// A Fusion pod.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The name in scopes and audiences, such as `DEV5`.
    pub name: String,
    /// The host name.
    pub host: String,
    /// The issuers that it takes tokens from, each with the key that tells it apart (FUSION-217).
    pub trusted: Vec<TrustedIssuer>,
    /// The audience of the Spectra stack for `fusion-ai` (FUSION-109).
    pub spectra_audience: String,
    /// The scope value that opens it.
    pub spectra_scope: String,
    /// The audiences that the ADF stack takes (FUSION-U-02).
    pub adf_audiences: Vec<String>,
    /// The scope value that opens the ADF stack with a domain's token.
    pub adf_scope: String,
    /// The users, by user name.
    pub users: BTreeMap<String, PodUser>,
    /// The agents, by code.
    pub agents: BTreeMap<String, Agent>,
    /// Seconds of clock skew that it allows (FUSION-U-11).
    pub leeway: u64,
}

impl Pod {
    /// A user by name, with or without regard to letter case.
    pub fn user(&self, name: &str) -> Option<&PodUser> {
        self.users.get(name)
    }
}

/// An issuer that a pod trusts.
#[derive(Clone, Debug)]
pub struct TrustedIssuer {
    /// The issuer text, compared byte for byte (FUSION-209).
    pub issuer: String,
    /// The key id under which its key is looked up when no thumbprint names it (FUSION-U-13).
    pub key_id: String,
    /// The key.
    pub key: PublicKey,
    /// Thumbprints of the certificate over the key: SHA-1 and SHA-256.
    pub thumbprints: [String; 2],
}

/// A user of a pod.
#[derive(Clone, Debug)]
pub struct PodUser {
    /// The user name, the same as in the domain (FUSION-218).
    pub name: String,
    /// The display name.
    pub display_name: String,
    /// The person's number.
    pub person_id: u64,
    /// Whether they may work.
    pub active: bool,
    /// Roles and privileges by code.
    pub roles: Vec<String>,
}

/// The privilege that every signed-in user has for `selfDetails` (FUSION-321).
pub const SELF_DETAILS_PRIVILEGE: &str = "PER_REST_SERVICE_ACCESS_SELF_DETAILS_RO_PRIV";
/// The abstract role that carries it.
pub const AUTHENTICATED_USER_ROLE: &str = "ORA_FND_AUTHENTICATED_USER_ABSTRACT";
/// The role without which nobody runs an agent (FUSION-023).
pub const AGENT_RUNTIME_ROLE: &str = "ORA_DR_FAI_GENERATIVE_AI_AGENT_RUNTIME_DUTY";

/// How the jobs of an agent end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AgentOutcome {
    /// With an answer.
    Complete,
    /// With an error.
    Error,
    /// Waiting for a person.
    Waiting,
}

/// An agent team.
#[derive(Clone, Debug)]
pub struct Agent {
    /// The workflow code in its address.
    pub code: String,
    /// The role that a user must have (FUSION-017).
    pub role: String,
    /// Whether it was published.
    pub published: bool,
    /// How its jobs end.
    pub outcome: AgentOutcome,
    /// What it says when it completes.
    pub output: String,
}
