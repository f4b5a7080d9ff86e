//! `list`: what scenarios and cases there are.

use std::fmt::Write as _;

use super::{CommandError, library, print};
use crate::exit::Exit;

pub(super) fn list() -> Result<Exit, CommandError> {
    let library = library()?;
    let mut text = String::new();
    for (id, flow) in library.flows() {
        let _ = writeln!(text, "{id}  {}", flow.file.title);
    }
    for (id, table) in library.tables() {
        let _ = writeln!(text, "{id}  {}", table.file.title);
        for case in &table.file.cases {
            for (variant, _) in case.variants() {
                let variant = variant.map(|name| format!(":{name}")).unwrap_or_default();
                let _ = writeln!(text, "  {id}#{}{variant}  {}", case.case.as_str(), case.title);
            }
        }
    }
    print(&text);
    Ok(Exit::Success)
}
