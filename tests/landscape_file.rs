//! Landscape files on the command line: printed, served, run against, and refused.

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

fn tenantproof(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenantproof"))
        .args(arguments)
        .stdin(Stdio::null())
        .output()
        .expect("the binary runs")
}

/// What a command printed that had to succeed.
fn printed(arguments: &[&str]) -> String {
    let output = tenantproof(arguments);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}: {said}");
    String::from_utf8(output.stdout).expect("what is printed is text")
}

fn file(name: &str, content: impl AsRef<[u8]>) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("landscape-file");
    std::fs::create_dir_all(&folder).expect("the build's folder can be written");
    let path = folder.join(name);
    std::fs::write(&path, content).expect("the folder can be written");
    path
}

fn text(path: &Path) -> &str {
    path.to_str().expect("the build's folder has a plain name")
}

/// A landscape that shares only the names of its client and domain with the reference.
const OWN: &str = r#"{
  "keys": { "our-client": { "fresh": true } },
  "domains": {
    "home": {
      "apps": {
        "backend": {
          "secret": { "drawn": true },
          "grants": ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"],
          "scopes": ["urn:opc:resource:fusion:PROD1:fusion-ai/"],
          "certificates": [{ "alias": "ours", "over": "our-client" }],
          "type": "trusted"
        },
        "Night Batch/../": { "secret": { "drawn": true }, "grants": ["client_credentials"] },
        "Fusion AI": {
          "client": false,
          "type": "public",
          "resource": { "audience": "urn:opc:resource:fusion:PROD1:fusion-ai", "scopes": ["/"] }
        }
      },
      "users": { "mary.example": { "password": { "drawn": true } } }
    }
  },
  "pods": { "PROD1": { "domain": "home", "users": { "mary.example": {} }, "agents": { "LEDGER_HELPER": {} } } }
}"#;

#[test]
fn what_is_printed_runs_as_the_reference_does() {
    for profile in ["oracle", "rfc"] {
        let printed = printed(&["landscape", "--profile", profile]);
        assert!(
            !printed.contains("\"published\": \"") && !printed.contains("published-secret"),
            "keys are made anew"
        );
        let path = file(&format!("printed-{profile}.json"), printed);
        let ran = tenantproof(&[
            "run",
            "client-credentials/*",
            "jwt-bearer/agent-as-user",
            "--strict",
            "--landscape",
            text(&path),
        ]);
        assert_eq!(ran.status.code(), Some(0), "{}", String::from_utf8_lossy(&ran.stdout));
    }
}

#[test]
fn what_is_printed_is_what_the_schema_says_and_is_printed_the_same_again() {
    let written = printed(&["landscape", "--published"]);
    let path = file("published.json", &written);
    assert_eq!(printed(&["landscape", "--landscape", text(&path)]), written);
    let schema: Value = serde_json::from_str(&printed(&["schema", "landscape"])).expect("the schema is JSON");
    for instance in [written.as_str(), OWN] {
        let instance: Value = serde_json::from_str(instance).expect("a landscape file is JSON");
        assert_eq!(fits(&instance, &schema, &schema), Ok(()));
    }
    let wrong = json!({ "domains": { "home": { "leeway": "300" } } });
    assert!(
        fits(&wrong, &schema, &schema).is_err(),
        "the schema refuses what the reader refuses"
    );
    let unknown = json!({ "domains": { "home": { "leway": 300 } } });
    assert!(
        fits(&unknown, &schema, &schema).is_err(),
        "and names that it does not know"
    );
}

/// Whether a value is what a schema of this project says: those keywords that it uses, and no others.
fn fits(value: &Value, schema: &Value, root: &Value) -> Result<(), String> {
    if let Some(pointer) = schema["$ref"].as_str() {
        let pointer = pointer.trim_start_matches('#');
        return fits(
            value,
            root.pointer(pointer).expect("what is referred to is there"),
            root,
        );
    }
    if let Some(ways) = schema["anyOf"].as_array() {
        let fitting = ways.iter().any(|way| fits(value, way, root).is_ok());
        return fitting.then_some(()).ok_or_else(|| format!("{value} fits in no way"));
    }
    let is_constant = schema.get("const").is_none_or(|constant| constant == value);
    let is_listed = schema["enum"].as_array().is_none_or(|listed| listed.contains(value));
    let is_of = |name: &Value| match name.as_str() {
        Some("string") => value.is_string(),
        Some("boolean") => value.is_boolean(),
        Some("integer") => value.is_u64(),
        Some("array") => value.is_array(),
        Some("object") => value.is_object(),
        Some("null") => value.is_null(),
        other => panic!("a schema says {other:?}"),
    };
    let is_typed = match &schema["type"] {
        Value::Null => true,
        Value::Array(names) => names.iter().any(is_of),
        name => is_of(name),
    };
    if !(is_constant && is_listed && is_typed) {
        return Err(format!("{value} is not {schema}"));
    }
    for item in value.as_array().into_iter().flatten() {
        fits(item, schema.get("items").unwrap_or(&json!({})), root)?;
    }
    for (name, member) in value.as_object().into_iter().flatten() {
        match (schema["properties"].get(name), &schema["additionalProperties"]) {
            (None, Value::Bool(false)) => return Err(format!("{name} is not known")),
            (None, Value::Null) => {}
            (Some(described), _) | (None, described) => fits(member, described, root)?,
        }
    }
    Ok(())
}

#[test]
fn a_landscape_of_ones_own_is_served_and_described() {
    let path = file("own.json", OWN);
    let script = format!(
        "env | grep ^TENANTPROOF_ && cat \"$TENANTPROOF_TARGET\" && ls $(dirname $TENANTPROOF_TARGET)/* && \
         '{}' run discovery/documents --target \"$TENANTPROOF_TARGET\"",
        env!("CARGO_BIN_EXE_tenantproof")
    );
    let said = printed(&["serve", "--landscape", text(&path), "--", "sh", "-c", &script]);
    for expected in [
        "TENANTPROOF_SCOPE=urn:opc:resource:fusion:PROD1:fusion-ai/",
        "TENANTPROOF_USER=mary.example",
        "TENANTPROOF_KEY_ID=ours",
        "[clients.backend]",
        "[clients.night-batch----]",
        "[apis.prod1-ledger-helper]",
        "[users.mary-example]",
        "night-batch----.secret",
    ] {
        assert!(said.contains(expected), "{expected} is not in {said}");
    }
    assert!(!said.contains("[users.employee]"), "nobody is made up");
}

#[test]
fn embedded_servers_take_a_landscape_of_ones_own() {
    let path = file("own-embedded.json", OWN);
    let ran = tenantproof(&["run", "jwt-bearer/agent-as-user", "--landscape", text(&path)]);
    assert_eq!(
        ran.status.code(),
        Some(4),
        "without an employee nothing runs to a verdict"
    );
    let said = String::from_utf8_lossy(&ran.stdout);
    assert!(said.contains("employee"), "the skip says who is missing: {said}");
}

#[test]
fn a_mistake_is_told_with_file_line_and_column_and_nothing_is_served() {
    let path = file(
        "mistaken.json",
        OWN.replace("\"domain\": \"home\"", "\"domain\": \"hone\""),
    );
    for command in ["serve", "run", "landscape"] {
        let output = tenantproof(&[command, "--landscape", text(&path)]);
        assert_eq!(output.status.code(), Some(2), "{command}");
        let said = String::from_utf8_lossy(&output.stderr);
        let place = format!("{}:23:34: /pods/PROD1/domain: expected", path.display());
        assert!(said.contains(&place) && said.contains("did you mean `home`?"), "{said}");
        assert!(output.stdout.is_empty());
    }
}

#[test]
fn files_that_are_none_are_refused_in_a_sentence() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let huge = file("huge.json", vec![b' '; 5 << 20]);
    let binary = file("binary.json", [0xff, 0xfe, 0x00, 0x80]);
    let deep = file("deep.json", "[".repeat(1 << 20));
    for path in [folder.to_owned(), folder.join("no-such-file.json"), huge, binary, deep] {
        let output = tenantproof(&["serve", "--landscape", text(&path)]);
        assert_eq!(output.status.code(), Some(2), "{}", path.display());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(said.starts_with("tenantproof: the landscape file"), "{said}");
        assert!(said.len() < 500, "{said}");
    }
}

#[test]
fn a_landscape_is_for_embedded_servers_only() {
    let path = file("for-a-target.json", OWN);
    let output = tenantproof(&["run", "--target", "some.toml", "--landscape", text(&path)]);
    assert_eq!(output.status.code(), Some(2));
    assert!(String::from_utf8_lossy(&output.stderr).contains("embedded servers"));
}
