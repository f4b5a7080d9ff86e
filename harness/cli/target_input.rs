//! Reads a target file from where it is, and runs the commands that print its secrets where that is allowed.

use std::io::{self, Read as _};
use std::path::Path;
use std::process::{Command, Stdio};

use tenantproof_harness::target::{self, Secret, SecretReference, Target, without_line_break};

use crate::command::CommandError;

/// The most that a command may print; keys are far shorter.
const MOST_BYTES: u64 = 64 * 1024;

/// Whether commands of a target file may run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Commands {
    /// They run, each once, without a shell.
    Allowed,
    /// A target file that has any is refused.
    Refused,
}

impl Commands {
    /// What a flag of the command line says.
    pub fn of_flag(is_allowed: bool) -> Self {
        if is_allowed { Self::Allowed } else { Self::Refused }
    }
}

/// Reads a target file.
///
/// # Errors
///
/// A file that cannot be read, its mistakes, and a command that may not run or fails.
pub fn read(path: &Path, commands: Commands) -> Result<Target, CommandError> {
    let name = path.display().to_string();
    let text = std::fs::read_to_string(path).map_err(|error| {
        let how = match error.kind() {
            io::ErrorKind::NotFound => "; `tenantproof init` writes a target file",
            _ => "",
        };
        CommandError::Usage(format!("{name} cannot be read: {error}{how}"))
    })?;
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut target = target::load(&name, &text, folder).map_err(CommandError::Mistakes)?;
    for (place, secret) in target.secrets_mut() {
        let SecretReference::Command(words) = secret else {
            continue;
        };
        if commands == Commands::Refused {
            return Err(CommandError::Usage(format!(
                "{name}: `{place}` is printed by a command, and commands run only with --allow-commands"
            )));
        }
        let printed = printed_by(words).map_err(|why| CommandError::Usage(format!("{name}: `{place}`: {why}")))?;
        *secret = SecretReference::Given(printed);
    }
    Ok(target)
}

/// Runs a command without a shell and takes what it prints. Its own errors go where ours go.
fn printed_by(words: &[String]) -> Result<Secret, String> {
    let (program, rest) = words.split_first().ok_or("the command has no words")?;
    let mut child = Command::new(program)
        .args(rest)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| format!("the command cannot be run: {error}"))?;
    let mut printed = Vec::new();
    let out = child.stdout.take().expect("standard output was asked for");
    let read = out.take(MOST_BYTES + 1).read_to_end(&mut printed);
    let is_too_long = u64::try_from(printed.len()).is_ok_and(|length| length > MOST_BYTES);
    if is_too_long {
        // It may be waiting for a reader that has left.
        let _ = child.kill();
    }
    let status = child.wait().map_err(|error| format!("the command was lost: {error}"))?;
    if is_too_long {
        return Err("the command printed more than any secret has".to_owned());
    }
    read.map_err(|error| format!("the command's output cannot be read: {error}"))?;
    if !status.success() {
        return Err(format!("the command failed ({status})"));
    }
    let text = String::from_utf8(printed).map_err(|_| "the command printed what is no text".to_owned())?;
    match without_line_break(&text) {
        "" => Err("the command printed nothing".to_owned()),
        secret => Ok(Secret::from_text(secret)),
    }
}
