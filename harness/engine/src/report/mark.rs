//! How verdicts look: a sign and a word, and a colour for those who see it. The colour never says more than the word.

use anstyle::{AnsiColor, Style};

use crate::run::Verdict;

/// How a verdict looks.
pub(super) struct Mark {
    /// One column wide.
    pub(super) sign: &'static str,
    /// The participle that goes with a count.
    pub(super) counted: &'static str,
    pub(super) style: Style,
}

/// How a verdict looks.
pub(super) fn mark(verdict: Verdict) -> Mark {
    let (sign, counted, colour) = match verdict {
        Verdict::Pass => ("✓", "passed", AnsiColor::Green),
        Verdict::Warn => ("!", "warned", AnsiColor::Yellow),
        Verdict::Fail => ("✗", "failed", AnsiColor::Red),
        Verdict::RefusedOtherwise => ("≠", "refused otherwise", AnsiColor::Yellow),
        Verdict::Inconclusive => ("?", "inconclusive", AnsiColor::Magenta),
        Verdict::Skipped => ("-", "skipped", AnsiColor::Cyan),
        Verdict::Broken => ("‼", "broken", AnsiColor::Red),
    };
    let style = colour.on_default();
    Mark { sign, counted, style }
}

/// For what is said beside what matters.
pub(super) const QUIET: Style = Style::new().dimmed();
/// For names of things.
pub(super) const STRONG: Style = Style::new().bold();
/// For text.
pub(super) const PLAIN: Style = Style::new();

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn verdicts_are_told_apart_without_colour() {
        let signs: BTreeSet<_> = Verdict::ALL.map(|verdict| mark(verdict).sign).into();
        let words: BTreeSet<_> = Verdict::ALL.map(|verdict| mark(verdict).counted).into();
        assert_eq!((signs.len(), words.len()), (7, 7));
        assert!(signs.iter().all(|sign| textwrap::core::display_width(sign) == 1));
    }
}
