//! What a report tells about the requirement rows that a record only names: the sentence, and where it is from.

use std::collections::BTreeMap;

use super::Titles;
use crate::scenario::Library;
use crate::scenario::model::Row;

/// What is known of rows and files beside a record.
#[derive(Clone, Debug, Default)]
pub struct References {
    /// What files are called, by their ids.
    pub titles: Titles,
    /// Requirement rows, by their ids.
    pub rows: BTreeMap<String, RowReference>,
}

/// A requirement row.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowReference {
    /// What it requires.
    pub says: String,
    /// Who says so.
    pub sources: Vec<SourceReference>,
}

/// Who says what a row requires.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceReference {
    /// A section of a standard, or the id of a fact.
    pub name: String,
    /// What the fact says.
    pub says: Option<String>,
    /// Where it can be read.
    pub url: Option<String>,
}

impl References {
    /// What a library tells.
    pub fn of(library: &Library) -> Self {
        let flows = library
            .flows()
            .map(|(id, flow)| (id.to_owned(), flow.file.title.clone()));
        let tables = library
            .tables()
            .map(|(id, table)| (id.to_owned(), table.file.title.clone()));
        Self {
            titles: flows.chain(tables).collect(),
            rows: library
                .rows()
                .map(|row| (row.id.to_string(), about(library, row)))
                .collect(),
        }
    }
}

fn about(library: &Library, row: &Row) -> RowReference {
    let sources = row.source.iter().map(|source| {
        let fact = library.fact(source);
        let of_fact = || {
            let mut addresses = fact?
                .sources
                .iter()
                .filter_map(|key| library.source_address(source, key));
            addresses.next().map(str::to_owned)
        };
        SourceReference {
            name: source.to_string(),
            says: fact.map(|fact| fact.says.clone()),
            url: address_of(source).or_else(of_fact),
        }
    });
    RowReference {
        says: row.says.clone(),
        sources: sources.collect(),
    }
}

/// Where a section of a standard can be read: of `RFC 7523 s3(3), s3.1` the first.
fn address_of(source: &str) -> Option<String> {
    let mut words = source.split(' ');
    let (document, section) = match (words.next()?, words.next()?, words.next()) {
        ("RFC", number, section) if number.bytes().all(|byte| byte.is_ascii_digit()) => {
            (format!("https://www.rfc-editor.org/rfc/rfc{number}"), section)
        }
        ("7523bis" | "8725bis", section, _) => {
            let draft = format!("draft-ietf-oauth-rfc{}", source.split(' ').next()?);
            (format!("https://datatracker.ietf.org/doc/html/{draft}"), Some(section))
        }
        _ => return None,
    };
    let section = section.and_then(|section| section.strip_prefix('s')).map(|section| {
        let end = section.find(|character: char| !(character.is_ascii_alphanumeric() || character == '.'));
        section[..end.unwrap_or(section.len())].trim_end_matches('.')
    });
    Some(match section {
        Some(section) if section.starts_with(|first: char| first.is_ascii_digit()) => {
            format!("{document}#section-{section}")
        }
        Some(section) if !section.is_empty() => format!("{document}#appendix-{section}"),
        _ => document,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_of_standards_have_addresses() {
        for (source, address) in [
            (
                "RFC 7523 s3(3), s3.1",
                Some("https://www.rfc-editor.org/rfc/rfc7523#section-3"),
            ),
            (
                "RFC 6749 s5.2",
                Some("https://www.rfc-editor.org/rfc/rfc6749#section-5.2"),
            ),
            ("RFC 7636 sA", Some("https://www.rfc-editor.org/rfc/rfc7636#appendix-A")),
            ("RFC 6750", Some("https://www.rfc-editor.org/rfc/rfc6750")),
            (
                "8725bis s3.15",
                Some("https://datatracker.ietf.org/doc/html/draft-ietf-oauth-rfc8725bis#section-3.15"),
            ),
            ("IDCS-OAUTH-001", None),
            ("deployment", None),
            ("RFC x/../y s1", None),
        ] {
            assert_eq!(address_of(source).as_deref(), address, "{source}");
        }
    }
}
