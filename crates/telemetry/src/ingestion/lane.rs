//! The queues in which telemetry waits: bounded, and what does not fit is counted.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    answer::UnderWay,
    health::Health,
    losses::{Loss, Losses},
};

/// The most spans, and the most events, that wait to be sent. What comes while so many wait is dropped.
pub(crate) const QUEUE: usize = 2048;

/// One queue and what is known of it.
///
/// The processors of the SDK have bounded queues as well, and count what they drop only for a line at their end. Theirs are
/// longer than this one, so that they never drop.
#[derive(Debug)]
pub(crate) struct Lane {
    waiting: AtomicUsize,
    losses: Arc<Losses>,
    pub(super) health: Arc<Health>,
    pub(super) under_way: UnderWay,
}

impl Lane {
    pub(super) fn new(losses: &Arc<Losses>, health: &Arc<Health>) -> Arc<Self> {
        Arc::new(Self {
            waiting: AtomicUsize::new(0),
            losses: Arc::clone(losses),
            health: Arc::clone(health),
            under_way: UnderWay::new(Arc::clone(losses)),
        })
    }

    /// Whether one more may wait; otherwise it is lost.
    pub(super) fn enter(&self) -> bool {
        let before = self.waiting.fetch_add(1, Ordering::Relaxed);
        if before < QUEUE {
            return true;
        }
        self.waiting.fetch_sub(1, Ordering::Relaxed);
        self.losses.add(Loss::QueueFull, 1);
        false
    }

    /// So many were taken out to be sent.
    pub(super) fn leave(&self, items: usize) {
        self.waiting.fetch_sub(items, Ordering::Relaxed);
    }
}
