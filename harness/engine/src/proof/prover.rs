//! Runs cases against sound and broken servers, on all threads or for one mutant alone.

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use super::evidence::Seen;
use super::result::{Alarm, Compound, Crosstalk, Examination, Idle, Proof, Sighting, Survivor, Unobservable};
use super::workshop::{Bench, Broken, Mutant, Workshop};
use crate::expect::Finding;
use crate::flow::Forgeries;
use crate::run::{CaseRecord, Exchanges, Plan, PlanError, Settings, Unit, Verdict, Wanted, run_quietly};
use crate::scenario::Library;
use crate::scenario::model::Outcome;

/// Cases that are ready to be run against mutants: which of them pass on the sound server is known.
pub struct Prover<'a> {
    workshop: &'a dyn Workshop,
    mutants: Vec<Mutant>,
    grounds: Vec<Ground<'a>>,
    alarms: Vec<Alarm>,
    seed: String,
    forgeries: Forgeries,
    is_partial: bool,
}

/// A profile with switches, and the cases that are run there.
struct Ground<'a> {
    profile: String,
    switches: Vec<(String, String)>,
    plan: Plan<'a>,
    /// The rules that the cases name, by case.
    catches: HashMap<String, Vec<&'a str>>,
    /// The cases that pass on the sound server, and may be counted on here.
    sound: HashSet<String>,
    /// The rules that had a part in an answer on the sound server, by flow and table; those that are missing may have met any.
    consulted: HashMap<String, HashSet<String>>,
    /// Whether only mutants that a case names are run here: all other cases have a ground without the switches.
    is_narrow: bool,
}

impl<'a> Prover<'a> {
    /// Plans the cases under each profile, and runs them on the sound server.
    pub fn new(
        library: &'a Library,
        workshop: &'a dyn Workshop,
        profiles: &[&str],
        seed: &str,
    ) -> Result<Self, PlanError> {
        let mut prover = Self {
            workshop,
            mutants: workshop.mutants(),
            grounds: Vec::new(),
            alarms: Vec::new(),
            seed: seed.to_owned(),
            forgeries: Forgeries::default(),
            is_partial: false,
        };
        for profile in profiles {
            prover.prepare(library, profile, Vec::new())?;
            let mut sets: Vec<Vec<(String, String)>> = Vec::new();
            let ground = prover.grounds.last().expect("one was added");
            for case in ground.plan.cases() {
                let Outcome::Reported { fails_under, .. } = case.outcome else {
                    continue;
                };
                let switches = fails_under
                    .iter()
                    .filter(|name| !profiles.contains(&name.as_str()))
                    .map(|name| {
                        let (name, value) = name.split_once('=').unwrap_or((name, "on"));
                        (name.to_owned(), value.to_owned())
                    });
                let switches: Vec<_> = switches.collect();
                if !switches.is_empty() && !sets.contains(&switches) {
                    sets.push(switches);
                }
            }
            for switches in sets {
                prover.prepare(library, profile, switches)?;
            }
        }
        Ok(prover)
    }

    /// Adds a ground: plans, and runs the plan on the sound server.
    fn prepare(
        &mut self,
        library: &'a Library,
        profile: &str,
        switches: Vec<(String, String)>,
    ) -> Result<(), PlanError> {
        let bench = self.workshop.sound(profile, &switches);
        let wanted = Wanted {
            profile,
            switches: &switches,
            select: &[],
        };
        let mut plan = Plan::new(library, &bench.cast, bench.system.levers(), wanted)?;
        let mut exempt = HashSet::new();
        for case in plan.cases() {
            if let Outcome::Reported { fails_under, .. } = case.outcome
                && !plan.forbids(fails_under)
            {
                exempt.insert(case.id.clone());
            }
        }
        let is_narrow = !switches.is_empty();
        if is_narrow {
            let forbidden = plan.cases().filter_map(|case| match case.outcome {
                Outcome::Reported { fails_under, .. } if plan.forbids(fails_under) => Some(case.id.clone()),
                _ => None,
            });
            let forbidden: HashSet<String> = forbidden.collect();
            plan.retain(|id| forbidden.contains(id));
        }
        let catches = plan.cases().map(|case| {
            let rules = case.case.catches.iter().map(|rule| rule.as_str());
            (case.id.clone(), rules.collect())
        });
        let catches = catches.collect();
        let (records, consulted) = self.run_watched(&plan, profile, &switches);
        let mut sound = HashSet::new();
        for record in records {
            match record.verdict {
                Verdict::Pass if exempt.contains(&record.id) => {}
                Verdict::Pass => {
                    sound.insert(record.id);
                }
                Verdict::Skipped => {}
                verdict => self.alarms.push(Alarm {
                    case: record.id,
                    profile: profile.to_owned(),
                    verdict,
                    reason: record.reason,
                }),
            }
        }
        self.grounds.push(Ground {
            profile: profile.to_owned(),
            switches,
            plan,
            catches,
            sound,
            consulted,
            is_narrow,
        });
        Ok(())
    }

    /// Runs a plan on the sound server, each flow and table on one of its own, and notes which rules had a part in its answers.
    fn run_watched(
        &self,
        plan: &Plan<'_>,
        profile: &str,
        switches: &[(String, String)],
    ) -> (Vec<CaseRecord>, HashMap<String, HashSet<String>>) {
        let (mut records, mut consulted) = (Vec::new(), HashMap::new());
        for unit in plan.units.iter().map(Unit::id) {
            let bench = self.workshop.sound(profile, switches);
            let mut alone = plan.clone();
            alone.retain_units(|id| id == unit);
            records.extend(self.run(&alone, &bench));
            if let Some(rules) = &bench.consulted {
                let rules = rules.lock().expect("nobody panics while a rule is noted");
                consulted.insert(unit.to_owned(), rules.clone());
            }
        }
        (records, consulted)
    }

    fn run(&self, plan: &Plan<'_>, bench: &Bench) -> Vec<CaseRecord> {
        let settings = Settings {
            cast: &bench.cast,
            seed: &self.seed,
            jobs: 1,
            require: &[],
            command: "",
            carrier: None,
            started: None,
            plan: None,
            forgeries: &self.forgeries,
            exchanges: Exchanges::Dropped,
            stop: None,
        };
        run_quietly(plan, &settings, &*bench.system)
    }

    /// Every mutant.
    pub fn mutants(&self) -> &[Mutant] {
        &self.mutants
    }

    /// Keeps some mutants only. What rests on all of them is not judged then: whether a case is idle, and compounds.
    pub fn retain(&mut self, keep: impl Fn(&Mutant) -> bool) {
        self.mutants.retain(keep);
        self.is_partial = true;
    }

    /// Cases that do not pass on the sound server: as long as there are any, nothing is proved.
    pub fn alarms(&self) -> &[Alarm] {
        &self.alarms
    }

    /// Runs all cases against one mutant.
    pub fn examine(&self, mutant: &Mutant) -> Examination {
        let mut examination = Examination::default();
        for ground in self.grounds.iter().filter(|ground| ground.concerns(mutant)) {
            let broken = Broken::Defect {
                rule: mutant.rule.clone(),
                defect: mutant.defect.clone(),
            };
            // Where the rule had no part in any answer, its defect has none either: the records would be those of the sound server.
            let mut plan = ground.plan.clone();
            plan.retain_units(|id| {
                let rules = ground.consulted.get(id);
                rules.is_none_or(|rules| rules.contains(&mutant.rule))
            });
            let bench = self.workshop.broken(&ground.profile, &ground.switches, &broken);
            for record in self.run(&plan, &bench) {
                ground.examine(mutant, &record, &mut examination);
            }
        }
        examination
    }

    /// Runs every case that breaks several rules against a server in which all of these are skipped together.
    pub fn compounds(&self) -> Vec<Compound> {
        let mut compounds = Vec::new();
        for ground in self.grounds.iter().filter(|ground| !ground.is_narrow) {
            for case in ground.plan.cases() {
                let rules = &ground.catches[&case.id];
                if rules.len() < 2 || !ground.sound.contains(&case.id) {
                    continue;
                }
                let rules: Vec<String> = rules.iter().map(|rule| (*rule).to_owned()).collect();
                let broken = Broken::WholeRules(rules.clone());
                let bench = self.workshop.broken(&ground.profile, &ground.switches, &broken);
                let mut plan = ground.plan.clone();
                plan.retain(|id| id == case.id);
                let records = self.run(&plan, &bench);
                let caught = records
                    .iter()
                    .all(|record| matches!(record.verdict, Verdict::Fail | Verdict::Warn));
                compounds.push(Compound {
                    case: case.id.clone(),
                    profile: ground.profile.clone(),
                    rules,
                    caught,
                });
            }
        }
        compounds
    }

    /// Examines every mutant on so many threads, and sums up. `on_mutant` hears of each mutant as soon as it has been examined.
    pub fn prove(&self, jobs: usize, on_mutant: &mut dyn FnMut(&Mutant, &Examination)) -> Proof {
        let mut examinations: Vec<Option<Examination>> = self.mutants.iter().map(|_| None).collect();
        let next = AtomicUsize::new(0);
        let (sender, receiver) = mpsc::channel();
        thread::scope(|scope| {
            for _ in 0..jobs.max(1) {
                let (sender, next) = (sender.clone(), &next);
                scope.spawn(move || {
                    loop {
                        let index = next.fetch_add(1, Ordering::Relaxed);
                        let Some(mutant) = self.mutants.get(index) else { break };
                        // The receiver outlives all senders, so nothing is lost.
                        let _ = sender.send((index, self.examine(mutant)));
                    }
                });
            }
            drop(sender);
            for (index, examination) in receiver {
                on_mutant(&self.mutants[index], &examination);
                examinations[index] = Some(examination);
            }
        });
        let examined = examinations
            .into_iter()
            .map(|examination| examination.expect("every mutant was examined"));
        let compounds = if self.is_partial { Vec::new() } else { self.compounds() };
        self.sum_up(examined.collect(), compounds)
    }

    /// What the examinations of all mutants, in their order, and the runs of compound cases come to.
    pub fn sum_up(&self, examinations: Vec<Examination>, compound: Vec<Compound>) -> Proof {
        let mut proof = Proof {
            alarms: self.alarms.clone(),
            is_partial: self.is_partial,
            ..Proof::default()
        };
        let caught = compound.iter().filter(|compound| compound.caught);
        let mut busy: HashSet<String> = caught.map(|compound| compound.case.clone()).collect();
        for (mutant, examination) in self.mutants.iter().zip(examinations) {
            match (&mutant.unobservable, examination.caught_by.first()) {
                (Some(why), sighting) => proof.unobservable.push(Unobservable {
                    rule: mutant.rule.clone(),
                    defect: mutant.defect.clone(),
                    why: why.clone(),
                    caught_by: sighting.map(|sighting| sighting.case.clone()),
                }),
                (None, Some(_)) => proof.caught += 1,
                (None, None) => proof.survivors.push(Survivor::from(mutant)),
            }
            proof.mutants += usize::from(mutant.unobservable.is_none());
            proof.crosstalk.extend(examination.crosstalk);
            busy.extend(examination.turned.into_iter().map(|sighting| sighting.case));
        }
        proof.compound = compound;
        if !self.is_partial {
            proof.idle = self.idle(&busy);
        }
        proof
    }

    /// The cases that pass on the sound server and were never turned red, in the order of the plan.
    fn idle(&self, busy: &HashSet<String>) -> Vec<Idle> {
        let mut idle: Vec<Idle> = Vec::new();
        for ground in &self.grounds {
            for id in ground
                .plan
                .ids()
                .filter(|id| ground.sound.contains(*id) && !busy.contains(*id))
            {
                let profile = ground.profile.clone();
                match idle.iter_mut().find(|known| known.case == id) {
                    Some(known) => known.profiles.push(profile),
                    None => idle.push(Idle {
                        case: id.to_owned(),
                        profiles: vec![profile],
                    }),
                }
            }
        }
        idle
    }
}

impl Ground<'_> {
    /// Whether a mutant is to be tried here.
    fn concerns(&self, mutant: &Mutant) -> bool {
        let is_named = || self.catches.values().any(|rules| rules.contains(&mutant.rule.as_str()));
        let shows_here = mutant.profiles.is_empty() || mutant.profiles.contains(&self.profile);
        shows_here && (!self.is_narrow || is_named())
    }

    fn examine(&self, mutant: &Mutant, record: &CaseRecord, examination: &mut Examination) {
        if !self.sound.contains(&record.id) {
            return;
        }
        let seen = Seen {
            mutant,
            record,
            catches: self.catches.get(&record.id).map_or(&[], Vec::as_slice),
        };
        let sighting = || Sighting {
            case: record.id.clone(),
            profile: self.profile.clone(),
            kind: record.kind,
            verdict: record.verdict,
        };
        if seen.is_catch() {
            examination.caught_by.push(sighting());
        }
        // A case that breaks several rules counts with the run in which all of them are skipped.
        if seen.is_red() && seen.catches.len() < 2 {
            examination.turned.push(sighting());
        }
        if seen.is_crosstalk() {
            examination.crosstalk.push(Crosstalk {
                rule: mutant.rule.clone(),
                defect: mutant.defect.clone(),
                case: record.id.clone(),
                profile: self.profile.clone(),
                verdict: record.verdict,
                missed: seen.missed().map(told).collect(),
            });
        }
    }
}

/// A finding in one line, for who has to find out why a case turned.
fn told(finding: &Finding) -> String {
    let Finding {
        step,
        what,
        expected,
        actual,
        covers,
        ..
    } = finding;
    format!("{step}: {what} is {actual}, not {expected} ({})", covers.join(", "))
}
