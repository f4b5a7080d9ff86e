//! `run`.

use super::CommandError;
use crate::exit::Exit;

pub(super) fn run(_: &crate::arguments::RunArguments) -> Result<Exit, CommandError> {
    Err(CommandError::Usage("not yet".to_owned()))
}
