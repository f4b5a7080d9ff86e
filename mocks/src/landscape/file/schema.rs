//! The JSON Schema of landscape files, made of the tables.

use serde_json::json;

use super::WHOLE;
use super::key::{schema_of_certificate, schema_of_key};
use super::table::schema_of_rows;

/// The schema as text, with a last newline.
pub fn schema_text() -> String {
    let mut schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Landscape",
        "description": "Identity domains, Fusion pods and integration instances for the servers of tenantproof. What is left out is filled in.",
    });
    let whole = schema_of_rows(WHOLE);
    for (name, value) in whole.as_object().into_iter().flatten() {
        schema[name] = value.clone();
    }
    schema["$defs"] = json!({ "key": schema_of_key(), "certificate": schema_of_certificate() });
    serde_json::to_string_pretty(&schema).expect("a schema is written") + "\n"
}
