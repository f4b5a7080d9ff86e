//! Named ways to break a rule, and the set of those that are switched on.
//!
//! A defect is data on its rule. Nothing else in the mocks asks whether a defect is on but the three places in `rule` that apply them.

use crate::answer::Answer;

/// One named way to break a rule.
#[derive(Clone, Copy, Debug)]
pub struct Defect {
    /// Its name within the rule. A `skip` has the name of the cause that it lets through.
    pub name: &'static str,
    /// What a server with this defect does.
    pub says: &'static str,
    /// How it breaks the rule.
    pub kind: DefectKind,
    /// The requirement rows that a case must cover to notice it.
    pub rows: &'static [&'static str],
    /// Why nobody can see it on the wire, where nobody can.
    pub unobservable: Option<&'static str>,
}

/// How a defect breaks its rule.
#[derive(Clone, Copy, Debug)]
pub enum DefectKind {
    /// Lets the cause of the same name through.
    Skip,
    /// Refuses a legal neighbour: the one of this name among the rule's neighbours.
    Overreach,
    /// Reshapes an answer: misreports a denial, or breaks a promise.
    Reshape(fn(&mut Answer)),
}

impl DefectKind {
    /// The word that is shown for it; a reshaping of a denial is a misreport, of a grant a break.
    pub fn name(self, kind: super::RuleKind) -> &'static str {
        match (self, kind) {
            (Self::Skip, _) => "skip",
            (Self::Overreach, _) => "overreach",
            (Self::Reshape(_), super::RuleKind::Guard) => "misreport",
            (Self::Reshape(_), super::RuleKind::Promise) => "break",
        }
    }
}

impl Defect {
    /// Accepts what the rule refuses for the cause of this name.
    pub const fn skip(name: &'static str, rows: &'static [&'static str], says: &'static str) -> Self {
        Self {
            name,
            says,
            kind: DefectKind::Skip,
            rows,
            unobservable: None,
        }
    }

    /// Refuses a neighbour that a row says is fine.
    pub const fn overreach(name: &'static str, rows: &'static [&'static str], says: &'static str) -> Self {
        Self {
            name,
            says,
            kind: DefectKind::Overreach,
            rows,
            unobservable: None,
        }
    }

    /// Reshapes the answer.
    pub const fn reshape(
        name: &'static str,
        rows: &'static [&'static str],
        says: &'static str,
        how: fn(&mut Answer),
    ) -> Self {
        Self {
            name,
            says,
            kind: DefectKind::Reshape(how),
            rows,
            unobservable: None,
        }
    }

    /// The same, with the reason why nobody can see it on the wire.
    #[must_use]
    pub const fn unobservable(self, why: &'static str) -> Self {
        Self {
            unobservable: Some(why),
            ..self
        }
    }
}

/// The defects that are switched on, by rule and name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Active {
    defects: Vec<(String, String)>,
    whole_rules: Vec<String>,
}

impl Active {
    /// No defect: the sound mock.
    pub const NONE: Self = Self {
        defects: Vec::new(),
        whole_rules: Vec::new(),
    };

    /// Switches one defect on.
    #[must_use]
    pub fn with(mut self, rule: &str, defect: &str) -> Self {
        self.defects.push((rule.to_owned(), defect.to_owned()));
        self
    }

    /// Skips a rule whole, whatever the cause: how the proof runs compound cases.
    #[must_use]
    pub fn without_rule(mut self, rule: &str) -> Self {
        self.whole_rules.push(rule.to_owned());
        self
    }

    /// Whether nothing is on.
    pub fn is_empty(&self) -> bool {
        self.defects.is_empty() && self.whole_rules.is_empty()
    }

    /// Whether this defect is on.
    pub fn has(&self, rule: &str, defect: &str) -> bool {
        self.defects.iter().any(|(of, name)| of == rule && name == defect)
    }

    /// Whether a violation of this rule for this cause is let through.
    pub fn skips(&self, rule: &str, cause: &str) -> bool {
        self.has(rule, cause) || self.whole_rules.iter().any(|id| id == rule)
    }
}
