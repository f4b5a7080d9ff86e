//! Rules on clients that show a certificate on the channel: the grant `tls_client_auth` (IDCS-OAUTH-032, RFC 8705 section 2.2).
//!
//! A carrier proves that the client holds the key behind its certificate, and nobody vouches for the certificate itself: it has to be one
//! that was imported. Under other grants a certificate means nothing, and nobody looks at it.

use aws_lc_rs::digest;

use crate::idcs::facts::{Grant, TokenEndpoint, TokenRequest};
use crate::jose::base64url;
use crate::landscape::App;
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

const INVALID_CLIENT: Denials = Denials::same(401, "invalid_client", "Client authentication failed.");

/// The table.
pub static CERTIFICATE_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "certificate.shown",
        "Who asks by certificate shows one on the channel, and names its client.",
        grounds(
            Confidence::Documented,
            &["IDCS-OAUTH-032", "IDCS-OAUTH-726", "IDCS-OAUTH-C-05"],
        ),
        &["grant.known", "client.one-method"],
        &[
            Defect::skip(
                "none",
                &["MTL-001"],
                "gives tokens to clients that show no certificate where one is wanted",
            ),
            Defect::skip("nameless", &["MTL-005"], "takes a certificate without a client id"),
            other_code(&["MTL-001"]),
            other_status(&["MTL-001"]),
        ],
        |facts| match facts.grant {
            Some(Grant::TlsClient) if facts.client.methods() == 0 => {
                Verdict::violated("none", "no certificate is shown on the channel")
            }
            Some(Grant::TlsClient) if facts.client.shows_certificate && facts.client.body_id.is_none() => {
                Verdict::violated("nameless", "`client_id` is missing")
            }
            Some(Grant::TlsClient) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        INVALID_CLIENT,
    ),
    guard::<TokenEndpoint>(
        "certificate.imported",
        "The certificate is one that was imported on the client's application, byte for byte.",
        grounds(Confidence::Documented, &["IDCS-OAUTH-032", "IDCS-OAUTH-726"]),
        &["certificate.shown", "client.known"],
        &[
            Defect::skip("unknown", &["MTL-002"], "takes any certificate"),
            Defect::skip("other-client", &["MTL-003"], "takes the certificates of other clients"),
            other_code(&["MTL-002"]),
            other_status(&["MTL-002"]),
        ],
        |facts| {
            let (Some(app), Some(shown)) = (facts.client.app, shown(facts)) else {
                return Verdict::NotApplicable;
            };
            let has_it = |app: &App| app.certificates.iter().any(|own| own.x5t_s256 == shown);
            if has_it(app) {
                Verdict::Held
            } else if facts.context.domain.apps.values().any(has_it) {
                Verdict::violated("other-client", "the certificate was imported on another application")
            } else {
                Verdict::violated("unknown", "no application has this certificate")
            }
        },
        INVALID_CLIENT,
    ),
];

/// The thumbprint of the certificate that counts for something.
fn shown(facts: &TokenRequest) -> Option<String> {
    let der = facts.context.request.client_certificate.as_deref()?;
    let counts = facts.client.shows_certificate;
    counts.then(|| base64url(digest::digest(&digest::SHA256, der).as_ref()))
}
