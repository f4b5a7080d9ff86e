//! The query of a request to the classic stack, read through faults: paging, criteria, finders and what is expanded.

use serde_json::Value;

use crate::form::Form;
use crate::fusion::adf::items::Item;
use crate::fusion::adf::resources::{Attribute, Resource, Type};

/// How many rows a page has where nobody says (FUSION-303).
pub const DEFAULT_LIMIT: usize = 25;
/// How many it has at most (FUSION-303, FUSION-C-17).
pub const LARGEST_LIMIT: usize = 499;

/// What a query asks for.
#[derive(Debug, Default)]
pub struct Query {
    /// How many rows, as asked.
    pub asked_limit: Option<usize>,
    /// How many rows are passed over.
    pub offset: usize,
    /// Whether a number of the paging could not be read.
    pub has_bad_number: bool,
    /// What rows must be like.
    pub criteria: Vec<Criterion>,
    /// What was wrong with the criteria.
    pub fault: Option<&'static str>,
    /// Whether the rows below are wanted.
    pub is_expanded: bool,
    /// Whether links are left out.
    pub only_data: bool,
}

/// A condition on one attribute.
#[derive(Debug)]
pub struct Criterion {
    attribute: &'static Attribute,
    operator: &'static str,
    value: String,
}

/// The operators of criteria; longer ones first, because they begin like shorter ones.
const OPERATORS: [&str; 6] = ["!=", ">=", "<=", "=", ">", "<"];

impl Query {
    /// Reads the query of a request about `resource`.
    pub fn read(text: &str, resource: &'static Resource) -> Self {
        let form = Form::read(text.as_bytes());
        let mut query = Self::default();
        for (name, value) in form.pairs() {
            match name {
                "limit" => match value.parse() {
                    Ok(limit) if limit > 0 => query.asked_limit = Some(limit),
                    _ => query.has_bad_number = true,
                },
                "offset" => match value.parse() {
                    Ok(offset) => query.offset = offset,
                    Err(_) => query.has_bad_number = true,
                },
                "q" => query.read_criteria(value, resource),
                "finder" => query.read_finder(value, resource),
                "expand" => query.is_expanded = value == "all" || resource.child == Some(value),
                "onlyData" => query.only_data = value == "true",
                _ => {}
            }
        }
        query
    }

    /// How many rows a page has.
    pub fn limit(&self) -> usize {
        self.asked_limit.unwrap_or(DEFAULT_LIMIT).min(LARGEST_LIMIT)
    }

    /// Whether a row is like what is asked for.
    pub fn matches(&self, item: &Item) -> bool {
        self.criteria.iter().all(|criterion| {
            item.values
                .get(criterion.attribute.name)
                .is_some_and(|value| criterion.holds(value))
        })
    }

    fn read_criteria(&mut self, text: &str, resource: &'static Resource) {
        if text.trim().is_empty() {
            self.fault = Some("empty");
            return;
        }
        for part in text.split(';').filter(|part| !part.trim().is_empty()) {
            let found = OPERATORS
                .iter()
                .filter_map(|operator| part.find(operator).map(|at| (at, *operator)))
                .min_by_key(|(at, operator)| (*at, std::cmp::Reverse(operator.len())));
            let Some((at, operator)) = found else {
                self.fault = Some("no-operator");
                return;
            };
            let Some(attribute) = resource.attribute(part[..at].trim()) else {
                self.fault = Some("no-attribute");
                return;
            };
            let value = part[at + operator.len()..].trim().trim_matches(['\'', '"']);
            self.criteria.push(Criterion {
                attribute,
                operator,
                value: value.to_owned(),
            });
        }
    }

    /// `PrimaryKey;UserId=1`: the only finder that is known (FUSION-322).
    fn read_finder(&mut self, text: &str, resource: &'static Resource) {
        match text.split_once(';') {
            Some(("PrimaryKey", rest)) if rest.split_once('=').is_some_and(|(name, _)| name == resource.key) => {
                self.read_criteria(rest, resource);
            }
            _ => self.fault = Some("no-finder"),
        }
    }
}

impl Criterion {
    fn holds(&self, found: &Value) -> bool {
        let order = match (self.attribute.kind, found) {
            (Type::Number, Value::Number(found)) => {
                let wanted = self.value.parse::<f64>().ok();
                found
                    .as_f64()
                    .zip(wanted)
                    .and_then(|(found, wanted)| found.partial_cmp(&wanted))
            }
            (_, Value::String(found)) => Some(found.as_str().cmp(self.value.as_str())),
            (_, found) => Some(found.to_string().as_str().cmp(self.value.as_str())),
        };
        order.is_some_and(|order| match self.operator {
            "=" => order.is_eq(),
            "!=" => order.is_ne(),
            ">=" => order.is_ge(),
            "<=" => order.is_le(),
            ">" => order.is_gt(),
            _ => order.is_lt(),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Query {
        let resource = Resource::of("fscmRestApi", "invoices").expect("invoices are in the table");
        Query::read(text, resource)
    }

    #[test]
    fn a_page_has_the_size_that_is_really_used() {
        assert_eq!(read("").limit(), 25);
        assert_eq!(read("limit=500").limit(), 499);
        assert_eq!(read("limit=3&offset=2").limit(), 3);
        assert!(read("limit=many").has_bad_number);
        assert!(read("limit=0").has_bad_number);
        assert!(read("offset=-1").has_bad_number);
    }

    #[test]
    fn what_stands_left_of_an_operator_is_an_attribute() {
        for (text, fault) in [
            ("q=", Some("empty")),
            ("q=1=1", Some("no-attribute")),
            ("q=Colour=red", Some("no-attribute")),
            ("q=Supplier", Some("no-operator")),
            ("q=Supplier='Vision'", None),
            ("q=InvoiceAmount>=100;Supplier!=x", None),
            ("finder=PrimaryKey;InvoiceId=1", None),
            ("finder=PrimaryKey;Supplier=x", Some("no-finder")),
            ("finder=Everything", Some("no-finder")),
        ] {
            assert_eq!(read(text).fault, fault, "{text}");
        }
    }

    #[test]
    fn numbers_are_compared_as_numbers() {
        let criterion = |text: &str| read(text).criteria.remove(0);
        assert!(criterion("q=InvoiceAmount>99").holds(&Value::from(100.0)));
        assert!(!criterion("q=InvoiceAmount<=99").holds(&Value::from(100.0)));
        assert!(criterion("q=Supplier=Vision").holds(&Value::from("Vision")));
    }
}
