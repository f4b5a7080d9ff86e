//! `calibrate`: looks for the profile under which the mocks answer as a target did, and writes it down.

use tenantproof_harness::compare::report::{calibration_human, calibration_json};
use tenantproof_harness::compare::{Watch, calibrate as calibrated, doubted, doubts, sightings};
use tenantproof_mocks::landscape::profile::ProfileName;

use super::compare::{Observing, ended, profile_of};
use super::{CommandError, jobs, library, print, say};
use crate::arguments::{CalibrateArguments, Carrier, Format};
use crate::exit::Exit;
use crate::model::{Mocks, assignment_of};
use crate::profiles;
use crate::side::Side;

pub(super) fn calibrate(arguments: &CalibrateArguments) -> Result<Exit, CommandError> {
    let side = Side::of(&arguments.target)?;
    let library = library()?;
    let profile = profile_of(&side, &library, &arguments.beyond)?;
    let how = Observing {
        library: &library,
        select: &arguments.select,
        beyond: &arguments.beyond,
        carrier: Carrier::default(),
        profile: &profile,
        record: "calibrate.json",
    };
    let record = how.observe(&side, None)?;
    let mocks = Mocks::new(&library, &profile, jobs(None))
        .map_err(|error| CommandError::Usage(error.to_string()))?
        .without_whole_profiles();
    let watch = Watch::new(&mocks);
    let mut starts = ProfileName::ALL.map(|name| (name.name().to_owned(), assignment_of(name)));
    starts.sort_by_key(|(name, _)| *name != profile);
    let doubts = doubts(&record.cases);
    let left_out = doubted(&doubts);
    let mut seen = sightings(&record.cases);
    seen.retain(|case, _| !left_out.contains(case));
    let calibration = calibrated(&watch, &seen, &starts);

    let target = side.name().unwrap_or_else(|| record.target.clone());
    let text = profiles::write(&calibration, &target, &doubts);
    print(&match arguments.format {
        Format::Human => calibration_human(&calibration, &target, &doubts),
        Format::Json => calibration_json(&calibration, &target, &doubts),
    });
    match (&arguments.out, arguments.format) {
        (Some(path), _) => {
            let name = path.display().to_string();
            std::fs::write(path, text).map_err(CommandError::world(format!("{name} cannot be written")))?;
            say(&format!(
                "the profile is in {name}: `serve --profile {name}` answers by it"
            ));
        }
        (None, Format::Human) => print(&format!("\nProfile, as --out writes it\n\n{text}")),
        (None, Format::Json) => {}
    }
    let code = if calibration.remaining.is_empty() && doubts.is_empty() {
        Exit::Success
    } else {
        Exit::Failed
    };
    Ok(ended(code, calibration.compared.len(), std::slice::from_ref(&record)))
}
