//! How often, how long between, how long in all.

use std::time::Duration;

use rand::{Rng, RngExt};

use crate::GaveUp;

/// What the reports promise: a change is in them within this time, whatever happens on the way.
pub const FRESHNESS_PROMISE: Duration = Duration::from_secs(15 * 60);

/// A run ends after a third of the promise at the latest, so that whoever delivers the work again can do so in time.
const DEADLINE: Duration = Duration::from_secs(FRESHNESS_PROMISE.as_secs() / 3);

/// How often an operation is tried, and how long is waited in between and in all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Policy {
    attempts_max: u32,
    delay_min: Duration,
    delay_max: Duration,
    wait_total: Duration,
    deadline: Duration,
}

/// Figures that make no policy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum InvalidPolicy {
    /// A policy tries at least once.
    #[error("a policy needs at least one attempt")]
    NoAttempts,
    /// Without a wait, attempts follow one another as fast as they fail.
    #[error("the first delay must be longer than zero")]
    NoDelay,
    /// The ceiling grows from the first delay to the longest.
    #[error("the longest delay {delay_max:?} is shorter than the first {delay_min:?}")]
    DelaysReversed {
        /// The ceiling of the first delay.
        delay_min: Duration,
        /// The ceiling of every later delay.
        delay_max: Duration,
    },
}

impl Policy {
    /// A policy of at most `attempts_max` attempts and at most `wait_total` of waiting between them.
    ///
    /// The n-th delay is random between zero and a ceiling, which starts at `delay_min`, doubles each time and stops
    /// at `delay_max`.
    ///
    /// # Errors
    /// No attempts, no delay, or a longest delay shorter than the first.
    pub const fn new(
        attempts_max: u32,
        delay_min: Duration,
        delay_max: Duration,
        wait_total: Duration,
    ) -> Result<Self, InvalidPolicy> {
        if attempts_max == 0 {
            return Err(InvalidPolicy::NoAttempts);
        }
        if delay_min.is_zero() {
            return Err(InvalidPolicy::NoDelay);
        }
        if delay_max.as_nanos() < delay_min.as_nanos() {
            return Err(InvalidPolicy::DelaysReversed {
                delay_min,
                delay_max,
            });
        }
        Ok(Self {
            attempts_max,
            delay_min,
            delay_max,
            wait_total,
            deadline: DEADLINE,
        })
    }

    /// The same with another end: no attempt begins later than this after the first one. The waits count, and the time
    /// that the attempts take.
    #[must_use]
    pub const fn with_deadline(mut self, deadline: Duration) -> Self {
        self.deadline = deadline;
        self
    }

    /// No attempt begins later than this after the first one; a third of [`FRESHNESS_PROMISE`] unless said otherwise.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        self.deadline
    }

    /// For a write to the feed: 8 attempts, 50 ms to 2 s, 8 s in all.
    ///
    /// The Cosmos SDK repeats a 429 by itself but does not wait after a 503 or a timeout in a single region. Eight
    /// seconds outlast a partition split or a failover, and end before a webhook's sender loses patience.
    #[must_use]
    pub const fn feed_write() -> Self {
        Self::preset(8, 50, 2_000, 8_000)
    }

    /// For a call to an upstream's API: 6 attempts, 500 ms to 15 s, 60 s in all.
    ///
    /// Long enough for the `Retry-After` that rate limits answer with; a pull that gives up goes on at the next tick.
    #[must_use]
    pub const fn upstream_call() -> Self {
        Self::preset(6, 500, 15_000, 60_000)
    }

    /// For a transaction in the reporting store: 5 attempts, 100 ms to 2 s, 5 s in all.
    ///
    /// Covers a deadlock, a lock timeout and a database that restarts; a longer outage belongs to the change feed,
    /// which delivers the batch again.
    #[must_use]
    pub const fn store_write() -> Self {
        Self::preset(5, 100, 2_000, 5_000)
    }

    const fn preset(attempts_max: u32, min_ms: u64, max_ms: u64, total_ms: u64) -> Self {
        Self {
            attempts_max,
            delay_min: Duration::from_millis(min_ms),
            delay_max: Duration::from_millis(max_ms),
            wait_total: Duration::from_millis(total_ms),
            deadline: DEADLINE,
        }
    }

    /// The most attempts, the first one included.
    #[must_use]
    pub const fn attempts_max(&self) -> u32 {
        self.attempts_max
    }

    /// The longest sum of all waits.
    #[must_use]
    pub const fn wait_total(&self) -> Duration {
        self.wait_total
    }

    /// The waits of one run in which every attempt fails and the other side asks for none.
    pub const fn delays<R: Rng>(&self, rng: R) -> Delays<R> {
        Delays {
            schedule: Schedule::new(*self),
            rng,
        }
    }

    /// The waits of one run, for a loop that [`Policy::run`] does not fit.
    #[must_use]
    pub const fn schedule(&self) -> Waits {
        Waits(Schedule::new(*self))
    }

    /// The longest wait after the attempt of this number, counted from 1.
    fn ceiling(&self, attempt: u32) -> Duration {
        let factor = 1u32
            .checked_shl(attempt.saturating_sub(1))
            .unwrap_or(u32::MAX);
        self.delay_min.saturating_mul(factor).min(self.delay_max)
    }
}

/// The waits of one run; made by [`Policy::delays`].
#[derive(Debug, Clone)]
pub struct Delays<R> {
    schedule: Schedule,
    rng: R,
}

impl<R: Rng> Iterator for Delays<R> {
    type Item = Duration;

    fn next(&mut self) -> Option<Duration> {
        self.schedule.wait_after_failure(None, &mut self.rng).ok()
    }
}

/// The waits of one run; made by [`Policy::schedule`].
#[derive(Debug, Clone)]
pub struct Waits(Schedule);

impl Waits {
    /// Counts a failed attempt and says how long to wait before the next one.
    ///
    /// # Errors
    /// When there is to be none, with the reason.
    pub fn wait(&mut self, retry_after: Option<Duration>) -> Result<Duration, GaveUp> {
        self.0.wait_after_failure(retry_after, &mut rand::rng())
    }
}

/// Where one run stands.
#[derive(Debug, Clone)]
pub(crate) struct Schedule {
    policy: Policy,
    /// Attempts that were made and failed.
    pub(crate) attempts: u32,
    /// What was waited so far.
    pub(crate) waited: Duration,
}

impl Schedule {
    pub(crate) const fn new(policy: Policy) -> Self {
        Self {
            policy,
            attempts: 0,
            waited: Duration::ZERO,
        }
    }

    /// What of the waiting time is left.
    pub(crate) const fn wait_left(&self) -> Duration {
        self.policy.wait_total.saturating_sub(self.waited)
    }

    pub(crate) const fn deadline(&self) -> Duration {
        self.policy.deadline
    }

    /// Counts a failed attempt and says how long to wait before the next one, or why there is none.
    pub(crate) fn wait_after_failure(
        &mut self,
        retry_after: Option<Duration>,
        rng: &mut impl Rng,
    ) -> Result<Duration, GaveUp> {
        self.attempts = self.attempts.saturating_add(1);
        if self.attempts >= self.policy.attempts_max {
            return Err(GaveUp::Attempts);
        }
        let left = self.policy.wait_total.saturating_sub(self.waited);
        if left.is_zero() {
            return Err(GaveUp::Budget);
        }
        let asked = retry_after.unwrap_or_default();
        if asked > left {
            return Err(GaveUp::RetryAfterTooLong {
                retry_after: asked,
                left,
            });
        }
        let jittered = self
            .policy
            .ceiling(self.attempts)
            .mul_f64(rng.random::<f64>())
            .min(left);
        let wait = asked.max(jittered);
        self.waited = self.waited.saturating_add(wait);
        Ok(wait)
    }
}
