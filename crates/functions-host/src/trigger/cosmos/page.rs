//! One lease at work: a page, its invocation, its checkpoint, the next page.

use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use azure_data_cosmos::CosmosError;
use azure_data_cosmos::FeedScope;
use azure_data_cosmos::feed::{ChangeFeedPageIterator, ContinuationToken};
use azure_data_cosmos::models::ChangeFeedItem;
use azure_data_cosmos::options::{ChangeFeedOptions, ChangeFeedStartFrom, MaxItemCountHint};
use futures::StreamExt as _;
use serde_json::{Value, json};

use super::lease::{Lease, LeaseError};
use super::{BACK_OFF, Feed};
use crate::invocation::{Outcome, Payload, RewriteDates, TriggerValue, rewrite};
use crate::stop::Stop;

type Pages = ChangeFeedPageIterator<ChangeFeedItem<Value>>;

/// Reads the range of one lease for as long as the lease is held.
pub(super) struct Reader<'a> {
    feed: &'a Feed,
    lease: Lease,
    reading: Option<Reading<'a>>,
}

/// Counts a lease as held, from its first page on.
struct Reading<'a>(&'a AtomicU64);

impl<'a> Reading<'a> {
    fn new(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Why the reader is done.
enum End {
    /// The host stops: nothing more is checkpointed.
    Stopped,
    /// Someone else has the lease.
    Lost,
    /// The account does not take the checkpoint.
    Account(CosmosError),
}

impl From<LeaseError> for End {
    fn from(error: LeaseError) -> Self {
        match error {
            LeaseError::Lost => Self::Lost,
            LeaseError::Account(error) => Self::Account(error),
        }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(feed: &'a Feed, lease: Lease) -> Self {
        Self {
            feed,
            lease,
            reading: None,
        }
    }

    /// Reads until the lease is lost or the host stops; gives the lease up unless it is lost.
    pub(super) async fn run(mut self, stop: &Stop) {
        let mut wait = BACK_OFF.0;
        let end = loop {
            // An iterator is dead after its first error: open it again from the stored token.
            match self.read(stop, &mut wait).await {
                Ok(error) => {
                    self.feed.listener.complain(&format!(
                        "the feed is opened again from its last checkpoint: {error}"
                    ));
                    if !stop.sleep(wait).await {
                        break End::Stopped;
                    }
                    wait = (wait * 2).min(BACK_OFF.1);
                }
                Err(end) => break end,
            }
        };
        self.feed.listener.status.is_busy(self.lease.id());
        match end {
            End::Lost => {
                self.feed.listener.complain(&format!(
                    "lease {} was lost; its page is delivered again elsewhere",
                    self.lease.id()
                ));
                return;
            }
            End::Account(error) => self
                .feed
                .listener
                .complain(&format!("checkpoint not written: {error}")),
            End::Stopped => {}
        }
        // Whoever comes next has to wait for the expiry otherwise, which is only slower.
        drop(self.feed.leases.release(self.lease).await);
    }

    /// One life of an iterator; returns what ended it.
    async fn read(&mut self, stop: &Stop, wait: &mut Duration) -> Result<String, End> {
        let mut pages = match self.open().await {
            Ok(pages) => pages,
            Err(error) => return Ok(error.to_string()),
        };
        let mut renew = tokio::time::Instant::now() + self.feed.listener.trigger.renew_interval / 2;
        loop {
            if stop.is_stopped() || !self.feed.listener.drain.open(stop).await {
                return Err(End::Stopped);
            }
            let poll_began = Instant::now();
            let page = match pages.next().await {
                Some(Ok(page)) => page,
                Some(Err(error)) => return Ok(error.to_string()),
                // The stream of a feed has no end; open it again should it have one after all.
                None => return Ok("the feed ended".to_owned()),
            };
            *wait = BACK_OFF.0;
            let items = page.into_items();
            let starts_now =
                self.lease.document.token.is_none() && !self.lease.document.from_beginning;
            if items.is_empty() && starts_now {
                // Needs a place to come back to before anything has happened.
                self.checkpoint(token_of(&pages)?).await?;
            }
            let status = &self.feed.listener.status;
            self.reading
                .get_or_insert_with(|| Reading::new(&status.owned));
            if items.is_empty() {
                status.is_drained(self.lease.id(), poll_began);
                if tokio::time::Instant::now() >= renew {
                    self.feed.leases.write(&mut self.lease).await?;
                    renew = tokio::time::Instant::now() + self.feed.listener.trigger.renew_interval;
                }
                if !stop.sleep(self.feed.listener.trigger.poll_delay).await {
                    return Err(End::Stopped);
                }
                continue;
            }
            status.is_busy(self.lease.id());
            self.deliver(items, stop).await?;
            self.checkpoint(token_of(&pages)?).await?;
            renew = tokio::time::Instant::now() + self.feed.listener.trigger.renew_interval;
        }
    }

    async fn open(&self) -> Result<Pages, CosmosError> {
        let document = &self.lease.document;
        let most = NonZeroU32::new(self.feed.listener.trigger.max_items).unwrap_or(NonZeroU32::MIN);
        let mut options =
            ChangeFeedOptions::default().with_max_item_count(MaxItemCountHint::Limit(most));
        if let Some(token) = &document.token {
            options =
                options.with_continuation_token(ContinuationToken::from_string(token.clone()));
        }
        let start = if document.from_beginning {
            ChangeFeedStartFrom::Beginning
        } else {
            ChangeFeedStartFrom::Now
        };
        let scope = FeedScope::range(document.range.clone());
        self.feed
            .container
            .query_change_feed(scope, start, Some(options))
            .await
    }

    /// Runs the function; the lease is kept alive meanwhile. Success and failure both come back as `Ok`.
    async fn deliver(&mut self, items: Vec<ChangeFeedItem<Value>>, stop: &Stop) -> Result<(), End> {
        let listener = &self.feed.listener;
        let documents = u64::try_from(items.len()).unwrap_or(u64::MAX);
        let payload = Payload::new(
            &listener.function.binding,
            TriggerValue::Text(text_of(&items, listener.rewrite)),
        );
        drop(items);
        let mut run = std::pin::pin!(listener.runner.run(&listener.function, &payload));
        let outcome = loop {
            tokio::select! {
                outcome = &mut run => break outcome,
                () = tokio::time::sleep(listener.trigger.renew_interval) => match self.feed.leases.write(&mut self.lease).await {
                    // The running handler is not told; the checkpoint will fail.
                    Ok(()) | Err(LeaseError::Lost) => {}
                    Err(LeaseError::Account(error)) => listener.complain(&format!("lease not renewed: {error}")),
                },
            }
        };
        listener.status.pages.fetch_add(1, Ordering::Relaxed);
        listener
            .status
            .documents
            .fetch_add(documents, Ordering::Relaxed);
        if stop.is_stopped() || matches!(outcome, Outcome::Cancelled) {
            return Err(End::Stopped);
        }
        if matches!(outcome, Outcome::Failed) {
            listener.output.event(&json!({
                "event": "host_batch_skipped", "function": listener.function.name, "documents": documents,
                "lease": self.lease.id(), "reason": "the invocation failed and no retry is left: the feed moves on",
            }));
        }
        Ok(())
    }

    /// Stores where the next page starts; tries again while the account is away, and a lease may have expired by then.
    async fn checkpoint(&mut self, token: String) -> Result<(), End> {
        self.lease.document.token = Some(token);
        let mut wait = BACK_OFF.0;
        loop {
            match self.feed.leases.write(&mut self.lease).await {
                Ok(()) => return Ok(()),
                Err(LeaseError::Account(_)) if wait < BACK_OFF.1 => tokio::time::sleep(wait).await,
                Err(error) => return Err(error.into()),
            }
            wait *= 2;
        }
    }
}

fn token_of(pages: &Pages) -> Result<String, End> {
    pages
        .to_continuation_token()
        .map(|token| token.as_str().to_owned())
        .map_err(End::Account)
}

/// The documents of a page as the one string that the trigger hands over.
fn text_of(items: &[ChangeFeedItem<Value>], rewriting: RewriteDates) -> String {
    let documents = items.iter().filter_map(|item| {
        let mut document = item.current()?.clone();
        let lsn = item
            .metadata()
            .and_then(|metadata| metadata.lsn())
            .map(|lsn| lsn.value());
        if let (Some(lsn), Some(fields)) = (lsn, document.as_object_mut()) {
            fields.entry("_lsn").or_insert(lsn.into());
        }
        Some(document)
    });
    array_text(documents.collect(), rewriting)
}

/// The text for an admin invocation: its input must be a list of documents.
pub(crate) fn trigger_text(
    input: &str,
    rewriting: RewriteDates,
) -> Result<String, serde_json::Error> {
    Ok(array_text(serde_json::from_str(input)?, rewriting))
}

fn array_text(mut documents: Vec<Value>, rewriting: RewriteDates) -> String {
    if rewriting == RewriteDates::On {
        documents.iter_mut().for_each(rewrite);
    }
    Value::Array(documents).to_string()
}
