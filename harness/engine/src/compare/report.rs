//! Tells people and programs where two sides differ, and how well a model could be set. Pure functions; whatever a server said is escaped.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::Serialize;
use serde_json::json;

use super::calibrate::{Calibration, Key, Standing};
use super::difference::{Difference, NotCompared};
use super::doubt::Doubt;
use super::explain::{Explained, Explanation};
use super::model::Setting;
use crate::observe::Seen;
use crate::report::escape;

/// The name and version of the comparison for programs.
pub const COMPARE_SCHEMA: &str = "tenantproof/compare/1";
/// The name and version of the calibration for programs.
pub const CALIBRATE_SCHEMA: &str = "tenantproof/calibrate/1";

/// What stands in the place of an explanation.
const NOT_MODELLED: &str = "not modelled";
/// The same where the set-up is in doubt.
const SET_UP: &str = "perhaps a mistake in the set-up";
/// The most cases that are named where several show the same.
const MOST_CASES: usize = 3;
/// The most reasons why cases were not compared that are told, the most frequent first.
const MOST_REASONS: usize = 12;

/// A comparison, ready to be told.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub struct Told {
    /// [`COMPARE_SCHEMA`].
    pub schema: &'static str,
    /// What the one side is called.
    pub one: String,
    /// What the other side is called.
    pub other: String,
    /// The profile by which the plan of both was made.
    pub profile: String,
    /// How many cases were observed on both sides.
    pub compared: usize,
    /// How many points were looked at in them.
    pub points: usize,
    /// Where the sides differ, and why.
    pub differences: Vec<Explained>,
    /// The cases that were not compared.
    pub not_compared: Vec<NotCompared>,
}

impl Told {
    /// The comparison for people.
    pub fn human(&self) -> String {
        let (one, other) = (escape::terminal(&self.one), escape::terminal(&self.other));
        let mut text = format!("one    {one}\nother  {other}\nplan   as under {}\n", self.profile);
        let explanations = self.explanations();
        for (cause, found) in &explanations {
            let title = cause.title();
            let _ = write!(text, "\n{title}   {}\n", counted(found));
            text += &grouped(found.iter().copied(), ["one", "other"]);
        }
        text += &not_compared(&self.not_compared);
        let count = |is_wanted: fn(&Cause) -> bool| -> usize {
            let wanted = explanations.iter().filter(|(cause, _)| is_wanted(cause));
            wanted.map(|(_, found)| found.len()).sum()
        };
        let open = count(|cause| matches!(cause, Cause::NotModelled));
        let doubtful = count(|cause| matches!(cause, Cause::SetUp(_)));
        let explained = self.differences.len() - open - doubtful;
        let doubtful = match doubtful {
            0 => String::new(),
            count => format!("{count} perhaps of the set-up, "),
        };
        let _ = write!(
            text,
            "\nSummary\n  {} cases compared at {} points, {} not compared\n",
            self.compared,
            self.points,
            self.not_compared.len()
        );
        text += &if self.compared == 0 {
            "  nothing was compared, so nothing is known\n".to_owned()
        } else if self.differences.is_empty() {
            "  no difference\n".to_owned()
        } else {
            format!(
                "  {} differences: {explained} explained by switches, {doubtful}{open} {NOT_MODELLED}\n",
                self.differences.len()
            )
        };
        text
    }

    /// The comparison for programs.
    pub fn json(&self) -> String {
        escape::json(&serde_json::to_string_pretty(self).expect("texts and numbers are JSON")) + "\n"
    }

    /// The differences by what explains them: switches first, what explains most before the rest, and what is not modelled last.
    fn explanations(&self) -> Vec<(Cause<'_>, Vec<&Difference>)> {
        let mut by: BTreeMap<Cause<'_>, Vec<&Difference>> = BTreeMap::new();
        for explained in &self.differences {
            by.entry(Cause::of(explained)).or_default().push(&explained.difference);
        }
        let mut all: Vec<_> = by.into_iter().collect();
        all.sort_by_key(|(cause, found)| (cause.place(), std::cmp::Reverse(found.len())));
        all
    }
}

/// What a difference comes from, as far as it is known.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Cause<'a> {
    Switches(&'a Explanation),
    SetUp(&'a [String]),
    NotModelled,
}

impl<'a> Cause<'a> {
    fn of(explained: &'a Explained) -> Self {
        match &explained.explanation {
            Some(explanation) => Self::Switches(explanation),
            None if explained.doubt.is_empty() => Self::NotModelled,
            None => Self::SetUp(&explained.doubt),
        }
    }

    fn place(self) -> u8 {
        match self {
            Self::Switches(_) => 0,
            Self::SetUp(_) => 1,
            Self::NotModelled => 2,
        }
    }

    fn title(self) -> String {
        match self {
            Self::Switches(explanation) => told(explanation),
            Self::SetUp(ids) => format!("{SET_UP}: {}", escape::terminal(&ids.join(", "))),
            Self::NotModelled => NOT_MODELLED.to_owned(),
        }
    }
}

/// How both sides would have to be set: `challenge: owsm, rfc`.
fn told(explanation: &Explanation) -> String {
    let pairs = explanation.one.iter().zip(&explanation.other);
    let pairs = pairs.map(|(one, other)| format!("{}: {} | {}", one.switch, one.value, other.value));
    escape::terminal(&pairs.collect::<Vec<_>>().join(", "))
}

fn counted(found: &[&Difference]) -> String {
    let mut cases: Vec<&str> = found.iter().map(|difference| difference.case.as_str()).collect();
    cases.dedup();
    let plural = |count: usize, word: &str| format!("{count} {word}{}", if count == 1 { "" } else { "s" });
    format!(
        "{} in {}",
        plural(found.len(), "difference"),
        plural(cases.len(), "case")
    )
}

/// What differs at which point; the cases that show the same are told together.
fn grouped<'a>(found: impl Iterator<Item = &'a Difference>, sides: [&str; 2]) -> String {
    let mut groups: Vec<(&Difference, Vec<&str>)> = Vec::new();
    for difference in found {
        let is_same = |known: &&mut (&Difference, Vec<&str>)| {
            (&known.0.step, &known.0.point, &known.0.one, &known.0.other)
                == (&difference.step, &difference.point, &difference.one, &difference.other)
        };
        match groups.iter_mut().find(is_same) {
            Some((_, cases)) => cases.push(&difference.case),
            None => groups.push((difference, vec![&difference.case])),
        }
    }
    let mut text = String::new();
    for (difference, cases) in groups {
        let point = escape::terminal(&format!("{}: {}", difference.step, difference.point));
        let _ = writeln!(text, "  {point}");
        for (side, seen) in sides.into_iter().zip([&difference.one, &difference.other]) {
            let _ = writeln!(text, "      {side:<8}  {}", shown(seen.as_ref()));
        }
        let named: Vec<String> = cases
            .iter()
            .take(MOST_CASES)
            .map(|case| escape::terminal(case))
            .collect();
        let more = match cases.len().saturating_sub(MOST_CASES) {
            0 => String::new(),
            more => format!(", and {more} more"),
        };
        let _ = writeln!(text, "      in        {}{more}", named.join(", "));
    }
    text
}

fn shown(seen: Option<&Seen>) -> String {
    seen.map_or_else(|| "absent".to_owned(), |seen| escape::terminal(&seen.to_string()))
}

/// How many cases were not compared, by reason.
fn not_compared(cases: &[NotCompared]) -> String {
    if cases.is_empty() {
        return String::new();
    }
    let mut reasons: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *reasons.entry(&case.why).or_default() += 1;
    }
    let mut reasons: Vec<_> = reasons.into_iter().collect();
    reasons.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let mut text = "\nNot compared, by reason\n".to_owned();
    for (why, count) in reasons.iter().take(MOST_REASONS) {
        let _ = writeln!(text, "  {count:>5}  {}", escape::terminal(why));
    }
    let rest: usize = reasons.iter().skip(MOST_REASONS).map(|(_, count)| count).sum();
    if rest > 0 {
        let _ = writeln!(text, "  {rest:>5}  for other reasons; `--format json` has them all");
    }
    text
}

/// What speaks for the value of a key, in lines: `CASE, step STEP: POINT is SEEN; otherwise OTHER`.
pub fn evidence(key: &Key) -> Vec<String> {
    match &key.standing {
        Standing::Observed { evidence, .. } => lines(evidence),
        Standing::Undecided | Standing::NotObserved => Vec::new(),
    }
}

/// What speaks against it, in lines.
pub fn counter_evidence(key: &Key) -> Vec<String> {
    match &key.standing {
        Standing::Observed { against, .. } => lines(against),
        Standing::Undecided | Standing::NotObserved => Vec::new(),
    }
}

/// A line for each thing that was seen, with the first case that showed it.
fn lines(found: &[Difference]) -> Vec<String> {
    let mut lines: Vec<(&Difference, BTreeSet<&str>)> = Vec::new();
    for difference in found {
        let is_same = |known: &&mut (&Difference, BTreeSet<&str>)| {
            (&known.0.step, &known.0.point, &known.0.other) == (&difference.step, &difference.point, &difference.other)
        };
        match lines.iter_mut().find(is_same) {
            Some((_, cases)) => drop(cases.insert(&difference.case)),
            None => lines.push((difference, BTreeSet::from([difference.case.as_str()]))),
        }
    }
    let line = |(difference, cases): (&Difference, BTreeSet<&str>)| {
        let more = match cases.len() - 1 {
            0 => String::new(),
            more => format!(" ({more} more)"),
        };
        escape::terminal(&format!(
            "{}{more}, step {}: {} is {}; otherwise {}",
            difference.case,
            difference.step,
            difference.point,
            shown(difference.other.as_ref()),
            shown(difference.one.as_ref())
        ))
    };
    lines.into_iter().take(MOST_CASES).map(line).collect()
}

/// A calibration for people; `target` is what the target is called, and `doubts` what was left out of it.
pub fn calibration_human(calibration: &Calibration, target: &str, doubts: &[Doubt]) -> String {
    let mut text = format!("{}\nstart  {}\n", escape::terminal(target), calibration.start);
    text += &left_out(doubts);
    let of = |is_wanted: fn(&Key) -> bool| calibration.keys.iter().filter(move |key| is_wanted(key));
    let is_observed = |key: &Key| matches!(key.standing, Standing::Observed { .. });
    for (title, is_wanted) in [
        ("Other than the start", (|key: &Key| key.is_changed) as fn(&Key) -> bool),
        ("As at the start, and observed", |key: &Key| {
            !key.is_changed && matches!(key.standing, Standing::Observed { .. })
        }),
    ] {
        let mut keys = of(is_wanted).peekable();
        if keys.peek().is_some() {
            let _ = write!(text, "\n{title}\n");
        }
        for key in keys {
            let _ = writeln!(text, "  {}", key.setting);
            for line in evidence(key) {
                let _ = writeln!(text, "      {line}");
            }
            for line in counter_evidence(key) {
                let _ = writeln!(text, "      but {line}");
            }
            if let Standing::Observed { alternatives, .. } = &key.standing
                && !alternatives.is_empty()
            {
                let _ = writeln!(text, "      the same would be shown by {}", list(alternatives));
            }
        }
    }
    for (title, standing) in [
        (
            "The target shows none of the values that the mocks have",
            Standing::Undecided,
        ),
        ("Not observed, left at the start", Standing::NotObserved),
    ] {
        let keys = calibration.keys.iter().filter(|key| key.standing == standing);
        let names: Vec<&str> = keys.map(|key| key.setting.switch.as_str()).collect();
        if !names.is_empty() {
            let _ = write!(text, "\n{title}\n  {}\n", names.join(", "));
        }
    }
    if !calibration.remaining.is_empty() {
        let _ = write!(text, "\nNot modelled\n");
        text += &grouped(calibration.remaining.iter(), ["mocks", "target"]);
    }
    let observed = calibration.keys.iter().filter(|key| is_observed(key)).count();
    let _ = write!(
        text,
        "\nSummary\n  {} cases compared, {observed} of {} switches observed\n  {} points differed at the start, {} still do\n",
        calibration.compared.len(),
        calibration.keys.len(),
        calibration.differed,
        calibration.remaining.len()
    );
    text
}

/// What was left out because the set-up is in doubt, and what may be wrong with it.
fn left_out(doubts: &[Doubt]) -> String {
    let mut text = String::new();
    for doubt in doubts {
        let _ = write!(
            text,
            "\nLeft out: the target refuses what must work, and its set-up may be to blame\n"
        );
        text.extend(doubt.cases.iter().map(|case| format!("  {}\n", escape::terminal(case))));
        for suspicion in &doubt.suspicions {
            let perhaps = format!("{} ({})", suspicion.cause, suspicion.id);
            let _ = writeln!(text, "      perhaps {}", escape::terminal(&perhaps));
        }
    }
    if !doubts.is_empty() {
        text += "  No switch is set by these. Have `tenantproof doctor` look at the target, mend what it finds, and calibrate again.\n";
    }
    text
}

fn list(settings: &[Setting]) -> String {
    let settings: Vec<String> = settings.iter().map(ToString::to_string).collect();
    settings.join(", ")
}

/// A calibration for programs.
pub fn calibration_json(calibration: &Calibration, target: &str, doubts: &[Doubt]) -> String {
    let keys = calibration.keys.iter().map(|key| {
        json!({
            "switch": key.setting.switch,
            "value": key.setting.value,
            "changed": key.is_changed,
            "standing": key.standing,
        })
    });
    let told = json!({
        "schema": CALIBRATE_SCHEMA,
        "target": target,
        "start": calibration.start,
        "switches": keys.collect::<Vec<_>>(),
        "compared": calibration.compared.len(),
        "differed": calibration.differed,
        "not-modelled": calibration.remaining,
        "left-out": doubts,
    });
    escape::json(&serde_json::to_string_pretty(&told).expect("texts and numbers are JSON")) + "\n"
}
