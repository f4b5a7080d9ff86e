//! A step evaluated: plain values that the one change of a case can still touch, before anything is signed or sent.
//!
//! A draft has no `Debug`: it holds secrets. What becomes of it is in [`super::request`] and [`super::forgery`].

use secrecy::{ExposeSecret, SecretString};
use serde_json::Value;

use super::cast::Missing;
use super::error::FlowError;
use super::pairs::{Casing, Pairs};
use super::signature::{SignatureDraft, date_of_message};
use super::value::{Scope, Secrets};
use crate::scenario::model::{
    Authenticate, AuthenticationMethod, Call, FreshKey, KeySource, Members as Written, PasswordOf, Sign, TokenRequest,
};
use crate::system::Identity;
use crate::token::{Algorithm, Alteration, Draft, Members, Part, RawJson, SigningKey};

/// Where a domain gives tokens.
pub const TOKEN_PATH: &str = "/oauth2/v1/token";

/// The content type of a form.
pub const FORM: &str = "application/x-www-form-urlencoded";

/// The content type of JSON.
pub const JSON: &str = "application/json";

/// What a browser asks for.
const PAGES: &str = "text/html, */*;q=0.8";

/// A token before it is signed.
pub struct SignDraft {
    /// Header, claims and algorithm.
    pub draft: Draft,
    /// The key.
    pub key: SigningKey,
    /// The player whose key it is, if it is one's.
    pub client: Option<String>,
    /// What is done to it on its way to text.
    pub alterations: Vec<Alteration>,
    /// The bytes of a part that are put in its place once the signature is made.
    pub swapped: Option<(Part, Vec<u8>)>,
}

/// A request before it is sent.
pub struct RequestDraft {
    /// The HTTP method.
    pub method: String,
    /// The address before the path.
    pub base: String,
    /// The path.
    pub path: String,
    /// The parameters of the query.
    pub query: Pairs,
    /// The header fields, at first without `Authorization`.
    pub headers: Pairs,
    /// The body.
    pub body: Body,
    /// The ways in which the client shows who it is; a good request has one at most.
    pub ways: Vec<Way>,
    /// The cookies that a browser sends along.
    pub cookies: Pairs,
    /// The access token.
    pub bearer: Option<String>,
    /// The signature over all of it.
    pub signature: Option<SignatureDraft>,
    /// The body in another form.
    pub disguise: Option<Disguise>,
    /// The certificate that the channel shows; at first none.
    pub identity: Option<Identity>,
}

/// What a request carries.
pub enum Body {
    /// Nothing.
    Nothing,
    /// Parameters.
    Form(Pairs),
    /// A JSON object, whose members can be written badly.
    Object(Members),
    /// Another JSON text, or none.
    Json(RawJson),
}

/// One way in which a client shows who it is.
pub struct Way {
    /// The way.
    pub by: AuthenticationMethod,
    /// The client, as the target calls it.
    pub player: String,
    /// The id; left out if none.
    pub id: Option<String>,
    /// The secret; left out if none.
    pub secret: Option<SecretString>,
    /// The client assertion; left out if none.
    pub assertion: Option<String>,
    /// The certificate and its key; left out if none.
    pub identity: Option<Identity>,
}

/// The body in another form.
pub enum Disguise {
    /// The parameters as a JSON object, labelled so.
    Json,
    /// Another text, another label, or both.
    Other {
        /// The text.
        raw: Option<String>,
        /// The label.
        content_type: Option<String>,
    },
    /// Grown to this many bytes.
    Size(u64),
    /// Grown by so many parameters.
    Parameters(u64),
}

impl SignDraft {
    /// Evaluates a step that signs.
    pub fn of(sign: &Sign, scope: &Scope<'_>) -> Result<Self, FlowError> {
        let (key, client) = signing_key(&sign.key, scope)?;
        let (header, claims) = (members(&sign.header, scope)?, members(&sign.claims, scope)?);
        let named = header
            .get("alg")
            .and_then(|RawJson(alg)| Algorithm::named(alg.trim_matches('"')));
        let draft = Draft {
            header,
            claims,
            algorithm: named.unwrap_or(Algorithm::Rs256),
        };
        Ok(Self {
            draft,
            key,
            client,
            alterations: Vec::new(),
            swapped: None,
        })
    }
}

/// Finds a key, and the player whose key it is.
pub fn signing_key(source: &KeySource, scope: &Scope<'_>) -> Result<(SigningKey, Option<String>), FlowError> {
    match source {
        KeySource::Of(name) => {
            let client = scope.player(name)?;
            Ok((scope.cast.key(client)?.key, Some(client.to_owned())))
        }
        KeySource::Fresh(FreshKey::Rsa2048) => Ok((SigningKey::fresh(), None)),
        KeySource::Fresh(kind) => Err(FlowError::scenario(format!("no key of the kind {kind:?} can be made"))),
        KeySource::Mint(_) => {
            let mint = scope.mint.ok_or_else(|| Missing::new("levers", "mint"))?;
            Ok((mint.key.clone(), None))
        }
    }
}

impl RequestDraft {
    /// Evaluates a request to a token endpoint.
    pub fn of_token_request(request: &TokenRequest, scope: &Scope<'_>) -> Result<Self, FlowError> {
        let mut form = Pairs::default();
        fill(&mut form, &request.form, scope)?;
        let signature = request.signature.as_ref();
        let signature = signature
            .map(|signature| SignatureDraft::of(signature, scope))
            .transpose()?;
        let mut headers = headers(JSON, Some(FORM), &request.headers, scope)?;
        if let (Some(date), true) = (date_of_message(scope.now), signature.is_some()) {
            headers.set("Date", date);
        }
        Ok(Self {
            method: "POST".to_owned(),
            base: scope.url(&request.to)?,
            path: TOKEN_PATH.to_owned(),
            query: query(&request.query, scope)?,
            headers,
            body: Body::Form(form),
            ways: ways(request.authenticate.as_ref(), scope)?,
            cookies: Pairs::default(),
            bearer: None,
            signature,
            disguise: None,
            identity: None,
        })
    }

    /// Evaluates a call to an API or to another endpoint of a domain.
    pub fn of_call(call: &Call, scope: &Scope<'_>) -> Result<Self, FlowError> {
        let (body, content_type) = match (&call.json, &call.form) {
            (Some(json), _) => match scope.value(json, Secrets::Refused)? {
                Value::Object(object) => (Body::Object(object.into_iter().collect()), Some(JSON)),
                value => (Body::Json(value.into()), Some(JSON)),
            },
            (None, form) if call.has_form() => {
                let mut pairs = Pairs::default();
                form.iter().try_for_each(|form| fill(&mut pairs, form, scope))?;
                if let Some(PasswordOf { user, r#in }) = &call.password_of {
                    let password = scope.cast.password(scope.player(user)?)?;
                    pairs.set(r#in, password.expose_secret().to_owned());
                }
                (Body::Form(pairs), Some(FORM))
            }
            (None, _) => (Body::Nothing, None),
        };
        let bearer = call.bearer.as_ref();
        let accept = if call.browser.is_some() { PAGES } else { JSON };
        Ok(Self {
            method: call.method.as_str().to_owned(),
            base: scope.url(&call.to)?,
            path: scope.text(&call.path, Secrets::Allowed)?,
            query: query(&call.query, scope)?,
            headers: headers(accept, content_type, &call.headers, scope)?,
            body,
            ways: ways(call.authenticate.as_ref(), scope)?,
            cookies: Pairs::default(),
            bearer: bearer.map(|bearer| scope.text(bearer, Secrets::Allowed)).transpose()?,
            signature: None,
            disguise: None,
            identity: None,
        })
    }
}

impl Way {
    /// A way for a player, with all that it needs.
    pub fn new(
        by: AuthenticationMethod,
        player: &str,
        assertion: Option<String>,
        scope: &Scope<'_>,
    ) -> Result<Self, FlowError> {
        let client = scope.cast.target().clients.get(player);
        let client = client.ok_or_else(|| Missing::new(player, "id"))?;
        let needs_secret = matches!(by, AuthenticationMethod::Basic | AuthenticationMethod::Body);
        Ok(Self {
            by,
            player: player.to_owned(),
            id: Some(client.id.clone()),
            secret: needs_secret.then(|| scope.cast.secret(player)).transpose()?,
            assertion,
            identity: (by == AuthenticationMethod::Certificate)
                .then(|| identity(player, scope))
                .transpose()?,
        })
    }
}

/// What a player shows on the channel.
fn identity(player: &str, scope: &Scope<'_>) -> Result<Identity, Missing> {
    let key = scope.cast.key(player)?;
    let certificate_der = key.certificate_der.ok_or_else(|| Missing::new(player, "certificate"))?;
    Ok(Identity {
        certificate_der,
        key: key.key,
    })
}

fn ways(authenticate: Option<&Authenticate>, scope: &Scope<'_>) -> Result<Vec<Way>, FlowError> {
    let Some(authenticate) = authenticate else {
        return Ok(Vec::new());
    };
    let assertion = authenticate.with.as_ref();
    let assertion = assertion.map(|with| scope.text(with, Secrets::Allowed)).transpose()?;
    let player = scope.player(&authenticate.client)?;
    Ok(vec![Way::new(authenticate.by, player, assertion, scope)?])
}

fn members(written: &Written, scope: &Scope<'_>) -> Result<Members, FlowError> {
    let members = written
        .iter()
        .map(|(name, value)| Ok((name.as_str(), scope.value(value, Secrets::Refused)?)));
    members.collect::<Result<Vec<_>, FlowError>>().map(Members::from_iter)
}

fn fill(pairs: &mut Pairs, written: &Written, scope: &Scope<'_>) -> Result<(), FlowError> {
    for (name, value) in written {
        pairs.set(name, super::value::spelt(scope.value(value, Secrets::Allowed)?));
    }
    Ok(())
}

fn query(written: &Written, scope: &Scope<'_>) -> Result<Pairs, FlowError> {
    let mut query = Pairs::default();
    fill(&mut query, written, scope)?;
    Ok(query)
}

fn headers(accept: &str, content_type: Option<&str>, written: &Written, scope: &Scope<'_>) -> Result<Pairs, FlowError> {
    let mut headers = Pairs::new(Casing::Ignored);
    headers.push("Accept", accept);
    if let Some(content_type) = content_type {
        headers.push("Content-Type", content_type);
    }
    fill(&mut headers, written, scope)?;
    Ok(headers)
}
