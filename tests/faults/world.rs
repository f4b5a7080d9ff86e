//! Servers with a control address, and a client for them.

use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, RequestBuilder};
use tenantproof_mocks::fault::Fault;
use tenantproof_mocks::fault::plan::{Place, Planned};
use tenantproof_mocks::idcs::{discovery, token_endpoint};
use tenantproof_mocks::landscape::profile::Profile;
use tenantproof_mocks::landscape::reference::{ReferenceKeys, published_secret, reference};
use tenantproof_mocks::landscape::{CLIENT_CREDENTIALS, Landscape};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::serve::control::TOKEN_HEADER;
use tenantproof_mocks::serve::{Bound, Encryption, Servers};

/// Longer than any answer takes that is not late on purpose.
pub(crate) const PLENTY: Duration = Duration::from_secs(30);
/// Shorter than the longest fault.
pub(crate) const LITTLE: Duration = Duration::from_millis(300);
/// The longest fault, in milliseconds.
pub(crate) const LONG: u64 = 60_000;

pub(crate) fn landscape() -> Landscape {
    reference(Profile::default(), &ReferenceKeys::published(), &published_secret)
}

/// Servers of the reference landscape with a control address, a client, and what it needs for a token.
pub(crate) struct World {
    pub(crate) servers: Servers,
    pub(crate) http: Client,
    client: String,
    scope: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let mut landscape = landscape();
        let hosts: Vec<String> = landscape.hosts().map(str::to_owned).collect();
        let bound = Bound::bind(hosts.iter().map(String::as_str), 0, Encryption::Plain);
        let bound = bound.and_then(|bound| bound.with_control(0));
        let bound = bound.expect("loopback ports are free");
        landscape.publish(&bound.urls());
        let home = landscape.domains.values().find(|domain| domain.label == "home");
        let backend = home.and_then(|home| home.apps.values().find(|app| app.display_name == "backend"));
        let pod = landscape.pods.values().find(|pod| pod.name == "DEV5");
        Self {
            client: backend.expect("the reference has a backend").client_id.clone(),
            scope: pod.expect("the reference has this pod").agent_scope(),
            servers: bound.start(Arc::new(Mock::live(landscape))),
            http: Client::new(),
        }
    }

    pub(crate) fn mock(&self) -> &Mock {
        &self.servers.mock
    }

    pub(crate) fn url(&self, path: &str) -> String {
        let landscape = self.mock().landscape();
        let home = landscape.domains.values().find(|domain| domain.label == "home");
        let host = &home.expect("the reference has a home domain").host;
        format!("{}{path}", self.servers.url_of(host).expect("it is served"))
    }

    /// Asks for a token.
    pub(crate) fn token(&self) -> RequestBuilder {
        let form = [("grant_type", CLIENT_CREDENTIALS), ("scope", &self.scope)];
        let request = self.http.post(self.url(token_endpoint::PATH)).timeout(PLENTY);
        request
            .basic_auth(&self.client, Some(published_secret("backend")))
            .form(&form)
    }

    /// Asks for the discovery document.
    pub(crate) fn discovery(&self) -> RequestBuilder {
        self.http.get(self.url(discovery::PATH)).timeout(PLENTY)
    }

    pub(crate) fn plan(&self, planned: Planned) {
        self.mock().plan_fault(planned).expect("it can be planned");
    }

    /// A request to the control address, with the token.
    pub(crate) fn control(&self, method: &str, path: &str) -> RequestBuilder {
        let control = self.servers.control.as_ref().expect("a control address was asked for");
        let method = method.parse().expect("it is a method");
        let request = self.http.request(method, format!("{}{path}", control.url));
        request.header(TOKEN_HEADER, &control.token).timeout(PLENTY)
    }
}

/// A fault at the token endpoint, for so many requests.
pub(crate) fn at_token(fault: Fault, times: u32) -> Planned {
    Planned {
        remaining: Some(times),
        ..Planned::new(fault, Place::Endpoint("token".to_owned()))
    }
}
