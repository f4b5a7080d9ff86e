//! The catalogue of all rules: one place from which tables, command line and tests are fed.

use crate::rule::RuleInfo;
use crate::{fusion, idcs, oic};

/// Every rule, in the order in which the servers judge.
pub fn rules() -> impl Iterator<Item = &'static RuleInfo> {
    idcs::catalogue().chain(fusion::catalogue()).chain(oic::catalogue())
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    #[test]
    fn ids_are_unique_and_premises_exist_before_their_rule() {
        let mut seen = HashSet::new();
        for rule in rules() {
            for premise in rule.premises {
                assert!(
                    seen.contains(premise),
                    "{} names the premise {premise}, which is not judged before it",
                    rule.id
                );
            }
            assert!(seen.insert(rule.id), "two rules are called {}", rule.id);
        }
    }

    #[test]
    fn defects_of_a_rule_have_names_of_their_own_and_serve_a_row() {
        for rule in rules() {
            let names: HashSet<&str> = rule.defects.iter().map(|defect| defect.name).collect();
            assert_eq!(names.len(), rule.defects.len(), "{}", rule.id);
            for defect in rule.defects {
                assert!(!defect.rows.is_empty(), "{}.{} serves no row", rule.id, defect.name);
            }
            assert!(!rule.defects.is_empty(), "{} has no defect", rule.id);
        }
    }
}
