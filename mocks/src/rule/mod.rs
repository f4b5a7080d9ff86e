//! What a rule is, and how a table of rules judges a request.
//!
//! The tables themselves live beside what they judge (`idcs`, `fusion`); the catalogue of all of them is `crate::catalogue`.

pub mod defect;
pub mod misreport;
pub mod ruling;
pub mod token;

use std::borrow::Cow;

use crate::answer::Answer;
use crate::landscape::profile::{Profile, ProfileName};
use crate::rule::defect::{Active, Defect, DefectKind};

/// How sure we are that real servers behave as a rule says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Confidence {
    /// A standard says so.
    Specified,
    /// The vendor's documents say so.
    Documented,
    /// Seen in samples, logs or live probes.
    Observed,
    /// Follows from what is documented or seen.
    Inferred,
    /// Nothing is known; the standard's default is used.
    Assumed,
}

impl Confidence {
    /// The word that is shown for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Specified => "specified",
            Self::Documented => "documented",
            Self::Observed => "observed",
            Self::Inferred => "inferred",
            Self::Assumed => "assumed",
        }
    }
}

/// What a rule is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RuleKind {
    /// Refuses requests.
    Guard,
    /// Shapes what is granted.
    Promise,
}

/// What can be told about a rule without a request at hand.
#[derive(Clone, Copy, Debug)]
pub struct RuleInfo {
    /// The stable public id, such as `assertion.audience`.
    pub id: &'static str,
    /// One sentence that says what must hold.
    pub says: &'static str,
    /// Guard or promise.
    pub kind: RuleKind,
    /// The wire facts it rests on.
    pub facts: &'static [&'static str],
    /// How sure we are of it.
    pub confidence: Confidence,
    /// Rules without which its question has no answer.
    pub premises: &'static [&'static str],
    /// The named ways to break it.
    pub defects: &'static [Defect],
}

impl RuleInfo {
    /// The requirement rows that it serves: those that its defects would break.
    pub fn rows(&self) -> Vec<&'static str> {
        let mut rows: Vec<&str> = self.defects.iter().flat_map(|defect| defect.rows).copied().collect();
        rows.sort_unstable();
        rows.dedup();
        rows
    }
}

/// A kind of request, by the facts that can be known about one.
pub trait Kind: 'static {
    /// What can be known about one request.
    type Facts<'a>;
}

/// A rule over the facts of one kind of request.
pub struct Rule<K: Kind> {
    /// What can be told about it.
    pub info: RuleInfo,
    /// Judges one request.
    pub check: fn(&K::Facts<'_>) -> Verdict,
    /// Its legal neighbours: which requests each `overreach` defect refuses, by the defect's name.
    pub neighbours: &'static [Neighbour<K>],
    /// The answer when it is violated, under each profile.
    pub denial: Denials,
}

/// What a rule rests on.
#[derive(Clone, Copy, Debug)]
pub struct Grounds {
    /// How sure we are.
    pub confidence: Confidence,
    /// The wire facts.
    pub facts: &'static [&'static str],
}

/// The grounds of a rule: how sure we are, and the facts it rests on.
pub const fn grounds(confidence: Confidence, facts: &'static [&'static str]) -> Grounds {
    Grounds { confidence, facts }
}

/// A rule that refuses requests.
pub const fn guard<K: Kind>(
    id: &'static str,
    says: &'static str,
    grounds: Grounds,
    premises: &'static [&'static str],
    defects: &'static [Defect],
    check: fn(&K::Facts<'_>) -> Verdict,
    denial: Denials,
) -> Rule<K> {
    let Grounds { confidence, facts } = grounds;
    let info = RuleInfo {
        id,
        says,
        kind: RuleKind::Guard,
        facts,
        confidence,
        premises,
        defects,
    };
    Rule {
        info,
        check,
        neighbours: &[],
        denial,
    }
}

/// A rule that shapes what is granted, or how a refusal looks.
pub const fn promise(id: &'static str, says: &'static str, grounds: Grounds, defects: &'static [Defect]) -> RuleInfo {
    let Grounds { confidence, facts } = grounds;
    RuleInfo {
        id,
        says,
        kind: RuleKind::Promise,
        facts,
        confidence,
        premises: &[],
        defects,
    }
}

impl<K: Kind> Rule<K> {
    /// Names the legal neighbours that its `overreach` defects refuse.
    #[must_use]
    pub const fn beside(self, neighbours: &'static [Neighbour<K>]) -> Self {
        let Self {
            info, check, denial, ..
        } = self;
        Self {
            info,
            check,
            neighbours,
            denial,
        }
    }
}

/// A request that a rule must let pass and that a server with this defect refuses.
pub struct Neighbour<K: Kind> {
    /// The name of the `overreach` defect.
    pub defect: &'static str,
    /// Which requests it would refuse.
    pub refuses: fn(&K::Facts<'_>) -> bool,
}

/// The neighbour that the `overreach` defect of this name refuses.
pub const fn neighbour<K: Kind>(defect: &'static str, refuses: fn(&K::Facts<'_>) -> bool) -> Neighbour<K> {
    Neighbour { defect, refuses }
}

/// A rule's answer to one request.
#[derive(Clone, Debug, PartialEq)]
pub enum Verdict {
    /// The request satisfies the rule.
    Held,
    /// It does not.
    Violated(Violation),
    /// The rule has nothing to say about such a request.
    NotApplicable,
    /// Its question has no answer; the named rule is why.
    NotJudged(&'static str),
}

impl Verdict {
    /// A violation of one cause, with what was wrong in a few words.
    pub fn violated(cause: &'static str, detail: impl Into<Cow<'static, str>>) -> Self {
        Self::Violated(Violation {
            cause,
            detail: detail.into(),
        })
    }

    /// The verdict of a rule that asks several questions in turn: of the first that does not hold, else of the last.
    #[must_use]
    pub fn and_then(self, next: impl FnOnce() -> Self) -> Self {
        match self {
            Self::Held => next(),
            verdict => verdict,
        }
    }
}

/// Why a rule is violated.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The cause: the name of the `skip` defect that would let it pass.
    pub cause: &'static str,
    /// What was wrong and what would have been right. Never holds a secret or a usable token.
    pub detail: Cow<'static, str>,
}

/// The form of a refusal: status, error code and text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denial {
    /// The status code.
    pub status: u16,
    /// The error code; empty where the form has none.
    pub error: &'static str,
    /// A text for people, out of the characters that RFC 6749 section 5.2 allows.
    pub description: &'static str,
}

/// A refusal's form under each whole profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Denials {
    /// As the standards say.
    pub rfc: Denial,
    /// As the platform is known or thought to answer.
    pub oracle: Denial,
}

impl Denials {
    /// One form for both.
    pub const fn same(status: u16, error: &'static str, description: &'static str) -> Self {
        let denial = Denial {
            status,
            error,
            description,
        };
        Self {
            rfc: denial,
            oracle: denial,
        }
    }

    /// A promise refuses nothing.
    pub const NONE: Self = Self::same(0, "", "");

    /// The form under `profile`.
    pub fn under(&self, profile: &Profile) -> &Denial {
        match profile.name {
            ProfileName::Rfc => &self.rfc,
            ProfileName::Oracle => &self.oracle,
        }
    }
}

/// The verdict of one rule.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The rule's id.
    pub rule: &'static str,
    /// What it found.
    pub verdict: Verdict,
}

/// All verdicts of a table over one request, in table order.
#[derive(Clone, Debug, Default)]
pub struct Judgement {
    /// One entry a rule.
    pub verdicts: Vec<Judged>,
    denied_by: Option<usize>,
}

impl Judgement {
    /// The violated rules, in table order.
    pub fn violations(&self) -> impl Iterator<Item = (&'static str, &Violation)> {
        self.verdicts.iter().filter_map(|judged| match &judged.verdict {
            Verdict::Violated(violation) => Some((judged.rule, violation)),
            _ => None,
        })
    }

    /// The ids of the violated rules, in table order.
    pub fn violated(&self) -> impl Iterator<Item = &'static str> {
        self.violations().map(|(rule, _)| rule)
    }
}

/// The tables that judge one kind of request, in order.
pub type Tables<K> = &'static [&'static [Rule<K>]];

/// Judges all rules of the tables, in order.
///
/// Every rule is judged, not only the first that fails, so that a decision can tell a request that breaks one rule from one that breaks
/// three. A violation whose `skip` defect is active counts as held; an active `overreach` defect violates where it wants to.
pub fn judge<K: Kind>(tables: Tables<K>, facts: &K::Facts<'_>, active: &Active) -> Judgement {
    let rules = || tables.iter().copied().flatten();
    let mut judgement = Judgement {
        verdicts: Vec::with_capacity(rules().count()),
        denied_by: None,
    };
    for (index, rule) in rules().enumerate() {
        let verdict = match unjudged_premise(&judgement, rule.info.premises) {
            Some(premise) => Verdict::NotJudged(premise),
            None => with_defects(rule, facts, active),
        };
        if matches!(verdict, Verdict::Violated(_)) && judgement.denied_by.is_none() {
            judgement.denied_by = Some(index);
        }
        judgement.verdicts.push(Judged {
            rule: rule.info.id,
            verdict,
        });
    }
    judgement
}

/// The rule whose denial answers the request; `None` where nothing is violated.
pub fn denying_rule<K: Kind>(tables: Tables<K>, judgement: &Judgement) -> Option<&'static Rule<K>> {
    judgement
        .denied_by
        .and_then(|index| tables.iter().copied().flatten().nth(index))
}

/// The first premise that was violated or not judged itself.
fn unjudged_premise(judgement: &Judgement, premises: &'static [&'static str]) -> Option<&'static str> {
    premises.iter().copied().find(|premise| {
        judgement.verdicts.iter().any(|judged| {
            judged.rule == *premise && matches!(judged.verdict, Verdict::Violated(_) | Verdict::NotJudged(_))
        })
    })
}

fn with_defects<K: Kind>(rule: &Rule<K>, facts: &K::Facts<'_>, active: &Active) -> Verdict {
    let verdict = (rule.check)(facts);
    if active.is_empty() {
        return verdict;
    }
    match verdict {
        Verdict::Violated(violation) if active.skips(rule.info.id, violation.cause) => Verdict::Held,
        Verdict::Violated(violation) => Verdict::Violated(violation),
        other => rule
            .neighbours
            .iter()
            .find(|neighbour| active.has(rule.info.id, neighbour.defect) && (neighbour.refuses)(facts))
            .map_or(other, |neighbour| {
                Verdict::violated(neighbour.defect, "refused by a defect that is switched on")
            }),
    }
}

/// Applies the active defects of the rules in `infos` that reshape an answer: the misreports of the denying rule, or broken promises.
pub fn reshape<'a>(answer: &mut Answer, infos: impl IntoIterator<Item = &'a RuleInfo>, active: &Active) {
    if active.is_empty() {
        return;
    }
    for info in infos {
        for defect in info.defects {
            if let DefectKind::Reshape(reshape) = defect.kind
                && active.has(info.id, defect.name)
            {
                reshape(answer);
            }
        }
    }
}
