//! What people and services keep in a pod: its users, rows of the classic REST resources with the trace of who changed them, its trust list.
//!
//! Plain values. Their form on the wire is in `fusion::adf`. A write names the version that it expects to find, as every effect does.

use std::sync::Arc;

use serde_json::{Map, Value};

use crate::landscape::trust_list::{InboundCertificate, Provider, TRUST_LIMIT};
use crate::landscape::{Landscape, Pod, PodUser};
use crate::state::{CommitError, Expects};

/// The most rows of one resource and the most users of a pod; more are refused until some are taken out.
pub const POD_RECORD_LIMIT: usize = 10_000;

/// Who made a record and who changed it last, by user name (FUSION-409).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trace {
    /// Who made it.
    pub created_by: String,
    /// The second it was made.
    pub created: u64,
    /// Who changed it last.
    pub last_updated_by: String,
    /// The second of that change.
    pub last_updated: u64,
    /// Which writing of it this is, counted from 0.
    pub version: u64,
}

impl Default for Trace {
    /// The trace of what was there from the beginning: made by nobody who can sign in, on 2026-01-01.
    fn default() -> Self {
        Self {
            created_by: "SEED_DATA".to_owned(),
            created: 1_767_225_600,
            last_updated_by: "SEED_DATA".to_owned(),
            last_updated: 1_767_225_600,
            version: 0,
        }
    }
}

impl Trace {
    /// The trace of something that this user makes now.
    pub fn made(by: &str, now: u64) -> Self {
        Self {
            created_by: by.to_owned(),
            created: now,
            last_updated_by: by.to_owned(),
            last_updated: now,
            version: 0,
        }
    }

    /// The trace after this user changed it now.
    #[must_use]
    pub fn changed(&self, by: &str, now: u64) -> Self {
        Self {
            last_updated_by: by.to_owned(),
            last_updated: now,
            version: self.version + 1,
            ..self.clone()
        }
    }
}

/// A row of a resource.
#[derive(Clone, Debug)]
pub struct Row {
    /// Its number.
    pub id: u64,
    /// Its attributes, without the number and the trace.
    pub values: Map<String, Value>,
    /// The rows below it.
    pub lines: Vec<Map<String, Value>>,
    /// Who changed it.
    pub trace: Trace,
}

/// Where a record of a pod is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PodKey {
    /// A user, by name.
    User(String),
    /// A row of the resource of this name, by number.
    Row(String, u64),
    /// A provider of its trust list, by id.
    Provider(String),
    /// A certificate of its trust list, by id.
    Certificate(String),
}

/// A record of a pod.
#[derive(Clone, Debug)]
pub enum PodRecord {
    /// A user.
    User(PodUser),
    /// A row.
    Row(Row),
    /// A provider.
    Provider(Provider),
    /// A certificate.
    Certificate(InboundCertificate),
}

impl Pod {
    /// The rows of a resource, by number.
    pub fn rows_of(&self, resource: &str) -> impl Iterator<Item = &Row> {
        self.rows.get(resource).into_iter().flat_map(|rows| rows.values())
    }

    fn version(&self, key: &PodKey) -> Option<u64> {
        match key {
            PodKey::User(name) => self.users.get(name).map(|user| user.trace.version),
            PodKey::Row(resource, id) => self.rows.get(resource)?.get(id).map(|row| row.trace.version),
            PodKey::Provider(id) => self.trust.providers.get(id).map(|provider| provider.meta.version),
            PodKey::Certificate(id) => self.trust.certificates.get(id).map(|kept| kept.meta.version),
        }
    }

    fn is_full(&self, key: &PodKey) -> bool {
        match key {
            PodKey::User(_) => self.users.len() >= POD_RECORD_LIMIT,
            PodKey::Row(resource, _) => self
                .rows
                .get(resource)
                .is_some_and(|rows| rows.len() >= POD_RECORD_LIMIT),
            PodKey::Provider(_) => self.trust.providers.len() >= TRUST_LIMIT,
            PodKey::Certificate(_) => self.trust.certificates.len() >= TRUST_LIMIT,
        }
    }

    fn put(&mut self, key: &PodKey, record: Option<PodRecord>) {
        match (key, record) {
            (PodKey::User(name), Some(PodRecord::User(user))) => drop(self.users.insert(name.clone(), user)),
            (PodKey::User(name), _) => drop(self.users.remove(name)),
            (PodKey::Row(resource, id), Some(PodRecord::Row(row))) => {
                self.rows.entry(resource.clone()).or_default().insert(*id, row);
            }
            (PodKey::Row(resource, id), _) => {
                if let Some(rows) = self.rows.get_mut(resource) {
                    rows.remove(id);
                }
            }
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;
    use crate::landscape::Domain;
    use crate::landscape::builder::LandscapeBuilder;

    fn landscape() -> (Landscape, String) {
        let landscape = LandscapeBuilder::default()
            .domain(Domain::new("home", keys::rfc9500()))
            .pod(Pod::new("DEV5", 1), "home")
            .build()
            .expect("the landscape holds together");
        (landscape, Pod::host_named("DEV5"))
    }

    fn row(id: u64, trace: Trace) -> PodRecord {
        PodRecord::Row(Row {
            id,
            values: Map::new(),
            lines: Vec::new(),
            trace,
        })
    }

    #[test]
    fn of_two_who_read_the_same_row_one_changes_it() {
        let (mut landscape, host) = landscape();
        let key = PodKey::Row("invoices".to_owned(), 1);
        let made = Trace::made("ada", 10);
        let changed = made.changed("grace", 20);
        assert_eq!(
            landscape.write_in_pod(&host, &key, Expects::Absent, Some(&row(1, made))),
            Ok(())
        );
        let mut change = || landscape.write_in_pod(&host, &key, Expects::Version(0), Some(&row(1, changed.clone())));
        assert_eq!(change(), Ok(()));
        assert_eq!(change(), Err(CommitError::Conflict));
        let kept = landscape.pods[&host].rows_of("invoices").next().expect("the row stays");
        assert_eq!(
            (kept.trace.created_by.as_str(), kept.trace.last_updated_by.as_str()),
            ("ada", "grace")
        );
    }

    #[test]
    fn a_row_of_no_pod_conflicts() {
        let (mut landscape, _) = landscape();
        let key = PodKey::Row("invoices".to_owned(), 1);
        let written = landscape.write_in_pod("nowhere.example", &key, Expects::Anything, None);
        assert_eq!(written, Err(CommitError::Conflict));
    }
}
