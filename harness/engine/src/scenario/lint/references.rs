//! Lints about what stands elsewhere: rows, facts and rules, and what a call does to its target.

use std::collections::HashSet;

use super::{CaseInTable, Findings};
use crate::scenario::model::{
    Action, Applies, Call, Check, Effect, Expectation, Flow, Level, Method, Role, Step, Subject,
};
use crate::scenario::{Located, Spot};

/// Something that covers rows: where it stands, the rows, and whom it judges.
pub(super) struct Cover<'a> {
    path: &'a str,
    pub(super) rows: &'a [Located<String>],
    judges: Vec<Subject>,
}

/// Everything that covers rows.
pub(super) fn covers<'a>(findings: &Findings<'a>) -> Vec<Cover<'a>> {
    let mut covers = Vec::new();
    for (path, flow) in findings.flows() {
        for step in flow.steps.iter().chain(&flow.finally) {
            for expectation in &step.expect {
                covers.push(Cover {
                    path,
                    rows: &expectation.covers,
                    judges: judged(flow, step, expectation),
                });
            }
        }
    }
    for CaseInTable {
        path,
        table,
        control,
        case,
    } in findings.cases()
    {
        let Some(outcome) = case.outcome_in(table) else {
            continue;
        };
        // A step that is not there is found by another lint.
        let Some(step) = control.step(outcome.at()) else {
            continue;
        };
        covers.push(Cover {
            path,
            rows: &case.covers,
            judges: subjects_of(control, step),
        });
        for expectation in outcome.expectations() {
            covers.push(Cover {
                path,
                rows: &expectation.covers,
                judges: judged(control, step, expectation),
            });
        }
    }
    covers
}

/// Whom an expectation of a step judges: a journal is read after the step that it tells about.
fn judged(flow: &Flow, step: &Step, expectation: &Expectation) -> Vec<Subject> {
    match &expectation.check {
        Check::Recorded { of, .. } => flow.step(of).map_or_else(Vec::new, |of| subjects_of(flow, of)),
        _ => subjects_of(flow, step),
    }
}

/// Whom a step judges. An API that calls another one in turn does so with a token of a domain, which is judged with it.
fn subjects_of(flow: &Flow, step: &Step) -> Vec<Subject> {
    let calls_on =
        flow.steps.iter().flat_map(|step| &step.expect).any(
            |expectation| matches!(&expectation.check, Check::Recorded { of, by: Some(_), .. } if **of == *step.step),
        );
    let in_turn = calls_on.then_some(Subject::AuthorizationServer);
    subject_of(step).into_iter().chain(in_turn).collect()
}

/// Whom a step judges. A step that sends nothing judges nobody.
fn subject_of(step: &Step) -> Option<Subject> {
    match &step.action {
        Action::Sign(_) | Action::Pkce(_) => None,
        Action::TokenRequest(_) => Some(Subject::AuthorizationServer),
        Action::Call(call) if Role::of(&call.to) == Some(Role::Domain) => Some(Subject::AuthorizationServer),
        Action::Call(_) => Some(Subject::ResourceServer),
    }
}

pub(super) fn unknown_row(findings: &mut Findings<'_>) {
    for Cover { path, rows, .. } in covers(findings) {
        for id in rows {
            let mistake = match findings.library.row(id) {
                None => findings
                    .mistake(path, id.spot(), format!("there is no row `{id}`"))
                    .hint("rows stand in `requirements/`"),
                Some(row) if row.level == Level::Retired => {
                    let mistake = findings.mistake(path, id.spot(), format!("the row `{id}` is retired"));
                    row.reason
                        .iter()
                        .fold(mistake, super::super::diagnostic::Diagnostic::hint)
                }
                Some(_) => continue,
            };
            findings.add(mistake);
        }
    }
}

pub(super) fn row_subject(findings: &mut Findings<'_>) {
    for Cover { path, rows, judges } in covers(findings) {
        for id in rows {
            let Some(row) = findings.library.row(id) else { continue };
            if row.level == Level::Retired || judges.iter().any(|subject| row.on.contains(subject)) {
                continue;
            }
            let on: Vec<&str> = row.on.iter().map(|subject| subject.as_str()).collect();
            let what = format!("the row `{id}` is about {}", on.join(" and "));
            let mistake = findings.mistake(path, id.spot(), what);
            findings.add(match judges.as_slice() {
                [] => mistake.hint("a step that only signs judges nobody"),
                judges => {
                    let judges: Vec<&str> = judges.iter().map(|subject| subject.as_str()).collect();
                    mistake.expected(format!("a row about {}, whom this step judges", judges.join(" or ")))
                }
            });
        }
    }
}

pub(super) fn unknown_fact(findings: &mut Findings<'_>) {
    let library = findings.library;
    // `IDCS-OAUTH-021` is of the sheet `IDCS-OAUTH`; a sheet that is not loaded is not judged.
    let sheets: HashSet<&str> = library.sheets().collect();
    let exists = |id: &str| library.fact(id).is_some();
    let mut cited: Vec<(&str, &Located<String>)> = Vec::new();
    for (path, flow) in findings.flows() {
        cited.extend(flow.sources.iter().map(|source| (path, source)));
        let expectations = flow.steps.iter().chain(&flow.finally).flat_map(|step| &step.expect);
        cited.extend(
            expectations
                .flat_map(|expectation| &expectation.basis)
                .map(|basis| (path, basis)),
        );
    }
    for (path, table) in findings.tables() {
        cited.extend(table.sources.iter().map(|source| (path, source)));
        let forms = table.answers.values().flat_map(|answer| answer.values());
        cited.extend(forms.flat_map(|form| &form.basis).map(|basis| (path, basis)));
        let outcomes = table.cases.iter().filter_map(|case| case.outcome_in(table));
        let expectations = outcomes.flat_map(|outcome| outcome.expectations());
        cited.extend(
            expectations
                .flat_map(|expectation| &expectation.basis)
                .map(|basis| (path, basis)),
        );
    }
    let forms = library.answers().values().flat_map(|answer| answer.values());
    cited.extend(forms.flat_map(|form| &form.basis).map(|basis| ("answers.yaml", basis)));
    for entry in library.row_entries() {
        cited.extend(entry.file.source.iter().map(|source| (entry.path.as_str(), source)));
    }
    for (path, id) in cited {
        if sheets.iter().any(|sheet| in_sheet(id, sheet)) && !exists(id) {
            findings.add(findings.mistake(path, id.spot(), format!("there is no fact `{id}`")));
        }
    }
    // What stands in the place of a row must be there, whatever sheet it names.
    for entry in library.row_entries() {
        for applies in entry.file.under.values() {
            let Applies::Replaced { by, .. } = applies else {
                continue;
            };
            for id in by.iter().filter(|id| !exists(id)) {
                findings.add(findings.mistake(&entry.path, id.spot(), format!("there is no fact `{id}`")));
            }
        }
    }
}

/// Whether an id looks like one of a sheet.
fn in_sheet(id: &str, sheet: &str) -> bool {
    id.strip_prefix(sheet)
        .and_then(|rest| rest.strip_prefix('-'))
        .is_some_and(|rest| {
            let rest = rest
                .strip_prefix("C-")
                .or_else(|| rest.strip_prefix("U-"))
                .unwrap_or(rest);
            rest.starts_with(|first: char| first.is_ascii_digit())
        })
}

pub(super) fn unknown_rule(findings: &mut Findings<'_>) {
    for (path, table) in findings.tables() {
        for rule in table.cases.iter().flat_map(|case| &case.catches) {
            if !findings.rules.contains(&rule.as_str()) {
                let mistake = findings.mistake(path, rule.spot(), format!("there is no rule `{rule}`"));
                let known = findings.rules.iter().copied();
                findings.add(mistake.did_you_mean(rule, known));
            }
        }
    }
}

pub(super) fn effect(findings: &mut Findings<'_>) {
    for (path, flow) in findings.flows() {
        for step in flow.steps.iter().chain(&flow.finally) {
            let Action::Call(call) = &step.action else { continue };
            let spot: Spot = call.effect.spot();
            if let Err(true_effect) = check_effect(call, Role::of(&call.to) == Some(Role::Domain)) {
                let what = format!("the effect of this call is not `{}`", call.effect.as_str());
                findings.add(
                    findings
                        .mistake(path, spot, what)
                        .expected(format!("`{}`", true_effect.as_str())),
                );
            }
        }
    }
}

/// Checks what a call says of itself; an error holds what it does.
fn check_effect(call: &Call, is_domain: bool) -> Result<(), Effect> {
    let reads = matches!(*call.method, Method::Get | Method::Head | Method::Options);
    let runs = [
        "invokeAsync",
        "/ic/api/integration/v1/flows/",
        "/ic/api/integration/v2/flows/",
    ]
    .iter()
    .any(|part| call.path.contains(part));
    let truth = match () {
        () if runs => Effect::Invoke,
        () if reads => Effect::Read,
        () if is_domain && call.path.ends_with("/oauth2/v1/token") => Effect::Token,
        () if is_domain && call.path.contains("/admin/v1/") => Effect::Admin,
        // Introspection and revocation are sent with POST; what they do is for the author to say.
        () if is_domain => return Ok(()),
        () if *call.effect == Effect::Read => Effect::Invoke,
        () => return Ok(()),
    };
    if *call.effect == truth { Ok(()) } else { Err(truth) }
}
