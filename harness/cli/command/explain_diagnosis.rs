//! The page about what a diagnosis looks for: symptom, signs, cause, what to do, and where that is from.

use std::fmt::Write as _;

use serde::Serialize;
use tenantproof_harness::scenario::Library;
use tenantproof_harness::scenario::model::diagnosis::{Misconfiguration, When};

use super::explain::word;

/// The page about one entry.
pub(super) fn about_diagnosis(entry: &Misconfiguration) -> String {
    let mut text = format!("{}  (diagnosis, {})\n", *entry.id, word(entry.sure));
    let places: Vec<String> = entry.places.iter().map(written).collect();
    row(&mut text, "symptom", &entry.symptom);
    row(&mut text, "shows at", &places.join(", "));
    if entry.when.is_empty() {
        row(
            &mut text,
            "looks for",
            "nothing: no answer shows it, so it is explained here and never offered",
        );
    }
    for (index, when) in entry.when.iter().enumerate() {
        let name = if index == 0 { "looks for" } else { "or for" };
        row(&mut text, name, &signs(when).join("; "));
    }
    row(&mut text, "cause", &entry.cause);
    row(&mut text, "do", &entry.fix);
    row(&mut text, "sources", &entry.sources.join(", "));
    text
}

/// Every entry in a line.
pub(super) fn list(library: &Library) -> String {
    let lines = library
        .misconfigurations()
        .map(|entry| format!("{}  {}\n", *entry.id, entry.symptom));
    lines.collect::<String>() + "`tenantproof explain ID` says what each looks for, and what to do.\n"
}

/// What must hold of an exchange, in words.
fn signs(when: &When) -> Vec<String> {
    let mut signs = Vec::new();
    if !when.status.is_empty() {
        let codes: Vec<String> = when.status.iter().map(ToString::to_string).collect();
        signs.push(format!("the answer is {}", codes.join(" or ")));
    }
    if !when.error.is_empty() {
        signs.push(format!("the error is `{}`", when.error.join("` or `")));
    }
    if !when.text.is_empty() {
        signs.push(format!("the answer says \"{}\"", when.text.join("\" or \"")));
    }
    signs.extend(when.facts.iter().map(|fact| fact.says().to_owned()));
    signs.extend(when.not.iter().map(|fact| format!("not so: {}", fact.says())));
    signs
}

/// The word that files use.
fn written(value: &impl Serialize) -> String {
    let value = serde_json::to_value(value).ok();
    value
        .and_then(|value| value.as_str().map(str::to_owned))
        .unwrap_or_default()
}

fn row(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name:<9} {value}");
}
