//! Reading the bearer token of a request, wherever it stands and however it is written (RFC 6750 section 2).
//!
//! Read through faults, so that the rules of both kinds of servers that take one can judge each.

use crate::form::Form;
use crate::wire::{AUTHORIZATION_LIMIT, BODY_LIMIT, Request};

/// The credentials of a request, read through faults.
#[derive(Debug, Default)]
pub struct Bearer {
    /// The token's text.
    pub text: Option<String>,
    /// Why no proper token was sent, though perhaps one elsewhere.
    pub absent: Option<&'static str>,
    /// Whether there was more than one `Authorization` field.
    pub is_doubled: bool,
    /// What was wrong with the form of the field.
    pub fault: Option<&'static str>,
}

impl Bearer {
    /// Reads the credentials of a request.
    pub fn read(request: &Request) -> Self {
        let fields: Vec<&str> = request.header_values("authorization").collect();
        let is_doubled = fields.len() > 1;
        // Of several fields, a careless server takes the one that works.
        let field = fields
            .iter()
            .find(|field| field.matches('.').count() >= 2)
            .or(fields.first());
        let Some(field) = field else {
            return Self::elsewhere(request);
        };
        let (scheme, rest) = field.split_once([' ', '\t']).unwrap_or((field, ""));
        if !scheme.eq_ignore_ascii_case("bearer") {
            // `Token x` and `JWT x` carry one all the same, and so does a bare token.
            let text = if rest.is_empty() { *field } else { rest };
            let text = (text.matches('.').count() >= 2).then(|| text.to_owned());
            return Self {
                text,
                absent: Some("other-scheme"),
                is_doubled,
                fault: None,
            };
        }
        let fault = match rest {
            _ if field.len() > AUTHORIZATION_LIMIT => Some("too-long"),
            _ if field.contains('\t') => Some("tab"),
            _ if rest.trim().is_empty() => Some("empty"),
            _ if rest.trim_end().ends_with(',') => Some("comma"),
            _ => None,
        };
        let text = rest.trim().trim_end_matches(',').to_owned();
        Self {
            text: (!text.is_empty()).then_some(text),
            absent: None,
            is_doubled,
            fault,
        }
    }

    /// A token where none belongs: in the query or in a form body.
    fn elsewhere(request: &Request) -> Self {
        let query = Form::read(request.query.as_deref().unwrap_or_default().as_bytes());
        if let Some(text) = query.value("access_token") {
            return Self {
                text: Some(text.to_owned()),
                absent: Some("query"),
                ..Self::default()
            };
        }
        let body = Form::read(&request.body[..request.body.len().min(BODY_LIMIT)]);
        if let Some(text) = body.value("access_token") {
            return Self {
                text: Some(text.to_owned()),
                absent: Some("form-body"),
                ..Self::default()
            };
        }
        Self {
            absent: Some("none"),
            ..Self::default()
        }
    }
}
