//! Writes HTML in which markup comes from this crate and text from anywhere: names of elements and attributes are static, all else is escaped.

use crate::report::escape;

/// Attributes of an element, by name.
pub(super) type Attributes<'a> = &'a [(&'static str, &'a str)];

/// HTML as it is written.
#[derive(Default)]
pub(super) struct Markup(String);

impl Markup {
    /// All that was written.
    pub(super) fn finish(self) -> String {
        self.0
    }

    /// An element with what is in it.
    pub(super) fn element(&mut self, name: &'static str, attributes: Attributes<'_>, content: impl FnOnce(&mut Self)) {
        self.open(name, attributes);
        content(self);
        self.0.push_str("</");
        self.0.push_str(name);
        self.0.push('>');
    }

    /// An element with a text in it.
    pub(super) fn leaf(&mut self, name: &'static str, attributes: Attributes<'_>, text: &str) {
        self.element(name, attributes, |markup| markup.text(text));
    }

    /// An element that has no end.
    pub(super) fn open(&mut self, name: &'static str, attributes: Attributes<'_>) {
        self.0.push('<');
        self.0.push_str(name);
        for (name, value) in attributes {
            self.0.push(' ');
            self.0.push_str(name);
            self.0.push_str("=\"");
            self.0.push_str(&escape::html(value));
            self.0.push('"');
        }
        self.0.push('>');
    }

    /// A text.
    pub(super) fn text(&mut self, text: &str) {
        self.0.push_str(&escape::html(text));
    }

    /// Something of our own that is markup, a style or a script already.
    pub(super) fn verbatim(&mut self, own: &'static str) {
        self.0.push_str(own);
    }

    /// The end of a line, for whoever reads the source.
    pub(super) fn end_line(&mut self) {
        self.0.push('\n');
    }
}
