//! `explain`: what a row, fact, rule, scenario, case or answer is, how it behaves under each profile, and what covers and proves it.

use std::fmt::{Debug, Write as _};

use tenantproof_harness::scenario::Library;
use tenantproof_harness::scenario::diagnostic::nearest;
use tenantproof_harness::scenario::model::{Answer, Applies, Case, Fact, Flow, Outcome, Row, Subject, Table};
use tenantproof_mocks::catalogue;
use tenantproof_mocks::landscape::profile::{ProfileName, SWITCHES, Switch};

use super::explain_diagnosis::{about_diagnosis, list};
use super::rules::for_people;
use super::{CommandError, library, print};
use crate::exit::Exit;
use crate::facts::{self, Shower};
use crate::misconfigured::{self, Misconfiguration};

pub(super) fn explain(id: &str) -> Result<Exit, CommandError> {
    if id == "MISCONF" {
        print(&misconfigured::list());
        return Ok(Exit::Success);
    }
    let library = library()?;
    if id == "diagnosis" {
        print(&list(&library));
        return Ok(Exit::Success);
    }
    // What people do wrong, and what a diagnosis makes of its symptom, go by one id.
    let mistakes = misconfigured::all();
    let made = mistakes
        .iter()
        .find(|entry| entry.id == id)
        .map(Misconfiguration::story);
    let found = library.misconfiguration(id).map(about_diagnosis);
    if made.is_some() || found.is_some() {
        let parts: Vec<String> = made.into_iter().chain(found).collect();
        print(&parts.join("\n"));
        return Ok(Exit::Success);
    }
    let text = about(&library, id).ok_or_else(|| unknown(&library, id))?;
    print(&text);
    Ok(Exit::Success)
}

/// The page about whatever has this id.
fn about(library: &Library, id: &str) -> Option<String> {
    let row = || library.row(id).map(|row| about_row(library, row));
    let fact = || library.fact(id).map(|fact| about_fact(library, fact));
    let rule = || {
        catalogue::rules()
            .find(|rule| rule.id == id)
            .map(|rule| for_people(rule) + &cases_naming(library, id))
    };
    let flow = || library.flow(id).map(|flow| about_flow(library, id, flow));
    let table = || library.table(id).map(|table| about_table(id, table));
    let case = || about_case(library, id);
    let answer = || library.answers().get(id).map(|answer| about_answer(id, answer));
    let switch = || SWITCHES.iter().find(|switch| switch.name == id).map(about_switch);
    row()
        .or_else(fact)
        .or_else(rule)
        .or_else(flow)
        .or_else(table)
        .or_else(case)
        .or_else(answer)
        .or_else(switch)
}

fn unknown(library: &Library, id: &str) -> CommandError {
    let rows = library.rows().map(|row| row.id.as_str());
    let facts = library.facts().map(|fact| fact.id.as_str());
    let rules = catalogue::rules().map(|rule| rule.id);
    let scenarios = library
        .flows()
        .map(|(id, _)| id)
        .chain(library.tables().map(|(id, _)| id));
    let answers = library.answers().keys().map(String::as_str);
    let misconfigured = misconfigured::all();
    let mistakes = misconfigured.iter().map(|entry| entry.id.as_str());
    let hint = nearest(
        id,
        mistakes
            .chain(library.misconfigurations().map(|entry| entry.id.as_str()))
            .chain(rows)
            .chain(facts)
            .chain(rules)
            .chain(scenarios)
            .chain(answers),
    );
    let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    CommandError::Usage(format!(
        "nothing is called `{id}`{hint} Rows, facts, rules, scenarios, cases, answers, switches and misconfigurations can be explained."
    ))
}

/// The word that files use for a value of a small enumeration.
pub(super) fn word(value: impl Debug) -> String {
    format!("{value:?}").to_lowercase()
}

fn about_row(library: &Library, row: &Row) -> String {
    let judged: Vec<&str> = row.on.iter().map(|subject| subject.as_str()).collect();
    let mut text = format!(
        "{}  ({}, judges {})\n  {}\n",
        row.id.as_str(),
        word(row.level),
        judged.join(" "),
        row.says
    );
    if let Some(expect) = &row.expect {
        let _ = writeln!(text, "  expected  {expect}");
    }
    let sources: Vec<&str> = row.source.iter().map(|source| source.as_str()).collect();
    if !sources.is_empty() {
        let _ = writeln!(text, "  source    {}", sources.join("; "));
    }
    if let Some(sure) = row.sure {
        let _ = writeln!(text, "  sure      {}", word(sure));
    }
    for profile in ProfileName::ALL {
        let becomes = match library.applies(row, profile.name()) {
            Applies::Applies => "applies".to_owned(),
            Applies::Off { because } => format!("off: {because}"),
            Applies::Replaced { by, because } => {
                let by: Vec<&str> = by.iter().map(|fact| fact.as_str()).collect();
                format!("replaced by {}: {because}", by.join(", "))
            }
        };
        let _ = writeln!(text, "  {:<9} {becomes}", profile.name());
    }
    if let Some(reason) = &row.unshown {
        let _ = writeln!(text, "  not shown by any case: {reason}");
    } else if row.on.iter().all(|subject| *subject == Subject::Client) {
        text += "  not shown by any case: about clients, which no scenario judges\n";
    }
    text += "Cases that cover it\n";
    for (table_id, table) in library.tables() {
        for case in table.file.cases.iter().filter(|case| covers(case, &row.id)) {
            let _ = writeln!(text, "  {table_id}#{}  {}", case.case.as_str(), case.title);
        }
    }
    for (flow_id, flow) in library.flows() {
        let mut expectations = flow.file.steps.iter().flat_map(|step| &step.expect);
        if expectations.any(|expectation| {
            expectation
                .covers
                .iter()
                .any(|covered| covered.as_str() == row.id.as_str())
        }) {
            let _ = writeln!(text, "  {flow_id}  {}", flow.file.title);
        }
    }
    text += "Defects that prove it\n";
    for rule in catalogue::rules() {
        for defect in rule
            .defects
            .iter()
            .filter(|defect| defect.rows.contains(&row.id.as_str()))
        {
            let _ = writeln!(text, "  {}.{}  {}", rule.id, defect.name, defect.says);
        }
    }
    text
}

fn covers(case: &Case, row: &str) -> bool {
    let expectations = case
        .outcome
        .as_ref()
        .map(|outcome| outcome.expectations())
        .unwrap_or_default();
    let inside = expectations.iter().flat_map(|expectation| &expectation.covers);
    case.covers.iter().chain(inside).any(|covered| covered.as_str() == row)
}

fn about_fact(library: &Library, fact: &Fact) -> String {
    let kind = if fact.contradiction {
        ", a contradiction between sources"
    } else {
        ""
    };
    let mut text = format!("{}  ({}{kind})\n  {}\n", fact.id.as_str(), word(fact.sure), fact.says);
    if let Some(default) = &fact.default {
        let _ = writeln!(text, "  nobody knows; what is done here: {default}");
    }
    let sources: Vec<&str> = fact.sources.iter().map(|source| source.as_str()).collect();
    if !sources.is_empty() {
        let _ = writeln!(text, "  sources   {}", sources.join(", "));
    }
    if let Some(reason) = &fact.unshown {
        let _ = writeln!(text, "  not shown by any mock: {reason}");
    }
    let table = facts::table(library);
    let shown = table.iter().find(|shown| shown.fact.id == fact.id);
    let shown = shown.expect("the table has every fact");
    if shown.places.is_empty() && fact.unshown.is_none() {
        text += "  nothing shows it yet\n";
    }
    for kind in Shower::ALL {
        let names = shown.by(kind);
        if !names.is_empty() {
            let _ = writeln!(text, "  {:<9} {}", kind.plural(), names.join(", "));
        }
    }
    text
}

fn about_flow(library: &Library, id: &str, flow: &Flow) -> String {
    let mut text = format!("{id}  (flow)\n  {}\n", flow.title);
    if let Some(about) = &flow.about {
        let _ = writeln!(text, "  {about}");
    }
    for step in &flow.steps {
        let _ = writeln!(
            text,
            "  step {:<18} {}",
            step.step.as_str(),
            step.says.as_deref().unwrap_or_default()
        );
    }
    text += "Tables that it is the control of\n";
    for (table_id, table) in library.tables().filter(|(_, table)| table.file.control.as_str() == id) {
        let _ = writeln!(text, "  {table_id}  {}", table.file.title);
    }
    text
}

fn about_table(id: &str, table: &Table) -> String {
    let mut text = format!(
        "{id}  (table of {} cases, control {})\n  {}\n",
        table.cases.len(),
        table.control.as_str(),
        table.title
    );
    for case in &table.cases {
        let _ = writeln!(text, "  {:<42} {}", case.case.as_str(), case.title);
    }
    text
}

fn about_case(library: &Library, id: &str) -> Option<String> {
    let (table_id, name) = id.split_once('#')?;
    let name = name.split(':').next()?;
    let table = library.table(table_id)?;
    let case = table.cases.iter().find(|case| case.case.as_str() == name)?;
    let mut text = format!(
        "{table_id}#{name}  (case)\n  {}\n  control   {}\n",
        case.title,
        table.control.as_str()
    );
    let list = |values: &[tenantproof_harness::scenario::Located<String>]| {
        values.iter().map(|value| value.as_str()).collect::<Vec<_>>().join(", ")
    };
    let _ = writeln!(
        text,
        "  covers    {}\n  catches   {}",
        list(&case.covers),
        list(&case.catches)
    );
    if let Some(compound) = &case.compound {
        let _ = writeln!(text, "  compound  {compound}");
    }
    let _ = match case.outcome_in(table).map(|outcome| &**outcome) {
        Some(Outcome::Refused { at, answer, .. }) => {
            let _ = writeln!(text, "  expected  refused at `{}` as {}", at.as_str(), answer.as_str());
            library
                .answer(table, answer.as_str())
                .map(|forms| text += &about_answer(answer.as_str(), forms))
        }
        Some(outcome) => {
            let kind = match outcome {
                Outcome::Accepted { .. } => "accepted",
                Outcome::Reported { .. } => "either, and reported,",
                _ => "as promised",
            };
            let _ = writeln!(text, "  expected  {kind} at `{}`", outcome.at().as_str());
            None
        }
        None => None,
    };
    for rule in catalogue::rules().filter(|rule| case.catches.iter().any(|caught| caught.as_str() == rule.id)) {
        text += "\n";
        text += &for_people(rule);
    }
    Some(text)
}

fn about_answer(name: &str, answer: &Answer) -> String {
    let mut text = format!("{name}  (answer)\n");
    for (profile, form) in answer {
        let status: Vec<String> = form.status.iter().map(ToString::to_string).collect();
        let _ = write!(text, "  {profile:<9} status {}", status.join(" or "));
        for (member, value) in form.json.iter().flatten() {
            let _ = write!(text, ", `{member}` {value}");
        }
        if let Some(challenge) = &form.challenge {
            let error = challenge
                .error
                .as_ref()
                .map(|error| format!(" with error {error}"))
                .unwrap_or_default();
            let _ = write!(text, ", challenge {}{error}", challenge.scheme);
        }
        let basis: Vec<&str> = form.basis.iter().map(|basis| basis.as_str()).collect();
        let _ = writeln!(text, "  ({}: {})", word(form.sure), basis.join(", "));
    }
    text
}

fn about_switch(switch: &Switch) -> String {
    format!(
        "{}  (switch)\n {}\n  values    {}\n  oracle    {}\n  rfc       {}\n  facts     {}\n",
        switch.name,
        switch.says,
        switch.values.join(", "),
        switch.oracle,
        switch.rfc,
        switch.facts.join(", ")
    )
}

fn cases_naming(library: &Library, rule: &str) -> String {
    let mut text = "Cases that name it\n".to_owned();
    for (table_id, table) in library.tables() {
        for case in table
            .file
            .cases
            .iter()
            .filter(|case| case.catches.iter().any(|caught| caught.as_str() == rule))
        {
            let _ = writeln!(text, "  {table_id}#{}  {}", case.case.as_str(), case.title);
        }
    }
    text
}
