//! Expectations: what must hold of one exchange.
//!
//! In a file, an expectation is one flat map below its kind: what is looked at, how it is compared and what that covers stand
//! side by side. Here they are taken apart, so that a reader of the model meets only what can be. How they are read is in
//! [`written`].

mod written;

use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Level, Sureness};
use crate::scenario::Located;

/// One thing that must hold of an exchange: one expectation, one finding.
#[derive(Clone, Debug, PartialEq)]
pub struct Expectation {
    /// What is looked at, and how it is compared.
    pub check: Check,
    /// The requirement rows that it judges.
    pub covers: Vec<Located<String>>,
    /// Where it is from.
    pub basis: Vec<Located<String>>,
    /// How sure we are that it holds; as its rows say if left out.
    pub sure: Option<Sureness>,
    /// How much a miss weighs; as its rows say if left out.
    pub level: Option<Level>,
}

/// What is looked at, and how it is compared. Texts may hold templates.
#[derive(Clone, Debug, PartialEq)]
pub enum Check {
    /// The status code.
    Status(Matcher),
    /// A header field.
    Header {
        /// Its name, in any letter case.
        name: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A value in the JSON body.
    Json {
        /// The JSON pointer to it.
        at: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A claim of a token in the JSON body or in the fragment of `Location`.
    Claim {
        /// Where the token stands: a JSON pointer into the body, or `#` and the name of a parameter of the fragment.
        token: String,
        /// The JSON pointer to the claim in its claims.
        at: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A member of the JOSE header of a token.
    JoseHeader {
        /// Where the token stands, as for a claim.
        token: String,
        /// The JSON pointer to the member in its header.
        at: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// `Location` without query and fragment.
    Location(Matcher),
    /// A parameter of the query of `Location`.
    Redirect {
        /// Its name.
        at: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A parameter of the fragment of `Location`.
    Fragment {
        /// Its name.
        at: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// The value of the first HTML input of a name.
    Field {
        /// The name.
        name: String,
        /// How it is compared.
        matcher: Matcher,
    },
    /// The text of an HTML page.
    Html(Matcher),
    /// A cookie that the answer sets.
    Cookie {
        /// Its name.
        name: String,
        /// What of it.
        attribute: CookieAttribute,
        /// How it is compared.
        matcher: Matcher,
    },
    /// A token is signed by a published key of a domain.
    Signed {
        /// Where the token stands, as for a claim.
        token: String,
        /// The domain, by its bound name.
        by: Located<String>,
    },
    /// The JSON body is a set of keys that has a quality.
    Keys(KeyQuality),
    /// The target's own journal says who acted.
    Recorded {
        /// The step whose answer is looked up.
        of: Located<String>,
        /// The API, by its bound name, that was called in turn while that step was answered; the last such call counts.
        by: Option<Located<String>>,
        /// What must stand there.
        wanted: Box<Recorded>,
    },
    /// Nothing in the answer looks like a token.
    NoToken,
}

impl Check {
    /// How it is compared, for the kinds that compare a value.
    pub fn matcher(&self) -> Option<&Matcher> {
        match self {
            Self::Status(matcher)
            | Self::Location(matcher)
            | Self::Html(matcher)
            | Self::Header { matcher, .. }
            | Self::Redirect { matcher, .. }
            | Self::Fragment { matcher, .. }
            | Self::Field { matcher, .. }
            | Self::Cookie { matcher, .. }
            | Self::Json { matcher, .. }
            | Self::Claim { matcher, .. }
            | Self::JoseHeader { matcher, .. } => Some(matcher),
            Self::Signed { .. } | Self::Keys(_) | Self::Recorded { .. } | Self::NoToken => None,
        }
    }
}

/// What a target's journal must say of an answer; what is left out is not looked at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Recorded {
    /// The user in whose name it was.
    pub user: Option<String>,
    /// The client.
    pub client: Option<String>,
    /// The `jti` of the token that was brought.
    pub token_id: Option<String>,
    /// `allowed` or `refused`.
    pub outcome: Option<String>,
    /// The rule that refused it.
    pub because: Option<String>,
}

impl Recorded {
    /// What must stand there, by the names that files use.
    pub fn texts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let all = [
            ("user", &self.user),
            ("client", &self.client),
            ("token-id", &self.token_id),
            ("outcome", &self.outcome),
            ("because", &self.because),
        ];
        all.into_iter()
            .filter_map(|(name, text)| Some((name, text.as_deref()?)))
    }
}

/// How a value is compared. Values may hold templates.
#[derive(Clone, Debug, PartialEq)]
pub enum Matcher {
    /// Equal, type included.
    Is(Value),
    /// There, and not equal to this.
    IsNot(Value),
    /// Equal as text, letter case aside.
    IsIgnoringCase(String),
    /// Equal to one of these.
    OneOf(Vec<Value>),
    /// A list with this element, or a text with this word.
    Has(Value),
    /// A list without this element, or a text without this word.
    HasNot(Value),
    /// Of this type.
    Type(ValueType),
    /// Not there.
    Absent,
    /// There, whatever it is.
    Present,
    /// A number no greater than this.
    AtMost(Value),
    /// A number no less than this.
    AtLeast(Value),
    /// A text whose every character is of this set.
    MatchesOnly(CharacterSet),
    /// The left half of the SHA-256 of the text at this place, in base64url: `at_hash` and `c_hash` (OpenID Connect Core sections 3.1.3.6,
    /// 3.3.2.11). Of claims only.
    IsHalfHashOf(String),
}

/// The types of JSON values, with whole numbers told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum ValueType {
    /// A string.
    Text,
    /// A whole number.
    Integer,
    /// Any number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A list.
    List,
    /// An object.
    Object,
}

/// Sets of characters that a standard names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CharacterSet {
    /// What `error` and `error_description` may hold: printable ASCII without `"` and `\`.
    OauthError,
}

/// What of a cookie is looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum CookieAttribute {
    /// The value, a text.
    Value,
    /// Whether it goes over safe connections only.
    Secure,
    /// Whether scripts are kept from it.
    HttpOnly,
    /// What `SameSite` says.
    SameSite,
    /// What `Path` says.
    Path,
    /// What `Max-Age` says, a whole number.
    MaxAge,
}

impl CookieAttribute {
    /// The name as it stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Value => "value",
            Self::Secure => "secure",
            Self::HttpOnly => "http-only",
            Self::SameSite => "same-site",
            Self::Path => "path",
            Self::MaxAge => "max-age",
        }
    }
}

/// What a set of keys can be asked for (RFC 7517, RFC 7518).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeyQuality {
    /// No two keys have one id.
    DistinctIds,
    /// RSA keys have 2048 bits or more.
    LongEnough,
    /// A key that states its use and its operations does not contradict itself.
    UseFitsOperations,
    /// Where one key is for encryption, every key states its use.
    UseWhereMixed,
    /// No operation is named twice.
    OperationsOnce,
    /// The first certificate of a key is one of that key.
    CertifiedByItsFirst,
    /// The fingerprints of a key are those of its first certificate.
    FingerprintsOfItsFirst,
    /// Numbers are written without zero bytes in front.
    ShortestNumbers,
}

impl KeyQuality {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::DistinctIds,
        Self::LongEnough,
        Self::UseFitsOperations,
        Self::UseWhereMixed,
        Self::OperationsOnce,
        Self::CertifiedByItsFirst,
        Self::FingerprintsOfItsFirst,
        Self::ShortestNumbers,
    ];

    /// What is asked for, in words.
    pub fn says(self) -> &'static str {
        match self {
            Self::DistinctIds => "no two keys with one id",
            Self::LongEnough => "RSA keys of 2048 bits or more",
            Self::UseFitsOperations => "operations that go with the use of their key",
            Self::UseWhereMixed => "a use of every key where one is for encryption",
            Self::OperationsOnce => "no operation twice",
            Self::CertifiedByItsFirst => "keys whose first certificate is their own",
            Self::FingerprintsOfItsFirst => "fingerprints of the first certificate",
            Self::ShortestNumbers => "numbers without zero bytes in front",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Result<Expectation, String> {
        serde_saphyr::from_str(text).map_err(|error| error.to_string())
    }

    #[test]
    fn every_kind_and_matcher_is_read() {
        let texts = [
            "status: { one-of: [200, 202] }",
            "keys: { quality: distinct-ids, covers: [JWK-003] }",
            "header: { name: Cache-Control, has: no-store }",
            "json: { at: /error_description, matches-only: oauth-error }",
            "json: { at: /x, is: null }",
            "json: { at: /x, at-most: '${now+3600}' }",
            "json: { at: /x, has-not: y, level: hard }",
            "claim: { in: /access_token, at: /aud, type: list }",
            "jose-header: { in: /access_token, at: /alg, is: RS256 }",
            "signed: { in: /access_token, by: domain }",
            "recorded: { of: invoke, user: x }",
            "recorded: { of: invoke, token-id: x, outcome: refused, because: token.expiry }",
            "location: { is: 'https://app.example/cb' }",
            "redirect: { at: code, present: true }",
            "fragment: { at: access_token, absent: true }",
            "field: { name: csrf, type: text }",
            "html: { has: Sign in }",
            "cookie: { name: session, attribute: http-only, is: true }",
            "claim: { in: /id_token, at: /at_hash, is-half-hash-of: /access_token }",
            "no-token: { covers: [TKN-001] }",
            "no-token: {}",
        ];
        for text in texts {
            read(text).unwrap_or_else(|error| panic!("{text}: {error}"));
        }
    }

    #[test]
    fn a_written_null_is_compared() {
        assert_eq!(
            read("json: { at: /x, is: null }").expect("an expectation").check,
            Check::Json {
                at: "/x".to_owned(),
                matcher: Matcher::Is(Value::Null)
            }
        );
    }

    #[test]
    fn what_a_kind_does_not_have_is_refused() {
        let texts = [
            "status: {}",
            "status: { is: 200, one-of: [200] }",
            "status: { at: /x, is: 200 }",
            "json: { is: 200 }",
            "signed: { in: /x, by: domain, is: 3 }",
            "body: { is: 200 }",
            "redirect: { is: code }",
            "cookie: { name: session, is: x }",
            "cookie: { name: session, attribute: domain, is: x }",
            "json: { at: /at_hash, is-half-hash-of: /access_token }",
            "html: { name: csrf, present: true }",
        ];
        for text in texts {
            assert!(read(text).is_err(), "{text}");
        }
    }
}
