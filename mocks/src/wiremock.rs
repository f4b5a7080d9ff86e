//! A responder for the `wiremock` crate, for tests that use it already.
//!
//! wiremock computes one answer at a time, speaks plain HTTP only and keeps every request: fine for small tests, wrong for load. Of the
//! faults that only a connection can show, it can be late.

use std::sync::Arc;

use wiremock::{Request as Received, Respond, ResponseTemplate};

use crate::fault::{Carrier, Delivery, How};
use crate::mock::Mock;
use crate::wire::{BODY_LIMIT, Channel, Request};

/// Answers for one site of a mock.
#[derive(Clone, Debug)]
pub struct SiteResponder {
    mock: Arc<Mock>,
    site: String,
}

impl SiteResponder {
    /// A responder for the site of this host name.
    pub fn new(mock: Arc<Mock>, site: &str) -> Self {
        Self {
            mock,
            site: site.to_owned(),
        }
    }
}

impl Respond for SiteResponder {
    fn respond(&self, received: &Received) -> ResponseTemplate {
        let headers = received.headers.iter().map(|(name, value)| {
            (
                name.as_str().to_ascii_lowercase(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        });
        let request = Request {
            method: received.method.to_string(),
            site: self.site.clone(),
            path: received.url.path().to_owned(),
            query: received.url.query().map(str::to_owned),
            headers: headers.collect(),
            body: received.body[..received.body.len().min(BODY_LIMIT + 1)].to_vec(),
            channel: Channel::Protected,
            client_certificate: None,
        };
        let Delivery { response, how } = self.mock.respond(&request, Carrier::Wiremock);
        let template = ResponseTemplate::new(response.status).set_body_bytes(response.body);
        let template = response.headers.iter().fold(template, |template, (name, value)| {
            template.append_header(name.as_str(), value.as_str())
        });
        match how {
            How::After(delay) => template.set_delay(delay),
            // The plan keeps what this carrier cannot show.
            How::Whole | How::Cut(_) | How::Drip(_) | How::Reset => template,
        }
    }
}
