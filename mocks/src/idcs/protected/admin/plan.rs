//! What a request of administration would do if nothing were against it: the answer, and what is written. The rules decide whether it may.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use crate::env::Env;
use crate::form::Form;
use crate::idcs::protected::admin::reading::{self, Workplace};
use crate::idcs::protected::admin::routes::{AdminRoute, Behind, Place};
use crate::idcs::protected::admin::writing::{
    CREATED_BY, MODIFIED_BY, my_app, my_app_type, resource, type_of, version_of, writer,
};
use crate::idcs::scim::list::has_schema;
use crate::idcs::scim::{self, ChangeError, ItemsPerPage, ResourceType, Search, SearchError, Selection, patch};
use crate::landscape::directory::{Grantee, Meta, Record, RecordKey, RecordKind};
use crate::landscape::domain_roles::Role;
use crate::landscape::profile::{ProfileName, switch};
use crate::landscape::{App, ClientType, Domain, Landscape, Secret, User};
use crate::state::{Effect, Expects};
use crate::wire::{BODY_LIMIT, JSON_DEPTH_LIMIT, Request};

/// What would be answered, and written.
#[derive(Clone, Debug, Default)]
pub struct Plan {
    /// The status code.
    pub status: u16,
    /// The body.
    pub body: Option<Value>,
    /// What is written.
    pub effects: Vec<Effect>,
    /// The `ETag` of what is answered.
    pub version: Option<String>,
    /// The `Location` of what was made.
    pub location: Option<String>,
}

/// Why a request cannot be done, and which rule judges that.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The rule.
    pub rule: &'static str,
    /// The cause.
    pub cause: &'static str,
    /// What the answer says of it.
    pub detail: String,
    /// The message id, where one is known of this cause (IDCS-ADMIN-254).
    pub message: Option<&'static str>,
}

impl Fault {
    /// A body that cannot be read as what it should be.
    pub fn body(detail: impl Into<String>) -> Self {
        Self {
            rule: "scim.body",
            cause: "malformed",
            detail: detail.into(),
            message: None,
        }
    }

    /// A reference to nothing.
    pub fn nobody(detail: String) -> Self {
        Self {
            rule: "scim.reference",
            cause: "nobody",
            detail,
            message: Some("error.common.validation.invalidReferenceResource"),
        }
    }
}

impl From<SearchError> for Fault {
    fn from(error: SearchError) -> Self {
        match error {
            SearchError::Body => Self::body(error.to_string()),
            _ => Self {
                rule: "scim.filter",
                cause: "unreadable",
                detail: error.to_string(),
                message: None,
            },
        }
    }
}

impl From<ChangeError> for Fault {
    fn from(error: ChangeError) -> Self {
        let of = |rule, cause| Self {
            rule,
            cause,
            detail: error.to_string(),
            message: None,
        };
        match &error {
            ChangeError::ReadOnly { .. } => of("scim.read-only", "read-only"),
            ChangeError::Immutable { .. } => of("scim.read-only", "immutable"),
            ChangeError::Missing { paths } => Self {
                rule: "scim.required",
                cause: "missing",
                detail: format!("Missing required attribute(s): {}.", paths.join(",")),
                message: Some("error.common.validation.missingReqAttributes"),
            },
            _ => of("scim.body", "malformed"),
        }
    }
}

/// What a request is planned in.
#[derive(Clone, Copy, Debug)]
pub struct Office<'a> {
    /// The landscape.
    pub landscape: &'a Landscape,
    /// The domain.
    pub domain: &'a Domain,
    /// Time and chance.
    pub env: &'a Env,
    /// The request.
    pub request: &'a Request,
    /// Who asks.
    pub caller: Caller<'a>,
}

/// Who asks: the application of the token, and its user where it stands for one.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// The application.
    pub app: Option<&'a App>,
    /// The user.
    pub user: Option<&'a User>,
}

/// What would be answered where a rule that refuses was switched off and there is nothing to answer with: a success about nothing.
pub fn stand_in(method: &str) -> Plan {
    let body = (method != "DELETE").then(|| json!({"schemas": [], "id": "00000000000000000000000000000000"}));
    Plan {
        status: match method {
            "POST" => 201,
            "DELETE" => 204,
            _ => 200,
        },
        body,
        ..Plan::default()
    }
}

impl<'a> Office<'a> {
    /// The record that a route is about; `None` where it is about none, or there is none.
    pub fn current(&self, route: &AdminRoute) -> Option<Record> {
        match (route.collection.behind, &route.place) {
            (Behind::Records(kind), Place::One(id)) => self.domain.record(kind, id),
            (Behind::StatusChanger, Place::One(id)) => self.domain.record(RecordKind::App, id),
            (Behind::Me, _) => self.caller.user.map(|user| Record::User(user.clone())),
            _ => None,
        }
    }

    /// Plans a request.
    pub fn plan(&self, route: &AdminRoute, current: Option<&Record>) -> Result<Plan, Fault> {
        let method = match self.request.method.as_str() {
            "HEAD" => "GET",
            method => method,
        };
        if !route.takes(method) || self.request.body.len() > BODY_LIMIT {
            return Ok(stand_in(method));
        }
        let about_one = matches!(route.place, Place::One(_)) || route.collection.behind == Behind::Me;
        match (route.collection.behind, &route.place, method, current) {
            (_, _, "OPTIONS", _) => Ok(Plan {
                status: 200,
                ..Plan::default()
            }),
            (_, _, method, None) if about_one => Ok(stand_in(method)),
            (Behind::StatusChanger, _, _, Some(Record::App(app))) => self.change_status(app),
            (Behind::SecretRegenerator, ..) => self.make_secret(),
            (Behind::MyApps, place, ..) => {
                let search = match place {
                    Place::Search => Search::of_body(my_app_type(), &self.body()?)?,
                    _ => Search::of_parameters(my_app_type(), self.query().pairs())?,
                };
                Ok(self.page(my_app_type(), &self.my_apps(), &search))
            }
            (Behind::Records(kind), Place::Search, ..) => {
                let search = Search::of_body(type_of(kind), &self.body()?)?;
                Ok(self.list(kind, &search))
            }
            (Behind::Records(kind), Place::All, "GET", _) => {
                let form = self.query();
                let search = Search::of_parameters(type_of(kind), form.pairs())?;
                Ok(self.list(kind, &search))
            }
            (Behind::Records(kind), Place::All, ..) => self.create(kind),
            (_, _, "GET", Some(current)) => Ok(self.show(200, current)),
            (_, _, _, Some(Record::AppRole(role))) if Role::of(&role.id).is_some() => Err(Fault {
                rule: "scim.read-only",
                cause: "read-only",
                detail: "The roles of the domain itself cannot be changed.".to_owned(),
                message: None,
            }),
            (_, _, "DELETE", Some(current)) => Ok(self.delete(current)),
            (_, _, method, Some(current)) => self.change(method, current),
            (_, _, method, None) => Ok(stand_in(method)),
        }
    }

    fn query(&self) -> Form {
        Form::read(self.request.query.as_deref().unwrap_or_default().as_bytes())
    }

    fn body(&self) -> Result<Value, Fault> {
        let text = std::str::from_utf8(&self.request.body).map_err(|_| Fault::body("expected UTF-8"))?;
        if crate::jose::object::depth(text) > JSON_DEPTH_LIMIT {
            return Err(Fault::body("the body is nested too deep"));
        }
        let body: Value =
            serde_json::from_str(text).map_err(|_| Fault::body("Request failed: HTTP 400 Bad Request."))?;
        if body.is_object() {
            Ok(body)
        } else {
            Err(Fault::body("expected a JSON object"))
        }
    }

    fn list(&self, kind: RecordKind, search: &Search) -> Plan {
        let resources: Vec<Value> = self.domain.records(kind).map(|record| self.resource(&record)).collect();
        self.page(type_of(kind), &resources, search)
    }

    /// The applications of which the user was given a role, each once (IDCS-ADMIN-345). Nobody has any where a client asks for itself.
    fn my_apps(&self) -> Vec<Value> {
        let Some(user) = self.caller.user else {
            return Vec::new();
        };
        let grants = self.domain.directory.grants.values();
        let own = grants.filter(|grant| grant.grantee == Grantee::User && grant.to == user.guid);
        let ids: BTreeSet<&str> = own.map(|grant| grant.app.as_str()).collect();
        let apps = ids.into_iter().filter_map(|id| self.domain.app_by_guid(id));
        apps.map(|app| my_app(self.domain, app, user)).collect()
    }

    fn page(&self, resource_type: &ResourceType, resources: &[Value], search: &Search) -> Plan {
        let items_per_page = match self.landscape.profile.value(switch::ITEMS_PER_PAGE) {
            "returned" => ItemsPerPage::Returned,
            _ => ItemsPerPage::Asked,
        };
        Plan {
            status: 200,
            body: Some(search.answer(resource_type, resources, items_per_page)),
            ..Plan::default()
        }
    }

    /// A record as it is shown. Only the standards keep a secret back from everybody but who made the client (IDCS-ADMIN-915).
    fn resource(&self, record: &Record) -> Value {
        let mut shown = resource(self.domain, record);
        let is_kept_back = self.landscape.profile.name == ProfileName::Rfc;
        if let (true, Some(members)) = (is_kept_back, shown.as_object_mut()) {
            members.shift_remove("clientSecret");
        }
        shown
    }

    fn show(&self, status: u16, record: &Record) -> Plan {
        self.selected(status, record, &self.resource(record))
    }

    /// What of a record is asked for.
    fn selected(&self, status: u16, record: &Record, shown: &Value) -> Plan {
        let resource_type = type_of(record.kind());
        let form = self.query();
        let all = |wanted: &'static str| {
            form.pairs()
                .filter(move |(name, _)| *name == wanted)
                .map(|(_, value)| value)
        };
        let selection = Selection::read(resource_type, all("attributes"), all("attributeSets"));
        Plan {
            status,
            body: Some(selection.of(resource_type, shown)),
            version: Some(version_of(record.id(), record.meta())),
            ..Plan::default()
        }
    }

    fn place(&self) -> Workplace<'a> {
        Workplace {
            domain: self.domain,
            profile: self.landscape.profile.name,
            env: self.env,
        }
    }

    /// Writes down who writes.
    fn sign(&self, resource: &mut Value, as_what: &[&str]) {
        let writer = writer(self.domain, self.caller.app, self.caller.user);
        if let (Some(writer), Some(members)) = (writer, resource.as_object_mut()) {
            members.extend(as_what.iter().map(|name| ((*name).to_owned(), writer.clone())));
        }
    }

    fn create(&self, kind: RecordKind) -> Result<Plan, Fault> {
        let mut wanted = scim::create(type_of(kind), &self.body()?)?;
        self.sign(&mut wanted, &[CREATED_BY, MODIFIED_BY]);
        let record = reading::record(&self.place(), kind, wanted, None)?;
        self.refuse_taken(&record)?;
        let location = super::writing::location(self.domain, type_of(kind), record.id());
        Ok(Plan {
            location: Some(location),
            effects: vec![self.write(&record, Expects::Absent)],
            ..self.selected(201, &record, &resource(self.domain, &record))
        })
    }

    fn change(&self, method: &str, current: &Record) -> Result<Plan, Fault> {
        let resource_type = type_of(current.kind());
        let (before, body) = (resource(self.domain, current), self.body()?);
        let mut wanted = match method {
            "PATCH" => patch::apply(resource_type, &before, &body)?,
            _ => scim::replace_whole(resource_type, &before, &body)?,
        };
        self.sign(&mut wanted, &[MODIFIED_BY]);
        let record = reading::record(&self.place(), current.kind(), wanted, Some(current))?;
        self.refuse_taken(&record)?;
        Ok(Plan {
            effects: vec![self.write(&record, Expects::Version(current.meta().version))],
            ..self.show(200, &record)
        })
    }

    /// Takes a record out, and what makes no sense without it.
    fn delete(&self, current: &Record) -> Plan {
        let id = current.id();
        let directory = &self.domain.directory;
        let mut effects = vec![self.remove(current)];
        let grants = directory.grants.values().filter(|grant| match current.kind() {
            RecordKind::App => (grant.grantee == Grantee::App && grant.to == id) || grant.app == id,
            RecordKind::User => grant.grantee == Grantee::User && grant.to == id,
            RecordKind::Group => grant.grantee == Grantee::Group && grant.to == id,
            RecordKind::AppRole => grant.role.as_deref() == Some(id),
            _ => false,
        });
        effects.extend(grants.map(|grant| self.remove(&Record::Grant(grant.clone()))));
        let roles = directory.app_roles.values().filter(|role| role.app == id);
        effects.extend(roles.map(|role| self.remove(&Record::AppRole(role.clone()))));
        for group in directory
            .groups
            .values()
            .filter(|group| group.members.iter().any(|member| member == id))
        {
            let mut left = group.clone();
            left.members.retain(|member| member != id);
            left.meta = self.next(group.meta);
            effects.push(self.write(&Record::Group(left), Expects::Version(group.meta.version)));
        }
        if let Record::ClientCertificate(stored) = current {
            let own = |app: &&App| app.certificates.iter().any(|own| own.der == stored.certificate.der);
            for app in self.domain.apps.values().filter(own) {
                let mut left = app.clone();
                left.certificates.retain(|own| own.der != stored.certificate.der);
                left.meta = self.next(app.meta);
                effects.push(self.write(&Record::App(left), Expects::Version(app.meta.version)));
            }
        }
        Plan {
            status: 204,
            effects,
            ..Plan::default()
        }
    }

    /// Activates an application, or switches it off (IDCS-ADMIN-321).
    fn change_status(&self, app: &App) -> Result<Plan, Fault> {
        const SCHEMA: &str = "urn:ietf:params:scim:schemas:oracle:idcs:AppStatusChanger";
        let body = self.body()?;
        let Some(active) = body["active"].as_bool().filter(|_| has_schema(&body, SCHEMA)) else {
            return Err(Fault::body(
                "expected the schema of an AppStatusChanger, and `active` to be true or false",
            ));
        };
        let changed = App {
            active,
            meta: self.next(app.meta),
            ..app.clone()
        };
        let answer = json!({"schemas": [SCHEMA], "id": app.guid, "active": active});
        Ok(Plan {
            status: 200,
            body: Some(answer),
            effects: vec![self.write(&Record::App(changed), Expects::Version(app.meta.version))],
            ..Plan::default()
        })
    }

    /// Makes a client a new secret; the one before is good for nothing at once (IDCS-ADMIN-322, IDCS-ADMIN-323).
    fn make_secret(&self) -> Result<Plan, Fault> {
        const SCHEMA: &str = "urn:ietf:params:scim:schemas:oracle:idcs:AppClientSecretRegenerator";
        let body = self.body()?;
        let Some(id) = body["appId"].as_str().filter(|_| has_schema(&body, SCHEMA)) else {
            return Err(Fault::body(
                "expected the schema of an AppClientSecretRegenerator, and `appId`",
            ));
        };
        let is_keeper = |app: &&App| app.is_client && app.client_type != ClientType::Public;
        let Some(app) = self.domain.app_by_guid(id).filter(is_keeper) else {
            let id: String = id.chars().filter(char::is_ascii_graphic).take(64).collect();
            return Err(Fault::nobody(format!(
                "AppClientSecretRegenerator.appId references an App with ID {id} that does not exist, or has no secret."
            )));
        };
        let secret = self.env.draw_uuid("client secret");
        let changed = App {
            secret: Some(Secret::new(&secret)),
            secret_version: app.secret_version + 1,
            meta: self.next(app.meta),
            ..app.clone()
        };
        let answer = json!({"schemas": [SCHEMA], "id": app.guid, "appId": app.guid, "clientSecret": secret});
        Ok(Plan {
            status: 201,
            body: Some(answer),
            effects: vec![self.write(&Record::App(changed), Expects::Version(app.meta.version))],
            ..Plan::default()
        })
    }

    fn refuse_taken(&self, record: &Record) -> Result<(), Fault> {
        if !record.collides_in(self.domain) {
            return Ok(());
        }
        let name = type_of(record.kind()).name;
        Err(Fault {
            rule: "scim.unique",
            cause: "taken",
            detail: format!("Another {name} has the same unique attributes already."),
            message: None,
        })
    }

    fn next(&self, meta: Meta) -> Meta {
        Meta {
            modified: self.env.now,
            version: meta.version + 1,
            ..meta
        }
    }

    fn key(&self, record: &Record) -> RecordKey {
        RecordKey {
            domain: self.domain.host.clone(),
            kind: record.kind(),
            id: record.id().to_owned(),
        }
    }

    fn write(&self, record: &Record, expects: Expects) -> Effect {
        Effect::Write {
            key: self.key(record),
            expects,
            record: Some(Box::new(record.clone())),
        }
    }

    fn remove(&self, record: &Record) -> Effect {
        Effect::Write {
            key: self.key(record),
            expects: Expects::Version(record.meta().version),
            record: None,
        }
    }
}
