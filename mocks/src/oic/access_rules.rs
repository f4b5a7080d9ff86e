//! Rules on whether scope and roles open what is asked. Roles are those of the directory of the domain at this second; what a token claims
//! of roles counts for nothing (OIC-134).

use crate::landscape::UserStatus;
use crate::landscape::instance::{DEVELOPER_SCOPE, Holder, INSTANCE_ROLES, Power, RUN_SCOPE};
use crate::landscape::profile::switch;
use crate::oic::facts::{InstanceEndpoint, InstanceRequest, opens};
use crate::oic::route::Route;
use crate::rule::defect::Defect;
use crate::rule::misreport::{no_challenge, other_code, other_status};
use crate::rule::token;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard, neighbour};

const UNKNOWN_CALLER: Denials = Denials::same(401, "invalid_token", "The caller is not known here.");
/// The status follows the switch `oic-no-role`.
const NO_ROLE: Denials = Denials::same(401, "", "The caller has no role on this instance.");
const WEAK_ROLE: Denials = Denials::same(403, "", "The caller's roles do not open this.");

/// The rules whose denial has the status of the switch `oic-no-role`.
pub const ROLE_HELD_RULES: [&str; 2] = ["oic.client-role-held", "oic.user-role-held"];

/// The table.
pub static ACCESS_RULES: &[Rule<InstanceEndpoint>] = &[
    guard::<InstanceEndpoint>(
        "oic.scope",
        "The token's scope has the value for the purpose as a whole word, in its letter case and without a host.",
        grounds(
            Confidence::Observed,
            &[
                "OIC-030", "OIC-110", "OIC-112", "OIC-114", "OIC-115", "OIC-203", "OIC-C-02",
            ],
        ),
        &["oic.token-claims"],
        &[
            Defect::skip("missing", &["SCP-016"], "takes tokens without a scope"),
            Defect::skip("empty", &["SCP-016"], "takes tokens with an empty scope"),
            Defect::skip("other", &["SCP-013"], "takes any scope"),
            Defect::skip(
                "other-purpose",
                &["SCP-013", "INT-011", "ORA-177"],
                "takes the scope of the other purpose",
            ),
            Defect::skip(
                "part-of-it",
                &["SCP-014"],
                "takes a scope that only begins or ends right",
            ),
            Defect::skip("other-case", &["SCP-015"], "reads scopes without regard to letter case"),
            Defect::skip("qualified", &["INT-012"], "takes a scope with a host in front"),
            Defect::skip("not-text", &["SCP-017"], "looks for the scope inside other types"),
            Defect::overreach("both", &["ORA-102", "INT-013"], "wants no other scope beside its own"),
            Defect::overreach(
                "either",
                &["ORA-177"],
                "wants the scope for the purpose where the switch says that either will do",
            ),
            Defect::overreach(
                "third-party",
                &["INT-073"],
                "wants a scope of tokens that a third party signed",
            ),
            Defect::overreach(
                "one-integration",
                &["ORA-189", "INT-014"],
                "lets a scope open one integration only",
            ),
            other_code(&["SCP-018"]),
            other_status(&["SCP-018"]),
            no_challenge(&["SCP-018"]),
        ],
        scope,
        Denials::same(403, "insufficient_scope", "The token's scope does not open this."),
    )
    .beside(&[
        neighbour("both", |facts| {
            let scope = facts.token.as_ref().and_then(|access| access.token.text("scope"));
            scope.is_some_and(|scope| scope.contains(' '))
        }),
        neighbour("either", |facts| {
            let scope = facts.token.as_ref().and_then(|access| access.token.text("scope"));
            let other = match &facts.route {
                Route::Run { .. } => DEVELOPER_SCOPE,
                _ => RUN_SCOPE,
            };
            scope.as_deref() == Some(other) && facts.context.landscape.profile.is(switch::OIC_SCOPE_PURPOSE, "either")
        }),
        neighbour("third-party", |facts| {
            let scope = facts.token.as_ref().map(|access| access.token.text("scope"));
            facts.is_by_third_party() && scope.is_some_and(|scope| scope.as_deref() != Some(RUN_SCOPE))
        }),
        neighbour("one-integration", |facts| {
            facts.token.is_some() && matches!(&facts.route, Route::Run { code, .. } if code == "STATUS")
        }),
    ]),
    guard::<InstanceEndpoint>(
        "oic.client-known",
        "The client of the token is an application of the domain, and active.",
        grounds(Confidence::Inferred, &["OIC-134", "OIC-137", "OIC-149"]),
        &["oic.token-claims"],
        &[
            Defect::skip("missing", &["INT-015"], "takes tokens that name no client"),
            Defect::skip(
                "unknown",
                &["INT-015"],
                "takes tokens of clients that the domain does not have",
            ),
            Defect::skip(
                "inactive",
                &["INT-015"],
                "takes tokens of applications that are switched off",
            ),
            other_status(&["INT-015"]),
        ],
        |facts| {
            let is_asked = facts.is_guarded() && !facts.is_by_third_party();
            let Some(access) = facts.token.as_ref().filter(|_| is_asked) else {
                return Verdict::NotApplicable;
            };
            match (access.token.text("client_id"), access.client) {
                (None, _) if !access.token.lacks_claim("client_id") => Verdict::NotApplicable,
                (None, _) => Verdict::violated("missing", "`client_id` is missing"),
                (Some(_), None) => Verdict::violated("unknown", "`client_id` is no application of the domain"),
                (Some(_), Some(app)) if !app.active => Verdict::violated("inactive", "the application is not active"),
                _ => Verdict::Held,
            }
        },
        UNKNOWN_CALLER,
    ),
    guard::<InstanceEndpoint>(
        "oic.user-known",
        "The subject is a user of the domain, unless the token stands for a client.",
        grounds(Confidence::Inferred, &["OIC-030", "OIC-133", "OIC-136"]),
        &["oic.token-claims", "oic.token-claim-types"],
        &[
            Defect::skip("missing", &["RSV-044"], "takes tokens of nobody"),
            Defect::skip("unknown", &["ROL-014"], "lets users in that the domain does not have"),
            other_status(&["ROL-014"]),
        ],
        |facts| {
            let Some(access) = facts.token.as_ref().filter(|_| facts.is_guarded()) else {
                return Verdict::NotApplicable;
            };
            match (access.token.text("sub"), access.user) {
                (None, _) if access.token.lacks_claim("sub") => Verdict::violated("missing", "`sub` is missing"),
                (Some(_), None) if !access.is_for_client() => {
                    Verdict::violated("unknown", "`sub` is no user of the domain")
                }
                (Some(_), _) => Verdict::Held,
                (None, _) => Verdict::NotApplicable,
            }
        },
        UNKNOWN_CALLER,
    ),
    guard::<InstanceEndpoint>(
        "oic.user-active",
        "The user may sign in.",
        grounds(Confidence::Assumed, &["OIC-134"]),
        &["oic.user-known"],
        &[Defect::skip(
            "inactive",
            &["RSV-054"],
            "lets users in who were deactivated",
        )],
        |facts| match facts.user() {
            Some(user) if user.status != UserStatus::Active => {
                Verdict::violated("inactive", "the user is locked or deactivated in the domain")
            }
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        UNKNOWN_CALLER,
    ),
    guard::<InstanceEndpoint>(
        "oic.client-role-held",
        "The client holds a role on the application of this instance.",
        grounds(
            Confidence::Documented,
            &[
                "OIC-050", "OIC-052", "OIC-134", "OIC-147", "OIC-148", "OIC-203", "OIC-C-03",
            ],
        ),
        &["oic.client-known"],
        &[
            Defect::skip("none", &["ROL-006", "ORA-018"], "lets clients in that hold no role"),
            Defect::skip(
                "at-another-instance",
                &["ROL-008"],
                "takes the roles on another instance",
            ),
            Defect::skip(
                "on-another-application",
                &["ORA-173", "INT-016"],
                "takes roles wherever they were given",
            ),
            other_status(&["ORA-018", "INT-017"]),
        ],
        |facts| {
            facts
                .client()
                .map_or(Verdict::NotApplicable, |app| held(facts, Holder::App(app)))
        },
        NO_ROLE,
    ),
    guard::<InstanceEndpoint>(
        "oic.user-role-held",
        "The user behind a token or password holds a role on the application of this instance.",
        grounds(
            Confidence::Inferred,
            &["OIC-030", "OIC-050", "OIC-134", "OIC-203", "OIC-C-03"],
        ),
        &["oic.user-known"],
        &[
            Defect::skip("none", &["ROL-007", "ORA-019"], "lets users in that hold no role"),
            Defect::skip(
                "at-another-instance",
                &["ROL-008"],
                "takes the roles on another instance",
            ),
            other_status(&["ORA-019", "INT-017"]),
        ],
        |facts| {
            facts
                .user()
                .map_or(Verdict::NotApplicable, |user| held(facts, Holder::User(user)))
        },
        NO_ROLE,
    ),
    guard::<InstanceEndpoint>(
        "oic.client-role-opens",
        "A role of the client opens what is asked.",
        grounds(
            Confidence::Documented,
            &[
                "OIC-053", "OIC-141", "OIC-142", "OIC-143", "OIC-145", "OIC-146", "OIC-C-01",
            ],
        ),
        &["oic.client-role-held"],
        &[
            Defect::skip(
                "run",
                &["ORA-171", "INT-018"],
                "lets clients run integrations that may only watch",
            ),
            Defect::skip(
                "view",
                &["ORA-172", "INT-018"],
                "lets clients see integrations that may only run them",
            ),
            Defect::skip(
                "change",
                &["ROL-009", "INT-018"],
                "lets clients change integrations that may only see them",
            ),
            Defect::skip(
                "test",
                &["ROL-009", "INT-018"],
                "lets clients test connections that may not",
            ),
            Defect::overreach(
                "invoker-only",
                &["INT-019"],
                "lets nobody run integrations but ServiceInvoker",
            ),
            other_status(&["INT-018"]),
        ],
        |facts| {
            facts
                .client()
                .map_or(Verdict::NotApplicable, |app| opened(facts, Holder::App(app)))
        },
        WEAK_ROLE,
    )
    .beside(&[neighbour("invoker-only", |facts| {
        facts.power() == Some(Power::Run)
            && facts
                .client()
                .is_some_and(|app| !facts.roles_of(Holder::App(app)).contains(&"ServiceInvoker"))
    })]),
    guard::<InstanceEndpoint>(
        "oic.user-role-opens",
        "A role of the user opens what is asked.",
        grounds(Confidence::Inferred, &["OIC-141", "OIC-142", "OIC-143", "OIC-145"]),
        &["oic.user-role-held"],
        &[
            Defect::skip(
                "run",
                &["ROL-007", "INT-018"],
                "lets users run integrations who may only watch",
            ),
            other_status(&["INT-018"]),
        ],
        |facts| {
            facts
                .user()
                .map_or(Verdict::NotApplicable, |user| opened(facts, Holder::User(user)))
        },
        WEAK_ROLE,
    ),
];

fn scope(facts: &InstanceRequest) -> Verdict {
    let Some(claims) = facts.token.as_ref().and_then(|access| access.token.claims()) else {
        return Verdict::NotApplicable;
    };
    let (wanted, other) = match &facts.route {
        Route::Run { .. } if facts.is_by_third_party() => return Verdict::Held,
        Route::Run { .. } => (RUN_SCOPE, DEVELOPER_SCOPE),
        route if route.is_for_developers() => (DEVELOPER_SCOPE, RUN_SCOPE),
        _ => return Verdict::NotApplicable,
    };
    if !claims.has("scope") {
        return Verdict::violated("missing", "`scope` is missing");
    }
    let Some(scope) = claims.text("scope").value() else {
        return Verdict::violated("not-text", "`scope` is not a text");
    };
    let words = || scope.split(' ').filter(|word| !word.is_empty());
    let is_either = facts.context.landscape.profile.is(switch::OIC_SCOPE_PURPOSE, "either");
    if words().any(|word| word == wanted || (is_either && word == other)) {
        return Verdict::Held;
    }
    let cause = if words().next().is_none() {
        "empty"
    } else if words().any(|word| word == other) {
        "other-purpose"
    } else if words().any(|word| word.eq_ignore_ascii_case(wanted)) {
        "other-case"
    } else if words().any(|word| word.starts_with("https://") && word.ends_with(wanted)) {
        "qualified"
    } else if words().any(|word| word.starts_with(wanted) || word.ends_with(wanted)) {
        "part-of-it"
    } else {
        "other"
    };
    Verdict::violated(cause, format!("`scope` does not hold the word `{wanted}`"))
}

/// Whether somebody holds any role on the instance, and if not, where they hold one instead.
fn held<'a>(facts: &InstanceRequest<'a>, holder: Holder<'a>) -> Verdict {
    let (Some(domain), Some(instance), Some(_)) = (facts.domain, facts.context.instance, facts.power()) else {
        return Verdict::NotApplicable;
    };
    let is_known = |role: &&str| INSTANCE_ROLES.iter().any(|known| known.name == *role);
    let on = |app: &str| domain.roles_on(app, holder).iter().any(is_known);
    if on(&instance.app) {
        return Verdict::Held;
    }
    let mut instances = facts.context.landscape.instances.values();
    if instances.any(|other| on(&other.app)) {
        return Verdict::violated("at-another-instance", "the caller's roles are on another instance");
    }
    if domain.apps.values().any(|app| on(&app.guid)) {
        return Verdict::violated(
            "on-another-application",
            "the caller's roles are on another application than that of the instance",
        );
    }
    Verdict::violated("none", format!("the caller holds no role on `{}`", instance.name))
}

/// Whether the client came by its role on the instance after its token was made, or in the same second (OIC-260).
pub fn is_role_newer_than_token(facts: &InstanceRequest) -> bool {
    let (Some(access), Some(app), Some(domain), Some(instance)) =
        (&facts.token, facts.client(), facts.domain, facts.context.instance)
    else {
        return false;
    };
    let issued = access.token.time("iat");
    let mut grants = domain.directory.grants.values();
    grants.any(|grant| {
        grant.to == app.guid
            && grant.app == instance.app
            && issued.is_some_and(|issued| token::seconds(grant.meta.created) >= issued)
    })
}

fn opened<'a>(facts: &InstanceRequest<'a>, holder: Holder<'a>) -> Verdict {
    let Some(power) = facts.power() else {
        return Verdict::NotApplicable;
    };
    let roles = facts.roles_of(holder);
    if roles.is_empty() {
        // What nobody holds opens nothing; that it is not held, another rule says.
        return Verdict::NotApplicable;
    }
    if opens(&roles, power) {
        return Verdict::Held;
    }
    let (cause, enough) = match power {
        Power::Run => ("run", "ServiceInvoker or ServiceUser"),
        Power::View => ("view", "ServiceUser or ServiceViewer"),
        Power::Test => ("test", "ServiceUser"),
        Power::Change => ("change", "ServiceDeveloper"),
    };
    Verdict::violated(
        cause,
        format!("{} does not open this; {enough} would", roles.join(", ")),
    )
}
