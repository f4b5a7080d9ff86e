//! The commands, one file each, and the errors they share.

mod calibrate;
mod cleanup;
mod compare;
mod decode;
mod doctor;
mod explain;
mod explain_diagnosis;
mod export;
pub mod facts;
mod init;
mod keygen;
mod landscape;
mod lint;
mod list;
mod merge;
mod prove;
mod reports;
mod rules;
mod run;
mod schema;
mod serve;
mod token;

use std::io::{self, IsTerminal as _, Write as _};
use std::process::ExitCode;

use tenantproof_harness::report::Options;
use tenantproof_harness::scenario::{Colour, Diagnostic, Library};
use tenantproof_harness::token::Mask;
use thiserror::Error;

use crate::arguments::Command;
use crate::exit::Exit;
use crate::scenarios;

/// Why a command could not do its work. All of them end in exit code 2.
#[derive(Debug, Error)]
pub enum CommandError {
    /// Files that people wrote have mistakes.
    #[error("{} in what was read", mistakes(.0.len()))]
    Mistakes(Vec<Diagnostic>),
    /// The command line asks for something that is not there.
    #[error("{0}")]
    Usage(String),
    /// A file, a port or another thing of the world.
    #[error("{what}: {source}")]
    World {
        /// What was tried.
        what: String,
        /// What the system said.
        source: io::Error,
    },
}

fn mistakes(count: usize) -> String {
    if count == 1 {
        "one mistake".to_owned()
    } else {
        format!("{count} mistakes")
    }
}

impl CommandError {
    /// An error of the world: what was tried, and what the system said.
    pub fn world(what: impl Into<String>) -> impl FnOnce(io::Error) -> Self {
        let what = what.into();
        move |source| Self::World { what, source }
    }
}

/// Runs a command.
///
/// # Errors
///
/// Wrong input; findings about a target are no errors.
pub fn run(command: &Command) -> Result<Exit, CommandError> {
    match command {
        Command::Run(arguments) => run::run(arguments),
        Command::Merge(arguments) => merge::merge(arguments),
        Command::Serve(arguments) => serve::serve(arguments),
        Command::List => list::list(),
        Command::Lint { folder } => lint::lint(folder.as_deref()),
        Command::Schema { of } => schema::print_schema(*of),
        Command::Landscape(arguments) => landscape::print_landscape(arguments),
        Command::Rules { format } => rules::print_rules(*format),
        Command::Facts { format } => facts::print_facts(*format),
        Command::Prove { select, format, jobs } => prove::prove(select, *format, *jobs),
        Command::Explain { id } => explain::explain(id),
        Command::Compare(arguments) => compare::compare(arguments),
        Command::Calibrate(arguments) => calibrate::calibrate(arguments),
        Command::Init(arguments) => init::init(arguments),
        Command::Doctor(arguments) => doctor::doctor(arguments),
        Command::Cleanup(arguments) => cleanup::cleanup(arguments),
        Command::Token(arguments) => token::token(arguments),
        Command::Decode(arguments) => decode::decode(arguments),
        Command::Keygen(arguments) => keygen::keygen(arguments),
        Command::Export { tool, scenario, target } => export::export(tool, scenario, target),
    }
}

/// Prints what is wrong with a command line, or the help that it asks for.
///
/// Who types `token` or `decode` may type a secret or a token where none belongs: what was given is not repeated then.
pub fn say_misuse(error: &clap::Error) -> ExitCode {
    let given: Vec<String> = std::env::args_os()
        .skip(1)
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    let is_careful = given
        .first()
        .is_some_and(|command| matches!(command.as_str(), "token" | "decode"));
    if is_careful && error.use_stderr() {
        let values = given.iter().skip(1).map(|argument| match argument.strip_prefix('-') {
            Some(flag) => flag.split_once('=').map_or("", |(_, value)| value),
            None => argument,
        });
        say(&Mask::of(values).hide(&error.render().to_string()));
    } else {
        // A reader that went away is no error.
        let _ = error.print();
    }
    ExitCode::from(u8::try_from(error.exit_code()).unwrap_or(2))
}

/// Prints an error where errors go.
pub fn say_error(error: &CommandError) {
    let mut out = io::stderr().lock();
    if let CommandError::Mistakes(found) = error {
        for diagnostic in found {
            let _ = writeln!(out, "{}\n", diagnostic.render(colour(io::stderr().is_terminal())));
        }
    }
    let _ = writeln!(out, "tenantproof: {error}");
}

/// Whether to colour what goes to a place that is a terminal or not; `NO_COLOR` is honoured.
pub fn colour(is_terminal: bool) -> Colour {
    if is_terminal && std::env::var_os("NO_COLOR").is_none() {
        Colour::Coloured
    } else {
        Colour::Plain
    }
}

/// How reports look on this standard output: as wide as the terminal says it is, or as what reads well where there is none.
fn options() -> Options<'static> {
    let asked = std::env::var("COLUMNS")
        .ok()
        .and_then(|columns| columns.parse::<usize>().ok());
    Options {
        colour: colour(io::stdout().is_terminal()),
        width: asked.unwrap_or(100).clamp(60, 140),
        ..Options::default()
    }
}

/// Prints data. A reader that went away, such as `head`, is no error.
pub fn print(text: &str) {
    let _ = io::stdout().lock().write_all(text.as_bytes());
}

/// Says something on the side, where errors go: data stays alone on standard output.
pub fn say(line: &str) {
    let _ = writeln!(io::stderr().lock(), "{}", escaped_line(line));
}

/// Asks a yes-or-no question on a terminal. Where there is none, nobody said yes.
fn ask(question: &str) -> bool {
    if !(io::stdin().is_terminal() && io::stderr().is_terminal()) {
        return false;
    }
    let _ = write!(io::stderr().lock(), "{} [y/N] ", escaped_line(question));
    let mut answer = String::new();
    let is_read = io::stdin().read_line(&mut answer).is_ok();
    is_read && matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes")
}

/// A line without control characters, whoever wrote it.
fn escaped_line(line: &str) -> String {
    line.chars()
        .map(|character| if character.is_control() { ' ' } else { character })
        .collect()
}

/// The embedded scenarios.
fn library() -> Result<Library, CommandError> {
    scenarios::library().map_err(CommandError::Mistakes)
}

/// How many worker threads to use.
fn jobs(asked: Option<usize>) -> usize {
    asked
        .unwrap_or_else(|| std::thread::available_parallelism().map_or(1, usize::from))
        .max(1)
}
