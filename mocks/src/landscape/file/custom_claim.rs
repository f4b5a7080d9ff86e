//! The members of a claim of the administrators' own.

use super::table::{Row, named_entry, row};
use crate::landscape::CustomClaim;

named_entry!(CustomClaim, "custom claim", name, CustomClaim::new, CUSTOM_CLAIM);

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
