//! What a signed token costs: the mocks, the harness and a common crate, beside the bare signature that all of them make.
//!
//! Every candidate makes RS256 over the claims of an access token with the same 2048-bit key. `bare` signs bytes that stand ready;
//! `jsonwebtoken` is given its key parsed once, as its users would keep it, and parses it again each time.

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::KeyPair;
use aws_lc_rs::signature::RSA_PKCS1_SHA256;
use criterion::{Criterion, Throughput, criterion_group, criterion_main};
use jsonwebtoken::{EncodingKey, Header, crypto::aws_lc};
use serde_json::{Map, Value, json};
use tenantproof_harness::token::{Algorithm, Draft, SigningKey, forge};
use tenantproof_mocks::answer::{CustomClaims, SignatureForm, UnsignedToken};
use tenantproof_mocks::keys;

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => Map::new(),
    }
}

fn signing(criterion: &mut Criterion) {
    // Whoever installed a provider before, installed the same one.
    let _ = aws_lc::DEFAULT_PROVIDER.install_default();
    let key = keys::rfc9500();
    let header = members(json!({ "alg": "RS256", "kid": "SIGNING_KEY" }));
    let claims = members(json!({
        "iss": "https://identity.oraclecloud.com/",
        "sub": "ada.example",
        "sub_type": "user",
        "aud": "urn:opc:resource:fusion:DEV5:fusion-ai",
        "scope": "/",
        "client_id": "00000000000000000000000000000001",
        "iat": 1_795_176_000,
        "exp": 1_795_179_600,
        "jti": "0123456789abcdef0123456789abcdef",
    }));

    let mut group = criterion.benchmark_group("signing");
    group.throughput(Throughput::Elements(1));

    let pair = KeyPair::from_pkcs8(&key.to_pkcs8()).expect("a published key is read");
    let input = [b'a'; 512];
    let mut signature = vec![0; pair.public_modulus_len()];
    group.bench_function("bare", |bencher| {
        bencher.iter(|| {
            pair.sign(
                &RSA_PKCS1_SHA256,
                &SystemRandom::new(),
                black_box(&input),
                &mut signature,
            )
        });
    });

    group.bench_function("mocks, key kept", |bencher| {
        bencher.iter(|| key.sign(black_box(&input)));
    });

    let token = UnsignedToken {
        header: header.clone(),
        claims: claims.clone(),
        key: key.clone(),
        escape_slashes: true,
        signature: SignatureForm::Sound,
        hashes_access_token: None,
        custom: CustomClaims::default(),
    };
    group.bench_function("mocks, whole token", |bencher| {
        bencher.iter(|| black_box(&token).sign());
    });

    let harness_key = SigningKey::from_pem(&key.to_pem()).expect("a published key is read");
    group.bench_function("harness, key kept", |bencher| {
        bencher.iter(|| harness_key.sign(Algorithm::Rs256, black_box(&input)));
    });

    let draft = Draft {
        header: header.into_iter().collect(),
        claims: claims.clone().into_iter().collect(),
        algorithm: Algorithm::Rs256,
    };
    group.bench_function("harness, whole token", |bencher| {
        bencher.iter(|| forge(black_box(&draft), &harness_key, &[]));
    });

    let encoding_key = EncodingKey::from_rsa_pem(key.to_pem().as_bytes()).expect("a published key is read");
    let header = Header::new(jsonwebtoken::Algorithm::RS256);
    group.bench_function("jsonwebtoken, whole token", |bencher| {
        bencher.iter(|| jsonwebtoken::encode(&header, black_box(&claims), &encoding_key));
    });
    group.finish();
}

criterion_group! {
    name = benches;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(30);
    targets = signing
}
criterion_main!(benches);
