//! A Fusion pod: whom it trusts, its users and agents.

use std::collections::BTreeMap;

use crate::landscape::pod_records::{Row, Trace};
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
    /// The audience of the Spectra stack for `boss`, business objects (FUSION-108).
    pub boss_audience: String,
    /// The scope value that opens either.
    pub spectra_scope: String,
    /// The audiences that the ADF stack takes (FUSION-U-02).
    pub adf_audiences: Vec<String>,
    /// The scope value that opens the ADF stack with a domain's token.
    pub adf_scope: String,
    /// The users, by user name.
    pub users: BTreeMap<String, PodUser>,
    /// The agents, by code.
    pub agents: BTreeMap<String, Agent>,
    /// The rows of its classic REST resources, by the name of the resource and their number.
    pub rows: BTreeMap<String, BTreeMap<u64, Row>>,
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

    /// All its audiences, of both stacks.
    pub fn audiences(&self) -> impl Iterator<Item = &String> {
        [&self.spectra_audience, &self.boss_audience]
            .into_iter()
            .chain(&self.adf_audiences)
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
    /// The business units whose rows their data roles show them (FUSION-401).
    pub data: Vec<String>,
    /// Whether the permission groups of their job roles were switched on in the Security Console (FUSION-023).
    pub permission_groups: bool,
    /// Who made and changed the account.
    pub trace: Trace,
}

impl PodUser {
    /// A user who may work, with these roles and privileges and nothing else.
    pub fn new(name: &str, display_name: &str, person_id: u64, roles: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            display_name: display_name.to_owned(),
            person_id,
            active: true,
            locked: false,
            roles,
            data: Vec::new(),
            permission_groups: true,
            trace: Trace::default(),
        }
    }

    /// Whether one of their roles is this one, or carries this privilege.
    pub fn has(&self, wanted: &str) -> bool {
        self.roles
            .iter()
            .any(|held| held == wanted || privileges_of(held).contains(&wanted))
    }
}

/// The privileges that a role carries by its duties (FUSION-401), as far as they are known or needed here.
fn privileges_of(role: &str) -> &'static [&'static str] {
    match role {
        INTEGRATION_SPECIALIST_ROLE => &[USER_ACCOUNTS_READ_PRIVILEGE, ERP_INTEGRATION_PRIVILEGE],
        IT_SECURITY_MANAGER_ROLE => &[USER_ACCOUNTS_PRIVILEGE],
        _ => &[],
    }
}

/// The job role of those who integrate; it carries reading user accounts (FUSION-403) and, it is assumed, the ERP integration REST.
pub const INTEGRATION_SPECIALIST_ROLE: &str = "ORA_HRC_HUMAN_CAPITAL_MANAGEMENT_INTEGRATION_SPECIALIST_JOB";
/// The job role for the Security Console (FUSION-407); that it carries the user accounts is assumed.
pub const IT_SECURITY_MANAGER_ROLE: &str = "ORA_FND_IT_SECURITY_MANAGER_JOB";
/// Reads and writes user accounts (FUSION-403).
pub const USER_ACCOUNTS_PRIVILEGE: &str = "PER_REST_SERVICE_ACCESS_USER_ACCOUNTS_PRIV";
/// Reads them (FUSION-403).
pub const USER_ACCOUNTS_READ_PRIVILEGE: &str = "ORA_PER_REST_SERVICE_ACCESS_USER_ACCOUNTS_RO";
/// Opens the ERP integration REST (FUSION-405).
pub const ERP_INTEGRATION_PRIVILEGE: &str = "FUN_FSCM_REST_SERVICE_ACCESS_INTEGRATION_PRIV";
/// Reads and writes invoices. Made up, as everything about invoices here is.
pub const INVOICES_PRIVILEGE: &str = "EXAMPLE_REST_SERVICE_ACCESS_INVOICES_PRIV";
/// Reads invoices. Made up.
pub const INVOICES_READ_PRIVILEGE: &str = "EXAMPLE_REST_SERVICE_ACCESS_INVOICES_RO_PRIV";
/// Reads and changes accounts. Made up.
pub const ACCOUNTS_PRIVILEGE: &str = "EXAMPLE_REST_SERVICE_ACCESS_ACCOUNTS_PRIV";
/// Reads the audit history (FUSION-413).
pub const AUDIT_HISTORY_PRIVILEGE: &str = "FND_VIEW_AUDIT_HISTORY_PRIV";
/// Reads what is audited (FUSION-413).
pub const AUDIT_POLICIES_PRIVILEGE: &str = "FND_MANAGE_AUDIT_POLICIES_PRIV";

/// Opens the catalogue of services (FUSION-406).
pub const SERVICE_CATALOGUE_PRIVILEGE: &str = "FND_MANAGE_CATALOG_SERVICE_PRIV";
/// The role for receiving business events (FUSION-406).
pub const EVENTS_ROLE: &str = "SOAOperator";

/// The privilege that every signed-in user has for `selfDetails` (FUSION-321).
pub const SELF_DETAILS_PRIVILEGE: &str = "PER_REST_SERVICE_ACCESS_SELF_DETAILS_RO_PRIV";
/// The abstract role that carries it.
pub const AUTHENTICATED_USER_ROLE: &str = "ORA_FND_AUTHENTICATED_USER_ABSTRACT";
/// The role without which nobody runs an agent (FUSION-023).
pub const AGENT_RUNTIME_ROLE: &str = "ORA_DR_FAI_GENERATIVE_AI_AGENT_RUNTIME_DUTY";

/// The roles for administering agents (FUSION-024), of which one is enough.
pub static AGENT_ADMINISTRATOR_ROLES: &[&str] = &[
    "ORA_FAI_MANAGE_ALL_AI_AGENTS",
    "ORA_DR_FAI_GENERATIVE_AI_AGENT_CX_ADMINISTRATOR_DUTY",
    "ORA_DR_FAI_GENERATIVE_AI_AGENT_FIN_ADMINISTRATOR_DUTY",
    "ORA_DR_FAI_GENERATIVE_AI_AGENT_GRC_ADMINISTRATOR_DUTY",
    "ORA_DR_FAI_GENERATIVE_AI_AGENT_HCM_ADMINISTRATOR_DUTY",
    "ORA_DR_FAI_GENERATIVE_AI_AGENT_PRC_ADMINISTRATOR_DUTY",
    "ORA_DR_FAI_GENERATIVE_AI_AGENT_PRJ_ADMINISTRATOR_DUTY",
    "ORA_DR_FAI_GENERATIVE_AI_AGENT_PSC_ADMINISTRATOR_DUTY",
    "ORA_DR_FAI_GENERATIVE_AI_AGENT_SCM_ADMINISTRATOR_DUTY",
];

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
    /// Its latest version (FUSION-006).
    pub version: u64,
    /// How its jobs end.
    pub outcome: AgentOutcome,
    /// What it says when it completes.
    pub output: String,
}
