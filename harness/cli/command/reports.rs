//! What a run comes to, told: baseline, reports to files, the report on the terminal, and the exit code. For runs and for merged records.

use std::path::{Path, PathBuf};

use tenantproof_harness::report::{self, Options, References};
use tenantproof_harness::run::{self, Baseline, CaseRecord, RunRecord, Strictness};
use tenantproof_harness::scenario::Library;

use super::{CommandError, options, print, say};
use crate::arguments::JudgementArguments;
use crate::exit::Exit;

/// How a record is judged and told, as the command line says.
pub(super) struct Reports {
    files: Vec<Report>,
    baseline: Option<Baseline>,
    strictness: Strictness,
}

/// How much of a run a record is of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Scope {
    /// All of it.
    Whole,
    /// One part: what it says nothing of, others may.
    Shard,
}

impl Reports {
    /// Reads what the command line names, before anything is run.
    pub(super) fn of(arguments: &JudgementArguments) -> Result<Self, CommandError> {
        let files = arguments.report.iter().map(|asked| Report::of(asked));
        Ok(Self {
            files: files.collect::<Result<_, _>>()?,
            baseline: arguments.baseline.as_deref().map(baseline).transpose()?,
            strictness: if arguments.strict {
                Strictness::Strict
            } else {
                Strictness::Lenient
            },
        })
    }

    /// Applies the baseline, writes and prints the reports, and says how the command ends. `now` is seconds since 1970 by the clock that the
    /// target goes by.
    pub(super) fn conclude(
        mut self,
        record: &mut RunRecord,
        library: &Library,
        now: u64,
        scope: Scope,
    ) -> Result<Exit, CommandError> {
        if let Some(baseline) = &mut self.baseline {
            if scope == Scope::Shard {
                baseline.retain(|case| record.cases.iter().any(|known| known.id == case));
            }
            baseline.apply(record, library, now);
        }
        let references = References::of(library);
        for report in &self.files {
            report.write(record, &references, self.strictness)?;
        }
        let options = Options {
            strictness: self.strictness,
            titles: &references.titles,
            ..options()
        };
        print(&report::terminal(record, options));
        print(&report::suspected(record));
        let code = run::exit_code_of(record, self.strictness);
        // A run that did not come to its end has proved too little to pass.
        let is_cut_short = record.cases.iter().any(CaseRecord::is_interrupted) && matches!(code, 0 | 4);
        Ok(match (code, scope) {
            _ if is_cut_short => Exit::Inconclusive,
            (4, Scope::Shard) => {
                say("nothing ran to a verdict in this shard; merging all of them tells whether that is wrong");
                Exit::Success
            }
            _ => Exit::Of(code),
        })
    }
}

/// The deviations that are known.
fn baseline(path: &Path) -> Result<Baseline, CommandError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(CommandError::world(format!("{name} cannot be read")))?;
    Baseline::load(&name, &text).map_err(CommandError::Mistakes)
}

/// A report to a file.
struct Report {
    render: Render,
    path: PathBuf,
}

/// Writes a record as a text, with what is known of rows beside it.
type Render = fn(&RunRecord, &References, Strictness) -> String;

/// The kinds of report that can be written to a file.
const KINDS: [(&str, Render); 5] = [
    ("html", report::html),
    ("markdown", |record, _, strictness| report::markdown(record, strictness)),
    ("md", |record, _, strictness| report::markdown(record, strictness)),
    ("json", |record, _, _| report::json(record)),
    ("junit", |record, _, _| report::junit(record)),
];

impl Report {
    fn of(asked: &str) -> Result<Self, CommandError> {
        let known = asked.split_once('=').and_then(|(kind, path)| {
            let (_, render) = KINDS.iter().find(|(name, _)| *name == kind)?;
            (!path.is_empty()).then(|| Self {
                render: *render,
                path: PathBuf::from(path),
            })
        });
        known.ok_or_else(|| {
            let kinds = KINDS.map(|(name, _)| format!("{name}=PATH")).join(", ");
            CommandError::Usage(format!("--report is one of {kinds}; found `{asked}`"))
        })
    }

    fn write(&self, record: &RunRecord, references: &References, strictness: Strictness) -> Result<(), CommandError> {
        let text = (self.render)(record, references, strictness);
        std::fs::write(&self.path, text).map_err(CommandError::world(format!(
            "{} cannot be written",
            self.path.display()
        )))
    }
}
