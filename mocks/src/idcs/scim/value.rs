//! Finding values inside a resource, and comparing them: by letter case as the schema says, and times as instants (IDCS-ADMIN-256).

use serde_json::{Map, Value};
use time::{Date, Month, OffsetDateTime, UtcOffset};

use super::schema::{Attribute, Kind};

/// The member of this name, whatever its letter case (RFC 7643 section 2.1).
pub(super) fn member<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    let same = |(key, value): (&'a String, &'a Value)| key.eq_ignore_ascii_case(name).then_some(value);
    object.get(name).or_else(|| object.iter().find_map(same))
}

/// The values that a path leads to: each element of the lists on its way counts.
pub(super) fn values_at<'a>(value: &'a Value, names: &[String]) -> Vec<&'a Value> {
    match (value, names.split_first()) {
        (Value::Array(elements), _) => elements.iter().flat_map(|element| values_at(element, names)).collect(),
        (value, None) => vec![value],
        (Value::Object(object), Some((first, rest))) => member(object, first)
            .map(|inner| values_at(inner, rest))
            .unwrap_or_default(),
        // An element of a plain list is its own `value` (RFC 7643 section 2.4).
        (value, Some((first, []))) if first.eq_ignore_ascii_case("value") && !value.is_null() => vec![value],
        _ => Vec::new(),
    }
}

/// Whether a value counts as one: null and what is empty do not (RFC 7643 section 2.5; RFC 7644 section 3.4.2.2).
pub(super) fn is_assigned(value: &Value) -> bool {
    match value {
        Value::Null => false,
        Value::String(text) => !text.is_empty(),
        Value::Array(elements) => elements.iter().any(is_assigned),
        Value::Object(object) => object.values().any(is_assigned),
        Value::Bool(_) | Value::Number(_) => true,
    }
}

/// A simple value in the form in which it is compared.
#[derive(Clone, Debug, PartialEq, PartialOrd)]
pub(super) enum Scalar {
    Boolean(bool),
    Number(f64),
    Instant(OffsetDateTime),
    Text(String),
}

impl Scalar {
    /// Reads a value as one of this attribute. Lists and objects are no simple values, nor is a time that cannot be read.
    pub(super) fn of(value: &Value, attribute: Option<&Attribute>) -> Option<Self> {
        match value {
            Value::Bool(value) => Some(Self::Boolean(*value)),
            Value::Number(number) => number.as_f64().map(Self::Number),
            Value::String(text) if attribute.is_some_and(|one| one.kind == Kind::DateTime) => {
                instant(text).map(Self::Instant)
            }
            Value::String(text) => Some(Self::text(text, attribute)),
            Value::Null | Value::Array(_) | Value::Object(_) => None,
        }
    }

    /// A text as texts of this attribute are compared.
    pub(super) fn text(text: &str, attribute: Option<&Attribute>) -> Self {
        let is_exact = attribute.is_some_and(|one| one.is_case_exact);
        Self::Text(if is_exact { text.to_owned() } else { text.to_lowercase() })
    }
}

/// Reads a point in time (RFC 3339 section 5.6); without an offset, which XML Schema allows, it is one of UTC.
pub(super) fn instant(text: &str) -> Option<OffsetDateTime> {
    let (date, rest) = text.split_once(['T', 't'])?;
    let (clock, offset) = match rest.strip_suffix(['Z', 'z']) {
        Some(clock) => (clock, UtcOffset::UTC),
        None => match rest.rfind(['+', '-']) {
            Some(at) => (&rest[..at], offset(&rest[at..])?),
            None => (rest, UtcOffset::UTC),
        },
    };
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let (clock, fraction) = clock.split_once('.').unwrap_or((clock, "0"));
    let [hour, minute, second] = numbers(clock, ':', [2, 2, 2])?;
    let [nanosecond] = numbers(&format!("{fraction:0<9.9}"), ':', [9])?;
    let month = Month::try_from(u8::try_from(month).ok()?).ok()?;
    let date = Date::from_calendar_date(i32::try_from(year).ok()?, month, u8::try_from(day).ok()?).ok()?;
    let [hour, minute, second] = [hour, minute, second].map(|part| u8::try_from(part).unwrap_or(u8::MAX));
    let time = date.with_hms_nano(hour, minute, second, nanosecond).ok()?;
    (!fraction.is_empty()).then(|| time.assume_offset(offset))
}

fn offset(text: &str) -> Option<UtcOffset> {
    let sign = if text.starts_with('-') { -1 } else { 1 };
    let [hours, minutes] = numbers(&text[1..], ':', [2, 2])?.map(|part| i8::try_from(part).unwrap_or(i8::MAX));
    UtcOffset::from_hms(sign * hours, sign * minutes, 0).ok()
}

/// Reads numbers of so many digits each.
fn numbers<const COUNT: usize>(text: &str, separator: char, digits: [usize; COUNT]) -> Option<[u32; COUNT]> {
    let mut parts = text.split(separator);
    let mut read = [0; COUNT];
    for (number, digits) in read.iter_mut().zip(digits) {
        let part = parts
            .next()
            .filter(|part| part.len() == digits && part.bytes().all(|one| one.is_ascii_digit()))?;
        *number = part.parse().ok()?;
    }
    parts.next().is_none().then_some(read)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_are_instants_whatever_their_offset_and_fraction() {
        let noon = instant("2026-11-20T12:00:00.000Z");
        assert!(noon.is_some());
        for same in [
            "2026-11-20T12:00:00Z",
            "2026-11-20T13:00:00+01:00",
            "2026-11-20T06:30:00.0-05:30",
            "2026-11-20T12:00:00",
        ] {
            assert_eq!(instant(same), noon, "{same}");
        }
        assert!(instant("2026-11-20T12:00:00.001Z") > noon);
    }

    #[test]
    fn what_is_no_time_is_none() {
        for text in [
            "",
            "T",
            "2026-11-20",
            "2026-02-30T00:00:00Z",
            "2026-11-20T24:00:00Z",
            "2026-11-20T12:00Z",
            "26-11-20T12:00:00Z",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
        for text in [
            "2026-11-20T12:00:00.Z",
            "2026-11-20T12:00:00.xZ",
            "2026-11-20T12:00:00+1",
            "2026-11-20T12:00:00+99:00",
            "2026-11-20Tü",
        ] {
            assert_eq!(instant(text), None, "{text}");
        }
    }

    #[test]
    fn a_path_leads_through_lists_and_any_letter_case() {
        let resource = json!({"Emails": [{"value": "a"}, {"VALUE": "b"}, {}], "grants": ["x", "y"]});
        let at = |names: &[&str]| {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            values_at(&resource, &names).into_iter().cloned().collect::<Vec<_>>()
        };
        assert_eq!(at(&["emails", "value"]), [json!("a"), json!("b")]);
        assert_eq!(at(&["grants", "value"]), [json!("x"), json!("y")]);
        assert_eq!(at(&["grants", "other"]), Vec::<Value>::new());
    }

    #[test]
    fn empty_values_do_not_count() {
        for empty in [json!(null), json!(""), json!([]), json!({}), json!([{"a": null}])] {
            assert!(!is_assigned(&empty), "{empty}");
        }
        assert!(is_assigned(&json!(false)) && is_assigned(&json!(0)));
    }
}
