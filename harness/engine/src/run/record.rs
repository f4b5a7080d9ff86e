//! The record of a run: everything that reports are made of. Versioned, and free of secrets and tokens.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::shard::ShardRecord;
use super::verdict::Verdict;
use crate::diagnosis::Suspicion;
use crate::expect::Finding;
use crate::observe::Observed;
use crate::scenario::model::Level;

/// The name and version of this form of record.
///
/// Version 2 added what tokens say, who spoke to whom, and known deviations. A record of version 1 is read as one without them.
pub const SCHEMA: &str = "tenantproof/run/2";

/// What the reason of a case begins with that was not run because the run ended before its turn.
pub const INTERRUPTED: &str = "interrupted";

/// One run.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct RunRecord {
    /// [`SCHEMA`].
    pub schema: String,
    /// The version of the tool.
    pub version: String,
    /// The digest of the scenarios.
    pub digest: String,
    /// The name of the target.
    pub target: String,
    /// The profile.
    pub profile: String,
    /// The switches that were set beside the profile, as `name=value`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub switches: Vec<String>,
    /// What fresh values are made from.
    pub seed: String,
    /// How an embedded target was reached.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub carrier: Option<String>,
    /// When it began; only where the caller says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub started: Option<String>,
    /// The plan that limited it; only where the caller says so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
    /// The hosts that were spoken to, as the target file names them; only where it says when it began.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub hosts: Vec<String>,
    /// Which part of a run it is of, if it is of one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub shard: Option<ShardRecord>,
    /// How many cases came to what.
    pub summary: Summary,
    /// What is wrong with the baseline: each of these fails the run.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stale: Vec<Stale>,
    /// The cases, in the order of the plan.
    pub cases: Vec<CaseRecord>,
}

/// How many cases came to what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
#[expect(missing_docs, reason = "the fields are the verdicts, which have docs of their own")]
pub struct Summary {
    pub pass: usize,
    pub warn: usize,
    pub fail: usize,
    pub refused_otherwise: usize,
    pub inconclusive: usize,
    pub skipped: usize,
    pub broken: usize,
}

impl Summary {
    /// Counts some cases.
    pub fn of(cases: &[CaseRecord]) -> Self {
        let mut summary = Self::default();
        for case in cases {
            *match case.verdict {
                Verdict::Pass => &mut summary.pass,
                Verdict::Warn => &mut summary.warn,
                Verdict::Fail => &mut summary.fail,
                Verdict::RefusedOtherwise => &mut summary.refused_otherwise,
                Verdict::Inconclusive => &mut summary.inconclusive,
                Verdict::Skipped => &mut summary.skipped,
                Verdict::Broken => &mut summary.broken,
            } += 1;
        }
        summary
    }
}

/// One flow, or one case or variant of a table.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct CaseRecord {
    /// `file`, `file#case` or `file#case:variant`.
    pub id: String,
    /// What is tried, in a line.
    pub title: String,
    /// What must come of it.
    pub kind: CaseKind,
    /// What came of it.
    pub verdict: Verdict,
    /// How much a miss weighs.
    #[serde(serialize_with = "level_word")]
    pub level: Level,
    /// The requirement rows that it judges.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// What the verdict rests on.
    pub evidence: Evidence,
    /// What was found.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// What went over the wire, without what is secret.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub exchanges: Vec<ExchangeRecord>,
    /// What the tokens in the exchanges say, in the order in which they were first seen.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub tokens: Vec<TokenRecord>,
    /// The entry of the baseline that says that it is known; such a case fails no run.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub known: Option<Known>,
    /// What may be wrong with the set-up, where something failed that should have worked; the likeliest first.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub suspicions: Vec<Suspicion>,
    /// How long it took, in microseconds.
    pub duration_us: u64,
    /// Why it was skipped, inconclusive or broken.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// The name of what was missing, where that is why it was skipped; `--require` goes by it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<String>,
    /// The command line that runs it again, alone.
    pub reproduce: String,
}

impl RunRecord {
    /// Fails what was skipped for something that must not be missing.
    pub fn insist(&mut self, require: &[String]) {
        self.cases.iter_mut().for_each(|case| case.insist(require));
        self.summary = Summary::of(&self.cases);
    }
}

impl CaseRecord {
    /// Fails the case if it was skipped for something that must not be missing.
    pub fn insist(&mut self, require: &[String]) {
        let Some(missing) = self.missing.as_ref().filter(|missing| require.contains(missing)) else {
            return;
        };
        if self.verdict == Verdict::Skipped {
            self.verdict = Verdict::Fail;
            self.reproduce += &format!(" --require {missing}");
            self.reason = self.reason.take().map(|reason| format!("required, but {reason}"));
        }
    }

    /// Whether the end of the run came before the case did.
    pub fn is_interrupted(&self) -> bool {
        let reason = self.reason.as_deref().unwrap_or_default();
        self.verdict == Verdict::Skipped && reason.starts_with(INTERRUPTED)
    }
}

/// What must come of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CaseKind {
    /// Every step succeeds.
    Flow,
    /// The judged step is refused.
    Refused,
    /// The judged step succeeds.
    Accepted,
    /// Either is allowed.
    Reported,
    /// More is read from the control.
    Inspected,
}

/// What a verdict rests on, from best to least.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Evidence {
    /// The target's own journal says the same.
    Witnessed,
    /// The answer on the wire.
    Answered,
    /// The answer on the wire, and the target file's word that its entries are what they are said to be.
    Attested,
}

/// One request and its answer, without what is secret.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ExchangeRecord {
    /// The step.
    pub step: String,
    /// Who sent it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from: Option<Party>,
    /// Who was asked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub to: Option<Party>,
    /// The HTTP method.
    pub method: String,
    /// The address, without the query.
    pub url: String,
    /// The status; none where there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// Where a redirect leads, without what is secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub location: Option<String>,
    /// What the answer is called in the target's own records.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ecid: Option<String>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// What the answer shows of how its server behaves; only where somebody wanted to compare it.
    #[serde(default, skip_serializing_if = "Observed::is_empty")]
    pub observed: Observed,
}

/// Who takes part in an exchange, in the order in which they stand in a picture of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Party {
    /// A person with a browser.
    User,
    /// A client application, played by us.
    Client,
    /// An identity domain.
    Domain,
    /// Oracle Integration.
    Integration,
    /// Fusion: agents, pages and services.
    Fusion,
    /// Another API.
    Api,
}

/// What a token says that went over the wire. Its signature is left out, so that nobody can use it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct TokenRecord {
    /// What stands in its place elsewhere in the record: `jwt:` and eight hexadecimal digits.
    pub digest: String,
    /// Where it was seen, such as `token: sent as form assertion`.
    pub seen: Vec<String>,
    /// The JOSE header.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub header: Map<String, Value>,
    /// The claims; long texts are cut, and what may open something is hidden.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub claims: Map<String, Value>,
    /// Why it cannot be read, where it cannot.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fault: Option<String>,
}

/// A deviation that the baseline knows of.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Known {
    /// Why it is put up with.
    pub reason: String,
    /// The last day on which it is, such as `2026-12-31`.
    pub until: String,
}

/// An entry of the baseline that is no longer true.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Stale {
    /// The case that it names.
    pub case: String,
    /// What is wrong with it.
    pub why: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn level_word<S: serde::Serializer>(level: &Level, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(crate::expect::level_name(*level))
}

/// Records for the tests of this crate.
#[cfg(test)]
pub(crate) mod testing {
    use super::*;

    /// A record of some cases, about which nothing else is said.
    pub(crate) fn record(cases: Vec<CaseRecord>) -> RunRecord {
        RunRecord {
            schema: SCHEMA.to_owned(),
            version: String::new(),
            digest: String::new(),
            target: String::new(),
            profile: String::new(),
            switches: Vec::new(),
            seed: String::new(),
            carrier: None,
            started: None,
            plan: None,
            hosts: Vec::new(),
            shard: None,
            summary: Summary::of(&cases),
            stale: Vec::new(),
            cases,
        }
    }

    /// A refused case with a verdict.
    pub(crate) fn case(id: &str, verdict: Verdict) -> CaseRecord {
        CaseRecord {
            id: id.to_owned(),
            title: "a title".to_owned(),
            kind: CaseKind::Refused,
            verdict,
            level: Level::Must,
            covers: Vec::new(),
            evidence: Evidence::Answered,
            findings: Vec::new(),
            exchanges: Vec::new(),
            tokens: Vec::new(),
            known: None,
            suspicions: Vec::new(),
            duration_us: 0,
            reason: None,
            missing: None,
            reproduce: String::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::testing::{case, record};
    use super::*;

    #[test]
    fn a_record_is_read_back_as_it_was_written() {
        let cases = Verdict::ALL.map(|verdict| case("a#b", verdict)).to_vec();
        let record = RunRecord {
            version: "0".to_owned(),
            digest: "d".to_owned(),
            target: "t".to_owned(),
            profile: "rfc".to_owned(),
            switches: vec!["a=b".to_owned()],
            seed: "0".to_owned(),
            ..record(cases)
        };
        let text = serde_json::to_string(&record).unwrap();
        assert!(
            text.contains(r#""verdict":"refused-otherwise","level":"must""#),
            "{text}"
        );
        assert!(text.contains(r#""refused-otherwise":1"#), "{text}");
        assert_eq!(serde_json::from_str::<RunRecord>(&text).unwrap(), record);
    }

    #[test]
    fn a_record_of_the_first_version_is_still_read() {
        let text = r#"{"schema":"tenantproof/run/1","version":"0","digest":"d","target":"t","profile":"rfc","seed":"1",
            "summary":{"pass":1,"warn":0,"fail":0,"refused-otherwise":0,"inconclusive":0,"skipped":0,"broken":0},
            "cases":[{"id":"a","title":"t","kind":"flow","verdict":"pass","level":"must","evidence":"answered",
                "exchanges":[{"step":"s","method":"GET","url":"https://a.example/","status":200}],"duration-us":1,"reproduce":""}]}"#;
        let record: RunRecord = serde_json::from_str(text).unwrap();
        assert_eq!(
            (record.cases[0].tokens.len(), record.cases[0].exchanges[0].to),
            (0, None)
        );
    }
}
