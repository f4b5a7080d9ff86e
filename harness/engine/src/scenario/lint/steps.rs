//! Lints about single steps: what they send, and what they can keep.

use super::Findings;
use crate::scenario::model::{Action, Elsewhere, Source};

pub(super) fn one_body(findings: &mut Findings<'_>) {
    for (path, flow) in findings.flows() {
        for step in flow.steps.iter().chain(&flow.finally) {
            let Action::Call(call) = &step.action else { continue };
            if let Some(json) = call.json.as_ref().filter(|_| call.has_form()) {
                let what = format!("the step `{}` has two bodies", *step.step);
                let mistake = findings.mistake(path, json.spot(), what);
                findings.add(mistake.expected("`json`, or `form` and `password-of`"));
            }
        }
    }
}

pub(super) fn kept(findings: &mut Findings<'_>) {
    for (path, flow) in findings.flows() {
        for step in flow.steps.iter().chain(&flow.finally) {
            let is_silent = matches!(step.action, Action::Sign(_) | Action::Pkce(_));
            for (name, source) in &step.keep {
                let (what, expected) = match &**source {
                    _ if is_silent => (
                        format!(
                            "the step `{}` gets no answer from which it could keep `{name}`",
                            *step.step
                        ),
                        "a step that sends a request",
                    ),
                    Source::Json(pointer) if !is_pointer(pointer) => (
                        format!("`{pointer}` is no JSON pointer"),
                        "a text such as `/access_token`",
                    ),
                    Source::Elsewhere(Elsewhere::Pem(pointer)) if pointer.contains('#') || !is_pointer(pointer) => (
                        format!("`{pointer}` is no JSON pointer into the body"),
                        "a text such as `/keys/0/x5c/0`",
                    ),
                    Source::Elsewhere(elsewhere) if elsewhere.name() == Some("") => (
                        "the name is empty".to_owned(),
                        "the name that the value has in the answer",
                    ),
                    _ => continue,
                };
                findings.add(findings.mistake(path, source.spot(), what).expected(expected));
            }
        }
    }
}

/// Whether a text leads into a JSON body, and perhaps on into the claims of a token there.
fn is_pointer(text: &str) -> bool {
    text.split('#')
        .all(|pointer| pointer.is_empty() || pointer.starts_with('/'))
}
