//! Matches misconfigurations against a symptom and puts the likeliest first.

use serde::{Deserialize, Serialize};

use super::symptom::Symptom;
use crate::scenario::model::Sureness;
use crate::scenario::model::diagnosis::{Misconfiguration, When};

/// The most suspicions that are offered.
const MOST: usize = 5;

/// What may be wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Suspicion {
    /// The id of the misconfiguration.
    pub id: String,
    /// What is behind it.
    pub cause: String,
    /// What to do.
    pub fix: String,
    /// Why we think so: what holds of this exchange.
    pub because: Vec<String>,
    /// How sure we are that such a cause has such a symptom.
    pub sure: String,
    /// Where it is from.
    pub sources: Vec<String>,
}

/// What may be behind a symptom, the likeliest first. Nothing, where nothing fits.
///
/// What explains more of the exchange comes first; then what we are surer of; then the order of the data, which is that of how often it happens.
pub fn suspects<'a>(known: impl Iterator<Item = &'a Misconfiguration>, symptom: &Symptom<'_>) -> Vec<Suspicion> {
    let mut found: Vec<(u32, Sureness, Suspicion)> = known
        .filter(|misconfiguration| misconfiguration.places.contains(&symptom.place))
        .filter_map(|misconfiguration| {
            let ways = misconfiguration.when.iter().filter_map(|when| matched(when, symptom));
            let (weight, because) = ways.max_by_key(|(weight, _)| *weight)?;
            let suspicion = Suspicion {
                id: misconfiguration.id.to_string(),
                cause: misconfiguration.cause.clone(),
                fix: misconfiguration.fix.clone(),
                because,
                sure: format!("{:?}", misconfiguration.sure).to_lowercase(),
                sources: misconfiguration.sources.clone(),
            };
            Some((weight, misconfiguration.sure, suspicion))
        })
        .collect();
    found.sort_by(|(one, sure, _), (other, other_sure, _)| other.cmp(one).then(sure.cmp(other_sure)));
    found
        .into_iter()
        .take(MOST)
        .map(|(_, _, suspicion)| suspicion)
        .collect()
}

/// How much of the exchange a misconfiguration explains, and what that is; none where it does not fit.
fn matched(when: &When, symptom: &Symptom<'_>) -> Option<(u32, Vec<String>)> {
    let mut weight = 0;
    let mut because = Vec::new();
    if !when.status.is_empty() {
        let status = symptom.status.filter(|status| when.status.contains(status))?;
        weight += 1;
        because.push(format!("the answer is {status}"));
    }
    if !when.error.is_empty() {
        let error = symptom.error.as_ref().filter(|error| when.error.contains(error))?;
        weight += 2;
        because.push(format!("the error is `{error}`"));
    }
    if !when.text.is_empty() {
        let text = when
            .text
            .iter()
            .find(|text| symptom.text.contains(&text.to_lowercase()))?;
        weight += 5;
        because.push(format!("the answer says \"{text}\""));
    }
    if when.not.iter().any(|fact| fact.holds(symptom)) || !when.facts.iter().all(|fact| fact.holds(symptom)) {
        return None;
    }
    for fact in &when.facts {
        weight += 4;
        because.push(fact.says().to_owned());
    }
    Some((weight, because))
}
