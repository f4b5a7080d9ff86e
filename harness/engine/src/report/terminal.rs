//! The report for people: cases by file, what passed in one line, what did not with all that one needs to act on it.
//!
//! The end of it, with the totals and the sentence, is in `summary`.

use std::collections::BTreeMap;

use textwrap::core::display_width;

use super::escape::{command, terminal as escaped};
use super::mark::{PLAIN, QUIET, STRONG, mark};
use super::sheet::{Piece, Sheet};
use super::{file_of, summary};
use crate::expect::{Finding, FindingVerdict, level_name};
use crate::run::{CaseRecord, Evidence, ExchangeRecord, RunRecord, Strictness, Summary, Verdict};
use crate::scenario::Colour;
use crate::scenario::model::Sureness;

/// What files are called, by their ids.
pub type Titles = BTreeMap<String, String>;

static NO_TITLES: Titles = Titles::new();

/// The column in which the rows of a case begin.
const ROWS: usize = 6;
/// Less of a title than this is not worth the room.
const SHORTEST_TITLE: usize = 12;

/// How a report looks on a terminal. Who asks has found out about the terminal.
#[derive(Clone, Copy, Debug)]
pub struct Options<'a> {
    /// Whether to paint.
    pub colour: Colour,
    /// How many columns there are.
    pub width: usize,
    /// Whether every case has a line, and failures all their exchanges.
    pub verbose: bool,
    /// Whether a warning counts as a failure; the last sentence goes by it.
    pub strictness: Strictness,
    /// What files are called; a record names cases only.
    pub titles: &'a Titles,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Self {
            colour: Colour::Plain,
            width: 80,
            verbose: false,
            strictness: Strictness::Lenient,
            titles: &NO_TITLES,
        }
    }
}

/// The whole report.
pub fn terminal(record: &RunRecord, options: Options<'_>) -> String {
    let mut sheet = Sheet::new(options.width, options.colour);
    heading(&mut sheet, record);
    let files = || record.cases.chunk_by(|one, next| file_of(&one.id) == file_of(&next.id));
    let widest = files().map(|cases| display_width(file_of(&cases[0].id))).max();
    let widest = widest.unwrap_or_default().min(options.width / 2);
    let mut was_folded = false;
    for cases in files() {
        let is_folded = !options.verbose && cases.iter().all(is_quiet);
        if !(is_folded && was_folded) {
            sheet.gap();
        }
        if is_folded {
            folded(&mut sheet, cases, widest, options);
        } else {
            file(&mut sheet, cases, options);
        }
        was_folded = is_folded;
    }
    summary::skipped(&mut sheet, &record.cases);
    summary::baseline(&mut sheet, record);
    summary::totals(&mut sheet, record);
    summary::sentence(&mut sheet, record, options.strictness);
    sheet.finish()
}

/// One case in one line without its end, for output while a run goes on. What does not fit is cut.
pub fn line(case: &CaseRecord, options: Options<'_>) -> String {
    let width = options.width.max(20);
    let look = mark(case.verdict);
    let verdict = format!("{} {}", look.sign, case.verdict.as_str());
    let about = match &case.reason {
        Some(reason) => format!("{}: {}", escaped(&case.title), escaped(reason)),
        None => escaped(&case.title),
    };
    let mut room = width;
    let mut pieces = vec![(look.style, verdict), (STRONG, escaped(&case.id)), (PLAIN, about)];
    for (_, text) in &mut pieces {
        *text = cut(text, room);
        room = room.saturating_sub(display_width(text) + 2);
    }
    pieces.retain(|(_, text)| !text.is_empty());
    let pieces: Vec<Piece<'_>> = pieces.iter().map(|(style, text)| (*style, text.as_str())).collect();
    let mut sheet = Sheet::new(width, options.colour);
    sheet.pieces(0, &pieces);
    sheet.finish().trim_end().to_owned()
}

/// As much of an escaped text as there is room for.
fn cut(text: &str, room: usize) -> String {
    if display_width(text) <= room {
        return text.to_owned();
    }
    let mut kept = String::new();
    for character in text.chars() {
        if display_width(&kept) + display_width(character.encode_utf8(&mut [0; 4])) >= room {
            break;
        }
        kept.push(character);
    }
    if room > 0 {
        kept.push('…');
    }
    kept
}

fn heading(sheet: &mut Sheet, record: &RunRecord) {
    let mut pieces = vec![
        (STRONG, format!("tenantproof {}", record.version)),
        (PLAIN, format!("target {}", record.target)),
        (PLAIN, format!("profile {}", record.profile)),
    ];
    let switches = record.switches.iter().map(|switch| format!("switch {switch}"));
    pieces.extend(switches.map(|switch| (PLAIN, switch)));
    let carrier = record.carrier.iter().map(|carrier| format!("carrier {carrier}"));
    pieces.extend(carrier.map(|carrier| (QUIET, carrier)));
    pieces.push((QUIET, format!("seed {}", record.seed)));
    let shard = record.shard.iter().map(|shard| format!("shard {}", shard.shard()));
    pieces.extend(shard.map(|shard| (PLAIN, shard)));
    pieces.extend(record.plan.iter().map(|plan| (PLAIN, format!("plan {plan}"))));
    pieces.extend(record.started.iter().map(|started| (QUIET, format!("began {started}"))));
    let escaped: Vec<_> = pieces.iter().map(|(style, text)| (*style, escaped(text))).collect();
    let pieces: Vec<Piece<'_>> = escaped.iter().map(|(style, text)| (*style, text.as_str())).collect();
    sheet.pieces(0, &pieces);
}

/// Whether a count says enough of it.
fn is_quiet(case: &CaseRecord) -> bool {
    matches!(case.verdict, Verdict::Pass | Verdict::Skipped)
}

/// What a file is called. A flow is a file and a case at once, so that the record has its title.
fn title_of(cases: &[CaseRecord], options: Options<'_>) -> String {
    let id = file_of(&cases[0].id);
    let of_flow = || cases.iter().find(|case| case.id == id).map(|flow| &flow.title);
    escaped(options.titles.get(id).or_else(of_flow).map_or("", String::as_str))
}

/// A file of which counts say enough, in one line; of its title as much as there is room for.
fn folded(sheet: &mut Sheet, cases: &[CaseRecord], widest: usize, options: Options<'_>) {
    let id = escaped(file_of(&cases[0].id));
    let id = format!("{id}{}", " ".repeat(widest.saturating_sub(display_width(&id))));
    let summary = Summary::of(cases);
    let look = mark(if summary.pass > 0 {
        Verdict::Pass
    } else {
        Verdict::Skipped
    });
    let skipped = match summary.skipped {
        0 => String::new(),
        number => format!(", {number} skipped"),
    };
    let counts = match summary.pass {
        0 => format!("{:>3} skipped", summary.skipped),
        number => format!("{number:>3} passed{skipped}"),
    };
    let used = [look.sign, &id, &counts].map(|text| display_width(text) + 2);
    let title = cut(
        &title_of(cases, options),
        options.width.saturating_sub(used.iter().sum()),
    );
    let mut pieces = vec![(look.style, look.sign), (STRONG, &*id), (look.style, &*counts)];
    if display_width(&title) >= SHORTEST_TITLE {
        pieces.push((QUIET, &title));
    }
    sheet.pieces(0, &pieces);
}

/// The cases of one file.
fn file(sheet: &mut Sheet, cases: &[CaseRecord], options: Options<'_>) {
    let (id, title) = (escaped(file_of(&cases[0].id)), title_of(cases, options));
    sheet.entry(0, 2, &[(STRONG, &id)], (QUIET, &title));
    counts(sheet, 2, &Summary::of(cases));
    let mut was_told = false;
    for case in cases {
        let is_told = !is_quiet(case);
        if is_told || was_told && options.verbose {
            sheet.gap();
        }
        match case.verdict {
            _ if is_told => missed(sheet, case, options),
            _ if !options.verbose => {}
            Verdict::Pass => passed(sheet, case),
            _ => skipped(sheet, case),
        }
        was_told = is_told;
    }
}

/// How many cases came to what, without the verdicts that none came to.
pub(super) fn counts(sheet: &mut Sheet, indent: usize, summary: &Summary) {
    let counted = Verdict::ALL.map(|verdict| {
        let look = mark(verdict);
        let number = number_of(summary, verdict);
        (number, look.style, format!("{} {number} {}", look.sign, look.counted))
    });
    let some = counted.iter().filter(|(number, ..)| *number > 0);
    let pieces: Vec<Piece<'_>> = some.map(|(_, style, text)| (*style, text.as_str())).collect();
    sheet.pieces(indent, &pieces);
}

pub(super) fn number_of(summary: &Summary, verdict: Verdict) -> usize {
    match verdict {
        Verdict::Pass => summary.pass,
        Verdict::Warn => summary.warn,
        Verdict::Fail => summary.fail,
        Verdict::RefusedOtherwise => summary.refused_otherwise,
        Verdict::Inconclusive => summary.inconclusive,
        Verdict::Skipped => summary.skipped,
        Verdict::Broken => summary.broken,
    }
}

/// A line for the case, with its verdict in front.
fn headline(sheet: &mut Sheet, case: &CaseRecord, title: &str) {
    let look = mark(case.verdict);
    let verdict = match case.known {
        Some(_) => format!("~ known {}", case.verdict.as_str()),
        None => format!("{} {}", look.sign, case.verdict.as_str()),
    };
    let name = case.id.split_once('#').map_or("flow", |(_, name)| name);
    let head = [(look.style, &*verdict), (STRONG, &escaped(name))];
    sheet.entry(2, ROWS, &head, (PLAIN, title));
}

fn passed(sheet: &mut Sheet, case: &CaseRecord) {
    let title = format!("{} ({})", escaped(&case.title), duration(case.duration_us));
    headline(sheet, case, &title);
    for finding in case
        .findings
        .iter()
        .filter(|finding| finding.verdict != FindingVerdict::Pass)
    {
        let note = format!("{}: {}", place(finding, case.verdict), escaped(&finding.actual));
        sheet.row(ROWS, "note", (PLAIN, &note));
    }
}

fn skipped(sheet: &mut Sheet, case: &CaseRecord) {
    headline(sheet, case, &escaped(&case.title));
    reason(sheet, case);
}

fn reason(sheet: &mut Sheet, case: &CaseRecord) {
    if let Some(reason) = &case.reason {
        sheet.row(ROWS, "reason", (PLAIN, &escaped(reason)));
    }
}

/// A case that somebody has to look at, with all that one needs for it.
fn missed(sheet: &mut Sheet, case: &CaseRecord, options: Options<'_>) {
    headline(sheet, case, &escaped(&case.title));
    reason(sheet, case);
    let style = mark(case.verdict).style;
    let findings = || {
        case.findings
            .iter()
            .filter(|finding| finding.verdict != FindingVerdict::Pass)
    };
    for finding in findings() {
        sheet.row(ROWS, "where", (PLAIN, &place(finding, case.verdict)));
        sheet.row(ROWS, "expected", (PLAIN, &escaped(&finding.expected)));
        sheet.row(ROWS, "actual", (style, &escaped(&finding.actual)));
    }
    let is_shown = |exchange: &&ExchangeRecord| {
        options.verbose || exchange.error.is_some() || findings().any(|finding| finding.step == exchange.step)
    };
    for exchange in case.exchanges.iter().filter(is_shown) {
        sheet.row(ROWS, "sent", (QUIET, &escaped(&sent(exchange))));
    }
    if !case.covers.is_empty() {
        let rows = format!("{} ({})", case.covers.join(", "), level_name(case.level));
        sheet.row(ROWS, "rows", (PLAIN, &escaped(&rows)));
    }
    if let Some(known) = &case.known {
        let why = format!("until {}: {}", known.until, known.reason);
        sheet.row(ROWS, "known", (PLAIN, &escaped(&why)));
    }
    if case.evidence == Evidence::Attested {
        sheet.row(ROWS, "rests on", (PLAIN, "the word of the target file"));
    }
    if !case.reproduce.is_empty() {
        sheet.whole_row(ROWS, "again", (QUIET, &command(&case.reproduce)));
    }
}

/// What was looked at, and how the finding stands beside the verdict of its case.
pub(super) fn place(finding: &Finding, verdict: Verdict) -> String {
    let mut aside = Vec::new();
    match finding.sure {
        Sureness::Specified | Sureness::Documented | Sureness::Observed => {}
        Sureness::Inferred => aside.push("inferred"),
        Sureness::Assumed => aside.push("assumed"),
    }
    match (finding.verdict, verdict) {
        (FindingVerdict::Note, _) => aside.push("worth a note"),
        (FindingVerdict::Skipped, _) => aside.push("not judged"),
        (FindingVerdict::Warn, Verdict::Fail | Verdict::RefusedOtherwise) => aside.push("warns only"),
        _ => {}
    }
    let place = escaped(&format!("{}: {}", finding.step, finding.what));
    if aside.is_empty() {
        place
    } else {
        format!("{place} ({})", aside.join("; "))
    }
}

fn sent(exchange: &ExchangeRecord) -> String {
    let ExchangeRecord {
        step,
        method,
        url,
        status,
        location,
        ecid,
        error,
        observed: _,
        from: _,
        to: _,
    } = exchange;
    let answer = match (status, error) {
        (Some(status), _) => match location {
            Some(location) => format!("{status} to {location}"),
            None => status.to_string(),
        },
        (None, Some(error)) => format!("no answer: {error}"),
        (None, None) => "no answer".to_owned(),
    };
    let ecid = ecid.iter().map(|ecid| format!(", ecid {ecid}"));
    format!("{step}: {method} {url} -> {answer}{}", ecid.collect::<String>())
}

pub(super) fn duration(microseconds: u64) -> String {
    let (unit, scale) = match microseconds {
        0..1_000 => return format!("{microseconds} us"),
        1_000..1_000_000 => ("ms", 1_000),
        _ => ("s", 1_000_000),
    };
    format!("{}.{} {unit}", microseconds / scale, microseconds % scale * 10 / scale)
}
