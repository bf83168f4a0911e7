//! What makes a unit unreadable, and the rejections that come of it.

use std::{borrow::Cow, fmt::Display};

use feed::Reason;
use ingest::Rejection;
use serde::Deserialize;

use super::feedback::{Feedback, Severity};

/// Why a unit cannot be taken, and where in it.
#[derive(Debug)]
pub(super) struct Problem {
    reason: Reason,
    /// JSON path from the root of the message, such as `$.events[2].eventDateTime`.
    place: String,
    detail: String,
    record_key: Option<String>,
}

impl Problem {
    pub(super) fn new(place: impl Into<String>, detail: impl Display) -> Self {
        Self {
            reason: Reason::InvalidUnit,
            place: place.into(),
            detail: detail.to_string(),
            record_key: None,
        }
    }

    /// A unit that is as it should be, and that is not read here.
    pub(super) fn unsupported(place: impl Into<String>, detail: impl Display) -> Self {
        Self {
            reason: Reason::Unsupported,
            ..Self::new(place, detail)
        }
    }

    /// The same problem, with the record that it keeps from coming about.
    pub(super) fn about(mut self, key: Option<String>) -> Self {
        self.record_key = self.record_key.or(key);
        self
    }

    pub(super) fn feedback(&self) -> Feedback {
        Feedback {
            severity: Severity::Error,
            message: self.detail.clone(),
            property_path: self.place.clone(),
        }
    }

    /// The rejection of the unit whose bytes are `raw`.
    pub(super) fn of_unit(self, raw: &[u8]) -> Rejection<'_> {
        Rejection {
            reason: self.reason,
            place: self.place,
            detail: self.detail,
            raw: Cow::Borrowed(raw),
            record_key: self.record_key,
        }
    }
}

/// A message that is no JSON.
pub(super) fn malformed(error: &dyn Display) -> Problem {
    Problem {
        reason: Reason::MalformedMessage,
        ..Problem::new("$", error)
    }
}

/// Reads the root of a message.
pub(super) fn root<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Problem> {
    match serde_json::from_str(json) {
        Ok(root) => Ok(root),
        Err(error) if error.is_data() => Err(parse::<T>(json, "$")
            .err()
            .unwrap_or_else(|| Problem::new("$", error))),
        Err(error) => Err(malformed(&error)),
    }
}

/// Reads a unit. Only one that fails is read a second time, to learn where.
pub(super) fn parse<'a, T: Deserialize<'a>>(json: &'a str, place: &str) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(|error| {
        let mut again = serde_json::Deserializer::from_str(json);
        match serde_path_to_error::deserialize::<_, T>(&mut again) {
            Err(located) if located.path().iter().next().is_some() => {
                Problem::new(format!("{place}.{}", located.path()), located.inner())
            }
            _ => Problem::new(place, error),
        }
    })
}
