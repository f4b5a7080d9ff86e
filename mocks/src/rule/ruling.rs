//! What comes of a request once its tables were judged: a refusal, or what was asked for, each as the switched-on defects leave it.

use crate::answer::Answer;
use crate::rule::defect::Active;
use crate::rule::{Judgement, Kind, Rule, RuleInfo, Tables, denying_rule, judge, reshape};
use crate::state::Effect;

/// What an endpoint promises, table by table.
#[derive(Clone, Copy, Debug)]
pub struct Promises<'a> {
    /// Of its refusals.
    pub refused: &'a [&'static [RuleInfo]],
    /// Of what it grants.
    pub granted: &'a [&'static [RuleInfo]],
}

impl Promises<'_> {
    /// Nothing at all.
    pub const NONE: Self = Self {
        refused: &[],
        granted: &[],
    };
}

/// A request that was judged and answered.
#[derive(Debug)]
pub struct Ruling {
    /// The verdict of every rule.
    pub judgement: Judgement,
    /// What changes if the answer goes out.
    pub effects: Vec<Effect>,
    /// The answer, unsigned.
    pub answer: Answer,
    /// The promises that shaped it, table by table.
    pub promised: Vec<&'static [RuleInfo]>,
}

/// Judges a request, and answers it by `refuse` where a rule is violated, else by `grant`; both may list effects.
///
/// Defects that reshape apply to what they answer: those of the denying rule and of broken promises.
pub fn settle<K: Kind>(
    tables: Tables<K>,
    facts: &K::Facts<'_>,
    active: &Active,
    promises: Promises<'_>,
    refuse: impl FnOnce(&'static Rule<K>, &mut Vec<Effect>) -> Answer,
    grant: impl FnOnce(&mut Vec<Effect>) -> Answer,
) -> Ruling {
    let judgement = judge(tables, facts, active);
    let mut effects = Vec::new();
    let denying = denying_rule(tables, &judgement);
    let (mut answer, tables_of_promises) = match denying {
        Some(rule) => (refuse(rule, &mut effects), promises.refused),
        None => (grant(&mut effects), promises.granted),
    };
    let infos = denying.map(|rule| &rule.info);
    reshape(
        &mut answer,
        infos.into_iter().chain(tables_of_promises.iter().copied().flatten()),
        active,
    );
    Ruling {
        judgement,
        effects,
        answer,
        promised: tables_of_promises.to_vec(),
    }
}
