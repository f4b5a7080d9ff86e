//! That no text, however wrong, does more than give mistakes, each with its place and no secret in it.

use proptest::prelude::*;
use serde_json::{Value, json};

use super::super::*;
use super::generator::{a_landscape, keyring};
use super::told;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn no_text_does_more_than_give_mistakes(text: String, cut in 0_usize..6000, put in "[\\[\\]{},:\"0-9a-z]{0,3}") {
        let _ = read(&text, &Published, None);
        let mut text = write(&a_landscape(7), &keyring(), Style::AsItIs);
        if text.is_char_boundary(cut) && cut < text.len() {
            text.replace_range(cut..cut, &put);
        }
        if let Err(mistakes) = read(&text, &Published, None) {
            assert!(!mistakes.is_empty());
        }
    }
}

/// A file with a mistake, and what is said of it.
const MISTAKES: &[(&str, &str)] = &[
    ("", "1:1: expected JSON, found what is none (EOF while parsing a value)"),
    (
        "{\n  \"pods\": {,\n}",
        "2:12: expected JSON, found what is none (key must be a string)",
    ),
    ("[]", "1:1: expected an object, found a list"),
    (
        r#"{ "domain": {} }"#,
        "1:3: /domain: expected only `profile`, `switches`, `keys`, `domains`, `pods`, `instances`, found `domain`; did you mean `domains`?",
    ),
    (
        r#"{ "domains": { "a": {}, "a": {} } }"#,
        "1:25: /domains/a: expected every name once, found `a` a second time",
    ),
    (
        r#"{ "profile": "orakle" }"#,
        "1:14: /profile: expected one of `oracle`, `rfc`, found `orakle`; did you mean `oracle`?",
    ),
    (
        r#"{ "switches": { "challenge": "owms" } }"#,
        "1:30: /switches/challenge: expected one of `owsm`, `rfc`, found `owms`; did you mean `owsm`?",
    ),
    (
        r#"{ "switches": { "chalenge": "rfc" } }"#,
        "1:17: /switches/chalenge: expected a member that is known here, found `chalenge`; did you mean `challenge`?",
    ),
    (
        r#"{ "domains": { "home": { "leeway": -1 } } }"#,
        "1:36: /domains/home/leeway: expected a whole number from 0 to 9007199254740991, found another number",
    ),
    (
        r#"{ "domains": { "home": { "leeway": "300" } } }"#,
        "1:36: /domains/home/leeway: expected a whole number from 0 to 9007199254740991, found a text",
    ),
    (
        r#"{ "domains": { "home": { "apps": { "backend": { "scopes": ["urn:x/"] } } } } }"#,
        "1:60: /domains/home/apps/backend/scopes/0: expected a scope of an application's `resource`, found `urn:x/`",
    ),
    (
        r#"{ "domains": { "home": {} }, "pods": { "DEV5": { "domain": "hom" } } }"#,
        "1:60: /pods/DEV5/domain: expected a `domain`: the name of one in `domains`, found `hom`; did you mean `home`?",
    ),
    (
        r#"{ "domains": { "one": { "host": "x.example" }, "two": { "host": "x.example" } } }"#,
        "1:65: /domains/two/host: expected a host name of its own, found `x.example`, which another site has",
    ),
    (
        r#"{ "domains": { "one": { "host": "X_" } } }"#,
        "1:33: /domains/one/host: expected a host name of small letters, digits, `-` and `.`, found `X_`",
    ),
    (
        r#"{ "keys": { "own": { "pem": "hush" } } }"#,
        "1:29: /keys/own/pem: expected an unencrypted private RSA key of 2048 bits or more, as PEM, found a text that is none",
    ),
    (
        r#"{ "keys": { "own": { "published": "rfc9501" } } }"#,
        "1:35: /keys/own/published: expected the name of a published key, found `rfc9501`; did you mean `rfc9500`?",
    ),
    (
        r#"{ "domains": { "home": { "signing": { "key": "own" } } } }"#,
        "1:46: /domains/home/signing/key: expected the name of a key in `keys`, found `own`",
    ),
    (
        r#"{ "domains": { "home": { "apps": { "backend": { "roles": ["Me!"] } } } } }"#,
        "1:59: /domains/home/apps/backend/roles/0: expected a role of the domain, found `Me!`; did you mean `Me`?",
    ),
    (
        r#"{ "domains": { "home": {} }, "pods": { "DEV5": { "domain": "home", "rows": { "invoices": [{ "id": 1 }, { "id": 1 }] } } } }"#,
        "1:90: /pods/DEV5/rows/invoices: expected every `id` of a row once, found 1 twice",
    ),
    (
        r#"{ "domains": { "home": {} }, "pods": { "DEV5": { "domain": "home", "rows": { "invoices": [{}] } } } }"#,
        "1:91: /pods/DEV5/rows/invoices/0: expected an object with an `id`, found an object",
    ),
    (
        r#"{ "domains": { "home": {} }, "pods": { "DEV5": { "domain": "home", "trust-service": {} } } }"#,
        "1:85: /pods/DEV5/trust-service: expected an object with a `key`, found an object",
    ),
    (
        r#"{ "domains": { "home": {} }, "pods": { "DEV5": { "domain": "home", "trust": { "providers": [{ "issuer": "A" }, { "issuer": "A" }] } } } }"#,
        "1:77: /pods/DEV5/trust: expected every `id` of a provider once, found one twice",
    ),
    (
        r#"{ "domains": { "home": { "apps": { "backend": { "certificates": [{ "alias": "a" }] } } } } }"#,
        "1:66: /domains/home/apps/backend/certificates/0: expected a certificate: an RSA one in `pem`, or one `over` a key, \
         `from` a second `until` a later one, found what makes none",
    ),
];

#[test]
fn a_mistake_is_told_with_its_place_and_what_would_have_been_right() {
    for (text, expected) in MISTAKES {
        let mistakes = read(text, &Published, None).expect_err("the text has a mistake");
        assert_eq!(mistakes[0].to_string(), *expected, "{text}");
    }
}

#[test]
fn several_mistakes_are_told_at_once_and_not_without_end() {
    let text = r#"{ "a": 1, "profile": 7, "b": 2 }"#;
    assert_eq!(read(text, &Published, None).expect_err("three mistakes").len(), 3);
    let many: Vec<String> = (0..1000).map(|index| format!("\"n{index}\": 1")).collect();
    let text = format!("{{ {} }}", many.join(","));
    assert_eq!(read(&text, &Published, None).expect_err("many mistakes").len(), 20);
}

#[test]
fn deep_long_and_wide_texts_are_refused() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let long = " ".repeat(SIZE_LIMIT + 1);
    let wide = format!("[{}1]", "1,".repeat(200_000));
    let keys = (0..100).map(|index| format!("\"k{index}\": {{ \"fresh\": true }}"));
    let keys = keys.collect::<Vec<_>>().join(",");
    let keys = format!("{{ \"keys\": {{ {keys} }} }}");
    for (text, expected) in [
        (deep, "levels"),
        (long, "bytes"),
        (wide, "values"),
        (keys, "at most 64 fresh keys"),
    ] {
        let mistakes = read(&text, &Published, None).expect_err("the text is too much");
        assert!(mistakes[0].expected.contains(expected), "{}", mistakes[0]);
    }
}

#[test]
fn another_type_at_any_place_is_a_mistake_near_it_that_repeats_no_secret() {
    const SECRETS: [&str; 4] = ["s3cret", "p4ssword", "PRIVATE", "v4lue"];
    let landscape = a_landscape(11);
    let whole = value(&landscape, &Keyring::new(), Style::AsItIs);
    let mut pointers = Vec::new();
    collect(&whole, String::new(), &mut pointers);
    assert!(pointers.len() > 150, "the landscape has a bit of everything");
    let others = [
        json!(null),
        json!(true),
        json!(-1.5),
        json!("v4lue"),
        json!(["v4lue"]),
        json!({ "v4lue": 1 }),
        json!({}),
    ];
    let mut refused = 0;
    for (index, pointer) in pointers.iter().enumerate() {
        // One of the kinds at each place: reading makes certificates, which takes its time.
        for other in [&others[index % others.len()]] {
            let mut changed = whole.clone();
            *changed.pointer_mut(pointer).expect("it was collected") = other.clone();
            let Err(mistakes) = read(&changed.to_string(), &Published, None) else {
                continue;
            };
            refused += 1;
            let is_near =
                |mistake: &Mistake| pointer.starts_with(&mistake.pointer) || mistake.pointer.starts_with(pointer);
            // What depends on what is gone, such as a pod on its domain, is told as well.
            assert!(
                mistakes
                    .iter()
                    .any(|mistake| is_near(mistake) || !mistake.pointer.is_empty()),
                "{pointer}"
            );
            let is_name_or_choice =
                other == &json!("v4lue") || other == &json!({ "v4lue": 1 }) || other == &json!(["v4lue"]);
            let said = told(&mistakes);
            for secret in SECRETS
                .iter()
                .filter(|secret| !(is_name_or_choice && **secret == "v4lue"))
            {
                assert!(!said.contains(secret), "{pointer}: {said}");
            }
        }
    }
    assert!(refused > pointers.len() / 3, "most places take one type only");
}

fn collect(value: &Value, pointer: String, pointers: &mut Vec<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                collect(
                    value,
                    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1")),
                    pointers,
                );
            }
        }
        Value::Array(items) => {
            for (index, value) in items.iter().enumerate() {
                collect(value, format!("{pointer}/{index}"), pointers);
            }
        }
        _ => {}
    }
    pointers.push(pointer);
}

#[test]
fn a_secret_of_the_wrong_kind_is_not_repeated() {
    for secret in [
        r#"["hush-hush"]"#,
        r#"{ "hush-hush": true }"#,
        r#"{ "drawn": "hush-hush" }"#,
        "1234567890",
    ] {
        let text = format!(r#"{{ "domains": {{ "home": {{ "apps": {{ "backend": {{ "secret": {secret} }} }} }} }} }}"#);
        let said = told(&read(&text, &Published, None).expect_err("it is no secret"));
        assert!(!said.contains("hush") && !said.contains("12345"), "{said}");
    }
}
