//! What an administrator wants of the trust list, whether by a form or by a call, and what would come of it.
//!
//! Only plans: who may want it is for the rules, and how it is answered for whoever asked.

use serde_json::{Value, json};

use crate::env::Env;
use crate::jose::from_base64;
use crate::jose::key::Certificate;
use crate::landscape::Pod;
use crate::landscape::directory::Meta;
use crate::landscape::pod_records::{PodKey, PodRecord};
use crate::landscape::trust_list::{InboundCertificate, Provider, TokenType};
use crate::state::{Effect, Expects};

/// The longest issuer text and the longest alias, in characters.
const TEXT_LIMIT: usize = 255;
/// How long a line of PEM is (RFC 7468 section 2).
const PEM_LINE: usize = 64;

/// What an administrator wants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// A new provider.
    AddProvider {
        /// The text of its issuer.
        issuer: String,
        /// The names of the kinds of tokens that are ticked.
        token_types: Vec<String>,
    },
    /// A provider gone, and its certificates with it.
    RemoveProvider {
        /// Its id.
        id: String,
    },
    /// A certificate imported.
    AddCertificate {
        /// The issuer text of its provider.
        issuer: String,
        /// Its alias.
        alias: String,
        /// The file, as text.
        pem: String,
    },
    /// A certificate gone.
    RemoveCertificate {
        /// Its id.
        id: String,
    },
}

/// What comes of a wish.
#[derive(Clone, Debug)]
pub struct Change {
    /// What it changes.
    pub effects: Vec<Effect>,
    /// What it made, as calls show it; `None` where something was taken out.
    pub made: Option<Value>,
}

/// Why a wish cannot be fulfilled.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// The cause, as the rules name it.
    pub cause: &'static str,
    /// What is wrong and what would be right, in a sentence.
    pub detail: &'static str,
}

const fn fault(cause: &'static str, detail: &'static str) -> Fault {
    Fault { cause, detail }
}

/// Plans what a wish changes in a pod.
///
/// # Errors
///
/// Where it cannot be fulfilled, with the cause.
pub fn plan(pod: &Pod, env: &Env, wish: &Wish) -> Result<Change, Fault> {
    match wish {
        Wish::AddProvider { issuer, token_types } => add_provider(pod, env, issuer, token_types),
        Wish::RemoveProvider { id } => {
            let provider = pod.trust.providers.get(id);
            let provider = provider.ok_or(fault("unknown", "There is no provider of this id."))?;
            let certificates = pod.trust.certificates_of(id);
            let certificates = certificates.map(|kept| remove(pod, PodKey::Certificate(kept.id.clone()), kept.meta));
            let own = remove(pod, PodKey::Provider(id.clone()), provider.meta);
            Ok(Change {
                effects: certificates.chain([own]).collect(),
                made: None,
            })
        }
        Wish::AddCertificate { issuer, alias, pem } => add_certificate(pod, env, issuer, alias, pem),
        Wish::RemoveCertificate { id } => {
            let kept = pod.trust.certificates.get(id);
            let kept = kept.ok_or(fault("unknown", "There is no certificate of this id."))?;
            Ok(Change {
                effects: vec![remove(pod, PodKey::Certificate(id.clone()), kept.meta)],
                made: None,
            })
        }
    }
}

fn remove(pod: &Pod, key: PodKey, meta: Meta) -> Effect {
    Effect::WriteInPod {
        host: pod.host.clone(),
        key,
        expects: Expects::Version(meta.version),
        record: None,
    }
}

fn keep(pod: &Pod, key: PodKey, record: PodRecord) -> Effect {
    Effect::WriteInPod {
        host: pod.host.clone(),
        key,
        expects: Expects::Absent,
        record: Some(Box::new(record)),
    }
}

fn made_now(env: &Env) -> Meta {
    Meta {
        created: env.now,
        modified: env.now,
        version: 0,
    }
}

fn is_usable(text: &str) -> bool {
    !text.trim().is_empty() && text.chars().count() <= TEXT_LIMIT && !text.contains(char::is_control)
}

fn add_provider(pod: &Pod, env: &Env, issuer: &str, token_types: &[String]) -> Result<Change, Fault> {
    if !is_usable(issuer) {
        return Err(fault("no-issuer", "Give the text that stands in `iss` of the tokens."));
    }
    let kinds: Option<Vec<TokenType>> = token_types.iter().map(|name| TokenType::named(name)).collect();
    let token_types = kinds.filter(|kinds| !kinds.is_empty());
    let token_types = token_types.ok_or(fault("no-type", "Tick at least one of JWT, SAML and STS."))?;
    let set_up = pod.trusted.iter().map(|known| &known.issuer);
    let mut known = pod.trust.providers.values().map(|known| &known.issuer).chain(set_up);
    if known.any(|known| known == issuer) {
        return Err(fault("taken", "There is a provider for this issuer already."));
    }
    let id = env.draw_id("provider");
    let provider = Provider {
        id: id.clone(),
        issuer: issuer.to_owned(),
        token_types,
        meta: made_now(env),
    };
    Ok(Change {
        made: Some(provider_json(&provider)),
        effects: vec![keep(pod, PodKey::Provider(id), PodRecord::Provider(provider))],
    })
}

fn add_certificate(pod: &Pod, env: &Env, issuer: &str, alias: &str, pem: &str) -> Result<Change, Fault> {
    let mut providers = pod.trust.providers.values();
    let Some(provider) = providers.find(|provider| provider.issuer == issuer) else {
        return Err(fault(
            "no-provider",
            "There is no provider for this issuer. Make it first.",
        ));
    };
    if !is_usable(alias) {
        return Err(fault("no-alias", "Give the certificate an alias."));
    }
    let mut aliases = pod.trust.certificates.values().map(|known| &known.certificate.alias);
    if aliases.any(|known| known.eq_ignore_ascii_case(alias)) {
        return Err(fault("taken", "There is a certificate of this alias already."));
    }
    let der = read_pem(pem).ok_or(fault(
        "not-pem",
        "The file is not PEM: BEGIN CERTIFICATE and END CERTIFICATE on lines of their own, and lines of 64 characters between them.",
    ))?;
    let certificate = Certificate::read(alias, &der).ok_or(fault(
        "not-a-certificate",
        "The file holds something else than one X.509 certificate over an RSA key of 2048 bits or more.",
    ))?;
    let id = env.draw_id("certificate");
    let kept = InboundCertificate {
        id: id.clone(),
        provider: provider.id.clone(),
        certificate,
        meta: made_now(env),
    };
    // The provider may be taken out at the same moment: then this one does not find what it expects, and is decided again.
    let provider = Effect::WriteInPod {
        host: pod.host.clone(),
        key: PodKey::Provider(provider.id.clone()),
        expects: Expects::Version(provider.meta.version),
        record: Some(Box::new(PodRecord::Provider(provider.clone()))),
    };
    Ok(Change {
        made: Some(certificate_json(&kept)),
        effects: vec![
            provider,
            keep(pod, PodKey::Certificate(id), PodRecord::Certificate(kept)),
        ],
    })
}

/// The bytes of a PEM file, read strictly (RFC 7468 section 3): guides warn that the console wants the lines exactly.
fn read_pem(text: &str) -> Option<Vec<u8>> {
    let lines: Vec<&str> = text.trim_end().lines().map(str::trim_end).collect();
    let body = lines
        .strip_prefix(&["-----BEGIN CERTIFICATE-----"])?
        .strip_suffix(&["-----END CERTIFICATE-----"])?;
    let (last, full) = body.split_last()?;
    let is_well_formed = full.iter().all(|line| line.len() == PEM_LINE) && (1..=PEM_LINE).contains(&last.len());
    is_well_formed.then(|| from_base64(&body.concat())).flatten()
}

/// A provider, as calls show it.
pub fn provider_json(provider: &Provider) -> Value {
    let kinds: Vec<&str> = provider.token_types.iter().map(|kind| kind.name()).collect();
    json!({
        "id": provider.id,
        "trustedIssuer": provider.issuer,
        "tokenTypes": kinds,
    })
}

/// A certificate, as calls show it.
pub fn certificate_json(kept: &InboundCertificate) -> Value {
    json!({
        "id": kept.id,
        "provider": kept.provider,
        "certificateAlias": kept.certificate.alias,
        "x5t": kept.certificate.x5t,
        "x5t#S256": kept.certificate.x5t_s256,
        "notAfter": kept.certificate.not_after,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;
    use crate::landscape::Landscape;
    use crate::landscape::builder::{LandscapeBuilder, certificate};
    use crate::landscape::{Domain, profile::ProfileName};

    fn landscape() -> Landscape {
        LandscapeBuilder::new(ProfileName::Oracle)
            .domain(Domain::new("home", keys::rfc9500()))
            .pod(Pod::new("DEV5", 1), "home")
            .build()
            .expect("the landscape holds together")
    }

    fn fulfil(landscape: &mut Landscape, env: &Env, wish: &Wish) -> Result<Option<Value>, Fault> {
        let host = Pod::host_named("DEV5");
        let change = plan(&landscape.pods[&host], env, wish)?;
        for effect in &change.effects {
            let Effect::WriteInPod {
                host,
                key,
                expects,
                record,
            } = effect
            else {
                panic!("a wish writes into the pod only")
            };
            landscape
                .write_in_pod(host, key, *expects, record.as_deref())
                .expect("nobody else writes");
        }
        Ok(change.made)
    }

    fn provider(issuer: &str) -> Wish {
        Wish::AddProvider {
            issuer: issuer.to_owned(),
            token_types: vec!["JWT".to_owned()],
        }
    }

    #[test]
    fn a_provider_takes_its_certificates_along_when_it_goes() {
        let mut landscape = landscape();
        let made = fulfil(&mut landscape, &Env::new(10, [1; 32]), &provider("VISION")).expect("it can be made");
        let id = made.expect("something was made")["id"]
            .as_str()
            .expect("an id")
            .to_owned();
        let import = Wish::AddCertificate {
            issuer: "VISION".to_owned(),
            alias: "vision".to_owned(),
            pem: certificate("vision", &keys::rfc7515()).to_pem(),
        };
        fulfil(&mut landscape, &Env::new(20, [2; 32]), &import).expect("it can be imported");
        let again = fulfil(&mut landscape, &Env::new(30, [3; 32]), &import).expect_err("the alias is taken");
        assert_eq!(again.cause, "taken");
        fulfil(&mut landscape, &Env::new(40, [4; 32]), &Wish::RemoveProvider { id }).expect("it can be taken out");
        let trust = &landscape.pods[&Pod::host_named("DEV5")].trust;
        assert!(trust.providers.is_empty() && trust.certificates.is_empty());
    }

    #[test]
    fn an_issuer_is_listed_once_and_by_its_exact_text() {
        let mut landscape = landscape();
        let env = Env::new(10, [1; 32]);
        fulfil(&mut landscape, &env, &provider("https://issuer.example/")).expect("it can be made");
        let twice = fulfil(&mut landscape, &env, &provider("https://issuer.example/")).expect_err("it is there");
        assert_eq!(twice.cause, "taken");
        let other = Env::new(10, [2; 32]);
        fulfil(&mut landscape, &other, &provider("https://issuer.example")).expect("this is another text");
    }

    #[test]
    fn a_file_is_pem_line_by_line() {
        let pem = certificate("vision", &keys::rfc7515()).to_pem();
        assert!(read_pem(&pem).is_some());
        assert!(read_pem(&pem.replace('\n', "\r\n")).is_some());
        let body: String = pem.lines().filter(|line| !line.starts_with('-')).collect();
        let one_line = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        for wrong in [
            body.as_str(),
            &one_line,
            &pem.replace("-----BEGIN", "----BEGIN"),
            &pem.replace("CERTIFICATE", "PUBLIC KEY"),
            &format!("{pem}{pem}"),
            "",
        ] {
            assert!(read_pem(wrong).is_none(), "{wrong}");
        }
    }
}
