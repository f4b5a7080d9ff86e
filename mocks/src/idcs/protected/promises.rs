//! Promises of the endpoints that want one of the domain's own tokens, and the named ways to break them.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::jose::{base64url, from_base64url};
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

/// Changes every key of a set of keys.
fn each_key(answer: &mut Answer, change: impl Fn(&mut Value)) {
    change_keys(answer, |keys| keys.iter_mut().for_each(&change));
}

/// Changes a set of keys as a list.
fn change_keys(answer: &mut Answer, change: impl Fn(&mut Vec<Value>)) {
    let keys = answer.member("keys").and_then(Value::as_array).cloned();
    if let Some(mut keys) = keys {
        change(&mut keys);
        answer.set_member("keys", Value::from(keys));
    }
}

/// What is promised.
pub static PROTECTED_PROMISES: &[RuleInfo] = &[KEYS, KEY_SET_METHODS, USER_INFO];

const KEY_SET_METHODS: RuleInfo = promise(
    "keys.methods",
    "Whoever asks what can be done with the keys is told the methods, as browsers want it.",
    grounds(Confidence::Documented, &["IDCS-ADMIN-002", "IDCS-ADMIN-916"]),
    &[Defect::reshape(
        "silent",
        &["WIR-006"],
        "does not name the methods",
        |answer| {
            answer.remove_header("Access-Control-Allow-Methods");
        },
    )],
);

const USER_INFO: RuleInfo = promise(
    "user-info.members",
    "What is told of a user is told of the token's user, and is what the scopes of the token open.",
    grounds(Confidence::Documented, &["IDCS-OAUTH-515"]),
    &[
        Defect::reshape("other-subject", &["UIN-002"], "names somebody else", |answer| {
            answer.set_member_if_there("sub", json!("somebody.else"));
        }),
        Defect::reshape(
            "mail-always",
            &["UIN-003"],
            "tells the mail address to tokens that do not hold `email`",
            |answer| {
                if answer.has_member("sub") {
                    answer.set_member("email", json!("somebody@mail.example"));
                }
            },
        ),
    ],
);

const KEYS: RuleInfo = promise(
    "keys.members",
    "A key of the set carries its public numbers, its thumbprints and the chain of two certificates, and nothing private.",
    grounds(
        Confidence::Observed,
        &["IDCS-ADMIN-030", "IDCS-ADMIN-031", "IDCS-ADMIN-032", "IDCS-ADMIN-036"],
    ),
    &[
        Defect::reshape(
            "one-certificate",
            &["ORA-117", "TRU-022"],
            "leaves the authority out of the chain",
            |answer| {
                each_key(answer, |key| {
                    if let Some(chain) = key["x5c"].as_array_mut() {
                        chain.truncate(1);
                    }
                });
            },
        ),
        Defect::reshape(
            "other-order",
            &["JWK-006", "ORA-118"],
            "puts the authority before the certificate of the key",
            |answer| {
                each_key(answer, |key| {
                    if let Some(chain) = key["x5c"].as_array_mut() {
                        chain.reverse();
                    }
                });
            },
        ),
        Defect::reshape(
            "short",
            &["JWK-004", "JWK-006"],
            "signs with a key of 1024 bits",
            |answer| {
                each_key(answer, |key| key["n"] = json!(base64url(&[0xc1; 128])));
            },
        ),
        Defect::reshape("padded", &["JWK-008"], "writes a zero byte in front", |answer| {
            each_key(answer, |key| {
                let number = key["n"].as_str().and_then(from_base64url).unwrap_or_default();
                key["n"] = json!(base64url(&[&[0], number.as_slice()].concat()));
            });
        }),
        Defect::reshape(
            "use-of-another",
            &["JWK-005"],
            "calls a key for encryption one that signs",
            |answer| {
                each_key(answer, |key| {
                    key["use"] = json!("sig");
                    key["key_ops"] = json!(["encrypt"]);
                });
            },
        ),
        Defect::reshape(
            "use-unsaid",
            &["JWK-021"],
            "publishes a key for encryption, and leaves out what the others are for",
            |answer| {
                each_key(answer, |key| {
                    key.as_object_mut().map(|key| key.remove("use"));
                });
                change_keys(answer, |keys| {
                    keys.push(json!({ "kty": "RSA", "kid": "ENCRYPTION_KEY", "use": "enc", "e": "AQAB" }))
                });
            },
        ),
        Defect::reshape("operation-twice", &["JWK-024"], "names an operation twice", |answer| {
            each_key(answer, |key| key["key_ops"] = json!(["verify", "verify"]));
        }),
        Defect::reshape(
            "hex-thumbprint",
            &["ROT-013", "JWK-007", "ORA-118"],
            "writes the thumbprint as hexadecimal digits",
            |answer| {
                each_key(answer, |key| {
                    key["x5t"] = json!("00112233445566778899aabbccddeeff00112233")
                });
            },
        ),
        Defect::reshape(
            "private-parts",
            &["JWK-001"],
            "publishes the private exponent beside the public one",
            |answer| each_key(answer, |key| key["d"] = json!("AQAB")),
        ),
        Defect::reshape("no-kind", &["JWK-002"], "leaves out the kind of a key", |answer| {
            each_key(answer, |key| {
                key.as_object_mut().map(|key| key.remove("kty"));
            });
        }),
        Defect::reshape(
            "old-key-gone",
            &["ROT-014"],
            "takes the old key out as soon as there is a new one",
            |answer| change_keys(answer, |keys| keys.truncate(1)),
        ),
        Defect::reshape(
            "doubled",
            &["ROT-014", "JWK-003"],
            "leaves old keys in for good",
            |answer| {
                change_keys(answer, |keys| keys.extend(keys.clone()));
            },
        ),
        Defect::reshape("other-id", &["ORA-117"], "gives the key another id", |answer| {
            each_key(answer, |key| key["kid"] = json!("key-1"));
        }),
        Defect::reshape("as-text", &["JWK-009"], "labels the set as plain text", |answer| {
            if answer.has_member("keys") {
                answer.set_header("Content-Type", "text/plain");
            }
        }),
    ],
);
