//! A Fusion pod: whom it trusts, its users and agents.

use std::collections::BTreeMap;

use crate::landscape::trust_list::{TrustList, TrustService, TrustedIssuer};

/// A Fusion pod.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The name in scopes and audiences, such as `DEV5`.
    pub name: String,
    /// The host name.
    pub host: String,
    /// The host name of the domain whose tokens it takes out of the box, by whichever keys that domain has (FUSION-215).
    pub domain: String,
    /// The authorization servers that it takes tokens from since it was set up.
    pub trusted: Vec<TrustedIssuer>,
    /// The other issuers that its administrators listed, and the certificates that tell them apart (FUSION-217).
    pub trust: TrustList,
    /// The client id of its gateway, by which people sign in through the domain (FUSION-513).
    pub gateway: String,
    /// Where a carrier makes it reachable, when that is not its host name.
    pub published_at: Option<String>,
    /// What signs the tokens that it makes itself; without, it makes none.
    pub trust_service: Option<TrustService>,
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
    /// Where clients reach it, without a final slash.
    pub fn url(&self) -> String {
        self.published_at
            .clone()
            .unwrap_or_else(|| format!("https://{}", self.host))
    }

    /// The audience of a resource that somebody made by hand for it (FUSION-105).
    pub fn host_audience(&self) -> String {
        format!("https://{}:443", self.host)
    }

    /// A user by name, with or without regard to letter case.
    pub fn user(&self, name: &str) -> Option<&PodUser> {
        self.users.get(name)
    }
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
    /// Whether they are locked out until somebody unlocks them.
    pub locked: bool,
    /// Roles and privileges by code.
    pub roles: Vec<String>,
}

/// The privilege that every signed-in user has for `selfDetails` (FUSION-321).
pub const SELF_DETAILS_PRIVILEGE: &str = "PER_REST_SERVICE_ACCESS_SELF_DETAILS_RO_PRIV";
/// The abstract role that carries it.
pub const AUTHENTICATED_USER_ROLE: &str = "ORA_FND_AUTHENTICATED_USER_ABSTRACT";
/// The role for the Security Console (FUSION-407).
pub const IT_SECURITY_MANAGER_ROLE: &str = "ORA_FND_IT_SECURITY_MANAGER_JOB";
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
