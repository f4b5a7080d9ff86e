//! Administration: the records of a domain, read and written over SCIM (IDCS-ADMIN-201 to IDCS-ADMIN-363, IDCS-ADMIN-501 to IDCS-ADMIN-528).
//!
//! `routes` is the table of endpoints and of who may use them; `plan` says what a request would do, with `writing` and `reading` for the
//! form of records; `access_rules` and `request_rules` say whether it may; `answers` words it. The SCIM machinery itself is in `idcs::scim`.

pub mod access_rules;
pub mod answers;
pub mod plan;
pub mod promises;
mod propagation_trust;
pub mod reading;
pub mod request_rules;
pub mod routes;
pub mod writing;

use crate::env::Env;
use crate::idcs::protected::admin::plan::{Caller, Fault, Office, Plan};
use crate::idcs::protected::admin::routes::AdminRoute;
use crate::landscape::directory::Record;
use crate::landscape::{Domain, Landscape};
use crate::wire::Request;

/// What can be known about a request of administration.
#[derive(Debug)]
pub struct AdminRequest {
    /// What is asked for; `None` where nothing is.
    pub route: Option<AdminRoute>,
    /// The record that it is about, where it is about one that is there.
    pub current: Option<Record>,
    /// What it would do.
    pub plan: Result<Plan, Fault>,
}

impl AdminRequest {
    /// Reads a request.
    pub fn read(landscape: &Landscape, domain: &Domain, env: &Env, request: &Request, caller: Caller) -> Self {
        let office = Office {
            landscape,
            domain,
            env,
            request,
            caller,
        };
        let route = AdminRoute::of(&request.path);
        let current = route.as_ref().and_then(|route| office.current(route));
        let plan = match &route {
            Some(route) => office.plan(route, current.as_ref()),
            None => Ok(plan::stand_in(&request.method)),
        };
        Self { route, current, plan }
    }
}
