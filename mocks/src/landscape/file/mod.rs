//! Landscape files: a whole landscape as JSON, read and written. Text in, landscape or mistakes out; files are opened elsewhere.
//!
//! A file says what differs from what the builders would fill in, so a short one is enough, and a written one holds no defaults. Reading
//! what was written gives the same landscape. What a file means is said in tables, one for each kind of thing ([`table::Row`]): reader,
//! writer and schema walk the same rows.
//!
//! # Adding a member
//!
//! 1. A row in the table of its kind: `row!(PodEntry, "name-in-file", pod.field, "What it means; the default unless said.")`. The type of
//!    the field needs a written form ([`table::Written`]): plain values have one, enumerations get one with `choices!` (`kinds.rs`), and a
//!    structure gets one with a table of its own and four lines, as `Resource` in `app.rs`. Things with names are [`table::Keyed`].
//! 2. A value of it in the generator of `tests.rs`. The generator names every field of everything, so the tests do not compile before.
//! 3. `cargo run -- schema landscape > scenarios/landscape.schema.json`.
//!
//! # Adding a kind of site
//!
//! A file of its own with a table (`pod.rs` shows how), a row in [`WHOLE`], and the host names in `join`.

mod app;
mod connection;
mod custom_claim;
mod domain;
mod holder;
mod instance;
mod key;
mod kinds;
mod mistake;
mod pod;
mod profile;
mod propagation_trust;
mod records;
mod schema;
mod settings;
mod signing;
mod table;
#[cfg(test)]
mod tests;
mod tree;
mod trust;
mod user;

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use serde_json::Value;

use self::domain::{DomainEntry, check_scopes};
use self::instance::InstanceEntry;
pub use self::key::{Maker, Published};
pub use self::mistake::Mistake;
use self::mistake::{Slip, placed, visible};
use self::pod::PodEntry;
use self::profile::Switches;
pub use self::schema::schema_text;
use self::table::{Keyed, Row, Written, read_rows, row, write_rows};
use self::tree::Node;
pub use self::tree::SIZE_LIMIT;
use crate::jose::key::{PublicKey, SigningKey};
use crate::landscape::profile::ProfileName;
use crate::landscape::{Domain, Instance, Landscape};

/// The private keys of a file, by name.
pub type Keyring = BTreeMap<String, SigningKey>;

/// What a file says.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The landscape.
    pub landscape: Landscape,
    /// The keys that it names: of the landscape, of its clients, and of whom it trusts.
    pub keys: Keyring,
}

/// How keys and secrets are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// As they are.
    AsItIs,
    /// To be made when the file is read.
    MadeAnew,
}

/// Reads a file.
///
/// `maker` makes what the file leaves to be made. `profile` stands in for the whole profile that the file names; its switches stay.
///
/// # Errors
///
/// The first mistakes, in the order of the text. None of them repeats a secret or a key.
pub fn read(text: &str, maker: &dyn Maker, profile: Option<ProfileName>) -> Result<Loaded, Vec<Mistake>> {
    let (root, doubled) = tree::parse(text).map_err(|slip| placed(text, None, vec![slip]))?;
    if !doubled.is_empty() {
        // Which of the two was meant nobody knows, so nothing else is looked at.
        return Err(placed(text, Some(&root), doubled));
    }
    let mut reading = Reading {
        maker,
        keys: Keyring::new(),
        slips: Vec::new(),
        name: String::new(),
        fresh: 0,
    };
    let mut whole = Whole::default();
    read_rows(WHOLE, &mut whole, &root, &mut reading);
    if let Some(profile) = profile {
        whole.profile = profile;
    }
    let landscape = whole.join(&root, &mut reading);
    if reading.slips.is_empty() {
        Ok(Loaded {
            landscape,
            keys: reading.keys,
        })
    } else {
        Err(placed(text, Some(&root), reading.slips))
    }
}

/// Writes a landscape as a value; a key that `keys` does not name is written where it is used.
pub fn value(landscape: &Landscape, keys: &Keyring, style: Style) -> Value {
    let thumbprints = keys
        .iter()
        .map(|(name, key)| (key.public().thumbprint(), name.clone()))
        .collect();
    let writing = Writing {
        keys,
        thumbprints,
        style,
    };
    write_rows(WHOLE, &Whole::of(landscape, keys), &Whole::default(), &writing)
}

/// Writes a landscape as the text of a file.
pub fn write(landscape: &Landscape, keys: &Keyring, style: Style) -> String {
    let text = serde_json::to_string_pretty(&value(landscape, keys, style));
    text.expect("a value of texts, numbers and lists is written") + "\n"
}

/// Everything in a file.
#[derive(Default)]
struct Whole {
    profile: ProfileName,
    switches: Switches,
    keys: Keyring,
    domains: Keyed<DomainEntry>,
    pods: Keyed<PodEntry>,
    instances: Keyed<InstanceEntry>,
}

static WHOLE: &[Row<Whole>] = &[
    row!(
        Whole,
        "profile",
        profile,
        "The whole profile that the servers show; `oracle` unless said."
    ),
    row!(Whole, "switches", switches, "Single switches on top of it."),
    Row {
        read: |whole, node, reading| {
            // What comes after names them.
            reading.keys = Written::read(node, reading).unwrap_or_default();
            whole.keys.clone_from(&reading.keys);
        },
        ..row!(
            Whole,
            "keys",
            keys,
            "Private keys, by the names that the rest of the file gives them."
        )
    },
    row!(Whole, "domains", domains, "The identity domains, by name."),
    row!(Whole, "pods", pods, "The Fusion pods, by name."),
    row!(Whole, "instances", instances, "The integration instances, by name."),
];

impl Whole {
    fn of(landscape: &Landscape, keys: &Keyring) -> Self {
        let label_of = |host: &str| landscape.domains.get(host).map(|domain| domain.label.as_str());
        let mut domains: Vec<_> = landscape
            .domains
            .values()
            .map(|domain| DomainEntry::of(domain))
            .collect();
        domains.sort_by(|one, other| one.domain.label.cmp(&other.domain.label));
        let instances = landscape.instances.values().map(|instance| {
            let domain = landscape.domains.get(&instance.domain);
            let app = domain.and_then(|domain| domain.app_by_guid(&instance.app));
            InstanceEntry::of(
                instance,
                label_of(&instance.domain),
                app.map(|app| app.display_name.as_str()),
            )
        });
        let pods = landscape
            .pods
            .values()
            .map(|pod| PodEntry::of(pod, label_of(&pod.domain)));
        Self {
            profile: landscape.profile.name,
            switches: Switches::of(&landscape.profile),
            keys: keys.clone(),
            domains: Keyed(domains),
            pods: Keyed(pods.collect()),
            instances: Keyed(instances.collect()),
        }
    }

    fn join(self, root: &Node, reading: &mut Reading) -> Landscape {
        let mut landscape = Landscape {
            profile: self.switches.on(self.profile),
            ..Landscape::default()
        };
        let nothing = root;
        let mut hosts = HashSet::new();
        for entry in self.domains.0 {
            let label = entry.domain.label.clone();
            let node = root
                .member("domains")
                .and_then(|domains| domains.member(&label))
                .unwrap_or(nothing);
            let domain = entry.join(node, reading);
            check_scopes(&domain, node, reading);
            check_host(&domain.host, node, &mut hosts, reading);
            landscape.domains.insert(domain.host.clone(), Arc::new(domain));
        }
        for entry in self.pods.0 {
            let node = root
                .member("pods")
                .and_then(|pods| pods.member(&entry.pod.name))
                .unwrap_or(nothing);
            let (label, at) = (entry.domain.clone(), entry.domain_at);
            let mut pod = entry.join();
            if let Some(domain) = named_domain(&landscape, &label, at, reading) {
                pod.domain.clone_from(&domain.host);
            }
            check_host(&pod.host, node, &mut hosts, reading);
            landscape.pods.insert(pod.host.clone(), Arc::new(pod));
        }
        for entry in self.instances.0 {
            let name = entry.instance.name.clone();
            let node = root
                .member("instances")
                .and_then(|instances| instances.member(&name))
                .unwrap_or(nothing);
            let (label, at, app) = (entry.domain.clone(), entry.domain_at, entry.app.clone());
            let mut instance = entry.join();
            if let Some(domain) = named_domain(&landscape, &label, at, reading) {
                let app = app.unwrap_or_else(|| Instance::app_named(&name));
                match domain.apps.values().find(|known| known.display_name == app) {
                    Some(app) => instance.app.clone_from(&app.guid),
                    None => {
                        let known = domain.apps.values().map(|app| app.display_name.as_str());
                        let at = node.member("app").unwrap_or(node).from;
                        reading.unknown::<()>(at, "an instance whose `app` is in its domain", &app, known);
                    }
                }
                instance.domain.clone_from(&domain.host);
            }
            check_host(&instance.host, node, &mut hosts, reading);
            landscape.instances.insert(instance.host.clone(), Arc::new(instance));
        }
        // The instances of a region share their design host, and nobody else may have it.
        let instances = landscape.instances.values();
        let design: BTreeSet<String> = instances.map(|instance| instance.design_host.clone()).collect();
        let place = root.member("instances").unwrap_or(nothing);
        for host in design {
            check_host(&host, place, &mut hosts, reading);
        }
        landscape
    }
}

/// The domain of this label; that there is none is a mistake at `at`.
fn named_domain(landscape: &Landscape, label: &str, at: usize, reading: &mut Reading) -> Option<Arc<Domain>> {
    let domain = landscape.domains.values().find(|domain| domain.label == label);
    if domain.is_none() {
        let known = landscape.domains.values().map(|domain| domain.label.as_str());
        reading.unknown::<()>(at, "a `domain`: the name of one in `domains`", label, known);
    }
    domain.cloned()
}

/// Every site has a host name of its own, in the letters that host names have.
fn check_host(host: &str, node: &Node, hosts: &mut HashSet<String>, reading: &mut Reading) {
    let at = node.member("host").unwrap_or(node).from;
    let is_allowed = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-' || byte == b'.';
    if host.is_empty() || host.len() > 253 || !host.bytes().all(is_allowed) {
        let expected = "a host name of small letters, digits, `-` and `.`";
        reading.note(Slip::new(at, expected, format!("`{}`", visible(host))));
    }
    if !hosts.insert(host.to_owned()) {
        reading.note(Slip::new(
            at,
            "a host name of its own",
            format!("`{}`, which another site has", visible(host)),
        ));
    }
}

/// What reading needs to know, and what it found wrong.
struct Reading<'a> {
    maker: &'a dyn Maker,
    keys: Keyring,
    slips: Vec<Slip>,
    /// The name of what is being read, for whatever is made for it.
    name: String,
    /// How many keys were made.
    fresh: usize,
}

/// How many mistakes are kept; more are not looked for.
const SLIP_LIMIT: usize = 200;

impl Reading<'_> {
    fn is_full(&self) -> bool {
        self.slips.len() >= SLIP_LIMIT
    }

    fn note(&mut self, slip: Slip) {
        if !self.is_full() {
            self.slips.push(slip);
        }
    }

    /// The private key of this public one, where the file names it.
    fn private(&self, key: &PublicKey) -> Option<&SigningKey> {
        let thumbprint = key.thumbprint();
        self.keys
            .values()
            .find(|private| private.public().thumbprint() == thumbprint)
    }
}

/// What writing needs to know.
struct Writing<'a> {
    keys: &'a Keyring,
    /// The names of the keys, by their thumbprints.
    thumbprints: BTreeMap<String, String>,
    style: Style,
}

impl Writing<'_> {
    fn name_of(&self, key: &PublicKey) -> Option<&str> {
        self.thumbprints.get(&key.thumbprint()).map(String::as_str)
    }

    /// The private key of this public one, where it is known.
    fn private(&self, key: &PublicKey) -> Option<&SigningKey> {
        self.keys.get(self.name_of(key)?)
    }
}
