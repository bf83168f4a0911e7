//! One stream, page by page: the readings are durable before the cursor moves.

use std::{borrow::Cow, time::Instant};

use feed::ETag;
use ingest::{Message, Normalized, Rejection};
use jiff::Timestamp;
use record::{EpochMillis, Source};
use telemetry::correlation::{CorrelationId, Traceparent};

use super::{
    Answer, CallError, Deps, PullError, Pulled,
    cursor::{Cursor, FeedCursor, HISTORY, Position},
};
use crate::{
    config::Stream,
    normalize::{Origin, page},
};

/// Reads what is new in a stream, and moves its cursor behind every page that is durable.
///
/// # Errors
/// When it could not come to its end; the next pull goes on where the cursor is.
pub async fn pull_stream(deps: &Deps, feed_cursor: &dyn FeedCursor) -> Result<Pulled, PullError> {
    let stream = feed_cursor.stream();
    let pulled = Box::pin(pages(deps, feed_cursor)).await?;
    tracing::info!(
        event = "pulled",
        source = "telematics",
        stream = %stream,
        pages = pulled.pages,
        received = pulled.received,
        thinned_out = pulled.thinned_out,
        passed_over = pulled.passed_over,
        complete = pulled.complete,
    );
    Ok(pulled)
}

async fn pages(deps: &Deps, feed_cursor: &dyn FeedCursor) -> Result<Pulled, PullError> {
    let stream = feed_cursor.stream();
    let began = Instant::now();
    let name = checkpoint_name(stream);
    let (mut cursor, mut etag) = begin(deps, &name).await?;
    let mut pulled = Pulled::default();
    let mut restarted = false;
    loop {
        let answer = match feed_cursor.fetch(&cursor.position).await {
            Ok(answer) => answer,
            Err(exhausted) if is_refused(&exhausted.error) && !restarted => {
                restarted = true;
                cursor.position = restart(stream, &exhausted.error, (deps.now)());
                continue;
            }
            Err(exhausted) => return Err(exhausted.into()),
        };
        let message = message(stream, &cursor.position, &answer, deps);
        let origin = Origin {
            message: &message,
            stream,
            kept: &cursor.kept,
        };
        let page = match page(&origin) {
            Ok(page) => page,
            Err(rejection) => return Err(Box::pin(no_page(deps, &message, rejection)).await),
        };
        let step = feed_cursor.advance(&cursor.position, &page);
        pulled.pages += 1;
        pulled.thinned_out += page.thinned_out;
        pulled.passed_over += page.passed_over;
        let taken = Box::pin(deps.ingest.take(&message, page.normalized)).await?;
        pulled.received += taken.received;

        let circle = step.more && step.position == cursor.position;
        let next = Cursor {
            position: step.position,
            kept: page.kept,
        };
        if next != cursor || etag.is_none() {
            let stored = deps
                .ingest
                .feed()
                .store_checkpoint(&name, &next, etag)
                .await?;
            etag = Some(stored);
        }
        cursor = next;
        if circle {
            return Err(PullError::Circle);
        }
        if !step.more {
            pulled.complete = true;
            return Ok(pulled);
        }
        if began.elapsed() >= deps.time_budget {
            return Ok(pulled);
        }
        tokio::time::sleep(feed_cursor.pause()).await;
    }
}

/// Checkpoints of all apps lie in one container.
fn checkpoint_name(stream: Stream) -> String {
    format!("telematics:{stream}")
}

async fn begin(deps: &Deps, name: &str) -> Result<(Cursor, Option<ETag>), PullError> {
    Ok(match deps.ingest.feed().checkpoint::<Cursor>(name).await? {
        Some(stored) => (stored.value, Some(stored.etag)),
        None => {
            let position = deps
                .start
                .map(|start| Position::since(start, (deps.now)()))
                .unwrap_or_default();
            let cursor = Cursor {
                position,
                ..Cursor::default()
            };
            (cursor, None)
        }
    })
}

const fn is_refused(error: &CallError) -> bool {
    matches!(error, CallError::CursorRefused { .. })
}

/// Where to go on when the provider has forgotten where we were. What is older than the history is for people to fetch,
/// hence an error although the pull goes on.
fn restart(stream: Stream, error: &CallError, now: Timestamp) -> Position {
    let from = now.checked_sub(HISTORY).unwrap_or(Timestamp::UNIX_EPOCH);
    tracing::error!(
        event = "cursor_refused",
        source = "telematics",
        stream = %stream,
        history_from = %from,
        error = %error,
    );
    Position::since(from, now)
}

/// The page as a message with a correlation id of its own.
fn message<'a>(
    stream: Stream,
    position: &Position,
    answer: &'a Answer,
    deps: &Deps,
) -> Message<'a> {
    let id_of_message = CorrelationId::new();
    Message {
        source: Source::Telematics,
        // A letter's page is read again as one of this stream; the door takes it from here.
        message_id: format!("{stream}@{}", position.label()).into(),
        traceparent: Traceparent::of_message(id_of_message.as_str())
            .map(|place| Cow::from(place.as_str().to_owned())),
        correlation_id: id_of_message.as_str().to_owned().into(),
        received_at: EpochMillis::from((deps.now)()),
        raw: &answer.body,
        arrival: answer.arrival.clone(),
    }
}

/// Buries what should have been a page, and fails.
///
/// The cursor stays: what the page held is unknown. The next pull meets the same page, and the same bytes are the same
/// letter, so that a night of it is one letter and many failed pulls.
async fn no_page(deps: &Deps, message: &Message<'_>, rejection: Rejection<'_>) -> PullError {
    let detail = rejection.detail.clone();
    let normalized = Normalized {
        records: Vec::new(),
        rejections: vec![rejection],
    };
    match deps.ingest.take(message, normalized).await {
        Ok(_) => PullError::NoPage {
            message_id: message.message_id.to_string(),
            detail,
        },
        Err(error) => error.into(),
    }
}
