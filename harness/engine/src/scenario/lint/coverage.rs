//! The lint about requirement rows that no case and no expectation covers: each says why, and none says so in vain.

use std::collections::HashSet;

use super::cases::PROFILES;
use super::{Findings, references};
use crate::scenario::Library;
use crate::scenario::model::{Applies, Level, Row, Subject};

pub(super) fn shown_row(findings: &mut Findings<'_>) {
    let covers = references::covers(findings);
    let covered: HashSet<&str> = covers
        .iter()
        .flat_map(|cover| cover.rows.iter().map(|row| row.as_str()))
        .collect();
    for entry in findings.library.row_entries() {
        let row = &entry.file;
        let is_covered = covered.contains(row.id.as_str());
        let id = row.id.as_str();
        let (what, hint) = match &row.unshown {
            Some(_) if is_covered => (
                format!("the row `{id}` gives a reason why no case shows it, and is covered"),
                "take away `unshown`, or the cover that is wrong",
            ),
            Some(reason) if reason.trim().is_empty() => (
                format!("no case shows the row `{id}`, for no reason"),
                "say under `unshown` why",
            ),
            None if !is_covered && is_judged(findings.library, row) => (
                format!("nothing covers the row `{id}`"),
                "let a case or an expectation cover it, or say under `unshown` why no case shows it",
            ),
            Some(_) | None => continue,
        };
        findings.add(findings.mistake(&entry.path, row.id.spot(), what).hint(hint));
    }
}

/// Whether a row asks for a case: it holds under a profile, and is about a server. No scenario has a client to judge.
fn is_judged(library: &Library, row: &Row) -> bool {
    row.level != Level::Retired
        && row.on.iter().any(|subject| *subject != Subject::Client)
        && PROFILES
            .iter()
            .any(|profile| *library.applies(row, profile) == Applies::Applies)
}

#[cfg(test)]
mod tests {
    use super::super::lint;
    use super::*;

    const FLOW: &str = "
format: 1
title: a flow
with: { domain: home }
steps:
  - step: keys
    do: { call: { to: domain, method: GET, path: /admin/v1/SigningCert/jwk, effect: read } }
    expect:
      - status: { is: 200, covers: [ROW-001] }
";

    const OFF: &str = "off: { because: so }";

    /// What the lint says of a row with these members, in a library whose flow covers `ROW-001`.
    fn said(row: &str) -> Vec<String> {
        let rows = format!("format: 1\ngroup: ROW\ntitle: rows\nrows:\n  - {{ says: so, checked: own, {row} }}\n");
        let files = [("group/flow.yaml", FLOW), ("requirements/ROW.yaml", &rows)];
        let files = files.map(|(path, text)| (path.to_owned(), text.to_owned()));
        let library = Library::load(files.into_iter()).unwrap_or_else(|mistakes| panic!("{}", mistakes[0]));
        let found = lint(&library, None).into_iter();
        found
            .filter(|mistake| mistake.lint == Some("shown-row"))
            .map(|mistake| mistake.what)
            .collect()
    }

    #[test]
    fn a_row_that_nothing_covers_needs_a_reason() {
        let uncovered = "id: ROW-002, on: [RS, CL], level: must";
        assert_eq!(said(uncovered), ["nothing covers the row `ROW-002`"]);
        assert!(said(&format!("{uncovered}, unshown: needs a listener")).is_empty());
        assert!(said("id: ROW-001, on: [AS], level: must").is_empty(), "it is covered");
    }

    #[test]
    fn a_row_under_one_profile_needs_a_reason_and_one_under_none_does_not() {
        let row = "id: ROW-002, on: [AS], level: must";
        assert_eq!(said(&format!("{row}, under: {{ oracle: {{ {OFF} }} }}")).len(), 1);
        assert!(said(&format!("{row}, under: {{ oracle: {{ {OFF} }}, rfc: {{ {OFF} }} }}")).is_empty());
        assert!(said("id: ROW-002, on: [AS], level: retired, reason: gone").is_empty());
    }

    #[test]
    fn a_row_about_clients_alone_needs_no_reason() {
        assert!(said("id: ROW-002, on: [CL], level: must").is_empty());
    }

    #[test]
    fn a_row_with_a_reason_is_not_covered() {
        let covered = "id: ROW-001, on: [AS], level: must, unshown: never";
        assert_eq!(
            said(covered),
            ["the row `ROW-001` gives a reason why no case shows it, and is covered"]
        );
    }

    #[test]
    fn an_empty_reason_is_none_at_all() {
        assert_eq!(
            said("id: ROW-002, on: [AS], level: must, unshown: ' '"),
            ["no case shows the row `ROW-002`, for no reason"]
        );
    }
}
