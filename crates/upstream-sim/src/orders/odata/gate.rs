//! The limits of the API, and the faults of its requests.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::Instant;

use super::refusal;
use crate::sim::Sim;

const CONCURRENT: usize = 5;
const QUEUED: usize = 95;
const PER_WINDOW: usize = 6_000;
const WINDOW: Duration = Duration::from_secs(300);
/// Longest time in the queue before a 503.
const PATIENCE: Duration = Duration::from_secs(480);
/// What `Retry-After` says on invented throttling: whole seconds and fractions of one.
const ASKED: [&str; 4] = ["0.40235", "1", "0.25", "0.8"];

/// Five requests at once, 95 waiting, 6,000 in five minutes.
#[derive(Debug)]
pub(super) struct Gate {
    slots: Arc<Semaphore>,
    waiting: AtomicUsize,
    recent: Mutex<VecDeque<Instant>>,
}

impl Default for Gate {
    fn default() -> Self {
        Self {
            slots: Arc::new(Semaphore::new(CONCURRENT)),
            waiting: AtomicUsize::new(0),
            recent: Mutex::default(),
        }
    }
}

impl Gate {
    /// Waits for a slot; a refusal is the answer to give instead.
    pub(super) async fn enter(&self, sim: &Sim) -> Result<OwnedSemaphorePermit, Box<Response>> {
        let (throttled, unavailable, slow, asked) = {
            let faults = sim.settings.faults;
            let rolls = &mut sim.lock().orders.request_rolls;
            (
                rolls.chance(faults.throttled),
                rolls.chance(faults.unavailable),
                rolls.chance(faults.slow),
                *rolls.pick(&ASKED),
            )
        };
        if throttled {
            return Err(too_many(asked));
        }
        if unavailable {
            return Err(Box::new(refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "try again",
            )));
        }
        if slow {
            tokio::time::sleep(Duration::from_millis(500)).await;
        }
        self.count()?;
        if self.waiting.fetch_add(1, Relaxed) >= QUEUED + CONCURRENT {
            self.waiting.fetch_sub(1, Relaxed);
            return Err(too_many("1"));
        }
        let slot = tokio::time::timeout(PATIENCE, Arc::clone(&self.slots).acquire_owned()).await;
        self.waiting.fetch_sub(1, Relaxed);
        match slot {
            Ok(Ok(slot)) => Ok(slot),
            _ => Err(Box::new(refusal(
                StatusCode::SERVICE_UNAVAILABLE,
                "ServiceUnavailable",
                "queue time exceeded",
            ))),
        }
    }

    fn count(&self) -> Result<(), Box<Response>> {
        let now = Instant::now();
        let mut recent = self.recent.lock().unwrap_or_else(PoisonError::into_inner);
        while recent
            .front()
            .is_some_and(|first| now.duration_since(*first) > WINDOW)
        {
            recent.pop_front();
        }
        if recent.len() >= PER_WINDOW {
            return Err(too_many("5"));
        }
        recent.push_back(now);
        Ok(())
    }
}

fn too_many(asked: &'static str) -> Box<Response> {
    let mut response = refusal(
        StatusCode::TOO_MANY_REQUESTS,
        "Application_TooManyRequests",
        "too many requests",
    );
    response
        .headers_mut()
        .insert(header::RETRY_AFTER, HeaderValue::from_static(asked));
    Box::new(response)
}
