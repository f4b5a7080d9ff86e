//! Tokens that are read: `decode`, as people and scripts use it.

use std::io::Write as _;
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
