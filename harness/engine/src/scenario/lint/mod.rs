//! What is wrong between the parts of a library: names that nothing has, cases that say too little, rows of somebody else.
//!
//! [`LINTS`] is the list; each lint is one function over the library. [`names`] looks at names and steps, [`cases`] at what a case
//! must say, [`coverage`] at rows that
//! nothing covers, [`steps`] at what a step can do, [`references`] at rows, facts, rules and effects, [`texts`] finds the texts that may hold templates.

mod cases;
mod coverage;
mod names;
mod references;
mod steps;
mod texts;

use super::model::{Case, Flow, Table};
use super::{Diagnostic, Library, Spot};

/// A lint: what it is called, what it finds, and how.
pub struct Lint {
    /// Its id, stable.
    pub id: &'static str,
    /// What it finds, in a sentence.
    pub says: &'static str,
    check: fn(&mut Findings<'_>),
}

/// Every lint, in the order in which they are run.
pub static LINTS: [Lint; 23] = [
    Lint {
        id: "unknown-control",
        says: "The control of a table is a flow that exists.",
        check: names::unknown_control,
    },
    Lint {
        id: "unknown-step",
        says: "A step that is named exists, and is run.",
        check: names::unknown_step,
    },
    Lint {
        id: "unknown-part",
        says: "A place names a part that its step has.",
        check: names::unknown_part,
    },
    Lint {
        id: "unknown-name",
        says: "A name is bound under `with`.",
        check: names::unknown_name,
    },
    Lint {
        id: "role",
        says: "The last word of a bound name says what it is, and fits where it stands.",
        check: names::role,
    },
    Lint {
        id: "template",
        says: "A template is well formed and reads what is there by then.",
        check: names::template,
    },
    Lint {
        id: "double-id",
        says: "No two cases of a table, and no two steps or names of a flow, are called the same.",
        check: names::double_id,
    },
    Lint {
        id: "id-shape",
        says: "Ids are small letters and digits with hyphens between them.",
        check: names::id_shape,
    },
    Lint {
        id: "one-body",
        says: "A call has one body.",
        check: steps::one_body,
    },
    Lint {
        id: "kept",
        says: "A step that keeps something gets an answer, and says where in it.",
        check: steps::kept,
    },
    Lint {
        id: "change-members",
        says: "A change says what it needs, and no two things that exclude each other.",
        check: cases::change_members,
    },
    Lint {
        id: "variants",
        says: "`${each}` and `each` go together, and each value is of use.",
        check: cases::variants,
    },
    Lint {
        id: "outcome",
        says: "A case has an outcome, and a change unless it only inspects.",
        check: cases::outcome,
    },
    Lint {
        id: "catches",
        says: "A refused case names what it violates, and says why if that is several rules.",
        check: cases::catches,
    },
    Lint {
        id: "without-rows",
        says: "A case covers a row: rows decide where it runs.",
        check: cases::without_rows,
    },
    Lint {
        id: "unknown-answer",
        says: "An answer that is named exists.",
        check: cases::unknown_answer,
    },
    Lint {
        id: "unused-answer",
        says: "An answer that exists is named.",
        check: cases::unused_answer,
    },
    Lint {
        id: "answer-forms",
        says: "An answer has a form for `rfc` and for `oracle`.",
        check: cases::answer_forms,
    },
    Lint {
        id: "unknown-row",
        says: "A row that is covered exists and is not retired.",
        check: references::unknown_row,
    },
    Lint {
        id: "unknown-fact",
        says: "A fact of a sheet that is here exists.",
        check: references::unknown_fact,
    },
    Lint {
        id: "row-subject",
        says: "A row is about the party that the step judges.",
        check: references::row_subject,
    },
    Lint {
        id: "shown-row",
        says: "A row that is judged is covered, or says why no case shows it.",
        check: coverage::shown_row,
    },
    Lint {
        id: "effect",
        says: "A call has the effect that it says.",
        check: references::effect,
    },
];

/// The lint that needs the list of rules, and is run only with one.
static UNKNOWN_RULE: Lint = Lint {
    id: "unknown-rule",
    says: "A rule that is caught exists.",
    check: references::unknown_rule,
};

/// The lints with the one that needs a list of rules, for documents and command lines.
pub fn every_lint() -> impl Iterator<Item = &'static Lint> {
    LINTS.iter().chain([&UNKNOWN_RULE])
}

/// Looks over a library. Rules are checked only where their list is given.
///
/// The diagnostics come sorted by file and spot.
pub fn lint(library: &Library, rules: Option<&[&str]>) -> Vec<Diagnostic> {
    let mut findings = Findings {
        library,
        rules: rules.unwrap_or_default(),
        lint: "",
        found: Vec::new(),
    };
    let lints = every_lint().filter(|lint| rules.is_some() || lint.id != UNKNOWN_RULE.id);
    for lint in lints {
        findings.lint = lint.id;
        (lint.check)(&mut findings);
    }
    let mut found = findings.found;
    found.sort_by(|one, other| {
        (&one.file, one.spot, one.lint, &one.what).cmp(&(&other.file, other.spot, other.lint, &other.what))
    });
    // What stands at the top of a table is looked at with every case.
    found.dedup();
    found
}

/// What a lint reads and where it writes.
struct Findings<'a> {
    library: &'a Library,
    rules: &'a [&'a str],
    lint: &'static str,
    found: Vec<Diagnostic>,
}

impl<'a> Findings<'a> {
    /// A mistake at a spot of a file; `add` it when it is complete.
    fn mistake(&self, path: &str, spot: Spot, what: impl Into<String>) -> Diagnostic {
        let mistake = Diagnostic {
            lint: Some(self.lint),
            ..Diagnostic::new(path, spot, what)
        };
        self.library
            .text(path)
            .map_or_else(|| mistake.clone(), |text| mistake.clone().in_text(text))
    }

    fn add(&mut self, mistake: Diagnostic) {
        self.found.push(mistake);
    }

    /// Every flow with its path.
    fn flows(&self) -> Vec<(&'a str, &'a Flow)> {
        self.library
            .flows()
            .map(|(_, entry)| (entry.path.as_str(), &*entry.file))
            .collect()
    }

    /// Every table with its path.
    fn tables(&self) -> Vec<(&'a str, &'a Table)> {
        self.library
            .tables()
            .map(|(_, entry)| (entry.path.as_str(), &*entry.file))
            .collect()
    }

    /// Every case with its path, its table and its control; cases of a table without a control are left to the lint for that.
    fn cases(&self) -> Vec<CaseInTable<'a>> {
        let mut cases = Vec::new();
        for (path, table) in self.tables() {
            let Some(control) = self.library.flow(&table.control) else {
                continue;
            };
            cases.extend(table.cases.iter().map(|case| CaseInTable {
                path,
                table,
                control,
                case,
            }));
        }
        cases
    }
}

/// A case with what is around it.
#[derive(Clone, Copy)]
struct CaseInTable<'a> {
    path: &'a str,
    table: &'a Table,
    control: &'a Flow,
    case: &'a Case,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_sentences_are_sentences() {
        let ids: BTreeSet<&str> = every_lint().map(|lint| lint.id).collect();
        assert_eq!(ids.len(), every_lint().count());
        for lint in every_lint() {
            assert!(lint.says.ends_with('.'), "{}", lint.id);
        }
    }
}
