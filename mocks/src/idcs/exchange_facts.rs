//! What can be known about an exchange of tokens: what it asks for, the key it brings, the foreign token and who vouches for that.

use crate::env::Env;
use crate::form::Form;
use crate::jose::compact::Compact;
use crate::jose::from_base64;
use crate::jose::key::PublicKey;
use crate::landscape::{Domain, ForeignToken, PropagationTrust, User};
use crate::rule::token::{KeyFound, SignedToken};

/// What asks for a token of the domain (IDCS-OAUTH-033).
const ACCESS_TOKEN: &str = "urn:ietf:params:oauth:token-type:access_token";
/// What asks for a session token of the cloud (IDCS-OAUTH-034).
const SESSION_TOKEN: &str = "urn:oci:token-type:oci-upst";

/// An exchange of tokens.
#[derive(Debug)]
pub struct Exchange<'a> {
    /// What it asks for.
    pub wanted: Wanted,
    /// The key that a session token is to be bound to, where it can be read (IDCS-OAUTH-034).
    pub key: Option<PublicKey>,
    /// The foreign token, where there is one.
    pub subject: Option<SubjectToken<'a>>,
}

/// What an exchange asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// A token of the domain, which is also what an exchange asks for that does not say.
    AccessToken,
    /// A session token of the cloud.
    SessionToken,
    /// A token of a kind that there is not.
    Unknown,
}

impl Wanted {
    /// What the form of an exchange asks for.
    pub fn of(form: &Form) -> Self {
        match form.value("requested_token_type") {
            None | Some(ACCESS_TOKEN) => Self::AccessToken,
            Some(SESSION_TOKEN) => Self::SessionToken,
            Some(_) => Self::Unknown,
        }
    }
}

/// A foreign token, read as a signed one whatever it is called, with the trust that its issuer is under.
#[derive(Debug)]
pub struct SubjectToken<'a> {
    /// The token; its key is the one of the trust.
    pub token: SignedToken<'a>,
    /// The trust in its issuer.
    pub trust: Option<&'a PropagationTrust>,
    /// The user whom the claim names that the trust goes by.
    pub user: Option<&'a User>,
}

impl<'a> Exchange<'a> {
    /// Reads an exchange.
    pub fn read(env: &Env, domain: &'a Domain, form: &Form) -> Self {
        let key = form.value("public_key").and_then(from_base64);
        Self {
            wanted: Wanted::of(form),
            key: key.and_then(|der| PublicKey::from_der(&der)),
            subject: form
                .value("subject_token")
                .map(|text| SubjectToken::read(env, domain, text)),
        }
    }
}

impl<'a> SubjectToken<'a> {
    fn read(env: &Env, domain: &'a Domain, text: &str) -> Self {
        let compact = Compact::read(text);
        let claim = |name: &str| compact.claims.as_ref().and_then(|claims| claims.text(name).value());
        let trusts = domain.directory.propagation_trusts.values();
        let issuer = claim("iss");
        let trust = trusts
            .filter(|trust| trust.kind == ForeignToken::Jwt)
            .find(|trust| issuer.as_deref() == Some(&trust.issuer));
        let subject = claim(trust.and_then(|trust| trust.subject_claim.as_deref()).unwrap_or("sub"));
        let certificate = trust.and_then(|trust| trust.certificate.as_ref());
        let key = match (trust, certificate) {
            (_, Some(certificate)) => KeyFound::Found(&certificate.key, Some(certificate)),
            (Some(_), None) => KeyFound::NotFound("no-certificate", "the trust has no certificate".to_owned()),
            (None, None) => KeyFound::Nobody,
        };
        Self {
            user: subject.and_then(|name| domain.user(&name, false)),
            token: SignedToken {
                compact,
                now: env.now,
                leeway: trust.and_then(|trust| trust.clock_skew).unwrap_or(domain.leeway),
                key,
                shared_secret: None,
            },
            trust,
        }
    }
}
