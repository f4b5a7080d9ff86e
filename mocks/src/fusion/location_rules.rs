//! The rule on where a request comes from (FUSION-222).
//!
//! The mocks see no networks, so a switch of the profile (`location-access`) says that the caller's is none of those that the pod takes.

use crate::fusion::facts::{PodEndpoint, PodRequest};
use crate::landscape::profile::switch;
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denial, Denials, Rule, Verdict, grounds, guard};

const ID: &str = "access.location";

/// The table.
pub static LOCATION_RULES: &[Rule<PodEndpoint>] = &[guard::<PodEndpoint>(
    ID,
    "The request comes from a network that the pod takes requests from (switch `location-access`).",
    grounds(Confidence::Documented, &["FUSION-222"]),
    &[],
    &[
        Defect::skip("elsewhere", &["ADF-042"], "takes requests from anywhere"),
        other_status(&["ADF-042"]),
    ],
    |facts| {
        if facts.landscape.profile.is(switch::LOCATION_ACCESS, "open") {
            Verdict::Held
        } else {
            Verdict::violated("elsewhere", "the pod does not take requests from the caller's network")
        }
    },
    Denials::same(403, "", "Access is not allowed from here."),
)];

/// The denial of a rule: that of this one has the status that the switch says.
pub fn denial(facts: &PodRequest, rule: &Rule<PodEndpoint>) -> Denial {
    let denial = *rule.denial.under(&facts.landscape.profile);
    if rule.info.id == ID && facts.landscape.profile.is(switch::LOCATION_ACCESS, "401") {
        return Denial { status: 401, ..denial };
    }
    denial
}
