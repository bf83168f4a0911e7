//! From a queue message to a file, and what becomes of the message: what the apps that read files have in common.

use std::{borrow::Cow, sync::Arc, time::Duration};

use azure_functions_handler::trigger::Queue;
use feed::{CheckpointError, FeedError, Reason};
use ingest::{Ingest, IngestError, Message, Normalized, Rejection};
use jiff::Timestamp;
use record::{EpochMillis, Source};
use sha2::{Digest as _, Sha256};
use telemetry::correlation::Traceparent;

use crate::{DropError, DropQueue, DroppedFile, MessageError, Notice, front_door::WRITTEN_AT};

/// Wait after a failure that has nothing to do with the file.
const AFTER_FAILURE: Duration = Duration::from_secs(30);

/// Wait of the invocation that found another one at work on the same file.
const AFTER_OVERTAKEN: Duration = Duration::from_secs(60);

/// A file to be taken in, with what is known about its arrival.
#[derive(Debug, Clone)]
pub struct Delivery {
    /// The file.
    pub file: DroppedFile,
    /// 32 lower-case hex digits; a function of the file's key, so that all parts of a file and all its deliveries share it.
    pub correlation_id: String,
    /// W3C trace context of the span that takes it in.
    pub traceparent: Option<String>,
    /// When this delivery arrived.
    pub received_at: EpochMillis,
    /// Trigger metadata, for dead letters.
    pub arrival: Vec<(String, String)>,
}

impl Delivery {
    /// A delivery of `file` at `now`.
    #[must_use]
    pub fn of(file: DroppedFile, arrival: Vec<(String, String)>, now: Timestamp) -> Self {
        let correlation_id = correlation_of(file.key().as_bytes());
        Self {
            traceparent: place_of(&correlation_id),
            correlation_id,
            received_at: EpochMillis::from(now),
            arrival,
            file,
        }
    }

    /// The same, of a letter that comes in again: followed to the report, whether or not the file was.
    #[must_use]
    pub fn of_replay(file: DroppedFile, arrival: Vec<(String, String)>, now: Timestamp) -> Self {
        Self {
            traceparent: Traceparent::of_replay().map(|place| place.as_str().to_owned()),
            ..Self::of(file, arrival, now)
        }
    }

    /// The file, or a part of it, as a message whose id is the file's key and whose bytes are `raw`.
    #[must_use]
    pub fn message<'a>(&'a self, source: Source, raw: &'a [u8]) -> Message<'a> {
        Message {
            source,
            message_id: Cow::Owned(self.file.key()),
            correlation_id: Cow::Borrowed(&self.correlation_id),
            traceparent: self.traceparent.as_deref().map(Cow::Borrowed),
            received_at: self.received_at,
            raw,
            arrival: self.arrival.clone(),
        }
    }
}

/// How far an app came with a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Progress {
    /// Every unit of the file is durable: in the feed or among the dead letters.
    Finished,
    /// It is to come again after this time: it is still being written, or the time of the invocation is used up.
    ComeBack(Duration),
}

/// Why an app did not come to the end of a file. What it has written until then stays and is not written twice.
#[derive(Debug, thiserror::Error)]
pub enum TakeError {
    /// The file cannot be read.
    #[error(transparent)]
    Drop(#[from] DropError),
    /// Not everything that was read is durable.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The feed does not answer.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// Another invocation works at the same file and was faster.
    #[error("another invocation takes in the same file")]
    Overtaken,
}

impl From<CheckpointError> for TakeError {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::Lost => Self::Overtaken,
            CheckpointError::Feed(error) => Self::Feed(error),
        }
    }
}

/// What became of a message. All of these let the host delete it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Delivered {
    /// The file is taken in.
    Finished,
    /// A copy of the message comes after this time.
    ComesBack(Duration),
    /// It tells of nothing that is to be read: an unfinished upload, or another kind of event.
    Ignored,
    /// The file is another version by now, of which another message tells.
    Changed,
    /// The message is a dead letter: it is no event, or its file is not there.
    Buried,
}

impl Delivered {
    /// The stable text, for logs.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Finished => "finished",
            Self::ComesBack(_) => "comes_back",
            Self::Ignored => "ignored",
            Self::Changed => "changed",
            Self::Buried => "buried",
        }
    }
}

/// Why a message stays in its queue: neither a copy nor a dead letter of it could be written.
#[derive(Debug, thiserror::Error)]
pub enum DeliveryError {
    /// The copy that was to come later could not be added.
    #[error("the message cannot be put back: {0}")]
    PutBack(#[source] DropError),
    /// The dead letter could not be stored.
    #[error(transparent)]
    Bury(#[from] IngestError),
}

/// The messages of one queue.
///
/// A message is answered with success as soon as its file is durable, or a copy of it is in the queue, or it is a dead
/// letter. So the host's dequeue count, after which a message is poison, counts only what keeps us from answering at all:
/// crashes, and a queue that takes no copy. An outage of the feed or of the blobs makes no poison, however long it lasts.
#[derive(Debug, Clone)]
pub struct Deliveries {
    queue: Arc<DropQueue>,
    ingest: Ingest,
    source: Source,
}

impl Deliveries {
    /// For the app that takes in what `queue` tells of.
    #[must_use]
    pub fn new(queue: DropQueue, ingest: Ingest, source: Source) -> Self {
        Self {
            queue: Arc::new(queue),
            ingest,
            source,
        }
    }

    /// Deals with one message: has `take` take in its file, and sees to it that it comes again where that is needed.
    ///
    /// # Errors
    /// When the message must stay in the queue.
    pub async fn deliver<F>(
        &self,
        message: &Queue,
        now: Timestamp,
        take: impl FnOnce(Delivery) -> F,
    ) -> Result<Delivered, DeliveryError>
    where
        F: Future<Output = Result<Progress, TakeError>>,
    {
        let text = message.text();
        let file = match DroppedFile::from_message(text) {
            Ok(Notice::Uploaded(file)) => file,
            Ok(Notice::Unfinished { .. } | Notice::Other { .. }) => {
                log(self.source, "", Delivered::Ignored, None);
                return Ok(Delivered::Ignored);
            }
            Err(error) => {
                self.bury(message, now, no_event(&error, text)).await?;
                return Ok(Delivered::Buried);
            }
        };
        let key = file.key();
        let mut arrival = arrival(message);
        arrival.push((WRITTEN_AT.to_owned(), file.written_at.to_string()));
        let taken = take(Delivery::of(file, arrival, now)).await;
        let (delivered, error) = match taken {
            Ok(Progress::Finished) => (Delivered::Finished, None),
            Ok(Progress::ComeBack(after)) => (Delivered::ComesBack(after), None),
            Err(error) => (after(&error), Some(error)),
        };
        match (delivered, &error) {
            (Delivered::ComesBack(after), _) => {
                let copied = self.queue.add(text, after).await;
                copied.map_err(DeliveryError::PutBack)?;
            }
            (Delivered::Buried, Some(error)) => {
                self.bury(message, now, unreachable_file(error, &key, text))
                    .await?;
            }
            _ => {}
        }
        log(self.source, &key, delivered, error.as_ref());
        Ok(delivered)
    }

    /// Makes a dead letter of a message that the host has given up.
    ///
    /// # Errors
    /// When it could not be stored; the host then delivers the message again, since a poison queue has none itself.
    pub async fn bury_poison(&self, message: &Queue, now: Timestamp) -> Result<(), DeliveryError> {
        let text = message.text();
        let place = match DroppedFile::from_message(text) {
            Ok(Notice::Uploaded(file)) => file.key(),
            Ok(Notice::Unfinished { .. } | Notice::Other { .. }) | Err(_) => String::new(),
        };
        let detail = "the host delivered the message as often as it is allowed to";
        let rejection = rejection(Reason::PoisonMessage, place, detail.to_owned(), text);
        self.bury(message, now, rejection).await
    }

    async fn bury(
        &self,
        message: &Queue,
        now: Timestamp,
        rejection: Rejection<'_>,
    ) -> Result<(), DeliveryError> {
        let text = message.text();
        let correlation_id = correlation_of(text.as_bytes());
        let letter = Message {
            source: self.source,
            message_id: Cow::Borrowed(message.id.as_deref().unwrap_or_default()),
            traceparent: place_of(&correlation_id).map(Cow::Owned),
            correlation_id: Cow::Owned(correlation_id),
            received_at: EpochMillis::from(now),
            raw: text.as_bytes(),
            arrival: arrival(message),
        };
        let normalized = Normalized {
            records: Vec::new(),
            rejections: vec![rejection],
        };
        self.ingest.take(&letter, normalized).await?;
        Ok(())
    }
}

/// The root of the trace that all of a message's steps are in.
fn place_of(correlation_id: &str) -> Option<String> {
    Traceparent::of_message(correlation_id).map(|place| place.as_str().to_owned())
}

fn after(error: &TakeError) -> Delivered {
    match error {
        TakeError::Drop(DropError::Changed { .. }) => Delivered::Changed,
        TakeError::Drop(error) if error.is_about_the_file() => Delivered::Buried,
        TakeError::Overtaken => Delivered::ComesBack(AFTER_OVERTAKEN),
        TakeError::Drop(_) | TakeError::Ingest(_) | TakeError::Feed(_) => {
            Delivered::ComesBack(AFTER_FAILURE)
        }
    }
}

fn no_event<'a>(error: &MessageError, text: &'a str) -> Rejection<'a> {
    rejection(
        Reason::MalformedMessage,
        "$".to_owned(),
        error.to_string(),
        text,
    )
}

/// Of a message whose file is gone, or is none of ours.
fn unreachable_file<'a>(error: &TakeError, key: &str, text: &'a str) -> Rejection<'a> {
    let reason = match error {
        TakeError::Drop(DropError::Missing { .. }) => Reason::FileGone,
        _ => Reason::Unsupported,
    };
    rejection(reason, key.to_owned(), error.to_string(), text)
}

fn rejection(reason: Reason, place: String, detail: String, text: &str) -> Rejection<'_> {
    Rejection {
        reason,
        place,
        detail,
        raw: Cow::Borrowed(text.as_bytes()),
        record_key: None,
        message: None,
    }
}

/// What the host says about a message, without the receipt, which is a key to it.
fn arrival(message: &Queue) -> Vec<(String, String)> {
    let count = message.dequeue_count.map(|count| count.to_string());
    let named = [
        ("dequeue_count", count),
        ("insertion_time", message.insertion_time.clone()),
        ("message_id", message.id.clone()),
    ];
    named
        .into_iter()
        .filter_map(|(name, value)| Some((name.to_owned(), value?)))
        .collect()
}

/// First 128 bits of a SHA-256 as lower-case hex: the same source gives the same id.
fn correlation_of(source: &[u8]) -> String {
    let digest = Sha256::digest(source);
    digest[..16]
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

fn log(source: Source, file: &str, delivered: Delivered, error: Option<&TakeError>) {
    let (source, outcome) = (source.as_str(), delivered.as_str());
    let wait_s = match delivered {
        Delivered::ComesBack(after) => Some(after.as_secs()),
        _ => None,
    };
    match error {
        None => tracing::info!(event = "drop_delivered", source, file, outcome, wait_s),
        Some(error) => {
            tracing::warn!(event = "drop_delivered", source, file, outcome, wait_s, error = %error);
        }
    }
}
