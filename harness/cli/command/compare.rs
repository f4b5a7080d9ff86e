//! `compare`: runs the same scenarios on two sides and says where they differ, and which switch of the mocks would explain it.

use std::path::{Path, PathBuf};

use tenantproof_harness::compare::report::{COMPARE_SCHEMA, Told};
use tenantproof_harness::compare::{
    Assignment, Difference, Doubt, Explained, Watch, compare as compared, doubts, explain, sightings,
};
use tenantproof_harness::run::{CaseRecord, Exchanges, RunRecord, Verdict};
use tenantproof_harness::scenario::Library;
use tenantproof_mocks::landscape::profile::ProfileName;

use super::run::{Stage, beside, drive};
use super::{CommandError, jobs, library, print};
use crate::arguments::{BeyondArguments, Carrier, CompareArguments, Format, ProfileArgument, RunArguments};
use crate::exit::Exit;
use crate::model::{Mocks, assignment, assignment_of};
use crate::side::{self, Side};
use crate::tenant;

pub(super) fn compare(arguments: &CompareArguments) -> Result<Exit, CommandError> {
    let [one, other] = arguments.target.as_slice() else {
        return Err(CommandError::Usage(
            "compare wants --target twice: two sides".to_owned(),
        ));
    };
    let sides = [Side::of(one)?, Side::of(other)?];
    let library = library()?;
    let profile = match &arguments.profile {
        None => profile_of(&sides[0], &library, &arguments.beyond)?,
        Some(ProfileArgument::Oracle) => ProfileName::Oracle.name().to_owned(),
        Some(ProfileArgument::Rfc) => ProfileName::Rfc.name().to_owned(),
        Some(ProfileArgument::File(_)) => {
            let why =
                "a plan is made by a whole profile; servers are put under a profile file by `--target embedded:FILE`";
            return Err(CommandError::Usage(why.to_owned()));
        }
    };
    let how = Observing {
        library: &library,
        select: &arguments.select,
        beyond: &arguments.beyond,
        carrier: arguments.carrier,
        profile: &profile,
        record: "compare.json",
    };
    let records = both(&how, &sides)?;
    let told = told(&how, &sides, &records)?;
    print(&match arguments.format {
        Format::Human => told.human(),
        Format::Json => told.json(),
    });
    let code = if told.differences.is_empty() {
        Exit::Success
    } else {
        Exit::Failed
    };
    Ok(ended(code, told.compared, &records))
}

/// How sides are observed.
pub(super) struct Observing<'a> {
    pub(super) library: &'a Library,
    pub(super) select: &'a [String],
    pub(super) beyond: &'a BeyondArguments,
    pub(super) carrier: Carrier,
    /// The profile by which plans are made. What answers are like is not judged by it.
    pub(super) profile: &'a str,
    /// What the record of a target beyond this machine ends in.
    pub(super) record: &'a str,
}

/// The profile that a side goes by.
pub(super) fn profile_of(side: &Side, library: &Library, beyond: &BeyondArguments) -> Result<String, CommandError> {
    Ok(match side {
        Side::Embedded(chosen) => chosen.whole().name().to_owned(),
        Side::Target(path) => tenant::read(path, &beyond.reach)?.profile,
        Side::Record(path) => side::record(path, library)?.profile,
    })
}

impl Observing<'_> {
    /// Observes a side, limited to what was observed of another.
    pub(super) fn observe(&self, side: &Side, beside_of: Option<&RunRecord>) -> Result<RunRecord, CommandError> {
        let (target, profile) = match side {
            Side::Record(path) => return side::record(path, self.library),
            Side::Target(path) => (path.display().to_string(), self.profile.to_owned()),
            Side::Embedded(chosen) => ("embedded".to_owned(), chosen.whole().name().to_owned()),
        };
        let mut arguments = RunArguments {
            select: self.select.to_vec(),
            target,
            profile: Some(profile.parse().map_err(CommandError::Usage)?),
            ..RunArguments::default()
        };
        match side {
            Side::Embedded(chosen) => {
                arguments.carrier = self.carrier;
                let switches = chosen.switches.iter().map(|(name, value)| format!("{name}={value}"));
                arguments.switch = switches.collect();
            }
            Side::Target(path) => {
                arguments.beyond = self.beyond.clone();
                arguments.record = self.record_beside(path)?;
            }
            Side::Record(_) => {}
        }
        let mut stage = Stage::set(self.library, &arguments)?;
        stage.exchanges = Exchanges::Observed;
        // Both sides have one plan, whatever they are like.
        self.profile.clone_into(&mut stage.profile);
        stage.switches.clear();
        stage.only = beside_of.map(|record| record.cases.iter().map(|case| case.id.clone()).collect());
        if stage.only.is_some() {
            // What was selected there is what is in the record.
            arguments.select.clear();
        }
        drive(self.library, &stage, &arguments)
    }

    /// Where the record of a target is kept: its requests are dear, and what they brought can be compared again.
    fn record_beside(&self, path: &Path) -> Result<Option<PathBuf>, CommandError> {
        let target = tenant::read(path, &self.beyond.reach)?;
        Ok(tenant::is_beyond(&target).then(|| beside(path, self.record)))
    }
}

/// Observes both sides, and first those that cannot be asked for everything.
fn both(how: &Observing<'_>, sides: &[Side; 2]) -> Result<[RunRecord; 2], CommandError> {
    let is_free = |side: &Side| matches!(side, Side::Embedded(_));
    let other_first = is_free(&sides[0]) && !is_free(&sides[1]) || matches!(sides[1], Side::Record(_));
    if other_first {
        let other = how.observe(&sides[1], None)?;
        Ok([how.observe(&sides[0], Some(&other))?, other])
    } else {
        let one = how.observe(&sides[0], None)?;
        let other = how.observe(&sides[1], Some(&one))?;
        Ok([one, other])
    }
}

/// Compares two records, and explains what differs by the mocks.
fn told(how: &Observing<'_>, sides: &[Side; 2], records: &[RunRecord; 2]) -> Result<Told, CommandError> {
    let names = [0, 1].map(|index| sides[index].name().unwrap_or_else(|| records[index].target.clone()));
    let found = compared(
        &sightings(&records[0].cases),
        &sightings(&records[1].cases),
        ["one", "other"],
    );
    let mocks =
        Mocks::new(how.library, how.profile, jobs(None)).map_err(|error| CommandError::Usage(error.to_string()))?;
    let watch = Watch::new(&mocks);
    // What is not embedded stands as its plan does, as far as anybody knows.
    let base = ProfileName::of(how.profile).unwrap_or_default();
    let known = |side: &Side| match side {
        Side::Embedded(chosen) => Some(assignment(&chosen.profile())),
        Side::Target(_) | Side::Record(_) => None,
    };
    let (one, other): (Assignment, Assignment) = match (known(&sides[0]), known(&sides[1])) {
        (Some(one), Some(other)) => (one, other),
        (Some(one), None) | (None, Some(one)) => (one.clone(), one),
        (None, None) => (assignment_of(base), assignment_of(base)),
    };
    // Our own servers are set up as they should be.
    let foreign = sides.iter().zip(records).filter(|(side, _)| known(side).is_none());
    let doubts: Vec<_> = foreign.flat_map(|(_, record)| doubts(&record.cases)).collect();
    let doubt = |difference: &Difference| {
        let doubt = doubts.iter().find(|doubt| doubt.cases.contains(&difference.case));
        doubt.filter(|_| difference.is_of_outcome())
    };
    let (doubtful, sound): (Vec<_>, Vec<_>) = found.differences.into_iter().partition(|found| doubt(found).is_some());
    let mut differences = explain(&watch, &sound, [&one, &other]);
    differences.extend(doubtful.into_iter().map(|difference| Explained {
        doubt: doubt(&difference).map_or_else(Vec::new, Doubt::ids),
        difference,
        explanation: None,
    }));
    let [one, other] = names;
    Ok(Told {
        schema: COMPARE_SCHEMA,
        one,
        other,
        profile: how.profile.to_owned(),
        compared: found.compared.len(),
        points: found.points,
        differences,
        not_compared: found.not_compared,
    })
}

/// How a command ends that would end so if everything ran.
pub(super) fn ended(code: Exit, compared: usize, records: &[RunRecord]) -> Exit {
    let cases = || records.iter().flat_map(|record| &record.cases);
    let is_cut_short = cases().any(CaseRecord::is_interrupted);
    let is_inconclusive = cases().any(|case| case.verdict == Verdict::Inconclusive);
    match code {
        _ if compared == 0 && is_inconclusive => Exit::Inconclusive,
        _ if compared == 0 => Exit::NothingRan,
        // What was not compared may differ too.
        Exit::Success if is_cut_short => Exit::Inconclusive,
        code => code,
    }
}
