//! The control address: levers over HTTP for a process that cannot call the mock: clock, faults, journal, settings.
//!
//! Loopback only, and only for who was told the token: other users of the machine and web pages in its browsers reach loopback too. So the
//! token must stand in a header field that no form can send, the host must be this one (DNS rebinding), and browsers are sent away.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use aws_lc_rs::constant_time::verify_slices_are_equal;
use hyper::body::Incoming;
use hyper::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, HOST, HeaderMap, HeaderValue, ORIGIN};
use hyper::http::request::Parts;
use hyper::{Request, Response, StatusCode};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

use crate::fault::plan::Planned;
use crate::form::Form;
use crate::jose::base64url;
use crate::landscape::profile::SWITCHES;
use crate::mock::{Mock, random_seed};
use crate::serve::connection::{Answerer, plain, read};
use crate::serve::pace::{Broken, Paced};

/// The header field that holds the token.
pub const TOKEN_HEADER: &str = "X-Tenantproof-Control";
/// The most bytes of a body that are read.
pub const CONTROL_BODY_LIMIT: usize = 64 * 1024;
/// The last second that the clock can be moved to: dates are written with four digits of the year (RFC 3339).
pub const LAST_TIME: u64 = 253_370_764_799;

/// Where the control address is, and what opens it.
#[derive(Clone, PartialEq, Eq)]
pub struct ControlAddress {
    /// Its base URL.
    pub url: String,
    /// The token.
    pub token: String,
}

impl fmt::Debug for ControlAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let mut shown = formatter.debug_struct("ControlAddress");
        shown.field("url", &self.url).finish_non_exhaustive()
    }
}

/// An endpoint of the control address.
#[derive(Debug)]
pub struct Endpoint {
    /// The method.
    pub method: &'static str,
    /// The path.
    pub path: &'static str,
    /// The query or the body that it takes, by example.
    pub takes: &'static str,
    /// What it does, and what it answers.
    pub says: &'static str,
    answer: fn(&Mock, &Asked) -> Result<Value, Refusal>,
}

/// Every endpoint of the control address.
pub static ENDPOINTS: &[Endpoint] = &[
    Endpoint {
        method: "GET",
        path: "/clock",
        takes: "",
        says: "what time it is for the servers: {\"now\": SECONDS}",
        answer: |mock, _| Ok(clock(mock)),
    },
    Endpoint {
        method: "POST",
        path: "/clock",
        takes: r#"{"pass": 300}"#,
        says: "lets so many seconds pass at once",
        answer: pass,
    },
    Endpoint {
        method: "GET",
        path: "/faults",
        takes: "",
        says: "the faults that are planned still: {\"faults\": [...]}",
        answer: |mock, _| Ok(faults(mock)),
    },
    Endpoint {
        method: "POST",
        path: "/faults",
        takes: r#"{"fault": "429", "endpoint": "token", "times": 3}"#,
        says: "plans a fault at an `endpoint` (by its name in the journal) or a `path`; `site` and `times` may be left out",
        answer: plan,
    },
    Endpoint {
        method: "DELETE",
        path: "/faults",
        takes: "",
        says: "forgets every fault",
        answer: |mock, _| {
            mock.clear_faults();
            Ok(faults(mock))
        },
    },
    Endpoint {
        method: "GET",
        path: "/journal",
        takes: "?ecid=ID",
        says: "what was asked and why it was refused: {\"entries\": [...]}; all without `ecid`",
        answer: journal,
    },
    Endpoint {
        method: "POST",
        path: "/settings",
        takes: r#"{"name": "invoke-status", "value": "202"}"#,
        says: "sets a switch of the profile",
        answer: set,
    },
];

/// What an endpoint is asked with.
struct Asked {
    query: Option<String>,
    body: Vec<u8>,
}

impl Asked {
    fn body<T: DeserializeOwned>(&self, example: &str) -> Result<T, Refusal> {
        serde_json::from_slice(&self.body)
            .map_err(|error| bad(format!("the body is an object such as {example}: {error}")))
    }
}

/// Why a request is refused, and what would have been right.
#[derive(Debug)]
struct Refusal {
    status: StatusCode,
    error: String,
    /// The methods of a path that does not take this one.
    allow: Option<String>,
}

fn refusal(status: StatusCode, error: impl Into<String>) -> Refusal {
    Refusal {
        status,
        error: error.into(),
        allow: None,
    }
}

fn bad(error: impl Into<String>) -> Refusal {
    refusal(StatusCode::BAD_REQUEST, error)
}

fn clock(mock: &Mock) -> Value {
    json!({ "now": mock.now() })
}

fn pass(mock: &Mock, asked: &Asked) -> Result<Value, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Pass {
        pass: u64,
    }
    let Pass { pass } = asked.body(r#"{"pass": 300}"#)?;
    let now = mock.now();
    if now.saturating_add(pass) > LAST_TIME {
        return Err(bad(format!(
            "it is {now}, and the clock ends with the year 9998, at {LAST_TIME}"
        )));
    }
    mock.pass(Duration::from_secs(pass));
    Ok(clock(mock))
}

fn faults(mock: &Mock) -> Value {
    let planned: Vec<_> = mock.faults().iter().map(Planned::to_json).collect();
    json!({ "faults": planned })
}

fn plan(mock: &Mock, asked: &Asked) -> Result<Value, Refusal> {
    Planned::from_json(&asked.body)
        .and_then(|planned| mock.plan_fault(planned))
        .map_err(|error| bad(error.to_string()))?;
    Ok(faults(mock))
}

fn journal(mock: &Mock, asked: &Asked) -> Result<Value, Refusal> {
    let query = Form::read(asked.query.as_deref().unwrap_or_default().as_bytes());
    if query.names().any(|name| name != "ecid") {
        return Err(bad("the journal takes no parameter but `ecid`"));
    }
    let Some(ecid) = query.value("ecid") else {
        return Ok(json!({ "entries": mock.journal() }));
    };
    let entry = mock.journal_entry(ecid).ok_or_else(|| {
        let error =
            "no entry has this ecid; an answer carries its own in X-ORACLE-DMS-ECID, and the oldest are forgotten";
        refusal(StatusCode::NOT_FOUND, error)
    })?;
    Ok(json!({ "entries": [entry] }))
}

fn set(mock: &Mock, asked: &Asked) -> Result<Value, Refusal> {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Setting {
        name: String,
        value: String,
    }
    let Setting { name, value } = asked.body(r#"{"name": "invoke-status", "value": "202"}"#)?;
    let switch = SWITCHES.iter().find(|switch| switch.name == name).ok_or_else(|| {
        let names: Vec<_> = SWITCHES.iter().map(|switch| switch.name).collect();
        bad(format!("there is no switch `{name}`; there are {}", names.join(", ")))
    })?;
    mock.change(|landscape| landscape.profile.set(&name, &value))
        .map_err(|_| {
            let values = switch.values.join(", ");
            bad(format!("`{name}` cannot be `{value}`; it can be {values}"))
        })?;
    Ok(json!({ "name": name, "value": value }))
}

/// What answers at the control address.
#[derive(Clone)]
pub(super) struct Control {
    mock: Arc<Mock>,
    token: Arc<str>,
    hosts: Arc<[String; 2]>,
}

impl Control {
    /// A control address on this port, under a fresh token.
    pub(super) fn new(mock: Arc<Mock>, port: u16) -> Self {
        Self {
            mock,
            token: base64url(&random_seed()).into(),
            hosts: Arc::new([format!("127.0.0.1:{port}"), format!("localhost:{port}")]),
        }
    }

    /// Where it is, and what opens it.
    pub(super) fn address(&self) -> ControlAddress {
        ControlAddress {
            url: format!("http://{}", self.hosts[0]),
            token: self.token.as_ref().to_owned(),
        }
    }

    /// Refuses who may not ask at all.
    fn admit(&self, head: &Parts) -> Result<(), Refusal> {
        let forbidden = |error: String| Err(refusal(StatusCode::FORBIDDEN, error));
        let is_ours = |host: &str| self.hosts.iter().any(|ours| ours == host);
        let named = head.uri.authority().is_none_or(|authority| is_ours(authority.as_str()));
        if !named || !only(&head.headers, HOST.as_str()).is_some_and(is_ours) {
            return forbidden(format!(
                "the header field Host is {} or {}",
                self.hosts[0], self.hosts[1]
            ));
        }
        if head.headers.contains_key(ORIGIN) {
            return forbidden("a request with a header field Origin is a web page's, and none of ours".to_owned());
        }
        let token = only(&head.headers, TOKEN_HEADER).unwrap_or_default();
        if verify_slices_are_equal(token.as_bytes(), self.token.as_bytes()).is_err() {
            return forbidden(format!(
                "the header field {TOKEN_HEADER} holds the token that `serve` gave out at its start"
            ));
        }
        Ok(())
    }

    fn decide(&self, head: &Parts, body: Vec<u8>) -> Result<Value, Refusal> {
        self.admit(head)?;
        let endpoint = find(head.method.as_str(), head.uri.path())?;
        if body.len() > CONTROL_BODY_LIMIT {
            let error = format!("a body has at most {CONTROL_BODY_LIMIT} bytes");
            return Err(refusal(StatusCode::PAYLOAD_TOO_LARGE, error));
        }
        let query = head.uri.query().map(str::to_owned);
        (endpoint.answer)(&self.mock, &Asked { query, body })
    }
}

impl Answerer for Control {
    fn to(self, _: Option<Arc<[u8]>>) -> Self {
        self
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Paced>, Broken> {
        let (head, body) = request.into_parts();
        // The body is read before anything is refused: a connection that is closed on unread bytes takes the refusal with it.
        let Some(body) = read(body, CONTROL_BODY_LIMIT).await else {
            return Ok(plain(StatusCode::REQUEST_TIMEOUT));
        };
        let (status, body, allow) = match self.decide(&head, body) {
            Ok(value) => (StatusCode::OK, value, None),
            Err(refusal) => (refusal.status, json!({ "error": refusal.error }), refusal.allow),
        };
        let mut response = Response::new(Paced::whole(body.to_string().into_bytes()));
        *response.status_mut() = status;
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(allow) = allow.and_then(|allow| HeaderValue::try_from(allow).ok()) {
            headers.insert(ALLOW, allow);
        }
        Ok(response)
    }
}

/// The value of a header field that stands there exactly once.
fn only<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

fn find(method: &str, path: &str) -> Result<&'static Endpoint, Refusal> {
    let here: Vec<_> = ENDPOINTS.iter().filter(|endpoint| endpoint.path == path).collect();
    if let Some(endpoint) = here.iter().find(|endpoint| endpoint.method == method) {
        return Ok(endpoint);
    }
    if here.is_empty() {
        let all: Vec<_> = ENDPOINTS
            .iter()
            .map(|endpoint| format!("{} {}", endpoint.method, endpoint.path))
            .collect();
        let error = format!("there is nothing at {path}; there are {}", all.join(", "));
        return Err(refusal(StatusCode::NOT_FOUND, error));
    }
    let methods: Vec<_> = here.iter().map(|endpoint| endpoint.method).collect();
    let allow = methods.join(", ");
    Err(Refusal {
        status: StatusCode::METHOD_NOT_ALLOWED,
        error: format!("{path} takes {allow}, not {method}"),
        allow: Some(allow),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_path_or_method_is_told_the_right_ones() {
        let nowhere = find("GET", "/nothing").unwrap_err();
        assert_eq!(nowhere.status, StatusCode::NOT_FOUND);
        for endpoint in ENDPOINTS {
            assert!(
                nowhere
                    .error
                    .contains(&format!("{} {}", endpoint.method, endpoint.path))
            );
            assert_eq!(find(endpoint.method, endpoint.path).unwrap().says, endpoint.says);
        }
        let wrong = find("PUT", "/faults").unwrap_err();
        assert_eq!(wrong.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(wrong.allow.as_deref(), Some("GET, POST, DELETE"));
    }

    #[test]
    fn the_token_is_shown_to_nobody_who_only_looks_at_the_address() {
        let address = ControlAddress {
            url: "http://127.0.0.1:1".to_owned(),
            token: "secret".to_owned(),
        };
        assert!(!format!("{address:?}").contains("secret"));
    }

    #[test]
    fn a_header_field_that_stands_twice_counts_as_absent() {
        let mut headers = HeaderMap::new();
        headers.append(TOKEN_HEADER, HeaderValue::from_static("a"));
        assert_eq!(only(&headers, TOKEN_HEADER), Some("a"));
        headers.append(TOKEN_HEADER, HeaderValue::from_static("a"));
        assert_eq!(only(&headers, TOKEN_HEADER), None);
    }
}
