//! `schema`: the JSON Schema of scenario files.

use tenantproof_harness::scenario::schema::schema_text;

use super::{CommandError, print};
use crate::exit::Exit;

#[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub(super) fn print_schema() -> Result<Exit, CommandError> {
    print(&schema_text());
    Ok(Exit::Success)
}
