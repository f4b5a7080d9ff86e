//! The report as one HTML file that opens without a network: verdict, what was proved and what not, every case, every row.
//!
//! `markup` escapes all text, `overview` writes the top and the rows, `case` one case, `picture` who spoke to whom. All of it can be
//! read without a script; the one that there is only searches and filters. A policy in the page lets in nothing but this style and
//! this script, by their digests.

mod case;
mod markup;
mod overview;
mod picture;

use std::collections::BTreeMap;

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use self::markup::Markup;
use super::mark::mark;
use super::summary::outcome;
use super::{References, file_of};
use crate::run::{CaseRecord, RunRecord, Strictness, Summary, Verdict};

const STYLE: &str = include_str!("style.css");
const SCRIPT: &str = include_str!("search.js");

/// The record as an HTML page.
pub fn html(record: &RunRecord, references: &References, strictness: Strictness) -> String {
    let (verdict, sentence) = outcome(record, strictness, str::to_owned);
    let mut markup = Markup::default();
    markup.verbatim("<!DOCTYPE html>\n");
    markup.element("html", &[("lang", "en")], |markup| {
        markup.element("head", &[], |markup| {
            markup.open("meta", &[("charset", "utf-8")]);
            let policy = policy();
            markup.open(
                "meta",
                &[("http-equiv", "Content-Security-Policy"), ("content", &policy)],
            );
            markup.open(
                "meta",
                &[("name", "viewport"), ("content", "width=device-width, initial-scale=1")],
            );
            markup.open("meta", &[("name", "referrer"), ("content", "no-referrer")]);
            markup.leaf("title", &[], &format!("{}: {}", verdict.as_str(), record.target));
            markup.element("style", &[], |markup| markup.verbatim(STYLE));
        });
        markup.end_line();
        markup.element("body", &[], |markup| {
            markup.leaf("a", &[("class", "skip"), ("href", "#cases")], "To the cases");
            markup.element("header", &[], |markup| {
                let class = format!("verdict {}", verdict.as_str());
                markup.element("h1", &[("class", &class)], |markup| {
                    markup.leaf("span", &[("aria-hidden", "true")], mark(verdict).sign);
                    markup.text(&format!(" {sentence}"));
                });
                overview::counts(markup, record);
                overview::facts(markup, record);
            });
            markup.end_line();
            markup.element("main", &[], |markup| {
                overview::causes(markup, record);
                markup.element("section", &[], |markup| overview::proved(markup, record));
                markup.end_line();
                markup.element("section", &[], |markup| cases(markup, record, references));
                markup.end_line();
                markup.element("section", &[], |markup| overview::rows(markup, record, references));
            });
            markup.element("footer", &[], |markup| {
                markup.element("p", &[("class", "sign")], |markup| {
                    markup.leaf("span", &[], "Read by");
                    markup.leaf("span", &[], "Date");
                });
                markup.leaf(
                    "p",
                    &[],
                    "Tokens stand here without their signatures, secrets not at all. Claims may name people.",
                );
            });
            markup.element("script", &[], |markup| markup.verbatim(SCRIPT));
        });
    });
    markup.end_line();
    markup.finish()
}

/// What the page may load and run: what is in it, and nothing else.
fn policy() -> String {
    let [style, script] = [STYLE, SCRIPT].map(|text| STANDARD.encode(digest(&SHA256, text.as_bytes()).as_ref()));
    format!(
        "default-src 'none'; style-src 'sha256-{style}'; script-src 'sha256-{script}'; base-uri 'none'; form-action 'none'"
    )
}

/// The cases by file, with what searches them.
fn cases(markup: &mut Markup, record: &RunRecord, references: &References) {
    markup.leaf("h2", &[("id", "cases")], "Cases");
    find(markup, &record.cases);
    let mut index = 0;
    for cases in record.cases.chunk_by(|one, next| file_of(&one.id) == file_of(&next.id)) {
        file(markup, index, cases, references);
        index += cases.len();
    }
}

/// The search and the filter. Without a script they would do nothing, so the script shows them.
fn find(markup: &mut Markup, cases: &[CaseRecord]) {
    let mut verdicts: BTreeMap<&str, usize> = BTreeMap::new();
    for case in cases {
        *verdicts.entry(case::word(case)).or_default() += 1;
    }
    markup.element(
        "form",
        &[("id", "find"), ("role", "search"), ("hidden", "")],
        |markup| {
            markup.leaf("label", &[("for", "words")], "Search in cases");
            markup.open(
                "input",
                &[
                    ("id", "words"),
                    ("type", "search"),
                    ("autocomplete", "off"),
                    ("spellcheck", "false"),
                ],
            );
            markup.element("fieldset", &[], |markup| {
                markup.leaf("legend", &[], "Show");
                for (word, number) in &verdicts {
                    markup.element("label", &[], |markup| {
                        let attributes = [
                            ("type", "checkbox"),
                            ("name", "verdict"),
                            ("value", *word),
                            ("checked", ""),
                        ];
                        markup.open("input", &attributes);
                        markup.text(&format!(" {word} ({number})"));
                    });
                }
            });
            markup.element("p", &[], |markup| {
                markup.leaf("output", &[("id", "found"), ("for", "words")], "");
                for (id, text) in [("open-all", "Open all"), ("close-all", "Close all")] {
                    markup.text(" ");
                    markup.leaf("button", &[("type", "button"), ("id", id)], text);
                }
            });
        },
    );
    markup.end_line();
}

/// The cases of one file; open where somebody has to look at one.
fn file(markup: &mut Markup, index: usize, cases: &[CaseRecord], references: &References) {
    let id = file_of(&cases[0].id);
    let of_flow = || cases.iter().find(|case| case.id == id).map(|flow| &flow.title);
    let title = references.titles.get(id).or_else(of_flow).map_or("", String::as_str);
    let mut attributes = vec![("class", "file")];
    if cases.iter().any(case::is_loud) {
        attributes.push(("open", ""));
    }
    markup.element("details", &attributes, |markup| {
        markup.element("summary", &[], |markup| {
            markup.leaf("h3", &[], id);
            markup.element("span", &[("class", "quiet")], |markup| {
                markup.text(&format!("{} · {title}", counted(cases)));
            });
        });
        for (offset, case) in cases.iter().enumerate() {
            case::write(markup, index + offset, case, references);
        }
    });
    markup.end_line();
}

fn counted(cases: &[CaseRecord]) -> String {
    let summary = Summary::of(cases);
    let counted = Verdict::ALL.map(|verdict| match super::terminal::number_of(&summary, verdict) {
        0 => String::new(),
        number => format!("{number} {}", mark(verdict).counted),
    });
    let counted: Vec<_> = counted.into_iter().filter(|text| !text.is_empty()).collect();
    counted.join(", ")
}
