//! The JSON schema of the files that people write, for editors. Made from the types, so it cannot say anything else than they do.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use super::model::{AnswersFile, DiagnosisFile, FactsFile, Flow, PlanFile, RequirementsFile, Table};
use crate::target::model::TargetFile;

/// The schema: a file is a flow, a table, or one of the lists beside them. Targets stand under `$defs` as `TargetFile`.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().into_generator();
    let kinds = [
        generator.subschema_for::<Flow>(),
        generator.subschema_for::<Table>(),
        generator.subschema_for::<AnswersFile>(),
        generator.subschema_for::<RequirementsFile>(),
        generator.subschema_for::<FactsFile>(),
        generator.subschema_for::<PlanFile>(),
        generator.subschema_for::<DiagnosisFile>(),
    ];
    generator.subschema_for::<TargetFile>();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "tenantproof: flows, tables, answers, requirements and facts",
        "oneOf": kinds,
        "$defs": generator.take_definitions(true),
    })
}

/// The schema as it stands in `scenarios/schema.json`.
pub fn schema_text() -> String {
    let text = serde_json::to_string_pretty(&schema()).expect("a JSON value can be written");
    text + "\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reference_of_the_schema_leads_somewhere() {
        let schema = schema();
        let text = schema.to_string();
        let references = text
            .split("\"$ref\":\"#/$defs/")
            .skip(1)
            .filter_map(|rest| rest.split('"').next());
        let missing: Vec<&str> = references.filter(|name| schema["$defs"].get(name).is_none()).collect();
        assert!(missing.is_empty(), "{missing:?}");
        assert!(schema["$defs"].get("TargetFile").is_some());
    }

    #[test]
    fn keys_are_written_as_in_files() {
        let schema = schema();
        assert!(schema["$defs"]["Table"]["properties"].get("up-to").is_some());
        assert_eq!(schema["$defs"]["Table"]["additionalProperties"], json!(false));
    }
}
