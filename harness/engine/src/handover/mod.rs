//! What is handed over to a person or another program: an assertion, an access token, or the command line that asks for one.
//!
//! [`assertion`](mod@assertion) signs as the target file says, [`request`] makes and sends token requests, [`curl`] writes one down without
//! any secret, [`choice`] finds out who is meant. Credentials are handed to whoever asks,
//! and stand in no error.

pub mod assertion;
pub mod choice;
pub mod curl;
pub mod request;

pub use assertion::{assertion, client_assertion};
pub use choice::{Choice, Wish};
pub use curl::curl_line;
pub use request::{AskError, CLIENT_CREDENTIALS, Granted, access_token, token_request};
