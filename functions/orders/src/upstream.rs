//! How orders come: a timer, and what is new since the last time, page by page.

mod client;
mod delta;
mod page;
mod watermark;

use std::{fmt, sync::Arc, time::Duration};

use azure_functions_handler::{App, Invocation, Outcome, trigger::Timer};
use feed::{CheckpointError, ETag, Feed, FeedError};
use ingest::{Door, Ingest, IngestError, Message, Normalize, Normalized, Taken};
use jiff::Timestamp;
use record::Source;
use replay::Replay;
use retry::Exhausted;
use serde::Serialize;
use telemetry::correlation::join;

use crate::{
    APP, VERSION,
    config::{CursorKind, Pull},
    normalize::{Origin, normalize},
};
pub use client::{Answer, CallError, Client, Tracking};

/// Name of the function: the folder with its function.json.
pub const FUNCTION: &str = "ingest";

/// Time beyond the budget for the page that is under way: its attempts, waits and writes.
const LAST_PAGE: Duration = Duration::from_secs(25);

/// What the app works with.
#[derive(Clone)]
pub struct Deps {
    /// Takes in what came.
    pub ingest: Ingest,
    /// The upstream's API.
    pub client: Arc<Client>,
    /// How to pull.
    pub pull: Pull,
    /// The company's id at the API; part of the checkpoint's name.
    pub company_id: String,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Called after each pull, to have its telemetry sent soon; must not wait.
    pub flush: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps")
            .field("client", &self.client)
            .field("pull", &self.pull)
            .finish_non_exhaustive()
    }
}

/// Why a pull ended before its time. What was taken in until then is durable, and the cursor is as far as that.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The upstream does not answer as it should.
    #[error(transparent)]
    Call(#[from] Exhausted<CallError>),
    /// It sent a link that cannot be followed.
    #[error(transparent)]
    Link(#[from] CallError),
    /// It sent something else than a page. That is among the dead letters now; the cursor stays in front of it.
    #[error("{message_id} is no page: {detail}")]
    NoPage {
        /// Which page.
        message_id: String,
        /// What is wrong with it.
        detail: String,
    },
    /// Not everything on a page is durable.
    #[error(transparent)]
    Ingest(#[from] IngestError),
    /// The feed does not answer.
    #[error(transparent)]
    Feed(#[from] FeedError),
}

/// What a pull did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Pages read.
    pub pages: usize,
    /// Orders, lines and rejections on them.
    pub received: usize,
    /// Changes of orders that were never seen, so that there is nothing to delete.
    pub unknown: usize,
    /// Whether the end was reached within the time budget.
    pub complete: bool,
}

impl Pulled {
    const fn count(&mut self, taken: &Taken) {
        self.pages += 1;
        self.received += taken.received;
    }
}

/// The function app.
pub fn app(deps: Deps) -> App {
    let deadline = deps.pull.time_budget + LAST_PAGE;
    let door = Door::new(
        deps.ingest.clone(),
        Source::Orders,
        OfCompany(deps.pull.company.clone()),
    );
    let replay = Replay::new(
        deps.ingest.feed(),
        APP,
        VERSION,
        Arc::new(door),
        deps.now.clone(),
    );
    let replay = replay.behind(deps.ingest.traffic().clone());
    let canary = ingest::canary(
        deps.ingest.clone(),
        Source::Orders,
        deps.now.clone(),
        deps.flush.clone(),
    );
    let tick = move |_: Invocation<Timer>| {
        let deps = deps.clone();
        async move {
            let pulled = Box::pin(pull(&deps)).await;
            (deps.flush)();
            pulled.map(|pulled| {
                Outcome::done().log(format!("{} pages, {} units", pulled.pages, pulled.received))
            })
        }
    };
    App::new()
        .http(replay::routes(replay))
        .function(FUNCTION, tick)
        .function("canary", canary)
        .deadline(deadline)
        .on_span(join)
}

/// Reads pages of orders of the company of this name.
struct OfCompany(String);

impl Normalize for OfCompany {
    fn normalize<'a>(&'a self, message: &'a Message<'a>) -> Normalized<'a> {
        normalize(&Origin {
            message,
            company: &self.0,
        })
    }
}

/// Pulls once.
///
/// # Errors
/// When it could not come to its end; the next one goes on where the cursor is.
pub async fn pull(deps: &Deps) -> Result<Pulled, PullError> {
    let pulled = match deps.pull.cursor {
        CursorKind::Watermark => Box::pin(watermark::pull(deps)).await?,
        CursorKind::Delta => Box::pin(delta::pull(deps)).await?,
    };
    tracing::info!(
        event = "pulled",
        source = "orders",
        pages = pulled.pages,
        received = pulled.received,
        unknown = pulled.unknown,
        complete = pulled.complete,
    );
    Ok(pulled)
}

/// Stores a cursor. `false` when another run was faster: its cursor stands, our data are in the feed all the same.
async fn store<T: Serialize>(
    feed: &Feed,
    name: &str,
    cursor: &T,
    etag: &mut Option<ETag>,
) -> Result<bool, FeedError> {
    match feed.store_checkpoint(name, cursor, etag.take()).await {
        Ok(stored) => {
            *etag = Some(stored);
            Ok(true)
        }
        Err(CheckpointError::Lost) => {
            tracing::warn!(event = "cursor_lost", source = "orders", checkpoint = name);
            Ok(false)
        }
        Err(CheckpointError::Feed(error)) => Err(error),
    }
}
