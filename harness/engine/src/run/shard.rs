//! Parts of a plan for parallel jobs: whole flows and tables, the same whoever asks, and about as much work in each.

use std::cmp::Reverse;
use std::fmt;
use std::str::FromStr;

use aws_lc_rs::digest::{SHA256, digest};
use serde::{Deserialize, Serialize};

use super::plan::{Plan, Unit, steps_of};
use crate::token::key::hex;

/// More parts than this are not made.
const MOST: usize = 1000;

/// One part of several, such as `2/3`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which one, from 1 on.
    pub number: usize,
    /// How many there are.
    pub of: usize,
}

/// A text that names no part.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a shard is K/N, such as 2/3, with K from 1 to N and N at most {MOST}")]
pub struct NoShard;

impl FromStr for Shard {
    type Err = NoShard;

    fn from_str(text: &str) -> Result<Self, NoShard> {
        let (number, of) = text.split_once('/').ok_or(NoShard)?;
        let [number, of] = [number, of].map(|part| part.parse::<usize>().map_err(|_| NoShard));
        let (number, of) = (number?, of?);
        if (1..=of).contains(&number) && of <= MOST {
            Ok(Self { number, of })
        } else {
            Err(NoShard)
        }
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}/{}", self.number, self.of)
    }
}

/// What a record says of the part that it is of, so that merging can tell whether all is there.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct ShardRecord {
    /// Which part, from 1 on.
    pub number: usize,
    /// How many there are.
    pub of: usize,
    /// Seconds since 1970 by the clock that the target goes by; the last days of a baseline are compared with it.
    pub clock: u64,
    /// The digest of the ids of all cases of the whole plan, in order.
    pub plan: String,
    /// The flows and tables of the whole plan, in order.
    pub units: Vec<UnitShare>,
}

/// In which part a flow or table is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct UnitShare {
    /// Its id.
    pub id: String,
    /// How many of its cases are in the plan.
    pub cases: usize,
    /// The number of its part.
    pub shard: usize,
}

impl ShardRecord {
    /// Which part of how many.
    pub fn shard(&self) -> Shard {
        Shard {
            number: self.number,
            of: self.of,
        }
    }

    /// Whether two records are of the same part of the same plan, whenever they were made.
    pub fn is_alike(&self, other: &Self) -> bool {
        self.shard() == other.shard() && self.plan == other.plan
    }
}

impl Plan<'_> {
    /// Keeps one part of the plan. `clock` is seconds since 1970 by the clock that the target goes by.
    pub fn keep_shard(&mut self, shard: Shard, clock: u64) {
        let numbers = parts(
            &self
                .units
                .iter()
                .map(|unit| (unit.id(), weight(unit)))
                .collect::<Vec<_>>(),
            shard.of,
        );
        let shares = self.units.iter().zip(&numbers).map(|(unit, number)| UnitShare {
            id: unit.id().to_owned(),
            cases: cases_in(unit),
            shard: *number,
        });
        let units: Vec<UnitShare> = shares.collect();
        let plan = digest_of(self.ids());
        self.retain_units(|id| units.iter().any(|unit| unit.id == id && unit.shard == shard.number));
        self.shard = Some(ShardRecord {
            number: shard.number,
            of: shard.of,
            clock,
            plan,
            units,
        });
    }
}

/// What stands for a list of cases.
pub(super) fn digest_of<'a>(ids: impl Iterator<Item = &'a str>) -> String {
    let text = ids.collect::<Vec<_>>().join("\n");
    hex(&digest(&SHA256, text.as_bytes()).as_ref()[..8])
}

fn cases_in(unit: &Unit<'_>) -> usize {
    match unit {
        Unit::Flow(_) => 1,
        Unit::Table(table) => table.cases.len(),
    }
}

/// About how many steps a flow or table takes. What is skipped takes none.
fn weight(unit: &Unit<'_>) -> usize {
    match unit {
        Unit::Flow(flow) if flow.skip.is_some() => 0,
        Unit::Flow(flow) => flow.flow.steps.len(),
        Unit::Table(table) => match table.cases.iter().filter(|case| case.skip.is_none()).count() {
            0 => 0,
            // The control runs once, and a case sends what it changes again.
            cases => cases + steps_of(table.control, table.table).count(),
        },
    }
}

/// The part of each unit, from 1 to `of`: the heaviest first, each into the part that is the lightest so far. Ids decide between equals.
fn parts(units: &[(&str, usize)], of: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..units.len()).collect();
    order.sort_by_key(|index| {
        let (id, weight) = units[*index];
        (Reverse(weight), id)
    });
    let mut loads = vec![0; of];
    let mut numbers = vec![0; units.len()];
    for index in order {
        let lightest = (0..of)
            .min_by_key(|part| loads[*part])
            .expect("there is at least one part");
        // Even what takes no time goes round, so that no part has all of it.
        loads[lightest] += units[index].1.max(1);
        numbers[index] = lightest + 1;
    }
    numbers
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts_are_read_as_they_are_written() {
        let shard: Shard = "2/3".parse().unwrap();
        assert_eq!((shard, shard.to_string().as_str()), (Shard { number: 2, of: 3 }, "2/3"));
        for wrong in [
            "",
            "1",
            "0/3",
            "4/3",
            "1/0",
            "0/0",
            "a/b",
            "-1/3",
            "1/1001",
            "1/2/3",
            "1/18446744073709551616",
        ] {
            assert_eq!(wrong.parse::<Shard>(), Err(NoShard), "{wrong}");
        }
    }

    proptest! {
        #[test]
        fn every_unit_is_in_one_part_whatever_the_order_and_no_part_is_much_heavier(
            weights in prop::collection::vec(0_usize..200, 0..60), of in 1_usize..9, turn in 0_usize..60,
        ) {
            let names: Vec<String> = (0..weights.len()).map(|index| format!("unit-{index}")).collect();
            let mut units: Vec<(&str, usize)> = names.iter().map(String::as_str).zip(weights.iter().copied()).collect();
            let numbers = parts(&units, of);
            prop_assert!(numbers.iter().all(|number| (1..=of).contains(number)));
            let load = |part: usize| -> usize {
                numbers.iter().zip(&weights).filter(|(number, _)| **number == part).map(|(_, weight)| (*weight).max(1)).sum()
            };
            let loads: Vec<usize> = (1..=of).map(load).collect();
            let heaviest = weights.iter().copied().max().unwrap_or(0).max(1);
            prop_assert!(loads.iter().max().unwrap() - loads.iter().min().unwrap() <= heaviest, "{loads:?}");
            let first: Vec<(String, usize)> = units.iter().map(|unit| unit.0.to_owned()).zip(numbers).collect();
            if !units.is_empty() {
                let length = units.len();
                units.rotate_left(turn % length);
            }
            let turned = parts(&units, of);
            for ((id, _), number) in units.iter().zip(turned) {
                prop_assert!(first.contains(&((*id).to_owned(), number)));
            }
        }
    }
}
