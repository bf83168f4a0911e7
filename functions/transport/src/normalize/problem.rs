//! What makes a unit unreadable, and the rejections that come of it.

use std::{borrow::Cow, fmt::Display};

use feed::Reason;
use ingest::Rejection;
use record::RecordKey;
use serde::Deserialize;

/// Why a unit cannot be taken, and where in it.
#[derive(Debug)]
pub(super) struct Problem {
    /// JSON path from the root of the message, such as `$.data.actions[2].entity.startTime`.
    place: String,
    detail: String,
    record_key: Option<String>,
}

impl Problem {
    pub(super) fn new(place: impl Into<String>, detail: impl Display) -> Self {
        Self {
            place: place.into(),
            detail: detail.to_string(),
            record_key: None,
        }
    }

    /// The same problem, with the record that it keeps from coming about.
    pub(super) fn about(mut self, key: &RecordKey) -> Self {
        self.record_key = Some(key.as_str().to_owned());
        self
    }

    /// The rejection of the unit whose bytes are `raw`.
    pub(super) fn of_unit(self, raw: &[u8]) -> Rejection<'_> {
        Rejection {
            reason: Reason::InvalidUnit,
            place: self.place,
            detail: self.detail,
            raw: Cow::Borrowed(raw),
            record_key: self.record_key,
        }
    }
}

/// The rejection of a message that is no JSON.
pub(super) fn malformed<'a>(error: &dyn Display, raw: &'a [u8]) -> Rejection<'a> {
    Rejection {
        reason: Reason::MalformedMessage,
        ..Problem::new("$", error).of_unit(raw)
    }
}

/// The rejection of a message of a kind that is not read.
pub(super) fn unsupported<'a>(place: &str, detail: &dyn Display, raw: &'a [u8]) -> Rejection<'a> {
    Rejection {
        reason: Reason::Unsupported,
        ..Problem::new(place, detail).of_unit(raw)
    }
}

/// Reads a unit. Only one that fails is read a second time, to learn where.
pub(super) fn parse<'a, T: Deserialize<'a>>(
    json: &'a str,
    place: impl Display,
) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(|error| {
        let mut again = serde_json::Deserializer::from_str(json);
        match serde_path_to_error::deserialize::<_, T>(&mut again) {
            Err(located) if located.path().iter().next().is_some() => {
                Problem::new(format!("{place}.{}", located.path()), located.inner())
            }
            _ => Problem::new(place.to_string(), error),
        }
    })
}
