//! How text becomes part of a page.

use std::fmt::{self, Write};

use askama::filters::{Escaper, Html};

/// A duration as a person says it, rounded up.
pub(super) fn duration(seconds: u64) -> String {
    match seconds {
        1 => "1 second".to_owned(),
        0..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}

/// How text becomes part of a page; `askama.toml` sends every text through this.
///
/// It is escaped, and what would be no text to a reader is made visible: control characters, and those that turn the direction of what
/// follows and so could reorder a page's own words.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PageText;

impl Escaper for PageText {
    fn write_escaped_str<W: Write>(&self, mut page: W, text: &str) -> fmt::Result {
        for piece in text.split_inclusive(is_unreadable) {
            let readable = piece.trim_end_matches(is_unreadable);
            Html.write_escaped_str(&mut page, readable)?;
            if readable.len() < piece.len() {
                page.write_char(char::REPLACEMENT_CHARACTER)?;
            }
        }
        Ok(())
    }
}

pub(super) fn is_unreadable(character: char) -> bool {
    character.is_control() || matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_is_said_in_words_and_never_too_short() {
        assert_eq!(duration(1), "1 second");
        assert_eq!(duration(90), "90 seconds");
        assert_eq!(duration(91), "2 minutes");
        assert_eq!(duration(121), "3 minutes");
    }

    #[test]
    fn text_is_escaped_and_what_cannot_be_read_is_made_visible() {
        let mut page = String::new();
        PageText.write_escaped_str(&mut page, "\0<a\u{202e}\r\n&").unwrap();
        assert_eq!(page, "\u{fffd}&#60;a\u{fffd}\u{fffd}\u{fffd}&#38;");
    }
}
