//! The members of a pod's trust list, and of what signs the tokens that it makes itself.

use serde_json::{Value, json};

use super::kinds::choices;
use super::mistake::{Slip, visible};
use super::table::{Row, Written, read_rows, row, schema_of_rows, write_rows};
use super::tree::Node;
use super::{Reading, Writing};
use crate::jose::key::{Certificate, SigningKey};
use crate::landscape::builder::{self, trust_service};
use crate::landscape::directory::Meta;
use crate::landscape::trust_list::{InboundCertificate, Provider, TRUST_LIMIT, TokenType, TrustList, TrustService};

choices!(TokenType, [Jwt = "jwt", Saml = "saml", Sts = "sts"]);

/// A list of providers, each with its certificates, and the certificates of none.
struct Listed {
    providers: Vec<ListedProvider>,
    others: Vec<Inbound>,
}

/// A provider whose certificates stand below it.
struct ListedProvider {
    issuer: Option<String>,
    id: Option<String>,
    token_types: Vec<TokenType>,
    certificates: Vec<Inbound>,
    meta: Meta,
}

/// A certificate that was imported, whose id may be left out.
#[derive(Default)]
struct Inbound {
    certificate: Option<Certificate>,
    id: Option<String>,
    /// The id of the provider, where it does not stand below one.
    provider: Option<String>,
    meta: Meta,
}

fn provider_id(issuer: &str) -> String {
    builder::id_of(&format!("provider {issuer}"))
}

fn certificate_id(provider: &str, alias: &str) -> String {
    builder::id_of(&format!("certificate {provider} {alias}"))
}

static LISTED: &[Row<Listed>] = &[
    row!(Listed, "providers", providers, "The providers that were listed."),
    row!(
        Listed,
        "other-certificates",
        others,
        "Certificates of providers that are not there."
    ),
];

static PROVIDER: &[Row<ListedProvider>] = &[
    row!(
        ListedProvider,
        "issuer",
        issuer,
        "The issuer text, compared byte for byte."
    ),
    row!(
        ListedProvider,
        "id",
        id,
        "The id of its record; follows from the issuer unless said."
    ),
    row!(
        ListedProvider,
        "token-types",
        token_types,
        "The kinds of tokens that are switched on; `jwt` alone unless said."
    ),
    row!(
        ListedProvider,
        "certificates",
        certificates,
        "The certificates that were imported for it."
    ),
    row!(ListedProvider, "meta", meta, "When its record was made and changed."),
];

static INBOUND: &[Row<Inbound>] = &[
    row!(Inbound, "certificate", certificate, "The certificate, under its alias."),
    row!(
        Inbound,
        "id",
        id,
        "The id of its record; follows from the id of the provider and the alias unless said."
    ),
    row!(
        Inbound,
        "provider",
        provider,
        "The id of its provider, for those in `other-certificates`; elsewhere it stands below the provider."
    ),
    row!(Inbound, "meta", meta, "When it was imported."),
];

impl Listed {
    fn plain() -> Self {
        Self {
            providers: Vec::new(),
            others: Vec::new(),
        }
    }

    fn of(list: &TrustList) -> Self {
        let providers = list.providers.values().map(|provider| ListedProvider {
            issuer: Some(provider.issuer.clone()),
            id: Some(provider.id.clone()).filter(|id| *id != provider_id(&provider.issuer)),
            token_types: provider.token_types.clone(),
            certificates: list.certificates_of(&provider.id).map(Inbound::of).collect(),
            meta: provider.meta,
        });
        let others = list
            .certificates
            .values()
            .filter(|kept| !list.providers.contains_key(&kept.provider));
        let others = others.map(|kept| Inbound {
            provider: Some(kept.provider.clone()),
            ..Inbound::of(kept)
        });
        Self {
            providers: providers.collect(),
            others: others.collect(),
        }
    }
}

impl ListedProvider {
    fn plain() -> Self {
        Self {
            issuer: None,
            id: None,
            token_types: vec![TokenType::Jwt],
            certificates: Vec::new(),
            meta: Meta::default(),
        }
    }
}

impl Inbound {
    fn of(kept: &InboundCertificate) -> Self {
        let plain_id = certificate_id(&kept.provider, &kept.certificate.alias);
        Self {
            certificate: Some(kept.certificate.clone()),
            id: Some(kept.id.clone()).filter(|id| *id != plain_id),
            provider: None,
            meta: kept.meta,
        }
    }

    /// As the list keeps it; `None` where the certificate was no certificate, which is told already.
    fn kept(self, provider: &str) -> Option<InboundCertificate> {
        let certificate = self.certificate?;
        Some(InboundCertificate {
            id: self.id.unwrap_or_else(|| certificate_id(provider, &certificate.alias)),
            provider: provider.to_owned(),
            certificate,
            meta: self.meta,
        })
    }
}

impl Written for Inbound {
    fn schema() -> Value {
        let mut schema = schema_of_rows(INBOUND);
        schema["required"] = json!(["certificate"]);
        schema
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(INBOUND, self, &Self::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut inbound = Self::default();
        let before = reading.slips.len();
        read_rows(INBOUND, &mut inbound, node, reading);
        if inbound.certificate.is_none() && reading.slips.len() == before {
            return reading.wrong(node, "an object with a `certificate`");
        }
        Some(inbound)
    }
}

impl Written for ListedProvider {
    fn schema() -> Value {
        let mut schema = schema_of_rows(PROVIDER);
        schema["required"] = json!(["issuer"]);
        schema
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(PROVIDER, self, &Self::plain(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut listed = Self::plain();
        let before = reading.slips.len();
        read_rows(PROVIDER, &mut listed, node, reading);
        if listed.issuer.is_none() && reading.slips.len() == before {
            return reading.wrong(node, "an object with an `issuer`");
        }
        if let Some(named) = listed.certificates.iter().find_map(|inbound| inbound.provider.as_ref()) {
            let expected = "no `provider` in a certificate below one";
            reading.note(Slip::new(node.from, expected, format!("`{}`", visible(named))));
        }
        Some(listed)
    }
}

impl Written for TrustList {
    fn schema() -> Value {
        schema_of_rows(LISTED)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(LISTED, &Listed::of(self), &Listed::plain(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut listed = Listed::plain();
        let before = reading.slips.len();
        read_rows(LISTED, &mut listed, node, reading);
        if reading.slips.len() > before {
            return None;
        }
        let mut list = Self::default();
        let mut certificates = Vec::new();
        for provider in listed.providers {
            let issuer = provider.issuer?;
            let id = provider.id.unwrap_or_else(|| provider_id(&issuer));
            certificates.extend(
                provider
                    .certificates
                    .into_iter()
                    .filter_map(|inbound| inbound.kept(&id)),
            );
            let provider = Provider {
                id: id.clone(),
                issuer,
                token_types: provider.token_types,
                meta: provider.meta,
            };
            if list.providers.insert(id, provider).is_some() {
                reading.note(Slip::new(node.from, "every `id` of a provider once", "one twice"));
            }
        }
        for mut inbound in listed.others {
            let Some(provider) = inbound.provider.take() else {
                return reading.wrong(node, "a `provider` in each of `other-certificates`");
            };
            certificates.extend(inbound.kept(&provider));
        }
        for kept in certificates {
            if list.certificates.insert(kept.id.clone(), kept).is_some() {
                let expected = "every alias of a provider once, and every `id` of a certificate";
                reading.note(Slip::new(node.from, expected, "one twice"));
            }
        }
        let most = list.providers.len().max(list.certificates.len());
        if most > TRUST_LIMIT {
            let expected = format!("at most {TRUST_LIMIT} providers and as many certificates");
            reading.note(Slip::new(node.from, expected, most.to_string()));
        }
        Some(list)
    }
}

/// What signs the tokens that a pod makes itself, as a file says it: the certificate may be left out where it is the one that a pod makes.
#[derive(Default)]
pub(super) struct TrustServiceForm {
    key: Option<SigningKey>,
    certificate: Option<Certificate>,
}

static TRUST_SERVICE: &[Row<TrustServiceForm>] = &[
    row!(TrustServiceForm, "key", key, "The private key."),
    Row {
        read: |form, node, reading| {
            form.certificate = Written::read(node, reading);
            let certified = form.certificate.as_ref().map(|own| own.key.thumbprint());
            let own = form.key.as_ref().map(|key| key.public().thumbprint());
            if certified.is_some() && own.is_some() && certified != own {
                reading.note(Slip::new(node.from, "a certificate over `key`", "one over another key"));
            }
        },
        ..row!(
            TrustServiceForm,
            "certificate",
            certificate,
            "The certificate over it; one that the pod makes unless said."
        )
    },
];

impl TrustServiceForm {
    pub(super) fn of(pod: &str, given: &TrustService) -> Self {
        let made = trust_service(pod, given.key.clone()).certificate;
        let given_one = &given.certificate;
        let is_made = made.der == given_one.der && made.alias == given_one.alias;
        Self {
            key: Some(given.key.clone()),
            certificate: (!is_made).then(|| given_one.clone()),
        }
    }

    pub(super) fn service(self, pod: &str) -> Option<TrustService> {
        let made = trust_service(pod, self.key?);
        Some(TrustService {
            certificate: self.certificate.unwrap_or(made.certificate),
            key: made.key,
        })
    }
}

impl Written for TrustServiceForm {
    fn schema() -> Value {
        let mut schema = schema_of_rows(TRUST_SERVICE);
        schema["required"] = json!(["key"]);
        schema
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(TRUST_SERVICE, self, &Self::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut form = Self::default();
        let before = reading.slips.len();
        read_rows(TRUST_SERVICE, &mut form, node, reading);
        if form.key.is_none() && reading.slips.len() == before {
            return reading.wrong(node, "an object with a `key`");
        }
        Some(form)
    }
}
