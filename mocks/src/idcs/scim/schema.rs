//! What is known of attributes: their kinds, who may write them, when they are shown (RFC 7643 section 7), and how a path names one.
//!
//! The tables themselves stand in `tables`. What they do not know is a text that anybody may write, shown by default.

mod tables;

use std::fmt;

use serde_json::Value;

use super::value::{is_assigned, values_at};

pub use tables::RESOURCE_TYPES;

/// What kind of value an attribute holds (RFC 7643 section 2.3).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A text; binary values are Base64 texts.
    Text,
    /// An integer or a decimal.
    Number,
    /// True or false.
    Boolean,
    /// A text that is a point in time.
    DateTime,
    /// An object of sub-attributes.
    Complex,
    /// A text that is a link.
    Reference,
}

/// Who may write an attribute, and when (RFC 7643 section 7; IDCS-ADMIN-226).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mutability {
    /// Only the server.
    ReadOnly,
    /// Anybody, at any time.
    ReadWrite,
    /// Anybody, once.
    Immutable,
    /// Anybody, but nobody reads it.
    WriteOnly,
}

/// When an attribute is shown (RFC 7643 section 7; IDCS-ADMIN-211, IDCS-ADMIN-212).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Returned {
    /// Whatever was asked.
    Always,
    /// Unless something else was asked.
    Default,
    /// Only when asked.
    Request,
    /// Not even when asked.
    Never,
}

/// One attribute or sub-attribute.
#[derive(Debug, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "the four yes-or-no characteristics of RFC 7643 section 7"
)]
pub struct Attribute {
    /// Its name within its schema, as in `emails.value`.
    pub path: &'static str,
    /// What it holds.
    pub kind: Kind,
    /// The least and the largest value, of a number that has such.
    pub range: Option<(u32, u32)>,
    /// Whether it is a list.
    pub is_multi_valued: bool,
    /// Whether letter case matters when its values are compared.
    pub is_case_exact: bool,
    /// Whether a resource, or the complex value it stands in, must have it.
    pub is_required: bool,
    /// Whether no two resources have the same value.
    pub is_unique: bool,
    /// Who writes it.
    pub mutability: Mutability,
    /// When it is shown.
    pub returned: Returned,
}

impl Attribute {
    const fn new(path: &'static str, kind: Kind) -> Self {
        Self {
            path,
            kind,
            range: None,
            is_multi_valued: false,
            is_case_exact: false,
            is_required: false,
            is_unique: false,
            mutability: Mutability::ReadWrite,
            returned: Returned::Default,
        }
    }

    /// The attribute that this one is a part of.
    pub fn parent(&self) -> Option<&'static str> {
        self.path.rsplit_once('.').map(|(parent, _)| parent)
    }

    const fn within(mut self, least: u32, largest: u32) -> Self {
        self.range = Some((least, largest));
        self
    }

    const fn many(mut self) -> Self {
        self.is_multi_valued = true;
        self
    }

    const fn case_exact(mut self) -> Self {
        self.is_case_exact = true;
        self
    }

    const fn required(mut self) -> Self {
        self.is_required = true;
        self
    }

    const fn unique(mut self) -> Self {
        self.is_unique = true;
        self
    }

    const fn read_only(mut self) -> Self {
        self.mutability = Mutability::ReadOnly;
        self
    }

    const fn immutable(mut self) -> Self {
        self.mutability = Mutability::Immutable;
        self
    }

    const fn write_only(mut self) -> Self {
        self.mutability = Mutability::WriteOnly;
        self
    }

    const fn always(mut self) -> Self {
        self.returned = Returned::Always;
        self
    }

    const fn on_request(mut self) -> Self {
        self.returned = Returned::Request;
        self
    }

    const fn never(mut self) -> Self {
        self.returned = Returned::Never;
        self
    }
}

/// A schema: a URN and the attributes that it brings.
#[derive(Debug)]
pub struct Schema {
    /// Its name.
    pub urn: &'static str,
    /// Tables of attributes.
    pub attributes: &'static [&'static [Attribute]],
}

/// A type of resource: its own schema and its extensions.
#[derive(Debug)]
pub struct ResourceType {
    /// Its name, as in `meta.resourceType`.
    pub name: &'static str,
    /// The collection under `/admin/v1/` that holds such resources.
    pub endpoint: &'static str,
    /// What every such resource is made of.
    pub schema: Schema,
    /// What it may have besides; each is an object named by its URN.
    pub extensions: &'static [Schema],
}

/// A path to an attribute: its name and perhaps that of a sub-attribute; those of an extension come after the URN (RFC 7644 section 3.10).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Path(pub(super) Vec<String>);

impl Path {
    /// The names from the resource inwards.
    pub fn segments(&self) -> &[String] {
        &self.0
    }

    /// The path of something inside of what this one names.
    pub(super) fn join(&self, name: &str) -> Self {
        let mut segments = self.0.clone();
        segments.push(name.to_owned());
        Self(segments)
    }

    /// The first `length` names of it.
    pub(super) fn prefix(&self, length: usize) -> Self {
        Self(self.0[..length].to_vec())
    }

    /// Whether this path names the same as `other`, or something inside of it.
    pub(super) fn is_within(&self, other: &Self) -> bool {
        let mut pairs = self.0.iter().zip(&other.0);
        self.0.len() >= other.0.len() && pairs.all(|(left, right)| left.eq_ignore_ascii_case(right))
    }

    /// Whether both paths name the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.0.len() == other.0.len() && self.is_within(other)
    }

    /// Whether this is the path of a whole resource or of a whole extension.
    pub(super) fn is_whole(&self) -> bool {
        self.0.is_empty() || (self.0.len() == 1 && self.is_extension())
    }

    /// Whether the first name is that of a schema.
    fn is_extension(&self) -> bool {
        self.0.first().is_some_and(|first| first.contains(':'))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, formatter: &mut fmt::Formatter) -> fmt::Result {
        match self.0.split_first() {
            Some((urn, rest)) if self.is_extension() && !rest.is_empty() => {
                write!(formatter, "{urn}:{}", rest.join("."))
            }
            _ => formatter.write_str(&self.0.join(".")),
        }
    }
}

impl ResourceType {
    /// The resource type of this name.
    pub fn named(name: &str) -> Option<&'static Self> {
        RESOURCE_TYPES.iter().find(|resource_type| resource_type.name == name)
    }

    /// The resource type that is kept in this collection.
    pub fn at(endpoint: &str) -> Option<&'static Self> {
        RESOURCE_TYPES
            .iter()
            .find(|resource_type| resource_type.endpoint == endpoint)
    }

    /// Reads `attribute`, `attribute.sub`, the same after `URN:`, or the bare URN of an extension; in the schema's spelling where it is known,
    /// since letter case does not matter (RFC 7643 section 2.1; IDCS-ADMIN-012). `None` where the text is not a path.
    pub fn path(&self, text: &str) -> Option<Path> {
        let (urn, names) = self.split_urn(text)?;
        let own = urn.eq_ignore_ascii_case(self.schema.urn);
        let mut segments = Vec::new();
        if !urn.is_empty() && !own {
            segments.push(urn.to_owned());
        }
        if !names.is_empty() {
            segments.extend(names.split('.').map(str::to_owned));
        }
        let depth = segments.len() - usize::from(!urn.is_empty() && !own);
        let readable =
            !segments.is_empty() && depth <= 2 && names.split('.').all(|name| names.is_empty() || is_name(name));
        readable.then(|| self.canonical(Path(segments)))
    }

    /// Splits `URN:names`. Names hold no colon, but the URN of an unknown schema cannot be told from its last name.
    fn split_urn<'a>(&self, text: &'a str) -> Option<(&'a str, &'a str)> {
        if !text.contains(':') {
            return Some(("", text));
        }
        let known = self.extensions.iter().chain([&self.schema]).find_map(|schema| {
            let (urn, rest) = text.split_at_checked(schema.urn.len())?;
            let names = if rest.is_empty() { rest } else { rest.strip_prefix(':')? };
            urn.eq_ignore_ascii_case(schema.urn).then_some((urn, names))
        });
        known.or_else(|| {
            let (urn, names) = text.rsplit_once(':')?;
            let is_urn = urn.get(..4).is_some_and(|start| start.eq_ignore_ascii_case("urn:"));
            (is_urn && !names.is_empty()).then_some((urn, names))
        })
    }

    /// The same path in the spelling of the tables.
    pub(super) fn canonical(&self, path: Path) -> Path {
        let Some(schema) = self.schema_of(&path) else {
            return path;
        };
        let mut segments = path.0;
        let start = usize::from(segments[0].contains(':'));
        if start == 1 {
            segments[0] = schema.urn.to_owned();
        }
        for end in start + 1..=segments.len() {
            if let Some(found) = schema.find(&segments[start..end]) {
                let name = found.path.rsplit('.').next().unwrap_or(found.path);
                segments[end - 1] = name.to_owned();
            }
        }
        Path(segments)
    }

    /// What the tables know of the attribute that a path names. The `value` of a plain list is its elements (RFC 7643 section 2.4).
    pub fn attribute(&self, path: &Path) -> Option<&'static Attribute> {
        let schema = self.schema_of(path)?;
        let names = path.0.get(usize::from(path.is_extension())..)?;
        schema.find(names).or_else(|| {
            let (last, parent) = names.split_last()?;
            let parent = schema.find(parent)?;
            (last.eq_ignore_ascii_case("value") && parent.is_multi_valued && parent.kind != Kind::Complex)
                .then_some(parent)
        })
    }

    /// Every attribute that the tables know, with its path.
    pub fn attributes(&self) -> impl Iterator<Item = (Path, &'static Attribute)> {
        let schemas =
            std::iter::once((None, &self.schema)).chain(self.extensions.iter().map(|one| (Some(one.urn), one)));
        schemas.flat_map(|(urn, schema)| {
            schema.attributes.iter().copied().flatten().map(move |attribute| {
                let names = urn.into_iter().chain(attribute.path.split('.'));
                (Path(names.map(str::to_owned).collect()), attribute)
            })
        })
    }

    /// The required attributes that a resource lacks: those that a client has to give. Parts of a complex value are required only inside of one.
    pub fn missing(&self, resource: &Value) -> Vec<Path> {
        let wanted = self.attributes().filter(|(path, attribute)| {
            let owner = self.attribute(&path.prefix(path.0.len() - 1));
            let by_server = [Some(*attribute), owner].into_iter().flatten();
            attribute.is_required && by_server.into_iter().all(|one| one.mutability != Mutability::ReadOnly)
        });
        let missing = wanted.filter(|(path, _)| {
            let (last, owner) = path.0.split_last().expect("a path has at least one name");
            values_at(resource, owner).into_iter().any(|owner| {
                !values_at(owner, std::slice::from_ref(last))
                    .into_iter()
                    .any(is_assigned)
            })
        });
        missing.map(|(path, _)| path).collect()
    }

    fn schema_of(&self, path: &Path) -> Option<&Schema> {
        if !path.is_extension() {
            return Some(&self.schema);
        }
        self.extensions
            .iter()
            .find(|schema| schema.urn.eq_ignore_ascii_case(&path.0[0]))
    }
}

impl Schema {
    fn find(&self, names: &[String]) -> Option<&'static Attribute> {
        let is_named = |attribute: &&Attribute| {
            let known = attribute.path.split('.');
            known.clone().count() == names.len()
                && known.zip(names).all(|(known, name)| known.eq_ignore_ascii_case(name))
        };
        self.attributes.iter().copied().flatten().find(is_named)
    }
}

/// Whether a text can name an attribute (RFC 7643 section 2.1, with the `$` of `$ref`).
pub(super) fn is_name(text: &str) -> bool {
    text.starts_with(|first: char| first.is_ascii_alphabetic() || first == '$')
        && text
            .chars()
            .all(|one| one.is_ascii_alphanumeric() || "-_$".contains(one))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn user() -> &'static ResourceType {
        ResourceType::named("User").expect("users are in the tables")
    }

    fn read(text: &str) -> Option<String> {
        user().path(text).map(|path| path.to_string())
    }

    #[test]
    fn paths_are_read_in_any_case_and_kept_in_the_spelling_of_the_schema() {
        assert_eq!(read("EMAILS.Value").as_deref(), Some("emails.value"));
        assert_eq!(
            read("URN:ietf:params:scim:schemas:core:2.0:user:NAME.familyname").as_deref(),
            Some("name.familyName")
        );
        let locked = "urn:ietf:params:scim:schemas:oracle:idcs:extension:userState:User:locked.on";
        assert_eq!(read(&locked.to_uppercase()).as_deref(), Some(locked));
        assert_eq!(
            user().attribute(&user().path(locked).unwrap()).map(|found| found.kind),
            Some(Kind::Boolean)
        );
        assert_eq!(read("FooBar.Baz").as_deref(), Some("FooBar.Baz"));
    }

    #[test]
    fn a_bare_urn_names_an_extension_and_an_unknown_urn_is_kept() {
        let urn = "urn:ietf:params:scim:schemas:oracle:idcs:extension:me:User";
        assert_eq!(user().path(urn).unwrap().segments(), [urn]);
        let custom = user().path("urn:example:custom:shoe.size").unwrap();
        assert_eq!(custom.segments(), ["urn:example:custom", "shoe", "size"]);
        assert_eq!(user().attribute(&custom), None);
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in [
            "",
            ".",
            "a.",
            ".a",
            "a.b.c",
            "a b",
            "1a",
            "a[b",
            "urn:",
            ":a",
            "x:y",
            "ü",
            user().schema.urn,
        ] {
            assert_eq!(user().path(text), None, "{text:?}");
        }
    }

    #[test]
    fn every_table_names_each_attribute_once_and_parents_before_their_parts() {
        for resource_type in RESOURCE_TYPES {
            let mut seen: Vec<String> = Vec::new();
            for (path, attribute) in resource_type.attributes() {
                let text = path.to_string();
                assert!(!seen.contains(&text), "{} {text}", resource_type.name);
                let parent = attribute
                    .parent()
                    .and_then(|_| resource_type.attribute(&path.prefix(path.0.len() - 1)));
                assert!(
                    attribute.parent().is_none() || parent.is_some_and(|one| one.kind == Kind::Complex),
                    "{text}"
                );
                assert_eq!(resource_type.attribute(&path), Some(attribute));
                seen.push(text);
            }
        }
    }

    #[test]
    fn parts_are_missing_only_inside_of_their_whole() {
        let app = ResourceType::at("Apps").unwrap();
        let missing = |resource| app.missing(&resource).iter().map(Path::to_string).collect::<Vec<_>>();
        assert_eq!(
            missing(json!({"schemas": ["x"], "displayName": ""})),
            ["displayName", "basedOnTemplate"]
        );
        let certificates = json!([{"certAlias": "a"}, {"kid": "b"}]);
        let whole = json!({"schemas": ["x"], "displayName": "a", "basedOnTemplate": {"value": "t"}, "certificates": certificates});
        assert_eq!(missing(whole), ["certificates.certAlias"]);
    }
}
