//! Drops on their way: bytes first, then the event that tells of them, each step until it is taken.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;

use jiff::Timestamp;
use serde_json::{Value, json};
use tokio::sync::Semaphore;
use tokio::time::Instant;
use uuid::Uuid;

use super::{Account, Refused};

/// Drops under way at once.
const CONCURRENCY: usize = 8;
/// A step that is not taken within this time is given up.
const GIVE_UP: Duration = Duration::from_secs(60);
const FIRST_PAUSE: Duration = Duration::from_millis(50);
const LONGEST_PAUSE: Duration = Duration::from_secs(2);

/// One thing that is done with the account.
#[derive(Debug, Clone)]
pub enum Step {
    /// A blob is written whole, over whatever was there.
    Put {
        /// Name of the blob within the container.
        name: String,
        /// The exact bytes.
        bytes: Arc<[u8]>,
    },
    /// The event of the blob written last is put into the queue.
    Tell {
        /// Id of the event; the same one again is the same event delivered again.
        id: Uuid,
        /// The operation that the event names.
        api: &'static str,
    },
    /// Nothing, for a while.
    Wait(Duration),
    /// Something that is no event is put into the queue.
    Say(String),
}

/// What is done for one file, in this order.
#[derive(Debug, Clone)]
pub struct FileDrop {
    /// Held back this long before the first step.
    pub delay: Duration,
    /// What is done.
    pub steps: Vec<Step>,
}

impl FileDrop {
    /// A file written whole and told of once.
    #[must_use]
    pub fn whole(name: String, bytes: Arc<[u8]>, id: Uuid) -> Self {
        let api = "PutBlob";
        Self {
            delay: Duration::ZERO,
            steps: vec![Step::Put { name, bytes }, Step::Tell { id, api }],
        }
    }
}

/// Figures of the drops of one upstream since the start.
#[derive(Debug, Default)]
pub struct Figures {
    /// Blobs written.
    pub files: AtomicU64,
    /// Bytes of these blobs.
    pub bytes: AtomicU64,
    /// Messages put into the queue.
    pub messages: AtomicU64,
    /// Attempts beyond the first.
    pub retried: AtomicU64,
    /// Drops with a step that was not taken in time.
    pub gave_up: AtomicU64,
    /// Drops held back, waiting or under way.
    pub in_flight: AtomicU64,
}

impl Figures {
    /// Adds all figures to a status.
    pub(crate) fn write(&self, status: &mut Value) {
        for (name, figure) in [
            ("sent", &self.files),
            ("bytes", &self.bytes),
            ("messages", &self.messages),
            ("retried", &self.retried),
            ("gave_up", &self.gave_up),
            ("in_flight", &self.in_flight),
        ] {
            status[name] = figure.load(Relaxed).into();
        }
    }
}

/// Drops files into one container and tells one queue of them.
#[derive(Debug)]
pub struct Drops {
    account: Account,
    container: &'static str,
    queue: &'static str,
    now: fn() -> Timestamp,
    slots: Semaphore,
    /// Readable at any time.
    pub figures: Figures,
}

/// The version of the blob written last.
#[derive(Debug, Clone)]
struct Written {
    name: String,
    etag: String,
    length: usize,
    at: Timestamp,
}

impl Drops {
    /// Drops into `container`, told of through `queue`; `now` dates the events.
    #[must_use]
    pub fn new(
        account: Account,
        container: &'static str,
        queue: &'static str,
        now: fn() -> Timestamp,
    ) -> Arc<Self> {
        Arc::new(Self {
            account,
            container,
            queue,
            now,
            slots: Semaphore::new(CONCURRENCY),
            figures: Figures::default(),
        })
    }

    /// The account, for whoever looks at what others have put there.
    #[must_use]
    pub const fn account(&self) -> &Account {
        &self.account
    }

    /// The container that files are dropped into.
    #[must_use]
    pub const fn container(&self) -> &'static str {
        self.container
    }

    /// True when nothing is under way any more and nothing was given up.
    #[must_use]
    pub fn settled(&self) -> bool {
        self.figures.in_flight.load(Relaxed) == 0 && self.figures.gave_up.load(Relaxed) == 0
    }

    /// Starts one drop in the background.
    pub fn post(self: &Arc<Self>, drop: FileDrop) {
        self.figures.in_flight.fetch_add(1, Relaxed);
        let drops = Arc::clone(self);
        tokio::spawn(async move {
            if !drop.delay.is_zero() {
                tokio::time::sleep(drop.delay).await;
            }
            if !drops.all(&drop.steps).await {
                drops.figures.gave_up.fetch_add(1, Relaxed);
            }
            drops.figures.in_flight.fetch_sub(1, Relaxed);
        });
    }

    async fn all(&self, steps: &[Step]) -> bool {
        let mut written = None;
        for step in steps {
            // Nobody holds a slot while it waits.
            if let Step::Wait(pause) = step {
                tokio::time::sleep(*pause).await;
                continue;
            }
            let Ok(_slot) = self.slots.acquire().await else {
                return false;
            };
            if !self.until_taken(step, &mut written).await {
                return false;
            }
        }
        true
    }

    async fn until_taken(&self, step: &Step, written: &mut Option<Written>) -> bool {
        let first = Instant::now();
        let mut pause = FIRST_PAUSE;
        while self.attempt(step, written).await.is_err() {
            if first.elapsed() > GIVE_UP {
                return false;
            }
            tokio::time::sleep(pause).await;
            pause = (pause * 2).min(LONGEST_PAUSE);
            self.figures.retried.fetch_add(1, Relaxed);
        }
        true
    }

    async fn attempt(&self, step: &Step, written: &mut Option<Written>) -> Result<(), Refused> {
        match step {
            Step::Put { name, bytes } => {
                let etag = self.account.put(self.container, name, bytes).await?;
                self.figures.files.fetch_add(1, Relaxed);
                self.figures.bytes.fetch_add(bytes.len() as u64, Relaxed);
                *written = Some(Written {
                    name: name.clone(),
                    etag,
                    length: bytes.len(),
                    at: (self.now)(),
                });
            }
            Step::Tell { id, api } => {
                if let Some(written) = written {
                    let event = self.event(*id, api, written);
                    self.account.enqueue(self.queue, &event).await?;
                    self.figures.messages.fetch_add(1, Relaxed);
                }
            }
            Step::Say(text) => {
                self.account.enqueue(self.queue, text).await?;
                self.figures.messages.fetch_add(1, Relaxed);
            }
            Step::Wait(_) => {}
        }
        Ok(())
    }

    /// `BlobCreated` as Event Grid writes it. `CreateFile` comes before the bytes and tells of none.
    fn event(&self, id: Uuid, api: &str, written: &Written) -> String {
        let (container, name) = (self.container, &written.name);
        json!({
            "topic": "/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/simulated/providers/Microsoft.Storage/storageAccounts/simulated",
            "subject": format!("/blobServices/default/containers/{container}/blobs/{name}"),
            "eventType": "Microsoft.Storage.BlobCreated",
            "id": id,
            "data": {
                "api": api,
                "clientRequestId": id,
                "requestId": id,
                "eTag": written.etag,
                "contentType": "application/octet-stream",
                "contentLength": written.length,
                "blobType": "BlockBlob",
                "url": self.account.address(container, name),
                "sequencer": format!("{:032X}", written.at.as_microsecond()),
                "storageDiagnostics": {"batchId": id},
            },
            "dataVersion": "",
            "metadataVersion": "1",
            "eventTime": written.at.strftime("%Y-%m-%dT%H:%M:%S.%7fZ").to_string(),
        })
        .to_string()
    }
}
