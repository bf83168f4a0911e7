//! What could not be processed, kept for good with everything that is known about it.

use std::{borrow::Cow, fmt};

use record::{EpochMillis, Source};
use serde::{
    Deserialize, Deserializer, Serialize,
    de::{self, IgnoredAny},
};
use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::{Attempt, BlobReference, RawBytes, Reason, letter::is_hex, raw::hex};

/// Number of partitions that the letters of one app are spread over. Part of every stored partition key.
const BUCKETS: u8 = 16;

/// Between the parts of the hash, so that `a`+`bc` and `ab`+`c` differ.
const UNIT_SEPARATOR: [u8; 1] = [0x1f];

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
    /// The unit's bytes as they came. In an app without blob storage at most [`crate::RAW_BYTES_MAX`] are kept.
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
    /// What else is known.
    pub evidence: Evidence<'a>,
}

/// What is known about a failure beside the unit itself. All of it may be missing.
#[derive(Debug, Clone, Default)]
pub struct Evidence<'a> {
    /// Which rule was broken, where a reason has several: an SQLSTATE, a name. Never a value that a sender chooses.
    pub rule: Option<String>,
    /// Where in a unit of this kind, without indexes; by default [`crate::field_path`] of the place.
    pub field_path: Option<String>,
    /// The offending value. At most 512 bytes are kept.
    pub value: Option<Cow<'a, str>>,
    /// Version of the source's format; empty counts as `1`.
    pub schema_version: Cow<'a, str>,
    /// The smallest message that brings the unit in again, where the unit is none by itself. What is the same for several
    /// letters is stored once.
    pub message: Option<&'a [u8]>,
    /// The normalized form, if it came that far.
    pub normalized: Option<Cow<'a, [u8]>>,
    /// Where the unit is in the upstream's own file, if it came in one.
    pub origin: Option<BlobReference>,
    /// The feed's document that was to be consolidated. An id is a hash and says nothing personal, so that the letter of a
    /// document is found although its bytes are sealed.
    pub document_id: Option<Cow<'a, str>>,
    /// The store's row when it refused the record, as JSON.
    pub store_row: Option<Value>,
    /// What is personal.
    pub personal: Personal,
}

/// What of a letter is personal, and therefore sealed. Needs [`Feed::with_seal`](crate::Feed::with_seal).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Personal {
    /// Nothing.
    #[default]
    Nothing,
    /// The bytes hold personal fields, but the failing one is another.
    Bytes,
    /// The failing field is personal, so that the value and the detail are, too.
    BytesAndValue,
}

/// Id of a dead letter: first 128 bits of SHA-256 over app, reason code, record key and raw bytes, lower-case hex.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct DeadLetterId(String);

impl<'de> Deserialize<'de> for DeadLetterId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| de::Error::custom("not 32 lower-case hex digits"))
    }
}

impl DeadLetterId {
    /// Reads 32 lower-case hex digits.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        is_hex(text).then(|| Self(text.to_owned()))
    }

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
    /// The same bytes about the same thing failed before for the same reason in the same app.
    AlreadyThere,
}

impl DeadLetter<'_> {
    /// The letter's id: the same bytes about the same thing failing twice for the same reason in the same app are one
    /// letter. Two shipments may have the same bad status, byte for byte; these are two.
    #[must_use]
    pub fn id(&self) -> DeadLetterId {
        DeadLetterId(hex(&self.digest()))
    }

    /// The letter's partition, such as `orders-07`.
    #[must_use]
    pub fn partition(&self) -> String {
        partition_of(self.app, &self.id())
    }

    fn digest(&self) -> [u8; 16] {
        let mut whole = Sha256::new()
            .chain_update(self.app)
            .chain_update(UNIT_SEPARATOR)
            .chain_update(self.reason.code())
            .chain_update(UNIT_SEPARATOR)
            .chain_update(self.record_key.as_deref().unwrap_or_default())
            .chain_update(UNIT_SEPARATOR)
            .chain_update(self.said(self.raw.0));
        // One unit can become several records, of which one is refused.
        if let Some(normalized) = &self.evidence.normalized {
            let said = self.said(normalized);
            whole = whole.chain_update(UNIT_SEPARATOR).chain_update(said);
        }
        let mut first = [0; 16];
        first.copy_from_slice(&whole.finalize()[..16]);
        first
    }
}

impl DeadLetter<'_> {
    /// What makes bytes the same as others. A record that the feed refuses bears when and by which message it came, so that
    /// it has other bytes each time that it comes; what it says is in its id.
    fn said<'b>(&self, bytes: &'b [u8]) -> Cow<'b, [u8]> {
        #[derive(Deserialize)]
        struct Refused<'r> {
            #[serde(borrow)]
            id: Cow<'r, str>,
            #[serde(rename = "content_hash")]
            _content_hash: IgnoredAny,
            #[serde(rename = "provenance")]
            _provenance: IgnoredAny,
        }
        let is_record = self.reason == Reason::FeedRefusedRecord;
        if !is_record {
            return Cow::Borrowed(bytes);
        }
        match serde_json::from_slice::<Refused<'_>>(bytes) {
            Ok(record) => Cow::Owned(record.id.into_owned().into_bytes()),
            Err(_) => Cow::Borrowed(bytes),
        }
    }
}

/// The partition of a letter: a function of its app and its id.
pub(crate) fn partition_of(app: &str, id: &DeadLetterId) -> String {
    let first = u8::from_str_radix(&id.as_str()[..2], 16).unwrap_or_default();
    format!("{app}-{:02}", first % BUCKETS)
}
