//! The SCIM machinery of the admin API, over plain JSON values (RFC 7643, RFC 7644): what resources are made of ([`schema`]), which of them
//! a search finds ([`filter`], [`list`]), what of them is shown ([`select`]), and how they are written ([`change`], [`patch`]).
//!
//! Knows no HTTP, no rules and no state: who may ask, where resources are kept and how a refusal is worded is decided elsewhere.

pub mod change;
pub mod filter;
pub mod list;
pub mod patch;
pub mod schema;
pub mod select;
mod value;

pub use change::{ChangeError, create, replace_whole};
pub use filter::{Filter, FilterError};
pub use list::{ItemsPerPage, Search, SearchError};
pub use schema::{Attribute, Path, ResourceType};
pub use select::Selection;
