//! Landscapes made by strategies: random users, clients, scopes, audiences, leeways and switches, around one client that does all right.
//!
//! A [`Plan`] is what a strategy draws and a failure shows; a [`World`] is what a law works on.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use proptest::sample::{Index, subsequence};
use serde_json::{Value, json};
use tenantproof_harness::token::{Algorithm, Alteration, Draft, SigningKey, forge};
use tenantproof_mocks::answer::render;
use tenantproof_mocks::decide::{Decision, decide};
use tenantproof_mocks::env::Env;
use tenantproof_mocks::idcs::token_endpoint::PATH as TOKEN_PATH;
use tenantproof_mocks::jose::key::Certificate;
use tenantproof_mocks::keys;
use tenantproof_mocks::landscape::builder::{LandscapeBuilder, certificate};
use tenantproof_mocks::landscape::connection::{Connection, TriggerPolicy};
use tenantproof_mocks::landscape::instance::{Integration, Operation, Step};
use tenantproof_mocks::landscape::profile::{Profile, ProfileName, SWITCHES, switch};
use tenantproof_mocks::landscape::{
    AgentOutcome, App, CLIENT_CREDENTIALS, Domain, Instance, JWT_BEARER, Landscape, Pod, Resource, SHARED_ISSUER,
};
use tenantproof_mocks::rule::defect::Active;
use tenantproof_mocks::state::State;
use tenantproof_mocks::wire::{Channel, Request, Response};
use url::form_urlencoded;

/// Switches of which a value shuts a pod to everybody, whatever they bring: they stay as they are.
const CLOSING: [&str; 2] = [switch::LOCATION_ACCESS, switch::AGENT_AUTHORIZATION];

/// What is drawn.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    profile: ProfileName,
    /// For each switch, which of its values.
    switches: Vec<Index>,
    issuer: String,
    leeway: u64,
    users: BTreeSet<String>,
    clients: BTreeSet<String>,
    secret: String,
    alias: String,
    resources: Vec<(String, BTreeSet<String>)>,
    /// Which scopes the client may ask for, of all there are.
    allowed: Vec<String>,
    now: u64,
    seed: [u8; 32],
    user: Index,
    client: Index,
}

/// A landscape with a client in it that can do everything right.
#[derive(Debug)]
pub(crate) struct World {
    pub(crate) landscape: Landscape,
    pub(crate) now: u64,
    pub(crate) seed: [u8; 32],
    /// The host name of the domain.
    pub(crate) domain: String,
    /// The host name of the pod.
    pub(crate) pod: String,
    /// The host names of the integration instance: its own, and that of its region.
    pub(crate) instance: [String; 2],
    /// The id of the client.
    pub(crate) client: String,
    pub(crate) secret: String,
    /// The name of its certificate.
    pub(crate) alias: String,
    /// A user of domain and pod.
    pub(crate) user: String,
    /// The scopes that it may ask for.
    pub(crate) allowed: Vec<String>,
    /// All resources: audience and full scopes.
    pub(crate) resources: Vec<(String, Vec<String>)>,
}

/// The agent of the pod.
const AGENT: &str = "HELPER";
/// Where jobs of the agent are started.
pub(crate) const AGENT_PATH: &str = "/api/fusion-ai/orchestrator/agent/v2/HELPER/invokeAsync";
/// The page that names the user.
pub(crate) const PAGE_PATH: &str = "/hcmRestApi/resources/11.13.18.05/selfDetails";

/// The client's key, as the harness holds it.
pub(crate) static CLIENT_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::from_pem(&keys::rfc7515().to_pem()).expect("a published key is read"));

/// Certificates cost a signature each, so they are made once and renamed.
static CLIENT_CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| certificate("client", &keys::rfc7515()));
static OTHER_CERTIFICATE: LazyLock<Certificate> = LazyLock::new(|| certificate("other", &keys::rfc7516_a1()));
static DOMAIN: LazyLock<Domain> = LazyLock::new(|| Domain::new("home", keys::rfc9500()));

/// Draws a plan.
pub(crate) fn plans() -> impl Strategy<Value = Plan> {
    // Some scopes have a twin in other letter case, which is another scope.
    let twins = |(mut scopes, has_twin): (BTreeSet<String>, bool)| {
        let twin = scopes.first().map(|scope| scope.to_uppercase()).filter(|_| has_twin);
        scopes.extend(twin);
        scopes
    };
    let resources = prop::collection::btree_map(
        "(urn:[a-z]{1,6}(:[a-zA-Z0-9]{1,4}){0,2}|https://[a-z]{1,6}\\.example:443)",
        (prop::collection::btree_set("[/a-zA-Z:.~-]{1,4}", 1..4), any::<bool>()).prop_map(twins),
        1..4,
    );
    let names = prop::collection::btree_set("[a-zA-ZÀ-ž]\\PC{0,12}", 1..4);
    let clients = prop::collection::btree_set("[a-z]{1,8}", 1..4);
    let profile = prop::sample::select(&ProfileName::ALL[..]);
    let issuer = prop_oneof![Just(SHARED_ISSUER.to_owned()), "https://[a-z]{1,8}\\.example/?"];
    let switches = prop::collection::vec(any::<Index>(), SWITCHES.len());
    let people = (names, clients, "\\PC{1,24}", "[A-Za-z0-9._-]{1,12}");
    let resources = resources
        .prop_filter("one text would be a scope of two resources", |resources| {
            let all = full_scopes(resources);
            all.iter().collect::<BTreeSet<_>>().len() == all.len()
        })
        .prop_flat_map(|resources| {
            let all = full_scopes(&resources);
            let some = subsequence(all.clone(), 1..=all.len());
            (Just(resources), some)
        });
    let picks = (any::<Index>(), any::<Index>());
    let moment = (1_000_000_000_u64..4_000_000_000, any::<[u8; 32]>());
    (profile, switches, issuer, 0_u64..600, people, resources, moment, picks).prop_map(
        |(profile, switches, issuer, leeway, people, resources, moment, picks)| Plan {
            profile,
            switches,
            issuer,
            leeway,
            users: people.0,
            clients: people.1,
            secret: people.2,
            alias: people.3,
            resources: resources.0.into_iter().collect(),
            allowed: resources.1,
            now: moment.0,
            seed: moment.1,
            user: picks.0,
            client: picks.1,
        },
    )
}

fn full_scopes<'a>(resources: impl IntoIterator<Item = (&'a String, &'a BTreeSet<String>)>) -> Vec<String> {
    let all = resources.into_iter().flat_map(|(audience, scopes)| {
        let full = move |scope: &String| format!("{audience}{scope}");
        scopes.iter().map(full)
    });
    all.collect()
}

impl Plan {
    /// Builds what was drawn.
    pub(crate) fn world(&self) -> World {
        let mut profile = Profile::whole(self.profile);
        for (switch, pick) in SWITCHES.iter().zip(&self.switches) {
            if CLOSING.contains(&switch.name) {
                continue;
            }
            let value = pick.get(switch.values);
            profile.set(switch.name, value).expect("the value is of the table");
        }
        let (user, client) = (self.user.index(self.users.len()), self.client.index(self.clients.len()));
        let user = self.users.iter().nth(user).expect("the index is in range");
        let client = self.clients.iter().nth(client).expect("the index is in range");

        let mut pod = Pod::new("LAW1", 1).agent(AGENT, AgentOutcome::Complete);
        let roles = Pod::roles_for(&[AGENT]);
        let roles: Vec<&str> = roles.iter().map(String::as_str).collect();
        let mut domain = Domain {
            leeway: self.leeway,
            issuer: self.issuer.clone(),
            ..DOMAIN.clone()
        };
        for name in &self.users {
            domain = domain.user_named(name, name);
            pod = pod.user_named(name, name, &roles);
        }
        for resource in pod.resources() {
            domain = domain.resource(resource);
        }
        for (audience, scopes) in &self.resources {
            domain = domain.resource(Resource {
                name: audience.clone(),
                audience: audience.clone(),
                secondary_audiences: Vec::new(),
                scopes: scopes.iter().cloned().collect(),
                ..Resource::default()
            });
        }
        let instance = instance();
        domain = domain.instance(&instance);
        let of_pod = [pod.agent_scope(), pod.pages_scope()];
        let scopes: Vec<&str> = self.allowed.iter().chain(&of_pod).map(String::as_str).collect();
        for name in &self.clients {
            let app = App::new(name)
                .secret(&self.secret)
                .grants(&[CLIENT_CREDENTIALS, JWT_BEARER])
                .scopes(&scopes)
                .certificate(renamed(&OTHER_CERTIFICATE, &format!("not-{}", self.alias)))
                .certificate(renamed(&CLIENT_CERTIFICATE, &self.alias));
            domain = domain.app(App {
                on_behalf_of: true,
                ..app
            });
        }
        let (domain_host, pod_host) = (domain.host.clone(), pod.host.clone());
        let instance_hosts = [instance.host.clone(), instance.design_host.clone()];
        World {
            landscape: LandscapeBuilder::default()
                .profile(profile)
                .domain(domain)
                .pod(pod, "home")
                .instance(instance)
                .build()
                .expect("a plan holds together"),
            now: self.now,
            seed: self.seed,
            domain: domain_host,
            pod: pod_host,
            instance: instance_hosts,
            client: App::new(client).client_id,
            secret: self.secret.clone(),
            alias: self.alias.clone(),
            user: user.clone(),
            allowed: self.allowed.clone(),
            resources: self
                .resources
                .iter()
                .map(|(audience, scopes)| (audience.clone(), full_scopes([(audience, scopes)])))
                .collect(),
        }
    }
}

/// An instance with an integration that answers what it is sent.
fn instance() -> Instance {
    let trigger = "TRIGGER";
    Instance::new("law", "us-ashburn-1", "home")
        .connection(Connection::trigger(trigger, TriggerPolicy::OAuth))
        .integration(Integration {
            code: "HELLO".to_owned(),
            version: "01.00.0000".to_owned(),
            name: "hello".to_owned(),
            project: None,
            active: true,
            locked: false,
            trigger: trigger.to_owned(),
            operations: vec![Operation {
                method: "POST",
                path: "greeting".to_owned(),
                does: Step::Echo,
            }],
        })
}

fn renamed(certificate: &Certificate, alias: &str) -> Certificate {
    Certificate {
        alias: alias.to_owned(),
        ..certificate.clone()
    }
}

impl World {
    /// The domain.
    pub(crate) fn domain(&self) -> &Domain {
        &self.landscape.domains[&self.domain]
    }

    /// A header that names the client's key under every profile.
    pub(crate) fn header(&self) -> Vec<(String, Value)> {
        let header = [("alg", json!("RS256")), ("kid", json!(self.alias))];
        header.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// Claims that are accepted under every switch.
    pub(crate) fn claims(&self) -> Vec<(String, Value)> {
        let claims = [
            ("iss", json!(self.client)),
            ("sub", json!(self.user)),
            ("aud", json!(self.domain().issuer)),
            ("iat", json!(self.now)),
            ("nbf", json!(self.now)),
            ("exp", json!(self.now + 300)),
            ("jti", json!("one of a kind")),
        ];
        claims.map(|(name, value)| (name.to_owned(), value)).to_vec()
    }

    /// An assertion that is accepted, but for the alterations.
    pub(crate) fn assertion(&self, alterations: &[Alteration]) -> String {
        signed(self.header(), self.claims(), alterations)
    }

    /// The request that exchanges an assertion.
    pub(crate) fn exchange(&self, assertion: &str) -> Request {
        self.exchange_for(assertion, &self.allowed[0])
    }

    /// The request that exchanges an assertion for a token of this scope.
    pub(crate) fn exchange_for(&self, assertion: &str, scope: &str) -> Request {
        self.token_request(&[("grant_type", JWT_BEARER), ("assertion", assertion), ("scope", scope)])
    }

    /// The request of a client that acts for itself.
    pub(crate) fn client_credentials(&self, scope: &str) -> Request {
        self.token_request(&[("grant_type", CLIENT_CREDENTIALS), ("scope", scope)])
    }

    /// A token request with the client's own credentials.
    pub(crate) fn token_request(&self, form: &[(&str, &str)]) -> Request {
        let encoded = |text: &str| form_urlencoded::byte_serialize(text.as_bytes()).collect::<String>();
        let basic = STANDARD.encode(format!("{}:{}", encoded(&self.client), encoded(&self.secret)));
        let headers = [
            ("authorization", format!("Basic {basic}")),
            ("content-type", "application/x-www-form-urlencoded".to_owned()),
        ];
        Request {
            method: "POST".to_owned(),
            site: self.domain.clone(),
            path: TOKEN_PATH.to_owned(),
            query: None,
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body: form_urlencoded::Serializer::new(String::new())
                .extend_pairs(form)
                .finish()
                .into_bytes(),
            channel: Channel::Protected,
            client_certificate: None,
        }
    }

    /// The request for the page that names the user.
    pub(crate) fn page(&self, token: &str) -> Request {
        self.call("GET", PAGE_PATH, token, "")
    }

    /// A request to the pod.
    pub(crate) fn call(&self, method: &str, path: &str, token: &str, body: &str) -> Request {
        let headers = [
            ("authorization", format!("Bearer {token}")),
            ("content-type", "application/json".to_owned()),
        ];
        Request {
            method: method.to_owned(),
            site: self.pod.clone(),
            path: path.to_owned(),
            query: None,
            headers: headers.map(|(name, value)| (name.to_owned(), value)).to_vec(),
            body: body.as_bytes().to_vec(),
            channel: Channel::Protected,
            client_certificate: None,
        }
    }

    /// What is decided now, with nothing that happened before.
    pub(crate) fn decide(&self, request: &Request) -> Decision {
        self.decide_at(self.now, request)
    }

    /// What is decided at another time.
    pub(crate) fn decide_at(&self, now: u64, request: &Request) -> Decision {
        let env = Env::new(now, self.seed);
        decide(&self.landscape, &State::default(), &env, request, &Active::NONE)
    }

    /// What is answered now. The same request always gets the same bytes.
    pub(crate) fn answer(&self, request: &Request) -> Response {
        render(&self.decide(request).answer)
    }

    /// The audiences that an assertion may name here: the table of the switch, stated once more.
    pub(crate) fn accepted_audiences(&self) -> Vec<String> {
        let (issuer, url) = (self.domain().issuer.clone(), format!("https://{}", self.domain));
        match self.landscape.profile.value(switch::ASSERTION_AUDIENCE) {
            "constant-only" => vec![issuer],
            "issuer-or-token-endpoint" => vec![issuer, format!("{url}{TOKEN_PATH}")],
            _ => {
                let bare = issuer.strip_suffix('/').unwrap_or(&issuer).to_owned();
                vec![bare, issuer, format!("{url}/"), url]
            }
        }
    }
}

/// A token of these members, signed by the client.
pub(crate) fn signed(header: Vec<(String, Value)>, claims: Vec<(String, Value)>, alterations: &[Alteration]) -> String {
    let draft = Draft {
        header: header.into_iter().collect(),
        claims: claims.into_iter().collect(),
        algorithm: Algorithm::Rs256,
    };
    forge(&draft, &CLIENT_KEY, alterations)
        .expect("the alterations fit the draft")
        .compact
}

/// Any JSON value, three levels deep.
pub(crate) fn json_values() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "\\PC{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 12, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec(("[a-z]{1,4}", inner), 0..4)
                .prop_map(|members| Value::Object(members.into_iter().collect())),
        ]
    })
}
