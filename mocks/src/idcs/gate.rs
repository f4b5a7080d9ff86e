//! What holds of every request to a domain before its endpoint is asked, and of every answer: how many are taken, whether anything is there,
//! and the header fields that stand in all of them.

use crate::answer::Answer;
use crate::decide::Decision;
use crate::idcs::protected::answers::scim_error;
use crate::idcs::protected::{admin, key_set};
use crate::idcs::rate_limit::{self, Counted};
use crate::idcs::{Context, ENDPOINTS, Endpoint, error, no_store, protected};
use crate::rule::defect::{Active, Defect};
use crate::rule::misreport::other_status;
use crate::rule::ruling::{Promises, settle};
use crate::rule::{Confidence, Denials, Kind, Rule, RuleInfo, Tables, Verdict, grounds, guard, promise};
use crate::state::Effect;

/// The longest id of a request that is given back, in characters. The vendor's clients send 32 (IDCS-ADMIN-721).
const REQUEST_ID_LIMIT: usize = 128;

/// The kind of request that a domain looks at before any endpoint does: every one.
#[derive(Debug)]
pub struct AtTheGate;

impl Kind for AtTheGate {
    type Facts<'a> = Arrival<'a>;
}

/// What is known of a request on arrival.
#[derive(Debug)]
pub struct Arrival<'a> {
    /// What is asked, where and when.
    pub context: Context<'a>,
    /// The count of requests like it.
    pub counted: Counted,
    /// What decides about it; `None` where nothing is at its path.
    pub endpoint: Option<fn(&Context, &Active) -> Decision>,
}

impl<'a> Arrival<'a> {
    fn read(context: &Context<'a>) -> Self {
        let path = context.request.path.as_str();
        let named = ENDPOINTS.iter().find(|endpoint| endpoint.path == path);
        let named = named.map(|endpoint: &Endpoint| endpoint.decide);
        let is_administration = path.starts_with(admin::routes::PREFIX);
        Self {
            context: *context,
            counted: rate_limit::count(context),
            endpoint: named.or(is_administration.then_some(protected::decide)),
        }
    }

    fn is_administrative(&self) -> bool {
        self.context.request.path.starts_with(admin::routes::PREFIX)
    }
}

/// The table.
pub static GATE_TABLES: Tables<AtTheGate> = &[&[LIMIT, PATH]];

const LIMIT: Rule<AtTheGate> = guard::<AtTheGate>(
    "domain.limit",
    "No more requests are taken in a second and in a minute than the type of the domain allows the group of endpoints, the keys being in that of \
     signing in.",
    grounds(
        Confidence::Documented,
        &[
            "IDCS-OAUTH-122",
            "IDCS-OAUTH-605",
            "IDCS-OAUTH-724",
            "IDCS-ADMIN-005",
            "IDCS-ADMIN-243",
            "IDCS-ADMIN-611",
            "IDCS-ADMIN-612",
            "IDCS-ADMIN-910",
        ],
    ),
    &[],
    &[
        Defect::skip("too-many", &["WIR-001"], "takes any number of requests"),
        Defect::reshape("no-wait", &["WIR-001"], "does not say how long to wait", |answer| {
            answer.remove_header("Retry-After")
        }),
        other_status(&["WIR-001"]),
    ],
    |arrival| match &arrival.counted {
        Counted::NotLimited => Verdict::NotApplicable,
        Counted::Taken(_) => Verdict::Held,
        Counted::TooMany(wait) => Verdict::violated(
            "too-many",
            format!("one request too many; in {wait} s there is room again"),
        ),
    },
    Denials::same(429, "too_many_requests", "Too many requests. Try again later."),
);

const PATH: Rule<AtTheGate> = guard::<AtTheGate>(
    "domain.path",
    "The path names an endpoint of the domain: tokens are at `/oauth2/v1/token`, the keys at `/admin/v1/SigningCert/jwk`, and nowhere else.",
    grounds(
        Confidence::Documented,
        &["IDCS-OAUTH-009", "IDCS-OAUTH-103", "IDCS-OAUTH-C-02", "IDCS-ADMIN-004"],
    ),
    &[],
    &[
        Defect::skip(
            "nowhere",
            &["WIR-002"],
            "answers as if there were something at every path",
        ),
        other_status(&["WIR-002"]),
    ],
    |arrival| match arrival.endpoint {
        Some(_) => Verdict::Held,
        None => Verdict::violated("nowhere", "a domain has no endpoint at this path"),
    },
    Denials::same(404, "invalid_request", "There is nothing here."),
);

/// What is promised of every answer of a domain.
pub static GATE_PROMISES: &[RuleInfo] = &[
    promise(
        "answer.trace",
        "Every answer says under which ids it is found in the logs; under administration it also gives back the id that the request named.",
        grounds(
            Confidence::Documented,
            &["IDCS-ADMIN-601", "IDCS-ADMIN-604", "IDCS-OAUTH-055", "IDCS-OAUTH-057"],
        ),
        &[
            Defect::reshape(
                "no-context",
                &["WIR-003"],
                "leaves out the context id's companion",
                |answer| {
                    answer.remove_header("X-ORACLE-DMS-RID");
                },
            ),
            Defect::reshape("no-request-id", &["WIR-004"], "does not name the request", |answer| {
                answer.remove_header("opc-request-id");
            }),
        ],
    ),
    promise(
        "answer.not-kept",
        "No cache keeps what administration answers, and nobody guesses at its type; of the keys nothing is said.",
        grounds(Confidence::Inferred, &["IDCS-ADMIN-602", "IDCS-ADMIN-912"]),
        &[
            Defect::reshape(
                "cacheable",
                &["WIR-005"],
                "lets caches keep what administration answers",
                |answer| {
                    if answer.header_value("opc-request-id").is_some() {
                        answer.remove_header("Cache-Control");
                    }
                },
            ),
            Defect::reshape("guessable", &["WIR-005"], "lets browsers guess at the type", |answer| {
                if answer.header_value("opc-request-id").is_some() {
                    answer.remove_header("X-Content-Type-Options");
                }
            }),
        ],
    ),
];

/// Decides a request to a domain.
pub fn decide(context: &Context, active: &Active) -> Decision {
    let arrival = Arrival::read(context);
    let promises = Promises {
        refused: &[GATE_PROMISES],
        granted: &[GATE_PROMISES],
    };
    let refuse = |rule: &Rule<AtTheGate>, _: &mut Vec<Effect>| accompanied(&arrival, refusal(&arrival, rule));
    let mut inner = None;
    let grant = |effects: &mut Vec<Effect>| {
        if let Counted::Taken(counted) = &arrival.counted {
            effects.extend(counted.iter().cloned());
        }
        // A defect that lets requests through to nowhere answers with nothing in particular.
        let Some(endpoint) = arrival.endpoint else {
            return accompanied(&arrival, Answer::object(200, Vec::new()));
        };
        let mut decision = endpoint(context, active);
        let answer = std::mem::replace(&mut decision.answer, Answer::empty(500));
        inner = Some(decision);
        accompanied(&arrival, answer)
    };
    let ruling = settle(GATE_TABLES, &arrival, active, promises, refuse, grant);
    let Some(decision) = inner else {
        let name = match arrival.counted {
            Counted::TooMany(_) => "too many requests",
            _ => "nowhere",
        };
        return Decision::of(name, ruling, None, None);
    };
    let mut judgement = decision.judgement;
    judgement.verdicts.extend(ruling.judgement.verdicts);
    Decision {
        answer: ruling.answer,
        judgement,
        promised: [decision.promised, ruling.promised].concat(),
        effects: decision.effects.into_iter().chain(ruling.effects).collect(),
        ..decision
    }
}

fn refusal(arrival: &Arrival, rule: &Rule<AtTheGate>) -> Answer {
    let denial = rule.denial.under(&arrival.context.landscape.profile);
    let answer = if arrival.is_administrative() {
        scim_error(denial.status, denial.error, denial.description)
    } else {
        error(denial, arrival.context.env)
    };
    match &arrival.counted {
        // Not documented, but what RFC 6585 section 4 foresees.
        Counted::TooMany(wait) if denial.status == 429 => answer.header("Retry-After", wait.to_string()),
        _ => answer,
    }
}

/// An answer with the header fields that go with every one (IDCS-ADMIN-601 to IDCS-ADMIN-604).
fn accompanied(arrival: &Arrival, mut answer: Answer) -> Answer {
    let Context { env, request, .. } = arrival.context;
    answer.set_header("X-ORACLE-DMS-RID", "0");
    if !arrival.is_administrative() {
        return answer;
    }
    let id = |label: &str| env.draw_id(label);
    let theirs = request.header("opc-request-id").filter(|theirs| is_request_id(theirs));
    let theirs = theirs.map_or_else(|| id("request id of nobody").to_uppercase(), str::to_owned);
    answer.set_header(
        "opc-request-id",
        format!("{theirs}/{}", id("request id").to_uppercase()),
    );
    answer.set_header("X-Content-Type-Options", "nosniff");
    if request.path != key_set::PATH {
        no_store(&mut answer);
    }
    answer
}

/// Whether an id may be given back: short, and nothing that could end a header field.
fn is_request_id(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'/');
    (1..=REQUEST_ID_LIMIT).contains(&text.len()) && text.bytes().all(is_plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_that_could_be_more_than_an_id_is_not_given_back() {
        assert!(is_request_id("0123456789ABCDEF0123456789ABCDEF"));
        for other in ["", "a b", "a\r\nSet-Cookie: b", "ü", &"a".repeat(REQUEST_ID_LIMIT + 1)] {
            assert!(!is_request_id(other), "{other:?}");
        }
    }
}
