//! The members of the rows that a pod keeps, and of the trace of who made and changed what.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::mistake::Slip;
use super::table::{Row, Written, read_rows, row, schema_of_rows, write_rows};
use super::tree::Node;
use super::{Reading, Writing};
use crate::landscape::pod_records::{self, POD_RECORD_LIMIT, Trace};

impl Written for Trace {
    fn schema() -> Value {
        schema_of_rows(TRACE)
    }

    fn write(&self, writing: &Writing) -> Value {
        write_rows(TRACE, self, &Self::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut trace = Self::default();
        read_rows(TRACE, &mut trace, node, reading);
        Some(trace)
    }
}

static TRACE: &[Row<Trace>] = &[
    row!(
        Trace,
        "created-by",
        created_by,
        "Who made it, by user name; `SEED_DATA` unless said."
    ),
    row!(
        Trace,
        "created",
        created,
        "The second since 1970 at which it was made; 2026-01-01 unless said."
    ),
    row!(
        Trace,
        "last-updated-by",
        last_updated_by,
        "Who changed it last; `SEED_DATA` unless said."
    ),
    row!(
        Trace,
        "last-updated",
        last_updated,
        "The second of that change; 2026-01-01 unless said."
    ),
    row!(
        Trace,
        "version",
        version,
        "How often it was written since it was made; 0 unless said."
    ),
];

/// A row whose number the file may have forgotten.
#[derive(Default)]
struct RowForm {
    id: Option<u64>,
    values: Map<String, Value>,
    lines: Vec<Map<String, Value>>,
    trace: Trace,
}

static ROW: &[Row<RowForm>] = &[
    row!(RowForm, "id", id, "Its number, of which there is one in its resource."),
    row!(
        RowForm,
        "values",
        values,
        "Its attributes, without the number and the trace."
    ),
    row!(RowForm, "lines", lines, "The rows below it, by their attributes."),
    row!(RowForm, "trace", trace, "Who made and changed it."),
];

impl Written for pod_records::Row {
    fn schema() -> Value {
        let mut schema = schema_of_rows(ROW);
        schema["required"] = json!(["id"]);
        schema
    }

    fn write(&self, writing: &Writing) -> Value {
        let form = RowForm {
            id: Some(self.id),
            values: self.values.clone(),
            lines: self.lines.clone(),
            trace: self.trace.clone(),
        };
        write_rows(ROW, &form, &RowForm::default(), writing)
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut form = RowForm::default();
        let before = reading.slips.len();
        read_rows(ROW, &mut form, node, reading);
        let Some(id) = form.id else {
            if reading.slips.len() == before {
                reading.wrong::<()>(node, "an object with an `id`");
            }
            return None;
        };
        Some(Self {
            id,
            values: form.values,
            lines: form.lines,
            trace: form.trace,
        })
    }
}

/// The rows of every resource, by its name: lists in the order of their numbers.
impl Written for BTreeMap<String, BTreeMap<u64, pod_records::Row>> {
    fn schema() -> Value {
        let mut rows = Vec::<pod_records::Row>::schema();
        rows["maxItems"] = json!(POD_RECORD_LIMIT);
        json!({ "type": "object", "additionalProperties": rows })
    }

    fn write(&self, writing: &Writing) -> Value {
        let resource = |(name, rows): (&String, &BTreeMap<u64, pod_records::Row>)| {
            let rows = rows.values().map(|row| row.write(writing)).collect();
            (name.clone(), rows)
        };
        Value::Object(self.iter().map(resource).collect())
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let mut resources = Self::new();
        for member in reading.object(node)? {
            let Some(rows) = Vec::<pod_records::Row>::read(&member.node, reading) else {
                continue;
            };
            let mut kept = BTreeMap::new();
            for row in rows {
                let id = row.id;
                if kept.insert(id, row).is_some() {
                    let expected = "every `id` of a row once";
                    reading.note(Slip::new(member.node.from, expected, format!("{id} twice")));
                }
            }
            if kept.len() > POD_RECORD_LIMIT {
                let expected = format!("at most {POD_RECORD_LIMIT} rows of a resource");
                reading.note(Slip::new(member.node.from, expected, kept.len().to_string()));
            }
            resources.insert(member.name.clone(), kept);
        }
        Some(resources)
    }
}
