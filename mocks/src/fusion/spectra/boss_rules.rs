//! Rules and promises on business objects.

use serde_json::Value;

use crate::fusion::facts::{PodEndpoint, PodRequest, Route};
use crate::fusion::spectra::boss::{self, Wanted};
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_status};
use crate::rule::{Confidence, Denials, Rule, RuleInfo, Verdict, grounds, guard, promise};

fn is_asked(facts: &PodRequest) -> bool {
    matches!(&facts.route, Route::Spectra(asked) if asked.is_about_objects())
}

/// The table.
pub static BOSS_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "boss.security-tables",
        "Business objects open only while the pod's security tables are current (switch `security-tables`); after a refresh they are not.",
        grounds(Confidence::Observed, &["FUSION-026"]),
        &["path.known", "access.user-known"],
        &[
            Defect::skip(
                "stale",
                &["BOS-004"],
                "opens business objects by tables that are out of date",
            ),
            other_status(&["BOS-004"]),
            no_challenge(&["BOS-004"]),
        ],
        |facts| {
            if !is_asked(facts) {
                Verdict::NotApplicable
            } else if facts.landscape.profile.is(switch::SECURITY_TABLES, "stale") {
                Verdict::violated(
                    "stale",
                    "the security tables are stale: import resource and user security data, synchronize data privileges, refresh access control data",
                )
            } else {
                Verdict::Held
            }
        },
        Denials::same(401, "invalid_token", "The token is not acceptable."),
    ),
    guard::<PodEndpoint>(
        "boss.privilege",
        "The user has a privilege to read what the objects are of.",
        grounds(Confidence::Inferred, &["FUSION-401", "FUSION-325"]),
        &["path.known", "path.method", "access.user-known"],
        &[
            Defect::skip(
                "none",
                &["ROL-001", "BOS-003"],
                "shows business objects to users without the privilege",
            ),
            other_status(&["BOS-003"]),
        ],
        |facts| match facts.user() {
            Some(user) if is_asked(facts) => {
                if boss::resource()
                    .openings
                    .iter()
                    .any(|opening| user.has(opening.privilege))
                {
                    Verdict::Held
                } else {
                    Verdict::violated("none", "the user has not the privilege for these objects")
                }
            }
            _ => Verdict::NotApplicable,
        },
        Denials::same(403, "", "The user may not do this."),
    ),
    guard::<PodEndpoint>(
        "boss.query",
        "A filter compares an attribute that there is, fields are attributes, and what `$query` gets is a JSON object.",
        grounds(Confidence::Assumed, &["FUSION-325"]),
        &["path.known", "path.method", "boss.privilege"],
        &[
            Defect::skip("filter", &["BOS-005"], "passes over a filter that it cannot read"),
            Defect::skip("field", &["BOS-005"], "passes over fields that there are not"),
            Defect::skip("not-an-object", &["BOS-005"], "takes a query that is no JSON object"),
            other_status(&["BOS-005"]),
        ],
        |facts| {
            if !is_asked(facts) {
                return Verdict::NotApplicable;
            }
            match Wanted::read(facts).fault {
                Some(cause) => Verdict::violated(cause, "the filter, the fields or the body cannot be used"),
                None => Verdict::Held,
            }
        },
        Denials::same(400, "", "The query cannot be used."),
    ),
];

/// What is promised of an answer that grants.
pub static GRANT_PROMISES: &[RuleInfo] = &[promise(
    "boss.objects",
    "A user sees the objects that their data access covers, and of these the fields that were asked for.",
    grounds(Confidence::Inferred, &["FUSION-325", "FUSION-401"]),
    &[
        Defect::reshape("all", &["BOS-001"], "shows all objects to everybody", |answer| {
            if let Some(objects) = answer.hearsay.get("objects-of-all").cloned() {
                answer.set_member_if_there("objects", objects);
            }
        }),
        Defect::reshape(
            "whole",
            &["BOS-002"],
            "gives all fields whatever is asked for",
            |answer| {
                if let Some(Value::Array(objects)) = answer.hearsay.get("objects-whole").cloned() {
                    let count = answer.member("objects").and_then(Value::as_array).map_or(0, Vec::len);
                    let shown: Vec<Value> = objects.into_iter().take(count).collect();
                    answer.set_member_if_there("objects", Value::from(shown));
                }
            },
        ),
    ],
)];
