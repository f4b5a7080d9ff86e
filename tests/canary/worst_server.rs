//! The worst server that there is: it repeats all that it is sent, in every disguise, in every place that a report reads.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};

use crate::planted::{ACCESS_TOKEN, CODE, COOKIE, ID_TOKEN, PASSWORD, REFRESH_TOKEN, SECRET, disguised};

/// How the server answers what it was sent.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Manner {
    /// A granted token, with everything repeated beside it.
    Grant,
    /// A refusal that repeats everything in its description.
    Refuse,
    /// A redirect that repeats everything in its address.
    Redirect,
    /// A page that repeats everything.
    Page,
    /// A success of another kind than anybody expects, with everything repeated in plain members.
    Confuse,
}

impl Manner {
    pub(crate) const ALL: [Self; 5] = [Self::Grant, Self::Refuse, Self::Redirect, Self::Page, Self::Confuse];

    fn answer(self, request: &str) -> (u16, Vec<(&'static str, String)>, String) {
        let said = disguises(request).join(" ~ ");
        let json = |text: &str| serde_json::Value::from(text).to_string();
        let ecid = ("X-ORACLE-DMS-ECID", header_text(&said));
        match self {
            Self::Grant => {
                let body = format!(
                    r#"{{"access_token":"{ACCESS_TOKEN}","refresh_token":"{REFRESH_TOKEN}","id_token":"{ID_TOKEN}","token_type":{},"expires_in":{},"ecid":{},"jobId":{},"status":{}}}"#,
                    json(&said),
                    json(&said),
                    json(&said),
                    json(&said),
                    json(&said)
                );
                (200, vec![ecid, ("Cache-Control", header_text(&said))], body)
            }
            Self::Refuse => {
                let challenge = format!("Bearer error=\"{}\"", header_text(&said));
                let body = format!(r#"{{"error":{},"error_description":{}}}"#, json(&said), json(&said));
                (401, vec![ecid, ("WWW-Authenticate", challenge)], body)
            }
            Self::Redirect => {
                let location = format!(
                    "https://app.example/{}?code={CODE}&error={}#access_token={ACCESS_TOKEN}",
                    header_text(&said),
                    header_text(&said)
                );
                let cookie = format!("session={COOKIE}; Path=/; HttpOnly");
                (302, vec![ecid, ("Location", location), ("Set-Cookie", cookie)], said)
            }
            Self::Page => (
                200,
                vec![("Content-Type", "text/html".to_owned())],
                format!("<p>{said}</p><input name=x value='{said}'>"),
            ),
            Self::Confuse => (
                299,
                vec![ecid],
                format!(
                    r#"{{"a":{},"tokenType":{},"note":"{ACCESS_TOKEN} {REFRESH_TOKEN}"}}"#,
                    json(&said),
                    json(&said)
                ),
            ),
        }
    }
}

/// What was sent, and the credentials in it, as they stand and disguised.
fn disguises(request: &str) -> Vec<String> {
    let mut all = Vec::new();
    for secret in [SECRET, PASSWORD] {
        all.extend(disguised(secret));
    }
    let credentials = request.lines().filter(|line| {
        let line = line.to_ascii_lowercase();
        line.starts_with("authorization:") || line.starts_with("cookie:") || line.contains("assertion=")
    });
    all.extend(credentials.map(str::to_owned));
    all
}

fn header_text(text: &str) -> String {
    text.chars()
        .filter(|character| character.is_ascii_graphic() || *character == ' ')
        .take(3_000)
        .collect()
}

/// A server that answers every request in its manner until the process ends.
pub(crate) fn server(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("loopback has a free port");
    let url = format!(
        "http://{}",
        listener.local_addr().expect("a bound listener has an address")
    );
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            std::thread::spawn(move || answer(stream, manner));
        }
    });
    url
}

fn answer(mut stream: TcpStream, manner: Manner) {
    let mut request = Vec::new();
    let mut buffer = [0; 16 * 1024];
    // Head, and as much of the body as it names; a request that ends early is none.
    loop {
        let Ok(count) = stream.read(&mut buffer) else { return };
        if count == 0 {
            return;
        }
        request.extend_from_slice(&buffer[..count]);
        let text = String::from_utf8_lossy(&request);
        let Some((head, body)) = text.split_once("\r\n\r\n") else {
            continue;
        };
        let length = head.lines().find_map(|line| {
            let (name, value) = line.split_once(':')?;
            name.eq_ignore_ascii_case("content-length")
                .then(|| value.trim().parse::<usize>().ok())?
        });
        if body.len() >= length.unwrap_or(0) {
            break;
        }
    }
    let (status, headers, body) = manner.answer(&String::from_utf8_lossy(&request));
    let has_type = headers.iter().any(|(name, _)| *name == "Content-Type");
    let mut head = format!(
        "HTTP/1.1 {status} X\r\nConnection: close\r\nContent-Length: {}\r\n",
        body.len()
    );
    if !has_type {
        head += "Content-Type: application/json\r\n";
    }
    for (name, value) in headers {
        head += &format!("{name}: {value}\r\n");
    }
    let _ = stream.write_all((head + "\r\n" + &body).as_bytes());
}
