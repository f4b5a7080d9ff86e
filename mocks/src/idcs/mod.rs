//! The identity domain: its endpoints, and how each decides.

pub mod about_token;
pub mod assertion_facts;
pub mod assertion_rules;
pub mod certificate_rules;
pub mod claim_promises;
pub mod client_assertion_rules;
pub mod client_facts;
pub mod client_rules;
pub mod code_rules;
pub mod discovery;
pub mod exchange_facts;
pub mod exchange_promises;
pub mod exchange_rules;
pub mod facts;
pub mod gate;
pub mod grant;
pub mod loopback;
pub mod pages;
pub mod person;
pub mod person_promises;
pub mod person_rules;
pub mod presented;
pub mod promises;
pub mod protected;
pub mod rate_limit;
pub mod refresh_rules;
pub mod refusal_promises;
pub mod request_rules;
pub mod request_signature;
pub mod resource_rules;
pub mod scim;
pub mod scope_rules;
pub mod scopes;
pub mod session_token;
pub mod token_endpoint;
pub mod tokens;

use serde_json::Value;

use crate::answer::{Answer, Slot};
use crate::decide::Decision;
use crate::env::Env;
use crate::landscape::{Domain, Landscape};
use crate::rule::defect::Active;
use crate::rule::{Denial, Rule, RuleInfo, Tables};
use crate::state::State;
use crate::wire::Request;

/// What a decision about a request to a domain rests on.
#[derive(Clone, Copy, Debug)]
pub struct Context<'a> {
    /// Everything there is.
    pub landscape: &'a Landscape,
    /// What happened before.
    pub state: &'a State,
    /// The time and entropy of the request.
    pub env: &'a Env,
    /// The domain that is asked.
    pub domain: &'a Domain,
    /// The request.
    pub request: &'a Request,
}

/// An endpoint of a domain.
#[derive(Debug)]
pub struct Endpoint {
    /// Its path, whole.
    pub path: &'static str,
    /// How it decides.
    pub decide: fn(&Context, &Active) -> Decision,
}

/// The endpoints of a domain.
pub static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        path: token_endpoint::PATH,
        decide: token_endpoint::decide,
    },
    Endpoint {
        path: person::authorize::PATH,
        decide: person::authorize::decide,
    },
    Endpoint {
        path: person::forms::SIGN_IN_PATH,
        decide: person::forms::decide_sign_in,
    },
    Endpoint {
        path: person::forms::CONSENT_PATH,
        decide: person::forms::decide_consent,
    },
    Endpoint {
        path: person::device::PATH,
        decide: person::device::decide,
    },
    Endpoint {
        path: person::forms::DEVICE_PATH,
        decide: person::forms::decide_device,
    },
    Endpoint {
        path: person::sign_out::PATH,
        decide: person::sign_out::decide,
    },
    Endpoint {
        path: about_token::introspection::PATH,
        decide: about_token::decide,
    },
    Endpoint {
        path: about_token::revocation::PATH,
        decide: about_token::decide,
    },
    Endpoint {
        path: protected::key_set::PATH,
        decide: protected::decide,
    },
    Endpoint {
        path: protected::user_info::PATH,
        decide: protected::decide,
    },
    Endpoint {
        path: discovery::PATH,
        decide: discovery::decide,
    },
    Endpoint {
        path: discovery::OAUTH_PATH,
        decide: discovery::decide,
    },
    Endpoint {
        path: discovery::PLATFORM_PATH,
        decide: discovery::decide,
    },
];

/// What can be told about every rule of the domain.
pub fn catalogue() -> impl Iterator<Item = &'static RuleInfo> {
    infos(gate::GATE_TABLES)
        .chain(gate::GATE_PROMISES)
        .chain(infos(token_endpoint::TOKEN_TABLES))
        .chain(infos(person::authorize::AUTHORIZATION_TABLES))
        .chain(infos(person::form_rules::ALL_FORM_TABLES))
        .chain(infos(person::device::DEVICE_TABLES))
        .chain(infos(person::sign_out::SIGN_OUT_TABLES))
        .chain(promises::GRANT_PROMISES)
        .chain(claim_promises::CLAIM_PROMISES)
        .chain(exchange_promises::EXCHANGE_PROMISES)
        .chain(refusal_promises::REFUSAL_PROMISES)
        .chain(person_promises::PERSON_PROMISES)
        .chain(person::front_channel::FRONT_CHANNEL_PROMISES)
        .chain(infos(about_token::ALL_TABLES))
        .chain(about_token::introspection::INTROSPECTION_PROMISES)
        .chain(infos(protected::PROTECTED_TABLES))
        .chain(protected::PROMISES.iter().copied().flatten())
        .chain(infos(discovery::DISCOVERY_TABLES))
        .chain(discovery::DISCOVERY_PROMISES)
}

fn infos<K: crate::rule::Kind>(tables: Tables<K>) -> impl Iterator<Item = &'static RuleInfo> {
    tables
        .iter()
        .copied()
        .flatten()
        .map(|rule: &'static Rule<K>| &rule.info)
}

/// Decides a request to a domain.
pub fn decide(context: &Context, active: &Active) -> Decision {
    gate::decide(context, active)
}

/// An error in the form of the OAuth endpoints (IDCS-OAUTH-101).
pub(crate) fn error(denial: &Denial, env: &Env) -> Answer {
    Answer::object(
        denial.status,
        vec![
            ("error", Slot::Value(Value::from(denial.error))),
            ("error_description", Slot::Value(Value::from(denial.description))),
            ("ecid", Slot::Value(Value::from(env.draw_ecid()))),
        ],
    )
}

/// Says that no cache keeps the answer (IDCS-OAUTH-055).
pub(crate) fn no_store(answer: &mut Answer) {
    answer.set_header("Cache-Control", "no-cache, no-store, must-revalidate");
    answer.set_header("Pragma", "no-cache");
    answer.set_header("Expires", "Sat, 01 Jan 2000 00:00:00 GMT");
}
