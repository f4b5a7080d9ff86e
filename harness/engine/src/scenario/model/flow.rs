//! A flow: steps that must succeed, one after the other.

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::Value;

use super::{Arrangement, Expectation, Level, Lever, Source};
use crate::scenario::{Located, Period};

/// Names used in a file, each with the name in the target that plays it.
pub type Bindings = IndexMap<String, Located<String>>;

/// Named values that templates may fill: claims, form parameters, header fields. Each value keeps its spot.
pub type Members = IndexMap<String, Located<Value>>;

/// Steps that must succeed. A scenario of its own, and the control of tables.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Flow {
    /// The version of the format; 1.
    pub format: Located<u32>,
    /// What the flow shows, in a line.
    pub title: String,
    /// The story behind it.
    pub about: Option<String>,
    /// Where this way of working comes from.
    #[serde(default)]
    pub sources: Vec<Located<String>>,
    /// How much a failure weighs where no row says.
    pub level: Option<Level>,
    /// Who plays.
    #[serde(default)]
    pub with: Bindings,
    /// What must be true before the first step.
    #[serde(default)]
    pub arrange: Vec<Located<Arrangement>>,
    /// Levers without which the flow is skipped.
    #[serde(default)]
    pub needs: Vec<Located<Lever>>,
    /// The profiles under which it runs; every profile if empty.
    #[serde(default)]
    pub only_under: Vec<Located<String>>,
    /// What is done.
    pub steps: Vec<Step>,
    /// What undoes lasting effects; runs after failure and interruption too.
    #[serde(default)]
    pub finally: Vec<Step>,
}

impl Flow {
    /// The step of that name, wherever it stands.
    pub fn step(&self, name: &str) -> Option<&Step> {
        self.steps
            .iter()
            .chain(&self.finally)
            .find(|step| step.step.as_str() == name)
    }
}

/// What somebody in a scenario is. The last word of a bound name says it: `user` and `other-user` are users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Role {
    /// An identity domain.
    Domain,
    /// A confidential app.
    Client,
    /// A user.
    User,
    /// A resource server.
    Api,
}

impl Role {
    /// Every role, in the order of target files.
    pub const ALL: [Self; 4] = [Self::Domain, Self::Client, Self::User, Self::Api];

    /// The word at the end of bound names.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Domain => "domain",
            Self::Client => "client",
            Self::User => "user",
            Self::Api => "api",
        }
    }

    /// The role of a bound name.
    pub fn of(name: &str) -> Option<Self> {
        let word = name.rsplit('-').next();
        Self::ALL.into_iter().find(|role| Some(role.as_str()) == word)
    }
}

/// One thing that is done, and what must come of it.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Step {
    /// Its name; later steps, places and outcomes call it so.
    pub step: Located<String>,
    /// What it does, in a sentence.
    pub says: Option<String>,
    /// What it does.
    #[serde(rename = "do")]
    pub action: Action,
    /// What must hold of the answer.
    #[serde(default)]
    pub expect: Vec<Located<Expectation>>,
    /// Names for later steps, each with the place in the answer where the value stands.
    #[serde(default)]
    pub keep: IndexMap<String, Located<Source>>,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Signs a token; `${step.jwt}` is its text. Sends nothing.
    Sign(Sign),
    /// Makes a proof key for a code exchange; `${step.verifier}` and `${step.challenge}` are its halves. Sends nothing.
    Pkce(Pkce),
    /// Asks a domain's token endpoint.
    TokenRequest(TokenRequest),
    /// Calls an API, or another endpoint of a domain.
    Call(Box<Call>),
}

/// A proof key for a code exchange (RFC 7636 section 4).
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Pkce {
    /// How the challenge follows from the verifier.
    pub method: ChallengeMethod,
}

/// How a challenge follows from its verifier (RFC 7636 section 4.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
pub enum ChallengeMethod {
    /// It is the SHA-256 of the verifier, in base64url.
    S256,
    /// It is the verifier.
    #[serde(rename = "plain")]
    Plain,
}

/// A token that is made by us.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Sign {
    /// The key that signs.
    pub key: Located<KeySource>,
    /// The JOSE header.
    pub header: Members,
    /// The claims.
    pub claims: Members,
}

/// Where a signing key comes from.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum KeySource {
    /// The key of the client that is bound to this name.
    Of(Located<String>),
    /// A stranger's key, made for this one use.
    Fresh(FreshKey),
    /// The issuer key that the target lends for the API bound to this name.
    Mint(Located<String>),
}

/// The kinds of keys that can be made on the spot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum FreshKey {
    /// RSA, 1024 bits: too short for any of our algorithms.
    #[serde(rename = "rsa-1024")]
    Rsa1024,
    /// RSA, 2048 bits.
    #[serde(rename = "rsa-2048")]
    Rsa2048,
    /// RSA, 3072 bits.
    #[serde(rename = "rsa-3072")]
    Rsa3072,
    /// RSA, 4096 bits.
    #[serde(rename = "rsa-4096")]
    Rsa4096,
    /// The NIST curve P-256.
    #[serde(rename = "p-256")]
    P256,
    /// The NIST curve P-384.
    #[serde(rename = "p-384")]
    P384,
    /// Edwards curve 25519.
    Ed25519,
}

/// A request to a token endpoint.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct TokenRequest {
    /// The domain that is asked, by its bound name.
    pub to: Located<String>,
    /// How the client shows who it is; without it, not at all.
    pub authenticate: Option<Authenticate>,
    /// The signature over the request, by which a principal of the cloud shows who it is.
    pub signature: Option<Box<RequestSignature>>,
    /// The parameters of the body.
    pub form: Members,
    /// Parameters of the query; a good request has none.
    #[serde(default)]
    pub query: Members,
    /// Header fields beyond those that the action needs.
    #[serde(default)]
    pub headers: Members,
}

/// A signature over a request (IDCS-OAUTH-002). The request says when it was signed by its `Date`, and what the digest of its body is.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct RequestSignature {
    /// The key that signs.
    pub key: Located<KeySource>,
    /// The name of the key: `ST$` and a session token that it is bound to.
    pub key_id: Located<String>,
}

/// How a client shows who it is.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Authenticate {
    /// The client, by its bound name.
    pub client: Located<String>,
    /// The way.
    pub by: AuthenticationMethod,
    /// The client assertion, for the way that takes one: `${step.jwt}`.
    pub with: Option<Located<String>>,
}

/// The ways in which a client shows who it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum AuthenticationMethod {
    /// Id and secret in the `Authorization` header.
    Basic,
    /// Id and secret in the form.
    Body,
    /// A signed client assertion in the form.
    Assertion,
    /// A certificate on the channel, and the id in the form.
    Certificate,
    /// The id in the form and nothing else.
    None,
}

/// A call to an API, or to another endpoint of a domain than the one for tokens.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Call {
    /// The API or domain, by its bound name.
    pub to: Located<String>,
    /// What the call does to the people who live there.
    pub effect: Located<Effect>,
    /// The HTTP method.
    pub method: Located<Method>,
    /// The path below the URL of `to`; templates are allowed.
    pub path: Located<String>,
    /// Parameters of the query.
    #[serde(default)]
    pub query: Members,
    /// Header fields beyond those that the action needs.
    #[serde(default)]
    pub headers: Members,
    /// The browser that makes the call, by any name: it keeps cookies from call to call of a run, and sends them along.
    pub browser: Option<Located<String>>,
    /// The access token; without it the call carries none.
    pub bearer: Option<Located<String>>,
    /// How a client shows who it is, where the endpoint wants that instead of a token.
    pub authenticate: Option<Authenticate>,
    /// A JSON body.
    pub json: Option<Located<Value>>,
    /// A form body; excludes `json`.
    pub form: Option<Members>,
    /// Whose password goes into the form, and into which field; no template can read one.
    pub password_of: Option<PasswordOf>,
    /// Calls again until something holds.
    pub repeat: Option<Repeat>,
}

/// A field of a form that takes a password.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct PasswordOf {
    /// The user, by its bound name.
    pub user: Located<String>,
    /// The field.
    pub r#in: String,
}

impl Call {
    /// Whether it sends a form.
    pub fn has_form(&self) -> bool {
        self.form.is_some() || self.password_of.is_some()
    }
}

/// The HTTP methods that a good request may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[expect(missing_docs, reason = "the names are HTTP's own")]
pub enum Method {
    Get,
    Head,
    Options,
    Post,
    Put,
    Patch,
    Delete,
}

impl Method {
    /// The name as it goes on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Head => "HEAD",
            Self::Options => "OPTIONS",
            Self::Post => "POST",
            Self::Put => "PUT",
            Self::Patch => "PATCH",
            Self::Delete => "DELETE",
        }
    }
}

/// What a request does to the people who live on the target. A real target must allow it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Reads and changes nothing.
    Read,
    /// Asks for a token.
    Token,
    /// Runs an agent or an integration.
    Invoke,
    /// Changes apps, users, roles or settings.
    Admin,
}

impl Effect {
    /// The name as it stands in files.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::Token => "token",
            Self::Invoke => "invoke",
            Self::Admin => "admin",
        }
    }
}

/// Calls again until something holds.
#[derive(Clone, Debug, PartialEq, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Repeat {
    /// The time between two calls.
    pub every: Period,
    /// The time after which it gives up.
    pub at_most: Period,
    /// What ends it.
    pub until: Located<Expectation>,
}
