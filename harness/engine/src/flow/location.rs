//! Where an answer sends its reader: the `Location` field taken apart as text, so that what is judged is what the server wrote.

use url::{Url, form_urlencoded};

use crate::system::Response;

/// The `Location` of an answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Location<'a>(&'a str);

/// Which parameters of a location are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Parameters {
    /// Those of its query.
    Query,
    /// Those of its fragment.
    Fragment,
}

/// A parameter that stands in a location more than once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Doubled;

impl<'a> From<&'a str> for Location<'a> {
    fn from(text: &'a str) -> Self {
        Self(text)
    }
}

impl<'a> Location<'a> {
    /// The location of an answer, if it has one; of several fields the first, as browsers do.
    pub fn of(answer: &'a Response) -> Option<Self> {
        answer.header("Location").map(Self)
    }

    /// All of it.
    pub fn whole(self) -> &'a str {
        self.0
    }

    /// What stands before query and fragment.
    pub fn place(self) -> &'a str {
        self.0.split(['?', '#']).next().unwrap_or_default()
    }

    /// The parameters, decoded once as a form.
    pub fn parameters(self, of: Parameters) -> form_urlencoded::Parse<'a> {
        let (before, fragment) = self.0.split_once('#').unwrap_or((self.0, ""));
        let text = match of {
            Parameters::Query => before.split_once('?').map_or("", |(_, query)| query),
            Parameters::Fragment => fragment,
        };
        form_urlencoded::parse(text.as_bytes())
    }

    /// The value of a parameter, if it is there.
    pub fn parameter(self, of: Parameters, name: &str) -> Result<Option<String>, Doubled> {
        let mut values = self.parameters(of).filter(|(known, _)| known == name);
        let value = values.next().map(|(_, value)| value.into_owned());
        if values.next().is_some() {
            Err(Doubled)
        } else {
            Ok(value)
        }
    }
}

/// The path with query of an address, read as a browser does that stands at `from`; none where it leads to another site.
pub fn path_within(from: &str, to: &str) -> Option<String> {
    let from = Url::parse(from).ok()?;
    let to = from.join(to).ok()?;
    let is_same = from.origin() == to.origin();
    is_same.then(|| to[url::Position::BeforePath..url::Position::AfterQuery].to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_location_is_taken_apart_as_it_is_written() {
        let location = Location("com.example:/cb?code=a%2Bb+c%2525&state=1&state=2#code=d&x=?");
        assert_eq!(location.place(), "com.example:/cb");
        assert_eq!(
            location.parameter(Parameters::Query, "code"),
            Ok(Some("a+b c%25".to_owned()))
        );
        assert_eq!(location.parameter(Parameters::Query, "state"), Err(Doubled));
        assert_eq!(location.parameter(Parameters::Query, "x"), Ok(None));
        assert_eq!(
            location.parameter(Parameters::Fragment, "code"),
            Ok(Some("d".to_owned()))
        );
        assert_eq!(location.parameter(Parameters::Fragment, "x"), Ok(Some("?".to_owned())));
        assert_eq!(Location("/cb#a=1?b=2").parameter(Parameters::Query, "b"), Ok(None));
    }

    #[test]
    fn a_path_leads_within_the_site_or_nowhere() {
        let from = "https://x.example/ui/v1/signin?a=1";
        let table = [
            ("/consent?b=2#c", Some("/consent?b=2")),
            ("consent", Some("/ui/v1/consent")),
            ("", Some("/ui/v1/signin?a=1")),
            ("https://x.example:443/a%20b", Some("/a%20b")),
            ("https://x.example:8443/a", None),
            ("//y.example/a", None),
            ("com.example:/cb", None),
            ("https://[", None),
        ];
        for (to, expected) in table {
            assert_eq!(path_within(from, to).as_deref(), expected, "{to}");
        }
    }
}
