//! A target as scenarios see it: players found by role and name, with attributes that templates read.
//!
//! Made by [`super::load()`] from a file, or in code for servers that run in this process. Paths are already relative to where we are.

use std::net::IpAddr;
use std::path::PathBuf;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use indexmap::IndexMap;
use rustls_pki_types::CertificateDer;
use rustls_pki_types::pem::PemObject as _;
use serde_json::{Value, json};
use x509_parser::certificate::X509Certificate;
use x509_parser::prelude::FromDer as _;

use super::model::{Allow, ApiKind, Integration, Limits};
use super::secret::SecretReference;
use crate::scenario::model::{Lever, Role};
use crate::token::{x5t, x5t_s256};

/// Whom we test, and what we may do there.
#[derive(Clone, Debug, Default)]
pub struct Target {
    /// What people call it.
    pub name: String,
    /// How answers look: the name of a profile, or a path.
    pub profile: String,
    /// The only hosts that are ever spoken to.
    pub hosts: Vec<String>,
    /// Root certificates to trust beside those of the system.
    pub extra_roots: Vec<Pem>,
    /// What a run may cost.
    pub limits: Limits,
    /// The most that a command line may ask for.
    pub allow: Allow,
    /// The day on which people begin to depend on it, as `YYYY-MM-DD`.
    pub go_live: Option<String>,
    /// Identity domains.
    pub domains: IndexMap<String, Domain>,
    /// Confidential apps.
    pub clients: IndexMap<String, Client>,
    /// Users.
    pub users: IndexMap<String, User>,
    /// Resource servers.
    pub apis: IndexMap<String, Api>,
    /// What it lets us move.
    pub levers: Levers,
}

/// A public PEM text, or where it stands.
#[derive(Clone, Debug)]
pub enum Pem {
    /// A file.
    File(PathBuf),
    /// The text.
    Text(String),
}

impl Pem {
    /// The text.
    pub fn read(&self) -> std::io::Result<String> {
        match self {
            Self::File(path) => std::fs::read_to_string(path),
            Self::Text(text) => Ok(text.clone()),
        }
    }
}

/// That an entry is like another one but for one thing; the target's author vouches for it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Likeness {
    /// The other entry.
    pub like: String,
    /// The one thing.
    pub but: String,
}

/// An identity domain.
#[derive(Clone, Debug, Default)]
pub struct Domain {
    /// Whom it is like.
    pub likeness: Option<Likeness>,
    /// Where it is.
    pub url: String,
    /// What `iss` of its tokens says.
    pub issuer: String,
    /// What `aud` of an assertion must say.
    pub assertion_audience: String,
    /// Seconds of clock skew that it allows, if known.
    pub leeway: Option<u32>,
    /// The certificate over the key that signs its tokens.
    pub signing_certificate: Option<Pem>,
}

/// A confidential app.
#[derive(Clone, Debug, Default)]
pub struct Client {
    /// Whom it is like.
    pub likeness: Option<Likeness>,
    /// The domain that it is registered in, by name.
    pub domain: String,
    /// Its display name.
    pub display_name: Option<String>,
    /// Its id.
    pub id: String,
    /// Its secret.
    pub secret: Option<SecretReference>,
    /// Its private key: PEM or PKCS#12.
    pub key: Option<SecretReference>,
    /// What opens the private key.
    pub key_passphrase: Option<SecretReference>,
    /// Its certificate.
    pub certificate: Option<Pem>,
    /// The alias under which the domain knows the certificate.
    pub certificate_alias: Option<String>,
    /// Where people are sent back to with a code.
    pub redirect_uri: Option<String>,
    /// Where people are sent after they signed out.
    pub post_logout_uri: Option<String>,
    /// The grants that it may use.
    pub grants: Vec<String>,
    /// The APIs that it may ask tokens for, by name.
    pub scopes: Vec<String>,
}

/// A user.
#[derive(Clone, Debug, Default)]
pub struct User {
    /// Whom they are like.
    pub likeness: Option<Likeness>,
    /// The user name.
    pub name: String,
    /// The domain that they live in, by name.
    pub domain: String,
    /// The password, for scenarios that sign in.
    pub password: Option<SecretReference>,
}

/// A resource server.
#[derive(Clone, Debug)]
pub struct Api {
    /// Whom it is like.
    pub likeness: Option<Likeness>,
    /// What it is.
    pub kind: ApiKind,
    /// The domain whose tokens it takes, by name.
    pub domain: String,
    /// Where it is.
    pub url: String,
    /// What `aud` of its tokens must hold.
    pub audience: String,
    /// The scope to ask for.
    pub scope: String,
    /// The agent that is run.
    pub agent: Option<String>,
    /// What the agent is asked.
    pub prompt: Option<String>,
    /// The integration that is run.
    pub integration: Option<Integration>,
    /// The name of the integration instance, as its design host wants it.
    pub instance: Option<String>,
}

/// What a target lets us move.
#[derive(Clone, Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "levers are there or not, each by itself")]
pub struct Levers {
    /// Its clock.
    pub clock: bool,
    /// Its apps, certificates, users and roles.
    pub registration: bool,
    /// Its journal.
    pub witness: bool,
    /// An address of ours that it can reach.
    pub listener: Option<String>,
    /// Where levers are worked over the network.
    pub control: Option<Control>,
    /// An issuer key that its APIs trust.
    pub mint: Option<Mint>,
    /// A channel that takes the certificate of a client.
    pub client_certificate: bool,
}

impl Levers {
    /// Whether the target has a lever.
    pub fn has(&self, lever: Lever) -> bool {
        match lever {
            Lever::Clock => self.clock,
            Lever::Registration => self.registration,
            Lever::Witness => self.witness,
            Lever::Listener => self.listener.is_some(),
            Lever::Mint => self.mint.is_some(),
            Lever::ClientCertificate => self.client_certificate,
        }
    }
}

/// Where levers are worked over the network.
#[derive(Clone, Debug)]
pub struct Control {
    /// The address.
    pub url: String,
    /// What opens it.
    pub token: SecretReference,
}

/// An issuer key that the target's APIs trust.
#[derive(Clone, Debug)]
pub struct Mint {
    /// What `iss` says.
    pub issuer: String,
    /// The private key, PEM.
    pub key: SecretReference,
    /// What `kid` says.
    pub key_id: String,
}

/// Somebody of a target.
#[derive(Clone, Copy, Debug)]
#[expect(missing_docs, reason = "each variant is its type")]
pub enum Entity<'a> {
    Domain(&'a Domain),
    Client(&'a Client),
    User(&'a User),
    Api(&'a Api),
}

impl<'a> Entity<'a> {
    /// Whom the entity is like, but for one thing.
    pub fn likeness(self) -> Option<&'a Likeness> {
        match self {
            Self::Domain(domain) => domain.likeness.as_ref(),
            Self::Client(client) => client.likeness.as_ref(),
            Self::User(user) => user.likeness.as_ref(),
            Self::Api(api) => api.likeness.as_ref(),
        }
    }

    /// What a template reads below the entity's name: `id`, or `integration.code`. No secret has a path.
    pub fn attribute(self, path: &[impl AsRef<str>]) -> Option<Value> {
        let path: Vec<&str> = path.iter().map(AsRef::as_ref).collect();
        let text = |text: &str| Some(json!(text));
        match (self, path.as_slice()) {
            (Self::Domain(domain), ["url"]) => text(&domain.url),
            (Self::Domain(domain), ["issuer"]) => text(&domain.issuer),
            (Self::Domain(domain), ["assertion-audience"]) => text(&domain.assertion_audience),
            (Self::Domain(domain), ["leeway"]) => domain.leeway.map(Value::from),
            (Self::Domain(domain), ["signing-keys"]) => {
                let certificate = domain.signing_certificate.as_ref()?.read().ok()?;
                Some(json!([certificate]))
            }
            (Self::Client(client), ["id"]) => text(&client.id),
            (Self::Client(client), ["certificate-alias"]) => client.certificate_alias.as_deref().and_then(text),
            (Self::Client(client), ["name"]) => client.display_name.as_deref().and_then(text),
            (Self::Client(client), ["redirect-uri"]) => client.redirect_uri.as_deref().and_then(text),
            (Self::Client(client), ["post-logout-uri"]) => client.post_logout_uri.as_deref().and_then(text),
            (Self::Client(client), ["certificate"]) => client.certificate.as_ref()?.read().ok().map(Value::from),
            (Self::Client(client), ["thumbprint"]) => client.thumbprint(x5t).map(Value::from),
            (Self::Client(client), ["thumbprint-s256"]) => client.thumbprint(x5t_s256).map(Value::from),
            (Self::Client(client), ["public-key"]) => client.public_key().map(Value::from),
            (Self::User(user), ["name"]) => text(&user.name),
            (Self::Api(api), ["kind"]) => text(api.kind.as_str()),
            (Self::Api(api), ["url"]) => text(&api.url),
            (Self::Api(api), ["audience"]) => text(&api.audience),
            (Self::Api(api), ["scope"]) => text(&api.scope),
            // What a token says of the scope: the half behind the audience (IDCS-OAUTH-325).
            (Self::Api(api), ["scope-value"]) => api.scope.strip_prefix(api.audience.as_str()).and_then(text),
            (Self::Api(api), ["agent"]) => api.agent.as_deref().and_then(text),
            (Self::Api(api), ["prompt"]) => api.prompt.as_deref().and_then(text),
            (Self::Api(api), ["instance"]) => api.instance.as_deref().and_then(text),
            (
                Self::Api(Api {
                    integration: Some(integration),
                    ..
                }),
                ["integration", member],
            ) => match *member {
                "code" => text(&integration.code),
                "version" => text(&integration.version),
                "path" => text(&integration.path),
                _ => None,
            },
            _ => None,
        }
    }
}

impl Client {
    /// The public key that its certificate is over, as a SubjectPublicKeyInfo document in base64 (RFC 5280 section 4.1).
    fn public_key(&self) -> Option<String> {
        let certificate = self.certificate.as_ref()?.read().ok()?;
        let der = CertificateDer::from_pem_slice(certificate.as_bytes()).ok()?;
        let (_, certificate) = X509Certificate::from_der(&der).ok()?;
        Some(STANDARD.encode(certificate.public_key().raw))
    }

    /// A thumbprint over its certificate, where it has a readable one.
    fn thumbprint(&self, of: fn(&[u8]) -> String) -> Option<String> {
        let certificate = self.certificate.as_ref()?.read().ok()?;
        Some(of(&CertificateDer::from_pem_slice(certificate.as_bytes()).ok()?))
    }
}

impl Target {
    /// The entity with a role and a name.
    pub fn lookup(&self, role: Role, name: &str) -> Option<Entity<'_>> {
        match role {
            Role::Domain => self.domains.get(name).map(Entity::Domain),
            Role::Client => self.clients.get(name).map(Entity::Client),
            Role::User => self.users.get(name).map(Entity::User),
            Role::Api => self.apis.get(name).map(Entity::Api),
        }
    }

    /// Every name with its role.
    pub fn names(&self) -> impl Iterator<Item = (Role, &str)> {
        let domains = self.domains.keys().map(|name| (Role::Domain, name.as_str()));
        let clients = self.clients.keys().map(|name| (Role::Client, name.as_str()));
        let users = self.users.keys().map(|name| (Role::User, name.as_str()));
        let apis = self.apis.keys().map(|name| (Role::Api, name.as_str()));
        domains.chain(clients).chain(users).chain(apis)
    }

    /// Every secret with its place in the file.
    pub fn secrets(&self) -> impl Iterator<Item = (String, &SecretReference)> {
        let clients = self.clients.iter().flat_map(|(name, client)| {
            [
                ("secret", client.secret.as_ref()),
                ("key", client.key.as_ref()),
                ("key-passphrase", client.key_passphrase.as_ref()),
            ]
            .map(|(member, secret)| (format!("clients.{name}.{member}"), secret))
        });
        let users = self
            .users
            .iter()
            .map(|(name, user)| (format!("users.{name}.password"), user.password.as_ref()));
        let levers = [
            (
                "levers.control.token",
                self.levers.control.as_ref().map(|control| &control.token),
            ),
            ("levers.mint.key", self.levers.mint.as_ref().map(|mint| &mint.key)),
        ];
        let levers = levers.into_iter().map(|(place, secret)| (place.to_owned(), secret));
        let all = clients.chain(users).chain(levers);
        all.filter_map(|(place, secret)| Some((place, secret?)))
    }

    /// Every secret with its place in the file, to be replaced.
    pub fn secrets_mut(&mut self) -> impl Iterator<Item = (String, &mut SecretReference)> {
        let clients = self.clients.iter_mut().flat_map(|(name, client)| {
            [
                ("secret", client.secret.as_mut()),
                ("key", client.key.as_mut()),
                ("key-passphrase", client.key_passphrase.as_mut()),
            ]
            .map(|(member, secret)| (format!("clients.{name}.{member}"), secret))
        });
        let users = self
            .users
            .iter_mut()
            .map(|(name, user)| (format!("users.{name}.password"), user.password.as_mut()));
        let levers = [
            (
                "levers.control.token",
                self.levers.control.as_mut().map(|control| &mut control.token),
            ),
            ("levers.mint.key", self.levers.mint.as_mut().map(|mint| &mut mint.key)),
        ];
        let levers = levers.into_iter().map(|(place, secret)| (place.to_owned(), secret));
        let all = clients.chain(users).chain(levers);
        all.filter_map(|(place, secret)| Some((place, secret?)))
    }

    /// The PEM texts of all extra roots in one, where there are any.
    pub fn roots(&self) -> std::io::Result<Option<String>> {
        let texts: Vec<String> = self.extra_roots.iter().map(Pem::read).collect::<Result<_, _>>()?;
        Ok((!texts.is_empty()).then(|| texts.join("\n")))
    }

    /// The hosts that are not this machine: with any of these, people may live on the target.
    pub fn hosts_beyond_loopback(&self) -> impl Iterator<Item = &str> {
        self.hosts.iter().map(String::as_str).filter(|host| !is_loopback(host))
    }
}

/// Whether a host is this machine by its name alone; no name is resolved.
pub fn is_loopback(host: &str) -> bool {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    let is_name = host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost");
    is_name || host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::target::Secret;

    fn target() -> Target {
        let client = Client {
            id: "0001".to_owned(),
            secret: Some(SecretReference::Given(Secret::from_text("hunter2"))),
            ..Client::default()
        };
        Target {
            clients: IndexMap::from([("backend".to_owned(), client)]),
            ..Target::default()
        }
    }

    #[test]
    fn templates_read_attributes_and_never_secrets() {
        let target = target();
        let client = target.lookup(Role::Client, "backend").expect("the client");
        assert_eq!(client.attribute(&["id"]), Some(json!("0001")));
        assert_eq!(client.attribute(&["certificate-alias"]), None);
        for path in ["secret", "key", "domain"] {
            assert_eq!(client.attribute(&[path]), None, "{path}");
        }
        assert!(target.lookup(Role::User, "backend").is_none());
        assert!(!format!("{target:?}").contains("hunter2"));
    }

    #[test]
    fn this_machine_is_known_by_its_names() {
        for host in ["localhost", "idcs.localhost", "127.0.0.1", "127.8.8.8", "::1", "[::1]"] {
            assert!(is_loopback(host), "{host}");
        }
        for host in [
            "localhost.example",
            "10.0.0.1",
            "0.0.0.0",
            "example",
            "127.0.0.1.example",
        ] {
            assert!(!is_loopback(host), "{host}");
        }
    }
}
