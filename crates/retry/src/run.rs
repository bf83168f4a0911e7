//! Running an operation under a policy.

use std::time::Duration;

use tokio::time::Instant;

use crate::{
    Away, Class, Classify, Policy,
    policy::Schedule,
    sink::{Pass, Sink},
};

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
    /// Another attempt would begin later than the policy allows, counted from the first.
    #[error("the deadline is over")]
    Deadline,
    /// All calls to the other side together have repeated as much as they may.
    #[error("the other side's budget of repetitions is used up")]
    Repetitions,
    /// The other side is away, and no turn to find out whether it still is came within the waiting time.
    #[error("the other side is away")]
    Away,
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

    fn is_throttled(&self) -> bool {
        self.error.is_throttled()
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
        let (mut schedule, began) = (Schedule::new(*self), Instant::now());
        loop {
            let error = match op().await {
                Ok(value) => {
                    log_success(&schedule);
                    return Ok(value);
                }
                Err(error) => error,
            };
            let wait = next_wait(&mut schedule, began, error.class());
            if let Err(gave_up) = pause(&schedule, wait).await {
                return Err(exhausted(&schedule, gave_up, error));
            }
        }
    }

    /// As [`Policy::run`], within the budget of a sink and behind its breaker.
    ///
    /// # Errors
    /// The last failure; [`Away::away`] when the sink was not even asked.
    pub async fn run_at<T, E, F, Fut>(&self, sink: &Sink, mut op: F) -> Result<T, Exhausted<E>>
    where
        E: Away,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        let (mut schedule, began) = (Schedule::new(*self), Instant::now());
        let mut last = None;
        sink.count_call();
        loop {
            let asked = Instant::now();
            let pass = sink.admit(schedule.wait_left()).await;
            schedule.waited += asked.elapsed();
            if matches!(pass, Pass::None) {
                let error = last.unwrap_or_else(|| E::away(sink.name()));
                return Err(exhausted(&schedule, GaveUp::Away, error));
            }
            let error = match op().await {
                Ok(value) => {
                    sink.answered();
                    log_success(&schedule);
                    return Ok(value);
                }
                Err(error) => error,
            };
            note_failure(sink, &error);
            // Given back before the wait: somebody else may ask meanwhile.
            drop(pass);
            let wait = next_wait(&mut schedule, began, error.class());
            let wait = wait.and_then(|wait| {
                let may = error.is_throttled() || sink.take_repetition();
                if may {
                    Ok(wait)
                } else {
                    Err(GaveUp::Repetitions)
                }
            });
            if let Err(gave_up) = pause(&schedule, wait).await {
                return Err(exhausted(&schedule, gave_up, error));
            }
            last = Some(error);
        }
    }
}

fn note_failure(sink: &Sink, error: &impl Classify) {
    match error.class() {
        Class::Transient { retry_after } if !error.is_throttled() => sink.failed(retry_after),
        // A refusal is an answer.
        Class::Transient { .. } | Class::Permanent => sink.answered(),
    }
}

fn log_success(schedule: &Schedule) {
    if schedule.attempts > 0 {
        let waited_ms = millis(schedule.waited);
        let attempts = schedule.attempts + 1;
        tracing::debug!(event = "retry_succeeded", attempts, waited_ms);
    }
}

async fn pause(schedule: &Schedule, wait: Result<Duration, GaveUp>) -> Result<(), GaveUp> {
    let wait = wait?;
    let wait_ms = millis(wait);
    tracing::debug!(event = "retry_waits", attempts = schedule.attempts, wait_ms);
    tokio::time::sleep(wait).await;
    Ok(())
}

fn next_wait(schedule: &mut Schedule, began: Instant, class: Class) -> Result<Duration, GaveUp> {
    match class {
        Class::Transient { retry_after } => {
            let wait = schedule.wait_after_failure(retry_after, &mut rand::rng())?;
            if began.elapsed() + wait > schedule.deadline() {
                return Err(GaveUp::Deadline);
            }
            Ok(wait)
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
