//! Faults on demand: which there are, and what one does to a decision or to its delivery. Which are planned where is in [`plan`].
//!
//! Pure. [`FAULTS`] is the table. What only a connection can show (a delay, a cut, a reset) is left to the carrier as a [`Delivery`].

pub mod plan;

use std::sync::Arc;
use std::time::Duration;

use crate::answer::{Answer, Body};
use crate::decide::Decision;
use crate::landscape::{Domain, Landscape, Signing};
use crate::wire::Response;

/// The path of a domain's key set (IDCS-ADMIN-001): the only place where keys can be stale.
pub const KEY_SET_PATH: &str = "/admin/v1/SigningCert/jwk";

/// A way to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The answer comes late.
    Delay,
    /// 429 in place of the answer (RFC 6585 section 4; IDCS-ADMIN-243).
    TooManyRequests,
    /// 503 in place of the answer (RFC 9110 section 15.6.4).
    Unavailable,
    /// The connection is reset before the answer.
    Reset,
    /// The connection ends in the middle of the body (RFC 9112 section 8).
    TruncatedBody,
    /// The body comes a few bytes at a time.
    SlowBody,
    /// The body is labelled as what it is not.
    WrongContentType,
    /// The key set is the one from before the last change of keys.
    StaleKeys,
}

/// How a request reached the mock, for telling which faults can be shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Carrier {
    /// A function call.
    InProcess,
    /// A responder of the `wiremock` crate.
    Wiremock,
    /// A connection of our own servers.
    Server,
}

/// A row of the table of faults.
#[derive(Clone, Copy, Debug)]
pub struct FaultInfo {
    /// The fault.
    pub fault: Fault,
    /// Its name in plans and in the journal.
    pub name: &'static str,
    /// What a client sees.
    pub says: &'static str,
    /// The number that it takes.
    pub parameter: Option<Parameter>,
    /// The carriers that can show it.
    pub carriers: &'static [Carrier],
    /// Which answers can show it.
    pub needs: Needs,
}

/// A number that a fault takes.
#[derive(Clone, Copy, Debug)]
pub struct Parameter {
    /// Its name.
    pub name: &'static str,
    /// The least that it may be.
    pub least: u64,
    /// The most that it may be.
    pub most: u64,
    /// What it is where it is left out.
    pub usual: u64,
}

/// Which answers can show a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Every one.
    Nothing,
    /// One that has a body on the wire.
    Body,
    /// A key set that has changed.
    ChangedKeys,
}

const EVERYWHERE: &[Carrier] = &[Carrier::InProcess, Carrier::Wiremock, Carrier::Server];
const OVER_HTTP: &[Carrier] = &[Carrier::Wiremock, Carrier::Server];
const OVER_OUR_HTTP: &[Carrier] = &[Carrier::Server];

const fn number(name: &'static str, least: u64, most: u64, usual: u64) -> Parameter {
    Parameter {
        name,
        least,
        most,
        usual,
    }
}

const fn row(
    (fault, name): (Fault, &'static str),
    says: &'static str,
    parameter: Option<Parameter>,
    carriers: &'static [Carrier],
    needs: Needs,
) -> FaultInfo {
    FaultInfo {
        fault,
        name,
        says,
        parameter,
        carriers,
        needs,
    }
}

/// Every fault there is, in the order of [`Fault`].
#[rustfmt::skip]
pub static FAULTS: &[FaultInfo] = &[
    row((Fault::Delay, "delay"), "the answer comes late",
        Some(number("milliseconds", 1, 60_000, 1_000)), OVER_HTTP, Needs::Nothing),
    row((Fault::TooManyRequests, "429"), "429 with Retry-After; the request is not looked at",
        Some(number("seconds", 0, 3_600, 1)), EVERYWHERE, Needs::Nothing),
    row((Fault::Unavailable, "503"), "503 with Retry-After; the request is not looked at",
        Some(number("seconds", 0, 3_600, 1)), EVERYWHERE, Needs::Nothing),
    row((Fault::Reset, "reset"), "the request takes effect, and the connection is reset before any byte of the answer",
        None, OVER_OUR_HTTP, Needs::Nothing),
    row((Fault::TruncatedBody, "truncated-body"), "the connection ends halfway through the body that Content-Length promises",
        None, OVER_OUR_HTTP, Needs::Body),
    row((Fault::SlowBody, "slow-body"), "the body comes 16 bytes at a time, with a pause after each",
        Some(number("milliseconds", 1, 60_000, 100)), OVER_OUR_HTTP, Needs::Body),
    row((Fault::WrongContentType, "wrong-content-type"), "the body is as ever, but labelled text/html",
        None, EVERYWHERE, Needs::Body),
    row((Fault::StaleKeys, "stale-keys"), "the key set of a domain is the one from before its last change of keys",
        None, EVERYWHERE, Needs::ChangedKeys),
];

impl Fault {
    /// Its row in the table.
    pub fn info(self) -> &'static FaultInfo {
        let row = FAULTS.iter().find(|row| row.fault == self);
        row.expect("every fault has a row")
    }

    /// The fault of this name.
    pub fn of(name: &str) -> Option<Self> {
        FAULTS.iter().find(|row| row.name == name).map(|row| row.fault)
    }
}

/// A fault that a request has met.
#[derive(Clone, Debug)]
pub struct Taken {
    /// The fault.
    pub fault: Fault,
    /// Its number.
    pub amount: u64,
    /// The answer from before the last change of keys.
    pub stale: Option<Answer>,
}

impl Taken {
    /// Shows in the decision what every carrier can show. What 429 and 503 refuse has no effects, and no rule had a part in it.
    pub fn reshape(&self, decision: &mut Decision) {
        let refused = |status| Answer::empty(status).header("Retry-After", self.amount.to_string());
        match self.fault {
            Fault::TooManyRequests => *decision = in_place_of(decision, refused(429)),
            Fault::Unavailable => *decision = in_place_of(decision, refused(503)),
            Fault::WrongContentType => decision.answer.set_header("Content-Type", "text/html;charset=utf-8"),
            Fault::StaleKeys => {
                if let Some(stale) = &self.stale {
                    decision.answer = stale.clone();
                }
            }
            Fault::Delay | Fault::Reset | Fault::TruncatedBody | Fault::SlowBody => {}
        }
    }
}

/// Another answer in place of a decision's, under the same ecid.
fn in_place_of(decision: &Decision, answer: Answer) -> Decision {
    const ECID: &str = "X-ORACLE-DMS-ECID";
    let ecid = decision.answer.header_value(ECID).unwrap_or_default();
    Decision::plain(decision.endpoint, answer.header(ECID, ecid))
}

/// A response, and how it is to reach the client.
#[derive(Clone, Debug)]
pub struct Delivery {
    /// The response.
    pub response: Response,
    /// How.
    pub how: How,
}

/// How a response is to reach the client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// As a whole, at once.
    Whole,
    /// After a while.
    After(Duration),
    /// Its head, and this many bytes of its body; then the connection ends.
    Cut(usize),
    /// A few bytes at a time, with this pause after each.
    Drip(Duration),
    /// Not at all: the connection is reset.
    Reset,
}

impl Delivery {
    /// How this response is delivered under a fault, or under none.
    pub fn of(response: Response, taken: Option<&Taken>) -> Self {
        let pause = |taken: &Taken| Duration::from_millis(taken.amount);
        let how = taken.map_or(How::Whole, |taken| match taken.fault {
            Fault::Delay => How::After(pause(taken)),
            Fault::TruncatedBody => How::Cut(response.body.len() / 2),
            Fault::SlowBody => How::Drip(pause(taken)),
            Fault::Reset => How::Reset,
            Fault::TooManyRequests | Fault::Unavailable | Fault::WrongContentType | Fault::StaleKeys => How::Whole,
        });
        Self { response, how }
    }
}

/// Whether an answer to this method has a body on the wire (RFC 9110 section 9.3.2).
pub fn has_body(answer: &Answer, method: &str) -> bool {
    method != "HEAD" && !matches!(answer.body, Body::Empty | Body::Redirect { .. })
}

/// What the domains whose keys differ signed with before a change, by host name.
pub fn former_keys(before: &Landscape, after: &Landscape) -> Vec<(String, Signing)> {
    let changed = after.domains.iter().filter_map(|(host, domain)| {
        let former = &before.domains.get(host)?.signing;
        let is_changed = former.certificate.der != domain.signing.certificate.der;
        is_changed.then(|| (host.clone(), former.clone()))
    });
    changed.collect()
}

/// The landscape as it would be if this site still signed with the key that it signed with before; `None` where it never signed with
/// another. `replaced` is the key that was put out of the landscape last, if one was; else a rollover counts, once its time has come.
pub fn with_former_keys(landscape: &Landscape, site: &str, replaced: Option<&Signing>, now: u64) -> Option<Landscape> {
    let domain = landscape.domains.get(site)?;
    let former = match &domain.next_signing {
        Some((from, _)) if *from <= now => &domain.signing,
        _ => replaced?,
    };
    let mut domain = Domain {
        signing: former.clone(),
        next_signing: None,
        ..domain.as_ref().clone()
    };
    // Who asks was let in already, perhaps by a token under the present key.
    domain.directory.settings.signing_keys_public = true;
    let mut landscape = landscape.clone();
    landscape.domains.insert(site.to_owned(), Arc::new(domain));
    Some(landscape)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::answer::Place;
    use crate::landscape::profile::Profile;
    use crate::landscape::reference::{ReferenceKeys, published_secret, reference};

    #[test]
    fn the_table_has_one_row_for_each_fault() {
        for (index, row) in FAULTS.iter().enumerate() {
            assert_eq!(row.fault as usize, index, "{}", row.name);
            assert_eq!(Fault::of(row.name), Some(row.fault));
            assert!(row.carriers.contains(&Carrier::Server), "{}", row.name);
        }
    }

    fn taken(fault: Fault, amount: u64) -> Taken {
        Taken {
            fault,
            amount,
            stale: None,
        }
    }

    #[test]
    fn a_refusal_keeps_only_the_endpoint_and_the_ecid() {
        let answer = Answer::object(200, Vec::new()).header("X-ORACLE-DMS-ECID", "id");
        let mut decision = Decision::plain("token", answer);
        decision.client = Some("backend".to_owned());
        taken(Fault::TooManyRequests, 7).reshape(&mut decision);
        assert_eq!((decision.endpoint, decision.client), ("token", None));
        let headers = [("Retry-After", "7".to_owned()), ("X-ORACLE-DMS-ECID", "id".to_owned())];
        assert_eq!(
            (decision.answer.status, decision.answer.headers),
            (429, headers.to_vec())
        );
    }

    #[test]
    fn stale_keys_are_an_older_answer_in_place_of_the_present_one() {
        let mut decision = Decision::plain("keys", Answer::object(200, Vec::new()).header("Age", "new"));
        let stale = Answer::object(200, Vec::new()).header("Age", "old");
        let taken = Taken {
            stale: Some(stale),
            ..taken(Fault::StaleKeys, 0)
        };
        taken.reshape(&mut decision);
        assert_eq!(decision.answer.header_value("Age"), Some("old"));
    }

    #[test]
    fn what_a_connection_shows_is_a_matter_of_delivery() {
        let response = Response {
            status: 200,
            headers: Vec::new(),
            body: b"seven !".to_vec(),
        };
        let how = |fault| Delivery::of(response.clone(), Some(&taken(fault, 9))).how;
        assert_eq!(how(Fault::Delay), How::After(Duration::from_millis(9)));
        assert_eq!(how(Fault::TruncatedBody), How::Cut(3));
        assert_eq!(how(Fault::SlowBody), How::Drip(Duration::from_millis(9)));
        assert_eq!(how(Fault::Reset), How::Reset);
        assert_eq!(how(Fault::Unavailable), How::Whole);
        assert_eq!(Delivery::of(response.clone(), None).how, How::Whole);
    }

    #[test]
    fn only_a_domain_whose_key_changed_has_a_former_one() {
        let keys = ReferenceKeys::published();
        let before = reference(Profile::default(), &keys, &published_secret);
        assert!(former_keys(&before, &before.clone()).is_empty());
        let others = ReferenceKeys {
            home: keys.other.clone(),
            ..keys
        };
        let after = reference(Profile::default(), &others, &published_secret);
        let former = former_keys(&before, &after);
        let [(host, signing)] = former.as_slice() else {
            panic!("one domain's key changed, not {}", former.len());
        };
        assert_eq!(before.domains[host].label, "home");
        let der = |landscape: &Landscape| landscape.domains[host].signing_at(9).certificate.der.clone();
        let stale = with_former_keys(&after, host, Some(signing), 9).unwrap();
        assert_eq!(der(&stale), der(&before));
        assert_ne!(der(&after), der(&before));
    }

    #[test]
    fn a_rollover_makes_keys_former_when_its_time_has_come() {
        let mut landscape = reference(Profile::default(), &ReferenceKeys::published(), &published_secret);
        let [host, other] = [0, 1].map(|site| landscape.domains.keys().nth(site).unwrap().clone());
        let next = landscape.domains[&other].signing.clone();
        let domain = Arc::make_mut(landscape.domains.get_mut(&host).unwrap());
        let first = domain.signing.certificate.der.clone();
        domain.next_signing = Some((100, next));
        assert!(with_former_keys(&landscape, &host, None, 99).is_none());
        let stale = with_former_keys(&landscape, &host, None, 100).unwrap();
        assert_eq!(stale.domains[&host].signing_at(100).certificate.der, first);
        assert_ne!(landscape.domains[&host].signing_at(100).certificate.der, first);
    }

    #[test]
    fn what_has_no_body_on_the_wire_cannot_be_cut() {
        assert!(has_body(&Answer::object(200, Vec::new()), "GET"));
        assert!(!has_body(&Answer::object(200, Vec::new()), "HEAD"));
        assert!(!has_body(&Answer::empty(401), "GET"));
        assert!(!has_body(&Answer::redirect("/", Place::Query, Vec::new()), "GET"));
    }
}
