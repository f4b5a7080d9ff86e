//! How many requests a domain takes in a second and in a minute (IDCS-OAUTH-605, IDCS-ADMIN-611, IDCS-ADMIN-612).
//!
//! The limits are of a group of endpoints and of the type of the domain. A domain without a type, as in the reference landscape,
//! has those of the switch `request-limits`, which is off.
//! Windows are those of the clock: a second, and a minute that begins with a whole one.

use crate::idcs::{Context, about_token, person, protected, token_endpoint};
use crate::landscape::profile::switch;
use crate::landscape::{DomainType, Landscape};
use crate::state::{Effect, Key, Kind, Thing};

/// Endpoints that share a limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Group {
    Authentication,
    Tokens,
    Bulk,
    Others,
}

/// The group of paths that are not of administration.
const GROUPS: [(&str, Group); 8] = [
    (person::authorize::PATH, Group::Authentication),
    (person::sign_out::PATH, Group::Authentication),
    (person::forms::CONSENT_PATH, Group::Authentication),
    (protected::key_set::PATH, Group::Authentication),
    (token_endpoint::PATH, Group::Tokens),
    (about_token::introspection::PATH, Group::Tokens),
    (about_token::revocation::PATH, Group::Tokens),
    (person::device::PATH, Group::Tokens),
];

/// Where administration begins.
const ADMINISTRATION: &str = "/admin/v1/";
/// Several changes at once.
const BULK: &str = "/admin/v1/Bulk";

/// The figures: for each group and type of domain how many in a second, and how many in a minute. In the order of [`DomainType::ALL`].
const FIGURES: [(Group, [(u32, u32); 5]); 4] = [
    (
        Group::Authentication,
        [(10, 150), (50, 1000), (80, 2100), (95, 4500), (90, 3100)],
    ),
    (
        Group::Tokens,
        [(10, 150), (40, 1000), (50, 1700), (65, 3400), (60, 2300)],
    ),
    (Group::Bulk, [(5, 200); 5]),
    (
        Group::Others,
        [(20, 150), (50, 1500), (55, 1750), (90, 5000), (80, 4000)],
    ),
];

/// What becomes of a request, as far as limits go.
#[derive(Debug)]
pub enum Counted {
    /// Nothing limits it.
    NotLimited,
    /// It is taken, and counted so.
    Taken(Vec<Effect>),
    /// It is one too many, and in so many seconds there is room again. What is refused is not counted.
    TooMany(u64),
}

/// Counts a request against the limits of its group.
pub fn count(context: &Context) -> Counted {
    let Context {
        landscape,
        state,
        env,
        domain,
        request,
        ..
    } = *context;
    let kind = domain.limited_as.or_else(|| of_profile(landscape));
    let (Some(kind), Some(group)) = (kind, group_of(&request.path)) else {
        return Counted::NotLimited;
    };
    let (in_second, in_minute) = figures(group, kind);
    let mut effects = Vec::new();
    for (length, limit) in [(1, in_second), (60, in_minute)] {
        let begin = env.now - env.now % length;
        let end = begin + length - 1;
        let key = Key::new(Kind::Requests, &domain.host, &format!("{group:?} {length} {begin}"));
        let kept = state.get(&key, env.now);
        let count = match kept.map(|kept| &kept.thing) {
            Some(Thing::Requests(count)) => *count,
            _ => 0,
        };
        if count >= limit {
            return Counted::TooMany(end + 1 - env.now);
        }
        let thing = Thing::Requests(count + 1);
        effects.push(match kept {
            Some(kept) => Effect::change(key, kept.version, thing, end),
            None => Effect::keep(key, thing, end),
        });
    }
    Counted::Taken(effects)
}

/// The type that the switch `request-limits` gives to domains that have none of their own.
fn of_profile(landscape: &Landscape) -> Option<DomainType> {
    let chosen = landscape.profile.value(switch::REQUEST_LIMITS);
    let named = DomainType::NAMES.iter().find(|(_, name)| *name == chosen);
    named.map(|(kind, _)| *kind)
}

fn group_of(path: &str) -> Option<Group> {
    let named = GROUPS.iter().find(|(own, _)| *own == path).map(|(_, group)| *group);
    named.or_else(|| match path {
        BULK => Some(Group::Bulk),
        _ => path.starts_with(ADMINISTRATION).then_some(Group::Others),
    })
}

fn figures(group: Group, kind: DomainType) -> (u32, u32) {
    let (_, of_group) = FIGURES
        .iter()
        .find(|(own, _)| *own == group)
        .expect("the table has a row for each group");
    let column = DomainType::ALL.iter().position(|own| *own == kind);
    of_group[column.expect("the list names every type")]
}
