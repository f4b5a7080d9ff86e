//! Faults on demand, as clients see them. The control address by which other processes ask for them is in `control`.
//!
//! Nothing here measures time: a client that must not wait has less patience than the fault lasts, one that must get through has plenty.

mod control;
mod world;

use std::error::Error;
use std::io::{ErrorKind, Read as _, Write as _};
use std::net::TcpStream;
use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, StatusCode};
use serde_json::Value;
use tenantproof_mocks::fault::plan::{Place, PlanError, Planned};
use tenantproof_mocks::fault::{Carrier, FAULTS, Fault, How, KEY_SET_PATH, Parameter};
use tenantproof_mocks::idcs::{discovery, token_endpoint};
use tenantproof_mocks::landscape::{Domain, Signing};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::serve::control::ENDPOINTS;
use tenantproof_mocks::serve::{Bound, Encryption};
use tenantproof_mocks::wire::{Channel, Request};
use tenantproof_mocks::wiremock::SiteResponder;

use crate::world::{LITTLE, LONG, PLENTY, World, at_token, landscape};

/// Whether a connection was reset, somewhere behind this error.
fn is_reset(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        if let Some(error) = error.downcast_ref::<std::io::Error>() {
            return error.kind() == ErrorKind::ConnectionReset;
        }
        cause = error.source();
    }
    false
}

#[tokio::test]
async fn a_refusal_says_when_to_come_again_and_then_all_is_well() {
    let world = World::new();
    for (fault, status) in [(Fault::TooManyRequests, 429), (Fault::Unavailable, 503)] {
        world.plan(Planned {
            amount: 17,
            ..at_token(fault, 2)
        });
        for _ in 0..2 {
            let answer = world.token().send().await.unwrap();
            assert_eq!(answer.status(), status);
            assert_eq!(answer.headers()["retry-after"], "17");
            let ecid = answer.headers()["x-oracle-dms-ecid"].to_str().unwrap();
            let entry = world.mock().journal_entry(ecid).expect("the journal knows the answer");
            assert_eq!((entry.fault, entry.status), (Some(fault.info().name), status));
            assert_eq!((entry.endpoint, entry.effects), ("token", 0));
        }
        let answer = world.token().send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert!(!answer.headers().contains_key("retry-after"));
    }
    assert_eq!(world.mock().journal().last().unwrap().fault, None);
}

#[tokio::test]
async fn a_fault_stays_until_it_is_cleared_and_touches_nothing_else() {
    let world = World::new();
    world.plan(Planned::new(
        Fault::Unavailable,
        Place::Path(token_endpoint::PATH.to_owned()),
    ));
    for _ in 0..5 {
        assert_eq!(world.token().send().await.unwrap().status(), 503);
        assert_eq!(world.discovery().send().await.unwrap().status(), 200);
    }
    world.mock().clear_faults();
    assert_eq!(world.token().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_fault_on_one_site_is_not_on_another() {
    let world = World::new();
    let landscape = world.mock().landscape();
    let second = landscape
        .domains
        .values()
        .find(|domain| domain.label == "second")
        .unwrap();
    let planned = |site: &str| Planned {
        site: Some(site.to_owned()),
        ..at_token(Fault::Unavailable, 1)
    };
    world.plan(planned(&second.host));
    assert_eq!(world.token().send().await.unwrap().status(), 200);
    let url = format!(
        "{}{}",
        world.servers.url_of(&second.host).unwrap(),
        token_endpoint::PATH
    );
    assert_eq!(world.http.post(url).send().await.unwrap().status(), 503);

    let unknown = world.mock().plan_fault(planned("nowhere.example")).unwrap_err();
    assert!(matches!(&unknown, PlanError::UnknownSite { known, .. } if known.contains(&second.host)));
}

#[tokio::test]
async fn a_late_answer_is_late_and_no_other_is() {
    let world = World::new();
    world.plan(Planned {
        amount: LONG,
        ..at_token(Fault::Delay, 1)
    });
    let (late, other) = tokio::join!(world.token().timeout(LITTLE).send(), world.discovery().send());
    assert!(late.unwrap_err().is_timeout());
    assert_eq!(other.unwrap().status(), 200);
    // One that is only a little late comes whole.
    world.mock().clear_faults();
    world.plan(Planned {
        amount: 1,
        ..at_token(Fault::Delay, 1)
    });
    let answer: Value = world.token().send().await.unwrap().json().await.unwrap();
    assert!(answer["access_token"].is_string());
    assert_eq!(world.mock().journal().last().unwrap().fault, Some("delay"));
}

#[tokio::test]
async fn a_reset_comes_before_any_byte() {
    let world = World::new();
    world.plan(at_token(Fault::Reset, 2));
    let error = world.token().send().await.unwrap_err();
    assert!(is_reset(&error), "{error:?}");

    let url = world.url("");
    let mut stream = TcpStream::connect(url.strip_prefix("http://").unwrap()).unwrap();
    stream.set_read_timeout(Some(PLENTY)).unwrap();
    let path = token_endpoint::PATH;
    let request = format!("POST {path} HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    let mut seen = Vec::new();
    let error = stream.read_to_end(&mut seen).unwrap_err();
    assert_eq!((error.kind(), seen.len()), (ErrorKind::ConnectionReset, 0));

    assert_eq!(world.token().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn a_truncated_body_is_shorter_than_it_promised() {
    let world = World::new();
    let whole = world.token().send().await.unwrap().content_length().unwrap();
    world.plan(at_token(Fault::TruncatedBody, 1));
    let mut answer = world.token().send().await.unwrap();
    assert_eq!(
        (answer.status(), answer.content_length()),
        (StatusCode::OK, Some(whole))
    );
    let mut seen = 0;
    let error = loop {
        match answer.chunk().await {
            Ok(Some(chunk)) => seen += chunk.len() as u64,
            Ok(None) => panic!("the body ends as if it were whole"),
            Err(error) => break error,
        }
    };
    assert!(error.is_body() || error.is_decode(), "{error:?}");
    assert_eq!(seen, whole / 2);
    assert!(world.token().send().await.unwrap().bytes().await.is_ok());
}

#[tokio::test]
async fn what_has_no_body_uses_up_no_fault_of_bodies() {
    let world = World::new();
    for fault in [Fault::TruncatedBody, Fault::SlowBody, Fault::WrongContentType] {
        let discovery = Place::Endpoint("discovery".to_owned());
        world.plan(Planned::new(fault, discovery));
        let head = world.http.head(world.url(discovery::PATH)).timeout(PLENTY);
        assert_eq!(head.send().await.unwrap().status(), 200);
        assert_eq!(world.mock().journal().last().unwrap().fault, None);
        world.mock().clear_faults();
    }
}

#[tokio::test]
async fn a_slow_body_drips_and_is_whole_in_the_end() {
    let world = World::new();
    let whole = world.discovery().send().await.unwrap().bytes().await.unwrap();
    let slow = |amount| Planned {
        amount,
        remaining: Some(1),
        ..Planned::new(Fault::SlowBody, Place::Endpoint("discovery".to_owned()))
    };
    world.plan(slow(1));
    assert_eq!(world.discovery().send().await.unwrap().bytes().await.unwrap(), whole);
    // The head and the first bytes come at once, the rest does not.
    world.plan(slow(LONG));
    let mut answer = world.discovery().send().await.unwrap();
    let first = answer.chunk().await.unwrap().unwrap();
    assert!(first.len() < whole.len() && whole.starts_with(&first));
    assert!(tokio::time::timeout(LITTLE, answer.chunk()).await.is_err());
}

#[tokio::test]
async fn a_wrong_content_type_is_on_the_body_that_was_right() {
    let world = World::new();
    world.plan(at_token(Fault::WrongContentType, 1));
    let answer = world.token().send().await.unwrap();
    let types: Vec<_> = answer
        .headers()
        .get_all("content-type")
        .iter()
        .map(reqwest::header::HeaderValue::as_bytes)
        .collect();
    assert_eq!(
        (answer.status(), types),
        (StatusCode::OK, vec![&b"text/html;charset=utf-8"[..]])
    );
    assert!(answer.json::<Value>().await.unwrap()["access_token"].is_string());
}

#[tokio::test]
async fn faults_of_connections_are_shown_over_tls_too() {
    let landscape = landscape();
    let hosts: Vec<_> = landscape.hosts().map(str::to_owned).collect();
    let bound = Bound::bind(hosts.iter().map(String::as_str), 0, Encryption::Tls).unwrap();
    let servers = bound.start(Arc::new(Mock::live(landscape)));
    let root = servers.authority.as_deref().unwrap().as_bytes();
    let root = reqwest::Certificate::from_pem(root).unwrap();
    let http = Client::builder()
        .tls_certs_only([root])
        .timeout(PLENTY)
        .build()
        .unwrap();
    let url = format!("{}{}", servers.sites[0].1, discovery::PATH);
    let once = |fault| Planned {
        remaining: Some(1),
        ..Planned::new(fault, Place::Endpoint("discovery".to_owned()))
    };
    servers.mock.plan_fault(once(Fault::Reset)).unwrap();
    servers.mock.plan_fault(once(Fault::TruncatedBody)).unwrap();
    let error = http.get(&url).send().await.unwrap_err();
    assert!(is_reset(&error), "{error:?}");
    let answer = http.get(&url).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert!(answer.bytes().await.is_err());
    assert!(http.get(&url).send().await.unwrap().bytes().await.is_ok());
}

#[tokio::test]
async fn of_a_hundred_requests_at_once_as_many_fail_as_were_planned() {
    let world = World::new();
    world.plan(at_token(Fault::Unavailable, 10));
    let mut requests = tokio::task::JoinSet::new();
    for _ in 0..100 {
        requests.spawn(world.token().send());
    }
    let statuses = requests.join_all().await;
    let count = |status: u16| {
        statuses
            .iter()
            .filter(|answer| answer.as_ref().unwrap().status() == status)
            .count()
    };
    assert_eq!((count(503), count(200)), (10, 90));
    assert!(world.mock().faults().is_empty());
}

#[tokio::test]
async fn servers_that_stop_leave_no_answer_waiting() {
    let world = World::new();
    let slow = Planned::new(Fault::SlowBody, Place::Endpoint("discovery".to_owned()));
    world.plan(Planned { amount: LONG, ..slow });
    let mut answer = world.discovery().send().await.unwrap();
    answer.chunk().await.unwrap();
    drop(world.servers);
    let error = answer.chunk().await.unwrap_err();
    assert!(!error.is_timeout(), "{error:?}");
}

/// A request for the discovery document, as a plain value.
fn plain_request(mock: &Mock) -> Request {
    let landscape = mock.landscape();
    Request {
        method: "GET".to_owned(),
        site: landscape.domains.keys().next().expect("there is a domain").clone(),
        path: discovery::PATH.to_owned(),
        query: None,
        headers: Vec::new(),
        body: Vec::new(),
        channel: Channel::Protected,
        client_certificate: None,
    }
}

#[test]
fn in_process_what_cannot_be_shown_stays_planned() {
    let mock = Mock::fixed(landscape(), 1_795_176_000, [7; 32]);
    let faults = [
        Fault::Delay,
        Fault::Reset,
        Fault::TruncatedBody,
        Fault::SlowBody,
        Fault::Unavailable,
        Fault::WrongContentType,
        Fault::TooManyRequests,
    ];
    for fault in faults {
        let planned = Planned::new(fault, Place::Endpoint("discovery".to_owned()));
        let once = Planned {
            remaining: Some(1),
            ..planned
        };
        mock.plan_fault(once).unwrap();
    }
    let request = plain_request(&mock);
    let answers = [0; 4].map(|_| mock.answer(&request));
    assert_eq!(answers.each_ref().map(|answer| answer.status), [503, 200, 429, 200]);
    assert_eq!(answers[1].header("content-type"), Some("text/html;charset=utf-8"));
    assert_eq!(
        answers[3].header("content-type"),
        Some("application/json;charset=utf-8")
    );
    assert_eq!(mock.faults().len(), 4);
    // Another carrier shows them.
    assert_eq!(
        mock.respond(&request, Carrier::Wiremock).how,
        How::After(Duration::from_secs(1))
    );
    assert_eq!(mock.respond(&request, Carrier::Server).how, How::Reset);
    assert_eq!(mock.fork().faults(), mock.faults(), "a copy has the same before it");
}

#[tokio::test]
async fn wiremock_can_be_late_and_refuse() {
    let mock = Arc::new(Mock::live(landscape()));
    let responder = SiteResponder::new(mock.clone(), &plain_request(&mock).site);
    let server = wiremock::MockServer::start().await;
    let anything = wiremock::Mock::given(wiremock::matchers::any());
    anything.respond_with(responder).mount(&server).await;
    let url = format!("{}{}", server.uri(), discovery::PATH);
    let at = |fault, amount| Planned {
        amount,
        remaining: Some(1),
        ..Planned::new(fault, Place::Endpoint("discovery".to_owned()))
    };
    for planned in [at(Fault::Reset, 0), at(Fault::TooManyRequests, 5), at(Fault::Delay, 1)] {
        mock.plan_fault(planned).unwrap();
    }
    let http = Client::new();
    let get = async |patience| http.get(&url).timeout(patience).send().await;
    let refused = get(PLENTY).await.unwrap();
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "5");
    assert_eq!(get(PLENTY).await.unwrap().status(), 200);
    assert_eq!(
        mock.faults(),
        [at(Fault::Reset, 0)],
        "only what cannot be shown is left"
    );
    mock.plan_fault(at(Fault::Delay, LONG)).unwrap();
    assert!(get(LITTLE).await.unwrap_err().is_timeout());
}

#[tokio::test]
async fn stale_keys_wait_for_keys_to_change() {
    let world = World::new();
    world.plan(Planned::new(Fault::StaleKeys, Place::Path(KEY_SET_PATH.to_owned())));
    let keys = world.http.get(world.url(KEY_SET_PATH)).timeout(PLENTY);
    keys.send().await.unwrap();
    assert_eq!(world.mock().journal().last().unwrap().fault, None);
}

#[tokio::test]
async fn stale_keys_are_those_from_before_the_change() {
    let world = World::new();
    let keys = async || {
        let answer = world
            .http
            .get(world.url(KEY_SET_PATH))
            .timeout(PLENTY)
            .send()
            .await
            .unwrap();
        answer.error_for_status().unwrap().text().await.unwrap()
    };
    let at_home = |change: &dyn Fn(&mut Domain, Signing)| {
        world.mock().change(|landscape| {
            let mut domains = landscape.domains.values();
            let second = domains.find(|domain| domain.label == "second").unwrap().signing.clone();
            let mut domains = landscape.domains.values_mut();
            change(
                Arc::make_mut(domains.find(|domain| domain.label == "home").unwrap()),
                second,
            );
        });
    };
    at_home(&|home, _| home.directory.settings.signing_keys_public = true);
    let before = keys().await;
    at_home(&|home, second| home.next_signing = Some((0, second)));
    world.plan(Planned {
        remaining: Some(1),
        ..Planned::new(Fault::StaleKeys, Place::Path(KEY_SET_PATH.to_owned()))
    });
    assert_eq!(keys().await, before);
    assert_ne!(keys().await, before);
}

#[test]
fn the_documents_name_every_fault_and_endpoint() {
    let text = include_str!("../../docs/landscape.md");
    for row in FAULTS {
        assert!(text.contains(&format!("| `{}` |", row.name)), "{}", row.name);
        let bounds = |number: Parameter| {
            format!(
                "`{}`, {} to {} ({})",
                number.name, number.least, number.most, number.usual
            )
        };
        assert!(
            row.parameter.is_none_or(|number| text.contains(&bounds(number))),
            "{}",
            row.name
        );
    }
    for endpoint in ENDPOINTS {
        let call = format!("| `{} {}` |", endpoint.method, endpoint.path);
        assert!(text.contains(&call), "{call}");
    }
}
