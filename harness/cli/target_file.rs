//! Writes the target file of servers that were started here: the TOML itself, and keys and secrets in a folder beside it, mode 0600.

use std::collections::BTreeMap;
use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use tenantproof_harness::target::{Integration, Likeness, SecretReference, Target};

use crate::command::CommandError;

/// How files begin that are written here.
const SIGNED: &str = "# Written by `tenantproof serve`";

/// What was written.
#[derive(Debug)]
pub struct Written {
    /// The target file.
    pub target: PathBuf,
    /// The private keys, by client.
    pub keys: BTreeMap<String, PathBuf>,
    /// The certificate of the authority, where the servers speak TLS.
    pub authority: Option<PathBuf>,
}

/// Writes a target file and what it refers to.
///
/// # Errors
///
/// What the system says of a file that cannot be written; and that somebody else's target file stands there.
pub fn write(path: &Path, target: &Target, authority: Option<&str>) -> Result<Written, CommandError> {
    if is_of_somebody(path) {
        return Err(CommandError::Usage(format!(
            "{} is no file that `serve` wrote, and is not overwritten: name another one",
            path.display()
        )));
    }
    let folder_name = format!("{}-secrets", path.file_stem().unwrap_or_default().to_string_lossy());
    let folder = path.with_file_name(&folder_name);
    make_private_folder(&folder)?;
    let mut files = Files {
        folder,
        folder_name,
        keys: BTreeMap::new(),
    };

    let mut toml = Map::new();
    toml.insert("format".to_owned(), json!(1));
    toml.insert("name".to_owned(), json!(target.name));
    toml.insert("profile".to_owned(), json!(target.profile));
    toml.insert("hosts".to_owned(), json!(target.hosts));
    if let Some(authority) = authority {
        toml.insert("extra-roots".to_owned(), json!([files.keep("ca.pem", authority)?]));
    }
    toml.insert(
        "allow".to_owned(),
        json!({ "effects": ["read", "token", "invoke"], "agents": agents(target), "integrations": integrations(target) }),
    );
    toml.insert("domains".to_owned(), domains(target, &mut files)?);
    toml.insert("clients".to_owned(), clients(target, &mut files)?);
    toml.insert("users".to_owned(), users(target, &mut files)?);
    toml.insert("apis".to_owned(), apis(target));
    if let Some(mint) = &target.levers.mint {
        let key = files.secret("lent-issuer.key.pem", Some(&mint.key))?;
        let mint = json!({ "issuer": mint.issuer, "key": key, "key-id": mint.key_id });
        // What is not lent is not written: `without_nulls` leaves it out.
        let shown = target.levers.client_certificate.then_some(true);
        toml.insert(
            "levers".to_owned(),
            json!({ "client-certificate": shown, "mint": mint }),
        );
    }
    let text =
        toml::to_string_pretty(&without_nulls(Value::Object(toml))).expect("a map of texts, numbers and lists is TOML");
    replace(
        path,
        &format!(
            "{SIGNED} for servers that it started. Keys and secrets are in `{}`.\n{text}",
            files.folder_name
        ),
    )?;
    let authority = authority.map(|_| files.folder.join("ca.pem"));
    Ok(Written {
        target: path.to_owned(),
        keys: files.keys,
        authority,
    })
}

/// Whether a file stands there that was not written here: people's own target files have the same name.
fn is_of_somebody(path: &Path) -> bool {
    fs::read(path).is_ok_and(|text| !text.starts_with(SIGNED.as_bytes()))
}

/// Makes a folder that only its owner may enter.
pub fn make_private_folder(folder: &Path) -> Result<(), CommandError> {
    fs::create_dir_all(folder).map_err(CommandError::world(format!("{} cannot be made", folder.display())))?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700)).map_err(CommandError::world(format!(
            "{} cannot be closed to others",
            folder.display()
        )))?;
    }
    Ok(())
}

/// The files beside a target file.
struct Files {
    folder: PathBuf,
    folder_name: String,
    keys: BTreeMap<String, PathBuf>,
}

impl Files {
    /// Writes a file and gives its path as the target file says it.
    fn keep(&mut self, name: &str, text: &str) -> Result<String, CommandError> {
        replace(&self.folder.join(name), text)?;
        Ok(format!("{}/{name}", self.folder_name))
    }

    fn secret(&mut self, name: &str, secret: Option<&SecretReference>) -> Result<Value, CommandError> {
        let Some(secret) = secret.and_then(|secret| secret.resolve().ok()) else {
            return Ok(Value::Null);
        };
        Ok(json!({ "file": self.keep(name, secret.expose())? }))
    }
}

/// Writes a file that only its owner may read, in place of one of that name.
fn replace(path: &Path, text: &str) -> Result<(), CommandError> {
    let failed = || CommandError::world(format!("{} cannot be written", path.display()));
    match fs::remove_file(path) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(failed()(error)),
        _ => {}
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt as _;
        options.mode(0o600);
    }
    options
        .open(path)
        .and_then(|mut file| file.write_all(text.as_bytes()))
        .map_err(failed())
}

fn likeness(entry: &mut Value, likeness: Option<&Likeness>) {
    if let Some(likeness) = likeness {
        entry["like"] = json!(likeness.like);
        entry["but"] = json!(likeness.but);
    }
}

fn agents(target: &Target) -> Vec<&str> {
    let named: std::collections::BTreeSet<&str> = target.apis.values().filter_map(|api| api.agent.as_deref()).collect();
    named.into_iter().collect()
}

fn integrations(target: &Target) -> Vec<&str> {
    let named = target.apis.values().filter_map(|api| api.integration.as_ref());
    let named: std::collections::BTreeSet<&str> = named.map(|integration| integration.code.as_str()).collect();
    named.into_iter().collect()
}

fn domains(target: &Target, files: &mut Files) -> Result<Value, CommandError> {
    let mut entries = Map::new();
    for (name, domain) in &target.domains {
        let certificate = domain
            .signing_certificate
            .as_ref()
            .and_then(|certificate| certificate.read().ok());
        let path = certificate
            .map(|text| files.keep(&format!("{name}-signing.crt.pem"), &text))
            .transpose()?;
        let mut entry = json!({
            "url": domain.url,
            "issuer": domain.issuer,
            "assertion-audience": domain.assertion_audience,
            "leeway": domain.leeway,
            "signing-certificate": path,
        });
        likeness(&mut entry, domain.likeness.as_ref());
        entries.insert(name.clone(), entry);
    }
    Ok(Value::Object(entries))
}

fn clients(target: &Target, files: &mut Files) -> Result<Value, CommandError> {
    let mut entries = Map::new();
    for (name, client) in &target.clients {
        let certificate = client
            .certificate
            .as_ref()
            .and_then(|certificate| certificate.read().ok());
        let certificate = certificate
            .map(|text| files.keep(&format!("{name}.crt.pem"), &text))
            .transpose()?;
        let mut entry = json!({
            "domain": client.domain,
            "display-name": client.display_name,
            "id": client.id,
            "secret": files.secret(&format!("{name}.secret"), client.secret.as_ref())?,
            "key": files.secret(&format!("{name}.key.pem"), client.key.as_ref())?,
            "scopes": client.scopes,
            "certificate": certificate,
            "certificate-alias": client.certificate_alias,
            "redirect-uri": client.redirect_uri,
            "post-logout-uri": client.post_logout_uri,
            "grants": client.grants,
        });
        files
            .keys
            .insert(name.clone(), files.folder.join(format!("{name}.key.pem")));
        likeness(&mut entry, client.likeness.as_ref());
        entries.insert(name.clone(), entry);
    }
    Ok(Value::Object(entries))
}

fn users(target: &Target, files: &mut Files) -> Result<Value, CommandError> {
    let mut entries = Map::new();
    for (name, user) in &target.users {
        let mut entry = json!({
            "name": user.name,
            "domain": user.domain,
            "password": files.secret(&format!("{name}.password"), user.password.as_ref())?,
        });
        likeness(&mut entry, user.likeness.as_ref());
        entries.insert(name.clone(), entry);
    }
    Ok(Value::Object(entries))
}

fn apis(target: &Target) -> Value {
    let entry = |(name, api): (&String, &tenantproof_harness::target::Api)| {
        let mut entry = json!({
            "kind": api.kind.as_str(),
            "domain": api.domain,
            "url": api.url,
            "audience": api.audience,
            "scope": api.scope,
            "agent": api.agent,
            "prompt": api.prompt,
            "instance": api.instance,
        });
        if let Some(Integration { code, version, path }) = &api.integration {
            entry["integration"] = json!({ "code": code, "version": version, "path": path });
        }
        likeness(&mut entry, api.likeness.as_ref());
        (name.clone(), entry)
    };
    Value::Object(target.apis.iter().map(entry).collect())
}

/// TOML has no null: what is absent is left out.
fn without_nulls(value: Value) -> Value {
    match value {
        Value::Object(members) => Value::Object(
            members
                .into_iter()
                .filter(|(_, value)| !value.is_null())
                .map(|(name, value)| (name, without_nulls(value)))
                .collect(),
        ),
        other => other,
    }
}
