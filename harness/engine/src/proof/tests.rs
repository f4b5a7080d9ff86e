//! Proofs of a small server with known faults: what is caught, what survives, who is idle, who is turned by a stranger.

use std::sync::Arc;

use super::*;
use crate::flow::for_tests::cast;
use crate::run::Verdict;
use crate::run::for_tests::{Faults, levers, library, library_with, server};
use crate::scenario::Library;
use crate::system::Levers;

/// Mutants of the small server, and which faults stand for which defect.
struct Shop {
    mutants: Vec<(Mutant, &'static str)>,
}

fn mutant(rule: &str, defect: &str, kind: MutantKind, rows: &[&str]) -> Mutant {
    Mutant {
        rule: rule.to_owned(),
        defect: defect.to_owned(),
        kind,
        rows: rows.iter().map(|row| (*row).to_owned()).collect(),
        unobservable: None,
        profiles: Vec::new(),
    }
}

/// Every mutant that the scenarios are there for.
fn all() -> Vec<(Mutant, &'static str)> {
    use MutantKind::{Break, Misreport, Overreach, Skip};
    vec![
        (
            mutant("assertion.subject", "all", Skip, &["ROW-002"]),
            "assertion.subject",
        ),
        (
            mutant("assertion.subject", "status", Misreport, &["ROW-002"]),
            "assertion.subject/status",
        ),
        (
            mutant("assertion.expiry", "all", Skip, &["ROW-003"]),
            "assertion.expiry",
        ),
        (
            mutant("assertion.expiry", "strict", Overreach, &["ROW-003"]),
            "assertion.expiry/strict",
        ),
        (
            mutant("assertion.subject-active", "all", Skip, &["ROW-006"]),
            "assertion.subject-active",
        ),
        (
            mutant("assertion.single-use", "all", Skip, &["ROW-004"]),
            "assertion.single-use",
        ),
        (
            mutant("issued.lifetime", "long", Break, &["ROW-005"]),
            "issued.lifetime/long",
        ),
        (mutant("issued.type", "mac", Break, &["ROW-008"]), "issued.type/mac"),
    ]
}

impl Shop {
    fn bench(levers: Levers, switches: &[(String, String)], mut faults: Vec<String>) -> Bench {
        faults.extend(switches.iter().map(|(name, _)| name.clone()));
        Bench {
            cast: Arc::new(cast()),
            system: Box::new(server(levers, Faults(faults))),
            consulted: None,
        }
    }
}

impl Workshop for Shop {
    fn mutants(&self) -> Vec<Mutant> {
        self.mutants.iter().map(|(mutant, _)| mutant.clone()).collect()
    }

    fn sound(&self, _: &str, switches: &[(String, String)]) -> Bench {
        Self::bench(levers(), switches, Vec::new())
    }

    fn broken(&self, _: &str, switches: &[(String, String)], broken: &Broken) -> Bench {
        let faults = match broken {
            Broken::WholeRules(rules) => rules.clone(),
            Broken::Defect { rule, defect } => {
                let is_it = |(mutant, _): &&(Mutant, _)| mutant.rule == *rule && mutant.defect == *defect;
                vec![
                    self.mutants
                        .iter()
                        .find(is_it)
                        .expect("a mutant of this shop")
                        .1
                        .to_owned(),
                ]
            }
        };
        let levers = Levers {
            witness: false,
            ..levers()
        };
        Self::bench(levers, switches, faults)
    }
}

fn proved(library: &Library, mutants: Vec<(Mutant, &'static str)>) -> Proof {
    let shop = Shop { mutants };
    let prover = Prover::new(library, &shop, &["rfc", "oracle"], "0").expect("a plan");
    prover.prove(2, &mut |_, _| {})
}

#[test]
fn all_mutants_are_caught_and_all_cases_are_of_use() {
    let proof = proved(&library(), all());
    assert!(proof.holds(), "{proof:#?}");
    assert_eq!((proof.mutants, proof.caught, proof.compound.len()), (8, 8, 2));
    let json = serde_json::to_value(&proof).expect("a proof is JSON");
    for member in ["survivors", "idle", "crosstalk", "unobservable"] {
        assert_eq!(json[member], serde_json::json!([]), "{member}");
    }
    assert_eq!((&json["mutants"], &json["caught"]), (&8.into(), &8.into()));
}

#[test]
fn a_mutant_that_no_case_names_survives() {
    let library = library_with(|text| {
        let text = text.replace("catches: [assertion.subject-active]", "catches: [assertion.other]");
        text.replace(
            "case: replayed",
            "case: replayed
    level: must",
        )
    });
    let shop = Shop { mutants: all() };
    let prover = Prover::new(&library, &shop, &["rfc"], "0").expect("a plan");
    assert_eq!(prover.alarms().len(), 1, "the journal says another rule");
    assert_eq!(prover.alarms()[0].verdict, Verdict::Broken);
    let active = prover
        .mutants()
        .iter()
        .find(|mutant| mutant.rule == "assertion.subject-active")
        .expect("it is there");
    assert_eq!(prover.examine(active), Examination::default());
    let proof = prover.prove(1, &mut |_, _| {});
    assert_eq!(
        (proof.survivors.len(), proof.survivors[0].rule.as_str()),
        (1, "assertion.subject-active")
    );
    assert!(!proof.holds());
}

#[test]
fn a_case_that_nothing_turns_red_is_idle() {
    let mutants = all()
        .into_iter()
        .filter(|(mutant, _)| mutant.defect != "strict")
        .collect();
    let proof = proved(&library(), mutants);
    let idle: Vec<&str> = proof.idle.iter().map(|idle| idle.case.as_str()).collect();
    assert_eq!(idle, ["table#barely-valid"]);
    assert_eq!(proof.idle[0].profiles, ["rfc", "oracle"]);
    assert_eq!(proof.survivors, []);
}

#[test]
fn a_variant_is_idle_on_its_own() {
    let mutants = all()
        .into_iter()
        .filter(|(mutant, _)| mutant.rule != "assertion.subject");
    let only_one = (
        mutant("assertion.subject", "nobody", MutantKind::Skip, &["ROW-002"]),
        "assertion.subject/nobody",
    );
    let proof = proved(&library(), mutants.chain([only_one]).collect());
    let idle: Vec<&str> = proof.idle.iter().map(|idle| idle.case.as_str()).collect();
    assert_eq!(idle, ["table#stranger:other"]);
}

#[test]
fn a_defect_that_shows_elsewhere_is_crosstalk() {
    // The rule that is said to be broken is not the one that is.
    let mut mutants = all();
    mutants.push((
        mutant("assertion.subject", "wrong", MutantKind::Skip, &["ROW-002"]),
        "assertion.subject-active",
    ));
    let proof = proved(&library(), mutants);
    assert_eq!(proof.survivors[0].defect, "wrong");
    let crosstalk: Vec<_> = proof
        .crosstalk
        .iter()
        .map(|crosstalk| (crosstalk.defect.as_str(), crosstalk.case.as_str()))
        .collect();
    assert_eq!(crosstalk, [("wrong", "table#locked"), ("wrong", "table#locked")]);
}

#[test]
fn a_flow_may_go_red_only_for_the_rows_that_are_broken() {
    let foreign = vec![(
        mutant("issued.type", "mac", MutantKind::Break, &["ROW-099"]),
        "issued.type/mac",
    )];
    let shop = Shop { mutants: foreign };
    let library = library();
    let prover = Prover::new(&library, &shop, &["rfc"], "0").expect("a plan");
    let examination = prover.examine(&prover.mutants()[0]);
    assert_eq!(examination.caught_by, []);
    let cases: Vec<&str> = examination
        .crosstalk
        .iter()
        .map(|crosstalk| crosstalk.case.as_str())
        .collect();
    assert_eq!(
        cases,
        ["flow"],
        "the cases of the table are inconclusive, which is nobody's fault"
    );
}

#[test]
fn what_nobody_can_see_is_counted_apart_unless_somebody_does() {
    let mut mutants = all();
    let why = Some("it only shows in the log".to_owned());
    mutants[7].0.unobservable.clone_from(&why);
    let mut silent = mutant("assertion.subject", "silent", MutantKind::Skip, &["ROW-002"]);
    silent.unobservable = why;
    mutants.push((silent, "silent"));
    let proof = proved(&library(), mutants);
    assert_eq!((proof.mutants, proof.caught, proof.unobservable.len()), (7, 7, 2));
    assert_eq!(
        proof.unobservable[0].caught_by.as_deref(),
        Some("flow"),
        "a stale reason"
    );
    assert_eq!(proof.unobservable[1].caught_by, None);
    assert!(!proof.holds());
}

#[test]
fn a_mutant_is_tried_only_where_it_shows() {
    let mut mutants = all();
    mutants[2].0.profiles = vec!["oracle".to_owned()];
    let shop = Shop { mutants };
    let library = library();
    let prover = Prover::new(&library, &shop, &["rfc", "oracle"], "0").expect("a plan");
    let profiles = |index: usize| {
        let caught = prover.examine(&prover.mutants()[index]).caught_by;
        caught
            .into_iter()
            .map(|sighting| sighting.profile)
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert_eq!(Vec::from_iter(profiles(2)), ["oracle"]);
    assert_eq!(Vec::from_iter(profiles(0)), ["oracle", "rfc"]);
}
