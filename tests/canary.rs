//! Nothing leaks: secrets of a target are searched for in everything that a run leaves behind, whatever a server does with them.
//!
//! The server is the worst one that there is. It repeats all that it is sent, in every disguise, in every place that a report reads.

use std::collections::BTreeSet;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Secrets that a target has, and tokens that its server hands out. Each is long, and stands in no other text.
const SECRET: &str = "canary-client-secret/7d1f+\"é";
const PASSWORD: &str = "canary password 5b2e & more";
const ACCESS_TOKEN: &str = "canary-access-token-93c0a1d4";
const REFRESH_TOKEN: &str = "canary-refresh-token-0be77f21";
const ID_TOKEN: &str = "canary-id-token-41aa8c9e";
const COOKIE: &str = "canary-cookie-f00df00d";
const CODE: &str = "canary-code-77e1d2c3";

fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("tmp")).expect("the build's folder can be written");
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

fn tenantproof(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenantproof"))
        .args(arguments)
        .current_dir(folder)
        .env("TMPDIR", folder.join("tmp"))
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("the binary runs")
}

/// How the server answers what it was sent.
#[derive(Clone, Copy, Debug)]
enum Manner {
    /// A granted token, with everything repeated beside it.
    Grant,
    /// A refusal that repeats everything in its description.
    Refuse,
    /// A redirect that repeats everything in its address.
    Redirect,
    /// A page that repeats everything.
    Page,
    /// A success of another kind than anybody expects, with everything repeated in plain members.
    Confuse,
}

impl Manner {
    const ALL: [Self; 5] = [Self::Grant, Self::Refuse, Self::Redirect, Self::Page, Self::Confuse];

    fn answer(self, request: &str) -> (u16, Vec<(&'static str, String)>, String) {
        let said = disguises(request).join(" ~ ");
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let ecid = ("X-ORACLE-DMS-ECID", header_text(&said));
        match self {
            Self::Grant => {
                let body = format!(
                    r#"{{"access_token":"{ACCESS_TOKEN}","refresh_token":"{REFRESH_TOKEN}","id_token":"{ID_TOKEN}","token_type":{},"expires_in":{},"ecid":{},"jobId":{},"status":{}}}"#,
                    json(&said),
                    json(&said),
                    json(&said),
                    json(&said),
                    json(&said)
                );
                (200, vec![ecid, ("Cache-Control", header_text(&said))], body)
            }
            Self::Refuse => {
                let challenge = format!("Bearer error=\"{}\"", header_text(&said));
                let body = format!(r#"{{"error":{},"error_description":{}}}"#, json(&said), json(&said));
                (401, vec![ecid, ("WWW-Authenticate", challenge)], body)
            }
            Self::Redirect => {
                let location = format!(
                    "https://app.example/{}?code={CODE}&error={}#access_token={ACCESS_TOKEN}",
                    header_text(&said),
                    header_text(&said)
                );
                let cookie = format!("session={COOKIE}; Path=/; HttpOnly");
                (302, vec![ecid, ("Location", location), ("Set-Cookie", cookie)], said)
            }
            Self::Page => (
                200,
                vec![("Content-Type", "text/html".to_owned())],
                format!("<p>{said}</p><input name=x value='{said}'>"),
            ),
            Self::Confuse => (
                299,
                vec![ecid],
                format!(
                    r#"{{"a":{},"tokenType":{},"note":"{ACCESS_TOKEN} {REFRESH_TOKEN}"}}"#,
                    json(&said),
                    json(&said)
                ),
            ),
        }
    }
}

/// What was sent, and the credentials in it, as they stand and disguised.
fn disguises(request: &str) -> Vec<String> {
    let mut all = Vec::new();
    for secret in [SECRET, PASSWORD] {
        all.extend(disguised(secret));
    }
    let credentials = request.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("authorization:") || line.starts_with("cookie:") || line.contains("assertion=")
    });
    all.extend(credentials.map(str::to_owned));
    all
}

/// A secret in every way in which servers, proxies and logs write one down.
fn disguised(secret: &str) -> Vec<String> {
    let percent: Vec<String> = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
    let form: String = url::form_urlencoded::byte_serialize(secret.as_bytes()).collect();
    let json = serde_json::Value::from(secret).to_string();
    let (begin, end) = secret.split_at(secret.char_indices().nth(10).expect("it is longer").0);
    vec![
        secret.to_owned(),
        form,
        percent.concat(),
        json[1..json.len() - 1].to_owned(),
        format!("{begin}\r\n {end}"),
        STANDARD.encode(secret),
        URL_SAFE_NO_PAD.encode(secret),
        STANDARD.encode(format!("canary-id:{secret}")),
        URL_SAFE_NO_PAD.encode(format!("x{secret}y")),
        secret.to_ascii_uppercase(),
    ]
}

fn header_text(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_ascii_graphic() || *character == ' ')
        .take(3_000)
        .collect()
}

/// A server that answers every request in its manner until the process ends.
fn server(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("a bound listener has an address")
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, manner));
        }
    });
    url
}

fn answer(mut stream: TcpStream, manner: Manner) {
    let mut request = Vec::new();
    let mut buffer = [0; 16 * 1024];
    // Head, and as much of the body as it names; a request that ends early is none.
    loop {
        let Ok(count) = stream.read(&mut buffer) else { return };
        if count == 0 {
            return;
        }
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    let (status, headers, body) = manner.answer(&String::from_utf8_lossy(&request));
    let has_type = headers.iter().any(|(name, _)| *name == "Content-Type");
    let mut head = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if !has_type {
        head += "Content-Type: application/json\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let _ = stream.write_all((head + "\r\n" + &body).as_bytes());
}

fn target(folder: &Path, url: &str) -> PathBuf {
    let keygen = tenantproof(folder, &["keygen", "--out", "keys"]);
    assert!(keygen.status.success());
    write_private(&folder.join("secret"), SECRET);
    write_private(&folder.join("password"), PASSWORD);
    let text = format!(
        r#"format = 1
name = "the worst server"
profile = "oracle"
hosts = ["127.0.0.1"]
[allow]
effects = ["read", "token", "invoke", "admin"]
agents = ["HELPER"]
[domains.home]
url = "{url}"
issuer = "https://identity.example/"
assertion-audience = "https://identity.example/"
[clients.backend]
domain = "home"
id = "canary-id"
secret = {{ file = "secret" }}
key = {{ file = "keys/private-key.pem" }}
certificate = "keys/certificate.pem"
certificate-alias = "alias"
redirect-uri = "http://127.0.0.1:9/callback"
grants = ["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer", "password", "authorization_code"]
[clients.portal]
like = "backend"
but = "signs people in"
id = "canary-portal"
[users.employee]
name = "ada.example"
domain = "home"
password = {{ file = "password" }}
[apis.agents]
kind = "fusion-ai"
domain = "home"
url = "{url}"
audience = "urn:canary"
scope = "urn:canary/"
agent = "HELPER"
prompt = "Hello"
"#
    );
    let path = folder.join("target.toml");
    std::fs::write(&path, text).expect("the folder can be written");
    path
}

/// What must not be found: the secrets in every disguise, the tokens, the lines of the private key, and whole tokens that were signed.
fn canaries(folder: &Path) -> BTreeSet<String> {
    let mut canaries: BTreeSet<String> = [SECRET, PASSWORD].into_iter().flat_map(disguised).collect();
    // However it is escaped, this much of it stays.
    canaries.extend(["canary-client-secret", "canary password 5b2e"].map(str::to_owned));
    canaries.extend([ACCESS_TOKEN, REFRESH_TOKEN, ID_TOKEN, COOKIE, CODE].map(str::to_owned));
    let key = std::fs::read_to_string(folder.join("keys/private-key.pem")).expect("the key was made");
    // The modulus is public: where the lines of both files happen to break alike, the certificate holds it in the same words.
    let certificate = std::fs::read_to_string(folder.join("keys/certificate.pem")).expect("the certificate was made");
    let secret = key
        .lines()
        .filter(|line| line.len() > 40 && !certificate.contains(line));
    canaries.extend(secret.map(str::to_owned));
    canaries
}

/// Every place in a text where a canary sings.
fn found(text: &str, canaries: &BTreeSet<String>) -> Vec<String> {
    let squeezed: String = text
        .split_whitespace()
        .collect::<Vec<_>>()
        .concat()
        .replace("\\r", "")
        .replace("\\n", "");
    let is_in = |canary: &&String| {
        let bare: String = canary.split_whitespace().collect();
        text.contains(canary.as_str()) || squeezed.contains(&bare)
    };
    let mut found: Vec<String> = canaries.iter().filter(is_in).cloned().collect();
    // A whole JWT: header, claims and signature.
    let tokens = text.split(|character: char| !(character.is_ascii_alphanumeric() || "-_.".contains(character)));
    found.extend(
        tokens
            .filter(|word| word.starts_with("eyJ") && word.matches('.').count() >= 1)
            .map(str::to_owned),
    );
    found
}

fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}

fn assert_silent(folder: &Path, what: &str, output: &Output) {
    let canaries = canaries(folder);
    for (where_, bytes) in [("output", &output.stdout), ("errors", &output.stderr)] {
        let found = found(&String::from_utf8_lossy(bytes), &canaries);
        assert!(found.is_empty(), "{what}: {where_} tells {found:?}");
    }
    for file in files_below(folder) {
        let is_given = ["secret", "password", "private-key.pem"]
            .iter()
            .any(|name| file.ends_with(name));
        if !is_given {
            let text = std::fs::read(&file).expect("a file that was written");
            let found = found(&String::from_utf8_lossy(&text), &canaries);
            assert!(found.is_empty(), "{what}: {} tells {found:?}", file.display());
        }
    }
    assert_eq!(
        files_below(&folder.join("tmp")),
        Vec::<PathBuf>::new(),
        "{what}: something was left behind"
    );
}

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
