//! A user signs in with a browser, seen on the wire: cookies, what is kept of redirects and pages, and changes to them.

use serde_json::json;

use super::change::touched;
use super::drive::{Drive, Stage};
use super::error::FlowError;
use super::for_tests::{Fake, answer, cast, parameters};
use super::forgery::Forgeries;
use super::value::{Names, Scope};
use crate::scenario::load;
use crate::scenario::model::{Change, Flow, Scenario};
use crate::system::{Levers, Request, Response};

const FLOW: &str = r#"
format: 1
title: a user signs in
with: { domain: home, other-domain: home, client: backend, user: employee, api: agents }
steps:
  - step: authorize
    do:
      call:
        to: domain
        browser: person
        effect: read
        method: GET
        path: /authorize
        query: { client_id: "${client.id}" }
  - step: sign-in
    do:
      call:
        to: domain
        browser: person
        effect: token
        method: POST
        path: /signin
        form: { user: "${user.name}" }
  - step: elsewhere
    do: { call: { to: api, browser: person, effect: read, method: GET, path: /page } }
  - step: stranger
    do: { call: { to: domain, browser: stranger, effect: read, method: GET, path: /page } }
  - step: program
    do: { call: { to: domain, effect: read, method: GET, path: /page } }
"#;

fn flow() -> Flow {
    match load::scenario("flow.yaml", FLOW).unwrap_or_else(|error| panic!("{error}")) {
        Scenario::Flow(flow) => *flow,
        Scenario::Table(_) => panic!("a flow"),
    }
}

/// A server that remembers people by cookies.
fn respond(request: &Request) -> Response {
    let mut response = answer(200, &json!({}));
    let mut add = |name: &str, value: &str| response.headers.push((name.to_owned(), value.to_owned()));
    if request.url.contains("/authorize") {
        add("Set-Cookie", "transaction=t-1; Path=/; HttpOnly");
        add("Set-Cookie", "theme=dark; Path=/");
    } else if request.url.contains("/signin") {
        add("Set-Cookie", "session=s-1; Path=/; Secure; SameSite=None");
        add("Set-Cookie", "transaction=; Path=/; Max-Age=0");
    }
    response
}

/// What goes over the wire with a change.
fn changed(change: Option<&str>) -> Result<Vec<Request>, FlowError> {
    let change: Option<Change> =
        change.map(|text| serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}")));
    let (cast, flow, forgeries) = (cast(), flow(), Forgeries::default());
    let fake = Fake::new(Levers::default(), |_, request| Ok(respond(request)));
    let names = flow.with.iter();
    let names: Names = names.map(|(name, player)| (name.clone(), player.to_string())).collect();
    let stage = Stage {
        system: &fake,
        forgeries: &forgeries,
    };
    let mut drive = Drive::new(stage, Scope::new(&cast, names, "0", "flow"), change.as_ref());
    for step in &flow.steps {
        drive.perform(step, &|_, _, _| Ok(true))?;
        drive.keep(step).unwrap_or_else(|missing| panic!("{missing}"));
    }
    assert_eq!(drive.is_changed, change.as_ref().and_then(touched).is_some());
    Ok(drive.exchanges.into_iter().map(|exchange| exchange.request).collect())
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let field = request.headers.iter().find(|(known, _)| known == name);
    field.map(|(_, value)| value.as_str())
}

#[test]
fn a_browser_sends_the_cookies_of_a_site_back_to_it() {
    let requests = changed(None).unwrap();
    let cookies: Vec<Option<&str>> = requests.iter().map(|request| header(request, "Cookie")).collect();
    assert_eq!(cookies, [None, Some("transaction=t-1; theme=dark"), None, None, None]);
    assert_eq!(header(&requests[0], "Accept"), Some("text/html, */*;q=0.8"));
    assert_eq!(header(&requests[4], "Accept"), Some("application/json"));
}

#[test]
fn cookies_and_forms_of_calls_are_changed() {
    let sign_in = |text: &str| changed(Some(text)).map(|requests| requests[1].clone());
    let table = [
        (
            "set: { at: sign-in.cookies.transaction, to: t-2 }",
            "transaction=t-2; theme=dark",
        ),
        (
            "set: { at: sign-in.cookies.new, to: '1' }",
            "transaction=t-1; theme=dark; new=1",
        ),
        ("remove: sign-in.cookies.transaction", "theme=dark"),
        ("set: { at: sign-in.headers.Cookie, to: a=b }", "a=b"),
    ];
    for (change, expected) in table {
        assert_eq!(header(&sign_in(change).unwrap(), "Cookie"), Some(expected), "{change}");
    }
    assert!(sign_in("remove: sign-in.cookies.session").is_err(), "there is none yet");
    let body = |text: &str| parameters(std::str::from_utf8(&sign_in(text).unwrap().body).unwrap());
    assert_eq!(
        body("set: { at: sign-in.form.user, to: eve }"),
        [("user".to_owned(), "eve".to_owned())]
    );
    assert_eq!(body("remove: sign-in.form.user"), []);
}
