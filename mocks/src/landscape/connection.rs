//! Connections of an Oracle Integration instance: the triggers through which it is called, and those through which it calls others.

use crate::jose::key::SigningKey;
use crate::landscape::Secret;

/// A connection.
#[derive(Clone, Debug)]
pub struct Connection {
    /// Its id, in capital letters.
    pub id: String,
    /// Its name for people.
    pub name: String,
    /// The project that it is in.
    pub project: Option<String>,
    /// Whether it was filled in completely: only then it can be tested (OIC-080).
    pub configured: bool,
    /// Whether somebody is working on it (OIC-080).
    pub locked: bool,
    /// What it is for.
    pub role: ConnectionRole,
}

/// What a connection is for.
#[derive(Clone, Debug)]
pub enum ConnectionRole {
    /// Others call through it.
    Trigger(Trigger),
    /// It calls others.
    Invoke(Box<Outbound>),
}

/// A REST trigger.
#[derive(Clone, Copy, Debug)]
pub struct Trigger {
    /// Which credentials it takes.
    pub policy: TriggerPolicy,
    /// Whether it was made before release 20.4.2, so that the members of its errors are prefixed (OIC-040, OIC-041).
    pub prefixed_errors: bool,
}

/// Which credentials a trigger takes (OIC-024).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TriggerPolicy {
    /// A user's name and password.
    Basic,
    /// A token.
    OAuth,
    /// Either.
    Either,
    /// A token that a third party signed, whose user exists and holds the role: the policy `JWT_VALIDATION` of the adapter builder (OIC-030).
    ThirdParty,
}

impl TriggerPolicy {
    /// The name on the page of the connection.
    pub fn name(self) -> &'static str {
        match self {
            Self::Basic => "Basic Authentication",
            Self::OAuth => "OAuth 2.0",
            Self::Either => "OAuth 2.0 or Basic Authentication",
            Self::ThirdParty => "JWT Validation",
        }
    }
}

/// A connection to others.
#[derive(Clone, Debug)]
pub struct Outbound {
    /// The host name of its target.
    pub target: String,
    /// Which adapter it is of.
    pub adapter: Adapter,
    /// The host name of the domain that gives it tokens.
    pub domain: String,
    /// The client id that it uses there.
    pub client_id: String,
    /// The secret of that client.
    pub secret: Secret,
    /// The scope that it asks for, in full.
    pub scope: String,
    /// How it gets tokens.
    pub policy: Policy,
}

/// The adapters that differ in what they ask of a target to test a connection, or in what they say of a failure.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adapter {
    /// The REST adapter (OIC-095).
    Rest,
    /// One that was built with the adapter builder (OIC-096).
    Built,
    /// That for ERP Cloud, which looks at the catalogue of services and at that of events too (OIC-221).
    Erp,
}

/// How a connection gets tokens: three of the policies of the REST adapter (OIC-170).
#[derive(Clone, Debug)]
pub enum Policy {
    /// OAuth using JWT User Assertion (OIC-171).
    UserAssertion {
        /// The header file, as it was uploaded.
        header: String,
        /// The payload file, as it was uploaded.
        payload: String,
        /// The private key behind the alias on the connection.
        key: SigningKey,
        /// Whose name the assertion carries.
        subject: Subject,
    },
    /// OAuth Client Credentials.
    ClientCredentials,
    /// OAuth Authorization Code Credentials: for whoever gave consent (OIC-180).
    AuthorizationCode(Rotation),
}

/// What becomes of the new refresh token that a refresh brings. How a real instance comes to use one twice (OIC-095) is not published: that
/// it missed the new one is assumed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rotation {
    /// The new one is kept, and used the next time.
    Followed,
    /// It is lost, and the old one used again.
    Missed,
}

/// Whose name an assertion carries.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Subject {
    /// The one in the payload file.
    OfFile,
    /// The user who called the integration: identity propagation (OIC-187, OIC-188).
    Caller,
}

impl Policy {
    /// The name on the page of the connection.
    pub fn name(&self) -> &'static str {
        match self {
            Self::UserAssertion { .. } => "OAuth using JWT User Assertion",
            Self::ClientCredentials => "OAuth Client Credentials",
            Self::AuthorizationCode(_) => "OAuth Authorization Code Credentials",
        }
    }
}

impl Connection {
    /// A connection that is ready for use.
    fn new(id: &str, role: ConnectionRole) -> Self {
        Self {
            id: id.to_owned(),
            name: id.to_lowercase().replace('_', " "),
            project: None,
            configured: true,
            locked: false,
            role,
        }
    }

    /// A REST trigger made after release 20.4.2.
    pub fn trigger(id: &str, policy: TriggerPolicy) -> Self {
        let trigger = Trigger {
            policy,
            prefixed_errors: false,
        };
        Self::new(id, ConnectionRole::Trigger(trigger))
    }

    /// A connection to others.
    pub fn outbound(id: &str, outbound: Outbound) -> Self {
        Self::new(id, ConnectionRole::Invoke(Box::new(outbound)))
    }

    /// The connection as one to others, where it is one.
    pub fn as_outbound(&self) -> Option<&Outbound> {
        match &self.role {
            ConnectionRole::Invoke(outbound) => Some(outbound),
            ConnectionRole::Trigger(_) => None,
        }
    }

    /// The connection as a trigger, where it is one.
    pub fn as_trigger(&self) -> Option<&Trigger> {
        match &self.role {
            ConnectionRole::Trigger(trigger) => Some(trigger),
            ConnectionRole::Invoke(_) => None,
        }
    }

    /// The name of its security policy.
    pub fn policy_name(&self) -> &'static str {
        match &self.role {
            ConnectionRole::Trigger(trigger) => trigger.policy.name(),
            ConnectionRole::Invoke(outbound) => outbound.policy.name(),
        }
    }
}
