//! A target that is reached over the network, with the levers that its file declares.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;

use tenantproof_harness::system::{
    ArrangeError, Arranged, HttpOptions, HttpSystem, Levers, Mint, Proxies, Request, Response, System, TransportError,
    Witnessed,
};
use tenantproof_harness::target::Target;
use tenantproof_harness::token::read_key;

use crate::command::{CommandError, say};

/// A target behind real connections.
pub struct Served {
    client: HttpSystem,
    levers: Levers,
}

impl Served {
    /// Connects to what a target file describes. Only an issuer key and the channel for certificates can be lent by a file; the other levers need a process of ours.
    ///
    /// # Errors
    ///
    /// A certificate or key that cannot be read, a proxy that is none.
    pub fn of(target: &Target, resolve: BTreeMap<String, SocketAddr>) -> Result<Self, CommandError> {
        let roots = target.roots();
        let extra_roots = roots.map_err(CommandError::world("an extra root of the target cannot be read"))?;
        let proxies = if target.hosts_beyond_loopback().next().is_some() {
            Proxies::of_environment()
        } else {
            Proxies::default()
        };
        for line in proxies.shown() {
            say(&line);
        }
        let client = HttpSystem::new(HttpOptions {
            timeout: *target.limits.timeout,
            extra_roots,
            resolve,
            proxies,
        })
        .map_err(|error| CommandError::Usage(error.to_string()))?;
        let mint = target.levers.mint.as_ref().map(|mint| {
            let wrong = |error: &dyn std::fmt::Display| CommandError::Usage(format!("levers.mint.key: {error}"));
            let key = mint.key.resolve_bytes().map_err(|error| wrong(&error))?;
            let key = read_key(key.expose(), None).map_err(|error| wrong(&error))?;
            Ok(Mint {
                issuer: mint.issuer.clone(),
                key: key.key,
                key_id: mint.key_id.clone(),
            })
        });
        let levers = Levers {
            mint: mint.transpose()?,
            client_certificate: target.levers.client_certificate,
            ..Levers::default()
        };
        Ok(Self { client, levers })
    }
}

impl System for Served {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        self.client.send(request)
    }

    fn fork(&self) -> Option<Box<dyn System>> {
        None
    }

    fn now(&self) -> u64 {
        self.client.now()
    }

    fn pass(&self, time: Duration) {
        self.client.pass(time);
    }

    fn levers(&self) -> &Levers {
        &self.levers
    }

    fn arrange(&self, _: &Arranged) -> Result<(), ArrangeError> {
        Err(ArrangeError::NoLever)
    }

    fn witness(&self, _: &str) -> Option<Witnessed> {
        None
    }
}
