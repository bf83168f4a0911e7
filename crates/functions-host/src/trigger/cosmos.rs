//! cosmosDBTrigger: the change feed, page by page, one lease per feed range.
//!
//! A page is checkpointed once its invocation is over, whether it succeeded or not: only a policy that retries for ever
//! keeps a failing page. Nothing is checkpointed once the host stops, so that page is delivered again.

mod balance;
mod connection;
mod lease;
mod page;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use azure_data_cosmos::CosmosError;
use azure_data_cosmos::clients::ContainerClient;
use jiff::Timestamp;
use serde_json::json;
use tokio::task::JoinSet;
use uuid::Uuid;

pub(crate) use page::trigger_text;

use crate::app::{CosmosDbTrigger, Function, Settings};
use crate::host::Drain;
use crate::invocation::{RewriteDates, Runner};
use crate::output::Output;
use crate::stop::Stop;
use lease::{Lease, Leases};

/// First and longest wait after an error of the account.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(100), Duration::from_secs(5));

/// What the status endpoint tells about one trigger.
#[derive(Debug, Default)]
pub(crate) struct CosmosStatus {
    pub(crate) owned: AtomicU64,
    pub(crate) pages: AtomicU64,
    pub(crate) documents: AtomicU64,
    /// Leases that exist, whoever holds them.
    pub(crate) leases: AtomicU64,
    /// For each lease that is read here and had nothing new: when the poll began that found nothing.
    pub(crate) drained: Mutex<BTreeMap<String, Instant>>,
}

impl CosmosStatus {
    /// How long ago the feed was last known to be handed out to its end; none while a page is being handled, or while a
    /// lease is not read here.
    pub(crate) fn caught_up_ago(&self) -> Option<Duration> {
        let drained = self.drained.lock().ok()?;
        let leases = usize::try_from(self.leases.load(Ordering::Relaxed)).ok()?;
        if leases == 0 || drained.len() < leases {
            return None;
        }
        drained.values().map(Instant::elapsed).max()
    }

    fn is_drained(&self, lease: &str, since: Instant) {
        if let Ok(mut drained) = self.drained.lock() {
            drained.insert(lease.to_owned(), since);
        }
    }

    fn is_busy(&self, lease: &str) {
        if let Ok(mut drained) = self.drained.lock() {
            drained.remove(lease);
        }
    }
}

/// One cosmosDBTrigger function.
pub(crate) struct CosmosListener {
    pub(crate) function: Arc<Function>,
    pub(crate) trigger: CosmosDbTrigger,
    pub(crate) settings: Arc<Settings>,
    pub(crate) runner: Arc<Runner>,
    pub(crate) output: Arc<Output>,
    pub(crate) drain: Drain,
    pub(crate) rewrite: RewriteDates,
    pub(crate) status: Arc<CosmosStatus>,
}

/// A connected listener, shared by the tasks of its leases.
struct Feed {
    listener: CosmosListener,
    container: ContainerClient,
    leases: Leases,
}

impl CosmosListener {
    /// Listens until the host stops.
    pub(crate) async fn run(self, stop: Stop) {
        let mut wait = BACK_OFF.0;
        let feed = loop {
            match self.connect().await {
                Ok((container, leases)) => {
                    break Feed {
                        listener: self,
                        container,
                        leases,
                    };
                }
                Err(reason) => self.complain(&format!("the feed cannot be opened: {reason}")),
            }
            if !stop.sleep(wait).await {
                return;
            }
            wait = (wait * 2).min(BACK_OFF.1);
        };
        Arc::new(feed).balance_until(stop).await;
    }

    async fn connect(&self) -> Result<(ContainerClient, Leases), String> {
        let trigger = &self.trigger;
        let monitored = connection::open(&self.settings, &trigger.connection).await?;
        let leases = if trigger.lease_connection == trigger.connection {
            monitored.clone()
        } else {
            connection::open(&self.settings, &trigger.lease_connection).await?
        };
        let container = container(&monitored, &trigger.database, &trigger.container).await?;
        let leases =
            container_or_hint(&leases, &trigger.lease_database, &trigger.lease_container).await?;
        Ok((
            container,
            Leases::new(leases, trigger, Uuid::new_v4().to_string()),
        ))
    }

    fn complain(&self, reason: &str) {
        self.output.event(
            &json!({"event": "host_error", "function": self.function.name, "reason": reason}),
        );
    }
}

async fn container(
    client: &azure_data_cosmos::CosmosClient,
    database: &str,
    name: &str,
) -> Result<ContainerClient, String> {
    let opened = client
        .database_client(database)
        .container_client(name, None)
        .await;
    opened.map_err(|error| format!("container {database}/{name}: {error}"))
}

async fn container_or_hint(
    client: &azure_data_cosmos::CosmosClient,
    database: &str,
    name: &str,
) -> Result<ContainerClient, String> {
    let opened = container(client, database, name).await;
    opened.map_err(|error| {
        format!("{error} (this host does not create the lease container; partition it by /id)")
    })
}

impl Feed {
    /// Takes and gives up leases at every interval, and runs one task per lease that is held.
    async fn balance_until(self: Arc<Self>, stop: Stop) {
        let mut running: BTreeMap<String, tokio::task::AbortHandle> = BTreeMap::new();
        let mut tasks = JoinSet::new();
        let mut wait = BACK_OFF.0;
        while !stop.is_stopped() {
            running.retain(|_, task| !task.is_finished());
            match self.acquire(&running).await {
                Ok(acquired) => {
                    for lease in acquired {
                        let id = lease.id().to_owned();
                        let task = tasks.spawn(Arc::clone(&self).run_lease(lease, stop.clone()));
                        running.insert(id, task);
                    }
                    wait = self.listener.trigger.acquire_interval;
                }
                Err(error) => {
                    self.listener
                        .complain(&format!("leases cannot be balanced: {error}"));
                    wait = wait.clamp(BACK_OFF.0, BACK_OFF.1 / 2) * 2;
                }
            }
            while tasks.try_join_next().is_some() {}
            // A lost lease may be free again at once, so its end is a reason to look.
            tokio::select! {
                _ = stop.sleep(wait) => {}
                Some(_) = tasks.join_next() => { stop.sleep(BACK_OFF.0).await; }
            }
        }
        while tasks.join_next().await.is_some() {}
    }

    async fn acquire(
        &self,
        running: &BTreeMap<String, tokio::task::AbortHandle>,
    ) -> Result<Vec<Lease>, CosmosError> {
        let ranges = self.container.read_feed_ranges(None).await?;
        let all = self
            .leases
            .load_or_create(ranges, self.listener.trigger.start_from_beginning)
            .await?;
        let count = u64::try_from(all.len()).unwrap_or(u64::MAX);
        self.listener.status.leases.store(count, Ordering::Relaxed);
        let wanted = balance::choose(
            &all,
            self.leases.owner(),
            self.leases.expiration(),
            Timestamp::now(),
            |id| running.contains_key(id),
        );
        let mut acquired = Vec::new();
        for lease in wanted {
            if let Some(lease) = self.leases.take(lease).await? {
                acquired.push(lease);
            }
        }
        Ok(acquired)
    }

    async fn run_lease(self: Arc<Self>, lease: Lease, stop: Stop) {
        page::Reader::new(&self, lease).run(&stop).await;
    }
}
