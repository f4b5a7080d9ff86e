//! What is generated, and what two places must agree on.

use tenantproof::command::facts::page;
use tenantproof::exit::EXIT_CODES;
use tenantproof::facts;
use tenantproof::scenarios;
use tenantproof_harness::flow::{Cast, Nature};
use tenantproof_harness::run::{Plan, Wanted};
use tenantproof_harness::scenario::lint;
use tenantproof_harness::scenario::schema::schema_text;
use tenantproof_mocks::catalogue;

#[test]
fn the_schema_file_is_what_the_types_say() {
    let committed = include_str!("../scenarios/schema.json");
    assert_eq!(
        committed,
        schema_text(),
        "write it again: `cargo run -- schema > scenarios/schema.json`"
    );
}

#[test]
fn the_page_of_facts_is_what_rules_and_scenarios_show() {
    let library = scenarios::library().expect("the scenarios read");
    assert_eq!(
        include_str!("../docs/facts.md"),
        page(&library),
        "write it again: `cargo run -- facts --format markdown > docs/facts.md`"
    );
}

#[test]
fn the_schema_of_landscape_files_is_what_the_tables_say() {
    let committed = include_str!("../scenarios/landscape.schema.json");
    assert_eq!(
        committed,
        tenantproof_mocks::landscape::file::schema_text(),
        "write it again: `cargo run -- schema landscape > scenarios/landscape.schema.json`"
    );
}

#[test]
fn every_fact_is_shown_or_says_why_not() {
    let library = scenarios::library().expect("the scenarios read");
    let found = facts::mistakes(&library);
    assert!(found.is_empty(), "{found:?}");
    for sheet in ["IDCS-OAUTH", "IDCS-ADMIN", "FUSION"] {
        assert!(library.sheets().any(|known| known == sheet), "{sheet} is here");
    }
}

#[test]
fn the_scenarios_have_no_mistakes() {
    let library = scenarios::library().expect("the scenarios read");
    let rules: Vec<&str> = catalogue::rules().map(|rule| rule.id).collect();
    let found = lint(&library, Some(&rules));
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn every_row_and_fact_that_a_rule_cites_exists() {
    let library = scenarios::library().expect("the scenarios read");
    for rule in catalogue::rules() {
        for row in rule.rows() {
            assert!(
                library.row(row).is_some(),
                "{} serves the row {row}, which does not exist",
                rule.id
            );
        }
        for fact in rule.facts {
            assert!(
                library.fact(fact).is_some(),
                "{} cites the fact {fact}, which does not exist",
                rule.id
            );
        }
    }
}

#[test]
fn both_sides_document_the_same_exit_codes() {
    let mut ours: Vec<u8> = EXIT_CODES.iter().map(|(code, _)| *code).collect();
    let mut of_runs: Vec<u8> = tenantproof_harness::run::EXIT_CODES
        .iter()
        .map(|(code, _)| *code)
        .collect();
    ours.sort_unstable();
    of_runs.sort_unstable();
    assert_eq!(ours, of_runs);
}

#[test]
fn a_plan_holds_only_what_there_is() {
    let library = scenarios::library().expect("the scenarios read");
    let embedded = tenantproof::embed::start(
        &tenantproof::embed::Make::default(),
        tenantproof::arguments::Carrier::InProcess,
    );
    let embedded = embedded.expect("servers in this process need nothing");
    let cast = Cast::new(embedded.target, Nature::Embedded);
    for plan in library.plans() {
        let select: Vec<String> = plan.select.iter().map(ToString::to_string).collect();
        let wanted = Wanted {
            profile: "oracle",
            switches: &[],
            select: &select,
        };
        let planned = Plan::new(&library, &cast, embedded.system.levers(), wanted);
        let planned = planned.unwrap_or_else(|error| panic!("{}: {error}", *plan.plan));
        assert!(planned.count >= select.len(), "{}", *plan.plan);
    }
}

#[test]
fn every_misconfiguration_that_is_offered_can_be_told_from_nothing() {
    let library = scenarios::library().expect("the scenarios read");
    assert!(library.misconfigurations().count() > 60);
    for misconfiguration in library.misconfigurations() {
        for when in &misconfiguration.when {
            let says_something =
                !when.status.is_empty() || !when.error.is_empty() || !when.text.is_empty() || !when.facts.is_empty();
            assert!(says_something, "{}", *misconfiguration.id);
            assert!(
                !when.status.iter().any(|status| *status < 300),
                "{}: a success is no symptom",
                *misconfiguration.id
            );
        }
    }
}
