//! Rules on a user assertion: the JWT that stands for the user in the JWT bearer grant (RFC 7523 section 3).
//!
//! Each subject has a table and a file of its own; `idcs::TOKEN_TABLES` has them in order. Here is what they share: how a refusal looks,
//! and how a question is put to the assertion.

pub mod audience;
pub mod form;
pub mod issuer;
pub mod subject;
pub mod validity;

use crate::idcs::facts::TokenRequest;
use crate::rule::token::SignedToken;
use crate::rule::{Denial, Denials, Verdict};

const INVALID_GRANT: Denial = Denial {
    status: 400,
    error: "invalid_grant",
    description: "The assertion is not acceptable.",
};
const REFUSED: Denials = Denials {
    rfc: INVALID_GRANT,
    oracle: INVALID_GRANT,
};
/// Parse and signature faults were seen as `invalid_request` (IDCS-OAUTH-134).
const UNREADABLE: Denials = Denials {
    rfc: INVALID_GRANT,
    oracle: Denial {
        status: 400,
        error: "invalid_request",
        description: "The assertion or its signature cannot be verified.",
    },
};
/// Faults of the key look-up were seen as `invalid_client` (IDCS-OAUTH-124).
const NO_KEY: Denials = Denials {
    rfc: INVALID_GRANT,
    oracle: Denial {
        status: 401,
        error: "invalid_client",
        description: "A system error has occurred.",
    },
};

/// Asks this of the assertion; where there is none, the question does not arise.
fn on(facts: &TokenRequest, check: fn(&SignedToken) -> Verdict) -> Verdict {
    facts
        .assertion
        .as_ref()
        .map_or(Verdict::NotApplicable, |assertion| check(&assertion.token))
}

/// Whether there is an assertion of which this is true.
fn has(facts: &TokenRequest, what: impl Fn(&SignedToken) -> bool) -> bool {
    facts.assertion.as_ref().is_some_and(|assertion| what(&assertion.token))
}
