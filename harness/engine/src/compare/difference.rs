//! Compares what was observed on two sides, case by case, step by step, point by point.

use std::collections::BTreeSet;
use std::sync::Arc;

use serde::Serialize;

use super::sighting::{Sighting, Sightings};
use crate::observe::answer::{ANSWER, BODY, STATUS};
use crate::observe::{ELEMENTS, MEMBER, Observed, Seen};

/// The point at which it is noted that one side did not come to a step.
pub const REACHED: &str = "reached";

/// A point on which two sides differ.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Difference {
    /// The case.
    pub case: String,
    /// The step.
    pub step: String,
    /// The point.
    pub point: String,
    /// What the one side shows; none where the point is absent.
    pub one: Option<Seen>,
    /// What the other side shows.
    pub other: Option<Seen>,
}

impl Difference {
    /// Whether two differences say the same, as far as lifetimes can be the same.
    pub fn is_like(&self, other: &Self) -> bool {
        (&self.case, &self.step, &self.point) == (&other.case, &other.step, &other.point)
            && is_alike(self.one.as_ref(), other.one.as_ref())
            && is_alike(self.other.as_ref(), other.other.as_ref())
    }

    /// Whether it is about whether something was granted at all.
    pub fn is_of_outcome(&self) -> bool {
        [STATUS, ANSWER, REACHED].contains(&self.point.as_str())
    }
}

/// A case that was not observed on both sides.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct NotCompared {
    /// The case.
    pub case: String,
    /// Why, in words, and on which side.
    pub why: String,
}

/// What came of comparing two sides.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Comparison {
    /// The cases that were observed on both sides.
    pub compared: BTreeSet<String>,
    /// The points that were looked at in them.
    pub points: usize,
    /// Those that were not.
    pub not_compared: Vec<NotCompared>,
    /// Where the sides differ.
    pub differences: Vec<Difference>,
}

/// Compares two sides. `names` are what they are called where something is said of one of them.
pub fn compare(one: &Sightings, other: &Sightings, names: [&str; 2]) -> Comparison {
    let mut comparison = Comparison::default();
    let cases: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    for case in cases {
        let why = |side: Option<&Arc<Sighting>>| match side.map(Arc::as_ref) {
            None => Some("it is not in the plan".to_owned()),
            Some(Sighting::Nothing(why)) => Some(why.clone()),
            Some(Sighting::Steps(_)) => None,
        };
        let why = match (why(one.get(case)), why(other.get(case))) {
            (None, None) => None,
            (Some(one), Some(other)) if one == other => Some(format!("both: {one}")),
            (Some(one), Some(other)) => Some(format!("{}: {one}; {}: {other}", names[0], names[1])),
            (Some(one), None) => Some(format!("{}: {one}", names[0])),
            (None, Some(other)) => Some(format!("{}: {other}", names[1])),
        };
        if let Some(why) = why {
            comparison.not_compared.push(NotCompared {
                case: case.clone(),
                why,
            });
            continue;
        }
        comparison.compared.insert(case.clone());
        comparison.points += in_case(case, &one[case], &other[case], &mut comparison.differences);
    }
    comparison
}

/// The differences of two sides, without anything else.
pub fn differences(one: &Sightings, other: &Sightings) -> Vec<Difference> {
    compare(one, other, ["one", "other"]).differences
}

/// Notes where two sides differ in a case, and says how many points were looked at.
fn in_case(case: &str, one: &Sighting, other: &Sighting, found: &mut Vec<Difference>) -> usize {
    let (Sighting::Steps(steps), Sighting::Steps(others)) = (one, other) else {
        return 0;
    };
    if std::ptr::eq(one, other) {
        return steps.values().map(Observed::len).sum();
    }
    let (before, mut points) = (found.len(), 0);
    for (step, observed) in steps {
        let Some(other) = others.get(step) else { continue };
        let (looked_at, is_parted) = in_step((case, step), observed, other, found);
        points += looked_at;
        // Where one side was let through and the other was not, all that follows is another story.
        if is_parted {
            return points;
        }
    }
    let mut missing = steps
        .keys()
        .chain(others.keys())
        .filter(|step| steps.contains_key(*step) != others.contains_key(*step));
    if let (true, Some(step)) = (found.len() == before, missing.next()) {
        let reached = |is_reached: bool| Some(Seen::from(if is_reached { "yes" } else { "no" }));
        found.push(Difference {
            case: case.to_owned(),
            step: step.clone(),
            point: REACHED.to_owned(),
            one: reached(steps.contains_key(step)),
            other: reached(others.contains_key(step)),
        });
    }
    points
}

/// Compares two answers. Says how many points were looked at, and whether the two are so different that nothing else can be compared.
fn in_step(place: (&str, &str), one: &Observed, other: &Observed, found: &mut Vec<Difference>) -> (usize, bool) {
    let mut note = |point: &str| {
        let (seen, seen_other) = (one.get(point), other.get(point));
        if !is_alike(seen, seen_other) {
            found.push(Difference {
                case: place.0.to_owned(),
                step: place.1.to_owned(),
                point: point.to_owned(),
                one: seen.cloned(),
                other: seen_other.cloned(),
            });
        }
    };
    if one.contains_key(ANSWER) != other.contains_key(ANSWER) {
        note(ANSWER);
        return (1, true);
    }
    if kind(one) != kind(other) {
        note(STATUS);
        return (1, true);
    }
    let has_other_body = one.get(BODY) != other.get(BODY);
    let points: BTreeSet<&String> = one.keys().chain(other.keys()).collect();
    let mut count = 0;
    for point in points {
        let is_below_body = point.starts_with("member ") || point.starts_with("word /");
        if has_other_body && is_below_body || is_in_empty_list(point, one) || is_in_empty_list(point, other) {
            continue;
        }
        count += 1;
        note(point);
    }
    (count, false)
}

/// The hundreds of a status: what kind of answer it is.
fn kind(observed: &Observed) -> Option<char> {
    match observed.get(STATUS) {
        Some(Seen::Words(status)) => status.chars().next(),
        _ => None,
    }
}

/// Whether a point is about elements of a list that has none here. How many there are is no behaviour.
fn is_in_empty_list(point: &str, observed: &Observed) -> bool {
    // The place is what stands behind the last blank: `word token /access_token: claim /aud/*`.
    let Some((what, place)) = point.rsplit_once(' ') else {
        return false;
    };
    let what = match what {
        "word" | "lifetime" => MEMBER,
        other => other.strip_prefix("word ").unwrap_or(other),
    };
    place.match_indices(ELEMENTS).any(|(end, _)| {
        let list = format!("{what} {}", &place[..end]);
        observed.contains_key(&list) && !observed.contains_key(&(list + ELEMENTS))
    })
}

fn is_alike(one: Option<&Seen>, other: Option<&Seen>) -> bool {
    match (one, other) {
        (None, None) => true,
        (Some(one), Some(other)) => one.is_like(other),
        _ => false,
    }
}
