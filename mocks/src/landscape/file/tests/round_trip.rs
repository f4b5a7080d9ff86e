//! That what was written is read as the same landscape.

use proptest::prelude::*;
use serde_json::json;

use super::super::*;
use super::generator::{a_landscape, keyring};
use super::{the_reference, told};

fn read_again(landscape: &Landscape, keys: &Keyring) -> Loaded {
    let text = write(landscape, keys, Style::AsItIs);
    read(&text, &Published, None).unwrap_or_else(|mistakes| panic!("{text}\n{}", told(&mistakes)))
}

/// Asserts that two landscapes are the same. `Debug` shows every field but hides secrets; the written form holds them.
fn assert_same(landscape: &Landscape, loaded: &Loaded, keys: &Keyring) {
    assert_eq!(format!("{landscape:#?}"), format!("{:#?}", loaded.landscape));
    assert_eq!(
        value(landscape, keys, Style::AsItIs),
        value(&loaded.landscape, &loaded.keys, Style::AsItIs)
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn reading_what_was_written_gives_the_same_landscape(seed: u64) {
        let landscape = a_landscape(seed);
        assert_same(&landscape, &read_again(&landscape, &keyring()), &keyring());
    }
}

#[test]
fn the_reference_landscape_is_read_as_it_was_written() {
    let (landscape, keys) = the_reference();
    assert_same(&landscape, &read_again(&landscape, &keys), &keys);
}

#[test]
fn what_is_the_default_is_not_written() {
    let (landscape, keys) = the_reference();
    let written = value(&landscape, &keys, Style::AsItIs);
    assert_eq!(written["keys"]["home"], json!({ "published": "rfc9500" }));
    assert_eq!(written.get("profile"), None);
    let home = &written["domains"]["home"];
    assert_eq!(
        home["users"]["newcomer.example"],
        json!({
            "display-name": "Nora Newcomer", "password": "published-secret-of-newcomer.example",
        })
    );
    assert_eq!(
        home["apps"]["backend"]["certificates"],
        json!([{ "alias": "backend-2026", "over": "backend" }])
    );
    assert_eq!(
        home["apps"]["user-administrator"]["roles"],
        json!(["User Administrator"])
    );
    assert_eq!(home.get("host"), None);
    let pod = written["pods"]["TEST1"].as_object().expect("the pod is there");
    let names: Vec<&str> = pod.keys().map(String::as_str).collect();
    assert_eq!(
        names,
        ["domain", "instance", "trusted", "trust-service", "users", "agents"]
    );
    assert_eq!(pod["trust-service"], json!({ "key": "other-pod" }));
    assert_eq!(pod["users"]["ada.example"], json!({ "display-name": "Ada Elsewhere" }));
    assert_eq!(pod["agents"], json!({ "EXPENSE_HELPER": {} }));
    assert_eq!(
        written["pods"]["DEV5"]["rows"]["erpintegrations"],
        json!([{ "id": 2_000_001, "values": { "OperationName": "importBulkData" } }])
    );
}

#[test]
fn a_short_file_is_a_whole_landscape() {
    let text = r#"{ "domains": { "home": {} }, "pods": { "DEV5": { "domain": "home" } } }"#;
    let loaded = read(text, &Published, Some(ProfileName::Rfc)).expect("it holds together");
    assert_eq!(loaded.landscape.hosts().count(), 2);
    assert_eq!(loaded.landscape.profile.name, ProfileName::Rfc);
}

#[test]
fn what_is_to_be_made_is_made_by_the_caller() {
    struct Numbered;
    impl Maker for Numbered {
        fn key(&self, name: &str) -> SigningKey {
            if name == "own" {
                crate::keys::rfc7520()
            } else {
                crate::keys::rfc7517()
            }
        }
        fn secret(&self, name: &str) -> String {
            format!("made for {name}")
        }
    }
    let text = r#"{ "keys": { "own": { "fresh": true } },
        "domains": { "home": { "signing": { "key": "own" }, "apps": { "backend": { "secret": { "drawn": true } } } } } }"#;
    let loaded = read(text, &Numbered, None).expect("it holds together");
    let domain = loaded.landscape.domains.values().next().expect("one domain");
    assert_eq!(
        domain.signing.key.public().thumbprint(),
        crate::keys::rfc7520().public().thumbprint()
    );
    let secret = domain
        .apps
        .values()
        .next()
        .and_then(|app| app.secret.as_ref())
        .expect("it has one");
    assert_eq!(secret.expose(), "made for backend");
}

#[test]
fn written_anew_it_holds_no_key_and_no_secret() {
    let (landscape, keys) = the_reference();
    let text = write(&landscape, &keys, Style::MadeAnew);
    assert!(
        !text.contains("\"published\": \"") && !text.contains("published-secret") && !text.contains("PRIVATE"),
        "{text}"
    );
    read(&text, &Published, None).unwrap_or_else(|mistakes| panic!("{}", told(&mistakes)));
}
