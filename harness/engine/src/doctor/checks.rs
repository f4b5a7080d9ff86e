//! The table of checks, and the walk through it.

use super::api_checks::{echo, reached_api};
use super::domain_checks::{clock, discovery, issuer, reached_domain};
use super::finding::{Finding, State};
use super::paper_checks::{
    assertion_audience, audience, certificate_dates, key_id, key_pair, named, same_domain, scope, secrets, thumbprints,
};
use super::report::Report;
use super::token_checks::{claims, granted, untried};
use super::visit::Visit;

/// One check.
#[derive(Debug)]
pub struct Check {
    /// Its id.
    pub id: &'static str,
    /// What it looks at, in a sentence.
    pub says: &'static str,
    /// Where it is from.
    pub sources: &'static [&'static str],
    /// Looks.
    pub look: fn(&Visit<'_>) -> Vec<Finding>,
}

/// Every check, in the order in which causes come before their effects.
pub const CHECKS: [Check; 18] = [
    Check {
        id: "secrets",
        says: "every secret, key and passphrase that the target file refers to can be had, and nobody else can read its file",
        sources: &[],
        look: secrets,
    },
    Check {
        id: "key-pair",
        says: "private key and certificate of a client can be read and are a pair",
        sources: &["IDCS-OAUTH-232"],
        look: key_pair,
    },
    Check {
        id: "certificate-dates",
        says: "a client's certificate is valid now and outlives the day of going live",
        sources: &["RFC 5280 s4.1.2.5"],
        look: certificate_dates,
    },
    Check {
        id: "key-id",
        says: "the alias that becomes `kid` is there and looks like an alias",
        sources: &["IDCS-OAUTH-202", "IDCS-OAUTH-203"],
        look: key_id,
    },
    Check {
        id: "thumbprints",
        says: "the thumbprints of a certificate as `x5t` and `x5t#S256` must say them",
        sources: &["RFC 7515 s4.1.7", "RFC 7515 s4.1.8"],
        look: thumbprints,
    },
    Check {
        id: "scope",
        says: "a scope is the audience with its value right behind it, letter by letter, and not typed by hand",
        sources: &["IDCS-OAUTH-325"],
        look: scope,
    },
    Check {
        id: "audience",
        says: "an audience has the form that APIs of its kind have, and no two kinds share one",
        sources: &["FUSION-003", "FUSION-104", "FUSION-105"],
        look: audience,
    },
    Check {
        id: "assertion-audience",
        says: "the audience of assertions is the text that domains share, with its slash",
        sources: &["IDCS-OAUTH-220"],
        look: assertion_audience,
    },
    Check {
        id: "same-domain",
        says: "a client is registered in the domain whose tokens its APIs take",
        sources: &["FUSION-101"],
        look: same_domain,
    },
    Check {
        id: "clients-of-apis",
        says: "every API is listed under the `scopes` of a client",
        sources: &[],
        look: named,
    },
    Check {
        id: "reach-domain",
        says: "a domain can be reached over TLS with a certificate that is trusted",
        sources: &["RFC 9110 s4.3.4"],
        look: reached_domain,
    },
    Check {
        id: "clock",
        says: "our clock and that of the domain agree, within what it allows",
        sources: &["RFC 9110 s6.6.1", "IDCS-OAUTH-224"],
        look: clock,
    },
    Check {
        id: "discovery",
        says: "the discovery document can be read, and its endpoints are at the domain's own host",
        sources: &["OpenID Connect Discovery 1.0 s4"],
        look: discovery,
    },
    Check {
        id: "issuer",
        says: "the issuer of documents and tokens is the one that the target file says",
        sources: &["OpenID Connect Discovery 1.0 s3", "RFC 7519 s4.1.1"],
        look: issuer,
    },
    Check {
        id: "token",
        says: "each client gets a token by each of its grants that needs no person",
        sources: &["IDCS-OAUTH-020", "IDCS-OAUTH-021"],
        look: granted,
    },
    Check {
        id: "token-claims",
        says: "a token says the audience, scope, client and user that were asked for",
        sources: &["RFC 9068 s2.2", "IDCS-OAUTH-325"],
        look: claims,
    },
    Check {
        id: "reach-api",
        says: "each API lets the token in, for a call that changes nothing",
        sources: &["RFC 6750 s3.1", "FUSION-002", "FUSION-320"],
        look: reached_api,
    },
    Check {
        id: "identity-echo",
        says: "Fusion names the user as the caller, and not the client",
        sources: &["FUSION-320", "FUSION-321"],
        look: echo,
    },
];

/// Looks at everything.
pub fn examine(visit: &Visit<'_>) -> Report {
    let mut findings: Vec<Finding> = CHECKS
        .iter()
        .flat_map(|check| {
            let found = (check.look)(visit).into_iter();
            found.map(|mut finding| {
                finding.check = check.id;
                if finding.state > State::Good {
                    let own = std::mem::take(&mut finding.sources);
                    finding.sources = check
                        .sources
                        .iter()
                        .map(|source| (*source).to_owned())
                        .chain(own)
                        .collect();
                }
                finding
            })
        })
        .collect();
    findings.extend(untried(visit));
    Report::new(&visit.cast.target().name, visit.now, findings)
}
