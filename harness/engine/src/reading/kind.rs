//! What kind of token something looks like: a table, the first line that holds counts.

use serde::Serialize;
use serde_json::Value;

use super::legible::Sight;

/// What kind of token something looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Kind {
    /// Encrypted: five parts, of which only the header can be read.
    Encrypted,
    /// Says who signed in, for the client.
    IdToken,
    /// Opens an API.
    AccessToken,
    /// Gets new tokens.
    RefreshToken,
    /// Shows who a client is.
    ClientAssertion,
    /// Names a user, to be exchanged for a token.
    UserAssertion,
    /// A signed token of another kind.
    Signed,
    /// A text that says nothing to anybody but the server that made it.
    Opaque,
}

impl Kind {
    /// What people call it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Encrypted => "encrypted token (JWE)",
            Self::IdToken => "ID token",
            Self::AccessToken => "access token",
            Self::RefreshToken => "refresh token",
            Self::ClientAssertion => "assertion of a client",
            Self::UserAssertion => "assertion for a user",
            Self::Signed => "signed token of unknown kind",
            Self::Opaque => "opaque token, or none at all",
        }
    }

    /// Whether it is an assertion.
    pub(super) fn is_assertion(self) -> bool {
        matches!(self, Self::ClientAssertion | Self::UserAssertion)
    }

    /// The kind that something looks like, and why.
    pub(super) fn of(sight: &Sight<'_>) -> (Self, &'static str) {
        let found = KINDS.iter().find(|(.., holds)| holds(sight));
        found.map_or((Self::Signed, "no sign of another kind was found"), |(kind, why, _)| {
            (*kind, why)
        })
    }
}

/// Every sign that tells a kind, the surest first.
const KINDS: &[(Kind, &str, fn(&Sight<'_>) -> bool)] = &[
    (
        Kind::Encrypted,
        "it has five parts, and its header names an encryption",
        |sight| sight.parts == 5 && sight.header.contains_key("enc"),
    ),
    (
        Kind::RefreshToken,
        "the text calls it so, and it says nothing",
        |sight| sight.is_opaque() && sight.called == Some("refresh_token"),
    ),
    (Kind::Opaque, "nothing in it can be read", |sight| sight.is_opaque()),
    (Kind::IdToken, "`tok_type` is IT", |sight| {
        sight.text("tok_type") == Some("IT")
    }),
    (Kind::AccessToken, "`tok_type` is AT", |sight| {
        sight.text("tok_type") == Some("AT")
    }),
    (Kind::AccessToken, "`typ` is at+jwt", |sight| {
        let media_type = sight.header.get("typ").and_then(Value::as_str).unwrap_or_default();
        let media_type = media_type.to_ascii_lowercase();
        media_type == "at+jwt" || media_type == "application/at+jwt"
    }),
    (Kind::RefreshToken, "`typ` says so", |sight| {
        let of_header = sight.header.get("typ").and_then(Value::as_str).unwrap_or_default();
        let says_so = |text: &str| text.to_ascii_lowercase().starts_with("refresh");
        says_so(of_header) || sight.text("typ").is_some_and(says_so)
    }),
    (Kind::IdToken, "it tells of a sign-in and has no scope", |sight| {
        let signs = ["at_hash", "c_hash", "nonce", "auth_time"];
        signs.iter().any(|sign| sight.claims.contains_key(*sign)) && !sight.has_scope()
    }),
    (Kind::AccessToken, "it has a scope", |sight| sight.has_scope()),
    (
        Kind::ClientAssertion,
        "`iss` and `sub` are the same, and it has no scope",
        |sight| sight.text("iss").is_some() && sight.text("iss") == sight.text("sub"),
    ),
    (
        Kind::UserAssertion,
        "it has `iss`, `sub` and `aud`, and no scope",
        |sight| {
            ["iss", "sub", "aud"]
                .iter()
                .all(|name| sight.claims.contains_key(*name))
                && !sight.claims.contains_key("client_id")
        },
    ),
    (Kind::AccessToken, "it names the client that it was given to", |sight| {
        sight.claims.contains_key("client_id")
    }),
];
