//! The command line as others script against it, and a server that is not ours.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

fn tenantproof(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenantproof"))
        .args(arguments)
        .output()
        .expect("the binary runs")
}

/// A folder of this test's own, below the build's.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    // One that an earlier run left behind is in the way.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the build's folder can be written");
    folder
}

fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the folder can be written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
    }
}

fn target(folder: &Path, url: &str, secret: &str) -> String {
    let text = format!(
        r#"format = 1
name = "ten lines"
profile = "rfc"
hosts = ["127.0.0.1"]
[allow]
effects = ["read", "token"]
[domains.home]
url = "{url}"
issuer = "https://plain.example/"
assertion-audience = "https://plain.example/"
[clients.backend]
domain = "home"
id = "plain-client"
secret = {secret}
[apis.agents]
kind = "plain"
domain = "home"
url = "{url}"
audience = "urn:plain"
scope = "urn:plain/"
"#
    );
    let path = folder.join("target.toml");
    std::fs::write(&path, text).expect("the folder can be written");
    path.display().to_string()
}

/// A token endpoint in ten lines: it says the same to everybody.
fn ten_line_server(headers: &'static str) -> String {
    const BODY: &str = r#"{"access_token":"eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJwbGFpbi1jbGllbnQiLCJhdWQiOiJ1cm46cGxhaW4ifQ.c2ln","token_type":"Bearer","expires_in":60}"#;
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("a bound listener has an address")
    );
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.expect("a client connects");
            let _ = stream.read(&mut [0; 8192]);
            let head = format!(
                "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n{headers}Connection: close\r\nContent-Length: {}\r\n\r\n",
                BODY.len()
            );
            let _ = stream.write_all((head + BODY).as_bytes());
        }
    });
    url
}

#[test]
fn a_server_that_is_not_ours_is_judged_by_the_same_scenario() {
    let folder = folder("plain-good");
    write_private(&folder.join("secret"), "hush-hush");
    let url = ten_line_server("Cache-Control: no-store\r\nPragma: no-cache\r\n");
    let output = tenantproof(&[
        "run",
        "client-credentials/token",
        "--target",
        &target(&folder, &url, r#"{ file = "secret" }"#),
    ]);
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
}

#[test]
fn its_fault_is_found_and_is_no_error_of_ours() {
    let folder = folder("plain-cacheable");
    write_private(&folder.join("secret"), "hush-hush");
    let url = ten_line_server("Pragma: no-cache\r\n");
    let report = folder.join("report.json");
    let wanted = format!("json={}", report.display());
    let target = target(&folder, &url, r#"{ file = "secret" }"#);
    let output = tenantproof(&[
        "run",
        "client-credentials/token",
        "--target",
        &target,
        "--report",
        &wanted,
    ]);
    assert_eq!(output.status.code(), Some(1));
    let record: serde_json::Value =
        serde_json::from_slice(&std::fs::read(report).expect("the report was written")).expect("it is JSON");
    assert_eq!(record["summary"]["fail"], 1);
    let text = record.to_string() + &String::from_utf8_lossy(&output.stdout);
    assert!(text.contains("Cache-Control") && text.contains("TKN-014"));
    assert!(
        !text.contains("hush-hush") && !text.contains("eyJhbGciOiJSUzI1NiJ9.eyJ"),
        "neither secret nor token is told"
    );
}

#[test]
fn beyond_loopback_only_https_is_spoken_and_only_to_named_hosts() {
    let folder = folder("beyond");
    write_private(&folder.join("secret"), "hush-hush");
    for (url, host, part) in [
        ("http://somewhere.example", "somewhere.example", "not protected"),
        (
            "https://somewhere.example",
            "elsewhere.example",
            "does not stand under `hosts`",
        ),
    ] {
        let path = target(&folder, url, r#"{ file = "secret" }"#);
        let text = std::fs::read_to_string(&path)
            .expect("it was written")
            .replace("127.0.0.1", host);
        std::fs::write(&path, text).expect("it can be written again");
        let output = tenantproof(&["run", "--target", &path]);
        assert_eq!(output.status.code(), Some(2));
        assert!(String::from_utf8_lossy(&output.stderr).contains(part), "{part}");
    }
}

#[test]
fn a_secret_typed_into_a_target_is_an_error_that_does_not_repeat_it() {
    let folder = folder("typed");
    let path = target(&folder, "http://127.0.0.1:1", "\"hush-hush\"");
    let output = tenantproof(&["run", "--target", &path]);
    assert_eq!(output.status.code(), Some(2));
    assert!(!String::from_utf8_lossy(&output.stderr).contains("hush-hush"));
}

#[test]
fn a_secret_that_cannot_be_had_ends_a_run_before_it_begins() {
    let folder = folder("no-secret");
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let url = format!("http://{}", listener.local_addr().expect("it is bound"));
    let path = target(&folder, &url, "{ env = \"TENANTPROOF_IS_NOT_SET\" }");
    let run = tenantproof(&["run", "--target", &path, "client-credentials/token"]);
    assert_eq!(run.status.code(), Some(2));
    let said = String::from_utf8_lossy(&run.stderr);
    assert!(
        said.contains("TENANTPROOF_IS_NOT_SET") && said.contains("nothing was sent"),
        "{said}"
    );
    listener.set_nonblocking(true).expect("a socket can be made so");
    assert!(listener.accept().is_err(), "somebody called all the same");
}

#[test]
fn only_what_a_scenario_asks_for_can_be_required() {
    let run = tenantproof(&["run", "discovery/documents", "--require", "nonsense"]);
    assert_eq!(run.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&run.stderr).contains("nonsense"));
    let run = tenantproof(&["run", "discovery/documents", "--require", "pages-backend"]);
    assert_eq!(run.status.code(), Some(0));
}

#[test]
fn a_selection_that_means_nothing_is_wrong_input() {
    assert_eq!(tenantproof(&["run", "no-such-scenario"]).status.code(), Some(2));
    assert_eq!(tenantproof(&["run", "--report", "pdf=x"]).status.code(), Some(2));
    assert_eq!(tenantproof(&["explain", "no-such-thing"]).status.code(), Some(2));
}

#[test]
fn a_key_is_its_owners_and_is_never_overwritten() {
    let out = folder("keygen");
    let arguments = ["keygen", "--out", out.to_str().expect("the path is text")];
    assert_eq!(tenantproof(&arguments).status.code(), Some(0));
    let key = out.join("private-key.pem");
    let text = std::fs::read_to_string(&key).expect("the key was written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(
            std::fs::metadata(&key).expect("it is there").permissions().mode() & 0o777,
            0o600
        );
    }
    assert_eq!(tenantproof(&arguments).status.code(), Some(2));
    assert_eq!(std::fs::read_to_string(&key).expect("it is still there"), text);
}

#[test]
fn servers_write_over_their_own_target_file_and_nobody_elses() {
    let path = folder("served-over").join("tenant.toml");
    let file = path.to_str().expect("a plain name");
    let serve = ["serve", "--target-file", file, "--", "true"];
    for _ in 0..2 {
        assert_eq!(tenantproof(&serve).status.code(), Some(0));
    }
    std::fs::write(&path, "# what somebody wrote by hand\n").expect("the folder is ours");
    let output = tenantproof(&serve);
    assert_eq!(output.status.code(), Some(2));
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("is not overwritten"), "{said}");
    let text = std::fs::read_to_string(&path).expect("it is there still");
    assert_eq!(text, "# what somebody wrote by hand\n");
}

#[test]
fn a_command_finds_the_servers_and_gives_its_exit_code() {
    let shell = r#"test -n "$TENANTPROOF_CLIENT_SECRET" && test -r "$TENANTPROOF_CLIENT_KEY" && test -r "$TENANTPROOF_TARGET" && exit 7"#;
    assert_eq!(tenantproof(&["serve", "--", "sh", "-c", shell]).status.code(), Some(7));
}

#[test]
fn a_port_in_use_is_one_clear_sentence() {
    let taken = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let port = taken
        .local_addr()
        .expect("a bound listener has an address")
        .port()
        .to_string();
    let output = tenantproof(&["serve", "--port", &port, "--", "true"]);
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(error.contains(&port) && error.lines().count() == 1, "{error}");
}

#[test]
fn a_defect_that_is_switched_on_is_found() {
    let shell = r#""$0" run 'jwt-bearer/assertion-times#*' --target "$TENANTPROOF_TARGET""#;
    let binary = env!("CARGO_BIN_EXE_tenantproof");
    let arguments = [
        "serve",
        "--defect",
        "assertion.expiry.expired",
        "--",
        "sh",
        "-c",
        shell,
        binary,
    ];
    assert_eq!(tenantproof(&arguments).status.code(), Some(1));
    assert_eq!(
        tenantproof(&["serve", "--defect", "no.such", "--", "true"])
            .status
            .code(),
        Some(2)
    );
}

#[test]
fn a_fact_is_explained_with_what_shows_it_or_why_nothing_does() {
    let explained = |id: &str| String::from_utf8(tenantproof(&["explain", id]).stdout).expect("it prints UTF-8");
    let shown = explained("IDCS-ADMIN-604");
    assert!(shown.contains("  promises  answer.trace\n"), "{shown}");
    assert!(shown.contains("  rows      WIR-004\n"), "{shown}");
    assert!(shown.contains("  programs  oci_sdk.py\n"), "{shown}");
    let unshown = explained("IDCS-OAUTH-048");
    assert!(unshown.contains("  not shown by any mock: about a file"), "{unshown}");
}

#[test]
fn a_row_is_explained_with_why_no_case_shows_it() {
    let explained = |id: &str| String::from_utf8(tenantproof(&["explain", id]).stdout).expect("it prints UTF-8");
    let reasoned = explained("TKN-013");
    assert!(reasoned.contains("  not shown by any case: on loopback"), "{reasoned}");
    let of_clients = explained("PKC-016");
    assert!(
        of_clients.contains("  not shown by any case: about clients"),
        "{of_clients}"
    );
    let covered = explained("PKC-005");
    assert!(!covered.contains("not shown"), "{covered}");
}

#[test]
fn a_diagnosis_is_explained_with_what_it_looks_for_and_what_to_do() {
    let explained = |id: &str| {
        let output = tenantproof(&["explain", id]);
        assert_eq!(output.status.code(), Some(0), "{id}");
        String::from_utf8(output.stdout).expect("it prints UTF-8")
    };
    let known_to_both = explained("MISCONF-041");
    for part in [
        "MISCONF-041  (misconfiguration, ",
        "MISCONF-041  (diagnosis, inferred)",
        "  symptom   An assertion is refused that names the right key.\n",
        "  shows at  token\n",
        "  looks for the answer is 400 or 401; the private key and the certificate of the target file are no pair; ",
        "  or for    the answer is 400 or 401; the error is `invalid_request`; ",
        "not so: no scope was asked for\n",
        "  cause     Private key and imported certificate are no pair",
        "  do        Compare their public halves",
        "  sources   https://docs.oracle.com/",
    ] {
        assert!(known_to_both.contains(part), "{part}\n{known_to_both}");
    }
    let of_diagnosis_alone = explained("CLOCK-001");
    assert!(
        of_diagnosis_alone.contains("  do        Set the clock by NTP"),
        "{of_diagnosis_alone}"
    );
    assert!(explained("MISCONF-043").contains("  looks for nothing: "));
    let all = explained("diagnosis");
    assert!(all.contains("CLOCK-001  ") && all.contains("MISCONF-041  "), "{all}");
}

#[test]
fn every_report_says_how_a_failed_case_is_run_again_and_that_fails_again() {
    let folder = folder("again");
    write_private(&folder.join("secret"), "hush-hush");
    let url = ten_line_server("Pragma: no-cache\r\n");
    let target = target(&folder, &url, r#"{ file = "secret" }"#);
    let reports = ["html", "markdown", "junit"].map(|kind| (kind, folder.join(kind)));
    let asked = reports.clone().map(|(kind, path)| format!("{kind}={}", path.display()));
    let mut arguments = vec!["run", "client-credentials/token", "--target", &target];
    arguments.extend(asked.iter().flat_map(|report| ["--report", report]));
    let output = tenantproof(&arguments);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stdout);
    let again = said.lines().find_map(|line| line.trim().strip_prefix("again "));
    let again = again.expect("the report says how").trim();
    for (kind, path) in reports {
        let text = std::fs::read_to_string(path).expect("the report was written");
        let (_, end) = again.rsplit_once(" --profile ").expect("the profile is named");
        assert!(text.contains(end), "{kind}: {end}");
    }
    let line = again.strip_prefix("tenantproof").expect("it is a command of ours");
    let line = format!("\"$0\" {line}");
    let once_more = Command::new("sh")
        .args(["-c", &line, env!("CARGO_BIN_EXE_tenantproof")])
        .output();
    assert_eq!(once_more.expect("a shell runs").status.code(), Some(1));
}

#[test]
fn the_table_of_facts_can_be_read_by_programs() {
    let output = tenantproof(&["facts", "--format", "json"]);
    let table: serde_json::Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    let fact = |id: &str| {
        let mut facts = table.as_array().expect("a list").iter();
        facts
            .find(|fact| fact["id"] == id)
            .expect("every fact is there")
            .clone()
    };
    assert_eq!(fact("IDCS-OAUTH-048")["shown"], serde_json::json!({}));
    assert_eq!(
        fact("IDCS-ADMIN-214")["shown"]["promise"],
        serde_json::json!(["scim.order"])
    );
}

#[test]
fn a_secret_is_printed_by_a_command_only_where_that_is_allowed_and_without_a_shell() {
    let folder = folder("by-command");
    let url = ten_line_server("Cache-Control: no-store\r\nPragma: no-cache\r\n");
    let marker = folder.join("ran");
    let secret = format!(r#"{{ command = ["touch", "{}"] }}"#, marker.display());
    let run = |secret: &str, more: &[&str]| {
        let path = target(&folder, &url, secret);
        let mut arguments = vec!["run", "client-credentials/token", "--target", &path];
        arguments.extend(more);
        let output = tenantproof(&arguments);
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stderr).into_owned(),
        )
    };

    let (code, error) = run(&secret, &[]);
    assert_eq!(code, Some(2));
    assert!(
        error.contains("clients.backend.secret") && error.contains("--allow-commands"),
        "{error}"
    );
    assert!(!marker.exists(), "it did not run");

    let (code, error) = run(&secret, &["--allow-commands"]);
    assert!(
        marker.exists() && code == Some(2) && error.contains("printed nothing"),
        "{error}"
    );
    assert_eq!(
        run(r#"{ command = ["echo", "hush-hush"] }"#, &["--allow-commands"]).0,
        Some(0)
    );

    let told = folder.join("by-a-shell");
    let secret = format!(r#"{{ command = ["echo", "hush; touch {}"] }}"#, told.display());
    assert_eq!(run(&secret, &["--allow-commands"]).0, Some(0));
    assert!(!told.exists(), "no shell read the words");
}

#[test]
fn a_known_deviation_fails_nothing_and_a_stale_one_fails() {
    let folder = folder("baseline");
    write_private(&folder.join("secret"), "hush-hush");
    let url = ten_line_server("Pragma: no-cache\r\n");
    let target = target(&folder, &url, r#"{ file = "secret" }"#);
    let baseline = folder.join("baseline.toml");
    let path = baseline.display().to_string();
    let summary = folder.join("summary.md");
    let report = format!("markdown={}", summary.display());
    let run = |case: &str, until: &str| {
        let text = format!(
            "format = 1\n[[deviation]]\ncase = \"{case}\"\nreason = \"it caches\"\nuntil = {until}\ninstead = {{ verdict = \"fail\" }}\n"
        );
        std::fs::write(&baseline, text).expect("the folder can be written");
        let arguments = [
            "run",
            "client-credentials/token",
            "--target",
            &target,
            "--baseline",
            &path,
            "--report",
            &report,
        ];
        let output = tenantproof(&arguments);
        let said = std::fs::read_to_string(&summary).unwrap_or_default() + &String::from_utf8_lossy(&output.stdout);
        (output.status.code(), said)
    };
    let (code, said) = run("client-credentials/token", "2999-12-31");
    assert_eq!(code, Some(0), "{said}");
    assert!(
        said.contains("Known deviations") && said.contains("it caches"),
        "{said}"
    );
    for (case, until) in [
        ("client-credentials/token", "1999-12-31"),
        ("client-credentials/no-such", "2999-12-31"),
    ] {
        let (code, said) = run(case, until);
        assert_eq!(code, Some(1), "{said}");
        assert!(
            said.contains("Stale entries of the baseline") && said.contains(case),
            "{said}"
        );
    }
    std::fs::write(&baseline, "format = 2\n").expect("the folder can be written");
    let arguments = [
        "run",
        "client-credentials/token",
        "--target",
        &target,
        "--baseline",
        &path,
    ];
    assert_eq!(tenantproof(&arguments).status.code(), Some(2));
}

#[test]
fn a_scenario_is_exported_or_says_why_not() {
    for (tool, holds) in [
        ("postman", "\"{{client_secret}}\""),
        ("curl", "curl --silent"),
        ("http", "{{client_secret}}"),
    ] {
        let output = tenantproof(&["export", tool, "jwt-bearer/agent-as-user"]);
        assert_eq!(
            output.status.code(),
            Some(0),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(String::from_utf8_lossy(&output.stdout).contains(holds), "{tool}");
    }
    for (scenario, why) in [
        ("jwt-bearer/assertion-audience", "jwt-bearer/agent-as-user"),
        ("authorization-code/sign-in", "browser"),
        ("jwt-bearer/agent-as-usr", "did you mean"),
    ] {
        let output = tenantproof(&["export", "curl", scenario]);
        assert_eq!(output.status.code(), Some(2), "{scenario}");
        assert!(String::from_utf8_lossy(&output.stderr).contains(why), "{scenario}");
    }
}
