//! Browsers: what each keeps of the cookies that it is sent, and which of them go along with a request (RFC 6265 section 5).
//!
//! A site is scheme, host and port, and `Domain` is passed over, so that no cookie leaves the site that set it. A cookie lives as
//! long as the run of its scenario, or shorter by its own account.

use std::collections::HashMap;

use jiff::fmt::rfc2822;
use url::Url;

use super::cookie::SetCookie;
use super::pairs::Pairs;
use crate::system::Response;
use crate::target::is_loopback;

/// More cookies than this are not kept.
const MOST: usize = 128;
/// Longer cookies are not kept; browsers draw the same line.
const LONGEST: usize = 4096;

/// The browsers of one run of a scenario, by name. There is no `Debug`: sessions are in it.
#[derive(Default)]
pub struct Browsers {
    jars: HashMap<String, Vec<Cookie>>,
}

struct Cookie {
    site: String,
    path: String,
    name: String,
    value: String,
    is_secure: bool,
    expires: Option<i64>,
}

impl Browsers {
    /// Keeps the cookies of an answer, and drops those that it takes back.
    pub fn keep(&mut self, browser: &str, url: &str, answer: &Response, now: u64) {
        let Ok(url) = Url::parse(url) else { return };
        let jar = self.jars.entry(browser.to_owned()).or_default();
        for field in answer.headers("Set-Cookie").filter(|field| field.len() <= LONGEST) {
            let Some(set) = SetCookie::read(field) else { continue };
            let cookie = Cookie::of(&set, &url, now);
            jar.retain(|known| !known.is_same(&cookie));
            if cookie.is_alive(now) && jar.len() < MOST {
                jar.push(cookie);
            }
        }
    }

    /// The cookies that go along with a request, those of longer paths first.
    pub fn cookies(&self, browser: &str, url: &str, now: u64) -> Pairs {
        let mut pairs = Pairs::default();
        if let (Some(jar), Ok(url)) = (self.jars.get(browser), Url::parse(url)) {
            let mut sent: Vec<&Cookie> = jar.iter().filter(|cookie| cookie.goes_to(&url, now)).collect();
            sent.sort_by_key(|cookie| std::cmp::Reverse(cookie.path.len()));
            for cookie in sent {
                pairs.push(&cookie.name, cookie.value.as_str());
            }
        }
        pairs
    }
}

impl Cookie {
    fn of(set: &SetCookie<'_>, url: &Url, now: u64) -> Self {
        let path = set.attribute("Path").filter(|path| path.starts_with('/'));
        Self {
            site: site(url),
            path: path.map_or_else(|| default_path(url), str::to_owned),
            name: set.name.to_owned(),
            value: set.value.to_owned(),
            is_secure: set.has("Secure"),
            expires: expires(set, now),
        }
    }

    fn is_same(&self, other: &Self) -> bool {
        (&self.site, &self.path, &self.name) == (&other.site, &other.path, &other.name)
    }

    fn is_alive(&self, now: u64) -> bool {
        self.expires.is_none_or(|expires| expires > seconds(now))
    }

    fn goes_to(&self, url: &Url, now: u64) -> bool {
        let is_safe = url.scheme() == "https" || url.host_str().is_some_and(is_loopback);
        let is_below = url
            .path()
            .strip_prefix(self.path.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/') || self.path.ends_with('/'));
        self.site == site(url) && is_below && self.is_alive(now) && (is_safe || !self.is_secure)
    }
}

fn site(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// The folder of the address that sets a cookie without a path.
fn default_path(url: &Url) -> String {
    let folder = url.path().rsplit_once('/').map_or("", |(folder, _)| folder);
    if folder.is_empty() {
        "/".to_owned()
    } else {
        folder.to_owned()
    }
}

/// When a cookie ends, in seconds since 1970; none for one that lasts. `Max-Age` goes before `Expires`, and what cannot be read is passed over.
fn expires(set: &SetCookie<'_>, now: u64) -> Option<i64> {
    let age = set.attribute("Max-Age").and_then(|age| age.parse::<i64>().ok());
    if let Some(age) = age {
        return Some(seconds(now).saturating_add(age));
    }
    // Some servers write `Thu, 01-Jan-1970`.
    let date = set.attribute("Expires")?.replace('-', " ");
    Some(rfc2822::parse(&date).ok()?.timestamp().as_second())
}

fn seconds(now: u64) -> i64 {
    i64::try_from(now).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: u64 = 1_800_000_000;

    fn told(browsers: &mut Browsers, url: &str, fields: &[&str]) {
        let mut answer = crate::flow::for_tests::answer(200, &json!({}));
        let fields = fields
            .iter()
            .map(|field| ("set-cookie".to_owned(), (*field).to_owned()));
        answer.headers.extend(fields);
        browsers.keep("one", url, &answer, NOW);
    }

    fn sent(browsers: &Browsers, url: &str) -> String {
        let cookies = browsers.cookies("one", url, NOW);
        cookies
            .iter()
            .flat_map(|(name, value)| [name, "=", value, " "])
            .collect()
    }

    #[test]
    fn a_cookie_goes_to_its_site_below_its_path() {
        let mut browsers = Browsers::default();
        let fields = [
            "a=1; Path=/",
            "b=2; Path=/ui; Domain=example",
            "c=3",
            "d=4; Path=nowhere",
        ];
        told(&mut browsers, "https://x.example/ui/v1/signin?x=/y", &fields);
        for (url, expected) in [
            ("https://x.example/", "a=1 "),
            ("https://x.example:443/ui", "b=2 a=1 "),
            ("https://x.example/uix", "a=1 "),
            ("https://x.example/ui/v1/consent", "c=3 d=4 b=2 a=1 "),
            ("https://x.example:8443/ui", ""),
            ("http://x.example/ui", ""),
            ("https://y.x.example/ui", ""),
            ("no address", ""),
        ] {
            assert_eq!(sent(&browsers, url), expected, "{url}");
        }
        assert!(browsers.cookies("other", "https://x.example/", NOW).is_empty());
    }

    #[test]
    fn a_cookie_is_replaced_taken_back_and_outlived() {
        let mut browsers = Browsers::default();
        let url = "https://x.example/";
        told(
            &mut browsers,
            url,
            &[
                "a=1; Max-Age=10",
                "b=1; Expires=Fri, 15 Jan 2027 08:00:01 GMT",
                "c=1",
                "d=1; Expires=soon",
            ],
        );
        assert_eq!(sent(&browsers, url), "a=1 b=1 c=1 d=1 ");
        assert_eq!(browsers.cookies("one", url, NOW + 10).iter().count(), 2);
        told(
            &mut browsers,
            url,
            &[
                "a=2",
                "b=; Expires=Thu, 01-Jan-1970 00:00:00 GMT",
                "c=; Max-Age=0; Expires=Fri, 15 Jan 2027 09:00:00 GMT",
                "d=; Path=/elsewhere; Max-Age=-1",
            ],
        );
        assert_eq!(sent(&browsers, url), "d=1 a=2 ");
    }

    #[test]
    fn a_secure_cookie_needs_a_connection_that_nobody_listens_to() {
        let mut browsers = Browsers::default();
        for url in ["http://127.0.0.1:8080/", "http://x.example/"] {
            told(&mut browsers, url, &["__Host-a=1; Secure; Path=/"]);
        }
        assert_eq!(sent(&browsers, "http://127.0.0.1:8080/"), "__Host-a=1 ");
        assert_eq!(sent(&browsers, "http://x.example/"), "");
    }

    #[test]
    fn no_server_fills_a_jar_without_end() {
        let mut browsers = Browsers::default();
        let long = format!("long={}", "x".repeat(LONGEST));
        told(&mut browsers, "https://x.example/", &[&long]);
        let fields: Vec<String> = (0..MOST * 2).map(|number| format!("n{number}=1")).collect();
        let fields: Vec<&str> = fields.iter().map(String::as_str).collect();
        told(&mut browsers, "https://x.example/", &fields);
        assert_eq!(browsers.cookies("one", "https://x.example/", NOW).iter().count(), MOST);
    }
}
