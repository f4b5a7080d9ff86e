//! `serve`.

use super::CommandError;
use crate::exit::Exit;

pub(super) fn serve(_: &crate::arguments::ServeArguments) -> Result<Exit, CommandError> {
    Err(CommandError::Usage("not yet".to_owned()))
}
