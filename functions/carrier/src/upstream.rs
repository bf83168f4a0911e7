//! How files come: a queue tells of each, and it is read, taken in and answered.

mod front_door;
mod position;
mod take;

use std::{fmt, sync::Arc, time::Duration};

use azure_functions_handler::{App, Invocation, Outcome, trigger::Queue};
use drops::{Deliveries, Drops};
use ingest::Ingest;
use jiff::Timestamp;
use record::Source;
use telemetry::correlation::join;

use crate::config::Partners;

/// Name of the function that takes files in: the folder with its function.json.
pub const FUNCTION: &str = "ingest";
/// Name of the function that buries messages that the host gave up.
pub const POISON_FUNCTION: &str = "poison";
/// The queue that tells of files; its function.json names the same.
pub const QUEUE: &str = "carrier-drops";
/// Where our own answers are written, in the container of the file. What appears there is nothing to take in.
pub const OUT: &str = "out/";

/// Files taken in at a time. With [`Limits::x12`] it bounds the memory of the app.
const FILES_AT_A_TIME: usize = 4;
/// Time beyond the budget for the part of a file that is under way.
const LAST_PART: Duration = Duration::from_secs(40);

/// What the app works with.
#[derive(Clone)]
pub struct Deps {
    /// The messages that tell of files.
    pub deliveries: Deliveries,
    /// The files.
    pub drops: Drops,
    /// Takes in what came.
    pub ingest: Ingest,
    /// Who sends.
    pub partners: Arc<Partners>,
    /// The clock.
    pub now: Arc<dyn Fn() -> Timestamp + Send + Sync>,
    /// Called after each file, to have its telemetry sent soon; must not wait.
    pub flush: Arc<dyn Fn() + Send + Sync>,
    /// How much at a time.
    pub limits: Limits,
}

/// How much of a file is dealt with at a time.
#[derive(Debug, Clone)]
pub struct Limits {
    /// An invocation stops after the part of the file in which this is spent, and another one goes on. 200 s.
    pub time_budget: Duration,
    /// Records and rejections that are made durable together, about. 500.
    pub units: usize,
    /// Bytes of a file after which its position is stored, so that a crash costs no more. 8 MiB.
    pub bytes_between_positions: u64,
    /// Limits of the grammar: an interchange of more than 32 MiB or 1.5 million segments is refused.
    pub x12: x12::Limits,
}

impl Default for Limits {
    fn default() -> Self {
        let mut x12 = x12::Limits::default();
        x12.interchange_bytes = 32 << 20;
        // As many as 32 MiB hold of an ordinary kind. Each set costs a few hundred bytes, however short it is.
        x12.segments = 1_500_000;
        Self {
            time_budget: Duration::from_secs(200),
            units: 500,
            bytes_between_positions: 8 << 20,
            x12,
        }
    }
}

impl fmt::Debug for Deps {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Deps")
            .field("ingest", &self.ingest)
            .field("partners", &self.partners)
            .field("limits", &self.limits)
            .finish_non_exhaustive()
    }
}

/// The function app.
pub fn app(deps: Deps) -> App {
    let deadline = deps.limits.time_budget + LAST_PART;
    let replay = front_door::replay(&deps);
    let canary = ingest::canary(
        deps.ingest.clone(),
        Source::Carrier,
        deps.now.clone(),
        deps.flush.clone(),
    );
    let (taking, burying) = (deps.clone(), deps);
    let ingest = move |message: Invocation<Queue>| {
        let deps = taking.clone();
        async move {
            let take = |delivery| Box::pin(take::take(&deps, delivery));
            let delivered = deps
                .deliveries
                .deliver(&message.trigger, (deps.now)(), take)
                .await;
            (deps.flush)();
            delivered.map(|delivered| Outcome::done().log(delivered.as_str()))
        }
    };
    let poison = move |message: Invocation<Queue>| {
        let deps = burying.clone();
        async move {
            let now = (deps.now)();
            let buried = deps.deliveries.bury_poison(&message.trigger, now).await;
            (deps.flush)();
            buried.map(|()| Outcome::done())
        }
    };
    App::new()
        .http(replay::routes(replay))
        .function(FUNCTION, ingest)
        .function(POISON_FUNCTION, poison)
        .function("canary", canary)
        .concurrency_max(FILES_AT_A_TIME)
        .deadline(deadline)
        .on_span(join)
}
