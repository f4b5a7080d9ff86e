//! A [`System`] over the network: the one place that opens connections.
//!
//! How it connects is in [`super::connect`]. It sends what it is told and adds only what HTTP needs (`host`, `content-length`) and an `accept: */*` where there is
//! no `accept`. It follows no redirect, uses no proxy that it was not told, keeps no cookie, sends nothing twice and decompresses nothing.

use std::collections::HashMap;
use std::error::Error;
use std::io::{self, ErrorKind};
use std::iter;
use std::sync::{Mutex, PoisonError};
use std::thread;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use reqwest::header::{HOST, HeaderName, HeaderValue};
use reqwest::{Client, Method, Url};
use tokio::runtime::{Builder, Runtime};

use super::connect::{HttpOptions, HttpSystemError, client};
use super::{ArrangeError, Arranged, Identity, Levers, Request, Response, System, TransportError, Witnessed};

/// Longer bodies are not read.
pub const LONGEST_BODY: usize = 1024 * 1024;
/// A target that is reached over HTTP or HTTPS and lends no levers.
///
/// It has a small runtime of its own and must not be used or dropped inside another one.
#[derive(Debug)]
pub struct HttpSystem {
    client: Client,
    /// Clients that show a certificate, by that certificate: a connection shows the same one to its end.
    known: Mutex<HashMap<Vec<u8>, Client>>,
    runtime: Runtime,
    options: HttpOptions,
    levers: Levers,
}

impl HttpSystem {
    /// Gets ready to connect; opens nothing yet.
    pub fn new(options: HttpOptions) -> Result<Self, HttpSystemError> {
        let runtime = Builder::new_multi_thread().worker_threads(1).enable_all().build();
        Ok(Self {
            client: client(&options, None)?,
            known: Mutex::default(),
            runtime: runtime.map_err(|error| HttpSystemError::Start(error.into()))?,
            options,
            levers: Levers::default(),
        })
    }

    /// Turns a request into one that the client sends, and names the site.
    fn prepare(&self, request: &Request) -> Result<(reqwest::Request, String), TransportError> {
        let unsendable = |what: &str| TransportError::Unsendable(what.to_owned());
        let mut url = Url::parse(&request.url).map_err(|_| unsendable("its address"))?;
        let site = match (url.host_str(), url.port_or_known_default()) {
            (Some(host), Some(port)) => format!("{host}:{port}"),
            _ => return Err(unsendable("its address")),
        };
        let method = Method::from_bytes(request.method.as_bytes()).map_err(|_| unsendable("its method"))?;

        // The client takes the port of the address in `resolve` only where the URL names none; `host` keeps it.
        let mut host = None;
        if self.options.resolve.contains_key(&site) && url.port().is_some() {
            host = HeaderValue::from_str(&site).ok();
            url.set_port(None).map_err(|()| unsendable("its address"))?;
        }

        let mut prepared = reqwest::Request::new(method, url);
        for (name, value) in &request.headers {
            let field = HeaderName::from_bytes(name.as_bytes()).ok();
            let (Some(field), Ok(value)) = (field, HeaderValue::from_bytes(value.as_bytes())) else {
                return Err(unsendable(&format!("its header field `{}`", name.escape_debug())));
            };
            prepared.headers_mut().append(field, value);
        }
        if let Some(host) = host {
            prepared.headers_mut().entry(HOST).or_insert(host);
        }
        if !request.body.is_empty() {
            *prepared.body_mut() = Some(request.body.clone().into());
        }
        Ok((prepared, site))
    }

    /// The client that shows this certificate.
    fn client_showing(&self, identity: &Identity) -> Result<Client, TransportError> {
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(client) = known.get(&identity.certificate_der) {
            return Ok(client.clone());
        }
        let made = client(&self.options, Some(identity));
        let made = made.map_err(|_| TransportError::Unsendable("the certificate that it shows".to_owned()))?;
        known.insert(identity.certificate_der.clone(), made.clone());
        Ok(made)
    }

    async fn exchange(
        &self,
        client: &Client,
        request: reqwest::Request,
        site: &str,
    ) -> Result<Response, TransportError> {
        let is_secure = request.url().scheme() == "https";
        let failed = |error| self.explain(&error, site, is_secure);
        let mut answer = client.execute(request).await.map_err(failed)?;
        let status = answer.status().as_u16();
        let fields = answer.headers().iter();
        let headers = fields
            .map(|(name, value)| (name.to_string(), text(value.as_bytes())))
            .collect();
        let mut body = Vec::new();
        while let Some(chunk) = answer.chunk().await.map_err(failed)? {
            if body.len() + chunk.len() > LONGEST_BODY {
                return Err(TransportError::TooLarge {
                    site: site.to_owned(),
                    limit: LONGEST_BODY,
                });
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Response { status, headers, body })
    }

    /// Says in our words what went wrong. The client's own words may quote the URL.
    fn explain(&self, error: &reqwest::Error, site: &str, is_secure: bool) -> TransportError {
        let site = site.to_owned();
        if error.is_timeout() {
            return TransportError::Timeout {
                site,
                after: self.options.timeout,
            };
        }
        if error.is_dns() {
            return TransportError::Other {
                site,
                why: "its name has no address".to_owned(),
            };
        }
        let in_handshake = is_secure && error.is_connect();
        for cause in iter::successors(error.source(), |&cause| cause.source()) {
            if let Some(cause) = cause.downcast_ref::<io::Error>().map(innermost) {
                match cause.kind() {
                    ErrorKind::ConnectionRefused => return TransportError::Refused { site },
                    ErrorKind::InvalidData | ErrorKind::UnexpectedEof if in_handshake => {
                        return TransportError::Tls {
                            site,
                            why: cause.to_string(),
                        };
                    }
                    ErrorKind::ConnectionReset
                    | ErrorKind::ConnectionAborted
                    | ErrorKind::BrokenPipe
                    | ErrorKind::UnexpectedEof => return TransportError::Reset { site },
                    _ => {}
                }
            }
            match cause.downcast_ref::<hyper::Error>() {
                Some(cause) if cause.is_incomplete_message() => return TransportError::Reset { site },
                Some(cause) if cause.is_parse() => {
                    return TransportError::Other {
                        site,
                        why: "its answer is not HTTP".to_owned(),
                    };
                }
                _ => {}
            }
        }
        let why = if error.is_connect() {
            "no connection could be made"
        } else {
            "the exchange broke off"
        };
        TransportError::Other {
            site,
            why: why.to_owned(),
        }
    }
}

impl System for HttpSystem {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let client = match &request.identity {
            Some(identity) => self.client_showing(identity)?,
            None => self.client.clone(),
        };
        let (request, site) = self.prepare(request)?;
        self.runtime.block_on(self.exchange(&client, request, &site))
    }

    fn fork(&self) -> Option<Box<dyn System>> {
        None
    }

    fn now(&self) -> u64 {
        SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |since| since.as_secs())
    }

    fn pass(&self, time: Duration) {
        thread::sleep(time);
    }

    fn levers(&self) -> &Levers {
        &self.levers
    }

    fn arrange(&self, _: &Arranged) -> Result<(), ArrangeError> {
        Err(ArrangeError::NoLever)
    }

    fn witness(&self, _: &str) -> Option<Witnessed> {
        None
    }
}

/// Connectors wrap an I/O error in another one, which `source` passes over.
fn innermost(error: &io::Error) -> &io::Error {
    match error.get_ref().and_then(|inner| inner.downcast_ref()) {
        Some(inner) => innermost(inner),
        None => error,
    }
}

/// Header values are UTF-8 in practice and Latin-1 by tradition.
fn text(value: &[u8]) -> String {
    std::str::from_utf8(value).map_or_else(|_| value.iter().copied().map(char::from).collect(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead, BufReader, Write};
    use std::net::{SocketAddr, TcpListener, TcpStream};
    use std::sync::Arc;
    use std::thread::JoinHandle;

    use super::*;

    /// Answers one connection with fixed bytes, closes it, and hands over what it was sent.
    struct Server {
        address: SocketAddr,
        heard: JoinHandle<String>,
    }

    impl Server {
        fn answering(answer: impl Into<Vec<u8>>) -> Self {
            let answer = answer.into();
            Self::serving(move |mut stream| {
                let heard = read_request(&mut BufReader::new(&mut stream));
                // The client may hang up first, as it does on bodies that are too long.
                let _ = stream.write_all(&answer);
                heard
            })
        }

        fn serving(serve: impl FnOnce(TcpStream) -> String + Send + 'static) -> Self {
            let listener = TcpListener::bind("127.0.0.1:0").unwrap();
            let address = listener.local_addr().unwrap();
            Self {
                address,
                heard: thread::spawn(move || serve(listener.accept().unwrap().0)),
            }
        }

        fn url(&self) -> String {
            format!("http://{}/path", self.address)
        }

        /// The lines of the request's head, sorted, and its body.
        fn heard(self) -> (Vec<String>, String) {
            let request = self.heard.join().unwrap();
            let (head, body) = request.split_once("\r\n\r\n").unwrap();
            let mut lines: Vec<_> = head.lines().map(str::to_owned).collect();
            lines[1..].sort();
            (lines, body.to_owned())
        }
    }

    fn read_request(reader: &mut impl BufRead) -> String {
        let mut heard = String::new();
        let mut length = 0;
        while !heard.ends_with("\r\n\r\n") {
            let mut line = String::new();
            assert_ne!(
                reader.read_line(&mut line).unwrap(),
                0,
                "the request ends in its head: {heard}"
            );
            if let Some(value) = line.strip_prefix("content-length: ") {
                length = value.trim().parse().unwrap();
            }
            heard.push_str(&line);
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        heard + &String::from_utf8(body).unwrap()
    }

    fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &str) -> Request {
        let headers = headers
            .iter()
            .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Request {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: headers.collect(),
            body: body.as_bytes().to_vec(),
            identity: None,
        }
    }

    fn get(url: &str) -> Request {
        request("GET", url, &[], "")
    }

    fn system() -> HttpSystem {
        HttpSystem::new(HttpOptions::default()).unwrap()
    }

    fn resolving(site: &str, address: SocketAddr) -> HttpOptions {
        HttpOptions {
            resolve: [(site.to_owned(), address)].into(),
            ..HttpOptions::default()
        }
    }

    const EMPTY: &str = "HTTP/1.1 204 No Content\r\n\r\n";

    #[test]
    fn requests_go_out_as_they_are() {
        let server = Server::answering(EMPTY);
        let headers = [
            ("Authorization", "Bearer a"),
            ("authorization", "Bearer b"),
            ("X-Odd", "tab\there, ümlaut, \"quotes\""),
            ("X-Empty", ""),
        ];
        system()
            .send(&request("PURGE", &server.url(), &headers, "a=1"))
            .unwrap();
        let host = format!("host: {}", server.address);
        let (head, body) = server.heard();
        let wanted = [
            "PURGE /path HTTP/1.1",
            "accept: */*",
            "authorization: Bearer a",
            "authorization: Bearer b",
            "content-length: 3",
            host.as_str(),
            "x-empty: ",
            "x-odd: tab\there, ümlaut, \"quotes\"",
        ];
        assert_eq!((head, body.as_str()), (wanted.map(str::to_owned).to_vec(), "a=1"));
    }

    #[test]
    fn answers_come_back_as_they_are() {
        let answer = b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nSet-Cookie: a\r\nSet-Cookie: b\r\n\
            Content-Encoding: gzip\r\nX-Latin: \xfc\r\nContent-Length: 4\r\n\r\n\x1f\x8b\x00\xff";
        let server = Server::answering(*answer);
        let response = system().send(&get(&server.url())).unwrap();
        assert_eq!(
            (response.status, response.body.as_slice()),
            (302, &b"\x1f\x8b\x00\xff"[..])
        );
        assert_eq!(response.headers("set-cookie").collect::<Vec<_>>(), ["a", "b"]);
        assert_eq!(
            (response.header("location"), response.header("x-latin")),
            (Some("/elsewhere"), Some("ü"))
        );
    }

    #[test]
    fn bodies_are_read_up_to_the_bound() {
        let body = |length: usize| {
            let head = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n";
            Server::answering([head.as_bytes(), &vec![b'a'; length]].concat())
        };
        let (fits, exceeds) = (body(LONGEST_BODY), body(LONGEST_BODY + 1));
        assert_eq!(system().send(&get(&fits.url())).unwrap().body.len(), LONGEST_BODY);
        let site = exceeds.address.to_string();
        let error = system().send(&get(&exceeds.url())).unwrap_err();
        assert_eq!(
            error,
            TransportError::TooLarge {
                site,
                limit: LONGEST_BODY
            }
        );
    }

    #[test]
    fn what_goes_wrong_is_told_apart() {
        // The port of a client is taken, but nobody listens there.
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let closed = client.local_addr().unwrap();
        let error = system().send(&get(&format!("http://{closed}/"))).unwrap_err();
        assert_eq!(
            error,
            TransportError::Refused {
                site: closed.to_string()
            }
        );

        let cut = "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort";
        for answer in ["", "HTTP/1.1 200", cut] {
            let server = Server::answering(answer);
            let error = system().send(&get(&server.url())).unwrap_err();
            assert_eq!(
                error,
                TransportError::Reset {
                    site: server.address.to_string()
                },
                "{answer}"
            );
        }

        let server = Server::answering("SSH-2.0-server\r\n\r\n");
        let error = system().send(&get(&server.url())).unwrap_err();
        assert_eq!(
            error.to_string(),
            format!("no answer from {}: its answer is not HTTP", server.address)
        );

        let server = Server::serving(|mut stream| {
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
            let _ = io::copy(&mut stream, &mut io::sink());
            String::new()
        });
        let error = system().send(&get(&server.url().replace("http", "https"))).unwrap_err();
        assert!(matches!(error, TransportError::Tls { .. }), "{error}");
    }

    #[test]
    fn a_silent_server_is_given_up() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let after = Duration::from_millis(20);
        let system = HttpSystem::new(HttpOptions {
            timeout: after,
            ..HttpOptions::default()
        })
        .unwrap();
        let error = system.send(&get(&format!("http://{address}/"))).unwrap_err();
        assert_eq!(
            error,
            TransportError::Timeout {
                site: address.to_string(),
                after
            }
        );
    }

    #[test]
    fn what_is_no_http_is_not_sent() {
        let table = [
            (get("no address"), "its address"),
            (get("data:text,x"), "its address"),
            (request("NO WAY", "http://localhost/", &[], ""), "its method"),
            (
                request("GET", "http://localhost/", &[("X", "hush\r\nY: 1")], ""),
                "its header field `X`",
            ),
            (
                request("GET", "http://localhost/", &[("X Y", "hush")], ""),
                "its header field `X Y`",
            ),
        ];
        for (request, because) in table {
            let error = system().send(&request).unwrap_err();
            assert_eq!(error, TransportError::Unsendable(because.to_owned()));
        }
    }

    #[test]
    fn a_site_can_be_reached_on_this_machine() {
        for (site, host) in [
            ("domain.example:80", "domain.example"),
            ("domain.example:8080", "domain.example:8080"),
        ] {
            let server = Server::answering(EMPTY);
            let system = HttpSystem::new(resolving(site, server.address)).unwrap();
            system.send(&get(&format!("http://{site}/"))).unwrap();
            assert!(server.heard().0.contains(&format!("host: {host}")), "{site}");
        }
    }

    #[test]
    fn an_extra_root_is_trusted_and_no_other_is() {
        let key = rcgen::KeyPair::generate().unwrap();
        let parameters = rcgen::CertificateParams::new(["domain.example".to_owned()]).unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let send = |extra_roots: Option<String>| {
            let chain = vec![certificate.der().clone()];
            let key = rustls_pki_types::PrivatePkcs8KeyDer::from(key.serialize_der());
            let config =
                rustls::ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
                    .with_safe_default_protocol_versions()
                    .unwrap()
                    .with_no_client_auth()
                    .with_single_cert(chain, key.into())
                    .unwrap();
            let server = Server::serving(move |stream| {
                let connection = rustls::ServerConnection::new(Arc::new(config)).unwrap();
                let mut stream = BufReader::new(rustls::StreamOwned::new(connection, stream));
                if stream.fill_buf().is_err() {
                    return String::new();
                }
                let heard = read_request(&mut stream);
                stream.get_mut().write_all(EMPTY.as_bytes()).unwrap();
                heard
            });
            let options = HttpOptions {
                extra_roots,
                ..resolving("domain.example:443", server.address)
            };
            let response = HttpSystem::new(options).unwrap().send(&get("https://domain.example/"));
            response.map(|response| (response.status, server.heard().0))
        };
        let (status, head) = send(Some(certificate.pem())).unwrap();
        assert_eq!((status, head[2].as_str()), (204, "host: domain.example"));
        assert!(matches!(send(None), Err(TransportError::Tls { .. })));
        assert!(matches!(
            HttpSystem::new(HttpOptions {
                extra_roots: Some("no".to_owned()),
                ..HttpOptions::default()
            }),
            Err(HttpSystemError::Roots)
        ));
    }
}
