//! What is new by `lastModifiedDateTime`.
//!
//! The watermark is the latest time of change that was seen, never our own clock. Every pull reads from the overlap before
//! it, because an order shows up when its transaction ends but carries the time at which it was written; what was read
//! before costs refused creates.
//!
//! The watermark moves page by page. Pages come in the order of the time of change, so when a page is durable, every order
//! that the upstream showed with an earlier time is, and a pull that is killed goes on close to where it was.

use jiff::Timestamp;
use retry::{Class, Classify as _};
use serde::{Deserialize, Serialize};

use super::{
    Answer, Client, Deps, PullError, Pulled, Tracking,
    page::{Pages, no_page},
    store,
};
use crate::normalize::{Origin, orders};

/// How far the pulls have come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Watermark {
    /// The latest time of change that was seen.
    watermark: Timestamp,
    /// The next page, while far behind.
    ///
    /// Without it a pull whose time runs out within the overlap would begin there again, and never get further. Kept only
    /// as long as the page before lies further back than the overlap: nothing can show up before it any more.
    resume: Option<String>,
}

/// Reads what is new and moves the watermark.
pub(super) async fn pull(deps: &Deps) -> Result<Pulled, PullError> {
    let (feed, client) = (deps.ingest.feed(), &deps.client);
    let name = format!("orders:{}:watermark", deps.company_id);
    let stored = feed.checkpoint::<Watermark>(&name).await?;
    let (mut cursor, mut etag, from) = match stored {
        Some(stored) => {
            let from = stored
                .value
                .watermark
                .checked_sub(deps.pull.overlap)
                .unwrap_or(Timestamp::UNIX_EPOCH);
            (
                stored.value,
                Some(stored.etag),
                from.max(Timestamp::UNIX_EPOCH),
            )
        }
        None => (
            Watermark {
                watermark: deps.pull.start,
                resume: None,
            },
            None,
            deps.pull.start,
        ),
    };
    let mut pages = Pages::new(format!("salesOrders?from={from}"), deps.pull.time_budget);
    let mut pulled = Pulled::default();
    let mut answer = first(client, from, cursor.resume.as_deref()).await?;
    loop {
        let message = pages.message(&answer, deps);
        let origin = Origin {
            message: &message,
            company: &deps.pull.company,
        };
        let page = match orders(&origin) {
            Ok(page) => page,
            Err(rejection) => return Err(Box::pin(no_page(deps, &message, rejection)).await),
        };
        let next = page.next_link.as_deref().map(str::to_owned);
        let newest = page.newest;
        pulled.count(&Box::pin(deps.ingest.take(&message, page.normalized)).await?);

        let moved = advance(&cursor, newest, next.as_deref(), &answer, deps);
        if moved != cursor || etag.is_none() {
            cursor = moved;
            if !store(feed, &name, &cursor, &mut etag).await? {
                return Ok(pulled);
            }
        }
        let Some(next) = next else {
            pulled.complete = true;
            return Ok(pulled);
        };
        if pages.time_is_up() {
            return Ok(pulled);
        }
        let url = pages.follow(client, &next)?;
        answer = client.get(&url, Tracking::Off).await?;
    }
}

/// The page to begin with: the one at which an earlier pull left off, or else the first.
async fn first(
    client: &Client,
    from: Timestamp,
    resume: Option<&str>,
) -> Result<Answer, PullError> {
    if let Some(link) = resume {
        match client.follow(link, Tracking::Off).await {
            Ok(answer) => return Ok(answer),
            // No longer known, or of an API that has moved since. The watermark is as good, only slower.
            Err(exhausted) if exhausted.class() == Class::Permanent => {
                tracing::warn!(event = "resume_refused", source = "orders", error = %exhausted.error);
            }
            Err(exhausted) => return Err(exhausted.into()),
        }
    }
    let url = client.changed_since(from)?;
    Ok(client.get(&url, Tracking::Off).await?)
}

/// The cursor behind a page that is durable.
fn advance(
    cursor: &Watermark,
    newest: Option<Timestamp>,
    next: Option<&str>,
    answer: &Answer,
    deps: &Deps,
) -> Watermark {
    // One order from the future must not move the watermark past everything that is still to come. The upstream's own
    // clock is the measure.
    let newest = newest.map(|newest| answer.date.map_or(newest, |date| newest.min(date)));
    let watermark = newest.map_or(cursor.watermark, |newest| newest.max(cursor.watermark));
    let settled = answer
        .date
        .and_then(|date| date.checked_sub(deps.pull.overlap).ok())
        .zip(newest)
        .is_some_and(|(settled, newest)| newest < settled);
    let resume = next.filter(|_| settled).map(str::to_owned);
    Watermark { watermark, resume }
}
