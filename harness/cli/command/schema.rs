//! `schema`: the JSON Schemas of scenario files and landscape files.

use tenantproof_harness::scenario::schema;
use tenantproof_mocks::landscape::file;

use super::{CommandError, print};
use crate::arguments::SchemaArgument;
use crate::exit::Exit;

#[expect(clippy::unnecessary_wraps, reason = "every command has this shape")]
pub(super) fn print_schema(of: SchemaArgument) -> Result<Exit, CommandError> {
    let text = match of {
        SchemaArgument::Scenario => schema::schema_text(),
        SchemaArgument::Landscape => file::schema_text(),
    };
    print(&text);
    Ok(Exit::Success)
}
