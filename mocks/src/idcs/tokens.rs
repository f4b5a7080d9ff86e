//! What stands in the tokens of a domain: header and claims of access tokens and ID tokens (IDCS-OAUTH-301 to IDCS-OAUTH-393).

use serde_json::{Map, Value, json};

use crate::answer::{CustomClaims, SignatureForm, UnsignedToken};
use crate::env::Env;
use crate::idcs::scopes::{Requested, mention};
use crate::landscape::builder::id_of;
use crate::landscape::domain_roles::DOMAIN_APP;
use crate::landscape::profile::{Profile, ProfileName, switch};
use crate::landscape::{App, ClaimMode, ClaimTokens, CustomClaim, Domain, Resource, User};
use crate::state::Session;

/// How long a session lasts, in seconds (IDCS-OAUTH-604).
pub const SESSION_LIFE: u64 = 8 * 3600;
/// After how many idle minutes a session would end, as tokens say (IDCS-OAUTH-348).
const SESSION_IDLE_MINUTES: u64 = 480;
/// The name of whoever does not exist, when a defect lets a request through that names nobody.
pub const STAND_IN: &str = "stand-in";

/// Whom an access token is made out to.
#[derive(Clone, Copy, Debug)]
pub enum Audience<'a> {
    /// A resource.
    Resource(&'a Resource),
    /// The domain itself: its administration and its identity endpoints.
    Domain,
    /// Every resource that the account trusts (IDCS-OAUTH-381).
    Account,
    /// Nobody, which only a defect does.
    Nobody,
}

impl Audience<'_> {
    /// Whether it is this resource.
    pub fn is(&self, resource: &Resource) -> bool {
        matches!(self, Self::Resource(own) if own.audience == resource.audience)
    }

    /// The value of `aud`: a text for one, a list for several (IDCS-OAUTH-324).
    fn claim(&self, domain: &Domain) -> Value {
        match self {
            Self::Resource(resource) if resource.secondary_audiences.is_empty() => json!(resource.audience),
            // Secondary audiences come first, the primary one last (IDCS-OAUTH-380).
            Self::Resource(resource) => {
                json!([&resource.secondary_audiences[..], &[resource.audience.clone()]].concat())
            }
            Self::Domain => json!(domain.audiences()),
            Self::Account => json!("urn:opc:resource:scope:account"),
            Self::Nobody => json!(STAND_IN),
        }
    }
}

impl Domain {
    /// The audiences of tokens for the domain itself (IDCS-OAUTH-374, IDCS-ADMIN-515).
    pub fn audiences(&self) -> [String; 4] {
        [
            self.url(),
            self.secure_url(),
            format!("{}:443", self.url()),
            format!("urn:opc:lbaas:logicalguid={}", self.stripe),
        ]
    }

    /// The address of its twin for mutual TLS (IDCS-ADMIN-103).
    pub fn secure_url(&self) -> String {
        match self.host.split_once('.') {
            Some((stripe, rest)) => format!("https://{stripe}.home-idcs-1.secure.{rest}"),
            None => self.url(),
        }
    }
}

/// Whom and what an access token is for.
#[derive(Clone, Debug)]
pub struct Terms<'a> {
    /// The application that asks.
    pub app: Option<&'a App>,
    /// The client id that the request named.
    pub claimed_client: Option<String>,
    /// The user, where it is for one.
    pub user: Option<&'a User>,
    /// The user as the request named them.
    pub claimed_user: Option<String>,
    /// Whether it is for a user at all.
    pub is_for_user: bool,
    /// The session of a person who signed in.
    pub session: Option<&'a Session>,
    /// The grant, as tokens name it.
    pub grant: Option<&'static str>,
    /// The scopes, as the token shows them.
    pub scopes: Vec<String>,
    /// Seconds.
    pub life: u64,
    /// What tells it apart from other tokens of the same answer.
    pub label: String,
    /// Whom it is made out to.
    pub audience: Audience<'a>,
}

/// An access token, unsigned.
pub fn access_token(domain: &Domain, profile: &Profile, env: &Env, terms: &Terms) -> UnsignedToken {
    let kind = profile.is(switch::ACCESS_TOKEN_TYPE, "at+jwt").then_some("at+jwt");
    let mut claims = Claims(access_claims(domain, env, terms));
    let has_scope = |full: &str| {
        let value = match terms.audience {
            Audience::Resource(resource) => full.strip_prefix(resource.audience.as_str()),
            _ => Some(full),
        };
        value.is_some_and(|value| terms.scopes.iter().any(|scope| scope == value))
    };
    let custom = claims.custom(domain, terms.user, ClaimTokens::Access, has_scope);
    UnsignedToken {
        escape_slashes: profile.name == ProfileName::Oracle,
        custom,
        ..token(domain, env, kind, claims.0)
    }
}

/// An ID token, unsigned (IDCS-OAUTH-390); `scopes` are those that were asked for with it.
pub fn id_token(
    domain: &Domain,
    env: &Env,
    app: &App,
    user: &User,
    session: Option<&Session>,
    nonce: Option<String>,
    scopes: &[Requested],
) -> UnsignedToken {
    let since = session.map_or(env.now, |session| session.since);
    let mut claims = Claims::default();
    claims.put("sub", json!(user.name));
    claims.put("sub_mappingattr", json!("userName"));
    claims.put("iss", json!(domain.issuer));
    claims.put("tok_type", json!("IT"));
    claims.put("aud", json!([domain.issuer, app.client_id]));
    claims.put("azp", json!(app.client_id));
    claims.put("client_id", json!(app.client_id));
    claims.put("client_guid", json!(app.guid));
    claims.put("client_name", json!(app.display_name));
    claims.put("client_tenantname", json!(domain.stripe));
    claims.put("tenant", json!(domain.stripe));
    claims.put("user_tenantname", json!(domain.stripe));
    claims.put("user_id", json!(user.guid));
    claims.put("user_displayname", json!(user.display_name));
    claims.put("user_lang", json!("en"));
    claims.put("user_locale", json!("en"));
    claims.put("user_csr", json!(false));
    claims.session(session);
    claims.put("auth_time", json!(since));
    claims.put("authn_strength", json!("2"));
    claims.put("pulp", json!("MyApps"));
    if let Some(nonce) = nonce {
        claims.put("nonce", json!(nonce));
    }
    // It lives as long as the session, longer than the access token (IDCS-OAUTH-391).
    claims.put("session_exp", json!(since + SESSION_LIFE));
    claims.put("exp", json!(since + SESSION_LIFE));
    claims.put("iat", json!(env.now));
    claims.put("jti", json!(env.draw_id("id token jti")));
    let custom = claims.custom(domain, Some(user), ClaimTokens::Identity, |full| mention(scopes, full));
    UnsignedToken {
        hashes_access_token: Some("at_hash"),
        custom,
        ..token(domain, env, None, claims.0)
    }
}

fn token(domain: &Domain, env: &Env, kind: Option<&str>, claims: Map<String, Value>) -> UnsignedToken {
    let signing = domain.signing_at(env.now);
    let mut header = Claims::default();
    if let Some(kind) = kind {
        header.put("typ", json!(kind));
    }
    header.put("x5t#S256", json!(signing.certificate.x5t_s256));
    header.put("x5t", json!(signing.certificate.x5t));
    header.put("kid", json!("SIGNING_KEY"));
    header.put("alg", json!("RS256"));
    UnsignedToken {
        header: header.0,
        claims,
        key: signing.key.clone(),
        escape_slashes: true,
        signature: SignatureForm::Sound,
        hashes_access_token: None,
        custom: CustomClaims::default(),
    }
}

/// The claims of an access token: those of a client token, and those of a user on top (IDCS-OAUTH-320 to IDCS-OAUTH-354).
fn access_claims(domain: &Domain, env: &Env, terms: &Terms) -> Map<String, Value> {
    let client_id = terms.app.map_or_else(
        || terms.claimed_client.clone().unwrap_or_else(|| STAND_IN.to_owned()),
        |app| app.client_id.clone(),
    );
    // Without a client the application of the domain itself stands for one; without that, which only a defect does, nobody.
    let nobody = if client_id == DOMAIN_APP { DOMAIN_APP } else { STAND_IN };
    let subject = match (terms.user, &terms.claimed_user) {
        _ if !terms.is_for_user => client_id.clone(),
        (Some(user), _) => user.name.clone(),
        (None, Some(name)) => name.clone(),
        (None, None) => STAND_IN.to_owned(),
    };
    let mut claims = Claims::default();
    claims.put("sub", json!(subject));
    claims.put("user.tenant.name", json!(domain.stripe));
    claims.put("sub_mappingattr", json!("userName"));
    claims.put("iss", json!(domain.issuer));
    claims.put("tok_type", json!("AT"));
    claims.put("client_id", json!(client_id));
    claims.put("aud", terms.audience.claim(domain));
    claims.put("sub_type", json!(if terms.is_for_user { "user" } else { "client" }));
    claims.put("scope", json!(terms.scopes.join(" ")));
    claims.put("client_tenantname", json!(domain.stripe));
    claims.put("exp", json!(env.now + terms.life));
    claims.put("iat", json!(env.now));
    claims.put("client_guid", json!(terms.app.map_or(nobody, |app| app.guid.as_str())));
    claims.put(
        "client_name",
        json!(terms.app.map_or(nobody, |app| app.display_name.as_str())),
    );
    claims.put("tenant", json!(domain.stripe));
    claims.put("jti", json!(env.draw_id(&format!("jti{}", terms.label))));
    if let Some(grant) = terms.grant {
        claims.put("gtp", json!(grant));
    }
    if terms.is_for_user {
        let user = terms.user;
        claims.put("user_tenantname", json!(domain.stripe));
        claims.put("tenant_iss", json!(format!("{}:443", domain.url())));
        claims.put("user_id", json!(user.map_or(STAND_IN, |user| user.guid.as_str())));
        claims.put(
            "user_displayname",
            json!(user.map_or(STAND_IN, |user| user.display_name.as_str())),
        );
        claims.put("user_lang", json!("en"));
        claims.put("user_locale", json!("en"));
        claims.put("user_tz", json!("America/Chicago"));
        claims.session(terms.session);
        claims.cloud(domain, terms);
    }
    // Roles stand only in tokens for the domain itself (IDCS-OAUTH-345, IDCS-OAUTH-346, IDCS-OAUTH-361).
    if let (Audience::Domain, Some(app)) = (terms.audience, terms.app) {
        let of_client = domain.roles_of_app(app);
        let is_admin = |roles: &[&str]| roles.contains(&"Identity Domain Administrator");
        let user_is_admin = terms.user.map(|user| is_admin(&domain.roles_of_user(user)));
        // Seen in client tokens too, where it can only be about the client (IDCS-OAUTH-343).
        claims.put(
            "user_isAdmin",
            json!(user_is_admin.unwrap_or_else(|| is_admin(&of_client))),
        );
        claims.put("clientAppRoles", json!(of_client));
        if let Some(user) = terms.user {
            claims.put("userAppRoles", json!(domain.roles_of_user(user)));
        }
        if terms.is_for_user && app.on_behalf_of {
            claims.put("onBehalfOfUser", json!(true));
        }
    }
    if let (Audience::Resource(resource), true) = (terms.audience, terms.session.is_some())
        && let Some(app) = domain.app_of(resource)
    {
        claims.put("resource_app_id", json!(app.guid));
    }
    claims.0
}

/// Claims in their order.
#[derive(Default)]
struct Claims(Map<String, Value>);

impl Claims {
    fn put(&mut self, name: &str, value: Value) {
        self.0.insert(name.to_owned(), value);
    }

    /// What the cloud around the domain calls everybody; the names are made up (IDCS-OAUTH-329, IDCS-OAUTH-339, IDCS-OAUTH-351 to
    /// IDCS-OAUTH-354).
    fn cloud(&mut self, domain: &Domain, terms: &Terms) {
        let ocid = |kind: &str, id: &str| json!(format!("ocid1.{kind}.oc1..{id}"));
        let app = terms.app.map_or(STAND_IN, |app| app.guid.as_str());
        let user = terms.user.map_or(STAND_IN, |user| user.guid.as_str());
        self.put("client_ocid", ocid("domainapp", app));
        self.put("user_ocid", ocid("user", user));
        self.put("domain", json!(domain.label));
        self.put("domain_id", ocid("domain", &id_of(&domain.host)));
        self.put("domain_home", json!("us-ashburn-1"));
        self.put("region_name", json!("us-ashburn-idcs-1"));
        self.put("ca_name", json!("mock-tenancy"));
        self.put("ca_ocid", ocid("tenancy", &id_of("mock-tenancy")));
        self.put("opc", json!(false));
        self.put("primTenant", json!(false));
    }

    /// What administrators want in tokens of this kind (IDCS-OAUTH-356); no claim of the domain's own gives way to it.
    fn custom(
        &mut self,
        domain: &Domain,
        user: Option<&User>,
        kind: ClaimTokens,
        has_scope: impl Fn(&str) -> bool,
    ) -> CustomClaims {
        let mut custom = CustomClaims::default();
        for claim in &domain.custom_claims {
            let is_due = claim.mode == ClaimMode::Always
                && (claim.tokens == kind || claim.tokens == ClaimTokens::Both)
                && claim
                    .scopes
                    .as_ref()
                    .is_none_or(|scopes| scopes.iter().any(|full| has_scope(full)));
            let value = written(values_of(domain, claim, user));
            if !is_due {
                custom.withheld.insert(claim.name.clone(), value);
            } else if !self.0.contains_key(&claim.name) {
                self.put(&claim.name, value);
                custom.shown.push(claim.name.clone());
            }
        }
        custom
    }

    /// How and when the person signed in (IDCS-OAUTH-347 to IDCS-OAUTH-350).
    fn session(&mut self, session: Option<&Session>) {
        let Some(session) = session else { return };
        self.put("sid", json!(session.id));
        self.put("sidle", json!(SESSION_IDLE_MINUTES));
        self.put("amr", json!(["USERNAME_PASSWORD"]));
        self.put("idp_name", json!("UserNamePassword"));
        self.put("idp_guid", json!("UserNamePassword"));
        self.put("idp_type", json!("LOCAL"));
    }
}

/// The values of a custom claim; the groups of nobody are none.
fn values_of(domain: &Domain, claim: &CustomClaim, user: Option<&User>) -> Vec<String> {
    if !claim.is_groups {
        return claim.values.clone();
    }
    let Some(user) = user else { return Vec::new() };
    let groups = domain.directory.groups.values();
    groups
        .filter(|group| group.members.contains(&user.guid))
        .map(|group| group.name.clone())
        .collect()
}

/// Values as a claim: no list where it would have no members or one (IDCS-OAUTH-360).
fn written(mut values: Vec<String>) -> Value {
    match values.len() {
        0 => json!(""),
        1 => json!(values.remove(0)),
        _ => json!(values),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landscape::UserStatus;
    use crate::landscape::directory::{Group, Meta};

    fn domain(claim: CustomClaim) -> (Domain, User) {
        let user = User::named("ada", "Ada", UserStatus::Active);
        let mut domain = Domain::new("home", crate::keys::rfc9500());
        domain.custom_claims.push(claim);
        for name in ["Auditors", "Buyers"] {
            let group = Group {
                id: id_of(name),
                name: name.to_owned(),
                members: vec![user.guid.clone()],
                meta: Meta::default(),
                more: Map::new(),
            };
            domain.directory.groups.insert(group.id.clone(), group);
        }
        (domain, user)
    }

    #[test]
    fn the_groups_of_a_user_are_a_list_and_those_of_nobody_an_empty_text() {
        let (domain, user) = domain(CustomClaim {
            is_groups: true,
            ..CustomClaim::new("groups")
        });
        let shown = |user| {
            let mut claims = Claims::default();
            claims.custom(&domain, user, ClaimTokens::Access, |_| false);
            claims.0["groups"].clone()
        };
        let mut groups: Vec<Value> = shown(Some(&user)).as_array().cloned().unwrap_or_default();
        groups.sort_by_key(Value::to_string);
        assert_eq!(groups, [json!("Auditors"), json!("Buyers")]);
        assert_eq!(shown(None), json!(""));
    }

    #[test]
    fn no_claim_of_the_domain_s_own_gives_way() {
        let (domain, user) = domain(CustomClaim {
            values: vec!["somebody else".to_owned()],
            ..CustomClaim::new("sub")
        });
        let mut claims = Claims::default();
        claims.put("sub", json!("ada"));
        let custom = claims.custom(&domain, Some(&user), ClaimTokens::Access, |_| true);
        assert_eq!(claims.0["sub"], json!("ada"));
        assert!(custom.shown.is_empty());
    }
}
