//! Tenants that are set up wrongly, from the first question to the profile: each command says what is wrong, and none takes a mistake for
//! behaviour. They are served over TLS under names of their own, and nothing is known of them but what people know of a tenant.

mod tenants;

use std::path::Path;
use std::process::Output;
use std::sync::OnceLock;

use serde_json::Value;
use tenantproof::misconfigured;

use tenants::{Tenant, said};

/// What is looked at where two servers are compared: a token of each kind, a call, and what the domain says of itself.
const LOOKED_AT: [&str; 3] = [
    "client-credentials/token",
    "discovery/documents",
    "jwt-bearer/agent-as-user",
];
/// How many causes somebody reads.
const READ: usize = 2;

fn json(output: &Output) -> Value {
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", said(output)))
}

fn list<'a>(value: &'a Value, member: &str) -> &'a [Value] {
    value[member].as_array().map_or(&[], Vec::as_slice)
}

/// The ids of what is suspected first.
fn suspected(value: &Value) -> Vec<&str> {
    let first = list(value, "suspicions").iter().take(READ);
    first.filter_map(|suspicion| suspicion["id"].as_str()).collect()
}

/// What a sound tenant showed, as a record that can be compared without asking it again.
fn sound() -> &'static Path {
    static SOUND: OnceLock<std::path::PathBuf> = OnceLock::new();
    SOUND.get_or_init(|| {
        let tenant = Tenant::start("sound", &[]);
        let own = tenant.asked("backend");
        let calibrate = ["calibrate", "--format", "json", "--allow", "invoke"];
        let output = own.tenantproof(&tenant, &[&calibrate[..], &LOOKED_AT[..]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", said(&output));
        assert!(list(&json(&output), "left-out").is_empty(), "{}", said(&output));
        tenant.folder.join("own.calibrate.json")
    })
}

/// Takes one wrong set-up along the whole way of `docs/go-live.md`.
fn is_told_all_the_way(id: &str) {
    let (entry, shown) = misconfigured::find(id).expect("it can be shown");
    let tenant = Tenant::start(id, &["--misconfigured", id]);
    let own = tenant.asked("backend");
    let tenantproof = |arguments: &[&str]| own.tenantproof(&tenant, arguments);
    let path = |name: &str| tenant.folder.join(name).to_str().expect("a plain name").to_owned();

    // The doctor names it, and says what to do.
    let doctor = tenantproof(&["doctor", "--format", "json"]);
    assert_eq!(doctor.status.code(), Some(1), "{}", said(&doctor));
    let report = json(&doctor);
    let bad = list(&report, "findings")
        .iter()
        .filter(|finding| finding["state"] == "bad");
    let names = |finding: &&Value| {
        suspected(finding).contains(&id) || list(finding, "sources").iter().any(|source| source == id)
    };
    let told = bad.clone().find(names).unwrap_or_else(|| panic!("{id}: {report:#}"));
    assert!(told["todo"].is_string(), "{told:#}");

    // A run does not pass, and the case that fails of it names it.
    let (page, record) = (path("report.html"), path("report.json"));
    let run = tenantproof(&[
        "run",
        "--allow",
        "invoke",
        "--report",
        &format!("html={page}"),
        "--report",
        &format!("json={record}"),
    ]);
    assert_eq!(run.status.code(), Some(1), "{}", said(&run));
    assert!(
        said(&run).contains("What may be wrong with the set-up"),
        "{}",
        said(&run)
    );
    let record = std::fs::read(record).expect("the record was written");
    let record: Value = serde_json::from_slice(&record).expect("it is JSON");
    let case = list(&record, "cases").iter().find(|case| case["id"] == *shown.run);
    let case = case.expect("the plan has what people depend on");
    assert_eq!(case["verdict"], "fail", "{case:#}");
    assert!(suspected(case).contains(&id), "{id}: {:#}", case["suspicions"]);

    // So does the page that somebody is asked to sign.
    let page = std::fs::read_to_string(page).expect("the report was written");
    let which = format!("({id}; ");
    for part in [
        "our tenant does not keep to profile oracle",
        "What may be wrong with the set-up",
        &which,
    ] {
        assert!(page.contains(part), "{part}");
    }
    assert!(!page.contains(&own.secret), "and it tells no secret");

    // Beside a sound tenant the difference shows, and no switch is blamed for it.
    let other = sound().to_str().expect("a plain name");
    let compared = tenantproof(&["compare", "--format", "json", "--allow", "invoke", "--target", other]);
    assert_eq!(compared.status.code(), Some(1), "{}", said(&compared));
    let compared = json(&compared);
    let of_case = |difference: &&Value| difference["case"] == *shown.run && difference["point"] == "status";
    let difference = list(&compared, "differences").iter().find(of_case);
    let difference = difference.unwrap_or_else(|| panic!("{id}: {compared:#}"));
    let doubt = list(difference, "doubt").iter().take(READ);
    assert!(doubt.into_iter().any(|cause| cause == id), "{difference:#}");
    let explained = |difference: &&Value| !difference["explanation"].is_null();
    let explained = list(&compared, "differences").iter().find(explained);
    assert!(explained.is_none(), "{explained:#?}");

    // And no profile comes of it that would show the mistake for ever.
    let profile = path("profile.toml");
    let calibrate = ["calibrate", "--format", "json", "--allow", "invoke", "--out", &profile];
    let calibrated = tenantproof(&[&calibrate[..], &LOOKED_AT[..]].concat());
    assert_eq!(calibrated.status.code(), Some(1), "{}", said(&calibrated));
    let calibrated = json(&calibrated);
    let changed = list(&calibrated, "switches")
        .iter()
        .find(|switch| switch["changed"] == true);
    assert!(changed.is_none(), "{changed:#?}");
    let left_out = list(&calibrated, "left-out").iter().find(|doubt| {
        let is_of_case = list(doubt, "cases").iter().any(|case| case == &shown.run);
        is_of_case && suspected(doubt).contains(&id)
    });
    assert!(left_out.is_some(), "{id}: {calibrated:#}");
    let profile = std::fs::read_to_string(profile).expect("the profile was written");
    assert!(
        profile.contains("left out, as the set-up may be wrong") && profile.contains(id),
        "{profile}"
    );
    assert_eq!(entry.id, id);
}

/// Makes a test of each.
macro_rules! tenants {
    ($($name:ident: $id:literal,)*) => {
        $(#[test]
        fn $name() {
            is_told_all_the_way($id);
        })*
    };
}

tenants! {
    a_secret_that_is_not_the_clients: "MISCONF-001",
    a_client_that_was_never_activated: "MISCONF-002",
    a_grant_that_is_not_ticked: "MISCONF-004",
    a_scope_that_was_typed: "MISCONF-010",
    a_scope_of_another_pod: "MISCONF-012",
    a_resource_that_was_never_added: "MISCONF-013",
    a_key_id_that_is_no_alias: "MISCONF-030",
    an_assertion_for_the_token_endpoint: "MISCONF-034",
    a_mail_address_as_subject: "MISCONF-036",
    a_key_without_its_certificate: "MISCONF-041",
    a_user_whom_fusion_does_not_know: "MISCONF-119",
    an_audience_that_fusion_does_not_take: "MISCONF-121",
}
