//! Each kind of mistake in a file that people write, with the exact text that they read about it.
//!
//! A mistake is a file under `fixtures/mistakes`; what is said about it stands beside it in `NAME.expected`. With
//! `UPDATE_EXPECTED=1` the expected texts are written anew: look at the difference before you keep it.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use tenantproof_harness::scenario::{Colour, Diagnostic, Library, lint};
use tenantproof_harness::target;

/// The rows that the fixtures speak of.
const ROWS: [(&str, &str, &str); 25] = [
    ("ASR-001", "AS", "must"),
    ("ASR-010", "AS", "must"),
    ("ASR-013", "AS", "must"),
    ("ASR-018", "AS", "must"),
    ("ASR-019", "AS", "must"),
    ("ASR-020", "AS", "ok"),
    ("ASR-028", "AS", "must"),
    ("ASR-046", "AS", "must"),
    ("ASR-096", "AS", "should"),
    ("ASR-097", "AS", "must"),
    ("ASR-900", "AS", "retired"),
    ("TKN-014", "AS", "must"),
    ("TKN-015", "AS", "must"),
    ("TKN-016", "AS", "must"),
    ("TKN-025", "CL", "ok"),
    ("ATI-010", "AS", "must"),
    ("SCP-008", "AS", "must"),
    ("RSV-001", "RS", "ok"),
    ("RSV-002", "RS", "must"),
    ("ROL-018", "RS", "hard"),
    ("ROL-019", "RS", "hard"),
    ("ROL-020", "RS", "hard"),
    ("ATI-011", "AS", "must"),
    ("ATI-012", "AS", "must"),
    ("ATI-013", "AS", "must"),
];

/// The rules that the fixtures speak of.
const RULES: [&str; 3] = ["assertion.audience", "assertion.issuer", "assertion.signature"];

const FACTS: &str = "format: 1\nsheet: IDCS-OAUTH\ntitle: runtime\nfacts:\n";
const KNOWN_FACTS: [&str; 2] = ["IDCS-OAUTH-021", "IDCS-OAUTH-729"];

/// The files that are right, and stand around the mistake.
fn surroundings() -> Vec<(String, String)> {
    let mut files = vec![(
        "jwt-bearer/agent-as-user.yaml".to_owned(),
        include_str!("fixtures/flow.yaml").to_owned(),
    )];
    for group in ["ASR", "TKN", "ATI", "SCP", "RSV", "ROL"] {
        let mut text = format!("format: 1\ngroup: {group}\ntitle: {group}\nrows:\n");
        for (id, on, level) in ROWS.iter().filter(|(id, ..)| id.starts_with(group)) {
            // No mistake is to be about rows that a fixture leaves alone, so each is off.
            let off = "off: { because: x }";
            let row = format!(
                "id: {id}, on: [{on}], level: {level}, says: x, checked: read, reason: it was wrong, \
                under: {{ oracle: {{ {off} }}, rfc: {{ {off} }} }}"
            );
            writeln!(text, "  - {{ {row} }}").expect("a string takes all");
        }
        files.push((format!("requirements/{}.yaml", group.to_lowercase()), text));
    }
    let facts = KNOWN_FACTS
        .map(|id| format!("  - {{ id: {id}, says: x, sure: documented }}\n"))
        .concat();
    files.push(("facts/idcs-oauth.yaml".to_owned(), FACTS.to_owned() + &facts));
    files
}

/// What is said about a scenario or requirement file.
fn about_scenarios(name: &str, text: &str) -> Vec<Diagnostic> {
    let folder = if name.starts_with("requirements-") {
        "requirements/"
    } else {
        ""
    };
    let path = format!("{folder}{name}");
    let files = surroundings().into_iter().chain([(path.clone(), text.to_owned())]);
    let diagnostics = match Library::load(files) {
        Ok(library) => lint(&library, Some(&RULES)),
        Err(mistakes) => mistakes,
    };
    diagnostics
        .into_iter()
        .filter(|diagnostic| diagnostic.file == path)
        .collect()
}

fn mistakes_with_ending(ending: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/fixtures/mistakes");
    let entries = fs::read_dir(folder).expect("the folder of mistakes");
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.expect("an entry").path()).collect();
    paths.retain(|path| path.extension().is_some_and(|its| its == ending));
    paths.sort();
    paths
}

/// Compares what is said about each mistake with what is expected, and shows every difference at once.
fn compare(ending: &str, about: impl Fn(&str, &str) -> Vec<Diagnostic>) {
    let mut differences = String::new();
    for path in mistakes_with_ending(ending) {
        let name = path.file_name().and_then(|name| name.to_str()).expect("a plain name");
        let text = fs::read_to_string(&path).expect("a readable file");
        let said: Vec<String> = about(name, &text)
            .iter()
            .map(|diagnostic| diagnostic.render(Colour::Plain))
            .collect();
        let said = said.join("\n\n") + "\n";
        let expected_path = path.with_extension("expected");
        if std::env::var_os("UPDATE_EXPECTED").is_some() {
            fs::write(&expected_path, &said).expect("a writable file");
        }
        let expected = fs::read_to_string(&expected_path).unwrap_or_default();
        if said != expected || said.trim().is_empty() {
            let difference = format!("--- {name}, expected:\n{expected}\n--- {name}, got:\n{said}");
            writeln!(differences, "{difference}").expect("a string takes all");
        }
    }
    assert!(differences.is_empty(), "{differences}");
}

#[test]
fn every_mistake_in_a_scenario_is_told_as_expected() {
    compare("yaml", about_scenarios);
}

/// What is said about a target file.
fn about_targets(name: &str, text: &str) -> Vec<Diagnostic> {
    target::load(name, text, Path::new(".")).err().unwrap_or_default()
}

#[test]
fn every_mistake_in_a_target_is_told_as_expected() {
    compare("toml", about_targets);
}

#[test]
fn the_surroundings_are_without_mistake() {
    let library = Library::load(surroundings().into_iter()).expect("files without mistake");
    let diagnostics = lint(&library, Some(&RULES));
    let rendered: Vec<String> = diagnostics
        .iter()
        .map(|diagnostic| diagnostic.render(Colour::Plain))
        .collect();
    assert!(rendered.is_empty(), "{}", rendered.join("\n\n"));
}

#[test]
fn the_example_table_is_without_mistake_but_for_rows_that_are_not_here() {
    let table = ("jwt-bearer/assertion.yaml", include_str!("fixtures/refusals.yaml"));
    let table = (table.0.to_owned(), table.1.to_owned());
    let library = Library::load(surroundings().into_iter().chain([table])).expect("files without mistake");
    let elsewhere = ["unknown-row", "unknown-fact"].map(Some);
    let found = lint(&library, None);
    let said: Vec<String> = found
        .iter()
        .filter(|diagnostic| !elsewhere.contains(&diagnostic.lint))
        .map(ToString::to_string)
        .collect();
    assert!(said.is_empty(), "{}", said.join("\n"));
}
