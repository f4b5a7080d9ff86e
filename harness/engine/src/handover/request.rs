//! Token requests: made as the target file says, sent once, and what came of it.

use serde_json::Value;
use url::form_urlencoded;

use super::assertion::assertion;
use super::choice::Choice;
use crate::diagnosis::Suspicion;
use crate::diagnosis::fact::JWT_BEARER;
use crate::doctor::Call;
use crate::doctor::probe::Probe;
use crate::flow::Cast;
use crate::flow::draft::TOKEN_PATH;
use crate::flow::request::basic;
use crate::scenario::Library;
use crate::system::{Request, System};
use crate::target::Secret;
use crate::token::decode;

/// The grant of a client for itself.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";

/// An access token, and until when it can be used.
#[derive(Debug)]
pub struct Granted {
    /// The token.
    pub token: Secret,
    /// Seconds since 1970, where token or answer say so.
    pub until: Option<u64>,
}

/// Why there is no access token. Holds no credential, wherever the server repeated one.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// The target file lacks something.
    #[error("{0}")]
    Incomplete(String),
    /// There was no answer.
    #[error("there was no answer: {}", .0.error.as_deref().unwrap_or("nobody knows why"))]
    Unreached(Box<Call>),
    /// The answer is no token.
    #[error("no token was granted: the answer is {}: {}", .call.status.unwrap_or_default(), .call.error.as_deref().unwrap_or("it says nothing about why"))]
    Refused {
        /// The call, as a support request names it.
        call: Box<Call>,
        /// What may be behind it, the likeliest first.
        suspicions: Vec<Suspicion>,
    },
}

/// A request to the token endpoint of a client's domain, with the client's id and secret in its head.
///
/// # Errors
///
/// What the target file lacks, in words.
pub fn token_request(cast: &Cast, client: &str, form: &[(&str, String)]) -> Result<Request, String> {
    let target = cast.target();
    let entry = target.clients.get(client).ok_or("there is no such client")?;
    let domain = target.domains.get(&entry.domain).ok_or("its domain is missing")?;
    let secret = cast.secret(client).map_err(|error| error.to_string())?;
    let body: String = form_urlencoded::Serializer::new(String::new())
        .extend_pairs(form)
        .finish();
    Ok(Request {
        method: "POST".to_owned(),
        url: format!("{}{TOKEN_PATH}", domain.url.trim_end_matches('/')),
        headers: vec![
            ("Authorization".to_owned(), basic(&entry.id, &secret)),
            (
                "Content-Type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            ),
            ("Accept".to_owned(), "application/json".to_owned()),
        ],
        body: body.into_bytes(),
        identity: None,
    })
}

/// Asks for the access token of a choice: for its user by an assertion, or for the client itself.
///
/// # Errors
///
/// What the target file lacks, and what came back in place of a token.
pub fn access_token(
    cast: &Cast,
    choice: &Choice<'_>,
    library: &Library,
    system: &dyn System,
) -> Result<Granted, AskError> {
    let mut form = vec![("grant_type", choice.grant().to_owned())];
    if let Some((_, user)) = choice.user {
        let assertion = assertion(cast, choice.client, &user.name, system.now()).map_err(AskError::Incomplete)?;
        form.push(("assertion", assertion));
    }
    form.push(("scope", choice.api.1.scope.clone()));
    let request = token_request(cast, choice.client, &form).map_err(AskError::Incomplete)?;
    let probe = Probe::of(cast, library, system, &request);
    let token = || {
        probe
            .json
            .as_ref()?
            .get("access_token")?
            .as_str()
            .filter(|token| !token.is_empty())
    };
    match (probe.call.status, token()) {
        (Some(200), Some(token)) => {
            let of_claims = decode(token)
                .ok()
                .and_then(|token| token.claims.get("exp").and_then(Value::as_u64));
            let lasts = probe
                .json
                .as_ref()
                .and_then(|json| json.get("expires_in"))
                .and_then(Value::as_u64);
            let of_answer = lasts.map(|lasts| probe.call.at.saturating_add(lasts));
            Ok(Granted {
                token: Secret::from_text(token),
                until: of_claims.or(of_answer),
            })
        }
        (None, _) => Err(AskError::Unreached(Box::new(probe.call))),
        _ => Err(AskError::Refused {
            call: Box::new(probe.call),
            suspicions: probe.suspicions,
        }),
    }
}

impl Choice<'_> {
    /// The grant that it goes by.
    pub fn grant(&self) -> &'static str {
        if self.user.is_some() {
            JWT_BEARER
        } else {
            CLIENT_CREDENTIALS
        }
    }
}
