//! Misconfigurations as data: each that can be shown is shown, by its symptom on the wire and its cause in the journal.

use std::collections::BTreeSet;
use std::process::Command;
use std::sync::OnceLock;

use tenantproof::arguments::Carrier;
use tenantproof::embed::{self, Make};
use tenantproof::misconfigured::{self, Misconfiguration, Shown, Stage};
use tenantproof::scenarios;
use tenantproof_harness::run::Verdict;
use tenantproof_harness::scenario::Library;
use tenantproof_mocks::catalogue;
use tenantproof_mocks::landscape::profile::ProfileName;

fn library() -> &'static Library {
    static LIBRARY: OnceLock<Library> = OnceLock::new();
    LIBRARY.get_or_init(|| scenarios::library().unwrap_or_else(|found| panic!("the scenarios do not read: {found:?}")))
}

fn shown() -> impl Iterator<Item = (Misconfiguration, Shown)> {
    misconfigured::all()
        .into_iter()
        .filter_map(|entry| entry.shown.clone().map(|shown| (entry, shown)))
}

#[test]
fn every_entry_is_shown_or_says_why_not() {
    let mut seen = BTreeSet::new();
    for entry in misconfigured::all() {
        assert!(
            entry.shown.is_some() != entry.not_shown.is_some(),
            "{} is one of both",
            entry.id
        );
        for text in [&entry.title, &entry.shows, &entry.mend]
            .into_iter()
            .chain(&entry.not_shown)
        {
            assert!(!text.trim().is_empty(), "{} has all its texts", entry.id);
        }
        assert!(
            ["documented", "observed", "inferred"].contains(&entry.sure.as_str()),
            "{}: {}",
            entry.id,
            entry.sure
        );
        assert!(seen.insert(entry.id.clone()), "{} stands there once", entry.id);
    }
}

#[test]
fn every_cause_is_a_rule_and_every_scenario_exists() {
    for (entry, shown) in shown() {
        for rule in &shown.violates {
            assert!(
                catalogue::rules().any(|known| known.id == *rule),
                "{} names {rule}",
                entry.id
            );
        }
        let scenario = shown.run.split('#').next().unwrap_or_default();
        let exists = library().flow(scenario).is_some() || library().table(scenario).is_some();
        assert!(exists, "{} names {scenario}", entry.id);
        assert!(
            shown.is_case() || shown.landscape.is_some() || shown.target.is_some(),
            "{} makes a mistake",
            entry.id
        );
    }
}

/// The scenarios that variants break, and the controls of the cases, hold without any mistake.
#[test]
fn without_the_mistake_the_scenario_passes() {
    let mut ids: Vec<String> = shown().map(|(_, shown)| shown.run).collect();
    ids.sort();
    ids.dedup();
    for id in ids {
        let stage = Stage::of(
            embed::start(&Make::default(), Carrier::InProcess).expect("nothing is needed"),
            None,
        );
        let record = stage
            .run(library(), &id, "oracle")
            .expect("the scenario can be planned");
        assert_eq!(record.len(), 1, "{id}");
        assert_eq!(record[0].verdict, Verdict::Pass, "{id}: {:?}", record[0].findings);
        assert!(record[0].suspicions.is_empty(), "{id}: {:?}", record[0].suspicions);
    }
}

/// Tried on every variant of landscape or target. Where a case is run instead, the harness makes the mistake on purpose, and the set-up is right.
#[test]
fn nine_of_ten_causes_are_among_the_first_two_that_are_offered() {
    let variants: Vec<_> = shown().filter(|(_, shown)| !shown.is_case()).collect();
    let mut missed = Vec::new();
    for (entry, shown) in &variants {
        let stage = misconfigured::embedded(shown, ProfileName::Oracle, 1, Carrier::InProcess)
            .unwrap_or_else(|error| panic!("{}: {error}", entry.id));
        let record = stage.run(library(), &shown.run, "oracle").expect("the scenario runs");
        let offered: Vec<&str> = record
            .iter()
            .flat_map(|case| &case.suspicions)
            .map(|suspicion| suspicion.id.as_str())
            .collect();
        if !offered.iter().take(2).any(|id| *id == entry.id) {
            missed.push(format!("{}: {offered:?}", entry.id));
        }
    }
    assert!(variants.len() >= 20, "there are variants to try: {}", variants.len());
    assert!(
        missed.len() * 10 <= variants.len(),
        "of {}: {missed:#?}",
        variants.len()
    );
}

#[test]
fn with_the_mistake_its_symptom_shows_and_the_journal_names_its_cause() {
    let mut wrong = Vec::new();
    for (entry, shown) in shown() {
        if let Err(why) = is_shown(&shown) {
            wrong.push(format!("{}: {why}", entry.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn is_shown(shown: &Shown) -> Result<(), String> {
    let stage = misconfigured::embedded(shown, ProfileName::Oracle, 1, Carrier::InProcess)
        .map_err(|error| error.to_string())?;
    let record = stage.run(library(), &shown.run, "oracle")?;
    let [case] = record.as_slice() else {
        return Err(format!("{} cases ran", record.len()));
    };
    let is_as_expected = match case.verdict {
        // A case makes the mistake itself, and expects the refusal.
        Verdict::Pass => shown.is_case(),
        Verdict::Fail | Verdict::Warn => !shown.is_case(),
        _ => false,
    };
    if !is_as_expected {
        return Err(format!(
            "it came to {:?} ({:?}) {:?}",
            case.verdict, case.reason, case.findings
        ));
    }
    let seen = stage.system.seen(case, &shown.symptom.step).ok_or_else(|| {
        let steps: Vec<_> = case
            .exchanges
            .iter()
            .map(|exchange| (&exchange.step, exchange.status))
            .collect();
        format!("nothing was answered at {}, only at {steps:?}", shown.symptom.step)
    })?;
    if seen.status != shown.symptom.status {
        return Err(format!(
            "the status is {}; violated {:?}; {}",
            seen.status, seen.violated, seen.text
        ));
    }
    if let Some(missing) = shown
        .symptom
        .says
        .iter()
        .find(|text| !seen.text.contains(text.as_str()))
    {
        return Err(format!("{missing} is not in: {}", seen.text));
    }
    if let Some(there) = shown
        .symptom
        .lacks
        .iter()
        .find(|text| seen.text.contains(text.as_str()))
    {
        return Err(format!("{there} is in: {}", seen.text));
    }
    if seen.violated != shown.violates {
        return Err(format!(
            "the journal names {:?} and not {:?}: {}",
            seen.violated, shown.violates, seen.text
        ));
    }
    Ok(())
}

fn tenantproof(arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_tenantproof"))
        .args(arguments)
        .output()
        .expect("the binary runs");
    let said = [output.stdout, output.stderr].concat();
    (output.status.code(), String::from_utf8_lossy(&said).into_owned())
}

#[test]
fn a_run_tells_the_symptom_and_the_cause() {
    let (code, said) = tenantproof(&["run", "--misconfigured", "MISCONF-013"]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("seen      400 at `token`, refused by scope.allowed"),
        "{said}"
    );
}

#[test]
fn served_mistakes_are_met_by_others() {
    let run = format!(
        "'{}' run client-credentials/token --target \"$TENANTPROOF_TARGET\"",
        env!("CARGO_BIN_EXE_tenantproof")
    );
    let (code, said) = tenantproof(&["serve", "--misconfigured", "MISCONF-013", "--", "sh", "-c", &run]);
    assert_eq!(code, Some(1), "{said}");
    assert!(said.contains("refused by scope.allowed"), "{said}");
}

#[test]
fn what_cannot_be_made_says_why() {
    for (arguments, expected) in [
        (["serve", "--misconfigured", "MISCONF-031"], "is in the request"),
        (["run", "--misconfigured", "MISCONF-006"], "cannot be shown"),
        (
            ["run", "--misconfigured", "MISCONF-999"],
            "no misconfiguration is called",
        ),
    ] {
        let (code, said) = tenantproof(&arguments);
        assert_eq!(code, Some(2), "{said}");
        assert!(said.contains(expected), "{said}");
    }
}

#[test]
fn every_entry_is_explained() {
    let (_, list) = tenantproof(&["explain", "MISCONF"]);
    for entry in misconfigured::all() {
        assert!(list.contains(&entry.id), "{}", entry.id);
        assert!(entry.story().contains(&entry.mend), "{}", entry.id);
    }
}
