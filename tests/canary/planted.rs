//! What is planted: secrets and the target that holds them, every way in which they are written down, and how they are listened for.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};

/// Secrets that a target has, and tokens that its server hands out. Each is long, and stands in no other text.
pub(crate) const SECRET: &str = "canary-client-secret/7d1f+\"é";
pub(crate) const PASSWORD: &str = "canary password 5b2e & more";
pub(crate) const ACCESS_TOKEN: &str = "canary-access-token-93c0a1d4";
pub(crate) const REFRESH_TOKEN: &str = "canary-refresh-token-0be77f21";
pub(crate) const ID_TOKEN: &str = "canary-id-token-41aa8c9e";
pub(crate) const COOKIE: &str = "canary-cookie-f00df00d";
pub(crate) const CODE: &str = "canary-code-77e1d2c3";

pub(crate) fn folder(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = std::fs::remove_dir_all(&folder);
    std::fs::create_dir_all(folder.join("tmp")).expect("the build's folder can be written");
    folder
}

pub(crate) fn write_private(path: &Path, text: &str) {
    std::fs::write(path, text).expect("the folder can be written");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600)).expect("the file is ours");
    }
}

pub(crate) fn tenantproof(folder: &Path, arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_tenantproof"))
        .args(arguments)
        .current_dir(folder)
        .env("TMPDIR", folder.join("tmp"))
        .env("RUST_BACKTRACE", "1")
        .output()
        .expect("the binary runs")
}

/// A secret in every way in which servers, proxies and logs write one down.
pub(crate) fn disguised(secret: &str) -> Vec<String> {
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

pub(crate) fn target(folder: &Path, url: &str) -> PathBuf {
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
pub(crate) fn canaries(folder: &Path) -> BTreeSet<String> {
    let mut canaries: BTreeSet<String> = [SECRET, PASSWORD].into_iter().flat_map(disguised).collect();
    // However it is escaped, this much of it stays.
    canaries.extend(["canary-client-secret", "canary password 5b2e"].map(str::to_owned));
    canaries.extend([ACCESS_TOKEN, REFRESH_TOKEN, ID_TOKEN, COOKIE, CODE].map(str::to_owned));
    let key = std::fs::read_to_string(folder.join("keys/private-key.pem")).expect("the key was made");
    // The modulus is public: where it happens to stand alike in both files, the certificate holds it in the same words, wherever lines break.
    let certificate = std::fs::read_to_string(folder.join("keys/certificate.pem")).expect("the certificate was made");
    let certificate: String = certificate.split_whitespace().collect();
    let secret = key
        .lines()
        .filter(|line| line.len() > 40 && !certificate.contains(line));
    canaries.extend(secret.map(str::to_owned));
    canaries
}

/// Every place in a text where a canary sings.
pub(crate) fn found(text: &str, canaries: &BTreeSet<String>) -> Vec<String> {
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

pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(folder)
        .expect("a folder")
        .map(|entry| entry.expect("an entry").path());
    entries
        .flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] })
        .collect()
}

pub(crate) fn assert_silent(folder: &Path, what: &str, output: &Output) {
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
