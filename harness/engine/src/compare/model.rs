//! A model of the servers under test that can be set differently and watched: all that comparing knows of the mocks.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::{Arc, Mutex};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};

use super::sighting::{Sighting, Sightings};

/// One question on which servers may differ, as whoever knows the model tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Switch {
    /// Its name.
    pub name: String,
    /// What it decides.
    pub says: String,
    /// What it can be set to.
    pub values: Vec<String>,
}

/// One switch at one value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Setting {
    /// The switch.
    pub switch: String,
    /// The value.
    pub value: String,
}

impl Setting {
    /// A switch at a value.
    pub fn new(switch: impl Into<String>, value: impl Into<String>) -> Self {
        Self {
            switch: switch.into(),
            value: value.into(),
        }
    }
}

impl fmt::Display for Setting {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}={}", self.switch, self.value)
    }
}

/// Where every switch of a model stands.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Assignment(BTreeMap<String, String>);

impl Assignment {
    /// The assignment of some settings.
    pub fn of(settings: impl IntoIterator<Item = Setting>) -> Self {
        let settings = settings.into_iter();
        Self(settings.map(|setting| (setting.switch, setting.value)).collect())
    }

    /// The value of a switch.
    pub fn value(&self, switch: &str) -> Option<&str> {
        self.0.get(switch).map(String::as_str)
    }

    /// The same with one setting changed.
    #[must_use]
    pub fn with(&self, setting: &Setting) -> Self {
        let mut changed = self.clone();
        changed.0.insert(setting.switch.clone(), setting.value.clone());
        changed
    }

    /// Whether this is how it stands.
    pub fn has(&self, setting: &Setting) -> bool {
        self.value(&setting.switch) == Some(&setting.value)
    }

    /// Every setting, by the names of the switches.
    pub fn settings(&self) -> impl Iterator<Item = Setting> {
        self.0.iter().map(|(switch, value)| Setting::new(switch, value))
    }
}

/// A model of the servers under test.
pub trait Model {
    /// Every switch, in the order in which they are told.
    fn switches(&self) -> &[Switch];

    /// Runs some cases against the model as it is set, and says what was observed. The same question gets the same answer.
    fn observe(&self, assignment: &Assignment, cases: &BTreeSet<String>) -> Sightings;
}

/// A model that is asked nothing twice.
pub struct Watch<'a> {
    model: &'a dyn Model,
    seen: Mutex<Seen>,
}

/// What a model has shown so far.
#[derive(Default)]
struct Seen {
    by_assignment: IndexMap<Assignment, Sightings>,
    /// Every sighting of a case once: a setting changes few of them, and all others are shared.
    by_case: BTreeMap<String, Vec<Arc<Sighting>>>,
}

impl Seen {
    /// A sighting that equals this one.
    fn shared(&mut self, case: &str, sighting: Arc<Sighting>) -> Arc<Sighting> {
        let known = self.by_case.entry(case.to_owned()).or_default();
        if let Some(known) = known.iter().find(|known| **known == sighting) {
            return Arc::clone(known);
        }
        known.push(Arc::clone(&sighting));
        sighting
    }
}

impl<'a> Watch<'a> {
    /// Watches a model.
    pub fn new(model: &'a dyn Model) -> Self {
        Self {
            model,
            seen: Mutex::default(),
        }
    }

    /// Every switch of the model.
    pub fn switches(&self) -> &'a [Switch] {
        self.model.switches()
    }

    /// What the model shows in some cases, as it is set.
    pub fn observe(&self, assignment: &Assignment, cases: &BTreeSet<String>) -> Sightings {
        let mut all = self.seen.lock().expect("nobody panics while a model is watched");
        let mut seen = all.by_assignment.swap_remove(assignment).unwrap_or_default();
        let missing: BTreeSet<String> = cases.iter().filter(|case| !seen.contains_key(*case)).cloned().collect();
        if !missing.is_empty() {
            let mut found = self.model.observe(assignment, &missing);
            // What the model has no answer for is not asked for again.
            let nothing = || Arc::new(Sighting::Nothing("the mocks do not run it".to_owned()));
            for case in missing {
                let sighting = found.remove(&case).unwrap_or_else(nothing);
                let sighting = all.shared(&case, sighting);
                seen.insert(case, sighting);
            }
        }
        let asked = cases.iter().map(|case| (case.clone(), Arc::clone(&seen[case])));
        let asked = asked.collect();
        all.by_assignment.insert(assignment.clone(), seen);
        asked
    }

    /// What the model shows as it is set, asked anew: for checking what was concluded.
    pub fn observe_anew(&self, assignment: &Assignment, cases: &BTreeSet<String>) -> Sightings {
        self.model.observe(assignment, cases)
    }
}
