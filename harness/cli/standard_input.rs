//! Standard input, as far as a secret or a token may come that way: bounded, and never repeated in an error.

use std::io::{self, IsTerminal as _, Read as _};

use crate::command::{CommandError, say};

/// Reads all of standard input as a text.
///
/// `what` names what is waited for; it is said where a person sits at a terminal.
///
/// # Errors
///
/// More bytes than `most`, what is no text, and what the system says.
pub fn read(what: &str, most: u64) -> Result<String, CommandError> {
    let input = io::stdin();
    if input.is_terminal() {
        say(&format!("{what} is read from standard input; end it with Ctrl-D"));
    }
    let mut bytes = Vec::new();
    input
        .lock()
        .take(most + 1)
        .read_to_end(&mut bytes)
        .map_err(CommandError::world("standard input cannot be read"))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > most) {
        return Err(CommandError::Usage(format!(
            "standard input holds more than {most} bytes"
        )));
    }
    String::from_utf8(bytes).map_err(|_| CommandError::Usage("standard input is no UTF-8 text".to_owned()))
}
