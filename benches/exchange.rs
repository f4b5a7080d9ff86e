//! What a token exchange costs, beside the bare cryptography in it: one signature for client credentials, one verification and one
//! signature for the JWT bearer grant.
//!
//! The assertion is signed before and sent again each time, which the default profile allows: making it is the client's work. HTTP is
//! plain, kept alive, on loopback, one request after the other, with client and server on the same processors. What runs on two threads
//! shows time for each exchange, so half of the time on one thread is perfect scaling.

use std::hint::black_box;
use std::thread;
use std::time::{Duration, Instant};

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::{KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256};
use criterion::measurement::WallTime;
use criterion::{BenchmarkGroup, Criterion, Throughput, criterion_group, criterion_main};
use reqwest::Client;
use serde_json::json;
use tenantproof_harness::token::{Algorithm, Draft, SigningKey, forge};
use tenantproof_mocks::idcs::token_endpoint::PATH as TOKEN_PATH;
use tenantproof_mocks::keys;
use tenantproof_mocks::landscape::builder::{LandscapeBuilder, certificate};
use tenantproof_mocks::landscape::{App, CLIENT_CREDENTIALS, Domain, JWT_BEARER, Landscape, Resource, SHARED_ISSUER};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::wire::{Channel, Request};
use tokio::runtime::Runtime;
use url::form_urlencoded::Serializer;

const NOW: u64 = 1_795_176_000;
const AUDIENCE: &str = "urn:opc:resource:fusion:DEV5:fusion-ai";
const SCOPE: &str = "urn:opc:resource:fusion:DEV5:fusion-ai/";
const FORM: &str = "application/x-www-form-urlencoded";
/// The client's secret in the body: what is measured is not base64.
const SECRET: &str = "not-a-secret";

/// The cryptography of an exchange and nothing else.
struct Bare {
    pair: KeyPair,
    public: ParsedPublicKey,
    input: [u8; 512],
    signature: Vec<u8>,
}

impl Bare {
    fn new() -> Self {
        let pair = KeyPair::from_pkcs8(&keys::rfc9500().to_pkcs8()).expect("a published key is read");
        let public = ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref());
        let mut bare = Self {
            public: public.expect("the public half of a key is read"),
            pair,
            input: [b'a'; 512],
            signature: Vec::new(),
        };
        bare.signature = bare.sign();
        bare
    }

    fn sign(&self) -> Vec<u8> {
        let mut signature = vec![0; self.pair.public_modulus_len()];
        let signed = self.pair.sign(
            &RSA_PKCS1_SHA256,
            &SystemRandom::new(),
            black_box(&self.input),
            &mut signature,
        );
        signed.expect("a sound key signs");
        signature
    }

    fn verify_and_sign(&self) -> Vec<u8> {
        let verified = self.public.verify_sig(black_box(&self.input), &self.signature);
        verified.expect("the signature is sound");
        self.sign()
    }
}

fn client() -> App {
    App::new("backend")
        .secret(SECRET)
        .grants(&[CLIENT_CREDENTIALS, JWT_BEARER])
        .scopes(&[SCOPE])
        .certificate(certificate("backend-2026", &keys::rfc7515()))
}

fn landscape() -> Landscape {
    let resource = Resource {
        name: "agents".to_owned(),
        audience: AUDIENCE.to_owned(),
        scopes: vec!["/".to_owned()],
        ..Resource::default()
    };
    let domain = Domain::new("home", keys::rfc9500())
        .user_named("ada.example", "Ada")
        .resource(resource)
        .app(client());
    let landscape = LandscapeBuilder::default().domain(domain).build();
    landscape.expect("the landscape holds together")
}

fn form(grant: &str, assertion: Option<&str>) -> String {
    let client = client().client_id;
    let form = [
        ("client_id", client.as_str()),
        ("client_secret", SECRET),
        ("grant_type", grant),
        ("scope", SCOPE),
    ];
    Serializer::new(String::new())
        .extend_pairs(form)
        .extend_pairs(assertion.map(|assertion| ("assertion", assertion)))
        .finish()
}

/// Both grants: name and form. The assertion is good for an hour from `now`.
fn grants(now: u64) -> [(&'static str, String); 2] {
    let key = SigningKey::from_pem(&keys::rfc7515().to_pem()).expect("a published key is read");
    let header = [("alg", json!("RS256")), ("kid", json!("backend-2026"))];
    let claims = [
        ("iss", json!(client().client_id)),
        ("sub", json!("ada.example")),
        ("aud", json!(SHARED_ISSUER)),
        ("exp", json!(now + 3600)),
    ];
    let draft = Draft {
        header: header.into_iter().collect(),
        claims: claims.into_iter().collect(),
        algorithm: Algorithm::Rs256,
    };
    let assertion = forge(&draft, &key, &[]).expect("a good token is made").compact;
    [
        ("client credentials", form(CLIENT_CREDENTIALS, None)),
        ("jwt bearer", form(JWT_BEARER, Some(&assertion))),
    ]
}

/// Measures work on one thread and on two.
fn measure(group: &mut BenchmarkGroup<'_, WallTime>, name: &str, work: impl Fn() + Sync) {
    group.bench_function(name, |bencher| bencher.iter(&work));
    group.bench_function(format!("{name}, two threads"), |bencher| {
        bencher.iter_custom(|times| {
            // An odd one more would be lost; few iterations are rounded up and scaled back.
            let each = times.div_ceil(2);
            let start = Instant::now();
            thread::scope(|scope| {
                for _ in 0..2 {
                    scope.spawn(|| (0..each).for_each(|_| work()));
                }
            });
            let elapsed = start.elapsed().as_secs_f64();
            Duration::from_secs_f64(elapsed * whole(times) / whole(each * 2))
        });
    });
}

#[expect(clippy::cast_precision_loss, reason = "nobody measures 2^53 iterations")]
fn whole(times: u64) -> f64 {
    times as f64
}

fn exchange(criterion: &mut Criterion) {
    let bare = Bare::new();
    let mock = Mock::fixed(landscape(), NOW, [7; 32]);
    let site = mock.landscape().hosts().next().expect("there is one domain").to_owned();

    let servers = landscape().start().expect("loopback ports are free");
    let url = format!("{}{TOKEN_PATH}", servers.sites[0].1);
    let runtime = Runtime::new().expect("a runtime starts");
    let http = Client::new();

    let live = grants(servers.mock.now());
    for ((name, form), (_, live)) in grants(NOW).into_iter().zip(live) {
        let mut group = criterion.benchmark_group(name);
        group.throughput(Throughput::Elements(1));
        if name == "jwt bearer" {
            measure(&mut group, "bare cryptography", || drop(bare.verify_and_sign()));
        } else {
            measure(&mut group, "bare cryptography", || drop(bare.sign()));
        }

        let request = Request {
            method: "POST".to_owned(),
            site: site.clone(),
            path: TOKEN_PATH.to_owned(),
            query: None,
            headers: vec![("content-type".to_owned(), FORM.to_owned())],
            body: form.into_bytes(),
            channel: Channel::Protected,
            client_certificate: None,
        };
        measure(&mut group, "in process", || {
            assert_eq!(mock.answer(black_box(&request)).status, 200);
        });

        measure(&mut group, "over HTTP", || {
            runtime.block_on(async {
                let request = http.post(&url).header("content-type", FORM).body(live.clone());
                let answer = request.send().await.expect("the server answers");
                assert_eq!(answer.status(), 200);
                answer.bytes().await.expect("the answer is read");
            });
        });
        group.finish();
    }
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(30);
    targets = exchange
}
criterion_main!(benches);
