//! `explain`.

use super::CommandError;
use crate::exit::Exit;

pub(super) fn explain(_: &str) -> Result<Exit, CommandError> {
    Err(CommandError::Usage("not yet".to_owned()))
}
