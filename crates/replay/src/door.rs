//! The front door: what an app does with the bytes of a letter, which is what its trigger does with those of a message.

use std::{
    fmt,
    pin::Pin,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use feed::{FeedError, Letter};
use record::EpochMillis;
use retry::{Class, Classify};
use serde::{Deserialize, Serialize};
use serde_json::{Value, value::RawValue};

use crate::{Claim, ItemOutcome};

/// A letter's unit, ready to come in.
#[derive(Debug, Clone)]
pub struct Unit {
    /// The letter.
    pub letter: Letter,
    /// The unit's bytes, with the correction that stands.
    pub bytes: Vec<u8>,
    /// The message that brings the unit in, with the corrected unit in its place, where the door asks for it and the unit is
    /// none by itself.
    pub message: Option<Vec<u8>>,
    /// Whether a correction changed the bytes.
    pub corrected: bool,
    /// Since when the plan holds the letter.
    pub claimed_at: EpochMillis,
}

/// Why a unit fails, now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The reason's code.
    pub reason: String,
    /// Where in the message.
    pub place: String,
    /// What exactly.
    pub detail: String,
}

/// What a unit would do, found out without doing it.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(tag = "would", rename_all = "snake_case")]
pub enum Rehearsed {
    /// It would bring these documents into the feed. What they would do to the reports, the consolidator knows.
    Publish {
        /// The documents; of a file with more than [`TARGETS_OBSERVED_MAX`](crate::TARGETS_OBSERVED_MAX) so many, spread
        /// over it.
        documents: Vec<Box<RawValue>>,
        /// How many there are in all.
        #[serde(default)]
        of: usize,
    },
    /// It would do this to the reports.
    Write {
        /// One for each record.
        rows: Vec<RowDifference>,
    },
    /// It would fail again.
    Fail(Failure),
}

/// What a record would do to its row.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct RowDifference {
    /// The record's document.
    pub document: String,
    /// The table.
    pub table: String,
    /// The key.
    pub key: String,
    /// `applied`, `duplicate`, `superseded` or `refused`.
    pub outcome: String,
    /// Whether there is no such row yet.
    pub is_new: bool,
    /// Column, before, after.
    pub changes: Value,
    /// What the row holds now: version, source, document, correlation id. For a refusal: what the database says.
    pub standing: Value,
}

/// What became of a unit that came in.
#[derive(Debug, Clone)]
pub enum Taken {
    /// These of its records are in the feed now through this replay; what the store makes of them is to be observed. Of a
    /// file that brought more than [`TARGETS_OBSERVED_MAX`](crate::TARGETS_OBSERVED_MAX) so many, spread over it: a file is
    /// one decision, and each row of it that fails has a letter of its own.
    Published(Vec<Claim>),
    /// It has an outcome already.
    Settled(ItemOutcome, Vec<Claim>),
    /// It failed again.
    Failed(Failure),
    /// There was no time for it, or not enough: it stays with the plan, and comes in again with the next step.
    Later,
}

/// The feed or the store is away: nothing is known of the units, and trying again is harmless.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{detail}")]
pub struct Unavailable {
    /// What is away.
    pub detail: String,
    /// The shortest wait that was asked for.
    pub retry_after: Option<Duration>,
}

impl Unavailable {
    /// From a failure.
    pub fn of(error: &(impl Classify + fmt::Display)) -> Self {
        let retry_after = match error.class() {
            Class::Transient { retry_after } => retry_after,
            Class::Permanent => None,
        };
        Self {
            detail: error.to_string(),
            retry_after,
        }
    }
}

impl From<FeedError> for Unavailable {
    fn from(error: FeedError) -> Self {
        Self::of(&error)
    }
}

/// What a door returns: one answer for each unit, in their order.
pub type DoorFuture<'a, T> = Pin<Box<dyn Future<Output = Result<Vec<T>, Unavailable>> + Send + 'a>>;

/// How units come in. Upstream apps have one implementation in common, the consolidator has its own.
pub trait FrontDoor: fmt::Debug + Send + Sync {
    /// Whether a unit of a larger message cannot come in without the rest of it.
    fn needs_message(&self) -> bool;

    /// What the units would do. Writes nothing.
    fn rehearse<'a>(&'a self, units: &'a [Unit]) -> DoorFuture<'a, Rehearsed>;

    /// Brings the units in. Doing so again, after a process died in the middle, finds what was done.
    fn take<'a>(&'a self, units: &'a [Unit], plan: &'a str) -> DoorFuture<'a, Taken>;
}

/// Live messages under way in this process, which a replay lets go first.
#[derive(Debug, Clone, Default)]
pub struct Traffic(Arc<AtomicUsize>);

/// One live message under way.
#[derive(Debug)]
pub struct UnderWay(Arc<AtomicUsize>);

impl Traffic {
    /// Counts one message until the result is dropped.
    #[must_use]
    pub fn begin(&self) -> UnderWay {
        self.0.fetch_add(1, Ordering::AcqRel);
        UnderWay(Arc::clone(&self.0))
    }

    /// Messages under way.
    #[must_use]
    pub fn under_way(&self) -> usize {
        self.0.load(Ordering::Acquire)
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::AcqRel);
    }
}
