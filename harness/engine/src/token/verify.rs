//! Reads and checks the tokens that servers issue, trusting nothing of what they say.
//!
//! This is the harness's own verifier: it shares no code with the servers under test, so that a bug on one side is not
//! excused on the other. Tokens that the harness makes itself come from [`mod@super::forge`].

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

use super::draft::Part;
use super::key;
use super::public_key::PublicKey;
use super::strict_json::{self, JsonFault};

/// Longer tokens are not looked at.
const LONGEST: usize = 256 * 1024;
/// No more keys than this are tried for one signature.
const KEYS_TRIED: usize = 4;
/// What a token says. Nothing here has been checked unless it comes from [`verify`].
#[derive(Debug, Clone, PartialEq)]
pub struct Decoded {
    /// The JOSE header.
    pub header: Map<String, Value>,
    /// The claims set.
    pub claims: Map<String, Value>,
    /// The first sixteen hexadecimal digits of the SHA-256 of the signature: tells tokens apart without showing them.
    pub signature_digest: String,
}

/// Why a text is no compact JWT.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Malformed {
    /// It is longer than any token should be.
    #[error("the token is longer than {LONGEST} characters")]
    TooLong,
    /// It has fewer or more than three parts.
    #[error("the token has {0} parts instead of 3")]
    Parts(usize),
    /// A part is not base64url, or is padded, or has stray bits at its end.
    #[error("part {0} of the token is not unpadded base64url")]
    NotBase64(usize),
    /// Header or claims are not strict JSON.
    #[error("{} of the token is {fault}", name(*.part))]
    Json {
        /// Which of the two.
        part: Part,
        /// What is wrong with it.
        fault: JsonFault,
    },
    /// Header or claims are JSON, but no object.
    #[error("{} of the token is not a JSON object", name(*.0))]
    NotAnObject(Part),
}

fn name(part: Part) -> &'static str {
    match part {
        Part::Header => "the header",
        Part::Claims => "the claims set",
    }
}

/// Why a token is not one that the holder of these keys signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Refusal {
    /// It cannot be read.
    #[error(transparent)]
    Malformed(#[from] Malformed),
    /// It is signed otherwise than expected, or not at all.
    #[error("the token's `alg` is not RS256")]
    Algorithm,
    /// It demands extensions.
    #[error("the token's header has a `crit` member")]
    Critical,
    /// Every key contradicts what the header says about the key.
    #[error("none of the {known} known keys is the one that the token's header names")]
    NoKey {
        /// How many keys there were.
        known: usize,
    },
    /// The signature is of another key or another text.
    #[error("the token's signature was not made by any of the {tried} keys tried")]
    Signature {
        /// How many keys were tried.
        tried: usize,
    },
}

/// Takes a compact JWT apart without checking its signature.
pub fn decode(token: &str) -> Result<Decoded, Malformed> {
    Ok(read(token)?.decoded)
}

/// Takes a compact JWT apart and checks that one of the keys made its signature, RS256.
///
/// A key is tried unless it contradicts the header: a key with a `kid`, `x5t` or `x5t#S256` of its own must have the one
/// that the header has. Times and audience are for [`check_claims`].
pub fn verify(token: &str, keys: &[PublicKey]) -> Result<Decoded, Refusal> {
    let Compact {
        decoded,
        signed,
        signature,
    } = read(token)?;
    if decoded.header.get("alg").and_then(Value::as_str) != Some("RS256") {
        return Err(Refusal::Algorithm);
    }
    if decoded.header.contains_key("crit") {
        return Err(Refusal::Critical);
    }
    let candidates: Vec<_> = keys
        .iter()
        .filter(|key| key.may_be(&decoded.header))
        .take(KEYS_TRIED)
        .collect();
    if candidates.is_empty() {
        return Err(Refusal::NoKey { known: keys.len() });
    }
    if !candidates.iter().any(|key| key.has_signed(signed, &signature)) {
        return Err(Refusal::Signature {
            tried: candidates.len(),
        });
    }
    Ok(decoded)
}

/// A token taken apart.
struct Compact<'a> {
    decoded: Decoded,
    /// The first two segments with the dot between.
    signed: &'a str,
    signature: Vec<u8>,
}

fn read(token: &str) -> Result<Compact<'_>, Malformed> {
    if token.len() > LONGEST {
        return Err(Malformed::TooLong);
    }
    let segments: Vec<_> = token.split('.').collect();
    let [header, claims, signature] = segments[..] else {
        return Err(Malformed::Parts(segments.len()));
    };
    let decoded = |number, segment: &str| {
        URL_SAFE_NO_PAD
            .decode(segment)
            .map_err(|_| Malformed::NotBase64(number))
    };
    let (header, claims, signature) = (decoded(1, header)?, decoded(2, claims)?, decoded(3, signature)?);
    let signature_digest = key::hex(&digest(&SHA256, &signature).as_ref()[..8]);
    let decoded = Decoded {
        header: object(Part::Header, &header)?,
        claims: object(Part::Claims, &claims)?,
        signature_digest,
    };
    let signed = token.rsplit_once('.').map_or("", |(signed, _)| signed);
    Ok(Compact {
        decoded,
        signed,
        signature,
    })
}

fn object(part: Part, bytes: &[u8]) -> Result<Map<String, Value>, Malformed> {
    match strict_json::parse(bytes) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(_) => Err(Malformed::NotAnObject(part)),
        Err(fault) => Err(Malformed::Json { part, fault }),
    }
}

/// Why a token is not for now or not for us.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClaimFault {
    /// There is no `exp`.
    #[error("the claims set has no `exp`")]
    NoExpiry,
    /// A time is not a number.
    #[error("the claim `{0}` is not a number")]
    NotANumber(&'static str),
    /// The time of `exp` has come.
    #[error("the token has expired")]
    Expired,
    /// The time of `nbf` has not come.
    #[error("the token is not valid yet")]
    NotYet,
    /// `aud` does not have the wanted audience.
    #[error("the claim `aud` does not have the expected audience")]
    Audience,
}

/// Checks `exp`, `nbf` and `aud`, allowing `leeway` seconds of clock skew.
///
/// `now` is in seconds since 1970 by the clock that the issuer goes by.
pub fn check_claims(claims: &Map<String, Value>, audience: &str, now: u64, leeway: u64) -> Result<(), ClaimFault> {
    let time = |name: &'static str| match claims.get(name) {
        None => Ok(None),
        Some(time) => time.as_f64().map(Some).ok_or(ClaimFault::NotANumber(name)),
    };
    let [earliest, latest] = [now.saturating_sub(leeway), now.saturating_add(leeway)].map(seconds);
    if time("exp")?.ok_or(ClaimFault::NoExpiry)? <= earliest {
        return Err(ClaimFault::Expired);
    }
    if time("nbf")?.is_some_and(|not_before| not_before > latest) {
        return Err(ClaimFault::NotYet);
    }
    let is_wanted = match claims.get("aud") {
        Some(Value::String(only)) => only == audience,
        Some(Value::Array(several)) => several.iter().any(|one| one == audience),
        _ => false,
    };
    if is_wanted { Ok(()) } else { Err(ClaimFault::Audience) }
}

#[expect(clippy::cast_precision_loss, reason = "times of this geological age are exact")]
fn seconds(time: u64) -> f64 {
    time as f64
}

#[cfg(test)]
mod tests {
    use super::super::alteration::{Alteration, Bytes, MacKey, Say, SignatureEdit, Unsigned};
    use super::super::draft::{Draft, Edit, RawJson};
    use super::super::forge::forge;
    use super::super::key::testing::{certificate_der, key};
    use super::super::key::{Algorithm, SigningKey};
    use super::super::text_edit::{Segment, TextEdit};
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    fn draft(header: Value) -> Draft {
        let Value::Object(header) = header else {
            panic!("a header is an object")
        };
        Draft {
            header: header.into_iter().collect(),
            claims: [("sub", json!("ada")), ("exp", json!(9))].into_iter().collect(),
            algorithm: Algorithm::Rs256,
        }
    }

    fn token(alterations: &[Alteration]) -> String {
        forge(&draft(json!({ "alg": "RS256", "typ": "JWT" })), &key(), alterations)
            .unwrap()
            .compact
    }

    fn public(key: &SigningKey, names: Value) -> PublicKey {
        let mut jwk: Value = serde_json::from_str(&key.public_jwk()).unwrap();
        let Value::Object(names) = names else {
            panic!("names are an object")
        };
        jwk.as_object_mut().unwrap().extend(names);
        PublicKey::from_jwk(&jwk).unwrap()
    }

    fn right() -> PublicKey {
        public(&key(), json!({}))
    }

    fn stranger() -> PublicKey {
        public(&SigningKey::fresh(), json!({}))
    }

    #[test]
    fn a_good_token_is_accepted_and_told_apart() {
        let decoded = verify(&token(&[]), &[stranger(), right()]).unwrap();
        assert_eq!(
            Value::Object(decoded.header.clone()),
            json!({ "alg": "RS256", "typ": "JWT" })
        );
        assert_eq!(Value::Object(decoded.claims.clone()), json!({ "sub": "ada", "exp": 9 }));
        assert_eq!(decoded.signature_digest.len(), 16);
        assert_eq!(decode(&token(&[])), Ok(decoded));
    }

    #[test]
    fn every_misuse_is_refused_for_its_own_reason() {
        let member = |edit| Alteration::Member {
            part: Part::Claims,
            name: "sub".to_owned(),
            edit,
        };
        let critical = Alteration::Member {
            part: Part::Header,
            name: "crit".to_owned(),
            edit: Edit::Set(json!(["exp"]).into()),
        };
        let sign = |key, algorithm, say| Alteration::Sign { key, algorithm, say };
        let whole = |json: &str| Alteration::Whole(Part::Claims, Bytes::Exactly(json.as_bytes().to_vec()));
        let text = Alteration::Text;
        let claims = |fault| {
            Refusal::Malformed(Malformed::Json {
                part: Part::Claims,
                fault,
            })
        };
        let table = [
            (
                sign(Some(SigningKey::fresh()), None, Say::TheAlgorithm),
                Refusal::Signature { tried: 1 },
            ),
            (
                sign(None, Some(Algorithm::Ps256), Say::AsBefore),
                Refusal::Signature { tried: 1 },
            ),
            (
                sign(None, Some(Algorithm::Rs512), Say::AsBefore),
                Refusal::Signature { tried: 1 },
            ),
            (
                sign(None, Some(Algorithm::Rs512), Say::TheAlgorithm),
                Refusal::Algorithm,
            ),
            (Alteration::Mac(MacKey::PublicPem), Refusal::Algorithm),
            (
                Alteration::Unsigned {
                    say: "none".to_owned(),
                    signature: Unsigned::Empty,
                },
                Refusal::Algorithm,
            ),
            (
                Alteration::Signature(SignatureEdit::Empty),
                Refusal::Signature { tried: 1 },
            ),
            (
                Alteration::Signature(SignatureEdit::PrependZero),
                Refusal::Signature { tried: 1 },
            ),
            (Alteration::Signature(SignatureEdit::Drop), Malformed::Parts(2).into()),
            (critical, Refusal::Critical),
            (
                member(Edit::Twice {
                    first: "ada".into(),
                    last: "ada".into(),
                }),
                claims(JsonFault::Doubled),
            ),
            (
                member(Edit::Set(RawJson("1e400".to_owned()))),
                claims(JsonFault::NotJson),
            ),
            (
                member(Edit::Set(RawJson("[".repeat(64) + &"]".repeat(64)))),
                claims(JsonFault::TooDeep),
            ),
            (whole("[]"), Malformed::NotAnObject(Part::Claims).into()),
            (
                Alteration::Whole(Part::Claims, Bytes::Utf16),
                claims(JsonFault::NotUtf8),
            ),
            (text(TextEdit::Parts(5)), Malformed::Parts(5).into()),
            (text(TextEdit::Pad(Segment::Signature)), Malformed::NotBase64(3).into()),
            (
                text(TextEdit::UnusedBits(Segment::Signature)),
                Malformed::NotBase64(3).into(),
            ),
            (text(TextEdit::Prepend(" ".to_owned())), Malformed::NotBase64(1).into()),
            (text(TextEdit::Append("\n".to_owned())), Malformed::NotBase64(3).into()),
            (text(TextEdit::Flattened), Malformed::Parts(1).into()),
            (text(TextEdit::Append("A".repeat(LONGEST))), Malformed::TooLong.into()),
        ];
        for (alteration, refusal) in table {
            let refused = verify(&token(std::slice::from_ref(&alteration)), &[right()]);
            assert_eq!(refused, Err(refusal), "{alteration:?}");
        }
    }

    #[test]
    fn the_names_of_a_key_choose_it() {
        let certificate = certificate_der(&key());
        let [x5t, x5t_s256] = [key::x5t(&certificate), key::x5t_s256(&certificate)];
        let named = |kid: &str| public(&key(), json!({ "kid": kid }));
        let certified = || PublicKey::from_certificate_der(&certificate).unwrap();
        let no_key = Some(Refusal::NoKey { known: 1 });
        let table = [
            (json!({}), named("a"), None),
            (json!({ "kid": "a" }), named("a"), None),
            (json!({ "kid": "b" }), named("a"), no_key),
            (json!({ "kid": 1 }), named("a"), no_key),
            (json!({ "kid": "b" }), certified(), None),
            (json!({ "x5t": x5t, "x5t#S256": x5t_s256 }), certified(), None),
            (json!({ "x5t": x5t_s256 }), certified(), no_key),
            (json!({ "x5t": x5t, "x5t#S256": "other" }), certified(), no_key),
            (
                json!({ "x5t": x5t, "kid": "a" }),
                public(&key(), json!({ "x5t": x5t, "kid": "b" })),
                no_key,
            ),
        ];
        for (names, key_of_server, refusal) in table {
            let mut header = json!({ "alg": "RS256" });
            header
                .as_object_mut()
                .unwrap()
                .extend(names.as_object().unwrap().clone());
            let token = forge(&draft(header), &key(), &[]).unwrap().compact;
            assert_eq!(verify(&token, &[key_of_server]).err(), refusal, "{names}");
        }
    }

    #[test]
    fn at_most_four_keys_are_tried() {
        let strangers = |number| (0..number).map(|_| stranger()).chain([right()]).collect::<Vec<_>>();
        assert!(verify(&token(&[]), &strangers(3)).is_ok());
        assert_eq!(verify(&token(&[]), &strangers(4)), Err(Refusal::Signature { tried: 4 }));
        assert_eq!(verify(&token(&[]), &[]), Err(Refusal::NoKey { known: 0 }));
    }

    #[test]
    fn times_and_audience_are_checked_to_the_second() {
        let table = [
            (json!({ "exp": 1100, "aud": "us" }), None),
            (json!({ "exp": 1100.5, "nbf": 900, "aud": ["them", "us"] }), None),
            (json!({ "exp": 991, "aud": "us" }), None),
            (json!({ "exp": 990, "aud": "us" }), Some(ClaimFault::Expired)),
            (json!({ "exp": 1100, "nbf": 1010, "aud": "us" }), None),
            (
                json!({ "exp": 1100, "nbf": 1011, "aud": "us" }),
                Some(ClaimFault::NotYet),
            ),
            (
                json!({ "exp": "1100", "aud": "us" }),
                Some(ClaimFault::NotANumber("exp")),
            ),
            (
                json!({ "exp": 1100, "nbf": null, "aud": "us" }),
                Some(ClaimFault::NotANumber("nbf")),
            ),
            (json!({ "aud": "us" }), Some(ClaimFault::NoExpiry)),
            (json!({ "exp": 1100, "aud": "them" }), Some(ClaimFault::Audience)),
            (json!({ "exp": 1100, "aud": [["us"]] }), Some(ClaimFault::Audience)),
            (json!({ "exp": 1100 }), Some(ClaimFault::Audience)),
        ];
        for (claims, fault) in table {
            assert_eq!(
                check_claims(claims.as_object().unwrap(), "us", 1000, 10).err(),
                fault,
                "{claims}"
            );
        }
    }

    proptest! {
        #[test]
        fn any_change_of_one_character_is_refused(at in any::<prop::sample::Index>(), other in any::<char>()) {
            let good = token(&[]);
            let at = at.index(good.len());
            let mut changed = good.clone();
            changed.replace_range(at..=at, &other.to_string());
            prop_assume!(changed != good);
            prop_assert!(verify(&changed, &[right()]).is_err());
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in ".*") {
            prop_assert!(verify(&text, &[right()]).is_err());
        }
    }

    #[test]
    fn every_flipped_bit_of_a_token_is_refused() {
        let good = token(&[]).into_bytes();
        for (at, bit) in (0..good.len()).flat_map(|at| (0..7).map(move |bit| (at, 1 << bit))) {
            let mut changed = good.clone();
            changed[at] ^= bit;
            let changed = String::from_utf8(changed).unwrap();
            assert!(verify(&changed, &[right()]).is_err(), "bit {bit} of byte {at}");
        }
    }

    #[test]
    fn errors_quote_nothing_of_the_token() {
        let whole = Alteration::Whole(Part::Claims, Bytes::Exactly(br#"{"hush":1,"hush":2}"#.to_vec()));
        let refusal = verify(&token(&[whole]), &[right()]).unwrap_err();
        assert_eq!(
            refusal.to_string(),
            "the claims set of the token is an object with a doubled member"
        );
    }
}
