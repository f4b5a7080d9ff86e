//! The API for developers: lists, records, activation, changes of connections, and their test (OIC-073 to OIC-082).

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::fusion::adf::adapter;
use crate::landscape::Instance;
use crate::landscape::connection::{Adapter, Connection, ConnectionRole};
use crate::landscape::instance::Integration;
use crate::landscape::profile::switch;
use crate::oic::answers;
use crate::oic::client::{self, Failure, Outcome};
use crate::oic::developer_rules::{new_secret, wanted_status};
use crate::oic::facts::InstanceRequest;
use crate::outbound::{Line, Pending};
use crate::state::{Effect, Expects, Hidden, Key, Kind, Thing};

/// What the test of a connection asks of Fusion: who is calling. What real adapters ask is not known.
const TEST_PATH: &str = "/hcmRestApi/resources/11.13.18.05/selfDetails";
/// What that of a connection of the adapter for ERP Cloud asks: the two catalogues for which its user needs rights (OIC-221, OIC-222).
const ERP_TEST_PATHS: [&str; 2] = [adapter::SERVICES_PATH, adapter::EVENTS_PATH];
/// The most items of a list (a default of ours).
const PAGE: usize = 50;

/// The integrations, or those of a project.
pub fn integrations(facts: &InstanceRequest, project: Option<&str>) -> Answer {
    let known = facts.context.instance.map(|instance| instance.integrations.as_slice());
    let wanted = facts.query.value("q").and_then(status_in);
    let items = known
        .unwrap_or_default()
        .iter()
        .filter(|integration| project.is_none() || integration.project.as_deref() == project)
        .map(|integration| integration_item(facts, integration))
        .filter(|item| wanted.is_none_or(|wanted| item["status"] == wanted));
    list(facts, items.collect())
}

/// The status in a filter, as recent tenants write it or as older ones did (OIC-077).
fn status_in(filter: &str) -> Option<&str> {
    let (_, rest) = filter.split_once("status")?;
    rest.split('\'').nth(1)
}

/// An integration, as it stands now (OIC-075).
pub fn integration_item(facts: &InstanceRequest, integration: &Integration) -> Value {
    let status = if facts.is_active(integration) {
        "ACTIVATED"
    } else {
        "CONFIGURED"
    };
    json!({
        "id": integration.id(),
        "code": integration.code,
        "version": integration.version,
        "name": integration.name,
        "status": status,
        "style": "FREEFORM",
        "lockedFlag": integration.locked,
    })
}

/// Activates or deactivates an integration.
pub fn change_integration(facts: &InstanceRequest, integration: &Integration, effects: &mut Vec<Effect>) -> Answer {
    let activated = wanted_status(facts).as_deref() == Some("ACTIVATED");
    effects.push(Effect::Keep {
        key: activation_key(facts, integration),
        expects: Expects::Anything,
        thing: Some((Thing::Activated(activated), u64::MAX)),
    });
    let mut item = integration_item(facts, integration);
    item["status"] = json!(if activated { "ACTIVATED" } else { "CONFIGURED" });
    answers::json(200, item)
}

/// Where it is kept whether an integration is activated, once somebody changed that.
pub fn activation_key(facts: &InstanceRequest, integration: &Integration) -> Key {
    let host = facts.context.instance.map_or("", |instance| instance.host.as_str());
    let project = integration.project.as_deref().unwrap_or_default();
    Key::of_two(Kind::Activated, host, project, &integration.id())
}

/// The connections, or those of a project.
pub fn connections(facts: &InstanceRequest, project: Option<&str>) -> Answer {
    let known = facts.context.instance.map(|instance| instance.connections.values());
    let items = known
        .into_iter()
        .flatten()
        .filter(|connection| project.is_none() || connection.project.as_deref() == project)
        .map(connection_item);
    list(facts, items.collect())
}

/// A connection, without what is secret in it (OIC-082).
pub fn connection_item(connection: &Connection) -> Value {
    let property =
        |name: &str, value: &str| json!({ "propertyName": name, "propertyValue": value, "displayName": name });
    let (url, security) = match &connection.role {
        ConnectionRole::Trigger(_) => (Vec::new(), Vec::new()),
        ConnectionRole::Invoke(outbound) => (
            vec![property("connectionUrl", &format!("https://{}", outbound.target))],
            vec![
                property("clientId", &outbound.client_id),
                property("scope", &outbound.scope),
                json!({ "propertyName": "clientSecret", "displayName": "clientSecret" }),
            ],
        ),
    };
    json!({
        "id": connection.id,
        "name": connection.name,
        "status": if connection.configured { "CONFIGURED" } else { "INPROGRESS" },
        "lockedFlag": connection.locked,
        "role": if connection.as_trigger().is_some() { "SOURCE" } else { "TARGET" },
        "securityPolicy": connection.policy_name(),
        "connectionProperties": url,
        "securityProperties": security,
    })
}

/// Changes the secret of a connection; other properties are passed over.
pub fn change_connection(facts: &InstanceRequest, connection: &Connection, effects: &mut Vec<Effect>) -> Answer {
    if let Some(secret) = new_secret(facts) {
        effects.push(Effect::Keep {
            key: client::secret_key(facts, connection),
            expects: Expects::Anything,
            thing: Some((Thing::ConnectionSecret(Hidden::new(&secret)), u64::MAX)),
        });
    }
    answers::json(200, connection_item(connection))
}

/// Tests a connection: a token is got, and the target asked with it (OIC-080, OIC-090, OIC-206).
///
/// # Errors
///
/// [`Pending`], while a call is still to be made.
pub fn test(
    facts: &InstanceRequest,
    connection: &Connection,
    line: &mut Line,
    effects: &mut Vec<Effect>,
) -> Result<Answer, Pending> {
    let passed = || answers::json(200, json!({ "id": connection.id, "status": "CONFIGURED" }));
    let Some(outbound) = connection.as_outbound() else {
        return Ok(passed());
    };
    let paths: &[&str] = match outbound.adapter {
        Adapter::Erp => &ERP_TEST_PATHS,
        Adapter::Rest | Adapter::Built => &[TEST_PATH],
    };
    Ok(
        match client::ask(facts, (connection, outbound), paths, line, effects)? {
            Outcome::Answered(_) => passed(),
            Outcome::Failed(failure) => failed(facts, &failure, outbound),
        },
    )
}

fn failed(facts: &InstanceRequest, failure: &Failure, outbound: &crate::landscape::connection::Outbound) -> Answer {
    let (text, detail) = (failure.text(outbound), failure.detail(outbound));
    if facts.context.landscape.profile.is(switch::OIC_TEST_FAILURE, "200") {
        return answers::json(
            200,
            json!({ "status": "FAILED", "message": text, "o:errorDetails": [detail] }),
        );
    }
    answers::fault(facts, 500, &text, vec![detail])
}

/// A list that is only read: its path, and what stands in it.
struct Listing {
    path: &'static str,
    items: fn(&Instance) -> Vec<Value>,
}

/// The lists beside integrations and connections (OIC-083). Only their addresses are known: that a project has its code for an id is assumed,
/// and of what is not in a landscape the lists are empty.
static LISTINGS: &[Listing] = &[
    Listing {
        path: "projects",
        items: |instance| {
            let project = |code: &String| json!({ "id": code, "code": code, "name": code });
            instance.projects.iter().map(project).collect()
        },
    },
    listing("packages"),
    listing("lookups"),
    listing("monitoring/instances"),
    listing("monitoring/errors"),
];

/// A list of what a landscape has none of.
const fn listing(path: &'static str) -> Listing {
    Listing {
        path,
        items: |_| Vec::new(),
    }
}

/// The path of the list that this address means.
pub fn listing_at(parts: &[&str]) -> Option<&'static str> {
    let path = parts.join("/");
    LISTINGS
        .iter()
        .find(|listing| listing.path == path)
        .map(|listing| listing.path)
}

/// One of the lists beside integrations and connections.
pub fn listed(facts: &InstanceRequest, path: &str) -> Answer {
    let listing = LISTINGS.iter().find(|listing| listing.path == path);
    let items = listing.zip(facts.context.instance);
    list(
        facts,
        items
            .map(|(listing, instance)| (listing.items)(instance))
            .unwrap_or_default(),
    )
}

/// The folders of the file server: the root alone, since a landscape has no files (OIC-084).
pub fn folders(facts: &InstanceRequest) -> Answer {
    list(facts, vec![json!({ "name": "/" })])
}

/// A page of a list (OIC-073, OIC-074).
fn list(facts: &InstanceRequest, items: Vec<Value>) -> Answer {
    let number = |name: &str| facts.query.value(name).and_then(|text| text.parse::<usize>().ok());
    let (offset, limit) = (number("offset").unwrap_or(0), number("limit").unwrap_or(PAGE).min(PAGE));
    let total = items.len();
    let page: Vec<Value> = items.into_iter().skip(offset).take(limit).collect();
    let has_more = offset.saturating_add(page.len()) < total;
    answers::json(
        200,
        json!({
            "items": page,
            "totalResults": total,
            "hasMore": has_more,
            "limit": limit,
            "offset": offset,
            "links": [],
        }),
    )
}
