//! Reading a filter, or the path of a patch, from text: recursive descent over the grammar of RFC 7644 (figures 1 and 7).
//!
//! Lenient in one thing only: how many spaces stand between words, and whether any stand beside brackets.

use serde_json::Value;

use super::{Comparison, Filter, OPERATORS, Operator};
use crate::idcs::scim::schema::{Attribute, Kind, Path, ResourceType};
use crate::idcs::scim::value::{Scalar, instant};

/// The longest filter that is read, in bytes.
pub const LENGTH_LIMIT: usize = 8 * 1024;
/// How deep parentheses and brackets may stand inside each other.
pub const DEPTH_LIMIT: usize = 32;

/// Why a text is no filter.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected} at byte {position}, found {found}")]
pub struct FilterError {
    /// Where, in bytes from the start.
    pub position: usize,
    /// What could have stood there.
    pub expected: &'static str,
    /// What stands there.
    pub found: String,
}

/// What an operation of a patch is about (RFC 7644 section 3.5.2).
#[derive(Clone, Debug, PartialEq)]
pub struct Target {
    /// The attribute, with its sub-attribute where no filter stands between them.
    pub path: Path,
    /// Which elements of it.
    pub filter: Option<Filter>,
    /// Which part of those elements.
    pub part: Option<String>,
}

impl Filter {
    /// Reads a filter on resources of a type.
    pub fn read(resource_type: &ResourceType, text: &str) -> Result<Self, FilterError> {
        let mut parser = Parser::new(resource_type, text)?;
        let filter = parser.disjunction()?;
        parser.end("`and`, `or` or the end")?;
        Ok(filter)
    }
}

impl Target {
    /// Reads `attribute`, `attribute.sub`, `attribute[filter]` or `attribute[filter].sub`, each perhaps after a URN.
    pub fn read(resource_type: &ResourceType, text: &str) -> Result<Self, FilterError> {
        let mut parser = Parser::new(resource_type, text)?;
        let path = parser.path()?;
        let filter = parser.brackets(&path)?;
        let part = if filter.is_some() { parser.part()? } else { None };
        parser.end("the end of the path")?;
        let part = part.map(|part| resource_type.canonical(path.join(&part)).0.pop().unwrap_or(part));
        Ok(Self { path, filter, part })
    }
}

struct Parser<'a> {
    resource_type: &'a ResourceType,
    text: &'a str,
    at: usize,
    depth: usize,
    /// The list whose brackets we are in; paths inside of them start there.
    list: Option<Path>,
}

impl<'a> Parser<'a> {
    fn new(resource_type: &'a ResourceType, text: &'a str) -> Result<Self, FilterError> {
        let parser = Self {
            resource_type,
            text,
            at: 0,
            depth: 0,
            list: None,
        };
        if text.len() > LENGTH_LIMIT {
            return Err(FilterError {
                position: LENGTH_LIMIT,
                expected: "at most 8192 bytes",
                found: format!("{} bytes", text.len()),
            });
        }
        Ok(parser)
    }

    fn disjunction(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.conjunction()?];
        while self.keyword("or") {
            parts.push(self.conjunction()?);
        }
        Ok(single_or(parts, Filter::Or))
    }

    fn conjunction(&mut self) -> Result<Filter, FilterError> {
        let mut parts = vec![self.condition()?];
        while self.keyword("and") {
            parts.push(self.condition()?);
        }
        Ok(single_or(parts, Filter::And))
    }

    fn condition(&mut self) -> Result<Filter, FilterError> {
        if self.symbol('(') {
            return self.nested(')', "`)`, `and` or `or`");
        }
        let start = self.at;
        if self.keyword("not") {
            if self.symbol('(') {
                return Ok(Filter::Not(Box::new(self.nested(')', "`)`, `and` or `or`")?)));
            }
            return Err(self.expected("`(` after `not`"));
        }
        self.at = start;
        let path = self.path()?;
        let Some(filter) = self.brackets(&path)? else {
            return self.comparison(path);
        };
        let (path, filter) = match self.part()? {
            None => (path, filter),
            // What follows the brackets is about the same element as what stands in them.
            Some(part) => {
                let outside = self.inside(&path, |parser| parser.comparison(Path(vec![part])))?;
                (path, Filter::And(vec![filter, outside]))
            }
        };
        Ok(Filter::Element(path, Box::new(filter)))
    }

    /// Reads what stands in parentheses or brackets, which have been opened.
    fn nested(&mut self, close: char, expected: &'static str) -> Result<Filter, FilterError> {
        self.depth += 1;
        if self.depth > DEPTH_LIMIT {
            return Err(self.expected("at most 32 brackets inside each other"));
        }
        let filter = self.disjunction()?;
        if !self.symbol(close) {
            return Err(self.expected(expected));
        }
        self.depth -= 1;
        Ok(filter)
    }

    /// Reads `[filter]` right after a path, if it is there.
    fn brackets(&mut self, path: &Path) -> Result<Option<Filter>, FilterError> {
        if !self.rest().starts_with('[') {
            return Ok(None);
        }
        if self.list.is_some() {
            return Err(self.expected("no brackets inside brackets"));
        }
        self.at += 1;
        self.inside(path, |parser| parser.nested(']', "`]`, `and` or `or`"))
            .map(Some)
    }

    /// Reads something whose paths start at a list.
    fn inside<T>(
        &mut self,
        list: &Path,
        read: impl FnOnce(&mut Self) -> Result<T, FilterError>,
    ) -> Result<T, FilterError> {
        self.list = Some(list.clone());
        let read = read(self);
        self.list = None;
        read
    }

    /// Reads `.sub` right after brackets, if it is there.
    fn part(&mut self) -> Result<Option<String>, FilterError> {
        if !self.rest().starts_with('.') {
            return Ok(None);
        }
        self.at += 1;
        let start = self.at;
        let word = self.word();
        match self.resource_type.path(word) {
            Some(path) if path.segments().len() == 1 && !word.contains(':') => Ok(Some(word.to_owned())),
            _ => Err(self.expected_at(start, "a sub-attribute")),
        }
    }

    /// Reads a path. In brackets it starts at the list, and is not brought into the spelling of the schema: matching does not need it.
    fn path(&mut self) -> Result<Path, FilterError> {
        self.spaces();
        let start = self.at;
        let word = self.word();
        let path = self.resource_type.path(word);
        let path = path.ok_or_else(|| self.expected_at(start, "the name of an attribute"))?;
        if self.list.is_some() && word.contains([':', '.']) {
            return Err(self.expected_at(start, "the name of a sub-attribute"));
        }
        Ok(path)
    }

    /// Reads the operator and the operand after a path.
    fn comparison(&mut self, mut path: Path) -> Result<Filter, FilterError> {
        self.spaces();
        let start = self.at;
        let word = self.word();
        if word.eq_ignore_ascii_case("pr") {
            return Ok(Filter::Present(path));
        }
        let operator = OPERATORS
            .iter()
            .find(|(name, _)| word.eq_ignore_ascii_case(name))
            .map(|(_, operator)| *operator);
        let operator = operator.ok_or_else(|| self.expected_at(start, "an operator"))?;
        let whole = |path: &Path| {
            Path(
                self.list
                    .iter()
                    .flat_map(|list| list.0.clone())
                    .chain(path.0.clone())
                    .collect(),
            )
        };
        let mut attribute = self.resource_type.attribute(&whole(&path));
        if attribute.is_some_and(|found| found.kind == Kind::Complex) {
            // What is compared of a complex value is its `value`.
            path = path.join("value");
            attribute = self.resource_type.attribute(&whole(&path));
        }
        if attribute.is_some_and(|found| found.kind == Kind::Boolean) && !operator.is_equality() {
            return Err(self.expected_at(start, "`eq`, `ne` or `pr` for a boolean"));
        }
        self.spaces();
        let start = self.at;
        let operand = self.operand()?;
        let operand = settle(&operand, operator, attribute).map_err(|expected| self.expected_at(start, expected))?;
        Ok(Filter::Compare(Comparison {
            path,
            attribute,
            operator,
            operand,
        }))
    }

    /// Reads a text in quotes, a number, `true`, `false` or `null`, as in JSON.
    fn operand(&mut self) -> Result<Value, FilterError> {
        let start = self.at;
        let rest = self.rest();
        let length = if let Some(inner) = rest.strip_prefix('"') {
            let mut escaped = false;
            let is_end = |one: char| {
                let ends = one == '"' && !escaped;
                escaped = one == '\\' && !escaped;
                ends
            };
            inner.find(is_end).map_or(rest.len(), |end| end + 2)
        } else {
            let is_end = |one: char| !(one.is_ascii_alphanumeric() || "+-.".contains(one));
            rest.find(is_end).unwrap_or(rest.len())
        };
        self.at += length;
        serde_json::from_str(&rest[..length])
            .map_err(|_| self.expected_at(start, "a text in quotes, a number, true, false or null"))
    }

    /// Takes a word if it is the next one, in any letter case.
    fn keyword(&mut self, keyword: &str) -> bool {
        let start = self.at;
        self.spaces();
        let found = self.word().eq_ignore_ascii_case(keyword);
        if !found {
            self.at = start;
        }
        found
    }

    fn symbol(&mut self, symbol: char) -> bool {
        self.spaces();
        let found = self.rest().starts_with(symbol);
        self.at += usize::from(found);
        found
    }

    fn word(&mut self) -> &'a str {
        let rest = self.rest();
        let is_end = |one: char| !(one.is_ascii_alphanumeric() || "-_:.$".contains(one));
        let word = &rest[..rest.find(is_end).unwrap_or(rest.len())];
        self.at += word.len();
        word
    }

    fn spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start_matches(' ').len();
    }

    fn end(&mut self, expected: &'static str) -> Result<(), FilterError> {
        self.spaces();
        if self.rest().is_empty() {
            Ok(())
        } else {
            Err(self.expected(expected))
        }
    }

    fn rest(&self) -> &'a str {
        &self.text[self.at..]
    }

    fn expected(&self, expected: &'static str) -> FilterError {
        self.expected_at(self.at, expected)
    }

    /// An error that shows a little of what stands there.
    fn expected_at(&self, position: usize, expected: &'static str) -> FilterError {
        let found: String = self.text[position..].chars().take(20).collect();
        let found = if found.is_empty() {
            "the end".to_owned()
        } else {
            format!("`{found}`")
        };
        FilterError {
            position,
            expected,
            found,
        }
    }
}

/// Brings an operand into the form in which it is compared, or says what it should have been.
fn settle(operand: &Value, operator: Operator, attribute: Option<&Attribute>) -> Result<Option<Scalar>, &'static str> {
    match operand {
        Value::Null | Value::Bool(_) if !operator.is_equality() => Err("a value that can be ordered"),
        Value::Null => Ok(None),
        Value::String(text) if operator.is_textual() => Ok(Some(Scalar::text(text, attribute))),
        _ if operator.is_textual() => Err("a text in quotes"),
        Value::String(text) if attribute.is_some_and(|one| one.kind == Kind::DateTime) => instant(text)
            .map(|instant| Some(Scalar::Instant(instant)))
            .ok_or("a date and time"),
        other => Scalar::of(other, attribute).map(Some).ok_or("a simple value"),
    }
}

fn single_or(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    match parts.len() {
        1 => parts.remove(0),
        _ => many(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user() -> &'static ResourceType {
        ResourceType::named("User").expect("users are in the tables")
    }

    #[track_caller]
    fn refuses(text: &str, position: usize, expected: &str) {
        let error = Filter::read(user(), text).expect_err(text);
        assert_eq!(
            (error.position, error.expected),
            (position, expected),
            "{text}: {error}"
        );
    }

    #[test]
    fn an_error_says_where_and_what() {
        refuses("", 0, "the name of an attribute");
        refuses("userName", 8, "an operator");
        refuses("userName is \"x\"", 9, "an operator");
        refuses("userName eq", 11, "a text in quotes, a number, true, false or null");
        refuses("userName eq 'x'", 12, "a text in quotes, a number, true, false or null");
        refuses("userName eq \"x", 12, "a text in quotes, a number, true, false or null");
        refuses("userName eq [1]", 12, "a text in quotes, a number, true, false or null");
        refuses("userName pr x", 12, "`and`, `or` or the end");
        refuses("userName pr and", 15, "the name of an attribute");
        refuses("(userName pr", 12, "`)`, `and` or `or`");
        refuses("not userName pr", 4, "`(` after `not`");
        refuses("emails[type pr", 14, "`]`, `and` or `or`");
        refuses("emails[type pr].", 16, "a sub-attribute");
        refuses("emails[a.b pr]", 7, "the name of a sub-attribute");
        refuses("emails[type[value pr]]", 11, "no brackets inside brackets");
        let error = Filter::read(user(), "userName eq üüüüüüüüüüüüüüüüüüüüüüüüüü").expect_err("it is no JSON");
        assert_eq!(error.found, format!("`{}`", "ü".repeat(20)));
    }

    #[test]
    fn operands_must_suit_operator_and_attribute() {
        refuses("active gt true", 7, "`eq`, `ne` or `pr` for a boolean");
        refuses("active co \"x\"", 7, "`eq`, `ne` or `pr` for a boolean");
        refuses("emails[primary le false]", 15, "`eq`, `ne` or `pr` for a boolean");
        refuses("shoe lt true", 8, "a value that can be ordered");
        refuses("shoe gt null", 8, "a value that can be ordered");
        refuses("shoe co 5", 8, "a text in quotes");
        refuses("meta.created gt \"yesterday\"", 16, "a date and time");
    }

    #[test]
    fn length_and_depth_are_bounded() {
        let deep = |depth: usize| format!("{}id pr{}", "(".repeat(depth), ")".repeat(depth));
        assert!(Filter::read(user(), &deep(DEPTH_LIMIT)).is_ok());
        refuses(
            &deep(DEPTH_LIMIT + 1),
            DEPTH_LIMIT + 1,
            "at most 32 brackets inside each other",
        );
        let long = |length: usize| format!("id eq \"{}\"", "x".repeat(length - 8));
        assert!(Filter::read(user(), &long(LENGTH_LIMIT)).is_ok());
        refuses(&long(LENGTH_LIMIT + 1), LENGTH_LIMIT, "at most 8192 bytes");
        let beside = ["(id pr)"; DEPTH_LIMIT + 1].join(" or ");
        assert!(Filter::read(user(), &beside).is_ok());
    }

    #[test]
    fn the_path_of_a_patch_is_taken_apart() {
        let read = |text| {
            Target::read(user(), text).map(|target| (target.path.to_string(), target.filter.is_some(), target.part))
        };
        assert_eq!(read("NAME.familyname"), Ok(("name.familyName".to_owned(), false, None)));
        assert_eq!(read("emails[type eq \"work\"]"), Ok(("emails".to_owned(), true, None)));
        assert_eq!(
            read("Emails[Type eq \"work\"].VALUE"),
            Ok(("emails".to_owned(), true, Some("value".to_owned())))
        );
        for text in [
            "",
            "emails[",
            "emails[type pr]x",
            "emails[type pr].a.b",
            "a.b.c",
            "emails pr",
        ] {
            assert!(Target::read(user(), text).is_err(), "{text}");
        }
    }

    #[test]
    fn quotes_and_escapes_in_texts_are_those_of_json() {
        let filter = Filter::read(user(), r#"userName eq "a\"\\" or title eq "\u00fc)""#).unwrap();
        assert!(filter.matches(&serde_json::json!({"userName": "a\"\\"})));
        assert!(filter.matches(&serde_json::json!({"title": "ü)"})));
    }
}
