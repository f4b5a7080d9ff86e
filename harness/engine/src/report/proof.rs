//! The terminal report of a proof: which broken mocks the scenarios noticed, and which not. Counts nothing that it is not given.

use super::Options;
use super::escape::{command, terminal as escaped};
use super::mark::{PLAIN, QUIET, STRONG, mark};
use super::sheet::{Piece, Sheet, count};
use crate::run::Verdict;

/// What a proof came to, as it is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProofView {
    /// The version of the tool.
    pub version: String,
    /// The profile.
    pub profile: String,
    /// What fresh values are made from.
    pub seed: String,
    /// How many cases were run against mutants.
    pub cases: usize,
    /// How many mutants there are of each kind, and how many were caught.
    pub groups: Vec<Group>,
    /// Mutants that no case noticed.
    pub survivors: Vec<Survivor>,
    /// Cases that no mutant turned red.
    pub idle: Vec<Idle>,
    /// Cases that a mutant of another rule turned red.
    pub crosstalk: Vec<Crosstalk>,
    /// Mutants that cannot be noticed from outside. They are in no group.
    pub unobservable: Vec<Unobservable>,
}

/// The mutants of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Such as `skip` or `misreport`.
    pub kind: String,
    /// How many there are.
    pub mutants: usize,
    /// How many of them were noticed.
    pub caught: usize,
}

/// A mutant that no case noticed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Survivor {
    /// Its name.
    pub mutant: String,
    /// What it does wrong.
    pub says: String,
    /// The cases that ought to have noticed it; none where no case names its rule.
    pub tried: Vec<String>,
    /// The command line that runs it again, alone; may be empty.
    pub reproduce: String,
}

/// A case that no mutant turned red.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Idle {
    /// Its id.
    pub case: String,
    /// Its title.
    pub title: String,
}

/// A case that was turned red by a mutant of a rule that it does not name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crosstalk {
    /// The mutant.
    pub mutant: String,
    /// The case.
    pub case: String,
    /// What came of it.
    pub verdict: Verdict,
}

/// A mutant that cannot be noticed from outside.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unobservable {
    /// Its name.
    pub mutant: String,
    /// Why nobody can see it.
    pub why: String,
}

impl ProofView {
    /// Whether every mutant was caught, by cases that each caught something, and none by the wrong one.
    pub fn holds(&self) -> bool {
        let are_caught = self.groups.iter().all(|group| group.caught == group.mutants);
        are_caught && self.survivors.is_empty() && self.idle.is_empty() && self.crosstalk.is_empty()
    }
}

/// The report of a proof. `verbose` lists what cannot be seen from outside.
pub fn proof(view: &ProofView, options: Options<'_>) -> String {
    let mut sheet = Sheet::new(options.width, options.colour);
    heading(&mut sheet, view);
    groups(&mut sheet, view);
    survivors(&mut sheet, view);
    section(
        &mut sheet,
        "Idle cases",
        "no mutant turns them red, so they prove nothing",
        &view.idle,
        |idle| (escaped(&idle.case), escaped(&idle.title)),
    );
    let about = "a case is red although it does not name the broken rule";
    section(&mut sheet, "Crosstalk", about, &view.crosstalk, |crosstalk| {
        let verdict = crosstalk.verdict.as_str();
        (
            escaped(&crosstalk.mutant),
            format!("{verdict} in {}", escaped(&crosstalk.case)),
        )
    });
    if options.verbose {
        let about = "they change nothing that a client can see";
        section(
            &mut sheet,
            "Unobservable mutants",
            about,
            &view.unobservable,
            |mutant| (escaped(&mutant.mutant), escaped(&mutant.why)),
        );
    }
    sentence(&mut sheet, view);
    sheet.finish()
}

fn heading(sheet: &mut Sheet, view: &ProofView) {
    let [title, profile, seed] = [
        format!("tenantproof {}", view.version),
        format!("profile {}", view.profile),
        format!("seed {}", view.seed),
    ]
    .map(|text| escaped(&text));
    sheet.pieces(
        0,
        &[(STRONG, &*title), (PLAIN, "proof"), (PLAIN, &profile), (QUIET, &seed)],
    );
}

/// A line for each kind: how many were caught, of how many.
fn groups(sheet: &mut Sheet, view: &ProofView) {
    sheet.gap();
    sheet.text(0, (STRONG, "Mutants caught"));
    let kinds: Vec<String> = view.groups.iter().map(|group| escaped(&group.kind)).collect();
    let widest = kinds
        .iter()
        .map(|kind| kind.chars().count())
        .max()
        .unwrap_or_default()
        .min(24);
    for (group, kind) in view.groups.iter().zip(&kinds) {
        let look = mark(verdict(group.caught == group.mutants));
        let kind = format!("{kind:<widest$}");
        let caught = format!("{:>5} of {:>5}", group.caught, group.mutants);
        sheet.pieces(2, &[(look.style, look.sign), (PLAIN, &kind), (look.style, &caught)]);
    }
    if !view.unobservable.is_empty() {
        let number = count(view.unobservable.len(), "mutant", "mutants");
        let text = format!("{number} that nobody can see from outside, counted apart");
        sheet.entry(2, 5, &[(QUIET, mark(Verdict::Skipped).sign)], (QUIET, &text));
    }
}

fn survivors(sheet: &mut Sheet, view: &ProofView) {
    if view.survivors.is_empty() {
        return;
    }
    title(
        sheet,
        "Survivors",
        "nobody notices when a server does this",
        view.survivors.len(),
    );
    for survivor in &view.survivors {
        let look = mark(Verdict::Fail);
        sheet.entry(
            2,
            6,
            &[(look.style, look.sign), (STRONG, &escaped(&survivor.mutant))],
            (PLAIN, &escaped(&survivor.says)),
        );
        let tried: Vec<String> = survivor.tried.iter().map(|case| escaped(case)).collect();
        let tried = match tried.as_slice() {
            [] => "no case names this rule".to_owned(),
            cases => cases.join(", "),
        };
        sheet.row(6, "tried", (PLAIN, &tried));
        if !survivor.reproduce.is_empty() {
            sheet.whole_row(6, "again", (QUIET, &command(&survivor.reproduce)));
        }
    }
}

/// A list of things that each have a name and a text; nothing where there are none.
fn section<T>(sheet: &mut Sheet, name: &str, about: &str, items: &[T], told: impl Fn(&T) -> (String, String)) {
    if items.is_empty() {
        return;
    }
    title(sheet, name, about, items.len());
    for item in items {
        let (name, text) = told(item);
        sheet.entry(2, 6, &[(STRONG, &name)], (PLAIN, &text));
    }
}

fn title(sheet: &mut Sheet, name: &str, about: &str, number: usize) {
    sheet.gap();
    let name = format!("{name} ({number})");
    sheet.entry(0, 2, &[(STRONG, &name)], (QUIET, about));
}

fn sentence(sheet: &mut Sheet, view: &ProofView) {
    let mutants: usize = view.groups.iter().map(|group| group.mutants).sum();
    let caught: usize = view.groups.iter().map(|group| group.caught).sum();
    let cases = count(view.cases, "case", "cases");
    let text = if view.holds() {
        format!("{cases} notice every one of {mutants} ways to be wrong, and none is idle.")
    } else {
        let faults = [
            (
                view.survivors.len().max(mutants - caught.min(mutants)),
                "survivor",
                "survivors",
            ),
            (view.idle.len(), "idle case", "idle cases"),
            (view.crosstalk.len(), "case of crosstalk", "cases of crosstalk"),
        ];
        let faults = faults.iter().filter(|(number, ..)| *number > 0);
        let faults: Vec<String> = faults.map(|(number, one, many)| count(*number, one, many)).collect();
        format!(
            "{cases} catch {caught} of {mutants} mutants. Not proved: {}.",
            faults.join(", ")
        )
    };
    let look = mark(verdict(view.holds()));
    let (sign, text): (Piece<'_>, Piece<'_>) = ((look.style.bold(), look.sign), (look.style.bold(), &text));
    sheet.gap();
    sheet.entry(0, 3, &[sign], text);
}

fn verdict(is_good: bool) -> Verdict {
    if is_good { Verdict::Pass } else { Verdict::Fail }
}
