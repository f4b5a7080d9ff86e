//! One failed exchange, taken apart: where it was, what was sent, what came back, and whom of the target it is about.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::{Url, form_urlencoded};

use crate::flow::draft::TOKEN_PATH;
use crate::scenario::model::diagnosis::Place;
use crate::system::{Request, Response, TransportError};
use crate::target::{Api, ApiKind, Client, Domain, Target, User};
use crate::token::{Decoded, decode};

/// One failed exchange. There is no `Debug`: credentials may be in it.
pub struct Symptom<'a> {
    /// Where it was.
    pub place: Place,
    /// The status; none where there was no answer.
    pub status: Option<u16>,
    /// The member `error` of the answer.
    pub error: Option<String>,
    /// The body and the challenges of the answer, in lower case.
    pub text: String,
    /// The media type of the answer.
    pub media_type: String,
    /// Whether there was no answer, and why in words.
    pub unanswered: Option<String>,
    /// The path that was asked.
    pub path: String,
    /// The parameters of a form that was sent.
    pub form: BTreeMap<String, String>,
    /// The assertion of a user that was sent.
    pub assertion: Option<Decoded>,
    /// The assertion of a client that was sent.
    pub client_assertion: Option<Decoded>,
    /// The token that was sent as bearer.
    pub bearer: Option<Decoded>,
    /// Whether anything was sent to say who calls.
    pub has_credentials: bool,
    /// The whole target.
    pub target: &'a Target,
    /// The domain that was asked.
    pub domain: Option<&'a Domain>,
    /// The API that was called, or that the scope is for.
    pub api: Option<&'a Api>,
    /// The client that asked.
    pub client: Option<&'a Client>,
    /// The user in whose name it was.
    pub user: Option<&'a User>,
    /// Seconds since 1970.
    pub now: u64,
}

impl<'a> Symptom<'a> {
    /// Takes an exchange apart. None, where it was a success or went to nobody of the target.
    pub fn of(
        request: &Request,
        answer: &Result<Response, TransportError>,
        target: &'a Target,
        now: u64,
    ) -> Option<Self> {
        let status = answer.as_ref().ok().map(|answer| answer.status);
        // A redirect in place of an answer of an API is a symptom too.
        if status.is_some_and(|status| status < 300) {
            return None;
        }
        let url = Url::parse(&request.url).ok()?;
        let path = url.path().to_owned();
        let domain = target.domains.values().find(|domain| is_at(&url, &domain.url));
        let called = called(&url, target);
        let place = match (answer, domain, called) {
            (Err(_), Some(_), _) | (Err(_), _, Some(_)) => Place::Transport,
            (_, Some(_), _) if path.ends_with(TOKEN_PATH) => Place::Token,
            (_, Some(_), _) if path.starts_with("/admin/") => Place::Admin,
            (_, Some(_), _) => Place::Authorize,
            (_, None, Some(api)) => place_of(api, &path),
            (_, None, None) => return None,
        };
        let form: BTreeMap<String, String> = form_urlencoded::parse(&request.body).into_owned().collect();
        let [assertion, client_assertion] = ["assertion", "client_assertion"].map(|name| decode(form.get(name)?).ok());
        let authorization = header(request, "authorization");
        let bearer = authorization
            .and_then(|value| value.strip_prefix("Bearer "))
            .and_then(|token| decode(token).ok());
        let client_id = authorization
            .and_then(basic_user)
            .or_else(|| form.get("client_id").cloned())
            .or_else(|| claim(client_assertion.as_ref(), "sub"))
            .or_else(|| claim(bearer.as_ref(), "client_id"));
        let user_name = claim(assertion.as_ref(), "sub").or_else(|| claim(bearer.as_ref(), "sub"));
        let wanted = form.get("scope");
        let for_scope = target.apis.values().find(|api| Some(&api.scope) == wanted);
        let (error, text, media_type) = answer.as_ref().map(read).unwrap_or_default();
        Some(Self {
            place,
            status,
            error,
            text,
            media_type,
            unanswered: answer.as_ref().err().map(ToString::to_string),
            path,
            assertion,
            client_assertion,
            bearer,
            has_credentials: authorization.is_some() || form.contains_key("client_id"),
            target,
            domain,
            api: called.filter(|_| domain.is_none()).or(for_scope),
            client: target
                .clients
                .values()
                .find(|client| Some(&client.id) == client_id.as_ref()),
            user: target
                .users
                .values()
                .find(|user| Some(&user.name) == user_name.as_ref()),
            form,
            now,
        })
    }

    /// A claim of the token that was sent, as a text.
    pub fn bearer_claim(&self, name: &str) -> Option<String> {
        claim(self.bearer.as_ref(), name)
    }

    /// The texts of a claim of the token that was sent that may be one or a list.
    pub fn bearer_claims(&self, name: &str) -> Vec<String> {
        let value = self.bearer.as_ref().and_then(|token| token.claims.get(name));
        match value {
            Some(Value::String(text)) => text.split(' ').map(str::to_owned).collect(),
            Some(Value::Array(elements)) => elements
                .iter()
                .filter_map(|text| text.as_str().map(str::to_owned))
                .collect(),
            _ => Vec::new(),
        }
    }
}

/// Whether an address is below another one: the same host and port.
fn is_at(url: &Url, base: &str) -> bool {
    let base = Url::parse(base).ok();
    base.is_some_and(|base| {
        base.host_str() == url.host_str() && base.port_or_known_default() == url.port_or_known_default()
    })
}

/// The API that is called. Several may share a host: the path says which one it is.
fn called<'a>(url: &Url, target: &'a Target) -> Option<&'a Api> {
    let here = || target.apis.values().filter(move |api| is_at(url, &api.url));
    let is_agents = url.path().starts_with("/api/fusion-ai/");
    let fits = |api: &&Api| match api.kind {
        ApiKind::FusionAi => {
            let names_agent = api
                .agent
                .as_ref()
                .is_some_and(|agent| url.path().contains(agent.as_str()));
            is_agents && names_agent
        }
        ApiKind::FusionAdf => !is_agents,
        ApiKind::Oic | ApiKind::Plain => true,
    };
    here().find(fits).or_else(|| here().next())
}

fn place_of(api: &Api, path: &str) -> Place {
    match api.kind {
        ApiKind::FusionAi => Place::FusionAi,
        ApiKind::FusionAdf => Place::FusionAdf,
        ApiKind::Oic if path.contains("/flows/") => Place::Oic,
        ApiKind::Oic => Place::OicFactory,
        ApiKind::Plain => Place::Plain,
    }
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let mut fields = request.headers.iter();
    let found = fields.find(|(known, _)| known.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

fn basic_user(value: &str) -> Option<String> {
    let text = String::from_utf8(STANDARD.decode(value.strip_prefix("Basic ")?).ok()?).ok()?;
    Some(text.split_once(':')?.0.to_owned())
}

fn claim(token: Option<&Decoded>, name: &str) -> Option<String> {
    Some(token?.claims.get(name)?.as_str()?.to_owned())
}

/// The error, the text and the media type of an answer.
fn read(answer: &Response) -> (Option<String>, String, String) {
    let body = String::from_utf8_lossy(&answer.body);
    let json: Option<Value> = serde_json::from_slice(&answer.body).ok();
    let error = json.and_then(|json| json.get("error")?.as_str().map(str::to_owned));
    let challenges: Vec<&str> = answer.headers("WWW-Authenticate").collect();
    let of_challenge = || {
        let (_, rest) = challenges
            .iter()
            .find_map(|challenge| challenge.split_once("error=\""))?;
        rest.split('"').next().map(str::to_owned)
    };
    let text = format!("{body}\n{}", challenges.join("\n")).to_lowercase();
    let media_type = answer.header("Content-Type").unwrap_or_default().to_lowercase();
    (error.or_else(of_challenge), text, media_type)
}
