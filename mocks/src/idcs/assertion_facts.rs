//! What can be known about an assertion: its token, whose it says it is, and the key that should have signed it.

use crate::env::Env;
use crate::jose::compact::Compact;
use crate::landscape::profile::switch;
use crate::landscape::{App, Domain, Landscape, User};
use crate::rule::token::{KeyFound, SignedToken};

/// An assertion and whose it says it is.
#[derive(Debug)]
pub struct Assertion<'a> {
    /// The token.
    pub token: SignedToken<'a>,
    /// The application that `iss` names.
    pub issuer: Option<&'a App>,
    /// How `iss` nearly names an application, where it does not.
    pub nearly: Option<&'static str>,
    /// The user that `sub` names.
    pub user: Option<&'a User>,
    /// Whether it says that it is an ID token of this domain (IDCS-OAUTH-023); `issuer` is then the client that it was given to, where such
    /// tokens are taken at all.
    pub is_id_token: bool,
}

impl<'a> Assertion<'a> {
    /// Reads an assertion; `client` is who sends it, where somebody else than its issuer is known to.
    pub fn read(landscape: &'a Landscape, env: &Env, domain: &'a Domain, client: Option<&'a App>, text: &str) -> Self {
        let compact = Compact::read(text);
        let claim = |name: &str| compact.claims.as_ref().and_then(|claims| claims.text(name).value());
        let issuer_text = claim("iss");
        let issuer = issuer_text.as_deref().and_then(|id| domain.apps.get(id));
        let nearly = issuer_text
            .as_deref()
            .filter(|_| issuer.is_none())
            .and_then(|id| nearly_a_client(domain, client, id));
        // A server that compares carelessly goes on with the client that it took for the issuer.
        let issuer = issuer.or_else(|| {
            nearly
                .and(client)
                .or_else(|| nearly.and_then(|_| careless_issuer(domain, issuer_text.as_deref())))
        });
        let ignoring_case = landscape.profile.is(switch::SUBJECT_MATCH, "ignoring-case");
        let user = claim("sub").and_then(|name| domain.user(&name, ignoring_case));
        let key = match (issuer, &compact.header) {
            (Some(app), Some(header)) => {
                let name = |member: &str| header.text(member).value();
                find_key(
                    landscape,
                    domain,
                    app,
                    name("kid").as_deref(),
                    name("x5t").as_deref(),
                    name("x5t#S256").as_deref(),
                )
            }
            _ => KeyFound::Nobody,
        };
        let shared_secret = issuer.and_then(|app| app.secret.as_ref());
        let token = SignedToken {
            compact,
            now: env.now,
            leeway: domain.leeway,
            key,
            shared_secret,
        };
        Self {
            token,
            issuer,
            nearly,
            user,
            is_id_token: false,
        }
    }

    /// Reads an assertion about a user, which may be an ID token of the domain: no client shows by one who it is.
    pub fn read_for_user(
        landscape: &'a Landscape,
        env: &Env,
        domain: &'a Domain,
        client: Option<&'a App>,
        text: &str,
    ) -> Self {
        let assertion = Self::read(landscape, env, domain, client, text);
        let claim = |name: &str| assertion.token.text(name);
        let is_id_token = claim("iss").as_deref() == Some(&domain.issuer) && claim("tok_type").as_deref() == Some("IT");
        if is_id_token && landscape.profile.is(switch::ID_TOKEN_AS_ASSERTION, "accepted") {
            return Self::of_id_token(env, domain, assertion.token.compact);
        }
        Self {
            is_id_token,
            ..assertion
        }
    }

    /// Reads an ID token of the domain itself: its own keys signed it, and the client that it was given to stands for its issuer.
    fn of_id_token(env: &Env, domain: &'a Domain, compact: Compact) -> Self {
        let claim = |name: &str| compact.claims.as_ref().and_then(|claims| claims.text(name).value());
        let issuer = claim("azp").and_then(|id| domain.apps.get(&id));
        let user = claim("sub").and_then(|name| domain.user(&name, false));
        let keys = domain.signing_keys_at(env.now).map(|signing| signing.key.public());
        let token = SignedToken {
            now: env.now,
            leeway: domain.leeway,
            key: KeyFound::AnyOf(keys.collect()),
            shared_secret: None,
            compact,
        };
        Self {
            token,
            issuer,
            nearly: None,
            user,
            is_id_token: true,
        }
    }
}

fn careless_issuer<'a>(domain: &'a Domain, issuer: Option<&str>) -> Option<&'a App> {
    let plain = issuer?.trim().trim_end_matches('/').to_lowercase();
    domain.apps.values().find(|app| app.client_id.to_lowercase() == plain)
}

/// How a text that is no client id still resembles one.
fn nearly_a_client(domain: &Domain, client: Option<&App>, id: &str) -> Option<&'static str> {
    let plain = id.trim().trim_end_matches('/').to_lowercase();
    if domain.apps.values().any(|app| app.client_id.to_lowercase() == plain) {
        return Some("other-spelling");
    }
    let names = |app: &App| app.display_name == id || app.guid == id;
    client.is_some_and(names).then_some("other-name")
}

/// The key of this application that the header names (IDCS-OAUTH-203, IDCS-OAUTH-205, IDCS-OAUTH-208).
fn find_key<'a>(
    landscape: &Landscape,
    domain: &Domain,
    app: &'a App,
    key_id: Option<&str>,
    thumbprint: Option<&str>,
    thumbprint_s256: Option<&str>,
) -> KeyFound<'a> {
    let not_found = |cause, detail: &str| KeyFound::NotFound(cause, detail.to_owned());
    if app.certificates.is_empty() {
        return not_found("no-certificate", "no certificate is imported on the application");
    }
    let by_thumbprint = app.certificates.iter().find(|certificate| {
        thumbprint.is_some_and(|print| print == certificate.x5t)
            || thumbprint_s256.is_some_and(|print| print == certificate.x5t_s256)
    });
    let has_thumbprint = thumbprint.is_some() || thumbprint_s256.is_some();
    let Some(key_id) = key_id else {
        return match by_thumbprint {
            Some(certificate) if landscape.profile.is(switch::THUMBPRINT_ALONE, "accepted") => {
                KeyFound::Found(&certificate.key, Some(certificate))
            }
            _ if has_thumbprint => not_found(
                "unknown-thumbprint",
                "no certificate of the application has this thumbprint",
            ),
            _ if landscape.profile.has(switch::KEY_ID_REQUIRED) => not_found(
                "unnamed",
                "neither `kid` nor `x5t` names a certificate of the application",
            ),
            _ => KeyFound::AnyOf(app.certificates.iter().map(|certificate| &certificate.key).collect()),
        };
    };
    let Some(certificate) = app.certificates.iter().find(|certificate| certificate.alias == key_id) else {
        let same_alias =
            |certificate: &&crate::jose::key::Certificate| certificate.alias.eq_ignore_ascii_case(key_id.trim());
        let cause = if app.certificates.iter().any(|certificate| same_alias(&certificate)) {
            "alias-in-other-spelling"
        } else if domain
            .apps
            .values()
            .flat_map(|other| &other.certificates)
            .any(|certificate| certificate.alias == key_id)
        {
            "alias-of-another-client"
        } else if app
            .certificates
            .iter()
            .any(|certificate| [&certificate.x5t, &certificate.x5t_s256].contains(&&key_id.to_owned()))
        {
            "thumbprint-as-alias"
        } else {
            "unknown-alias"
        };
        return not_found(cause, "`kid` is not the alias of a certificate of the application");
    };
    let agrees = |print: Option<&str>, of: &str| print.is_none_or(|print| print == of);
    if !agrees(thumbprint, &certificate.x5t) || !agrees(thumbprint_s256, &certificate.x5t_s256) {
        return not_found(
            "alias-and-thumbprint-disagree",
            "`kid` and the thumbprint name different certificates",
        );
    }
    KeyFound::Found(&certificate.key, Some(certificate))
}
