//! Tokens that are handed over and read: `token` and `decode`, as people and scripts use them.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

const BINARY: &str = env!("CARGO_BIN_EXE_tenantproof");
/// What ends every token that these tests write; it must never be printed.
const SIGNATURE: &str = "c2lnbmF0dXJlLW9mLWEtdGVzdA";

fn tenantproof(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(BINARY)
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the binary runs");
    let mut stdin = child.stdin.take().expect("standard input was asked for");
    // A command that has no use for it may be gone already.
    let _ = stdin.write_all(input.as_bytes());
    drop(stdin);
    child.wait_with_output().expect("it comes to an end")
}

fn stdout(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn now() -> u64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    since.expect("the clock is past 1970").as_secs()
}

fn token(header: &Value, claims: &Value) -> String {
    let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part.to_string()));
    format!("{header}.{claims}.{SIGNATURE}")
}

fn assertion(end: u64) -> String {
    token(
        &json!({ "alg": "RS256", "kid": "alias", "x5t": "AAAAAAAAAAAAAAAAAAAAAAAAAAA" }),
        &json!({ "iss": "client", "sub": "ada.example", "aud": ["https://identity.oraclecloud.com/"], "exp": end }),
    )
}

/// A folder of this test's own, below the build's.
fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("handover-{name}"));
    // One that an earlier run left behind is in the way.
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(&folder).expect("the build's folder can be written");
    folder
}

#[test]
fn a_token_is_read_however_it_is_pasted_and_its_signature_is_not_shown() {
    let sound = assertion(now() + 3_030);
    let (begin, end) = sound.split_at(30);
    for input in [
        sound.clone(),
        format!("{begin}\r\n{end}\n"),
        format!(r#"{{"assertion":"{sound}"}}"#),
        format!("curl -d 'grant_type=x' -d assertion={sound} https://a.example/"),
    ] {
        for arguments in [&["decode", "-"][..], &["decode"]] {
            let output = tenantproof(arguments, &input);
            let text = stdout(&output);
            assert_eq!(output.status.code(), Some(0), "{text}{}", stderr(&output));
            for part in [
                "assertion for a user",
                "alias",
                "AAAAAAAAAAAAAAAAAAAAAAAAAAA",
                "ada.example",
                "(in 50 min",
            ] {
                assert!(text.contains(part), "{part}\n{text}");
            }
            assert!(!text.contains(SIGNATURE) && !text.contains(&sound[..40]), "{text}");
        }
    }
}

#[test]
fn what_is_wrong_with_a_token_is_said_and_is_the_exit_code() {
    let unsigned = token(
        &json!({ "alg": "none" }),
        &json!({ "tok_type": "AT", "aud": "a", "exp": now() + 99 }),
    );
    let encrypted = format!(
        "{}.a.b.c.d",
        URL_SAFE_NO_PAD.encode(r#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#)
    );
    for (input, part) in [
        (assertion(now() - 7_200), "it expired 2 h"),
        (unsigned, "nobody signed it"),
        (encrypted, "nobody but its receiver can read"),
        (
            format!("Authorization: Bearer {}", assertion(now() + 60)),
            "where an access token belongs",
        ),
        ("0123456789abcdef0123456789".to_owned(), "it is no signed token"),
    ] {
        let output = tenantproof(&["decode", "-"], &input);
        assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
        assert!(stdout(&output).contains(part), "{part}\n{}", stdout(&output));
    }
}

#[test]
fn programs_read_the_same_as_json() {
    let output = tenantproof(&["decode", "--format", "json", "-"], &assertion(now() - 60));
    let report: Value = serde_json::from_slice(&output.stdout).expect("it prints JSON");
    let token = &report["tokens"][0];
    assert_eq!(token["kind"], "user-assertion");
    assert_eq!(token["claims"]["sub"], "ada.example");
    assert_eq!(token["troubles"][0]["id"], "expired");
    assert!(!stdout(&output).contains(SIGNATURE));
}

#[test]
fn a_token_is_no_argument_and_is_not_repeated() {
    let sound = assertion(now() + 3_000);
    let flag = format!("--token={sound}");
    for arguments in [
        vec!["decode", &sound],
        vec!["decode", "Bearer", &sound],
        vec!["decode", "-", &sound],
        vec!["decode", &flag],
        vec!["decode", "--format", &sound],
        vec!["token", "--as", &sound],
        vec!["token", &sound],
        vec!["token", &flag],
    ] {
        let output = tenantproof(&arguments, "");
        assert_eq!(output.status.code(), Some(2));
        let said = stdout(&output) + &stderr(&output);
        assert!(!said.contains(SIGNATURE) && !said.is_empty(), "{said}");
    }
    assert!(stderr(&tenantproof(&["decode", &sound], "")).contains("standard input"));
}

#[test]
fn what_holds_no_token_or_is_too_much_is_wrong_input() {
    for (input, part) in [
        (String::new(), "no token"),
        ("password=hunter2-hunter2".to_owned(), "no token"),
        ("x".repeat(2 * 1024 * 1024), "more than"),
    ] {
        let output = tenantproof(&["decode", "-"], &input);
        assert_eq!(output.status.code(), Some(2));
        let error = stderr(&output);
        assert!(error.contains(part) && !error.contains("hunter2"), "{error}");
    }
    assert!(stdout(&tenantproof(&["decode", "--help"], "")).contains("standard input"));
}

/// Runs a line of the shell beside served mocks; `$0` is the binary, `$TARGET` the options that name the target, client and API.
fn beside_servers(line: &str) -> Output {
    let shell = format!(r#"set -e; TARGET="--target $TENANTPROOF_TARGET --client backend --api agents"; {line}"#);
    tenantproof(&["serve", "--", "sh", "-c", &shell, BINARY], "")
}

#[test]
fn an_access_token_stands_alone_on_standard_output_and_works() {
    for (user, subject) in [("", "client"), ("--user employee", "user")] {
        let output = beside_servers(&format!(
            r#"token=$("$0" token --as access-token $TARGET {user}); printf %s "$token" | "$0" decode --format json -"#
        ));
        assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
        let report: Value = serde_json::from_slice(&output.stdout).expect("one token, and nothing else");
        assert_eq!(report["tokens"][0]["kind"], "access-token");
        assert_eq!(report["tokens"][0]["claims"]["sub_type"], subject);
        let said = stderr(&output);
        assert!(
            said.contains("can use it until 20") && said.contains(" UTC (in "),
            "{said}"
        );
        assert!(!said.contains("eyJ"), "{said}");
    }
}

#[test]
fn an_assertion_is_one_that_the_domain_takes() {
    let exchange = r#"assertion=$("$0" token --as assertion $TARGET --user employee)
        curl -sf -u "$TENANTPROOF_CLIENT_ID:$TENANTPROOF_CLIENT_SECRET" --data-urlencode "scope=$TENANTPROOF_SCOPE" \
            -d grant_type=urn:ietf:params:oauth:grant-type:jwt-bearer -d "assertion=$assertion" "$TENANTPROOF_TOKEN_URL""#;
    // The foreign client need not be there.
    if Command::new("curl").arg("--version").output().is_ok() {
        let output = beside_servers(exchange);
        assert!(stdout(&output).contains("access_token"), "{}", stderr(&output));
    }
    let output = beside_servers(r#""$0" token --as assertion $TARGET | "$0" decode --format json -"#);
    let report: Value = serde_json::from_slice(&output.stdout).expect("one assertion, and nothing else");
    assert_eq!(report["tokens"][0]["kind"], "client-assertion", "{report}");
}

/// Puts a program called `curl` into a folder that writes down what it was given.
fn stand_in_for_curl(folder: &Path) {
    let path = folder.join("curl");
    let script =
        "#!/bin/sh\nprintf '%s\\n' \"$@\" > \"$(dirname \"$0\")/arguments\"\ncat > \"$(dirname \"$0\")/input\"\n";
    std::fs::write(&path, script).expect("the folder can be written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).expect("the file is ours");
    }
}

#[test]
fn the_curl_line_holds_no_secret_and_passes_it_by_standard_input() {
    if Command::new("jq").arg("--version").output().is_err() {
        return;
    }
    let folder = folder("curl");
    stand_in_for_curl(&folder);
    let run = format!(
        r#"line=$("$0" token --as curl $TARGET --user employee); printf '%s\n' "$line"
        export client_secret="hush hush/\"1" assertion=some.signed.text; PATH="{}:$PATH" sh -c "$line""#,
        folder.display()
    );
    let output = beside_servers(&run);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(!stdout(&output).contains("hush"), "{}", stdout(&output));
    let [arguments, input] =
        ["arguments", "input"].map(|name| std::fs::read_to_string(folder.join(name)).expect("curl was called"));
    assert!(
        !arguments.contains("hush") && !arguments.contains("some.signed"),
        "{arguments}"
    );
    assert!(
        arguments.contains("scope=") && arguments.trim_end().ends_with("/oauth2/v1/token"),
        "{arguments}"
    );
    assert!(input.contains(":hush%20hush%2F%221\"\n"), "{input}");
    assert!(
        input.contains("data-urlencode = \"assertion=some.signed.text\""),
        "{input}"
    );
    assert!(stderr(&output).contains("nothing was sent"));
}

#[test]
fn without_its_secret_the_curl_line_sends_nothing() {
    let folder = folder("curl-unset");
    stand_in_for_curl(&folder);
    let run = format!(
        r#"line=$("$0" token --as curl $TARGET); PATH="{}:$PATH" sh -c "$line""#,
        folder.display()
    );
    let output = beside_servers(&run);
    assert_ne!(output.status.code(), Some(0));
    assert!(!folder.join("arguments").exists());
    assert!(stderr(&output).contains("client_secret"), "{}", stderr(&output));
}

#[test]
fn a_secret_may_come_by_standard_input_and_a_wrong_one_is_refused() {
    let right = r#"printf '%s\n' "$TENANTPROOF_CLIENT_SECRET" | "$0" token --as access-token $TARGET --stdin secret"#;
    let output = beside_servers(right);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).starts_with("eyJ"));

    let wrong = r#"printf hush-hush | "$0" token --as access-token $TARGET --stdin secret"#;
    let output = beside_servers(wrong);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    assert_eq!(stdout(&output), "");
    assert!(
        stderr(&output).contains("the answer is 401") && !stderr(&output).contains("hush-hush"),
        "{}",
        stderr(&output)
    );

    let empty = r#""$0" token --as access-token $TARGET --stdin secret < /dev/null"#;
    assert_eq!(beside_servers(empty).status.code(), Some(2));
}

#[test]
fn only_what_the_target_file_allows_is_asked_for() {
    let folder = folder("allowed");
    let text = r#"format = 1
name = "somewhere"
profile = "oracle"
hosts = ["127.0.0.1"]
[allow]
effects = ["read"]
[domains.home]
url = "http://127.0.0.1:9"
issuer = "https://identity.example/"
assertion-audience = "https://identity.example/"
[clients.backend]
domain = "home"
id = "an-id"
secret = { env = "NO_SUCH_SECRET" }
[apis.agents]
kind = "plain"
domain = "home"
url = "http://127.0.0.1:9"
audience = "urn:plain"
scope = "urn:plain/"
"#;
    let path = folder.join("target.toml");
    let ask = |text: &str| {
        std::fs::write(&path, text).expect("the folder can be written");
        let target = path.display().to_string();
        let output = tenantproof(
            &[
                "token",
                "--target",
                &target,
                "--as",
                "access-token",
                "--stdin",
                "secret",
            ],
            "hush-hush",
        );
        (output.status.code(), stderr(&output), stdout(&output))
    };
    let (code, error, _) = ask(text);
    assert!(code == Some(2) && error.contains("does not allow it"), "{error}");
    let open = text.replace("[\"read\"]", "[\"read\", \"token\"]");
    let (code, error, out) = ask(&open);
    assert!(
        code == Some(3) && error.contains("no answer") && out.is_empty(),
        "{error}"
    );
    let (code, error, _) = ask(&open.replace("127.0.0.1", "somewhere.example"));
    assert!(code == Some(2) && error.contains("not protected"), "{error}");
    let (code, error, _) = ask(&open.replace("hosts = [\"127.0.0.1\"]", "hosts = [\"127.0.0.2\"]"));
    assert!(code == Some(2) && error.contains("hosts"), "{error}");
}
