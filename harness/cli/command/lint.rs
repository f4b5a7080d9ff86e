//! `lint`: says what is wrong with the scenarios.

use std::path::Path;

use tenantproof_harness::scenario::{Library, lint as lint_library};
use tenantproof_mocks::catalogue;

use super::{CommandError, library, print};
use crate::exit::Exit;
use crate::facts;

pub(super) fn lint(folder: Option<&Path>) -> Result<Exit, CommandError> {
    let library = match folder {
        Some(folder) => Library::load(read(folder)?.into_iter()).map_err(CommandError::Mistakes)?,
        None => library()?,
    };
    let rules: Vec<&str> = catalogue::rules().map(|rule| rule.id).collect();
    let mut found = lint_library(&library, Some(&rules));
    found.extend(facts::mistakes(&library));
    if !found.is_empty() {
        return Err(CommandError::Mistakes(found));
    }
    let flows = library.flows().count();
    let tables = library.tables().count();
    let cases: usize = library.tables().map(|(_, table)| table.file.cases.len()).sum();
    print(&format!(
        "{flows} flows, {tables} tables, {cases} cases, {} requirement rows: nothing wrong\n",
        library.rows().count()
    ));
    Ok(Exit::Success)
}

/// Every YAML file below a folder, by its path from there.
fn read(folder: &Path) -> Result<Vec<(String, String)>, CommandError> {
    let mut files = Vec::new();
    let mut open = vec![folder.to_owned()];
    while let Some(folder_here) = open.pop() {
        let failed = || format!("{} cannot be read", folder_here.display());
        for entry in std::fs::read_dir(&folder_here).map_err(CommandError::world(failed()))? {
            let path = entry.map_err(CommandError::world(failed()))?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|ending| ending == "yaml") {
                let text = std::fs::read_to_string(&path)
                    .map_err(CommandError::world(format!("{} cannot be read", path.display())))?;
                let name = path
                    .strip_prefix(folder)
                    .unwrap_or(&path)
                    .to_string_lossy()
                    .replace('\\', "/");
                files.push((name, text));
            }
        }
    }
    files.sort();
    Ok(files)
}
