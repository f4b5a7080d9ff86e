//! `rules`: every rule of the mocks, from their own catalogue.

use std::fmt::Write as _;

use serde_json::{Value, json};
use tenantproof_mocks::catalogue;
use tenantproof_mocks::rule::{RuleInfo, RuleKind};

use super::{CommandError, print};
use crate::arguments::Format;
use crate::exit::Exit;

#[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub(super) fn print_rules(format: Format) -> Result<Exit, CommandError> {
    match format {
        Format::Human => print(&catalogue::rules().fold(String::new(), |text, rule| text + &for_people(rule) + "\n")),
        Format::Json => {
            let rules: Vec<Value> = catalogue::rules().map(for_programs).collect();
            print(&format!("{:#}\n", Value::from(rules)));
        }
    }
    Ok(Exit::Success)
}

fn kind(rule: &RuleInfo) -> &'static str {
    match rule.kind {
        RuleKind::Guard => "guard",
        RuleKind::Promise => "promise",
    }
}

/// A rule in a few lines.
pub(super) fn for_people(rule: &RuleInfo) -> String {
    let mut text = format!(
        "{}  ({}, {})\n  {}\n",
        rule.id,
        kind(rule),
        rule.confidence.name(),
        rule.says
    );
    let mut line = |name: &str, values: &[&str]| {
        if !values.is_empty() {
            let _ = writeln!(text, "  {name:<9} {}", values.join(", "));
        }
    };
    line("rows", &rule.rows());
    line("facts", rule.facts);
    line("premises", rule.premises);
    for defect in rule.defects {
        let unobservable = defect
            .unobservable
            .map(|why| format!(" (not to be seen: {why})"))
            .unwrap_or_default();
        let _ = writeln!(
            text,
            "  {:<9} {}: {}{unobservable}",
            defect.kind.name(rule.kind),
            defect.name,
            defect.says
        );
    }
    text
}

fn for_programs(rule: &RuleInfo) -> Value {
    let defects: Vec<Value> = rule
        .defects
        .iter()
        .map(|defect| {
            json!({
                "name": defect.name,
                "kind": defect.kind.name(rule.kind),
                "says": defect.says,
                "rows": defect.rows,
                "unobservable": defect.unobservable,
            })
        })
        .collect();
    json!({
        "id": rule.id,
        "kind": kind(rule),
        "says": rule.says,
        "rows": rule.rows(),
        "facts": rule.facts,
        "confidence": rule.confidence.name(),
        "premises": rule.premises,
        "defects": defects,
    })
}
