//! The calls that stand for the Security Console where no person sits before it: read and change the trust list of a pod.
//!
//! They are this project's own. The product is known to have the pages only (FUSION-208), so paths and members of these calls say nothing
//! about it; what they change does.

use serde_json::{Value, json};

use crate::answer::{Answer, Body, Slot};
use crate::fusion::console::wish::{self, Change, Fault, Wish, certificate_json, provider_json};
use crate::fusion::facts::{PodEndpoint, PodRequest};
use crate::landscape::IT_SECURITY_MANAGER_ROLE;
use crate::rule::defect::Defect;
use crate::rule::misreport::other_status;
use crate::rule::{Confidence, Denials, Rule, Verdict, grounds, guard};
use crate::state::Effect;

/// What every path of these calls begins with.
pub const PREFIX: &str = "/security-console/v1/";

/// What a call is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Collection {
    /// Providers.
    Providers,
    /// Certificates.
    Certificates,
}

/// What a path asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Which list.
    pub collection: Collection,
    /// One thing in it, by its id; else all of it.
    pub id: Option<String>,
}

impl Place {
    /// What a path asks for; `None` where nothing is.
    pub fn of(path: &str) -> Option<Self> {
        let mut parts = path.strip_prefix(PREFIX)?.split('/');
        let collection = match parts.next()? {
            "providers" => Collection::Providers,
            "certificates" => Collection::Certificates,
            _ => return None,
        };
        let id = parts.next().map(str::to_owned);
        let is_whole = parts.next().is_none() && id.as_deref() != Some("");
        is_whole.then_some(Self { collection, id })
    }

    /// The methods that it takes.
    pub fn methods(&self) -> &'static [&'static str] {
        match self.id {
            None => &["GET", "POST"],
            Some(_) => &["GET", "DELETE"],
        }
    }
}

/// What a call is for.
enum Asked {
    /// To read, with the answer where there is one.
    Read(Option<Value>),
    /// To change something, with what would come of it.
    Change(Result<Change, Fault>),
}

/// What is asked; `None` where it is no call to the console, or one that it does not take.
fn asked(facts: &PodRequest) -> Option<Asked> {
    let place = Place::of(&facts.request.path)?;
    let trust = &facts.pod.trust;
    let wish = match (facts.request.method.as_str(), place.collection, place.id) {
        ("GET" | "HEAD", Collection::Providers, None) => {
            return Some(Asked::Read(Some(list(trust.providers.values().map(provider_json)))));
        }
        ("GET" | "HEAD", Collection::Certificates, None) => {
            return Some(Asked::Read(Some(list(
                trust.certificates.values().map(certificate_json),
            ))));
        }
        ("GET" | "HEAD", Collection::Providers, Some(id)) => {
            return Some(Asked::Read(trust.providers.get(&id).map(provider_json)));
        }
        ("GET" | "HEAD", Collection::Certificates, Some(id)) => {
            return Some(Asked::Read(trust.certificates.get(&id).map(certificate_json)));
        }
        ("POST", collection, None) => written(facts, collection),
        ("DELETE", Collection::Providers, Some(id)) => Ok(Wish::RemoveProvider { id }),
        ("DELETE", Collection::Certificates, Some(id)) => Ok(Wish::RemoveCertificate { id }),
        _ => return None,
    };
    let plan = wish.and_then(|wish| wish::plan(facts.pod, facts.env, &wish));
    Some(Asked::Change(plan))
}

fn list(items: impl Iterator<Item = Value>) -> Value {
    let items: Vec<Value> = items.collect();
    json!({ "count": items.len(), "items": items })
}

/// The wish in the body of a call.
fn written(facts: &PodRequest, collection: Collection) -> Result<Wish, Fault> {
    let Some(body) = &facts.body else {
        return Err(Fault {
            cause: "not-json",
            detail: "The body is not a JSON object of at most 1 MiB.",
        });
    };
    let text = |name: &str| body.text(name).value().unwrap_or_default();
    Ok(match collection {
        Collection::Providers => Wish::AddProvider {
            issuer: text("trustedIssuer"),
            token_types: body.texts("tokenTypes").value().unwrap_or_default(),
        },
        Collection::Certificates => Wish::AddCertificate {
            issuer: text("trustedIssuer"),
            alias: text("certificateAlias"),
            pem: text("certificate"),
        },
    })
}

/// The table. It is judged after the tables of the token, and speaks of calls to the console only.
pub static CONSOLE_RULES: &[Rule<PodEndpoint>] = &[
    guard::<PodEndpoint>(
        "console.role",
        "Only an IT Security Manager changes or sees whom the pod trusts.",
        grounds(Confidence::Documented, &["FUSION-208", "FUSION-407"]),
        &["access.user-known", "access.user-active"],
        &[
            Defect::skip(
                "no-role",
                &["TRU-001"],
                "lets anybody who is signed in change whom the pod trusts",
            ),
            other_status(&["TRU-001"]),
        ],
        |facts| match (Place::of(&facts.request.path), facts.user()) {
            (Some(_), Some(user)) if !user.roles.iter().any(|role| role == IT_SECURITY_MANAGER_ROLE) => {
                Verdict::violated("no-role", "the user is no IT Security Manager")
            }
            (Some(_), Some(_)) => Verdict::Held,
            _ => Verdict::NotApplicable,
        },
        Denials::same(403, "", "The user may not do this."),
    ),
    guard::<PodEndpoint>(
        "console.known",
        "What is read or taken out of the trust list is there.",
        grounds(Confidence::Assumed, &["FUSION-208"]),
        &["path.known", "path.method"],
        &[Defect::skip(
            "unknown",
            &["TRU-002"],
            "says that it did what it could not do",
        )],
        |facts| match asked(facts) {
            Some(Asked::Read(None)) => Verdict::violated("unknown", "there is nothing of this id"),
            Some(Asked::Change(Err(fault))) if fault.cause == "unknown" => Verdict::violated("unknown", fault.detail),
            Some(_) => Verdict::Held,
            None => Verdict::NotApplicable,
        },
        Denials::same(404, "", "There is nothing here."),
    ),
    guard::<PodEndpoint>(
        "console.provider",
        "A provider has the text of an issuer that no other has, and a kind of token that is switched on.",
        grounds(Confidence::Documented, &["FUSION-208", "FUSION-209"]),
        &["console.known"],
        &[
            Defect::skip(
                "not-json",
                &["TRU-003"],
                "takes anything for a provider or a certificate",
            ),
            Defect::skip("no-issuer", &["TRU-003"], "lists issuers without a text"),
            Defect::skip(
                "no-type",
                &["TRU-003"],
                "lists issuers of whom no kind of token is taken",
            ),
            Defect::skip("taken", &["TRU-003"], "lists the same issuer or alias twice"),
            other_status(&["TRU-003"]),
        ],
        |facts| faults_of(facts, &["not-json", "no-issuer", "no-type", "taken"]),
        Denials::same(400, "", "The provider cannot be made."),
    ),
    guard::<PodEndpoint>(
        "console.certificate",
        "A certificate belongs to a provider, has an alias, and is one X.509 certificate in a PEM file with exact lines.",
        grounds(Confidence::Documented, &["FUSION-208", "FUSION-216"]),
        &["console.known"],
        &[
            Defect::skip(
                "no-provider",
                &["TRU-004"],
                "imports certificates that belong to nobody",
            ),
            Defect::skip("no-alias", &["TRU-004"], "imports certificates without an alias"),
            Defect::skip("not-pem", &["TRU-005"], "imports files that are no PEM"),
            Defect::skip(
                "not-a-certificate",
                &["TRU-005"],
                "imports keys and other things for certificates",
            ),
            other_status(&["TRU-005"]),
        ],
        |facts| faults_of(facts, &["no-provider", "no-alias", "not-pem", "not-a-certificate"]),
        Denials::same(400, "", "The certificate cannot be imported."),
    ),
];

/// The fault of a wish, where it is one of these.
fn faults_of(facts: &PodRequest, causes: &[&str]) -> Verdict {
    match asked(facts) {
        Some(Asked::Change(Err(fault))) if causes.contains(&fault.cause) => {
            Verdict::violated(fault.cause, fault.detail)
        }
        Some(Asked::Change(_)) => Verdict::Held,
        _ => Verdict::NotApplicable,
    }
}

/// The answer to a call that nothing is against.
pub fn answer(facts: &PodRequest, effects: &mut Vec<Effect>) -> Answer {
    match asked(facts) {
        Some(Asked::Read(Some(value))) => with_body(200, value),
        Some(Asked::Change(Ok(change))) => {
            effects.extend(change.effects);
            match change.made {
                Some(made) => with_body(201, made),
                None => Answer::empty(204),
            }
        }
        // A stand-in, where a defect let through what cannot be done.
        _ if facts.request.method == "DELETE" => Answer::empty(204),
        _ => Answer::object(
            if facts.request.method == "POST" { 201 } else { 200 },
            vec![("id", Slot::Value(json!("stand-in")))],
        ),
    }
}

fn with_body(status: u16, value: Value) -> Answer {
    Answer {
        status,
        headers: vec![("Content-Type", "application/json;charset=utf-8".to_owned())],
        body: Body::Json(value),
        hearsay: serde_json::Map::new(),
    }
}
