//! A letter as it is stored and read back.

mod fingerprint;
mod kept;
mod status;

use record::{EpochMillis, Source};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{DeadLetterId, ETag, Reason, Stage};

pub(crate) use fingerprint::is_hex;
pub use fingerprint::{Cause, Fingerprint, field_path};
pub use kept::{BlobError, BlobFuture, BlobReference, BlobStore, Encoding, KeptBytes, Place};
pub use status::{
    Actor, Change, Correction, CorrectionKind, NotAllowed, PATCH_BYTES_MAX, ReplayOutcome, State,
    Status, TARGETS_MAX, Target,
};

/// One attempt at the same thing, and how it failed.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Attempt {
    /// When it failed.
    pub at: EpochMillis,
    /// How.
    pub error: String,
    /// Version of the app that tried; empty where it was not noted.
    #[serde(default)]
    pub app_version: String,
    /// The replay plan that it was part of; none when the message came by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub plan: Option<String>,
}

/// What somebody did to a letter.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deed {
    /// Id of the audit entry, which was written before this took effect.
    pub audit: String,
    /// When.
    pub at: EpochMillis,
    /// Who.
    pub who: String,
    /// For what reason.
    pub why: String,
    /// What, as [`Change::as_str`].
    pub what: String,
    /// The state before.
    pub from: State,
    /// The state after.
    pub to: State,
}

/// A correction that was laid over a letter's bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edit {
    /// When.
    pub at: EpochMillis,
    /// Who.
    pub by: String,
    /// For what reason.
    pub why: String,
    /// What.
    #[serde(flatten)]
    pub correction: Correction,
    /// Whether it was taken back.
    #[serde(default)]
    pub undone: bool,
}

/// A dead letter in full. The bytes are read with [`crate::Letters::raw`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letter {
    /// The letter's id.
    pub id: DeadLetterId,
    /// Its partition.
    pub partition: String,
    /// Version of the document form.
    pub schema: u16,
    /// What letters are listed by, newest first: the time of the failure, then the id.
    #[serde(rename = "listed_as")]
    pub order: String,
    /// The app that failed, which is also the one that replays it.
    pub app: String,
    /// Version of the app that failed.
    pub app_version: String,
    /// The system that the unit comes from, if that much could be read.
    pub source: Option<Source>,
    /// Where in the pipeline it failed.
    pub stage: Stage,
    /// Why.
    pub reason: Reason,
    /// The reason's name, for people who look into the database.
    pub reason_name: String,
    /// Whose move it is.
    pub reason_class: String,
    /// Which rule was broken, where a reason has several.
    pub rule: Option<String>,
    /// Where in the message.
    pub place: String,
    /// Where in a unit of this kind, without indexes.
    pub field_path: String,
    /// What exactly, for a person. Not shown where it is sealed.
    pub detail: String,
    /// The offending value, clipped. None where it is sealed, or not known.
    #[serde(rename = "offending_value")]
    pub value: Option<String>,
    /// Version of the source's format.
    pub schema_version: String,
    /// What it has in common with letters of the same cause.
    pub fingerprint: Fingerprint,
    /// The unit's bytes as they came.
    pub raw: KeptBytes,
    /// The smallest message that brings the unit in again, where the unit is none by itself.
    pub message: Option<KeptBytes>,
    /// The normalized form, if it came that far.
    pub normalized: Option<KeptBytes>,
    /// Where the unit is in the upstream's own file, if it came in one.
    pub origin: Option<BlobReference>,
    /// How it arrived, without secrets.
    pub arrival: Vec<(String, String)>,
    /// The feed's document that was to be consolidated; [`Stage::Consolidate`] only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_id: Option<String>,
    /// The store's row when the record was refused, as JSON; [`Stage::Consolidate`] only.
    pub store_row: Option<Value>,
    /// The upstream message.
    pub message_id: Option<String>,
    /// The record's key, if there was one.
    pub record_key: Option<String>,
    /// The id that follows the message from end to end.
    pub correlation_id: String,
    /// W3C trace context of the span in which it failed.
    pub traceparent: Option<String>,
    /// Personal fields of value and detail, sealed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sealed: Option<String>,
    /// When it was given up for the first time.
    pub at: EpochMillis,
    /// When it failed for the last time.
    pub last_failed_at: EpochMillis,
    /// How often it failed in all.
    pub failures: u64,
    /// Attempts, oldest first: the last 16.
    pub attempts: Vec<Attempt>,
    /// What became of it.
    pub status: Status,
    /// Whether a correction stands.
    #[serde(default)]
    pub edited: bool,
    /// Corrections, oldest first.
    #[serde(default)]
    pub edits: Vec<Edit>,
    /// What was done to it, oldest first: the last 64. The audit log has all.
    #[serde(default)]
    pub history: Vec<Deed>,
    /// Fields of a newer version, kept when this one rewrites the document.
    #[serde(flatten)]
    pub(crate) other: Map<String, Value>,
}

impl Letter {
    /// The correction that a replay lays over the bytes: the last one that was not taken back.
    #[must_use]
    pub fn correction(&self) -> Option<&Correction> {
        let standing = self.edits.iter().rev().find(|edit| !edit.undone);
        standing.map(|edit| &edit.correction)
    }
}

/// What a list shows of a letter. Never the bytes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LetterSummary {
    /// The letter's id.
    pub id: DeadLetterId,
    /// What letters are listed by.
    #[serde(rename = "listed_as")]
    pub order: String,
    /// The app that failed.
    pub app: String,
    /// Version of the app that failed.
    pub app_version: String,
    /// The system that the unit comes from.
    pub source: Option<Source>,
    /// Where in the pipeline it failed.
    pub stage: Stage,
    /// Why.
    pub reason: Reason,
    /// Where in the message.
    pub place: String,
    /// Where in a unit of this kind.
    pub field_path: String,
    /// The offending value.
    #[serde(rename = "offending_value")]
    pub value: Option<String>,
    /// What exactly; the first 200 characters.
    pub detail: String,
    /// The record's key.
    pub record_key: Option<String>,
    /// The feed's document that was to be consolidated; [`Stage::Consolidate`] only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub document_id: Option<String>,
    /// The upstream message.
    pub message_id: Option<String>,
    /// The id that follows the message from end to end.
    pub correlation_id: String,
    /// Version of the source's format.
    pub schema_version: String,
    /// What it has in common with letters of the same cause.
    pub fingerprint: Fingerprint,
    /// Bytes of the unit.
    pub raw_bytes: u64,
    /// When it was given up for the first time.
    pub at: EpochMillis,
    /// When it failed for the last time.
    pub last_failed_at: EpochMillis,
    /// How often it failed in all.
    pub failures: u64,
    /// Whether a correction stands.
    pub edited: bool,
    /// What became of it.
    pub status: Status,
    /// The state that was seen; a change is made to this state or not at all.
    pub etag: ETag,
}

/// A document with the state in which it was seen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Seen<T> {
    /// The document.
    pub value: T,
    /// The state; a change is made to this state or not at all.
    pub etag: ETag,
}
