//! Reading scopes: which resource each belongs to, or what else it asks for.
//!
//! Used by the token endpoint and by the authorization endpoint. Scopes are read through faults: how a careless server would take one that
//! is none is a fact, and the rules say that it matters.

use crate::landscape::domain_roles::{ROLES, Role};
use crate::landscape::{App, Domain, Resource, TrustScope, User};

/// Asks for a refresh token (IDCS-OAUTH-044).
pub const OFFLINE_ACCESS: &str = "offline_access";
/// Allows scopes of several resources in one request (IDCS-OAUTH-413).
pub const SEVERAL_RESOURCES: &str = "urn:opc:resource:multiresourcescope";
/// All resources that the account trusts; stands alone (IDCS-OAUTH-405).
pub const WHOLE_ACCOUNT: &str = "urn:opc:resource:consumer::all";
/// Every scope of the domain that follows from the roles (IDCS-OAUTH-410).
pub const MY_SCOPES: &str = "urn:opc:idm:__myscopes__";
/// What scopes of the domain itself begin with.
pub const DOMAIN_PREFIX: &str = "urn:opc:idm:";
/// What a wanted lifetime begins with (IDCS-OAUTH-414).
const EXPIRY_PREFIX: &str = "urn:opc:resource:expiry=";
/// What the scopes of one role begin with (IDCS-OAUTH-411).
const ROLE_PREFIX: &str = "urn:opc:idm:role.";
/// The scopes about a person (IDCS-OAUTH-415).
pub const IDENTITY_SCOPES: [&str; 10] = [
    "openid",
    "profile",
    "email",
    "address",
    "phone",
    OFFLINE_ACCESS,
    "groups",
    "get_groups",
    "approles",
    "get_approles",
];

/// The service that a request names beside its scopes (RFC 8707).
#[derive(Debug)]
pub struct Target<'a> {
    /// `resource` as sent.
    pub text: String,
    /// The resource of that audience, where there is one.
    pub resource: Option<&'a Resource>,
}

/// A scope that is asked for.
#[derive(Debug)]
pub struct Requested<'a> {
    /// As sent.
    pub text: String,
    /// The resource that it is a scope of, and the half behind the audience.
    pub resource: Option<(&'a Resource, String)>,
    /// What else it asks for, where it is a scope of no resource.
    pub special: Option<Special>,
    /// Why it is no scope of any resource.
    pub fault: Option<&'static str>,
}

/// What a scope asks for that is no resource's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Special {
    /// Something about a person, or a refresh token.
    Identity,
    /// Scopes of the domain itself.
    Domain,
    /// Tokens for several resources.
    SeveralResources,
    /// Everything that the account trusts.
    WholeAccount,
    /// A lifetime of so many seconds.
    Expiry(u64),
}

impl Special {
    fn of(text: &str) -> Option<Self> {
        match text {
            SEVERAL_RESOURCES => Some(Self::SeveralResources),
            WHOLE_ACCOUNT => Some(Self::WholeAccount),
            _ if IDENTITY_SCOPES.contains(&text) => Some(Self::Identity),
            _ if text.starts_with(DOMAIN_PREFIX) => Some(Self::Domain),
            _ => text.strip_prefix(EXPIRY_PREFIX)?.parse().ok().map(Self::Expiry),
        }
    }
}

/// Reads the scopes of a text.
pub fn read<'a>(domain: &'a Domain, text: &str) -> Vec<Requested<'a>> {
    read_of(domain, text, None)
}

/// Reads the scopes of a text beside which a resource is named: those of that resource need no audience (OIC-121). Where the name is
/// nobody's, scopes without an audience are taken for those of the first resource that has them.
pub fn read_of<'a>(domain: &'a Domain, text: &str, target: Option<&Target<'a>>) -> Vec<Requested<'a>> {
    text.split(' ')
        .filter(|scope| !scope.is_empty())
        .map(|scope| requested(domain, scope, target))
        .collect()
}

fn requested<'a>(domain: &'a Domain, text: &str, target: Option<&Target<'a>>) -> Requested<'a> {
    // A character that no scope may hold is for the grammar to judge; a careless reader passes over it.
    let text_as_sent = text;
    let allowed = |character: &char| matches!(character, '!' | '#'..='[' | ']'..='~');
    let text: String = text.chars().filter(allowed).collect();
    let text = text.as_str();
    let found = |text: &str| {
        domain
            .resources()
            .find_map(|resource| Some((resource, resource.value_of(text)?.to_owned())))
    };
    let of = |resource, fault| Requested {
        text: text_as_sent.to_owned(),
        resource,
        special: None,
        fault,
    };
    if let Some(resource) = found(text) {
        return of(Some(resource), None);
    }
    let has = |resource: &&Resource| resource.scopes.iter().any(|value| value == text);
    let bare = target.and_then(|target| match target.resource {
        Some(named) => Some(named).filter(has),
        None => domain.resources().find(has),
    });
    if let Some(resource) = bare {
        return of(Some((resource, text.to_owned())), None);
    }
    if let Some(special) = Special::of(text) {
        return Requested {
            special: Some(special),
            ..of(None, None)
        };
    }
    let scopes = || {
        domain
            .resources()
            .flat_map(|resource| resource.scopes.iter().map(move |value| (resource, value)))
    };
    let resembling = |same: &dyn Fn(&Resource, &str) -> bool| {
        scopes()
            .find(|(resource, value)| same(resource, value))
            .map(|(resource, value)| (resource, value.clone()))
    };
    if let Some(resource) =
        resembling(&|resource, value| format!("{}{value}", resource.audience).eq_ignore_ascii_case(text))
    {
        return of(Some(resource), Some("other-case"));
    }
    if text.contains([',', ';', '%']) {
        let first = text.split([',', ';', '%']).next().and_then(found);
        return of(first, Some("other-separator"));
    }
    if text.contains('*') {
        return of(resembling(&|_, _| true), Some("wildcard"));
    }
    let secondary = resembling(&|resource, value| {
        resource
            .secondary_audiences
            .iter()
            .any(|audience| format!("{audience}{value}") == text)
    });
    if secondary.is_some() {
        return of(secondary, Some("secondary-audience"));
    }
    let halves = |resource: &Resource, value: &str| {
        resource.audience == text || value == text || format!("{}/{value}", resource.audience) == text
    };
    if let Some(resource) = resembling(&halves) {
        return of(Some(resource), Some("half-of-it"));
    }
    of(None, Some("unknown"))
}

/// Whether all characters are such as a scope may hold (RFC 6749 section 3.3).
pub fn are_well_formed(scopes: &[Requested]) -> bool {
    let allowed = |byte: u8| matches!(byte, 0x21 | 0x23..=0x5b | 0x5d..=0x7e);
    scopes.iter().all(|scope| scope.text.bytes().all(allowed))
}

/// Why a scope is none of any resource, for the first that is none.
pub fn first_fault(scopes: &[Requested]) -> Option<&'static str> {
    scopes.iter().find_map(|scope| scope.fault)
}

/// Whether an application was given every scope of a resource that is asked for, or trusts what it is a scope of (IDCS-OAUTH-407,
/// IDCS-OAUTH-408, IDCS-OAUTH-409).
pub fn are_given(domain: &Domain, app: &App, scopes: &[Requested]) -> bool {
    let trusts_all = app.trust_scope == TrustScope::Account || domain.directory.settings.account_always_trusted;
    let given = |resource: &Resource, value: &str| {
        let full = format!("{}{value}", resource.audience);
        app.allowed_scopes
            .iter()
            .any(|allowed| *allowed == full || covers(&resource.audience, allowed, value))
    };
    let mut known = scopes.iter().filter(|scope| scope.fault.is_none());
    known.all(|scope| match (&scope.resource, scope.special) {
        (Some((resource, value)), _) => trusts_all || given(resource, value),
        (None, Some(Special::WholeAccount)) => trusts_all,
        (None, _) => true,
    })
}

/// Whether an allowed scope stands above another one of its resource: `...:paas::read` above `...:paas:analytics::read`.
fn covers(audience: &str, allowed: &str, value: &str) -> bool {
    let halves = |text: &str| {
        text.rsplit_once("::")
            .map(|(path, right)| (path.to_owned(), right.to_owned()))
    };
    let (Some((above, right)), Some((below, wanted))) =
        (allowed.strip_prefix(audience).and_then(halves), halves(value))
    else {
        return false;
    };
    right == wanted
        && below
            .strip_prefix(above.as_str())
            .is_some_and(|rest| rest.starts_with(':'))
}

/// Whether the scopes are of one resource, or may be of several.
pub fn are_of_one_resource(scopes: &[Requested]) -> bool {
    has(scopes, Special::SeveralResources) || resources(scopes).len() <= 1
}

/// Whether a scope that must stand alone does; a refresh token may be asked for beside it.
pub fn stand_alone(scopes: &[Requested]) -> bool {
    let company = scopes
        .iter()
        .filter(|scope| scope.special != Some(Special::WholeAccount) && scope.text != OFFLINE_ACCESS);
    !has(scopes, Special::WholeAccount) || company.count() == 0
}

/// Whether this is asked for.
pub fn has(scopes: &[Requested], special: Special) -> bool {
    scopes.iter().any(|scope| scope.special == Some(special))
}

/// Whether a scope of this text is asked for.
pub fn mention(scopes: &[Requested], text: &str) -> bool {
    scopes.iter().any(|scope| scope.text == text)
}

/// The resources whose scopes are asked for, each once, in the order in which they are.
pub fn resources<'a>(scopes: &[Requested<'a>]) -> Vec<&'a Resource> {
    let mut resources: Vec<&Resource> = Vec::new();
    for (resource, _) in scopes.iter().filter_map(|scope| scope.resource.as_ref()) {
        if !resources.iter().any(|known| known.audience == resource.audience) {
            resources.push(resource);
        }
    }
    resources
}

/// The scopes of the domain itself that are granted: those asked for that follow from the roles of the client, and of the user where there
/// is one; with On behalf of, and where no client is named, from the user's alone (IDCS-OAUTH-410, IDCS-OAUTH-411). What does not follow is left out, not refused
/// (IDCS-OAUTH-412).
pub fn of_domain(domain: &Domain, app: Option<&App>, user: Option<&User>, scopes: &[Requested]) -> Vec<String> {
    let roles_of_client = app.map(|app| domain.roles_of_app(app)).unwrap_or_default();
    let roles_of_user = user.map(|user| domain.roles_of_user(user));
    let holds = |role: &Role| {
        let client = roles_of_client.contains(&role.name);
        match &roles_of_user {
            None => client,
            Some(roles) if app.is_none_or(|app| app.on_behalf_of) => roles.contains(&role.name),
            Some(roles) => client && roles.contains(&role.name),
        }
    };
    let asked = |role: &Role, scope: &str| {
        scopes.iter().any(|asked| {
            asked.text == MY_SCOPES
                || asked.text == scope
                || asked
                    .text
                    .strip_prefix(ROLE_PREFIX)
                    // The name is encoded once more inside the parameter (IDCS-OAUTH-411).
                    .is_some_and(|name| crate::form::decode(name.as_bytes()).0.eq_ignore_ascii_case(role.name))
        })
    };
    let mut granted: Vec<String> = Vec::new();
    for role in ROLES.iter().filter(|role| holds(role)) {
        for scope in role.scopes {
            let scope = format!("{DOMAIN_PREFIX}{scope}");
            if asked(role, &scope) && !granted.contains(&scope) {
                granted.push(scope);
            }
        }
    }
    granted
}
