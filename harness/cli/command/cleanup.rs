//! `cleanup`: undoes what an interrupted run left on a target, by its ledger.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io;

use serde_json::{Value, json};
use tenantproof_harness::flow::{Cast, Nature};
use tenantproof_harness::scenario::model::Effect;
use tenantproof_harness::system::ledger::{Left, left, read_lines};
use tenantproof_harness::system::{Request, Response, System as _};

use super::{CommandError, print};
use crate::arguments::CleanupArguments;
use crate::exit::Exit;
use crate::tenant::{self, Tenant};

/// What an administrator asks for: all that its roles allow.
const ADMIN_SCOPE: &str = "urn:opc:idm:__myscopes__";

/// The collection whose records must be switched off before they can be deleted.
const APPS: &str = "/Apps/";

pub(super) fn cleanup(arguments: &CleanupArguments) -> Result<Exit, CommandError> {
    let path = arguments.ledger.display();
    let text = std::fs::read_to_string(&arguments.ledger).map_err(|error| {
        let why = match error.kind() {
            io::ErrorKind::NotFound => "; a ledger is written by runs with --allow admin alone, beside the target file",
            _ => "",
        };
        CommandError::Usage(format!("{path} cannot be read: {error}{why}"))
    })?;
    let lines = read_lines(&text).map_err(|error| CommandError::Usage(format!("{path} is no ledger: {error}")))?;
    let left = left(&lines);
    if left.is_empty() {
        print("Nothing is left to undo.\n");
        return Ok(Exit::Success);
    }
    if arguments.dry_run {
        let lines: Vec<String> = left.iter().map(described).collect();
        print(&(lines.join("\n") + "\n"));
        return Ok(Exit::Success);
    }
    let target = tenant::read(&arguments.target, &arguments.reach)?;
    if tenant::is_beyond(&target) && !target.allow.effects.contains(&Effect::Admin) {
        return Err(CommandError::Usage(
            "the target file does not allow `admin`, which undoing takes".to_owned(),
        ));
    }
    let ledger = tenant::ledger(&arguments.ledger)?;
    let tenant = Tenant::open(&target, &arguments.reach, None, Some(ledger))?;
    let cast = Cast::new(
        target,
        Nature::Foreign {
            effects: vec![Effect::Admin],
        },
    );
    let mut janitor = Janitor {
        tenant: &tenant,
        cast: &cast,
        client: arguments.client.as_deref(),
        tokens: BTreeMap::new(),
    };
    let mut report = String::new();
    let mut is_clean = true;
    for entry in &left {
        let outcome = janitor.undo(entry);
        is_clean &= outcome.is_ok();
        let outcome = outcome.unwrap_or_else(|why| format!("LEFT: {why}"));
        let _ = writeln!(report, "{}: {outcome}", described(entry));
    }
    print(&report);
    Ok(if is_clean { Exit::Success } else { Exit::Failed })
}

fn described(entry: &Left) -> String {
    match entry {
        Left::Made { url, .. } => format!("made {url}"),
        Left::Perhaps { url, names, .. } => {
            let names: Vec<String> = names.iter().map(|(name, value)| format!("{name} {value}")).collect();
            format!("perhaps made in {url} ({})", names.join(", "))
        }
        Left::Changed { method, url } => format!("changed by {method} {url}"),
    }
}

/// Undoes things, with a token for each client that made some.
struct Janitor<'a> {
    tenant: &'a Tenant,
    cast: &'a Cast,
    client: Option<&'a str>,
    tokens: BTreeMap<String, String>,
}

impl Janitor<'_> {
    fn undo(&mut self, entry: &Left) -> Result<String, String> {
        match entry {
            Left::Made { url, client } => {
                let token = self.token(client.as_deref())?;
                self.delete(url, &token)
            }
            Left::Perhaps { url, names, client } => {
                let token = self.token(client.as_deref())?;
                let found = self.find(url, names, &token)?;
                for id in &found {
                    self.delete(&format!("{url}/{id}"), &token)?;
                }
                Ok(match found.len() {
                    0 => "was not made".to_owned(),
                    count => format!("deleted {count}"),
                })
            }
            Left::Changed { .. } => {
                Err("what was there before is not known; look at it, and change it back by hand".to_owned())
            }
        }
    }

    fn delete(&self, url: &str, token: &str) -> Result<String, String> {
        if let Some((base, id)) = url.split_once(APPS) {
            // An active application is not deleted; one that is off already says so, which is as well.
            let body = json!({
                "schemas": ["urn:ietf:params:scim:schemas:oracle:idcs:AppStatusChanger"],
                "active": false,
            });
            self.call("PUT", &format!("{base}/AppStatusChanger/{id}"), token, Some(&body))?;
        }
        let answer = self.call("DELETE", url, token, None)?;
        match answer.status {
            200..=299 => Ok("deleted".to_owned()),
            404 => Ok("was gone already".to_owned()),
            status => Err(format!("the deletion was answered with {status}")),
        }
    }

    /// The ids of the records with all these names.
    fn find(&self, url: &str, names: &indexmap::IndexMap<String, String>, token: &str) -> Result<Vec<String>, String> {
        if names.is_empty() {
            return Err("nothing is known by which it could be found".to_owned());
        }
        let filter: Vec<String> = names
            .iter()
            .map(|(name, value)| format!("{name} eq {}", Value::from(value.as_str())))
            .collect();
        let query: String = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("filter", &filter.join(" and "))
            .finish();
        let answer = self.call("GET", &format!("{url}?{query}"), token, None)?;
        if answer.status != 200 {
            return Err(format!("the search for it was answered with {}", answer.status));
        }
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let resources = body
            .get("Resources")
            .and_then(Value::as_array)
            .cloned()
            .unwrap_or_default();
        let ids = resources
            .iter()
            .filter_map(|record| record.get("id")?.as_str().map(str::to_owned));
        Ok(ids.collect())
    }

    fn token(&mut self, made_by: Option<&str>) -> Result<String, String> {
        let clients = &self.cast.target().clients;
        let by_id = || {
            let found = clients.iter().find(|(_, client)| Some(client.id.as_str()) == made_by);
            found.map(|(name, _)| name.as_str())
        };
        let name = self
            .client
            .or_else(by_id)
            .ok_or("the target file has no client that made it; name one with --client")?;
        if let Some(token) = self.tokens.get(name) {
            return Ok(token.clone());
        }
        let client = clients
            .get(name)
            .ok_or_else(|| format!("the target file has no client `{name}`"))?;
        let domain = self
            .cast
            .target()
            .domains
            .get(&client.domain)
            .ok_or("its domain is missing")?;
        let secret = self.cast.secret(name).map_err(|error| error.to_string())?;
        let body = url::form_urlencoded::Serializer::new(String::new())
            .append_pair("grant_type", "client_credentials")
            .append_pair("scope", ADMIN_SCOPE)
            .finish();
        let request = Request {
            method: "POST".to_owned(),
            url: format!("{}/oauth2/v1/token", domain.url.trim_end_matches('/')),
            headers: vec![
                (
                    "Authorization".to_owned(),
                    tenantproof_harness::flow::request::basic(&client.id, &secret),
                ),
                (
                    "Content-Type".to_owned(),
                    "application/x-www-form-urlencoded".to_owned(),
                ),
            ],
            body: body.into_bytes(),
            identity: None,
        };
        let answer = self.tenant.system.send(&request).map_err(|error| error.to_string())?;
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        let token = body.get("access_token").and_then(Value::as_str);
        let token = token.ok_or_else(|| format!("`{name}` got no token: the answer was {}", answer.status))?;
        self.tokens.insert(name.to_owned(), token.to_owned());
        Ok(token.to_owned())
    }

    fn call(&self, method: &str, url: &str, token: &str, body: Option<&Value>) -> Result<Response, String> {
        let mut headers = vec![("Authorization".to_owned(), format!("Bearer {token}"))];
        if body.is_some() {
            headers.push(("Content-Type".to_owned(), "application/scim+json".to_owned()));
        }
        let request = Request {
            method: method.to_owned(),
            url: url.to_owned(),
            headers,
            body: body.map(|body| body.to_string().into_bytes()).unwrap_or_default(),
            identity: None,
        };
        self.tenant.system.send(&request).map_err(|error| error.to_string())
    }
}
