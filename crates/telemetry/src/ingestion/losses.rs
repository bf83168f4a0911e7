//! What telemetry was lost, and why: the only way to know what is not there.

use std::sync::atomic::{AtomicU64, Ordering};

/// Items that will not arrive, by what became of them.
#[derive(Debug, Default)]
pub(crate) struct Losses {
    /// So many waited already.
    queue_full: AtomicU64,
    /// The endpoint said that it will never take them.
    refused: AtomicU64,
    /// The endpoint did not answer, or asked to wait, for longer than an export lasts.
    gave_up: AtomicU64,
    /// The exporter could not write them.
    unwritable: AtomicU64,
}

/// Why something was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Loss {
    QueueFull,
    Refused,
    GaveUp,
    Unwritable,
}

impl Loss {
    pub(crate) const ALL: [Self; 4] = [
        Self::QueueFull,
        Self::Refused,
        Self::GaveUp,
        Self::Unwritable,
    ];

    pub(crate) const fn name(self) -> &'static str {
        match self {
            Self::QueueFull => "queue_full",
            Self::Refused => "refused",
            Self::GaveUp => "gave_up",
            Self::Unwritable => "unwritable",
        }
    }
}

impl Losses {
    const fn of(&self, loss: Loss) -> &AtomicU64 {
        match loss {
            Loss::QueueFull => &self.queue_full,
            Loss::Refused => &self.refused,
            Loss::GaveUp => &self.gave_up,
            Loss::Unwritable => &self.unwritable,
        }
    }

    pub(crate) fn add(&self, loss: Loss, items: usize) {
        let items = u64::try_from(items).unwrap_or(u64::MAX);
        self.of(loss).fetch_add(items, Ordering::Relaxed);
    }

    pub(crate) fn count(&self, loss: Loss) -> u64 {
        self.of(loss).load(Ordering::Relaxed)
    }

    #[cfg(test)]
    pub(crate) fn total(&self) -> u64 {
        Loss::ALL.into_iter().map(|loss| self.count(loss)).sum()
    }
}
