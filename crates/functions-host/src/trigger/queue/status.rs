//! What the status endpoint tells about one queue.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use serde_json::Value;

/// Counts since the start of the host.
#[derive(Debug, Default)]
pub(crate) struct QueueStatus {
    received: AtomicU64,
    deleted: AtomicU64,
    poisoned: AtomicU64,
    idle: AtomicBool,
}

impl QueueStatus {
    /// One look into the queue; idle is who found nothing and works on nothing.
    pub(super) fn polled(&self, received: usize, nothing_runs: bool) {
        self.received.fetch_add(received as u64, Relaxed);
        self.idle.store(received == 0 && nothing_runs, Relaxed);
    }

    pub(super) fn deleted(&self) {
        self.deleted.fetch_add(1, Relaxed);
    }

    pub(super) fn poisoned(&self) {
        self.poisoned.fetch_add(1, Relaxed);
    }

    /// Adds the counts to a function's status.
    pub(crate) fn tell(&self, function: &mut Value) {
        function["messages_received"] = self.received.load(Relaxed).into();
        function["messages_deleted"] = self.deleted.load(Relaxed).into();
        function["messages_poisoned"] = self.poisoned.load(Relaxed).into();
        function["idle"] = self.idle.load(Relaxed).into();
    }
}
