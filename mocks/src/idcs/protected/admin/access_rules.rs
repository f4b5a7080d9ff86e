//! Rules on where a request of administration goes and who may send it.

use crate::idcs::protected::admin::routes::{AdminRoute, Behind};
use crate::idcs::protected::facts::{ProtectedEndpoint, ProtectedRequest};
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denial, Denials, Rule, Verdict, grounds, guard};

/// The refusal of a caller without the role (IDCS-ADMIN-051, IDCS-ADMIN-901); its status is the switch `admin-no-role`.
const NOT_ALLOWED: Denials = Denials {
    rfc: Denial {
        status: 403,
        error: "insufficient_scope",
        description: "You are not authorized to perform this operation.",
    },
    oracle: Denial {
        status: 401,
        error: "access_denied",
        description: "You are not authorized to perform this operation.",
    },
};

/// The table.
pub static ACCESS_RULES: &[Rule<ProtectedEndpoint>] = &[
    guard::<ProtectedEndpoint>(
        "admin.known",
        "The path names an endpoint of administration that there is.",
        grounds(Confidence::Documented, &["IDCS-ADMIN-201", "IDCS-ADMIN-241"]),
        &["domain-token.present", "domain-token.signature"],
        &[
            Defect::skip(
                "nowhere",
                &["ADM-027"],
                "answers as if there were something at every path",
            ),
            other_status(&["ADM-027"]),
        ],
        |facts| match &facts.admin {
            None => Verdict::NotApplicable,
            Some(admin) if admin.route.is_some() => Verdict::Held,
            Some(_) => Verdict::violated("nowhere", "no endpoint of administration has this path"),
        },
        Denials::same(404, "", "There is nothing here."),
    ),
    guard::<ProtectedEndpoint>(
        "admin.method",
        "The endpoint takes this method; what it takes, `Allow` says.",
        grounds(
            Confidence::Documented,
            &["IDCS-ADMIN-241", "IDCS-ADMIN-336", "IDCS-ADMIN-361"],
        ),
        &["admin.known", "domain-token.present", "domain-token.signature"],
        &[
            Defect::skip(
                "other-method",
                &["ADM-027"],
                "takes methods that the endpoint does not have",
            ),
            Defect::reshape(
                "no-allow",
                &["ADM-027"],
                "refuses a method and does not say which there are",
                |answer| {
                    answer.remove_header("Allow");
                },
            ),
            other_status(&["ADM-027"]),
        ],
        |facts| match routed(facts) {
            None => Verdict::NotApplicable,
            Some(route) if route.takes(&facts.context.request.method) => Verdict::Held,
            Some(route) => Verdict::violated("other-method", format!("{} is taken here", route.allowed())),
        },
        Denials::same(405, "", "The method is not supported here."),
    ),
    guard::<ProtectedEndpoint>(
        "admin.role",
        "The caller holds a role of the domain that opens the endpoint for this method: the client, and the user too where there is one.",
        grounds(
            Confidence::Documented,
            &[
                "IDCS-ADMIN-501",
                "IDCS-ADMIN-521",
                "IDCS-ADMIN-522",
                "IDCS-ADMIN-523",
                "IDCS-ADMIN-524",
                "IDCS-ADMIN-526",
                "IDCS-ADMIN-C-10",
                "IDCS-ADMIN-C-14",
            ],
        ),
        &[
            "admin.method",
            "domain-token.present",
            "domain-token.signature",
            "domain-token.expiry",
            "domain-token.audience",
            "domain-token.client-active",
        ],
        &[
            Defect::skip(
                "no-role",
                &["ADM-003", "ROL-011"],
                "opens its administration to every client of the domain",
            ),
            Defect::skip("reader-writes", &["ADM-003"], "lets those write who may only read"),
            other_status(&["ADM-003"]),
        ],
        |facts| {
            // Where no token is there is nobody whose roles could be asked for; that is for another rule.
            let (Some(route), true) = (routed(facts), facts.token.is_some()) else {
                return Verdict::NotApplicable;
            };
            let method = facts.context.request.method.as_str();
            if method == "OPTIONS" {
                return Verdict::Held;
            }
            let roles = facts.roles();
            let has_one = |wanted: &[&str]| wanted.iter().any(|role| roles.contains(role));
            if has_one(route.roles(method)) {
                Verdict::Held
            } else if has_one(route.collection.readers) {
                Verdict::violated(
                    "reader-writes",
                    "the roles of the caller open this endpoint for reading only",
                )
            } else {
                Verdict::violated("no-role", "the caller holds no role that opens this endpoint")
            }
        },
        NOT_ALLOWED,
    ),
    guard::<ProtectedEndpoint>(
        "admin.me",
        "Who asks about themselves is a user: the token stands for one.",
        grounds(
            Confidence::Documented,
            &["IDCS-ADMIN-344", "IDCS-ADMIN-345", "IDCS-ADMIN-525"],
        ),
        &["admin.role"],
        &[
            Defect::skip(
                "no-user",
                &["ADM-004"],
                "makes up a user where a client asks for itself",
            ),
            other_status(&["ADM-004"]),
        ],
        |facts| match routed(facts).map(|route| route.collection.behind) {
            _ if facts.token.is_none() => Verdict::NotApplicable,
            Some(Behind::Me | Behind::MyApps) if facts.user().is_none() => {
                Verdict::violated("no-user", "the token stands for a client, not for a user")
            }
            Some(Behind::Me | Behind::MyApps) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        NOT_ALLOWED,
    ),
];

/// What a request of administration asks for, where there is such a thing.
pub(super) fn routed<'a>(facts: &'a ProtectedRequest) -> Option<&'a AdminRoute> {
    facts.admin.as_ref()?.route.as_ref()
}
