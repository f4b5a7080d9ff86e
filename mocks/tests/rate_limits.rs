//! Limits on how often a domain is asked: by group of endpoints, in a second and in a minute, and none unless the domain has a type.

use std::sync::Arc;
use std::time::Duration;

use tenantproof_mocks::idcs::{about_token, discovery, protected, token_endpoint};
use tenantproof_mocks::landscape::DomainType;
use tenantproof_mocks::landscape::profile::{Profile, ProfileName};
use tenantproof_mocks::landscape::reference::{ReferenceKeys, published_secret, reference};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::wire::{Channel, Request, Response};

/// The first second of a minute.
const NOON: u64 = 1_795_176_000;

struct World {
    mock: Mock,
    host: String,
}

impl World {
    fn of(kind: Option<DomainType>) -> Self {
        let profile = Profile::whole(ProfileName::Oracle);
        let mut landscape = reference(profile, &ReferenceKeys::published(), &published_secret);
        let mut domains = landscape.domains.values_mut();
        let home = Arc::make_mut(
            domains
                .find(|domain| domain.label == "home")
                .expect("the reference has it"),
        );
        home.limited_as = kind;
        let host = home.host.clone();
        Self {
            mock: Mock::fixed(landscape, NOON, [7; 32]),
            host,
        }
    }

    fn ask(&self, path: &str) -> Response {
        self.mock.answer(&Request {
            method: "GET".to_owned(),
            site: self.host.clone(),
            path: path.to_owned(),
            query: None,
            headers: Vec::new(),
            body: Vec::new(),
            channel: Channel::Protected,
            client_certificate: None,
        })
    }

    /// How many of `count` requests are one too many.
    fn refused(&self, count: usize, path: &str) -> usize {
        (0..count).filter(|_| self.ask(path).status == 429).count()
    }
}

fn retry_after(response: &Response) -> Option<&str> {
    let mut headers = response.headers.iter();
    headers
        .find(|(name, _)| name.eq_ignore_ascii_case("retry-after"))
        .map(|(_, value)| value.as_str())
}

#[test]
fn a_domain_without_a_type_has_no_limits() {
    assert_eq!(World::of(None).refused(200, token_endpoint::PATH), 0);
}

#[test]
fn what_is_too_much_for_a_second_is_taken_in_the_next() {
    let world = World::of(Some(DomainType::Free));
    assert_eq!(world.refused(10, token_endpoint::PATH), 0);
    let refused = world.ask(token_endpoint::PATH);
    assert_eq!((refused.status, retry_after(&refused)), (429, Some("1")));
    world.mock.pass(Duration::from_secs(1));
    assert_eq!(world.refused(10, token_endpoint::PATH), 0);
}

#[test]
fn what_is_too_much_for_a_minute_waits_for_the_next() {
    let world = World::of(Some(DomainType::Free));
    for _ in 0..15 {
        assert_eq!(world.refused(10, token_endpoint::PATH), 0);
        world.mock.pass(Duration::from_secs(1));
    }
    let refused = world.ask(token_endpoint::PATH);
    assert_eq!((refused.status, retry_after(&refused)), (429, Some("45")));
    world.mock.pass(Duration::from_secs(45));
    assert_ne!(world.ask(token_endpoint::PATH).status, 429);
}

#[test]
fn the_endpoints_of_a_group_share_its_limit_and_others_do_not() {
    let world = World::of(Some(DomainType::Free));
    assert_eq!(world.refused(10, token_endpoint::PATH), 0);
    assert_eq!(world.ask(about_token::introspection::PATH).status, 429);
    assert_eq!(world.refused(10, protected::key_set::PATH), 0);
    assert_eq!(world.ask(protected::key_set::PATH).status, 429);
    assert_eq!(world.refused(50, discovery::PATH), 0);
}

#[test]
fn a_premium_domain_takes_more() {
    let world = World::of(Some(DomainType::Premium));
    assert_eq!(world.refused(65, token_endpoint::PATH), 0);
    assert_eq!(world.ask(token_endpoint::PATH).status, 429);
}
