//! Templates: what stands between `${` and `}` in the texts of a scenario. Only parsing; the flow evaluates.
//!
//! ```text
//! template   = *( text / "${" expression "}" )
//! expression = [ "-" ] term *( ( "+" / "-" ) term )
//! term       = 1*digit / name
//! name       = word *( "." word )
//! word       = letter *( letter / digit / "_" / "-" letter )
//! ```
//!
//! Blanks around `+`, `-` and terms are skipped. A `-` between a word and a letter belongs to the word, as in
//! `client.certificate-alias`; before a digit, after a blank, and after the names `now` and `today` it is a minus, as in
//! `now-domain.leeway-5`. A `$` that no `{` follows is text, and so is a `}` outside of a template.

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

/// The name of the clock, after which a `-` is always a minus, as after [`TODAY`].
pub const NOW: &str = "now";

/// The name of the day by that clock, in UTC; whole numbers beside it are days.
pub const TODAY: &str = "today";

/// The most digits of a whole number; enough for any time, and no sum of such terms overflows.
const DIGITS: usize = 15;

/// A text with templates in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Template {
    /// Text and expressions, in order.
    pub pieces: Vec<Piece>,
}

/// A piece of a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text that stands for itself.
    Text(String),
    /// What stood between `${` and `}`.
    Expression(Expression),
}

/// Terms that are added and subtracted. A single added name may stand for any value, all else for whole numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expression {
    /// The terms with their signs, in order; at least one.
    pub terms: Vec<(Sign, Term)>,
}

/// Whether a term is added or subtracted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Sign {
    /// Added.
    Plus,
    /// Subtracted.
    Minus,
}

/// A term of an expression.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Term {
    /// A whole number.
    Integer(i64),
    /// A name that the flow looks up.
    Name(Name),
}

/// A dotted name, such as `client.certificate-alias`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Name {
    words: Vec<String>,
}

impl Name {
    /// The first word: the thing that is meant.
    pub fn first(&self) -> &str {
        &self.words[0]
    }

    /// The words after the first: what of it is meant.
    pub fn rest(&self) -> &[String] {
        &self.words[1..]
    }
}

impl fmt::Display for Name {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.words.join("."))
    }
}

/// Why a text is no template.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{expected} in the template `{template}`")]
pub struct TemplateError {
    /// What was expected where it went wrong.
    pub expected: &'static str,
    /// The template, from its `${`.
    pub template: String,
}

impl Template {
    /// The expression, if the text is nothing but one template: such a value keeps its type.
    pub fn whole(&self) -> Option<&Expression> {
        match self.pieces.as_slice() {
            [Piece::Expression(expression)] => Some(expression),
            _ => None,
        }
    }

    /// Every name that is looked up, in order.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        let expressions = self.pieces.iter().filter_map(|piece| match piece {
            Piece::Expression(expression) => Some(expression),
            Piece::Text(_) => None,
        });
        expressions.flat_map(Expression::names)
    }
}

impl Expression {
    /// Every name that is looked up, in order.
    pub fn names(&self) -> impl Iterator<Item = &Name> {
        self.terms.iter().filter_map(|(_, term)| match term {
            Term::Name(name) => Some(name),
            Term::Integer(_) => None,
        })
    }

    /// The name, if the expression is one added name: such a value may be of any type.
    pub fn single_name(&self) -> Option<&Name> {
        match self.terms.as_slice() {
            [(Sign::Plus, Term::Name(name))] => Some(name),
            _ => None,
        }
    }
}

impl FromStr for Template {
    type Err = TemplateError;

    fn from_str(text: &str) -> Result<Self, TemplateError> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find("${") {
            if start > 0 {
                pieces.push(Piece::Text(rest[..start].to_owned()));
            }
            let mut reader = Reader {
                rest: &rest[start + 2..],
            };
            let expression = reader.expression().map_err(|expected| {
                let template: String = rest[start..].chars().take(60).collect();
                TemplateError { expected, template }
            })?;
            pieces.push(Piece::Expression(expression));
            rest = reader.rest;
        }
        if !rest.is_empty() {
            pieces.push(Piece::Text(rest.to_owned()));
        }
        Ok(Self { pieces })
    }
}

/// Reads one expression up to and with its closing brace.
struct Reader<'a> {
    rest: &'a str,
}

impl Reader<'_> {
    fn expression(&mut self) -> Result<Expression, &'static str> {
        self.skip_blanks();
        let mut sign = if self.take('-') { Sign::Minus } else { Sign::Plus };
        let mut terms = Vec::new();
        loop {
            self.skip_blanks();
            terms.push((sign, self.term()?));
            self.skip_blanks();
            sign = match () {
                () if self.take('}') => return Ok(Expression { terms }),
                () if self.take('+') => Sign::Plus,
                () if self.take('-') => Sign::Minus,
                () => return Err("expected `+`, `-` or `}`"),
            };
        }
    }

    fn term(&mut self) -> Result<Term, &'static str> {
        let digits = self.rest.bytes().take_while(u8::is_ascii_digit).count();
        if digits > DIGITS {
            return Err("expected a number of at most 15 digits");
        }
        if digits > 0 {
            let number = self.rest[..digits].parse().expect("15 digits fit");
            self.rest = &self.rest[digits..];
            return Ok(Term::Integer(number));
        }
        let mut words = vec![self.word()?];
        while self.take('.') {
            words.push(self.word()?);
        }
        Ok(Term::Name(Name { words }))
    }

    fn word(&mut self) -> Result<String, &'static str> {
        let is_letter = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphabetic);
        let bytes = self.rest.as_bytes();
        if !is_letter(bytes.first()) {
            return Err("expected a name or a whole number");
        }
        let mut length = 1;
        while let Some(byte) = bytes.get(length) {
            let is_inner_hyphen =
                *byte == b'-' && is_letter(bytes.get(length + 1)) && ![NOW, TODAY].contains(&&self.rest[..length]);
            if !(byte.is_ascii_alphanumeric() || *byte == b'_' || is_inner_hyphen) {
                break;
            }
            length += 1;
        }
        let word = self.rest[..length].to_owned();
        self.rest = &self.rest[length..];
        Ok(word)
    }

    fn skip_blanks(&mut self) {
        self.rest = self.rest.trim_start_matches(' ');
    }

    fn take(&mut self, character: char) -> bool {
        let after = self.rest.strip_prefix(character);
        self.rest = after.unwrap_or(self.rest);
        after.is_some()
    }
}

/// Calls `visit` with every text in a value, names of members aside: they hold no templates.
pub fn visit_texts<'a>(value: &'a Value, visit: &mut impl FnMut(&'a str)) {
    match value {
        Value::String(text) => visit(text),
        Value::Array(elements) => elements.iter().for_each(|element| visit_texts(element, visit)),
        Value::Object(members) => members.values().for_each(|member| visit_texts(member, visit)),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Spells the terms of the only expression, each with its sign.
    fn terms(text: &str) -> String {
        let template: Template = text.parse().unwrap_or_else(|error| panic!("{error}"));
        let expression = template.whole().expect("one expression");
        let spelt = expression.terms.iter().map(|(sign, term)| {
            let sign = if *sign == Sign::Plus { '+' } else { '-' };
            match term {
                Term::Integer(number) => format!("{sign}{number}"),
                Term::Name(name) => format!("{sign}{name}"),
            }
        });
        spelt.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn a_hyphen_is_read_as_the_grammar_says() {
        let cases = [
            ("${client.certificate-alias}", "+client.certificate-alias"),
            ("${control.token.access-token}", "+control.token.access-token"),
            ("${other-user.name}", "+other-user.name"),
            ("${now}", "+now"),
            ("${now+300}", "+now +300"),
            ("${now-5}", "+now -5"),
            ("${now-domain.leeway-5}", "+now -domain.leeway -5"),
            ("${now - domain.leeway - x}", "+now -domain.leeway -x"),
            ("${now+domain.leeway-a-b}", "+now +domain.leeway-a-b"),
            ("${a-5}", "+a -5"),
            ("${a -b}", "+a -b"),
            ("${a2-b}", "+a2-b"),
            ("${300-now}", "+300 -now"),
            ("${-1}", "-1"),
            ("${nowhere-x}", "+nowhere-x"),
        ];
        for (text, expected) in cases {
            assert_eq!(terms(text), expected, "{text}");
        }
    }

    #[test]
    fn text_around_templates_is_kept() {
        let template: Template = "/agent/${api.agent}/status/${invoke.job}$}"
            .parse()
            .expect("a template");
        assert!(template.whole().is_none());
        assert_eq!(template.pieces.len(), 5);
        assert_eq!(template.pieces[4], Piece::Text("$}".to_owned()));
        let names: Vec<String> = template.names().map(ToString::to_string).collect();
        assert_eq!(names, ["api.agent", "invoke.job"]);
    }

    #[test]
    fn what_the_grammar_lacks_is_refused() {
        for text in [
            "${",
            "${}",
            "${a",
            "${a.}",
            "${a..b}",
            "${a+}",
            "${a*2}",
            "${5x}",
            "${ä}",
            "${a b}",
            "x ${${a}}",
        ] {
            assert!(text.parse::<Template>().is_err(), "{text}");
        }
        assert!("${1234567890123456}".parse::<Template>().is_err());
    }

    #[test]
    fn texts_are_found_at_every_depth() {
        let value = serde_json::json!({ "a": ["x", { "b": "y" }], "c": 3 });
        let mut texts = Vec::new();
        visit_texts(&value, &mut |text| texts.push(text));
        assert_eq!(texts, ["x", "y"]);
    }
}
