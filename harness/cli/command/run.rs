//! `run`: drives scenarios against embedded servers or a target, and reports.

use std::collections::BTreeSet;
use std::io::{self, IsTerminal as _};
use std::path::{Path, PathBuf};
use std::time::Duration;

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tenantproof_harness::doctor::paper::date;
use tenantproof_harness::flow::{Cast, Forgeries, Nature};
use tenantproof_harness::run::budget::{DEFAULT_PLAN, FULL_PLAN};
use tenantproof_harness::run::select::is_selected;
use tenantproof_harness::run::{self, Event, Exchanges, Plan, RunRecord, Settings, Wanted};
use tenantproof_harness::scenario::Library;
use tenantproof_harness::scenario::model::{Effect, Lever, PlanFile};
use tenantproof_harness::system::System;
use tenantproof_harness::target::Target;

use super::reports::{Reports, Scope};
use super::{CommandError, ask, jobs, library, print, say};
use crate::arguments::{Carrier, EffectArgument, RunArguments};
use crate::embed::{self, Make};
use crate::exit::Exit;
use crate::landscapes::{Fresh, LandscapeText};
use crate::misconfigured::{self, Misconfiguration, Watched};
use crate::profiles::Chosen;
use crate::record_file::RecordFile;
use crate::tenant::{self, Tenant};

pub(super) fn run(arguments: &RunArguments) -> Result<Exit, CommandError> {
    let reports = Reports::of(&arguments.judgement)?;
    let library = library()?;
    check_required(&library, &arguments.judgement.require)?;
    let stage = Stage::set(&library, arguments)?;
    if arguments.dry_run {
        return rehearse(&library, &stage, arguments);
    }
    let mut record = drive(&library, &stage, arguments)?;
    let scope = if arguments.shard.is_some() {
        Scope::Shard
    } else {
        Scope::Whole
    };
    let exit = reports.conclude(&mut record, &library, stage.system().now(), scope)?;
    if let Way::Mistaken(entry, watched) = &stage.way {
        print(&told(entry, watched, &record));
    }
    Ok(exit)
}

/// Whom a run is against.
pub(super) struct Stage {
    cast: Cast,
    way: Way,
    /// The profile by which the plan is made and answers are judged.
    pub(super) profile: String,
    /// Switches that were set beside it.
    pub(super) switches: Vec<(String, String)>,
    /// What is recorded of exchanges.
    pub(super) exchanges: Exchanges,
    /// The cases to which the run is limited, where it is.
    pub(super) only: Option<BTreeSet<String>>,
    carrier: Option<Carrier>,
    jobs: usize,
    /// What fresh values follow from.
    seed: String,
    /// When it began; only where somebody will sign for it.
    started: Option<String>,
    /// The plan that limits the run, beyond this machine.
    pub(super) plan: Option<PlanFile>,
    /// Where the record stands while the run goes on.
    record: Option<PathBuf>,
}

/// How requests reach whom they are for.
enum Way {
    /// Our own servers.
    Embedded(Box<dyn System>),
    /// Our own servers with a mistake in them, watched for how it shows.
    Mistaken(Box<Misconfiguration>, Watched),
    /// A target behind its safety.
    Tenant(Box<Tenant>),
}

/// What was wrong, how it showed, and what the journal says of the cause.
fn told(entry: &Misconfiguration, watched: &Watched, record: &RunRecord) -> String {
    let mut text = format!("\n{}", entry.story());
    let Some(shown) = &entry.shown else { return text };
    let cases = record.cases.iter().filter(|case| case.id == shown.run);
    for seen in cases.filter_map(|case| watched.seen(case, &shown.symptom.step)) {
        let rules = if seen.violated.is_empty() {
            "no rule".to_owned()
        } else {
            seen.violated.join(", ")
        };
        text += &format!(
            "  seen      {} at `{}`, refused by {rules}\n",
            seen.status, shown.symptom.step
        );
    }
    text
}

impl Stage {
    pub(super) fn set(library: &Library, arguments: &RunArguments) -> Result<Self, CommandError> {
        if arguments.target == "embedded" {
            match &arguments.misconfigured {
                Some(id) => Self::mistaken(arguments, id),
                None => Self::embedded(arguments),
            }
        } else if arguments.landscape.is_some() || arguments.misconfigured.is_some() {
            let why = "--landscape and --misconfigured are for embedded servers: a target has a landscape of its own";
            Err(CommandError::Usage(why.to_owned()))
        } else {
            Self::from_file(library, arguments)
        }
    }

    fn system(&self) -> &dyn System {
        match &self.way {
            Way::Embedded(system) => system.as_ref(),
            Way::Mistaken(_, watched) => watched,
            Way::Tenant(tenant) => &tenant.system,
        }
    }

    fn embedded(arguments: &RunArguments) -> Result<Self, CommandError> {
        let chosen = Chosen::of(arguments.profile.as_ref(), &arguments.switch)?;
        let mut profile = chosen.whole();
        let make = Make {
            profile,
            switches: &chosen.switches,
            seed: arguments.seed.unwrap_or(EMBEDDED_SEED),
            ..Make::default()
        };
        let started = match &arguments.landscape {
            None => embed::start(&make, arguments.carrier),
            Some(path) => {
                let loaded = LandscapeText::open(path)?.load(&Fresh::default(), &chosen)?;
                profile = loaded.landscape.profile.name;
                embed::start_with(loaded, &make, arguments.carrier)
            }
        };
        let embedded = started.map_err(CommandError::world("the embedded servers cannot start"))?;
        Ok(Self {
            cast: Cast::new(embedded.target, Nature::Embedded),
            way: Way::Embedded(embedded.system),
            profile: profile.name().to_owned(),
            switches: chosen.switches,
            exchanges: Exchanges::Recorded,
            only: None,
            carrier: Some(arguments.carrier),
            jobs: jobs(arguments.jobs),
            seed: arguments.seed.unwrap_or(EMBEDDED_SEED).to_string(),
            started: None,
            plan: None,
            record: arguments.record.clone(),
        })
    }

    fn mistaken(arguments: &RunArguments, id: &str) -> Result<Self, CommandError> {
        let (entry, shown) = misconfigured::find(id)?;
        let chosen = Chosen::of(arguments.profile.as_ref(), &arguments.switch)?;
        if !chosen.switches.is_empty() {
            let why = "--misconfigured is shown under a whole profile: leave switches out";
            return Err(CommandError::Usage(why.to_owned()));
        }
        let profile = chosen.whole();
        let seed = arguments.seed.unwrap_or(EMBEDDED_SEED);
        let stage = misconfigured::embedded(&shown, profile, seed, arguments.carrier)?;
        Ok(Self {
            cast: stage.cast,
            way: Way::Mistaken(Box::new(entry), stage.system),
            profile: profile.name().to_owned(),
            switches: Vec::new(),
            exchanges: Exchanges::Recorded,
            only: None,
            carrier: Some(arguments.carrier),
            jobs: 1,
            seed: seed.to_string(),
            started: None,
            plan: None,
            record: arguments.record.clone(),
        })
    }

    fn from_file(library: &Library, arguments: &RunArguments) -> Result<Self, CommandError> {
        let path = Path::new(&arguments.target);
        let target = tenant::read(path, &arguments.beyond.reach)?;
        let is_beyond = tenant::is_beyond(&target);
        let chosen = Chosen::of(arguments.profile.as_ref(), &arguments.switch)?;
        let profile = chosen
            .name
            .map_or(target.profile.clone(), |name| name.name().to_owned());
        let effects = effects(&target, &arguments.beyond.allow)?;
        let plan = planned(library, arguments, is_beyond)?;
        if is_beyond && arguments.jobs.is_some_and(|jobs| jobs > 1) {
            return Err(CommandError::Usage(
                "beyond this machine one request is sent after the other: leave --jobs out".to_owned(),
            ));
        }
        if arguments.shard.is_some() {
            may_be_sharded(is_beyond, arguments)?;
        }
        if is_beyond && plan.is_none() && !arguments.dry_run && !arguments.beyond.yes {
            let hosts = target.hosts.join(", ");
            let question = format!(
                "The plan `{FULL_PLAN}` sends hundreds of requests to {hosts}. Many are refused log-ins. Go on?"
            );
            if !ask(&question) {
                return Err(CommandError::Usage(format!(
                    "the plan `{FULL_PLAN}` runs only where somebody says so, or with --yes"
                )));
            }
        }
        let makes = effects.contains(&Effect::Admin) && !arguments.dry_run;
        let ledger = (is_beyond && makes || arguments.ledger.is_some() && !arguments.dry_run)
            .then(|| {
                let path = arguments.ledger.clone().unwrap_or_else(|| beside(path, "ledger.jsonl"));
                say(&format!("what the run makes is written to {}", path.display()));
                tenant::ledger(&path)
            })
            .transpose()?;
        let tenant = Tenant::open(&target, &arguments.beyond.reach, plan.as_ref(), ledger)?;
        let record = arguments.record.clone().or_else(|| arguments.resume.clone());
        let cast = Cast::new(target, Nature::Foreign { effects });
        if !arguments.dry_run {
            check_credentials(&cast)?;
        }
        // The record of a part must not stand where that of the whole plan does.
        let is_whole = arguments.select.is_empty();
        Ok(Self {
            cast,
            way: Way::Tenant(Box::new(tenant)),
            profile,
            switches: chosen.switches,
            exchanges: Exchanges::Recorded,
            only: None,
            carrier: None,
            jobs: arguments.jobs.unwrap_or(1).max(1),
            seed: arguments.seed.unwrap_or_else(new_seed).to_string(),
            started: is_beyond.then(now).flatten(),
            plan,
            record: record.or_else(|| (is_beyond && is_whole).then(|| beside(path, "record.json"))),
        })
    }
}

/// Whether all secrets, keys and passwords can be had that the target names: a run that leaves them out would prove little, and look green.
fn check_credentials(cast: &Cast) -> Result<(), CommandError> {
    let unreadable = cast.unreadable();
    if unreadable.is_empty() {
        return Ok(());
    }
    let mut told: Vec<String> = unreadable
        .iter()
        .map(|missing| format!("`{}` has no {}", missing.player, missing.what))
        .collect();
    told.dedup();
    Err(CommandError::Usage(format!(
        "nothing was sent, since the target names what cannot be had: {}",
        told.join("; ")
    )))
}

/// Whether a run against a target of a file may be spread over jobs.
fn may_be_sharded(is_beyond: bool, arguments: &RunArguments) -> Result<(), CommandError> {
    // Jobs know nothing of each other: each would have the whole budget, and they would speak at once.
    let why = if is_beyond {
        "beyond this machine one request is sent after the other, within one budget: leave --shard out"
    } else if arguments.seed.is_none() {
        "--shard needs --seed on a target of its own: the same number for every shard, and a new one for every run"
    } else {
        return Ok(());
    };
    Err(CommandError::Usage(why.to_owned()))
}

/// The seed of embedded runs, so that two of them are alike.
const EMBEDDED_SEED: u64 = 1;

/// A seed that was never used: servers that live on remember the ids of assertions.
fn new_seed() -> u64 {
    since_1970().map_or(EMBEDDED_SEED, |since| {
        since.as_secs() * 1000 + u64::from(since.subsec_millis())
    })
}

/// The moment by our clock, UTC; none where the clock is wrong by decades.
fn now() -> Option<String> {
    let seconds = i64::try_from(since_1970()?.as_secs()).ok()?;
    Some(date(seconds))
}

fn since_1970() -> Option<Duration> {
    let now = std::time::SystemTime::now();
    now.duration_since(std::time::UNIX_EPOCH).ok()
}

/// The path of a file that goes with a target file.
pub(super) fn beside(target: &Path, ending: &str) -> PathBuf {
    target.with_extension(ending)
}

/// What is asked for: on this machine all that the file allows, beyond it what is harmless and what the command line names.
fn effects(target: &Target, allow: &[EffectArgument]) -> Result<Vec<Effect>, CommandError> {
    if !tenant::is_beyond(target) {
        return Ok(vec![Effect::Read, Effect::Token, Effect::Invoke, Effect::Admin]);
    }
    let mut effects = vec![Effect::Read, Effect::Token];
    for asked in allow {
        let effect = match asked {
            EffectArgument::Read => Effect::Read,
            EffectArgument::Token => Effect::Token,
            EffectArgument::Invoke => Effect::Invoke,
            EffectArgument::Admin => Effect::Admin,
        };
        if !target.allow.effects.contains(&effect) {
            let word = effect.as_str();
            return Err(CommandError::Usage(format!(
                "--allow {word}: the target file does not allow it; its owner adds \"{word}\" to `effects` under [allow]"
            )));
        }
        if !effects.contains(&effect) {
            effects.push(effect);
        }
    }
    Ok(effects)
}

/// The plan that limits a run; none for all that there is.
fn planned(library: &Library, arguments: &RunArguments, is_beyond: bool) -> Result<Option<PlanFile>, CommandError> {
    let name = match &arguments.beyond.plan {
        Some(name) => name.as_str(),
        None if is_beyond => DEFAULT_PLAN,
        None => FULL_PLAN,
    };
    if name == FULL_PLAN {
        return Ok(None);
    }
    let found = library.plan(name).cloned();
    found.map(Some).ok_or_else(|| {
        let known: Vec<&str> = library.plans().map(|plan| plan.plan.as_str()).collect();
        CommandError::Usage(format!(
            "there is no plan `{name}`; known are {}, {FULL_PLAN}",
            known.join(", ")
        ))
    })
}

/// Whether each name that must not be missed is one that some scenario asks for.
fn check_required(library: &Library, required: &[String]) -> Result<(), CommandError> {
    let bound = library.flows().map(|(_, flow)| &flow.file.with);
    let bound = bound.chain(library.tables().flat_map(|(_, table)| {
        let of_cases = table.file.cases.iter().map(|case| &case.with);
        std::iter::once(&table.file.with).chain(of_cases)
    }));
    let players: BTreeSet<String> = bound.flat_map(|with| with.values().map(ToString::to_string)).collect();
    let is_known = |name: &str| {
        let is_lever = Lever::ALL.iter().any(|lever| lever.as_str() == name);
        let effects = [Effect::Read, Effect::Token, Effect::Invoke, Effect::Admin];
        let is_effect = effects.iter().any(|effect| effect.as_str() == name);
        is_lever || is_effect || players.contains(name)
    };
    match required.iter().find(|name| !is_known(name)) {
        None => Ok(()),
        Some(name) => Err(CommandError::Usage(format!(
            "--require {name}: no scenario asks for anything of that name; reports say by which names their skips can be insisted on"
        ))),
    }
}

/// What of the library is run.
fn plan<'a>(library: &'a Library, stage: &Stage, arguments: &RunArguments) -> Result<Plan<'a>, CommandError> {
    let of_plan: Vec<String> = stage
        .plan
        .iter()
        .flat_map(|plan| &plan.select)
        .map(ToString::to_string)
        .collect();
    let select = match &stage.way {
        Way::Mistaken(entry, _) if arguments.select.is_empty() => {
            entry.shown.iter().map(|shown| shown.run.clone()).collect()
        }
        _ => arguments.select.clone(),
    };
    let wanted = Wanted {
        profile: &stage.profile,
        switches: &stage.switches,
        select: if stage.plan.is_some() { &of_plan } else { &select },
    };
    let make = match stage.exchanges {
        Exchanges::Observed => Plan::observing,
        Exchanges::Recorded | Exchanges::Dropped => Plan::new,
    };
    let mut plan = make(library, &stage.cast, stage.system().levers(), wanted)
        .map_err(|error| CommandError::Usage(error.to_string()))?;
    if let Some(file) = &stage.plan {
        for selection in &arguments.select {
            if !plan.ids().any(|id| is_selected(id, selection)) {
                return Err(CommandError::Usage(format!(
                    "the plan `{}` holds no case that is selected by `{selection}`; --plan {FULL_PLAN} holds all",
                    *file.plan
                )));
            }
        }
        let select = &arguments.select;
        plan.retain(|id| select.is_empty() || select.iter().any(|selection| is_selected(id, selection)));
    }
    if let Some(only) = &stage.only {
        plan.retain(|id| only.contains(id));
    }
    if let Some(shard) = arguments.shard {
        plan.keep_shard(shard, stage.system().now());
    }
    Ok(plan)
}

/// Prints every request that would be sent.
fn rehearse(library: &Library, stage: &Stage, arguments: &RunArguments) -> Result<Exit, CommandError> {
    let plan = plan(library, stage, arguments)?;
    let forgeries = Forgeries::default();
    let command = command(arguments);
    let settings = settings(stage, arguments, &command, &forgeries);
    let system = stage.system();
    let mut count = 0;
    let mut text = String::new();
    for part in run::rehearse(&plan, &settings, system.levers(), system.now()) {
        count += part.requests.len();
        text += &format!("{}\n", part.id);
        if let Some(why) = &part.skipped {
            text += &format!("  skipped: {why}\n");
        }
        for request in &part.requests {
            text.extend(request.lines().map(|line| format!("  {line}\n")));
        }
        if let Some(why) = &part.open_end {
            text += &format!("  {why}\n");
        }
        text.push('\n');
    }
    print(&format!("{text}{count} requests would be sent; nothing was sent\n"));
    Ok(Exit::Success)
}

fn settings<'a>(
    stage: &'a Stage,
    arguments: &'a RunArguments,
    command: &'a str,
    forgeries: &'a Forgeries,
) -> Settings<'a> {
    Settings {
        cast: &stage.cast,
        seed: &stage.seed,
        jobs: stage.jobs,
        require: &arguments.judgement.require,
        command,
        carrier: stage.carrier.map(carrier_name),
        started: stage.started.as_deref(),
        // Part of a plan is not the plan.
        plan: stage
            .plan
            .as_ref()
            .filter(|_| arguments.select.is_empty())
            .map(|plan| plan.plan.as_str()),
        forgeries,
        exchanges: stage.exchanges,
        stop: match &stage.way {
            Way::Embedded(_) | Way::Mistaken(..) => None,
            Way::Tenant(tenant) => Some(tenant.stop),
        },
    }
}

pub(super) fn drive(library: &Library, stage: &Stage, arguments: &RunArguments) -> Result<RunRecord, CommandError> {
    let whole = plan(library, stage, arguments)?;
    let forgeries = Forgeries::default();
    let command = command(arguments);
    let settings = settings(stage, arguments, &command, &forgeries);
    let mut file = RecordFile::new(stage.record.clone(), &whole, &settings);
    let mut plan = whole.clone();
    if let Some(path) = &arguments.resume {
        let done = file.resume(path)?;
        plan.retain(|id| !done.contains(id));
    }
    file.write()?;
    if let Way::Tenant(tenant) = &stage.way {
        tenant::stop_on_signal(tenant.stop);
    }
    let progress = progress(plan.count);
    run::run(&plan, &settings, stage.system(), &mut |event| {
        if let Event::Finished(case) = event {
            progress.set_message(case.id.clone());
            progress.inc(1);
            file.add(case);
        }
    });
    progress.finish_and_clear();
    file.write()?;
    if let Way::Tenant(tenant) = &stage.way {
        let spent = tenant.system.spent();
        say(&format!(
            "{} requests sent, {} token requests refused",
            spent.requests, spent.refused
        ));
        if let Some(why) = tenant.stop.reason() {
            let how = stage.record.as_ref().map_or_else(String::new, |path| {
                format!("; the same command with --resume {} goes on", path.display())
            });
            say(&format!("the run ended early: {why}{how}"));
        }
    }
    Ok(file.record())
}
/// The beginning of the command line that runs a case again; the engine adds case, profile and seed.
fn command(arguments: &RunArguments) -> String {
    let mut command = "tenantproof run".to_owned();
    if arguments.target != "embedded" {
        command += &format!(" --target {}", shell_word(&arguments.target));
        let resolved = arguments.beyond.reach.resolve.iter();
        command.extend(resolved.map(|resolve| format!(" --resolve {}", shell_word(resolve))));
        if arguments.beyond.reach.allow_commands {
            command += " --allow-commands";
        }
        let allowed = arguments
            .beyond
            .allow
            .iter()
            .filter_map(clap::ValueEnum::to_possible_value);
        command.extend(allowed.map(|effect| format!(" --allow {}", effect.get_name())));
        if let Some(plan) = &arguments.beyond.plan {
            command += &format!(" --plan {plan}");
        }
    }
    if let Some(id) = &arguments.misconfigured {
        command += &format!(" --misconfigured {id}");
    }
    if let Some(landscape) = &arguments.landscape {
        command += &format!(" --landscape {}", shell_word(&landscape.display().to_string()));
    }
    if arguments.target == "embedded" && arguments.carrier != Carrier::InProcess {
        command += &format!(" --carrier {}", carrier_name(arguments.carrier));
    }
    command
}

/// A text as one word of a shell, between quotes where it needs them.
fn shell_word(text: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+:=,@".contains(&byte);
    if !text.is_empty() && text.bytes().all(is_plain) {
        text.to_owned()
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}

fn carrier_name(carrier: Carrier) -> &'static str {
    match carrier {
        Carrier::InProcess => "in-process",
        Carrier::Http => "http",
        Carrier::Https => "https",
    }
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
