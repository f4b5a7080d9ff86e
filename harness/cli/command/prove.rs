//! `prove`.

use super::CommandError;
use crate::exit::Exit;

pub(super) fn prove(_: crate::arguments::Format, _: Option<usize>) -> Result<Exit, CommandError> {
    Err(CommandError::Usage("not yet".to_owned()))
}
