//! The text of a landscape file as a tree that knows where everything stands.
//!
//! The grammar is `serde_json`'s. What is ours: places are kept, names that stand twice are noted, and size, depth and number of values
//! have limits. What the values mean is said elsewhere.

use std::collections::HashSet;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;
use serde_json::{Map, Number, Value};

use super::mistake::Slip;

/// The longest text that is read: 4 MiB.
pub const SIZE_LIMIT: usize = 4 << 20;
/// How deep values may nest.
const DEPTH_LIMIT: usize = 32;
/// How many values there may be.
const NODE_LIMIT: usize = 100_000;

/// A value, and the bytes of the text that it takes.
#[derive(Debug)]
pub(super) struct Node {
    /// The offset of its first byte.
    pub(super) from: usize,
    /// The offset behind its last byte.
    until: usize,
    /// What it is.
    pub(super) kind: Kind,
}

/// What a value is.
#[derive(Debug)]
pub(super) enum Kind {
    Null,
    Boolean(bool),
    Number(Number),
    Text(String),
    List(Vec<Node>),
    Object(Vec<Member>),
}

/// A member of an object.
#[derive(Debug)]
pub(super) struct Member {
    /// The offset of its name.
    pub(super) at: usize,
    pub(super) name: String,
    pub(super) node: Node,
}

impl Node {
    /// What people call a value of this kind.
    pub(super) fn noun(&self) -> &'static str {
        match self.kind {
            Kind::Null => "null",
            Kind::Boolean(_) => "true or false",
            Kind::Number(_) => "a number",
            Kind::Text(_) => "a text",
            Kind::List(_) => "a list",
            Kind::Object(_) => "an object",
        }
    }

    /// A member of an object; `None` for everything else.
    pub(super) fn member(&self, name: &str) -> Option<&Self> {
        let Kind::Object(members) = &self.kind else { return None };
        members
            .iter()
            .find(|member| member.name == name)
            .map(|member| &member.node)
    }

    /// A whole number that is not negative.
    pub(super) fn whole_number(&self) -> Option<u64> {
        let Kind::Number(number) = &self.kind else { return None };
        number.as_u64()
    }

    /// The value without its places.
    pub(super) fn value(&self) -> Value {
        match &self.kind {
            Kind::Null => Value::Null,
            Kind::Boolean(is) => Value::Bool(*is),
            Kind::Number(number) => Value::Number(number.clone()),
            Kind::Text(text) => Value::String(text.clone()),
            Kind::List(items) => items.iter().map(Self::value).collect(),
            Kind::Object(members) => Value::Object(members_of(members)),
        }
    }

    /// The JSON pointer (RFC 6901) of what stands at an offset.
    pub(super) fn pointer_to(&self, at: usize) -> String {
        let mut pointer = String::new();
        let mut node = self;
        loop {
            let (part, inner) = match &node.kind {
                Kind::List(items) => {
                    let found = items
                        .iter()
                        .enumerate()
                        .find(|(_, item)| (item.from..item.until).contains(&at));
                    let Some((index, item)) = found else { return pointer };
                    (index.to_string(), item)
                }
                Kind::Object(members) => {
                    let found = members
                        .iter()
                        .find(|member| (member.at..member.node.until).contains(&at));
                    let Some(member) = found else { return pointer };
                    (member.name.replace('~', "~0").replace('/', "~1"), &member.node)
                }
                _ => return pointer,
            };
            pointer.push('/');
            pointer += &part;
            node = inner;
        }
    }
}

/// The members of an object without their places.
pub(super) fn members_of(members: &[Member]) -> Map<String, Value> {
    let pairs = members.iter().map(|member| (member.name.clone(), member.node.value()));
    pairs.collect()
}

/// Reads a text as far as a tree can be made of it, noting names that stand twice.
pub(super) fn parse(text: &str) -> Result<(Node, Vec<Slip>), Slip> {
    if text.len() > SIZE_LIMIT {
        let found = format!("{} bytes", text.len());
        return Err(Slip::new(0, format!("at most {SIZE_LIMIT} bytes"), found));
    }
    let raw: &RawValue = serde_json::from_str(text).map_err(|error| no_json(text, &error))?;
    let mut parser = Parser {
        text,
        count: 0,
        doubled: Vec::new(),
    };
    let root = parser.node(raw, 0)?;
    Ok((root, parser.doubled))
}

/// What the grammar says, in our words; its own texts name no values.
fn no_json(text: &str, error: &serde_json::Error) -> Slip {
    let line: usize = text
        .split_inclusive('\n')
        .take(error.line().saturating_sub(1))
        .map(str::len)
        .sum();
    let at = (line + error.column().saturating_sub(1)).min(text.len());
    let said = error.to_string();
    let said = said.split(" at line ").next().unwrap_or_default();
    Slip::new(at, "JSON", format!("what is none ({said})"))
}

struct Parser<'a> {
    text: &'a str,
    count: usize,
    doubled: Vec<Slip>,
}

impl<'a> Parser<'a> {
    fn node(&mut self, raw: &'a RawValue, depth: usize) -> Result<Node, Slip> {
        let raw = raw.get();
        // The raw value is a slice of the text, so the distance of the two is its offset.
        let from = raw.as_ptr() as usize - self.text.as_ptr() as usize;
        self.count += 1;
        if depth > DEPTH_LIMIT {
            return Err(Slip::new(from, format!("at most {DEPTH_LIMIT} levels"), "more"));
        }
        if self.count > NODE_LIMIT {
            return Err(Slip::new(from, format!("at most {NODE_LIMIT} values"), "more"));
        }
        let kind = match raw.as_bytes().first() {
            Some(b'n') => Kind::Null,
            Some(b't') => Kind::Boolean(true),
            Some(b'f') => Kind::Boolean(false),
            Some(b'"') => Kind::Text(typed(raw, from, "a text of Unicode characters")?),
            Some(b'[') => {
                let items: Vec<&RawValue> = typed(raw, from, "a list")?;
                let items = items.into_iter().map(|item| self.node(item, depth + 1));
                Kind::List(items.collect::<Result<_, _>>()?)
            }
            Some(b'{') => Kind::Object(self.members(raw, from, depth)?),
            _ => Kind::Number(typed(raw, from, "a number that 64 bits can hold")?),
        };
        Ok(Node {
            from,
            until: from + raw.len(),
            kind,
        })
    }

    fn members(&mut self, raw: &'a str, from: usize, depth: usize) -> Result<Vec<Member>, Slip> {
        let pairs: Pairs = typed(raw, from, "names of Unicode characters")?;
        let mut seen = HashSet::new();
        let mut end = from;
        let mut members = Vec::new();
        for (name, value) in pairs.0 {
            let node = self.node(value, depth + 1)?;
            // Between two values stand only blanks, a comma, the name and a colon.
            let at = end + self.text[end..node.from].find('"').unwrap_or_default();
            end = node.until;
            if !seen.insert(name.clone()) {
                let found = format!("`{}` a second time", super::mistake::visible(&name));
                self.doubled.push(Slip::new(at, "every name once", found));
            }
            members.push(Member { at, name, node });
        }
        Ok(members)
    }
}

fn typed<'a, T: Deserialize<'a>>(raw: &'a str, from: usize, expected: &str) -> Result<T, Slip> {
    serde_json::from_str(raw).map_err(|_| Slip::new(from, expected, "something else"))
}

/// The members of an object, in order, with those that stand twice.
struct Pairs<'a>(Vec<(String, &'a RawValue)>);

impl<'de> Deserialize<'de> for Pairs<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct InOrder;
        impl<'de> Visitor<'de> for InOrder {
            type Value = Pairs<'de>;

            fn expecting(&self, formatter: &mut std::fmt::Formatter) -> std::fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut pairs = Vec::new();
                while let Some(pair) = map.next_entry()? {
                    pairs.push(pair);
                }
                Ok(Pairs(pairs))
            }
        }
        deserializer.deserialize_map(InOrder)
    }
}
