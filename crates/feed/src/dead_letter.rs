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

/// Most bytes of `place`, `record_key` and `message_id` each.
const PLACE_BYTES_MAX: usize = 2_048;
/// Most bytes of `detail`, and of what went wrong in an attempt.
const DETAIL_BYTES_MAX: usize = 8_192;
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
    arrival: Vec<(&'a str, Cow<'a, str>)>,
    message_id: Option<Cow<'a, str>>,
    record_key: Option<Cow<'a, str>>,
    correlation_id: &'a str,
    traceparent: Option<&'a str>,
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
        let clipped = |text: &'_ Option<String>| {
            text.as_deref()
                .map(|text| clip(text, PLACE_BYTES_MAX).into_owned().into())
        };
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
            place: clip(&self.place, PLACE_BYTES_MAX),
            detail: clip(&self.detail, DETAIL_BYTES_MAX),
            raw: self.raw.fields(),
            arrival: without_secrets(self.arrival),
            message_id: clipped(&self.message_id),
            record_key: clipped(&self.record_key),
            correlation_id: &self.correlation_id,
            traceparent: self.traceparent.as_deref(),
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
            error: clip(&attempt.error, DETAIL_BYTES_MAX / 8).into_owned(),
        })
        .collect()
    }
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
