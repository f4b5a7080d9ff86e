//! Which scenarios show which facts.
//!
//! A citation counts where somebody looks: in an expectation, in an answer that a case expects, or in a requirement row that a case
//! or an expectation covers. What a file gives as its `sources` says where a way of working comes from and shows nothing. What the
//! servers themselves cite is not known here.

use std::collections::BTreeSet;

use super::Library;
use super::model::{Case, Expectation, Outcome, Table};

/// A place where a fact is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Citation<'a> {
    /// The id of the fact.
    pub fact: &'a str,
    /// Where.
    pub place: CitedIn<'a>,
}

/// Where a fact is cited.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CitedIn<'a> {
    /// A requirement row by its id: its source is the fact.
    Row(&'a str),
    /// A shared answer by its name: a form of it rests on the fact.
    Answer(&'a str),
    /// A scenario by its id: an expectation, or an answer of its own, rests on the fact.
    Scenario(&'a str),
}

/// Every place where the scenarios of a library show one of its facts, each once, sorted by fact and place.
pub fn citations(library: &Library) -> Vec<Citation<'_>> {
    let mut found = Found {
        library,
        citations: BTreeSet::new(),
        covered: BTreeSet::new(),
    };
    for (id, entry) in library.flows() {
        let steps = entry.file.steps.iter().chain(&entry.file.finally);
        for expectation in steps.flat_map(|step| &step.expect) {
            found.expectation(id, expectation);
        }
    }
    for (id, entry) in library.tables() {
        for case in &entry.file.cases {
            found.case(id, &entry.file, case);
        }
    }
    let covered: Vec<_> = library
        .rows()
        .filter(|row| found.covered.contains(row.id.as_str()))
        .collect();
    for row in covered {
        for source in &row.source {
            found.cite(source, CitedIn::Row(&row.id));
        }
    }
    found.citations.into_iter().collect()
}

/// What was found so far.
struct Found<'a> {
    library: &'a Library,
    citations: BTreeSet<Citation<'a>>,
    /// The rows that something judges.
    covered: BTreeSet<&'a str>,
}

impl<'a> Found<'a> {
    fn case(&mut self, id: &'a str, table: &'a Table, case: &'a Case) {
        let Some(outcome) = case.outcome_in(table) else {
            return;
        };
        match &**outcome {
            // What is only written down can be either way.
            Outcome::Reported { fails_under, .. } if fails_under.is_empty() => return,
            Outcome::Refused { answer, .. } => self.answer(id, table, answer),
            Outcome::Reported { .. } | Outcome::Accepted { .. } | Outcome::Inspected { .. } => {}
        }
        self.covered.extend(case.covers.iter().map(|row| row.as_str()));
        for expectation in outcome.expectations() {
            self.expectation(id, expectation);
        }
    }

    fn answer(&mut self, id: &'a str, table: &'a Table, name: &'a str) {
        let own = table.answers.get(name);
        let place = own.map_or(CitedIn::Answer(name), |_| CitedIn::Scenario(id));
        let forms = own.or_else(|| self.library.answers().get(name));
        for basis in forms
            .iter()
            .flat_map(|answer| answer.values())
            .flat_map(|form| &form.basis)
        {
            self.cite(basis, place.clone());
        }
    }

    fn expectation(&mut self, id: &'a str, expectation: &'a Expectation) {
        self.covered.extend(expectation.covers.iter().map(|row| row.as_str()));
        for basis in &expectation.basis {
            self.cite(basis, CitedIn::Scenario(id));
        }
    }

    /// Notes a citation, if what is cited is one of the facts and no standard.
    fn cite(&mut self, cited: &str, place: CitedIn<'a>) {
        if let Some(fact) = self.library.fact(cited) {
            self.citations.insert(Citation { fact: &fact.id, place });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FLOW: &str = "
format: 1
title: a flow
sources: [SHEET-001]
with: { domain: home }
steps:
  - step: keys
    do: { call: { to: domain, method: GET, path: /admin/v1/SigningCert/jwk, effect: read } }
    expect:
      - status: { is: 200, basis: [SHEET-002, RFC 7517 s5], covers: [ROW-001] }
";

    const TABLE: &str = "
format: 1
title: a table
control: group/flow
answers:
  of-its-own: { rfc: { status: [400], sure: assumed, basis: [SHEET-005] }, oracle: { status: [400], sure: assumed, basis: [SHEET-005] } }
cases:
  - case: shared
    title: an answer that many use
    covers: [ROW-002]
    outcome: { refused: { at: keys, as: shared } }
  - case: own
    title: an answer of this table
    outcome: { refused: { at: keys, as: of-its-own } }
  - case: either
    title: nobody minds
    covers: [ROW-003]
    outcome: { reported: { at: keys } }
";

    const ANSWERS: &str = "
format: 1
answers:
  shared: { rfc: { status: [400], sure: assumed, basis: [SHEET-004] }, oracle: { status: [400], sure: assumed, basis: [SHEET-004] } }
  unused: { rfc: { status: [400], sure: assumed, basis: [SHEET-001] }, oracle: { status: [400], sure: assumed, basis: [SHEET-001] } }
";

    fn library() -> Library {
        let row = |id: &str, fact: &str| {
            format!("  - {{ id: {id}, on: [AS], level: must, says: so, source: [{fact}], checked: own }}\n")
        };
        let rows = [
            ("ROW-001", "SHEET-006"),
            ("ROW-002", "SHEET-007"),
            ("ROW-003", "SHEET-008"),
            ("ROW-004", "SHEET-009"),
        ];
        let rows: String = rows.iter().map(|(id, fact)| row(id, fact)).collect();
        let facts: Vec<String> = (1..10)
            .map(|number| format!("  - {{ id: SHEET-00{number}, says: so, sure: documented }}\n"))
            .collect();
        let facts = facts.concat();
        let files = [
            ("group/flow.yaml", FLOW.to_owned()),
            ("group/table.yaml", TABLE.to_owned()),
            ("answers.yaml", ANSWERS.to_owned()),
            (
                "requirements/ROW.yaml",
                format!("format: 1\ngroup: ROW\ntitle: rows\nrows:\n{rows}"),
            ),
            (
                "facts/sheet.yaml",
                format!("format: 1\nsheet: SHEET\ntitle: a sheet\nfacts:\n{facts}"),
            ),
        ];
        Library::load(files.into_iter().map(|(path, text)| (path.to_owned(), text)))
            .unwrap_or_else(|mistakes| panic!("{}", mistakes[0]))
    }

    #[test]
    fn a_citation_counts_only_where_somebody_looks() {
        let library = library();
        let found: Vec<(&str, CitedIn<'_>)> = citations(&library)
            .into_iter()
            .map(|citation| (citation.fact, citation.place))
            .collect();
        assert_eq!(
            found,
            [
                ("SHEET-002", CitedIn::Scenario("group/flow")),
                ("SHEET-004", CitedIn::Answer("shared")),
                ("SHEET-005", CitedIn::Scenario("group/table")),
                ("SHEET-006", CitedIn::Row("ROW-001")),
                ("SHEET-007", CitedIn::Row("ROW-002")),
            ],
            "not the sources of a file, an answer that nobody expects, and rows that nothing judges"
        );
    }
}
