//! What could not be processed, kept for good with everything that is known about it.

use std::{borrow::Cow, fmt};

use record::{EpochMillis, Source};
use retry::Policy;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use crate::{
    Feed, FeedError, RawBytes, Reason,
    arrival::{clip, without_secrets},
    raw::{RawFields, hex},
};

/// Version of the document form.
const SCHEMA_VERSION: u16 = 1;

/// Number of partitions that the letters of one app are spread over. Part of every stored partition key.
const BUCKETS: u8 = 16;

/// Between the parts of the hash, so that `a`+`bc` and `ab`+`c` differ.
const UNIT_SEPARATOR: [u8; 1] = [0x1f];

// The raw bytes take up to 2,000,000 of the 2,097,152 bytes of a document, what arrived 32,768; the rest is for these.

/// Most bytes, as JSON, of `place`, `record_key`, `message_id`, `correlation_id` and `traceparent` each.
const NAME_BYTES_MAX: usize = 2_048;
/// Most bytes, as JSON, of `detail`.
const DETAIL_BYTES_MAX: usize = 8_192;
/// Most bytes, as JSON, of what went wrong in an attempt.
const ATTEMPT_BYTES_MAX: usize = 1_024;
/// Most attempts kept: the last ones.
const ATTEMPTS_MAX: usize = 16;

/// Where in the pipeline something failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Between an upstream's message and the feed.
    Ingest,
    /// Between the feed and the reporting store.
    Consolidate,
}

impl Stage {
    /// The stable text.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Ingest => "ingest",
            Self::Consolidate => "consolidate",
        }
    }
}

/// An earlier attempt at the same thing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attempt {
    /// When it failed.
    pub at: EpochMillis,
    /// How.
    pub error: String,
}

/// The smallest unit that could not be processed, with everything that is known about it.
#[derive(Debug, Clone)]
pub struct DeadLetter<'a> {
    /// The function app that failed, which is also the one that can replay the letter.
    pub app: &'a str,
    /// The system that the unit comes from, if that much could be read.
    pub source: Option<Source>,
    /// Where in the pipeline it failed.
    pub stage: Stage,
    /// Why.
    pub reason: Reason,
    /// Where in the message: a file, row or JSON pointer.
    pub place: String,
    /// What exactly, for a person. At most 8 KiB are kept.
    pub detail: String,
    /// The unit's bytes as they came. Of more than [`crate::RAW_BYTES_MAX`] the first part is kept, and their length.
    pub raw: RawBytes<'a>,
    /// How it arrived: headers or trigger metadata. Secrets are removed before it is stored.
    pub arrival: &'a [(String, String)],
    /// The upstream message that it was part of.
    pub message_id: Option<String>,
    /// The record's key, if there was one.
    pub record_key: Option<String>,
    /// The id that follows the message from end to end.
    pub correlation_id: String,
    /// W3C trace context of the span in which it failed.
    pub traceparent: Option<String>,
    /// Version of the app that failed.
    pub app_version: &'a str,
    /// When it was given up.
    pub at: EpochMillis,
    /// Earlier attempts, oldest first. At most the last 16 are kept.
    pub attempts: Vec<Attempt>,
}

/// Id of a dead letter: first 128 bits of SHA-256 over app, reason code and raw bytes, lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct DeadLetterId(String);

impl DeadLetterId {
    /// The hex digits.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for DeadLetterId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What became of a dead letter. Either way it is durable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Buried {
    /// It is stored now.
    Created,
    /// The same bytes failed before for the same reason in the same app.
    AlreadyThere,
}

/// What happened to a letter since.
#[derive(Serialize)]
#[serde(tag = "state", rename_all = "snake_case")]
enum Status {
    Open { since: EpochMillis },
}

/// The document's fields.
#[derive(Serialize)]
struct Written<'a> {
    id: &'a DeadLetterId,
    partition: &'a str,
    schema: u16,
    app: &'a str,
    app_version: &'a str,
    source: Option<Source>,
    stage: Stage,
    reason: Reason,
    reason_name: &'static str,
    reason_class: &'static str,
    place: Cow<'a, str>,
    detail: Cow<'a, str>,
    #[serde(flatten)]
    raw: RawFields<'a>,
    arrival: Vec<(Cow<'a, str>, Cow<'a, str>)>,
    message_id: Option<Cow<'a, str>>,
    record_key: Option<Cow<'a, str>>,
    correlation_id: Cow<'a, str>,
    traceparent: Option<Cow<'a, str>>,
    at: EpochMillis,
    attempts: Vec<Attempt>,
    status: Status,
}

impl DeadLetter<'_> {
    /// The letter's id: the same bytes failing twice for the same reason in the same app are one letter.
    #[must_use]
    pub fn id(&self) -> DeadLetterId {
        DeadLetterId(hex(&self.digest()))
    }

    /// The letter's partition, such as `orders-07`.
    #[must_use]
    pub fn partition(&self) -> String {
        let [first, ..] = self.digest();
        format!("{}-{:02}", self.app, first % BUCKETS)
    }

    fn digest(&self) -> [u8; 16] {
        let whole = Sha256::new()
            .chain_update(self.app)
            .chain_update(UNIT_SEPARATOR)
            .chain_update(self.reason.code())
            .chain_update(UNIT_SEPARATOR)
            .chain_update(self.raw.0)
            .finalize();
        let mut first = [0; 16];
        first.copy_from_slice(&whole[..16]);
        first
    }

    /// The document as JSON text. Below 2 MB whatever the letter holds.
    pub(crate) fn to_json(&self) -> serde_json::Result<Box<RawValue>> {
        serde_json::value::to_raw_value(&Written {
            id: &self.id(),
            partition: &self.partition(),
            schema: SCHEMA_VERSION,
            app: self.app,
            app_version: self.app_version,
            source: self.source,
            stage: self.stage,
            reason: self.reason,
            reason_name: self.reason.name(),
            reason_class: self.reason.class().as_str(),
            place: name(&self.place),
            detail: clip(&self.detail, DETAIL_BYTES_MAX),
            raw: self.raw.fields(),
            arrival: without_secrets(self.arrival),
            message_id: self.message_id.as_deref().map(name),
            record_key: self.record_key.as_deref().map(name),
            correlation_id: name(&self.correlation_id),
            traceparent: self.traceparent.as_deref().map(name),
            at: self.at,
            attempts: self.last_attempts(),
            status: Status::Open { since: self.at },
        })
    }

    fn last_attempts(&self) -> Vec<Attempt> {
        let skipped = self.attempts.len().saturating_sub(ATTEMPTS_MAX);
        let kept = self.attempts[skipped..].iter();
        kept.map(|attempt| Attempt {
            at: attempt.at,
            error: clip(&attempt.error, ATTEMPT_BYTES_MAX).into_owned(),
        })
        .collect()
    }
}

fn name(text: &str) -> Cow<'_, str> {
    clip(text, NAME_BYTES_MAX)
}

impl Feed {
    /// Stores a dead letter, once. `Ok` means that it is durable.
    ///
    /// # Errors
    /// When the feed does not carry it out; then nothing may be acknowledged.
    pub async fn dead_letter(&self, letter: &DeadLetter<'_>) -> Result<Buried, FeedError> {
        let json = letter
            .to_json()
            .map_err(|error| FeedError::local("dead letter", 400, error.to_string()))?;
        let (partition, id) = (letter.partition(), letter.id());
        Ok(Policy::feed_write()
            .run(|| self.bury(&partition, &id, &json))
            .await?)
    }

    async fn bury(
        &self,
        partition: &str,
        id: &DeadLetterId,
        json: &RawValue,
    ) -> Result<Buried, FeedError> {
        let letters = self.containers.dead_letters.open().await?;
        let created = letters.create_item(partition.to_owned(), id.as_str(), json, None);
        match Box::pin(created).await {
            Ok(_) => Ok(Buried::Created),
            Err(error) if error.status().is_conflict() => Ok(Buried::AlreadyThere),
            Err(error) => Err(FeedError::of("dead letter", &error)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_keeps_everything() {
        let arrival = [
            ("webhook-id".to_owned(), "msg_1".to_owned()),
            ("webhook-signature".to_owned(), "v1,abc".to_owned()),
        ];
        let letter = DeadLetter {
            app: "transport",
            source: Some(Source::Transport),
            stage: Stage::Ingest,
            reason: Reason::InvalidUnit,
            place: "/actions/2".to_owned(),
            detail: "no start".to_owned(),
            raw: RawBytes::from("{\"a\":1}"),
            arrival: &arrival,
            message_id: Some("msg_1".to_owned()),
            record_key: Some("L-1".to_owned()),
            correlation_id: "0af7651916cd43dd8448eb211c80319c".to_owned(),
            traceparent: Some("00-0af7-b7ad-01".to_owned()),
            app_version: "0.1.0",
            at: EpochMillis(7),
            attempts: vec![Attempt {
                at: EpochMillis(3),
                error: "timeout".to_owned(),
            }],
        };
        let written: serde_json::Value =
            serde_json::from_str(letter.to_json().unwrap().get()).unwrap();
        // printf 'transport\x1fE102\x1f{"a":1}' | sha256sum
        let expected = serde_json::json!({
            "id": EXPECTED_ID,
            "partition": letter.partition(),
            "schema": 1,
            "app": "transport",
            "app_version": "0.1.0",
            "source": "transport",
            "stage": "ingest",
            "reason": "E102",
            "reason_name": "invalid_unit",
            "reason_class": "data",
            "place": "/actions/2",
            "detail": "no start",
            "raw": "{\"a\":1}",
            "raw_encoding": "utf-8",
            "raw_bytes": 7,
            "raw_truncated": false,
            "raw_sha256": RAW_SHA256,
            "arrival": [["webhook-id", "msg_1"]],
            "message_id": "msg_1",
            "record_key": "L-1",
            "correlation_id": "0af7651916cd43dd8448eb211c80319c",
            "traceparent": "00-0af7-b7ad-01",
            "at": 7,
            "attempts": [{"at": 3, "error": "timeout"}],
            "status": {"state": "open", "since": 7},
        });
        assert_eq!(written, expected);
    }

    const EXPECTED_ID: &str = "835bd4feff32a54e6c112060748aed68";
    const RAW_SHA256: &str = "015abd7f5cc57a2dd94b7590f04ad8084273905ee33ec5cebeae62276a97f862";
}
