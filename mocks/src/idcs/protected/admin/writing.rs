//! How records look as SCIM resources (IDCS-ADMIN-221 to IDCS-ADMIN-225, IDCS-ADMIN-302 to IDCS-ADMIN-362). Reading them back is `reading`.
//!
//! What nothing here reads stands in `more` and is shown as it came. A password is in no resource, so no search and no answer can show it.

use serde_json::{Map, Value, json};

use crate::env::hex;
use crate::idcs::protected::admin::propagation_trust;
use crate::idcs::scim::ResourceType;
use crate::jose::key::date;
use crate::jose::{base64, from_base64url};
use crate::landscape::builder::id_of;
use crate::landscape::directory::{
    AppRole, Grant, Grantee, Group, Meta, Record, RecordKind, Settings, StoredCertificate,
};
use crate::landscape::domain_roles::{DOMAIN_APP, Role};
use crate::landscape::{App, ClientType, Domain, Resource, Secret, TrustScope, User, UserStatus};

/// The extension of users that says whether they are locked (IDCS-ADMIN-343).
pub const USER_STATE: &str = "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User";
/// The extension of users that the service keeps (IDCS-ADMIN-343).
pub const USER_SERVICE: &str = "urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User";
/// The kinds of clients, with their names in the directory (IDCS-ADMIN-302).
pub const CLIENT_TYPES: [(ClientType, &str); 3] = [
    (ClientType::Confidential, "confidential"),
    (ClientType::Trusted, "trusted"),
    (ClientType::Public, "public"),
];
/// The allowed operations (IDCS-ADMIN-302).
pub const INTROSPECT: &str = "introspect";
/// The attribute that says who made a resource.
pub const CREATED_BY: &str = "idcsCreatedBy";
/// The attribute that says who changed it last.
pub const MODIFIED_BY: &str = "idcsLastModifiedBy";
/// Acting on behalf of users (IDCS-ADMIN-302).
pub const ON_BEHALF_OF: &str = "onBehalfOfUser";
/// The value of `clientIPChecking` that limits a client to networks (IDCS-OAUTH-010).
pub const LIMITED_TO_NETWORKS: &str = "whitelisted";
/// The other one.
pub const NOT_LIMITED: &str = "anywhere";

/// The resource type of a kind of records.
pub fn type_of(kind: RecordKind) -> &'static ResourceType {
    let name = match kind {
        RecordKind::App => "App",
        RecordKind::User => "User",
        RecordKind::Group => "Group",
        RecordKind::AppRole => "AppRole",
        RecordKind::Grant => "Grant",
        RecordKind::ClientCertificate => "OAuthClientCertificate",
        RecordKind::PartnerCertificate => "OAuthPartnerCertificate",
        RecordKind::TrustedPartnerCertificate => "TrustedPartnerCertificate",
        RecordKind::PropagationTrust => "IdentityPropagationTrust",
        RecordKind::Settings => "Setting",
        RecordKind::StayingSignedIn => "KmsiSettings",
    };
    ResourceType::named(name).expect("every kind of records has a resource type")
}

/// The resource type of an application as the user who was given it sees it.
pub fn my_app_type() -> &'static ResourceType {
    ResourceType::named("MyApp").expect("the tables have what MyApps lists")
}

/// An application as the user who was given it sees it (IDCS-ADMIN-345).
pub fn my_app(domain: &Domain, app: &App, user: &User) -> Value {
    json!({
        "schemas": [my_app_type().schema.urn],
        "id": id_of(&format!("{} of {}", app.guid, user.guid)),
        "uid": user.name,
        "name": app.display_name,
        "app": {
            "value": app.guid,
            "$ref": format!("{}/admin/v1/Apps/{}", domain.published_url(), app.guid),
            "display": app.display_name,
            "active": app.active,
            "isAliasApp": false,
            "isLoginTarget": app.is_client,
            "isOPCService": false,
            "loginMechanism": "OIDC",
            "showInMyApps": true,
        },
        "owner": {"value": user.guid, "display": user.display_name},
        "active": true,
        "isAccount": false,
        "favorite": false,
    })
}

/// The version of a record as clients see it: 32 hexadecimal digits (IDCS-ADMIN-225).
pub fn version_of(id: &str, meta: Meta) -> String {
    id_of(&format!("version {} of {id}", meta.version))
}

/// Where a resource is (IDCS-ADMIN-225).
pub fn location(domain: &Domain, resource_type: &ResourceType, id: &str) -> String {
    format!("{}/admin/v1/{}/{id}", domain.published_url(), resource_type.endpoint)
}

/// A record as a SCIM resource.
pub fn resource(domain: &Domain, record: &Record) -> Value {
    let resource_type = type_of(record.kind());
    let (id, meta) = (record.id(), record.meta());
    let mut resource = Map::new();
    resource.insert("schemas".to_owned(), json!([resource_type.schema.urn]));
    resource.insert("id".to_owned(), json!(id));
    resource.insert(
        "ocid".to_owned(),
        json!(format!("ocid1.domain{}.oc1..{id}", resource_type.name.to_lowercase())),
    );
    let own = match record {
        Record::App(app) => of_app(domain, app),
        Record::User(user) => of_user(domain, user),
        Record::Group(group) => of_group(domain, group),
        Record::AppRole(role) => of_role(domain, role),
        Record::Grant(grant) => of_grant(domain, grant),
        Record::ClientCertificate(stored)
        | Record::PartnerCertificate(stored)
        | Record::TrustedPartnerCertificate(stored) => of_certificate(stored),
        Record::PropagationTrust(trust) => propagation_trust::written(trust),
        Record::Settings(settings, issuer) => of_settings(settings, issuer),
        Record::StayingSignedIn(settings) => settings.attributes.clone(),
    };
    resource.extend(own);
    let extensions = resource.keys().filter(|name| name.starts_with("urn:")).cloned();
    let schemas: Vec<String> = std::iter::once(resource_type.schema.urn.to_owned())
        .chain(extensions)
        .collect();
    resource.insert("schemas".to_owned(), json!(schemas));
    let meta = json!({
        "resourceType": resource_type.name,
        "created": instant(meta.created),
        "lastModified": instant(meta.modified),
        "version": version_of(id, meta),
        "location": location(domain, resource_type, id),
    });
    resource.insert("meta".to_owned(), meta);
    for (name, value) in around(domain) {
        resource.entry(name).or_insert(value);
    }
    Value::Object(resource)
}

/// What stands in every resource beside its own: who made and changed it, where nobody is known the landscape itself, whether it is being
/// deleted, and where in the cloud it is (IDCS-ADMIN-224). The names are made up.
fn around(domain: &Domain) -> [(&'static str, Value); 6] {
    let ocid = |kind: &str, id: &str| json!(format!("ocid1.{kind}.oc1..{id}"));
    let landscape = json!({"type": "App", "value": id_of("landscape"), "display": "landscape"});
    [
        (CREATED_BY, landscape.clone()),
        (MODIFIED_BY, landscape),
        ("deleteInProgress", json!(false)),
        ("domainOcid", ocid("domain", &id_of(&domain.host))),
        ("compartmentOcid", ocid("tenancy", &id_of("mock-tenancy"))),
        ("tenancyOcid", ocid("tenancy", &id_of("mock-tenancy"))),
    ]
}

/// Somebody who writes, as records name them (IDCS-ADMIN-224): a user, or else the application of the token.
pub fn writer(domain: &Domain, app: Option<&App>, user: Option<&User>) -> Option<Value> {
    let named = |kind: &str, collection: &str, id: &str, display: &str| {
        json!({
            "type": kind,
            "value": id,
            "display": display,
            "$ref": format!("{}/admin/v1/{collection}/{id}", domain.published_url()),
        })
    };
    let user = user.map(|user| named("User", "Users", &user.guid, &user.display_name));
    user.or_else(|| app.map(|app| named("App", "Apps", &app.guid, &app.display_name)))
}

/// Members in their order, without those that have nothing to say.
pub(super) fn members<const COUNT: usize>(members: [(&str, Value); COUNT]) -> Map<String, Value> {
    let said = members
        .into_iter()
        .filter(|(_, value)| !value.is_null() && value.as_array().is_none_or(|list| !list.is_empty()));
    said.map(|(name, value)| (name.to_owned(), value)).collect()
}

fn of_app(domain: &Domain, app: &App) -> Map<String, Value> {
    let client_type = CLIENT_TYPES.iter().find(|(kind, _)| *kind == app.client_type);
    let trust_scope = TrustScope::ALL.iter().find(|(kind, _)| *kind == app.trust_scope);
    let operations = [(app.may_introspect, INTROSPECT), (app.on_behalf_of, ON_BEHALF_OF)];
    let operations: Vec<&str> = operations
        .into_iter()
        .filter(|(is, _)| *is)
        .map(|(_, name)| name)
        .collect();
    let networks = if app.limited_to_networks {
        LIMITED_TO_NETWORKS
    } else {
        NOT_LIMITED
    };
    let mut shown = members([
        ("name", json!(app.client_id)),
        ("displayName", json!(app.display_name)),
        ("clientSecret", json!(app.secret.as_ref().map(Secret::expose))),
        ("active", json!(app.active)),
        ("basedOnTemplate", template(app)),
        ("isOAuthClient", json!(app.is_client)),
        ("isOAuthResource", json!(app.resource.is_some())),
        (
            "clientType",
            json!(client_type.filter(|_| app.is_client).map(|(_, name)| name)),
        ),
        ("allowedGrants", json!(app.grants)),
        ("allowedOperations", json!(operations)),
        ("clientIPChecking", json!(app.is_client.then_some(networks))),
        (
            "allowedScopes",
            app.allowed_scopes
                .iter()
                .map(|scope| allowed_scope(domain, scope))
                .collect(),
        ),
        ("trustScope", json!(trust_scope.map(|(_, name)| name))),
        (
            "certificates",
            app.certificates
                .iter()
                .map(|certificate| {
                    json!({
                        "certAlias": certificate.alias,
                        "sha1Thumbprint": from_base64url(&certificate.x5t).map(|print| hex(&print)),
                        "x5t": certificate.x5t,
                        "kid": certificate.alias,
                        "x509Base64Certificate": base64(&certificate.der),
                    })
                })
                .collect(),
        ),
        ("redirectUris", json!(app.redirect_uris)),
        ("allUrlSchemesAllowed", json!(app.plain_http_allowed)),
        ("postLogoutRedirectUris", json!(app.post_logout_redirect_uris)),
        ("bypassConsent", json!(app.consent_bypassed)),
        ("grantedAppRoles", granted_roles(domain, app)),
    ]);
    if let Some(resource) = &app.resource {
        shown.extend(of_resource(app, resource));
    }
    let beside = app.more.iter().filter(|(name, _)| *name != "scopes");
    shown.extend(beside.map(|(name, value)| (name.clone(), value.clone())));
    shown
}

/// What an application is made from; nothing here reads it, but every application has it (IDCS-ADMIN-303).
fn template(app: &App) -> Value {
    let name = match app.client_type {
        ClientType::Public => "CustomBrowserMobileTemplateId",
        ClientType::Confidential | ClientType::Trusted => "CustomWebAppTemplateId",
    };
    json!({"value": name})
}

fn allowed_scope(domain: &Domain, scope: &str) -> Value {
    let is_theirs = |app: &&App| {
        app.resource
            .as_ref()
            .is_some_and(|resource| resource.value_of(scope).is_some())
    };
    match domain.apps.values().find(is_theirs) {
        Some(app) => json!({"fqs": scope, "idOfDefiningApp": app.guid}),
        None => json!({"fqs": scope}),
    }
}

/// The attributes of an application that tokens are for. What its scopes say beside their values is kept in `more`.
fn of_resource(app: &App, resource: &Resource) -> Map<String, Value> {
    let kept = app.more.get("scopes").and_then(Value::as_array);
    let scope = |value: &String| {
        let kept = kept.and_then(|scopes| scopes.iter().find(|scope| scope["value"] == **value));
        let mut scope = kept.and_then(Value::as_object).cloned().unwrap_or_default();
        scope.insert("value".to_owned(), json!(value));
        scope.insert("fqs".to_owned(), json!(format!("{}{value}", resource.audience)));
        scope.insert(
            "requiresConsent".to_owned(),
            json!(resource.consent_scopes.contains(value)),
        );
        Value::Object(scope)
    };
    members([
        ("audience", json!(resource.audience)),
        ("secondaryAudiences", json!(resource.secondary_audiences)),
        ("scopes", resource.scopes.iter().map(scope).collect()),
        ("accessTokenExpiry", json!(resource.token_life)),
        ("refreshTokenExpiry", json!(resource.refresh_life)),
        ("allowOffline", json!(resource.offline_allowed)),
    ])
}

/// The roles of the domain that an application was given, as its record shows them (IDCS-ADMIN-302, IDCS-ADMIN-332).
fn granted_roles(domain: &Domain, app: &App) -> Value {
    let grants = domain.directory.grants.values();
    let granted = grants.filter(|grant| grant.grantee == Grantee::App && grant.to == app.guid);
    let shown = granted.filter_map(|grant| {
        let role = grant.role.as_deref()?;
        Some(json!({
            "value": role,
            "display": role_name(domain, role)?,
            "type": "direct",
            "appId": grant.app,
            "appName": if grant.app == DOMAIN_APP { "IDCSApp" } else { &domain.app_by_guid(&grant.app)?.client_id },
            "adminRole": grant.app == DOMAIN_APP,
        }))
    });
    shown.collect()
}

/// The name of a role, of the domain or of an application.
pub fn role_name<'a>(domain: &'a Domain, id: &str) -> Option<&'a str> {
    let own = Role::of(id).map(|role| role.name);
    own.or_else(|| domain.directory.app_roles.get(id).map(|role| role.name.as_str()))
}

fn of_user(domain: &Domain, user: &User) -> Map<String, Value> {
    let groups = domain.directory.groups.values();
    let groups = groups.filter(|group| group.members.contains(&user.guid));
    let mut shown = members([
        ("userName", json!(user.name)),
        ("displayName", json!(user.display_name)),
        ("active", json!(user.status != UserStatus::Deactivated)),
        ("name", name_of(user)),
        ("emails", mails_of(user)),
        (
            "groups",
            groups
                .map(|group| json!({"value": group.id, "display": group.name}))
                .collect(),
        ),
        (USER_STATE, json!({"locked": {"on": user.status == UserStatus::Locked}})),
    ]);
    let taken = ["name", "emails", USER_STATE];
    for (name, value) in &user.more {
        if !taken.contains(&name.as_str()) {
            shown.insert(name.clone(), value.clone());
        }
    }
    if let (Some(Value::Object(state)), Some(Value::Object(kept))) =
        (shown.get_mut(USER_STATE), user.more.get(USER_STATE))
    {
        for (name, value) in kept {
            state.entry(name.clone()).or_insert_with(|| value.clone());
        }
    }
    let roles: Value = domain
        .roles_of_user(user)
        .into_iter()
        .filter_map(Role::named)
        .map(|role| {
            json!({
                "value": role.id, "display": role.name, "appId": DOMAIN_APP, "appName": "IDCSApp", "adminRole": true,
            })
        })
        .collect();
    let service = shown
        .entry(USER_SERVICE)
        .or_insert_with(|| json!({"isFederatedUser": false}));
    if let Value::Object(service) = service {
        service.insert("appRoles".to_owned(), roles);
    }
    shown
}

fn name_of(user: &User) -> Value {
    let (given, family) = &user.names;
    let mut name = user
        .more
        .get("name")
        .and_then(Value::as_object)
        .cloned()
        .unwrap_or_default();
    let parts = members([
        ("givenName", json!((!given.is_empty()).then_some(given))),
        ("familyName", json!((!family.is_empty()).then_some(family))),
    ]);
    name.extend(parts);
    name.entry("formatted").or_insert_with(|| json!(user.display_name));
    Value::Object(name)
}

/// The mail addresses: as they were given, and one to recover the account by (IDCS-ADMIN-342).
fn mails_of(user: &User) -> Value {
    match user.more.get("emails") {
        Some(mails) => mails.clone(),
        None if user.email.is_empty() => Value::Null,
        None => json!([
            {"value": user.email, "type": "work", "primary": true},
            {"value": user.email, "type": "recovery", "primary": false},
        ]),
    }
}

fn of_group(domain: &Domain, group: &Group) -> Map<String, Value> {
    let member = |id: &String| match domain.user_by_guid(id) {
        Some(user) => json!({"value": id, "type": "User", "name": user.name, "display": user.display_name}),
        None => json!({"value": id, "type": "User"}),
    };
    let mut shown = members([
        ("displayName", json!(group.name)),
        ("nonUniqueDisplayName", json!(group.name)),
        ("members", group.members.iter().map(member).collect()),
    ]);
    shown.extend(group.more.clone());
    shown
}

fn of_role(domain: &Domain, role: &AppRole) -> Map<String, Value> {
    let mut shown = members([
        ("displayName", json!(role.name)),
        ("uniqueName", json!(format!("{}_{}", role.app, role.name))),
        ("app", app_reference(domain, &role.app)),
    ]);
    shown.extend(role.more.clone());
    shown
}

fn app_reference(domain: &Domain, id: &str) -> Value {
    match domain.app_by_guid(id) {
        Some(app) => json!({"value": id, "name": app.client_id, "display": app.display_name}),
        None if id == DOMAIN_APP => json!({"value": id, "name": "IDCSApp", "display": "IDCS Application"}),
        None => json!({"value": id}),
    }
}

fn of_grant(domain: &Domain, grant: &Grant) -> Map<String, Value> {
    let kind = Grantee::ALL
        .iter()
        .find(|(kind, _)| *kind == grant.grantee)
        .map(|(_, name)| name);
    let app = app_reference(domain, &grant.app);
    let mut shown = members([
        ("grantMechanism", json!(grant.mechanism)),
        ("grantee", json!({"value": grant.to, "type": kind})),
        ("app", json!({"value": app["value"], "display": app["display"]})),
        (
            "entitlement",
            json!(grant.role.as_ref().map(|role| json!({
                "attributeName": "appRoles", "attributeValue": role,
            }))),
        ),
        ("isFulfilled", json!(true)),
        (
            "compositeKey",
            json!(id_of(&format!("{} {} {:?}", grant.app, grant.to, grant.role))),
        ),
    ]);
    shown.extend(grant.more.clone());
    shown
}

fn of_certificate(stored: &StoredCertificate) -> Map<String, Value> {
    let certificate = &stored.certificate;
    let print = |text: &str| from_base64url(text).map(|print| hex(&print));
    members([
        ("certificateAlias", json!(certificate.alias)),
        ("x509Base64Certificate", json!(base64(&certificate.der))),
        ("sha1Thumbprint", json!(print(&certificate.x5t))),
        ("sha256Thumbprint", json!(print(&certificate.x5t_s256))),
        ("certStartDate", json!(instant(certificate.not_before))),
        ("certEndDate", json!(instant(certificate.not_after))),
    ])
}

fn of_settings(settings: &Settings, issuer: &str) -> Map<String, Value> {
    let mut shown = members([
        ("csrAccess", json!("readOnly")),
        ("issuer", json!(issuer)),
        ("prevIssuer", json!(settings.previous_issuer)),
        ("signingCertPublicAccess", json!(settings.signing_keys_public)),
        ("accountAlwaysTrustScope", json!(settings.account_always_trusted)),
    ]);
    shown.extend(settings.more.clone());
    shown
}

/// A second as a date and time, with the milliseconds that the directory always shows (IDCS-ADMIN-256).
fn instant(seconds: u64) -> String {
    let time = date(seconds);
    format!(
        "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.000Z",
        time.year(),
        u8::from(time.month()),
        time.day(),
        time.hour(),
        time.minute(),
        time.second()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn instants_have_milliseconds() {
        assert_eq!(instant(1_795_176_000), "2026-11-20T12:00:00.000Z");
    }

    #[test]
    fn no_resource_holds_a_password() {
        let domain = Domain::new("home", crate::keys::rfc9500())
            .user_named("ada.example", "Ada Employee")
            .passwords(&|_| "a password".to_owned());
        let user = domain.users["ada.example"].clone();
        assert!(
            user.password
                .as_ref()
                .is_some_and(|password: &Secret| password.is("a password"))
        );
        assert!(!resource(&domain, &Record::User(user)).to_string().contains("password"));
    }
}
