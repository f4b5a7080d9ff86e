//! What of a resource is shown: `attributes`, `attributeSets` and what each attribute allows (IDCS-ADMIN-211, IDCS-ADMIN-212, IDCS-ADMIN-216).
//!
//! The product documents no `excludedAttributes`, so there are none.

use serde_json::{Map, Value};

use super::schema::{Path, ResourceType, Returned};

/// The most members that one answer lists (IDCS-ADMIN-216).
pub const MEMBER_LIMIT: usize = 10_000;

/// What a client asked to see.
#[derive(Clone, Debug)]
pub struct Selection {
    asked: Vec<Asked>,
    sets: Sets,
}

/// One entry of `attributes`.
#[derive(Clone, Debug)]
struct Asked {
    path: Path,
    page: Option<Page>,
}

/// Which elements of a list are wanted.
#[derive(Clone, Copy, Debug)]
struct Page {
    skip: usize,
    take: usize,
}

/// The attributes that are shown without being named.
#[derive(Clone, Copy, Debug)]
struct Sets {
    default: bool,
    request: bool,
}

/// What each name of a set adds (IDCS-ADMIN-212). What is always shown needs no set, and what is never shown has none.
const SETS: &[(&str, Sets)] = &[
    (
        "all",
        Sets {
            default: true,
            request: true,
        },
    ),
    (
        "always",
        Sets {
            default: false,
            request: false,
        },
    ),
    (
        "never",
        Sets {
            default: false,
            request: false,
        },
    ),
    (
        "request",
        Sets {
            default: false,
            request: true,
        },
    ),
    (
        "default",
        Sets {
            default: true,
            request: false,
        },
    ),
];

impl Default for Selection {
    /// What is shown when nothing was asked.
    fn default() -> Self {
        Self {
            asked: Vec::new(),
            sets: Sets {
                default: true,
                request: false,
            },
        }
    }
}

impl Selection {
    /// Reads texts of comma lists. Names that no resource has, and sets that there are not, add nothing.
    pub fn read<'a>(
        resource_type: &ResourceType,
        attributes: impl IntoIterator<Item = &'a str>,
        sets: impl IntoIterator<Item = &'a str>,
    ) -> Self {
        let entries = |text: &'a str| text.split(',').map(str::trim).filter(|entry| !entry.is_empty());
        let names: Vec<&str> = attributes.into_iter().flat_map(entries).collect();
        let sets: Vec<&str> = sets.into_iter().flat_map(entries).collect();
        if names.is_empty() && sets.is_empty() {
            return Self::default();
        }
        let chosen = SETS
            .iter()
            .filter(|(name, _)| sets.iter().any(|set| set.eq_ignore_ascii_case(name)));
        Self {
            asked: names
                .into_iter()
                .filter_map(|name| Asked::read(resource_type, name))
                .collect(),
            sets: chosen.fold(
                Sets {
                    default: false,
                    request: false,
                },
                |sum, (_, set)| Sets {
                    default: sum.default || set.default,
                    request: sum.request || set.request,
                },
            ),
        }
    }

    /// What of a resource is shown.
    pub fn of(&self, resource_type: &ResourceType, resource: &Value) -> Value {
        match resource {
            Value::Object(object) => Value::Object(self.part_of(resource_type, object, &Path::default(), self.sets)),
            other => other.clone(),
        }
    }

    /// Picks from the object at `place`, where `sets` are shown without being named.
    fn part_of(
        &self,
        resource_type: &ResourceType,
        object: &Map<String, Value>,
        place: &Path,
        sets: Sets,
    ) -> Map<String, Value> {
        let mut shown = Map::new();
        for (name, value) in object {
            let path = place.join(name);
            let attribute = resource_type.attribute(&path);
            let is_asked = self.asked.iter().any(|asked| asked.path.is_same(&path));
            let of_set = match attribute.map_or(Returned::Default, |known| known.returned) {
                Returned::Never => continue,
                Returned::Always => true,
                Returned::Default => sets.default,
                Returned::Request => sets.request,
            };
            // Whoever sees the whole sees its default parts; else it is there for the sake of the parts that were asked.
            let is_whole = is_asked || of_set;
            let inner = Sets {
                default: sets.default || is_whole,
                request: sets.request,
            };
            if is_whole || self.asks_within(&path) || (sets.request && has_part_on_request(resource_type, &path)) {
                shown.insert(name.clone(), self.value_at(resource_type, value, &path, inner));
            }
        }
        shown
    }

    fn value_at(&self, resource_type: &ResourceType, value: &Value, path: &Path, sets: Sets) -> Value {
        match value {
            Value::Object(object) => Value::Object(self.part_of(resource_type, object, path, sets)),
            Value::Array(elements) => {
                let page = self.page_of(path);
                let shown = elements.iter().skip(page.skip).take(page.take);
                shown
                    .map(|element| self.value_at(resource_type, element, path, sets))
                    .collect()
            }
            simple => simple.clone(),
        }
    }

    /// Whether a part of this attribute was asked for.
    fn asks_within(&self, path: &Path) -> bool {
        self.asked.iter().any(|asked| asked.path.is_within(path))
    }

    fn page_of(&self, path: &Path) -> Page {
        let same = |asked: &&Asked| asked.path.is_same(path);
        let page = self.asked.iter().filter(same).find_map(|asked| asked.page);
        page.unwrap_or(Page {
            skip: 0,
            take: MEMBER_LIMIT,
        })
    }
}

impl Asked {
    /// Reads `attribute` or `attribute[startIndex=1&count=10]`.
    fn read(resource_type: &ResourceType, text: &str) -> Option<Self> {
        let (name, page) = match text.strip_suffix(']').and_then(|text| text.split_once('[')) {
            Some((name, page)) => (name, Some(page)),
            None => (text, None),
        };
        let number = |name: &str| {
            let pairs = page?.split('&').filter_map(|pair| pair.split_once('='));
            let mut same = pairs.filter(|(key, _)| key.eq_ignore_ascii_case(name));
            same.next()?.1.parse::<usize>().ok()
        };
        Some(Self {
            path: resource_type.path(name)?,
            page: page.map(|_| Page {
                skip: number("startIndex").unwrap_or(1).saturating_sub(1),
                take: number("count").unwrap_or(MEMBER_LIMIT).min(MEMBER_LIMIT),
            }),
        })
    }
}

fn has_part_on_request(resource_type: &ResourceType, whole: &Path) -> bool {
    let mut attributes = resource_type.attributes();
    attributes.any(|(path, attribute)| attribute.returned == Returned::Request && path.is_within(whole))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const EXTENSION: &str = "urn:ietf:params:scim:schemas:oracle:idcs:extension:user:User";

    #[track_caller]
    fn shows(name: &str, attributes: &[&str], sets: &[&str], resource: &Value, expected: &Value) {
        let resource_type = ResourceType::named(name).expect("the type is in the tables");
        let selection = Selection::read(resource_type, attributes.iter().copied(), sets.iter().copied());
        assert_eq!(
            &selection.of(resource_type, resource),
            expected,
            "{attributes:?} {sets:?}"
        );
    }

    fn user() -> Value {
        json!({
            "id": "1", "userName": "b", "password": "secret", "title": "Dr", "custom": 1,
            "emails": [{"value": "a", "type": "work"}, {"value": "b", "type": "home"}],
            "groups": [{"value": "g", "display": "G", "type": "direct"}],
            EXTENSION: {"isFederatedUser": false, "appRoles": [{"value": "r", "display": "R"}]}
        })
    }

    #[test]
    fn by_default_what_is_neither_on_request_nor_secret_is_shown() {
        let expected = json!({
            "id": "1", "userName": "b", "title": "Dr", "custom": 1,
            "emails": [{"value": "a", "type": "work"}, {"value": "b", "type": "home"}],
            EXTENSION: {"isFederatedUser": false}
        });
        shows("User", &[], &[], &user(), &expected);
        shows("User", &[" ", ","], &[""], &user(), &expected);
        shows("User", &[], &["Default"], &user(), &expected);
    }

    #[test]
    fn attributes_replace_the_default_and_always_stays() {
        shows(
            "User",
            &["TITLE"],
            &[],
            &user(),
            &json!({"id": "1", "userName": "b", "title": "Dr"}),
        );
        let emails = json!({"id": "1", "userName": "b", "emails": [{"value": "a"}, {"value": "b"}]});
        shows("User", &["emails.Value"], &[], &user(), &emails);
        let groups = json!({"id": "1", "userName": "b", "groups": [{"value": "g", "display": "G"}]});
        shows("User", &["groups"], &[], &user(), &groups);
        let types = json!({"id": "1", "userName": "b", "groups": [{"value": "g", "type": "direct"}]});
        shows("User", &["groups.type"], &[], &user(), &types);
        shows(
            "User",
            &["nothing", "a b"],
            &[],
            &user(),
            &json!({"id": "1", "userName": "b"}),
        );
    }

    #[test]
    fn an_extension_is_asked_whole_or_in_part() {
        let whole = json!({"id": "1", "userName": "b", EXTENSION: {"isFederatedUser": false}});
        shows("User", &[EXTENSION], &[], &user(), &whole);
        let part = json!({"id": "1", "userName": "b", EXTENSION: {"appRoles": [{"value": "r", "display": "R"}]}});
        shows("User", &[&format!("{EXTENSION}:appRoles")], &[], &user(), &part);
    }

    #[test]
    fn sets_and_attributes_add_up_and_secrets_stay_secret() {
        let mut all = user();
        all.as_object_mut().unwrap().shift_remove("password");
        shows("User", &["password"], &["all,never"], &user(), &all);
        shows(
            "User",
            &["title"],
            &["always", "never"],
            &user(),
            &json!({"id": "1", "userName": "b", "title": "Dr"}),
        );
        let request = json!({
            "id": "1", "userName": "b",
            "groups": [{"value": "g", "display": "G", "type": "direct"}],
            EXTENSION: {"appRoles": [{"value": "r", "display": "R"}]}
        });
        shows("User", &[], &["REQUEST"], &user(), &request);
    }

    #[test]
    fn members_come_in_pages() {
        let group = json!({"id": "1", "members": [{"value": "a"}, {"value": "b"}, {"value": "c"}]});
        let page = |asked, members| shows("Group", &[asked], &[], &group, &json!({"id": "1", "members": members}));
        page("members[startIndex=2&count=1]", json!([{"value": "b"}]));
        page("Members[STARTINDEX=2]", json!([{"value": "b"}, {"value": "c"}]));
        page("members[startIndex=0&count=2]", json!([{"value": "a"}, {"value": "b"}]));
        page("members[startIndex=9]", json!([]));
        page("members[count=0]", json!([]));
        page(
            "members[nonsense]",
            json!([{"value": "a"}, {"value": "b"}, {"value": "c"}]),
        );
    }
}
