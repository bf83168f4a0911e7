//! A record that the app sends by itself, so that a source that says nothing is told from one that is cut off.

use std::sync::Arc;

use azure_functions_handler::{Invocation, Outcome, trigger::Timer};
use feed::{FeedError, PublishOutcome};
use futures::future::BoxFuture;
use jiff::Timestamp;
use record::{Body, Canary, EpochMillis, Provenance, Record, Source, SourceVersion, Text};
use telemetry::correlation::{CorrelationId, Traceparent};

use crate::Ingest;

/// The timer function `canary` of an upstream's app: sends one, and lets telemetry go before it answers.
pub fn canary(
    ingest: Ingest,
    source: Source,
    now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    flush: Arc<dyn Fn() + Send + Sync>,
) -> impl Fn(Invocation<Timer>) -> BoxFuture<'static, Result<Outcome, FeedError>> + Clone {
    move |_| {
        let (ingest, now, flush) = (ingest.clone(), now.clone(), flush.clone());
        Box::pin(async move {
            let sent = ingest.send_canary(source, now()).await;
            flush();
            sent.map(|()| Outcome::done())
        })
    }
}

impl Ingest {
    /// Publishes a canary of the source: from here on it goes where every record of the source goes.
    ///
    /// Sending one twice is harmless, and one that is not sent is made up for by the next.
    ///
    /// # Errors
    /// When the feed does not take it.
    async fn send_canary(&self, source: Source, at: Timestamp) -> Result<(), FeedError> {
        let sent_at = EpochMillis::from(at);
        let id = CorrelationId::new();
        let mut provenance = Provenance::new(
            format!("canary-{source}-{}", sent_at.0),
            id.as_str().to_owned(),
            sent_at,
            sent_at,
        );
        provenance.traceparent =
            Traceparent::of_message(id.as_str()).map(|place| place.as_str().to_owned().into());
        let canary = Canary {
            source,
            sent_at,
            app_version: Text::from(self.version()),
        };
        let version = SourceVersion::new(u64::try_from(sent_at.0).unwrap_or_default(), 0);
        let record = Record::upsert(source, Body::Canary(canary), version, provenance)
            .expect("the name of a source is a valid key");
        let published = self.feed().publish(vec![record.to_document()]).await;
        match published.outcomes.into_iter().next() {
            Some(PublishOutcome::Failed(error)) => Err(error),
            Some(PublishOutcome::Created | PublishOutcome::Duplicate) | None => {
                tracing::debug!(event = "canary_sent", source = source.as_str());
                Ok(())
            }
        }
    }
}
