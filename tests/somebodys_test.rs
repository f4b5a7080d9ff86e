//! What tests of yours can look like: a small landscape, servers on loopback, and your own client code against them.

use std::error::Error;
use std::sync::Arc;
use std::time::Duration;

use jsonwebtoken::{Algorithm, EncodingKey, Header, crypto::aws_lc};
use reqwest::{Client, StatusCode};
use serde_json::{Value, json};
use tenantproof_mocks::keys;
use tenantproof_mocks::landscape::builder::{LandscapeBuilder, certificate};
use tenantproof_mocks::landscape::{
    AGENT_RUNTIME_ROLE, AgentOutcome, App, CLIENT_CREDENTIALS, Domain, JWT_BEARER, Landscape, Pod,
};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::wiremock::SiteResponder;

/// A pod with an agent, a domain with a user and a client, and what the client must know.
fn landscape() -> Result<(Landscape, String, String), Box<dyn Error>> {
    let pod = Pod::new("DEV5", 1).agent("HELPER", AgentOutcome::Complete).user_named(
        "ada.example",
        "Ada",
        &[AGENT_RUNTIME_ROLE, "HELPER_USER"],
    );
    let backend = App::new("backend")
        .secret("not-a-secret")
        .grants(&[CLIENT_CREDENTIALS, JWT_BEARER])
        .scopes(&[&pod.agent_scope()])
        .certificate(certificate("backend-2026", &keys::rfc7515()));
    let (client, scope) = (backend.client_id.clone(), pod.agent_scope());
    let [agents, pages, _] = pod.resources();
    let domain = Domain::new("home", keys::rfc9500())
        .user_named("ada.example", "Ada")
        .resource(agents)
        .resource(pages)
        .app(backend);
    let landscape = LandscapeBuilder::default().domain(domain).pod(pod, "home");
    Ok((landscape.build()?, client, scope))
}

#[tokio::test]
async fn the_backend_calls_the_agent_as_the_user() -> Result<(), Box<dyn Error>> {
    let (landscape, client, scope) = landscape()?;
    let servers = landscape.start()?; // until they are dropped
    let [domain, pod] = [0, 1].map(|site| servers.sites[site].1.as_str());
    let agent = format!("{pod}/api/fusion-ai/orchestrator/agent/v2/HELPER");
    let http = Client::new();
    let token = async |form: &[(&str, &str)]| -> reqwest::Result<String> {
        let request = http.post(format!("{domain}/oauth2/v1/token")).form(form);
        let answer = request.basic_auth(&client, Some("not-a-secret")).send().await?;
        let answer: Value = answer.error_for_status()?.json().await?;
        Ok(answer["access_token"].as_str().unwrap_or_default().to_owned())
    };
    let invoke = async |token: &str| {
        let request = http.post(format!("{agent}/invokeAsync")).bearer_auth(token);
        request.json(&json!({ "message": "What can you do?" })).send().await
    };

    // As itself the client gets a token, but no agent: it is no user of the pod. The journal knows which rule said so.
    let own = token(&[("grant_type", CLIENT_CREDENTIALS), ("scope", &scope)]).await?;
    assert_eq!(invoke(&own).await?.status(), StatusCode::UNAUTHORIZED);
    let journal = servers.mock.journal();
    assert_eq!(journal.last().unwrap().violated[0].rule, "access.user-known");

    // For the user it signs an assertion.
    let _ = aws_lc::DEFAULT_PROVIDER.install_default();
    let mut header = Header::new(Algorithm::RS256);
    header.kid = Some("backend-2026".to_owned());
    let claims = json!({
        "iss": client,
        "sub": "ada.example",
        "aud": "https://identity.oraclecloud.com/",
        "exp": servers.mock.now() + 300,
    });
    let key = EncodingKey::from_rsa_pem(keys::rfc7515().to_pem().as_bytes())?;
    let assertion = jsonwebtoken::encode(&header, &claims, &key)?;
    let form = [("grant_type", JWT_BEARER), ("assertion", &assertion), ("scope", &scope)];
    let token = token(&form).await?;
    let started: Value = invoke(&token).await?.json().await?;

    // The agent takes its time. The clock of the mocks can be moved, so that nobody has to wait for it.
    servers.mock.pass(Duration::from_secs(5));
    let job = format!("{agent}/status/{}", started["jobId"].as_str().unwrap());
    let status: Value = http.get(job).bearer_auth(&token).send().await?.json().await?;
    assert_eq!(status["status"], "COMPLETE");
    Ok(())
}

/// Where tests use `wiremock` already, a site can be one of its responders.
#[tokio::test]
async fn a_wiremock_server_plays_the_domain() -> Result<(), Box<dyn Error>> {
    let (landscape, client, scope) = landscape()?;
    let domain = landscape.domains.keys().next().unwrap().clone();
    let responder = SiteResponder::new(Arc::new(Mock::live(landscape)), &domain);
    let server = wiremock::MockServer::start().await;
    let anything = wiremock::Mock::given(wiremock::matchers::any());
    anything.respond_with(responder).expect(2).mount(&server).await;

    for (secret, expected) in [("not-a-secret", StatusCode::OK), ("guess", StatusCode::UNAUTHORIZED)] {
        let request = Client::new().post(format!("{}/oauth2/v1/token", server.uri()));
        let form = [("grant_type", CLIENT_CREDENTIALS), ("scope", &scope)];
        let answer = request.basic_auth(&client, Some(secret)).form(&form).send().await?;
        assert_eq!(answer.status(), expected);
    }
    Ok(())
}
