//! Capture jobs of EPCIS. A document is taken in before it is answered, so a job is finished when it is first heard of,
//! and its id says all that there is to say: nothing is stored, nothing grows, and the answer is the same for ever.

use std::fmt::Write as _;

use axum::{
    Json,
    response::{IntoResponse as _, Response},
};
use http::{HeaderMap, StatusCode, header::LOCATION};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::CAPTURE;

/// Header by which a sender says what becomes of a document that holds a wrong event.
pub const ERROR_BEHAVIOUR: &str = "gs1-capture-error-behaviour";

/// What becomes of a document that holds a wrong event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum ErrorBehaviour {
    /// The other events are taken. Unless the sender says otherwise: one bad record stops nobody.
    Proceed,
    /// No event is taken.
    Rollback,
}

impl ErrorBehaviour {
    pub(super) fn is_rollback(self) -> bool {
        self == Self::Rollback
    }
}

pub(super) fn error_behaviour(headers: &HeaderMap) -> ErrorBehaviour {
    let asked = headers
        .get(ERROR_BEHAVIOUR)
        .and_then(|value| value.to_str().ok());
    match asked {
        Some(asked) if asked.trim().eq_ignore_ascii_case("rollback") => ErrorBehaviour::Rollback,
        _ => ErrorBehaviour::Proceed,
    }
}

/// The same of a document that arrived earlier.
pub(super) fn was_rollback(arrival: &[(String, String)]) -> bool {
    arrival.iter().any(|(name, value)| {
        name == ERROR_BEHAVIOUR && value.trim().eq_ignore_ascii_case("rollback")
    })
}

/// What became of one document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    at: Timestamp,
    behaviour: ErrorBehaviour,
    events: usize,
    errors: usize,
    /// First hexadecimal digits of the document's SHA-256.
    document: String,
}

impl Job {
    pub(super) fn new(
        at: Timestamp,
        behaviour: ErrorBehaviour,
        events: usize,
        errors: usize,
        body: &[u8],
    ) -> Self {
        let mut document = String::new();
        for byte in &Sha256::digest(body)[..8] {
            write!(document, "{byte:02x}").expect("a String takes what is written");
        }
        Self {
            at,
            behaviour,
            events,
            errors,
            document,
        }
    }

    /// The job's id, which holds the whole job.
    #[must_use]
    pub fn id(&self) -> String {
        let behaviour = if self.behaviour.is_rollback() {
            'r'
        } else {
            'p'
        };
        let at = self.at.as_millisecond();
        format!(
            "{at}-{behaviour}-{}-{}-{}",
            self.events, self.errors, self.document
        )
    }

    /// Reads an id. None for a text that no job has.
    #[must_use]
    pub fn from_id(id: &str) -> Option<Self> {
        let mut parts = id.split('-');
        let mut part = || parts.next();
        let job = Self {
            at: Timestamp::from_millisecond(part()?.parse().ok()?).ok()?,
            behaviour: match part()? {
                "p" => ErrorBehaviour::Proceed,
                "r" => ErrorBehaviour::Rollback,
                _ => return None,
            },
            events: part()?.parse().ok()?,
            errors: part()?.parse().ok()?,
            document: part()?.to_owned(),
        };
        let formed =
            job.document.len() == 16 && job.document.bytes().all(|byte| byte.is_ascii_hexdigit());
        (formed && job.id() == id).then_some(job)
    }

    pub(super) fn accepted(&self) -> Response {
        let place = format!("{CAPTURE}/{}", self.id());
        (StatusCode::ACCEPTED, [(LOCATION, place)], Json(self.body())).into_response()
    }

    pub(super) fn answer(&self) -> Response {
        Json(self.body()).into_response()
    }

    fn body(&self) -> serde_json::Value {
        let errors: Vec<_> = (self.errors > 0)
            .then(|| {
                json!({
                    "type": "epcisException:ValidationException",
                    "title": format!("{} of {} events were not captured", self.lost(), self.events),
                })
            })
            .into_iter()
            .collect();
        json!({
            "captureID": self.id(),
            "createdAt": self.at.to_string(),
            "finishedAt": self.at.to_string(),
            "running": false,
            "success": self.errors == 0,
            "captureErrorBehaviour": self.behaviour,
            "errors": errors,
        })
    }

    /// Events that are among the dead letters.
    fn lost(&self) -> usize {
        match self.behaviour {
            ErrorBehaviour::Rollback => self.events,
            ErrorBehaviour::Proceed => self.errors,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_the_whole_job_and_any_other_text_is_none() {
        let at = Timestamp::from_millisecond(1_794_252_733_123).unwrap();
        let job = Job::new(at, ErrorBehaviour::Rollback, 12, 1, b"{}");
        assert_eq!(Job::from_id(&job.id()), Some(job));
        for wrong in [
            "",
            "1",
            "1-p-1-1-zz",
            "1-x-1-1-0123456789abcdef",
            "01-p-1-1-0123456789abcdef",
            "1-p-1-1-0123456789abcdef-",
        ] {
            assert_eq!(Job::from_id(wrong), None, "{wrong}");
        }
    }
}
