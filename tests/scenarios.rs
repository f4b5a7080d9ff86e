//! Every case under both profiles, and every mutant, as a test of its own: `cargo test jwt-bearer` runs those of one folder.
//!
//! A case runs on its own embedded servers, behind its own control. A mutant is met by all cases: it must be caught by one that names its
//! rule, and turn no other. The last test sums up what `prove` sums up: no case is idle, and compound cases are noticed too. It uses the
//! examinations that other tests made, and makes those that are missing.

use std::process::ExitCode;
use std::sync::OnceLock;

use libtest_mimic::{Arguments, Failed, Trial};
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
        let name = format!("mutant::{}.{}", mutant.rule, mutant.defect);
        Trial::test(name, move || is_caught(&mutant, index))
    });
    let sum = Trial::test("proof::holds", holds);
    libtest_mimic::run(&arguments, cases.chain(mutants).chain([sum]).collect()).exit_code()
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
        plan: None,
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

fn is_caught(mutant: &Mutant, index: usize) -> Result<(), Failed> {
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
