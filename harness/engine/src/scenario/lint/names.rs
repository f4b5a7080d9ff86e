//! Lints about names: controls, steps, parts, players, templates and ids.

use std::collections::HashSet;

use super::texts::{self, Texts};
use super::{CaseInTable, Findings};
use crate::scenario::model::{
    Action, Arrangement, Bindings, Change, Check, Expectation, Flow, KeySource, Part, PasswordOf, Role, Step, Table,
};
use crate::scenario::template::{NOW, Name, TODAY};
use crate::scenario::{Located, Spot, Template};

/// Words at the start of a template that are neither players nor steps.
const RESERVED: [&str; 6] = [NOW, TODAY, "fresh", "each", "control", "mint"];
/// What a template reads of the issuer key that a target lends.
const MINT: [&str; 2] = ["issuer", "key-id"];

/// The halves of a proof key.
const HALVES: [&str; 2] = ["verifier", "challenge"];

/// What `fresh` can make.
const FRESH: [&str; 4] = ["uuid", "kilobytes7", "kilobytes40", "kilobytes60"];

pub(super) fn unknown_control(findings: &mut Findings<'_>) {
    for (path, table) in findings.tables() {
        if findings.library.flow(&table.control).is_none() {
            let what = format!("there is no flow `{}`", table.control);
            let mistake = findings.mistake(path, table.control.spot(), what);
            let known = findings.library.flows().map(|(id, _)| id);
            findings.add(mistake.did_you_mean(&table.control, known));
        }
    }
}

pub(super) fn unknown_step(findings: &mut Findings<'_>) {
    for (path, flow) in findings.flows() {
        for step in all_steps(flow) {
            for expectation in &step.expect {
                check_recorded(findings, path, flow, expectation);
            }
        }
    }
    for (path, table) in findings.tables() {
        let Some(control) = findings.library.flow(&table.control) else {
            continue;
        };
        if let Some(up_to) = &table.up_to {
            check_step(findings, path, &step_names(control), up_to.spot(), up_to);
        }
        for step in &table.without {
            check_step(findings, path, &step_names(control), step.spot(), step);
        }
        let run = run_steps(control, table);
        if let Some(outcome) = &table.outcome {
            check_step(findings, path, &run, outcome.at().spot(), outcome.at());
        }
        for case in &table.cases {
            if let Some(outcome) = &case.outcome {
                check_step(findings, path, &run, outcome.at().spot(), outcome.at());
                outcome
                    .expectations()
                    .iter()
                    .for_each(|expectation| check_recorded(findings, path, control, expectation));
            }
            let Some(change) = &case.change else { continue };
            if let Some(at) = change.place() {
                check_step(findings, path, &run, at.spot(), &at.step);
            }
            if let Some(step) = change.step() {
                check_step(findings, path, &run, step.spot(), step);
            }
        }
    }
}

fn check_recorded(findings: &mut Findings<'_>, path: &str, flow: &Flow, expectation: &Expectation) {
    if let Check::Recorded { of, .. } = &expectation.check {
        check_step(findings, path, &step_names(flow), of.spot(), of);
    }
}

fn check_step(findings: &mut Findings<'_>, path: &str, known: &[&str], spot: Spot, name: &str) {
    if !known.contains(&name) {
        let mistake = findings.mistake(path, spot, format!("no step `{name}` is run"));
        let mistake = mistake.expected(format!("one of {}", known.join(", ")));
        findings.add(mistake.did_you_mean(name, known.iter().copied()));
    }
}

pub(super) fn unknown_part(findings: &mut Findings<'_>) {
    for CaseInTable {
        path, control, case, ..
    } in findings.cases()
    {
        let Some(change) = &case.change else { continue };
        if let Some((at, step)) = change.place().and_then(|at| Some((at, control.step(&at.step)?))) {
            let parts = parts_of(&step.action);
            if !parts.contains(&at.part) {
                let known: Vec<&str> = parts.iter().map(|part| part.as_str()).collect();
                let what = format!("the step `{}` has no part `{}`", at.step, at.part.as_str());
                let mistake = findings
                    .mistake(path, at.spot(), what)
                    .expected(format!("one of {}", known.join(", ")));
                findings.add(mistake);
            } else if at.name.is_none()
                && !at.part.is_single()
                && !matches!(**change, Change::Raw { .. } | Change::Bytes { .. })
            {
                let mistake = findings.mistake(path, at.spot(), "the place names a whole part");
                findings.add(mistake.expected(format!("a member, such as `{}.name`", **at)));
            }
        }
        if let Some(step) = change.step().and_then(|name| control.step(name)) {
            let (fits, wanted) = match (&**change, &step.action) {
                (Change::LeaveOut(_), _) => (true, "a step"),
                (Change::Resend(_) | Change::Body { .. } | Change::Authenticate { .. }, _) => {
                    (receiver(step).is_some(), "a step that sends a request")
                }
                (_, action) => (matches!(action, Action::Sign(_)), "a step that signs"),
            };
            if !fits {
                let what = format!("the change does not fit the step `{}`", *step.step);
                let spot = change.step().map_or(change.spot(), Located::spot);
                findings.add(findings.mistake(path, spot, what).expected(wanted));
            }
        }
    }
}

/// The parts that a place can name in a step.
fn parts_of(action: &Action) -> Vec<Part> {
    match action {
        Action::Sign(_) => vec![Part::Header, Part::Claims],
        Action::Pkce(_) => vec![Part::Verifier, Part::Challenge],
        Action::TokenRequest(request) => {
            let mut parts = vec![Part::Form, Part::Query, Part::Headers, Part::Authenticate];
            parts.extend(request.signature.as_ref().map(|_| Part::Signature));
            parts.push(Part::Method);
            parts
        }
        Action::Call(call) => {
            let body = if call.has_form() { Part::Form } else { Part::Json };
            let mut parts = vec![body, Part::Query, Part::Headers, Part::Authenticate];
            parts.extend(call.browser.as_ref().map(|_| Part::Cookies));
            parts.extend([Part::Bearer, Part::Method, Part::Path]);
            parts
        }
    }
}

pub(super) fn unknown_name(findings: &mut Findings<'_>) {
    for (path, flow) in findings.flows() {
        let known = bound([&flow.with]);
        for arrangement in &flow.arrange {
            check_names(findings, path, &known, arrangement.names());
        }
        for step in all_steps(flow) {
            check_names(findings, path, &known, names_of_step(step));
            for expectation in &step.expect {
                check_names(findings, path, &known, name_of_expectation(expectation));
            }
        }
    }
    for (path, table) in findings.tables() {
        let Some(control) = findings.library.flow(&table.control) else {
            continue;
        };
        let known = bound([&control.with, &table.with]);
        for arrangement in &table.arrange {
            check_names(findings, path, &known, arrangement.names());
        }
        for case in &table.cases {
            let known = bound([&control.with, &table.with, &case.with]);
            check_names(findings, path, &known, case.not_given.iter().collect());
            if let Some(change) = &case.change {
                check_names(findings, path, &known, names_of_change(change));
                if let Change::With(players) = &**change {
                    let strangers = players.iter().filter(|(name, _)| !known.contains(&name.as_str()));
                    for (name, player) in strangers {
                        add_unknown(findings, path, &known, player.spot(), name);
                    }
                }
            }
            let expectations = case
                .outcome_in(table)
                .map(|outcome| outcome.expectations())
                .unwrap_or_default();
            for expectation in expectations {
                check_names(findings, path, &known, name_of_expectation(expectation));
            }
        }
    }
}

pub(super) fn role(findings: &mut Findings<'_>) {
    let mut bindings: Vec<(&str, &Bindings)> = Vec::new();
    for (path, flow) in findings.flows() {
        bindings.push((path, &flow.with));
        for step in all_steps(flow) {
            let wanted: &[Role] = if matches!(step.action, Action::Call(_)) {
                &[Role::Api, Role::Domain]
            } else {
                &[Role::Domain]
            };
            if let Action::Call(call) = &step.action
                && let Some(PasswordOf { user, .. }) = &call.password_of
                && Role::of(user).is_some_and(|role| role != Role::User)
            {
                let mistake = findings.mistake(path, user.spot(), format!("`{user}` has no password"));
                findings.add(mistake.expected("a name that ends in user"));
            }
            let Some(to) = receiver(step) else { continue };
            if Role::of(to).is_some_and(|role| !wanted.contains(&role)) {
                let mistake = findings.mistake(path, to.spot(), format!("no request can go to `{to}`"));
                let wanted: Vec<&str> = wanted.iter().map(|role| role.as_str()).collect();
                findings.add(mistake.expected(format!("a name that ends in {}", wanted.join(" or "))));
            }
        }
    }
    for (path, table) in findings.tables() {
        bindings.push((path, &table.with));
        bindings.extend(table.cases.iter().map(|case| (path, &case.with)));
    }
    for (path, bindings) in bindings {
        for (name, player) in bindings.iter().filter(|(name, _)| Role::of(name).is_none()) {
            let mistake = findings.mistake(
                path,
                player.spot(),
                format!("the name `{name}` does not say what it is"),
            );
            findings
                .add(mistake.expected("a name that ends in `domain`, `client`, `user` or `api`, such as `other-user`"));
        }
    }
}

/// Who receives the request of a step.
fn receiver(step: &Step) -> Option<&Located<String>> {
    match &step.action {
        Action::Sign(_) | Action::Pkce(_) => None,
        Action::TokenRequest(request) => Some(&request.to),
        Action::Call(call) => Some(&call.to),
    }
}

fn bound<const N: usize>(bindings: [&Bindings; N]) -> Vec<&str> {
    bindings
        .into_iter()
        .flat_map(|bindings| bindings.keys().map(String::as_str))
        .collect()
}

fn check_names(findings: &mut Findings<'_>, path: &str, known: &[&str], names: Vec<&Located<String>>) {
    for name in names.into_iter().filter(|name| !known.contains(&name.as_str())) {
        add_unknown(findings, path, known, name.spot(), name);
    }
}

fn add_unknown(findings: &mut Findings<'_>, path: &str, known: &[&str], spot: Spot, name: &str) {
    let mistake = findings.mistake(path, spot, format!("nobody is bound to the name `{name}`"));
    let mistake = mistake.expected(format!("one of {}", known.join(", ")));
    findings.add(mistake.did_you_mean(name, known.iter().copied()));
}

fn names_of_step(step: &Step) -> Vec<&Located<String>> {
    match &step.action {
        Action::Sign(sign) => name_of_key(&sign.key).into_iter().collect(),
        Action::TokenRequest(request) => [&request.to]
            .into_iter()
            .chain(request.authenticate.as_ref().map(|way| &way.client))
            .chain(
                request
                    .signature
                    .as_ref()
                    .and_then(|signature| name_of_key(&signature.key)),
            )
            .collect(),
        Action::Call(call) => [&call.to]
            .into_iter()
            .chain(call.authenticate.as_ref().map(|way| &way.client))
            .chain(call.password_of.as_ref().map(|password| &password.user))
            .collect(),
        Action::Pkce(_) => Vec::new(),
    }
}

fn name_of_key(key: &KeySource) -> Option<&Located<String>> {
    match key {
        KeySource::Of(name) | KeySource::Mint(name) => Some(name),
        KeySource::Fresh(_) => None,
    }
}

fn name_of_expectation(expectation: &Expectation) -> Vec<&Located<String>> {
    match &expectation.check {
        Check::Signed { by, .. } | Check::Recorded { by: Some(by), .. } => vec![by],
        _ => Vec::new(),
    }
}

fn names_of_change(change: &Change) -> Vec<&Located<String>> {
    match change {
        Change::Sign { key: Some(key), .. } => name_of_key(key).into_iter().collect(),
        Change::Authenticate {
            client: Some(client), ..
        } => vec![client],
        Change::Arrange(arrangement) => Arrangement::names(arrangement),
        _ => Vec::new(),
    }
}

/// What a template can read at some point.
struct Scope<'a> {
    names: Vec<&'a str>,
    steps: Vec<&'a Step>,
    control: Option<&'a Flow>,
    has_each: bool,
}

pub(super) fn template(findings: &mut Findings<'_>) {
    for (path, flow) in findings.flows() {
        let names = bound([&flow.with]);
        for (index, step) in all_steps(flow).enumerate() {
            let before = all_steps(flow).take(index).collect();
            let scope = Scope {
                names: names.clone(),
                steps: before,
                control: None,
                has_each: false,
            };
            check_texts(findings, path, &scope, texts::of_action(step));
            let through = all_steps(flow).take(index + 1).collect();
            let scope = Scope {
                steps: through,
                ..scope
            };
            for expectation in &step.expect {
                check_texts(
                    findings,
                    path,
                    &scope,
                    texts::of_expectation(expectation.spot(), expectation),
                );
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
        let changed = case.change.as_ref().and_then(|change| {
            change
                .place()
                .map(|at| at.step.as_str())
                .or(change.step().map(|step| step.as_str()))
        });
        let at = case.outcome_in(table).map(|outcome| outcome.at().as_str());
        let until = |name: Option<&str>, more: usize| -> Vec<&Step> {
            let count = control.steps.iter().position(|step| Some(step.step.as_str()) == name);
            control
                .steps
                .iter()
                .take(count.map_or(control.steps.len(), |count| count + more))
                .collect()
        };
        let scope = Scope {
            names: bound([&control.with, &table.with, &case.with]),
            steps: until(changed, 0),
            control: Some(control),
            has_each: !case.each.is_empty(),
        };
        if let Some(change) = &case.change {
            // The text of a token is damaged after the step has run, and so is a proof key: the step's own result can be read.
            let is_after = matches!(**change, Change::Text { .. } | Change::Signature { .. })
                || change
                    .place()
                    .is_some_and(|at| matches!(at.part, Part::Verifier | Part::Challenge));
            let steps = until(changed, usize::from(is_after));
            let scope = Scope {
                steps,
                names: scope.names.clone(),
                ..scope
            };
            check_texts(findings, path, &scope, texts::of_change(change.spot(), change));
        }
        let scope = Scope {
            steps: until(at, 1),
            ..scope
        };
        let expectations = case
            .outcome_in(table)
            .map(|outcome| outcome.expectations())
            .unwrap_or_default();
        for expectation in expectations {
            check_texts(
                findings,
                path,
                &scope,
                texts::of_expectation(expectation.spot(), expectation),
            );
        }
    }
}

fn check_texts(findings: &mut Findings<'_>, path: &str, scope: &Scope<'_>, texts: Texts<'_>) {
    for (spot, text) in texts {
        let template: Template = match text.parse() {
            Ok(template) => template,
            Err(error) => {
                findings.add(findings.mistake(path, spot, error.to_string()));
                continue;
            }
        };
        for name in template.names() {
            if let Err(why) = scope.check(name) {
                let mistake = findings.mistake(path, spot, format!("`{name}` cannot be read here: {why}"));
                let known = scope
                    .names
                    .iter()
                    .copied()
                    .chain(scope.steps.iter().map(|step| step.step.as_str()))
                    .chain(RESERVED);
                findings.add(mistake.did_you_mean(name.first(), known.filter(|known| *known != name.first())));
            }
        }
    }
}

impl Scope<'_> {
    fn check(&self, name: &Name) -> Result<(), String> {
        match (name.first(), name.rest()) {
            (NOW | TODAY, []) => Ok(()),
            (NOW | TODAY, _) => Err("the clock has no members".to_owned()),
            ("each", []) if self.has_each => Ok(()),
            ("each", _) => Err("the case has no variants of that name".to_owned()),
            ("fresh", [what]) if FRESH.contains(&what.as_str()) => Ok(()),
            ("fresh", _) => Err(format!("`fresh` makes {}", FRESH.join(", "))),
            ("mint", [what]) if MINT.contains(&what.as_str()) => Ok(()),
            ("mint", _) => Err(format!("`mint` knows {}", MINT.join(", "))),
            ("control", [step, rest @ ..]) => {
                let control = self.control.ok_or("only a case has a control")?;
                let step = control.step(step).ok_or("the control has no such step")?;
                kept_by(step, rest)
            }
            ("control", []) => Err("it wants a step and a value that the step keeps".to_owned()),
            (first, rest) if self.names.contains(&first) => {
                if rest.is_empty() {
                    Err("it wants an attribute, such as `.id`".to_owned())
                } else {
                    Ok(())
                }
            }
            (first, rest) => {
                let step = self.steps.iter().find(|step| step.step.as_str() == first);
                kept_by(
                    step.ok_or("it is neither bound under `with` nor a step that was run")?,
                    rest,
                )
            }
        }
    }
}

/// Whether a step keeps what a template reads.
fn kept_by(step: &Step, rest: &[String]) -> Result<(), String> {
    match (rest, &step.action) {
        ([name], Action::Sign(_)) if name == "jwt" || name == "jti" => Ok(()),
        ([name], Action::Pkce(_)) if HALVES.contains(&name.as_str()) => Ok(()),
        ([name], _) if step.keep.contains_key(name) => Ok(()),
        _ => Err(format!("the step `{}` keeps no such value", *step.step)),
    }
}

pub(super) fn double_id(findings: &mut Findings<'_>) {
    for (path, flow) in findings.flows() {
        let mut seen: HashSet<&str> = flow.with.keys().map(String::as_str).chain(RESERVED).collect();
        for step in all_steps(flow) {
            if !seen.insert(&step.step) {
                findings.add(findings.mistake(path, step.step.spot(), format!("the name `{}` is taken", *step.step)));
            }
        }
    }
    for (path, table) in findings.tables() {
        let mut seen = HashSet::new();
        for case in &table.cases {
            if !seen.insert(case.case.as_str()) {
                findings.add(findings.mistake(path, case.case.spot(), format!("there are two cases `{}`", *case.case)));
            }
        }
    }
}

pub(super) fn id_shape(findings: &mut Findings<'_>) {
    fn is_well_shaped(id: &str) -> bool {
        id.starts_with(|first: char| first.is_ascii_lowercase())
            && id.split('-').all(|part| !part.is_empty())
            && id
                .bytes()
                .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-')
    }
    let mut ids: Vec<(&str, Spot, &str)> = Vec::new();
    for (path, flow) in findings.flows() {
        let browsers = all_steps(flow).filter_map(|step| match &step.action {
            Action::Call(call) => call.browser.as_ref(),
            _ => None,
        });
        ids.extend(browsers.map(|browser| (path, browser.spot(), browser.as_str())));
        ids.extend(all_steps(flow).map(|step| (path, step.step.spot(), step.step.as_str())));
        ids.extend(
            flow.with
                .iter()
                .map(|(name, player)| (path, player.spot(), name.as_str())),
        );
    }
    for (path, table) in findings.tables() {
        for case in &table.cases {
            ids.push((path, case.case.spot(), &case.case));
            ids.extend(
                case.each
                    .keys()
                    .map(|variant| (path, case.case.spot(), variant.as_str())),
            );
        }
    }
    for (path, spot, id) in ids.into_iter().filter(|(_, _, id)| !is_well_shaped(id)) {
        let mistake = findings.mistake(path, spot, format!("`{id}` does not look like an id"));
        findings.add(mistake.expected("small letters and digits with hyphens between them, a letter first"));
    }
}

/// Every step, those that undo included.
fn all_steps(flow: &Flow) -> impl Iterator<Item = &Step> {
    flow.steps.iter().chain(&flow.finally)
}

fn step_names(flow: &Flow) -> Vec<&str> {
    all_steps(flow).map(|step| step.step.as_str()).collect()
}

/// The names of the steps that a table runs.
fn run_steps<'a>(control: &'a Flow, table: &Table) -> Vec<&'a str> {
    let names = control.steps.iter().map(|step| step.step.as_str());
    let last = table
        .up_to
        .as_ref()
        .and_then(|up_to| names.clone().position(|name| name == up_to.as_str()));
    names
        .take(last.map_or(usize::MAX, |last| last + 1))
        .filter(|name| !table.without.iter().any(|left| left.as_str() == *name))
        .collect()
}
