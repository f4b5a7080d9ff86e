//! The journal: what was asked, by whom, and which rules had what to say. Bounded, and free of secrets and tokens.
//!
//! An answer carries an ecid as the real one does; the journal is looked up by it.

use std::collections::VecDeque;

use serde::Serialize;

use crate::decide::Decision;
use crate::wire::Request;

/// The most entries that are kept; the oldest go first.
pub const JOURNAL_LIMIT: usize = 10_000;

/// What is remembered of one request.
#[derive(Clone, Debug, Serialize)]
pub struct Entry {
    /// The id that the answer carries in `X-ORACLE-DMS-ECID`.
    pub ecid: String,
    /// When, in seconds by the mock's clock.
    pub at: u64,
    /// The site that was asked.
    pub site: String,
    /// The endpoint.
    pub endpoint: &'static str,
    /// The method.
    pub method: String,
    /// The path, without the query.
    pub path: String,
    /// The status that was answered.
    pub status: u16,
    /// The client behind the request, where one is known.
    pub client: Option<String>,
    /// The user behind the request, where one is known.
    pub user: Option<String>,
    /// The `jti` of the token that it brought, where it has one. The token itself is never kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub token_id: Option<String>,
    /// Whether no rule refused it.
    #[serde(rename = "allowed")]
    pub is_allowed: bool,
    /// Every violated rule, in table order; the first one is the reason of the refusal.
    pub violated: Vec<Violated>,
    /// What is no violation and still worth knowing.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub remarks: Vec<&'static str>,
    /// The id of the answer that this request was made for, where a server of the landscape made it itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because_of: Option<String>,
    /// How many things changed.
    pub effects: usize,
    /// The fault that was shown on demand.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fault: Option<&'static str>,
}

/// A violated rule, as the journal shows it.
#[derive(Clone, Debug, Serialize)]
pub struct Violated {
    /// The rule's id.
    pub rule: &'static str,
    /// The cause.
    pub cause: &'static str,
    /// What was wrong, and what would have been right.
    pub detail: String,
}

impl Entry {
    /// The entry of a decision.
    pub fn of(decision: &Decision, request: &Request, at: u64) -> Self {
        let violated: Vec<Violated> = decision
            .judgement
            .violations()
            .map(|(rule, violation)| Violated {
                rule,
                cause: violation.cause,
                detail: violation.detail.to_string(),
            })
            .collect();
        Self {
            ecid: decision
                .answer
                .header_value("X-ORACLE-DMS-ECID")
                .unwrap_or_default()
                .to_owned(),
            at,
            site: request.site.clone(),
            endpoint: decision.endpoint,
            method: request.method.clone(),
            path: request.path.clone(),
            status: decision.answer.status,
            client: decision.client.clone(),
            user: decision.user.clone(),
            token_id: decision.token_id.clone(),
            is_allowed: violated.is_empty() && decision.answer.status < 400,
            violated,
            remarks: decision.remarks.clone(),
            because_of: None,
            effects: decision.effects.len(),
            fault: None,
        }
    }
}

/// The latest entries.
#[derive(Clone, Debug, Default)]
pub struct Journal {
    entries: VecDeque<Entry>,
}

impl Journal {
    /// Keeps an entry.
    pub fn keep(&mut self, entry: Entry) {
        if self.entries.len() == JOURNAL_LIMIT {
            self.entries.pop_front();
        }
        self.entries.push_back(entry);
    }

    /// The entry of the answer with this ecid.
    pub fn find(&self, ecid: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| entry.ecid == ecid)
    }

    /// What servers asked of one another while they gave the answer with this ecid, in their order; what those caused in turn included.
    pub fn because_of(&self, ecid: &str) -> Vec<&Entry> {
        let mut causes = vec![ecid];
        // Whatever was caused is kept before its cause, so one walk backwards meets every cause first.
        let mut found: Vec<&Entry> = Vec::new();
        for entry in self.entries.iter().rev() {
            if entry.because_of.as_deref().is_some_and(|cause| causes.contains(&cause)) {
                causes.push(&entry.ecid);
                found.push(entry);
            }
        }
        found.reverse();
        found
    }

    /// All entries, oldest first.
    pub fn entries(&self) -> impl Iterator<Item = &Entry> {
        self.entries.iter()
    }
}
