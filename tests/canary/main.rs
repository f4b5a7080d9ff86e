//! Nothing leaks: secrets of a target are searched for in everything that a run leaves behind, whatever a server does with them.

mod planted;
mod worst_server;

use std::path::Path;
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

use planted::*;
use worst_server::{Manner, server};

#[test]
fn no_secret_is_found_in_anything_that_a_run_leaves_behind() {
    for manner in Manner::ALL {
        let folder = folder(&format!("canary-{manner:?}"));
        target(&folder, &server(manner));
        let mut arguments = vec!["run", "--target", "target.toml"];
        // Waiting for jobs and for codes is left out: it takes the time that a real target may take.
        arguments.extend([
            "client-credentials/*",
            "jwt-bearer/*",
            "authorization-code/sign-in*",
            "password/*",
            "token-endpoint/*",
            "refresh/*",
        ]);
        for report in ["html=r.html", "markdown=r.md", "json=r.json", "junit=r.xml"] {
            arguments.extend(["--report", report]);
        }
        let output = tenantproof(&folder, &arguments);
        assert!(
            matches!(output.status.code(), Some(1 | 3)),
            "{manner:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert!(folder.join("r.html").exists());
        assert_silent(&folder, &format!("{manner:?}"), &output);
    }
}

#[test]
fn no_secret_is_found_in_a_comparison_or_a_calibration() {
    for manner in Manner::ALL {
        let folder = folder(&format!("canary-compare-{manner:?}"));
        target(&folder, &server(manner));
        // Whoever observes goes on after odd answers: what would then wait for a job is left out.
        let select = ["client-credentials/token", "authorization-code/sign-in*"];
        for (command, format) in [
            (
                &["compare", "--target", "target.toml", "--target", "embedded"][..],
                "human",
            ),
            (&["compare", "--target", "target.toml", "--target", "embedded"], "json"),
            (
                &["calibrate", "--target", "target.toml", "--out", "profile.toml"],
                "human",
            ),
            (&["calibrate", "--target", "target.toml"], "json"),
        ] {
            let output = tenantproof(&folder, &[command, &["--format", format], &select].concat());
            assert!(
                matches!(output.status.code(), Some(1 | 3)),
                "{manner:?} {command:?}: {}",
                String::from_utf8_lossy(&output.stderr)
            );
            assert_silent(&folder, &format!("{command:?} {manner:?}"), &output);
        }
    }
}

#[test]
fn no_secret_that_was_typed_into_the_wrong_place_is_repeated() {
    let folder = folder("canary-typed");
    let path = target(&folder, "http://127.0.0.1:9");
    let good = std::fs::read_to_string(&path).expect("it was written");
    // In a TOML text, quotes are escaped.
    let typed = SECRET.replace('"', "\\\"");
    let quoted = format!("\"{typed}\"");
    for (right, wrong) in [
        (r#"{ file = "secret" }"#, quoted.clone()),
        (r#"{ file = "secret" }"#, format!("{{ env = {quoted} }}")),
        (r#"{ file = "secret" }"#, format!("{{ file = {quoted} }}")),
        (r#"{ file = "secret" }"#, format!("{{ {quoted} = 1 }}")),
        (r#"{ file = "secret" }"#, format!("{{ command = [{quoted}] }}")),
        (r#"{ file = "keys/private-key.pem" }"#, format!("{{ file = {quoted} }}")),
        (r#""keys/certificate.pem""#, quoted.clone()),
        (r#""oracle""#, quoted.clone()),
        (r#"["127.0.0.1"]"#, format!("[{quoted}]")),
        (r#"domain = "home""#, format!("domain = {quoted}")),
        (r#""fusion-ai""#, quoted.clone()),
        (r#"["client_credentials","#, format!("[1, {quoted},")),
        (r#"url = "http://127.0.0.1:9""#, format!("url = {quoted}")),
        (
            r#"url = "http://127.0.0.1:9""#,
            "url = \"http://canary-id:canary-client-secret%2F7d1f@127.0.0.1:9\"".to_owned(),
        ),
        (
            "[users.employee]",
            format!("[users.employee]\nlike = {quoted}\nbut = \"x\""),
        ),
        ("format = 1", format!("format = {quoted}")),
        ("effects = [", format!("effects = [{quoted}, ")),
        (
            "name = \"the worst server\"",
            format!("name = \"the worst server\"\n{quoted} = 1"),
        ),
    ] {
        let text = good.replacen(right, &wrong, 1);
        assert_ne!(text, good, "{right}");
        std::fs::write(&path, text).expect("it can be written again");
        let arguments = [
            "run",
            "client-credentials/token",
            "--target",
            "target.toml",
            "--report",
            "json=r.json",
        ];
        let output = tenantproof(&folder, &arguments);
        assert_ne!(output.status.code(), Some(0), "{wrong}");
        std::fs::remove_file(&path).expect("it was written");
        assert_silent(&folder, &wrong, &output);
    }
}

#[test]
fn an_export_holds_no_secret() {
    let folder = folder("canary-export");
    target(&folder, "http://127.0.0.1:9");
    for tool in ["postman", "curl", "http"] {
        let output = tenantproof(
            &folder,
            &["export", tool, "jwt-bearer/agent-as-user", "--target", "target.toml"],
        );
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let text = String::from_utf8_lossy(&output.stdout);
        assert!(text.contains("client_secret") && text.contains("canary-id"), "{text}");
        assert_silent(&folder, tool, &output);
    }
}

#[test]
fn a_doctor_repeats_nothing_of_what_a_server_repeats() {
    for manner in Manner::ALL {
        let folder = folder(&format!("canary-doctor-{manner:?}"));
        target(&folder, &server(manner));
        for format in ["human", "json"] {
            let output = tenantproof(&folder, &["doctor", "--target", "target.toml", "--format", format]);
            assert_ne!(
                output.status.code(),
                Some(2),
                "{}",
                String::from_utf8_lossy(&output.stderr)
            );
            assert_silent(&folder, &format!("doctor, {manner:?}"), &output);
        }
    }
}

#[test]
fn the_token_that_was_asked_for_stands_on_standard_output_and_nowhere_else() {
    for manner in Manner::ALL {
        let folder = folder(&format!("canary-token-{manner:?}"));
        target(&folder, &server(manner));
        for user in [&[][..], &["--user", "employee"]] {
            let ask = |form: &str| {
                let mut arguments = vec!["token", "--target", "target.toml", "--client", "backend", "--as", form];
                arguments.extend(user);
                tenantproof(&folder, &arguments)
            };
            let what = format!("{manner:?} {user:?}");
            let mut asked = ask("access-token");
            if matches!(manner, Manner::Grant) {
                assert_eq!(
                    String::from_utf8_lossy(&asked.stdout),
                    format!("{ACCESS_TOKEN}\n"),
                    "{what}"
                );
                assert_eq!(asked.status.code(), Some(0), "{what}");
                asked.stdout.clear();
            } else {
                assert_eq!(
                    asked.status.code(),
                    Some(1),
                    "{}",
                    String::from_utf8_lossy(&asked.stderr)
                );
                assert!(asked.stdout.is_empty(), "{what}");
            }
            assert_silent(&folder, &what, &asked);

            let mut signed = ask("assertion");
            assert!(signed.stdout.starts_with(b"eyJ"), "{what}");
            signed.stdout.clear();
            assert_silent(&folder, &what, &signed);
            assert_silent(&folder, &what, &ask("curl"));
        }
    }
}

#[test]
fn what_is_typed_where_a_name_belongs_is_not_repeated() {
    let folder = folder("canary-arguments");
    target(&folder, "http://127.0.0.1:9");
    for secret in [SECRET, PASSWORD, &STANDARD.encode(SECRET)] {
        let flag = format!("--secret={secret}");
        for arguments in [
            vec![
                "token",
                "--target",
                "target.toml",
                "--as",
                "access-token",
                "--client",
                secret,
            ],
            vec![
                "token",
                "--target",
                "target.toml",
                "--as",
                "access-token",
                "--client",
                "backend",
                "--user",
                secret,
            ],
            vec![
                "token",
                "--target",
                "target.toml",
                "--as",
                "curl",
                "--client",
                "backend",
                "--api",
                secret,
            ],
            vec!["token", "--target", "target.toml", "--as", secret],
            vec!["token", "--target", "target.toml", "--as", "curl", "--stdin", secret],
            vec!["token", "--target", "target.toml", "--as", "curl", secret],
            vec!["token", &flag],
            vec!["decode", secret],
            vec!["decode", "-", secret],
            vec!["decode", "--format", secret],
            vec!["decode", &flag],
        ] {
            let output = tenantproof(&folder, &arguments);
            assert_eq!(output.status.code(), Some(2), "{arguments:?}");
            assert_silent(&folder, &format!("{arguments:?}"), &output);
        }
    }
}

/// Runs `decode` over a text.
fn decoded(folder: &Path, text: &str) -> Output {
    std::fs::write(folder.join("secret"), text).expect("the folder can be written");
    Command::new(env!("CARGO_BIN_EXE_tenantproof"))
        .args(["decode", "-"])
        .stdin(std::fs::File::open(folder.join("secret")).expect("it was written"))
        .output()
        .expect("the binary runs")
}

#[test]
fn decoding_shows_neither_signatures_nor_what_says_nothing() {
    let folder = folder("canary-decode");
    target(&folder, "http://127.0.0.1:9");
    let part = |json: &str| URL_SAFE_NO_PAD.encode(json);
    let signature = URL_SAFE_NO_PAD.encode(SECRET);
    let inner = format!(
        "{}.{}.{signature}",
        part(r#"{"alg":"RS256"}"#),
        part(r#"{"sub":"ada"}"#)
    );
    let outer = format!(
        "{}.{}.{signature}",
        part(r#"{"alg":"RS256"}"#),
        part(&serde_json::json!({ "sub": "ada", "act": inner, "aud": ["a", inner] }).to_string())
    );
    for text in [
        inner.clone(),
        outer.clone(),
        format!("{inner}.{signature}.{signature}"),
        format!("Authorization: Bearer {outer}"),
        format!(
            r#"{{"access_token":"{outer}","refresh_token":"{REFRESH_TOKEN}","client_secret":"canary-client-secret"}}"#
        ),
        format!("curl -u 'id:canary-client-secret' -H 'Authorization: Bearer {ACCESS_TOKEN}' https://a.example/"),
        format!("Authorization: Basic {}", STANDARD.encode(SECRET)),
        SECRET.to_owned(),
        PASSWORD.to_owned(),
        REFRESH_TOKEN.to_owned(),
    ] {
        let output = decoded(&folder, &text);
        assert_ne!(output.status.code(), Some(0), "{text}");
        assert_silent(&folder, &text, &output);
    }
}

#[test]
fn records_of_shards_and_what_is_merged_of_them_hold_no_secret() {
    for manner in [Manner::Refuse, Manner::Confuse] {
        let folder = folder(&format!("canary-shards-{manner:?}"));
        target(&folder, &server(manner));
        for number in ["1", "2"] {
            let (shard, record) = (format!("{number}/2"), format!("{number}.json"));
            let mut arguments = vec!["run", "--target", "target.toml", "--seed", "7"];
            arguments.extend(["--shard", &shard, "--record", &record]);
            arguments.extend(["client-credentials/*", "jwt-bearer/*"]);
            let output = tenantproof(&folder, &arguments);
            assert_silent(&folder, &format!("{manner:?} {shard}"), &output);
        }
        let mut arguments = vec!["merge", "1.json", "2.json"];
        for report in ["html=r.html", "markdown=r.md", "json=r.json", "junit=r.xml"] {
            arguments.extend(["--report", report]);
        }
        let output = tenantproof(&folder, &arguments);
        assert!(
            matches!(output.status.code(), Some(1 | 3)),
            "{manner:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        assert_silent(&folder, &format!("{manner:?} merged"), &output);
        assert_silent(&folder, "half", &tenantproof(&folder, &["merge", "1.json"]));
        assert_silent(
            &folder,
            "no record",
            &tenantproof(&folder, &["merge", "1.json", "secret"]),
        );
    }
}

#[test]
fn a_canary_would_be_heard() {
    let folder = folder("canary-heard");
    target(&folder, "http://127.0.0.1:9");
    let canaries = canaries(&folder);
    for disguised in disguised(SECRET).iter().chain(&disguised(PASSWORD)) {
        assert!(
            !found(&format!("before {disguised} after"), &canaries).is_empty(),
            "{disguised}"
        );
    }
    assert!(!found("x eyJhbGciOiJub25lIn0.eyJhIjoxfQ.c2ln", &canaries).is_empty());
    assert!(found("nothing of the kind, jwt:0123abcd", &canaries).is_empty());
}
