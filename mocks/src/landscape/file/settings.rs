//! The members of the two records of settings that a domain has.

use serde_json::Value;

use super::table::{Row, Written, read_rows, row, schema_of_rows, write_rows};
use super::tree::Node;
use super::{Reading, Writing};
use crate::landscape::directory::{Settings, StayingSignedIn};

impl Written for Settings {
    fn schema() -> Value {
        schema_of_rows(SETTINGS)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(SETTINGS, self, &Self::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut settings = Self::default();
        read_rows(SETTINGS, &mut settings, node, reading);
        Some(settings)
    }
}

impl Written for StayingSignedIn {
    fn schema() -> Value {
        schema_of_rows(STAYING_SIGNED_IN)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(STAYING_SIGNED_IN, self, &Self::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut settings = Self::default();
        read_rows(STAYING_SIGNED_IN, &mut settings, node, reading);
        Some(settings)
    }
}

static STAYING_SIGNED_IN: &[Row<StayingSignedIn>] = &[
    row!(StayingSignedIn, "meta", meta, "When they were changed."),
    row!(
        StayingSignedIn,
        "attributes",
        attributes,
        "The attributes of the record."
    ),
];

static SETTINGS: &[Row<Settings>] = &[
    row!(
        Settings,
        "signing-keys-public",
        signing_keys_public,
        "Whether anybody may read the signing keys; false unless said."
    ),
    row!(
        Settings,
        "account-always-trusted",
        account_always_trusted,
        "Whether every client may ask for the scopes of every resource; false unless said."
    ),
    row!(
        Settings,
        "previous-issuer",
        previous_issuer,
        "The issuer before the last change."
    ),
    row!(Settings, "meta", meta, "When they were changed."),
    row!(Settings, "more", more, "Attributes that nothing goes by."),
];
