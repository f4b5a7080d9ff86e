//! The mocks as a model that can be set and watched: what comparing and calibrating know of them, handed over as data.

use std::collections::BTreeSet;

use tenantproof_harness::compare::{Assignment, Model, Setting, Sightings, Switch, sightings};
use tenantproof_harness::flow::{Cast, Forgeries, Nature};
use tenantproof_harness::run::{self, Exchanges, Plan, PlanError, Settings, Wanted};
use tenantproof_harness::scenario::Library;
use tenantproof_mocks::landscape::profile::{Profile, ProfileName, SWITCHES};

use crate::arguments::Carrier;
use crate::embed::{self, Embedded, Make};

/// The name under which the whole profile stands among the switches.
pub const PROFILE: &str = "profile";

/// What the randomness of the model follows from, unless said.
const SEED: u64 = 1;

/// The mocks, in process, and the plan that they are run by.
pub struct Mocks<'a> {
    plan: Plan<'a>,
    switches: Vec<Switch>,
    jobs: usize,
    seed: u64,
    forgeries: Forgeries,
}

impl<'a> Mocks<'a> {
    /// The mocks, run by the plan of a profile as the target was.
    ///
    /// # Errors
    ///
    /// A library of which no plan can be made.
    ///
    /// # Panics
    ///
    /// Never: in process nothing of the system is needed.
    pub fn new(library: &'a Library, profile: &str, jobs: usize) -> Result<Self, PlanError> {
        let embedded = started(&assignment_of(ProfileName::default()), SEED);
        let cast = Cast::new(embedded.target, Nature::Embedded);
        let wanted = Wanted {
            profile,
            switches: &[],
            select: &[],
        };
        let plan = Plan::observing(library, &cast, embedded.system.levers(), wanted)?;
        let whole = Switch {
            name: PROFILE.to_owned(),
            says: "The whole profile: the form of every denial.".to_owned(),
            values: ProfileName::ALL.map(|name| name.name().to_owned()).to_vec(),
        };
        let single = SWITCHES.iter().map(|switch| Switch {
            name: switch.name.to_owned(),
            says: switch.says.trim().to_owned(),
            values: switch.values.iter().map(|value| (*value).to_owned()).collect(),
        });
        Ok(Self {
            plan,
            switches: single.chain([whole]).collect(),
            jobs,
            seed: SEED,
            forgeries: Forgeries::default(),
        })
    }

    /// The same, with other randomness in servers and requests.
    #[must_use]
    pub fn seeded(self, seed: u64) -> Self {
        Self { seed, ..self }
    }

    /// The same for calibrating, where the whole profile is where the search starts from, and no switch.
    #[must_use]
    pub fn without_whole_profiles(mut self) -> Self {
        self.switches.retain(|switch| switch.name != PROFILE);
        self
    }
}

impl Model for Mocks<'_> {
    fn switches(&self) -> &[Switch] {
        &self.switches
    }

    fn observe(&self, assignment: &Assignment, cases: &BTreeSet<String>) -> Sightings {
        let embedded = started(assignment, self.seed);
        let cast = Cast::new(embedded.target, Nature::Embedded);
        let mut plan = self.plan.clone();
        plan.retain(|id| cases.contains(id));
        let seed = self.seed.to_string();
        let settings = Settings {
            cast: &cast,
            seed: &seed,
            jobs: self.jobs,
            require: &[],
            command: "",
            carrier: None,
            started: None,
            plan: None,
            forgeries: &self.forgeries,
            exchanges: Exchanges::Observed,
            stop: None,
        };
        let record = run::run(&plan, &settings, embedded.system.as_ref(), &mut |_| {});
        sightings(&record.cases)
    }
}

/// Where every switch stands under a whole profile.
pub fn assignment_of(name: ProfileName) -> Assignment {
    assignment(&Profile::whole(name))
}

/// Where every switch stands under a profile.
pub fn assignment(profile: &Profile) -> Assignment {
    let single = SWITCHES
        .iter()
        .map(|switch| Setting::new(switch.name, profile.value(switch.name)));
    Assignment::of(single.chain([Setting::new(PROFILE, profile.name.name())]))
}

fn started(assignment: &Assignment, seed: u64) -> Embedded {
    let name = assignment.value(PROFILE).and_then(ProfileName::of);
    let switches: Vec<(String, String)> = assignment
        .settings()
        .filter(|setting| setting.switch != PROFILE)
        .map(|setting| (setting.switch, setting.value))
        .collect();
    let make = Make {
        profile: name.unwrap_or_default(),
        switches: &switches,
        seed,
        ..Make::default()
    };
    embed::start(&make, Carrier::InProcess).expect("nothing of the system is needed in process")
}
