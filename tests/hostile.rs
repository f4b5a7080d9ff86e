//! Bytes that no client of ours would send, over real sockets: each is refused or cut off, and the next good request is answered.
//!
//! Nothing waits: where a server would want more, the sender closes its half, so that it sees at once that there is none.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use tenantproof_mocks::landscape::profile::Profile;
use tenantproof_mocks::landscape::reference::{ReferenceKeys, published_secret, reference};
use tenantproof_mocks::serve::Servers;

/// Longer than any answer takes: a server that hangs fails the test instead of stopping it.
const PATIENCE: Duration = Duration::from_secs(5);

use Wanted::{Refusal, Status};

const TOKEN: &str = "POST /oauth2/v1/token HTTP/1.1\r\nhost: a\r\ncontent-type: application/x-www-form-urlencoded\r\n";
const PAGE: &str = "GET /hcmRestApi/resources/latest/selfDetails HTTP/1.1\r\nhost: a\r\nconnection: close\r\n";

/// What must come of some bytes.
#[derive(Clone, Copy, Debug)]
enum Wanted {
    /// This status: the core saw the request.
    Status(u16),
    /// A 4xx, or the end of the connection: the HTTP library saw to it.
    Refusal,
}

fn servers() -> Servers {
    let keys = ReferenceKeys::published();
    let landscape = reference(Profile::default(), &keys, &published_secret);
    landscape.start().expect("loopback ports are free")
}

fn address_of(servers: &Servers, site: usize) -> &str {
    let (_, url) = &servers.sites[site];
    url.strip_prefix("http://").expect("plain servers have plain URLs")
}

/// Sends bytes, says that there are no more where a server would wait for them, and gives the status of the answer; `None` where the connection ended without one.
fn send(address: &str, bytes: &[u8], wanted: Wanted) -> Option<u16> {
    let mut stream = TcpStream::connect(address).expect("the server still listens");
    stream
        .set_read_timeout(Some(PATIENCE))
        .expect("a socket takes a timeout");
    // The server may have closed before all was sent; then there is an answer, or there is none.
    let _ = stream.write_all(bytes);
    if let Refusal = wanted {
        let _ = stream.shutdown(Shutdown::Write);
    }
    let mut answer = Vec::new();
    if let Err(error) = stream.read_to_end(&mut answer) {
        let kind = error.kind();
        let hangs = matches!(kind, std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut);
        assert!(!hangs, "the server neither answers nor closes");
    }
    let line = answer.split(|byte| *byte == b'\r').next()?;
    let status = std::str::from_utf8(line).ok()?.split(' ').nth(1)?;
    status.parse().ok()
}

fn is_alive(servers: &Servers) -> bool {
    let request = b"GET /.well-known/openid-configuration HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
    send(address_of(servers, 0), request, Status(200)) == Some(200)
}

/// A token request with this body, measured rightly.
fn form(body: &[u8]) -> Vec<u8> {
    let head = format!("{TOKEN}connection: close\r\ncontent-length: {}\r\n\r\n", body.len());
    [head.as_bytes(), body].concat()
}

fn head(start: &str, more: &str) -> Vec<u8> {
    format!("{start}{more}\r\n\r\n").into_bytes()
}

#[test]
fn whatever_a_domain_is_sent_it_refuses_and_goes_on() {
    let twice = head(
        TOKEN,
        "authorization: Basic eA==\r\nauthorization: Basic eQ==\r\ncontent-length: 29\r\nconnection: close",
    );
    let chunk = format!("{TOKEN}transfer-encoding: chunked\r\n\r\n200000\r\n").into_bytes();
    let large = vec![b'a'; 2 * 1024 * 1024];
    let table: Vec<(&str, Vec<u8>, Wanted)> = vec![
        ("nothing", Vec::new(), Refusal),
        ("garbage", (0..=255).cycle().take(8192).collect(), Refusal),
        (
            "a TLS hello",
            b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03".to_vec(),
            Refusal,
        ),
        ("HTTP/0.9", b"GET /oauth2/v1/token\r\n".to_vec(), Refusal),
        (
            "the preface of HTTP/2",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_vec(),
            Refusal,
        ),
        ("half a head", TOKEN.as_bytes().to_vec(), Refusal),
        (
            "a huge header field",
            head(TOKEN, &format!("x: {}", "a".repeat(1024 * 1024))),
            Refusal,
        ),
        ("10000 header fields", head(TOKEN, &"x: y\r\n".repeat(10_000)), Refusal),
        (
            "a huge path",
            head("GET /", &format!("{} HTTP/1.1\r\nhost: a", "a".repeat(1024 * 1024))),
            Refusal,
        ),
        ("NUL in a header field", head(TOKEN, "x: a\0b"), Refusal),
        ("NUL in a path", head("GET /\0 HTTP/1.1\r\n", "host: a"), Refusal),
        ("a folded header field", head(TOKEN, "x: a\r\n b"), Refusal),
        ("a blank before a colon", head(TOKEN, "content-length : 5"), Refusal),
        (
            "two lengths",
            head(TOKEN, "content-length: 1\r\ncontent-length: 2"),
            Refusal,
        ),
        ("a length that is no number", head(TOKEN, "content-length: -1"), Refusal),
        (
            "length and chunks",
            head(TOKEN, "content-length: 5\r\ntransfer-encoding: chunked"),
            Refusal,
        ),
        (
            "chunks that break off",
            head(TOKEN, "transfer-encoding: chunked\r\n\r\nff\r\ngrant_type"),
            Refusal,
        ),
        (
            "a chunk of no size",
            head(TOKEN, "transfer-encoding: chunked\r\n\r\nzz\r\na\r\n0"),
            Refusal,
        ),
        (
            "a body that breaks off",
            head(TOKEN, "content-length: 1000\r\n\r\ngrant_type"),
            Refusal,
        ),
        ("two megabytes", form(&large), Refusal),
        ("two megabytes in one chunk", [&chunk[..], &large].concat(), Refusal),
        ("one byte too many", form(&large[..=1024 * 1024]), Status(413)),
        ("10000 parameters", form("a=1&".repeat(10_000).as_bytes()), Status(413)),
        (
            "bytes that are no UTF-8",
            form(b"grant_type=\xff\xfe&scope=\xc3\x28"),
            Status(400),
        ),
        (
            "NUL in parameters",
            form(b"grant_type=client_credentials&scope=a\0b"),
            Status(401),
        ),
        ("broken escapes", form(b"grant_type=%&scope=%f"), Status(400)),
        (
            "a label that is no text",
            head(
                &TOKEN.replace("www", "\u{fc}\u{fc}"),
                "content-length: 0\r\nconnection: close",
            ),
            Status(415),
        ),
        (
            "credentials twice",
            [&twice[..], b"grant_type=client_credentials"].concat(),
            Status(400),
        ),
    ];
    let servers = servers();
    for (title, bytes, wanted) in table {
        assert_fits(title, send(address_of(&servers, 0), &bytes, wanted), wanted);
        assert!(is_alive(&servers), "{title}, and nothing was answered any more");
    }
}

#[test]
fn whatever_a_pod_is_sent_it_refuses_and_goes_on() {
    let deep = format!("{{\"message\":{}", "[".repeat(100_000));
    let invoke = "POST /api/fusion-ai/orchestrator/agent/v2/EXPENSE_HELPER/invokeAsync HTTP/1.1\r\nhost: a\r\ncontent-type: application/json\r\nconnection: close\r\n";
    let table: Vec<(&str, Vec<u8>, Wanted)> = vec![
        ("no token", head(PAGE, "x: y"), Status(401)),
        ("an empty token", head(PAGE, "authorization: Bearer "), Status(400)),
        (
            "two tokens",
            head(PAGE, "authorization: Bearer a.b.c\r\nauthorization: Bearer a.b.c"),
            Status(400),
        ),
        (
            "a token of dots",
            head(PAGE, &format!("authorization: Bearer {}", ".".repeat(30_000))),
            Status(401),
        ),
        (
            "a long token",
            head(PAGE, &format!("authorization: Bearer {}", "a.".repeat(20_000))),
            Status(400),
        ),
        ("NUL in a token", head(PAGE, "authorization: Bearer a\0b"), Refusal),
        (
            "deep JSON",
            [
                head(invoke, &format!("content-length: {}", deep.len())),
                deep.into_bytes(),
            ]
            .concat(),
            Status(401),
        ),
        (
            "a job with a strange name",
            head(
                "GET /api/fusion-ai/orchestrator/agent/v2/%00/status/..%2f HTTP/1.1\r\nhost: a\r\n",
                "connection: close",
            ),
            Status(401),
        ),
    ];
    let servers = servers();
    let pod = servers.sites.iter().position(|(site, _)| site.starts_with("fa-dev5"));
    let pod = pod.expect("the reference has this pod");
    for (title, bytes, wanted) in table {
        assert_fits(title, send(address_of(&servers, pod), &bytes, wanted), wanted);
        assert!(is_alive(&servers), "{title}, and nothing was answered any more");
    }
}

fn assert_fits(title: &str, status: Option<u16>, wanted: Wanted) {
    let fits = match wanted {
        Status(wanted) => status == Some(wanted),
        Refusal => status.is_none_or(|status| (400..500).contains(&status)),
    };
    assert!(fits, "{title}: {status:?} instead of {wanted:?}");
}
