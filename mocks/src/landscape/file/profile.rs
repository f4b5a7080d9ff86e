//! The members that choose a profile and its switches.

use serde_json::{Map, Value, json};

use super::kinds::one_of;
use super::table::{Written, quoted};
use super::tree::{Kind, Node};
use super::{Reading, Writing};
use crate::landscape::profile::{Profile, ProfileName, SWITCHES, Switch};

impl Written for ProfileName {
    fn schema() -> Value {
        json!({ "enum": Self::ALL.map(Self::name) })
    }

    fn write(&self, _: &Writing) -> Value {
        json!(self.name())
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let names = Self::ALL.map(Self::name);
        match &node.kind {
            Kind::Text(name) => match Self::of(name) {
                Some(profile) => Some(profile),
                None => reading.unknown(node.from, &one_of(&names), name, names.into_iter()),
            },
            _ => reading.wrong(node, &one_of(&names)),
        }
    }
}

/// Single switches on top of a whole profile.
#[derive(Default)]
pub(super) struct Switches(pub(super) Vec<(&'static str, &'static str)>);

impl Switches {
    /// Those of a profile that stand elsewhere than in the whole one.
    pub(super) fn of(profile: &Profile) -> Self {
        let whole = Profile::whole(profile.name);
        let own = SWITCHES.iter().map(|switch| (switch.name, profile.value(switch.name)));
        Self(own.filter(|(name, value)| !whole.is(name, value)).collect())
    }

    /// The whole profile of this name, with these switches set.
    pub(super) fn on(&self, name: ProfileName) -> Profile {
        let mut profile = Profile::whole(name);
        for (name, value) in &self.0 {
            profile
                .set(name, value)
                .expect("only switches and values of the table are read");
        }
        profile
    }
}

impl Written for Switches {
    fn schema() -> Value {
        let described = |switch: &Switch| {
            let schema = json!({ "enum": switch.values, "description": switch.says.trim() });
            (switch.name.to_owned(), schema)
        };
        let properties: Map<_, _> = SWITCHES.iter().map(described).collect();
        json!({ "type": "object", "additionalProperties": false, "properties": properties })
    }

    fn write(&self, _: &Writing) -> Value {
        Value::Object(
            self.0
                .iter()
                .map(|(name, value)| ((*name).to_owned(), json!(value)))
                .collect(),
        )
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut switches = Self::default();
        let members = reading.object(node)?;
        for member in members {
            let Some(switch) = SWITCHES.iter().find(|switch| switch.name == member.name) else {
                continue;
            };
            let value = match &member.node.kind {
                Kind::Text(text) => switch.values.iter().find(|value| *value == text),
                _ => None,
            };
            match (value, &member.node.kind) {
                (Some(value), _) => switches.0.push((switch.name, value)),
                (None, Kind::Text(text)) => {
                    let known = switch.values.iter().copied();
                    reading.unknown::<()>(member.node.from, &one_of(switch.values), text, known);
                }
                (None, _) => drop(reading.wrong::<()>(&member.node, &format!("as text: {}", quoted(switch.values)))),
            }
        }
        let names: Vec<&str> = SWITCHES.iter().map(|switch| switch.name).collect();
        reading.know(members, &names);
        Some(switches)
    }
}
