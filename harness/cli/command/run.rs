//! `run`: drives scenarios against embedded servers or a target, and reports.

use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tenantproof_harness::flow::{Cast, Forgeries, Nature};
use tenantproof_harness::report::{self, Options, Titles};
use tenantproof_harness::run::{self, Event, Exchanges, Plan, RunRecord, Settings, Strictness, Wanted};
use tenantproof_harness::scenario::Library;
use tenantproof_harness::scenario::model::Effect;
use tenantproof_harness::system::System;
use tenantproof_harness::target;

use super::{CommandError, jobs, library, options, print};
use crate::arguments::{Carrier, ProfileArgument, RunArguments};
use crate::embed::{self, Make, profile_name};
use crate::exit::Exit;
use crate::served::Served;

pub(super) fn run(arguments: &RunArguments) -> Result<Exit, CommandError> {
    let reports = arguments
        .report
        .iter()
        .map(|asked| Report::of(asked))
        .collect::<Result<Vec<_>, _>>()?;
    let library = library()?;
    let stage = Stage::set(arguments)?;
    let record = drive(&library, &stage, arguments)?;

    let strictness = if arguments.strict {
        Strictness::Strict
    } else {
        Strictness::Lenient
    };
    for report in &reports {
        report.write(&record)?;
    }
    let options = Options {
        strictness,
        titles: &titles(&library),
        ..options()
    };
    print(&report::terminal(&record, options));
    Ok(Exit::Of(run::exit_code(&record.cases, strictness)))
}

/// Whom a run is against.
struct Stage {
    cast: Cast,
    system: Box<dyn System>,
    profile: String,
    carrier: Option<Carrier>,
    jobs: usize,
}

impl Stage {
    fn set(arguments: &RunArguments) -> Result<Self, CommandError> {
        if arguments.target == "embedded" {
            Self::embedded(arguments)
        } else {
            Self::from_file(arguments)
        }
    }

    fn embedded(arguments: &RunArguments) -> Result<Self, CommandError> {
        let profile = profile_name(arguments.profile.unwrap_or_default());
        let make = Make {
            profile,
            seed: arguments.seed,
            ..Make::default()
        };
        let embedded =
            embed::start(&make, arguments.carrier).map_err(CommandError::world("the embedded servers cannot start"))?;
        Ok(Self {
            cast: Cast::new(embedded.target, Nature::Embedded),
            system: embedded.system,
            profile: profile.name().to_owned(),
            carrier: Some(arguments.carrier),
            jobs: jobs(arguments.jobs),
        })
    }

    fn from_file(arguments: &RunArguments) -> Result<Self, CommandError> {
        let path = Path::new(&arguments.target);
        let text =
            std::fs::read_to_string(path).map_err(CommandError::world(format!("{} cannot be read", path.display())))?;
        let folder = path.parent().unwrap_or(Path::new("."));
        let target = target::load(&arguments.target, &text, folder).map_err(CommandError::Mistakes)?;
        let beyond = target.hosts_beyond_loopback().next();
        if let Some(host) = beyond {
            let why =
                "only servers on this machine are spoken to until runs against real tenants have their safety built in";
            return Err(CommandError::Usage(format!(
                "{}: `{host}` is not on loopback; {why}",
                path.display()
            )));
        }
        let profile = match arguments.profile {
            None => target.profile.clone(),
            Some(ProfileArgument::Oracle) => "oracle".to_owned(),
            Some(ProfileArgument::Rfc) => "rfc".to_owned(),
        };
        let system = Served::of(&target)?;
        let effects = vec![Effect::Read, Effect::Token, Effect::Invoke, Effect::Admin];
        Ok(Self {
            cast: Cast::new(target, Nature::Foreign { effects }),
            system: Box::new(system),
            profile,
            carrier: None,
            jobs: arguments.jobs.unwrap_or(1).max(1),
        })
    }
}

fn drive(library: &Library, stage: &Stage, arguments: &RunArguments) -> Result<RunRecord, CommandError> {
    let wanted = Wanted {
        profile: &stage.profile,
        switches: &[],
        select: &arguments.select,
    };
    let plan = Plan::new(library, &stage.cast, stage.system.levers(), wanted)
        .map_err(|error| CommandError::Usage(error.to_string()))?;
    let forgeries = Forgeries::default();
    let settings = Settings {
        cast: &stage.cast,
        seed: &arguments.seed.to_string(),
        jobs: stage.jobs,
        require: &arguments.require,
        command: &command(arguments),
        carrier: stage.carrier.map(carrier_name),
        started: None,
        forgeries: &forgeries,
        exchanges: Exchanges::Recorded,
        interrupted: None,
    };
    let progress = progress(plan.count);
    let record = run::run(&plan, &settings, stage.system.as_ref(), &mut |event| {
        if let Event::Finished(case) = event {
            progress.set_message(case.id.clone());
            progress.inc(1);
        }
    });
    progress.finish_and_clear();
    Ok(record)
}

/// The beginning of the command line that runs a case again; the engine adds case, profile and seed.
fn command(arguments: &RunArguments) -> String {
    let mut command = "tenantproof run".to_owned();
    if arguments.target != "embedded" {
        command += &format!(" --target {}", arguments.target);
    } else if arguments.carrier != Carrier::InProcess {
        command += &format!(" --carrier {}", carrier_name(arguments.carrier));
    }
    command
}

fn carrier_name(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::InProcess => "in-process",
        Carrier::Http => "http",
        Carrier::Https => "https",
    }
}

fn titles(library: &Library) -> Titles {
    let flows = library
        .flows()
        .map(|(id, flow)| (id.to_owned(), flow.file.title.clone()));
    let tables = library
        .tables()
        .map(|(id, table)| (id.to_owned(), table.file.title.clone()));
    flows.chain(tables).collect()
}

/// A bar on standard error, where that is a terminal.
fn progress(cases: usize) -> ProgressBar {
    let target = if io::stderr().is_terminal() {
        ProgressDrawTarget::stderr()
    } else {
        ProgressDrawTarget::hidden()
    };
    let style = ProgressStyle::with_template("{bar:30} {pos}/{len} {wide_msg}").expect("the template is well-formed");
    ProgressBar::with_draw_target(Some(cases as u64), target).with_style(style)
}

/// A report to a file.
struct Report {
    render: fn(&RunRecord) -> String,
    path: PathBuf,
}

/// The kinds of report that can be written to a file.
const KINDS: [(&str, fn(&RunRecord) -> String); 2] = [("json", report::json), ("junit", report::junit)];

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
            let kinds = KINDS.map(|(name, _)| format!("{name}=PATH")).join(" or ");
            CommandError::Usage(format!("--report is {kinds}; found `{asked}`"))
        })
    }

    fn write(&self, record: &RunRecord) -> Result<(), CommandError> {
        std::fs::write(&self.path, (self.render)(record)).map_err(CommandError::world(format!(
            "{} cannot be written",
            self.path.display()
        )))
    }
}
