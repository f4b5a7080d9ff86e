//! Rules of the API for developers beyond roles: records that are there, in the state that is wanted, and changes that say what they want.

use serde_json::Value;

use crate::landscape::connection::Policy;
use crate::oic::client;
use crate::oic::facts::{InstanceEndpoint, InstanceRequest};
use crate::oic::route::Route;
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};

/// The header field that makes a change of a `POST` (OIC-078, OIC-079).
pub const OVERRIDE: &str = "x-http-method-override";
/// The claims that a payload file must have (OIC-172).
const CLAIMS: [&str; 4] = ["iss", "sub", "aud", "exp"];

/// The table.
pub static DEVELOPER_RULES: &[Rule<InstanceEndpoint>] = &[
    guard::<InstanceEndpoint>(
        "oic.record-known",
        "The integration or connection that the path names is there, in the project that it names.",
        grounds(Confidence::Documented, &["OIC-045", "OIC-080", "OIC-081"]),
        &["oic.path-known", "oic.instance-named"],
        &[
            Defect::skip("unknown", &["INT-040"], "answers for records that there are not"),
            other_status(&["INT-040"]),
        ],
        |facts| {
            if facts.context.instance.is_none() {
                return Verdict::NotApplicable;
            }
            let is_there = match &facts.route {
                Route::Integration { .. } => facts.integration().is_some(),
                Route::Connection { .. } | Route::Test { .. } | Route::Consent => facts.connection().is_some(),
                _ => return Verdict::NotApplicable,
            };
            if is_there {
                Verdict::Held
            } else {
                Verdict::violated("unknown", "nothing of this id is there, or not in this project")
            }
        },
        Denials::same(404, "", "There is nothing of this id."),
    ),
    guard::<InstanceEndpoint>(
        "oic.file-subject",
        "The file server wants a person in the token.",
        grounds(Confidence::Documented, &["OIC-084"]),
        &["oic.path-known", "oic.token-claims"],
        &[
            Defect::skip("client", &["INT-072"], "opens the file server to client credentials"),
            other_status(&["INT-072"]),
        ],
        |facts| match (&facts.route, &facts.token) {
            (Route::Folders, Some(access)) if access.is_for_client() => Verdict::violated(
                "client",
                "the token stands for a client, and the file server wants a person",
            ),
            (Route::Folders, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(403, "", "The file server wants a person."),
    ),
    guard::<InstanceEndpoint>(
        "oic.override",
        "A POST that changes a record says PATCH in X-HTTP-Method-Override.",
        grounds(Confidence::Inferred, &["OIC-078", "OIC-079"]),
        &["oic.path-known"],
        &[
            Defect::skip("missing", &["INT-041"], "takes every POST for a change"),
            Defect::skip("other", &["INT-041"], "takes other methods for a change"),
            other_status(&["INT-041"]),
        ],
        |facts| {
            if !is_change(facts) {
                return Verdict::NotApplicable;
            }
            match facts.context.request.header(OVERRIDE) {
                Some(method) if method.eq_ignore_ascii_case("PATCH") => Verdict::Held,
                Some(_) => Verdict::violated("other", "X-HTTP-Method-Override is not PATCH"),
                None => Verdict::violated("missing", "X-HTTP-Method-Override is missing"),
            }
        },
        Denials::same(405, "", "The method is not allowed without an override."),
    ),
    guard::<InstanceEndpoint>(
        "oic.change-body",
        "A change is a JSON object that says what changes.",
        grounds(Confidence::Inferred, &["OIC-075", "OIC-078", "OIC-082"]),
        &["oic.override"],
        &[
            Defect::skip("no-object", &["INT-042"], "takes changes that are no JSON object"),
            Defect::skip("nothing", &["INT-042"], "takes changes that change nothing"),
            other_status(&["INT-042"]),
        ],
        |facts| {
            if !is_change(facts) {
                return Verdict::NotApplicable;
            }
            let Some(body) = &facts.body else {
                return Verdict::violated("no-object", "the body is no JSON object");
            };
            let changes = match &facts.route {
                Route::Integration { .. } => {
                    let status = body.text("status").value();
                    status.is_some_and(|status| is_status(&status))
                }
                _ => body.json("securityProperties").is_some_and(|list| list.is_array()),
            };
            if changes {
                Verdict::Held
            } else {
                Verdict::violated("nothing", "the body holds no status or properties that could be set")
            }
        },
        Denials::same(400, "", "The change cannot be read."),
    ),
    guard::<InstanceEndpoint>(
        "oic.record-free",
        "Nobody else is working on the record: it is not locked.",
        grounds(Confidence::Documented, &["OIC-045", "OIC-080"]),
        &["oic.record-known"],
        &[
            Defect::skip(
                "locked",
                &["INT-043"],
                "changes and tests what somebody else is working on",
            ),
            other_status(&["INT-043"]),
        ],
        |facts| {
            let is_locked = match &facts.route {
                Route::Integration { .. } if is_change(facts) => facts.integration().is_some_and(|known| known.locked),
                Route::Connection { .. } if is_change(facts) => facts.connection().is_some_and(|known| known.locked),
                Route::Test { .. } => facts.connection().is_some_and(|known| known.locked),
                _ => return Verdict::NotApplicable,
            };
            if is_locked {
                Verdict::violated("locked", "the record is locked")
            } else {
                Verdict::Held
            }
        },
        Denials::same(412, "", "The record is locked."),
    ),
    guard::<InstanceEndpoint>(
        "oic.state",
        "An integration is activated once, and deactivated once.",
        grounds(Confidence::Documented, &["OIC-045"]),
        &["oic.record-known", "oic.change-body"],
        &[
            Defect::skip("same", &["INT-044"], "activates what is activated"),
            other_status(&["INT-044"]),
        ],
        |facts| match (&facts.route, facts.integration(), wanted_status(facts)) {
            (Route::Integration { .. }, Some(integration), Some(wanted)) if is_change(facts) && is_status(&wanted) => {
                if facts.is_active(integration) == (wanted == "ACTIVATED") {
                    Verdict::violated("same", "the integration has this status already")
                } else {
                    Verdict::Held
                }
            }
            _ => Verdict::NotApplicable,
        },
        Denials::same(412, "", "The integration has this status already."),
    ),
    guard::<InstanceEndpoint>(
        "oic.configured",
        "A connection that is tested was filled in.",
        grounds(Confidence::Documented, &["OIC-080"]),
        &["oic.record-known"],
        &[
            Defect::skip(
                "unconfigured",
                &["INT-045"],
                "tests connections that were not filled in",
            ),
            other_status(&["INT-045"]),
        ],
        |facts| match (&facts.route, facts.connection()) {
            (Route::Test { .. }, Some(connection)) if !connection.configured => {
                Verdict::violated("unconfigured", "the connection was not filled in")
            }
            (Route::Test { .. }, Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(409, "", "The connection is not configured."),
    ),
    guard::<InstanceEndpoint>(
        "oic.payload-file",
        "The files of a JWT policy are JSON objects, and the payload has issuer, subject, audience and end.",
        grounds(Confidence::Documented, &["OIC-171", "OIC-172", "OIC-175"]),
        &["oic.record-known"],
        &[
            Defect::skip("no-json", &["INT-046"], "goes on with files that are no JSON"),
            Defect::skip(
                "claim-missing",
                &["INT-046"],
                "goes on with a payload that lacks a claim",
            ),
            Defect::overreach(
                "principal",
                &["INT-047"],
                "refuses a payload that names a principal too",
            ),
            other_status(&["INT-046"]),
        ],
        |facts| {
            let Some(outbound) = tested_by_assertion(facts) else {
                return Verdict::NotApplicable;
            };
            let Some((_, payload)) = client::files(outbound) else {
                return Verdict::violated("no-json", "a file of the policy is no JSON object");
            };
            match CLAIMS.iter().find(|name| !payload.contains_key(**name)) {
                Some(missing) => Verdict::violated("claim-missing", format!("the payload file lacks `{missing}`")),
                None => Verdict::Held,
            }
        },
        Denials::same(409, "", "The files of the connection's policy cannot be used."),
    )
    .beside(&[crate::rule::neighbour("principal", |facts| {
        let files = tested_by_assertion(facts).and_then(client::files);
        files.is_some_and(|(_, payload)| payload.contains_key("prn"))
    })]),
];

/// Whether a record is to be changed.
fn is_change(facts: &InstanceRequest) -> bool {
    matches!(facts.route, Route::Integration { .. } | Route::Connection { .. })
        && facts.context.request.method == "POST"
}

/// The status that an integration is to have.
pub fn wanted_status(facts: &InstanceRequest) -> Option<String> {
    facts.body.as_ref()?.text("status").value()
}

/// Whether an integration can be given this status.
fn is_status(text: &str) -> bool {
    matches!(text, "ACTIVATED" | "CONFIGURED")
}

/// The connection that is tested, where it is one by a user assertion.
fn tested_by_assertion<'a>(facts: &InstanceRequest<'a>) -> Option<&'a crate::landscape::connection::Outbound> {
    if !matches!(facts.route, Route::Test { .. }) {
        return None;
    }
    let outbound = facts.connection()?.as_outbound()?;
    matches!(outbound.policy, Policy::UserAssertion { .. }).then_some(outbound)
}

/// The secret among the properties of a change.
pub fn new_secret(facts: &InstanceRequest) -> Option<String> {
    let properties = facts.body.as_ref()?.json("securityProperties")?;
    let named = |property: &&Value| property["propertyName"] == "clientSecret";
    properties.as_array()?.iter().find(named)?["propertyValue"]
        .as_str()
        .map(str::to_owned)
}
