//! Changes: the one thing that a case does to its control.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::{Arrangement, AuthenticationMethod, Bindings, KeySource, Place};
use crate::scenario::{Located, Period};

/// The template that stands for the value of a variant.
pub const EACH: &str = "${each}";

/// The one change that a case makes. Which members exclude each other is checked by the lint.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", rename_all_fields = "kebab-case", deny_unknown_fields)]
pub enum Change {
    /// Sets or adds a member, parameter, header field, method or path.
    Set {
        /// Where.
        at: Located<Place>,
        /// The new value; templates are allowed.
        to: Value,
    },
    /// Takes a member out.
    Remove(Located<Place>),
    /// Writes capitals small and small letters as capitals, in a parameter, cookie or header field.
    SwapCase(Located<Place>),
    /// Writes the same value as another JSON type.
    Retype {
        /// Where.
        at: Located<Place>,
        /// The type.
        #[serde(rename = "as")]
        form: Fill<ValueForm>,
    },
    /// Raw JSON text in place of a member's value, or of a whole part.
    Raw {
        /// Where.
        at: Located<Place>,
        /// The text; templates are allowed.
        json: String,
    },
    /// The whole part as bytes. One of `hex`, `as` and `prefix`.
    Bytes {
        /// Where: `step.header` or `step.claims`.
        at: Located<Place>,
        /// The bytes, in hexadecimal.
        hex: Option<String>,
        /// How the part's own text is turned into bytes.
        #[serde(rename = "as")]
        form: Option<Fill<ByteForm>>,
        /// Bytes before the part's own, in hexadecimal.
        prefix: Option<String>,
        /// Keeps the old signature instead of signing again.
        #[serde(default)]
        keep: bool,
    },
    /// Doubles a member, parameter or header field.
    Twice {
        /// Where.
        at: Located<Place>,
        /// The value that stands first.
        first: Value,
        /// The value that stands last.
        last: Value,
    },
    /// Signs with another key or algorithm.
    Sign {
        /// The step that signs.
        step: Located<String>,
        /// The key; the step's own if left out.
        key: Option<Located<KeySource>>,
        /// The algorithm that signs; it is also written into the header unless `say` names another.
        algorithm: Option<String>,
        /// Another hash below the same algorithm.
        hash: Option<Fill<Hash>>,
        /// What the header says instead of the algorithm.
        say: Option<String>,
        /// The form in which the header brings the public half of the key along.
        bring: Option<Fill<Brought>>,
    },
    /// HS256 with a key that everybody may know.
    Mac {
        /// The step that signs.
        step: Located<String>,
        /// The key.
        keyed_by: Fill<MacKey>,
    },
    /// No signature, and a header that says so.
    Unsigned {
        /// The step that signs.
        step: Located<String>,
        /// What `alg` says, letter for letter.
        #[serde(rename = "as")]
        algorithm: String,
        /// Leaves the old signature in the third part.
        #[serde(default)]
        keep_signature: bool,
    },
    /// Damages the signature. One of the members beside `step`.
    Signature {
        /// The step that signs.
        step: Located<String>,
        /// Flips one bit of this byte.
        flip_bit_of_byte: Option<Fill<FlippedByte>>,
        /// Drops the third part together with its dot.
        drop: Option<bool>,
        /// Empties the third part and leaves its dot.
        empty: Option<bool>,
        /// Cuts the signature to this many bytes.
        cut: Option<Fill<u32>>,
        /// Puts a zero byte before it.
        prepend_zero: Option<bool>,
        /// Replaces the third part by this text.
        text: Option<String>,
    },
    /// Changes a member and keeps the old signature.
    Tamper {
        /// Where: a member of `header` or `claims`.
        at: Located<Place>,
        /// The new value; templates are allowed.
        to: Value,
    },
    /// Damages the text of the finished token. One of the members beside `step`.
    Text {
        /// The step that signs.
        step: Located<String>,
        /// Text before it.
        prepend: Option<String>,
        /// Text after it.
        append: Option<String>,
        /// Text within it.
        insert: Option<Insertion>,
        /// Base64 padding at this part.
        pad: Option<Fill<TokenPart>>,
        /// This many parts.
        parts: Option<Fill<u32>>,
        /// Another serialization.
        #[serde(rename = "as")]
        form: Option<Fill<Serialization>>,
        /// Another text altogether.
        replace: Option<String>,
    },
    /// Sends the body in another form. One of the members beside `step`.
    Body {
        /// The step that sends.
        step: Located<String>,
        /// Another encoding of the same parameters.
        #[serde(rename = "as")]
        form: Option<Fill<BodyForm>>,
        /// So many parameters more, which nobody knows.
        parameters: Option<Fill<u64>>,
        /// Another label on the same bytes.
        content_type: Option<String>,
        /// Another text altogether.
        raw: Option<String>,
        /// Grown to this many bytes.
        size: Option<Fill<u64>>,
    },
    /// Sends the request of a step a second time.
    Resend(Located<String>),
    /// Does not carry out a step; what later steps need of it, they lack.
    LeaveOut(Located<String>),
    /// Another way for the client to show who it is.
    Authenticate {
        /// The step that sends.
        step: Located<String>,
        /// The way.
        by: Option<Fill<AuthenticationMethod>>,
        /// The client, by its bound name.
        #[serde(rename = "as")]
        client: Option<Located<String>>,
        /// The client assertion, for the way that takes one.
        with: Option<Located<String>>,
        /// A second way, at the same time.
        and: Option<Fill<AuthenticationMethod>>,
    },
    /// Other players.
    With(Bindings),
    /// Another landscape.
    Arrange(Arrangement),
    /// Time passes before the judged step.
    Pass(Fill<Period>),
}

impl Change {
    /// The place that it touches, for the changes that have one.
    pub fn place(&self) -> Option<&Located<Place>> {
        match self {
            Self::Set { at, .. }
            | Self::Remove(at)
            | Self::SwapCase(at)
            | Self::Retype { at, .. }
            | Self::Raw { at, .. }
            | Self::Bytes { at, .. }
            | Self::Twice { at, .. }
            | Self::Tamper { at, .. } => Some(at),
            _ => None,
        }
    }

    /// The step that it touches as a whole, for the changes that name one.
    pub fn step(&self) -> Option<&Located<String>> {
        match self {
            Self::Sign { step, .. }
            | Self::Mac { step, .. }
            | Self::Unsigned { step, .. }
            | Self::Signature { step, .. }
            | Self::Text { step, .. }
            | Self::Body { step, .. }
            | Self::Authenticate { step, .. }
            | Self::Resend(step)
            | Self::LeaveOut(step) => Some(step),
            _ => None,
        }
    }
}

/// The form in which a header brings a key along.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Brought {
    /// As the member `jwk` (RFC 7515 section 4.1.3).
    Jwk,
    /// As a link to a key set (RFC 7515 section 4.1.2).
    Jku,
    /// As a link to a certificate (RFC 7515 section 4.1.5).
    X5u,
}

/// A setting of a change that is written out, or comes from the variant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fill<T> {
    /// `${each}`.
    Each,
    /// Written out.
    Given(T),
}

impl<T: Clone + DeserializeOwned> Fill<T> {
    /// The setting for the variant with this value; fails where the value is of no use as such a setting.
    pub fn resolve(&self, each: Option<&Value>) -> Result<T, String> {
        match (self, each) {
            (Self::Given(value), _) => Ok(value.clone()),
            (Self::Each, Some(each)) => serde_json::from_value(each.clone()).map_err(|error| error.to_string()),
            (Self::Each, None) => Err(format!("`{EACH}` stands in a case without variants")),
        }
    }
}

impl<'de, T: DeserializeOwned> Deserialize<'de> for Fill<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = Value::deserialize(deserializer)?;
        if value.as_str() == Some(EACH) {
            return Ok(Self::Each);
        }
        serde_json::from_value(value).map(Self::Given).map_err(D::Error::custom)
    }
}

impl<T: JsonSchema> JsonSchema for Fill<T> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("{}OrEach", T::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "const": EACH }, generator.subschema_for::<T>()] })
    }
}

/// The JSON types that a value can be rewritten as.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueForm {
    /// A string that spells the value.
    Text,
    /// A number.
    Number,
    /// `true`.
    Boolean,
    /// `null`.
    Null,
    /// A list that holds the value.
    List,
    /// An object that holds the value.
    Object,
}

/// How the text of a part is turned into bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum ByteForm {
    /// UTF-16, big end first, without a mark.
    #[serde(rename = "utf-16")]
    Utf16,
}

/// A hash that is not the one its algorithm asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Hash {
    /// SHA-1.
    #[serde(rename = "sha-1")]
    Sha1,
    /// SHA-256.
    #[serde(rename = "sha-256")]
    Sha256,
    /// SHA-384.
    #[serde(rename = "sha-384")]
    Sha384,
    /// SHA-512.
    #[serde(rename = "sha-512")]
    Sha512,
}

/// What keys a MAC that no server may accept.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum MacKey {
    /// The client's public key as PEM.
    PublicPem,
    /// The same without its last line break.
    PublicPemNoNewline,
    /// The client's public key as DER.
    PublicDer,
    /// The client's public key as JWK.
    PublicJwk,
    /// The client's certificate as PEM.
    CertificatePem,
    /// The client's secret.
    ClientSecret,
    /// No bytes at all.
    Empty,
    /// A text that anybody might guess.
    Text(String),
}

/// Which byte of a signature is damaged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FlippedByte {
    /// The first.
    First,
    /// The one in the middle.
    Middle,
    /// The last.
    Last,
}

/// A part of a finished token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum TokenPart {
    /// The first.
    Header,
    /// The second.
    Claims,
    /// The third.
    Signature,
}

/// Text put into a finished token.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Insertion {
    /// The part that it follows, before the dot.
    pub after_part: Fill<TokenPart>,
    /// The text; templates are allowed.
    pub text: String,
}

/// Other ways to write a signed token down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Serialization {
    /// One signature, members at the top.
    Flattened,
    /// A list of signatures.
    General,
    /// The compact form in the alphabet of plain base64.
    StandardAlphabet,
}

/// How the parameters of a form are encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum BodyForm {
    /// As a JSON object, labelled so.
    Json,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_change_of_the_format_is_read() {
        let changes = [
            "set: { at: assertion.claims.aud, to: [a, b] }",
            "remove: assertion.claims.sub",
            "swap-case: token.form.code_verifier",
            "retype: { at: assertion.claims.exp, as: text }",
            "raw: { at: assertion.header, json: '{' }",
            "bytes: { at: assertion.claims, as: utf-16 }",
            "bytes: { at: assertion.claims, prefix: efbbbf, keep: true }",
            "twice: { at: token.form.scope, first: a, last: b }",
            "sign: { step: assertion, algorithm: PS256, hash: sha-1, say: RS256 }",
            "sign: { step: assertion, key: { mint: api } }",
            "mac: { step: assertion, keyed-by: public-pem }",
            "mac: { step: assertion, keyed-by: { text: secret } }",
            "unsigned: { step: assertion, as: nOnE, keep-signature: true }",
            "signature: { step: assertion, cut: 8 }",
            "tamper: { at: assertion.claims.sub, to: x }",
            "text: { step: assertion, insert: { after-part: header, text: ' ' } }",
            "text: { step: assertion, as: flattened }",
            "body: { step: token, as: json }",
            "body: { step: token, size: 2000000 }",
            "resend: token",
            "leave-out: token",
            "authenticate: { step: token, by: body, and: basic }",
            "with: { user: locked }",
            "arrange: { certificate-of: { client: client, key-of: other } }",
            "arrange: { setting: { name: assertion-audience, value: token-endpoint } }",
            "pass: 10m",
        ];
        for text in changes {
            serde_saphyr::from_str::<Change>(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }

    #[test]
    fn a_setting_comes_from_the_variant_or_stands_there() {
        let fill: Fill<FlippedByte> = serde_saphyr::from_str("\"${each}\"").expect("each");
        assert_eq!(fill.resolve(Some(&Value::from("last"))), Ok(FlippedByte::Last));
        assert!(fill.resolve(Some(&Value::from("second"))).is_err());
        assert!(fill.resolve(None).is_err());
        assert_eq!(Fill::Given(8).resolve(None), Ok(8));
    }
}
