//! A target file as it is written. What `like` leaves out is filled in by [`super::load()`].

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::secret::SecretReference;
use crate::scenario::Period;
use crate::scenario::model::Effect;

/// A target file.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TargetFile {
    /// The version of the format; 1.
    pub format: u32,
    /// What people call the target.
    pub name: String,
    /// How answers look: `rfc`, `bis`, `oracle`, or the path of a profile.
    pub profile: String,
    /// The only hosts that are ever spoken to, exact names.
    pub hosts: Vec<String>,
    /// Root certificates to trust beside those of the system: paths to PEM files.
    #[serde(default)]
    pub extra_roots: Vec<String>,
    /// What a run may cost.
    #[serde(default)]
    pub limits: Limits,
    /// The most that a command line may ask for.
    #[serde(default)]
    pub allow: Allow,
    /// The day on which people begin to depend on it.
    pub go_live: Option<GoLive>,
    /// Identity domains.
    #[serde(default)]
    pub domains: IndexMap<String, DomainEntry>,
    /// Confidential apps.
    #[serde(default)]
    pub clients: IndexMap<String, ClientEntry>,
    /// Users.
    #[serde(default)]
    pub users: IndexMap<String, UserEntry>,
    /// Resource servers.
    #[serde(default)]
    pub apis: IndexMap<String, ApiEntry>,
    /// What the target lets us move.
    #[serde(default)]
    pub levers: LeverEntries,
}

/// What a run may cost the people who live on the target.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Limits {
    /// The time between two calls.
    pub pause: Option<Period>,
    /// The most requests of a run.
    pub requests: Option<u64>,
    /// The most refused token requests in one run, for each client and each user.
    pub refused_logins: Option<u64>,
    /// The longest that one call may take.
    pub timeout: Period,
}

impl Default for Limits {
    fn default() -> Self {
        let timeout = Period(std::time::Duration::from_secs(30));
        Self {
            pause: None,
            requests: None,
            refused_logins: None,
            timeout,
        }
    }
}

/// The most that a command line may ask for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Allow {
    /// Effects of requests.
    pub effects: Vec<Effect>,
    /// Agents that may be run, by their codes.
    pub agents: Vec<String>,
    /// Integrations that may be run, by their codes.
    pub integrations: Vec<String>,
}

/// The day on which people begin to depend on the target.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct GoLive {
    /// The day; certificates and secrets must outlive it.
    #[schemars(with = "String")]
    pub date: toml::value::Datetime,
}

/// An identity domain.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct DomainEntry {
    /// The entry whose members hold where this one says nothing.
    pub like: Option<String>,
    /// In what it differs, in words.
    pub but: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// What `iss` of its tokens says.
    pub issuer: Option<String>,
    /// What `aud` of an assertion must say.
    pub assertion_audience: Option<String>,
    /// Seconds of clock skew that it allows.
    pub leeway: Option<u32>,
    /// The file with the certificate over the key that signs its tokens, PEM; public. Without it, signatures are not judged.
    pub signing_certificate: Option<String>,
}

/// A confidential app.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ClientEntry {
    /// The entry whose members hold where this one says nothing.
    pub like: Option<String>,
    /// In what it differs, in words.
    pub but: Option<String>,
    /// The domain that it is registered in.
    pub domain: Option<String>,
    /// Its display name.
    pub display_name: Option<String>,
    /// Its id.
    pub id: Option<String>,
    /// Its secret.
    pub secret: Option<SecretReference>,
    /// Its private key: PEM (PKCS#1 or PKCS#8) or PKCS#12.
    pub key: Option<SecretReference>,
    /// What opens the private key, where it is encrypted or in a PKCS#12 file.
    pub key_passphrase: Option<SecretReference>,
    /// Its certificate, a path to a PEM file; left out where the PKCS#12 file holds it.
    pub certificate: Option<String>,
    /// The alias under which the domain knows the certificate.
    pub certificate_alias: Option<String>,
    /// Where people are sent back to with a code.
    pub redirect_uri: Option<String>,
    /// Where people are sent after they signed out.
    pub post_logout_uri: Option<String>,
    /// The grants that it may use.
    pub grants: Option<Vec<String>>,
    /// The APIs that it may ask tokens for, by their names here.
    pub scopes: Option<Vec<String>>,
}

/// A user.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct UserEntry {
    /// The entry whose members hold where this one says nothing.
    pub like: Option<String>,
    /// In what it differs, in words.
    pub but: Option<String>,
    /// The user name.
    pub name: Option<String>,
    /// The domain that the user lives in.
    pub domain: Option<String>,
    /// The password, for scenarios that sign in.
    pub password: Option<SecretReference>,
}

/// A resource server.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ApiEntry {
    /// The entry whose members hold where this one says nothing.
    pub like: Option<String>,
    /// In what it differs, in words.
    pub but: Option<String>,
    /// What it is.
    pub kind: Option<ApiKind>,
    /// The domain whose tokens it takes.
    pub domain: Option<String>,
    /// Where it is.
    pub url: Option<String>,
    /// What `aud` of its tokens must hold.
    pub audience: Option<String>,
    /// The scope to ask for.
    pub scope: Option<String>,
    /// The agent that is run.
    pub agent: Option<String>,
    /// What the agent is asked.
    pub prompt: Option<String>,
    /// The integration that is run.
    pub integration: Option<Integration>,
    /// The name of the integration instance, as its design host wants it.
    pub instance: Option<String>,
}

/// What a resource server is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ApiKind {
    /// AI agents of Fusion.
    FusionAi,
    /// Pages and services of Fusion.
    FusionAdf,
    /// Oracle Integration.
    Oic,
    /// Any other API that takes bearer tokens.
    Plain,
}

impl ApiKind {
    /// The name as it stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FusionAi => "fusion-ai",
            Self::FusionAdf => "fusion-adf",
            Self::Oic => "oic",
            Self::Plain => "plain",
        }
    }
}

/// An integration that can be called.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Integration {
    /// Its code.
    pub code: String,
    /// Its version.
    pub version: String,
    /// The path below it.
    pub path: String,
}

/// What the target lets us move.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
#[expect(clippy::struct_excessive_bools, reason = "levers are there or not, each by itself")]
pub struct LeverEntries {
    /// Its clock.
    pub clock: bool,
    /// Its apps, certificates, users and roles.
    pub registration: bool,
    /// Its journal.
    pub witness: bool,
    /// An address of ours that it can reach.
    pub listener: Option<String>,
    /// Where the levers of `serve` are worked.
    pub control: Option<ControlEntry>,
    /// An issuer key that its APIs trust.
    pub mint: Option<MintEntry>,
    /// A channel that takes the certificate of a client.
    pub client_certificate: bool,
}

/// Where levers are worked over the network.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct ControlEntry {
    /// The address.
    pub url: String,
    /// What opens it.
    pub token: SecretReference,
}

/// An issuer key that the target's APIs trust.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct MintEntry {
    /// What `iss` says.
    pub issuer: String,
    /// The private key, PEM.
    pub key: SecretReference,
    /// What `kid` says.
    pub key_id: String,
}
