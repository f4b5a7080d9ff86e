//! One site of a mock behind a listener: makes a plain request of what was read, and an HTTP response of what the mock gives.

use std::sync::Arc;

use hyper::body::Incoming;
use hyper::{Request, Response, StatusCode};

use crate::fault::{Carrier, Delivery, How};
use crate::mock::Mock;
use crate::serve::connection::{Answerer, plain, read};
use crate::serve::pace::{Broken, Paced};
use crate::wire::{self, BODY_LIMIT, Channel};

/// A site of a mock.
#[derive(Clone, Debug)]
pub(super) struct Site {
    pub(super) mock: Arc<Mock>,
    pub(super) host: Arc<str>,
    /// The certificate that the client of this connection showed, in DER.
    pub(super) certificate: Option<Arc<[u8]>>,
}

impl Answerer for Site {
    fn to(self, certificate: Option<Arc<[u8]>>) -> Self {
        Self { certificate, ..self }
    }

    async fn answer(&self, request: Request<Incoming>) -> Result<Response<Paced>, Broken> {
        let (head, body) = request.into_parts();
        let Some(body) = read(body, BODY_LIMIT).await else {
            return Ok(plain(StatusCode::REQUEST_TIMEOUT));
        };
        // What was not read of a body would be taken for the next request.
        let is_cut_off = body.len() > BODY_LIMIT;
        let headers = head.headers.iter().map(|(name, value)| {
            let value = String::from_utf8_lossy(value.as_bytes());
            (name.as_str().to_owned(), value.into_owned())
        });
        let request = wire::Request {
            method: head.method.as_str().to_owned(),
            site: self.host.as_ref().to_owned(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            headers: headers.collect(),
            body,
            channel: Channel::Protected,
            client_certificate: self.certificate.as_deref().map(<[u8]>::to_vec),
        };
        let Delivery { response, how } = self.mock.respond(&request, Carrier::Server);
        let mut builder = Response::builder().status(response.status);
        for (name, value) in &response.headers {
            builder = builder.header(name.as_str(), value.as_bytes());
        }
        if is_cut_off {
            builder = builder.header("Connection", "close");
        }
        let body = paced(response.body, how).await?;
        let response = builder.body(body);
        Ok(response.unwrap_or_else(|_| plain(StatusCode::INTERNAL_SERVER_ERROR)))
    }
}

/// The body as it is delivered, once it is time for the head.
async fn paced(body: Vec<u8>, how: How) -> Result<Paced, Broken> {
    match how {
        How::Whole => Ok(Paced::whole(body)),
        How::After(delay) => {
            tokio::time::sleep(delay).await;
            Ok(Paced::whole(body))
        }
        How::Cut(bytes) => Ok(Paced::cut(body, bytes)),
        How::Drip(pause) => Ok(Paced::drip(body, pause)),
        How::Reset => Err(Broken::Reset),
    }
}
