//! Makes texts harmless for where they are shown: what a server sent must not move a cursor, turn the direction of writing, hide, be taken
//! for markup, or give orders to a build server that reads along.
//!
//! What cannot be seen is shown as an escape such as `\u{1b}`, and so are the signs with which orders to build servers begin. Markup of
//! XML is not dealt with here: what writes XML escapes it.

use std::fmt::Write as _;

/// The most characters of a text that a terminal shows.
const LONGEST_IN_TERMINAL: usize = 400;
/// The most characters of a text that a report in XML, HTML or Markdown holds.
const LONGEST_IN_FILE: usize = 2_000;

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
    visible(text, LONGEST_IN_FILE)
}

/// A text for HTML, in an element or in a quoted attribute. Nothing here wraps it, so that `consumer::all` stays what people copy.
pub fn html(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in visible_where(text, LONGEST_IN_FILE, Wrapping::None).chars() {
        match character {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            _ => escaped.push(character),
        }
    }
    escaped
}

/// A text for Markdown, as a code span: nothing in it is a link, an image, an element, a mention or an end of anything.
///
/// It must not stand in a table, where a bar ends a cell even in a code span.
pub fn markdown(text: &str) -> String {
    let text = visible(text, LONGEST_IN_FILE);
    if text.trim().is_empty() {
        return "(empty)".to_owned();
    }
    let longest = text.split(|character| character != '`').map(str::len).max();
    let fence = "`".repeat(longest.unwrap_or_default() + 1);
    // Where there is a blank on either side, one is taken off again.
    let blank = if text.starts_with(['`', ' ']) || text.ends_with(['`', ' ']) {
        " "
    } else {
        ""
    };
    format!("{fence}{blank}{text}{blank}{fence}")
}

/// A finished JSON text with only characters that can be seen; it means the same.
pub fn json(text: &str) -> String {
    let mut shown = String::with_capacity(text.len());
    for character in text.chars() {
        let is_order = character == '#' && shown.ends_with('#');
        if character == '\n' || is_visible(character) && !is_order {
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

/// Whether a text may be wrapped, and its words broken, where it is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Wrapping {
    Anywhere,
    None,
}

fn visible(text: &str, longest: usize) -> String {
    visible_where(text, longest, Wrapping::Anywhere)
}

fn visible_where(text: &str, longest: usize, wrapping: Wrapping) -> String {
    let mut shown = String::with_capacity(text.len());
    let mut characters = text.chars().enumerate().peekable();
    while let Some((count, character)) = characters.next() {
        if count == longest {
            let more = text.chars().count() - longest;
            write!(shown, "... ({more} more characters)").expect("a string takes all");
            break;
        }
        let next = characters.peek().map(|(_, next)| *next);
        if begins_order(&shown, character, next, wrapping) {
            shown.extend(character.escape_unicode());
        } else if is_visible(character) {
            shown.push(character);
        } else {
            shown.extend(character.escape_debug());
        }
    }
    shown
}

/// Whether a character would make what is before and behind it an order to a build server that reads the output of programs.
///
/// Such are `::error::` at the beginning of a line, which a text may come to by being wrapped, and `##[error]`, `##vso[...]` and
/// `##teamcity[...]` anywhere.
fn begins_order(before: &str, character: char, next: Option<char>, wrapping: Wrapping) -> bool {
    let mut earlier = before.chars().rev().skip(1);
    let may_begin_line = wrapping == Wrapping::Anywhere || !earlier.next().is_some_and(char::is_alphanumeric);
    let is_command = character == ':' && may_begin_line && next.is_some_and(|next| next.is_ascii_alphabetic());
    let is_logging = character == '#' && next.is_some_and(|next| next == '[' || next.is_ascii_alphabetic());
    is_command && before.ends_with(':') || is_logging && before.ends_with('#')
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
            ("::error::x", ":\\u{3a}error:\\u{3a}x"),
            ("a ##[error]x ##vso[task]", "a #\\u{23}[error]x #\\u{23}vso[task]"),
            ("[::1]:80 # a ## b", "[::1]:80 # a ## b"),
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
        let text = "\0".repeat(LONGEST_IN_FILE + 1);
        assert!(xml(&text).ends_with("\\0... (1 more characters)"));
    }

    #[test]
    fn html_holds_no_markup_of_others() {
        assert_eq!(
            html("<a href=\"x\" title='y'>&amp;\u{202e}</a>"),
            "&lt;a href=&quot;x&quot; title=&#39;y&#39;&gt;&amp;amp;\\u{202e}&lt;/a&gt;"
        );
    }

    #[test]
    fn a_scope_stays_as_it_is_where_nothing_wraps_it() {
        assert_eq!(html("urn:opc:resource:consumer::all"), "urn:opc:resource:consumer::all");
        assert_eq!(html("::error::x"), ":\\u{3a}error::x");
        assert_eq!(html("a ::error::x"), "a :\\u{3a}error::x");
        assert_eq!(terminal("consumer::all"), "consumer:\\u{3a}all");
    }

    #[test]
    fn a_code_span_ends_where_it_is_to_end() {
        for (text, shown) in [
            ("plain | [x](y)", "`plain | [x](y)`"),
            ("`a` and ``", "``` `a` and `` ```"),
            ("\n```\n# x", "````\\n```\\n# x````"),
            (" x ", "`  x  `"),
            ("", "(empty)"),
            ("  ", "(empty)"),
        ] {
            assert_eq!(markdown(text), shown);
        }
    }

    #[test]
    fn json_gives_no_orders_to_build_servers() {
        let shown = json("\"##vso[x]###\"");
        assert_eq!(shown, "\"#\\u0023vso[x]#\\u0023#\"");
        assert_eq!(serde_json::from_str::<String>(&shown).unwrap(), "##vso[x]###");
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
