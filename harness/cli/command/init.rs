//! `init`: writes a target file by asking.

use std::io::{self, BufRead as _, Write as _};

use super::{CommandError, keygen::write_new, print, say};
use crate::arguments::InitArguments;
use crate::exit::Exit;
use crate::interview::{Respondent, interview};

pub(super) fn init(arguments: &InitArguments) -> Result<Exit, CommandError> {
    let path = &arguments.out;
    if path.exists() {
        return Err(CommandError::Usage(format!(
            "{} exists already and is not overwritten",
            path.display()
        )));
    }
    say("A target file says whom we test, and what we may do there. No secret is asked for: never type one here.");
    let text = interview(&mut Person).map_err(CommandError::world("the questions were not answered to the end"))?;
    write_new(path, &text, 0o644)?;
    print(&format!(
        "{}\n\nNext: tenantproof doctor --target {}\n",
        path.display(),
        path.display()
    ));
    Ok(Exit::Success)
}

/// Somebody at the terminal, or a file of answers on standard input.
struct Person;

impl Respondent for Person {
    fn ask(&mut self, question: &str, usual: &str) -> io::Result<String> {
        let mut out = io::stderr().lock();
        if usual.is_empty() {
            write!(out, "{question}: ")?;
        } else {
            write!(out, "{question} [{usual}]: ")?;
        }
        out.flush()?;
        let mut answer = String::new();
        match io::stdin().lock().read_line(&mut answer)? {
            0 => Err(io::ErrorKind::UnexpectedEof.into()),
            _ => Ok(answer),
        }
    }

    fn object(&mut self, why: &str) {
        say(why);
    }
}
