//! Takes values out of answers for later steps, and knows which of them are secret.

use serde_json::Value;

use super::drive::Exchange;
use super::location::{Location, Parameters, path_within};
use super::markup::Page;
use super::value::Kept;
use crate::scenario::model::{Action, Elsewhere, Extent, Source};
use crate::system::Response;
use crate::token::{decode, is_credential};

/// How long the lines of a PEM file are (RFC 7468 section 2).
const PEM_LINE: usize = 64;

/// The value at a place of an answer; none where there is nothing.
pub fn kept(source: &Source, exchange: &Exchange, action: &Action) -> Option<Kept> {
    match source {
        Source::Json(pointer) => json(pointer, exchange.json.as_ref()?, action),
        Source::Elsewhere(Elsewhere::Pem(pointer)) => {
            let base64 = exchange.json.as_ref()?.pointer(pointer)?.as_str()?;
            Some(Kept::Plain(certificate_file(base64)?.into()))
        }
        Source::Elsewhere(elsewhere) => {
            let answer = exchange.answer.as_ref().ok()?;
            let (name, value) = text(elsewhere, answer, &exchange.request.url)?;
            let has_secret = is_credential(name) || is_token(&value) || is_address_with_secret(elsewhere, &value);
            Some(if has_secret {
                Kept::Secret(value)
            } else {
                Kept::Plain(value.into())
            })
        }
    }
}

fn json(pointer: &str, json: &Value, action: &Action) -> Option<Kept> {
    if let Some((token, claim)) = pointer.split_once('#') {
        // A claim of a token is no secret: it is what records show of one.
        let decoded = decode(json.pointer(token)?.as_str()?).ok()?;
        return Value::Object(decoded.claims).pointer(claim).cloned().map(Kept::Plain);
    }
    let name = pointer.rsplit('/').next().unwrap_or_default();
    // What a token endpoint hands out is secret, and so is whatever looks like a token or is called like a credential.
    let is_secret = |text: &str| matches!(action, Action::TokenRequest(_)) || is_token(text) || is_credential(name);
    Some(match json.pointer(pointer)? {
        Value::String(text) if is_secret(text) => Kept::Secret(text.clone()),
        value => Kept::Plain(value.clone()),
    })
}

/// The text at a place, with the name by which it is known as a credential.
fn text<'a>(elsewhere: &'a Elsewhere, answer: &Response, url: &str) -> Option<(&'a str, String)> {
    let parameter = |of, name: &str| Location::of(answer)?.parameter(of, name).ok()?;
    let page = || Page::read(&answer.body);
    Some(match elsewhere {
        Elsewhere::Redirect(name) => (name, parameter(Parameters::Query, name)?),
        Elsewhere::Fragment(name) => (name, parameter(Parameters::Fragment, name)?),
        Elsewhere::Location(Extent::Whole) => ("", Location::of(answer)?.whole().to_owned()),
        Elsewhere::Location(Extent::Path) => ("", path_within(url, Location::of(answer)?.whole())?),
        Elsewhere::Field(name) => (name, page().field(name)?.to_owned()),
        Elsewhere::Action(id) => ("", path_within(url, page().action(id)?)?),
        Elsewhere::Header(name) => (name, answer.header(name)?.to_owned()),
        Elsewhere::Pem(_) => return None,
    })
}

/// The PEM file of a certificate whose DER form is given as base64: lines of 64 characters between the two that frame them (RFC 7468).
fn certificate_file(base64: &str) -> Option<String> {
    let is_base64 = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    let is_one = !base64.is_empty() && base64.bytes().all(|byte| is_base64(&byte));
    let lines = is_one.then(|| base64.as_bytes().chunks(PEM_LINE))?;
    let lines = lines.map(|line| std::str::from_utf8(line).expect("base64 is ASCII"));
    let body: Vec<&str> = lines.collect();
    Some(format!(
        "-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n",
        body.join("\n")
    ))
}

fn is_token(text: &str) -> bool {
    text.starts_with("eyJ")
}

/// Whether a value is an address, and one of its parameters a credential.
fn is_address_with_secret(elsewhere: &Elsewhere, value: &str) -> bool {
    let location = Location::from(value);
    let of = |of| {
        location
            .parameters(of)
            .any(|(name, value)| is_credential(&name) || is_token(&value))
    };
    matches!(elsewhere, Elsewhere::Location(_) | Elsewhere::Action(_))
        && (of(Parameters::Query) || of(Parameters::Fragment))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_certificate_is_kept_as_a_file_of_short_lines() {
        let file = certificate_file(&"A".repeat(65)).expect("it is base64");
        let lines: Vec<&str> = file.lines().collect();
        assert_eq!(lines[0], "-----BEGIN CERTIFICATE-----");
        assert_eq!([lines[1].len(), lines[2].len()], [64, 1]);
        assert_eq!(lines[3], "-----END CERTIFICATE-----");
        for wrong in ["", "-----BEGIN CERTIFICATE-----", "AA BB", "AA\nBB", "A-_A"] {
            assert_eq!(certificate_file(wrong), None, "{wrong}");
        }
    }
}
