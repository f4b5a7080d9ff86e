//! Looks for the settings under which a model shows what a target showed.
//!
//! The search is greedy: of all settings, the one is chosen that removes most differences, and again, until none removes any. Every step is a
//! run of the model on the cases that ran on the target. At the end the model is run anew as it was set, and what still differs is counted. A
//! switch that none of these cases shows keeps its default, and is told as not observed.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use super::difference::{Difference, compare, differences};
use super::model::{Assignment, Setting, Switch, Watch};
use super::sighting::Sightings;

/// What a search came to.
#[derive(Clone, Debug, PartialEq)]
pub struct Calibration {
    /// The name of the start from which the search went: a whole profile.
    pub start: String,
    /// Every switch with where it stands and why, in the order of the table.
    pub keys: Vec<Key>,
    /// The cases that ran on the target and on the model.
    pub compared: BTreeSet<String>,
    /// How many points differed at the start.
    pub differed: usize,
    /// What differs still, with the model set as was found and run anew: it is not modelled.
    pub remaining: Vec<Difference>,
}

/// A switch, where it stands and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// The switch and its value.
    pub setting: Setting,
    /// Whether it stands elsewhere than at the start.
    pub is_changed: bool,
    /// What that rests on.
    pub standing: Standing,
}

/// What the value of a switch rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// The target showed what the model shows at this value, and not at others.
    Observed {
        /// What the target showed at points where the model shows something else at another value. `one` is the other value's, `other` the
        /// target's.
        evidence: Vec<Difference>,
        /// Settings that show all the same in these cases. Any of them may be the truth.
        alternatives: Vec<Setting>,
        /// What speaks for another value, and was outweighed. `one` is what the model shows as it is set, `other` the target's.
        against: Vec<Difference>,
    },
    /// The cases that ran show the switch, and the target agrees with none of its values there.
    Undecided,
    /// No case that ran shows the switch: it stands at its default.
    NotObserved,
}

/// Looks for the settings under which the model shows what the target showed.
///
/// `starts` are whole profiles by name, the preferred one first; there is at least one.
pub fn calibrate(watch: &Watch<'_>, target: &Sightings, starts: &[(String, Assignment)]) -> Calibration {
    let observed = target.iter().filter(|(_, sighting)| sighting.is_something());
    let target: Sightings = observed.map(|(case, seen)| (case.clone(), seen.clone())).collect();
    let mut best: Option<(&str, &Assignment, Search<'_>)> = None;
    for (name, start) in starts {
        let search = Search::from(watch, &target, start);
        if best.as_ref().is_none_or(|(_, _, best)| search.cost() < best.cost()) {
            best = Some((name, start, search));
        }
        // Nothing can be better than a model that shows all the same.
        if best.as_ref().is_some_and(|(_, _, best)| best.cost() == Cost::default()) {
            break;
        }
    }
    let (name, start, search) = best.expect("callers name at least one start");
    search.finish(name, start)
}

/// What still differs: whether something was granted counts before everything else, since only then can the rest be compared.
type Cost = (usize, usize);

/// What still differs between a model and a target. A case that the model did not come through is as bad as one that ended otherwise: else a
/// setting under which nothing works would be the best.
fn cost(model: &Sightings, target: &Sightings) -> Cost {
    let compared = compare(model, target, ["the mocks", "the target"]);
    let found = compared.differences;
    let of_outcome = found.iter().filter(|difference| difference.is_of_outcome()).count();
    (of_outcome + compared.not_compared.len(), found.len() - of_outcome)
}

/// A search on its way.
struct Search<'a> {
    watch: &'a Watch<'a>,
    target: &'a Sightings,
    cases: BTreeSet<String>,
    current: Assignment,
    seen: Sightings,
    found: Vec<Difference>,
    differed: usize,
    /// What the model shows with one setting more than now.
    tried: BTreeMap<Setting, Sightings>,
    /// Settings that showed all the same as one that was chosen, when it was.
    twins: BTreeMap<Setting, Vec<Setting>>,
}

impl<'a> Search<'a> {
    fn from(watch: &'a Watch<'a>, target: &'a Sightings, start: &Assignment) -> Self {
        let cases: BTreeSet<String> = target.keys().cloned().collect();
        let seen = watch.observe(start, &cases);
        let found = differences(&seen, target);
        let tried = settings(watch.switches())
            .filter(|setting| !start.has(setting))
            .map(|setting| {
                let seen = watch.observe(&start.with(&setting), &cases);
                (setting, seen)
            });
        let mut search = Self {
            differed: found.len(),
            tried: tried.collect(),
            watch,
            target,
            cases,
            current: start.clone(),
            seen,
            found,
            twins: BTreeMap::new(),
        };
        while let Some(chosen) = search.best() {
            search.choose(&chosen);
        }
        search.take_back(start);
        search
    }

    fn cost(&self) -> Cost {
        cost(&self.seen, self.target)
    }

    /// The setting that makes the model most like the target; none where no setting makes it more so.
    fn best(&self) -> Option<Setting> {
        let order: Vec<Setting> = settings(self.watch.switches()).collect();
        let place = |setting: &Setting| order.iter().position(|known| known == setting);
        let costs = self
            .tried
            .iter()
            .map(|(setting, seen)| (cost(seen, self.target), place(setting), setting));
        let (least, _, best) = costs.min()?;
        (least < self.cost()).then(|| best.clone())
    }

    /// Takes back what later choices have made idle: without it the model shows the same.
    fn take_back(&mut self, start: &Assignment) {
        let changed: Vec<Setting> = start.settings().filter(|setting| !self.current.has(setting)).collect();
        for setting in changed {
            let is_idle = self
                .tried
                .get(&setting)
                .is_some_and(|seen| differences(seen, &self.seen).is_empty() && cost(seen, self.target) <= self.cost());
            if is_idle {
                self.choose(&setting);
            }
        }
    }

    /// Changes one setting, and looks again at what the others would show beside it.
    fn choose(&mut self, chosen: &Setting) {
        let seen = self.tried[chosen].clone();
        let is_twin =
            |(setting, other): &(&Setting, &Sightings)| *setting != chosen && differences(&seen, other).is_empty();
        let twins = self.tried.iter().filter(is_twin).map(|(setting, _)| setting.clone());
        self.twins.insert(chosen.clone(), twins.collect());
        let of_chosen = touched(&self.seen, &seen);
        let before = self.current.value(&chosen.switch).map(str::to_owned);
        self.current = self.current.with(chosen);
        self.found = differences(&seen, self.target);
        let old = std::mem::replace(&mut self.seen, seen);
        self.tried.remove(chosen);
        if let Some(before) = before {
            self.tried.insert(Setting::new(&chosen.switch, before), old.clone());
        }
        // Only where the new setting or the tried one shows can the two of them show something new together.
        for (setting, tried) in &mut self.tried {
            let of_tried = touched(&old, tried);
            let again: BTreeSet<String> = of_chosen.union(&of_tried).cloned().collect();
            let mut anew = self.seen.clone();
            let cases = self.cases.iter().filter(|case| again.contains(file_of(case)));
            let cases = cases.cloned().collect();
            anew.extend(self.watch.observe(&self.current.with(setting), &cases));
            *tried = anew;
        }
    }

    fn finish(self, name: &str, start: &Assignment) -> Calibration {
        let anew = self.watch.observe_anew(&self.current, &self.cases);
        let compared = compare(&anew, self.target, ["the mocks", "the target"]);
        let keys = self.watch.switches().iter().map(|switch| {
            let value = self.current.value(&switch.name).unwrap_or_default();
            let setting = Setting::new(&switch.name, value);
            Key {
                is_changed: !start.has(&setting),
                standing: self.standing(switch, &setting),
                setting,
            }
        });
        Calibration {
            start: name.to_owned(),
            keys: keys.collect(),
            compared: compared.compared,
            differed: self.differed,
            remaining: compared.differences,
        }
    }

    /// What the value of a switch rests on, as the model is set in the end.
    fn standing(&self, switch: &Switch, setting: &Setting) -> Standing {
        let (mut evidence, mut alternatives, mut against, mut is_shown) = (Vec::new(), Vec::new(), Vec::new(), false);
        let place = |difference: &Difference| {
            let Difference { case, step, point, .. } = difference.clone();
            (case, step, point)
        };
        let open: BTreeSet<_> = self.found.iter().map(place).collect();
        for value in switch.values.iter().filter(|value| **value != setting.value) {
            let other = Setting::new(&switch.name, value);
            let Some(seen) = self.tried.get(&other) else { continue };
            let shown = differences(seen, &self.seen);
            if shown.is_empty() {
                alternatives.push(other);
                continue;
            }
            is_shown = true;
            let agrees = |difference: &&Difference| self.is_observed(difference) && !open.contains(&place(difference));
            evidence.extend(shown.iter().filter(agrees).cloned());
            let open_there: BTreeSet<_> = differences(seen, self.target).iter().map(place).collect();
            let shown: BTreeSet<_> = shown.iter().map(place).collect();
            let speaks_for_other = |difference: &&Difference| {
                let place = place(difference);
                shown.contains(&place) && !open_there.contains(&place)
            };
            against.extend(self.found.iter().filter(speaks_for_other).cloned());
        }
        if !is_shown {
            return Standing::NotObserved;
        }
        if evidence.is_empty() {
            return Standing::Undecided;
        }
        alternatives.extend(self.twins.get(setting).into_iter().flatten().cloned());
        alternatives.sort();
        alternatives.dedup();
        // Whether something is granted says most; then the first cases.
        evidence.sort_by_key(|difference| Reverse(difference.is_of_outcome()));
        against.dedup();
        Standing::Observed {
            evidence,
            alternatives,
            against,
        }
    }

    /// Whether the target came to a step at all.
    fn is_observed(&self, difference: &Difference) -> bool {
        let step = self
            .target
            .get(&difference.case)
            .and_then(|seen| seen.step(&difference.step));
        step.is_some()
    }
}

/// Every value of every switch.
fn settings(switches: &[Switch]) -> impl Iterator<Item = Setting> {
    switches
        .iter()
        .flat_map(|switch| switch.values.iter().map(|value| Setting::new(&switch.name, value)))
}

/// The files of the cases in which two sides show something else, or nothing on one of them.
fn touched(one: &Sightings, other: &Sightings) -> BTreeSet<String> {
    let compared = compare(one, other, ["one", "other"]);
    let differing = compared.differences.iter().map(|difference| &difference.case);
    let on_one_side = compared.not_compared.iter().map(|case| &case.case).filter(|case| {
        let is_something = |side: &Sightings| side.get(*case).is_some_and(|sighting| sighting.is_something());
        is_something(one) != is_something(other)
    });
    differing
        .chain(on_one_side)
        .map(|case| file_of(case).to_owned())
        .collect()
}

/// The file that a case is from.
fn file_of(case: &str) -> &str {
    case.split('#').next().unwrap_or_default()
}
