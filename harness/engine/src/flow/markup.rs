//! Pages, read for what a person would do with them: text to read, fields to send back, forms and where they go.
//!
//! Reads whatever bytes a server sends, as browsers tokenize them; builds no tree and runs no script. Bodies are bounded where they
//! are received.

use html5gum::emitters::default::DefaultEmitter;
use html5gum::{StartTag, Token, Tokenizer};
use std::convert::Infallible;

/// Elements whose text nobody reads.
const UNREAD: [&str; 3] = ["script", "style", "template"];
/// Elements that stand within a line; around all others the text has a gap.
const INLINE: [&str; 10] = ["a", "abbr", "b", "code", "em", "i", "label", "small", "span", "strong"];

/// What a page says and asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The text, every gap one blank.
    pub text: String,
    /// Name and value of each `input`, in order.
    fields: Vec<(String, String)>,
    /// Id and action of each `form`, in order.
    forms: Vec<(String, String)>,
}

impl Page {
    /// Reads a page.
    pub fn read(bytes: &[u8]) -> Self {
        let mut emitter = DefaultEmitter::default();
        emitter.naively_switch_states(true);
        let mut page = Self::default();
        let mut unread: Option<String> = None;
        for token in Tokenizer::new_with_emitter(bytes, emitter) {
            let Ok(token): Result<Token, Infallible> = token;
            match token {
                Token::StartTag(tag) => {
                    let name = text(&tag.name);
                    page.gap(&name);
                    page.note(&name, &tag);
                    if unread.is_none() && UNREAD.contains(&name.as_str()) && !tag.self_closing {
                        unread = Some(name);
                    }
                }
                Token::EndTag(tag) => {
                    let name = text(&tag.name);
                    page.gap(&name);
                    if unread.as_ref() == Some(&name) {
                        unread = None;
                    }
                }
                Token::String(said) if unread.is_none() => page.say(&text(&said)),
                _ => {}
            }
        }
        page.text.truncate(page.text.trim_end().len());
        page
    }

    /// The value of the first `input` of a name.
    pub fn field(&self, name: &str) -> Option<&str> {
        found(&self.fields, name)
    }

    /// The action of the form with an id, as it is written; empty where the form goes back to its own page.
    pub fn action(&self, id: &str) -> Option<&str> {
        found(&self.forms, id)
    }

    fn note(&mut self, name: &str, tag: &StartTag<()>) {
        let attribute = |name: &str| tag.attributes.get(name.as_bytes()).map(|value| text(value));
        match name {
            "input" => {
                let field = attribute("name").map(|name| (name, attribute("value").unwrap_or_default()));
                self.fields.extend(field);
            }
            "form" => {
                let form = attribute("id").map(|id| (id, attribute("action").unwrap_or_default()));
                self.forms.extend(form);
            }
            _ => {}
        }
    }

    fn gap(&mut self, element: &str) {
        if !INLINE.contains(&element) {
            self.blank();
        }
    }

    fn say(&mut self, said: &str) {
        for character in said.chars() {
            if character.is_whitespace() {
                self.blank();
            } else {
                self.text.push(character);
            }
        }
    }

    fn blank(&mut self) {
        if !self.text.is_empty() && !self.text.ends_with(' ') {
            self.text.push(' ');
        }
    }
}

fn found<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let (_, value) = pairs.iter().find(|(known, _)| known == name)?;
    Some(value)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SIGN_IN: &str = r#"<!doctype html><title>Sign &amp; in</title>
<style>p { color: "<input name=style value=1>" }</style><script>var a = "<form id=script action=/s>";</script>
<!-- <input name=hidden-in-a-comment value=2> -->
<h1>Sign <b>in</b></h1><p>As&nbsp;Ada   or
another</p>
<FORM METHOD=post ACTION='/ui/v1/signin?a=1&amp;b=2' Id=sign-in>
<input value="a&#x20;&quot;b&quot; &lt;c&gt;" type=hidden name="state"><INPUT NAME='state' value=second>
<input disabled name=user><input type=password name=password /></FORM><form id=again></form>"#;

    #[test]
    fn a_page_is_read_as_a_browser_reads_it() {
        let page = Page::read(SIGN_IN.as_bytes());
        assert_eq!(page.text, "Sign & in Sign in As Ada or another");
        assert_eq!(page.field("state"), Some("a \"b\" <c>"));
        assert_eq!((page.field("user"), page.field("password")), (Some(""), Some("")));
        assert_eq!(page.action("sign-in"), Some("/ui/v1/signin?a=1&b=2"));
        assert_eq!(page.action("again"), Some(""));
        for name in ["style", "hidden-in-a-comment", "script", "STATE"] {
            assert_eq!((page.field(name), page.action(name)), (None, None), "{name}");
        }
    }

    #[test]
    fn what_is_escaped_is_text_and_what_is_not_is_none() {
        let page = Page::read(b"<p>&lt;b&gt;bold&lt;/b&gt;<b>er</b><input name=a value='<input name=b value=c>'>");
        assert_eq!(page.text, "<b>bold</b>er");
        assert_eq!(
            (page.field("a"), page.field("b")),
            (Some("<input name=b value=c>"), None)
        );
    }

    proptest! {
        #[test]
        fn no_bytes_stop_the_reader(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
            Page::read(&bytes);
        }

        #[test]
        fn no_torn_page_stops_the_reader(
            pieces in proptest::collection::vec(r#"<|>|/|=|"|'|&|;|#x?[0-9a-f]{0,8}|!--|--|!\[CDATA\[|input|form|script|style|name|value| |\x00|[^a]"#, 0..80),
        ) {
            Page::read(pieces.concat().as_bytes());
        }

        #[test]
        fn a_value_is_read_back_however_it_is_escaped(value in "\\PC{0,40}") {
            let escaped: String = value
                .chars()
                .flat_map(|character| ["&#".to_owned(), u32::from(character).to_string(), ";".to_owned()])
                .collect();
            let page = format!("<input name=other value=x><input type=hidden value=\"{escaped}\" name='wanted'>");
            let page = Page::read(page.as_bytes());
            prop_assert_eq!(page.field("wanted"), Some(value.as_str()));
        }
    }
}
