//! Wrong secrets of clients are counted: ten within a minute, and not even the right one is taken until that minute is over.

use std::time::Duration;

use tenantproof_mocks::idcs::presented::{SECRET_GUESS_LIMIT, SECRET_GUESS_PAUSE};
use tenantproof_mocks::idcs::token_endpoint;
use tenantproof_mocks::landscape::profile::{Profile, ProfileName};
use tenantproof_mocks::landscape::reference::{FIELD_SERVICE_SCOPES, ReferenceKeys, published_secret, reference};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::wire::{Channel, Request, Response};

const NOON: u64 = 1_795_176_000;

struct World {
    mock: Mock,
    host: String,
    client: String,
}

impl World {
    fn new() -> Self {
        let profile = Profile::whole(ProfileName::Oracle);
        let landscape = reference(profile, &ReferenceKeys::published(), &published_secret);
        let mut domains = landscape.domains.values();
        let home = domains.find(|domain| domain.label == "home").expect("a home domain");
        let mut apps = home.apps.values();
        let backend = apps.find(|app| app.display_name == "backend").expect("a backend");
        let (host, client) = (home.host.clone(), backend.client_id.clone());
        Self {
            mock: Mock::fixed(landscape, NOON, [7; 32]),
            host,
            client,
        }
    }

    fn ask(&self, client: &str, secret: &str) -> Response {
        let scope = FIELD_SERVICE_SCOPES[0];
        let form = format!("grant_type=client_credentials&client_id={client}&client_secret={secret}&scope={scope}");
        self.mock.answer(&Request {
            method: "POST".to_owned(),
            site: self.host.clone(),
            path: token_endpoint::PATH.to_owned(),
            query: None,
            headers: vec![(
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            )],
            body: form.into_bytes(),
            channel: Channel::Protected,
            client_certificate: None,
        })
    }

    fn right(&self) -> u16 {
        self.ask(&self.client, &published_secret("backend")).status
    }

    fn wrong(&self, times: u32) {
        for _ in 0..times {
            assert_eq!(self.ask(&self.client, "a-guess").status, 401);
        }
    }
}

#[test]
fn the_right_secret_waits_out_ten_wrong_ones() {
    let world = World::new();
    world.wrong(SECRET_GUESS_LIMIT);
    assert_eq!(world.right(), 401);
    world.mock.pass(Duration::from_secs(SECRET_GUESS_PAUSE - 1));
    assert_eq!(world.right(), 401);
    world.mock.pass(Duration::from_secs(1));
    assert_eq!(world.right(), 200);
}

#[test]
fn who_gets_in_may_be_wrong_as_often_as_before() {
    let world = World::new();
    for _ in 0..3 {
        world.wrong(SECRET_GUESS_LIMIT - 1);
        assert_eq!(world.right(), 200);
    }
}

#[test]
fn nobody_learns_that_they_were_counted() {
    let world = World::new();
    let told = |response: &Response| {
        let body: serde_json::Value = serde_json::from_slice(&response.body).expect("a refusal is JSON");
        (
            response.status,
            body["error"].clone(),
            body["error_description"].clone(),
        )
    };
    let first = told(&world.ask(&world.client, "a-guess"));
    world.wrong(SECRET_GUESS_LIMIT);
    assert_eq!(told(&world.ask(&world.client, &published_secret("backend"))), first);
    assert_eq!(told(&world.ask("nobody", "a-guess")), first);
}
