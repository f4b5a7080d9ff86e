//! Makes the servers that the proof works with: the sound mocks, and mocks with one named defect each.

use std::sync::Arc;

use tenantproof_harness::flow::{Cast, Nature};
use tenantproof_harness::proof::{Bench, Broken, Consulted, Mutant, MutantKind, Workshop};
use tenantproof_mocks::catalogue;
use tenantproof_mocks::landscape::profile::ProfileName;
use tenantproof_mocks::rule::defect::{Active, DefectKind};
use tenantproof_mocks::rule::{RuleInfo, RuleKind};

use crate::arguments::Carrier;
use crate::embed::{self, Make};

/// The profiles under which everything is proved.
pub const PROFILES: [&str; 2] = ["oracle", "rfc"];

/// The workshop of the mocks: in process, on published keys and a clock that stands still.
#[derive(Clone, Copy, Debug, Default)]
pub struct MockWorkshop;

impl Workshop for MockWorkshop {
    fn mutants(&self) -> Vec<Mutant> {
        catalogue::rules()
            .flat_map(|rule| rule.defects.iter().map(move |defect| mutant(rule, defect)))
            .collect()
    }

    fn sound(&self, profile: &str, switches: &[(String, String)]) -> Bench {
        bench(profile, switches, Active::NONE, false)
    }

    fn broken(&self, profile: &str, switches: &[(String, String)], broken: &Broken) -> Bench {
        let active = match broken {
            Broken::Defect { rule, defect } => Active::NONE.with(rule, defect),
            Broken::WholeRules(rules) => rules
                .iter()
                .fold(Active::NONE, |active, rule| active.without_rule(rule)),
        };
        bench(profile, switches, active, true)
    }
}

fn mutant(rule: &RuleInfo, defect: &tenantproof_mocks::rule::defect::Defect) -> Mutant {
    let kind = match (defect.kind, rule.kind) {
        (DefectKind::Skip, _) => MutantKind::Skip,
        (DefectKind::Overreach, _) => MutantKind::Overreach,
        (DefectKind::Reshape(_), RuleKind::Guard) => MutantKind::Misreport,
        (DefectKind::Reshape(_), RuleKind::Promise) => MutantKind::Break,
    };
    Mutant {
        rule: rule.id.to_owned(),
        defect: defect.name.to_owned(),
        kind,
        rows: defect.rows.iter().map(|row| (*row).to_owned()).collect(),
        unobservable: defect.unobservable.map(str::to_owned),
        profiles: Vec::new(),
    }
}

fn bench(profile: &str, switches: &[(String, String)], active: Active, hide_witness: bool) -> Bench {
    let profile = ProfileName::of(profile).expect("the proof names profiles of the mocks");
    let consulted = active.is_empty().then(Consulted::default);
    let make = Make {
        profile,
        switches,
        active,
        seed: 1,
        hide_witness,
        consulted: consulted.clone(),
    };
    let embedded = embed::start(&make, Carrier::InProcess).expect("nothing of the system is needed in process");
    Bench {
        cast: Arc::new(Cast::new(embedded.target, Nature::Embedded)),
        system: embedded.system,
        consulted,
    }
}
