//! Laws of administration that no scenario can state: what happens when many hands write at once, and what ends with a secret.

use std::thread;

use serde_json::{Value, json};
use tenantproof_mocks::jose::base64;
use tenantproof_mocks::landscape::Domain;
use tenantproof_mocks::landscape::directory::{Grantee, RecordKind};
use tenantproof_mocks::landscape::profile::{Profile, ProfileName};
use tenantproof_mocks::landscape::reference::{self, ReferenceKeys, published_secret};
use tenantproof_mocks::mock::Mock;
use tenantproof_mocks::wire::{Channel, Request, Response};

const NOW: u64 = 1_795_176_000;
const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";
const GRANT: &str = "urn:ietf:params:scim:schemas:oracle:idcs:Grant";
const PATCH: &str = "urn:ietf:params:scim:api:messages:2.0:PatchOp";
const SECRET: &str = "urn:ietf:params:scim:schemas:oracle:idcs:AppClientSecretRegenerator";

/// The reference landscape with an administrator's token at hand.
struct Office {
    mock: Mock,
    token: String,
}

impl Office {
    fn open() -> Self {
        let profile = Profile::whole(ProfileName::Oracle);
        let landscape = reference::reference(profile, &ReferenceKeys::published(), &published_secret);
        let mut office = Self {
            mock: Mock::fixed(landscape, NOW, [7; 32]),
            token: String::new(),
        };
        let secret = published_secret("domain-administrator");
        let form = "grant_type=client_credentials&scope=urn:opc:idm:__myscopes__";
        let answer = office.token_request("domain-administrator", &secret, form);
        office.token = body(&answer)["access_token"].as_str().expect("a token").to_owned();
        office
    }

    fn home<T>(&self, read: impl FnOnce(&Domain) -> T) -> T {
        let landscape = self.mock.landscape();
        read(
            landscape
                .domains
                .values()
                .find(|domain| domain.label == "home")
                .expect("there is a home domain"),
        )
    }

    fn token_request(&self, client: &str, secret: &str, form: &str) -> Response {
        let id = self.home(|home| {
            let app = home.apps.values().find(|app| app.display_name == client);
            app.expect("a client of the reference").client_id.clone()
        });
        let headers = [
            (
                "authorization",
                format!("Basic {}", base64(format!("{id}:{secret}").as_bytes())),
            ),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        self.send("POST", "/oauth2/v1/token", &headers, form.as_bytes())
    }

    fn call(&self, method: &str, path: &str, tag: Option<&str>, body: &Value) -> Response {
        let mut headers = vec![
            ("authorization", format!("Bearer {}", self.token)),
            ("content-type", "application/json".to_owned()),
        ];
        headers.extend(tag.map(|tag| ("if-match", tag.to_owned())));
        let body = if body.is_null() {
            String::new()
        } else {
            body.to_string()
        };
        self.send(method, &format!("/admin/v1/{path}"), &headers, body.as_bytes())
    }

    fn send(&self, method: &str, path: &str, headers: &[(&str, String)], body: &[u8]) -> Response {
        let headers = headers.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
        self.mock.answer(&Request {
            method: method.to_owned(),
            site: self.home(|home| home.host.clone()),
            path: path.to_owned(),
            query: None,
            headers: headers.collect(),
            body: body.to_vec(),
            channel: Channel::Protected,
            client_certificate: None,
        })
    }

    fn make(&self, collection: &str, body_of_it: &Value) -> Value {
        let answer = self.call("POST", collection, None, body_of_it);
        assert_eq!(answer.status, 201, "{}", body(&answer));
        body(&answer)
    }
}

fn body(response: &Response) -> Value {
    serde_json::from_slice(&response.body).unwrap_or_default()
}

fn person(name: &str) -> Value {
    json!({"schemas": [USER], "userName": name, "name": {"familyName": "Many"}, "emails": [{"value": "many@mail.example", "type": "work", "primary": true}]})
}

/// What each of several hands is answered that do the same at once.
fn at_once(hands: usize, work: impl Fn(usize) -> u16 + Sync) -> Vec<u16> {
    thread::scope(|scope| {
        let work = &work;
        let hands: Vec<_> = (0..hands).map(|hand| scope.spawn(move || work(hand))).collect();
        hands
            .into_iter()
            .map(|hand| hand.join().expect("no hand panics"))
            .collect()
    })
}

fn count(statuses: &[u16], wanted: u16) -> usize {
    statuses.iter().filter(|status| **status == wanted).count()
}

#[test]
fn of_fifty_who_make_one_user_name_one_makes_it() {
    let office = Office::open();
    // Every other one in another letter case, which is the same name.
    let names = ["many.hands", "Many.Hands"];
    let statuses = at_once(50, |hand| {
        office.call("POST", "Users", None, &person(names[hand % 2])).status
    });
    assert_eq!((count(&statuses, 201), count(&statuses, 409)), (1, 49));
    let made = office.home(|home| {
        home.users
            .keys()
            .filter(|name| name.eq_ignore_ascii_case("many.hands"))
            .count()
    });
    assert_eq!(made, 1);
}

#[test]
fn of_twenty_who_change_one_version_one_changes_it() {
    let office = Office::open();
    let made = office.call("POST", "Users", None, &person("many.hands"));
    let (tag, id) = (
        made.header("ETag").expect("a tag").to_owned(),
        body(&made)["id"].as_str().expect("an id").to_owned(),
    );
    let statuses = at_once(20, |hand| {
        let title = format!("title of hand {hand}");
        let change = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "title", "value": title}]});
        office.call("PATCH", &format!("Users/{id}"), Some(&tag), &change).status
    });
    assert_eq!((count(&statuses, 200), count(&statuses, 412)), (1, 19));
}

#[test]
fn a_user_goes_with_all_that_hangs_on_them_or_not_at_all() {
    let office = Office::open();
    let user = office.make("Users", &person("many.hands"));
    let group = office.make(
        "Groups",
        &json!({"schemas": [GROUP], "displayName": "hands", "members": [{"value": user["id"], "type": "User"}]}),
    );
    office.make("Grants", &json!({
        "schemas": [GRANT], "grantMechanism": "ADMINISTRATOR_TO_USER", "grantee": {"type": "User", "value": user["id"]},
        "app": {"value": "IDCSAppId"}, "entitlement": {"attributeName": "appRoles", "attributeValue": "a0000000000000000000000000000004"},
    }));
    let (user, group) = (
        user["id"].as_str().expect("an id"),
        group["id"].as_str().expect("an id"),
    );
    let seen = || {
        office.home(|home| {
            let grants = home.directory.grants.values();
            let granted = grants
                .filter(|grant| grant.grantee == Grantee::User && grant.to == user)
                .count();
            let members = home.directory.groups[group]
                .members
                .iter()
                .filter(|member| *member == user)
                .count();
            (home.record(RecordKind::User, user).is_some(), granted, members)
        })
    };
    assert_eq!(seen(), (true, 1, 1));
    // Others keep changing the group, so that deciding on the deletion must begin again now and then; an eye sees no half of it.
    let statuses = at_once(6, |hand| match hand {
        0 => {
            office
                .call("DELETE", &format!("Users/{user}"), None, &Value::Null)
                .status
        }
        1 => {
            for _ in 0..200 {
                assert!([(true, 1, 1), (false, 0, 0)].contains(&seen()));
            }
            200
        }
        _ => {
            let title = json!({"schemas": [PATCH], "Operations": [{"op": "replace", "path": "externalId", "value": hand.to_string()}]});
            office.call("PATCH", &format!("Groups/{group}"), None, &title).status
        }
    });
    assert_eq!(statuses[0], 204);
    assert_eq!(seen(), (false, 0, 0));
}

#[test]
fn a_new_secret_ends_the_refresh_tokens_of_the_one_before() {
    let office = Office::open();
    let client = "password-taker";
    let secret = published_secret(client);
    let scope = reference::FIELD_SERVICE_SCOPES[0];
    let password = published_secret("ada.example");
    let form = format!("grant_type=password&username=ada.example&password={password}&scope=offline_access%20{scope}");
    let first = body(&office.token_request(client, &secret, &form));
    let refresh = |secret: &str, answer: &Value| {
        let token = answer["refresh_token"]
            .as_str()
            .expect("a refresh token")
            .replace('=', "%3D");
        office.token_request(
            client,
            secret,
            &format!("grant_type=refresh_token&refresh_token={token}"),
        )
    };
    let second = refresh(&secret, &first);
    assert_eq!(second.status, 200, "{}", body(&second));
    let id = office.home(|home| {
        let app = home.apps.values().find(|app| app.display_name == client);
        app.expect("a client of the reference").guid.clone()
    });
    let anew = office.make("AppClientSecretRegenerator", &json!({"schemas": [SECRET], "appId": id}));
    assert_eq!(refresh(&secret, &body(&second)).status, 401);
    let answer = refresh(anew["clientSecret"].as_str().expect("a secret"), &body(&second));
    assert_eq!((answer.status, &body(&answer)["error"]), (400, &json!("invalid_grant")));
}

#[test]
fn a_password_that_was_set_opens_and_is_shown_nowhere() {
    let office = Office::open();
    let mut ada = person("new.person");
    ada["password"] = json!("a-password-of-her-own");
    let made = office.make("Users", &ada);
    for path in [
        "Users".to_owned(),
        format!("Users/{}", made["id"].as_str().expect("an id")),
    ] {
        let shown = office.call("GET", &path, None, &Value::Null);
        assert!(
            !String::from_utf8_lossy(&shown.body).contains("a-password-of-her-own"),
            "{path}"
        );
    }
    let scope = reference::FIELD_SERVICE_SCOPES[0];
    let form = format!("grant_type=password&username=new.person&password=a-password-of-her-own&scope={scope}");
    let secret = published_secret("password-taker");
    assert_eq!(office.token_request("password-taker", &secret, &form).status, 200);
}
