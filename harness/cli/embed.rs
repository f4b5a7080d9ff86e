//! Turns mocks into a system that the harness can drive: in process, over HTTP or over TLS, with all levers.

use std::sync::Arc;
use std::time::Duration;

use tenantproof_harness::proof::Consulted;
use tenantproof_harness::scenario::model;
use tenantproof_harness::system::{
    ArrangeError, Arranged, HttpOptions, HttpSystem, Levers, Mint, Request, Response, System, TransportError,
    Witnessed, WitnessedCall,
};
use tenantproof_harness::target::Target;
use tenantproof_harness::token::SigningKey;
use tenantproof_mocks::landscape::file::{Keyring, Loaded};
use tenantproof_mocks::landscape::profile::{Profile, ProfileName};
use tenantproof_mocks::landscape::{AGENT_RUNTIME_ROLE, ClaimMode, ClaimTokens, CustomClaim, Landscape, UserStatus};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::rule::defect::Active;
use tenantproof_mocks::serve::{Bound, Encryption, Servers};
use tenantproof_mocks::wire::{self, Channel};

use crate::arguments::Carrier;
use crate::{landscapes, players};

/// When embedded servers think it is: 2026-11-20, noon.
pub const EMBEDDED_TIME: u64 = 1_795_176_000;

/// Embedded servers and the target that describes them.
pub struct Embedded {
    /// The target.
    pub target: Target,
    /// The system, with all levers.
    pub system: Box<dyn System>,
}

impl std::fmt::Debug for Embedded {
    fn fmt(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
        formatter
            .debug_struct("Embedded")
            .field("target", &self.target.name)
            .finish_non_exhaustive()
    }
}

/// How embedded servers are to be.
#[derive(Clone, Debug, Default)]
pub struct Make<'a> {
    /// The whole profile.
    pub profile: ProfileName,
    /// Single switches on top of it.
    pub switches: &'a [(String, String)],
    /// Defects that are switched on.
    pub active: Active,
    /// What their randomness follows from.
    pub seed: u64,
    /// Whether the witness lever is hidden, as in the proof.
    pub hide_witness: bool,
    /// Where every rule is noted that has a part in an answer.
    pub consulted: Option<Consulted>,
}

/// Starts embedded servers on published keys and a clock that stands still.
///
/// # Panics
///
/// Where a switch or value does not exist: callers pass names of the mocks' own table.
pub fn start(make: &Make, carrier: Carrier) -> Result<Embedded, std::io::Error> {
    let mut profile = Profile::whole(make.profile);
    for (name, value) in make.switches {
        profile
            .set(name, value)
            .expect("switches are named by the mocks' own table");
    }
    let target = landscapes::published_target(profile.name.name());
    start_as(target, landscapes::published_reference(profile), make, carrier)
}

/// Starts embedded servers of a landscape on a clock that stands still; the profile is the landscape's own.
pub fn start_with(loaded: Loaded, make: &Make, carrier: Carrier) -> Result<Embedded, std::io::Error> {
    let target = players::target_of(&loaded.landscape, &loaded.keys);
    start_as(target, loaded, make, carrier)
}

fn start_as(target: Target, loaded: Loaded, make: &Make, carrier: Carrier) -> Result<Embedded, std::io::Error> {
    let Loaded { landscape, keys } = loaded;
    let mut seed = [0; 32];
    seed[..8].copy_from_slice(&make.seed.to_le_bytes());
    let mut levers = levers(&landscape, &keys);
    levers.witness = !make.hide_witness;
    let mut mock = Mock::fixed(landscape, EMBEDDED_TIME, seed).with_defects(make.active.clone());
    if let Some(consulted) = make.consulted.clone() {
        mock = mock.watched_by(move |_, decision| {
            let mut consulted = consulted.lock().expect("nobody panics while a rule is noted");
            for rule in decision
                .consulted()
                .filter(|rule| !consulted.contains(*rule))
                .collect::<Vec<_>>()
            {
                consulted.insert(rule.to_owned());
            }
        });
    }
    // Without TLS there is no channel on which a certificate could be shown.
    levers.client_certificate = !matches!(carrier, Carrier::Http);
    let system: Box<dyn System> = match carrier {
        Carrier::InProcess => Box::new(InProcess {
            mock: Arc::new(mock),
            levers,
        }),
        Carrier::Http => Box::new(OverHttp::start(mock, levers, Encryption::Plain)?),
        Carrier::Https => Box::new(OverHttp::start(mock, levers, Encryption::Tls)?),
    };
    Ok(Embedded { target, system })
}

fn levers(landscape: &Landscape, keys: &Keyring) -> Levers {
    let mint = landscapes::lent(landscape, keys).map(|(issuer, key_id, key)| Mint {
        issuer: issuer.to_owned(),
        key: SigningKey::from_pem(&key.to_pem()).expect("a PEM key that was just written is read"),
        key_id: key_id.to_owned(),
    });
    Levers {
        clock: true,
        client_certificate: false,
        registration: true,
        witness: true,
        listener: None,
        mint,
    }
}

/// A mock, asked by a function call.
struct InProcess {
    mock: Arc<Mock>,
    levers: Levers,
}

impl System for InProcess {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let place = Place::of(&request.url)?;
        let response = self.mock.answer(&wire::Request {
            method: request.method.clone(),
            site: place.host.to_owned(),
            path: place.path.to_owned(),
            query: place.query.map(str::to_owned),
            headers: request
                .headers
                .iter()
                .map(|(name, value)| (name.to_ascii_lowercase(), value.clone()))
                .collect(),
            body: request.body.clone(),
            channel: Channel::Protected,
            client_certificate: request
                .identity
                .as_ref()
                .map(|identity| identity.certificate_der.clone()),
        });
        Ok(Response {
            status: response.status,
            headers: response.headers,
            body: response.body,
        })
    }

    fn fork(&self) -> Option<Box<dyn System>> {
        Some(Box::new(Self {
            mock: Arc::new(self.mock.fork()),
            levers: self.levers.clone(),
        }))
    }

    fn now(&self) -> u64 {
        self.mock.now()
    }

    fn pass(&self, time: Duration) {
        self.mock.pass(time);
    }

    fn levers(&self) -> &Levers {
        &self.levers
    }

    fn arrange(&self, what: &Arranged) -> Result<(), ArrangeError> {
        arrange(&self.mock, what)
    }

    fn witness(&self, ecid: &str) -> Option<Witnessed> {
        witness(&self.mock, &self.levers, ecid)
    }
}

/// A mock behind servers of its own.
struct OverHttp {
    servers: Servers,
    encryption: Encryption,
    client: HttpSystem,
    levers: Levers,
}

impl OverHttp {
    fn start(mock: Mock, levers: Levers, encryption: Encryption) -> Result<Self, std::io::Error> {
        let landscape = mock.landscape();
        let servers = Bound::bind(landscape.hosts(), 0, encryption)?.start(Arc::new(mock));
        let options = HttpOptions {
            extra_roots: servers.authority.clone(),
            ..HttpOptions::default()
        };
        let client = HttpSystem::new(options).map_err(std::io::Error::other)?;
        Ok(Self {
            servers,
            encryption,
            client,
            levers,
        })
    }
}

impl System for OverHttp {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let place = Place::of(&request.url)?;
        let Some(base) = self.servers.url_of(place.host) else {
            return Err(TransportError::Refused {
                site: place.host.to_owned(),
            });
        };
        // The landscape keeps its names; only the way to the site is another.
        let query = place.query.map(|query| format!("?{query}")).unwrap_or_default();
        self.client.send(&Request {
            url: format!("{base}{}{query}", place.path),
            ..request.clone()
        })
    }

    fn fork(&self) -> Option<Box<dyn System>> {
        let fork = Self::start(self.servers.mock.fork(), self.levers.clone(), self.encryption).ok()?;
        Some(Box::new(fork))
    }

    fn now(&self) -> u64 {
        self.servers.mock.now()
    }

    fn pass(&self, time: Duration) {
        self.servers.mock.pass(time);
    }

    fn levers(&self) -> &Levers {
        &self.levers
    }

    fn arrange(&self, what: &Arranged) -> Result<(), ArrangeError> {
        arrange(&self.servers.mock, what)
    }

    fn witness(&self, ecid: &str) -> Option<Witnessed> {
        witness(&self.servers.mock, &self.levers, ecid)
    }
}

/// The pieces of an address.
struct Place<'a> {
    host: &'a str,
    path: &'a str,
    query: Option<&'a str>,
}

impl<'a> Place<'a> {
    fn of(url: &'a str) -> Result<Self, TransportError> {
        let rest = url.strip_prefix("https://").or_else(|| url.strip_prefix("http://"));
        let rest = rest.ok_or_else(|| TransportError::Unsendable("an address that is not absolute".to_owned()))?;
        let (authority, path) = rest.split_at(rest.find('/').unwrap_or(rest.len()));
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        let host = authority.split_once(':').map_or(authority, |(host, _)| host);
        Ok(Self {
            host,
            path: if path.is_empty() { "/" } else { path },
            query,
        })
    }
}

fn witness(mock: &Mock, levers: &Levers, ecid: &str) -> Option<Witnessed> {
    if !levers.witness {
        return None;
    }
    let entry = mock.journal_entry(ecid)?;
    let calls = mock.journal_because_of(ecid);
    let all = std::iter::once(&entry).chain(&calls).flat_map(|entry| &entry.violated);
    let violated = all.map(|violated| violated.rule.to_owned()).collect();
    let calls = calls.into_iter().map(|call| WitnessedCall {
        site: call.site,
        user: call.user,
        client: call.client,
    });
    Some(Witnessed {
        violated,
        is_allowed: entry.is_allowed,
        user: entry.user,
        client: entry.client,
        token_id: entry.token_id,
        calls: calls.collect(),
    })
}

/// Makes an arrangement true of a mock's landscape.
fn arrange(mock: &Mock, what: &Arranged) -> Result<(), ArrangeError> {
    mock.change(|landscape| change(landscape, what))
}

fn change(landscape: &mut Landscape, what: &Arranged) -> Result<(), ArrangeError> {
    let unknown = |what, name: &str| ArrangeError::Unknown {
        what,
        name: name.to_owned(),
    };
    let app =
        |landscape: &'_ mut Landscape, id: &str, change: &mut dyn FnMut(&mut tenantproof_mocks::landscape::App)| {
            landscape.app_mut(id).map(change).ok_or_else(|| unknown("client", id))
        };
    match what {
        // The reference landscape knows every certificate and role that scenarios arrange; a client without one is there on purpose.
        Arranged::TrustedCertificate { client_id } => app(landscape, client_id, &mut |_| {}),
        Arranged::NoCertificate { client_id } => app(landscape, client_id, &mut |app| app.certificates.clear()),
        Arranged::CertificateOf {
            client_id,
            other_client_id,
        } => {
            let other = landscape
                .app_mut(other_client_id)
                .ok_or_else(|| unknown("client", other_client_id))?;
            let taken = other.certificates.clone();
            app(landscape, client_id, &mut |app| {
                // The alias stays, the key behind it changes.
                for (kept, taken) in app.certificates.iter_mut().zip(&taken) {
                    *kept = tenantproof_mocks::jose::key::Certificate {
                        alias: kept.alias.clone(),
                        ..taken.clone()
                    };
                }
            })
        }
        Arranged::ClientInactive { client_id } => app(landscape, client_id, &mut |app| app.active = false),
        Arranged::AgentOpenTo { agent, user } => roles(landscape, agent, user, Access::Open),
        Arranged::AgentClosedTo { agent, user } => roles(landscape, agent, user, Access::Closed),
        Arranged::UserLocked { user } => domain_user(landscape, user, |users, name| {
            users.get_mut(name).map(|user| user.status = UserStatus::Locked)
        }),
        Arranged::UserRemoved { user } => domain_user(landscape, user, |users, name| users.remove(name).map(|_| ())),
        Arranged::CustomClaim {
            domain,
            name,
            values,
            tokens,
            mode,
            scope,
        } => {
            let found = landscape.domains.values_mut().find(|found| found.label == *domain);
            let found = found.ok_or_else(|| unknown("domain", domain))?;
            Arc::make_mut(found).custom_claims.push(CustomClaim {
                values: values.clone().unwrap_or_default(),
                is_groups: values.is_none(),
                tokens: match tokens {
                    model::ClaimTokens::Access => ClaimTokens::Access,
                    model::ClaimTokens::Identity => ClaimTokens::Identity,
                    model::ClaimTokens::Both => ClaimTokens::Both,
                },
                mode: match mode {
                    model::ClaimMode::Always => ClaimMode::Always,
                    model::ClaimMode::Request => ClaimMode::Request,
                    model::ClaimMode::Never => ClaimMode::Never,
                },
                scopes: scope.clone().map(|scope| vec![scope]),
                ..CustomClaim::new(name)
            });
            Ok(())
        }
        Arranged::Setting { name, value } => landscape
            .profile
            .set(name, value)
            .map_err(|error| ArrangeError::Failed(error.to_string())),
        _ => Err(ArrangeError::NoLever),
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Access {
    Open,
    Closed,
}

fn roles(landscape: &mut Landscape, agent: &str, user: &str, access: Access) -> Result<(), ArrangeError> {
    let pod = landscape.pods.values_mut().find(|pod| pod.agents.contains_key(agent));
    let pod = Arc::make_mut(pod.ok_or_else(|| ArrangeError::Unknown {
        what: "agent",
        name: agent.to_owned(),
    })?);
    let role = pod.agents[agent].role.clone();
    let user = pod.users.get_mut(user).ok_or_else(|| ArrangeError::Unknown {
        what: "user",
        name: user.to_owned(),
    })?;
    user.roles.retain(|held| *held != role);
    if access == Access::Open {
        user.roles.push(role);
        if !user.roles.iter().any(|held| held == AGENT_RUNTIME_ROLE) {
            user.roles.push(AGENT_RUNTIME_ROLE.to_owned());
        }
    }
    Ok(())
}

type Users = std::collections::BTreeMap<String, tenantproof_mocks::landscape::User>;

fn domain_user(
    landscape: &mut Landscape,
    name: &str,
    change: impl Fn(&mut Users, &str) -> Option<()>,
) -> Result<(), ArrangeError> {
    let domain = landscape
        .domains
        .values_mut()
        .find(|domain| domain.label == "home" && domain.users.contains_key(name));
    let domain = domain.ok_or_else(|| ArrangeError::Unknown {
        what: "user",
        name: name.to_owned(),
    })?;
    change(&mut Arc::make_mut(domain).users, name).ok_or_else(|| ArrangeError::Unknown {
        what: "user",
        name: name.to_owned(),
    })
}
