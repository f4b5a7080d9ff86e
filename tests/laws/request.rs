//! The law on everything else that can be sent: whatever it is, it gets a bounded answer, and nobody without credentials gets in.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use proptest::prelude::*;
use proptest::sample::{Index, select};
use tenantproof_harness::token::{Alteration, Say, SigningKey};
use tenantproof_mocks::fusion;
use tenantproof_mocks::idcs::person::{authorize, forms, sign_out};
use tenantproof_mocks::idcs::protected::key_set;
use tenantproof_mocks::idcs::token_endpoint::PATH as TOKEN_PATH;
use tenantproof_mocks::idcs::{ENDPOINTS, discovery};
use tenantproof_mocks::keys;
use tenantproof_mocks::landscape::{CLIENT_CREDENTIALS, JWT_BEARER};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::wire::{BODY_LIMIT, Channel, Request};

use crate::law::holds;
use crate::plan::{AGENT_PATH, PAGE_PATH, World, json_values, plans};

/// The longest body of an answer that has no reason to be long.
const LONGEST_ANSWER: usize = 16_384;

/// A piece of a request: arbitrary, or just about what would be right there.
#[derive(Clone, Debug)]
enum Word {
    Text(String),
    Bytes(Vec<u8>),
    ClientId,
    User,
    Scope,
    /// A token of the right members, signed by a stranger.
    Forged,
    /// Three parts with something in them.
    TokenLike(String, Vec<u8>),
}

#[derive(Clone, Debug)]
enum Body {
    Bytes(Vec<u8>),
    Form(Vec<(Word, Word)>),
    Json(serde_json::Value),
    TooLong,
}

#[derive(Clone, Debug)]
struct Shape {
    method: String,
    site: Index,
    path: String,
    query: Option<Vec<(Word, Word)>>,
    headers: Vec<(String, &'static str, Word)>,
    body: Body,
}

fn texts(likely: &[&'static str]) -> impl Strategy<Value = String> + Clone + use<> {
    prop_oneof![3 => select(likely.to_vec()).prop_map(str::to_owned), 1 => any::<String>()]
}

fn words() -> impl Strategy<Value = Word> {
    let token_like = ("(\\{\"alg\":\"(RS256|none|HS256)\"\\}|\\PC{0,8})", any::<Vec<u8>>());
    prop_oneof![
        any::<String>().prop_map(Word::Text),
        any::<Vec<u8>>().prop_map(Word::Bytes),
        select(&[CLIENT_CREDENTIALS, JWT_BEARER, "0", "1", ""][..]).prop_map(|text| Word::Text(text.to_owned())),
        Just(Word::ClientId),
        Just(Word::User),
        Just(Word::Scope),
        Just(Word::Forged),
        token_like.prop_map(|(header, claims)| Word::TokenLike(header, claims)),
    ]
}

fn pairs() -> impl Strategy<Value = Vec<(Word, Word)>> {
    let names = texts(&[
        "grant_type",
        "assertion",
        "scope",
        "client_id",
        "client_secret",
        "client_assertion",
        "client_assertion_type",
        "access_token",
    ]);
    prop::collection::vec((names.prop_map(Word::Text), words()), 0..8)
}

fn shapes() -> impl Strategy<Value = Shape> {
    let names = texts(&[
        "authorization",
        "content-type",
        "x-remote-user",
        "rest-framework-version",
        "cookie",
        "x-xsrf-token",
    ]);
    let schemes = select(&["", "Basic ", "Bearer ", "bearer\t", "Digest "][..]);
    let label = select(
        &[
            "application/x-www-form-urlencoded",
            "application/json",
            "text/plain;charset=\u{e4}",
        ][..],
    );
    let headers = (
        prop::collection::vec((names, schemes, words()), 0..5),
        prop::option::of(label.prop_map(|label| ("content-type".to_owned(), "", Word::Text(label.to_owned())))),
    );
    let body = prop_oneof![
        4 => pairs().prop_map(Body::Form),
        2 => json_values().prop_map(Body::Json),
        2 => any::<Vec<u8>>().prop_map(Body::Bytes),
        1 => Just(Body::TooLong),
    ];
    (
        texts(&["POST", "GET", "HEAD", "PUT"]),
        any::<Index>(),
        texts(&paths()),
        prop::option::of(pairs()),
        headers,
        body,
    )
        .prop_map(|(method, site, path, query, (mut headers, label), body)| {
            headers.extend(label);
            Shape {
                method,
                site,
                path,
                query,
                headers,
                body,
            }
        })
}

/// Every path that something answers at; that of tokens, which most is known about, as often as some others together.
fn paths() -> Vec<&'static str> {
    let of_domain = ENDPOINTS.iter().map(|endpoint| endpoint.path);
    let of_administration = [
        "/admin/v1/Apps",
        "/admin/v1/Users/.search",
        "/admin/v1/Grants/0",
        "/admin/v1/Me",
    ];
    let of_pod = [
        AGENT_PATH,
        PAGE_PATH,
        "/fscmRestApi",
        "/fscmRestApi/resources/latest/invoices/1",
        "/fscmRestApi/fndAuditRESTService/audittrail/getaudithistory",
        "/hcmRestApi/scim/Users",
        "/api/fusion-ai/orchestrator/a2a/v1/HELPER",
        "/api/fusion-ai/orchestrator/a2a/v1/agents/search",
        "/api/boss/data/objects/ora/erp/payables/v1/$en/invoices",
        "/security-console/v1/providers",
        "/security-console/v1/certificates/0",
    ];
    let of_sessions = fusion::ENDPOINTS.iter().map(|endpoint| endpoint.path);
    let of_instance = [
        "/ic/api/integration/v1/flows/rest/HELLO/1.0/greeting",
        "/ic/api/integration/v2/flows/rest/project/HR/HELLO/1.0/",
        "/ic/api/integration/v1/integrations",
        "/ic/api/integration/v1/integrations/HELLO%7C01.00.0000",
        "/ic/api/integration/v1/connections",
        "/ic/api/integration/v1/connections/FUSION/test",
        "/icsapis/agent/oauth/consent",
        "/icsapis/agent/oauth/callback",
        "/ic/pub/oauth2callback",
    ];
    let rest = of_administration
        .into_iter()
        .chain(of_instance)
        .chain(of_pod)
        .chain(of_sessions)
        .chain([TOKEN_PATH; 4]);
    of_domain.chain(rest).collect()
}

/// The paths that answer anybody: the documents of a domain, its keys (by a switch), its form for devices, and the end of a session.
const OPEN: [&str; 6] = [
    key_set::PATH,
    discovery::PATH,
    discovery::OAUTH_PATH,
    discovery::PLATFORM_PATH,
    forms::DEVICE_PATH,
    sign_out::PATH,
];

impl Word {
    fn bytes(&self, world: &World) -> Vec<u8> {
        match self {
            Self::Text(text) => text.clone().into_bytes(),
            Self::Bytes(bytes) => bytes.clone(),
            Self::ClientId => world.client.clone().into_bytes(),
            Self::User => world.user.clone().into_bytes(),
            Self::Scope => world.allowed[0].clone().into_bytes(),
            Self::Forged => world.assertion(&[stranger()]).into_bytes(),
            Self::TokenLike(header, claims) => {
                let [header, claims] = [header.as_bytes(), claims].map(|part| URL_SAFE_NO_PAD.encode(part));
                format!("{header}.{claims}.AAAA").into_bytes()
            }
        }
    }
}

fn stranger() -> Alteration {
    let key = SigningKey::from_pem(&keys::rfc7517().to_pem()).expect("a published key is read");
    Alteration::Sign {
        key: Some(key),
        algorithm: None,
        say: Say::TheAlgorithm,
    }
}

impl Shape {
    fn request(&self, world: &World) -> Request {
        let pairs = |pairs: &[(Word, Word)]| -> Vec<u8> {
            let pairs = pairs
                .iter()
                .map(|(name, value)| [name.bytes(world), b"=".to_vec(), value.bytes(world)].concat());
            pairs.collect::<Vec<_>>().join(&b'&')
        };
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        let header = |(name, scheme, word): &(String, &str, Word)| {
            let value = match *scheme {
                "Basic " => STANDARD.encode([world.client.as_bytes(), b":", &word.bytes(world)].concat()),
                _ => text(word.bytes(world)),
            };
            (name.clone(), format!("{scheme}{value}"))
        };
        let [runtime, design] = &world.instance;
        let sites = [&world.domain, &world.pod, runtime, design].map(String::as_str);
        let sites = [&sites[..], &["nobody.example"]].concat();
        Request {
            method: self.method.clone(),
            site: (*self.site.get(&sites)).to_owned(),
            path: self.path.clone(),
            query: self.query.as_deref().map(|query| text(pairs(query))),
            headers: self.headers.iter().map(header).collect(),
            body: match &self.body {
                Body::Bytes(bytes) => bytes.clone(),
                Body::Form(form) => pairs(form),
                Body::Json(value) => value.to_string().into_bytes(),
                Body::TooLong => vec![b'a'; BODY_LIMIT + 1],
            },
            channel: Channel::Protected,
            client_certificate: None,
        }
    }
}

#[test]
fn whatever_is_sent_gets_a_bounded_answer_and_no_token() {
    holds(file!(), (plans(), shapes()), |(plan, shape)| {
        let world = plan.world();
        let request = shape.request(&world);
        let mock = Mock::fixed(world.landscape.clone(), world.now, world.seed);
        let answer = mock.answer(&request);

        // Nothing is full and nothing breaks, so no fault is the server's; but an instance calls a body that is too large one (OIC-092).
        let is_at_instance = world.instance.contains(&request.site);
        let is_called_fault = is_at_instance && request.body.len() > BODY_LIMIT && answer.status == 500;
        prop_assert!(
            is_called_fault || (200..=499).contains(&answer.status),
            "{}",
            answer.status
        );
        prop_assert!(answer.body.len() <= LONGEST_ANSWER, "{} bytes", answer.body.len());
        for (name, value) in &answer.headers {
            prop_assert!(!value.contains(char::is_control), "{}: {:?}", name, value);
        }
        let is_open = request.site == world.domain && OPEN.contains(&request.path.as_str());
        // A pod may ask a browser to sign in, at its domain and nowhere else.
        let sign_in = format!("https://{}{}?", world.domain, authorize::PATH);
        let asks_to_sign_in = request.site == world.pod
            && answer.status == 302
            && answer
                .header("location")
                .is_some_and(|place| place.starts_with(&sign_in));
        // An instance sends developers on to the host of its region, with whatever they brought and not.
        let [runtime, design] = &world.instance;
        let sends_on = request.site == *runtime
            && answer.status == 307
            && answer
                .header("location")
                .is_some_and(|place| place.starts_with(&format!("https://{design}/ic/api/integration/v1/")));
        prop_assert!(
            is_open || asks_to_sign_in || sends_on || answer.status >= 400,
            "{} without credentials",
            answer.status
        );
        prop_assert!(!String::from_utf8_lossy(&answer.body).contains("access_token"));

        Ok((request.site != "nobody.example" && paths().contains(&request.path.as_str())).into())
    });
}
