//! What an integration instance asks of other servers: through the same core, in the journal, and never of anybody else.

use tenantproof_mocks::journal::Entry;
use tenantproof_mocks::landscape::instance::{DEVELOPER_SCOPE, RUN_SCOPE};
use tenantproof_mocks::landscape::profile::Profile;
use tenantproof_mocks::landscape::reference::{ReferenceKeys, published_secret, reference};
use tenantproof_mocks::landscape::{Instance, Landscape};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::wire::{Channel, Request, Response};

const NOW: u64 = 1_795_176_000;

fn landscape() -> Landscape {
    reference(Profile::default(), &ReferenceKeys::published(), &published_secret)
}

fn instance(landscape: &Landscape) -> &Instance {
    let mut instances = landscape.instances.values();
    instances
        .find(|instance| instance.name == "dev-integration")
        .expect("the reference has this instance")
}

fn request(site: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &str) -> Request {
    let (path, query) = path
        .split_once('?')
        .map_or((path, None), |(path, query)| (path, Some(query)));
    Request {
        method: method.to_owned(),
        site: site.to_owned(),
        path: path.to_owned(),
        query: query.map(str::to_owned),
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.as_bytes().to_vec(),
        channel: Channel::Protected,
        client_certificate: None,
    }
}

/// A token of a developer's program for both hosts of the instance.
fn token(mock: &Mock) -> String {
    let landscape = mock.landscape();
    let instance = instance(&landscape);
    let domain = &landscape.domains[&instance.domain];
    let app = domain
        .apps
        .values()
        .find(|app| app.display_name == "integration-developer");
    let app = app.expect("the reference has this application");
    let scope = format!("{} {}", instance.scope(RUN_SCOPE), instance.scope(DEVELOPER_SCOPE));
    let body = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}&scope={}",
        app.client_id,
        published_secret("integration-developer"),
        tenantproof_mocks::answer::encode(&scope)
    );
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let answer = mock.answer(&request(&domain.host, "POST", "/oauth2/v1/token", &form, &body));
    json(&answer)["access_token"]
        .as_str()
        .expect("a token is given")
        .to_owned()
}

fn json(answer: &Response) -> serde_json::Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

/// Tests a connection, and gives the answer with what servers asked of one another for it.
fn tested(mock: &Mock, connection: &str) -> (Response, Vec<Entry>) {
    let bearer = format!("Bearer {}", token(mock));
    let landscape = mock.landscape();
    let instance = instance(&landscape);
    let path = format!(
        "/ic/api/integration/v1/connections/{connection}/test?integrationInstance={}",
        instance.name
    );
    let answer = mock.answer(&request(
        &instance.design_host,
        "POST",
        &path,
        &[("authorization", &bearer)],
        "",
    ));
    let ecid = answer
        .header("X-ORACLE-DMS-ECID")
        .expect("every answer has an id")
        .to_owned();
    let caused = mock.journal_because_of(&ecid);
    (answer, caused)
}

#[test]
fn calls_of_servers_stand_in_the_journal_before_their_cause() {
    let mock = Mock::fixed(landscape(), NOW, [7; 32]);
    let (answer, caused) = tested(&mock, "FUSION_AS_ACCOUNT");
    assert_eq!(answer.status, 200);
    let endpoints: Vec<&str> = caused.iter().map(|entry| entry.endpoint).collect();
    assert_eq!(endpoints, ["token", "selfDetails"]);
    assert_eq!(caused[1].user.as_deref(), Some("integration.account"));
    let last = mock.journal().pop().expect("the test itself stands there last");
    assert_eq!((last.endpoint, last.because_of), ("connection test", None));
}

#[test]
fn the_journal_tells_causes_apart_that_the_text_does_not() {
    let mock = Mock::fixed(landscape(), NOW, [7; 32]);
    let mut texts = Vec::new();
    let mut rules = Vec::new();
    for connection in ["NO_FUSION_USER", "NO_DOMAIN_USER", "NO_PRIVILEGE", "WRONG_SECRET"] {
        let (answer, caused) = tested(&mock, connection);
        assert_eq!(answer.status, 500, "{connection}");
        texts.push(json(&answer)["detail"].clone());
        rules.push(caused.last().expect("somebody refused").violated[0].rule);
    }
    assert!(texts.iter().all(|text| *text == texts[0]), "{texts:?}");
    rules.dedup();
    assert_eq!(rules.len(), 4, "{rules:?}");
}

#[test]
fn nobody_outside_of_the_landscape_is_asked() {
    let mock = Mock::fixed(landscape(), NOW, [7; 32]);
    let (answer, caused) = tested(&mock, "NO_SUCH_HOST");
    assert_eq!(answer.status, 500);
    // The domain gave a token; the target is no host of the landscape.
    assert_eq!(caused.len(), 1);
    assert!(
        json(&answer)["detail"]
            .as_str()
            .is_some_and(|text| text.contains("Nobody answers"))
    );
}
