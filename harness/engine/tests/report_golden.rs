//! Reports of one record that has everything in it, each compared with the text that people or programs read.
//!
//! The expected texts are under `fixtures/report`. With `UPDATE_EXPECTED=1` they are written anew: look at the difference before you
//! keep it.

use std::fs;
use std::path::Path;

use tenantproof_harness::expect::{Finding, FindingVerdict};
use tenantproof_harness::proof::{Alarm, Compound, Crosstalk, Idle, MutantKind, Proof, Survivor, Unobservable};
use tenantproof_harness::report::{Options, Titles, json, junit, line, proof, terminal};
use tenantproof_harness::run::{
    CaseKind, CaseRecord, Evidence, ExchangeRecord, RunRecord, SCHEMA, Strictness, Summary, Verdict,
};
use tenantproof_harness::scenario::Colour;
use tenantproof_harness::scenario::model::{Level, Sureness};

const HOSTILE: &str =
    "<script>alert('x')</script> ]]> & \u{1b}[31mred\u{1b}[0m \u{202e}nimda\u{2069} NUL\0 a\r\nactual    200 \u{9b}2J";

fn case(id: &str, title: &str, verdict: Verdict) -> CaseRecord {
    CaseRecord {
        id: id.to_owned(),
        title: title.to_owned(),
        kind: CaseKind::Refused,
        verdict,
        level: Level::Must,
        covers: Vec::new(),
        evidence: Evidence::Answered,
        findings: Vec::new(),
        exchanges: Vec::new(),
        tokens: Vec::new(),
        known: None,
        suspicions: Vec::new(),
        duration_us: 1_234,
        reason: None,
        missing: None,
        reproduce: format!("tenantproof run acme.toml '{id}' --profile oracle --seed 5eed"),
    }
}

fn finding(what: &str, expected: &str, actual: &str, verdict: FindingVerdict) -> Finding {
    Finding {
        step: "token".to_owned(),
        what: what.to_owned(),
        expected: expected.to_owned(),
        actual: actual.to_owned(),
        covers: Vec::new(),
        sure: Sureness::Specified,
        verdict,
    }
}

fn exchange(step: &str, status: Option<u16>) -> ExchangeRecord {
    ExchangeRecord {
        step: step.to_owned(),
        from: None,
        to: None,
        method: "POST".to_owned(),
        url: "https://idcs-5a3f.identity.example/oauth2/v1/token".to_owned(),
        status,
        location: None,
        ecid: status.map(|_| "1.005yZ0Qx2".to_owned()),
        error: status.is_none().then(|| "the connection was closed".to_owned()),
        observed: std::collections::BTreeMap::new(),
    }
}

fn rows(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

fn passing() -> Vec<CaseRecord> {
    let id = "jwt-bearer/agent-as-user";
    vec![
        CaseRecord {
            kind: CaseKind::Flow,
            covers: rows(&["AGT-001", "TKN-014"]),
            evidence: Evidence::Witnessed,
            suspicions: Vec::new(),
            duration_us: 1_250_000,
            exchanges: vec![exchange("token", Some(200))],
            ..case(
                id,
                "An agent of Fusion AI is called as the real end user",
                Verdict::Pass,
            )
        },
        CaseRecord {
            covers: rows(&["ASR-018"]),
            evidence: Evidence::Witnessed,
            findings: vec![finding(
                "refusal as `assertion-refused`",
                "refused",
                "refused",
                FindingVerdict::Pass,
            )],
            ..case(
                "jwt-bearer/assertion#audience-of-another-domain",
                "an assertion made out to somebody else",
                Verdict::Pass,
            )
        },
        CaseRecord {
            kind: CaseKind::Reported,
            covers: rows(&["ASR-019"]),
            findings: vec![finding(
                "outcome",
                "refused or accepted",
                "accepted",
                FindingVerdict::Note,
            )],
            suspicions: Vec::new(),
            duration_us: 730,
            ..case(
                "jwt-bearer/assertion#audience-empty:list-of-empty-text",
                "an audience that names nobody",
                Verdict::Pass,
            )
        },
        CaseRecord {
            covers: rows(&["ASR-046"]),
            evidence: Evidence::Attested,
            ..case(
                "jwt-bearer/assertion#subject-locked",
                "a user who may not log in",
                Verdict::Pass,
            )
        },
    ]
}

fn missing() -> Vec<CaseRecord> {
    vec![
        CaseRecord {
            covers: rows(&["SIG-003", "SIG-004"]),
            findings: vec![
                Finding {
                    covers: rows(&["SIG-003"]),
                    ..finding(
                        "refusal as `signature-refused`",
                        "refused",
                        "status 200 with an access token",
                        FindingVerdict::Fail,
                    )
                },
                Finding {
                    sure: Sureness::Assumed,
                    ..finding(
                        "header cache-control",
                        "has \"no-store\"",
                        "absent",
                        FindingVerdict::Warn,
                    )
                },
                finding("json /token_type", "\"Bearer\"", "\"Bearer\"", FindingVerdict::Pass),
            ],
            exchanges: vec![exchange("assertion", Some(201)), exchange("token", Some(200))],
            ..case(
                "jwt-bearer/assertion#signature-changed:middle",
                "a signature with one bit flipped",
                Verdict::Fail,
            )
        },
        CaseRecord {
            covers: rows(&["ASR-020"]),
            findings: vec![finding(
                "refusal as `key-unknown`",
                "status 400 or 401, json /error \"invalid_client\"",
                "status 400, json /error \"invalid_grant\"",
                FindingVerdict::RefusedOtherwise,
            )],
            evidence: Evidence::Attested,
            ..case(
                "jwt-bearer/assertion#key-unknown",
                "a key that nobody registered",
                Verdict::RefusedOtherwise,
            )
        },
        CaseRecord {
            level: Level::Should,
            covers: rows(&["ASR-096"]),
            findings: vec![finding(
                "json /error_description",
                "at most 200 characters that say in plain words what was wrong with the request, and nothing about how the server is built",
                &"java.lang.NullPointerException at oracle.idm.token.Assertion.check ".repeat(9),
                FindingVerdict::Warn,
            )],
            ..case(
                "jwt-bearer/assertion#refusal-says-why",
                "a refusal that tells what is wrong with the request and not how the server is built, in a title that is too long for a line",
                Verdict::Warn,
            )
        },
        CaseRecord {
            reason: Some("step `assertion`: status: expected 201, found 503".to_owned()),
            exchanges: vec![exchange("token", None)],
            ..case(
                "jwt-bearer/assertion#resent",
                "the same assertion for a second time",
                Verdict::Inconclusive,
            )
        },
        CaseRecord {
            reason: Some(
                "expected to violate assertion.audience; the journal says assertion.audience, assertion.issuer"
                    .to_owned(),
            ),
            evidence: Evidence::Witnessed,
            ..case(
                "jwt-bearer/assertion#issuer-elsewhere",
                "an issuer of another domain",
                Verdict::Broken,
            )
        },
        CaseRecord {
            covers: rows(&["RSV-002", "<b>ROW</b>"]),
            findings: vec![finding(HOSTILE, HOSTILE, HOSTILE, FindingVerdict::Fail)],
            exchanges: vec![ExchangeRecord {
                ecid: Some(HOSTILE.to_owned()),
                location: Some(HOSTILE.to_owned()),
                ..exchange("token", Some(302))
            }],
            ..case("fusion/identity-echo#hostile", HOSTILE, Verdict::Fail)
        },
        CaseRecord {
            findings: vec![finding(
                "body",
                "{\"a\":1}",
                &"{\"a\":[1,2,3]}".repeat(60),
                FindingVerdict::Fail,
            )],
            reproduce: String::new(),
            ..case(
                "fusion/identity-echo#a-name-that-somebody-made-very-long-indeed:and-with-a-variant-too",
                "no room",
                Verdict::Fail,
            )
        },
    ]
}

/// Files of which a count says enough.
fn quiet() -> Vec<CaseRecord> {
    let of_table = (1..=12).map(|number| {
        let verdict = if number > 9 { Verdict::Skipped } else { Verdict::Pass };
        CaseRecord {
            reason: (number > 9).then(|| "row CAU-007 is off under oracle".to_owned()),
            ..case(
                &format!("client-credentials/token#{number}"),
                "a client with its own secret",
                verdict,
            )
        }
    });
    let title = "A client gets a token of its own when it proves with a signed assertion who it is";
    let flow = case("client-credentials/by-client-assertion", title, Verdict::Pass);
    std::iter::once(flow).chain(of_table).collect()
}

fn skipped() -> Vec<CaseRecord> {
    let row_off = "row CAU-007 is off under oracle";
    let reasons = [
        (
            "fusion/page-with-minted-token#scope-missing",
            "the target lends no mint",
            Some("mint"),
        ),
        (
            "fusion/page-with-minted-token#scope-of-another",
            "the target lends no mint",
            Some("mint"),
        ),
        ("fusion/page-with-minted-token#unlisted", row_off, None),
        ("fusion/page-with-minted-token#unlisted:twice", HOSTILE, None),
    ];
    let skipped = |(id, reason, missing): (&str, &str, Option<&str>)| CaseRecord {
        reason: Some(reason.to_owned()),
        missing: missing.map(str::to_owned),
        suspicions: Vec::new(),
        duration_us: 0,
        ..case(id, "a token that the API must not take", Verdict::Skipped)
    };
    reasons.map(skipped).into()
}

fn record(cases: Vec<CaseRecord>) -> RunRecord {
    RunRecord {
        schema: SCHEMA.to_owned(),
        version: "0.1.0".to_owned(),
        digest: "sha256:9f86d081".to_owned(),
        target: "acme-test".to_owned(),
        profile: "oracle".to_owned(),
        switches: vec!["challenge=off".to_owned()],
        seed: "5eed".to_owned(),
        carrier: Some("in process".to_owned()),
        started: Some("2026-01-02T03:04:05Z".to_owned()),
        plan: Some("go-live".to_owned()),
        hosts: vec!["domain.example".to_owned()],
        shard: None,
        summary: Summary::of(&cases),
        stale: Vec::new(),
        cases,
    }
}

fn everything() -> RunRecord {
    let mut cases = [quiet(), missing(), skipped(), passing()].concat();
    cases.sort_by(|one, other| one.id.split('#').next().cmp(&other.id.split('#').next()));
    record(cases)
}

fn titles() -> Titles {
    let title = "What an identity domain must not accept as a user assertion, and what it must";
    [("jwt-bearer/assertion".to_owned(), title.to_owned())].into()
}

/// Compares with the expected text of this name.
fn compare(name: &str, report: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/fixtures/report")
        .join(name);
    if std::env::var_os("UPDATE_EXPECTED").is_some() {
        fs::write(&path, report).expect("a writable file");
    }
    let expected = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        report == expected,
        "--- {name}, expected:\n{expected}\n--- {name}, got:\n{report}"
    );
}

#[test]
fn a_run_with_everything_in_it_reads_well_at_every_width() {
    let titles = titles();
    let options = Options {
        titles: &titles,
        ..Options::default()
    };
    compare("everything-80.txt", &terminal(&everything(), options));
    compare(
        "everything-120.txt",
        &terminal(&everything(), Options { width: 120, ..options }),
    );
    compare(
        "everything-verbose.txt",
        &terminal(
            &everything(),
            Options {
                width: 100,
                verbose: true,
                ..options
            },
        ),
    );
    compare(
        "everything-40.txt",
        &terminal(&everything(), Options { width: 0, ..options }),
    );
    let coloured = terminal(
        &everything(),
        Options {
            colour: Colour::Coloured,
            ..options
        },
    );
    compare("everything-coloured.txt", &coloured.replace('\u{1b}', "<ESC>"));
}

#[test]
fn each_way_to_end_has_its_sentence() {
    let pass = passing();
    let of = |verdict| {
        let found = [missing(), skipped()].concat();
        found
            .into_iter()
            .filter(|case| case.verdict == verdict)
            .take(1)
            .collect::<Vec<_>>()
    };
    let runs = [
        ("passed", pass.clone(), Strictness::Lenient),
        (
            "warned",
            [pass.clone(), of(Verdict::Warn)].concat(),
            Strictness::Lenient,
        ),
        (
            "warned, strictly",
            [pass.clone(), of(Verdict::Warn)].concat(),
            Strictness::Strict,
        ),
        (
            "failed",
            [pass.clone(), of(Verdict::Fail)].concat(),
            Strictness::Lenient,
        ),
        (
            "inconclusive",
            [pass.clone(), of(Verdict::Inconclusive)].concat(),
            Strictness::Lenient,
        ),
        ("skipped", of(Verdict::Skipped), Strictness::Lenient),
        ("broken", of(Verdict::Broken), Strictness::Lenient),
        (
            "broken and failed",
            [of(Verdict::Broken), of(Verdict::Fail)].concat(),
            Strictness::Lenient,
        ),
        ("nothing", Vec::new(), Strictness::Lenient),
    ];
    let told = runs.map(|(name, cases, strictness)| {
        let text = terminal(
            &record(cases),
            Options {
                strictness,
                width: 120,
                ..Options::default()
            },
        );
        let (_, end) = text.trim_end().rsplit_once("\n\n").expect("a last paragraph");
        format!("{name}\n{end}\n")
    });
    compare("sentences.txt", &told.join("\n"));
}

#[test]
fn a_case_has_one_line_while_the_run_goes_on() {
    let lines = everything()
        .cases
        .iter()
        .map(|case| line(case, Options::default()) + "\n")
        .collect::<String>();
    compare("lines.txt", &lines);
}

#[test]
fn programs_find_everything_in_the_json_and_read_back_what_was_recorded() {
    let report = json(&everything());
    compare("everything.json", &report);
    assert_eq!(serde_json::from_str::<RunRecord>(&report).unwrap(), everything());
}

#[test]
fn a_build_server_sees_failures_errors_and_skips() {
    compare("everything.xml", &junit(&everything()));
}

fn survivor(rule: &str, defect: &str, kind: MutantKind, rows: Vec<String>) -> Survivor {
    let (rule, defect) = (rule.to_owned(), defect.to_owned());
    Survivor {
        rule,
        defect,
        kind,
        rows,
    }
}

fn unobservable(defect: &str, caught_by: Option<&str>) -> Unobservable {
    Unobservable {
        rule: "journal.ecid".to_owned(),
        defect: defect.to_owned(),
        why: "the ecid is opaque to clients".to_owned(),
        caught_by: caught_by.map(str::to_owned),
    }
}

fn compound(case: &str, caught: bool) -> Compound {
    Compound {
        case: case.to_owned(),
        profile: "rfc".to_owned(),
        rules: rows(&["assertion.issuer", "assertion.subject"]),
        caught,
    }
}

fn proof_with_holes() -> Proof {
    let case = "jwt-bearer/assertion#resent".to_owned();
    Proof {
        mutants: 1_142,
        caught: 1_140,
        survivors: vec![
            survivor(
                "assertion.audience",
                "takes-a-prefix",
                MutantKind::Skip,
                rows(&["ASR-018", "ASR-019"]),
            ),
            survivor("assertion.expiry", HOSTILE, MutantKind::Overreach, Vec::new()),
        ],
        idle: vec![Idle {
            case: case.clone(),
            profiles: rows(&["oracle", "rfc"]),
        }],
        crosstalk: vec![Crosstalk {
            rule: "client.secret".to_owned(),
            defect: "skip".to_owned(),
            case: "jwt-bearer/assertion#key-unknown".to_owned(),
            profile: "oracle".to_owned(),
            verdict: Verdict::RefusedOtherwise,
            missed: vec![HOSTILE.to_owned()],
        }],
        unobservable: vec![unobservable("reused", None), unobservable("absent", Some(&case))],
        compound: vec![
            compound("jwt-bearer/assertion#stranger", false),
            compound("jwt-bearer/assertion#nobody", true),
        ],
        alarms: vec![Alarm {
            case,
            profile: "rfc".to_owned(),
            verdict: Verdict::Fail,
            reason: Some("step `token`: status: expected 400, found 200".to_owned()),
        }],
        is_partial: false,
    }
}

#[test]
fn a_proof_with_holes_names_them() {
    let options = Options::default();
    compare("proof-80.txt", &proof(&proof_with_holes(), options));
    compare(
        "proof-verbose.txt",
        &proof(
            &proof_with_holes(),
            Options {
                width: 120,
                verbose: true,
                ..options
            },
        ),
    );
}

#[test]
fn a_proof_without_holes_is_short_and_one_of_nothing_is_none() {
    let whole = Proof {
        mutants: 1_142,
        caught: 1_142,
        compound: vec![compound("jwt-bearer/assertion#nobody", true)],
        unobservable: vec![unobservable("reused", None)],
        ..Proof::default()
    };
    let told = [whole, Proof::default()].map(|view| proof(&view, Options::default()));
    compare("proof-short.txt", &told.join("\n"));
}
