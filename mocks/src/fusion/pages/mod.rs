//! The pages that a pod shows to a person: its home, the Security Console as far as it is about trust, and refusals. Plain HTML forms without
//! script, each a pure function of a struct, in the look of the domain's pages. Ids and field names are kept stable, since tests and
//! scenario files fill them in. They imitate what the real pages hold and not how they look.

use askama::Template;

use crate::idcs::pages::{Leads, Page, SHOWN, STYLESHEET};

/// The home of a pod, for somebody who is signed in (FUSION-501).
#[derive(Clone, Debug, Template)]
#[template(path = "welcome.html")]
pub struct Welcome<'a> {
    /// The pod's name.
    pub pod: &'a str,
    /// The display name of the user.
    pub person: &'a str,
    /// The user name.
    pub user: &'a str,
    /// Where the Security Console is; nothing for those who do not see it.
    pub console: Option<&'a str>,
}

/// The Security Console: providers and certificates, with a form for each thing that can be done (FUSION-208).
#[derive(Clone, Debug, Template)]
#[template(path = "console.html")]
pub struct Console<'a> {
    /// The pod's name.
    pub pod: &'a str,
    /// The user name.
    pub user: &'a str,
    /// The hidden token that binds the forms to the session.
    pub request: &'a str,
    /// Where the forms go, by what they do.
    pub actions: Actions,
    /// The providers.
    pub providers: &'a [ProviderShown<'a>],
    /// Why the last wish could not be fulfilled.
    pub problem: Option<&'a str>,
    /// What was typed: the issuer, the alias, the file.
    pub typed: [&'a str; 3],
}

/// The paths that the forms of the console go to.
#[derive(Clone, Copy, Debug)]
pub struct Actions {
    /// Makes a provider.
    pub add_provider: &'static str,
    /// Takes one out.
    pub remove_provider: &'static str,
    /// Imports a certificate.
    pub add_certificate: &'static str,
    /// Takes one out.
    pub remove_certificate: &'static str,
}

/// A provider on the page.
#[derive(Clone, Debug)]
pub struct ProviderShown<'a> {
    /// Its id; nothing for one that was there before the console, and that the console cannot take out.
    pub id: &'a str,
    /// The issuer text.
    pub issuer: &'a str,
    /// The kinds of tokens that are ticked, in words.
    pub types: String,
    /// Its certificates.
    pub certificates: Vec<CertificateShown<'a>>,
}

/// A certificate on the page.
#[derive(Clone, Debug)]
pub struct CertificateShown<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its alias.
    pub alias: &'a str,
    /// The SHA-1 thumbprint.
    pub thumbprint: &'a str,
    /// The last day on which it is valid.
    pub until: String,
}

/// A refusal that is shown to a person.
#[derive(Clone, Debug, Template)]
#[template(path = "refusal.html")]
pub struct Refusal<'a> {
    /// The pod's name.
    pub pod: &'a str,
    /// What it means and what to do, in one sentence.
    pub sentence: &'a str,
    /// Where it starts again.
    pub home: &'a str,
    /// The execution context id, by which the journal is looked up.
    pub ecid: &'a str,
}

impl Page for Welcome<'_> {
    const LEADS: Leads = Leads::Nowhere;
}

impl Page for Console<'_> {
    const LEADS: Leads = Leads::Here;
}

impl Page for Refusal<'_> {
    const LEADS: Leads = Leads::Nowhere;
}

/// The date of a second, as `2026-11-20`.
pub fn date(seconds: u64) -> String {
    let date = crate::jose::key::date(seconds).date();
    format!("{:04}-{:02}-{:02}", date.year(), u8::from(date.month()), date.day())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ACTIONS: Actions = Actions {
        add_provider: "/a",
        remove_provider: "/b",
        add_certificate: "/c",
        remove_certificate: "/d",
    };

    fn pages_with(text: &str) -> Vec<String> {
        let certificate = CertificateShown {
            id: text,
            alias: text,
            thumbprint: text,
            until: date(1_795_176_000),
        };
        let provider = ProviderShown {
            id: text,
            issuer: text,
            types: "JWT".to_owned(),
            certificates: vec![certificate],
        };
        let console = Console {
            pod: text,
            user: text,
            request: text,
            actions: ACTIONS,
            providers: &[provider],
            problem: Some(text),
            typed: [text; 3],
        };
        let welcome = Welcome {
            pod: text,
            person: text,
            user: text,
            console: Some("/security-console"),
        };
        let refusal = Refusal {
            pod: text,
            sentence: text,
            home: text,
            ecid: text,
        };
        let empty = Console {
            providers: &[],
            problem: None,
            ..console.clone()
        };
        vec![console.html(), empty.html(), welcome.html(), refusal.html()]
    }

    fn tags(html: &str) -> Vec<&str> {
        html.split('<')
            .skip(1)
            .map(|rest| rest.split('>').next().expect("a part"))
            .collect()
    }

    #[test]
    fn hostile_text_changes_no_tag() {
        let structure = |html: &str| -> Vec<String> {
            let blanked = |tag: &&str| tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\"");
            tags(html).iter().map(blanked).collect()
        };
        let plain = pages_with("plain");
        for hostile in [
            "\"><script>alert(1)</script>",
            "' onfocus=alert(1) x='",
            "</textarea></form>",
            "\0\u{202e}\r\n",
        ] {
            for (plain, page) in plain.iter().zip(pages_with(hostile)) {
                assert_eq!(structure(plain), structure(&page), "{hostile:?}");
            }
        }
    }

    #[test]
    fn every_field_that_is_seen_has_one_label_and_ids_are_unique() {
        for page in pages_with("text") {
            let tags = tags(&page);
            let value = |tag: &str, name: &str| -> Option<String> {
                let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
                rest.split('"').next().map(str::to_owned)
            };
            let fields = tags.iter().filter(|tag| {
                ["input ", "textarea ", "select "]
                    .iter()
                    .any(|kind| tag.starts_with(kind))
                    && value(tag, "type").as_deref() != Some("hidden")
            });
            for field in fields {
                let id = value(field, "id").expect("a field has an id");
                let labels = tags.iter().filter(|tag| value(tag, "for").as_ref() == Some(&id));
                assert_eq!(labels.count(), 1, "{field}");
            }
            let mut ids: Vec<String> = tags.iter().filter_map(|tag| value(tag, "id")).collect();
            let count = ids.len();
            ids.sort();
            ids.dedup();
            assert_eq!(ids.len(), count, "{page}");
            assert!(!page.contains("<script"), "{page}");
        }
    }
}
