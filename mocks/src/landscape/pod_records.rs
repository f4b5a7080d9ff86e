//! What people and services keep in a pod, and how a record of it is written. A write names what it expects to find, as every effect does.

use std::sync::Arc;

use crate::landscape::trust_list::{InboundCertificate, Provider, TRUST_LIMIT};
use crate::landscape::{Landscape, Pod};
use crate::state::{CommitError, Expects};

/// Where a record of a pod is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodKey {
    /// A provider of its trust list, by id.
    Provider(String),
    /// A certificate of its trust list, by id.
    Certificate(String),
}

/// A record of a pod.
#[derive(Clone, Debug)]
pub enum PodRecord {
    /// A provider.
    Provider(Provider),
    /// A certificate.
    Certificate(InboundCertificate),
}

impl Pod {
    fn version(&self, key: &PodKey) -> Option<u64> {
        match key {
            PodKey::Provider(id) => self.trust.providers.get(id).map(|provider| provider.meta.version),
            PodKey::Certificate(id) => self.trust.certificates.get(id).map(|kept| kept.meta.version),
        }
    }

    fn is_full(&self, key: &PodKey) -> bool {
        match key {
            PodKey::Provider(_) => self.trust.providers.len() >= TRUST_LIMIT,
            PodKey::Certificate(_) => self.trust.certificates.len() >= TRUST_LIMIT,
        }
    }

    fn put(&mut self, key: &PodKey, record: Option<PodRecord>) {
        match (key, record) {
            (PodKey::Provider(id), Some(PodRecord::Provider(provider))) => {
                self.trust.providers.insert(id.clone(), provider);
            }
            (PodKey::Provider(id), _) => drop(self.trust.providers.remove(id)),
            (PodKey::Certificate(id), Some(PodRecord::Certificate(certificate))) => {
                self.trust.certificates.insert(id.clone(), certificate);
            }
            (PodKey::Certificate(id), _) => drop(self.trust.certificates.remove(id)),
        }
    }
}

impl Landscape {
    /// Writes a record of a pod, or removes it.
    ///
    /// # Errors
    ///
    /// A conflict, where the pod is gone or something else stands there than expected; `Full`, where there are as many records of the
    /// kind as there may be.
    pub fn write_in_pod(
        &mut self,
        host: &str,
        key: &PodKey,
        expects: Expects,
        record: Option<&PodRecord>,
    ) -> Result<(), CommitError> {
        let pod = self.pods.get_mut(host).ok_or(CommitError::Conflict)?;
        let found = pod.version(key);
        let is_expected = match expects {
            Expects::Anything => true,
            Expects::Absent => found.is_none(),
            Expects::Version(version) => found == Some(version),
        };
        if !is_expected {
            return Err(CommitError::Conflict);
        }
        if record.is_some() && found.is_none() && pod.is_full(key) {
            return Err(CommitError::Full);
        }
        Arc::make_mut(pod).put(key, record.cloned());
        Ok(())
    }
}
