//! What all calls to one other side have in common: how much may be repeated, and whether it answers at all.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rand::RngExt as _;
use tokio::{
    sync::{Notify, Semaphore, SemaphorePermit},
    time::{Instant, timeout},
};

use crate::{Away, Exhausted, Policy};

/// Repetitions that are there before any call was made: enough for all calls that are in flight when an outage begins.
pub const RESERVE: u32 = 40;

/// Repetitions that each call adds, in tenths, up to [`RESERVE`].
///
/// With it, `n` calls make at most `1.1 n + 40` requests,
/// which from 400 calls on is below 1.2 requests per call, however long an outage lasts.
pub const TENTHS_PER_CALL: u32 = 1;

/// Failures in a row after which the other side counts as away.
pub const FAILURES_MAX: u32 = 5;

/// Longest pause between two probes of a side that is away.
const PROBE_PAUSE_MAX: Duration = Duration::from_secs(2);
/// Ceiling of the first pause.
const PROBE_PAUSE_MIN: Duration = Duration::from_millis(50);

/// One other side: a database, an API. Shared by all that call it.
///
/// It keeps two things. The *budget* bounds the repetitions of all calls together, so that they never multiply an outage:
/// the bound is in [`TENTHS_PER_CALL`]. The *breaker* opens after [`FAILURES_MAX`] failures in a row; from then on one call
/// at a time goes through, with a pause before it, until one succeeds, and all others wait without asking.
#[derive(Debug)]
pub struct Sink {
    name: &'static str,
    state: Mutex<State>,
    turn: Semaphore,
    answered: Notify,
}

#[derive(Debug)]
struct State {
    /// Repetitions that are left, in tenths.
    tenths: u32,
    failures_in_a_row: u32,
    /// Before then no probe is sent.
    probe_from: Option<Instant>,
}

/// Leave to call.
#[derive(Debug)]
pub(crate) enum Pass<'a> {
    /// The other side answers, as far as is known.
    Free,
    /// It does not, and this call is the one that finds out whether it does again.
    Probe(#[expect(dead_code, reason = "held until the probe is over")] SemaphorePermit<'a>),
    /// It does not, and others were first until the wait was over.
    None,
}

impl Sink {
    /// A side that answers, as far as is known.
    #[must_use]
    pub fn new(name: &'static str) -> Self {
        Self {
            name,
            state: Mutex::new(State {
                tenths: RESERVE * 10,
                failures_in_a_row: 0,
                probe_from: None,
            }),
            turn: Semaphore::new(1),
            answered: Notify::new(),
        }
    }

    /// What it is called in errors and logs.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Whether it counts as away.
    #[must_use]
    pub fn is_away(&self) -> bool {
        self.state().failures_in_a_row >= FAILURES_MAX
    }

    /// Counts a call, which adds to what may be repeated.
    pub(crate) fn count_call(&self) {
        let mut state = self.state();
        state.tenths = (state.tenths + TENTHS_PER_CALL).min(RESERVE * 10);
    }

    /// Takes one repetition out of the budget, if there is one.
    pub(crate) fn take_repetition(&self) -> bool {
        let mut state = self.state();
        let left = state.tenths.checked_sub(10);
        state.tenths = left.unwrap_or(state.tenths);
        left.is_some()
    }

    /// Waits for leave to call, no longer than `longest`.
    pub(crate) async fn admit(&self, longest: Duration) -> Pass<'_> {
        if !self.is_away() {
            return Pass::Free;
        }
        timeout(longest, self.wait_for_turn())
            .await
            .unwrap_or(Pass::None)
    }

    async fn wait_for_turn(&self) -> Pass<'_> {
        loop {
            let answered = self.answered.notified();
            tokio::pin!(answered);
            answered.as_mut().enable();
            // Looked at only now: an answer that comes between the look and the wait must not be missed.
            if !self.is_away() {
                return Pass::Free;
            }
            tokio::select! {
                () = &mut answered => return Pass::Free,
                permit = self.turn.acquire() => {
                    let Ok(permit) = permit else { return Pass::None };
                    let probe_from = self.state().probe_from;
                    if let Some(from) = probe_from {
                        tokio::time::sleep_until(from).await;
                    }
                    if self.is_away() {
                        return Pass::Probe(permit);
                    }
                }
            }
        }
    }

    /// The other side answered, be it with a refusal.
    pub(crate) fn answered(&self) {
        let was_away = {
            let mut state = self.state();
            let was_away = state.failures_in_a_row >= FAILURES_MAX;
            state.failures_in_a_row = 0;
            state.probe_from = None;
            was_away
        };
        if was_away {
            tracing::info!(event = "sink_answers_again", sink = self.name);
            self.answered.notify_waiters();
        }
    }

    /// The other side did not answer, or said that it cannot.
    pub(crate) fn failed(&self, retry_after: Option<Duration>) {
        let mut state = self.state();
        state.failures_in_a_row = state.failures_in_a_row.saturating_add(1);
        if state.failures_in_a_row == FAILURES_MAX {
            tracing::warn!(
                event = "sink_is_away",
                sink = self.name,
                failures = FAILURES_MAX
            );
        }
        let probes = state.failures_in_a_row.saturating_sub(FAILURES_MAX);
        let ceiling = PROBE_PAUSE_MIN
            .saturating_mul(1u32.checked_shl(probes).unwrap_or(u32::MAX))
            .min(PROBE_PAUSE_MAX);
        let pause = ceiling.mul_f64(rand::rng().random::<f64>());
        state.probe_from = Some(Instant::now() + pause.max(retry_after.unwrap_or_default()));
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        // Each change of the state is whole when the lock is given back.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// How calls to one other side are made: under a policy, within its budget, behind its breaker. Clones share both.
#[derive(Debug, Clone)]
pub struct Guard {
    policy: Policy,
    sink: Arc<Sink>,
}

impl Guard {
    /// For a side that nobody else in this process calls.
    #[must_use]
    pub fn new(policy: Policy, name: &'static str) -> Self {
        Self {
            policy,
            sink: Arc::new(Sink::new(name)),
        }
    }

    /// The same side under another policy.
    #[must_use]
    pub fn with_policy(&self, policy: Policy) -> Self {
        Self {
            policy,
            sink: Arc::clone(&self.sink),
        }
    }

    /// The policy.
    #[must_use]
    pub const fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The other side.
    #[must_use]
    pub fn sink(&self) -> &Sink {
        &self.sink
    }

    /// Tries `op` until it succeeds, fails permanently, or policy, budget or breaker end it.
    ///
    /// `op` is called once per attempt and must be safe to repeat. Dropping the future ends the run at any point.
    ///
    /// # Errors
    /// The last failure; [`Away::away`] when the other side is away and was not even asked.
    pub async fn run<T, E, F, Fut>(&self, op: F) -> Result<T, Exhausted<E>>
    where
        E: Away,
        F: FnMut() -> Fut,
        Fut: Future<Output = Result<T, E>>,
    {
        self.policy.run_at(&self.sink, op).await
    }
}
