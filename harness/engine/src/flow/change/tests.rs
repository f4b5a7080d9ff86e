//! What each change does, seen on the wire: a table of changes for each kind of place.

use super::*;
use crate::flow::drive::{Drive, Stage};
use crate::flow::for_tests::{Fake, answer, cast, parameters};
use crate::flow::forgery::Forgeries;
use crate::flow::value::Names;
use crate::scenario::load;
use crate::scenario::model::{Flow, Scenario};
use crate::system::{Levers, Request};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::json;

const FLOW: &str = r#"
format: 1
title: three steps
with: { domain: home, client: backend, other-client: partner, user: employee, api: agents }
steps:
  - step: assertion
    do:
      sign:
        key: { of: client }
        header: { alg: RS256, typ: JWT }
        claims: { iss: "${client.id}", sub: "${user.name}", exp: "${now+300}" }
  - step: token
    do:
      token-request:
        to: domain
        authenticate: { client: client, by: basic }
        form: { grant_type: bearer, assertion: "${assertion.jwt}", scope: "${api.scope}" }
    keep: { access-token: /access_token }
  - step: call
    do:
      call:
        to: api
        effect: invoke
        method: POST
        path: /run/${api.agent}
        bearer: ${token.access-token}
        json: { message: hello, number: 7 }
"#;

fn flow() -> Flow {
    match load::scenario("flow.yaml", FLOW).unwrap_or_else(|error| panic!("{error}")) {
        Scenario::Flow(flow) => *flow,
        Scenario::Table(_) => panic!("a flow"),
    }
}

/// What goes over the wire with a change: the token request and the call.
fn changed(change: Option<&str>, each: Option<&Value>) -> Result<Vec<Request>, FlowError> {
    let change: Option<Change> =
        change.map(|text| serde_saphyr::from_str(text).unwrap_or_else(|e| panic!("{text}: {e}")));
    let (cast, flow, forgeries) = (cast(), flow(), Forgeries::default());
    let fake = Fake::new(Levers::default(), |_, _| {
        Ok(answer(200, &json!({ "access_token": "opaque" })))
    });
    let names: Names = flow
        .with
        .iter()
        .map(|(name, player)| (name.clone(), player.to_string()))
        .collect();
    let mut scope = Scope::new(&cast, names, "0", "flow");
    scope.each = each;
    let stage = Stage {
        system: &fake,
        forgeries: &forgeries,
    };
    let mut drive = Drive::new(stage, scope, change.as_ref());
    for step in &flow.steps {
        drive.perform(step, &|_, _, _| Ok(true))?;
        drive.keep(step).expect("a token is kept");
    }
    assert_eq!(drive.is_changed, change.is_some());
    Ok(drive.exchanges.into_iter().map(|exchange| exchange.request).collect())
}

fn form(request: &Request) -> Vec<(String, String)> {
    parameters(std::str::from_utf8(&request.body).unwrap())
}

fn assertion(requests: &[Request]) -> String {
    let form = form(&requests[0]);
    form.into_iter()
        .find(|(name, _)| name == "assertion")
        .map(|(_, value)| value)
        .unwrap_or_default()
}

/// Header and claims of the assertion, as texts.
fn parts(requests: &[Request]) -> Vec<String> {
    let compact = assertion(requests);
    let parts = compact
        .split('.')
        .take(2)
        .map(|part| URL_SAFE_NO_PAD.decode(part).unwrap_or_default());
    parts.map(|part| String::from_utf8_lossy(&part).into_owned()).collect()
}

fn header(request: &Request, name: &str) -> Vec<String> {
    let fields = request
        .headers
        .iter()
        .filter(|(known, _)| known.eq_ignore_ascii_case(name));
    fields.map(|(_, value)| value.clone()).collect()
}

#[test]
fn without_a_change_the_flow_is_good() {
    let requests = changed(None, None).unwrap();
    assert_eq!(requests[0].url, "https://domain.example/oauth2/v1/token");
    assert_eq!(parts(&requests)[1], r#"{"iss":"client-1","sub":"ada","exp":1300}"#);
    assert_eq!(
        header(&requests[0], "authorization"),
        ["Basic Y2xpZW50LTE6b3BlbitzZXNhbWU="]
    );
    assert_eq!(requests[1].url, "https://api.example/run/HELPER");
    assert_eq!(header(&requests[1], "authorization"), ["Bearer opaque"]);
    assert_eq!(requests[1].body, br#"{"message":"hello","number":7}"#);
}

#[test]
fn members_of_a_token_are_changed_and_signed() {
    let claims = |text: &str| parts(&changed(Some(text), Some(&json!("sub"))).unwrap())[1].clone();
    let table = [
        (
            "set: { at: assertion.claims.aud, to: [a, '${user.name}'] }",
            r#"{"iss":"client-1","sub":"ada","exp":1300,"aud":["a","ada"]}"#,
        ),
        ("remove: 'assertion.claims.${each}'", r#"{"iss":"client-1","exp":1300}"#),
        (
            "retype: { at: assertion.claims.exp, as: text }",
            r#"{"iss":"client-1","sub":"ada","exp":"1300"}"#,
        ),
        (
            "raw: { at: assertion.claims.exp, json: '1e400' }",
            r#"{"iss":"client-1","sub":"ada","exp":1e400}"#,
        ),
        ("raw: { at: assertion.claims, json: '[${now}' }", "[1000"),
        (
            "twice: { at: assertion.claims.sub, first: x, last: z }",
            r#"{"iss":"client-1","sub":"x","sub":"z","exp":1300}"#,
        ),
        ("bytes: { at: assertion.claims, hex: '7b 7d' }", "{}"),
        (
            "bytes: { at: assertion.claims, prefix: '20' }",
            r#" {"iss":"client-1","sub":"ada","exp":1300}"#,
        ),
    ];
    for (change, expected) in table {
        assert_eq!(claims(change), expected, "{change}");
    }
    let utf16 = claims("bytes: { at: assertion.claims, as: utf-16 }");
    assert!(utf16.starts_with("\0{\0\""), "{utf16:?}");
}

#[test]
fn signatures_and_texts_of_tokens_are_changed() {
    let good = assertion(&changed(None, None).unwrap());
    let (signed, signature) = good.rsplit_once('.').unwrap();
    let token = |text: &str| assertion(&changed(Some(text), None).unwrap());
    let alg = |text: &str| parts(&changed(Some(text), None).unwrap())[0].clone();

    // The header stays and the signature is another one, or the other way round.
    for change in [
        "sign: { step: assertion, key: { fresh: rsa-2048 } }",
        "sign: { step: assertion, hash: sha-512 }",
        "signature: { step: assertion, flip-bit-of-byte: last }",
        "signature: { step: assertion, prepend-zero: true }",
        "signature: { step: assertion, text: AAAA }",
    ] {
        let changed = token(change);
        assert!(
            changed.starts_with(&format!("{signed}.")) && changed != good,
            "{change}"
        );
    }
    for change in [
        "tamper: { at: assertion.claims.sub, to: eve }",
        "bytes: { at: assertion.claims, hex: 7b7d, keep: true }",
    ] {
        let changed = token(change);
        assert!(changed.ends_with(signature) && changed != good, "{change}");
    }
    let algorithms = [
        ("sign: { step: assertion, algorithm: PS256 }", "PS256"),
        ("sign: { step: assertion, algorithm: PS256, say: RS256 }", "RS256"),
        ("sign: { step: assertion, say: RS384 }", "RS384"),
        ("mac: { step: assertion, keyed-by: public-pem }", "HS256"),
        ("mac: { step: assertion, keyed-by: client-secret }", "HS256"),
        ("mac: { step: assertion, keyed-by: certificate-pem }", "HS256"),
        ("unsigned: { step: assertion, as: nOnE }", "nOnE"),
    ];
    for (change, expected) in algorithms {
        assert_eq!(
            alg(change),
            format!(r#"{{"alg":"{expected}","typ":"JWT"}}"#),
            "{change}"
        );
    }
    assert!(token("unsigned: { step: assertion, as: none }").ends_with('.'));
    assert!(!token("unsigned: { step: assertion, as: none, keep-signature: true }").ends_with('.'));
    let cut = token("signature: { step: assertion, cut: 6 }");
    assert_eq!(cut.rsplit_once('.').unwrap().1.len(), 8);

    let texts = [
        ("signature: { step: assertion, drop: true }", signed.to_owned()),
        ("signature: { step: assertion, empty: true }", format!("{signed}.")),
        ("text: { step: assertion, prepend: ' ' }", format!(" {good}")),
        ("text: { step: assertion, append: x }", format!("{good}x")),
        ("text: { step: assertion, parts: 4 }", format!("{good}.e30")),
        (
            "text: { step: assertion, insert: { after-part: claims, text: '=' } }",
            format!("{signed}=.{signature}"),
        ),
        (
            "text: { step: assertion, replace: '${assertion.jwt} ${assertion.jwt}' }",
            format!("{good} {good}"),
        ),
    ];
    for (change, expected) in texts {
        assert_eq!(token(change), expected, "{change}");
    }
    assert!(token("text: { step: assertion, pad: signature }").ends_with('='));
    assert!(token("text: { step: assertion, as: flattened }").starts_with('{'));
}

#[test]
fn parameters_and_header_fields_are_changed() {
    let request = |text: &str| changed(Some(text), None).unwrap().remove(0);
    let values = |text: &str, name: &str| {
        let form = form(&request(text)).into_iter().filter(|(known, _)| known == name);
        form.map(|(_, value)| value).collect::<Vec<_>>()
    };
    assert_eq!(values("set: { at: token.form.scope, to: other }", "scope"), ["other"]);
    assert_eq!(values("set: { at: token.form.new, to: 7 }", "new"), ["7"]);
    assert!(values("remove: token.form.scope", "scope").is_empty());
    assert_eq!(
        values("twice: { at: token.form.scope, first: a, last: b }", "scope"),
        ["a", "b"]
    );
    let query = request("set: { at: token.query.assertion, to: '${assertion.jwt}' }").url;
    assert!(
        query.starts_with("https://domain.example/oauth2/v1/token?assertion=eyJ"),
        "{query}"
    );
    let label = request("set: { at: token.headers.content-type, to: text/plain }");
    assert_eq!(header(&label, "Content-Type"), ["text/plain"]);
    let twice = request("twice: { at: token.headers.Authorization, first: Basic a, last: Basic b }");
    assert_eq!(header(&twice, "Authorization"), ["Basic a", "Basic b"]);
}

#[test]
fn clients_show_who_they_are_in_another_way() {
    let request = |text: &str| changed(Some(text), None).unwrap().remove(0);
    let body = request("authenticate: { step: token, by: body }");
    assert!(header(&body, "Authorization").is_empty());
    assert_eq!(
        form(&body)[3..],
        [
            ("client_id".into(), "client-1".into()),
            ("client_secret".into(), "open sesame".into())
        ]
    );
    let both = request("authenticate: { step: token, and: body }");
    assert_eq!((header(&both, "Authorization").len(), form(&both).len()), (1, 5));
    let other = request("authenticate: { step: token, as: other-client }");
    assert_eq!(
        header(&other, "Authorization"),
        [format!("Basic {}", base64("client-2:open+sesame"))]
    );
    let signed = request("authenticate: { step: token, by: assertion, with: '${assertion.jwt}' }");
    assert!(form(&signed)[4].1.starts_with("eyJ"));
    assert!(header(&request("remove: token.authenticate"), "Authorization").is_empty());
    let wrong = request("set: { at: token.authenticate.secret, to: wrong }");
    assert_eq!(
        header(&wrong, "Authorization"),
        [format!("Basic {}", base64("client-1:wrong"))]
    );
}

fn base64(text: &str) -> String {
    use base64::engine::general_purpose::STANDARD;
    STANDARD.encode(text)
}

#[test]
fn bodies_go_in_another_form() {
    let request = |text: &str| changed(Some(text), None).unwrap().remove(0);
    let json = request("body: { step: token, as: json }");
    let value: Value = serde_json::from_slice(&json.body).unwrap();
    assert_eq!(
        (&value["scope"], header(&json, "content-type")),
        (&json!("agents"), vec!["application/json".to_owned()])
    );
    let labelled = request("body: { step: token, content-type: text/plain }");
    assert_eq!(header(&labelled, "content-type"), ["text/plain"]);
    assert!(labelled.body.starts_with(b"grant_type="));
    assert_eq!(request("body: { step: token, raw: 'a=%' }").body, b"a=%");
    assert_eq!(request("body: { step: token, size: 5000 }").body.len(), 5000);
}

#[test]
fn calls_are_changed() {
    let call = |text: &str| changed(Some(text), None).unwrap().remove(1);
    let body = |text: &str| String::from_utf8(call(text).body).unwrap();
    assert_eq!(
        body("set: { at: call.json.message, to: [1] }"),
        r#"{"message":[1],"number":7}"#
    );
    assert_eq!(
        body("retype: { at: call.json.number, as: text }"),
        r#"{"message":"hello","number":"7"}"#
    );
    assert_eq!(body("raw: { at: call.json, json: '{' }"), "{");
    assert!(header(&call("remove: call.bearer"), "Authorization").is_empty());
    let own = call("set: { at: call.bearer, to: '${assertion.jwt}' }");
    assert!(header(&own, "Authorization")[0].starts_with("Bearer eyJ"));
    let lower = call("set: { at: call.headers.Authorization, to: 'bearer ${token.access-token}' }");
    assert_eq!(header(&lower, "Authorization"), ["bearer opaque"]);
    assert_eq!(call("set: { at: call.method, to: BREW }").method, "BREW");
    assert_eq!(
        call("set: { at: call.path, to: '/run/../x' }").url,
        "https://api.example/run/../x"
    );
}

#[test]
fn a_request_is_sent_again_as_it_was() {
    let requests = changed(Some("resend: token"), None).unwrap();
    assert_eq!(requests.len(), 3);
    assert!(requests[0] == requests[1]);
}

#[test]
fn what_cannot_be_changed_is_the_scenarios_fault() {
    for change in [
        "remove: assertion.claims.aud",
        "remove: token.form.nothing",
        "retype: { at: token.form.scope, as: number }",
        "set: { at: assertion.claims.sub, to: '${assertion.jwt}' }",
        "sign: { step: assertion, algorithm: ES256 }",
        "sign: { step: assertion, key: { fresh: p-256 } }",
        "signature: { step: assertion, cut: 600 }",
        "bytes: { at: assertion.claims, hex: 7 }",
        "set: { at: call.form.x, to: y }",
    ] {
        assert!(
            matches!(changed(Some(change), None), Err(FlowError::Scenario(_))),
            "{change}"
        );
    }
}

#[test]
fn a_change_does_not_leak_into_other_steps() {
    let good = changed(None, None).unwrap();
    let token = changed(Some("set: { at: token.form.scope, to: x }"), None).unwrap();
    assert!(assertion(&token) == assertion(&good) && token[1] == good[1]);
    let call = changed(Some("set: { at: call.json.message, to: x }"), None).unwrap();
    assert!(call[0] == good[0]);
}

#[test]
fn a_certificate_goes_with_the_channel_and_not_with_the_request() {
    let shown = "authenticate: { step: token, by: certificate }";
    let requests = changed(Some(shown), None).unwrap();
    let request = &requests[0];
    let identity = request.identity.as_ref().expect("the client has a certificate");
    let client = cast().key("backend").unwrap();
    assert_eq!(Some(&identity.certificate_der), client.certificate_der.as_ref());
    assert!(request.headers.iter().all(|(name, _)| name != "Authorization"));
    let form = parameters(std::str::from_utf8(&request.body).unwrap());
    let names: Vec<&str> = form.iter().map(|(name, _)| name.as_str()).collect();
    assert!(
        names.contains(&"client_id") && !names.contains(&"client_secret"),
        "{names:?}"
    );
    assert!(requests[1].identity.is_none(), "what follows shows none");
}
