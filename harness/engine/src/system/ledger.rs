//! The ledger: what a run makes on a target is written down before the call, so that it can be undone whatever happens.
//!
//! One JSON object a line. A line with `method` is a call that is about to be made; a line with `status` or `error` says what came of the
//! call with the same number. Nothing secret is in it: of a body, only the names by which the thing can be found again.

use std::fmt;
use std::io::{self, Write};
use std::sync::{Mutex, PoisonError};

use indexmap::IndexMap;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use url::Url;

use super::{Request, Response, TransportError};
use crate::token::decode;

/// Where a domain is administered.
const ADMIN: &str = "/admin/v1/";

/// Below these nothing is made, whatever the method: questions that are asked by POST.
const QUESTIONS: [&str; 2] = [".search", "/Asserter"];

/// The members of a body by which a record can be found again.
const NAMES: [&str; 4] = ["userName", "displayName", "certificateAlias", "name"];

/// One line of a ledger.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub struct Line {
    /// The number of the call.
    pub call: u64,
    /// The method, before the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub method: Option<String>,
    /// The address, before the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// The id of the client in whose name it is made, as the token says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub client: Option<String>,
    /// By which names the record can be found.
    #[serde(default, skip_serializing_if = "IndexMap::is_empty")]
    pub names: IndexMap<String, String>,
    /// The status, after the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub status: Option<u16>,
    /// The id of what was made, after the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<String>,
    /// Why there was no answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

/// A ledger that is being written.
pub struct Ledger(Mutex<Open>);

struct Open {
    out: Box<dyn Write + Send>,
    calls: u64,
}

impl fmt::Debug for Ledger {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Ledger(..)")
    }
}

impl Ledger {
    /// Writes to a place, after the calls that stand there already.
    pub fn new(out: Box<dyn Write + Send>, calls: u64) -> Self {
        Self(Mutex::new(Open { out, calls }))
    }

    /// Writes down a call that changes something; other calls are nobody's business. Gives its number.
    pub(super) fn before(&self, request: &Request) -> io::Result<Option<u64>> {
        if !changes(request) {
            return Ok(None);
        }
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.calls += 1;
        let line = Line {
            call: open.calls,
            method: Some(request.method.clone()),
            url: Some(request.url.clone()),
            client: caller(request),
            names: names(&request.body),
            ..Line::default()
        };
        open.write(&line)?;
        Ok(Some(line.call))
    }

    /// Writes down what came of a call.
    pub(super) fn after(&self, call: u64, answer: &Result<Response, TransportError>) -> io::Result<()> {
        let line = match answer {
            Ok(answer) => Line {
                call,
                status: Some(answer.status),
                made: made(answer),
                ..Line::default()
            },
            Err(error) => Line {
                call,
                error: Some(error.to_string()),
                ..Line::default()
            },
        };
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(&line)
    }
}

impl Open {
    fn write(&mut self, line: &Line) -> io::Result<()> {
        let text = serde_json::to_string(line).map_err(io::Error::other)?;
        writeln!(self.out, "{text}")?;
        self.out.flush()
    }
}

/// Whether a request may change the landscape.
fn changes(request: &Request) -> bool {
    let path = request.url.split(['?', '#']).next().unwrap_or_default();
    let is_question = QUESTIONS.iter().any(|question| path.ends_with(question));
    !request.method.eq_ignore_ascii_case("GET") && path.contains(ADMIN) && !is_question
}

/// Who calls, by the token that is sent.
fn caller(request: &Request) -> Option<String> {
    let fields = request.headers.iter();
    let mut fields = fields.filter(|(name, _)| name.eq_ignore_ascii_case("authorization"));
    let token = fields.find_map(|(_, value)| value.strip_prefix("Bearer "))?;
    let decoded = decode(token).ok()?;
    Some(decoded.claims.get("client_id")?.as_str()?.to_owned())
}

fn names(body: &[u8]) -> IndexMap<String, String> {
    let body: Value = serde_json::from_slice(body).unwrap_or_default();
    let named = NAMES
        .iter()
        .filter_map(|name| Some(((*name).to_owned(), body.get(name)?.as_str()?.to_owned())));
    named.collect()
}

/// The id of what an answer says was made.
fn made(answer: &Response) -> Option<String> {
    if answer.status != 201 {
        return None;
    }
    let body: Value = serde_json::from_slice(&answer.body).unwrap_or_default();
    let of_body = || Some(body.get("id")?.as_str()?.to_owned());
    let of_header = || {
        let location = answer.header("Location")?;
        Some(location.rsplit('/').next()?.to_owned())
    };
    of_body().or_else(of_header)
}

/// One thing that a ledger says to undo.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// A record that was made, and not deleted since.
    Made {
        /// Where it is.
        url: String,
        /// The client that made it.
        client: Option<String>,
    },
    /// A record that may have been made: the answer was never seen.
    Perhaps {
        /// The collection.
        url: String,
        /// By which names it can be found there.
        names: IndexMap<String, String>,
        /// The client that may have made it.
        client: Option<String>,
    },
    /// A record that was there before and was changed. A person has to look at it.
    Changed {
        /// The method.
        method: String,
        /// Where it is.
        url: String,
    },
}

/// Why a ledger cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {0} is no line of a ledger")]
pub struct NoLedger(pub usize);

/// Reads the lines of a ledger. A last line that was cut off by a crash is left out.
pub fn read_lines(text: &str) -> Result<Vec<Line>, NoLedger> {
    let is_whole = text.ends_with('\n');
    let count = text.lines().count();
    let mut lines = Vec::new();
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        match serde_json::from_str(line) {
            Ok(line) => lines.push(line),
            Err(_) if index + 1 == count && !is_whole => {}
            Err(_) => return Err(NoLedger(index + 1)),
        }
    }
    Ok(lines)
}

/// What is left to undo, the latest first.
pub fn left(lines: &[Line]) -> Vec<Left> {
    let outcome = |call: u64| lines.iter().find(|line| line.call == call && line.method.is_none());
    let mut left: Vec<Left> = Vec::new();
    for line in lines {
        let (Some(method), Some(url)) = (&line.method, &line.url) else {
            continue;
        };
        let url = url
            .split(['?', '#'])
            .next()
            .unwrap_or_default()
            .trim_end_matches('/')
            .to_owned();
        let outcome = outcome(line.call);
        let status = outcome.and_then(|outcome| outcome.status);
        let is_done = status.is_some_and(|status| status < 300);
        match method.to_ascii_uppercase().as_str() {
            "POST" if is_done && is_collection(&url) => {
                if let Some(made) = outcome.and_then(|outcome| outcome.made.as_ref()) {
                    left.push(Left::Made {
                        url: format!("{url}/{made}"),
                        client: line.client.clone(),
                    });
                }
            }
            "POST" if status.is_none() && is_collection(&url) => left.push(Left::Perhaps {
                url,
                names: line.names.clone(),
                client: line.client.clone(),
            }),
            "DELETE" if is_done || status == Some(404) => {
                left.retain(|entry| !matches!(entry, Left::Made { url: made, .. } if *made == url));
            }
            _ if is_done || status.is_none() => {
                let id = url.rsplit('/').next().unwrap_or_default();
                let is_ours =
                    |entry: &Left| matches!(entry, Left::Made { url: made, .. } if made.rsplit('/').next() == Some(id));
                let changed = Left::Changed {
                    method: method.clone(),
                    url: url.clone(),
                };
                // What was made here goes away whole; what happened to it on the way does not matter.
                if !left.iter().any(is_ours) && !left.contains(&changed) {
                    left.push(changed);
                }
            }
            _ => {}
        }
    }
    left.reverse();
    left
}

/// Whether an address is one of records: `/admin/v1/Apps`.
fn is_collection(url: &str) -> bool {
    let path = Url::parse(url).map(|url| url.path().to_owned()).unwrap_or_default();
    let below = path.split_once(ADMIN).map(|(_, below)| below);
    below.is_some_and(|below| !below.is_empty() && !below.contains('/'))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    #[derive(Clone, Default)]
    struct Shared(Arc<Mutex<Vec<u8>>>);

    impl Write for Shared {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Shared {
        fn text(&self) -> String {
            String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
        }
    }

    fn request(method: &str, path: &str, body: &str) -> Request {
        // {"client_id":"admin-1"}
        let token = "eyJhbGciOiJub25lIn0.eyJjbGllbnRfaWQiOiJhZG1pbi0xIn0.c2ln";
        Request {
            method: method.to_owned(),
            url: format!("https://domain.example{path}"),
            headers: vec![("Authorization".to_owned(), format!("Bearer {token}"))],
            body: body.as_bytes().to_vec(),
            identity: None,
        }
    }

    fn answer(status: u16, body: &str) -> Response {
        Response {
            status,
            headers: Vec::new(),
            body: body.as_bytes().to_vec(),
        }
    }

    #[test]
    fn a_call_is_written_down_before_it_is_made_and_holds_no_secret() {
        let out = Shared::default();
        let ledger = Ledger::new(Box::new(out.clone()), 0);
        let body = r#"{"userName":"reader","password":"hush","clientSecret":"hush"}"#;
        let call = ledger.before(&request("POST", "/admin/v1/Users", body)).unwrap();
        assert_eq!(call, Some(1));
        let text = out.text();
        assert!(text.contains("reader") && text.contains("admin-1"), "{text}");
        assert!(!text.contains("hush") && !text.contains("eyJ"), "{text}");
        for (method, path) in [
            ("GET", "/admin/v1/Users"),
            ("POST", "/admin/v1/Users/.search"),
            ("POST", "/oauth2/v1/token"),
        ] {
            assert_eq!(ledger.before(&request(method, path, "")).unwrap(), None, "{path}");
        }
    }

    #[test]
    fn what_was_made_and_not_deleted_is_left_and_the_latest_comes_first() {
        let out = Shared::default();
        let ledger = Ledger::new(Box::new(out.clone()), 0);
        let call = |method: &str, path: &str, body: &str, status: u16, answered: &str| {
            let number = ledger.before(&request(method, path, body)).unwrap().unwrap();
            ledger.after(number, &Ok(answer(status, answered))).unwrap();
        };
        call(
            "POST",
            "/admin/v1/Apps",
            r#"{"displayName":"a"}"#,
            201,
            r#"{"id":"a1"}"#,
        );
        call("PUT", "/admin/v1/AppStatusChanger/a1", "", 200, "");
        call("PATCH", "/admin/v1/Apps/theirs", "", 200, "");
        call("POST", "/admin/v1/Users", r#"{"userName":"u"}"#, 201, r#"{"id":"u1"}"#);
        call("DELETE", "/admin/v1/Users/u1", "", 204, "");
        call("POST", "/admin/v1/Users", r#"{"userName":"no"}"#, 409, "");
        ledger
            .before(&request("POST", "/admin/v1/Groups", r#"{"displayName":"g"}"#))
            .unwrap();

        let cut_off = out.text() + r#"{"call":8,"met"#;
        let left = left(&read_lines(&cut_off).unwrap());
        let client = Some("admin-1".to_owned());
        assert_eq!(
            left,
            [
                Left::Perhaps {
                    url: "https://domain.example/admin/v1/Groups".to_owned(),
                    names: IndexMap::from([("displayName".to_owned(), "g".to_owned())]),
                    client: client.clone(),
                },
                Left::Changed {
                    method: "PATCH".to_owned(),
                    url: "https://domain.example/admin/v1/Apps/theirs".to_owned(),
                },
                Left::Made {
                    url: "https://domain.example/admin/v1/Apps/a1".to_owned(),
                    client,
                },
            ]
        );
    }

    #[test]
    fn what_is_no_ledger_is_told_by_its_line() {
        assert_eq!(read_lines("{\"call\":1}\nrubbish\n{\"call\":2}\n"), Err(NoLedger(2)));
        assert_eq!(read_lines(""), Ok(Vec::new()));
    }
}
