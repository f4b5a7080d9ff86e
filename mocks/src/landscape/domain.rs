//! An identity domain: its keys, applications and users.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use crate::jose::key::{Certificate, PublicKey, SigningKey};
use crate::landscape::directory::{Directory, Meta};
use crate::landscape::secret::Secret;

/// For how many seconds after a rollover tokens of the key before are still taken. Nothing is known of it (IDCS-ADMIN-911).
const OVERLAP: u64 = 86_400;

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
    /// The type by which requests are limited; `None` where they are not.
    pub limited_as: Option<DomainType>,
    /// What signs its tokens.
    pub signing: Signing,
    /// What signs them from a second on, and what signed before: key rollover (IDCS-ADMIN-042).
    pub next_signing: Option<(u64, Signing)>,
    /// The applications, by client id: those that ask for tokens, those that tokens are for, and both.
    pub apps: BTreeMap<String, App>,
    /// The users, by user name.
    pub users: BTreeMap<String, User>,
    /// What else its administrators keep: groups, roles, grants, certificates, settings.
    pub directory: Directory,
    /// Claims of the administrators' own (IDCS-OAUTH-356).
    pub custom_claims: Vec<CustomClaim>,
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

    /// The key that signs at this second.
    pub fn signing_at(&self, now: u64) -> &Signing {
        match &self.next_signing {
            Some((from, next)) if *from <= now => next,
            _ => &self.signing,
        }
    }

    /// The keys whose tokens are taken at this second: the one that signs, and after a rollover the one before for a day more.
    pub fn signing_keys_at(&self, now: u64) -> impl Iterator<Item = &Signing> {
        let next = self.next_signing.as_ref().filter(|(from, _)| *from <= now);
        let is_old_gone = next.is_some_and(|(from, _)| now > from + OVERLAP);
        let old = (!is_old_gone).then_some(&self.signing);
        next.map(|(_, next)| next).into_iter().chain(old)
    }

    /// Whether this is the key of before a rollover that took place already; `key` is one of the domain's own, as it stands here.
    pub fn is_former_key(&self, key: &PublicKey, now: u64) -> bool {
        let is_over = self.next_signing.as_ref().is_some_and(|(from, _)| *from <= now);
        is_over && std::ptr::eq(key, &raw const self.signing.certificate.key)
    }

    /// The applications that tokens are for.
    pub fn resources(&self) -> impl Iterator<Item = &Resource> {
        self.apps.values().filter_map(|app| app.resource.as_ref())
    }

    /// The application that tokens of this audience are for.
    pub fn app_of(&self, resource: &Resource) -> Option<&App> {
        self.apps.values().find(|app| {
            app.resource
                .as_ref()
                .is_some_and(|own| own.audience == resource.audience)
        })
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

/// A claim of the administrators' own, at the top level of tokens (IDCS-OAUTH-356).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CustomClaim {
    /// Its name.
    pub name: String,
    /// Its values: several are a list, one is a text, none is an empty text (IDCS-OAUTH-360).
    pub values: Vec<String>,
    /// Whether the names of the user's groups are its values. What a domain can take values from beside that is not imitated.
    pub is_groups: bool,
    /// In which tokens it stands.
    pub tokens: ClaimTokens,
    /// When it stands there.
    pub mode: ClaimMode,
    /// The fully qualified scopes that bring it; `None` for all.
    pub scopes: Option<Vec<String>>,
}

impl CustomClaim {
    /// A claim without values, always, in every token.
    pub fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            values: Vec::new(),
            is_groups: false,
            tokens: ClaimTokens::Both,
            mode: ClaimMode::Always,
            scopes: None,
        }
    }
}

/// In which tokens a custom claim stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimTokens {
    /// In access tokens.
    Access,
    /// In ID tokens.
    Identity,
    /// In both.
    Both,
}

/// When a custom claim stands in its tokens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClaimMode {
    /// Always.
    Always,
    /// When the request asks for it. How a request does so is not known, so none does.
    Request,
    /// Never.
    Never,
}

/// The types of domain, which differ in how many requests they take (IDCS-OAUTH-605).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names are the platform's own")]
pub enum DomainType {
    Free,
    OracleApps,
    OracleAppsPremium,
    Premium,
    ExternalUser,
}

impl DomainType {
    /// All, in the order of the documented figures.
    pub const ALL: [Self; 5] = [
        Self::Free,
        Self::OracleApps,
        Self::OracleAppsPremium,
        Self::Premium,
        Self::ExternalUser,
    ];

    /// All, with the names that the switch `request-limits` has for them.
    pub const NAMES: [(Self, &'static str); 5] = [
        (Self::Free, "free"),
        (Self::OracleApps, "oracle-apps"),
        (Self::OracleAppsPremium, "oracle-apps-premium"),
        (Self::Premium, "premium"),
        (Self::ExternalUser, "external-user"),
    ];
}

/// What signs the tokens of a domain.
#[derive(Clone, Debug)]
pub struct Signing {
    /// The private key.
    pub key: SigningKey,
    /// The certificate over it; its thumbprints stand in the header of every token (IDCS-OAUTH-301).
    pub certificate: Certificate,
    /// The certificate of the authority that signed that one (IDCS-ADMIN-036).
    pub authority: Certificate,
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

/// Which resources a client may ask for beside those that it was given (IDCS-OAUTH-407).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TrustScope {
    /// None.
    #[default]
    Explicit,
    /// All of the domain.
    Account,
    /// Those with a matching tag.
    Tags,
}

impl TrustScope {
    /// All, with their names in the directory.
    pub const ALL: [(Self, &'static str); 3] = [
        (Self::Explicit, "Explicit"),
        (Self::Account, "Account"),
        (Self::Tags, "Tags"),
    ];
}

/// An application: one that asks for tokens, one that tokens are for, or both (IDCS-ADMIN-302).
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an attribute of the record, and they are independent"
)]
#[derive(Clone, Debug)]
pub struct App {
    /// The client id: the attribute `name` (IDCS-OAUTH-012).
    pub client_id: String,
    /// The display name.
    pub display_name: String,
    /// The id of the application, 32 hexadecimal digits.
    pub guid: String,
    /// Whether it asks for tokens at all.
    pub is_client: bool,
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
    /// Which scopes it may ask for beside them.
    pub trust_scope: TrustScope,
    /// The certificates that verify its assertions (IDCS-OAUTH-203).
    pub certificates: Vec<Certificate>,
    /// Whether it may act on behalf of users (IDCS-OAUTH-232).
    pub on_behalf_of: bool,
    /// Whether it may ask for tokens from certain networks only, of which the caller's is none (IDCS-OAUTH-010).
    pub limited_to_networks: bool,
    /// Whether it may ask what a token is (IDCS-OAUTH-511).
    pub may_introspect: bool,
    /// Whether its secret opens the token endpoint; without, only assertions do.
    pub secret_allowed: bool,
    /// How often a new secret was made; refresh tokens are good for the one they were given under (IDCS-OAUTH-050).
    pub secret_version: u64,
    /// Where people are sent back to (IDCS-OAUTH-506).
    pub redirect_uris: Vec<String>,
    /// Whether those may be plain HTTP.
    pub plain_http_allowed: bool,
    /// Where people may be sent after they signed out.
    pub post_logout_redirect_uris: Vec<String>,
    /// Whether people are not asked for their consent.
    pub consent_bypassed: bool,
    /// What tokens for it are like, where there are any.
    pub resource: Option<Resource>,
    /// When it was made and changed.
    pub meta: Meta,
    /// Attributes of its record that nothing here reads.
    pub more: Map<String, Value>,
}

impl App {
    /// Whether this grant is ticked.
    pub fn may_use(&self, grant: &str) -> bool {
        self.grants.iter().any(|allowed| allowed == grant)
    }
}

/// What tokens for an application are like.
#[derive(Clone, Debug, Default)]
pub struct Resource {
    /// Its display name.
    pub name: String,
    /// The primary audience: the first half of its scopes (IDCS-OAUTH-401).
    pub audience: String,
    /// Further audiences of its tokens, which open no scope (IDCS-OAUTH-380, IDCS-OAUTH-383).
    pub secondary_audiences: Vec<String>,
    /// The second halves of its scopes.
    pub scopes: Vec<String>,
    /// Those of its scopes that a person must allow (IDCS-ADMIN-302).
    pub consent_scopes: Vec<String>,
    /// How long tokens for it live, in seconds; a default of 3600 where it says nothing (IDCS-OAUTH-601).
    pub token_life: Option<u64>,
    /// How long refresh tokens for it live, in seconds; a default of a week where it says nothing (IDCS-OAUTH-603).
    pub refresh_life: Option<u64>,
    /// Whether refresh tokens are given for it (IDCS-ADMIN-302).
    pub offline_allowed: bool,
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
    /// The password, where they have one here.
    pub password: Option<Secret>,
    /// Whether they sign in with a second factor. Only instances ask for it here, where it makes a password alone worth nothing (OIC-055).
    pub second_factor: bool,
    /// The first mail address.
    pub email: String,
    /// Given and family name.
    pub names: (String, String),
    /// When the record was made and changed.
    pub meta: Meta,
    /// Attributes of the record that nothing here reads.
    pub more: Map<String, Value>,
}
