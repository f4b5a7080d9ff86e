//! The access token of a request to an instance, and whom it names: who issued it, whose key signed it, which application and user are
//! behind it.

use crate::env::Env;
use crate::jose::compact::Compact;
use crate::jose::key::PublicKey;
use crate::jose::object::Object;
use crate::landscape::{App, Domain, Instance, SIGNING_KEY_ID, User};
use crate::rule::token::{KeyFound, SignedToken};

/// The audience of tokens that are good for the whole account (OIC-119).
pub const ACCOUNT_AUDIENCE: &str = "urn:opc:resource:scope:account";

/// An access token and whose it says it is.
#[derive(Debug)]
pub struct AccessToken<'a> {
    /// The token.
    pub token: SignedToken<'a>,
    /// Whether `iss` is trusted, or why not.
    pub issuer: Result<(), &'static str>,
    /// The application that `client_id` names, in the domain of the instance.
    pub client: Option<&'a App>,
    /// The user that `sub` names there; none where it stands for a client.
    pub user: Option<&'a User>,
}

/// An issuer with one key.
struct Trusted<'a> {
    issuer: &'a str,
    key_id: &'a str,
    key: &'a PublicKey,
    thumbprints: [&'a str; 2],
}

impl<'a> AccessToken<'a> {
    /// Reads a token.
    pub fn read(instance: &'a Instance, domain: &'a Domain, env: &Env, text: &str) -> Self {
        let trusted = trusted_at(instance, domain, env.now);
        let compact = Compact::read(text);
        let claim = |name: &str| compact.claims.as_ref().and_then(|claims| claims.text(name).value());
        let named = claim("iss").unwrap_or_default();
        let plain = |issuer: &str| issuer.trim().trim_end_matches('/').replace(":443", "").to_lowercase();
        let is = |same: &dyn Fn(&str) -> bool| -> Vec<&Trusted> {
            trusted.iter().filter(|trusted| same(trusted.issuer)).collect()
        };
        let exact = is(&|issuer| issuer == named);
        let resembling = is(&|issuer| plain(issuer) == plain(&named));
        let (issuer, keys) = match (exact.is_empty(), resembling.is_empty()) {
            (false, _) => (Ok(()), exact),
            (true, false) => (Err("other-spelling"), resembling),
            (true, true) => (Err("unknown"), Vec::new()),
        };
        let key = match &compact.header {
            Some(header) => find_key(&trusted, &keys, header),
            None => KeyFound::Nobody,
        };
        let is_for_client = claim("sub_type").as_deref() == Some("client");
        let client = claim("client_id").and_then(|id| domain.apps.get(&id));
        let user = claim("sub").filter(|_| !is_for_client);
        let user = user.and_then(|name| domain.user(&name, false));
        let token = SignedToken {
            compact,
            now: env.now,
            leeway: instance.leeway,
            key,
            shared_secret: None,
        };
        Self {
            token,
            issuer,
            client,
            user,
        }
    }

    /// Whether the token stands for a client rather than a person (OIC-136).
    pub fn is_for_client(&self) -> bool {
        self.token.text("sub_type").as_deref() == Some("client")
    }
}

fn trusted_at<'a>(instance: &'a Instance, domain: &'a Domain, now: u64) -> Vec<Trusted<'a>> {
    let own = domain.signing_keys_at(now).map(|signing| Trusted {
        issuer: &domain.issuer,
        key_id: SIGNING_KEY_ID,
        key: &signing.certificate.key,
        thumbprints: [&signing.certificate.x5t, &signing.certificate.x5t_s256],
    });
    let listed = instance.trusted.iter().map(|trusted| Trusted {
        issuer: &trusted.issuer,
        key_id: &trusted.key_id,
        key: &trusted.key,
        thumbprints: trusted.thumbprints.each_ref().map(String::as_str),
    });
    own.chain(listed).collect()
}

/// The key of this issuer that the header names: by thumbprint, else by key id, else any of the issuer's.
fn find_key<'a>(all: &[Trusted<'a>], of_issuer: &[&Trusted<'a>], header: &Object) -> KeyFound<'a> {
    if of_issuer.is_empty() {
        return KeyFound::Nobody;
    }
    let prints: Vec<String> = ["x5t", "x5t#S256"]
        .iter()
        .filter_map(|name| header.text(name).value())
        .collect();
    if !prints.is_empty() {
        let has = |trusted: &&&Trusted| prints.iter().all(|print| trusted.thumbprints.contains(&print.as_str()));
        return match of_issuer.iter().find(has) {
            Some(trusted) => KeyFound::Found(trusted.key, None),
            None => KeyFound::NotFound(
                "unknown-thumbprint",
                "no key of this issuer has this thumbprint: it may be another domain's, which shares the issuer"
                    .to_owned(),
            ),
        };
    }
    match header.text("kid").value() {
        Some(id) => match of_issuer.iter().find(|trusted| trusted.key_id == id) {
            Some(trusted) => KeyFound::Found(trusted.key, None),
            None if all.iter().any(|trusted| trusted.key_id == id) => KeyFound::NotFound(
                "key-of-another-issuer",
                "the key that `kid` names belongs to another issuer".to_owned(),
            ),
            None => KeyFound::NotFound("unknown-key-id", "no key of this issuer has this id".to_owned()),
        },
        None => KeyFound::AnyOf(of_issuer.iter().map(|trusted| trusted.key).collect()),
    }
}
