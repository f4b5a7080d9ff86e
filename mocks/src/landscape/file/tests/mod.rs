//! Tests of landscape files: [`round_trip`] of what [`generator`] draws and of the reference, and [`mistakes`].

mod generator;
mod mistakes;
mod round_trip;

use super::*;
use crate::landscape::profile::Profile;
use crate::landscape::reference::{ReferenceKeys, published_secret, reference};

fn the_reference() -> (Landscape, Keyring) {
    let keys = ReferenceKeys::published();
    (reference(Profile::default(), &keys, &published_secret), keys.keyring())
}

fn told(mistakes: &[Mistake]) -> String {
    mistakes.iter().map(Mistake::to_string).collect::<Vec<_>>().join("\n")
}
