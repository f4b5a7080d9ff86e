//! Tries a law on many cases and fails where it does not hold, or where its premise hardly ever did.
//!
//! Cases that once failed are kept under `proptest-regressions` and tried first.

use std::cell::Cell;

use proptest::strategy::Strategy;
use proptest::test_runner::{Config, TestCaseError, TestRunner};

/// The smallest share of cases, in percent, in which the premise of a law must hold.
const SMALLEST_SHARE: u32 = 30;

/// Whether a case put the law to the test.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Premise {
    Held,
    Missed,
}

/// What became of one case. `prop_assert!` fails into it.
pub(crate) type Case = Result<Premise, TestCaseError>;

/// Tries a law on as many cases as usual. `source` is the file that states it.
pub(crate) fn holds<S: Strategy>(source: &'static str, cases: S, law: impl Fn(S::Value) -> Case) {
    holds_in(Config::default().cases, source, cases, law);
}

/// Tries a law on so many cases: for laws that are slow to try.
pub(crate) fn holds_in<S: Strategy>(number: u32, source: &'static str, cases: S, law: impl Fn(S::Value) -> Case) {
    let mut runner = TestRunner::new(Config {
        cases: number,
        source_file: Some(source),
        ..Config::default()
    });
    let (tried, held) = (Cell::new(0_u32), Cell::new(0_u32));
    let outcome = runner.run(&cases, |case| {
        tried.set(tried.get() + 1);
        if law(case)? == Premise::Held {
            held.set(held.get() + 1);
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    let (tried, held) = (tried.get(), held.get());
    assert!(
        held * 100 >= tried * SMALLEST_SHARE,
        "the premise held in {held} of {tried} cases only"
    );
}

/// The premise held or not.
impl From<bool> for Premise {
    fn from(held: bool) -> Self {
        if held { Self::Held } else { Self::Missed }
    }
}

#[test]
#[should_panic(expected = "the premise held in 0 of 16 cases only")]
fn a_law_that_is_never_put_to_the_test_fails() {
    holds_in(16, file!(), 0..9, |_| Ok(Premise::Missed));
}
