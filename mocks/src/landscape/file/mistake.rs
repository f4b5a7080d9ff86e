//! What is wrong with a landscape file, and where. No message repeats a secret or a key.

use std::fmt;

use super::tree::Node;

/// How many mistakes are told of one file.
const TOLD: usize = 20;
/// How much of a name is repeated, in characters.
const SHOWN: usize = 60;

/// A mistake in a landscape file.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Mistake {
    /// The line, counted from 1.
    pub line: usize,
    /// The column in characters, counted from 1.
    pub column: usize,
    /// The JSON pointer (RFC 6901) of what is wrong; empty for the whole file.
    pub pointer: String,
    /// What would have been right.
    pub expected: String,
    /// What stands there.
    pub found: String,
    /// How to mend it, where that can be guessed.
    pub hint: Option<String>,
}

impl fmt::Display for Mistake {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        let Self {
            line,
            column,
            expected,
            found,
            ..
        } = self;
        write!(formatter, "{line}:{column}: ")?;
        if !self.pointer.is_empty() {
            write!(formatter, "{}: ", self.pointer)?;
        }
        write!(formatter, "expected {expected}, found {found}")?;
        match &self.hint {
            Some(hint) => write!(formatter, "; {hint}"),
            None => Ok(()),
        }
    }
}

/// A mistake whose place is still an offset.
#[derive(Debug)]
pub(super) struct Slip {
    at: usize,
    expected: String,
    found: String,
    hint: Option<String>,
}

impl Slip {
    pub(super) fn new(at: usize, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self {
            at,
            expected: expected.into(),
            found: found.into(),
            hint: None,
        }
    }

    pub(super) fn hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

/// Finds the places of slips; those that come first in the file come first.
pub(super) fn placed(text: &str, root: Option<&Node>, mut slips: Vec<Slip>) -> Vec<Mistake> {
    slips.sort_by_key(|slip| slip.at);
    let place = |slip: Slip| {
        let before = text.get(..slip.at).unwrap_or(text);
        let line_start = before.rfind('\n').map_or(0, |end| end + 1);
        Mistake {
            line: before.matches('\n').count() + 1,
            column: before[line_start..].chars().count() + 1,
            pointer: root
                .map(|root| visible_in(&root.pointer_to(slip.at), 200))
                .unwrap_or_default(),
            expected: slip.expected,
            found: slip.found,
            hint: slip.hint,
        }
    };
    slips.into_iter().take(TOLD).map(place).collect()
}

/// A name as messages repeat it: in one line, and not without end.
pub(super) fn visible(text: &str) -> String {
    visible_in(text, SHOWN)
}

fn visible_in(text: &str, longest: usize) -> String {
    let mut shown: String = text
        .chars()
        .take(longest)
        .map(|each| if each.is_control() { '\u{fffd}' } else { each })
        .collect();
    if text.chars().nth(longest).is_some() {
        shown.push('…');
    }
    shown
}

/// The known name that was most likely meant.
pub(super) fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    let name: String = name.chars().take(SHOWN).collect();
    let near = known.map(|known| (strsim::normalized_damerau_levenshtein(&name, known), known));
    let (closeness, known) = near.max_by(|one, other| one.0.total_cmp(&other.0))?;
    (closeness > 0.5).then(|| format!("did you mean `{}`?", visible(known)))
}
