//! The pages that a domain shows to a person: plain HTML forms, a pure function of a struct each.
//!
//! Each page is a template of the same name beside this file, inside `layout.html`, with `style.css` inlined. No page has a script or loads
//! anything. Which page to show, and what a form that comes back means, is decided elsewhere; ids and field names of the forms are kept
//! stable, since tests and scenario files fill them in. The look is the project's own and imitates no vendor's.

mod headers;
pub(crate) mod text;

use askama::Template;

pub use headers::Leads;
pub(crate) use headers::STYLESHEET;

/// What the sign-in page says to an unknown user and to a wrong password: one sentence for both, so that it tells nobody which users exist
/// (CWE-204).
pub const SIGN_IN_REFUSED: &str = "The user name or the password is not right.";

/// What [`Device::error`] says of a code that is unknown, spent or too old.
pub const USER_CODE_REFUSED: &str = "This code is not known here, or it has expired.";

/// The most characters of a name that a page shows.
pub(crate) const SHOWN: usize = 100;

/// A page that can be shown.
pub trait Page: Template {
    /// Where the form of this page leads.
    const LEADS: Leads;

    /// The page as HTML.
    fn html(&self) -> String {
        self.render().expect("a template writes to a string, which cannot fail")
    }

    /// The header fields that go with the page.
    ///
    /// Under `Referrer-Policy: no-referrer` browsers send the forms with `Origin: null`, so that field cannot tell our forms from forged ones;
    /// the hidden `request` field can.
    fn headers(&self) -> Vec<(&'static str, String)> {
        headers::headers(Self::LEADS)
    }
}

/// The sign-in form: id `sign-in`, fields `request`, `username`, `password`; `decision=cancel` goes back to the application.
#[derive(Clone, Debug, Template)]
#[template(path = "sign_in.html")]
pub struct SignIn<'a> {
    /// The domain's display name.
    pub domain: &'a str,
    /// The display name of the application that wants to know who the user is.
    pub application: &'a str,
    /// The path that the form is posted to.
    pub action: &'a str,
    /// The hidden token that binds the form to the request it was made for.
    pub request: &'a str,
    /// The user name to begin with, or nothing.
    pub username: &'a str,
    /// Why the last attempt failed; [`SIGN_IN_REFUSED`] for wrong credentials.
    pub error: Option<&'a str>,
    /// Seconds for which no attempt is taken, after too many wrong ones.
    pub pause: Option<u64>,
}

impl SignIn<'_> {
    fn has_problem(&self) -> bool {
        self.error.is_some() || self.pause.is_some()
    }

    fn wait(&self) -> Option<String> {
        self.pause.map(text::duration)
    }
}

/// The question whether an application may act for a user: id `consent`, field `request`, `decision` is `allow`, `deny` or `another-account`.
#[derive(Clone, Debug, Template)]
#[template(path = "consent.html")]
pub struct Consent<'a> {
    /// The domain's display name.
    pub domain: &'a str,
    /// The display name of the application that asks.
    pub application: &'a str,
    /// The path that the form is posted to.
    pub action: &'a str,
    /// The hidden token that binds the form to the request it was made for.
    pub request: &'a str,
    /// The user who is signed in.
    pub user: &'a str,
    /// What is asked for.
    pub scopes: &'a [Scope<'a>],
}

/// A scope on the consent page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Scope<'a> {
    /// The scope as requested.
    pub text: &'a str,
    /// What it lets the application do, as a sentence that goes on from "It asks to".
    pub description: &'a str,
}

impl<'a> Scope<'a> {
    /// The scope with the description that every domain knows for it (IDCS-OAUTH-410, IDCS-OAUTH-522), or else a general one.
    pub fn known(text: &'a str) -> Self {
        let description = match text {
            "openid" => "know who you are",
            "profile" => "read your name and profile",
            "email" => "read your e-mail address",
            "address" => "read your postal address",
            "phone" => "read your phone number",
            "groups" | "get_groups" => "read which groups you are in",
            "approles" | "get_approles" => "read which application roles you have",
            "offline_access" => "keep its access while you are away",
            "urn:opc:idm:__myscopes__" => "do in this domain whatever you may do there",
            _ => "act as you within this scope",
        };
        Self { text, description }
    }
}

/// The form for the code that a device shows (RFC 8628 section 3.3): id `device`, fields `request`, `user_code`.
///
/// Capitals are only how the field looks: `user_code` comes back as it was typed, dashes and small letters included (RFC 8628 section 6.1).
#[derive(Clone, Debug, Template)]
#[template(path = "device.html")]
pub struct Device<'a> {
    /// The domain's display name.
    pub domain: &'a str,
    /// The path that the form is posted to.
    pub action: &'a str,
    /// The hidden token that binds the form to the session it was made for.
    pub request: &'a str,
    /// The code to begin with, or nothing.
    pub user_code: &'a str,
    /// Why the last code was not taken; [`USER_CODE_REFUSED`] for most reasons.
    pub error: Option<&'a str>,
}

/// The end of a device's request, on the page of the person: the device learns the outcome by itself.
#[derive(Clone, Debug, Template)]
#[template(path = "device_done.html")]
pub struct DeviceDone<'a> {
    /// The domain's display name.
    pub domain: &'a str,
    /// The display name of the application on the device.
    pub application: &'a str,
    /// What the person decided.
    pub outcome: DeviceOutcome,
}

/// What a person decided about a device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DeviceOutcome {
    /// It may act for them.
    Allowed,
    /// It may not.
    Denied,
}

/// An error that must not be told to the application by a redirect, since who asks is not certain (RFC 6749 section 4.1.2.1).
#[derive(Clone, Debug, Template)]
#[template(path = "error.html")]
pub struct ErrorPage<'a> {
    /// The domain's display name.
    pub domain: &'a str,
    /// What went wrong, in a few words.
    pub heading: &'a str,
    /// What it means and what to do, in one sentence.
    pub sentence: &'a str,
    /// The error code for machines.
    pub code: &'a str,
    /// The execution context id, by which the journal is looked up.
    pub ecid: &'a str,
}

/// The end of a session (IDCS-OAUTH-507), where no redirect was asked for.
#[derive(Clone, Debug, Template)]
#[template(path = "signed_out.html")]
pub struct SignedOut<'a> {
    /// The domain's display name.
    pub domain: &'a str,
}

impl Page for SignIn<'_> {
    const LEADS: Leads = Leads::ToApplication;
}

impl Page for Consent<'_> {
    const LEADS: Leads = Leads::ToApplication;
}

impl Page for Device<'_> {
    const LEADS: Leads = Leads::Here;
}

impl Page for DeviceDone<'_> {
    const LEADS: Leads = Leads::Nowhere;
}

impl Page for ErrorPage<'_> {
    const LEADS: Leads = Leads::Nowhere;
}

impl Page for SignedOut<'_> {
    const LEADS: Leads = Leads::Nowhere;
}

#[cfg(test)]
mod tests {
    use aws_lc_rs::digest;

    use super::*;
    use crate::jose::base64;

    const HOSTILE: [&str; 6] = [
        "\"><script>alert(1)</script>",
        "' autofocus onfocus=alert(1) x='",
        "</title></style></form><form action=https://elsewhere.example/>",
        "{{ domain }} {% if true %} <!-- ]]> &lt;b&gt;",
        "\0\u{1b}[31m\r\n\t\u{7f}\u{85}\u{202e}\u{2066}",
        "javascript:alert(1)",
    ];

    /// Every page in every form that it has, with this text wherever a page takes text.
    fn pages_with(text: &str) -> Vec<(String, Vec<(&'static str, String)>)> {
        fn shown(page: &impl Page) -> (String, Vec<(&'static str, String)>) {
            (page.html(), page.headers())
        }
        let sign_in = |error, pause| SignIn {
            domain: text,
            application: text,
            action: text,
            request: text,
            username: text,
            error,
            pause,
        };
        let consent = |scopes| Consent {
            domain: text,
            application: text,
            action: text,
            request: text,
            user: text,
            scopes,
        };
        let device = |user_code, error| Device {
            domain: text,
            action: text,
            request: text,
            user_code,
            error,
        };
        let done = |outcome| DeviceDone {
            domain: text,
            application: text,
            outcome,
        };
        let scope = Scope {
            text,
            description: text,
        };
        vec![
            shown(&sign_in(None, None)),
            shown(&SignIn {
                username: "",
                ..sign_in(None, None)
            }),
            shown(&sign_in(Some(text), None)),
            shown(&sign_in(None, Some(61))),
            shown(&sign_in(Some(text), Some(600))),
            shown(&consent(&[scope, Scope::known(text)])),
            shown(&consent(&[])),
            shown(&device(text, None)),
            shown(&device("", Some(text))),
            shown(&done(DeviceOutcome::Allowed)),
            shown(&done(DeviceOutcome::Denied)),
            shown(&ErrorPage {
                domain: text,
                heading: text,
                sentence: text,
                code: text,
                ecid: text,
            }),
            shown(&SignedOut { domain: text }),
        ]
    }

    fn html_with(text: &str) -> Vec<String> {
        pages_with(text).into_iter().map(|(html, _)| html).collect()
    }

    /// The tags of a page, attributes included. Text holds no angle bracket, since it is escaped.
    fn tags(html: &str) -> Vec<&str> {
        html.split('<')
            .skip(1)
            .map(|rest| rest.split('>').next().unwrap())
            .collect()
    }

    fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
        let (_, rest) = tag.split_once(&format!(" {name}=\""))?;
        rest.split('"').next()
    }

    fn stylesheet(html: &str) -> &str {
        let (_, rest) = html.split_once("<style>").unwrap();
        rest.split_once("</style>").unwrap().0
    }

    #[test]
    fn hostile_text_changes_no_tag() {
        // Tags with the values of their attributes blanked: what is left is the structure of the page.
        let structure = |html: &str| -> Vec<String> {
            tags(html)
                .into_iter()
                .map(|tag| tag.split('"').step_by(2).collect::<Vec<_>>().join("\"\""))
                .collect()
        };
        let long = "<b>\"".repeat(2_500);
        let plain = html_with("plain");
        for hostile in HOSTILE.into_iter().chain([long.as_str()]) {
            for (plain, page) in plain.iter().zip(html_with(hostile)) {
                assert_eq!(structure(plain), structure(&page), "{hostile:?}");
            }
        }
    }

    #[test]
    fn a_page_holds_no_control_character_and_nothing_that_turns_its_direction() {
        for page in HOSTILE.into_iter().flat_map(html_with) {
            assert!(
                !page.contains(|character| text::is_unreadable(character) && character != '\n'),
                "{page}"
            );
        }
        assert!(html_with("a\0b")[0].contains("a\u{fffd}b"));
    }

    #[test]
    fn a_long_name_is_cut_and_a_long_scope_is_not() {
        let long = "x".repeat(10_000);
        let consent = Consent {
            domain: &long,
            application: &long,
            action: "/consent",
            request: "r",
            user: &long,
            scopes: &[],
        };
        assert!(consent.html().len() < 10_000);
        let scopes = [Scope::known(&long)];
        assert!(
            Consent {
                scopes: &scopes,
                ..consent
            }
            .html()
            .contains(&long)
        );
    }

    #[test]
    fn every_field_that_is_seen_has_a_label() {
        for page in html_with("text") {
            let tags = tags(&page);
            let inputs = tags.iter().filter(|tag| tag.starts_with("input "));
            for input in inputs.filter(|tag| attribute(tag, "type") != Some("hidden")) {
                let id = attribute(input, "id").expect("a field has an id");
                assert_eq!(
                    tags.iter().filter(|tag| **tag == format!("label for=\"{id}\"")).count(),
                    1,
                    "{input}"
                );
                assert!(attribute(input, "autocomplete").is_some(), "{input}");
            }
        }
    }

    #[test]
    fn what_describes_a_field_is_there() {
        for page in html_with("text") {
            let tags = tags(&page);
            let named = ["aria-describedby", "aria-labelledby"]
                .into_iter()
                .flat_map(|name| tags.iter().filter_map(move |tag| attribute(tag, name)))
                .flat_map(str::split_whitespace);
            for id in named {
                assert_eq!(
                    tags.iter().filter(|tag| attribute(tag, "id") == Some(id)).count(),
                    1,
                    "{id}"
                );
            }
        }
    }

    #[test]
    fn a_page_is_whole_in_itself() {
        for page in html_with("text") {
            for foreign in [
                "<script", "http://", "https://", " style=", " src=", "<link", "url(", "@import", " on",
            ] {
                let found = tags(&page).iter().any(|tag| format!("<{tag}").contains(foreign));
                assert!(!found && !stylesheet(&page).contains(foreign), "{foreign}");
            }
        }
    }

    #[test]
    fn a_page_names_its_language_and_has_one_heading_and_says_that_it_is_a_mock() {
        for page in html_with("text") {
            let tags = tags(&page);
            assert_eq!(tags.iter().filter(|tag| **tag == "h1").count(), 1);
            assert!(tags.contains(&"html lang=\"en\""));
            assert!(page.contains("tenantproof mock domain"));
        }
    }

    #[test]
    fn the_policy_lets_in_the_stylesheet_of_the_page_and_no_other() {
        for (page, headers) in pages_with("text") {
            let digest = digest::digest(&digest::SHA256, stylesheet(&page).as_bytes());
            let (_, policy) = &headers[1];
            assert!(
                policy.contains(&format!("; style-src 'sha256-{}';", base64(digest.as_ref()))),
                "{policy}"
            );
            // A browser hashes what it parsed, in which a carriage return has become a line feed.
            assert!(!stylesheet(&page).contains('\r'));
        }
    }

    #[test]
    fn only_a_form_that_ends_at_an_application_may_lead_anywhere() {
        for (page, headers) in pages_with("text") {
            let ends_elsewhere = page.contains("id=\"sign-in\"") || page.contains("id=\"consent\"");
            let (_, policy) = &headers[1];
            assert_eq!(policy.contains("form-action"), !ends_elsewhere, "{policy}");
            assert_eq!(
                policy.contains("form-action 'none'"),
                !page.contains("<form"),
                "{policy}"
            );
        }
    }

    #[test]
    fn forms_keep_their_ids_and_names() {
        let names = |html: &str| -> Vec<String> {
            tags(html)
                .into_iter()
                .filter_map(|tag| match tag.split(' ').next() {
                    Some("form") => attribute(tag, "id").map(str::to_owned),
                    Some("input") => attribute(tag, "name").map(str::to_owned),
                    Some("button") => Some(format!("{}={}", attribute(tag, "name")?, attribute(tag, "value")?)),
                    _ => None,
                })
                .collect()
        };
        let pages = html_with("text");
        assert_eq!(
            names(&pages[0]),
            ["sign-in", "request", "username", "password", "decision=cancel"]
        );
        assert_eq!(
            names(&pages[5]),
            [
                "consent",
                "request",
                "decision=another-account",
                "decision=allow",
                "decision=deny"
            ]
        );
        assert_eq!(names(&pages[7]), ["device", "request", "user_code"]);
        assert!(pages[9..].iter().all(|page| names(page).is_empty()));
    }

    #[test]
    fn a_password_is_never_filled_in() {
        let page = &html_with("text")[2];
        let password = tags(page)
            .into_iter()
            .find(|tag| attribute(tag, "name") == Some("password"));
        assert_eq!(attribute(password.unwrap(), "value"), None);
    }

    #[test]
    fn enter_signs_in_instead_of_cancelling() {
        let page = &html_with("text")[0];
        let first = tags(page).into_iter().find(|tag| tag.starts_with("button"));
        assert_eq!(first, Some("button class=\"main\""));
    }
}
