//! Laws on access tokens: what the domain issues, the harness and the pod accept; what was changed, neither does.

use proptest::prelude::*;
use proptest::sample::Index;
use serde_json::Value;
use tenantproof_harness::token::{PublicKey, check_claims, verify};
use tenantproof_mocks::wire::Response;

use crate::law::holds;
use crate::plan::{World, plans};

/// The harness's view of the domain's key.
fn key_of(world: &World) -> PublicKey {
    let certificate = &world.domain().signing.certificate;
    PublicKey::from_certificate_der(&certificate.der).expect("a domain's certificate is read")
}

fn member<'a>(body: &'a Value, name: &str) -> &'a str {
    body[name].as_str().unwrap_or_default()
}

fn json(answer: &Response) -> Value {
    serde_json::from_slice(&answer.body).unwrap_or_default()
}

#[test]
fn what_a_domain_issues_the_harness_accepts() {
    holds(file!(), (plans(), any::<bool>()), |(plan, for_user)| {
        let world = plan.world();
        let answer = world.answer(&if for_user {
            world.exchange(&world.assertion(&[]))
        } else {
            world.client_credentials(&world.allowed[0])
        });
        prop_assert_eq!(answer.status, 200);
        let body = json(&answer);
        let token = verify(member(&body, "access_token"), &[key_of(&world)]);
        let token = token.map_err(|refusal| TestCaseError::fail(refusal.to_string()))?;
        let audience = world
            .resources
            .iter()
            .find(|(_, scopes)| scopes.contains(&world.allowed[0]));
        let (audience, _) = audience.expect("a scope that is allowed is of a resource");
        prop_assert_eq!(check_claims(&token.claims, audience, world.now, 0), Ok(()));
        let subject = if for_user { &world.user } else { &world.client };
        prop_assert_eq!(&token.claims["sub"], subject.as_str());
        prop_assert_eq!(&token.claims["iss"], world.domain().issuer.as_str());
        let life = token.claims["exp"].as_u64().map(|expiry| expiry - world.now);
        prop_assert_eq!(body["expires_in"].as_u64(), life);
        Ok(for_user.into())
    });
}

#[test]
fn a_token_of_which_one_character_was_changed_is_refused_by_all() {
    let characters = prop_oneof![
        2 => proptest::char::range('!', '~'),
        1 => any::<char>(),
    ];
    // Two in three changes are in the signature, if chance decides; the parts are drawn instead.
    let cases = (plans(), 0_usize..3, any::<Index>(), characters);
    holds(file!(), cases, |(plan, part, at, other)| {
        let world = plan.world();
        let pages = world.landscape.pods[&world.pod].pages_scope();
        let answer = json(&world.answer(&world.exchange_for(&world.assertion(&[]), &pages)));
        let token = member(&answer, "access_token");
        prop_assert_eq!(world.answer(&world.page(token)).status, 200);

        let mut parts: Vec<String> = token.split('.').map(str::to_owned).collect();
        let at = at.index(parts[part].len());
        parts[part].replace_range(at..=at, &other.to_string());
        let changed = parts.join(".");
        if changed == token {
            return Ok(false.into());
        }
        prop_assert!(verify(token, &[key_of(&world)]).is_ok());
        prop_assert!(verify(&changed, &[key_of(&world)]).is_err());
        prop_assert!(world.answer(&world.page(&changed)).status >= 400);
        Ok(true.into())
    });
}
