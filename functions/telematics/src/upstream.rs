//! Pulling the providers' streams.

mod call;
mod cursor;
mod door;
mod geotab;
mod page;
mod samsara;
mod session;

use std::{fmt, sync::Arc, time::Duration};

use azure_functions_handler::{App, Invocation, Outcome, trigger::Timer};
use feed::{CheckpointError, FeedError};
use futures::future::join_all;
use ingest::{Door, Ingest, IngestError};
use jiff::Timestamp;
use record::Source;
use replay::Replay;
use retry::Exhausted;
use telemetry::correlation::join;

use crate::{
    APP, VERSION,
    config::{Config, Provider, Stream},
};
pub use call::{Answer, CallError};
pub use cursor::{FeedCursor, History, Position, Step};
use door::SinglePages;
pub use page::pull_stream;
pub use samsara::Samsara;
pub use session::Geotab;

/// Name of the function: the folder with its function.json.
pub const FUNCTION: &str = "ingest";

/// Time beyond the budget for the page that is under way: its attempts, waits and writes.
const LAST_PAGE: Duration = Duration::from_secs(25);

/// The clock.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// What the app works with.
#[derive(Clone)]
pub struct Deps {
    /// Takes in what came.
    pub ingest: Ingest,
    /// The streams.
    pub cursors: Vec<Arc<dyn FeedCursor>>,
    /// After this no further page is begun.
    pub time_budget: Duration,
    /// Where a stream begins that was never read; none means where its provider begins.
    pub start: Option<Timestamp>,
    /// The clock.
    pub now: Clock,
    /// Called after each pull, to have its telemetry sent soon; must not wait.
    pub flush: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps")
            .field("cursors", &self.cursors)
            .finish_non_exhaustive()
    }
}

/// Why a stream's pull ended before its time. What was taken in until then is durable, and the cursor is as far as that.
#[derive(Debug, thiserror::Error)]
pub enum PullError {
    /// The provider does not answer as it should.
    #[error("{}", .0.error)]
    Call(#[from] Exhausted<CallError>),
    /// It says that there is more, but at the same place.
    #[error("the provider's pages lead in a circle")]
    Circle,
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
    /// Another run has stored the cursor since: it stands. What was pulled is in the feed all the same.
    #[error("another run has moved the cursor")]
    CursorLost,
}

impl From<CheckpointError> for PullError {
    fn from(error: CheckpointError) -> Self {
        match error {
            CheckpointError::Lost => Self::CursorLost,
            CheckpointError::Feed(error) => Self::Feed(error),
        }
    }
}

/// Streams that could not be pulled to their end. The others were.
#[derive(Debug, thiserror::Error)]
#[error("{} of {streams} streams failed, {}: {}", .failed.len(), .failed[0].0, .failed[0].1)]
pub struct Incomplete {
    /// How many streams there are.
    pub streams: usize,
    /// Which failed, and why.
    pub failed: Vec<(Stream, PullError)>,
}

/// What a pull did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pulled {
    /// Pages read.
    pub pages: usize,
    /// Records and rejections on them.
    pub received: usize,
    /// Readings that were too close to a kept one.
    pub thinned_out: usize,
    /// Readings of something that we have no column for.
    pub passed_over: usize,
    /// Whether the end was reached within the time budget.
    pub complete: bool,
}

/// The cursors of all streams that are configured.
///
/// # Errors
/// When the TLS of this machine cannot be set up.
pub fn cursors(config: &Config, now: Clock) -> Result<Vec<Arc<dyn FeedCursor>>, reqwest::Error> {
    let samsara = match &config.samsara {
        Some(account) => Some(Arc::new(Samsara::new(account, Arc::clone(&now))?)),
        None => None,
    };
    let geotab = match &config.geotab {
        Some(account) => Some(Arc::new(Geotab::new(account.clone(), now)?)),
        None => None,
    };
    let cursor = |stream: &Stream| match stream.provider() {
        Provider::Samsara => samsara.as_ref().map(|account| account.cursor(*stream)),
        Provider::Geotab => geotab.as_ref().map(|account| account.cursor(*stream)),
    };
    Ok(config.streams.iter().filter_map(cursor).collect())
}

/// The function app.
pub fn app(deps: Deps) -> App {
    let deadline = deps.time_budget + LAST_PAGE;
    let door = Door::new(
        deps.ingest.clone(),
        Source::Telematics,
        SinglePages::default(),
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
        Source::Telematics,
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

/// Pulls every stream once, all at a time: one that fails or is far behind holds up no other.
///
/// # Errors
/// When a stream could not come to its end; the next pull goes on where its cursor is.
pub async fn pull(deps: &Deps) -> Result<Pulled, Incomplete> {
    let streams = deps.cursors.iter().map(|cursor| {
        let stream = cursor.stream();
        Box::pin(async move { (stream, pull_stream(deps, cursor.as_ref()).await) })
    });
    let mut all = Pulled {
        complete: true,
        ..Pulled::default()
    };
    let mut failed = Vec::new();
    for (stream, pulled) in join_all(streams).await {
        match pulled {
            Ok(pulled) => {
                all.pages += pulled.pages;
                all.received += pulled.received;
                all.thinned_out += pulled.thinned_out;
                all.passed_over += pulled.passed_over;
                all.complete &= pulled.complete;
            }
            // The run that was faster has done the work.
            Err(PullError::CursorLost) => {
                all.complete = false;
                tracing::warn!(event = "cursor_lost", source = "telematics", stream = %stream);
            }
            Err(error) => {
                tracing::warn!(event = "stream_failed", source = "telematics", stream = %stream, error = %error);
                failed.push((stream, error));
            }
        }
    }
    if failed.is_empty() {
        Ok(all)
    } else {
        Err(Incomplete {
            streams: deps.cursors.len(),
            failed,
        })
    }
}
