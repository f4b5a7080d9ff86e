//! The members of a Fusion pod.

use std::borrow::Cow;

use serde_json::{Value, json};

use super::table::{Entry, Keyed, Row, Written, named_entry, read_rows, row, schema_of_rows, write_rows};
use super::tree::Node;
use super::trust::TrustServiceForm;
use super::{Reading, Writing};
use crate::landscape::{Agent, AgentOutcome, Pod, PodUser, TrustedIssuer, builder};

/// What the first audience of the classic stack begins with; the number of the instance follows.
const INSTANCE: &str = "urn:opc:resource:fa:instanceid=";

/// A pod whose users and agents stand where the file says them.
pub(super) struct PodEntry {
    pub(super) pod: Pod,
    /// The label of its domain, and where the file says it.
    pub(super) domain: String,
    pub(super) domain_at: usize,
    instance: u64,
    trust_service: Option<TrustServiceForm>,
    users: Keyed<PodUserEntry>,
    agents: Keyed<Agent>,
}

impl PodEntry {
    fn empty(pod: Pod) -> Self {
        let first = pod
            .adf_audiences
            .first()
            .and_then(|audience| audience.strip_prefix(INSTANCE));
        Self {
            instance: first.and_then(|number| number.parse().ok()).unwrap_or_default(),
            domain: String::new(),
            domain_at: 0,
            trust_service: None,
            users: Keyed::default(),
            agents: Keyed::default(),
            pod,
        }
    }

    /// Takes a pod apart.
    pub(super) fn of(pod: &Pod, label: Option<&str>) -> Self {
        let mut users: Vec<_> = pod.users.values().cloned().map(PodUserEntry).collect();
        users.sort_by_key(|user| user.0.person_id);
        Self {
            domain: label.unwrap_or_default().to_owned(),
            trust_service: pod
                .trust_service
                .as_ref()
                .map(|service| TrustServiceForm::of(&pod.name, service)),
            users: Keyed(users),
            agents: Keyed(pod.agents.values().cloned().collect()),
            ..Self::empty(pod.clone())
        }
    }

    /// Puts a pod together.
    pub(super) fn join(self) -> Pod {
        Pod {
            trust_service: self.trust_service.and_then(|form| form.service(&self.pod.name)),
            users: self
                .users
                .0
                .into_iter()
                .map(|user| (user.0.name.clone(), user.0))
                .collect(),
            agents: self
                .agents
                .0
                .into_iter()
                .map(|agent| (agent.code.clone(), agent))
                .collect(),
            ..self.pod
        }
    }
}

impl Entry for PodEntry {
    const WHAT: &'static str = "pod";

    fn rows() -> &'static [Row<Self>] {
        POD
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.pod.name)
    }

    fn plain(&self, _: usize) -> Self {
        let plain = Self::empty(Pod::new(&self.pod.name, self.instance));
        Self { instance: 0, ..plain }
    }

    fn begin(name: &str, _: usize, node: &Node, _: &mut Reading) -> Option<Self> {
        let instance = node.member("instance").and_then(Node::whole_number).unwrap_or_default();
        Some(Self {
            domain_at: node.from,
            ..Self::empty(Pod::new(name, instance))
        })
    }
}

static POD: &[Row<PodEntry>] = &[
    Row {
        read: |entry, node, reading| {
            entry.domain_at = node.from;
            entry.domain = Written::read(node, reading).unwrap_or_default();
        },
        ..row!(
            PodEntry,
            "domain",
            domain,
            "The name of the domain whose tokens it takes out of the box."
        )
    },
    row!(
        PodEntry,
        "instance",
        instance,
        "The number of the instance, which the audiences of the classic stack follow from."
    ),
    row!(
        PodEntry,
        "host",
        pod.host,
        "The host name; follows from the name unless said."
    ),
    row!(
        PodEntry,
        "published-at",
        pod.published_at,
        "Where clients reach it, when that is not its host name."
    ),
    row!(
        PodEntry,
        "gateway",
        pod.gateway,
        "The client id of its gateway in the domain, by which people sign in; follows from the name unless said."
    ),
    row!(
        PodEntry,
        "spectra-audience",
        pod.spectra_audience,
        "The audience of the AI services; follows from the name unless said."
    ),
    row!(
        PodEntry,
        "boss-audience",
        pod.boss_audience,
        "The audience of the business objects; follows from the name unless said."
    ),
    row!(
        PodEntry,
        "spectra-scope",
        pod.spectra_scope,
        "The scope value that opens either; `/` unless said."
    ),
    row!(
        PodEntry,
        "adf-audiences",
        pod.adf_audiences,
        "The audiences that the classic stack takes."
    ),
    row!(
        PodEntry,
        "adf-scope",
        pod.adf_scope,
        "The scope value that opens the classic stack with a domain's token."
    ),
    row!(
        PodEntry,
        "leeway",
        pod.leeway,
        "Seconds of clock skew that it allows; 60 unless said."
    ),
    row!(
        PodEntry,
        "trusted",
        pod.trusted,
        "The authorization servers that it takes tokens from since it was set up."
    ),
    row!(
        PodEntry,
        "trust",
        pod.trust,
        "The issuers that its administrators listed in the console, with their certificates."
    ),
    row!(
        PodEntry,
        "trust-service",
        trust_service,
        "What signs the tokens that it makes itself; it makes none unless said."
    ),
    row!(PodEntry, "users", users, "The users, by user name."),
    row!(PodEntry, "agents", agents, "The agents, by code."),
    row!(
        PodEntry,
        "rows",
        pod.rows,
        "The rows of its classic REST resources, by the name of the resource."
    ),
];

/// A user of a pod.
pub(super) struct PodUserEntry(PodUser);

impl PodUserEntry {
    /// As the builder makes them, so that a file need not say what it would fill in.
    fn named(name: &str, index: usize) -> Self {
        let mut pod = Pod::new("", 0).user_named(name, name, &[]);
        let mut user = pod.users.remove(name).expect("the user was added just now");
        user.person_id += index as u64;
        Self(user)
    }
}

impl Entry for PodUserEntry {
    const WHAT: &'static str = "user";

    fn rows() -> &'static [Row<Self>] {
        POD_USER
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0.name)
    }

    fn plain(&self, index: usize) -> Self {
        Self::named(&self.0.name, index)
    }

    fn begin(name: &str, index: usize, _: &Node, _: &mut Reading) -> Option<Self> {
        Some(Self::named(name, index))
    }
}

static POD_USER: &[Row<PodUserEntry>] = &[
    row!(
        PodUserEntry,
        "display-name",
        0.display_name,
        "The display name; the user name unless said."
    ),
    row!(
        PodUserEntry,
        "person-id",
        0.person_id,
        "The person's number; counted up from 300000000000000 unless said."
    ),
    row!(
        PodUserEntry,
        "active",
        0.active,
        "Whether they may work; true unless said."
    ),
    row!(
        PodUserEntry,
        "locked",
        0.locked,
        "Whether they are locked out until somebody unlocks them; false unless said."
    ),
    row!(
        PodUserEntry,
        "roles",
        0.roles,
        "Roles and privileges by code; what every signed-in user has unless said."
    ),
    row!(
        PodUserEntry,
        "data",
        0.data,
        "The business units whose rows they see; none unless said."
    ),
    row!(
        PodUserEntry,
        "permission-groups",
        0.permission_groups,
        "Whether the permission groups of their job roles are switched on; true unless said."
    ),
    row!(PodUserEntry, "trace", 0.trace, "Who made and changed the account."),
];

named_entry!(Agent, "agent", code, agent_of, AGENT);

/// As the builder makes one.
fn agent_of(code: &str) -> Agent {
    let mut pod = Pod::new("", 0).agent(code, AgentOutcome::Complete);
    pod.agents.remove(code).expect("the agent was added just now")
}

static AGENT: &[Row<Agent>] = &[
    row!(
        Agent,
        "role",
        role,
        "The role that a user must have; follows from the code unless said."
    ),
    row!(
        Agent,
        "published",
        published,
        "Whether it was published; true unless said."
    ),
    row!(Agent, "version", version, "Its latest version; 13 unless said."),
    row!(Agent, "outcome", outcome, "How its jobs end; complete unless said."),
    row!(Agent, "output", output, "What it says when it completes."),
];

/// An issuer that a pod trusts, whose thumbprints may be left out.
struct Trusted {
    issuer: String,
    key_id: String,
    key: Option<crate::jose::key::PublicKey>,
    thumbprints: Option<[String; 2]>,
}

static TRUSTED: &[Row<Trusted>] = &[
    row!(Trusted, "issuer", issuer, "The issuer text, compared byte for byte."),
    row!(
        Trusted,
        "key-id",
        key_id,
        "The key id under which its key is found when no thumbprint names it."
    ),
    row!(
        Trusted,
        "key",
        key,
        "The key: the name of one in `keys`, or a public one as PEM."
    ),
    row!(
        Trusted,
        "thumbprints",
        thumbprints,
        "SHA-1 and SHA-256 of the certificate over the key; those of one under the key id unless said."
    ),
];

impl Trusted {
    fn plain() -> Self {
        Self {
            issuer: String::new(),
            key_id: String::new(),
            key: None,
            thumbprints: None,
        }
    }
}

/// The thumbprints of the certificate that a key of the file makes over itself.
fn own_thumbprints(key: Option<&crate::jose::key::SigningKey>, key_id: &str) -> Option<[String; 2]> {
    let certificate = builder::certificate(key_id, key?);
    Some([certificate.x5t, certificate.x5t_s256])
}

impl Written for TrustedIssuer {
    fn schema() -> Value {
        let mut schema = schema_of_rows(TRUSTED);
        schema["required"] = json!(["issuer", "key"]);
        schema
    }

    fn write(&self, writing: &Writing) -> Value {
        let own = own_thumbprints(writing.private(&self.key), &self.key_id);
        let trusted = Trusted {
            issuer: self.issuer.clone(),
            key_id: self.key_id.clone(),
            key: Some(self.key.clone()),
            thumbprints: Some(self.thumbprints.clone()).filter(|own_ones| Some(own_ones) != own.as_ref()),
        };
        write_rows(TRUSTED, &trusted, &Trusted::plain(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut trusted = Trusted::plain();
        let before = reading.slips.len();
        read_rows(TRUSTED, &mut trusted, node, reading);
        if reading.slips.len() > before {
            return None;
        }
        let Some(key) = trusted.key.filter(|_| !trusted.issuer.is_empty()) else {
            return reading.wrong(node, "an object with an `issuer` and a `key`");
        };
        let own = own_thumbprints(reading.private(&key), &trusted.key_id);
        let Some(thumbprints) = trusted.thumbprints.or(own) else {
            return reading.wrong(node, "`thumbprints` where `key` is not one of `keys`");
        };
        Some(Self {
            issuer: trusted.issuer,
            key_id: trusted.key_id,
            key,
            thumbprints,
        })
    }
}
