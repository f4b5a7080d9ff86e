//! A target beyond this machine, as far as anybody can tell: mocks over TLS under names of their own, which are resolved to loopback.

mod tenants;

use std::process::{Command, Output};

use serde_json::Value;

use tenants::{Tenant, said};

/// The numbers in `N requests sent, M token requests refused`.
fn spent(output: &Output) -> (u64, u64) {
    let error = String::from_utf8_lossy(&output.stderr).into_owned();
    let line = error
        .lines()
        .find(|line| line.contains(" requests sent"))
        .expect("it says what it sent");
    let numbers: Vec<u64> = line.split(' ').filter_map(|word| word.parse().ok()).collect();
    (numbers[0], numbers[1])
}

#[test]
fn the_plan_for_going_live_is_the_default_and_stays_within_its_budget() {
    let tenant = Tenant::start("go-live", &[]);
    let output = tenant.tenantproof(&["run", "--allow", "invoke"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let (requests, refused) = spent(&output);
    assert!(requests > 10 && requests <= 60, "{requests}");
    assert!(refused > 3 && refused <= 15, "{refused}");
    let record = tenant.record();
    assert_eq!(record["summary"]["fail"], 0);
    assert!(record["summary"]["pass"].as_u64() > Some(10), "{}", said(&output));
    assert_eq!(record["summary"]["skipped"], 0, "{}", said(&output));
}

#[test]
fn agents_run_only_where_the_command_line_and_the_file_say_so() {
    let tenant = Tenant::start("agents", &[]);
    let output = tenant.tenantproof(&["run", "jwt-bearer/agent-as-user"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert!(said(&output).contains("the effect `invoke`"), "{}", said(&output));
    assert_eq!(spent(&output).0, 0);

    tenant.edit("\"EXPENSE_HELPER\"", "\"ANOTHER\"");
    let output = tenant.tenantproof(&["run", "jwt-bearer/agent-as-user", "--allow", "invoke"]);
    assert_eq!(output.status.code(), Some(4), "{}", said(&output));
    assert_eq!(spent(&output).0, 0);

    let output = tenant.tenantproof(&["run", "--allow", "admin"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(said(&output).contains("does not allow it"), "{}", said(&output));
}

#[test]
fn more_than_the_plan_needs_somebody_who_says_so() {
    let tenant = Tenant::start("full", &[]);
    let output = tenant.tenantproof(&["run", "--plan", "full"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("--yes"));
    let output = tenant.tenantproof(&["run", "password"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("--plan full"));
    let output = tenant.tenantproof(&["run", "--shard", "1/2", "--seed", "7"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("leave --shard out"), "{}", said(&output));
    let output = tenant.tenantproof(&["run", "--jobs", "4"]);
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    let output = tenant.tenantproof(&["run", "client-credentials/two-tokens", "--plan", "full", "--yes"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_dry_run_prints_every_request_without_secrets_and_sends_none() {
    let tenant = Tenant::start("dry", &[]);
    let output = tenant.tenantproof(&["run", "--dry-run", "--allow", "invoke"]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let secret = std::fs::read_to_string(tenant.folder.join("tenant-secrets/backend.secret")).expect("it was written");
    assert!(!text.contains(secret.trim()), "the secret is not told");
    assert!(!text.contains("eyJ"), "and no token");
    for part in [
        "POST https://",
        "Authorization: Basic (hidden)",
        "assertion = a JWT: header",
        "Bearer {token.access-token}",
        "requests would be sent; nothing was sent",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(!tenant.folder.join("tenant.record.json").exists());
}

#[test]
fn a_run_that_ends_early_leaves_a_valid_record_and_is_resumed() {
    let tenant = Tenant::start("resume", &[]);
    tenant.limit("pause = \"1ms\"\nrequests = 6");
    let first = tenant.tenantproof(&["run"]);
    assert!(
        said(&first).contains("the budget of 6 requests is spent"),
        "{}",
        said(&first)
    );
    assert_eq!(spent(&first).0, 6);
    assert_eq!(first.status.code(), Some(3), "too little was proved to pass");
    let count = |record: &Value| record["cases"].as_array().map(Vec::len);
    let record = tenant.record();
    let all = count(&record);
    let is_interrupted = |case: &&Value| {
        case["reason"]
            .as_str()
            .is_some_and(|why| why.starts_with("interrupted"))
    };
    let left = record["cases"]
        .as_array()
        .expect("cases")
        .iter()
        .filter(is_interrupted)
        .count();
    assert!(left > 0 && Some(left) < all, "{}", said(&first));

    tenant.limit("pause = \"1ms\"");
    let path = tenant.folder.join("tenant.record.json").display().to_string();
    let second = tenant.tenantproof(&["run", "--resume", &path]);
    assert_eq!(second.status.code(), Some(0), "{}", said(&second));
    let record = tenant.record();
    assert_eq!(count(&record), all);
    assert_eq!(
        record["cases"]
            .as_array()
            .expect("cases")
            .iter()
            .filter(is_interrupted)
            .count(),
        0
    );

    let third = tenant.tenantproof(&["run", "--resume", &path]);
    assert_eq!(spent(&third), (0, 0), "nothing is left to run");
    let other = tenant.tenantproof(&["run", "--resume", &path, "--profile", "rfc"]);
    assert_eq!(other.status.code(), Some(2));
    assert!(said(&other).contains("another profile"), "{}", said(&other));
}

#[test]
fn what_a_run_makes_stands_in_the_ledger_and_is_undone() {
    let tenant = Tenant::start("ledger", &[]);
    tenant.edit("\"invoke\"", "\"invoke\", \"admin\"");
    let run = ["run", "admin/app-made", "--plan", "full", "--yes", "--allow", "admin"];
    // A token, the application, and the end of the budget.
    tenant.limit("pause = \"1ms\"\nrequests = 2");
    let output = tenant.tenantproof(&run);
    assert!(said(&output).contains("the budget of 2 requests"), "{}", said(&output));
    let ledger = tenant.folder.join("tenant.ledger.jsonl").display().to_string();
    let text = std::fs::read_to_string(&ledger).expect("the ledger was written");
    assert!(
        text.contains("/admin/v1/Apps") && text.contains("displayName"),
        "{text}"
    );
    assert!(!text.contains("eyJ"), "{text}");

    tenant.limit("pause = \"1ms\"");
    let output = tenant.tenantproof(&["cleanup", "--ledger", &ledger, "--dry-run"]);
    assert!(said(&output).contains("made https://"), "{}", said(&output));
    let output = tenant.tenantproof(&["cleanup", "--ledger", &ledger]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    assert!(said(&output).contains(": deleted"), "{}", said(&output));
    let output = tenant.tenantproof(&["cleanup", "--ledger", &ledger]);
    assert!(said(&output).contains("Nothing is left"), "{}", said(&output));
}

#[test]
fn a_certificate_that_nobody_trusts_is_not_spoken_to() {
    let tenant = Tenant::start("untrusted", &[]);
    // A certificate of somebody else in place of the authority's.
    tenant.edit("ca.pem", "backend.crt.pem");
    let output = tenant.tenantproof(&["run", "client-credentials/token"]);
    assert_eq!(output.status.code(), Some(3), "{}", said(&output));
    assert!(said(&output).contains("no secure connection"), "{}", said(&output));
}

/// What the doctor says, as JSON, and how it ended.
fn doctor(tenant: &Tenant) -> (Option<i32>, Value) {
    let output = tenant.tenantproof(&["doctor", "--format", "json"]);
    let report = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{error}\n{}", said(&output)));
    (output.status.code(), report)
}

fn findings<'a>(report: &'a Value, state: &str) -> Vec<&'a Value> {
    let all = report["findings"].as_array().expect("findings");
    all.iter().filter(|finding| finding["state"] == state).collect()
}

#[test]
fn the_doctor_finds_nothing_wrong_with_a_sound_tenant_and_suspects_nothing() {
    let tenant = Tenant::start("doctor-sound", &[]);
    let (code, report) = doctor(&tenant);
    let bad = findings(&report, "bad");
    assert!(bad.is_empty(), "{bad:#?}");
    assert!(findings(&report, "warn").is_empty(), "{:#?}", findings(&report, "warn"));
    assert_eq!(code, Some(0));
    let good = findings(&report, "good");
    for check in [
        "key-pair",
        "reach-domain",
        "clock",
        "discovery",
        "issuer",
        "token",
        "token-claims",
        "reach-api",
        "identity-echo",
    ] {
        assert!(
            good.iter().any(|finding| finding["check"] == check),
            "{check}: {report:#}"
        );
    }
    assert!(
        !report.to_string().contains("suspicions"),
        "none is offered when nothing is wrong"
    );
    assert!(!report.to_string().contains("eyJ"), "and no token is shown");
    let output = tenant.tenantproof(&["doctor"]);
    assert!(
        String::from_utf8_lossy(&output.stdout).contains("Fusion says that the caller is ada.example"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_true_cause_is_among_the_first_two() {
    let tenant = Tenant::start("doctor-sick", &[]);
    let sound = std::fs::read_to_string(tenant.target()).expect("the target file was written");
    let secrets = tenant.folder.join("tenant-secrets");
    let keep = |name: &str, text: &str| {
        let path = secrets.join(name);
        std::fs::write(&path, text).expect("the folder is ours");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
        }
    };
    keep("wrong.secret", "hush-hush");
    let id_of = |client: &str| {
        let (_, entry) = sound
            .split_once(&format!("[clients.{client}]"))
            .expect("the client is there");
        let (_, id) = entry.split_once("\nid = \"").expect("it has an id");
        id.split('"').next().expect("a split has a first part").to_owned()
    };
    let backend = id_of("backend");
    let table: [(&str, Vec<(String, String)>); 11] = [
        (
            "MISCONF-030",
            vec![("\"backend-2026\"".into(), "\"backend-2025\"".into())],
        ),
        (
            "MISCONF-036",
            vec![("\"ada.example\"".into(), "\"ada@mail.example\"".into())],
        ),
        (
            "MISCONF-001",
            vec![("secrets/backend.secret".into(), "secrets/wrong.secret".into())],
        ),
        (
            "MISCONF-001",
            vec![(backend.clone(), "ffffffffffffffffffffffffffffffff".into())],
        ),
        (
            "MISCONF-010",
            vec![(
                "scope = \"urn:opc:resource:fusion:DEV5:fusion-ai/\"".into(),
                "scope = \"urn:opc:resource:fusion:DEV5:fusion-ai\"".into(),
            )],
        ),
        ("MISCONF-013", vec![("DEV5:fusion-ai".into(), "TEST1:fusion-ai".into())]),
        (
            "MISCONF-041",
            vec![("secrets/backend.key.pem".into(), "secrets/other-client.key.pem".into())],
        ),
        (
            "MISCONF-004",
            vec![
                (backend.clone(), id_of("no-assertions")),
                ("secrets/backend.secret".into(), "secrets/no-assertions.secret".into()),
            ],
        ),
        (
            "MISCONF-002",
            vec![
                (backend.clone(), id_of("inactive")),
                ("secrets/backend.secret".into(), "secrets/inactive.secret".into()),
            ],
        ),
        (
            "MISCONF-034",
            vec![(
                "assertion-audience = \"https://identity.oraclecloud.com/\"".into(),
                "assertion-audience = \"https://elsewhere.example/oauth2/v1/token\"".into(),
            )],
        ),
        (
            "MISCONF-055",
            vec![(
                "issuer = \"https://identity.oraclecloud.com/\"".into(),
                "issuer = \"https://identity.oraclecloud.com\"".into(),
            )],
        ),
    ];
    let mut missed = Vec::new();
    for (cause, edits) in &table {
        let text = edits.iter().fold(sound.clone(), |text, (from, to)| {
            assert!(text.contains(from.as_str()), "{from}");
            text.replace(from.as_str(), to)
        });
        std::fs::write(tenant.target(), text).expect("it can be written again");
        let (code, report) = doctor(&tenant);
        assert_eq!(code, Some(1), "{cause}: {report:#}");
        let names = |finding: &&Value| {
            let suspected = finding["suspicions"].as_array().into_iter().flatten().take(2);
            let by_call = suspected.map(|suspicion| &suspicion["id"]).any(|id| id == cause);
            by_call
                || finding["sources"]
                    .as_array()
                    .is_some_and(|sources| sources.iter().any(|source| source == cause))
        };
        if !findings(&report, "bad").iter().any(names) {
            missed.push(format!(
                "{cause}: {:#}",
                Value::from(findings(&report, "bad").into_iter().cloned().collect::<Vec<_>>())
            ));
        }
    }
    assert!(missed.is_empty(), "{}", missed.join("\n"));
}

#[test]
fn a_failed_run_says_what_may_be_wrong() {
    let tenant = Tenant::start("run-sick", &[]);
    let text = std::fs::read_to_string(tenant.target()).expect("the target file was written");
    std::fs::write(tenant.target(), text.replace("\"backend-2026\"", "\"backend-2025\""))
        .expect("it can be written again");
    let output = tenant.tenantproof(&["run", "fusion/identity-echo"]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(
        said(&output).contains("What may be wrong") && said(&output).contains("MISCONF-030"),
        "{}",
        said(&output)
    );
}

#[test]
fn the_profile_of_a_tenant_is_found_within_the_plan_and_a_mock_of_it_is_no_different() {
    let tenant = Tenant::start(
        "calibrated",
        &["--switch", "invoke-status=202", "--switch", "challenge=rfc"],
    );
    let profile = tenant.folder.join("profile.toml");
    let profile = profile.to_str().expect("the build's folder has a plain name");
    let output = tenant.tenantproof(&["calibrate", "--allow", "invoke", "--out", profile]);
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
    let (requests, refused) = spent(&output);
    assert!(requests <= 60 && refused <= 15, "{requests} {refused}");
    let written = std::fs::read_to_string(profile).expect("the profile was written");
    assert!(written.contains("\ninvoke-status = \"202\"\n"), "{written}");

    // What was observed is kept, and can be compared without another request.
    let record = tenant.folder.join("tenant.calibrate.json");
    let mock = format!("embedded:{profile}");
    let compared = Command::new(env!("CARGO_BIN_EXE_tenantproof"))
        .args([
            "compare",
            "--target",
            record.to_str().expect("a plain name"),
            "--target",
            &mock,
        ])
        .output()
        .expect("the binary runs");
    assert_eq!(compared.status.code(), Some(0), "{}", said(&compared));
    let compared = tenant.tenantproof(&["compare", "--target", "embedded:rfc", "--allow", "invoke"]);
    assert_eq!(compared.status.code(), Some(1), "{}", said(&compared));
}

/// As `docs/go-live.md` says, by somebody who has nothing but what the consoles show.
#[test]
fn from_the_first_question_to_a_profile_that_answers_as_the_tenant_does() {
    let tenant = Tenant::start("from-nothing", &[]);
    let own = tenant.asked("backend");
    let secret = own.secret.clone();
    let tenantproof = |arguments: &[&str]| own.tenantproof(&tenant, arguments);
    let path = |name: &str| tenant.folder.join(name).to_str().expect("a plain name").to_owned();

    let doctor = tenantproof(&["doctor"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", said(&doctor));
    let rehearsed = tenantproof(&["run", "--dry-run", "--allow", "invoke"]);
    assert_eq!(rehearsed.status.code(), Some(0), "{}", said(&rehearsed));
    let page = path("report.html");
    let run = tenantproof(&["run", "--allow", "invoke", "--report", &format!("html={page}")]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    let page = std::fs::read_to_string(page).expect("the report was written");
    assert!(page.contains("our tenant") && !page.contains(&secret));
    let profile = path("profile.toml");
    let calibrated = tenantproof(&["calibrate", "--allow", "invoke", "--out", &profile]);
    assert_eq!(calibrated.status.code(), Some(0), "{}", said(&calibrated));
    let compared = tenantproof(&[
        "compare",
        "--allow",
        "invoke",
        "--target",
        &format!("embedded:{profile}"),
    ]);
    assert_eq!(compared.status.code(), Some(0), "{}", said(&compared));
}

/// Most people have one client for all that they call. What they gave it is no failure, and whom Fusion sees is looked at.
#[test]
fn a_client_that_calls_agents_and_rest_services_keeps_to_the_plan() {
    let tenant = Tenant::start("one-client", &[]);
    let own = tenant.asked("pages-backend");
    let doctor = own.tenantproof(&tenant, &["doctor"]);
    assert_eq!(doctor.status.code(), Some(0), "{}", said(&doctor));
    let record = tenant.folder.join("record.json");
    let report = format!("json={}", record.display());
    let run = own.tenantproof(&tenant, &["run", "--allow", "invoke", "--report", &report]);
    assert_eq!(run.status.code(), Some(0), "{}", said(&run));
    let record = std::fs::read(record).expect("the record was written");
    let record: Value = serde_json::from_slice(&record).expect("it is JSON");
    assert!(record["started"].is_string(), "whoever signs wants to know when it was");
    for (id, verdict, reason) in [
        ("fusion/identity-echo", "pass", None),
        ("fusion/echo-with-other-tokens#token-for-agents", "pass", None),
        (
            "token-endpoint/scopes#scope-not-given",
            "skipped",
            Some("`backend` may ask for `pages`, to judge by its `scopes`"),
        ),
    ] {
        let case = record["cases"]
            .as_array()
            .expect("cases")
            .iter()
            .find(|case| case["id"] == id);
        let case = case.unwrap_or_else(|| panic!("{id} is in the plan"));
        assert_eq!(case["verdict"], verdict, "{id}");
        assert_eq!(case["reason"].as_str(), reason, "{id}");
    }
}
