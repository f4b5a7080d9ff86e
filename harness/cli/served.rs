//! A target that is reached over the network, with the levers that its file declares.

use std::time::Duration;

use tenantproof_harness::system::{
    ArrangeError, Arranged, HttpOptions, HttpSystem, Levers, Mint, Request, Response, System, TransportError, Witnessed,
};
use tenantproof_harness::target::Target;
use tenantproof_harness::token::SigningKey;

use crate::command::CommandError;

/// A target behind real connections.
pub struct Served {
    client: HttpSystem,
    levers: Levers,
}

impl Served {
    /// Connects to what a target file describes. Only an issuer key can be lent by a file; the other levers need a process of ours.
    ///
    /// # Errors
    ///
    /// A certificate or key that cannot be read.
    pub fn of(target: &Target) -> Result<Self, CommandError> {
        let roots = target
            .ca
            .as_ref()
            .map(tenantproof_harness::target::Pem::read)
            .transpose();
        let extra_roots = roots.map_err(CommandError::world(
            "the certificate authority of the target cannot be read",
        ))?;
        let client = HttpSystem::new(HttpOptions {
            extra_roots,
            ..HttpOptions::default()
        })
        .map_err(|error| CommandError::Usage(error.to_string()))?;
        let mint = target.levers.mint.as_ref().map(|mint| {
            let key = mint
                .key
                .resolve()
                .map_err(|error| CommandError::Usage(format!("levers.mint: {error}")))?;
            let key = SigningKey::from_pem(key.expose())
                .map_err(|error| CommandError::Usage(format!("levers.mint.key: {error}")))?;
            Ok(Mint {
                issuer: mint.issuer.clone(),
                key,
                key_id: mint.key_id.clone(),
            })
        });
        let levers = Levers {
            mint: mint.transpose()?,
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
