//! What is wrong with a set-up on paper: keys, certificates, scopes and audiences, before anything is sent.

use super::finding::{Finding, State};
use super::paper::{certificate, certified, date, day, pair};
use super::visit::{Visit, clients_for, is_ordinary};
use crate::diagnosis::fact::{JWT_BEARER, typing_mistake};
use crate::flow::cast::key_material;
use crate::target::{ApiKind, Client, SecretReference};
use crate::token::{x5t, x5t_s256};

/// The audience that domains share for assertions.
const SHARED_AUDIENCE: &str = "https://identity.oraclecloud.com/";
/// How long before its end a certificate is worth a word, in seconds.
const SOON: i64 = 30 * 86_400;

/// The clients that are no fixtures and have a key, or should have one.
fn clients<'a>(visit: &'a Visit<'_>) -> impl Iterator<Item = (String, &'a Client)> {
    let all = visit.cast.target().clients.iter();
    let ordinary = all.filter(|(_, client)| is_ordinary(client.likeness.as_ref()));
    ordinary.map(|(name, client)| (format!("clients.{name}"), client))
}

fn with_key<'a>(visit: &'a Visit<'_>) -> impl Iterator<Item = (String, &'a Client)> {
    clients(visit).filter(|(_, client)| client.key.is_some())
}

pub(super) fn secrets(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut count = 0;
    for (place, secret) in visit.cast.target().secrets() {
        count += 1;
        if let Err(error) = secret.resolve_bytes() {
            let todo = match secret {
                SecretReference::Environment(name) => format!("set {name} in the environment of this command"),
                SecretReference::File(path) => format!("write it to {0}, and `chmod 600 {0}`", path.display()),
                _ => "add --allow-commands, if you trust the target file".to_owned(),
            };
            findings.push(
                Finding::new(State::Bad, place, "it cannot be had")
                    .why(error.to_string())
                    .todo(todo),
            );
        }
    }
    if findings.is_empty() {
        let what = format!("all {count} secrets can be had, and their files are their owner's alone");
        findings.push(Finding::new(State::Good, "target file", what));
    }
    findings
}

pub(super) fn key_pair(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (about, client) in clients(visit) {
        let signs = client.grants.iter().any(|grant| grant == JWT_BEARER);
        if client.key.is_none() {
            if signs {
                findings.push(
                    Finding::new(
                        State::Bad,
                        about,
                        "it may use assertions and has no `key` to sign them with",
                    )
                    .todo("`tenantproof keygen` makes a key and a certificate; import the certificate into the client"),
                );
            }
            continue;
        }
        let material = match key_material(client) {
            Ok(material) => material,
            Err(why) => {
                findings.push(Finding::new(State::Bad, about, "the private key cannot be read").why(why));
                continue;
            }
        };
        match certificate(client) {
            Err(why) => findings.push(
                Finding::new(State::Bad, about, "the certificate cannot be read")
                    .why(why)
                    .todo("export it as PEM, with its exact first and last line")
                    .source("RFC 7468 s5.1"),
            ),
            Ok(None) => findings.push(
                Finding::new(State::Note, about, format!("the key ({}) has no certificate beside it", material.form.as_str()))
                    .why("without it neither its pair nor its dates can be looked at")
                    .todo("name it under `certificate`"),
            ),
            Ok(Some(_)) => findings.push(match pair(client) {
                Some(true) => {
                    let what = format!("key ({}) and certificate are a pair", material.form.as_str());
                    Finding::new(State::Good, about, what)
                }
                _ => Finding::new(State::Bad, about, "key and certificate are no pair")
                    .why("the certificate is over another public key; most often one of the two was made anew")
                    .todo("find the key that belongs to the certificate that was imported, or import a certificate over this key")
                    .source("MISCONF-041"),
            }),
        }
    }
    findings
}

pub(super) fn certificate_dates(visit: &Visit<'_>) -> Vec<Finding> {
    let now = i64::try_from(visit.now).unwrap_or(i64::MAX);
    let go_live = visit.cast.target().go_live.as_deref().and_then(day);
    let mut findings = Vec::new();
    for (about, client) in with_key(visit) {
        let Ok(Some(der)) = certificate(client) else { continue };
        let Some(read) = certified(&der) else {
            findings.push(Finding::new(State::Bad, about, "the certificate is damaged").todo("export it again"));
            continue;
        };
        let successor = "make a successor, import it under a new alias, and change to it before that day";
        let until = date(read.until);
        findings.push(if read.until <= now {
            Finding::new(State::Bad, about, format!("the certificate is over since {until}"))
                .why("every assertion that is signed with it is refused")
                .todo(successor)
                .source("MISCONF-042")
        } else if read.from > now {
            Finding::new(
                State::Bad,
                about,
                format!("the certificate is valid only from {} on", date(read.from)),
            )
            .todo("check this machine's clock, or wait")
        } else if go_live.is_some_and(|day| read.until <= day) {
            Finding::new(
                State::Bad,
                about,
                format!("the certificate ends on {until}, before the day of going live"),
            )
            .todo(successor)
            .source("MISCONF-042")
        } else if read.until - now.max(go_live.unwrap_or(now)) < SOON {
            Finding::new(State::Warn, about, format!("the certificate ends on {until}"))
                .why("that is less than 30 days away, or after the day of going live")
                .todo(successor)
                .source("MISCONF-042")
        } else {
            Finding::new(
                State::Good,
                about,
                format!("the certificate of {} holds until {until}", read.subject),
            )
        });
    }
    findings
}

pub(super) fn key_id(visit: &Visit<'_>) -> Vec<Finding> {
    let each = with_key(visit).map(|(about, client)| {
        let about = format!("{about}.certificate-alias");
        let Some(alias) = &client.certificate_alias else {
            return Finding::new(
                State::Warn,
                about,
                "there is no alias, so assertions name their key by `x5t` alone",
            )
            .why("in practice an assertion without `kid` is refused even where the client has one certificate only")
            .todo("copy the alias from the client's certificates in the console")
            .source("MISCONF-031");
        };
        let is_thumbprint = alias.len() >= 27
            && alias
                .chars()
                .all(|character| character.is_ascii_alphanumeric() || "-_+/=:".contains(character));
        if alias.trim() != alias || alias.is_empty() {
            Finding::new(State::Bad, about, "the alias begins or ends with a blank")
                .todo("copy it again: it is compared letter by letter")
        } else if is_thumbprint {
            Finding::new(State::Warn, about, "the alias looks like a thumbprint")
                .why("`kid` is the alias that was typed when the certificate was imported, not its fingerprint")
                .todo("copy the alias from the client's certificates in the console")
                .source("MISCONF-030")
        } else {
            Finding::new(State::Good, about, format!("assertions say `kid` {alias}"))
        }
    });
    each.collect()
}

pub(super) fn thumbprints(visit: &Visit<'_>) -> Vec<Finding> {
    let each = with_key(visit).filter_map(|(about, client)| {
        let der = certificate(client).ok()??;
        let what = format!("`x5t` is {} and `x5t#S256` {}", x5t(&der), x5t_s256(&der));
        Some(Finding::new(State::Good, about, what))
    });
    each.collect()
}

/// The APIs that are no fixtures.
fn apis<'a>(visit: &'a Visit<'_>) -> impl Iterator<Item = (&'a String, &'a crate::target::Api)> {
    let all = visit.cast.target().apis.iter();
    all.filter(|(_, api)| is_ordinary(api.likeness.as_ref()))
}

pub(super) fn scope(visit: &Visit<'_>) -> Vec<Finding> {
    let each = apis(visit).map(|(name, api)| {
        let about = format!("apis.{name}.scope");
        match typing_mistake(&api.scope, Some((api.audience.as_str(), api.kind))) {
            None => Finding::new(State::Good, about, "it is the audience with a value right behind it"),
            Some(mistake) => Finding::new(State::Bad, about, mistake)
                .why(format!("it says {}, and the audience is {}", api.scope, api.audience))
                .todo("copy the scope from the resources of the client's page in the console; never type it")
                .source("MISCONF-010"),
        }
    });
    each.collect()
}

pub(super) fn audience(visit: &Visit<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    for (name, api) in apis(visit) {
        let about = format!("apis.{name}.audience");
        let audience = api.audience.as_str();
        let host = url::Url::parse(audience)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let own_host = url::Url::parse(&api.url)
            .ok()
            .and_then(|url| url.host_str().map(str::to_owned));
        let expected = match api.kind {
            ApiKind::FusionAi => (!audience.starts_with("urn:opc:resource:fusion:"))
                .then_some("AI agents have an audience like urn:opc:resource:fusion:<pod>:fusion-ai"),
            ApiKind::FusionAdf => (!audience.starts_with("urn:opc:resource:fa:instanceid=") && host.is_none())
                .then_some("the classic stack has an audience like urn:opc:resource:fa:instanceid=<digits>, or https://<host>:443"),
            ApiKind::Oic if host.is_none() => Some("an integration instance has an audience like https://<32 hex digits>.integration.<region>...:443"),
            ApiKind::Oic if host.is_some() && host == own_host => {
                Some("the audience of an instance has its 32 hex digits in front, not the friendly host that people call")
            }
            ApiKind::Oic | ApiKind::Plain => None,
        };
        let shared = apis(visit)
            .find(|(other, known)| *other != name && known.audience == api.audience && known.kind != api.kind);
        let lacks_port = matches!(api.kind, ApiKind::Oic | ApiKind::FusionAdf)
            && host.is_some()
            && !audience.trim_end_matches('/').ends_with(":443");
        findings.push(if let Some(expected) = expected {
            Finding::new(State::Warn, about, "it does not look like the audience of such an API")
                .why(format!("it says {audience}; {expected}"))
                .todo("copy the primary audience from the resource's page in the console")
                .source("MISCONF-072")
        } else if lacks_port {
            Finding::new(State::Warn, about, "it lacks the `:443` that such audiences have")
                .why(format!("it says {audience}"))
                .todo("copy the primary audience from the resource's page in the console")
                .source("MISCONF-121")
        } else if let Some((other, _)) = shared {
            Finding::new(
                State::Warn,
                about,
                format!("it is that of `{other}` too, which is an API of another kind"),
            )
            .why("the agents and the classic stack of Fusion are two resources with a token each")
            .todo("copy each audience from its own resource")
            .source("FUSION-102")
        } else {
            Finding::new(State::Good, about, "it has the form that APIs of its kind have")
        });
    }
    findings
}

pub(super) fn assertion_audience(visit: &Visit<'_>) -> Vec<Finding> {
    let domains = visit
        .cast
        .target()
        .domains
        .iter()
        .filter(|(_, domain)| is_ordinary(domain.likeness.as_ref()));
    let each = domains.map(|(name, domain)| {
        let about = format!("domains.{name}.assertion-audience");
        let found = domain.assertion_audience.as_str();
        if found == SHARED_AUDIENCE {
            Finding::new(State::Good, about, format!("assertions say `aud` {found}"))
        } else if found.contains("/oauth2/v1/token") {
            Finding::new(State::Bad, about, "it is the address of the token endpoint")
                .why("other servers want that; identity domains want the text that they share")
                .todo(format!("write {SHARED_AUDIENCE}, with the slash"))
                .source("MISCONF-034")
        } else if format!("{found}/") == SHARED_AUDIENCE {
            Finding::new(State::Warn, about, "it lacks the slash at its end")
                .todo(format!("write {SHARED_AUDIENCE}"))
                .source("MISCONF-034")
        } else {
            Finding::new(State::Note, about, format!("it is {found}"))
                .why(format!(
                    "most domains expect {SHARED_AUDIENCE}; a custom issuer may be accepted too"
                ))
                .source("IDCS-OAUTH-221")
        }
    });
    each.collect()
}

pub(super) fn same_domain(visit: &Visit<'_>) -> Vec<Finding> {
    let target = visit.cast.target();
    let mut findings = Vec::new();
    for (about, client) in clients(visit) {
        let foreign = client
            .scopes
            .iter()
            .find(|name| target.apis.get(*name).is_some_and(|api| api.domain != client.domain));
        findings.push(match foreign {
            None => Finding::new(State::Good, about, "it is registered in the domain of its APIs"),
            Some(api) => Finding::new(
                State::Bad,
                about,
                format!("`{api}` takes tokens of another domain than the client's"),
            )
            .why(format!("the client is in `{}`", client.domain))
            .todo("register a client in the API's own domain; a token of one domain does not open another one's APIs")
            .source("MISCONF-014"),
        });
    }
    findings
}

pub(super) fn named(visit: &Visit<'_>) -> Vec<Finding> {
    let each = apis(visit)
        .filter(|(name, _)| clients_for(visit.cast, name).is_empty())
        .map(|(name, _)| {
            Finding::new(
                State::Unknown,
                format!("apis.{name}"),
                "no client lists it under `scopes` but those that are `like` another one and have a fault, so no token is asked for it",
            )
            .todo("add its name to the `scopes` of the client that calls it")
        });
    each.collect()
}
