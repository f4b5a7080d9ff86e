//! Business objects of the newer stack (FUSION-325): one object, the invoices, under the audience of its own service.
//!
//! Addresses, options and the sub-path are known; the form of an answer is not, and is assumed. So is that criteria are the plain comparisons below.

use serde_json::{Map, Value, json};

use crate::answer::{Answer, Slot};
use crate::form::Form;
use crate::fusion::adf::items::{self, Item};
use crate::fusion::adf::resources::Resource;
use crate::fusion::facts::{PodRequest, Route};
use crate::fusion::spectra::Asked;

/// Whether a path names a version: `v1`, perhaps with a number behind a colon (FUSION-325).
pub fn is_version(text: &str) -> bool {
    let rest = text.strip_prefix("v1");
    rest.is_some_and(|rest| {
        let number = rest.strip_prefix(':');
        rest.is_empty() || number.is_some_and(|number| !number.is_empty() && number.bytes().all(|b| b.is_ascii_digit()))
    })
}

/// The resource whose rows the objects are.
pub fn resource() -> &'static Resource {
    Resource::of("fscmRestApi", "invoices").expect("invoices are in the table")
}

/// What a request wants of the objects.
#[derive(Debug, Default)]
pub struct Wanted {
    /// `$filter`: one comparison.
    pub filter: Option<(String, String)>,
    /// `$fields`: all where it names none.
    pub fields: Vec<String>,
    /// What is wrong with it.
    pub fault: Option<&'static str>,
}

impl Wanted {
    /// Reads what a request wants, from its query or, at `$query`, from its body.
    pub fn read(facts: &PodRequest) -> Self {
        let is_query = matches!(facts.route, Route::Spectra(Asked::ObjectsQuery));
        let (filter, fields) = if is_query {
            let member = |name: &str| facts.body.as_ref().and_then(|body| body.text(name).value());
            (member("filter"), member("fields"))
        } else {
            let form = Form::read(facts.request.query.as_deref().unwrap_or_default().as_bytes());
            let value = |name: &str| {
                form.pairs()
                    .find(|(known, _)| *known == name)
                    .map(|(_, value)| value.to_owned())
            };
            (value("$filter"), value("$fields"))
        };
        let mut wanted = Self::default();
        if is_query && facts.body.is_none() {
            wanted.fault = Some("not-an-object");
        }
        if let Some(filter) = filter {
            match comparison(&filter) {
                Some(comparison) => wanted.filter = Some(comparison),
                None => wanted.fault = Some("filter"),
            }
        }
        if let Some(fields) = fields {
            wanted.fields = fields.split(',').map(|field| field.trim().to_owned()).collect();
            if wanted.fields.iter().any(|field| resource().attribute(field).is_none()) {
                wanted.fault = Some("field");
            }
        }
        wanted
    }

    fn matches(&self, item: &Item) -> bool {
        self.filter.as_ref().is_none_or(|(name, value)| {
            let found = item.values.get(name);
            found.is_some_and(|found| found.as_str().map_or_else(|| found.to_string(), str::to_owned) == *value)
        })
    }

    fn shown(&self, item: &Item) -> Value {
        let is_wanted = |name: &String| self.fields.is_empty() || self.fields.contains(name);
        let members: Map<String, Value> = item
            .values
            .iter()
            .filter(|(name, _)| is_wanted(name))
            .map(|(name, value)| (name.clone(), value.clone()))
            .collect();
        Value::Object(members)
    }
}

/// `Name = 'value'` of an attribute that there is.
fn comparison(text: &str) -> Option<(String, String)> {
    let (name, value) = text.split_once('=')?;
    let attribute = resource().attribute(name.trim())?;
    let value = value.trim().trim_matches('\'');
    Some((attribute.name.to_owned(), value.to_owned()))
}

/// The objects that the user sees; `None` for nobody.
pub fn objects(facts: &PodRequest) -> Option<Answer> {
    let user = facts.user()?;
    let wanted = Wanted::read(facts);
    let all: Vec<Item> = items::all(facts.pod, resource(), Some(user))
        .into_iter()
        .filter(|item| wanted.matches(item))
        .collect();
    let seen = all.iter().filter(|item| item.is_shown_to(user, resource()));
    let shown: Vec<Value> = seen.map(|item| wanted.shown(item)).collect();
    let mut answer = Answer::object(
        200,
        vec![
            ("count", Slot::Value(json!(shown.len()))),
            ("objects", Slot::Value(Value::from(shown))),
        ],
    );
    // What a careless server would show instead.
    let everything: Vec<Value> = all.iter().map(|item| wanted.shown(item)).collect();
    let whole: Vec<Value> = all.iter().map(|item| Wanted::default().shown(item)).collect();
    answer
        .hearsay
        .insert("objects-of-all".to_owned(), Value::from(everything));
    answer.hearsay.insert("objects-whole".to_owned(), Value::from(whole));
    Some(answer)
}
