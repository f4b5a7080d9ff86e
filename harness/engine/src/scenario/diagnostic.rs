//! Diagnostics: what is wrong with a file that somebody wrote, where, and what to do about it.

use std::fmt;

use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};

use super::Spot;

/// The longest source line that is shown; generated files have longer ones.
const WIDEST: usize = 400;

/// One mistake in one file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// The file, as it was named to us.
    pub file: String,
    /// Where; unknown for mistakes that are about the whole file.
    pub spot: Spot,
    /// What is wrong.
    pub what: String,
    /// What would be right.
    pub expected: Option<String>,
    /// What stood there instead.
    pub found: Option<String>,
    /// What to do about it.
    pub hint: Option<String>,
    /// The lint that found it, if a lint did.
    pub lint: Option<&'static str>,
    /// The line in question; never of a file that may hold secrets.
    pub source_line: Option<String>,
}

/// Whether a diagnostic is rendered for a terminal with colours. Who asks decides, and has looked at `NO_COLOR`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colour {
    /// With escape sequences.
    Coloured,
    /// Text alone.
    Plain,
}

impl Diagnostic {
    /// A mistake at a spot, with nothing but its name so far.
    pub fn new(file: impl Into<String>, spot: Spot, what: impl Into<String>) -> Self {
        Self {
            file: file.into(),
            spot,
            what: what.into(),
            expected: None,
            found: None,
            hint: None,
            lint: None,
            source_line: None,
        }
    }

    /// Says what would be right.
    #[must_use]
    pub fn expected(self, expected: impl Into<String>) -> Self {
        Self {
            expected: Some(expected.into()),
            ..self
        }
    }

    /// Says what stood there.
    #[must_use]
    pub fn found(self, found: impl Into<String>) -> Self {
        Self {
            found: Some(found.into()),
            ..self
        }
    }

    /// Says what to do about it.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self {
            hint: Some(hint.into()),
            ..self
        }
    }

    /// Proposes the known word that is nearest to a wrong one, if one is near.
    #[must_use]
    pub fn did_you_mean<'a>(self, wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(wrong, known) {
            Some(known) => self.hint(format!("did you mean `{known}`?")),
            None => self,
        }
    }

    /// Takes the line in question out of the file's text.
    #[must_use]
    pub fn in_text(mut self, text: &str) -> Self {
        let line = (self.spot.line as usize)
            .checked_sub(1)
            .and_then(|index| text.lines().nth(index));
        let line = line.filter(|line| line.len() <= WIDEST);
        // One character for one, so that columns stay true.
        self.source_line =
            line.map(|line| line.replace(|character: char| character.is_control() && character != '\t', " "));
        self
    }

    /// Writes the diagnostic for a person, with the line in question below it.
    pub fn render(&self, colour: Colour) -> String {
        let renderer = match colour {
            Colour::Coloured => Renderer::styled(),
            Colour::Plain => Renderer::plain(),
        };
        let title = match self.lint {
            Some(lint) => Level::ERROR.primary_title(escape(&self.what)).id(lint),
            None => Level::ERROR.primary_title(escape(&self.what)),
        };
        let mut group = Group::with_title(title);
        let label = self.label().map(|label| escape(&label));
        if let Some(line) = &self.source_line {
            let annotation = AnnotationKind::Primary.span(word_at(line, self.spot.column as usize));
            let snippet = Snippet::source(line.as_str())
                .line_start(self.spot.line as usize)
                .path(escape(&self.file));
            group = group.element(snippet.annotation(annotation.label(label)));
        } else {
            let mut origin = Origin::path(escape(&self.file));
            if self.spot.is_known() {
                origin = origin
                    .line(self.spot.line as usize)
                    .char_column(self.spot.column as usize);
            }
            group = group
                .element(origin)
                .elements(label.map(|label| Level::NOTE.message(label)));
        }
        if let Some(hint) = &self.hint {
            group = group.element(Level::HELP.message(escape(hint)));
        }
        renderer.render(&[group])
    }

    /// What was expected and found, in one line.
    fn label(&self) -> Option<String> {
        match (&self.expected, &self.found) {
            (Some(expected), Some(found)) => Some(format!("expected {expected}, found {found}")),
            (Some(expected), None) => Some(format!("expected {expected}")),
            (None, Some(found)) => Some(format!("found {found}")),
            (None, None) => None,
        }
    }
}

impl fmt::Display for Diagnostic {
    /// Writes the diagnostic in one line.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}", self.file)?;
        if self.spot.is_known() {
            write!(formatter, ":{}:{}", self.spot.line, self.spot.column)?;
        }
        write!(formatter, ": {}", self.what)?;
        self.label()
            .iter()
            .try_for_each(|label| write!(formatter, ": {label}"))?;
        self.hint.iter().try_for_each(|hint| write!(formatter, " ({hint})"))
    }
}

impl std::error::Error for Diagnostic {}

/// The known word that somebody who wrote `wrong` may have meant.
pub fn nearest<'a>(wrong: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let allowed = (wrong.chars().count() / 3).max(1);
    let distances = known
        .into_iter()
        .map(|known| (strsim::damerau_levenshtein(wrong, known), known));
    distances
        .filter(|(distance, _)| *distance <= allowed)
        .min()
        .map(|(_, known)| known)
}

/// The bytes of the word, or of the quoted text, that starts in a column.
fn word_at(line: &str, column: usize) -> std::ops::Range<usize> {
    let start = line
        .char_indices()
        .nth(column.saturating_sub(1))
        .map_or(line.len(), |(index, _)| index);
    let rest = &line[start..];
    let length = match rest.chars().next() {
        Some(quote @ ('"' | '\'')) => rest[1..].find(quote).map_or(rest.len(), |end| end + 2),
        Some(first @ ('[' | '{' | ',' | ':' | '}' | ']')) => first.len_utf8(),
        Some(_) => rest.find([',', ':', ']', '}', ' ']).unwrap_or(rest.len()).max(1),
        None => 0,
    };
    start..start + length
}

/// Takes the teeth out of control characters that a file brought with it.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for character in text.chars() {
        if character.is_control() && character != '\n' {
            escaped.extend(character.escape_default());
        } else {
            escaped.push(character);
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_line_is_shown_with_a_mark_below_the_word() {
        let diagnostic = Diagnostic::new("a.yaml", Spot { line: 2, column: 3 }, "unknown key `titel`")
            .did_you_mean("titel", ["title", "steps"])
            .in_text("x: 1\n  titel: y\n");
        let rendered = diagnostic.render(Colour::Plain);
        assert!(rendered.contains("--> a.yaml:2:3"), "{rendered}");
        assert!(rendered.contains("  titel: y"), "{rendered}");
        assert!(rendered.contains("^^^^^"), "{rendered}");
        assert!(rendered.contains("did you mean `title`?"), "{rendered}");
    }

    #[test]
    fn only_a_near_word_is_proposed() {
        assert_eq!(nearest("titel", ["title", "tile"]), Some("title"));
        assert_eq!(nearest("zebra", ["title", "steps"]), None);
    }

    #[test]
    fn control_characters_do_not_reach_the_terminal() {
        let bell = "unknown key `\u{1b}[2J`";
        let diagnostic = Diagnostic::new("a\u{7}.yaml", Spot { line: 1, column: 1 }, bell).in_text(bell);
        let rendered = diagnostic.render(Colour::Plain);
        assert!(!rendered.contains(['\u{1b}', '\u{7}']), "{rendered}");
    }
}
