//! Reading a target file. Diagnostics name keys and types, and never quote a value or show a line: any of them may be a secret.

use std::ops::Range;
use std::path::Path;

use indexmap::IndexMap;
use toml::de::{DeTable, DeValue};
use url::Url;

use super::entity::{Api, Client, Control, Domain, Levers, Likeness, Mint, Pem, Target, User, is_loopback};
use super::model::{ApiEntry, ClientEntry, DomainEntry, LeverEntries, TargetFile, UserEntry};
use crate::scenario::mistake::Mistake;
use crate::scenario::model::FORMAT;
use crate::scenario::{Diagnostic, Spot};

/// The most bytes of a target file.
pub const MOST_BYTES: usize = 1 << 20;

/// Our own sentences about values; all others might repeat what they are about.
const HARMLESS: [&str; 2] = ["a secret must not stand in the file", "not a length of time"];

/// Reads a target from the text of its file; paths in it are relative to `folder`.
pub fn load(file: &str, text: &str, folder: &Path) -> Result<Target, Vec<Diagnostic>> {
    if text.len() > MOST_BYTES {
        return Err(vec![
            Diagnostic::new(file, Spot::default(), "the file is too large").expected("at most 1 MiB"),
        ]);
    }
    let tree = DeTable::parse(text).map_err(|error| {
        let spot = error.span().map_or(Spot::default(), |span| spot_at(text, span));
        vec![Diagnostic::new(file, spot, format!("not TOML: {}", error.message()))]
    })?;
    let written: TargetFile = toml::from_str(text).map_err(|error| vec![diagnose(file, text, &error)])?;
    let mut reader = Reader {
        file,
        text,
        folder,
        tree: tree.get_ref(),
        found: Vec::new(),
    };
    let target = reader.target(written);
    if reader.found.is_empty() {
        Ok(target)
    } else {
        Err(reader.found)
    }
}

/// Says a mistake that the TOML reader found, without any value.
fn diagnose(file: &str, text: &str, error: &toml::de::Error) -> Diagnostic {
    let mistake = Mistake::from_sentence(error.message());
    let is_about_a_value = mistake.found.is_some() || mistake.wrong.as_ref().is_some_and(|wrong| wrong.is_value);
    let is_about_a_key = mistake.what.starts_with("the key `") || mistake.wrong.is_some();
    let is_ours = HARMLESS.iter().any(|ours| mistake.what.starts_with(ours));
    // What stands where a key is expected may be half of a secret that was pasted over several lines.
    let is_no_key = mistake
        .wrong
        .as_ref()
        .is_some_and(|wrong| !wrong.is_value && !looks_like_a_key(&wrong.word));
    let what = if is_no_key {
        "a key that is not known"
    } else if is_about_a_value || is_about_a_key || is_ours {
        mistake.what.as_str()
    } else {
        "wrong value"
    };
    let spot = error.span().map_or(Spot::default(), |span| spot_at(text, span));
    let mut diagnostic = Diagnostic::new(file, spot, what);
    diagnostic.expected = mistake.expected;
    let Some(wrong) = mistake.wrong else { return diagnostic };
    let known = || wrong.known.iter().map(String::as_str);
    if !wrong.is_value && !is_no_key {
        diagnostic = diagnostic.did_you_mean(&wrong.word, known());
    }
    match diagnostic.hint {
        None if !wrong.known.is_empty() => diagnostic.hint(format!("known are: {}", wrong.known.join(", "))),
        _ => diagnostic,
    }
}

/// Whether a word looks like a key of this format, misspelt perhaps: such words are short and have no digits.
fn looks_like_a_key(word: &str) -> bool {
    word.len() <= 24
        && word
            .chars()
            .all(|character| character.is_ascii_lowercase() || "-_".contains(character))
}

/// The line and column of the start of a range of bytes.
fn spot_at(text: &str, range: Range<usize>) -> Spot {
    let before = text.get(..range.start).unwrap_or(text);
    let line_start = before.rfind('\n').map_or(0, |end| end + 1);
    let count = |position: usize| u32::try_from(position + 1).unwrap_or(u32::MAX);
    Spot {
        line: count(before.matches('\n').count()),
        column: count(before[line_start..].chars().count()),
    }
}

/// Turns what is written into what is meant.
struct Reader<'a> {
    file: &'a str,
    text: &'a str,
    folder: &'a Path,
    tree: &'a DeTable<'a>,
    found: Vec<Diagnostic>,
}

impl Reader<'_> {
    fn target(&mut self, written: TargetFile) -> Target {
        if written.format != FORMAT {
            self.add("format", "this format is not known", |mistake| {
                mistake.expected(FORMAT.to_string())
            });
        }
        let domains = self.entries("domains", &written.domains, Self::domain);
        let apis = self.entries("apis", &written.apis, Self::api);
        let clients = self.entries("clients", &written.clients, Self::client);
        let users = self.entries("users", &written.users, Self::user);
        let go_live = written.go_live.map(|go_live| go_live.date);
        if go_live.is_some_and(|date| date.date.is_none() || date.time.is_some()) {
            self.add("go-live.date", "wrong value", |mistake| {
                mistake.expected("a day, such as 2026-12-01")
            });
        }
        let target = Target {
            name: written.name,
            profile: written.profile,
            hosts: written.hosts,
            extra_roots: written
                .extra_roots
                .iter()
                .map(|path| Pem::File(self.folder.join(path)))
                .collect(),
            limits: written.limits,
            allow: written.allow,
            go_live: go_live.map(|date| date.to_string()),
            domains,
            clients,
            users,
            apis,
            levers: self.levers(written.levers),
        };
        // An entry that could not be read would be missed here a second time.
        if self.found.is_empty() {
            self.check_names(&target);
        }
        self.check_hosts(&target);
        target
    }

    /// Fills in what `like` leaves out, and reads each entry.
    fn entries<W: Inherit, E>(
        &mut self,
        section: &str,
        written: &IndexMap<String, W>,
        read: fn(&mut Self, &str, W, Option<Likeness>) -> Option<E>,
    ) -> IndexMap<String, E> {
        let mut entries = IndexMap::new();
        for name in written.keys() {
            let path = format!("{section}.{name}");
            let Some(full) = self.inherited(section, name, written) else {
                continue;
            };
            let likeness = match (full.like(), full.but()) {
                (Some(like), Some(but)) => Some(Likeness {
                    like: like.clone(),
                    but: but.clone(),
                }),
                (None, None) => None,
                _ => {
                    self.add(&path, format!("`{path}` has one of `like` and `but`"), |mistake| {
                        mistake.hint("`like` names the other entry, `but` says in words how this one differs")
                    });
                    continue;
                }
            };
            entries.extend(read(self, &path, full, likeness).map(|entry| (name.clone(), entry)));
        }
        entries
    }

    /// An entry with the members of those that it is like.
    fn inherited<W: Inherit>(&mut self, section: &str, name: &str, written: &IndexMap<String, W>) -> Option<W> {
        let mut full = written.get(name)?.clone();
        let mut seen = vec![name.to_owned()];
        let mut next = full.like().cloned();
        while let Some(like) = next {
            let path = format!("{section}.{name}.like");
            let Some(base) = written.get(&like) else {
                let known: Vec<&str> = written.keys().map(String::as_str).collect();
                self.add(&path, format!("`{path}` names no entry"), |mistake| {
                    mistake.expected(format!("one of {}", known.join(", ")))
                });
                return None;
            };
            if seen.contains(&like) {
                self.add(&path, format!("`{path}` leads in a circle"), |mistake| mistake);
                return None;
            }
            full = full.over(base);
            next = base.like().cloned();
            seen.push(like);
        }
        Some(full)
    }

    fn domain(&mut self, path: &str, written: DomainEntry, likeness: Option<Likeness>) -> Option<Domain> {
        Some(Domain {
            likeness,
            url: self.required(path, "url", written.url)?,
            issuer: self.required(path, "issuer", written.issuer)?,
            assertion_audience: self.required(path, "assertion-audience", written.assertion_audience)?,
            leeway: written.leeway,
            signing_certificate: written
                .signing_certificate
                .map(|path| Pem::File(self.folder.join(path))),
        })
    }

    fn client(&mut self, path: &str, written: ClientEntry, likeness: Option<Likeness>) -> Option<Client> {
        Some(Client {
            likeness,
            domain: self.required(path, "domain", written.domain)?,
            display_name: written.display_name,
            id: self.required(path, "id", written.id)?,
            secret: written.secret.map(|secret| secret.relative_to(self.folder)),
            key: written.key.map(|key| key.relative_to(self.folder)),
            key_passphrase: written.key_passphrase.map(|secret| secret.relative_to(self.folder)),
            certificate: written.certificate.map(|path| Pem::File(self.folder.join(path))),
            certificate_alias: written.certificate_alias,
            redirect_uri: written.redirect_uri,
            post_logout_uri: written.post_logout_uri,
            grants: written.grants.unwrap_or_default(),
            scopes: written.scopes.unwrap_or_default(),
        })
    }

    fn user(&mut self, path: &str, written: UserEntry, likeness: Option<Likeness>) -> Option<User> {
        Some(User {
            likeness,
            name: self.required(path, "name", written.name)?,
            domain: self.required(path, "domain", written.domain)?,
            password: written.password.map(|password| password.relative_to(self.folder)),
        })
    }

    fn api(&mut self, path: &str, written: ApiEntry, likeness: Option<Likeness>) -> Option<Api> {
        Some(Api {
            likeness,
            kind: self.required(path, "kind", written.kind)?,
            domain: self.required(path, "domain", written.domain)?,
            url: self.required(path, "url", written.url)?,
            audience: self.required(path, "audience", written.audience)?,
            scope: self.required(path, "scope", written.scope)?,
            agent: written.agent,
            prompt: written.prompt,
            integration: written.integration,
            instance: written.instance,
        })
    }

    fn levers(&self, written: LeverEntries) -> Levers {
        let folder = self.folder;
        Levers {
            clock: written.clock,
            registration: written.registration,
            witness: written.witness,
            listener: written.listener,
            control: written.control.map(|control| Control {
                url: control.url,
                token: control.token.relative_to(folder),
            }),
            mint: written.mint.map(|mint| Mint {
                issuer: mint.issuer,
                key: mint.key.relative_to(folder),
                key_id: mint.key_id,
            }),
            client_certificate: written.client_certificate,
        }
    }

    fn required<T>(&mut self, path: &str, key: &str, value: Option<T>) -> Option<T> {
        if value.is_none() {
            self.add(path, format!("`{path}` lacks the key `{key}`"), |mistake| mistake);
        }
        value
    }

    /// Checks that entries name others that are there.
    fn check_names(&mut self, target: &Target) {
        let domains: Vec<&str> = target.domains.keys().map(String::as_str).collect();
        let apis: Vec<&str> = target.apis.keys().map(String::as_str).collect();
        let clients = target
            .clients
            .iter()
            .map(|(name, client)| (format!("clients.{name}.domain"), &client.domain));
        let users = target
            .users
            .iter()
            .map(|(name, user)| (format!("users.{name}.domain"), &user.domain));
        let resources = target
            .apis
            .iter()
            .map(|(name, api)| (format!("apis.{name}.domain"), &api.domain));
        let scopes = target.clients.iter().flat_map(|(name, client)| {
            client
                .scopes
                .iter()
                .map(move |scope| (format!("clients.{name}.scopes"), scope))
        });
        let named = clients
            .chain(users)
            .chain(resources)
            .map(|(path, name)| (path, name, "domain", &domains));
        for (path, name, what, known) in named.chain(scopes.map(|(path, name)| (path, name, "API", &apis))) {
            if !known.contains(&name.as_str()) {
                let mistake = format!("`{path}` names no {what} of this file");
                self.add(&path, mistake, |mistake| {
                    mistake.expected(format!("one of {}", known.join(", ")))
                });
            }
        }
    }

    /// Checks that every address is one that may be spoken to, and is spoken to safely.
    fn check_hosts(&mut self, target: &Target) {
        for host in &target.hosts {
            let is_exact = !host.is_empty() && !host.contains(['/', '*', '@', '?', '#', ' ']) && !host.contains("://");
            if !is_exact {
                self.add("hosts", "`hosts` holds what is no host name", |mistake| {
                    mistake.expected("exact names, without scheme, port, path or wildcard")
                });
            }
        }
        let domains = target
            .domains
            .iter()
            .map(|(name, domain)| (format!("domains.{name}.url"), &domain.url));
        let apis = target
            .apis
            .iter()
            .map(|(name, api)| (format!("apis.{name}.url"), &api.url));
        let control = target
            .levers
            .control
            .iter()
            .map(|control| ("levers.control.url".to_owned(), &control.url));
        for (path, address) in domains.chain(apis).chain(control) {
            let url = Url::parse(address)
                .ok()
                .filter(|url| matches!(url.scheme(), "http" | "https"));
            let Some((url, host)) = url.as_ref().and_then(|url| Some((url, url.host_str()?))) else {
                self.add(&path, format!("`{path}` is no address"), |mistake| {
                    mistake.expected("https://HOST")
                });
                continue;
            };
            let bare = host.trim_start_matches('[').trim_end_matches(']');
            if !target
                .hosts
                .iter()
                .any(|known| known.eq_ignore_ascii_case(host) || known.eq_ignore_ascii_case(bare))
            {
                let mistake = format!("the host of `{path}` does not stand under `hosts`");
                self.add(&path, mistake, |mistake| {
                    mistake.hint("add it, if that host may be spoken to")
                });
            }
            if url.scheme() == "http" && !is_loopback(host) {
                self.add(&path, format!("`{path}` is not protected"), |mistake| {
                    mistake.expected("https: tokens and secrets go there")
                });
            }
            if !url.username().is_empty() || url.password().is_some() {
                self.add(&path, format!("`{path}` holds credentials"), |mistake| {
                    mistake.expected("an address without them")
                });
            }
        }
    }

    /// Adds a mistake at the nearest key that is there.
    fn add(&mut self, path: &str, what: impl Into<String>, more: impl FnOnce(Diagnostic) -> Diagnostic) {
        let mut spot = Spot::default();
        let mut table = Some(self.tree);
        for key in path.split('.') {
            let Some((found, value)) = table.and_then(|table| table.get_key_value(key)) else {
                break;
            };
            spot = spot_at(self.text, found.span());
            table = match value.get_ref() {
                DeValue::Table(inner) => Some(inner),
                _ => None,
            };
        }
        self.found.push(more(Diagnostic::new(self.file, spot, what)));
    }
}

/// An entry that can leave out what another one says.
trait Inherit: Clone {
    fn like(&self) -> Option<&String>;
    fn but(&self) -> Option<&String>;
    /// This entry with what it leaves out taken from the other; `like` and `but` stay its own.
    fn over(self, base: &Self) -> Self;
}

/// Writes [`Inherit`] for an entry type out of the names of its members.
macro_rules! inherit {
    ($entry:ident: $($member:ident),+) => {
        impl Inherit for $entry {
            fn like(&self) -> Option<&String> {
                self.like.as_ref()
            }

            fn but(&self) -> Option<&String> {
                self.but.as_ref()
            }

            fn over(self, base: &Self) -> Self {
                Self {
                    $($member: self.$member.or_else(|| base.$member.clone()),)+
                    like: self.like,
                    but: self.but,
                }
            }
        }
    };
}

inherit!(DomainEntry: url, issuer, assertion_audience, leeway, signing_certificate);
inherit!(ClientEntry: domain, display_name, id, secret, key, key_passphrase, certificate, certificate_alias, redirect_uri, post_logout_uri, grants, scopes);
inherit!(UserEntry: name, domain, password);
inherit!(ApiEntry: kind, domain, url, audience, scope, agent, prompt, integration, instance);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::{Effect, Lever, Role};
    use crate::target::{ApiKind, SecretReference};

    const EXAMPLE: &str = include_str!("../../tests/fixtures/target.toml");

    fn example() -> Target {
        load("target.toml", EXAMPLE, Path::new("there")).unwrap_or_else(|found| panic!("{}", found[0]))
    }

    #[test]
    fn the_example_is_read_as_it_stands() {
        let target = example();
        assert_eq!(target.names().count(), 2 + 2 + 4 + 3);
        assert_eq!(target.go_live.as_deref(), Some("2026-12-01"));
        assert_eq!(target.allow.effects, [Effect::Read, Effect::Token, Effect::Invoke]);
        assert_eq!(target.apis["agents"].kind, ApiKind::FusionAi);
        assert_eq!(target.hosts_beyond_loopback().count(), 4);
        assert!(Lever::ALL.iter().all(|lever| !target.levers.has(*lever)));
        let api = target.lookup(Role::Api, "orders").expect("the API");
        assert_eq!(api.attribute(&["integration", "code"]), Some("GET_ORDERS".into()));
    }

    #[test]
    fn an_entry_takes_what_it_leaves_out_from_the_one_it_is_like() {
        let target = example();
        let client = &target.clients["no-assertions"];
        assert_eq!(client.domain, "home");
        assert_eq!(client.grants, ["client_credentials"]);
        assert_eq!(client.likeness.as_ref().expect("a likeness").like, "backend");
        assert!(
            matches!(&client.key, Some(SecretReference::File(path)) if path == Path::new("there/secrets/backend.key.pem"))
        );
        assert_eq!(target.users["locked"].name, "locked.example");
    }

    #[test]
    fn levers_are_read() {
        let levers = "
[levers]
clock = true
listener = \"https://probe.example\"
[levers.control]
url = \"http://127.0.0.1:1\"
token = { env = \"TOKEN\" }
[levers.mint]
issuer = \"https://issuer.example/\"
key = { file = \"issuer.pem\" }
key-id = \"issuer-1\"
";
        let text = EXAMPLE.replace("hosts = [", "hosts = [\"127.0.0.1\", ") + levers;
        let target = load("target.toml", &text, Path::new(".")).unwrap_or_else(|found| panic!("{}", found[0]));
        assert!(
            target.levers.has(Lever::Clock) && target.levers.has(Lever::Mint) && target.levers.has(Lever::Listener)
        );
        assert!(!target.levers.has(Lever::Witness));
    }

    #[test]
    fn every_secret_has_a_place_and_can_be_replaced() {
        let text = EXAMPLE.replacen(
            "secret = { env = \"TENANTPROOF_BACKEND_SECRET\" }",
            "secret = { command = [\"vault\", \"read\"] }\nkey-passphrase = { env = \"PASS\" }",
            1,
        );
        let mut target = load("target.toml", &text, Path::new(".")).unwrap_or_else(|found| panic!("{}", found[0]));
        let places: Vec<String> = target.secrets().map(|(place, _)| place).collect();
        // `no-assertions` takes key and passphrase from `backend`, and has a secret of its own.
        assert_eq!(
            places,
            [
                "clients.backend.secret",
                "clients.backend.key",
                "clients.backend.key-passphrase",
                "clients.no-assertions.secret",
                "clients.no-assertions.key",
                "clients.no-assertions.key-passphrase",
            ]
        );
        for (place, secret) in target.secrets_mut() {
            if matches!(secret, SecretReference::Command(_)) {
                assert_eq!(place, "clients.backend.secret");
                *secret = SecretReference::Given(crate::target::Secret::from_text("x"));
            }
        }
        assert!(matches!(
            target.clients["backend"].secret,
            Some(SecretReference::Given(_))
        ));
    }

    #[test]
    fn no_diagnostic_repeats_a_value() {
        let mistakes = [
            (
                "secret = { env = \"TENANTPROOF_BACKEND_SECRET\" }",
                "secret = \"hunter2\"",
            ),
            ("secret = { env = \"TENANTPROOF_BACKEND_SECRET\" }", "secret = hunter2"),
            (
                "secret = { env = \"TENANTPROOF_BACKEND_SECRET\" }",
                "secret = [\"hunter2\"]",
            ),
            (
                "secret = { env = \"TENANTPROOF_BACKEND_SECRET\" }",
                "secret = { text = \"hunter2\" }",
            ),
            (
                "secret = { env = \"TENANTPROOF_BACKEND_SECRET\" }",
                "secret = { env = [\"hunter2\"] }",
            ),
            ("profile = \"oracle\"", "profile = { a = \"hunter2\" }"),
            ("pause = \"500ms\"", "pause = \"hunter2\""),
            ("effects = [\"read\",", "effects = [\"hunter2\","),
            ("leeway = 300", "leeway = \"hunter2, expected a, expected b\""),
            ("kind = \"oic\"", "kind = \"hunter2\""),
            (
                "[clients.backend]\ndomain = \"home\"",
                "[clients.backend]\ndomain = \"hunter2\"",
            ),
            ("like = \"employee\"", "like = \"hunter2\""),
            (
                "url = \"https://fa-dev5.fa.example\"",
                "url = \"https://user:hunter2@fa-dev5.fa.example\"",
            ),
            ("leeway = 300", "hunter2 = 300"),
            ("profile = \"oracle\"", "profile = \"oracle\"\nhunter2 = \"x\""),
            ("  \"fa-dev5.fa.example\",", "  \"https://hunter2\","),
            ("date = 2026-12-01", "date = \"hunter2\""),
            ("integrations = []", "integrations = hunter2"),
            (
                "name = \"ada.example\"",
                "name = \"ada.example\"\npassword = \"hunter2\"",
            ),
        ];
        for (right, wrong) in mistakes {
            let text = EXAMPLE.replacen(right, wrong, 1);
            assert_ne!(text, EXAMPLE, "{right}");
            let found = load("target.toml", &text, Path::new(".")).expect_err(wrong);
            for diagnostic in found {
                let said = format!("{diagnostic} {diagnostic:?}");
                assert!(!said.contains("hunter2"), "{wrong}: {said}");
                assert!(diagnostic.spot.is_known(), "{wrong}: {said}");
            }
        }
    }
}
