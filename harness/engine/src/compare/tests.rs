//! Comparing, explaining and calibrating, tried on a model of a few lines.

use std::collections::BTreeSet;
use std::sync::Arc;

use indexmap::IndexMap;

use super::difference::differences;
use super::*;
use crate::observe::{Observed, Seen};

/// A model with four switches: `grant` decides whether a request is granted, `scope` whether a granted one names its scope, `twin` does as
/// `scope` does, and `idle` nothing at all; where they are paired, `idle` and `scope` together show one member more.
struct Toy {
    switches: Vec<Switch>,
    is_paired: bool,
}

impl Toy {
    fn new() -> Self {
        let switch = |name: &str| Switch {
            name: name.to_owned(),
            says: String::new(),
            values: ["off", "on"].map(str::to_owned).to_vec(),
        };
        Self {
            switches: ["grant", "scope", "twin", "idle"].map(switch).to_vec(),
            is_paired: false,
        }
    }

    fn start() -> Assignment {
        Assignment::of(["grant", "scope", "twin", "idle"].map(|name| Setting::new(name, "off")))
    }
}

impl Model for Toy {
    fn switches(&self) -> &[Switch] {
        &self.switches
    }

    fn observe(&self, assignment: &Assignment, cases: &BTreeSet<String>) -> Sightings {
        let is_on = |switch: &str| assignment.value(switch) == Some("on");
        let steps = |case: &str| {
            let is_granted = case == "always" || is_on("grant");
            let mut observed = seen(&[("status", if is_granted { "200" } else { "400" })]);
            if is_granted && (is_on("scope") || is_on("twin")) {
                observed.insert("member /scope".to_owned(), Seen::from("text"));
            }
            if self.is_paired && is_on("scope") && is_on("idle") {
                observed.insert("member /both".to_owned(), Seen::from("text"));
            }
            if is_granted {
                observed.insert("lifetime /expires_in".to_owned(), Seen::Seconds(3600));
            }
            sighting(&[("token", observed)])
        };
        cases.iter().map(|case| (case.clone(), steps(case))).collect()
    }
}

fn seen(points: &[(&str, &str)]) -> Observed {
    points
        .iter()
        .map(|(point, words)| ((*point).to_owned(), Seen::from(*words)))
        .collect()
}

fn sighting(steps: &[(&str, Observed)]) -> Arc<Sighting> {
    let steps = steps
        .iter()
        .map(|(step, observed)| ((*step).to_owned(), observed.clone()));
    Arc::new(Sighting::Steps(steps.collect::<IndexMap<_, _>>()))
}

fn cases(names: &[&str]) -> BTreeSet<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// What a model shows as it is set.
fn shown(settings: &[(&str, &str)], names: &[&str]) -> Sightings {
    let set = settings.iter().fold(Toy::start(), |start, (switch, value)| {
        start.with(&Setting::new(*switch, *value))
    });
    Toy::new().observe(&set, &cases(names))
}

fn one_case(observed: Observed) -> Sightings {
    Sightings::from([("a".to_owned(), sighting(&[("token", observed)]))])
}

fn points(one: Observed, other: Observed) -> Vec<String> {
    let found = differences(&one_case(one), &one_case(other));
    found.into_iter().map(|difference| difference.point).collect()
}

#[test]
fn where_one_side_grants_what_the_other_refuses_nothing_else_is_compared() {
    let granted = seen(&[("status", "200"), ("body", "JSON object"), ("member /a", "text")]);
    let refused = seen(&[("status", "400"), ("body", "page")]);
    assert_eq!(points(granted.clone(), refused.clone()), ["status"]);
    let created = seen(&[("status", "202"), ("body", "JSON object"), ("member /a", "text")]);
    assert_eq!(points(granted.clone(), created), ["status"]);
    let other = seen(&[("status", "200"), ("body", "JSON object"), ("member /a", "integer")]);
    assert_eq!(points(granted.clone(), other), ["member /a"]);
    let page = seen(&[("status", "200"), ("body", "page")]);
    assert_eq!(points(granted, page), ["body"]);
}

#[test]
fn a_list_without_elements_says_nothing_about_them() {
    let full = seen(&[
        ("status", "200"),
        ("member /l", "list"),
        ("member /l/*", "object"),
        ("member /l/*/a", "text"),
    ]);
    let empty = seen(&[("status", "200"), ("member /l", "list")]);
    assert_eq!(points(full.clone(), empty), Vec::<String>::new());
    let without = seen(&[("status", "200"), ("member /l", "list"), ("member /l/*", "object")]);
    assert_eq!(points(full, without), ["member /l/*/a"]);
    let claim = |elements: &[&str]| {
        let mut observed = seen(&[("token /t: claim /aud", "list")]);
        observed.extend(
            elements
                .iter()
                .map(|element| ((*element).to_owned(), Seen::from("text"))),
        );
        observed
    };
    assert_eq!(
        points(claim(&["token /t: claim /aud/*"]), claim(&[])),
        Vec::<String>::new()
    );
}

#[test]
fn a_step_that_one_side_did_not_come_to_is_a_difference_where_nothing_else_is() {
    let ok = || seen(&[("status", "200")]);
    let one = Sightings::from([("a".to_owned(), sighting(&[("x", ok()), ("y", ok())]))]);
    let other = Sightings::from([("a".to_owned(), sighting(&[("x", ok())]))]);
    let found = differences(&one, &other);
    assert_eq!((found[0].step.as_str(), found[0].point.as_str()), ("y", "reached"));
}

#[test]
fn each_difference_ends_in_the_switch_that_shows_it_or_in_none() {
    let toy = Toy::new();
    let watch = Watch::new(&toy);
    let one = shown(&[], &["always", "b"]);
    let mut other = shown(&[("grant", "on")], &["always", "b"]);
    let Some(Sighting::Steps(steps)) = other.get_mut("always").map(Arc::make_mut) else {
        unreachable!()
    };
    steps[0].insert("header Pragma".to_owned(), Seen::from("no-cache"));
    let found = explain(&watch, &differences(&one, &other), [&Toy::start(), &Toy::start()]);
    let told: Vec<_> = found
        .iter()
        .map(|explained| {
            let explanation = explained.explanation.as_ref();
            let other = explanation.map(|explanation| explanation.other[0].to_string());
            (
                explained.difference.case.as_str(),
                explained.difference.point.as_str(),
                other,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("always", "header Pragma", None),
            ("b", "status", Some("grant=on".to_owned()))
        ]
    );
}

#[test]
fn what_only_several_switches_show_is_explained_by_all_of_them() {
    let toy = Toy {
        is_paired: true,
        ..Toy::new()
    };
    let watch = Watch::new(&toy);
    let both = ["scope", "idle", "grant"].map(|switch| Setting::new(switch, "on"));
    let set = both.iter().fold(Toy::start(), |start, setting| start.with(setting));
    let case = cases(&["always"]);
    let found = differences(&toy.observe(&Toy::start(), &case), &toy.observe(&set, &case));
    let found = explain(&watch, &found, [&Toy::start(), &set]);
    let told: Vec<_> = found
        .iter()
        .map(|explained| {
            let explanation = explained.explanation.as_ref().expect("the model shows it");
            let settings: Vec<String> = explanation.other.iter().map(ToString::to_string).collect();
            (explained.difference.point.as_str(), settings.join(", "))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("member /both", "idle=on, scope=on".to_owned()),
            ("member /scope", "scope=on".to_owned())
        ]
    );
}

#[test]
fn a_search_finds_what_was_set_and_names_what_shows_the_same() {
    let toy = Toy::new();
    let watch = Watch::new(&toy);
    let target = shown(&[("grant", "on"), ("scope", "on")], &["always", "b"]);
    let calibration = calibrate(&watch, &target, &[("start".to_owned(), Toy::start())]);
    assert_eq!((calibration.differed, calibration.remaining.len()), (2, 0));
    let standing = |name: &str| {
        let key = calibration.keys.iter().find(|key| key.setting.switch == name);
        key.map(|key| (key.setting.value.clone(), key.standing.clone()))
            .expect("every switch is told")
    };
    let (value, Standing::Observed { evidence, .. }) = standing("grant") else {
        panic!("it was observed")
    };
    assert_eq!((value.as_str(), evidence[0].case.as_str()), ("on", "b"));
    let (value, Standing::Observed { alternatives, .. }) = standing("scope") else {
        panic!("it was observed")
    };
    assert_eq!((value.as_str(), alternatives), ("on", vec![Setting::new("twin", "on")]));
    assert_eq!(standing("idle"), ("off".to_owned(), Standing::NotObserved));
    assert!(calibration_text(&calibration).contains("the same would be shown by twin=on"));
}

#[test]
fn what_no_value_shows_is_undecided_and_what_speaks_against_a_value_is_told() {
    let toy = Toy::new();
    let watch = Watch::new(&toy);
    let start = [("start".to_owned(), Toy::start())];
    // It answers with a redirect, which no value does.
    let target = Sightings::from([("b".to_owned(), sighting(&[("token", seen(&[("status", "302")]))]))]);
    let calibration = calibrate(&watch, &target, &start);
    let grant = &calibration.keys[0];
    assert_eq!((grant.is_changed, &grant.standing), (false, &Standing::Undecided));
    assert_eq!(calibration.remaining.len(), 1);

    // Two cases speak for granting, one against it.
    let mut target = shown(&[("grant", "on")], &["b", "c"]);
    target.extend(shown(&[], &["d"]));
    let calibration = calibrate(&watch, &target, &start);
    let Standing::Observed { evidence, against, .. } = &calibration.keys[0].standing else {
        panic!("it was observed")
    };
    assert_eq!((evidence.len(), against.len(), against[0].case.as_str()), (2, 1, "d"));
    assert!(calibration_text(&calibration).contains("but d, step token: status is 400; otherwise 200"));
}

fn calibration_text(calibration: &Calibration) -> String {
    report::calibration_human(calibration, "a target", &[])
}

#[test]
fn what_a_server_wrote_moves_no_cursor_in_what_is_told() {
    let hostile = "a\u{1b}[31m\n::error::";
    let one = Sightings::from([(hostile.to_owned(), sighting(&[(hostile, seen(&[(hostile, hostile)]))]))]);
    let other = Sightings::from([(hostile.to_owned(), sighting(&[(hostile, seen(&[]))]))]);
    let differences = differences(&one, &other).into_iter().map(|difference| Explained {
        difference,
        explanation: None,
        doubt: vec![hostile.to_owned()],
    });
    let told = report::Told {
        schema: report::COMPARE_SCHEMA,
        one: hostile.to_owned(),
        other: hostile.to_owned(),
        profile: "oracle".to_owned(),
        compared: 1,
        points: 1,
        differences: differences.collect(),
        not_compared: vec![NotCompared {
            case: hostile.to_owned(),
            why: hostile.to_owned(),
        }],
    };
    assert_eq!(told.differences.len(), 1);
    for text in [told.human(), told.json()] {
        assert!(!text.contains('\u{1b}') && !text.contains("\n::"), "{text}");
    }
}

#[test]
fn where_nothing_was_compared_nobody_reads_that_there_is_no_difference() {
    let told = |compared| {
        let told = report::Told {
            schema: report::COMPARE_SCHEMA,
            one: "one".to_owned(),
            other: "other".to_owned(),
            profile: "oracle".to_owned(),
            compared,
            points: 0,
            differences: Vec::new(),
            not_compared: Vec::new(),
        };
        told.human()
    };
    assert!(told(1).contains("no difference"));
    let nothing = told(0);
    assert!(
        nothing.contains("nothing was compared") && !nothing.contains("no difference"),
        "{nothing}"
    );
}
