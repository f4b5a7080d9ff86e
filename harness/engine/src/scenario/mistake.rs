//! What serde says about a file, in words for the person who wrote it.
//!
//! Both readers, for YAML and for TOML, hand out serde's sentences; this module takes them apart. What stood in the file is kept
//! apart from what was expected, so that a reader of files with secrets can drop the one and keep the other.

/// A sentence of serde, taken apart.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mistake {
    /// What is wrong; names keys of the file, never values.
    pub(crate) what: String,
    /// What would be right.
    pub(crate) expected: Option<String>,
    /// What stood there; may quote a value.
    pub(crate) found: Option<String>,
    /// A word that is not known.
    pub(crate) wrong: Option<Wrong>,
}

/// A word that is not known, with those that are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wrong {
    /// The word.
    pub(crate) word: String,
    /// Whether it stood where a value stands.
    pub(crate) is_value: bool,
    /// The words that are known.
    pub(crate) known: Vec<String>,
}

/// What serde and Rust call things, and what people call them.
const WORDS: [(&str, &str); 27] = [
    ("a sequence", "a list"),
    ("sequence start", "a list"),
    ("sequence", "a list"),
    ("a map", "a map"),
    ("mapping start", "a map"),
    ("map", "a map"),
    ("a string", "a text"),
    ("string scalar", "a text"),
    ("scalar", "a single value"),
    ("a boolean", "`true` or `false`"),
    ("boolean", "`true` or `false`"),
    ("a bool", "`true` or `false`"),
    ("bool", "`true` or `false`"),
    ("u8", "a whole number"),
    ("u16", "a whole number"),
    ("u32", "a whole number"),
    ("u64", "a whole number"),
    ("usize", "a whole number"),
    ("i64", "a whole number"),
    ("an integer", "a whole number"),
    ("integer", "a whole number"),
    ("f64", "a number"),
    ("floating point", "a number"),
    ("null", "nothing"),
    ("unit value", "nothing"),
    ("Option value", "nothing"),
    ("string", "a text"),
];

/// Says a word of serde in words for people.
pub(crate) fn plain(word: &str) -> String {
    if let Some((_, plain)) = WORDS.iter().find(|(theirs, _)| *theirs == word) {
        return (*plain).to_owned();
    }
    for (prefix, replacement) in [
        ("string ", "the text "),
        ("integer ", "the number "),
        ("floating point ", "the number "),
        ("boolean ", ""),
    ] {
        if let Some(value) = word.strip_prefix(prefix) {
            return format!("{replacement}{value}");
        }
    }
    for prefix in ["struct variant ", "struct "] {
        if word.starts_with(prefix) {
            return "a map".to_owned();
        }
    }
    match word.split_once(' ') {
        Some(("enum" | "variant", _)) => "a word, or a map with one key".to_owned(),
        _ => word.to_owned(),
    }
}

impl Mistake {
    /// A mistake that is told by its name alone.
    pub(crate) fn new(what: impl Into<String>) -> Self {
        Self {
            what: what.into(),
            ..Self::default()
        }
    }

    /// A key that is not known.
    pub(crate) fn unknown_key(key: &str, known: Vec<String>) -> Self {
        let wrong = Wrong {
            word: key.to_owned(),
            is_value: false,
            known,
        };
        Self {
            wrong: Some(wrong),
            ..Self::new(format!("unknown key `{key}`"))
        }
    }

    /// A value that is none of those that are known.
    pub(crate) fn unknown_value(value: &str, known: Vec<String>) -> Self {
        let wrong = Wrong {
            word: value.to_owned(),
            is_value: true,
            known,
        };
        Self {
            found: Some(format!("`{value}`")),
            wrong: Some(wrong),
            ..Self::new("unknown word")
        }
    }

    /// A key that is missing.
    pub(crate) fn missing(key: &str) -> Self {
        Self {
            found: Some("no more keys in this map".to_owned()),
            ..Self::new(format!("the key `{key}` is missing"))
        }
    }

    /// A value of the wrong type.
    pub(crate) fn wrong_type(found: &str, expected: &str) -> Self {
        let (found, expected) = (Some(plain(found)), Some(plain(expected)));
        Self {
            expected,
            found,
            ..Self::new("wrong type")
        }
    }

    /// A value of the right type that is of no use.
    pub(crate) fn wrong_value(found: &str, expected: &str) -> Self {
        Self {
            what: "wrong value".to_owned(),
            ..Self::wrong_type(found, expected)
        }
    }

    /// Takes a sentence of serde apart; a sentence that is not serde's own is kept as it is.
    pub(crate) fn from_sentence(sentence: &str) -> Self {
        let quoted = |prefix: &str| Some(sentence.strip_prefix(prefix)?.split_once('`')?.0);
        // The words that are known stand last, so nothing that was found in the file can come after them.
        let known = || {
            let list = sentence.rsplit_once(", expected ").map_or("", |(_, list)| list);
            list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
        };
        let pair = |prefix: &str| sentence.strip_prefix(prefix)?.rsplit_once(", expected ");
        if let Some(key) = quoted("unknown field `") {
            return Self::unknown_key(key, known());
        }
        if let Some(part) = quoted("unknown part `") {
            return Self {
                what: format!("unknown part `{part}`"),
                ..Self::unknown_key(part, known())
            };
        }
        if let Some(value) = quoted("unknown variant `") {
            return Self::unknown_value(value, known());
        }
        if let Some(key) = quoted("missing field `") {
            return Self::missing(key);
        }
        if let Some(key) = quoted("duplicate field `") {
            return Self::new(format!("the key `{key}` stands here twice"));
        }
        if let Some((found, expected)) = pair("invalid type: ") {
            return Self::wrong_type(found, expected);
        }
        if let Some((found, expected)) = pair("invalid value: ") {
            return Self::wrong_value(found, expected);
        }
        if let Some((length, expected)) = pair("invalid length ") {
            return Self {
                found: Some(length.to_owned()),
                expected: Some(expected.to_owned()),
                ..Self::new("wrong length")
            };
        }
        match sentence.split_once(": expected ") {
            Some((what, expected)) => Self {
                expected: Some(expected.to_owned()),
                ..Self::new(what)
            },
            None => Self::new(sentence),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sentences_of_serde_are_taken_apart() {
        let mistake = Mistake::from_sentence("unknown field `titel`, expected one of `title`, `about`");
        assert_eq!(
            mistake,
            Mistake::unknown_key("titel", vec!["title".to_owned(), "about".to_owned()])
        );
        let mistake = Mistake::from_sentence("invalid type: string \"a, expected b\", expected a sequence");
        assert_eq!(mistake.expected.as_deref(), Some("a list"));
        assert_eq!(mistake.found.as_deref(), Some("the text \"a, expected b\""));
        assert_eq!(
            Mistake::from_sentence("missing field `do`").what,
            "the key `do` is missing"
        );
    }

    #[test]
    fn a_sentence_of_another_kind_is_kept() {
        assert_eq!(Mistake::from_sentence("two comparisons").what, "two comparisons");
    }
}
