//! One `Set-Cookie` field taken apart (RFC 6265 section 5.2). What a browser keeps of it is in [`super::browser`].

/// What a `Set-Cookie` field says, attributes in order and as they were written.
#[derive(Clone, PartialEq, Eq)]
pub struct SetCookie<'a> {
    /// The name.
    pub name: &'a str,
    /// The value, quotes included.
    pub value: &'a str,
    attributes: Vec<(&'a str, Option<&'a str>)>,
}

impl<'a> SetCookie<'a> {
    /// Reads a field; none where a browser would pass over it.
    pub fn read(field: &'a str) -> Option<Self> {
        let mut pieces = field.split(';');
        let (name, value) = pieces.next()?.split_once('=')?;
        let attributes = pieces.map(|piece| match piece.split_once('=') {
            Some((name, value)) => (name.trim(), Some(value.trim())),
            None => (piece.trim(), None),
        });
        let read = Self {
            name: name.trim(),
            value: value.trim(),
            attributes: attributes.collect(),
        };
        (!read.name.is_empty()).then_some(read)
    }

    /// Whether an attribute is there, with a value or without one.
    pub fn has(&self, name: &str) -> bool {
        self.attributes
            .iter()
            .any(|(known, _)| known.eq_ignore_ascii_case(name))
    }

    /// The value of an attribute; the last one counts where it is doubled.
    pub fn attribute(&self, name: &str) -> Option<&'a str> {
        let named = self.attributes.iter().rev();
        let (_, value) = named.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name))?;
        *value
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_taken_apart() {
        let cookie = SetCookie::read("__Host-a = \"b=c\" ; PATH=/ ;Secure; Max-Age=1; max-age=2").unwrap();
        assert_eq!((cookie.name, cookie.value), ("__Host-a", "\"b=c\""));
        assert!(cookie.has("secure") && !cookie.has("HttpOnly"));
        assert_eq!(cookie.attribute("Max-Age"), Some("2"));
        assert_eq!(
            (cookie.attribute("path"), cookie.attribute("secure")),
            (Some("/"), None)
        );
    }

    #[test]
    fn a_field_without_a_name_is_passed_over() {
        for field in ["", "a", "=b", " =b; Path=/", "; a=b"] {
            assert!(SetCookie::read(field).is_none(), "{field}");
        }
    }
}
