//! The record of a run on disk while the run goes on: valid at every moment, also after a crash, and the start of a run that resumes it.

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tenantproof_harness::report;
use tenantproof_harness::run::{self, CaseRecord, Plan, RunRecord, SCHEMA, Settings};

use crate::command::{CommandError, say};

/// How often the file is written while cases come to their end.
const EVERY: Duration = Duration::from_secs(1);

/// Reads a record.
///
/// # Errors
///
/// A file that cannot be read or is no record; nothing of what stands in it is repeated, since it may be something else altogether.
pub fn read(path: &Path) -> Result<RunRecord, CommandError> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(CommandError::world(format!("{name} cannot be read")))?;
    serde_json::from_str(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        CommandError::Usage(format!("{name} is no record of a run (line {line}, column {column})"))
    })
}

/// A record that grows.
pub struct RecordFile<'a> {
    path: Option<PathBuf>,
    plan: &'a Plan<'a>,
    settings: &'a Settings<'a>,
    done: Vec<CaseRecord>,
    /// When the run that is resumed began.
    began: Option<String>,
    written: Option<Instant>,
}

impl<'a> RecordFile<'a> {
    /// A record of a plan; kept in memory where there is no path.
    pub fn new(path: Option<PathBuf>, plan: &'a Plan<'a>, settings: &'a Settings<'a>) -> Self {
        Self {
            path,
            plan,
            settings,
            done: Vec::new(),
            began: None,
            written: None,
        }
    }

    /// Takes over what an earlier run came to, and says which cases that were.
    ///
    /// # Errors
    ///
    /// A file that is no record, or the record of something else.
    pub fn resume(&mut self, path: &Path) -> Result<HashSet<String>, CommandError> {
        let name = path.display();
        let record = read(path)?;
        let target = &self.settings.cast.target().name;
        for (what, found, expected) in [
            ("form of record", record.schema.as_str(), SCHEMA),
            ("set of scenarios", record.digest.as_str(), self.plan.library.digest()),
            ("target", record.target.as_str(), target.as_str()),
            ("profile", record.profile.as_str(), self.plan.profile.as_str()),
        ] {
            if found != expected {
                return Err(CommandError::Usage(format!(
                    "{name} cannot be resumed: it is about another {what}"
                )));
            }
        }
        let is_same_part = match (&record.shard, &self.plan.shard) {
            (Some(found), Some(expected)) => found.is_alike(expected),
            (None, None) => true,
            _ => false,
        };
        if !is_same_part {
            return Err(CommandError::Usage(format!(
                "{name} cannot be resumed: it is about another shard"
            )));
        }
        self.began = record.started;
        self.done = record.cases.into_iter().filter(|case| !case.is_interrupted()).collect();
        Ok(self.done.iter().map(|case| case.id.clone()).collect())
    }

    /// Adds a case that came to its end. What cannot be written now is written with the next one.
    pub fn add(&mut self, case: &CaseRecord) {
        self.done.push(case.clone());
        let is_due = self.written.is_none_or(|written| written.elapsed() >= EVERY);
        if is_due && let Err(error) = self.write() {
            say(&error.to_string());
        }
    }

    /// Writes the file.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub fn write(&mut self) -> Result<(), CommandError> {
        let Some(path) = &self.path else {
            return Ok(());
        };
        let failed = || CommandError::world(format!("{} cannot be written", path.display()));
        // A rename is whole or not at all.
        let mut draft = path.clone().into_os_string();
        draft.push(".part");
        std::fs::write(&draft, report::json(&self.record())).map_err(failed())?;
        std::fs::rename(&draft, path).map_err(failed())?;
        self.written = Some(Instant::now());
        Ok(())
    }

    /// The record so far: what has not run counts as interrupted.
    pub fn record(&self) -> RunRecord {
        let mut record = run::partial(self.plan, self.settings, &self.done);
        if self.began.is_some() {
            record.started.clone_from(&self.began);
        }
        record
    }
}
