//! Reading scenario files: bounded, strict, and with a diagnostic for each mistake. The only place that knows the YAML reader.
//!
//! A file is looked at twice. The first look goes over the parser's events and refuses what is not meant for a person's hand:
//! anchors, too much depth, and words that YAML 1.1 and 1.2 read differently. The second look fills the model.

#![expect(
    clippy::result_large_err,
    reason = "a file is read once; a mistake may take its room"
)]

use serde::Deserialize;
use serde::de::{DeserializeOwned, IgnoredAny};
use serde_saphyr::granit_parser::{Event, Parser, ScalarStyle};
use serde_saphyr::{Error, Location};

use super::mistake::{Mistake, plain};
use super::model::{AnswersFile, DiagnosisFile, FORMAT, FactsFile, Flow, PlanFile, RequirementsFile, Scenario, Table};
use super::{Diagnostic, Located, Spot};

/// The most bytes of one file.
pub const MOST_BYTES: usize = 1 << 20;

/// The most maps and lists within each other.
pub const MOST_DEPTH: usize = 64;

/// Words that YAML 1.1 reads as true or false, and YAML 1.2 as text.
const OLD_BOOLEANS: [&str; 8] = ["y", "n", "yes", "no", "on", "off", "t", "f"];

/// Reads a flow or a table; which of them it is, its keys say.
pub fn scenario(file: &str, text: &str) -> Result<Scenario, Diagnostic> {
    let head = head(file, text)?;
    match (head.steps, head.cases) {
        (Some(_), None) => parse::<Flow>(file, text).map(|flow| Scenario::Flow(Box::new(flow))),
        (None, Some(_)) => parse::<Table>(file, text).map(|table| Scenario::Table(Box::new(table))),
        (Some(_), Some(_)) => Err(Diagnostic::new(file, TOP, "both `steps` and `cases`")
            .hint("a flow has steps, a table has cases; a table names its flow under `control`")
            .in_text(text)),
        (None, None) => Err(Diagnostic::new(file, TOP, "neither `steps` nor `cases`")
            .hint("a flow has steps, a table has cases")
            .in_text(text)),
    }
}

/// Reads the answers that several tables use.
pub fn answers(file: &str, text: &str) -> Result<AnswersFile, Diagnostic> {
    head(file, text)?;
    parse(file, text)
}

/// Reads a group of requirement rows.
pub fn requirements(file: &str, text: &str) -> Result<RequirementsFile, Diagnostic> {
    head(file, text)?;
    parse(file, text)
}

/// Reads a sheet of wire facts.
pub fn facts(file: &str, text: &str) -> Result<FactsFile, Diagnostic> {
    head(file, text)?;
    parse(file, text)
}

/// Reads a plan.
pub fn plan(file: &str, text: &str) -> Result<PlanFile, Diagnostic> {
    head(file, text)?;
    parse(file, text)
}

/// Reads misconfigurations.
pub fn diagnosis(file: &str, text: &str) -> Result<DiagnosisFile, Diagnostic> {
    head(file, text)?;
    parse(file, text)
}

/// The start of a file.
const TOP: Spot = Spot { line: 1, column: 1 };

/// What every file has, and what tells the kinds apart.
#[derive(Deserialize)]
struct Head {
    format: Option<Located<u32>>,
    steps: Option<IgnoredAny>,
    cases: Option<IgnoredAny>,
}

/// Looks a file over, and checks that its format is ours before any of its keys can surprise us.
fn head(file: &str, text: &str) -> Result<Head, Diagnostic> {
    look_over(file, text)?;
    let head: Head = parse(file, text)?;
    match &head.format {
        Some(format) if **format == FORMAT => Ok(head),
        Some(format) => Err(
            Diagnostic::new(file, format.spot(), format!("format {format} is not known"))
                .expected(FORMAT.to_string())
                .hint("a newer tenantproof may read it")
                .in_text(text),
        ),
        None => Err(Diagnostic::new(file, TOP, "the key `format` is missing")
            .hint(format!("write `format: {FORMAT}` at the top"))
            .in_text(text)),
    }
}

/// Refuses what is not meant for a person's hand.
fn look_over(file: &str, text: &str) -> Result<(), Diagnostic> {
    if text.len() > MOST_BYTES {
        return Err(Diagnostic::new(file, Spot::default(), "the file is too large").expected("at most 1 MiB"));
    }
    // One entry for each open map or list: whether the next node in it is a key.
    let mut open: Vec<Option<bool>> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let marker = error.marker();
            Diagnostic::new(
                file,
                spot(marker.line(), marker.col() + 1),
                format!("not YAML: {}", error.info()),
            )
            .in_text(text)
        })?;
        let here = || spot(span.start.line(), span.start.col() + 1);
        let is_key = open.last().copied().flatten() == Some(true);
        match event {
            Event::Anchor(..) | Event::Alias(_) | Event::UnresolvedAlias(_) => {
                return Err(Diagnostic::new(file, here(), "anchors and aliases are not part of the format")
                    .hint("write it out; what cases share goes under the table's `outcome` or `answers`; quote a text that starts with `*` or `&`")
                    .in_text(text));
            }
            Event::MappingStart(..) | Event::SequenceStart(..) => {
                if let Some(Some(next)) = open.last_mut() {
                    *next = !*next;
                }
                open.push(matches!(event, Event::MappingStart(..)).then_some(true));
                if open.len() > MOST_DEPTH {
                    return Err(Diagnostic::new(file, here(), "too deep")
                        .expected(format!("at most {MOST_DEPTH} maps and lists within each other"))
                        .in_text(text));
                }
            }
            Event::MappingEnd | Event::SequenceEnd => {
                open.pop();
            }
            Event::Scalar(word, style, ..) => {
                if let Some(Some(next)) = open.last_mut() {
                    *next = !*next;
                }
                if let Some(trap) = trap(&word).filter(|_| style == ScalarStyle::Plain && !is_key) {
                    return Err(Diagnostic::new(file, here(), format!("`{word}` is ambiguous: {trap}"))
                        .hint(format!("quote it if it is a text: \"{word}\""))
                        .in_text(text));
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Why an unquoted word means different things to different readers, if it does.
fn trap(word: &str) -> Option<&'static str> {
    let lower = word.to_ascii_lowercase();
    let digits = word.trim_start_matches(['+', '-']);
    if OLD_BOOLEANS.contains(&lower.as_str()) {
        return Some("some readers take it for true or false");
    }
    if matches!(lower.as_str(), "true" | "false" | "null") && word != lower {
        return Some("some readers take it for a text");
    }
    if digits.len() > 1 && digits.starts_with('0') && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
        return Some("some readers take it for octal");
    }
    if digits.starts_with(|first: char| first.is_ascii_digit()) {
        if digits.contains('_') && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_') {
            return Some("some readers take it for a number");
        }
        let sixties: Vec<&str> = digits.split(':').collect();
        if sixties.len() > 1
            && sixties
                .iter()
                .all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()))
        {
            return Some("some readers take it for a number to the base of sixty");
        }
        let radix = digits.get(..2).map(str::to_ascii_lowercase);
        if matches!(radix.as_deref(), Some("0x" | "0o" | "0b")) {
            return Some("some readers take it for a number");
        }
    }
    None
}

/// Fills a model from a text that was looked over.
fn parse<T: DeserializeOwned>(file: &str, text: &str) -> Result<T, Diagnostic> {
    let options = serde_saphyr::options! {
        budget: serde_saphyr::budget! { max_anchors: 0, max_aliases: 0, max_merge_keys: 0, max_documents: 1, max_depth: MOST_DEPTH + 1 },
        merge_keys: serde_saphyr::options::MergeKeyPolicy::Error,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_saphyr::from_str_with_options(text, options).map_err(|error| diagnose(file, text, &error))
}

/// Says a mistake that the YAML reader found.
fn diagnose(file: &str, text: &str, error: &Error) -> Diagnostic {
    let error = error.without_snippet();
    let owned = |words: &[&'static str]| words.iter().map(|word| (*word).to_owned()).collect();
    let mistake = match error {
        Error::SerdeUnknownField { field, expected, .. } => Mistake::unknown_key(field, owned(expected)),
        Error::SerdeUnknownVariant { variant, expected, .. } => Mistake::unknown_value(variant, owned(expected)),
        Error::SerdeMissingField { field, .. } => Mistake::missing(field),
        Error::SerdeInvalidType {
            unexpected, expected, ..
        } => Mistake::wrong_type(unexpected, expected),
        Error::SerdeInvalidValue {
            unexpected, expected, ..
        } => Mistake::wrong_value(unexpected, expected),
        Error::Unexpected { expected, .. } => Mistake {
            expected: Some(plain(expected)),
            ..Mistake::new("wrong type")
        },
        Error::InvalidScalar { ty, .. } => Mistake {
            expected: Some(plain(ty)),
            ..Mistake::new("wrong type")
        },
        Error::InvalidBooleanStrict { .. } => Mistake {
            expected: Some(plain("boolean")),
            ..Mistake::new("wrong type")
        },
        Error::NullIntoString { .. } => Mistake::wrong_type("null", "a string"),
        Error::DuplicateMappingKey { key: Some(key), .. } => Mistake::new(format!("the key `{key}` stands here twice")),
        Error::ExpectedMappingEndAfterEnumVariantValue { .. } => Mistake {
            expected: Some("one kind alone".to_owned()),
            ..Mistake::new("two kinds in one map")
        },
        Error::Message { msg, .. } => Mistake::from_sentence(msg),
        other => Mistake::from_sentence(&other.to_string()),
    };
    let spot = error.location().map_or(TOP, spot_of);
    let mut diagnostic = Diagnostic::new(file, spot, mistake.what);
    diagnostic.expected = mistake.expected;
    diagnostic.found = mistake.found;
    if let Some(wrong) = &mistake.wrong {
        diagnostic = diagnostic.did_you_mean(&wrong.word, wrong.known.iter().map(String::as_str));
        if diagnostic.hint.is_none() && !wrong.known.is_empty() {
            diagnostic.hint = Some(format!("known are: {}", wrong.known.join(", ")));
        }
    }
    if matches!(error, Error::ExpectedMappingEndAfterEnumVariantValue { .. }) {
        diagnostic.hint = Some(
            "a case makes one change: write a second case; an expectation looks at one thing: write a second one"
                .to_owned(),
        );
    }
    diagnostic.in_text(text)
}

/// The spot of a location of the YAML reader.
fn spot_of(location: Location) -> Spot {
    let count = |position: u64| u32::try_from(position).unwrap_or(u32::MAX);
    Spot {
        line: count(location.line()),
        column: count(location.column()),
    }
}

/// The spot of a line and a column that are counted from one.
fn spot(line: usize, column: usize) -> Spot {
    let count = |position: usize| u32::try_from(position).unwrap_or(u32::MAX);
    Spot {
        line: count(line),
        column: count(column),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_examples_are_read() {
        let flow = scenario("flow.yaml", include_str!("../../tests/fixtures/flow.yaml")).expect("the example");
        assert!(matches!(flow, Scenario::Flow(_)));
        let table = scenario("refusals.yaml", include_str!("../../tests/fixtures/refusals.yaml")).expect("the example");
        assert!(matches!(table, Scenario::Table(_)));
    }

    #[test]
    fn words_that_readers_disagree_about_are_refused_as_values_only() {
        for word in ["no", "On", "True", "010", "0x1f", "1_000", "12:30", "00"] {
            assert!(look_over("a.yaml", &format!("a: {word}")).is_err(), "{word}");
            assert!(look_over("a.yaml", &format!("a: [1, {word}]")).is_err(), "{word}");
            assert!(look_over("a.yaml", &format!("a: \"{word}\"")).is_ok(), "{word}");
            assert!(look_over("a.yaml", &format!("{word}: a")).is_ok(), "{word}");
        }
        for word in [
            "true",
            "null",
            "0",
            "-1",
            "1.5",
            "1e5",
            "200",
            "north",
            "2026-12-01",
            "10:a",
            "2s",
        ] {
            assert!(look_over("a.yaml", &format!("a: {word}")).is_ok(), "{word}");
        }
    }

    #[test]
    fn what_grows_when_it_is_read_is_refused() {
        let bomb = "a: &a [x, x]\nb: [*a, *a]\n";
        assert!(
            look_over("a.yaml", bomb)
                .expect_err("an anchor")
                .what
                .contains("anchors")
        );
        let deep = format!("a: {}{}", "[".repeat(100), "]".repeat(100));
        assert!(look_over("a.yaml", &deep).is_err());
        let large = format!("a: {}", "x".repeat(MOST_BYTES));
        assert!(look_over("a.yaml", &large).is_err());
    }

    #[test]
    fn another_format_is_named_before_its_keys() {
        let error = scenario("a.yaml", "format: 2\nnovelty: 1\nsteps: []\n").expect_err("format 2");
        assert_eq!(error.what, "format 2 is not known");
    }
}
