//! Reading `application/x-www-form-urlencoded` text: bodies, queries, and the halves of Basic credentials (RFC 6749 appendix B).
//!
//! Reads through faults and notes them, so that the rules can judge each.

use crate::wire::PARAMETER_LIMIT;

/// Parameters in their order, with what was wrong with their text.
#[derive(Debug, Default)]
pub struct Form {
    parameters: Vec<(String, String)>,
    /// Whether a percent escape was malformed, or the decoded bytes were not UTF-8.
    pub is_malformed: bool,
    /// Whether there were more than [`PARAMETER_LIMIT`] parameters.
    pub is_too_long: bool,
}

impl Form {
    /// Reads form text.
    pub fn read(bytes: &[u8]) -> Self {
        let mut form = Self::default();
        for pair in bytes.split(|byte| *byte == b'&').filter(|pair| !pair.is_empty()) {
            if form.parameters.len() == PARAMETER_LIMIT {
                form.is_too_long = true;
                break;
            }
            let at = pair.iter().position(|byte| *byte == b'=').unwrap_or(pair.len());
            let (name, value) = (decode(&pair[..at]), decode(pair.get(at + 1..).unwrap_or_default()));
            form.is_malformed |= name.1 || value.1;
            form.parameters.push((name.0, value.0));
        }
        form
    }

    /// Reads the texts of a JSON object as parameters, as a careless server would.
    pub fn of_json(bytes: &[u8]) -> Self {
        let object: Option<serde_json::Map<String, serde_json::Value>> = serde_json::from_slice(bytes).ok();
        let parameters = object
            .unwrap_or_default()
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.as_str()?.to_owned())))
            .collect();
        Self {
            parameters,
            ..Self::default()
        }
    }

    /// The first value of this name that is not empty: an empty one counts as absent (RFC 6749 section 3.2).
    pub fn value(&self, name: &str) -> Option<&str> {
        self.parameters
            .iter()
            .find(|(key, value)| key == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// Whether this name stands there at all, empty or not.
    pub fn mentions(&self, name: &str) -> bool {
        self.parameters.iter().any(|(key, _)| key == name)
    }

    /// The first name that stands twice.
    pub fn doubled(&self) -> Option<&str> {
        let mut seen = std::collections::HashSet::new();
        self.parameters
            .iter()
            .map(|(name, _)| name.as_str())
            .find(|name| !seen.insert(*name))
    }

    /// Names and values, in their order.
    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.parameters
            .iter()
            .map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The names, in their order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.parameters.iter().map(|(name, _)| name.as_str())
    }
}

/// Decodes one name or value; the flag says that something in it was malformed.
pub fn decode(bytes: &[u8]) -> (String, bool) {
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut malformed = false;
    let mut at = 0;
    while at < bytes.len() {
        match bytes[at] {
            b'+' => decoded.push(b' '),
            b'%' => {
                let digits = bytes
                    .get(at + 1..at + 3)
                    .and_then(|digits| std::str::from_utf8(digits).ok());
                match digits.filter(|digits| digits.bytes().all(|digit| digit.is_ascii_hexdigit())) {
                    Some(digits) => {
                        decoded.push(u8::from_str_radix(digits, 16).expect("two hexadecimal digits make a byte"));
                        at += 2;
                    }
                    None => {
                        malformed = true;
                        decoded.push(b'%');
                    }
                }
            }
            other => decoded.push(other),
        }
        at += 1;
    }
    match String::from_utf8(decoded) {
        Ok(text) => (text, malformed),
        Err(error) => (String::from_utf8_lossy(error.as_bytes()).into_owned(), true),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn raw_and_encoded_values_are_the_same() {
        let raw = Form::read(b"scope=urn:opc:a/ b");
        let encoded = Form::read(b"scope=urn%3Aopc%3Aa%2F+b");
        assert_eq!(raw.value("scope"), Some("urn:opc:a/ b"));
        assert_eq!(raw.value("scope"), encoded.value("scope"));
    }

    #[test]
    fn empty_counts_as_absent_and_doubles_are_seen() {
        let form = Form::read(b"grant_type=&a=1&a=2&b");
        assert_eq!(form.value("grant_type"), None);
        assert!(form.mentions("grant_type"));
        assert_eq!(form.doubled(), Some("a"));
        assert_eq!(form.value("b"), None);
    }

    #[test]
    fn malformed_escapes_are_noted() {
        for text in [&b"a=%ZZ"[..], b"a=%", b"a=%4", b"a=%ff", b"\xff=1", b"a=%+1"] {
            assert!(Form::read(text).is_malformed, "{text:?}");
        }
        assert!(!Form::read(b"a=%C3%BC").is_malformed);
    }

    #[test]
    fn too_many_parameters_are_noted() {
        assert!(Form::read("a=1&".repeat(PARAMETER_LIMIT + 1).as_bytes()).is_too_long);
    }
}
