//! What a sender is told about its message.

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Severity {
    /// The unit was not taken; it is among the dead letters.
    Error,
    /// The unit was taken, with a doubt.
    Warn,
}

/// One element of the feedback, in the form of DCSA Track and Trace 3.0.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Feedback {
    /// How bad it is.
    pub severity: Severity,
    /// What it is.
    pub message: String,
    /// Where in the message: a JSON path.
    pub property_path: String,
}
