//! The members of applications, of what tokens for them are like, and of their own roles.

use std::borrow::Cow;

use serde_json::{Map, Value};

use super::holder::{Holder, RoleName};
use super::table::{Entry, Keyed, Row, Written, read_rows, row, schema_of_rows, write_rows};
use super::tree::Node;
use super::{Reading, Writing};
use crate::landscape::directory::Meta;
use crate::landscape::{App, Resource, builder};

/// An application, with what the directory holds of it.
pub(super) struct AppEntry {
    pub(super) app: App,
    /// The roles that it was given.
    pub(super) roles: Vec<RoleName>,
    /// The roles that it has to give.
    pub(super) own_roles: Keyed<OwnRole>,
}

/// A role that an application has to give.
pub(super) struct OwnRole {
    pub(super) name: String,
    /// The id of the application's record.
    pub(super) app: String,
    pub(super) id: Option<String>,
    pub(super) meta: Meta,
    pub(super) more: Map<String, Value>,
}

impl Entry for AppEntry {
    const WHAT: &'static str = "application";

    fn rows() -> &'static [Row<Self>] {
        APP
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.app.display_name)
    }

    fn plain(&self, _: usize) -> Self {
        Self {
            app: App::new(&self.app.display_name),
            roles: Vec::new(),
            own_roles: Keyed::default(),
        }
    }

    fn begin(name: &str, _: usize, _: &Node, _: &mut Reading) -> Option<Self> {
        Some(Self {
            app: App::new(name),
            roles: Vec::new(),
            own_roles: Keyed::default(),
        })
    }
}

impl Holder for AppEntry {
    fn id(&self) -> &str {
        &self.app.guid
    }

    fn roles(&mut self) -> &mut Vec<RoleName> {
        &mut self.roles
    }
}

static APP: &[Row<AppEntry>] = &[
    row!(
        AppEntry,
        "client-id",
        app.client_id,
        "The client id; follows from the display name unless said."
    ),
    row!(
        AppEntry,
        "id",
        app.guid,
        "The id of its record; follows from the display name unless said."
    ),
    row!(
        AppEntry,
        "client",
        app.is_client,
        "Whether it asks for tokens at all; true unless said."
    ),
    row!(AppEntry, "secret", app.secret, "Its secret; none unless said."),
    row!(
        AppEntry,
        "type",
        app.client_type,
        "Which kind of client it is; confidential unless said."
    ),
    row!(
        AppEntry,
        "active",
        app.active,
        "Whether it was activated; true unless said."
    ),
    row!(
        AppEntry,
        "grants",
        app.grants,
        "The grant types that it may use; none unless said."
    ),
    row!(
        AppEntry,
        "scopes",
        app.allowed_scopes,
        "The fully qualified scopes that it may ask for; none unless said."
    ),
    row!(
        AppEntry,
        "trust-scope",
        app.trust_scope,
        "Which scopes it may ask for beside them; explicit unless said."
    ),
    row!(
        AppEntry,
        "certificates",
        app.certificates,
        "The certificates that verify its assertions."
    ),
    row!(
        AppEntry,
        "on-behalf-of",
        app.on_behalf_of,
        "Whether it may act on behalf of users; false unless said."
    ),
    row!(
        AppEntry,
        "limited-to-networks",
        app.limited_to_networks,
        "Whether it may ask for tokens from certain networks only, of which no caller's is one; false unless said."
    ),
    row!(
        AppEntry,
        "may-introspect",
        app.may_introspect,
        "Whether it may ask what a token is; false unless said."
    ),
    row!(
        AppEntry,
        "secret-allowed",
        app.secret_allowed,
        "Whether its secret opens the token endpoint; true unless said."
    ),
    row!(
        AppEntry,
        "secret-version",
        app.secret_version,
        "How often a new secret was made."
    ),
    row!(
        AppEntry,
        "redirect-uris",
        app.redirect_uris,
        "Where people are sent back to."
    ),
    row!(
        AppEntry,
        "plain-http-allowed",
        app.plain_http_allowed,
        "Whether people may be sent back over plain HTTP; false unless said."
    ),
    row!(
        AppEntry,
        "post-logout-redirect-uris",
        app.post_logout_redirect_uris,
        "Where people may be sent after they signed out."
    ),
    row!(
        AppEntry,
        "consent-bypassed",
        app.consent_bypassed,
        "Whether people are not asked for their consent; false unless said."
    ),
    row!(
        AppEntry,
        "resource",
        app.resource,
        "What tokens for it are like, where there are any."
    ),
    row!(AppEntry, "roles", roles, "The roles that it was given."),
    row!(
        AppEntry,
        "own-roles",
        own_roles,
        "The roles that it has to give, by name."
    ),
    row!(AppEntry, "meta", app.meta, "When its record was made and changed."),
    row!(
        AppEntry,
        "more",
        app.more,
        "Attributes of its record that nothing goes by."
    ),
];

impl Written for Resource {
    fn schema() -> Value {
        schema_of_rows(RESOURCE)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(RESOURCE, self, &Self::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut resource = Self::default();
        read_rows(RESOURCE, &mut resource, node, reading);
        Some(resource)
    }
}

static RESOURCE: &[Row<Resource>] = &[
    row!(Resource, "name", name, "Its display name."),
    row!(
        Resource,
        "audience",
        audience,
        "The primary audience: the first half of its scopes."
    ),
    row!(
        Resource,
        "secondary-audiences",
        secondary_audiences,
        "Further audiences of its tokens, which open no scope."
    ),
    row!(Resource, "scopes", scopes, "The second halves of its scopes."),
    row!(
        Resource,
        "consent-scopes",
        consent_scopes,
        "Those of its scopes that a person must allow."
    ),
    row!(
        Resource,
        "token-life",
        token_life,
        "How long tokens for it live, in seconds; 3600 unless said."
    ),
    row!(
        Resource,
        "refresh-life",
        refresh_life,
        "How long refresh tokens for it live, in seconds; a week unless said."
    ),
    row!(
        Resource,
        "offline-allowed",
        offline_allowed,
        "Whether refresh tokens are given for it; false unless said."
    ),
];

impl OwnRole {
    /// The id of the role where its record says none.
    pub(super) fn id_of(app: &str, name: &str) -> String {
        builder::id_of(&format!("role {name} of {app}"))
    }
}

impl Entry for OwnRole {
    const WHAT: &'static str = "role";

    fn rows() -> &'static [Row<Self>] {
        OWN_ROLE
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }

    fn plain(&self, _: usize) -> Self {
        Self {
            name: self.name.clone(),
            app: self.app.clone(),
            id: Some(Self::id_of(&self.app, &self.name)),
            meta: Meta::default(),
            more: Map::new(),
        }
    }

    fn begin(name: &str, _: usize, _: &Node, _: &mut Reading) -> Option<Self> {
        Some(Self {
            name: name.to_owned(),
            app: String::new(),
            id: None,
            meta: Meta::default(),
            more: Map::new(),
        })
    }
}

static OWN_ROLE: &[Row<OwnRole>] = &[
    row!(
        OwnRole,
        "id",
        id,
        "The id of its record; follows from application and name unless said."
    ),
    row!(OwnRole, "meta", meta, "When its record was made and changed."),
    row!(OwnRole, "more", more, "Attributes of its record that nothing goes by."),
];
