//! Promises of the endpoints that want one of the domain's own tokens, and the named ways to break them.

use serde_json::{Value, json};

use crate::answer::Answer;
use crate::rule::defect::Defect;
use crate::rule::{Confidence, RuleInfo, grounds, promise};

/// Changes every key of a set of keys.
fn each_key(answer: &mut Answer, change: impl Fn(&mut Value)) {
    let keys = answer.member("keys").and_then(Value::as_array).cloned();
    if let Some(mut keys) = keys {
        keys.iter_mut().for_each(change);
        answer.set_member("keys", Value::from(keys));
    }
}

/// What is promised.
pub static PROTECTED_PROMISES: &[RuleInfo] = &[promise(
    "keys.members",
    "A key of the set carries its public numbers, its thumbprints and the chain of two certificates, and nothing private.",
    grounds(
        Confidence::Observed,
        &["IDCS-ADMIN-030", "IDCS-ADMIN-031", "IDCS-ADMIN-032", "IDCS-ADMIN-036"],
    ),
    &[
        Defect::reshape(
            "one-certificate",
            &["ORA-117"],
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
            "hex-thumbprint",
            &["ORA-116"],
            "writes the thumbprint as hexadecimal digits",
            |answer| {
                each_key(answer, |key| {
                    key["x5t"] = json!("00112233445566778899aabbccddeeff00112233")
                });
            },
        ),
    ],
)];
