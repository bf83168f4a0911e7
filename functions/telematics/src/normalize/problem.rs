//! What makes a unit unreadable, and the rejections that come of it.

use std::{borrow::Cow, fmt::Display};

use feed::Reason;
use ingest::Rejection;
use serde::Deserialize;

/// Why a unit cannot be taken, and where in it.
#[derive(Debug)]
pub(super) struct Problem {
    /// JSON path from the root of the message, such as `$.value[3].orderDate`.
    place: String,
    detail: String,
}

impl Problem {
    pub(super) fn new(place: impl Into<String>, detail: impl Display) -> Self {
        Self {
            place: place.into(),
            detail: detail.to_string(),
        }
    }

    /// The rejection of the message as a whole.
    pub(super) fn of_message(self, raw: &[u8]) -> Rejection<'_> {
        Rejection {
            reason: Reason::MalformedMessage,
            ..self.of_unit(raw)
        }
    }

    /// The rejection of the unit whose bytes are `raw`.
    pub(super) fn of_unit(self, raw: &[u8]) -> Rejection<'_> {
        Rejection {
            reason: Reason::InvalidUnit,
            place: self.place,
            detail: self.detail,
            raw: Cow::Borrowed(raw),
            record_key: None,
        }
    }
}

/// The rejection of a message that cannot be read.
pub(super) fn malformed<'a>(error: &dyn Display, raw: &'a [u8]) -> Rejection<'a> {
    Rejection {
        reason: Reason::MalformedMessage,
        ..Problem::new("$", error).of_unit(raw)
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
