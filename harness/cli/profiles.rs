//! Profiles as somebody wants them: whole ones, single switches on top, and profile files, which `calibrate` writes and people may.
//!
//! ```toml
//! format = 1
//! profile = "oracle"             # the whole profile that the rest is set on
//!
//! [switches]
//! invoke-status = "202"
//!
//! [evidence]                     # for people; nothing reads it
//! invoke-status = ["jwt-bearer/agent-as-user, step invoke: status is 202; otherwise 200"]
//! ```

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use tenantproof_harness::compare::report::{counter_evidence, evidence};
use tenantproof_harness::compare::{Calibration, Doubt, Setting, Standing};
use tenantproof_harness::report::escape;
use tenantproof_mocks::landscape::profile::{Profile, ProfileName, SWITCHES};

use crate::arguments::ProfileArgument;
use crate::command::CommandError;

/// The form of profile files.
const FORMAT: u8 = 1;

/// A profile that was chosen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chosen {
    /// The whole profile; none where nobody named any.
    pub name: Option<ProfileName>,
    /// Single switches on top of it, each at most once, and none that stands there anyway.
    pub switches: Vec<(String, String)>,
}

/// A profile file as it is written.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    format: u8,
    profile: String,
    #[serde(default)]
    switches: BTreeMap<String, String>,
    #[serde(default, rename = "evidence")]
    _evidence: BTreeMap<String, Vec<String>>,
}

impl Chosen {
    /// What `--profile` and `--switch` say.
    ///
    /// # Errors
    ///
    /// A file that cannot be read or has mistakes, and switches or values that do not exist.
    pub fn of(profile: Option<&ProfileArgument>, switches: &[String]) -> Result<Self, CommandError> {
        let mut chosen = match profile {
            None => Self::default(),
            Some(ProfileArgument::Oracle) => Self::whole_profile(ProfileName::Oracle),
            Some(ProfileArgument::Rfc) => Self::whole_profile(ProfileName::Rfc),
            Some(ProfileArgument::File(path)) => Self::open(path)?,
        };
        for asked in switches {
            let (name, value) = asked
                .split_once('=')
                .ok_or_else(|| CommandError::Usage(format!("--switch is like `invoke-status=202`; found `{asked}`")))?;
            chosen.set(name, value).map_err(CommandError::Usage)?;
        }
        Ok(chosen)
    }

    /// A whole profile.
    pub fn whole_profile(name: ProfileName) -> Self {
        Self {
            name: Some(name),
            switches: Vec::new(),
        }
    }

    /// Reads a profile file.
    ///
    /// # Errors
    ///
    /// A file that cannot be read, and its mistakes with their place.
    pub fn open(path: &Path) -> Result<Self, CommandError> {
        let name = path.display().to_string();
        let text = std::fs::read_to_string(path)
            .map_err(CommandError::world(format!("the profile file {name} cannot be read")))?;
        Self::read(&text).map_err(|why| CommandError::Usage(format!("the profile file {name} is wrong: {why}")))
    }

    /// Reads the text of a profile file.
    ///
    /// # Errors
    ///
    /// What is wrong with it, in a sentence.
    pub fn read(text: &str) -> Result<Self, String> {
        let written: Written = toml::from_str(text).map_err(|error| {
            let before = error.span().map_or("", |span| &text[..span.start]);
            let line = before.matches('\n').count() + 1;
            format!("line {line}: {}", error.message())
        })?;
        if written.format != FORMAT {
            return Err(format!(
                "format {} is not known; this is format {FORMAT}",
                written.format
            ));
        }
        let name = ProfileName::of(&written.profile).ok_or_else(|| {
            let known = ProfileName::ALL.map(ProfileName::name).join("` or `");
            format!("`profile` is `{known}`, found `{}`", written.profile)
        })?;
        let mut chosen = Self::whole_profile(name);
        for (switch, value) in &written.switches {
            chosen.set(switch, value)?;
        }
        Ok(chosen)
    }

    /// Sets one switch; what was set before of it is forgotten.
    fn set(&mut self, name: &str, value: &str) -> Result<(), String> {
        let switch = SWITCHES.iter().find(|switch| switch.name == name).ok_or_else(|| {
            format!(
                "there is no switch `{name}`; docs/landscape.md lists them, and `tenantproof explain NAME` shows one"
            )
        })?;
        if !switch.values.contains(&value) {
            let known = switch.values.join("`, `");
            return Err(format!("`{name}` is one of `{known}`; found `{value}`"));
        }
        self.switches.retain(|(known, _)| known != name);
        if self.name.is_none() || !Profile::whole(self.whole()).is(name, value) {
            self.switches.push((name.to_owned(), value.to_owned()));
        }
        Ok(())
    }

    /// The whole profile; the default one where nobody named any.
    pub fn whole(&self) -> ProfileName {
        self.name.unwrap_or_default()
    }

    /// The profile with its switches.
    pub fn profile(&self) -> Profile {
        let mut profile = Profile::whole(self.whole());
        self.set_switches(&mut profile);
        profile
    }

    /// Sets the switches on a profile.
    ///
    /// # Panics
    ///
    /// Never: only switches and values of the table were taken.
    pub fn set_switches(&self, profile: &mut Profile) {
        for (name, value) in &self.switches {
            profile
                .set(name, value)
                .expect("only switches and values of the table were taken");
        }
    }
}

/// Writes the profile file of a calibration: every switch that was observed, with what was observed, the names of those that were not, and
/// the cases that were left out.
pub fn write(calibration: &Calibration, target: &str, doubts: &[Doubt]) -> String {
    let comment = |text: &str| format!("# {}\n", escape::terminal(text));
    let mut text = comment(&format!("How {target} answered, as `tenantproof calibrate` saw it."));
    text += &format!("format = {FORMAT}\nprofile = \"{}\"\n\n[switches]\n", calibration.start);
    let observed = calibration.keys.iter().filter_map(|key| match &key.standing {
        Standing::Observed { alternatives, .. } => Some((key, alternatives)),
        Standing::Undecided | Standing::NotObserved => None,
    });
    for (key, alternatives) in observed.clone() {
        let Setting { switch, value } = &key.setting;
        if !alternatives.is_empty() {
            let others: Vec<String> = alternatives.iter().map(ToString::to_string).collect();
            text += &comment(&format!("or, to judge by what was seen: {}", others.join(", ")));
        }
        text.extend(
            counter_evidence(key)
                .iter()
                .map(|line| comment(&format!("though {line}"))),
        );
        text += &format!("{switch} = \"{value}\"\n");
    }
    for (why, standing) in [
        (
            "the target shows none of the values that the mocks have",
            Standing::Undecided,
        ),
        ("not observed, and left as in the profile", Standing::NotObserved),
    ] {
        let keys = calibration.keys.iter().filter(|key| key.standing == standing);
        let names: Vec<&str> = keys.map(|key| key.setting.switch.as_str()).collect();
        if !names.is_empty() {
            text += &format!("# {why}:\n");
            text.extend(names.iter().map(|name| format!("#   {name}\n")));
        }
    }
    for doubt in doubts {
        text += &comment(&format!(
            "left out, as the set-up may be wrong ({}):",
            doubt.ids().join(", ")
        ));
        text.extend(doubt.cases.iter().map(|case| comment(&format!("  {case}"))));
    }
    text += "\n[evidence]\n";
    for (key, _) in observed {
        let lines = evidence(key);
        let lines = lines.iter().map(|line| format!("  {},\n", toml_text(line)));
        text += &format!("{} = [\n{}]\n", key.setting.switch, lines.collect::<String>());
    }
    text
}

/// A text between quotes, as TOML has it.
fn toml_text(text: &str) -> String {
    toml::Value::from(text).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_profile_is_chosen_by_name_by_file_and_by_single_switches() {
        let of = |profile: ProfileArgument, switches: &[&str]| {
            let switches: Vec<String> = switches.iter().map(|switch| (*switch).to_owned()).collect();
            Chosen::of(Some(&profile), &switches)
        };
        let chosen = of(ProfileArgument::Rfc, &["challenge=owsm", "invoke-status=202"]).expect("both exist");
        assert_eq!(chosen.name, Some(ProfileName::Rfc));
        // The other one stands there anyway.
        assert_eq!(chosen.switches, [("challenge".to_owned(), "owsm".to_owned())]);
        assert!(chosen.profile().is("challenge", "owsm"));
        for wrong in ["challenge", "challenge=loud", "challange=rfc"] {
            assert!(of(ProfileArgument::Rfc, &[wrong]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_file_says_whole_profile_and_switches() {
        let read = |text: &str| Chosen::read(text);
        let chosen = read(
            "format = 1\nprofile = \"oracle\"\n[switches]\nchallenge = \"rfc\"\n[evidence]\nchallenge = [\"x\"]\n",
        );
        assert_eq!(
            chosen.expect("it is right").switches,
            [("challenge".to_owned(), "rfc".to_owned())]
        );
        for (wrong, why) in [
            ("profile = \"oracle\"", "missing field `format`"),
            ("format = 2\nprofile = \"oracle\"", "format 2 is not known"),
            ("format = 1\nprofile = \"orakle\"", "found `orakle`"),
            (
                "format = 1\nprofile = \"rfc\"\n[switches]\nx = \"y\"",
                "there is no switch `x`",
            ),
            ("format = 1\nprofile = \"rfc\"\n[switches]\nchallenge = 1", "line 4"),
            ("format = 1\nprofile = \"rfc\"\nswitch = 1", "line 3"),
        ] {
            let told = read(wrong).expect_err(wrong);
            assert!(told.contains(why), "{wrong}: {told}");
        }
    }
}
