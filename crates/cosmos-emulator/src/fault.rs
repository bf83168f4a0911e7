//! Faults on demand: lost replies, refusals and latency of item writes, latency of change-feed polls.

use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Containers whose writes are only hit when a fault names them: the trigger's own housekeeping is not a record.
const EXEMPT: &str = "leases";

/// What goes wrong with the next item writes and polls; the body of `PUT /_faults`.
///
/// A write is a create, upsert, replace, patch, delete or batch. Counts go down as they are used up; a `PUT` replaces
/// everything, `PUT {}` ends all faults.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Faults {
    /// Hits only this container; without it every container but `leases`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// This many writes are carried out and then lose their reply: the connection or stream just ends.
    pub drop_reply_after_service: u32,
    /// Writes that are refused without being carried out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<StatusFault>,
    /// Added to every write, in milliseconds, until changed.
    pub latency_ms: u64,
    /// Added to every poll of the change feed that the emulator has to look into, in milliseconds, until changed. With a
    /// hundred thousand documents such a look costs far more than the write that it finds.
    pub poll_latency_ms: u64,
}

/// A number of refusals.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct StatusFault {
    /// HTTP status, 429 or 503.
    pub code: u16,
    /// How many writes are still to be refused.
    pub count: u32,
    /// Value of `x-ms-retry-after-ms`, in milliseconds.
    #[serde(default)]
    pub retry_after_ms: u64,
}

/// What one write has to suffer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// Carried out and answered.
    Serve,
    /// Carried out, reply lost.
    DropReply,
    /// Not carried out.
    Refuse {
        /// HTTP status of the refusal.
        code: u16,
        /// Back-off asked of the client, in milliseconds.
        retry_after_ms: u64,
    },
}

/// The faults now in force.
#[derive(Debug, Default)]
pub(crate) struct FaultControl(Mutex<Faults>);

impl FaultControl {
    /// Replaces all faults.
    pub(crate) fn set(&self, faults: Faults) {
        *self.lock() = faults;
    }

    /// What is left of the faults.
    pub(crate) fn get(&self) -> Faults {
        self.lock().clone()
    }

    /// Decides the fate of one item write and uses up what hits it.
    pub(crate) fn decide(&self, container: &str) -> (Verdict, Duration) {
        let mut faults = self.lock();
        let hit = faults
            .container
            .as_deref()
            .map_or(container != EXEMPT, |name| name == container);
        if !hit {
            return (Verdict::Serve, Duration::ZERO);
        }
        let latency = Duration::from_millis(faults.latency_ms);
        (faults.take_one(), latency)
    }

    /// How long a poll of this container's change feed has to wait.
    pub(crate) fn poll_latency(&self, container: &str) -> Duration {
        let faults = self.lock();
        let hit = faults
            .container
            .as_deref()
            .is_none_or(|name| name == container);
        Duration::from_millis(if hit { faults.poll_latency_ms } else { 0 })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Faults> {
        // The value is replaced whole, so a panic elsewhere cannot have left it half changed.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Faults {
    fn take_one(&mut self) -> Verdict {
        if let Some(status) = self.status.as_mut().filter(|status| status.count > 0) {
            status.count -= 1;
            return Verdict::Refuse {
                code: status.code,
                retry_after_ms: status.retry_after_ms,
            };
        }
        if self.drop_reply_after_service > 0 {
            self.drop_reply_after_service -= 1;
            return Verdict::DropReply;
        }
        Verdict::Serve
    }
}
