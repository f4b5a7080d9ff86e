//! Why a step could not be carried out, sorted by whose doing it is.

use crate::scenario::template::TemplateError;
use crate::system::ArrangeError;
use crate::token::{ForgeError, draft::NoSuchMember};

use super::cast::Missing;

/// Why a step could not be carried out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FlowError {
    /// The target lacks something: the case is skipped.
    #[error(transparent)]
    Missing(#[from] Missing),
    /// The scenario asks for what cannot be: the case is broken.
    #[error("{0}")]
    Scenario(String),
    /// Nothing was sent, because the run ends early: the case is skipped.
    #[error("{0}")]
    Held(String),
    /// Nothing was sent, because this may not be sent: the case is skipped.
    #[error("{0}")]
    Forbidden(String),
    /// A lever did not do what it promised: the case is inconclusive.
    #[error(transparent)]
    Lever(#[from] ArrangeError),
}

impl FlowError {
    /// The scenario is at fault.
    pub fn scenario(what: impl Into<String>) -> Self {
        Self::Scenario(what.into())
    }
}

impl From<TemplateError> for FlowError {
    fn from(error: TemplateError) -> Self {
        Self::Scenario(error.to_string())
    }
}

impl From<ForgeError> for FlowError {
    fn from(error: ForgeError) -> Self {
        Self::Scenario(error.to_string())
    }
}

impl From<NoSuchMember> for FlowError {
    fn from(error: NoSuchMember) -> Self {
        Self::Scenario(error.to_string())
    }
}
