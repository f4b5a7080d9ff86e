//! Makes compact JWTs, good and bad: a [`Draft`] becomes bytes, the bytes are signed, the signature is attached, the text
//! goes out; each stage is open to an [`Alteration`].
//!
//! No clock and no randomness (but for the salt of PSS): the same draft, key and alterations make the same text. Places
//! and templates of a scenario are resolved before.

use aws_lc_rs::hmac;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::alteration::{Alteration, Say, SignatureEdit, SignatureTooShort, Unsigned};
use super::draft::{Draft, Members, NoSuchMember};
use super::key::{Algorithm, SigningKey};
use super::text_edit::NothingToChange;

/// A token that was made.
///
/// `Debug` leaves the signature out by way of [`super::redact()`].
#[derive(Clone, PartialEq, Eq)]
pub struct Forged {
    /// What is sent: a compact JWT, or what became of it.
    pub compact: String,
    /// The header that is in it; bytes that are no UTF-8 are shown as replacement characters.
    pub header_text: String,
    /// The claims that are in it, likewise.
    pub claims_text: String,
}

impl std::fmt::Debug for Forged {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter
            .debug_struct("Forged")
            .field("compact", &super::redact(&self.compact))
            .field("header_text", &self.header_text)
            .field("claims_text", &self.claims_text)
            .finish()
    }
}

/// An alteration that has nothing to work on: the scenario is at fault, not the target.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ForgeError {
    /// The member that is to be changed is not there.
    #[error(transparent)]
    NoSuchMember(#[from] NoSuchMember),
    /// The finished text would be the same as before.
    #[error(transparent)]
    NothingToChange(#[from] NothingToChange),
    /// More is to be cut than there is, or a bit of nothing is to be flipped.
    #[error(transparent)]
    SignatureTooShort(#[from] SignatureTooShort),
}

/// Makes the token that a draft, a key and some alterations describe.
///
/// Without alterations it is a good one. Alterations take effect stage by stage (see [`Alteration`]), within a stage in
/// the order given.
pub fn forge(draft: &Draft, key: &SigningKey, alterations: &[Alteration]) -> Result<Forged, ForgeError> {
    let mut draft = draft.clone();
    let mut signer = Signer::Rsa(key, draft.algorithm);
    for alteration in alterations {
        match alteration {
            Alteration::Member { part, name, edit } => draft.part_mut(*part).edit(name, edit)?,
            Alteration::Sign {
                key: other,
                algorithm,
                say,
            } => {
                let algorithm = algorithm.unwrap_or(draft.algorithm);
                signer = Signer::Rsa(other.as_ref().unwrap_or(key), algorithm);
                match say {
                    Say::TheAlgorithm => draft.header.set("alg", algorithm.name().into()),
                    Say::AsBefore => {}
                    Say::Text(text) => draft.header.set("alg", text.as_str().into()),
                }
            }
            Alteration::Mac(secret) => {
                draft.header.set("alg", "HS256".into());
                signer = Signer::Mac(secret.bytes(key));
            }
            Alteration::Unsigned { say, signature } => {
                draft.header.set("alg", say.as_str().into());
                if *signature == Unsigned::Empty {
                    signer = Signer::Nobody;
                }
            }
            _ => {}
        }
    }

    let mut parts = [draft.header.to_json().into_bytes(), draft.claims.to_json().into_bytes()];
    for alteration in alterations {
        if let Alteration::Whole(part, bytes) = alteration {
            bytes.apply(&mut parts[*part as usize]);
        }
    }

    let mut signature = Some(signer.sign(&signing_input(&parts)));
    let mut signature_text = None;
    for alteration in alterations {
        match alteration {
            Alteration::Signature(SignatureEdit::Drop) => signature = None,
            Alteration::Signature(SignatureEdit::Text(text)) => signature_text = Some(text.clone()),
            Alteration::Signature(edit) => edit.apply(signature.get_or_insert_default())?,
            Alteration::Tamper { part, name, edit } => {
                draft.part_mut(*part).edit(name, edit)?;
                parts[*part as usize] = draft.part(*part).to_json().into_bytes();
            }
            _ => {}
        }
    }

    let mut segments: Vec<_> = parts.iter().map(|part| URL_SAFE_NO_PAD.encode(part)).collect();
    segments.extend(signature_text.or(signature.map(|signature| URL_SAFE_NO_PAD.encode(signature))));
    for alteration in alterations {
        if let Alteration::Text(edit) = alteration {
            edit.apply(&mut segments)?;
        }
    }

    let [header_text, claims_text] = parts.map(|part| String::from_utf8_lossy(&part).into_owned());
    Ok(Forged {
        compact: segments.join("."),
        header_text,
        claims_text,
    })
}

/// Makes a text that looks like an encrypted JWT: five parts, of which only the header means anything.
pub fn encrypted_looking(header: &Members, key_iv_text_tag: [&[u8]; 4]) -> String {
    let mut segments = vec![URL_SAFE_NO_PAD.encode(header.to_json())];
    segments.extend(key_iv_text_tag.map(|part| URL_SAFE_NO_PAD.encode(part)));
    segments.join(".")
}

fn signing_input(parts: &[Vec<u8>; 2]) -> String {
    parts.each_ref().map(|part| URL_SAFE_NO_PAD.encode(part)).join(".")
}

/// Who makes the signature.
enum Signer<'a> {
    Rsa(&'a SigningKey, Algorithm),
    Mac(Vec<u8>),
    Nobody,
}

impl Signer<'_> {
    fn sign(&self, message: &str) -> Vec<u8> {
        match self {
            Self::Rsa(key, algorithm) => key.sign(*algorithm, message.as_bytes()),
            Self::Mac(secret) => {
                let secret = hmac::Key::new(hmac::HMAC_SHA256, secret);
                hmac::sign(&secret, message.as_bytes()).as_ref().to_vec()
            }
            Self::Nobody => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::alteration::{ByteAt, Bytes, MacKey};
    use super::super::draft::{Edit, JsonType, Part, RawJson};
    use super::super::key;
    use super::super::key::testing::{certificate_der, key};
    use super::super::text_edit::TextEdit;
    use super::*;
    use aws_lc_rs::signature::{self, RsaParameters, UnparsedPublicKey};
    use serde_json::json;

    const HEADER: &str = r#"{"alg":"RS256","typ":"JWT"}"#;
    const CLAIMS: &str = r#"{"sub":"ada","exp":9}"#;

    fn draft() -> Draft {
        Draft {
            header: [("alg", json!("RS256")), ("typ", json!("JWT"))].into_iter().collect(),
            claims: [("sub", json!("ada")), ("exp", json!(9))].into_iter().collect(),
            algorithm: Algorithm::Rs256,
        }
    }

    fn forged(alteration: Alteration) -> Forged {
        forge(&draft(), &key(), &[alteration]).unwrap()
    }

    /// The decoded parts.
    fn parts(forged: &Forged) -> Vec<Vec<u8>> {
        forged
            .compact
            .split('.')
            .map(|segment| URL_SAFE_NO_PAD.decode(segment).unwrap())
            .collect()
    }

    fn texts(forged: &Forged) -> [String; 2] {
        let mut parts = parts(forged)
            .into_iter()
            .map(|part| String::from_utf8(part).unwrap_or_default());
        [parts.next().unwrap(), parts.next().unwrap()]
    }

    fn verifies(forged: &Forged, key: &SigningKey, kind: &'static RsaParameters) -> bool {
        let (input, signature) = forged.compact.rsplit_once('.').unwrap();
        let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
        UnparsedPublicKey::new(kind, key.public_pkcs1_der())
            .verify(input.as_bytes(), &signature)
            .is_ok()
    }

    fn is_good_rs256(forged: &Forged) -> bool {
        verifies(forged, &key(), &signature::RSA_PKCS1_2048_8192_SHA256)
    }

    #[test]
    fn without_alterations_the_token_is_good() {
        let good = forge(&draft(), &key(), &[]).unwrap();
        assert_eq!(texts(&good), [HEADER, CLAIMS]);
        assert_eq!((good.header_text.as_str(), good.claims_text.as_str()), (HEADER, CLAIMS));
        assert!(is_good_rs256(&good));
        assert_eq!(
            good,
            forge(&draft(), &key(), &[]).unwrap(),
            "the same input makes the same token"
        );
    }

    #[test]
    fn edited_members_are_signed() {
        let table = [
            (Part::Claims, "exp", Edit::Remove, [HEADER, r#"{"sub":"ada"}"#]),
            (
                Part::Claims,
                "exp",
                Edit::Retype(JsonType::Text),
                [HEADER, r#"{"sub":"ada","exp":"9"}"#],
            ),
            (
                Part::Claims,
                "exp",
                Edit::Set(RawJson("1e400".to_owned())),
                [HEADER, r#"{"sub":"ada","exp":1e400}"#],
            ),
            (
                Part::Header,
                "typ",
                Edit::Set("at+jwt".into()),
                [r#"{"alg":"RS256","typ":"at+jwt"}"#, CLAIMS],
            ),
            (
                Part::Claims,
                "sub",
                Edit::Twice {
                    first: "ada".into(),
                    last: "eve".into(),
                },
                [HEADER, r#"{"sub":"ada","sub":"eve","exp":9}"#],
            ),
        ];
        for (part, name, edit, wanted) in table {
            let forged = forged(Alteration::Member {
                part,
                name: name.to_owned(),
                edit,
            });
            assert_eq!(texts(&forged), wanted);
            assert!(is_good_rs256(&forged), "{wanted:?}");
        }
    }

    #[test]
    fn whole_parts_are_replaced_before_signing() {
        let utf16: Vec<u8> = [0xfe, 0xff]
            .into_iter()
            .chain(CLAIMS.bytes().flat_map(|byte| [0, byte]))
            .collect();
        let table = [
            (Bytes::Exactly(vec![0xff, 0]), vec![0xff, 0]),
            (
                Bytes::Prefix(vec![0xef, 0xbb, 0xbf]),
                [b"\xef\xbb\xbf", CLAIMS.as_bytes()].concat(),
            ),
            (Bytes::Utf16, utf16),
        ];
        for (bytes, wanted) in table {
            let forged = forged(Alteration::Whole(Part::Claims, bytes));
            assert_eq!(parts(&forged)[1], wanted);
            assert!(is_good_rs256(&forged));
        }
    }

    #[test]
    fn another_key_or_algorithm_signs_and_the_header_says_what_it_is_told_to() {
        let stranger = forged(Alteration::Sign {
            key: Some(SigningKey::fresh()),
            algorithm: None,
            say: Say::TheAlgorithm,
        });
        assert!(!is_good_rs256(&stranger));
        assert!(verifies(
            &stranger,
            &SigningKey::fresh(),
            &signature::RSA_PKCS1_2048_8192_SHA256
        ));

        for (say, alg) in [
            (Say::TheAlgorithm, "PS256"),
            (Say::AsBefore, "RS256"),
            (Say::Text("ES256".to_owned()), "ES256"),
        ] {
            let forged = forged(Alteration::Sign {
                key: None,
                algorithm: Some(Algorithm::Ps256),
                say,
            });
            assert_eq!(forged.header_text, format!(r#"{{"alg":"{alg}","typ":"JWT"}}"#));
            assert!(verifies(&forged, &key(), &signature::RSA_PSS_2048_8192_SHA256) && !is_good_rs256(&forged));
        }
    }

    #[test]
    fn a_mac_is_keyed_by_what_anybody_knows() {
        let table = [
            (MacKey::PublicPem, key().public_pem().into_bytes()),
            (
                MacKey::PublicPemNoNewline,
                key().public_pem().strip_suffix('\n').unwrap().as_bytes().to_vec(),
            ),
            (MacKey::PublicDer, key().public_der()),
            (MacKey::PublicJwk, key().public_jwk().into_bytes()),
            (
                MacKey::CertificatePem(certificate_der(&key())),
                key::pem("CERTIFICATE", &certificate_der(&key())).into_bytes(),
            ),
            (MacKey::ClientSecret("pass".into()), b"pass".to_vec()),
            (MacKey::Empty, Vec::new()),
            (MacKey::Text("secret".to_owned()), b"secret".to_vec()),
        ];
        for (mac_key, secret) in table {
            let forged = forged(Alteration::Mac(mac_key));
            assert_eq!(forged.header_text, r#"{"alg":"HS256","typ":"JWT"}"#);
            let (input, _) = forged.compact.rsplit_once('.').unwrap();
            let secret = hmac::Key::new(hmac::HMAC_SHA256, &secret);
            hmac::verify(&secret, input.as_bytes(), &parts(&forged)[2]).unwrap();
        }
    }

    #[test]
    fn unsigned_tokens_say_so_in_any_casing() {
        for say in ["none", "None", "nOnE"] {
            let unsigned = |signature| {
                forged(Alteration::Unsigned {
                    say: say.to_owned(),
                    signature,
                })
            };
            let empty = unsigned(Unsigned::Empty);
            assert_eq!(empty.header_text, format!(r#"{{"alg":"{say}","typ":"JWT"}}"#));
            assert!(empty.compact.ends_with('.') && parts(&empty).len() == 3);
            assert!(is_good_rs256(&unsigned(Unsigned::Kept)));
        }
    }

    #[test]
    fn edits_of_the_signature_leave_the_signed_part_alone() {
        let good = forge(&draft(), &key(), &[]).unwrap();
        let (input, _) = good.compact.rsplit_once('.').unwrap();
        let value = parts(&good).remove(2);
        let flipped = |at: usize| {
            let mut value = value.clone();
            value[at] ^= 1;
            URL_SAFE_NO_PAD.encode(value)
        };
        let table = [
            (SignatureEdit::FlipBit(ByteAt::First), format!("{input}.{}", flipped(0))),
            (
                SignatureEdit::FlipBit(ByteAt::Middle),
                format!("{input}.{}", flipped(128)),
            ),
            (
                SignatureEdit::FlipBit(ByteAt::Last),
                format!("{input}.{}", flipped(255)),
            ),
            (SignatureEdit::Drop, input.to_owned()),
            (SignatureEdit::Empty, format!("{input}.")),
            (
                SignatureEdit::Cut(2),
                format!("{input}.{}", URL_SAFE_NO_PAD.encode(&value[..254])),
            ),
            (
                SignatureEdit::PrependZero,
                format!("{input}.{}", URL_SAFE_NO_PAD.encode([&[0], &value[..]].concat())),
            ),
            (SignatureEdit::Text("a b".to_owned()), format!("{input}.a b")),
        ];
        for (edit, wanted) in table {
            assert_eq!(forged(Alteration::Signature(edit)).compact, wanted);
        }
    }

    #[test]
    fn tampering_keeps_the_old_signature() {
        let good = forge(&draft(), &key(), &[]).unwrap();
        let table = [
            (Part::Claims, "sub", [HEADER, r#"{"sub":"eve","exp":9}"#]),
            (Part::Header, "typ", [r#"{"alg":"RS256","typ":"eve"}"#, CLAIMS]),
        ];
        for (part, name, wanted) in table {
            let tampered = forged(Alteration::Tamper {
                part,
                name: name.to_owned(),
                edit: Edit::Set("eve".into()),
            });
            assert_eq!(texts(&tampered), wanted);
            assert_eq!([&tampered.header_text, &tampered.claims_text], wanted);
            assert_eq!(parts(&tampered)[2], parts(&good)[2]);
        }
    }

    #[test]
    fn text_edits_come_last() {
        let forged = forged(Alteration::Text(TextEdit::Prepend(" ".to_owned())));
        assert_eq!(
            forged.compact,
            format!(" {}", forge(&draft(), &key(), &[]).unwrap().compact)
        );
        assert_eq!(forged.header_text, HEADER);
    }

    #[test]
    fn alterations_without_anything_to_work_on_are_errors() {
        let missing = Alteration::Member {
            part: Part::Header,
            name: "kid".to_owned(),
            edit: Edit::Remove,
        };
        let table = [
            (missing, "there is no member `kid` to change"),
            (
                Alteration::Signature(SignatureEdit::Cut(257)),
                "the signature has only 256 bytes, too few for this alteration",
            ),
            (
                Alteration::Text(TextEdit::Append(String::new())),
                "the alteration of the text would change nothing: it says the same",
            ),
        ];
        for (alteration, message) in table {
            assert_eq!(forge(&draft(), &key(), &[alteration]).unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn an_encrypted_looking_text_has_five_parts() {
        let header = [("alg", json!("RSA-OAEP")), ("enc", json!("A256GCM"))]
            .into_iter()
            .collect();
        let text = encrypted_looking(&header, [b"key", b"iv", b"text", b"tag"]);
        let parts: Vec<_> = text
            .split('.')
            .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap())
            .collect();
        assert_eq!(
            parts,
            [
                &br#"{"alg":"RSA-OAEP","enc":"A256GCM"}"#[..],
                b"key",
                b"iv",
                b"text",
                b"tag"
            ]
        );
    }

    #[test]
    fn debug_shows_no_signature() {
        let good = forge(&draft(), &key(), &[]).unwrap();
        let (_, signature) = good.compact.rsplit_once('.').unwrap();
        assert!(!format!("{good:?}").contains(signature));
    }
}
