//! The questions of `init`, and the target file that comes of the answers. Asks through a trait, so that a script can answer.
//!
//! No secret is ever asked for: only the name of the variable or file that will hold it.

use std::fmt::Write as _;
use std::io;

/// Where answers come from.
pub trait Respondent {
    /// Asks one question. `usual` is what an empty answer means.
    ///
    /// # Errors
    ///
    /// The end of the answers, or what the system says.
    fn ask(&mut self, question: &str, usual: &str) -> io::Result<String>;

    /// Says why an answer will not do.
    fn object(&mut self, why: &str);
}

/// The audience and issuer that domains share.
const SHARED: &str = "https://identity.oraclecloud.com/";

/// The client that calls what no other one does, as scenarios call it.
const BACKEND: &str = "backend";

/// The REST services of Fusion, as scenarios call them.
const PAGES: &str = "pages";

/// An integration, as scenarios call it.
const INTEGRATION: &str = "integration";

/// By which name scenarios know the client that calls an API; the rest is called by `backend`.
const CALLERS: [(&str, &str); 2] = [(PAGES, "pages-backend"), (INTEGRATION, "integration-caller")];

/// What an answer must be.
#[derive(Clone, Copy)]
enum Kind {
    /// Anything that is not empty.
    Text,
    /// Anything.
    Optional,
    /// An address with https.
    Address,
    /// The name of an environment variable.
    Variable,
    /// A day.
    Day,
    /// Yes or no.
    Choice,
}

impl Kind {
    /// Why an answer will not do; none where it does. The answer itself is never repeated: it may be a secret in the wrong place.
    fn objection(self, answer: &str) -> Option<&'static str> {
        let is_plain = || {
            let fits = |character: char| character.is_ascii_alphanumeric() || character == '_';
            !answer.is_empty() && answer.chars().all(fits)
        };
        match self {
            Self::Text if answer.is_empty() => Some("an answer is needed here"),
            Self::Address => {
                let url = url::Url::parse(answer).ok();
                let is_good = url.is_some_and(|url| {
                    url.scheme() == "https"
                        && url.host_str().is_some()
                        && url.username().is_empty()
                        && url.password().is_none()
                        && url.path() == "/"
                        && url.query().is_none()
                });
                (!is_good).then_some("an address is like https://host.example, without user, password and path")
            }
            Self::Variable if !is_plain() || answer.starts_with(|first: char| first.is_ascii_digit()) => {
                Some("the name of a variable has letters, digits and underscores. Type its name, never the secret")
            }
            Self::Day if !answer.is_empty() && answer.parse::<toml::value::Datetime>().is_err() => {
                Some("a day is like 2026-12-01")
            }
            Self::Choice if !matches!(answer, "y" | "n") => Some("y or n"),
            _ => None,
        }
    }
}

/// Asks everything and writes the target file.
///
/// # Errors
///
/// What the respondent says.
pub fn interview(respondent: &mut dyn Respondent) -> io::Result<String> {
    Interview(respondent).file()
}

struct Interview<'a>(&'a mut dyn Respondent);

impl Interview<'_> {
    fn ask(&mut self, kind: Kind, question: &str, usual: &str) -> io::Result<String> {
        loop {
            let answer = self.0.ask(question, usual)?;
            let answer = if answer.trim().is_empty() { usual } else { answer.trim() };
            match kind.objection(answer) {
                None => return Ok(answer.to_owned()),
                Some(why) => self.0.object(why),
            }
        }
    }

    fn yes(&mut self, question: &str, usual: &str) -> io::Result<bool> {
        Ok(self.ask(Kind::Choice, &format!("{question} (y or n)"), usual)? == "y")
    }

    fn file(&mut self) -> io::Result<String> {
        let name = self.ask(Kind::Text, "What do people call this target?", "our tenant")?;
        let day = self.ask(
            Kind::Day,
            "On which day do people begin to depend on it, such as 2026-12-01? Empty if unknown",
            "",
        )?;
        let domain = self.ask(Kind::Address, "Domain URL, from the domain's page in the console", "")?;
        let audience = self.ask(Kind::Text, "Audience of assertions", SHARED)?;
        let mut hosts = vec![host(&domain)];
        let mut body = String::new();
        let _ = writeln!(
            body,
            "\n[domains.home]\nurl = {}\nissuer = {}\nassertion-audience = {}",
            quoted(&domain),
            quoted(SHARED),
            quoted(&audience)
        );
        let mut agents = Vec::new();
        let mut integrations = Vec::new();
        let apis = self.apis(&mut hosts, &mut agents, &mut integrations)?;
        body += &self.client(&apis)?;
        let user = self.ask(
            Kind::Text,
            "User name of a person in whose name is called, as the domain has it",
            "",
        )?;
        let _ = writeln!(body, "\n[users.employee]\nname = {}\ndomain = \"home\"", quoted(&user));
        for (_, text) in &apis {
            body += text;
        }

        let mut head = String::new();
        let _ = writeln!(
            head,
            "# Written by `tenantproof init`. It holds no secret, and none belongs into it.\nformat = 1"
        );
        let _ = writeln!(
            head,
            "name = {}\nprofile = \"oracle\"\nhosts = {}",
            quoted(&name),
            list(&hosts)
        );
        head += "\n[limits]\npause = \"500ms\"\nrequests = 400\nrefused-logins = 25\ntimeout = \"30s\"\n";
        let effects = if agents.is_empty() && integrations.is_empty() {
            "[\"read\", \"token\"]"
        } else {
            "[\"read\", \"token\", \"invoke\"]"
        };
        let _ = writeln!(
            head,
            "\n[allow]\neffects = {effects}\nagents = {}\nintegrations = {}",
            list(&agents),
            list(&integrations)
        );
        if !day.is_empty() {
            let _ = writeln!(head, "\n[go-live]\ndate = {day}");
        }
        Ok(head + &body)
    }

    /// Asks for the APIs; gives each with its name and its text.
    fn apis(
        &mut self,
        hosts: &mut Vec<String>,
        agents: &mut Vec<String>,
        integrations: &mut Vec<String>,
    ) -> io::Result<Vec<(String, String)>> {
        let mut apis = Vec::new();
        let kinds = [
            ("agents", "fusion-ai", "Do you call AI agents of Fusion?"),
            (PAGES, "fusion-adf", "Do you call REST services of Fusion?"),
            (INTEGRATION, "oic", "Do you call an integration?"),
        ];
        for (name, kind, question) in kinds {
            if !self.yes(question, if kind == "fusion-ai" { "y" } else { "n" })? {
                continue;
            }
            let url = self.ask(Kind::Address, "Its address, without any path", "")?;
            let audience = self.ask(
                Kind::Text,
                "Its primary audience, copied from the resource's page in the console",
                "",
            )?;
            let scope = self.ask(
                Kind::Text,
                "Its scope, copied whole from the client's page in the console",
                "",
            )?;
            let host = host(&url);
            if !hosts.contains(&host) {
                hosts.push(host);
            }
            let mut text = format!(
                "\n[apis.{name}]\nkind = \"{kind}\"\ndomain = \"home\"\nurl = {}\naudience = {}\nscope = {}\n",
                quoted(&url),
                quoted(&audience),
                quoted(&scope)
            );
            if kind == "fusion-ai" {
                let agent = self.ask(Kind::Text, "Code of an agent that may be run", "")?;
                let _ = writeln!(text, "agent = {}\nprompt = \"What can you do?\"", quoted(&agent));
                agents.push(agent);
            }
            if kind == "oic" {
                let code = self.ask(Kind::Text, "Code of an integration that may be run", "")?;
                let version = self.ask(Kind::Text, "Its active version", "1.0")?;
                let path = self.ask(
                    Kind::Optional,
                    "The path below it that answers GET, such as orders/1; empty if there is none",
                    "",
                )?;
                let path = path.trim_start_matches('/');
                let _ = writeln!(
                    text,
                    "integration = {{ code = {}, version = {}, path = {} }}",
                    quoted(&code),
                    quoted(&version),
                    quoted(path)
                );
                integrations.push(code);
            }
            apis.push((name.to_owned(), text));
        }
        Ok(apis)
    }

    /// Asks for the client that calls them.
    fn client(&mut self, apis: &[(String, String)]) -> io::Result<String> {
        let id = self.ask(Kind::Text, "Id of the client that calls them (no secret)", "")?;
        let usual = "TENANTPROOF_BACKEND_SECRET";
        let variable = self.ask(
            Kind::Variable,
            "Name of the environment variable that will hold its secret",
            usual,
        )?;
        let mut text = format!(
            "domain = \"home\"\nid = {}\nsecret = {{ env = {} }}\n",
            quoted(&id),
            quoted(&variable)
        );
        let mut grants = vec!["client_credentials".to_owned()];
        if self.yes("Does it sign assertions for users?", "y")? {
            let key = self.ask(
                Kind::Text,
                "Path of its private key, PEM or PKCS#12, relative to the target file",
                "secrets/backend.key.pem",
            )?;
            let _ = writeln!(text, "key = {{ file = {} }}", quoted(&key));
            if self.yes("Does a passphrase protect the key?", "n")? {
                let usual = usual.replace("_SECRET", "_PASSPHRASE");
                let variable = self.ask(
                    Kind::Variable,
                    "Name of the environment variable that will hold the passphrase",
                    &usual,
                )?;
                let _ = writeln!(text, "key-passphrase = {{ env = {} }}", quoted(&variable));
            }
            let certificate = self.ask(
                Kind::Optional,
                "Path of its certificate, PEM; empty if the key's file holds it",
                "",
            )?;
            if !certificate.is_empty() {
                let _ = writeln!(text, "certificate = {}", quoted(&certificate));
            }
            let alias = self.ask(
                Kind::Text,
                "Alias under which the certificate was imported; it becomes `kid`",
                "",
            )?;
            let _ = writeln!(text, "certificate-alias = {}", quoted(&alias));
            grants.push("urn:ietf:params:oauth:grant-type:jwt-bearer".to_owned());
        }
        let _ = writeln!(text, "grants = {}", list(&grants));
        let called_by = |caller: &str| -> Vec<String> {
            let of = |api: &str| {
                CALLERS
                    .iter()
                    .find(|(name, _)| *name == api)
                    .map_or(BACKEND, |(_, caller)| caller)
            };
            let names = apis.iter().map(|(name, _)| name.clone());
            names.filter(|name| of(name) == caller).collect()
        };
        let mut entries = String::new();
        for caller in std::iter::once(BACKEND).chain(CALLERS.map(|(_, caller)| caller)) {
            let scopes = called_by(caller);
            if scopes.is_empty() && (caller != BACKEND || !apis.is_empty()) {
                continue;
            }
            if !entries.is_empty() {
                entries += "\n# The same client, by another name that scenarios have for it.";
            }
            let _ = write!(entries, "\n[clients.{caller}]\n{text}scopes = {}\n", list(&scopes));
        }
        Ok(entries)
    }
}

fn host(url: &str) -> String {
    let url = url::Url::parse(url).ok();
    url.and_then(|url| url.host_str().map(str::to_owned))
        .unwrap_or_default()
}

/// A text as TOML writes it.
fn quoted(text: &str) -> String {
    toml::Value::from(text).to_string()
}

fn list(texts: &[String]) -> String {
    let texts: Vec<String> = texts.iter().map(|text| quoted(text)).collect();
    format!("[{}]", texts.join(", "))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tenantproof_harness::target;

    use super::*;

    /// Answers from a list, and remembers what was objected to.
    struct Script {
        answers: Vec<&'static str>,
        objections: Vec<String>,
    }

    impl Respondent for Script {
        fn ask(&mut self, _: &str, _: &str) -> io::Result<String> {
            if self.answers.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            Ok(self.answers.remove(0).to_owned())
        }

        fn object(&mut self, why: &str) {
            self.objections.push(why.to_owned());
        }
    }

    fn script(answers: &[&'static str]) -> Script {
        Script {
            answers: answers.to_vec(),
            objections: Vec::new(),
        }
    }

    const AGENTS_ONLY: [&str; 21] = [
        "DEV5 \"new\"",
        "2026-12-01",
        "https://idcs-1.identity.example",
        "",
        "y",
        "https://fa-dev5.example",
        "urn:opc:resource:fusion:DEV5:fusion-ai",
        "urn:opc:resource:fusion:DEV5:fusion-ai/",
        "EXPENSE_HELPER",
        "n",
        "n",
        "0001",
        "",
        "y",
        "secrets/backend.p12",
        "y",
        "",
        "",
        "backend-2026",
        "ada.example",
        "left over",
    ];

    #[test]
    fn the_answers_become_a_target_file_that_reads() {
        let mut script = script(&AGENTS_ONLY);
        let text = interview(&mut script).expect("every question has an answer");
        assert_eq!(script.answers, ["left over"]);
        let target =
            target::load("target.toml", &text, Path::new(".")).unwrap_or_else(|found| panic!("{}\n{text}", found[0]));
        assert_eq!(target.name, "DEV5 \"new\"");
        assert_eq!(target.hosts, ["idcs-1.identity.example", "fa-dev5.example"]);
        assert_eq!(target.allow.agents, ["EXPENSE_HELPER"]);
        assert_eq!(target.clients["backend"].scopes, ["agents"]);
        assert!(target.clients["backend"].key_passphrase.is_some());
        assert_eq!(target.go_live.as_deref(), Some("2026-12-01"));
    }

    #[test]
    fn what_will_not_do_is_asked_again_and_never_repeated() {
        let mut answers = AGENTS_ONLY.to_vec();
        answers[2] = "http://idcs-1.identity.example";
        answers.insert(3, "https://ada:hush@idcs-1.identity.example");
        answers.insert(4, "https://idcs-1.identity.example");
        // The secret itself in place of its variable.
        answers.insert(14, "idcscs-hush-0123");
        let mut script = script(&answers);
        let text = interview(&mut script).expect("every question has an answer");
        assert_eq!(script.objections.len(), 3, "{:?}", script.objections);
        assert!(
            !text.contains("hush") && !script.objections.concat().contains("hush"),
            "{text}"
        );
    }

    #[test]
    fn a_client_that_calls_rest_services_too_plays_both_parts() {
        let mut answers = AGENTS_ONLY[..9].to_vec();
        answers.extend(["y", "https://fa-dev5.fa.example", "the-audience", "the-audience/scope"]);
        answers.extend(["y", "https://oic.example", "oic", "oic/all", "ORDERS", "", "/orders/1"]);
        answers.extend(&AGENTS_ONLY[11..]);
        let text = interview(&mut script(&answers)).expect("every question has an answer");
        let target =
            target::load("target.toml", &text, Path::new(".")).unwrap_or_else(|found| panic!("{}\n{text}", found[0]));
        let entries = ["backend", "pages-backend", "integration-caller"].map(|name| &target.clients[name]);
        assert!(entries.iter().all(|entry| entry.id == entries[0].id));
        assert_eq!(
            entries.map(|entry| entry.scopes.concat()),
            ["agents", "pages", "integration"]
        );
        let integration = target.apis["integration"].integration.as_ref();
        assert_eq!(integration.expect("it was asked for").path, "orders/1");
    }

    #[test]
    fn a_client_that_calls_an_integration_alone_is_what_scenarios_call_it() {
        let mut answers = AGENTS_ONLY[..4].to_vec();
        answers.extend([
            "n",
            "n",
            "y",
            "https://oic.example",
            "oic",
            "oic/all",
            "ORDERS",
            "",
            "orders/1",
        ]);
        answers.extend(&AGENTS_ONLY[11..]);
        let text = interview(&mut script(&answers)).expect("every question has an answer");
        let target =
            target::load("target.toml", &text, Path::new(".")).unwrap_or_else(|found| panic!("{}\n{text}", found[0]));
        assert_eq!(target.clients.keys().collect::<Vec<_>>(), ["integration-caller"]);
    }

    #[test]
    fn answers_that_end_early_leave_no_file() {
        assert!(interview(&mut script(&["a", ""])).is_err());
    }
}
