//! The report for programs: a run record as JSON, with every member of a case always there that a reader looks for.

use serde::Serialize;

use super::escape;
use crate::diagnosis::Suspicion;
use crate::expect::{Finding, level_name};
use crate::run::{
    CaseKind, CaseRecord, Evidence, ExchangeRecord, Known, RunRecord, ShardRecord, Stale, Summary, TokenRecord, Verdict,
};

/// The record, indented, members in an order that does not change. It can be read back as a [`RunRecord`].
pub fn json(record: &RunRecord) -> String {
    let text = serde_json::to_string_pretty(&Run::of(record)).expect("a record has only text, numbers and lists");
    escape::json(&text) + "\n"
}

#[derive(Serialize)]
struct Run<'a> {
    schema: &'a str,
    version: &'a str,
    digest: &'a str,
    target: &'a str,
    profile: &'a str,
    switches: &'a [String],
    seed: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    carrier: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    started: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    plan: Option<&'a str>,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    hosts: &'a [String],
    #[serde(skip_serializing_if = "Option::is_none")]
    shard: Option<&'a ShardRecord>,
    summary: Summary,
    #[serde(skip_serializing_if = "<[_]>::is_empty")]
    stale: &'a [Stale],
    cases: Vec<Case<'a>>,
}

#[derive(Serialize)]
struct Case<'a> {
    id: &'a str,
    title: &'a str,
    kind: CaseKind,
    verdict: Verdict,
    level: &'static str,
    covers: &'a [String],
    evidence: Evidence,
    findings: &'a [Finding],
    exchanges: &'a [ExchangeRecord],
    tokens: &'a [TokenRecord],
    #[serde(skip_serializing_if = "Option::is_none")]
    known: Option<&'a Known>,
    #[serde(skip_serializing_if = "<[Suspicion]>::is_empty")]
    suspicions: &'a [Suspicion],
    /// In seconds.
    duration: f64,
    #[serde(rename = "duration-us")]
    duration_us: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    reason: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<&'a str>,
    reproduce: &'a str,
}

impl<'a> Run<'a> {
    fn of(record: &'a RunRecord) -> Self {
        Self {
            schema: &record.schema,
            version: &record.version,
            digest: &record.digest,
            target: &record.target,
            profile: &record.profile,
            switches: &record.switches,
            seed: &record.seed,
            carrier: record.carrier.as_deref(),
            started: record.started.as_deref(),
            plan: record.plan.as_deref(),
            hosts: &record.hosts,
            shard: record.shard.as_ref(),
            summary: record.summary,
            stale: &record.stale,
            cases: record.cases.iter().map(Case::of).collect(),
        }
    }
}

impl<'a> Case<'a> {
    fn of(case: &'a CaseRecord) -> Self {
        Self {
            id: &case.id,
            title: &case.title,
            kind: case.kind,
            verdict: case.verdict,
            level: level_name(case.level),
            covers: &case.covers,
            evidence: case.evidence,
            findings: &case.findings,
            exchanges: &case.exchanges,
            tokens: &case.tokens,
            known: case.known.as_ref(),
            suspicions: &case.suspicions,
            duration: std::time::Duration::from_micros(case.duration_us).as_secs_f64(),
            duration_us: case.duration_us,
            reason: case.reason.as_deref(),
            missing: case.missing.as_deref(),
            reproduce: &case.reproduce,
        }
    }
}
