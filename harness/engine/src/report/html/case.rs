//! One case of the HTML report: what was expected beside what was found, the rows, the picture, the exchanges and the tokens.

use serde_json::{Map, Value};

use super::markup::Markup;
use super::overview::sources;
use super::picture;
use crate::expect::{Finding, FindingVerdict, level_name};
use crate::report::References;
use crate::report::mark::mark;
use crate::report::terminal::{duration, place};
use crate::run::{CaseRecord, Evidence, ExchangeRecord, TokenRecord, Verdict};

/// Claims that are seconds since 1970 (RFC 7519 section 4.1, OpenID Connect Core section 2).
const TIMES: [&str; 5] = ["iat", "exp", "nbf", "auth_time", "updated_at"];

/// The word by which a verdict is filtered; a deviation that is known is not what it would be else.
pub(super) fn word(case: &CaseRecord) -> &'static str {
    if case.known.is_some() {
        "known"
    } else {
        case.verdict.as_str()
    }
}

/// A verdict as a sign and a word.
pub(super) fn badge(markup: &mut Markup, word: &str, sign: &str) {
    let class = format!("badge {word}");
    markup.element("span", &[("class", &class)], |markup| {
        markup.leaf("span", &[("aria-hidden", "true")], sign);
        markup.text(&format!(" {word}"));
    });
}

/// Whether somebody has to look at it.
pub(super) fn is_loud(case: &CaseRecord) -> bool {
    case.known.is_none() && !matches!(case.verdict, Verdict::Pass | Verdict::Skipped)
}

/// Writes a case.
pub(super) fn write(markup: &mut Markup, index: usize, case: &CaseRecord, references: &References) {
    let id = format!("case-{index}");
    let mut attributes = vec![("class", "case"), ("id", id.as_str()), ("data-verdict", word(case))];
    if is_loud(case) {
        attributes.push(("open", ""));
    }
    markup.element("details", &attributes, |markup| {
        markup.element("summary", &[], |markup| {
            let sign = if case.known.is_some() {
                "~"
            } else {
                mark(case.verdict).sign
            };
            badge(markup, word(case), sign);
            let name = case.id.split_once('#').map_or("flow", |(_, name)| name);
            markup.text(" ");
            markup.leaf("b", &[], name);
            markup.text(" ");
            markup.text(&case.title);
        });
        markup.element("div", &[("class", "inside")], |markup| inside(markup, case, references));
    });
    markup.end_line();
}

fn inside(markup: &mut Markup, case: &CaseRecord, references: &References) {
    if let Some(reason) = &case.reason {
        markup.leaf("p", &[("class", "reason")], reason);
    }
    if let Some(known) = &case.known {
        let why = format!("Known until {}: {}", known.until, known.reason);
        markup.leaf("p", &[("class", "reason")], &why);
    }
    findings(markup, case);
    rows(markup, case, references);
    if !case.exchanges.is_empty() {
        markup.leaf("h4", &[], "What went over the wire");
        picture::draw(markup, &case.exchanges);
        exchanges(markup, &case.exchanges);
    }
    if !case.tokens.is_empty() {
        markup.leaf("h4", &[], "Tokens, without their signatures");
        for token in &case.tokens {
            told(markup, token);
        }
    }
    let rests = match case.evidence {
        Evidence::Witnessed => "the answers, and the target's own journal",
        Evidence::Answered => "the answers",
        Evidence::Attested => "the answers, and the word of the target file",
    };
    markup.element("p", &[("class", "quiet")], |markup| {
        if case.verdict.is_judgement() {
            markup.text(&format!("Rests on {rests}. "));
        }
        markup.text(&format!("Took {}.", duration(case.duration_us)));
    });
    if !case.reproduce.is_empty() {
        markup.element("p", &[("class", "again")], |markup| {
            markup.text("Run it again: ");
            markup.leaf("code", &[], &case.reproduce);
        });
    }
}

fn findings(markup: &mut Markup, case: &CaseRecord) {
    if case.findings.is_empty() {
        return;
    }
    markup.element("table", &[("class", "findings")], |markup| {
        head(markup, "Findings", &["Looked at", "Expected", "Actual", "Verdict"]);
        markup.element("tbody", &[], |markup| {
            // What does not hold comes first; the rest keeps its order.
            let mut sorted: Vec<&Finding> = case.findings.iter().collect();
            sorted.sort_by_key(|finding| finding.verdict < FindingVerdict::Warn);
            for finding in sorted {
                let (class, word) = of_finding(finding.verdict);
                markup.element("tr", &[("class", class)], |markup| {
                    cell(markup, "Looked at", &place(finding, case.verdict), false);
                    cell(markup, "Expected", &finding.expected, true);
                    cell(markup, "Actual", &finding.actual, true);
                    cell(markup, "Verdict", word, false);
                });
            }
        });
    });
}

fn of_finding(verdict: FindingVerdict) -> (&'static str, &'static str) {
    match verdict {
        FindingVerdict::Pass => ("quiet", "holds"),
        FindingVerdict::Note => ("quiet", "note"),
        FindingVerdict::Skipped => ("quiet", "not judged"),
        FindingVerdict::Warn => ("warn", "warns"),
        FindingVerdict::RefusedOtherwise => ("warn", "refused otherwise"),
        FindingVerdict::Fail => ("fail", "fails"),
    }
}

/// The head of a table, with a name for those who do not see where it stands.
pub(super) fn head(markup: &mut Markup, caption: &str, columns: &[&str]) {
    markup.leaf("caption", &[], caption);
    markup.element("thead", &[], |markup| {
        markup.element("tr", &[], |markup| {
            for column in columns {
                markup.leaf("th", &[("scope", "col")], column);
            }
        });
    });
}

/// A cell that says on a narrow page what column it is of.
fn cell(markup: &mut Markup, column: &str, text: &str, is_code: bool) {
    markup.element("td", &[("data-of", column)], |markup| {
        if is_code {
            markup.leaf("code", &[], text);
        } else {
            markup.text(text);
        }
    });
}

fn rows(markup: &mut Markup, case: &CaseRecord, references: &References) {
    if case.covers.is_empty() {
        return;
    }
    markup.leaf("h4", &[], &format!("What it judges ({})", level_name(case.level)));
    markup.element("ul", &[("class", "rows")], |markup| {
        for row in &case.covers {
            markup.element("li", &[], |markup| match references.rows.get(row) {
                Some(known) => {
                    markup.leaf("a", &[("href", &format!("#row-{row}"))], row);
                    markup.text(&format!(" {} ", known.says));
                    sources(markup, &known.sources);
                }
                None => markup.leaf("b", &[], row),
            });
        }
    });
}

fn exchanges(markup: &mut Markup, exchanges: &[ExchangeRecord]) {
    markup.element("table", &[], |markup| {
        head(markup, "Exchanges", &["Step", "Request", "Answer", "Ecid"]);
        markup.element("tbody", &[], |markup| {
            for exchange in exchanges {
                markup.element("tr", &[], |markup| {
                    cell(markup, "Step", &exchange.step, false);
                    cell(
                        markup,
                        "Request",
                        &format!("{} {}", exchange.method, exchange.url),
                        true,
                    );
                    let answer = match (exchange.status, &exchange.location, &exchange.error) {
                        (Some(status), Some(location), _) => format!("{status} to {location}"),
                        (Some(status), None, _) => status.to_string(),
                        (None, _, Some(error)) => format!("none: {error}"),
                        (None, _, None) => "none".to_owned(),
                    };
                    cell(markup, "Answer", &answer, true);
                    cell(markup, "Ecid", exchange.ecid.as_deref().unwrap_or("none"), true);
                });
            }
        });
    });
}

fn told(markup: &mut Markup, token: &TokenRecord) {
    markup.element("details", &[("class", "token")], |markup| {
        markup.element("summary", &[], |markup| {
            markup.leaf("code", &[], &token.digest);
            markup.text(&format!(" {}", token.seen.join("; ")));
        });
        if let Some(fault) = &token.fault {
            markup.leaf("p", &[("class", "reason")], &format!("It cannot be shown: {fault}."));
            return;
        }
        members(markup, "Header", &token.header);
        members(markup, "Claims", &token.claims);
        markup.leaf("p", &[("class", "quiet")], "The signature is left out.");
    });
}

fn members(markup: &mut Markup, caption: &str, members: &Map<String, Value>) {
    markup.element("table", &[("class", "members")], |markup| {
        head(markup, caption, &["Name", "Value"]);
        markup.element("tbody", &[], |markup| {
            for (name, value) in members {
                markup.element("tr", &[], |markup| {
                    markup.element("th", &[("scope", "row")], |markup| markup.leaf("code", &[], name));
                    markup.element("td", &[], |markup| {
                        markup.leaf("code", &[], &value.to_string());
                        if let Some(time) = time(name, value) {
                            markup.leaf("span", &[("class", "quiet")], &format!(" {time}"));
                        }
                    });
                });
            }
        });
    });
}

/// When a claim that is a time is, for people.
fn time(name: &str, value: &Value) -> Option<String> {
    let seconds = TIMES.contains(&name).then(|| value.as_i64()).flatten()?;
    Some(jiff::Timestamp::from_second(seconds).ok()?.to_string())
}
