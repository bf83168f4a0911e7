//! One call of one function.

use std::sync::Arc;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde_json::value::RawValue;
use tokio::time::Instant;

use crate::unescape::innermost;
use crate::{Metadata, TraceContext};

/// One call of one function, as the host made it.
#[derive(Debug)]
#[non_exhaustive]
pub struct Invocation<T> {
    /// What triggered it.
    pub trigger: T,
    /// What the host says beside it.
    pub metadata: Metadata,
    /// `X-Azure-Functions-InvocationId`: the same over all retries, equal to `customDimensions.InvocationId` of the
    /// host's telemetry. Empty when the caller was not a host.
    pub id: String,
    /// Name of the function, under which it was registered.
    pub function: Arc<str>,
    /// Where in a distributed trace it stands; absent while the host has no telemetry of its own.
    pub trace: Option<TraceContext>,
    /// When the caller is answered 500 and this call is dropped; absent with [`App::no_deadline`](crate::App::no_deadline).
    pub deadline: Option<Instant>,
    pub(crate) inputs: Vec<(String, Box<RawValue>)>,
}

impl<T> Invocation<T> {
    /// How much time is left before the deadline; zero after it, `None` without one.
    #[must_use]
    pub fn remaining(&self) -> Option<Duration> {
        self.deadline
            .map(|deadline| deadline.saturating_duration_since(Instant::now()))
    }

    /// The value of a further input binding, with the JSON strings around it taken off.
    ///
    /// # Errors
    /// When the binding is there and its value is not a `V`.
    pub fn input<V: DeserializeOwned>(
        &self,
        binding: &str,
    ) -> Option<Result<V, serde_json::Error>> {
        let (_, value) = self
            .inputs
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(binding))?;
        let text = innermost(value.get())
            .map_or_else(|_unreadable| value.get().to_owned(), |(text, _)| text);
        Some(serde_json::from_str(&text))
    }
}
