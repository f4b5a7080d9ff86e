//! The endpoints that a person's browser comes to: authorization, sign-in, consent, device, sign-out.
//!
//! Each has facts and a table of rules of its own; this file holds what they share: cookies, and how an answer to a browser looks.

pub mod authorize;
pub mod authorize_facts;
pub mod authorize_rules;
pub mod browser;
pub mod device;
pub mod form_facts;
pub mod form_rules;
pub mod forms;
pub mod front_channel;
pub mod sign_out;
