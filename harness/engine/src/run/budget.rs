//! What a run may cost a target: the limits of its file, those that hold where the file says nothing, and those of the plan.

use std::time::Duration;

use crate::scenario::model::PlanFile;
use crate::system::{GuardRules, digest_of_secret};
use crate::target::Target;

/// The time between two calls beyond this machine, where the target file says nothing.
pub const PAUSE: Duration = Duration::from_millis(500);
/// The most requests of a run beyond this machine, where the target file says nothing.
pub const REQUESTS: u64 = 400;
/// The most refused token requests for one client or user beyond this machine, where the target file says nothing.
pub const REFUSED_LOGINS: u64 = 25;

/// The plan that is run beyond this machine unless another one is asked for.
pub const DEFAULT_PLAN: &str = "go-live";
/// The name for all that there is.
pub const FULL_PLAN: &str = "full";

/// What may be sent to a target.
///
/// On this machine only what the file says counts. Beyond it there is always a budget, and a plan can only make it smaller.
pub fn rules(target: &Target, plan: Option<&PlanFile>) -> GuardRules {
    let is_beyond = target.hosts_beyond_loopback().next().is_some();
    let limits = &target.limits;
    let usual = |limit: Option<u64>, usual: u64| limit.or(is_beyond.then_some(usual));
    let least = |one: Option<u64>, other: Option<u64>| one.into_iter().chain(other).min();
    // An entry that is like another one but for a fault may be refused as often as it is asked for.
    let own = target.clients.values().filter(|client| client.likeness.is_none());
    let secrets = own.filter_map(|client| {
        let secret = client.secret.as_ref()?.resolve().ok()?;
        Some(digest_of_secret(&client.id, secret.expose()))
    });
    GuardRules {
        secrets: secrets.collect(),
        hosts: target.hosts.clone(),
        pause: match &limits.pause {
            Some(pause) => **pause,
            None if is_beyond => PAUSE,
            None => Duration::ZERO,
        },
        requests: least(usual(limits.requests, REQUESTS), plan.map(|plan| plan.requests)),
        refused_of_one: usual(limits.refused_logins, REFUSED_LOGINS),
        refused: plan.map(|plan| plan.refused_token_requests),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::Period;

    fn target(host: &str, requests: Option<u64>) -> Target {
        let mut target = Target {
            hosts: vec![host.to_owned()],
            ..Target::default()
        };
        target.limits.requests = requests;
        target
    }

    fn plan() -> PlanFile {
        let text = "{ format: 1, plan: small, title: t, requests: 60, refused-token-requests: 15, select: [] }";
        serde_saphyr::from_str(text).unwrap()
    }

    #[test]
    fn beyond_this_machine_there_is_always_a_budget() {
        let there = rules(&target("a.example", None), None);
        assert_eq!(
            (there.pause, there.requests, there.refused_of_one),
            (PAUSE, Some(400), Some(25))
        );
        let here = rules(&target("127.0.0.1", None), None);
        assert_eq!(
            (here.pause, here.requests, here.refused_of_one),
            (Duration::ZERO, None, None)
        );
    }

    #[test]
    fn the_smaller_limit_counts() {
        for (of_file, expected) in [(None, 60), (Some(400), 60), (Some(7), 7)] {
            let rules = rules(&target("a.example", of_file), Some(&plan()));
            assert_eq!((rules.requests, rules.refused), (Some(expected), Some(15)));
        }
        let mut slow = target("a.example", None);
        slow.limits.pause = Some(Period(Duration::from_secs(2)));
        assert_eq!(rules(&slow, None).pause, Duration::from_secs(2));
    }
}
