//! Misconfigurations: mistakes that people make when they set such servers up, each a variant of the reference landscape, of the target
//! that describes it, or a case that makes it in a request.
//!
//! The variants are data in `scenarios/misconfigured`, applied as JSON merge patches (RFC 7386). A variant is run on one set of servers
//! without forks, so that the journal can be asked afterwards why they refused.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Deserialize;
use serde_json::{Map, Value};
use tenantproof_harness::flow::{Cast, Forgeries, Nature};
use tenantproof_harness::run::{CaseRecord, Exchanges, Plan, Settings, Wanted, run_quietly};
use tenantproof_harness::scenario::Library;
use tenantproof_harness::system::{
    ArrangeError, Arranged, Levers, Request, Response, System, TransportError, Witnessed,
};
use tenantproof_harness::target::{Pem, Secret, SecretReference, Target};
use tenantproof_mocks::landscape::Landscape;
use tenantproof_mocks::landscape::file::{self, Keyring, Loaded, Maker, Mistake, Published, Style};
use tenantproof_mocks::landscape::profile::{Profile, ProfileName};
use tenantproof_mocks::landscape::reference::LENT_ISSUER;

use crate::arguments::Carrier;
use crate::command::CommandError;
use crate::embed::{self, Embedded, Make};
use crate::landscapes::published_reference;
use crate::scenarios;

/// A mistake, and how it shows.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Misconfiguration {
    /// Its id, such as `MISCONF-013`.
    pub id: String,
    /// What was done wrong.
    pub title: String,
    /// Which server shows it.
    pub shows: String,
    /// How it is put right.
    pub mend: String,
    /// How sure it is that the symptom is of this cause: `documented`, `observed` or `inferred`.
    pub sure: String,
    /// How it is made here, where it can be shown.
    pub shown: Option<Shown>,
    /// Why it cannot be shown, where it cannot.
    pub not_shown: Option<String>,
}

/// A variant that can be run.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Shown {
    /// What differs in the landscape file: a merge patch.
    pub landscape: Option<Value>,
    /// What differs in what the client was told: a merge patch over the members of [`TARGET_MEMBERS`].
    pub target: Option<Value>,
    /// The flow that shows it; or a case, where the mistake is in the request itself and the case makes it.
    pub run: String,
    /// Where and how it shows.
    pub symptom: Symptom,
    /// The rules that the journal names as the cause; none where the servers do what they are told.
    #[serde(default)]
    pub violates: Vec<String>,
}

/// What a client sees of a mistake.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub struct Symptom {
    /// The step of the flow.
    pub step: String,
    /// The status.
    pub status: u16,
    /// Texts in the body, or in the fields of the head.
    #[serde(default)]
    pub says: Vec<String>,
    /// Texts that are not there, though they are without the mistake.
    #[serde(default)]
    pub lacks: Vec<String>,
}

/// Everything in `scenarios/misconfigured`, in the order of the ids.
///
/// # Panics
///
/// Where the files are not of this form, which the project's own tests see to.
pub fn all() -> Vec<Misconfiguration> {
    let mut found: Vec<Misconfiguration> = Vec::new();
    for (path, text) in scenarios::files("misconfigured", ".json") {
        let read: Vec<Misconfiguration> =
            serde_json::from_str(text).unwrap_or_else(|error| panic!("{path} is a list of misconfigurations: {error}"));
        found.extend(read);
    }
    found.sort_by(|one, other| one.id.cmp(&other.id));
    found
}

/// The misconfiguration of this id, and its variant.
///
/// # Errors
///
/// That there is none of this id, or why it cannot be shown.
pub fn find(id: &str) -> Result<(Misconfiguration, Shown), CommandError> {
    let unknown = || {
        CommandError::Usage(format!(
            "no misconfiguration is called `{id}`; `tenantproof explain MISCONF` lists them"
        ))
    };
    let entry = all().into_iter().find(|entry| entry.id == id).ok_or_else(unknown)?;
    match entry.shown.clone() {
        Some(shown) => Ok((entry, shown)),
        None => {
            let why = entry.not_shown.unwrap_or_default();
            Err(CommandError::Usage(format!("{id} cannot be shown: {why}")))
        }
    }
}

/// The variant of this id, for servers that somebody else speaks to.
///
/// # Errors
///
/// As [`find`]; and that the mistake is in a request, which only whoever sends it can make.
pub fn to_serve(id: &str) -> Result<Shown, CommandError> {
    let (_, shown) = find(id)?;
    if shown.is_case() {
        let why = format!("the mistake of {id} is in the request: `tenantproof run --misconfigured {id}` sends it");
        return Err(CommandError::Usage(why));
    }
    Ok(shown)
}

/// All of them in lines: id, whether it can be shown, and what was done wrong.
pub fn list() -> String {
    let line = |entry: &Misconfiguration| {
        let mark = if entry.shown.is_some() { " " } else { "-" };
        format!("{mark} {}  {}: {}\n", entry.id, entry.shows, entry.title)
    };
    let lines: Vec<String> = all().iter().map(line).collect();
    lines.concat() + "Those with a line in front cannot be shown here; `tenantproof explain ID` says why.\n"
}

impl Misconfiguration {
    /// What it is, how it shows, why, and how it is put right.
    pub fn story(&self) -> String {
        let mut text = format!(
            "{}  (misconfiguration, {})\n  {}\n  shows at  {}\n",
            self.id, self.sure, self.title, self.shows
        );
        if let Some(shown) = &self.shown {
            let symptom = &shown.symptom;
            text += &format!(
                "  symptom   {} at the step `{}` of {}",
                symptom.status, symptom.step, shown.run
            );
            for says in &symptom.says {
                text += &format!(", with {says}");
            }
            for lacks in &symptom.lacks {
                text += &format!(", without {lacks}");
            }
            text += "\n";
            let rules = tenantproof_mocks::catalogue::rules();
            for rule in rules.filter(|rule| shown.violates.iter().any(|violated| violated == rule.id)) {
                text += &format!("  cause     {}: {}\n", rule.id, rule.says);
            }
            for (what, patch) in [("landscape", &shown.landscape), ("target", &shown.target)] {
                if let Some(patch) = patch {
                    text += &format!("  {what:<9} {patch}\n");
                }
            }
        }
        if let Some(why) = &self.not_shown {
            text += &format!("  not shown {why}\n");
        }
        text + &format!("  mend      {}\n", self.mend)
    }
}

impl Shown {
    /// The host names of the landscape with this mistake, without making anything for it.
    ///
    /// # Errors
    ///
    /// A variant that makes no landscape, which the project's own tests see to.
    pub fn hosts(&self) -> Result<Vec<String>, CommandError> {
        let loaded = self.made_anew(ProfileName::default(), &Published)?;
        Ok(loaded.landscape.hosts().map(str::to_owned).collect())
    }

    /// The landscape with this mistake, its keys and secrets made by `maker`.
    ///
    /// # Errors
    ///
    /// A variant that makes no landscape, which the project's own tests see to.
    pub fn made_anew(&self, profile: ProfileName, maker: &dyn Maker) -> Result<Loaded, CommandError> {
        self.load(profile, Style::MadeAnew, maker)
            .map_err(|mistakes| no_landscape(&mistakes))
    }

    /// Whether it is a case that makes the mistake in its request.
    pub fn is_case(&self) -> bool {
        self.run.contains('#')
    }

    /// The reference landscape with this mistake in it.
    ///
    /// # Errors
    ///
    /// What the reader of landscape files says.
    pub fn load(&self, profile: ProfileName, style: Style, maker: &dyn Maker) -> Result<Loaded, Vec<Mistake>> {
        let sound = published_reference(Profile::whole(profile));
        let mut value = file::value(&sound.landscape, &sound.keys, style);
        if let Some(patch) = &self.landscape {
            merge(&mut value, patch);
        }
        file::read(&value.to_string(), maker, None)
    }

    /// Tells the client what it is told wrongly.
    ///
    /// # Errors
    ///
    /// A member that there is not.
    pub fn mislead(&self, target: &mut Target, landscape: &Landscape, keys: &Keyring) -> Result<(), String> {
        let told = Told { landscape, keys };
        for (kind, entries) in members(self.target.as_ref()) {
            for (name, changes) in members(Some(entries)) {
                for (member, value) in members(Some(changes)) {
                    let place = format!("{kind}.{name}.{member}");
                    let text = value.as_str().ok_or_else(|| format!("{place} is no text"))?;
                    let row = TARGET_MEMBERS
                        .iter()
                        .find(|row| row.kind == kind && row.member == member);
                    let set = row.ok_or_else(|| format!("{place} cannot be changed"))?.set;
                    let text = told.placed(text).map_err(|why| format!("{place}: {why}"))?;
                    set(target, name, &text, &told).map_err(|why| format!("{place}: {why}"))?;
                }
            }
        }
        Ok(())
    }
}

fn members(value: Option<&Value>) -> impl Iterator<Item = (&str, &Value)> {
    let members = value.and_then(Value::as_object).into_iter().flatten();
    members.map(|(name, value)| (name.as_str(), value))
}

/// What texts of a target patch may refer to.
struct Told<'a> {
    landscape: &'a Landscape,
    keys: &'a Keyring,
}

impl Told<'_> {
    /// A text in which `{domain:LABEL}` and `{pod:NAME}` stand for addresses.
    fn placed(&self, text: &str) -> Result<String, String> {
        let Some((before, rest)) = text.split_once('{') else {
            return Ok(text.to_owned());
        };
        let (place, after) = rest.split_once('}').ok_or("a bracket is not closed")?;
        let host = match place.split_once(':') {
            Some(("domain", label)) => self.landscape.domain_labelled(label).map(|domain| &domain.host),
            Some(("pod", name)) => self
                .landscape
                .pods
                .values()
                .find(|pod| pod.name == name)
                .map(|pod| &pod.host),
            _ => None,
        };
        let host = host.ok_or_else(|| format!("nothing is at {{{place}}}"))?;
        Ok(format!("{before}https://{host}{after}"))
    }

    /// A key of the landscape file, for a client.
    fn key(&self, name: &str) -> Result<SecretReference, &'static str> {
        let key = self.keys.get(name).ok_or("no key of the landscape has this name")?;
        Ok(SecretReference::Given(Secret::from_text(key.to_pem())))
    }
}

/// A member of a target that a variant may change.
pub struct TargetMember {
    kind: &'static str,
    member: &'static str,
    set: fn(&mut Target, &str, &str, &Told) -> Result<(), &'static str>,
}

/// Makes a row for a member of one kind of entries.
macro_rules! target_member {
    ($kind:ident, $name:literal, $member:literal, |$entry:ident, $text:ident, $told:ident| $set:expr) => {
        TargetMember {
            kind: $name,
            member: $member,
            set: |target, name, $text, $told| {
                let $entry = target.$kind.get_mut(name).ok_or("there is no such entry")?;
                $set;
                Ok(())
            },
        }
    };
}

/// What a client may be told wrongly.
pub static TARGET_MEMBERS: &[TargetMember] = &[
    target_member!(domains, "domains", "url", |entry, text, _told| text
        .clone_into(&mut entry.url)),
    target_member!(domains, "domains", "issuer", |entry, text, _told| text
        .clone_into(&mut entry.issuer)),
    target_member!(domains, "domains", "assertion-audience", |entry, text, _told| text
        .clone_into(&mut entry.assertion_audience)),
    target_member!(domains, "domains", "signing-certificate", |entry, text, _told| {
        entry.signing_certificate = Some(Pem::Text(text.to_owned()))
    }),
    target_member!(clients, "clients", "id", |entry, text, _told| text
        .clone_into(&mut entry.id)),
    target_member!(clients, "clients", "secret", |entry, text, _told| {
        entry.secret = Some(SecretReference::Given(Secret::from_text(text)))
    }),
    target_member!(clients, "clients", "key", |entry, text, told| entry.key =
        Some(told.key(text)?)),
    target_member!(clients, "clients", "certificate-alias", |entry, text, _told| entry
        .certificate_alias =
        Some(text.to_owned())),
    target_member!(clients, "clients", "redirect-uri", |entry, text, _told| entry
        .redirect_uri =
        Some(text.to_owned())),
    target_member!(users, "users", "name", |entry, text, _told| text
        .clone_into(&mut entry.name)),
    target_member!(apis, "apis", "scope", |entry, text, _told| text
        .clone_into(&mut entry.scope)),
    target_member!(apis, "apis", "audience", |entry, text, _told| text
        .clone_into(&mut entry.audience)),
    target_member!(apis, "apis", "url", |entry, text, _told| text
        .clone_into(&mut entry.url)),
];

/// Applies a JSON merge patch (RFC 7386 section 2).
pub fn merge(value: &mut Value, patch: &Value) {
    let Value::Object(changes) = patch else {
        value.clone_from(patch);
        return;
    };
    if !value.is_object() {
        *value = Value::Object(Map::new());
    }
    let Value::Object(members) = value else { return };
    for (name, change) in changes {
        if change.is_null() {
            members.shift_remove(name);
        } else {
            merge(members.entry(name.clone()).or_insert(Value::Null), change);
        }
    }
}

fn no_landscape(mistakes: &[Mistake]) -> CommandError {
    let told: Vec<String> = mistakes.iter().map(Mistake::to_string).collect();
    CommandError::Usage(format!("the variant makes no landscape: {}", told.join("; ")))
}

/// Starts embedded servers that show a variant.
///
/// # Errors
///
/// A variant that makes no landscape, which the project's own tests see to, or servers that cannot listen.
pub fn embedded(shown: &Shown, profile: ProfileName, seed: u64, carrier: Carrier) -> Result<Stage, CommandError> {
    let loaded = shown
        .load(profile, Style::AsItIs, &Published)
        .map_err(|mistakes| no_landscape(&mistakes))?;
    let (landscape, keys) = (loaded.landscape.clone(), loaded.keys.clone());
    let make = Make {
        profile,
        seed,
        ..Make::default()
    };
    let started = embed::start_with(loaded, &make, carrier);
    let mut embedded = started.map_err(CommandError::world("the embedded servers cannot start"))?;
    shown
        .mislead(&mut embedded.target, &landscape, &keys)
        .map_err(CommandError::Usage)?;
    Ok(Stage::of(embedded, Some(shown)))
}

/// Servers and their target, watched.
pub struct Stage {
    /// Who is who.
    pub cast: Cast,
    /// The servers.
    pub system: Watched,
}

/// What was answered at a step, and what the journal says of it.
#[derive(Clone, Debug)]
pub struct Seen {
    /// The status.
    pub status: u16,
    /// The fields of the head and the body.
    pub text: String,
    /// The rules that refused.
    pub violated: Vec<String>,
}

impl Stage {
    /// Watches servers; `shown` is the variant that they show, if any.
    pub fn of(embedded: Embedded, shown: Option<&Shown>) -> Self {
        Self {
            cast: Cast::new(embedded.target, Nature::Embedded),
            system: Watched::new(embedded.system, shown),
        }
    }

    /// Runs one scenario or case by its id.
    ///
    /// # Errors
    ///
    /// Why it cannot be planned.
    pub fn run(&self, library: &Library, id: &str, profile: &str) -> Result<Vec<CaseRecord>, String> {
        let wanted = Wanted {
            profile,
            switches: &[],
            select: &[],
        };
        let plan = Plan::new(library, &self.cast, self.system.levers(), wanted);
        let mut plan = plan.map_err(|error| error.to_string())?;
        plan.retain(|planned| planned == id);
        let settings = Settings {
            cast: &self.cast,
            seed: "1",
            jobs: 1,
            require: &[],
            command: "tenantproof run",
            carrier: None,
            started: None,
            plan: None,
            forgeries: &Forgeries::default(),
            exchanges: Exchanges::Recorded,
            stop: None,
        };
        Ok(run_quietly(&plan, &settings, &self.system))
    }
}

/// A system that does not fork, and keeps what it answered.
pub struct Watched {
    inner: Box<dyn System>,
    levers: Levers,
    answers: Mutex<Vec<Response>>,
}

impl Watched {
    /// Watches a system. Flows may not arrange the mistake of a variant away; a case that makes one may arrange what it needs.
    pub fn new(inner: Box<dyn System>, shown: Option<&Shown>) -> Self {
        let mut levers = inner.levers().clone();
        levers.registration &= shown.is_none_or(Shown::is_case);
        if let Some(mint) = &mut levers.mint {
            // Whoever signs does not hear of a mistake in the trust list.
            LENT_ISSUER.clone_into(&mut mint.issuer);
        }
        Self {
            inner,
            levers,
            answers: Mutex::default(),
        }
    }

    /// What was last answered at a step of a case, and why.
    pub fn seen(&self, case: &CaseRecord, step: &str) -> Option<Seen> {
        let mut exchanges = case.exchanges.iter().rev();
        let ecid = exchanges.find(|exchange| exchange.step == step)?.ecid.as_deref()?;
        let answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let carries = |answer: &&Response| answer.headers.iter().any(|(_, value)| value == ecid);
        let answer = answers.iter().find(carries)?;
        let head = answer.headers.iter().map(|(name, value)| format!("{name}: {value}"));
        Some(Seen {
            status: answer.status,
            text: format!(
                "{}\n\n{}",
                head.collect::<Vec<_>>().join("\n"),
                String::from_utf8_lossy(&answer.body)
            ),
            violated: self
                .inner
                .witness(ecid)
                .map(|witnessed| witnessed.violated)
                .unwrap_or_default(),
        })
    }
}

impl System for Watched {
    fn send(&self, request: &Request) -> Result<Response, TransportError> {
        let response = self.inner.send(request)?;
        self.answers
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(response.clone());
        Ok(response)
    }

    fn fork(&self) -> Option<Box<dyn System>> {
        None
    }

    fn now(&self) -> u64 {
        self.inner.now()
    }

    fn pass(&self, time: Duration) {
        self.inner.pass(time);
    }

    fn levers(&self) -> &Levers {
        &self.levers
    }

    fn arrange(&self, what: &Arranged) -> Result<(), ArrangeError> {
        self.inner.arrange(what)
    }

    fn witness(&self, ecid: &str) -> Option<Witnessed> {
        self.inner.witness(ecid)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The examples of RFC 7386 appendix A.
    #[test]
    fn patches_do_what_the_standard_says() {
        let examples = [
            (json!({ "a": "b" }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "b" }), json!({ "b": "c" }), json!({ "a": "b", "b": "c" })),
            (json!({ "a": "b" }), json!({ "a": null }), json!({})),
            (json!({ "a": "b", "b": "c" }), json!({ "a": null }), json!({ "b": "c" })),
            (json!({ "a": ["b"] }), json!({ "a": "c" }), json!({ "a": "c" })),
            (json!({ "a": "c" }), json!({ "a": ["b"] }), json!({ "a": ["b"] })),
            (
                json!({ "a": { "b": "c" } }),
                json!({ "a": { "b": "d", "c": null } }),
                json!({ "a": { "b": "d" } }),
            ),
            (json!({ "a": [{ "b": "c" }] }), json!({ "a": [1] }), json!({ "a": [1] })),
            (json!(["a", "b"]), json!(["c", "d"]), json!(["c", "d"])),
            (json!({ "a": "b" }), json!(["c"]), json!(["c"])),
            (json!({ "a": "foo" }), json!(null), json!(null)),
            (json!({ "a": "foo" }), json!("bar"), json!("bar")),
            (json!({ "e": null }), json!({ "a": 1 }), json!({ "e": null, "a": 1 })),
            (json!([1, 2]), json!({ "a": "b", "c": null }), json!({ "a": "b" })),
            (
                json!({}),
                json!({ "a": { "bb": { "ccc": null } } }),
                json!({ "a": { "bb": {} } }),
            ),
        ];
        for (mut value, patch, expected) in examples {
            let said = format!("{value} {patch}");
            merge(&mut value, &patch);
            assert_eq!(value, expected, "{said}");
        }
    }
}
