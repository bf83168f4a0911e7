//! What can be wrong with a description.

use std::fmt;

use thiserror::Error;

/// A description that cannot be taken.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{path}: {problem}")]
pub struct SchemaError {
    /// JSON path of the property at fault: `$.tableSchema.columns[3].datatype`.
    pub path: String,
    /// What is wrong with it.
    pub problem: SchemaProblem,
}

/// What is wrong with a property.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SchemaProblem {
    /// The bytes are not JSON.
    #[error("not JSON: {0}")]
    NotJson(String),
    /// Another JSON type than the property has.
    #[error("not {0}")]
    WrongType(&'static str),
    /// A property without which there is no contract.
    #[error("{0} is missing")]
    Missing(&'static str),
    /// A part of the recommendation that is left out here.
    #[error("{0} is not supported")]
    Unsupported(String),
    /// Two statements that cannot both hold.
    #[error("contradiction: {0}")]
    Contradiction(String),
    /// A value that the property cannot have.
    #[error("{value:?} is not {wanted}")]
    Invalid {
        /// The value as written.
        value: String,
        /// What it should be.
        wanted: &'static str,
    },
}

/// A property without effect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// JSON path of the property.
    pub path: String,
    /// Why it has no effect.
    pub reason: WarningReason,
}

/// Why a property has no effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WarningReason {
    /// The recommendation does not have it; perhaps it is misspelt.
    Unknown,
    /// The recommendation has it, and it is not needed to read rows.
    NoEffect,
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.reason {
            WarningReason::Unknown => write!(f, "{}: unknown property", self.path),
            WarningReason::NoEffect => write!(f, "{}: no effect here", self.path),
        }
    }
}
