//! What a published set of keys must be like, quality by quality: the JSON of the set in, what is wrong with it out.
//!
//! Whether a token can be checked by the set is judged elsewhere ([`mod@crate::token::verify`]).

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::Value;

use crate::scenario::model::KeyQuality;
use crate::token::der::{RsaNumbers, rsa_numbers_of_certificate, without_leading_zeros};
use crate::token::{x5t, x5t_s256};

/// Shorter RSA keys are too weak to sign with (RFC 7518 section 3.3).
const FEWEST_BITS: usize = 2048;

/// The operations that go with each use (RFC 7517 section 4.3).
const OPERATIONS: [(&str, &[&str]); 2] = [
    ("sig", &["sign", "verify"]),
    (
        "enc",
        &["encrypt", "decrypt", "wrapKey", "unwrapKey", "deriveKey", "deriveBits"],
    ),
];

/// What is wrong with a set of keys (RFC 7517 section 5), going by one quality; nothing where it has it.
///
/// # Errors
///
/// The first fault, in words that quote no more than ids and member names.
pub(super) fn check(quality: KeyQuality, set: Option<&Value>) -> Result<(), String> {
    let Some(keys) = set
        .and_then(|set| set.get("keys"))
        .and_then(Value::as_array)
        .filter(|keys| !keys.is_empty())
    else {
        return Err("no list of keys".to_owned());
    };
    if quality == KeyQuality::DistinctIds {
        let ids: Vec<&str> = keys.iter().filter_map(|key| text(key, "kid")).collect();
        let doubled = ids.iter().enumerate().find(|(index, id)| ids[..*index].contains(id));
        return doubled.map_or(Ok(()), |(_, id)| Err(format!("two keys with the id `{id}`")));
    }
    keys.iter().enumerate().try_for_each(|(index, key)| {
        let fault = match quality {
            KeyQuality::DistinctIds => None,
            KeyQuality::LongEnough => too_short(key),
            KeyQuality::UseFitsOperations => contradiction(key),
            KeyQuality::UseWhereMixed => unsaid(key, keys),
            KeyQuality::OperationsOnce => twice(key),
            KeyQuality::CertifiedByItsFirst => other_certificate(key),
            KeyQuality::FingerprintsOfItsFirst => other_fingerprint(key),
            KeyQuality::ShortestNumbers => padded(key),
        };
        fault.map_or(Ok(()), |fault| Err(format!("key {index}: {fault}")))
    })
}

fn text<'a>(key: &'a Value, member: &str) -> Option<&'a str> {
    key.get(member).and_then(Value::as_str)
}

fn number(key: &Value, member: &str) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text(key, member)?).ok()
}

fn is_rsa(key: &Value) -> bool {
    text(key, "kty") == Some("RSA")
}

fn first_certificate(key: &Value) -> Option<Vec<u8>> {
    STANDARD.decode(key.get("x5c")?.get(0)?.as_str()?).ok()
}

fn too_short(key: &Value) -> Option<String> {
    if !is_rsa(key) {
        return None;
    }
    let Some(modulus) = number(key, "n") else {
        return Some("`n` is no number in base64url".to_owned());
    };
    let modulus = without_leading_zeros(&modulus);
    let unused = modulus.first().map_or(0, |first| first.leading_zeros() as usize);
    let bits = modulus.len() * 8 - unused;
    (bits < FEWEST_BITS).then(|| format!("{bits} bits"))
}

fn operations(key: &Value) -> Vec<&str> {
    let list = key.get("key_ops").and_then(Value::as_array);
    list.into_iter().flatten().filter_map(Value::as_str).collect()
}

fn contradiction(key: &Value) -> Option<String> {
    let (_, fitting) = OPERATIONS.iter().find(|(name, _)| text(key, "use") == Some(name))?;
    let stranger = operations(key).into_iter().find(|name| !fitting.contains(name))?;
    Some(format!("the operation `{stranger}` does not go with its use"))
}

/// A key that does not say what it is for, beside one for encryption (RFC 8414 section 2).
fn unsaid(key: &Value, keys: &[Value]) -> Option<String> {
    let (_, encrypting) = OPERATIONS[1];
    let encrypts = |key: &Value| {
        let by_operation = || operations(key).iter().any(|name| encrypting.contains(name));
        text(key, "use").map_or_else(by_operation, |purpose| purpose == "enc")
    };
    let is_mixed = keys.iter().any(encrypts) && !keys.iter().all(encrypts);
    (is_mixed && text(key, "use").is_none()).then(|| "no use, beside a key for encryption".to_owned())
}

fn twice(key: &Value) -> Option<String> {
    let all = operations(key);
    let (_, name) = all
        .iter()
        .enumerate()
        .find(|(index, name)| all[..*index].contains(name))?;
    Some(format!("the operation `{name}` twice"))
}

fn other_certificate(key: &Value) -> Option<String> {
    key.get("x5c")?;
    let Some(certified) = first_certificate(key).and_then(|certificate| rsa_numbers_of_certificate(&certificate))
    else {
        return Some("its first certificate cannot be read".to_owned());
    };
    let own = RsaNumbers {
        modulus: without_leading_zeros(&number(key, "n")?).to_vec(),
        exponent: without_leading_zeros(&number(key, "e")?).to_vec(),
    };
    (certified != own).then(|| "its first certificate is one of another key".to_owned())
}

/// The fingerprint of another certificate of the same key would be in order too (RFC 7517 section 4.8), but nobody could tell.
fn other_fingerprint(key: &Value) -> Option<String> {
    let certificate = first_certificate(key)?;
    let fingerprints = [("x5t", x5t(&certificate)), ("x5t#S256", x5t_s256(&certificate))];
    let (name, _) = fingerprints
        .iter()
        .find(|(name, own)| text(key, name).is_some_and(|said| said != own))?;
    Some(format!("`{name}` is not that of its first certificate"))
}

fn padded(key: &Value) -> Option<String> {
    let is_padded = |name: &&&str| number(key, name).is_some_and(|bytes| bytes.first() == Some(&0));
    let name = ["n", "e"].iter().find(is_padded)?;
    Some(format!("`{name}` begins with a zero byte"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::token::SigningKey;
    use crate::token::key::testing::{certificate_der, key};

    /// A key that has every quality.
    fn sound() -> Value {
        let certificate = certificate_der(&key());
        let numbers = rsa_numbers_of_certificate(&certificate).expect("the certificate has an RSA key");
        json!({
            "kty": "RSA", "kid": "one", "use": "sig", "key_ops": ["verify"],
            "n": URL_SAFE_NO_PAD.encode(&numbers.modulus), "e": URL_SAFE_NO_PAD.encode(&numbers.exponent),
            "x5c": [STANDARD.encode(&certificate)], "x5t": x5t(&certificate), "x5t#S256": x5t_s256(&certificate),
        })
    }

    fn fault(quality: KeyQuality, member: &str, value: Value) -> Option<String> {
        let mut changed = sound();
        changed[member] = value;
        check(quality, Some(&json!({ "keys": [changed] }))).err()
    }

    #[test]
    fn a_sound_key_has_every_quality() {
        for quality in KeyQuality::ALL {
            assert_eq!(
                check(quality, Some(&json!({ "keys": [sound()] }))),
                Ok(()),
                "{quality:?}"
            );
        }
    }

    #[test]
    fn each_quality_is_missed_by_its_own_fault() {
        let other = SigningKey::fresh().public_pkcs1_der();
        let other = crate::token::der::rsa_numbers(&other)
            .expect("a key has numbers")
            .modulus;
        let mut longer = vec![0];
        longer.extend(URL_SAFE_NO_PAD.decode(sound()["n"].as_str().unwrap()).unwrap());
        let changes = [
            (KeyQuality::LongEnough, "n", json!(URL_SAFE_NO_PAD.encode([0xc1; 128]))),
            (KeyQuality::UseFitsOperations, "key_ops", json!(["encrypt"])),
            (KeyQuality::OperationsOnce, "key_ops", json!(["verify", "verify"])),
            (
                KeyQuality::CertifiedByItsFirst,
                "n",
                json!(URL_SAFE_NO_PAD.encode(&other)),
            ),
            (KeyQuality::CertifiedByItsFirst, "x5c", json!(["!"])),
            (KeyQuality::FingerprintsOfItsFirst, "x5t", json!("AAAA")),
            (KeyQuality::FingerprintsOfItsFirst, "x5t#S256", json!("AAAA")),
            (KeyQuality::ShortestNumbers, "n", json!(URL_SAFE_NO_PAD.encode(&longer))),
        ];
        for (quality, member, value) in changes {
            assert!(
                fault(quality, member, value.clone()).is_some(),
                "{quality:?} {member} {value}"
            );
        }
        let mut for_encryption = sound();
        for_encryption["use"] = json!("enc");
        let mut silent = sound();
        silent.as_object_mut().expect("a key is an object").remove("use");
        let mixed = |key: &Value| {
            check(
                KeyQuality::UseWhereMixed,
                Some(&json!({ "keys": [key, for_encryption] })),
            )
        };
        assert!(mixed(&silent).is_err());
        assert_eq!(mixed(&sound()), Ok(()));
        let twins = json!({ "keys": [sound(), sound()] });
        assert!(check(KeyQuality::DistinctIds, Some(&twins)).is_err());
        assert!(check(KeyQuality::LongEnough, Some(&json!({ "keys": [] }))).is_err());
        assert!(check(KeyQuality::LongEnough, None).is_err());
    }
}
