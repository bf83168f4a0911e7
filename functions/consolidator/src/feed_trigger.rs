//! How documents come: in pages of the change feed, answered when everything in them is durable.

use std::{fmt, sync::Arc};

use azure_functions_handler::{
    App, Failure, Invocation, Outcome,
    trigger::{CosmosDb, Timer},
};
use consolidate::{Consolidate, Consolidated, Page};
use jiff::Timestamp;
use replay::Replay;
use telemetry::correlation::{Traceparent, join, link};
use tracing::Span;

use crate::{APP, VERSION, front_door::Door, operate};

/// What the app works with.
#[derive(Clone)]
pub struct Deps {
    /// Takes in the pages.
    pub consolidate: Consolidate,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Called after each page, to have its telemetry sent soon; must not wait.
    pub flush: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps")
            .field("consolidate", &self.consolidate)
            .finish_non_exhaustive()
    }
}

/// The function app.
pub fn app(deps: Deps) -> App {
    let consolidate = &deps.consolidate;
    let replay = Replay::new(
        consolidate.feed(),
        APP,
        VERSION,
        Arc::new(Door::new(consolidate.clone())),
        deps.now.clone(),
    );
    let replay = replay.behind(consolidate.traffic().clone());
    let (resolving, measuring, reconciling) = (consolidate.clone(), deps.clone(), deps.clone());
    App::new()
        .http(replay::routes(replay))
        .http(operate::routes(consolidate.clone()))
        .function("consolidate", move |page: Invocation<CosmosDb>| {
            let deps = deps.clone();
            async move {
                let outcome = Box::pin(take(&deps.consolidate, &page)).await;
                (deps.flush)();
                outcome
            }
        })
        .function("resolve", move |_: Invocation<Timer>| {
            let consolidate = resolving.clone();
            async move {
                consolidate.resolve().await;
                Ok::<_, Failure>(Outcome::done())
            }
        })
        .function("freshness", move |_: Invocation<Timer>| {
            let deps = measuring.clone();
            async move {
                let measured = Box::pin(deps.consolidate.measure()).await;
                (deps.flush)();
                measured.map(|streams| Outcome::done().log(format!("{} streams", streams.len())))
            }
        })
        .function("reconcile", move |_: Invocation<Timer>| {
            let deps = reconciling.clone();
            async move {
                let reconciled = Box::pin(deps.consolidate.reconcile_due()).await;
                (deps.flush)();
                reconciled.map(|totals| Outcome::done().log(format!("{} totals", totals.len())))
            }
        })
        .on_span(join)
}

/// Fails only where neither the store nor the dead letters can be written; the host then brings the page again.
async fn take(
    consolidate: &Consolidate,
    invocation: &Invocation<CosmosDb>,
) -> Result<Outcome, Failure> {
    let documents = invocation.trigger.documents()?;
    let documents: Vec<&str> = documents.iter().map(|document| document.get()).collect();
    let arrival = arrival(invocation);
    let page = Page {
        documents: &documents,
        arrival: &arrival,
    };
    let consolidated = consolidate.take(&page).await?;
    let span = Span::current();
    for traceparent in &consolidated.traceparents {
        if let Ok(traceparent) = Traceparent::parse(traceparent) {
            link(&span, &traceparent);
        }
    }
    Ok(Outcome::done().log(summary(&consolidated)))
}

/// What a dead letter keeps of how its document arrived.
fn arrival(invocation: &Invocation<CosmosDb>) -> Vec<(String, String)> {
    let retries = invocation
        .metadata
        .retry
        .as_ref()
        .map_or(0, |retry| retry.retry_count);
    vec![
        ("trigger".to_owned(), "cosmosDBTrigger".to_owned()),
        ("function".to_owned(), invocation.function.to_string()),
        ("invocation_id".to_owned(), invocation.id.clone()),
        ("retry_count".to_owned(), retries.to_string()),
    ]
}

/// One line for the host's log.
fn summary(consolidated: &Consolidated) -> String {
    let sum = |count: fn(&consolidate::Counts) -> i64| -> i64 {
        consolidated.sources.values().map(count).sum()
    };
    format!(
        "applied {}, duplicate {}, superseded {}, dead-lettered {}",
        sum(|counts| counts.applied),
        sum(|counts| counts.duplicate),
        sum(|counts| counts.superseded),
        sum(|counts| counts.dead_lettered),
    )
}
