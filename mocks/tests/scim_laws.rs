//! Laws of the SCIM machinery: what must hold for every filter, order, page, selection and patch.

use std::cmp::Reverse;

use proptest::prelude::*;
use proptest::test_runner::FileFailurePersistence;
use serde_json::{Value, json};
use tenantproof_mocks::idcs::scim::{Filter, ItemsPerPage, ResourceType, Search, Selection, patch};

const EXTENSION: &str = "urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User";

fn user() -> &'static ResourceType {
    ResourceType::named("User").expect("users are in the tables")
}

/// A filter as a tree, which knows nothing of how the parser keeps one.
#[derive(Clone, Debug)]
enum Tree {
    Both(Box<Tree>, Box<Tree>),
    Either(Box<Tree>, Box<Tree>),
    Not(Box<Tree>),
    Present(&'static str),
    Compare(Comparison),
    Element(&'static str, Box<Tree>),
    /// A filter in brackets, and a comparison of a part behind them.
    Part(&'static str, Box<Tree>, Comparison),
}

/// Name, operator and operand.
type Comparison = (&'static str, &'static str, Value);

/// Attributes that hold one text, in the letter case of a careless client.
const SIMPLE: [&str; 6] = [
    "userName",
    "TITLE",
    "nickname",
    "ocid",
    "name.familyName",
    "NAME.givenname",
];
const PARTS: [&str; 3] = ["value", "Type", "display"];
const OPERATORS: [&str; 9] = ["eq", "NE", "co", "Sw", "ew", "gt", "ge", "lt", "LE"];

fn texts() -> impl Strategy<Value = String> {
    "[aAbB\"\\\\ )ü]{0,3}"
}

fn comparisons(names: &'static [&'static str]) -> impl Strategy<Value = Comparison> {
    let text = (prop::sample::select(&OPERATORS), texts().prop_map(Value::from));
    let null = (prop::sample::select(&OPERATORS[..2]), Just(Value::Null));
    (prop::sample::select(names), prop_oneof![4 => text, 1 => null])
        .prop_map(|(name, (operator, operand))| (name, operator, operand))
}

fn booleans() -> impl Strategy<Value = Comparison> {
    (
        Just("Active"),
        prop::sample::select(&OPERATORS[..2]),
        any::<bool>().prop_map(Value::from),
    )
}

fn combined(leaf: impl Strategy<Value = Tree> + 'static) -> impl Strategy<Value = Tree> {
    leaf.prop_recursive(4, 16, 2, |inner| {
        let inner = inner.prop_map(Box::new);
        let pair = (inner.clone(), inner.clone());
        prop_oneof![
            pair.clone().prop_map(|(left, right)| Tree::Both(left, right)),
            pair.prop_map(|(left, right)| Tree::Either(left, right)),
            inner.prop_map(Tree::Not),
        ]
    })
}

fn trees() -> impl Strategy<Value = Tree> {
    let inside = || {
        let present = prop::sample::select(&PARTS).prop_map(Tree::Present);
        combined(prop_oneof![comparisons(&PARTS).prop_map(Tree::Compare), present]).prop_map(Box::new)
    };
    let lists = || prop::sample::select(&["emails", "PhoneNumbers"]);
    let present = prop::sample::select(&["title", "name", "emails", "Active", "emails.display"]);
    combined(prop_oneof![
        3 => comparisons(&SIMPLE).prop_map(Tree::Compare),
        1 => booleans().prop_map(Tree::Compare),
        1 => comparisons(&["emails.value", "phoneNumbers.TYPE"]).prop_map(Tree::Compare),
        1 => present.prop_map(Tree::Present),
        1 => (lists(), inside()).prop_map(|(list, inside)| Tree::Element(list, inside)),
        1 => (lists(), inside(), comparisons(&PARTS)).prop_map(|(list, inside, part)| Tree::Part(list, inside, part)),
    ])
}

/// Writes a tree, with parentheses only where the grammar needs them.
fn written(tree: &Tree) -> String {
    let conjunct = |tree: &Tree| match tree {
        Tree::Either(..) => format!("({})", written(tree)),
        _ => written(tree),
    };
    match tree {
        Tree::Both(left, right) => format!("{} And {}", conjunct(left), conjunct(right)),
        Tree::Either(left, right) => format!("{} or {}", written(left), written(right)),
        Tree::Not(inner) => format!("not ({})", written(inner)),
        Tree::Present(name) => format!("{name} pr"),
        Tree::Compare((name, operator, operand)) => format!("{name} {operator} {operand}"),
        Tree::Element(list, inner) => format!("{list}[{}]", written(inner)),
        Tree::Part(list, inner, (part, operator, operand)) => {
            format!("{list}[{}].{part} {operator} {operand}", written(inner))
        }
    }
}

/// What a dotted name leads to, the slow way.
fn found(resource: &Value, name: &str) -> Vec<Value> {
    let (first, rest) = name.split_once('.').unwrap_or((name, ""));
    let mut values = Vec::new();
    for (key, value) in resource.as_object().into_iter().flatten() {
        if key.to_lowercase() == first.to_lowercase() {
            for element in value.as_array().cloned().unwrap_or_else(|| vec![value.clone()]) {
                values.extend(if rest.is_empty() {
                    vec![element]
                } else {
                    found(&element, rest)
                });
            }
        }
    }
    values
}

fn is_something(value: &Value) -> bool {
    match value {
        Value::Object(members) => members.values().any(is_something),
        value => !value.is_null() && value != "",
    }
}

fn as_text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// Says whether a tree holds by walking it.
fn holds(tree: &Tree, resource: &Value) -> bool {
    match tree {
        Tree::Both(left, right) => holds(left, resource) && holds(right, resource),
        Tree::Either(left, right) => holds(left, resource) || holds(right, resource),
        Tree::Not(inner) => !holds(inner, resource),
        Tree::Present(name) => found(resource, name).iter().any(is_something),
        Tree::Compare(comparison) => compares(comparison, resource),
        Tree::Element(list, inner) => found(resource, list).iter().any(|element| holds(inner, element)),
        Tree::Part(list, inner, part) => {
            let mut elements = found(resource, list).into_iter();
            elements.any(|element| holds(inner, &element) && compares(part, &element))
        }
    }
}

fn compares((name, operator, operand): &Comparison, resource: &Value) -> bool {
    let values: Vec<Value> = found(resource, name).into_iter().filter(is_something).collect();
    let operator = operator.to_lowercase();
    if operand.is_null() || values.is_empty() {
        return (operator == "eq" && operand.is_null() && values.is_empty())
            || (operator == "ne" && operand.is_null() != values.is_empty());
    }
    let comparable = |value: &Value| {
        if *name == "ocid" {
            as_text(value)
        } else {
            as_text(value).to_lowercase()
        }
    };
    let wanted = comparable(operand);
    values.iter().map(comparable).any(|found| match operator.as_str() {
        "eq" => found == wanted,
        "ne" => found != wanted,
        "co" => found.contains(&wanted),
        "sw" => found.starts_with(&wanted),
        "ew" => found.ends_with(&wanted),
        "gt" => found > wanted,
        "ge" => found >= wanted,
        "lt" => found < wanted,
        _ => found <= wanted,
    })
}

/// Objects with some of these members.
fn objects(members: Vec<(&'static str, BoxedStrategy<Value>)>) -> BoxedStrategy<Value> {
    let member = |(name, value): (&'static str, BoxedStrategy<Value>)| {
        prop::option::of(value.prop_map(move |value| (name.to_owned(), value)))
    };
    let members: Vec<_> = members.into_iter().map(member).collect();
    members
        .prop_map(|members| Value::Object(members.into_iter().flatten().collect()))
        .boxed()
}

fn resources() -> BoxedStrategy<Value> {
    let text = || texts().prop_map(Value::from).boxed();
    let secret = || Just(json!("S3CRET")).boxed();
    let list = || {
        let element = objects(vec![("value", text()), ("type", text()), ("display", text())]);
        prop::collection::vec(element, 0..3).prop_map(Value::from).boxed()
    };
    objects(vec![
        ("id", text()),
        ("ocid", text()),
        ("userName", text()),
        ("Title", text()),
        ("nickName", text()),
        ("active", any::<bool>().prop_map(Value::from).boxed()),
        ("name", objects(vec![("familyName", text()), ("givenName", text())])),
        ("emails", list()),
        ("phoneNumbers", list()),
        ("groups", list()),
        ("password", secret()),
        (
            EXTENSION,
            objects(vec![("bypassNotification", secret()), ("status", text())]),
        ),
    ])
}

/// Several resources that tell their place by an attribute of their own.
fn numbered() -> impl Strategy<Value = Vec<Value>> {
    prop::collection::vec(resources(), 0..12).prop_map(|mut resources| {
        for (number, resource) in resources.iter_mut().enumerate() {
            resource["number"] = json!(number);
        }
        resources
    })
}

/// The numbers of the resources that a search finds.
fn page(resources: &[Value], parameters: &[(&str, &str)]) -> Vec<Value> {
    let search = Search::of_parameters(user(), parameters.iter().copied()).expect("the search can be read");
    let answer = search.answer(user(), resources, ItemsPerPage::Asked);
    found(&answer, "Resources.number")
}

fn read(text: &str) -> Filter {
    Filter::read(user(), text).unwrap_or_else(|error| panic!("{text}: {error}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_failure_persistence(FileFailurePersistence::WithSource("regressions")))]

    #[test]
    fn a_filter_finds_what_its_tree_says(tree in trees(), resource in resources()) {
        let text = written(&tree);
        prop_assert_eq!(read(&text).matches(&resource), holds(&tree, &resource), "{}", text);
    }

    #[test]
    fn not_twice_is_nothing(tree in trees(), resource in resources()) {
        let text = written(&tree);
        let twice = format!("not (not ({text}))");
        prop_assert_eq!(read(&twice).matches(&resource), read(&text).matches(&resource), "{}", text);
    }

    #[test]
    fn not_goes_through_and_and_or(left in trees(), right in trees(), resource in resources()) {
        let (left, right) = (written(&left), written(&right));
        for (inside, outside) in [("and", "or"), ("or", "and")] {
            let whole = format!("not (({left}) {inside} ({right}))");
            let parts = format!("not ({left}) {outside} not ({right})");
            prop_assert_eq!(read(&whole).matches(&resource), read(&parts).matches(&resource), "{}", whole);
        }
    }

    #[test]
    fn no_text_makes_the_parser_panic(text in "\\PC{0,40}", resource in resources()) {
        if let Ok(filter) = Filter::read(user(), &text) {
            filter.matches(&resource);
        }
    }

    #[test]
    fn no_pieces_of_a_filter_make_the_parser_panic(pieces in prop::collection::vec(prop::sample::select(&[
        "emails", "[", "]", "(", ")", ".", "value", " ", " eq ", "\"x\"", "\"", "\\", "not", " and ", "pr", "ü", "1e9", "null", "urn:",
    ]), 0..16)) {
        let text = pieces.concat();
        if let Err(error) = Filter::read(user(), &text) {
            prop_assert!(text.is_char_boundary(error.position), "{}", error);
        }
        let operation = json!({"op": "remove", "path": text});
        let request = json!({"schemas": [patch::PATCH_OP], "Operations": [operation]});
        let _ = patch::apply(user(), &json!({"emails": [{"value": "x"}]}), &request);
    }

    #[test]
    fn an_order_is_stable_both_ways(
        resources in numbered(),
        (by, name) in prop::sample::select(&[("TITLE", "title"), ("emails", "emails.value"), ("name.familyName", "name.familyName"), ("active", "active")]),
    ) {
        let key = |resource: &Value| {
            let value = found(resource, name).into_iter().find(is_something);
            (value.is_none(), value.map(|value| as_text(&value).to_lowercase()))
        };
        let numbers = |sorted: Vec<Value>| sorted.iter().map(|resource| resource["number"].clone()).collect::<Vec<_>>();
        let mut sorted = resources.clone();
        sorted.sort_by_key(key);
        prop_assert_eq!(page(&resources, &[("sortBy", by)]), numbers(sorted.clone()));
        sorted.sort_by_key(|resource| resource["number"].as_u64());
        sorted.sort_by_key(|resource| Reverse(key(resource)));
        prop_assert_eq!(page(&resources, &[("sortBy", by), ("sortOrder", "descending")]), numbers(sorted));
    }

    #[test]
    fn pages_make_up_the_whole(resources in numbered(), count in 1_usize..5, by in prop::sample::select(&["", "title"])) {
        let mut pages = Vec::new();
        for start in (1..=resources.len()).step_by(count) {
            let (start, count) = (start.to_string(), count.to_string());
            pages.extend(page(&resources, &[("sortBy", by), ("startIndex", &start), ("count", &count)]));
        }
        prop_assert_eq!(pages, page(&resources, &[("sortBy", by)]));
    }

    #[test]
    fn what_is_shown_is_shown_whole_again_and_holds_no_secret(
        resource in resources(),
        asked in prop::collection::vec(prop::sample::select(&[
            "PASSWORD", "title", "emails.value", "emails", "name.familyname", "groups.display", "nothing", EXTENSION,
            "urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User:bypassNotification",
            "urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User:status",
        ]), 0..4),
        sets in prop::collection::vec(prop::sample::select(&["all", "always", "NEVER", "request", "default", "none"]), 0..3),
    ) {
        let selection = Selection::read(user(), asked, sets);
        let once = selection.of(user(), &resource);
        prop_assert!(!once.to_string().contains("S3CRET"), "{}", once);
        prop_assert_eq!(selection.of(user(), &once), once);
    }

    #[test]
    fn what_is_added_and_removed_again_was_never_there(resource in resources(), text in texts(), is_list in any::<bool>()) {
        let (path, value) = if is_list {
            ("addresses", json!([{"type": format!("x{text}")}]))
        } else {
            ("URN:ietf:params:scim:schemas:oracle:idcs:extension:userState:User:locked.reason", json!(text.len()))
        };
        let patched = |resource: &Value, operations: &[&Value]| {
            let request = json!({"schemas": [patch::PATCH_OP], "Operations": operations});
            patch::apply(user(), resource, &request).expect("the patch can be applied")
        };
        let (add, remove) = (json!({"op": "Add", "path": path, "value": value}), json!({"op": "REMOVE", "path": path}));
        let added = patched(&resource, &[&add]);
        prop_assert_ne!(&added, &resource);
        prop_assert_eq!(&patched(&added, &[&remove]), &resource);
        prop_assert_eq!(&patched(&resource, &[&add, &remove]), &resource);
    }
}
