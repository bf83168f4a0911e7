use serde::Deserialize;

use super::{Payload, Trigger};
use crate::DecodeError;

/// queueTrigger: a message of a storage queue.
///
/// A failed message becomes visible again and is delivered up to `maxDequeueCount` times, then the host moves it to
/// `<queue>-poison`.
///
/// Everything but the text comes from `Metadata`, over which the host copies the top-level properties of a JSON
/// message: **`id` is the message's own `id` if it has one**, and so for the others, without regard to case.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Queue {
    text: String,
    /// How often the message was delivered, this time included.
    pub dequeue_count: Option<u64>,
    /// Id of the queue message, or the `id` inside a JSON message. Never a key.
    pub id: Option<String>,
    /// When it was put into the queue, as the host writes it.
    pub insertion_time: Option<String>,
    /// When the queue drops it, as the host writes it.
    pub expiration_time: Option<String>,
    /// When it becomes visible again unless it is done by then, as the host writes it.
    pub next_visible_time: Option<String>,
    /// The receipt by which the queue lets the message be changed.
    pub pop_receipt: Option<String>,
}

impl Queue {
    /// The text of the message.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The message as JSON.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.text)
    }
}

impl Trigger for Queue {
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError> {
        let metadata = payload.metadata;
        Ok(Self {
            text: payload.text()?,
            dequeue_count: metadata.number("DequeueCount"),
            id: metadata.text("Id"),
            insertion_time: metadata.text("InsertionTime"),
            expiration_time: metadata.text("ExpirationTime"),
            next_visible_time: metadata.text("NextVisibleTime"),
            pop_receipt: metadata.text("PopReceipt"),
        })
    }
}
