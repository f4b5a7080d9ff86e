//! A user signs in with a browser, seen on the wire: cookies, what is kept of redirects and pages, and changes to them.

use aws_lc_rs::digest::{SHA256, digest};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

use super::cast::Missing;
use super::change::touched;
use super::drive::{Drive, Stage};
use super::error::FlowError;
use super::for_tests::{Fake, answer, cast, parameters};
use super::forgery::Forgeries;
use super::value::{Kept, Names, Scope};
use crate::scenario::load;
use crate::scenario::model::{Change, Flow, Scenario};
use crate::system::{Levers, Request, Response};

const FLOW: &str = r#"
format: 1
title: a user signs in
with: { domain: home, other-domain: home, client: backend, user: employee, api: agents }
steps:
  - step: pkce
    do: { pkce: { method: S256 } }
  - step: authorize
    do:
      call:
        to: domain
        browser: person
        effect: read
        method: GET
        path: /authorize
        query: { redirect_uri: "${client.redirect-uri}", code_challenge: "${pkce.challenge}" }
    keep:
      transaction: { field: transaction }
      to: { action: sign-in }
      etag: { header: etag }
  - step: sign-in
    do:
      call:
        to: domain
        browser: person
        effect: token
        method: POST
        path: ${authorize.to}
        form: { user: "${user.name}", transaction: "${authorize.transaction}" }
        password-of: { user: user, in: password }
    keep:
      code: { redirect: code }
      state: { redirect: state }
      issuer: { fragment: iss }
      back: { location: whole }
      path: { location: path }
  - step: token
    do: { token-request: { to: domain, form: { code: "${sign-in.code}", code_verifier: "${pkce.verifier}" } } }
  - step: follow
    do: { call: { to: domain, browser: person, effect: read, method: GET, path: "${sign-in.path}" } }
  - step: elsewhere
    do: { call: { to: api, browser: person, effect: read, method: GET, path: /page } }
  - step: stranger
    do: { call: { to: domain, browser: stranger, effect: read, method: GET, path: /page } }
  - step: program
    do: { call: { to: domain, effect: read, method: GET, path: /page } }
"#;

fn parsed(flow: &str) -> Flow {
    match load::scenario("flow.yaml", flow).unwrap_or_else(|error| panic!("{error}")) {
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
        add("ETag", "W/\"1\"");
        response.body = br#"<form id=sign-in action="signin?step=1"><input name=transaction value="t&amp;1">"#.to_vec();
    } else if request.url.contains("/signin") {
        add("Set-Cookie", "session=s-1; Path=/; Secure; SameSite=None");
        add("Set-Cookie", "transaction=; Path=/; Max-Age=0");
        add(
            "Location",
            "/callback?code=c%2B1&state=s+1#iss=https%3A%2F%2Fdomain.example",
        );
        response.status = 303;
    }
    response
}

/// What goes over the wire with a change.
fn changed(change: Option<&str>) -> Result<Vec<Request>, FlowError> {
    run(change, |drive| {
        drive
            .exchanges
            .iter()
            .map(|exchange| exchange.request.clone())
            .collect()
    })
}

/// What is read from a drive that has taken all steps.
fn run<T>(change: Option<&str>, read: impl Fn(&Drive<'_>) -> T) -> Result<T, FlowError> {
    run_flow(FLOW, change, read)
}

fn run_flow<T>(flow: &str, change: Option<&str>, read: impl Fn(&Drive<'_>) -> T) -> Result<T, FlowError> {
    let change: Option<Change> =
        change.map(|text| serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}")));
    let (cast, flow, forgeries) = (cast(), parsed(flow), Forgeries::default());
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
        drive.keep(step).map_err(FlowError::Scenario)?;
    }
    assert_eq!(drive.is_changed, change.as_ref().and_then(touched).is_some());
    Ok(read(&drive))
}

fn header<'a>(request: &'a Request, name: &str) -> Option<&'a str> {
    let field = request.headers.iter().find(|(known, _)| known == name);
    field.map(|(_, value)| value.as_str())
}

fn form(request: &Request) -> Vec<(String, String)> {
    parameters(std::str::from_utf8(&request.body).unwrap())
}

fn field(pairs: &[(String, String)], name: &str) -> Option<String> {
    let pair = pairs.iter().find(|(known, _)| known == name);
    pair.map(|(_, value)| value.clone())
}

#[test]
fn a_browser_sends_the_cookies_of_a_site_back_to_it() {
    let requests = changed(None).unwrap();
    let cookies: Vec<Option<&str>> = requests.iter().map(|request| header(request, "Cookie")).collect();
    let [first, second] = ["transaction=t-1; theme=dark", "theme=dark; session=s-1"].map(Some);
    assert_eq!(cookies, [None, first, None, second, None, None, None]);
    assert_eq!(header(&requests[0], "Accept"), Some("text/html, */*;q=0.8"));
    assert_eq!(header(&requests[6], "Accept"), Some("application/json"));
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
    let user = |text: &str| field(&form(&sign_in(text).unwrap()), "user");
    assert_eq!(user("set: { at: sign-in.form.user, to: eve }").as_deref(), Some("eve"));
    assert_eq!(user("remove: sign-in.form.user"), None);
}

#[test]
fn what_redirects_and_pages_hold_is_kept() {
    let requests = changed(None).unwrap();
    assert_eq!(requests[1].url, "https://domain.example/signin?step=1");
    let form = form(&requests[1]);
    assert_eq!(form[1], ("transaction".to_owned(), "t&1".to_owned()));
    assert_eq!(requests[3].url, "https://domain.example/callback?code=c%2B1&state=s+1");
}

#[test]
fn a_kept_credential_is_secret_and_all_else_is_plain() {
    run(None, |drive| {
        let kept = |name: &str| match &drive.scope.kept["sign-in"][name] {
            Kept::Secret(text) => format!("secret {text}"),
            Kept::Plain(value) => value.to_string(),
        };
        assert_eq!(kept("code"), "secret c+1");
        assert_eq!(kept("state"), "\"s 1\"");
        assert_eq!(kept("issuer"), "\"https://domain.example\"");
        assert_eq!(kept("path"), "secret /callback?code=c%2B1&state=s+1");
        assert!(kept("back").starts_with("secret /callback?"));
    })
    .unwrap();
}

/// The challenge of the first request and the verifier of the token request.
fn proof_key(change: Option<&str>) -> Result<(String, String), FlowError> {
    let requests = changed(change)?;
    let query = parameters(requests[0].url.split_once('?').unwrap().1);
    let challenge = field(&query, "code_challenge").unwrap();
    Ok((challenge, field(&form(&requests[2]), "code_verifier").unwrap()))
}

fn challenge_of(verifier: &str) -> String {
    URL_SAFE_NO_PAD.encode(digest(&SHA256, verifier.as_bytes()))
}

#[test]
fn a_proof_key_goes_through_a_flow() {
    let (challenge, verifier) = proof_key(None).unwrap();
    assert_eq!(challenge, challenge_of(&verifier));
    assert_eq!(verifier.len(), 43);
    assert_eq!(proof_key(None).unwrap().1, verifier, "it follows the seed");
}

#[test]
fn halves_of_a_proof_key_are_set() {
    let (challenge, verifier) = proof_key(Some("set: { at: pkce.verifier, to: short }")).unwrap();
    assert_eq!((challenge, verifier.as_str()), (challenge_of("short"), "short"));
    let (challenge, verifier) = proof_key(Some("set: { at: pkce.challenge, to: '${pkce.verifier}' }")).unwrap();
    assert_eq!((challenge, verifier.len()), (verifier.clone(), 43));
    assert!(proof_key(Some("remove: pkce.challenge")).is_err());
}

#[test]
fn a_password_goes_into_its_field_and_nowhere_else() {
    let password = |change| field(&form(&changed(change).unwrap()[1]), "password");
    assert_eq!(password(None).as_deref(), Some("correct horse"));
    assert_eq!(
        password(Some("set: { at: sign-in.form.password, to: wrong }")).as_deref(),
        Some("wrong")
    );
    assert_eq!(password(Some("remove: sign-in.form.password")), None);
    assert!(run_flow(&FLOW.replace("${user.name}", "${user.password}"), None, |_| ()).is_err());
    let other = FLOW.replace("user: employee", "user: locked");
    let missing = run_flow(&other, None, |_| ()).unwrap_err();
    assert_eq!(missing, Missing::new("locked", "password").into());
}

#[test]
fn what_is_not_there_is_named() {
    let flow = FLOW.replace("{ redirect: state }", "{ redirect: nonce }");
    let missing = run_flow(&flow, None, |_| ()).unwrap_err();
    assert_eq!(missing, FlowError::scenario("redirect nonce"));
}
