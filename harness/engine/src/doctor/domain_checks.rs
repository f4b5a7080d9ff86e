//! What a domain tells about itself.

use jiff::fmt::rfc2822;
use serde_json::Value;
use url::Url;

use super::finding::{Finding, State};
use super::probe::Probe;
use super::visit::Visit;
use crate::system::TransportError;

/// Seconds of skew that are allowed where the target file does not say.
const USUAL_LEEWAY: u64 = 60;
/// Seconds of skew that are not worth a word.
const UNREMARKABLE: u64 = 2;

/// Says what a failure to connect means, and what to do.
pub(super) fn unreached(about: &str, error: &TransportError, probe: &Probe) -> Finding {
    let todo = match error {
        TransportError::Tls { .. } => {
            "if your company's proxy opens TLS, or the server has a certificate of its own, put that root certificate under \
             `extra-roots`; never switch the check off"
        }
        TransportError::Refused { .. } => "check host and port; a firewall may refuse the connection",
        TransportError::Timeout { .. } => {
            "check firewall, VPN and proxy (HTTPS_PROXY), or give it more time with `timeout` under [limits]"
        }
        TransportError::Forbidden { .. } => "add the host under `hosts`, if it may be spoken to",
        TransportError::Held { .. } => "give the target file a larger budget under [limits]",
        _ => "check the host's name letter by letter, and whether a VPN or proxy (HTTPS_PROXY) is needed",
    };
    Finding::new(State::Bad, about, "there is no answer")
        .why(error.to_string())
        .todo(todo)
        .seen_in(&probe.call, &probe.suspicions)
}

pub(super) fn reached_domain(visit: &Visit<'_>) -> Vec<Finding> {
    let each = visit.discovery.iter().map(|(name, probe)| {
        let about = format!("domains.{name}");
        match &probe.answer {
            Ok(_) => Finding::new(
                State::Good,
                about,
                "it answers over TLS, with a certificate that is trusted",
            ),
            Err(error) => unreached(&about, error, probe),
        }
    });
    each.collect()
}

pub(super) fn clock(visit: &Visit<'_>) -> Vec<Finding> {
    let each = visit.discovery.iter().filter_map(|(name, probe)| {
        let about = format!("domains.{name}");
        let answer = probe.answer.as_ref().ok()?;
        let date = answer.header("Date").and_then(|date| rfc2822::parse(date).ok());
        let Some(date) = date else {
            return Some(Finding::new(State::Unknown, about, "its answer has no date"));
        };
        let theirs = date.timestamp().as_second();
        let ours = i64::try_from(probe.call.at).unwrap_or(i64::MAX);
        let skew = theirs.abs_diff(ours);
        let leeway = visit.cast.target().domains.get(name).and_then(|domain| domain.leeway);
        let allowed = leeway.map_or(USUAL_LEEWAY, u64::from);
        let direction = if theirs > ours { "ahead of ours" } else { "behind ours" };
        Some(if skew <= UNREMARKABLE {
            Finding::new(State::Good, about, "its clock and ours agree")
        } else if skew <= allowed {
            Finding::new(State::Note, about, format!("its clock is {skew} s {direction}"))
                .why(format!("it allows {allowed} s"))
        } else {
            Finding::new(State::Bad, about, format!("its clock is {skew} s {direction}"))
                .why(format!(
                    "it allows {allowed} s: assertions of ours are over, or have not begun"
                ))
                .todo("let this machine set its clock by NTP")
                .seen_in(&probe.call, &[])
        })
    });
    each.collect()
}

pub(super) fn discovery(visit: &Visit<'_>) -> Vec<Finding> {
    let each = visit.discovery.iter().filter_map(|(name, probe)| {
        let about = format!("domains.{name}");
        let answer = probe.answer.as_ref().ok()?;
        let url = &visit.cast.target().domains.get(name)?.url;
        let Some(document) = probe.json.as_ref().filter(|_| answer.status == 200) else {
            let what = format!("there is no discovery document: the answer is {}", answer.status);
            return Some(
                Finding::new(State::Bad, about, what)
                    .why("an identity domain shows one to everybody")
                    .todo("copy the Domain URL from the domain's page in the console; a console or vanity address is not it")
                    .seen_in(&probe.call, &probe.suspicions),
            );
        };
        let endpoint = document.get("token_endpoint").and_then(Value::as_str).unwrap_or_default();
        let host = |text: &str| Url::parse(text).ok().and_then(|url| url.host_str().map(str::to_owned));
        Some(if host(endpoint).is_some() && host(endpoint) == host(url) {
            Finding::new(State::Good, about, "its discovery document names a token endpoint at the same host")
        } else {
            Finding::new(State::Warn, about, format!("its discovery document names the token endpoint {endpoint}"))
                .why(format!("the target file has {url}, another host"))
                .todo("use the host that the document names, so that no credential goes through a redirect")
                .seen_in(&probe.call, &[])
        })
    });
    each.collect()
}

pub(super) fn issuer(visit: &Visit<'_>) -> Vec<Finding> {
    let target = visit.cast.target();
    let each = visit.discovery.iter().filter_map(|(name, probe)| {
        let about = format!("domains.{name}.issuer");
        let domain = target.domains.get(name)?;
        let wanted = domain.issuer.as_str();
        let of_tokens = visit.tokens.iter().find_map(|token| {
            let client = target.clients.get(&token.client)?;
            let claims = &token.token.as_ref()?.claims;
            (client.domain == *name).then(|| claims.get("iss")?.as_str()).flatten()
        });
        let of_document = probe.json.as_ref().and_then(|document| document.get("issuer")?.as_str());
        let (source, found) = match (of_tokens, of_document) {
            (Some(found), _) => ("its tokens say", found),
            (None, Some(found)) => ("its discovery document says", found),
            (None, None) => return Some(Finding::new(State::Unknown, about, "neither a token nor a document names the issuer")),
        };
        Some(if found == wanted {
            Finding::new(State::Good, about, format!("{source} {found}"))
        } else if found.trim_end_matches('/') == wanted.trim_end_matches('/') {
            Finding::new(State::Bad, about, "the slash at the end makes the difference")
                .why(format!("{source} {found}, the target file {wanted}"))
                .todo("write it as the tokens do: everybody compares byte for byte")
                .source("MISCONF-055")
        } else if of_tokens.is_some() {
            Finding::new(State::Bad, about, "tokens have another issuer")
                .why(format!("{source} {found}, the target file {wanted}"))
                .todo("put what the tokens say into the target file, and into whatever checks them")
                .source("MISCONF-054")
        } else {
            Finding::new(State::Note, about, format!("{source} {found}, the target file {wanted}"))
                .why("the document may name the domain's own host while tokens carry the issuer that domains share; a token decides")
                .source("MISCONF-054")
        })
    });
    each.collect()
}
