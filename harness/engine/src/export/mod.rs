//! Writes a flow down for other tools: a Postman collection, a shell script with curl, an HTTP file of an editor.
//!
//! [`script`] turns a flow into requests with variables; one file for each tool writes them. Values of a target stand beside the
//! variables; secrets never do: whoever runs the export brings them.

mod curl;
mod http;
mod postman;
pub mod script;

pub(crate) use curl::single_quoted;
pub use script::{ExportError, Script};

/// What a flow is written for.
pub type Render = fn(&Script) -> String;

/// The tools, by the names that a command line takes, each with a line about what comes out.
pub const TOOLS: [(&str, Render, &str); 3] = [
    ("postman", postman::collection, "a Postman collection, version 2.1"),
    (
        "curl",
        curl::shell_script,
        "a shell script that needs curl, jq and openssl",
    ),
    ("http", http::http_file, "an HTTP file for the REST client of an editor"),
];
