//! Comparing and calibrating, tried on mocks whose switches we set ourselves: what was set is found, and nothing else is claimed.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;
use tenantproof::model::{Mocks, assignment_of};
use tenantproof::profiles::Chosen;
use tenantproof_harness::compare::{
    Calibration, Model as _, Setting, Standing, Watch, calibrate, compare, difference::differences, sightings,
};
use tenantproof_mocks::landscape::profile::{ProfileName, SWITCHES};

/// For each switch the cases that show it, where all others stand as under `oracle`.
const SHOWN_BY: [(&str, &[&str]); 46] = [
    ("id-token-as-assertion", &["jwt-bearer/id-token#taken"]),
    (
        "assertion-audience",
        &[
            "jwt-bearer/assertion-audience#domain-address:with-slash",
            "client-credentials/client-assertion#audience-the-token-endpoint",
        ],
    ),
    ("single-use-assertions", &["jwt-bearer/assertion-accepted#replayed"]),
    ("token-id-required", &["jwt-bearer/assertion-accepted#id-missing"]),
    (
        "assertion-lifetime-cap",
        &["jwt-bearer/assertion-times#issued-long-ago"],
    ),
    ("key-id-required", &["jwt-bearer/assertion-header-and-key#no-key-named"]),
    (
        "thumbprint-alone",
        &["jwt-bearer/assertion-header-and-key#thumbprint-alone"],
    ),
    ("password-grant", &["password/password"]),
    ("subject-match", &["jwt-bearer/assertion-subject#other-letters"]),
    ("on-behalf-of-required", &["jwt-bearer/agent-as-user"]),
    ("framework-version", &["classic-rest/rows-read"]),
    (
        "two-assertions-need-client-credentials",
        &["jwt-bearer/two-assertions#without-client-credentials"],
    ),
    ("ungranted-scope", &["token-endpoint/scopes#one-of-two-not-given"]),
    ("token-life-follows-assertion", &["jwt-bearer/agent-as-user"]),
    ("scope-in-answer", &["client-credentials/token"]),
    ("access-token-type", &["client-credentials/token"]),
    ("refresh-rotation", &["about-tokens/two-grants"]),
    ("refresh-reuse", &["refresh/refresh-token#newest-after-reuse"]),
    (
        "public-clients-need-pkce",
        &["authorization-code/proof-key#public-client-without"],
    ),
    ("pkce-plain", &["authorization-code/proof-key#method-plain:plain"]),
    (
        "redirect-uri-at-redemption",
        &["authorization-code/code#redirect-uri-missing"],
    ),
    ("implicit-nonce", &["implicit/request#no-nonce"]),
    ("signing-keys", &["keys/key-set-methods", "keys/key-set-access#altered"]),
    ("key-operations", &["admin/settings-read"]),
    ("admin-no-role", &["admin/access#no-role"]),
    ("stale-version", &["admin/apps#stale:strong"]),
    ("items-per-page", &["admin/access#no-role"]),
    (
        "request-limits",
        &["token-endpoint/limits#eleventh", "password/guesses#fifth-wrong"],
    ),
    ("discovery-document", &["discovery/documents"]),
    (
        "certificate-chain",
        &["fusion-trust/rungs-left-out#authority-certificate"],
    ),
    (
        "two-names",
        &[
            "fusion-trust/third-party-tokens#two-names:prn",
            "fusion-trust/third-party-tokens#two-names:sub",
        ],
    ),
    ("locked-users", &["fusion-trust/third-party-tokens#locked-user"]),
    ("token-relay-header", &["fusion-sessions/at-the-relay#no-header"]),
    (
        "token-relay-sign-in",
        &["fusion-sessions/relay", "fusion-sessions/at-the-relay#another-person"],
    ),
    ("relayed-token", &["fusion-sessions/relay-for-agents"]),
    ("challenge", &["classic-rest/account-suspended"]),
    ("agent-authorization", &["agent-to-agent/message-sent"]),
    ("security-tables", &["business-objects/objects-read"]),
    ("location-access", &["business-objects/objects-read"]),
    ("no-data-access", &["classic-rest/no-rows"]),
    ("invoke-status", &["jwt-bearer/agent-as-user"]),
    ("agent-output", &["fusion/conversation"]),
    ("oic-no-role", &["integration/callers#role-on-itself"]),
    ("oic-scope-purpose", &["integration/scopes#of-developers"]),
    ("oic-account-wide", &["integration/account-wide-tokens#taken"]),
    ("oic-test-failure", &["integration/connection-tests#no-domain-user"]),
];

/// Values that no case tells apart, all others standing as under `oracle`: what was found may be any of them, and says so.
const ALIKE: [&[&str]; 2] = [
    &[
        "request-limits=oracle-apps",
        "request-limits=oracle-apps-premium",
        "request-limits=premium",
        "request-limits=external-user",
    ],
    // Which of two persons a token stands for is a value of its own, and is not compared.
    &["two-names=prn", "two-names=sub"],
];

fn cases() -> BTreeSet<String> {
    let named = SHOWN_BY.iter().flat_map(|(_, cases)| cases.iter());
    named.map(|case| (*case).to_owned()).collect()
}

fn calibrated(watch: &Watch<'_>, tenant: &Mocks<'_>, setting: Option<&Setting>) -> Calibration {
    let start = assignment_of(ProfileName::Oracle);
    let set = setting.map_or(start.clone(), |setting| start.with(setting));
    let target = tenant.observe(&set, &cases());
    calibrate(watch, &target, &[("oracle".to_owned(), start)])
}

fn changed(calibration: &Calibration) -> Vec<String> {
    let keys = calibration.keys.iter().filter(|key| key.is_changed);
    keys.map(|key| key.setting.to_string()).collect()
}

#[test]
fn each_switch_is_shown_by_cases() {
    let shown: BTreeSet<&str> = SHOWN_BY.iter().map(|(switch, _)| *switch).collect();
    let all: BTreeSet<&str> = SWITCHES.iter().map(|switch| switch.name).collect();
    assert_eq!(shown, all);
}

#[test]
fn calibrating_recovers_each_switch_that_its_cases_show_and_claims_no_other() {
    let library = tenantproof::scenarios::library().expect("the embedded scenarios are right");
    let mocks = |seed| {
        let mocks = Mocks::new(&library, "oracle", 2).expect("a plan of the embedded scenarios");
        mocks.without_whole_profiles().seeded(seed)
    };
    let (model, tenant) = (mocks(1), mocks(77));
    let watch = Watch::new(&model);

    let untouched = calibrated(&watch, &tenant, None);
    assert_eq!(changed(&untouched), Vec::<String>::new());
    assert_eq!(untouched.remaining, []);
    let not_observed: Vec<&str> = untouched
        .keys
        .iter()
        .filter(|key| key.standing == Standing::NotObserved)
        .map(|key| key.setting.switch.as_str())
        .collect();
    assert_eq!(not_observed, Vec::<&str>::new());

    for switch in SWITCHES {
        for value in switch.values.iter().filter(|value| **value != switch.oracle) {
            let setting = Setting::new(switch.name, *value);
            let calibration = calibrated(&watch, &tenant, Some(&setting));
            assert_eq!(calibration.remaining, [], "{setting}");
            let found = changed(&calibration);
            let [found] = found.as_slice() else {
                panic!("{setting}: found {found:?}");
            };
            let key = calibration.keys.iter().find(|key| key.setting.to_string() == *found);
            let Standing::Observed {
                evidence,
                alternatives,
                against,
            } = &key.expect("it was found among the keys").standing
            else {
                panic!("{setting}: nothing was seen of it");
            };
            assert!(!evidence.is_empty() && against.is_empty(), "{setting}");
            let alike = ALIKE.iter().find(|alike| alike.contains(&setting.to_string().as_str()));
            let expected: Vec<&str> = alike.map_or(Vec::new(), |alike| {
                alike.iter().copied().filter(|other| other != found).collect()
            });
            let told: BTreeSet<String> = alternatives.iter().map(ToString::to_string).collect();
            assert!(
                expected.iter().all(|other| told.contains(*other)),
                "{setting}: {told:?}"
            );
            assert!(
                *found == setting.to_string() || told.contains(&setting.to_string()),
                "{setting}: {found}"
            );
        }
    }
}

#[test]
fn a_switch_whose_cases_did_not_run_is_not_claimed() {
    let library = tenantproof::scenarios::library().expect("the embedded scenarios are right");
    let mocks = || {
        Mocks::new(&library, "oracle", 2)
            .expect("a plan")
            .without_whole_profiles()
    };
    let (model, tenant) = (mocks(), mocks().seeded(5));
    let start = assignment_of(ProfileName::Oracle);
    let set = [Setting::new("challenge", "rfc"), Setting::new("scope-in-answer", "on")];
    let set = set.iter().fold(start.clone(), |start, setting| start.with(setting));
    let target = tenant.observe(&set, &BTreeSet::from(["client-credentials/token".to_owned()]));
    let calibration = calibrate(&Watch::new(&model), &target, &[("oracle".to_owned(), start)]);
    assert_eq!(changed(&calibration), ["scope-in-answer=on"]);
    let challenge = calibration.keys.iter().find(|key| key.setting.switch == "challenge");
    let challenge = challenge.expect("every switch is told");
    assert_eq!(
        (challenge.setting.value.as_str(), &challenge.standing),
        ("owsm", &Standing::NotObserved)
    );
}

/// The scenarios that the tests of the command line run: a token of each kind, refusals, and calls.
const SELECT: [&str; 6] = [
    "client-credentials/token",
    "jwt-bearer/agent-as-user",
    "jwt-bearer/assertion-audience",
    "token-endpoint/scopes",
    "classic-rest/reading",
    "admin/access",
];

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("compare-{name}"));
    // One that an earlier run left behind is in the way.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the build's folder can be written");
    folder
}

fn tenantproof(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantproof"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null());
    command.output().expect("the binary runs")
}

fn text(output: &Output) -> String {
    let [out, error] = [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes));
    format!("{:?}\n{out}\n{error}", output.status.code())
}

#[test]
fn a_mock_differs_from_itself_on_no_carrier() {
    for carrier in ["in-process", "http", "https"] {
        let sides = [
            "compare",
            "--target",
            "embedded:rfc",
            "--target",
            "embedded:rfc",
            "--carrier",
            carrier,
        ];
        let output = tenantproof(&folder(carrier), &[&sides[..], &SELECT[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{carrier}: {}", text(&output));
        assert!(text(&output).contains("no difference"), "{carrier}: {}", text(&output));
    }
}

#[test]
fn every_difference_between_the_profiles_ends_in_a_switch_or_is_told_as_not_modelled() {
    let sides = [
        "compare",
        "--format",
        "json",
        "--target",
        "embedded:oracle",
        "--target",
        "embedded:rfc",
    ];
    let output = tenantproof(&folder("profiles"), &[&sides[..], &SELECT[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let told: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
    assert_eq!(told["schema"], "tenantproof/compare/1");
    let mut switches = BTreeSet::new();
    for difference in told["differences"].as_array().expect("a list") {
        let explanation = &difference["explanation"];
        assert!(explanation.is_null() || explanation["one"].is_array(), "{difference}");
        for setting in explanation["other"].as_array().into_iter().flatten() {
            let name = setting["switch"].as_str().expect("a name").to_owned();
            assert!(
                name == "profile" || SWITCHES.iter().any(|switch| switch.name == name),
                "{name}"
            );
            switches.insert(name);
        }
    }
    // Both sides are mocks, so that nothing between them is unknown.
    let open = told["differences"].as_array().expect("a list").iter();
    assert_eq!(open.filter(|difference| difference["explanation"].is_null()).count(), 0);
    for expected in [
        "access-token-type",
        "admin-no-role",
        "assertion-audience",
        "challenge",
        "invoke-status",
        "profile",
        "scope-in-answer",
    ] {
        assert!(switches.contains(expected), "{expected}: {switches:?}");
    }
}

#[test]
fn a_difference_in_one_switch_is_explained_by_that_switch() {
    let sides = ["compare", "--target", "embedded", "--target", "embedded:challenge=rfc"];
    let output = tenantproof(&folder("one-switch"), &[&sides[..], &SELECT[..]].concat());
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
    let told = text(&output);
    assert!(told.contains("\nchallenge: owsm | rfc   "), "{told}");
    assert!(told.contains("explained by switches, 0 not modelled"), "{told}");
}

#[test]
fn servers_are_calibrated_and_a_mock_with_the_profile_that_was_found_answers_as_they_did() {
    let folder = folder("served");
    let program = env!("CARGO_BIN_EXE_tenantproof");
    // On loopback a domain keeps its names as an audience, and the target file has an address of another name: left out.
    let select = SELECT.iter().filter(|name| !name.ends_with("assertion-audience"));
    let select = select.copied().collect::<Vec<_>>().join(" ");
    let set = [
        "--switch",
        "invoke-status=202",
        "--switch",
        "challenge=rfc",
        "--switch",
        "scope-in-answer=on",
    ];
    let calibrate = format!("{program} calibrate --target $TENANTPROOF_TARGET --out profile.toml {select}");
    let output = tenantproof(
        &folder,
        &[&["serve"], &set[..], &["--", "sh", "-c", &calibrate]].concat(),
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let chosen = Chosen::open(&folder.join("profile.toml")).expect("it was written");
    let switches: Vec<String> = chosen
        .switches
        .iter()
        .map(|(name, value)| format!("{name}={value}"))
        .collect();
    assert_eq!(switches, ["challenge=rfc", "invoke-status=202", "scope-in-answer=on"]);
    let written = std::fs::read_to_string(folder.join("profile.toml")).expect("it was written");
    assert!(written.contains("jwt-bearer/agent-as-user"), "{written}");

    let compare = format!("{program} compare --target $TENANTPROOF_TARGET --target embedded:profile.toml {select}");
    let output = tenantproof(
        &folder,
        &["serve", "--profile", "profile.toml", "--", "sh", "-c", &compare],
    );
    assert_eq!(output.status.code(), Some(0), "{}", text(&output));
    let output = tenantproof(&folder, &["serve", "--", "sh", "-c", &compare]);
    assert_eq!(output.status.code(), Some(1), "{}", text(&output));
}

#[test]
fn what_cannot_be_compared_is_said_and_what_is_mistyped_too() {
    let folder = folder("mistyped");
    std::fs::write(
        folder.join("wrong.toml"),
        "format = 1\nprofile = \"oracle\"\n[switches]\nchallange = \"rfc\"\n",
    )
    .expect("the folder is ours");
    std::fs::write(folder.join("other.json"), "{}").expect("the folder is ours");
    for (arguments, code, why) in [
        (&["compare", "--target", "embedded"][..], 2, "two sides"),
        (
            &["compare", "--target", "embedded", "--target", "embedded:orakle"],
            2,
            "profile file",
        ),
        (
            &["compare", "--target", "embedded", "--target", "embedded:x=y"],
            2,
            "no switch `x`",
        ),
        (
            &["compare", "--target", "embedded", "--target", "embedded:wrong.toml"],
            2,
            "challange",
        ),
        (
            &["compare", "--target", "embedded", "--target", "other.json"],
            2,
            "no record",
        ),
        (
            &["run", "client-credentials/token", "--profile", "wrong.toml"],
            2,
            "challange",
        ),
        (
            &["run", "client-credentials/token", "--switch", "challenge=loud"],
            2,
            "owsm",
        ),
        (&["calibrate", "--target", "absent.toml"], 2, "cannot be read"),
        (
            &["run", "client-credentials/token", "--profile", "orakle"],
            2,
            "profile file",
        ),
    ] {
        let output = tenantproof(&folder, arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", text(&output));
        assert!(text(&output).contains(why), "{arguments:?}: {}", text(&output));
    }
}

#[test]
fn comparing_looks_at_the_same_cases_and_says_what_one_side_lacks() {
    let library = tenantproof::scenarios::library().expect("the embedded scenarios are right");
    let mocks = Mocks::new(&library, "oracle", 1).expect("a plan");
    let start = assignment_of(ProfileName::Oracle);
    let both = BTreeSet::from([
        "client-credentials/token".to_owned(),
        "jwt-bearer/agent-as-user".to_owned(),
    ]);
    let one = mocks.observe(&start, &both);
    let other = mocks.observe(&start, &BTreeSet::from(["client-credentials/token".to_owned()]));
    let compared = compare(&one, &other, ["one", "other"]);
    assert_eq!(compared.compared.len(), 1);
    assert_eq!(compared.not_compared[0].case, "jwt-bearer/agent-as-user");
    assert_eq!(compared.not_compared[0].why, "other: it is not in the plan");
    assert_eq!(differences(&one, &other), []);
    assert!(sightings(&[]).is_empty());
}
