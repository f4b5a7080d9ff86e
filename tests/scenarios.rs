//! Every case under both profiles, and every mutant, as a test of its own: `cargo test jwt-bearer` runs those of one folder.
//!
//! A case runs on its own embedded servers, behind its own control. A mutant is met by all cases: it must be caught by one that names its
//! rule, and turn no other. The last test sums up what `prove` sums up: no case is idle, and compound cases are noticed too. It uses the
//! examinations that other tests made, and makes those that are missing.
//!
//! `tests/proof_gaps.json` is the ledger of what is still owed to the proof: mutants of which it is known that it does not hold (`open`: no case
//! catches them, or they turn a case that does not name their rule), and mutants that were not examined yet (`unexamined`: ignored here, and named
//! as such). An open one that is closed and still stands there fails, and so does every mutant that is not in the ledger. While it is not
//! empty, the sum is ignored too; `tenantproof prove` knows no ledger.

use std::collections::BTreeSet;
use std::process::ExitCode;
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Failed, Trial};
use serde::Deserialize;
use tenantproof::arguments::Carrier;
use tenantproof::embed::{self, Make};
use tenantproof::scenarios;
use tenantproof::workshop::{MockWorkshop, PROFILES};
use tenantproof_harness::flow::{Cast, Forgeries, Nature};
use tenantproof_harness::proof::{Examination, Mutant, Prover, Workshop as _};
use tenantproof_harness::report::{self, Options};
use tenantproof_harness::run::{Exchanges, Plan, Settings, Strictness, Verdict, Wanted, run_quietly};
use tenantproof_harness::scenario::Library;
use tenantproof_mocks::landscape::profile::ProfileName;

fn main() -> ExitCode {
    let arguments = Arguments::from_args();
    let cases = PROFILES.into_iter().flat_map(|profile| {
        ids(profile)
            .into_iter()
            .map(move |id| Trial::test(format!("{profile}::{id}"), move || passes(profile, &id)))
    });
    let mutants = MockWorkshop.mutants().into_iter().enumerate().map(|(index, mutant)| {
        let is_unexamined = gaps().unexamined.contains(&id_of(&mutant));
        let trial = Trial::test(format!("mutant::{}", id_of(&mutant)), move || is_caught(&mutant, index));
        trial.with_ignored_flag(is_unexamined)
    });
    let ledger = Trial::test("proof::the_ledger_names_mutants", names_mutants);
    let sum = Trial::test("proof::holds", holds).with_ignored_flag(!gaps().is_empty());
    libtest_mimic::run(&arguments, cases.chain(mutants).chain([ledger, sum]).collect()).exit_code()
}

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| scenarios::library().unwrap_or_else(|found| panic!("the scenarios do not read: {found:?}")))
}

fn forgeries() -> &'static Forgeries {
    static FORGERIES: OnceLock<Forgeries> = OnceLock::new();
    FORGERIES.get_or_init(Forgeries::default)
}

fn embedded(profile: &str) -> embed::Embedded {
    let profile = ProfileName::of(profile).expect("the tests name profiles of the mocks");
    embed::start(
        &Make {
            profile,
            seed: 1,
            ..Make::default()
        },
        Carrier::InProcess,
    )
    .expect("servers in process need nothing")
}

fn wanted(profile: &str) -> Wanted<'_> {
    Wanted {
        profile,
        switches: &[],
        select: &[],
    }
}

fn ids(profile: &str) -> Vec<String> {
    let embedded = embedded(profile);
    let cast = Cast::new(embedded.target, Nature::Embedded);
    let plan =
        Plan::new(library(), &cast, embedded.system.levers(), wanted(profile)).expect("everything can be planned");
    plan.ids().map(str::to_owned).collect()
}

/// Runs one case behind its control. What does not apply under the profile is skipped by the plan, which is no failure.
fn passes(profile: &str, id: &str) -> Result<(), Failed> {
    let embedded = embedded(profile);
    let cast = Cast::new(embedded.target, Nature::Embedded);
    let mut plan =
        Plan::new(library(), &cast, embedded.system.levers(), wanted(profile)).expect("everything can be planned");
    plan.retain(|planned| planned == id);
    let settings = Settings {
        cast: &cast,
        seed: "1",
        jobs: 1,
        require: &[],
        command: "tenantproof run",
        carrier: None,
        started: None,
        forgeries: forgeries(),
        exchanges: Exchanges::Recorded,
        stop: None,
    };
    let records = run_quietly(&plan, &settings, embedded.system.as_ref());
    let [record] = records.as_slice() else {
        return Err(format!("{} cases ran where one was asked for", records.len()).into());
    };
    match record.verdict {
        Verdict::Pass | Verdict::Skipped => Ok(()),
        _ => Err(report::line(
            record,
            Options {
                strictness: Strictness::Strict,
                ..Options::default()
            },
        )
        .into()),
    }
}

fn prover() -> &'static Prover<'static> {
    static PROVER: OnceLock<Prover<'static>> = OnceLock::new();
    PROVER.get_or_init(|| Prover::new(library(), &MockWorkshop, &PROFILES, "1").expect("everything can be planned"))
}

/// What all cases make of the mutant of this index; examined once in a process.
fn examination(index: usize) -> &'static Examination {
    static EXAMINATIONS: OnceLock<Vec<OnceLock<Examination>>> = OnceLock::new();
    let prover = prover();
    let all = EXAMINATIONS.get_or_init(|| prover.mutants().iter().map(|_| OnceLock::new()).collect());
    all[index].get_or_init(|| prover.examine(&prover.mutants()[index]))
}

/// What is still owed to the proof.
fn gaps() -> &'static Gaps {
    static GAPS: OnceLock<Gaps> = OnceLock::new();
    GAPS.get_or_init(|| serde_json::from_str(include_str!("proof_gaps.json")).expect("the ledger has its form"))
}

/// What stands in `proof_gaps.json`: mutants, as `rule.defect`.
#[derive(Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
struct Gaps {
    #[expect(dead_code, reason = "it is for who reads the ledger")]
    because: String,
    open: BTreeSet<String>,
    unexamined: BTreeSet<String>,
}

impl Gaps {
    fn is_empty(&self) -> bool {
        self.open.is_empty() && self.unexamined.is_empty()
    }
}

fn is_caught(mutant: &Mutant, index: usize) -> Result<(), Failed> {
    let is_open = gaps().open.contains(&id_of(mutant));
    match (is_caught_alone(mutant, index), is_open) {
        (Err(_), true) => Ok(()),
        (Ok(()), true) => Err("the proof holds of it: take it out of tests/proof_gaps.json".into()),
        (result, false) => result,
    }
}

fn id_of(mutant: &Mutant) -> String {
    format!("{}.{}", mutant.rule, mutant.defect)
}

/// Whether the ledger names only mutants that there are, each once.
fn names_mutants() -> Result<(), Failed> {
    let known: BTreeSet<String> = MockWorkshop.mutants().iter().map(id_of).collect();
    let Gaps { open, unexamined, .. } = gaps();
    match open.union(unexamined).find(|id| !known.contains(*id)) {
        Some(id) => Err(format!("there is no mutant `{id}`").into()),
        None if !open.is_disjoint(unexamined) => Err("a mutant is open and unexamined".into()),
        None => Ok(()),
    }
}

fn is_caught_alone(mutant: &Mutant, index: usize) -> Result<(), Failed> {
    let examination = examination(index);
    if let Some(crosstalk) = examination.crosstalk.first() {
        return Err(format!(
            "it turns {} under {}, which does not name its rule",
            crosstalk.case, crosstalk.profile
        )
        .into());
    }
    match (&mutant.unobservable, examination.caught_by.first()) {
        (None, Some(_)) | (Some(_), None) => Ok(()),
        (None, None) => Err("no case notices it".into()),
        (Some(_), Some(sighting)) => {
            Err(format!("it is said to be unobservable, and {} notices it", sighting.case).into())
        }
    }
}

/// The proof as a whole, as `tenantproof prove` prints it.
fn holds() -> Result<(), Failed> {
    let prover = prover();
    let examinations = (0..prover.mutants().len()).map(|index| examination(index).clone());
    let proof = prover.sum_up(examinations.collect(), prover.compounds());
    if proof.holds() {
        Ok(())
    } else {
        Err(report::proof(&proof, Options::default()).into())
    }
}
