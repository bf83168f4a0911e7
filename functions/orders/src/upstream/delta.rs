//! What is new by the links that the upstream gives out.
//!
//! The first pull reads everything with `Prefer: odata.track-changes`; its last page holds the link to what changes from
//! then on. Rows of a page of changes hold only what changed, so each order named there is read again as a whole. One
//! that is gone becomes a tombstone.

use futures::{StreamExt as _, stream};
use http::StatusCode;
use ingest::Normalized;
use jiff::Timestamp;
use record::{Entity, Source};
use retry::Exhausted;
use serde::{Deserialize, Serialize};

use super::{
    Answer, CallError, Client, Deps, PullError, Pulled, Tracking,
    page::{Pages, no_page},
    store,
};
use crate::normalize::{Change, Origin, changes, invalid_row, single, tombstone};

/// Orders read again at a time; the upstream serves five calls of one caller at once.
const READS_MAX: usize = 4;

/// How far the pulls have come.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
struct Delta {
    /// The page to begin with: the changes since, or where time ran out. None before the first of all.
    link: Option<String>,
}

/// What became of an order that a page names.
enum Read {
    /// The order as a whole.
    Whole(Answer),
    /// It is gone, as seen by the upstream's clock.
    Gone(Option<Timestamp>),
}

/// Reads what changed and moves the link.
pub(super) async fn pull(deps: &Deps) -> Result<Pulled, PullError> {
    let (feed, client) = (deps.ingest.feed(), &deps.client);
    let name = format!("orders:{}:delta", deps.company_id);
    let (mut cursor, mut etag) = match feed.checkpoint::<Delta>(&name).await? {
        Some(stored) => (stored.value, Some(stored.etag)),
        None => (Delta::default(), None),
    };
    let mut pages = Pages::new("salesOrders/$delta".to_owned(), deps.pull.time_budget);
    let mut pulled = Pulled::default();
    let mut answer = first(client, cursor.link.as_deref()).await?;
    loop {
        let message = pages.message(&answer, deps);
        let page = match changes(&message) {
            Ok(page) => page,
            Err(rejection) => return Err(Box::pin(no_page(deps, &message, rejection)).await),
        };
        let reads = Box::pin(read_all(client, &page.rows, answer.date)).await?;
        let origin = Origin {
            message: &message,
            company: &deps.pull.company,
        };
        let mut normalized = Normalized {
            records: Vec::new(),
            rejections: page.rejections,
        };
        for (row, read) in page.rows.iter().zip(&reads) {
            match read {
                Read::Whole(answer) => single(&answer.body, row.index, &origin, &mut normalized),
                Read::Gone(at) => {
                    pulled.unknown += gone(row, *at, &origin, deps, &mut normalized).await?
                }
            }
        }
        // The next page, or else the changes from now on. A page with neither ends the pull and moves nothing.
        let (next, last) = (page.next_link.as_deref(), page.delta_link.as_deref());
        let link = next.or(last).map(str::to_owned);
        let more = next.is_some();
        pulled.count(&Box::pin(deps.ingest.take(&message, normalized)).await?);

        if link.is_some() && link != cursor.link {
            cursor.link = link;
            if !store(feed, &name, &cursor, &mut etag).await? {
                return Ok(pulled);
            }
        }
        if !more {
            pulled.complete = true;
            return Ok(pulled);
        }
        if pages.time_is_up() {
            return Ok(pulled);
        }
        let url = pages.follow(client, cursor.link.as_deref().unwrap_or_default())?;
        answer = client.get(&url, Tracking::On).await?;
    }
}

/// The page to begin with. A link that is no longer known (410) means to read everything once more.
async fn first(client: &Client, link: Option<&str>) -> Result<Answer, PullError> {
    if let Some(link) = link {
        match client.follow(link, Tracking::On).await {
            Ok(answer) => return Ok(answer),
            Err(exhausted) if is_lost(&exhausted.error) => {
                tracing::warn!(event = "baseline_again", source = "orders", error = %exhausted.error);
            }
            Err(exhausted) => return Err(exhausted.into()),
        }
    }
    Ok(client.get(&client.baseline()?, Tracking::On).await?)
}

/// Whether the link leads nowhere any more: forgotten by the API, or of an API that has moved since.
fn is_lost(error: &CallError) -> bool {
    matches!(error, CallError::ForeignOrigin(_)) || error.status() == Some(StatusCode::GONE)
}

/// Reads every order that still exists, in the order of the rows.
async fn read_all(
    client: &Client,
    rows: &[Change<'_>],
    page_date: Option<Timestamp>,
) -> Result<Vec<Read>, PullError> {
    let reads: Vec<_> = rows
        .iter()
        .map(|row| Box::pin(read(client, &row.id, row.deleted, page_date)))
        .collect();
    let mut reads = stream::iter(reads).buffered(READS_MAX);
    let mut read = Vec::with_capacity(rows.len());
    while let Some(next) = reads.next().await {
        read.push(next?);
    }
    Ok(read)
}

async fn read(
    client: &Client,
    id: &str,
    deleted: bool,
    page_date: Option<Timestamp>,
) -> Result<Read, PullError> {
    if deleted {
        return Ok(Read::Gone(page_date));
    }
    match client.get(&client.order(id)?, Tracking::Off).await {
        Ok(answer) => Ok(Read::Whole(answer)),
        Err(Exhausted {
            error:
                CallError::Status {
                    status: StatusCode::NOT_FOUND,
                    ..
                },
            ..
        }) => Ok(Read::Gone(page_date)),
        Err(exhausted) => Err(exhausted.into()),
    }
}

/// The tombstone of an order; 1 if it was never seen, since then there is nothing to delete.
async fn gone<'a>(
    row: &Change<'a>,
    at: Option<Timestamp>,
    origin: &Origin<'a>,
    deps: &Deps,
    into: &mut Normalized<'a>,
) -> Result<usize, PullError> {
    let Some(key) = deps
        .ingest
        .feed()
        .find_key(Source::Orders, Entity::Order, &row.id)
        .await?
    else {
        return Ok(1);
    };
    // Our own clock must not decide what is newer, so without the upstream's there is no version.
    let made = match at {
        Some(at) => tombstone(&key, at, row.index, origin).map_err(|error| error.to_string()),
        None => Err("the answer has no date header".to_owned()),
    };
    match made {
        Ok(record) => into.records.push(record),
        Err(detail) => into.rejections.push(invalid_row(row, &detail, key)),
    }
    Ok(0)
}
