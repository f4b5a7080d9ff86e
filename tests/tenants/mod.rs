//! Targets beyond this machine, as far as anybody can tell: mocks over TLS under names of their own, which are resolved to loopback.

#![allow(dead_code, reason = "not every test needs all of it")]

use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// Servers that look like somebody's tenant; gone when dropped.
pub(crate) struct Tenant {
    child: Child,
    /// Where the target file is.
    pub(crate) folder: PathBuf,
    resolve: Vec<String>,
}

impl Drop for Tenant {
    fn drop(&mut self) {
        // One that is gone already is what was wanted.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Tenant {
    /// Starts them, with further arguments of `serve`.
    pub(crate) fn start(name: &str, more: &[&str]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tenant-{name}"));
        // One that an earlier run left behind is in the way.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("the build's folder can be written");
        let mut child = Command::new(env!("CARGO_BIN_EXE_tenantproof"))
            .args(["serve", "--tls", "--real-names", "--format", "json", "--target-file"])
            .arg(folder.join("tenant.toml"))
            .args(more)
            .stdout(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut out = BufReader::new(child.stdout.take().expect("standard output was asked for"));
        let mut line = String::new();
        out.read_line(&mut line).expect("the servers say when they are ready");
        // What they say later goes nowhere, but somebody has to listen.
        std::thread::spawn(move || std::io::copy(&mut out, &mut std::io::sink()));
        let ready: Value = serde_json::from_str(&line).expect("one line of JSON");
        let pairs = ready["resolve"].as_array().expect("names with their addresses");
        let resolve = pairs.iter().map(|pair| pair.as_str().expect("a text").to_owned());
        let tenant = Self {
            child,
            folder,
            resolve: resolve.collect(),
        };
        tenant.limit("pause = \"1ms\"");
        tenant
    }

    /// The target file that they wrote.
    pub(crate) fn target(&self) -> PathBuf {
        self.folder.join("tenant.toml")
    }

    /// Puts limits into the target file, in place of those that were there.
    pub(crate) fn limit(&self, limits: &str) {
        let text = std::fs::read_to_string(self.target()).expect("the target file was written");
        let text = text
            .split("\n[limits]\n")
            .next()
            .expect("a split has a first part")
            .to_owned();
        std::fs::write(self.target(), text + "\n[limits]\n" + limits + "\n").expect("it can be written again");
    }

    /// Changes the target file.
    pub(crate) fn edit(&self, from: &str, to: &str) {
        let text = std::fs::read_to_string(self.target()).expect("the target file was written");
        assert!(text.contains(from), "{from}\n{text}");
        std::fs::write(self.target(), text.replacen(from, to, 1)).expect("it can be written again");
    }

    /// Runs a command against them by the target file that they wrote.
    pub(crate) fn tenantproof(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantproof"));
        command
            .args(arguments)
            .arg("--target")
            .arg(self.target())
            .stdin(Stdio::null());
        for pair in &self.resolve {
            command.args(["--resolve", pair]);
        }
        command.output().expect("the binary runs")
    }

    /// What `init` makes of the answers of somebody who has nothing but what the consoles show, and what people told them: the same that stands
    /// in the target file of the servers, for one of the clients there.
    pub(crate) fn asked(&self, client: &str) -> Own {
        let known = std::fs::read_to_string(self.target()).expect("the target file was written");
        let known: toml::Table = known.parse().expect("it is TOML");
        let text = |path: &[&str]| -> String {
            let value = path
                .iter()
                .fold(&toml::Value::Table(known.clone()), |value, name| &value[*name])
                .clone();
            value.as_str().expect("a text").to_owned()
        };
        let target = self.folder.join("own.toml");
        let scopes = known["clients"][client]["scopes"].as_array().expect("a list");
        let calls_rest = scopes.iter().any(|scope| scope.as_str() == Some("pages"));
        let pages = ["url", "audience", "scope"].map(|member| text(&["apis", "pages", member]));
        let mut answers = vec![
            "our tenant".to_owned(),
            String::new(),
            text(&["domains", "home", "url"]),
            text(&["domains", "home", "assertion-audience"]),
            "y".to_owned(),
            text(&["apis", "agents", "url"]),
            text(&["apis", "agents", "audience"]),
            text(&["apis", "agents", "scope"]),
            text(&["apis", "agents", "agent"]),
            if calls_rest { "y" } else { "n" }.to_owned(),
        ];
        answers.extend(pages.into_iter().filter(|_| calls_rest));
        answers.extend([
            "n".to_owned(),
            text(&["clients", client, "id"]),
            String::new(),
            "y".to_owned(),
            text(&["clients", client, "key", "file"]),
            "n".to_owned(),
            text(&["clients", client, "certificate"]),
            text(&["clients", client, "certificate-alias"]),
            text(&["users", "employee", "name"]),
        ]);
        let mut asked = Command::new(env!("CARGO_BIN_EXE_tenantproof"))
            .args(["init", "--out"])
            .arg(&target)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the binary runs");
        let mut typed = asked.stdin.take().expect("standard input was asked for");
        typed
            .write_all((answers.join("\n") + "\n").as_bytes())
            .expect("somebody reads");
        drop(typed);
        let asked = asked.wait_with_output().expect("it ends");
        assert!(asked.status.success(), "{}", said(&asked));

        // A real tenant has a certificate that everybody trusts, and time.
        let written = std::fs::read_to_string(&target).expect("the file was written");
        let roots = known["extra-roots"].to_string();
        let written = written
            .replacen("\nhosts = ", &format!("\nextra-roots = {roots}\nhosts = "), 1)
            .replacen("pause = \"500ms\"", "pause = \"1ms\"", 1);
        std::fs::write(&target, written).expect("it can be written again");
        let secret = self.folder.join(text(&["clients", client, "secret", "file"]));
        let secret = std::fs::read_to_string(secret).expect("the secret was written");
        Own {
            target,
            secret: secret.trim().to_owned(),
        }
    }

    /// What the last run left beside that file.
    pub(crate) fn record(&self) -> Value {
        let text = std::fs::read(self.folder.join("tenant.record.json")).expect("the record was written");
        serde_json::from_slice(&text).expect("it is JSON")
    }
}

/// Everything that a command said, and how it ended.
pub(crate) fn said(output: &Output) -> String {
    format!(
        "{:?}\n{}\n{}",
        output.status.code(),
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    )
}

/// A target file that somebody wrote by answering `init`.
pub(crate) struct Own {
    /// The file.
    pub(crate) target: PathBuf,
    /// The secret, which does not stand in it.
    pub(crate) secret: String,
}

impl Own {
    /// Runs a command against servers by this file. Whatever it says, the secret is not in it.
    pub(crate) fn tenantproof(&self, tenant: &Tenant, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_tenantproof"));
        command.args(arguments).arg("--target").arg(&self.target);
        command
            .env("TENANTPROOF_BACKEND_SECRET", &self.secret)
            .stdin(Stdio::null());
        for pair in &tenant.resolve {
            command.args(["--resolve", pair]);
        }
        let output = command.output().expect("the binary runs");
        assert!(!said(&output).contains(&self.secret), "{arguments:?} tells no secret");
        output
    }
}
