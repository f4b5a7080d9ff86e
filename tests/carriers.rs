//! The carriers move bytes and decide nothing: for the same seed, clock and requests, status, the core's header fields in their order,
//! and body are equal in process, over plain HTTP, over TLS, and under wiremock.
//!
//! Answers are read off the socket by hand, because HTTP clients sort and merge header fields. What an HTTP library adds to frame an
//! answer (`Date`, `Content-Length`, `Connection`) is left out; so is `HEAD`, whose answer is framing alone.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};
use tenantproof_harness::token::{Algorithm, Draft, SigningKey, forge};
use tenantproof_mocks::idcs::discovery;
use tenantproof_mocks::idcs::token_endpoint::PATH as TOKEN_PATH;
use tenantproof_mocks::keys;
use tenantproof_mocks::landscape::profile::{Profile, ProfileName};
use tenantproof_mocks::landscape::reference::{AGENT, ReferenceKeys, published_secret, reference};
use tenantproof_mocks::landscape::{CLIENT_CREDENTIALS, JWT_BEARER, Landscape, SHARED_ISSUER};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::serve::{Bound, Encryption, Servers};
use tenantproof_mocks::wire::{BODY_LIMIT, Channel, Request, Response};
use tenantproof_mocks::wiremock::SiteResponder;
use url::form_urlencoded::{Serializer, byte_serialize};
use wiremock::MockServer;

/// When the mocks think it is.
const NOW: u64 = 1_795_176_000;
const AGENTS: &str = "/api/fusion-ai/orchestrator/agent/v2";
const PAGE: &str = "/hcmRestApi/resources/latest/selfDetails";

fn landscape(profile: ProfileName) -> Landscape {
    reference(Profile::whole(profile), &ReferenceKeys::published(), &published_secret)
}

fn mock(profile: ProfileName) -> Arc<Mock> {
    Arc::new(Mock::fixed(landscape(profile), NOW, [7; 32]))
}

/// A way to send a request and to get its answer.
type Send<'a> = &'a dyn Fn(&Request) -> Response;

/// Sends requests of every kind, later ones made of earlier answers. The same for every carrier.
fn exchanges(send: Send) -> Vec<(&'static str, Response)> {
    let landscape = landscape(ProfileName::Oracle);
    let domain = landscape.domains.values().find(|domain| domain.label == "home");
    let domain = domain.expect("the reference has a home domain");
    let pod = landscape.pods.values().find(|pod| pod.name == "DEV5");
    let pod = pod.expect("the reference has this pod");
    let backend = domain.apps.values().find(|app| app.display_name == "backend");
    let client = &backend.expect("the reference has a backend").client_id;

    let mut answers: Vec<(&'static str, Response)> = Vec::new();
    let request = |site: &str, method: &str, path: &str, headers: &[(&str, &str)], body: &[u8]| Request {
        method: method.to_owned(),
        site: site.to_owned(),
        path: path.to_owned(),
        query: None,
        headers: headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
            .collect(),
        body: body.to_vec(),
        channel: Channel::Protected,
        client_certificate: None,
    };
    let encoded = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let basic = |secret: &str| {
        let pair = format!("{}:{}", encoded(client), encoded(secret));
        format!("Basic {}", STANDARD.encode(pair))
    };
    let exchange = |secret: &str, form: &[(&str, &str)]| {
        let body = Serializer::new(String::new()).extend_pairs(form).finish();
        let headers = [
            ("authorization", basic(secret)),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        let headers = headers.each_ref().map(|(name, value)| (*name, value.as_str()));
        request(&domain.host, "POST", TOKEN_PATH, &headers, body.as_bytes())
    };
    let call = |method: &str, path: &str, token: &str, body: &str| {
        let bearer = format!("Bearer {token}");
        let headers = [
            ("authorization", bearer.as_str()),
            ("content-type", "application/json"),
            ("rest-framework-version", "4"),
        ];
        request(&pod.host, method, path, &headers, body.as_bytes())
    };
    let mut ask = |title, request: &Request| {
        let answer = send(request);
        let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
        answers.push((title, answer));
        body
    };
    let text = |body: &Value, name: &str| body[name].as_str().unwrap_or_default().to_owned();

    let secret = published_secret("backend");
    let (agents, pages) = (pod.agent_scope(), pod.pages_scope());
    let own = [("grant_type", CLIENT_CREDENTIALS), ("scope", agents.as_str())];
    ask("client credentials", &exchange(&secret, &own));
    ask("a wrong secret", &exchange("guess", &own));
    ask("no grant type", &exchange(&secret, &own[1..]));
    let not_given = [("grant_type", CLIENT_CREDENTIALS), ("scope", pages.as_str())];
    ask("a scope that was not given", &exchange(&secret, &not_given));

    let assertion = assertion(client);
    let for_user = [
        ("grant_type", JWT_BEARER),
        ("assertion", assertion.as_str()),
        ("scope", agents.as_str()),
    ];
    let token = text(&ask("an assertion", &exchange(&secret, &for_user)), "access_token");

    ask("another method", &request(&domain.host, "GET", TOKEN_PATH, &[], b""));
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let large = vec![b'a'; BODY_LIMIT + 1];
    ask(
        "a large body",
        &request(&domain.host, "POST", TOKEN_PATH, &form, &large),
    );
    ask("discovery", &request(&domain.host, "GET", discovery::PATH, &[], b""));
    ask(
        "no such path",
        &request(&domain.host, "GET", "/nothing/%20here", &[], b""),
    );

    let message = r#"{"message":"What can you do?"}"#;
    let agent = format!("{AGENTS}/{AGENT}");
    let started = ask(
        "an agent call",
        &call("POST", &format!("{agent}/invokeAsync"), &token, message),
    );
    let job = text(&started, "jobId");
    ask("its job", &call("GET", &format!("{agent}/status/{job}"), &token, ""));
    ask("no such job", &call("GET", &format!("{agent}/status/none"), &token, ""));
    ask("a page", &call("GET", PAGE, &token, ""));
    ask("a page without a token", &request(&pod.host, "GET", PAGE, &[], b""));
    let mut doubled = call("GET", PAGE, &token, "");
    doubled
        .headers
        .push(("authorization".to_owned(), "Bearer x".to_owned()));
    ask("two tokens", &doubled);
    let mut queried = exchange(&secret, &own);
    queried.query = Some("client_secret=%ff".to_owned());
    ask("a secret in the query", &queried);
    answers
}

fn assertion(client: &str) -> String {
    let key = SigningKey::from_pem(&keys::rfc7515().to_pem()).expect("a published key is read");
    let header = [("alg", json!("RS256")), ("kid", json!("backend-2026"))];
    let claims = [
        ("iss", json!(client)),
        ("sub", json!("ada.example")),
        ("aud", json!(SHARED_ISSUER)),
        ("exp", json!(NOW + 300)),
    ];
    let draft = Draft {
        header: header.into_iter().collect(),
        claims: claims.into_iter().collect(),
        algorithm: Algorithm::Rs256,
    };
    forge(&draft, &key, &[]).expect("a good token is made").compact
}

/// Fails where an answer differs from the one that was given in process.
fn assert_same_as_in_process(profile: ProfileName, send: Send) {
    let in_process = mock(profile);
    let expected = exchanges(&|request| in_process.answer(request));
    let answers = exchanges(send);
    assert_eq!(answers.len(), expected.len());
    for ((title, answer), (_, expected)) in answers.iter().zip(&expected) {
        let seen = |response: &Response| {
            let headers = response
                .headers
                .iter()
                .map(|(name, value)| (name.to_lowercase(), value.clone()));
            let headers: Vec<_> = headers.collect();
            let body = String::from_utf8(response.body.clone()).expect("answers are text");
            (response.status, headers, body)
        };
        assert_eq!(seen(answer), seen(expected), "{title}, under {profile}");
    }
}

/// Writes a request and reads the answer until the connection ends.
fn over(mut stream: impl Read + Write, request: &Request) -> Response {
    let target = match &request.query {
        Some(query) => format!("{}?{query}", request.path),
        None => request.path.clone(),
    };
    let line = format!("{} {target} HTTP/1.1", request.method);
    let framing = [
        ("host", request.site.clone()),
        ("connection", "close".to_owned()),
        ("content-length", request.body.len().to_string()),
    ];
    let framing = framing.iter().map(|(name, value)| (*name, value.as_str()));
    let sent = request
        .headers
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()));
    let fields = framing.chain(sent).map(|(name, value)| format!("{name}: {value}"));
    let lines: Vec<String> = std::iter::once(line).chain(fields).collect();
    let head = lines.join("\r\n") + "\r\n\r\n";
    stream.write_all(head.as_bytes()).expect("the head is sent");
    stream.write_all(&request.body).expect("the body is sent");
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer).expect("the answer is read");
    parse(&answer)
}

fn parse(answer: &[u8]) -> Response {
    let end = answer.windows(4).position(|window| window == b"\r\n\r\n");
    let end = end.expect("an answer has a head");
    let head = std::str::from_utf8(&answer[..end]).expect("the head is text");
    let mut lines = head.split("\r\n");
    let status = lines.next().and_then(|line| line.split(' ').nth(1));
    let status = status.and_then(|status| status.parse().ok()).expect("a status line");
    let fields: Vec<(String, String)> = lines
        .map(|line| line.split_once(": ").unwrap_or((line, "")))
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .collect();
    let is_framing = |name: &str| ["date", "content-length", "connection"].contains(&name.to_lowercase().as_str());
    let length = fields
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("content-length"));
    let body = answer[end + 4..].to_vec();
    if let Some((_, length)) = length {
        assert_eq!(length.parse(), Ok(body.len()), "the body is as long as it says");
    }
    Response {
        status,
        headers: fields.into_iter().filter(|(name, _)| !is_framing(name)).collect(),
        body,
    }
}

fn connect(url: &str) -> TcpStream {
    let (_, address) = url.split_once("://").expect("a base URL has a scheme");
    TcpStream::connect(address).expect("the server listens")
}

fn serve(profile: ProfileName, encryption: Encryption) -> Servers {
    let mock = mock(profile);
    let landscape = mock.landscape();
    let bound = Bound::bind(landscape.hosts(), 0, encryption).expect("loopback ports are free");
    bound.start(mock)
}

fn url_of<'a>(servers: &'a Servers, request: &Request) -> &'a str {
    servers.url_of(&request.site).expect("the site is of the landscape")
}

#[test]
fn plain_http_changes_nothing() {
    for profile in ProfileName::ALL {
        let servers = serve(profile, Encryption::Plain);
        assert_same_as_in_process(profile, &|request| over(connect(url_of(&servers, request)), request));
    }
}

#[test]
fn tls_changes_nothing() {
    for profile in ProfileName::ALL {
        let servers = serve(profile, Encryption::Tls);
        let pem = servers.authority.as_deref().expect("TLS servers have an authority");
        let mut roots = RootCertStore::empty();
        let root = CertificateDer::from_pem_slice(pem.as_bytes()).expect("the authority is a certificate");
        roots.add(root).expect("the authority can be trusted");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ClientConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .expect("the provider speaks the usual versions")
            .with_root_certificates(roots)
            .with_no_client_auth();
        let config = Arc::new(config);
        assert_same_as_in_process(profile, &|request| {
            let name = ServerName::try_from(request.site.clone()).expect("a site has a DNS name");
            let session = ClientConnection::new(config.clone(), name).expect("the session starts");
            let stream = connect(&url_of(&servers, request).replace("localhost", "127.0.0.1"));
            over(StreamOwned::new(session, stream), request)
        });
    }
}

#[test]
fn wiremock_changes_nothing() {
    let runtime = tokio::runtime::Runtime::new().expect("a runtime starts");
    for profile in ProfileName::ALL {
        let mock = mock(profile);
        let servers = runtime.block_on(async {
            let mut servers = Vec::new();
            for site in mock.landscape().hosts() {
                let server = MockServer::start().await;
                let responder = SiteResponder::new(mock.clone(), site);
                let everything = wiremock::Mock::given(wiremock::matchers::any());
                everything.respond_with(responder).mount(&server).await;
                servers.push((site.to_owned(), server));
            }
            servers
        });
        assert_same_as_in_process(profile, &|request| {
            let server = servers.iter().find(|(site, _)| *site == request.site);
            let (_, server) = server.expect("the site is of the landscape");
            over(connect(&server.uri()), request)
        });
    }
}

#[test]
fn the_exchanges_are_of_many_kinds() {
    let mock = mock(ProfileName::Oracle);
    let mut statuses: Vec<u16> = exchanges(&|request| mock.answer(request))
        .iter()
        .map(|(_, answer)| answer.status)
        .collect();
    statuses.sort_unstable();
    statuses.dedup();
    assert_eq!(statuses, [200, 400, 401, 404, 405, 413]);
}
