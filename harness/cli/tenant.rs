//! A target of a file, behind its safety: the guard, the stop that Ctrl-C works, and the ledger of what is made.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io;
use std::net::SocketAddr;
use std::path::Path;

use tenantproof_harness::run::budget;
use tenantproof_harness::scenario::model::PlanFile;
use tenantproof_harness::system::ledger::read_lines;
use tenantproof_harness::system::{Guarded, Ledger, Stop};
use tenantproof_harness::target::Target;

use crate::arguments::ReachArguments;
use crate::command::{CommandError, say};
use crate::served::Served;
use crate::target_input::{self, Commands};

/// The one way to a target, and what closes it.
pub struct Tenant {
    /// The way.
    pub system: Guarded<'static, Served>,
    /// What ends the run early.
    pub stop: &'static Stop,
}

impl Tenant {
    /// Gets ready to connect to what a target file describes.
    ///
    /// # Errors
    ///
    /// An address to resolve that is none, or mistakes in what the file refers to.
    pub fn open(
        target: &Target,
        reach: &ReachArguments,
        plan: Option<&PlanFile>,
        ledger: Option<Ledger>,
    ) -> Result<Self, CommandError> {
        let served = Served::of(target, resolved(&reach.resolve)?)?;
        // Both live as long as the process: a signal may come at any time.
        let stop: &'static Stop = Box::leak(Box::default());
        let ledger: Option<&'static Ledger> = ledger.map(|ledger| &*Box::leak(Box::new(ledger)));
        let system = Guarded::new(served, budget::rules(target, plan), stop, ledger);
        Ok(Self { system, stop })
    }
}

/// Whether any host of a target is not this machine. Names decide, also where they are resolved to loopback.
pub fn is_beyond(target: &Target) -> bool {
    target.hosts_beyond_loopback().next().is_some()
}

/// Reads a target file as the command line says.
///
/// # Errors
///
/// Mistakes of the file, or a command in it that may not run.
pub fn read(path: &Path, reach: &ReachArguments) -> Result<Target, CommandError> {
    target_input::read(path, Commands::of_flag(reach.allow_commands))
}

/// Parses `NAME=ADDRESS:PORT`; the port of the name is 443 where it is left out.
///
/// # Errors
///
/// What is no such text, or leads beyond this machine.
pub fn resolved(asked: &[String]) -> Result<BTreeMap<String, SocketAddr>, CommandError> {
    let wrong = |text: &str| {
        CommandError::Usage(format!(
            "--resolve is like `fa.example=127.0.0.1:8443`, with a loopback address; found `{text}`"
        ))
    };
    let one = |text: &String| {
        let (name, address) = text.split_once('=').ok_or_else(|| wrong(text))?;
        let address: SocketAddr = address.parse().map_err(|_| wrong(text))?;
        let name = name.to_ascii_lowercase();
        let site = if name.contains(':') {
            name
        } else {
            format!("{name}:443")
        };
        if address.ip().is_loopback() {
            Ok((site, address))
        } else {
            Err(wrong(text))
        }
    };
    asked.iter().map(one).collect()
}

/// Opens the ledger at a path, and goes on with what stands there.
///
/// # Errors
///
/// A file that cannot be written or is no ledger.
pub fn ledger(path: &Path) -> Result<Ledger, CommandError> {
    let failed = || CommandError::world(format!("{} cannot be written", path.display()));
    let before = match std::fs::read_to_string(path) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
        Err(error) => return Err(failed()(error)),
    };
    let lines = read_lines(&before)
        .map_err(|error| CommandError::Usage(format!("{} is no ledger: {error}", path.display())))?;
    let calls = lines.iter().map(|line| line.call).max().unwrap_or_default();
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    // A line that a crash cut off must not swallow the next one.
    if !before.is_empty() && !before.ends_with('\n') {
        let whole = before.rfind('\n').map_or(0, |end| end + 1);
        std::fs::write(path, &before[..whole]).map_err(failed())?;
    }
    let file = options.open(path).map_err(failed())?;
    Ok(Ledger::new(Box::new(file), calls))
}

/// Lets Ctrl-C, and a request to end, stop a run in good order; a second one ends the process at once.
pub fn stop_on_signal(stop: &'static Stop) {
    std::thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let Ok(runtime) = runtime else {
            // Without it the process still ends on Ctrl-C, as every other does.
            return;
        };
        runtime.block_on(async {
            if asked_to_end().await.is_ok() {
                stop.say("somebody ended the run");
                say("ending the run: what has begun is undone; once more ends it at once");
            }
            if asked_to_end().await.is_ok() {
                std::process::exit(130);
            }
        });
    });
}

#[cfg(unix)]
async fn asked_to_end() -> io::Result<()> {
    use tokio::signal::unix::{SignalKind, signal};
    let mut terminate = signal(SignalKind::terminate())?;
    tokio::select! {
        done = tokio::signal::ctrl_c() => done,
        _ = terminate.recv() => Ok(()),
    }
}

#[cfg(not(unix))]
async fn asked_to_end() -> io::Result<()> {
    tokio::signal::ctrl_c().await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_resolved_to_loopback_only() {
        let resolve = |text: &str| resolved(&[text.to_owned()]);
        let found = resolve("FA.example=127.0.0.1:8443").expect("an address");
        assert_eq!(found.keys().collect::<Vec<_>>(), ["fa.example:443"]);
        assert!(
            resolve("fa.example:444=[::1]:1")
                .expect("an address")
                .contains_key("fa.example:444")
        );
        for wrong in [
            "fa.example",
            "fa.example=somewhere:1",
            "fa.example=192.0.2.1:443",
            "fa.example=127.0.0.1",
        ] {
            assert!(resolve(wrong).is_err(), "{wrong}");
        }
    }
}
