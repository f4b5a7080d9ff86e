//! The top of the HTML report, and the list of the requirement rows: what was proved, and what was not.

use std::collections::BTreeMap;

use super::case::{badge, head, is_loud, word};
use super::markup::Markup;
use crate::report::mark::mark;
use crate::report::summary::{Proved, skip_reasons};
use crate::report::suspected;
use crate::report::terminal::number_of;
use crate::report::{References, SourceReference};
use crate::run::{RunRecord, Verdict};

/// What was run, as a list of names and values.
pub(super) fn facts(markup: &mut Markup, record: &RunRecord) {
    let mut facts = vec![
        ("Target", record.target.clone()),
        ("Profile", record.profile.clone()),
        ("Seed", record.seed.clone()),
    ];
    facts.extend(record.switches.iter().map(|switch| ("Switch", switch.clone())));
    facts.extend(record.carrier.iter().map(|carrier| ("Carrier", carrier.clone())));
    let shard = record.shard.iter().map(|shard| ("Shard", shard.shard().to_string()));
    facts.extend(shard);
    facts.extend(record.plan.iter().map(|plan| ("Plan", plan.clone())));
    facts.extend(record.hosts.iter().map(|host| ("Host", host.clone())));
    facts.extend(record.started.iter().map(|started| ("Began", started.clone())));
    facts.push(("Made by", format!("tenantproof {}", record.version)));
    facts.push(("Scenarios", record.digest.clone()));
    markup.element("dl", &[("class", "facts")], |markup| {
        for (name, value) in facts {
            markup.element("div", &[], |markup| {
                markup.leaf("dt", &[], name);
                markup.leaf("dd", &[], &value);
            });
        }
    });
}

/// How many cases came to what.
pub(super) fn counts(markup: &mut Markup, record: &RunRecord) {
    markup.element("ul", &[("class", "counts")], |markup| {
        for verdict in Verdict::ALL {
            let (number, look) = (number_of(&record.summary, verdict), mark(verdict));
            if number == 0 {
                continue;
            }
            let class = format!("count {}", verdict.as_str());
            markup.element("li", &[("class", &class)], |markup| {
                markup.leaf("b", &[], &number.to_string());
                markup.leaf("span", &[("aria-hidden", "true")], &format!(" {} ", look.sign));
                markup.text(look.counted);
            });
        }
    });
}

/// What may be wrong with the set-up, and what to do; nothing where nothing is suspected.
pub(super) fn causes(markup: &mut Markup, record: &RunRecord) {
    let causes = suspected::causes(&record.cases);
    if causes.is_empty() {
        return;
    }
    markup.element("section", &[], |markup| {
        markup.leaf("h2", &[], suspected::TITLE);
        markup.element("ul", &[], |markup| {
            for (suspicion, number) in causes {
                markup.element("li", &[], |markup| {
                    markup.leaf("b", &[], &suspicion.cause);
                    markup.text(&format!(" ({})", suspected::which(suspicion, number)));
                    markup.open("br", &[]);
                    markup.leaf("span", &[("class", "quiet")], &suspected::because(suspicion));
                    markup.open("br", &[]);
                    markup.text(&suspicion.fix);
                });
            }
        });
    });
    markup.end_line();
}

/// What was proved and what was not, in sentences.
pub(super) fn proved(markup: &mut Markup, record: &RunRecord) {
    let proved = Proved::by(&record.cases);
    markup.leaf("h2", &[], "What was proved");
    markup.element("ul", &[], |markup| {
        let lines = [
            (
                proved.rows.len(),
                format!(
                    "requirement rows by {} cases: {} also by the target's own journal, {} by the answers alone",
                    proved.witnessed + proved.answered,
                    proved.witnessed,
                    proved.answered
                ),
            ),
            (
                proved.attested_rows.len(),
                format!(
                    "further rows by {} cases, on the word of the target file",
                    proved.attested
                ),
            ),
        ];
        let mut is_empty = true;
        for (number, what) in lines.into_iter().filter(|(number, _)| *number > 0) {
            is_empty = false;
            markup.element("li", &[], |markup| {
                markup.leaf("b", &[], &number.to_string());
                markup.text(&format!(" {what}"));
            });
        }
        if is_empty {
            markup.leaf("li", &[], "Nothing.");
        }
    });
    markup.leaf("h2", &[], "What was not");
    let mut is_empty = true;
    if !proved.missed.is_empty() {
        is_empty = false;
        markup.element("p", &[], |markup| {
            markup.text("Rows that were missed: ");
            for (index, row) in proved.missed.iter().enumerate() {
                markup.text(if index == 0 { "" } else { ", " });
                markup.leaf("a", &[("href", &format!("#row-{row}"))], row);
            }
        });
    }
    let loud: Vec<_> = record
        .cases
        .iter()
        .enumerate()
        .filter(|(_, case)| is_loud(case))
        .collect();
    if !loud.is_empty() {
        is_empty = false;
        markup.leaf("h3", &[], "Cases to look at");
        markup.element("ul", &[("class", "plain")], |markup| {
            for (index, case) in loud {
                markup.element("li", &[], |markup| {
                    badge(markup, word(case), mark(case.verdict).sign);
                    markup.text(" ");
                    markup.leaf("a", &[("href", &format!("#case-{index}"))], &case.id);
                    markup.text(&format!(" {}", case.title));
                });
            }
        });
    }
    let known = record
        .cases
        .iter()
        .enumerate()
        .filter_map(|(index, case)| Some((index, case, case.known.as_ref()?)));
    let known: Vec<_> = known.collect();
    if !known.is_empty() {
        is_empty = false;
        markup.leaf("h3", &[], "Known deviations");
        markup.element("ul", &[("class", "plain")], |markup| {
            for (index, case, known) in known {
                markup.element("li", &[], |markup| {
                    markup.leaf("a", &[("href", &format!("#case-{index}"))], &case.id);
                    markup.text(&format!(" until {}: {}", known.until, known.reason));
                });
            }
        });
    }
    if !record.stale.is_empty() {
        is_empty = false;
        markup.leaf("h3", &[], "Stale entries of the baseline");
        markup.element("ul", &[("class", "plain")], |markup| {
            for stale in &record.stale {
                markup.element("li", &[], |markup| {
                    markup.leaf("b", &[], &stale.case);
                    markup.text(&format!(" {}", stale.why));
                });
            }
        });
    }
    let reasons = skip_reasons(&record.cases);
    if !reasons.is_empty() {
        is_empty = false;
        markup.leaf("h3", &[], "Skipped, by reason");
        markup.element("ul", &[("class", "plain")], |markup| {
            for ((reason, missing), number) in reasons {
                markup.element("li", &[], |markup| {
                    markup.leaf("b", &[], &number.to_string());
                    markup.text(&format!(" {reason}"));
                    if let Some(missing) = missing {
                        markup.text(" (to insist on it: ");
                        markup.leaf("code", &[], &format!("--require {missing}"));
                        markup.text(")");
                    }
                });
            }
        });
    }
    if is_empty {
        markup.leaf(
            "p",
            &[],
            "Nothing of the plan was missed, and nothing of it was skipped.",
        );
    }
}

/// Every row that a case judges, with its sentence, its source and what came of it.
pub(super) fn rows(markup: &mut Markup, record: &RunRecord, references: &References) {
    let mut rows: BTreeMap<&str, usize> = BTreeMap::new();
    let covers = record.cases.iter().flat_map(|case| &case.covers);
    let found = record
        .cases
        .iter()
        .flat_map(|case| &case.findings)
        .flat_map(|finding| &finding.covers);
    for row in found {
        rows.entry(row).or_default();
    }
    for row in covers {
        *rows.entry(row).or_default() += 1;
    }
    if rows.is_empty() {
        return;
    }
    let proved = Proved::by(&record.cases);
    markup.leaf("h2", &[("id", "rows")], "Requirement rows");
    markup.element("table", &[("class", "requirements")], |markup| {
        head(markup, "Rows", &["Row", "Requires", "Cases", "State"]);
        markup.element("tbody", &[], |markup| {
            for (row, cases) in rows {
                let (class, state) = if proved.missed.contains(row) {
                    ("fail", "missed")
                } else if proved.rows.contains(row) {
                    ("pass", "proved")
                } else if proved.attested_rows.contains(row) {
                    ("pass", "attested")
                } else {
                    ("skipped", "not judged")
                };
                markup.element("tr", &[("id", &format!("row-{row}"))], |markup| {
                    markup.leaf("th", &[("scope", "row")], row);
                    markup.element("td", &[], |markup| {
                        if let Some(known) = references.rows.get(row) {
                            markup.text(&format!("{} ", known.says));
                            sources(markup, &known.sources);
                        }
                    });
                    markup.leaf("td", &[], &cases.to_string());
                    markup.element("td", &[], |markup| {
                        let class = format!("badge {class}");
                        markup.leaf("span", &[("class", &class)], state);
                    });
                });
            }
        });
    });
}

/// Where a row is from, as links where there are addresses.
pub(super) fn sources(markup: &mut Markup, sources: &[SourceReference]) {
    for source in sources {
        let says = source.says.as_deref().unwrap_or_default();
        let mut attributes = vec![("class", "source")];
        if !says.is_empty() {
            attributes.push(("title", says));
        }
        match &source.url {
            Some(url) => {
                attributes.extend([("href", url.as_str()), ("rel", "noreferrer noopener external")]);
                markup.leaf("a", &attributes, &source.name);
            }
            None => markup.leaf("span", &attributes, &source.name),
        }
        markup.text(" ");
    }
}
