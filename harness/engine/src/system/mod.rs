//! What a scenario is run against: the [`System`] trait, its requests and answers, and the levers that it may lend.
//!
//! Plain values only. The one implementation here that opens connections is [`http`]; embedded servers are made into a
//! system elsewhere, by whoever knows them.

use std::fmt;
use std::time::Duration;

use crate::scenario::model::{ClaimMode, ClaimTokens};
use crate::token::{SigningKey, redact};

mod client_secrets;
pub mod connect;
pub mod guard;
pub mod http;
pub mod ledger;
pub mod proxy;
pub mod shown;

pub use client_secrets::digest_of_secret;
pub use connect::{HttpOptions, HttpSystemError};
pub use guard::{GuardRules, Guarded, Spent, Stop, Undoing};
pub use http::HttpSystem;
pub use ledger::Ledger;
pub use proxy::Proxies;
pub use shown::shown_request;

/// A system under test, with the levers that it lends.
///
/// Calls block. Each worker thread owns the system that it works on.
pub trait System: Send + Sync {
    /// Sends one request, follows no redirect and sends nothing again.
    fn send(&self, request: &Request) -> Result<Response, TransportError>;

    /// Makes a copy with state, clock and journal of its own; `None` where the target cannot do that.
    fn fork(&self) -> Option<Box<dyn System>>;

    /// Seconds since 1970 by the clock that the target goes by.
    fn now(&self) -> u64;

    /// Lets time pass: moves the target's clock, or sleeps where there is no such lever.
    fn pass(&self, time: Duration);

    /// The levers that there are.
    fn levers(&self) -> &Levers;

    /// Makes something so on the landscape; needs the lever `registration`.
    fn arrange(&self, what: &Arranged) -> Result<(), ArrangeError>;

    /// What the target's journal holds of the answer with this ecid; `None` without the lever `witness`.
    fn witness(&self, ecid: &str) -> Option<Witnessed>;
}

/// One request, as it goes over the wire.
///
/// `Debug` shows neither bodies nor values of headers: they hold credentials.
#[derive(Clone, PartialEq, Eq)]
pub struct Request {
    /// The method; need not be a known one.
    pub method: String,
    /// The absolute address.
    pub url: String,
    /// Header fields in order; names may occur more than once.
    pub headers: Vec<(String, String)>,
    /// The body; empty for none.
    pub body: Vec<u8>,
    /// The certificate that is shown on the channel, and the key behind it; none is shown if left out.
    pub identity: Option<Identity>,
}

/// A certificate with its key, for a channel that both ends authenticate.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate in DER.
    pub certificate_der: Vec<u8>,
    /// The key; never shown.
    pub key: SigningKey,
}

impl PartialEq for Identity {
    /// A certificate has one key.
    fn eq(&self, other: &Self) -> bool {
        self.certificate_der == other.certificate_der
    }
}

impl Eq for Identity {}

/// One answer.
///
/// `Debug` shows neither the body nor values of headers: they hold tokens.
#[derive(Clone, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields in order; names may occur more than once.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first value of a header field, whatever the casing of its name.
    pub fn header<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        self.headers(name).next()
    }

    /// All values of a header field, whatever the casing of its name.
    pub fn headers<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        let named = self
            .headers
            .iter()
            .filter(move |(known, _)| known.eq_ignore_ascii_case(name));
        named.map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Request {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Request")
            .field("method", &self.method)
            .field("url", &redact(&self.url))
            .field("headers", &names(&self.headers))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .field("shows a certificate", &self.identity.is_some())
            .finish()
    }
}

impl fmt::Debug for Response {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Response")
            .field("status", &self.status)
            .field("headers", &names(&self.headers))
            .field("body", &format_args!("{} bytes", self.body.len()))
            .finish()
    }
}

fn names(headers: &[(String, String)]) -> Vec<&str> {
    headers.iter().map(|(name, _)| name.as_str()).collect()
}

/// Why there is no answer to a request.
///
/// `site` is host and port; nothing else of the request is in here.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TransportError {
    /// Nobody listens there.
    #[error("{site} refused the connection")]
    Refused {
        /// Who was called.
        site: String,
    },
    /// The answer was not complete in time.
    #[error("{site} did not answer within {} ms", after.as_millis())]
    Timeout {
        /// Who was called.
        site: String,
        /// How long we waited.
        after: Duration,
    },
    /// The connection ended before the answer did.
    #[error("{site} closed the connection before its answer was complete")]
    Reset {
        /// Who was called.
        site: String,
    },
    /// The body is longer than we read.
    #[error("{site} sent a body of more than {limit} bytes")]
    TooLarge {
        /// Who was called.
        site: String,
        /// How much we read at most.
        limit: usize,
    },
    /// There is no secure connection, most often because the certificate is not trusted.
    #[error("no secure connection to {site}: {why}")]
    Tls {
        /// Who was called.
        site: String,
        /// What was wrong.
        why: String,
    },
    /// The request cannot be written as HTTP: the scenario or the target file is at fault.
    #[error("the request cannot be written as HTTP because of {0}")]
    Unsendable(String),
    /// Nothing was sent: this site may not be spoken to, or not in this way.
    #[error("nothing is sent to {site}: {why}")]
    Forbidden {
        /// Who would have been called.
        site: String,
        /// What forbids it.
        why: String,
    },
    /// Nothing was sent: the run is to end, or a budget is spent.
    #[error("{why}")]
    Held {
        /// The reason.
        why: String,
    },
    /// Anything else.
    #[error("no answer from {site}: {why}")]
    Other {
        /// Who was called.
        site: String,
        /// What was wrong.
        why: String,
    },
}

/// The levers of a target: what it lets us move. A real tenant has none.
#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "levers are there or not, each by itself")]
pub struct Levers {
    /// Its clock can be moved.
    pub clock: bool,
    /// Its channel takes the certificate of a client.
    pub client_certificate: bool,
    /// Clients, certificates, users and settings can be changed.
    pub registration: bool,
    /// Its journal can be read.
    pub witness: bool,
    /// An address of ours that it reaches and whose calls we see.
    pub listener: Option<String>,
    /// It lends a key that one of its APIs trusts.
    pub mint: Option<Mint>,
}

/// An issuer key that an API trusts, to try tokens that no server would issue.
#[derive(Debug, Clone)]
pub struct Mint {
    /// What `iss` must say.
    pub issuer: String,
    /// The key.
    pub key: SigningKey,
    /// What `kid` must say.
    pub key_id: String,
}

/// Something that is to be so on the landscape; names are resolved to ids before.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Arranged {
    /// The domain trusts the certificate of this client.
    TrustedCertificate {
        /// The client.
        client_id: String,
    },
    /// The domain knows no certificate of this client.
    NoCertificate {
        /// The client.
        client_id: String,
    },
    /// Under this client stands the certificate of another one.
    CertificateOf {
        /// The client.
        client_id: String,
        /// Whose certificate it is.
        other_client_id: String,
    },
    /// The user may use the agent.
    AgentOpenTo {
        /// The agent.
        agent: String,
        /// The user's name.
        user: String,
    },
    /// The user may not use the agent.
    AgentClosedTo {
        /// The agent.
        agent: String,
        /// The user's name.
        user: String,
    },
    /// The client is switched off.
    ClientInactive {
        /// The client.
        client_id: String,
    },
    /// The user is locked.
    UserLocked {
        /// The user's name.
        user: String,
    },
    /// There is no such user any more.
    UserRemoved {
        /// The user's name.
        user: String,
    },
    /// A domain puts a claim of its administrators' own into tokens.
    CustomClaim {
        /// The domain, by its name in the target.
        domain: String,
        /// The name of the claim.
        name: String,
        /// Its values; `None` for the groups of the user.
        values: Option<Vec<String>>,
        /// In which tokens it stands.
        tokens: ClaimTokens,
        /// When it stands there.
        mode: ClaimMode,
        /// The scope that brings it; `None` for any.
        scope: Option<String>,
    },
    /// A setting of the landscape has a value.
    Setting {
        /// Its name.
        name: String,
        /// The value.
        value: String,
    },
}

/// Why something could not be arranged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ArrangeError {
    /// The target lends no lever for this.
    #[error("the target has no lever to arrange this")]
    NoLever,
    /// The landscape does not have what is named.
    #[error("the landscape has no {what} `{name}`")]
    Unknown {
        /// The kind of thing.
        what: &'static str,
        /// The name that was looked for.
        name: String,
    },
    /// The lever was pulled and did not work.
    #[error("the lever did not work: {0}")]
    Failed(String),
}

/// What a target's journal holds of one answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Witnessed {
    /// The rules that the request violated, and those that calls violated which were made because of it.
    pub violated: Vec<String>,
    /// The user in whose name it was made.
    pub user: Option<String>,
    /// The client that made it.
    pub client: Option<String>,
    /// The `jti` of the token that it brought.
    pub token_id: Option<String>,
    /// Whether no rule refused it.
    pub is_allowed: bool,
    /// The calls that the target's own servers made to one another while they answered it, in their order.
    pub calls: Vec<WitnessedCall>,
}

/// A call that one server of a target made to another.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct WitnessedCall {
    /// The host name of the server that was called.
    pub site: String,
    /// The user in whose name it was made.
    pub user: Option<String>,
    /// The client that made it.
    pub client: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    fn response() -> Response {
        let headers = [
            ("Cache-Control", "no-store"),
            ("cache-control", "private"),
            ("Set-Cookie", "hush"),
        ];
        Response {
            status: 200,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.to_owned()))
                .to_vec(),
            body: b"hush".to_vec(),
        }
    }

    #[test]
    fn header_fields_are_found_in_any_casing() {
        assert_eq!(response().header("CACHE-CONTROL"), Some("no-store"));
        assert_eq!(
            response().headers("cache-control").collect::<Vec<_>>(),
            ["no-store", "private"]
        );
        assert_eq!(response().header("Pragma"), None);
    }

    #[test]
    fn debug_shows_no_values() {
        let request = Request {
            method: "GET".to_owned(),
            url: "https://api.example/?token=eyJhbGciOiJub25lIn0.eyJh.hush".to_owned(),
            headers: response().headers,
            body: b"hush".to_vec(),
            identity: None,
        };
        let shown = format!("{request:?} {:?}", response());
        assert!(
            !shown.contains("hush") && shown.contains("Set-Cookie") && shown.contains("4 bytes"),
            "{shown}"
        );
    }
}
