//! Which faults are planned where, for how many requests.
//!
//! A [`FaultPlan`] is a value; `mock` keeps one and takes from it under its lock. A fault is met only where the carrier and the answer can
//! show it: else it stays in the plan.

use std::fmt;

use serde::Deserialize;
use serde_json::{Map, Value};
use thiserror::Error;

use crate::fault::{Carrier, FAULTS, Fault, KEY_SET_PATH, Needs, Parameter};

/// The most faults that can be planned at a time.
pub const PLAN_LIMIT: usize = 64;

/// Where a fault is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Place {
    /// The endpoint of this name, as the journal shows it.
    Endpoint(String),
    /// This path, still percent-encoded, without the query.
    Path(String),
}

/// A fault that is planned.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Planned {
    /// The fault.
    pub fault: Fault,
    /// Its number, in the unit of its [`Parameter`]; 0 where it takes none.
    pub amount: u64,
    /// The host name of the only site that shows it; `None` for every site.
    pub site: Option<String>,
    /// Where.
    pub place: Place,
    /// How many more requests meet it; `None` for all until it is cleared.
    pub remaining: Option<u32>,
}

impl Planned {
    /// A fault with its usual number, on every site that has the place, until it is cleared.
    pub fn new(fault: Fault, place: Place) -> Self {
        let parameter = fault.info().parameter;
        Self {
            fault,
            amount: parameter.map_or(0, |parameter| parameter.usual),
            site: None,
            place,
            remaining: None,
        }
    }

    /// Reads a plan: `{"fault": "delay", "endpoint": "token", "milliseconds": 500, "times": 3}`.
    ///
    /// # Errors
    ///
    /// Says what would have been right.
    pub fn from_json(text: &[u8]) -> Result<Self, PlanError> {
        let asked: Asked = serde_json::from_slice(text).map_err(|error| PlanError::Unreadable(error.to_string()))?;
        let fault = Fault::of(&asked.fault).ok_or(PlanError::UnknownFault(asked.fault))?;
        let place = match (asked.endpoint, asked.path) {
            (Some(endpoint), None) => Place::Endpoint(endpoint),
            (None, Some(path)) => Place::Path(path),
            _ => return Err(PlanError::NotOnePlace),
        };
        let mut planned = Self::new(fault, place);
        let parameter = fault.info().parameter;
        for (name, amount) in [("milliseconds", asked.milliseconds), ("seconds", asked.seconds)] {
            let Some(amount) = amount else { continue };
            if parameter.is_none_or(|parameter| parameter.name != name) {
                return Err(PlanError::WrongNumber { fault, name });
            }
            planned.amount = amount;
        }
        planned.site = asked.site;
        planned.remaining = asked.times;
        planned.check()?;
        Ok(planned)
    }

    /// The plan as [`from_json`](Self::from_json) reads it, with what is left of `times`.
    pub fn to_json(&self) -> Value {
        let info = self.fault.info();
        let (place, at) = match &self.place {
            Place::Endpoint(name) => ("endpoint", name),
            Place::Path(path) => ("path", path),
        };
        let members = [
            ("fault", Some(Value::from(info.name))),
            ("site", self.site.as_deref().map(Value::from)),
            (place, Some(Value::from(at.as_str()))),
            (
                info.parameter.map_or("", |parameter| parameter.name),
                info.parameter.map(|_| Value::from(self.amount)),
            ),
            ("times", self.remaining.map(Value::from)),
        ];
        let members = members.into_iter();
        let members: Map<_, _> = members
            .filter_map(|(name, value)| Some((name.to_owned(), value?)))
            .collect();
        Value::Object(members)
    }

    fn check(&self) -> Result<(), PlanError> {
        let info = self.fault.info();
        if let Some(parameter) = info.parameter
            && !(parameter.least..=parameter.most).contains(&self.amount)
        {
            return Err(PlanError::OutOfBounds(self.fault, self.amount));
        }
        if self.remaining == Some(0) {
            return Err(PlanError::Never);
        }
        if info.needs == Needs::ChangedKeys && self.place != Place::Path(KEY_SET_PATH.to_owned()) {
            return Err(PlanError::NoKeysThere);
        }
        Ok(())
    }

    fn meets(&self, meeting: &Meeting) -> bool {
        let info = self.fault.info();
        let is_here = match &self.place {
            Place::Endpoint(name) => name == meeting.endpoint,
            Place::Path(path) => path == meeting.path,
        };
        let can_show = match info.needs {
            Needs::Nothing => true,
            Needs::Body => meeting.has_body,
            Needs::ChangedKeys => meeting.has_stale_keys,
        };
        is_here
            && can_show
            && info.carriers.contains(&meeting.carrier)
            && self.site.as_deref().is_none_or(|site| site == meeting.site)
    }
}

/// A plan as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Asked {
    fault: String,
    site: Option<String>,
    endpoint: Option<String>,
    path: Option<String>,
    milliseconds: Option<u64>,
    seconds: Option<u64>,
    times: Option<u32>,
}

/// Why a fault cannot be planned, and what would have been right.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum PlanError {
    /// It is not JSON, or its members are others.
    #[error("a fault is an object such as {{\"fault\": \"429\", \"endpoint\": \"token\", \"times\": 3}}: {0}")]
    Unreadable(String),
    /// There is no such fault.
    #[error("there is no fault `{0}`; there are {names}", names = Names)]
    UnknownFault(String),
    /// It names no place, or two.
    #[error(
        "a fault is planned at one place: either `endpoint`, as the journal names it (`token`), or `path` (`/oauth2/v1/token`)"
    )]
    NotOnePlace,
    /// The fault takes another number, or none.
    #[error("`{fault}` takes no `{name}`; it takes {takes}", fault = .fault.info().name, takes = Takes(*.fault))]
    WrongNumber {
        /// The fault.
        fault: Fault,
        /// The number that it was given.
        name: &'static str,
    },
    /// The number is too small or too large.
    #[error("`{fault}` cannot be made with {1}; it takes {takes}", fault = .0.info().name, takes = Takes(*.0))]
    OutOfBounds(Fault, u64),
    /// No request would ever meet it.
    #[error("`times` is at least 1; left out, the fault stays until it is cleared")]
    Never,
    /// Stale keys are shown only by a key set.
    #[error("`stale-keys` is planned at the `path` {KEY_SET_PATH}")]
    NoKeysThere,
    /// The landscape has no such site.
    #[error("there is no site `{site}`; there are {}, and without `site` a fault is on all of them", known.join(", "))]
    UnknownSite {
        /// What was asked for.
        site: String,
        /// The sites that there are.
        known: Vec<String>,
    },
    /// Too many are planned already.
    #[error("{PLAN_LIMIT} faults are planned, and that is the most; clear them first")]
    Full,
}

struct Names;

impl fmt::Display for Names {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let names: Vec<_> = FAULTS.iter().map(|row| row.name).collect();
        formatter.write_str(&names.join(", "))
    }
}

struct Takes(Fault);

impl fmt::Display for Takes {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self.0.info().parameter {
            Some(Parameter { name, least, most, .. }) => write!(formatter, "`{name}` from {least} to {most}"),
            None => formatter.write_str("no number"),
        }
    }
}

/// What is known of a request when a fault is looked for.
#[derive(Clone, Copy, Debug)]
pub struct Meeting<'a> {
    /// The site that is asked.
    pub site: &'a str,
    /// The endpoint that was found.
    pub endpoint: &'a str,
    /// The path.
    pub path: &'a str,
    /// How the request came.
    pub carrier: Carrier,
    /// Whether the answer has a body on the wire.
    pub has_body: bool,
    /// Whether the answer is a key set, and there is an older one.
    pub has_stale_keys: bool,
}

/// The faults that are planned, in the order in which they were.
#[derive(Clone, Debug, Default)]
pub struct FaultPlan {
    planned: Vec<Planned>,
}

impl FaultPlan {
    /// Plans one more fault.
    ///
    /// # Errors
    ///
    /// Where it cannot be, or where [`PLAN_LIMIT`] are planned.
    pub fn plan(&mut self, fault: Planned) -> Result<(), PlanError> {
        fault.check()?;
        if self.planned.len() == PLAN_LIMIT {
            return Err(PlanError::Full);
        }
        self.planned.push(fault);
        Ok(())
    }

    /// Forgets all of them.
    pub fn clear(&mut self) {
        self.planned.clear();
    }

    /// What is planned still.
    pub fn planned(&self) -> &[Planned] {
        &self.planned
    }

    /// Takes the first fault that this request meets, and counts it down. A request meets one fault at most.
    pub fn take(&mut self, meeting: &Meeting) -> Option<(Fault, u64)> {
        let at = self.planned.iter().position(|planned| planned.meets(meeting))?;
        let planned = &mut self.planned[at];
        let taken = (planned.fault, planned.amount);
        if let Some(remaining) = &mut planned.remaining {
            *remaining -= 1;
            if *remaining == 0 {
                self.planned.remove(at);
            }
        }
        Some(taken)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: Meeting = Meeting {
        site: "a.example",
        endpoint: "token",
        path: "/oauth2/v1/token",
        carrier: Carrier::Server,
        has_body: true,
        has_stale_keys: false,
    };

    fn at_token(fault: Fault) -> Planned {
        Planned::new(fault, Place::Endpoint("token".to_owned()))
    }

    fn plan(faults: &[Planned]) -> FaultPlan {
        let mut plan = FaultPlan::default();
        for fault in faults {
            plan.plan(fault.clone()).unwrap();
        }
        plan
    }

    fn read(text: &str) -> Result<Planned, PlanError> {
        Planned::from_json(text.as_bytes())
    }

    #[test]
    fn the_usual_numbers_are_within_bounds() {
        for row in FAULTS {
            let path = Place::Path(KEY_SET_PATH.to_owned());
            assert_eq!(Planned::new(row.fault, path).check(), Ok(()), "{}", row.name);
        }
    }

    #[test]
    fn each_request_uses_one_up_and_the_first_planned_goes_first() {
        let once = Planned {
            remaining: Some(1),
            ..at_token(Fault::Reset)
        };
        let twice = Planned {
            remaining: Some(2),
            amount: 7,
            ..at_token(Fault::TooManyRequests)
        };
        let mut plan = plan(&[once, twice]);
        let taken: Vec<_> = (0..4).map(|_| plan.take(&TOKEN)).collect();
        let wanted = [Some((Fault::Reset, 0)), Some((Fault::TooManyRequests, 7))];
        assert_eq!(taken, [wanted[0], wanted[1], wanted[1], None]);
        assert!(plan.planned().is_empty());
    }

    #[test]
    fn without_a_number_of_times_a_fault_stays_until_it_is_cleared() {
        let mut plan = plan(&[at_token(Fault::Unavailable)]);
        assert!((0..1000).all(|_| plan.take(&TOKEN).is_some()));
        plan.clear();
        assert_eq!(plan.take(&TOKEN), None);
    }

    #[test]
    fn a_fault_is_met_only_at_its_place_and_where_it_can_be_shown() {
        let here = Planned {
            site: Some("a.example".to_owned()),
            ..Planned::new(Fault::TruncatedBody, Place::Path("/oauth2/v1/token".to_owned()))
        };
        let elsewhere = [
            Meeting {
                site: "b.example",
                ..TOKEN
            },
            Meeting { path: "/", ..TOKEN },
            Meeting {
                has_body: false,
                ..TOKEN
            },
            Meeting {
                carrier: Carrier::InProcess,
                ..TOKEN
            },
            Meeting {
                carrier: Carrier::Wiremock,
                ..TOKEN
            },
        ];
        let mut plan = plan(&[here]);
        for meeting in elsewhere {
            assert_eq!(plan.take(&meeting), None, "{meeting:?}");
        }
        assert!(plan.take(&TOKEN).is_some());
    }

    #[test]
    fn stale_keys_are_met_only_where_there_are_some() {
        let mut plan = plan(&[Planned::new(Fault::StaleKeys, Place::Path(KEY_SET_PATH.to_owned()))]);
        let fresh = Meeting {
            path: KEY_SET_PATH,
            ..TOKEN
        };
        assert_eq!(plan.take(&fresh), None);
        let stale = Meeting {
            has_stale_keys: true,
            ..fresh
        };
        assert_eq!(plan.take(&stale), Some((Fault::StaleKeys, 0)));
    }

    #[test]
    fn a_plan_is_bounded() {
        let mut plan = plan(&vec![at_token(Fault::Reset); PLAN_LIMIT]);
        assert_eq!(plan.plan(at_token(Fault::Reset)), Err(PlanError::Full));
    }

    #[test]
    fn plans_are_read_as_they_are_written() {
        for text in [
            r#"{"fault":"delay","site":"a.example","endpoint":"token","milliseconds":60000,"times":3}"#,
            r#"{"fault":"429","path":"/x","seconds":0}"#,
            r#"{"fault":"reset","endpoint":"token","times":1}"#,
            r#"{"fault":"stale-keys","path":"/admin/v1/SigningCert/jwk"}"#,
        ] {
            assert_eq!(read(text).unwrap().to_json().to_string(), text);
        }
        assert_eq!(read(r#"{"fault":"delay","endpoint":"token"}"#).unwrap().amount, 1_000);
    }

    #[test]
    fn a_plan_that_cannot_be_says_what_would_have_been_right() {
        for (text, says) in [
            ("3", "an object such as"),
            (r#"{"fault":"429","endpoint":"token","count":3}"#, "expected one of"),
            (r#"{"fault":"429","fault":"503","endpoint":"token"}"#, "duplicate"),
            (r#"{"fault":"500","endpoint":"token"}"#, "there are delay, 429,"),
            (r#"{"fault":"429"}"#, "either `endpoint`"),
            (r#"{"fault":"429","endpoint":"token","path":"/"}"#, "either `endpoint`"),
            (
                r#"{"fault":"429","endpoint":"token","milliseconds":1}"#,
                "takes `seconds` from 0 to 3600",
            ),
            (
                r#"{"fault":"reset","endpoint":"token","seconds":1}"#,
                "it takes no number",
            ),
            (
                r#"{"fault":"delay","endpoint":"token","milliseconds":60001}"#,
                "from 1 to 60000",
            ),
            (
                r#"{"fault":"delay","endpoint":"token","milliseconds":0}"#,
                "from 1 to 60000",
            ),
            (
                r#"{"fault":"delay","endpoint":"token","milliseconds":-1}"#,
                "invalid value",
            ),
            (r#"{"fault":"429","endpoint":"token","times":0}"#, "at least 1"),
            (r#"{"fault":"stale-keys","endpoint":"token"}"#, KEY_SET_PATH),
        ] {
            let error = read(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
    }
}
