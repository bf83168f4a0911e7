//! Repair after an outage: events that could not be pushed are pulled, up to now, span by span.
//!
//! DCSA numbers no messages, so a gap is not seen but assumed: everything that was updated since the last repair is read
//! again. What was pushed meanwhile is in the feed already and counts as duplicate. A cursor of the producer is good for
//! one call, so none is stored: a span is read to its end, then the checkpoint moves behind it.

use std::{sync::Arc, time::Instant};

use feed::{CheckpointError, ETag, FeedError};
use ingest::IngestError;
use jiff::{SignedDuration, Timestamp};
use retry::Exhausted;
use serde::{Deserialize, Serialize};

use super::{
    Deps, body_id, message,
    producer::{CallError, Producer, Span},
};
use crate::normalize::{Standard, normalize};

/// Name of the function: the folder with its function.json.
pub const FUNCTION: &str = "repair";

/// The checkpoint; those of all apps lie in one container.
const CHECKPOINT: &str = "visibility:repair";
/// How far back a first repair reads.
const FIRST: SignedDuration = SignedDuration::from_hours(24);
/// How far a span goes. Short, because one that breaks off is read again from its beginning.
const SPAN: SignedDuration = SignedDuration::from_hours(1);
/// An event may be found only some time after its time of update.
const OVERLAP: SignedDuration = SignedDuration::from_mins(15);
/// Most pages of a span: a million events an hour.
const PAGES_MAX: usize = 1_000;

/// Up to where everything was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Repaired {
    until: Timestamp,
}

/// What a repair did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Repair {
    /// Pages read.
    pub pages: usize,
    /// Records and rejections on them.
    pub received: usize,
    /// Records that were not in the feed: what the repair was for.
    pub created: usize,
    /// Whether it came up to now within the time budget.
    pub complete: bool,
}

/// Why a repair ended before its time. What was taken in until then is durable; the next one reads the span again.
#[derive(Debug, thiserror::Error)]
pub enum RepairError {
    /// The producer does not answer as it should.
    #[error("{}", .0.error)]
    Call(#[from] Exhausted<CallError>),
    /// It says that there is more, without end or at the same place.
    #[error("the producer's pages of one span do not end")]
    Endless,
    /// It sent something else than a page. That is among the dead letters now.
    #[error("the producer sends no page: {0}")]
    NoPage(String),
    /// Not everything on a page is durable.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The feed does not answer.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

/// Reads what the producer has since the last repair.
///
/// # Errors
/// When a span could not be read to its end.
pub async fn repair(deps: &Deps, producer: &Arc<Producer>) -> Result<Repair, RepairError> {
    let began = Instant::now();
    let now = (deps.now)();
    let feed = deps.ingest.feed();
    let (mut until, mut etag) = match feed.checkpoint::<Repaired>(CHECKPOINT).await? {
        Some(stored) => (stored.value.until, Some(stored.etag)),
        None => (earlier(now, FIRST), None),
    };
    let mut repair = Repair::default();
    while until < now {
        if began.elapsed() >= deps.repair_budget {
            return Ok(repair);
        }
        let span = Span {
            from: earlier(until, OVERLAP),
            to: until.checked_add(SPAN).unwrap_or(now).min(now),
        };
        Box::pin(read(deps, producer, span, &mut repair)).await?;
        until = span.to;
        match store(deps, until, etag.take()).await? {
            Some(stored) => etag = Some(stored),
            // Another run is repairing.
            None => return Ok(repair),
        }
    }
    repair.complete = true;
    Ok(repair)
}

/// None where another run has moved the checkpoint since.
async fn store(
    deps: &Deps,
    until: Timestamp,
    etag: Option<ETag>,
) -> Result<Option<ETag>, FeedError> {
    let feed = deps.ingest.feed();
    match feed
        .store_checkpoint(CHECKPOINT, &Repaired { until }, etag)
        .await
    {
        Ok(etag) => Ok(Some(etag)),
        Err(CheckpointError::Lost) => Ok(None),
        Err(CheckpointError::Feed(error)) => Err(error),
    }
}

/// Takes in all pages of a span.
async fn read(
    deps: &Deps,
    producer: &Producer,
    span: Span,
    repair: &mut Repair,
) -> Result<(), RepairError> {
    let mut cursor: Option<String> = None;
    for _ in 0..PAGES_MAX {
        let now = (deps.now)();
        let page = producer.page(span, cursor.as_deref(), now).await?;
        let id = body_id(&page.body);
        let message = message(Standard::Dcsa3, &id, &page.headers, &page.body, now);
        let outcome = normalize(Standard::Dcsa3, &message);
        let unread = outcome.unread.then(|| outcome.told());
        let taken = Box::pin(deps.ingest.take(&message, outcome.normalized)).await?;
        if let Some(detail) = unread {
            return Err(RepairError::NoPage(detail));
        }
        repair.pages += 1;
        repair.received += taken.received;
        repair.created += taken.created;
        match page.next {
            None => return Ok(()),
            next if next == cursor => return Err(RepairError::Endless),
            next => cursor = next,
        }
    }
    Err(RepairError::Endless)
}

fn earlier(time: Timestamp, by: SignedDuration) -> Timestamp {
    time.checked_sub(by).unwrap_or(Timestamp::UNIX_EPOCH)
}
