//! Codes and refresh tokens under many hands at once: one gets the token, the others what the standards say, and nothing is half done.

use std::sync::Arc;
use std::thread;

use serde_json::Value;
use tenantproof_mocks::landscape::profile::{Profile, ProfileName, switch};
use tenantproof_mocks::landscape::reference::{self, ReferenceKeys};
use tenantproof_mocks::landscape::{Domain, Landscape};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::wire::{Channel, Request, Response};

const NOW: u64 = 1_795_176_000;

/// A person with a browser, and the application that they use.
struct Person {
    mock: Arc<Mock>,
    domain: String,
    client: String,
    secret: String,
}

impl Person {
    fn new(change: impl FnOnce(&mut Landscape)) -> Self {
        let profile = Profile::whole(ProfileName::Oracle);
        let mut landscape = reference::reference(profile, &ReferenceKeys::published(), &reference::published_secret);
        change(&mut landscape);
        let home = landscape.domains.values().find(|domain| domain.label == "home");
        let home: &Domain = home.expect("the reference has a home domain");
        let app = home.apps.values().find(|app| app.display_name == "portal");
        let app = app.expect("the reference has a portal");
        Self {
            domain: home.host.clone(),
            client: app.client_id.clone(),
            secret: app
                .secret
                .as_ref()
                .expect("the portal keeps a secret")
                .expose()
                .to_owned(),
            mock: Arc::new(Mock::fixed(landscape, NOW, [7; 32])),
        }
    }

    fn request(&self, method: &str, path: &str, query: &str, cookie: &str, body: &[(&str, &str)]) -> Response {
        let body: Vec<String> = body
            .iter()
            .map(|(name, value)| format!("{name}={}", tenantproof_mocks::answer::encode(value)))
            .collect();
        let mut headers = vec![(
            "content-type".to_owned(),
            "application/x-www-form-urlencoded".to_owned(),
        )];
        if !cookie.is_empty() {
            headers.push(("cookie".to_owned(), cookie.to_owned()));
        }
        self.mock.answer(&Request {
            method: method.to_owned(),
            site: self.domain.clone(),
            path: path.to_owned(),
            query: (!query.is_empty()).then(|| query.to_owned()),
            headers,
            body: body.join("&").into_bytes(),
            channel: Channel::Protected,
            client_certificate: None,
        })
    }

    /// Asks, signs in, and brings the code back.
    fn code(&self, scope: &str) -> String {
        let query = format!(
            "response_type=code&client_id={}&redirect_uri={}&scope={}&state=s",
            self.client,
            tenantproof_mocks::answer::encode(reference::CALLBACK),
            tenantproof_mocks::answer::encode(scope),
        );
        let page = self.request("GET", "/oauth2/v1/authorize", &query, "", &[]);
        assert_eq!(page.status, 200, "{:?}", String::from_utf8_lossy(&page.body));
        let form = [
            ("request", field(&page, "request")),
            ("username", "ada.example".to_owned()),
            ("password", reference::published_secret("ada.example")),
        ];
        let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let request_cookie = cookie(&page);
        let mut back = self.request("POST", "/ui/v1/signin", "", &request_cookie, &form);
        if back.status == 200 {
            let cookies = format!("{request_cookie}; {}", cookie(&back));
            let form = [("request", &*field(&back, "request")), ("decision", "allow")];
            back = self.request("POST", "/ui/v1/myconsole/consent", "", &cookies, &form);
        }
        assert_eq!(back.status, 302, "{:?}", String::from_utf8_lossy(&back.body));
        let location = back.header("Location").expect("a redirect says where").to_owned();
        let code = location.split("code=").nth(1).and_then(|rest| rest.split('&').next());
        code.expect("the redirect carries a code").replace("%3D", "=")
    }

    fn token(&self, body: &[(&str, &str)]) -> (u16, Value) {
        let own = [
            ("client_id", self.client.as_str()),
            ("client_secret", self.secret.as_str()),
        ];
        let response = self.request("POST", "/oauth2/v1/token", "", "", &[&own[..], body].concat());
        (
            response.status,
            serde_json::from_slice(&response.body).expect("the token endpoint answers JSON"),
        )
    }

    fn redeem(&self, code: &str) -> (u16, Value) {
        let body = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", reference::CALLBACK),
        ];
        self.token(&body)
    }

    fn refresh(&self, token: &str) -> (u16, Value) {
        self.token(&[("grant_type", "refresh_token"), ("refresh_token", token)])
    }
}

/// The value of a hidden field.
fn field(page: &Response, name: &str) -> String {
    let html = String::from_utf8_lossy(&page.body).into_owned();
    let at = html.find(&format!("name=\"{name}\"")).expect("the page has the field");
    let value = html[at..]
        .split("value=\"")
        .nth(1)
        .and_then(|rest| rest.split('"').next());
    value.expect("the field has a value").to_owned()
}

/// The name and value of the last cookie that an answer sets.
fn cookie(answer: &Response) -> String {
    let set = answer.headers.iter().rev().find(|(name, _)| name == "Set-Cookie");
    let (_, value) = set.expect("the answer sets a cookie");
    value.split(';').next().unwrap_or_default().to_owned()
}

fn at_once<T: Send>(count: usize, act: impl Fn() -> T + Sync) -> Vec<T> {
    thread::scope(|scope| {
        let hands: Vec<_> = (0..count).map(|_| scope.spawn(&act)).collect();
        hands
            .into_iter()
            .map(|hand| hand.join().expect("no hand panics"))
            .collect()
    })
}

const OFFLINE: &str = "openid offline_access urn:opc:resource:fusion:DEV5:fusion-ai/";

#[test]
fn of_a_hundred_who_redeem_one_code_one_gets_a_token_which_the_others_end() {
    let person = Person::new(|_| {});
    let code = person.code(OFFLINE);
    let answers = at_once(100, || person.redeem(&code));
    let (granted, refused): (Vec<_>, Vec<_>) = answers.into_iter().partition(|(status, _)| *status == 200);
    assert_eq!(granted.len(), 1);
    for (status, body) in &refused {
        assert_eq!((*status, &body["error"]), (400, &Value::from("invalid_grant")));
    }
    // Codes that turn up twice were stolen once: what the first redemption gave is not to be trusted (RFC 6749 section 4.1.2).
    let refresh = granted[0].1["refresh_token"]
        .as_str()
        .expect("a refresh token was asked for");
    let (status, body) = person.refresh(refresh);
    assert_eq!((status, &body["error"]), (400, &Value::from("invalid_grant")));
}

#[test]
fn of_a_hundred_who_use_one_refresh_token_one_gets_the_next_which_the_others_end() {
    let person = Person::new(|_| {});
    let (_, first) = person.redeem(&person.code(OFFLINE));
    let refresh = first["refresh_token"].as_str().expect("a refresh token was asked for");
    let answers = at_once(100, || person.refresh(refresh));
    let granted: Vec<_> = answers.iter().filter(|(status, _)| *status == 200).collect();
    assert_eq!(granted.len(), 1);
    let next = granted[0].1["refresh_token"]
        .as_str()
        .expect("rotation gives a new one");
    assert_eq!(
        person.refresh(next).0,
        400,
        "the family ended when the old token turned up again"
    );
}

#[test]
fn without_rotation_a_refresh_token_stays_good() {
    let person = Person::new(|landscape| {
        landscape
            .profile
            .set(switch::REFRESH_ROTATION, "off")
            .expect("the switch is off or on");
    });
    let (_, first) = person.redeem(&person.code(OFFLINE));
    let refresh = first["refresh_token"].as_str().expect("a refresh token was asked for");
    let answers = at_once(10, || person.refresh(refresh));
    assert!(
        answers
            .iter()
            .all(|(status, body)| *status == 200 && body.get("refresh_token").is_none())
    );
}

#[test]
fn a_code_in_the_wrong_hands_is_still_good_in_the_right_ones() {
    let person = Person::new(|_| {});
    let code = person.code("openid");
    let wrong = Person {
        secret: "another".to_owned(),
        mock: person.mock.clone(),
        domain: person.domain.clone(),
        client: person.client.clone(),
    };
    assert_eq!(wrong.redeem(&code).0, 401);
    assert_eq!(person.redeem(&code).0, 200);
}

#[test]
fn a_full_store_of_requests_refuses_and_forgets_nobody() {
    let person = Person::new(|_| {});
    let query = format!("response_type=code&client_id={}&scope=openid", person.client);
    let first = person.request("GET", "/oauth2/v1/authorize", &query, "", &[]);
    for _ in 1..20_000 {
        person.request("GET", "/oauth2/v1/authorize", &query, "", &[]);
    }
    let one_more = person.request("GET", "/oauth2/v1/authorize", &query, "", &[]);
    assert_eq!((one_more.status, one_more.header("Retry-After")), (503, Some("1")));
    let form = [
        ("request", field(&first, "request")),
        ("username", "ada.example".to_owned()),
        ("password", reference::published_secret("ada.example")),
    ];
    let form: Vec<(&str, &str)> = form.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let back = person.request("POST", "/ui/v1/signin", "", &cookie(&first), &form);
    assert_eq!(back.status, 302, "the first one who came is still served");
}
