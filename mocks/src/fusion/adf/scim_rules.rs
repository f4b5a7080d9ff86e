//! Rules and promises on a pod's SCIM service: what is searched, found and written.

use serde_json::{Value, json};

use crate::fusion::adf::{Asked, scim};
use crate::fusion::facts::{PodEndpoint, PodRequest, Route};
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, RuleInfo, Verdict, grounds, guard, neighbour, promise};
use crate::wire::BODY_LIMIT;

fn asked<'a>(facts: &'a PodRequest) -> Option<&'a Asked> {
    match &facts.route {
        Route::Adf(asked @ (Asked::Users | Asked::User(_) | Asked::Roles | Asked::Role(_))) => Some(asked),
        _ => None,
    }
}

/// Whether the request brings a body that is written.
fn is_write(facts: &PodRequest) -> bool {
    let is_taken = asked(facts).is_some_and(|asked| asked.methods().contains(&facts.method()));
    is_taken && matches!(facts.method(), "POST" | "PUT" | "PATCH")
}

/// The table.
pub static SCIM_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "pod-scim.filter",
        "A filter can be read; names of attributes are compared without regard to letter case.",
        grounds(Confidence::Specified, &["FUSION-323", "FUSION-C-19"]),
        &["path.known", "path.method", "page.privilege"],
        &[
            Defect::skip("unreadable", &["ADF-037"], "passes over a filter that it cannot read"),
            Defect::overreach("other-case", &["ADF-037"], "knows attributes in one letter case only"),
            other_status(&["ADF-037"]),
        ],
        |facts| match asked(facts) {
            Some(asked @ (Asked::Users | Asked::Roles)) => match scim::filter(facts, asked) {
                Some(Err(())) => Verdict::violated("unreadable", "the filter cannot be read"),
                _ => Verdict::Held,
            },
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "", "The filter cannot be read."),
    )
    .beside(&[neighbour("other-case", |facts| {
        let query = facts.request.query.as_deref().unwrap_or_default();
        asked(facts).is_some() && (query.contains("username") || query.contains("USERNAME"))
    })]),
    guard::<PodEndpoint>(
        "pod-scim.known",
        "The user or the role exists.",
        grounds(Confidence::Assumed, &["FUSION-323", "FUSION-316"]),
        &["path.known", "path.method", "page.privilege"],
        &[
            Defect::skip("user", &["ADF-038"], "answers for users whom there are not"),
            Defect::skip("role", &["ADF-038"], "answers for roles that there are not"),
            other_status(&["ADF-038"]),
        ],
        |facts| match asked(facts) {
            Some(Asked::User(id)) if scim::user_of(facts.pod, id).is_none() => {
                Verdict::violated("user", "there is no such user")
            }
            Some(Asked::Role(id)) if scim::role_of(facts.pod, id).is_none() => {
                Verdict::violated("role", "there is no such role")
            }
            Some(Asked::User(_) | Asked::Role(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(404, "", "There is nothing here."),
    ),
    guard::<PodEndpoint>(
        "pod-scim.body",
        "What is written is a JSON object; a new user has a name, and members of a role are users.",
        grounds(Confidence::Assumed, &["FUSION-323", "FUSION-316"]),
        &["path.known", "path.method", "page.privilege", "pod-scim.known"],
        &[
            Defect::skip("too-large", &["ADF-039"], "reads a body of any size"),
            Defect::skip("not-an-object", &["ADF-039"], "takes a body that is no JSON object"),
            Defect::skip("no-user-name", &["ADF-039"], "makes users without a name"),
            Defect::skip("unknown-member", &["ADF-039"], "passes over members who are not there"),
            other_status(&["ADF-039"]),
        ],
        |facts| {
            if !is_write(facts) {
                return Verdict::NotApplicable;
            }
            if facts.request.body.len() > BODY_LIMIT {
                return Verdict::violated("too-large", "the body is larger than 1 MiB");
            }
            let Some(body) = &facts.body else {
                return Verdict::violated("not-an-object", "the body is not a JSON object");
            };
            let has_name = body
                .text("userName")
                .value()
                .is_some_and(|name| !name.trim().is_empty());
            match asked(facts) {
                Some(Asked::Users) if !has_name => Verdict::violated("no-user-name", "`userName` is missing or empty"),
                Some(Asked::Role(_)) => {
                    let is_user = |member: &Value| {
                        let id = member["value"].as_str();
                        id.is_some_and(|id| scim::user_of(facts.pod, id).is_some())
                    };
                    if scim::members(body).iter().all(is_user) {
                        Verdict::Held
                    } else {
                        Verdict::violated("unknown-member", "a member is no user of this pod")
                    }
                }
                _ => Verdict::Held,
            }
        },
        Denials::same(400, "", "The body cannot be used."),
    ),
    guard::<PodEndpoint>(
        "pod-scim.unique",
        "No two users have one name, whatever its letter case.",
        grounds(Confidence::Assumed, &["FUSION-218", "FUSION-323"]),
        &["pod-scim.body"],
        &[
            Defect::skip("taken", &["ADF-040"], "makes a user in place of another one"),
            other_status(&["ADF-040"]),
        ],
        |facts| match (asked(facts), facts.method()) {
            (Some(Asked::Users), "POST") => {
                let name = facts.body.as_ref().and_then(|body| body.text("userName").value());
                let name = name.unwrap_or_default().to_lowercase();
                if facts.pod.users.keys().any(|known| known.to_lowercase() == name) {
                    Verdict::violated("taken", "there is a user of this name")
                } else {
                    Verdict::Held
                }
            }
            _ => Verdict::NotApplicable,
        },
        Denials::same(409, "", "There is a user of this name."),
    ),
];

/// What is promised of an answer that grants.
pub static GRANT_PROMISES: &[RuleInfo] = &[promise(
    "pod-scim.list",
    "A search gives those who match, in the draft form of SCIM.",
    grounds(Confidence::Observed, &["FUSION-323"]),
    &[
        Defect::reshape(
            "everybody",
            &["ADF-036"],
            "gives everybody whatever is searched",
            |answer| {
                if let Some(everybody) = answer.hearsay.get("everybody").cloned() {
                    answer.set_member_if_there("Resources", everybody);
                }
            },
        ),
        Defect::reshape(
            "newer-schema",
            &["ADF-041"],
            "names the schema of the finished standard",
            |answer| {
                if let Some(Value::Array(mut found)) = answer.member("Resources").cloned() {
                    for user in &mut found {
                        user["schemas"] = json!(["urn:ietf:params:scim:schemas:core:2.0:User"]);
                    }
                    answer.set_member("Resources", Value::from(found));
                }
            },
        ),
    ],
)];
