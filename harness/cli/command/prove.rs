//! `prove`: shows that the scenarios notice every defect of the mocks.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tenantproof_harness::proof::{Examination, Mutant, Prover};
use tenantproof_harness::report;

use super::{CommandError, jobs, library, options, print, say};
use crate::arguments::Format;
use crate::exit::Exit;
use crate::workshop::{MockWorkshop, PROFILES};

pub(super) fn prove(select: &[String], format: Format, asked: Option<usize>) -> Result<Exit, CommandError> {
    let library = library()?;
    let mut prover =
        Prover::new(&library, &MockWorkshop, &PROFILES, "1").map_err(|error| CommandError::Usage(error.to_string()))?;
    if !select.is_empty() {
        if let Some(unknown) = select
            .iter()
            .find(|name| !prover.mutants().iter().any(|mutant| is_named(mutant, name)))
        {
            return Err(CommandError::Usage(format!(
                "there is no rule and no mutant `{unknown}`; `tenantproof rules` lists them"
            )));
        }
        prover.retain(|mutant| select.iter().any(|name| is_named(mutant, name)));
    }
    let progress = progress(prover.mutants().len());
    let proof = prover.prove(jobs(asked), &mut |mutant, examination| {
        let name = format!("{}.{}", mutant.rule, mutant.defect);
        if let Some(fault) = fault(mutant, examination) {
            // Where there is no terminal there is no bar, and a log wants to know before the end.
            progress.suspend(|| say(&format!("{name} {fault}")));
        }
        progress.set_message(name);
        progress.inc(1);
    });
    progress.finish_and_clear();
    match format {
        Format::Json => {
            let json = serde_json::to_string_pretty(&proof).expect("a proof has only texts, numbers and lists");
            print(&(json + "\n"));
        }
        Format::Human => print(&report::proof(&proof, options())),
    }
    Ok(if proof.holds() { Exit::Success } else { Exit::Failed })
}

/// Whether this is the name of a mutant or of its rule.
fn is_named(mutant: &Mutant, name: &str) -> bool {
    let defect = name
        .strip_prefix(mutant.rule.as_str())
        .and_then(|rest| rest.strip_prefix('.'));
    mutant.rule == name || defect == Some(&mutant.defect)
}

/// What is wrong with the proof of one mutant.
fn fault(mutant: &Mutant, examination: &Examination) -> Option<String> {
    let turned: BTreeSet<&str> = examination.crosstalk.iter().map(|case| case.case.as_str()).collect();
    if !turned.is_empty() {
        let turned: Vec<&str> = turned.into_iter().collect();
        return Some(format!("turns cases that do not name its rule: {}", turned.join(", ")));
    }
    let is_missed = mutant.unobservable.is_none() && examination.caught_by.is_empty();
    is_missed.then(|| "survives".to_owned())
}

/// A bar on standard error, where that is a terminal.
fn progress(mutants: usize) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}").expect("the template is well-formed");
    ProgressBar::with_draw_target(Some(mutants as u64), target).with_style(style)
}
