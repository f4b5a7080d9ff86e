//! Exit codes: part of the contract, documented here and in `--help`.

use std::process::ExitCode;

/// How a command ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Everything that ran passed.
    Success,
    /// A case failed, the proof found a gap, or two sides differ.
    Failed,
    /// The input was wrong, or a scenario is broken; nothing can be said of the target.
    WrongInput,
    /// A control failed or the target could not be reached.
    Inconclusive,
    /// Nothing ran to a verdict.
    NothingRan,
    /// The code of a command that was run by us.
    Of(u8),
}

/// Every code with its meaning, for `--help` and the documentation.
pub const EXIT_CODES: [(u8, &str); 5] = [
    (0, "everything that ran passed"),
    (
        1,
        "a case failed that no baseline knows, a baseline is stale, the proof found a gap, two sides differ, or something is not modelled",
    ),
    (2, "wrong input, or a broken scenario"),
    (3, "inconclusive: a control failed, or the target could not be reached"),
    (4, "nothing ran to a verdict"),
];

impl Exit {
    /// The number.
    pub fn code(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::Failed => 1,
            Self::WrongInput => 2,
            Self::Inconclusive => 3,
            Self::NothingRan => 4,
            Self::Of(code) => code,
        }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit.code())
    }
}
