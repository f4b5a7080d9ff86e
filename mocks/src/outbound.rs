//! Calls that a server of the landscape makes itself while it answers a request: values that a decision asks for, never connections.
//!
//! A decision is pure, so it cannot wait for an answer. Where it needs one it names the call it [`Wanted`], and is made again once the
//! answer is among what was [`Heard`]: the calls before it are replayed from there, each by its place and label. `mock` answers the calls
//! through the same core, puts them into the journal as caused by the request, and bounds their number and depth. Nothing leaves the
//! landscape: a call to a host that it does not have is heard as silence.

use crate::answer::{Slot, encode, form_text};
use crate::jose::base64;
use crate::landscape::Secret;
use crate::wire::{Channel, Request, Response};

/// The most calls that one request may cause by itself.
pub const CALL_LIMIT: usize = 8;
/// How deep calls may cause calls.
pub const DEPTH_LIMIT: usize = 3;

/// A call, with its tokens unsigned.
#[derive(Clone, Debug)]
pub struct Call {
    /// The method.
    pub method: &'static str,
    /// The host name of the site.
    pub site: String,
    /// The path.
    pub path: String,
    /// The query, encoded.
    pub query: Option<String>,
    /// Header fields; names in lower case.
    pub headers: Vec<(&'static str, String)>,
    /// A form, where there is a body; its tokens are signed when it is sent.
    pub form: Vec<(&'static str, Slot)>,
}

impl Call {
    /// A call without a body.
    pub fn get(site: &str, path: &str) -> Self {
        let (path, query) = path
            .split_once('?')
            .map_or((path, None), |(path, query)| (path, Some(query)));
        Self {
            method: "GET",
            site: site.to_owned(),
            path: path.to_owned(),
            query: query.map(str::to_owned),
            headers: Vec::new(),
            form: Vec::new(),
        }
    }

    /// A call with a form.
    pub fn post(site: &str, path: &str, form: Vec<(&'static str, Slot)>) -> Self {
        Self {
            method: "POST",
            form,
            ..Self::get(site, path)
        }
    }

    /// Adds a header field.
    #[must_use]
    pub fn header(mut self, name: &'static str, value: String) -> Self {
        self.headers.push((name, value));
        self
    }

    /// Adds Basic credentials of a client (RFC 6749 section 2.3.1).
    #[must_use]
    pub fn basic(self, client: &str, secret: &Secret) -> Self {
        let pair = format!("{}:{}", encode(client), encode(secret.expose()));
        self.header("authorization", format!("Basic {}", base64(pair.as_bytes())))
    }

    /// What tells it apart from other calls of the same decision.
    pub fn label(&self) -> String {
        format!("{} {}{}", self.method, self.site, self.path)
    }

    /// The request as it is sent: signs the tokens in it.
    pub fn sent(&self) -> Request {
        let mut headers: Vec<(String, String)> = self
            .headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), value.clone()))
            .collect();
        let body = form_text(&self.form).into_bytes();
        if !self.form.is_empty() {
            headers.push((
                "content-type".to_owned(),
                "application/x-www-form-urlencoded".to_owned(),
            ));
        }
        Request {
            method: self.method.to_owned(),
            site: self.site.clone(),
            path: self.path.clone(),
            query: self.query.clone(),
            headers,
            body,
            channel: Channel::Protected,
            client_certificate: None,
        }
    }
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Heard {
    /// The label of the call.
    pub label: String,
    /// The answer; none where nobody answers at that host.
    pub answer: Option<Response>,
}

/// A call that a decision cannot go on without.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// How many calls were made before it. Whatever was heard behind that belongs to a course that is no longer taken.
    pub after: usize,
    /// The call.
    pub call: Call,
}

/// A decision cannot go on before its next call was answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pending;

/// The calls of one decision, replayed from what was heard already.
#[derive(Debug)]
pub struct Line<'a> {
    heard: &'a [Heard],
    made: usize,
    wanted: Option<Wanted>,
}

impl<'a> Line<'a> {
    /// A line on which this was heard already.
    pub fn new(heard: &'a [Heard]) -> Self {
        Self {
            heard,
            made: 0,
            wanted: None,
        }
    }

    /// Makes a call: gives its answer, or none where nobody answered.
    ///
    /// # Errors
    ///
    /// [`Pending`], where the call is still to be made: the decision ends here, and is made again later.
    pub fn ask(&mut self, call: Call) -> Result<Option<&'a Response>, Pending> {
        match self.heard.get(self.made).filter(|heard| heard.label == call.label()) {
            Some(heard) => {
                self.made += 1;
                Ok(heard.answer.as_ref())
            }
            None => {
                self.wanted = Some(Wanted { after: self.made, call });
                Err(Pending)
            }
        }
    }

    /// The call that is still to be made.
    pub fn wanted(self) -> Option<Wanted> {
        self.wanted
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn heard(path: &str, status: u16) -> Heard {
        Heard {
            label: Call::get("a.example", path).label(),
            answer: Some(Response {
                status,
                headers: Vec::new(),
                body: Vec::new(),
            }),
        }
    }

    fn wanted_after(heard: &[Heard], paths: &[&str]) -> Option<(usize, String)> {
        let mut line = Line::new(heard);
        for path in paths {
            if line.ask(Call::get("a.example", path)).is_err() {
                break;
            }
        }
        line.wanted().map(|wanted| (wanted.after, wanted.call.path))
    }

    #[test]
    fn what_was_heard_is_replayed_and_the_next_call_is_wanted() {
        assert_eq!(wanted_after(&[], &["/one", "/two"]), Some((0, "/one".to_owned())));
        assert_eq!(
            wanted_after(&[heard("/one", 200)], &["/one", "/two"]),
            Some((1, "/two".to_owned()))
        );
        assert_eq!(
            wanted_after(&[heard("/one", 200), heard("/two", 200)], &["/one", "/two"]),
            None
        );
    }

    #[test]
    fn what_was_heard_on_another_course_is_not_taken_for_an_answer() {
        let heard = [heard("/one", 200), heard("/two", 200)];
        assert_eq!(
            wanted_after(&heard, &["/one", "/three"]),
            Some((1, "/three".to_owned()))
        );
    }

    #[test]
    fn a_query_is_no_part_of_the_path() {
        let sent = Call::get("a.example", "/list?limit=1").sent();
        assert_eq!((sent.path.as_str(), sent.query.as_deref()), ("/list", Some("limit=1")));
        assert!(sent.body.is_empty());
    }
}
