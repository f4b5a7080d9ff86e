//! Puts the records of the parts of a run together into the record that the whole run would have left, and says what stands in the way.

use std::collections::{HashMap, HashSet};

use super::record::{CaseRecord, RunRecord, Summary};
use super::shard::{Shard, ShardRecord, digest_of};

/// A record of a part, and what it is called.
#[derive(Clone, Debug)]
pub struct Part {
    /// The name, for errors: its path.
    pub name: String,
    /// The record.
    pub record: RunRecord,
}

/// All parts in one.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    /// The record of the whole run. What a baseline said of its parts is not in it.
    pub record: RunRecord,
    /// Seconds since 1970 by the clock that the target goes by, from the part that began last.
    pub clock: u64,
}

/// Why records cannot be put together.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MergeError {
    /// There is nothing to put together.
    #[error("no record was given")]
    Nothing,
    /// A record of a run that was in one piece.
    #[error("{name} is the record of a whole run: only those of `run --shard` are merged")]
    Whole {
        /// The record.
        name: String,
    },
    /// Two records are of different runs.
    #[error("{one} and {other} are of different runs: they differ in {what}")]
    Different {
        /// The first record.
        one: String,
        /// The other one.
        other: String,
        /// In what they differ.
        what: &'static str,
    },
    /// A part is there more than once.
    #[error("shard {shard} is there twice: {one} and {other}")]
    Twice {
        /// The part.
        shard: String,
        /// The first record of it.
        one: String,
        /// The other one.
        other: String,
    },
    /// Parts are not there.
    #[error("missing: {}", .shards.join(", "))]
    Missing {
        /// Which, such as `shard 2/3`.
        shards: Vec<String>,
    },
    /// A record has not the cases that its part has.
    #[error("{name} has {found} of {expected} cases of {unit}")]
    Cases {
        /// The record.
        name: String,
        /// The flow or table.
        unit: String,
        /// How many cases it has.
        found: usize,
        /// How many it should have.
        expected: usize,
    },
    /// A case is there more than once.
    #[error("the case {id} is there twice, the second time in {name}")]
    CaseTwice {
        /// The case.
        id: String,
        /// The record.
        name: String,
    },
    /// The cases are as many as they should be, but others.
    #[error("the cases are not those of the plan: the records were changed")]
    OtherCases,
}

/// What must be the same in all records, and what it is called.
type Sameness = (&'static str, fn(&RunRecord, &RunRecord) -> bool);

const SAME: [Sameness; 8] = [
    ("the form of record", |one, other| one.schema == other.schema),
    ("the version of the tool", |one, other| one.version == other.version),
    ("the scenarios", |one, other| one.digest == other.digest),
    ("the target", |one, other| one.target == other.target),
    ("the profile", |one, other| {
        one.profile == other.profile && one.switches == other.switches
    }),
    ("the seed", |one, other| one.seed == other.seed),
    ("the carrier", |one, other| one.carrier == other.carrier),
    ("what was selected, or the number of shards", |one, other| {
        let plan = |record: &RunRecord| {
            record
                .shard
                .as_ref()
                .map(|shard| (shard.of, shard.plan.clone(), shard.units.clone()))
        };
        plan(one) == plan(other)
    }),
];

/// Puts the records of all parts together.
pub fn merge(mut parts: Vec<Part>) -> Result<Merged, MergeError> {
    if let Some(whole) = parts.iter().find(|part| part.record.shard.is_none()) {
        return Err(MergeError::Whole {
            name: whole.name.clone(),
        });
    }
    parts.sort_by_key(|part| shard_of(part).number);
    let first = parts.first().ok_or(MergeError::Nothing)?;
    for other in &parts[1..] {
        if let Some((what, _)) = SAME.iter().find(|(_, is_same)| !is_same(&first.record, &other.record)) {
            return Err(MergeError::Different {
                one: first.name.clone(),
                other: other.name.clone(),
                what,
            });
        }
    }
    complete(&parts)?;
    let whole = shard_of(first).clone();
    let clock = parts.iter().map(|part| shard_of(part).clock).max().unwrap_or_default();
    let started = parts.iter().filter_map(|part| part.record.started.clone()).min();
    let mut record = first.record.clone();
    let mut by_unit = sorted_by_unit(parts)?;
    let ordered = whole
        .units
        .iter()
        .flat_map(|unit| by_unit.remove(&unit.id).unwrap_or_default());
    let cases: Vec<CaseRecord> = ordered.collect();
    if digest_of(cases.iter().map(|case| case.id.as_str())) != whole.plan {
        return Err(MergeError::OtherCases);
    }
    record.started = started;
    record.shard = None;
    record.stale.clear();
    record.summary = Summary::of(&cases);
    record.cases = cases;
    Ok(Merged { record, clock })
}

fn shard_of(part: &Part) -> &ShardRecord {
    part.record.shard.as_ref().expect("records of whole runs were refused")
}

/// Whether every part is there exactly once; they come sorted.
fn complete(parts: &[Part]) -> Result<(), MergeError> {
    for pair in parts.windows(2) {
        if shard_of(&pair[0]).number == shard_of(&pair[1]).number {
            return Err(MergeError::Twice {
                shard: shard_of(&pair[0]).shard().to_string(),
                one: pair[0].name.clone(),
                other: pair[1].name.clone(),
            });
        }
    }
    let of = parts.first().map_or(0, |part| shard_of(part).of);
    let is_there = |number: &usize| parts.iter().any(|part| shard_of(part).number == *number);
    let missing = (1..=of).filter(|number| !is_there(number));
    let shards: Vec<String> = missing
        .map(|number| format!("shard {}", Shard { number, of }))
        .collect();
    if shards.is_empty() {
        Ok(())
    } else {
        Err(MergeError::Missing { shards })
    }
}

/// The cases of each flow and table, without what a baseline said of them. Every record has those of its part, and no case is there twice.
fn sorted_by_unit(parts: Vec<Part>) -> Result<HashMap<String, Vec<CaseRecord>>, MergeError> {
    let mut by_unit: HashMap<String, Vec<CaseRecord>> = HashMap::new();
    let mut seen = HashSet::new();
    for part in &parts {
        if let Some(twice) = part.record.cases.iter().find(|case| !seen.insert(case.id.as_str())) {
            return Err(MergeError::CaseTwice {
                id: twice.id.clone(),
                name: part.name.clone(),
            });
        }
    }
    for Part { name, record } in parts {
        let shard = record.shard.expect("records of whole runs were refused");
        let mut own: HashMap<String, Vec<CaseRecord>> = HashMap::new();
        for mut case in record.cases {
            case.known = None;
            let unit = case.id.split('#').next().unwrap_or_default().to_owned();
            own.entry(unit).or_default().push(case);
        }
        for unit in &shard.units {
            let expected = if unit.shard == shard.number { unit.cases } else { 0 };
            let found = own.get(&unit.id).map_or(0, Vec::len);
            if found != expected {
                return Err(MergeError::Cases {
                    name,
                    unit: unit.id.clone(),
                    found,
                    expected,
                });
            }
        }
        by_unit.extend(own);
    }
    Ok(by_unit)
}

#[cfg(test)]
mod tests {
    use super::super::record::testing::{self, case};
    use super::super::shard::UnitShare;
    use super::super::verdict::Verdict;
    use super::*;
    use crate::run::{Known, Stale};

    const IDS: [&str; 5] = ["a#one", "a#two", "b", "c#one", "c#two:late"];

    fn parts() -> Vec<Part> {
        let units = [("a", 2, 1), ("b", 1, 2), ("c", 2, 3)].map(|(id, cases, shard)| UnitShare {
            id: id.to_owned(),
            cases,
            shard,
        });
        let part = |number: usize| {
            let unit = &units[number - 1];
            let ids = IDS.iter().filter(|id| id.split('#').next() == Some(unit.id.as_str()));
            let cases: Vec<CaseRecord> = ids.map(|id| case(id, Verdict::Pass)).collect();
            let record = RunRecord {
                version: "1".to_owned(),
                digest: "d".to_owned(),
                target: "t".to_owned(),
                profile: "rfc".to_owned(),
                seed: "7".to_owned(),
                shard: Some(ShardRecord {
                    number,
                    of: 3,
                    clock: 100 + u64::try_from(number).unwrap(),
                    plan: digest_of(IDS.into_iter()),
                    units: units.to_vec(),
                }),
                ..testing::record(cases)
            };
            Part {
                name: format!("{number}.json"),
                record,
            }
        };
        vec![part(3), part(1), part(2)]
    }

    #[test]
    fn parts_in_any_order_make_the_whole() {
        let merged = merge(parts()).unwrap();
        let ids: Vec<&str> = merged.record.cases.iter().map(|case| case.id.as_str()).collect();
        assert_eq!(ids, IDS);
        assert_eq!((merged.record.summary.pass, merged.clock), (5, 103));
        assert_eq!(merged.record.shard, None);
    }

    #[test]
    fn what_a_baseline_said_of_a_part_is_not_taken_over() {
        let mut marked = parts();
        marked[0].record.cases[0].known = Some(Known {
            reason: "r".to_owned(),
            until: "2999-12-31".to_owned(),
        });
        marked[0].record.stale.push(Stale {
            case: "b".to_owned(),
            why: "w".to_owned(),
        });
        assert_eq!(merge(marked), merge(parts()));
    }

    #[test]
    fn what_is_missing_doubled_or_of_another_run_is_named() {
        let changed = |change: &dyn Fn(&mut Vec<Part>)| {
            let mut parts = parts();
            change(&mut parts);
            merge(parts).unwrap_err().to_string()
        };
        let shard = |part: &mut Part| part.record.shard.take().unwrap();
        for (change, error) in [
            (
                &(|parts: &mut Vec<Part>| parts.clear()) as &dyn Fn(&mut Vec<Part>),
                "no record was given",
            ),
            (&|parts| parts.truncate(1), "missing: shard 1/3, shard 2/3"),
            (
                &|parts| parts.push(parts[0].clone()),
                "shard 3/3 is there twice: 3.json and 3.json",
            ),
            (
                &|parts| drop(shard(&mut parts[2])),
                "2.json is the record of a whole run: only those of `run --shard` are merged",
            ),
            (
                &|parts| parts[0].record.seed += "1",
                "1.json and 3.json are of different runs: they differ in the seed",
            ),
            (
                &|parts| parts[0].record.version += "1",
                "1.json and 3.json are of different runs: they differ in the version of the tool",
            ),
            (
                &|parts| parts[0].record.digest += "1",
                "1.json and 3.json are of different runs: they differ in the scenarios",
            ),
            (
                &|parts| parts[0].record.target += "1",
                "1.json and 3.json are of different runs: they differ in the target",
            ),
            (
                &|parts| parts[0].record.profile += "1",
                "1.json and 3.json are of different runs: they differ in the profile",
            ),
            (
                &|parts| parts[0].record.shard.as_mut().unwrap().plan += "1",
                "1.json and 3.json are of different runs: they differ in what was selected, or the number of shards",
            ),
            (
                &|parts| drop(parts[0].record.cases.pop()),
                "3.json has 1 of 2 cases of c",
            ),
            (
                &|parts| {
                    let stray = parts[0].record.cases[0].clone();
                    parts[1].record.cases.push(stray);
                },
                "the case c#one is there twice, the second time in 3.json",
            ),
            (
                &|parts| {
                    let stray = parts[0].record.cases.pop().unwrap();
                    parts[1].record.cases.push(stray);
                },
                "1.json has 1 of 0 cases of c",
            ),
            (
                &|parts| parts[0].record.cases[0].id = "c#other".to_owned(),
                "the cases are not those of the plan: the records were changed",
            ),
        ] {
            assert_eq!(changed(change), error);
        }
    }
}
