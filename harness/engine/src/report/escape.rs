//! Makes texts harmless for where they are shown: what a server sent must not move a cursor, turn the direction of writing, or hide.
//!
//! What cannot be seen is shown as an escape such as `\u{1b}`. Markup is not dealt with here: what writes XML escapes it.

use std::fmt::Write as _;

/// The most characters of a text that a terminal shows.
const LONGEST_IN_TERMINAL: usize = 400;
/// The most characters of a text that an XML report holds.
const LONGEST_IN_XML: usize = 2_000;

/// A text for a line on a terminal: no line break, nothing that cannot be seen, and not long.
pub fn terminal(text: &str) -> String {
    visible(text, LONGEST_IN_TERMINAL)
}

/// A command line for a terminal: as [`terminal`], but whole, so that it can be copied.
pub fn command(text: &str) -> String {
    visible(text, usize::MAX)
}

/// A text for a line in an XML document: every character is one that XML 1.0 allows.
pub fn xml(text: &str) -> String {
    visible(text, LONGEST_IN_XML)
}

/// A finished JSON text with only characters that can be seen; it means the same.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        if character == '\n' || is_visible(character) {
            shown.push(character);
            continue;
        }
        // Outside of strings, JSON has no character that gets here.
        for unit in character.encode_utf16(&mut [0; 2]) {
            write!(shown, "\\u{unit:04x}").expect("a string takes all");
        }
    }
    shown
}

fn visible(text: &str, longest: usize) -> String {
    let mut shown = String::with_capacity(text.len());
    for (count, character) in text.chars().enumerate() {
        if count == longest {
            let more = text.chars().count() - longest;
            write!(shown, "... ({more} more characters)").expect("a string takes all");
            break;
        }
        if is_visible(character) {
            shown.push(character);
        } else {
            shown.extend(character.escape_debug());
        }
    }
    shown
}

/// Whether a character takes a place of its own and looks like itself. Marks that stack on others do not.
fn is_visible(character: char) -> bool {
    // The standard library escapes these for the sake of literals.
    matches!(character, '\\' | '"' | '\'') || character.escape_debug().len() == 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_seen_is_shown_as_an_escape() {
        let table = [
            ("plain \"text\" it's C:\\x", "plain \"text\" it's C:\\x"),
            ("Zoë 東京 €", "Zoë 東京 €"),
            ("a\nb\r\tc", "a\\nb\\r\\tc"),
            ("\u{1b}[31mred\u{9b}m", "\\u{1b}[31mred\\u{9b}m"),
            ("\0\u{7f}", "\\0\\u{7f}"),
            ("user\u{202e}nimda\u{2066}", "user\\u{202e}nimda\\u{2066}"),
            ("in\u{200b}vis\u{feff}ible\u{ad}", "in\\u{200b}vis\\u{feff}ible\\u{ad}"),
            ("\u{fffe}\u{ffff}\u{2028}", "\\u{fffe}\\u{ffff}\\u{2028}"),
            ("\u{e0041}", "\\u{e0041}"),
        ];
        for (text, shown) in table {
            assert_eq!(terminal(text), shown);
            assert_eq!(xml(text), shown);
            assert_eq!(command(text), shown);
        }
    }

    #[test]
    fn a_long_text_is_cut_and_says_so_but_a_command_is_whole() {
        let text = "ü".repeat(LONGEST_IN_TERMINAL + 7);
        assert!(terminal(&text).ends_with("ü... (7 more characters)"));
        assert_eq!(command(&text), text);
        let text = "\0".repeat(LONGEST_IN_XML + 1);
        assert!(xml(&text).ends_with("\\0... (1 more characters)"));
    }

    #[test]
    fn json_means_the_same_when_all_of_it_can_be_seen() {
        let text = serde_json::to_string_pretty(&["\u{202e}\u{7f}\n\u{e0041}", "ü"]).unwrap();
        let shown = json(&text);
        assert_eq!(shown, "[\n  \"\\u202e\\u007f\\n\\udb40\\udc41\",\n  \"ü\"\n]");
        let read: Vec<String> = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, ["\u{202e}\u{7f}\n\u{e0041}", "ü"]);
    }
}
