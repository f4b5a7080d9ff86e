//! What the proof works with: servers of known faults. Whoever knows such servers supplies them through [`Workshop`].

use std::collections::HashSet;
use std::sync::{Arc, Mutex};

use serde::{Deserialize, Serialize};

use crate::flow::Cast;
use crate::system::System;

/// One named way in which a server is broken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// The rule that is broken.
    pub rule: String,
    /// The name of the defect within the rule.
    pub defect: String,
    /// How it is broken.
    pub kind: MutantKind,
    /// The requirement rows that it breaks.
    pub rows: Vec<String>,
    /// Why nobody can see it on the wire, where nobody can.
    pub unobservable: Option<String>,
    /// The profiles under which the defect shows; all if empty.
    pub profiles: Vec<String>,
}

/// How a rule is broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MutantKind {
    /// It lets through what it must refuse.
    Skip,
    /// It refuses in another form.
    Misreport,
    /// It refuses a legal neighbour.
    Overreach,
    /// It breaks what it promises of what is granted.
    Break,
}

/// What is broken in a server.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Broken {
    /// One defect of one rule.
    Defect {
        /// The rule.
        rule: String,
        /// The defect.
        defect: String,
    },
    /// All that some rules would refuse is let through.
    WholeRules(Vec<String>),
}

/// A server with the cast that plays on it.
pub struct Bench {
    /// The players.
    pub cast: Arc<Cast>,
    /// The server.
    pub system: Box<dyn System>,
    /// The rules that had a part in an answer of this server or of a copy of it; `None` where nobody can tell.
    pub consulted: Option<Consulted>,
}

/// A list of rules that grows while a server answers.
pub type Consulted = Arc<Mutex<HashSet<String>>>;

/// Makes servers. The same arguments make the same server, with the same clock: then signatures need be made only once.
pub trait Workshop: Sync {
    /// Every mutant there is.
    fn mutants(&self) -> Vec<Mutant>;

    /// A server without a defect, with its journal open.
    fn sound(&self, profile: &str, switches: &[(String, String)]) -> Bench;

    /// A broken server, with its journal shut: it has to be seen on the wire.
    fn broken(&self, profile: &str, switches: &[(String, String)], broken: &Broken) -> Bench;
}
