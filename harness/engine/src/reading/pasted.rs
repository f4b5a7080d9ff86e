//! Finds tokens in what people paste: a bare token, one that was broken over lines, a JSON answer, a header field, a command line.

use serde_json::Value;

use crate::token::{is_credential, tokens_in};

/// More tokens than this are not looked at.
const MOST: usize = 16;
/// Lists and objects of an answer are searched this deep.
const DEEPEST: usize = 8;
/// A text without a name is taken for a token that nobody can read if it is this long.
const SHORTEST_OPAQUE: usize = 16;

/// A token as it was pasted. There is no `Debug`: it may be good for something.
pub struct Pasted {
    /// What the text calls it, such as `access_token` or `bearer`.
    pub called: Option<String>,
    /// The token itself.
    pub(super) token: String,
}

/// The tokens in a text, each once, in order; none where nothing looks like one.
pub fn pasted(text: &str) -> Vec<Pasted> {
    let mut found = Found(Vec::new());
    let text = text.trim().trim_start_matches('\u{feff}');
    if let Ok(json @ (Value::Object(_) | Value::Array(_))) = serde_json::from_str(text) {
        found.in_json(None, &json, 0);
    } else if let Some(token) = bare(text) {
        found.add(None, &token);
    } else {
        found.in_words(text);
    }
    found.0
}

/// A text that is nothing but a token, blanks and line breaks taken out.
fn bare(text: &str) -> Option<String> {
    let inner = text.trim_matches(['"', '\'', '`', ',', ';']);
    let squeezed: String = inner.split_whitespace().collect();
    let is_one = squeezed
        .bytes()
        .all(|byte| byte.is_ascii_alphanumeric() || b"-_.+/=%~".contains(&byte));
    let words = inner.split_whitespace().count();
    // Words of prose have blanks between them too: broken lines are those of a JWT.
    let is_broken = words > 1 && squeezed.starts_with("ey") && squeezed.contains('.');
    let is_named = squeezed
        .split_once('=')
        .is_some_and(|(name, value)| is_credential(name) && !value.is_empty());
    let is_long = squeezed.len() >= SHORTEST_OPAQUE || squeezed.contains('.');
    (is_one && !is_named && is_long && (words == 1 || is_broken)).then_some(squeezed)
}

struct Found(Vec<Pasted>);

impl Found {
    fn add(&mut self, called: Option<&str>, token: &str) {
        // A token in a form may be percent-encoded; none has a percent sign of its own.
        let token = if token.contains('%') {
            decoded(token)
        } else {
            token.to_owned()
        };
        if self.0.len() < MOST && !self.0.iter().any(|known| known.token == token) {
            self.0.push(Pasted {
                called: called.map(str::to_owned),
                token,
            });
        }
    }

    fn in_json(&mut self, name: Option<&str>, value: &Value, depth: usize) {
        match value {
            Value::String(text) => {
                let is_named = name.is_some_and(is_readable_credential);
                if is_named && !text.is_empty() {
                    self.add(name, text);
                } else {
                    tokens_in(text).for_each(|token| self.add(name, token));
                }
            }
            Value::Object(members) if depth < DEEPEST => {
                for (name, member) in members {
                    self.in_json(Some(name), member, depth + 1);
                }
            }
            Value::Array(elements) if depth < DEEPEST => {
                for element in elements {
                    self.in_json(name, element, depth + 1);
                }
            }
            _ => {}
        }
    }

    /// Tokens of a header field, a command line, a form or a log: JWTs wherever they stand, and what is named as a token.
    fn in_words(&mut self, text: &str) {
        for token in tokens_in(text) {
            let start = token.as_ptr() as usize - text.as_ptr() as usize;
            self.add(name_before(&text[..start]).as_deref(), token);
        }
        let is_apart = |character: char| character.is_whitespace() || "\"'&;,`?#".contains(character);
        let mut words = text.split(is_apart).filter(|word| !word.is_empty()).peekable();
        while let Some(word) = words.next() {
            let (name, value) = match word.split_once(['=', ':']) {
                Some((name, value)) if !value.is_empty() => (name, value),
                _ if word.eq_ignore_ascii_case("bearer") => (word, words.peek().copied().unwrap_or_default()),
                _ => continue,
            };
            let is_token = is_readable_credential(name) || name.eq_ignore_ascii_case("bearer");
            if is_token && !value.is_empty() && tokens_in(value).next().is_none() {
                self.add(Some(&name.to_ascii_lowercase()), value);
            }
        }
    }
}

/// Whether what is called so is a token, and not a password or a secret.
fn is_readable_credential(name: &str) -> bool {
    let name = name.to_ascii_lowercase();
    name.ends_with("token") || name.ends_with("assertion")
}

/// The name that stands right before a token: `name=`, `"name": "` or `Bearer `.
fn name_before(text: &str) -> Option<String> {
    let text = text.trim_end_matches(|character: char| " \t\"'=:\\".contains(character));
    let is_of_name = |character: char| character.is_ascii_alphanumeric() || "_-".contains(character);
    let start = text.rfind(|character| !is_of_name(character)).map_or(0, |at| at + 1);
    let name = text.get(start..)?.trim_start_matches('-').to_ascii_lowercase();
    let is_known = is_readable_credential(&name) || name == "bearer";
    is_known.then_some(name)
}

fn decoded(text: &str) -> String {
    let plus = text.replace('+', "%2B");
    let pair = format!("t={plus}");
    url::form_urlencoded::parse(pair.as_bytes())
        .next()
        .map_or_else(String::new, |(_, value)| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TOKEN: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZGEifQ.c2lnbmF0dXJl";
    const OTHER: &str = "eyJhbGciOiJub25lIn0.eyJzdWIiOiJib2IifQ.c2lnbmF0dXJl";

    fn found(text: &str) -> Vec<(Option<String>, String)> {
        pasted(text)
            .into_iter()
            .map(|pasted| (pasted.called, pasted.token))
            .collect()
    }

    fn one(called: &str, token: &str) -> Vec<(Option<String>, String)> {
        vec![((!called.is_empty()).then(|| called.to_owned()), token.to_owned())]
    }

    #[test]
    fn a_token_is_found_however_it_was_pasted() {
        let (begin, end) = TOKEN.split_at(20);
        for (text, called) in [
            (TOKEN.to_owned(), ""),
            (format!("\n  \"{TOKEN}\",\r\n"), ""),
            (format!("{begin}\r\n  {end}\n"), ""),
            (format!("Authorization: Bearer {TOKEN}\r\n"), "bearer"),
            (format!("Bearer {TOKEN}"), "bearer"),
            (
                format!("curl -H 'Authorization: Bearer {TOKEN}' https://a.example/"),
                "bearer",
            ),
            (
                format!("curl -u a:b \\\n -d assertion={TOKEN} https://a.example/"),
                "assertion",
            ),
            (
                format!("grant_type=x&client_assertion={TOKEN}&scope=y"),
                "client_assertion",
            ),
            (
                format!("https://a.example/cb#access_token={}&x=1", TOKEN.replace('.', "%2E")),
                "access_token",
            ),
            (
                format!(r#"{{"access_token":"{TOKEN}","expires_in":3600}}"#),
                "access_token",
            ),
            (format!(r#"{{"a":[{{"note":"see {TOKEN}"}}]}}"#), "note"),
            (
                format!("HTTP/1.1 200 OK\r\n\r\n{{\"id_token\": \"{TOKEN}\"}}"),
                "id_token",
            ),
        ] {
            assert_eq!(found(&text), one(called, TOKEN), "{text}");
        }
    }

    #[test]
    fn tokens_that_say_nothing_are_found_by_their_names() {
        for (text, called) in [
            (r#"{"refresh_token":"AgAgMjA2"}"#, "refresh_token"),
            ("grant_type=refresh_token&refresh_token=AgAgMjA2", "refresh_token"),
            ("Authorization: Bearer AgAgMjA2", "bearer"),
        ] {
            assert_eq!(found(text), one(called, "AgAgMjA2"), "{text}");
        }
        assert_eq!(found("0123456789abcdef0123"), one("", "0123456789abcdef0123"));
    }

    #[test]
    fn every_token_is_found_once() {
        let text = format!(r#"{{"access_token":"{TOKEN}","id_token":"{OTHER}","again":"{TOKEN}"}}"#);
        let called: Vec<_> = found(&text).into_iter().filter_map(|(called, _)| called).collect();
        assert_eq!(called, ["access_token", "id_token"]);
    }

    #[test]
    fn passwords_secrets_and_prose_are_no_tokens() {
        for text in [
            "",
            "  \n",
            "password=hunter2-hunter2-hunter2",
            r#"{"client_secret":"hunter2-hunter2-hunter2"}"#,
            "Authorization: Basic YTpiYmJiYmJiYmJiYmI=",
            "this is no token, is it",
            "hello",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }
}
