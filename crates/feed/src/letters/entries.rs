//! The dead letters without their bytes, for reconciliation and for the local truth check.

use record::{EpochMillis, Source};
use serde::Deserialize;

use crate::{DeadLetterId, Feed, Reason, Stage, query::Pages};

/// What a list of dead letters shows.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct DeadLetterEntry {
    /// The letter's id.
    pub id: DeadLetterId,
    /// The app that failed.
    pub app: String,
    /// The system that the unit comes from, if that much could be read.
    pub source: Option<Source>,
    /// Where in the pipeline it failed.
    pub stage: Stage,
    /// Why.
    pub reason: Reason,
    /// Where in the message.
    pub place: String,
    /// What exactly.
    pub detail: String,
    /// The record's key, if there was one.
    pub record_key: Option<String>,
    /// The upstream message.
    pub message_id: Option<String>,
    /// The id that follows the message from end to end.
    pub correlation_id: String,
    /// When it was given up.
    pub at: EpochMillis,
}

const DEAD_LETTER_QUERY: &str = "SELECT c.id, c.app, c.source, c.stage, c.reason, c.place, \
     c.detail, c.record_key, c.message_id, c.correlation_id, c.at FROM c";

impl Feed {
    /// The dead letters of an app from `at` on.
    #[must_use]
    pub fn dead_letters_since(&self, app: &str, at: EpochMillis) -> Pages<DeadLetterEntry> {
        let text = format!("{DEAD_LETTER_QUERY} WHERE c.app = @app AND c.at >= @at");
        Pages::with(self, |containers| &containers.dead_letters, text)
            .parameter("@app", app)
            .parameter("@at", at.0)
    }

    /// Every dead letter.
    #[must_use]
    pub fn dead_letters(&self) -> Pages<DeadLetterEntry> {
        Pages::with(
            self,
            |containers| &containers.dead_letters,
            DEAD_LETTER_QUERY,
        )
    }
}
