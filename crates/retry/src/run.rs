//! Running an operation under a policy.

use std::time::Duration;

use crate::{Class, Classify, Policy, policy::Schedule};

/// Why an operation was not tried again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum GaveUp {
    /// The failure is permanent.
    #[error("the failure is permanent")]
    Permanent,
    /// All attempts were used.
    #[error("all attempts were used")]
    Attempts,
    /// The waiting time was used up.
    #[error("the waiting time was used up")]
    Budget,
    /// The other side asked for a wait that does not fit into what is left of the budget.
    #[error("asked to wait {retry_after:?} with {left:?} left")]
    RetryAfterTooLong {
        /// What the other side asked for.
        retry_after: Duration,
        /// What was left of the budget.
        left: Duration,
    },
}

/// The last failure of an operation that was given up.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("gave up after {attempts} attempts and {waited:?} of waiting: {gave_up}")]
pub struct Exhausted<E> {
    /// How many attempts were made.
    pub attempts: u32,
    /// The sum of all waits between them.
    pub waited: Duration,
    /// Why there was no further attempt.
    pub gave_up: GaveUp,
    /// The failure of the last attempt.
    #[source]
    pub error: E,
}

impl<E: Classify> Classify for Exhausted<E> {
    /// The class of the last failure: who comes after us may try a transient one again.
    fn class(&self) -> Class {
        self.error.class()
    }
}

impl Policy {
    /// Tries `op` until it succeeds, fails permanently, or the policy gives up.
    ///
    /// `op` is called once per attempt and must be safe to repeat. Dropping the future ends the run at any point.
    ///
    /// # Errors
    /// The last failure, with the number of attempts and the reason for giving up.
    pub async fn run<T, E, F, Fut>(&self, mut op: F) -> Result<T, Exhausted<E>>
    where
        E: Classify,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let mut schedule = Schedule::new(*self);
        loop {
            let error = match op().await {
                Ok(value) => {
                    if schedule.attempts > 0 {
                        let waited_ms = millis(schedule.waited);
                        tracing::debug!(
                            event = "retry_succeeded",
                            attempts = schedule.attempts + 1,
                            waited_ms
                        );
                    }
                    return Ok(value);
                }
                Err(error) => error,
            };
            match next_wait(&mut schedule, error.class()) {
                Ok(wait) => {
                    tracing::debug!(
                        event = "retry_waits",
                        attempts = schedule.attempts,
                        wait_ms = millis(wait)
                    );
                    tokio::time::sleep(wait).await;
                }
                Err(gave_up) => return Err(exhausted(&schedule, gave_up, error)),
            }
        }
    }
}

fn next_wait(schedule: &mut Schedule, class: Class) -> Result<Duration, GaveUp> {
    match class {
        Class::Transient { retry_after } => {
            schedule.wait_after_failure(retry_after, &mut rand::rng())
        }
        Class::Permanent => {
            schedule.attempts += 1;
            Err(GaveUp::Permanent)
        }
    }
}

fn exhausted<E>(schedule: &Schedule, gave_up: GaveUp, error: E) -> Exhausted<E> {
    let Schedule {
        attempts, waited, ..
    } = *schedule;
    tracing::debug!(event = "retry_gave_up", attempts, waited_ms = millis(waited), reason = %gave_up);
    Exhausted {
        attempts,
        waited,
        gave_up,
        error,
    }
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
