//! Lints about single steps: what they can keep.

use super::Findings;
use crate::scenario::model::Action;

pub(super) fn kept(findings: &mut Findings<'_>) {
    for (path, flow) in findings.flows() {
        let silent = flow.steps.iter().chain(&flow.finally);
        for step in silent.filter(|step| matches!(step.action, Action::Sign(_))) {
            for (name, source) in &step.keep {
                let what = format!(
                    "the step `{}` gets no answer from which it could keep `{name}`",
                    *step.step
                );
                findings.add(
                    findings
                        .mistake(path, source.spot(), what)
                        .expected("a step that sends a request"),
                );
            }
        }
    }
}
