//! Whom to compare, as the command line names it: embedded servers under a profile, a target file, or the record of an earlier run.

use std::path::PathBuf;

use tenantproof_harness::run::RunRecord;
use tenantproof_harness::scenario::Library;

use crate::arguments::ProfileArgument;
use crate::command::CommandError;
use crate::profiles::Chosen;

/// The word for our own servers.
const EMBEDDED: &str = "embedded";
/// What records end in; target files are TOML.
const RECORD: &str = "json";

/// One side of a comparison.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// Our own servers, under a profile: `embedded:PROFILE,NAME=VALUE...`.
    Embedded(Chosen),
    /// What a target file describes.
    Target(PathBuf),
    /// What was recorded before.
    Record(PathBuf),
}

impl Side {
    /// The side that somebody named.
    ///
    /// # Errors
    ///
    /// A profile, a switch or a value that does not exist, or a profile file that cannot be read.
    pub fn of(text: &str) -> Result<Self, CommandError> {
        let embedded = text.strip_prefix(EMBEDDED);
        if let Some(rest) = embedded.filter(|rest| rest.is_empty() || rest.starts_with(':')) {
            let mut words = rest
                .trim_start_matches(':')
                .split(',')
                .filter(|word| !word.is_empty())
                .peekable();
            // The profile may be left out: what stands first is a switch then.
            let profile = words.next_if(|word| !word.contains('='));
            let profile = profile.map(str::parse::<ProfileArgument>).transpose();
            let profile = profile.map_err(|why| CommandError::Usage(format!("--target {text}: {why}")))?;
            let switches: Vec<String> = words.map(str::to_owned).collect();
            return Chosen::of(profile.as_ref(), &switches).map(Self::Embedded);
        }
        let path = PathBuf::from(text);
        let is_record = path
            .extension()
            .is_some_and(|extension| extension.eq_ignore_ascii_case(RECORD));
        Ok(if is_record {
            Self::Record(path)
        } else {
            Self::Target(path)
        })
    }

    /// What the side is called in what is told, if it needs no file for that.
    pub fn name(&self) -> Option<String> {
        let Self::Embedded(chosen) = self else { return None };
        let switches = chosen.switches.iter().map(|(name, value)| format!(",{name}={value}"));
        Some(format!("{EMBEDDED}:{}{}", chosen.whole(), switches.collect::<String>()))
    }
}

/// Reads the record of an earlier run in which was observed what can be compared.
///
/// # Errors
///
/// A file that cannot be read, is no record, or was made with other scenarios or without observing.
pub fn record(path: &std::path::Path, library: &Library) -> Result<RunRecord, CommandError> {
    let name = path.display();
    let text = std::fs::read_to_string(path).map_err(CommandError::world(format!("{name} cannot be read")))?;
    let record: RunRecord = serde_json::from_str(&text)
        .map_err(|error| CommandError::Usage(format!("{name} is no record of a run: {error}")))?;
    if record.digest != library.digest() {
        return Err(CommandError::Usage(format!(
            "{name} cannot be compared: it is about another set of scenarios"
        )));
    }
    let mut exchanges = record.cases.iter().flat_map(|case| &case.exchanges);
    if exchanges.all(|exchange| exchange.observed.is_empty()) {
        return Err(CommandError::Usage(format!(
            "{name} does not say what answers showed: only records that `compare` and `calibrate` keep do"
        )));
    }
    Ok(record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_side_is_known_by_its_name() {
        for (text, name) in [
            ("embedded", Some("embedded:oracle")),
            ("embedded:rfc", Some("embedded:rfc")),
            ("embedded:rfc,challenge=owsm", Some("embedded:rfc,challenge=owsm")),
            ("embedded:invoke-status=202", Some("embedded:oracle,invoke-status=202")),
            ("tenant.toml", None),
            ("tenant.compare.json", None),
        ] {
            let side = Side::of(text).expect(text);
            assert_eq!(side.name().as_deref(), name, "{text}");
        }
        assert!(matches!(Side::of("embedded-tenant.toml"), Ok(Side::Target(_))));
        assert!(matches!(Side::of("a.JSON"), Ok(Side::Record(_))));
        for wrong in ["embedded:orakle", "embedded:rfc,x=y", "embedded:rfc,challenge"] {
            assert!(Side::of(wrong).is_err(), "{wrong}");
        }
    }
}
