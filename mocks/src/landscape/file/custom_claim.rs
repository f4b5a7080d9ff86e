//! The members of a claim of the administrators' own.

use std::borrow::Cow;

use super::Reading;
use super::table::{Entry, Row, row};
use super::tree::Node;
use crate::landscape::CustomClaim;

impl Entry for CustomClaim {
    const WHAT: &'static str = "custom claim";

    fn rows() -> &'static [Row<Self>] {
        CUSTOM_CLAIM
    }

    fn name(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.name)
    }

    fn plain(&self, _: usize) -> Self {
        Self::new(&self.name)
    }

    fn begin(name: &str, _: usize, _: &Node, _: &mut Reading) -> Option<Self> {
        Some(Self::new(name))
    }
}

static CUSTOM_CLAIM: &[Row<CustomClaim>] = &[
    row!(
        CustomClaim,
        "values",
        values,
        "Its values: none is an empty text, one a text, several a list; none unless said."
    ),
    row!(
        CustomClaim,
        "groups",
        is_groups,
        "Whether the names of the user's groups are its values; false unless said."
    ),
    row!(
        CustomClaim,
        "tokens",
        tokens,
        "In which tokens it stands; in both kinds unless said."
    ),
    row!(CustomClaim, "mode", mode, "When it stands there; always unless said."),
    row!(
        CustomClaim,
        "scopes",
        scopes,
        "The fully qualified scopes that bring it; any unless said."
    ),
];
