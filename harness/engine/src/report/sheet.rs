//! Lays out lines of text on a terminal: wraps them at a width, aligns what goes on, and paints. Knows nothing of what they say.
//!
//! Texts come escaped: what is wrapped here holds no control character.

use anstyle::Style;
use textwrap::core::display_width;
use textwrap::{WordSeparator, WordSplitter};

use super::mark::{PLAIN, QUIET};
use crate::scenario::Colour;

/// Below this, nothing can be aligned.
const NARROWEST: usize = 40;
/// How wide a label is.
const LABEL: usize = 8;
/// What stands between pieces of a line.
const BETWEEN: &str = "  ";

/// A piece of text with its style.
pub(super) type Piece<'a> = (Style, &'a str);

/// Lines of text, as they come.
pub(super) struct Sheet {
    lines: String,
    width: usize,
    colour: Colour,
}

impl Sheet {
    pub(super) fn new(width: usize, colour: Colour) -> Self {
        Self {
            lines: String::new(),
            width: width.max(NARROWEST),
            colour,
        }
    }

    /// All lines, each with its end.
    pub(super) fn finish(self) -> String {
        self.lines
    }

    /// An empty line, but never two.
    pub(super) fn gap(&mut self) {
        if !self.lines.is_empty() && !self.lines.ends_with("\n\n") {
            self.lines.push('\n');
        }
    }

    /// A text, wrapped.
    pub(super) fn text(&mut self, indent: usize, text: Piece<'_>) {
        self.wrapped(&" ".repeat(indent), indent, indent, text);
    }

    /// A text behind its head, wrapped; what goes on is indented by `hang`. A head that leaves little room has lines to itself.
    pub(super) fn entry(&mut self, indent: usize, hang: usize, head: &[Piece<'_>], text: Piece<'_>) {
        let head_width: usize = head.iter().map(|(_, piece)| display_width(piece) + BETWEEN.len()).sum();
        let Some((last, before)) = head.split_last() else {
            return self.wrapped(&" ".repeat(indent), indent, hang, text);
        };
        if indent + head_width > self.width * 2 / 3 {
            self.entry(indent, hang, before, *last);
            if !text.1.is_empty() {
                self.text(hang, text);
            }
            return;
        }
        let painted: Vec<String> = head.iter().map(|piece| self.painted(*piece)).collect();
        let head = format!("{}{}{BETWEEN}", " ".repeat(indent), painted.join(BETWEEN));
        self.wrapped(&head, indent + head_width, hang, text);
    }

    /// A text behind a label.
    pub(super) fn row(&mut self, indent: usize, label: &str, text: Piece<'_>) {
        let label = format!("{label:<LABEL$}");
        self.entry(indent, indent + LABEL + BETWEEN.len(), &[(QUIET, &label)], text);
    }

    /// A text behind a label that must stay in one piece, however long.
    pub(super) fn whole_row(&mut self, indent: usize, label: &str, text: Piece<'_>) {
        let label = format!("{label:<LABEL$}");
        let (label, text) = (self.painted((QUIET, &label)), self.painted(text));
        self.push(&format!("{}{label}{BETWEEN}{text}", " ".repeat(indent)));
    }

    /// Pieces beside each other, as many on a line as there is room for.
    pub(super) fn pieces(&mut self, indent: usize, pieces: &[Piece<'_>]) {
        let margin = " ".repeat(indent);
        let (mut line, mut used) = (margin.clone(), indent);
        for (style, text) in pieces {
            let wide = display_width(text);
            if used > indent && used + BETWEEN.len() + wide > self.width {
                self.push(&line);
                (line, used) = (margin.clone(), indent);
            }
            if used > indent {
                line += BETWEEN;
                used += BETWEEN.len();
            }
            if indent + wide > self.width {
                self.text(indent, (*style, text));
                continue;
            }
            line += &self.painted((*style, text));
            used += wide;
        }
        if used > indent {
            self.push(&line);
        }
    }

    fn wrapped(&mut self, head: &str, head_width: usize, hang: usize, (style, text): Piece<'_>) {
        let [first, further] = [head_width, hang].map(|columns| " ".repeat(columns));
        let options = textwrap::Options::new(self.width)
            .word_separator(WordSeparator::AsciiSpace)
            .word_splitter(WordSplitter::NoHyphenation)
            .initial_indent(&first)
            .subsequent_indent(&further);
        for (index, line) in textwrap::wrap(text, &options).iter().enumerate() {
            let (before, columns) = if index == 0 {
                (head, head_width)
            } else {
                (&*further, hang)
            };
            let painted = self.painted((style, line.get(columns..).unwrap_or_default()));
            self.push(&format!("{before}{painted}"));
        }
    }

    fn painted(&self, (style, text): Piece<'_>) -> String {
        if self.colour == Colour::Plain || style == PLAIN || text.is_empty() {
            text.to_owned()
        } else {
            format!("{style}{text}{style:#}")
        }
    }

    fn push(&mut self, line: &str) {
        self.lines += line.trim_end();
        self.lines.push('\n');
    }
}

/// How many there are, with the noun that goes with it.
pub(super) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(draw: impl FnOnce(&mut Sheet)) -> Vec<String> {
        let mut sheet = Sheet::new(0, Colour::Plain);
        draw(&mut sheet);
        sheet.finish().lines().map(str::to_owned).collect()
    }

    #[test]
    fn what_goes_on_is_aligned_with_where_it_began() {
        let text = "one two three four five six seven eight nine ten";
        assert_eq!(
            lines(|sheet| sheet.row(2, "reason", (PLAIN, text))),
            [
                "  reason    one two three four five six",
                "            seven eight nine ten",
            ]
        );
    }

    #[test]
    fn a_word_that_is_longer_than_a_line_is_broken() {
        let found = lines(|sheet| sheet.row(0, "actual", (PLAIN, &"x".repeat(45))));
        assert_eq!(
            found,
            [
                format!("actual    {}", "x".repeat(30)),
                format!("{}{}", " ".repeat(10), "x".repeat(15))
            ]
        );
    }

    #[test]
    fn a_long_head_has_lines_to_itself() {
        let head = "h".repeat(50);
        assert_eq!(
            lines(|sheet| sheet.entry(2, 4, &[(PLAIN, "!"), (PLAIN, &head)], (PLAIN, "text"))),
            [
                "  !",
                &format!("    {}", "h".repeat(36)),
                &format!("    {}", "h".repeat(14)),
                "    text"
            ]
        );
    }

    #[test]
    fn wide_characters_take_two_columns() {
        let found = lines(|sheet| sheet.text(0, (PLAIN, &"東".repeat(21))));
        assert_eq!(found, ["東".repeat(20), "東".to_owned()]);
    }
}
