//! Makes a record of a SCIM resource: what the servers read goes into its fields, all else into `more`. The other way is `writing`.
//!
//! What a resource refers to must be there: scopes, certificates by their alias, applications, roles and grantees (IDCS-ADMIN-254,
//! IDCS-ADMIN-255).

use serde_json::{Map, Value};

use crate::env::Env;
use crate::idcs::loopback;
use crate::idcs::protected::admin::plan::Fault;
use crate::idcs::protected::admin::propagation_trust;
use crate::idcs::protected::admin::writing::{
    CLIENT_TYPES, INTROSPECT, LIMITED_TO_NETWORKS, NOT_LIMITED, ON_BEHALF_OF, USER_SERVICE, USER_STATE, role_name,
};
use crate::jose::from_base64;
use crate::jose::key::Certificate;
use crate::landscape::directory::{
    AppRole, Grant, Grantee, Group, Meta, Record, RecordKind, Settings, StayingSignedIn, StoredCertificate,
};
use crate::landscape::domain_roles::{DOMAIN_APP, Role};
use crate::landscape::profile::ProfileName;
use crate::landscape::{App, ClientType, Domain, Resource, Secret, TrustScope, User, UserStatus};

/// The longest id that a reference names (IDCS-ADMIN-254).
const REFERENCE_LIMIT: usize = 40;
/// The longest certificate that is read, in characters of base64.
pub(super) const CERTIFICATE_LIMIT: usize = 16_384;

/// What a record is made in.
#[derive(Clone, Copy, Debug)]
pub struct Workplace<'a> {
    /// The domain.
    pub domain: &'a Domain,
    /// The profile, for what depends on it.
    pub profile: ProfileName,
    /// Time and chance.
    pub env: &'a Env,
}

/// A resource being taken apart: what is taken is gone, what remains is kept as it is.
pub(super) struct Parts(pub(super) Map<String, Value>);

impl Parts {
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        self.0.remove(name).and_then(|value| value.as_str().map(str::to_owned))
    }

    pub(super) fn flag(&mut self, name: &str) -> Option<bool> {
        self.0.remove(name).and_then(|value| value.as_bool())
    }

    pub(super) fn number(&mut self, name: &str) -> Option<u64> {
        self.0.remove(name).and_then(|value| value.as_u64())
    }

    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        texts(self.0.remove(name).as_ref(), "")
    }

    /// The text of a part of a complex attribute, which stays.
    fn inside(&self, name: &str, part: &str) -> Option<String> {
        self.0.get(name)?.get(part)?.as_str().map(str::to_owned)
    }
}

/// The texts of a list; of its elements' `part`, where that is named.
fn texts(list: Option<&Value>, part: &str) -> Vec<String> {
    let elements = list.and_then(Value::as_array).into_iter().flatten();
    let texts = elements.filter_map(|element| match part {
        "" => element.as_str(),
        part => element.get(part).and_then(Value::as_str),
    });
    texts.map(str::to_owned).collect()
}

/// Makes the record of a resource: a new one, or the next writing of `old`.
pub fn record(place: &Workplace, kind: RecordKind, resource: Value, old: Option<&Record>) -> Result<Record, Fault> {
    let Value::Object(members) = resource else {
        return Err(Fault::body("expected an object"));
    };
    let mut parts = Parts(members);
    // Who made and changed it is kept as it came; where it is, is the domain's.
    for shown in [
        "schemas",
        "id",
        "ocid",
        "meta",
        "deleteInProgress",
        "domainOcid",
        "compartmentOcid",
        "tenancyOcid",
    ] {
        parts.0.remove(shown);
    }
    let meta = match old.map(Record::meta) {
        Some(old) => Meta {
            modified: place.env.now,
            version: old.version + 1,
            ..old
        },
        None => Meta {
            created: place.env.now,
            modified: place.env.now,
            version: 0,
        },
    };
    let id = old.map_or_else(|| place.env.draw_id("record"), |old| old.id().to_owned());
    match (kind, old) {
        (RecordKind::App, Some(Record::App(old))) => app(place, parts, id, meta, Some(old)).map(Record::App),
        (RecordKind::App, _) => app(place, parts, id, meta, None).map(Record::App),
        (RecordKind::User, Some(Record::User(old))) => user(place, parts, id, meta, Some(old)).map(Record::User),
        (RecordKind::User, _) => user(place, parts, id, meta, None).map(Record::User),
        (RecordKind::Group, _) => group(place, parts, id, meta).map(Record::Group),
        (RecordKind::AppRole, _) => role(place, parts, id, meta).map(Record::AppRole),
        (RecordKind::Grant, _) => grant(place, parts, id, meta).map(Record::Grant),
        (RecordKind::ClientCertificate, _) => certificate(parts, id, meta).map(Record::ClientCertificate),
        (RecordKind::PartnerCertificate, _) => certificate(parts, id, meta).map(Record::PartnerCertificate),
        (RecordKind::TrustedPartnerCertificate, _) => {
            certificate(parts, id, meta).map(Record::TrustedPartnerCertificate)
        }
        (RecordKind::PropagationTrust, _) => propagation_trust::read(parts, id, meta).map(Record::PropagationTrust),
        (RecordKind::Settings, _) => Ok(settings(place, parts, meta)),
        (RecordKind::StayingSignedIn, _) => Ok(Record::StayingSignedIn(StayingSignedIn {
            meta,
            attributes: parts.0,
        })),
    }
}

fn app(place: &Workplace, mut parts: Parts, guid: String, meta: Meta, old: Option<&App>) -> Result<App, Fault> {
    let named = parts.text("clientType");
    let client_type = CLIENT_TYPES
        .iter()
        .find(|(_, name)| named.as_deref() == Some(name))
        .map(|(kind, _)| *kind);
    if let (Some(named), None) = (&named, client_type) {
        return Err(Fault::body(format!("clientType: there is no `{named}`")));
    }
    let is_client = parts.flag("isOAuthClient").unwrap_or(false);
    let display_name = parts.text("displayName").unwrap_or_default();
    let client_type = client_type.unwrap_or(if is_client {
        ClientType::Confidential
    } else {
        ClientType::Public
    });
    let keeps_secret = is_client && client_type != ClientType::Public;
    let trust_scope = parts.text("trustScope");
    let trust_scope = TrustScope::ALL
        .iter()
        .find(|(_, name)| trust_scope.as_deref() == Some(name));
    let operations = parts.texts("allowedOperations");
    let networks = parts.text("clientIPChecking");
    if let Some(named) = networks
        .as_deref()
        .filter(|named| ![LIMITED_TO_NETWORKS, NOT_LIMITED].contains(named))
    {
        return Err(Fault::body(format!("clientIPChecking: there is no `{named}`")));
    }
    let allowed_scopes = texts(parts.0.remove("allowedScopes").as_ref(), "fqs");
    let aliases = texts(parts.0.remove("certificates").as_ref(), "certAlias");
    parts.0.remove("clientSecret");
    parts.0.remove("grantedAppRoles");
    let name = parts.text("name").filter(|name| !name.is_empty());
    let is_new = old.is_none();
    if name
        .as_deref()
        .filter(|_| is_new)
        .is_some_and(|name| !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_'))
    {
        return Err(Fault::body("name: expected letters, digits and underscores"));
    }
    let app = App {
        client_id: name.unwrap_or_else(|| place.env.draw_id("client id")),
        guid,
        is_client,
        secret: old
            .and_then(|old| old.secret.clone())
            .or_else(|| keeps_secret.then(|| Secret::new(&place.env.draw_uuid("client secret")))),
        client_type,
        active: parts.flag("active").unwrap_or(false),
        grants: parts.texts("allowedGrants"),
        trust_scope: trust_scope.map_or(TrustScope::Explicit, |(kind, _)| *kind),
        certificates: certificates_of(place.domain, &aliases, old)?,
        on_behalf_of: operations.iter().any(|operation| operation == ON_BEHALF_OF),
        limited_to_networks: networks.as_deref() == Some(LIMITED_TO_NETWORKS),
        may_introspect: operations.iter().any(|operation| operation == INTROSPECT),
        secret_allowed: old.is_none_or(|old| old.secret_allowed),
        secret_version: old.map_or(0, |old| old.secret_version),
        redirect_uris: parts.texts("redirectUris"),
        plain_http_allowed: parts.flag("allUrlSchemesAllowed").unwrap_or(false),
        post_logout_redirect_uris: parts.texts("postLogoutRedirectUris"),
        consent_bypassed: parts.flag("bypassConsent").unwrap_or(false),
        resource: resource(&mut parts, &display_name),
        display_name,
        allowed_scopes,
        meta,
        more: parts.0,
    };
    if let Some(address) = unprotected(place.profile, &app) {
        return Err(Fault {
            rule: "app.redirect-uri",
            cause: "unprotected",
            detail: format!("App.redirectUris: {address} does not begin with https"),
            message: None,
        });
    }
    let own = app.resource.as_ref();
    let is_known = |scope: &&String| {
        let all = place.domain.resources().chain(own);
        !all.into_iter().any(|resource| resource.value_of(scope).is_some())
    };
    match app.allowed_scopes.iter().find(is_known) {
        Some(scope) => Err(Fault::nobody(format!(
            "App.allowedScopes references a scope {scope} that does not exist."
        ))),
        None => Ok(app),
    }
}

/// A redirect address that travels without TLS, though no setting of the application allows it (IDCS-OAUTH-506). The standards let a program on
/// the person's own machine have one there, or one of a scheme of its own (RFC 8252 section 7).
fn unprotected(profile: ProfileName, app: &App) -> Option<&str> {
    let is_protected = |address: &str| {
        let address = address.to_ascii_lowercase();
        let own_machine = || loopback::without_port(&address).is_some() || !address.starts_with("http://");
        address.starts_with("https://") || (profile == ProfileName::Rfc && own_machine())
    };
    let addresses = app.redirect_uris.iter().map(String::as_str);
    addresses
        .filter(|_| !app.plain_http_allowed)
        .find(|address| !is_protected(address))
}

/// What tokens for an application are like, where it is one that they are for.
fn resource(parts: &mut Parts, name: &str) -> Option<Resource> {
    let is_resource = parts.flag("isOAuthResource").unwrap_or(false);
    let audience = parts.text("audience");
    if !is_resource && audience.is_none() {
        return None;
    }
    let scopes = parts.0.get("scopes").and_then(Value::as_array).into_iter().flatten();
    let consent_scopes = scopes.filter(|scope| scope["requiresConsent"] == true);
    let consent_scopes: Vec<Value> = consent_scopes.cloned().collect();
    Some(Resource {
        name: name.to_owned(),
        audience: audience.unwrap_or_default(),
        secondary_audiences: parts.texts("secondaryAudiences"),
        scopes: texts(parts.0.get("scopes"), "value"),
        consent_scopes: texts(Some(&Value::from(consent_scopes)), "value"),
        token_life: parts.number("accessTokenExpiry"),
        refresh_life: parts.number("refreshTokenExpiry"),
        offline_allowed: parts.flag("allowOffline").unwrap_or(false),
    })
}

/// The certificates of these aliases: those of the store (IDCS-ADMIN-405, IDCS-ADMIN-C-8), and those that the application has already.
fn certificates_of(domain: &Domain, aliases: &[String], old: Option<&App>) -> Result<Vec<Certificate>, Fault> {
    let stored = |alias: &str| {
        let store = domain
            .directory
            .client_certificates
            .values()
            .map(|stored| &stored.certificate);
        let own = old.map(|app| app.certificates.as_slice()).unwrap_or_default();
        store.chain(own).find(|certificate| certificate.alias == alias).cloned()
    };
    let found = aliases.iter().map(|alias| {
        stored(alias).ok_or_else(|| {
            Fault::nobody(format!(
                "App.certificates references an OAuthClientCertificate with alias {alias} that does not exist."
            ))
        })
    });
    found.collect()
}

fn user(place: &Workplace, mut parts: Parts, guid: String, meta: Meta, old: Option<&User>) -> Result<User, Fault> {
    let name = parts.text("userName").unwrap_or_default();
    let names = ["givenName", "familyName"].map(|part| parts.inside("name", part).unwrap_or_default());
    let displayed = parts.text("displayName").or_else(|| parts.inside("name", "formatted"));
    let is_active = parts.flag("active").unwrap_or(true);
    let is_locked = parts
        .0
        .get(USER_STATE)
        .is_some_and(|state| state["locked"]["on"] == true);
    let password = parts.text("password").map(|password| Secret::new(&password));
    let email = settle_mails(&mut parts.0);
    if email.is_none() && place.profile == ProfileName::Oracle {
        return Err(Fault {
            rule: "scim.required",
            cause: "no-mail",
            detail: "The primary email must be specified.".to_owned(),
            message: Some("error.identity.user.primaryEmailNotSpecified"),
        });
    }
    parts.0.remove("groups");
    if let Some(Value::Object(service)) = parts.0.get_mut(USER_SERVICE) {
        service.remove("appRoles");
    }
    Ok(User {
        display_name: displayed.unwrap_or_else(|| format!("{} {}", names[0], names[1]).trim().to_owned()),
        name,
        guid,
        status: match (is_active, is_locked) {
            (false, _) => UserStatus::Deactivated,
            (true, true) => UserStatus::Locked,
            (true, false) => UserStatus::Active,
        },
        password: password.or_else(|| old.and_then(|old| old.password.clone())),
        second_factor: old.is_some_and(|old| old.second_factor),
        email: email.unwrap_or_default(),
        names: names.into(),
        meta,
        more: parts.0,
    })
}

/// The primary mail address. The server adds one to recover the account by (IDCS-ADMIN-342).
fn settle_mails(members: &mut Map<String, Value>) -> Option<String> {
    let Some(Value::Array(mails)) = members.get_mut("emails") else {
        return None;
    };
    let primary = mails.iter().find(|mail| mail["primary"] == true)?;
    let address = primary["value"].as_str()?.to_owned();
    if !mails.iter().any(|mail| mail["type"] == "recovery") {
        mails.push(serde_json::json!({"value": address, "type": "recovery", "primary": false}));
    }
    Some(address)
}

fn group(place: &Workplace, mut parts: Parts, id: String, meta: Meta) -> Result<Group, Fault> {
    let members = texts(parts.0.remove("members").as_ref(), "value");
    for member in &members {
        let is_there = place.domain.user_by_guid(member).is_some();
        refer("Group.members", "User", member, is_there)?;
    }
    parts.0.remove("nonUniqueDisplayName");
    Ok(Group {
        id,
        name: parts.text("displayName").unwrap_or_default(),
        members,
        meta,
        more: parts.0,
    })
}

fn role(place: &Workplace, mut parts: Parts, id: String, meta: Meta) -> Result<AppRole, Fault> {
    let app = parts.inside("app", "value").unwrap_or_default();
    refer("AppRole.app", "App", &app, place.domain.app_by_guid(&app).is_some())?;
    for shown in ["app", "uniqueName", "members"] {
        parts.0.remove(shown);
    }
    Ok(AppRole {
        id,
        name: parts.text("displayName").unwrap_or_default(),
        app,
        meta,
        more: parts.0,
    })
}

fn grant(place: &Workplace, mut parts: Parts, id: String, meta: Meta) -> Result<Grant, Fault> {
    let domain = place.domain;
    let kind = parts.inside("grantee", "type").unwrap_or_default();
    let Some((grantee, _)) = Grantee::ALL.into_iter().find(|(_, name)| *name == kind) else {
        return Err(Fault::body("grantee.type: expected User, Group or App"));
    };
    let to = parts.inside("grantee", "value").unwrap_or_default();
    let is_there = match grantee {
        Grantee::User => domain.user_by_guid(&to).is_some(),
        Grantee::Group => domain.directory.groups.contains_key(&to),
        Grantee::App => domain.app_by_guid(&to).is_some(),
    };
    refer("Grant.grantee", &kind, &to, is_there)?;
    // The schema calls it optional, the product does not (IDCS-ADMIN-C-7).
    let Some(app) = parts.inside("app", "value") else {
        return Err(Fault {
            rule: "grant.app",
            cause: "no-app",
            detail: "Missing required attribute(s): app.".to_owned(),
            message: Some("error.common.validation.missingReqAttributes"),
        });
    };
    let is_there = app == DOMAIN_APP || domain.app_by_guid(&app).is_some();
    refer("Grant.app", "App", &app, is_there)?;
    let role = parts.inside("entitlement", "attributeValue");
    if let Some(role) = &role {
        let owner = match Role::of(role) {
            Some(_) => Some(DOMAIN_APP),
            None => domain.directory.app_roles.get(role).map(|role| role.app.as_str()),
        };
        let is_there = owner == Some(app.as_str()) && role_name(domain, role).is_some();
        refer("Grant.entitlement", "AppRole", role, is_there)?;
    }
    for shown in ["grantee", "app", "entitlement", "isFulfilled", "compositeKey"] {
        parts.0.remove(shown);
    }
    Ok(Grant {
        id,
        mechanism: parts.text("grantMechanism").unwrap_or_default(),
        grantee,
        to,
        app,
        role,
        meta,
        more: parts.0,
    })
}

fn certificate(mut parts: Parts, id: String, meta: Meta) -> Result<StoredCertificate, Fault> {
    let alias = parts.text("certificateAlias").unwrap_or_default();
    let text = parts.text("x509Base64Certificate").unwrap_or_default();
    let der = (text.len() <= CERTIFICATE_LIMIT).then(|| from_base64(&text)).flatten();
    let certificate = der.and_then(|der| Certificate::read(&alias, &der));
    match certificate {
        Some(certificate) => Ok(StoredCertificate { id, certificate, meta }),
        None => Err(Fault {
            rule: "certificate.form",
            cause: "unreadable",
            detail: "x509Base64Certificate: expected one certificate over an RSA key, as the base64 of its DER form without markers."
                .to_owned(),
            message: None,
        }),
    }
}

fn settings(place: &Workplace, mut parts: Parts, meta: Meta) -> Record {
    let before = &place.domain.directory.settings;
    let old_issuer = &place.domain.issuer;
    let issuer = parts.text("issuer").filter(|issuer| !issuer.is_empty());
    let issuer = issuer.unwrap_or_else(|| old_issuer.clone());
    parts.0.remove("prevIssuer");
    let settings = Settings {
        signing_keys_public: parts.flag("signingCertPublicAccess").unwrap_or(false),
        account_always_trusted: parts.flag("accountAlwaysTrustScope").unwrap_or(false),
        previous_issuer: if issuer == *old_issuer {
            before.previous_issuer.clone()
        } else {
            Some(old_issuer.clone())
        },
        meta,
        more: parts.0,
    };
    Record::Settings(settings, issuer)
}

/// Refuses a reference that is too long to be an id, or to nothing (IDCS-ADMIN-254, IDCS-ADMIN-255).
fn refer(attribute: &str, kind: &str, id: &str, is_there: bool) -> Result<(), Fault> {
    if id.len() > REFERENCE_LIMIT {
        return Err(Fault {
            rule: "scim.reference",
            cause: "too-long",
            detail: format!("{attribute}.value is longer than {REFERENCE_LIMIT} characters."),
            message: Some("error.common.validation.stringExceedsMaxLimit"),
        });
    }
    if is_there {
        return Ok(());
    }
    let id: String = id.chars().filter(char::is_ascii_graphic).collect();
    Err(Fault::nobody(format!(
        "{attribute} references a {kind} with ID {id} that does not exist."
    )))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::idcs::protected::admin::writing;
    use crate::keys;
    use crate::landscape::builder::certificate as certificate_over;

    fn domain() -> Domain {
        let resource = Resource {
            name: "Reports".to_owned(),
            audience: "https://reports.example/".to_owned(),
            scopes: vec!["read".to_owned()],
            ..Resource::default()
        };
        Domain::new("home", keys::rfc9500())
            .user_named("ada.example", "Ada Employee")
            .app(
                App::new("backend")
                    .secret("secret")
                    .scopes(&["https://reports.example/read"])
                    .certificate(certificate_over("backend-2026", &keys::rfc7515())),
            )
            .resource(resource)
    }

    fn again(domain: &Domain, record: &Record) -> Record {
        let place = Workplace {
            domain,
            profile: ProfileName::Oracle,
            env: &Env::new(1_795_176_000, [7; 32]),
        };
        super::record(&place, record.kind(), writing::resource(domain, record), Some(record))
            .expect("what was written is read")
    }

    #[test]
    fn a_round_trip_changes_nothing_but_the_version() {
        let domain = domain();
        for kind in [RecordKind::App, RecordKind::User, RecordKind::Settings] {
            for record in domain.records(kind) {
                let read = again(&domain, &record);
                assert_eq!(read.meta().version, record.meta().version + 1);
                let (mut before, mut after) = (writing::resource(&domain, &record), writing::resource(&domain, &read));
                before["meta"] = json!(null);
                after["meta"] = json!(null);
                assert_eq!(before, after);
            }
        }
    }

    #[test]
    fn what_nothing_reads_is_kept() {
        let domain = domain();
        let place = Workplace {
            domain: &domain,
            profile: ProfileName::Oracle,
            env: &Env::new(1_795_176_000, [7; 32]),
        };
        let body = json!({"displayName": "New", "loginMechanism": "OIDC", "scopes": [{"value": "a", "description": "A"}], "audience": "https://new.example/"});
        let record = record(&place, RecordKind::App, body, None).expect("a sound resource");
        let shown = writing::resource(&domain, &again(&domain, &record));
        assert_eq!(shown["loginMechanism"], "OIDC");
        assert_eq!(shown["scopes"][0]["description"], "A");
        assert_eq!(shown["scopes"][0]["fqs"], "https://new.example/a");
    }

    #[test]
    fn only_certificates_are_taken_for_certificates() {
        let certificate = certificate_over("new", &keys::rfc7515());
        let store = |text: &str| {
            let parts = Parts(
                json!({"certificateAlias": "new", "x509Base64Certificate": text})
                    .as_object()
                    .cloned()
                    .unwrap_or_default(),
            );
            super::certificate(parts, "1".to_owned(), Meta::default())
        };
        let stored = store(&crate::jose::base64(&certificate.der)).expect("a certificate");
        assert_eq!(stored.certificate.x5t, certificate.x5t);
        assert_eq!(
            (stored.certificate.not_before, stored.certificate.not_after),
            (certificate.not_before, certificate.not_after)
        );
        assert!(stored.certificate.key.to_jwk() == certificate.key.to_jwk());
        for other in [
            &certificate.to_pem(),
            &crate::jose::base64(&certificate.key.to_der()),
            "",
            "AAAA",
            &crate::jose::base64(&[certificate.der.to_vec(), vec![0]].concat()),
        ] {
            assert!(store(other).is_err());
        }
    }
}
