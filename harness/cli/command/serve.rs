//! `serve`: starts the mock servers, says how to reach them, and runs a command against them where one is given.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process;
use std::sync::Arc;

use serde_json::json;
use tenantproof_harness::target::{Api, ApiKind, Client, Mint, Secret, SecretReference, Target};
use tenantproof_mocks::catalogue;
use tenantproof_mocks::env::Env;
use tenantproof_mocks::journal::Entry;
use tenantproof_mocks::landscape::Landscape;
use tenantproof_mocks::landscape::file::{Keyring, Loaded};
use tenantproof_mocks::landscape::profile::Profile;
use tenantproof_mocks::landscape::reference::hosts;
use tenantproof_mocks::mock::{Mock, random_seed};
use tenantproof_mocks::rule::defect::Active;
use tenantproof_mocks::serve::control::TOKEN_HEADER;
use tenantproof_mocks::serve::{Bound, Encryption, Servers};

use super::{CommandError, print};
use crate::arguments::{Format, ServeArguments};
use crate::exit::Exit;
use crate::landscapes::{self, Fresh, LandscapeText};
use crate::misconfigured;
use crate::profiles::Chosen;
use crate::{players, target_file};

/// The environment variables that a command finds, and what they hold.
pub(super) const VARIABLES: [(&str, &str); 12] = [
    ("TENANTPROOF_DOMAIN_URL", "base URL of the identity domain"),
    ("TENANTPROOF_TOKEN_URL", "its token endpoint"),
    ("TENANTPROOF_FUSION_URL", "base URL of the Fusion pod"),
    ("TENANTPROOF_OIC_URL", "base URL of the Oracle Integration instance"),
    (
        "TENANTPROOF_OIC_DESIGN_URL",
        "base URL of the design host of its region",
    ),
    ("TENANTPROOF_CLIENT_ID", "client id of `backend`"),
    ("TENANTPROOF_CLIENT_SECRET", "its secret"),
    ("TENANTPROOF_CLIENT_KEY", "path of its private key, PEM"),
    ("TENANTPROOF_KEY_ID", "alias of its certificate: `kid` of assertions"),
    ("TENANTPROOF_SCOPE", "scope of the agents"),
    ("TENANTPROOF_USER", "user name of `employee`"),
    ("TENANTPROOF_TARGET", "path of a target file for these servers"),
];

pub(super) fn serve(arguments: &ServeArguments) -> Result<Exit, CommandError> {
    let active = defects(&arguments.defect)?;
    let chosen = Chosen::of(arguments.profile.as_ref(), &arguments.switch)?;
    let encryption = if arguments.tls {
        Encryption::Tls
    } else {
        Encryption::Plain
    };
    // Listen first: clients that come early wait in the queue while the keys are made.
    let mistake = arguments
        .misconfigured
        .as_deref()
        .map(misconfigured::to_serve)
        .transpose()?;
    let file = arguments.landscape.as_deref().map(LandscapeText::open).transpose()?;
    let hosts = match (&file, &mistake) {
        (Some(file), _) => file.hosts()?,
        (None, Some(mistake)) => mistake.hosts()?,
        (None, None) => hosts(),
    };
    let bound = Bound::bind(hosts.iter().map(String::as_str), arguments.port, encryption);
    let bound = match arguments.control {
        Some(port) => bound.and_then(|bound| bound.with_control(port)),
        None => bound,
    };
    let bound = bound.map_err(CommandError::world("the servers cannot listen"))?;

    let Loaded { mut landscape, keys } = match (&file, &mistake) {
        (Some(file), _) => file.load(&Fresh::default(), &chosen)?,
        (None, Some(mistake)) => mistake.made_anew(chosen.whole(), &Fresh::default())?,
        (None, None) => landscapes::fresh_reference(chosen.profile()),
    };
    // A variant with a mistake knows whole profiles only.
    chosen.set_switches(&mut landscape.profile);
    let mut target = players::target_of(&landscape, &keys);
    if mistake.is_some() {
        believe(&mut target);
    }
    if let Some(mistake) = &mistake {
        mistake
            .mislead(&mut target, &landscape, &keys)
            .map_err(CommandError::Usage)?;
    }
    let target = if arguments.real_names {
        target.name = "servers of tenantproof serve, under names of their own".to_owned();
        target
    } else {
        landscape.publish(&bound.urls());
        placed(target, &landscape, &keys, &bound.urls())
    };

    let format = arguments.format;
    let mut mock = Mock::live(landscape).with_defects(active);
    if arguments.command.is_empty() {
        mock = mock.watched_by(move |entry, _| print(&line(entry, format)));
    }
    let servers = bound.start(Arc::new(mock));

    let scratch = Scratch::for_command(arguments)?;
    let target_path = arguments
        .target_file
        .clone()
        .or_else(|| scratch.as_ref().map(|scratch| scratch.0.join("target.toml")));
    let written = target_path
        .as_deref()
        .map(|path| target_file::write(path, &target, servers.authority.as_deref()))
        .transpose()?;

    if arguments.command.is_empty() {
        let resolve = if arguments.real_names {
            resolve(&servers)
        } else {
            Vec::new()
        };
        print(&ready(&servers, &target, written.as_ref(), &resolve, format));
        loop {
            std::thread::park();
        }
    }
    let written = written.expect("a target file is written whenever there is a command");
    run_command(&arguments.command, &servers, &target, &written)
}

/// Parses `RULE.DEFECT`, where a rule's id has dots of its own.
fn defects(named: &[String]) -> Result<Active, CommandError> {
    named.iter().try_fold(Active::NONE, |active, name| {
        let known = name.rsplit_once('.').filter(|(rule, defect)| {
            catalogue::rules().any(|info| info.id == *rule && info.defects.iter().any(|known| known.name == *defect))
        });
        let (rule, defect) = known.ok_or_else(|| {
            CommandError::Usage(format!(
                "no rule has the defect `{name}`; `tenantproof rules` lists them, and they are named RULE.DEFECT"
            ))
        })?;
        Ok(active.with(rule, defect))
    })
}

/// Lets clients believe that they may ask for what they may ask for where nothing is misconfigured: whoever makes a mistake does not know of it.
fn believe(target: &mut Target) {
    let sound = landscapes::published_reference(Profile::default());
    let sound = players::target_of(&sound.landscape, &sound.keys);
    for (name, client) in &mut target.clients {
        if let Some(believed) = sound.clients.get(name) {
            client.scopes.clone_from(&believed.scopes);
            client.grants.clone_from(&believed.grants);
        }
    }
}

/// The target that describes the servers at the addresses that they really have.
fn placed(mut target: Target, landscape: &Landscape, keys: &Keyring, urls: &[(String, String)]) -> Target {
    target.name = "servers of tenantproof serve".to_owned();
    let place = |url: &mut String| {
        let host = url.trim_start_matches("https://");
        if let Some((_, address)) = urls.iter().find(|(site, _)| site == host) {
            url.clone_from(address);
        }
    };
    target.domains.values_mut().for_each(|domain| place(&mut domain.url));
    target.apis.values_mut().for_each(|api| place(&mut api.url));
    target.levers.mint = landscapes::lent(landscape, keys).map(|(issuer, key_id, key)| Mint {
        issuer: issuer.to_owned(),
        key: SecretReference::Given(Secret::from_text(key.to_pem())),
        key_id: key_id.to_owned(),
    });
    target.levers.client_certificate = urls.iter().any(|(_, url)| url.starts_with("https://"));
    target.hosts = vec![
        if urls.iter().any(|(_, url)| url.contains("localhost")) {
            "localhost"
        } else {
            "127.0.0.1"
        }
        .to_owned(),
    ];
    target
}

/// One request, for people or for programs.
fn line(entry: &Entry, format: Format) -> String {
    match format {
        Format::Json => json!(entry).to_string() + "\n",
        Format::Human => {
            let who = [
                entry.client.as_deref().map(|client| format!(" client {client}")),
                entry.user.as_deref().map(|user| format!(" user {user}")),
            ];
            let who: String = who.into_iter().flatten().collect();
            let why = entry
                .violated
                .first()
                .map(|first| format!("  refused by {}: {}", first.rule, first.detail))
                .unwrap_or_default();
            let visible = |text: String| {
                text.chars()
                    .filter(|character| !character.is_control())
                    .collect::<String>()
            };
            let fault = entry
                .fault
                .map(|fault| format!("  by the fault {fault}"))
                .unwrap_or_default();
            visible(format!(
                "{} {} {}{who}{why}{fault}",
                entry.status, entry.method, entry.path
            )) + "\n"
        }
    }
}

/// How the names of the landscape are resolved to the servers, for `--resolve` of the commands that speak to a target.
fn resolve(servers: &Servers) -> Vec<String> {
    let ports = servers.sites.iter().filter_map(|(site, url)| {
        let port = url.rsplit_once(':')?.1.trim_end_matches('/');
        Some(format!("{site}=127.0.0.1:{port}"))
    });
    ports.collect()
}

/// What is said when the servers are ready.
fn ready(
    servers: &Servers,
    target: &Target,
    written: Option<&target_file::Written>,
    resolve: &[String],
    format: Format,
) -> String {
    let secret = |client: &Client| client.secret.as_ref().and_then(|secret| secret.resolve().ok());
    if format == Format::Json {
        let sites: Vec<_> = servers
            .sites
            .iter()
            .map(|(site, url)| json!({ "site": site, "url": url }))
            .collect();
        let clients: Vec<_> = target
            .clients
            .iter()
            .map(|(name, client)| {
                json!({
                    "name": name,
                    "id": client.id,
                    "secret": secret(client).map(|secret| secret.expose().to_owned()),
                    "certificate-alias": client.certificate_alias,
                })
            })
            .collect();
        let users: Vec<_> = target
            .users
            .iter()
            .map(|(name, user)| json!({ "name": name, "user": user.name }))
            .collect();
        let ready = json!({
            "ready": true,
            "sites": sites,
            "clients": clients,
            "users": users,
            "authority": servers.authority,
            "resolve": resolve,
            "control": servers.control.as_ref().map(|control| json!({ "url": control.url, "token": control.token })),
            "target-file": written.map(|written| written.target.display().to_string()),
        });
        return ready.to_string() + "\n";
    }
    let mut text = "Servers\n".to_owned();
    for (name, domain) in &target.domains {
        let _ = writeln!(text, "  identity domain  {name:<25} {}", domain.url);
    }
    let mut seen = Vec::new();
    for (name, api) in &target.apis {
        if !seen.contains(&&api.url) {
            let what = match api.kind {
                ApiKind::Oic => "Integration",
                _ => "Fusion pod",
            };
            let _ = writeln!(text, "  {what:<15}  {name:<25} {}", api.url);
            seen.push(&api.url);
        }
    }
    text += "Clients\n";
    let width = |names: &mut dyn Iterator<Item = &String>| names.map(String::len).max().unwrap_or_default();
    let room = width(&mut target.clients.keys());
    for (name, client) in &target.clients {
        let secret = secret(client).map_or_else(|| "none".to_owned(), |secret| secret.expose().to_owned());
        let _ = writeln!(text, "  {name:<room$} id {}  secret {secret}", client.id);
    }
    text += "Users\n";
    let room = width(&mut target.users.keys());
    for (name, user) in &target.users {
        let but = user
            .likeness
            .as_ref()
            .map(|likeness| format!("  ({})", likeness.but))
            .unwrap_or_default();
        let _ = writeln!(text, "  {name:<room$} {}{but}", user.name);
    }
    for (name, api) in target.apis.iter().filter(|(_, api)| api.likeness.is_none()) {
        let _ = writeln!(text, "Scope of {name}\n  {}", api.scope);
    }
    match (written, &servers.authority) {
        (Some(written), _) => {
            let _ = writeln!(
                text,
                "Target file\n  {}  (keys and secrets beside it)",
                written.target.display()
            );
            if let Some(authority) = &written.authority {
                let _ = writeln!(text, "Certificate authority\n  {}", authority.display());
            }
        }
        (None, Some(authority)) => {
            let _ = writeln!(text, "Certificate authority\n{authority}");
        }
        (None, None) => {}
    }
    if let Some(control) = &servers.control {
        let _ = writeln!(text, "Control\n  {}  {TOKEN_HEADER}: {}", control.url, control.token);
    }
    if !resolve.is_empty() {
        text += "To reach them\n";
        for pair in resolve {
            let _ = writeln!(text, "  --resolve {pair}");
        }
    }
    text += "Requests\n";
    // Landscape files may hold any characters; a terminal gets those that are printed.
    text.retain(|each| each == '\n' || !each.is_control());
    text
}

/// What the variables hold: of the players that scenarios know, or of the first ones where a landscape has none of those names.
fn values(target: &Target, written: &target_file::Written) -> Vec<(&'static str, Option<String>)> {
    let name = if target.clients.contains_key("backend") {
        Some("backend")
    } else {
        None
    };
    let name = name.or_else(|| target.clients.keys().next().map(String::as_str));
    let client = name.and_then(|name| target.clients.get(name));
    let domain = target.domains.get("home").or_else(|| target.domains.values().next());
    let is_of_agents = |api: &&Api| api.kind == ApiKind::FusionAi;
    let agents = target
        .apis
        .get("agents")
        .or_else(|| target.apis.values().find(is_of_agents));
    let is_integration = |api: &&Api| api.kind == ApiKind::Oic && api.integration.is_some();
    let integration = target
        .apis
        .get("integration")
        .or_else(|| target.apis.values().find(is_integration));
    let user = target.users.get("employee").or_else(|| target.users.values().next());
    let secret = client
        .and_then(|client| client.secret.as_ref())
        .and_then(|secret| secret.resolve().ok());
    let path = |path: &Path| path.display().to_string();
    let values = [
        domain.map(|domain| domain.url.clone()),
        domain.map(|domain| format!("{}/oauth2/v1/token", domain.url)),
        agents.map(|agents| agents.url.clone()),
        integration.map(|integration| integration.url.clone()),
        target.apis.get("integration-design").map(|design| design.url.clone()),
        client.map(|client| client.id.clone()),
        secret.map(|secret| secret.expose().to_owned()),
        name.and_then(|name| written.keys.get(name)).map(|key| path(key)),
        client.and_then(|client| client.certificate_alias.clone()),
        agents.map(|agents| agents.scope.clone()),
        user.map(|user| user.name.clone()),
        Some(path(&written.target)),
    ];
    VARIABLES.iter().map(|(name, _)| *name).zip(values).collect()
}

/// Runs a command with the servers in its environment; says why requests were refused where it fails.
fn run_command(
    command: &[String],
    servers: &Servers,
    target: &Target,
    written: &target_file::Written,
) -> Result<Exit, CommandError> {
    let (program, rest) = command.split_first().expect("a command has at least its name");
    let values = values(target, written);
    let mut child = process::Command::new(program);
    child
        .args(rest)
        .envs(values.into_iter().filter_map(|(name, value)| Some((name, value?))));
    if let Some(authority) = &written.authority {
        child.env("TENANTPROOF_CA", authority);
    }
    if let Some(control) = &servers.control {
        child.env("TENANTPROOF_CONTROL_URL", &control.url);
        child.env("TENANTPROOF_CONTROL_TOKEN", &control.token);
    }
    let status = child
        .status()
        .map_err(CommandError::world(format!("`{program}` cannot be run")))?;
    if !status.success() {
        let journal = servers.mock.journal();
        for entry in journal
            .iter()
            .filter(|entry| entry.status >= 400 || entry.fault.is_some())
        {
            eprint_line(&line(entry, Format::Human));
        }
    }
    let code = status.code().and_then(|code| u8::try_from(code).ok()).unwrap_or(1);
    Ok(Exit::Of(code))
}

#[expect(
    clippy::print_stderr,
    reason = "the command line says why a command's requests were refused"
)]
fn eprint_line(line: &str) {
    eprint!("{line}");
}

/// A folder for a command's keys and secrets, gone when the command is done.
struct Scratch(PathBuf);

impl Scratch {
    fn for_command(arguments: &ServeArguments) -> Result<Option<Self>, CommandError> {
        if arguments.command.is_empty() || arguments.target_file.is_some() {
            return Ok(None);
        }
        let name = Env::new(0, random_seed()).draw_uuid("scratch");
        let folder = std::env::temp_dir().join(format!("tenantproof-{name}"));
        target_file::make_private_folder(&folder)?;
        Ok(Some(Self(folder)))
    }
}

impl Drop for Scratch {
    fn drop(&mut self) {
        // A folder that is gone already is what was wanted.
        let _ = std::fs::remove_dir_all(&self.0);
    }
}
