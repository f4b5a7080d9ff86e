//! `export`: writes a scenario down for another tool. Nothing of it is a secret, and nothing is sent.

use std::path::Path;

use tenantproof_harness::export::{Script, TOOLS};
use tenantproof_harness::scenario::Library;
use tenantproof_harness::scenario::diagnostic::nearest;
use tenantproof_harness::scenario::model::Flow;
use tenantproof_harness::target::{self, Target};
use tenantproof_mocks::landscape::profile::Profile;

use super::{CommandError, library, print};
use crate::exit::Exit;
use crate::landscapes::published_reference;
use crate::players;

pub(super) fn export(tool: &str, scenario: &str, target: &str) -> Result<Exit, CommandError> {
    let (_, render, _) = TOOLS
        .iter()
        .find(|(name, ..)| *name == tool)
        .ok_or_else(|| CommandError::Usage(format!("nothing is exported for `{tool}`")))?;
    let library = library()?;
    let flow = flow(&library, scenario)?;
    let script = Script::of(scenario, flow, &read(target)?).map_err(|error| CommandError::Usage(error.to_string()))?;
    print(&render(&script));
    Ok(Exit::Success)
}

fn flow<'a>(library: &'a Library, id: &str) -> Result<&'a Flow, CommandError> {
    if let Some(flow) = library.flow(id) {
        return Ok(flow);
    }
    let table = id.split_once('#').map_or(id, |(table, _)| table);
    if let Some(table) = library.table(table) {
        return Err(CommandError::Usage(format!(
            "`{id}` is made of changes to the scenario {control}; that one can be exported",
            control = *table.control
        )));
    }
    let hint = nearest(id, library.flows().map(|(id, _)| id));
    let hint = hint.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
    Err(CommandError::Usage(format!("no scenario is called `{id}`{hint}")))
}

/// The target whose values are written.
fn read(target: &str) -> Result<Target, CommandError> {
    if target == "embedded" {
        let loaded = published_reference(Profile::default());
        return Ok(players::target_of(&loaded.landscape, &loaded.keys));
    }
    let path = Path::new(target);
    let text = std::fs::read_to_string(path).map_err(CommandError::world(format!("{target} cannot be read")))?;
    let folder = path.parent().unwrap_or(Path::new("."));
    target::load(target, &text, folder).map_err(CommandError::Mistakes)
}
