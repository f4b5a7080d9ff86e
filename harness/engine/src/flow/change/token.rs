//! Changes a token on its way to text: members, whole parts, key and algorithm, signature, finished text.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use super::{edit_of, filled, resolve, unfit};
use serde_json::Value;

use crate::flow::cast::Missing;
use crate::flow::draft::{SignDraft, signing_key};
use crate::flow::error::FlowError;
use crate::flow::forgery::Forgeries;
use crate::flow::value::{Scope, Secrets};
use crate::scenario::model::{
    Brought, Change, Fill, FlippedByte, Hash, MacKey as Keying, Part as Named, Place, Serialization, TokenPart,
};
use crate::token::{
    Algorithm, Alteration, ByteAt, Bytes, Edit, MacKey, Part, Say, Segment, SignatureEdit, SigningKey, TextEdit,
    Unsigned,
};

/// Changes a token on its way to text.
pub fn change_token(
    change: &Change,
    draft: &mut SignDraft,
    scope: &Scope<'_>,
    forgeries: &Forgeries,
) -> Result<(), FlowError> {
    let each = scope.each;
    let fill = |text: &str| scope.text(text, Secrets::Refused);
    if let Some((at, edit)) = edit_of(change, scope)? {
        let name = at.name.as_deref().unwrap_or_default();
        draft.draft.part_mut(part_of(&at)?).edit(name, &edit)?;
        return Ok(());
    }
    let alteration = match change {
        Change::Raw { at, json } => Alteration::Whole(part_of(at)?, Bytes::Exactly(fill(json)?.into_bytes())),
        Change::Bytes {
            at,
            hex,
            form,
            prefix,
            keep,
        } => {
            let part = part_of(at)?;
            let text = draft.draft.part(part).to_json();
            let bytes = match (hex, form, prefix) {
                (Some(hex), _, _) => bytes_of(&fill(hex)?)?,
                (None, Some(_), _) => text.encode_utf16().flat_map(u16::to_be_bytes).collect(),
                (None, None, Some(prefix)) => [bytes_of(&fill(prefix)?)?, text.into_bytes()].concat(),
                (None, None, None) => return Err(unfit("it names no bytes")),
            };
            if *keep {
                draft.swapped = Some((part, bytes));
                return Ok(());
            }
            Alteration::Whole(part, Bytes::Exactly(bytes))
        }
        Change::Sign {
            key,
            algorithm,
            hash,
            say,
            bring,
            ..
        } => {
            let said = say.as_deref().map(fill).transpose()?;
            let algorithm = algorithm.as_deref().map(fill).transpose()?;
            let named = algorithm.as_deref().map(|name| {
                Algorithm::named(name).ok_or_else(|| unfit(&format!("nothing can be signed with `{name}` here")))
            });
            let mut used = named.transpose()?;
            if let Some(hash) = hash {
                used = Some(rehashed(used.unwrap_or(draft.draft.algorithm), resolve(hash, each)?)?);
            }
            let key = key.as_ref().map(|key| signing_key(key, scope)).transpose()?;
            if let Some(bring) = bring {
                let used = key.as_ref().map_or(&draft.key, |(key, _)| key);
                let (name, value) = brought(resolve(bring, each)?, used)?;
                draft.alterations.push(Alteration::Member {
                    part: Part::Header,
                    name: name.to_owned(),
                    edit: Edit::Set(value.into()),
                });
            }
            Alteration::Sign {
                key: key.map(|(key, _)| key),
                algorithm: used,
                say: match (said, algorithm) {
                    (Some(said), _) => Say::Text(said),
                    // Another hash alone is a lie: the header goes on saying what it said.
                    (None, Some(algorithm)) => Say::Text(algorithm),
                    (None, None) => Say::AsBefore,
                },
            }
        }
        Change::Mac { keyed_by, .. } => Alteration::Mac(mac_key(resolve(keyed_by, each)?, draft, scope)?),
        Change::Unsigned {
            algorithm,
            keep_signature,
            ..
        } => Alteration::Unsigned {
            say: fill(algorithm)?,
            signature: if *keep_signature {
                Unsigned::Kept
            } else {
                Unsigned::Empty
            },
        },
        Change::Signature { .. } => Alteration::Signature(signature_edit(change, draft, scope, forgeries)?),
        Change::Tamper { at, to } => {
            let at = filled(at, scope);
            Alteration::Tamper {
                part: part_of(&at)?,
                name: at.name.ok_or_else(|| unfit("it names no member"))?,
                edit: Edit::Set(scope.value(to, Secrets::Refused)?.into()),
            }
        }
        Change::Text { .. } => Alteration::Text(text_edit(change, scope)?),
        _ => return Err(unfit("the step signs")),
    };
    draft.alterations.push(alteration);
    Ok(())
}

/// The header member that brings a key along. The links lead nowhere: whoever follows them finds a reserved name.
fn brought(form: Brought, key: &SigningKey) -> Result<(&'static str, Value), FlowError> {
    Ok(match form {
        Brought::Jwk => {
            let jwk = serde_json::from_str(&key.public_jwk()).map_err(|_| unfit("its key cannot be written"))?;
            ("jwk", jwk)
        }
        Brought::Jku => ("jku", Value::from("https://stranger.invalid/keys.json")),
        Brought::X5u => ("x5u", Value::from("https://stranger.invalid/certificate.pem")),
    })
}

fn signature_edit(
    change: &Change,
    draft: &SignDraft,
    scope: &Scope<'_>,
    forgeries: &Forgeries,
) -> Result<SignatureEdit, FlowError> {
    let Change::Signature {
        flip_bit_of_byte,
        drop,
        empty,
        cut,
        prepend_zero,
        text,
        ..
    } = change
    else {
        return Err(unfit("it changes no signature"));
    };
    let is_set = |flag: Option<bool>| flag == Some(true);
    Ok(match (flip_bit_of_byte, cut, text) {
        (Some(byte), _, _) => SignatureEdit::FlipBit(match resolve(byte, scope.each)? {
            FlippedByte::First => ByteAt::First,
            FlippedByte::Middle => ByteAt::Middle,
            FlippedByte::Last => ByteAt::Last,
        }),
        (None, Some(cut), _) => {
            let compact = forgeries.make(draft)?.compact;
            let signature = compact.rsplit('.').next().unwrap_or_default();
            let length = URL_SAFE_NO_PAD.decode(signature).map_or(0, |signature| signature.len());
            let left = resolve(cut, scope.each)? as usize;
            let off = length.checked_sub(left).filter(|off| *off > 0);
            SignatureEdit::Cut(off.ok_or_else(|| unfit(&format!("the signature has only {length} bytes")))?)
        }
        (None, None, Some(text)) => SignatureEdit::Text(scope.text(text, Secrets::Allowed)?),
        (None, None, None) if is_set(*drop) => SignatureEdit::Drop,
        (None, None, None) if is_set(*empty) => SignatureEdit::Empty,
        (None, None, None) if is_set(*prepend_zero) => SignatureEdit::PrependZero,
        (None, None, None) => return Err(unfit("it does nothing to the signature")),
    })
}

fn text_edit(change: &Change, scope: &Scope<'_>) -> Result<TextEdit, FlowError> {
    let Change::Text {
        prepend,
        append,
        insert,
        pad,
        parts,
        form,
        replace,
        ..
    } = change
    else {
        return Err(unfit("it changes no text"));
    };
    let fill = |text: &str| scope.text(text, Secrets::Allowed);
    let segment = |part: &Fill<TokenPart>| {
        Ok::<_, FlowError>(match resolve(part, scope.each)? {
            TokenPart::Header => Segment::Header,
            TokenPart::Claims => Segment::Claims,
            TokenPart::Signature => Segment::Signature,
        })
    };
    let edits = [
        prepend.as_deref().map(|text| fill(text).map(TextEdit::Prepend)),
        append.as_deref().map(|text| fill(text).map(TextEdit::Append)),
        replace.as_deref().map(|text| fill(text).map(TextEdit::Replace)),
        pad.as_ref().map(|part| segment(part).map(TextEdit::Pad)),
        parts
            .as_ref()
            .map(|parts| Ok(TextEdit::Parts(resolve(parts, scope.each)? as usize))),
        form.as_ref().map(|form| {
            Ok(match resolve(form, scope.each)? {
                Serialization::Flattened => TextEdit::Flattened,
                Serialization::General => TextEdit::General,
                Serialization::StandardAlphabet => TextEdit::StandardAlphabet,
            })
        }),
        insert.as_ref().map(|insertion| {
            Ok(TextEdit::Insert {
                after: segment(&insertion.after_part)?,
                text: fill(&insertion.text)?,
            })
        }),
    ];
    let first = edits.into_iter().flatten().next();
    first.unwrap_or_else(|| Err(unfit("it does nothing to the text")))
}

fn mac_key(keying: Keying, draft: &SignDraft, scope: &Scope<'_>) -> Result<MacKey, FlowError> {
    let client = || {
        draft
            .client
            .as_deref()
            .ok_or_else(|| unfit("the key that signs is no client's"))
    };
    Ok(match keying {
        Keying::PublicPem => MacKey::PublicPem,
        Keying::PublicPemNoNewline => MacKey::PublicPemNoNewline,
        Keying::PublicDer => MacKey::PublicDer,
        Keying::PublicJwk => MacKey::PublicJwk,
        Keying::CertificatePem => {
            let client = client()?;
            let certificate = scope.cast.key(client)?.certificate_der;
            MacKey::CertificatePem(certificate.ok_or_else(|| Missing::new(client, "certificate"))?)
        }
        Keying::ClientSecret => MacKey::ClientSecret(scope.cast.secret(client()?)?),
        Keying::Empty => MacKey::Empty,
        Keying::Text(text) => MacKey::Text(text),
    })
}

/// The algorithm of the same family with another hash.
fn rehashed(algorithm: Algorithm, hash: Hash) -> Result<Algorithm, FlowError> {
    let family = &algorithm.name()[..2];
    let bits = match hash {
        Hash::Sha1 => return Err(unfit("the cryptography underneath signs no SHA-1 digest")),
        Hash::Sha256 => "256",
        Hash::Sha384 => "384",
        Hash::Sha512 => "512",
    };
    Ok(Algorithm::named(&format!("{family}{bits}")).expect("each family has all three hashes"))
}

fn part_of(at: &Place) -> Result<Part, FlowError> {
    match at.part {
        Named::Header => Ok(Part::Header),
        Named::Claims => Ok(Part::Claims),
        _ => Err(unfit("of a token there are `header` and `claims`")),
    }
}

fn bytes_of(hex: &str) -> Result<Vec<u8>, FlowError> {
    let digits: Option<Vec<u8>> = hex
        .chars()
        .filter(|character| !character.is_whitespace())
        .map(|digit| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok()))
        .collect();
    let digits = digits.filter(|digits| digits.len().is_multiple_of(2));
    let digits = digits.ok_or_else(|| unfit("bytes are written as pairs of hexadecimal digits"))?;
    Ok(digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect())
}
