//! Rules on how a request to an instance passes its credentials, and which instance it means.

use crate::landscape::connection::TriggerPolicy;
use crate::oic::facts::{InstanceEndpoint, InstanceRequest};
use crate::oic::route::{Place, Route};
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_status};
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

const NO_CREDENTIALS: Denials = Denials::same(401, "", "Credentials are needed.");

/// The table.
pub static CREDENTIAL_RULES: &[Rule<InstanceEndpoint>] = &[
    guard::<InstanceEndpoint>(
        "oic.credential-present",
        "A token stands in the Authorization header field as a bearer token and nowhere else, or Basic credentials stand there.",
        grounds(Confidence::Assumed, &["OIC-027", "OIC-200"]),
        &[],
        &[
            Defect::skip("none", &["RSV-002", "RSV-057"], "answers without any credentials"),
            Defect::skip("other-scheme", &["RSV-007"], "takes other schemes for bearer"),
            Defect::skip("query", &["RSV-009"], "takes a token out of the query"),
            Defect::skip("form-body", &["RSV-010"], "takes a token out of a form body"),
            no_challenge(&["RSV-002"]),
            other_status(&["RSV-002"]),
            Defect::overreach("scheme-in-other-case", &["RSV-006"], "knows the scheme in one letter case only"),
        ],
        |facts| match facts.bearer.absent {
            _ if !facts.is_guarded() => Verdict::NotApplicable,
            Some(cause) if facts.basic.is_none() => {
                Verdict::violated(cause, "no credentials stand in the Authorization header field")
            }
            _ => Verdict::Held,
        },
        NO_CREDENTIALS,
    )
    .beside(&[neighbour("scheme-in-other-case", |facts| {
        let field = facts.context.request.header("authorization");
        facts.bearer.absent.is_none() && field.is_some_and(|value| !value.starts_with("Bearer"))
    })]),
    guard::<InstanceEndpoint>(
        "oic.credential-once",
        "There is one Authorization header field.",
        grounds(Confidence::Specified, &["OIC-027"]),
        &[],
        &[Defect::skip("several", &["RSV-011"], "takes whichever of two Authorization fields works")],
        |facts| {
            if facts.bearer.is_doubled && facts.is_guarded() {
                Verdict::violated("several", "there are two Authorization header fields")
            } else {
                Verdict::Held
            }
        },
        Denials::same(400, "invalid_request", "There is more than one Authorization header field."),
    ),
    guard::<InstanceEndpoint>(
        "oic.credential-form",
        "The field holds the scheme, a blank and one token of bounded length.",
        grounds(Confidence::Specified, &["OIC-027"]),
        &["oic.credential-present"],
        &[
            Defect::skip("tab", &["RSV-012"], "takes a tab for a blank"),
            Defect::skip("comma", &["RSV-012"], "passes over a trailing comma"),
            Defect::skip("empty", &["RSV-012"], "takes an empty token"),
            Defect::skip("too-long", &["RSV-055"], "reads tokens of any length"),
        ],
        |facts| match facts.bearer.fault {
            Some(cause) if facts.is_guarded() => Verdict::violated(
                cause,
                "the Authorization header field is not a scheme, a blank and a token",
            ),
            _ => Verdict::Held,
        },
        Denials::same(400, "invalid_request", "The Authorization header field cannot be read."),
    ),
    guard::<InstanceEndpoint>(
        "oic.instance-named",
        "At the design host the query names an instance of its region.",
        grounds(Confidence::Observed, &["OIC-003", "OIC-008", "OIC-054"]),
        &[],
        &[
            Defect::skip("missing", &["INT-010"], "goes on without knowing for which instance"),
            Defect::skip("unknown", &["INT-010"], "goes on with an instance that there is not"),
            Defect::skip("of-another-region", &["INT-010"], "answers for the instances of other regions"),
            other_status(&["INT-010"]),
        ],
        instance_named,
        Denials::same(400, "", "No instance of this region is named by integrationInstance."),
    ),
    guard::<InstanceEndpoint>(
        "oic.credential-kind",
        "The credentials are of a kind that the trigger takes; the API for developers takes tokens only.",
        grounds(Confidence::Documented, &["OIC-024", "OIC-025", "OIC-056", "OIC-070", "OIC-261"]),
        &["oic.credential-present"],
        &[
            Defect::skip("token-at-basic", &["ORA-175", "INT-001"], "takes tokens where a trigger wants passwords"),
            Defect::skip("basic-at-oauth", &["ORA-175", "INT-001"], "takes passwords where a trigger wants tokens"),
            Defect::skip("basic-for-developers", &["ORA-176", "INT-001"], "opens the API for developers to passwords"),
            Defect::overreach(
                "either",
                &["INT-002"],
                "takes no tokens at a trigger that takes both",
            ),
            other_status(&["ORA-175", "INT-001"]),
        ],
        kind,
        Denials::same(401, "", "These credentials are not accepted here."),
    )
    .beside(&[neighbour("either", |facts| {
        facts.basic.is_none()
            && facts
                .trigger()
                .is_some_and(|trigger| trigger.policy == TriggerPolicy::Either)
    })]),
    guard::<InstanceEndpoint>(
        "oic.password",
        "Basic credentials are a user's of the domain, who signs in without a second factor.",
        grounds(Confidence::Documented, &["OIC-024", "OIC-026", "OIC-055"]),
        &["oic.credential-present"],
        &[
            Defect::skip("wrong", &["INT-003"], "takes wrong passwords"),
            Defect::skip("unknown", &["INT-003"], "takes the names of users that there are not"),
            Defect::skip("second-factor", &["INT-070"], "takes a password alone of users with a second factor"),
            other_status(&["INT-003"]),
        ],
        |facts| match &facts.basic {
            Some(basic) if basic.user.is_none() => Verdict::violated("unknown", "there is no user of this name"),
            Some(basic) if !basic.is_right => Verdict::violated("wrong", "the password is not this user's"),
            Some(basic) if basic.user.is_some_and(|user| user.second_factor) => {
                Verdict::violated("second-factor", "the user signs in with a second factor")
            }
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        Denials::same(401, "", "The credentials are not right."),
    ),
];

fn instance_named(facts: &InstanceRequest) -> Verdict {
    if facts.context.place == Place::Runtime {
        return Verdict::NotApplicable;
    }
    if facts.context.instance.is_some() {
        return Verdict::Held;
    }
    match facts.query.value("integrationInstance") {
        None => Verdict::violated("missing", "`integrationInstance` is missing"),
        Some(name) => {
            let mut instances = facts.context.landscape.instances.values();
            if instances.any(|instance| instance.name == name) {
                Verdict::violated(
                    "of-another-region",
                    "`integrationInstance` names an instance of another region",
                )
            } else {
                Verdict::violated("unknown", "`integrationInstance` names no instance")
            }
        }
    }
}

fn kind(facts: &InstanceRequest) -> Verdict {
    let is_basic = facts.basic.is_some();
    match (&facts.route, facts.trigger().map(|trigger| trigger.policy)) {
        (Route::Run { .. }, Some(TriggerPolicy::Basic)) if !is_basic => Verdict::violated(
            "token-at-basic",
            "the trigger takes passwords only: its policy is Basic Authentication",
        ),
        (Route::Run { .. }, Some(TriggerPolicy::OAuth | TriggerPolicy::ThirdParty)) if is_basic => Verdict::violated(
            "basic-at-oauth",
            "the trigger takes tokens only: its policy is OAuth 2.0",
        ),
        (Route::Run { .. }, Some(_)) => Verdict::Held,
        (route, _) if route.is_for_developers() && is_basic => {
            Verdict::violated("basic-for-developers", "the API for developers takes tokens only")
        }
        (route, _) if route.is_for_developers() => Verdict::Held,
        _ => Verdict::NotApplicable,
    }
}
