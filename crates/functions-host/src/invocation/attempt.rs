//! Running a function through its retry policy.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use jiff::Timestamp;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Answer, Caller, Payload};
use crate::app::Function;
use crate::output::Output;
use crate::stop::Stop;

/// How an invocation ended, after all its attempts.
#[derive(Debug)]
pub(crate) enum Outcome {
    Succeeded(Answer),
    /// No attempt succeeded and none is left.
    Failed,
    /// The host stopped while a retry was waited for.
    Cancelled,
}

/// Runs functions and counts.
#[derive(Debug)]
pub(crate) struct Runner {
    pub(crate) caller: Caller,
    output: Arc<Output>,
    stop: Stop,
    counts: BTreeMap<String, Counts>,
    outstanding: AtomicU64,
    proxied: AtomicU64,
    retries: AtomicU64,
}

#[derive(Debug, Default)]
struct Counts {
    attempts: AtomicU64,
    failures: AtomicU64,
}

/// Counts up for as long as it lives.
#[derive(Debug)]
pub(crate) struct Held<'a>(&'a AtomicU64);

impl<'a> Held<'a> {
    fn new(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Ordering::Relaxed);
        Self(count)
    }
}

impl Drop for Held<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Runner {
    pub(crate) fn new<'a>(
        caller: Caller,
        output: Arc<Output>,
        stop: Stop,
        functions: impl Iterator<Item = &'a str>,
    ) -> Self {
        let counts = functions
            .map(|name| (name.to_owned(), Counts::default()))
            .collect();
        Self {
            caller,
            output,
            stop,
            counts,
            outstanding: AtomicU64::new(0),
            proxied: AtomicU64::new(0),
            retries: AtomicU64::new(0),
        }
    }

    /// Runs until success, the end of the policy, or the end of the host; all attempts share one invocation id.
    pub(crate) async fn run(&self, function: &Function, payload: &Payload) -> Outcome {
        let _outstanding = Held::new(&self.outstanding);
        let id = Uuid::new_v4();
        let (mut retry, mut error) = (0, None);
        loop {
            let context = function
                .retry
                .as_ref()
                .map(|policy| policy.context(&function.name, retry, error.as_deref()));
            let message = match self.attempt(function, id, payload, context.as_ref()).await {
                Ok(answer) => return Outcome::Succeeded(answer),
                Err(message) => message,
            };
            retry += 1;
            let delay = function
                .retry
                .as_ref()
                .and_then(|policy| policy.delay(retry));
            let wait_ms = delay.map(|delay| u64::try_from(delay.as_millis()).unwrap_or(u64::MAX));
            self.output.event(&json!({
                "event": "host_invocation_failed", "function": function.name, "invocation_id": id.to_string(),
                "attempt": retry, "retry_in_ms": wait_ms, "reason": message,
            }));
            let Some(delay) = delay else {
                return Outcome::Failed;
            };
            let _waiting = Held::new(&self.retries);
            if !self.stop.sleep(delay).await {
                return Outcome::Cancelled;
            }
            error = Some(message);
        }
    }

    async fn attempt(
        &self,
        function: &Function,
        id: Uuid,
        payload: &Payload,
        context: Option<&Value>,
    ) -> Result<Answer, String> {
        let body = payload.body(&function.name, Timestamp::now(), context);
        let result = async {
            let (status, headers, body) = self
                .caller
                .payload(&function.name, id, body)
                .await
                .map_err(|e| e.to_string())?;
            Answer::read(status, &headers, &body).map_err(|error| error.to_string())
        };
        let result = result.await;
        self.count(&function.name, result.is_ok());
        for line in result.iter().flat_map(|answer| &answer.logs) {
            self.output.event(&json!({
                "event": "host_function_log", "function": function.name, "invocation_id": id.to_string(), "message": line,
            }));
        }
        result
    }

    /// Counts one attempt, for calls that do not come through [`Runner::run`] as well.
    pub(crate) fn count(&self, function: &str, succeeded: bool) {
        if let Some(counts) = self.counts.get(function) {
            counts.attempts.fetch_add(1, Ordering::Relaxed);
            counts
                .failures
                .fetch_add(u64::from(!succeeded), Ordering::Relaxed);
        }
    }

    /// Counts a proxied request for as long as the value lives. It is no invocation of the drain's.
    pub(crate) fn proxying(&self) -> Held<'_> {
        Held::new(&self.proxied)
    }

    /// Proxied requests that the handler has not answered yet.
    pub(crate) fn proxied(&self) -> u64 {
        self.proxied.load(Ordering::Relaxed)
    }

    /// Invocations and retry waits in progress.
    pub(crate) fn outstanding(&self) -> (u64, u64) {
        (
            self.outstanding.load(Ordering::Relaxed),
            self.retries.load(Ordering::Relaxed),
        )
    }

    /// Attempts and failures by function.
    pub(crate) fn counts(&self) -> impl Iterator<Item = (&str, u64, u64)> {
        self.counts.iter().map(|(name, counts)| {
            (
                name.as_str(),
                counts.attempts.load(Ordering::Relaxed),
                counts.failures.load(Ordering::Relaxed),
            )
        })
    }
}
