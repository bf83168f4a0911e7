//! What JSON upstreams share: what makes a unit unreadable, and the rejection that comes of it.

use std::{borrow::Cow, fmt::Display};

use feed::Reason;
use serde::Deserialize;

use crate::Rejection;

/// Most bytes of a detail. Errors quote what they are about, and the sender decides how long that is; its bytes are in the
/// dead letter anyway.
const DETAIL_BYTES_MAX: usize = 500;

/// Most bytes of the key of a record that does not come about: none that comes about has more.
const RECORD_KEY_BYTES_MAX: usize = record::KEY_BYTES_MAX;

/// Why a unit cannot be taken, and where in it.
#[derive(Debug)]
pub struct Problem {
    reason: Reason,
    /// JSON path from the root of the message, such as `$.data.actions[2].entity.startTime`.
    place: String,
    detail: String,
    record_key: Option<String>,
}

impl Problem {
    /// A problem at a place of the message.
    pub fn new(place: impl Into<String>, detail: impl Display) -> Self {
        Self {
            reason: Reason::InvalidUnit,
            place: place.into(),
            detail: clipped(detail.to_string(), DETAIL_BYTES_MAX),
            record_key: None,
        }
    }

    /// A message that is no JSON.
    pub fn malformed(detail: impl Display) -> Self {
        Self {
            reason: Reason::MalformedMessage,
            ..Self::new("$", detail)
        }
    }

    /// A message or a unit that is as it should be, and of a kind that is not read.
    pub fn unsupported(place: impl Into<String>, detail: impl Display) -> Self {
        Self {
            reason: Reason::Unsupported,
            ..Self::new(place, detail)
        }
    }

    /// The same problem, with the record that it keeps from coming about.
    #[must_use]
    pub fn about(mut self, record_key: impl Into<String>) -> Self {
        self.record_key = Some(clipped(record_key.into(), RECORD_KEY_BYTES_MAX));
        self
    }

    /// Where in the message: a JSON path from its root.
    #[must_use]
    pub fn place(&self) -> &str {
        &self.place
    }

    /// What exactly, for a person.
    #[must_use]
    pub fn detail(&self) -> &str {
        &self.detail
    }

    /// The rejection of the message as a whole.
    #[must_use]
    pub fn of_message(self, raw: &[u8]) -> Rejection<'_> {
        Rejection {
            reason: Reason::MalformedMessage,
            ..self.of_unit(raw)
        }
    }

    /// The rejection of the unit whose bytes are `raw`.
    #[must_use]
    pub fn of_unit(self, raw: &[u8]) -> Rejection<'_> {
        Rejection {
            reason: self.reason,
            place: self.place,
            detail: self.detail,
            raw: Cow::Borrowed(raw),
            record_key: self.record_key,
            message: None,
        }
    }
}

/// The beginning of a text whose length the sender decides.
fn clipped(mut text: String, bytes_max: usize) -> String {
    if text.len() > bytes_max {
        text.truncate(text.floor_char_boundary(bytes_max));
        text.push('…');
    }
    text
}

/// The rejection of a message that cannot be read.
pub fn malformed<'a>(error: &dyn Display, raw: &'a [u8]) -> Rejection<'a> {
    Problem::malformed(error).of_unit(raw)
}

/// The rejection of a message of a kind that is not read.
pub fn unsupported<'a>(place: &str, detail: &dyn Display, raw: &'a [u8]) -> Rejection<'a> {
    Problem::unsupported(place, detail).of_unit(raw)
}

/// Reads the root of a message: text that is no JSON at all is told apart from JSON of another shape.
///
/// # Errors
/// What is wrong, with the JSON path where there is one.
pub fn parse_root<'a, T: Deserialize<'a>>(json: &'a str) -> Result<T, Problem> {
    match serde_json::from_str(json) {
        Ok(root) => Ok(root),
        Err(error) if error.is_data() => Err(parse::<T>(json, "$")
            .err()
            .unwrap_or_else(|| Problem::new("$", error))),
        Err(error) => Err(Problem::malformed(error)),
    }
}

/// Reads a unit of JSON that lies at `place`. Only one that fails is read a second time, to learn where.
///
/// # Errors
/// What is wrong, with the JSON path from the root of the message.
pub fn parse<'a, T: Deserialize<'a>>(json: &'a str, place: impl Display) -> Result<T, Problem> {
    serde_json::from_str(json).map_err(|error| {
        let mut again = serde_json::Deserializer::from_str(json);
        match serde_path_to_error::deserialize::<_, T>(&mut again) {
            Err(located) if located.path().iter().next().is_some() => {
                let path = located.path().to_string();
                let dot = if path.starts_with('[') { "" } else { "." };
                Problem::new(format!("{place}{dot}{path}"), located.inner())
            }
            _ => Problem::new(place.to_string(), error),
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_sender_makes_long_is_cut() {
        // Found by fuzzing: the error of a date quotes what follows it, each character as an escape of six.
        let text = format!("2026-11-09T12:19:40{}", "\u{feff}".repeat(10_000));
        let problem = Problem::new("$", format!("{text:?} is no date")).about("é".repeat(1_000));
        let rejection = problem.of_unit(b"{}");
        assert!(rejection.detail.len() <= DETAIL_BYTES_MAX + "…".len());
        assert!(rejection.detail.ends_with('…'));
        let key = rejection.record_key.unwrap();
        assert!(key.len() <= RECORD_KEY_BYTES_MAX + "…".len() && key.ends_with('…'));
        let short = Problem::new("$", "no date").of_unit(b"{}").detail;
        assert_eq!(short, "no date");
    }

    #[test]
    fn the_path_to_a_list_item_has_no_dot() {
        let problem = parse_root::<Vec<u8>>("[1, true]").unwrap_err();
        assert_eq!(problem.place(), "$[1]");
    }
}
