//! The control address, as another process meets it.

use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};

use reqwest::Client;
use serde_json::{Value, json};
use tenantproof_mocks::landscape::profile::switch;
use tenantproof_mocks::serve::control::TOKEN_HEADER;

use crate::world::{PLENTY, World, landscape};

#[tokio::test]
async fn the_control_address_plans_lists_and_clears_faults() {
    let world = World::new();
    let plan = json!({ "fault": "429", "endpoint": "token", "seconds": 9, "times": 2 });
    let answer = world.control("POST", "/faults").json(&plan).send().await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["cache-control"], "no-store");
    assert_eq!(answer.json::<Value>().await.unwrap(), json!({ "faults": [plan] }));
    assert_eq!(world.token().send().await.unwrap().headers()["retry-after"], "9");
    let left: Value = world
        .control("GET", "/faults")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(left["faults"][0]["times"], 1);
    let none: Value = world
        .control("DELETE", "/faults")
        .send()
        .await
        .unwrap()
        .json()
        .await
        .unwrap();
    assert_eq!(none, json!({ "faults": [] }));
    assert_eq!(world.token().send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_control_address_moves_the_clock_reads_the_journal_and_sets_switches() {
    let world = World::new();
    let get = async |path: &str| world.control("GET", path).send().await.unwrap();
    let post = async |path: &str, body: Value| {
        let answer = world.control("POST", path).json(&body).send().await.unwrap();
        (answer.status().as_u16(), answer.json::<Value>().await.unwrap())
    };
    let before = get("/clock").await.json::<Value>().await.unwrap()["now"]
        .as_u64()
        .unwrap();
    let (status, after) = post("/clock", json!({ "pass": 86_400 })).await;
    assert_eq!(status, 200);
    assert!(after["now"].as_u64().unwrap() >= before + 86_400);
    assert!(world.mock().now() >= before + 86_400);

    let answer = world.token().basic_auth("nobody", Some("guess")).send().await.unwrap();
    let ecid = answer.headers()["x-oracle-dms-ecid"].to_str().unwrap();
    let path = format!("/journal?ecid={}", ecid.replace('^', "%5E"));
    let found: Value = get(&path).await.json().await.unwrap();
    assert_eq!(found["entries"][0]["ecid"], ecid);
    assert_eq!(found["entries"][0]["endpoint"], "token");
    let all: Value = get("/journal").await.json().await.unwrap();
    assert_eq!(all["entries"].as_array().unwrap().len(), world.mock().journal().len());
    assert_eq!(get("/journal?ecid=none").await.status(), 404);
    assert_eq!(get("/journal?id=none").await.status(), 400);

    let setting = json!({ "name": switch::INVOKE_STATUS, "value": "202" });
    assert_eq!(post("/settings", setting.clone()).await, (200, setting));
    assert_eq!(world.mock().landscape().profile.value(switch::INVOKE_STATUS), "202");
    let mistakes = [
        (
            "/settings",
            json!({ "name": "no-such", "value": "202" }),
            switch::INVOKE_STATUS,
        ),
        (
            "/settings",
            json!({ "name": switch::INVOKE_STATUS, "value": "500" }),
            "200, 202",
        ),
        ("/clock", json!({ "pass": -1 }), "an object such as"),
        ("/clock", json!({ "pass": u64::MAX }), "the clock ends"),
        (
            "/faults",
            json!({ "fault": "500", "endpoint": "token" }),
            "truncated-body",
        ),
        (
            "/faults",
            json!({ "fault": "503", "endpoint": "token", "site": "x" }),
            "there is no site",
        ),
    ];
    for (path, body, says) in mistakes {
        let (status, answer) = post(path, body.clone()).await;
        let error = answer["error"].as_str().unwrap();
        assert!(status == 400 && error.contains(says), "{body}: {status} {error}");
    }
}

#[tokio::test]
async fn the_control_address_is_closed_to_strangers_and_to_browsers() {
    let world = World::new();
    let control = world.servers.control.clone().unwrap();
    let (_, port) = control.url.rsplit_once(':').unwrap();
    let faults = || world.http.get(format!("{}/faults", control.url)).timeout(PLENTY);
    let opened = || faults().header(TOKEN_HEADER, &control.token);
    let host = |host: String| opened().header("host", host);

    for (what, request) in [
        ("with the token", opened()),
        ("as localhost", host(format!("localhost:{port}"))),
    ] {
        assert_eq!(request.send().await.unwrap().status(), 200, "{what}");
    }
    let longer = format!("{}A", control.token);
    let mut flipped = control.token.clone().into_bytes();
    flipped[0] ^= 1;
    for (what, request, says) in [
        ("without a token", faults(), TOKEN_HEADER),
        ("with an empty token", faults().header(TOKEN_HEADER, ""), TOKEN_HEADER),
        (
            "with a longer token",
            faults().header(TOKEN_HEADER, &longer),
            TOKEN_HEADER,
        ),
        (
            "with another token",
            faults().header(TOKEN_HEADER, flipped),
            TOKEN_HEADER,
        ),
        (
            "with two tokens",
            opened().header(TOKEN_HEADER, &control.token),
            TOKEN_HEADER,
        ),
        ("by another host", host("rebound.example".to_owned()), "Host"),
        (
            "by another host's port",
            host(format!("rebound.example:{port}")),
            "Host",
        ),
        ("without a port", host("127.0.0.1".to_owned()), "Host"),
        (
            "from a page",
            opened().header("origin", "http://rebound.example"),
            "Origin",
        ),
        ("from a page of ours", opened().header("origin", &control.url), "Origin"),
        ("from a nameless page", opened().header("origin", "null"), "Origin"),
    ] {
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), 403, "{what}");
        let answer: Value = answer.json().await.unwrap();
        let error = answer["error"].as_str().unwrap();
        assert!(
            error.contains(says) && !error.contains(&control.token),
            "{what}: {error}"
        );
    }
    let journal = serde_json::to_string(&world.mock().journal()).unwrap();
    assert!(!journal.contains(&control.token));
}

#[tokio::test]
async fn the_control_address_says_what_would_have_been_right() {
    let world = World::new();
    let nowhere = world.control("GET", "/nothing").send().await.unwrap();
    assert_eq!(nowhere.status(), 404);
    let text = nowhere.text().await.unwrap();
    assert!(
        text.contains("POST /clock") && text.contains("DELETE /faults"),
        "{text}"
    );
    let put = world.control("PUT", "/faults").send().await.unwrap();
    assert_eq!(
        (put.status().as_u16(), &put.headers()["allow"]),
        (405, &"GET, POST, DELETE".parse().unwrap())
    );
    let large = world.control("POST", "/faults").body(vec![b' '; 64 * 1024 + 1]);
    assert_eq!(large.send().await.unwrap().status(), 413);
}

#[test]
fn without_being_asked_for_there_is_no_control_address() {
    assert_eq!(landscape().start().unwrap().control, None);
}

fn serve(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_tenantproof"));
    command.arg("serve").args(arguments);
    command
}

#[test]
fn a_command_is_told_of_the_control_address() {
    let shell = r#"test "${#TENANTPROOF_CONTROL_TOKEN}" = 43 && test -n "$TENANTPROOF_CONTROL_URL" && exit 7"#;
    let status = serve(&["--control", "0", "--", "sh", "-c", shell]).status();
    assert_eq!(status.unwrap().code(), Some(7));
}

#[tokio::test]
async fn programs_are_told_of_the_control_address_in_the_first_line() {
    /// Ends with the test.
    struct Ended(Child);
    impl Drop for Ended {
        fn drop(&mut self) {
            let _ = self.0.kill();
            let _ = self.0.wait();
        }
    }
    let mut child = serve(&["--control", "0", "--format", "json"]);
    let mut child = Ended(child.stdout(Stdio::piped()).spawn().unwrap());
    let mut line = String::new();
    BufReader::new(child.0.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let [url, token] = ["url", "token"].map(|name| ready["control"][name].as_str().unwrap());
    assert_eq!(line.matches(token).count(), 1);
    let clock = Client::new().get(format!("{url}/clock")).header(TOKEN_HEADER, token);
    assert_eq!(clock.timeout(PLENTY).send().await.unwrap().status(), 200);
}
