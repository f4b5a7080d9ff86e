//! The cast: the players of a target with their credentials at hand, and what may be done there.
//!
//! References to secrets are followed once, when the cast is made; a client whose credential is missing is found out when a step
//! needs it. Many runs may share one cast.

use std::collections::HashMap;

use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::value::Names;
use crate::scenario::model::{Arrangement, Effect, Role};
use crate::target::{Api, Client, Entity, Pem, Secret, SecretReference, Target};
use crate::token::{ClientKey, KeyMaterial, Mask, PublicKey, certificate_pem, read_key};

/// The players of a target and what may be done there.
pub struct Cast {
    target: Target,
    nature: Nature,
    credentials: HashMap<String, Credentials>,
    passwords: HashMap<String, Result<SecretString, Missing>>,
    signing_keys: HashMap<String, Vec<PublicKey>>,
    mask: Mask,
}

/// Whose servers a target has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Nature {
    /// Mocks of ours: everything is allowed, and even what we are not sure of must be as we say.
    Embedded,
    /// Somebody else's: these effects were asked for, and the target must allow them too.
    Foreign {
        /// The effects.
        effects: Vec<Effect>,
    },
}

/// What a client shows who it is with.
struct Credentials {
    secret: Result<SecretString, Missing>,
    key: Result<ClientKey, Missing>,
}

/// The target lacks something that a scenario needs.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the target's `{player}` has no {what}")]
pub struct Missing {
    /// Who lacks it.
    pub player: String,
    /// What is lacking.
    pub what: String,
}

impl Missing {
    /// Says what a player lacks.
    pub fn new(player: impl Into<String>, what: impl Into<String>) -> Self {
        Self {
            player: player.into(),
            what: what.into(),
        }
    }
}

impl Cast {
    /// Makes the cast of a target, and follows its references to secrets.
    pub fn new(mut target: Target, nature: Nature) -> Self {
        // What templates read of a certificate is the same, whether it stands in a file of its own or beside the key.
        for client in target
            .clients
            .values_mut()
            .filter(|client| client.certificate.is_none())
        {
            let material = client.key_passphrase.is_some().then(|| key_material(client));
            if let Some(Ok(KeyMaterial { certificates, .. })) = material {
                client.certificate = certificates.first().map(|der| Pem::Text(certificate_pem(der)));
            }
        }
        let credentials = target
            .clients
            .iter()
            .map(|(name, client)| (name.clone(), Credentials::of(name, client)));
        let passwords = target.users.iter();
        let passwords =
            passwords.map(|(name, user)| (name.clone(), secret_of(name, "password", user.password.as_ref())));
        let published = target.domains.iter().filter_map(|(name, domain)| {
            let certificate = domain.signing_certificate.as_ref()?.read().ok()?;
            Some((name.clone(), Value::from(certificate)))
        });
        let published: Vec<(String, Value)> = published.collect();
        let credentials: HashMap<_, _> = credentials.collect();
        let passwords: HashMap<_, _> = passwords.collect();
        let secrets = credentials
            .values()
            .map(|credentials: &Credentials| &credentials.secret);
        let secrets = secrets
            .chain(passwords.values())
            .filter_map(|secret| secret.as_ref().ok());
        let cast = Self {
            mask: Mask::of(secrets.map(ExposeSecret::expose_secret)),
            credentials,
            passwords,
            signing_keys: HashMap::new(),
            target,
            nature,
        };
        published.into_iter().fold(cast, |cast, (name, certificate)| {
            cast.with_signing_keys(&name, &[certificate])
        })
    }

    /// Adds the keys with which a domain signs, as it publishes them: JWKs, or certificates in PEM. Others are left out.
    #[must_use]
    pub fn with_signing_keys(mut self, domain: &str, published: &[Value]) -> Self {
        let keys = published.iter().filter_map(public_key).collect();
        self.signing_keys.insert(domain.to_owned(), keys);
        self
    }

    /// The target.
    pub fn target(&self) -> &Target {
        &self.target
    }

    /// What hides the secrets and passwords of the players in texts of others.
    pub fn mask(&self) -> &Mask {
        &self.mask
    }

    /// Whether the servers are mocks of ours.
    pub fn is_embedded(&self) -> bool {
        self.nature == Nature::Embedded
    }

    /// The player of a name that is bound in a scenario; the last word of that name says what they are.
    pub fn player(&self, bound: &str, player: &str) -> Option<Entity<'_>> {
        self.target.lookup(Role::of(bound)?, player)
    }

    /// The secret of a client.
    pub fn secret(&self, client: &str) -> Result<SecretString, Missing> {
        self.credentials(client, "secret")?.secret.clone()
    }

    /// The password of a user.
    pub fn password(&self, user: &str) -> Result<SecretString, Missing> {
        let missing = || Missing::new(user, "password");
        self.passwords.get(user).ok_or_else(missing)?.clone()
    }

    /// The key of a client.
    pub fn key(&self, client: &str) -> Result<ClientKey, Missing> {
        self.credentials(client, "key")?.key.clone()
    }

    fn credentials(&self, client: &str, what: &str) -> Result<&Credentials, Missing> {
        self.credentials.get(client).ok_or_else(|| Missing::new(client, what))
    }

    /// What entries of the target say they have and what cannot be had: secrets, keys and passwords, by who lacks them.
    pub fn unreadable(&self) -> Vec<Missing> {
        let clients = self.target.clients.iter().filter_map(|(name, client)| {
            let credentials = self.credentials.get(name)?;
            let secret = client.secret.as_ref().and(credentials.secret.as_ref().err());
            let key = client.key.as_ref().and(credentials.key.as_ref().err());
            Some(secret.into_iter().chain(key))
        });
        let users = self.target.users.iter().filter_map(|(name, user)| {
            let password = self.passwords.get(name)?.as_ref().err();
            user.password.as_ref().and(password)
        });
        clients.flatten().chain(users).cloned().collect()
    }

    /// The host name of an API.
    pub fn host_of_api(&self, name: &str) -> Option<String> {
        let url = &self.target.apis.get(name)?.url;
        let (_, rest) = url.split_once("://")?;
        let authority = rest.split('/').next()?;
        Some(authority.split(':').next().unwrap_or(authority).to_owned())
    }

    /// The keys with which a domain signs, if they are known.
    pub fn signing_keys(&self, domain: &str) -> Option<&[PublicKey]> {
        self.signing_keys.get(domain).map(Vec::as_slice)
    }

    /// Whether requests with this effect may be sent to a player.
    pub fn allows(&self, effect: Effect, to: Option<Entity<'_>>) -> bool {
        let Nature::Foreign { effects } = &self.nature else {
            return true;
        };
        let allow = &self.target.allow;
        let is_allowed = effects.contains(&effect) && allow.effects.contains(&effect);
        let is_named = match (effect, to) {
            (Effect::Invoke, Some(Entity::Api(Api { agent: Some(agent), .. }))) => allow.agents.contains(agent),
            (Effect::Invoke, Some(Entity::Api(api))) => {
                let integration = api.integration.as_ref();
                integration.is_some_and(|integration| allow.integrations.contains(&integration.code))
            }
            _ => true,
        };
        is_allowed && is_named
    }

    /// Whether the entries of the target say that something is so.
    ///
    /// Entries say so of a client with key and alias, and of users who are like nobody. What is out of the ordinary is said by an
    /// entry that is like another one but for one thing.
    pub fn attests(&self, arrangement: &Arrangement, names: &Names) -> bool {
        let player = |bound: &str| names.get(bound).and_then(|player| self.player(bound, player));
        let is_special = |bound: &str| player(bound).is_some_and(|player| player.likeness().is_some());
        match arrangement {
            Arrangement::TrustedCertificate { of } => {
                let client = |client: &Client| client.key.is_some() && client.certificate_alias.is_some();
                matches!(player(of), Some(Entity::Client(found)) if client(found))
            }
            Arrangement::AgentOpenTo { api, user } => {
                let has_agent = matches!(player(api), Some(Entity::Api(Api { agent: Some(_), .. })));
                has_agent && player(user).is_some() && !is_special(user)
            }
            Arrangement::NoCertificate { of }
            | Arrangement::ClientInactive { of }
            | Arrangement::UserLocked { of }
            | Arrangement::UserRemoved { of } => is_special(of),
            Arrangement::CertificateOf { client, .. } => is_special(client),
            Arrangement::AgentClosedTo { user, .. } => is_special(user),
            Arrangement::CustomClaim { .. } | Arrangement::Setting { .. } => false,
        }
    }
}

impl Credentials {
    fn of(name: &str, client: &Client) -> Self {
        let missing = |what: String| Missing::new(name, what);
        let key = key_material(client).map_err(&missing).and_then(|material| {
            let certificate = match &client.certificate {
                Some(certificate) => {
                    let pem = certificate
                        .read()
                        .map_err(|error| missing(format!("certificate: {error}")))?;
                    Some(certificate_der(&pem).ok_or_else(|| missing("certificate that can be read".to_owned()))?)
                }
                None => material.certificates.into_iter().next(),
            };
            Ok(ClientKey {
                key: material.key,
                certificate_der: certificate,
                alias: client.certificate_alias.clone().unwrap_or_default(),
            })
        });
        Self {
            secret: secret_of(name, "secret", client.secret.as_ref()),
            key,
        }
    }
}

/// Reads the private key of a client, whatever its form; the error says what is lacking.
pub fn key_material(client: &Client) -> Result<KeyMaterial, String> {
    let key = client.key.as_ref().ok_or_else(|| "key".to_owned())?;
    let passphrase = client.key_passphrase.as_ref().map(SecretReference::resolve);
    let passphrase = passphrase
        .transpose()
        .map_err(|error| format!("key-passphrase: {error}"))?;
    let bytes = key.resolve_bytes().map_err(|error| format!("key: {error}"))?;
    read_key(bytes.expose(), passphrase.as_ref().map(Secret::expose)).map_err(|error| format!("key: {error}"))
}

/// Follows the reference to a secret of a player.
fn secret_of(player: &str, what: &str, reference: Option<&SecretReference>) -> Result<SecretString, Missing> {
    let reference = reference.ok_or_else(|| Missing::new(player, what))?;
    let secret = reference
        .resolve()
        .map_err(|error| Missing::new(player, format!("{what}: {error}")))?;
    Ok(secret.expose().into())
}

/// Reads a key as it is published.
fn public_key(published: &Value) -> Option<PublicKey> {
    match published.as_str() {
        Some(pem) => PublicKey::from_certificate_der(&certificate_der(pem)?).ok(),
        None => PublicKey::from_jwk(published).ok(),
    }
}

fn certificate_der(pem: &str) -> Option<Vec<u8>> {
    let der = CertificateDer::from_pem_slice(pem.as_bytes()).ok()?;
    Some(der.to_vec())
}

#[cfg(test)]
mod tests {
    use super::super::for_tests::{names, target};
    use super::*;

    fn foreign(effects: &[Effect]) -> Cast {
        let mut target = target();
        target.allow.effects = vec![Effect::Read, Effect::Invoke];
        target.allow.agents = vec!["HELPER".to_owned()];
        Cast::new(
            target,
            Nature::Foreign {
                effects: effects.to_vec(),
            },
        )
    }

    #[test]
    fn an_effect_must_be_asked_for_and_allowed() {
        let cast = foreign(&[Effect::Token, Effect::Invoke]);
        let agents = cast.player("api", "agents");
        assert!(cast.allows(Effect::Invoke, agents));
        assert!(!cast.allows(Effect::Read, agents), "not asked for");
        assert!(!cast.allows(Effect::Token, None), "not allowed");
        let mut other = foreign(&[Effect::Invoke]);
        other.target.allow.agents.clear();
        assert!(
            !other.allows(Effect::Invoke, other.player("api", "agents")),
            "another agent"
        );
        assert!(Cast::new(target(), Nature::Embedded).allows(Effect::Admin, None));
    }

    #[test]
    fn entries_attest_what_they_say() {
        let cast = foreign(&[]);
        let names = names(&[
            ("client", "backend"),
            ("keyless-client", "keyless"),
            ("user", "employee"),
            ("other-user", "locked"),
            ("api", "agents"),
        ]);
        let attests = |text: &str| cast.attests(&serde_saphyr::from_str(text).unwrap(), &names);
        assert!(attests("trusted-certificate: { of: client }"));
        assert!(!attests("trusted-certificate: { of: keyless-client }"));
        assert!(attests("agent-open-to: { api: api, user: user }"));
        assert!(!attests("agent-open-to: { api: api, user: other-user }"));
        assert!(attests("user-locked: { of: other-user }"));
        assert!(!attests("user-locked: { of: user }"));
        assert!(!attests("setting: { name: a, value: b }"));
    }

    #[test]
    fn a_missing_credential_is_named() {
        let cast = foreign(&[]);
        assert!(cast.key("backend").is_ok() && cast.secret("backend").is_ok());
        assert_eq!(cast.key("keyless").err(), Some(Missing::new("keyless", "key")));
    }
}
