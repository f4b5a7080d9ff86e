//! What tokens say, for people and for programs. Whatever stands in a token is escaped for where it is shown.

use std::fmt::Write as _;

use serde::Serialize;
use serde_json::{Map, Value};

use super::legible::Legible;
use crate::report::escape;

/// The name and version of the report for programs.
pub const SCHEMA: &str = "tenantproof/decode/1";

/// For programs: an object with `schema`, `now` (seconds since 1970) and `tokens`.
pub fn json(tokens: &[Legible], now: i64) -> String {
    #[derive(Serialize)]
    struct Report<'a> {
        schema: &'static str,
        now: i64,
        tokens: &'a [Legible],
    }
    let report = Report {
        schema: SCHEMA,
        now,
        tokens,
    };
    let text = serde_json::to_string_pretty(&report).expect("texts and numbers are JSON");
    escape::json(&text) + "\n"
}

/// For people: kind and trouble first, then what the token says, a member a line.
pub fn human(tokens: &[Legible]) -> String {
    let mut text = String::new();
    for token in tokens {
        if !text.is_empty() {
            text.push('\n');
        }
        told(&mut text, token);
    }
    text
}

fn told(text: &mut String, token: &Legible) {
    let called = token
        .called
        .as_ref()
        .map(|called| format!("  called {}", escape::terminal(called)));
    let digest = token.digest.as_deref().unwrap_or("(hidden)");
    let _ = writeln!(text, "{digest}  {}{}", token.kind.as_str(), called.unwrap_or_default());
    row(text, "because", token.because);
    for trouble in &token.troubles {
        row(text, "trouble", &escape::terminal(&trouble.what));
        row(text, "  do", trouble.todo);
        row(text, "  source", trouble.source);
    }
    for (name, value) in &token.key {
        row(text, name, &shown(value));
    }
    for audience in &token.audiences {
        row(text, "for", &escape::terminal(audience));
    }
    for time in &token.times {
        row(text, time.says, &format!("{}  ({})", time.at, time.distance));
    }
    members(text, "Header", &token.header);
    members(text, "Claims", &token.claims);
    if token.parts == 3 {
        text.push_str("The signature is not shown and was not checked.\n");
    }
}

fn row(text: &mut String, name: &str, value: &str) {
    let _ = writeln!(text, "  {name:<13} {value}");
}

fn members(text: &mut String, title: &str, members: &Map<String, Value>) {
    if members.is_empty() {
        return;
    }
    let _ = writeln!(text, "{title}");
    for (name, value) in members {
        let _ = writeln!(text, "  {:<20} {}", escape::terminal(name), shown(value));
    }
}

/// A value in a line; texts stand without quotation marks.
fn shown(value: &Value) -> String {
    match value {
        Value::String(text) => escape::terminal(text),
        other => escape::terminal(&other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;

    use super::super::pasted::pasted;
    use super::*;

    fn token(header: &str, claims: &str) -> Vec<Legible> {
        let [header, claims] = [header, claims].map(|part| URL_SAFE_NO_PAD.encode(part));
        let found = pasted(&format!("{header}.{claims}.c2VjcmV0LXNpZ25hdHVyZQ"));
        found.iter().map(|token| Legible::of(token, 1_000)).collect()
    }

    #[test]
    fn people_read_kind_trouble_times_and_members() {
        let tokens = token(
            r#"{"alg":"RS256","kid":"alias"}"#,
            r#"{"iss":"client","sub":"ada","aud":["one","two"],"iat":100,"exp":940}"#,
        );
        let text = human(&tokens);
        for line in [
            "  because       it has `iss`, `sub` and `aud`, and no scope",
            "  trouble       it expired 1 min ago",
            "  kid           alias",
            "  for           two",
            "  expires       1970-01-01 00:15:40 UTC  (1 min ago)",
            "  sub                  ada",
            "The signature is not shown and was not checked.",
        ] {
            assert!(text.lines().any(|found| found == line), "{line}\n{text}");
        }
    }

    #[test]
    fn no_signature_and_no_order_to_a_terminal_gets_through() {
        let tokens = token(
            r#"{"alg":"RS256","kid":"\u001b[2Jalias"}"#,
            r#"{"sub":"ada\u202e","a\u001b[1m":{"b":"\u009b"},"aud":"::error::x"}"#,
        );
        for text in [human(&tokens), json(&tokens, 1_000)] {
            assert!(!text.contains("c2VjcmV0"), "{text}");
            assert!(!text.contains(['\u{1b}', '\u{9b}', '\u{202e}']), "{text}");
        }
        assert!(!human(&tokens).contains("::error::"));
        let read: Value = serde_json::from_str(&json(&tokens, 1_000)).unwrap();
        assert_eq!(read["tokens"][0]["claims"]["sub"], "ada\u{202e}");
        assert_eq!(read["tokens"][0]["kind"], "signed");
    }
}
