use serde::Deserialize;
use serde_json::value::RawValue;

use super::many::Messages;
use super::{Payload, Trigger};
use crate::DecodeError;
use crate::envelope::Entries;

/// eventHubTrigger, of either cardinality: one event or a batch of one partition.
///
/// With `"cardinality": "many"` set `"dataType": "string"` too: without it one event that is not JSON fails the whole
/// batch inside the host. After a failed batch (and its retries) the checkpoint moves on: the batch is lost.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EventHub {
    /// The events, in the order of the partition.
    pub events: Vec<EventHubEvent>,
    /// The partition they come from.
    pub partition_id: Option<String>,
}

/// An event with what the host says about it.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct EventHubEvent {
    text: String,
    /// The key that chose the partition.
    pub partition_key: Option<String>,
    /// Where it stands in the partition, as text.
    pub offset: Option<String>,
    /// Its number in the partition.
    pub sequence_number: Option<i64>,
    /// When the hub took it in, as the host writes it.
    pub enqueued_time_utc: Option<String>,
    /// What the producer added to it: a JSON object.
    pub properties: Option<Box<RawValue>>,
    /// What the hub added to it: a JSON object.
    pub system_properties: Option<Box<RawValue>>,
}

impl EventHubEvent {
    /// The text of the event.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The event as JSON.
    ///
    /// # Errors
    /// When it is not a `T`.
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T, serde_json::Error> {
        serde_json::from_str(&self.text)
    }
}

impl Trigger for EventHub {
    fn decode(payload: &Payload<'_>) -> Result<Self, DecodeError> {
        let mut messages = Messages::decode(payload)?;
        let texts = std::mem::take(&mut messages.texts);
        let event = |(index, text)| EventHubEvent {
            text,
            partition_key: messages.text("PartitionKey", index),
            offset: messages.text("Offset", index),
            sequence_number: messages.number("SequenceNumber", index),
            enqueued_time_utc: messages.text("EnqueuedTimeUtc", index),
            properties: messages.json("Properties", index),
            system_properties: messages.json("SystemProperties", index),
        };
        let events = texts.into_iter().enumerate().map(event).collect();
        let context = payload
            .metadata
            .text("PartitionContext")
            .unwrap_or_default();
        let context: Entries<'_> = serde_json::from_str(&context).unwrap_or_default();
        Ok(Self {
            events,
            partition_id: context.text("PartitionId"),
        })
    }
}
