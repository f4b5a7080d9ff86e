//! The audit history of a pod (FUSION-410 to FUSION-415): what is asked of it, and what it shows.
//!
//! It says which user changed what. Through which client is not known to stand there (FUSION-412, FUSION-U-26), so it does not here either: that
//! is in the mocks' own journal.

use serde_json::{Value, json};

use crate::answer::{Answer, Slot};
use crate::form::Form;
use crate::fusion::adf::resources::{RESOURCES, USERS_AUDITED};
use crate::fusion::adf::{Asked, timestamp};
use crate::fusion::facts::PodRequest;
use crate::state::Audited;

/// How long a window may be, in seconds: a month (FUSION-410).
const LONGEST_WINDOW: u64 = 31 * DAY;
const DAY: u64 = 24 * 60 * 60;
/// How many records a page has where nobody says. Not known.
const DEFAULT_PAGE: usize = 100;

/// What an audit request asks for; what it says twice counts as its body says (FUSION-C-15).
#[derive(Debug)]
pub struct Search {
    parameters: Vec<(String, String)>,
    now: u64,
}

/// Which of two places counts where a parameter stands in both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wins {
    /// The body, as is advised (FUSION-C-15).
    Body,
    /// The query: for the defect.
    Query,
}

/// The parameters that are known (FUSION-410).
const PARAMETERS: [&str; 9] = [
    "fromDate",
    "toDate",
    "product",
    "businessObjectType",
    "eventType",
    "user",
    "includeAttributes",
    "pageNumber",
    "pageSize",
];

impl Search {
    /// Reads a request.
    pub fn read(facts: &PodRequest, wins: Wins) -> Self {
        let form = Form::read(facts.request.query.as_deref().unwrap_or_default().as_bytes());
        let said = |name: &str| -> Option<String> {
            let query = form.value(name).map(str::to_owned);
            let body = facts.body.as_ref().and_then(|body| match body.json(name)? {
                Value::Null => None,
                Value::String(text) => Some(text).filter(|text| !text.is_empty()),
                value => Some(value.to_string()),
            });
            match wins {
                Wins::Body => body.or(query),
                Wins::Query => query.or(body),
            }
        };
        Self {
            parameters: PARAMETERS
                .iter()
                .filter_map(|name| Some(((*name).to_owned(), said(name)?)))
                .collect(),
            now: facts.env.now,
        }
    }

    fn value(&self, name: &str) -> Option<&str> {
        let found = self.parameters.iter().find(|(known, _)| known == name);
        found.map(|(_, value)| value.as_str())
    }

    /// What is wrong with it: the cause and a few words.
    pub fn fault(&self) -> Option<(&'static str, &'static str)> {
        let Some(from) = self.value("fromDate") else {
            return Some(("no-from-date", "`fromDate` is missing"));
        };
        if self.value("product").is_none() {
            return Some(("no-product", "`product` is missing"));
        }
        let until = self.value("toDate").map_or(Some(self.now), day);
        let (Some(from), Some(until)) = (day(from), until) else {
            return Some(("no-date", "a date cannot be read"));
        };
        if until.saturating_sub(from) > LONGEST_WINDOW {
            return Some(("window", "the window is longer than a month"));
        }
        let is_number = |name| {
            self.value(name)
                .is_none_or(|value: &str| value.parse::<usize>().is_ok_and(|n| n > 0))
        };
        if !is_number("pageNumber") || !is_number("pageSize") {
            return Some(("no-number", "`pageNumber` or `pageSize` is no number that can be used"));
        }
        None
    }

    fn number(&self, name: &str, default: usize) -> usize {
        self.value(name).and_then(|value| value.parse().ok()).unwrap_or(default)
    }

    /// Whether a record is in the window.
    fn is_in_window(&self, record: &Audited) -> bool {
        let from = self.value("fromDate").and_then(day).unwrap_or_default();
        // The last day counts whole.
        let until = self.value("toDate").and_then(day).map_or(self.now, |day| day + DAY - 1);
        (from..=until).contains(&record.at)
    }

    /// Whether a record is of what is asked for.
    fn matches(&self, record: &Audited) -> bool {
        let is = |name: &str, found: &str| self.value(name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(found));
        is("product", record.product)
            && is("businessObjectType", record.object)
            && is("eventType", record.event)
            && is("user", &record.display_name)
    }
}

/// The first second of a day that is written `2026-11-20`, whatever stands behind it.
fn day(text: &str) -> Option<u64> {
    let mut parts = text.get(..10)?.split('-');
    let mut next = || parts.next()?.parse::<u16>().ok();
    let (year, month, day) = (next()?, next()?, next()?);
    let month = time::Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = time::Date::from_calendar_date(i32::from(year), month, u8::try_from(day).ok()?).ok()?;
    u64::try_from(date.midnight().assume_utc().unix_timestamp()).ok()
}

/// The answer to a request that violates nothing.
pub fn grant(facts: &PodRequest, asked: &Asked) -> Answer {
    match asked {
        Asked::AuditHistory => history(facts),
        Asked::AuditStatus => status(facts),
        _ => setup(),
    }
}

/// The form in which the service says that it could not (FUSION-411).
pub fn failed(status: u16, why: &str) -> Answer {
    Answer::object(
        status,
        vec![
            ("actionName", Slot::Value(json!("getAuditHistory"))),
            ("status", Slot::Value(json!("FAIL"))),
            ("message", Slot::Value(json!(why))),
            ("auditData", Slot::Value(json!([]))),
        ],
    )
}

fn page_of<'a>(records: &[&'a Audited], number: usize, size: usize) -> Vec<&'a Audited> {
    let before = number.saturating_sub(1).saturating_mul(size);
    records.iter().skip(before).take(size).copied().collect()
}

fn history(facts: &PodRequest) -> Answer {
    let search = Search::read(facts, Wins::Body);
    let has_attributes = search.value("includeAttributes") != Some("false");
    let all = facts.audit_records();
    let found = |search: &Search| -> Vec<&Audited> {
        all.iter()
            .copied()
            .filter(|record| record.is_switched_on && search.is_in_window(record) && search.matches(record))
            .collect()
    };
    let shown = |records: &[&Audited], has_attributes: bool| -> Value {
        records.iter().map(|record| shown(record, has_attributes)).collect()
    };
    let records = found(&search);
    let (number, size) = (search.number("pageNumber", 1), search.number("pageSize", DEFAULT_PAGE));
    let page = page_of(&records, number, size);
    let mut answer = Answer::object(
        200,
        vec![
            ("actionName", Slot::Value(json!("getAuditHistory"))),
            ("auditData", Slot::Value(shown(&page, has_attributes))),
            ("pageNumber", Slot::Value(json!(number))),
            ("pageSize", Slot::Value(json!(size))),
            ("status", Slot::Value(json!("SUCCESS"))),
        ],
    );
    // What a careless server would show instead.
    let everything = |is_on: bool| -> Vec<&Audited> {
        let all = all.iter().copied();
        all.filter(|record| record.is_switched_on == is_on).collect()
    };
    let queried = found(&Search::read(facts, Wins::Query));
    let clients: Vec<&Option<String>> = page.iter().map(|record| &record.client).collect();
    let hearsay = [
        ("audit-of-all", shown(&everything(true), has_attributes)),
        ("audit-of-what-is-off", shown(&everything(false), has_attributes)),
        ("audit-unpaged", shown(&records, has_attributes)),
        ("audit-otherwise-detailed", shown(&page, !has_attributes)),
        (
            "audit-query-wins",
            shown(&page_of(&queried, number, size), has_attributes),
        ),
        ("audit-clients", json!(clients)),
    ];
    answer
        .hearsay
        .extend(hearsay.map(|(name, value)| (name.to_owned(), value)));
    answer
}

/// A record: the names of its members are partly a third party's and partly ours (FUSION-U-25).
fn shown(record: &Audited, has_attributes: bool) -> Value {
    let mut shown = json!({
        "date": timestamp(record.at),
        "userDisplayName": record.display_name,
        "userInternalName": record.user,
        "eventType": record.event,
        "product": record.product,
        "businessObjectType": record.object,
    });
    if has_attributes {
        let details: Vec<Value> = record
            .attributes
            .iter()
            .map(|(name, old, new)| json!({ "attributeName": name, "oldValue": old, "newValue": new }))
            .collect();
        shown["attributeDetails"] = Value::from(details);
    }
    shown
}

/// What is audited (FUSION-414); the form follows from the sister call.
fn setup() -> Answer {
    let mut objects: Vec<Value> = Vec::new();
    for auditing in RESOURCES.iter().filter_map(|resource| resource.audited) {
        objects.push(json!({
            "product": auditing.product,
            "businessObjectType": auditing.object,
            "auditStatus": if auditing.is_on { "ON" } else { "OFF" },
        }));
    }
    Answer::object(
        200,
        vec![
            ("actionName", Slot::Value(json!("getAuditSetup"))),
            ("auditSetup", Slot::Value(Value::from(objects))),
            ("status", Slot::Value(json!("SUCCESS"))),
        ],
    )
}

/// Whether one object is audited (FUSION-414).
fn status(facts: &PodRequest) -> Answer {
    let search = Search::read(facts, Wins::Body);
    let of = |auditing: &super::resources::Auditing| {
        search.value("product") == Some(auditing.product) && search.value("businessObjectType") == Some(auditing.object)
    };
    let known = RESOURCES
        .iter()
        .filter_map(|resource| resource.audited)
        .chain([USERS_AUDITED])
        .find(of);
    Answer::object(
        200,
        vec![
            ("actionName", Slot::Value(json!("checkAuditStatus"))),
            (
                "auditStatus",
                Slot::Value(json!(known.map(|auditing| if auditing.is_on { "ON" } else { "OFF" }))),
            ),
            (
                "status",
                Slot::Value(json!(if known.is_some() { "SUCCESS" } else { "FAIL" })),
            ),
        ],
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(pairs: &[(&str, &str)]) -> Search {
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        Search {
            parameters: pairs.iter().map(owned).collect(),
            now: 1_795_176_000,
        }
    }

    #[test]
    fn a_window_has_a_beginning_and_is_no_longer_than_a_month() {
        let fault = |pairs: &[(&str, &str)]| search(pairs).fault().map(|(cause, _)| cause);
        assert_eq!(fault(&[("product", "AP")]), Some("no-from-date"));
        assert_eq!(fault(&[("fromDate", "2026-11-01")]), Some("no-product"));
        assert_eq!(fault(&[("fromDate", "2026-11-01"), ("product", "AP")]), None);
        assert_eq!(fault(&[("fromDate", "2026-10-01"), ("product", "AP")]), Some("window"));
        assert_eq!(fault(&[("fromDate", "yesterday"), ("product", "AP")]), Some("no-date"));
        let paged = [("fromDate", "2026-11-01"), ("product", "AP"), ("pageNumber", "0")];
        assert_eq!(fault(&paged), Some("no-number"));
    }

    #[test]
    fn the_last_day_counts_whole() {
        let search = search(&[("fromDate", "2026-11-20"), ("toDate", "2026-11-20"), ("product", "AP")]);
        let at = |at| Audited {
            at,
            user: String::new(),
            display_name: String::new(),
            client: None,
            event: "UPDATE",
            product: "AP",
            object: "Invoice",
            attributes: Vec::new(),
            is_switched_on: true,
        };
        assert!(search.is_in_window(&at(1_795_176_000)));
        assert!(!search.is_in_window(&at(1_795_176_000 + DAY)));
    }
}
