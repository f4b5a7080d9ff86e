//! A trust in somebody else's tokens as a SCIM resource, both ways.

use serde_json::{Map, Value, json};

use crate::idcs::protected::admin::plan::Fault;
use crate::idcs::protected::admin::reading::{CERTIFICATE_LIMIT, Parts};
use crate::idcs::protected::admin::writing::members;
use crate::jose::key::{Certificate, read_pem};
use crate::jose::{base64, from_base64};
use crate::landscape::directory::Meta;
use crate::landscape::{ForeignToken, PropagationTrust};

/// What a trust may say and these servers do not go by: whoever says it is refused, and told so.
const NOT_IMITATED: [(&str, fn(&Value) -> bool, &str); 3] = [
    ("subjectType", |value| value != "User", "users alone are looked up here"),
    (
        "subjectMappingAttribute",
        |value| !value.as_str().is_some_and(|name| name.eq_ignore_ascii_case("userName")),
        "users are looked up by `userName` alone here",
    ),
    (
        "allowImpersonation",
        |value| value == true,
        "nobody is impersonated here",
    ),
];

/// Makes the record of a resource.
pub(super) fn read(mut parts: Parts, id: String, meta: Meta) -> Result<PropagationTrust, Fault> {
    for (name, is_beyond, why) in NOT_IMITATED {
        if parts
            .0
            .get(name)
            .is_some_and(|value| !value.is_null() && is_beyond(value))
        {
            return Err(Fault::body(format!("{name}: {why}")));
        }
    }
    let named = parts.text("type").unwrap_or_default();
    let Some((kind, ..)) = ForeignToken::ALL.into_iter().find(|(_, name, _)| *name == named) else {
        return Err(Fault::body("type: expected JWT, SAML, SPNEGO or AWS"));
    };
    let name = parts.text("name").unwrap_or_default();
    let certificate = match parts.text("publicCertificate") {
        None => None,
        Some(text) => Some(certificate(&name, &text).ok_or_else(|| Fault {
            rule: "certificate.form",
            cause: "unreadable",
            detail: "publicCertificate: expected one certificate over an RSA key, as PEM or as the base64 of its DER form.".to_owned(),
            message: None,
        })?),
    };
    Ok(PropagationTrust {
        id,
        issuer: parts.text("issuer").unwrap_or_default(),
        kind,
        active: parts.flag("active").unwrap_or(false),
        certificate,
        clients: parts.texts("oauthClients"),
        subject_claim: parts.text("subjectClaimName"),
        clock_skew: parts.number("clockSkewSeconds"),
        meta,
        name,
        more: parts.0,
    })
}

fn certificate(alias: &str, text: &str) -> Option<Certificate> {
    if text.len() > CERTIFICATE_LIMIT {
        return None;
    }
    let der = read_pem(text)
        .map(|(_, der)| der)
        .or_else(|| from_base64(text.trim()))?;
    Certificate::read(alias, &der)
}

/// A trust as a resource, what the directory adds to every resource apart.
pub(super) fn written(trust: &PropagationTrust) -> Map<String, Value> {
    let certificate = trust.certificate.as_ref();
    let mut shown = members([
        ("name", json!(trust.name)),
        ("type", json!(trust.kind.name())),
        ("issuer", json!(trust.issuer)),
        ("active", json!(trust.active)),
        (
            "publicCertificate",
            json!(certificate.map(|certificate| base64(&certificate.der))),
        ),
        ("oauthClients", json!(trust.clients)),
        ("subjectClaimName", json!(trust.subject_claim)),
        ("clockSkewSeconds", json!(trust.clock_skew)),
    ]);
    shown.extend(trust.more.clone());
    shown
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys;
    use crate::landscape::builder::certificate as certificate_over;

    fn trust(more: &Value) -> Result<PropagationTrust, Fault> {
        let mut members = json!({"name": "partner", "type": "JWT", "issuer": "https://partner.example/"});
        let members = members.as_object_mut().expect("an object was written");
        members.extend(more.as_object().cloned().unwrap_or_default());
        read(Parts(members.clone()), "1".to_owned(), Meta::default())
    }

    #[test]
    fn a_trust_counts_for_nothing_until_it_is_switched_on() {
        let trust = trust(&json!({})).expect("a sound resource");
        assert!(!trust.active && trust.certificate.is_none() && trust.clients.is_empty());
    }

    #[test]
    fn a_certificate_comes_with_markers_or_without() {
        let certificate = certificate_over("partner", &keys::rfc7515());
        for text in [certificate.to_pem(), base64(&certificate.der)] {
            let trust = trust(&json!({"publicCertificate": text})).expect("a sound resource");
            let shown = written(&trust);
            assert_eq!(shown["publicCertificate"], json!(base64(&certificate.der)));
        }
        let key = base64(&certificate.key.to_der());
        for other in ["", "abc", key.as_str()] {
            let fault = trust(&json!({"publicCertificate": other})).expect_err("no certificate");
            assert_eq!(fault.rule, "certificate.form");
        }
    }

    #[test]
    fn what_is_not_imitated_is_refused_and_not_passed_over() {
        for more in [
            json!({"subjectType": "App"}),
            json!({"subjectMappingAttribute": "emails.primary.value"}),
            json!({"allowImpersonation": true}),
            json!({"type": "X509"}),
        ] {
            assert!(trust(&more).is_err(), "{more}");
        }
        let usual = json!({"subjectType": "User", "subjectMappingAttribute": "username", "allowImpersonation": false});
        let kept = written(&trust(&usual).expect("a sound resource"));
        assert_eq!(kept["subjectType"], "User");
    }
}
