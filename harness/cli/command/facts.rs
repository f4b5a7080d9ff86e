//! `facts`: which wire fact is shown where, and which is not and why. The page `docs/facts.md` is one of its forms.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tenantproof_harness::scenario::Library;

use super::explain::word;
use super::{CommandError, library, print};
use crate::arguments::FactsFormat;
use crate::exit::Exit;
use crate::facts::{Shower, Shown, UNFINISHED, table};

pub(super) fn print_facts(format: FactsFormat) -> Result<Exit, CommandError> {
    let library = library()?;
    print(&match format {
        FactsFormat::Human => for_people(&library),
        FactsFormat::Json => for_programs(&library),
        FactsFormat::Markdown => page(&library),
    });
    Ok(Exit::Success)
}

/// The sheets with their facts.
fn sheets(library: &Library) -> Vec<(&str, Vec<Shown<'_>>)> {
    let mut sheets: Vec<(&str, Vec<Shown<'_>>)> = library.sheets().map(|sheet| (sheet, Vec::new())).collect();
    for shown in table(library) {
        let sheet = sheets.iter_mut().find(|(sheet, _)| *sheet == shown.sheet);
        sheet.expect("every fact is of one of the sheets").1.push(shown);
    }
    sheets
}

/// How many facts of a sheet are shown, are not and say why, and say neither: `280 facts: 230 shown, 50 not`.
fn count(facts: &[Shown<'_>]) -> String {
    let shown = facts.iter().filter(|shown| !shown.places.is_empty()).count();
    let reasoned = facts.iter().filter(|shown| shown.fact.unshown.is_some()).count();
    let open = facts.len() - shown - reasoned;
    let open = if open == 0 {
        String::new()
    } else {
        format!(", {open} still to be shown")
    };
    format!("{} facts: {shown} shown, {reasoned} not{open}", facts.len())
}

/// Where a fact is shown, or why not.
fn place(shown: &Shown<'_>) -> String {
    match &shown.fact.unshown {
        Some(reason) => format!("not shown: {reason}"),
        None if shown.places.is_empty() => "still to be shown".to_owned(),
        None => shown.line(),
    }
}

fn for_people(library: &Library) -> String {
    let mut text = String::new();
    for (sheet, facts) in sheets(library) {
        let _ = writeln!(text, "{sheet}  {}\n  {}\n", library.sheet_title(sheet), count(&facts));
        for shown in &facts {
            let id = shown.fact.id.as_str();
            let _ = writeln!(text, "  {id:<15}  {:<10}  {}", word(shown.fact.sure), place(shown));
        }
        text += "\n";
    }
    text
}

fn for_programs(library: &Library) -> String {
    let facts: Vec<Value> = table(library)
        .iter()
        .map(|shown| {
            let places: serde_json::Map<String, Value> = Shower::ALL
                .into_iter()
                .map(|kind| (kind.name().to_owned(), json!(shown.by(kind))))
                .filter(|(_, names)| names.as_array().is_some_and(|names| !names.is_empty()))
                .collect();
            json!({
                "sheet": shown.sheet,
                "id": shown.fact.id.as_str(),
                "sure": word(shown.fact.sure),
                "contradiction": shown.fact.contradiction,
                "says": shown.fact.says,
                "shown": places,
                "unshown": shown.fact.unshown,
            })
        })
        .collect();
    format!("{:#}\n", Value::from(facts))
}

/// The page that stands in `docs/facts.md`.
#[must_use]
pub fn page(library: &Library) -> String {
    let mut text = "# Which fact is shown where\n\n\
        <!-- Written by `tenantproof facts --format markdown`. Change what it is made of, not the page. -->\n\n\
        What is known of the wire stands in `scenarios/facts`, one sheet for each product. Here is which fact the mocks or the scenarios\n\
        show, and which they cannot and why. `tenantproof explain ID` prints what a fact says and where it is from.\n\n\
        A fact is shown by what cites it and is put to the test: a rule or a promise of the mocks, whose defects `prove` lets the\n\
        scenarios find; a switch of the profile; a requirement row that a case covers; an answer that a case expects; an expectation of\n\
        a scenario; a step of a foreign program under `tests/interop`. What a scenario gives as its `sources` does not count.\n"
        .to_owned();
    for (sheet, facts) in sheets(library) {
        let _ = write!(
            text,
            "\n## {sheet}: {}\n\n{}.",
            library.sheet_title(sheet),
            count(&facts)
        );
        if UNFINISHED.contains(&sheet) {
            text += " This sheet is not finished: its facts may still be without a place and without a reason.";
        }
        text += "\n\n| Fact | Sure | Shown by |\n| --- | --- | --- |\n";
        for shown in &facts {
            let place = place(shown).replace('|', "\\|");
            let _ = writeln!(
                text,
                "| {} | {} | {place} |",
                shown.fact.id.as_str(),
                word(shown.fact.sure)
            );
        }
    }
    text
}
