//! A small server with rules and defects, and scenarios for it: enough of both to try runs and proofs without any real mock.

use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use crate::flow::for_tests::{Fake, answer, parameters};
use crate::scenario::Library;
use crate::system::{Arranged, Levers, Request, Response, TransportError, Witnessed};

/// The flow, the table and the rows.
pub(crate) const FLOW: &str = r#"
format: 1
title: a token, and a call with it
with: { domain: home, client: backend, user: employee, api: agents }
arrange: [{ trusted-certificate: { of: client } }]
steps:
  - step: assertion
    do:
      sign:
        key: { of: client }
        header: { alg: RS256 }
        claims: { iss: "${client.id}", sub: "${user.name}", exp: "${now+300}", jti: "${fresh.uuid}" }
  - step: token
    do:
      token-request:
        to: domain
        authenticate: { client: client, by: basic }
        form: { grant_type: bearer, assertion: "${assertion.jwt}" }
    expect:
      - status: { is: 200, covers: [ROW-001] }
      - json: { at: /token_type, is: Bearer, covers: [ROW-008] }
    keep: { access-token: /access_token }
  - step: call
    do:
      call: { to: api, effect: invoke, method: GET, path: /run, bearer: "${token.access-token}" }
    expect:
      - status: { is: 200, covers: [ROW-001] }
"#;

pub(crate) const TABLE: &str = r#"
format: 1
title: what must not be accepted
control: flow
up-to: token
answers:
  refused-grant:
    rfc: { status: [400], json: { error: invalid_grant }, sure: specified, basis: [] }
    oracle: { status: [400], json: { error: invalid_grant }, sure: assumed, basis: [] }
outcome: { refused: { at: token, as: refused-grant } }
cases:
  - case: stranger
    title: a subject that nobody is
    covers: [ROW-002]
    each: { one: nobody, other: somebody }
    change: { set: { at: assertion.claims.sub, to: "${each}" } }
    catches: [assertion.subject]
  - case: expired
    title: past the leeway
    covers: [ROW-003]
    change: { set: { at: assertion.claims.exp, to: "${now-11}" } }
    catches: [assertion.expiry]
  - case: barely-valid
    title: within the leeway
    covers: [ROW-003]
    change: { set: { at: assertion.claims.exp, to: "${now-5}" } }
    outcome: { accepted: { at: token } }
    catches: [assertion.expiry]
  - case: stranger-expired
    title: two things wrong
    covers: [ROW-002]
    change: { raw: { at: assertion.claims, json: '{"sub":"nobody","exp":1}' } }
    catches: [assertion.subject, assertion.expiry]
    compound: no single claims set is only half wrong
  - case: replayed
    title: the same assertion twice
    covers: [ROW-004]
    change: { resend: token }
    outcome: { reported: { at: token, fails-under: [single-use] } }
    catches: [assertion.single-use]
  - case: token-life
    title: it does not live long
    covers: [ROW-005]
    outcome: { inspected: { at: token, expect: [{ json: { at: /expires_in, at-most: 60, covers: [ROW-005] } }] } }
    catches: [issued.lifetime]
  - case: locked
    title: a locked user
    covers: [ROW-006]
    change: { arrange: { user-locked: { of: user } } }
    catches: [assertion.subject-active]
  - case: later
    title: much later
    covers: [ROW-003]
    change: { pass: 1h }
    catches: [assertion.expiry]
"#;

pub(crate) const ROWS: &str = "
format: 1
group: ROW
title: rows
rows:
  - { id: ROW-001, on: [AS], level: ok, says: it works, checked: own }
  - { id: ROW-002, on: [AS], level: must, says: subjects exist, checked: own }
  - { id: ROW-003, on: [AS], level: must, says: assertions expire, checked: own }
  - { id: ROW-004, on: [AS], level: may, says: assertions may be used once, checked: own }
  - { id: ROW-005, on: [AS], level: should, says: tokens are short-lived, checked: own }
  - { id: ROW-006, on: [AS], level: must, says: locked users are out, checked: own }
  - { id: ROW-007, on: [AS], level: must, says: not everywhere, checked: own, under: { oracle: { off: { because: it differs } } } }
  - { id: ROW-008, on: [AS], level: must, says: tokens are of a type, checked: own }
";

/// A library of these scenarios, with a change to the texts of flow and table.
pub(crate) fn library_with(change: impl Fn(&str) -> String) -> Library {
    let files = [
        ("flow.yaml", change(FLOW)),
        ("table.yaml", change(TABLE)),
        ("requirements/ROW.yaml", ROWS.to_owned()),
    ];
    let files = files.map(|(path, text)| (path.to_owned(), text));
    Library::load(files.into_iter()).unwrap_or_else(|mistakes| panic!("{}", mistakes[0]))
}

/// A library of these scenarios.
pub(crate) fn library() -> Library {
    library_with(str::to_owned)
}

/// All levers.
pub(crate) fn levers() -> Levers {
    Levers {
        clock: true,
        registration: true,
        witness: true,
        ..Levers::default()
    }
}

/// What is wrong with a server: defects as `rule/name`, and rules that are skipped whole; `single-use` is a switch.
#[derive(Clone, Default)]
pub(crate) struct Faults(pub(crate) Vec<String>);

impl Faults {
    pub(crate) fn of(faults: &[&str]) -> Self {
        Self(faults.iter().map(|fault| (*fault).to_owned()).collect())
    }

    fn has(&self, fault: &str) -> bool {
        self.0.iter().any(|known| known == fault)
    }
}

/// The server.
pub(crate) fn server(levers: Levers, faults: Faults) -> Fake {
    Fake::new(levers, move |fake, request| respond(fake, request, &faults))
}

fn respond(fake: &Fake, request: &Request, faults: &Faults) -> Result<Response, TransportError> {
    static ECID: AtomicU64 = AtomicU64::new(0);
    let (violated, mut answer) = if request.url.ends_with("/token") {
        token(fake, request, faults)
    } else {
        call(request)
    };
    let ecid = format!("ecid-{}", ECID.fetch_add(1, Ordering::Relaxed));
    answer.headers.retain(|(name, _)| name != "X-ORACLE-DMS-ECID");
    answer.headers.push(("X-ORACLE-DMS-ECID".to_owned(), ecid.clone()));
    let witnessed = Witnessed {
        violated: violated.iter().map(|rule| (*rule).to_owned()).collect(),
        ..Witnessed::default()
    };
    fake.journal.lock().unwrap().insert(ecid, witnessed);
    let refused = || TransportError::Refused {
        site: "x.example:443".to_owned(),
    };
    if faults.has("down") { Err(refused()) } else { Ok(answer) }
}

fn token(fake: &Fake, request: &Request, faults: &Faults) -> (Vec<&'static str>, Response) {
    let form = parameters(std::str::from_utf8(&request.body).unwrap());
    let assertion = form.into_iter().find(|(name, _)| name == "assertion").unwrap().1;
    let claims = URL_SAFE_NO_PAD.decode(assertion.split('.').nth(1).unwrap()).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let (subject, expiry) = (
        claims["sub"].as_str().unwrap_or_default(),
        claims["exp"].as_u64().unwrap_or_default(),
    );
    let jti = format!("jti {}", claims["jti"]);
    let now = fake.clock.load(Ordering::Relaxed);
    let is_locked = fake
        .arranged
        .lock()
        .unwrap()
        .iter()
        .any(|what| matches!(what, Arranged::UserLocked { .. }));
    let is_used = fake.journal.lock().unwrap().contains_key(&jti);

    let rules = [
        (
            "assertion.subject",
            subject != "ada" && !(subject == "nobody" && faults.has("assertion.subject/nobody")),
        ),
        (
            "assertion.expiry",
            expiry + 10 <= now || (faults.has("assertion.expiry/strict") && expiry <= now),
        ),
        ("assertion.subject-active", is_locked),
        ("assertion.single-use", is_used && faults.has("single-use")),
    ];
    let violated: Vec<&str> = rules
        .into_iter()
        .filter_map(|(rule, is_violated)| (is_violated && !faults.has(rule)).then_some(rule))
        .collect();
    let Some(first) = violated.first() else {
        fake.journal.lock().unwrap().insert(jti, Witnessed::default());
        let life = if faults.has("issued.lifetime/long") { 3600 } else { 60 };
        let kind = if faults.has("issued.type/mac") { "MAC" } else { "Bearer" };
        let granted = json!({ "access_token": "granted", "token_type": kind, "expires_in": life });
        return (violated, answer(200, &granted));
    };
    let status = if faults.has(&format!("{first}/status")) {
        403
    } else {
        400
    };
    let refused = match () {
        () if faults.has("leak") => json!({ "error": "invalid_grant", "access_token": "leaked" }),
        () => json!({ "error": "invalid_grant" }),
    };
    (
        violated,
        answer(if faults.has("fail") { 500 } else { status }, &refused),
    )
}

fn call(request: &Request) -> (Vec<&'static str>, Response) {
    let is_granted = request.headers.iter().any(|(_, value)| value == "Bearer granted");
    if is_granted {
        (Vec::new(), answer(200, &json!({})))
    } else {
        (vec!["bearer.token"], answer(401, &json!({})))
    }
}
