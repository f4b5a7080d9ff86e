//! Identity propagation trusts: whose tokens a domain exchanges for session tokens of the cloud (IDCS-OAUTH-034, IDCS-OAUTH-606).
//!
//! What a trust can say beside is not imitated, and a domain here refuses to take it: other subjects than users, other attributes to find them
//! by than the user name, and impersonation. An address of keys (`publicKeyEndpoint`) is kept and never asked.

use serde_json::{Map, Value};

use crate::jose::key::Certificate;
use crate::landscape::builder::id_of;
use crate::landscape::directory::Meta;

/// A trust, under the attributes that the documentation of the product's SDK lists (IDCS-OAUTH-606).
#[derive(Clone, Debug)]
pub struct PropagationTrust {
    /// 32 hexadecimal digits.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The `iss` of the tokens, compared byte for byte; no two trusts share one.
    pub issuer: String,
    /// The kind of tokens.
    pub kind: ForeignToken,
    /// Whether it counts; a new one does not unless it says so.
    pub active: bool,
    /// The certificate over the issuer's key; without one no token of the issuer is taken.
    pub certificate: Option<Certificate>,
    /// The client ids of those who may exchange such tokens.
    pub clients: Vec<String>,
    /// The claim that names the user; `sub` where none is said.
    pub subject_claim: Option<String>,
    /// Seconds of clock skew that it allows; the domain's where none are said.
    pub clock_skew: Option<u64>,
    /// When it was made and changed.
    pub meta: Meta,
    /// Attributes that nothing here reads.
    pub more: Map<String, Value>,
}

impl PropagationTrust {
    /// A trust in nobody yet: for signed tokens, switched off, without issuer, certificate and clients.
    pub fn new(name: &str) -> Self {
        Self {
            id: id_of(&format!("propagation trust {name}")),
            name: name.to_owned(),
            issuer: String::new(),
            kind: ForeignToken::Jwt,
            active: false,
            certificate: None,
            clients: Vec::new(),
            subject_claim: None,
            clock_skew: None,
            meta: Meta::default(),
            more: Map::new(),
        }
    }
}

/// The kinds of tokens that a domain can be told to trust. Of them only signed tokens can be exchanged here.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ForeignToken {
    /// Signed tokens (RFC 7519).
    Jwt,
    /// SAML assertions.
    Saml,
    /// Kerberos tickets.
    Spnego,
    /// Credentials of another cloud.
    Aws,
}

impl ForeignToken {
    /// All: as trusts name them, and as `subject_token_type` does (IDCS-OAUTH-034).
    pub const ALL: [(Self, &'static str, &'static str); 4] = [
        (Self::Jwt, "JWT", "jwt"),
        (Self::Saml, "SAML", "saml"),
        (Self::Spnego, "SPNEGO", "spnego"),
        (Self::Aws, "AWS", "aws-credential"),
    ];

    /// Its name in trusts.
    pub fn name(self) -> &'static str {
        Self::ALL
            .into_iter()
            .find(|(kind, ..)| *kind == self)
            .map_or("", |(_, name, _)| name)
    }

    /// The one that `subject_token_type` names.
    pub fn of_parameter(text: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|(.., parameter)| *parameter == text)
            .map(|(kind, ..)| kind)
    }
}
