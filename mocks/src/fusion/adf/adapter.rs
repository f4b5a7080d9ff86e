//! What the adapter for ERP Cloud asks of a pod when its connection is tested: the catalogue of services, and that of events (FUSION-406).
//!
//! That the test fails without the rights to both is known (OIC-222), and that it says 401 then. Which addresses the adapter asks is not:
//! these two are assumed, and so is what they answer.

use serde_json::json;

use crate::answer::{Answer, Slot};
use crate::fusion::adf::Asked;
use crate::fusion::facts::{PodEndpoint, PodRequest, Route};
use crate::landscape::{EVENTS_ROLE, SERVICE_CATALOGUE_PRIVILEGE};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, Denial, Denials, Rule, Verdict, grounds, guard};

/// Where services are listed.
pub const SERVICES_PATH: &str = "/fscmService/ServiceCatalogService";
/// Where events are listed.
pub const EVENTS_PATH: &str = "/soa-infra/events";

/// A missing right is a 401 here, as the adapter tells it.
const NO_RIGHT: Denials = Denials {
    rfc: Denial {
        status: 403,
        error: "",
        description: "The user may not do this.",
    },
    oracle: Denial {
        status: 401,
        error: "",
        description: "The user may not do this.",
    },
};

/// The table.
pub static ADAPTER_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "adapter.catalogue-privilege",
        "The catalogue of services opens to users with the privilege FND_MANAGE_CATALOG_SERVICE_PRIV.",
        grounds(Confidence::Observed, &["FUSION-406", "OIC-221", "OIC-222"]),
        &["path.known", "path.method", "access.user-known"],
        &[Defect::skip(
            "none",
            &["INT-067"],
            "shows the catalogue of services to users without its privilege",
        )],
        |facts| match asked(facts) {
            Some(Asked::ServiceCatalogue) => held(
                facts,
                SERVICE_CATALOGUE_PRIVILEGE,
                "the user has not the privilege of the catalogue of services",
            ),
            _ => Verdict::NotApplicable,
        },
        NO_RIGHT,
    ),
    guard::<PodEndpoint>(
        "adapter.events-role",
        "The events open to users with the role SOAOperator.",
        grounds(Confidence::Observed, &["FUSION-406", "OIC-221", "OIC-222"]),
        &["path.known", "path.method", "access.user-known"],
        &[Defect::skip(
            "none",
            &["INT-067"],
            "shows the events to users without their role",
        )],
        |facts| match asked(facts) {
            Some(Asked::EventCatalogue) => held(facts, EVENTS_ROLE, "the user has not the role of events"),
            _ => Verdict::NotApplicable,
        },
        NO_RIGHT,
    ),
];

fn asked<'a>(facts: &'a PodRequest) -> Option<&'a Asked> {
    match &facts.route {
        Route::Adf(asked) => Some(asked),
        _ => None,
    }
}

fn held(facts: &PodRequest, right: &str, lacks: &'static str) -> Verdict {
    match facts.user() {
        Some(user) if !user.has(right) => Verdict::violated("none", lacks),
        Some(_) => Verdict::Held,
        None => Verdict::NotApplicable,
    }
}

/// What stands in either catalogue.
pub fn catalogue(asked: &Asked) -> Answer {
    let name = match asked {
        Asked::ServiceCatalogue => "ErpIntegrationService",
        _ => "ErpIntegrationInboundEvent",
    };
    let mut answer = Answer::object(200, vec![("items", Slot::Value(json!([{ "name": name }])))]);
    answer.set_header("Content-Type", "application/json;charset=utf-8");
    answer
}
