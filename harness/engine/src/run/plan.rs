//! The plan: what will run, in which order, and what is skipped for which reason. Sends nothing.

use serde_json::Value;

use super::arrange::word;
use super::record::CaseKind;
use super::select::is_selected;
use super::shard::ShardRecord;
use crate::expect::{Standing, level_of_rows, standing};
use crate::flow::{Cast, Names};
use crate::scenario::model::{
    Action, Arrangement, AuthenticationMethod, Bindings, Case, Change, Effect, Fill, Flow, KeySource, Level, Lever,
    Outcome, Role, Sign, Step, Table,
};
use crate::scenario::{Library, Located};
use crate::system::Levers;
use crate::target::Client;

/// What is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The profile.
    pub profile: &'a str,
    /// Switches that are set beside the profile.
    pub switches: &'a [(String, String)],
    /// Ids, beginnings of ids and patterns; everything if empty.
    pub select: &'a [String],
}

/// Why no plan can be made.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// A selection that means no case.
    #[error("no case is selected by `{0}`")]
    NothingSelected(String),
    /// A table without a control.
    #[error("the table `{table}` has the control `{control}`, which does not exist")]
    NoControl {
        /// The table.
        table: String,
        /// What it names as its control.
        control: String,
    },
}

/// What will run, in order.
#[derive(Clone)]
pub struct Plan<'a> {
    /// Where the scenarios are.
    pub library: &'a Library,
    /// The profile.
    pub profile: String,
    /// Switches that are set beside the profile.
    pub switches: Vec<(String, String)>,
    /// Flows and tables.
    pub units: Vec<Unit<'a>>,
    /// How many cases there are.
    pub count: usize,
    /// Which part of a larger plan this is, if it is one.
    pub shard: Option<ShardRecord>,
}

/// A flow, or a table with its cases.
#[derive(Clone)]
pub enum Unit<'a> {
    /// A flow: one case.
    Flow(PlannedFlow<'a>),
    /// A table: as many cases as it has, variants counted apart.
    Table(PlannedTable<'a>),
}

/// A flow that is a scenario of its own.
#[derive(Clone)]
pub struct PlannedFlow<'a> {
    /// Its place in the record.
    pub index: usize,
    /// Its id.
    pub id: &'a str,
    /// What it says.
    pub flow: &'a Flow,
    /// Who plays whom.
    pub names: Names,
    /// Why it is skipped, if it is.
    pub skip: Option<Skip>,
    /// Whether its arrangements rest on the target's word.
    pub is_attested: bool,
}

/// A table.
#[derive(Clone)]
pub struct PlannedTable<'a> {
    /// Its id.
    pub id: &'a str,
    /// What it says.
    pub table: &'a Table,
    /// Its control.
    pub control: &'a Flow,
    /// Who plays whom in the control.
    pub names: Names,
    /// Whether its arrangements rest on the target's word.
    pub is_attested: bool,
    /// The cases that were selected.
    pub cases: Vec<PlannedCase<'a>>,
}

/// One case or variant.
#[derive(Clone)]
pub struct PlannedCase<'a> {
    /// Its place in the record.
    pub index: usize,
    /// Its id.
    pub id: String,
    /// What it says.
    pub case: &'a Case,
    /// What must come of it.
    pub outcome: &'a Outcome,
    /// The value of the variant.
    pub each: Option<&'a Value>,
    /// Who plays whom, with the players of the case.
    pub names: Names,
    /// How much a miss weighs.
    pub level: Level,
    /// Why it is skipped, if it is.
    pub skip: Option<Skip>,
}

/// Why a case is skipped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skip {
    /// The reason, in words.
    pub reason: String,
    /// The name of what is missing, where something is.
    pub missing: Option<String>,
}

impl Skip {
    /// Nothing is missing: the case is not for this run.
    pub fn not_here(reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            missing: None,
        }
    }

    /// Something is missing; `--require` goes by its name.
    pub fn missing(name: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            reason: reason.into(),
            missing: Some(name.into()),
        }
    }
}

impl<'a> Plan<'a> {
    /// Makes the plan for a target that lends these levers.
    pub fn new(library: &'a Library, cast: &Cast, levers: &Levers, wanted: Wanted<'_>) -> Result<Self, PlanError> {
        Self::made(library, cast, levers, wanted, Purpose::Judging)
    }

    /// Makes the plan for somebody who only observes: what is off under the profile, or for another one, runs too. Where profiles part is
    /// where servers may.
    pub fn observing(
        library: &'a Library,
        cast: &Cast,
        levers: &Levers,
        wanted: Wanted<'_>,
    ) -> Result<Self, PlanError> {
        Self::made(library, cast, levers, wanted, Purpose::Observing)
    }

    fn made(
        library: &'a Library,
        cast: &Cast,
        levers: &Levers,
        wanted: Wanted<'_>,
        purpose: Purpose,
    ) -> Result<Self, PlanError> {
        let planner = Planner {
            library,
            cast,
            levers,
            profile: wanted.profile,
            purpose,
        };
        let mut units = Vec::new();
        let flows = library
            .flows()
            .map(|(id, entry)| Unit::Flow(planner.flow(id, &entry.file)));
        units.extend(flows);
        for (id, entry) in library.tables() {
            units.push(Unit::Table(planner.table(id, &entry.file)?));
        }
        units.sort_by(|one, other| one.id().cmp(other.id()));
        let mut plan = Self {
            library,
            profile: wanted.profile.to_owned(),
            switches: wanted.switches.to_vec(),
            units,
            count: 0,
            shard: None,
        };
        for selection in wanted.select {
            if !plan.ids().any(|id| is_selected(id, selection)) {
                return Err(PlanError::NothingSelected(selection.clone()));
            }
        }
        let select = wanted.select;
        plan.retain(|id| select.is_empty() || select.iter().any(|selection| is_selected(id, selection)));
        Ok(plan)
    }

    /// The ids of all cases, in order.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.units.iter().flat_map(|unit| match unit {
            Unit::Flow(flow) => vec![flow.id],
            Unit::Table(table) => table.cases.iter().map(|case| case.id.as_str()).collect(),
        })
    }

    /// The cases of tables, in order.
    pub fn cases(&self) -> impl Iterator<Item = &PlannedCase<'a>> {
        let tables = self.units.iter().filter_map(|unit| match unit {
            Unit::Table(table) => Some(table),
            Unit::Flow(_) => None,
        });
        tables.flat_map(|table| &table.cases)
    }

    /// Keeps some flows and tables, and counts the cases anew.
    pub fn retain_units(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.units.retain(|unit| is_kept(unit.id()));
        self.retain(|_| true);
    }

    /// Keeps some cases, and counts them anew.
    pub fn retain(&mut self, is_kept: impl Fn(&str) -> bool) {
        self.units.retain_mut(|unit| match unit {
            Unit::Flow(flow) => is_kept(flow.id),
            Unit::Table(table) => {
                table.cases.retain(|case| is_kept(&case.id));
                !table.cases.is_empty()
            }
        });
        let mut count = 0;
        let mut next = || {
            count += 1;
            count - 1
        };
        for unit in &mut self.units {
            match unit {
                Unit::Flow(flow) => flow.index = next(),
                Unit::Table(table) => table.cases.iter_mut().for_each(|case| case.index = next()),
            }
        }
        self.count = count;
    }

    /// Whether a case that is reported fails when its step succeeds: under this profile, or a switch that is on.
    pub fn forbids(&self, fails_under: &[Located<String>]) -> bool {
        fails_under.iter().any(|name| {
            let is_on = |(switch, value): &(String, String)| match name.split_once('=') {
                Some((wanted, set)) => switch == wanted && value == set,
                None => switch == name.as_str() && value != "off",
            };
            self.profile == name.as_str() || self.switches.iter().any(is_on)
        })
    }
}

impl<'a> Unit<'a> {
    /// The id of the file.
    pub fn id(&self) -> &'a str {
        match self {
            Self::Flow(flow) => flow.id,
            Self::Table(table) => table.id,
        }
    }
}

impl PlannedCase<'_> {
    /// What must come of it, in a word.
    pub fn kind(&self) -> CaseKind {
        match self.outcome {
            Outcome::Refused { .. } => CaseKind::Refused,
            Outcome::Accepted { .. } => CaseKind::Accepted,
            Outcome::Reported { .. } => CaseKind::Reported,
            Outcome::Inspected { .. } => CaseKind::Inspected,
        }
    }

    /// Whether it changes what other cases on the same landscape would meet.
    pub fn disturbs(&self) -> bool {
        matches!(self.case.change.as_deref(), Some(Change::Arrange(_) | Change::Pass(_)))
    }
}

/// The steps of a control that its table runs.
pub fn steps_of<'a, 'b: 'a>(
    control: &'a Flow,
    table: &'b Table,
) -> impl Iterator<Item = &'a Step> + Clone + use<'a, 'b> {
    let last = table.up_to.as_ref();
    let last = last.and_then(|last| control.steps.iter().position(|step| *step.step == **last));
    let steps = &control.steps[..last.map_or(control.steps.len(), |last| last + 1)];
    let is_run = |step: &&Step| !table.without.iter().any(|left| **left == *step.step);
    steps.iter().filter(is_run)
}

/// What a plan is for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// Verdicts, under a profile.
    Judging,
    /// What servers show, whatever it is worth under a profile.
    Observing,
}

/// What decides over skips.
struct Planner<'a, 'b> {
    library: &'a Library,
    cast: &'b Cast,
    levers: &'b Levers,
    profile: &'b str,
    purpose: Purpose,
}

impl<'a> Planner<'a, '_> {
    fn flow(&self, id: &'a str, flow: &'a Flow) -> PlannedFlow<'a> {
        let names = joined([&flow.with]);
        let (arranged, is_attested) = self.arrangements(flow.arrange.iter(), &names);
        let skip = self
            .only_under(&flow.only_under)
            .or_else(|| self.strangers(&names))
            .or_else(|| self.needs(&flow.needs))
            .or_else(|| self.steps(flow.steps.iter(), &names))
            .or(arranged);
        PlannedFlow {
            index: 0,
            id,
            flow,
            names,
            skip,
            is_attested,
        }
    }

    fn table(&self, id: &'a str, table: &'a Table) -> Result<PlannedTable<'a>, PlanError> {
        let control = self.library.flow(&table.control).ok_or_else(|| PlanError::NoControl {
            table: id.to_owned(),
            control: table.control.to_string(),
        })?;
        let names = joined([&control.with, &table.with]);
        let arrangements = control.arrange.iter().chain(&table.arrange);
        let (arranged, is_attested) = self.arrangements(arrangements, &names);
        let skip = self
            .only_under(&table.only_under)
            .or_else(|| self.only_under(&control.only_under))
            .or_else(|| self.strangers(&names))
            .or_else(|| self.needs(&control.needs))
            .or_else(|| self.needs(&table.needs))
            .or_else(|| self.steps(steps_of(control, table), &names))
            .or(arranged);
        let mut cases = Vec::new();
        for case in &table.cases {
            // A case without an outcome is the lint's to tell; it judges nothing.
            let Some(outcome) = case.outcome_in(table) else {
                continue;
            };
            for (variant, each) in case.variants() {
                let id = match variant {
                    Some(variant) => format!("{id}#{}:{variant}", *case.case),
                    None => format!("{id}#{}", *case.case),
                };
                cases.push(PlannedCase {
                    index: 0,
                    id,
                    case,
                    outcome,
                    each,
                    names: Self::names_of(case, &names),
                    level: self.level(case, table),
                    skip: self.case(case, &names).or_else(|| skip.clone()),
                });
            }
        }
        Ok(PlannedTable {
            id,
            table,
            control,
            names,
            is_attested,
            cases,
        })
    }

    fn names_of(case: &Case, names: &Names) -> Names {
        let mut names = names.clone();
        names.extend(joined([&case.with]));
        if let Some(Change::With(players)) = case.change.as_deref() {
            names.extend(joined([players]));
        }
        names
    }

    fn level(&self, case: &Case, table: &Table) -> Level {
        let of_rows = || level_of_rows(self.library, &case.covers, self.profile);
        case.level.or_else(of_rows).or(table.level).unwrap_or(Level::Must)
    }

    /// Why a case is skipped, beyond the reasons of its table.
    fn case(&self, case: &Case, names: &Names) -> Option<Skip> {
        let row = match standing(self.library, &case.covers, self.profile) {
            Standing::Off(_) if self.purpose == Purpose::Observing => None,
            Standing::Off(row) => Some(Skip::not_here(format!("row {row} off under {}", self.profile))),
            Standing::Uncovered | Standing::Applies(_) => None,
        };
        let implied = match case.change.as_deref() {
            Some(Change::Arrange(_)) => Some(Lever::Registration),
            Some(Change::Pass(_)) => Some(Lever::Clock),
            Some(Change::Sign { key: Some(key), .. }) if is_mint(key) => Some(Lever::Mint),
            Some(Change::Authenticate { by, and, .. })
                if [by, and].into_iter().copied().flatten().any(shows_certificate) =>
            {
                Some(Lever::ClientCertificate)
            }
            _ => None,
        };
        row.or_else(|| self.only_under(&case.only_under))
            .or_else(|| self.strangers(&Self::names_of(case, names)))
            .or_else(|| self.given(case, &Self::names_of(case, names)))
            .or_else(|| self.needs(&case.needs))
            .or_else(|| implied.and_then(|lever| self.lever(lever)))
    }

    fn only_under(&self, profiles: &[Located<String>]) -> Option<Skip> {
        let is_here = self.purpose == Purpose::Observing
            || profiles.is_empty()
            || profiles.iter().any(|profile| profile.as_str() == self.profile);
        (!is_here).then(|| {
            let profiles: Vec<&str> = profiles.iter().map(|profile| profile.as_str()).collect();
            Skip::not_here(format!("only under {}", profiles.join(", ")))
        })
    }

    /// A player whom the target does not have.
    fn strangers(&self, names: &Names) -> Option<Skip> {
        let stranger = names
            .iter()
            .find(|(name, player)| self.cast.player(name, player).is_none());
        stranger.map(|(name, player)| Skip::missing(player, format!("the target has no `{player}` to play `{name}`")))
    }

    /// An API that the client must not have been given, and was, be it under another name of the target.
    fn given(&self, case: &Case, names: &Names) -> Option<Skip> {
        let clients = &self.cast.target().clients;
        let name = names.get(Role::Client.as_str())?;
        let client = clients.get(name)?;
        let entries = || {
            let is_same = |entry: &&Client| (&entry.domain, &entry.id) == (&client.domain, &client.id);
            clients.values().filter(is_same)
        };
        let apis = case.not_given.iter().filter_map(|api| names.get(api.as_str()));
        let given = apis
            .into_iter()
            .find(|api| entries().any(|entry| entry.scopes.contains(api)));
        given.map(|api| Skip::not_here(format!("`{name}` may ask for `{api}`, to judge by its `scopes`")))
    }

    fn needs(&self, levers: &[Located<Lever>]) -> Option<Skip> {
        levers.iter().find_map(|lever| self.lever(**lever))
    }

    fn lever(&self, lever: Lever) -> Option<Skip> {
        let is_there = match lever {
            Lever::Clock => self.levers.clock,
            Lever::Registration => self.levers.registration,
            Lever::Witness => self.levers.witness,
            Lever::Listener => self.levers.listener.is_some(),
            Lever::Mint => self.levers.mint.is_some(),
            Lever::ClientCertificate => self.levers.client_certificate,
        };
        let name = lever.as_str();
        (!is_there).then(|| Skip::missing(name, format!("the target has no lever `{name}`")))
    }

    /// An effect or a lever that the steps need and that is not to be had.
    fn steps<'b>(&self, mut steps: impl Iterator<Item = &'b Step>, names: &Names) -> Option<Skip> {
        steps.find_map(|step| {
            let way = match &step.action {
                Action::TokenRequest(request) => request.authenticate.as_ref(),
                Action::Call(call) => call.authenticate.as_ref(),
                Action::Sign(_) | Action::Pkce(_) => None,
            };
            let shows_certificate = way.is_some_and(|way| way.by == AuthenticationMethod::Certificate);
            if let Some(skip) = shows_certificate
                .then(|| self.lever(Lever::ClientCertificate))
                .flatten()
            {
                return Some(skip);
            }
            let (effect, to) = match &step.action {
                Action::Sign(Sign { key, .. }) if is_mint(key) => return self.lever(Lever::Mint),
                Action::Sign(_) | Action::Pkce(_) => return None,
                Action::TokenRequest(request) => (Effect::Token, &request.to),
                Action::Call(call) => (*call.effect, &call.to),
            };
            let player = names.get(to.as_str()).and_then(|player| self.cast.player(to, player));
            let word = effect.as_str();
            (!self.cast.allows(effect, player)).then(|| {
                Skip::missing(
                    word,
                    format!("the effect `{word}` of the step `{}` is not allowed", *step.step),
                )
            })
        })
    }

    /// An arrangement that is neither possible nor attested; and whether any rests on the target's word.
    fn arrangements<'c>(
        &self,
        arrangements: impl Iterator<Item = &'c Located<Arrangement>>,
        names: &Names,
    ) -> (Option<Skip>, bool) {
        if self.levers.registration {
            return (None, false);
        }
        let mut is_attested = false;
        for arrangement in arrangements {
            if !self.cast.attests(arrangement, names) {
                let word = word(arrangement);
                let reason = format!("`{word}` is neither possible here nor attested by the target");
                return (Some(Skip::missing(Lever::Registration.as_str(), reason)), is_attested);
            }
            is_attested = true;
        }
        (None, is_attested)
    }
}

/// Whether a way that a case writes out, and does not leave to its variants, shows a certificate.
fn shows_certificate(way: Fill<AuthenticationMethod>) -> bool {
    matches!(way, Fill::Given(AuthenticationMethod::Certificate))
}

fn is_mint(key: &KeySource) -> bool {
    matches!(key, KeySource::Mint(_))
}

/// Bindings one over the other; the last one counts.
fn joined<const N: usize>(bindings: [&Bindings; N]) -> Names {
    let bindings = bindings.into_iter().flatten();
    bindings
        .map(|(name, player)| (name.clone(), player.to_string()))
        .collect()
}
