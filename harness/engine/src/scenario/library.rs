//! Everything that was written: scenarios, answers, requirement rows and facts, found by their names.
//!
//! Files come in as paths and texts; where they were stored is not known here. What a path says about a file stands in
//! [`kind_of`].

#![expect(
    clippy::result_large_err,
    reason = "a file is read once; a mistake may take its room"
)]

use std::fmt::Write as _;
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use indexmap::IndexMap;

use super::load;
use super::model::answer::{ANY_REFUSAL, FALLBACK_PROFILE};
use super::model::{
    Answer, AnswerForm, Answers, Applies, Fact, Flow, Misconfiguration, PlanFile, Row, Scenario, Table,
};
use super::{Diagnostic, Located, Spot};

/// A scenario file with its place in the library.
#[derive(Clone, Debug)]
pub struct Entry<T> {
    /// The path, relative to the library.
    pub path: String,
    /// What the file says.
    pub file: T,
}

/// Every scenario, answer, requirement row and fact.
#[derive(Clone, Debug, Default)]
pub struct Library {
    flows: IndexMap<String, Entry<Box<Flow>>>,
    tables: IndexMap<String, Entry<Box<Table>>>,
    answers: Answers,
    rows: IndexMap<String, Entry<Row>>,
    facts: IndexMap<String, Entry<Fact>>,
    /// The sheets with their titles.
    sheets: IndexMap<String, String>,
    plans: IndexMap<String, Entry<PlanFile>>,
    sources: IndexMap<String, IndexMap<String, String>>,
    misconfigurations: IndexMap<String, Entry<Misconfiguration>>,
    texts: IndexMap<String, String>,
    digest: String,
}

/// What a path says about a file.
enum Kind {
    Scenario,
    Answers,
    Requirements,
    Facts,
    Plan,
    Diagnosis,
    /// Not ours to read: documents, the schema, targets.
    Other,
}

/// Tells the kind of a file by its path.
fn kind_of(path: &str) -> Kind {
    let Some(stem) = path.strip_suffix(".yaml") else {
        return Kind::Other;
    };
    match stem.split_once('/') {
        None if stem == "answers" => Kind::Answers,
        Some(("requirements", _)) => Kind::Requirements,
        Some(("facts", _)) => Kind::Facts,
        Some(("plans", _)) => Kind::Plan,
        Some(("diagnosis", _)) => Kind::Diagnosis,
        _ => Kind::Scenario,
    }
}

impl Library {
    /// Reads a library out of paths, relative to it and with `/`, and their texts.
    ///
    /// All files are read before any mistake is reported, so that nobody mends them one run at a time.
    pub fn load(files: impl Iterator<Item = (String, String)>) -> Result<Self, Vec<Diagnostic>> {
        let mut files: Vec<(String, String)> = files.collect();
        files.sort();
        let mut library = Self {
            digest: digest(&files),
            ..Self::default()
        };
        let mut mistakes = Vec::new();
        for (path, text) in files {
            if let Err(mistake) = library.add(&path, &text) {
                mistakes.push(mistake);
            }
            library.texts.insert(path, text);
        }
        if mistakes.is_empty() {
            Ok(library)
        } else {
            Err(mistakes)
        }
    }

    fn add(&mut self, path: &str, text: &str) -> Result<(), Diagnostic> {
        match kind_of(path) {
            Kind::Scenario => {
                let id = path.trim_end_matches(".yaml").to_owned();
                let path = path.to_owned();
                match load::scenario(&path, text)? {
                    Scenario::Flow(file) => self.flows.insert(id, Entry { path, file }).map(drop),
                    Scenario::Table(file) => self.tables.insert(id, Entry { path, file }).map(drop),
                };
            }
            Kind::Answers => self.answers = load::answers(path, text)?.answers,
            Kind::Requirements => {
                let file = load::requirements(path, text)?;
                for row in file.rows {
                    let id = row.id.clone();
                    check_letters(path, text, &id, &file.group)?;
                    insert_once(&mut self.rows, path, text, &id, row)?;
                }
            }
            Kind::Facts => {
                let file = load::facts(path, text)?;
                self.sheets.insert(file.sheet.to_string(), file.title);
                self.sources.insert(path.to_owned(), file.source_keys);
                for fact in file.facts {
                    let id = fact.id.clone();
                    check_letters(path, text, &id, &file.sheet)?;
                    insert_once(&mut self.facts, path, text, &id, fact)?;
                }
            }
            Kind::Plan => {
                let file = load::plan(path, text)?;
                let name = file.plan.clone();
                insert_once(&mut self.plans, path, text, &name, file)?;
            }
            Kind::Diagnosis => {
                for misconfiguration in load::diagnosis(path, text)?.misconfigurations {
                    let id = misconfiguration.id.clone();
                    insert_once(&mut self.misconfigurations, path, text, &id, misconfiguration)?;
                }
            }
            Kind::Other if Path::new(path).extension().is_some_and(|ending| ending == "yml") => {
                let mistake = Diagnostic::new(path, Spot::default(), "the file would be overlooked");
                return Err(mistake.hint("give it the ending `.yaml`"));
            }
            Kind::Other => {}
        }
        Ok(())
    }

    /// The flow with this id.
    pub fn flow(&self, id: &str) -> Option<&Flow> {
        self.flows.get(id).map(|entry| &*entry.file)
    }

    /// The table with this id.
    pub fn table(&self, id: &str) -> Option<&Table> {
        self.tables.get(id).map(|entry| &*entry.file)
    }

    /// Every flow with its id, sorted by path.
    pub fn flows(&self) -> impl Iterator<Item = (&str, &Entry<Box<Flow>>)> {
        self.flows.iter().map(|(id, entry)| (id.as_str(), entry))
    }

    /// Every table with its id, sorted by path.
    pub fn tables(&self) -> impl Iterator<Item = (&str, &Entry<Box<Table>>)> {
        self.tables.iter().map(|(id, entry)| (id.as_str(), entry))
    }

    /// Whether there is a flow, or a case or variant of a table, with this id.
    pub fn has_case(&self, id: &str) -> bool {
        let Some((table, case)) = id.split_once('#') else {
            return self.flow(id).is_some();
        };
        let cases = self.table(table).into_iter().flat_map(|table| &table.cases);
        cases.into_iter().any(|known| {
            known.variants().iter().any(|(variant, _)| match variant {
                Some(variant) => case.split_once(':') == Some((known.case.as_str(), *variant)),
                None => case == known.case.as_str(),
            })
        })
    }

    /// The answers that several tables use.
    pub fn answers(&self) -> &Answers {
        &self.answers
    }

    /// The answer of this name as a table sees it: its own first. The built-in `any-refusal` has no forms.
    pub fn answer<'a>(&'a self, table: &'a Table, name: &str) -> Option<&'a Answer> {
        table.answers.get(name).or_else(|| self.answers.get(name))
    }

    /// The form of an answer under a profile; the form of `rfc` where the profile has none of its own.
    pub fn form<'a>(&'a self, table: &'a Table, name: &str, profile: &str) -> Option<&'a AnswerForm> {
        let answer = self.answer(table, name)?;
        answer
            .get(profile)
            .or_else(|| answer.get(FALLBACK_PROFILE))
            .map(|form| &**form)
    }

    /// Whether an answer of this name can be named by a case of the table.
    pub fn knows_answer(&self, table: &Table, name: &str) -> bool {
        name == ANY_REFUSAL || self.answer(table, name).is_some()
    }

    /// The requirement row with this id.
    pub fn row(&self, id: &str) -> Option<&Row> {
        self.rows.get(id).map(|entry| &entry.file)
    }

    /// Every requirement row.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values().map(|entry| &entry.file)
    }

    /// Every requirement row with the path of its file.
    pub fn row_entries(&self) -> impl Iterator<Item = &Entry<Row>> {
        self.rows.values()
    }

    /// The fact with this id.
    pub fn fact(&self, id: &str) -> Option<&Fact> {
        self.facts.get(id).map(|entry| &entry.file)
    }

    /// Every fact.
    pub fn facts(&self) -> impl Iterator<Item = &Fact> {
        self.facts.values().map(|entry| &entry.file)
    }

    /// Every fact with the path of its file.
    pub fn fact_entries(&self) -> impl Iterator<Item = &Entry<Fact>> {
        self.facts.values()
    }

    /// Every misconfiguration, in the order of the files and in them.
    pub fn misconfigurations(&self) -> impl Iterator<Item = &Misconfiguration> {
        self.misconfigurations.values().map(|entry| &entry.file)
    }

    /// The misconfiguration with this id.
    pub fn misconfiguration(&self, id: &str) -> Option<&Misconfiguration> {
        self.misconfigurations.get(id).map(|entry| &entry.file)
    }

    /// The plan with this name.
    pub fn plan(&self, name: &str) -> Option<&PlanFile> {
        self.plans.get(name).map(|entry| &entry.file)
    }

    /// Every plan.
    pub fn plans(&self) -> impl Iterator<Item = &PlanFile> {
        self.plans.values().map(|entry| &entry.file)
    }

    /// Where a source of a fact can be read, by the short name with which the fact cites it; none where it has no address.
    pub fn source_address(&self, fact: &str, key: &str) -> Option<&str> {
        let sheet = &self.facts.get(fact)?.path;
        let address = self.sources.get(sheet)?.get(key)?.split(' ').next()?;
        address.starts_with("https://").then_some(address)
    }

    /// The sheets of facts that are here.
    pub fn sheets(&self) -> impl Iterator<Item = &str> {
        self.sheets.keys().map(String::as_str)
    }

    /// What the facts of a sheet are about; empty where the sheet is not here.
    pub fn sheet_title(&self, sheet: &str) -> &str {
        self.sheets.get(sheet).map_or("", String::as_str)
    }

    /// What becomes of a row under a profile: it applies where the row does not say otherwise.
    pub fn applies<'a>(&self, row: &'a Row, profile: &str) -> &'a Applies {
        row.under.get(profile).unwrap_or(&Applies::Applies)
    }

    /// The text of a file, as it was read.
    pub fn text(&self, path: &str) -> Option<&str> {
        self.texts.get(path).map(String::as_str)
    }

    /// A digest of all that was read, in hexadecimal; the same for the same files in any order.
    pub fn digest(&self) -> &str {
        &self.digest
    }
}

/// Checks that an id begins with the letters of its file.
fn check_letters(path: &str, text: &str, id: &Located<String>, letters: &str) -> Result<(), Diagnostic> {
    let rest = id.strip_prefix(letters).and_then(|rest| rest.strip_prefix('-'));
    if rest.is_some_and(|rest| !rest.is_empty()) {
        return Ok(());
    }
    Err(
        Diagnostic::new(path, id.spot(), format!("`{id}` does not belong into this file"))
            .expected(format!("an id that begins with `{letters}-`"))
            .in_text(text),
    )
}

/// Adds a row or fact, unless its id was given away before.
fn insert_once<T>(
    map: &mut IndexMap<String, Entry<T>>,
    path: &str,
    text: &str,
    id: &Located<String>,
    file: T,
) -> Result<(), Diagnostic> {
    let spot = id.spot();
    match map.insert(
        id.to_string(),
        Entry {
            path: path.to_owned(),
            file,
        },
    ) {
        None => Ok(()),
        Some(first) => Err(
            Diagnostic::new(path, spot, format!("the id `{id}` was given away before"))
                .hint(format!("it stands in {} too; ids are never reused", first.path))
                .in_text(text),
        ),
    }
}

/// Digests paths and texts, each with its length in front so that no two lists of files look alike.
fn digest(files: &[(String, String)]) -> String {
    let mut context = Context::new(&SHA256);
    for part in files.iter().flat_map(|(path, text)| [path, text]) {
        context.update(&(part.len() as u64).to_be_bytes());
        context.update(part.as_bytes());
    }
    context.finish().as_ref().iter().fold(String::new(), |mut hex, byte| {
        write!(hex, "{byte:02x}").expect("a string takes all");
        hex
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROWS: &str = "
format: 1
group: TKN
title: token endpoint
rows:
  - id: TKN-001
    on: [AS]
    level: must
    says: it answers
    source: [RFC 6749 s5.1]
    checked: read
    under:
      oracle: { replaced: { by: [IDCS-OAUTH-042], because: it differs } }
      strict: { off: { because: no } }
";

    const FACTS: &str = "
format: 1
sheet: IDCS-OAUTH
title: runtime
facts:
  - { id: IDCS-OAUTH-042, says: so, sure: documented, sources: [AT] }
  - { id: IDCS-OAUTH-U-07, says: unknown, sure: assumed, default: as the RFC }
";

    fn files(all: &[(&str, &str)]) -> impl Iterator<Item = (String, String)> {
        all.iter()
            .map(|(path, text)| ((*path).to_owned(), (*text).to_owned()))
            .collect::<Vec<_>>()
            .into_iter()
    }

    fn library() -> Library {
        let rows = ROWS.replace("because: no }", "because: never }");
        Library::load(files(&[
            (
                "jwt-bearer/agent-as-user.yaml",
                include_str!("../../tests/fixtures/flow.yaml"),
            ),
            (
                "jwt-bearer/assertion.yaml",
                include_str!("../../tests/fixtures/refusals.yaml"),
            ),
            ("requirements/tkn.yaml", &rows),
            ("facts/idcs-oauth.yaml", FACTS),
            ("README.md", "# not ours"),
        ]))
        .unwrap_or_else(|mistakes| panic!("{}", mistakes[0]))
    }

    #[test]
    fn everything_is_found_by_its_name() {
        let library = library();
        assert!(library.flow("jwt-bearer/agent-as-user").is_some());
        let table = library.table("jwt-bearer/assertion").expect("the table");
        assert_eq!(library.form(table, "key-unknown", "bis").expect("a form").status, [400]);
        assert_eq!(
            library.form(table, "key-unknown", "oracle").expect("a form").status,
            [400, 401]
        );
        assert!(library.knows_answer(table, "any-refusal"));
        assert!(library.fact("IDCS-OAUTH-U-07").is_some());
        let row = library.row("TKN-001").expect("the row");
        assert_eq!(*library.applies(row, "rfc"), Applies::Applies);
        assert!(matches!(library.applies(row, "oracle"), Applies::Replaced { .. }));
        assert!(matches!(library.applies(row, "strict"), Applies::Off { .. }));
    }

    #[test]
    fn the_digest_changes_with_a_text_and_not_with_the_order() {
        let one = Library::load(files(&[("a.md", "x"), ("b.md", "y")]))
            .expect("files")
            .digest;
        let other = Library::load(files(&[("b.md", "y"), ("a.md", "x")]))
            .expect("files")
            .digest;
        let changed = Library::load(files(&[("a.md", "xb"), (".md", "y")]))
            .expect("files")
            .digest;
        assert_eq!(one, other);
        assert_ne!(one, changed);
        assert_eq!(one.len(), 64);
    }

    #[test]
    fn all_mistakes_are_reported_at_once() {
        let twice = ROWS.replace("because: no }", "because: never }");
        let mistakes = Library::load(files(&[
            ("requirements/a.yaml", &twice),
            ("requirements/b.yaml", &twice),
            ("requirements/c.yaml", &twice.replace("group: TKN", "group: ASR")),
            ("facts/a.yml", FACTS),
        ]))
        .expect_err("three mistakes");
        let what: Vec<&str> = mistakes.iter().map(|mistake| mistake.what.as_str()).collect();
        assert_eq!(
            what,
            [
                "the file would be overlooked",
                "the id `TKN-001` was given away before",
                "`TKN-001` does not belong into this file"
            ]
        );
    }
}
