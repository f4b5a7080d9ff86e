//! Tables of members: one row says a member's name and meaning, and how it is read and written; readers, writers and the schema walk it.

use std::borrow::Cow;

use serde_json::{Map, Value, json};

use super::mistake::{Slip, nearest, visible};
use super::tree::{Kind, Member, Node};
use super::{Reading, Writing};
use crate::landscape::directory::RECORD_LIMIT;

/// A value with a written form.
pub(super) trait Written: Sized {
    /// The JSON Schema of the form.
    fn schema() -> Value;
    /// The form.
    fn write(&self, writing: &Writing) -> Value;
    /// The value of a form; where it has none, the mistake is noted and `None` given.
    fn read(node: &Node, reading: &mut Reading) -> Option<Self>;
}

/// One member of an object.
pub(super) struct Row<T: 'static> {
    pub(super) name: &'static str,
    /// What it means, for the schema.
    pub(super) says: &'static str,
    pub(super) schema: fn() -> Value,
    pub(super) write: fn(&T, &Writing) -> Value,
    /// Sets it, or notes a mistake.
    pub(super) read: fn(&mut T, &Node, &mut Reading),
}

/// A row for a field whose type has a written form.
macro_rules! row {
    ($owner:ty, $name:literal, $($field:tt).+, $says:literal) => {
        $crate::landscape::file::table::Row {
            name: $name,
            says: $says,
            schema: || $crate::landscape::file::table::schema_of(|owner: &$owner| &owner.$($field).+),
            write: |owner: &$owner, writing| {
                $crate::landscape::file::table::Written::write(&owner.$($field).+, writing)
            },
            read: |owner: &mut $owner, node, reading| {
                if let Some(value) = $crate::landscape::file::table::Written::read(node, reading) {
                    owner.$($field).+ = value;
                }
            },
        }
    };
}
pub(super) use row;

/// The schema of a field, found by its type.
pub(super) fn schema_of<T, F: Written>(_: fn(&T) -> &F) -> Value {
    F::schema()
}

/// The object of a table's members.
pub(super) fn schema_of_rows<T>(rows: &[Row<T>]) -> Value {
    let described = |row: &Row<T>| {
        let mut schema = (row.schema)();
        schema["description"] = json!(row.says);
        (row.name.to_owned(), schema)
    };
    let properties: Map<_, _> = rows.iter().map(described).collect();
    json!({ "type": "object", "additionalProperties": false, "properties": properties })
}

/// The members in which `value` differs from `plain`.
pub(super) fn write_rows<T>(rows: &[Row<T>], value: &T, plain: &T, writing: &Writing) -> Value {
    let differing = rows.iter().filter_map(|row| {
        let written = (row.write)(value, writing);
        (written != (row.write)(plain, writing)).then(|| (row.name.to_owned(), written))
    });
    Value::Object(differing.collect())
}

/// Sets the members that stand in an object, in the order of the table.
pub(super) fn read_rows<T>(rows: &[Row<T>], value: &mut T, node: &Node, reading: &mut Reading) {
    let Some(members) = reading.object(node) else { return };
    for row in rows {
        if let Some(node) = node.member(row.name) {
            (row.read)(value, node, reading);
        }
    }
    let names: Vec<&str> = rows.iter().map(|row| row.name).collect();
    reading.know(members, &names);
}

/// Something that a file names by the name of its member.
pub(super) trait Entry: Sized + 'static {
    /// What it is called in messages.
    const WHAT: &'static str;

    /// Its members.
    fn rows() -> &'static [Row<Self>];
    /// Its name.
    fn name(&self) -> Cow<'_, str>;
    /// One of the name of this one, about which the file says nothing; `index` is its place among those of its kind.
    fn plain(&self, index: usize) -> Self;
    /// The one that reading starts from.
    fn begin(name: &str, index: usize, node: &Node, reading: &mut Reading) -> Option<Self>;
}

/// Makes an entry of a type that is known whole by its name until its members are read: the field of the name, and what makes one of that name
/// about which the file says nothing.
macro_rules! named_entry {
    ($thing:ty, $what:literal, $name:ident, $make:expr, $rows:expr) => {
        impl $crate::landscape::file::table::Entry for $thing {
            const WHAT: &'static str = $what;

            fn rows() -> &'static [$crate::landscape::file::table::Row<Self>] {
                $rows
            }

            fn name(&self) -> std::borrow::Cow<'_, str> {
                std::borrow::Cow::Borrowed(&self.$name)
            }

            fn plain(&self, _: usize) -> Self {
                let make: fn(&str) -> Self = $make;
                make(&self.$name)
            }

            fn begin(
                name: &str,
                _: usize,
                _: &$crate::landscape::file::tree::Node,
                _: &mut $crate::landscape::file::Reading,
            ) -> Option<Self> {
                let make: fn(&str) -> Self = $make;
                Some(make(name))
            }
        }
    };
}
pub(super) use named_entry;

/// Things that a file names by the names of their members.
pub(super) struct Keyed<T>(pub(super) Vec<T>);

impl<T> Default for Keyed<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Entry> Written for Keyed<T> {
    fn schema() -> Value {
        json!({ "type": "object", "additionalProperties": schema_of_rows(T::rows()) })
    }

    fn write(&self, writing: &Writing) -> Value {
        let entry = |(index, entry): (usize, &T)| {
            let members = write_rows(T::rows(), entry, &entry.plain(index), writing);
            (entry.name().into_owned(), members)
        };
        Value::Object(self.0.iter().enumerate().map(entry).collect())
    }

    fn read(node: &Node, reading: &mut Reading) -> Option<Self> {
        let members = reading.object(node)?;
        if members.len() > RECORD_LIMIT {
            let expected = format!("at most {RECORD_LIMIT} of the kind {}", T::WHAT);
            reading.note(Slip::new(node.from, expected, members.len().to_string()));
            return None;
        }
        let mut entries = Vec::new();
        for (index, member) in members.iter().enumerate() {
            if member.name.is_empty() || member.name.chars().any(char::is_control) {
                let expected = format!("the name of one {}", T::WHAT);
                reading.note(Slip::new(
                    member.at,
                    expected,
                    "a name that is empty or cannot be printed",
                ));
                continue;
            }
            reading.name.clone_from(&member.name);
            if let Some(mut entry) = T::begin(&member.name, index, &member.node, reading) {
                read_rows(T::rows(), &mut entry, &member.node, reading);
                entries.push(entry);
            }
        }
        Some(Self(entries))
    }
}

impl Reading<'_> {
    /// The members of an object; anything else is a mistake.
    pub(super) fn object<'n>(&mut self, node: &'n Node) -> Option<&'n [Member]> {
        match &node.kind {
            Kind::Object(members) => Some(members),
            _ => self.wrong(node, "an object"),
        }
    }

    /// Notes that a value is of another kind.
    pub(super) fn wrong<T>(&mut self, node: &Node, expected: &str) -> Option<T> {
        self.note(Slip::new(node.from, expected, node.noun()));
        None
    }

    /// Notes that a name stands for nothing.
    pub(super) fn unknown<'k, T>(
        &mut self,
        at: usize,
        what: &str,
        name: &str,
        known: impl Iterator<Item = &'k str>,
    ) -> Option<T> {
        if !self.is_full() {
            self.note(Slip::new(at, what, format!("`{}`", visible(name))).hint(nearest(name, known)));
        }
        None
    }

    /// Notes members of other names than these.
    pub(super) fn know(&mut self, members: &[Member], names: &[&str]) {
        for member in members.iter().filter(|member| !names.contains(&member.name.as_str())) {
            let expected = match names {
                [] => "no members".to_owned(),
                names if names.len() <= 6 => format!("only {}", quoted(names)),
                _ => "a member that is known here".to_owned(),
            };
            if self.is_full() {
                return;
            }
            let found = format!("`{}`", visible(&member.name));
            let hint = nearest(&member.name, names.iter().copied());
            self.note(Slip::new(member.at, expected, found).hint(hint));
        }
    }
}

/// Names in backquotes, with commas.
pub(super) fn quoted(names: &[&str]) -> String {
    names
        .iter()
        .map(|name| format!("`{name}`"))
        .collect::<Vec<_>>()
        .join(", ")
}
