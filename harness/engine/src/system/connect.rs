//! How an [`HttpSystem`](super::HttpSystem) connects: options, what is wrong with them, and the client made of them.
//!
//! Nothing is sent here.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Certificate, Client, redirect, retry};

use super::Identity;
use super::proxy::Proxies;

/// Idle connections are given up before common servers do, so that no request is lost on a closing one.
const IDLE: Duration = Duration::from_secs(2);

/// How an [`HttpSystem`](super::HttpSystem) connects.
#[derive(Debug, Clone)]
pub struct HttpOptions {
    /// How long one call may take, from connecting to the last byte.
    pub timeout: Duration,
    /// Certificates in PEM that are trusted beside those of the operating system.
    pub extra_roots: Option<String>,
    /// Sites (`host:port`, in lower case) that are reached at a loopback address, as servers on this machine are.
    pub resolve: BTreeMap<String, SocketAddr>,
    /// The proxies to go through; see [`Proxies`].
    pub proxies: Proxies,
}

impl Default for HttpOptions {
    /// Thirty seconds, and the operating system's certificates and names.
    fn default() -> Self {
        Self {
            timeout: Duration::from_secs(30),
            extra_roots: None,
            resolve: BTreeMap::new(),
            proxies: Proxies::default(),
        }
    }
}

/// Why an [`HttpSystem`](super::HttpSystem) cannot be made.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HttpSystemError {
    /// The extra certificates are no PEM, or no certificates.
    #[error("the extra root certificates cannot be read as PEM")]
    Roots,
    /// The certificate that is to be shown, or its key, cannot be read.
    #[error("the certificate that a client shows cannot be used")]
    Identity,
    /// A name of `resolve` is not `host:port`.
    #[error("`{0}` is not a host and a port")]
    NotASite(String),
    /// An address of `resolve` is not on this machine.
    #[error("`{0}` would be reached at an address that is not a loopback address")]
    NotLoopback(String),
    /// One host is to be reached at two addresses.
    #[error("the host of `{0}` is already reached at another address")]
    HostTwice(String),
    /// A proxy of the environment is no address.
    #[error("the environment names a proxy that is no address: look at {0}")]
    Proxy(String),
    /// The client or its runtime cannot be started.
    #[error("the http client cannot be started")]
    Start(#[source] Box<dyn Error + Send + Sync>),
}

/// Makes the client that connects as told, and shows a certificate if it is given one.
pub(super) fn client(options: &HttpOptions, identity: Option<&Identity>) -> Result<Client, HttpSystemError> {
    let pem = options.extra_roots.as_deref().unwrap_or_default();
    let roots = Certificate::from_pem_bundle(pem.as_bytes()).map_err(|_| HttpSystemError::Roots)?;
    if roots.is_empty() && options.extra_roots.is_some() {
        return Err(HttpSystemError::Roots);
    }
    let overrides = overrides(&options.resolve)?;
    let proxies = options.proxies.made(overrides.keys().copied())?;
    let shown = identity.map(shown).transpose()?;
    let builder = || {
        let builder = Client::builder()
            .timeout(options.timeout)
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .pool_idle_timeout(IDLE)
            .no_proxy();
        let builder = proxies.iter().cloned().fold(builder, reqwest::ClientBuilder::proxy);
        let builder = match &shown {
            Some(shown) => builder.identity(shown.clone()),
            None => builder,
        };
        overrides
            .iter()
            .fold(builder, |builder, (host, address)| builder.resolve(host, *address))
    };
    match builder().tls_certs_merge(roots).build() {
        Ok(client) => Ok(client),
        Err(_) if options.extra_roots.is_some() => Err(HttpSystemError::Roots),
        // A machine without any certificates can still speak plain HTTP.
        Err(_) => builder()
            .tls_certs_only([])
            .build()
            .map_err(|error| HttpSystemError::Start(error.into())),
    }
}

/// A certificate and its key as the client takes them.
fn shown(identity: &Identity) -> Result<reqwest::Identity, HttpSystemError> {
    let section = |name: &str, der: &[u8]| {
        let base64 = STANDARD.encode(der);
        format!("-----BEGIN {name}-----\n{base64}\n-----END {name}-----\n")
    };
    let certificate = section("CERTIFICATE", &identity.certificate_der);
    let pem = certificate + &section("PRIVATE KEY", &identity.key.private_der());
    reqwest::Identity::from_pem(pem.as_bytes()).map_err(|_| HttpSystemError::Identity)
}

/// Hosts and their addresses. The client looks addresses up by host alone, so that one host can have but one.
fn overrides(resolve: &BTreeMap<String, SocketAddr>) -> Result<BTreeMap<&str, SocketAddr>, HttpSystemError> {
    let mut hosts = BTreeMap::new();
    for (site, address) in resolve {
        let host = match site.rsplit_once(':') {
            Some((host, port)) if !host.is_empty() && port.parse::<u16>().is_ok() => host,
            _ => return Err(HttpSystemError::NotASite(site.clone())),
        };
        if !address.ip().is_loopback() {
            return Err(HttpSystemError::NotLoopback(site.clone()));
        }
        if hosts.insert(host, *address).is_some_and(|other| other != *address) {
            return Err(HttpSystemError::HostTwice(site.clone()));
        }
    }
    Ok(hosts)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn error(extra_roots: Option<&str>, resolve: &[(&str, &str)]) -> HttpSystemError {
        let resolve = resolve
            .iter()
            .map(|(site, address)| ((*site).to_owned(), address.parse().unwrap()));
        let extra_roots = extra_roots.map(str::to_owned);
        let options = HttpOptions {
            extra_roots,
            resolve: resolve.collect(),
            ..HttpOptions::default()
        };
        client(&options, None).unwrap_err()
    }

    #[test]
    fn overrides_lead_to_this_machine_only() {
        let table: [(&[(&str, &str)], &str); 4] = [
            (&[("a.example", "127.0.0.1:1")], "`a.example` is not a host and a port"),
            (
                &[("a.example:https", "127.0.0.1:1")],
                "`a.example:https` is not a host and a port",
            ),
            (
                &[("a.example:443", "192.0.2.1:1")],
                "`a.example:443` would be reached at an address that is not a loopback address",
            ),
            (
                &[("a.example:80", "127.0.0.1:1"), ("a.example:81", "127.0.0.1:2")],
                "the host of `a.example:81` is already reached at another address",
            ),
        ];
        for (resolve, message) in table {
            assert_eq!(error(None, resolve).to_string(), message);
        }
    }

    #[test]
    fn extra_roots_are_certificates() {
        for pem in [
            "",
            "no PEM",
            "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
        ] {
            assert!(
                error(Some(pem), &[])
                    .to_string()
                    .starts_with("the extra root certificates"),
                "{pem}"
            );
        }
    }
}
