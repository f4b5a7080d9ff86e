//! Checks on whether a token can be read: its form, its header, the text of its claims.

use crate::jose::compact::FormFault;
use crate::jose::object::{Object, ObjectFault};
use crate::rule::Verdict;
use crate::rule::token::SignedToken;

/// The outer form: three base64url parts with dots between.
pub fn form(token: &SignedToken) -> Verdict {
    let Some(fault) = token.compact.fault else {
        return Verdict::Held;
    };
    let (cause, detail) = match fault {
        FormFault::TooLong => ("too-long", "the token is longer than 64 KiB"),
        FormFault::JsonSerialization => (
            "json-serialization",
            "the token is in the JSON serialization, not the compact one",
        ),
        FormFault::Several => ("several-tokens", "there are several tokens where exactly one belongs"),
        FormFault::Blanks => ("blanks", "there are blanks or line breaks in the token"),
        FormFault::Encrypted => ("encrypted", "the token has five parts: it is encrypted, not signed"),
        FormFault::NoSignaturePart => ("two-parts", "the token has two parts: its signature is missing"),
        FormFault::Parts => ("more-parts", "the token does not have three parts"),
        FormFault::NotAToken => ("not-a-token", "there is no dot in it: it is no signed token"),
        FormFault::Padding => (
            "padding",
            "a part ends in `=`, which base64url without padding does not",
        ),
        FormFault::Alphabet => ("alphabet", "a part holds `+` or `/`, which base64url does not"),
        FormFault::UnusedBits => (
            "unused-bits",
            "the last character of a part holds bits that belong to no byte",
        ),
        FormFault::NotBase64 => ("not-base64", "a part is not base64url"),
    };
    Verdict::violated(cause, detail)
}

/// The header's text: a UTF-8 JSON object.
pub fn header_object(token: &SignedToken) -> Verdict {
    object(token.compact.header_fault)
}

/// The claims' text: a UTF-8 JSON object.
pub fn claims_object(token: &SignedToken) -> Verdict {
    object(token.compact.claims_fault)
}

fn object(fault: Option<ObjectFault>) -> Verdict {
    let Some(fault) = fault else { return Verdict::Held };
    let (cause, detail) = match fault {
        ObjectFault::NotUtf8 => ("not-utf8", "it is not UTF-8"),
        ObjectFault::ByteOrderMark => ("byte-order-mark", "it starts with a byte order mark"),
        ObjectFault::NotAnObject => ("not-an-object", "it is not a JSON object"),
        ObjectFault::TrailingText => ("trailing-text", "there is text behind the JSON object"),
        ObjectFault::TooDeep => ("too-deep", "it nests deeper than 64 levels"),
        ObjectFault::TooManyMembers => ("too-many-members", "it has more than 10000 members"),
    };
    Verdict::violated(cause, detail)
}

/// No header member stands twice.
pub fn header_once(token: &SignedToken) -> Verdict {
    once(token.header())
}

/// No claim stands twice.
pub fn claims_once(token: &SignedToken) -> Verdict {
    once(token.claims())
}

fn once(object: Option<&Object>) -> Verdict {
    match object.map(Object::doubled) {
        None => Verdict::NotApplicable,
        Some(None) => Verdict::Held,
        Some(Some(_)) => Verdict::violated("first-wins", "a member stands twice"),
    }
}

/// Nothing critical that is not understood (RFC 7515 section 4.1.11); nothing is understood here.
pub fn critical(token: &SignedToken) -> Verdict {
    let Some(header) = token.header() else {
        return Verdict::NotApplicable;
    };
    let Some(critical) = header.json("crit") else {
        return if header.has("crit") {
            Verdict::violated("malformed", "`crit` cannot be read")
        } else {
            Verdict::Held
        };
    };
    let names: Option<Vec<&str>> = critical
        .as_array()
        .map(|list| list.iter().filter_map(|name| name.as_str()).collect());
    match names {
        Some(names) if names.contains(&"b64") => {
            Verdict::violated("unencoded-payload", "`crit` asks for an unencoded payload")
        }
        Some(names) if !names.is_empty() && !names.contains(&"alg") && all_distinct(&names) => Verdict::violated(
            "unknown-extension",
            "`crit` names an extension that is not understood here",
        ),
        _ => Verdict::violated("malformed", "`crit` is not a list of names of extensions"),
    }
}

fn all_distinct(names: &[&str]) -> bool {
    names
        .iter()
        .enumerate()
        .all(|(index, name)| !names[..index].contains(name))
}
