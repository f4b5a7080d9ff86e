//! The roles that every domain has itself, and what each stands for. Roles of applications are records of the directory.

use serde_json::Value;

use crate::landscape::directory::{AppRole, Meta};

/// The app that the domain's own roles belong to (IDCS-ADMIN-332).
pub const DOMAIN_APP: &str = "IDCSAppId";

/// A role of the domain itself: held by applications or people, it opens endpoints and stands for scopes.
#[derive(Clone, Copy, Debug)]
pub struct Role {
    /// Its id.
    pub id: &'static str,
    /// Its name, as tokens show it (IDCS-ADMIN-514).
    pub name: &'static str,
    /// The scopes that it stands for, without `urn:opc:idm:`.
    pub scopes: &'static [&'static str],
}

/// The domain's own roles. The scopes of the first (in part), of `Me`, of `Authenticated Client` and of those from `Signin` on are known
/// (IDCS-ADMIN-511 to IDCS-ADMIN-513); those of the other administrators are inferred from the endpoints that they open (IDCS-ADMIN-522 to IDCS-ADMIN-524,
/// IDCS-ADMIN-914).
pub static ROLES: &[Role] = &[
    Role {
        id: "a0000000000000000000000000000001",
        name: "Identity Domain Administrator",
        // As far as an introspection of 2020 names them whole (IDCS-ADMIN-513).
        scopes: &[
            "t.app",
            "t.apponly_r",
            "t.appservices",
            "t.users",
            "t.users_r",
            "t.groups",
            "t.groups_r",
            "t.groups.members",
            "t.groups.members_r",
            "t.grants",
            "t.settings",
            "t.settings_r",
            "t.oauth",
            "t.oauthconsents",
            "t.saml",
            "t.policy",
            "t.schemas",
            "t.audit_r",
            "t.reports",
            "t.bulk",
            "t.bulk.user",
            "t.mfa",
            "t.mfa_r",
            "t.cloudgate",
            "t.cloudgate_r",
            "t.krb.admin",
            "t.encryptionkey",
            "t.images",
            "t.container",
            "t.customclaims",
            "t.user.me",
            "t.user.manager",
            "t.user.security",
            "t.user.signin",
            "t.user.authenticate",
            "t.authentication",
            "t.diagnostics",
            "t.diagnostics_r",
            "t.termsofuse",
            "t.requests",
            "t.namedappadmin",
            "t.db.admin",
            "t.security.client",
            "g.cert",
            "g.all_r",
            "g.apptemplate_r",
            "g.identitysourcetemplate_r",
            "g.sharedfiles",
            "g.idcsrptsmeta_r",
        ],
    },
    Role {
        id: "a0000000000000000000000000000002",
        name: "Application Administrator",
        scopes: &["t.app", "t.grants", "t.groups_r", "t.users_r"],
    },
    Role {
        id: "a0000000000000000000000000000003",
        name: "Security Administrator",
        scopes: &["t.app", "t.groups_r", "t.settings", "t.users_r"],
    },
    Role {
        id: "a0000000000000000000000000000004",
        name: "User Administrator",
        scopes: &["t.apponly_r", "t.grants", "t.groups", "t.users"],
    },
    Role {
        id: "a0000000000000000000000000000005",
        name: "Me",
        scopes: &["t.user.me"],
    },
    Role {
        id: "a0000000000000000000000000000006",
        name: AUTHENTICATED_CLIENT,
        scopes: &["t.security.client"],
    },
    Role {
        id: "a0000000000000000000000000000007",
        name: "Authenticated",
        scopes: &[],
    },
    // Roles of clients that see to people who have not signed in yet (IDCS-ADMIN-512, IDCS-ADMIN-528).
    Role {
        id: "a0000000000000000000000000000008",
        name: "Signin",
        scopes: &["t.user.signin"],
    },
    Role {
        id: "a0000000000000000000000000000009",
        name: "Self Registration",
        scopes: &["t.user.mecreate"],
    },
    Role {
        id: "a000000000000000000000000000000a",
        name: "Forgot Password",
        scopes: &["t.user.forgotpassword"],
    },
    Role {
        id: "a000000000000000000000000000000b",
        name: "Reset Password",
        scopes: &["t.user.resetpassword"],
    },
    Role {
        id: "a000000000000000000000000000000c",
        name: "Verify Email",
        scopes: &["t.user.verifyemail"],
    },
];

/// The role that every confidential client holds without being given it (IDCS-ADMIN-511).
pub const AUTHENTICATED_CLIENT: &str = "Authenticated Client";

impl Role {
    /// The role of this id.
    pub fn of(id: &str) -> Option<&'static Self> {
        ROLES.iter().find(|role| role.id == id)
    }

    /// The role as a record, which nobody can change.
    pub(super) fn record(&self) -> AppRole {
        let more = [
            ("adminRole", true),
            ("availableToClients", true),
            ("availableToUsers", true),
        ];
        AppRole {
            id: self.id.to_owned(),
            name: self.name.to_owned(),
            app: DOMAIN_APP.to_owned(),
            meta: Meta::default(),
            more: more
                .into_iter()
                .map(|(name, is)| (name.to_owned(), Value::Bool(is)))
                .collect(),
        }
    }

    /// The role of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        ROLES.iter().find(|role| role.name.eq_ignore_ascii_case(name))
    }
}
