//! The connections of the reference landscape from integration instances to Fusion: each policy with its application in the domain, in the
//! same domain and across two, and one connection for every way to fail.

use serde_json::json;

use crate::jose::key::SigningKey;
use crate::landscape::builder::{certificate, trust};
use crate::landscape::connection::{Adapter, Connection, Outbound, Policy, Rotation, Subject};
use crate::landscape::instance::{DEVELOPER_SCOPE, Instance, Integration, Operation, RUN_SCOPE, Step};
use crate::landscape::{
    AUTHORIZATION_CODE, App, CLIENT_CREDENTIALS, Domain, EVENTS_ROLE, JWT_BEARER, Pod, REFRESH_TOKEN, Resource,
    SERVICE_CATALOGUE_PRIVILEGE, SHARED_ISSUER, SIGNING_KEY_ID, Secret,
};

/// The account that connections act for where they do not act for their caller.
pub const ACCOUNT: &str = "integration.account";
/// What integrations and connection tests ask of Fusion: who is calling.
pub const SELF_DETAILS: &str = "/hcmRestApi/resources/11.13.18.05/selfDetails";
/// A user who could be the account, but for the role of events.
const NO_EVENTS: &str = "no-events.example";
/// One who could be it, but for the privilege of the catalogue of services.
const NO_CATALOGUE: &str = "no-catalogue.example";
/// For how long tokens live whose refreshing is shown, in seconds: so short that every call refreshes.
const SHORT_LIFE: u64 = 20;
/// The alias of the certificate over the key of the connections.
const ALIAS: &str = "connection-2026";
/// The application of connections by assertion.
const PROPAGATING: &str = "connection-by-assertion";
/// That of connections by client credentials.
const FOR_ITSELF: &str = "connection-by-client";
/// That of connections by consent.
const BY_CONSENT: &str = "connection-by-consent";

/// A pod with the account, and with the client of connections as a user, whose name is its client id (OIC-225).
pub fn with_accounts(pod: Pod) -> Pod {
    let client = App::new(FOR_ITSELF).client_id;
    pod.user_named(ACCOUNT, "Ina Account", &[EVENTS_ROLE, SERVICE_CATALOGUE_PRIVILEGE])
        .user_named(&client, "Integration Client", &[])
        .user_named(NO_EVENTS, "Nils Noevents", &[SERVICE_CATALOGUE_PRIVILEGE])
        .user_named(NO_CATALOGUE, "Carla Nocatalogue", &[EVENTS_ROLE])
}

/// The other pod, which trusts the second domain by its certificate and the issuer that all domains share (OIC-217, OIC-219).
pub fn trusting(pod: Pod, second: &Domain) -> Pod {
    let mut pod = pod
        .user_named("ada.example", "Ada Elsewhere", &[])
        .user_named(ACCOUNT, "Ina Account", &[]);
    pod.trusted
        .push(trust(SHARED_ISSUER, SIGNING_KEY_ID, &second.signing.certificate));
    pod
}

/// Adds the applications of connections to the home domain.
pub fn home_applications(
    home: Domain,
    instance: &Instance,
    pod: &Pod,
    key: &SigningKey,
    secret_of: &dyn Fn(&str) -> String,
) -> Domain {
    let scope = pod.pages_scope();
    let app = |name: &str, grants: &[&str]| {
        App::new(name)
            .secret(&secret_of(name))
            .grants(grants)
            .scopes(&[scope.as_str()])
    };
    let callback = format!("https://{}/icsapis/agent/oauth/callback", instance.host);
    let mut home = home
        .user_named(ACCOUNT, "Ina Account")
        .app(app(PROPAGATING, &[JWT_BEARER]).certificate(certificate(ALIAS, key)))
        .app(app(FOR_ITSELF, &[CLIENT_CREDENTIALS]))
        .user_named(NO_EVENTS, "Nils Noevents")
        .user_named(NO_CATALOGUE, "Carla Nocatalogue")
        .resource(Resource {
            name: format!("Fusion {} for a short time", pod.name),
            audience: short_lived_audience(pod),
            scopes: vec![pod.adf_scope.clone()],
            token_life: Some(SHORT_LIFE),
            offline_allowed: true,
            ..Resource::default()
        })
        .app(
            app(BY_CONSENT, &[AUTHORIZATION_CODE, REFRESH_TOKEN])
                .scopes(&[scope.as_str(), &short_lived_scope(pod)])
                .redirects(&[callback.as_str()]),
        );
    if let Some(account) = home.users.get_mut(ACCOUNT) {
        account.password = Some(Secret::new(&secret_of(ACCOUNT)));
    }
    home
}

/// Adds to the second domain what Fusion is to it (OIC-212), the applications of connections, and who calls its instance.
pub fn second_applications(
    second: Domain,
    instance: &Instance,
    pods: [&Pod; 2],
    keys: (&SigningKey, &SigningKey),
    secret_of: &dyn Fn(&str) -> String,
) -> Domain {
    let scopes = pods.map(foreign_scope);
    let scopes = scopes.each_ref().map(String::as_str);
    let own = [RUN_SCOPE, DEVELOPER_SCOPE].map(|value| instance.scope(value));
    let own = own.each_ref().map(String::as_str);
    let (connections, callers) = keys;
    let second = pods.into_iter().fold(second, |second, pod| {
        second.resource(Resource {
            name: format!("Fusion {} from another domain", pod.name),
            audience: format!("https://{}:443", pod.host),
            scopes: vec![pod.adf_scope.clone()],
            offline_allowed: true,
            ..Resource::default()
        })
    });
    second
        .user_named(ACCOUNT, "Ina Account")
        .app(
            App::new(PROPAGATING)
                .secret(&secret_of("connection-of-second"))
                .grants(&[JWT_BEARER])
                .scopes(&scopes)
                .certificate(certificate(ALIAS, connections)),
        )
        .instance(instance)
        .app(
            App::new("second-caller")
                .secret(&secret_of("second-caller"))
                .grants(&[CLIENT_CREDENTIALS, JWT_BEARER])
                .scopes(&own)
                .certificate(certificate("backend-2026", callers)),
        )
        .instance_role_of_app(instance, "second-caller", "ServiceDeveloper")
        .instance_role_of_user(instance, "ada.example", "ServiceInvoker")
}

/// The audience of the resource whose tokens are refreshed by every call: one of the pod's that no other resource has.
fn short_lived_audience(pod: &Pod) -> String {
    format!("https://{}", pod.host)
}

/// Its scope.
fn short_lived_scope(pod: &Pod) -> String {
    format!("{}{}", short_lived_audience(pod), pod.adf_scope)
}

/// The scope of a pod's classic stack in a domain that is not the pod's.
fn foreign_scope(pod: &Pod) -> String {
    format!("https://{}:443{}", pod.host, pod.adf_scope)
}

/// What connections are made of.
struct Kit<'a> {
    domain: &'a str,
    pod: &'a Pod,
    scope: String,
    key: &'a SigningKey,
    secret: String,
}

impl Kit<'_> {
    fn outbound(&self, app: &str, secret: &str, policy: Policy) -> Outbound {
        Outbound {
            target: self.pod.host.clone(),
            adapter: Adapter::Rest,
            domain: Domain::host_named(self.domain),
            client_id: App::new(app).client_id,
            secret: Secret::new(secret),
            scope: self.scope.clone(),
            policy,
        }
    }

    /// By assertion, in the name of this subject.
    fn asserting(&self, subject: Subject, payload: &str) -> Outbound {
        let header = json!({ "alg": "RS256", "typ": "JWT", "kid": ALIAS }).to_string();
        let policy = Policy::UserAssertion {
            header,
            payload: payload.to_owned(),
            key: self.key.clone(),
            subject,
        };
        self.outbound(PROPAGATING, &self.secret, policy)
    }
}

/// A payload file as the guide has it, made JSON: its times are long past, which does not matter (OIC-173, OIC-175).
fn payload(subject: &str) -> String {
    json!({
        "iss": App::new(PROPAGATING).client_id,
        "sub": subject,
        "aud": SHARED_ISSUER,
        "exp": 1_600_000_000,
        "iat": 1_600_000_000,
        "jti": "copied-from-the-guide",
    })
    .to_string()
}

/// Adds connections to Fusion to the instance of the flows.
pub fn connections(
    instance: Instance,
    pod: &Pod,
    keys: (&SigningKey, &SigningKey),
    secret_of: &dyn Fn(&str) -> String,
) -> Instance {
    let (key, stranger) = keys;
    let kit = Kit {
        domain: "home",
        pod,
        scope: pod.pages_scope(),
        key,
        secret: secret_of(PROPAGATING),
    };
    let of_account = || kit.asserting(Subject::OfFile, &payload(ACCOUNT));
    let without = |name: &str| {
        let mut members: serde_json::Map<String, serde_json::Value> =
            serde_json::from_str(&payload(ACCOUNT)).expect("what was just written is JSON");
        members.remove(name);
        serde_json::Value::Object(members).to_string()
    };
    let with_principal = {
        let mut members: serde_json::Value =
            serde_json::from_str(&payload(ACCOUNT)).expect("what was just written is JSON");
        members["prn"] = json!(ACCOUNT);
        members["aud"] = json!([SHARED_ISSUER, "oauth.idm.oracle.com"]);
        members.to_string()
    };
    // The sample of the guide as it was printed: a comma is missing.
    let as_printed = "{\n\"iss\": \"client\"\n\"sub\": \"user\",\n\"aud\": \"https://identity.oraclecloud.com/\",\n\"exp\": \"1\"\n}";
    let by_consent = |adapter| Outbound {
        adapter,
        ..kit.outbound(
            BY_CONSENT,
            &secret_of(BY_CONSENT),
            Policy::AuthorizationCode(Rotation::Followed),
        )
    };
    // For these the id of the connection is the code of the integration that asks through it too.
    let short_lived = |adapter, rotation| Outbound {
        adapter,
        scope: short_lived_scope(pod),
        ..kit.outbound(BY_CONSENT, &secret_of(BY_CONSENT), Policy::AuthorizationCode(rotation))
    };
    let for_erp = |user: &str| Outbound {
        adapter: Adapter::Erp,
        ..kit.asserting(Subject::OfFile, &payload(user))
    };
    let all = [
        ("FUSION_AS_CALLER", kit.asserting(Subject::Caller, &payload(ACCOUNT))),
        ("FUSION_AS_ACCOUNT", of_account()),
        (
            "FUSION_AS_CLIENT",
            kit.outbound(FOR_ITSELF, &secret_of(FOR_ITSELF), Policy::ClientCredentials),
        ),
        ("FUSION_BY_CONSENT", by_consent(Adapter::Rest)),
        ("FUSION_BY_CONSENT_BUILT", by_consent(Adapter::Built)),
        ("REFRESHING", short_lived(Adapter::Rest, Rotation::Followed)),
        ("REFRESHING_TWICE", short_lived(Adapter::Rest, Rotation::Missed)),
        ("REFRESHING_TWICE_BUILT", short_lived(Adapter::Built, Rotation::Missed)),
        ("ERP", for_erp(ACCOUNT)),
        ("ERP_NO_EVENTS", for_erp(NO_EVENTS)),
        ("ERP_NO_CATALOGUE", for_erp(NO_CATALOGUE)),
        ("FUSION_WITH_PRINCIPAL", kit.asserting(Subject::OfFile, &with_principal)),
        (
            "NO_FUSION_USER",
            kit.asserting(Subject::OfFile, &payload("domain-only.example")),
        ),
        (
            "NO_DOMAIN_USER",
            kit.asserting(Subject::OfFile, &payload("nobody.example")),
        ),
        (
            "NO_PRIVILEGE",
            kit.asserting(Subject::OfFile, &payload("no-page.example")),
        ),
        (
            "USER_WHO_LEFT",
            kit.asserting(Subject::OfFile, &payload("left.example")),
        ),
        (
            "WRONG_SECRET",
            Outbound {
                secret: Secret::new("not the secret of this client"),
                ..of_account()
            },
        ),
        (
            "WRONG_KEY",
            Kit {
                key: stranger,
                secret: secret_of(PROPAGATING),
                scope: kit.scope.clone(),
                ..kit
            }
            .asserting(Subject::OfFile, &payload(ACCOUNT)),
        ),
        (
            "OTHER_SCOPE",
            Outbound {
                scope: pod.agent_scope(),
                ..of_account()
            },
        ),
        (
            "NO_SUCH_HOST",
            Outbound {
                target: "fa-nowhere.fa.example".to_owned(),
                ..of_account()
            },
        ),
        ("PAYLOAD_AS_PRINTED", kit.asserting(Subject::OfFile, as_printed)),
        ("PAYLOAD_WITHOUT_END", kit.asserting(Subject::OfFile, &without("exp"))),
        (
            "PAYLOAD_WITHOUT_ISSUER",
            kit.asserting(Subject::OfFile, &without("iss")),
        ),
    ];
    let instance = all.into_iter().fold(instance, |instance, (id, outbound)| {
        instance.connection(Connection::outbound(id, outbound))
    });
    let instance = instance
        .connection(Connection {
            configured: false,
            ..Connection::outbound("NOT_FILLED_IN", of_account())
        })
        .connection(Connection {
            locked: true,
            ..Connection::outbound("LOCKED", of_account())
        })
        .connection(Connection {
            project: Some("SALES".to_owned()),
            ..Connection::outbound("FUSION_IN_PROJECT", of_account())
        });
    let instance = ["REFRESHING", "REFRESHING_TWICE", "REFRESHING_TWICE_BUILT"]
        .into_iter()
        .fold(instance, |instance, way| asking(instance, way, way));
    ["AS_CALLER", "AS_ACCOUNT", "AS_CLIENT", "BY_CONSENT"]
        .into_iter()
        .fold(instance, |instance, way| {
            asking(instance, &format!("FUSION_{way}"), &format!("WHO_AM_I_{way}"))
        })
}

/// Adds connections to Fusion to the instance of the second domain: to a pod that trusts it, and to one that does not.
pub fn second_connections(
    instance: Instance,
    trusting: &Pod,
    other: &Pod,
    key: &SigningKey,
    secret_of: &dyn Fn(&str) -> String,
) -> Instance {
    let kit = |pod| Kit {
        domain: "second",
        pod,
        scope: foreign_scope(pod),
        key,
        secret: secret_of("connection-of-second"),
    };
    let (trusting, other) = (kit(trusting), kit(other));
    let instance = instance
        .connection(Connection::outbound(
            "FUSION_ACROSS",
            trusting.asserting(Subject::Caller, &payload(ACCOUNT)),
        ))
        .connection(Connection::outbound(
            "FUSION_ACROSS_AS_ACCOUNT",
            trusting.asserting(Subject::OfFile, &payload(ACCOUNT)),
        ))
        .connection(Connection::outbound(
            "FUSION_UNTRUSTING",
            other.asserting(Subject::OfFile, &payload(ACCOUNT)),
        ))
        // Known to Fusion, unknown to the domain that issues: there is no shadow user (OIC-220).
        .connection(Connection::outbound(
            "NO_SHADOW_USER",
            trusting.asserting(Subject::OfFile, &payload("grace.example")),
        ));
    // The one at the end of the ladder (seed 004): its user, the domain and the pod know nothing of each other yet.
    let instance = instance.connection(Connection::outbound(
        "UP_THE_LADDER",
        Outbound {
            adapter: Adapter::Erp,
            ..other.asserting(Subject::OfFile, &payload("grace.example"))
        },
    ));
    let instance = asking(instance, "UP_THE_LADDER", "UP_THE_LADDER");
    let instance = asking(instance, "FUSION_ACROSS", "WHO_AM_I_AS_CALLER");
    let instance = asking(instance, "FUSION_ACROSS_AS_ACCOUNT", "WHO_AM_I_AS_ACCOUNT");
    asking(instance, "FUSION_UNTRUSTING", "WHO_AM_I_UNTRUSTED")
}

/// Adds an integration that asks Fusion who is calling.
fn asking(instance: Instance, connection: &str, code: &str) -> Instance {
    instance.integration(Integration {
        code: code.to_owned(),
        version: "01.00.0000".to_owned(),
        name: code.to_lowercase().replace('_', " "),
        project: None,
        active: true,
        locked: false,
        trigger: "HELLO_TRIGGER".to_owned(),
        operations: vec![Operation {
            method: "GET",
            path: "me".to_owned(),
            does: Step::Ask {
                connection: connection.to_owned(),
                path: SELF_DETAILS.to_owned(),
            },
        }],
    })
}
