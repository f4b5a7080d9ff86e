//! The proxies that the environment asks for, in the variables that everybody knows. They are shown before they are used.

use reqwest::{NoProxy, Proxy, Url};

use super::connect::HttpSystemError;

/// The proxies of an environment. Nothing, for servers on this machine.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proxies {
    routes: Vec<Route>,
    /// What `NO_PROXY` says.
    except: String,
}

/// One proxy, and where its address is from. No `Display`: the address may hold a password.
#[derive(Clone, PartialEq, Eq)]
struct Route {
    variable: String,
    scheme: &'static str,
    address: String,
}

impl std::fmt::Debug for Route {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(formatter, "Route({} for {})", self.variable, self.scheme)
    }
}

/// For each scheme the variables that name its proxy; the first that is set counts.
///
/// `HTTP_PROXY` in capitals is not read: a server that runs programs can be made to set it by a request's `Proxy` header.
const VARIABLES: [(&str, &[&str]); 2] = [
    ("https", &["https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"]),
    ("http", &["http_proxy", "all_proxy", "ALL_PROXY"]),
];

impl Proxies {
    /// The proxies that an environment names.
    pub fn of(variable: impl Fn(&str) -> Option<String>) -> Self {
        let set = |name: &&&str| variable(name).filter(|value| !value.trim().is_empty());
        let routes = VARIABLES.iter().filter_map(|(scheme, names)| {
            let name = names.iter().find(|name| set(name).is_some())?;
            Some(Route {
                variable: (*name).to_owned(),
                scheme,
                address: set(&name)?,
            })
        });
        let except = ["no_proxy", "NO_PROXY"].into_iter().find_map(&variable);
        Self {
            routes: routes.collect(),
            except: except.unwrap_or_default(),
        }
    }

    /// The proxies that this process's environment names.
    pub fn of_environment() -> Self {
        Self::of(|name| std::env::var(name).ok())
    }

    /// What people should know of them: a line each, without credentials.
    pub fn shown(&self) -> Vec<String> {
        let lines = self.routes.iter().map(|route| {
            let place = Url::parse(&route.address).ok().and_then(|url| {
                let host = url.host_str()?.to_owned();
                Some(match url.port_or_known_default() {
                    Some(port) => format!("{host}:{port}"),
                    None => host,
                })
            });
            let place = place.unwrap_or_else(|| "an address that cannot be read".to_owned());
            format!("{} goes through the proxy {place} ({})", route.scheme, route.variable)
        });
        let mut lines: Vec<String> = lines.collect();
        if !lines.is_empty() && !self.except.is_empty() {
            lines.push(format!("no proxy for {} (NO_PROXY)", self.except));
        }
        lines
    }

    /// The proxies as the client takes them. Hosts that are reached at an address of their own go past all of them.
    pub(super) fn made<'a>(&self, direct: impl Iterator<Item = &'a str>) -> Result<Vec<Proxy>, HttpSystemError> {
        let mut except = self.except.clone();
        for host in direct.chain(["localhost", "127.0.0.0/8", "::1"]) {
            except.push(',');
            except.push_str(host);
        }
        let made = self.routes.iter().map(|route| {
            let wrong = |_| HttpSystemError::Proxy(route.variable.clone());
            let proxy = match route.scheme {
                "https" => Proxy::https(&route.address).map_err(wrong)?,
                _ => Proxy::http(&route.address).map_err(wrong)?,
            };
            Ok(proxy.no_proxy(NoProxy::from_string(&except)))
        });
        made.collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(variables: &[(&str, &str)]) -> Proxies {
        Proxies::of(|name| {
            let found = variables.iter().find(|(known, _)| *known == name);
            found.map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn proxies_are_shown_without_their_passwords() {
        let proxies = of(&[
            ("HTTPS_PROXY", "http://ada:hunter2@proxy.example:3128"),
            ("ALL_PROXY", "http://other.example"),
            ("HTTP_PROXY", "http://from-a-header.example"),
            ("NO_PROXY", "intern.example"),
        ]);
        let shown = proxies.shown();
        assert_eq!(
            shown,
            [
                "https goes through the proxy proxy.example:3128 (HTTPS_PROXY)",
                "http goes through the proxy other.example:80 (ALL_PROXY)",
                "no proxy for intern.example (NO_PROXY)",
            ]
        );
        assert!(!format!("{proxies:?}").contains("hunter2"));
        assert_eq!(proxies.made(["a.example"].into_iter()).unwrap().len(), 2);
    }

    #[test]
    fn without_variables_there_is_no_proxy() {
        assert_eq!(of(&[("https_proxy", " ")]), Proxies::default());
        assert!(Proxies::default().shown().is_empty());
    }

    #[test]
    fn a_proxy_that_is_no_address_is_an_error_that_does_not_quote_it() {
        let error = of(&[("https_proxy", "http://hunter2 x")])
            .made(std::iter::empty())
            .unwrap_err();
        assert!(error.to_string().contains("https_proxy") && !error.to_string().contains("hunter2"));
    }
}
