//! What holds for reports whatever a server says: what it says stays text. Nothing acts on a terminal, is markup in HTML, XML or
//! Markdown, or is an order to a build server that reads along.

use proptest::prelude::*;
use quick_xml::Reader;
use quick_xml::events::Event;
use tenantproof_harness::diagnosis::Suspicion;
use tenantproof_harness::expect::{Finding, FindingVerdict};
use tenantproof_harness::proof::{Idle, MutantKind, Proof, Survivor};
use tenantproof_harness::report::{
    Options, References, RowReference, SourceReference, html, json, junit, line, markdown, proof, suspected, terminal,
};
use tenantproof_harness::run::{
    CaseKind, CaseRecord, Evidence, ExchangeRecord, Known, Party, RunRecord, Stale, Strictness, Summary, TokenRecord,
    Verdict,
};
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
    let suspicion = Suspicion {
        id: own(),
        cause: own(),
        fix: own(),
        because: vec![own(), own()],
        sure: own(),
        sources: vec![own()],
    };
    let exchange = ExchangeRecord {
        step: own(),
        from: Some(Party::Client),
        to: Some(Party::Fusion),
        method: own(),
        url: own(),
        status: None,
        location: None,
        ecid: Some(own()),
        error: Some(own()),
        observed: std::collections::BTreeMap::from([(own(), own().into())]),
    };
    let members: serde_json::Map<_, _> = [(own(), serde_json::json!([text, { text: text }]))]
        .into_iter()
        .collect();
    let token = TokenRecord {
        digest: own(),
        seen: vec![own()],
        header: members.clone(),
        claims: members,
        fault: None,
    };
    let known = |verdict: Verdict| {
        let (reason, until) = (own(), own());
        (verdict == Verdict::Fail).then_some(Known { reason, until })
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
        tokens: vec![token.clone()],
        known: known(verdict),
        suspicions: vec![suspicion.clone()],
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
        plan: Some(own()),
        hosts: vec![own()],
        shard: None,
        summary: Summary::of(&cases),
        stale: vec![Stale {
            case: own(),
            why: own(),
        }],
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

/// Texts that do harm somewhere, each with the place where it would.
const HOSTILE: [(&str, &str); 30] = [
    ("html element", "<script>alert(1)</script>"),
    ("html image", "<img src=https://elsewhere.example/x onerror=alert(1)>"),
    ("html attribute, double quotes", "\" onmouseover=\"alert(1)"),
    ("html attribute, single quotes", "' autofocus onfocus='alert(1)"),
    (
        "html ends of raw texts",
        "</script></style></title></textarea></svg><b>",
    ),
    ("html comment", "--><!-- <!DOCTYPE x> <?x?>"),
    ("html references", "&lt;script&gt; &#60;b&#62; &amp;"),
    ("address that is a script", "javascript:alert(1)"),
    ("xml section", "]]><![CDATA[<a>"),
    ("xml entity", "<!ENTITY x SYSTEM 'file:///etc/passwd'>&x;"),
    ("terminal colours", "\u{1b}[31mred\u{1b}[0m\u{9b}2J"),
    (
        "terminal title and link",
        "\u{1b}]0;title\u{7}\u{1b}]8;;https://elsewhere.example\u{1b}\\",
    ),
    ("terminal line over", "\rverdict pass\u{8}\u{8}\n✓ pass"),
    ("direction of writing", "user\u{202e}nimda\u{2066}\u{200f}"),
    ("hidden characters", "a\u{200b}\u{feff}\u{ad}\u{e0041}b\u{0}"),
    (
        "markdown link and image",
        "[x](https://elsewhere.example) ![x](https://elsewhere.example/x)",
    ),
    (
        "markdown address",
        "https://elsewhere.example www.elsewhere.example a@elsewhere.example",
    ),
    ("markdown table", "a | b |\n| --- | --- |"),
    ("markdown fence", "```\n# heading\n```"),
    ("markdown backticks", "` `` ``` ```` \\` `"),
    ("markdown blocks", "\n\n# heading\n\n- item\n\n> quote\n\n<details>"),
    (
        "markdown definitions",
        "\n\n[x]: https://elsewhere.example\n\n[^1]: note",
    ),
    ("mentions", "@somebody #1 owner/name#1 :tada:"),
    ("order of GitHub", "::error file=a.rs,line=1::x"),
    (
        "order of GitHub on its line",
        "\n::stop-commands::x\n  ::set-output name=a::b",
    ),
    ("old order of GitHub", "x ##[error]y ##[set-env name=A;]b"),
    ("order of Azure", "x ##vso[task.setvariable variable=a]b"),
    ("order of TeamCity", "##teamcity[testFailed name='x']"),
    ("sections of GitLab", "section_start:1:x\r\u{1b}[0Kx"),
    ("templates", "${{ secrets.X }} {{7*7}} $(id) `id` %0A%0D"),
];

/// What stands in an empty place.
const HARMLESS: &str = "harmless#text";

fn references(text: &str) -> References {
    let source = SourceReference {
        name: text.to_owned(),
        says: Some(text.to_owned()),
        url: Some("https://rfc.example/".to_owned()),
    };
    let row = RowReference {
        says: text.to_owned(),
        sources: vec![source],
    };
    References {
        titles: [(text.to_owned(), text.to_owned())].into(),
        rows: [(text.to_owned(), row)].into(),
    }
}

/// The elements of a page in their order, each with the names of its attributes and where it leads to.
fn structure(page: &str) -> Vec<String> {
    let elements = html5gum::Tokenizer::new(page).map(|token| match token.expect("memory is read without errors") {
        html5gum::Token::StartTag(tag) => {
            let attributes = tag.attributes.iter().map(|(name, value)| {
                let value = String::from_utf8_lossy(value.as_slice());
                let place = match String::from_utf8_lossy(name.as_slice()).as_ref() {
                    "href" if value.starts_with('#') => "here".to_owned(),
                    "href" | "src" | "style" | "class" | "content" | "http-equiv" => value.into_owned(),
                    _ => String::new(),
                };
                format!("{}={place}", String::from_utf8_lossy(name.as_slice()))
            });
            format!(
                "<{} {}>",
                String::from_utf8_lossy(tag.name.as_slice()),
                attributes.collect::<Vec<_>>().join(" ")
            )
        }
        html5gum::Token::EndTag(tag) => format!("</{}>", String::from_utf8_lossy(tag.name.as_slice())),
        html5gum::Token::Comment(_) => "comment".to_owned(),
        html5gum::Token::Doctype(_) => "doctype".to_owned(),
        html5gum::Token::String(_) | html5gum::Token::Error(_) => String::new(),
    });
    elements.filter(|element| !element.is_empty()).collect()
}

/// A Markdown text without what stands in its code spans, as CommonMark finds them.
fn without_code(text: &str) -> String {
    let mut kept = String::new();
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let run = |text: &str| text.len() - text.trim_start_matches('`').len();
        let length = run(&rest[start..]);
        kept.push_str(&rest[..start]);
        kept.push('`');
        rest = &rest[start + length..];
        let mut at = 0;
        let end = loop {
            let Some(next) = rest[at..].find('`').map(|next| at + next) else {
                break None;
            };
            let found = run(&rest[next..]);
            if found == length {
                break Some(next + found);
            }
            at = next + found;
        };
        // A span never ends on another line in our reports.
        let end = end
            .filter(|end| !rest[..*end].contains('\n'))
            .expect("every code span has an end");
        rest = &rest[end..];
    }
    kept + rest
}

/// Lines that a build server would take for an order.
fn orders(text: &str) -> Vec<&str> {
    let is_order = |line: &&str| {
        let begins = line.trim_start().strip_prefix("::");
        let is_command = begins.is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_alphabetic()));
        is_command
            || ["##[", "##vso[", "##teamcity["]
                .iter()
                .any(|order| line.contains(order))
    };
    text.lines().filter(is_order).collect()
}

fn assert_stays_text(text: &str) {
    let (hostile, harmless) = (record(text), record(HARMLESS));
    let page = html(&hostile, &references(text), Strictness::Lenient);
    let expected = html(&harmless, &references(HARMLESS), Strictness::Lenient);
    assert_eq!(structure(&page), structure(&expected), "{text:?} is markup");
    let summary = markdown(&hostile, Strictness::Lenient);
    assert_eq!(
        without_code(&summary).replace("(empty)", "`"),
        without_code(&markdown(&harmless, Strictness::Lenient)),
        "{text:?} is Markdown"
    );
    let xml = junit(&hostile);
    assert!(is_well_formed(&xml), "{xml}");
    let json = json(&hostile);
    assert_eq!(serde_json::from_str::<RunRecord>(&json).expect("a record"), hostile);
    let reports = [page, summary, xml, json];
    let widths = [0, 60, 80, 100, 137].map(|width| {
        let options = Options {
            width,
            verbose: true,
            ..Options::default()
        };
        terminal(&hostile, options) + &suspected(&hostile) + &proof(&unproved(text), options)
    });
    for report in reports.iter().chain(&widths) {
        assert_eq!(unseen(report), "", "{text:?} is not seen");
        assert_eq!(orders(report), Vec::<&str>::new(), "{text:?} is an order");
    }
}

#[test]
fn hostile_texts_stay_texts_in_every_report() {
    for (place, text) in HOSTILE {
        for text in [
            text.to_owned(),
            format!("{text}{text}"),
            format!("before\n{text} after"),
        ] {
            assert_stays_text(&text);
        }
        assert!(!place.is_empty());
    }
}

#[test]
fn a_page_asks_nobody_for_anything() {
    let page = html(&record(HARMLESS), &references(HARMLESS), Strictness::Lenient);
    let outside = structure(&page).into_iter().filter(|element| {
        ["src=", "<link", "<iframe", "<object", "<base", "style="]
            .iter()
            .any(|part| element.contains(part))
    });
    assert_eq!(outside.collect::<Vec<_>>(), Vec::<String>::new());
    assert!(page.contains("default-src &#39;none&#39;"), "{page}");
    assert!(!page.contains("@import") && !page.contains("url("));
}

/// Texts of anything, with more than their share of what does harm.
fn nasty() -> impl Strategy<Value = String> {
    let listed = prop::sample::select(HOSTILE.to_vec()).prop_map(|(_, text)| text.to_owned());
    let pieces = prop_oneof![
        listed,
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
    fn whatever_is_said_stays_text(text in nasty().prop_filter("a name is never empty", |text| !text.trim().is_empty())) {
        assert_stays_text(&text);
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
