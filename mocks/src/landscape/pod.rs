//! A Fusion pod: whom it trusts, its users and agents.

use std::collections::BTreeMap;

use crate::jose::key::PublicKey;

/// A Fusion pod.
#[derive(Clone, Debug)]
pub struct Pod {
    /// The name in scopes and audiences, such as `DEV5`.
    pub name: String,
    /// The host name.
    pub host: String,
    /// The host name of the domain whose tokens it takes out of the box, by whichever keys that domain has (FUSION-215).
    pub domain: String,
    /// The other issuers that it takes tokens from, each with the key that tells it apart (FUSION-217).
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
