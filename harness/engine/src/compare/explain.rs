//! Ends every difference between two sides in settings of a model, or in "not modelled".
//!
//! A difference is explained by a switch if the model, run on the same case with the switch at two values, differs in the same way: it shows
//! at the same point what the one side shows, and what the other side shows. Where no switch alone does it, those that were found may do it
//! together.

use std::collections::{BTreeSet, HashMap};

use serde::Serialize;

use super::difference::{Difference, differences};
use super::model::{Assignment, Setting, Watch};
use super::sighting::Sightings;

/// On how many cases of each kind candidates are looked for.
const OF_EACH_KIND: usize = 2;

/// How the two sides would have to be set for the model to differ as they do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Explanation {
    /// The switches as on the one side.
    pub one: Vec<Setting>,
    /// The same switches as on the other side.
    pub other: Vec<Setting>,
}

/// A difference and what explains it; nothing where it is not modelled.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explained {
    /// The difference.
    #[serde(flatten)]
    pub difference: Difference,
    /// What explains it.
    pub explanation: Option<Explanation>,
    /// The mistakes in the set-up that would, where a switch is not looked for because of them.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub doubt: Vec<String>,
}

/// Explains differences. `sides` say how the model is to be set to be like either side, as far as that is known; the same twice where it is
/// not. Switches that explain much go before those that explain little, and then the order of the table counts.
///
/// Differences of the same kind most often have the same cause. So switches are looked for on a few cases of each kind, then tried on all
/// cases, and only what is left is looked at one by one. An explanation is always seen on the very case.
pub fn explain(watch: &Watch<'_>, found: &[Difference], sides: [&Assignment; 2]) -> Vec<Explained> {
    let mut explained: Vec<Explained> = found
        .iter()
        .map(|difference| Explained {
            difference: difference.clone(),
            explanation: None,
            doubt: Vec::new(),
        })
        .collect();
    loop {
        let open: Vec<Difference> = explained
            .iter()
            .filter(|explained| explained.explanation.is_none())
            .map(|explained| explained.difference.clone())
            .collect();
        let mut found = candidates(watch, &of_each_kind(&open), sides);
        if found.is_empty() {
            found = candidates(watch, &open, sides);
        }
        if found.is_empty() {
            break;
        }
        for explanation in found {
            apply(watch, &explanation, &mut explained, sides);
        }
    }
    together(watch, &mut explained, sides);
    explained
}

/// The first few differences of each kind.
fn of_each_kind(found: &[Difference]) -> Vec<Difference> {
    let mut kinds: HashMap<(&str, &str, String), usize> = HashMap::new();
    let few = found.iter().filter(|difference| {
        let sides = format!("{:?} {:?}", difference.one, difference.other);
        let count = kinds.entry((&difference.step, &difference.point, sides)).or_default();
        *count += 1;
        *count <= OF_EACH_KIND
    });
    few.cloned().collect()
}

/// Two values of a switch, and the differences that they explain.
struct Candidate {
    explanation: Explanation,
    covers: BTreeSet<usize>,
    /// On how many sides something else is known.
    strangeness: usize,
}

/// The fewest pairs of values that explain as much of some differences as single switches can; what explains most first.
fn candidates(watch: &Watch<'_>, found: &[Difference], sides: [&Assignment; 2]) -> Vec<Explanation> {
    let cases = cases_of(found);
    let mut candidates = Vec::new();
    for switch in watch.switches() {
        let seen = switch.values.iter().map(|value| {
            let setting = Setting::new(&switch.name, value);
            let seen = watch.observe(&sides[0].with(&setting), &cases);
            (setting, seen)
        });
        let seen: Vec<(Setting, Sightings)> = seen.collect();
        let pairs = seen.iter().flat_map(|one| seen.iter().map(move |other| (one, other)));
        for (one, other) in pairs.filter(|(one, other)| one.0 != other.0) {
            let strange = [!sides[0].has(&one.0), !sides[1].has(&other.0)];
            candidates.push(Candidate {
                covers: covered(found, &differences(&one.1, &other.1)),
                strangeness: strange.into_iter().filter(|is_strange| *is_strange).count(),
                explanation: Explanation {
                    one: vec![one.0.clone()],
                    other: vec![other.0.clone()],
                },
            });
        }
    }
    candidates.sort_by_key(|candidate| candidate.strangeness);
    let mut chosen = Vec::new();
    let mut open: BTreeSet<usize> = (0..found.len()).collect();
    loop {
        let covers = |candidate: &Candidate| candidate.covers.intersection(&open).count();
        // The first of those that cover most.
        let best = candidates.iter().rev().max_by_key(|candidate| covers(candidate));
        let Some(best) = best.filter(|best| covers(best) > 0) else {
            return chosen;
        };
        open.retain(|index| !best.covers.contains(index));
        chosen.push(best.explanation.clone());
    }
}

/// Explains every open difference that the model shows with a pair of values.
fn apply(watch: &Watch<'_>, explanation: &Explanation, explained: &mut [Explained], sides: [&Assignment; 2]) {
    let is_open = |explained: &&mut Explained| explained.explanation.is_none();
    let open: Vec<&mut Explained> = explained.iter_mut().filter(is_open).collect();
    let cases = open.iter().map(|explained| explained.difference.case.clone()).collect();
    let set = |settings: &[Setting]| {
        let set = settings
            .iter()
            .fold(sides[0].clone(), |side, setting| side.with(setting));
        watch.observe(&set, &cases)
    };
    let shown = differences(&set(&explanation.one), &set(&explanation.other));
    for explained in open {
        if shown.iter().any(|shown| shown.is_like(&explained.difference)) {
            explained.explanation = Some(explanation.clone());
        }
    }
}

fn cases_of(found: &[Difference]) -> BTreeSet<String> {
    found.iter().map(|difference| difference.case.clone()).collect()
}

/// Which of some differences the model shows too.
fn covered(found: &[Difference], shown: &[Difference]) -> BTreeSet<usize> {
    let indices = found.iter().enumerate();
    indices
        .filter(|(_, difference)| shown.iter().any(|shown| shown.is_like(difference)))
        .map(|(index, _)| index)
        .collect()
}

/// Explains by several switches what none explains alone: those that were found, and those that are known of the sides.
fn together(watch: &Watch<'_>, explained: &mut [Explained], sides: [&Assignment; 2]) {
    let (mut one, mut other) = (sides[0].clone(), sides[1].clone());
    // What is known of a side is not changed by what would explain something.
    if one == other {
        for explanation in explained.iter().filter_map(|explained| explained.explanation.as_ref()) {
            let set = |side: &Assignment, settings: &[Setting]| {
                settings.iter().fold(side.clone(), |side, setting| side.with(setting))
            };
            (one, other) = (set(&one, &explanation.one), set(&other, &explanation.other));
        }
    }
    for explained in explained.iter_mut().filter(|explained| explained.explanation.is_none()) {
        let difference = &explained.difference;
        let cases = BTreeSet::from([difference.case.clone()]);
        let shows = |one: &Assignment, other: &Assignment| {
            let shown = differences(&watch.observe(one, &cases), &watch.observe(other, &cases));
            shown.iter().any(|shown| shown.is_like(difference))
        };
        if !shows(&one, &other) {
            continue;
        }
        // What can be left out is left out: the other side is set in it as the one side is.
        let mut least = other.clone();
        for switch in watch.switches() {
            let of_one = one.value(&switch.name).map(|value| Setting::new(&switch.name, value));
            let Some(of_one) = of_one.filter(|of_one| !least.has(of_one)) else {
                continue;
            };
            if shows(&one, &least.with(&of_one)) {
                least = least.with(&of_one);
            }
        }
        let differing = |side: &Assignment, beside: &Assignment| -> Vec<Setting> {
            side.settings().filter(|setting| !beside.has(setting)).collect()
        };
        explained.explanation = Some(Explanation {
            one: differing(&one, &least),
            other: differing(&least, &one),
        });
    }
}
