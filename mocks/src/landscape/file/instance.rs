//! The members of an integration instance and of its integrations; those of its connections are in `connection.rs`.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::kinds::choices;
use super::mistake::{Slip, visible};
use super::table::{Entry, Keyed, Row, Written, read_rows, row, schema_of_rows, write_rows};
use super::tree::{Kind, Node};
use super::{Reading, Writing};
use crate::landscape::Instance;
use crate::landscape::connection::Connection;
use crate::landscape::instance::{Integration, Operation, Step};

/// An instance whose integrations and connections stand where the file says them.
pub(super) struct InstanceEntry {
    pub(super) instance: Instance,
    /// The label of its domain, and where the file says it.
    pub(super) domain: String,
    pub(super) domain_at: usize,
    region: String,
    published_at: Option<String>,
    design_published_at: Option<String>,
    /// The display name of its application; the usual one where the file says none.
    pub(super) app: Option<String>,
    integrations: Keyed<Integration>,
    connections: Keyed<Connection>,
}

impl InstanceEntry {
    fn empty(instance: Instance) -> Self {
        let host = instance.host.strip_prefix(&format!("{}.integration.", instance.name));
        let region = host
            .and_then(|rest| rest.strip_suffix(".ocp.example"))
            .unwrap_or_default()
            .to_owned();
        let [published_at, design_published_at] = instance.published_at.clone();
        Self {
            domain: String::new(),
            domain_at: 0,
            published_at,
            design_published_at,
            region,
            app: None,
            integrations: Keyed::default(),
            connections: Keyed::default(),
            instance,
        }
    }

    /// Takes an instance apart; `app` is the display name of its application.
    pub(super) fn of(instance: &Instance, label: Option<&str>, app: Option<&str>) -> Self {
        let usual = Instance::app_named(&instance.name);
        Self {
            domain: label.unwrap_or_default().to_owned(),
            app: app.filter(|app| *app != usual).map(str::to_owned),
            integrations: Keyed(instance.integrations.clone()),
            connections: Keyed(instance.connections.values().cloned().collect()),
            ..Self::empty(instance.clone())
        }
    }

    /// Puts an instance together, all but its domain and application.
    pub(super) fn join(self) -> Instance {
        Instance {
            published_at: [self.published_at, self.design_published_at],
            integrations: self.integrations.0,
            connections: self
                .connections
                .0
                .into_iter()
                .map(|connection| (connection.id.clone(), connection))
                .collect(),
            ..self.instance
        }
    }
}

impl Entry for InstanceEntry {
    const WHAT: &'static str = "integration instance";

    fn rows() -> &'static [Row<Self>] {
        INSTANCE
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.instance.name)
    }

    fn plain(&self, _: usize) -> Self {
        let plain = Self::empty(Instance::new(&self.instance.name, &self.region, ""));
        Self {
            region: String::new(),
            ..plain
        }
    }

    fn begin(name: &str, _: usize, node: &Node, _: &mut Reading) -> Option<Self> {
        let region = match node.member("region").map(|region| &region.kind) {
            Some(Kind::Text(region)) => region.as_str(),
            _ => "",
        };
        Some(Self {
            domain_at: node.from,
            ..Self::empty(Instance::new(name, region, ""))
        })
    }
}

static INSTANCE: &[Row<InstanceEntry>] = &[
    Row {
        read: |entry, node, reading| {
            entry.domain_at = node.from;
            entry.domain = Written::read(node, reading).unwrap_or_default();
        },
        ..row!(
            InstanceEntry,
            "domain",
            domain,
            "The name of the domain whose tokens it takes."
        )
    },
    row!(
        InstanceEntry,
        "region",
        region,
        "Its region, which its host names follow from."
    ),
    row!(
        InstanceEntry,
        "host",
        instance.host,
        "The host where integrations are called; follows from name and region unless said."
    ),
    row!(
        InstanceEntry,
        "design-host",
        instance.design_host,
        "The host that the region shares; follows from it unless said."
    ),
    row!(
        InstanceEntry,
        "permanent-host",
        instance.permanent_host,
        "The host in its audiences and scopes; follows from name and region unless said."
    ),
    row!(
        InstanceEntry,
        "published-at",
        published_at,
        "Where clients reach it, when that is not its host name."
    ),
    row!(
        InstanceEntry,
        "design-published-at",
        design_published_at,
        "Where clients reach its design host."
    ),
    row!(
        InstanceEntry,
        "app",
        app,
        "The display name of its application; `Oracle Integration NAME` unless said."
    ),
    row!(
        InstanceEntry,
        "leeway",
        instance.leeway,
        "Seconds of clock skew that it allows; 60 unless said."
    ),
    row!(
        InstanceEntry,
        "trusted",
        instance.trusted,
        "Issuers that it takes tokens from beside its domain."
    ),
    row!(
        InstanceEntry,
        "projects",
        instance.projects,
        "The codes of its projects."
    ),
    row!(InstanceEntry, "connections", connections, "Its connections, by id."),
    row!(
        InstanceEntry,
        "integrations",
        integrations,
        "Its integrations, by CODE|VERSION, those of a project by PROJECT/CODE|VERSION."
    ),
];

impl Entry for Integration {
    const WHAT: &'static str = "integration";

    fn rows() -> &'static [Row<Self>] {
        INTEGRATION
    }

    fn name(&self) -> Cow<'_, str> {
        match &self.project {
            Some(project) => format!("{project}/{}", self.id()).into(),
            None => self.id().into(),
        }
    }

    fn plain(&self, _: usize) -> Self {
        plain_integration(self.project.as_deref(), &self.code, &self.version)
    }

    fn begin(name: &str, _: usize, node: &Node, reading: &mut Reading) -> Option<Self> {
        let (project, id) = name
            .split_once('/')
            .map_or((None, name), |(project, id)| (Some(project), id));
        match id.split_once('|') {
            Some((code, version)) => Some(plain_integration(project, code, version)),
            None => {
                let found = format!("`{}`", visible(name));
                reading.note(Slip::new(
                    node.from,
                    "the name CODE|VERSION or PROJECT/CODE|VERSION",
                    found,
                ));
                None
            }
        }
    }
}

fn plain_integration(project: Option<&str>, code: &str, version: &str) -> Integration {
    Integration {
        code: code.to_owned(),
        version: version.to_owned(),
        name: code.to_lowercase().replace('_', " "),
        project: project.map(str::to_owned),
        active: true,
        locked: false,
        trigger: String::new(),
        operations: Vec::new(),
    }
}

static INTEGRATION: &[Row<Integration>] = &[
    row!(
        Integration,
        "name",
        name,
        "Its name for people; follows from the code unless said."
    ),
    row!(
        Integration,
        "active",
        active,
        "Whether it was activated; true unless said."
    ),
    row!(
        Integration,
        "locked",
        locked,
        "Whether somebody is working on it; false unless said."
    ),
    row!(Integration, "trigger", trigger, "The id of its trigger connection."),
    row!(Integration, "operations", operations, "What can be called."),
];

/// The methods of operations.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Method {
    Get,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// All, with their names.
    const ALL: [(&'static str, Self); 5] = [
        ("GET", Self::Get),
        ("POST", Self::Post),
        ("PUT", Self::Put),
        ("PATCH", Self::Patch),
        ("DELETE", Self::Delete),
    ];

    fn name(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(_, method)| *method == self)
            .map_or("GET", |(name, _)| name)
    }
}

choices!(
    Method,
    [
        Get = "GET",
        Post = "POST",
        Put = "PUT",
        Patch = "PATCH",
        Delete = "DELETE"
    ]
);

struct OperationForm {
    method: Method,
    path: String,
    does: Step,
}

impl OperationForm {
    fn plain() -> Self {
        Self {
            method: Method::Get,
            path: String::new(),
            does: Step::Echo,
        }
    }
}

static OPERATION: &[Row<OperationForm>] = &[
    row!(OperationForm, "method", method, "The method; GET unless said."),
    row!(
        OperationForm,
        "path",
        path,
        "The path below the version, without a slash in front."
    ),
    row!(
        OperationForm,
        "does",
        does,
        "What a call does; it answers what it was sent unless said."
    ),
];

impl Written for Operation {
    fn schema() -> Value {
        schema_of_rows(OPERATION)
    }

    fn write(&self, writing: &Writing) -> Value {
        let method = Method::ALL.iter().find(|(name, _)| *name == self.method);
        let form = OperationForm {
            method: method.map_or(Method::Get, |(_, method)| *method),
            path: self.path.clone(),
            does: self.does.clone(),
        };
        write_rows(OPERATION, &form, &OperationForm::plain(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut form = OperationForm::plain();
        read_rows(OPERATION, &mut form, node, reading);
        Some(Self {
            method: form.method.name(),
            path: form.path,
            does: form.does,
        })
    }
}

impl Written for Step {
    fn schema() -> Value {
        let one = |name: &str, schema: Value| json!({ "type": "object", "properties": { name: schema }, "required": [name], "additionalProperties": false });
        let ask = json!({
            "type": "object",
            "properties": { "connection": { "type": "string" }, "path": { "type": "string" } },
            "required": ["connection", "path"],
            "additionalProperties": false
        });
        let fault = json!({ "type": "integer", "minimum": 100, "maximum": 599 });
        json!({ "anyOf": [{ "const": "echo" }, one("answer", json!({})), one("fault", fault), one("ask", ask)] })
    }

    fn write(&self, _: &Writing) -> Value {
        match self {
            Self::Echo => json!("echo"),
            Self::Answer(value) => json!({ "answer": value }),
            Self::Fault(status) => json!({ "fault": status }),
            Self::Ask { connection, path } => json!({ "ask": { "connection": connection, "path": path } }),
        }
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        const FORMS: &str = "\"echo\", { \"answer\": JSON }, { \"fault\": 100 to 599 } or { \"ask\": { \"connection\": ID, \"path\": PATH } }";
        match &node.kind {
            Kind::Text(text) if text == "echo" => return Some(Self::Echo),
            Kind::Object(members) => {
                let [member] = members.as_slice() else {
                    return reading.wrong(node, FORMS);
                };
                let inner = &member.node;
                match member.name.as_str() {
                    "answer" => return Some(Self::Answer(inner.value())),
                    "fault" => {
                        let status = inner.whole_number().and_then(|number| u16::try_from(number).ok());
                        if let Some(status) = status.filter(|status| (100..600).contains(status)) {
                            return Some(Self::Fault(status));
                        }
                    }
                    "ask" => {
                        if let (Some(connection), Some(path)) = (inner.member("connection"), inner.member("path")) {
                            reading.know(reading_members(inner), &["connection", "path"]);
                            return Some(Self::Ask {
                                connection: String::read(connection, reading)?,
                                path: String::read(path, reading)?,
                            });
                        }
                    }
                    _ => {
                        reading.know(members, &["answer", "fault", "ask"]);
                        return None;
                    }
                }
            }
            _ => {}
        }
        reading.wrong(node, FORMS)
    }
}

fn reading_members(node: &Node) -> &[super::tree::Member] {
    match &node.kind {
        Kind::Object(members) => members,
        _ => &[],
    }
}
