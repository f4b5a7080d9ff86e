//! Requests and responses as plain values, and the limits that hold on every carrier.
//!
//! Nothing here knows HTTP libraries or sockets: a carrier reads a request into a [`Request`] and writes a [`Response`] out.

/// The most bytes of a request body that a server reads; more is refused with 413.
pub const BODY_LIMIT: usize = 1024 * 1024;
/// The most parameters of a query or form.
pub const PARAMETER_LIMIT: usize = 1000;
/// The deepest nesting of JSON that is read.
pub const JSON_DEPTH_LIMIT: usize = 64;
/// The most members of one JSON object that are read.
pub const JSON_MEMBER_LIMIT: usize = 10_000;
/// The longest compact token that is taken apart.
pub const TOKEN_LIMIT: usize = 64 * 1024;
/// The longest `Authorization` header field that is read.
pub const AUTHORIZATION_LIMIT: usize = 32 * 1024;

/// Whether a request came over a protected channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    /// TLS, or a carrier that stands for it: in process and plain loopback, where nobody can listen.
    Protected,
    /// Plain HTTP where TLS would be required.
    Plain,
}

/// One request, read whole.
#[derive(Clone, Debug)]
pub struct Request {
    /// The method, as sent.
    pub method: String,
    /// The host name of the site in the landscape that is asked, without a port.
    pub site: String,
    /// The path, still percent-encoded, without the query.
    pub path: String,
    /// What stands behind `?`, still percent-encoded.
    pub query: Option<String>,
    /// Header fields in their order; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body. A carrier stops reading one byte past [`BODY_LIMIT`], so a longer body is seen as such.
    pub body: Vec<u8>,
    /// How it came.
    pub channel: Channel,
    /// The certificate that the client showed on the channel, in DER, and whose key it proved to hold. Nobody vouches for it: the core says
    /// whether it is one that was imported (RFC 8705 section 2.2). `None` where none was shown, or the carrier knows of none.
    pub client_certificate: Option<Vec<u8>>,
}

impl Request {
    /// The values of all header fields of this lower-case name, in their order.
    pub fn header_values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers
            .iter()
            .filter(move |(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The first header field of this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key == name)
            .map(|(_, value)| value.as_str())
    }

    /// The media type of the body in lower case, without parameters.
    pub fn media_type(&self) -> Option<String> {
        let value = self.header("content-type")?;
        Some(value.split(';').next().unwrap_or_default().trim().to_ascii_lowercase())
    }
}

/// One response, ready to be written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Response {
    /// The status code.
    pub status: u16,
    /// Header fields in their order. `Date`, framing and connection fields are the carrier's.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Response {
    /// The first header field of this name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value.as_str())
    }
}
