//! One connection: reads requests, asks the mock, writes answers.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::mock::Mock;
use crate::wire::{BODY_LIMIT, Channel, Request};

/// How long a client may take to send a header, a body, or its half of a handshake.
const PATIENCE: Duration = Duration::from_secs(10);

/// Accepts connections for one site until told to stop.
pub(super) async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    site: String,
    mock: Arc<Mock>,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (acceptor, site, mock) = (acceptor.clone(), site.clone(), mock.clone());
        tokio::spawn(async move {
            // Answers are small and written whole; waiting to fill a packet only costs time.
            let _ = stream.set_nodelay(true);
            match acceptor {
                None => serve(stream, &site, &mock).await,
                Some(acceptor) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                        serve(stream, &site, &mock).await;
                    }
                }
            }
        });
    }
}

async fn serve(stream: impl AsyncRead + AsyncWrite + Unpin, site: &str, mock: &Mock) {
    let service = service_fn(|request| async move { Ok::<_, Infallible>(answer(request, site, mock).await) });
    // A connection that breaks is the client's business; there is nobody to tell.
    let _ = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service)
        .await;
}

async fn answer(request: hyper::Request<Incoming>, site: &str, mock: &Mock) -> hyper::Response<Full<Bytes>> {
    let (head, body) = request.into_parts();
    let Ok(Some(body)) = tokio::time::timeout(PATIENCE, read(body)).await else {
        return plain(408);
    };
    // What was not read of a body would be taken for the next request.
    let is_cut_off = body.len() > BODY_LIMIT;
    let headers = head
        .headers
        .iter()
        .map(|(name, value)| {
            (
                name.as_str().to_owned(),
                String::from_utf8_lossy(value.as_bytes()).into_owned(),
            )
        })
        .collect();
    let response = mock.answer(&Request {
        method: head.method.as_str().to_owned(),
        site: site.to_owned(),
        path: head.uri.path().to_owned(),
        query: head.uri.query().map(str::to_owned),
        headers,
        body,
        channel: Channel::Protected,
    });
    let mut builder = hyper::Response::builder().status(response.status);
    for (name, value) in &response.headers {
        builder = builder.header(name.as_str(), value.as_bytes());
    }
    if is_cut_off {
        builder = builder.header("Connection", "close");
    }
    builder
        .body(Full::new(Bytes::from(response.body)))
        .unwrap_or_else(|_| plain(500))
}

/// Reads a body, stopping one byte past the limit; `None` where the client broke off.
async fn read(mut body: Incoming) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(
        usize::try_from(body.size_hint().lower())
            .unwrap_or_default()
            .min(BODY_LIMIT),
    );
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.ok()?.into_data() {
            let room = BODY_LIMIT + 1 - bytes.len();
            bytes.extend_from_slice(&data[..data.len().min(room)]);
            if bytes.len() > BODY_LIMIT {
                break;
            }
        }
    }
    Some(bytes)
}

fn plain(status: u16) -> hyper::Response<Full<Bytes>> {
    let mut response = hyper::Response::new(Full::default());
    *response.status_mut() = hyper::StatusCode::from_u16(status).unwrap_or(hyper::StatusCode::INTERNAL_SERVER_ERROR);
    response
}
