//! Landscapes: what must be true of a target before a step, and the levers that make it so.

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use crate::scenario::Located;

/// Something that is made true of the landscape, or attested by the target's entries. Names are bound names.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Arrangement {
    /// The domain trusts the client's certificate under the client's alias.
    TrustedCertificate {
        /// The client.
        of: Located<String>,
    },
    /// The domain trusts no certificate of the client.
    NoCertificate {
        /// The client.
        of: Located<String>,
    },
    /// The domain holds, under the alias of one client, the certificate of another one's key.
    CertificateOf {
        /// The client whose alias it stands under.
        client: Located<String>,
        /// The client whose key it certifies.
        key_of: Located<String>,
    },
    /// The user may run the agent.
    AgentOpenTo {
        /// The API that has the agent.
        api: Located<String>,
        /// The user.
        user: Located<String>,
    },
    /// The user may not run the agent.
    AgentClosedTo {
        /// The API that has the agent.
        api: Located<String>,
        /// The user.
        user: Located<String>,
    },
    /// The client's app is deactivated.
    ClientInactive {
        /// The client.
        of: Located<String>,
    },
    /// The user is locked.
    UserLocked {
        /// The user.
        of: Located<String>,
    },
    /// The user is no longer there.
    UserRemoved {
        /// The user.
        of: Located<String>,
    },
    /// The domain puts a claim of its administrators' own into tokens.
    CustomClaim {
        /// The domain.
        of: Located<String>,
        /// The name of the claim.
        name: String,
        /// Its values; the groups of the user where none are said.
        values: Option<Vec<String>>,
        /// In which tokens it stands; in both kinds unless said.
        #[serde(default)]
        tokens: ClaimTokens,
        /// When it stands there; always unless said.
        #[serde(default)]
        mode: ClaimMode,
        /// The API whose scope brings it; any scope does unless said.
        with_scope_of: Option<Located<String>>,
    },
    /// A named switch of the landscape.
    Setting {
        /// Its name.
        name: Located<String>,
        /// Its value.
        value: Value,
    },
}

impl Arrangement {
    /// The bound names that it speaks of.
    pub fn names(&self) -> Vec<&Located<String>> {
        match self {
            Self::TrustedCertificate { of }
            | Self::NoCertificate { of }
            | Self::ClientInactive { of }
            | Self::UserLocked { of }
            | Self::UserRemoved { of } => vec![of],
            Self::CertificateOf { client, key_of } => vec![client, key_of],
            Self::AgentOpenTo { api, user } | Self::AgentClosedTo { api, user } => vec![api, user],
            Self::CustomClaim { of, with_scope_of, .. } => std::iter::once(of).chain(with_scope_of).collect(),
            Self::Setting { .. } => Vec::new(),
        }
    }
}

/// In which tokens a custom claim stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimTokens {
    /// In access tokens.
    Access,
    /// In ID tokens.
    Identity,
    /// In both.
    #[default]
    Both,
}

/// When a custom claim stands in its tokens.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ClaimMode {
    /// Always.
    #[default]
    Always,
    /// When the request asks for it.
    Request,
    /// Never.
    Never,
}

/// Something that a target lets us move.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Lever {
    /// The clock that the target goes by.
    Clock,
    /// Apps, certificates, users, roles and settings.
    Registration,
    /// The journal that says which rules refused.
    Witness,
    /// An address of ours that the target can reach.
    Listener,
    /// An issuer key that the API trusts.
    Mint,
    /// A channel on which a client can show a certificate of its own.
    ClientCertificate,
}

impl Lever {
    /// Every lever, in the order in which they are listed to people.
    pub const ALL: [Self; 6] = [
        Self::Clock,
        Self::Registration,
        Self::Witness,
        Self::Listener,
        Self::Mint,
        Self::ClientCertificate,
    ];

    /// The name as it stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Clock => "clock",
            Self::Registration => "registration",
            Self::Witness => "witness",
            Self::Listener => "listener",
            Self::Mint => "mint",
            Self::ClientCertificate => "client-certificate",
        }
    }
}
