//! What can be known about the client behind a request: who it says it is, and how it shows that.

use crate::env::Env;
use crate::form::{Form, decode};
use crate::idcs::assertion_facts::Assertion;
use crate::idcs::request_signature;
use crate::jose::from_base64;
use crate::landscape::{App, Domain, Landscape, Secret};
use crate::wire::{AUTHORIZATION_LIMIT, Request};

/// The type that a JWT client assertion must be declared as (RFC 7523 section 2.2).
pub const CLIENT_ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// Who asks, and how that was shown.
#[derive(Debug)]
pub struct ClientFacts<'a> {
    /// How many `Authorization` header fields were sent; the first of them is read.
    pub fields: usize,
    /// Basic credentials, where the `Authorization` header field was sent.
    pub basic: Option<Basic>,
    /// `client_id` of the body.
    pub body_id: Option<String>,
    /// `client_secret` of the body; `Some("")` where it was sent empty.
    pub body_secret: Option<String>,
    /// `client_assertion_type` of the body.
    pub assertion_type: Option<String>,
    /// `client_assertion` of the body.
    pub assertion: Option<Assertion<'a>>,
    /// Whether the request is signed, and the grant stands on that (IDCS-OAUTH-002).
    pub shows_signature: bool,
    /// Whether the channel shows a certificate, and the grant asks for one.
    pub shows_certificate: bool,
    /// The client id that the request stands on.
    pub claimed: Option<String>,
    /// The application of that id.
    pub app: Option<&'a App>,
}

impl ClientFacts<'_> {
    /// Whether the secret that was presented is the client's. A client that has none is compared with a dummy, so that its absence does not
    /// show in the time.
    pub fn is_secret_right(&self) -> Option<bool> {
        let presented = self.presented_secret()?;
        let registered = self.app.and_then(|app| app.secret.clone());
        let is_registered = registered.is_some();
        let is_equal = registered
            .unwrap_or_else(|| Secret::new("a dummy that no client has"))
            .is(presented);
        Some(is_equal && is_registered)
    }

    /// How many ways of authentication were used at once.
    pub fn methods(&self) -> usize {
        usize::from(self.basic.is_some())
            + usize::from(self.body_secret.is_some())
            + usize::from(self.assertion.is_some())
            + usize::from(self.shows_certificate)
            + usize::from(self.shows_signature)
    }

    /// The secret that was presented, by whichever way.
    pub fn presented_secret(&self) -> Option<&str> {
        match &self.basic {
            Some(Basic::Pair { secret, .. }) => Some(secret),
            Some(Basic::Malformed(_)) => None,
            None => self.body_secret.as_deref(),
        }
    }
}

/// The credentials of an `Authorization` header field.
#[derive(Debug, PartialEq, Eq)]
pub enum Basic {
    /// Read, both halves form-decoded (IDCS-OAUTH-004).
    Pair {
        /// The client id.
        id: String,
        /// The secret.
        secret: String,
        /// Whether decoding changed either half.
        was_encoded: bool,
    },
    /// Not to be read, for this cause.
    Malformed(&'static str),
}

/// Reads who asks, through faults.
pub fn client_facts<'a>(
    landscape: &'a Landscape,
    env: &'a Env,
    domain: &'a Domain,
    request: &Request,
    form: &Form,
    query: &Form,
) -> ClientFacts<'a> {
    let shows_signature = request_signature::is_asked_for(form) && request_signature::is_shown(request);
    let authorization = request.header("authorization").filter(|_| !shows_signature);
    let basic = authorization.map(read_basic);
    let assertion = form
        .value("client_assertion")
        .map(|text| Assertion::read(landscape, env, domain, None, text));
    // Credentials in the query count for nothing, but that is for a rule to say.
    let holder = if form.mentions("client_secret") || basic.is_some() {
        form
    } else {
        query
    };
    let body_id = form
        .value("client_id")
        .or_else(|| holder.value("client_id"))
        .map(str::to_owned);
    let body_secret = holder
        .mentions("client_secret")
        .then(|| holder.value("client_secret").unwrap_or_default().to_owned());
    let claimed = match (&basic, &assertion) {
        (Some(Basic::Pair { id, .. }), _) => Some(id.clone()),
        (Some(Basic::Malformed(_)), _) => None,
        (None, Some(assertion)) => assertion
            .issuer
            .map(|app| app.client_id.clone())
            .or_else(|| assertion.token.text("iss"))
            .or_else(|| body_id.clone()),
        (None, None) => body_id.clone(),
    };
    let app = claimed.as_deref().and_then(|id| domain.apps.get(id));
    ClientFacts {
        fields: request.header_values("authorization").count(),
        basic,
        body_id,
        body_secret,
        assertion_type: form.value("client_assertion_type").map(str::to_owned),
        assertion,
        shows_signature,
        shows_certificate: false,
        claimed,
        app,
    }
}

fn read_basic(value: &str) -> Basic {
    if value.len() > AUTHORIZATION_LIMIT {
        return Basic::Malformed("too-long");
    }
    let Some((scheme, credentials)) = value.split_once(' ') else {
        return Basic::Malformed("no-credentials");
    };
    if !scheme.eq_ignore_ascii_case("basic") {
        return Basic::Malformed("other-scheme");
    }
    let Some(bytes) = from_base64(credentials.trim()) else {
        return Basic::Malformed("not-base64");
    };
    let Ok(text) = String::from_utf8(bytes) else {
        return Basic::Malformed("not-utf8");
    };
    let Some((id, secret)) = text.split_once(':') else {
        return Basic::Malformed("no-colon");
    };
    let ((id, malformed_id), (secret, malformed_secret)) = (decode(id.as_bytes()), decode(secret.as_bytes()));
    if malformed_id || malformed_secret {
        return Basic::Malformed("malformed-escape");
    }
    let was_encoded = text != format!("{id}:{secret}");
    Basic::Pair {
        id,
        secret,
        was_encoded,
    }
}
