//! HTTP servers around a mock: one listener for each site, on loopback, plain or TLS.
//!
//! A site's listener knows which site it is for, so clients need no name resolution. Nothing is decided here: bytes are read into a
//! [`wire::Request`](crate::wire::Request), the mock answers, and the answer is written. Bodies are read one byte past the limit, so that
//! the core refuses them. Where it is asked for, there is one listener more, for the control address.

pub mod certificates;
mod connection;
pub mod control;
mod pace;
mod site;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;

use tokio::net::TcpListener;
use tokio::runtime::Runtime;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use crate::landscape::{App, Landscape};
use crate::mock::{Mock, machine_time};
use crate::serve::certificates::Authority;
use crate::serve::control::{Control, ControlAddress};
use crate::serve::site::Site;

/// Whether servers speak TLS.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Encryption {
    /// Plain HTTP on loopback.
    Plain,
    /// TLS, under certificates of an authority of their own.
    Tls,
}

/// Listeners that are bound and wait for a mock: their addresses are known before the landscape is, so that documents can name them.
#[derive(Debug)]
pub struct Bound {
    runtime: Runtime,
    encryption: Encryption,
    listeners: Vec<(String, TcpListener)>,
    control: Option<TcpListener>,
}

/// Servers that run until they are dropped.
#[derive(Debug)]
pub struct Servers {
    /// What answers.
    pub mock: Arc<Mock>,
    /// The sites and their base URLs, in the order of the landscape.
    pub sites: Vec<(String, String)>,
    /// The certificate of the authority that vouches for the servers, as PEM; `None` without TLS.
    pub authority: Option<String>,
    /// The control address, where one was asked for.
    pub control: Option<ControlAddress>,
    stop: watch::Sender<bool>,
    runtime: Option<Runtime>,
}

impl Bound {
    /// Binds a loopback port for each site: `port` and those after it, or free ones where it is 0.
    ///
    /// Waits for nothing, so it can be called inside somebody's asynchronous test.
    pub fn bind<'a>(sites: impl IntoIterator<Item = &'a str>, port: u16, encryption: Encryption) -> io::Result<Self> {
        let bound: Vec<_> = (0_u16..)
            .zip(sites)
            .map(|(offset, site)| {
                let port = if port == 0 {
                    0
                } else {
                    port.checked_add(offset).ok_or(io::ErrorKind::InvalidInput)?
                };
                Ok((site.to_owned(), listen(port)?))
            })
            .collect::<io::Result<_>>()?;
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
        let inside = runtime.enter();
        let listeners = bound
            .into_iter()
            .map(|(site, listener)| Ok((site, TcpListener::from_std(listener)?)))
            .collect::<io::Result<_>>()?;
        drop(inside);
        Ok(Self {
            runtime,
            encryption,
            listeners,
            control: None,
        })
    }

    /// Adds a control address on this loopback port, or on a free one where it is 0. It speaks plain HTTP, whatever the sites speak.
    pub fn with_control(mut self, port: u16) -> io::Result<Self> {
        let listener = listen(port)?;
        let inside = self.runtime.enter();
        let listener = TcpListener::from_std(listener)?;
        drop(inside);
        self.control = Some(listener);
        Ok(self)
    }

    /// The base URL of each site.
    pub fn urls(&self) -> Vec<(String, String)> {
        let scheme = match self.encryption {
            Encryption::Plain => "http",
            Encryption::Tls => "https",
        };
        let url = |listener: &TcpListener| {
            let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
            let host = if self.encryption == Encryption::Tls {
                "localhost"
            } else {
                "127.0.0.1"
            };
            format!("{scheme}://{host}:{port}")
        };
        self.listeners
            .iter()
            .map(|(site, listener)| (site.clone(), url(listener)))
            .collect()
    }

    /// Starts to answer.
    pub fn start(self, mock: Arc<Mock>) -> Servers {
        let sites = self.urls();
        let (stop, stopped) = watch::channel(false);
        // Clients check certificates by the machine's clock, whatever time the mock goes by.
        let authority = (self.encryption == Encryption::Tls).then(|| Authority::new(machine_time()));
        for (site, listener) in self.listeners {
            let acceptor = authority
                .as_ref()
                .map(|authority| TlsAcceptor::from(Arc::new(authority.server_config(&site))));
            self.runtime.spawn(connection::accept(
                listener,
                acceptor,
                Site {
                    mock: mock.clone(),
                    host: site.into(),
                    certificate: None,
                },
                stopped.clone(),
            ));
        }
        let control = self.control.map(|listener| {
            let port = listener.local_addr().map(|address| address.port()).unwrap_or_default();
            let control = Control::new(mock.clone(), port);
            let address = control.address();
            let accepting = connection::accept(listener, None, control, stopped);
            self.runtime.spawn(accepting);
            address
        });
        Servers {
            mock,
            sites,
            control,
            authority: authority.map(|authority| authority.to_pem()),
            stop,
            runtime: Some(self.runtime),
        }
    }
}

#[expect(clippy::disallowed_types, reason = "a carrier opens the sockets")]
fn listen(port: u16) -> io::Result<std::net::TcpListener> {
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, port));
    let listener = std::net::TcpListener::bind(address).map_err(|error| {
        io::Error::new(
            error.kind(),
            format!("port {port} on 127.0.0.1 cannot be used: {error}"),
        )
    })?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Servers {
    /// The base URL of a site, by its host name in the landscape.
    pub fn url_of(&self, site: &str) -> Option<&str> {
        self.sites
            .iter()
            .find(|(name, _)| name == site)
            .map(|(_, url)| url.as_str())
    }
}

impl Drop for Servers {
    fn drop(&mut self) {
        // Nobody listening any more is as good as being told to stop.
        let _ = self.stop.send(true);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Landscape {
    /// Starts plain servers for everything in the landscape, on free loopback ports and the machine's clock.
    ///
    /// The smallest form for somebody's test: the servers stop when the value is dropped. Discovery documents name the addresses that the
    /// servers really have.
    ///
    /// # Errors
    ///
    /// What the operating system says when it has no port or thread to give.
    pub fn start(mut self) -> io::Result<Servers> {
        let hosts: Vec<String> = self.hosts().map(str::to_owned).collect();
        let bound = Bound::bind(hosts.iter().map(String::as_str), 0, Encryption::Plain)?;
        self.publish(&bound.urls());
        Ok(bound.start(Arc::new(Mock::live(self))))
    }

    /// Lets documents and redirects name the addresses at which a carrier made domains and pods reachable.
    pub fn publish(&mut self, urls: &[(String, String)]) {
        for (site, url) in urls {
            if let Some(domain) = self.domains.get_mut(site) {
                Arc::make_mut(domain).published_at = Some(url.clone());
            }
            for instance in self.instances.values_mut() {
                let hosts = [&instance.host, &instance.design_host];
                if let Some(index) = hosts.iter().position(|host| *host == site) {
                    Arc::make_mut(instance).published_at[index] = Some(url.clone());
                }
            }
            if self.instances.values().any(|instance| instance.host == *site) {
                self.lead_back(site, url);
            }
            if let Some(pod) = self.pods.get_mut(site) {
                let pod = Arc::make_mut(pod);
                pod.published_at = Some(url.clone());
                // The gateway signs people in by the address that they see.
                let domain = self.domains.get_mut(&pod.domain).map(Arc::make_mut);
                if let Some(app) = domain.and_then(|domain| domain.apps.get_mut(&pod.gateway)) {
                    app.redirect_uris = vec![pod.callback()];
                }
            }
        }
    }

    /// Lets people who consented for an instance come back by the address that they see.
    fn lead_back(&mut self, host: &str, url: &str) {
        let own = format!("https://{host}/");
        let leads_there = |app: &App| app.redirect_uris.iter().any(|address| address.starts_with(&own));
        for domain in self.domains.values_mut() {
            if !domain.apps.values().any(leads_there) {
                continue;
            }
            let apps = Arc::make_mut(domain).apps.values_mut();
            for address in apps.flat_map(|app| &mut app.redirect_uris) {
                if let Some(path) = address.strip_prefix(&own) {
                    *address = format!("{url}/{path}");
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::landscape::profile::Profile;
    use crate::landscape::reference::{ReferenceKeys, published_secret, reference};

    #[test]
    fn people_who_consented_come_back_to_where_an_instance_was_published() {
        let mut landscape = reference(Profile::default(), &ReferenceKeys::published(), &published_secret);
        let callbacks = |landscape: &Landscape| -> Vec<String> {
            let apps = landscape.domains.values().flat_map(|domain| domain.apps.values());
            let addresses = apps.flat_map(|app| app.redirect_uris.clone());
            addresses
                .filter(|address| address.ends_with("/icsapis/agent/oauth/callback"))
                .collect()
        };
        let before = callbacks(&landscape);
        let instance = landscape.instances.values().find(|instance| {
            let own = format!("https://{}/", instance.host);
            before.iter().any(|address| address.starts_with(&own))
        });
        let host = instance.expect("an instance has people consent").host.clone();
        landscape.publish(&[(host.clone(), "http://127.0.0.1:8080".to_owned())]);
        let after = callbacks(&landscape);
        assert!(
            after.contains(&"http://127.0.0.1:8080/icsapis/agent/oauth/callback".to_owned()),
            "{after:?}"
        );
        assert!(
            !after
                .iter()
                .any(|address| address.starts_with(&format!("https://{host}/"))),
            "{after:?}"
        );
    }
}
