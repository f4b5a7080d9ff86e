//! Evaluates templates against what is known at one point of a scenario.
//!
//! A value that is nothing but one template keeps its type. Secrets come out only where the caller says that the place may hold one.

use std::cell::Cell;
use std::collections::HashMap;

use aws_lc_rs::digest::{Context, SHA256};
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use indexmap::IndexMap;
use serde_json::Value;

use super::cast::{Cast, Missing};
use super::error::FlowError;
use crate::scenario::Template;
use crate::scenario::template::{Expression, NOW, Name, Piece, Sign, TODAY, Term};
use crate::system::Mint;

/// Names used in a scenario, each with the player of the target that it is bound to.
pub type Names = IndexMap<String, String>;

/// What steps have kept, by step and name.
pub type Kepts = HashMap<String, HashMap<String, Kept>>;

/// A value that a step kept. There is no `Debug`: a secret may be in it.
#[derive(Clone)]
pub enum Kept {
    /// May stand anywhere.
    Plain(Value),
    /// A token; may stand only where a request takes one.
    Secret(String),
}

/// Whether a place may hold a secret.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Secrets {
    /// It goes to the target and nowhere else.
    Allowed,
    /// It is signed, compared or recorded.
    Refused,
}

/// What templates can read at one point of a scenario.
pub struct Scope<'a> {
    /// The players of the target.
    pub cast: &'a Cast,
    /// Who plays whom.
    pub names: Names,
    /// What earlier steps have kept.
    pub kept: Kepts,
    /// What the steps of the control have kept, in a case.
    pub control: Option<&'a Kepts>,
    /// The value of the variant, in a case with variants.
    pub each: Option<&'a Value>,
    /// Seconds since 1970 by the target's clock.
    pub now: u64,
    /// The issuer key that the target lends.
    pub mint: Option<&'a Mint>,
    fresh: Fresh,
}

/// Makes values that are new each time and yet the same in every run with the same seed.
struct Fresh {
    seed: String,
    id: String,
    count: Cell<u32>,
}

impl<'a> Scope<'a> {
    /// The scope before the first step of the scenario with this id.
    pub fn new(cast: &'a Cast, names: Names, seed: &str, id: &str) -> Self {
        Self {
            cast,
            names,
            kept: Kepts::new(),
            control: None,
            each: None,
            now: 0,
            mint: None,
            fresh: Fresh {
                seed: seed.to_owned(),
                id: id.to_owned(),
                count: Cell::new(0),
            },
        }
    }

    /// A text of 43 characters of base64url that is new each time.
    pub fn fresh_text(&self) -> String {
        URL_SAFE_NO_PAD.encode(self.fresh.bytes())
    }

    /// The player that is bound to a name.
    pub fn player(&self, name: &str) -> Result<&str, FlowError> {
        let player = self.names.get(name);
        player
            .map(String::as_str)
            .ok_or_else(|| FlowError::scenario(format!("nobody is bound to the name `{name}`")))
    }

    /// An attribute of the player that is bound to a name.
    pub fn attribute(&self, name: &str, path: &[&str]) -> Result<Value, FlowError> {
        let player = self.player(name)?;
        let entity = self.cast.player(name, player);
        let value = entity.and_then(|entity| entity.attribute(path));
        value.ok_or_else(|| Missing::new(player, path.join(".")).into())
    }

    /// Where the player that is bound to a name is.
    pub fn url(&self, name: &str) -> Result<String, FlowError> {
        Ok(spelt(self.attribute(name, &["url"])?))
    }

    /// Evaluates the texts in a value, names of members aside.
    pub fn value(&self, value: &Value, secrets: Secrets) -> Result<Value, FlowError> {
        Ok(match value {
            Value::String(text) => self.typed(text, secrets)?,
            Value::Array(elements) => {
                let elements = elements.iter().map(|element| self.value(element, secrets));
                Value::Array(elements.collect::<Result<_, _>>()?)
            }
            Value::Object(members) => {
                let members = members
                    .iter()
                    .map(|(name, member)| Ok((name.clone(), self.value(member, secrets)?)));
                Value::Object(members.collect::<Result<_, FlowError>>()?)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => value.clone(),
        })
    }

    /// Evaluates a text to a text.
    pub fn text(&self, text: &str, secrets: Secrets) -> Result<String, FlowError> {
        Ok(spelt(self.typed(text, secrets)?))
    }

    fn typed(&self, text: &str, secrets: Secrets) -> Result<Value, FlowError> {
        if !text.contains("${") {
            return Ok(Value::from(text));
        }
        let template: Template = text.parse()?;
        if let Some(expression) = template.whole() {
            return self.expression(expression, secrets);
        }
        let mut filled = String::new();
        for piece in &template.pieces {
            match piece {
                Piece::Text(text) => filled.push_str(text),
                Piece::Expression(expression) => filled.push_str(&spelt(self.expression(expression, secrets)?)),
            }
        }
        Ok(Value::String(filled))
    }

    fn expression(&self, expression: &Expression, secrets: Secrets) -> Result<Value, FlowError> {
        if let Some(name) = expression.single_name() {
            return self.name(name, secrets);
        }
        // Beside the name of the day, whole numbers are days.
        let of_days = expression.names().any(|name| name.first() == TODAY);
        let mut sum: i64 = 0;
        for (sign, term) in &expression.terms {
            let number = match term {
                Term::Integer(number) => *number,
                Term::Name(name) if name.first() == TODAY => self.today(),
                Term::Name(name) => self
                    .name(name, Secrets::Refused)?
                    .as_i64()
                    .ok_or_else(|| FlowError::scenario(format!("`{name}` is not a whole number")))?,
            };
            sum = match sign {
                Sign::Plus => sum.saturating_add(number),
                Sign::Minus => sum.saturating_sub(number),
            };
        }
        if of_days {
            return date(sum)
                .map(Value::from)
                .ok_or_else(|| FlowError::scenario("a day beyond any calendar".to_owned()));
        }
        Ok(Value::from(sum))
    }

    /// The day by the target's clock, counted from 1970.
    fn today(&self) -> i64 {
        i64::try_from(self.now / SECONDS_OF_A_DAY).unwrap_or(i64::MAX)
    }

    fn name(&self, name: &Name, secrets: Secrets) -> Result<Value, FlowError> {
        let unknown = || FlowError::scenario(format!("nothing is called `{name}` here"));
        let rest: Vec<&str> = name.rest().iter().map(String::as_str).collect();
        match (name.first(), rest.as_slice()) {
            (NOW, []) => Ok(Value::from(self.now)),
            (TODAY, []) => date(self.today()).map(Value::from).ok_or_else(unknown),
            ("each", []) => self.each.cloned().ok_or_else(unknown),
            ("fresh", ["uuid"]) => Ok(Value::from(self.fresh.uuid())),
            ("fresh", [what]) => {
                let kilobytes = what
                    .strip_prefix("kilobytes")
                    .and_then(|count| count.parse::<usize>().ok());
                let kilobytes = kilobytes.filter(|count| *count <= 64).ok_or_else(unknown)?;
                Ok(Value::from("x".repeat(kilobytes * 1024)))
            }
            ("mint", [what]) => {
                let mint = self.mint.ok_or_else(|| Missing::new("levers", "mint"))?;
                match *what {
                    "issuer" => Ok(Value::from(mint.issuer.as_str())),
                    "key-id" => Ok(Value::from(mint.key_id.as_str())),
                    _ => Err(unknown()),
                }
            }
            ("control", [step, kept]) => open(
                self.control.and_then(|kepts| kepts.get(*step)?.get(*kept)),
                name,
                secrets,
            ),
            (step, [kept]) if self.kept.contains_key(step) => {
                open(self.kept.get(step).and_then(|kepts| kepts.get(*kept)), name, secrets)
            }
            (bound, path @ [_, ..]) if self.names.contains_key(bound) => self.attribute(bound, path),
            _ => Err(unknown()),
        }
    }
}

const SECONDS_OF_A_DAY: u64 = 24 * 60 * 60;

/// The day of this number, counted from 1970, as `2026-11-20`.
fn date(day: i64) -> Option<String> {
    let seconds = day.checked_mul(i64::try_from(SECONDS_OF_A_DAY).ok()?)?;
    let instant = jiff::Timestamp::from_second(seconds).ok()?;
    Some(instant.strftime("%Y-%m-%d").to_string())
}

/// Takes a kept value out, if the place may hold it.
fn open(kept: Option<&Kept>, name: &Name, secrets: Secrets) -> Result<Value, FlowError> {
    match (kept, secrets) {
        (Some(Kept::Plain(value)), _) => Ok(value.clone()),
        (Some(Kept::Secret(text)), Secrets::Allowed) => Ok(Value::from(text.as_str())),
        (Some(Kept::Secret(_)), Secrets::Refused) => {
            Err(FlowError::scenario(format!("`{name}` is secret and cannot stand here")))
        }
        (None, _) => Err(FlowError::scenario(format!("nothing was kept as `{name}`"))),
    }
}

/// A value as it stands within a text: texts bare, all else as JSON.
pub fn spelt(value: Value) -> String {
    match value {
        Value::String(text) => text,
        value => value.to_string(),
    }
}

impl Fresh {
    /// 32 bytes that nobody has seen before.
    fn bytes(&self) -> [u8; 32] {
        let count = self.count.get();
        self.count.set(count + 1);
        let mut context = Context::new(&SHA256);
        for part in [self.seed.as_bytes(), self.id.as_bytes(), &count.to_be_bytes()] {
            context.update(&(part.len() as u64).to_be_bytes());
            context.update(part);
        }
        context.finish().as_ref().try_into().expect("a digest has 32 bytes")
    }

    fn uuid(&self) -> String {
        let mut bytes: [u8; 16] = self.bytes()[..16].try_into().expect("half of 32 is 16");
        // Version 4 and the usual variant, as of a random one.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let number = u128::from_be_bytes(bytes);
        let field = |from: u32, bits: u32| (number >> (128 - from - bits)) & ((1 << bits) - 1);
        format!(
            "{:08x}-{:04x}-{:04x}-{:04x}-{:012x}",
            field(0, 32),
            field(32, 16),
            field(48, 16),
            field(64, 16),
            field(80, 48)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::super::for_tests::{cast, names};
    use super::*;
    use serde_json::json;

    fn scope(cast: &Cast) -> Scope<'_> {
        let names = names(&[("client", "backend"), ("domain", "home")]);
        let mut scope = Scope::new(cast, names, "seed", "flow");
        scope.now = 1_000;
        let kept = [
            ("count", Kept::Plain(json!(3))),
            ("access-token", Kept::Secret("hush".to_owned())),
        ];
        let kept = kept.map(|(name, kept)| (name.to_owned(), kept));
        scope.kept.insert("token".to_owned(), kept.into());
        scope
    }

    #[test]
    fn a_value_that_is_one_template_keeps_its_type() {
        let cast = cast();
        let mut scope = scope(&cast);
        let each = json!([""]);
        scope.each = Some(&each);
        let table = [
            (json!("${now+300}"), json!(1300)),
            (json!("${now-domain.leeway-5}"), json!(985)),
            (json!("${client.id}"), json!("client-1")),
            (json!("at ${now}"), json!("at 1000")),
            (json!("${today}"), json!("1970-01-01")),
            (json!("${today+31}"), json!("1970-02-01")),
            (json!("${today-1}T00:00"), json!("1969-12-31T00:00")),
            (json!("${each}"), json!([""])),
            (json!("${token.count}"), json!(3)),
            (json!({ "a": ["${now}", 1, null] }), json!({ "a": [1000, 1, null] })),
            (json!("$ and }"), json!("$ and }")),
        ];
        for (written, value) in table {
            assert_eq!(scope.value(&written, Secrets::Refused), Ok(value), "{written}");
        }
    }

    #[test]
    fn a_secret_comes_out_only_where_it_may() {
        let cast = cast();
        let scope = scope(&cast);
        let text = "Bearer ${token.access-token}";
        assert_eq!(scope.text(text, Secrets::Allowed).as_deref(), Ok("Bearer hush"));
        for text in [text, "${token.access-token}", "${token.access-token+1}"] {
            let error = scope.text(text, Secrets::Refused).unwrap_err();
            assert!(
                matches!(&error, FlowError::Scenario(why) if why.contains("secret")),
                "{error}"
            );
        }
    }

    #[test]
    fn what_is_not_there_is_told_apart_from_what_the_target_lacks() {
        let cast = cast();
        let scope = scope(&cast);
        let missing = scope.text("${domain.nothing}", Secrets::Refused).unwrap_err();
        assert_eq!(missing, Missing::new("home", "nothing").into());
        for text in [
            "${nobody.id}",
            "${token.other}",
            "${each}",
            "${client.id+1}",
            "${fresh.number}",
        ] {
            let error = scope.text(text, Secrets::Refused).unwrap_err();
            assert!(matches!(error, FlowError::Scenario(_)), "{text}: {error}");
        }
    }

    #[test]
    fn fresh_values_are_new_each_time_and_the_same_in_every_run() {
        let cast = cast();
        let (one, other) = (scope(&cast), scope(&cast));
        let draw = |scope: &Scope<'_>| scope.text("${fresh.uuid}", Secrets::Refused).unwrap();
        let (first, second) = (draw(&one), draw(&one));
        assert_ne!(first, second);
        assert_eq!([draw(&other), draw(&other)], [first.clone(), second]);
        assert_eq!((first.len(), first.as_bytes()[14]), (36, b'4'));
        let elsewhere = Scope::new(&cast, Names::new(), "seed", "other");
        assert_ne!(draw(&elsewhere), first);
    }
}
