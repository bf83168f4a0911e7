//! How files come: told of by queue messages, streamed, and taken in piece by piece.

mod checkpoint;
mod ending;
mod front_door;
mod movements;
mod rows;
mod snapshot;
mod state;

use std::{fmt, sync::Arc, time::Duration};

use azure_functions_handler::{App, Invocation, Outcome, trigger::Queue};
use csvw::{FileError, Header};
use drops::{Delivered, Deliveries, Delivery, DeliveryError, Drops, Progress, TakeError};
use feed::{Feed, Reason};
use ingest::{Ingest, Message, Normalized, Rejection};
use jiff::{SignedDuration, Timestamp};
use record::Source;
use telemetry::correlation::join;
use tokio::sync::Semaphore;

use crate::{
    config::{Site, Sites, Units},
    normalize::{ENCODING, Origin, unreadable},
    wire::{Contracts, DropName, Kind},
};

/// Name of the function that takes files in: the folder with its function.json.
pub const FUNCTION: &str = "ingest";
/// Name of the function that buries what the host gave up.
pub const POISON_FUNCTION: &str = "poison";
/// The queue that tells of files, as in `ingest/function.json`.
pub const QUEUE: &str = "warehouse-drops";
/// Folder of the container that holds what the snapshots before looked like. Files in it are ours.
pub const STATE_FOLDER: &str = "stock-state/";

/// Rows that are normalized and published together: of two records each, one full batch for every partition of the feed.
pub const BATCH_ROWS: u64 = 2_500;
/// Rows between two checkpoints, a multiple of [`BATCH_ROWS`].
pub const CHECKPOINT_ROWS: u64 = 10_000;

/// Bytes of a stock file that make one group: about 250,000 places.
pub const GROUP_BYTES: u64 = 16 * 1024 * 1024;

/// Most files at a time: each holds a range of 4 MiB and a batch.
const FILES_MAX: usize = 4;
/// How long a file waits for its turn within an invocation, whose time counts for the host meanwhile.
const TURN_WITHIN: Duration = Duration::from_secs(10);
/// When a message comes again whose file had no turn.
const NEXT_TURN: Duration = Duration::from_secs(5);
/// Time beyond the budget for what lies between two checkpoints: attempts, waits and writes.
const LAST_BATCHES: Duration = Duration::from_secs(40);
/// How much of a file that cannot be read is kept in its dead letter.
const HEAD_BYTES: usize = 64 * 1024;

/// What the app works with.
#[derive(Clone)]
pub struct Deps {
    /// The messages.
    pub deliveries: Deliveries,
    /// Takes in what the files hold.
    pub ingest: Ingest,
    /// Keeps the checkpoints.
    pub feed: Feed,
    /// The files.
    pub drops: Drops,
    /// The columns of the files.
    pub contracts: Arc<Contracts>,
    /// The sites.
    pub sites: Arc<Sites>,
    /// The units of measure.
    pub units: Arc<Units>,
    /// How long a file that stops inside a row may still grow.
    pub partial_wait: Duration,
    /// After this an invocation ends at its next checkpoint.
    pub time_budget: Duration,
    /// Bytes of a stock file that make one group, whose places are held in memory together; [`GROUP_BYTES`] but in tests.
    pub group_bytes: u64,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Called after each invocation, to have its telemetry sent soon; must not wait.
    pub flush: Arc<dyn Fn() + Send + Sync>,
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps")
            .field("sites", &self.sites)
            .finish_non_exhaustive()
    }
}

/// The function app.
pub fn app(deps: Deps) -> App {
    let deadline = TURN_WITHIN + deps.time_budget + LAST_BATCHES;
    let replay = front_door::replay(&deps);
    let canary = ingest::canary(
        deps.ingest.clone(),
        Source::Warehouse,
        deps.now.clone(),
        deps.flush.clone(),
    );
    let (drops, poison) = (deps.clone(), deps);
    let turns = Arc::new(Semaphore::new(FILES_MAX));
    let ingest = move |invocation: Invocation<Queue>| {
        let (deps, turns) = (drops.clone(), Arc::clone(&turns));
        async move {
            let delivered = Box::pin(deliver(&deps, &turns, &invocation.trigger)).await;
            (deps.flush)();
            delivered.map(|delivered| Outcome::done().log(delivered.as_str()))
        }
    };
    let poison = move |invocation: Invocation<Queue>| {
        let deps = poison.clone();
        async move {
            let now = (deps.now)();
            let buried = Box::pin(deps.deliveries.bury_poison(&invocation.trigger, now)).await;
            (deps.flush)();
            buried.map(|()| Outcome::done())
        }
    };
    App::new()
        .http(replay::routes(replay))
        .function(FUNCTION, ingest)
        .function(POISON_FUNCTION, poison)
        .function("canary", canary)
        .deadline(deadline)
        .on_span(join)
}

async fn deliver(
    deps: &Deps,
    turns: &Semaphore,
    message: &Queue,
) -> Result<Delivered, DeliveryError> {
    let take = async |delivery| {
        let Ok(Ok(_turn)) = tokio::time::timeout(TURN_WITHIN, turns.acquire()).await else {
            return Ok(Progress::ComeBack(NEXT_TURN));
        };
        Box::pin(take(deps, delivery, (deps.now)())).await
    };
    let now = (deps.now)();
    deps.deliveries.deliver(message, now, take).await
}

/// Takes in a file, or as much of it as the time allows.
async fn take(deps: &Deps, delivery: Delivery, started: Timestamp) -> Result<Progress, TakeError> {
    if delivery.file.name.starts_with(STATE_FOLDER) {
        return Ok(Progress::Finished);
    }
    let file = &delivery.file;
    let (name, site) = match named(deps, file.file_name()) {
        Ok(named) => named,
        Err(detail) => {
            refuse(deps, &delivery, detail).await?;
            return Ok(Progress::Finished);
        }
    };
    let work = Work {
        deps,
        delivery: &delivery,
        name: &name,
        site,
        started,
    };
    match name.kind {
        Kind::Move | Kind::Ship => Box::pin(movements::take(&work)).await,
        Kind::Stock => Box::pin(snapshot::take(&work)).await,
    }
}

/// What the name of a file says, and whose it is; otherwise why nobody knows.
fn named<'d>(deps: &'d Deps, file_name: &str) -> Result<(DropName, &'d Site), String> {
    let name = DropName::parse(file_name).map_err(|error| error.to_string())?;
    match deps.sites.get(&name.site) {
        Some(site) => Ok((name, site)),
        None => Err(format!("site {} is not among WAREHOUSE_SITES", name.site)),
    }
}

/// A file that nobody looks into: its dead letter holds its name.
async fn refuse(deps: &Deps, delivery: &Delivery, detail: String) -> Result<(), TakeError> {
    let key = delivery.file.key();
    let rejection = Rejection {
        reason: Reason::Unsupported,
        place: delivery.file.path(),
        detail,
        raw: key.as_bytes().into(),
        record_key: None,
        message: None,
    };
    bury(deps, delivery, rejection).await
}

async fn bury(deps: &Deps, delivery: &Delivery, rejection: Rejection<'_>) -> Result<(), TakeError> {
    let message = delivery.message(Source::Warehouse, &[]);
    let normalized = Normalized {
        records: Vec::new(),
        rejections: vec![rejection],
    };
    deps.ingest.take(&message, normalized).await?;
    Ok(())
}

/// One file in one invocation.
struct Work<'w> {
    deps: &'w Deps,
    delivery: &'w Delivery,
    name: &'w DropName,
    site: &'w Site,
    started: Timestamp,
}

impl Work<'_> {
    /// Whether the time of the invocation is used up.
    fn is_late(&self) -> bool {
        let spent = (self.deps.now)().duration_since(self.started);
        spent >= SignedDuration::try_from(self.deps.time_budget).unwrap_or(SignedDuration::MAX)
    }

    /// How much longer the file may grow; none once it has had its time.
    fn may_grow(&self) -> Option<Duration> {
        let age = (self.deps.now)().duration_since(self.delivery.file.written_at);
        let age = Duration::try_from(age).unwrap_or(Duration::ZERO);
        let left = self.deps.partial_wait.saturating_sub(age);
        // The queue counts whole seconds; half a one less would be too early.
        (!left.is_zero()).then(|| left + Duration::from_secs(1))
    }

    /// A file none of whose rows can be read: one dead letter, once it can grow no more.
    async fn unreadable(&self, error: &FileError) -> Result<Progress, TakeError> {
        let may_be_growing = matches!(
            error,
            FileError::Empty { .. }
                | FileError::TooShort { .. }
                | FileError::MissingColumns { cut: true, .. }
        );
        if may_be_growing && let Some(left) = self.may_grow() {
            return Ok(Progress::ComeBack(left));
        }
        let file = &self.delivery.file;
        let mut reader = self.deps.drops.open(file, 0).await?;
        let head = reader.next().await?.unwrap_or_default();
        let head = &head[..head.len().min(HEAD_BYTES)];
        let message = self.delivery.message(Source::Warehouse, &[]);
        let rejection = unreadable(&self.origin(&message), error, head);
        bury(self.deps, self.delivery, rejection).await?;
        Ok(Progress::Finished)
    }

    /// The file as a message, which says in which encoding its rows are.
    fn message(&self, header: Option<&Header>) -> Message<'_> {
        let mut message = self.delivery.message(Source::Warehouse, &[]);
        let encoding = header.map(|header| (ENCODING.to_owned(), header.encoding.clone()));
        message.arrival.extend(encoding);
        message
    }

    fn origin<'a>(&'a self, message: &'a Message<'a>) -> Origin<'a> {
        Origin {
            message,
            file: &self.delivery.file,
            name: self.name,
            site: self.site,
            units: &self.deps.units,
        }
    }
}
