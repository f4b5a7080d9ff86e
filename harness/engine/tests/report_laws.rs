//! What holds for reports whatever a server says: nothing gets out that acts on a terminal, and XML stays XML.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;
use tenantproof_harness::expect::{Finding, FindingVerdict};
use tenantproof_harness::proof::{Idle, MutantKind, Proof, Survivor};
use tenantproof_harness::report::{Options, json, junit, line, proof, terminal};
use tenantproof_harness::run::{CaseKind, CaseRecord, Evidence, ExchangeRecord, RunRecord, Summary, Verdict};
use tenantproof_harness::scenario::model::{Level, Sureness};
use textwrap::core::display_width;

/// A record in which every text that could come from elsewhere is this one, with a case for every verdict.
fn record(text: &str) -> RunRecord {
    let own = || text.to_owned();
    let finding = Finding {
        step: own(),
        what: own(),
        expected: own(),
        actual: own(),
        covers: vec![own()],
        sure: Sureness::Inferred,
        verdict: FindingVerdict::Fail,
    };
    let exchange = ExchangeRecord {
        step: own(),
        method: own(),
        url: own(),
        status: None,
        location: None,
        ecid: Some(own()),
        error: Some(own()),
    };
    let case = |verdict: Verdict| CaseRecord {
        id: format!("{text}#{text}"),
        title: own(),
        kind: CaseKind::Refused,
        verdict,
        level: Level::Must,
        covers: vec![own(), own()],
        evidence: Evidence::Attested,
        findings: vec![finding.clone()],
        exchanges: vec![exchange.clone()],
        duration_us: 1,
        reason: Some(own()),
        missing: Some(own()),
        reproduce: String::new(),
    };
    let cases = Verdict::ALL.map(case).to_vec();
    RunRecord {
        schema: own(),
        version: own(),
        digest: own(),
        target: own(),
        profile: own(),
        switches: vec![own()],
        seed: own(),
        carrier: Some(own()),
        started: Some(own()),
        summary: Summary::of(&cases),
        cases,
    }
}

fn unproved(text: &str) -> Proof {
    let survivor = Survivor {
        rule: text.to_owned(),
        defect: text.to_owned(),
        kind: MutantKind::Skip,
        rows: vec![text.to_owned()],
    };
    let idle = Idle {
        case: text.to_owned(),
        profiles: vec![text.to_owned()],
    };
    Proof {
        mutants: 1,
        survivors: vec![survivor],
        idle: vec![idle],
        ..Proof::default()
    }
}

/// Everything in a text that is not to be seen, but for the ends of lines.
fn unseen(text: &str) -> String {
    let is_unseen = |character: &char| {
        let is_of_direction =
            matches!(character, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
        character.is_control() && *character != '\n' || is_of_direction
    };
    text.chars().filter(is_unseen).collect()
}

/// Every character of XML 1.0 is allowed, and all elements are closed.
fn is_well_formed(xml: &str) -> bool {
    let is_allowed = |character| matches!(character, '\t' | '\n' | '\r' | ' '..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..);
    let mut reader = Reader::from_str(xml);
    reader.config_mut().check_comments = true;
    let mut depth = 0_usize;
    loop {
        match reader.read_event() {
            Ok(Event::Eof) => return depth == 0 && xml.chars().all(is_allowed),
            Ok(Event::Start(element)) => {
                depth += 1;
                if element.attributes().any(|attribute| attribute.is_err()) {
                    return false;
                }
            }
            Ok(Event::End(_)) => depth -= 1,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}

/// Texts of anything, with more than their share of what does harm.
fn nasty() -> impl Strategy<Value = String> {
    let pieces = prop_oneof![
        any::<char>().prop_map(String::from),
        "[a-z ]{0,30}",
        prop::sample::select(vec![
            "\u{1b}[2J",
            "\0",
            "\r",
            "\n",
            "\u{202e}",
            "\u{9b}",
            "]]>",
            "<!--",
            "&",
            "\"",
            "#",
            "東京",
            "\u{200d}",
            "\u{ffff}",
            "e\u{301}",
        ])
        .prop_map(str::to_owned),
    ];
    prop::collection::vec(pieces, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn nothing_unseen_reaches_a_terminal_and_no_line_is_too_long(text in nasty(), width in 0..140_usize, verbose: bool) {
        let options = Options { width, verbose, ..Options::default() };
        let report = terminal(&record(&text), options);
        prop_assert_eq!(unseen(&report), "");
        let longest = report.lines().map(display_width).max().unwrap_or_default();
        prop_assert!(longest <= width.max(40), "{longest} columns:\n{report}");
        prop_assert_eq!(unseen(&proof(&unproved(&text), options)), "");
    }

    #[test]
    fn a_live_line_is_one_line(text in nasty(), width in 40..140_usize) {
        for case in &record(&text).cases {
            let line = line(case, Options { width, ..Options::default() });
            prop_assert_eq!(unseen(&line), "");
            prop_assert!(!line.contains('\n') && display_width(&line) <= width, "{line}");
        }
    }

    #[test]
    fn junit_stays_xml(text in nasty()) {
        let xml = junit(&record(&text));
        prop_assert!(is_well_formed(&xml), "{xml}");
        prop_assert_eq!(unseen(&xml), "");
    }

    #[test]
    fn json_says_what_was_recorded_and_can_be_seen(text in nasty()) {
        let report = json(&record(&text));
        prop_assert_eq!(unseen(&report), "");
        prop_assert_eq!(serde_json::from_str::<RunRecord>(&report).unwrap(), record(&text));
    }
}
