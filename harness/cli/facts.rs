//! Which wire fact is shown where, and which cannot be and why.
//!
//! Where a fact is shown follows from what cites it, and is typed nowhere: rules, promises and switches of the mocks, what the
//! scenarios judge ([`tenantproof_harness::scenario::citation`]), and the steps of foreign programs. Why a fact is not shown stands
//! in its own entry. [`table`] puts the two together, and [`mistakes`] finds the facts that have neither, or both.

use std::collections::BTreeMap;

use tenantproof_harness::scenario::citation::{CitedIn, citations};
use tenantproof_harness::scenario::model::Fact;
use tenantproof_harness::scenario::{Diagnostic, Library};
use tenantproof_mocks::catalogue;
use tenantproof_mocks::landscape::profile::SWITCHES;
use tenantproof_mocks::rule::RuleKind;

/// The sheets whose facts may still be without a place and without a reason. Whoever makes a sheet whole takes it out.
pub const UNFINISHED: &[&str] = &[];

/// The foreign programs of `tests/interop`, with their texts. A fact that the title of a step names is shown by that step.
const PROGRAMS: [(&str, &str); 4] = [
    (
        "openid_client.mjs",
        include_str!("../../tests/interop/openid_client.mjs"),
    ),
    ("chromium.mjs", include_str!("../../tests/interop/chromium.mjs")),
    ("postman.mjs", include_str!("../../tests/interop/postman.mjs")),
    ("oci_sdk.py", include_str!("../../tests/interop/oci_sdk.py")),
];

/// What shows a fact, in the order in which tables list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shower {
    /// A guard of the mocks, which refuses.
    Rule,
    /// A promise of the mocks, about what they give.
    Promise,
    /// A switch of the profile.
    Switch,
    /// A requirement row that a case or an expectation covers.
    Row,
    /// A shared answer that a case expects.
    Answer,
    /// A scenario that expects it.
    Scenario,
    /// A foreign program that runs against `serve`.
    Program,
}

impl Shower {
    /// All of them, in order.
    pub const ALL: [Self; 7] = [
        Self::Rule,
        Self::Promise,
        Self::Switch,
        Self::Row,
        Self::Answer,
        Self::Scenario,
        Self::Program,
    ];

    /// The word for one.
    pub fn name(self) -> &'static str {
        match self {
            Self::Rule => "rule",
            Self::Promise => "promise",
            Self::Switch => "switch",
            Self::Row => "row",
            Self::Answer => "answer",
            Self::Scenario => "scenario",
            Self::Program => "program",
        }
    }

    /// The word for several.
    pub fn plural(self) -> &'static str {
        match self {
            Self::Rule => "rules",
            Self::Promise => "promises",
            Self::Switch => "switches",
            Self::Row => "rows",
            Self::Answer => "answers",
            Self::Scenario => "scenarios",
            Self::Program => "programs",
        }
    }
}

/// A fact with the places where it is shown.
#[derive(Clone, Debug)]
pub struct Shown<'a> {
    /// The letters of its sheet.
    pub sheet: &'a str,
    /// The path of its file, relative to the scenarios.
    pub path: &'a str,
    /// The fact, with the reason why it is not shown, if there is one.
    pub fact: &'a Fact,
    /// Where it is shown, each place once, in order.
    pub places: Vec<(Shower, &'a str)>,
}

impl<'a> Shown<'a> {
    /// The names of the places of one kind.
    pub fn by(&self, shower: Shower) -> Vec<&'a str> {
        let of_kind = self.places.iter().filter(|(kind, _)| *kind == shower);
        of_kind.map(|(_, name)| *name).collect()
    }

    /// The places as one line: `rules request.method; rows TKN-001, TKN-030`. Empty where there is none.
    pub fn line(&self) -> String {
        let kinds = Shower::ALL.map(|kind| (kind, self.by(kind)));
        let lists: Vec<String> = kinds
            .into_iter()
            .filter(|(_, names)| !names.is_empty())
            .map(|(kind, names)| {
                let word = if names.len() == 1 { kind.name() } else { kind.plural() };
                format!("{word} {}", names.join(", "))
            })
            .collect();
        lists.join("; ")
    }
}

/// Every fact of a library with what shows it, sheet by sheet, in the order of the files.
pub fn table(library: &Library) -> Vec<Shown<'_>> {
    let mut places: BTreeMap<&str, Vec<(Shower, &str)>> = BTreeMap::new();
    let mut show = |fact, shower, name| places.entry(fact).or_default().push((shower, name));
    for rule in catalogue::rules() {
        let shower = match rule.kind {
            RuleKind::Guard => Shower::Rule,
            RuleKind::Promise => Shower::Promise,
        };
        for fact in rule.facts {
            show(*fact, shower, rule.id);
        }
    }
    for switch in SWITCHES {
        for fact in switch.facts {
            show(*fact, Shower::Switch, switch.name);
        }
    }
    for citation in citations(library) {
        let (shower, name) = match citation.place {
            CitedIn::Row(id) => (Shower::Row, id),
            CitedIn::Answer(name) => (Shower::Answer, name),
            CitedIn::Scenario(id) => (Shower::Scenario, id),
        };
        show(citation.fact, shower, name);
    }
    for (program, text) in PROGRAMS {
        let titles = step_titles(text);
        for entry in library.fact_entries() {
            if titles.iter().any(|title| names(title, &entry.file.id)) {
                show(entry.file.id.as_str(), Shower::Program, program);
            }
        }
    }
    library
        .fact_entries()
        .map(|entry| {
            let mut places = places.remove(entry.file.id.as_str()).unwrap_or_default();
            places.sort_unstable();
            places.dedup();
            Shown {
                sheet: sheet_of(library, &entry.file.id),
                path: &entry.path,
                fact: &entry.file,
                places,
            }
        })
        .collect()
}

/// The sheet of a fact: the longest one with whose letters its id begins.
fn sheet_of<'a>(library: &'a Library, id: &str) -> &'a str {
    let begins = |sheet: &&str| id.strip_prefix(*sheet).is_some_and(|rest| rest.starts_with('-'));
    let sheet = library.sheets().filter(begins).max_by_key(|sheet| sheet.len());
    sheet.expect("a library takes no fact whose id does not begin with its sheet")
}

/// The titles of the steps of a program: the texts that stand first in calls of `step`.
fn step_titles(program: &str) -> Vec<&str> {
    let after = program.split("step(").skip(1);
    let titles = after.filter_map(|rest| {
        let quote = rest.chars().next().filter(|quote| matches!(quote, '"' | '\'' | '`'))?;
        rest[1..].split(quote).next()
    });
    titles.collect()
}

/// Whether a text names an id, and not merely a longer one.
fn names(text: &str, id: &str) -> bool {
    text.match_indices(id).any(|(at, _)| {
        let next = text[at + id.len()..].chars().next();
        !next.is_some_and(|next| next.is_ascii_alphanumeric())
    })
}

/// The facts of finished sheets that are shown nowhere and do not say why, and those of all sheets that say why and are shown.
pub fn mistakes(library: &Library) -> Vec<Diagnostic> {
    let found = table(library).into_iter().filter_map(|shown| {
        let id = &shown.fact.id;
        let mistake = |what: String| {
            let mistake = Diagnostic {
                lint: Some("shown-fact"),
                ..Diagnostic::new(shown.path, id.spot(), what)
            };
            match library.text(shown.path) {
                Some(text) => mistake.in_text(text),
                None => mistake,
            }
        };
        match (&shown.fact.unshown, shown.places.is_empty()) {
            (None, true) if !UNFINISHED.contains(&shown.sheet) => Some(
                mistake(format!("nothing shows the fact `{id}`"))
                    .hint("let a rule, a row with a case or an expectation cite it, or say under `unshown` why no mock can show it"),
            ),
            (Some(_), false) => Some(
                mistake(format!("the fact `{id}` gives a reason why it is not shown, and is shown"))
                    .found(shown.line())
                    .hint("take away `unshown`, or the citation that is wrong"),
            ),
            (Some(reason), true) if reason.trim().is_empty() => {
                Some(mistake(format!("the fact `{id}` is not shown, for no reason")))
            }
            _ => None,
        }
    });
    found.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A sheet that nobody exempts, of one fact that nothing cites.
    fn library(fact: &str) -> Library {
        let text = format!("format: 1\nsheet: SHEET\ntitle: a sheet\nfacts:\n  - {{ {fact} }}\n");
        Library::load([("facts/sheet.yaml".to_owned(), text)].into_iter()).expect("the sheet reads")
    }

    #[test]
    fn a_fact_with_neither_place_nor_reason_is_a_mistake() {
        let found = mistakes(&library("id: SHEET-001, says: so, sure: documented"));
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].what, "nothing shows the fact `SHEET-001`");
        assert_eq!((found[0].file.as_str(), found[0].spot.line), ("facts/sheet.yaml", 5));
    }

    #[test]
    fn a_fact_with_a_reason_is_none() {
        let library = library("id: SHEET-001, says: so, sure: documented, unshown: about a console");
        assert!(mistakes(&library).is_empty());
    }

    #[test]
    fn an_empty_reason_is_none_at_all() {
        let library = library("id: SHEET-001, says: so, sure: documented, unshown: ''");
        assert_eq!(mistakes(&library).len(), 1);
    }

    #[test]
    fn a_fact_with_both_place_and_reason_is_a_mistake() {
        let cited = catalogue::rules().find_map(|rule| rule.facts.first());
        let id = cited.expect("some rule cites a fact");
        let sheet = id.rsplit_once('-').expect("a fact has a sheet").0;
        let text = format!(
            "format: 1\nsheet: {sheet}\ntitle: a sheet\nfacts:\n  - {{ id: {id}, says: so, sure: documented, unshown: never }}\n"
        );
        let library = Library::load([("facts/sheet.yaml".to_owned(), text)].into_iter()).expect("the sheet reads");
        let found = mistakes(&library);
        assert_eq!(found.len(), 1);
        assert!(found[0].what.ends_with("and is shown"), "{}", found[0].what);
    }

    #[test]
    fn only_titles_of_steps_of_a_program_count() {
        let titles =
            step_titles("// SHEET-001\n@step(\"one (SHEET-002)\")\nawait step('two', () => 'SHEET-003')\nstep(says)");
        assert_eq!(titles, ["one (SHEET-002)", "two"]);
        assert!(names(titles[0], "SHEET-002"));
        assert!(!names(titles[0], "SHEET-00"), "that is another one");
    }
}
