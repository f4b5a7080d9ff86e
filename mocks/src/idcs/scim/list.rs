//! A search: what was asked, in parameters or in a body, and the page of results that answers it (IDCS-ADMIN-204, IDCS-ADMIN-213, IDCS-ADMIN-214,
//! IDCS-ADMIN-221).

use std::cmp::Ordering;

use serde_json::{Value, json};

use super::filter::{Filter, FilterError};
use super::schema::{Attribute, Path, ResourceType};
use super::select::Selection;
use super::value::{Scalar, is_assigned, member, values_at};

/// The schema of a page of results (IDCS-ADMIN-221).
pub const LIST_RESPONSE: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";
/// The schema of a search in a body (IDCS-ADMIN-204).
pub const SEARCH_REQUEST: &str = "urn:ietf:params:scim:api:messages:2.0:SearchRequest";
/// How many results a page has when nobody said (IDCS-ADMIN-213).
pub const DEFAULT_COUNT: usize = 50;
/// The most results in a page (IDCS-ADMIN-213).
pub const COUNT_LIMIT: usize = 1000;

/// What a search asks for.
#[derive(Clone, Debug)]
pub struct Search {
    /// Which resources.
    pub filter: Option<Filter>,
    /// In which order.
    pub sort: Option<Sort>,
    /// The place of the first result in the page, from 1.
    pub start_index: usize,
    /// The most results in the page.
    pub count: usize,
    /// What of each resource.
    pub selection: Selection,
}

/// An order of resources.
#[derive(Clone, Debug)]
pub struct Sort {
    path: Path,
    attribute: Option<&'static Attribute>,
    is_descending: bool,
}

/// What `itemsPerPage` says (the sources differ: IDCS-ADMIN-C-15).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ItemsPerPage {
    /// The size of page that was asked, as the product has it (IDCS-ADMIN-221).
    Asked,
    /// The number of resources in this page (RFC 7644 section 3.4.2).
    Returned,
}

/// Why a search cannot be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SearchError {
    /// The filter is none.
    #[error("filter: {0}")]
    Filter(#[from] FilterError),
    /// A number or word is none.
    #[error("{parameter}: expected {expected}")]
    Parameter {
        /// Which one.
        parameter: &'static str,
        /// What it should have been.
        expected: &'static str,
    },
    /// The body is no object, or lacks the schema of a search.
    #[error("expected an object with the schema {SEARCH_REQUEST}")]
    Body,
}

/// The parameters that a search knows (IDCS-ADMIN-204).
const PARAMETERS: [&str; 7] = [
    "attributes",
    "attributeSets",
    "filter",
    "startIndex",
    "count",
    "sortBy",
    "sortOrder",
];

impl Search {
    /// Reads the parameters of a query. Of a doubled one the first counts, but lists of attributes and sets add up.
    pub fn of_parameters<'a>(
        resource_type: &ResourceType,
        parameters: impl IntoIterator<Item = (&'a str, &'a str)>,
    ) -> Result<Self, SearchError> {
        let parameters: Vec<(&str, &str)> = parameters.into_iter().collect();
        let all = |wanted: &'static str| {
            parameters
                .iter()
                .filter(move |(name, _)| *name == wanted)
                .map(|(_, text)| *text)
        };
        let one = |wanted| all(wanted).find(|text| !text.is_empty());
        let number = |parameter| match one(parameter).map(str::parse::<i64>) {
            Some(Err(_)) => Err(SearchError::Parameter {
                parameter,
                expected: "an integer",
            }),
            read => Ok(read.and_then(Result::ok)),
        };
        Ok(Self {
            filter: one("filter")
                .map(|text| Filter::read(resource_type, text))
                .transpose()?,
            sort: Sort::read(resource_type, one("sortBy"), one("sortOrder"))?,
            start_index: number("startIndex")?
                .and_then(|start| usize::try_from(start).ok())
                .unwrap_or(1)
                .max(1),
            count: number("count")?
                .and_then(|count| usize::try_from(count).ok())
                .unwrap_or(DEFAULT_COUNT)
                .min(COUNT_LIMIT),
            selection: Selection::read(resource_type, all("attributes"), all("attributeSets")),
        })
    }

    /// Reads the body of a `.search` (IDCS-ADMIN-204). Its members mean what the parameters of the same name do.
    pub fn of_body(resource_type: &ResourceType, body: &Value) -> Result<Self, SearchError> {
        let object = body
            .as_object()
            .filter(|_| has_schema(body, SEARCH_REQUEST))
            .ok_or(SearchError::Body)?;
        let mut parameters = Vec::new();
        for name in PARAMETERS {
            let texts = match member(object, name) {
                None | Some(Value::Null) => continue,
                Some(Value::Array(elements)) => elements.iter().map(as_text).collect(),
                Some(single) => vec![as_text(single)],
            };
            parameters.extend(texts.into_iter().map(|text| (name, text)));
        }
        Self::of_parameters(
            resource_type,
            parameters.iter().map(|(name, text)| (*name, text.as_str())),
        )
    }

    /// Answers with the page that was asked (IDCS-ADMIN-221). The resources keep the order they come in where no other is asked.
    pub fn answer<'a>(
        &self,
        resource_type: &ResourceType,
        resources: impl IntoIterator<Item = &'a Value>,
        items_per_page: ItemsPerPage,
    ) -> Value {
        let mut found: Vec<&Value> = resources.into_iter().collect();
        if let Some(filter) = &self.filter {
            found.retain(|resource| filter.matches(resource));
        }
        if let Some(sort) = &self.sort {
            found = sort.sorted(found);
        }
        let page = found.iter().skip(self.start_index - 1).take(self.count);
        let page: Vec<Value> = page
            .map(|resource| self.selection.of(resource_type, resource))
            .collect();
        let items = match items_per_page {
            ItemsPerPage::Asked => self.count,
            ItemsPerPage::Returned => page.len(),
        };
        json!({
            "schemas": [LIST_RESPONSE],
            "totalResults": found.len(),
            "Resources": page,
            "startIndex": self.start_index,
            "itemsPerPage": items,
        })
    }
}

impl Sort {
    fn read(resource_type: &ResourceType, by: Option<&str>, order: Option<&str>) -> Result<Option<Self>, SearchError> {
        let Some(by) = by else { return Ok(None) };
        let is_descending = match order {
            None => false,
            Some(order) if order.eq_ignore_ascii_case("ascending") => false,
            Some(order) if order.eq_ignore_ascii_case("descending") => true,
            Some(_) => {
                return Err(SearchError::Parameter {
                    parameter: "sortOrder",
                    expected: "`ascending` or `descending`",
                });
            }
        };
        let path = resource_type.path(by);
        let path = path.ok_or(SearchError::Parameter {
            parameter: "sortBy",
            expected: "the name of an attribute",
        })?;
        let attribute = resource_type.attribute(&path);
        Ok(Some(Self {
            path,
            attribute,
            is_descending,
        }))
    }

    /// Sorts and keeps the order of equals. What has no value comes last, or first when descending (RFC 7644 section 3.4.2.3).
    fn sorted<'a>(&self, resources: Vec<&'a Value>) -> Vec<&'a Value> {
        let mut keyed: Vec<_> = resources
            .into_iter()
            .map(|resource| (self.key(resource), resource))
            .collect();
        keyed.sort_by(|(left, _), (right, _)| {
            let order = match (left, right) {
                (Some(left), Some(right)) => left.partial_cmp(right).unwrap_or(Ordering::Equal),
                (left, right) => right.is_some().cmp(&left.is_some()),
            };
            if self.is_descending { order.reverse() } else { order }
        });
        keyed.into_iter().map(|(_, resource)| resource).collect()
    }

    /// The value that a resource is sorted by: of a list the primary element or the first (RFC 7644 section 3.4.2.3), of an object its `value`.
    fn key(&self, resource: &Value) -> Option<Scalar> {
        let (first, rest) = self.path.segments().split_first()?;
        let mut elements = values_at(resource, std::slice::from_ref(first));
        let is_primary = |element: &&Value| element.get("primary") == Some(&Value::Bool(true));
        if let Some(primary) = elements.iter().position(is_primary) {
            elements.swap(0, primary);
        }
        let mut values = elements.into_iter().flat_map(|element| match (element, rest) {
            (Value::Object(object), []) => member(object, "value").into_iter().collect(),
            (element, rest) => values_at(element, rest),
        });
        values
            .find(|value| is_assigned(value))
            .and_then(|value| Scalar::of(value, self.attribute))
    }
}

/// Whether a message says that it is of this schema.
pub fn has_schema(message: &Value, urn: &str) -> bool {
    let schemas = message
        .as_object()
        .and_then(|object| member(object, "schemas"))
        .and_then(Value::as_array);
    schemas.is_some_and(|schemas| {
        schemas
            .iter()
            .filter_map(Value::as_str)
            .any(|schema| schema.eq_ignore_ascii_case(urn))
    })
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> &'static ResourceType {
        ResourceType::named("User").expect("users are in the tables")
    }

    fn search(parameters: &[(&str, &str)]) -> Result<Search, SearchError> {
        Search::of_parameters(user(), parameters.iter().copied())
    }

    /// The ids of the page that answers a search.
    fn ids(parameters: &[(&str, &str)], resources: &[Value]) -> Vec<u64> {
        let answer = search(parameters)
            .expect("the search is fine")
            .answer(user(), resources, ItemsPerPage::Asked);
        let page = answer["Resources"].as_array().unwrap();
        page.iter().map(|resource| resource["id"].as_u64().unwrap()).collect()
    }

    fn numbered(count: u64) -> Vec<Value> {
        (1..=count).map(|id| json!({"id": id, "userName": "x"})).collect()
    }

    #[test]
    fn the_envelope_has_its_five_members_in_order() {
        let page = [("startIndex", "2"), ("count", "5"), ("attributes", "id")];
        let resources = numbered(3);
        let answer = |items| search(&page).unwrap().answer(user(), &resources, items).to_string();
        let text = concat!(
            r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"totalResults":3,"#,
            r#""Resources":[{"id":2,"userName":"x"},{"id":3,"userName":"x"}],"startIndex":2,"itemsPerPage":"#
        );
        assert_eq!(answer(ItemsPerPage::Asked), format!("{text}5}}"));
        assert_eq!(answer(ItemsPerPage::Returned), format!("{text}2}}"));
    }

    #[test]
    fn counts_and_places_have_defaults_and_bounds() {
        let read = |parameters: &[(&str, &str)]| search(parameters).map(|search| (search.start_index, search.count));
        assert_eq!(read(&[]), Ok((1, 50)));
        assert_eq!(read(&[("startIndex", "0"), ("count", "0")]), Ok((1, 0)));
        assert_eq!(read(&[("startIndex", "-7"), ("count", "-1")]), Ok((1, 50)));
        assert_eq!(read(&[("startIndex", "3"), ("count", "1001")]), Ok((3, 1000)));
        let refused = Err(SearchError::Parameter {
            parameter: "count",
            expected: "an integer",
        });
        assert_eq!(read(&[("count", "ten")]), refused);
        assert_eq!(ids(&[("count", "0")], &numbered(3)), Vec::<u64>::new());
        assert_eq!(ids(&[("startIndex", "4")], &numbered(3)), Vec::<u64>::new());
    }

    #[test]
    fn order_is_by_value_and_what_has_none_comes_last_or_first() {
        let resources = [
            json!({"id": 1, "title": "b", "emails": [{"value": "z"}, {"value": "a", "primary": true}]}),
            json!({"id": 2, "emails": [{"value": "b"}]}),
            json!({"id": 3, "title": "A", "emails": []}),
            json!({"id": 4, "title": "B"}),
        ];
        assert_eq!(ids(&[("sortBy", "TITLE")], &resources), [3, 1, 4, 2]);
        assert_eq!(
            ids(&[("sortBy", "title"), ("sortOrder", "Descending")], &resources),
            [2, 1, 4, 3]
        );
        assert_eq!(ids(&[("sortBy", "emails")], &resources), [1, 2, 3, 4]);
        assert_eq!(
            ids(&[("sortBy", "emails.value"), ("sortOrder", "descending")], &resources),
            [3, 4, 2, 1]
        );
        assert!(search(&[("sortBy", "title"), ("sortOrder", "up")]).is_err());
        assert!(search(&[("sortBy", "no attribute")]).is_err());
    }

    #[test]
    fn times_are_sorted_as_instants() {
        let at = |id: u64, time: &str| json!({"id": id, "meta": {"created": time}});
        let resources = [
            at(1, "2026-11-20T12:00:00+01:00"),
            at(2, "2026-11-20T11:30:00Z"),
            at(3, "2026-11-20T10:00:00.5Z"),
        ];
        assert_eq!(ids(&[("sortBy", "meta.created")], &resources), [3, 1, 2]);
    }

    #[test]
    fn a_body_asks_what_parameters_ask() {
        let body = json!({
            "schemas": [SEARCH_REQUEST], "attributes": ["title", "emails.value"], "attributeSets": ["request"],
            "filter": "userName sw \"x\"", "startIndex": 2, "count": 1, "sortby": "id", "sortOrder": "descending"
        });
        let parameters = [
            ("attributes", "title,emails.value"),
            ("attributeSets", "request"),
            ("filter", "userName sw \"x\""),
            ("startIndex", "2"),
            ("count", "1"),
            ("sortBy", "id"),
            ("sortOrder", "descending"),
        ];
        let (asked, posted) = (search(&parameters).unwrap(), Search::of_body(user(), &body).unwrap());
        let resources = numbered(3);
        let answer = posted.answer(user(), &resources, ItemsPerPage::Asked);
        assert_eq!(answer["Resources"], json!([{"id": 2, "userName": "x"}]));
        assert_eq!(answer, asked.answer(user(), &resources, ItemsPerPage::Asked));
        assert_eq!(Search::of_body(user(), &json!({})).err(), Some(SearchError::Body));
        assert_eq!(Search::of_body(user(), &json!([])).err(), Some(SearchError::Body));
        let wrong = json!({"schemas": [SEARCH_REQUEST], "count": "many"});
        assert!(matches!(
            Search::of_body(user(), &wrong).err(),
            Some(SearchError::Parameter { parameter: "count", .. })
        ));
        let filter = json!({"schemas": [SEARCH_REQUEST], "filter": "userName"});
        assert!(matches!(
            Search::of_body(user(), &filter).err(),
            Some(SearchError::Filter(_))
        ));
    }
}
