//! The members of an identity domain, and how what hangs together in it is taken apart for a file and put together again.

use std::borrow::Cow;
use std::collections::BTreeMap;

use super::Reading;
use super::app::AppEntry;
use super::holder::{Known, give_grants, give_roles, take_grants, take_roles};
use super::mistake::{Slip, nearest, visible};
use super::signing::{NextSigning, SIGNING, SigningForm};
use super::table::{Entry, Keyed, Row, Written as _, read_rows, row};
use super::tree::{Kind, Node};
use super::user::{GroupEntry, UserEntry};
use crate::jose::key::SigningKey;
use crate::landscape::directory::{AppRole, Grant, Grantee, Group, StoredCertificate};
use crate::landscape::{CustomClaim, Domain, PropagationTrust};

/// A domain whose records stand where the file says them.
pub(super) struct DomainEntry {
    pub(super) domain: Domain,
    /// The tenant name that the certificates which the domain has already were made for.
    begun_as: String,
    signing: SigningForm,
    next_signing: Option<NextSigning>,
    apps: Keyed<AppEntry>,
    users: Keyed<UserEntry>,
    groups: Keyed<GroupEntry>,
    other_roles: Vec<AppRole>,
    grants: Vec<Grant>,
    client_certificates: Vec<StoredCertificate>,
    partner_certificates: Vec<StoredCertificate>,
    trusted_partner_certificates: Vec<StoredCertificate>,
    propagation_trusts: Keyed<PropagationTrust>,
    custom_claims: Keyed<CustomClaim>,
}

impl DomainEntry {
    fn empty(domain: Domain) -> Self {
        Self {
            begun_as: domain.stripe.clone(),
            signing: SigningForm::default(),
            next_signing: None,
            apps: Keyed::default(),
            users: Keyed::default(),
            groups: Keyed::default(),
            other_roles: Vec::new(),
            grants: Vec::new(),
            client_certificates: Vec::new(),
            partner_certificates: Vec::new(),
            trusted_partner_certificates: Vec::new(),
            propagation_trusts: Keyed::default(),
            custom_claims: Keyed::default(),
            domain,
        }
    }

    /// Takes a domain apart.
    pub(super) fn of(domain: &Domain) -> Self {
        let mut entry = Self::empty(domain.clone());
        let known = Known::of(domain);
        let directory = &domain.directory;
        let (mut roles, mut grants) = (directory.app_roles.clone(), directory.grants.clone());
        let apps = domain.apps.values().cloned();
        entry.apps.0 = apps
            .map(|app| AppEntry {
                app,
                roles: Vec::new(),
                own_roles: Keyed::default(),
            })
            .collect();
        entry
            .apps
            .0
            .sort_by(|one, other| one.app.display_name.cmp(&other.app.display_name));
        entry.users.0 = domain
            .users
            .values()
            .cloned()
            .map(|user| UserEntry {
                user,
                roles: Vec::new(),
            })
            .collect();
        entry.groups.0 = directory
            .groups
            .values()
            .map(|group| GroupEntry {
                group: with_names(group, domain),
                roles: Vec::new(),
            })
            .collect();
        entry
            .groups
            .0
            .sort_by(|one, other| one.group.name.cmp(&other.group.name));
        take_roles(&mut roles, &mut entry.apps.0);
        take_grants(&mut grants, &known, Grantee::App, &mut entry.apps.0);
        take_grants(&mut grants, &known, Grantee::User, &mut entry.users.0);
        take_grants(&mut grants, &known, Grantee::Group, &mut entry.groups.0);
        entry.other_roles = roles.into_values().collect();
        entry.grants = grants.into_values().collect();
        entry.client_certificates = directory.client_certificates.values().cloned().collect();
        entry.partner_certificates = directory.partner_certificates.values().cloned().collect();
        entry.trusted_partner_certificates = directory.trusted_partner_certificates.values().cloned().collect();
        entry.propagation_trusts.0 = directory.propagation_trusts.values().cloned().collect();
        entry
            .propagation_trusts
            .0
            .sort_by(|one, other| one.name.cmp(&other.name));
        entry.custom_claims = Keyed(domain.custom_claims.clone());
        entry.signing = SigningForm::of(&domain.stripe, &domain.signing);
        entry.next_signing = domain.next_signing.as_ref().map(|(from, next)| NextSigning {
            from: *from,
            signing: SigningForm::of(&domain.stripe, next),
        });
        entry
    }

    /// Puts a domain together; `node` is where the file says it.
    pub(super) fn join(mut self, node: &Node, reading: &mut Reading) -> Domain {
        let at = node.from;
        let mut domain = self.domain;
        let is_as_begun = domain.stripe == self.begun_as && self.signing.is_plain();
        if !is_as_begun {
            domain.signing = self.signing.signing(&domain.stripe).unwrap_or(domain.signing);
        }
        domain.next_signing = self
            .next_signing
            .and_then(|next| Some((next.from, next.signing.signing(&domain.stripe)?)));
        let directory = &mut domain.directory;
        give_roles(&mut directory.app_roles, &mut self.apps.0);
        directory
            .app_roles
            .extend(self.other_roles.into_iter().map(|role| (role.id.clone(), role)));
        directory.grants = self.grants.into_iter().map(|grant| (grant.id.clone(), grant)).collect();
        let by_id =
            |stored: Vec<StoredCertificate>| stored.into_iter().map(|stored| (stored.id.clone(), stored)).collect();
        directory.client_certificates = by_id(self.client_certificates);
        directory.partner_certificates = by_id(self.partner_certificates);
        directory.trusted_partner_certificates = by_id(self.trusted_partner_certificates);
        directory.propagation_trusts = unique(
            self.propagation_trusts.0.iter().map(|trust| (&trust.id, trust)),
            "id of a propagation trust",
            at,
            reading,
        );
        unique(
            self.propagation_trusts.0.iter().map(|trust| (&trust.issuer, &())),
            "issuer of a propagation trust",
            at,
            reading,
        );
        domain.custom_claims = self.custom_claims.0;

        let mut grants = std::mem::take(&mut directory.grants);
        domain.apps = unique(
            self.apps.0.iter().map(|entry| (&entry.app.client_id, &entry.app)),
            "client id",
            at,
            reading,
        );
        domain.users = self
            .users
            .0
            .iter()
            .map(|entry| (entry.user.name.clone(), entry.user.clone()))
            .collect();
        unique(
            self.apps.0.iter().map(|entry| (&entry.app.guid, &())),
            "id of an application's record",
            at,
            reading,
        );
        unique(
            self.users.0.iter().map(|entry| (&entry.user.guid, &())),
            "id of a user's record",
            at,
            reading,
        );
        let known = Known::of(&domain);
        give_grants(&mut grants, &known, Grantee::App, &mut self.apps.0, reading);
        give_grants(&mut grants, &known, Grantee::User, &mut self.users.0, reading);
        give_grants(&mut grants, &known, Grantee::Group, &mut self.groups.0, reading);
        domain.directory.grants = grants;
        let groups = self
            .groups
            .0
            .into_iter()
            .map(|entry| with_ids(entry.group, &domain, at, reading));
        let groups: Vec<Group> = groups.collect();
        domain.directory.groups = unique(
            groups.iter().map(|group| (&group.id, group)),
            "id of a group",
            at,
            reading,
        );
        domain
    }
}

/// A map of things by something that no two of them may share.
fn unique<'a, T: Clone + 'a>(
    things: impl Iterator<Item = (&'a String, &'a T)>,
    what: &str,
    at: usize,
    reading: &mut Reading,
) -> BTreeMap<String, T> {
    let mut map = BTreeMap::new();
    for (id, thing) in things {
        if map.insert(id.clone(), thing.clone()).is_some() {
            reading.note(Slip::new(
                at,
                format!("every {what} once"),
                format!("`{}` twice", visible(id)),
            ));
        }
    }
    map
}

/// A group whose members are user names, where users have the ids.
fn with_names(group: &Group, domain: &Domain) -> Group {
    let name_of = |id: &String| {
        domain
            .user_by_guid(id)
            .map_or_else(|| id.clone(), |user| user.name.clone())
    };
    Group {
        members: group.members.iter().map(name_of).collect(),
        ..group.clone()
    }
}

/// A group whose members are ids.
fn with_ids(group: Group, domain: &Domain, at: usize, reading: &mut Reading) -> Group {
    let mut id_of = |name: String| match domain.users.get(&name) {
        Some(user) => user.guid.clone(),
        None => {
            let is_id = name.len() == 32 && name.bytes().all(|byte| byte.is_ascii_hexdigit());
            if !is_id {
                let found = format!("`{}`, which no user is called", visible(&name));
                let expected = format!("user names in the group `{}`", visible(&group.name));
                let hint = nearest(&name, domain.users.keys().map(String::as_str));
                reading.note(Slip::new(at, expected, found).hint(hint));
            }
            name
        }
    };
    Group {
        members: group.members.iter().cloned().map(&mut id_of).collect(),
        ..group
    }
}

impl Entry for DomainEntry {
    const WHAT: &'static str = "domain";

    fn rows() -> &'static [Row<Self>] {
        DOMAIN
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.domain.label)
    }

    fn plain(&self, _: usize) -> Self {
        Self::empty(Domain::new(&self.domain.label, self.domain.signing.key.clone()))
    }

    fn begin(name: &str, _: usize, node: &Node, reading: &mut Reading) -> Option<Self> {
        let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if name.len() > 60 || !name.bytes().all(is_allowed) {
            let expected = "the name of a domain, of small letters, digits and `-`";
            reading.note(Slip::new(node.from, expected, format!("`{}`", visible(name))));
            return None;
        }
        let key = match node.member("signing").and_then(|signing| signing.member("key")) {
            Some(key) => SigningKey::read(key, reading)?,
            None => reading.fresh_key(node.from)?,
        };
        let mut entry = Self::empty(Domain::new(name, key.clone()));
        entry.signing.key = Some(key);
        Some(entry)
    }
}

static DOMAIN: &[Row<DomainEntry>] = &[
    row!(
        DomainEntry,
        "tenant",
        domain.stripe,
        "`idcs-` and 32 hexadecimal digits; follows from the name unless said."
    ),
    row!(
        DomainEntry,
        "host",
        domain.host,
        "The host name; follows from the name unless said."
    ),
    row!(
        DomainEntry,
        "published-at",
        domain.published_at,
        "Where clients reach it, when that is not its host name."
    ),
    row!(
        DomainEntry,
        "issuer",
        domain.issuer,
        "The `iss` of its tokens; the one that all domains share unless said."
    ),
    row!(
        DomainEntry,
        "leeway",
        domain.leeway,
        "Seconds of clock skew that it allows; 300 unless said."
    ),
    row!(
        DomainEntry,
        "limited-as",
        domain.limited_as,
        "The type by which requests are limited; not limited unless said."
    ),
    Row {
        // The key was read when the domain was begun.
        read: |entry, node, reading| read_rows(SIGNING, &mut entry.signing, node, reading),
        ..row!(
            DomainEntry,
            "signing",
            signing,
            "What signs its tokens; a fresh key unless said."
        )
    },
    row!(
        DomainEntry,
        "next-signing",
        next_signing,
        "What signs them from a second on."
    ),
    row!(DomainEntry, "apps", apps, "The applications, by display name."),
    row!(DomainEntry, "users", users, "The users, by user name."),
    row!(DomainEntry, "groups", groups, "The groups, by name."),
    row!(
        DomainEntry,
        "other-app-roles",
        other_roles,
        "Roles of applications that are not there."
    ),
    row!(
        DomainEntry,
        "grants",
        grants,
        "Grants that are more than a role that somebody holds."
    ),
    row!(
        DomainEntry,
        "client-certificates",
        client_certificates,
        "The store of certificates of clients."
    ),
    row!(
        DomainEntry,
        "partner-certificates",
        partner_certificates,
        "The store of certificates of partners."
    ),
    row!(
        DomainEntry,
        "trusted-partner-certificates",
        trusted_partner_certificates,
        "The third store of certificates, which nothing reads."
    ),
    row!(
        DomainEntry,
        "propagation-trusts",
        propagation_trusts,
        "Whose tokens it exchanges for session tokens, by name."
    ),
    row!(
        DomainEntry,
        "custom-claims",
        custom_claims,
        "Claims of the administrators' own, by name."
    ),
    row!(
        DomainEntry,
        "settings",
        domain.directory.settings,
        "Settings of the domain."
    ),
    row!(
        DomainEntry,
        "staying-signed-in",
        domain.directory.staying_signed_in,
        "Settings for staying signed in, which nothing goes by."
    ),
];

/// Which application asks for a scope that no resource of its domain has.
pub(super) fn check_scopes(domain: &Domain, node: &Node, reading: &mut Reading) {
    let scopes: Vec<String> = domain
        .resources()
        .flat_map(|resource| {
            resource
                .scopes
                .iter()
                .map(|scope| format!("{}{scope}", resource.audience))
        })
        .collect();
    for app in domain.apps.values() {
        let place = node
            .member("apps")
            .and_then(|apps| apps.member(&app.display_name)?.member("scopes"));
        for (index, scope) in app.allowed_scopes.iter().enumerate() {
            if domain.resources().any(|resource| resource.value_of(scope).is_some()) {
                continue;
            }
            let at = match place.map(|place| &place.kind) {
                Some(Kind::List(items)) => items.get(index).map_or(node.from, |item| item.from),
                _ => node.from,
            };
            reading.unknown::<()>(
                at,
                "a scope of an application's `resource`",
                scope,
                scopes.iter().map(String::as_str),
            );
        }
    }
}
