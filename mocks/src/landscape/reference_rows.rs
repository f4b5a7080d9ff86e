//! The classic REST side of the reference pod: its rows, and the users who differ in what they may see and do there.
//!
//! Invoices of two business units; people who see one, the other, both or neither, and people who read but do not write.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use crate::landscape::pod_records::{Row, Trace};
use crate::landscape::reference::AGENT;
use crate::landscape::{
    ACCOUNTS_PRIVILEGE, AUDIT_HISTORY_PRIVILEGE, AUDIT_POLICIES_PRIVILEGE, App, INTEGRATION_SPECIALIST_ROLE,
    INVOICES_PRIVILEGE, INVOICES_READ_PRIVILEGE, IT_SECURITY_MANAGER_ROLE, Pod,
};

/// The display name of a client that is a user of the pod too.
pub const SERVICE_ACCOUNT: &str = "service-account";
/// The business unit of most.
pub const UNIT: &str = "Vision Operations";
/// The other one.
pub const OTHER_UNIT: &str = "Vision Services";

/// Gives the pod its rows, and the people who work with them.
pub fn people_and_rows(mut pod: Pod) -> Pod {
    let clerk = [INVOICES_PRIVILEGE, ACCOUNTS_PRIVILEGE];
    let agents = Pod::roles_for(&[AGENT]);
    let agents: Vec<&str> = agents.iter().map(String::as_str).collect();
    let administrator = [agents.as_slice(), &["ORA_FAI_MANAGE_ALL_AI_AGENTS"]].concat();
    let service = [agents.as_slice(), &clerk].concat();
    // The user name is the client's id (FUSION-219).
    let service_account = App::new(SERVICE_ACCOUNT).client_id;
    for (name, roles, data) in [
        ("ada.example", clerk.as_slice(), [UNIT].as_slice()),
        ("grace.example", &clerk, &[OTHER_UNIT]),
        ("Mary Ann Two-Names", &clerk, &[UNIT]),
    ] {
        if let Some(user) = pod.users.get_mut(name) {
            user.roles.extend(roles.iter().map(|role| (*role).to_owned()));
            user.data = data.iter().map(|unit| (*unit).to_owned()).collect();
        }
    }
    let people: [(&str, &str, &[&str], &[&str]); 8] = [
        ("agents-admin.example", "Agatha Agents", &administrator, &[]),
        ("no-groups.example", "Noel Nogroups", &agents, &[]),
        (&service_account, "Service Account", &service, &[UNIT]),
        ("reader.example", "Rex Reader", &[INVOICES_READ_PRIVILEGE], &[UNIT]),
        ("no-data.example", "Dina Nodata", &clerk, &[]),
        (
            "specialist.example",
            "Ines Specialist",
            &[INTEGRATION_SPECIALIST_ROLE],
            &[],
        ),
        ("security.example", "Sven Security", &[IT_SECURITY_MANAGER_ROLE], &[]),
        (
            "auditor.example",
            "Ahmed Auditor",
            &[AUDIT_HISTORY_PRIVILEGE, AUDIT_POLICIES_PRIVILEGE],
            &[],
        ),
    ];
    for (name, display_name, roles, data) in people {
        pod = pod.user_named(name, display_name, roles);
        if let Some(user) = pod.users.get_mut(name) {
            user.data = data.iter().map(|unit| (*unit).to_owned()).collect();
        }
    }
    if let Some(user) = pod.users.get_mut("no-groups.example") {
        user.permission_groups = false;
    }
    pod.rows.insert("invoices".to_owned(), invoices());
    pod.rows.insert(
        "erpintegrations".to_owned(),
        numbered(2_000_001, [json!({ "OperationName": "importBulkData" })]),
    );
    pod.rows.insert(
        "accounts".to_owned(),
        numbered(
            1_000_001,
            [
                json!({ "OrganizationName": "Pinnacle Technologies" }),
                json!({ "OrganizationName": "Vision Corporation" }),
            ],
        ),
    );
    pod
}

/// Three invoices of one business unit and two of the other, each with a line or two.
fn invoices() -> BTreeMap<u64, Row> {
    let invoice = |number: &str, unit: &str, supplier: &str, amount: f64| json!({ "InvoiceNumber": number, "BusinessUnit": unit, "Supplier": supplier, "InvoiceAmount": amount });
    let mut rows = numbered(
        3_000_001,
        [
            invoice("ERS-1001", UNIT, "Lee Supplies", 1200.5),
            invoice("ERS-1002", UNIT, "Office Depot", 80.0),
            invoice("ERS-1003", UNIT, "Lee Supplies", 300.0),
            invoice("SRV-2001", OTHER_UNIT, "Grand Consulting", 9000.0),
            invoice("SRV-2002", OTHER_UNIT, "Lee Supplies", 45.0),
        ],
    );
    for row in rows.values_mut() {
        let line = json!({ "LineNumber": 1, "LineAmount": row.values["InvoiceAmount"], "Description": "All of it" });
        row.lines.push(members(line));
    }
    rows
}

fn numbered<const COUNT: usize>(first: u64, values: [Value; COUNT]) -> BTreeMap<u64, Row> {
    (first..)
        .zip(values)
        .map(|(id, values)| {
            let row = Row {
                id,
                values: members(values),
                lines: Vec::new(),
                trace: Trace::default(),
            };
            (id, row)
        })
        .collect()
}

fn members(value: Value) -> Map<String, Value> {
    match value {
        Value::Object(members) => members,
        _ => unreachable!("rows are written as objects"),
    }
}
