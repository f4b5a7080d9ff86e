//! Lints about what a case must say: its change, its variants, its outcome, what it catches, and its answers.

use std::collections::HashSet;

use super::{CaseInTable, Findings, texts};
use crate::scenario::model::answer::FALLBACK_PROFILE;
use crate::scenario::model::{Answers, Change, Outcome, Part, Place};
use crate::scenario::{Spot, Template};

/// The profiles that every answer must have a form for.
pub(super) const PROFILES: [&str; 2] = [FALLBACK_PROFILE, "oracle"];

pub(super) fn change_members(findings: &mut Findings<'_>) {
    for CaseInTable { path, case, .. } in findings.cases() {
        let Some(change) = &case.change else { continue };
        if let Err(expected) = members_of(change) {
            findings.add(
                findings
                    .mistake(path, change.spot(), "the change says too little or too much")
                    .expected(expected),
            );
        }
    }
}

/// Checks the members of a change that depend on each other; an error says what was expected.
fn members_of(change: &Change) -> Result<(), &'static str> {
    fn count<const N: usize>(members: [bool; N]) -> usize {
        members.into_iter().filter(|is_there| *is_there).count()
    }
    let is_half = |at: &Place| matches!(at.part, Part::Verifier | Part::Challenge);
    let (is_right, expected) = match change {
        Change::Set { .. } => return Ok(()),
        Change::SwapCase(at) => (
            at.name.is_some() && matches!(at.part, Part::Form | Part::Query | Part::Headers | Part::Cookies),
            "a member of `form`, `query`, `headers` or `cookies`",
        ),
        change if change.place().is_some_and(|at| is_half(at)) => (false, "`set`: a proof key can be set only"),
        Change::Bytes {
            at, hex, form, prefix, ..
        } => {
            let is_whole = at.name.is_none() && matches!(at.part, Part::Header | Part::Claims);
            let members = count([hex.is_some(), form.is_some(), prefix.is_some()]);
            (
                is_whole && members == 1,
                "a whole `header` or `claims`, and one of `hex`, `as` and `prefix`",
            )
        }
        Change::Tamper { at, .. } => (
            matches!(at.part, Part::Header | Part::Claims),
            "a member of `header` or `claims`, which are signed",
        ),
        Change::Sign {
            key,
            algorithm,
            hash,
            say,
            ..
        } => {
            let members = count([key.is_some(), algorithm.is_some(), hash.is_some(), say.is_some()]);
            (members > 0, "`key`, `algorithm`, `hash` or `say`")
        }
        Change::Signature {
            flip_bit_of_byte,
            drop,
            empty,
            cut,
            prepend_zero,
            text,
            ..
        } => {
            let is_set = |flag: &Option<bool>| *flag == Some(true);
            let members = count([
                flip_bit_of_byte.is_some(),
                is_set(drop),
                is_set(empty),
                cut.is_some(),
                is_set(prepend_zero),
                text.is_some(),
            ]);
            (
                members == 1,
                "one of `flip-bit-of-byte`, `drop`, `empty`, `cut`, `prepend-zero` and `text`",
            )
        }
        Change::Text {
            prepend,
            append,
            insert,
            pad,
            parts,
            form,
            replace,
            ..
        } => {
            let members = count([
                prepend.is_some(),
                append.is_some(),
                insert.is_some(),
                pad.is_some(),
                parts.is_some(),
                form.is_some(),
                replace.is_some(),
            ]);
            (
                members == 1,
                "one of `prepend`, `append`, `insert`, `pad`, `parts`, `as` and `replace`",
            )
        }
        Change::Body {
            form,
            content_type,
            raw,
            size,
            parameters,
            ..
        } => {
            let others = [form.is_some(), size.is_some(), parameters.is_some()];
            let members = count(others) + count([content_type.is_some(), raw.is_some()]);
            (
                members == 1 || (members == 2 && raw.is_some() && content_type.is_some()),
                "one of `as`, `content-type`, `raw`, `size` and `parameters`",
            )
        }
        Change::Authenticate { by, client, and, .. } => (
            count([by.is_some(), client.is_some(), and.is_some()]) > 0,
            "`by`, `as` or `and`",
        ),
        Change::With(players) => (!players.is_empty(), "at least one name"),
        _ => return Ok(()),
    };
    if is_right { Ok(()) } else { Err(expected) }
}

pub(super) fn variants(findings: &mut Findings<'_>) {
    for CaseInTable { path, table, case, .. } in findings.cases() {
        let spot = case
            .change
            .as_ref()
            .map_or(case.case.spot(), super::super::located::Located::spot);
        let uses_each = case.change.as_ref().is_some_and(|change| {
            let mut templates = texts::of_change(spot, change).into_iter();
            texts::change_uses_each(change) || templates.any(|(_, text)| reads_each(text))
        });
        let is_expected = case.outcome_in(table).is_some_and(|outcome| {
            let mut texts = outcome
                .expectations()
                .iter()
                .flat_map(|expectation| texts::of_expectation(spot, expectation));
            texts.any(|(_, text)| reads_each(text))
        });
        if case.each.is_empty() {
            // A template that reads a missing variant is found by the lint for templates.
            if case
                .change
                .as_ref()
                .is_some_and(|change| texts::change_uses_each(change))
            {
                findings.add(findings.mistake(path, spot, "`${each}` stands in a case without `each`"));
            }
            continue;
        }
        if !uses_each && !is_expected {
            let mistake = findings.mistake(path, case.case.spot(), "the variants are not used");
            findings.add(mistake.hint("write `${each}` where the variants differ"));
        }
        let Some(change) = &case.change else { continue };
        for (variant, value) in &case.each {
            if let Err(why) = texts::each_fits(change, value) {
                findings.add(findings.mistake(path, spot, format!("the variant `{variant}` is of no use here: {why}")));
            }
        }
    }
}

fn reads_each(text: &str) -> bool {
    text.parse()
        .is_ok_and(|template: Template| template.names().any(|name| name.first() == "each"))
}

pub(super) fn outcome(findings: &mut Findings<'_>) {
    for CaseInTable { path, table, case, .. } in findings.cases() {
        let spot = case.case.spot();
        let mistake = match (case.outcome_in(table).map(|outcome| &**outcome), &case.change) {
            (None, _) => Some((
                spot,
                "the case has no outcome",
                "write `outcome` here or at the top of the table",
            )),
            (Some(Outcome::Inspected { .. }), Some(change)) => Some((
                change.spot(),
                "the case inspects the control, and changes it",
                "take the change out, or expect another outcome",
            )),
            (Some(Outcome::Inspected { .. }), None) | (Some(_), Some(_)) => None,
            (Some(_), None) => Some((
                spot,
                "the case changes nothing",
                "make one change, or let the outcome be `inspected`",
            )),
        };
        if let Some((spot, what, hint)) = mistake {
            findings.add(findings.mistake(path, spot, what).hint(hint));
        }
    }
}

pub(super) fn catches(findings: &mut Findings<'_>) {
    for CaseInTable { path, table, case, .. } in findings.cases() {
        let spot = case.case.spot();
        let is_refused = matches!(
            case.outcome_in(table).map(|outcome| &**outcome),
            Some(Outcome::Refused { .. })
        );
        let mistake = match (case.catches.len(), &case.compound) {
            (0, _) if is_refused => Some((
                "the case does not say which rule refuses it",
                "name the rules under `catches`",
            )),
            (0 | 1, Some(_)) => Some((
                "the case is not compound",
                "take `compound` out: the case violates at most one rule",
            )),
            (2.., None) => Some((
                "the case violates several rules",
                "break one rule alone, or say under `compound` why that cannot be",
            )),
            _ => None,
        };
        if let Some((what, hint)) = mistake {
            findings.add(findings.mistake(path, spot, what).hint(hint));
        }
        let mut seen = HashSet::new();
        for rule in case.catches.iter().filter(|rule| !seen.insert(rule.as_str())) {
            findings.add(findings.mistake(path, rule.spot(), format!("`{rule}` stands here twice")));
        }
    }
}

pub(super) fn without_rows(findings: &mut Findings<'_>) {
    for CaseInTable { path, case, .. } in findings.cases() {
        if case.covers.is_empty() {
            let mistake = findings.mistake(path, case.case.spot(), "the case covers no row and would never run");
            findings.add(mistake.hint("name a requirement row under `covers`"));
        }
    }
}

pub(super) fn unknown_answer(findings: &mut Findings<'_>) {
    for (path, table) in findings.tables() {
        let own = table.cases.iter().filter_map(|case| case.outcome.as_ref());
        for outcome in own.chain(&table.outcome) {
            let Outcome::Refused { answer, .. } = &**outcome else {
                continue;
            };
            if !findings.library.knows_answer(table, answer) {
                let mistake = findings.mistake(path, answer.spot(), format!("there is no answer `{answer}`"));
                let known = table
                    .answers
                    .keys()
                    .chain(findings.library.answers().keys())
                    .map(String::as_str);
                findings.add(mistake.did_you_mean(answer, known.chain([crate::scenario::model::answer::ANY_REFUSAL])));
            }
        }
    }
}

pub(super) fn unused_answer(findings: &mut Findings<'_>) {
    let mut used_anywhere: HashSet<&str> = HashSet::new();
    for (path, table) in findings.tables() {
        let outcomes = table
            .cases
            .iter()
            .filter_map(|case| case.outcome.as_ref())
            .chain(&table.outcome);
        let used: HashSet<&str> = outcomes
            .filter_map(|outcome| match &**outcome {
                Outcome::Refused { answer, .. } => Some(answer.as_str()),
                _ => None,
            })
            .collect();
        check_use(findings, path, &table.answers, &used);
        used_anywhere.extend(used.into_iter().filter(|name| !table.answers.contains_key(*name)));
    }
    let library = findings.library;
    check_use(findings, ANSWERS_PATH, library.answers(), &used_anywhere);
}

/// Where answers stand that several tables use.
const ANSWERS_PATH: &str = "answers.yaml";

fn check_use(findings: &mut Findings<'_>, path: &str, answers: &Answers, used: &HashSet<&str>) {
    for (name, answer) in answers.iter().filter(|(name, _)| !used.contains(name.as_str())) {
        let spot = answer
            .values()
            .next()
            .map_or(Spot::default(), super::super::located::Located::spot);
        findings.add(findings.mistake(path, spot, format!("no case names the answer `{name}`")));
    }
}

pub(super) fn answer_forms(findings: &mut Findings<'_>) {
    let library = findings.library;
    let mut all: Vec<(&str, &Answers)> = findings
        .tables()
        .into_iter()
        .map(|(path, table)| (path, &table.answers))
        .collect();
    all.push((ANSWERS_PATH, library.answers()));
    for (path, answers) in all {
        for (name, answer) in answers {
            let spot = answer
                .values()
                .next()
                .map_or(Spot::default(), super::super::located::Located::spot);
            for profile in PROFILES.iter().filter(|profile| !answer.contains_key(**profile)) {
                findings.add(findings.mistake(path, spot, format!("the answer `{name}` has no form for `{profile}`")));
            }
            for form in answer.values() {
                let sends_on = form.may_redirect();
                let refuses = |status: &u16| matches!((status, sends_on), (400..=599, _) | (302 | 303, true));
                if form.status.is_empty() || !form.status.iter().all(refuses) {
                    let mistake = findings.mistake(path, form.spot(), format!("the answer `{name}` does not refuse"));
                    findings.add(mistake.expected("statuses from 400 to 599, or 302 and 303 with `redirect`"));
                }
            }
        }
    }
}
