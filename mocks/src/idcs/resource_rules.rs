//! Rules on the service that a token request names beside its scopes (RFC 8707, OIC-121).
//!
//! Identity domains know the parameter since October 2026, at the token endpoint; of the authorization endpoint nothing is said, and there it
//! is passed over. What follows from it for the scopes is in [`super::scopes`].

use crate::idcs::facts::{TokenEndpoint, TokenRequest};
use crate::rule::defect::Defect;
use crate::rule::misreport::{other_code, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

const INVALID_TARGET: Denials = Denials::same(400, "invalid_target", "The requested resource is invalid.");

/// The table.
pub static RESOURCE_RULES: &[Rule<TokenEndpoint>] = &[
    guard::<TokenEndpoint>(
        "resource.form",
        "`resource` is an absolute address without a fragment.",
        grounds(Confidence::Specified, &["OIC-121"]),
        &["grant.known"],
        &[
            Defect::skip("relative", &["SCP-010"], "takes a part of an address for a service").unobservable(NO_SUCH),
            Defect::skip("fragment", &["SCP-010"], "passes over the fragment of an address").unobservable(NO_SUCH),
            other_code(&["SCP-010"]),
        ],
        |facts| match facts.target.as_ref().map(|target| target.text.as_str()) {
            None => Verdict::NotApplicable,
            Some(text) if text.contains('#') => Verdict::violated("fragment", "`resource` has a fragment"),
            Some(text) if !is_absolute(text) => Verdict::violated("relative", "`resource` is no absolute address"),
            Some(_) => Verdict::Held,
        },
        INVALID_TARGET,
    ),
    guard::<TokenEndpoint>(
        "resource.known",
        "`resource` is the audience of a resource of the domain.",
        grounds(Confidence::Specified, &["OIC-121"]),
        &["resource.form"],
        &[
            Defect::skip("unknown", &["SCP-009"], "passes over a service that it does not know"),
            other_code(&["SCP-009"]),
            other_status(&["SCP-009"]),
        ],
        |facts| match &facts.target {
            None => Verdict::NotApplicable,
            Some(target) if target.resource.is_none() => {
                Verdict::violated("unknown", "no resource of the domain has this audience")
            }
            Some(_) => Verdict::Held,
        },
        INVALID_TARGET,
    ),
    guard::<TokenEndpoint>(
        "resource.of-scopes",
        "The scopes are of the resource that `resource` names.",
        grounds(Confidence::Inferred, &["OIC-121"]),
        &["resource.known", "scope.known"],
        &[
            Defect::skip(
                "of-another",
                &["SCP-021", "RTR-019"],
                "gives a token for the service of the scopes, though another one is named",
            ),
            other_code(&["SCP-021"]),
        ],
        |facts| match facts.target.as_ref().and_then(|target| target.resource) {
            None => Verdict::NotApplicable,
            Some(named) if has_scope_of_another(facts, &named.audience) => {
                Verdict::violated("of-another", "a scope is of another resource than the one named")
            }
            Some(_) => Verdict::Held,
        },
        INVALID_TARGET,
    ),
];

/// Why nobody sees that the form of an address is not looked at.
const NO_SUCH: &str = "no resource has such an audience, so the next rule gives no token either";

/// Whether a text begins with a scheme and goes on behind it (RFC 3986 section 4.3).
fn is_absolute(text: &str) -> bool {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|first: char| first.is_ascii_alphabetic())
            && scheme
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'.'))
    };
    text.split_once(':')
        .is_some_and(|(scheme, rest)| is_scheme(scheme) && !rest.is_empty())
}

fn has_scope_of_another(facts: &TokenRequest, audience: &str) -> bool {
    let of = facts.scopes.iter().filter_map(|scope| scope.resource.as_ref());
    of.into_iter().any(|(resource, _)| resource.audience != audience)
}
