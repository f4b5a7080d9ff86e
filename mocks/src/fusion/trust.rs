//! Whom a pod trusts: which issuer a token names, which key should have signed it, and by what right that key is trusted.
//!
//! Only finds; what is wrong with what was found is for the rules to say (`fusion::token_rules`, `fusion::trust_rules`).

use crate::jose::compact::Compact;
use crate::jose::key::{Certificate, PublicKey};
use crate::jose::object::Object;
use crate::landscape::trust_list::{
    InboundCertificate, Provider, TRUST_SERVICE_ISSUER, TRUST_SERVICE_KEY_ID, TokenType,
};
use crate::landscape::{Landscape, Pod, SIGNING_KEY_ID};
use crate::rule::token::KeyFound;

/// Whether an issuer is on the trust list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IssuerFound {
    /// It is.
    Trusted,
    /// It is not, for this cause.
    Not(&'static str),
}

/// By what right a key is trusted.
#[derive(Clone, Copy, Debug)]
pub enum Right<'a> {
    /// It is the pod's own domain's (FUSION-215).
    OwnDomain,
    /// It is the pod's own (FUSION-204).
    TrustService,
    /// It is an authorization server's that the pod knows since it was set up.
    SetUp,
    /// It was imported for a provider (FUSION-208).
    Listed(&'a Provider, &'a InboundCertificate),
}

impl Right<'_> {
    /// Whether the authority of its certificate is trusted too (FUSION-216).
    fn has_chain(&self, pod: &Pod) -> bool {
        match self {
            Self::OwnDomain | Self::TrustService | Self::SetUp => true,
            Self::Listed(_, certificate) => pod.trust.has_chain_of(certificate),
        }
    }

    /// Whether signed JSON tokens are switched on for it (FUSION-208).
    fn takes_jwt(&self) -> bool {
        match self {
            Self::OwnDomain | Self::TrustService | Self::SetUp => true,
            Self::Listed(provider, _) => provider.token_types.contains(&TokenType::Jwt),
        }
    }

    /// Whether whoever signs by it is no authorization server, so that nothing is known of tokens but what stands in them.
    fn is_direct(&self) -> bool {
        matches!(self, Self::TrustService | Self::Listed(..))
    }
}

/// What was found about a token.
#[derive(Debug)]
pub struct Found<'a> {
    /// Whether its issuer is trusted.
    pub issuer: IssuerFound,
    /// The key that should have signed it.
    pub key: KeyFound<'a>,
    /// By what right: one where the token names its key, one for each key that it may be where it names none.
    pub rights: Vec<Right<'a>>,
}

impl<'a> Found<'a> {
    /// Whether the authority of the certificate is trusted too; `None` where no key was found.
    pub fn has_chain(&self, pod: &Pod) -> Option<bool> {
        self.any_right(|right| right.has_chain(pod))
    }

    /// Whether signed JSON tokens are taken of the issuer; `None` where no key was found.
    pub fn takes_jwt(&self) -> Option<bool> {
        self.any_right(Right::takes_jwt)
    }

    /// Whether the token was not given out by any authorization server that the pod knows.
    pub fn is_direct(&self) -> bool {
        !self.rights.is_empty() && self.rights.iter().all(Right::is_direct)
    }

    /// Whether an authorization server may have given it out, whose tokens say of which type they are; `unknown` where no key was found.
    pub fn is_typed(&self, unknown: bool) -> bool {
        self.any_right(|right| !right.is_direct()).unwrap_or(unknown)
    }

    fn any_right(&self, holds: impl Fn(&Right<'a>) -> bool) -> Option<bool> {
        (!self.rights.is_empty()).then(|| self.rights.iter().any(holds))
    }
}

/// A key that is trusted under the text of an issuer.
struct Trusted<'a> {
    issuer: &'a str,
    key_id: &'a str,
    key: &'a PublicKey,
    thumbprints: [&'a str; 2],
    right: Right<'a>,
}

impl<'a> Trusted<'a> {
    fn by_certificate(issuer: &'a str, key_id: &'a str, certificate: &'a Certificate, right: Right<'a>) -> Self {
        Self {
            issuer,
            key_id,
            key: &certificate.key,
            thumbprints: [&certificate.x5t, &certificate.x5t_s256],
            right,
        }
    }

    /// Whether this is its thumbprint, in either alphabet of base64: some write it in the standard one (FUSION-C-09).
    fn has_thumbprint(&self, print: &str) -> bool {
        let plain = print.trim_end_matches('=').replace('+', "-").replace('/', "_");
        self.thumbprints.contains(&plain.as_str())
    }
}

/// Finds issuer and key of a token, as the pod trusts them at this second.
pub fn find<'a>(landscape: &'a Landscape, pod: &'a Pod, now: u64, compact: &Compact) -> Found<'a> {
    let all = trusted_at(landscape, pod, now);
    let named = compact.claims.as_ref().and_then(|claims| claims.text("iss").value());
    let named = named.unwrap_or_default();
    let plain = |issuer: &str| issuer.trim().trim_end_matches('/').replace(":443", "").to_lowercase();
    let listed = pod.trust.providers.values().map(|provider| provider.issuer.as_str());
    let issuers: Vec<&str> = all.iter().map(|trusted| trusted.issuer).chain(listed).collect();
    let (issuer, of_issuer): (_, Vec<&Trusted>) = if issuers.contains(&named.as_str()) {
        (
            IssuerFound::Trusted,
            all.iter().filter(|trusted| trusted.issuer == named).collect(),
        )
    } else if issuers.iter().any(|issuer| plain(issuer) == plain(&named)) {
        let resembling = all.iter().filter(|trusted| plain(trusted.issuer) == plain(&named));
        (IssuerFound::Not("other-spelling"), resembling.collect())
    } else {
        (IssuerFound::Not("unknown"), Vec::new())
    };
    let (key, rights) = match (&compact.header, issuer) {
        (Some(header), IssuerFound::Trusted) => find_key(&all, &of_issuer, header),
        (Some(header), _) if !of_issuer.is_empty() => find_key(&all, &of_issuer, header),
        _ => (KeyFound::Nobody, Vec::new()),
    };
    Found { issuer, key, rights }
}

/// Whom a pod trusts at this second: its own domain by the keys that are good then, itself, whom it was set up with, and those on its list.
fn trusted_at<'a>(landscape: &'a Landscape, pod: &'a Pod, now: u64) -> Vec<Trusted<'a>> {
    let own = landscape.domains.get(&pod.domain).into_iter().flat_map(|domain| {
        domain.signing_keys_at(now).map(|signing| {
            Trusted::by_certificate(&domain.issuer, SIGNING_KEY_ID, &signing.certificate, Right::OwnDomain)
        })
    });
    let itself = pod.trust_service.iter().map(|service| {
        Trusted::by_certificate(
            TRUST_SERVICE_ISSUER,
            TRUST_SERVICE_KEY_ID,
            &service.certificate,
            Right::TrustService,
        )
    });
    let set_up = pod.trusted.iter().map(|trusted| Trusted {
        issuer: &trusted.issuer,
        key_id: &trusted.key_id,
        key: &trusted.key,
        thumbprints: trusted.thumbprints.each_ref().map(String::as_str),
        right: Right::SetUp,
    });
    let listed = pod.trust.certificates.values().filter_map(|kept| {
        let provider = pod.trust.providers.get(&kept.provider)?;
        let right = Right::Listed(provider, kept);
        Some(Trusted::by_certificate(
            &provider.issuer,
            &kept.certificate.alias,
            &kept.certificate,
            right,
        ))
    });
    own.chain(itself).chain(set_up).chain(listed).collect()
}

/// The key of this issuer that the header names: by thumbprint, else by key id, else any of the issuer's (FUSION-U-13, FUSION-U-14).
fn find_key<'a>(all: &[Trusted<'a>], of_issuer: &[&Trusted<'a>], header: &Object) -> (KeyFound<'a>, Vec<Right<'a>>) {
    let found = |trusted: &Trusted<'a>| (KeyFound::Found(trusted.key, None), vec![trusted.right]);
    let missing = |cause, detail: &str| (KeyFound::NotFound(cause, detail.to_owned()), Vec::new());
    let prints: Vec<String> = ["x5t", "x5t#S256"]
        .iter()
        .filter_map(|name| header.text(name).value())
        .collect();
    if !prints.is_empty() {
        let named = |trusted: &&Trusted| prints.iter().all(|print| trusted.has_thumbprint(print));
        return match of_issuer.iter().copied().find(named) {
            Some(trusted) => found(trusted),
            None => missing(
                "unknown-thumbprint",
                "no imported certificate of this issuer has this thumbprint",
            ),
        };
    }
    let Some(key_id) = header.text("kid").value() else {
        if of_issuer.is_empty() {
            return missing("unknown-thumbprint", "no certificate was imported for this issuer");
        }
        let keys = of_issuer.iter().map(|trusted| trusted.key).collect();
        let rights = of_issuer.iter().map(|trusted| trusted.right).collect();
        return (KeyFound::AnyOf(keys), rights);
    };
    match of_issuer.iter().copied().find(|trusted| trusted.key_id == key_id) {
        Some(trusted) => found(trusted),
        None if all.iter().any(|trusted| trusted.key_id == key_id) => missing(
            "key-of-another-issuer",
            "the key that `kid` names belongs to another issuer",
        ),
        None => missing("unknown-key-id", "no key of this issuer has this id"),
    }
}
