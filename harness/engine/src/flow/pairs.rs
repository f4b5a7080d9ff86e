//! Names with values in order, in which a name may occur more than once: a form, a query, header fields.

use crate::token::draft::NoSuchMember;

/// Whether letter case tells names apart.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Casing {
    /// It does: parameters.
    #[default]
    Exact,
    /// It does not: header fields.
    Ignored,
}

/// Names with values, in order.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Pairs {
    pairs: Vec<(String, String)>,
    casing: Casing,
}

impl Pairs {
    /// No pairs yet.
    pub fn new(casing: Casing) -> Self {
        Self {
            pairs: Vec::new(),
            casing,
        }
    }

    /// The pairs in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.pairs.is_empty()
    }

    /// The first value of a name.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter()
            .find(|(known, _)| self.is_same(known, name))
            .map(|(_, value)| value)
    }

    /// Adds a pair at the end.
    pub fn push(&mut self, name: &str, value: impl Into<String>) {
        self.pairs.push((name.to_owned(), value.into()));
    }

    /// Writes one value where the name stood first, or at the end.
    pub fn set(&mut self, name: &str, value: String) {
        self.replace(name, vec![value]);
    }

    /// Writes two values where the name stood first, or at the end.
    pub fn twice(&mut self, name: &str, first: String, last: String) {
        self.replace(name, vec![first, last]);
    }

    /// Takes a name out.
    pub fn remove(&mut self, name: &str) -> Result<(), NoSuchMember> {
        self.get(name).ok_or_else(|| NoSuchMember(name.to_owned()))?;
        self.replace(name, Vec::new());
        Ok(())
    }

    /// Writes the letters of a value in the other case.
    pub fn swap_case(&mut self, name: &str) -> Result<(), NoSuchMember> {
        let value = self.get(name).ok_or_else(|| NoSuchMember(name.to_owned()))?;
        let swapped = value.chars().map(|letter| match letter {
            'A'..='Z' => letter.to_ascii_lowercase(),
            _ => letter.to_ascii_uppercase(),
        });
        self.set(name, swapped.collect());
        Ok(())
    }

    fn replace(&mut self, name: &str, values: Vec<String>) {
        let place = self.pairs.iter().position(|(known, _)| self.is_same(known, name));
        let place = place.unwrap_or(self.pairs.len());
        let casing = self.casing;
        self.pairs.retain(|(known, _)| !is_same(casing, known, name));
        let pairs = values.into_iter().map(|value| (name.to_owned(), value));
        self.pairs.splice(place..place, pairs);
    }

    fn is_same(&self, one: &str, other: &str) -> bool {
        is_same(self.casing, one, other)
    }
}

fn is_same(casing: Casing, one: &str, other: &str) -> bool {
    match casing {
        Casing::Exact => one == other,
        Casing::Ignored => one.eq_ignore_ascii_case(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(casing: Casing) -> Pairs {
        let mut pairs = Pairs::new(casing);
        for (name, value) in [("a", "1"), ("b", "2"), ("a", "3"), ("c", "4")] {
            pairs.push(name, value);
        }
        pairs
    }

    fn text(pairs: &Pairs) -> String {
        pairs.iter().flat_map(|(name, value)| [name, value, " "]).collect()
    }

    #[test]
    fn edits_keep_the_order() {
        let mut edited = pairs(Casing::Exact);
        edited.set("a", "x".to_owned());
        assert_eq!(text(&edited), "ax b2 c4 ");
        edited.twice("b", "y".to_owned(), "z".to_owned());
        assert_eq!(text(&edited), "ax by bz c4 ");
        edited.remove("b").unwrap();
        edited.set("A", "w".to_owned());
        assert_eq!(text(&edited), "ax c4 Aw ");
        assert!(edited.remove("d").is_err());
    }

    #[test]
    fn letters_change_their_case_and_nothing_else_does() {
        let mut edited = Pairs::new(Casing::Exact);
        edited.push("a", "Some-Text_7~é");
        edited.swap_case("a").unwrap();
        assert_eq!(text(&edited), "asOME-tEXT_7~é ");
        assert!(edited.swap_case("b").is_err());
    }

    #[test]
    fn names_of_header_fields_are_the_same_in_any_casing() {
        let mut edited = pairs(Casing::Ignored);
        edited.set("A", "w".to_owned());
        assert_eq!(text(&edited), "Aw b2 c4 ");
        assert_eq!(edited.get("a"), Some("w"));
    }
}
