//! Rules and promises on the audit history of a pod, and on the sign-in audit that is gone.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::fusion::adf::Asked;
use crate::fusion::adf::audit::{Search, Wins};
use crate::fusion::facts::{PodEndpoint, Route};
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, RuleInfo, Verdict, grounds, guard, neighbour, promise};

/// The table.
pub static AUDIT_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "audit.parameters",
        "A search of the audit history has a beginning, a product and a window of a month at most, in the query or in the body.",
        grounds(
            Confidence::Documented,
            &["FUSION-410", "FUSION-411", "FUSION-415", "FUSION-C-15"],
        ),
        &["path.known", "path.method", "page.privilege"],
        &[
            Defect::skip("no-from-date", &["AUD-005"], "searches without a beginning"),
            Defect::skip("no-product", &["AUD-005"], "searches all products at once"),
            Defect::skip("no-date", &["AUD-005"], "passes over dates that it cannot read"),
            Defect::skip("window", &["AUD-006"], "searches longer than a month"),
            Defect::skip("no-number", &["AUD-007"], "passes over pages that it cannot read"),
            Defect::overreach("query", &["AUD-008"], "wants its parameters in the body"),
            other_status(&["AUD-005"]),
        ],
        |facts| match &facts.route {
            Route::Adf(Asked::AuditHistory) => match Search::read(facts, Wins::Body).fault() {
                Some((cause, detail)) => Verdict::violated(cause, detail),
                None => Verdict::Held,
            },
            _ => Verdict::NotApplicable,
        },
        Denials::same(400, "", "The parameters cannot be used."),
    )
    .beside(&[neighbour("query", |facts| {
        matches!(facts.route, Route::Adf(Asked::AuditHistory)) && facts.request.body.is_empty()
    })]),
    guard::<PodEndpoint>(
        "sign-in-audit.moved",
        "The sign-in audit is gone since people sign in at the identity domain: its records are in the audit of the cloud.",
        grounds(Confidence::Documented, &["FUSION-416", "FUSION-C-16"]),
        &["path.known", "path.method"],
        &[
            Defect::skip("gone", &["AUD-011"], "answers for a sign-in audit that records nothing any more"),
            other_status(&["AUD-011"]),
        ],
        |facts| match &facts.route {
            Route::Adf(Asked::SignInAudit) => Verdict::violated("gone", "sign-ins are recorded by the identity domain"),
            _ => Verdict::NotApplicable,
        },
        Denials::same(404, "", "There is nothing here any more."),
    ),
];

fn show(answer: &mut Answer, hearsay: &str) {
    if let Some(records) = answer.hearsay.get(hearsay).cloned() {
        answer.set_member_if_there("auditData", records);
    }
}

/// Puts the clients of the records where `member` says.
fn name_clients(answer: &mut Answer, member: &str) {
    let clients = answer.hearsay.get("audit-clients").cloned();
    let (Some(Value::Array(mut records)), Some(Value::Array(clients))) = (answer.member("auditData").cloned(), clients)
    else {
        return;
    };
    for (record, client) in records.iter_mut().zip(clients) {
        record[member] = client;
    }
    answer.set_member("auditData", Value::from(records));
}

/// What is promised of the history.
pub static GRANT_PROMISES: &[RuleInfo] = &[
    promise(
        "audit.user",
        "A record names the user whose token a change came with, and says nothing of the client.",
        grounds(
            Confidence::Documented,
            &["FUSION-408", "FUSION-412", "FUSION-U-25", "FUSION-U-26"],
        ),
        &[
            Defect::reshape(
                "client-as-user",
                &["AUD-001"],
                "names the client in place of the user",
                |answer| {
                    name_clients(answer, "userInternalName");
                },
            ),
            Defect::reshape("client-too", &["AUD-010"], "has a column for the client", |answer| {
                name_clients(answer, "clientId");
            }),
        ],
    ),
    promise(
        "audit.search",
        "The history shows what was searched, of what was switched on, page by page.",
        grounds(
            Confidence::Observed,
            &[
                "FUSION-410",
                "FUSION-411",
                "FUSION-413",
                "FUSION-414",
                "FUSION-415",
                "FUSION-C-15",
            ],
        ),
        &[
            Defect::reshape(
                "everything",
                &["AUD-003"],
                "shows everything whatever is searched",
                |answer| {
                    show(answer, "audit-of-all");
                },
            ),
            Defect::reshape(
                "what-is-off",
                &["AUD-009"],
                "records what was not switched on",
                |answer| {
                    let is_empty = answer.member("auditData") == Some(&json!([]));
                    if is_empty {
                        show(answer, "audit-of-what-is-off");
                    }
                },
            ),
            Defect::reshape("unpaged", &["AUD-007"], "shows all pages at once", |answer| {
                show(answer, "audit-unpaged");
            }),
            Defect::reshape(
                "query-wins",
                &["AUD-008"],
                "believes the query before the body",
                |answer| {
                    show(answer, "audit-query-wins");
                },
            ),
            Defect::reshape(
                "otherwise-detailed",
                &["AUD-004"],
                "shows details to those who want none",
                |answer| show(answer, "audit-otherwise-detailed"),
            ),
        ],
    ),
    promise(
        "audit.setup",
        "The setup says which objects are switched on.",
        grounds(Confidence::Documented, &["FUSION-413", "FUSION-414"]),
        &[Defect::reshape(
            "all-on",
            &["AUD-012"],
            "says that everything is audited",
            |answer| {
                if let Some(Value::Array(mut objects)) = answer.member("auditSetup").cloned() {
                    for object in &mut objects {
                        object["auditStatus"] = json!("ON");
                    }
                    answer.set_member("auditSetup", Value::from(objects));
                }
                if answer.has_member("auditStatus") {
                    answer.set_member("auditStatus", json!("ON"));
                }
            },
        )],
    ),
];
