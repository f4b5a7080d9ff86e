//! `prove`: shows that the scenarios notice every defect of the mocks.

use std::io::{self, IsTerminal as _};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tenantproof_harness::proof::Prover;
use tenantproof_harness::report;

use super::{CommandError, jobs, library, options, print};
use crate::arguments::Format;
use crate::exit::Exit;
use crate::workshop::{MockWorkshop, PROFILES};

pub(super) fn prove(format: Format, asked: Option<usize>) -> Result<Exit, CommandError> {
    let library = library()?;
    let prover =
        Prover::new(&library, &MockWorkshop, &PROFILES, "1").map_err(|error| CommandError::Usage(error.to_string()))?;
    let progress = progress(prover.mutants().len());
    let proof = prover.prove(jobs(asked), &mut |mutant, _| {
        progress.set_message(format!("{}.{}", mutant.rule, mutant.defect));
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
