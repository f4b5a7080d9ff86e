//! `merge`: puts the records of the shards of a run together, and ends as the whole run would have.

use tenantproof_harness::run::{self, Part};

use super::reports::{Reports, Scope};
use super::{CommandError, library, say};
use crate::arguments::MergeArguments;
use crate::exit::Exit;
use crate::record_file;

pub(super) fn merge(arguments: &MergeArguments) -> Result<Exit, CommandError> {
    let judgement = &arguments.judgement;
    let reports = Reports::of(judgement)?;
    let library = library()?;
    let parts = arguments.records.iter().map(|path| {
        Ok(Part {
            name: path.display().to_string(),
            record: record_file::read(path)?,
        })
    });
    let parts = parts.collect::<Result<Vec<_>, CommandError>>()?;
    let is_known =
        |part: &Part| !part.record.stale.is_empty() || part.record.cases.iter().any(|case| case.known.is_some());
    if judgement.baseline.is_none() && parts.iter().any(is_known) {
        say("the shards were judged by a baseline, and this is not: --baseline takes it");
    }
    let merged = run::merge(parts).map_err(|error| CommandError::Usage(format!("nothing is merged: {error}")))?;
    let mut record = merged.record;
    // What is known of rows, and which cases there are, must be what it was when the cases ran.
    if record.digest != library.digest() {
        return Err(CommandError::Usage(
            "the records are about other scenarios than those of this tenantproof: merge them with the one that ran them".to_owned(),
        ));
    }
    record.insist(&judgement.require);
    reports.conclude(&mut record, &library, merged.clock, Scope::Whole)
}
