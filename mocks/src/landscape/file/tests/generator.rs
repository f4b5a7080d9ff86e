//! Landscapes that follow from a seed. Every record is made field by field, so that one which files do not know yet does not compile.

use super::super::*;
use serde_json::{Map, json};

use crate::jose::key::Certificate;
use crate::landscape::builder::{self, certificate, id_of, plain_grant, signing};
use crate::landscape::connection::{
    Adapter, Connection, ConnectionRole, Outbound, Policy, Rotation, Subject, Trigger, TriggerPolicy,
};
use crate::landscape::directory::{
    AppRole, Directory, Grant, Grantee, Group, Meta, Settings, StayingSignedIn, StoredCertificate,
};
use crate::landscape::domain_roles::{DOMAIN_APP, ROLES};
use crate::landscape::instance::{Integration, Operation, Step};
use crate::landscape::pod_records::{self, Trace};
use crate::landscape::profile::{Profile, SWITCHES};
use crate::landscape::trust_list::{InboundCertificate, Provider, TokenType, TrustList, TrustService};
use crate::landscape::{
    Agent, AgentOutcome, App, ClaimMode, ClaimTokens, ClientType, CustomClaim, Domain, DomainType, ForeignToken, Pod,
    PodUser, PropagationTrust, Resource, Secret, TrustScope, TrustedIssuer, User, UserStatus,
};

/// Numbers that follow from a seed.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit
    }

    fn coin(&mut self) -> bool {
        self.below(2) == 0
    }

    fn one<T: Clone>(&mut self, of: &[T]) -> T {
        of[self.below(of.len())].clone()
    }

    fn number(&mut self) -> u64 {
        self.one(&[0, 1, 300, 1_797_768_000, (1 << 53) - 1])
    }

    fn maybe<T>(&mut self, make: impl FnOnce(&mut Self) -> T) -> Option<T> {
        self.coin().then(|| make(self))
    }

    fn text(&mut self) -> String {
        let texts = [
            "",
            "a",
            "Grüße/~1 \"quoted\"",
            "two\nlines\u{0}",
            "\u{1f511}",
            "urn:x:y/",
        ];
        self.one(&texts).to_owned()
    }

    fn texts(&mut self) -> Vec<String> {
        (0..self.below(3)).map(|_| self.text()).collect()
    }

    fn meta(&mut self) -> Meta {
        Meta {
            created: self.number(),
            modified: self.number(),
            version: self.number(),
        }
    }

    fn more(&mut self) -> Map<String, Value> {
        let some = json!({ "urn:x": [1, null, { "deep": true }], "text": "ü" });
        if self.coin() {
            some.as_object().cloned().unwrap_or_default()
        } else {
            Map::new()
        }
    }

    fn certificate(&mut self, alias: &str) -> Certificate {
        let named = keyring()["client"].clone();
        match self.below(4) {
            0 => certificate(alias, &named),
            1 => Certificate::self_signed(alias, &named, "another name", 1_000_000, 2_000_000_000),
            2 => Certificate::self_signed(alias, &crate::keys::rfc7517(), alias, 0, 1),
            _ => Certificate::issued("idcs-x", &named, &crate::keys::rfc7517(), 5, 4_000_000_000),
        }
    }
}

/// The keys that generated files name; others are written where they are used.
pub(super) fn keyring() -> Keyring {
    Keyring::from([
        ("domain".to_owned(), crate::keys::rfc9500()),
        ("client".to_owned(), crate::keys::rfc7515()),
    ])
}

// Everything below names every field on purpose: whoever adds one is told to add it here, and so to the file.

fn a_resource(draw: &mut Draw, name: &str) -> Resource {
    Resource {
        name: draw.text(),
        audience: format!("urn:{name}"),
        secondary_audiences: draw.texts(),
        scopes: vec!["/".to_owned(), "/use".to_owned()],
        consent_scopes: draw.texts(),
        token_life: draw.maybe(Draw::number),
        refresh_life: draw.maybe(Draw::number),
        offline_allowed: draw.coin(),
    }
}

fn an_app(draw: &mut Draw, name: &str) -> App {
    App {
        client_id: if draw.coin() {
            id_of(&format!("client {name}"))
        } else {
            format!("id of {name}")
        },
        display_name: name.to_owned(),
        guid: if draw.coin() {
            id_of(&format!("app {name}"))
        } else {
            id_of(&format!("other {name}"))
        },
        is_client: draw.coin(),
        secret: draw.maybe(|_| Secret::new("s3cret\n\"of\" a client")),
        client_type: draw.one(&[ClientType::Confidential, ClientType::Trusted, ClientType::Public]),
        active: draw.coin(),
        grants: draw.texts(),
        allowed_scopes: if draw.coin() {
            vec!["urn:resource/use".to_owned()]
        } else {
            Vec::new()
        },
        trust_scope: draw.one(&[TrustScope::Explicit, TrustScope::Account, TrustScope::Tags]),
        certificates: (0..draw.below(3)).map(|_| draw.certificate("alias")).collect(),
        on_behalf_of: draw.coin(),
        limited_to_networks: draw.coin(),
        may_introspect: draw.coin(),
        secret_allowed: draw.coin(),
        secret_version: draw.number(),
        redirect_uris: draw.texts(),
        plain_http_allowed: draw.coin(),
        post_logout_redirect_uris: draw.texts(),
        consent_bypassed: draw.coin(),
        resource: (name == "resource").then(|| a_resource(draw, name)),
        meta: draw.meta(),
        more: draw.more(),
    }
}

fn a_user(draw: &mut Draw, name: &str) -> User {
    let status = draw.one(&[UserStatus::Active, UserStatus::Locked, UserStatus::Deactivated]);
    let display_name = draw.text();
    if draw.coin() {
        return User::named(name, &display_name, status);
    }
    User {
        name: name.to_owned(),
        display_name,
        guid: id_of(&format!("another {name}")),
        status,
        password: draw.maybe(|_| Secret::new("p4ssword")),
        second_factor: draw.coin(),
        email: draw.text(),
        names: (draw.text(), draw.text()),
        meta: draw.meta(),
        more: draw.more(),
    }
}

fn a_directory(draw: &mut Draw, apps: &[App], users: &[User]) -> Directory {
    let role = AppRole {
        id: if draw.coin() {
            app::OwnRole::id_of(&apps[0].guid, "Invoker")
        } else {
            id_of("some role")
        },
        name: "Invoker".to_owned(),
        app: if draw.coin() {
            apps[0].guid.clone()
        } else {
            id_of("an app that is gone")
        },
        meta: draw.meta(),
        more: draw.more(),
    };
    let group = Group {
        id: draw.one(&[id_of("group Staff"), id_of("another group")]),
        name: "Staff".to_owned(),
        members: users
            .iter()
            .map(|user| user.guid.clone())
            .chain([id_of("somebody gone")])
            .collect(),
        meta: draw.meta(),
        more: draw.more(),
    };
    let holders = [
        (Grantee::App, apps[0].guid.clone()),
        (Grantee::User, users[0].guid.clone()),
        (Grantee::Group, group.id.clone()),
        (Grantee::User, id_of("nobody")),
    ];
    let mut grants = Vec::new();
    for (grantee, to) in holders {
        grants.push(plain_grant(grantee, &to, DOMAIN_APP, draw.one(ROLES).id));
        grants.push(plain_grant(grantee, &to, &role.app, &role.id));
        grants.push(Grant {
            id: id_of(&format!("odd {to}")),
            mechanism: draw.text(),
            grantee,
            to,
            app: draw.one(&[DOMAIN_APP.to_owned(), role.app.clone()]),
            role: draw.maybe(|draw| draw.one(&[role.id.clone(), "unknown".to_owned()])),
            meta: draw.meta(),
            more: draw.more(),
        });
    }
    let mut store = |aliases: &[&str]| {
        let stored = aliases.iter().map(|alias| StoredCertificate {
            id: if draw.coin() {
                id_of(&format!("certificate {alias}"))
            } else {
                id_of(&format!("stored {alias}"))
            },
            certificate: draw.certificate(alias),
            meta: draw.meta(),
        });
        stored.map(|stored| (stored.id.clone(), stored)).collect()
    };
    let (client_certificates, partner_certificates) = (store(&["one", "two"]), store(&["three"]));
    let trusted_partner_certificates = store(&["four"]);
    let propagation_trusts = (0..draw.below(3)).map(|index| a_propagation_trust(draw, index));
    let propagation_trusts = propagation_trusts.map(|trust| (trust.id.clone(), trust)).collect();
    Directory {
        groups: [(group.id.clone(), group)].into(),
        app_roles: [(role.id.clone(), role)].into(),
        grants: grants.into_iter().map(|grant| (grant.id.clone(), grant)).collect(),
        client_certificates,
        partner_certificates,
        trusted_partner_certificates,
        propagation_trusts,
        settings: Settings {
            signing_keys_public: draw.coin(),
            account_always_trusted: draw.coin(),
            previous_issuer: draw.maybe(Draw::text),
            meta: draw.meta(),
            more: draw.more(),
        },
        staying_signed_in: StayingSignedIn {
            meta: draw.meta(),
            attributes: draw.more(),
        },
    }
}

fn a_propagation_trust(draw: &mut Draw, index: usize) -> PropagationTrust {
    PropagationTrust {
        issuer: format!("https://issuer{index}.example"),
        kind: draw.one(&ForeignToken::ALL).0,
        active: draw.coin(),
        certificate: draw.maybe(|draw| draw.certificate("issuer")),
        clients: draw.texts(),
        subject_claim: draw.maybe(|_| "email".to_owned()),
        clock_skew: draw.maybe(Draw::number),
        meta: draw.meta(),
        ..PropagationTrust::new(&format!("trust{index}"))
    }
}

fn a_claim(draw: &mut Draw, index: usize) -> CustomClaim {
    CustomClaim {
        name: format!("claim{index}"),
        values: draw.texts(),
        is_groups: draw.coin(),
        tokens: draw.one(&[ClaimTokens::Access, ClaimTokens::Identity, ClaimTokens::Both]),
        mode: draw.one(&[ClaimMode::Always, ClaimMode::Request, ClaimMode::Never]),
        scopes: draw.maybe(Draw::texts),
    }
}

fn a_domain(draw: &mut Draw, label: &str) -> Domain {
    let apps: Vec<App> = ["resource", "caller/~ \"", "z"].map(|name| an_app(draw, name)).into();
    let users: Vec<User> = ["ada", "Mary Ann"].map(|name| a_user(draw, name)).into();
    let key = draw.one(&[crate::keys::rfc9500(), crate::keys::rfc7520()]);
    let authority = draw.one(&[crate::keys::rfc9421_b12(), crate::keys::rfc7517()]);
    let stripe = draw.one(&[format!("idcs-{}", id_of(label)), "idcs-other".to_owned()]);
    Domain {
        label: label.to_owned(),
        host: draw.one(&[Domain::host_named(label), format!("{label}.example")]),
        published_at: draw.maybe(Draw::text),
        issuer: draw.one(&[
            crate::landscape::SHARED_ISSUER.to_owned(),
            "https://own.example/".to_owned(),
        ]),
        leeway: draw.number(),
        limited_as: draw.maybe(|draw| draw.one(&DomainType::ALL)),
        signing: signing(&stripe, key.clone(), &authority),
        next_signing: draw.maybe(|draw| (draw.number(), signing(&stripe, crate::keys::rfc7516_a1(), &authority))),
        directory: a_directory(draw, &apps, &users),
        custom_claims: (0..draw.below(3)).map(|index| a_claim(draw, index)).collect(),
        stripe,
        apps: apps.into_iter().map(|app| (app.client_id.clone(), app)).collect(),
        users: users.into_iter().map(|user| (user.name.clone(), user)).collect(),
    }
}

fn a_trace(draw: &mut Draw) -> Trace {
    if draw.coin() {
        return Trace::default();
    }
    Trace {
        created_by: draw.text(),
        created: draw.number(),
        last_updated_by: draw.text(),
        last_updated: draw.number(),
        version: draw.number(),
    }
}

fn some_rows(draw: &mut Draw) -> BTreeMap<u64, pod_records::Row> {
    let ids = [draw.number(), 7];
    let rows = ids.map(|id| pod_records::Row {
        id,
        values: draw.more(),
        lines: (0..draw.below(3)).map(|_| draw.more()).collect(),
        trace: a_trace(draw),
    });
    rows.map(|row| (row.id, row)).into()
}

fn a_trust_list(draw: &mut Draw) -> TrustList {
    let issuers = ["VISION", "https://issuer.example/"];
    let providers = issuers.map(|issuer| Provider {
        id: draw.one(&[id_of(&format!("provider {issuer}")), id_of(&format!("other {issuer}"))]),
        issuer: issuer.to_owned(),
        token_types: draw.one(&[
            vec![],
            vec![TokenType::Jwt],
            vec![TokenType::Saml, TokenType::Jwt, TokenType::Sts],
        ]),
        meta: draw.meta(),
    });
    let certified = [
        (&providers[0].id, "one"),
        (&providers[0].id, "two"),
        (&providers[1].id, "one"),
        (&id_of("a provider that is gone"), "one"),
    ];
    let certificates = certified.map(|(provider, alias)| InboundCertificate {
        id: draw.one(&[
            id_of(&format!("certificate {provider} {alias}")),
            id_of(&format!("other {provider} {alias}")),
        ]),
        provider: provider.clone(),
        certificate: draw.certificate(alias),
        meta: draw.meta(),
    });
    TrustList {
        providers: providers.map(|provider| (provider.id.clone(), provider)).into(),
        certificates: certificates.map(|kept| (kept.id.clone(), kept)).into(),
    }
}

fn a_trust_service(draw: &mut Draw, pod: &str) -> TrustService {
    let key = draw.one(&[crate::keys::rfc7515(), crate::keys::rfc7520()]);
    TrustService {
        certificate: if draw.coin() {
            builder::trust_service(pod, key.clone()).certificate
        } else {
            certificate("another alias", &key)
        },
        key,
    }
}

fn a_pod(draw: &mut Draw, name: &str, domain: &str) -> Pod {
    let plain = Pod::new(name, draw.number());
    let users = ["ada", "grace"].map(|name| PodUser {
        name: name.to_owned(),
        display_name: draw.text(),
        person_id: draw.number(),
        active: draw.coin(),
        locked: draw.coin(),
        roles: draw.texts(),
        data: draw.texts(),
        permission_groups: draw.coin(),
        trace: a_trace(draw),
    });
    let trusted = (0..draw.below(3)).map(|_| {
        let certificate = draw.certificate("trusted");
        let trusted = builder::trust("https://issuer.example/", "trusted", &certificate);
        TrustedIssuer {
            issuer: trusted.issuer,
            key_id: trusted.key_id,
            key: trusted.key,
            thumbprints: trusted.thumbprints,
        }
    });
    let trusted = trusted.collect();
    let agent = Agent {
        code: "HELPER".to_owned(),
        role: draw.one(&["HELPER_USER".to_owned(), "OTHER".to_owned()]),
        published: draw.coin(),
        version: draw.one(&[0, 1, 13]),
        outcome: draw.one(&[AgentOutcome::Complete, AgentOutcome::Error, AgentOutcome::Waiting]),
        output: draw.text(),
    };
    Pod {
        name: name.to_owned(),
        host: draw.one(&[plain.host.clone(), "pod.example".to_owned()]),
        domain: domain.to_owned(),
        trusted,
        trust: if draw.coin() {
            a_trust_list(draw)
        } else {
            TrustList::default()
        },
        gateway: draw.one(&[plain.gateway.clone(), "gateway of its own".to_owned()]),
        published_at: draw.maybe(Draw::text),
        trust_service: draw.maybe(|draw| a_trust_service(draw, name)),
        spectra_audience: draw.one(&[plain.spectra_audience.clone(), "urn:own".to_owned()]),
        boss_audience: draw.one(&[plain.boss_audience.clone(), "urn:own".to_owned()]),
        spectra_scope: draw.text(),
        adf_audiences: if draw.coin() {
            plain.adf_audiences.clone()
        } else {
            draw.texts()
        },
        adf_scope: draw.one(&[plain.adf_scope.clone(), "urn:own".to_owned()]),
        users: users.map(|user| (user.name.clone(), user)).into(),
        agents: [(agent.code.clone(), agent)].into(),
        rows: ["invoices", "/~ \""]
            .map(|resource| (resource.to_owned(), some_rows(draw)))
            .into(),
        leeway: draw.number(),
    }
}

fn a_connection(draw: &mut Draw, id: &str) -> Connection {
    let outbound = Outbound {
        target: draw.text(),
        adapter: draw.one(&[Adapter::Rest, Adapter::Built, Adapter::Erp]),
        domain: draw.text(),
        client_id: draw.text(),
        secret: Secret::new("s3cret of a connection"),
        scope: draw.text(),
        policy: match draw.below(3) {
            0 => Policy::ClientCredentials,
            1 => Policy::AuthorizationCode(draw.one(&[Rotation::Followed, Rotation::Missed])),
            _ => Policy::UserAssertion {
                header: draw.text(),
                payload: draw.text(),
                key: draw.one(&[crate::keys::rfc7515(), crate::keys::rfc7520()]),
                subject: draw.one(&[Subject::OfFile, Subject::Caller]),
            },
        },
    };
    let trigger = Trigger {
        policy: draw.one(&[
            TriggerPolicy::Basic,
            TriggerPolicy::OAuth,
            TriggerPolicy::Either,
            TriggerPolicy::ThirdParty,
        ]),
        prefixed_errors: draw.coin(),
    };
    Connection {
        id: id.to_owned(),
        name: draw.text(),
        project: draw.maybe(Draw::text),
        configured: draw.coin(),
        locked: draw.coin(),
        role: if draw.coin() {
            ConnectionRole::Trigger(trigger)
        } else {
            ConnectionRole::Invoke(Box::new(outbound))
        },
    }
}

fn an_integration(draw: &mut Draw, code: &str) -> Integration {
    let does = |draw: &mut Draw| match draw.below(4) {
        0 => Step::Echo,
        1 => Step::Answer(Value::Object(draw.more())),
        2 => Step::Fault(draw.one(&[100, 409, 599])),
        _ => Step::Ask {
            connection: draw.text(),
            path: draw.text(),
        },
    };
    let operations = (0..draw.below(3)).map(|_| Operation {
        method: draw.one(&["GET", "POST", "DELETE"]),
        path: draw.text(),
        does: does(draw),
    });
    let operations = operations.collect();
    Integration {
        code: code.to_owned(),
        version: "01.00.0000".to_owned(),
        name: draw.text(),
        project: draw.maybe(|_| "SALES".to_owned()),
        active: draw.coin(),
        locked: draw.coin(),
        trigger: draw.text(),
        operations,
    }
}

fn an_instance(draw: &mut Draw, name: &str, domain: &Domain) -> Instance {
    let plain = Instance::new(name, "eu-frankfurt-1", &domain.label);
    let certificate = draw.certificate("trusted");
    Instance {
        name: name.to_owned(),
        host: draw.one(&[plain.host.clone(), "instance.example".to_owned()]),
        design_host: draw.one(&[plain.design_host.clone(), "design.example".to_owned()]),
        permanent_host: draw.one(&[plain.permanent_host.clone(), "permanent.example".to_owned()]),
        domain: domain.host.clone(),
        app: draw.one(&domain.apps.values().map(|app| app.guid.clone()).collect::<Vec<_>>()),
        published_at: [draw.maybe(Draw::text), draw.maybe(Draw::text)],
        trusted: (0..draw.below(2))
            .map(|_| builder::trust("https://issuer.example/", "trusted", &certificate))
            .collect(),
        projects: draw.texts(),
        integrations: ["HELLO", "WITH_ANOTHER"].map(|code| an_integration(draw, code)).into(),
        connections: ["ONE", "TWO"].map(|id| (id.to_owned(), a_connection(draw, id))).into(),
        leeway: draw.number(),
    }
}

pub(super) fn a_landscape(seed: u64) -> Landscape {
    let draw = &mut Draw(seed);
    let mut profile = Profile::whole(draw.one(&ProfileName::ALL));
    for switch in SWITCHES {
        let value = draw.one(switch.values);
        profile.set(switch.name, value).expect("the table's own value");
    }
    let domains = ["first", "second"].map(|label| a_domain(draw, label));
    let pod = a_pod(draw, "DEV5", &domains[1].host);
    let instance = an_instance(draw, "dev", &domains[0]);
    Landscape {
        profile,
        domains: domains.map(|domain| (domain.host.clone(), Arc::new(domain))).into(),
        pods: [(pod.host.clone(), Arc::new(pod))].into(),
        instances: [(instance.host.clone(), Arc::new(instance))].into(),
    }
}
