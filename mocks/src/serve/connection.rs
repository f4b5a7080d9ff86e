//! Connections: accepts them, reads requests off them, writes answers, and breaks them where a fault asks for it.
//!
//! What a request means is not known here: see `site` and `control`.

use std::error::Error as _;
use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use http_body_util::BodyExt;
use hyper::body::{Body, Incoming};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

use crate::serve::pace::{Broken, Paced};

/// How long a client may take to send a header, a body, or its half of a handshake.
const PATIENCE: Duration = Duration::from_secs(10);

/// How many times its limit is read of a body before the connection is given up.
const MOST_DRAINED: usize = 16;

/// What answers the requests of a listener.
pub(super) trait Answerer: Clone + Send + Sync + 'static {
    /// The same for one connection, whose client showed this certificate.
    #[must_use]
    fn to(self, certificate: Option<Arc<[u8]>>) -> Self;

    /// Answers one request, or says how the connection breaks.
    fn answer(&self, request: Request<Incoming>) -> impl Future<Output = Result<Response<Paced>, Broken>> + Send;
}

/// Accepts connections until told to stop.
pub(super) async fn accept(
    listener: TcpListener,
    acceptor: Option<TlsAcceptor>,
    answerer: impl Answerer,
    mut stopped: watch::Receiver<bool>,
) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            _ = stopped.changed() => return,
        };
        let Ok((stream, _)) = accepted else { continue };
        let (acceptor, answerer) = (acceptor.clone(), answerer.clone());
        tokio::spawn(async move {
            // Answers are small and written whole; waiting to fill a packet only costs time.
            let _ = stream.set_nodelay(true);
            match acceptor {
                None => serve(stream, &answerer).await,
                Some(acceptor) => {
                    if let Ok(Ok(stream)) = tokio::time::timeout(PATIENCE, acceptor.accept(stream)).await {
                        let shown = stream.get_ref().1.peer_certificates();
                        let certificate = shown.and_then(|chain| chain.first()).map(|leaf| leaf.as_ref().into());
                        serve(stream, &answerer.to(certificate)).await;
                    }
                }
            }
        });
    }
}

/// A stream that can be reset.
trait Stream: AsyncRead + AsyncWrite + Unpin {
    /// Ends the connection at once, so that the client sees a reset and not an end.
    fn reset(self);
}

impl Stream for TcpStream {
    fn reset(self) {
        // A connection that is gone already needs no reset.
        let _ = self.set_zero_linger();
    }
}

impl Stream for TlsStream<TcpStream> {
    fn reset(self) {
        self.into_inner().0.reset();
    }
}

/// Answers the requests of one connection. Ends when the client goes away, whatever an answer still waits for.
async fn serve(stream: impl Stream, answerer: &impl Answerer) {
    let service = service_fn(|request| answerer.answer(request));
    let mut connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(PATIENCE)
        .serve_connection(TokioIo::new(stream), service);
    // A connection that breaks is the client's business, unless we broke it; there is nobody to tell.
    let Err(error) = (&mut connection).await else { return };
    let broken = error.source().and_then(|source| source.downcast_ref());
    if broken == Some(&Broken::Reset) {
        connection.into_parts().io.into_inner().reset();
    }
}

/// Reads a body, stopping one byte past the limit; `None` where the client broke off or took too long.
pub(super) async fn read(body: Incoming, limit: usize) -> Option<Vec<u8>> {
    tokio::time::timeout(PATIENCE, read_at_any_pace(body, limit))
        .await
        .ok()?
}

async fn read_at_any_pace(mut body: Incoming, limit: usize) -> Option<Vec<u8>> {
    let expected = usize::try_from(body.size_hint().lower()).unwrap_or_default();
    let mut bytes = Vec::with_capacity(expected.min(limit));
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        if let Ok(data) = frame.ok()?.into_data() {
            // What is past the limit is read and thrown away, within reason: a connection that is closed on unread bytes takes the
            // answer with it.
            let room = (limit + 1).saturating_sub(bytes.len());
            bytes.extend_from_slice(&data[..data.len().min(room)]);
            seen += data.len();
            if seen > MOST_DRAINED * limit {
                break;
            }
        }
    }
    Some(bytes)
}

/// An answer without a body.
pub(super) fn plain(status: StatusCode) -> Response<Paced> {
    let mut response = Response::new(Paced::whole(Vec::new()));
    *response.status_mut() = status;
    response
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream, duplex};
    use tokio::sync::Notify;

    use super::*;

    impl Stream for DuplexStream {
        fn reset(self) {}
    }

    /// Says that it was asked, and then gives nothing, or a body that does not end.
    #[derive(Clone)]
    enum Endless {
        Answer(Arc<Notify>),
        Body,
    }

    impl Answerer for Endless {
        fn to(self, _: Option<Arc<[u8]>>) -> Self {
            self
        }

        async fn answer(&self, _: Request<Incoming>) -> Result<Response<Paced>, Broken> {
            if let Self::Answer(asked) = self {
                asked.notify_one();
                std::future::pending::<()>().await;
            }
            Ok(Response::new(Paced::drip(vec![b'a'; 100], Duration::from_hours(1))))
        }
    }

    #[tokio::test]
    async fn an_answer_that_waits_ends_when_the_client_goes_away() {
        for answerer in [Endless::Answer(Arc::default()), Endless::Body] {
            let (mut client, server) = duplex(4096);
            let serving = tokio::spawn({
                let answerer = answerer.clone();
                async move { serve(server, &answerer).await }
            });
            client.write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n").await.unwrap();
            match answerer {
                Endless::Answer(asked) => asked.notified().await,
                Endless::Body => assert_ne!(client.read_u8().await.unwrap(), 0),
            }
            drop(client);
            tokio::time::timeout(PATIENCE, serving).await.unwrap().unwrap();
        }
    }
}
